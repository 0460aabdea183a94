package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
)

// workout is a summary with a name and a moving time.
func workout(name string, moving activity.Value) report.Summary {
	a := bare()
	r := recalc.Result{Sport: activity.Run, Start: begin, MovingTime: moving}
	return report.NewSummary(name, 0, &a, &r, nil, nil, false)
}

func TestCardForOneTableForSeveral(t *testing.T) {
	one, two := workout("a.tcx", activity.Of(60)), workout("b.tcx", activity.Of(61))
	if got := show(t, report.Metric, false); got != "" {
		t.Errorf("no workout gives %q", got)
	}
	card := show(t, report.Metric, false, one)
	if !strings.HasPrefix(card, "a.tcx\nRun · ") || strings.Contains(card, "total") || strings.Contains(card, "FILE") {
		t.Errorf("one workout is no card:\n%s", card)
	}
	table := show(t, report.Metric, false, one, two)
	if !strings.HasPrefix(table, "FILE ") || strings.Count(table, "\n") != 4 || !strings.Contains(table, "\ntotal  2 workouts  ") {
		t.Errorf("two workouts are no table of a heading, two rows and a total:\n%s", table)
	}
}

// The table is written in batches. Wherever one ends, the heading and the
// totals stand once, and so does every workout, in its order.
func TestBatchesLoseNothing(t *testing.T) {
	for _, n := range []int{2, 49, 50, 51, 99, 100, 101, 1234} {
		var list []report.Summary
		for i := range n {
			list = append(list, workout(fmt.Sprintf("%04d.tcx", i), activity.Of(60)))
		}
		lines := strings.Split(strings.TrimSuffix(show(t, report.Metric, false, list...), "\n"), "\n")
		if len(lines) != n+2 || !strings.HasPrefix(lines[0], "FILE") {
			t.Fatalf("%d workouts give %d lines, of which the first is %q", n, len(lines), lines[0])
		}
		for i, line := range lines[1 : n+1] {
			if !strings.HasPrefix(line, fmt.Sprintf("%04d.tcx ", i)) {
				t.Errorf("row %d of %d is %q", i, n, line)
			}
		}
		if total := fmt.Sprintf("total     %d workouts ", n); !strings.HasPrefix(lines[n+1], total) {
			t.Errorf("the last line of %d is %q", n, lines[n+1])
		}
		// The same columns in the first and the last batch: the right edge of the
		// moving time stays where it is although the total is longer.
		edge := strings.Index(lines[0], "MOVING") + len("MOVING")
		for _, line := range []string{lines[1], lines[n], lines[n+1]} {
			if line[edge-1] == ' ' || line[edge] != ' ' {
				t.Errorf("%d workouts: MOVING ends in column %d, not so in %q", n, edge, line)
			}
		}
	}
}

// What nobody measured is no 0, in totals neither.
func TestTotals(t *testing.T) {
	known, unknown := activity.Of(3600), activity.Value{}
	for _, c := range []struct {
		name string
		a, b activity.Value
		want string
	}{
		{"two known figures are added", known, known, "2:00:00"},
		{"an unknown one counts as nothing beside a known one", known, unknown, "1:00:00"},
		{"also when it comes first", unknown, known, "1:00:00"},
		{"two unknown ones are unknown together", unknown, unknown, "–"},
		{"measured zeros add up to a zero", activity.Of(0), activity.Of(0), "0:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := strings.Split(show(t, report.Metric, false, workout("a", c.a), workout("b", c.b)), "\n")
			total := strings.Fields(lines[3])
			if total[0] != "total" || total[3] != c.want {
				t.Errorf("got %q, want a moving time of %s", lines[3], c.want)
			}
			for _, figure := range total[4:] {
				if figure != "–" {
					t.Errorf("a figure that no workout has is %q in %q", figure, lines[3])
				}
			}
		})
	}
}

func TestFootnoteAboutRulesOfThePast(t *testing.T) {
	const advice = "; --uploaded today shows what an upload now would give.\n"
	today, past := workout("new.tcx", activity.Of(60)), workout("old.tcx", activity.Of(60))
	note := report.NewFinding(finding.New(finding.PastRules, finding.Place{}, ""))
	past.Findings = []report.Finding{note, note} // two figures, still one workout
	for _, c := range []struct {
		name string
		list []report.Summary
		want string
	}{
		{"one workout of today", []report.Summary{today}, ""},
		{"workouts of today", []report.Summary{today, today}, ""},
		{"one workout of the past", []report.Summary{past}, "By Strava's rules of that day"},
		{"one of the past among others", []report.Summary{today, past, today}, "1 workout by Strava's rules of its day"},
		{"several of the past", []report.Summary{past, today, past}, "2 workouts by Strava's rules of their day"},
	} {
		got := show(t, report.Metric, false, c.list...)
		if c.want == "" && strings.Contains(got, "rules") || c.want != "" && !strings.HasSuffix(got, "\n\n"+c.want+advice) {
			t.Errorf("%s:\n%s", c.name, got)
		}
	}
}

