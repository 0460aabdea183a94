package fit

import (
	"encoding/binary"
	"math"
	"slices"
)

const (
	// salvageRun is how many messages in a row have to make sense for reading to
	// go on there after a damage, unless the first is a definition.
	salvageRun = 4
	// salvageSpan bounds, in seconds, how far the time of a message lies from that
	// of the record before, in both directions: so a record with a time that was
	// garbled a little does not make those behind it look wrong. One that was garbled
	// altogether falls into those two months once in 800 times.
	salvageSpan = 30 * 86400
)

// Salvaged says what became of a damaged file.
type Salvaged struct {
	Damages int // places where reading was lost
	Bytes   int // bytes that were given up
	Records int // that were kept
	Kept    int // messages that were kept, definitions not counted
}

// Salvage saves what can be of a damaged file: it reads up to a damage, looks
// behind it for the next definition that makes sense, or for several messages in
// a row that do, and goes on there. The result has a new header, with the true
// size, and new checksums. Messages whose compressed time counts from one that
// is lost are given up, too.
//
// ok is false where no message could be saved. The data is not changed.
func Salvage(data []byte) (out []byte, s Salvaged, ok bool) {
	v := salvager{data: data}
	for at := 0; at < len(data); {
		if !isHeader(data[at:]) || at+int(data[at]) > len(data) {
			at++
			continue
		}
		at = v.part(at, &out)
	}
	return out, v.Salvaged, v.Kept > 0
}

// salvager reads one damaged file.
type salvager struct {
	Salvaged
	data  []byte
	end   int // of the part
	last  uint32
	timed bool // last is the time of a record
	lost  bool // the time of compressed headers counts from something lost
	named bool // there was a file_id
	// packed says that the file has compressed timestamps, which programs use
	// throughout or not at all.
	packed bool
	kinds  [16]salvageKind
}

// salvageKind is what the messages of a local type hold.
type salvageKind struct {
	set    bool
	size   int
	global uint16
	order  binary.ByteOrder
	time   int // where the timestamp stands in a message with its header; 0: nowhere
}

// part saves one file of a chain, from its header on, and returns where it ends.
func (v *salvager) part(at int, out *[]byte) int {
	length := int(v.data[at])
	header := slices.Clone(v.data[at : at+length])
	promised := int64(at) + int64(length) + int64(binary.LittleEndian.Uint32(header[4:]))
	v.kinds, v.timed, v.lost, v.named = [16]salvageKind{}, false, false, false
	v.end = len(v.data)
	if next := nextHeader(v.data, at+length); next > 0 {
		v.end = next
	}
	body := []byte{}
	kept := v.Kept
	definition := -1       // where the body's last message begins, if it is a definition
	var before salvageKind // what it took the place of
	for at += length; at < v.end; {
		if int64(at) == promised && (v.end-at <= 2 || !v.sound(at)) || v.end-at <= 2 && !v.fits(at) {
			if v.end-at > 2 { // what stands behind is none of it
				v.Bytes += v.end - at - 2
			}
			break
		}
		n, isDefinition, good := v.next(at, false)
		if !good {
			if definition >= 0 { // it may be what misled
				v.Bytes += len(body) - definition
				v.kinds[body[definition]&0xF] = before
				body, definition = body[:definition], -1
			}
			v.Damages++
			from := at
			at = v.resume(at + 1)
			v.Bytes += at - from
			v.lost = true
			continue
		}
		if isDefinition {
			definition, before = len(body), v.kinds[v.data[at]&0xF]
			v.define(at)
		} else {
			definition = -1
			if !v.take(at) {
				v.Bytes += n
				at += n
				continue
			}
		}
		body = append(body, v.data[at:at+n]...)
		at += n
	}
	if v.Kept == kept {
		return v.end
	}
	binary.LittleEndian.PutUint32(header[4:], uint32(len(body)))
	if length >= headerSize+2 {
		binary.LittleEndian.PutUint16(header[12:], crc16(0, header[:12]))
	}
	sum := crc16(crc16(0, header), body)
	*out = append(append(*out, header...), body...)
	*out = binary.LittleEndian.AppendUint16(*out, sum)
	return v.end
}

