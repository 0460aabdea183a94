package gpx_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gpxgo "github.com/tkrajina/gpxgo/gpx"
	"golang.org/x/text/encoding/charmap"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/gpx"
)

// documents returns the made-up files, and the real ones where they are.
func documents(t *testing.T) []entry {
	t.Helper()
	var docs []entry
	names, err := filepath.Glob(filepath.Join(testdata, "dialects", "*.gpx"))
	if err != nil || len(names) == 0 {
		t.Fatal("no test data", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, entry{file: filepath.Base(name), data: data})
	}
	if _, err := os.Stat(corpus); err == nil {
		docs = append(docs, entries(t)...)
	}
	return docs
}

// slowPoint is a trkpt as encoding/xml reads it: its attributes, and the first
// text of every element in it.
type slowPoint map[string]string

// readSlowly collects the trackpoints of all tracks.
func readSlowly(data []byte) []slowPoint {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimLeft(data, " \r\n\ufeff")))
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		return charmap.Windows1252.NewDecoder().Reader(r), nil
	}
	var out []slowPoint
	var cur slowPoint
	var open []string
	for {
		tok, err := d.Token()
		if err != nil {
			if cur != nil {
				out = append(out, cur)
			}
			return out
		}
		switch v := tok.(type) {
		case xml.StartElement:
			open = append(open, v.Name.Local)
			if v.Name.Local == "trkpt" && slices.Contains(open, "trk") {
				cur = slowPoint{}
				for _, a := range v.Attr {
					cur["@"+a.Name.Local] = a.Value
				}
			}
		case xml.CharData:
			leaf := ""
			if len(open) > 0 {
				leaf = open[len(open)-1]
			}
			if s := strings.TrimSpace(string(v)); s != "" && cur != nil && cur[leaf] == "" {
				cur[leaf] = s
			}
		case xml.EndElement:
			open = open[:len(open)-1]
			if v.Name.Local == "trkpt" && cur != nil {
				out = append(out, cur)
				cur = nil
			}
		}
	}
}

func (p slowPoint) number(names ...string) (float64, bool) {
	for _, name := range names {
		if s, ok := p[name]; ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
			return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
		}
	}
	return 0, false
}

// slowTime reads a time with the standard library, in the layouts that it needs.
func slowTime(s string) (time.Time, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z0700"} {
		if v, err := time.Parse(layout, s); err == nil {
			return v, true
		}
	}
	return time.Time{}, false
}

// TestAgainstEncodingXML reads the files once more with encoding/xml and the
// standard library, in the most plodding way, and compares every trackpoint.
func TestAgainstEncodingXML(t *testing.T) {
	// Where the two cannot agree, and why.
	skip := map[string]string{
		"utf16le.gpx": "UTF-16", "adversarial/gpx_utf16be_bom.gpx": "UTF-16", "adversarial/gpx_utf16le_bom.gpx": "UTF-16",
		"decimal-commas.gpx": "decimal commas", "adversarial/gpx_comma_decimals.gpx": "decimal commas",
		"adversarial/gpx_latin1_bytes_but_utf8_declared.gpx": "encoding/xml stops at bytes that are no UTF-8",
		"adversarial/gpx_control_chars.gpx":                  "encoding/xml stops at characters that XML forbids",
		"misc-wild/test_merge2.gpx":                          "no gpx element",
		"adversarial/gpx_huge_attribute.gpx":                 "refused for an attribute of 2 MB",
		"adversarial/gpx_time_leap_second.gpx":               "package time knows no leap seconds",
	}
	compared := 0
	docs := documents(t)
	for _, e := range docs {
		if skip[e.file] != "" {
			continue
		}
		var slow []slowPoint
		for _, p := range readSlowly(e.data) {
			if _, ok := slowTime(p["time"]); ok {
				slow = append(slow, p)
			}
		}
		f, err := gpx.Decode(context.Background(), bytes.NewReader(e.data), gpx.Options{})
		if err != nil && len(slow) > 0 {
			t.Errorf("%s: %v, and encoding/xml finds %d trackpoints", e.file, err, len(slow))
		}
		var ours []activity.Record
		for i := range f.Activities {
			ours = append(ours, f.Activities[i].Records...)
		}
		if len(ours) != len(slow) {
			t.Errorf("%s: %d trackpoints, encoding/xml finds %d", e.file, len(ours), len(slow))
			continue
		}
		for i := range ours {
			checkPoint(t, e.file, i, &ours[i], slow[i])
		}
		compared += len(ours)
	}
	if compared < 1000 {
		t.Errorf("only %d trackpoints were compared", compared)
	}
	t.Logf("%d trackpoints of %d files compared", compared, len(docs)-len(skip))
}

