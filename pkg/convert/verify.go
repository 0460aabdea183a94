package convert

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tkrajina/gpxgo/gpx"
	"github.com/tormoder/fit"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// digest is what is compared of a file: enough to notice a point, a time or a
// column that went wrong.
type digest struct {
	points                   int
	first, last              int64 // s since the epoch
	firstLat, firstLon       float64
	lastLat, lastLon         float64
	lats, lons, alts, hearts float64 // sums
	located, high, beating   int     // points with a position, an altitude, a heart rate
}

// add counts a point. NaN stands for what is missing.
func (d *digest) add(at int64, lat, lon, altitude, heart float64) {
	if d.points == 0 {
		d.first = at
	}
	d.last = at
	d.points++
	if !math.IsNaN(lat) && !math.IsNaN(lon) {
		if d.located == 0 {
			d.firstLat, d.firstLon = lat, lon
		}
		d.lastLat, d.lastLon = lat, lon
		d.lats, d.lons = d.lats+lat, d.lons+lon
		d.located++
	}
	if !math.IsNaN(altitude) {
		d.alts += altitude
		d.high++
	}
	if !math.IsNaN(heart) {
		d.hearts += heart
		d.beating++
	}
}

// digestOf counts what a reader should find.
func digestOf(acts []activity.Activity) (d digest) {
	for i := range acts {
		for k := range acts[i].Records {
			r := &acts[i].Records[k]
			value := func(f activity.Fields, v float64) float64 {
				if r.Has&f == 0 {
					return math.NaN()
				}
				return v
			}
			d.add(floorSeconds(r.Time), value(activity.Position, r.Lat), value(activity.Position, r.Lon),
				value(activity.Altitude, r.Altitude), value(activity.HeartRate, float64(r.HeartRate)))
		}
	}
	return d
}

func floorSeconds(ms int64) int64 {
	s := ms / 1000
	if ms%1000 < 0 {
		s--
	}
	return s
}

// nearly is how much two sums may differ, for each of what was added up: the
// readers round in their own ways.
const nearly = 1e-6

// difference says how two digests differ, or "".
func (d *digest) difference(other *digest) string {
	for _, c := range []struct {
		name string
		a, b float64
		n    int
	}{
		{"points", float64(d.points), float64(other.points), 0},
		{"points with a position", float64(d.located), float64(other.located), 0},
		{"points with an altitude", float64(d.high), float64(other.high), 0},
		{"points with a heart rate", float64(d.beating), float64(other.beating), 0},
		{"first time", float64(d.first), float64(other.first), 0},
		{"last time", float64(d.last), float64(other.last), 0},
		{"first latitude", d.firstLat, other.firstLat, 1},
		{"first longitude", d.firstLon, other.firstLon, 1},
		{"last latitude", d.lastLat, other.lastLat, 1},
		{"last longitude", d.lastLon, other.lastLon, 1},
		{"sum of latitudes", d.lats, other.lats, d.points},
		{"sum of longitudes", d.lons, other.lons, d.points},
		{"sum of altitudes", d.alts, other.alts, d.points},
		{"sum of heart rates", d.hearts, other.hearts, d.points},
	} {
		if math.Abs(c.a-c.b) > nearly*float64(c.n) {
			number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
			return fmt.Sprintf("%s: %s were to be read, %s are", c.name, number(c.a), number(c.b))
		}
	}
	return ""
}

// Verify reads a result with a reader that this module did not write and compares
// what that finds with what was planned: the number of points, the first and the
// last time and position, and sums. GPX is read by gpxgo, TCX by encoding/xml, FIT
// by tormoder/fit. A copy has to be the source, byte for byte, and is not read; what
// was patched is held against what the same reader makes of the source. It reports
// false where that reader cannot read the source, a dialect or a damage: then it
// proves nothing.
//
// An error is a [finding.Failure] with the code [finding.ConvertVerify], or that of
// r.
func (p *Plan) Verify(r io.Reader) (verified bool, _ error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return false, fmt.Errorf("reading back: %w", err)
	}
	if p.sameBytes(data) {
		return true, nil
	}
	want := digestOf(p.Activities)
	got, err := read(p.Format, data)
	if p.How != Written {
		before, _ := read(p.Format, p.file.Source.Data)
		if before == nil {
			return false, nil
		}
		want = *before
		if got != nil { // plain tags for Strava can show it a heart rate that it did not see
			want.hearts, want.beating = got.hearts, got.beating
		}
	}
	if err != nil {
		return false, finding.Fail(finding.ConvertVerify, finding.Place{}, err.Error(), err)
	}
	if diff := want.difference(got); diff != "" {
		return false, finding.Fail(finding.ConvertVerify, finding.Place{}, diff, nil)
	}
	return true, nil
}

