package recalc

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// riding returns a ride of one sample a second at the given speeds and rise per
// second, both from the second sample on.
func riding(seconds int, speed, rise float64) *activity.Activity {
	a := &activity.Activity{Format: "gpx", Sport: activity.Ride, Start: time.Date(2024, 5, 1, 8, 0, 0, 0, time.UTC)}
	for i := range seconds + 1 {
		a.Records = append(a.Records, activity.Record{
			Time: a.Start.UnixMilli() + int64(i)*1000, Distance: speed * float64(i), Altitude: rise * float64(i),
			Has: activity.Time | activity.Distance | activity.Altitude,
		})
	}
	return a
}

func rider(kg float64, b Bike) Options {
	return Options{Athlete: Athlete{Weights: []Weight{{Kg: kg}}, Bike: b}}
}

func TestEstimatedPowerOnTheLevel(t *testing.T) {
	// 71 kg and a bike of 9 kg at a steady 10 m/s: rolling 80 × 9.81 × 10 × 0.004 =
	// 31.4 W, air 0.1831 × 1000 = 183.1 W, together 214.5 W, in whole watts 214.
	// The first of 600 seconds accelerates from 0: 80 kg × 10 m/s² more, 1014 W.
	const joules = 214*599 + 1014.0
	r := Recalculate(riding(600, 10, 0), rider(71, Bike{}))
	if got, want := r.AverageWatts.Or(-1), joules/600; math.Abs(got-want) > 0.01 {
		t.Errorf("%.2f W, want %.2f", got, want)
	}
	if got, want := r.Kilojoules.Or(-1), joules/1000; math.Abs(got-want) > 0.01 {
		t.Errorf("%.2f kJ, want %.2f", got, want)
	}
	if got, want := r.Calories.Or(-1), 1.115*joules/1000; math.Abs(got-want) > 0.01 {
		t.Errorf("%.2f kcal, want %.2f", got, want)
	}
	if r.WeightedAverageWatts.Known() {
		t.Error("weighted power needs a power meter")
	}
	if !strings.Contains(r.Provenance[AverageWatts], "estimated for a road bike") {
		t.Errorf("rule %q does not say that it is an estimate", r.Provenance[AverageWatts])
	}
}

func TestEstimatedPowerUphill(t *testing.T) {
	// 5 m/s and 0.4 m higher a second: 8 %. Rolling 80 × 9.81 × 5 × 0.004 = 15.7 W,
	// climbing 3924 × sin(atan 0.08) = 312.9 W, air about 22.9 W: some 351.5 W,
	// and 400 W more in the first of 100 seconds.
	a := riding(100, 5, 0.4)
	a.Format, a.Device.Barometric = "fit", true
	r := Recalculate(a, rider(71, Bike{}))
	if got := r.AverageWatts.Or(-1); math.Abs(got-(351.5+4)) > 1 {
		t.Errorf("%.1f W, want about 355", got)
	}
}

func TestEstimatedPowerKnowsTheBike(t *testing.T) {
	watts := func(o Options) float64 {
		r := Recalculate(riding(600, 7, 0), o)
		return r.AverageWatts.Or(-1)
	}
	road, heavy, mountain := watts(rider(70, Bike{})), watts(rider(70, Bike{Kg: 15})), watts(rider(70, Bike{Type: MountainBike}))
	if !(road > 0 && heavy > road && mountain > 1.5*road) {
		t.Errorf("road %.0f W, heavy %.0f W, mountain %.0f W", road, heavy, mountain)
	}
	o := rider(70, Bike{})
	o.Sport = activity.MountainBikeRide
	if got := watts(o); got != mountain {
		t.Errorf("a mountain bike ride takes %.0f W, a mountain bike %.0f W", got, mountain)
	}
}

