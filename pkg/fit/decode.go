package fit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

const (
	// maxRecords and maxSummaries bound what a file may hold: a record can be
	// two bytes long and takes 64 in memory. A million is eleven days at one a
	// second.
	maxRecords   = 1_000_000
	maxSummaries = 20_000
	maxSessions  = 200
	maxParts     = 1000
	// maxStreams and maxStreamValues bound the streams that are kept. A day at one
	// record a second with twenty streams is 1.7 million values.
	maxStreams      = 96
	maxStreamValues = 1_750_000
	// watch is after how many messages the context is looked at.
	watch = 4096
)

// Options change how a file is read. The zero value reads as Strava does.
type Options struct {
	// KeepSource keeps the bytes of the file, and where each record stands in
	// them, for [Rewrite]. It costs the memory of the whole file.
	KeepSource bool
}

// Decode reads all workouts of a FIT file, or of a chain of them.
//
// A damaged file gives what stands before the damage, with a finding that names
// it. An error means that nothing could be had, and is then a
// [finding.Failure]; or that reading r failed or ctx was cancelled, and then
// the file holds what came before and the error is that of the reader.
func Decode(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	d := decoder{ctx: ctx}
	if !o.KeepSource {
		d.w = newWindow(r)
		return d.finish(d.chain())
	}
	data, err := io.ReadAll(r)
	d.keep, d.w = true, windowOn(data, err)
	f, err := d.finish(d.chain())
	if len(f.Activities) > 0 {
		f.Source = &activity.Source{Format: "fit", Data: data}
	}
	return f, err
}

type decoder struct {
	w    window
	ctx  context.Context //nolint:containedctx // lives for one call of Decode
	keep bool            // note where the records stand
	walk walker          // gets all messages in place of the decoder; nil but for Rewrite

	file     finding.List
	acts     []activity.Activity
	parts    int
	types    []int    // file types of the parts that hold no workout
	damage   *damaged // the first
	messages int
	records  int    // in all parts
	held     int    // sessions, laps and events in all parts
	begun    int    // sessions in all parts
	beats    []beat // of straps, in all parts
	values   int    // of streams, in all parts
	padded   int    // the same, with those that are absent

	*part
	limit  int64 // where its data ends by its header; negative where that does not say
	locals [16]definition
	last   uint32 // the timestamp that compressed ones follow
	timed  bool   // there was one
	msg    values
}

// damaged ends the reading of a part.
type damaged struct {
	code   finding.Code
	at     int64
	detail string
}

func (e *damaged) Error() string { return e.detail }

// chain reads one file after the other.
func (d *decoder) chain() error {
	if !d.w.need(headerSize) || !isHeader(d.w.buf[d.w.pos:d.w.end]) {
		if found, err := d.search(finding.FITLeading); !found {
			if err == nil && d.damage == nil {
				d.damage = &damaged{code: finding.FITSignature}
			}
			return err
		}
	}
	for {
		if d.parts == maxParts {
			d.broke(&damaged{finding.FITLimit, d.w.offset(), "more than " + strconv.Itoa(maxParts) + " files"})
			return nil
		}
		d.parts++
		broken, err := d.readPart()
		if d.walk == nil {
			d.conclude()
		}
		if err != nil {
			return err
		}
		if !d.w.need(headerSize) || !isHeader(d.w.buf[d.w.pos:d.w.end]) {
			if d.w.left() == 0 {
				return d.w.failed()
			}
			code := finding.FITTrailing
			if broken {
				code = "" // the rest of what was damaged
			}
			if found, err := d.search(code); !found {
				return err
			}
		}
	}
}

// search goes to the next header and names what it passed.
func (d *decoder) search(code finding.Code) (bool, error) {
	from := d.w.offset()
	found := d.w.seek()
	if passed := d.w.offset() - from; passed > 0 && code != "" && (found || code != finding.FITLeading) {
		d.file.Add(code, finding.AtByte(from), strconv.FormatInt(passed, 10)+" bytes")
	}
	return found, d.w.failed()
}

