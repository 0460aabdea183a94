package fit_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/muktihari/fit/decoder"
	"github.com/muktihari/fit/profile/filedef"

	"github.com/bandport/bandport/pkg/fit"
)

// BenchmarkDecode reads ten hours at one record a second with this package and
// with another library, in one run, so that the ratio means something on any
// machine. Both verify the checksum.
func BenchmarkDecode(b *testing.B) {
	data := whole(36_000).file()
	b.Run("reader=bandport", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{})
			if err != nil || len(f.Activities) != 1 || len(f.Activities[0].Records) != 36_000 {
				b.Fatal(err)
			}
		}
	})
	b.Run("reader=muktihari", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			f, err := decoder.New(bytes.NewReader(data)).Decode()
			if err != nil {
				b.Fatal(err)
			}
			if a := filedef.NewActivity(f.Messages...); len(a.Records) != 36_000 {
				b.Fatal(len(a.Records))
			}
		}
	})
}
