package fit_test

import (
	"encoding/binary"
	"math"
)

// writer makes FIT files for tests: as they should be, and as they should not.
type writer struct {
	order binary.AppendByteOrder
	data  []byte
}

// def is a field of a definition.
type def struct{ num, size, base byte }

// Base types.
const (
	enum, sint8, u8, sint16, u16, sint32, u32 = 0x00, 0x01, 0x02, 0x83, 0x84, 0x85, 0x86
	str, f32, uint32z                         = 0x07, 0x88, 0x8C
)

func write() *writer { return &writer{order: binary.LittleEndian} }

// big makes all that follows big-endian.
func (w *writer) big() *writer { w.order = binary.BigEndian; return w }

// raw adds bytes to the data.
func (w *writer) raw(b ...byte) *writer { w.data = append(w.data, b...); return w }

// define adds a definition; those of developer fields begin at developer.
func (w *writer) define(local byte, global uint16, fields []def, developer ...def) *writer {
	header, arch := 0x40|local, byte(0)
	if len(developer) > 0 {
		header |= 0x20
	}
	if w.order == binary.AppendByteOrder(binary.BigEndian) {
		arch = 1
	}
	w.raw(header, 0, arch)
	w.data = w.order.AppendUint16(w.data, global)
	w.raw(byte(len(fields)))
	for _, f := range fields {
		w.raw(f.num, f.size, f.base)
	}
	if len(developer) > 0 {
		w.raw(byte(len(developer)))
		for _, f := range developer {
			w.raw(f.num, f.size, f.base)
		}
	}
	return w
}

// message adds a message. Its values are written as the types they have.
func (w *writer) message(header byte, values ...any) *writer {
	w.raw(header)
	for _, v := range values {
		switch v := v.(type) {
		case byte:
			w.raw(v)
		case int8:
			w.raw(byte(v))
		case int16:
			w.data = w.order.AppendUint16(w.data, uint16(v))
		case uint16:
			w.data = w.order.AppendUint16(w.data, v)
		case int32:
			w.data = w.order.AppendUint32(w.data, uint32(v))
		case uint32:
			w.data = w.order.AppendUint32(w.data, v)
		case float32:
			w.data = w.order.AppendUint32(w.data, math.Float32bits(v))
		case string:
			w.raw([]byte(v)...)
		case []byte:
			w.raw(v...)
		default:
			panic("no such type in FIT")
		}
	}
	return w
}

// checksum is the one of the format, bit by bit.
func checksum(b []byte) uint16 {
	var c uint16
	for _, x := range b {
		c ^= uint16(x)
		for range 8 {
			if c&1 != 0 {
				c = c>>1 ^ 0xA001
			} else {
				c >>= 1
			}
		}
	}
	return c
}

// file returns a whole file with a header of 14 bytes.
func (w *writer) file() []byte { return w.framed(14, uint32(len(w.data)), true) }

// framed returns a file with a header of some length, the size of the data as
// it says, and the checksum of the header or 0.
func (w *writer) framed(header int, size uint32, headerSum bool) []byte {
	b := []byte{byte(header), 0x20, 0x54, 0x08}
	b = binary.LittleEndian.AppendUint32(b, size)
	b = append(b, ".FIT"...)
	if header >= 14 {
		sum := uint16(0)
		if headerSum {
			sum = checksum(b)
		}
		b = binary.LittleEndian.AppendUint16(b, sum)
	}
	for len(b) < header {
		b = append(b, 0)
	}
	b = append(b, w.data...)
	return binary.LittleEndian.AppendUint16(b, checksum(b))
}

// noon is a timestamp: 2024-06-01T12:00:00Z.
const noon uint32 = 1717243200 - 631065600

var recordFields = []def{{253, 4, u32}, {0, 4, sint32}, {1, 4, sint32}, {2, 2, u16}, {3, 1, u8}, {5, 4, u32}, {6, 2, u16}}

// records adds n records, one a second from noon, at 10° N, 20° E, 100 m, 120
// bpm, 2.03 m/s.
func (w *writer) records(n int) *writer {
	w.define(0, 20, recordFields)
	for i := range n {
		w.record(noon+uint32(i), i)
	}
	return w
}

func (w *writer) record(at uint32, i int) *writer {
	const degree = 1 << 31 / 180.0
	lat, lon := math.Round(10*degree), math.Round(20*degree)
	return w.message(0, at, int32(lat), int32(lon), uint16(3000), byte(120), uint32(203*i), uint16(2030))
}

// fileID adds the message that every file begins with.
func (w *writer) fileID(kind byte) *writer {
	return w.define(15, 0, []def{{0, 1, enum}, {1, 2, u16}, {2, 2, u16}, {3, 4, uint32z}, {4, 4, u32}}).
		message(15, kind, uint16(1), uint16(2050), uint32(3901234567), noon)
}

// session adds a session that began at a time.
func (w *writer) session(start uint32, seconds int, sport, sub byte) *writer {
	return w.define(14, 18, []def{
		{253, 4, u32}, {2, 4, u32}, {7, 4, u32}, {8, 4, u32}, {9, 4, u32}, {11, 2, u16}, {22, 2, u16},
		{5, 1, enum}, {6, 1, enum}, {14, 2, u16},
	}).message(14, start+uint32(seconds), start, uint32(seconds*1000), uint32(seconds*900), uint32(seconds*203), uint16(77), uint16(12),
		sport, sub, uint16(2030))
}

// timer adds an event of the timer.
func (w *writer) timer(at uint32, kind byte) *writer {
	return w.define(13, 21, []def{{253, 4, u32}, {0, 1, enum}, {1, 1, enum}}).message(13, at, byte(0), kind)
}

// whole is a plain workout of n records.
func whole(n int) *writer { return write().fileID(4).records(n).session(noon, n, 1, 3) }
