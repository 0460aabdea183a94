package fit_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

// observed are the facts of the manifest that a tolerant reader counted.
type observed struct {
	Records  int      `json:"records"`
	Located  int      `json:"records_with_pos"`
	Sessions int      `json:"sessions"`
	Laps     int      `json:"laps"`
	Elapsed  *float64 `json:"session_elapsed_s"`
	Timer    *float64 `json:"session_timer_s"`
	Distance *float64 `json:"session_distance_m"`
	Calories *float64 `json:"session_calories"`
}

// Where this reader means to differ from the counting of the manifest, and why.
var differ = map[string]string{
	"elevate/noroeste.fit":                                 "located 7251, want 7258: seven are at 0,0",
	"muktihari-fit/Activity.fit":                           "located 3600, want 3601: one is at 0,0",
	"muktihari-fit/ActivityDevFields.fit":                  "located 3600, want 3601: one is at 0,0",
	"muktihari-fit/chained_Activity_activity_poolswim.fit": "located 3600, want 3601: one is at 0,0",
	"muktihari-fit/TestEncode.fit":                         "records 0, want 1: it has no time",
	"runalyze/swim-25m-lane.fit":                           "records 0, want 78: none has a time",
	"tormoder-fit/DeveloperData.fit":                       "records 0, want 3: none has a time",
}

// Files of which nothing can be made, and what must be said of them.
var hopeless = map[string]finding.Code{
	"adversarial/fit_header_only.fit":     finding.FITTruncated,
	"adversarial/fit_html_error_page.fit": finding.FITSignature,
	"elevate/._empty.fit":                 finding.FITSignature,
}

// Deliberately broken or odd files, and how the defect must be named.
var named = map[string]struct {
	code     finding.Code
	severity finding.Severity
}{
	"adversarial/fit_bad_file_crc.fit":                       {finding.FITCRC, finding.Error},
	"adversarial/fit_bitflip_middle.fit":                     {finding.FITCRC, finding.Error},
	"adversarial/fit_chained_activity_activity.fit":          {finding.FITChained, finding.Info},
	"adversarial/fit_chained_activity_settings.fit":          {finding.FITChained, finding.Info},
	"adversarial/fit_chained_settings_activity.fit":          {finding.FITChained, finding.Info},
	"adversarial/fit_data_size_huge.fit":                     {finding.FITSize, finding.Error},
	"adversarial/fit_huge_definition.fit":                    {finding.FITMalformed, finding.Error},
	"adversarial/fit_trailing_garbage.fit":                   {finding.FITTrailing, finding.Info},
	"adversarial/fit_truncated_no_crc.fit":                   {finding.FITCRCMissing, finding.Error},
	"adversarial/fit_undefined_local_at_end.fit":             {finding.FITMalformed, finding.Error},
	"tormoder-fit/activity-activity-filecrc.fit":             {finding.FITCRC, finding.Error},
	"tormoder-fit/activity-filecrc.fit":                      {finding.FITCRC, finding.Error},
	"tormoder-fit/activity-settings-corruptheader.fit":       {finding.FITTrailing, finding.Info},
	"tormoder-fit/activity-settings-nodata.fit":              {finding.FITTruncated, finding.Error},
	"tormoder-fit/activity-unexpected-eof.fit":               {finding.FITTruncated, finding.Error},
	"tormoder-fit/antfs-dump.63.fit":                         {finding.FITTimeRelative, finding.Error},
	"python-fitparse/nick.fit":                               {finding.FITMalformed, finding.Error},
	"python-fitparse/strava-android-app-201.10-b1218918.fit": {finding.FITMalformed, finding.Error},
	"runalyze/swim-25m-lane.fit":                             {finding.FITTimeMissing, finding.Warning},
	"elevate/noroeste.fit":                                   {finding.FITPositionZero, finding.Warning},
	"gpsbabel/fitwrite-track.fit":                            {finding.FITType, finding.Error},
	"runalyze/One-second-jump-to-past.fit":                   {finding.FITTimeBackward, finding.Warning},
	"misc-wild/7347645438.fit":                               {finding.FITTimeDouble, finding.Info},
	"muktihari-fit/WithGearChangeData.fit":                   {finding.FITNoSession, finding.Warning},
}

// Sound files that other programs refuse: nothing may be said about their framing.
var faultless = []string{"adversarial/fit_12byte_header_ok.fit", "runalyze/Standard.fit", "runalyze/Fenix-2.fit"}

func findings(f activity.File) []finding.Finding {
	out := slices.Clone(f.Findings)
	for i := range f.Activities {
		out = append(out, f.Activities[i].Findings...)
	}
	return out
}

func codes(f activity.File) []finding.Code {
	var out []finding.Code
	for _, x := range findings(f) {
		out = append(out, x.Code)
	}
	return out
}

