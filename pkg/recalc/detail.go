package recalc

import (
	"math"
	"slices"

	"github.com/bandport/bandport/pkg/activity"
)

// Details are what a recalculation gives beyond the figures of the whole
// workout. They cost time and are given only where asked for.
type Details uint8

// The details.
const (
	Splits      Details = 1 << iota // Result.SplitsMetric and SplitsStandard
	Laps                            // Result.Laps
	BestEfforts                     // Result.BestEfforts
	Zones                           // Result.Zones

	NoDetails  Details = 0
	AllDetails         = Splits | Laps | BestEfforts | Zones
)

// detail fills what was asked for. It needs the stream, its altitudes and the
// marks of rest.
func (c *Calculator) detail(a *activity.Activity, o Options, r *Result) {
	if o.With == NoDetails {
		return
	}
	c.countMoving()
	if o.With&Splits != 0 {
		r.SplitsMetric = c.splits(a, r, kilometre)
		r.SplitsStandard = c.splits(a, r, mile)
	}
	if o.With&Laps != 0 {
		r.Laps = c.laps(a, o, r)
	}
	if o.With&BestEfforts != 0 {
		r.BestEfforts = c.bestEfforts(r)
	}
	if o.With&Zones != 0 {
		r.Zones = c.zones(a.Records, o.Athlete, r)
	}
}

// countMoving fills moved: the ms that are not rest from the first row of the
// stream to each.
func (c *Calculator) countMoving() {
	s := &c.stream
	c.moved = slices.Grow(c.moved[:0], s.len())[:s.len()]
	sum := int64(0)
	for i := range c.moved {
		if i > 0 && !c.resting[i] {
			sum += s.ms[i] - s.ms[i-1]
		}
		c.moved[i] = sum
	}
}

// elapsedSeconds returns the whole seconds from row i to row j. Strava's stream
// of times has whole seconds, so that those of the parts add up to the whole.
func (s *stream) elapsedSeconds(i, j int) int64 {
	return (s.ms[j]-s.ms[0])/1000 - (s.ms[i]-s.ms[0])/1000
}

// movingSeconds returns the whole seconds from row i to row j that are not rest.
func (c *Calculator) movingSeconds(i, j int) int64 {
	return c.moved[j]/1000 - c.moved[i]/1000
}

// smallStart, in metres: a counter that begins with less than this is counted
// from 0, as Strava does; one that begins with more belongs to something longer,
// such as a triathlon, and is counted from its first sample.
const smallStart = 50

// origin is the distance from which splits and laps are counted.
func (s *stream) origin() float64 {
	if s.len() > 0 && s.x[0] >= smallStart {
		return s.x[0]
	}
	return 0
}

// tenths rounds to 0.1, the step of Strava's streams of distance and altitude.
func tenths(v float64) float64 { return math.Round(v*10) / 10 }

// quotient returns v over seconds; absent where there are none.
func quotient(v float64, seconds int64) activity.Value {
	if seconds <= 0 {
		return activity.Value{}
	}
	return activity.Of(v / float64(seconds))
}

// mean returns the mean of a field over the steps from row i to row j that are
// not rest, each with the value at its end.
func (c *Calculator) mean(recs []activity.Record, i, j int, field activity.Fields, get func(*activity.Record) float32, zeros bool) activity.Value {
	s, sum, weight := &c.stream, 0.0, int64(0)
	for k := i + 1; k <= j; k++ {
		p := &recs[s.row[k]]
		if c.resting[k] || p.Has&field == 0 {
			continue
		}
		if v := get(p); v != 0 || zeros {
			sum += float64(v) * float64(s.ms[k]-s.ms[k-1])
			weight += s.ms[k] - s.ms[k-1]
		}
	}
	if weight == 0 {
		return activity.Value{}
	}
	return activity.Of(sum / float64(weight))
}
