package csvrows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MostBytes is the largest row that is read: descriptions and notes stand in
// cells, and nobody writes a book into one.
const MostBytes = 256 << 10

const bom = "\ufeff"

// RowError says that a row cannot be read. The rows behind it can.
type RowError struct {
	Line int // where the row begins, from 1
	Why  string
}

// Error names the line and the reason.
func (e *RowError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Why) }

// Reader reads rows one after another.
type Reader struct {
	in      *bufio.Reader
	pending [][]byte // lines that were read ahead in search of a closing quote
	line    int      // of the line that comes next, from 1
	comma   byte     // told by the first line; 0 before it
	err     error
}

// New returns a reader of the rows in r.
func New(r io.Reader) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 64<<10), line: 1}
}

// Next returns the cells of the next row that is not blank, and the line in
// which it begins. The error is io.EOF at the end, a *[RowError] where one row
// is broken and the next call goes on behind it, or that of the reader
// underneath.
func (r *Reader) Next() (cells []string, line int, err error) {
	for {
		text, err := r.take()
		if err != nil {
			return nil, r.line, err
		}
		line = r.line
		r.line++
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte(bom))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		if len(text) > MostBytes {
			return nil, line, &RowError{Line: line, Why: fmt.Sprintf("the row is longer than %d KiB", MostBytes>>10)}
		}
		if r.comma == 0 {
			r.comma = separator(text)
		}
		cells, err := r.row(text, line)
		return cells, line, err
	}
}

// row splits a line into cells, together with those behind it where a quote
// goes over them.
func (r *Reader) row(text []byte, line int) ([]string, error) {
	whole := text
	more := 0 // lines behind the first
	for {
		cells, open, why := split(whole, r.comma)
		if !open {
			r.pending = r.pending[min(more, len(r.pending)):]
			r.line += more
			if why != "" {
				return nil, &RowError{Line: line, Why: why}
			}
			return cells, nil
		}
		for len(r.pending) <= more {
			next, err := r.read()
			if err != nil {
				return nil, &RowError{Line: line, Why: "a quote is never closed"}
			}
			r.pending = append(r.pending, next)
		}
		next := r.pending[more]
		if len(whole)+len(next) > MostBytes {
			return nil, &RowError{Line: line, Why: "a quote is never closed"}
		}
		whole = append(append(whole[:len(whole):len(whole)], '\n'), next...)
		more++
	}
}

// take returns the next line.
func (r *Reader) take() ([]byte, error) {
	if len(r.pending) > 0 {
		text := r.pending[0]
		r.pending = r.pending[1:]
		return text, nil
	}
	return r.read()
}

// read returns the next line of the reader underneath, without its end. Of a
// line beyond MostBytes only so much is kept that it can be told.
func (r *Reader) read() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	var text []byte
	for {
		part, err := r.in.ReadSlice('\n')
		if room := MostBytes + 1 - len(text); room > 0 {
			text = append(text, part[:min(len(part), room)]...)
		}
		switch {
		case err == nil:
			return bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(text) > 0:
			r.err = io.EOF
			return bytes.TrimSuffix(text, []byte("\r")), nil
		default:
			r.err = err
			return nil, err
		}
	}
}

// separator tells what stands between the cells of a header.
func separator(header []byte) byte {
	best, most := byte(','), 0
	for _, c := range []byte(",;\t") {
		n, quoted := 0, false
		for _, b := range header {
			switch {
			case b == '"':
				quoted = !quoted
			case b == c && !quoted:
				n++
			}
		}
		if n > most {
			best, most = c, n
		}
	}
	return best
}

// split returns the cells of a row. It is open where the text ends within
// quotes; why says what is wrong with a row that is not.
func split(text []byte, comma byte) (cells []string, open bool, why string) {
	rest := text
	for {
		if len(rest) > 0 && rest[0] == '"' {
			var cell strings.Builder
			rest = rest[1:]
			for {
				i := bytes.IndexByte(rest, '"')
				if i < 0 {
					return nil, true, ""
				}
				cell.Write(rest[:i])
				rest = rest[i+1:]
				if len(rest) == 0 || rest[0] != '"' {
					break
				}
				cell.WriteByte('"') // two quotes in a cell are one
				rest = rest[1:]
			}
			cells = append(cells, cell.String())
			switch {
			case len(rest) == 0:
				return cells, false, ""
			case rest[0] != comma:
				return nil, false, "text stands behind a closing quote"
			}
			rest = rest[1:]
			continue
		}
		i := bytes.IndexByte(rest, comma)
		if i < 0 {
			return append(cells, string(rest)), false, ""
		}
		cells = append(cells, string(rest[:i]))
		rest = rest[i+1:]
	}
}
