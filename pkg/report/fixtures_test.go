package report_test

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/tcx"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares an output with the file of that name in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; `go test ./pkg/report -update` writes it", err)
	}
	// A checkout may have turned the line ends.
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// begin is when the made-up workouts begin. Nobody ran them.
var begin = time.Date(2019, time.March, 2, 9, 0, 0, 0, time.UTC)

var berlin = time.FixedZone("", 3600)

// points returns n records, one every so many seconds.
func points(n int, every time.Duration) []activity.Record {
	out := make([]activity.Record, n)
	for i := range out {
		out[i] = activity.Record{
			Time: begin.Add(time.Duration(i) * every).UnixMilli(),
			Lat:  -38.5 + float64(i)*1e-4, Lon: -12.25, Altitude: 45 + float64(i%7), Distance: float64(i) * 28,
			HeartRate: float32(120 + i%30), Cadence: 84,
			Has: activity.Time | activity.Position | activity.Altitude | activity.Distance | activity.HeartRate | activity.Cadence,
		}
	}
	return out
}

// run is a run with everything: two laps, a pause, a gap, a zone, a device with
// all that one can know of it, and totals.
func run() activity.Activity {
	recs := points(60, 10*time.Second)
	for i := 40; i < 60; i++ {
		recs[i].Time += 95_500 // the pause
	}
	for i := 50; i < 60; i++ {
		recs[i].Time += 125_000 // the gap
	}
	recs[59].Has &^= activity.HeartRate
	return activity.Activity{
		Format: "tcx", Sport: activity.TrailRun, RawSport: "Running", Name: "Round the reservoir", Creator: "Some App 4.1",
		Device: activity.Device{Name: "Band 2", Manufacturer: "Example", Product: 42, Serial: "A-0001", Version: "3.20"},
		Start:  begin, Zone: berlin,
		Records: recs, Tracks: []activity.Span{{First: 0, End: 40}, {First: 40, End: 60}},
		Laps: []activity.Lap{
			{
				Start: begin, Records: activity.Span{First: 0, End: 40}, Trigger: "Manual", Intensity: "Active",
				Totals: activity.Totals{
					TimerTime: activity.Of(390), Distance: activity.Of(1092.004), Calories: activity.Of(98), MaxSpeed: activity.Of(3.21049),
					AverageHeartRate: activity.Of(134), MaxHeartRate: activity.Of(149),
				},
			},
			{
				Records: activity.Span{First: 40, End: 60}, Intensity: "Resting",
				Totals: activity.Totals{TimerTime: activity.Of(315.04), Distance: activity.Of(560), Calories: activity.Of(7)},
			},
		},
		Pauses: []activity.Pause{{From: time.UnixMilli(recs[39].Time), To: time.UnixMilli(recs[40].Time), Next: 40, Source: activity.PauseTrack}},
		Totals: activity.Totals{
			TimerTime: activity.Of(705.04), Distance: activity.Of(1652.004), Ascent: activity.Of(31), Calories: activity.Of(105),
			AverageHeartRate: activity.Of(134.25), MaxHeartRate: activity.Of(149), MaxSpeed: activity.Of(3.21049),
		},
		Findings: []finding.Finding{
			{Code: finding.TCXTimeDouble, Severity: finding.Info, Place: finding.AtLine(77), Count: 3, Message: "two trackpoints have the same time; the first one counts"},
			{Code: finding.TCXHeartRateZero, Severity: finding.Warning, Place: finding.At(80, 4096), Count: 1, Message: "a heart rate is 0", Fix: "wet the strap"},
		},
	}
}

