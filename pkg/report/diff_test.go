package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/tcx"
)

// difference is a comparison in both forms.
type difference struct {
	diff     report.Diff
	compared *compare.Comparison
}

// differences are the comparisons of the golden files: a run against its own totals,
// a ride against figures off a screen and Strava's own, a run against another
// recording, one without figures, and one without a partner.
func differences(t *testing.T) []difference {
	t.Helper()
	load := func(name string) *activity.Activity {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := tcx.Decode(context.Background(), bytes.NewReader(data), tcx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return &f.Activities[0]
	}
	measure := func(a *activity.Activity) compare.Track {
		r := recalc.Recalculate(a, recalc.Options{Explain: true})
		// Not what these files are about, and a matter of rules that get better.
		r.TotalElevationGain, r.MaxSpeed = activity.Of(48.6), activity.Of(3.1)
		return compare.Measure(a, &r, true)
	}
	run, ride := load("evening-run.tcx"), load("power-ride.tcx")
	ours, theirs := measure(run), measure(ride)
	late := *run
	late.Records, late.Pauses, late.Laps, late.Start, late.Totals = late.Records[20:], nil, nil, time.Time{}, activity.Totals{}
	phone := measure(&late)

	own := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours)})
	typed := compare.Explain(compare.Sides{
		Ours:   &theirs,
		Band:   &compare.Account{Totals: activity.Totals{TimerTime: activity.Of(1720), Distance: activity.Of(13500), Ascent: activity.Of(110)}, Rounding: map[recalc.Field]float64{recalc.Distance: 50}},
		Strava: &compare.Account{Totals: activity.Totals{MovingTime: activity.Of(1731), Distance: activity.Of(13527), Ascent: activity.Of(96)}},
	})
	other := compare.Explain(compare.Sides{Ours: &ours, Other: &phone, Shift: 0})
	empty := compare.Comparison{}
	return []difference{
		{report.NewDiff(report.DiffInput{
			File: "evening-run.tcx", Result: report.DiffDifferent, Format: "tcx", Sport: activity.Run, Start: ours.Result.Start,
			With: report.DiffSide{Kind: report.SideOwn}, Compared: &own,
		}), &own},
		{report.NewDiff(report.DiffInput{
			File: "power-ride.tcx", Result: report.DiffSame, Format: "tcx", Sport: activity.Ride, Start: theirs.Result.Start, Name: "=cmd|' /C calc'!A0\x1b[31m",
			With: report.DiffSide{Kind: report.SideFigures}, Strava: report.NewDiffSide(report.SideExport, "export.zip!activities.csv", 1, begin, 0), Compared: &typed,
			Findings: []finding.Finding{finding.New(finding.ClocksDiffer, finding.Place{}, "the other is 2 h ahead")},
		}), &typed},
		{report.NewDiff(report.DiffInput{
			File: "band.tcx", Activity: 1, Result: report.DiffDifferent, Format: "tcx", Sport: activity.Run, Start: ours.Result.Start,
			With: report.NewDiffSide(report.SideRecording, "phone.gpx", 0, begin, 2*time.Hour), Compared: &other,
		}), &other},
		{report.NewDiff(report.DiffInput{File: "walk.gpx", Result: report.DiffUnknown, Format: "gpx", Start: begin, Compared: &empty}), &empty},
		{report.NewDiff(report.DiffInput{File: "zepp.zip!SPORT.csv", Activity: 7, Result: report.DiffUnmatched, Format: "zepp"}), nil},
	}
}

