package fit_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/muktihari/fit/decoder"
	"github.com/muktihari/fit/profile/filedef"
	tormoder "github.com/tormoder/fit"

	"github.com/bandport/bandport/pkg/fit"
)

// BenchmarkDecode reads ten hours at one record a second with this package and
// with two others, in one run, so that the ratio means something on any machine.
// All verify the checksum and make a slice of records.
func BenchmarkDecode(b *testing.B) {
	const records = 36_000
	data := whole(records).file()
	for _, reader := range []struct {
		name string
		read func() (int, error)
	}{
		{"bandport", func() (int, error) {
			f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{})
			if err != nil {
				return 0, err
			}
			return len(f.Activities[0].Records), nil
		}},
		{"muktihari", func() (int, error) {
			f, err := decoder.New(bytes.NewReader(data)).Decode()
			if err != nil {
				return 0, err
			}
			return len(filedef.NewActivity(f.Messages...).Records), nil
		}},
		{"tormoder", func() (int, error) {
			f, err := tormoder.Decode(bytes.NewReader(data))
			if err != nil {
				return 0, err
			}
			a, err := f.Activity()
			if err != nil {
				return 0, err
			}
			return len(a.Records), nil
		}},
	} {
		b.Run("reader="+reader.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := reader.read(); err != nil || n != records {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// BenchmarkRewrite writes the same file once more, unchanged.
func BenchmarkRewrite(b *testing.B) {
	data := whole(36_000).file()
	f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{KeepSource: true})
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := fit.Rewrite(&out, f.Source, nil); err != nil || out.Len() != len(data) {
			b.Fatal(err)
		}
	}
}

// Ten times the records take a few steps more of growing slices, and no
// allocation each.
func TestNoAllocationForEachRecord(t *testing.T) {
	allocations := func(data []byte) float64 {
		return testing.AllocsPerRun(3, func() {
			if _, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{}); err != nil {
				t.Fatal(err)
			}
		})
	}
	dynamics := func(n int) []byte {
		w := write().fileID(4).define(0, 20, []def{{253, 4, u32}, {3, 1, u8}, {18, 1, u8}, {39, 2, u16}, {41, 2, u16}})
		for i := range n {
			w.message(0, noon+uint32(i), byte(120), byte(i), uint16(85), uint16(2435))
		}
		return w.session(noon, n, 1, 0).file()
	}
	for name, file := range map[string]func(int) []byte{
		"plain":    func(n int) []byte { return whole(n).file() },
		"dynamics": dynamics,
	} {
		short, long := allocations(file(2_000)), allocations(file(20_000))
		if t.Logf("%s: %v allocations for 2,000 records, %v for 20,000", name, short, long); long > short+50 {
			t.Errorf("%s: %v allocations more for 18,000 records more", name, long-short)
		}
	}
}
