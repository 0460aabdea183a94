package recalc

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// step is one step of a made-up stream.
type step struct{ seconds, metres float64 }

// steps returns n equal steps.
func steps(n int, seconds, metres float64) []step {
	return slices.Repeat([]step{{seconds, metres}}, n)
}

// walked returns the stream of some steps, with distances as they are.
func walked(parts ...[]step) *stream {
	s := &stream{source: deviceDistance, ms: []int64{0}, raw: []float64{0}}
	t, d := 0.0, 0.0
	for _, p := range slices.Concat(parts...) {
		t, d = t+p.seconds, d+p.metres
		s.ms, s.raw = append(s.ms, int64(math.Round(t*1000))), append(s.raw, d)
	}
	s.round(s.raw)
	return s
}

// restOf returns the seconds of rest by a rule, and checks them against the
// marked steps.
func restOf(t *testing.T, rule restRule, s *stream, alt []float64) float64 {
	t.Helper()
	resting := make([]bool, s.len())
	total := rule.mark(s, alt, resting)
	var marked int64
	for i, r := range resting {
		if r {
			marked += s.ms[i] - s.ms[i-1]
		}
	}
	if marked != total {
		t.Errorf("%d ms are marked, %d ms are counted", marked, total)
	}
	return float64(total) / 1000
}

func TestRestOfRunners(t *testing.T) {
	run := steps(20, 1, 3) // 20 s at 3 m/s
	for _, c := range []struct {
		name string
		s    *stream
		want float64
	}{
		{"running on", walked(run, run), 0},
		{"standing for 2 s is running", walked(run, steps(2, 1, 0), run), 0},
		{"standing for 3 s is rest", walked(run, steps(3, 1, 0), run), 3},
		{"standing for 4 s is rest", walked(run, steps(4, 1, 0), run), 4},
		{"one step of 3 s is rest as well", walked(run, steps(1, 3, 0), run), 3},
		{"2.999 s are not", walked(run, steps(1, 2.999, 0), run), 0},
		{"two stops of 2 s are not added up", walked(run, steps(2, 1, 0), run, steps(2, 1, 0), run), 0},
		{"two stops of 3 s are", walked(run, steps(3, 1, 0), run, steps(3, 1, 0), run), 6},
		{"standing at the start", walked(steps(5, 1, 0), run), 5},
		{"standing at the end", walked(run, steps(5, 1, 0)), 5},
		{"standing all the time", walked(steps(5, 1, 0)), 5},
		{"0.8 m/s is rest", walked(run, steps(10, 1, .8), run), 10},
		{"0.9 m/s is not", walked(run, steps(10, 1, .9), run), 0},
		{"30:00 min/mile lies between 894.0 m and 894.1 m in 1000 s", walked(run, steps(1, 1000, 894), run), 1000},
		{"and a single gap that is faster is rest below 2 m/s anyway", walked(run, steps(1, 1000, 894.1), run), 1000},
		{"gap of 59 s at 1 m/s", walked(run, steps(1, 59, 59), run), 0},
		{"gap of 60 s at 1 m/s", walked(run, steps(1, 60, 60), run), 60},
		{"gap of 60 s just below 2 m/s", walked(run, steps(1, 60, 119.9), run), 60},
		{"gap of 60 s at 2 m/s", walked(run, steps(1, 60, 120), run), 0},
		{"a gap next to a stop is counted once", walked(run, steps(5, 1, 0), steps(1, 60, 10), run), 65},
		{"one sample", walked(), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := restOf(t, runRule, c.s, nil); got != c.want {
				t.Errorf("%v s of rest, want %v s", got, c.want)
			}
		})
	}
}

func TestRestInOtherSports(t *testing.T) {
	ride := steps(20, 1, 8)
	for _, c := range []struct {
		name string
		s    *stream
		want float64
	}{
		{"standing for 14 s is riding", walked(ride, steps(14, 1, 0), ride), 0},
		{"standing for 15 s is rest", walked(ride, steps(15, 1, 0), ride), 15},
		{"rolling at 0.2 m/s is rest", walked(ride, steps(20, 1, .2), ride), 20},
		{"rolling at 0.4 m/s is not", walked(ride, steps(20, 1, .4), ride), 0},
		{"4.5 m in 15 s, exactly 0.3 m/s, is rest", walked(steps(1, 15, 4.5)), 15},
		{"4.6 m in 15 s is not", walked(steps(1, 15, 4.6)), 0},
		{"gap of 59 s at 1 m/s", walked(ride, steps(1, 59, 59), ride), 0},
		{"gap of 60 s at 1 m/s", walked(ride, steps(1, 60, 60), ride), 60},
		{"gap of 758 s at 3.5 m/s", walked(ride, steps(1, 758, 2653), ride), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := restOf(t, commonRule, c.s, nil); got != c.want {
				t.Errorf("%v s of rest, want %v s", got, c.want)
			}
		})
	}
}

