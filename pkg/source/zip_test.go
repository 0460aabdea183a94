package source_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	yeka "github.com/yeka/zip"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/source"
)

// entry is a member of an archive that a test makes.
type entry struct {
	name     string
	data     string
	stored   bool
	password string                // of an encrypted one
	with     yeka.EncryptionMethod // that one's; zero is AES-256
}

// zipped makes an archive. Without an encrypted member archive/zip makes it.
func zipped(tb testing.TB, entries ...entry) []byte {
	tb.Helper()
	var b bytes.Buffer
	if !slices.ContainsFunc(entries, func(e entry) bool { return e.password != "" }) {
		w := zip.NewWriter(&b)
		for _, e := range entries {
			h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, NonUTF8: true}
			if e.stored {
				h.Method = zip.Store
			}
			f, err := w.CreateHeader(h)
			check(tb, err)
			_, err = io.WriteString(f, e.data)
			check(tb, err)
		}
		check(tb, w.Close())
		return b.Bytes()
	}
	w := yeka.NewWriter(&b)
	for _, e := range entries {
		h := &yeka.FileHeader{Name: e.name, Method: yeka.Deflate}
		if e.stored {
			h.Method = yeka.Store
		}
		if e.password != "" {
			h.SetPassword(e.password)
			h.SetEncryptionMethod(max(e.with, 1))
			if e.with == 0 {
				h.SetEncryptionMethod(yeka.AES256Encryption)
			}
		}
		f, err := w.CreateHeader(h)
		check(tb, err)
		_, err = io.WriteString(f, e.data)
		check(tb, err)
	}
	check(tb, w.Close())
	return b.Bytes()
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// noise returns bytes that cannot be packed.
func noise(n int) string {
	r := rand.NewChaCha8([32]byte{})
	b := make([]byte, n)
	_, _ = r.Read(b) // it never fails
	return string(b)
}

// contents lists what a walk delivers: "name = content", "name: code" for an
// item with an error, "name = content, code" for one whose reader fails.
func contents(t *testing.T, o source.Options, paths ...string) []string {
	t.Helper()
	var out []string
	for it := range source.Walk(t.Context(), paths, o) {
		out = append(out, read(t, it))
	}
	return out
}

func read(t *testing.T, it source.Item) string {
	t.Helper()
	name := filepath.ToSlash(it.Name)
	if it.Err != nil {
		return name + ": " + string(finding.CodeOf(it.Err))
	}
	r, err := it.Open(t.Context())
	if err != nil {
		return name + " = " + string(finding.CodeOf(err))
	}
	b, err := io.ReadAll(r)
	check(t, r.Close())
	line := name + " = " + string(b)
	if len(b) > 100 {
		line = fmt.Sprintf("%s = %d bytes", name, len(b))
	}
	if fail := (*finding.Failure)(nil); errors.As(err, &fail) {
		line += ", " + string(fail.Finding.Code)
	} else if err != nil {
		t.Errorf("%s: error without a code: %v", name, err)
	}
	return line
}

// privateTemp makes a folder for temporary files, and returns how many copies of
// archives there are: files, and on Linux open files without a name.
func privateTemp(t *testing.T) (copies func() int) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	return func() int {
		left, err := os.ReadDir(dir)
		must(t, err)
		n := len(left)
		open, _ := os.ReadDir("/proc/self/fd") // Linux only
		for _, fd := range open {
			if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(to, dir) {
				n++
			}
		}
		return n
	}
}

// soon waits for what another goroutine does.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 200 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error(what)
}

func TestWalkExpandsArchives(t *testing.T) {
	inner := string(zipped(t, entry{name: "c.tcx", data: "deep"}, entry{name: "a.tcx", data: "down"}))
	large := string(zipped(t, entry{name: "big", data: noise(source.InMemory), stored: true}, entry{name: "c.tcx", data: "deep"}))
	tests := []struct {
		name  string
		files map[string]string
		args  []string
		want  []string
	}{
		{
			name:  "members come in the byte order of their names",
			files: map[string]string{"a.zip": string(zipped(t, entry{name: "b/x", data: "1"}, entry{name: "b-", data: "2", stored: true}, entry{name: "B", data: "3"}, entry{name: "b/", data: ""}, entry{name: "ä", data: "4"}))},
			args:  []string{"a.zip"},
			want:  []string{"a.zip!B = 3", "a.zip!b- = 2", "a.zip!b/x = 1", "a.zip!ä = 4"},
		},
		{
			name:  "the content tells an archive, not the name",
			files: map[string]string{"a.tcx": inner, "b.zip": "no archive", "in/c": inner, "in/d.ZIP": "nor this"},
			args:  []string{"a.tcx", "b.zip", "in"},
			want:  []string{"a.tcx!a.tcx = down", "a.tcx!c.tcx = deep", "b.zip = no archive", "in/c!a.tcx = down", "in/c!c.tcx = deep", "in/d.ZIP = nor this"},
		},
		{
			name:  "what is left out of folders is left out of archives",
			files: map[string]string{"a.zip": string(zipped(t, entry{name: ".DS_Store"}, entry{name: "x/.hidden/y"}, entry{name: "__MACOSX/x/._y"}, entry{name: "y~"}, entry{name: "z.bak"}, entry{name: "dir/"}, entry{name: "win\\"}, entry{name: "y", data: "!"}))},
			args:  []string{"a.zip"},
			want:  []string{"a.zip!y = !"},
		},
		{
			name:  "gzip in an archive is unpacked",
			files: map[string]string{"a.zip": string(zipped(t, entry{name: "a.fit.gz", data: string(packed("fit"))}))},
			args:  []string{"a.zip"},
			want:  []string{"a.zip!a.fit.gz = fit"},
		},
		{
			name:  "an archive in an archive is unpacked in its place",
			files: map[string]string{"a.zip": string(zipped(t, entry{name: "a", data: "1"}, entry{name: "b.zip", data: inner}, entry{name: "c", data: "2"}))},
			args:  []string{"a.zip"},
			want:  []string{"a.zip!a = 1", "a.zip!b.zip!a.tcx = down", "a.zip!b.zip!c.tcx = deep", "a.zip!c = 2"},
		},
		{
			name:  "a large one too, and one in gzip in an archive",
			files: map[string]string{"a.zip": string(zipped(t, entry{name: "b.zip", data: large}, entry{name: "c.zip.gz", data: string(packed(inner)), stored: true}))},
			args:  []string{"a.zip"},
			want:  []string{fmt.Sprintf("a.zip!b.zip!big = %d bytes", source.InMemory), "a.zip!b.zip!c.tcx = deep", "a.zip!c.zip.gz!a.tcx = down", "a.zip!c.zip.gz!c.tcx = deep"},
		},
		{
			name:  "an archive in gzip is unpacked, small or large",
			files: map[string]string{"a": string(packed(inner)), "b": string(packed(large))},
			args:  []string{"a", "b"},
			want:  []string{"a!a.tcx = down", "a!c.tcx = deep", fmt.Sprintf("b!big = %d bytes", source.InMemory), "b!c.tcx = deep"},
		},
		{
			name:  "an archive without members delivers none",
			files: map[string]string{"a.zip": string(zipped(t)), "b": string(zipped(t, entry{name: "only/a/folder/"}))},
			args:  []string{"a.zip", "b"},
		},
		{
			name:  "an empty member is an empty file",
			files: map[string]string{"a.zip": string(zipped(t, entry{name: "a"}))},
			args:  []string{"a.zip"},
			want:  []string{"a.zip!a = "},
		},
		{
			name:  "what stands before and behind an archive does not matter, but for its first bytes",
			files: map[string]string{"a.zip": inner[:len(inner)-2] + "\x05\x00trail"},
			args:  []string{"a.zip"},
			want:  []string{"a.zip!a.tcx = down", "a.zip!c.tcx = deep"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			copies := privateTemp(t)
			tree(t)
			for name, data := range tt.files {
				must(t, os.MkdirAll(filepath.Dir(name), 0o755))
				must(t, os.WriteFile(name, []byte(data), 0o644))
			}
			if got := contents(t, source.Options{}, tt.args...); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			// Those who collect the items first get the same.
			if got := contentsLater(t, source.Options{}, tt.args...); !slices.Equal(got, tt.want) {
				t.Errorf("later: got  %q\nwant %q", got, tt.want)
			}
			if n := copies(); n != 0 {
				t.Errorf("%d copies of archives are left", n)
			}
		})
	}
}

