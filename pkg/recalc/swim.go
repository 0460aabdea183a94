package recalc

import (
	"math"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// Swims. Of ten pool swims in an archive Strava's moving time is below the timer
// by 148 s in the median: only lengths that are swum count, not the rests at the
// wall that the timer goes on through. Where there are no lengths the timer
// counts: the one swim among the workouts with Strava's figures, in open water,
// moves for 600 s by its timer of 600.369 s, and all others that swim so slowly
// would stand still by any speed. Distances need no rule: in all eleven pool
// swims of other programs' test files the records, the session, and the lengths
// times the pool agree to the centimetre.
const (
	swumLengths = "lengths that were swum"
	swimTimer   = "device timer (swim without lengths)"
)

// swum returns the time of the lengths that were swum, in ms; ok is false where
// there is none.
func swum(a *activity.Activity) (ms int64, ok bool) {
	seconds := 0.0
	for i := range a.Lengths {
		if t, known := a.Lengths[i].Timer.Get(); known && a.Lengths[i].Active {
			seconds, ok = seconds+min(max(t, 0), 1e9), true
		}
	}
	return int64(math.Round(seconds * 1000)), ok
}

// swim returns the moving time of a swim in ms; ok is false where the file has
// neither lengths nor a timer.
func swim(a *activity.Activity, o Options, r *Result) (ms int64, why string, ok bool) {
	if r.Sport.Family() != activity.SwimFamily || a.Format != "fit" {
		return 0, "", false
	}
	most := min(max(a.Totals.ElapsedTime.Or(1e9), 0), 1e9) // a damaged session can claim more than it lasted
	if ms, ok = swum(a); ok {
		if o.Explain {
			r.Rests = append(r.Rests, atTheWall(a)...)
		}
		return min(ms, int64(most*1000)), swumLengths, true
	}
	t, ok := a.Totals.TimerTime.Get()
	return int64(min(max(t, 0), most) * 1000), swimTimer, ok
}

// atTheWall lists the lengths that were not swum.
func atTheWall(a *activity.Activity) (rests []Rest) {
	for i := range a.Lengths {
		l := &a.Lengths[i]
		if t := l.Timer.Or(0); !l.Active && t > 0 && t < 1e9 && !l.Start.IsZero() {
			to := l.Start.Add(time.Duration(t * float64(time.Second)))
			rests = append(rests, Rest{From: l.Start, To: to, Rule: "rest between two lengths"})
		}
	}
	return rests
}

// poolWithoutRecords takes what the device says of a pool swim that has lengths
// only: old watches write no records, or records without a time.
func poolWithoutRecords(a *activity.Activity, o Options, r *Result) {
	moving, why, ok := swim(a, o, r)
	if !ok || len(a.Lengths) == 0 {
		return
	}
	r.MovingTime = wholeSeconds(moving)
	r.note(MovingTime, r.MovingTime, why)
	if t, known := a.Totals.ElapsedTime.Get(); known {
		r.ElapsedTime = activity.Of(math.Floor(max(t, 0)))
		r.note(ElapsedTime, r.ElapsedTime, deviceElapsed)
	}
	if d, known := a.Totals.Distance.Get(); known {
		r.Distance = activity.Of(max(d, 0))
		r.note(Distance, r.Distance, "device's total (the records have no distance)")
		r.pace()
	}
	r.Calories = deviceCalories(a)
	r.note(Calories, r.Calories, deviceCaloriesRule)
}
