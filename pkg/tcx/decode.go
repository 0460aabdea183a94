package tcx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/lexical"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
)

const (
	// lowestAltitude and highestAltitude, in metres, bound what is taken for an
	// altitude. Exporters write −20,000 or 65,535 for none.
	lowestAltitude, highestAltitude = -1000, 20000
	// highestHeartRate is the largest heart rate that the schema can hold.
	highestHeartRate = 255
	// maxActivities and maxLaps bound what a file may hold: an empty one costs a
	// hundred times its bytes in memory.
	maxActivities, maxLaps = 10_000, 100_000
	// maxText bounds the bytes kept of a name, a note or a word of the file.
	maxText = 4096
)

// The years outside which a time is called implausible: no band recorded before
// the first, and the second catches counters that rolled over.
var (
	earliest = time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	latest   = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
)

// The years that a time can be written in.
var (
	firstYear = time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastYear  = time.Date(10000, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
)

// Options change how a file is read. The zero value reads as Strava does.
type Options struct {
	Zone   *time.Location // for times that have no zone; nil: UTC
	Limits xmlscan.Limits // zero: the scanner's defaults
}

// Decode reads all activities of a TCX document.
//
// A damaged document gives what stands before the damage, with a finding that
// names it. An error means that nothing could be had, and is then a
// [finding.Failure]; or that reading r failed or ctx was cancelled, and then
// the file holds what came before and the error is that of the reader.
func Decode(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	d := decoder{ctx: ctx, scan: xmlscan.New(r, o.Limits), zone: o.Zone}
	err := d.document()
	return d.finish(err)
}

// errCancelled ends the reading when the context is done.
type errCancelled struct{ cause error }

func (e errCancelled) Error() string { return e.cause.Error() }

type decoder struct {
	ctx  context.Context //nolint:containedctx // lives for one call of Decode
	scan *xmlscan.Scanner
	zone *time.Location

	creator string // of the root element or the Author
	file    finding.List
	acts    []activity.Activity
	points  int // trackpoints so far, to look at the context now and then
	laps    int // so far, of all activities

	act   *activity.Activity // the one being read; nil between activities
	found finding.List       // its findings
	ended bool               // the document was read to its end

	lastMilli    int64 // time of the trackpoint before; lastTimed says if there is one
	lastTimed    bool
	lastDistance float64
}

// tooMany ends the reading at a limit.
func (d *decoder) tooMany(what string, limit int) error {
	return &xmlscan.Error{
		Kind: xmlscan.Limit, Offset: d.scan.Offset(), Line: d.scan.Line(), Msg: fmt.Sprintf("more than %d %s", limit, what),
	}
}

// place returns where the scanner is.
func (d *decoder) place() finding.Place { return finding.At(d.scan.Line(), d.scan.Offset()) }

// note records a finding about the activity being read. The detail is built
// only for the first of its kind.
func (d *decoder) note(code finding.Code, detail func() string) {
	if d.found.Seen(code) {
		return
	}
	text := ""
	if detail != nil {
		text = detail()
	}
	d.found.Add(code, d.place(), text)
}

// children calls visit for each child element of the current one, until its
// end. visit must consume the child up to its end, by reading or skipping it.
func (d *decoder) children(visit func(name []byte) error) error {
	for {
		kind, err := d.scan.Next()
		if err != nil {
			return err
		}
		switch kind {
		case xmlscan.Start:
			if err := visit(d.scan.Name()); err != nil {
				return err
			}
		case xmlscan.End, xmlscan.EOF:
			return nil
		}
	}
}

func (d *decoder) document() error {
	for {
		kind, err := d.scan.Next()
		if err != nil {
			return err
		}
		switch kind {
		case xmlscan.Start:
			if v, ok := d.scan.Attr("creator"); ok {
				d.creator = text(v)
			}
			if err := d.container(d.scan.Name()); err != nil {
				return err
			}
		case xmlscan.EOF:
			d.ended = true
			return nil
		}
	}
}

// container looks for workouts in an element, at whatever depth the dialect
// puts them.
func (d *decoder) container(name []byte) error {
	switch string(name) {
	case "TrainingCenterDatabase", "Activities", "MultiSportSession", "FirstSport", "NextSport", "Courses":
		return d.children(d.container)
	case "Activity":
		return d.activity(false)
	case "Course":
		return d.activity(true)
	case "Author":
		return d.children(func(name []byte) error {
			if string(name) != "Name" {
				return d.scan.Skip()
			}
			v, err := d.scan.Leaf()
			if err == nil && d.creator == "" {
				d.creator = text(v)
			}
			return err
		})
	}
	return d.scan.Skip()
}

func (d *decoder) activity(course bool) error {
	if len(d.acts) >= maxActivities {
		return d.tooMany("activities", maxActivities)
	}
	d.acts = append(d.acts, activity.Activity{Format: "tcx"})
	d.act = &d.acts[len(d.acts)-1]
	d.found = finding.List{}
	d.lastTimed, d.lastDistance = false, math.Inf(-1)
	if course {
		d.note(finding.TCXCourse, nil)
	} else {
		d.sport()
	}
	var id []byte
	var calories activity.Value
	err := d.children(func(name []byte) error {
		switch string(name) {
		case "Id":
			v, err := d.scan.Leaf()
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
			return d.into(&d.act.Notes)
		case "Name":
			return d.into(&d.act.Name)
		case "Creator":
			return d.device()
		}
		return d.scan.Skip()
	})
	d.conclude(id, calories, course)
	return err
}

// sport reads the attribute Sport. Strava takes five words from TCX and the
// athlete's default for all others.
func (d *decoder) sport() {
	v, ok := d.scan.Attr("Sport")
	d.act.RawSport = text(v)
	switch strings.ToLower(d.act.RawSport) {
	case "running":
		d.act.Sport = activity.Run
	case "biking":
		d.act.Sport = activity.Ride
	case "walking":
		d.act.Sport = activity.Walk
	case "hiking":
		d.act.Sport = activity.Hike
	case "swimming":
		d.act.Sport = activity.Swim
	default:
		if !ok || d.act.RawSport == "" {
			d.note(finding.TCXSportMissing, nil)
			return
		}
		d.note(finding.TCXSportUnknown, func() string { return quoted(v) })
	}
}

func (d *decoder) device() error {
	var major, minor string
	err := d.children(func(name []byte) error {
		switch string(name) {
		case "Name":
			return d.into(&d.act.Device.Name)
		case "UnitId":
			err := d.into(&d.act.Device.Serial)
			if strings.Trim(d.act.Device.Serial, "0") == "" { // programs write zeros for none
				d.act.Device.Serial = ""
			}
			return err
		case "ProductID":
			v, err := d.scan.Leaf()
			if n, convErr := strconv.Atoi(string(v)); convErr == nil && n > 0 {
				d.act.Device.Product = n
			}
			return err
		case "Version":
			return d.children(func(name []byte) error {
				switch string(name) {
				case "VersionMajor":
					return d.into(&major)
				case "VersionMinor":
					return d.into(&minor)
				}
				return d.scan.Skip()
			})
		}
		return d.scan.Skip()
	})
	if major != "" && major+minor != "00" {
		d.act.Device.Version = major + "." + minor
	}
	return err
}

func (d *decoder) lap() error {
	lap := activity.Lap{Records: activity.Span{First: len(d.act.Records), End: len(d.act.Records)}}
	if v, ok := d.scan.Attr("StartTime"); ok && !lexical.IsBlank(v) {
		if ms, ok := d.instant(v); ok {
			lap.Start = time.UnixMilli(ms).UTC()
		}
	} else {
		d.note(finding.TCXLapStart, nil)
	}
	n := len(d.act.Laps)
	if d.laps++; d.laps > maxLaps {
		return d.tooMany("laps", maxLaps)
	}
	d.act.Laps = append(d.act.Laps, lap)
	t := &d.act.Laps[n].Totals
	err := d.children(func(name []byte) error {
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
			return d.into(&d.act.Laps[n].Intensity)
		case "TriggerMethod":
			return d.into(&d.act.Laps[n].Trigger)
		case "Extensions":
			return d.lapExtensions(t)
		}
		return d.scan.Skip()
	})
	d.act.Laps[n].Records.End = len(d.act.Records)
	return err
}

