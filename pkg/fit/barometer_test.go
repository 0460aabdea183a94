package fit

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

func TestBarometric(t *testing.T) {
	for _, tt := range []struct {
		device                string
		manufacturer, product int
		name                  string
		want                  bool
	}{
		{"fenix3", 1, 2050, "", true},
		{"fenix3, its Chinese edition", 1, 2188, "", true},
		{"fenix6S, which the profile writes in two ways", 1, 3288, "", true},
		{"edge_130, which the profile begins with a capital", 1, 2909, "", true},
		{"edge500, of 2010", 1, 1036, "", true},
		{"fr235: none", 1, 2431, "", false},
		{"fr245_music: none", 1, 3077, "", false},
		{"edge_explore: none, though named like an Edge", 1, 3011, "", false},
		{"venusq: none, though named like a Venu", 1, 3600, "", false},
		{"a product that the profile does not have yet", 1, 60000, "", false},
		{"Suunto 9 Peak", 23, 42, "", true},
		{"Suunto Ambit2 S: none", 23, 20, "", false},
		{"Wahoo ELEMNT BOLT", 32, 31, "", true},
		{"a Wahoo by its name", 32, 60, "ELEMNT ACE", true},
		{"a name of Wahoo's from another maker", 255, 60, "ELEMNT ACE", false},
		{"Wahoo's phone app", 32, 0, "FITNESS", false},
		{"Polar Vantage V2", 123, 230, "", true},
		{"Polar M430: none", 123, 163, "", false},
		{"Zwift", 260, 0, "", true},
		{"Strava's watch app", 265, 1157, "", true},
		{"another app of Strava's", 265, 1155, "", false},
		{"COROS PACE 3", 294, 804, "", true},
		{"Runkeeper", 255, 15706, "", false},
		{"who does not say who it is", -1, 0, "", false},
	} {
		if got := barometric(tt.manufacturer, tt.product, tt.name); got != tt.want {
			t.Errorf("%s (%d/%d): %v", tt.device, tt.manufacturer, tt.product, got)
		}
	}
}

func TestBarometersAreInTheProfile(t *testing.T) {
	for _, b := range barometers {
		if name(manufacturers, b.manufacturer) == "" {
			t.Errorf("no manufacturer %d", b.manufacturer)
		}
	}
	for _, f := range families {
		found := false
		for line := range strings.Lines(garminProducts) {
			number, _, _ := strings.Cut(line, " ")
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(line, err)
			}
			lower := strings.ToLower(product(garmin, n))
			found = found || lower == f || strings.HasPrefix(lower, f+"_")
		}
		if !found {
			t.Errorf("no product of Garmin's is a %q", f)
		}
	}
}

// tells reports whether a recording tells of a barometer.
func tells(a *activity.Activity) bool {
	for i := range a.Devices {
		if a.Devices[i].Kind == barometer {
			return true
		}
	}
	return false
}

// Whatever tells of a barometer is of one of the families, and where Strava's
// ascent is known it is the device's, whichever family it is of. New watches were
// not on Strava's list in their first week.
func TestFamiliesAgreeWithRealFiles(t *testing.T) {
	const inFirstWeek = 3291 // fenix6x
	told, same := map[int]bool{}, 0
	for _, e := range codectest.Corpus(t, "fit") {
		if strings.HasPrefix(e.File, "adversarial/") {
			continue
		}
		f, err := Decode(t.Context(), bytes.NewReader(e.Data(t)), Options{})
		if err != nil || len(f.Activities) != 1 {
			continue // nothing to learn from
		}
		a := &f.Activities[0]
		if number := a.Device.Product; a.Device.Manufacturer == "garmin" && tells(a) {
			told[number] = true
			if !barometric(garmin, number, "") {
				t.Errorf("%s: %q tells of a barometer", e.File, product(garmin, number))
			}
		}
		var peers []struct {
			Gain *float64 `json:"strava_elev_gain_m"`
		}
		e.Peers(t, &peers)
		for _, p := range peers {
			if p.Gain == nil || !a.Device.Barometric || a.Device.Product == inFirstWeek {
				continue
			}
			if same++; a.Totals.Ascent.Or(-1) != *p.Gain {
				t.Errorf("%s, by %q: %v m, on Strava %v m", e.File, a.Device.Name, a.Totals.Ascent, *p.Gain)
			}
		}
	}
	if t.Logf("%d products tell, the ascent of %d recordings is known", len(told), same); len(told) < 15 || same < 4 {
		t.Error("there were more")
	}
}

// What a Garmin tells of itself decides whether Strava takes its altitudes, and
// those of virtual workouts it takes from everybody. That they were taken shows in
// the lowest and the highest.
func TestWhoseAltitudesStravaTakes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some hundred files")
	}
	const (
		low, high = 19, 20 // columns
		rounding  = 0.35   // m: FIT keeps fifths of a metre
		fenix2    = 1967   // of 2014: older than telling
	)
	const mute, telling, virtual = 0, 1, 2
	var seen [3]struct {
		took, of           int
		products, athletes map[string]bool
	}
	for i := range seen {
		seen[i].products, seen[i].athletes = map[string]bool{}, map[string]bool{}
	}
	for _, w := range codectest.Truths(t, "fit") {
		f, err := Decode(t.Context(), bytes.NewReader(w.Data(t)), Options{})
		if err != nil || len(f.Activities) != 1 {
			continue
		}
		a := &f.Activities[0]
		lowest, err1 := strconv.ParseFloat(w.Row[low], 64)
		highest, err2 := strconv.ParseFloat(w.Row[high], 64)
		s := &seen[mute]
		switch {
		case a.Sport == activity.VirtualRide || a.Sport == activity.VirtualRun:
			s = &seen[virtual]
		case a.Device.Manufacturer != "garmin" || a.Device.Product == fenix2:
			continue
		case tells(a):
			s = &seen[telling]
		}
		least, most := math.Inf(1), math.Inf(-1)
		for k := range a.Records {
			if r := &a.Records[k]; r.Has&activity.Altitude != 0 {
				least, most = min(least, r.Altitude), max(most, r.Altitude)
			}
		}
		if least > most || err1 != nil || err2 != nil {
			continue
		}
		s.of++
		s.products[a.Device.Manufacturer+strconv.Itoa(a.Device.Product)], s.athletes[w.Row[1]] = true, true
		if math.Abs(least-lowest) <= rounding && math.Abs(most-highest) <= rounding {
			s.took++
		}
	}
	for i, what := range []string{"do not tell", "tell", "are virtual"} {
		t.Logf("%d recordings of %d products by %d athletes %s; of %d Strava took the altitudes", seen[i].of, len(seen[i].products), len(seen[i].athletes), what, seen[i].took)
	}
	if s := seen[telling]; s.of < 300 || s.took*100 < 95*s.of {
		t.Error("Strava does not believe a barometer that is told of")
	}
	if s := seen[mute]; s.of < 100 || s.took > 0 {
		t.Error("Strava believes one that is not")
	}
	if s := seen[virtual]; s.of < 100 || s.took < s.of {
		t.Error("Strava looks up where no world is")
	}
}
