package fit_test

import (
	"bytes"
	"context"
	"math"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/fit"
)

// FuzzDecode holds the laws of the decoder for any bytes: it does not panic;
// what it returns is sound; it does not matter in which pieces the bytes come;
// and of a file that is cut, everything before the cut is read as before.
func FuzzDecode(f *testing.F) {
	plain := whole(5).timer(noon+1, 4).timer(noon+2, 0).file()
	developer := write().fileID(4).define(1, 206, []def{{0, 1, u8}, {1, 1, u8}, {2, 1, u8}, {3, 2, str}}).
		message(1, byte(0), byte(5), byte(0x84), "P\x00").
		define(0, 20, []def{{253, 4, u32}}, def{5, 2, 0}).message(0, noon, uint16(250)).session(noon, 4, 1, 0).file()
	packed := write().fileID(4).define(0, 20, []def{{253, 4, u32}, {8, 3, 0x0D}}).message(0, noon, []byte{1, 2, 3}).
		define(1, 20, []def{{3, 1, u8}}).message(0x80|1<<5|3, byte(100)).session(noon, 9, 1, 0).file()
	several := write().big().fileID(4).records(6).session(noon, 3, 1, 0).session(noon+3, 3, 2, 0).file()
	for _, data := range [][]byte{plain, developer, packed, several, join(plain, plain), join([]byte("??"), plain, []byte("??"))} {
		f.Add(data, uint16(len(data)/2))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		ctx := context.Background()
		whole, err := fit.Decode(ctx, bytes.NewReader(data), fit.Options{})
		for i := range whole.Activities {
			sound(t, &whole.Activities[i])
		}
		pieces, pieceErr := fit.Decode(ctx, iotest.OneByteReader(bytes.NewReader(data)), fit.Options{})
		if (err == nil) != (pieceErr == nil) {
			t.Fatalf("at once: %v; byte by byte: %v", err, pieceErr)
		}
		if !reflect.DeepEqual(whole, pieces) {
			t.Fatalf("at once and byte by byte differ:\n%+v\n%+v", whole, pieces)
		}
		// Which records are whose depends on the sessions, which may stand behind:
		// of all records, in the order of time and file, the first are the same.
		part, _ := fit.Decode(ctx, bytes.NewReader(data[:min(int(cut), len(data))]), fit.Options{})
		all, some := map[activity.Record]int{}, map[activity.Record]int{}
		for i := range whole.Activities {
			for _, r := range whole.Activities[i].Records {
				all[r]++
			}
		}
		for i := range part.Activities {
			for _, r := range part.Activities[i].Records {
				if some[r]++; some[r] > all[r] {
					t.Fatalf("a cut at byte %d gives a record that is not in the whole: %+v", cut, r)
				}
			}
		}
	})
}

// sound checks what everybody may rely on.
func sound(t *testing.T, a *activity.Activity) {
	t.Helper()
	for i := range a.Records {
		r := &a.Records[i]
		if r.Has&activity.Time == 0 {
			t.Fatalf("record %d has no time", i)
		}
		if math.Abs(r.Lat) > 90 || math.Abs(r.Lon) > 180 {
			t.Fatalf("record %d is at %v, %v", i, r.Lat, r.Lon)
		}
		for _, v := range []float64{r.Lat, r.Lon, r.Altitude, r.Distance, float64(r.Speed), float64(r.HeartRate), float64(r.Temperature)} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("record %d holds %v", i, v)
			}
		}
	}
	span := func(what string, s activity.Span) {
		if s.First < 0 || s.End < s.First || s.End > len(a.Records) {
			t.Fatalf("%s covers records %d to %d of %d", what, s.First, s.End, len(a.Records))
		}
	}
	for _, l := range a.Laps {
		span("a lap", l.Records)
	}
	next := 0
	for _, tr := range a.Tracks {
		span("a track", tr)
		if tr.First != next || tr.Len() == 0 {
			t.Fatalf("a track covers records %d to %d, after %d", tr.First, tr.End, next)
		}
		next = tr.End
	}
	if next != len(a.Records) {
		t.Fatalf("tracks hold %d of %d records", next, len(a.Records))
	}
	for _, p := range a.Pauses {
		if !p.To.After(p.From) || p.Next <= 0 || p.Next >= len(a.Records) {
			t.Fatalf("pause %+v of %d records", p, len(a.Records))
		}
	}
	for _, s := range a.Streams {
		if len(s.Values) != len(a.Records) {
			t.Fatalf("stream %q has %d values for %d records", s.Name, len(s.Values), len(a.Records))
		}
	}
}