func TestCorpus(t *testing.T) {
	seen := map[string]bool{}
	read, refused, records := 0, 0, 0
	for _, e := range codectest.Corpus(t, "fit") {
		file := e.File
		seen[file] = true
		t.Run(file, func(t *testing.T) {
			var want observed
			e.Observed(t, &want)
			f, err := fit.Decode(context.Background(), bytes.NewReader(e.Data(t)), fit.Options{})
			code, lost := hopeless[file]
			if !lost && want.Records == 0 && want.Sessions == 0 {
				code, lost = finding.FITEmpty, true
			}
			if lost {
				if err == nil || finding.CodeOf(err) != code {
					t.Errorf("error %v, want %s", err, code)
				}
				refused++
				return
			}
			if err != nil {
				t.Fatal(finding.CodeOf(err), err)
			}
			read++
			for i := range f.Activities {
				codectest.Sound(t, &f.Activities[i])
				records += len(f.Activities[i].Records)
			}
			compare(t, file, want, f)
			if want, ok := named[file]; ok {
				found := slices.ContainsFunc(findings(f), func(x finding.Finding) bool { return x.Code == want.code && x.Severity == want.severity })
				if !found {
					t.Errorf("findings %v, want %s %s among them", codes(f), want.severity, want.code)
				}
			}
			if slices.Contains(faultless, file) && len(f.Findings) > 0 {
				for _, x := range f.Findings {
					if x.Severity > finding.Info {
						t.Errorf("a sound file: %v", x)
					}
				}
			}
		})
	}
	t.Logf("%d files with %d records read, %d refused as they must be", read, records, refused)
	for _, file := range slices.Concat(slices.Collect(maps.Keys(named)), slices.Collect(maps.Keys(hopeless)), slices.Collect(maps.Keys(differ)), faultless) {
		if !seen[file] {
			t.Errorf("%s is not in the corpus", file)
		}
	}
}

// compare holds what was read against the manifest.
func compare(t *testing.T, file string, want observed, f activity.File) {
	t.Helper()
	var records, located, laps, sessions int
	var first *activity.Totals
	for i := range f.Activities {
		a := &f.Activities[i]
		records += len(a.Records)
		laps += len(a.Laps)
		located += a.Sensors()["position"]
		if !slices.ContainsFunc(a.Findings, func(x finding.Finding) bool { return x.Code == finding.FITNoSession }) {
			sessions++
			if first == nil {
				first = &a.Totals
			}
		}
	}
	var diffs []string
	count := func(what string, got, want int) {
		if got != want {
			diffs = append(diffs, fmt.Sprintf("%s %d, want %d", what, got, want))
		}
	}
	count("records", records, want.Records)
	count("located", located, want.Located)
	count("laps", laps, want.Laps)
	count("sessions", sessions, want.Sessions)
	total := func(what string, got activity.Value, want *float64) {
		if want != nil && math.Abs(got.Or(-1)-*want) > 0.0051 {
			diffs = append(diffs, fmt.Sprintf("%s %v, want %v", what, got, *want))
		}
	}
	if first != nil {
		total("elapsed", first.ElapsedTime, want.Elapsed)
		total("timer", first.TimerTime, want.Timer)
		total("distance", first.Distance, want.Distance)
		total("calories", first.Calories, want.Calories)
	}
	got := strings.Join(diffs, "; ")
	expected, reason, _ := strings.Cut(differ[file], ": ")
	if got != expected {
		t.Errorf("differs in %q, expected %q (%s)\n%v", got, expected, reason, findings(f))
	}
}

// chosen are the sports that Strava shows for another one of the file: athletes
// changed them by hand, or recorded them before Strava had the sport.
var chosen = map[string]bool{
	"TrailRun is Run": true, "MountainBikeRide is Ride": true, "VirtualRide is Ride": true, "Run is NordicSki": true, "Walk is Hike": true,
}

// All real files are read, and their sport is that which Strava shows for them.
func TestTruth(t *testing.T) {
	files, records, timed, paused := 0, 0, 0, 0
	agree, silent, other := map[string]int{}, 0, 0
	worst := map[finding.Code]int{}
	for _, w := range codectest.Truths(t, "fit") {
		f, err := fit.Decode(context.Background(), bytes.NewReader(w.Data(t)), fit.Options{})
		if err != nil || len(f.Activities) == 0 {
			t.Errorf("%s: %v", w.File, err)
			continue
		}
		files++
		sport, want := string(f.Activities[0].Sport), strings.ReplaceAll(w.Sport, " ", "")
		switch {
		case sport == want:
			agree[sport]++
		case sport == "":
			silent++
		default:
			if other++; !chosen[sport+" is "+want] {
				t.Errorf("%s: %s (%s), Strava shows %s", w.File, sport, f.Activities[0].RawSport, w.Sport)
			}
		}
		for i := range f.Activities {
			a := &f.Activities[i]
			codectest.Sound(t, a)
			records += len(a.Records)
			if a.Totals.TimerTime.Known() {
				timed++
			}
			if a.TimerPaused {
				paused++
			}
		}
		for _, x := range findings(f) {
			worst[x.Code]++
			if x.Severity == finding.Error {
				t.Logf("%s: %v", w.File, x)
			}
		}
	}
	t.Logf("%d files with %d records read; %d workouts with a timer, %d with pauses", files, records, timed, paused)
	t.Log(worst)
	t.Logf("sports agree %v; %d files name none that Strava has; %d were changed by their athletes", agree, silent, other)
	if other > 30 || silent > 10 {
		t.Error("that is too many")
	}
}
