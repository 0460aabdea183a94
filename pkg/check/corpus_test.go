package check_test

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/source"
)

// The corpus is a collection of real and broken files with notes on what is
// special about each; truth are real files that Strava accepted. They hold real
// people's tracks, so they are not part of the project.
const (
	corpusFolder = "../../../shared/corpus"
	truthFolder  = "../../../shared/truth"
)

// now is the day of all checks in these tests.
var now = time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC)

// verdicts judges a file as the program does.
func verdicts(t *testing.T, path string) []check.Verdict {
	t.Helper()
	var out []check.Verdict
	for it := range source.Walk(context.Background(), []string{path}, source.Options{}) {
		f, err := load.File(context.Background(), it, load.Default(), load.Options{})
		var failure *finding.Failure
		switch {
		case errors.As(err, &failure):
			out = append(out, check.Failed(failure))
		case err != nil:
			t.Fatal(err)
		default:
			var c check.Checker
			out = append(out, c.File(&f, check.Options{Now: now, Size: it.Size})...)
		}
	}
	return out
}

// words lists the findings of verdicts as "severity code", each once.
func words(vs []check.Verdict) []string {
	var out []string
	for _, v := range vs {
		for _, f := range v.Findings {
			if w := f.Severity.String() + " " + string(f.Code); !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// wanted says which finding, and of which severity, the notes on a corpus file
// ask for. The notes were made by another reader, before there was a check.
// unless names what makes it another thing.
var wanted = []struct{ notes, finding, unless string }{
	{`TRUNCATED: header says`, `error fit\.(truncated|malformed|size|crc\.missing)`, ``},
	{`BAD file crc`, `error fit\.(crc|malformed)`, ``},
	{`decode stops|ERR parse error`, `error fit\.(malformed|truncated|size)`, ``},
	{`no \.FIT signature`, `error (file\.unknown|fit\.signature)`, ``},
	{`trailing \d+ bytes non-FIT`, `(info fit\.trailing|error fit\.(malformed|crc))`, ``},
	{`CHAINED`, `info fit\.chained`, ``},
	{`file_type (settings|weight|course|workout|monitoring)`, `error (fit\.empty|fit\.type)|info fit\.chained`, ``},
	{`NOT WELL-FORMED`, `error xml\.(malformed|truncated|invalidtext)`, `leading (whitespace|newline)`},
	{`bytes invalid for utf-8`, `error xml\.invalidtext`, ``},
	{`entity expansion|DOCTYPE`, `error xml\.doctype`, ``},
	{`no timestamps on points`, `error (gpx\.(times|trackpoints)\.missing|tcx\..*missing)`, ``},
	{`no <gpx> root|KML content`, `error file\.unknown`, ``},
	{`(^|; )no track points`, `error (gpx\.(trackpoints\.missing|empty)|file\.unknown|xml\.truncated)`, ``},
	{`(^|; )no trackpoints($|;)`, `error (tcx\.(trackpoints\.missing|empty|laps\.missing)|xml\.truncated)`, ``},
	{`timestamps before 1990`, `error (gpx|tcx)\.time\.implausible`, ``},
	{`year 9999`, `error gpx\.time\.implausible`, ``},
	{`unparsable timestamps`, `warning (gpx|tcx)\.time\.invalid`, ``},
	{`some points lack time`, `warning (gpx|tcx)\.time\.missing`, ``},
	{`time goes backwards`, `warning (gpx|tcx|fit)\.time\.backward`, `CHAINED|multiple tracks|multiple activities`},
	{`timestamps without zone`, `info (gpx|tcx)\.time\.zone`, ``},
	{`duplicate (record )?timestamps`, `(info (gpx|tcx|fit)\.time\.double|error time\.standstill)`, ``},
	{`bad lat/lon values`, `warning (gpx|tcx)\.(number\.invalid|position\.range)|error gpx\.number\.comma`, ``},
	{`comma decimals`, `error (gpx|tcx)\.number\.comma`, ``},
	{`elevation -20000`, `warning gpx\.altitude\.range|error gpx\.trackpoints\.missing`, ``},
	{`lat/lon 0,0`, `error gpx\.position\.zero`, ``},
	{`multiple segments`, `warning gpx\.(segments|tracks\.interleaved)|error gpx\.times\.missing`, `no <gpx> root`},
	{`latitude missing|without lat/lon`, `warning gpx\.position\.range`, ``},
	{`single trackpoint|ADVERSARIAL: one point($|;)`, `error (gpx|tcx)\.trackpoints\.(single|missing)`, ``},
	{`negative lap time`, `warning tcx\.lap\.time`, ``},
	{`no Sport attribute|no Sport,`, `warning tcx\.sport\.missing`, ``},
	{`no start time anywhere`, `error tcx\.start\.missing`, ``},
	{`Calories under Activity`, `warning tcx\.calories\.place`, ``},
	{`activity without session`, `warning fit\.session\.missing`, ``},
}

// exceptions are files on which the notes and the check differ, and why.
var exceptions = map[string]string{
	"adversarial/gpx_time_lowercase.gpx":     "a lower-case t and z are understood",
	"adversarial/gz_plain_name_but_gzip.gpx": "the notes are on the compressed bytes; it is unpacked here",
	"gpxpy/Mojstrovka.gpx":                   "the times that go backward are of the year 1 and before, which is said",
	"gpxpy/track-with-empty-segment.gpx":     "an empty segment interrupts nothing",
	"twpayne-gpx/ashland.gpx":                "the times that are double are of two tracks",
}

func TestCorpusIsJudgedAsItsNotesSay(t *testing.T) {
	file, err := os.Open(filepath.Join(corpusFolder, "manifest.csv"))
	if err != nil {
		t.Skipf("there is no corpus beside the checkout: %v", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	judged, used := 0, map[string]bool{}
	for _, row := range rows[1:] {
		name, notes := row[0], row[3]
		var rules []int
		for i := range wanted {
			w := &wanted[i]
			if regexp.MustCompile(w.notes).MatchString(notes) && (w.unless == "" || !regexp.MustCompile(w.unless).MatchString(notes)) {
				rules = append(rules, i)
			}
		}
		if len(rules) == 0 {
			continue
		}
		judged++
		found := words(verdicts(t, filepath.Join(corpusFolder, filepath.FromSlash(name))))
		for _, i := range rules {
			want := regexp.MustCompile(`^(` + wanted[i].finding + `)$`)
			if slices.ContainsFunc(found, want.MatchString) {
				continue
			}
			if exceptions[name] != "" {
				used[name] = true
				continue
			}
			t.Errorf("%q: found %s, want %s, because: %s", name, strings.Join(found, ", "), want, wanted[i].notes)
		}
	}
	for name := range exceptions {
		if !used[name] {
			t.Errorf("%s is no exception any more", name)
		}
	}
	if len(exceptions) > 8 {
		t.Errorf("%d exceptions: the check is wrong, or the notes are", len(exceptions))
	}
	t.Logf("%d files with something to be found, %d exceptions", judged, len(exceptions))
}
