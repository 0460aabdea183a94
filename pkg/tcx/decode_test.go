package tcx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/tcx"
)

const testdata = "../../testdata"

func decodeFile(t *testing.T, name string, o tcx.Options) (activity.File, error) {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return tcx.Decode(context.Background(), f, o)
}

// codes lists the findings of a file and its activities as "severity code ×n".
func codes(f activity.File) []string {
	all := f.Findings
	for i := range f.Activities {
		all = append(all, f.Activities[i].Findings...)
	}
	out := []string{}
	for _, x := range all {
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
	activities, laps, points, positions int
	sport                               activity.Sport
	start                               string
	device                              string
	timer, metres, kcal, bpm            string // totals; "" is absent
}

func factsOf(f activity.File) facts {
	var x facts
	x.activities = len(f.Activities)
	for i := range f.Activities {
		a := &f.Activities[i]
		x.laps += len(a.Laps)
		x.points += len(a.Records)
		x.positions += a.Sensors()["position"]
	}
	if len(f.Activities) == 0 {
		return x
	}
	a := &f.Activities[0]
	x.sport, x.device = a.Sport, a.Device.Name
	if !a.Start.IsZero() {
		x.start = a.Start.Format(time.RFC3339Nano)
		if a.Zone != nil {
			x.start = a.Start.In(a.Zone).Format(time.RFC3339Nano)
		}
	}
	x.timer, x.metres = a.Totals.TimerTime.String(), a.Totals.Distance.String()
	x.kcal, x.bpm = a.Totals.Calories.String(), a.Totals.AverageHeartRate.String()
	return x
}

// short is what testdata/dialects/short.tcx holds; most dialects say the same
// in another way.
func short(change func(*facts)) facts {
	x := facts{
		activities: 1, laps: 1, points: 61, positions: 61, sport: activity.Run, start: "2019-03-02T09:00:00Z",
		device: "Forerunner 310XT", timer: "60", metres: "167.52", kcal: "14", bpm: "122",
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
		{file: "short", says: "what Garmin writes", want: short(nil)},
		{file: "bom", says: "a byte order mark in front", want: short(nil)},
		{file: "no-namespace", says: "no namespaces and no prefixes", want: short(nil)},
		{file: "prefixed", says: "every element under a prefix", want: short(nil)},
		{file: "lower-case", says: "the sport in lower case", want: short(nil)},
		{file: "leading-blanks", says: "Polar's ten blanks before the declaration", want: short(nil), findings: []string{"info xml.leading"}},
		{file: "utf16le", says: "UTF-16", want: short(nil), findings: []string{"info xml.encoding"}},
		{
			file: "latin1", says: "ISO-8859-1", findings: []string{"info xml.encoding"},
			want: short(func(x *facts) { x.device = "Uhr für Zürich" }),
		},
		{file: "decimal-commas", says: "decimal commas", want: short(nil), findings: []string{"error tcx.number.comma ×246"}},
		{file: "float-calories", says: "calories with a fraction, as MapMyRide writes", want: short(func(x *facts) { x.kcal = "13.7" })},
		{file: "empty-numbers", says: "numbers without content", want: short(nil), findings: []string{"info tcx.number.empty ×12"}},
		{file: "nan", says: "NaN for a distance", want: short(nil), findings: []string{"warning tcx.number.invalid"}},
		{file: "no-zone", says: "times without a zone", want: short(nil), findings: []string{"info tcx.time.zone ×61"}},
		{file: "lap-start", says: "a lap without StartTime", want: short(nil), findings: []string{"info tcx.lap.start"}},
		{file: "sport-other", says: "Sport=Other", want: short(func(x *facts) { x.sport = "" }), findings: []string{"warning tcx.sport.unknown"}},
		{file: "sport-missing", says: "no Sport", want: short(func(x *facts) { x.sport = "" }), findings: []string{"warning tcx.sport.missing"}},
		{
			file: "backward", says: "two times swapped", want: short(nil),
			findings: []string{"warning tcx.time.backward"},
		},
		{file: "double-time", says: "one time twice", want: short(nil), findings: []string{"info tcx.time.double"}},
		{
			file: "zero-position", says: "a position of 0,0", findings: []string{"warning tcx.position.zero"},
			want: short(func(x *facts) { x.positions = 60 }),
		},
		{file: "low-altitude", says: "an altitude of −20,000 m for none", want: short(nil), findings: []string{"warning tcx.altitude.range"}},
		{
			file: "mi-fitness", says: "Mi Fitness without a track: totals only, calories in all and active",
			want:     facts{activities: 1, laps: 1, start: "2024-02-03T18:00:10Z", timer: "1805", kcal: "291", bpm: "131"},
			findings: []string{"warning tcx.sport.missing", "info tcx.lap.start", "info tcx.heartrate.bare", "warning tcx.calories.place", "error tcx.trackpoints.missing"},
		},
		{
			file: "mi-fitness-run", says: "Mi Fitness with a track: an Id that is no time, two laps without a start",
			want: facts{
				activities: 1, laps: 2, points: 3, sport: activity.Run, start: "2024-02-04T07:00:00Z",
				timer: "7", metres: "19.5", kcal: "1", bpm: "121",
			},
			findings: []string{"info tcx.lap.start ×2", "info tcx.heartrate.bare"},
		},
		{
			file: "unband", says: "unBand: an event number for Id, totals after the lap's end, seven decimals, heart rate 0",
			want: facts{
				activities: 1, laps: 1, points: 5, positions: 4, sport: activity.Run, start: "2015-03-12T18:47:20Z",
				timer: "5", metres: "13", kcal: "3", bpm: "110",
			},
			findings: []string{"warning tcx.heartrate.zero"},
		},
		{
			file: "fitbit", says: "Fitbit: milliseconds and a local offset",
			want: facts{
				activities: 1, laps: 1, points: 3, positions: 3, sport: activity.Run, start: "2022-12-04T20:14:28-04:00",
				device: "Fitbit Ionic", timer: "3", metres: "8.4", kcal: "1",
			},
		},
		{
			file: "huawei", says: "Huawei: xsi:type on the heart rate",
			want: facts{
				activities: 1, laps: 1, points: 3, positions: 3, sport: activity.Run, start: "2020-09-01T08:00:00+02:00",
				device: "Huawei Fitness Tracking Device", timer: "4", metres: "6", kcal: "0",
			},
		},
		{
			file: "amazfish", says: "amazfish: calories beside the lap, where Strava does not look",
			want:     facts{activities: 1, laps: 1, points: 2, sport: activity.Ride, start: "2021-05-01T10:00:00Z", timer: "2", kcal: "77"},
			findings: []string{"warning tcx.calories.place"},
		},
		{
			file: "course", says: "a course instead of a workout",
			want:     facts{activities: 1, laps: 1, points: 3, positions: 3, start: "2010-01-01T00:00:00Z", timer: "20", metres: "66.8"},
			findings: []string{"warning tcx.course", "info tcx.lap.start"},
		},
		{
			file: "multisport", says: "two workouts in a multisport session",
			want: facts{
				activities: 2, laps: 2, points: 182, positions: 182, sport: activity.Ride, start: "2018-06-03T08:00:00Z",
				device: "Forerunner 310XT", timer: "300", metres: "2396.59", kcal: "120", bpm: "167",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.file+" has "+tt.says, func(t *testing.T) {
			f, err := decodeFile(t, "dialects/"+tt.file+".tcx", tcx.Options{})
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
		})
	}
}

func TestBrokenFilesAreNamed(t *testing.T) {
	tests := []struct {
		file   string
		says   string
		want   []string     // findings, where something could be read
		fails  finding.Code // the failure, where nothing could
		points int
	}{
		{file: "truncated", says: "cut at two thirds", want: []string{"error xml.truncated"}, points: 41},
		{file: "mismatched", says: "an end tag of another name", want: []string{"error xml.malformed", "error tcx.trackpoints.single"}, points: 1},
		{file: "doctype", says: "a document type that defines an entity", fails: finding.XMLDoctype},
		{file: "no-times", says: "no time in any trackpoint", want: []string{"warning tcx.time.missing ×61", "error tcx.trackpoints.missing"}},
		{file: "no-start", says: "no time anywhere", want: []string{"info tcx.lap.start", "error tcx.trackpoints.missing", "error tcx.start.missing"}},
		{file: "no-laps", says: "an activity without laps", want: []string{"warning tcx.sport.unknown", "error tcx.laps.missing"}},
		{file: "no-activities", says: "a document without activities", fails: finding.TCXEmpty},
		{file: "negative-lap-time", says: "a lap of −60 s", want: []string{"warning tcx.lap.time"}, points: 61},
		{file: "one-point", says: "one trackpoint", want: []string{"error tcx.trackpoints.single"}, points: 1},
		{file: "empty", says: "nothing", fails: finding.XMLTruncated},
		{file: "hostile-name", says: "a device whose name turns the writing round", want: []string{}, points: 61},
	}
	for _, tt := range tests {
		t.Run(tt.file+" has "+tt.says, func(t *testing.T) {
			f, err := decodeFile(t, "broken/"+tt.file+".tcx", tcx.Options{})
			if tt.fails != "" {
				if code := finding.CodeOf(err); err == nil || code != tt.fails {
					t.Fatalf("error %v with code %q, want %q", err, code, tt.fails)
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

// document wraps an Activity's content.
func document(content string) string {
	return `<TrainingCenterDatabase><Activities><Activity Sport="Running">` + content + `</Activity></Activities></TrainingCenterDatabase>`
}

func decode(t *testing.T, doc string, o tcx.Options) activity.Activity {
	t.Helper()
	f, err := tcx.Decode(context.Background(), strings.NewReader(doc), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Activities) != 1 {
		t.Fatalf("%d activities, want 1", len(f.Activities))
	}
	return f.Activities[0]
}

func point(time string) string { return "<Trackpoint><Time>" + time + "</Time></Trackpoint>" }

func TestPauses(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, "2020-01-01T"+s+"Z")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	lap := func(start, seconds string, tracks ...string) string {
		out := `<Lap StartTime="2020-01-01T` + start + `Z"><TotalTimeSeconds>` + seconds + `</TotalTimeSeconds>`
		for _, tr := range tracks {
			out += "<Track>"
			for _, p := range strings.Fields(tr) {
				out += point("2020-01-01T" + p + "Z")
			}
			out += "</Track>"
		}
		return out + "</Lap>"
	}
	tests := []struct {
		name string
		laps string
		want []activity.Pause
	}{
		{
			name: "a new track within a lap is a pause",
			laps: lap("10:00:00", "60", "10:00:00 10:00:30", "10:02:00 10:02:30"),
			want: []activity.Pause{{From: at("10:00:30"), To: at("10:02:00"), Next: 2, Source: activity.PauseTrack}},
		},
		{
			name: "a new track at the same time is none",
			laps: lap("10:00:00", "60", "10:00:00 10:00:30", "10:00:30 10:01:00"),
		},
		{
			name: "an empty track is none",
			laps: lap("10:00:00", "60", "10:00:00 10:00:30", "", "10:00:31 10:01:00"),
			want: []activity.Pause{{From: at("10:00:30"), To: at("10:00:31"), Next: 2, Source: activity.PauseTrack}},
		},
		{
			name: "a new lap is none by itself",
			laps: lap("10:00:00", "60", "10:00:00 10:01:00") + lap("10:01:00", "60", "10:01:01 10:02:00"),
		},
		{
			name: "time between the end of a lap and the start of the next is a pause",
			laps: lap("10:00:00", "60", "10:00:00 10:01:00") + lap("10:03:00", "60", "10:03:00 10:04:00"),
			want: []activity.Pause{{From: at("10:01:00"), To: at("10:03:00"), Next: 2, Source: activity.PauseLap}},
		},
		{
			name: "two seconds between laps are rounding",
			laps: lap("10:00:00", "59.6", "10:00:00 10:01:00") + lap("10:01:02", "60", "10:01:02 10:02:00"),
		},
		{
			name: "a pause within a lap does not count again at its end",
			laps: lap("10:00:00", "60", "10:00:00 10:00:30", "10:01:30 10:02:00") + lap("10:02:00", "60", "10:02:01 10:03:00"),
			want: []activity.Pause{{From: at("10:00:30"), To: at("10:01:30"), Next: 2, Source: activity.PauseTrack}},
		},
		{
			name: "time that is missing in a lap, but has trackpoints at its end, is no pause between laps",
			laps: lap("10:00:00", "60", "10:00:00 10:01:00 10:02:59") + lap("10:03:00", "60", "10:03:00 10:04:00"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := decode(t, document(tt.laps), tcx.Options{})
			if diff := cmp.Diff(tt.want, a.Pauses); diff != "" {
				t.Errorf("pauses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTotalsAreTheLapsOwnAccount(t *testing.T) {
	a := decode(t, document(`
		<Lap StartTime="2020-01-01T10:00:00Z"><TotalTimeSeconds>100</TotalTimeSeconds><DistanceMeters>300</DistanceMeters>
			<MaximumSpeed>4</MaximumSpeed><Calories>20</Calories><AverageHeartRateBpm><Value>100</Value></AverageHeartRateBpm>
			<MaximumHeartRateBpm><Value>120</Value></MaximumHeartRateBpm><Cadence>80</Cadence>
			<Track>`+point("2020-01-01T10:00:00Z")+`</Track>
			<Extensions><ns3:LX><ns3:AvgWatts>200</ns3:AvgWatts><ns3:Steps>150</ns3:Steps></ns3:LX></Extensions></Lap>
		<Lap StartTime="2020-01-01T10:01:40Z"><TotalTimeSeconds>300</TotalTimeSeconds><DistanceMeters>700.5</DistanceMeters>
			<MaximumSpeed>3</MaximumSpeed><Calories>40</Calories><AverageHeartRateBpm><Value>140</Value></AverageHeartRateBpm>
			<MaximumHeartRateBpm><Value>150</Value></MaximumHeartRateBpm><Track>`+point("2020-01-01T10:01:40Z")+`</Track></Lap>`), tcx.Options{})
	want := activity.Totals{
		TimerTime: activity.Of(400), Distance: activity.Of(1000.5), Calories: activity.Of(60), MaxSpeed: activity.Of(4),
		AverageHeartRate: activity.Of(130), // 100 for 100 s, 140 for 300 s
		MaxHeartRate:     activity.Of(150), AverageCadence: activity.Of(80), AveragePower: activity.Of(200), Steps: activity.Of(150),
	}
	if diff := cmp.Diff(want, a.Totals, cmp.AllowUnexported(activity.Value{})); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	if len(a.Laps) != 2 || a.Laps[1].Records != (activity.Span{First: 1, End: 2}) {
		t.Errorf("laps %+v", a.Laps)
	}
}

func TestTrackpointsKeepEveryField(t *testing.T) {
	a := decode(t, document(`<Lap StartTime="2020-01-01T10:00:00Z"><Track><Trackpoint>
		<Time>2020-01-01T10:00:00.250Z</Time>
		<Position><LatitudeDegrees>-38.5</LatitudeDegrees><LongitudeDegrees>-12.25</LongitudeDegrees></Position>
		<AltitudeMeters>40.2</AltitudeMeters><DistanceMeters>0</DistanceMeters>
		<HeartRateBpm><Value>131.0</Value></HeartRateBpm><Cadence>85</Cadence>
		<Extensions><TPX xmlns="http://www.garmin.com/xmlschemas/ActivityExtension/v2"><Speed>2.5</Speed><Watts>210</Watts></TPX></Extensions>
		</Trackpoint></Track></Lap>`), tcx.Options{})
	want := []activity.Record{{
		Time: time.Date(2020, 1, 1, 10, 0, 0, 250e6, time.UTC).UnixMilli(), Lat: -38.5, Lon: -12.25, Altitude: 40.2,
		Speed: 2.5, HeartRate: 131, Cadence: 85, Power: 210,
		Has: activity.Time | activity.Position | activity.Altitude | activity.Distance | activity.Speed | activity.HeartRate | activity.Cadence | activity.Power,
	}}
	if diff := cmp.Diff(want, a.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestTimesWithoutAZoneAreReadInTheGivenOne(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Skip("no time zones here:", err)
	}
	f, err := decodeFile(t, "dialects/no-zone.tcx", tcx.Options{Zone: warsaw})
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
	doc := "<TrainingCenterDatabase><Activities>\n<Activity Sport=\"Running\">\n<Lap StartTime=\"2020-01-01T10:00:00Z\">\n" +
		"<DistanceMeters>far</DistanceMeters>\n<Calories>many</Calories></Lap></Activity></Activities></TrainingCenterDatabase>"
	a := decode(t, doc, tcx.Options{})
	for _, f := range a.Findings {
		if f.Code != finding.TCXNumber {
			continue
		}
		if f.Place.Line != 4 || f.Count != 2 || !strings.Contains(f.Message, `DistanceMeters "far"`) {
			t.Errorf("got %v, want line 4, twice, and the number as it stands", f)
		}
		return
	}
	t.Error("no finding about the numbers")
}

func TestReadErrorsComeWithWhatWasRead(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testdata, "dialects", "short.tcx"))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the disk went away")
	r := io.MultiReader(bytes.NewReader(data[:len(data)/2]), iotest.ErrReader(broken))
	f, err := tcx.Decode(context.Background(), r, tcx.Options{})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
	if len(f.Activities) != 1 || len(f.Activities[0].Records) < 20 {
		t.Error("what came before the error is lost")
	}
}

func TestCancelledContextEndsTheReading(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := tcx.Decode(ctx, bytes.NewReader(ride(t, "4")), tcx.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestAllocationsDoNotGrowWithTrackpoints(t *testing.T) {
	allocations := func(data []byte) float64 {
		return testing.AllocsPerRun(3, func() {
			if _, err := tcx.Decode(context.Background(), bytes.NewReader(data), tcx.Options{}); err != nil {
				t.Fatal(err)
			}
		})
	}
	// The longer ride has 36,000 trackpoints more. What may grow is the slices
	// that hold them, by doubling, and its 60 laps.
	small, large := allocations(ride(t, "1")), allocations(ride(t, "25"))
	if large > small+300 {
		t.Errorf("1 MB takes %.0f allocations, 25 MB %.0f", small, large)
	}
}

func TestCountsAreBounded(t *testing.T) {
	tests := []struct {
		name, doc string
		want      func(f activity.File) int
		limit     int
	}{
		{
			"activities", "<TrainingCenterDatabase><Activities>" + strings.Repeat("<Activity Sport=\"Running\"><Lap/></Activity>", 10_001),
			func(f activity.File) int { return len(f.Activities) }, 10_000,
		},
		{
			"laps", "<TrainingCenterDatabase><Activities><Activity>" + strings.Repeat("<Lap/>", 100_001),
			func(f activity.File) int { return len(f.Activities[0].Laps) }, 100_000,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := tcx.Decode(context.Background(), strings.NewReader(tt.doc), tcx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if n := tt.want(f); n != tt.limit {
				t.Errorf("%d %s, want the first %d", n, tt.name, tt.limit)
			}
			if len(f.Findings) != 1 || f.Findings[0].Code != finding.XMLLimit {
				t.Errorf("findings %v, want the limit", f.Findings)
			}
		})
	}
}

func TestFiguresBelowZeroAreNone(t *testing.T) {
	a := decode(t, document(`<Lap StartTime="2020-01-01T10:00:00Z"><Track><Trackpoint><Time>2020-01-01T10:00:00Z</Time>
		<AltitudeMeters>-3</AltitudeMeters><Cadence>-5</Cadence><Extensions><Watts>-200</Watts></Extensions></Trackpoint></Track></Lap>`), tcx.Options{})
	if has := a.Records[0].Has; has != activity.Time|activity.Altitude {
		t.Errorf("fields %b, want time and altitude", has)
	}
}

func TestLapWithoutStartBeginsWhereTheOneBeforeEnds(t *testing.T) {
	f, err := decodeFile(t, "dialects/mi-fitness-run.tcx", tcx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2024, 2, 4, 7, 0, 4, 0, time.UTC) // 4 s after the first
	if got := f.Activities[0].Laps[1].Start; !got.Equal(want) {
		t.Errorf("the second lap begins at %v, want %v", got, want)
	}
}
