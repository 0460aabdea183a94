package fit

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Action is what becomes of a message in [Rewrite].
type Action uint8

// What can become of a message.
const (
	Keep Action = iota // it stays, with the changes that were made in it
	Drop               // it goes; a definition goes with all messages that it defines
)

// Rewrite writes a file that was kept ([Options.KeepSource]) once more, with changes. It calls edit for
// each message in the order of the file, definitions among them, in all files of
// a chain; nil changes nothing. What edit leaves alone stays byte for byte,
// whatever it is: messages, fields and developer data that the profile does not
// have, the byte order, the length of the headers.
//
// The framing is made right: size and checksum of every file of the chain, and
// that of its header unless it is 0, which is allowed. What [Decode] passes over
// is left out: bytes around the files, all behind a damage up to the next file,
// files in which no message is left. So a file without a finding about its framing comes out as it was.
//
// An error is that of w; or says that a message which edit dropped or gave
// another time is one that compressed timestamps count from; or that the source
// is no FIT.
func Rewrite(w io.Writer, src *activity.Source, edit func(*Message) Action) error {
	if edit == nil {
		edit = func(*Message) Action { return Keep }
	}
	o := rewriter{w: w, edit: edit}
	if err := walk(src, &o); err != nil {
		return fmt.Errorf("rewriting FIT: %w", err)
	}
	if o.flush(); o.err != nil {
		return fmt.Errorf("rewriting FIT: %w", o.err)
	}
	return nil
}

// Messages iterates over all messages of a kept file, definitions among them, in
// the order of the file. A Message is valid until the next one; what is set in
// it is lost. A source that is no FIT has none.
func Messages(src *activity.Source) iter.Seq[*Message] {
	return func(yield func(*Message) bool) {
		_ = walk(src, &reader{yield: yield}) // it is the end, whatever the reason
	}
}

// errEnough ends a walk.
var errEnough = errors.New("enough")

// walk shows a walker what [Decode] reads.
func walk(src *activity.Source, to walker) error {
	if src == nil || src.Format != "fit" {
		return errors.New("the source is not FIT")
	}
	d := decoder{ctx: context.Background(), w: windowOn(src.Data, nil), walk: to}
	if err := d.chain(); err != nil {
		return err
	}
	switch {
	case d.parts == 0:
		return errors.New("the source holds no FIT header")
	case d.damage != nil && d.damage.code == finding.FITLimit:
		return d.damage
	}
	return nil
}

// walker gets the pieces of a file in their order. The bytes are those of the
// source.
type walker interface {
	begin(header []byte)
	define(at int, local byte, b []byte) error
	message(at int, local byte, b []byte) error
}

// Message is one message of a file that was kept, or one definition. Times and
// numbers are as they stand in the file: not scaled, and with its byte order.
type Message struct {
	Part       int    // which file of the chain, from 0
	Offset     int    // where it begins in the source: see [activity.Extent]
	Global     uint16 // its number in the profile: 20 is a record
	Local      uint8
	Definition bool // it says what the messages of its local type hold

	data   []byte // with its header; of the source until something is changed
	own    bool   // data is a copy
	layout *layout
	time   uint32 // of a message with a timestamp, compressed or not
	timed  bool
	packed bool // the time is that of a compressed header
}

// Field is a field of a message as its definition has it.
type Field struct {
	Number    uint8
	Base      uint8 // base type; 0 for developer fields, where field_description has it
	Size      int   // bytes
	Developer bool
	Index     uint8 // of the developer, where it is one's field

	at int // from the start of the message
}

// layout is what a definition says.
type layout struct {
	set     bool
	dropped bool
	global  uint16
	order   byteOrder
	fields  []Field
}

// parse reads a whole definition.
func (l *layout) parse(b []byte) {
	l.set, l.dropped, l.fields = true, false, nil // the old fields may be in somebody's hands
	l.order = littleEndian
	if b[2]&1 != 0 {
		l.order = bigEndian
	}
	l.global = l.order.Uint16(b[3:])
	at, end := 1, 6+3*int(b[5])
	for f := b[6:end]; len(f) > 0; f = f[3:] {
		l.fields = append(l.fields, Field{Number: f[0], Size: int(f[1]), Base: f[2], at: at})
		at += int(f[1])
	}
	if b[0]&0x20 == 0 {
		return
	}
	for f := b[end+1:]; len(f) > 0; f = f[3:] {
		l.fields = append(l.fields, Field{Number: f[0], Size: int(f[1]), Developer: true, Index: f[2], at: at})
		at += int(f[1])
	}
}

func (l *layout) field(num uint8) *Field {
	for i := range l.fields {
		if f := &l.fields[i]; f.Number == num && !f.Developer {
			return f
		}
	}
	return nil
}

