package xmltrack_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
	"github.com/bandport/bandport/pkg/internal/xmltrack"
)

var codes = xmltrack.Codes{
	Number: finding.GPXNumber, NumberEmpty: finding.GPXNumberEmpty, NumberComma: finding.GPXNumberComma,
	TimeInvalid: finding.GPXTimeInvalid, TimeZone: finding.GPXTimeZone, TimeBackward: finding.GPXTimeBackward,
	TimeDouble: finding.GPXTimeDouble, TimeImplausible: finding.GPXTimeImplaus,
	PositionZero: finding.GPXPositionZero, PositionRange: finding.GPXPositionRange,
	AltitudeRange: finding.GPXAltitudeRange, HeartRateZero: finding.GPXHeartRateZero,
}

func reader(doc string, zone *time.Location) *xmltrack.Reader {
	r := xmltrack.New(context.Background(), strings.NewReader(doc), xmlscan.Limits{}, zone, &codes)
	return &r
}

// found lists the findings about the activity, each with its message.
func found(r *xmltrack.Reader) map[finding.Code]string {
	out := map[finding.Code]string{}
	for _, f := range r.Found.Findings() {
		_, detail, _ := strings.Cut(f.Message, ": ")
		out[f.Code] = detail
	}
	return out
}

func TestWhatIsOddIsFound(t *testing.T) {
	known := func(v float64) xmltrack.Coordinate { return xmltrack.Coordinate{Degrees: v, Known: true} }
	for _, tt := range []struct {
		name string
		ask  func(r *xmltrack.Reader) bool
		ok   bool
		want map[finding.Code]string
	}{
		{"a number", func(r *xmltrack.Reader) bool { v, ok := r.Parse([]byte("1.5"), "x"); return ok && v == 1.5 }, true, nil},
		{"a comma", func(r *xmltrack.Reader) bool { v, ok := r.Parse([]byte("1,5"), "x"); return ok && v == 1.5 }, true, map[finding.Code]string{finding.GPXNumberComma: `x "1,5"`}},
		{"no number", func(r *xmltrack.Reader) bool { _, ok := r.Parse([]byte("far"), "x"); return ok }, false, map[finding.Code]string{finding.GPXNumber: `x "far"`}},
		{"nothing", func(r *xmltrack.Reader) bool { _, ok := r.Parse([]byte(" "), "x"); return ok }, false, map[finding.Code]string{finding.GPXNumberEmpty: "x"}},
		{"an altitude", func(r *xmltrack.Reader) bool { return r.Altitude(-430.5) }, true, nil},
		{"no altitude", func(r *xmltrack.Reader) bool { return r.Altitude(-20000) }, false, map[finding.Code]string{finding.GPXAltitudeRange: "-20000 m"}},
		{"no cadence", func(r *xmltrack.Reader) bool { return r.NotNegative(-3, "cadence") }, false, map[finding.Code]string{finding.GPXNumber: "cadence -3"}},
		{"a cadence", func(r *xmltrack.Reader) bool { return r.NotNegative(0, "cadence") }, true, nil},
		{"a time beyond the years", func(r *xmltrack.Reader) bool {
			_, ok := r.Instant([]byte("9999-12-31T23:59:59-23:59"))
			return ok
		}, false, map[finding.Code]string{finding.GPXTimeInvalid: `"9999-12-31T23:59:59-23:59"`}},
		{"a heart rate", func(r *xmltrack.Reader) bool { return r.HeartRate(255) }, true, nil},
		{"a heart rate of 0", func(r *xmltrack.Reader) bool { return r.HeartRate(0) }, true, map[finding.Code]string{finding.GPXHeartRateZero: ""}},
		{"no heart rate", func(r *xmltrack.Reader) bool { return r.HeartRate(256) }, false, map[finding.Code]string{finding.GPXNumber: "heart rate 256"}},
		{"a position", func(r *xmltrack.Reader) bool { return r.Position(known(-90), known(180)) }, true, nil},
		{"a position on the equator", func(r *xmltrack.Reader) bool { return r.Position(known(0), known(9)) }, true, nil},
		{"0,0", func(r *xmltrack.Reader) bool { return r.Position(known(0), known(0)) }, false, map[finding.Code]string{finding.GPXPositionZero: ""}},
		{"beyond the pole", func(r *xmltrack.Reader) bool { return r.Position(known(90.5), known(0)) }, false, map[finding.Code]string{finding.GPXPositionRange: "latitude 90.5, longitude 0"}},
		{"half a position", func(r *xmltrack.Reader) bool { return r.Position(xmltrack.Coordinate{}, known(1)) }, false, map[finding.Code]string{finding.GPXPositionRange: "latitude missing, longitude 1"}},
		{"a time", func(r *xmltrack.Reader) bool {
			ms, ok := r.Instant([]byte("1990-01-01T00:00:00Z"))
			return ok && ms == 631152000000
		}, true, nil},
		{"no time", func(r *xmltrack.Reader) bool { _, ok := r.Instant([]byte("noon")); return ok }, false, map[finding.Code]string{finding.GPXTimeInvalid: `"noon"`}},
		{"an old time", func(r *xmltrack.Reader) bool { _, ok := r.Instant([]byte("1989-12-31T23:59:59Z")); return ok }, true, map[finding.Code]string{finding.GPXTimeImplaus: "1989-12-31T23:59:59Z"}},
		{"no zone", func(r *xmltrack.Reader) bool { _, ok := r.Instant([]byte("2020-01-01T10:00:00")); return ok }, true, map[finding.Code]string{finding.GPXTimeZone: `"2020-01-01T10:00:00"`}},
		{"backward", func(r *xmltrack.Reader) bool { r.InOrder(2000); r.InOrder(1500); return true }, true, map[finding.Code]string{finding.GPXTimeBackward: "1970-01-01T00:00:01.5Z after 1970-01-01T00:00:02Z"}},
		{"twice", func(r *xmltrack.Reader) bool { r.InOrder(2000); r.InOrder(2000); return true }, true, map[finding.Code]string{finding.GPXTimeDouble: "1970-01-01T00:00:02Z"}},
		{"another activity", func(r *xmltrack.Reader) bool { r.InOrder(2000); r.BeginActivity(); r.InOrder(1000); return true }, true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := reader("<a/>", nil)
			if ok := tt.ask(r); ok != tt.ok {
				t.Errorf("ok is %v", ok)
			}
			want := tt.want
			if want == nil {
				want = map[finding.Code]string{}
			}
			if diff := cmp.Diff(want, found(r)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLocal(t *testing.T) {
	east := time.FixedZone("east", 3*3600)
	for _, tt := range []struct {
		text string
		zone *time.Location
		hour int // in UTC
		want int // seconds of the local zone; −1 for none
	}{
		{"2020-01-01T10:00:00Z", east, 10, -1},
		{"2020-01-01T10:00:00+00:00", east, 10, -1},
		{"2020-01-01T10:00:00+02:00", east, 8, 2 * 3600},
		{"2020-01-01T10:00:00", east, 7, 3 * 3600},
		{"2020-01-01T10:00:00", nil, 10, -1},
	} {
		r := reader("<a/>", tt.zone)
		ms, ok := r.Instant([]byte(tt.text))
		if at := time.UnixMilli(ms).UTC(); !ok || at.Hour() != tt.hour {
			t.Errorf("%s is %v", tt.text, at)
		}
		got := -1
		if r.Local != nil {
			_, got = time.Unix(0, 0).In(r.Local).Zone()
		}
		if got != tt.want {
			t.Errorf("%s: local time is %d s ahead, want %d", tt.text, got, tt.want)
		}
	}
}

func TestConclude(t *testing.T) {
	broken := errors.New("the disk went away")
	run := func(r *xmltrack.Reader) error {
		for {
			if kind, err := r.Scan.Next(); err != nil || kind == xmlscan.EOF {
				return err
			}
		}
	}
	for _, tt := range []struct {
		name     string
		doc      string
		anything bool
		keep     bool
		fails    finding.Code
		want     []finding.Code // about the file
	}{
		{name: "well", doc: "<a/>", keep: true},
		{name: "blanks in front", doc: "  <?xml version=\"1.0\"?><a/>", keep: true, want: []finding.Code{finding.XMLLeading}},
		{name: "cut, with something before", doc: "<a><b/>", anything: true, keep: true, want: []finding.Code{finding.XMLTruncated}},
		{name: "cut, with nothing before", doc: "<a><b/>", fails: finding.XMLTruncated},
		{name: "malformed", doc: "<a></b>", fails: finding.XMLMalformed},
		{name: "a document type", doc: "<!DOCTYPE a><a/>", fails: finding.XMLDoctype},
		{name: "an encoding", doc: `<?xml version="1.0" encoding="EBCDIC"?><a/>`, fails: finding.XMLEncodingUnknown},
		{name: "too deep", doc: strings.Repeat("<a>", 300), fails: finding.XMLLimit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := reader(tt.doc, nil)
			keep, err := r.Conclude(run(r), tt.anything)
			if keep != tt.keep {
				t.Errorf("keep is %v", keep)
			}
			if (err != nil) != (tt.fails != "") || err != nil && finding.CodeOf(err) != tt.fails {
				t.Errorf("error %v, want %q", err, tt.fails)
			}
			var got []finding.Code
			for _, f := range r.File.Findings() {
				got = append(got, f.Code)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
	r := xmltrack.New(context.Background(), iotest.ErrReader(broken), xmlscan.Limits{}, nil, &codes)
	if keep, err := r.Conclude(run(&r), false); !keep || !errors.Is(err, broken) {
		t.Errorf("%v, %v, want the reader's error beside what was read", keep, err)
	}
	if keep, err := r.Conclude(broken, true); keep || !errors.Is(err, broken) {
		t.Errorf("%v, %v, want an error of another kind as it is", keep, err)
	}
}

func TestTheContextIsLookedAt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := xmltrack.New(ctx, strings.NewReader("<a/>"), xmlscan.Limits{}, nil, &codes)
	cancel()
	for range 5000 {
		if err := r.BeginPoint(); err != nil {
			if keep, err := r.Conclude(err, true); !keep || !errors.Is(err, context.Canceled) {
				t.Errorf("%v, %v", keep, err)
			}
			return
		}
	}
	t.Error("5,000 trackpoints after it was cancelled")
}
