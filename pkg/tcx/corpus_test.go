package tcx_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/codectest"
	"github.com/bandport/bandport/pkg/tcx"
)

// corpus is a collection of real and broken files with what other programs read
// in them. It holds real people's tracks, so it is not part of the project.
const corpus = "../../../shared/corpus"

// observed are the facts of the manifest that a tolerant reader counted.
type observed struct {
	Activities  *int     `json:"activities"`
	Laps        *int     `json:"laps"`
	Trackpoints *int     `json:"trackpoints"`
	Positions   *int     `json:"positions"`
	Seconds     *float64 `json:"lap_total_time_s"`
	Calories    *float64 `json:"lap_calories"`
	Metres      *float64 `json:"lap_distance_m"`
	WellFormed  bool     `json:"wellformed"`
}

// Where this reader means to differ from the counting of the manifest, and why.
var differ = map[string]string{
	"adversarial/tcx_negative_time.tcx":                  "seconds: a negative lap time is unknown",
	"bands/mifitness_summary_20260822Indoor_cycling.tcx": "calories: the manifest adds the total to the active calories",
	"bands/mifitness_trackpoints.tcx":                    "calories: the manifest adds the total to the active calories",
	"tcxparser/single_trackpoint_no_position.tcx":        "trackpoints: the only one has no time",
	"togeojson/bad.tcx":                                  "positions: three of four are 0,0 or no numbers",
	"dblock-tcx/brighton-beach.tcx":                      "activities: courses count, as they do for Strava",
	"gpsbabel/course.tcx":                                "activities: courses count, as they do for Strava",
	"runalyze/Route-only.tcx":                            "activities: courses count, as they do for Strava",
	"togeojson/tcx-courses.tcx":                          "activities: courses count, as they do for Strava",
}

// Files of which nothing can be made, and what must be said of them.
var hopeless = map[string]finding.Code{
	"bipolar/training-sessions-1.all-extensions.tcx": finding.TCXEmpty,
	"dblock-tcx/simple_workout_1.tcx":                finding.TCXEmpty, // a plan of intervals, not a workout
	"fittrackee-inline/tcx_file_wo_activities.tcx":   finding.TCXEmpty,
	"fittrackee-inline/invalid_tcx_file.tcx":         finding.XMLTruncated,
}

// Deliberately broken or odd files, and how the defect must be named.
var named = map[string]struct {
	code     finding.Code
	severity finding.Severity
}{
	"adversarial/tcx_comma_decimals.tcx":                 {finding.TCXNumberComma, finding.Error},
	"adversarial/tcx_negative_time.tcx":                  {finding.TCXLapTime, finding.Warning},
	"adversarial/tcx_no_trackpoints.tcx":                 {finding.TCXNoTrackpoints, finding.Error},
	"adversarial/tcx_sport_missing.tcx":                  {finding.TCXSportMissing, finding.Warning},
	"adversarial/tcx_time_no_zone.tcx":                   {finding.TCXTimeZone, finding.Info},
	"adversarial/tcx_truncated.tcx":                      {finding.XMLTruncated, finding.Error},
	"adversarial/tcx_utf16.tcx":                          {finding.XMLEncoding, finding.Info},
	"bands/mifitness_run.tcx":                            {finding.TCXHeartRateBare, finding.Info},
	"bands/mifitness_run_no_start.tcx":                   {finding.TCXNoStart, finding.Error},
	"bands/mifitness_run_two_laps.tcx":                   {finding.TCXLapStart, finding.Info},
	"bands/mifitness_summary_20260822Indoor_cycling.tcx": {finding.TCXCaloriesPlace, finding.Warning},
	"bands/mifitness_trackpoints.tcx":                    {finding.TCXSportMissing, finding.Warning},
	"connectstats/activity_217470507.tcx":                {finding.TCXTimeImplaus, finding.Error},
	"fittrackee-inline/tcx_file_wo_laps.tcx":             {finding.TCXNoLaps, finding.Error},
	"fittrackee-inline/tcx_file_wo_tracks.tcx":           {finding.TCXNoTrackpoints, finding.Error},
	"fittrackee-inline/tcx_with_invalid_elevation.tcx":   {finding.TCXAltitudeRange, finding.Warning},
	"fittrackee-inline/tcx_without_coordinates.tcx":      {finding.TCXOneTrackpoint, finding.Error},
	"runalyze/negative-pause.tcx":                        {finding.TCXTimeBackward, finding.Warning},
	"runalyze/Route-only.tcx":                            {finding.TCXCourse, finding.Warning},
	"tcxparser/single_trackpoint_no_position.tcx":        {finding.TCXTimeMissing, finding.Warning},
	"togeojson/bad.tcx":                                  {finding.TCXPositionZero, finding.Warning},
}

type entry struct {
	file     string
	data     []byte
	observed observed
}

// entries returns the TCX files of the corpus, unpacked.
func entries(t *testing.T) []entry {
	t.Helper()
	var out []entry
	for _, c := range codectest.Corpus(t, "tcx") {
		e := entry{file: c.File, data: c.Data(t)}
		c.Observed(t, &e.observed)
		out = append(out, e)
	}
	return out
}

