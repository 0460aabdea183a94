package recalc

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// speedsOf returns the smooth speeds of a stream and the windows that they are
// taken over.
func speedsOf(s *stream) ([]float64, []int32) {
	v, window := make([]float64, s.len()), make([]int32, s.len())
	smoothSpeeds(s.ms, s.raw, v, window)
	return v, window
}

func TestSmoothSpeeds(t *testing.T) {
	for _, c := range []struct {
		name   string
		s      *stream
		window []int32
		speeds []float64
	}{
		{
			"a record a second: over 5 s, at the start over what there is",
			walked(steps(7, 1, 4)),
			[]int32{0, 0, 0, 0, 0, 0, 1, 2},
			[]float64{0, 4, 4, 4, 4, 4, 4, 4},
		},
		{
			"a record every 4 s: over 8 s",
			walked(steps(4, 4, 8)),
			[]int32{0, 0, 0, 1, 2},
			[]float64{0, 2, 2, 2, 2},
		},
		{
			"a record every 10 s: over two of them nevertheless",
			walked(steps(4, 10, 20)),
			[]int32{0, 0, 0, 1, 2},
			[]float64{0, 2, 2, 2, 2},
		},
		{
			"from 2 m/s to 4 m/s takes 5 s",
			walked(steps(5, 1, 2), steps(5, 1, 4)),
			[]int32{0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5},
			[]float64{0, 2, 2, 2, 2, 2, 2.4, 2.8, 3.2, 3.6, 4},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, window := speedsOf(c.s)
			if !slices.Equal(window, c.window) {
				t.Errorf("windows %v, want %v", window, c.window)
			}
			for i := range v {
				if math.Abs(v[i]-c.speeds[i]) > 1e-9 {
					t.Errorf("speeds %v, want %v", v, c.speeds)
					break
				}
			}
		})
	}
}

func TestMaxSpeed(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *stream
		want float64
		ok   bool
	}{
		{"two samples are too few", walked(steps(1, 1, 3)), 0, false},
		{"an even pace", walked(steps(60, 1, 3)), 3, true},
		{"standing", walked(steps(60, 1, 0)), 0, true},
		{"a sprint of 5 s", walked(steps(30, 1, 3), steps(5, 1, 6), steps(30, 1, 3)), 6, true},
		{"a sprint of 3 s is averaged over 5 s", walked(steps(30, 1, 3), steps(3, 1, 6), steps(30, 1, 3)), 4.8, true},
		// A jump of 20 m raises the speed over 5 s by 3.4 m/s within 1 s.
		{"a jump rises too fast, but stays for 4 s more", walked(steps(30, 1, 3), steps(1, 1, 20), steps(2, 1, 3)), 6.4, true},
		{"a jump in the last sample", walked(steps(30, 1, 3), steps(1, 1, 20)), 3, true},
		// The distance stands still for 5 s and then catches up with all of it: the
		// rise is too fast at first, and where it is not, the window begins where
		// nothing moved.
		{"catching up after a dropout", walked(steps(30, 1, 3), steps(5, 1, 0), steps(1, 1, 18), steps(30, 1, 3)), 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, window := speedsOf(c.s)
			got, ok := maxSpeed(c.s.ms, c.s.raw, v, window)
			if math.Abs(got-c.want) > 1e-9 || ok != c.ok {
				t.Errorf("%v, %v; want %v, %v (speeds %.1f)", got, ok, c.want, c.ok, v)
			}
		})
	}
}

// Each limit by itself, on three samples that are made up of nothing else.
func TestSpeedArtefacts(t *testing.T) {
	for _, c := range []struct {
		name   string
		v      [3]float64 // of three samples a second apart
		window int32      // the row at which the window of the second begins
		raw    float64    // speed of the step that leads there
		want   float64
	}{
		{"a rise of 1.9 m/s² is believed", [3]float64{3, 4.9, 4.5}, 0, 0, 4.9},
		{"so is one of 2 m/s²", [3]float64{3, 5, 4.5}, 0, 0, 5},
		{"a rise of 2.1 m/s² is not", [3]float64{3, 5.1, 4.5}, 0, 0, 4.5},
		{"nor what follows, held against the last that was", [3]float64{3, 9, 7.1}, 0, 0, 0},
		{"until a runner could have become so fast", [3]float64{3, 9, 7}, 0, 0, 7},
		{"a fall of 5 m/s² is believed", [3]float64{4.9, 6.8, 1.8}, 0, 0, 6.8},
		{"a window that begins while moving", [3]float64{3, 4.9, 4.5}, 1, .5, 4.9},
		{"a window that begins below a tenth of the speed", [3]float64{3, 4.9, 4.5}, 1, .48, 4.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := []float64{0, c.raw, c.raw}
			got, ok := maxSpeed([]int64{0, 1000, 2000}, d, c.v[:], []int32{0, c.window, 0})
			if got != c.want || ok != (c.want > 0) {
				t.Errorf("%v, %v; want %v", got, ok, c.want)
			}
		})
	}
}

// Steps of 2.28 m a second: where distances are kept to 0.1 m, some five of them
// come out as 11.5 m.
func TestDigitsOfTheFastestSpeed(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name string
		day  time.Time
		want float64
	}{
		{"all digits until April 2013", day(2013, 4, 25), 2.28},
		{"then tenths", day(2013, 4, 26), 2.3},
		{"until October 2021", day(2021, 10, 19), 2.3},
		{"then all digits again", day(2021, 10, 20), 2.28},
		{"until October 2024", day(2024, 10, 19), 2.28},
		{"then fiftieths: tenths of a metre in five seconds", day(2024, 10, 20), 2.3},
		{"as they are today", day(2026, 1, 1), 2.3},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := recorded()
			a.Sport, a.Totals = activity.Ride, activity.Totals{} // of which no other rule has changed
			for i := range a.Records {
				a.Records[i].Distance = 2.28 * float64(i)
			}
			r := Recalculate(a, Options{Uploaded: c.day})
			if got := r.MaxSpeed.Or(-1); math.Abs(got-c.want) > 1e-6 {
				t.Errorf("%v m/s, want %v m/s", got, c.want)
			}
			for _, f := range r.Findings {
				if f.Code == finding.PastRules {
					t.Error("a difference that nobody sees is told")
				}
			}
		})
	}
}
