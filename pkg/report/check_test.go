package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/check/repair"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/report"
)

// verdicts are made-up judgements: of a workout with everything, of a clean one,
// of one with an info alone, and of a file that holds none.
func verdicts() []check.Verdict {
	a := run()
	zero := finding.New(finding.GPXPositionZero, finding.At(12, 345), "")
	zero.Count = 4
	return []check.Verdict{
		{Sport: activity.TrailRun, Start: begin, Findings: []finding.Finding{
			zero, finding.New(finding.GPXSegments, finding.AtLine(80), ""), finding.New(finding.GPXTimeDouble, finding.Place{}, ""),
		}},
		{Sport: a.Sport, Start: begin},
		{Start: begin, Findings: []finding.Finding{finding.New(finding.GPXSportMissing, finding.AtLine(3), "")}},
		{Findings: []finding.Finding{finding.New(finding.FITTruncated, finding.AtByte(99), "in the \x1b[31mheader")}},
	}
}

func checks() []report.Check {
	a := run()
	v := verdicts()
	return []report.Check{
		report.NewCheck("runs/zero.gpx", 0, &a, &v[0]),
		report.NewCheck("runs/good.tcx", 1, &a, &v[1]),
		report.NewCheck("=runs/plain.gpx", 0, &a, &v[2]),
		report.NewCheck("runs/cut.fit", 0, nil, &v[3]),
	}
}

func fixes() []report.Fix {
	v := verdicts()
	out := "fixed/zero.gpx"
	partly := report.NewFix("runs/zero.gpx", &repair.Result{
		Format: "gpx", Changed: true, Before: v[:1], After: []check.Verdict{{Findings: v[0].Findings[1:]}, {Findings: v[0].Findings[1:]}},
		Done: []repair.Done{
			{Code: finding.GPXPositionZero, Count: 4, What: "the positions are taken out", Lost: "4 trackpoints"},
			{Code: finding.XMLMalformed, Count: 1, What: "the text is made well-formed"},
		},
	})
	partly.Output = &out
	done := report.NewFix("runs/cut.fit", &repair.Result{
		Format: "fit", Changed: true, Before: v[3:], After: v[1:2],
		Done: []repair.Done{{Code: finding.FITTruncated, Count: 1, What: "what is whole is kept", Lost: "3 bytes"}},
	})
	return []report.Fix{
		partly, done,
		report.NewFix("runs/good.tcx", &repair.Result{Format: "tcx", Before: v[1:2], After: v[1:2]}),
		report.NewFix("runs/bad.fit", &repair.Result{Before: v[3:], After: v[3:]}),
	}
}

func TestResultsOfAFix(t *testing.T) {
	var got []string
	for _, f := range fixes() {
		got = append(got, fmt.Sprintf("%s broken=%v left=%d", f.Result, f.Broken(), len(f.Findings)))
	}
	want := "partly broken=false left=2, fixed broken=false left=0, clean broken=false left=0, unmended broken=true left=1"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got %s\nwant %s", s, want)
	}
	if f := fixes()[0].Findings[0]; f.Count != 2 {
		t.Errorf("one kind in two workouts is counted %d times", f.Count)
	}
}

func checkTable(t *testing.T, verbose, color bool, columns int, list ...report.Check) string {
	t.Helper()
	var b bytes.Buffer
	table := report.NewCheckTable(&b, verbose, color, columns)
	for _, c := range list {
		if err := table.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenChecks(t *testing.T) {
	list := checks()
	golden(t, "check.txt", checkTable(t, false, false, 0, list...))
	golden(t, "check-verbose.txt", checkTable(t, true, false, 0, list...))
	golden(t, "check-one.txt", checkTable(t, false, false, 0, list[1]))
	golden(t, "check-colour.txt", strings.ReplaceAll(checkTable(t, false, true, 0, list[0]), "\x1b", "␛"))
	var b bytes.Buffer
	table := report.NewFixTable(&b, false)
	for _, f := range fixes() {
		if err := table.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	golden(t, "fix.txt", b.String())
	for _, f := range []report.Format{report.JSON, report.JSONL, report.CSV} {
		golden(t, "check."+string(f), encode(t, f, report.Check{}, append(anys(checks()), failure())...))
		golden(t, "fix."+string(f), encode(t, f, report.Fix{}, append(anys(fixes()), failure())...))
	}
}

func TestNothingToCheckSaysNothing(t *testing.T) {
	if s := checkTable(t, false, false, 0); s != "" {
		t.Errorf("a table of nothing: %q", s)
	}
}

// A narrow terminal gets the beginning and the end of long names, and a table of
// more rows than one batch keeps its columns.
func TestCheckTableOfManyRows(t *testing.T) {
	c := checks()[3]
	c.File = strings.Repeat("folder/", 12) + "cut.fit"
	list := make([]report.Check, 120)
	for i := range list {
		list[i] = c
	}
	text := checkTable(t, false, false, 80, list...)
	lines := strings.Split(text, "\n")
	at := strings.Index(lines[0], "FINDING")
	rows := 0
	for _, l := range lines {
		if !strings.HasPrefix(l, "error  ") || !strings.Contains(l, "cut.fit") {
			continue
		}
		rows++
		r := []rune(l)
		if !strings.HasPrefix(string(r[at:]), "fit.truncated") || !strings.Contains(l, "…") {
			t.Fatalf("columns have moved, or the name is whole: %q", l)
		}
	}
	if rows != 120 || strings.Contains(text, "\x1b") {
		t.Errorf("%d rows, escapes: %v", rows, strings.Contains(text, "\x1b"))
	}
	if n := strings.Count(text, "→"); n != 1 {
		t.Errorf("the same advice is given %d times", n)
	}
}
