package fit_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/muktihari/fit/decoder"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/proto"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

// muktihari reads the records of a file with another library, which expands
// nothing and looks at no checksum. ok is false where it cannot read the file.
func muktihari(data []byte) (records []activity.Record, ok bool) {
	dec := decoder.New(bytes.NewReader(data), decoder.WithIgnoreChecksum(), decoder.WithNoComponentExpansion())
	for dec.Next() {
		f, err := dec.Decode()
		if err != nil {
			return nil, false
		}
		for i := range f.Messages {
			if m := &f.Messages[i]; m.Num == typedef.MesgNumRecord {
				if r, timed := record(m); timed {
					records = append(records, r)
				}
			}
		}
	}
	return records, true
}

// record translates a message of the other library. Speeds and altitudes are
// the plain or the enhanced ones, as this package takes them.
func record(m *proto.Message) (r activity.Record, timed bool) {
	get := func(num byte) (uint32, bool) {
		v := m.FieldValueByNum(num)
		switch v.Type() {
		case proto.TypeUint8:
			return uint32(v.Uint8()), v.Uint8() != 0xFF
		case proto.TypeUint16:
			return uint32(v.Uint16()), v.Uint16() != 0xFFFF
		case proto.TypeUint32:
			return v.Uint32(), v.Uint32() != 0xFFFFFFFF
		case proto.TypeInt32:
			return uint32(v.Int32()), v.Int32() != 0x7FFFFFFF
		}
		return 0, false
	}
	if v, ok := get(253); ok {
		r.Time, r.Has = (int64(v)+631065600)*1000, activity.Time
	}
	lat, ok1 := get(0)
	lon, ok2 := get(1)
	if ok1 && ok2 && (lat != 0 || lon != 0) {
		r.Lat, r.Lon = float64(int32(lat))*180/(1<<31), float64(int32(lon))*180/(1<<31)
		r.Has |= activity.Position
	}
	for _, num := range []byte{2, 78} {
		if v, ok := get(num); ok {
			r.Altitude, r.Has = (float64(v)-2500)/5, r.Has|activity.Altitude
		}
	}
	for _, num := range []byte{6, 73} {
		if v, ok := get(num); ok {
			r.Speed, r.Has = float32(float64(v)/1000), r.Has|activity.Speed
		}
	}
	if v, ok := get(3); ok {
		r.HeartRate, r.Has = float32(v), r.Has|activity.HeartRate
	}
	if v, ok := get(4); ok {
		r.Cadence, r.Has = float32(v), r.Has|activity.Cadence
	}
	if v, ok := get(5); ok {
		r.Distance, r.Has = float64(v)/100, r.Has|activity.Distance
	}
	if v, ok := get(7); ok {
		r.Power, r.Has = float32(v), r.Has|activity.Power
	}
	return r, r.Has&activity.Time != 0
}

// What the other library cannot read, or reads otherwise, and why. All of these
// files are read here.
var unlike = map[string]string{
	"adversarial/fit_data_size_huge.fit":                     "a size beyond the end",
	"adversarial/fit_huge_definition.fit":                    "damaged",
	"adversarial/fit_trailing_garbage.fit":                   "bytes behind",
	"adversarial/fit_truncated_no_crc.fit":                   "no checksum",
	"adversarial/fit_undefined_local_at_end.fit":             "damaged",
	"python-fitparse/nick.fit":                               "cut",
	"python-fitparse/strava-android-app-201.10-b1218918.fit": "damaged",
	"runalyze/FR70-intervals.fit":                            "compressed speed and distance, which it was told not to expand",
	"tormoder-fit/activity-settings-corruptheader.fit":       "the second file is none",
	"tormoder-fit/activity-settings-nodata.fit":              "cut",
	"tormoder-fit/activity-unexpected-eof.fit":               "cut",
	"tormoder-fit/compressed-speed-distance.fit":             "compressed speed and distance, which it was told not to expand",
}

// Every record of the corpus has the same figures with another library, where
// that one reads the file.
func TestLikeMuktihari(t *testing.T) {
	files, records, unread := 0, 0, 0
	for _, e := range codectest.Corpus(t, "fit") {
		file, data := e.File, e.Data(t)
		f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{})
		if err != nil {
			continue
		}
		want, ok := muktihari(data)
		if !ok {
			unread++
			if unlike[file] == "" {
				t.Errorf("%s is read by this package alone", file)
			}
			continue
		}
		merged := slices.ContainsFunc(findings(f), func(x finding.Finding) bool { return x.Code == finding.FITHeartRateMemory })
		all := map[activity.Record]int{}
		n := 0
		for i := range f.Activities {
			for _, r := range f.Activities[i].Records {
				r.Temperature, r.Has = 0, r.Has&^activity.Temperature
				if merged { // the other library leaves the strap's memory alone
					r.HeartRate, r.Has = 0, r.Has&^activity.HeartRate
				}
				all[r]++
				n++
			}
		}
		missing := 0
		var first activity.Record
		for _, r := range want {
			if merged {
				r.HeartRate, r.Has = 0, r.Has&^activity.HeartRate
			}
			if all[r]--; all[r] < 0 {
				if missing++; missing == 1 {
					first = r
				}
			}
		}
		if (missing > 0 || n != len(want)) != (unlike[file] != "") {
			t.Errorf("%s: %d records, want %d; %d differ, such as %+v", file, n, len(want), missing, first)
		}
		files++
		records += n
	}
	t.Logf("%d files with %d records compared; %d that only this package reads", files, records, unread)
}

// The distances that were put together from pieces of 256 m end where the
// session does, however often they are read.
func TestAccumulatedDistanceOfRealFiles(t *testing.T) {
	for _, file := range []string{"runalyze/FR70-intervals.fit", "tormoder-fit/compressed-speed-distance.fit"} {
		for range 2 {
			a := one(t, codectest.CorpusFile(t, file))
			last := 0.0
			for i := range a.Records {
				last = max(last, a.Records[i].Distance)
			}
			if want := a.Totals.Distance.Or(0); last < want*0.99 || last > want*1.01 {
				t.Errorf("%s: %v m in the records, %v m in the session", file, last, want)
			}
		}
	}
}
