package gpx_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/gpx"
)

// walk is a workout with a bit of everything, and a pause.
func walk() activity.Activity {
	const all = activity.Time | activity.Position
	at := time.Date(2024, time.March, 1, 10, 0, 0, 0, time.UTC).UnixMilli()
	return activity.Activity{
		Name: "Morning <walk>", Notes: "two\nlines", Creator: `My "band"`, Sport: activity.Walk, RawSport: "walking",
		Device: activity.Device{Name: "Band 3"},
		Records: []activity.Record{
			{Time: at, Lat: -40.1, Lon: -20.5, Altitude: 12.4, Distance: 0, Speed: 1.25, HeartRate: 101, Cadence: 55, Power: 90, Temperature: 18.5, Has: 1<<9 - 1},
			{Time: at + 1500, Lat: 48.137154050171375, Lon: 180, Has: all},
			{Time: at + 2000, HeartRate: 99, Has: activity.Time | activity.HeartRate}, // no position
			{Time: at + 60_000, Lat: -40.2, Lon: -20.5, HeartRate: 0, Has: all | activity.HeartRate},
		},
		Pauses: []activity.Pause{{From: time.UnixMilli(at + 2500).UTC(), To: time.UnixMilli(at + 60_000).UTC(), Next: 3}},
		Tracks: []activity.Span{{First: 0, End: 3}, {First: 3, End: 4}},
		Totals: activity.Totals{Distance: activity.Of(123.4), Calories: activity.Of(7.6), MaxPower: activity.Of(100)},
	}
}

const head = `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="My &quot;band&quot;" xmlns="http://www.topografix.com/GPX/1/1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" `

func TestEncode(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options gpx.EncodeOptions
		want    string
	}{
		{"to the letter of the schemas", gpx.EncodeOptions{}, `  <metadata><time>2024-03-01T10:00:00Z</time></metadata>
  <trk>
    <name>Morning &lt;walk&gt;</name>
    <desc>two&#xA;lines</desc>
    <src>Band 3</src>
    <type>walking</type>
    <extensions><gpxtrkx:TrackStatsExtension><gpxtrkx:Distance>123.4</gpxtrkx:Distance><gpxtrkx:Calories>8</gpxtrkx:Calories></gpxtrkx:TrackStatsExtension></extensions>
    <trkseg>
      <trkpt lat="-40.1" lon="-20.5"><ele>12.4</ele><time>2024-03-01T10:00:00Z</time><extensions><gpxtpx:TrackPointExtension><gpxtpx:atemp>18.5</gpxtpx:atemp><gpxtpx:hr>101</gpxtpx:hr><gpxtpx:cad>55</gpxtpx:cad><gpxtpx:speed>1.25</gpxtpx:speed></gpxtpx:TrackPointExtension><pwr:PowerInWatts>90</pwr:PowerInWatts><gpxdata:distance>0</gpxdata:distance></extensions></trkpt>
      <trkpt lat="48.137154050171375" lon="-180"><time>2024-03-01T10:00:01.500Z</time></trkpt>
    </trkseg>
    <trkseg>
      <trkpt lat="-40.2" lon="-20.5"><time>2024-03-01T10:01:00Z</time></trkpt>
    </trkseg>
  </trk>
</gpx>
`},
		{"for Strava", gpx.EncodeOptions{Strava: true}, `  <metadata><time>2024-03-01T10:00:00Z</time></metadata>
  <trk>
    <name>Morning &lt;walk&gt;</name>
    <desc>two&#xA;lines</desc>
    <src>Band 3</src>
    <type>walking</type>
    <extensions><gpxtrkx:TrackStatsExtension><gpxtrkx:Distance>123.4</gpxtrkx:Distance><gpxtrkx:Calories>8</gpxtrkx:Calories></gpxtrkx:TrackStatsExtension></extensions>
    <trkseg>
      <trkpt lat="-40.1" lon="-20.5"><ele>12.4</ele><time>2024-03-01T10:00:00Z</time><extensions><gpxtpx:TrackPointExtension><gpxtpx:atemp>18.5</gpxtpx:atemp><gpxtpx:hr>101</gpxtpx:hr><gpxtpx:cad>55</gpxtpx:cad></gpxtpx:TrackPointExtension><power>90</power><distance>0</distance><speed>1.25</speed></extensions></trkpt>
      <trkpt lat="48.137154050171375" lon="-180"><time>2024-03-01T10:00:01.500Z</time></trkpt>
    </trkseg>
    <trkseg>
      <trkpt lat="-40.2" lon="-20.5"><time>2024-03-01T10:01:00Z</time></trkpt>
    </trkseg>
  </trk>
</gpx>
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := gpx.Encode(&b, []activity.Activity{walk()}, tt.options); err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(b.Bytes(), []byte(head)) {
				t.Errorf("begins with %.300s", b.String())
			}
			_, body, _ := bytes.Cut(b.Bytes(), []byte(".xsd\">\n"))
			if diff := cmp.Diff(tt.want, string(body)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeEncoded(t *testing.T) {
	indoor := walk()
	indoor.Records = indoor.Records[2:3]
	later := walk()
	later.Records[3].Time++
	for _, tt := range []struct {
		name string
		acts []activity.Activity
		want finding.Code
	}{
		{"no position", []activity.Activity{indoor}, finding.ConvertEmpty},
		{"two at once", []activity.Activity{walk(), later}, finding.ConvertTogether},
	} {
		var b bytes.Buffer
		if err := gpx.Encode(&b, tt.acts, gpx.EncodeOptions{}); finding.CodeOf(err) != tt.want || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", tt.name, err, b.Len())
		}
	}
	full := errors.New("the disk is full")
	if err := gpx.Encode(broken{full}, []activity.Activity{walk()}, gpx.EncodeOptions{}); !errors.Is(err, full) {
		t.Errorf("%v, want the error of the writer", err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
