package zepp_test

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
	"github.com/bandport/bandport/pkg/zepp"
)

const madeUp = "../../testdata"

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join(madeUp, filepath.FromSlash(name)))
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

func TestSportTable(t *testing.T) {
	f, err := zepp.DecodeSport(t.Context(), open(t, "zepp/SPORT/SPORT_1463255940000.csv"), zepp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Activities) != 4 {
		t.Fatalf("%d workouts", len(f.Activities))
	}
	run := f.Activities[0]
	if run.Format != "zepp" || run.Sport != activity.Run || run.RawSport != "type 1" || len(run.Records) != 0 {
		t.Errorf("%+v", run)
	}
	if !run.Start.Equal(time.Date(2016, 5, 14, 17, 31, 0, 0, time.UTC)) {
		t.Errorf("starts %v", run.Start)
	}
	want := activity.Totals{
		TimerTime: activity.Of(1879), Distance: activity.Of(5003), Calories: activity.Of(401),
		AverageSpeed: run.Totals.AverageSpeed, MaxSpeed: run.Totals.MaxSpeed,
	}
	// The "min" pace is the fastest.
	if run.Totals != want || math.Abs(run.Totals.AverageSpeed.Or(0)-1/0.37557466) > 1e-9 || math.Abs(run.Totals.MaxSpeed.Or(0)-1/0.31847134) > 1e-9 {
		t.Errorf("totals %+v", run.Totals)
	}
	if walk := f.Activities[1]; walk.Sport != "" || walk.RawSport != "type 6" {
		t.Errorf("a disputed type was guessed: %q, %q", walk.Sport, walk.RawSport)
	}
	if lift := f.Activities[3]; lift.Sport != "WeightTraining" || lift.Totals.Distance.Known() || lift.Totals.AverageSpeed.Known() {
		t.Errorf("weights went somewhere: %+v", lift.Totals)
	}
	wantTold := []string{"track.missing line 0 ×4", "zepp.type line 3 ×1", "zepp.pace line 4 ×1", "csv.row line 6 ×1"}
	if diff := cmp.Diff(wantTold, told(f.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestTypesAreMappedByTheUser(t *testing.T) {
	const header = "type,startTime,sportTime(s),maxPace(/meter),minPace(/meter),distance(m),avgPace(/meter),calories(kcal)\n"
	row := func(code int) string { return fmt.Sprintf("%d,2020-01-02 03:04:05+0000,600,1,0.3,1000,0.6,50\n", code) }
	for _, c := range []struct {
		code  int
		types map[int]activity.Sport
		want  activity.Sport
		doubt bool
	}{
		{1, nil, activity.Run, false},
		{92, nil, "Badminton", false},
		{6, nil, "", true},
		{9, nil, "", true},
		{14, nil, "", true},
		{4711, nil, "", true},
		{6, map[int]activity.Sport{6: activity.Walk}, activity.Walk, false},
		{1, map[int]activity.Sport{1: activity.TrailRun}, activity.TrailRun, false}, // the user has the last word
	} {
		f, err := zepp.DecodeSport(t.Context(), strings.NewReader(header+row(c.code)), zepp.Options{Types: c.types})
		if err != nil || len(f.Activities) != 1 {
			t.Fatalf("type %d: %v", c.code, err)
		}
		doubt := strings.Contains(strings.Join(told(f.Findings), " "), "zepp.type")
		if f.Activities[0].Sport != c.want || doubt != c.doubt {
			t.Errorf("type %d with %v: %q, doubt %v", c.code, c.types, f.Activities[0].Sport, doubt)
		}
	}
}

func TestSportTablesThatAreNone(t *testing.T) {
	for _, c := range []struct {
		name, text string
		code       finding.Code
	}{
		{"nothing", "", finding.CSVHeader},
		{"blanks", "\n\n", finding.CSVHeader},
		{"another table", "date,steps,distance\n2020-01-01,1,2\n", finding.CSVHeader},
		{"without the duration", "type,startTime,distance(m),calories(kcal)\n", finding.CSVHeader},
	} {
		if _, err := zepp.DecodeSport(t.Context(), strings.NewReader(c.text), zepp.Options{}); finding.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := zepp.DecodeSport(ctx, open(t, "zepp/SPORT/SPORT_1463255940000.csv"), zepp.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// The columns may stand in another order, be separated by semicolons as a
// spreadsheet saves them, and lack the paces.
func TestSportTableOfASpreadsheet(t *testing.T) {
	text := "calories(kcal);distance(m);startTime;type;sportTime(s)\r\n\"401,0\";\"5003,5\";2016-05-14 17:31:00+0000;1;1879\r\n"
	f, err := zepp.DecodeSport(t.Context(), strings.NewReader(text), zepp.Options{})
	if err != nil || len(f.Activities) != 1 {
		t.Fatalf("%v %v", err, told(f.Findings))
	}
	if d := f.Activities[0].Totals.Distance; d != activity.Of(5003.5) {
		t.Errorf("%v m", d)
	}
}

func TestHeartRatesJoinRows(t *testing.T) {
	f, err := zepp.DecodeSport(t.Context(), open(t, "zepp/SPORT/SPORT_1463255940000.csv"), zepp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var h zepp.HeartRates
	const auto = "zepp/HEARTRATE_AUTO/HEARTRATE_AUTO_1463255940000.csv"
	found, err := h.Read(t.Context(), open(t, auto), nil)
	if err != nil || len(found) != 1 || found[0].Code != finding.ZeppZone {
		t.Fatalf("without a zone: %v, %v", told(found), err)
	}
	if n := h.Join(f.Activities); n != 0 {
		t.Fatalf("%d joined without a zone", n)
	}
	berlin := time.FixedZone("CEST", 2*3600)
	for _, table := range []string{auto, "zepp/HEARTRATE/HEARTRATE_1463255940000.csv"} {
		if found, err = h.Read(t.Context(), open(t, table), berlin); err != nil || len(found) != 0 {
			t.Fatalf("%s: %v, %v", table, told(found), err)
		}
	}
	if n := h.Join(f.Activities); n != 2 {
		t.Errorf("%d joined, want the run and the walk", n)
	}
	run, walk := f.Activities[0].Totals, f.Activities[1].Totals
	// Minutes of the run are between 139 and 155; those around it are 78.
	if hr := run.AverageHeartRate.Or(0); hr < 140 || hr > 154 || run.MaxHeartRate.Or(0) > 155 {
		t.Errorf("run: %v, at most %v", run.AverageHeartRate, run.MaxHeartRate)
	}
	if walk.AverageHeartRate != activity.Of(110) || walk.MaxHeartRate != activity.Of(117) {
		t.Errorf("walk: %v, at most %v; by hand it was 103 and 117", walk.AverageHeartRate, walk.MaxHeartRate)
	}
	if f.Activities[3].Totals.AverageHeartRate.Known() {
		t.Error("heart rate of another day")
	}
}

func TestHeartRateRowsThatAreNone(t *testing.T) {
	var h zepp.HeartRates
	found, err := h.Read(t.Context(), strings.NewReader("time,heartRate\n2020-01-01 00:00:00+0000,70\nsoon,70\n2020-01-01 00:01:00+0000\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"csv.row line 3 ×2"}, told(found)); diff != "" {
		t.Error(diff)
	}
}

func TestMatchTellsTablesApart(t *testing.T) {
	heads := map[string]string{
		"sport":  "\ufefftype,startTime,sportTime(s),maxPace(/meter),minPace(/meter),distance(m),avgPace(/meter),calories(kcal)\n",
		"auto":   "\ufeffdate,time,heartRate\n",
		"manual": "time,heartRate\r\n",
		"cloud":  `{"code":1,"data":{"trackid":"1"`,
		"steps":  "\ufeffdate,time,steps\n",
		"tcx":    `<?xml version="1.0"?><TrainingCenterDatabase>`,
		"empty":  "",
	}
	for name, head := range heads {
		b := []byte(head)
		got := [3]bool{zepp.IsSport(b), zepp.IsHeartRates(b), zepp.IsCloud(b)}
		want := [3]bool{name == "sport", name == "auto" || name == "manual", name == "cloud"}
		if got != want {
			t.Errorf("%s: sport, heart rates, cloud are %v", name, got)
		}
	}
}

func read(t *testing.T, text string, o zepp.Options) activity.File {
	t.Helper()
	f, err := zepp.DecodeCloud(t.Context(), strings.NewReader(text), o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return f
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(madeUp, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The two pieces of a workout come in one stream, in an answer of the cloud, or
// from two files: the outcome is the same.
func TestCloudPiecesBecomeOneWorkout(t *testing.T) {
	summary, detail := text(t, "zepp-cloud/run_summary.json"), text(t, "zepp-cloud/run_detail.json")
	whole := read(t, summary+detail, zepp.Options{}).Activities
	if len(whole) != 1 || len(whole[0].Findings) != 0 {
		t.Fatalf("%d workouts, %v", len(whole), told(whole[0].Findings))
	}
	for name, got := range map[string][]activity.Activity{
		"the other way round": read(t, detail+summary, zepp.Options{}).Activities,
		"under names":         read(t, `{"summary":`+summary+`,"detail":`+detail+`}`, zepp.Options{}).Activities,
		"in an answer":        read(t, `{"code":1,"message":"success","data":{"next":-1,"summary":[`+summary+`]}}{"code":1,"data":`+detail+`}`, zepp.Options{}).Activities,
		"in a list":           read(t, `[`+summary+`,`+detail+`]`, zepp.Options{}).Activities,
		"joined":              zepp.Join(append(read(t, summary, zepp.Options{}).Activities, read(t, detail, zepp.Options{}).Activities...)),
	} {
		if diff := cmp.Diff(whole, got, cmp.Comparer(func(a, b activity.Value) bool { return a == b })); diff != "" {
			t.Errorf("%s (-one stream +this):\n%.600s", name, diff)
		}
	}
}

func TestCloudTrack(t *testing.T) {
	a := read(t, text(t, "zepp-cloud/run_summary.json")+text(t, "zepp-cloud/run_detail.json"), zepp.Options{}).Activities[0]
	if a.Sport != activity.Run || a.Creator != "Zepp Life" || !a.Start.Equal(time.Date(2016, 5, 14, 17, 31, 0, 0, time.UTC)) {
		t.Errorf("%q by %q at %v", a.Sport, a.Creator, a.Start)
	}
	if a.Totals.TimerTime != activity.Of(1879) || a.Totals.ElapsedTime != activity.Of(1974) || a.Totals.Ascent != activity.Of(31) || a.Totals.AverageCadence != activity.Of(84) {
		t.Errorf("totals %+v", a.Totals)
	}
	first, last := a.Records[0], a.Records[len(a.Records)-1]
	if first.Time != a.Start.UnixMilli() || last.Time != a.Start.Add(1974*time.Second).UnixMilli() {
		t.Errorf("from %v to %v", time.UnixMilli(first.Time), time.UnixMilli(last.Time))
	}
	if math.Abs(first.Lat+38.5) > 1e-4 || math.Abs(first.Lon+12.25) > 1e-4 {
		t.Errorf("latitude comes first in spite of the name: %v, %v", first.Lat, first.Lon)
	}
	if first.Has&activity.Altitude != 0 || last.Has&activity.Altitude == 0 {
		t.Error("altitudes: −2000000 is none")
	}
	if math.Abs(last.Distance-a.Totals.Distance.Or(0)) > 1 || last.Has&activity.HeartRate == 0 || last.Cadence < 70 || last.Cadence > 100 {
		t.Errorf("the last record is %+v; the band claims %v m", last, a.Totals.Distance)
	}
	if len(a.Pauses) != 1 || a.Pauses[0].Duration() != 95*time.Second || a.Pauses[0].Source != activity.PauseTimer {
		t.Errorf("pauses %+v", a.Pauses)
	}
	if len(a.Tracks) != 2 || a.Tracks[1].First != a.Pauses[0].Next || a.Tracks[1].End != len(a.Records) {
		t.Errorf("tracks %+v", a.Tracks)
	}
}

func TestCloudTrackWithoutSummary(t *testing.T) {
	a := read(t, text(t, "zepp-cloud/run_detail.json"), zepp.Options{}).Activities[0]
	if diff := cmp.Diff([]string{"zepp.summary.missing line 0 ×1"}, told(a.Findings)); diff != "" {
		t.Error(diff)
	}
	if a.Records[9].Has&activity.Distance != 0 || len(a.Streams) != 1 || a.Streams[0].Name != "distance" || len(a.Streams[0].Values) != len(a.Records) {
		t.Errorf("distances that nothing confirms are kept beside the records: %d streams", len(a.Streams))
	}
}

func TestCloudCases(t *testing.T) {
	for _, c := range []struct {
		name, text string
		check      func(a activity.Activity) bool
		told       []string
	}{
		{
			"a pool has no positions; its length proves the sport",
			`{"trackid":"1654683111","type":14,"swim_pool_length":25,"run_time":"100","dis":"50"}{"trackid":1654683111,"distance":"1,0;50,25;49,25;","heart_rate":"1,120;"}`,
			func(a activity.Activity) bool {
				return a.Sport == activity.Swim && len(a.Records) == 3 && a.Records[2].Distance == 50 && a.Records[0].HeartRate == 120
			}, nil,
		},
		{
			"distances that do not add up do not count",
			`{"trackid":"9","type":1,"dis":"1000"}{"trackid":9,"longitude_latitude":"100000000,200000000;1000,0;1000,0","time":"0;5;5","distance":"5,400;5,400;"}`,
			func(a activity.Activity) bool {
				return a.Records[2].Has&activity.Distance == 0 && a.Streams[0].Values[2] == activity.Of(800)
			}, []string{"zepp.distance line 0 ×1"},
		},
		{
			"0 and −1 are none", `{"trackid":"7","type":"1","dis":"-1","calorie":0,"avg_heart_rate":"0.0","run_time":null,"end_time":""}`,
			func(a activity.Activity) bool { return a.Totals == activity.Totals{} }, []string{"track.missing line 0 ×1"},
		},
		{
			"more positions than times", `{"trackid":5,"longitude_latitude":"100000000,200000000;1,1;1,1","time":"0;1"}`,
			func(a activity.Activity) bool { return len(a.Records) == 2 }, []string{"zepp.summary.missing line 0 ×1", "zepp.list line 0 ×1"},
		},
		{
			"a position that is none ends the track", `{"trackid":5,"longitude_latitude":"100000000,200000000;x,1;1,1","time":"0;1;1"}`,
			func(a activity.Activity) bool { return len(a.Records) == 1 }, []string{"zepp.summary.missing line 0 ×1", "zepp.list line 0 ×1"},
		},
		{
			"samples far from any position have records of their own", `{"trackid":5,"longitude_latitude":"100000000,200000000;1,1","time":"60;1","heart_rate":"1,90;30,10;28,1;1,1"}`,
			func(a activity.Activity) bool {
				return len(a.Records) == 4 && a.Records[0].Time == 6000 && a.Records[0].HeartRate == 90 && a.Records[1].HeartRate == 100 && a.Records[2].HeartRate == 101.5
			}, []string{"zepp.summary.missing line 0 ×1"},
		},
		{
			"pauses out of order, before the first record and behind the last are left out",
			`{"trackid":1000,"longitude_latitude":"100000000,200000000;1,1;1,1","time":"0;30;30","pause":"900,5;1040,10;1010,5;2000,9;x,1;"}`,
			func(a activity.Activity) bool { return len(a.Pauses) == 1 && a.Pauses[0].Next == 2 }, []string{"zepp.summary.missing line 0 ×1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := read(t, c.text, zepp.Options{})
			if len(f.Activities) != 1 {
				t.Fatalf("%d workouts", len(f.Activities))
			}
			if a := f.Activities[0]; !c.check(a) {
				t.Errorf("%+v", a)
			}
			if diff := cmp.Diff(c.told, told(f.Activities[0].Findings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCloudDamage(t *testing.T) {
	detail := text(t, "zepp-cloud/run_detail.json")
	for _, c := range []struct {
		name, text string
		code       finding.Code
		workouts   int
	}{
		{"cut off", detail[:len(detail)/2], finding.JSONMalformed, 0},
		{"cut off in the second", detail + detail[:100], finding.JSONMalformed, 1},
		{"no JSON", `{"trackid":5]`, finding.JSONMalformed, 0},
		{"no workout", `{"code":-1,"message":"no trackid here"}`, finding.UnknownFormat, 0},
		{"nothing", ``, finding.UnknownFormat, 0},
	} {
		f, err := zepp.DecodeCloud(t.Context(), strings.NewReader(c.text), zepp.Options{})
		if finding.CodeOf(err) != c.code || len(f.Activities) != c.workouts {
			t.Errorf("%s: %d workouts, %v", c.name, len(f.Activities), err)
		}
	}
}

// Whatever the cloud sends, times of records do not run backward, positions are on
// earth, and pauses point at records.
func FuzzCloud(f *testing.F) {
	f.Add(`{"trackid":1000,"longitude_latitude":"100000000,200000000;1,1;1,1","time":"0;30;30","pause":"1040,10;","heart_rate":"1,90;,1","gait":"1,2,3,160;","distance":"1,5"}`)
	f.Add(`{"trackid":"7","type":"6","dis":"10","avg_pace":0.1}`)
	f.Fuzz(func(t *testing.T, s string) {
		defer fuzztest.Decoding.Hold(t)()
		file, _ := zepp.DecodeCloud(context.Background(), strings.NewReader(s), zepp.Options{})
		for _, a := range zepp.Join(file.Activities) {
			for i, r := range a.Records {
				if i > 0 && r.Time < a.Records[i-1].Time || math.Abs(r.Lat) > 90 || math.Abs(r.Lon) > 180 {
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

func FuzzSportTable(f *testing.F) {
	f.Add("type,startTime,sportTime(s),distance(m),calories(kcal)\n1,2020-01-02 03:04:05+0000,600,1000,50\n")
	f.Fuzz(func(t *testing.T, s string) {
		defer fuzztest.Decoding.Hold(t)()
		file, err := zepp.DecodeSport(context.Background(), strings.NewReader(s), zepp.Options{})
		if err != nil && finding.CodeOf(err) != finding.CSVHeader {
			t.Fatal(err)
		}
		for _, a := range file.Activities {
			if a.Totals.TimerTime.Or(0) < 0 || a.Totals.Distance.Or(0) < 0 || a.RawSport == "" {
				t.Fatalf("%+v", a)
			}
		}
	})
}

// corpus is where real files lie, which are not part of the repository.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("no real files beside the checkout: %v", err)
	}
	return b
}

func TestRealWorkouts(t *testing.T) {
	for _, c := range []struct {
		name              string
		records, pauses   int
		distance, seconds float64 // what the band claims
	}{
		{"run_1698569116", 1500, 0, 9960, 3157},
		{"walk_1542558074", 560, 5, 3571, 2846}, // a sixth pause is behind the last sample
		{"swimming_1654683111", 1200, 3, 1000, 1365},
	} {
		both := append(corpus(t, "zepp-api-json/"+c.name+"_summary.json"), corpus(t, "zepp-api-json/"+c.name+"_detail.json")...)
		f, err := zepp.DecodeCloud(t.Context(), bytes.NewReader(both), zepp.Options{})
		if err != nil || len(f.Activities) != 1 {
			t.Fatalf("%s: %d workouts, %v", c.name, len(f.Activities), err)
		}
		a := f.Activities[0]
		if len(a.Records) < c.records || len(a.Pauses) != c.pauses || a.Totals.Distance != activity.Of(c.distance) || a.Totals.TimerTime != activity.Of(c.seconds) {
			t.Errorf("%s: %d records, %d pauses, %v m in %v s", c.name, len(a.Records), len(a.Pauses), a.Totals.Distance, a.Totals.TimerTime)
		}
		// The band's pace is its recording time over its distance. For the swim it
		// is reckoned with a speed of two decimals.
		pace, claimed := c.seconds/c.distance, 1/a.Totals.AverageSpeed.Or(1)
		t.Logf("%s: span %.0f s, pauses %.0f s, recording %.0f s; pace %.6f s/m, recording ÷ distance %.6f s/m", c.name,
			a.Totals.ElapsedTime.Or(0), paused(a), c.seconds, claimed, pace)
		if math.Abs(claimed/pace-1) > 0.004 {
			t.Errorf("%s: pace %.6f s/m, and %.6f by time and distance", c.name, claimed, pace)
		}
	}
}

func paused(a activity.Activity) (s float64) {
	for _, p := range a.Pauses {
		s += p.Duration().Seconds()
	}
	return s
}

func TestRealTables(t *testing.T) {
	for name, rows := range map[string]int{"SPORT.csv": 202, "SPORT_Full_.csv": 187} {
		f, err := zepp.DecodeSport(t.Context(), bytes.NewReader(corpus(t, "zepp-life-csv/"+name)), zepp.Options{})
		if err != nil || len(f.Activities) != rows {
			t.Errorf("%s: %d rows, %v", name, len(f.Activities), err)
		}
		exact := 0
		for _, a := range f.Activities {
			if v, d, s := a.Totals.AverageSpeed.Or(0), a.Totals.Distance.Or(0), a.Totals.TimerTime.Or(0); s > 0 && math.Abs(d/v-s) < 2.1 {
				exact++
			}
		}
		t.Logf("%s: the pace of %d of %d rows makes their time to 2.1 s; %v", name, exact, rows, told(f.Findings))
		if exact < rows*95/100 {
			t.Errorf("%s: the pace of only %d rows is time ÷ distance", name, exact)
		}
	}
}

func BenchmarkCloud(b *testing.B) {
	detail, err := os.ReadFile(filepath.Join(madeUp, "zepp-cloud", "run_detail.json"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(detail)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := zepp.DecodeCloud(context.Background(), bytes.NewReader(detail), zepp.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
