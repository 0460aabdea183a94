package compare_test

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/recalc"
)

// made reads a made-up workout.
func made(t *testing.T, name string) *activity.Activity {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := load.Decode(context.Background(), f, load.Default(), load.Options{})
	if err != nil || len(file.Activities) == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	return &file.Activities[0]
}

// track recalculates and measures a workout.
func track(a *activity.Activity, o recalc.Options) compare.Track {
	o.Explain = true
	r := recalc.Recalculate(a, o)
	return compare.Measure(a, &r, true)
}

// amount returns the amount of a cause; absent where there is none of its kind.
func amount(f *compare.Figure, k compare.Kind) activity.Value {
	for _, c := range f.Causes {
		if c.Kind == k {
			return c.Amount
		}
	}
	return activity.Value{}
}

// named reports whether a figure has a cause of a kind.
func named(f *compare.Figure, k compare.Kind) bool {
	for _, c := range f.Causes {
		if c.Kind == k {
			return true
		}
	}
	return false
}

func near(v activity.Value, want, off float64) bool {
	x, ok := v.Get()
	return ok && math.Abs(x-want) <= off
}

// The evening run: 38 s at a red light, a pause of 95 s and 21 s of standing behind
// it. The device leaves out the pause, Strava all three.
func TestOwnTotals(t *testing.T) {
	ours := track(made(t, "evening-run.tcx"), recalc.Options{})
	c := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours)})

	m := c.Get(recalc.MovingTime)
	if !near(m.Difference, -59, 0) || !near(amount(m, compare.DevicePauses), 95, 0) || !near(amount(m, compare.Rest), -154, 0) || !near(m.Remainder, 0, 0) {
		t.Errorf("moving time: %+v", m)
	}
	if n := len(m.Causes[0].Stretches); n != 1 || m.Causes[0].Stretches[0].Duration() != 95*time.Second {
		t.Errorf("%d pauses", n)
	}
	pace := c.Get(recalc.AveragePace)
	if !near(pace.BandDivisor.Seconds, 1879, 0) || pace.BandDivisor.Name != "recording" || !near(pace.Divisor.Seconds, 1820, 0) || pace.Divisor.Name != "movement" {
		t.Errorf("divisors %+v and %+v", pace.BandDivisor, pace.Divisor)
	}
	if !near(pace.Remainder, 0, 0.05) || !near(amount(pace, compare.Rest), -154/5.003, 0.1) {
		t.Errorf("pace: %+v", pace)
	}
	want := "The band divides by 31:19 of recording, Strava by 30:20 of movement: 2:34 of standing in 2 places against 1:35 of pauses in 1 place, which the band left out. That is the 12 s/km."
	if pace.Text != want {
		t.Errorf("%q", pace.Text)
	}
	elapsed := c.Get(recalc.AverageElapsedPace)
	if !near(elapsed.Divisor.Seconds, 1974, 0) || !near(amount(elapsed, compare.DevicePauses), 95/5.003, 0.05) || !near(elapsed.Remainder, 0, 0.05) {
		t.Errorf("elapsed pace: %+v", elapsed)
	}
	if kcal := c.Get(recalc.Calories); !near(kcal.Difference, 0, 0) || !named(kcal, compare.DeviceKept) || kcal.Text != "" {
		t.Errorf("calories: %+v", kcal)
	}
	if d := c.Get(recalc.Distance); !named(d, compare.DistanceSource) || !near(d.Remainder, 0, 0.1) {
		t.Errorf("distance: %+v", d)
	}
}