// readPart reads one file of the chain. It reports whether it is damaged; the
// error is that of the reader or the context.
func (d *decoder) readPart() (broken bool, _ error) {
	w := &d.w
	d.part = &part{sport: -1, subSport: -1, fileType: -1}
	for i := range d.locals {
		d.locals[i].set = false
	}
	d.last, d.timed = 0, false

	start := w.offset()
	w.restart()
	b := w.buf[w.pos:w.end]
	length, size := int(b[0]), int64(binary.LittleEndian.Uint32(b[4:]))
	if !w.need(length) {
		d.broke(&damaged{finding.FITTruncated, w.offset() + int64(w.left()), "in the header"})
		w.pos = w.end
		return true, w.failed()
	}
	if b = w.buf[w.pos:]; length >= headerSize+2 {
		if sum := binary.LittleEndian.Uint16(b[12:]); sum != 0 && sum != crc16(0, b[:12]) {
			d.file.Add(finding.FITHeaderCRC, finding.AtByte(start+12), "")
		}
	}
	if d.walk != nil {
		d.walk.begin(b[:length])
	}
	w.pos += length
	limit := w.offset() + size
	if size == 0 || size == math.MaxUint32 {
		limit = -1
		d.file.Add(finding.FITSize, finding.AtByte(start+4), "")
	}
	sum, err := d.readMessages(limit)
	var damage *damaged
	switch {
	case errors.As(err, &damage):
		d.broke(damage)
		if limit >= 0 {
			w.skipTo(limit + 2)
		}
		return true, w.failed()
	case err != nil:
		return true, err
	case sum:
		return false, d.checksum()
	}
	return false, nil
}

// broke names a damage.
func (d *decoder) broke(e *damaged) {
	if d.damage == nil {
		d.damage = e
	}
	d.file.Add(e.code, finding.AtByte(e.at), e.detail+"; what comes before is kept")
}

// checksum compares what stands behind the data with what was read.
func (d *decoder) checksum() error {
	w := &d.w
	if !w.need(2) {
		if err := w.failed(); err != nil {
			return err
		}
		d.file.Add(finding.FITCRCMissing, finding.AtByte(w.offset()), "")
		w.pos = w.end
		return nil
	}
	at, want := w.offset(), w.total()
	if got := binary.LittleEndian.Uint16(w.buf[w.pos:]); got != want {
		d.file.Add(finding.FITCRC, finding.AtByte(at), fmt.Sprintf("0x%04X in the file, 0x%04X by its bytes", got, want))
	}
	w.pos += 2
	return nil
}

// readMessages reads the data up to limit, or to the end of the file where that
// is negative. sum says that a checksum follows.
func (d *decoder) readMessages(limit int64) (sum bool, _ error) {
	w := &d.w
	d.limit = limit
	for {
		at := w.offset()
		if limit >= 0 && at >= limit {
			return true, nil
		}
		if !w.need(3) {
			if err := w.failed(); err != nil {
				return false, err
			}
			if left := int64(w.left()); limit < 0 || limit-at > left {
				return d.atEnd(limit)
			}
		}
		if d.messages++; d.messages%watch == 0 {
			if err := d.ctx.Err(); err != nil {
				return false, err
			}
		}
		if err := d.message(limit); err != nil {
			return false, err
		}
	}
}

// atEnd judges a file that ends between two messages, with less than a message
// and a checksum left, before the end that the header promised.
func (d *decoder) atEnd(limit int64) (sum bool, _ error) {
	w := &d.w
	at, left := w.offset(), w.left()
	if left == 2 {
		if limit < 0 {
			return true, nil
		}
		if crc16(w.total(), w.buf[w.pos:w.end]) == 0 {
			d.file.Add(finding.FITSize, finding.AtByte(at), "it promises more than there is, and the checksum is right")
			return true, nil
		}
	}
	w.pos = w.end
	if limit < 0 && left == 0 {
		return false, nil
	}
	return false, &damaged{finding.FITTruncated, at + int64(left), missing(limit, at+int64(left))}
}

