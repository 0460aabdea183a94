package recalc_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
)

// noon is when the workouts of these tests begin: at a time at which all of
// Strava's present rules hold.
var noon = time.Date(2024, time.June, 1, 12, 0, 0, 0, time.UTC)

// workout is a made-up activity, written second by second.
type workout struct {
	a      *activity.Activity
	ms     int64
	metres float64
	with   activity.Record // what every record carries besides
	indoor bool
}

// newWorkout begins a workout with one record.
func newWorkout(sport activity.Sport) *workout {
	w := &workout{a: &activity.Activity{Format: "tcx", Sport: sport, Start: noon}, ms: noon.UnixMilli()}
	return w.record()
}

func (w *workout) record() *workout {
	r := w.with
	r.Time, r.Distance = w.ms, w.metres
	r.Has |= activity.Time | activity.Distance
	if !w.indoor {
		r.Lat, r.Lon = -30+w.metres/111_000, -20
		r.Has |= activity.Position
	}
	w.a.Records = append(w.a.Records, r)
	return w
}

// move adds a record a second at a speed.
func (w *workout) move(seconds int, speed float64) *workout {
	for range seconds {
		w.step(1, speed)
	}
	return w
}

// step adds one record after so many seconds at a speed.
func (w *workout) step(seconds, speed float64) *workout {
	w.ms += int64(seconds * 1000)
	w.metres += seconds * speed
	return w.record()
}

// heart sets the heart rate of the records from here on.
func (w *workout) heart(bpm float32) *workout {
	w.with.HeartRate, w.with.Has = bpm, w.with.Has|activity.HeartRate
	return w
}

// power sets the power of the records from here on.
func (w *workout) power(watts float32) *workout {
	w.with.Power, w.with.Has = watts, w.with.Has|activity.Power
	return w
}

// cadence sets the cadence of the records from here on.
func (w *workout) cadence(rpm float32) *workout {
	w.with.Cadence, w.with.Has = rpm, w.with.Has|activity.Cadence
	return w
}

// on moves the whole workout to another day.
func (w *workout) on(year int, month time.Month, day int) *workout {
	by := time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Sub(noon)
	w.a.Start = w.a.Start.Add(by)
	for i := range w.a.Records {
		w.a.Records[i].Time += by.Milliseconds()
	}
	return w
}

// lap adds a lap with calories.
func (w *workout) lap(kcal float64) *workout {
	w.a.Laps = append(w.a.Laps, activity.Lap{Totals: activity.Totals{Calories: activity.Of(kcal)}})
	return w
}

// weighing returns options for an athlete of constant weight.
func weighing(kg float64) recalc.Options {
	return recalc.Options{Athlete: recalc.Athlete{Weights: []recalc.Weight{{Kg: kg}}}}
}

// wants compares a figure with what it should be, to a millionth.
func wants(t *testing.T, r recalc.Result, f recalc.Field, want float64) {
	t.Helper()
	got, ok := r.Get(f).Get()
	if !ok || math.Abs(got-want) > 1e-6*math.Max(1, math.Abs(want)) {
		t.Errorf("%s is %v, want %v", f, r.Get(f), want)
	}
}

// lacks checks that figures are absent, which is not 0.
func lacks(t *testing.T, r recalc.Result, fields ...recalc.Field) {
	t.Helper()
	for _, f := range fields {
		if v := r.Get(f); v.Known() {
			t.Errorf("%s is %v out of nothing", f, v)
		}
	}
}

