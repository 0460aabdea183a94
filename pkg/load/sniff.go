package load

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// HeadSize is how many bytes of a file are looked at to tell its format.
const HeadSize = 4096

// Kind is what the first bytes of a file look like.
type Kind uint8

// The kinds of files. The zero value is Binary: nothing that we know.
const (
	Binary Kind = iota // no text, and none of the kinds below
	Empty              // nothing, or blanks only
	TCX                // XML with the root TrainingCenterDatabase
	GPX                // XML with the root gpx
	FIT                // Garmin's and many other devices' binary format
	Zip                // an archive; [source.Walk] unpacks it, so that none comes to [File]
	Gzip               // compressed data; within [File] that means: twice
	XML                // XML with another root, or with none in sight
	HTML               // a web page
	JSON               // JSON, by its first two characters
	CSV                // lines with as many commas, semicolons or tabs each
	Text               // characters
)

// String returns the kind as it stands in messages: "TCX", "zip archive".
func (k Kind) String() string {
	switch k {
	case Binary:
		return "binary data"
	case Empty:
		return "empty"
	case TCX:
		return "TCX"
	case GPX:
		return "GPX"
	case FIT:
		return "FIT"
	case Zip:
		return "zip archive"
	case Gzip:
		return "gzip data"
	case XML:
		return "XML"
	case HTML:
		return "web page"
	case JSON:
		return "JSON"
	case CSV:
		return "CSV"
	case Text:
		return "plain text"
	}
	return "kind(" + strconv.Itoa(int(k)) + ")"
}

// Match reports whether a file that begins with these bytes is of the kind. It
// is the Sniff of a [Codec]: Codec{Format: "tcx", Sniff: load.TCX.Match, …}.
func (k Kind) Match(head []byte) bool { return Sniff(head) == k }

// workout reports whether files of the kind hold workouts, or may.
func (k Kind) workout() bool { return k == TCX || k == GPX || k == FIT || k == Zip }

// Sniff tells the kind of a file by its first bytes, at most [HeadSize] of
// which count. Where fewer are given they are taken for the whole file.
//
// TCX, GPX, FIT, Zip, Gzip and HTML are certain: more bytes behind the same
// ones do not change the answer. The other kinds are how it looks so far.
func Sniff(head []byte) Kind {
	kind, _ := sniff(head)
	return kind
}

// sniff is Sniff that also returns the local name of an XML document's root, if
// it can be seen whole. The name is untrusted.
func sniff(head []byte) (kind Kind, root string) {
	if len(head) > HeadSize {
		head = head[:HeadSize]
	}
	switch {
	case len(head) == 0:
		return Empty, ""
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return Zip, ""
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return Gzip, ""
	case isFIT(head):
		return FIT, ""
	}
	text := toUTF8(head)
	body := bytes.TrimLeft(text, blanks)
	switch {
	case len(body) == 0:
		return Empty, ""
	case body[0] == '<':
		if kind, root, ok := sniffMarkup(body); ok {
			return kind, root
		}
	}
	switch {
	case holdsFIT(head):
		return FIT, ""
	case !isText(text, len(head) == HeadSize):
		return Binary, ""
	case isJSON(body):
		return JSON, ""
	case isCSV(body):
		return CSV, ""
	}
	return Text, ""
}

const (
	blanks = " \t\r\n"
	bom    = "\ufeff"
)

// holdsFIT finds the header of a FIT file behind other bytes: those of a download
// that was saved with its headers, or of a device's memory. Here the version of
// the protocol must be one that exists, for much begins with some bytes.
func holdsFIT(head []byte) bool {
	for at := 1; at+12 <= len(head); at++ {
		i := bytes.Index(head[at+8:], []byte(".FIT"))
		if i < 0 {
			return false
		}
		if at += i; isFIT(head[at:]) && (head[at+1]>>4 == 1 || head[at+1]>>4 == 2) {
			return true
		}
	}
	return false
}

// isFIT knows the header of a FIT file: its own size, 12 or 14 so far; the
// version of the protocol; that of the profile; the size of the data; ".FIT".
// A first byte that is a printable character or a line's end belongs to text.
func isFIT(head []byte) bool {
	return len(head) >= 12 && string(head[8:12]) == ".FIT" && head[0] >= 12 && head[0] < ' ' && head[0] != '\r'
}

// toUTF8 removes the byte order mark and converts UTF-16, with or without one.
// Without one it is told by the zero beside the first character, as in appendix
// F of the XML recommendation; blanks may come first.
func toUTF8(head []byte) []byte {
	starts := func(b byte) bool { return b == '<' || strings.IndexByte(blanks, b) >= 0 }
	var low, high int // the places of the two bytes in a unit
	switch {
	case len(head) < 2:
		return head
	case head[0] == 0xFF && head[1] == 0xFE, head[1] == 0 && starts(head[0]):
		low, high = 0, 1
	case head[0] == 0xFE && head[1] == 0xFF, head[0] == 0 && starts(head[1]):
		low, high = 1, 0
	default:
		return bytes.TrimPrefix(head, []byte(bom))
	}
	units := make([]uint16, 0, len(head)/2)
	for i := 0; i+1 < len(head); i += 2 {
		units = append(units, uint16(head[i+low])|uint16(head[i+high])<<8)
	}
	return bytes.TrimPrefix([]byte(string(utf16.Decode(units))), []byte(bom))
}