// The sentence that a runner asks for: figures off the screen of a band against a
// GPX, which holds none.
// The evening run, of which an upload that broke off left the first 20 minutes. What
// lacks is told where it makes the difference, and never as hours per kilometre.
func TestAFileThatLacksAPart(t *testing.T) {
	a := made(t, "evening-run.tcx")
	cut := a.Records[0].Time + 20*60*1000
	for i := range a.Records {
		if a.Records[i].Time > cut {
			a.Records = a.Records[:i]
			break
		}
	}
	a.Pauses = nil // the only one is later
	ours := track(a, recalc.Options{})
	c := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours)})

	m := c.Get(recalc.MovingTime)
	if !near(amount(m, compare.Missing), -679, 0) || !near(m.Remainder, 0, 0) || !strings.Contains(m.Text, "11:19 that the file does not hold") {
		t.Errorf("moving time: %+v", m)
	}
	d := c.Get(recalc.Distance)
	if !near(d.Remainder, 0, 0.01) || amount(d, compare.Missing).Or(0) > -1500 {
		t.Errorf("distance: %+v", d)
	}
	for _, f := range []recalc.Field{recalc.AveragePace, recalc.AverageElapsedPace, recalc.AverageSpeed, recalc.AverageHeartrate} {
		got := c.Get(f)
		if len(got.Causes) != 1 || got.Causes[0].Kind != compare.Missing || got.Causes[0].Amount.Known() || strings.Contains(got.Text, "divides") {
			t.Errorf("%s: %+v", f, got)
		}
	}

	// A minute is what clocks and timers may differ by.
	a = made(t, "evening-run.tcx")
	a.Totals.TimerTime = activity.Of(a.Totals.TimerTime.Or(0) + 59)
	ours = track(a, recalc.Options{})
	c = compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours)})
	if m := c.Get(recalc.MovingTime); named(m, compare.Missing) || !near(m.Remainder, -59, 0) {
		t.Errorf("59 s more: %+v", m)
	}
}

func TestFiguresOffAScreen(t *testing.T) {
	a := made(t, "evening-run.tcx")
	a.Format, a.Pauses, a.Laps, a.Totals = "gpx", nil, nil, activity.Totals{}
	for i := range a.Records {
		a.Records[i].Has &^= activity.Distance
	}
	ours := track(a, recalc.Options{})
	d := ours.Result.Distance.Or(0)
	band := &compare.Account{
		Totals:   activity.Totals{TimerTime: activity.Of(1974), Distance: activity.Of(d), Calories: activity.Of(412)},
		Rounding: map[recalc.Field]float64{recalc.MovingTime: 0.5, recalc.Distance: 50},
	}
	c := compare.Explain(compare.Sides{Ours: &ours, Band: band, Weight: activity.Of(72)})
	pace := c.Get(recalc.AveragePace)
	if want := "The band divides by 32:54 of recording, Strava by 30:20 of movement: 2:34 of standing in 2 places. That is the 30 s/km."; pace.Text != want {
		t.Errorf("%q, want %q", pace.Text, want)
	}
	dist := c.Get(recalc.Distance)
	if !near(amount(dist, compare.EarthRadius), d*(1-6371008.8/6376772.71), 1e-6) || !named(dist, compare.Rounding) || !near(dist.Difference, 0, 1e-9) {
		t.Errorf("distance: %+v", dist)
	}
	if !near(dist.Remainder, -amount(dist, compare.EarthRadius).Or(0), 1e-9) {
		t.Errorf("the remainder is shown, not shared out: %v", dist.Remainder)
	}
	if kcal := c.Get(recalc.Calories); kcal.Difference.Known() {
		t.Errorf("without a weight Strava counts nothing: %+v", kcal)
	}
	// Changing the band's figure changes no cause.
	band.Totals.Distance, band.Totals.TimerTime = activity.Of(d+500), activity.Of(100)
	again := compare.Explain(compare.Sides{Ours: &ours, Band: band, Weight: activity.Of(72)})
	for _, f := range []recalc.Field{recalc.MovingTime, recalc.ElapsedTime, recalc.Distance, recalc.AveragePace, recalc.AverageElapsedPace, recalc.AverageSpeed} {
		x, y := c.Get(f), again.Get(f)
		for i := range x.Causes {
			if x.Causes[i].Amount != y.Causes[i].Amount {
				t.Errorf("%s: the cause %s has looked at the figure that it explains", f, x.Causes[i].Kind)
			}
		}
	}
}