func showDiffs(t *testing.T, u report.Units, color bool, columns int, list ...difference) string {
	t.Helper()
	var b bytes.Buffer
	table := report.NewDiffTable(&b, u, color, columns)
	for _, d := range list {
		table.Add(d.diff, d.compared)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenDiffs(t *testing.T) {
	list := differences(t)
	for i, name := range []string{"own", "typed", "recording", "unknown", "unmatched"} {
		golden(t, "diff-"+name+".txt", showDiffs(t, report.Metric, false, 0, list[i]))
	}
	golden(t, "diff-own-imperial.txt", showDiffs(t, report.Imperial, false, 0, list[0]))
	golden(t, "diff-list.txt", showDiffs(t, report.Metric, false, 0, list...))
	golden(t, "diff-list-narrow.txt", showDiffs(t, report.Imperial, false, 80, list...))
	golden(t, "diff-own-colour.txt", strings.ReplaceAll(showDiffs(t, report.Metric, true, 60, list[0]), "\x1b", "␛"))
	if s := showDiffs(t, report.Metric, false, 0); s != "" {
		t.Errorf("of nothing: %q", s)
	}
	var all []any
	for _, d := range list {
		all = append(all, d.diff)
	}
	for _, f := range []report.Format{report.JSON, report.JSONL, report.CSV} {
		golden(t, "diff."+string(f), encode(t, f, report.Diff{}, append(all, failure())...))
	}
}

func TestDiffsAreValid(t *testing.T) {
	s := compile(t, "diff.schema.json")
	for _, d := range differences(t) {
		if err := s.Validate(decoded(t, encode(t, report.JSONL, report.Diff{}, d.diff))); err != nil {
			t.Errorf("%s: %v", d.diff.File, err)
		}
	}
	// A schema that accepts everything proves nothing.
	for name, spoil := range map[string]func(o map[string]any){
		"another result":          func(o map[string]any) { o["result"] = "better" },
		"no figures":              func(o map[string]any) { delete(o, "figures") },
		"a figure of the summary": func(o map[string]any) { o["moving_time"] = json.Number("5") },
		"a cause without a sentence": func(o map[string]any) {
			moving := o["figures"].(map[string]any)["moving_time"].(map[string]any)
			moving["causes"].([]any)[0].(map[string]any)["text"] = ""
		},
		"a cause of another kind": func(o map[string]any) {
			moving := o["figures"].(map[string]any)["moving_time"].(map[string]any)
			moving["causes"].([]any)[0].(map[string]any)["kind"] = "bad luck"
		},
		"causes that are null": func(o map[string]any) {
			o["figures"].(map[string]any)["calories"].(map[string]any)["causes"] = nil
		},
		"a side of another kind": func(o map[string]any) { o["with"].(map[string]any)["kind"] = "rumour" },
	} {
		v := decoded(t, encode(t, report.JSONL, report.Diff{}, differences(t)[0].diff))
		spoil(v.(map[string]any))
		if s.Validate(v) == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
	}
}

func TestDiffVocabularies(t *testing.T) {
	d := readSchema(t, "diff.schema.json")
	var kinds []any
	for _, k := range compare.Kinds() {
		kinds = append(kinds, string(k))
	}
	for name, c := range map[string]struct{ got, want []any }{
		"kinds of causes": {d.Defs["cause"].Properties["kind"].Enum, kinds},
		"results":         {d.Properties["result"].Enum, []any{report.DiffSame, report.DiffDifferent, report.DiffUnmatched, report.DiffUnknown}},
		"sides": {d.Defs["side"].Properties["kind"].Enum, []any{
			report.SideNone, report.SideOwn, report.SideFigures, report.SideArchive, report.SideRecording, report.SideExport,
		}},
		"sports": {d.Properties["sport_type"].Enum, readSchema(t, "summary.schema.json").Properties["sport_type"].Enum},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-program +schema):\n%s", name, diff)
		}
	}
	var fields []string
	for _, f := range compare.Fields() {
		fields = append(fields, string(f))
	}
	names, _ := jsonFields(report.DiffFigures{})
	if diff := cmp.Diff(fields, names); diff != "" {
		t.Errorf("figures (-compared +shown):\n%s", diff)
	}
}

// No cell of the CSV is a formula, whatever stands in the files.
func TestDiffCSVHasNoFormulas(t *testing.T) {
	var all []any
	for _, d := range differences(t) {
		all = append(all, d.diff)
	}
	rows, err := csv.NewReader(strings.NewReader(encode(t, report.CSV, report.Diff{}, all...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	causes := 0
	for _, row := range rows {
		for i, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "-") && strings.Trim(cell, "-.0123456789") != "" {
				t.Errorf("%s: %q", rows[0][i], cell)
			}
			if rows[0][i] == "figures.moving_time.causes" && strings.HasPrefix(cell, "device_pauses:95;rest:-154") {
				causes++
			}
		}
	}
	if causes == 0 {
		t.Error("the causes are not in their column")
	}
}
