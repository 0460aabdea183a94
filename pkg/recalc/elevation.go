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
	climbThreshold = 2
	// pastClimbThreshold, in metres, is what Strava's help pages still name for
	// altitudes that are not barometric. Before climbsSince 19 of 22 recordings of
	// two athletes since 2015 come within 2 % by it, none by climbThreshold; of 68
	// older ones, for which Strava smoothed in yet another way, 10 and 3. FIT
	// files of that time do not show it: most of those without a barometer were
	// uploaded later.
	pastClimbThreshold = 10
	// gainSmoothing, in metres to each side: over this stretch an altitude that
	// is not barometric is averaged before climbs are counted.
	gainSmoothing = 30
	// restSmoothing, in metres: over this stretch, twice, the altitude of a
	// device without barometer is averaged to stand in for Strava's own
	// elevation model when it decides who rests.
	restSmoothing = 300
	// paceSmoothing, in metres, is the same for grade-adjusted distance. Of 144
	// such recordings since October 2017 96 come within 1 % so, with 300 m 65, and
	// each of the six athletes gains or stays. To choose the width by the noise in
	// the file would gain 2 % more, and not for all of them.
	paceSmoothing = 150
	// smoothingStep is the step in metres of these averages.
	smoothingStep = 5
	// smoothingLeast, in metres: a shorter track gets its mean altitude.
	smoothingLeast = 50
	// smoothingMost, in metres: the altitudes of a longer track are left as
	// they are. Nobody goes 1,000 km on foot in one workout, but a position that
	// jumps to and fro does, and the grid must not grow with it: this is 1.6 MB.
	smoothingMost = 1e6
)

// pastClimbs begins the rule of climbs of the past.
const pastClimbs = "climbs ≥ 10 m (Strava before August 2017)"

// climbsSince is when climbs of 2 m began to count whatever the altitude: between
// 7 May and 24 August 2017.
var climbsSince = time.Date(2017, time.August, 1, 0, 0, 0, 0, time.UTC)

// barometric reports whether Strava takes the altitudes of the file as they
// are: those of FIT files of the devices that it knows to have a barometer. From
// a TCX it does not seem to: its documentation says that a creator whose name
// ends in "with barometer" makes it, but of 47 such files it believed two.
func barometric(a *activity.Activity) bool { return a.Device.Barometric }

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

// smoothOver averages, for each row, the altitudes of all rows within half
// metres of distance. The distances must not decrease.
func smoothOver(dst, d, alt []float64, half float64) []float64 {
	dst = dst[:0]
	lo, hi, sum := 0, 0, 0.0
	for i := range d {
		for hi < len(d) && d[hi] <= d[i]+half {
			sum += alt[hi]
			hi++
		}
		for d[lo] < d[i]-half {
			sum -= alt[lo]
			lo++
		}
		dst = append(dst, sum/float64(hi-lo))
	}
	return dst
}

// smoother is the scratch space of calm: the sums of the altitudes of the first
// so many cells of its grid.
type smoother struct{ sums []float64 }

// calm averages the altitudes over a width in metres, on a grid of
// smoothingStep metres. The distances must not decrease.
func (m *smoother) calm(dst, d, alt []float64, width int) []float64 {
	dst = dst[:0]
	n := len(d)
	if n == 0 {
		return dst
	}
	length := d[n-1] - d[0]
	if length > smoothingMost {
		return append(dst, alt...)
	}
	if length < smoothingLeast {
		mean := 0.0
		for _, a := range alt {
			mean += a
		}
		mean /= float64(n)
		for range d {
			dst = append(dst, mean)
		}
		return dst
	}
	window := width / smoothingStep
	cells := int(math.Ceil(length/smoothingStep)) + 1
	m.sums = append(m.sums[:0], 0)
	sum, v := 0.0, 0.0
	j := 0
	for c := range cells {
		at := d[0] + float64(c)*smoothingStep
		for j+1 < n && d[j+1] <= at {
			j++
		}
		v = alt[j]
		if j+1 < n && at > d[j] {
			v += (alt[j+1] - alt[j]) * (at - d[j]) / (d[j+1] - d[j])
		}
		sum += v
		m.sums = append(m.sums, sum)
	}
	firstCell, lastCell := alt[0], v
	// Half of the window lies before a cell; beyond the ends the end cells repeat.
	average := func(c int) float64 {
		lo, hi := c-window/2+1, c+window/2
		a, b := max(lo, 0), min(hi, cells-1)
		sum := m.sums[b+1] - m.sums[a]
		sum += float64(a-lo)*firstCell + float64(hi-b)*lastCell
		return sum / float64(window)
	}
	at, left, right := -1, 0.0, 0.0
	for i := range d {
		pos := (d[i] - d[0]) / smoothingStep
		c := min(int(pos), cells-2)
		if c != at {
			if c == at+1 && at >= 0 {
				left = right
			} else {
				left = average(c)
			}
			at, right = c, average(c+1)
		}
		dst = append(dst, left+(right-left)*(pos-float64(c)))
	}
	return dst
}