func TestAPaceThatDividesByATimeOfItsOwn(t *testing.T) {
	ours := track(made(t, "evening-run.tcx"), recalc.Options{})
	band := &compare.Account{Totals: activity.Totals{TimerTime: activity.Of(1879), Distance: activity.Of(5000)}, Pace: activity.Of(365)}
	c := compare.Explain(compare.Sides{Ours: &ours, Band: band})
	if d := c.Get(recalc.AveragePace).BandDivisor; !near(d.Seconds, 1825, 1e-9) || d.Name != "a time of its own" {
		t.Errorf("%+v", d)
	}
	band.Pace = activity.Of(376) // 31:20 over 5 km
	c = compare.Explain(compare.Sides{Ours: &ours, Band: band})
	if d := c.Get(recalc.AveragePace).BandDivisor; !near(d.Seconds, 1879, 0) || d.Name != "recording" {
		t.Errorf("%+v", d)
	}
}

// Strava's own figures are what is explained, where they are given.
func TestStravasOwnFigures(t *testing.T) {
	ours := track(made(t, "evening-run.tcx"), recalc.Options{})
	strava := &compare.Account{Totals: activity.Totals{MovingTime: activity.Of(1818), Distance: activity.Of(5002.9), ElapsedTime: activity.Of(1974)}}
	c := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours), Strava: strava})
	m := c.Get(recalc.MovingTime)
	if !near(m.Recalculated, 1820, 0) || !near(m.Strava, 1818, 0) || !near(m.Difference, -61, 0) || !near(m.Remainder, -2, 0) {
		t.Errorf("%+v", m)
	}
	if p := c.Get(recalc.AveragePace); !near(p.Strava, 1818/5.0029, 1e-9) || !near(p.Divisor.Seconds, 1818, 0) {
		t.Errorf("%+v", p)
	}
	// Without a band, they stand against the recalculation.
	c = compare.Explain(compare.Sides{Ours: &ours, Strava: strava})
	if m := c.Get(recalc.MovingTime); !near(m.Difference, -2, 0) || !near(m.Remainder, -2, 0) || len(m.Causes) != 0 {
		t.Errorf("%+v", m)
	}
	if s := c.Get(recalc.MovingTime).Text; s != "The recalculation says 30:20, Strava 30:18: 0:02 less." {
		t.Errorf("%q", s)
	}
}

// A phone that was started 20 s late and stopped 30 s early, with a clock that is an
// hour ahead.
func TestAnotherRecording(t *testing.T) {
	band := made(t, "evening-run.tcx")
	ours := track(band, recalc.Options{})
	phone := *band
	phone.Records = nil
	first, last := band.Records[0].Time+20_000, band.Records[len(band.Records)-1].Time-30_000
	for _, r := range band.Records {
		if r.Time >= first && r.Time <= last {
			r.Time += 3_600_000
			phone.Records = append(phone.Records, r)
		}
	}
	phone.Start, phone.Laps, phone.Tracks, phone.Pauses, phone.Totals = time.Time{}, nil, nil, nil, activity.Totals{}
	theirs := track(&phone, recalc.Options{})
	c := compare.Explain(compare.Sides{Ours: &ours, Other: &theirs, Shift: time.Hour})
	e := c.Get(recalc.ElapsedTime)
	if !near(e.Difference, 50, 0) || !near(amount(e, compare.Start), 20, 0) || !near(amount(e, compare.End), 30, 0) || !near(e.Remainder, 0, 0) {
		t.Errorf("elapsed time: %+v", e)
	}
	m := c.Get(recalc.MovingTime)
	if !near(m.Remainder, 0, 0) || !near(amount(m, compare.Rest), -154, 0) || !near(amount(m, compare.OtherRest), 154, 0) {
		t.Errorf("moving time: %+v", m)
	}
	d := c.Get(recalc.Distance)
	if !near(d.Remainder, 0, 0.2) || !near(amount(d, compare.Start), 20*2.75, 8) || !near(amount(d, compare.End), 30*2.7, 8) {
		t.Errorf("distance: %+v", d)
	}
	if p := c.Get(recalc.AverageElapsedPace); p.BandDivisor.Name != "elapsed time" || p.Divisor.Name != "elapsed time" {
		t.Errorf("elapsed pace: %+v", p)
	}
	if !named(c.Get(recalc.AverageHeartrate), compare.OtherSensor) {
		t.Error("two devices measured the heart")
	}
	rest := m.Causes[len(m.Causes)-1].Stretches
	if len(rest) == 0 || rest[0].From.Sub(band.Start) > time.Hour/2 {
		t.Errorf("the other's rest stands on our clock: %v", rest)
	}
}

