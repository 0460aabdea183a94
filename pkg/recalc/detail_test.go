package recalc_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// values compares figures that may be absent.
var values = cmp.AllowUnexported(activity.Value{})

func TestDetailsCostNothingUnlessAskedFor(t *testing.T) {
	w := newWorkout(activity.Run).heart(150).move(1000, 4)
	athlete := recalc.Athlete{MaxHeartrate: 190}
	r := recalc.Recalculate(w.a, recalc.Options{Athlete: athlete})
	if r.SplitsMetric != nil || r.SplitsStandard != nil || r.Laps != nil || r.BestEfforts != nil || r.Zones != nil || r.Choices != nil || r.Thresholds != nil {
		t.Error("something was given that nobody asked for")
	}
	r = recalc.Recalculate(w.a, recalc.Options{Athlete: athlete, With: recalc.AllDetails})
	if len(r.SplitsMetric) != 4 || len(r.SplitsStandard) != 3 || len(r.Laps) != 1 || len(r.BestEfforts) != 5 || len(r.Zones) != 1 {
		t.Errorf("%d km, %d miles, %d laps, %d efforts, %d zones", len(r.SplitsMetric), len(r.SplitsStandard), len(r.Laps), len(r.BestEfforts), len(r.Zones))
	}
}

// What was asked for is there, though empty, and nothing is left of the workout
// that was recalculated before.
func TestDetailsOfAWorkoutWithoutSamples(t *testing.T) {
	var c recalc.Calculator
	o := recalc.Options{Athlete: recalc.Athlete{MaxHeartrate: 190}, With: recalc.AllDetails}
	c.Recalculate(newWorkout(activity.Run).heart(150).move(1000, 4).a, o)
	a := &activity.Activity{
		Format: "fit", Sport: activity.Run, Start: noon,
		Laps: []activity.Lap{{Start: noon, Totals: activity.Totals{Distance: activity.Of(400), TimerTime: activity.Of(100)}}},
	}
	r := c.Recalculate(a, o)
	if r.SplitsMetric == nil || r.SplitsStandard == nil || r.BestEfforts == nil || r.Zones == nil {
		t.Error("something is missing that was asked for")
	}
	if n := len(r.SplitsMetric) + len(r.SplitsStandard) + len(r.BestEfforts) + len(r.Zones); n != 0 {
		t.Errorf("%d details of nothing: %+v", n, r)
	}
	want := []recalc.Lap{{
		Index: 1, Start: noon, StartIndex: -1, EndIndex: -1,
		MovingTime: activity.Of(100), Distance: activity.Of(400), AverageSpeed: activity.Of(4),
	}}
	if diff := cmp.Diff(want, r.Laps, values); diff != "" {
		t.Errorf("laps, -want +got:\n%s", diff)
	}
}

