package xmlscan

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// setEnd ends the data at index n of the window and puts the guard behind it.
func (s *Scanner) setEnd(n int) {
	s.end = n
	clear(s.buf[n : n+guard])
}

// more reads on until the window is full or the input ends. The bytes from pos
// on stay and move to the front: all indices but pos are void. It returns false
// where nothing came, because the input has ended or the token at pos is beyond
// the limit; cut tells which.
func (s *Scanner) more() bool {
	if s.err != nil {
		return false
	}
	if s.end-s.pos > s.limits.Token { // also at the end: else it would depend on how the reader tells of it
		s.failAt(Limit, s.pos, "a token is too long")
		return false
	}
	if s.readErr != nil {
		return false
	}
	size := len(s.buf) - guard
	switch {
	case s.pos > 0:
		keep := s.base + int64(s.pos)
		if s.line == 0 && s.offset >= s.base && s.offset < keep {
			s.line = s.lineAt(s.offset)
		}
		if s.mark < keep {
			s.lineAt(keep)
		}
		n := copy(s.buf, s.buf[s.pos:s.end])
		s.base, s.pos, s.end = keep, 0, n
	case s.end == size:
		// There is always room for one byte more than the limit, so that a
		// token at the limit fits and one beyond it shows.
		size = max(min(2*size, s.limits.Token+1), size+1)
		bigger := make([]byte, size+guard)
		copy(bigger, s.buf[:s.end])
		s.buf = bigger
	}
	had := s.end
	for empty := 0; s.end < size && s.readErr == nil; {
		n, err := s.src.Read(s.buf[s.end:size])
		s.end += n
		s.readErr = err
		if n > 0 {
			empty = 0
		} else if empty++; empty == 100 && err == nil {
			s.readErr = io.ErrNoProgress
		}
	}
	s.setEnd(s.end)
	return s.end > had
}

// lineAt returns the line of an offset within the window, from 1. It counts on
// from the offset it was asked for last.
func (s *Scanner) lineAt(offset int64) int {
	at, mark := int(offset-s.base), int(s.mark-s.base)
	if at >= mark {
		s.lines += bytes.Count(s.buf[mark:at], []byte{'\n'})
	} else {
		s.lines -= bytes.Count(s.buf[at:mark], []byte{'\n'})
	}
	s.mark = offset
	return s.lines + 1
}

// fail ends the document with an error.
func (s *Scanner) fail(kind ErrorKind, offset int64, msg string) (Kind, error) {
	var line int
	if offset == s.offset && s.line > 0 {
		line = s.line
	} else {
		line = s.lineAt(offset)
	}
	s.err = &Error{Kind: kind, Offset: offset, Line: line, Msg: msg}
	s.kind, s.after = EOF, afterError
	return EOF, s.err
}

// failAt is fail for an index of the window.
func (s *Scanner) failAt(kind ErrorKind, i int, msg string) (Kind, error) {
	return s.fail(kind, s.base+int64(i), msg)
}

// cut ends the document where the input has ended; where says within what.
func (s *Scanner) cut(where string) (Kind, error) {
	if s.err != nil {
		return EOF, s.err
	}
	if s.readErr == io.EOF { //nolint:errorlint // a reader ends with io.EOF itself; a wrapped one is a failure
		if where != "no element" {
			where = "the document ends " + where
		}
		return s.failAt(Truncated, s.end, where)
	}
	s.failAt(Read, s.end, "the document cannot be read on: "+s.readErr.Error())
	s.err.Err = s.readErr
	return EOF, s.err
}

// What decode has to mind.
const (
	references = 1 << iota // resolve references
	brackets               // refuse "]]>"
)

// decode returns the text of the window from one index to another: with
// references resolved, line ends as line feeds, and U+FFFD for what is no text.
// The result is a piece of the window where nothing had to change, else of
// scratch. A mistake is left in s.err.
func (s *Scanner) decode(from, to int, mode int) []byte {
	src := s.buf[from:to]
	out := s.scratch
	done := 0 // src[:done] is in out
	for i := 0; i < len(src); {
		c := src[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '&' && c != ']' || c == '\n' || c == '\t' {
			i++
			continue
		}
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(src[i:])
			if n == 1 || r == 0xFFFE || r == 0xFFFF {
				s.invalid(from + i)
				out = append(out, src[done:i]...)
				out = append(out, "\uFFFD"...)
				done = i + n
			}
			i += n
		case c == '&' && mode&references != 0:
			r, n := reference(src[i:])
			if n == 0 {
				s.failAt(Malformed, from+i, "'&' begins no reference to a character")
				return nil
			}
			out = append(out, src[done:i]...)
			out = utf8.AppendRune(out, r)
			i += n
			done = i
		case c == ']' && mode&brackets != 0 && hasPrefix(src[i:], "]]>"):
			s.failAt(Malformed, from+i, "\"]]>\" in a text")
			return nil
		case c == '\r':
			out = append(out, src[done:i]...)
			if i+1 == len(src) || src[i+1] != '\n' {
				out = append(out, '\n')
			}
			i++
			done = i
		case c < ' ':
			s.invalid(from + i)
			out = append(out, src[done:i]...)
			out = append(out, "\uFFFD"...)
			i++
			done = i
		default:
			i++
		}
	}
	if done == 0 {
		return src
	}
	begin := len(s.scratch)
	out = append(out, src[done:]...)
	s.scratch = out
	return s.scratch[begin:]
}

func (s *Scanner) invalid(i int) {
	if s.notes.InvalidText == 0 {
		s.notes.InvalidTextOffset = s.base + int64(i)
		s.notes.InvalidTextLine = s.lineAt(s.base + int64(i))
	}
	s.notes.InvalidText++
}

// reference resolves the reference at the beginning of b and returns its
// length; 0 where it is none.
func reference(b []byte) (rune, int) {
	switch {
	case hasPrefix(b, "&lt;"):
		return '<', 4
	case hasPrefix(b, "&gt;"):
		return '>', 4
	case hasPrefix(b, "&amp;"):
		return '&', 5
	case hasPrefix(b, "&apos;"):
		return '\'', 6
	case hasPrefix(b, "&quot;"):
		return '"', 6
	case !hasPrefix(b, "&#"):
		return 0, 0
	}
	i, radix := 2, rune(10)
	if hasPrefix(b, "&#x") {
		i, radix = 3, 16
	}
	first := i
	var r rune
	for ; i < len(b); i++ {
		var d rune
		switch c := b[i]; {
		case '0' <= c && c <= '9':
			d = rune(c - '0')
		case radix == 16 && 'a' <= c|0x20 && c|0x20 <= 'f':
			d = rune(c|0x20-'a') + 10
		case c == ';' && i > first && allowed(r):
			return r, i + 1
		default:
			return 0, 0
		}
		if r = r*radix + d; r > utf8.MaxRune {
			return 0, 0
		}
	}
	return 0, 0
}

// allowed reports whether XML allows the character.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && utf8.ValidRune(r) && r != 0xFFFE && r != 0xFFFF
}
