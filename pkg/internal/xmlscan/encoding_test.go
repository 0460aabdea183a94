package xmlscan

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// utf16Bytes encodes a string.
func utf16Bytes(s string, bigEndian bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		lo, hi := byte(u), byte(u>>8)
		if bigEndian {
			lo, hi = hi, lo
		}
		b.WriteByte(lo)
		b.WriteByte(hi)
	}
	return b.String()
}

func TestEncodings(t *testing.T) {
	declare := func(name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` }
	const long = 70000
	for _, c := range []struct{ what, doc, encoding, text string }{
		{"UTF-8", declare("UTF-8") + "<a>é</a>", "", "é"},
		{"utf8", declare("utf8") + "<a>é</a>", "", "é"},
		{"ASCII with more in it", declare("US-ASCII") + "<a>é</a>", "", "é"},
		{"declares UTF-16 and is not", declare("UTF-16") + "<a>é</a>", "", "é"},
		{"an empty name", declare("") + "<a>é</a>", "", "é"},
		{"encoding is only a part of a name", `<?xml version="1.0" xencoding="koi8-r"?><a>é</a>`, "", "é"},
		{"blanks and single quotes", "<?xml version = '1.0' encoding =\n' ISO-8859-15 ' ?><a>\xA4</a>", "ISO-8859-15", "€"},
		{"a byte order mark wins", "\uFEFF" + declare("UTF-8") + "<a>é</a>", "", "é"},
		{"UTF-16LE with mark", "\xFF\xFE" + utf16Bytes(declare("UTF-16")+"<a>é😀</a>", false), "UTF-16LE", "é😀"},
		{"UTF-16BE with mark", "\xFE\xFF" + utf16Bytes(declare("UTF-16")+"<a>é😀</a>", true), "UTF-16BE", "é😀"},
		{"UTF-16LE", utf16Bytes("<a>é😀</a>", false), "UTF-16LE", "é😀"},
		{"UTF-16BE", utf16Bytes("\n<a>é😀</a>", true), "UTF-16BE", "é😀"},
		{"UTF-16 that declares windows-1252", "\xFF\xFE" + utf16Bytes(declare("windows-1252")+"<a>é</a>", false), "UTF-16LE", "é"},
		{"UTF-16 with half a character at the end", utf16Bytes("<a>é</a>", false) + "\n", "UTF-16LE", "é"},
		{"UTF-16 of more than a window", utf16Bytes("<a>"+strings.Repeat("é", long)+"</a>", false), "UTF-16LE", strings.Repeat("é", long)},
		{"ISO-8859-1", declare("ISO-8859-1") + "<a>\xE9\x80</a>", "ISO-8859-1", "é€"},
		{"latin1", declare("latin1") + "<a>\xE9</a>", "ISO-8859-1", "é"},
		{"windows-1252", declare("Windows-1252") + "<a>\xE9\x80</a>", "windows-1252", "é€"},
		{"windows-1250", declare("windows-1250") + "<a>\xE8</a>", "windows-1250", "č"},
		{"windows-1251", declare("windows-1251") + "<a>\xE9</a>", "windows-1251", "й"},
		{"ISO-8859-2", declare("ISO-8859-2") + "<a>\xE8</a>", "ISO-8859-2", "č"},
		{"koi8-r", declare("KOI8-R") + "<a>\xCA</a>", "KOI8-R", "й"},
		{"windows-1252 of more than a window", declare("cp1252") + "<a>" + strings.Repeat("\xE9", long) + "</a>", "windows-1252", strings.Repeat("é", long)},
	} {
		for _, one := range []bool{false, true} {
			r := iotest.DataErrReader(strings.NewReader(c.doc))
			if one {
				r = iotest.OneByteReader(r)
			}
			s := New(r, Limits{})
			to(t, s, "a")
			got, err := s.Leaf()
			if string(got) != c.text || err != nil {
				t.Errorf("%s: got %.40q, %v", c.what, got, err)
			}
			if _, err := s.Next(); err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
			if n := s.Notes(); n != (Notes{Encoding: c.encoding}) {
				t.Errorf("%s: %+v", c.what, n)
			}
		}
	}
}

// Offsets and lines are those of the converted text.
func TestEncodingNotesAndPlaces(t *testing.T) {
	for _, c := range []struct {
		what, doc string
		want      Notes
		text      string
	}{
		{"not in the charmap", "<?xml version='1.0' encoding='windows-1253'?>\n<a>\xC1\xD2</a>",
			Notes{Encoding: "windows-1253", InvalidText: 1, InvalidTextOffset: 51, InvalidTextLine: 2}, "Α\uFFFD"},
		{"half a pair", utf16Bytes("<a>\né", false) + "\x00\xD8" + utf16Bytes("x</a>", false),
			Notes{Encoding: "UTF-16LE", InvalidText: 1, InvalidTextOffset: 6, InvalidTextLine: 2}, "é\uFFFDx"},
		{"the other half", utf16Bytes("<a>", true) + "\xDC\x00" + utf16Bytes("</a>", true),
			Notes{Encoding: "UTF-16BE", InvalidText: 1, InvalidTextOffset: 3, InvalidTextLine: 1}, "\uFFFD"},
	} {
		s := New(strings.NewReader(c.doc), Limits{})
		to(t, s, "a")
		got, err := s.Leaf()
		if string(got) != c.text || err != nil || s.Notes() != c.want {
			t.Errorf("%s: %q, %v, %+v", c.what, got, err, s.Notes())
		}
	}
	_, err := scan("<?xml version='1.0' encoding='latin1'?>\n<a>\xE9\n</b>")
	var e *Error
	if !errors.As(err, &e) || e.Offset != 46 || e.Line != 3 {
		t.Errorf("%v", err)
	}
}

func TestUTF8(t *testing.T) {
	const head = `<?xml version="1.0" encoding="UTF-8"?>`
	for _, tt := range []struct{ name, doc, want, was string }{
		{"UTF-8", head + "<a>ü</a>", head + "<a>ü</a>", ""},
		{"without a declaration", "<a>ü</a>", "<a>ü</a>", ""},
		{"a byte order mark stays", "\xef\xbb\xbf<a/>", "\xef\xbb\xbf<a/>", ""},
		{"bytes that are no UTF-8 stay", "<a>\xfc</a>", "<a>\xfc</a>", ""},
		{"nothing", "", "", ""},
		{"ISO-8859-1", "<?xml version='1.0' encoding='ISO-8859-1'?>\n<a>\xfc</a>", head + "\n<a>ü</a>", "ISO-8859-1"},
		{"UTF-16", "\xff\xfe" + utf16Bytes("<?xml version='1.0' encoding='UTF-16'?><a>ü</a>", false), head + "<a>ü</a>", "UTF-16LE"},
		{"UTF-16 without a declaration", utf16Bytes("<a>ü</a>", false), head + "<a>ü</a>", "UTF-16LE"},
		{"a long one", "<?xml version='1.0' encoding='ISO-8859-1'?><a>" + strings.Repeat("\xfc", 300_000) + "</a>", head + "<a>" + strings.Repeat("ü", 300_000) + "</a>", "ISO-8859-1"},
	} {
		got, was, err := UTF8([]byte(tt.doc))
		if err != nil || was != tt.was || string(got) != tt.want {
			t.Errorf("%s: %.80q from %q, %v", tt.name, got, was, err)
		}
	}
	if _, _, err := UTF8([]byte("<?xml version='1.0' encoding='EBCDIC'?><a/>")); err == nil {
		t.Error("an encoding that nobody knows")
	}
}
