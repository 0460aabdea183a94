package tcx

import (
	"bytes"
	"context"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/lexical"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
	"github.com/bandport/bandport/pkg/internal/xmltrack"
)

// maxActivities and maxLaps bound what a file may hold: an empty one costs a
// hundred times its bytes in memory.
const maxActivities, maxLaps = 10_000, 100_000

// Options change how a file is read. The zero value reads as Strava does.
type Options struct {
	Zone   *time.Location // for times that have no zone; nil: UTC
	Limits xmlscan.Limits // zero: the scanner's defaults
	// KeepSource keeps the bytes of the document, and where each trackpoint stands
	// in them, for [Patch]. It costs the memory of the whole file. Of a document
	// that is not in UTF-8 no places are kept.
	KeepSource bool
}

// Decode reads all activities of a TCX document.
//
// A damaged document gives what stands before the damage, with a finding that
// names it. An error means that nothing could be had, and is then a
// [finding.Failure]; or that reading r failed or ctx was cancelled, and then
// the file holds what came before and the error is that of the reader.
func Decode(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	var data []byte
	if o.KeepSource {
		data, r = xmltrack.Kept(r)
	}
	d := decoder{Reader: xmltrack.New(ctx, r, o.Limits, o.Zone, &codes), places: o.KeepSource}
	f, err := d.finish(d.document())
	if o.KeepSource && len(f.Activities) > 0 {
		f.Source = &activity.Source{Format: "tcx", Data: data}
	}
	return f, err
}

// codes are what the readings that GPX has as well are called in TCX.
var codes = xmltrack.Codes{
	Number: finding.TCXNumber, NumberEmpty: finding.TCXNumberEmpty, NumberComma: finding.TCXNumberComma,
	TimeInvalid: finding.TCXTimeInvalid, TimeZone: finding.TCXTimeZone, TimeBackward: finding.TCXTimeBackward,
	TimeDouble: finding.TCXTimeDouble, TimeImplausible: finding.TCXTimeImplaus,
	PositionZero: finding.TCXPositionZero, PositionRange: finding.TCXPositionRange,
	AltitudeRange: finding.TCXAltitudeRange, HeartRateZero: finding.TCXHeartRateZero,
}

type decoder struct {
	xmltrack.Reader

	places  bool   // note where the trackpoints stand
	creator string // of the root element or the Author
	acts    []activity.Activity
	laps    int                // so far, of all activities
	act     *activity.Activity // the one being read; nil between activities

	lastDistance float64 // of the trackpoint before
}

func (d *decoder) document() error {
	for {
		kind, err := d.Scan.Tag()
		if err != nil {
			return err
		}
		switch kind {
		case xmlscan.Start:
			if v, ok := d.Scan.Attr("creator"); ok {
				d.creator = xmltrack.Text(v)
			}
			if err := d.container(d.Scan.Name()); err != nil {
				return err
			}
		case xmlscan.EOF:
			return nil
		}
	}
}

// container looks for workouts in an element, at whatever depth the dialect
// puts them.
func (d *decoder) container(name []byte) error {
	switch string(name) {
	case "TrainingCenterDatabase", "Activities", "MultiSportSession", "FirstSport", "NextSport", "Courses":
		return d.Children(d.container)
	case "Activity":
		return d.activity(false)
	case "Course":
		return d.activity(true)
	case "Author":
		return d.Children(func(name []byte) error {
			if string(name) != "Name" {
				return d.Scan.Skip()
			}
			v, err := d.Scan.Leaf()
			if err == nil && d.creator == "" {
				d.creator = xmltrack.Text(v)
			}
			return err
		})
	}
	return d.Scan.Skip()
}

func (d *decoder) activity(course bool) error {
	if len(d.acts) >= maxActivities {
		return d.TooMany("activities", maxActivities)
	}
	d.acts = append(d.acts, activity.Activity{Format: "tcx"})
	d.act = &d.acts[len(d.acts)-1]
	d.BeginActivity()
	d.lastDistance = math.Inf(-1)
	if course {
		d.Note(finding.TCXCourse, nil)
	} else {
		d.sport()
	}
	var id []byte
	var calories activity.Value
	err := d.Children(func(name []byte) error {
		switch string(name) {
		case "Id":
			v, err := d.Scan.Leaf()
			id = bytes.Clone(v)
			return err
		case "Lap":
			return d.lap()
		case "Track": // a course has its track beside its lap
			return d.track(-1)
		case "Calories":
			v, err := d.number("Calories")
			calories = v
			return err
		case "Notes":
			return d.Into(&d.act.Notes)
		case "Name":
			return d.Into(&d.act.Name)
		case "Creator":
			return d.device()
		}
		return d.Scan.Skip()
	})
	d.conclude(id, calories, course)
	return err
}

