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
	// gapTolerance, in seconds: samples this much later than the recording
	// interval are not yet a gap.
	gapTolerance = 0.1
)

// workOf returns the work in joules over the steps that are not rest. A sample
// without power counts as 0 watts, as it does on Strava.
func workOf(recs []activity.Record, rs []int32, resting []bool) float64 {
	joules := 0.0
	last := int64(-1)
	for i, r := range rs {
		p := &recs[r]
		if last >= 0 && p.Time <= last {
			continue
		}
		if last >= 0 && !resting[i] && p.Has&activity.Power != 0 {
			joules += float64(p.Power) * float64(p.Time-last) / 1000
		}
		last = p.Time
	}
	return joules
}

// weightedPower returns Strava's weighted average power: not the 30 s rolling
// mean of Normalized Power but the exponential average over 25 s of xPower
// (P. Skiba; as GoldenCheetah computes it), to the fourth power and back. 157
// of 158 activities agree within 1 W; the rolling mean is 1–4 % too high.
func weightedPower(recs []activity.Record, rs []int32, intervals []int64) (activity.Value, []int64) {
	intervals = intervals[:0]
	last := int64(-1)
	for _, r := range rs {
		if t := recs[r].Time; last < 0 || t > last {
			if last >= 0 {
				intervals = append(intervals, t-last)
			}
			last = t
		}
	}
	if len(intervals) == 0 {
		return activity.Value{}, intervals
	}
	slices.Sort(intervals)
	n := len(intervals)
	step := math.Max(float64(intervals[(n-1)/2]+intervals[n/2])/2/1000, 1)
	samples := powerMemory / step
	keep := samples / (samples + step)
	take := step / (samples + step)
	w, sum, count := 0.0, 0.0, 0
	fourth := func() {
		q := w * w
		sum += q * q
		count++
	}
	at := math.Inf(-1)
	last = -1
	for _, r := range rs {
		p := &recs[r]
		if last >= 0 && p.Time <= last {
			continue
		}
		t := float64(p.Time) / 1000
		if last >= 0 {
			for w > powerNegligible && t > at+step+gapTolerance {
				w *= keep
				at += step
				fourth()
			}
		}
		watts := 0.0
		if p.Has&activity.Power != 0 {
			watts = float64(p.Power)
		}
		w = w*keep + take*watts
		at, last = t, p.Time
		fourth()
	}
	return activity.Of(math.Sqrt(math.Sqrt(sum / float64(count)))), intervals
}
