package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/source"
)

// packed returns a gzip member.
func packed(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// content opens the first item of a path and reads all of it.
func content(t *testing.T, ctx context.Context, o source.Options, path string) (string, error) { //nolint:revive // t goes first
	t.Helper()
	r, err := first(t, ctx, o, path).Open(ctx)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// first returns the first item of a path.
func first(t *testing.T, ctx context.Context, o source.Options, path string) source.Item { //nolint:revive // t goes first
	t.Helper()
	for it := range source.Walk(ctx, []string{path}, o) {
		return it
	}
	t.Fatal("no item")
	return source.Item{}
}

func TestOpen(t *testing.T) {
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	long := strings.Repeat("a workout is more than its numbers. ", 20_000)
	zipped := packed(long)
	flipped := bytes.Clone(packed("hello"))
	flipped[len(flipped)-6] ^= 1 // in the checksum
	broken := bytes.Clone(zipped)
	for i := len(broken) / 2; i < len(broken)-8; i++ {
		broken[i] ^= 0xa5
	}

	tests := []struct {
		name string
		data []byte
		max  int64
		want string       // what is read
		code finding.Code // of the error after it; empty for none
		head bool         // want is only how it begins
	}{
		{name: "a plain file is read as it is", data: []byte("hello"), want: "hello"},
		{name: "an empty file has no bytes and no error", data: nil, want: ""},
		{name: "a file of one byte is plain", data: []byte{0x1f}, want: "\x1f"},
		{name: "gzip is unpacked", data: packed("hello"), want: "hello"},
		{name: "an empty member is an empty file", data: packed(""), want: ""},
		{name: "members that follow each other are one file", data: join(packed("one "), packed(""), packed("two "), packed("three")), want: "one two three"},
		{name: "zeros behind a member are padding", data: join(packed("hello"), make([]byte, 512)), want: "hello"},
		{name: "anything else behind a member is ignored", data: join(packed("hello"), []byte("\n<!-- served by -->")), want: "hello"},
		{name: "half a magic number behind a member is ignored", data: join(packed("hello"), []byte{0x1f}), want: "hello"},
		{name: "gzip in gzip is unpacked once", data: packed(string(packed("hello"))), want: string(packed("hello"))},
		{name: "a gzip file that ends early gives what came before", data: zipped[:len(zipped)/2], want: long[:1000], head: true, code: finding.GzipTruncated},
		{name: "a gzip file that ends before its checksum gives everything", data: zipped[:len(zipped)-8], want: long, code: finding.GzipTruncated},
		{name: "a gzip file that ends in its header gives nothing", data: zipped[:5], want: "", code: finding.GzipTruncated},
		{name: "a second member that ends early gives the first", data: join(packed("one "), packed("two")[:10]), want: "one ", code: finding.GzipTruncated},
		{name: "a wrong checksum is a damage", data: flipped, want: "hello", code: finding.BadGzip},
		{name: "data that cannot be unpacked is a damage, behind what could", data: broken, want: long[:1000], head: true, code: finding.BadGzip},
		{name: "a header that is no gzip is a damage", data: []byte("\x1f\x8b and then some text"), want: "", code: finding.BadGzip},
		{name: "a file as large as the limit is read", data: []byte("12345"), max: 5, want: "12345"},
		{name: "a larger file is cut at the limit", data: []byte("123456"), max: 5, want: "12345", code: finding.TooLarge},
		{name: "unpacked bytes count", data: packed("123456"), max: 5, want: "12345", code: finding.TooLarge},
		{name: "a packed file as large as the limit is read", data: packed("12345"), max: 5, want: "12345"},
		{name: "a packed file that ends early at the limit says so", data: packed("12345")[:18], max: 5, want: "12345", code: finding.GzipTruncated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree(t)
			must(t, os.WriteFile("file.tcx.gz", tt.data, 0o644))
			for from, path := range map[string]string{"from a file": "file.tcx.gz", "from standard input": "-"} {
				o := source.Options{
					// The worst that a reader may do: a byte at a time.
					Stdin:  iotest.OneByteReader(bytes.NewReader(tt.data)),
					Limits: source.Limits{MaxSize: tt.max},
				}
				got, err := content(t, t.Context(), o, path)
				if got != tt.want && (!tt.head || !strings.HasPrefix(got, tt.want)) {
					t.Errorf("%s: read %.80q; want %.80q", from, got, tt.want)
				}
				var f *finding.Failure
				switch {
				case tt.code == "" && err != nil:
					t.Errorf("%s: %v", from, err)
				case tt.code != "" && !errors.As(err, &f):
					t.Errorf("%s: error %v (%T); want a Failure", from, err, err)
				case tt.code != "" && (f.Finding.Code != tt.code || f.Finding.Place != finding.AtByte(int64(len(got)))):
					t.Errorf("%s: %s at %s; want %s at the end of what was read, byte %d", from, f.Finding.Code, f.Finding.Place, tt.code, len(got))
				}
			}
		})
	}
}

func TestOpenBoundsABomb(t *testing.T) {
	tree(t)
	f, err := os.Create("bomb.gz")
	must(t, err)
	w, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	must(t, err)
	zeros := make([]byte, 1<<20)
	for range 16 { // 16 MiB in 16 KiB
		_, err := w.Write(zeros)
		must(t, err)
	}
	must(t, w.Close())
	must(t, f.Close())

	got, err := content(t, t.Context(), source.Options{Limits: source.Limits{MaxSize: 3 << 20}}, "bomb.gz")
	if len(got) != 3<<20 || finding.CodeOf(err) != finding.TooLarge {
		t.Errorf("read %d bytes, then %v; want 3 MiB, then the limit", len(got), err)
	}
	if want := "the file is larger than the limit: 3 MiB (byte 3145728)"; err.Error() != want {
		t.Errorf("message %q; want %q", err, want)
	}
}

func TestErrorsStay(t *testing.T) {
	tree(t)
	must(t, os.WriteFile("cut.gz", packed("hello")[:15], 0o644))
	r, err := first(t, t.Context(), source.Options{}, "cut.gz").Open(t.Context())
	must(t, err)
	defer r.Close()
	_, before := io.ReadAll(r)
	n, after := r.Read(make([]byte, 8))
	if before == nil || n != 0 || !errors.Is(after, before) {
		t.Errorf("first %v, then %d bytes and %v; want the same error again", before, n, after)
	}
}

func TestOpenOfWhatWentAwayOrChanged(t *testing.T) {
	tree(t, "gone", "folder")
	for it := range source.Walk(t.Context(), []string{"gone", "folder"}, source.Options{}) {
		must(t, os.Remove(it.Name))
		want := finding.NotFound
		if it.Name == "folder" {
			must(t, os.Mkdir("folder", 0o755))
			want = finding.Unreadable
		}
		_, err := it.Open(t.Context())
		if err == nil || finding.CodeOf(err) != want {
			t.Errorf("%s: %v; want %s", it.Name, err, want)
		}
	}
}

func TestItemMadeByHand(t *testing.T) {
	tree(t, "a")
	r, err := source.Item{Name: "a"}.Open(t.Context())
	must(t, err)
	defer r.Close()
	if b, err := io.ReadAll(r); string(b) != "content of a" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	if _, err := (source.Item{Name: "-"}).Open(t.Context()); !errors.Is(err, source.ErrNoStdin) {
		t.Errorf("got %v; want ErrNoStdin", err)
	}
}

func TestStandardInput(t *testing.T) {
	t.Run("is read where - stands", func(t *testing.T) {
		tree(t, "a")
		var got []string
		for it := range source.Walk(t.Context(), []string{"a", "-", "a"}, source.Options{Stdin: strings.NewReader("typed")}) {
			r, err := it.Open(t.Context())
			must(t, err)
			b, err := io.ReadAll(r)
			must(t, err)
			must(t, r.Close())
			got = append(got, string(b))
		}
		if s := strings.Join(got, ", "); s != "content of a, typed, content of a" {
			t.Error(s)
		}
	})
	t.Run("can be read only once", func(t *testing.T) {
		for it := range source.Walk(t.Context(), []string{"-"}, source.Options{Stdin: strings.NewReader("typed")}) {
			_, first := it.Open(t.Context())
			_, second := it.Open(t.Context())
			if first != nil || !errors.Is(second, source.ErrStdinTaken) {
				t.Errorf("first %v, second %v", first, second)
			}
		}
	})
	t.Run("that is not there is an error", func(t *testing.T) {
		_, err := content(t, t.Context(), source.Options{}, "-")
		if !errors.Is(err, source.ErrNoStdin) || finding.CodeOf(err) != finding.Unreadable {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that fails is an error with its cause", func(t *testing.T) {
		broken := errors.New("the line is dead")
		got, err := content(t, t.Context(), source.Options{Stdin: io.MultiReader(strings.NewReader("some"), iotest.ErrReader(broken))}, "-")
		if got != "some" || !errors.Is(err, broken) || finding.CodeOf(err) != finding.Unreadable {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("whose connection breaks within gzip is no truncated file", func(t *testing.T) {
		in := io.MultiReader(bytes.NewReader(packed("hello")[:14]), iotest.ErrReader(io.ErrUnexpectedEOF))
		if _, err := content(t, t.Context(), source.Options{Stdin: in}, "-"); finding.CodeOf(err) != finding.Unreadable || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v; want file.unreadable", err)
		}
	})
	t.Run("where nobody types ends the walk with the context", func(t *testing.T) {
		silent, w := io.Pipe()
		defer w.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		for it := range source.Walk(ctx, []string{"-"}, source.Options{Stdin: silent}) {
			t.Errorf("item %q", it.Name)
		}
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Error("the walk ended before")
		}
	})
	t.Run("where nobody types any more ends with the context of Open", func(t *testing.T) {
		silent, w := io.Pipe()
		defer w.Close()
		go io.WriteString(w, "some") //nolint:errcheck // the reader notices
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		r, err := first(t, t.Context(), source.Options{Stdin: silent}, "-").Open(ctx)
		must(t, err)
		b, err := io.ReadAll(r)
		if string(b) != "some" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %q, %v", b, err)
		}
	})
	t.Run("comes whole where the sequence is gone through twice", func(t *testing.T) {
		seq := source.Walk(t.Context(), []string{"-"}, source.Options{Stdin: strings.NewReader("typed")})
		for range seq {
			continue
		}
		for it := range seq {
			r, err := it.Open(t.Context())
			must(t, err)
			if b, err := io.ReadAll(r); string(b) != "typed" || err != nil {
				t.Errorf("got %q, %v", b, err)
			}
		}
	})
}

func TestReadAfterCancellation(t *testing.T) {
	tree(t)
	must(t, os.WriteFile("plain", bytes.Repeat([]byte("x"), 1<<20), 0o644))
	must(t, os.WriteFile("packed", packed(strings.Repeat("x", 1<<20)), 0o644))
	for _, name := range []string{"plain", "packed"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			it := first(t, ctx, source.Options{}, name)
			r, err := it.Open(ctx)
			must(t, err)
			defer r.Close()
			if _, err := r.Read(make([]byte, 10)); err != nil {
				t.Error(err)
			}
			cancel()
			if n, err := r.Read(make([]byte, 10)); n != 0 || err != context.Canceled { //nolint:errorlint // promised bare
				t.Errorf("got %d bytes, %v; want none, and the context's error as it is", n, err)
			}
			if _, err := it.Open(ctx); err != context.Canceled { //nolint:errorlint // promised bare
				t.Errorf("Open returned %v", err)
			}
		})
	}
}