func (d *decoder) lapTime(into *activity.Value) error {
	v, err := d.number("TotalTimeSeconds")
	if seconds, ok := v.Get(); ok && seconds < 0 {
		d.note(finding.TCXLapTime, func() string { return v.String() + " s" })
		return err
	}
	*into = v
	return err
}

// lapExtensions reads the elements of ActivityExtension's LX, at any depth and
// under any prefix.
func (d *decoder) lapExtensions(t *activity.Totals) error {
	return d.children(func(name []byte) error {
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
		return d.scan.Skip()
	})
}

// track reads a Track. lap is the index of the lap around it, or -1.
func (d *decoder) track(lap int) error {
	a := d.act
	first := len(a.Records)
	var err error
	for err == nil {
		var kind xmlscan.Kind
		kind, err = d.scan.Next()
		if err != nil || kind == xmlscan.End || kind == xmlscan.EOF {
			break
		}
		if kind != xmlscan.Start {
			continue
		}
		if string(d.scan.Name()) == "Trackpoint" {
			err = d.trackpoint()
		} else {
			err = d.scan.Skip()
		}
	}
	if end := len(a.Records); end > first {
		d.pauseBefore(first, lap)
		a.Tracks = append(a.Tracks, activity.Span{First: first, End: end})
	}
	return err
}

