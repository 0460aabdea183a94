package gpx

import (
	"bytes"
	"context"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/lexical"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
	"github.com/bandport/bandport/pkg/internal/xmltrack"
)

// maxTracks bounds what a file may hold: an empty track costs a hundred times
// its bytes in memory.
const maxTracks = 10_000

// Options change how a file is read. The zero value reads as Strava does.
type Options struct {
	Zone   *time.Location // for times that have no zone; nil: UTC
	Limits xmlscan.Limits // zero: the scanner's defaults
	// KeepSource keeps the bytes of the document, and where each trackpoint stands
	// in them, for [Patch]. It costs the memory of the whole file. Of a document
	// that is not in UTF-8 no places are kept.
	KeepSource bool
}

// Decode reads all workouts of a GPX document.
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
		f.Source = &activity.Source{Format: "gpx", Data: data}
	}
	return f, err
}

// codes are what the readings that TCX has as well are called in GPX.
var codes = xmltrack.Codes{
	Number: finding.GPXNumber, NumberEmpty: finding.GPXNumberEmpty, NumberComma: finding.GPXNumberComma,
	TimeInvalid: finding.GPXTimeInvalid, TimeZone: finding.GPXTimeZone, TimeBackward: finding.GPXTimeBackward,
	TimeDouble: finding.GPXTimeDouble, TimeImplausible: finding.GPXTimeImplaus,
	PositionZero: finding.GPXPositionZero, PositionRange: finding.GPXPositionRange,
	AltitudeRange: finding.GPXAltitudeRange, HeartRateZero: finding.GPXHeartRateZero,
}

type decoder struct {
	xmltrack.Reader

	places      bool   // note where the trackpoints stand
	creator     string // of the root element
	name, notes string // of the document
	routes      int
	waypoints   int
	tracks      int // track elements, with trackpoints or without
	acts        []activity.Activity

	act      *activity.Activity // the one being read; nil between tracks
	lost     int                // its trackpoints without a time
	lostHere int                // those of them that have a position
	breaks   int                // between its segments
	from     int                // its first record of a segment without an element, or −1

	heartRead, heartUnread bool // the trackpoint has a heart rate that Strava reads, or another

	distance  float64 // of the trackpoint before
	distances int     // trackpoints with one
	backward  int     // how many of them are smaller than the one before
}

func (d *decoder) document() error {
	for {
		kind, err := d.Scan.Tag()
		if err != nil {
			return err
		}
		switch kind {
		case xmlscan.EOF:
			return nil
		case xmlscan.Start:
			if string(d.Scan.Name()) == "gpx" {
				err = d.gpx()
			} else {
				err = d.Scan.Skip()
			}
			if err != nil {
				return err
			}
		}
	}
}

func (d *decoder) gpx() error {
	if v, ok := d.Scan.Attr("creator"); ok {
		d.creator = xmltrack.Text(v)
	}
	return d.Children(func(name []byte) error {
		switch string(name) {
		case "trk":
			return d.track()
		case "metadata":
			return d.Children(d.about)
		case "rte":
			d.routes++
			d.beside(finding.GPXRoutes)
		case "wpt":
			d.waypoints++
			d.beside(finding.GPXWaypoints)
		default:
			return d.about(name) // GPX 1.0 has no metadata element, and Notify does without
		}
		return d.Scan.Skip()
	})
}

// beside counts what stands beside the tracks.
func (d *decoder) beside(code finding.Code) {
	if !d.File.Seen(code) {
		d.File.Add(code, d.Place(), "")
	}
}

// about reads an element that describes the document. Its time is that of the
// export and not that of the workout.
func (d *decoder) about(name []byte) error {
	switch string(name) {
	case "name":
		return d.Into(&d.name)
	case "desc", "description":
		return d.Into(&d.notes)
	}
	return d.Scan.Skip()
}

func (d *decoder) track() error {
	if d.tracks++; d.tracks > maxTracks {
		return d.TooMany("tracks", maxTracks)
	}
	d.acts = append(d.acts, activity.Activity{Format: "gpx"})
	d.act = &d.acts[len(d.acts)-1]
	d.BeginActivity()
	d.lost, d.lostHere, d.breaks, d.from = 0, 0, 0, -1
	d.distances, d.backward = 0, 0
	place := d.Place()
	var comment string
	err := d.Children(func(name []byte) error {
		switch string(name) {
		case "trkseg":
			d.endSegment()
			d.from = len(d.act.Records)
			err := d.segment()
			d.endSegment()
			return err
		case "trkpt": // beside the segments, where none should be
			if d.from < 0 {
				d.from = len(d.act.Records)
			}
			return d.trackpoint()
		case "name":
			return d.Into(&d.act.Name)
		case "desc":
			return d.Into(&d.act.Notes)
		case "cmt":
			return d.Into(&comment)
		case "type":
			return d.Into(&d.act.RawSport)
		case "src":
			return d.Into(&d.act.Device.Name)
		case "extensions":
			return d.Children(d.trackExtension)
		}
		return d.Scan.Skip()
	})
	d.endSegment()
	if d.act.Notes == "" {
		d.act.Notes = comment
	}
	d.conclude(place)
	return err
}