// sport reads the attribute Sport. Strava takes five words from TCX and the
// athlete's default for all others.
func (d *decoder) sport() {
	v, ok := d.Scan.Attr("Sport")
	d.act.RawSport = xmltrack.Text(v)
	if d.act.Sport = sportOf(d.act.RawSport); d.act.Sport != "" {
		return
	}
	if !ok || d.act.RawSport == "" {
		d.Note(finding.TCXSportMissing, nil)
		return
	}
	d.Note(finding.TCXSportUnknown, func() string { return xmltrack.Quoted(v) })
}

// sportOf returns Strava's sport for the word of a TCX, or "".
func sportOf(word string) activity.Sport {
	switch strings.ToLower(word) {
	case "running":
		return activity.Run
	case "biking":
		return activity.Ride
	case "walking":
		return activity.Walk
	case "hiking":
		return activity.Hike
	case "swimming":
		return activity.Swim
	}
	return ""
}

func (d *decoder) device() error {
	var major, minor string
	err := d.Children(func(name []byte) error {
		switch string(name) {
		case "Name":
			return d.Into(&d.act.Device.Name)
		case "UnitId":
			err := d.Into(&d.act.Device.Serial)
			if strings.Trim(d.act.Device.Serial, "0") == "" { // programs write zeros for none
				d.act.Device.Serial = ""
			}
			return err
		case "ProductID":
			v, err := d.Scan.Leaf()
			if n, convErr := strconv.Atoi(string(v)); convErr == nil && n > 0 {
				d.act.Device.Product = n
			}
			return err
		case "Version":
			return d.Children(func(name []byte) error {
				switch string(name) {
				case "VersionMajor":
					return d.Into(&major)
				case "VersionMinor":
					return d.Into(&minor)
				}
				return d.Scan.Skip()
			})
		}
		return d.Scan.Skip()
	})
	if major != "" && major+minor != "00" {
		d.act.Device.Version = major + "." + minor
	}
	return err
}

func (d *decoder) lap() error {
	lap := activity.Lap{Records: activity.Span{First: len(d.act.Records), End: len(d.act.Records)}}
	if v, ok := d.Scan.Attr("StartTime"); ok && !lexical.IsBlank(v) {
		if ms, ok := d.Instant(v); ok {
			lap.Start = time.UnixMilli(ms).UTC()
		}
	} else {
		d.Note(finding.TCXLapStart, nil)
	}
	n := len(d.act.Laps)
	if d.laps++; d.laps > maxLaps {
		return d.TooMany("laps", maxLaps)
	}
	d.act.Laps = append(d.act.Laps, lap)
	t := &d.act.Laps[n].Totals
	err := d.Children(func(name []byte) error {
		switch string(name) {
		case "Track", "Tracks":
			return d.track(n)
		case "TotalTimeSeconds":
			return d.lapTime(&t.TimerTime)
		case "DistanceMeters":
			return d.value(&t.Distance, "DistanceMeters")
		case "MaximumSpeed":
			return d.value(&t.MaxSpeed, "MaximumSpeed")
		case "Calories":
			return d.value(&t.Calories, "Calories")
		case "AverageHeartRateBpm", "HeartRateBpm":
			return d.heartRate(&t.AverageHeartRate)
		case "MaximumHeartRateBpm":
			return d.heartRate(&t.MaxHeartRate)
		case "Cadence":
			return d.value(&t.AverageCadence, "Cadence")
		case "Intensity":
			return d.Into(&d.act.Laps[n].Intensity)
		case "TriggerMethod":
			return d.Into(&d.act.Laps[n].Trigger)
		case "Extensions":
			return d.lapExtensions(t)
		}
		return d.Scan.Skip()
	})
	d.act.Laps[n].Records.End = len(d.act.Records)
	return err
}

func (d *decoder) lapTime(into *activity.Value) error {
	v, err := d.number("TotalTimeSeconds")
	if seconds, ok := v.Get(); ok && seconds < 0 {
		d.Note(finding.TCXLapTime, func() string { return v.String() + " s" })
		return err
	}
	*into = v
	return err
}

