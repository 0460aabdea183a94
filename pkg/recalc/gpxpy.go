package recalc

import (
	"math"
	"slices"

	"github.com/bandport/bandport/pkg/activity"
)

// How the Python library gpxpy (1.5.0 and later) tells who moves, in FitTrackee
// and many scripts. None of its numbers is Strava's.
const (
	// gpxpyStopped, in km/h: who is not faster in a step stands.
	gpxpyStopped = 1
	// gpxpyRadius, in metres: of its earth, the equator's.
	gpxpyRadius = 6378137
	// gpxpyFar, in degrees: positions further apart than this are measured on the
	// sphere, without their heights; others as on a plane, with them.
	gpxpyFar = .2
	// gpxpyUsual: for the fastest speed, steps whose length differs from the mean by
	// more than so many standard deviations are left out …
	gpxpyUsual = 1.5
	// gpxpyExtremes … and so is this share of the rest, from the top.
	gpxpyExtremes = .05
)

// gpxpyName is the rule where gpxpy's way to count is followed.
const gpxpyName = "policy gpxpy: steps > 1 km/h that lead somewhere, within segments"

// gpxpyStep is one step as gpxpy sees it; ok is false where it has no opinion.
func gpxpyStep(prev, p *activity.Record) (seconds, metres float64, ok bool) {
	if !prev.HasAll(activity.Time|activity.Position) || !p.HasAll(activity.Time|activity.Position) {
		return 0, 0, false
	}
	seconds = float64(p.Time-prev.Time) / 1000
	const rad = math.Pi / 180
	dLat, dLon := p.Lat-prev.Lat, p.Lon-prev.Lon
	if math.Abs(dLat) > gpxpyFar || math.Abs(dLon) > gpxpyFar {
		a, b := math.Sin(dLat*rad/2), math.Sin(dLon*rad/2)
		h := a*a + math.Cos(p.Lat*rad)*math.Cos(prev.Lat*rad)*b*b
		return seconds, 2 * gpxpyRadius * math.Atan2(math.Sqrt(h), math.Sqrt(max(1-h, 0))), true
	}
	metres = math.Hypot(dLat, dLon*math.Cos(p.Lat*rad)) * gpxpyRadius * rad
	// It takes an altitude of 0 for none.
	if p.Has&prev.Has&activity.Altitude != 0 && p.Altitude != 0 && prev.Altitude != 0 {
		metres = math.Hypot(metres, p.Altitude-prev.Altitude)
	}
	return seconds, metres, true
}

// likeGPXPy counts moving time as gpxpy does: the steps within each segment, in
// the order of the file, that are faster than 1 km/h, however short they are. A
// step without any distance is neither moving nor standing to it, and neither is
// the hop from one segment to the next. Of a file without positions, which gpxpy
// cannot read, the recorded distances are judged by the same speed. Also marks
// the rests.
func (c *Calculator) likeGPXPy(a *activity.Activity, o Options, r *Result, span int64) (ms int64, why string) {
	s := &c.stream
	seconds := 0.0
	if c.outdoor {
		moving := slices.Grow(c.flags[:0], len(a.Records))[:len(a.Records)]
		clear(moving)
		c.flags = moving
		for _, track := range segments(a) {
			for i := track.First + 1; i < track.End; i++ {
				dt, d, ok := gpxpyStep(&a.Records[i-1], &a.Records[i])
				if ok && dt > 0 && d > 0 && d*3.6/dt > gpxpyStopped {
					seconds += dt
					moving[i] = true
				}
			}
		}
		for k := 1; k < s.len(); k++ {
			c.resting[k] = !moving[s.row[k]]
		}
	} else {
		for k := 1; k < s.len(); k++ {
			dt := s.dt(k)
			if c.resting[k] = (s.raw[k]-s.raw[k-1])*3.6/dt <= gpxpyStopped; !c.resting[k] {
				seconds += dt
			}
		}
	}
	if o.Explain {
		rule := restRule{speed: math.Inf(1), slowly: "≤ 1 km/h, or on the spot"}
		r.Rests = rule.rests(s, c.resting)
	}
	// Segments that overlap can hold more than the time between first and last.
	return min(int64(min(seconds*1000+.5, math.MaxInt64/2)), span), gpxpyName
}

// segments returns the unbroken pieces of recording.
func segments(a *activity.Activity) []activity.Span {
	if len(a.Tracks) > 0 {
		return a.Tracks
	}
	return []activity.Span{{First: 0, End: len(a.Records)}}
}

// gpxpyFastest returns the fastest speed in m/s as gpxpy finds it: of each
// segment, among the steps of usual length, the one that a twentieth is faster
// than.
func gpxpyFastest(a *activity.Activity) activity.Value {
	type step struct{ speed, metres float64 }
	var fastest activity.Value
	for _, track := range segments(a) {
		var steps []step
		moved, sum := false, 0.0
		for i := track.First + 1; i < track.End; i++ {
			dt, d, ok := gpxpyStep(&a.Records[i-1], &a.Records[i])
			if !ok || dt <= 0 || math.IsNaN(d) {
				continue
			}
			moved = moved || d > 0 && d*3.6/dt > gpxpyStopped
			if moved && d > 0 {
				steps = append(steps, step{d / dt, d})
				sum += d
			}
		}
		if len(steps) < 2 {
			continue
		}
		mean, variance := sum/float64(len(steps)), 0.0
		for _, x := range steps {
			variance += (x.metres - mean) * (x.metres - mean)
		}
		widest := gpxpyUsual * math.Sqrt(variance/float64(len(steps)))
		var speeds []float64
		for _, x := range steps {
			if math.Abs(x.metres-mean) <= widest {
				speeds = append(speeds, x.speed)
			}
		}
		if len(speeds) > 0 {
			slices.Sort(speeds)
			k := min(int(float64(len(speeds))*(1-gpxpyExtremes)), len(speeds)-1)
			fastest = fastest.Max(activity.Of(speeds[k]))
		}
	}
	return fastest
}
