package recalc

import (
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// pool returns a swim as a FIT file holds it: ten minutes of records, and eight
// lengths of 25 m of which two are rests.
func pool() *activity.Activity {
	a := recorded()
	a.Sport = activity.Swim
	for i := range a.Records {
		r := &a.Records[i]
		r.Has = r.Has&^(activity.Position|activity.Altitude) | activity.Distance
		r.Distance = 25 * float64(i/100)
	}
	a.PoolLength = activity.Of(25)
	for i := range 8 {
		a.Lengths = append(a.Lengths, activity.Length{
			Start: a.Start.Add(time.Duration(i) * time.Minute), Timer: activity.Of(60.3), Active: i%4 != 3,
		})
	}
	a.Totals = activity.Totals{
		ElapsedTime: activity.Of(601.5), TimerTime: activity.Of(590.9), Distance: activity.Of(150), Calories: activity.Of(99),
	}
	return a
}

func TestMovingTimeOfSwims(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*activity.Activity)
		moving float64
		rule   string
		rests  int
	}{
		{"lengths that were swum", func(*activity.Activity) {}, 361, swumLengths, 2},
		{"all were swum", func(a *activity.Activity) { a.Lengths = a.Lengths[:3] }, 180, swumLengths, 0},
		{"open water: the timer", func(a *activity.Activity) { a.Lengths = nil }, 590, swimTimer, 0},
		{"lengths without times: the timer", func(a *activity.Activity) {
			for i := range a.Lengths {
				a.Lengths[i].Timer = activity.Value{}
			}
		}, 590, swimTimer, 0},
		{"a length that claims a day", func(a *activity.Activity) { a.Lengths[0].Timer = activity.Of(86400) }, 601, swumLengths, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := pool()
			c.change(a)
			r := Recalculate(a, Options{Explain: true})
			if r.MovingTime.Or(-1) != c.moving || r.Provenance[MovingTime] != c.rule || len(r.Rests) != c.rests {
				t.Errorf("moving %v by %q with %d rests, want %v by %q with %d", r.MovingTime, r.Provenance[MovingTime], len(r.Rests), c.moving, c.rule, c.rests)
			}
			if r.MaxSpeed.Known() != (len(a.Lengths) == 0) {
				t.Errorf("at most %v m/s: the distance jumps at each turn", r.MaxSpeed)
			}
			if r.ElapsedTime.Or(-1) != 600 || r.Distance.Or(-1) != 150 {
				t.Errorf("elapsed %v, %v m, want the span of the records and their distance", r.ElapsedTime, r.Distance)
			}
		})
	}
	a := pool()
	a.Sport = activity.Run
	if r := Recalculate(a, Options{}); r.Provenance[MovingTime] == swumLengths {
		t.Error("nobody runs lengths")
	}
	a = pool()
	if r := Recalculate(a, Options{Policy: Policy{Kind: Elapsed}}); r.MovingTime.Or(-1) != 600 {
		t.Errorf("%v s by another policy", r.MovingTime)
	}
}

func TestPoolSwimWithoutRecords(t *testing.T) {
	a := pool()
	a.Records = nil
	r := Recalculate(a, Options{})
	if r.MovingTime.Or(-1) != 361 || r.ElapsedTime.Or(-1) != 601 || r.Distance.Or(-1) != 150 || r.Calories.Or(-1) != 99 {
		t.Errorf("moving %v, elapsed %v, %v m, %v kcal", r.MovingTime, r.ElapsedTime, r.Distance, r.Calories)
	}
	if v := r.AverageSpeed.Or(0); v < 0.415 || v > 0.416 {
		t.Errorf("%v m/s", v)
	}
	a.Lengths = nil
	if r := Recalculate(a, Options{}); r.MovingTime.Known() || r.Distance.Known() {
		t.Error("nothing tells of a swim without records and lengths")
	}
}
