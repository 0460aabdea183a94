package xmlwrite

import (
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// flushAt is how many bytes are gathered before they are written.
const flushAt = 32 << 10

// Writer writes one document. After an error it does nothing; Close returns it.
type Writer struct {
	w   io.Writer
	buf []byte
	err error

	day  int64 // since the epoch, of date
	date [10]byte
}

// New returns a writer of a document to w.
func New(w io.Writer) *Writer {
	return &Writer{w: w, buf: make([]byte, 0, flushAt+4<<10), day: math.MinInt64}
}

// Close writes what is left and returns the first error.
func (w *Writer) Close() error {
	w.flush()
	return w.err
}

func (w *Writer) flush() {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// Err returns the error that ended the writing, so that a long loop can end.
func (w *Writer) Err() error { return w.err }

// Raw writes markup.
func (w *Writer) Raw(markup string) {
	if w.buf = append(w.buf, markup...); len(w.buf) >= flushAt {
		w.flush()
	}
}

// Text writes a text, in an element or in an attribute between double quotes.
// What XML cannot say becomes U+FFFD: see [Clean].
func (w *Writer) Text(s string) { w.buf = AppendText(w.buf, s) }

// AppendText is [Writer.Text] for a buffer.
func AppendText(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '&':
				b = append(b, "&amp;"...)
			case c == '<':
				b = append(b, "&lt;"...)
			case c == '>':
				b = append(b, "&gt;"...)
			case c == '"':
				b = append(b, "&quot;"...)
			case c == '\n':
				b = append(b, "&#xA;"...)
			case c == '\r':
				b = append(b, "&#xD;"...)
			case c == '\t':
				b = append(b, "&#x9;"...)
			case c < ' ':
				b = append(b, "\uFFFD"...)
			default:
				b = append(b, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !allowed(r) || r == utf8.RuneError && n == 1 {
			r = utf8.RuneError
		}
		b = utf8.AppendRune(b, r)
		i += n
	}
	return b
}

// allowed reports whether XML has a character.
func allowed(r rune) bool {
	return r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF ||
		r == '\t' || r == '\n' || r == '\r'
}

// Clean returns a text as it reads back from an element: without blanks around
// it, with U+FFFD for what XML cannot say, and no longer than most bytes.
func Clean(s string, most int) string {
	s = strings.Trim(s, " \t\r\n")
	valid := true
	for _, r := range s {
		if r == utf8.RuneError || !allowed(r) {
			valid = false
			break
		}
	}
	if !valid {
		s = strings.Map(func(r rune) rune {
			if allowed(r) {
				return r
			}
			return utf8.RuneError
		}, s)
	}
	if len(s) > most {
		for most > 0 && !utf8.RuneStart(s[most]) {
			most--
		}
		s = strings.TrimRight(s[:most], " \t\r\n")
	}
	return s
}

// Int writes a whole number.
func (w *Writer) Int(n int64) { w.buf = strconv.AppendInt(w.buf, n, 10) }

// Float writes a number.
func (w *Writer) Float(v float64) { w.buf = AppendFloat(w.buf, v) }

// Float32 writes a number that reads back as the same float32.
func (w *Writer) Float32(v float32) { w.buf = AppendFloat32(w.buf, v) }

// Most numbers of a workout have few decimals, and are written as whole numbers
// with a point in between. Whether they read back is tried by division, which
// rounds as reading does.
const (
	decimals, scale     = 7, 1e7
	decimals32, scale32 = 3, 1e3
	most                = 1 << 53 // whole numbers up to here are exact
)

// AppendFloat appends a number. NaN and the infinities are not numbers of a
// workout: they give "NaN" and so on, and nothing reads them.
func AppendFloat(b []byte, v float64) []byte {
	if n := math.Round(v * scale); n > -most && n < most && n/scale == v {
		return appendDecimal(b, int64(n), decimals)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// AppendFloat32 appends a number that reads back as the same float32.
func AppendFloat32(b []byte, v float32) []byte {
	if n := math.Round(float64(v) * scale32); n > -most && n < most && float32(n/scale32) == v {
		return appendDecimal(b, int64(n), decimals32)
	}
	return strconv.AppendFloat(b, float64(v), 'f', -1, 32)
}

// appendDecimal appends n with a point before its last digits, without zeros at
// the end.
func appendDecimal(b []byte, n int64, digits int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	var text [24]byte
	at := len(text)
	for range digits {
		d := byte('0' + n%10)
		n /= 10
		if at == len(text) && d == '0' {
			continue // a zero at the end
		}
		at--
		text[at] = d
	}
	b = strconv.AppendInt(b, n, 10)
	if at < len(text) {
		b = append(append(b, '.'), text[at:]...)
	}
	return b
}

const day = 24 * 3600 * 1000

// Time writes an instant, in ms since the epoch, in UTC: with a fraction where
// it has one.
func (w *Writer) Time(ms int64) {
	d := ms / day
	if ms%day < 0 {
		d--
	}
	if d != w.day {
		w.day = d
		time.UnixMilli(ms).UTC().AppendFormat(w.date[:0], "2006-01-02")
	}
	in := ms - d*day
	w.buf = append(append(w.buf, w.date[:]...), 'T')
	s := in / 1000
	w.two(s/3600, ':')
	w.two(s/60%60, ':')
	w.two(s%60, 0)
	if in %= 1000; in != 0 {
		w.buf = append(w.buf, '.', byte('0'+in/100), byte('0'+in/10%10), byte('0'+in%10))
	}
	w.buf = append(w.buf, 'Z')
}

func (w *Writer) two(n int64, behind byte) {
	w.buf = append(w.buf, byte('0'+n/10), byte('0'+n%10))
	if behind != 0 {
		w.buf = append(w.buf, behind)
	}
}
