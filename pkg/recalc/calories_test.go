package recalc_test

import (
	"math"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
)

func TestCalories(t *testing.T) {
	// 10 km on foot; an hour and 720 kJ on the bicycle.
	foot := func(sport activity.Sport) *workout { return newWorkout(sport).move(2500, 4) }
	ride := func() *workout { return newWorkout(activity.Ride).power(200).move(3600, 8) }
	// Up 10 %: each metre counts 1.4565 times.
	uphill := func(sport activity.Sport) *workout {
		w := foot(sport)
		for i := range w.a.Records {
			p := &w.a.Records[i]
			p.Altitude, p.Has = p.Distance/10, p.Has|activity.Altitude
		}
		return w
	}
	const tolerance = .05
	known := activity.Of
	for _, c := range []struct {
		name string
		w    *workout
		kg   float64
		want activity.Value
	}{
		{"a run of 10 km with 70 kg", foot(activity.Run), 70, known(860.1)},
		{"a walk as well", foot(activity.Walk), 70, known(860.1)},
		{"twice the weight, twice the calories", foot(activity.Run), 140, known(1720.2)},
		{"nothing without a weight", foot(activity.Run), 0, activity.Value{}},
		{"nothing for a swim", foot(activity.Swim), 70, activity.Value{}},
		{"nothing for a sport without a rule", foot("Yoga"), 70, activity.Value{}},
		{"a ride with 720 kJ, whatever the weight", ride(), 0, known(802.8)},
		{"nothing for a ride without power", newWorkout(activity.Ride).move(3600, 8), 70, activity.Value{}},
		{"the device's, summed over the laps", foot(activity.Run).lap(300).lap(400), 70, known(700)},
		{"in whole calories", foot(activity.Run).lap(300.4).lap(400.2), 70, known(701)},
		{"the device's 0 is none", foot(activity.Run).lap(0), 70, known(860.1)},
		{"the device's need no weight", foot(activity.Run).lap(700), 0, known(700)},
		{"the device's before July 2018: computed", foot(activity.Run).lap(700).on(2018, time.July, 12), 70, known(860.1)},
		{"the device's since then", foot(activity.Run).lap(700).on(2018, time.July, 26), 70, known(700)},
		{"the device's before then, where nothing can be computed", foot(activity.Run).lap(700).on(2018, time.July, 12), 0, known(700)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := recalc.Recalculate(c.w.a, weighing(c.kg)).Calories
			if got.Known() != c.want.Known() || math.Abs(got.Or(0)-c.want.Or(0)) > tolerance {
				t.Errorf("%v kcal, want %v kcal", got, c.want)
			}
		})
	}
	t.Run("a run uphill is as long as it feels", func(t *testing.T) {
		// The altitudes are averaged over 150 m, which flattens both ends.
		if got := recalc.Recalculate(uphill(activity.Run).a, weighing(70)).Calories.Or(0); got < 860.1*1.42 || got > 860.1*1.4565 {
			t.Errorf("%v kcal, want somewhat less than %v kcal", got, 860.1*1.4565)
		}
	})
	t.Run("a walk uphill is as long as it is", func(t *testing.T) {
		if got := recalc.Recalculate(uphill(activity.Walk).a, weighing(70)).Calories.Or(0); math.Abs(got-860.1) > tolerance {
			t.Errorf("%v kcal, want 860.1 kcal", got)
		}
	})
}

func TestTheDayOfTheUploadDecidesOnCalories(t *testing.T) {
	w := newWorkout(activity.Run).lap(700).move(2500, 4).on(2017, time.May, 1)
	o := weighing(70)
	r := recalc.Recalculate(w.a, o)
	wants(t, r, recalc.Calories, 860.076)
	if len(r.Findings) != 1 || r.Findings[0].Code != finding.PastRules {
		t.Errorf("findings: %v", r.Findings)
	}
	o.Uploaded = noon
	r = recalc.Recalculate(w.a, o)
	wants(t, r, recalc.Calories, 700)
	if len(r.Findings) != 0 {
		t.Errorf("findings: %v", r.Findings)
	}
}

func TestTheWeightIsThatOfTheDay(t *testing.T) {
	w := newWorkout(activity.Run).move(2500, 4)
	o := recalc.Options{Athlete: recalc.Athlete{Weights: []recalc.Weight{
		{Kg: 80}, {From: noon, Kg: 70}, {From: noon.AddDate(0, 0, 1), Kg: 60},
	}}}
	wants(t, recalc.Recalculate(w.a, o), recalc.Calories, 860.076)
}
