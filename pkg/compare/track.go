package compare

import (
	"math"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
)

// The beginnings of the rules of package recalc that change what is a cause. Its
// tests and ours hold them to each other.
const (
	timerRule     = "device timer"
	positionsRule = "positions"
	sphereRule    = "positions, haversine"
	counterRule   = "device distance"
	caloriesRule  = "device calories"
	ascentRule    = "device's ascent"
)

// earthRadius is the mean radius of the earth in metres (IUGG), which programs
// and devices use that turn positions into distances.
const earthRadius = 6371008.8

// stravaRadius is the one that Strava uses: that of the Ruby library Geokit.
const stravaRadius = 6376772.71

// Track is what is needed of a recording to compare it: its recalculation and some
// measures, without the records. It is made by [Measure].
type Track struct {
	// Start, Totals, Sport, Format and Findings are those of the activity.
	Start    time.Time
	Totals   activity.Totals
	Format   string
	Findings []finding.Finding
	// Result is what Strava makes of it.
	Result recalc.Result

	first, last time.Time // of the samples that have a time
	timed       bool
	span        float64 // s between them

	pauses []Stretch // by the device
	paused float64   // s

	counterFirst, counterLast activity.Value // m, of the distance counter
	fastest                   activity.Value // m/s, of the device's speeds

	way []step // kept only where it was asked for

	heart, heartSamples activity.Value // bpm: mean over all time, mean of the samples
	cadence             activity.Value // rpm: mean of the samples that are not 0
}

// Measure takes from a recording what comparing needs. The result must come from a
// recalculation of the activity with Options.Explain. With way it also keeps how
// the distance grew, 16 bytes a record, which only the comparison with another
// recording needs.
func Measure(a *activity.Activity, r *recalc.Result, way bool) Track {
	t := Track{Start: a.Start, Totals: a.Totals, Format: a.Format, Findings: a.Findings, Result: *r}
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
	if way {
		t.way = wayOf(a.Records, t.by(recalc.Distance, counterRule))
	}
	return t
}

// by reports whether a figure was made by a rule that begins like this.
func (t *Track) by(f recalc.Field, rule string) bool {
	return strings.HasPrefix(t.Result.Provenance[f], rule)
}

// removed returns the seconds that Strava takes out of the elapsed time.
func (t *Track) removed() activity.Value {
	return less(t.Result.ElapsedTime, t.Result.MovingTime)
}

// rests returns the stretches that Strava takes out.
func (t *Track) rests() []Stretch {
	var out []Stretch
	for _, r := range t.Result.Rests {
		out = append(out, Stretch{r.From, r.To})
	}
	return out
}

// step is a piece of the way: so many metres up to an instant.
type step struct {
	ms     int64
	metres float64
}

// wayOf returns the steps of a recording, as Strava counts them.
func wayOf(recs []activity.Record, counter bool) []step {
	want := activity.Time | activity.Position
	if counter {
		want = activity.Time | activity.Distance
	}
	var out []step
	var last *activity.Record
	for i := range recs {
		r := &recs[i]
		if !r.HasAll(want) {
			continue
		}
		if last != nil {
			metres := max(r.Distance-last.Distance, 0)
			if !counter {
				metres = haversine(last, r)
			}
			out = append(out, step{r.Time, metres})
		}
		last = r
	}
	return out
}

// metresOutside returns the metres of the recording before and after two
// instants.
func (t *Track) metresOutside(from, to time.Time) (before, after float64) {
	for _, s := range t.way {
		switch at := time.UnixMilli(s.ms); {
		case !at.After(from):
			before += s.metres
		case at.After(to):
			after += s.metres
		}
	}
	return before, after
}

// Span returns the first and last instant of the samples; ok is false where none
// has a time.
func (t *Track) Span() (first, last time.Time, ok bool) { return t.first, t.last, t.timed }

func haversine(p, q *activity.Record) float64 {
	const rad = math.Pi / 180
	a, b := math.Sin((q.Lat-p.Lat)*rad/2), math.Sin((q.Lon-p.Lon)*rad/2)
	h := a*a + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*b*b
	return 2 * stravaRadius * math.Asin(math.Sqrt(math.Min(h, 1)))
}
