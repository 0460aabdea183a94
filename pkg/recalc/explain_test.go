package recalc_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// explained recalculates with an explanation.
func explained(a *activity.Activity, o recalc.Options) recalc.Result {
	o.Explain = true
	return recalc.Recalculate(a, o)
}

// chosen returns the choices about a figure.
func chosen(r recalc.Result, f recalc.Field) []recalc.Choice {
	return slices.DeleteFunc(slices.Clone(r.Choices), func(c recalc.Choice) bool { return c.Field != f })
}

// one checks that there is one choice about a figure, and what its two sides
// give.
func one(t *testing.T, r recalc.Result, f recalc.Field, value, alternative float64) {
	t.Helper()
	c := chosen(r, f)
	if len(c) != 1 || math.Abs(c[0].Value.Or(math.Inf(1))-value) > .01 || math.Abs(c[0].Alternative.Or(math.Inf(1))-alternative) > .01 {
		t.Errorf("%s: %+v, want %v and %v", f, c, value, alternative)
	}
}

func TestChoices(t *testing.T) {
	run := func() *workout {
		w := newWorkout(activity.Run).move(100, 4).move(20, 0).move(100, 4)
		w.a.Format = "fit"
		w.a.Totals = activity.Totals{ElapsedTime: activity.Of(225.5), TimerTime: activity.Of(215.5)}
		return w
	}
	t.Run("the device's timer and the speeds", func(t *testing.T) {
		w := run()
		w.a.TimerPaused = true
		r := explained(w.a, recalc.Options{})
		one(t, r, recalc.MovingTime, 215, 200)
		one(t, r, recalc.ElapsedTime, 225, 220)
	})
	t.Run("the speeds and the device's timer", func(t *testing.T) {
		r := explained(run().a, recalc.Options{})
		one(t, r, recalc.MovingTime, 200, 215)
		one(t, r, recalc.ElapsedTime, 220, 225)
	})
	t.Run("the speeds and the pauses that the file states", func(t *testing.T) {
		w := run()
		w.a.Totals = activity.Totals{}
		w.a.Pauses = []activity.Pause{{From: noon, To: noon.Add(30e9)}}
		one(t, explained(w.a, recalc.Options{}), recalc.MovingTime, 200, 190)
	})
	t.Run("the device's distance and the positions", func(t *testing.T) {
		// A degree is 111.000 km to the device and 111.295 km to Strava.
		one(t, explained(run().a, recalc.Options{}), recalc.Distance, 800, 800*math.Pi/180*6376.77271/111)
	})
	t.Run("the device's ascent and the altitudes of the file", func(t *testing.T) {
		w := run()
		for i := range w.a.Records {
			w.a.Records[i].Altitude, w.a.Records[i].Has = float64(i), w.a.Records[i].Has|activity.Altitude
		}
		w.a.Totals.Ascent, w.a.Device.Barometric = activity.Of(200), true
		one(t, explained(w.a, recalc.Options{}), recalc.TotalElevationGain, 200, 220)
		w.a.Device.Barometric = false
		c := chosen(explained(w.a, recalc.Options{}), recalc.TotalElevationGain)
		if len(c) != 1 || c[0].Alternative != activity.Of(200) {
			t.Errorf("%+v", c)
		}
	})
	t.Run("the device's calories and the formula", func(t *testing.T) {
		w := run().lap(0)
		w.a.Totals.Calories = activity.Of(99)
		one(t, explained(w.a, weighing(70)), recalc.Calories, 99, 1.22868*70*.8)
	})
	t.Run("the sport that was asked for and the file's", func(t *testing.T) {
		c := chosen(explained(run().a, recalc.Options{Sport: activity.Ride}), recalc.SportType)
		if len(c) != 1 || !strings.HasPrefix(c[0].Taken, "Ride") || !strings.HasPrefix(c[0].Instead, "Run") {
			t.Errorf("%+v", c)
		}
	})
	t.Run("the sport that was guessed", func(t *testing.T) {
		w := newWorkout("").move(200, 8)
		c := chosen(explained(w.a, recalc.Options{}), recalc.SportType)
		if len(c) != 1 || c[0].Instead != "the file names none" {
			t.Errorf("%+v", c)
		}
	})
	t.Run("the bicycle", func(t *testing.T) {
		w := newWorkout(activity.Ride).move(200, 8)
		for i := range w.a.Records {
			w.a.Records[i].Has |= activity.Altitude
		}
		c := chosen(explained(w.a, weighing(70)), recalc.AverageWatts)
		if len(c) != 1 || !strings.Contains(c[0].Instead, "mountain") || c[0].Alternative.Or(0) <= c[0].Value.Or(0) {
			t.Errorf("%+v", c)
		}
	})
	t.Run("not a timer and itself", func(t *testing.T) {
		w := run()
		if c := chosen(explained(w.a, recalc.Options{Policy: recalc.Policy{Kind: recalc.Timer}}), recalc.MovingTime); len(c) != 0 {
			t.Errorf("%+v", c)
		}
		w.a.Sport = activity.Swim
		if c := chosen(explained(w.a, recalc.Options{}), recalc.MovingTime); len(c) != 0 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("the device's ascent and heart rate of 2019, and the computed ones", func(t *testing.T) {
		w := run()
		for i := range w.a.Records {
			r := &w.a.Records[i]
			r.Time += time.Date(2019, time.June, 1, 12, 0, 0, 0, time.UTC).UnixMilli() - noon.UnixMilli()
			r.HeartRate, r.Has = 150, r.Has|activity.HeartRate|activity.Altitude
		}
		w.a.Totals.Ascent, w.a.Totals.AverageHeartRate = activity.Of(7), activity.Of(140)
		r := explained(w.a, recalc.Options{})
		one(t, r, recalc.TotalElevationGain, 7, 0)
		one(t, r, recalc.AverageHeartrate, 140, 150)
	})
	t.Run("none where the file says nothing", func(t *testing.T) {
		w := newWorkout(activity.Run).move(100, 4)
		for i := range w.a.Records {
			w.a.Records[i].Has &^= activity.Position
		}
		if r := explained(w.a, recalc.Options{}); r.Choices == nil || len(r.Choices) != 0 {
			t.Errorf("%+v", r.Choices)
		}
	})
}

func TestThresholdsAreThoseThatWereUsed(t *testing.T) {
	names := func(r recalc.Result) string {
		var out []string
		for _, x := range r.Thresholds {
			if x.Name == "" || x.About == "" || x.Field == "" || math.IsNaN(x.Value) {
				t.Errorf("%+v", x)
			}
			if slices.Contains(out, x.Name) {
				t.Errorf("%s twice", x.Name)
			}
			out = append(out, x.Name)
		}
		return strings.Join(out, " ")
	}
	run := newWorkout(activity.Run).move(100, 4)
	for i := range run.a.Records {
		run.a.Records[i].Has |= activity.Altitude
	}
	ride := newWorkout(activity.Ride).move(100, 8)
	judged := newWorkout(activity.Run).move(600, 8)
	believed := newWorkout(activity.Run).move(100, 4)
	believed.a.Format, believed.a.Totals.Ascent = "fit", activity.Of(7)
	for i := range believed.a.Records {
		r := &believed.a.Records[i]
		r.Time, r.Has = r.Time-noon.UnixMilli()+time.Date(2019, time.June, 1, 12, 0, 0, 0, time.UTC).UnixMilli(), r.Has|activity.Altitude
	}
	hop := newWorkout(activity.Ride).move(100, 8)
	for i := range hop.a.Records {
		hop.a.Records[i].Has &^= activity.Distance
	}
	for _, c := range []struct {
		name      string
		got       string
		want, not []string
	}{
		{"a run", names(explained(run.a, recalc.Options{})), []string{"rest_speed", "rest_seconds", "gap_seconds", "steepest", "climb_threshold", "speed_window"}, []string{"jump_speed", "gpxpy", "racing"}},
		{"a ride", names(explained(ride.a, recalc.Options{})), []string{"rest_speed", "gap_speed"}, []string{"steepest", "climb"}},
		{"everything counts", names(explained(run.a, recalc.Options{Policy: recalc.Policy{Kind: recalc.Elapsed}})), []string{"speed_window"}, []string{"rest_speed", "gap_seconds"}},
		{"by another policy", names(explained(run.a, recalc.Options{Policy: recalc.Policy{Kind: recalc.Speed, V: 1, T: 9}})), []string{"rest_speed"}, []string{"gap_seconds"}},
		{"a run that nobody can have run", names(explained(judged.a, recalc.Options{})), []string{"beyond_runners", "beyond_share", "runners_kilometre"}, []string{"racing", "fastest_walk"}},
		{"the device's ascent of 2019", names(explained(believed.a, recalc.Options{})), []string{"rest_smoothing", "pace_smoothing"}, []string{"climb_threshold", "gain_smoothing"}},
		{"a ride by its positions", names(explained(hop.a, recalc.Options{})), []string{"jump_speed", "most_jumps", "position_share"}, []string{"sparse_share", "small_resets"}},
		{"with splits", names(explained(ride.a, recalc.Options{With: recalc.Splits})), []string{"small_start"}, nil},
		{"as gpxpy", names(explained(run.a, byGPXPy)), []string{"gpxpy_stopped", "gpxpy_extremes"}, []string{"rest_speed"}},
	} {
		for _, w := range c.want {
			if !strings.Contains(c.got, w) {
				t.Errorf("%s: %s is not among %s", c.name, w, c.got)
			}
		}
		for _, n := range c.not {
			if strings.Contains(c.got, n) {
				t.Errorf("%s: %s is among %s", c.name, n, c.got)
			}
		}
	}
}
