package compare

import (
	"slices"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// Typical is how often a kind of cause was at work in a figure of many workouts,
// and how large it was.
type Typical struct {
	Field  recalc.Field
	Kind   Kind // a cause's, or [Difference] or [Remainder]
	Count  int  // workouts in which it has an amount
	Median activity.Value
}

// Summary adds up many comparisons: which causes were at work, how often, and how
// large. The zero value is empty and ready to use.
type Summary struct {
	amounts map[recalc.Field]map[Kind][]float64
}

// Remainder stands for what no cause explains, among the kinds of a Summary.
const Remainder Kind = "remainder"

// Difference stands for the whole of the differences.
const Difference Kind = "difference"

// Add adds a comparison.
func (s *Summary) Add(c *Comparison) {
	if s.amounts == nil {
		s.amounts = map[recalc.Field]map[Kind][]float64{}
	}
	for i := range c.Figures {
		f := &c.Figures[i]
		d, ok := f.Difference.Get()
		if !ok {
			continue
		}
		if s.amounts[f.Field] == nil {
			s.amounts[f.Field] = map[Kind][]float64{}
		}
		of := s.amounts[f.Field]
		of[Difference] = append(of[Difference], d)
		of[Remainder] = append(of[Remainder], f.Remainder.Or(0))
		for _, cause := range f.Causes {
			if v, ok := cause.Amount.Get(); ok && (v != 0 || cause.Kind == DeviceKept) {
				of[cause.Kind] = append(of[cause.Kind], v)
			}
		}
	}
}

// Typical returns what was typical of a figure: the differences first, then each
// kind of cause that had an amount, then the remainder. It is empty where nothing
// was compared.
func (s *Summary) Typical(f recalc.Field) []Typical {
	of := s.amounts[f]
	var out []Typical
	for _, k := range append(append([]Kind{Difference}, Kinds()...), Remainder) {
		list := slices.Clone(of[k])
		if len(list) == 0 {
			continue
		}
		slices.Sort(list)
		median := (list[(len(list)-1)/2] + list[len(list)/2]) / 2
		out = append(out, Typical{Field: f, Kind: k, Count: len(list), Median: activity.Of(median)})
	}
	return out
}
