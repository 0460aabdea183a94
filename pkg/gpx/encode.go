package gpx

import (
	"fmt"
	"io"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/xmlwrite"
)

// EncodeOptions change how a file is written. The zero value keeps to the
// schemas.
type EncodeOptions struct {
	// Strava writes power, distance and speed as plain tags beside
	// TrackPointExtension v1, which are what Strava reads. The schema of GPX does
	// not allow plain tags there.
	Strava bool
}

// Encode writes workouts as one GPX 1.1 document, a track each: heart rate,
// cadence, temperature and speed in Garmin's TrackPointExtension v2, power in
// PowerExtension v1, distance in Cluetrust's GPXDATA, totals in
// TrackStatsExtension. A pause is the end of a segment. What cannot be written
// is what [Project] leaves out.
//
// It holds nothing of the document but a buffer. An error is one of Project,
// before anything was written, or that of w.
func Encode(w io.Writer, acts []activity.Activity, o EncodeOptions) error {
	acts, err := Project(acts)
	if err != nil {
		return err
	}
	e := encoder{Writer: xmlwrite.New(w), tags: &garmin}
	if o.Strava {
		e.tags = &plain
	}
	e.begin(acts)
	for i := range acts {
		e.track(&acts[i])
	}
	e.Raw("</gpx>\n")
	if err := e.Close(); err != nil {
		return fmt.Errorf("writing GPX: %w", err)
	}
	return nil
}

// tags are the elements of a trackpoint's extensions.
type tags struct {
	extension                                        string // the namespace of TrackPointExtension
	speed, speedEnd                                  string // within it; "" for beside it
	power, powerEnd, distance, distanceEnd           string
	besideSpeed, besideSpeedEnd, declared, locations string
}

var (
	garmin = tags{
		extension: "http://www.garmin.com/xmlschemas/TrackPointExtension/v2",
		speed:     "<gpxtpx:speed>", speedEnd: "</gpxtpx:speed>",
		power: "<pwr:PowerInWatts>", powerEnd: "</pwr:PowerInWatts>",
		distance: "<gpxdata:distance>", distanceEnd: "</gpxdata:distance>",
		declared: ` xmlns:pwr="http://www.garmin.com/xmlschemas/PowerExtension/v1"` +
			` xmlns:gpxdata="http://www.cluetrust.com/XML/GPXDATA/1/0"`,
		locations: " http://www.garmin.com/xmlschemas/TrackPointExtension/v2 https://www8.garmin.com/xmlschemas/TrackPointExtensionv2.xsd" +
			" http://www.garmin.com/xmlschemas/PowerExtension/v1 https://www8.garmin.com/xmlschemas/PowerExtensionv1.xsd",
	}
	plain = tags{
		extension: "http://www.garmin.com/xmlschemas/TrackPointExtension/v1",
		power:     "<power>", powerEnd: "</power>",
		distance: "<distance>", distanceEnd: "</distance>",
		besideSpeed: "<speed>", besideSpeedEnd: "</speed>",
		locations: " http://www.garmin.com/xmlschemas/TrackPointExtension/v1 https://www8.garmin.com/xmlschemas/TrackPointExtensionv1.xsd",
	}
)

type encoder struct {
	*xmlwrite.Writer
	tags *tags
}

func (e *encoder) begin(acts []activity.Activity) {
	e.Raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<gpx version="1.1" creator="`)
	creator := nobody
	if len(acts) > 0 {
		creator = acts[0].Creator
	}
	e.Text(creator)
	e.Raw(`" xmlns="http://www.topografix.com/GPX/1/1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:gpxtpx="`)
	e.Raw(e.tags.extension)
	e.Raw(`"` + e.tags.declared + ` xmlns:gpxtrkx="http://www.garmin.com/xmlschemas/TrackStatsExtension/v1"`)
	e.Raw(` xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd` + e.tags.locations + `">` + "\n")
	if len(acts) > 0 {
		e.Raw("  <metadata><time>")
		e.Time(acts[0].Start.UnixMilli())
		e.Raw("</time></metadata>\n")
	}
}

