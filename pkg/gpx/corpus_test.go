package gpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/gpx"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

// corpus is a collection of real and broken files with what other programs read
// in them; truth are real files with what Strava made of them. They hold real
// people's tracks, so they are not part of the project.
const (
	corpus = "../../../shared/corpus"
	truth  = "../../../shared/truth"
)

// observed are the facts of the manifest that a tolerant reader counted.
type observed struct {
	Tracks    int      `json:"trk"`
	Points    int      `json:"trkpt"`
	Timed     int      `json:"trkpt_with_time"`
	Routes    int      `json:"rte"`
	Waypoints int      `json:"wpt"`
	First     string   `json:"first_time"`
	Elapsed   *float64 `json:"elapsed_s"`
	Sensors   string   `json:"ext"`
}

// expected are what the authors of other programs, or of the file, say of it.
type expected struct {
	SameAs   string  `json:"same_as"`
	Metres   float64 `json:"distance_m_about"`
	Points   int     `json:"points"`
	Zeros    int     `json:"zero_zero_points"`
	ZeppDist float64 `json:"zepp_dis_m"`
	ZeppTime float64 `json:"zepp_run_time_s"`
}

// Where this reader means to differ from the counting of the manifest, and why.
var differ = map[string]string{
	"bands/mifit-exporter_walk_1542558074.gpx":                 "cad: nine are below 0",
	"bands/mifit-exporter-2022-floathr_walk_1542558074.gpx":    "cad: nine are below 0",
	"adversarial/gpx_every_point_twice.gpx":                    "same: doubles stay, with a finding; the packages above decide",
	"adversarial/gpx_time_garbage_one.gpx":                     "timed trackpoints, speed: one time is no time",
	"adversarial/gpx_truncated.gpx":                            "trackpoints: the last one was cut before its time",
	"adversarial/gz_plain_name_but_gzip.gpx":                   "tracks, timed trackpoints, trackpoints: the manifest did not unpack it",
	"gpsbabel/extensiondata_unicsv.gpx":                        "hr, cad, atemp: none of the trackpoints has a time",
	"gpsbabel/seg2trk_test.gpx":                                "tracks: the second lasts from within the first",
	"gpxgo/gpx1.1_with_all_fields.gpx":                         "tracks: one is empty",
	"gpxpy/gpx1.0_with_all_fields.gpx":                         "tracks: one is empty",
	"gpxpy/gpx1.1_with_all_fields.gpx":                         "tracks: one is empty",
	"gpxgo/graphhopper.gpx.gz":                                 "distance: those of a route",
	"gpxpy/cerknicko-jezero-no-creator.gpx":                    "tracks: one is empty",
	"gpxpy/cerknicko-jezero-with-elevations-zero.gpx":          "tracks: one is empty",
	"gpxpy/cerknicko-jezero-without-elevations.gpx":            "tracks: one is empty",
	"gpxpy/cerknicko-jezero.gpx":                               "tracks: one is empty",
	"gpxpy/cerknicko-without-times.gpx":                        "tracks: one is empty",
	"gpxpy/korita-zbevnica.gpx":                                "tracks: one is empty",
	"misc-wild/01.gpx":                                         "trackpoints: the last one was broken before its time",
	"misc-wild/02.gpx":                                         "hr: of a link",
	"misc-wild/7601478499.gpx.gz":                              "distance: that of the whole track",
	"opentracks/legacy_gpx_trackpointextensions_incorrect.gpx": "distance: the manifest counts that of the whole track",
	"pytrainer/gpxplus_sample.gpx":                             "distance: those of laps",
	"pytrainer/gpxplus_sample_old.gpx":                         "distance: those of laps",
	"togeojson/garmin_extensions.gpx":                          "tracks: two are empty",
	"togeojson/gdal.gpx":                                       "tracks: two are empty",
}

// Files of which nothing can be made, and what must be said of them.
// Files that hold no trackpoint are not listed.
var hopeless = map[string]finding.Code{
	"adversarial/gpx_ampersand.gpx":              finding.XMLMalformed, // in the name, before the first trackpoint
	"adversarial/gpx_entity_bomb.gpx":            finding.XMLDoctype,
	"adversarial/gpx_huge_attribute.gpx":         finding.XMLLimit,
	"fittrackee-inline/gpx_file_invalid_xml.gpx": finding.XMLTruncated,
	"misc-wild/test_merge2.gpx":                  finding.GPXEmpty, // a trk that is not in a gpx, in XML 2.0
}