// At exactly the threshold the noise of float64 decides: 0.6 − 0.3 is 0.3, but
// 0.9 − 0.6 is 0.30000000000000004. Strava's figures show the same noise; with
// all ties slow, or all fast, fewer recordings are hit.
func TestTiesFallAsInFloat64(t *testing.T) {
	for _, c := range []struct {
		from, to float64
		slow     bool
	}{
		{0, .3, true},
		{.3, .6, true},
		{.6, .9, false},
	} {
		s := &stream{ms: []int64{0, 1000}, x: []float64{c.from, c.to}}
		if got := commonRule.slow(s, &heldGrades{}, 1); got != c.slow {
			t.Errorf("from %v m to %v m in 1 s: slow is %v", c.from, c.to, got)
		}
	}
}

// A runner who climbs at 0.8 m/s works as hard as one who runs faster on the
// level, and is not at rest. Downhill is not asked for.
func TestClimbingIsNotRest(t *testing.T) {
	s := walked(steps(100, 1, 3), steps(100, 1, .8), steps(100, 1, 3))
	slope := func(percent float64) []float64 {
		alt := make([]float64, s.len())
		for i, x := range s.x {
			alt[i] = 1000 + x*percent/100
		}
		return alt
	}
	for _, c := range []struct {
		name string
		rule restRule
		alt  []float64
		want float64
	}{
		{"on the level", runRule, slope(0), 100},
		{"up a ramp of 1 %: 0.83 m/s", runRule, slope(1), 100},
		{"up a climb of 20 %", runRule, slope(20), 0},
		{"down 20 %", runRule, slope(-20), 100},
		{"where no altitude is known", runRule, nil, 100},
		{"on a bicycle the slope does not matter: 0.8 m/s is moving", commonRule, slope(0), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := restOf(t, c.rule, s, c.alt); got != c.want {
				t.Errorf("%v s of rest, want %v s", got, c.want)
			}
		})
	}
	t.Run("but standing on a climb is", func(t *testing.T) {
		s := walked(steps(100, 1, 3), steps(10, 1, 0), steps(100, 1, 3))
		alt := make([]float64, s.len())
		for i, x := range s.x {
			alt[i] = x * .2
		}
		if got := restOf(t, runRule, s, alt); got != 10 {
			t.Errorf("%v s of rest, want 10 s", got)
		}
	})
}

func TestRuleOfASportOnADay(t *testing.T) {
	eve, day := runRuleSince.Add(-time.Second), runRuleSince
	for _, c := range []struct {
		name  string
		sport activity.Sport
		day   time.Time
		want  restRule
	}{
		{"a run on the day of the change", activity.Run, day, runRule},
		{"a run on the eve of it", activity.Run, eve, pastRunRule},
		{"a trail run", activity.TrailRun, day, runRule},
		{"a virtual run", activity.VirtualRun, day, runRule},
		{"a walk", activity.Walk, day, commonRule},
		{"a hike", activity.Hike, day, commonRule},
		{"a ride", activity.Ride, day, commonRule},
		{"a ride of the past", activity.Ride, eve, commonRule},
		{"an unknown sport", "", day, commonRule},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := stravaRest(c.sport, c.day); got != c.want {
				t.Errorf("got %q", got.name)
			}
		})
	}
}

func TestRuleOfThePolicySpeed(t *testing.T) {
	rule := speedRest(Policy{Kind: Speed, V: 1, T: 10})
	for _, c := range []struct {
		name string
		s    *stream
		want float64
	}{
		{"slower for as long", walked(steps(10, 1, .9)), 10},
		{"slower, but not for as long", walked(steps(9, 1, .9)), 0},
		{"exactly as fast is moving", walked(steps(10, 1, 1)), 0},
		{"a long slow gap is no exception", walked(steps(1, 600, 700)), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := restOf(t, rule, c.s, nil); got != c.want {
				t.Errorf("%v s of rest, want %v s", got, c.want)
			}
		})
	}
}

func TestRestsAreListedAsStretches(t *testing.T) {
	s := walked(steps(10, 1, 3), steps(5, 1, .1), steps(10, 1, 3), steps(1, 60, 30), steps(10, 1, 3), steps(1, 60, 90))
	resting := make([]bool, s.len())
	runRule.mark(s, nil, resting)
	got := runRule.rests(s, resting)
	want := []Rest{
		{From: time.Unix(10, 0).UTC(), To: time.Unix(15, 0).UTC(), Metres: .5, Rule: runRule.slowly},
		{From: time.Unix(25, 0).UTC(), To: time.Unix(85, 0).UTC(), Metres: 30, Rule: runRule.slowly},
		{From: time.Unix(95, 0).UTC(), To: time.Unix(155, 0).UTC(), Metres: 90, Rule: gapRule},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if d := got[1].Duration(); d != time.Minute {
		t.Errorf("the second lasts %v", d)
	}
}
