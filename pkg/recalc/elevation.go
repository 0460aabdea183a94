package recalc

import (
	"math"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

const (
	// climbThreshold, in metres: a climb ends, and counts, when the altitude has
	// fallen by this much again. Strava names it for barometric altitudes; since
	// 2017 its figures show it for all.
	climbThreshold = 2.0
	// pastClimbThreshold, in metres, is what Strava's help pages still name for
	// altitudes that are not barometric. Before climbsSince 19 of 22 recordings of
	// two athletes since 2015 come within 2 % by it, none by climbThreshold; of 68
	// older ones, for which Strava smoothed in yet another way, 10 and 3. FIT
	// files of that time do not show it: most of those without a barometer were
	// uploaded later.
	pastClimbThreshold = 10.0
)

// climbsSince is when climbs of 2 m began to count whatever the altitude: between
// 7 May and 24 August 2017.
var climbsSince = time.Date(2017, time.August, 1, 0, 0, 0, 0, time.UTC)

// barometric reports whether Strava takes the altitudes of the file as they
// are: those of FIT files of the devices that it knows to have a barometer, and
// those of a virtual world, which its map does not have: it took those of all 136
// virtual workouts of three athletes, by 11 products of which some have a barometer
// and some are programs. From a TCX it does not seem to: its documentation says
// that a creator whose name ends in "with barometer" makes it, but of 47 such files
// it believed two.
func barometric(a *activity.Activity) bool {
	return a.Device.Barometric || a.Format == "fit" && virtual(a.Sport)
}

// virtual reports whether a sport leads through a world of its own.
func virtual(sport activity.Sport) bool {
	return sport == activity.VirtualRide || sport == activity.VirtualRun
}

// altitudes fills dst with one altitude a row of the stream, interpolated over
// time where records carry none. It reports false where none does.
func altitudes(dst []float64, s *stream, recs []activity.Record) ([]float64, bool) {
	dst = dst[:0]
	prev := -1 // last row with an altitude
	for i, r := range s.row {
		p := &recs[r]
		if p.Has&activity.Altitude == 0 {
			dst = append(dst, 0)
			continue
		}
		dst = append(dst, p.Altitude)
		switch {
		case prev < 0:
			for k := range i {
				dst[k] = p.Altitude
			}
		case i-prev > 1:
			rise, span := p.Altitude-dst[prev], float64(s.ms[i]-s.ms[prev])
			for k := prev + 1; k < i; k++ {
				dst[k] = dst[prev] + rise*float64(s.ms[k]-s.ms[prev])/span
			}
		}
		prev = i
	}
	if prev < 0 {
		return dst[:0], false
	}
	for k := prev + 1; k < len(dst); k++ {
		dst[k] = dst[prev]
	}
	return dst, true
}

// turningGain adds up the climbs between a confirmed low and a confirmed high.
// A turn is confirmed when the altitude has gone the other way by the
// threshold, in metres.
func turningGain(alt []float64, threshold float64) float64 {
	if len(alt) == 0 {
		return 0
	}
	t := threshold - 1e-6
	gain, lo, hi, base := 0.0, alt[0], alt[0], alt[0]
	direction := 0
	for _, a := range alt {
		switch direction {
		case 0:
			lo, hi = math.Min(lo, a), math.Max(hi, a)
			if a-lo >= t {
				direction, base, hi = 1, lo, a
			} else if hi-a >= t {
				direction, lo = -1, a
			}
		case 1:
			if a > hi {
				hi = a
			} else if hi-a >= t {
				gain += hi - base
				direction, lo = -1, a
			}
		case -1:
			if a < lo {
				lo = a
			} else if a-lo >= t {
				direction, base, hi = 1, lo, a
			}
		}
	}
	if direction == 1 {
		gain += hi - base
	}
	return gain
}

// altitudeSource says whose altitudes a figure was computed from.
func altitudeSource(a *activity.Activity) string {
	if barometric(a) {
		return "barometric altitude of the file"
	}
	if stravasOwn(a) {
		return "Strava's own altitude"
	}
	return "altitude of the file (Strava looks it up in its own map)"
}

// elevation fills gain, lowest and highest altitude.
func (c *Calculator) elevation(a *activity.Activity, r *Result, day time.Time, recs []activity.Record) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range c.rows {
		if p := &recs[row]; p.Has&activity.Altitude != 0 {
			low, high = min(low, p.Altitude), max(high, p.Altitude)
		}
	}
	r.ElevLow, r.ElevHigh = activity.Of(low), activity.Of(high)
	r.note(ElevLow, r.ElevLow, "lowest altitude of the file")
	r.note(ElevHigh, r.ElevHigh, "highest altitude of the file")
	if !c.hasAltitude() {
		return
	}
	if gain, rule := deviceAscent(a, day); rule != "" {
		if !barometric(a) {
			r.past()
		}
		r.TotalElevationGain = activity.Of(gain)
		r.note(TotalElevationGain, r.TotalElevationGain, rule)
		return
	}
	gain, threshold, rule := c.countClimbs(a, day)
	if threshold == pastClimbThreshold {
		r.past()
	}
	c.climbs = threshold
	r.TotalElevationGain = activity.Of(gain)
	r.note(TotalElevationGain, r.TotalElevationGain, rule)
}

// deviceAscent returns the device's ascent in metres where Strava takes it, and
// the rule; without a rule it does not.
func deviceAscent(a *activity.Activity, day time.Time) (gain float64, rule string) {
	gain, ok := a.Totals.Ascent.Get()
	switch {
	case ok && barometric(a):
		return gain, "device's ascent (barometer)"
	case ok && believesAscent(a, day):
		return gain, "device's ascent (Strava from May to December 2019)"
	}
	return 0, ""
}

// countClimbs returns the metres climbed by the altitudes, the threshold by which
// they were counted, and the rule.
func (c *Calculator) countClimbs(a *activity.Activity, day time.Time) (gain, threshold float64, rule string) {
	alt, threshold := c.alt, climbThreshold
	rule, how := "climbs ≥ 2 m", ", "
	if !barometric(a) {
		if a.Format != "fit" && day.Before(climbsSince) {
			threshold, rule = pastClimbThreshold, "climbs ≥ 10 m (Strava before August 2017)"
		}
		c.gained = smoothOver(c.gained, c.stream.raw, c.alt, gainSmoothing)
		alt, how = c.gained, " after ±30 m smoothing, "
	}
	return turningGain(alt, threshold), threshold, rule + how + altitudeSource(a)
}
