package recalc

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// watched returns a run as Strava's own watch app writes it: a position every
// second, a distance every third, and records without a position at both ends.
// It moves at 3 m/s by its distances and at half of that by its positions.
func watched() *activity.Activity {
	a := steady(600, 1.5)
	a.Format, a.Sport, a.Device.Manufacturer = "fit", activity.Run, stravaMaker
	a.Start = time.Date(2024, 8, 1, 7, 0, 0, 0, time.UTC)
	for i := range a.Records {
		r := &a.Records[i]
		r.Time += a.Start.UnixMilli()
		if i%3 == 0 {
			r.Distance, r.Has = 3*float64(i), r.Has|activity.Distance
		}
	}
	a.Records[0].Has &^= activity.Position
	a.Records[1].Has &^= activity.Position
	a.Records[600].Has &^= activity.Position
	a.Totals = activity.Totals{ElapsedTime: activity.Of(600.4), TimerTime: activity.Of(600.4), Distance: activity.Of(1777)}
	return a
}

func TestSparseDistancesAreHeld(t *testing.T) {
	r := Recalculate(watched(), Options{})
	if got := r.MaxSpeed.Or(0); math.Abs(got-3) > 1e-9 {
		t.Errorf("%v m/s, want the speed by the distances", got)
	}
	if got := r.MovingTime.Or(0); got < 595 {
		t.Errorf("moving for %v s: the seconds between two distances are no rest", got)
	}
	if got := r.Distance.Or(0); got != 1777 {
		t.Errorf("%v m, want the total of the session", got)
	}
	tcx := watched() // whatever the format
	tcx.Format = "tcx"
	if got := Recalculate(tcx, Options{}).MaxSpeed.Or(0); math.Abs(got-3) > 1e-9 {
		t.Errorf("%v m/s in a TCX, want the speed by the distances", got)
	}
	few := watched() // with hardly any distance the positions count
	for i := range few.Records {
		if i%30 != 0 {
			few.Records[i].Has &^= activity.Distance
		}
	}
	if got := Recalculate(few, Options{}).MaxSpeed.Or(0); got < 1.4 || got > 1.6 {
		t.Errorf("%v m/s, want the speed by the positions", got)
	}
}

func TestHeldDistancesBeginWithTheFirst(t *testing.T) {
	recs := []activity.Record{
		{Time: 1000, Has: activity.Time | activity.Position},
		{Time: 2000, Has: activity.Time | activity.Distance, Distance: 5},
		{Time: 3000, Has: activity.Time | activity.Position},
		{Time: 4000, Has: activity.Time | activity.HeartRate},
		{Time: 5000, Has: activity.Time | activity.Position},
		{Time: 6000, Has: activity.Time | activity.Position | activity.Distance, Distance: 9},
	}
	var s stream
	s.build(recs, rows(nil, recs), reading{})
	if want := []float64{5, 5, 5, 9}; !slices.Equal(s.x, want) || s.metres != 4 {
		t.Errorf("rest is judged by %v and %v m, want %v", s.x, s.metres, want)
	}
	if want := []float64{5, 6, 8, 9}; !slices.Equal(s.raw, want) {
		t.Errorf("speed is judged by %v, want %v", s.raw, want)
	}
}

// Until July 2024 the records without a position at both ends did not count.
func TestEndsOfTheWatchApp(t *testing.T) {
	for _, c := range []struct {
		name    string
		day     time.Time
		change  func(*activity.Activity)
		elapsed float64
		rule    string
	}{
		{"today", time.Date(2024, 7, 17, 0, 0, 0, 0, time.UTC), nil, 600, "last sample"},
		{"before", time.Date(2024, 7, 16, 0, 0, 0, 0, time.UTC), nil, 597, "last position"},
		{"paused", time.Date(2024, 7, 16, 0, 0, 0, 0, time.UTC), func(a *activity.Activity) { a.TimerPaused = true }, 600, "device's"},
		{"another maker", time.Date(2024, 7, 16, 0, 0, 0, 0, time.UTC), func(a *activity.Activity) { a.Device.Manufacturer = "garmin" }, 600, "last sample"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := watched()
			if c.change != nil {
				c.change(a)
			}
			r := Recalculate(a, Options{Uploaded: c.day})
			if got := r.ElapsedTime.Or(0); got != c.elapsed || !strings.Contains(r.Provenance[ElapsedTime], c.rule) {
				t.Errorf("%v s by %q, want %v", got, r.Provenance[ElapsedTime], c.elapsed)
			}
		})
	}
}