// A step over several kilometres ends one split; the next one ends where it would
// have ended without.
func TestSplitsAfterALeap(t *testing.T) {
	w := newWorkout(activity.Ride).move(100, 8).move(1, 3000).move(200, 8)
	r := recalc.Recalculate(w.a, recalc.Options{With: recalc.Splits})
	var got []float64
	for _, s := range r.SplitsMetric {
		got = append(got, s.Distance)
	}
	if diff := cmp.Diff([]float64{3800, 200, 1000, 400}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSplits(t *testing.T) {
	// 3 m/s: the first sample at or after 1,000 m is that of 1,002 m. In the second
	// kilometre a stop of 20 s, whose heart rate does not count.
	w := newWorkout(activity.Run).heart(140).move(400, 3).heart(90).move(20, 0).heart(160).move(400, 3)
	for i := range w.a.Records {
		w.a.Records[i].Altitude = 50 + float64(i)/100
		w.a.Records[i].Has |= activity.Altitude
	}
	w.a.Device.Barometric = true
	r := recalc.Recalculate(w.a, recalc.Options{With: recalc.Splits})
	want := []recalc.Split{
		{Split: 1, Distance: 1002, ElapsedTime: 334, MovingTime: 334, AverageSpeed: activity.Of(3), ElevationDifference: activity.Of(3.3), AverageHeartrate: activity.Of(140)},
		{Split: 2, Distance: 999, ElapsedTime: 353, MovingTime: 333, AverageSpeed: activity.Of(3), ElevationDifference: activity.Of(3.5), AverageHeartrate: activity.Of((66*140 + 267*160) / 333.0)},
		{Split: 3, Distance: 399, ElapsedTime: 133, MovingTime: 133, AverageSpeed: activity.Of(3), ElevationDifference: activity.Of(1.3), AverageHeartrate: activity.Of(160)},
	}
	adjusted := r.SplitsMetric
	for i := range adjusted {
		// A rise of 1 cm in 3 m costs 0.6 % by the table of grades.
		if v := adjusted[i].AverageGradeAdjustedSpeed.Or(0); math.Abs(v-3.019) > .002 {
			t.Errorf("split %d: grade-adjusted %v m/s", i+1, v)
		}
		adjusted[i].AverageGradeAdjustedSpeed = activity.Value{}
	}
	if diff := cmp.Diff(want, adjusted, values); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := len(r.SplitsStandard); n != 2 || r.SplitsStandard[0].Distance != 1611 {
		t.Errorf("miles: %+v", r.SplitsStandard)
	}
}

func TestSplitsOfARunThatWasPausedAreWithoutRest(t *testing.T) {
	w := newWorkout(activity.Run).move(200, 4).move(30, 0).move(200, 4)
	w.a.Format, w.a.TimerPaused = "fit", true
	w.a.Totals = activity.Totals{ElapsedTime: activity.Of(430), TimerTime: activity.Of(425)}
	r := recalc.Recalculate(w.a, recalc.Options{With: recalc.Splits | recalc.Laps})
	wants(t, r, recalc.MovingTime, 425)
	sum := int64(0)
	for _, s := range r.SplitsMetric {
		sum += s.MovingTime
	}
	if sum != 400 {
		t.Errorf("the splits move for %d s, want 400", sum)
	}
}

func TestByTheTimerPausesAreRest(t *testing.T) {
	w := newWorkout(activity.Run).heart(150).move(200, 4).heart(100).step(60, 1).heart(150).move(200, 4)
	w.a.Pauses = []activity.Pause{{From: noon.Add(201 * time.Second), To: noon.Add(259 * time.Second)}}
	r := recalc.Recalculate(w.a, recalc.Options{With: recalc.Splits, Explain: true, Policy: recalc.Policy{Kind: recalc.Timer}})
	wants(t, r, recalc.MovingTime, 402)
	wants(t, r, recalc.AverageHeartrate, 150)
	if s := r.SplitsMetric[0]; s.MovingTime != 235 || s.ElapsedTime != 295 || len(r.Rests) != 1 || r.Rests[0].Rule == "" {
		t.Errorf("%+v, rests %v", s, r.Rests)
	}
}

func TestSplitsOfUnusualStreams(t *testing.T) {
	big := newWorkout(activity.Ride)
	big.metres = 40_000
	big.a.Records = nil
	big.record().move(300, 10)
	for _, c := range []struct {
		name string
		w    *workout
		want []float64 // metres of each
	}{
		{"nobody moves", newWorkout(activity.Ride).move(100, 0), nil},
		{"one record", newWorkout(activity.Ride), nil},
		{"less than a kilometre", newWorkout(activity.Ride).move(10, 10), []float64{100}},
		{"exactly one", newWorkout(activity.Ride).move(100, 10), []float64{1000}},
		{"a gap across several multiples is one split", newWorkout(activity.Ride).move(50, 10).step(400, 10).move(100, 10), []float64{4500, 500, 500}},
		{"a counter that begins far off", big, []float64{1000, 1000, 1000}},
		{"standing at the end belongs to no split", newWorkout(activity.Ride).move(100, 10).move(30, 0), []float64{1000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := recalc.Recalculate(c.w.a, recalc.Options{With: recalc.Splits})
			if r.SplitsMetric == nil {
				t.Error("asked for, but nil")
			}
			var got []float64
			for _, s := range r.SplitsMetric {
				got = append(got, s.Distance)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLaps(t *testing.T) {
	w := newWorkout(activity.Ride).heart(120).cadence(80).power(100).move(100, 5).heart(150).cadence(0).power(200).move(100, 10)
	w.a.Laps = []activity.Lap{
		{Start: noon, Records: activity.Span{First: 0, End: 101}},
		{Records: activity.Span{First: 101, End: 101}}, // the button was hit twice
		{Records: activity.Span{First: 101, End: 201}},
	}
	r := recalc.Recalculate(w.a, recalc.Options{With: recalc.Laps})
	num := activity.Of
	want := []recalc.Lap{
		{
			Index: 1, Start: noon, StartIndex: 0, EndIndex: 100, ElapsedTime: num(100), MovingTime: num(100), Distance: num(500), AverageSpeed: num(5), MaxSpeed: num(5),
			AverageHeartrate: num(120), MaxHeartrate: num(120), AverageCadence: num(80), AverageWatts: num(100),
		},
		{Index: 2, StartIndex: -1, EndIndex: -1},
		{
			Index: 3, Start: noon.Add(101 * time.Second), StartIndex: 101, EndIndex: 200, ElapsedTime: num(100), MovingTime: num(100), Distance: num(1000), AverageSpeed: num(10), MaxSpeed: num(10),
			AverageHeartrate: num(150), MaxHeartrate: num(150), AverageWatts: num(200),
		},
	}
	if diff := cmp.Diff(want, r.Laps, values); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	t.Run("in FIT the device's account counts", func(t *testing.T) {
		w.a.Format = "fit"
		w.a.Laps[0].Totals = activity.Totals{ElapsedTime: num(101.9), TimerTime: num(99.9), Distance: num(505.05), Ascent: num(7)}
		l := recalc.Recalculate(w.a, recalc.Options{With: recalc.Laps}).Laps[0]
		if l.ElapsedTime != num(101) || l.MovingTime != num(99) || l.Distance != num(505.05) || l.TotalElevationGain != num(7) || l.AverageSpeed != num(505.05/99) {
			t.Errorf("%+v", l)
		}
		l = recalc.Recalculate(w.a, recalc.Options{With: recalc.Laps, Policy: recalc.Policy{Kind: recalc.Elapsed}}).Laps[0]
		if l.MovingTime != num(100) {
			t.Errorf("by elapsed time it moves for %v s", l.MovingTime)
		}
	})
	t.Run("without laps there is one", func(t *testing.T) {
		w := newWorkout(activity.Run).move(100, 3).move(10, 0)
		r := recalc.Recalculate(w.a, recalc.Options{With: recalc.Laps})
		if len(r.Laps) != 1 || r.Laps[0].MovingTime != r.MovingTime || r.Laps[0].Distance != r.Distance || r.Laps[0].EndIndex != 110 {
			t.Errorf("%+v", r.Laps)
		}
	})
	t.Run("without a stream the device's account is all there is", func(t *testing.T) {
		a := &activity.Activity{Format: "fit", Sport: activity.Run, Records: []activity.Record{{Time: noon.UnixMilli(), Has: activity.Time}}}
		a.Laps = []activity.Lap{{Totals: activity.Totals{TimerTime: num(60), Distance: num(200)}}}
		r := recalc.Recalculate(a, recalc.Options{With: recalc.AllDetails})
		if len(r.Laps) != 1 || r.Laps[0].MovingTime != num(60) || r.Laps[0].Distance != num(200) {
			t.Errorf("%+v", r.Laps)
		}
	})
}

func TestBestEfforts(t *testing.T) {
	// 500 m slowly, 600 m fast with a stop of 10 s, 500 m slowly.
	w := newWorkout(activity.Run).move(250, 2).move(60, 5).move(10, 0).move(60, 5).move(250, 2)
	r := recalc.Recalculate(w.a, recalc.Options{With: recalc.BestEfforts})
	var got []recalc.BestEffort
	for _, e := range r.BestEfforts {
		e.Start, e.StartIndex, e.EndIndex = time.Time{}, 0, 0
		got = append(got, e)
	}
	want := []recalc.BestEffort{
		{Name: "400m", Distance: 400, ElapsedTime: 90, MovingTime: 90},       // the stop counts
		{Name: "1/2 mile", Distance: 805, ElapsedTime: 232, MovingTime: 232}, // 600 m in 130 s and 205 at 2 m/s, rounded down
		{Name: "1K", Distance: 1000, ElapsedTime: 330, MovingTime: 330},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if e := r.BestEfforts[0]; e.StartIndex >= e.EndIndex || !e.Start.Equal(noon.Add(time.Duration(e.StartIndex)*time.Second)) {
		t.Errorf("%+v", e)
	}
	ride := newWorkout(activity.Ride).move(1000, 8)
	if r := recalc.Recalculate(ride.a, recalc.Options{With: recalc.BestEfforts}); r.BestEfforts == nil || len(r.BestEfforts) != 0 {
		t.Errorf("Strava gives rides no best efforts: %v", r.BestEfforts)
	}
	if r := recalc.Recalculate(newWorkout(activity.Run).move(100, 3.99).a, recalc.Options{With: recalc.BestEfforts}); len(r.BestEfforts) != 0 {
		t.Errorf("399 m are no 400 m: %v", r.BestEfforts)
	}
}

// The windows of five efforts of a marathon, as far as they are known: the
// distances and times between the samples that Strava names, and what it shows.
func TestBestEffortsEndBetweenSamples(t *testing.T) {
	for _, c := range []struct {
		name         string
		metres, last float64 // of the window, and of its last second
		seconds      int
		want         int64
	}{
		{"1K", 1000.1, 4.3, 269, 268},
		{"1 mile", 1609.2, 3.9, 443, 442},
		{"2 mile", 3219, 3.7, 896, 896},
		{"5K", 5000.2, 3.6, 1392, 1391},
		{"10K", 10000.6, 4, 2812, 2811},
	} {
		w := newWorkout(activity.Run)
		w.move(c.seconds-1, (c.metres-c.last)/float64(c.seconds-1)).move(1, c.last)
		efforts := recalc.Recalculate(w.a, recalc.Options{With: recalc.BestEfforts}).BestEfforts
		if e := efforts[len(efforts)-1]; e.Name != c.name || e.ElapsedTime != c.want {
			t.Errorf("%s in %d s, want %s in %d s", e.Name, e.ElapsedTime, c.name, c.want)
		}
	}
}

func TestZones(t *testing.T) {
	w := newWorkout(activity.Run)
	for _, bpm := range []float32{124, 125, 154, 155, 169, 170, 184, 185} {
		w.heart(bpm).move(10, 3)
	}
	w.heart(200).move(30, 0)
	zones := func(a recalc.Athlete, sport activity.Sport) []recalc.Zone {
		w.a.Sport = sport
		return recalc.Recalculate(w.a, recalc.Options{Athlete: a, With: recalc.Zones}).Zones
	}
	num := activity.Of
	for _, c := range []struct {
		name    string
		athlete recalc.Athlete
		sport   activity.Sport
		want    []recalc.Zone
	}{
		{"of nobody", recalc.Athlete{}, activity.Run, []recalc.Zone{}},
		{"of a runner: the limits belong to the lower zone, and rest does not count", recalc.Athlete{MaxHeartrate: 190}, activity.Run, []recalc.Zone{
			{Type: recalc.HeartrateZones, Max: num(190), Buckets: []recalc.Bucket{{0, 124, 10}, {125, 154, 20}, {155, 169, 20}, {170, 184, 20}, {185, -1, 10}}},
		}},
		{"of a rider, who rests less", recalc.Athlete{MaxHeartrate: 188}, activity.Ride, []recalc.Zone{
			{Type: recalc.HeartrateZones, Max: num(188), Buckets: []recalc.Bucket{{0, 111, 0}, {112, 147, 20}, {148, 165, 20}, {166, 182, 20}, {183, -1, 20}}},
		}},
		{"of one's own", recalc.Athlete{MaxHeartrate: 190, HeartrateZones: []int{150}}, activity.Run, []recalc.Zone{
			{Type: recalc.HeartrateZones, Custom: true, Max: num(190), Buckets: []recalc.Bucket{{0, 150, 20}, {151, -1, 60}}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, zones(c.athlete, c.sport), values); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPowerZones(t *testing.T) {
	w := newWorkout(activity.Ride).power(105).move(10, 8).power(106).move(10, 8).power(0).move(10, 8).power(286).move(10, 8)
	w.with.Has &^= activity.Power
	w.move(10, 8) // the meter fails: 0 W
	want := []recalc.Zone{{Type: recalc.PowerZones, Max: activity.Of(190), Buckets: []recalc.Bucket{
		{0, 105, 30}, {106, 143, 10}, {144, 171, 0}, {172, 200, 0}, {201, 228, 0}, {229, 285, 0}, {286, -1, 10},
	}}}
	r := recalc.Recalculate(w.a, recalc.Options{Athlete: recalc.Athlete{FTP: 190, MaxHeartrate: 190}, With: recalc.Zones})
	if diff := cmp.Diff(want, r.Zones, values); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	estimated := newWorkout(activity.Ride).move(100, 8)
	for i := range estimated.a.Records {
		estimated.a.Records[i].Has |= activity.Altitude
	}
	o := weighing(70)
	o.Athlete.FTP, o.With = 190, recalc.Zones
	if r := recalc.Recalculate(estimated.a, o); !r.PowerEstimated || len(r.Zones) != 0 {
		t.Errorf("an estimate has no zones: %+v", r.Zones)
	}
}

// TestSplitsOfStrava compares with the splits of a workout whose streams on
// Strava are known. They are not part of the repository.
func TestSplitsOfStrava(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", "strava-streams", "6271393008_activity+streams.json"))
	if err != nil {
		t.Skipf("no workout with Strava's streams beside the checkout: %v", err)
	}
	type split struct {
		Distance            float64 `json:"distance"`
		ElapsedTime         int64   `json:"elapsed_time"`
		MovingTime          int64   `json:"moving_time"`
		ElevationDifference float64 `json:"elevation_difference"`
		Split               int     `json:"split"`
		AverageSpeed        float64 `json:"average_speed"`
		AverageHeartrate    float64 `json:"average_heartrate"`
	}
	var doc struct {
		Activity struct {
			SplitsMetric   []split `json:"splits_metric"`
			SplitsStandard []split `json:"splits_standard"`
			Laps           []struct {
				ElapsedTime      float64 `json:"elapsed_time"`
				Distance         float64 `json:"distance"`
				MaxSpeed         float64 `json:"max_speed"`
				AverageHeartrate float64 `json:"average_heartrate"`
				Gain             float64 `json:"total_elevation_gain"`
			} `json:"laps"`
		} `json:"activity"`
		Streams struct{ Time, Distance, Altitude, Heartrate []float64 } `json:"streams"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	a := &activity.Activity{Format: "fit", Sport: activity.VirtualRide, Start: noon}
	a.Device.Barometric = true
	for i, s := range doc.Streams.Time {
		a.Records = append(a.Records, activity.Record{
			Time: noon.UnixMilli() + int64(s*1000), Distance: doc.Streams.Distance[i], Altitude: doc.Streams.Altitude[i], HeartRate: float32(doc.Streams.Heartrate[i]),
			Has: activity.Time | activity.Distance | activity.Altitude | activity.HeartRate,
		})
	}
	r := recalc.Recalculate(a, recalc.Options{With: recalc.Splits | recalc.Laps})
	beats := 0
	for name, pair := range map[string]struct {
		want []split
		got  []recalc.Split
	}{"kilometres": {doc.Activity.SplitsMetric, r.SplitsMetric}, "miles": {doc.Activity.SplitsStandard, r.SplitsStandard}} {
		if len(pair.want) != len(pair.got) {
			t.Fatalf("%s: %d, want %d", name, len(pair.got), len(pair.want))
		}
		for i, w := range pair.want {
			g := pair.got[i]
			off := func(v activity.Value, want float64) float64 { return math.Abs(v.Or(math.Inf(1)) - want) }
			if g.Split != w.Split || math.Abs(g.Distance-w.Distance) > 1e-6 || g.ElapsedTime != w.ElapsedTime || g.MovingTime != w.MovingTime ||
				off(g.ElevationDifference, w.ElevationDifference) > 1e-6 || off(g.AverageSpeed, w.AverageSpeed) > .00501 || off(g.AverageHeartrate, w.AverageHeartrate) > .05 {
				t.Errorf("%s: %+v, want %+v", name, g, w)
			}
			if off(g.AverageHeartrate, w.AverageHeartrate) < 1e-6 {
				beats++
			}
		}
	}
	t.Logf("heart rate to the last digit in %d of %d splits", beats, len(r.SplitsMetric)+len(r.SplitsStandard))
	if l, w := r.Laps[0], doc.Activity.Laps[0]; l.ElapsedTime.Or(0) != w.ElapsedTime || math.Abs(l.Distance.Or(0)-w.Distance) > 1e-6 ||
		math.Abs(l.MaxSpeed.Or(0)-w.MaxSpeed) > .05 || math.Abs(l.AverageHeartrate.Or(0)-w.AverageHeartrate) > .05 || math.Abs(l.TotalElevationGain.Or(0)-w.Gain) > .05 {
		t.Errorf("lap %+v, want %+v", l, w)
	}
}
