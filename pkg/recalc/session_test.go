package recalc

import (
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// From May 2019 to May 2020 Strava showed the session's own average heart rate,
// and until the end of 2019 its ascent, whatever the records said.
func TestSessionsThatStravaBelieved(t *testing.T) {
	for _, c := range []struct {
		name          string
		day           time.Time
		format        string
		heart, ascent bool // taken from the session
	}{
		{"before", time.Date(2019, time.April, 27, 23, 0, 0, 0, time.UTC), "fit", false, false},
		{"at the beginning", time.Date(2019, time.April, 28, 1, 0, 0, 0, time.UTC), "fit", true, true},
		{"in the new year only heart rate", time.Date(2020, time.January, 4, 1, 0, 0, 0, time.UTC), "fit", true, false},
		{"afterwards", time.Date(2020, time.May, 22, 0, 0, 0, 0, time.UTC), "fit", false, false},
		{"never from a TCX", time.Date(2019, time.July, 1, 0, 0, 0, 0, time.UTC), "tcx", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := recorded()
			a.Format = c.format
			for i := range a.Records {
				a.Records[i].HeartRate, a.Records[i].Has = 150, a.Records[i].Has|activity.HeartRate
			}
			a.Totals.AverageHeartRate = activity.Of(141)
			r := Recalculate(a, Options{Uploaded: c.day})
			if got := r.AverageHeartrate.Or(-1); got != map[bool]float64{true: 141, false: 150}[c.heart] {
				t.Errorf("%v bpm", got)
			}
			if got := r.TotalElevationGain.Or(-1); (got == 33) != c.ascent {
				t.Errorf("%v m of climbing", got)
			}
			if past := c.heart || c.ascent; past != (len(r.Findings) == 1 && r.Findings[0].Code == finding.PastRules) {
				t.Errorf("findings %v", r.Findings)
			}
		})
	}
}

func TestAHeartRateThatNobodyMeasuredIsNotShown(t *testing.T) {
	a := recorded()
	a.Totals.AverageHeartRate = activity.Of(141)
	r := Recalculate(a, Options{Uploaded: time.Date(2019, time.July, 1, 0, 0, 0, 0, time.UTC)})
	if r.AverageHeartrate.Known() {
		t.Errorf("%v bpm without a single sample", r.AverageHeartrate)
	}
}
