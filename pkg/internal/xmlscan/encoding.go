package xmlscan

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// charmaps holds the encodings of one byte a character that are converted: the
// name that Notes gives, and the names under which files declare them, in lower
// case. As browsers do, ISO-8859-1 is read as windows-1252, which differs only
// in 32 control characters that nobody means.
var charmaps = []struct {
	name     string
	table    *charmap.Charmap
	declared string
}{
	{"ISO-8859-1", charmap.Windows1252, "iso-8859-1 iso8859-1 iso_8859-1 iso88591 latin1 latin-1 l1"},
	{"ISO-8859-2", charmap.ISO8859_2, "iso-8859-2 iso8859-2 iso_8859-2 latin2 latin-2 l2"},
	{"ISO-8859-3", charmap.ISO8859_3, "iso-8859-3 latin3"},
	{"ISO-8859-4", charmap.ISO8859_4, "iso-8859-4 latin4"},
	{"ISO-8859-5", charmap.ISO8859_5, "iso-8859-5 cyrillic"},
	{"ISO-8859-6", charmap.ISO8859_6, "iso-8859-6 arabic"},
	{"ISO-8859-7", charmap.ISO8859_7, "iso-8859-7 greek"},
	{"ISO-8859-8", charmap.ISO8859_8, "iso-8859-8 hebrew"},
	{"ISO-8859-9", charmap.ISO8859_9, "iso-8859-9 iso8859-9 iso_8859-9 latin5 l5"},
	{"ISO-8859-10", charmap.ISO8859_10, "iso-8859-10 latin6"},
	{"ISO-8859-13", charmap.ISO8859_13, "iso-8859-13"},
	{"ISO-8859-14", charmap.ISO8859_14, "iso-8859-14"},
	{"ISO-8859-15", charmap.ISO8859_15, "iso-8859-15 iso8859-15 iso_8859-15 latin9 latin-9 l9"},
	{"ISO-8859-16", charmap.ISO8859_16, "iso-8859-16"},
	{"windows-874", charmap.Windows874, "windows-874 cp874"},
	{"windows-1250", charmap.Windows1250, "windows-1250 cp1250"},
	{"windows-1251", charmap.Windows1251, "windows-1251 cp1251"},
	{"windows-1252", charmap.Windows1252, "windows-1252 cp1252 ansi"},
	{"windows-1253", charmap.Windows1253, "windows-1253 cp1253"},
	{"windows-1254", charmap.Windows1254, "windows-1254 cp1254"},
	{"windows-1255", charmap.Windows1255, "windows-1255 cp1255"},
	{"windows-1256", charmap.Windows1256, "windows-1256 cp1256"},
	{"windows-1257", charmap.Windows1257, "windows-1257 cp1257"},
	{"windows-1258", charmap.Windows1258, "windows-1258 cp1258"},
	{"KOI8-R", charmap.KOI8R, "koi8-r"},
	{"KOI8-U", charmap.KOI8U, "koi8-u"},
	{"macintosh", charmap.Macintosh, "macintosh x-mac-roman"},
	{"IBM437", charmap.CodePage437, "ibm437 cp437"},
	{"IBM850", charmap.CodePage850, "ibm850 cp850"},
	{"IBM852", charmap.CodePage852, "ibm852 cp852"},
	{"IBM866", charmap.CodePage866, "ibm866 cp866"},
}

// asIs holds the declared names that need no conversion. Those of UTF-16 are
// among them because text in which the declaration can be read is not in it.
var asIs = map[string]bool{
	"": true, "utf-8": true, "utf8": true, "us-ascii": true, "ascii": true,
	"utf-16": true, "utf16": true, "utf-16le": true, "utf-16be": true, "unicode": true,
	"ucs-2": true, "iso-10646-ucs-2": true,
}

// unmappable is what the transcoder writes where the input is no character: a
// byte that never occurs in UTF-8, so that the scanner finds, counts and
// replaces it in its place.
const unmappable = 0xFF

