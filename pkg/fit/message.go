package fit

import (
	"bytes"
	"encoding/binary"
	"math"
)

// The base types, without the bit that says that the byte order matters. Some
// programs forget that bit.
const (
	kindEnum = iota
	kindSint8
	kindUint8
	kindSint16
	kindUint16
	kindSint32
	kindUint32
	kindString
	kindFloat32
	kindFloat64
	kindUint8z
	kindUint16z
	kindUint32z
	kindByte
	kindSint64
	kindUint64
	kindUint64z
	kinds

	kindMask  = 0x1F
	orderFlag = 0x80
)

// kindSize is the length of one value.
var kindSize = [kinds]int{1, 1, 1, 2, 2, 4, 4, 1, 4, 8, 1, 2, 4, 1, 8, 8, 8}

// byteOrder is big-endian or little-endian. An interface would cost a call for
// each number.
type byteOrder bool

const (
	littleEndian byteOrder = false
	bigEndian    byteOrder = true
)

// Uint16 reads two bytes.
func (o byteOrder) Uint16(b []byte) uint16 {
	if o {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

// Uint32 reads four bytes.
func (o byteOrder) Uint32(b []byte) uint32 {
	if o {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// Uint64 reads eight bytes.
func (o byteOrder) Uint64(b []byte) uint64 {
	if o {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// number reads a value of a base type; ok is false where it is the one that
// says that there is none. b holds at least the bytes of one value.
func number(b []byte, kind uint8, order byteOrder) (v float64, ok bool) {
	switch kind {
	case kindEnum, kindUint8, kindByte:
		return float64(b[0]), b[0] != 0xFF
	case kindUint8z:
		return float64(b[0]), b[0] != 0
	case kindSint8:
		return float64(int8(b[0])), b[0] != 0x7F
	case kindSint16:
		x := order.Uint16(b)
		return float64(int16(x)), x != 0x7FFF
	case kindUint16:
		x := order.Uint16(b)
		return float64(x), x != 0xFFFF
	case kindUint16z:
		x := order.Uint16(b)
		return float64(x), x != 0
	case kindSint32:
		x := order.Uint32(b)
		return float64(int32(x)), x != 0x7FFFFFFF
	case kindUint32:
		x := order.Uint32(b)
		return float64(x), x != 0xFFFFFFFF
	case kindUint32z:
		x := order.Uint32(b)
		return float64(x), x != 0
	case kindFloat32:
		v = float64(math.Float32frombits(order.Uint32(b)))
	case kindFloat64:
		v = math.Float64frombits(order.Uint64(b))
	case kindSint64:
		x := order.Uint64(b)
		return float64(int64(x)), x != math.MaxInt64
	case kindUint64:
		x := order.Uint64(b)
		return float64(x), x != math.MaxUint64
	case kindUint64z:
		x := order.Uint64(b)
		return float64(x), x != 0
	default:
		return 0, false
	}
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

// field is where a field stands in the messages of a definition.
type field struct {
	num  uint8
	kind uint8
	off  int
	size int
}

// extra is a field of a record that becomes a stream.
type extra struct {
	field
	stream        int // of the part
	scale, offset float64
	counter       bool // runs over at the largest number of its type
}

// definition says what the messages of a local type hold.
type definition struct {
	set    bool
	global uint16
	order  byteOrder
	size   int // of a message, without its header
	fields []field
	extras []extra
}

// values are the fields of one message, by their numbers. One is used for all
// messages but records.
type values struct {
	has   [4]uint64
	v     [256]float64
	texts map[uint8]string
	uuid  string // application_id of a developer_data_id
}

func (m *values) read(d *definition, b []byte) {
	m.has = [4]uint64{}
	clear(m.texts)
	m.uuid = ""
	for i := range d.fields {
		f := &d.fields[i]
		if d.global == messageDeveloper && f.num == 1 {
			m.uuid = uuid(b[f.off : f.off+f.size])
			continue
		}
		if f.kind == kindString {
			if m.texts == nil {
				m.texts = map[uint8]string{}
			}
			m.texts[f.num] = text(b[f.off : f.off+f.size])
			continue
		}
		if v, ok := number(b[f.off:f.off+f.size], f.kind, d.order); ok {
			m.v[f.num] = v
			m.has[f.num>>6] |= 1 << (f.num & 63)
		}
	}
}

func (m *values) get(num uint8) (float64, bool) {
	return m.v[num], m.has[num>>6]&(1<<(num&63)) != 0
}

// code returns a field that is a whole number, or −1.
func (m *values) code(num uint8) int {
	v, ok := m.get(num)
	if !ok || v < 0 || v > math.MaxUint32 {
		return -1
	}
	return int(v)
}

// text reads a string up to its end.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
