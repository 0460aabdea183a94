package recalc

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bandport/bandport/pkg/activity"
)

func TestTurningGain(t *testing.T) {
	for _, c := range []struct {
		name string
		alt  []float64
		want float64
	}{
		{"nothing", nil, 0},
		{"one altitude", []float64{100}, 0},
		{"level", []float64{100, 100, 100}, 0},
		{"a climb of 2 m", []float64{100, 101, 102}, 2},
		{"a climb of 1.9 m is none", []float64{100, 101, 101.9}, 0},
		{"down only", []float64{100, 50, 0}, 0},
		{"noise of 1 m on the level", []float64{100, 101, 100, 101, 100, 101}, 0},
		{"noise of 1 m on a climb does not interrupt it", []float64{100, 105, 104, 110, 109, 115}, 15},
		{"a dip of 2 m ends the climb", []float64{100, 110, 108, 118}, 20},
		{"a dip of 1.9 m does not", []float64{100, 110, 108.1, 118}, 18},
		{"a climb counts from the lowest point before it", []float64{100, 99, 98.5, 110}, 11.5},
		{"and to the highest after it", []float64{100, 110, 111, 109}, 11},
		{"two hills", []float64{0, 30, 0, 20, 0}, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := turningGain(c.alt, climbThreshold); math.Abs(got-c.want) > 1e-9 {
				t.Errorf("%v m, want %v m", got, c.want)
			}
		})
	}
}

