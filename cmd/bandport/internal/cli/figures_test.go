package cli

import (
	"math"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/recalc"
)

func TestFiguresOffAScreen(t *testing.T) {
	for _, c := range []struct {
		text  string
		field recalc.Field
		want  float64
		half  float64
	}{
		{"time=31:40", recalc.MovingTime, 1900, 0.5},
		{"time=1:02:03", recalc.MovingTime, 3723, 0.5},
		{"duration=1900s", recalc.MovingTime, 1900, 0.5},
		{"elapsed=44:12", recalc.ElapsedTime, 2652, 0.5},
		{"distance=5.2km", recalc.Distance, 5200, 50},
		{"distance=5,23 km", recalc.Distance, 5230, 5},
		{"Distance=5.2", recalc.Distance, 5200, 50},
		{"distance=3.24mi", recalc.Distance, 3.24 * 1609.344, 0.005 * 1609.344},
		{"distance=5200m", recalc.Distance, 5200, 0.5},
		{"pace=6:05", recalc.AveragePace, 365, 0.5},
		{"pace=9:48/mi", recalc.AveragePace, 588 / 1.609344, 0.5 / 1.609344},
		{"speed=28.3km/h", recalc.AverageSpeed, 28.3 / 3.6, 0.05 / 3.6},
		{"maxspeed=10m/s", recalc.MaxSpeed, 10, 0.5},
		{"gain=312ft", recalc.TotalElevationGain, 312 * 0.3048, 0.5 * 0.3048},
		{"calories=412", recalc.Calories, 412, 0.5},
		{"kcal=412kcal", recalc.Calories, 412, 0.5},
		{"hr=147", recalc.AverageHeartrate, 147, 0.5},
		{"maxhr=156bpm", recalc.MaxHeartrate, 156, 0.5},
		{"cadence=170spm", recalc.AverageCadence, 85, 0.25},
		{"cadence=85", recalc.AverageCadence, 85, 0.5},
	} {
		a, err := parseFigures(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		values := map[recalc.Field]activity.Value{
			recalc.MovingTime: a.Totals.TimerTime, recalc.ElapsedTime: a.Totals.ElapsedTime, recalc.Distance: a.Totals.Distance, recalc.AveragePace: a.Pace,
			recalc.AverageSpeed: a.Totals.AverageSpeed, recalc.MaxSpeed: a.Totals.MaxSpeed, recalc.TotalElevationGain: a.Totals.Ascent,
			recalc.Calories: a.Totals.Calories, recalc.AverageHeartrate: a.Totals.AverageHeartRate, recalc.MaxHeartrate: a.Totals.MaxHeartRate,
			recalc.AverageCadence: a.Totals.AverageCadence,
		}
		if got := values[c.field].Or(-1); math.Abs(got-c.want) > 1e-9 || math.Abs(a.Rounding[c.field]-c.half) > 1e-9 {
			t.Errorf("%s: %v, off by %v; want %v, %v", c.text, got, a.Rounding[c.field], c.want, c.half)
		}
	}
	a, err := parseFigures("time=31:40, distance=5,2km,pace=6:05 ,calories=412")
	if err != nil || a.Totals.TimerTime != activity.Of(1900) || a.Totals.Distance != activity.Of(5200) || a.Pace != activity.Of(365) || a.Totals.Calories != activity.Of(412) {
		t.Errorf("%+v, %v", a, err)
	}
	for _, bad := range []string{
		"", "31:40", "time", "time=", "time=soon", "time=31", "time=31:99", "time=1:2:3:4", "time=-5:00", "tme=31:40", "distance=far", "distance=-1km", "distance=NaN",
		"time=31:40,time=31:41", "pace=fast", "distance=1e300km", "time=1e9s",
	} {
		if a, err := parseFigures(bad); err == nil {
			t.Errorf("%q is %+v", bad, a)
		}
	}
}

func TestTolerance(t *testing.T) {
	figure := func(f recalc.Field, band, difference float64) *compare.Comparison {
		return &compare.Comparison{Figures: []compare.Figure{{Field: f, Band: activity.Of(band), Difference: activity.Of(difference)}}}
	}
	for _, c := range []struct {
		text   string
		of     *compare.Comparison
		beyond bool
	}{
		{"2%", figure(recalc.MovingTime, 1000, 20), false},
		{"2%", figure(recalc.MovingTime, 1000, -21), true},
		{"2%", figure(recalc.Calories, 100, 90), false}, // a bare percentage is about time, distance and pace
		{"calories=20", figure(recalc.Calories, 100, 20), false},
		{"calories=20", figure(recalc.Calories, 100, 21), true},
		{"time=10s,distance=1%", figure(recalc.MovingTime, 1000, 11), true},
		{"time=10s,distance=1%", figure(recalc.Distance, 1000, 10), false},
		{"distance=0,5%", figure(recalc.Distance, 1000, 6), true},
		{"0%", figure(recalc.Distance, 1000, 0), false},
	} {
		limits, err := parseTolerance(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if beyond, compared := limits.exceeds(c.of); beyond != c.beyond || !compared {
			t.Errorf("%s: beyond %v, compared %v", c.text, beyond, compared)
		}
	}
	if _, compared := (tolerance{}).exceeds(&compare.Comparison{Figures: []compare.Figure{{Field: recalc.Distance}}}); compared {
		t.Error("nothing was compared")
	}
	for _, bad := range []string{"", "much", "5", "-1%", "luck=1%", "time=soon", "time=x%"} {
		if _, err := parseTolerance(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestZeppTypes(t *testing.T) {
	got, err := parseZeppTypes(" 6=walk, 9=Ride ")
	if err != nil || len(got) != 2 || got[6] != activity.Walk || got[9] != activity.Ride {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"6", "six=Walk", "6=Flying", "-1=Run", "6:Walk"} {
		if got, err := parseZeppTypes(bad); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}
