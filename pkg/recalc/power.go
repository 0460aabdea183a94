package recalc

import (
	"math"
	"slices"

	"github.com/bandport/bandport/pkg/activity"
)

const (
	// powerMemory is the time constant in seconds of the average that weighted
	// power is made of.
	powerMemory = 25
	// powerNegligible, in watts: in a gap the average decays until it is below
	// this.
	powerNegligible = 0.1
	// gapTolerance, in ms: samples this much later than the recording interval
	// are not yet a gap.
	gapTolerance = 100
)

// workOf returns the work in joules over the steps that are not rest. A sample
// without power counts as 0 watts, as it does on Strava.
func workOf(recs []activity.Record, rs []int32, resting []bool) float64 {
	joules := 0.0
	for i, r := range rs {
		if p := &recs[r]; !resting[i] && p.Has&activity.Power != 0 {
			joules += float64(p.Power) * float64(stepTo(recs, rs, i)) / 1000
		}
	}
	return joules
}

// weightedPower returns Strava's weighted average power: not the 30 s rolling
// mean of Normalized Power but the exponential average over 25 s of xPower
// (P. Skiba; as GoldenCheetah computes it), to the fourth power and back. 157
// of 158 activities agree within 1 W; the rolling mean is 1–4 % too high. Times
// are milliseconds, which float64 holds exactly; intervals is scratch space.
func weightedPower(recs []activity.Record, rs []int32, intervals []int64) (activity.Value, []int64) {
	intervals = intervals[:0]
	for i := range rs {
		if dt := stepTo(recs, rs, i); dt > 0 {
			intervals = append(intervals, dt)
		}
	}
	if len(intervals) == 0 {
		return activity.Value{}, intervals
	}
	slices.Sort(intervals)
	n := len(intervals)
	step := max(float64(intervals[(n-1)/2]+intervals[n/2])/2, 1000)
	seconds := step / 1000
	samples := powerMemory / seconds
	keep, take := samples/(samples+seconds), seconds/(samples+seconds)
	w, sum, count := 0.0, 0.0, 0
	fourth := func() {
		q := w * w
		sum += q * q
		count++
	}
	for i, r := range rs {
		dt := stepTo(recs, rs, i)
		if i > 0 && dt == 0 {
			continue
		}
		for gap := float64(dt); w > powerNegligible && gap > step+gapTolerance; gap -= step {
			w *= keep
			fourth()
		}
		watts := 0.0
		if p := &recs[r]; p.Has&activity.Power != 0 {
			watts = float64(p.Power)
		}
		w = w*keep + take*watts
		fourth()
	}
	return activity.Of(math.Sqrt(math.Sqrt(sum / float64(count)))), intervals
}
