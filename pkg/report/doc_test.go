package report_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/report"
)

func outputDoc(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/output.md")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// section returns the part of the page from a heading to the next.
func section(t *testing.T, doc, heading string) string {
	t.Helper()
	_, after, found := strings.Cut(doc, "\n"+heading+"\n")
	if !found {
		t.Fatalf("there is no section %q", heading)
	}
	if end := regexp.MustCompile(`(?m)^#+ `).FindStringIndex(after); end != nil {
		after = after[:end[0]]
	}
	return after
}

var fieldRow = regexp.MustCompile("(?m)^\\| `([a-z_0-9]+)` \\| (.*?) \\| (.*?) \\| (.*?) \\|$")

// docTables are the sections of docs/output.md that describe the objects, in
// the order of schemaTypes but for what stands there once.
var docTables = []struct {
	heading, schema, def string
	of                   any
}{
	{"## The objects of `summary`", "summary", "", report.Summary{}},
	{"### `band`: what the file claims", "summary", "band", report.Band{}},
	{"### `rests`: what does not count as moving", "summary", "rest", report.Rest{}},
	{"### `choices`: what was taken, and what was not", "summary", "choice", report.Choice{}},
	{"### `thresholds`: the numbers that decided", "summary", "threshold", report.Threshold{}},
	{"### `splits_metric`, `splits_standard`: kilometres and miles", "summary", "split", report.Split{}},
	{"### `laps` of `summary`", "summary", "lap", report.SummaryLap{}},
	{"### `best_efforts`", "summary", "effort", report.BestEffort{}},
	{"### `zones`", "summary", "zone", report.Zone{}},
	{"### `distribution_buckets`", "summary", "bucket", report.Bucket{}},
	{"## Findings", "summary", "finding", report.Finding{}},
	{"## The objects of `check`", "check", "", report.Check{}},
	{"## The objects of `fix`", "fix", "", report.Fix{}},
	{"### `repairs`: what was mended", "fix", "repair", report.Mended{}},
	{"## The objects of `info`", "info", "", report.Info{}},
	{"### `device`", "info", "device", report.Device{}},
	{"### `streams`", "info", "stream", report.Stream{}},
	{"### `developer_fields`", "info", "developer_field", report.DeveloperField{}},
	{"### `lengths`", "info", "length", report.Length{}},
	{"### `laps`", "info", "lap", report.Lap{}},
	{"### `pauses`", "info", "pause", report.Pause{}},
	{"### `gaps`", "info", "gap", report.Gap{}},
	{"## The objects of `diff`", "diff", "", report.Diff{}},
	{"### `with` and `strava`", "diff", "side", report.DiffSide{}},
	{"### `figures`", "diff", "figures", report.DiffFigures{}},
	{"### Each of the `figures`", "diff", "rate", report.DiffRate{}},
	{"### `band_divisor` and `divisor`", "diff", "divisor", report.DiffDivisor{}},
	{"### `causes`", "diff", "cause", report.DiffCause{}},
	{"### `stretches`", "diff", "stretch", report.DiffStretch{}},
	{"## The objects of `convert`", "convert", "", report.Conversion{}},
}

// The page lists every field, in the order in which the objects have them, and
// tells the same unit and the same meaning of null as the schemas.
func TestThePageListsEveryField(t *testing.T) {
	doc := outputDoc(t)
	for _, c := range docTables {
		d := readSchema(t, c.schema+".schema.json")
		if c.def != "" {
			d = d.Defs[c.def]
		}
		compareTable(t, c.heading, fieldRow.FindAllStringSubmatch(section(t, doc, c.heading), -1), d, c.of)
	}
	// The two tables of failures stand in one section.
	rows := fieldRow.FindAllStringSubmatch(section(t, doc, "## Files that cannot be read"), -1)
	failed := readSchema(t, "failure.schema.json")
	compareTable(t, "failures", rows[:2], failed, report.Failed{})
	compareTable(t, "errors", rows[2:], failed.Defs["error"], report.Failure{})
}

func compareTable(t *testing.T, heading string, rows [][]string, d *document, of any) {
	t.Helper()
	want, optional := jsonFields(of)
	var got []string
	for _, row := range rows {
		name, unit, meaning, null := row[1], row[2], row[3], row[4]
		got = append(got, name)
		p := d.Properties[name]
		if p == nil {
			continue // the lists differ, which is told below
		}
		if in := schemaUnit(p.Description); in != unit {
			t.Errorf("%s: the unit of %s is %q on the page and %q in the schema", heading, name, unit, in)
		}
		plain := strings.ReplaceAll(null, "`", "")
		if !slices.Contains(optional, name) && !strings.HasSuffix(p.Description, "Null: "+plain+".") {
			t.Errorf("%s: %s is null when %q on the page, but the schema says %q", heading, name, null, p.Description)
		}
		if first, _, _ := strings.Cut(strings.ReplaceAll(meaning, "`", ""), " ("); !strings.HasPrefix(p.Description, first) {
			t.Errorf("%s: %s is %q on the page, but the schema says %q", heading, name, meaning, p.Description)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: fields (-program +page):\n%s", heading, diff)
	}
}

// schemaUnit returns the unit that a description names, or the dash that stands
// for none on the page.
func schemaUnit(description string) string {
	_, after, found := strings.Cut(description, "Unit: ")
	if !found {
		return "–"
	}
	unit, _, _ := strings.Cut(after, ". ")
	return unit
}

// The page says how many decimals there are; this holds it to that.
func TestDecimalsOnThePage(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| (`.*?) \\| ([0-9])").FindAllStringSubmatch(section(t, outputDoc(t), "## Units and rounding"), -1)
	decimals := map[string]string{}
	for _, row := range rows {
		for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[1], -1) {
			if decimals[name[1]] == "" {
				decimals[name[1]] = row[2]
			}
		}
	}
	long := run()
	r := unrounded()
	s := report.NewSummary("a", 0, &long, &r, nil, nil, false)
	row := records(t, encode(t, report.CSV, report.Summary{}, s))[0]
	for name, want := range decimals {
		cell, ok := row[name]
		if !ok || name == "elapsed_time" || name == "moving_time" {
			continue // whole when they come from the recalculation, tested there
		}
		_, fraction, _ := strings.Cut(cell, ".")
		if got := fmt.Sprint(len(fraction)); got != want {
			t.Errorf("%s has %s decimals in %q, and %s on the page", name, got, cell, want)
		}
	}
	if len(decimals) < 17 {
		t.Errorf("the page tells the decimals of %d figures only: %v", len(decimals), decimals)
	}
}

// Links within the page and to its neighbours lead somewhere.
func TestLinksOfThePage(t *testing.T) {
	doc := outputDoc(t)
	anchors := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(doc, -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(h[1]), "")
		anchors["#"+strings.ReplaceAll(anchor, " ", "-")] = true
	}
	for _, link := range regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(doc, -1) {
		to := link[1]
		switch {
		case strings.HasPrefix(to, "https://"):
		case strings.HasPrefix(to, "#"):
			if !anchors[to] {
				t.Errorf("there is no heading for %s", to)
			}
		default:
			if _, err := os.Stat("../../docs/" + to); err != nil {
				t.Error(err)
			}
		}
	}
}

var (
	exampleBlock = regexp.MustCompile("(?s)\n```sh\n(.*?)```")
	jqProgram    = regexp.MustCompile(`(?s)jq (?:-r )?(?:'([^']*)'|(\S+))`)
)

// The examples work, also for workouts of which nothing is known and for files
// that cannot be read.
func TestExamplesOfThePage(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("jq is not installed")
	}
	blocks := exampleBlock.FindAllStringSubmatch(outputDoc(t), -1)
	if len(blocks) < 8 {
		t.Fatalf("%d examples found", len(blocks))
	}
	for _, b := range blocks {
		program := jqProgram.FindStringSubmatch(b[1])
		if program == nil {
			t.Errorf("no jq in %s", b[1])
			continue
		}
		f := report.JSONL
		if strings.Contains(b[1], "--format json ") {
			f = report.JSON
		}
		values := append(anys(summaries(true)), failure())
		if strings.HasPrefix(b[1], "bandport info ") {
			values = append(anys(infos()), failure())
		}
		cmd := exec.CommandContext(t.Context(), jq, program[1]+program[2])
		cmd.Stdin = strings.NewReader(encode(t, f, report.Summary{}, values...))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s\n%s", err, out, b[1])
		}
	}
}
