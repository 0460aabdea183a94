package tcx

import (
	"fmt"
	"io"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/xmlwrite"
)

// Encode writes workouts as one TCX document of version 2 of the schema, speed,
// cadence of runs and power in ActivityExtension v2. What cannot be written is
// what [Project] leaves out.
//
// It holds nothing of the document but a buffer. An error is one of Project,
// before anything was written, or that of w.
func Encode(w io.Writer, acts []activity.Activity, o EncodeOptions) error {
	out, err := Project(acts, o)
	if err != nil {
		return err
	}
	e := encoder{Writer: xmlwrite.New(w), ids: map[int64]bool{}}
	e.Raw(head)
	for i := range out {
		f := acts[i].Sport.Family()
		e.foot = f == activity.RunFamily || f == activity.WalkFamily
		e.activity(&out[i])
	}
	e.Raw("  </Activities>\n")
	if len(out) > 0 && out[0].Creator != "" {
		e.Raw(`  <Author xsi:type="Application_t"><Name>`)
		e.Text(out[0].Creator)
		// The schema demands the rest, and nothing is known of it.
		e.Raw("</Name><Build><Version><VersionMajor>0</VersionMajor><VersionMinor>0</VersionMinor></Version></Build>" +
			"<LangID>en</LangID><PartNumber>000-00000-00</PartNumber></Author>\n")
	}
	e.Raw("</TrainingCenterDatabase>\n")
	if err := e.Close(); err != nil {
		return fmt.Errorf("writing TCX: %w", err)
	}
	return nil
}

const head = `<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"` +
	` xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2"` +
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
	` xsi:schemaLocation="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2` +
	` https://www8.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd` +
	` http://www.garmin.com/xmlschemas/ActivityExtension/v2 https://www8.garmin.com/xmlschemas/ActivityExtensionv2.xsd">
  <Activities>
`

type encoder struct {
	*xmlwrite.Writer
	foot bool           // cadence is that of steps
	ids  map[int64]bool // of activities that were written
}

func (e *encoder) activity(a *activity.Activity) {
	e.Raw(`    <Activity Sport="`)
	e.Text(a.RawSport)
	// The schema wants ids that differ. Where two workouts began at once the second
	// is told from the first by a millisecond; its laps say when it began.
	id := a.Start.UnixMilli()
	for e.ids[id] {
		id++
	}
	e.ids[id] = true
	e.Raw("\">\n      <Id>")
	e.Time(id)
	e.Raw("</Id>\n")
	tracks := a.Tracks
	for i := range a.Laps {
		n := 0
		for n < len(tracks) && tracks[n].End <= a.Laps[i].Records.End {
			n++
		}
		e.lap(a, &a.Laps[i], tracks[:n])
		tracks = tracks[n:]
	}
	if a.Notes != "" {
		e.Raw("      <Notes>")
		e.Text(a.Notes)
		e.Raw("</Notes>\n")
	}
	e.device(&a.Device)
	e.Raw("    </Activity>\n")
}

// value writes an element, unless there is no figure for it.
func (e *encoder) value(start string, v activity.Value, end string) {
	if n, ok := v.Get(); ok {
		e.Raw(start)
		e.Float(n)
		e.Raw(end)
	}
}

func (e *encoder) lap(a *activity.Activity, l *activity.Lap, tracks []activity.Span) {
	t := &l.Totals
	e.Raw(`      <Lap StartTime="`)
	e.Time(l.Start.UnixMilli())
	e.Raw("\">\n")
	e.value("        <TotalTimeSeconds>", t.TimerTime, "</TotalTimeSeconds>\n")
	e.value("        <DistanceMeters>", t.Distance, "</DistanceMeters>\n")
	e.value("        <MaximumSpeed>", t.MaxSpeed, "</MaximumSpeed>\n")
	e.value("        <Calories>", t.Calories, "</Calories>\n")
	e.value("        <AverageHeartRateBpm><Value>", t.AverageHeartRate, "</Value></AverageHeartRateBpm>\n")
	e.value("        <MaximumHeartRateBpm><Value>", t.MaxHeartRate, "</Value></MaximumHeartRateBpm>\n")
	e.Raw("        <Intensity>")
	e.Text(l.Intensity)
	e.Raw("</Intensity>\n")
	if !e.foot {
		e.value("        <Cadence>", t.AverageCadence, "</Cadence>\n")
	}
	e.Raw("        <TriggerMethod>")
	e.Text(l.Trigger)
	e.Raw("</TriggerMethod>\n")
	for _, track := range tracks {
		e.Raw("        <Track>\n")
		for i := track.First; i < track.End && e.Err() == nil; i++ {
			e.trackpoint(&a.Records[i])
		}
		e.Raw("        </Track>\n")
	}
	e.lapExtension(t)
	e.Raw("      </Lap>\n")
}

