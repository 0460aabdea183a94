package recalc

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// The rules of distance.
const (
	sumOfSteps = "device distance, sum of the forward steps"
	onSphere   = "positions, haversine with R = 6,376,772.71 m"
	onWGS84    = "positions on WGS 84, as Strava's phone app adds them up"
	watchTotal = "total of Strava's own watch app"
)

// distances fills distance, speeds, paces and the grade-adjusted distance.
func (c *Calculator) distances(a *activity.Activity, r *Result, day time.Time) {
	s := &c.stream
	if s.source == noDistance {
		return
	}
	source := sumOfSteps
	if s.source == positionDistance {
		source = onSphere
		if s.phone {
			source = onWGS84
		}
	}
	d := s.metres
	if total, ok := a.Totals.Distance.Get(); ok && stravasWatch(a) && total >= 0 && total <= longest {
		d, source = total, watchTotal
	}
	r.Distance = activity.Of(d)
	r.note(Distance, r.Distance, source)
	r.pace()
	if len(a.Lengths) == 0 { // the distance of a pool swim jumps by a length at each turn
		c.fastest(r, day)
	} else {
		c.smooth()
	}
	if f := r.Sport.Family(); c.hasAltitude() && (f == activity.RunFamily || f == activity.WalkFamily) {
		past := day.Before(paceModelSince)
		alt, source, known := c.pacedAltitudes(a, past)
		factor, rule := paceFactor, "each metre by its grade, "
		if past && known {
			r.past()
			factor, rule = pastPaceFactor, "each metre by its grade (Strava's model before October 2017), "
		}
		c.steep, c.factor = alt, factor
		r.GradeAdjustedDistance = activity.Of(gradeAdjustedDistance(s.raw, alt, factor))
		r.note(GradeAdjustedDistance, r.GradeAdjustedDistance, rule+source)
	}
}

// pace fills speeds and paces, from distance and times.
func (r *Result) pace() {
	d := r.Distance.Or(0)
	if t := r.MovingTime.Or(0); t > 0 {
		r.AverageSpeed = activity.Of(d / t)
		r.note(AverageSpeed, r.AverageSpeed, "distance ÷ moving time")
		if d > 0 {
			r.AveragePace = activity.Of(t / d * 1000)
			r.note(AveragePace, r.AveragePace, "moving time ÷ distance")
		}
	}
	if t := r.ElapsedTime.Or(0); t > 0 {
		r.AverageElapsedSpeed = activity.Of(d / t)
		r.note(AverageElapsedSpeed, r.AverageElapsedSpeed, "distance ÷ elapsed time")
		if d > 0 {
			r.AverageElapsedPace = activity.Of(t / d * 1000)
			r.note(AverageElapsedPace, r.AverageElapsedPace, "elapsed time ÷ distance")
		}
	}
}