func TestTheDevicesTimerIsKept(t *testing.T) {
	a := made(t, "evening-run.tcx")
	a.Format, a.TimerPaused = "fit", true
	a.Totals.ElapsedTime = activity.Of(1974.6)
	ours := track(a, recalc.Options{})
	c := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours)})
	m := c.Get(recalc.MovingTime)
	if !near(m.Difference, 0, 0.99) || !named(m, compare.DeviceKept) || named(m, compare.Rest) {
		t.Errorf("%+v", m)
	}
	if e := c.Get(recalc.AverageElapsedPace); !near(amount(e, compare.DevicePauses), 95/5.003, 0.5) {
		t.Errorf("%+v", e)
	}
}

func TestCounters(t *testing.T) {
	a := made(t, "evening-run.tcx")
	for i := range a.Records {
		a.Records[i].Distance += 120 // the counter did not begin at 0
	}
	ours := track(a, recalc.Options{})
	c := compare.Explain(compare.Sides{Ours: &ours, Band: &compare.Account{Totals: activity.Totals{Distance: activity.Of(5123)}}})
	if d := c.Get(recalc.Distance); !near(amount(d, compare.FirstSample), -120, 0.01) || !near(d.Remainder, 0, 2) {
		t.Errorf("%+v", d)
	}
	half := len(a.Records) / 2
	for i := half; i < len(a.Records); i++ {
		a.Records[i].Distance -= 30 // it ran backward
	}
	ours = track(a, recalc.Options{})
	c = compare.Explain(compare.Sides{Ours: &ours, Band: &compare.Account{Totals: activity.Totals{Distance: activity.Of(5093)}}})
	if v, ok := amount(c.Get(recalc.Distance), compare.CounterSteps).Get(); !ok || v < 20 || v > 35 {
		t.Errorf("%+v", c.Get(recalc.Distance))
	}
}

func TestCaloriesOfAGPX(t *testing.T) {
	a := made(t, "evening-run.tcx")
	a.Format, a.Laps = "gpx", nil
	a.Findings = append(a.Findings, finding.New(finding.TCXCaloriesPlace, finding.Place{}, ""))
	ours := track(a, recalc.Options{Athlete: recalc.Athlete{Weights: []recalc.Weight{{Kg: 72}}}})
	c := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours), Weight: activity.Of(72)})
	f := c.Get(recalc.Calories)
	if !named(f, compare.CalorieModel) || amount(f, compare.CalorieModel).Known() || !named(f, compare.GradeModel) || !named(f, compare.DeviceKept) {
		t.Errorf("%+v", f)
	}
	if !strings.Contains(f.Causes[0].Text, "for 72.0 kg") {
		t.Errorf("%q", f.Causes[0].Text)
	}
}

// A row of an archive has no track: its figures stand, and no cause is made up.
func TestARowWithoutATrack(t *testing.T) {
	a := activity.Activity{Format: "zepp", Sport: activity.Run, Start: noon, Totals: activity.Totals{TimerTime: activity.Of(1879), Distance: activity.Of(5003)}}
	ours := track(&a, recalc.Options{})
	c := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours), Strava: &compare.Account{Totals: activity.Totals{MovingTime: activity.Of(1820)}}})
	if m := c.Get(recalc.MovingTime); !near(m.Difference, -59, 0) || len(m.Causes) != 0 || !near(m.Remainder, -59, 0) {
		t.Errorf("%+v", m)
	}
	if d := c.Get(recalc.Distance); d.Difference.Known() || !near(d.Band, 5003, 0) {
		t.Errorf("%+v", d)
	}
	if c.Get(recalc.AverageHeartrate) != nil {
		t.Error("nobody gives a heart rate")
	}
}