func TestAltitudesBetweenRecordsThatHaveOne(t *testing.T) {
	high := func(seconds, metres, altitude float64) activity.Record {
		r := counted(seconds, metres)
		r.Altitude, r.Has = altitude, r.Has|activity.Altitude
		return r
	}
	for _, c := range []struct {
		name string
		recs []activity.Record
		want []float64
	}{
		{"none", []activity.Record{counted(0, 0), counted(1, 1)}, nil},
		{"all", []activity.Record{high(0, 0, 5), high(1, 1, 7)}, []float64{5, 7}},
		{"the first one holds before it", []activity.Record{counted(0, 0), counted(1, 1), high(2, 2, 7)}, []float64{7, 7, 7}},
		{"the last one holds after it", []activity.Record{high(0, 0, 7), counted(1, 1), counted(2, 2)}, []float64{7, 7, 7}},
		{
			"linear over time between two, however far apart they are",
			[]activity.Record{high(0, 0, 10), counted(1, 90), counted(3, 95), high(4, 100, 18)},
			[]float64{10, 12, 16, 18},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := altitudes(nil, streamOf(c.recs...), c.recs)
			if ok != (c.want != nil) {
				t.Errorf("ok is %v", ok)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSmoothOver(t *testing.T) {
	got := smoothOver(nil, []float64{0, 20, 30, 50, 200}, []float64{0, 10, 20, 30, 99}, 30)
	want := []float64{
		10, // 0, 20 and 30 m: the edge counts
		15, // 0 to 50 m
		15,
		20, // 20, 30 and 50 m
		99, // alone
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// calmOf is calm written as it reads: on a grid of 5 m, the mean of 60 cells
// about each, the end cells repeated beyond the ends.
func calmOf(d, alt []float64) []float64 {
	cells := int(math.Ceil((d[len(d)-1]-d[0])/5)) + 1
	interpolate := func(x []float64, y []float64, at float64) float64 {
		i, _ := slices.BinarySearchFunc(x, at, func(e, at float64) int {
			if e <= at {
				return -1
			}
			return 1
		})
		if i == 0 {
			return y[0]
		}
		if i == len(x) {
			return y[len(y)-1]
		}
		return y[i-1] + (y[i]-y[i-1])*(at-x[i-1])/(x[i]-x[i-1])
	}
	x, grid, mean := make([]float64, cells), make([]float64, cells), make([]float64, cells)
	for c := range cells {
		x[c] = d[0] + 5*float64(c)
		grid[c] = interpolate(d, alt, x[c])
	}
	for c := range cells {
		for k := c - 29; k <= c+30; k++ {
			mean[c] += grid[min(max(k, 0), cells-1)] / 60
		}
	}
	out := make([]float64, len(d))
	for i := range d {
		out[i] = interpolate(x, mean, d[i])
	}
	return out
}

func TestCalm(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var d, alt []float64
	for at := 7.0; at < 5000; at += rnd.Float64() * 20 {
		d, alt = append(d, at), append(alt, 100+rnd.Float64()*30)
	}
	var m smoother
	if diff := cmp.Diff(calmOf(d, alt), m.calm(nil, d, alt, restSmoothing), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Error(diff)
	}
}

func TestCalmLeavesAnEvenSlopeAlone(t *testing.T) {
	d, alt := every(1000, 3), make([]float64, 1000)
	for i := range alt {
		alt[i] = d[i] / 10
	}
	var m smoother
	got := m.calm(nil, d, alt, restSmoothing)
	for i := 100; i < 900; i++ { // the first and last 300 m feel the ends
		// 60 cells cannot lie evenly about one: the mean is half a cell ahead.
		if math.Abs(got[i]-(alt[i]+.25)) > 1e-9 {
			t.Fatalf("%v m at row %d, want %v m", got[i], i, alt[i]+.25)
		}
	}
}

func TestCalmOfAShortTrackIsItsMean(t *testing.T) {
	var m smoother
	if got := m.calm(nil, []float64{0, 20, 49}, []float64{10, 20, 60}, restSmoothing); !slices.Equal(got, []float64{30, 30, 30}) {
		t.Errorf("got %v", got)
	}
	if got := m.calm(nil, nil, nil, restSmoothing); len(got) != 0 {
		t.Errorf("nothing becomes %v", got)
	}
}

// A position that jumps to and fro makes a track of millions of kilometres out
// of a few records. The grid must not grow with it.
func TestCalmOfAnAbsurdTrackTakesNoMemory(t *testing.T) {
	for _, length := range []float64{1.01e6, 1e12, math.MaxFloat64} {
		var m smoother
		alt := []float64{1, 2, 3}
		if got := m.calm(nil, []float64{0, 1, length}, alt, restSmoothing); !slices.Equal(got, alt) || cap(m.space) > 0 {
			t.Errorf("%g m: got %v, with %d cells", length, got, cap(m.space))
		}
	}
}

// Before August 2017 a climb had to be 10 m high to count, unless a barometer
// measured it.
func TestTheDayDecidesOnClimbs(t *testing.T) {
	for _, c := range []struct {
		name       string
		format     string
		barometric bool
		day        time.Time
		want       float64 // about
	}{
		{"today climbs of 6 m count", "gpx", false, time.Date(2017, 8, 1, 0, 0, 0, 0, time.UTC), 60},
		{"before they did not", "gpx", false, time.Date(2017, 7, 31, 0, 0, 0, 0, time.UTC), 0},
		{"in FIT they always do", "fit", false, time.Date(2017, 7, 31, 0, 0, 0, 0, time.UTC), 60},
		{"from a barometer too", "fit", true, time.Date(2017, 7, 31, 0, 0, 0, 0, time.UTC), 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := riding(1000, 5, 0)
			a.Format, a.Device.Barometric = c.format, c.barometric
			for i := range a.Records { // ten hills of 500 m
				a.Records[i].Altitude = 3 - 3*math.Cos(float64(i)/100*2*math.Pi)
			}
			r := Recalculate(a, Options{Uploaded: c.day})
			if got := r.TotalElevationGain.Or(-1); math.Abs(got-c.want) > 2 {
				t.Errorf("%.1f m by %q, want about %v", got, r.Provenance[TotalElevationGain], c.want)
			}
			if past := len(r.Findings) > 0; past != (c.want == 0) {
				t.Errorf("findings %v", r.Findings)
			}
		})
	}
}

func TestWhoseAscentCounts(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*activity.Activity)
		rule   string
	}{
		{"a barometer's", func(a *activity.Activity) { a.Device.Barometric = true }, "device's ascent (barometer)"},
		{"not a receiver's", func(*activity.Activity) {}, "climbs ≥ 2 m after ±30 m smoothing, altitude of the file (Strava looks it up in its own map)"},
		{"that of a virtual ride, whatever recorded it", func(a *activity.Activity) { a.Sport = activity.VirtualRide }, "device's ascent (barometer)"},
		{"that of a virtual run", func(a *activity.Activity) { a.Sport = activity.VirtualRun }, "device's ascent (barometer)"},
		{
			"a virtual ride without ascent is counted by its own altitudes",
			func(a *activity.Activity) { a.Sport, a.Totals.Ascent = activity.VirtualRide, activity.Value{} },
			"climbs ≥ 2 m, barometric altitude of the file",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := recorded()
			c.change(a)
			if got := Recalculate(a, Options{}).Provenance[TotalElevationGain]; got != c.rule {
				t.Errorf("%q, want %q", got, c.rule)
			}
		})
	}
}
