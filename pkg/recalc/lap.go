package recalc

import (
	"math"
	"sort"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// Lap is a lap as Strava shows it: cut where the device cut it.
type Lap struct {
	Index                int       // from 1
	Start                time.Time // UTC; zero where nothing tells
	StartIndex, EndIndex int       // first and last row of the stream; -1 where no sample is in the lap

	ElapsedTime        activity.Value // s, whole
	MovingTime         activity.Value // s, whole
	Distance           activity.Value // m
	AverageSpeed       activity.Value // m/s, over moving time
	MaxSpeed           activity.Value // m/s
	TotalElevationGain activity.Value // m
	AverageHeartrate   activity.Value // bpm
	MaxHeartrate       activity.Value // bpm
	AverageCadence     activity.Value // rpm; of one leg on foot
	AverageWatts       activity.Value // W; measured
}

// laps returns the laps; a file without any has one that covers all. In a FIT
// file distance, elapsed time, moving time (the timer) and ascent are those that
// the device gives for the lap. Strava's laps of four such recordings show it: their
// distances have centimetres or are whole kilometres, their ascents are whole metres,
// and their moving times can exceed the elapsed time of the stream. In other formats
// they come from the stream, as those of the whole workout do. The averages always
// come from the stream.
func (c *Calculator) laps(a *activity.Activity, o Options, r *Result) []Lap {
	s, laps := &c.stream, a.Laps
	if len(laps) == 0 {
		if s.len() == 0 {
			return []Lap{}
		}
		laps = []activity.Lap{{Start: r.Start, Records: activity.Span{First: 0, End: len(a.Records)}}}
	}
	out := make([]Lap, len(laps))
	for i := range out {
		out[i] = Lap{Index: i + 1, Start: laps[i].Start, StartIndex: -1, EndIndex: -1}
	}
	for k, row := range s.row {
		i := sort.Search(len(laps), func(i int) bool { return laps[i].Records.First > int(row) }) - 1
		for i > 0 && laps[i].Records.Len() == 0 {
			i--
		}
		if i < 0 || int(row) >= laps[i].Records.End {
			continue
		}
		if out[i].StartIndex < 0 {
			out[i].StartIndex = k
		}
		out[i].EndIndex = k
	}
	begin, from := 0, s.origin() // where the lap before ended
	for i := range out {
		l := &out[i]
		if l.EndIndex >= begin && s.len() > 0 {
			if l.Start.IsZero() {
				l.Start = time.UnixMilli(s.ms[l.StartIndex]).UTC()
			}
			c.measureLap(l, a, begin, from)
			begin, from = l.EndIndex, s.x[l.EndIndex]
		}
		if a.Format == "fit" {
			l.claim(&laps[i].Totals, o.Policy.Kind)
		}
		if d, ok := l.Distance.Get(); ok {
			l.AverageSpeed = quotient(d, int64(l.MovingTime.Or(0)))
		}
	}
	return out
}

// measureLap fills what the stream tells of a lap that begins with row begin,
// at a distance of from metres.
func (c *Calculator) measureLap(l *Lap, a *activity.Activity, begin int, from float64) {
	s, recs, end := &c.stream, a.Records, l.EndIndex
	moving := c.movingSeconds(begin, end)
	l.ElapsedTime = activity.Of(float64(s.elapsedSeconds(begin, end)))
	l.MovingTime = activity.Of(float64(moving))
	l.Distance = activity.Of(tenths(s.x[end] - from))
	l.AverageHeartrate = c.mean(recs, begin, end, activity.HeartRate, heartRate, true)
	l.AverageCadence = c.mean(recs, begin, end, activity.Cadence, cadence, false)
	powered, joules := false, 0.0
	for k := l.StartIndex; k <= end; k++ {
		p := &recs[s.row[k]]
		if p.Has&activity.HeartRate != 0 {
			l.MaxHeartrate = l.MaxHeartrate.Max(activity.Of(float64(p.HeartRate)))
		}
		if p.Has&activity.Power != 0 {
			powered = true
			if k > begin && !c.resting[k] {
				joules += float64(p.Power) * s.dt(k)
			}
		}
	}
	if powered {
		l.AverageWatts = quotient(joules, moving)
	}
	if c.hasAltitude() {
		l.TotalElevationGain = activity.Of(turningGain(c.alt[begin:end+1], climbThreshold))
	}
	// A window that began in the lap before is cut off at this one's start.
	n := end + 1 - begin
	window := make([]int32, n)
	for k := range window {
		window[k] = max(c.window[begin+k]-int32(begin), 0)
	}
	if v, ok := maxSpeed(s.ms[begin:end+1], c.over[begin:end+1], c.speeds[begin:end+1], window); ok {
		l.MaxSpeed = activity.Of(v)
	}
}

// claim takes what the device says of the lap in place of what the stream does.
func (l *Lap) claim(t *activity.Totals, policy PolicyKind) {
	whole := func(v activity.Value) activity.Value {
		return activity.Of(math.Floor(max(v.Or(0), 0)))
	}
	if t.ElapsedTime.Known() {
		l.ElapsedTime = whole(t.ElapsedTime)
	}
	if t.TimerTime.Known() && (policy == Strava || policy == Timer) {
		l.MovingTime = whole(t.TimerTime)
	}
	if d, ok := t.Distance.Get(); ok && d >= 0 && d <= longest {
		l.Distance = t.Distance
	}
	if t.Ascent.Known() {
		l.TotalElevationGain = t.Ascent
	}
}
