package gpx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/gpx"
	"github.com/bandport/bandport/pkg/internal/codectest"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
)

const testdata = "../../testdata/gpx"

func decodeFile(t *testing.T, name string, o gpx.Options) (activity.File, error) {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return gpx.Decode(context.Background(), f, o)
}

func findings(f activity.File) []finding.Finding {
	all := slices.Clone(f.Findings)
	for i := range f.Activities {
		all = append(all, f.Activities[i].Findings...)
	}
	return all
}

// codes lists the findings of a file and its activities as "severity code ×n".
func codes(f activity.File) []string {
	out := []string{}
	for _, x := range findings(f) {
		s := x.Severity.String() + " " + string(x.Code)
		if x.Count > 1 {
			s += fmt.Sprintf(" ×%d", x.Count)
		}
		out = append(out, s)
	}
	return out
}

// facts are what a dialect must come out as.
type facts struct {
	activities, points    int
	sport                 activity.Sport
	start                 string
	name, creator, device string
	sensors               string // of all activities: name×count
}

func factsOf(f activity.File) facts {
	var x facts
	x.activities = len(f.Activities)
	sensors := map[string]int{}
	for i := range f.Activities {
		a := &f.Activities[i]
		x.points += len(a.Records)
		for name, n := range a.Sensors() {
			sensors[name] += n
		}
	}
	delete(sensors, "time")
	for _, name := range slices.Sorted(maps.Keys(sensors)) {
		x.sensors += fmt.Sprintf("%s×%d ", name, sensors[name])
	}
	if len(f.Activities) == 0 {
		return x
	}
	a := &f.Activities[0]
	x.sport, x.name, x.creator, x.device = a.Sport, a.Name, a.Creator, a.Device.Name
	if !a.Start.IsZero() {
		x.start = a.Start.Format(time.RFC3339Nano)
		if a.Zone != nil {
			x.start = a.Start.In(a.Zone).Format(time.RFC3339Nano)
		}
	}
	return x
}

// garmin is what dialects/garmin.gpx holds; most dialects say the same in
// another way.
func garmin(change func(*facts)) facts {
	x := facts{
		activities: 1, points: 31, sport: activity.Run, start: "2019-03-02T09:00:00Z", name: "Round the hill",
		creator: "Garmin Connect", sensors: "altitude×31 cadence×31 heartrate×31 position×31 temperature×31 ",
	}
	if change != nil {
		change(&x)
	}
	return x
}