func TestAnEvenRun(t *testing.T) {
	// 1,000 s at 4 m/s, standing for 100 s, 1,000 s at 4 m/s.
	w := newWorkout(activity.Run).heart(150).cadence(85)
	w.move(1000, 4).heart(90).cadence(0).move(100, 0).heart(160).cadence(87).move(1000, 4)
	r := recalc.Recalculate(w.a, recalc.Options{})
	wants(t, r, recalc.ElapsedTime, 2100)
	wants(t, r, recalc.MovingTime, 2000)
	wants(t, r, recalc.Distance, 8000)
	wants(t, r, recalc.AverageSpeed, 4)
	wants(t, r, recalc.AverageElapsedSpeed, 8000./2100)
	wants(t, r, recalc.AveragePace, 250)
	wants(t, r, recalc.AverageElapsedPace, 262.5)
	wants(t, r, recalc.MaxSpeed, 4)
	wants(t, r, recalc.AverageHeartrate, 155) // the pause does not count
	wants(t, r, recalc.MaxHeartrate, 160)
	wants(t, r, recalc.AverageCadence, 86) // nor do its zeros
	lacks(t, r, recalc.Calories, recalc.AverageWatts, recalc.Kilojoules, recalc.WeightedAverageWatts,
		recalc.TotalElevationGain, recalc.ElevLow, recalc.ElevHigh, recalc.GradeAdjustedDistance)
	if r.Sport != activity.Run || !r.Start.Equal(noon) || len(r.Findings) > 0 || r.Rests != nil {
		t.Errorf("%s at %v, findings %v, rests %v", r.Sport, r.Start, r.Findings, r.Rests)
	}
}

func TestRideWithPower(t *testing.T) {
	// An hour at 200 W, a pause of ten minutes, of which a value is left over.
	w := newWorkout(activity.Ride).power(200).move(1800, 8).move(600, 0).move(1800, 8)
	r := recalc.Recalculate(w.a, recalc.Options{})
	wants(t, r, recalc.MovingTime, 3600)
	wants(t, r, recalc.AverageWatts, 200) // power in the pause is no work
	wants(t, r, recalc.Kilojoules, 720)
	wants(t, r, recalc.Calories, 802.8) // 1.115 kcal a kilojoule
	if v := r.WeightedAverageWatts.Or(0); v < 198 || v > 200 {
		t.Errorf("weighted power of constant 200 W: %v W", v)
	}
}

func TestClimbs(t *testing.T) {
	// Up 10 % for 1 km, down again; then level.
	w := newWorkout(activity.TrailRun)
	w.move(2000, 1).move(500, 2)
	for i := range w.a.Records {
		p := &w.a.Records[i]
		p.Altitude, p.Has = 500+100*math.Max(0, 1-math.Abs(p.Distance-1000)/1000), p.Has|activity.Altitude
	}
	r := recalc.Recalculate(w.a, recalc.Options{})
	wants(t, r, recalc.ElevLow, 500)
	wants(t, r, recalc.ElevHigh, 600)
	// The top of a ramp of 10 % that is averaged over ±30 m is 1.5 m lower.
	if gain := r.TotalElevationGain.Or(0); gain < 96 || gain > 99 {
		t.Errorf("%v m of climbing", gain)
	}
	// By the factors for 10 %: 1,456.5 m and 875.5 m, and 1 km on the level. The
	// altitude of a device without barometer is averaged over 150 m, twice, which
	// takes something from both ends and the top.
	if d := r.GradeAdjustedDistance.Or(0); d < 3200 || d > 1456.5+875.5+1000 {
		t.Errorf("%v m, want somewhat less than 3,332 m", d)
	}
}

// The model of the day adjusts distances where Strava took the file's altitudes.
func TestTheDayDecidesOnGradeAdjustedDistance(t *testing.T) {
	for _, c := range []struct {
		name       string
		barometric bool
		day        time.Time
		least      float64
		most       float64
		past       bool
	}{
		{"today", true, noon, 1456, 1457, false},
		{"before October 2017", true, time.Date(2017, time.August, 1, 0, 0, 0, 0, time.UTC), 1493, 1494, true},
		{"before October 2017, where Strava's altitudes are not known", false, time.Date(2017, time.August, 1, 0, 0, 0, 0, time.UTC), 1350, 1456, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkout(activity.Run).move(250, 4)
			w.a.Format, w.a.Device.Barometric = "fit", c.barometric
			for i := range w.a.Records {
				p := &w.a.Records[i]
				p.Altitude, p.Has = p.Distance/10, p.Has|activity.Altitude
			}
			r := recalc.Recalculate(w.a, recalc.Options{Uploaded: c.day})
			if d := r.GradeAdjustedDistance.Or(0); d < c.least || d > c.most {
				t.Errorf("%v m", d)
			}
			if past := len(r.Findings) == 1 && r.Findings[0].Code == finding.PastRules; past != c.past {
				t.Errorf("findings %v", r.Findings)
			}
		})
	}
}

