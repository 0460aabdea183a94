package recalc

import (
	"fmt"
	"math"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// runnersKilometre is the fastest kilometre that anybody ever ran, in seconds:
// Noah Ngeny, Rieti 1999.
const runnersKilometre = 131.96

// fastestKilometre returns the shortest time in seconds over a kilometre of the
// stream; ok is false where it is shorter than that. A step counts as
// dropoutSpeed at the most: one jump of the receiver is no kilometre.
func fastestKilometre(s *stream) (seconds float64, ok bool) {
	const metres = 1000
	jump := func(i int) float64 {
		return max(s.x[i]-s.x[i-1]-dropoutSpeed*s.dt(i), 0)
	}
	seconds = math.Inf(1)
	i, jumped := 0, 0.0 // the kilometre begins at row i; so much of it is jumps
	out := 0.0          // what of them its first step is
	if s.len() > 1 {
		out = jump(1)
	}
	for j := 1; j < s.len(); j++ {
		jumped += jump(j)
		for i+1 < j && s.x[j]-s.x[i+1]-(jumped-out) >= metres {
			jumped -= out
			i++
			out = jump(i + 1)
		}
		if d := s.x[j] - s.x[i] - jumped; d >= metres {
			seconds = min(seconds, float64(s.ms[j]-s.ms[i])/1000*metres/d)
		}
	}
	return seconds, !math.IsInf(seconds, 1)
}

const (
	// beyondRunners, in m/s: faster than the world record over 10 km (6.36). Whoever
	// runs is so fast at most for short; …
	beyondRunners = 6.5
	// beyondShare … of 738 runs of nine athletes the most are 8.7 % of the time in
	// motion, of six rides that were recorded as runs the least are 14.5 % …
	beyondShare = 0.12
	// beyondSeconds … and is this long in all, so that a sprint alone is no ride, …
	beyondSeconds = 60
	// beyondFastest, in m/s, … and once as fast as this, so that repeats of 400 m in
	// a minute are none.
	beyondFastest = 8
)

// judgeSport takes a run that no runner can have run for a ride. Watches that
// know few sports are worn on the bicycle in running mode, and their owners
// correct the sport on Strava; only then do its figures make sense.
func (c *Calculator) judgeSport(r *Result) {
	if r.Sport.Family() != activity.RunFamily {
		return
	}
	var detail, why string
	if t, ok := fastestKilometre(&c.stream); ok && t < runnersKilometre {
		detail = fmt.Sprintf("a kilometre in %d:%02d", int(t)/60, int(t)%60)
		why = detail + " is faster than the world record"
	} else {
		c.smooth()
		_, moving, fast := c.motion(beyondRunners)
		if fast < beyondSeconds || fast < beyondShare*moving {
			return
		}
		if fastest, _ := maxSpeed(c.stream.ms, c.stream.raw, c.speeds, c.window); fastest < beyondFastest {
			return
		}
		detail = fmt.Sprintf("faster than %.1f m/s for %.0f %% of the time", beyondRunners, 100*fast/moving)
		why = detail + " is more than anybody runs"
	}
	r.Provenance[SportType] = fmt.Sprintf("the file says %s, but %s", r.Sport, why)
	r.Sport = activity.Ride
	r.Findings = append(r.Findings, finding.New(finding.SportTooFast, finding.Place{}, detail))
}

// motion returns the metres and seconds in motion, by the smooth speeds, and the
// seconds of them that are faster than a speed.
func (c *Calculator) motion(speed float64) (metres, moving, faster float64) {
	s := &c.stream
	for i := 1; i < s.len(); i++ {
		dt := s.dt(i)
		if v := c.speeds[i]; v >= standing && v <= dropoutSpeed {
			metres, moving = metres+v*dt, moving+dt
			if v > speed {
				faster += dt
			}
		}
	}
	return metres, moving, faster
}

const (
	// fastestWalk, in m/s: whoever is slower on average walks (9:16 min/km). Of 105
	// walks and hikes 3 are faster, of 736 runs 14 are slower.
	fastestWalk = 1.8
	// racing, in m/s: whoever is faster than this (3:02 min/km) …
	racing = 5.5
	// racingShare … for this share of the time in motion rides. Of 738 runs 4 are,
	// of 340 rides 11 are not; the best average speed to tell them by, 4 m/s,
	// mistakes 7 and 16.
	racingShare = 0.15
	// standing, in m/s: who is slower is not in motion.
	standing = 0.5
)

// guessSport guesses the sport of a file that names none by its speed, because a
// recalculation needs one. Strava takes the athlete's default instead, which no
// file holds.
func (c *Calculator) guessSport(a *activity.Activity, r *Result) {
	if r.Sport != "" || a.RawSport != "" || !c.outdoor {
		return
	}
	s := &c.stream
	c.smooth()
	metres, moving, fast := c.motion(racing)
	if moving == 0 {
		return
	}
	v := metres / moving
	fastest, long := fastestKilometre(s)
	switch {
	case fast >= racingShare*moving || long && fastest < runnersKilometre:
		r.Sport = activity.Ride
	case v < fastestWalk:
		r.Sport = activity.Walk
	default:
		r.Sport = activity.Run
	}
	detail := fmt.Sprintf("%s, at %.1f m/s on average", r.Sport, v)
	if r.Sport == activity.Ride {
		detail = fmt.Sprintf("Ride, faster than %.1f m/s for %.0f %% of the time", racing, 100*fast/moving)
		if fast < racingShare*moving {
			detail = fmt.Sprintf("Ride, a kilometre in %d:%02d", int(fastest)/60, int(fastest)%60)
		}
	}
	r.Provenance[SportType] = "guessed by the speed: " + detail
	r.Findings = append(r.Findings, finding.New(finding.SportGuessed, finding.Place{}, detail))
}
