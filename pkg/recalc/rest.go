package recalc

import (
	"fmt"
	"math"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

const (
	// runRestSpeed is 30:00 min/mile (2 mph), in m/s: a runner who is not faster
	// rests. Strava's help pages name it.
	runRestSpeed = 1609.344 / 1800
	// runRestSeconds is how long that must last.
	runRestSeconds = 3
	// restSpeed, in m/s: in all other sports who is not faster rests.
	restSpeed = 0.3
	// restSeconds is how long that must last. Strava's engineers wrote of 15 s
	// in 2014.
	restSeconds = 15
	// gapSeconds: a single step between two samples that takes this long …
	gapSeconds = 60
	// gapSpeed … and is slower than this, in m/s, is rest too.
	gapSpeed = 2
)

// runRuleSince is when runs got a rule of their own: between 6 April and
// 20 June 2013 by the workouts of three athletes.
var runRuleSince = time.Date(2013, time.May, 15, 0, 0, 0, 0, time.UTC)

// restRule says which steps of a stream are rest.
type restRule struct {
	speed   float64 // m/s
	seconds float64
	climbs  bool // climbing counts as faster than it is
	gaps    bool // single long slow steps are rest too
	strict  bool // rest is slower than speed, not as slow
	starts  bool // what comes before and after a pause is looked at, see pause.go
	past    bool // Strava judges workouts of today by another rule
	pauses  bool // pauses of Strava's phone app are rest, too, see phone.go
	name    string
	slowly  string // why a stretch of slow steps is rest
}

// longGap reports whether a single step of dt seconds at v m/s is rest.
func longGap(dt, v float64) bool { return dt >= gapSeconds && v < gapSpeed }

// gapRule is why a single long step is rest that is not slow by the rule.
var gapRule = fmt.Sprintf("one step ≥ %d s and < %d m/s", gapSeconds, gapSpeed)

// Strava's rules.
var (
	runRule = restRule{
		speed: runRestSpeed, seconds: runRestSeconds, climbs: true, gaps: true,
		name:   fmt.Sprintf("rest ≤ %.3f m/s uphill-adjusted ≥ %d s, or a gap ≥ %d s < %d m/s", runRestSpeed, runRestSeconds, gapSeconds, gapSpeed),
		slowly: fmt.Sprintf("≤ %.3f m/s uphill-adjusted for ≥ %d s", runRestSpeed, runRestSeconds),
	}
	phoneRunRule = restRule{
		speed: runRestSpeed, seconds: runRestSeconds, climbs: true, gaps: true, pauses: true,
		name:   runRule.name + fmt.Sprintf(", or a pause of the app (a gap ≥ %d s < %.1f m/s)", phonePauseSeconds, phonePauseSpeed),
		slowly: runRule.slowly,
	}
	commonRule = restRule{
		speed: restSpeed, seconds: restSeconds, gaps: true, starts: true,
		name:   fmt.Sprintf("rest ≤ %.1f m/s ≥ %d s, or a gap ≥ %d s < %d m/s", restSpeed, restSeconds, gapSeconds, gapSpeed),
		slowly: fmt.Sprintf("≤ %.1f m/s for ≥ %d s", restSpeed, restSeconds),
	}
	pastRunRule = restRule{
		speed: restSpeed, seconds: restSeconds, gaps: true, past: true,
		name:   commonRule.name + " (Strava's rule for runs before mid-May 2013)",
		slowly: commonRule.slowly,
	}
)

// stravaRest returns Strava's rule for a sport on a day.
func stravaRest(sport activity.Sport, day time.Time) restRule {
	switch {
	case sport.Family() != activity.RunFamily:
		return commonRule
	case day.Before(runRuleSince):
		return pastRunRule
	}
	return runRule
}

// speedRest returns the rule of Policy Speed.
func speedRest(p Policy) restRule {
	return restRule{
		speed: p.V, seconds: p.T, strict: true,
		name:   "rest < " + number(p.V) + " m/s ≥ " + number(p.T) + " s",
		slowly: "< " + number(p.V) + " m/s for ≥ " + number(p.T) + " s",
	}
}

// mark sets resting[i] for every step (row i-1 to row i) that is rest, and
// returns their length in ms. alt is needed only by a rule with climbs; it may
// be nil, then nothing climbs. Steps are compared in float64 with the rounded
// distances, because Strava's ties fall that way.
func (r *restRule) mark(s *stream, alt []float64, resting []bool) int64 {
	var total int64
	n := s.len()
	grades := heldGrades{x: s.x, alt: alt}
	start := 1 // the streak of slow steps before step i begins here; empty at i
	for i := 1; i <= n; i++ {
		if i < n && r.slow(s, &grades, i) {
			continue
		}
		if ms := s.ms[i-1] - s.ms[start-1]; float64(ms) >= r.seconds*1000 {
			first := start
			if r.starts {
				first = restBeforePause(s, start, i)
			}
			for k := first; k < i; k++ {
				resting[k] = true
			}
			total += s.ms[i-1] - s.ms[first-1]
		}
		start = i + 1
	}
	if r.pauses {
		total += markPhonePauses(s, resting)
	}
	if r.gaps {
		for i := 1; i < n; i++ {
			if dt := s.dt(i); dt >= gapSeconds && !resting[i] && longGap(dt, s.speed(i)) { // few are so long; a speed is two divisions
				resting[i] = true
				total += s.ms[i] - s.ms[i-1]
			}
		}
	}
	return total
}

// slow reports whether step i is slow enough to be rest. The factor of a climb
// is asked for only where it can matter.
func (r *restRule) slow(s *stream, grades *heldGrades, i int) bool {
	v := s.speed(i)
	if v <= r.speed && r.climbs && grades.alt != nil && v > r.speed/mostClimb { // few are so slow: the cheapest first
		v *= climbFactor(grades.at(i))
	}
	if r.strict {
		return v < r.speed
	}
	return v <= r.speed
}

// rests lists the marked steps as stretches, each with why it is rest.
func (r *restRule) rests(s *stream, resting []bool) []Rest {
	var out []Rest
	for i := 1; i < s.len(); {
		if !resting[i] {
			i++
			continue
		}
		start, why := i, gapRule
		for ; i < s.len() && resting[i]; i++ {
			switch dt, v := s.dt(i), s.speed(i); {
			case r.pauses && v > r.speed && phonePause(dt, v):
				why = phonePauseRule
			case dt < gapSeconds || v <= r.speed:
				why = r.slowly
			}
		}
		out = append(out, Rest{
			From:   time.UnixMilli(s.ms[start-1]).UTC(),
			To:     time.UnixMilli(s.ms[i-1]).UTC(),
			Metres: math.Round((s.x[i-1]-s.x[start-1])*10) / 10,
			Rule:   why,
		})
	}
	return out
}