func TestWithoutRecords(t *testing.T) {
	a := &activity.Activity{Sport: activity.Run, Start: noon, Totals: activity.Totals{
		TimerTime: activity.Of(1800.9), Distance: activity.Of(5000), Calories: activity.Of(300),
	}}
	r := recalc.Recalculate(a, recalc.Options{})
	lacks(t, r, recalc.Fields()...)
	if r.Sport != activity.Run || !r.Start.Equal(noon) {
		t.Errorf("%s at %v", r.Sport, r.Start)
	}
	r = recalc.Recalculate(a, recalc.Options{Policy: recalc.Policy{Kind: recalc.Timer}})
	wants(t, r, recalc.MovingTime, 1800)
}

func TestRecordsWithoutTimesAreNone(t *testing.T) {
	a := &activity.Activity{Records: []activity.Record{{Distance: 5, HeartRate: 100, Has: activity.Distance | activity.HeartRate}}}
	lacks(t, recalc.Recalculate(a, recalc.Options{}), recalc.Fields()...)
}

func TestOneRecord(t *testing.T) {
	r := recalc.Recalculate(newWorkout(activity.Run).heart(100).record().a, recalc.Options{})
	wants(t, r, recalc.ElapsedTime, 0)
	wants(t, r, recalc.MovingTime, 0)
	wants(t, r, recalc.MaxHeartrate, 100)
	lacks(t, r, recalc.Distance, recalc.AverageSpeed, recalc.AveragePace, recalc.MaxSpeed, recalc.AverageHeartrate)
}

func TestAllRecordsAtOneInstant(t *testing.T) {
	w := newWorkout(activity.Ride).heart(100).power(200)
	for range 10 {
		w.metres += 5
		w.record()
	}
	r := recalc.Recalculate(w.a, weighing(70))
	wants(t, r, recalc.ElapsedTime, 0)
	wants(t, r, recalc.MovingTime, 0)
	wants(t, r, recalc.Distance, 0) // only the first record counts
	lacks(t, r, recalc.AverageSpeed, recalc.AverageElapsedSpeed, recalc.AveragePace, recalc.MaxSpeed,
		recalc.AverageHeartrate, recalc.AverageWatts, recalc.WeightedAverageWatts)
}

func TestAGapOfYears(t *testing.T) {
	w := newWorkout(activity.Run).heart(100).power(100).move(100, 3)
	const years = 50 * 365 * 86400
	w.step(years, 0).move(100, 3)
	r := recalc.Recalculate(w.a, recalc.Options{})
	wants(t, r, recalc.ElapsedTime, years+200)
	wants(t, r, recalc.MovingTime, 200)
	wants(t, r, recalc.AverageHeartrate, 100)
}

// The codecs give no such figures; whoever fills in records by hand can.
func TestNaNCannotEnter(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, v := range map[string]float64{"NaN": nan, "infinity": inf, "minus infinity": -inf, "the largest float64": math.MaxFloat64} {
		for _, sport := range []activity.Sport{activity.Run, activity.Ride} {
			for _, where := range []int{0, 1, 2, 150, 297, 298, 299} {
				w := newWorkout(sport).heart(100).power(100).cadence(80).move(299, 3)
				for i := range w.a.Records {
					p := &w.a.Records[i]
					p.Altitude, p.Has = float64(i), p.Has|activity.Altitude
				}
				p := &w.a.Records[where]
				p.Lat, p.Lon, p.Altitude, p.Distance = v, v, v, v
				p.HeartRate, p.Cadence, p.Power = float32(v), float32(v), float32(v)
				r := recalc.Recalculate(w.a, weighing(70))
				wants(t, r, recalc.MovingTime, 299)
				if where > 0 && where < 299 {
					wants(t, r, recalc.Distance, 897)
				}
				isFinite(t, &r)
				if t.Failed() {
					t.Fatalf("%s in record %d of a %s", name, where, sport)
				}
			}
		}
	}
}

// isFinite checks that no figure is NaN or infinite.
func isFinite(t *testing.T, r *recalc.Result) {
	t.Helper()
	for _, f := range recalc.Fields() {
		if v, _ := r.Get(f).Get(); math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s is %v", f, v)
		}
	}
	for _, rest := range r.Rests {
		if math.IsNaN(rest.Metres) || math.IsInf(rest.Metres, 0) {
			t.Errorf("a rest of %v m", rest.Metres)
		}
	}
}

