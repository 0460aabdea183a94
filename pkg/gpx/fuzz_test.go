package gpx_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/gpx"
)

// FuzzDecode holds the laws of the decoder for any bytes: it does not panic;
// what it returns is sound; it does not matter in which pieces the bytes come;
// and of a document that is cut, everything before the cut is read as before.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"dialects/*.gpx", "broken/*.gpx"} {
		names, err := filepath.Glob(filepath.Join(testdata, pattern))
		if err != nil || len(names) == 0 {
			f.Fatal("no test data", err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 13_000 { // longer seeds only slow it down
				f.Add(data, uint16(len(data)/2))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		ctx := context.Background()
		whole, err := gpx.Decode(ctx, bytes.NewReader(data), gpx.Options{})
		for i := range whole.Activities {
			sound(t, &whole.Activities[i])
		}
		pieces, pieceErr := gpx.Decode(ctx, iotest.OneByteReader(bytes.NewReader(data)), gpx.Options{})
		if (err == nil) != (pieceErr == nil) {
			t.Fatalf("at once: %v; byte by byte: %v", err, pieceErr)
		}
		if !reflect.DeepEqual(whole, pieces) {
			t.Fatalf("at once and byte by byte differ:\n%+v\n%+v", whole, pieces)
		}
		if count(whole, finding.GPXInterleaved) > 0 {
			return // what is joined, and in which order, depends on the end of the tracks
		}
		head := data[:min(int(cut), len(data))]
		part, _ := gpx.Decode(ctx, bytes.NewReader(head), gpx.Options{})
		if len(part.Activities) > len(whole.Activities) {
			t.Fatalf("%d activities in the head of a file with %d", len(part.Activities), len(whole.Activities))
		}
		for i := range part.Activities {
			// The last trackpoint may have lost elements to the cut. Distances count
			// or not by what they are in all of the track.
			records := part.Activities[i].Records
			for k := range max(len(records)-1, 0) {
				a, b := records[k], whole.Activities[i].Records[k]
				a.Distance, a.Has, b.Distance, b.Has = 0, a.Has&^activity.Distance, 0, b.Has&^activity.Distance
				if a != b {
					t.Fatalf("trackpoint %d differs after a cut at byte %d", k, cut)
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
			t.Fatalf("trackpoint %d has no time", i)
		}
		if math.Abs(r.Lat) > 90 || math.Abs(r.Lon) > 180 {
			t.Fatalf("trackpoint %d is at %v, %v", i, r.Lat, r.Lon)
		}
		for _, v := range []float64{r.Lat, r.Lon, r.Altitude, r.Distance, float64(r.HeartRate)} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("trackpoint %d holds %v", i, v)
			}
		}
	}
	span := func(what string, s activity.Span) {
		if s.First < 0 || s.End < s.First || s.End > len(a.Records) {
			t.Fatalf("%s covers trackpoints %d to %d of %d", what, s.First, s.End, len(a.Records))
		}
	}
	points := 0
	for _, tr := range a.Tracks {
		span("a track", tr)
		points += tr.Len()
	}
	if points != len(a.Records) {
		t.Fatalf("tracks hold %d of %d trackpoints", points, len(a.Records))
	}
	for _, p := range a.Pauses {
		if !p.To.After(p.From) || p.Next <= 0 || p.Next >= len(a.Records) {
			t.Fatalf("pause %+v of %d trackpoints", p, len(a.Records))
		}
	}
}
