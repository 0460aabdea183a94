package mshealth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/mshealth"
)

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", "mshealth", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// told lists findings as code, line and count.
func told(fs []finding.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s line %d ×%d", f.Code, f.Place.Line, f.Count))
	}
	return out
}

// The rows are made up: no table with values was found.
func TestTable(t *testing.T) {
	f, err := mshealth.DecodeTable(t.Context(), open(t, "activities.csv"), mshealth.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"mshealth.zone line 2 ×2", "track.missing line 0 ×2", "mshealth.other line 3 ×1", "csv.row line 5 ×1"}
	if diff := cmp.Diff(want, told(f.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if len(f.Activities) != 2 {
		t.Fatalf("%d workouts", len(f.Activities))
	}
	run, ride := f.Activities[0], f.Activities[1]
	if run.Sport != activity.Run || !run.Start.Equal(time.Date(2016, 5, 14, 17, 31, 0, 0, time.UTC)) || len(run.Records) != 0 {
		t.Errorf("%+v", run)
	}
	if d := run.Totals.Distance.Or(0); math.Abs(d-3.109*1609.344) > 1e-6 {
		t.Errorf("%v m of 3.109 miles", d)
	}
	if run.Totals.ElapsedTime != activity.Of(1879) || ride.Totals.ElapsedTime.Known() {
		t.Errorf("elapsed time is known of a workout without a pause only: %v, %v", run.Totals.ElapsedTime, ride.Totals.ElapsedTime)
	}
	if g := ride.Totals.Ascent.Or(0); math.Abs(g-620.4*0.3048) > 1e-6 || ride.Sport != activity.Ride || ride.Totals.MaxHeartRate != activity.Of(171) {
		t.Errorf("%+v", ride.Totals)
	}
	if v := ride.Totals.AverageSpeed.Or(0); math.Abs(v-17.4*1609.344/3600) > 1e-9 {
		t.Errorf("%v m/s of 17.4 mph", v)
	}
}

func TestTableInAZone(t *testing.T) {
	zone := time.FixedZone("PDT", -7*3600)
	f, err := mshealth.DecodeTable(t.Context(), open(t, "activities.csv"), mshealth.Options{Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	if start := f.Activities[0].Start; !start.Equal(time.Date(2016, 5, 15, 0, 31, 0, 0, time.UTC)) {
		t.Errorf("starts %v", start)
	}
	if strings.Contains(fmt.Sprint(told(f.Findings)), "mshealth.zone") {
		t.Error("a zone was given")
	}
}

func TestStartsInAllForms(t *testing.T) {
	const header = "Date,Start_Time,Event_Type,Duration_Seconds\n"
	for _, c := range []struct{ date, clock, want string }{
		{"2016-05-14", "17:31:00", "2016-05-14T17:31:00Z"},
		{"2016-05-14", "5:31:00 PM", "2016-05-14T17:31:00Z"},
		{"2016-05-14", "5:31 pm", "2016-05-14T17:31:00Z"},
		{"2016-05-14", "2016-05-14 17:31:00", "2016-05-14T17:31:00Z"},
		{"2016-05-14", "2016-05-14T17:31:00", "2016-05-14T17:31:00Z"},
		{"2016-05-14", "2016-05-14T17:31:00+02:00", "2016-05-14T15:31:00Z"},
		{"2016-05-14", "5/14/2016 5:31:00 PM", "2016-05-14T17:31:00Z"},
		{"2016-05-14", "in the evening", ""},
	} {
		f, err := mshealth.DecodeTable(t.Context(), strings.NewReader(header+c.date+","+c.clock+",Run,60\n"), mshealth.Options{})
		got := ""
		if err == nil && len(f.Activities) == 1 {
			got = f.Activities[0].Start.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s %s: %q, want %q", c.date, c.clock, got, c.want)
		}
	}
}

func TestDailyTable(t *testing.T) {
	f, err := mshealth.DecodeTable(t.Context(), open(t, "daily.csv"), mshealth.Options{})
	if err != nil || len(f.Activities) != 0 {
		t.Fatalf("%d workouts, %v", len(f.Activities), err)
	}
	if len(f.Findings) != 1 || f.Findings[0].Code != finding.HealthDaily || !strings.HasSuffix(f.Findings[0].Message, ": 1 days") {
		t.Errorf("%+v", f.Findings)
	}
}

func TestTablesThatAreNone(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "another": "Date,Steps\n2016-05-14,5\n"} {
		if _, err := mshealth.DecodeTable(t.Context(), strings.NewReader(text), mshealth.Options{}); finding.CodeOf(err) != finding.CSVHeader {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mshealth.DecodeTable(ctx, open(t, "daily.csv"), mshealth.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestCloudRun(t *testing.T) {
	f, err := mshealth.DecodeCloud(t.Context(), open(t, "run.json"))
	if err != nil || len(f.Activities) != 1 {
		t.Fatalf("%d workouts, %v", len(f.Activities), err)
	}
	a := f.Activities[0]
	if a.Sport != activity.Run || a.Name != "Evening run" || a.Totals.TimerTime != activity.Of(1879) || a.Totals.ElapsedTime.Known() || a.Totals.Steps != activity.Of(324) {
		t.Errorf("%q %q %+v", a.Sport, a.Name, a.Totals)
	}
	if a.Records[0].Has&activity.Position != 0 || a.Records[1].Has&activity.Position != 0 || a.Records[2].Has&activity.Position == 0 {
		t.Error("no fix, and 0,0, are no positions; the third point has one")
	}
	last := a.Records[len(a.Records)-1]
	if math.Abs(last.Distance-5003) > 5 || math.Abs(last.Lat+38.5) > 0.1 || last.Altitude < 20 || last.Altitude > 61 {
		t.Errorf("the last record is %+v", last)
	}
	if len(a.Pauses) != 1 || a.Pauses[0].Duration() != 95*time.Second || len(a.Tracks) != 2 {
		t.Errorf("pauses %+v, tracks %+v", a.Pauses, a.Tracks)
	}
}

// The points of the dashboard's file have no times: they follow from the table of
// paces, and lie where those of the same run with times lie.
func TestDashboardTimesAreReckoned(t *testing.T) {
	timed, err := mshealth.DecodeCloud(t.Context(), open(t, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := mshealth.DecodeCloud(t.Context(), open(t, "dashboard.json"))
	if err != nil || len(f.Activities) != 1 {
		t.Fatalf("%d workouts, %v", len(f.Activities), err)
	}
	a, want := f.Activities[0], timed.Activities[0]
	if a.Findings[0].Code != finding.HealthTimes || a.Findings[0].Count != len(want.Records) {
		t.Errorf("%v", told(a.Findings))
	}
	if len(a.Records) != len(want.Records) {
		t.Fatalf("%d records, want %d", len(a.Records), len(want.Records))
	}
	// Where somebody stood still, distance tells no time.
	for _, i := range []int{0, 30, 90, 240, 600, 900} {
		if d := a.Records[i].Time - want.Records[i].Time; d < -61_000 || d > 61_000 || a.Records[i].Has&activity.Distance != 0 {
			t.Errorf("record %d is %d ms off", i, d)
		}
	}
}

func TestCloudCases(t *testing.T) {
	for _, c := range []struct {
		name, text string
		check      func(f activity.File) bool
		told       []string
	}{
		{
			"a workout without points", `{"EventType":"GuidedWorkout","StartTime":"2014-12-31T21:19:06.8039361Z","Duration":1295,"CaloriesBurned":344,"PausedTime":0,"Info":[]}`,
			func(f activity.File) bool {
				return f.Activities[0].Sport == activity.Workout && f.Activities[0].Totals.ElapsedTime == activity.Of(1295)
			}, []string{"track.missing line 0 ×1"},
		},
		{
			"sleep", `[{"EventType":"Sleeping","StartTime":"2014-12-31T21:19:06Z"}]`,
			func(f activity.File) bool { return len(f.Activities) == 0 && f.Findings[0].Code == finding.HealthOther }, nil,
		},
		{
			"a pause at the end is none, and neither is one that never ends", `{"EventType":"Biking","StartTime":"2015-01-01T00:00:00Z","MapPoints":[
				{"SecondsSinceStart":0,"TotalDistance":0},{"SecondsSinceStart":5,"TotalDistance":"900","IsPaused":true}]}`,
			func(f activity.File) bool {
				a := f.Activities[0]
				return a.Sport == activity.Ride && len(a.Pauses) == 0 && a.Records[0].Has&activity.Distance != 0 && a.Records[1].Distance == 9
			}, nil,
		},
		{
			"points without time or distance are left out", `{"StartDate":"/Date(1422000000000)/","MapPoints":[{"HeartRate":90},{"SecondsSinceStart":1e300},{"SecondsSinceStart":-5}]}`,
			func(f activity.File) bool {
				return len(f.Activities[0].Records) == 0 && f.Activities[0].Sport == activity.Run
			}, []string{"track.missing line 0 ×1"},
		},
		{
			"an unknown kind", `{"EventType":"Kayaking","StartTime":"2015-01-01T00:00:00Z"}`,
			func(f activity.File) bool {
				return f.Activities[0].Sport == "" && f.Activities[0].RawSport == "Kayaking"
			}, []string{"track.missing line 0 ×1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := mshealth.DecodeCloud(t.Context(), strings.NewReader(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if !c.check(f) {
				t.Errorf("%+v", f)
			}
			if len(f.Activities) > 0 {
				if diff := cmp.Diff(c.told, told(f.Activities[0].Findings)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestCloudDamage(t *testing.T) {
	for _, c := range []struct {
		name, text string
		code       finding.Code
	}{
		{"cut off", `{"value":[{"EventType":"Run`, finding.JSONMalformed},
		{"no JSON", `{"EventType":]`, finding.JSONMalformed},
		{"nothing", ``, finding.UnknownFormat},
		{"no event", `{"value":[{"x":1}]}`, finding.UnknownFormat},
	} {
		if _, err := mshealth.DecodeCloud(t.Context(), strings.NewReader(c.text)); finding.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestMatchTellsFilesApart(t *testing.T) {
	for _, c := range []struct {
		head         string
		table, cloud bool
	}{
		{"\ufeffDate,Start_Time,Event_Type,Duration_Seconds,Seconds_Paused\n", true, false},
		{"Date,Steps,Calories,Total_Miles_Moved,Active_Hours\n", true, false},
		{"date,time,heartRate\n", false, false},
		{`{"odata.metadata":"x","value":[{"odata.type":"Microsoft.Khronos.Cloud.Ods.Data.Entities.UserRunEventDTO"`, false, true},
		{`{"Runs":[{"StartDate":"/Date(1422000000000)/"`, false, true},
		{`{"trackid":5}`, false, false},
		{"", false, false},
	} {
		if table, cloud := mshealth.IsTable([]byte(c.head)), mshealth.IsCloud([]byte(c.head)); table != c.table || cloud != c.cloud {
			t.Errorf("%.40q: table %v, cloud %v", c.head, table, cloud)
		}
	}
}

func FuzzCloud(f *testing.F) {
	f.Add(`{"EventType":"Running","StartTime":"2015-01-01T00:00:00Z","MapPoints":[{"SecondsSinceStart":0,"IsPaused":true},{"SecondsSinceStart":5,"IsResume":true,"Location":{"Latitude":1,"Longitude":2}}]}`)
	f.Add(`{"StartDate":"/Date(1)/","MapPoints":[{"TotalDistance":5}],"PaceData":[{"ScaledDistance":1,"ElapsedSeconds":2},{"ScaledDistance":9,"ElapsedSeconds":8}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		defer fuzztest.Decoding.Hold(t)()
		file, _ := mshealth.DecodeCloud(context.Background(), strings.NewReader(s))
		for _, a := range file.Activities {
			for i, r := range a.Records {
				if math.Abs(r.Lat) > 90 || math.Abs(r.Lon) > 180 || math.IsNaN(r.Distance) {
					t.Fatalf("record %d is %+v", i, r)
				}
			}
			for _, p := range a.Pauses {
				if p.Next <= 0 || p.Next >= len(a.Records) || p.Duration() <= 0 {
					t.Fatalf("pause %+v among %d records", p, len(a.Records))
				}
			}
		}
	})
}

// Every header of the service that was found is read. They have no rows.
func TestRealHeaders(t *testing.T) {
	for _, name := range []string{"mshealth_activity_header_only.csv", "mshealth_daily_header_only.csv"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", "bands", name))
		if err != nil {
			t.Skipf("no real files beside the checkout: %v", err)
		}
		f, err := mshealth.DecodeTable(t.Context(), bytes.NewReader(data), mshealth.Options{})
		if err != nil || len(f.Activities) != 0 {
			t.Errorf("%s: %d workouts, %v", name, len(f.Activities), err)
		}
		t.Logf("%s: %v", name, told(f.Findings))
	}
}