// lapExtensions reads the elements of ActivityExtension's LX, at any depth and
// under any prefix.
func (d *decoder) lapExtensions(t *activity.Totals) error {
	return d.Children(func(name []byte) error {
		switch string(name) {
		case "LX", "LapExtension":
			return d.lapExtensions(t)
		case "AvgSpeed":
			return d.value(&t.AverageSpeed, "AvgSpeed")
		case "MaxBikeCadence", "MaxRunCadence":
			return d.value(&t.MaxCadence, "cadence")
		case "AvgRunCadence":
			return d.value(&t.AverageCadence, "AvgRunCadence")
		case "AvgWatts":
			return d.value(&t.AveragePower, "AvgWatts")
		case "MaxWatts":
			return d.value(&t.MaxPower, "MaxWatts")
		case "Steps":
			return d.value(&t.Steps, "Steps")
		}
		return d.Scan.Skip()
	})
}

// track reads a Track. lap is the index of the lap around it, or -1.
func (d *decoder) track(lap int) error {
	a := d.act
	first := len(a.Records)
	var err error
	for err == nil {
		var kind xmlscan.Kind
		kind, err = d.Scan.Tag()
		if err != nil || kind == xmlscan.End || kind == xmlscan.EOF {
			break
		}
		if string(d.Scan.Name()) == "Trackpoint" {
			err = d.trackpoint()
		} else {
			err = d.Scan.Skip()
		}
	}
	if end := len(a.Records); end > first {
		addTrack(a, first, end, lap >= 0 && first > a.Laps[lap].Records.First)
	}
	return err
}

// addTrack makes records a track. Before one that is not the first of its lap
// the recording was paused.
func addTrack(a *activity.Activity, first, end int, paused bool) {
	if paused && first > 0 {
		from, to := a.Records[first-1].Time, a.Records[first].Time
		if to > from {
			a.Pauses = append(a.Pauses, activity.Pause{
				From: time.UnixMilli(from).UTC(), To: time.UnixMilli(to).UTC(), Next: first, Source: activity.PauseTrack,
			})
		}
	}
	a.Tracks = append(a.Tracks, activity.Span{First: first, End: end})
}

// partial is what has been read of a trackpoint.
type partial struct {
	activity.Record
	lat, lon   xmltrack.Coordinate
	positioned bool // a part of a position was there, whatever it held
}

// trackpoint reads a Trackpoint. Its elements are found at any depth and under
// any prefix, because exporters disagree about the extensions.
func (d *decoder) trackpoint() error {
	if err := d.BeginPoint(); err != nil {
		return err
	}
	from := d.Scan.Offset()
	var p partial
	err := d.trackpointElements(&p)
	if (p.Has != 0 || p.positioned || err == nil) && d.keep(&p, err != nil) && d.places {
		d.act.Places = append(d.act.Places, d.Extent(from))
	}
	return err
}

