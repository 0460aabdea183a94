package load_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/load"
)

func utf16le(s string) []byte { return encode16(s, binary.LittleEndian) }
func utf16be(s string) []byte { return encode16(s, binary.BigEndian) }

func encode16(s string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

const (
	declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	tcxRoot     = `<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">`
	utf8BOM     = "\xef\xbb\xbf"
)

func TestSniff(t *testing.T) {
	tests := []struct {
		name string
		head []byte
		want load.Kind
	}{
		{"TCX", []byte(declaration + tcxRoot), load.TCX},
		{"TCX without a declaration", []byte(tcxRoot), load.TCX},
		{"TCX behind a byte order mark", []byte(utf8BOM + declaration + tcxRoot), load.TCX},
		{"TCX behind blanks, as Strava exports it", []byte("          " + declaration + tcxRoot), load.TCX},
		{"TCX behind a byte order mark and blanks", []byte(utf8BOM + "\r\n " + declaration + tcxRoot), load.TCX},
		{"TCX behind comments and instructions", []byte(declaration + "<!-- <gpx> -->\n<?xml-stylesheet href='a>b'?>\n<!----><?a?>" + tcxRoot), load.TCX},
		{"TCX with a prefix", []byte(declaration + "<tcx:TrainingCenterDatabase xmlns:tcx='…'>"), load.TCX},
		{"TCX with a document type", []byte(declaration + `<!DOCTYPE TrainingCenterDatabase SYSTEM "a>b.dtd">` + tcxRoot), load.TCX},
		{"TCX with an internal subset", []byte(`<!DOCTYPE a [ <!ENTITY gt ">"> <!ENTITY b '<gpx>'> ]>` + "\n" + tcxRoot), load.TCX},
		{"TCX without anything in it", []byte("<TrainingCenterDatabase/>"), load.TCX},
		{"TCX with a line break behind the name", []byte("<TrainingCenterDatabase\r\n\txmlns=''>"), load.TCX},
		{"TCX in UTF-16 with a mark, little end first", append([]byte{0xFF, 0xFE}, utf16le(declaration+tcxRoot)...), load.TCX},
		{"TCX in UTF-16 with a mark, big end first", append([]byte{0xFE, 0xFF}, utf16be(declaration+tcxRoot)...), load.TCX},
		{"TCX in UTF-16 without a mark, little end first", utf16le(declaration + tcxRoot), load.TCX},
		{"TCX in UTF-16 without a mark, big end first", utf16be(declaration + tcxRoot), load.TCX},
		{"TCX in UTF-16 without a mark, behind blanks", utf16le("\r\n" + tcxRoot), load.TCX},
		{"TCX in an old encoding", []byte("<?xml version='1.0' encoding='ISO-8859-1'?><!-- L\xe4ufe -->" + tcxRoot), load.TCX},
		{"TCX whose first element is at the end of the head", []byte("<!--" + strings.Repeat("x", load.HeadSize-100) + "-->" + tcxRoot), load.TCX},
		{"TCX whose first element is out of sight is XML", []byte("<!--" + strings.Repeat("x", load.HeadSize) + "-->" + tcxRoot), load.XML},
		{"a name cut in the middle is XML", []byte(declaration + "<TrainingCenter"), load.XML},
		{"a name that only begins like TCX is XML", []byte("<TrainingCenterDatabaseX>"), load.XML},
		{"TCX further in is not the first element", []byte("<wrapper><TrainingCenterDatabase>"), load.XML},

		{"GPX", []byte(declaration + `<gpx version="1.1">`), load.GPX},
		{"GPX with a prefix", []byte(`<g:gpx xmlns:g="http://www.topografix.com/GPX/1/1">`), load.GPX},

		{"FIT with a header of 14 bytes", []byte("\x0e\x20\x54\x08\x10\x00\x00\x00.FIT\x12\x34\x40"), load.FIT},
		{"FIT with a header of 12 bytes", []byte("\x0c\x10\x54\x08\x10\x00\x00\x00.FIT\x40"), load.FIT},
		{"FIT behind the headers of a download", []byte("HTTP/1.1 200 OK\r\n\r\n\x0e\x20\x54\x08\x10\x00\x00\x00.FIT\x12\x34\x40"), load.FIT},
		{"FIT behind zeros, and text that looks like it", []byte("\x00\x00 a header.FIT\x00\x0c\x10\x54\x08\x10\x00\x00\x00.FIT\x40"), load.FIT},
		{"FIT of a protocol that does not exist, behind zeros", []byte("\x00\x00\x00\x0c\x90\x54\x08\x10\x00\x00\x00.FIT\x40"), load.Binary},
		{"the letters FIT elsewhere are text", []byte("my 12345.FIT is great"), load.Text},
		{"half a header of FIT is binary", []byte("\x0e\x20\x54\x08\x10\x00\x00\x00.F"), load.Binary},

		{"a zip archive", []byte("PK\x03\x04\x14\x00"), load.Zip},
		{"a zip archive without a file", []byte("PK\x05\x06\x00\x00"), load.Zip},
		{"the directory of a zip archive alone is binary", []byte("PK\x01\x02\x14\x00"), load.Binary},
		{"gzip", []byte("\x1f\x8b\x08\x00"), load.Gzip},

		{"other XML", []byte(declaration + "<kml xmlns='http://www.opengis.net/kml/2.2'>"), load.XML},
		{"a declaration alone", []byte(declaration), load.XML},
		{"a comment without an end", []byte("<!-- TrainingCenterDatabase "), load.XML},

		{"a web page", []byte("<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sign in</title>"), load.HTML},
		{"a web page without a document type", []byte("<HTML><body>"), load.HTML},
		{"a web page in XHTML", []byte(declaration + `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html>`), load.HTML},
		{"a web page that begins in the middle", []byte("\n<script>location='/login'</script>"), load.HTML},

		{"a JSON object", []byte(`{ "error": "session expired" }`), load.JSON},
		{"a JSON array", []byte("[\n  {"), load.JSON},
		{"an INI file is text", []byte("[network]\nhost=a\n"), load.Text},
		{"CSV", []byte("date,km\n2024-05-01,5.2\n2024-05-02,6\n"), load.CSV},
		{"CSV with semicolons", []byte("Datum;km\r\n01.05.2024;5,2\r\n"), load.CSV},
		{"text with a comma is no CSV", []byte("Hello, world\nhow are you\n"), load.Text},
		{"text", []byte("ran 5 km today"), load.Text},
		{"text that begins with <", []byte("< 5 km today"), load.Text},
		{"text with a heart", []byte("<3 running"), load.Text},
		{"text in an old encoding", []byte("Heute f\xfcnf Kilometer gelaufen"), load.Text},
		{"text in UTF-16", append([]byte{0xFF, 0xFE}, utf16le("ran 5 km today")...), load.Text},
		{"text whose last character the head cuts", []byte(strings.Repeat("ä", load.HeadSize)[1:]), load.Text},

		{"nothing", nil, load.Empty},
		{"blanks", []byte(" \r\n\t\n"), load.Empty},
		{"a byte order mark", []byte(utf8BOM), load.Empty},
		{"a byte order mark and blanks in UTF-16", append([]byte{0xFF, 0xFE}, utf16le("\r\n")...), load.Empty},

		{"a photo", []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"), load.Binary},
		{"zeros", make([]byte, 100), load.Binary},
		{"noise", []byte("\x81\xa0\xf3\xc2\xee\x99\xd0"), load.Binary},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := load.Sniff(tt.head); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
			if !tt.want.Match(tt.head) {
				t.Error("Match says no")
			}
		})
	}
}

