package output_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/ordinary"
	"github.com/bandport/bandport/pkg/output"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes a file in the ordinary way.
func put(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

// names lists everything below a folder.
func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	}))
	return out
}

// commit writes a result and gives it its name.
func commit(t *testing.T, r *output.Run, path, text string) (string, error) {
	t.Helper()
	f, err := r.Create(path)
	if err != nil {
		return "", err
	}
	if _, err := io.WriteString(f, text); err != nil {
		return "", err
	}
	return f.Commit()
}

func TestNameFollowsTheTree(t *testing.T) {
	for _, tt := range []struct{ rel, want string }{
		{"run.tcx", "out/run.fit"},
		{"2021/a.b/run.TCX.gz", "out/2021/a.b/run.fit"},
		{"run.2021", "out/run.2021.fit"},
		{"run", "out/run.fit"},
		{".tcx", "out/.tcx.fit"},
		{"a.gpx.gpx", "out/a.gpx.fit"},
		{"a.gz", "out/a.fit"},
		{"b.zip/c.tcx", "out/b.zip/c.fit"},
	} {
		if got := filepath.ToSlash(output.Name("out", tt.rel, ".fit")); got != tt.want {
			t.Errorf("%s becomes %s, want %s", tt.rel, got, tt.want)
		}
	}
}

func TestAResultHasItsNameOnlyWhenItIsComplete(t *testing.T) {
	dir := t.TempDir()
	r := output.New(output.Options{})
	path := filepath.Join(dir, "a", "b", "run.fit")
	f, err := r.Create(path)
	must(t, err)
	_, err = io.WriteString(f, "all of it")
	must(t, err)
	if got := names(t, dir); len(got) != 1 || !strings.HasPrefix(filepath.Base(got[0]), ".bandport-") || !r.Wrote(filepath.Join(dir, got[0])) {
		t.Errorf("before it is complete there is %q", got)
	}
	must(t, f.Finish())
	back, err := f.Open()
	must(t, err)
	if b, _ := io.ReadAll(back); string(b) != "all of it" || f.Size() != int64(len(b)) {
		t.Errorf("reads back as %q, %d bytes", b, f.Size())
	}
	must(t, back.Close())
	got, err := f.Commit()
	must(t, err)
	if got != path || text(t, path) != "all of it" || len(names(t, dir)) != 1 || !r.Wrote(path) || r.Wrote(filepath.Join(dir, "other")) {
		t.Errorf("%s, %q", got, names(t, dir))
	}
	f.Discard() // nothing any more
	r.Close()
	if text(t, path) != "all of it" {
		t.Error("it is gone")
	}
}

func TestWhatIsNotCommittedLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "old", "keep"), "")
	r := output.New(output.Options{})
	for _, name := range []string{"old/x.fit", "new/deep/x.fit", "new/y.fit"} {
		f, err := r.Create(filepath.Join(dir, name))
		must(t, err)
		_, err = f.Write([]byte("half of"))
		must(t, err)
	}
	r.Close()
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 || len(names(t, dir)) != 1 {
		t.Errorf("left: %v, %q", entries, names(t, dir))
	}
}

