package activity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// track returns a made-up run in the ocean.
func track() activity.Activity {
	begin := time.Date(2019, time.March, 2, 9, 0, 0, 0, time.UTC)
	a := activity.Activity{Sport: activity.Run, Start: begin}
	for i := range 120 {
		a.Records = append(a.Records, activity.Record{
			Time: begin.Add(time.Duration(i) * time.Second).UnixMilli(), Lat: -38.5 + float64(i)*1e-4, Lon: -12.25,
			HeartRate: 120, Distance: float64(i) * 3, Has: activity.Time | activity.Position | activity.HeartRate | activity.Distance,
		})
	}
	return a
}

func indoor() activity.Activity {
	a := track()
	for i := range a.Records {
		a.Records[i].Has &^= activity.Position
	}
	return a
}

// The values are frozen: journals of users hold them. A change here uploads
// everybody's workouts again.
func TestFingerprintIsFrozen(t *testing.T) {
	summary := activity.Activity{
		Sport: activity.Swim, Start: time.Date(2019, time.March, 2, 9, 0, 0, 0, time.UTC),
		Totals: activity.Totals{ElapsedTime: activity.Of(1800), Distance: activity.Of(1499.6)},
	}
	for name, c := range map[string]struct {
		activities []activity.Activity
		want       string
	}{
		"with positions":    {[]activity.Activity{track()}, "1:7d0ff299fc5efe0279f71c7d615fbd1ab0e69dae448cf368f057f8ede02e7d28"},
		"without positions": {[]activity.Activity{indoor()}, "1:604c5f123a841ff0a77c6100b1c8a2587a84f2a4187c5b84daf276de2e5fca76"},
		"totals only":       {[]activity.Activity{summary}, "1:2873f56b6c91927a443345cf348fee95b8061cc48fe902d9372dd8a86bcc6df0"},
		"two in a file":     {[]activity.Activity{track(), summary}, "1:44083e2be82dab9cf6097133ba562e472b4859906b70c9d02d62f42f47dd3bff"},
		"nothing":           {[]activity.Activity{{}}, ""},
		"no activity":       {nil, ""},
	} {
		if got := activity.Fingerprint(c.activities); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFingerprintIgnoresWhatDecodersMayLearn(t *testing.T) {
	want := activity.Fingerprint([]activity.Activity{track()})
	for name, change := range map[string]func(*activity.Activity){
		"other sensors":               func(a *activity.Activity) { a.Records[5].HeartRate = 0; a.Records[6].Has |= activity.Power },
		"laps and pauses":             func(a *activity.Activity) { a.Laps = make([]activity.Lap, 3); a.Pauses = make([]activity.Pause, 1) },
		"a name and a device":         func(a *activity.Activity) { a.Name, a.Device.Name = "Morning", "Band" },
		"another sport of the family": func(a *activity.Activity) { a.Sport = activity.TrailRun },
		"a start of another source":   func(a *activity.Activity) { a.Start = a.Start.Add(-3 * time.Second) },
		"fractions of seconds":        func(a *activity.Activity) { a.Records[7].Time += 400 },
		"more digits of a position":   func(a *activity.Activity) { a.Records[7].Lat += 2e-6 },
		"another order":               func(a *activity.Activity) { a.Records[3], a.Records[4] = a.Records[4], a.Records[3] },
		"a double":                    func(a *activity.Activity) { a.Records = append(a.Records, a.Records[119]) },
		"a record without a position": func(a *activity.Activity) {
			a.Records = append(a.Records, activity.Record{Time: a.Records[119].Time + 1000, Has: activity.Time})
		},
	} {
		a := track()
		change(&a)
		if got := activity.Fingerprint([]activity.Activity{a}); got != want {
			t.Errorf("%s: the fingerprint differs", name)
		}
	}
}

func TestFingerprintTellsWorkoutsApart(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(*activity.Activity){
		"as it is":        func(*activity.Activity) {},
		"another family":  func(a *activity.Activity) { a.Sport = activity.Ride },
		"a second later":  func(a *activity.Activity) { a.Records[0].Time -= 1000 },
		"a metre beside":  func(a *activity.Activity) { a.Records[9].Lon += 1e-5 },
		"a point less":    func(a *activity.Activity) { a.Records = a.Records[1:] },
		"no position":     func(a *activity.Activity) { *a = indoor() },
		"indoors, longer": func(a *activity.Activity) { *a = indoor(); a.Records[119].Distance++ },
	} {
		a := track()
		change(&a)
		f := activity.Fingerprint([]activity.Activity{a})
		if !strings.HasPrefix(f, "1:") || len(f) != 66 {
			t.Errorf("%s: %q", name, f)
		}
		if other, twice := seen[f]; twice {
			t.Errorf("%q and %q have one fingerprint", name, other)
		}
		seen[f] = name
	}
}

func TestMetres(t *testing.T) {
	a := track()
	if d, ok := a.Metres().Get(); !ok || d != 357 {
		t.Errorf("%v, %v", d, ok)
	}
	a.Records, a.Totals.Distance = nil, activity.Of(12)
	if d, ok := a.Metres().Get(); !ok || d != 12 {
		t.Errorf("of the totals: %v, %v", d, ok)
	}
	if (&activity.Activity{}).Metres().Known() {
		t.Error("a distance out of nothing")
	}
}
