package recalc

import (
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

func TestRoundingInSinglePrecision(t *testing.T) {
	for _, c := range []struct {
		metres         float64
		double, single float64
	}{
		{0, 0, 0},
		{12.34, 12.3, 12.3},
		{12.35, 12.4, 12.4},           // a little more than 12.35 in single precision
		{4001.35, 4001.4, 4001.4},     // as here
		{4001.45, 4001.5, 4001.4},     // a little less
		{100000.05, 100000.1, 100000}, // 100,000.047
	} {
		s := stream{source: deviceDistance, raw: []float64{c.metres}}
		s.round(s.raw)
		if s.x[0] != c.double {
			t.Errorf("%v m from text: %v, want %v", c.metres, s.x[0], c.double)
		}
		s = stream{source: deviceDistance, single: true, raw: []float64{c.metres}}
		s.round(s.raw)
		if s.x[0] != c.single {
			t.Errorf("%v m from FIT: %v, want %v", c.metres, s.x[0], c.single)
		}
		s = stream{source: positionDistance, single: true, raw: []float64{c.metres}}
		s.round(s.raw)
		if s.x[0] != c.double {
			t.Errorf("%v m from positions: %v, want %v", c.metres, s.x[0], c.double)
		}
	}
}

// slowRide is a ride in FIT that creeps for 20 s at 0.33 m/s, in steps whose
// rounded length is 0.3 m or 0.4 m in turn, and stands for 20 s.
func slowRide(day time.Time, altitude bool) *activity.Activity {
	a := &activity.Activity{Format: "fit", Sport: activity.Ride, Start: day}
	d := 0.0
	for i := range int64(121) {
		switch {
		case i == 0 || i > 100:
		case i > 50 && i <= 70:
			d += .33
		default:
			d += 5
		}
		r := activity.Record{Time: day.UnixMilli() + 1000*i, Distance: d, Lat: 1e-5 * d, Has: activity.Time | activity.Distance | activity.Position}
		if altitude {
			r.Has |= activity.Altitude
		}
		a.Records = append(a.Records, r)
	}
	return a
}

func TestRestsOfUnroundedDistances(t *testing.T) {
	creep := walked(steps(10, 1, 3), steps(20, 1, .31), steps(10, 1, 3))
	if got := restOf(t, commonRule, creep, nil); got != 0 {
		t.Errorf("0.31 m a second, rounded: %v s of rest, want 0: steps of 0.4 m divide it", got)
	}
	coarse := walked(steps(10, 1, 3), steps(10, 2, .63), steps(10, 1, 3)) // 0.315 m/s; rounded 0.3 to 0.35
	coarse.x = coarse.unrounded(nil)
	if got := restOf(t, commonRule, coarse, nil); got != 0 {
		t.Errorf("0.315 m/s, unrounded: %v s of rest, want 0", got)
	}
	single := walked(steps(10, 1, 3), steps(1, 17.4, 5.24), steps(10, 1, 3)) // 0.301 m/s; 5.2 m are 0.299
	if got := restOf(t, commonRule, single, nil); got != 17.4 {
		t.Errorf("5.24 m in 17.4 s, rounded: %v s of rest, want 17.4", got)
	}
	single.x = single.unrounded(nil)
	if got := restOf(t, commonRule, single, nil); got != 0 {
		t.Errorf("5.24 m in 17.4 s, unrounded: %v s of rest, want 0", got)
	}
}

func TestUnroundedYears(t *testing.T) {
	gap := func(day time.Time, altitude bool) *activity.Activity {
		a := &activity.Activity{Format: "fit", Sport: activity.Ride, Start: day}
		at, d := day.UnixMilli(), 0.0
		for i := range 40 {
			if i == 20 { // paused for 17.4 s, and 5.24 m further
				at, d = at+16_400, d+.24
			}
			r := activity.Record{Time: at, Distance: d, Lat: 1e-5 * d, Has: activity.Time | activity.Distance | activity.Position}
			if altitude {
				r.Has |= activity.Altitude
			}
			a.Records = append(a.Records, r)
			at, d = at+1000, d+5
		}
		return a
	}
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name string
		a    *activity.Activity
		o    Options
		want float64
		past bool
	}{
		{"before", gap(date(2021, 10, 19), true), Options{}, 38, false},
		{"since", gap(date(2021, 10, 20), true), Options{}, 55, true},
		{"until", gap(date(2023, 11, 30), true), Options{}, 55, true},
		{"after", gap(date(2023, 12, 1), true), Options{}, 38, false},
		{"without altitudes", gap(date(2022, 6, 1), false), Options{}, 38, false},
		{"uploaded later", gap(date(2022, 6, 1), true), Options{Uploaded: date(2026, 1, 1)}, 38, false},
		{"no difference", slowRide(date(2022, 6, 1), true), Options{}, 100, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Recalculate(c.a, c.o)
			if got := r.MovingTime.Or(-1); got != c.want {
				t.Errorf("moving time %v s, want %v", got, c.want)
			}
			past := false
			for _, f := range r.Findings {
				past = past || f.Code == finding.PastRules
			}
			if past != c.past {
				t.Errorf("a rule of the past is noted: %v, want %v", past, c.past)
			}
			if got := r.AverageSpeed.Or(-1) * r.MovingTime.Or(-1); got < r.Distance.Or(-1)-.01 {
				t.Errorf("the average speed is of another moving time")
			}
		})
	}
}