// nextHeader finds the header of the next file of a chain; 0 where there is none.
func nextHeader(data []byte, from int) int {
	for i := from; i+headerSize <= len(data); i++ {
		if data[i+8] == signature[0] && isHeader(data[i:]) {
			return i
		}
	}
	return 0
}

// fits reports whether a message of some kind has room.
func (v *salvager) fits(at int) bool {
	n, _, ok := v.next(at, false)
	return ok && at+n <= v.end
}

// sound reports whether data goes on where the header said that it ends.
func (v *salvager) sound(at int) bool { return v.plausible(at) }

// next judges the message at a place. strict is for places where a message may
// or may not begin.
func (v *salvager) next(at int, strict bool) (size int, definition, ok bool) {
	h := v.data[at]
	if h&0xC0 == 0x40 {
		n, ok := v.definition(at, strict)
		return n, true, ok
	}
	local := h & 0xF
	if h&0x80 != 0 {
		if local = h >> 5 & 3; v.Damages > 0 && !v.packed {
			return 0, false, false // what never was is damage
		}
	} else if h&0x30 != 0 { // bits that no program sets
		return 0, false, false
	}
	k := &v.kinds[local]
	size = 1 + k.size
	if !k.set || at+size > v.end {
		return 0, false, false
	}
	if k.global == messageFileID && v.named {
		return 0, false, false // a file has one name
	}
	if t, ok := v.time(at, k); ok {
		if t < relative && (strict || v.timed && v.last >= relative) {
			return 0, false, false
		}
		if v.timed && (int64(t) < int64(v.last)-salvageSpan || int64(t) > int64(v.last)+salvageSpan) {
			return 0, false, false
		}
	}
	return size, false, true
}

func (v *salvager) time(at int, k *salvageKind) (uint32, bool) {
	if k.time == 0 {
		return 0, false
	}
	t := k.order.Uint32(v.data[at+k.time:])
	return t, t != math.MaxUint32
}

// definition judges one. Where strict is set, it has to be one as programs write
// them: of a message of the profile, with known base types of fitting sizes.
func (v *salvager) definition(at int, strict bool) (size int, ok bool) {
	b := v.data[at:v.end]
	if len(b) < 6 || b[1] != 0 || b[2] > 1 || b[5] == 0 {
		return 0, false
	}
	n := 6 + 3*int(b[5])
	if len(b) < n {
		return 0, false
	}
	fields := b[6:n]
	if b[0]&0x20 != 0 {
		if len(b) < n+1 || len(b) < n+1+3*int(b[n]) {
			return 0, false
		}
		n += 1 + 3*int(b[n])
	}
	total := 0
	for f := fields; len(f) > 0; f = f[3:] {
		kind := f[2] & kindMask
		total += int(f[1])
		if f[1] == 0 || kind >= kinds {
			return 0, false
		}
		if strict && (int(f[1])%kindSize[kind] != 0 || f[2]&0x60 != 0 || kindSize[kind] > 1 && f[2]&orderFlag == 0) {
			return 0, false
		}
	}
	if strict {
		order := binary.ByteOrder(binary.LittleEndian)
		if b[2] == 1 {
			order = binary.BigEndian
		}
		if b[0]&0x10 != 0 || !knownMessage(order.Uint16(b[3:])) || at+n+1 > v.end {
			return 0, false
		}
	}
	return n, true
}

// define takes a definition.
func (v *salvager) define(at int) {
	b := v.data[at:]
	k := salvageKind{set: true, order: binary.LittleEndian}
	if b[2] == 1 {
		k.order = binary.BigEndian
	}
	k.global = k.order.Uint16(b[3:])
	end := 6 + 3*int(b[5])
	for f := b[6:end]; len(f) > 0; f = f[3:] {
		if f[0] == fieldTimestamp && f[1] == 4 {
			k.time = 1 + k.size
		}
		k.size += int(f[1])
	}
	if b[0]&0x20 != 0 {
		for f := b[end+1 : end+1+3*int(b[end])]; len(f) > 0; f = f[3:] {
			k.size += int(f[1])
		}
	}
	v.kinds[b[0]&0xF] = k
}

