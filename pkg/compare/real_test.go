package compare_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/zepp"
)

// corpus is a real file, which is not part of the repository.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("no real files beside the checkout: %v", err)
	}
	return b
}

// TestRealWorkoutsAreExplained explains what the band says of three real workouts,
// as docs/bands.md tells it.
func TestRealWorkoutsAreExplained(t *testing.T) {
	for _, c := range []struct {
		name                                  string
		band, strava, pauses, rest, remainder float64 // s, of moving time
		metres, radius, left                  float64 // m: the difference of distance, and its parts
	}{
		{"run_1698569116", 3157, 3154, 0, 0, -3, -25, 9, -34},
		{"walk_1542558074", 2846, 2816, 89, -104, -15, 29, 3.2, 26},
		{"swimming_1654683111", 1365, 1276, 11, -103, 3, -2, 0, -2},
	} {
		both := append(corpus(t, "zepp-api-json/"+c.name+"_summary.json"), corpus(t, "zepp-api-json/"+c.name+"_detail.json")...)
		// The summary and its track, as files of their own: the distances of the run
		// then count where they agree with the band's, so only the positions do here.
		f, err := zepp.DecodeCloud(t.Context(), bytes.NewReader(both), zepp.Options{Types: map[int]activity.Sport{6: activity.Walk}})
		if err != nil {
			t.Fatal(err)
		}
		a := f.Activities[0]
		for i := range a.Records {
			if a.Records[i].Has&activity.Position != 0 {
				a.Records[i].Has &^= activity.Distance
			}
		}
		ours := track(&a, recalc.Options{})
		got := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours)})
		m, d := got.Get(recalc.MovingTime), got.Get(recalc.Distance)
		t.Logf("%s: moving time %v and %v: pauses %v, rest %v, remainder %v; distance %v: radius %v, remainder %v", c.name, m.Band, m.Recalculated,
			amount(m, compare.DevicePauses), amount(m, compare.Rest), m.Remainder, d.Difference.Round(1), amount(d, compare.EarthRadius).Round(1), d.Remainder.Round(1))
		if !near(m.Band, c.band, 0) || !near(m.Recalculated, c.strava, 1) || amount(m, compare.DevicePauses).Or(0) != c.pauses ||
			!near(activity.Of(amount(m, compare.Rest).Or(0)), c.rest, 1) || !near(m.Remainder, c.remainder, 1) {
			t.Errorf("%s: moving time %+v", c.name, m)
		}
		if !near(d.Difference, c.metres, 1) || !near(activity.Of(amount(d, compare.EarthRadius).Or(0)), c.radius, 0.5) || !near(d.Remainder, c.left, 1) {
			t.Errorf("%s: distance %+v", c.name, d)
		}
	}
}

// TestRealTablesMatch pairs the rows of two real exports of one account, made six
// weeks apart: all 184 that stand in both, and no other.
func TestRealTablesMatch(t *testing.T) {
	keys := func(name string) (out []compare.Key) {
		f, err := zepp.DecodeSport(t.Context(), bytes.NewReader(corpus(t, "zepp-life-csv/"+name)), zepp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range f.Activities {
			out = append(out, compare.Key{Start: a.Start, Duration: a.Totals.TimerTime, Distance: a.Totals.Distance, Sport: a.Sport})
		}
		return out
	}
	early, late := keys("SPORT_Full_.csv"), keys("SPORT.csv")
	pairs := compare.Match(early, late)
	for _, p := range pairs {
		if !early[p.A].Start.Equal(late[p.B].Start) || p.Shift != 0 {
			t.Errorf("%v is taken for %v", early[p.A], late[p.B])
		}
	}
	if len(pairs) != 184 {
		t.Errorf("%d pairs", len(pairs))
	}
}