func TestDialects(t *testing.T) {
	tests := []struct {
		file     string
		says     string // what is special about it
		want     facts
		findings []string
	}{
		{file: "garmin", says: "what Garmin Connect writes", want: garmin(nil)},
		{
			file: "zepp", says: "the app's version in place of that of GPX, a name in CDATA",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = "", "20190302 mi run", "Zepp App", "altitude×31 heartrate×31 position×31 "
			}),
			findings: []string{"info gpx.sport.missing"},
		},
		{
			file: "amazfit", says: "the same from the app of another name",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = "", "20190302 mi run", "Amazfit App", "altitude×31 heartrate×31 position×31 "
			}),
			findings: []string{"info gpx.sport.missing"},
		},
		{
			file: "zepp-life", says: "no heart rate",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = "", "20190302 mi run", "ZeppLife App", "altitude×31 position×31 "
			}),
			findings: []string{"info gpx.sport.missing"},
		},
		{
			file: "zepp-exporter", says: "no creator, no version, no zone, the heart rate twice, −20,000 m for no altitude",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = activity.Walk, "2019-03-02T09:00:00", "", "cadence×31 heartrate×31 position×31 "
			}),
			findings: []string{"warning gpx.altitude.range ×31", "info gpx.time.zone ×31"},
		},
		{
			file: "zepp-float", says: "heart rates with a fraction",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = activity.Walk, "2019-03-02T09:00:00", "", "cadence×31 heartrate×31 position×31 "
			}),
			findings: []string{"warning gpx.altitude.range ×31", "info gpx.time.zone ×31"},
		},
		{
			file: "notify", says: "a name beside the track, heart rates now and then",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = "", "Walking", "Notify for Amazfit", "altitude×31 heartrate×11 position×31 "
			}),
			findings: []string{"info gpx.sport.missing"},
		},
		{
			file: "huami", says: "a watch's own file: the heart rate twice, the first without a prefix",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = activity.TrailRun, "", "Huami Amazfit Sports Watch", "altitude×31 cadence×31 heartrate×31 position×31 "
			}),
		},
		{
			file: "unband", says: "positions of 0,0 at start and end, seven decimals, the device as source",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.device = "", "", "unBand - http://unband.nachmore.com/", "Microsoft Band"
				x.sensors = "altitude×31 heartrate×31 position×29 "
			}),
			findings: []string{"error gpx.position.zero ×2", "info gpx.sport.missing"},
		},
		{
			file: "apple", says: "the longitude first, a speed without a prefix, the time of the export in front",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = "", "Route 2019-03-02 9:00am", "Apple Health Export", "altitude×31 position×31 speed×31 "
			}),
			findings: []string{"info gpx.sport.missing"},
		},
		{
			file: "gadgetbridge", says: "version 2 of Garmin's extension, with a speed; a name in the metadata",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = "", "Outdoor run", "Gadgetbridge 0.81.0", "altitude×31 cadence×31 heartrate×31 position×31 speed×31 "
			}),
			findings: []string{"info gpx.sport.missing"},
		},
		{
			file: "strava", says: "a number for the sport, a power without a prefix",
			want: garmin(func(x *facts) {
				x.name, x.creator, x.sensors = "Morning Run", "StravaGPX iPhone", "altitude×31 cadence×31 heartrate×31 position×31 power×31 "
			}),
			findings: []string{"info gpx.phone"},
		},
		{
			file: "gpx-1.0", says: "GPX 1.0: a speed that is no extension",
			want: garmin(func(x *facts) {
				x.sport, x.name, x.creator, x.sensors = "", "A log", "GPS logger", "altitude×31 position×31 speed×31 "
			}),
			findings: []string{"info gpx.sport.missing"},
		},
		{file: "no-namespace", says: "no namespaces and no prefixes", want: garmin(nil), findings: []string{"warning gpx.heartrate.tag ×31"}},
		{file: "prefixed", says: "every element under a prefix", want: garmin(nil)},
		{file: "offset", says: "local times with an offset and without a fraction", want: garmin(func(x *facts) { x.start = "2019-03-02T11:00:00+02:00" })},
		{file: "offset-fraction", says: "local times with an offset and a fraction", want: garmin(func(x *facts) { x.start = "2019-03-02T11:00:00.5+02:00" })},
		{file: "lower-case-z", says: "times with a lower-case z", want: garmin(nil)},
		{file: "half-seconds", says: "times with a fraction", want: garmin(func(x *facts) { x.start = "2019-03-02T09:00:00.5Z" })},
		{file: "no-zone", says: "times without a zone", want: garmin(nil), findings: []string{"info gpx.time.zone ×31"}},
		{file: "decimal-commas", says: "decimal commas", want: garmin(nil), findings: []string{"error gpx.number.comma ×93"}},
		{file: "leading-blanks", says: "blanks before the declaration", want: garmin(nil), findings: []string{"info xml.leading"}},
		{file: "utf16le", says: "UTF-16", want: garmin(nil), findings: []string{"info xml.encoding"}},
		{file: "latin1", says: "ISO-8859-1", want: garmin(func(x *facts) { x.name = "Um den Hügel" }), findings: []string{"info xml.encoding"}},
		{file: "sport-unknown", says: "a sport that is none", want: garmin(func(x *facts) { x.sport = "" }), findings: []string{"info gpx.sport.unknown"}},
		{file: "zero-position", says: "a position of 0,0", want: onePositionLess, findings: []string{"error gpx.position.zero"}},
		{file: "no-latitude", says: "a missing latitude", want: onePositionLess, findings: []string{"warning gpx.position.range"}},
		{file: "nan", says: "NaN for a latitude", want: onePositionLess, findings: []string{"warning gpx.number.invalid", "warning gpx.position.range"}},
		{file: "far-north", says: "a latitude beyond the pole", want: onePositionLess, findings: []string{"warning gpx.position.range"}},
		{file: "heart-zero", says: "a heart rate of 0", want: garmin(nil), findings: []string{"warning gpx.heartrate.zero"}},
		{
			file: "empty-elevation", says: "an empty elevation", findings: []string{"info gpx.number.empty"},
			want: garmin(func(x *facts) { x.sensors = "altitude×30 cadence×31 heartrate×31 position×31 temperature×31 " }),
		},
		{file: "backward", says: "two times swapped", want: garmin(nil), findings: []string{"warning gpx.time.backward"}},
		{file: "double-time", says: "one time twice", want: garmin(nil), findings: []string{"info gpx.time.double"}},
		{
			file: "one-time-missing", says: "a trackpoint without a time", findings: []string{"warning gpx.time.missing"},
			want: garmin(func(x *facts) {
				x.points, x.sensors = 30, "altitude×30 cadence×30 heartrate×30 position×30 temperature×30 "
			}),
		},
		{file: "points-only", says: "trackpoints without a segment", want: garmin(nil)},
		{
			file: "two-tracks", says: "tracks of two days",
			want: garmin(func(x *facts) {
				x.activities, x.points, x.sensors = 2, 62, "altitude×62 cadence×62 heartrate×62 position×62 temperature×62 "
			}),
		},
		{
			file: "overlap", says: "two tracks of one time", findings: []string{"warning gpx.tracks.interleaved"},
			want: garmin(func(x *facts) {
				x.points, x.sensors = 62, "altitude×62 cadence×62 heartrate×62 position×62 temperature×62 "
			}),
		},
		{file: "empty-track", says: "a second track without trackpoints", want: garmin(nil)},
		{file: "beside", says: "routes and waypoints beside the track", want: garmin(nil), findings: []string{"info gpx.waypoints ×2", "info gpx.routes"}},
	}
	for _, tt := range tests {
		t.Run(tt.file+" has "+tt.says, func(t *testing.T) {
			f, err := decodeFile(t, "dialects/"+tt.file+".gpx", gpx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, factsOf(f), cmp.AllowUnexported(facts{})); diff != "" {
				t.Errorf("read as (-want +got):\n%s", diff)
			}
			want := tt.findings
			if want == nil {
				want = []string{}
			}
			if diff := cmp.Diff(want, codes(f)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for i := range f.Activities {
				codectest.Sound(t, &f.Activities[i])
			}
		})
	}
}