// trackExtension reads Garmin's TrackStatsExtension, in which a program says
// what it made of the track.
func (d *decoder) trackExtension(name []byte) error {
	if string(name) != "TrackStatsExtension" {
		return d.Scan.Skip()
	}
	t := &d.act.Totals
	return d.Children(func(name []byte) error {
		switch string(name) {
		case "Distance":
			return d.total(&t.Distance, "Distance")
		case "TotalElapsedTime":
			return d.total(&t.ElapsedTime, "TotalElapsedTime")
		case "TimerTime":
			return d.total(&t.TimerTime, "TimerTime")
		case "MovingTime":
			return d.total(&t.MovingTime, "MovingTime")
		case "MaxSpeed":
			return d.total(&t.MaxSpeed, "MaxSpeed")
		case "Ascent":
			return d.total(&t.Ascent, "Ascent")
		case "Descent":
			return d.total(&t.Descent, "Descent")
		case "Calories":
			return d.total(&t.Calories, "Calories")
		case "AvgHeartRate":
			return d.total(&t.AverageHeartRate, "AvgHeartRate")
		case "AvgCadence":
			return d.total(&t.AverageCadence, "AvgCadence")
		}
		return d.Scan.Skip()
	})
}

func (d *decoder) total(into *activity.Value, name string) error {
	v, ok, err := d.Number(name)
	if ok {
		*into = activity.Of(v)
	}
	return err
}

// segment reads the trackpoints of a trkseg.
func (d *decoder) segment() error {
	for {
		kind, err := d.Scan.Tag()
		if err != nil || kind == xmlscan.End || kind == xmlscan.EOF {
			return err
		}
		if string(d.Scan.Name()) == "trkpt" {
			err = d.trackpoint()
		} else {
			err = d.Scan.Skip()
		}
		if err != nil {
			return err
		}
	}
}

// endSegment closes the segment that began at d.from, if there is one. Segments
// without a record count for nothing.
func (d *decoder) endSegment() {
	a, first := d.act, d.from
	d.from = -1
	if first < 0 || first == len(a.Records) {
		return
	}
	if first > 0 {
		d.breaks++
	}
	addSegment(a, first, len(a.Records))
}

// addSegment makes records a segment, with a pause before it unless it is the
// first.
func addSegment(a *activity.Activity, first, end int) {
	if first > 0 {
		from, to := a.Records[first-1].Time, a.Records[first].Time
		if to > from {
			a.Pauses = append(a.Pauses, activity.Pause{
				From: time.UnixMilli(from).UTC(), To: time.UnixMilli(to).UTC(), Next: first, Source: activity.PauseSegment,
			})
		}
	}
	a.Tracks = append(a.Tracks, activity.Span{First: first, End: end})
}

// trackpoint reads a trkpt. Its elements are found at any depth and under any
// prefix, because exporters disagree about the extensions.
func (d *decoder) trackpoint() error {
	if err := d.BeginPoint(); err != nil {
		return err
	}
	from := d.Scan.Offset()
	var p activity.Record
	lat, lon := d.coordinate("lat"), d.coordinate("lon")
	if d.Position(lat, lon) {
		p.Lat, p.Lon, p.Has = lat.Degrees, lon.Degrees, activity.Position
	}
	d.heartRead, d.heartUnread = false, false
	err := d.elements(&p)
	if d.keep(&p, err != nil) && d.places {
		d.act.Places = append(d.act.Places, d.Extent(from))
	}
	return err
}

// coordinate reads an attribute of the current element as degrees.
func (d *decoder) coordinate(name string) xmltrack.Coordinate {
	b, ok := d.Scan.Attr(name)
	if !ok {
		return xmltrack.Coordinate{}
	}
	v, ok := d.Parse(b, name)
	return xmltrack.Coordinate{Degrees: v, Known: ok}
}

