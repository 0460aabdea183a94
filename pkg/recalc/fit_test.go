package recalc

import (
	"math"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// recorded returns a run as a FIT file holds it: 600 s of records at 3 m/s with
// 20 s of standing in the middle, and the session's own account.
func recorded() *activity.Activity {
	a := steady(600, 3)
	a.Format, a.Sport = "fit", activity.Run
	a.Start = time.Date(2023, 4, 1, 7, 0, 0, 0, time.UTC)
	for i := range a.Records {
		r := &a.Records[i]
		r.Time += a.Start.UnixMilli()
		r.Distance = 3 * float64(min(i, 300)+max(i-320, 0))
		r.Altitude = 100 + 5*math.Sin(float64(i)/30)
		r.Has |= activity.Distance | activity.Altitude
	}
	a.Totals = activity.Totals{
		ElapsedTime: activity.Of(640.9), TimerTime: activity.Of(500.9), Distance: activity.Of(1700),
		Ascent: activity.Of(33), Calories: activity.Of(120),
	}
	return a
}

func TestTimesOfARunInFIT(t *testing.T) {
	for _, c := range []struct {
		name            string
		change          func(*activity.Activity)
		elapsed, moving float64
	}{
		{"who paused the timer gets the timer's times, rounded down", func(a *activity.Activity) { a.TimerPaused = true }, 640, 500},
		{"who did not is judged by speed", func(*activity.Activity) {}, 600, 580},
		{"without GPS the timer counts", func(a *activity.Activity) {
			for i := range a.Records {
				a.Records[i].Has &^= activity.Position
			}
		}, 640, 500},
		{"rides never get the timer's times", func(a *activity.Activity) { a.TimerPaused, a.Sport = true, activity.Ride }, 600, 580},
		{"a timer cannot have run longer than the workout lasted", func(a *activity.Activity) {
			a.TimerPaused, a.Totals.TimerTime = true, activity.Of(9999)
		}, 640, 640},
		{"nor does TCX have any", func(a *activity.Activity) { a.TimerPaused, a.Format = true, "tcx" }, 600, 580},
		{"nor a session without totals", func(a *activity.Activity) { a.TimerPaused, a.Totals = true, activity.Totals{} }, 600, 580},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := recorded()
			c.change(a)
			r := Recalculate(a, Options{})
			if r.ElapsedTime.Or(-1) != c.elapsed || r.MovingTime.Or(-1) != c.moving {
				t.Errorf("elapsed %v, moving %v, want %v and %v", r.ElapsedTime, r.MovingTime, c.elapsed, c.moving)
			}
		})
	}
}

func TestPausesOfTheTimerAreTheRests(t *testing.T) {
	a := recorded()
	a.TimerPaused = true
	pause := activity.Pause{From: a.Start.Add(time.Minute), To: a.Start.Add(2 * time.Minute), Next: 120}
	a.Pauses = []activity.Pause{pause}
	r := Recalculate(a, Options{Explain: true})
	if len(r.Rests) != 1 || r.Rests[0].From != pause.From || r.Rests[0].To != pause.To || r.Rests[0].Rule != "timer stopped" {
		t.Errorf("rests %+v, want the pause of the timer", r.Rests)
	}
}

func TestDeviceAccountInFIT(t *testing.T) {
	r := Recalculate(recorded(), Options{})
	if got := r.Calories.Or(-1); got != 120 {
		t.Errorf("%v kcal, want those of the session", got)
	}
	if got := r.Distance.Or(-1); got != 1740 {
		t.Errorf("%v m, want the sum of the records' steps, not the session's total", got)
	}
	if r.TotalElevationGain.Or(-1) == 33 || r.Confidence[TotalElevationGain] != Unknowable {
		t.Error("without a barometer the device's ascent does not count")
	}
	for day, want := range map[time.Time]bool{
		time.Date(2018, 4, 6, 7, 0, 0, 0, time.UTC): false, time.Date(2018, 5, 23, 7, 0, 0, 0, time.UTC): true,
	} {
		o := Options{Uploaded: day, Athlete: Athlete{Weights: []Weight{{Kg: 70}}}}
		if r := Recalculate(recorded(), o); (r.Calories.Or(-1) == 120) != want {
			t.Errorf("%v kcal by %q on %v", r.Calories, r.Provenance[Calories], day)
		}
	}
	a := recorded()
	a.Device.Barometric = true
	if got := Recalculate(a, Options{}).TotalElevationGain.Or(-1); got != 33 {
		t.Errorf("%v m of climbing, want the ascent of a device with a barometer", got)
	}
	a = recorded()
	a.Device.Manufacturer = "strava"
	if got := Recalculate(a, Options{}).Distance.Or(-1); got != 1700 {
		t.Errorf("%v m, want the total of Strava's own watch app", got)
	}
}
