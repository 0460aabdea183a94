package fit

import (
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// epoch is where FIT begins to count seconds: 31 December 1989, 0:00 UTC.
const epoch = 631065600

// relative is the least timestamp that is a date; smaller ones count from when
// the device was switched on.
const relative = 0x10000000

// far is the timestamp of 1 January 2101.
const far = 4133980800 - epoch

// maxText bounds the names of developer fields and their units.
const maxText = 64

// fieldTimestamp is the time of a message, whatever the message.
const fieldTimestamp = 253

// instant turns a timestamp into milliseconds since 1970.
func instant(timestamp float64) int64 { return (int64(timestamp) + epoch) * 1000 }

// part is what one file of a chain holds.
type part struct {
	fileType        int
	device          activity.Device
	manufacturer    int
	zone            *time.Location
	weight          activity.Value // kg
	sport, subSport int
	sportName       string
	records         []activity.Record
	places          []activity.Extent // of the records, if they are kept
	sessions, laps  []summary
	lengths         []length
	events          []event
	devices         []device
	apps            []app
	streams         []stream
	natives         [256]uint8 // for each field of a record its stream, counted from 1
	anchor          anchor
	found           finding.List
	untimed         int // records without a time

	lastRecord int64 // its time
	anyRecord  bool
	distance   uint32 // 1/16 m, of compressed_speed_distance
	ticks      uint32 // its last value as it stands in the file
	ticking    bool
}

// summary is what the device says of a session or a lap.
type summary struct {
	start, end         int64 // ms; 0 where unknown
	sport, sub         int
	name               string
	trigger, intensity string
	totals             activity.Totals
	pool               activity.Value // m
}

// event is one of the timer.
type event struct {
	at   int64
	stop bool
}

// stream is a developer field that has a description, or a field of the profile
// that records of the model do not have.
type stream struct {
	index, num    int // of the developer and of the field; −1 for the profile's
	app           int // the developer's number, also where another took the field's
	kind          uint8
	name, unit    string
	scale, offset float64
	values        []activity.Value
	developer     bool
	text          bool // described as one, so that it has no values

	counter  uint32 // what a counter that runs over has come to
	ticks    uint32 // its last value as it stands in the file
	counting bool
}

// note records a finding about the part.
func (d *decoder) note(code finding.Code, detail func() string) {
	if d.found.Seen(code) {
		return
	}
	text := ""
	if detail != nil {
		text = detail()
	}
	d.found.Add(code, finding.AtByte(d.w.offset()), text)
}

// defineDeveloper adds a developer field to a definition.
func (d *decoder) defineDeveloper(def *definition, num uint8, size int, index uint8) {
	if def.global != messageRecord {
		return
	}
	for i := range d.streams {
		s := &d.streams[i]
		if s.developer && s.index == int(index) && s.num == int(num) && !s.text && size == kindSize[s.kind] {
			def.extras = append(def.extras, extra{field: field{num, s.kind, def.size, size}, stream: i, scale: s.scale, offset: s.offset})
			return
		}
	}
	d.count(finding.FITDeveloper, func() string { return fmt.Sprintf("field %d of developer %d", num, index) })
}

// describe reads a field_description.
func (d *decoder) describe() {
	m := &d.msg
	s := stream{index: m.code(0), num: m.code(1), name: m.texts[3], unit: m.texts[8], scale: 1, developer: true}
	s.app = s.index
	base := m.code(2)
	if s.index < 0 || s.num < 0 || base < 0 {
		return
	}
	if s.kind = uint8(base) & kindMask; s.kind >= kinds {
		return
	}
	s.text = s.kind == kindString
	s.name, s.unit = s.name[:min(len(s.name), maxText)], s.unit[:min(len(s.unit), maxText)]
	if v, ok := m.get(6); ok && v > 0 {
		s.scale = v
	}
	if v, ok := m.get(7); ok {
		s.offset = v
	}
	for i := range d.streams {
		if old := &d.streams[i]; old.developer && old.index == s.index && old.num == s.num {
			if old.kind == s.kind && old.name == s.name {
				return // said again
			}
			old.index = -1 // from now on it is something else
		}
	}
	if len(d.streams) < maxStreams {
		d.streams = append(d.streams, s)
	}
}

// record reads a record.
func (d *decoder) record(def *definition, b []byte, timed bool) {
	var (
		r        activity.Record
		lat, lon float64
		position int // of its two numbers, how many there are
		speed    bool
		altitude bool
		packed   []byte
	)
	for i := range def.fields {
		f := &def.fields[i]
		switch f.num { // the others need not be read
		case 0, 1, 2, 3, 4, 5, 6, 7, 13, 73, 78, fieldTimestamp:
		case 8:
			packed = b[f.off : f.off+f.size]
			continue
		default:
			continue
		}
		v, ok := number(b[f.off:f.off+f.size], f.kind, def.order)
		if !ok {
			continue
		}
		switch f.num {
		case fieldTimestamp:
			if v >= 0 && v < 1<<32-1 {
				d.last, d.timed, timed = uint32(v), true, true
			}
		case 0:
			lat = v * 180 / (1 << 31)
			position++
		case 1:
			lon = v * 180 / (1 << 31)
			position++
		case 2, 78: // the second is the larger one
			if f.num == 78 || !altitude {
				altitude = f.num == 78
				r.Altitude, r.Has = (v-2500)/5, r.Has|activity.Altitude
			}
		case 3:
			r.HeartRate, r.Has = float32(v), r.Has|activity.HeartRate
		case 4:
			r.Cadence, r.Has = float32(v), r.Has|activity.Cadence
		case 5:
			r.Distance, r.Has = v/100, r.Has|activity.Distance
		case 6, 73:
			if f.num == 73 || !speed {
				speed = f.num == 73
				r.Speed, r.Has = float32(v/1000), r.Has|activity.Speed
			}
		case 7:
			r.Power, r.Has = float32(v), r.Has|activity.Power
		case 13:
			r.Temperature, r.Has = float32(v), r.Has|activity.Temperature
		}
	}
	if len(packed) == 3 {
		d.unpack(&r, packed)
	}
	if !timed {
		d.untimed++
		d.note(finding.FITTimeMissing, nil)
		return
	}
	r.Time, r.Has = instant(float64(d.last)), r.Has|activity.Time
	if d.position(lat, lon, position) {
		r.Lat, r.Lon, r.Has = lat, lon, r.Has|activity.Position
	}
	d.judge(&r)
	d.inOrder(r.Time)
	if cap(d.part.records) == 0 {
		d.part.records = make([]activity.Record, 0, d.guess(def.size+1))
	}
	if len(d.part.records) == cap(d.part.records) {
		d.part.records = slices.Grow(d.part.records, max(min(len(d.part.records), maxRecords-len(d.part.records)), 1024))
	}
	for i := range def.extras {
		f := &def.extras[i]
		v, ok := number(b[f.off:f.off+f.size], f.kind, def.order)
		if !ok {
			continue
		}
		s := &d.streams[f.stream]
		if f.counter {
			v = s.count(v, f.kind)
		}
		d.sample(s, activity.Of(v/f.scale-f.offset))
	}
	d.part.records = append(d.part.records, r)
	if d.keep {
		d.places = append(d.places, activity.Extent{Offset: int(d.w.offset()), Length: 1 + def.size})
	}
}

// guess returns how many records of a size can be in what the header promises.
// A header can promise anything, so that a guess is a day at one a second at
// most; conclude gives back what is not needed.
func (d *decoder) guess(size int) int {
	const day = 86_400
	return int(min(max((d.limit-d.w.offset())/int64(size), 16), day))
}

// sample puts a value of the record that is about to be kept into its stream.
func (d *decoder) sample(s *stream, v activity.Value) {
	at := len(d.part.records)
	if d.values += at + 1 - len(s.values); d.values > maxStreamValues {
		d.values -= at + 1 - len(s.values)
		d.count(finding.FITDeveloper, func() string { return "more than " + strconv.Itoa(maxStreamValues) + " values" })
		return
	}
	s.values = pad(s.values, at+1)
	s.values[at] = v
}

// pad makes a stream n values long.
func pad(values []activity.Value, n int) []activity.Value {
	if len(values) >= n {
		return values
	}
	if cap(values) < n {
		values = slices.Grow(values, max(n, 2*len(values))-len(values))
	}
	return values[:n]
}

// unpack reads speed and distance in three bytes. The distance counts up to
// 256 m and begins again.
func (d *decoder) unpack(r *activity.Record, b []byte) {
	if b[0] == 0xFF && b[1] == 0xFF && b[2] == 0xFF {
		return
	}
	ticks := uint32(b[1])>>4 | uint32(b[2])<<4
	if d.ticking {
		d.distance += (ticks - d.ticks) & 0xFFF
	} else {
		d.distance, d.ticking = ticks, true
	}
	d.ticks = ticks
	if r.Has&activity.Speed == 0 {
		r.Speed, r.Has = float32(float64(uint32(b[0])|uint32(b[1]&0xF)<<8)/100), r.Has|activity.Speed
	}
	if r.Has&activity.Distance == 0 {
		r.Distance, r.Has = float64(d.distance)/16, r.Has|activity.Distance
	}
}

func (d *decoder) position(lat, lon float64, numbers int) bool {
	switch {
	case numbers == 0:
		return false
	case numbers == 2 && lat == 0 && lon == 0:
		d.note(finding.FITPositionZero, nil)
		return false
	case numbers == 1:
		d.note(finding.FITPositionRange, func() string { return "one of its two numbers is missing" })
		return false
	case lat < -90 || lat > 90 || lon < -180 || lon > 180:
		d.note(finding.FITPositionRange, func() string { return fmt.Sprintf("latitude %v, longitude %v", lat, lon) })
		return false
	}
	return true
}

// judge drops what cannot be.
func (d *decoder) judge(r *activity.Record) {
	if r.Has&activity.Altitude != 0 && (r.Altitude < -1000 || r.Altitude > 20000) {
		d.note(finding.FITAltitudeRange, func() string { return strconv.FormatFloat(r.Altitude, 'f', -1, 64) + " m" })
		r.Altitude, r.Has = 0, r.Has&^activity.Altitude
	}
	if r.Has&activity.HeartRate != 0 && r.HeartRate == 0 {
		d.note(finding.FITHeartRateZero, nil)
	}
	// By the profile none of these can be negative or that large: but a file can
	// have another base type than the profile.
	d.within(r, activity.HeartRate, &r.HeartRate, 255, "heart rate")
	d.within(r, activity.Cadence, &r.Cadence, 255, "cadence")
	d.within(r, activity.Power, &r.Power, 65535, "power")
	d.within(r, activity.Speed, &r.Speed, 1e7, "speed")
	if r.Has&activity.Distance != 0 && (r.Distance < 0 || r.Distance > 1e8) {
		d.note(finding.FITNumber, func() string { return fmt.Sprintf("distance %v", r.Distance) })
		r.Distance, r.Has = 0, r.Has&^activity.Distance
	}
	if t := r.Temperature; t < -128 || t > 127 {
		d.note(finding.FITNumber, func() string { return fmt.Sprintf("temperature %v", t) })
		r.Temperature, r.Has = 0, r.Has&^activity.Temperature
	}
}

func (d *decoder) within(r *activity.Record, f activity.Fields, v *float32, most float32, what string) {
	if r.Has&f == 0 || (*v >= 0 && *v <= most) {
		return
	}
	d.note(finding.FITNumber, func() string { return fmt.Sprintf("%s %v", what, *v) })
	*v, r.Has = 0, r.Has&^f
}

// inOrder says what is odd about the time of a record.
func (d *decoder) inOrder(t int64) {
	at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
	switch {
	case d.last < relative:
		d.note(finding.FITTimeRelative, func() string { return at(t) })
	case d.last >= far:
		d.note(finding.FITTimeImplaus, func() string { return at(t) })
	}
	if d.anyRecord && t < d.lastRecord {
		d.note(finding.FITTimeBackward, func() string { return at(t) + " after " + at(d.lastRecord) })
	} else if d.anyRecord && t == d.lastRecord {
		d.note(finding.FITTimeDouble, func() string { return at(t) })
	}
	d.lastRecord, d.anyRecord = t, true
}

// tell takes what a message other than a record says. t is its time, or 0.
func (d *decoder) tell(global uint16, t int64) {
	m := &d.msg
	switch global {
	case messageFileID:
		d.fileType = m.code(0)
		d.writer(m.code(1), m.code(2), m.code(3), m.texts[8])
	case messageUser:
		if v, ok := m.get(4); ok && v > 0 && v <= maxWeight {
			d.part.weight = activity.Of(v / 10)
		}
	case messageFileCreator:
		if v := m.code(0); v >= 0 && d.device.Version == "" {
			d.device.Version = version(v)
		}
	case messageDevice:
		if m.code(0) == 0 { // the one that wrote the file
			d.writer(m.code(2), m.code(4), m.code(3), m.texts[27])
			if v := m.code(5); v >= 0 {
				d.device.Version = version(v)
			}
		}
		d.connected()
	case messageBattery:
		d.battery(m.code(0), m.code(2), m.code(1), -1)
	case messageDeveloper:
		d.app()
	case messageLength:
		d.lengths = append(d.lengths, d.length())
	case messageActivity:
		d.local(t)
	case messageSport:
		d.part.sport, d.part.subSport, d.sportName = m.code(0), m.code(1), m.texts[3]
	case messageSession:
		d.sessions = append(d.sessions, d.summary(t, &sessionFields))
	case messageLap:
		d.laps = append(d.laps, d.summary(t, &lapFields))
	case messageEvent:
		if m.code(0) != 0 || t == 0 {
			return // not of the timer
		}
		switch m.code(1) {
		case 0:
			d.events = append(d.events, event{at: t})
		case 1, 4, 8, 9: // stop, stop_all, stop_disable, stop_disable_all
			d.events = append(d.events, event{at: t, stop: true})
		}
	case messageDescription:
		d.describe()
	}
}

// maxWeight, in tenths of a kilogram, is the largest weight of a person that is
// taken for one.
const maxWeight = 5000

// version writes a version of software, which FIT counts in hundredths.
func version(v int) string { return fmt.Sprintf("%d.%02d", v/100, v%100) }

// writer says which device wrote the file. What file_id says counts first.
func (d *decoder) writer(manufacturer, number, serial int, productName string) {
	dev := &d.device
	if dev.Manufacturer == "" && manufacturer >= 0 {
		d.manufacturer, dev.Manufacturer = manufacturer, nameOr(manufacturers, manufacturer)
	}
	if manufacturer >= 0 && manufacturer != d.manufacturer {
		return // another device
	}
	if dev.Product == 0 && number > 0 {
		dev.Product = number
	}
	if dev.Serial == "" && serial >= 0 {
		dev.Serial = strconv.Itoa(serial)
	}
	if dev.Name == "" && utf8.ValidString(productName) { // some have a byte of garbage
		dev.Name = productName
	}
}

// local takes the local time of the activity message.
func (d *decoder) local(t int64) {
	v := d.msg.code(5)
	if v < 0 || t == 0 {
		return
	}
	if zone := zoneOf((instant(float64(v)) - t) / 1000); zone != nil {
		d.zone = zone
	}
}

// zoneOf returns the zone whose clock is so many seconds ahead of UTC; nil where
// none is like that, and for UTC, which many write for want of a zone.
func zoneOf(ahead int64) *time.Location {
	const quarter, day = 15 * 60, 14 * 3600
	offset := (ahead + day + quarter/2) / quarter * quarter // rounded, and not below 0 where it counts
	if offset -= day; offset < -day || offset > day || ahead < -day-60 || max(ahead-offset, offset-ahead) > 60 || offset == 0 {
		return nil
	}
	return time.FixedZone("", int(offset))
}

// summaryFields are the numbers of the fields that sessions and laps both have.
type summaryFields struct {
	distance, calories, moving, averageSpeed, maxSpeed, fastAverage, fastMax   uint8
	averageHeart, maxHeart, averageCadence, maxCadence, averagePower, maxPower uint8
	ascent, descent, sport, sub, cycles                                        uint8
}

var (
	sessionFields = summaryFields{
		9, 11, 59, 14, 15, 124, 125,
		16, 17, 18, 19, 20, 21,
		22, 23, 5, 6, 10,
	}
	lapFields = summaryFields{
		9, 11, 52, 13, 14, 110, 111,
		15, 16, 17, 18, 19, 20,
		21, 22, 25, 39, 10,
	}
)

var (
	triggers    = [...]string{"manual", "time", "distance", "position_start", "position_lap", "position_waypoint", "position_marked", "session_end", "fitness_equipment"}
	intensities = [...]string{"active", "rest", "warmup", "cooldown", "recovery", "interval", "other"}
)

// summary reads a session or a lap.
func (d *decoder) summary(end int64, f *summaryFields) summary {
	m := &d.msg
	value := func(num uint8, scale float64) activity.Value {
		if v, ok := m.get(num); ok && v >= 0 {
			return activity.Of(v / scale)
		}
		return activity.Value{}
	}
	either := func(first, second activity.Value) activity.Value {
		if first.Known() {
			return first
		}
		return second
	}
	s := summary{end: end, sport: m.code(f.sport), sub: m.code(f.sub)}
	if t := m.code(2); t >= 0 {
		s.start = instant(float64(t))
	}
	s.totals = activity.Totals{
		ElapsedTime: value(7, 1000), TimerTime: value(8, 1000), MovingTime: value(f.moving, 1000),
		Distance: value(f.distance, 100), Ascent: value(f.ascent, 1), Descent: value(f.descent, 1), Calories: value(f.calories, 1),
		AverageSpeed:     either(value(f.fastAverage, 1000), value(f.averageSpeed, 1000)),
		MaxSpeed:         either(value(f.fastMax, 1000), value(f.maxSpeed, 1000)),
		AverageHeartRate: value(f.averageHeart, 1), MaxHeartRate: value(f.maxHeart, 1),
		AverageCadence: value(f.averageCadence, 1), MaxCadence: value(f.maxCadence, 1),
		AveragePower: value(f.averagePower, 1), MaxPower: value(f.maxPower, 1),
	}
	if strides(s.sport) {
		s.totals.Steps = value(f.cycles, 0.5)
	}
	if f == &sessionFields {
		s.name, s.pool = m.texts[110], value(44, 100)
		return s
	}
	if i := m.code(24); i >= 0 && i < len(triggers) {
		s.trigger = triggers[i]
	}
	if i := m.code(23); i >= 0 && i < len(intensities) {
		s.intensity = intensities[i]
	}
	return s
}
