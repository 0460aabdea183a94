package recalc

import "github.com/bandport/bandport/pkg/activity"

// average returns the mean of a field over the time that is not rest. A value
// holds for the step that ends with it. Where zeros is false, samples of 0 do
// not count: a cadence of 0 is coasting or standing. resting has one entry a
// row, as spreadRests fills it.
func average(recs []activity.Record, rs []int32, resting []bool, field activity.Fields, get func(*activity.Record) float32, zeros bool) activity.Value {
	sum, weight := 0.0, int64(0)
	for i, r := range rs {
		p := &recs[r]
		dt := stepTo(recs, rs, i)
		if dt == 0 || p.Has&field == 0 || resting[i] {
			continue
		}
		v := get(p)
		if v == 0 && !zeros {
			continue
		}
		sum += float64(v) * float64(dt)
		weight += dt
	}
	if weight == 0 {
		return activity.Value{}
	}
	return activity.Of(sum / float64(weight))
}

// stepTo returns the ms between row i and the row before it. It is 0 for the
// first row, and for another record of the same instant, which does not count.
func stepTo(recs []activity.Record, rs []int32, i int) int64 {
	if i == 0 {
		return 0
	}
	return recs[rs[i]].Time - recs[rs[i-1]].Time
}

// largest returns the largest value of a field.
func largest(recs []activity.Record, rs []int32, field activity.Fields, get func(*activity.Record) float32) activity.Value {
	var v activity.Value
	for _, r := range rs {
		if p := &recs[r]; p.Has&field != 0 {
			v = v.Max(activity.Of(float64(get(p))))
		}
	}
	return v
}

func heartRate(r *activity.Record) float32 { return r.HeartRate }
func cadence(r *activity.Record) float32   { return r.Cadence }
func power(r *activity.Record) float32     { return r.Power }