func TestSportIsThatOfTheOptionsElseOfTheFile(t *testing.T) {
	// A stop of 5 s is rest for a runner and none for a rider.
	w := newWorkout(activity.Run).move(100, 4).move(5, 0).move(100, 4)
	for _, c := range []struct {
		name   string
		sport  activity.Sport
		want   activity.Sport
		moving float64
	}{
		{"of the file", "", activity.Run, 200},
		{"of the options", activity.Ride, activity.Ride, 205},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := recalc.Recalculate(w.a, recalc.Options{Sport: c.sport})
			if r.Sport != c.want {
				t.Errorf("it is a %s", r.Sport)
			}
			wants(t, r, recalc.MovingTime, c.moving)
		})
	}
}

func TestARunThatNobodyCanRunIsARide(t *testing.T) {
	w := newWorkout(activity.Run).move(300, 10).move(5, 0).move(300, 10)
	r := recalc.Recalculate(w.a, recalc.Options{})
	if r.Sport != activity.Ride || len(r.Findings) != 1 || r.Findings[0].Code != finding.SportTooFast {
		t.Errorf("a %s, findings %v", r.Sport, r.Findings)
	}
	if why := r.Provenance[recalc.SportType]; !strings.Contains(why, "1:40") {
		t.Errorf("provenance of the sport: %q", why)
	}
	wants(t, r, recalc.MovingTime, 605)

	t.Run("unless the user says that it is a run", func(t *testing.T) {
		r := recalc.Recalculate(w.a, recalc.Options{Sport: activity.Run})
		if r.Sport != activity.Run || len(r.Findings) > 0 {
			t.Errorf("a %s, findings %v", r.Sport, r.Findings)
		}
	})
}

func TestRunWithoutGPSHasNoRest(t *testing.T) {
	w := newWorkout(activity.Run)
	w.a.Records, w.indoor = nil, true
	w.record().move(100, 3).move(60, 0).move(100, 3)
	wants(t, recalc.Recalculate(w.a, recalc.Options{}), recalc.MovingTime, 260)
	wants(t, recalc.Recalculate(w.a, recalc.Options{Sport: activity.Ride}), recalc.MovingTime, 200)
}

// In spring 2013 Strava gave runs a rule of their own; until then they had that
// of rides. It kept the moving times of then, but its averages are by the rule
// of today.
func TestRunsOfThePast(t *testing.T) {
	run := func() *workout {
		return newWorkout(activity.Run).heart(150).move(300, 3).heart(90).move(10, 0).heart(150).move(300, 3)
	}
	for _, c := range []struct {
		name     string
		w        *workout
		uploaded time.Time
		moving   float64
		past     bool
	}{
		{"a run of April 2013", run().on(2013, time.April, 6), time.Time{}, 610, true},
		{"a run of June 2013", run().on(2013, time.June, 20), time.Time{}, 600, false},
		{"a run of April 2013 that is uploaded today", run().on(2013, time.April, 6), noon, 600, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := recalc.Recalculate(c.w.a, recalc.Options{Uploaded: c.uploaded})
			wants(t, r, recalc.MovingTime, c.moving)
			wants(t, r, recalc.AverageHeartrate, 150)
			if past := len(r.Findings) == 1 && r.Findings[0].Code == finding.PastRules; past != c.past {
				t.Errorf("findings: %v", r.Findings)
			}
		})
	}
}

