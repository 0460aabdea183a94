package xmltrack

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/bandport/bandport/pkg/internal/lexical"
)

const (
	// lowestAltitude and highestAltitude, in metres, bound what is taken for an
	// altitude. Exporters write −20,000 or 65,535 for none.
	lowestAltitude, highestAltitude = -1000, 20000
	// highestHeartRate is the largest heart rate that the schemas can hold.
	highestHeartRate = 255
)

// The years outside which a time is called implausible: no band recorded before
// the first, and the second catches counters that rolled over.
var (
	earliest = time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	latest   = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
)

// The years that a time can be written in, whatever its zone.
var (
	firstYear = time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastYear  = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC).UnixMilli()
)

// Number reads the content of the current element as a number, and consumes
// the element. ok is false where it holds none.
func (r *Reader) Number(name string) (v float64, ok bool, err error) {
	b, err := r.Scan.Leaf()
	if err != nil {
		return 0, false, err
	}
	v, ok = r.Parse(b, name)
	return v, ok, nil
}

// Parse reads a number of the current element. name is what a finding calls it.
func (r *Reader) Parse(b []byte, name string) (v float64, ok bool) {
	v, remark, ok := lexical.Number(b)
	switch {
	case ok && remark&lexical.Comma != 0:
		r.Note(r.codes.NumberComma, func() string { return name + " " + Quoted(b) })
	case !ok && lexical.IsBlank(b):
		r.Note(r.codes.NumberEmpty, func() string { return name })
	case !ok:
		r.Note(r.codes.Number, func() string { return name + " " + Quoted(b) })
	}
	return v, ok
}

// NotNegative reports whether v is none below 0, where none can be.
func (r *Reader) NotNegative(v float64, name string) bool {
	if v < 0 {
		r.Note(r.codes.Number, func() string { return name + " " + decimal(v) })
		return false
	}
	return true
}

// Altitude reports whether v, in metres, can be one.
func (r *Reader) Altitude(v float64) bool {
	if v < lowestAltitude || v > highestAltitude {
		r.Note(r.codes.AltitudeRange, func() string { return decimal(v) + " m" })
		return false
	}
	return true
}

// HeartRate reports whether v, in beats per minute, can be one. A zero can, but
// not without a finding.
func (r *Reader) HeartRate(v float64) bool {
	switch {
	case v < 0 || v > highestHeartRate:
		r.Note(r.codes.Number, func() string { return "heart rate " + decimal(v) })
		return false
	case v == 0:
		r.Note(r.codes.HeartRateZero, nil)
	}
	return true
}

// Coordinate is a latitude or a longitude in degrees, as far as it could be
// read. The zero Coordinate is missing.
type Coordinate struct {
	Degrees float64
	Known   bool
}

func (c Coordinate) String() string {
	if c.Known {
		return decimal(c.Degrees)
	}
	return "missing"
}

// Position reports whether the two make a position. That of 0,0 is none: it is
// what devices write that do not know where they are.
func (r *Reader) Position(lat, lon Coordinate) bool {
	switch {
	case !lat.Known || !lon.Known || math.Abs(lat.Degrees) > 90 || math.Abs(lon.Degrees) > 180:
		r.Note(r.codes.PositionRange, func() string { return fmt.Sprintf("latitude %v, longitude %v", lat, lon) })
		return false
	case lat.Degrees == 0 && lon.Degrees == 0:
		r.Note(r.codes.PositionZero, nil)
		return false
	}
	return true
}

// Instant reads a time, in ms since the epoch.
func (r *Reader) Instant(v []byte) (ms int64, ok bool) {
	t, ok := lexical.Time(v)
	if !ok {
		r.Note(r.codes.TimeInvalid, func() string { return Quoted(v) })
		return 0, false
	}
	ms = t.UnixMilli
	switch t.Zone {
	case lexical.None:
		r.Note(r.codes.TimeZone, func() string { return Quoted(v) })
		if r.zone != nil {
			wall := time.UnixMilli(ms).UTC()
			local := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), r.zone)
			ms = local.UnixMilli()
			if r.Local == nil {
				r.Local = r.zone
			}
		}
	case lexical.Offset:
		// An offset of zero is how some programs write UTC: it says nothing about
		// where the athlete was.
		if r.Local == nil && t.OffsetSeconds != 0 {
			r.Local = time.FixedZone("", t.OffsetSeconds)
		}
	}
	if ms < firstYear || ms >= lastYear {
		r.Note(r.codes.TimeInvalid, func() string { return Quoted(v) })
		return 0, false
	}
	if ms < earliest || ms >= latest {
		r.Note(r.codes.TimeImplausible, func() string { return stamp(ms) })
	}
	return ms, true
}

// InOrder compares the time of a trackpoint with that of the one before.
func (r *Reader) InOrder(ms int64) {
	if r.timed {
		switch {
		case ms < r.last:
			r.Note(r.codes.TimeBackward, func() string { return fmt.Sprintf("%s after %s", stamp(ms), stamp(r.last)) })
		case ms == r.last:
			r.Note(r.codes.TimeDouble, func() string { return stamp(ms) })
		}
	}
	r.last, r.timed = ms, true
}

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999Z") }

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
