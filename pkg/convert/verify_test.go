package convert_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/convert"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
)

func planned(t *testing.T, format string) (*convert.Plan, []byte) {
	t.Helper()
	acts := ride()
	acts[0].Records = acts[0].Records[:100]
	acts[0].Tracks, acts[0].Laps = []activity.Span{{End: 100}}, nil
	p, err := convert.New(&activity.File{Activities: acts}, encoder(t, format), convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return p, b.Bytes()
}

// A result that is not as planned is noticed: a point, a digit or a time that went
// wrong, a file that ends early.
func TestVerifyNotices(t *testing.T) {
	replace := func(pattern, with string) func([]byte) []byte {
		return func(b []byte) []byte {
			done := false
			return regexp.MustCompile(pattern).ReplaceAllFunc(b, func(m []byte) []byte {
				if done {
					return m
				}
				done = true
				return []byte(with)
			})
		}
	}
	cut := func(b []byte) []byte { return b[:len(b)*2/3] }
	for _, tt := range []struct {
		format, name, want string
		spoil              func([]byte) []byte
	}{
		{"gpx", "a point", "points: 100", replace(`<trkpt [^\n]*</trkpt>\n`, "")},
		{"gpx", "a latitude", "first latitude", replace(`lat="-40"`, `lat="-40.00001"`)},
		{"gpx", "an altitude", "sum of altitudes", replace(`<ele>100.1</ele>`, `<ele>100.2</ele>`)},
		{"gpx", "a heart rate", "points with a heart rate", replace(`<gpxtpx:hr>[0-9]+</gpxtpx:hr>`, "")},
		{"gpx", "a time", "first time", replace(`(</ele>)<time>2024-05-04T08:00:00Z`, `</ele><time>2024-05-04T08:00:01Z`)},
		{"gpx", "the end", "gpxgo: ", cut},
		{"tcx", "a point", "points: 100", replace(`<Trackpoint>[^\n]*</Trackpoint>`, "")},
		{"tcx", "a longitude", "sum of longitudes", replace(`<LongitudeDegrees>-19`, `<LongitudeDegrees>-18`)},
		{"tcx", "a position", "points with a position", replace(`<Position>.*?</Position>`, "")},
		{"tcx", "a heart rate", "sum of heart rates", replace(`<Value>141</Value>`, `<Value>142</Value>`)},
		{"tcx", "the end", "encoding/xml: ", cut},
		{"fit", "the end", "tormoder/fit: ", cut},
		{"fit", "a byte", "tormoder/fit: ", func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 0x40; return b }},
	} {
		t.Run(tt.format+" "+tt.name, func(t *testing.T) {
			p, data := planned(t, tt.format)
			if ok, err := p.Verify(bytes.NewReader(data)); err != nil || !ok {
				t.Fatalf("before it was spoilt: %v, %v", ok, err)
			}
			spoilt := tt.spoil(data)
			if bytes.Equal(spoilt, data) {
				t.Fatal("it is not spoilt")
			}
			_, err := p.Verify(bytes.NewReader(spoilt))
			if finding.CodeOf(err) != finding.ConvertVerify || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want one about %q", err, tt.want)
			}
		})
	}
}

// The reader of FIT keeps state that two goroutines must not share; the race
// detector tells if they do.
func TestVerifyOnSeveralGoroutines(t *testing.T) {
	p, data := planned(t, "fit")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if ok, err := p.Verify(bytes.NewReader(data)); err != nil || !ok {
				t.Error(ok, err)
			}
		})
	}
	all.Wait()
}

func TestStrictForbidsLoss(t *testing.T) {
	acts := ride()
	for _, tt := range []struct {
		format string
		want   finding.Code
	}{{"tcx", finding.ConvertStrict}, {"gpx", finding.ConvertStrict}, {"fit", ""}} { // FIT holds all of it
		_, err := convert.New(&activity.File{Activities: acts}, encoder(t, tt.format), convert.Options{Strict: true})
		if (err != nil) != (tt.want != "") || err != nil && finding.CodeOf(err) != tt.want {
			t.Errorf("%s: %v", tt.format, err)
		}
	}
	// What comes from the format loses nothing on the way back to it.
	for _, format := range registry.Formats() {
		acts, err := encoder(t, format).Project([]activity.Activity{made(rand.New(rand.NewPCG(3, 7)))}, convert.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := convert.New(&activity.File{Activities: acts}, encoder(t, format), convert.Options{Strict: true}); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// gpxgo refuses a file in which a number is none, though nobody needs it. What was changed in such a
// file cannot be held against it, and is not called verified.
func TestVerifyOfWhatTheOtherReaderCannotRead(t *testing.T) {
	const odd = `<?xml version="1.0"?>
<gpx version="1.1" creator="Forerunner 235" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="-40" lon="-20"><ele>12</ele><time>2024-05-04T08:00:00Z</time><hdop>good</hdop></trkpt>
<trkpt lat="-40.001" lon="-20"><ele>13</ele><time>2024-05-04T08:00:40Z</time></trkpt>
</trkseg></trk></gpx>
`
	for _, tt := range []struct {
		name, source string
		want         bool
	}{
		{"as it should be", strings.Replace(odd, "<hdop>good</hdop>", "", 1), true},
		{"with an odd number", odd, false},
	} {
		f, err := load.Decode(t.Context(), strings.NewReader(tt.source), load.Default(), load.Options{KeepSource: true})
		if err != nil {
			t.Fatal(err)
		}
		p, err := convert.New(&f, encoder(t, "gpx"), convert.Options{Strava: true, Barometer: convert.BarometerYes})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Verify(bytes.NewReader(b.Bytes())); got != tt.want || err != nil || p.How == convert.Written {
			t.Errorf("%s: %v, %v (%s), want %v", tt.name, got, err, p.How, tt.want)
		}
	}
}