// begin looks at the first bytes and leaves the window as UTF-8, behind a byte
// order mark and the XML declaration.
func (s *Scanner) begin() {
	s.more()
	switch w := s.buf[:s.end]; {
	case bytes.HasPrefix(w, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(w, []byte{0, 0, 0xFE, 0xFF}),
		bytes.HasPrefix(w, []byte{'<', 0, 0, 0}), bytes.HasPrefix(w, []byte{0, 0, 0, '<'}):
		s.fail(Encoding, s.base, "the encoding UTF-32 is not supported")
		return
	case bytes.HasPrefix(w, []byte{0xEF, 0xBB, 0xBF}):
		s.pos = 3
	case bytes.HasPrefix(w, []byte{0xFF, 0xFE}):
		s.transcode("UTF-16LE", 2, utf16Decoder(0, 1))
	case bytes.HasPrefix(w, []byte{0xFE, 0xFF}):
		s.transcode("UTF-16BE", 2, utf16Decoder(1, 0))
	case len(w) > 1 && w[1] == 0 && (w[0] == '<' || class[w[0]] == blank):
		s.transcode("UTF-16LE", 0, utf16Decoder(0, 1))
	case len(w) > 1 && w[0] == 0 && (w[1] == '<' || class[w[1]] == blank):
		s.transcode("UTF-16BE", 0, utf16Decoder(1, 0))
	}
	s.declaration()
}

// declaration consumes the XML declaration, if there is one, and turns to the
// encoding that it names.
func (s *Scanner) declaration() {
	from := s.base + int64(s.pos)
	for class[s.buf[s.pos]] == blank || s.pos == s.end {
		if s.pos == s.end {
			if !s.more() {
				return // Next will tell
			}
			continue
		}
		s.pos++
	}
	const head = "<?xml"
	for s.end-s.pos <= len(head) && s.more() {
	}
	w := s.buf[s.pos:s.end]
	if len(w) <= len(head) || string(w[:len(head)]) != head || class[w[len(head)]] != blank && w[len(head)] != '?' {
		return
	}
	n := bytes.Index(w, []byte("?>"))
	for n < 0 {
		if !s.more() {
			return // Next will find that this processing instruction has no end
		}
		w = s.buf[s.pos:s.end]
		n = bytes.Index(w, []byte("?>"))
	}
	if n+2 > s.limits.Token {
		s.failAt(Limit, s.pos, "the XML declaration is too long")
		return
	}
	s.notes.LeadingSpace = s.base+int64(s.pos) > from
	name := pseudoAttribute(w[len(head):n], "encoding")
	at := s.base + int64(s.pos)
	s.pos += n + 2
	if bytes.EqualFold(name, []byte("UTF-8")) {
		return
	}
	lower := strings.ToLower(string(name))
	if s.notes.Encoding != "" || asIs[lower] {
		return
	}
	for _, c := range charmaps {
		if slices.Contains(strings.Fields(c.declared), lower) {
			s.transcode(c.name, s.pos, charmapDecoder(c.table))
			return
		}
	}
	s.fail(Encoding, at, "the encoding "+quote(name)+" is not supported")
}

// pseudoAttribute finds the value of a name in the XML declaration; nil where
// it is not there. It is as lenient as encoding/xml.
func pseudoAttribute(decl []byte, name string) []byte {
	for {
		i := bytes.Index(decl, []byte(name))
		if i < 0 {
			return nil
		}
		free := i == 0 || class[decl[i-1]] == blank
		decl = bytes.TrimLeft(decl[i+len(name):], " \t\r\n")
		if !free || len(decl) == 0 || decl[0] != '=' {
			continue
		}
		decl = bytes.TrimLeft(decl[1:], " \t\r\n")
		if len(decl) == 0 || decl[0] != '"' && decl[0] != '\'' {
			continue
		}
		if n := bytes.IndexByte(decl[1:], decl[0]); n >= 0 {
			return trim(decl[1 : 1+n])
		}
	}
}

// transcode puts a decoder between the reader and the window. What the window
// holds from index i on goes through it, too.
func (s *Scanner) transcode(name string, i int, decode decoder) {
	t := &transcoder{r: s.src, err: s.readErr, decode: decode}
	t.raw = append(t.raw, s.buf[i:s.end]...)
	s.src, s.readErr = t, nil
	s.notes.Encoding = name
	s.setEnd(s.pos)
}

// decoder converts src and appends it to dst. It returns how many bytes of src
// it consumed: all but an incomplete character at the end.
type decoder func(dst, src []byte) ([]byte, int)

func charmapDecoder(cm *charmap.Charmap) decoder {
	return func(dst, src []byte) ([]byte, int) {
		for _, b := range src {
			if b < utf8.RuneSelf {
				dst = append(dst, b)
			} else if r := cm.DecodeByte(b); r != utf8.RuneError {
				dst = utf8.AppendRune(dst, r)
			} else {
				dst = append(dst, unmappable)
			}
		}
		return dst, len(src)
	}
}

// utf16Decoder takes the places of the low and the high byte within a unit.
func utf16Decoder(low, high int) decoder {
	return func(dst, src []byte) ([]byte, int) {
		i := 0
		for ; i+1 < len(src); i += 2 {
			r := rune(src[i+low]) | rune(src[i+high])<<8
			if utf16.IsSurrogate(r) {
				if i+3 >= len(src) {
					break
				}
				r = utf16.DecodeRune(r, rune(src[i+2+low])|rune(src[i+2+high])<<8)
				if r == utf8.RuneError {
					dst = append(dst, unmappable)
					continue
				}
				i += 2
			}
			dst = utf8.AppendRune(dst, r)
		}
		return dst, i
	}
}

// transcoder is a reader of UTF-8 over a reader of something else. A character
// that the end of the input cuts is dropped.
type transcoder struct {
	r      io.Reader
	err    error
	decode decoder
	raw    []byte // read, not converted
	out    []byte // converted, not delivered: store[len(store)-len(out):]
	store  []byte
}

func (t *transcoder) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		var n int
		t.store, n = t.decode(t.store[:0], t.raw)
		t.out = t.store
		t.raw = t.raw[:copy(t.raw, t.raw[n:])]
		if len(t.out) > 0 {
			break
		}
		if t.err != nil {
			return 0, t.err
		}
		const piece = 32 << 10
		if cap(t.raw) < piece {
			t.raw = append(make([]byte, 0, piece), t.raw...)
		}
		n, t.err = t.r.Read(t.raw[len(t.raw):cap(t.raw)])
		t.raw = t.raw[:len(t.raw)+n]
		if n == 0 && t.err == nil {
			return 0, nil // the window counts empty reads
		}
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

// UTF8 returns a whole document in UTF-8, and the name of the encoding that it
// was in, which is empty where it is UTF-8 already: then the document comes back
// as it is. Otherwise it has a declaration that says UTF-8. Characters that the
// encoding does not have become bytes that are no UTF-8, as for a Scanner.
func UTF8(doc []byte) (text []byte, was string, err error) {
	s := New(bytes.NewReader(doc), Limits{})
	s.begin()
	if s.err != nil {
		return nil, "", s.err
	}
	if s.notes.Encoding == "" {
		return doc, "", nil
	}
	out := append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`), s.buf[s.pos:s.end]...)
	rest, err := io.ReadAll(s.src)
	if err != nil {
		return nil, "", err
	}
	return append(out, rest...), s.notes.Encoding, nil
}
