package xmlscan

import (
	"encoding/binary"
	"math/bits"
)

// The classes of bytes.
const (
	nameStart uint8 = 1 << iota // may begin a name
	nameByte                    // may stand in a name
	colon                       // separates prefix and name
	blank                       // space, tab, line feed, carriage return
	control                     // forbidden by XML
)

// class tells the scanner what a byte can be. Bytes from 0x80 up are parts of
// characters and allowed in names: which of them are letters is not examined.
var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			t[c] = blank
		case c < ' ':
			t[c] = control
		case c == '/' || c == '>' || c == '=' || c == '<' || c == '"' || c == '\'' || c == '&':
		case c >= 0x80 || c == '_' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z':
			t[c] = nameStart | nameByte
		case c == ':':
			t[c] = nameStart | nameByte | colon
		default:
			t[c] = nameByte
		}
	}
	return t
}()

// Eight copies of a byte, to look at eight bytes of text at a time.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stop returns a mask whose lowest set bit belongs to the first byte of w (in
// the order of memory) that is below 0x20, from 0x80 up, or one of the bytes a,
// b and c, given as eight copies each. Above that bit the mask may err.
func stop(w, a, b, c uint64) uint64 {
	a, b, c = w^a, w^b, w^c
	// A byte x-1 has its high bit set while x has not: x was 0. The borrow of
	// such a byte spoils only bytes above it.
	m := (a-ones)&^a | (b-ones)&^b | (c-ones)&^c
	return (m | (w-' '*ones)&^w | w) & highs
}

// plainText returns the index of the first byte at or after i that is not
// ordinary text: '<', '&', ']', a control character other than tab and line
// feed, or a byte from 0x80 up. The guard behind the window is such a byte.
func plainText(buf []byte, i int) int {
	for {
		m := stop(binary.LittleEndian.Uint64(buf[i:]), '<'*ones, '&'*ones, ']'*ones)
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		if c := buf[i]; c != '\n' && c != '\t' {
			return i
		}
		i++
	}
}

// indentation returns an index at or after i up to which there is a line feed
// and spaces, eight at a time: most texts of a workout file are just that.
func indentation(buf []byte, i int) int {
	if buf[i] == '\n' {
		i++
		for binary.LittleEndian.Uint64(buf[i:]) == ' '*ones {
			i += 8
		}
	}
	return i
}

// plainValue is plainText for an attribute between the quotes q: it stops at
// the quote, '<', '&', control characters and bytes from 0x80 up.
func plainValue(buf []byte, i int, q byte) int {
	qq := uint64(q) * ones
	for {
		m := stop(binary.LittleEndian.Uint64(buf[i:]), '<'*ones, '&'*ones, qq)
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
}

// trim cuts blanks off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && class[b[0]] == blank {
		b = b[1:]
	}
	for len(b) > 0 && class[b[len(b)-1]] == blank {
		b = b[:len(b)-1]
	}
	return b
}