// runResult is what a recalculation could have made of run. It is written down
// here so that a change of Strava's rules changes no golden file.
func runResult() recalc.Result {
	rule := "rest ≤ 0.894 m/s ≥ 3 s"
	return recalc.Result{
		Sport: activity.TrailRun, Start: begin,
		ElapsedTime: activity.Of(810), MovingTime: activity.Of(589), Distance: activity.Of(1652.0041),
		AverageSpeed: activity.Of(2.804761), AverageElapsedSpeed: activity.Of(2.039511),
		AveragePace: activity.Of(356.5366), AverageElapsedPace: activity.Of(490.3136), MaxSpeed: activity.Of(3.07155),
		GradeAdjustedDistance: activity.Of(1671.349), TotalElevationGain: activity.Of(47.96), ElevLow: activity.Of(-0.04), ElevHigh: activity.Of(51),
		Calories: activity.Of(105), AverageHeartrate: activity.Of(134.449), MaxHeartrate: activity.Of(149), AverageCadence: activity.Of(84.25),
		Provenance: map[recalc.Field]string{
			recalc.SportType: "the file's", recalc.ElapsedTime: "last trackpoint − first trackpoint", recalc.MovingTime: rule, recalc.Distance: "device distance",
			recalc.Calories: "device calories", recalc.MaxHeartrate: "largest sample",
		},
		Confidence: map[recalc.Field]recalc.Confidence{
			recalc.MovingTime: recalc.Exact, recalc.Distance: recalc.Close, recalc.TotalElevationGain: recalc.Unknowable,
			recalc.ElapsedTime: recalc.Close, recalc.Calories: recalc.Close, recalc.MaxHeartrate: recalc.Close,
		},
		Errors: map[recalc.Field]recalc.Error{
			recalc.MovingTime: {}, recalc.Distance: {Median: .00012, P90: .034},
			recalc.ElapsedTime: {P90: .0006}, recalc.Calories: {Median: .02, P90: .413}, recalc.MaxHeartrate: {P90: .00001},
		},
		MeasuredOn: "1 January 2020",
		Rests: []recalc.Rest{
			{From: begin.Add(390 * time.Second), To: begin.Add(495500 * time.Millisecond), Metres: 28, Rule: rule},
			{From: begin.Add(585 * time.Second), To: begin.Add(700 * time.Second), Metres: 0.4, Rule: rule},
		},
		Findings: []finding.Finding{{Code: finding.PastRules, Severity: finding.Info, Count: 1, Message: "the figures follow the rules of that day"}},
	}
}

// ride is a long ride with power, of a file that says little else.
func ride() (activity.Activity, recalc.Result) {
	recs := points(10, time.Minute-time.Second)
	for i := range recs {
		recs[i].Power, recs[i].Has = 180, activity.Time|activity.Power|activity.Distance
	}
	a := activity.Activity{
		Format: "fit", Sport: activity.Ride, RawSport: "cycling", Start: begin.Add(24 * time.Hour), Records: recs,
		Tracks: []activity.Span{{First: 0, End: 10}}, Device: activity.Device{Manufacturer: "Example", Product: 7},
		Totals: activity.Totals{
			ElapsedTime: activity.Of(14400), MovingTime: activity.Of(13000), Distance: activity.Of(102345.6), AverageSpeed: activity.Of(7.872738),
			AverageHeartRate: activity.Of(131), AveragePower: activity.Of(171),
		},
	}
	return a, recalc.Result{
		Sport: activity.Ride, Start: a.Start,
		ElapsedTime: activity.Of(14400), MovingTime: activity.Of(12745), Distance: activity.Of(102345.6),
		AverageSpeed: activity.Of(8.0302), AverageElapsedSpeed: activity.Of(7.1073), AveragePace: activity.Of(124.53), AverageElapsedPace: activity.Of(140.7),
		MaxSpeed: activity.Of(17.4), TotalElevationGain: activity.Of(1204), Calories: activity.Of(2412.4),
		Kilojoules: activity.Of(2163.6), AverageWatts: activity.Of(169.8), WeightedAverageWatts: activity.Of(182.2), AverageHeartrate: activity.Of(131.2), AverageCadence: activity.Of(83),
		Provenance: map[recalc.Field]string{recalc.MovingTime: "rest ≤ 0.3 m/s ≥ 15 s"}, Confidence: map[recalc.Field]recalc.Confidence{},
	}
}

// swim is a pool swim with all that only FIT tells: sensors with batteries, the
// fields of an app, running dynamics, lengths.
func swim() activity.Activity {
	values := make([]activity.Value, 4)
	values[1], values[2] = activity.Of(211), activity.Of(215)
	watch := activity.Device{Name: "Watch 9", Manufacturer: "Example", Product: 9, Serial: "900", Version: "1.05", BatteryLevel: activity.Of(83)}
	strap := activity.Device{
		Manufacturer: "Example", Product: 7, Serial: "77", Version: "4.10", Kind: "heart_rate", Source: "antplus",
		BatteryStatus: "ok", BatteryVoltage: activity.Of(2.9140625),
	}
	return activity.Activity{
		Format: "fit", Sport: activity.Swim, RawSport: "swimming/lap_swimming", Start: begin, Zone: berlin, Device: watch,
		Devices: []activity.Device{watch, strap, {Kind: "gps", Source: "local"}, {Product: 3}, {}},
		Records: points(4, time.Second), Tracks: []activity.Span{{First: 0, End: 4}},
		Streams: []activity.Stream{
			{Name: "Form power", Unit: "Watts", Values: values},
			{Name: "vertical_oscillation", Unit: "mm", Values: values},
		},
		DeveloperFields: []activity.DeveloperField{
			{Name: "Form power", Unit: "Watts", App: "18fb2cf0-1a4b-430d-ad66-988c847421f4", Manufacturer: "stryd", Records: 2},
			{Name: "Mood"},
		},
		PoolLength: activity.Of(25),
		Lengths: []activity.Length{
			{Start: begin, Timer: activity.Of(31.5), Active: true, Strokes: activity.Of(11), Stroke: "freestyle"},
			{Start: begin.Add(32 * time.Second), Timer: activity.Of(12.25)},
			{Timer: activity.Of(40), Active: true, Strokes: activity.Of(9), Stroke: "breaststroke"},
		},
	}
}

