package fit

import (
	"bytes"
	"errors"
	"io"
)

// windowSize is what is read at a time. A message that is larger than that
// (none of a real device is; the format allows 128 KB) makes the window grow.
const windowSize = 64 << 10

// headerSize is that of the short header, which all others begin with.
const headerSize = 12

var signature = []byte(".FIT")

// window is a moving part of the file. Of what it passes it keeps the checksum.
type window struct {
	r        io.Reader
	buf      []byte
	pos, end int   // buf[pos:end] is not yet consumed
	base     int64 // place of buf[0] in the file
	err      error // what ended the reading

	sum    uint16 // checksum of what was consumed before buf[summed]
	summed int
}

func newWindow(r io.Reader) window { return window{r: r, buf: make([]byte, windowSize)} }

// windowOn is a window on data that are at hand; err is what ended them.
func windowOn(data []byte, err error) window {
	if err == nil {
		err = io.EOF
	}
	return window{buf: data, end: len(data), err: err}
}

// offset returns the place of the next byte in the file.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// left returns how many bytes are at hand.
func (w *window) left() int { return w.end - w.pos }

// need makes n bytes available. It reports false where the file ends before.
func (w *window) need(n int) bool { return w.end-w.pos >= n || w.fill(n) }

func (w *window) fill(n int) bool {
	if w.err != nil {
		return false
	}
	w.total()
	copy(w.buf, w.buf[w.pos:w.end])
	w.base += int64(w.pos)
	w.pos, w.end, w.summed = 0, w.end-w.pos, 0
	if n > len(w.buf) {
		bigger := make([]byte, n+windowSize)
		copy(bigger, w.buf[:w.end])
		w.buf = bigger
	}
	for idle := 0; w.end < n && w.err == nil; {
		got, err := w.r.Read(w.buf[w.end:])
		w.end += got
		w.err = err
		if idle++; got > 0 {
			idle = 0
		} else if err == nil && idle > 100 {
			w.err = io.ErrNoProgress
		}
	}
	return w.end >= n
}

// failed returns the error of the reader, if something else than the end of
// the file ended the reading.
func (w *window) failed() error {
	if w.err == nil || errors.Is(w.err, io.EOF) {
		return nil
	}
	return w.err
}

// total returns the checksum of all that was consumed since restart.
func (w *window) total() uint16 {
	if w.summed < w.pos {
		w.sum = crc16(w.sum, w.buf[w.summed:w.pos])
		w.summed = w.pos
	}
	return w.sum
}

// restart begins a new checksum at the next byte.
func (w *window) restart() { w.sum, w.summed = 0, w.pos }

// skipTo consumes everything up to a place in the file, or to its end.
func (w *window) skipTo(offset int64) {
	for w.offset() < offset && w.need(1) {
		w.pos += int(min(offset-w.offset(), int64(w.left())))
	}
}

// seek consumes everything up to the next header, and reports whether there is
// one.
func (w *window) seek() bool {
	for w.need(headerSize) {
		b := w.buf[w.pos:w.end]
		for at := 8; at < len(b); at++ {
			i := bytes.Index(b[at:], signature)
			if i < 0 {
				break
			}
			if at += i; isHeader(b[at-8:]) {
				w.pos += at - 8
				return true
			}
		}
		w.pos = w.end - (headerSize - 1) // a header may begin in what is left
	}
	w.pos = w.end
	return false
}

// isHeader reports whether a file can begin here. Headers have 12 or 14 bytes;
// a future one may have some more, but is no printed text.
func isHeader(b []byte) bool {
	return len(b) >= headerSize && b[0] >= headerSize && b[0] < ' ' && bytes.Equal(b[8:12], signature)
}
