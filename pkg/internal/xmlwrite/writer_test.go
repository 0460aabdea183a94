package xmlwrite_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/internal/xmlwrite"
)

func TestNumbersHaveAsManyDigitsAsTheyNeed(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", -1.5: "-1.5", 0.0000001: "0.0000001", 48.1371541: "48.1371541", -0.5: "-0.5", 100: "100", 1e8: "100000000",
		48.137154050171375: "48.137154050171375", 1e22: "10000000000000000000000", 5e-9: "0.000000005",
	} {
		if got := string(xmlwrite.AppendFloat(nil, v)); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float32]string{0: "0", 2.03: "2.03", 3.3333333: "3.3333333", 12.001: "12.001", -7: "-7", 16777216: "16777216"} {
		if got := string(xmlwrite.AppendFloat32(nil, v)); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

func FuzzNumbersReadBack(f *testing.F) {
	f.Add(48.1371541)
	f.Add(-0.1)
	f.Add(math.Pi)
	f.Add(1e-300)
	f.Fuzz(func(t *testing.T, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
		if back, err := strconv.ParseFloat(string(xmlwrite.AppendFloat(nil, v)), 64); err != nil || back != v {
			t.Errorf("%v becomes %v, %v", v, back, err)
		}
		w := float32(v)
		if math.IsInf(float64(w), 0) {
			return
		}
		back, err := strconv.ParseFloat(string(xmlwrite.AppendFloat32(nil, w)), 64)
		if err != nil || float32(back) != w {
			t.Errorf("%v becomes %v, %v", w, float32(back), err)
		}
	})
}

func TestTimes(t *testing.T) {
	for _, want := range []string{
		"1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "2024-02-29T23:59:59Z", "2024-03-01T00:00:00.05Z",
		"2024-03-01T00:00:00.5Z", "0001-01-02T00:00:00Z", "9999-12-30T23:59:59Z", "2024-02-28T10:20:30.123Z",
	} {
		at, err := time.Parse(time.RFC3339Nano, want)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := xmlwrite.New(&b)
		w.Time(at.UnixMilli())
		w.Time(at.UnixMilli()) // of the same day
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		back, err := time.Parse(time.RFC3339Nano, b.String()[:b.Len()/2])
		if err != nil || !back.Equal(at) || b.String()[:b.Len()/2] != b.String()[b.Len()/2:] {
			t.Errorf("%s is written %s", want, b.String())
		}
	}
}

// What is written reads back with encoding/xml as Clean says, in an element and
// in an attribute.
func FuzzTextsReadBack(f *testing.F) {
	for _, s := range []string{"", "a", "Tom & <Jerry> \"'", " a\tb\r\nc ", "\x00\x1b[31m", "\xff\xfe", "ä€😀\uFFFE", strings.Repeat("ä", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		const most = 64
		want := xmlwrite.Clean(s, most)
		if again := xmlwrite.Clean(want, most); again != want || len(want) > most {
			t.Fatalf("%q is cleaned to %q and then to %q", s, want, again)
		}
		var b bytes.Buffer
		w := xmlwrite.New(&b)
		w.Raw(`<a v="`)
		w.Text(want)
		w.Raw(`">`)
		w.Text(want)
		w.Raw("</a>")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var back struct {
			V    string `xml:"v,attr"`
			Text string `xml:",chardata"`
		}
		if err := xml.Unmarshal(b.Bytes(), &back); err != nil || back.V != want || back.Text != want {
			t.Errorf("%q is read as %q and %q, %v", want, back.V, back.Text, err)
		}
	})
}

type failing struct{ after int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestTheFirstErrorStays(t *testing.T) {
	w := xmlwrite.New(&failing{after: 40_000})
	for range 10_000 {
		w.Raw("<a></a>")
	}
	if !errors.Is(w.Err(), errFull) || !errors.Is(w.Close(), errFull) {
		t.Errorf("%v, %v", w.Err(), w.Close())
	}
}

func TestNothingIsAllocatedPerPoint(t *testing.T) {
	var b bytes.Buffer
	b.Grow(1 << 20)
	w := xmlwrite.New(&b)
	if n := testing.AllocsPerRun(1000, func() {
		w.Raw("<a>")
		w.Float(48.1371541)
		w.Float32(1.25)
		w.Time(1700000000123)
		w.Int(5)
		w.Raw("</a>")
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