func TestNothingIsReplacedThatMustNotBe(t *testing.T) {
	for _, tt := range []struct {
		name  string
		force bool
		want  finding.Code // "" for none
	}{
		{"in/run.fit", true, finding.OutputInput},
		{"in/deep/run.fit", true, finding.OutputInput},
		{"named.fit", true, finding.OutputInput},
		{"link.fit", true, finding.OutputInput},
		{"hard.fit", true, finding.OutputInput},
		{"out/old.fit", false, finding.OutputExists},
		{"out/old.fit", true, ""},
		{"out", true, finding.OutputExists},
		{"in/new.fit", false, ""},
		{"out/new.fit", true, ""},
		{"named.fit/run.fit", false, finding.OutputFailed},
	} {
		dir := t.TempDir()
		at := func(name string) string { return filepath.Join(dir, name) }
		put(t, at("in/run.fit"), "in")
		put(t, at("in/deep/run.fit"), "in")
		put(t, at("named.fit"), "in")
		put(t, at("out/old.fit"), "old")
		if err := os.Symlink(at("named.fit"), at("link.fit")); err != nil {
			t.Skipf("no links here: %v", err)
		}
		must(t, os.Link(at("named.fit"), at("hard.fit")))
		r := output.New(output.Options{Force: tt.force, Inputs: []string{at("in"), at("named.fit"), "-"}})
		path, err := commit(t, r, at(tt.name), "new")
		r.Close()
		if (err != nil) != (tt.want != "") || err != nil && finding.CodeOf(err) != tt.want {
			t.Errorf("%s, force %v: error %v, want %q", tt.name, tt.force, err, tt.want)
		}
		if err == nil && (path != at(tt.name) || text(t, path) != "new") {
			t.Errorf("%s holds %q", path, text(t, path))
		}
		for _, in := range []string{"in/run.fit", "in/deep/run.fit", "named.fit"} {
			if text(t, at(in)) != "in" {
				t.Errorf("%s was changed by writing %s", in, tt.name)
			}
		}
	}
}

// What comes into being between Create and Commit is not replaced either.
func TestSomebodyElseWasFaster(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.fit")
	r := output.New(output.Options{})
	defer r.Close()
	f, err := r.Create(path)
	must(t, err)
	put(t, path, "theirs")
	if _, err := f.Commit(); finding.CodeOf(err) != finding.OutputExists || text(t, path) != "theirs" || len(names(t, filepath.Dir(path))) != 1 {
		t.Errorf("error %v, the file holds %q", err, text(t, path))
	}
}

func TestTwoResultsOfOneName(t *testing.T) {
	dir := t.TempDir()
	r := output.New(output.Options{Gzip: true})
	defer r.Close()
	for i, want := range []string{"run.fit.gz", "run-2.fit.gz", "run-3.fit.gz"} {
		name := "run.fit"
		if i == 2 {
			name = "RUN.fit" // the same to some file systems
			want = "RUN-3.fit.gz"
		}
		got, err := commit(t, r, filepath.Join(dir, name), name)
		if err != nil || filepath.Base(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

func TestGzip(t *testing.T) {
	r := output.New(output.Options{Gzip: true})
	defer r.Close()
	f, err := r.Create(filepath.Join(t.TempDir(), "run.tcx"))
	must(t, err)
	_, err = f.Write(bytes.Repeat([]byte("abc"), 10_000))
	must(t, err)
	must(t, f.Finish())
	back, err := f.Open()
	must(t, err)
	if b, _ := io.ReadAll(back); len(b) != 30_000 {
		t.Errorf("%d bytes are read back", len(b))
	}
	must(t, back.Close())
	path, err := f.Commit()
	must(t, err)
	z, err := gzip.NewReader(strings.NewReader(text(t, path)))
	must(t, err)
	if b, err := io.ReadAll(z); err != nil || len(b) != 30_000 || !strings.HasSuffix(path, "run.tcx.gz") {
		t.Errorf("%s holds %d bytes, %v", path, len(b), err)
	}
}

func TestEvidenceIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.fit")
	for _, content := range []string{"wrong", "wrong again"} {
		r := output.New(output.Options{})
		f, err := r.Create(path)
		must(t, err)
		_, err = io.WriteString(f, content)
		must(t, err)
		kept, err := f.Reject()
		must(t, err)
		r.Close()
		if kept != path+".rejected" || text(t, kept) != content || len(names(t, filepath.Dir(path))) != 1 || !r.Wrote(kept) {
			t.Errorf("%s: %q", kept, names(t, filepath.Dir(path)))
		}
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if !ordinary.User(t) {
		return
	}
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o555))
	r := output.New(output.Options{})
	defer r.Close()
	for _, name := range []string{"run.fit", "deep/run.fit"} {
		if _, err := r.Create(filepath.Join(dir, name)); finding.CodeOf(err) != finding.OutputFailed || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	r := output.New(output.Options{})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := commit(t, r, filepath.Join(dir, "run.fit"), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	r.Close()
	if got := names(t, dir); len(got) != 20 {
		t.Errorf("%d files: %q", len(got), got)
	}
}
