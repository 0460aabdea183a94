package check_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
)

// walk returns n samples a second apart, three metres from each other, with all
// that the rules look at.
func walk(n int) []activity.Record {
	out := make([]activity.Record, n)
	for i := range out {
		out[i] = activity.Record{
			Time: start.Add(time.Duration(i) * time.Second).UnixMilli(), Lat: -38.5 + float64(i)*27e-6, Lon: -12.25,
			Altitude: 40, HeartRate: 120, Cadence: 84,
			Has: activity.Time | activity.Position | activity.Altitude | activity.HeartRate | activity.Cadence,
		}
	}
	return out
}

var start = time.Date(2019, time.March, 2, 9, 0, 0, 0, time.UTC)

func TestSpikes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(r []activity.Record)
		want   []int // positions
		alt    []int // altitudes
	}{
		{name: "a sound walk"},
		{name: "one position eleven kilometres off", change: func(r []activity.Record) { r[10].Lat += .1 }, want: []int{10}},
		{name: "three in a row", change: func(r []activity.Record) {
			for i := 10; i < 13; i++ {
				r[i].Lat += .1
			}
		}, want: []int{10, 11, 12}},
		{name: "four in a row: whoever stays there is there", change: func(r []activity.Record) {
			for i := 10; i < 14; i++ {
				r[i].Lat += .1
			}
		}},
		{name: "a jump without a way back", change: func(r []activity.Record) {
			for i := 10; i < len(r); i++ {
				r[i].Lat += .1
			}
		}},
		{name: "two spikes", change: func(r []activity.Record) { r[5].Lat += .1; r[20].Lon -= .2 }, want: []int{5, 20}},
		{name: "the scatter of a receiver", change: func(r []activity.Record) { r[10].Lat += .0005 }},
		{name: "the same over ten minutes is a flight, not a spike", change: func(r []activity.Record) {
			r[10].Lat += .1
			for i := 10; i < len(r); i++ {
				r[i].Time += 600_000
			}
			for i := 11; i < len(r); i++ {
				r[i].Time += 600_000
			}
		}},
		{name: "positions missing around it", change: func(r []activity.Record) {
			r[10].Lat += .1
			r[9].Has &^= activity.Position
			r[11].Has &^= activity.Position
		}, want: []int{10}},
		{name: "the first sample cannot be told from a start elsewhere", change: func(r []activity.Record) { r[0].Lat += .1 }},
		{name: "across the date line nothing leaps", change: func(r []activity.Record) {
			for i := range r {
				r[i].Lat, r[i].Lon = 0, 179.9998+float64(i)*27e-6
				if r[i].Lon > 180 {
					r[i].Lon -= 360
				}
			}
		}},
		{name: "an altitude of another mountain", change: func(r []activity.Record) { r[10].Altitude = 840 }, alt: []int{10}},
		{name: "a step of a building", change: func(r []activity.Record) { r[10].Altitude = 100 }},
		{name: "a cable car", change: func(r []activity.Record) {
			for i := 10; i < len(r); i++ {
				r[i].Altitude = 840
			}
		}},
		{name: "samples without a time are none", change: func(r []activity.Record) { r[10].Lat += .1; r[10].Has &^= activity.Time }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := walk(30)
			if tt.change != nil {
				tt.change(r)
			}
			if got := check.PositionSpikes(r); !slices.Equal(got, tt.want) {
				t.Errorf("positions %v, want %v", got, tt.want)
			}
			if got := check.AltitudeSpikes(r); !slices.Equal(got, tt.alt) {
				t.Errorf("altitudes %v, want %v", got, tt.alt)
			}
		})
	}
	for n := range 4 {
		if got := check.PositionSpikes(walk(n)); len(got) > 0 {
			t.Errorf("a spike among %d samples: %v", n, got)
		}
	}
}

