package load_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/source"
)

// lines is a codec for tests: each whole line of a file that begins with
// "lines" is an activity of that name.
var lines = load.Codec{
	Format: "lines",
	Sniff:  func(head []byte) bool { return bytes.HasPrefix(head, []byte("lines\n")) },
	Decode: func(_ context.Context, r io.Reader, _ load.Options) (f activity.File, err error) {
		b, err := io.ReadAll(r)
		for line := range strings.Lines(string(b)) {
			if name, whole := strings.CutSuffix(line, "\n"); whole && name != "lines" {
				f.Activities = append(f.Activities, activity.Activity{Name: name})
			}
		}
		return f, err
	},
}

func packed(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// file writes a file and returns the item of a walk for it.
func file(t *testing.T, data []byte, o source.Options) source.Item {
	t.Helper()
	path := filepath.Join(t.TempDir(), "workout")
	must(t, os.WriteFile(path, data, 0o644))
	return item(t, path, o)
}

func item(t *testing.T, path string, o source.Options) source.Item {
	t.Helper()
	for it := range source.Walk(t.Context(), []string{path}, o) {
		return it
	}
	t.Fatal("no item")
	return source.Item{}
}

func activityNames(f activity.File) []string {
	var out []string
	for _, a := range f.Activities {
		out = append(out, a.Name)
	}
	return out
}

func TestFileReads(t *testing.T) {
	text := []byte("lines\n")
	for i := range 10_000 {
		text = fmt.Appendf(text, "workout %d\n", i*i)
	}
	many := string(text)
	wrong := packed("lines\nrun\n")
	wrong[len(wrong)-8] ^= 1 // in the checksum
	tests := []struct {
		name     string
		data     []byte
		want     int // activities; at least so many where findings are wanted
		findings []finding.Code
	}{
		{name: "a plain file", data: []byte("lines\nrun\nride\n"), want: 2},
		{name: "a file longer than the head", data: []byte(many), want: 10_000},
		{name: "a packed file", data: packed(many), want: 10_000},
		{name: "a file without an activity", data: []byte("lines\n"), want: 0},
		{name: "a packed file that ends early, up to there", data: packed(many)[:10_000], want: 1000, findings: []finding.Code{finding.GzipTruncated}},
		{name: "a short packed file that ends early", data: packed("lines\nrun\n")[:24], want: 1, findings: []finding.Code{finding.GzipTruncated}},
		{name: "a packed file with a wrong checksum", data: wrong, want: 1, findings: []finding.Code{finding.BadGzip}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := load.File(t.Context(), file(t, tt.data, source.Options{}), load.Registry{lines}, load.Options{})
			must(t, err)
			if n := len(f.Activities); n != tt.want && (len(tt.findings) == 0 || n < tt.want) {
				t.Errorf("%d activities; want %d", n, tt.want)
			}
			var codes []finding.Code
			for _, found := range f.Findings {
				codes = append(codes, found.Code)
			}
			if !slices.Equal(codes, tt.findings) {
				t.Errorf("findings %v; want %v", codes, tt.findings)
			}
		})
	}
}

func TestFileNoticesDamageBehindTheDocument(t *testing.T) {
	data := packed("lines\nrun\n")
	data[len(data)-8] ^= 1 // in the checksum
	first := lines
	first.Decode = func(_ context.Context, r io.Reader, _ load.Options) (f activity.File, err error) {
		_, err = io.ReadFull(r, make([]byte, len("lines\nrun\n")))
		f.Activities = make([]activity.Activity, 1)
		return f, err // and does not look for the end
	}
	f, err := load.File(t.Context(), file(t, data, source.Options{}), load.Registry{first}, load.Options{})
	must(t, err)
	if len(f.Findings) != 1 || f.Findings[0].Code != finding.BadGzip {
		t.Errorf("findings %v; want %s", f.Findings, finding.BadGzip)
	}
}