func (e *encoder) lapExtension(t *activity.Totals) {
	if !t.AverageSpeed.Known() && !t.MaxCadence.Known() && !(e.foot && t.AverageCadence.Known()) &&
		!t.Steps.Known() && !t.AveragePower.Known() && !t.MaxPower.Known() {
		return
	}
	e.Raw("        <Extensions><ns3:LX>")
	e.value("<ns3:AvgSpeed>", t.AverageSpeed, "</ns3:AvgSpeed>")
	if e.foot {
		e.value("<ns3:AvgRunCadence>", t.AverageCadence, "</ns3:AvgRunCadence>")
		e.value("<ns3:MaxRunCadence>", t.MaxCadence, "</ns3:MaxRunCadence>")
	} else {
		e.value("<ns3:MaxBikeCadence>", t.MaxCadence, "</ns3:MaxBikeCadence>")
	}
	e.value("<ns3:Steps>", t.Steps, "</ns3:Steps>")
	e.value("<ns3:AvgWatts>", t.AveragePower, "</ns3:AvgWatts>")
	e.value("<ns3:MaxWatts>", t.MaxPower, "</ns3:MaxWatts>")
	e.Raw("</ns3:LX></Extensions>\n")
}

func (e *encoder) trackpoint(r *activity.Record) {
	e.Raw("          <Trackpoint><Time>")
	e.Time(r.Time)
	e.Raw("</Time>")
	if r.Has&activity.Position != 0 {
		e.Raw("<Position><LatitudeDegrees>")
		e.Float(r.Lat)
		e.Raw("</LatitudeDegrees><LongitudeDegrees>")
		e.Float(r.Lon)
		e.Raw("</LongitudeDegrees></Position>")
	}
	if r.Has&activity.Altitude != 0 {
		e.Raw("<AltitudeMeters>")
		e.Float(r.Altitude)
		e.Raw("</AltitudeMeters>")
	}
	if r.Has&activity.Distance != 0 {
		e.Raw("<DistanceMeters>")
		e.Float(r.Distance)
		e.Raw("</DistanceMeters>")
	}
	if r.Has&activity.HeartRate != 0 {
		e.Raw("<HeartRateBpm><Value>")
		e.Int(int64(r.HeartRate))
		e.Raw("</Value></HeartRateBpm>")
	}
	steps := e.foot && r.Has&activity.Cadence != 0
	if r.Has&activity.Cadence != 0 && !steps {
		e.Raw("<Cadence>")
		e.Int(int64(r.Cadence))
		e.Raw("</Cadence>")
	}
	if steps || r.Has&(activity.Speed|activity.Power) != 0 {
		e.Raw("<Extensions><ns3:TPX>")
		if r.Has&activity.Speed != 0 {
			e.Raw("<ns3:Speed>")
			e.Float32(r.Speed)
			e.Raw("</ns3:Speed>")
		}
		if steps {
			e.Raw("<ns3:RunCadence>")
			e.Int(int64(r.Cadence))
			e.Raw("</ns3:RunCadence>")
		}
		if r.Has&activity.Power != 0 {
			e.Raw("<ns3:Watts>")
			e.Int(int64(r.Power))
			e.Raw("</ns3:Watts>")
		}
		e.Raw("</ns3:TPX></Extensions>")
	}
	e.Raw("</Trackpoint>\n")
}

// device writes what recorded the workout. The schema demands all of it, and
// zeros are how programs say that they do not know.
func (e *encoder) device(d *activity.Device) {
	if *d == (activity.Device{}) {
		return
	}
	orZero := func(s string) string {
		if s == "" {
			return "0"
		}
		return s
	}
	major, minor, _ := version(d.Version)
	e.Raw(`      <Creator xsi:type="Device_t"><Name>`)
	e.Text(d.Name)
	e.Raw("</Name><UnitId>" + orZero(d.Serial) + "</UnitId><ProductID>")
	e.Int(int64(d.Product))
	e.Raw("</ProductID><Version><VersionMajor>" + orZero(major) + "</VersionMajor><VersionMinor>" + orZero(minor) + "</VersionMinor></Version></Creator>\n")
}
