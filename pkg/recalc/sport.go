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
// stream; ok is false where it is shorter than that.
func fastestKilometre(s *stream) (seconds float64, ok bool) {
	const metres = 1000
	seconds = math.Inf(1)
	i := 0
	for j := range s.x {
		for i+1 < j && s.x[j]-s.x[i+1] >= metres {
			i++
		}
		if d := s.x[j] - s.x[i]; d >= metres {
			seconds = math.Min(seconds, float64(s.ms[j]-s.ms[i])/1000*metres/d)
		}
	}
	return seconds, !math.IsInf(seconds, 1)
}

// judgeSport takes a run that no runner can have run for a ride. Watches that
// know few sports are worn on the bicycle in running mode, and their owners
// correct the sport on Strava; only then do its figures make sense.
func judgeSport(r *Result, s *stream) {
	if r.Sport.Family() != activity.RunFamily {
		return
	}
	t, ok := fastestKilometre(s)
	if !ok || t >= runnersKilometre {
		return
	}
	was := r.Sport
	r.Sport = activity.Ride
	detail := fmt.Sprintf("a kilometre in %d:%02d", int(t)/60, int(t)%60)
	r.Provenance[SportType] = fmt.Sprintf("the file says %s, but %s is faster than the world record", was, detail)
	r.Findings = append(r.Findings, finding.New(finding.SportTooFast, finding.Place{}, detail))
}