// pauseBefore records the pause before a track that is not the first of its
// lap.
func (d *decoder) pauseBefore(first, lap int) {
	a := d.act
	if lap < 0 || first == 0 || first == a.Laps[lap].Records.First {
		return
	}
	from, to := a.Records[first-1].Time, a.Records[first].Time
	if to > from {
		a.Pauses = append(a.Pauses, activity.Pause{
			From: time.UnixMilli(from).UTC(), To: time.UnixMilli(to).UTC(), Next: first, Source: activity.PauseTrack,
		})
	}
}

// partial is what has been read of a trackpoint.
type partial struct {
	activity.Record
	lat, lon       activity.Value
	hasLat, hasLon bool // the elements were there, whatever they held
}

// trackpoint reads a Trackpoint. Its elements are found at any depth and under
// any prefix, because exporters disagree about the extensions.
func (d *decoder) trackpoint() error {
	if d.points++; d.points%4096 == 0 {
		if err := d.ctx.Err(); err != nil {
			return errCancelled{err}
		}
	}
	var p partial
	err := d.trackpointElements(&p)
	if p.Has != 0 || p.hasLat || p.hasLon || err == nil {
		d.keep(&p, err != nil)
	}
	return err
}

func (d *decoder) trackpointElements(p *partial) error {
	s := d.scan
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
			continue
		case xmlscan.Text:
			continue
		}
		switch string(s.Name()) {
		case "Time":
			var v []byte
			if v, err = s.Leaf(); err == nil && !lexical.IsBlank(v) {
				if ms, ok := d.instant(v); ok {
					p.Time, p.Has = ms, p.Has|activity.Time
				}
			}
		case "LatitudeDegrees":
			p.hasLat = true
			err = d.value(&p.lat, "LatitudeDegrees")
		case "LongitudeDegrees":
			p.hasLon = true
			err = d.value(&p.lon, "LongitudeDegrees")
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

// sample reads a number into the field of a record.
func (d *decoder) sample(p *partial, field activity.Fields, name string) error {
	n, err := d.number(name)
	v, ok := n.Get()
	if !ok {
		return err
	}
	if v < 0 && !signed(field) {
		d.note(finding.TCXNumber, func() string { return name + " " + n.String() })
		return err
	}
	switch field {
	case activity.Altitude:
		if v < lowestAltitude || v > highestAltitude {
			d.note(finding.TCXAltitudeRange, func() string { return n.String() + " m" })
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

// keep adds a trackpoint to the records. One that was cut off by the end of
// the data keeps the elements that were complete.
func (d *decoder) keep(p *partial, cut bool) {
	lat, latOK := p.lat.Get()
	lon, lonOK := p.lon.Get()
	switch {
	case latOK && lonOK && lat == 0 && lon == 0:
		d.note(finding.TCXPositionZero, nil)
	case latOK && lonOK && math.Abs(lat) <= 90 && math.Abs(lon) <= 180:
		p.Lat, p.Lon, p.Has = lat, lon, p.Has|activity.Position
	case (p.hasLat || p.hasLon) && !cut:
		d.note(finding.TCXPositionRange, func() string {
			return fmt.Sprintf("latitude %s, longitude %s", known(p.lat), known(p.lon))
		})
	}
	if p.Has&activity.Time == 0 {
		if !cut {
			d.note(finding.TCXTimeMissing, nil)
		}
		return
	}
	if d.lastTimed {
		switch {
		case p.Time < d.lastMilli:
			d.note(finding.TCXTimeBackward, func() string {
				return fmt.Sprintf("%s after %s", stamp(p.Time), stamp(d.lastMilli))
			})
		case p.Time == d.lastMilli:
			d.note(finding.TCXTimeDouble, func() string { return stamp(p.Time) })
		}
	}
	d.lastMilli, d.lastTimed = p.Time, true
	if p.Has&activity.Distance != 0 {
		if p.Distance < d.lastDistance {
			d.note(finding.TCXDistanceBack, nil)
		}
		d.lastDistance = p.Distance
	}
	d.act.Records = append(d.act.Records, p.Record)
}

func known(v activity.Value) string {
	if v.Known() {
		return v.String()
	}
	return "missing"
}

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999Z") }

// instant reads a time, in ms since the epoch.
func (d *decoder) instant(v []byte) (int64, bool) {
	t, ok := lexical.Time(v)
	if !ok {
		d.note(finding.TCXTimeInvalid, func() string { return quoted(v) })
		return 0, false
	}
	ms := t.UnixMilli
	switch t.Zone {
	case lexical.None:
		d.note(finding.TCXTimeZone, func() string { return quoted(v) })
		if d.zone != nil {
			wall := time.UnixMilli(ms).UTC()
			local := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), d.zone)
			ms = local.UnixMilli()
			if d.act.Zone == nil {
				d.act.Zone = d.zone
			}
		}
	case lexical.Offset:
		// An offset of zero is how some programs write UTC: it says nothing about
		// where the athlete was.
		if d.act.Zone == nil && t.OffsetSeconds != 0 {
			d.act.Zone = time.FixedZone("", t.OffsetSeconds)
		}
	}
	if ms < firstYear || ms >= lastYear {
		d.note(finding.TCXTimeInvalid, func() string { return quoted(v) })
		return 0, false
	}
	if ms < earliest || ms >= latest {
		d.note(finding.TCXTimeImplaus, func() string { return stamp(ms) })
	}
	return ms, true
}

// number reads the content of the current element as a number, and consumes
// the element.
func (d *decoder) number(name string) (activity.Value, error) {
	b, err := d.scan.Leaf()
	if err != nil {
		return activity.Value{}, err
	}
	v, remark, ok := lexical.Number(b)
	switch {
	case ok && remark&lexical.Comma != 0:
		d.note(finding.TCXNumberComma, func() string { return name + " " + quoted(b) })
	case !ok && lexical.IsBlank(b):
		d.note(finding.TCXNumberEmpty, func() string { return name })
		return activity.Value{}, nil
	case !ok:
		d.note(finding.TCXNumber, func() string { return name + " " + quoted(b) })
		return activity.Value{}, nil
	}
	return activity.Of(v), nil
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
	s := d.scan
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
			d.note(finding.TCXHeartRateBare, nil)
			if n, _, ok := lexical.Number(b); ok {
				v = activity.Of(n)
			} else {
				d.note(finding.TCXNumber, func() string { return "heart rate " + quoted(b) })
			}
		}
	}
	bpm, ok := v.Get()
	switch {
	case !ok:
		return nil
	case bpm < 0 || bpm > highestHeartRate:
		d.note(finding.TCXNumber, func() string { return "heart rate " + v.String() })
		return nil
	case bpm == 0:
		d.note(finding.TCXHeartRateZero, nil)
	}
	*into = v
	return nil
}