func (d *decoder) trackpointElements(p *partial) error {
	s := d.Scan
	for depth := 1; depth > 0; {
		kind, err := s.Tag()
		if err != nil {
			return err
		}
		switch kind {
		case xmlscan.EOF:
			return nil
		case xmlscan.End:
			depth--
			continue
		}
		switch string(s.Name()) {
		case "Time":
			var v []byte
			if v, err = s.Leaf(); err == nil && !lexical.IsBlank(v) {
				if ms, ok := d.Instant(v); ok {
					p.Time, p.Has = ms, p.Has|activity.Time
				}
			}
		case "LatitudeDegrees":
			p.positioned = true
			err = d.coordinate(&p.lat, "LatitudeDegrees")
		case "LongitudeDegrees":
			p.positioned = true
			err = d.coordinate(&p.lon, "LongitudeDegrees")
		case "AltitudeMeters":
			err = d.sample(p, activity.Altitude, "AltitudeMeters")
		case "DistanceMeters":
			err = d.sample(p, activity.Distance, "DistanceMeters")
		case "HeartRateBpm":
			var v activity.Value
			err = d.heartRate(&v)
			if bpm, ok := v.Get(); ok {
				p.HeartRate, p.Has = float32(bpm), p.Has|activity.HeartRate
			}
		case "Cadence", "RunCadence":
			err = d.sample(p, activity.Cadence, "Cadence")
		case "Speed":
			err = d.sample(p, activity.Speed, "Speed")
		case "Watts":
			err = d.sample(p, activity.Power, "Watts")
		case "Temperature", "atemp":
			err = d.sample(p, activity.Temperature, "Temperature")
		default: // Position, Extensions, TPX and whatever else: look inside
			depth++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) coordinate(into *xmltrack.Coordinate, name string) error {
	v, ok, err := d.Number(name)
	if ok {
		*into = xmltrack.Coordinate{Degrees: v, Known: true}
	}
	return err
}

// sample reads a number into the field of a record.
func (d *decoder) sample(p *partial, field activity.Fields, name string) error {
	v, ok, err := d.Number(name)
	if !ok {
		return err
	}
	if !signed(field) && !d.NotNegative(v, name) {
		return err
	}
	switch field {
	case activity.Altitude:
		if !d.Altitude(v) {
			return err
		}
		p.Altitude = v
	case activity.Distance:
		p.Distance = v
	case activity.Cadence:
		p.Cadence = float32(v)
	case activity.Speed:
		p.Speed = float32(v)
	case activity.Power:
		p.Power = float32(v)
	case activity.Temperature:
		p.Temperature = float32(v)
	}
	p.Has |= field
	return err
}

// signed reports whether a field of a record can be below 0.
func signed(field activity.Fields) bool {
	return field&(activity.Altitude|activity.Temperature|activity.Distance) != 0
}

// keep adds a trackpoint to the records, if it has a time. One that was cut off
// by the end of the data keeps the elements that were complete.
func (d *decoder) keep(p *partial, cut bool) bool {
	if p.lat.Known && p.lon.Known || p.positioned && !cut {
		if d.Position(p.lat, p.lon) {
			p.Lat, p.Lon, p.Has = p.lat.Degrees, p.lon.Degrees, p.Has|activity.Position
		}
	}
	if p.Has&activity.Time == 0 {
		if !cut {
			d.Note(finding.TCXTimeMissing, nil)
		}
		return false
	}
	d.InOrder(p.Time)
	if p.Has&activity.Distance != 0 {
		if p.Distance < d.lastDistance {
			d.Note(finding.TCXDistanceBack, nil)
		}
		d.lastDistance = p.Distance
	}
	d.act.Records = append(d.act.Records, p.Record)
	return true
}

// number reads the content of the current element as a number, and consumes
// the element.
func (d *decoder) number(name string) (activity.Value, error) {
	v, ok, err := d.Number(name)
	if !ok {
		return activity.Value{}, err
	}
	return activity.Of(v), err
}

func (d *decoder) value(into *activity.Value, name string) error {
	v, err := d.number(name)
	if v.Known() {
		*into = v
	}
	return err
}

// heartRate reads <HeartRateBpm><Value>n</Value></HeartRateBpm>, and the bare
// <HeartRateBpm>n</HeartRateBpm> of Mi Fitness.
func (d *decoder) heartRate(into *activity.Value) error {
	s := d.Scan
	var v activity.Value
	for depth := 1; depth > 0; {
		kind, err := s.Next()
		if err != nil {
			return err
		}
		switch kind {
		case xmlscan.EOF:
			return nil
		case xmlscan.End:
			depth--
		case xmlscan.Start:
			if string(s.Name()) != "Value" {
				depth++
				continue
			}
			if err := d.value(&v, "heart rate"); err != nil {
				return err
			}
		case xmlscan.Text:
			b := s.Text()
			if lexical.IsBlank(b) || depth != 1 {
				continue
			}
			d.Note(finding.TCXHeartRateBare, nil)
			if n, _, ok := lexical.Number(b); ok {
				v = activity.Of(n)
			} else {
				d.Note(finding.TCXNumber, func() string { return "heart rate " + xmltrack.Quoted(b) })
			}
		}
	}
	if bpm, ok := v.Get(); ok && d.HeartRate(bpm) {
		*into = v
	}
	return nil
}

// finish makes the file of what was read, and judges the error that ended the
// reading.
func (d *decoder) finish(err error) (activity.File, error) {
	keep, err := d.Conclude(err, d.holdsAnything())
	if !keep {
		return activity.File{}, err
	}
	if err == nil && len(d.acts) == 0 {
		return activity.File{}, finding.Fail(finding.TCXEmpty, finding.Place{}, "", nil)
	}
	for i := range d.acts {
		if d.acts[i].Creator = d.creator; d.Scan.Notes().Encoding != "" {
			d.acts[i].Places = nil // they are those of the converted text
		}
	}
	return activity.File{Activities: d.acts, Findings: d.File.Findings()}, err
}

// holdsAnything reports whether some activity has a trackpoint or a lap.
func (d *decoder) holdsAnything() bool {
	for i := range d.acts {
		if len(d.acts[i].Records) > 0 || len(d.acts[i].Laps) > 0 {
			return true
		}
	}
	return false
}