// Whatever the bytes are: no panic, no more output than the limit, an error
// that has a code, and the same bytes at the second try.
func FuzzGzip(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("plain"))
	f.Add(packed("hello"))
	f.Add(append(packed("one"), packed("two")...))
	f.Add(append(packed("one"), 0, 0, 0))
	f.Add(packed("hello")[:14])
	f.Add([]byte("\x1f\x8b\x08\x1c\x00\x00\x00\x00\x00\x03\xff\xff"))
	f.Add(packed(strings.Repeat("0", 1<<16)))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Decoding.Hold(t)()
		const limit = 4096
		o := source.Options{Stdin: bytes.NewReader(data), Limits: source.Limits{MaxSize: limit}}
		got, err := content(t, t.Context(), o, "-")
		if len(got) > limit {
			t.Fatalf("%d bytes beyond a limit of %d", len(got), limit)
		}
		if fail := (*finding.Failure)(nil); err != nil && !errors.As(err, &fail) {
			t.Fatalf("error without a code: %v (%T)", err, err)
		}
		if !bytes.HasPrefix(data, []byte("\x1f\x8b")) && got != string(data[:min(len(data), limit)]) {
			t.Fatal("plain bytes were changed")
		}
		o.Stdin = iotest.HalfReader(bytes.NewReader(data))
		again, err2 := content(t, t.Context(), o, "-")
		if again != got || (err == nil) != (err2 == nil) || finding.CodeOf(err) != finding.CodeOf(err2) {
			t.Fatalf("the second try gave %d bytes, %v; the first %d, %v", len(again), err2, len(got), err)
		}
	})
}