// Bytes returns the message with its header, as it is with all changes. They are
// not to be changed.
func (m *Message) Bytes() []byte { return m.data }

// Fields returns the fields of the message, or those that a definition defines.
// They are not to be changed.
func (m *Message) Fields() []Field { return m.layout.fields }

// Raw returns the bytes of a field of this message, also of a developer field.
// It is nil for definitions.
func (m *Message) Raw(f Field) []byte {
	if m.Definition || f.at+f.Size > len(m.data) {
		return nil
	}
	return m.data[f.at : f.at+f.Size]
}

// find returns a field that holds one number of its base type, or several.
func (m *Message) find(num uint8) (b []byte, kind uint8) {
	f := m.layout.field(num)
	if f == nil || m.Definition {
		return nil, 0
	}
	kind = f.Base & kindMask
	if kind >= kinds || kind == kindString || f.Size == 0 || f.Size%kindSize[kind] != 0 {
		return nil, 0
	}
	return m.Raw(*f), kind
}

// Number returns a field that is a number, the first of them where it holds
// several. ok is false where the message does not have it, or where it holds the
// value that says that there is none.
func (m *Message) Number(num uint8) (v float64, ok bool) {
	b, kind := m.find(num)
	if b == nil {
		return 0, false
	}
	return number(b, kind, m.layout.order)
}

// Text returns a field that is a text; "" where the message does not have it.
func (m *Message) Text(num uint8) string {
	f := m.layout.field(num)
	if f == nil || m.Definition || f.Base&kindMask != kindString {
		return ""
	}
	return text(m.Raw(*f))
}

// Set overwrites a field that is a number, the first of them where it holds
// several; whole numbers are rounded. It reports false, and changes nothing,
// where the message does not have the field, or its type cannot hold the number.
// For timestamps see [Message.SetTime].
func (m *Message) Set(num uint8, v float64) bool {
	b, kind := m.find(num)
	if b == nil {
		return false
	}
	raw, ok := appendNumber(nil, kind, m.layout.order, v)
	if !ok {
		return false
	}
	m.overwrite(m.layout.field(num).at, raw)
	if num == fieldTimestamp {
		m.time, m.timed, m.packed = uint32(math.Round(v)), true, false
	}
	return true
}

// Clear overwrites a field with the value that says that there is none, a text
// with an empty one. It reports false where the message does not have it.
func (m *Message) Clear(num uint8) bool {
	f := m.layout.field(num)
	if f == nil || m.Definition {
		return false
	}
	m.overwrite(f.at, absent(f.Base, f.Size, m.layout.order))
	if num == fieldTimestamp && !m.packed {
		m.timed = false
	}
	return true
}

// Time returns the time of a message that has one: its timestamp, or that of its
// compressed header.
func (m *Message) Time() (t time.Time, ok bool) {
	if !m.timed {
		return time.Time{}, false
	}
	return time.UnixMilli(instant(float64(m.time))).UTC(), true
}

// SetTime gives a message that has a time another one, to the second. It reports
// false where it has none, or FIT cannot say it.
func (m *Message) SetTime(t time.Time) bool {
	stamp := t.Unix() - epoch
	if !m.timed || stamp < 0 || stamp >= math.MaxUint32 {
		return false
	}
	if !m.packed {
		return m.Set(fieldTimestamp, float64(stamp))
	}
	m.time = uint32(stamp)
	m.overwrite(0, []byte{m.data[0]&^31 | byte(stamp&31)})
	return true
}

// overwrite changes bytes, in a copy.
func (m *Message) overwrite(at int, with []byte) {
	if !m.own {
		m.data, m.own = bytes.Clone(m.data), true
	}
	copy(m.data[at:], with)
}

// clock resolves compressed timestamps.
type clock struct {
	last uint32
	set  bool
}

// tick takes the header of a message with a compressed timestamp.
func (c *clock) tick(header byte) {
	c.last += (uint32(header&31) - c.last) & 31
}

// reader hands messages to an iteration.
type reader struct {
	layouts [16]layout
	part    int // files begun
	msg     Message
	clock   clock
	yield   func(*Message) bool
}

func (r *reader) begin([]byte) {
	r.part++
	r.clock = clock{}
	for i := range r.layouts {
		r.layouts[i].set = false
	}
}

func (r *reader) define(at int, local byte, b []byte) error {
	r.parse(at, local, b)
	return r.enough()
}

func (r *reader) message(at int, local byte, b []byte) error {
	r.read(at, local, b)
	return r.enough()
}

func (r *reader) enough() error {
	if r.yield(&r.msg) {
		return nil
	}
	return errEnough
}