// bare is a workout of which nothing is known but that it was.
func bare() activity.Activity { return activity.Activity{Format: "gpx"} }

// summaries are those of a run, of a second one in the same file, of a ride, and
// of a workout of which nothing is known.
func summaries(explain bool) []report.Summary {
	a, r := run(), runResult()
	second := r
	second.Start, second.Calories, second.Findings = begin.Add(2*time.Hour), activity.Value{}, nil
	if !explain {
		r.Rests, second.Rests = nil, nil
	}
	second.Rests = nil
	b, rr := ride()
	if explain {
		addDetails(&r)
		rr.SplitsMetric, rr.SplitsStandard, rr.Laps, rr.BestEfforts, rr.Zones = []recalc.Split{}, []recalc.Split{}, []recalc.Lap{}, []recalc.BestEffort{}, []recalc.Zone{}
	}
	none := bare()
	return []report.Summary{
		report.NewSummary("runs.tcx", 0, &a, &r, nil, nil, explain),
		report.NewSummary("runs.tcx", 1, &a, &second, nil, nil, explain),
		report.NewSummary("long/ride.fit", 0, &b, &rr, nil, nil, explain),
		report.NewSummary("nothing.gpx", 0, &none, &recalc.Result{}, nil, nil, explain),
	}
}

// addDetails adds what is given on request.
func addDetails(r *recalc.Result) {
	num := activity.Of
	r.SplitsMetric = []recalc.Split{
		{Split: 1, Distance: 1002.1, ElapsedTime: 476, MovingTime: 370, AverageSpeed: num(2.708378), AverageGradeAdjustedSpeed: num(2.75), AverageHeartrate: num(133.44), ElevationDifference: num(12.4)},
		{Split: 2, Distance: 649.9, ElapsedTime: 334, MovingTime: 219, AverageSpeed: num(2.96758), AverageGradeAdjustedSpeed: num(2.91), AverageHeartrate: num(136), ElevationDifference: num(-8.2)},
	}
	r.SplitsStandard = []recalc.Split{
		{Split: 1, Distance: 1610, ElapsedTime: 790, MovingTime: 570, AverageSpeed: num(2.8245), AverageHeartrate: num(134), ElevationDifference: num(0.2)},
		{Split: 2, Distance: 42, ElapsedTime: 20, MovingTime: 19, AverageSpeed: num(2.21)},
	}
	r.Laps = []recalc.Lap{
		{
			Index: 1, Start: begin, StartIndex: 0, EndIndex: 39, ElapsedTime: num(390), MovingTime: num(390), Distance: num(1092.004), AverageSpeed: num(2.8),
			MaxSpeed: num(3.07), TotalElevationGain: num(24), AverageHeartrate: num(134), MaxHeartrate: num(149), AverageCadence: num(84), AverageWatts: num(251.26),
		},
		{Index: 2, StartIndex: -1, EndIndex: -1},
	}
	r.BestEfforts = []recalc.BestEffort{
		{Name: "400m", Distance: 400, ElapsedTime: 139, MovingTime: 139, Start: begin.Add(90 * time.Second), StartIndex: 9, EndIndex: 24},
		{Name: "1/2 mile", Distance: 805, ElapsedTime: 285, MovingTime: 285, Start: begin, EndIndex: 29},
	}
	r.Zones = []recalc.Zone{
		{Type: recalc.HeartrateZones, Max: num(190), Buckets: []recalc.Bucket{{Min: 0, Max: 124, Time: 95}, {Min: 125, Max: 154, Time: 494}, {Min: 155, Max: -1, Time: 0}}},
		{Type: recalc.PowerZones, Custom: true, Buckets: []recalc.Bucket{{Min: 0, Max: 200, Time: 1}, {Min: 201, Max: -1, Time: 588}}},
	}
	r.Choices = []recalc.Choice{
		{Field: recalc.SportType, Taken: "TrailRun, as asked for", Instead: "Run, as the file says"},
		{Field: recalc.MovingTime, Taken: "rest ≤ 0.894 m/s ≥ 3 s", Value: num(589), Instead: "device timer", Alternative: num(705)},
		{Field: recalc.Distance, Taken: "device distance", Value: num(1652.0041), Instead: "positions", Alternative: num(1640.31)},
		{Field: recalc.MaxSpeed, Taken: "fastest", Value: num(3.07), Instead: "device's fastest", Alternative: num(3.21)},
		{Field: recalc.TotalElevationGain, Taken: "climbs", Value: num(48), Instead: "device's ascent", Alternative: num(31)},
		{Field: recalc.Calories, Taken: "device", Value: num(105), Instead: "formula", Alternative: num(112.4)},
		{Field: recalc.Kilojoules, Taken: "work", Value: num(148), Instead: "device", Alternative: num(150)},
		{Field: recalc.AverageWatts, Taken: "work ÷ moving time", Value: num(251.3), Instead: "device", Alternative: num(249)},
		{Field: recalc.AverageHeartrate, Taken: "mean", Value: num(134.4), Instead: "device", Alternative: num(134)},
		{Field: recalc.AverageCadence, Taken: "mean", Value: num(84.3), Instead: "device", Alternative: num(83)},
		{Field: recalc.AveragePace, Taken: "nobody chooses a pace", Value: num(356.54), Instead: "but it would be shown", Alternative: num(426.78)},
	}
	r.Thresholds = []recalc.Threshold{
		{Name: "rest_speed", Value: 1609.344 / 1800, Unit: "m/s", Field: recalc.MovingTime, About: "who is not faster rests"},
		{Name: "distance_share", Value: .9, Field: recalc.Distance, About: "share of samples"},
	}
}

