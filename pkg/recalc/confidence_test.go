package recalc

import (
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

func TestConfidenceOfAMeasurement(t *testing.T) {
	for _, c := range []struct {
		name string
		m    measurement
		want Confidence
	}{
		{"19 of 20 of two athletes are exact", measurement{19, 20, 2, 1, 0, 0}, Exact},
		{"18 of 20 are not", measurement{18, 20, 2, 1, .001, .001}, Close},
		{"nor where all but one athlete hit less often", measurement{96, 100, 3, .9, 0, .01}, Close},
		{"nor 20 of one athlete", measurement{20, 20, 1, 1, 0, 0}, Close},
		{"nor 19 in all", measurement{19, 19, 2, 1, 0, 0}, Close},
		{"a median error of 3 % is not close", measurement{1, 100, 5, 1, .03, .03}, ""},
		{"four recordings say nothing", measurement{4, 4, 2, 1, 0, 0}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, _ := c.m.confidence(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatNoFileHoldsIsUnknowable(t *testing.T) {
	phone := steady(600, 3)
	phone.Sport, phone.Creator = activity.Run, "StravaGPX Android"
	phone.Findings = []finding.Finding{finding.New(finding.GPXPhone, finding.Place{}, "")}
	r := Recalculate(phone, Options{})
	for _, f := range []Field{MovingTime} {
		if r.Confidence[f] != Unknowable {
			t.Errorf("%s of a phone recording is %q", f, r.Confidence[f])
		}
	}
	r = Recalculate(riding(100, 8, .1), rider(70, Bike{}))
	for _, f := range []Field{AverageWatts, Kilojoules, Calories, TotalElevationGain} {
		if r.Confidence[f] != Unknowable {
			t.Errorf("estimated %s is %q", f, r.Confidence[f])
		}
	}
	if r := Recalculate(phone, Options{Policy: Policy{Kind: Elapsed}}); len(r.Confidence) != 0 {
		t.Error("another policy than Strava's was not measured")
	}
}