func checkPoint(t *testing.T, file string, i int, r *activity.Record, slow slowPoint) {
	t.Helper()
	if want, _ := slowTime(slow["time"]); r.Time != want.UnixMilli() {
		t.Errorf("%s, trackpoint %d: time %v, encoding/xml reads %v", file, i, time.UnixMilli(r.Time).UTC(), want)
	}
	lat, latOK := slow.number("@lat")
	lon, lonOK := slow.number("@lon")
	onEarth := latOK && lonOK && math.Abs(lat) <= 90 && math.Abs(lon) <= 180 && (lat != 0 || lon != 0)
	if has := r.Has&activity.Position != 0; has != onEarth || has && (r.Lat != lat || r.Lon != lon) {
		t.Errorf("%s, trackpoint %d: position %v, %v (%v), encoding/xml reads %q, %q", file, i, r.Lat, r.Lon, has, slow["@lat"], slow["@lon"])
	}
	ele, eleOK := slow.number("ele")
	eleOK = eleOK && ele >= -1000 && ele <= 20000
	if has := r.Has&activity.Altitude != 0; has != eleOK || has && r.Altitude != ele {
		t.Errorf("%s, trackpoint %d: elevation %v, encoding/xml reads %q", file, i, r.Altitude, slow["ele"])
	}
	for _, c := range []struct {
		field activity.Fields
		value float32
		names []string
	}{
		{activity.HeartRate, r.HeartRate, []string{"hr", "heartrate", "bpm"}},
		{activity.Cadence, r.Cadence, []string{"cad", "cadence", "rpm"}},
		{activity.Power, r.Power, []string{"power", "PowerInWatts"}},
		{activity.Temperature, r.Temperature, []string{"atemp", "temp"}},
		{activity.Speed, r.Speed, []string{"speed"}},
	} {
		want, ok := slow.number(c.names...)
		ok = ok && (want >= 0 || c.field == activity.Temperature) // the Mi Fit exporter interpolates cadences below 0
		if has := r.Has&c.field != 0; has != ok || has && c.value != float32(want) {
			t.Errorf("%s, trackpoint %d: %v %v (%v), encoding/xml reads %v (%v)", file, i, c.names[0], c.value, has, want, ok)
		}
	}
}

// gpxgoLoses are the files of which gpxgo reads less than there is without a
// word, and what it loses. The real ones count where they are.
var gpxgoLoses = map[string]string{
	"offset.gpx":          "times",
	"lower-case-z.gpx":    "times",
	"offset-fraction.gpx": "offsets", // two hours, in a file that looks well
	"half-seconds.gpx":    "fractions",
	"no-latitude.gpx":     "positions",
	"nan.gpx":             "positions",
	"far-north.gpx":       "positions",
	"points-only.gpx":     "trackpoints",
}

