package stravaexport_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/stravaexport"
)

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "strava", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decode(t *testing.T, s string) stravaexport.Table {
	t.Helper()
	table, err := stravaexport.Decode(t.Context(), strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// told lists findings as code, line and count.
func told(fs []finding.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s line %d ×%d", f.Code, f.Place.Line, f.Count))
	}
	return out
}

func TestTable(t *testing.T) {
	table := decode(t, text(t, "activities.csv"))
	if diff := cmp.Diff([]string{"csv.row line 6 ×1"}, told(table.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if len(table.Rows) != 3 {
		t.Fatalf("%d rows", len(table.Rows))
	}
	run, byHand := table.Rows[0], table.Rows[2]
	if run.ID != 6000000001 || run.Line != 2 || run.File != "activities/7000000001.tcx.gz" || byHand.File != "" {
		t.Errorf("%d in line %d from %q; %q", run.ID, run.Line, run.File, byHand.File)
	}
	a := run.Activity
	if a.Sport != activity.Run || a.Name != "=Evening run" || a.Notes != "two lines,\nand a comma" || !a.Start.Equal(time.Date(2016, 5, 14, 17, 31, 0, 0, time.UTC)) {
		t.Errorf("%q %q %q %v", a.Sport, a.Name, a.Notes, a.Start)
	}
	want := activity.Totals{ // the second distance, in metres, and not the 5.00 of the first
		ElapsedTime: activity.Of(1974), MovingTime: activity.Of(1818), Distance: activity.Of(5002.9), MaxSpeed: activity.Of(3.03), AverageSpeed: activity.Of(2.7518),
		Ascent: activity.Of(48.7), Descent: activity.Of(49.1), MaxHeartRate: activity.Of(156), AverageHeartRate: activity.Of(147.2),
		MaxCadence: activity.Of(92), AverageCadence: activity.Of(84.5), Calories: activity.Of(412),
	}
	if a.Totals != want {
		t.Errorf("totals\n%+v, want\n%+v", a.Totals, want)
	}
	if p := table.Rows[1].Activity.Totals; p.MaxPower != activity.Of(290) || p.AveragePower != activity.Of(131) || p.AverageCadence.Known() {
		t.Errorf("a ride without cadence: %+v", p)
	}
}

// What the language is makes no difference.
func TestTableInOtherLanguages(t *testing.T) {
	want := decode(t, text(t, "activities.csv"))
	for _, name := range []string{"activities-de.csv", "activities-it.csv"} {
		got := decode(t, text(t, name))
		if diff := cmp.Diff(told(want.Findings), told(got.Findings)); diff != "" {
			t.Errorf("%s: findings %s", name, diff)
		}
		for i := range got.Rows {
			a, b := &want.Rows[i].Activity, &got.Rows[i].Activity
			if a.Sport != b.Sport || a.Totals != b.Totals || !a.Start.Equal(b.Start) || want.Rows[i].File != got.Rows[i].File {
				t.Errorf("%s, row %d: %q at %v with %+v", name, i, b.Sport, b.Start, b.Totals)
			}
		}
	}
}

// Older tables lack columns between the two blocks, and at the end; newer ones have
// more at the end.
func TestTableOfOtherWidths(t *testing.T) {
	full := strings.Split(text(t, "activities.csv"), "\n")
	drop := func(line string, cell int) string {
		cells := strings.Split(line, ",")
		return strings.Join(append(cells[:cell:cell], cells[cell+1:]...), ",")
	}
	const note = 10 // Activity Private Note
	row := `7,"May 9, 2023, 10:09:29 AM",Run,Run,,600,1.50,150,,false,,,activities/1.fit.gz,,,600,590,1500,3,2.542,5,5,1,2,,,,,90,80,150,140,,,99,`
	cells := 15 + 2 // the quoted date has two commas
	for name, s := range map[string]string{
		"without the private note": drop(full[0], note) + "\n" + drop(row, note+2) + "\n",
		"with more at the end":     full[0] + ",Timer Time,Total Cycles\n" + row + ",,\n",
		"cut off behind the gain":  strings.Join(strings.Split(full[0], ",")[:15+7], ",") + "\n" + strings.Join(strings.Split(row, ",")[:cells+7], ",") + "\n",
	} {
		table := decode(t, s)
		if len(table.Rows) != 1 {
			t.Errorf("%s: %v", name, told(table.Findings))
			continue
		}
		r := table.Rows[0]
		if r.Activity.Totals.MovingTime != activity.Of(590) || r.Activity.Totals.Distance != activity.Of(1500) || r.File != "activities/1.fit.gz" {
			t.Errorf("%s: %q %+v", name, r.File, r.Activity.Totals)
		}
		if kcal := r.Activity.Totals.Calories; kcal.Known() == (name == "cut off behind the gain") {
			t.Errorf("%s: %v kcal", name, kcal)
		}
	}
}

func TestARowThatContradictsItself(t *testing.T) {
	header, _, _ := strings.Cut(text(t, "activities.csv"), "\n")
	row := `7,"May 9, 2023, 10:09:29 AM",Run,Snowkiting,,600,1.50,150,,false,,,,,,600,590,1.5,3,2.542,5,5` + "\n"
	if diff := cmp.Diff([]string{"strava.sport line 2 ×1", "strava.units line 2 ×1"}, told(decode(t, header+"\n"+row).Findings)); diff != "" {
		t.Error(diff)
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"May 9, 2023, 10:09:29 AM", "2023-05-09T10:09:29Z"},
		{"Dec 31, 2023, 12:00:01 AM", "2023-12-31T00:00:01Z"},
		{"Dec 31, 2023, 12:00:01 PM", "2023-12-31T12:00:01Z"},
		{"Sept 1, 2019, 1:02:03\u202fPM", "2019-09-01T13:02:03Z"},
		{"9 May 2023, 22:09:29", "2023-05-09T22:09:29Z"},
		{"09.05.2023, 10:09:29", "2023-05-09T10:09:29Z"},
		{"9. März 2023, 10:09", "2023-03-09T10:09:00Z"},
		{"9 mag 2023, 10:09:29", "2023-05-09T10:09:29Z"},
		{"1 gen 2020, 00:00:00", "2020-01-01T00:00:00Z"},
		{"9 août 2023 à 10:09:29", "2023-08-09T10:09:29Z"},
		{"9 févr. 2023, 10:09:29", "2023-02-09T10:09:29Z"},
		{"9 ene 2023, 10:09:29", "2023-01-09T10:09:29Z"},
		{"9 de jan. de 2023, 10:09:29", "2023-01-09T10:09:29Z"},
		{"9 de ene. de 2023, 1:09:29 p. m.", "2023-01-09T13:09:29Z"},
		{"6 mrt. 2024 14:23:15", "2024-03-06T14:23:15Z"},
		{"9 okt. 2023 10:09:29", "2023-10-09T10:09:29Z"},
		{"5/9/2023, 10:09:29 AM", "2023-05-09T10:09:29Z"},
		{"09/05/2023, 10:09:29", "2023-05-09T10:09:29Z"},
		{"05/29/2023, 10:09:29", "2023-05-29T10:09:29Z"},
		{"2023-05-09 10:09:29", "2023-05-09T10:09:29Z"},
		{"2023年5月9日 10:09:29", "2023-05-09T10:09:29Z"},
		{"2023-05-09T10:09:29+02:00", "2023-05-09T08:09:29Z"},
		{"31 feb 2023, 10:09:29", ""},
		{"May 9, 2023, 13:09:29 PM", ""},
		{"May 9, 2023, 10:61:29", ""},
		{"yesterday", ""},
		{"9 2023", ""},
		{"", ""},
	} {
		header, _, _ := strings.Cut(text(t, "activities.csv"), "\n")
		row := "7,\"" + c.text + "\",x,Run,,600,1.50,,,,,,,,,600,590,1500\n"
		table := decode(t, header+"\n"+row)
		got := ""
		if len(table.Rows) == 1 {
			got = table.Rows[0].Activity.Start.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%q is %q, want %q", c.text, got, c.want)
		}
	}
}

func TestMatchAndRefusal(t *testing.T) {
	for _, name := range []string{"activities.csv", "activities-de.csv", "activities-it.csv"} {
		if !stravaexport.Match([]byte(text(t, name))) || !stravaexport.Match([]byte("\ufeff"+text(t, name))) {
			t.Errorf("%s is not recognised", name)
		}
	}
	for name, s := range map[string]string{
		"nothing":             "",
		"another table":       "type,startTime,sportTime(s)\n1,2,3\n",
		"many columns":        strings.Repeat("a,", 40) + "b\n",
		"blank names":         strings.Repeat(",", 40) + "\n",
		"the first line only": strings.TrimSuffix(strings.SplitAfter(text(t, "activities.csv"), "\n")[0], "\n"),
		"a workout":           "<?xml version=\"1.0\"?>\n<gpx/>",
		"bytes that are none": "\xff\xfe\x00\n",
	} {
		if stravaexport.Match([]byte(s)) {
			t.Errorf("%s is taken for the table", name)
		}
		if name == "the first line only" {
			continue
		}
		if _, err := stravaexport.Decode(t.Context(), strings.NewReader(s)); finding.CodeOf(err) != finding.CSVHeader {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := stravaexport.Decode(ctx, strings.NewReader(text(t, "activities.csv"))); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func FuzzTable(f *testing.F) {
	f.Add("a,b,c,d,e,t,k,h,,,,,file,w,w,t,m,k,1,2,3,4,,,,,,,,h,9\n1,\"May 9, 2023, 10:09:29 AM\",x,Run,,600,1.50,,,,,,a/b,,,600,590,1500\n")
	f.Fuzz(func(t *testing.T, s string) {
		defer fuzztest.Decoding.Hold(t)()
		table, err := stravaexport.Decode(context.Background(), strings.NewReader(s))
		if err != nil && finding.CodeOf(err) != finding.CSVHeader {
			t.Fatal(err)
		}
		for _, r := range table.Rows {
			if r.Activity.Start.IsZero() || !r.Activity.Totals.ElapsedTime.Known() || r.Line < 2 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
