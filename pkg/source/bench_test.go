package source_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	yeka "github.com/yeka/zip"

	"github.com/bandport/bandport/pkg/source"
)

// What it costs to read all bytes of 200 files of 100 kB, one after the other,
// and to list them alone.
func BenchmarkWalk(b *testing.B) {
	const files = 200
	var text strings.Builder
	for i := 0; text.Len() < 100_000; i++ {
		fmt.Fprintf(&text, "<Trackpoint><Time>2024-05-01T06:%02d:%02dZ</Time><DistanceMeters>%d</DistanceMeters></Trackpoint>\n", i/60, i%60, i*i%997)
	}
	b.Chdir(b.TempDir())
	write := func(name string, data []byte) {
		b.Helper()
		check(b, os.WriteFile(name, data, 0o644))
	}
	check(b, os.Mkdir("folder", 0o755))
	check(b, os.Mkdir("gz", 0o755))
	members := func(e entry) (all []entry) {
		for i := range files {
			e.name, e.data = fmt.Sprintf("%03d.tcx", i), text.String()
			all = append(all, e)
		}
		return all
	}
	for _, e := range members(entry{}) {
		write("folder/"+e.name, []byte(e.data))
		write("gz/"+e.name+".gz", packed(e.data))
	}
	write("deflated", zipped(b, members(entry{})...))
	write("stored", zipped(b, members(entry{stored: true})...))
	write("aes", zipped(b, members(entry{password: "secret"})...))
	write("zipcrypto", zipped(b, members(entry{password: "secret", with: yeka.StandardEncryption})...))
	o := source.Options{Password: func(context.Context, string) ([]byte, error) { return []byte("secret"), nil }}
	for _, path := range []string{"folder", "gz", "stored", "deflated", "zipcrypto", "aes"} {
		for _, reading := range []bool{true, false} {
			name := path + "/listed"
			if reading {
				name = path + "/read"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				if reading {
					b.SetBytes(int64(files * text.Len()))
				}
				for b.Loop() {
					n := 0
					for it := range source.Walk(b.Context(), []string{path}, o) {
						if n++; !reading {
							continue
						}
						r, err := it.Open(b.Context())
						check(b, err)
						_, err = io.Copy(io.Discard, r)
						check(b, err)
						check(b, r.Close())
					}
					if n != files {
						b.Fatal(n)
					}
				}
			})
		}
	}
}