// TestAgainstGpxgo reads the files with gpxgo. Every time, position and
// elevation that it returns is ours, to the last digit; and what it loses
// silently is here.
func TestAgainstGpxgo(t *testing.T) {
	lost := map[string]string{}
	compared, refused := 0, 0
	for _, e := range documents(t) {
		f, err := gpx.Decode(context.Background(), bytes.NewReader(e.data), gpx.Options{})
		if err != nil || strings.Contains(e.file, "overlap") || e.file == "gpsbabel/seg2trk_test.gpx" {
			continue // joined tracks stand in another order
		}
		g, err := gpxgo.ParseBytes(e.data)
		if err != nil {
			refused++
			continue
		}
		var theirs []gpxgo.GPXPoint
		for _, tr := range g.Tracks {
			for _, seg := range tr.Segments {
				theirs = append(theirs, seg.Points...)
			}
		}
		var ours []activity.Record
		dropped := 0
		for i := range f.Activities {
			ours = append(ours, f.Activities[i].Records...)
		}
		for _, x := range findings(f) {
			if x.Code == "gpx.time.missing" {
				dropped = x.Count
			}
		}
		if dropped > 0 {
			theirs = slices.DeleteFunc(theirs, func(p gpxgo.GPXPoint) bool { return p.Timestamp.IsZero() })
		}
		if len(theirs) == 0 && len(ours) > 0 {
			lost[e.file] = "trackpoints"
			continue
		}
		if len(theirs) != len(ours) {
			t.Errorf("%s: %d trackpoints, gpxgo has %d", e.file, len(ours), len(theirs))
			continue
		}
		for i := range ours {
			r, p := &ours[i], &theirs[i]
			switch {
			case p.Timestamp.IsZero():
				lost[e.file] = "times"
			case p.Timestamp.UnixMilli() != r.Time:
				// Of an offset beside a fraction it takes no notice.
				switch off := p.Timestamp.Unix() - time.UnixMilli(r.Time).Unix(); {
				case off == 0 && lost[e.file] == "":
					lost[e.file] = "fractions"
				case off != 0 && off%(15*60) == 0 && f.Activities[0].Zone != nil:
					lost[e.file] = "offsets"
				case off != 0:
					t.Errorf("%s, trackpoint %d: time %v, gpxgo reads %v", e.file, i, time.UnixMilli(r.Time).UTC(), p.Timestamp)
				}
			}
			if r.Has&activity.Position == 0 {
				if p.Latitude != 0 || p.Longitude != 0 || math.IsNaN(p.Latitude) {
					lost[e.file] = "positions" // it has one that is none
				}
			} else if r.Lat != p.Latitude || r.Lon != p.Longitude {
				t.Errorf("%s, trackpoint %d: position %v, %v, gpxgo reads %v, %v", e.file, i, r.Lat, r.Lon, p.Latitude, p.Longitude)
			}
			if r.Has&activity.Altitude != 0 && (p.Elevation.Null() || p.Elevation.Value() != r.Altitude) {
				t.Errorf("%s, trackpoint %d: elevation %v, gpxgo reads %v", e.file, i, r.Altitude, p.Elevation.Value())
			}
			compared++
		}
	}
	for file, what := range gpxgoLoses {
		if lost[file] != what {
			t.Errorf("%s: gpxgo loses %q, want %q", file, lost[file], what)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(lost)) {
		t.Logf("gpxgo silently loses %s of %s", lost[file], file)
	}
	t.Logf("%d trackpoints compared, %d files refused by gpxgo", compared, refused)
}

// TestWhatGpxgoLosesIsHere holds the cases one by one.
func TestWhatGpxgoLosesIsHere(t *testing.T) {
	doc := func(position, when string) []byte {
		return []byte(document(`<trk><trkseg><trkpt ` + position + `><time>` + when + `</time></trkpt></trkseg></trk>`))
	}
	want := time.Date(2022, 5, 1, 8, 30, 22, 0, time.UTC)
	for _, tt := range []struct {
		name, when string
		fraction   time.Duration
	}{
		{"an offset without a fraction", "2022-05-01T10:30:22+02:00", 0},
		{"an offset without a colon", "2022-05-01T10:30:22+0200", 0},
		{"lower case", "2022-05-01t08:30:22z", 0},
		{"a fraction", "2022-05-01T08:30:22.250Z", 250 * time.Millisecond},
		{"seven decimals", "2022-05-01T08:30:22.7500000Z", 750 * time.Millisecond},
		{"an offset and a fraction", "2022-05-01T10:30:22.5+02:00", 500 * time.Millisecond},
	} {
		f, err := gpx.Decode(context.Background(), bytes.NewReader(doc(`lat="1" lon="2"`, tt.when)), gpx.Options{})
		if err != nil || len(f.Activities[0].Records) != 1 {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := f.Activities[0].Records[0].Time; got != want.Add(tt.fraction).UnixMilli() {
			t.Errorf("%s: %v", tt.name, time.UnixMilli(got).UTC())
		}
	}
	for _, position := range []string{`lon="2"`, `lat="1"`, ``, `lat="" lon="2"`, `lat="NaN" lon="2"`, `lat="91" lon="2"`, `lat="1" lon="-180.5"`, `lat="0" lon="0.0"`} {
		f, err := gpx.Decode(context.Background(), bytes.NewReader(doc(position, "2022-05-01T08:30:22Z")), gpx.Options{})
		if err != nil || len(f.Activities[0].Records) != 1 {
			t.Errorf("%s: %v", position, err)
			continue
		}
		if r := f.Activities[0].Records[0]; r.Has != activity.Time || r.Lat != 0 || r.Lon != 0 {
			t.Errorf("%s: %+v, want a time and nothing else", position, r)
		}
	}
}
