package tcx_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/bandport/bandport/pkg/internal/codectest"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/tcx"
)

// FuzzDecode holds the laws of the decoder for any bytes: it does not panic;
// what it returns is sound; it does not matter in which pieces the bytes come;
// and of a document that is cut, everything before the cut is read as before.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"dialects/*.tcx", "broken/*.tcx"} {
		names, err := filepath.Glob(filepath.Join(testdata, pattern))
		if err != nil || len(names) == 0 {
			f.Fatal("no test data", err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 4_000 { // longer seeds only slow it down
				f.Add(data, uint16(len(data)/2))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		defer fuzztest.Decoding.Hold(t)()
		ctx := context.Background()
		whole, err := tcx.Decode(ctx, bytes.NewReader(data), tcx.Options{})
		for i := range whole.Activities {
			codectest.Sound(t, &whole.Activities[i])
		}
		pieces, pieceErr := tcx.Decode(ctx, iotest.OneByteReader(bytes.NewReader(data)), tcx.Options{})
		if (err == nil) != (pieceErr == nil) {
			t.Fatalf("at once: %v; byte by byte: %v", err, pieceErr)
		}
		if !reflect.DeepEqual(whole, pieces) {
			t.Fatalf("at once and byte by byte differ:\n%+v\n%+v", whole, pieces)
		}
		head := data[:min(int(cut), len(data))]
		part, _ := tcx.Decode(ctx, bytes.NewReader(head), tcx.Options{})
		if len(part.Activities) > len(whole.Activities) && err == nil {
			t.Fatalf("%d activities in the head of a file with %d", len(part.Activities), len(whole.Activities))
		}
		for i := range part.Activities {
			if i >= len(whole.Activities) {
				break
			}
			// The last trackpoint may have lost elements to the cut.
			records := part.Activities[i].Records
			for k := range max(len(records)-1, 0) {
				if records[k] != whole.Activities[i].Records[k] {
					t.Fatalf("trackpoint %d differs after a cut at byte %d", k, cut)
				}
			}
		}
	})
}
