package recalc

import (
	"math"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// Strava reads FIT files with Garmin's SDK, whose distances are single-precision
// numbers, and it keeps distances to 0.1 m, half up. Both come before the speed
// of a single step is computed, so that a step of 0.3 m in a second counts as
// slow or not by the noise of the numbers: of a hike with 2,002 s of rest, one
// sample a second, all agree in this order, and 9 s do not with distances in
// double precision. Of 237 FIT recordings of seven athletes that are no runs,
// 18 more agree with Strava to the second.
//
// From October 2021 to November 2023 Strava computed with the distances as they
// were before they were kept. Its greatest speeds show the same from that day on,
// and for a year longer (see speed.go).
var (
	unroundedSince = time.Date(2021, time.October, 20, 0, 0, 0, 0, time.UTC)
	unroundedUntil = time.Date(2023, time.December, 1, 0, 0, 0, 0, time.UTC)
)

// unroundedNote names it behind a rule.
const unroundedNote = ", of unrounded distances (October 2021 to November 2023)"

// unroundedYears reports whether Strava judged the rests of a recording by distances
// that were not yet rounded. Recordings without altitudes were computed once
// more from what Strava had kept, because it looks their altitudes up: three
// hikes of those years agree to the second so, and are 20 to 460 s off else.
func (c *Calculator) unroundedYears(a *activity.Activity, day time.Time) bool {
	s := &c.stream
	return a.Format == "fit" && s.source == deviceDistance && !s.held && c.hasAltitude() &&
		!day.Before(unroundedSince) && day.Before(unroundedUntil)
}

// round fills x: distances kept to 0.1 m, half up, as Strava stores them.
func (s *stream) round(d []float64) {
	single := s.single && s.source == deviceDistance
	for _, v := range d {
		if single {
			s.x = append(s.x, math.Floor(inSingle(v)*10+0.5)/10)
			continue
		}
		s.x = append(s.x, math.Floor(math.RoundToEven(v*100)/10+0.5)/10)
	}
}

// unrounded returns the distances as they are before they are kept.
func (s *stream) unrounded(dst []float64) []float64 {
	dst = dst[:0]
	for _, v := range s.raw {
		dst = append(dst, inSingle(v))
	}
	return dst
}

// inSingle returns a distance, which FIT keeps in cm, as the SDK gives it.
func inSingle(v float64) float64 { return float64(float32(math.RoundToEven(v*100) / 100)) }

// restUnrounded marks the rests anew by distances that are not rounded. If that
// makes a difference, the figure is one of the past.
func (c *Calculator) restUnrounded(rule restRule, alt []float64, o Options, r *Result, span, today int64) int64 {
	clear(c.resting)
	s := &c.stream
	kept := s.x
	c.exact = s.unrounded(c.exact)
	s.x = c.exact
	moving, _ := c.rest(rule, alt, o, r, span)
	s.x = kept
	if moving != today {
		r.past()
	}
	return moving
}
