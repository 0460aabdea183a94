package recalc

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

const (
	// kcalPerKgKm: a runner or walker burns this much per kilogram and
	// (grade-adjusted) kilometre. Constant to five digits over some 1,500 runs
	// and 200 walks; time and heart rate do not enter.
	kcalPerKgKm = 1.22868
	// kcalPerKilojoule: a rider burns this much per kilojoule of work, that is
	// with an efficiency of 21.4 %. 156 of 156 rides within 1 %.
	kcalPerKilojoule = 1.1150
)

// deviceCaloriesRule is the rule where the device's calories are taken.
const deviceCaloriesRule = "device calories"

// estimatedWork is the rule of calories that follow from an estimated power.
const estimatedWork = "1.115 kcal × kJ of estimated work"

// deviceCaloriesSince is when Strava began to show the device's calories: the
// first TCX shown as it is was uploaded on 26 July 2018, the last computed one
// on 12 July.
var deviceCaloriesSince = time.Date(2018, time.July, 20, 0, 0, 0, 0, time.UTC)

// fitCaloriesSince is the same for FIT: the last computed one is of 6 April 2018,
// the first that is shown as it is and cannot have been uploaded later than the
// others of its athlete of 23 May.
var fitCaloriesSince = time.Date(2018, time.May, 1, 0, 0, 0, 0, time.UTC)

// deviceCalories returns the device's: in FIT those of the session, else what
// the laps add up to, which is what Strava reads from TCX; calories elsewhere in
// the file do not count.
func deviceCalories(a *activity.Activity) activity.Value {
	var sum activity.Value
	if a.Format == "fit" {
		if v, ok := a.Totals.Calories.Get(); ok && v > 0 {
			return a.Totals.Calories.Round(0)
		}
		return sum
	}
	for i := range a.Laps {
		sum = sum.Plus(a.Laps[i].Totals.Calories)
	}
	if v, ok := sum.Get(); ok && v > 0 {
		return sum.Round(0)
	}
	return activity.Value{}
}

// weightOf returns the weight of the athlete in kilograms at an instant: the one
// that the options give, else that of the wearer whom the device knows. The
// second comes with words for the provenance. Strava asks its own profile of the
// athlete: of 105 files of five athletes with both weights, the device's is
// within 3 % of Strava's for 80.
func weightOf(a *activity.Activity, athlete Athlete, at time.Time) (kg activity.Value, whose string) {
	if kg := athlete.WeightAt(at); kg.Known() {
		return kg, ""
	}
	return a.Weight, " (weight as the device knows it)"
}

// calories returns the calories and the rule that gave them. Those of an
// estimated power do not take the place of a device's: they are no better than
// what is known of the bicycle.
func calories(format string, device activity.Value, r *Result, weight activity.Value, whose string, day time.Time) (activity.Value, string) {
	computed, rule := computedCalories(r, weight, whose)
	since := deviceCaloriesSince
	if format == "fit" {
		since = fitCaloriesSince
	}
	if device.Known() && r.PowerEstimated {
		computed = activity.Value{}
	}
	switch {
	case device.Known() && (!day.Before(since) || !computed.Known()):
		return device, deviceCaloriesRule
	case device.Known():
		return computed, rule + " (Strava before " + since.Format("2 January 2006") + "; since then the device's value)"
	}
	return computed, rule
}

func computedCalories(r *Result, weight activity.Value, whose string) (activity.Value, string) {
	kg, weighed := weight.Get()
	switch r.Sport.Family() {
	case activity.RunFamily:
		if d, ok := r.GradeAdjustedDistance.Get(); ok && weighed {
			return activity.Of(kcalPerKgKm * kg * d / 1000), "1.22868 kcal × kg × grade-adjusted km" + whose
		}
		fallthrough
	case activity.WalkFamily:
		if d, ok := r.Distance.Get(); ok && weighed {
			return activity.Of(kcalPerKgKm * kg * d / 1000), "1.22868 kcal × kg × km" + whose
		}
	case activity.RideFamily:
		if kj, ok := r.Kilojoules.Get(); ok {
			if r.PowerEstimated {
				return activity.Of(kcalPerKilojoule * kj), estimatedWork
			}
			return activity.Of(kcalPerKilojoule * kj), "1.115 kcal × kJ of work"
		}
	}
	return activity.Value{}, ""
}