func TestNoEstimateWithoutGrounds(t *testing.T) {
	tests := []struct {
		name   string
		change func(*activity.Activity, *Options)
	}{
		{"the weight is not known", func(_ *activity.Activity, o *Options) { o.Athlete = Athlete{} }},
		{"the ride is virtual", func(_ *activity.Activity, o *Options) { o.Sport = activity.VirtualRide }},
		{"a motor helps", func(_ *activity.Activity, o *Options) { o.Sport = activity.EBikeRide }},
		{"it is a run", func(_ *activity.Activity, o *Options) { o.Sport = activity.Run }},
		{"there is no altitude", func(a *activity.Activity, _ *Options) {
			for i := range a.Records {
				a.Records[i].Has &^= activity.Altitude
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, o := riding(100, 4, 0), rider(70, Bike{})
			tt.change(a, &o)
			if r := Recalculate(a, o); r.AverageWatts.Known() || r.Kilojoules.Known() {
				t.Errorf("%v W", r.AverageWatts)
			}
		})
	}
}

func TestMeasuredPowerWins(t *testing.T) {
	a := riding(100, 10, 0)
	for i := range a.Records {
		a.Records[i].Power, a.Records[i].Has = 150, a.Records[i].Has|activity.Power
	}
	r := Recalculate(a, rider(70, Bike{}))
	if got := r.AverageWatts.Or(-1); got != 150 {
		t.Errorf("%.1f W, want the 150 that were measured", got)
	}
}

func TestSpikesAreReplacedByWhatCameBefore(t *testing.T) {
	a := riding(10, 8, 0)
	a.Records[8].Altitude += 20 // 20 m in a second: far over 1300 W
	r := Recalculate(a, rider(70, Bike{}))
	if got := r.AverageWatts.Or(-1); got > 200 {
		t.Errorf("%.1f W: the spike counts", got)
	}
}

// The wearer's weight in the file serves where the options have none.
func TestWeightOfTheWearer(t *testing.T) {
	for _, c := range []struct {
		name   string
		o      Options
		wearer activity.Value
		kg     float64 // that is reckoned with; 0: none
		words  bool
	}{
		{"none", Options{}, activity.Value{}, 0, false},
		{"the wearer's", Options{}, activity.Of(71), 71, true},
		{"that of the options goes before", rider(80, Bike{}), activity.Of(71), 80, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ride, run := riding(600, 10, 0), riding(600, 3, 0)
			run.Sport = activity.Run
			ride.Weight, run.Weight = c.wearer, c.wearer
			for f, r := range map[Field]Result{AverageWatts: Recalculate(ride, c.o), Calories: Recalculate(run, c.o)} {
				got := r.Get(f)
				if c.kg == 0 {
					if got.Known() {
						t.Errorf("%s %v without a weight", f, got)
					}
					continue
				}
				want := (c.kg+9)*9.81*10*.004 + 183.1
				if f == Calories {
					want = 1.22868 * c.kg * 1.8
				}
				if math.Abs(got.Or(0)-want) > 2 {
					t.Errorf("%s %v, want %v", f, got, want)
				}
				if says := strings.Contains(r.Provenance[f], "weight as the device knows it"); says != c.words {
					t.Errorf("%s: rule %q", f, r.Provenance[f])
				}
			}
		})
	}
}

// A GPS altitude that jumps up and down by half a metre climbs for an hour without getting
// anywhere. What a barometer says is believed.
func TestEstimatedPowerOfANoisyAltitude(t *testing.T) {
	noisy := riding(600, 5, 0)
	for i := range noisy.Records {
		noisy.Records[i].Altitude = float64(i%2) / 2
	}
	level := Recalculate(riding(600, 5, 0), rider(71, Bike{})).AverageWatts.Or(0)
	r := Recalculate(noisy, rider(71, Bike{}))
	if got := r.AverageWatts.Or(0); math.Abs(got-level) > .1*level {
		t.Errorf("%.0f W, want about the %.0f W of a level road", got, level)
	}
	if !strings.Contains(r.Provenance[AverageWatts], "150 m average") {
		t.Errorf("rule %q", r.Provenance[AverageWatts])
	}
	noisy.Format, noisy.Device.Barometric = "fit", true
	if got := Recalculate(noisy, rider(71, Bike{})).AverageWatts.Or(0); got < 3*level {
		t.Errorf("%.0f W, want the climbs of a barometer counted", got)
	}
}
