package fit

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/muktihari/fit/encoder"
	"github.com/muktihari/fit/profile/factory"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/proto"

	"github.com/bandport/bandport/pkg/activity"
)

// Encode writes workouts as an activity file. Several workouts are sessions of one
// file where one device recorded them one after the other, else files chained one
// after the other: each with file_id, device_info, the descriptions of its
// developer fields, the records between the events of the timer, laps, session
// and activity, in the order in which devices write them. What cannot be written
// is what [Project] leaves out.
//
// Altitudes and speeds stand in the fields that all readers know, unless one of
// the workout is too large for them; then all are in the larger ones.
//
// A file is put together in memory, because its size stands at its beginning. An
// error is one of Project, before anything was written, or that of w.
func Encode(w io.Writer, acts []activity.Activity) error {
	parts, err := projectAll(acts)
	if err != nil {
		return err
	}
	for _, p := range parts {
		data, err := p.encode()
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			return fmt.Errorf("writing FIT: %w", err)
		}
	}
	return nil
}

// memory is a file in memory, as the library wants it: it goes back to write the
// size.
type memory struct{ data []byte }

func (m *memory) Write(b []byte) (int, error) {
	m.data = append(m.data, b...)
	return len(b), nil
}

func (m *memory) WriteAt(b []byte, offset int64) (int, error) {
	if offset < 0 || offset+int64(len(b)) > int64(len(m.data)) {
		return 0, io.ErrShortWrite
	}
	return copy(m.data[offset:], b), nil
}

// definitions is how many kinds of messages are kept defined at a time: all that
// the format has.
const definitions = 15

// builder writes the messages of one file.
type builder struct {
	out    *encoder.StreamEncoder
	fields map[typedef.MesgNum]*[256]proto.Field // made when first used
	msg    proto.Message
	all    *[256]proto.Field // of msg
	err    error
}

// begin begins a message.
func (b *builder) begin(global typedef.MesgNum) {
	if b.fields[global] == nil {
		b.fields[global] = &[256]proto.Field{}
	}
	b.all = b.fields[global]
	b.msg.Header, b.msg.Num = 0, global
	b.msg.Fields, b.msg.DeveloperFields = b.msg.Fields[:0], b.msg.DeveloperFields[:0]
}

// set gives the message a field. Values are raw, in the steps of the profile.
func (b *builder) set(num uint8, v proto.Value) {
	f := &b.all[num]
	if f.FieldBase == nil {
		*f = factory.CreateField(b.msg.Num, num)
	}
	f.Value = v
	b.msg.Fields = append(b.msg.Fields, *f)
}

func (b *builder) time(num uint8, ms int64) { b.set(num, proto.Uint32(uint32(ms/1000-epoch))) }

func (b *builder) text(num uint8, s string) {
	if s != "" {
		b.set(num, proto.String(s))
	}
}

// end writes the message.
func (b *builder) end() {
	if b.err == nil {
		b.err = b.out.WriteMessage(&b.msg)
	}
}

// figure sets a field to a figure in the steps of the profile, unless it is
// absent.
func (b *builder) figure(num uint8, v activity.Value, scale float64, value func(uint32) proto.Value) {
	if f, ok := v.Get(); ok {
		b.set(num, value(uint32(math.Round(f*scale))))
	}
}

func byteValue(v uint32) proto.Value  { return proto.Uint8(uint8(v)) }
func shortValue(v uint32) proto.Value { return proto.Uint16(uint16(v)) }

// encode writes what [project] made.
func (p *part) encode() ([]byte, error) {
	version := proto.V1
	if len(p.streams) > 0 {
		version = proto.V2 // developer fields are of the second
	}
	file := &memory{data: make([]byte, 0, 1024+len(p.records)*24)}
	out, err := encoder.NewStream(file, encoder.WithProtocolVersion(version),
		encoder.WithHeaderOption(encoder.HeaderOptionNormal, definitions), encoder.WithWriteBufferSize(64<<10))
	if err != nil {
		return nil, err
	}
	b := &builder{out: out, fields: map[typedef.MesgNum]*[256]proto.Field{}}
	p.head(b, &p.sessions[0])
	p.body(b)
	for i := range p.laps {
		p.lap(b, i)
	}
	for i := range p.sessions {
		p.session(b, i)
	}
	p.activity(b)
	if b.err == nil {
		b.err = out.SequenceCompleted()
	}
	return file.data, b.err
}