func TestImperialSentences(t *testing.T) {
	ours := track(made(t, "evening-run.tcx"), recalc.Options{})
	c := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours), Imperial: true})
	if s := c.Get(recalc.AveragePace).Text; !strings.Contains(s, "That is the 19 s/mi.") {
		t.Errorf("%q", s)
	}
}

func TestSummary(t *testing.T) {
	ours := track(made(t, "evening-run.tcx"), recalc.Options{})
	c := compare.Explain(compare.Sides{Ours: &ours, Band: compare.Own(&ours)})
	var s compare.Summary
	if got := s.Typical(recalc.MovingTime); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	for range 3 {
		s.Add(&c)
	}
	got := s.Typical(recalc.MovingTime)
	want := []compare.Typical{
		{Field: recalc.MovingTime, Kind: compare.Difference, Count: 3, Median: activity.Of(-59)},
		{Field: recalc.MovingTime, Kind: compare.DevicePauses, Count: 3, Median: activity.Of(95)},
		{Field: recalc.MovingTime, Kind: compare.Rest, Count: 3, Median: activity.Of(-154)},
		{Field: recalc.MovingTime, Kind: compare.Remainder, Count: 3, Median: activity.Of(0)},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

// Whatever stands on the two sides, the causes and the remainder are the
// difference, all of it is finite, and Explain does not end the program.
func TestTheSumIsTheDifference(t *testing.T) {
	var tracks []compare.Track
	for _, name := range []string{"evening-run.tcx", "power-ride.tcx", "brick.tcx", "dialects/treadmill.tcx", "dialects/unband.tcx", "zepp-cloud/run_detail.json", "mshealth/run.json", "gpx/evening-run.gpx"} {
		if _, err := os.Stat(filepath.Join("..", "..", "testdata", filepath.FromSlash(name))); err != nil {
			continue
		}
		a := made(t, name)
		for _, o := range []recalc.Options{{}, {Sport: activity.Ride}, {Policy: recalc.Policy{Kind: recalc.Timer}}} {
			tracks = append(tracks, track(a, o))
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	value := func() activity.Value {
		switch r.IntN(5) {
		case 0:
			return activity.Value{}
		case 1:
			return activity.Of(math.Exp(r.Float64()*700 - 350))
		}
		return activity.Of(r.Float64() * 5000)
	}
	account := func() *compare.Account {
		if r.IntN(4) == 0 {
			return nil
		}
		return &compare.Account{Pace: value(), Totals: activity.Totals{
			TimerTime: value(), MovingTime: value(), ElapsedTime: value(), Distance: value(), AverageSpeed: value(), MaxSpeed: value(), Calories: value(), Ascent: value(), AverageHeartRate: value(),
		}}
	}
	for range 3000 {
		s := compare.Sides{Ours: &tracks[r.IntN(len(tracks))], Band: account(), Strava: account(), Weight: value()}
		if r.IntN(3) == 0 {
			s.Other, s.Shift = &tracks[r.IntN(len(tracks))], time.Duration(r.IntN(50)-25)*time.Hour/2
		}
		c := compare.Explain(s)
		for _, f := range c.Figures {
			d, ok := f.Difference.Get()
			if !ok {
				if f.Remainder.Known() || len(f.Causes) > 0 || f.Text != "" {
					t.Fatalf("an explanation of nothing: %+v", f)
				}
				continue
			}
			sum := f.Remainder.Or(math.NaN())
			for _, cause := range f.Causes {
				sum += cause.Amount.Or(0)
				if cause.Text == "" {
					t.Fatalf("%s: %s has no sentence", f.Field, cause.Kind)
				}
			}
			if !(math.Abs(sum-d) <= 1e-6*math.Max(1, math.Abs(d))) {
				t.Fatalf("%s: causes and remainder make %v of %v", f.Field, sum, d)
			}
		}
	}
}