// missing says how much of the data is missing.
func missing(limit, at int64) string {
	if limit < 0 {
		return "within a message"
	}
	return "the header promises " + strconv.FormatInt(limit-at, 10) + " bytes more"
}

// have makes n bytes available, and holds that they are within the data.
func (d *decoder) have(n int, limit int64) error {
	w := &d.w
	if limit >= 0 && w.offset()+int64(n) > limit {
		return &damaged{finding.FITMalformed, w.offset(), "a message goes beyond the end of the data"}
	}
	if w.need(n) {
		return nil
	}
	if err := w.failed(); err != nil {
		return err
	}
	at := w.offset() + int64(w.left())
	w.pos = w.end
	return &damaged{finding.FITTruncated, at, missing(limit, at)}
}

// message reads a definition or a message.
func (d *decoder) message(limit int64) error {
	w := &d.w
	header := w.buf[w.pos]
	var local byte
	switch {
	case header&0x80 != 0:
		local = header >> 5 & 3
	case header&0x40 != 0:
		return d.define(header, limit)
	default:
		local = header & 0xF
	}
	def := &d.locals[local]
	if !def.set {
		return &damaged{finding.FITMalformed, w.offset(), fmt.Sprintf("a message of the local type %d, which is not defined", local)}
	}
	if err := d.have(1+def.size, limit); err != nil {
		return err
	}
	if header&0x80 != 0 && d.timed {
		offset := uint32(header & 31)
		d.last += (offset - d.last) & 31
	}
	at := w.pos + 1
	var err error
	if d.walk != nil {
		err = d.walk.message(w.pos, local, w.buf[w.pos:at+def.size])
	} else {
		err = d.data(def, w.buf[at:at+def.size], header&0x80 != 0 && d.timed)
	}
	w.pos = at + def.size
	return err
}

// define reads a definition.
func (d *decoder) define(header byte, limit int64) error {
	if err := d.have(6, limit); err != nil {
		return err
	}
	w := &d.w
	n := 6 + 3*int(w.buf[w.pos+5])
	if err := d.have(n, limit); err != nil {
		return err
	}
	fields, all := n, n
	if header&0x20 != 0 {
		if err := d.have(n+1, limit); err != nil {
			return err
		}
		all += 1 + 3*int(w.buf[w.pos+n])
		if err := d.have(all, limit); err != nil {
			return err
		}
	}
	b := w.buf[w.pos : w.pos+all]
	def := &d.locals[header&0xF]
	def.set, def.size, def.fields, def.extras = true, 0, def.fields[:0], def.extras[:0]
	def.order = littleEndian
	if b[2]&1 != 0 {
		def.order = bigEndian
	}
	def.global = def.order.Uint16(b[3:])
	bits, read := known[def.global]
	for f := b[6:fields]; len(f) > 0; f = f[3:] {
		num, size, base := f[0], int(f[1]), f[2]
		if read || num == fieldTimestamp { // compressed timestamps count from any other
			if bits[num>>6]&(1<<(num&63)) == 0 && num < 253 {
				d.count(finding.FITUnknownField, func() string { return fmt.Sprintf("field %d of message %d", num, def.global) })
			} else if kind, ok := d.kind(base, size, num, def.global); ok && !d.native(def, num, kind, size) {
				def.fields = append(def.fields, field{num, kind, def.size, size})
			}
		}
		def.size += size
	}
	if all > fields {
		for f := b[fields+1:]; len(f) > 0; f = f[3:] {
			d.defineDeveloper(def, f[0], int(f[1]), f[2])
			def.size += int(f[1])
		}
	}
	at := w.pos
	w.pos += all
	if d.walk != nil {
		return d.walk.define(at, header&0xF, b)
	}
	return nil
}

