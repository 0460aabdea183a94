package check_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/finding"
)

var update = flag.Bool("update", false, "write docs/checks.md anew from the recordings beside the checkout")

// twice are the files with more than one warning, and why that is right.
var twice = map[string]string{
	"C078.fit.gz": "the app writes 0,0 and 0 bpm until it knows better",
	"C080.fit.gz": "the app writes 0,0 and 0 bpm until it knows better",
}

// Strava accepted all of these recordings, so none may have an error; and whoever
// owns a good device must not be drowned in warnings.
func TestTruth(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(truthFolder, "files", "*"))
	if err != nil || len(paths) == 0 {
		t.Skip("there are no workouts that Strava accepted beside the checkout")
	}
	type count struct {
		files int
		sev   finding.Severity
	}
	counts := map[finding.Code]count{}
	byFormat := map[string]int{}
	clean, found := 0, map[string]bool{}
	for _, path := range paths {
		name := filepath.Base(path)
		format := strings.TrimPrefix(filepath.Ext(strings.TrimSuffix(name, ".gz")), ".")
		byFormat[format]++
		seen := map[finding.Code]finding.Severity{}
		for _, v := range verdicts(t, path) {
			for _, f := range v.Findings {
				seen[f.Code] = f.Severity
				if f.Severity == finding.Error {
					t.Errorf("%s, which Strava accepted: %v", name, f)
				}
			}
		}
		var warnings []finding.Code
		for code, sev := range seen {
			c := counts[code]
			counts[code] = count{c.files + 1, sev}
			if sev > finding.Info {
				warnings = append(warnings, code)
			}
		}
		switch {
		case len(warnings) == 0:
			clean++
		case len(warnings) > 1 && twice[name] == "":
			t.Errorf("%s has %d warnings: %v", name, len(warnings), warnings)
		case len(warnings) > 1:
			found[name] = true
		}
	}
	for name := range twice {
		if !found[name] {
			t.Errorf("%s has not more than one warning any more", name)
		}
	}

	var page strings.Builder
	fmt.Fprintf(&page, `# Checks on workouts that Strava accepted

Every finding of `+"`bandport check`"+` was counted on %d recordings of real devices and programs (%d FIT, %d GPX, %d TCX) that
Strava had accepted. None of them has an error, as it must be; %d, %.0f of a thousand, are clean, and %d have more than one
warning.

The table is generated, where those recordings lie beside the checkout, by

    go test ./pkg/check -run TestTruth -update

| code | severity | files | of a thousand |
| --- | --- | ---: | ---: |
`, len(paths), byFormat["fit"], byFormat["gpx"], byFormat["tcx"], clean, 1000*float64(clean)/float64(len(paths)), len(twice))
	codes := slices.SortedFunc(maps.Keys(counts), func(a, b finding.Code) int {
		return cmp.Or(cmp.Compare(counts[b].sev, counts[a].sev), cmp.Compare(counts[b].files, counts[a].files), cmp.Compare(a, b))
	})
	for _, code := range codes {
		c := counts[code]
		fmt.Fprintf(&page, "| `%s` | %s | %d | %.1f |\n", code, c.sev, c.files, 1000*float64(c.files)/float64(len(paths)))
	}
	path := filepath.Join("..", "..", "docs", "checks.md")
	if *update {
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(was) != page.String() {
		t.Error("docs/checks.md is not current: go test ./pkg/check -run TestTruth -update")
	}
}