// head writes which device made the file, and what its own fields are.
func (p *part) head(b *builder, s *summary) {
	dev := &p.device
	device := func(manufacturer, product, serial uint8) {
		b.set(manufacturer, proto.Uint16(uint16(p.manufacturer)))
		if dev.Product > 0 {
			b.set(product, proto.Uint16(uint16(dev.Product)))
		}
		if n, ok := serialNumber(dev.Serial); ok {
			b.set(serial, proto.Uint32(n))
		}
	}
	b.begin(messageFileID)
	b.set(0, proto.Uint8(4)) // activity
	device(1, 2, 3)
	b.time(4, s.start)
	b.text(8, dev.Name)
	b.end()

	b.begin(messageDevice)
	b.time(fieldTimestamp, s.start)
	b.set(0, proto.Uint8(0)) // the one that wrote the file
	device(2, 4, 3)
	if v, ok := hundredths(dev.Version); ok {
		b.set(5, proto.Uint16(uint16(v)))
	}
	b.text(27, dev.Name)
	b.end()

	if len(p.streams) > 0 {
		b.begin(typedef.MesgNum(messageDeveloper))
		b.set(1, proto.SliceUint8([]byte(ownApp)))
		b.set(3, proto.Uint8(0))
		b.end()
	}
	for i := range p.streams {
		t := &p.streams[i]
		b.begin(messageDescription)
		b.set(0, proto.Uint8(0))
		b.set(1, proto.Uint8(uint8(t.num)))
		b.set(2, proto.Uint8(t.kind|orderFlag))
		b.set(3, proto.String(t.name))
		b.set(8, proto.String(t.unit))
		b.end()
	}
}

func serialNumber(s string) (n uint32, ok bool) {
	for _, c := range []byte(s) {
		n = n*10 + uint32(c-'0') // project left nothing but a number
	}
	return n, n > 0
}

// body writes the records, and the events of the timer between them: a stop
// behind the records up to its time, a start before those from its time on.
func (p *part) body(b *builder) {
	l := p.layout()
	events := p.events
	for i := range p.records {
		t := p.records[i].Time
		for len(events) > 1 && (events[0].at < t || events[0].at == t && !events[0].stop) {
			p.timer(b, events[0])
			events = events[1:]
		}
		p.record(b, i, &l)
		if b.err != nil {
			return
		}
	}
	for _, e := range events {
		p.timer(b, e)
	}
}

func (p *part) timer(b *builder, e event) {
	b.begin(messageEvent)
	b.time(fieldTimestamp, e.at)
	b.set(0, proto.Uint8(0))
	kind := uint8(0)
	if e.stop {
		kind = 4 // stop_all
	}
	b.set(1, proto.Uint8(kind))
	b.set(4, proto.Uint8(0))
	b.end()
}

// fieldLayout says in which fields altitude and speed stand.
type fieldLayout struct{ largeAltitude, largeSpeed bool }

func (p *part) layout() (l fieldLayout) {
	for i := range p.records {
		r := &p.records[i]
		l.largeAltitude = l.largeAltitude || math.Round((r.Altitude+500)*5) > mostUint16
		l.largeSpeed = l.largeSpeed || math.Round(float64(r.Speed)*1000) > mostUint16
	}
	return l
}

func (p *part) record(b *builder, i int, l *fieldLayout) {
	r := &p.records[i]
	b.begin(messageRecord)
	b.time(fieldTimestamp, r.Time)
	if r.Has&activity.Position != 0 {
		b.set(0, proto.Int32(semicircle(r.Lat)))
		b.set(1, proto.Int32(semicircle(r.Lon)))
	}
	if r.Has&activity.Altitude != 0 {
		if v := uint32(math.Round((r.Altitude + 500) * 5)); l.largeAltitude {
			b.set(78, proto.Uint32(v))
		} else {
			b.set(2, proto.Uint16(uint16(v)))
		}
	}
	if r.Has&activity.HeartRate != 0 {
		b.set(3, proto.Uint8(uint8(r.HeartRate)))
	}
	if r.Has&activity.Cadence != 0 {
		b.set(4, proto.Uint8(uint8(r.Cadence)))
	}
	if r.Has&activity.Distance != 0 {
		b.set(5, proto.Uint32(uint32(math.Round(r.Distance*100))))
	}
	if r.Has&activity.Speed != 0 {
		if v := uint32(math.Round(float64(r.Speed) * 1000)); l.largeSpeed {
			b.set(73, proto.Uint32(v))
		} else {
			b.set(6, proto.Uint16(uint16(v)))
		}
	}
	if r.Has&activity.Power != 0 {
		b.set(7, proto.Uint16(uint16(r.Power)))
	}
	if r.Has&activity.Temperature != 0 {
		b.set(13, proto.Int8(int8(r.Temperature)))
	}
	for k := range p.streams {
		t := &p.streams[k]
		v, ok := t.values[i].Get()
		if !ok {
			continue
		}
		f := proto.DeveloperField{Num: uint8(t.num)}
		switch t.kind {
		case kindSint32:
			f.Value = proto.Int32(int32(v))
		case kindFloat32:
			f.Value = proto.Float32(float32(v))
		default:
			f.Value = proto.Float64(v)
		}
		b.msg.DeveloperFields = append(b.msg.DeveloperFields, f)
	}
	b.end()
}

