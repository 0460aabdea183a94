package recalc

import (
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/load"
)

// scanned is a pair of thresholds and how many moving times of each athlete come
// within a second by them.
type scanned struct {
	speed, seconds float64
	hits           map[string]int
}

// without returns the hits of all athletes but one.
func (s *scanned) without(athlete string) int {
	n := 0
	for name, h := range s.hits {
		if name != athlete {
			n += h
		}
	}
	return n
}

// TestOtherThresholds tries other thresholds of rest than Strava's on workouts
// whose moving time on Strava is known, and leaves out one athlete after the
// other: no other pair may be much better, whoever is left out. The files are not
// part of the repository. With -v it prints the table that docs/recalculation.md
// speaks of.
func TestOtherThresholds(t *testing.T) {
	pairs := func(speeds, seconds []float64) (out []*scanned) {
		for _, v := range speeds {
			for _, s := range seconds {
				out = append(out, &scanned{v, s, map[string]int{}})
			}
		}
		return out
	}
	runs := pairs([]float64{.80, .85, .88, runRestSpeed, .92, 1}, []float64{2, runRestSeconds, 4, 5})
	others := pairs([]float64{.2, .25, .28, restSpeed, .32, .5}, []float64{10, 14, restSeconds, 16, 20})
	counts := map[bool]map[string]int{true: {}, false: {}}
	var c Calculator
	for _, row := range TruthRows(t) {
		want, err := strconv.ParseFloat(row["moving_time"], 64)
		if err != nil || want == 0 {
			continue
		}
		a := firstOf(t, row.File())
		r := c.Recalculate(a, Options{})
		s := &c.stream
		if strings.ReplaceAll(row["sport_type"], " ", "") != string(r.Sport) || classOf(a) == onPhone || c.timed || c.used.name == "" || r.Sport.Family() == activity.SwimFamily || c.used.past || s.len() < 2 {
			continue
		}
		list, run := others, r.Sport.Family() == activity.RunFamily
		if run {
			list = runs
		}
		counts[run][row["athlete"]]++
		alt := c.slopes(&c.used, a)
		for _, p := range list {
			rule := c.used
			rule.speed, rule.seconds = p.speed, p.seconds
			flags := make([]bool, s.len())
			moving := (s.ms[s.len()-1] - s.ms[0] - rule.mark(s, alt, flags)) / 1000
			if math.Abs(float64(moving)-want) <= 1 {
				p.hits[row["athlete"]]++
			}
		}
	}
	judge(t, "runs", runs, counts[true], runRestSpeed, runRestSeconds)
	judge(t, "other sports", others, counts[false], restSpeed, restSeconds)
}

// judge prints the hits of each pair, and compares the best with Strava's.
func judge(t *testing.T, what string, pairs []*scanned, counts map[string]int, speed, seconds float64) {
	t.Helper()
	all := 0
	for _, n := range counts {
		all += n
	}
	var text strings.Builder
	for _, p := range pairs {
		fmt.Fprintf(&text, "\n  %.3f m/s ≥ %2.0f s: %4.1f %%", p.speed, p.seconds, 100*float64(p.without(""))/float64(max(all, 1)))
	}
	t.Logf("%s, %d workouts of %d athletes, moving time ±1 s by the thresholds%s", what, all, len(counts), text.String())
	for _, athlete := range append([]string{""}, keysOf(counts)...) {
		best, ours := pairs[0], 0
		for _, p := range pairs {
			if p.without(athlete) > best.without(athlete) {
				best = p
			}
			if p.speed == speed && p.seconds == seconds {
				ours = p.without(athlete)
			}
		}
		left := all - counts[athlete]
		t.Logf("%s without %q: best of %d are %.3f m/s ≥ %.0f s with %d, Strava's have %d", what, athlete, left, best.speed, best.seconds, best.without(athlete), ours)
		if float64(best.without(athlete)-ours) > .02*float64(left) {
			t.Errorf("%s without %q: %.3f m/s ≥ %.0f s are better by more than 2 %%", what, athlete, best.speed, best.seconds)
		}
	}
}

func keysOf(m map[string]int) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// firstOf reads the first workout of a gzipped file.
func firstOf(t *testing.T, name string) *activity.Activity {
	t.Helper()
	packed, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	data, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	f, err := load.Decode(t.Context(), data, load.Default(), load.Options{})
	if err != nil || len(f.Activities) == 0 {
		t.Fatalf("%s: %d workouts, %v", name, len(f.Activities), err)
	}
	return &f.Activities[0]
}
