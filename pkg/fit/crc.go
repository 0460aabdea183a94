package fit

import (
	"encoding/binary"
	"sync"
)

// The checksum of FIT is CRC-16/ARC. Four tables take four bytes at a time.
// Who reads no FIT does not pay for them.
var crcTables = sync.OnceValue(makeCRCTables)

func makeCRCTables() *[4][256]uint16 {
	t := new([4][256]uint16)
	for i := range t[0] {
		c := uint16(i)
		for range 8 {
			if c&1 != 0 {
				c = c>>1 ^ 0xA001
			} else {
				c >>= 1
			}
		}
		t[0][i] = c
	}
	for i := range t[0] {
		for k := 1; k < len(t); k++ {
			c := t[k-1][i]
			t[k][i] = c>>8 ^ t[0][c&0xFF]
		}
	}
	return t
}

// crc16 continues a checksum over more bytes. That of data followed by its own
// checksum is 0.
func crc16(sum uint16, b []byte) uint16 {
	t := crcTables()
	for ; len(b) >= 4; b = b[4:] {
		x := sum ^ binary.LittleEndian.Uint16(b)
		sum = t[3][x&0xFF] ^ t[2][x>>8] ^ t[1][b[2]] ^ t[0][b[3]]
	}
	for _, c := range b {
		sum = sum>>8 ^ t[0][byte(sum)^c]
	}
	return sum
}
