package fit_test

import (
	"bytes"
	"context"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/codectest"
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
			codectest.Sound(t, &whole.Activities[i])
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