// elements reads what a trackpoint holds.
func (d *decoder) elements(p *activity.Record) error {
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
		case "time":
			var v []byte
			if v, err = s.Leaf(); err == nil && p.Has&activity.Time == 0 && !lexical.IsBlank(v) {
				if ms, ok := d.Instant(v); ok {
					p.Time, p.Has = ms, p.Has|activity.Time
				}
			}
		default:
			f := fieldOf(string(s.Name()))
			if f == 0 { // extensions, TrackPointExtension and whatever else: look inside
				depth++
				break
			}
			if f == activity.HeartRate {
				if d.readByStrava() {
					d.heartRead = true
				} else {
					d.heartUnread = true
				}
			}
			err = d.sample(p, f, fieldWords[bits.TrailingZeros16(uint16(f))])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fieldWords are what findings call the fields of a record.
var fieldWords = [...]string{"time", "position", "elevation", "distance", "speed", "heart rate", "cadence", "power", "temperature"}

// fieldOf returns the field that an element of this name holds, whatever its
// prefix; 0 for none.
func fieldOf(name string) activity.Fields {
	switch name {
	case "ele":
		return activity.Altitude
	case "hr", "HR", "heartrate", "heartRate", "HeartRate", "heart_rate", "bpm":
		return activity.HeartRate
	case "cad", "cadence", "Cadence", "RunCadence", "rpm":
		return activity.Cadence
	case "power", "Power", "PowerInWatts", "watts", "Watts":
		return activity.Power
	case "atemp", "temp", "temperature", "Temperature":
		return activity.Temperature
	case "speed", "Speed":
		return activity.Speed
	case "distance", "Distance":
		return activity.Distance
	}
	return 0
}

// readByStrava reports whether Strava reads the current element as a heart rate:
// hr of Garmin's TrackPointExtension or of Cluetrust's gpxdata, and heartrate
// without more ado. Where nobody says what a prefix stands for, its name has to
// do.
func (d *decoder) readByStrava() bool {
	s := d.Scan
	switch string(s.Name()) {
	case "heartrate":
		return true
	case "hr":
		space := s.Namespace()
		if len(space) == 0 && len(s.Prefix()) > 0 {
			space = s.Prefix()
			return string(space) == "gpxtpx" || string(space) == "gpxdata" || string(space) == "ns3"
		}
		return bytes.Contains(space, []byte("TrackPointExtension")) || bytes.Contains(space, []byte("GPXDATA"))
	}
	return false
}

// sample reads a number into a field of a record, unless the record has it.
func (d *decoder) sample(p *activity.Record, field activity.Fields, name string) error {
	if p.Has&field != 0 {
		_, err := d.Scan.Leaf()
		return err
	}
	v, ok, err := d.Number(name)
	if !ok {
		return err
	}
	switch field {
	case activity.Altitude:
		if !d.Altitude(v) {
			return err
		}
		p.Altitude = v
	case activity.HeartRate:
		if !d.HeartRate(v) {
			return err
		}
		p.HeartRate = float32(v)
	case activity.Distance:
		p.Distance = v
	case activity.Cadence, activity.Power, activity.Speed:
		if !d.NotNegative(v, name) {
			return err
		}
	}
	switch field {
	case activity.Cadence:
		p.Cadence = float32(v)
	case activity.Power:
		p.Power = float32(v)
	case activity.Temperature:
		p.Temperature = float32(v)
	case activity.Speed:
		p.Speed = float32(v)
	}
	p.Has |= field
	return err
}

// keep adds a trackpoint to the records, if it has a time. One that was cut off
// by the end of the data keeps the elements that were complete.
func (d *decoder) keep(p *activity.Record, cut bool) bool {
	if p.Has&activity.Time == 0 {
		if !cut {
			d.lost++
			if p.Has&activity.Position != 0 {
				d.lostHere++
			}
			d.Note(finding.GPXTimeMissing, nil)
		}
		return false
	}
	d.InOrder(p.Time)
	if d.heartUnread && !d.heartRead && p.Has&activity.HeartRate != 0 {
		d.Note(finding.GPXHeartRateTag, nil)
	}
	if p.Has&activity.Distance != 0 {
		if d.distances++; d.distances > 1 && p.Distance < d.distance {
			d.backward++
		}
		d.distance = p.Distance
	}
	if a := d.act; len(a.Records) == cap(a.Records) {
		a.Records = slices.Grow(a.Records, max(len(a.Records), 64)) // append grows by a quarter, and copies more
	}
	d.act.Records = append(d.act.Records, *p)
	return true
}

// conclude fills in what can be said only when all of the track is read. The
// track begins at place.
func (d *decoder) conclude(place finding.Place) {
	a := d.act
	d.act = nil
	if len(a.Records) == 0 && d.lost == 0 {
		d.acts = d.acts[:len(d.acts)-1]
		return
	}
	a.Zone, a.Creator = d.Local, d.creator
	d.sport(a, place)
	d.perPoint(a)
	d.Found.AddN(finding.GPXSegments, place, "", d.breaks)
	switch len(a.Records) {
	case 0:
		d.Found.Add(finding.GPXNoTimes, place, strconv.Itoa(d.lost)+" trackpoints, "+strconv.Itoa(d.lostHere)+" of them with a position")
	case 1:
		d.Found.Add(finding.GPXOneTrackpoint, place, "")
	}
	if len(a.Records) > 0 {
		a.Start, _, _ = a.Span() // segments need not be in order
	}
	if d.phone(a) {
		d.Found.Add(finding.GPXPhone, finding.Place{}, "")
	}
	a.Findings = d.Found.Findings()
}

// phoneSince is when Strava's phone app began to keep its own distance. What it
// recorded before counts like the recording of any device.
var phoneSince = time.Date(2014, time.January, 1, 0, 0, 0, 0, time.UTC)

// phone reports whether Strava's phone app recorded the workout. Strava gives
// back other recordings under the same name; a phone measures no temperature and
// rides no virtual roads.
func (d *decoder) phone(a *activity.Activity) bool {
	if !strings.HasPrefix(d.creator, "StravaGPX") || a.Start.Before(phoneSince) ||
		a.Sport == activity.VirtualRide || a.Sport == activity.VirtualRun {
		return false
	}
	for i := range a.Records {
		if a.Records[i].Has&activity.Temperature != 0 {
			return false
		}
	}
	return true
}

func (d *decoder) sport(a *activity.Activity, place finding.Place) {
	if a.RawSport == "" {
		d.Found.Add(finding.GPXSportMissing, place, "")
		return
	}
	var ok bool
	if a.Sport, ok = parseSport(a.RawSport); !ok {
		d.Found.Add(finding.GPXSportUnknown, place, xmltrack.Quoted([]byte(a.RawSport)))
	}
}

// perPoint drops distances that are not counted from the start: some programs
// write how far it was from the trackpoint before. Such figures go back and
// forth; those of a device that counts do not, or once in a while.
func (d *decoder) perPoint(a *activity.Activity) {
	if !steps(d.backward, d.distances) {
		return
	}
	dropDistances(a.Records)
	d.Found.AddN(finding.GPXNumber, finding.Place{}, "the distances do not count from the start", d.distances)
}

// steps reports whether so many distances that are smaller than the one before,
// of so many, are no distances from the start.
func steps(backward, distances int) bool { return backward*10 > distances }

func dropDistances(records []activity.Record) {
	for i := range records {
		if r := &records[i]; r.Has&activity.Distance != 0 {
			r.Distance, r.Has = 0, r.Has&^activity.Distance
		}
	}
}

// finish makes the file of what was read, and judges the error that ended the
// reading.
func (d *decoder) finish(err error) (activity.File, error) {
	keep, err := d.Conclude(err, len(d.acts) > 0)
	if !keep {
		return activity.File{}, err
	}
	if d.Scan.Notes().Encoding != "" {
		for i := range d.acts {
			d.acts[i].Places = nil // they are those of the converted text
		}
	}
	if err == nil && len(d.acts) == 0 {
		return activity.File{}, d.nothing()
	}
	if len(d.acts) == 1 { // of several tracks none owns what is said about the document
		if a := &d.acts[0]; a.Name == "" {
			a.Name = d.name
		}
		if a := &d.acts[0]; a.Notes == "" {
			a.Notes = d.notes
		}
	}
	return activity.File{Activities: overlapping(d.acts), Findings: d.File.Findings()}, err
}

// nothing says what a document without trackpoints holds instead.
func (d *decoder) nothing() error {
	if d.tracks+d.routes+d.waypoints == 0 {
		return finding.Fail(finding.GPXEmpty, finding.Place{}, "", nil)
	}
	count := func(n int, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + one + "s"
	}
	detail := count(d.routes, "route") + ", " + count(d.waypoints, "waypoint")
	if d.tracks > 0 {
		detail = count(d.tracks, "track") + " without trackpoints, " + detail
	}
	return finding.Fail(finding.GPXNoTrackpoints, finding.Place{}, detail, nil)
}