// Deliberately broken or odd files, and how the defect must be named.
var named = map[string]struct {
	code     finding.Code
	severity finding.Severity
}{
	"adversarial/gpx_before_1970.gpx":                           {finding.GPXTimeImplaus, finding.Error},
	"adversarial/gpx_comma_decimals.gpx":                        {finding.GPXNumberComma, finding.Error},
	"adversarial/gpx_control_chars.gpx":                         {finding.XMLInvalidText, finding.Error},
	"adversarial/gpx_ele_minus20000.gpx":                        {finding.GPXAltitudeRange, finding.Warning},
	"adversarial/gpx_every_point_twice.gpx":                     {finding.GPXTimeDouble, finding.Info},
	"adversarial/gpx_lat_missing.gpx":                           {finding.GPXPositionRange, finding.Warning},
	"adversarial/gpx_lat_nan.gpx":                               {finding.GPXNumber, finding.Warning},
	"adversarial/gpx_latin1_bytes_but_utf8_declared.gpx":        {finding.XMLInvalidText, finding.Error},
	"adversarial/gpx_leading_blank_lines.gpx":                   {finding.XMLLeading, finding.Info},
	"adversarial/gpx_single_point.gpx":                          {finding.GPXOneTrackpoint, finding.Error},
	"adversarial/gpx_time_garbage_one.gpx":                      {finding.GPXTimeInvalid, finding.Warning},
	"adversarial/gpx_time_leap_second.gpx":                      {finding.GPXTimeBackward, finding.Warning},
	"adversarial/gpx_time_no_zone.gpx":                          {finding.GPXTimeZone, finding.Info},
	"adversarial/gpx_time_space.gpx":                            {finding.GPXTimeZone, finding.Info},
	"adversarial/gpx_truncated.gpx":                             {finding.XMLTruncated, finding.Error},
	"adversarial/gpx_two_points_swapped.gpx":                    {finding.GPXTimeBackward, finding.Warning},
	"adversarial/gpx_utf16be_bom.gpx":                           {finding.XMLEncoding, finding.Info},
	"adversarial/gpx_utf16le_bom.gpx":                           {finding.XMLEncoding, finding.Info},
	"adversarial/gpx_year_9999.gpx":                             {finding.GPXTimeImplaus, finding.Error},
	"bands/mifit-exporter_walk_1542558074.gpx":                  {finding.GPXTimeZone, finding.Info},
	"bands/recreated_unband_run_no-zone.gpx":                    {finding.GPXTimeZone, finding.Info},
	"bands/recreated_unband_run_zero-zero.gpx":                  {finding.GPXPositionZero, finding.Error},
	"bipolar/training-sessions-19946380.cluetrust.gpx":          {finding.GPXHeartRateZero, finding.Warning},
	"bipolar/training-sessions-22165267.cluetrust.gpx":          {finding.GPXSegments, finding.Warning},
	"fittrackee-inline/gpx_file_with_3_segments.gpx":            {finding.GPXSegments, finding.Warning},
	"fittrackee-inline/gpx_file_with_invalid_elevation.gpx":     {finding.GPXAltitudeRange, finding.Warning},
	"fittrackee-inline/gpx_file_without_time.gpx":               {finding.GPXNoTimes, finding.Error},
	"fittrackee-inline/gpx_file_without_time_on_last_point.gpx": {finding.GPXTimeMissing, finding.Warning},
	"gpsbabel/igc1_baro.gpx":                                    {finding.GPXPositionZero, finding.Error},
	"gpsbabel/seg2trk_test.gpx":                                 {finding.GPXInterleaved, finding.Warning},
	"misc-wild/01.gpx":                                          {finding.XMLMalformed, finding.Error},
	"misc-wild/activity-other-sport.gpx":                        {finding.GPXSportUnknown, finding.Info},
	"opentracks/legacy_gpx_pause_resume.gpx":                    {finding.GPXPositionRange, finding.Warning},
	"runalyze/standard.gpx":                                     {finding.GPXPositionRange, finding.Warning},
	"sportstracker/bike-tour-track_only.gpx":                    {finding.GPXNoTimes, finding.Error},
	"togeojson/bad.gpx":                                         {finding.GPXNumber, finding.Warning},
	"togeojson/empty_ele.gpx":                                   {finding.GPXNumberEmpty, finding.Info},
	"xmltokenizer/hike_mt_prau.gpx":                             {finding.GPXPhone, finding.Info},
}

type entry struct {
	file     string
	data     []byte
	observed observed
	expected []expected
}

