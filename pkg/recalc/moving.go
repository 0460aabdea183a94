package recalc

import (
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// allMoves is the rule where nothing tells who rests.
const allMoves = "no distances and no positions: everything counts as moving"

// timerTotal is the rule where the device's own account is taken.
const timerTotal = "policy timer: the device's total"

// times fills elapsed and moving time, marks the steps that are rest and lists
// them where asked to.
func (c *Calculator) times(a *activity.Activity, o Options, r *Result, day time.Time) {
	s := &c.stream
	c.resting = slices.Grow(c.resting[:0], s.len())[:s.len()]
	clear(c.resting)
	first, last, ends := c.ends(a, o, r, day)
	span := last - first
	r.ElapsedTime = wholeSeconds(span)
	r.note(ElapsedTime, r.ElapsedTime, ends)

	moving, why := span, ""
	switch o.Policy.Kind {
	case Timer:
		moving, why = timer(a, span)
		c.markPauses(a, o, r)
	case Elapsed:
		why = "policy elapsed: everything counts as moving"
	case Speed:
		moving, why = c.rest(speedRest(o.Policy), nil, o, r, span)
		why = "policy " + o.Policy.String() + ": " + why
	case GPXPy:
		moving, why = c.likeGPXPy(a, o, r, span)
	case Strava:
		swum, how, swam := swim(a, o, r)
		rule := stravaRest(r.Sport, day)
		if rule.climbs && s.phone {
			rule = phoneRunRule
		}
		switch {
		case swam:
			moving, why = swum, how
			if len(a.Lengths) == 0 { // averages leave out who stands still all the same
				c.used = commonRule
				commonRule.mark(s, nil, c.resting)
			}
		case rule.climbs && c.byTimer(a):
			moving, why = c.timerOfRun(a, o, r)
		case s.source == noDistance:
			why = allMoves
		case rule.climbs && !c.outdoor:
			why = "run without GPS: everything counts as moving"
		default:
			alt := c.slopes(&rule, a)
			moving, why = c.rest(rule, alt, o, r, span)
			if c.unroundedYears(a, day) {
				moving = c.restUnrounded(rule, alt, o, r, span, moving)
				why += unroundedNote
			}
			if rule.past {
				r.past()
				c.averagesByToday(a)
			}
		}
	}
	r.MovingTime = wholeSeconds(moving)
	r.note(MovingTime, r.MovingTime, why)
}

// ends returns the first and the last instant of a workout in ms, and the rule
// behind them.
func (c *Calculator) ends(a *activity.Activity, o Options, r *Result, day time.Time) (first, last int64, rule string) {
	if stravasWatch(a) && day.Before(watchEndsSince) && c.outdoor && o.Policy.Kind == Strava {
		r.past()
		first, last = located(a.Records, c.rows)
		return first, last, "last position − first position (Strava's watch app before 17 July 2024)"
	}
	return a.Records[c.rows[0]].Time, a.Records[c.rows[len(c.rows)-1]].Time, firstToLast
}

// The rules of elapsed time: in nearly all workouts, and where the device is
// believed.
const (
	firstToLast   = "last sample − first sample"
	deviceElapsed = "device's elapsed time"
)

// byTimer reports whether Strava takes the times of a run from the device: where
// the runner stopped the timer and started it again, or where no GPS tells who
// stands still.
func (c *Calculator) byTimer(a *activity.Activity) bool {
	timed := a.Format == "fit" && a.Totals.TimerTime.Known() && a.Totals.ElapsedTime.Known()
	return timed && (a.TimerPaused || !c.outdoor)
}

// timerOfRun takes elapsed and moving time from the device: of 160 runs all
// agree to the second, rounded down. What else is averaged over moving time
// still leaves out who stands still.
func (c *Calculator) timerOfRun(a *activity.Activity, o Options, r *Result) (ms int64, why string) {
	c.timed = true
	r.ElapsedTime = activity.Of(math.Floor(max(a.Totals.ElapsedTime.Or(0), 0)))
	r.note(ElapsedTime, r.ElapsedTime, deviceElapsed)
	if c.outdoor {
		c.used = runRule
		c.rested = runRule.mark(&c.stream, c.slopes(&runRule, a), c.resting)
	}
	if o.Explain {
		for _, p := range a.Pauses {
			r.Rests = append(r.Rests, Rest{From: p.From, To: p.To, Rule: p.Source.String()})
		}
	}
	why = "device timer (the runner paused it)"
	if !a.TimerPaused {
		why = "device timer (run without GPS)"
	}
	// A damaged session can claim more than it lasted.
	timer := min(a.Totals.TimerTime.Or(0), a.Totals.ElapsedTime.Or(0), math.MaxInt64/2000)
	return int64(max(timer, 0) * 1000), why
}

// wholeSeconds returns milliseconds as whole seconds, rounded down.
func wholeSeconds(ms int64) activity.Value { return activity.Of(float64(max(ms, 0) / 1000)) }

// averagesByToday marks the rests of an old run once more by the rule of today:
// Strava kept the moving times of the past, but its averages of heart rate and
// cadence follow the newer rule.
func (c *Calculator) averagesByToday(a *activity.Activity) {
	clear(c.resting)
	if c.outdoor {
		runRule.mark(&c.stream, c.slopes(&runRule, a), c.resting)
	}
}

// slopes returns the altitudes that a rule judges climbs by; nil where it does
// not, or there are none.
func (c *Calculator) slopes(rule *restRule, a *activity.Activity) []float64 {
	if !rule.climbs || !c.hasAltitude() {
		return nil
	}
	return c.judgedAltitudes(a)
}

// timer returns the device's own recording time.
func timer(a *activity.Activity, span int64) (int64, string) {
	if t, ok := a.Totals.TimerTime.Get(); ok {
		return int64(min(max(t, 0)*1000, math.MaxInt64/2)), timerTotal // within int64, whatever the file claims
	}
	for _, p := range a.Pauses {
		span -= max(p.Duration().Milliseconds(), 0)
	}
	return span, "policy timer: elapsed less the pauses that the file states"
}

// markPauses marks the steps most of which lie in a pause that the file states,
// so that averages and splits leave them out.
func (c *Calculator) markPauses(a *activity.Activity, o Options, r *Result) {
	s, k := &c.stream, 1
	for _, p := range a.Pauses {
		from, to := p.From.UnixMilli(), p.To.UnixMilli()
		if to <= from {
			continue
		}
		for k < s.len() && s.ms[k] <= from {
			k++
		}
		for i := k; i < s.len() && s.ms[i-1] < to; i++ {
			if within := min(s.ms[i], to) - max(s.ms[i-1], from); 2*within > s.ms[i]-s.ms[i-1] {
				c.resting[i] = true
			}
		}
		if o.Explain {
			r.Rests = append(r.Rests, Rest{From: p.From, To: p.To, Rule: p.Source.String()})
		}
	}
}

// rest marks the steps that are rest by a rule, and returns the ms that are
// left of the span.
func (c *Calculator) rest(rule restRule, alt []float64, o Options, r *Result, span int64) (int64, string) {
	if c.stream.source == noDistance {
		return span, allMoves
	}
	c.used = rule
	moving := span - rule.mark(&c.stream, alt, c.resting)
	if o.Explain {
		r.Rests = rule.rests(&c.stream, c.resting)
	}
	return moving, rule.name
}