func (e *encoder) track(a *activity.Activity) {
	e.Raw("  <trk>\n")
	e.element("    <name>", a.Name, "</name>\n")
	e.element("    <desc>", a.Notes, "</desc>\n")
	e.element("    <src>", a.Device.Name, "</src>\n")
	e.element("    <type>", a.RawSport, "</type>\n")
	e.totals(&a.Totals)
	for _, segment := range a.Tracks {
		e.Raw("    <trkseg>\n")
		for i := segment.First; i < segment.End && e.Err() == nil; i++ {
			e.trackpoint(&a.Records[i])
		}
		e.Raw("    </trkseg>\n")
	}
	e.Raw("  </trk>\n")
}

func (e *encoder) element(start, text, end string) {
	if text == "" {
		return
	}
	e.Raw(start)
	e.Text(text)
	e.Raw(end)
}

func (e *encoder) totals(t *activity.Totals) {
	if *t == (activity.Totals{}) {
		return
	}
	e.Raw("    <extensions><gpxtrkx:TrackStatsExtension>")
	for _, figure := range []struct {
		name  string
		value activity.Value
	}{ // in the order of the schema
		{"Distance", t.Distance},
		{"TimerTime", t.TimerTime},
		{"TotalElapsedTime", t.ElapsedTime},
		{"MovingTime", t.MovingTime},
		{"MaxSpeed", t.MaxSpeed},
		{"Ascent", t.Ascent},
		{"Descent", t.Descent},
		{"Calories", t.Calories},
		{"AvgHeartRate", t.AverageHeartRate},
		{"AvgCadence", t.AverageCadence},
	} {
		if v, ok := figure.value.Get(); ok {
			e.Raw("<gpxtrkx:" + figure.name + ">")
			e.Float(v)
			e.Raw("</gpxtrkx:" + figure.name + ">")
		}
	}
	e.Raw("</gpxtrkx:TrackStatsExtension></extensions>\n")
}

// extended are the fields that stand in extensions, and inGarmin those of them
// that stand in TrackPointExtension.
const (
	extended = inGarmin | activity.Speed | activity.Power | activity.Distance
	inGarmin = activity.Temperature | activity.HeartRate | activity.Cadence
)

func (e *encoder) trackpoint(r *activity.Record) {
	e.Raw(`      <trkpt lat="`)
	e.Float(r.Lat)
	e.Raw(`" lon="`)
	e.Float(r.Lon)
	e.Raw(`">`)
	if r.Has&activity.Altitude != 0 {
		e.Raw("<ele>")
		e.Float(r.Altitude)
		e.Raw("</ele>")
	}
	e.Raw("<time>")
	e.Time(r.Time)
	e.Raw("</time>")
	if r.Has&extended != 0 {
		e.extensions(r)
	}
	e.Raw("</trkpt>\n")
}

func (e *encoder) extensions(r *activity.Record) {
	t := e.tags
	e.Raw("<extensions>")
	within := r.Has&inGarmin != 0 || t.speed != "" && r.Has&activity.Speed != 0
	if within {
		e.Raw("<gpxtpx:TrackPointExtension>")
		if r.Has&activity.Temperature != 0 {
			e.Raw("<gpxtpx:atemp>")
			e.Float32(r.Temperature)
			e.Raw("</gpxtpx:atemp>")
		}
		if r.Has&activity.HeartRate != 0 {
			e.Raw("<gpxtpx:hr>")
			e.Int(int64(r.HeartRate))
			e.Raw("</gpxtpx:hr>")
		}
		if r.Has&activity.Cadence != 0 {
			e.Raw("<gpxtpx:cad>")
			e.Int(int64(r.Cadence))
			e.Raw("</gpxtpx:cad>")
		}
		if t.speed != "" && r.Has&activity.Speed != 0 {
			e.Raw(t.speed)
			e.Float32(r.Speed)
			e.Raw(t.speedEnd)
		}
		e.Raw("</gpxtpx:TrackPointExtension>")
	}
	if r.Has&activity.Power != 0 {
		e.Raw(t.power)
		e.Int(int64(r.Power))
		e.Raw(t.powerEnd)
	}
	if r.Has&activity.Distance != 0 {
		e.Raw(t.distance)
		e.Float(r.Distance)
		e.Raw(t.distanceEnd)
	}
	if t.speed == "" && r.Has&activity.Speed != 0 {
		e.Raw(t.besideSpeed)
		e.Float32(r.Speed)
		e.Raw(t.besideSpeedEnd)
	}
	e.Raw("</extensions>")
}
