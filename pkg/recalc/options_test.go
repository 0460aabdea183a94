package recalc_test

import (
	"math"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

func TestPoliciesReadBack(t *testing.T) {
	for _, c := range []struct {
		in   string
		want recalc.Policy
	}{
		{"strava", recalc.Policy{}},
		{"timer", recalc.Policy{Kind: recalc.Timer}},
		{"elapsed", recalc.Policy{Kind: recalc.Elapsed}},
		{"gpxpy", recalc.Policy{Kind: recalc.GPXPy}},
		{"speed:0.5,10", recalc.Policy{Kind: recalc.Speed, V: .5, T: 10}},
		{"speed:0,0", recalc.Policy{Kind: recalc.Speed}},
		{"speed:1.25,2.5", recalc.Policy{Kind: recalc.Speed, V: 1.25, T: 2.5}},
	} {
		p, err := recalc.ParsePolicy(c.in)
		if err != nil || p != c.want {
			t.Errorf("%q is read as %+v, %v", c.in, p, err)
		}
		if p.String() != c.in {
			t.Errorf("%q is written as %q", c.in, p)
		}
	}
}

func TestPoliciesThatAreNone(t *testing.T) {
	for _, in := range []string{
		"", "Strava", "strava:", "timer:1", "elapsed:", "gpxpy:1", "speed", "speed:", "speed:1", "speed:1,", "speed:,1", "speed:1,2,3",
		"speed:-1,5", "speed:1,-5", "speed:NaN,5", "speed:1,NaN", "speed:Inf,5", "speed:1000,5", "speed:1,1e6", "moving",
	} {
		if p, err := recalc.ParsePolicy(in); err == nil {
			t.Errorf("%q is read as %+v", in, p)
		}
	}
}

func TestEffectOfPolicies(t *testing.T) {
	// 100 s of running, 5 s of standing, 50 s of walking at 1.5 m/s, 100 s of
	// running; the device stopped its timer for 40 s.
	base := func() *workout {
		return newWorkout(activity.Run).move(100, 4).move(5, 0).move(50, 1.5).move(100, 4)
	}
	timed := base()
	timed.a.Totals.TimerTime = activity.Of(215.9)
	absurd := base()
	absurd.a.Totals.TimerTime = activity.Of(-5)
	paused := base()
	pause := func(from, to time.Duration) {
		paused.a.Pauses = append(paused.a.Pauses, activity.Pause{From: noon.Add(from), To: noon.Add(to)})
	}
	pause(100*time.Second, 110*time.Second)
	pause(120*time.Second, 150*time.Second)
	pause(160*time.Second, 155*time.Second) // no pause at all
	for _, c := range []struct {
		name   string
		w      *workout
		policy string
		want   float64
	}{
		{"Strava: standing is rest, walking is not", base(), "strava", 250},
		{"elapsed: all of it", base(), "elapsed", 255},
		{"timer: the device's total, in whole seconds", timed, "timer", 215},
		{"timer: without a total, less the pauses that the file states", paused, "timer", 215},
		{"timer: without either, all of it", base(), "timer", 255},
		{"timer: no device ran for less than nothing", absurd, "timer", 0},
		{"gpxpy: slower than 1 km/h, however short", base(), "gpxpy", 250},
		{"speed: slower than 2 m/s for 5 s or longer", base(), "speed:2,5", 200},
		{"speed: for 60 s or longer", base(), "speed:2,60", 255},
		{"speed: slower than 1.5 m/s, and not as slow", base(), "speed:1.5,5", 250},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := recalc.ParsePolicy(c.policy)
			if err != nil {
				t.Fatal(err)
			}
			r := recalc.Recalculate(c.w.a, recalc.Options{Policy: p})
			wants(t, r, recalc.MovingTime, c.want)
			wants(t, r, recalc.ElapsedTime, 255)
		})
	}
}

func TestATimerBeyondAllNumbers(t *testing.T) {
	w := newWorkout(activity.Run).move(10, 3)
	w.a.Totals.TimerTime = activity.Of(math.MaxFloat64)
	r := recalc.Recalculate(w.a, recalc.Options{Policy: recalc.Policy{Kind: recalc.Timer}})
	if v, ok := r.MovingTime.Get(); !ok || v < 1e15 {
		t.Errorf("moving time %v", r.MovingTime)
	}
}

func TestWeightAt(t *testing.T) {
	day := func(year int) time.Time { return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC) }
	always, from2015, from2020 := recalc.Weight{Kg: 80}, recalc.Weight{From: day(2015), Kg: 75}, recalc.Weight{From: day(2020), Kg: 70}
	for _, c := range []struct {
		name    string
		weights []recalc.Weight
		at      time.Time
		want    activity.Value
	}{
		{"none is not 0", nil, day(2024), activity.Value{}},
		{"one for all times", []recalc.Weight{always}, day(2024), activity.Of(80)},
		{"the latest that is not after the day", []recalc.Weight{always, from2015, from2020}, day(2018), activity.Of(75)},
		{"on the day itself", []recalc.Weight{always, from2015, from2020}, day(2020), activity.Of(70)},
		{"in any order", []recalc.Weight{from2020, always, from2015}, day(2018), activity.Of(75)},
		{"the earliest, where all are later", []recalc.Weight{from2020, from2015}, day(2010), activity.Of(75)},
		{"the later in the list of two from one day", []recalc.Weight{from2015, {From: day(2015), Kg: 60}}, day(2018), activity.Of(60)},
		{"also where all are later", []recalc.Weight{from2015, {From: day(2015), Kg: 60}}, day(2010), activity.Of(60)},
		{"for a workout without a date", []recalc.Weight{from2020, from2015}, time.Time{}, activity.Of(75)},
		{"an entry without a weight does not count", []recalc.Weight{always, {From: day(2015)}}, day(2024), activity.Of(80)},
		{"nor does one that is none", []recalc.Weight{{Kg: -1}, {Kg: math.NaN()}, {Kg: math.Inf(1)}}, day(2024), activity.Value{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := recalc.Athlete{Weights: c.weights}
			if got := a.WeightAt(c.at); got != c.want {
				t.Errorf("%v kg, want %v kg", got, c.want)
			}
		})
	}
}