func TestKindString(t *testing.T) {
	seen := map[string]bool{}
	for k := load.Binary; k <= load.Text; k++ {
		s := k.String()
		if seen[s] || strings.HasPrefix(s, "kind(") {
			t.Errorf("kind %d is called %q", k, s)
		}
		seen[s] = true
	}
	if s := (load.Text + 1).String(); s != "kind(12)" {
		t.Errorf("an unknown kind is called %q", s)
	}
}

// Whatever the bytes are: no panic, the same answer each time, only the head
// counts, the bytes stay as they are, and a certain answer stays when more
// bytes come.
func FuzzSniff(f *testing.F) {
	for _, s := range []string{
		"", " ", declaration + tcxRoot, "<gpx>", "<!DOCTYPE html><html>", "<!DOCTYPE a [<!ENTITY b '>'>]><a>",
		"\x0e\x20\x54\x08\x10\x00\x00\x00.FIT", "ab\x0e\x20\x54\x08\x10\x00\x00\x00.FIT", "PK\x03\x04", "\x1f\x8b\x08", `{"a":1}`, "a,b\nc,d\n", "text", "\r<gpx a=.FIT",
		string(utf16le(tcxRoot)), string(utf16be(tcxRoot)), utf8BOM + tcxRoot,
	} {
		f.Add([]byte(s), []byte(".FIT"))
	}
	f.Fuzz(func(t *testing.T, head, more []byte) {
		defer fuzztest.Decoding.Hold(t)()
		before := bytes.Clone(head)
		kind := load.Sniff(head)
		if again := load.Sniff(head); again != kind {
			t.Fatalf("first %s, then %s", kind, again)
		}
		if !bytes.Equal(head, before) {
			t.Fatal("the bytes were changed")
		}
		switch kind {
		case load.TCX, load.GPX, load.FIT, load.Zip, load.Gzip, load.HTML:
			if longer := load.Sniff(append(bytes.Clone(head), more...)); longer != kind {
				t.Fatalf("%s became %s with more bytes", kind, longer)
			}
		}
		if len(head) >= load.HeadSize {
			if longer := load.Sniff(append(bytes.Clone(head), more...)); longer != kind {
				t.Fatalf("%s became %s with bytes beyond the head", kind, longer)
			}
		}
	})
}
