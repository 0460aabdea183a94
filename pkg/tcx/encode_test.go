package tcx_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/tcx"
)

var ten = time.Date(2024, time.March, 1, 10, 0, 0, 0, time.UTC)

// second returns the instant so many seconds after ten.
func second(s float64) time.Time { return ten.Add(time.Duration(s * float64(time.Second))) }

// hike is a workout of two laps, with a pause within the first and one between
// them.
func hike() activity.Activity {
	a := activity.Activity{
		Name: "Hike", Notes: "up & down", Creator: "Band app", Sport: activity.Hike, Start: ten,
		Device: activity.Device{Name: "Band 3", Serial: "77", Product: 12, Version: "3.05", Manufacturer: "band"},
		Laps: []activity.Lap{
			{Start: ten, Records: activity.Span{First: 0, End: 3}, Trigger: "distance", Intensity: "active", Totals: activity.Totals{TimerTime: activity.Of(11), Calories: activity.Of(7)}},
			{Start: second(62), Records: activity.Span{First: 3, End: 5}, Trigger: "session_end", Totals: activity.Totals{TimerTime: activity.Of(10), MaxHeartRate: activity.Of(120), AverageCadence: activity.Of(50), Ascent: activity.Of(3)}},
		},
		Tracks: []activity.Span{{First: 0, End: 2}, {First: 2, End: 3}, {First: 3, End: 5}},
		Pauses: []activity.Pause{
			{From: second(1), To: second(41), Next: 2, Source: activity.PauseTimer},
			{From: second(51), To: second(111), Next: 3, Source: activity.PauseTimer},
		},
		Totals: activity.Totals{Calories: activity.Of(20)},
	}
	for i, s := range []float64{0, 1, 41, 111, 121.5} {
		a.Records = append(a.Records, activity.Record{
			Time: second(s).UnixMilli(), Lat: -40.1, Lon: -20.5, Distance: float64(i) * 10, Temperature: 20, Cadence: 51, Power: 80, Speed: 1.5,
			Has: activity.Time | activity.Position | activity.Distance | activity.Temperature,
		})
	}
	a.Records[4].Has |= activity.Cadence | activity.Power | activity.Speed
	return a
}

