package recalc

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// stravasOwn reports whether Strava wrote the file, which it does for what its
// phone app recorded. Its altitudes are those that Strava shows.
func stravasOwn(a *activity.Activity) bool {
	return a.Format == "gpx" && strings.HasPrefix(a.Creator, "StravaGPX")
}

// phonesDistanceSince is since when Strava shows the distance that the phone
// measured. Of 15 recordings of two athletes from 2014 and 2015 8 agree within
// 0.1 % on a sphere and 9 on the ellipsoid; none is at hand from the months until
// August 2016, since when the difference shows.
var phonesDistanceSince = time.Date(2016, time.January, 1, 0, 0, 0, 0, time.UTC)

// measuredByPhone reports whether Strava shows the distance that its phone app
// measured while it recorded. It does not for the file that it gives back: who
// uploads that (uploaded is then not zero) gets the distance of any GPX.
func measuredByPhone(a *activity.Activity, day, uploaded time.Time) bool {
	return classOf(a) == onPhone && uploaded.IsZero() && !day.Before(phonesDistanceSince)
}

const (
	// equator, in metres, and eccentricity (its square) are those of WGS 84. The
	// operating system of a phone measures on this ellipsoid. Of 74 runs near the
	// equator, where a sphere is 0.3 % too long, 55 agree so within 0.1 %, most of
	// them within 0.01 %, and 1 by the sphere. At the latitudes of the other
	// athletes the two hardly differ.
	equator      = 6378137
	eccentricity = 0.00669437999014
	// phoneStep, in metres: the app adds up a movement when it has come so far from
	// the last position that counted. Of 37 runs of one athlete, recorded every
	// second, 57 % come within 0.1 % so, 14 % without; others do not mind.
	phoneStep = 1.5
	// phoneStart, in metres: a first step that is longer …
	phoneStart = 15
	// phoneBegin: … counts as so many metres. The receiver was still looking for
	// itself, and the app measures from a position that is not in the file. Of 17
	// runs of one athlete that begin with 15 to 80 m, Strava counts 2.7 to 5.5 of
	// them in 11. By it 73 of 123 runs of six athletes come within 0.1 %, by none
	// of the step 66, by all of it 64; no athlete loses. A step of a minute and
	// more is a gap like others.
	phoneBegin = 4
	// phoneSecond, in ms: an app that writes a position so often, as since 2020,
	// leaves gaps in runs only where it pauses by itself, and what lies behind them
	// does not count (phonePause). Of 37 runs of one athlete 34 come within 0.3 %
	// so, 27 without. Where a position is written every 3 m, as before, whoever
	// stands leaves a gap, and its few metres count.
	phoneSecond = 1000
)

const (
	// phonePauseSeconds: where a run was not recorded for so long …
	phonePauseSeconds = 10
	// phonePauseSpeed: … and the runner came forward slower than this, in m/s, the
	// app had paused by itself. Of 123 runs of six athletes 69 % agree so within
	// 1 s and 83 % within 5 s, without 67 and 76 %; no athlete loses. Longer hops
	// are of phones that lost the satellites.
	phonePauseSpeed = 2.4
	// phonePauseLess, in ms, is how much shorter than the gap such a pause is.
	phonePauseLess = 1000
)

// phonePauseRule is why such a gap is rest.
var phonePauseRule = fmt.Sprintf("pause of Strava's app: a gap ≥ %d s and < %.1f m/s", phonePauseSeconds, phonePauseSpeed)

// phonePause reports whether a step of dt seconds at v m/s is such a gap. Longer
// ones are left to the rule of gaps.
func phonePause(dt, v float64) bool {
	return dt >= phonePauseSeconds && v < phonePauseSpeed && !longGap(dt, v)
}

// markPhonePauses marks the steps that are pauses of the phone's app and not rest
// already, and returns how much rest they are, in ms.
func markPhonePauses(s *stream, resting []bool) int64 {
	var total int64
	for i := 1; i < s.len(); i++ {
		if !resting[i] && phonePause(s.dt(i), s.speed(i)) {
			resting[i] = true
			total += s.ms[i] - s.ms[i-1] - phonePauseLess
		}
	}
	return total
}

// onEllipsoid returns the distance in metres between two positions that are near
// to each other, on the ellipsoid of WGS 84.
func onEllipsoid(lat1, lon1, lat2, lon2 float64) float64 {
	const rad = math.Pi / 180
	sin, cos := math.Sincos((lat1 + lat2) / 2 * rad)
	w := 1 - eccentricity*sin*sin
	turn := lon2 - lon1
	if math.Abs(turn) > 180 { // across the line where longitudes begin anew
		turn = math.Remainder(turn, 360)
	}
	east := equator / math.Sqrt(w) * cos * turn * rad
	north := equator * (1 - eccentricity) / (w * math.Sqrt(w)) * (lat2 - lat1) * rad
	return math.Hypot(east, north)
}

// everySecond reports whether most positions come a second after the last.
func everySecond(recs []activity.Record, rs []int32) bool {
	var last *activity.Record
	often, steps := 0, 0
	for _, r := range rs {
		p := &recs[r]
		if p.Has&activity.Position == 0 {
			continue
		}
		if last != nil {
			steps++
			if p.Time-last.Time <= phoneSecond {
				often++
			}
		}
		last = p
	}
	return 2*often > steps
}

// fromPhone adds up positions as Strava's phone app does while it records. Beyond
// the constants above, what lies behind a gap that is rest (longGap) does not
// count: there the recording was paused. Whoever rests is judged by all of the
// positions on the sphere, which are kept in steps: by the app's distances fewer
// moving times agree.
func (s *stream) fromPhone(recs []activity.Record, rs []int32, how reading) {
	pauses := how.runs && everySecond(recs, rs)
	var counted, last *activity.Record // the last position that counted, and the last
	d, all, first := 0.0, 0.0, !how.wheels
	s.steps = s.steps[:0]
	for _, r := range rs {
		p := &recs[r]
		if p.Has&activity.Position == 0 {
			continue
		}
		if last == nil {
			counted = p
		} else {
			hop := haversine(last.Lat, last.Lon, p.Lat, p.Lon)
			if hop > 0 { // and not NaN
				all += hop
			}
			if step := onEllipsoid(counted.Lat, counted.Lon, p.Lat, p.Lon); step >= phoneStep {
				dt := float64(p.Time-last.Time) / 1000
				v := hop / dt
				switch {
				case longGap(dt, v) || pauses && phonePause(dt, v):
				case first && step > phoneStart && dt < gapSeconds:
					d += phoneBegin
				default:
					d += step
				}
				counted, first = p, false
			}
		}
		n := len(s.ms)
		if s.add(r, p.Time, d); len(s.ms) > n {
			s.steps = append(s.steps, all)
		}
		last = p
	}
}
