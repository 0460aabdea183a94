package gpx_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/gpx"
	"github.com/bandport/bandport/pkg/internal/codectest"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
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
		defer fuzztest.Decoding.Hold(t)()
		ctx := context.Background()
		whole, err := gpx.Decode(ctx, bytes.NewReader(data), gpx.Options{})
		for i := range whole.Activities {
			codectest.Sound(t, &whole.Activities[i])
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