// cutShort is a finding about a file as a whole. Findings are written down here
// for the same reason as results: the catalogue's words may change.
var cutShort = finding.Finding{
	Code: finding.GzipTruncated, Severity: finding.Error, Place: finding.AtByte(0), Count: 1,
	Message: "the data ends too early", Fix: "export it once more",
}

// infos are those of the same workouts.
func infos() []report.Info {
	a, none := run(), bare()
	b, _ := ride()
	s := swim()
	return []report.Info{
		report.NewInfo("runs.tcx", 0, &a, nil, nil),
		report.NewInfo("long/ride.fit", 0, &b, []finding.Finding{cutShort}, nil),
		report.NewInfo("nothing.gpx", 1, &none, nil, nil),
		report.NewInfo("swim.fit", 0, &s, nil, nil),
	}
}

// failure is a file that could not be read.
func failure() report.Failed {
	return report.Failed{File: "empty.tcx", Error: report.Failure{Code: string(finding.EmptyFile), Message: "the file is empty"}}
}

// fromFiles decodes all of the repository's made-up TCX files that can be read.
func fromFiles(t *testing.T) (map[string]activity.File, []string) {
	t.Helper()
	files, names := map[string]activity.File{}, []string{}
	root := filepath.Join("..", "..", "testdata")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".tcx" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := tcx.Decode(context.Background(), bytes.NewReader(data), tcx.Options{})
		if err != nil {
			return nil //nolint:nilerr // some of these files are there because they cannot be read
		}
		name := filepath.ToSlash(path)
		files[name], names = f, append(names, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 30 {
		t.Fatalf("only %d of the made-up files can be read", len(names))
	}
	return files, names
}

// encode writes values in a format.
func encode(t *testing.T, f report.Format, sample any, values ...any) string {
	t.Helper()
	var b bytes.Buffer
	e, err := report.NewEncoder(&b, f, sample)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// anys lets a slice be passed as the values of encode.
func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = list[i]
	}
	return out
}

// spoilTotals puts one figure wherever a file can claim one.
func spoilTotals(t *activity.Totals, claim float64) {
	v := activity.Of(claim)
	*t = activity.Totals{
		ElapsedTime: v, TimerTime: v, MovingTime: v, Distance: v, Ascent: v, Calories: v, AverageSpeed: v, MaxSpeed: v,
		AverageHeartRate: v, MaxHeartRate: v, AverageCadence: v, AveragePower: v,
	}
}

// unrounded is what a recalculation gives: figures with many decimals.
func unrounded() recalc.Result {
	v := activity.Of(123.123456789)
	r := runResult()
	r.Distance, r.AverageSpeed, r.AverageElapsedSpeed, r.AveragePace, r.AverageElapsedPace, r.MaxSpeed = v, v, v, v, v, v
	r.GradeAdjustedDistance, r.TotalElevationGain, r.ElevLow, r.ElevHigh, r.Calories, r.Kilojoules = v, v, v, v, v, v
	r.AverageWatts, r.WeightedAverageWatts, r.AverageHeartrate, r.MaxHeartrate, r.AverageCadence = v, v, v, v, v
	return r
}
