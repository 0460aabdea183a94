package recalc

import (
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

const (
	// speedWindow is the least length in ms of the window that speeds are taken
	// over, looking back.
	speedWindow = 5000
	// speedSamples is how many samples the window spans at the least.
	speedSamples = 2
	// fastestGain, in m/s²: a speed that has risen faster since the last one that
	// was believed is a GPS artefact. With 1.9 or 2.1 fewer of 1,354 fastest speeds
	// agree, whichever of ten athletes is left out.
	fastestGain = 2.0
	// dropoutShare: so is one whose window starts where the distance stood still,
	// or moved with less than a tenth of that speed: there it catches up.
	dropoutShare = 0.1
	// speedNoise, in m/s: speeds that differ by less are the same.
	speedNoise = 1e-9
	// speedShown, in m/s, is what a fastest speed must differ by to be another one:
	// half of the tenth that Strava rounded to for years.
	speedShown = 0.05
)

// Strava has computed speeds with more and with less digits. To the days shown by
// the last recording of one kind and the first of the next, of five athletes: 21
// and 30 April 2013, 16 and 27 October 2021, 3 October and 4 November 2024. Of
// 1,354 fastest speeds 1,084 agree so within 0.002 m/s, 301 with all digits.
var (
	tenthsSince   = time.Date(2013, time.April, 26, 0, 0, 0, 0, time.UTC)
	tenthsUntil   = unroundedSince
	keptOnceAgain = time.Date(2024, time.October, 20, 0, 0, 0, 0, time.UTC)
)

// digits says how precisely speeds are computed.
type digits struct {
	kept   bool // over distances that are kept to 0.1 m
	tenths bool // to 0.1 m/s
}

// digitsOn returns how precisely Strava computed on a day.
func digitsOn(day time.Time) digits {
	switch {
	case day.Before(tenthsSince):
		return digits{}
	case day.Before(tenthsUntil):
		return digits{kept: true, tenths: true}
	case day.Before(keptOnceAgain):
		return digits{}
	}
	return digits{kept: true}
}

// smoothSpeeds writes Strava's velocity_smooth for each row: distance over time
// since the last sample at least 5 s and two samples ago, or since the start.
// It reproduces Strava's streams to 99.9 % of their samples. window[i] is the
// row at which the window of row i starts.
func smoothSpeeds(ms []int64, d []float64, v []float64, window []int32) {
	last := -1 // the last row at least speedWindow ago
	for i := range ms {
		for ms[last+1] <= ms[i]-speedWindow {
			last++
		}
		j := max(min(last, i-speedSamples), 0)
		window[i] = int32(j)
		v[i] = 0
		if dt := ms[i] - ms[j]; dt > 0 {
			v[i] = (d[i] - d[j]) / (float64(dt) / 1000)
		}
	}
}

// maxSpeed returns the largest smooth speed that is no GPS artefact, and
// whether there is one. A speed that is not believed is not what the next one is
// held against: a jump stays in the window for 5 s, and none of them counts.
func maxSpeed(ms []int64, d, v []float64, window []int32) (fastest float64, ok bool) {
	n := len(ms)
	if n < 3 {
		return 0, false
	}
	last := 0 // the last speed that was believed
	for i := 1; i < n; i++ {
		if v[i]-v[last] > fastestGain*float64(ms[i]-ms[last])/1000+speedNoise {
			continue
		}
		last = i
		if ok && v[i] <= fastest || dropout(ms, d, v[i], int(window[i])) {
			continue
		}
		fastest, ok = v[i], true
	}
	return fastest, ok
}

// dropout reports whether a speed whose window starts at row j is one of catching
// up.
func dropout(ms []int64, d []float64, v float64, j int) bool {
	return j > 0 && (d[j]-d[j-1])/(float64(ms[j]-ms[j-1])/1000) < dropoutShare*v
}

// maxSpeedRule is the rule behind the fastest speed.
const maxSpeedRule = "fastest ≥ 5 s, without GPS artefacts"

// smooth fills the smooth speeds of the stream, with all digits.
func (c *Calculator) smooth() {
	if !c.smoothed {
		c.smoothTo(digits{})
	}
}

// smoothTo fills the smooth speeds of the stream.
func (c *Calculator) smoothTo(how digits) {
	n := c.stream.len()
	c.speeds = slices.Grow(c.speeds[:0], n)[:n]
	c.window = slices.Grow(c.window[:0], n)[:n]
	c.over = c.stream.raw
	if how.kept {
		c.over = c.stream.x
	}
	smoothSpeeds(c.stream.ms, c.over, c.speeds, c.window)
	if how.tenths {
		for i, v := range c.speeds {
			c.speeds[i] = math.Round(v*10) / 10
		}
	}
	c.smoothed = how == digits{}
}

// fastest fills the fastest speed as Strava computed it on a day, and the smooth
// speeds likewise.
func (c *Calculator) fastest(r *Result, day time.Time) {
	then, now := digitsOn(day), digitsOn(keptOnceAgain)
	find := func(how digits) (float64, bool) {
		c.smoothTo(how)
		return maxSpeed(c.stream.ms, c.over, c.speeds, c.window)
	}
	today, ok := 0.0, false
	if then != now {
		today, ok = find(now)
	}
	v, known := find(then)
	if !known {
		return
	}
	r.MaxSpeed = activity.Of(v)
	r.note(MaxSpeed, r.MaxSpeed, maxSpeedRule)
	if ok && math.Abs(v-today) > speedShown+speedNoise {
		r.past()
	}
}