var onePositionLess = garmin(func(x *facts) {
	x.sensors = "altitude×31 cadence×31 heartrate×31 position×30 temperature×31 "
})

func TestBrokenFilesAreNamed(t *testing.T) {
	tests := []struct {
		file   string
		says   string
		want   []string     // findings, where something could be read
		fails  finding.Code // the failure, where nothing could
		points int
	}{
		{file: "truncated", says: "cut at two thirds", want: []string{"error xml.truncated"}, points: 20},
		{file: "mismatched", says: "an end tag of another name in the first trackpoint", fails: finding.XMLMalformed},
		{file: "late-mismatch", says: "an end tag of another name in the middle", want: []string{"error xml.malformed"}, points: 15},
		{file: "doctype", says: "a document type that defines an entity", fails: finding.XMLDoctype},
		{file: "no-times", says: "no time in any trackpoint", want: []string{"warning gpx.time.missing ×31", "error gpx.times.missing"}},
		{file: "one-point", says: "one trackpoint", want: []string{"error gpx.trackpoints.single"}, points: 1},
		{file: "empty-track", says: "a track without trackpoints, as exporters write for indoor workouts", fails: finding.GPXNoTrackpoints},
		{file: "routes", says: "a route and waypoints, even with times", fails: finding.GPXNoTrackpoints},
		{file: "nothing", says: "metadata only, as in Strava's exports of workouts without a position", fails: finding.GPXEmpty},
		{file: "kml", says: "another format", fails: finding.GPXEmpty},
		{file: "not-a-time", says: "a time that is none", want: []string{"warning gpx.time.invalid", "warning gpx.time.missing"}, points: 30},
		{file: "year-2107", says: "times in the next century", want: []string{"error gpx.time.implausible ×31"}, points: 31},
		{file: "hostile-name", says: "a name that turns the writing round", want: []string{}, points: 31},
		{file: "step-distances", says: "distances from one trackpoint to the next", want: []string{"warning gpx.number.invalid ×31"}, points: 31},
		{file: "empty", says: "nothing", fails: finding.XMLTruncated},
	}
	for _, tt := range tests {
		t.Run(tt.file+" has "+tt.says, func(t *testing.T) {
			f, err := decodeFile(t, "broken/"+tt.file+".gpx", gpx.Options{})
			if tt.fails != "" {
				if code := finding.CodeOf(err); err == nil || code != tt.fails {
					t.Fatalf("error %v with code %q, want %q", err, code, tt.fails)
				}
				if len(f.Activities) > 0 {
					t.Error("a failure with activities")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, codes(f)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if got := len(f.Activities[0].Records); got != tt.points {
				t.Errorf("%d trackpoints, want %d", got, tt.points)
			}
		})
	}
}

func TestFailuresSayWhatIsThereInstead(t *testing.T) {
	for file, want := range map[string]string{
		"broken/routes.gpx":      "1 route, 2 waypoints",
		"broken/empty-track.gpx": "1 track without trackpoints, 0 routes, 0 waypoints",
	} {
		if _, err := decodeFile(t, file, gpx.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", file, err, want)
		}
	}
	f, err := decodeFile(t, "broken/no-times.gpx", gpx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if last := f.Activities[0].Findings[1]; !strings.Contains(last.Message, "31 trackpoints, 31 of them with a position") {
		t.Errorf("%v, want how many trackpoints and positions were lost", last)
	}
}

// document wraps the content of a gpx element.
func document(content string) string { return `<gpx version="1.1">` + content + `</gpx>` }

func decodeAll(t *testing.T, doc string, o gpx.Options) []activity.Activity {
	t.Helper()
	f, err := gpx.Decode(context.Background(), strings.NewReader(doc), o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Activities {
		codectest.Sound(t, &f.Activities[i])
	}
	return f.Activities
}

func decode(t *testing.T, doc string, o gpx.Options) activity.Activity {
	t.Helper()
	acts := decodeAll(t, doc, o)
	if len(acts) != 1 {
		t.Fatalf("%d activities, want 1", len(acts))
	}
	return acts[0]
}

// segments writes a trkseg for each list of times of day.
func segments(lists ...string) string {
	var b strings.Builder
	for _, list := range lists {
		b.WriteString("<trkseg>")
		for _, s := range strings.Fields(list) {
			b.WriteString(`<trkpt lat="1" lon="2"><time>2020-01-01T` + s + `Z</time></trkpt>`)
		}
		b.WriteString("</trkseg>")
	}
	return b.String()
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, "2020-01-01T"+s+"Z")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSegments(t *testing.T) {
	tests := []struct {
		name   string
		lists  []string
		pauses []activity.Pause
		tracks []activity.Span
		breaks int
	}{
		{name: "one segment has no break", lists: []string{"10:00:00 10:00:30"}, tracks: []activity.Span{{First: 0, End: 2}}},
		{
			name: "a new segment is a pause", lists: []string{"10:00:00 10:00:30", "10:02:00 10:02:30"}, breaks: 1,
			pauses: []activity.Pause{{From: at(t, "10:00:30"), To: at(t, "10:02:00"), Next: 2, Source: activity.PauseSegment}},
			tracks: []activity.Span{{First: 0, End: 2}, {First: 2, End: 4}},
		},
		{
			name: "one at the same time is a break but no pause", lists: []string{"10:00:00 10:00:30", "10:00:30 10:01:00"}, breaks: 1,
			tracks: []activity.Span{{First: 0, End: 2}, {First: 2, End: 4}},
		},
		{
			name: "one that goes back is a break but no pause", lists: []string{"10:00:00 10:00:30", "10:00:10 10:01:00"}, breaks: 1,
			tracks: []activity.Span{{First: 0, End: 2}, {First: 2, End: 4}},
		},
		{
			name: "empty segments are none", lists: []string{"", "10:00:00 10:00:30", "", "10:00:31 10:01:00", ""}, breaks: 1,
			pauses: []activity.Pause{{From: at(t, "10:00:30"), To: at(t, "10:00:31"), Next: 2, Source: activity.PauseSegment}},
			tracks: []activity.Span{{First: 0, End: 2}, {First: 2, End: 4}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := decode(t, document("<trk>"+segments(tt.lists...)+"</trk>"), gpx.Options{})
			if diff := cmp.Diff(tt.pauses, a.Pauses); diff != "" {
				t.Errorf("pauses (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.tracks, a.Tracks); diff != "" {
				t.Errorf("tracks (-want +got):\n%s", diff)
			}
			breaks := 0
			for _, f := range a.Findings {
				if f.Code == finding.GPXSegments {
					breaks = f.Count
				}
			}
			if breaks != tt.breaks {
				t.Errorf("%d breaks, want %d", breaks, tt.breaks)
			}
		})
	}
}

func TestTracksThatOverlapAreOneWorkout(t *testing.T) {
	tests := []struct {
		name   string
		tracks []string
		want   []string // of each workout its start, and how many records it has
	}{
		{"tracks of one day after another", []string{"10:00:00 10:30:00", "11:00:00 11:30:00"}, []string{"10:00:00 2", "11:00:00 2"}},
		{"tracks in the wrong order", []string{"11:00:00 11:30:00", "10:00:00 10:30:00"}, []string{"11:00:00 2", "10:00:00 2"}},
		{"tracks that touch", []string{"10:00:00 10:30:00", "10:30:00 11:00:00"}, []string{"10:00:00 2", "10:30:00 2"}},
		{"tracks that overlap", []string{"10:00:00 10:30:00", "10:15:00 11:00:00"}, []string{"10:00:00 4"}},
		{"the later one first", []string{"10:15:00 11:00:00", "10:00:00 10:30:00"}, []string{"10:00:00 4"}},
		{"one within the other", []string{"10:00:00 11:00:00", "10:15:00"}, []string{"10:00:00 3"}},
		{"a chain", []string{"10:00:00 10:30:00", "10:40:00 11:00:00", "10:20:00 10:45:00", "12:00:00 12:01:00"}, []string{"10:00:00 6", "12:00:00 2"}},
		{"the same one twice", []string{"10:00:00 11:00:00", "10:00:00 11:00:00"}, []string{"10:00:00 4"}},
		{"single trackpoints", []string{"10:00:00", "10:00:00", "10:00:00 10:01:00"}, []string{"10:00:00 1", "10:00:00 1", "10:00:00 2"}},
		{"an empty one", []string{"10:00:00 10:30:00", "", "10:15:00 11:00:00"}, []string{"10:00:00 4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := ""
			for _, list := range tt.tracks {
				doc += "<trk>" + segments(list) + "</trk>"
			}
			var got []string
			for _, a := range decodeAll(t, document(doc), gpx.Options{}) {
				got = append(got, fmt.Sprintf("%s %d", a.Start.Format("15:04:05"), len(a.Records)))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("workouts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJoinedTracksKeepTheirPausesAndFindings(t *testing.T) {
	a := decode(t, document("<trk><type>?</type>"+segments("10:10:00 10:11:00", "10:20:00 10:21:00")+"</trk><trk><type>Hike</type>"+
		segments("10:00:00 10:01:00", "10:15:00 10:15:00")+"</trk>"), gpx.Options{})
	want := []activity.Pause{
		{From: at(t, "10:01:00"), To: at(t, "10:15:00"), Next: 6, Source: activity.PauseSegment},
		{From: at(t, "10:11:00"), To: at(t, "10:20:00"), Next: 2, Source: activity.PauseSegment},
	}
	if diff := cmp.Diff(want, a.Pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
	if a.Sport != activity.Hike || len(a.Tracks) != 4 || !a.Start.Equal(at(t, "10:00:00")) {
		t.Errorf("sport %q, %d tracks, start %v", a.Sport, len(a.Tracks), a.Start)
	}
	got := codes(activity.File{Activities: []activity.Activity{a}})
	wantCodes := []string{"info gpx.sport.unknown", "warning gpx.segments ×2", "info gpx.time.double", "warning gpx.tracks.interleaved"}
	if diff := cmp.Diff(wantCodes, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestTrackpointsKeepEveryField(t *testing.T) {
	a := decode(t, document(`<trk><trkseg><trkpt lon=" -12,25 " lat="-38.5">
		<ele>40.2</ele><time>2020-01-01T10:00:00.250Z</time><hdop>1</hdop><geoidheight>3</geoidheight>
		<extensions><power>210</power><a:b xmlns:a="x"><a:c><a:hr>131.0</a:hr></a:c><a:cad>85</a:cad><a:atemp>-3.5</a:atemp><a:speed>2.5</a:speed><a:distance>12.5</a:distance></a:b>
		<heartrate>99</heartrate><course>77</course></extensions>
		</trkpt></trkseg></trk>`), gpx.Options{})
	want := []activity.Record{{
		Time: time.Date(2020, 1, 1, 10, 0, 0, 250e6, time.UTC).UnixMilli(), Lat: -38.5, Lon: -12.25, Altitude: 40.2,
		Distance: 12.5, Speed: 2.5, HeartRate: 131, Cadence: 85, Power: 210, Temperature: -3.5,
		Has: activity.Time | activity.Position | activity.Altitude | activity.Distance | activity.Speed | activity.HeartRate |
			activity.Cadence | activity.Power | activity.Temperature,
	}}
	if diff := cmp.Diff(want, a.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestSpellingsOfSensors(t *testing.T) {
	for spelling, field := range map[string]activity.Fields{
		"hr": activity.HeartRate, "HR": activity.HeartRate, "heartrate": activity.HeartRate, "heartRate": activity.HeartRate, "HeartRate": activity.HeartRate,
		"cad": activity.Cadence, "cadence": activity.Cadence, "RunCadence": activity.Cadence,
		"power": activity.Power, "PowerInWatts": activity.Power, "watts": activity.Power,
		"atemp": activity.Temperature, "temp": activity.Temperature, "temperature": activity.Temperature,
		"speed": activity.Speed, "distance": activity.Distance,
	} {
		for _, inside := range []string{"<%s>7</%[1]s>", "<extensions><%s>7</%[1]s></extensions>", "<extensions><x:TPX><x:%s>7</x:%[1]s></x:TPX></extensions>"} {
			doc := document(`<trk><trkseg><trkpt lat="1" lon="2"><time>2020-01-01T10:00:00Z</time>` + fmt.Sprintf(inside, spelling) + `</trkpt></trkseg></trk>`)
			if a := decode(t, doc, gpx.Options{}); a.Records[0].Has&field == 0 {
				t.Errorf("%s is not read from %s", spelling, inside)
			}
		}
	}
}

func TestDescriptions(t *testing.T) {
	a := decode(t, `<gpx creator="Pro&amp;gram"><metadata><name>Document</name><desc>About it</desc></metadata><trk>
		<desc>A lap</desc><cmt>A comment</cmt><src>Band &lt;2&gt;</src><number>3</number>`+segments("10:00:00 10:00:01")+`<name>Track</name><type> Run </type></trk></gpx>`, gpx.Options{})
	if a.Name != "Track" || a.Notes != "A lap" || a.Creator != "Pro&gram" || a.Device.Name != "Band <2>" || a.Sport != activity.Run || a.Format != "gpx" {
		t.Errorf("got %q, %q, %q, %q, %q, %q", a.Name, a.Notes, a.Creator, a.Device.Name, a.Sport, a.Format)
	}
	a = decode(t, `<gpx><name>Document</name><trk><cmt>A comment</cmt>`+segments("10:00:00 10:00:01")+`</trk></gpx>`, gpx.Options{})
	if a.Name != "Document" || a.Notes != "A comment" {
		t.Errorf("got %q and %q, want what stands in for a name and a description", a.Name, a.Notes)
	}
}

func TestTotalsAreWhatTheProgramClaims(t *testing.T) {
	const stats = `<extensions><x:color>red</x:color><g:TrackStatsExtension><g:Distance>1234.5</g:Distance><g:TotalElapsedTime>70</g:TotalElapsedTime><g:TimerTime>60</g:TimerTime>
		<g:MovingTime>50</g:MovingTime><g:StoppedTime>10</g:StoppedTime><g:MaxSpeed>7</g:MaxSpeed><g:Ascent>8</g:Ascent><g:Descent>9</g:Descent>
		<g:Calories>10</g:Calories><g:AvgHeartRate>110</g:AvgHeartRate><g:AvgCadence>80</g:AvgCadence></g:TrackStatsExtension></extensions>`
	track := "<trk>" + stats + segments("10:00:00 10:01:00") + "</trk>"
	a := decode(t, document(track), gpx.Options{})
	want := activity.Totals{
		Distance: activity.Of(1234.5), ElapsedTime: activity.Of(70), TimerTime: activity.Of(60), MovingTime: activity.Of(50), MaxSpeed: activity.Of(7),
		Ascent: activity.Of(8), Descent: activity.Of(9), Calories: activity.Of(10), AverageHeartRate: activity.Of(110), AverageCadence: activity.Of(80),
	}
	if diff := cmp.Diff(want, a.Totals, cmp.AllowUnexported(activity.Value{})); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	if a := decode(t, document(track+track), gpx.Options{}); a.Totals.Distance.Known() {
		t.Error("the totals of one track are said of two")
	}
}

func TestSports(t *testing.T) {
	for word, want := range map[string]activity.Sport{
		"running": "Run", "Run": "Run", "RUNNING": "Run", "trail running": "TrailRun", "Trail_Run": "TrailRun", "TrailRun": "TrailRun",
		"cycling": "Ride", "Biking": "Ride", "Ride": "Ride", "road_biking": "Ride", "cycling:road": "Ride", "Cycling / Sport": "Ride",
		"MOUNTAIN_BIKING": "MountainBikeRide", "mountain biking": "MountainBikeRide", "walking": "Walk", "hiking": "Hike", "AlpineSki": "AlpineSki",
		"Nordic Ski": "NordicSki", "open water swimming": "Swim", "nordic-walking": "Walk", "1": "Ride", " 9 ": "Run", "10": "Walk", "16": "Swim",
		"17": "VirtualRide", "53": "VirtualRun", "Elliptical": "Elliptical",
		"Other": "", "5": "", "99": "", "flying": "", "run9": "Run", "łrun": "", "…": "", "Laufen": "",
	} {
		a := decode(t, document("<trk><type>"+word+"</type>"+segments("10:00:00 10:00:01")+"</trk>"), gpx.Options{})
		if a.Sport != want || a.RawSport != strings.TrimSpace(word) {
			t.Errorf("%q: %q from %q, want %q", word, a.Sport, a.RawSport, want)
		}
	}
}

func TestPhone(t *testing.T) {
	doc := func(creator, year, kind, extension string) string {
		return fmt.Sprintf(`<gpx creator=%q><trk><type>%s</type><trkseg><trkpt lat="1" lon="2"><time>%s-01-01T10:00:00Z</time>%s</trkpt></trkseg></trk></gpx>`, creator, kind, year, extension)
	}
	for _, tt := range []struct {
		doc  string
		want bool
	}{
		{doc("StravaGPX", "2018", "9", ""), true},
		{doc("StravaGPX iPhone", "2018", "running", "<hr>100</hr>"), true},
		{doc("StravaGPX Android", "2014", "9", ""), true},
		{doc("StravaGPX iPhone", "2013", "9", ""), false},
		{doc("StravaGPX", "2018", "9", "<atemp>21</atemp>"), false},
		{doc("StravaGPX", "2018", "17", ""), false},
		{doc("Garmin Connect", "2018", "running", ""), false},
	} {
		a := decode(t, tt.doc, gpx.Options{})
		if got := slices.ContainsFunc(a.Findings, func(f finding.Finding) bool { return f.Code == finding.GPXPhone }); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.doc, got, tt.want)
		}
	}
}

func TestTimesWithoutAZoneAreReadInTheGivenOne(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Skip("no time zones here:", err)
	}
	f, err := decodeFile(t, "dialects/no-zone.gpx", gpx.Options{Zone: warsaw})
	if err != nil {
		t.Fatal(err)
	}
	a := f.Activities[0]
	first := time.UnixMilli(a.Records[0].Time).UTC()
	if want := time.Date(2019, 3, 2, 8, 0, 0, 0, time.UTC); !first.Equal(want) { // 09:00 in Warsaw's winter
		t.Errorf("first trackpoint at %v, want %v", first, want)
	}
	if a.Zone != warsaw {
		t.Errorf("zone %v, want Europe/Warsaw", a.Zone)
	}
}

func TestFindingsTellTheFirstPlace(t *testing.T) {
	doc := "<gpx>\n<trk><trkseg>\n<trkpt lat=\"far\" lon=\"2\">\n<ele>high</ele>\n</trkpt></trkseg></trk></gpx>"
	a := decode(t, doc, gpx.Options{})
	for _, f := range a.Findings {
		if f.Code != finding.GPXNumber {
			continue
		}
		if f.Place.Line != 3 || f.Count != 2 || !strings.Contains(f.Message, `lat "far"`) {
			t.Errorf("got %v, want line 3, twice, and the number as it stands", f)
		}
		return
	}
	t.Error("no finding about the numbers")
}

func TestReadErrorsComeWithWhatWasRead(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testdata, "dialects", "garmin.gpx"))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the disk went away")
	r := io.MultiReader(bytes.NewReader(data[:len(data)/2]), iotest.ErrReader(broken))
	f, err := gpx.Decode(context.Background(), r, gpx.Options{})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
	if len(f.Activities) != 1 || len(f.Activities[0].Records) < 10 {
		t.Error("what came before the error is lost")
	}
}

func TestLimitsAreKept(t *testing.T) {
	doc := document("<trk>" + segments("10:00:00 10:00:01") + "<name>" + strings.Repeat("x", 5000) + "</name></trk>")
	f, err := gpx.Decode(context.Background(), strings.NewReader(doc), gpx.Options{Limits: xmlscan.Limits{Token: 1000}})
	if err != nil || len(f.Activities) != 1 {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"error xml.limit", "info gpx.sport.missing"}, codes(f)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	a := decode(t, doc, gpx.Options{})
	if len(a.Name) != 4096 {
		t.Errorf("%d bytes of a name were kept", len(a.Name))
	}
}

func TestCancelledContextEndsTheReading(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f, err := gpx.Decode(ctx, bytes.NewReader(ride(t, "4")), gpx.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if len(f.Activities) != 1 || len(f.Activities[0].Records) == 0 {
		t.Error("what came before is lost")
	}
}

func TestAllocationsDoNotGrowWithTrackpoints(t *testing.T) {
	allocations := func(data []byte) float64 {
		return testing.AllocsPerRun(3, func() {
			if _, err := gpx.Decode(context.Background(), bytes.NewReader(data), gpx.Options{}); err != nil {
				t.Fatal(err)
			}
		})
	}
	// The longer ride has 55,000 trackpoints more. What may grow is the slice
	// that holds them, by doubling.
	small, large := allocations(ride(t, "1")), allocations(ride(t, "25"))
	if large > small+50 {
		t.Errorf("1 MB takes %.0f allocations, 25 MB %.0f", small, large)
	}
}

// Strava reads heart rates under some names only; a trackpoint that has one under
// such a name may have others.
func TestHeartRatesThatStravaReads(t *testing.T) {
	for _, tt := range []struct {
		name, extensions string
		read             bool
	}{
		{"Garmin's extension", `<x:TrackPointExtension xmlns:x="http://www.garmin.com/xmlschemas/TrackPointExtension/v1"><x:hr>99</x:hr></x:TrackPointExtension>`, true},
		{"its second version", `<x:hr xmlns:x="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">99</x:hr>`, true},
		{"Cluetrust's", `<x:hr xmlns:x="http://www.cluetrust.com/XML/GPXDATA/1/0">99</x:hr>`, true},
		{"the plain name", `<heartrate>99</heartrate>`, true},
		{"a prefix that all know and nobody declared", `<gpxtpx:hr>99</gpxtpx:hr>`, true},
		{"a prefix that nobody knows", `<q:hr>99</q:hr>`, false},
		{"another namespace", `<x:hr xmlns:x="http://example.org/">99</x:hr>`, false},
		{"no namespace", `<hr>99</hr>`, false},
		{"other words", `<heart_rate>99</heart_rate>`, false},
		{"one that is read beside one that is not", `<bpm>98</bpm><heartrate>99</heartrate>`, true},
		{"none", ``, true},
		{"one that is no number", `<bpm>fast</bpm>`, true},
	} {
		doc := `<gpx><trk><type>running</type><trkseg><trkpt lat="-38.5" lon="-12.25"><time>2020-01-01T00:00:00Z</time><extensions>` + tt.extensions +
			`</extensions></trkpt><trkpt lat="-38.5" lon="-12.2"><time>2020-01-01T00:00:09Z</time></trkpt></trkseg></trk></gpx>`
		f, err := gpx.Decode(context.Background(), strings.NewReader(doc), gpx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		unread := slices.ContainsFunc(f.Activities[0].Findings, func(x finding.Finding) bool { return x.Code == finding.GPXHeartRateTag })
		if unread == tt.read {
			t.Errorf("%s: found %v", tt.name, f.Activities[0].Findings)
		}
	}
}