func read(format string, data []byte) (*digest, error) {
	switch format {
	case "gpx":
		return readGPX(data)
	case "tcx":
		return readTCX(data)
	case "fit":
		return readFIT(data)
	}
	return nil, fmt.Errorf("no second reader for %s", format)
}

func readGPX(data []byte) (*digest, error) {
	doc, err := gpx.ParseBytes(data)
	if err != nil {
		return nil, fmt.Errorf("gpxgo: %w", err)
	}
	var d digest
	for _, track := range doc.Tracks {
		for _, segment := range track.Segments {
			for i := range segment.Points {
				p := &segment.Points[i]
				altitude := math.NaN()
				if p.Elevation.NotNull() {
					altitude = p.Elevation.Value()
				}
				d.add(p.Timestamp.Unix(), p.Latitude, p.Longitude, altitude, heartRate(p.Extensions.Nodes))
			}
		}
	}
	return &d, nil
}

// heartRate looks for a heart rate in extensions.
func heartRate(nodes []gpx.ExtensionNode) float64 {
	for i := range nodes {
		if n := nodes[i].LocalName(); n == "hr" || n == "heartrate" {
			if v, err := strconv.ParseFloat(strings.TrimSpace(nodes[i].Data), 64); err == nil {
				return v
			}
		}
		if v := heartRate(nodes[i].Nodes); !math.IsNaN(v) {
			return v
		}
	}
	return math.NaN()
}

// readTCX reads the trackpoints with encoding/xml.
func readTCX(data []byte) (*digest, error) {
	type number struct {
		Value string `xml:",chardata"`
	}
	type trackpoint struct {
		Time     string
		Position *struct{ LatitudeDegrees, LongitudeDegrees float64 }
		Altitude *float64                `xml:"AltitudeMeters"`
		Heart    *struct{ Value number } `xml:"HeartRateBpm"`
	}
	var d digest
	in := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return &d, nil
		}
		if err != nil {
			return nil, fmt.Errorf("encoding/xml: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "Trackpoint" {
			continue
		}
		var p trackpoint
		if err := in.DecodeElement(&p, &start); err != nil {
			return nil, fmt.Errorf("encoding/xml: %w", err)
		}
		at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(p.Time))
		if err != nil {
			return nil, fmt.Errorf("encoding/xml: %w", err)
		}
		lat, lon, altitude, heart := math.NaN(), math.NaN(), math.NaN(), math.NaN()
		if p.Position != nil {
			lat, lon = p.Position.LatitudeDegrees, p.Position.LongitudeDegrees
		}
		if p.Altitude != nil {
			altitude = *p.Altitude
		}
		if p.Heart != nil {
			if heart, err = strconv.ParseFloat(strings.TrimSpace(p.Heart.Value.Value), 64); err != nil {
				return nil, fmt.Errorf("encoding/xml: %w", err)
			}
		}
		d.add(at.Unix(), lat, lon, altitude, heart)
	}
}

// tormoder guards the reader of FIT, which keeps state between calls that two
// goroutines must not share.
var tormoder sync.Mutex

func readFIT(data []byte) (_ *digest, err error) {
	tormoder.Lock()
	defer tormoder.Unlock()
	files, err := fit.DecodeChained(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("tormoder/fit: %w", err)
	}
	var d digest
	for _, f := range files {
		a, err := f.Activity()
		if err != nil {
			return nil, fmt.Errorf("tormoder/fit: %w", err)
		}
		for _, r := range a.Records {
			lat, lon, heart := math.NaN(), math.NaN(), math.NaN()
			if !r.PositionLat.Invalid() && !r.PositionLong.Invalid() {
				lat, lon = r.PositionLat.Degrees(), r.PositionLong.Degrees()
			}
			altitude := r.GetAltitudeScaled()
			if math.IsNaN(altitude) {
				altitude = r.GetEnhancedAltitudeScaled()
			}
			if r.HeartRate != math.MaxUint8 {
				heart = float64(r.HeartRate)
			}
			d.add(r.Timestamp.Unix(), lat, lon, altitude, heart)
		}
	}
	return &d, nil
}