// entries returns the GPX files of the corpus, unpacked.
func entries(t *testing.T) []entry {
	t.Helper()
	var out []entry
	for _, c := range codectest.Corpus(t, "gpx") {
		e := entry{file: c.File, data: c.Data(t)}
		c.Observed(t, &e.observed)
		// What others expect comes in many shapes; what does not fit is not for us.
		var raw []json.RawMessage
		c.Peers(t, &raw)
		for _, r := range raw {
			var x expected
			if json.Unmarshal(r, &x) == nil {
				e.expected = append(e.expected, x)
			}
		}
		out = append(out, e)
	}
	return out
}

func TestCorpus(t *testing.T) {
	seen := map[string]bool{}
	read, failed := 0, 0
	for _, e := range entries(t) {
		seen[e.file] = true
		t.Run(e.file, func(t *testing.T) {
			f, err := gpx.Decode(context.Background(), bytes.NewReader(e.data), gpx.Options{})
			want, ok := hopeless[e.file]
			if o := e.observed; !ok && o.Points == 0 && differ[e.file] == "" {
				if want, ok = finding.GPXNoTrackpoints, true; o.Tracks+o.Routes+o.Waypoints == 0 {
					want = finding.GPXEmpty
				}
			}
			if ok {
				if err == nil || finding.CodeOf(err) != want {
					t.Errorf("error %v, want %s", err, want)
				}
				failed++
				return
			}
			if err != nil {
				t.Fatal(finding.CodeOf(err), err)
			}
			read++
			for i := range f.Activities {
				codectest.Sound(t, &f.Activities[i])
			}
			compareWithManifest(t, e, f)
			if want, ok := named[e.file]; ok {
				found := slices.ContainsFunc(findings(f), func(x finding.Finding) bool { return x.Code == want.code && x.Severity == want.severity })
				if !found {
					t.Errorf("findings %v, want %s %s among them", codes(f), want.severity, want.code)
				}
			}
		})
	}
	t.Logf("%d files read, %d refused as they must be", read, failed)
	for _, file := range slices.Concat(slices.Collect(maps.Keys(named)), slices.Collect(maps.Keys(hopeless)), slices.Collect(maps.Keys(differ))) {
		if !seen[file] {
			t.Errorf("%s is not in the corpus", file)
		}
	}
}

func count(f activity.File, code finding.Code) int {
	n := 0
	for _, x := range findings(f) {
		if x.Code == code {
			n += x.Count
		}
	}
	return n
}

func compareWithManifest(t *testing.T, e entry, f activity.File) {
	t.Helper()
	except, _, _ := strings.Cut(differ[e.file], ":")
	check := func(what string, got, want any) {
		if got != want && !slices.Contains(strings.Split(except, ", "), what) {
			t.Errorf("%s %v, others count %v", what, got, want)
		}
	}
	var records []activity.Record
	sensors := map[string]int{}
	for i := range f.Activities {
		a := &f.Activities[i]
		records = append(records, a.Records...)
		for name, n := range a.Sensors() {
			sensors[name] += n
		}
	}
	check("tracks", len(f.Activities), e.observed.Tracks)
	check("timed trackpoints", len(records), e.observed.Timed)
	check("trackpoints", len(records)+count(f, finding.GPXTimeMissing), e.observed.Points)
	check("routes", count(f, finding.GPXRoutes), e.observed.Routes)
	check("waypoints", count(f, finding.GPXWaypoints), e.observed.Waypoints)
	if e.observed.Elapsed != nil && len(records) > 0 {
		check("elapsed seconds", float64(records[len(records)-1].Time-records[0].Time)/1000, *e.observed.Elapsed)
	}
	for _, s := range strings.Fields(e.observed.Sensors) {
		name, n, _ := strings.Cut(s, ":")
		want, err := strconv.Atoi(n)
		if err != nil {
			t.Fatal(err)
		}
		if want > e.observed.Points {
			continue // given twice in a trackpoint
		}
		ours := map[string]string{"distance": "distance", "hr": "heartrate", "cad": "cadence", "atemp": "temperature", "power": "power", "speed": "speed"}[name]
		check(name, sensors[ours], want)
	}
	for _, x := range e.expected {
		if x.Metres > 0 && math.Abs(metres(records)/x.Metres-1) > .01 {
			t.Errorf("%.0f m, want %.0f", metres(records), x.Metres)
		}
		if x.Zeros > 0 {
			check("positions of 0,0", count(f, finding.GPXPositionZero), x.Zeros)
		}
		if x.SameAs != "" && except != "same" {
			sameAs(t, records, x.SameAs)
		}
	}
}