// take counts a message; false where its time is lost.
func (v *salvager) take(at int) bool {
	h := v.data[at]
	k := &v.kinds[h&0xF]
	if h&0x80 != 0 {
		k = &v.kinds[h>>5&3]
	}
	if t, ok := v.time(at, k); ok {
		v.lost = false
		if k.global == messageRecord {
			v.last, v.timed = t, true
		}
	} else if h&0x80 != 0 && v.lost {
		return false
	}
	v.Kept++
	v.packed = v.packed || h&0x80 != 0
	v.named = v.named || k.global == messageFileID
	if k.global == messageRecord {
		v.Records++
	}
	return true
}

// resume returns the next place at which reading can go on, or the end.
func (v *salvager) resume(at int) int {
	for ; at < v.end; at++ {
		if v.plausible(at) {
			return at
		}
	}
	return v.end
}

// plausible reports whether a definition stands at a place, with a message of it
// behind, or several messages do.
func (v *salvager) plausible(at int) bool {
	saved := v.kinds
	defer func() { v.kinds = saved }()
	size, definition, ok := v.next(at, true)
	if !ok {
		return false
	}
	if definition {
		local := v.data[at] & 0xF
		v.define(at)
		at += size
		size, definition, ok = v.next(at, true)
		return ok && (definition || v.data[at]&0xF == local || v.kinds[v.data[at]&0xF].set) && at+size <= v.end
	}
	records := 0
	for n := range salvageRun {
		if at >= v.end-2 {
			return n > 1 && records > 0
		}
		size, definition, ok = v.next(at, true)
		if !ok {
			return false
		}
		if definition {
			v.define(at)
		} else if k := &v.kinds[v.data[at]&0xF]; k.global == messageRecord && k.time > 0 {
			records++
		}
		at += size
	}
	return records > 0
}

// Complete adds what the end of a recording would have: a lap where there is
// none, a session and an activity message, made of the given account of the
// workout. It is for files of one workout that lack a session. ok is false
// where the data is no single sound FIT file.
func Complete(data []byte, e Ending) (out []byte, ok bool) {
	if len(data) < headerSize+2 || !isHeader(data) {
		return nil, false
	}
	length := int(data[0])
	size := int(binary.LittleEndian.Uint32(data[4:]))
	if length+size+2 != len(data) || crc16(0, data) != 0 {
		return nil, false
	}
	out = slices.Clone(data[:length+size])
	if !e.HasLap {
		out = e.summary(out, messageLap, 9)
	}
	out = e.summary(out, messageSession, 8)
	out = append(out, 0x40, 0, 0, byte(messageActivity), 0, 6,
		fieldTimestamp, 4, 0x86, 0, 4, 0x86, 1, 2, 0x84, 2, 1, 0x00, 3, 1, 0x00, 4, 1, 0x00,
		0)
	out = binary.LittleEndian.AppendUint32(out, e.End)
	out = binary.LittleEndian.AppendUint32(out, e.Timer)
	out = append(out, 1, 0, 0, 26, 1)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-length))
	if length >= headerSize+2 {
		binary.LittleEndian.PutUint16(out[12:], crc16(0, out[:12]))
	}
	return binary.LittleEndian.AppendUint16(out, crc16(0, out)), true
}

// Ending is the account of a workout that [Complete] writes, in the units of FIT.
type Ending struct {
	Start, End uint32 // s since 31 December 1989, UTC
	Elapsed    uint32 // ms
	Timer      uint32 // ms, without pauses
	Distance   uint32 // cm; math.MaxUint32 where unknown
	Sport, Sub uint8  // 0xFF where unknown
	HasLap     bool   // the file has laps
}

// EpochSeconds turns seconds since 1970 into those of FIT.
func EpochSeconds(unix int64) uint32 { return uint32(unix - epoch) }

// summary appends the definition of a lap or session, and one of it.
func (e *Ending) summary(out []byte, global uint16, event byte) []byte {
	sport, sub := byte(5), byte(6)
	if global == messageLap {
		sport, sub = 25, 39
	}
	out = append(out, 0x40, 0, 0, byte(global), 0, 9,
		fieldTimestamp, 4, 0x86, 2, 4, 0x86, 7, 4, 0x86, 8, 4, 0x86, 9, 4, 0x86, 0, 1, 0x00, 1, 1, 0x00, sport, 1, 0x00, sub, 1, 0x00,
		0)
	for _, v := range []uint32{e.End, e.Start, e.Elapsed, e.Timer, e.Distance} {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return append(out, event, 1, e.Sport, e.Sub)
}