// parse makes r.msg the definition of these bytes.
func (r *reader) parse(at int, local byte, b []byte) {
	l := &r.layouts[local]
	l.parse(b)
	r.msg = Message{Part: r.part - 1, Offset: at, Global: l.global, Local: local, Definition: true, data: b, layout: l}
}

// read makes r.msg the message of these bytes.
func (r *reader) read(at int, local byte, b []byte) {
	l := &r.layouts[local]
	r.msg = Message{Part: r.part - 1, Offset: at, Global: l.global, Local: local, data: b, layout: l}
	m := &r.msg
	if b[0]&0x80 != 0 && r.clock.set {
		r.clock.tick(b[0])
		m.time, m.timed, m.packed = r.clock.last, true, true
	}
	if t, ok := m.Number(fieldTimestamp); ok && t >= 0 && t < math.MaxUint32 {
		m.time, m.timed, m.packed = uint32(t), true, false
		r.clock = clock{m.time, true}
	}
}

// rewriter writes what it gets, after an edit.
type rewriter struct {
	reader
	w      io.Writer
	edit   func(*Message) Action
	out    []byte // the file that is being written
	header int    // its length
	after  clock  // by what was written
	err    error
}

func (o *rewriter) begin(header []byte) {
	o.flush()
	o.reader.begin(header)
	o.after = clock{}
	o.out, o.header = append(o.out[:0], header...), len(header)
}

// flush ends a file of the chain and writes it.
func (o *rewriter) flush() {
	if len(o.out) == o.header || o.err != nil {
		return
	}
	b := o.out
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-o.header))
	if o.header >= headerSize+2 && (b[12] != 0 || b[13] != 0) {
		binary.LittleEndian.PutUint16(b[12:], crc16(0, b[:12]))
	}
	o.out = binary.LittleEndian.AppendUint16(b, crc16(0, b))
	_, o.err = o.w.Write(o.out)
}

func (o *rewriter) define(at int, local byte, b []byte) error {
	o.parse(at, local, b)
	l := o.msg.layout
	if l.dropped = o.edit(&o.msg) == Drop; !l.dropped {
		o.out = append(o.out, b...)
	}
	return o.err
}

func (o *rewriter) message(at int, local byte, b []byte) error {
	o.read(at, local, b)
	m := &o.msg
	if m.layout.dropped || o.edit(m) == Drop {
		return o.err
	}
	switch {
	case m.packed:
		if o.after.tick(m.data[0]); !o.after.set || o.after.last != m.time {
			return fmt.Errorf("byte %d: its compressed timestamp counts from a message that was dropped or given another time", at)
		}
	case m.timed:
		o.after = clock{m.time, true}
	}
	o.out = append(o.out, m.data...)
	return o.err
}

// put writes the lowest bytes of a number.
func (o byteOrder) put(b []byte, v uint64) {
	for i := range b {
		at := i
		if o == bigEndian {
			at = len(b) - 1 - i
		}
		b[at] = byte(v)
		v >>= 8
	}
}

// appendNumber adds a value of a base type; ok is false where the type does not
// have it, or takes it for none.
func appendNumber(b []byte, kind uint8, order byteOrder, v float64) (_ []byte, ok bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return b, false
	}
	size := kindSize[kind]
	raw := make([]byte, 8)
	switch kind {
	case kindFloat32:
		order.put(raw[:4], uint64(math.Float32bits(float32(v))))
	case kindFloat64:
		order.put(raw, math.Float64bits(v))
	default:
		v = math.Round(v)
		if math.Abs(v) >= 1<<63 {
			return b, false
		}
		order.put(raw[:size], uint64(int64(v)))
		if back, known := number(raw, kind, order); !known || back != v {
			return b, false
		}
	}
	if _, known := number(raw, kind, order); !known {
		return b, false
	}
	return append(b, raw[:size]...), true
}

// absent returns size bytes that say that there is nothing.
func absent(base uint8, size int, order byteOrder) []byte {
	var one []byte
	switch kind := base & kindMask; kind {
	case kindString, kindUint8z, kindUint16z, kindUint32z, kindUint64z:
		return make([]byte, size)
	case kindSint8:
		one = []byte{0x7F}
	case kindSint16:
		one = []byte{0x7F, 0xFF}
	case kindSint32:
		one = []byte{0x7F, 0xFF, 0xFF, 0xFF}
	case kindSint64:
		one = []byte{0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	default:
		return bytes.Repeat([]byte{0xFF}, size)
	}
	if order == littleEndian {
		slices.Reverse(one)
	}
	return bytes.Repeat(one, size/len(one)+1)[:size]
}
