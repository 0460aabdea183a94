package activity_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
)

func TestSportsAreThe56OfStrava(t *testing.T) {
	sports := activity.Sports()
	if len(sports) != 56 {
		t.Errorf("%d sports", len(sports))
	}
	folded := make([]string, len(sports))
	for i, s := range sports {
		folded[i] = strings.ToLower(string(s))
	}
	if !slices.IsSorted(folded) || len(slices.Compact(folded)) != len(sports) {
		t.Error("the sports are not in alphabetical order, or one stands twice")
	}
}

func TestNamedSportsAreSportsOfStrava(t *testing.T) {
	for _, s := range []activity.Sport{
		activity.Run, activity.TrailRun, activity.VirtualRun, activity.Walk, activity.Hike, activity.Ride,
		activity.MountainBikeRide, activity.GravelRide, activity.EBikeRide, activity.EMountainBike, activity.VirtualRide,
		activity.Velomobile, activity.Handcycle, activity.Swim, activity.Workout,
	} {
		if !slices.Contains(activity.Sports(), s) {
			t.Errorf("%q is not in the list", s)
		}
	}
}

func TestParseSport(t *testing.T) {
	for _, c := range []struct {
		in   string
		want activity.Sport
	}{
		{"TrailRun", activity.TrailRun},
		{"trailrun", activity.TrailRun},
		{"trail run", activity.TrailRun},
		{"TRAIL_RUN", activity.TrailRun},
		{" trail-run ", activity.TrailRun},
		{"e-bike ride", activity.EBikeRide},
		{"", ""},
		{" ", ""},
		{"Running", ""},
		{"trail.run", ""},
	} {
		if got, ok := activity.ParseSport(c.in); got != c.want || ok != (c.want != "") {
			t.Errorf("%q is read as %q, %v; want %q", c.in, got, ok, c.want)
		}
	}
}

func TestEverySportReadsBack(t *testing.T) {
	for _, s := range activity.Sports() {
		if got, ok := activity.ParseSport(string(s)); !ok || got != s {
			t.Errorf("%q is read as %q, %v", s, got, ok)
		}
	}
}

func TestFamilies(t *testing.T) {
	families := map[activity.Family]string{
		activity.RunFamily:  "Run TrailRun VirtualRun",
		activity.WalkFamily: "Hike Walk",
		activity.RideFamily: "EBikeRide EMountainBikeRide GravelRide Handcycle MountainBikeRide Ride Velomobile VirtualRide",
		activity.SwimFamily: "Swim",
	}
	got := map[activity.Family][]string{}
	for _, s := range activity.Sports() {
		got[s.Family()] = append(got[s.Family()], string(s))
	}
	for f, want := range families {
		if members := strings.Join(got[f], " "); members != want {
			t.Errorf("family %d: %s, want %s", f, members, want)
		}
	}
	if f := activity.Sport("").Family(); f != activity.OtherFamily {
		t.Errorf("the unknown sport is in family %d", f)
	}
}

func TestPaceRatherThanSpeed(t *testing.T) {
	for s, want := range map[activity.Sport]bool{
		activity.Run: true, activity.TrailRun: true, activity.Walk: true, activity.Hike: true, activity.Swim: true,
		"Snowshoe": true, activity.Ride: false, "InlineSkate": false, activity.Workout: false, "": false,
	} {
		if s.Foot() != want {
			t.Errorf("%q: %v", s, s.Foot())
		}
	}
}
