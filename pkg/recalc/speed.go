package recalc

import "slices"

const (
	// speedWindow is the least length in ms of the window that speeds are taken
	// over, looking back.
	speedWindow = 5000
	// speedSamples is how many samples the window spans at the least.
	speedSamples = 2
	// fastestGain, in m/s²: a speed that rises faster is a GPS artefact. Of 530
	// accepted maxima none rises by more than 1.96; the first excluded spike
	// rises by 2.04.
	fastestGain = 2.0
	// fastestLoss, in m/s²: so is one that falls faster right after.
	fastestLoss = -3.0
	// dropoutShare: and one whose window starts where the distance stood still,
	// or moved with less than a tenth of that speed: there it catches up.
	dropoutShare = 0.1
)

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
// whether there is one.
func maxSpeed(ms []int64, d, v []float64, window []int32) (fastest float64, ok bool) {
	n := len(ms)
	if n < 3 {
		return 0, false
	}
	// change returns by how much a series changes a second in the step to row i.
	change := func(x []float64, i int) float64 {
		return (x[i] - x[i-1]) / (float64(ms[i]-ms[i-1]) / 1000)
	}
	for i := 1; i < n; i++ {
		j := int(window[i])
		switch {
		case ok && v[i] <= fastest:
		case change(v, i) >= fastestGain:
		case i+1 < n && change(v, i+1) <= fastestLoss:
		case j > 0 && change(d, j) < dropoutShare*v[i]:
		default:
			fastest, ok = v[i], true
		}
	}
	return fastest, ok
}

// maxSpeedRule is the rule behind the fastest speed.
const maxSpeedRule = "fastest ≥ 5 s, without GPS artefacts"

// smooth fills the smooth speeds of the stream.
func (c *Calculator) smooth() {
	if c.smoothed {
		return
	}
	c.smoothed = true
	n := c.stream.len()
	c.speeds = slices.Grow(c.speeds[:0], n)[:n]
	c.window = slices.Grow(c.window[:0], n)[:n]
	smoothSpeeds(c.stream.ms, c.stream.raw, c.speeds, c.window)
}