func TestEveryKnownFigureHasAProvenance(t *testing.T) {
	full := threeHours(activity.Run, 3)
	full.Laps = []activity.Lap{{Totals: activity.Totals{Calories: activity.Of(500)}}}
	for name, a := range map[string]*activity.Activity{
		"a run with everything":      full,
		"a ride with everything":     threeHours(activity.Ride, 8),
		"a run from positions":       withoutDistances(threeHours(activity.Run, 3)),
		"one record":                 newWorkout(activity.Run).a,
		"nothing":                    {},
		"times alone":                {Records: []activity.Record{{Time: 0, Has: activity.Time}, {Time: 9000, Has: activity.Time}}},
		"a run that became a ride":   newWorkout(activity.Run).move(300, 10).a,
		"a run of the past":          newWorkout(activity.Run).lap(99).move(300, 3).on(2012, time.May, 1).a,
		"records without a distance": withoutDistances(newWorkout(activity.Walk).move(10, 0).a),
	} {
		for _, policy := range []string{"strava", "timer", "elapsed", "speed:1,5"} {
			t.Run(name+", policy "+policy, func(t *testing.T) {
				o := weighing(70)
				var err error
				if o.Policy, err = recalc.ParsePolicy(policy); err != nil {
					t.Fatal(err)
				}
				r := recalc.Recalculate(a, o)
				known := map[recalc.Field]bool{recalc.SportType: r.Sport != a.Sport}
				for _, f := range recalc.Fields() {
					if f != recalc.SportType {
						known[f] = r.Get(f).Known()
					}
					if rule, ok := r.Provenance[f]; ok != known[f] || ok && rule == "" {
						t.Errorf("%s is %v; its rule is %q", f, r.Get(f), rule)
					}
				}
				for f := range r.Provenance {
					if !known[f] {
						t.Errorf("provenance of %s, which is unknown", f)
					}
				}
			})
		}
	}
}

func TestFieldsAreAllFiguresOfAResult(t *testing.T) {
	seen := map[recalc.Field]bool{}
	for _, f := range recalc.Fields() {
		if seen[f] {
			t.Errorf("%s stands twice", f)
		}
		seen[f] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d fields", len(seen))
	}
	r := recalc.Recalculate(threeHours(activity.Ride, 8), recalc.Options{})
	if v := r.Get("no_such_field"); v.Known() {
		t.Errorf("an unknown field is %v", v)
	}
}

func TestRestsAreListedWhereAskedFor(t *testing.T) {
	w := newWorkout(activity.Run).move(100, 3).move(5, 0).move(100, 3).move(2, 0).move(100, 3).step(90, .5)
	r := recalc.Recalculate(w.a, recalc.Options{Explain: true})
	const rule = "≤ 0.894 m/s uphill-adjusted for ≥ 3 s"
	want := []recalc.Rest{
		{From: noon.Add(100 * time.Second), To: noon.Add(105 * time.Second), Rule: rule},
		{From: noon.Add(307 * time.Second), To: noon.Add(397 * time.Second), Metres: 45, Rule: rule},
	}
	if diff := cmp.Diff(want, r.Rests); diff != "" {
		t.Error(diff)
	}
}

func TestRestsAndMovingTimeAreTheElapsedTime(t *testing.T) {
	for _, sport := range []activity.Sport{activity.Run, activity.Ride, activity.Hike} {
		r := recalc.Recalculate(threeHours(sport, 3), recalc.Options{Explain: true})
		var rest time.Duration
		for _, s := range r.Rests {
			rest += s.Duration()
		}
		if rest == 0 {
			t.Errorf("%s: no rest", sport)
		}
		wants(t, r, recalc.MovingTime, r.ElapsedTime.Or(0)-rest.Seconds())
	}
}

// A Calculator keeps its memory, and nothing else, from one activity to the
// next. What it allocates is the result.
func TestCalculatorIsReused(t *testing.T) {
	activities := []*activity.Activity{
		threeHours(activity.Run, 3), {}, threeHours(activity.Ride, 8), newWorkout(activity.Walk).move(20, 1).a,
		withoutDistances(threeHours(activity.Run, 3)), newWorkout(activity.Run).move(300, 10).a,
	}
	o := weighing(70)
	o.Explain = true
	var c recalc.Calculator
	for range 2 {
		for i, a := range activities {
			if diff := cmp.Diff(recalc.Recalculate(a, o), c.Recalculate(a, o), cmp.AllowUnexported(activity.Value{})); diff != "" {
				t.Errorf("activity %d: %s", i, diff)
			}
		}
	}
}

func TestAllocationsDoNotGrowWithTheRecords(t *testing.T) {
	allocations := func(records int) float64 {
		a := threeHours(activity.Run, 3)
		a.Records = a.Records[:records]
		var c recalc.Calculator
		o := weighing(70)
		c.Recalculate(a, o)
		return testing.AllocsPerRun(10, func() { c.Recalculate(a, o) })
	}
	if few, many := allocations(700), allocations(10800); many > few {
		t.Errorf("%v allocations for 700 records, %v for 10,800", few, many)
	}
}