// count records a finding about the file, whose detail is built only once.
func (d *decoder) count(code finding.Code, detail func() string) {
	if !d.file.Seen(code) {
		d.file.Add(code, finding.AtByte(d.w.offset()), detail())
	}
}

// kind judges the base type of a field; ok is false where nothing can be read.
func (d *decoder) kind(base byte, size int, num uint8, global uint16) (_ uint8, ok bool) {
	kind := base & kindMask
	detail := func() string {
		return fmt.Sprintf("field %d of message %d has the base type 0x%02X and the size %d", num, global, base, size)
	}
	if kind >= kinds {
		d.count(finding.FITBaseType, detail)
		return 0, false
	}
	one := kindSize[kind]
	if one > 1 && base&orderFlag == 0 {
		d.count(finding.FITBaseType, detail)
	}
	if size == 0 || size%one != 0 {
		d.count(finding.FITFieldSize, detail)
		return 0, false
	}
	return kind, true
}

// data reads a message. compressed says that its header holds a time, which is
// then in d.last.
func (d *decoder) data(def *definition, b []byte, compressed bool) error {
	switch def.global {
	case messageRecord:
		if d.records++; d.records > maxRecords {
			return &damaged{finding.FITLimit, d.w.offset(), "more than " + strconv.Itoa(maxRecords) + " records"}
		}
		d.record(def, b, compressed)
		return nil
	case messageSession, messageLap, messageLength, messageEvent, messageDescription, messageDevice, messageBattery, messageDeveloper:
		if d.held++; d.held > maxSummaries {
			return &damaged{finding.FITLimit, d.w.offset(), "more than " + strconv.Itoa(maxSummaries) + " sessions, laps, lengths, events and devices"}
		}
		if def.global != messageSession {
			break
		}
		if d.begun++; d.begun > maxSessions {
			return &damaged{finding.FITLimit, d.w.offset(), "more than " + strconv.Itoa(maxSessions) + " sessions"}
		}
	case messageHeart:
		if err := d.heart(def, b); err != nil {
			return err
		}
	case messageFileID, messageUser, messageSport, messageActivity, messageFileCreator:
	default:
		if !knownMessage(def.global) {
			d.count(finding.FITUnknownMessage, func() string { return "message " + strconv.Itoa(int(def.global)) })
		}
		if len(def.fields) == 0 {
			return nil
		}
	}
	d.msg.read(def, b)
	if t := d.msg.code(fieldTimestamp); t >= 0 {
		d.last, d.timed = uint32(t), true
		compressed = true
	}
	var t int64
	if compressed {
		t = instant(float64(d.last))
	}
	d.tell(def.global, t)
	return nil
}

// finish makes the file of what was read, and judges the error that ended the
// reading.
func (d *decoder) finish(err error) (activity.File, error) {
	if len(d.acts) == 0 {
		if err != nil {
			return activity.File{Findings: d.file.Findings()}, err
		}
		return activity.File{}, d.nothing()
	}
	d.mergeHeart()
	if d.parts > 1 {
		d.file.Add(finding.FITChained, finding.Place{}, strconv.Itoa(d.parts)+" files")
	}
	return activity.File{Activities: d.acts, Findings: d.file.Findings()}, err
}

// nothing says why there is no workout.
func (d *decoder) nothing() error {
	if e := d.damage; e != nil {
		place := finding.AtByte(e.at)
		if e.code == finding.FITSignature {
			place = finding.Place{}
		}
		return finding.Fail(e.code, place, e.detail, nil)
	}
	detail := ""
	for _, t := range d.types {
		if detail != "" {
			detail += ", "
		}
		if detail += nameOr(fileTypes, t); t < 0 {
			detail += "unknown type"
		}
		if len(detail) > 100 {
			break
		}
	}
	return finding.Fail(finding.FITEmpty, finding.Place{}, detail, nil)
}