// A file may have any name, also one that the table uses itself.
func TestNamesThatTheTableUses(t *testing.T) {
	got := show(t, report.Metric, true, workout("total", activity.Of(60)), workout("FILE", activity.Of(60)), workout("  band", activity.Of(60)))
	for _, line := range strings.Split(got, "\n")[1:4] {
		if strings.Contains(line, "\x1b") {
			t.Errorf("the row of a workout is styled: %q", line)
		}
	}
}

// Names in other scripts keep the columns where they are.
func TestAlignmentOfWideNames(t *testing.T) {
	lines := strings.Split(show(t, report.Metric, false, workout("跑步.tcx", activity.Of(60)), workout("La\u0308ufe.tcx", activity.Of(60)), workout("evening.tcx", activity.Of(60))), "\n")
	want := []string{
		"FILE         DATE              SPORT",
		"跑步.tcx     2019-03-02 09:00  Run",
		"La\u0308ufe.tcx    2019-03-02 09:00  Run",
		"evening.tcx  2019-03-02 09:00  Run",
		"total        3 workouts",
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("line %d is %q, want it to begin with %q", i, lines[i], w)
		}
	}
}

// A cadence of runs is of one leg in files; people count both. A swimmer's
// strokes are counted once.
func TestCadenceOnTheCard(t *testing.T) {
	for sport, want := range map[activity.Sport]string{
		activity.Run: "168 spm", activity.Walk: "168 spm", activity.Ride: "84 rpm", activity.Swim: "84 rpm", "": "84 rpm",
	} {
		a := bare()
		r := recalc.Result{Sport: sport, AverageCadence: activity.Of(84)}
		if got := show(t, report.Metric, false, report.NewSummary("a", 0, &a, &r, nil, nil, false)); !strings.Contains(got, want) {
			t.Errorf("%q:\n%s", sport, got)
		}
	}
}

// info shows an info to people.
func info(t *testing.T, a activity.Activity) string {
	t.Helper()
	var b strings.Builder
	i := report.NewInfo("a.tcx", 0, &a, nil, nil)
	if err := report.WriteInfo(&b, &i, report.Metric); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNamingTheDevice(t *testing.T) {
	for _, c := range []struct {
		name   string
		device activity.Device
		want   string
	}{
		{"all of it", activity.Device{Manufacturer: "Example", Name: "Band 2", Version: "3.20"}, "Example Band 2, firmware 3.20"},
		{"a name that begins with the manufacturer", activity.Device{Manufacturer: "example", Name: "Example Band 2"}, "Example Band 2"},
		{"a product without a name", activity.Device{Manufacturer: "Example", Product: 42}, "Example product 42"},
		{"the firmware alone", activity.Device{Version: "3.20"}, "firmware 3.20"},
	} {
		if got := info(t, activity.Activity{Device: c.device}); !strings.Contains(got, "\n  device    "+c.want+"\n") {
			t.Errorf("%s:\n%s", c.name, got)
		}
	}
	if got := info(t, activity.Activity{}); strings.Contains(got, "device") {
		t.Errorf("no device:\n%s", got)
	}
}

// A workout of a thousand laps does not fill the screen.
func TestLongListsAreCut(t *testing.T) {
	got := info(t, activity.Activity{Laps: make([]activity.Lap, 1000)})
	if n := strings.Count(got, "0 points"); n != 40 {
		t.Errorf("%d laps are shown", n)
	}
	if !strings.HasSuffix(got, "            … and 960 more, which --format json lists\n") {
		t.Errorf("the end is %q", got[max(0, len(got)-80):])
	}
}

// A step of a minute between two points is a gap, unless the file itself says
// that the recording was paused.
func TestGapsAreNotPauses(t *testing.T) {
	at := func(seconds ...int64) []activity.Record {
		var out []activity.Record
		for _, s := range seconds {
			out = append(out, activity.Record{Time: begin.UnixMilli() + s*1000, Has: activity.Time})
		}
		return out
	}
	untimed := at(0, 1, 0, 100)
	untimed[2].Has = 0
	for _, c := range []struct {
		name   string
		recs   []activity.Record
		pauses []activity.Pause
		want   int
	}{
		{"no point", nil, nil, 0},
		{"59 s are no gap", at(0, 59), nil, 0},
		{"60 s are one", at(0, 60), nil, 1},
		{"two of them", at(0, 60, 61, 200), nil, 2},
		{"a pause is none", at(0, 1, 100), []activity.Pause{{Next: 2}}, 0},
		{"a pause whose next point has no time is none", untimed, []activity.Pause{{Next: 2}}, 0},
		{"time that runs backward is none", at(100, 0), nil, 0},
	} {
		a := activity.Activity{Records: c.recs, Pauses: c.pauses}
		if got := report.NewInfo("a", 0, &a, nil, nil).Gaps; len(got) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