// totals sets what the device says of a session or a lap.
func (b *builder) totals(t *activity.Totals, f *summaryFields) {
	b.figure(7, t.ElapsedTime, 1000, proto.Uint32)
	b.figure(8, t.TimerTime, 1000, proto.Uint32)
	b.figure(f.moving, t.MovingTime, 1000, proto.Uint32)
	b.figure(f.distance, t.Distance, 100, proto.Uint32)
	b.figure(f.cycles, t.Steps, 0.5, proto.Uint32)
	b.figure(f.calories, t.Calories, 1, shortValue)
	speed := func(v activity.Value, plain, large uint8) {
		if v.Or(0)*1000 < mostUint16 {
			b.figure(plain, v, 1000, shortValue)
		} else {
			b.figure(large, v, 1000, proto.Uint32)
		}
	}
	speed(t.AverageSpeed, f.averageSpeed, f.fastAverage)
	speed(t.MaxSpeed, f.maxSpeed, f.fastMax)
	b.figure(f.averageHeart, t.AverageHeartRate, 1, byteValue)
	b.figure(f.maxHeart, t.MaxHeartRate, 1, byteValue)
	b.figure(f.averageCadence, t.AverageCadence, 1, byteValue)
	b.figure(f.maxCadence, t.MaxCadence, 1, byteValue)
	b.figure(f.averagePower, t.AveragePower, 1, shortValue)
	b.figure(f.maxPower, t.MaxPower, 1, shortValue)
	b.figure(f.ascent, t.Ascent, 1, shortValue)
	b.figure(f.descent, t.Descent, 1, shortValue)
}

func (p *part) lap(b *builder, i int) {
	l := &p.laps[i]
	b.begin(messageLap)
	b.time(fieldTimestamp, l.end)
	b.set(254, proto.Uint16(uint16(i)))
	b.set(0, proto.Uint8(9)) // event: lap
	b.set(1, proto.Uint8(1)) // stop
	b.time(2, l.start)
	b.totals(&l.totals, &lapFields)
	code := func(num uint8, word string, words []string) {
		for n, w := range words {
			if w == word {
				b.set(num, proto.Uint8(uint8(n)))
			}
		}
	}
	code(23, l.intensity, intensities[:])
	code(24, l.trigger, triggers[:])
	sportFields(b, &p.sessions[p.owner(l.start)], &lapFields)
	b.end()
}

func sportFields(b *builder, s *summary, f *summaryFields) {
	if s.sport >= 0 {
		b.set(f.sport, proto.Uint8(uint8(s.sport)))
		b.set(f.sub, proto.Uint8(uint8(max(s.sub, 0))))
	}
}

func (p *part) session(b *builder, i int) {
	s := &p.sessions[i]
	first, laps := 0, 0
	for k := range p.laps {
		if p.owner(p.laps[k].start) != i {
			continue
		}
		if laps++; laps == 1 {
			first = k
		}
	}
	b.begin(messageSession)
	b.time(fieldTimestamp, s.end)
	b.set(254, proto.Uint16(uint16(i)))
	b.set(0, proto.Uint8(8)) // event: session
	b.set(1, proto.Uint8(1)) // stop
	b.time(2, s.start)
	sportFields(b, s, &sessionFields)
	b.totals(&s.totals, &sessionFields)
	b.set(25, proto.Uint16(uint16(min(first, mostUint16))))
	b.set(26, proto.Uint16(uint16(min(laps, mostUint16))))
	b.set(28, proto.Uint8(0)) // trigger: the activity ended
	b.text(110, s.name)
	b.end()
}

func (p *part) activity(b *builder) {
	var timer activity.Value
	end := int64(0)
	for i := range p.sessions {
		timer, end = timer.Plus(p.sessions[i].totals.TimerTime), max(end, p.sessions[i].end)
	}
	kind := uint8(0) // manual
	if len(p.sessions) > 1 {
		kind = 1 // several sports
	}
	b.begin(messageActivity)
	b.time(fieldTimestamp, end)
	if timer.Or(0)*1000 <= mostUint32 {
		b.figure(0, timer, 1000, proto.Uint32)
	}
	b.set(1, proto.Uint16(uint16(len(p.sessions))))
	b.set(2, proto.Uint8(kind))
	b.set(3, proto.Uint8(26)) // event: activity
	b.set(4, proto.Uint8(1))  // stop
	if p.zone != nil {        // without it the local time is not known, and not that of UTC
		_, offset := time.UnixMilli(end).In(p.zone).Zone()
		b.time(5, end+int64(offset)*1000)
	}
	b.end()
}