func TestFileFails(t *testing.T) {
	var noise []byte
	for i := range 200 {
		noise = append(noise, byte(i*i*7))
	}
	tests := []struct {
		name   string
		data   []byte
		code   finding.Code
		detail string // at the end of the message
	}{
		{"no byte", nil, finding.EmptyFile, "the file is empty"},
		{"blanks only", []byte(" \n\n"), finding.EmptyFile, "it holds blanks only"},
		{"many blanks only", bytes.Repeat([]byte(" \n"), 10_000), finding.EmptyFile, "it holds blanks only"},
		{"something behind many blanks", append(bytes.Repeat([]byte(" "), 10_000), '<'), finding.UnknownFormat, "more than 4096 blanks"},
		{"nothing in gzip", packed(""), finding.EmptyFile, "the file is empty"},
		{"GPX without a codec", []byte("<gpx>"), finding.NotYet, "yet: GPX"},
		{"FIT without a codec", []byte("\x0e\x20\x54\x08\x10\x00\x00\x00.FIT\x12\x34"), finding.NotYet, "yet: FIT"},
		{"a zip archive that ends at once", []byte("PK\x03\x04"), finding.ZipCorrupt, "its directory is missing or damaged"},
		{"TCX without a codec", []byte(tcxRoot), finding.NotYet, "yet: TCX"},
		{"text", []byte("ran 5 km"), finding.UnknownFormat, "it looks like plain text"},
		{"CSV", []byte("a,b\n1,2\n"), finding.UnknownFormat, "it looks like CSV"},
		{"JSON", []byte("{}"), finding.UnknownFormat, "it looks like JSON"},
		{"XML", []byte("<kml>"), finding.UnknownFormat, `it is XML with the first element "kml"`},
		{"XML with a name for a prank", []byte("<a\u202e" + strings.Repeat("b", 100) + ">"), finding.UnknownFormat, `"a\u202e` + strings.Repeat("b", 36) + `…"`},
		{"XML without an element", []byte(declaration), finding.UnknownFormat, "its first element is not in sight"},
		{"a web page", []byte("<!doctype html>"), finding.UnknownFormat, "this is a web page, perhaps a login page saved by mistake"},
		{"gzip in gzip", packed(string(packed("lines\nrun\n"))), finding.UnknownFormat, "what it holds is compressed once more"},
		{"zeros", make([]byte, 5000), finding.UnknownFormat, "it holds zero bytes only, as after a crash or with a full disk"},
		{"noise", noise, finding.UnknownFormat, "it looks like binary data"},
		{"a packed file that ends before the first activity", packed("lines\nrun\n")[:15], finding.GzipTruncated, "ends too early (byte 4)"},
		{"a packed file without any content", packed("lines\nrun\n")[:10], finding.GzipTruncated, "ends too early (byte 0)"},
		{"a packed file that is none", []byte("\x1f\x8bnonsense"), finding.BadGzip, "is damaged (byte 0)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := load.File(t.Context(), file(t, tt.data, source.Options{}), load.Registry{lines}, load.Options{})
			var fail *finding.Failure
			if !errors.As(err, &fail) {
				t.Fatalf("error %v (%T) with %v; want a Failure", err, err, activityNames(f))
			}
			if fail.Finding.Code != tt.code || !strings.HasSuffix(err.Error(), tt.detail) {
				t.Errorf("%s: %s\nwant %s: … %s", fail.Finding.Code, err, tt.code, tt.detail)
			}
		})
	}

	t.Run("a zip archive that no walk unpacked", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.zip")
		must(t, os.WriteFile(path, []byte("PK\x03\x04"), 0o644))
		_, err := load.File(t.Context(), source.Item{Name: path}, nil, load.Options{})
		if finding.CodeOf(err) != finding.NotYet || !strings.Contains(err.Error(), "yet: zip archive") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file that does not exist", func(t *testing.T) {
		_, err := load.File(t.Context(), item(t, filepath.Join(t.TempDir(), "gone"), source.Options{}), nil, load.Options{})
		if finding.CodeOf(err) != finding.NotFound || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file beyond the limit, though it holds activities", func(t *testing.T) {
		it := file(t, []byte("lines\nrun\nride\n"), source.Options{Limits: source.Limits{MaxSize: 10}})
		_, err := load.File(t.Context(), it, load.Registry{lines}, load.Options{})
		if finding.CodeOf(err) != finding.TooLarge {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a disk that fails in the middle", func(t *testing.T) {
		dead := errors.New("the disk is dead")
		in := io.MultiReader(strings.NewReader("lines\nrun\n"), iotest.ErrReader(dead))
		_, err := load.File(t.Context(), item(t, "-", source.Options{Stdin: in}), load.Registry{lines}, load.Options{})
		if finding.CodeOf(err) != finding.Unreadable || !errors.Is(err, dead) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a codec's error without a code", func(t *testing.T) {
		odd := lines
		odd.Decode = func(context.Context, io.Reader, load.Options) (activity.File, error) {
			return activity.File{}, fs.ErrInvalid
		}
		_, err := load.File(t.Context(), file(t, []byte("lines\n"), source.Options{}), load.Registry{odd}, load.Options{})
		var fail *finding.Failure
		if !errors.As(err, &fail) || fail.Finding.Code != finding.Unreadable || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("got %v (%T)", err, err)
		}
	})
	t.Run("a codec that hides the error of the reader", func(t *testing.T) {
		deaf := lines
		deaf.Decode = func(ctx context.Context, r io.Reader, o load.Options) (activity.File, error) {
			f, _ := lines.Decode(ctx, r, o)
			return f, nil
		}
		it := file(t, []byte("lines\nrun\nride\n"), source.Options{Limits: source.Limits{MaxSize: 10}})
		if _, err := load.File(t.Context(), it, load.Registry{deaf}, load.Options{}); finding.CodeOf(err) != finding.TooLarge {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a context that is done", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		wait := lines
		wait.Decode = func(ctx context.Context, r io.Reader, o load.Options) (activity.File, error) {
			cancel()
			return lines.Decode(ctx, r, o)
		}
		it := file(t, append([]byte("lines\n"), make([]byte, 10_000)...), source.Options{})
		for range 2 {
			if _, err := load.File(ctx, it, load.Registry{wait}, load.Options{}); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestDecode(t *testing.T) {
	f, err := load.Decode(t.Context(), strings.NewReader("lines\nrun\n"), load.Registry{lines}, load.Options{})
	if err != nil || !slices.Equal(activityNames(f), []string{"run"}) {
		t.Errorf("got %v, %v", activityNames(f), err)
	}
}

func TestRegistryTakesTheFirstThatMatches(t *testing.T) {
	named := func(name string, match bool) load.Codec {
		return load.Codec{
			Format: name,
			Sniff:  func([]byte) bool { return match },
			Decode: func(context.Context, io.Reader, load.Options) (activity.File, error) {
				return activity.File{Activities: []activity.Activity{{Name: name}}}, nil
			},
		}
	}
	reg := load.Registry{named("no", false), named("first", true), named("second", true)}
	f, err := load.Decode(t.Context(), strings.NewReader("anything"), reg, load.Options{})
	if err != nil || !slices.Equal(activityNames(f), []string{"first"}) {
		t.Errorf("got %v, %v", activityNames(f), err)
	}
}

func TestPanicOfACodecIsTheErrorOfOneFile(t *testing.T) {
	cause := errors.New("index out of range")
	for name, codec := range map[string]load.Codec{
		"Decode": {Sniff: lines.Sniff, Decode: func(context.Context, io.Reader, load.Options) (activity.File, error) { panic(cause) }},
		"Sniff":  {Sniff: func([]byte) bool { panic(cause) }},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load.File(t.Context(), file(t, []byte("lines\n"), source.Options{}), load.Registry{codec}, load.Options{})
			var p *load.Panic
			if !errors.As(err, &p) || finding.CodeOf(err) != finding.Internal || !errors.Is(err, cause) {
				t.Fatalf("got %v (%T)", err, err)
			}
			if !strings.HasSuffix(err.Error(), "the program stumbled over this file") {
				t.Error(err)
			}
			if p.Value != any(cause) || !bytes.Contains(p.Stack, []byte("load_test.go")) {
				t.Errorf("value %v, stack\n%s", p.Value, p.Stack)
			}
		})
	}
}

func TestSkippable(t *testing.T) {
	fail := func(code finding.Code) error { return finding.Fail(code, finding.Place{}, "", nil) }
	tests := []struct {
		why        string
		name       string
		fromFolder bool
		err        error
		want       bool
	}{
		{"a photo in a folder", "in/a.jpg", true, fail(finding.UnknownFormat), true},
		{"wrapped", "in/a.jpg", true, fmt.Errorf("loading: %w", fail(finding.UnknownFormat)), true},
		{"a file that holds no workout in gzip", "in/a.txt.gz", true, fail(finding.UnknownFormat), true},
		{"a photo that was named", "a.jpg", false, fail(finding.UnknownFormat), false},
		{"a login page that is called a workout", "in/a.tcx", true, fail(finding.UnknownFormat), false},
		{"also in capitals and packed", "in/a.FIT.GZ", true, fail(finding.UnknownFormat), false},
		{"a list in an archive", "a.zip!dir/sport.csv", true, fail(finding.UnknownFormat), true},
		{"a login page in an archive", "a.zip!dir/b#2.fit.gz", true, fail(finding.UnknownFormat), false},
		{"an archive without its password", "in/a.zip", true, fail(finding.ZipPassword), false},
		{"an empty file", "in/a.txt", true, fail(finding.EmptyFile), true},
		{"an empty workout", "in/a.tcx", true, fail(finding.EmptyFile), false},
		{"a format of the future", "in/a.zip", true, fail(finding.NotYet), false},
		{"a file that cannot be read", "in/a.jpg", true, fail(finding.Unreadable), false},
		{"an error without a code", "in/a.jpg", true, io.ErrUnexpectedEOF, false},
		{"a workout", "in/a", true, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			if got := load.Skippable(source.Item{Name: tt.name, FromFolder: tt.fromFolder}, tt.err); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