// contentsLater reads the items backwards, after the walk.
func contentsLater(t *testing.T, o source.Options, paths ...string) []string {
	t.Helper()
	items := slices.Collect(source.Walk(t.Context(), paths, o))
	var out []string
	for _, it := range slices.Backward(items) {
		out = append(out, read(t, it))
	}
	slices.Reverse(out)
	return out
}

func TestArchiveFromStandardInput(t *testing.T) {
	small := zipped(t, entry{name: "a/b", data: "1"}, entry{name: "c", data: "2"})
	large := zipped(t, entry{name: "a/b", data: noise(source.InMemory)}, entry{name: "c", data: "2"})
	for name, tt := range map[string]struct {
		data  []byte
		first string
	}{
		"in memory":        {small, "-!a/b = 1"},
		"in a file":        {large, fmt.Sprintf("-!a/b = %d bytes", source.InMemory)},
		"in gzip":          {packed(string(small)), "-!a/b = 1"},
		"in gzip, a large": {packed(string(large)), fmt.Sprintf("-!a/b = %d bytes", source.InMemory)},
	} {
		t.Run(name, func(t *testing.T) {
			copies := privateTemp(t)
			got := contents(t, source.Options{Stdin: bytes.NewReader(tt.data)}, "-", "-")
			if want := []string{tt.first, "-!c = 2", "-: file.unreadable"}; !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			if n := copies(); n != 0 {
				t.Errorf("%d copies are left", n)
			}
		})
	}
	t.Run("that breaks off", func(t *testing.T) {
		copies := privateTemp(t)
		dead := errors.New("the line is dead")
		in := io.MultiReader(bytes.NewReader(large[:len(large)-100]), &breaking{dead})
		for it := range source.Walk(t.Context(), []string{"-"}, source.Options{Stdin: in}) {
			if it.Name != "-" || !errors.Is(it.Err, dead) || finding.CodeOf(it.Err) != finding.Unreadable {
				t.Errorf("item %q, %v", it.Name, it.Err)
			}
		}
		if n := copies(); n != 0 {
			t.Errorf("%d copies are left", n)
		}
	})
	t.Run("for which there is no place", func(t *testing.T) {
		gone := filepath.Join(t.TempDir(), "gone")
		for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
			t.Setenv(name, gone)
		}
		got := contents(t, source.Options{Stdin: bytes.NewReader(large)}, "-")
		if want := []string{"-: file.unreadable"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}

type breaking struct{ err error }

func (b *breaking) Read([]byte) (int, error) { return 0, b.err }

func TestMembersTellWhatTheyAre(t *testing.T) {
	tree(t, "in/")
	inner := string(zipped(t, entry{name: "c.tcx", data: "deep"}))
	data := zipped(t, entry{name: "dir/b.fit", data: "0123456789", stored: true}, entry{name: "x.zip", data: inner})
	for _, name := range []string{"a.zip", "in/a.zip"} {
		must(t, os.WriteFile(name, data, 0o644))
	}
	must(t, os.WriteFile("in/bad.zip", data[:50], 0o644))
	must(t, os.WriteFile("bad.zip", data[:50], 0o644))
	type facts struct {
		found bool
		rel   string
	}
	want := map[string]facts{
		"a.zip!dir/b.fit":      {true, "dir/b.fit"},
		"a.zip!x.zip!c.tcx":    {true, "x.zip/c.tcx"},
		"in/a.zip!dir/b.fit":   {true, "a.zip/dir/b.fit"},
		"in/a.zip!x.zip!c.tcx": {true, "a.zip/x.zip/c.tcx"},
		"in/bad.zip":           {true, "bad.zip"},
		"bad.zip":              {false, "bad.zip"},
	}
	for it := range source.Walk(t.Context(), []string{"a.zip", "in", "bad.zip"}, source.Options{}) {
		name := filepath.ToSlash(it.Name)
		if got := (facts{it.FromFolder, it.Rel()}); got != want[name] {
			t.Errorf("%s: %v; want %v", name, got, want[name])
		}
		if strings.HasSuffix(name, "b.fit") && it.Size != 10 {
			t.Errorf("%s: size %d", name, it.Size)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestMemberNamesAreHarmless(t *testing.T) {
	for _, tt := range []struct{ in, name, rel string }{
		{"../../etc/passwd", "__/__/etc/passwd", "__/__/etc/passwd"},
		{"a/../../b", "a/__/__/b", "a/__/__/b"},
		{"/etc/passwd", "etc/passwd", "etc/passwd"},
		{"//server/share/x", "server/share/x", "server/share/x"},
		{"./a//./b", "a/b", "a/b"},
		{`..\..\evil.tcx`, "__/__/evil.tcx", "__/__/evil.tcx"},
		{`C:\evil.tcx`, "C_/evil.tcx", "C_/evil.tcx"},
		{"c:evil.tcx", "c_evil.tcx", "c_evil.tcx"},
		{"a\x00b\x1b[2J.tcx", "a_b_[2J.tcx", "a_b_[2J.tcx"},
		{"2024-05-01T06:00.tcx", "2024-05-01T06:00.tcx", "2024-05-01T06_00.tcx"},
		{"nul.tcx", "nul.tcx", "_nul.tcx"},
		{"x/COM1", "x/COM1", "x/_COM1"},
		{"computer", "computer", "computer"},
		{"a. . /b ", "a. . /b ", "a____/b_"},
		{"Stra\xe1e.tcx", "Straße.tcx", "Straße.tcx"}, // code page 437
		{"Straße.tcx", "Straße.tcx", "Straße.tcx"},    // UTF-8 without the flag
		{"\x84\x94\x81.tcx", "äöü.tcx", "äöü.tcx"},    // code page 437
		{"", "_", "_"},
		{"..", "__", "__"},
		{"a!b", "a!b", "a!b"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			tree(t)
			must(t, os.WriteFile("a.zip", zipped(t, entry{name: tt.in, data: "x"}), 0o644))
			it := first(t, t.Context(), source.Options{}, "a.zip")
			if it.Name != "a.zip!"+tt.name || it.Rel() != tt.rel {
				t.Errorf("got %q, %q\nwant %q, %q", it.Name, it.Rel(), tt.name, tt.rel)
			}
			if got := read(t, it); !strings.HasSuffix(got, " = x") {
				t.Error(got)
			}
		})
	}
}

func TestMembersOfOneNameAreToldApart(t *testing.T) {
	tree(t)
	must(t, os.WriteFile("a.zip", zipped(t,
		entry{name: "d.1/b.fit", data: "1"}, entry{name: "d.1/b#2.fit", data: "2"}, entry{name: `d.1\b.fit`, data: "3"}, entry{name: "/d.1/b.fit", data: "4"},
		entry{name: "r.tcx.gz", data: "5"}, entry{name: "r.tcx.gz", data: "6"}, entry{name: "README", data: "7"}, entry{name: "README", data: "8"},
	), 0o644))
	got := contents(t, source.Options{}, "a.zip")
	want := []string{
		"a.zip!README = 7", "a.zip!README#2 = 8",
		"a.zip!d.1/b#2.fit = 2", "a.zip!d.1/b.fit = 1", "a.zip!d.1/b#3.fit = 3", "a.zip!d.1/b#4.fit = 4",
		"a.zip!r.tcx.gz = 5", "a.zip!r#2.tcx.gz = 6",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRelOfFiles(t *testing.T) {
	tree(t, "in/x/a.tcx", "b.tcx")
	var got []string
	for it := range source.Walk(t.Context(), []string{"in", "./in/x", "b.tcx", "../" + filepath.Base(cwd(t)) + "/b.tcx", "-"}, source.Options{}) {
		got = append(got, it.Rel())
	}
	if want := []string{"x/a.tcx", "a.tcx", "b.tcx", "b.tcx", "stdin"}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	for name, want := range map[string]string{"": "_", "/": "_", "..": "__", "a/b": "b", ".": "_"} {
		if got := (source.Item{Name: name}).Rel(); got != want {
			t.Errorf("%q: %q; want %q", name, got, want)
		}
	}
}

func cwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	must(t, err)
	return dir
}

// handmade is an archive whose directory says what it wants.
func handmade(data []byte, headers ...zip.FileHeader) []byte {
	le := binary.LittleEndian
	local := make([]byte, 30)
	le.PutUint32(local, 0x04034b50)
	out := slices.Concat(local, data)
	start := len(out)
	for _, h := range headers {
		c := make([]byte, 46)
		le.PutUint32(c, 0x02014b50)
		le.PutUint16(c[8:], h.Flags)
		le.PutUint16(c[10:], h.Method)
		le.PutUint32(c[16:], h.CRC32)
		le.PutUint32(c[20:], uint32(h.CompressedSize64))
		le.PutUint32(c[24:], uint32(h.UncompressedSize64))
		le.PutUint16(c[28:], uint16(len(h.Name)))
		le.PutUint16(c[30:], uint16(len(h.Extra)))
		le.PutUint32(c[38:], h.ExternalAttrs)
		out = append(append(append(out, c...), h.Name...), h.Extra...)
	}
	end := make([]byte, 22)
	le.PutUint32(end, 0x06054b50)
	le.PutUint16(end[8:], uint16(len(headers)))
	le.PutUint16(end[10:], uint16(len(headers)))
	le.PutUint32(end[12:], uint32(len(out)-start))
	le.PutUint32(end[16:], uint32(start))
	return append(out, end...)
}

func TestDamagedArchives(t *testing.T) {
	whole := zipped(t, entry{name: "a", data: strings.Repeat("hello ", 1000)}, entry{name: "b", data: "hello", stored: true})
	wrong := bytes.Clone(whole)
	wrong[bytes.Index(wrong, []byte("hello"))] = 'J'
	header := func(change func(*zip.FileHeader)) []byte {
		h := zip.FileHeader{Name: "a", CompressedSize64: 5, UncompressedSize64: 5, CRC32: crc32.ChecksumIEEE([]byte("hello"))}
		change(&h)
		return handmade([]byte("hello"), h, zip.FileHeader{Name: "b", CompressedSize64: 5, UncompressedSize64: 5})
	}
	aes := func(extra string) []byte {
		return header(func(h *zip.FileHeader) { h.Flags, h.Method, h.Extra = 1, 99, []byte(extra) })
	}
	tests := []struct {
		name string
		data []byte
		want []string
	}{
		{"the end is missing", whole[:len(whole)-30], []string{"a.zip: zip.corrupt"}},
		{"the beginning is all there is", whole[:4], []string{"a.zip: zip.corrupt"}},
		{"an end that leads nowhere", []byte("PK\x05\x06" + strings.Repeat("\xff", 18)), []string{"a.zip: zip.corrupt"}},
		{"a wrong checksum", wrong, []string{"a.zip!a = 6000 bytes", "a.zip!b = Jello, zip.corrupt"}},
		{"as it should be", header(func(*zip.FileHeader) {}), []string{"a.zip!a = hello", "a.zip!b = hello"}},
		{"a promise of more", header(func(h *zip.FileHeader) { h.UncompressedSize64 = 6 }), []string{"a.zip!a = hello, zip.corrupt", "a.zip!b = hello"}},
		{"a promise of less", header(func(h *zip.FileHeader) { h.UncompressedSize64 = 4 }), []string{"a.zip!a = hello, zip.corrupt", "a.zip!b = hello"}},
		{"beyond the end", header(func(h *zip.FileHeader) { h.CompressedSize64 = 1 << 30 }), []string{"a.zip!a: zip.corrupt", "a.zip!b = hello"}},
		{"nothing that could be unpacked", header(func(h *zip.FileHeader) { h.Method = zip.Deflate }), []string{"a.zip!a = zip.corrupt", "a.zip!b = hello"}},
		{"a method of another program", header(func(h *zip.FileHeader) { h.Method = 93 }), []string{"a.zip!a: zip.method", "a.zip!b = hello"}},
		{"strong encryption", header(func(h *zip.FileHeader) { h.Flags = 1 | 1<<6 }), []string{"a.zip!a: zip.method", "a.zip!b = hello"}},
		{"too short for ZipCrypto", header(func(h *zip.FileHeader) { h.Flags = 1 }), []string{"a.zip!a: zip.corrupt", "a.zip!b = hello"}},
		{"AES that does not say how", aes(""), []string{"a.zip!a: zip.corrupt", "a.zip!b = hello"}},
		{"AES whose field is short", aes("\x01\x99\x01\x00\x01"), []string{"a.zip!a: zip.corrupt", "a.zip!b = hello"}},
		{"AES whose field is cut", aes("\x01\x99\x07\x00\x01"), []string{"a.zip!a: zip.corrupt", "a.zip!b = hello"}},
		{"AES of the future", aes("\x01\x99\x07\x00\x03\x00AE\x03\x00\x00"), []string{"a.zip!a: zip.method", "a.zip!b = hello"}},
		{"AES that is too short", aes("\x01\x99\x07\x00\x02\x00AE\x03\x00\x00"), []string{"a.zip!a: zip.corrupt", "a.zip!b = hello"}},
		{"a link", header(func(h *zip.FileHeader) { h.SetMode(os.ModeSymlink | 0o777) }), []string{"a.zip!a = hello", "a.zip!b = hello"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree(t)
			must(t, os.WriteFile("a.zip", tt.data, 0o644))
			ask := func(context.Context, string) ([]byte, error) { return []byte("secret"), nil }
			if got := contents(t, source.Options{Password: ask}, "a.zip"); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
	t.Run("the rest goes on", func(t *testing.T) {
		tree(t, "b")
		must(t, os.WriteFile("a.zip", whole[:len(whole)-30], 0o644))
		if got, want := contents(t, source.Options{}, "a.zip", "b"), []string{"a.zip: zip.corrupt", "b = content of b"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("links of Unix are left out", func(t *testing.T) {
		tree(t)
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		h := &zip.FileHeader{Name: "link"}
		h.SetMode(os.ModeSymlink | 0o777)
		f, err := w.CreateHeader(h)
		must(t, err)
		_, err = io.WriteString(f, "/etc/passwd")
		must(t, err)
		must(t, w.Close())
		must(t, os.WriteFile("a.zip", b.Bytes(), 0o644))
		if got := contents(t, source.Options{}, "a.zip"); got != nil {
			t.Errorf("got %q", got)
		}
	})
	t.Run("that changes while it is read", func(t *testing.T) {
		tree(t)
		must(t, os.WriteFile("a.zip", whole, 0o644))
		for it := range source.Walk(t.Context(), []string{"a.zip"}, source.Options{}) {
			must(t, os.WriteFile("a.zip", append(whole, ' '), 0o644))
			_, err := it.Open(t.Context())
			if !errors.Is(err, source.ErrChanged) || finding.CodeOf(err) != finding.Unreadable {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("that goes away", func(t *testing.T) {
		tree(t)
		must(t, os.WriteFile("a.zip", whole, 0o644))
		items := slices.Collect(source.Walk(t.Context(), []string{"a.zip"}, source.Options{}))
		must(t, os.Remove("a.zip"))
		if _, err := items[0].Open(t.Context()); finding.CodeOf(err) != finding.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

func TestArchiveLimits(t *testing.T) {
	nest := func(levels int) []byte {
		data := zipped(t, entry{name: "x", data: "bottom"})
		for range levels - 1 {
			data = zipped(t, entry{name: "z.zip", data: string(data)}, entry{name: "z", data: "beside"})
		}
		return data
	}
	zeros := strings.Repeat("\x00", 4<<20)
	small := strings.Repeat("0123456789", 100)
	body := zipped(t, entry{name: "x", data: zeros})
	bomb := body[31 : 31+int(binary.LittleEndian.Uint32(body[bytes.Index(body, []byte("PK\x01\x02"))+20:]))]
	var overlapping []zip.FileHeader
	for i := range 20 {
		overlapping = append(overlapping, zip.FileHeader{
			Name: fmt.Sprintf("%02d", i), Method: zip.Deflate,
			CompressedSize64: uint64(len(bomb)), UncompressedSize64: uint64(len(zeros)), CRC32: crc32.ChecksumIEEE([]byte(zeros)),
		})
	}
	tests := []struct {
		name   string
		data   []byte
		limits source.Limits
		want   []string
	}{
		{"as many levels as the limit", nest(3), source.Limits{}, []string{"a.zip!z = beside", "a.zip!z.zip!z = beside", "a.zip!z.zip!z.zip!x = bottom"}},
		{"more levels", nest(5), source.Limits{}, []string{"a.zip!z = beside", "a.zip!z.zip!z = beside", "a.zip!z.zip!z.zip!z = beside", "a.zip!z.zip!z.zip!z.zip: zip.limit"}},
		{"one level", nest(2), source.Limits{MaxNesting: 1}, []string{"a.zip!z = beside", "a.zip!z.zip: zip.limit"}},
		{"as many members as the limit", nest(2), source.Limits{MaxEntries: 3}, []string{"a.zip!z = beside", "a.zip!z.zip!x = bottom"}},
		{"more members, in the archive within", nest(2), source.Limits{MaxEntries: 2}, []string{"a.zip!z = beside", "a.zip!z.zip: zip.limit"}},
		{"more members", nest(2), source.Limits{MaxEntries: 1}, []string{"a.zip: zip.limit"}},
		{"a member that unpacks to much", zipped(t, entry{name: "a", data: zeros}, entry{name: "b", data: small}), source.Limits{}, []string{"a.zip!a = 1081344 bytes, zip.limit", "a.zip!b = 1000 bytes"}},
		{"a member that may", zipped(t, entry{name: "a", data: zeros}), source.Limits{MaxRatio: 2000}, []string{"a.zip!a = 4194304 bytes"}},
		{"a member larger than a file may be", zipped(t, entry{name: "a", data: small}), source.Limits{MaxSize: 999}, []string{"a.zip!a = 999 bytes, file.toolarge"}},
		{"an archive in an archive that is larger", zipped(t, entry{name: "a.zip", data: string(nest(1))}, entry{name: "b", data: "1"}), source.Limits{MaxSize: 100}, []string{"a.zip!a.zip: file.toolarge", "a.zip!b = 1"}},
		{"more bytes altogether", zipped(t, entry{name: "a", data: small}, entry{name: "b", data: small[:200]}), source.Limits{MaxTotal: 1100}, []string{"a.zip!a = 1000 bytes", "a.zip!b = 200 bytes, zip.limit"}},
		{"the bytes of gzip count", zipped(t, entry{name: "a", data: string(packed(small))}), source.Limits{MaxTotal: 900}, []string{"a.zip!a = 1000 bytes, zip.limit"}},
		{"the bytes of an archive within count", zipped(t, entry{name: "a", data: string(zipped(t, entry{name: "b", data: noise(1000), stored: true}))}), source.Limits{MaxTotal: 1000}, []string{"a.zip!a: zip.limit"}},
		{"members that share their bytes", handmade(bomb, overlapping...), source.Limits{MaxRatio: 2000, MaxTotal: 20 << 20}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree(t)
			must(t, os.WriteFile("a.zip", tt.data, 0o644))
			if tt.want != nil {
				if got := contents(t, source.Options{Limits: tt.limits}, "a.zip"); !slices.Equal(got, tt.want) {
					t.Errorf("got  %q\nwant %q", got, tt.want)
				}
				return
			}
			var bytes int64
			for it := range source.Walk(t.Context(), []string{"a.zip"}, source.Options{Limits: tt.limits}) {
				r, err := it.Open(t.Context())
				must(t, err)
				n, err := io.Copy(io.Discard, r)
				must(t, r.Close())
				if bytes += n; err != nil && finding.CodeOf(err) != finding.ZipLimit {
					t.Errorf("%s: %v", it.Name, err)
				}
			}
			if most := tt.limits.MaxTotal + 20*32<<10; bytes < tt.limits.MaxTotal/2 || bytes > most {
				t.Errorf("%d bytes were read; want about %d", bytes, tt.limits.MaxTotal)
			}
		})
	}

	t.Run("the message names the limit", func(t *testing.T) {
		tree(t)
		must(t, os.WriteFile("a.zip", nest(4), 0o644))
		for it := range source.Walk(t.Context(), []string{"a.zip"}, source.Options{}) {
			if it.Err != nil && !strings.HasSuffix(it.Err.Error(), ": archives nest deeper than 3 levels (MaxNesting)") {
				t.Error(it.Err)
			}
		}
	})
	t.Run("standard input is bounded", func(t *testing.T) {
		copies := privateTemp(t)
		in := io.MultiReader(strings.NewReader("PK\x03\x04"), endless{})
		got := contents(t, source.Options{Stdin: in, Limits: source.Limits{MaxTotal: 10 << 20}}, "-")
		if !slices.Equal(got, []string{"-: zip.limit"}) || copies() != 0 {
			t.Errorf("got %q, and %d copies", got, copies())
		}
	})
	t.Run("a directory of millions is not kept", func(t *testing.T) {
		tree(t)
		data := handmade([]byte("x"), make([]zip.FileHeader, 1_000_000)...)
		must(t, os.WriteFile("a.zip", data, 0o644))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := contents(t, source.Options{Limits: source.Limits{MaxEntries: 1000}}, "a.zip")
		runtime.ReadMemStats(&after)
		if !slices.Equal(got, []string{"a.zip: zip.limit"}) {
			t.Errorf("got %q", got)
		}
		if kept := after.TotalAlloc - before.TotalAlloc; kept > 10<<20 {
			t.Errorf("%d bytes were allocated", kept)
		}
	})
	t.Run("a workout that stands still is no bomb", func(t *testing.T) {
		tree(t)
		var tcx strings.Builder
		for i := range 50_000 {
			fmt.Fprintf(&tcx, "          <Trackpoint>\n            <Time>2024-05-01T%02d:%02d:%02d.000Z</Time>\n            <Position>\n              <LatitudeDegrees>47.376886000</LatitudeDegrees>\n"+
				"              <LongitudeDegrees>8.541694000</LongitudeDegrees>\n            </Position>\n            <AltitudeMeters>408.0</AltitudeMeters>\n            <HeartRateBpm>\n              <Value>60</Value>\n"+
				"            </HeartRateBpm>\n          </Trackpoint>\n", i/3600, i/60%60, i%60)
		}
		must(t, os.WriteFile("a.zip", zipped(t, entry{name: "still.tcx", data: tcx.String()}, entry{name: "stuck.tcx", data: strings.Repeat(tcx.String()[:400], 50_000)}), 0o644))
		got := contents(t, source.Options{}, "a.zip")
		if want := []string{fmt.Sprintf("a.zip!still.tcx = %d bytes", tcx.Len()), "a.zip!stuck.tcx = 20000000 bytes"}; !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestPasswords(t *testing.T) {
	text := strings.Repeat("a workout ", 10_000)
	mixed := zipped(t, entry{name: "a", data: "plain"}, entry{name: "b", data: "hidden", password: "secret"}, entry{name: "c", data: "too", password: "secret", with: yeka.StandardEncryption}, entry{name: "d", data: "open"})
	type answer struct {
		password string
		err      error
	}
	tests := []struct {
		name   string
		data   []byte
		answer *answer
		want   []string
		asked  []string
	}{
		{"nothing is asked for a plain archive", zipped(t, entry{name: "a", data: "plain"}), &answer{"secret", nil}, []string{"a.zip!a = plain"}, nil},
		{"AES-256, deflated", zipped(t, entry{name: "a", data: text, password: "secret"}), &answer{"secret", nil}, []string{"a.zip!a = 100000 bytes"}, []string{"a.zip"}},
		{"AES-192, stored", zipped(t, entry{name: "a", data: text, password: "secret", with: yeka.AES192Encryption, stored: true}), &answer{"secret", nil}, []string{"a.zip!a = 100000 bytes"}, []string{"a.zip"}},
		{"AES-128, nothing in it", zipped(t, entry{name: "a", password: "secret", with: yeka.AES128Encryption}), &answer{"secret", nil}, []string{"a.zip!a = "}, []string{"a.zip"}},
		{"ZipCrypto", zipped(t, entry{name: "a", data: text, password: "secret", with: yeka.StandardEncryption}), &answer{"secret", nil}, []string{"a.zip!a = 100000 bytes"}, []string{"a.zip"}},
		{"a password is asked for once", mixed, &answer{"secret", nil}, []string{"a.zip!a = plain", "a.zip!b = hidden", "a.zip!c = too", "a.zip!d = open"}, []string{"a.zip"}},
		{"a wrong one is one error, and the plain members are read", mixed, &answer{"wrong", nil}, []string{"a.zip!a = plain", "a.zip: zip.password.wrong", "a.zip!d = open"}, []string{"a.zip"}},
		{"a wrong one for ZipCrypto", zipped(t, entry{name: "a", data: text, password: "secret", with: yeka.StandardEncryption}, entry{name: "b", data: text, password: "secret", with: yeka.StandardEncryption}), &answer{"wrong", nil}, []string{"a.zip: zip.password.wrong"}, []string{"a.zip"}},
		{"no password", mixed, &answer{"", nil}, []string{"a.zip!a = plain", "a.zip: zip.password.missing", "a.zip!d = open"}, []string{"a.zip"}},
		{"nobody to ask", mixed, nil, []string{"a.zip!a = plain", "a.zip: zip.password.missing", "a.zip!d = open"}, nil},
		{"an error", mixed, &answer{"", errors.New("no terminal")}, []string{"a.zip!a = plain", "a.zip: zip.password.missing", "a.zip!d = open"}, []string{"a.zip"}},
		{"a member with another password", zipped(t, entry{name: "a", data: "1", password: "secret"}, entry{name: "b", data: "2", password: "other"}), &answer{"secret", nil}, []string{"a.zip!a = 1", "a.zip!b = zip.password.wrong"}, []string{"a.zip"}},
		{"an archive in an archive is asked for by its name", zipped(t, entry{name: "b.zip", data: string(mixed), password: "secret"}), &answer{"secret", nil}, []string{"a.zip!b.zip!a = plain", "a.zip!b.zip!b = hidden", "a.zip!b.zip!c = too", "a.zip!b.zip!d = open"}, []string{"a.zip", "a.zip!b.zip"}},
		{"members that are left out are not worth a question", zipped(t, entry{name: ".hidden", data: "1", password: "secret"}, entry{name: "b", data: "2"}), &answer{"secret", nil}, []string{"a.zip!b = 2"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree(t)
			must(t, os.WriteFile("a.zip", tt.data, 0o644))
			var asked []string
			var o source.Options
			if tt.answer != nil {
				o.Password = func(_ context.Context, archive string) ([]byte, error) {
					asked = append(asked, archive)
					return []byte(tt.answer.password), tt.answer.err
				}
			}
			if got := contents(t, o, "a.zip"); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if !slices.Equal(asked, tt.asked) {
				t.Errorf("asked for %q; want %q", asked, tt.asked)
			}
		})
	}
	t.Run("the question heeds the context", func(t *testing.T) {
		tree(t)
		must(t, os.WriteFile("a.zip", mixed, 0o644))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []string
		for it := range source.Walk(ctx, []string{"a.zip"}, source.Options{Password: func(ctx context.Context, _ string) ([]byte, error) {
			cancel()
			return nil, ctx.Err()
		}}) {
			got = append(got, it.Name)
		}
		if !slices.Equal(got, []string{"a.zip!a"}) {
			t.Errorf("got %q", got)
		}
	})
}

// Archives that other programs made: WinZip (from the tests of yeka/zip), and
// Info-ZIP from a file and from a pipe.
func TestPasswordsOfOtherPrograms(t *testing.T) {
	for name, tt := range map[string]struct{ data, want string }{
		"WinZip, AES-256": {
			data: "UEsDBDMAAQBjALa0WkcAAAAAKQAAAA0AAAAJAAsAaGVsbG8udHh0AZkHAAIAQUUDAAAJibRjBr2PgpOjiWE9uCbRo+bguods0Ram" +
				"35HPf4oUuJ8j45nLF9VlGlBLAQI/ADMAAQBjALa0WkcAAAAAKQAAAA0AAAAJAC8AAAAAAAAAIAAAAAAAAABoZWxsby50eHQKACAA" +
				"AAAAAAEAGAB1wLLWaBDRAbo31dFoENEBujfV0WgQ0QEBmQcAAgBBRQMAAFBLBQYAAAAAAQABAGYAAABbAAAAAAA=",
			want: "a.zip!hello.txt = Hello World\r\n",
		},
		"Info-ZIP, ZipCrypto": {
			data: "UEsDBBQACQAIAAAwoVi6T3n6IQAAAB0AAAALAAAAd2l0bmVzcy50eHSES+feimNiBGaIB9HFMX8RINXczN9c1WP6//ixeqUJi4hQ" +
				"SwcIuk95+iEAAAAdAAAAUEsBAh4DFAAJAAgAADChWLpPefohAAAAHQAAAAsAAAAAAAAAAQAAAKSBAAAAAHdpdG5lc3MudHh0UEsF" +
				"BgAAAAABAAEAOQAAAFoAAAAAAA==",
			want: "a.zip!witness.txt = typed by hand, typed by hand\n",
		},
		"Info-ZIP, from a pipe": {
			data: "UEsDBC0ACQAAAJdadV1jGyLZ//////////8BABQALQEAEAAIAAAAAAAAABQAAAAAAAAA2wdCMQTvjse0ohoa1TR1lL9Bii5QSwcI" +
				"Yxsi2RQAAAAAAAAACAAAAAAAAABQSwECHgMtAAkAAACXWnVdYxsi2RQAAAAIAAAAAQAAAAAAAAABAAAAgBEAAAAALVBLBgYsAAAA" +
				"AAAAAB4DLQAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAAAvAAAAAAAAAF8AAAAAAAAAUEsGBwAAAACOAAAAAAAAAAEAAABQSwUGAAAA" +
				"AAEAAQAvAAAAXwAAAAAA",
			want: "a.zip!- = streamed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tree(t)
			data, err := base64.StdEncoding.DecodeString(tt.data)
			must(t, err)
			must(t, os.WriteFile("a.zip", data, 0o644))
			ask := func(password string) source.Options {
				return source.Options{Password: func(context.Context, string) ([]byte, error) { return []byte(password), nil }}
			}
			if got := contents(t, ask("golang"), "a.zip"); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
			if got := contents(t, ask("gopher"), "a.zip"); !slices.Equal(got, []string{"a.zip: zip.password.wrong"}) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestDamageInEncryptedMembers(t *testing.T) {
	ask := source.Options{Password: func(context.Context, string) ([]byte, error) { return []byte("secret"), nil }}
	text := noise(50)
	for name, e := range map[string]entry{ // what yeka stores with ZipCrypto has a wrong size
		"AES, stored":         {stored: true},
		"AES, deflated":       {},
		"ZipCrypto, deflated": {with: yeka.StandardEncryption},
	} {
		t.Run(name, func(t *testing.T) {
			e.name, e.data, e.password = "a", text, "secret"
			data := zipped(t, e)
			le := binary.LittleEndian
			start, end := 31+int(le.Uint16(data[28:])), bytes.LastIndex(data, []byte("PK\x07\x08"))
			salt := 18
			if e.with != 0 {
				salt = 12
			}
			tree(t)
			must(t, os.WriteFile("a.zip", data, 0o644))
			if got := contents(t, ask, "a.zip"); !slices.Equal(got, []string{"a.zip!a = " + text}) {
				t.Fatalf("whole: %q", got)
			}
			for at := start + salt; at < end; at++ {
				tree(t)
				broken := bytes.Clone(data)
				broken[at] ^= 1
				must(t, os.WriteFile("a.zip", broken, 0o644))
				it := first(t, t.Context(), ask, "a.zip")
				r, err := it.Open(t.Context())
				var b []byte
				if err == nil {
					b, err = io.ReadAll(r)
					must(t, r.Close())
				}
				if err == nil && string(b) == text && e.with != 0 {
					continue // unused bits at the end, which nothing protects there
				}
				if finding.CodeOf(err) != finding.ZipCorrupt {
					t.Fatalf("byte %d of %d: %v", at, end, err)
				}
			}
		})
	}
}

func TestCopiesGoWhenNobodyNeedsThem(t *testing.T) {
	large := zipped(t, entry{name: "a", data: noise(source.InMemory)}, entry{name: "b", data: "1"}, entry{name: "c", data: "2"})
	ctx := func(t *testing.T) (context.Context, context.CancelFunc) {
		t.Helper()
		c, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		return c, cancel
	}
	stdin := func() source.Options { return source.Options{Stdin: bytes.NewReader(large)} }
	here := 1 // copies that can be seen while there is one
	if runtime.GOOS != "linux" {
		here = 0
		if runtime.GOOS == "windows" {
			here = 1
		}
	}

	t.Run("when the last member is closed", func(t *testing.T) {
		copies := privateTemp(t)
		c, _ := ctx(t)
		items := slices.Collect(source.Walk(c, []string{"-"}, stdin()))
		var open []io.Closer
		for _, it := range items {
			r, err := it.Open(c)
			must(t, err)
			open = append(open, r)
		}
		for i, r := range open {
			if copies() != here {
				t.Errorf("%d copies while a member is open", copies())
			}
			must(t, r.Close())
			if i == 0 {
				_ = r.Close() // the second time counts for nothing
			}
		}
		if copies() != 0 {
			t.Errorf("%d copies are left", copies())
		}
		if _, err := items[1].Open(c); !errors.Is(err, source.ErrGone) || finding.CodeOf(err) != finding.Unreadable {
			t.Errorf("a second Open returned %v", err)
		}
	})
	t.Run("when the others are released", func(t *testing.T) {
		copies := privateTemp(t)
		c, _ := ctx(t)
		items := slices.Collect(source.Walk(c, []string{"-"}, stdin()))
		items[0].Release()
		items[0].Release()
		items[2].Release()
		if copies() != here {
			t.Errorf("%d copies while a member may be opened", copies())
		}
		if got := read(t, items[1]); got != "-!b = 1" {
			t.Error(got)
		}
		if copies() != 0 {
			t.Errorf("%d copies are left", copies())
		}
	})
	t.Run("when the walk is broken off, and the context ends", func(t *testing.T) {
		copies := privateTemp(t)
		c, cancel := ctx(t)
		for it := range source.Walk(c, []string{"-"}, stdin()) {
			_ = it
			break
		}
		cancel()
		soon(t, "a copy is left", func() bool { return copies() == 0 })
	})
	t.Run("when the context ends within the walk", func(t *testing.T) {
		copies := privateTemp(t)
		c, cancel := ctx(t)
		n := 0
		for range source.Walk(c, []string{"-"}, stdin()) {
			n++
			cancel()
		}
		if n != 1 {
			t.Errorf("%d items", n)
		}
		soon(t, "a copy is left", func() bool { return copies() == 0 })
	})
	t.Run("when the context ends, but for who reads", func(t *testing.T) {
		copies := privateTemp(t)
		c, cancel := ctx(t)
		items := slices.Collect(source.Walk(c, []string{"-"}, stdin()))
		r, err := items[0].Open(t.Context())
		must(t, err)
		cancel()
		time.Sleep(10 * time.Millisecond)
		if n, err := io.Copy(io.Discard, r); n != source.InMemory || err != nil {
			t.Errorf("read %d bytes, %v", n, err)
		}
		must(t, r.Close())
		soon(t, "a copy is left", func() bool { return copies() == 0 })
		if _, err := items[1].Open(t.Context()); !errors.Is(err, source.ErrGone) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when the context ends while it is made", func(t *testing.T) {
		copies := privateTemp(t)
		before := runtime.NumGoroutine()
		c, cancel := ctx(t)
		in, w := io.Pipe()
		go func() {
			_, _ = w.Write(large[:source.InMemory+100_000]) // the reader leaves early
			cancel()
		}()
		for it := range source.Walk(c, []string{"-"}, source.Options{Stdin: in}) {
			t.Errorf("item %q, %v", it.Name, it.Err)
		}
		if copies() != 0 {
			t.Errorf("%d copies are left", copies())
		}
		must(t, w.Close())
		soon(t, "goroutines are left", func() bool { return runtime.NumGoroutine() <= before })
	})
	t.Run("archives in archives one after the other", func(t *testing.T) {
		copies := privateTemp(t)
		tree(t)
		must(t, os.WriteFile("a.zip", zipped(t, entry{name: "1.zip", data: string(large), stored: true}, entry{name: "2.zip", data: string(large), stored: true}, entry{name: "3.zip", data: string(large), stored: true}), 0o644))
		c, _ := ctx(t)
		n := 0
		for it := range source.Walk(c, []string{"a.zip"}, source.Options{}) {
			read(t, it)
			if copies() > here {
				t.Errorf("%d copies at %s", copies(), it.Name)
			}
			n++
		}
		if n != 9 || copies() != 0 {
			t.Errorf("%d items, %d copies", n, copies())
		}
	})
}

func TestAnArchiveOnTheDiskHoldsNothingOpen(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("asks Linux which files are open")
	}
	tree(t)
	must(t, os.WriteFile("a.zip", zipped(t, entry{name: "a", data: "1"}, entry{name: "b", data: "2"}), 0o644))
	open := func() int {
		fds, err := os.ReadDir("/proc/self/fd")
		must(t, err)
		return len(fds)
	}
	before := open()
	items := slices.Collect(source.Walk(t.Context(), []string{"a.zip", "a.zip"}, source.Options{}))
	first(t, t.Context(), source.Options{}, "a.zip") // breaks off
	if n := open(); n != before {
		t.Errorf("%d files are open; there were %d", n, before)
	}
	for range 2 { // as often as one likes
		if got := read(t, items[0]); got != "a.zip!a = 1" {
			t.Error(got)
		}
	}
	if n := open(); n != before {
		t.Errorf("%d files are open; there were %d", n, before)
	}
}

func TestMembersAreReadAtTheSameTime(t *testing.T) {
	tree(t)
	var entries []entry
	for i := range 40 {
		entries = append(entries, entry{name: fmt.Sprintf("%02d", i), data: strings.Repeat(fmt.Sprint(i), 50_000), password: []string{"", "secret"}[i%2], with: yeka.EncryptionMethod(i / 2 % 3)})
	}
	data := zipped(t, entries...)
	must(t, os.WriteFile("a.zip", zipped(t, entry{name: "b.zip", data: string(data) + noise(source.InMemory)[:0]}), 0o644))
	o := source.Options{Password: func(context.Context, string) ([]byte, error) { return []byte("secret"), nil }}
	done := make(chan error)
	n := 0
	for it := range source.Walk(t.Context(), []string{"a.zip"}, o) {
		n++
		go func() {
			r, err := it.Open(t.Context())
			if err == nil {
				defer r.Close()
				_, err = io.Copy(io.Discard, r)
			}
			done <- err
		}()
	}
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n != 40 {
		t.Errorf("%d items", n)
	}
}

// Whatever an archive says: no panic, an end, no more bytes than the limits,
// errors that have a code, names that stay where they belong and are distinct,
// and the same at the second try.
func FuzzZip(f *testing.F) {
	inner := zipped(f, entry{name: "../c", data: "deep"})
	for _, data := range [][]byte{
		[]byte("PK\x03\x04"), []byte("PK\x05\x06"), zipped(f),
		zipped(f, entry{name: "a", data: "hello"}, entry{name: "a", data: "hello", stored: true}, entry{name: "b.gz", data: string(packed("hello"))}),
		zipped(f, entry{name: "b.zip", data: string(inner)}, entry{name: `C:\nul`, data: "x"}),
		zipped(f, entry{name: "a", data: "1", password: "secret"}, entry{name: "b", data: "2", password: "secret", with: yeka.StandardEncryption}),
		packed(string(inner)),
		handmade([]byte("hello"), zip.FileHeader{Name: "a", CompressedSize64: 5, UncompressedSize64: 5}, zip.FileHeader{Name: "a", Method: 8, CompressedSize64: 5, UncompressedSize64: 9}),
		zipped(f, entry{name: "a", data: strings.Repeat("0", 1<<17)}),
	} {
		f.Add(data)
	}
	const most = 1 << 16
	limits := source.Limits{MaxSize: most, MaxEntries: 50, MaxTotal: 4 * most, MaxRatio: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Decoding.Hold(t)()
		pass := func() (lines []string) {
			asked := map[string]bool{}
			o := source.Options{Stdin: bytes.NewReader(data), Limits: limits, Password: func(_ context.Context, archive string) ([]byte, error) {
				if asked[archive] {
					t.Fatalf("%q was asked for twice", archive)
				}
				asked[archive] = true
				return []byte("secret"), nil
			}}
			names, total := map[string]bool{}, 0
			for it := range source.Walk(t.Context(), []string{"-"}, o) {
				if rel := it.Rel(); !filepath.IsLocal(filepath.FromSlash(rel)) || strings.ContainsAny(rel, "\\:\x00") {
					t.Fatalf("%q leads out", rel)
				}
				line := it.Name
				err := it.Err
				if err == nil {
					if names[it.Name] {
						t.Fatalf("%q was delivered twice", it.Name)
					}
					names[it.Name] = true
					var r io.ReadCloser
					if r, err = it.Open(t.Context()); err == nil {
						var b []byte
						b, err = io.ReadAll(r)
						check(t, r.Close())
						if len(b) > most {
							t.Fatalf("%d bytes of one file", len(b))
						}
						total += len(b)
						line += fmt.Sprintf(" %x", crc32.ChecksumIEEE(b))
					}
				}
				if fail := (*finding.Failure)(nil); err != nil && !errors.As(err, &fail) {
					t.Fatalf("error without a code: %v (%T)", err, err)
				}
				if err != nil {
					line += " " + err.Error()
				}
				lines = append(lines, line)
			}
			// What is beyond the limit is noticed at the end of a read.
			if len(lines) > 2*50+2 || total > 4*most+50*(32<<10) {
				t.Fatalf("%d items, %d bytes", len(lines), total)
			}
			return lines
		}
		if one, two := pass(), pass(); !slices.Equal(one, two) {
			t.Fatalf("first %q, then %q", one, two)
		}
	})
}
