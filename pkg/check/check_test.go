package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/finding"
)

// judge returns the findings on one activity.
func judge(a activity.Activity, o check.Options, file ...finding.Finding) []string {
	var c check.Checker
	if o.Now.IsZero() {
		o.Now = now
	}
	return words(c.File(&activity.File{Activities: []activity.Activity{a}, Findings: file}, o))
}

func sound() activity.Activity {
	return activity.Activity{Format: "tcx", Sport: activity.Run, RawSport: "Running", Start: start, Records: walk(120)}
}

func TestWhatTheWholeShows(t *testing.T) {
	moved := func(a *activity.Activity, to time.Time) {
		by := to.Sub(start).Milliseconds()
		for i := range a.Records {
			a.Records[i].Time += by
		}
		a.Start = to
	}
	for _, tt := range []struct {
		name   string
		change func(a *activity.Activity)
		o      check.Options
		want   []string
	}{
		{name: "nothing"},
		{name: "the future", change: func(a *activity.Activity) { moved(a, now.AddDate(1, 0, 0)) }, want: []string{"error time.future"}},
		{name: "an end in the future", change: func(a *activity.Activity) { a.Records[119].Time = now.AddDate(9, 0, 0).UnixMilli() }, want: []string{"error time.future"}},
		{name: "weeks that began anew", change: func(a *activity.Activity) { moved(a, time.Date(1999, 8, 22, 9, 0, 0, 0, time.UTC)) }, want: []string{"error time.rollover"}},
		{name: "a clock that stands", change: func(a *activity.Activity) {
			for i := range a.Records {
				a.Records[i].Time = a.Records[0].Time
			}
		}, want: []string{"error time.standstill"}},
		{name: "spikes of all kinds", change: func(a *activity.Activity) {
			a.Records[9].Lat += .1
			a.Records[19].Altitude = 2000
			a.Records[29].HeartRate = 255
			a.Records[39].HeartRate = 250
		}, want: []string{"warning position.spike", "warning altitude.spike", "warning heartrate.invalid", "warning heartrate.spike"}},
		{name: "two legs", change: func(a *activity.Activity) {
			for i := range a.Records {
				a.Records[i].Cadence *= 2
			}
		}, want: []string{"warning cadence.doubled"}},
		{name: "two legs of a cyclist", change: func(a *activity.Activity) {
			for i := range a.Records {
				a.Records[i].Cadence *= 2
			}
		}, o: check.Options{Sport: activity.Ride}},
		{name: "claims that the samples contradict", change: func(a *activity.Activity) {
			a.Totals.Distance, a.Totals.TimerTime = activity.Of(5000), activity.Of(1800)
		}, want: []string{"warning totals.distance", "warning totals.time"}},
		{name: "claims that are near enough", change: func(a *activity.Activity) {
			a.Totals.Distance, a.Totals.TimerTime = activity.Of(400), activity.Of(150)
		}},
		{name: "a claim of less time is a pause", change: func(a *activity.Activity) { a.Totals.TimerTime = activity.Of(20) }},
		{name: "a barometer that nobody knows", change: func(a *activity.Activity) { a.Device.Name = "Microsoft Band 2" }, want: []string{"info device.barometer"}},
		{name: "FIT names its devices by number", change: func(a *activity.Activity) { a.Device.Name, a.Format = "Microsoft Band 2", "fit" }},
		{name: "a barometer without altitudes", change: func(a *activity.Activity) {
			a.Device.Name = "Microsoft Band 2"
			for i := range a.Records {
				a.Records[i].Has &^= activity.Altitude
			}
		}},
		{name: "25 MB", o: check.Options{Size: check.MaxUpload}},
		{name: "a byte more", o: check.Options{Size: check.MaxUpload + 1}, want: []string{"error file.oversize"}},
		{name: "no record at all", change: func(a *activity.Activity) { a.Records = nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := sound()
			if tt.change != nil {
				tt.change(&a)
			}
			if diff := cmp.Diff(tt.want, judge(a, tt.o)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// What the codecs and the recalculation found counts, too, the worst first; what
// Strava did in the past is no defect.
func TestAllFindingsCount(t *testing.T) {
	a := sound()
	a.Findings = []finding.Finding{finding.New(finding.TCXTimeDouble, finding.Place{}, ""), finding.New(finding.TCXHeartRateZero, finding.AtLine(3), "")}
	got := judge(a, check.Options{}, finding.New(finding.XMLLeading, finding.Place{}, ""), finding.New(finding.XMLTruncated, finding.Place{}, ""))
	want := []string{"error xml.truncated", "warning tcx.heartrate.zero", "info xml.leading", "info tcx.time.double"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	old := sound()
	by := time.Date(2012, 3, 2, 9, 0, 0, 0, time.UTC).Sub(start).Milliseconds()
	for i := range old.Records {
		old.Records[i].Time += by
	}
	old.Start = time.UnixMilli(old.Records[0].Time)
	if got := judge(old, check.Options{}); len(got) > 0 {
		t.Errorf("a run of 2012: %v", got)
	}
}

func TestSayingTheSportSettlesIt(t *testing.T) {
	a := sound()
	a.Sport, a.RawSport = "", "Other"
	a.Findings = []finding.Finding{finding.New(finding.TCXSportUnknown, finding.Place{}, "")}
	if got := judge(a, check.Options{}); !slices.Contains(got, "warning tcx.sport.unknown") {
		t.Errorf("without: %v", got)
	}
	if got := judge(a, check.Options{Sport: activity.Run}); len(got) > 0 {
		t.Errorf("with: %v", got)
	}
	fast := sound()
	for i := range fast.Records {
		fast.Records[i].Lat = -38.5 + float64(i)*135e-6 // 15 m/s
	}
	if got := judge(fast, check.Options{}); !slices.Contains(got, "warning sport.toofast") {
		t.Errorf("a run of 54 km/h: %v", got)
	}
}

func TestVerdictsOfManyActivities(t *testing.T) {
	var c check.Checker
	f := activity.File{
		Activities: []activity.Activity{sound(), sound()},
		Findings:   []finding.Finding{finding.New(finding.FITCRC, finding.Place{}, "")},
	}
	f.Activities[1].Records[9].Lat += .1
	vs := c.File(&f, check.Options{Now: now})
	if len(vs) != 2 || len(vs[0].Findings) != 1 || len(vs[1].Findings) != 2 {
		t.Fatalf("verdicts %v", vs)
	}
	if worst, ok := vs[0].Worst(); worst != finding.Error || !ok || vs[1].Sport != activity.Run || !vs[1].Start.Equal(start) {
		t.Errorf("the verdict is %+v", vs[1])
	}
	if len(f.Findings) != 1 || len(f.Activities[0].Findings) != 0 {
		t.Error("the file was changed")
	}
}

// A file in which nothing can be read is judged where that is its own fault.
func TestFailuresOfTheFile(t *testing.T) {
	for _, d := range finding.Catalogue() {
		local := d.Strava == "" && d.Severity == finding.Error || strings.HasPrefix(string(d.Code), "zip.") ||
			d.Code == finding.TooLarge || d.Code == finding.Internal || strings.HasPrefix(string(d.Code), "output.")
		if d.Severity == finding.Error && !local && !check.OfTheFile(d.Code) {
			t.Errorf("%s is not for a check to judge", d.Code)
		}
	}
	for _, code := range []finding.Code{finding.NotFound, finding.Unreadable, finding.ZipPassword, finding.Internal, finding.TooLarge} {
		if check.OfTheFile(code) {
			t.Errorf("%s says nothing of what Strava would do", code)
		}
	}
	v := check.Failed(finding.Fail(finding.GPXEmpty, finding.Place{}, "", nil))
	if worst, _ := v.Worst(); worst != finding.Error || len(v.Findings) != 1 {
		t.Errorf("verdict %+v", v)
	}
}