func TestCorpus(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range entries(t) {
		seen[e.file] = true
		t.Run(e.file, func(t *testing.T) {
			f, err := tcx.Decode(context.Background(), bytes.NewReader(e.data), tcx.Options{})
			if want, ok := hopeless[e.file]; ok {
				if err == nil || finding.CodeOf(err) != want {
					t.Errorf("error %v, want %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range f.Activities {
				codectest.Sound(t, &f.Activities[i])
			}
			compareWithManifest(t, e, f)
			if want, ok := named[e.file]; ok {
				found := false
				for _, x := range findings(f) {
					found = found || x.Code == want.code && x.Severity == want.severity
				}
				if !found {
					t.Errorf("findings %v, want %s %s among them", codes(f), want.severity, want.code)
				}
			}
		})
	}
	for file := range named {
		if !seen[file] {
			t.Errorf("%s is not in the corpus", file)
		}
	}
}

func findings(f activity.File) []finding.Finding {
	all := append([]finding.Finding{}, f.Findings...)
	for i := range f.Activities {
		all = append(all, f.Activities[i].Findings...)
	}
	return all
}

func compareWithManifest(t *testing.T, e entry, f activity.File) {
	t.Helper()
	points, positions, laps := 0, 0, 0
	var seconds, kcal, metres float64
	for i := range f.Activities {
		a := &f.Activities[i]
		points += len(a.Records)
		positions += a.Sensors()["position"]
		laps += len(a.Laps)
		seconds += a.Totals.TimerTime.Or(0)
		kcal += a.Totals.Calories.Or(0)
		metres += a.Totals.Distance.Or(0)
	}
	count := func(what string, got int, want *int) {
		if want != nil && got != *want && !strings.HasPrefix(differ[e.file], what) {
			t.Errorf("%d %s, others count %d", got, what, *want)
		}
	}
	count("activities", len(f.Activities), e.observed.Activities)
	count("laps", laps, e.observed.Laps)
	count("trackpoints", points, e.observed.Trackpoints)
	count("positions", positions, e.observed.Positions)
	sum := func(what string, got float64, want *float64) {
		if want != nil && math.Abs(got-*want) > 0.51 && !strings.HasPrefix(differ[e.file], what) {
			t.Errorf("%.1f %s, others add up %.1f", got, what, *want)
		}
	}
	sum("seconds", seconds, e.observed.Seconds)
	sum("calories", kcal, e.observed.Calories)
	sum("metres", metres, e.observed.Metres)
}

// TestAgainstEncodingXML reads the files once more with encoding/xml, in the
// most plodding way, and compares every trackpoint.
func TestAgainstEncodingXML(t *testing.T) {
	var docs []entry
	names, err := filepath.Glob(filepath.Join(testdata, "dialects", "*.tcx"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, entry{file: filepath.Base(name), data: data})
	}
	if _, err := os.Stat(corpus); err == nil {
		docs = append(docs, entries(t)...)
	}
	// encoding/xml does not know these encodings; the others are read alike.
	skip := map[string]string{
		"utf16le.tcx": "UTF-16", "latin1.tcx": "ISO-8859-1", "adversarial/tcx_utf16.tcx": "UTF-16",
		"decimal-commas.tcx": "decimal commas", "adversarial/tcx_comma_decimals.tcx": "decimal commas",
	}
	compared := 0
	for _, e := range docs {
		if skip[e.file] != "" || hopeless[e.file] != "" {
			continue
		}
		plodding := readSlowly(e.data)
		f, err := tcx.Decode(context.Background(), bytes.NewReader(e.data), tcx.Options{})
		if err != nil {
			t.Errorf("%s: %v", e.file, err)
			continue
		}
		var ours []activity.Record
		for i := range f.Activities {
			ours = append(ours, f.Activities[i].Records...)
		}
		if len(ours) != len(plodding) {
			t.Errorf("%s: %d trackpoints, encoding/xml finds %d", e.file, len(ours), len(plodding))
			continue
		}
		for i := range ours {
			checkPoint(t, e.file, i, &ours[i], plodding[i])
		}
		compared += len(ours)
	}
	if compared < 1000 {
		t.Errorf("only %d trackpoints were compared", compared)
	}
	t.Logf("%d trackpoints of %d files compared", compared, len(docs))
}

func checkPoint(t *testing.T, file string, i int, ours *activity.Record, theirs map[string]string) {
	t.Helper()
	for _, c := range []struct {
		name  string
		field activity.Fields
		value float64
	}{
		{"AltitudeMeters", activity.Altitude, ours.Altitude},
		{"DistanceMeters", activity.Distance, ours.Distance},
		{"LatitudeDegrees", activity.Position, ours.Lat},
		{"LongitudeDegrees", activity.Position, ours.Lon},
		{"Value", activity.HeartRate, float64(ours.HeartRate)},
	} {
		if ours.Has&c.field == 0 {
			continue // left out on purpose, with a finding; TestCorpus counts them
		}
		want, err := strconv.ParseFloat(theirs[c.name], 64)
		if err != nil || want != c.value {
			t.Errorf("%s, trackpoint %d: %s %v, encoding/xml reads %q", file, i, c.name, c.value, theirs[c.name])
		}
	}
}

// readSlowly collects the leaves of every Trackpoint that has a time.
func readSlowly(data []byte) []map[string]string {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimLeft(data, " \ufeff")))
	var out []map[string]string
	var cur map[string]string
	leaf := ""
	for {
		tok, err := d.Token()
		if err != nil {
			if cur != nil && cur["Time"] != "" {
				out = append(out, cur)
			}
			return out
		}
		switch v := tok.(type) {
		case xml.StartElement:
			leaf = v.Name.Local
			if leaf == "Trackpoint" {
				cur = map[string]string{}
			}
		case xml.CharData:
			if s := strings.TrimSpace(string(v)); s != "" && cur != nil {
				cur[leaf] = s
			}
		case xml.EndElement:
			leaf = ""
			if v.Name.Local == "Trackpoint" {
				if cur["Time"] != "" {
					out = append(out, cur)
				}
				cur = nil
			}
		}
	}
}
