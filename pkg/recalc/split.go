package recalc

import (
	"math"

	"github.com/bandport/bandport/pkg/activity"
)

// The lengths of splits in metres.
const (
	kilometre = 1000
	mile      = 1609.344
)

// Split is one of the kilometres or miles of a workout. It ends with the first
// sample at or after the full distance, so that it is a little longer or shorter
// than that; the last one is what is left.
type Split struct {
	Split       int     // number, from 1
	Distance    float64 // m
	ElapsedTime int64   // s
	MovingTime  int64   // s; without rest, also in a run whose moving time is the device's timer

	AverageSpeed              activity.Value // m/s, over moving time; absent where nothing counts as moving
	AverageGradeAdjustedSpeed activity.Value // m/s; of runs
	ElevationDifference       activity.Value // m, from its first sample to its last
	AverageHeartrate          activity.Value // bpm, over moving time
}

// splits cuts the workout at the multiples of a distance in metres. Strava's own
// splits of two workouts whose streams are known come out without a difference:
// 44 of 44 of a virtual ride in every figure, and the first 8 kilometres and 3
// miles of a marathon in their distance. A third and a fourth, of which only the
// splits are known, show that their speed is taken over moving time, and that a
// run's moving time is without rest here even where that of the whole is the
// device's timer.
func (c *Calculator) splits(a *activity.Activity, r *Result, length float64) []Split {
	s := &c.stream
	out := []Split{}
	origin := s.origin()
	begin, from, next := 0, origin, origin+length
	grades := heldGrades{x: s.raw, alt: c.steep}
	end := func(i int) {
		split := Split{
			Split: len(out) + 1, Distance: tenths(s.x[i] - from),
			ElapsedTime: s.elapsedSeconds(begin, i), MovingTime: c.movingSeconds(begin, i),
			AverageHeartrate: c.mean(a.Records, begin, i, activity.HeartRate, heartRate, true),
		}
		split.AverageSpeed = quotient(split.Distance, split.MovingTime)
		if c.hasAltitude() {
			split.ElevationDifference = activity.Of(tenths(c.alt[i] - c.alt[begin]))
			if r.Sport.Family() == activity.RunFamily && c.factor != nil {
				d := grades.adjusted(begin, i, c.factor)
				split.AverageGradeAdjustedSpeed = quotient(d, split.MovingTime)
			}
		}
		out = append(out, split)
		begin, from = i, s.x[i]
	}
	for i := 1; i < s.len(); i++ {
		if s.x[i] >= next {
			end(i)
			next = origin + (math.Floor((s.x[i]-origin)/length)+1)*length
		}
	}
	if last := s.len() - 1; last > begin && s.x[last] > from {
		end(last)
	}
	return out
}
