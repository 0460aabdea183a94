package xmlscan

import "strconv"

// ErrorKind says what is wrong with a document.
type ErrorKind uint8

// The kinds of errors.
const (
	Truncated ErrorKind = iota + 1 // the input ends in the middle of the document, or holds none
	Malformed                      // the document breaks a rule of XML
	Doctype                        // a document type declaration, which is refused
	Limit                          // the document exceeds one of the Limits
	Read                           // the reader failed; Err is its error
	Encoding                       // the document is in an encoding that is not supported
)

// String returns the kind in one word.
func (k ErrorKind) String() string {
	switch k {
	case Truncated:
		return "truncated"
	case Malformed:
		return "malformed"
	case Doctype:
		return "doctype"
	case Limit:
		return "limit"
	case Read:
		return "read"
	case Encoding:
		return "encoding"
	}
	return "errorkind(" + strconv.Itoa(int(k)) + ")"
}

// Error is why the scanner stopped. Msg may quote names from the document:
// untrusted text, at most a few dozen bytes of it, with unprintable characters
// escaped.
type Error struct {
	Kind   ErrorKind
	Offset int64 // byte offset of the mistake in the UTF-8 text; for Truncated and Read, where the data ends
	Line   int   // line of the mistake, from 1
	Msg    string
	Err    error // the reader's error where Kind is Read, else nil
}

// Error returns the message with its place.
func (e *Error) Error() string {
	return "xml: " + e.Msg + " (line " + strconv.Itoa(e.Line) + ", byte " + strconv.FormatInt(e.Offset, 10) + ")"
}

// Unwrap returns the reader's error.
func (e *Error) Unwrap() error { return e.Err }

// quote makes a name from the document fit for a message.
func quote(b []byte) string {
	const most = 40
	if len(b) > most {
		return strconv.QuoteToGraphic(string(b[:most]) + "…")
	}
	return strconv.QuoteToGraphic(string(b))
}
