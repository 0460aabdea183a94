package load_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/source"
)

// zipped makes an archive of n members.
func zipped(tb testing.TB, n int, member func(i int) (name, data string)) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		name, data := member(i)
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, data)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestAllOfAnArchive(t *testing.T) {
	bad := packed("lines\nrun\nride\n")
	members := [][2]string{
		{"1.lines", "lines\nrun\n"}, {"2.jpg", "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"}, {"3.tcx", "<html>"}, {"4.gz", string(bad[:len(bad)-4])}, {"5", ""},
	}
	data := zipped(t, len(members), func(i int) (string, string) { return members[i][0], members[i][1] })
	wrong := zipped(t, 1, func(int) (string, string) { return "w", "lines\nswim\n" })
	wrong[bytes.Index(wrong, []byte("PK\x07\x08"))+4] ^= 1
	at := bytes.Index(wrong, []byte("PK\x01\x02"))
	wrong[at+16] ^= 1
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "a.zip"), data, 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "b.zip"), wrong, 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "c.zip"), data[:len(data)-30], 0o644))
	var got []string
	err := load.All(t.Context(), source.Walk(t.Context(), []string{dir}, source.Options{}), load.Registry{lines}, load.Options{}, 3, func(l load.Loaded) error {
		line := filepath.Base(l.Item.Name) + fmt.Sprint(activityNames(l.File))
		for _, f := range l.File.Findings {
			line += " " + string(f.Code)
		}
		if l.Err != nil {
			line += " " + string(finding.CodeOf(l.Err))
		}
		if load.Skippable(l.Item, l.Err) {
			line += " skipped"
		}
		got = append(got, line)
		return nil
	})
	must(t, err)
	want := []string{
		"a.zip!1.lines[run]", "a.zip!2.jpg[] file.unknown skipped", "a.zip!3.tcx[] file.unknown", "a.zip!4.gz[run ride] gzip.truncated", "a.zip!5[] file.empty skipped",
		"b.zip!w[swim] zip.corrupt", "c.zip[] zip.corrupt",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// workout is a TCX file of some minutes, different for each number.
func workout(i int) string {
	var b strings.Builder
	head, rest, _ := strings.Cut(smallTCX, "<Trackpoint>")
	_, tail, _ := strings.Cut(rest, "</Track>")
	b.WriteString(head)
	r := rand.New(rand.NewPCG(uint64(i), 0))
	for s := range 60 {
		fmt.Fprintf(&b, "<Trackpoint><Time>2024-05-01T06:%02d:%02dZ</Time><Position><LatitudeDegrees>%f</LatitudeDegrees><LongitudeDegrees>%f</LongitudeDegrees></Position><HeartRateBpm><Value>%d</Value></HeartRateBpm></Trackpoint>\n",
			s/60, s%60, 47+r.Float64()/1000, 8+r.Float64()/1000, 100+r.IntN(60))
	}
	b.WriteString("</Track>" + tail)
	return b.String()
}

func TestAllOfThousandsOfMembersInLittleMemory(t *testing.T) {
	const members, different = 5000, 50
	var files [different]string
	for i := range files {
		files[i] = workout(i)
	}
	path := filepath.Join(t.TempDir(), "export.zip")
	must(t, os.WriteFile(path, zipped(t, members, func(i int) (string, string) { return fmt.Sprintf("activities/%05d.tcx", i), files[i%different] }), 0o644))

	var before, now runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools keep goes the second time
	runtime.ReadMemStats(&before)
	n, most := 0, uint64(0)
	err := load.All(t.Context(), source.Walk(t.Context(), []string{path}, source.Options{}), load.Default(), load.Options{}, 4, func(l load.Loaded) error {
		if l.Err != nil || len(l.File.Activities) != 1 || !strings.HasSuffix(l.Item.Name, fmt.Sprintf("export.zip!activities/%05d.tcx", n)) {
			t.Errorf("%s: %d activities, %v", l.Item.Name, len(l.File.Activities), l.Err)
		}
		if n++; n%100 == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
		return nil
	})
	must(t, err)
	if n != members {
		t.Errorf("%d results", n)
	}
	// The files are 65 MB, the decoded tracks as much. The directory takes
	// some MB.
	if grown := int64(most) - int64(before.HeapAlloc); grown > 48<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	} else {
		t.Logf("%d files of %d bytes: the heap grew by %d MiB", members, len(files[0]), grown>>20)
	}
}

// What Map was given and did not work on is released, and so is what work did
// not open.
func TestMapReleasesCopiesOfArchives(t *testing.T) {
	noise := make([]byte, source.InMemory)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // it never fails
	data := zipped(t, 50, func(i int) (string, string) {
		if i == 0 {
			return "00", string(noise)
		}
		return fmt.Sprintf("%02d", i), "lines\nrun\n"
	})
	full := errors.New("the disk is full")
	for name, run := range map[string]func(context.Context, *int) error{
		"yield fails":        func(_ context.Context, n *int) error { return map[bool]error{true: full}[*n == 10] },
		"work opens nothing": func(context.Context, *int) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
				t.Setenv(name, dir)
			}
			defer leavesNothing(t)()
			ctx := context.Background() // which never ends
			n := 0
			items := source.Walk(ctx, []string{"-"}, source.Options{Stdin: bytes.NewReader(data)})
			err := load.Map(ctx, items, 4, func(ctx context.Context, it source.Item) error {
				if name == "work opens nothing" {
					return nil
				}
				_, err := load.File(ctx, it, load.Registry{lines}, load.Options{})
				return err
			}, func(error) error { n++; return run(ctx, &n) })
			if err != nil && !errors.Is(err, full) {
				t.Error(err)
			}
			left, err := os.ReadDir(dir)
			must(t, err)
			open, _ := os.ReadDir("/proc/self/fd") // Linux only
			for _, fd := range open {
				if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(to, dir) {
					t.Errorf("%s is open", to)
				}
			}
			if len(left) > 0 {
				t.Errorf("%d files are left", len(left))
			}
		})
	}
}

// The same files, in a folder and in an archive.
func BenchmarkAll(b *testing.B) {
	const members, different = 1000, 50
	var files [different]string
	for i := range files {
		files[i] = workout(i)
	}
	dir := b.TempDir()
	folder, gz, archive := filepath.Join(dir, "folder"), filepath.Join(dir, "gz"), filepath.Join(dir, "export.zip")
	write := func(path string, data []byte) {
		b.Helper()
		if err := os.WriteFile(path, data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for _, d := range []string{folder, gz} {
		if err := os.Mkdir(d, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	size := 0
	for i := range members {
		size += len(files[i%different])
		write(filepath.Join(folder, fmt.Sprintf("%05d.tcx", i)), []byte(files[i%different]))
		write(filepath.Join(gz, fmt.Sprintf("%05d.tcx.gz", i)), packed(files[i%different]))
	}
	write(archive, zipped(b, members, func(i int) (string, string) { return fmt.Sprintf("%05d.tcx", i), files[i%different] }))
	for _, path := range []string{folder, gz, archive} {
		b.Run(filepath.Base(path), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				err := load.All(b.Context(), source.Walk(b.Context(), []string{path}, source.Options{}), load.Default(), load.Options{}, 0, func(l load.Loaded) error {
					n++
					return l.Err
				})
				if err != nil || n != members {
					b.Fatal(n, err)
				}
			}
		})
	}
}