func TestEncode(t *testing.T) {
	const want = `  <Activities>
    <Activity Sport="SPORT">
      <Id>2024-03-01T10:00:00Z</Id>
      <Lap StartTime="2024-03-01T10:00:00Z">
        <TotalTimeSeconds>11</TotalTimeSeconds>
        <DistanceMeters>20</DistanceMeters>
        <Calories>FIRST</Calories>
        <Intensity>Active</Intensity>
        <TriggerMethod>Distance</TriggerMethod>
        <Track>
          <Trackpoint><Time>2024-03-01T10:00:00Z</Time><Position><LatitudeDegrees>-40.1</LatitudeDegrees><LongitudeDegrees>-20.5</LongitudeDegrees></Position><DistanceMeters>0</DistanceMeters></Trackpoint>
          <Trackpoint><Time>2024-03-01T10:00:01Z</Time><Position><LatitudeDegrees>-40.1</LatitudeDegrees><LongitudeDegrees>-20.5</LongitudeDegrees></Position><DistanceMeters>10</DistanceMeters></Trackpoint>
        </Track>
        <Track>
          <Trackpoint><Time>2024-03-01T10:00:41Z</Time><Position><LatitudeDegrees>-40.1</LatitudeDegrees><LongitudeDegrees>-20.5</LongitudeDegrees></Position><DistanceMeters>20</DistanceMeters></Trackpoint>
        </Track>
      </Lap>
      <Lap StartTime="2024-03-01T10:01:02Z">
        <TotalTimeSeconds>10</TotalTimeSeconds>
        <DistanceMeters>20</DistanceMeters>
SECOND        <MaximumHeartRateBpm><Value>120</Value></MaximumHeartRateBpm>
        <Intensity>Active</Intensity>
        <TriggerMethod>Manual</TriggerMethod>
        <Track>
          <Trackpoint><Time>2024-03-01T10:01:51Z</Time><Position><LatitudeDegrees>-40.1</LatitudeDegrees><LongitudeDegrees>-20.5</LongitudeDegrees></Position><DistanceMeters>30</DistanceMeters></Trackpoint>
          <Trackpoint><Time>2024-03-01T10:02:01.500Z</Time><Position><LatitudeDegrees>-40.1</LatitudeDegrees><LongitudeDegrees>-20.5</LongitudeDegrees></Position><DistanceMeters>40</DistanceMeters><Extensions><ns3:TPX><ns3:Speed>1.5</ns3:Speed><ns3:RunCadence>51</ns3:RunCadence><ns3:Watts>80</ns3:Watts></ns3:TPX></Extensions></Trackpoint>
        </Track>
        <Extensions><ns3:LX><ns3:AvgRunCadence>50</ns3:AvgRunCadence></ns3:LX></Extensions>
      </Lap>
      <Notes>up &amp; down</Notes>
      <Creator xsi:type="Device_t"><Name>Band 3</Name><UnitId>77</UnitId><ProductID>12</ProductID><Version><VersionMajor>3</VersionMajor><VersionMinor>05</VersionMinor></Version></Creator>
    </Activity>
  </Activities>
  <Author xsi:type="Application_t"><Name>Band app</Name><Build><Version><VersionMajor>0</VersionMajor><VersionMinor>0</VersionMinor></Version></Build><LangID>en</LangID><PartNumber>000-00000-00</PartNumber></Author>
</TrainingCenterDatabase>
`
	for _, tt := range []struct {
		name                 string
		options              tcx.EncodeOptions
		sport, first, second string
	}{
		// The schema has no hikes, and demands calories.
		{"to the letter of the schemas", tcx.EncodeOptions{}, "Other", "7", "        <Calories>0</Calories>\n"},
		// Strava has, and adds up the laps: the longer one takes what is missing to 20.
		{"for Strava", tcx.EncodeOptions{Strava: true}, "Hiking", "20", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := tcx.Encode(&b, []activity.Activity{hike()}, tt.options); err != nil {
				t.Fatal(err)
			}
			want := strings.NewReplacer("SPORT", tt.sport, "FIRST", tt.first, "SECOND", tt.second).Replace(want)
			_, body, _ := strings.Cut(b.String(), ".xsd\">\n")
			if diff := cmp.Diff(want, body); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A pause at the end of a lap is time between two laps, also where the device
// began the next lap in the middle of it.
func TestPausesBetweenLaps(t *testing.T) {
	a := hike()
	for _, start := range []float64{51, 62, 111} {
		a.Laps[1].Start = second(start)
		out, err := tcx.Project([]activity.Activity{a}, tcx.EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p := out[0].Pauses
		if len(p) != 2 || p[0].Source != activity.PauseTrack || p[1].Source != activity.PauseLap || p[1].Next != 3 || p[1].Duration() != 70*time.Second {
			t.Errorf("the lap begins at %v s: pauses %v", start, p)
		}
	}
}

func TestWhatCannotBeEncoded(t *testing.T) {
	var b bytes.Buffer
	if err := tcx.Encode(&b, []activity.Activity{{Sport: activity.Run}}, tcx.EncodeOptions{}); finding.CodeOf(err) != finding.ConvertEmpty || b.Len() > 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
	full := errors.New("the disk is full")
	if err := tcx.Encode(broken{full}, []activity.Activity{hike()}, tcx.EncodeOptions{}); !errors.Is(err, full) {
		t.Errorf("%v, want the error of the writer", err)
	}
}

// Two workouts that began at once have two ids: the schema wants that.
func TestIdsDiffer(t *testing.T) {
	var b bytes.Buffer
	if err := tcx.Encode(&b, []activity.Activity{hike(), hike()}, tcx.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "<Id>2024-03-01T10:00:00Z</Id>") != 1 || strings.Count(b.String(), "<Id>2024-03-01T10:00:00.001Z</Id>") != 1 {
		t.Error("the ids are the same")
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
