package recalc_test

import (
	"math"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// threeHours makes up a workout with a record a second for three hours in the
// open ocean, with everything that a good watch records: it goes up and down a
// hill of 60 m every half hour, and stands still for 20 s every ten minutes.
func threeHours(sport activity.Sport, speed float64) *activity.Activity {
	const records = 10800
	start := time.Date(2024, time.June, 1, 6, 0, 0, 0, time.UTC)
	a := &activity.Activity{Format: "tcx", Sport: sport, Start: start, Records: make([]activity.Record, records)}
	metres := 0.0
	for i := range a.Records {
		if i > 0 && i%600 >= 20 {
			metres += speed * (1 + .2*math.Sin(float64(i)/37))
		}
		a.Records[i] = activity.Record{
			Time: start.UnixMilli() + int64(i)*1000,
			Lat:  -30 + metres/111_000, Lon: -20,
			Altitude: math.Round((30-30*math.Cos(float64(i)/1800*2*math.Pi)+math.Sin(float64(i)/11))*10) / 10,
			Distance: math.Round(metres*100) / 100,
			Speed:    float32(speed), HeartRate: float32(120 + i%40), Cadence: float32(80 + i%10),
			Has: activity.Time | activity.Position | activity.Altitude | activity.Distance | activity.Speed |
				activity.HeartRate | activity.Cadence,
		}
		if sport.Family() == activity.RideFamily {
			a.Records[i].Power = float32(150 + i%100)
			a.Records[i].Has |= activity.Power
		}
	}
	return a
}

// BenchmarkRecalculate recalculates one workout after another with one
// Calculator, as the program does. The allocations are those of the result:
// they do not grow with the records. No name begins another: where one did, who
// asked for the longer with a fixed number of iterations ran the shorter as well,
// and who asked for the shorter the longer.
func BenchmarkRecalculate(b *testing.B) {
	for _, w := range []struct {
		name string
		a    *activity.Activity
	}{
		{"sport=run/distance=device", threeHours(activity.Run, 3)},
		{"sport=ride/distance=device", threeHours(activity.Ride, 8)},
		{"sport=run/distance=positions", withoutDistances(threeHours(activity.Run, 3))},
	} {
		b.Run(w.name, func(b *testing.B) {
			o := recalc.Options{Athlete: recalc.Athlete{Weights: []recalc.Weight{{Kg: 70}}}}
			var c recalc.Calculator
			c.Recalculate(w.a, o)
			b.ReportAllocs()
			for b.Loop() {
				if r := c.Recalculate(w.a, o); !r.MovingTime.Known() {
					b.Fatal("no moving time")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(w.a.Records)), "ns/record")
		})
	}
}

// BenchmarkDetails is what is given on request, beside the same without it.
func BenchmarkDetails(b *testing.B) {
	a := threeHours(activity.Run, 3)
	for _, w := range []struct {
		name string
		with recalc.Details
		why  bool
	}{
		{"with=nothing", recalc.NoDetails, false},
		{"with=splits", recalc.Splits, false},
		{"with=laps", recalc.Laps, false},
		{"with=efforts", recalc.BestEfforts, false},
		{"with=zones", recalc.Zones, false},
		{"with=all", recalc.AllDetails, false},
		{"explain", recalc.NoDetails, true},
	} {
		b.Run(w.name, func(b *testing.B) {
			o := recalc.Options{Athlete: recalc.Athlete{MaxHeartrate: 190}, With: w.with, Explain: w.why}
			var c recalc.Calculator
			c.Recalculate(a, o)
			b.ReportAllocs()
			for b.Loop() {
				if r := c.Recalculate(a, o); !r.MovingTime.Known() {
					b.Fatal("no moving time")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(a.Records)), "ns/record")
		})
	}
}

// withoutDistances takes the device's distances out of a workout.
func withoutDistances(a *activity.Activity) *activity.Activity {
	for i := range a.Records {
		a.Records[i].Has &^= activity.Distance
	}
	return a
}
