package compare

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// Key is what workouts are told apart by.
type Key struct {
	Start    time.Time      // zero where unknown: such a workout has no partner
	Duration activity.Value // s: elapsed or recording time
	Distance activity.Value // m
	Sport    activity.Sport // empty fits to any
}

// Pair is two workouts that are one, as indices into the two lists.
type Pair struct {
	A, B  int
	Shift time.Duration // by how much the clock of B is ahead, in whole or half hours; else 0
}

const (
	// sameStart is how far two starts may be apart: devices start before their
	// first sample, tables round to minutes.
	sameStart = 60 * time.Second
	// together is the least share of the longer of two workouts in which both ran,
	// for starts farther apart: one of two devices was started late.
	together = 0.6
	// shiftStep and mostShift: clocks in other time zones differ by multiples of
	// half an hour, and by 26 hours at the most.
	shiftStep = 30 * time.Minute
	mostShift = 26 * time.Hour
	// likeness is how far durations and distances of one workout may be apart, as
	// a share: pauses and rest make ten and twenty percent.
	likeness = 0.3
	// closeness is the same where the starts are not, so that only that tells.
	closeness = 0.1
)

// Match pairs the workouts of two lists. Each belongs to one pair at the most;
// those with equal starts go first, then those that overlap, then those whose
// clocks differ. Pairs are in the order of A.
func Match(a, b []Key) []Pair {
	type candidate struct {
		Pair
		rank int
		off  float64 // how unlike they are
	}
	order := make([]int, 0, len(b))
	for i := range b {
		if !b[i].Start.IsZero() {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, k int) int { return b[i].Start.Compare(b[k].Start) })
	var found []candidate
	for i := range a {
		if a[i].Start.IsZero() {
			continue
		}
		from := a[i].Start.Add(-mostShift - sameStart)
		k, _ := slices.BinarySearchFunc(order, from, func(j int, t time.Time) int { return b[j].Start.Compare(t) })
		for ; k < len(order) && !b[order[k]].Start.After(a[i].Start.Add(mostShift+sameStart)); k++ {
			j := order[k]
			if shift, rank, off, ok := fit(&a[i], &b[j]); ok {
				found = append(found, candidate{Pair{i, j, shift}, rank, off})
			}
		}
	}
	slices.SortStableFunc(found, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(x.rank, y.rank), cmp.Compare(x.off, y.off), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	usedA, usedB := make([]bool, len(a)), make([]bool, len(b))
	var pairs []Pair
	for _, c := range found {
		if !usedA[c.A] && !usedB[c.B] {
			usedA[c.A], usedB[c.B] = true, true
			pairs = append(pairs, c.Pair)
		}
	}
	slices.SortFunc(pairs, func(x, y Pair) int { return cmp.Compare(x.A, y.A) })
	return pairs
}

// fit says whether two workouts can be one, how sure that is (less is surer) and
// how unlike they are.
func fit(a, b *Key) (shift time.Duration, rank int, off float64, ok bool) {
	if a.Sport != "" && b.Sport != "" && a.Sport.Family() != b.Sport.Family() {
		// A sport can have been corrected on one side; then the rest must agree well.
		if !like(a.Duration, b.Duration, closeness) || !like(a.Distance, b.Distance, closeness) {
			return 0, 0, 0, false
		}
		rank++
	}
	d := b.Start.Sub(a.Start)
	off = math.Abs(d.Seconds())
	if d.Abs() <= sameStart {
		return 0, rank, off + unlike(a.Duration, b.Duration) + unlike(a.Distance, b.Distance), true
	}
	if overlap(a, b) >= together && like(a.Distance, b.Distance, likeness) {
		return 0, rank + 2, off, true
	}
	shift = d.Round(shiftStep)
	near := (d - shift).Abs()
	if shift == 0 || near > sameStart || !a.Duration.Known() && !a.Distance.Known() ||
		!like(a.Duration, b.Duration, closeness) || !like(a.Distance, b.Distance, closeness) ||
		!(a.Duration.Known() && b.Duration.Known() || a.Distance.Known() && b.Distance.Known()) {
		return 0, 0, 0, false
	}
	return shift, rank + 4, near.Seconds() + 100*(unlike(a.Duration, b.Duration)+unlike(a.Distance, b.Distance)), true
}

// unlike returns how far two figures are apart as a share of the larger, 0 where
// one is not known.
func unlike(a, b activity.Value) float64 {
	x, okA := a.Get()
	y, okB := b.Get()
	if !okA || !okB || x <= 0 || y <= 0 {
		return 0
	}
	return 1 - math.Min(x, y)/math.Max(x, y)
}

func like(a, b activity.Value, share float64) bool { return unlike(a, b) <= share }

// overlap returns the share of the longer workout in which both ran.
func overlap(a, b *Key) float64 {
	x, okA := a.Duration.Get()
	y, okB := b.Duration.Get()
	if !okA || !okB || x <= 0 || y <= 0 || x > longest || y > longest {
		return 0
	}
	from := math.Max(0, b.Start.Sub(a.Start).Seconds())
	to := math.Min(x, b.Start.Sub(a.Start).Seconds()+y)
	return (to - from) / math.Max(x, y)
}