func TestHeartRates(t *testing.T) {
	r := walk(6)
	r[1].HeartRate, r[2].HeartRate, r[3].HeartRate, r[4].HeartRate = 255, 240, 235, 0
	r[5].HeartRate, r[5].Has = 250, r[5].Has&^activity.HeartRate
	if got := check.HeartRateNones(r); !slices.Equal(got, []int{1}) {
		t.Errorf("none: %v", got)
	}
	if got := check.HeartRateSpikes(r); !slices.Equal(got, []int{2}) {
		t.Errorf("too fast: %v", got)
	}
}

func TestDoubledCadence(t *testing.T) {
	for _, tt := range []struct {
		sport   activity.Sport
		cadence float32
		n       int
		want    bool
	}{
		{activity.Run, 84, 60, false},
		{activity.Run, 168, 60, true},
		{activity.TrailRun, 125, 60, true},
		{activity.Run, 168, 20, false}, // too little to say so
		{activity.Run, 0, 60, false},
		{activity.Walk, 56, 60, false},
		{activity.Walk, 112, 60, true},
		{activity.Hike, 100, 60, true},
		{activity.Ride, 168, 60, false}, // a track cyclist
		{"", 168, 60, false},
	} {
		r := walk(tt.n)
		for i := range r {
			r[i].Cadence = tt.cadence
		}
		r[0].Cadence = 0 // standing does not count
		if average, got := check.DoubledCadence(tt.sport, r); got != tt.want || got && average != float64(tt.cadence) {
			t.Errorf("%s with %v in %d samples: %v, average %v", tt.sport, tt.cadence, tt.n, got, average)
		}
	}
}

func TestRollover(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, tt := range []struct {
		date string
		want bool
	}{
		{"1989-12-31", false}, // a device that was just switched on
		{"1998-07-03", false},
		{"1999-08-22", true}, // the day after the counter began anew: 2019-04-07
		{"2002-12-31", true},
		{"2003-01-01", false}, // recordings begin
		{"2019-04-07", false},
	} {
		by, got := check.Rollover(at(tt.date), now)
		if got != tt.want || got && at(tt.date).Add(by).Sub(at(tt.date)) != 7168*24*time.Hour {
			t.Errorf("%s: %v by %v", tt.date, got, by)
		}
	}
	if _, ok := check.Rollover(at("2002-12-31"), at("2020-01-01")); ok {
		t.Error("with 1,024 weeks more it would be in the future")
	}

	handheld := activity.Activity{Format: "gpx", Records: walk(3)}
	for i := range handheld.Records {
		handheld.Records[i].Has &^= activity.HeartRate | activity.Cadence
	}
	old := at("2001-06-01")
	if check.RolledOver(&handheld, old, now) {
		t.Error("a walk of 2001 with a handheld receiver was moved")
	}
	if !check.RolledOver(&activity.Activity{Format: "gpx", Records: walk(3)}, old, now) {
		t.Error("nobody recorded the heart in 2001")
	}
	if !check.RolledOver(&activity.Activity{Format: "fit"}, old, now) {
		t.Error("nobody wrote FIT in 2001")
	}
}

func TestFuture(t *testing.T) {
	if check.Future(now.Add(time.Minute), now) || !check.Future(now.Add(time.Hour), now) || check.Future(now.Add(time.Hour), time.Time{}) {
		t.Error("a clock may be a minute ahead, not an hour; without a now nothing is in the future")
	}
}

func TestUnknownBarometer(t *testing.T) {
	for name, want := range map[string]bool{
		"Microsoft Band 2": true, " microsoft band 2 ": true, "Microsoft Band 2 with barometer": false, "Garmin FR935": true,
		"Garmin Forerunner 935": false, "Amazfit T-Rex 2": true, "Amazfit Stratos 3": true, "Amazfit Bip": false, "": false,
	} {
		if got := check.UnknownBarometer(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestMetres(t *testing.T) {
	a, b := activity.Record{Lat: 0, Lon: 0}, activity.Record{Lat: 0, Lon: 1}
	if d := check.Metres(&a, &b); math.Abs(d-111195) > 1 {
		t.Errorf("a degree of the equator is %v m", d)
	}
}
