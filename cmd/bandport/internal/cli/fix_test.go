package cli

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/finding"
)

func TestPaceFlag(t *testing.T) {
	for _, tt := range []struct {
		text string
		want float64 // m/s; 0: an error
	}{
		{"5:00", 1000.0 / 300},
		{"5:30/km", 1000.0 / 330},
		{"8:03/mi", mile / 483},
		{"8:03 / mi", mile / 483},
		{"25km/h", 25 / 3.6},
		{"25.2 KM/H", 7},
		{"0:40", 25},
		{"5", 0}, {"5.30", 0}, {"5:60", 0}, {"5:-1", 0}, {"-5:00", 0}, {"0:00", 0}, {":", 0}, {"fast", 0}, {"0km/h", 0}, {"NaNkm/h", 0}, {"9999km/h", 0},
	} {
		got, err := paceFlag(tt.text)
		if (err != nil) != (tt.want == 0) || err == nil && math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%q: %v, %v, want %v", tt.text, got, err, tt.want)
		}
		var usage *usageError
		if err != nil && !errors.As(err, &usage) {
			t.Errorf("%q: %v is no mistake of usage", tt.text, err)
		}
	}
	if v, err := paceFlag(""); v != 0 || err != nil {
		t.Errorf("nothing is %v, %v", v, err)
	}
}

func TestStartFlag(t *testing.T) {
	east := time.FixedZone("", 2*3600)
	for _, tt := range []struct {
		text string
		zone *time.Location
		want string // empty: an error
	}{
		{"2024-05-04T09:30:00Z", east, "2024-05-04T09:30:00Z"},
		{"2024-05-04T09:30:00+02:00", nil, "2024-05-04T07:30:00Z"},
		{"2024-05-04T09:30:00", nil, "2024-05-04T09:30:00Z"},
		{"2024-05-04T09:30", east, "2024-05-04T07:30:00Z"},
		{"2024-05-04 09:30:15", east, "2024-05-04T07:30:15Z"},
		{"2024-05-04 09:30", nil, "2024-05-04T09:30:00Z"},
		{"2024-05-04", nil, ""}, {"9:30", nil, ""}, {"noon", nil, ""},
	} {
		got, err := startFlag(tt.text, tt.zone)
		if (err != nil) != (tt.want == "") || err == nil && got.Format(time.RFC3339) != tt.want {
			t.Errorf("%q: %v, %v, want %q", tt.text, got, err, tt.want)
		}
	}
}

func TestFixFlags(t *testing.T) {
	o, err := (&fixFlags{folder: "x", only: []string{"fit.crc", " gpx.time.backward "}, shift: "-1h30m", sport: "trail run"}).options(nil)
	if err != nil || len(o.Only) != 2 || o.Only[1] != finding.GPXTimeBackward || o.Shift != -90*time.Minute || o.Sport != "TrailRun" {
		t.Errorf("%+v, %v", o, err)
	}
	for name, f := range map[string]fixFlags{
		"no folder": {}, "no repair": {folder: "x", only: []string{"gpx.phone"}}, "a pace alone": {folder: "x", pace: "5:00"},
		"a part of a second": {folder: "x", shift: "1500ms"}, "no sport": {folder: "x", sport: "Quidditch"},
	} {
		if _, err := f.options(nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
