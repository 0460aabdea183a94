package compare

import (
	"math"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// The beginnings of the rules of package recalc that change what is a cause. Its
// tests and ours hold them to each other.
const (
	timerRule     = "device timer"
	positionsRule = "positions"
	counterRule   = "device distance"
	caloriesRule  = "device calories"
	ascentRule    = "device's ascent"
)

// earthRadius is the mean radius of the earth in metres (IUGG), which programs
// and devices use that turn positions into distances.
const earthRadius = 6371008.8

// stravaRadius is the one that Strava uses: that of the Ruby library Geokit.
const stravaRadius = 6376772.71

// track is what the causes need to know of a recording.
type track struct {
	rec Recording

	first, last time.Time // of the samples that have a time
	timed       bool
	span        float64 // s between them

	pauses []Stretch // by the device
	paused float64   // s

	counterFirst, counterLast activity.Value // m, of the distance counter
	fastest                   activity.Value // m/s, of the device's speeds

	heart, heartSamples activity.Value // bpm: mean over all time, mean of the samples
	cadence             activity.Value // rpm: mean of the samples that are not 0
}

func measure(rec Recording) track {
	t := track{rec: rec}
	a := rec.Activity
	t.first, t.last, t.timed = a.Span()
	t.span = t.last.Sub(t.first).Seconds()
	for _, p := range a.Pauses {
		if p.Duration() > 0 {
			t.pauses = append(t.pauses, Stretch{p.From, p.To})
			t.paused += p.Duration().Seconds()
		}
	}
	var sum, weight, samples, n, steps, moving float64
	before := int64(0)
	for i := range a.Records {
		r := &a.Records[i]
		if r.Has&activity.Time == 0 {
			continue
		}
		if r.Has&activity.Distance != 0 {
			if !t.counterFirst.Known() {
				t.counterFirst = activity.Of(r.Distance)
			}
			t.counterLast = activity.Of(r.Distance)
		}
		if r.Has&activity.Speed != 0 {
			t.fastest = t.fastest.Max(activity.Of(float64(r.Speed)))
		}
		if r.Has&activity.HeartRate != 0 {
			samples += float64(r.HeartRate)
			n++
			if dt := float64(r.Time - before); before != 0 && dt > 0 {
				sum += float64(r.HeartRate) * dt
				weight += dt
			}
		}
		if r.Has&activity.Cadence != 0 && r.Cadence > 0 {
			steps += float64(r.Cadence)
			moving++
		}
		before = r.Time
	}
	t.heart, t.heartSamples, t.cadence = activity.Of(sum/weight), activity.Of(samples/n), activity.Of(steps/moving)
	return t
}

// by reports whether a figure was made by a rule that begins like this.
func (t *track) by(f recalc.Field, rule string) bool {
	return strings.HasPrefix(t.rec.Result.Provenance[f], rule)
}

// removed returns the seconds that Strava takes out of the elapsed time.
func (t *track) removed() activity.Value {
	return less(t.rec.Result.ElapsedTime, t.rec.Result.MovingTime)
}

// rests returns the stretches that Strava takes out.
func (t *track) rests() []Stretch {
	var out []Stretch
	for _, r := range t.rec.Result.Rests {
		out = append(out, Stretch{r.From, r.To})
	}
	return out
}

// metresOutside returns the metres of the recording before and after two
// instants, counted as Strava counts them.
func (t *track) metresOutside(from, to time.Time) (before, after float64) {
	byCounter := t.by(recalc.Distance, counterRule)
	var last *activity.Record
	for i := range t.rec.Activity.Records {
		r := &t.rec.Activity.Records[i]
		want := activity.Time | activity.Position
		if byCounter {
			want = activity.Time | activity.Distance
		}
		if !r.HasAll(want) {
			continue
		}
		if last != nil {
			step := max(r.Distance-last.Distance, 0)
			if !byCounter {
				step = haversine(last, r)
			}
			switch at := time.UnixMilli(r.Time); {
			case !at.After(from):
				before += step
			case at.After(to):
				after += step
			}
		}
		last = r
	}
	return before, after
}

func haversine(p, q *activity.Record) float64 {
	const rad = math.Pi / 180
	a, b := math.Sin((q.Lat-p.Lat)*rad/2), math.Sin((q.Lon-p.Lon)*rad/2)
	h := a*a + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*b*b
	return 2 * stravaRadius * math.Asin(math.Sqrt(math.Min(h, 1)))
}