// into reads the content of the current element as a text.
func (d *decoder) into(s *string) error {
	v, err := d.scan.Leaf()
	if err == nil {
		*s = text(v)
	}
	return err
}

func text(b []byte) string { return string(b[:min(len(b), maxText)]) }

// quoted shows untrusted text of the file in a message.
func quoted(b []byte) string {
	const most = 40
	if len(b) > most {
		return strconv.Quote(string(b[:most])) + "…"
	}
	return strconv.Quote(string(b))
}

// finish makes the file of what was read, and judges the error that ended the
// reading.
func (d *decoder) finish(err error) (activity.File, error) {
	d.scannerNotes()
	for i := range d.acts {
		d.acts[i].Creator = d.creator
	}
	var cancelled errCancelled
	if errors.As(err, &cancelled) {
		return activity.File{Activities: d.acts, Findings: d.file.Findings()}, cancelled.cause
	}
	var damage *xmlscan.Error
	if errors.As(err, &damage) {
		place := finding.At(damage.Line, damage.Offset)
		if damage.Kind == xmlscan.Read {
			return activity.File{Activities: d.acts, Findings: d.file.Findings()}, damage.Err
		}
		code := damageCode(damage.Kind)
		if !d.holdsAnything() {
			return activity.File{}, finding.Fail(code, place, damage.Msg, damage.Err)
		}
		d.file.Add(code, place, damage.Msg+"; what comes before is kept")
	} else if err != nil {
		return activity.File{}, err
	}
	if len(d.acts) == 0 {
		return activity.File{}, finding.Fail(finding.TCXEmpty, finding.Place{}, "", nil)
	}
	return activity.File{Activities: d.acts, Findings: d.file.Findings()}, nil
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

func damageCode(kind xmlscan.ErrorKind) finding.Code {
	switch kind {
	case xmlscan.Truncated:
		return finding.XMLTruncated
	case xmlscan.Doctype:
		return finding.XMLDoctype
	case xmlscan.Limit:
		return finding.XMLLimit
	case xmlscan.Encoding:
		return finding.XMLEncodingUnknown
	default:
		return finding.XMLMalformed
	}
}

// scannerNotes turns what the scanner tolerated into findings.
func (d *decoder) scannerNotes() {
	n := d.scan.Notes()
	if n.Encoding != "" {
		d.file.Add(finding.XMLEncoding, finding.Place{}, n.Encoding)
	}
	if n.LeadingSpace {
		d.file.Add(finding.XMLLeading, finding.AtByte(0), "")
	}
	d.file.AddN(finding.XMLInvalidText, finding.At(n.InvalidTextLine, n.InvalidTextOffset), "", n.InvalidText)
	d.file.AddN(finding.XMLPrefix, finding.At(n.UndeclaredPrefixLine, n.UndeclaredPrefixOffset), "", n.UndeclaredPrefix)
}
