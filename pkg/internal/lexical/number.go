package lexical

import (
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// NumberNote is a set of bits that tell what was unusual about a number.
type NumberNote uint8

// The notes about numbers.
const (
	// Comma: the number had a decimal comma, which was read as a point.
	Comma NumberNote = 1 << iota
)

// The powers of ten that both float64 and uint64 represent exactly.
var (
	powersOfTen = [20]float64{
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
		1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
	}
	wholePowers = [20]uint64{
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
		1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
	}
)

// quotient returns the float64 nearest to m/d, the even one of two, for m and d
// above 0. Positions of 16 digits and more, as many programs print them, take
// this way.
func quotient(m, d uint64) float64 {
	shiftM, shiftD := bits.LeadingZeros64(m), bits.LeadingZeros64(d)
	m, d = m<<shiftM, d<<shiftD
	exponent := shiftD - shiftM - 64 // m/d is (q + rest/d)·2^exponent
	var q, rest uint64
	if m < d {
		q, rest = bits.Div64(m, 0, d)
	} else {
		q, rest = bits.Div64(m>>1, m<<63, d)
		exponent++
	}
	// The highest bit of q is set: 53 bits of 64 are kept.
	kept, cut := q>>11, q&(1<<11-1)
	if cut > 1<<10 || cut == 1<<10 && (rest > 0 || kept&1 == 1) {
		kept++ // 1<<53 is exact as well
	}
	return float64(kept) * math.Float64frombits(uint64(exponent+11+1023)<<52)
}

// isBlank tells the blanks of XML.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// trim cuts blanks off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// IsBlank reports whether b is empty or holds nothing but blanks. A codec asks
// it when Number or Time has refused, to tell "empty" from "wrong".
func IsBlank(b []byte) bool { return len(trim(b)) == 0 }

// Number reads a decimal number such as "12", "-1.5e3" or ".5", with blanks
// around it allowed. A single comma in the place of the point is read as a
// point and noted. Anything else is refused: the empty string, NaN and
// infinities, hexadecimal digits, underscores, units, and numbers beyond the
// range of float64. The value is the one that strconv.ParseFloat returns, to
// the last bit.
func Number(b []byte) (v float64, note NumberNote, ok bool) {
	b = trim(b)
	i, n := 0, len(b)
	negative := false
	if n > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		i = 1
	}
	first := i
	var m uint64 // the digits so far, exact while there are at most 19
	for i < n {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		m = m*10 + uint64(d)
		i++
	}
	digits, point, fraction := i-first, -1, 0
	if i < n && (b[i] == '.' || b[i] == ',') {
		point = i
		i++
		for i < n {
			d := b[i] - '0'
			if d > 9 {
				break
			}
			m = m*10 + uint64(d)
			i++
		}
		fraction = i - point - 1
		digits += fraction
		if b[point] == ',' {
			note = Comma
		}
	}
	if digits == 0 {
		return 0, 0, false
	}
	if i == n && digits <= 19 { // so that fraction <= 19, too
		if m < 1<<53 {
			// Both operands are exact, so that the quotient is rounded once.
			v = float64(m)
			if fraction > 0 {
				v /= powersOfTen[fraction]
			}
		} else {
			v = quotient(m, wholePowers[fraction])
		}
		if negative {
			v = -v
		}
		return v, note, true
	}
	if i < n {
		if b[i] != 'e' && b[i] != 'E' {
			return 0, 0, false
		}
		i++
		if i < n && (b[i] == '-' || b[i] == '+') {
			i++
		}
		if i == n {
			return 0, 0, false
		}
		for ; i < n; i++ {
			if b[i]-'0' > 9 {
				return 0, 0, false
			}
		}
	}
	if note&Comma != 0 {
		// A copy on the stack, unless it is absurdly long.
		var store [64]byte
		pointed := append(store[:0], b...)
		pointed[point] = '.'
		v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(pointed), len(pointed)), 64) //nolint:gosec // ParseFloat does not keep the string, and nobody writes the bytes meanwhile
		return finite(v, note, err)
	}
	v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(b), len(b)), 64) //nolint:gosec // as above
	return finite(v, note, err)
}

// finite is the result of a call of ParseFloat, whose only error here is that
// the number is too large.
func finite(v float64, note NumberNote, err error) (float64, NumberNote, bool) {
	if err != nil {
		return 0, 0, false
	}
	return v, note, true
}
