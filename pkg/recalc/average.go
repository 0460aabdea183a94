package recalc

import (
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

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

// The rules of heart rate.
const (
	meanOfSamples   = "mean over moving time"
	deviceHeartrate = "device's average (Strava from May 2019 to May 2020)"
)

// averages fills heart rate, cadence and power.
func (c *Calculator) averages(a *activity.Activity, r *Result, day time.Time, recs []activity.Record) {
	c.spreadRests(recs)
	r.AverageHeartrate = average(recs, c.rows, c.rowRests, activity.HeartRate, heartRate, true)
	r.note(AverageHeartrate, r.AverageHeartrate, meanOfSamples)
	if hr := a.Totals.AverageHeartRate; hr.Known() && r.AverageHeartrate.Known() && believesHeartRate(a, day) {
		r.past()
		r.AverageHeartrate = hr
		r.note(AverageHeartrate, hr, deviceHeartrate)
	}
	r.MaxHeartrate = largest(recs, c.rows, activity.HeartRate, heartRate)
	r.note(MaxHeartrate, r.MaxHeartrate, "largest sample")
	r.AverageCadence = average(recs, c.rows, c.rowRests, activity.Cadence, cadence, false)
	r.note(AverageCadence, r.AverageCadence, "mean over moving time without zeros")

	if !largest(recs, c.rows, activity.Power, power).Known() {
		return
	}
	if t := r.MovingTime.Or(0); t > 0 {
		work := workOf(recs, c.rows, c.rowRests)
		r.AverageWatts = activity.Of(work / t)
		r.note(AverageWatts, r.AverageWatts, "work ÷ moving time, zeros count")
		r.Kilojoules = activity.Of(work / 1000)
		r.note(Kilojoules, r.Kilojoules, "work over moving time")
	}
	r.WeightedAverageWatts, c.intervals = weightedPower(recs, c.rows, c.intervals)
	r.note(WeightedAverageWatts, r.WeightedAverageWatts, "xPower, 25 s exponential")
}

// spreadRests tells for every row whether the step that ends with it is rest.
// Rows that are not in the stream belong to the step around them.
func (c *Calculator) spreadRests(recs []activity.Record) {
	n := len(c.rows)
	c.rowRests = slices.Grow(c.rowRests[:0], n)[:n]
	clear(c.rowRests)
	s := &c.stream
	k := 0
	for i, row := range c.rows {
		t := recs[row].Time
		for k < s.len() && s.ms[k] < t {
			k++
		}
		c.rowRests[i] = k < s.len() && k > 0 && c.resting[k]
	}
}