// sniffMarkup finds the first element of text that begins with '<'. It is not
// ok where that is no markup.
func sniffMarkup(b []byte) (kind Kind, root string, ok bool) {
	for {
		b = bytes.TrimLeft(b, blanks)
		var rest []byte
		var closed bool
		switch {
		case bytes.HasPrefix(b, []byte("<?")):
			_, rest, closed = bytes.Cut(b, []byte("?>"))
		case bytes.HasPrefix(b, []byte("<!--")):
			_, rest, closed = bytes.Cut(b[len("<!--"):], []byte("-->"))
		case bytes.HasPrefix(b, []byte("<!")):
			name, whole := elementName(bytes.TrimLeft(dropPrefixFold(b[len("<!"):], "doctype"), blanks))
			if whole && strings.EqualFold(name, "html") {
				return HTML, "", true
			}
			rest, closed = afterDoctype(b)
		case bytes.HasPrefix(b, []byte("<")):
			name, whole := elementName(b[1:])
			if !whole {
				// Cut in the name: it is XML, but nobody knows which. And
				// "< 5 km" is no markup at all.
				return XML, "", name != ""
			}
			return rootKind(name)
		default:
			// The head ends before the first element, or text stands there.
			return XML, "", true
		}
		if !closed {
			return XML, "", true
		}
		b = rest
	}
}

func rootKind(name string) (kind Kind, root string, ok bool) {
	local := name[strings.LastIndexByte(name, ':')+1:]
	switch local {
	case "":
		return XML, "", false
	case "TrainingCenterDatabase":
		return TCX, local, true
	case "gpx":
		return GPX, local, true
	}
	// HTML does not care for case, nor for a complete frame.
	for _, html := range []string{"html", "head", "body", "script"} {
		if strings.EqualFold(local, html) {
			return HTML, local, true
		}
	}
	return XML, local, true
}

// elementName returns the name at the start of b, and whether it ends there and
// not with the bytes.
func elementName(b []byte) (name string, whole bool) {
	for i, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || c >= utf8.RuneSelf
		switch {
		case i == 0 && !letter:
			return "", false // as in "a <3 b"
		case strings.IndexByte(blanks+">/[", c) >= 0:
			return string(b[:i]), true
		case c < 0x20 || strings.IndexByte("<&\"'=()!?", c) >= 0:
			return "", false
		}
	}
	return string(b), false
}

// afterDoctype skips a document type declaration with its internal subset. The
// codecs refuse such documents; here it matters only what they are.
func afterDoctype(b []byte) (rest []byte, closed bool) {
	depth := 0
	var quote byte
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '<':
			depth++
		case c == ']':
			depth--
		case c == '>':
			if depth--; depth <= 0 {
				return b[i+1:], true
			}
		}
	}
	return nil, false
}

// dropPrefixFold removes a word in whatever case; without it nothing is left.
func dropPrefixFold(b []byte, word string) []byte {
	if len(b) < len(word) || !strings.EqualFold(string(b[:len(word)]), word) {
		return nil
	}
	return b[len(word):]
}

// isText reports whether the bytes are characters: no control characters but
// those of lines. They need not be UTF-8, for old programs write the encoding
// of their country. A character that the end of the head cuts does not count.
func isText(b []byte, cut bool) bool {
	odd := 0
	for i := 0; i < len(b); {
		c := b[i]
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' || c == 0x7f {
			return false
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 && (!cut || utf8.FullRune(b[i:])) {
			odd++
		}
		i += n
	}
	// Text in an old encoding has some letters beyond ASCII, binary data is
	// mostly that.
	return odd*3 <= len(b)
}

func isJSON(b []byte) bool {
	next := bytes.TrimLeft(b[1:], blanks)
	if len(next) == 0 {
		return b[0] == '{' || b[0] == '['
	}
	switch b[0] {
	case '{':
		return next[0] == '"' || next[0] == '}'
	case '[':
		return strings.IndexByte(`{["]-0123456789`, next[0]) >= 0
	}
	return false
}

// isCSV looks for a separator of which the first two lines have as many.
func isCSV(b []byte) bool {
	first, rest, ok := bytes.Cut(b, []byte("\n"))
	second, _, ended := bytes.Cut(rest, []byte("\n"))
	if !ok || !ended {
		return false
	}
	for _, sep := range []string{",", ";", "\t"} {
		if n := bytes.Count(first, []byte(sep)); n > 0 && n == bytes.Count(second, []byte(sep)) {
			return true
		}
	}
	return false
}

// looksLike says in words what a file is that is no workout.
func looksLike(head []byte) string {
	switch kind, root := sniff(head); kind {
	case HTML:
		return "this is a web page, perhaps a login page saved by mistake"
	case XML:
		if root == "" {
			return "it looks like XML, but its first element is not in sight"
		}
		const most = 40 // bytes, of a name that anybody may have written
		if len(root) > most {
			root = root[:most] + "…"
		}
		return "it is XML with the first element " + strconv.QuoteToGraphic(root)
	case Gzip:
		return "what it holds is compressed once more"
	case Binary:
		if len(bytes.Trim(head, "\x00")) == 0 {
			return "it holds zero bytes only, as after a crash or with a full disk"
		}
		return "it looks like binary data"
	default:
		return "it looks like " + kind.String()
	}
}