// sameAs compares the records with those of the file that this one was made
// from. The corpus keeps it in the folder of its project.
func sameAs(t *testing.T, records []activity.Record, source string) {
	t.Helper()
	project, _, _ := strings.Cut(source, "/")
	data := codectest.Unpacked(t, filepath.Join(corpus, project, path.Base(source)))
	f, err := gpx.Decode(context.Background(), bytes.NewReader(data), gpx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.Activities[0].Records, records); diff != "" {
		t.Errorf("not the same as %s:\n%s", source, diff)
	}
}

// metres adds up the ways between the positions.
func metres(records []activity.Record) float64 {
	sum := 0.0
	var last *activity.Record
	for i := range records {
		r := &records[i]
		if r.Has&activity.Position == 0 {
			continue
		}
		if last != nil {
			const rad, earth = math.Pi / 180, 6371008.8
			dLat, dLon := (r.Lat-last.Lat)*rad, (r.Lon-last.Lon)*rad
			h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(r.Lat*rad)*math.Cos(last.Lat*rad)*math.Pow(math.Sin(dLon/2), 2)
			sum += 2 * earth * math.Asin(min(1, math.Sqrt(h)))
		}
		last = r
	}
	return sum
}

// TestZeppWorkouts compares what an exporter of the Zepp cloud wrote with the
// totals that the cloud itself claims.
func TestZeppWorkouts(t *testing.T) {
	workouts := 0
	for _, e := range entries(t) {
		if len(e.expected) == 0 || e.expected[0].ZeppDist == 0 || e.observed.Points == 0 {
			continue
		}
		workouts++
		x := e.expected[0]
		f, err := gpx.Decode(context.Background(), bytes.NewReader(e.data), gpx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a := &f.Activities[0]
		first, last, _ := a.Span()
		far, long := metres(a.Records), last.Sub(first).Seconds()
		t.Logf("%s: %d trackpoints, %.0f m (cloud: %.0f, %+.2f %%), %.0f s (cloud: %.0f without pauses)",
			e.file, len(a.Records), far, x.ZeppDist, 100*(far/x.ZeppDist-1), long, x.ZeppTime)
		if len(a.Records) != x.Points || math.Abs(far/x.ZeppDist-1) > .05 || long < x.ZeppTime {
			t.Errorf("%s does not fit what the cloud says of it", e.file)
		}
		if a.Sensors()["heartrate"] < len(a.Records)*9/10 {
			t.Errorf("%s: heart rates were lost: %v", e.file, a.Sensors())
		}
	}
	t.Logf("%d workouts", workouts)
}

// TestSportsAgreeWithStrava compares the sport of a file with the one that
// Strava shows for it.
func TestSportsAgreeWithStrava(t *testing.T) {
	agree, disagree, without := map[string]int{}, map[string]int{}, map[string]int{}
	// Strava's older names of sports, and what athletes chose by hand.
	alias := map[string]activity.Sport{"Canoe": "Canoeing"}
	known := map[string]bool{
		"StravaGPX: 17 is VirtualRide, Strava shows Ride":                       true, // truth gives the kind of sport, which folds virtual rides
		"Endomondo.com: MOUNTAIN_BIKING is MountainBikeRide, Strava shows Ride": true, // what Strava made of the upload in 2016
	}
	for _, row := range codectest.Table(t, filepath.Join(truth, "truth.csv")) {
		if !strings.Contains(row[0], ".gpx") {
			continue
		}
		f, err := gpx.Decode(context.Background(), bytes.NewReader(codectest.Unpacked(t, filepath.Join(truth, "files", row[0]))), gpx.Options{})
		if err != nil || len(f.Activities) != 1 {
			t.Errorf("%s: %d activities, %v", row[0], len(f.Activities), err)
			continue
		}
		a := &f.Activities[0]
		want, ok := activity.ParseSport(row[3])
		if !ok {
			want = alias[row[3]]
		}
		switch {
		case a.RawSport == "":
			without[a.Creator]++
		case a.Sport == want:
			agree[a.Creator]++
		default:
			disagree[a.Creator]++
			if s := fmt.Sprintf("%s: %s is %s, Strava shows %s", a.Creator, a.RawSport, a.Sport, row[3]); !known[s] {
				t.Error(s)
			}
		}
		if start, err := time.Parse(time.RFC3339, row[4]); err != nil || a.Start.Sub(start).Abs() > time.Minute {
			t.Logf("%s (%s) starts at %v, on Strava at %s", row[0], a.Creator, a.Start, row[4])
		}
	}
	t.Logf("agree %v, disagree %v, files without a sport %v", agree, disagree, without)
}
