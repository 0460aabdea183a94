package source_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/source"
)

// tree makes files in a new folder and moves there, so that tests can name
// paths as users do. A name that ends in a slash is an empty folder.
func tree(t *testing.T, names ...string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range names {
		path := filepath.FromSlash(name)
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(path, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte("content of "+name), 0o644))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// link makes a symbolic link, or skips the test where the system forbids it.
func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(filepath.FromSlash(target), filepath.FromSlash(name)); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip("this Windows account may not make links:", err)
		}
		t.Fatal(err)
	}
}

// names lists what a walk delivers, with slashes; an item with an error is
// "name: code".
func names(t *testing.T, o source.Options, paths ...string) []string {
	t.Helper()
	var out []string
	for it := range source.Walk(t.Context(), paths, o) {
		name := filepath.ToSlash(it.Name)
		if it.Err != nil {
			name += ": " + string(finding.CodeOf(it.Err))
		}
		out = append(out, name)
	}
	return out
}

func TestWalk(t *testing.T) {
	deep := "d" + strings.Repeat("/d", source.DefaultMaxDepth-1)
	tests := []struct {
		name  string
		files []string
		links [][2]string // target, name
		args  []string
		limit source.Limits
		want  []string
	}{
		{
			name:  "arguments come in the order given",
			files: []string{"b", "a", "c"},
			args:  []string{"c", "a", "b"},
			want:  []string{"c", "a", "b"},
		},
		{
			name:  "a folder comes in the byte order of its slash paths",
			files: []string{"in/a/x", "in/a-b", "in/a.c", "in/a0", "in/B", "in/a/b/c", "in/ä", "in/10", "in/9"},
			args:  []string{"in"},
			want:  []string{"in/10", "in/9", "in/B", "in/a-b", "in/a.c", "in/a/b/c", "in/a/x", "in/a0", "in/ä"},
		},
		{
			name:  "the argument stays as it was typed",
			files: []string{"in/a"},
			args:  []string{".", "./in", "in/", "in/../in"},
			want:  []string{"./in/a", "./in/a", "in/a", "in/../in/a"},
		},
		{
			name:  "what is named twice is delivered twice",
			files: []string{"in/a"},
			args:  []string{"in/a", "in", "in/a", "in"},
			want:  []string{"in/a", "in/a", "in/a", "in/a"},
		},
		{
			name:  "hidden files and folders are left out",
			files: []string{"in/.a", "in/.git/b", "in/c"},
			args:  []string{"in"},
			want:  []string{"in/c"},
		},
		{
			name:  "backups of editors are left out",
			files: []string{"in/a.tcx", "in/a.tcx~", "in/#a.tcx#", "in/a.tcx.bak", "in/B.BAK", "in/#", "in/old.bak/b", "in/c~/d"},
			args:  []string{"in"},
			want:  []string{"in/#", "in/a.tcx", "in/c~/d", "in/old.bak/b"},
		},
		{
			name:  "hidden files, hidden folders and backups are delivered where they are named",
			files: []string{".a", ".in/b", "c.bak"},
			args:  []string{".a", ".in", "c.bak"},
			want:  []string{".a", ".in/b", "c.bak"},
		},
		{
			name:  "an empty folder delivers nothing",
			files: []string{"in/"},
			args:  []string{"in"},
		},
		{
			name:  "what does not exist is an item, and the rest goes on",
			files: []string{"a", "b"},
			args:  []string{"a", "nowhere", "a/below", "", "b"},
			want:  []string{"a", "nowhere: file.notfound", "a/below: file.notfound", ": file.notfound", "b"},
		},
		{
			name:  "links are followed, to files and folders",
			files: []string{"in/a", "out/b", "out/c"},
			links: [][2]string{{"../out", "in/folder"}, {"../out/b", "in/file"}},
			args:  []string{"in"},
			want:  []string{"in/a", "in/file", "in/folder/b", "in/folder/c"},
		},
		{
			name:  "links that are named are followed",
			files: []string{"in/a", "b"},
			links: [][2]string{{"in", "folder"}, {"b", "file"}},
			args:  []string{"folder", "file"},
			want:  []string{"folder/a", "file"},
		},
		{
			name:  "links that run in circles end",
			files: []string{"in/a", "in/x/b"},
			links: [][2]string{{".", "in/here"}, {"..", "in/x/up"}, {"../..", "in/x/out"}},
			args:  []string{"in"},
			want:  []string{"in/a", "in/x/b"},
		},
		{
			name:  "a folder is listed once, where it comes first",
			files: []string{"in/m/a"},
			links: [][2]string{{"m", "in/l"}, {"m", "in/n"}},
			args:  []string{"in"},
			want:  []string{"in/l/a"},
		},
		{
			name:  "a link to where the folder lies does not list the folder again",
			files: []string{"top/in/a", "top/b"},
			links: [][2]string{{"..", "top/in/up"}},
			args:  []string{"top/in"},
			want:  []string{"top/in/a", "top/in/up/b"},
		},
		{
			name:  "a link that leads nowhere is an item",
			files: []string{"in/a", "in/z"},
			links: [][2]string{{"nowhere", "in/b"}},
			args:  []string{"in"},
			want:  []string{"in/a", "in/b: file.notfound", "in/z"},
		},
		{
			name:  "folders below the deepest level are left out",
			files: []string{"in/a", "in/x/b", "in/x/y/c", "in/z"},
			args:  []string{"in"},
			limit: source.Limits{MaxDepth: 2},
			want:  []string{"in/a", "in/x/b", "in/x/y: file.unreadable", "in/z"},
		},
		{
			name:  "the default allows 64 levels",
			files: []string{deep + "/a", deep + "/d/b"},
			args:  []string{"d"},
			want:  []string{deep + "/a", deep + "/d: file.unreadable"},
		},
		{
			name:  "beyond the limit of files folders end, and what is named goes on",
			files: []string{"in/a", "in/x/b", "in/x/c", "in/y/d", "e", "other/f"},
			args:  []string{"in", "e", "other", "e"},
			limit: source.Limits{MaxFiles: 2},
			want:  []string{"in/a", "in/x/b", "in: file.unreadable", "e", "other: file.unreadable", "e"},
		},
		{
			name:  "as many files as the limit are no error",
			files: []string{"in/a", "in/b"},
			args:  []string{"in"},
			limit: source.Limits{MaxFiles: 2},
			want:  []string{"in/a", "in/b"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree(t, tt.files...)
			for _, l := range tt.links {
				link(t, l[0], l[1])
			}
			got := names(t, source.Options{Limits: tt.limit}, tt.args...)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestWalkTellsWhatItFound(t *testing.T) {
	tree(t, "named", "in/found")
	got := map[string]source.Item{}
	for it := range source.Walk(t.Context(), []string{"named", "in", "-", "gone"}, source.Options{}) {
		got[filepath.ToSlash(it.Name)] = it
	}
	for name, want := range map[string]struct {
		fromFolder bool
		size       int64
	}{
		"named":    {false, int64(len("content of named"))},
		"in/found": {true, int64(len("content of in/found"))},
		"-":        {false, -1},
		"gone":     {false, -1},
	} {
		if it := got[name]; it.FromFolder != want.fromFolder || it.Size != want.size {
			t.Errorf("%s: FromFolder %v, Size %d; want %v, %d", name, it.FromFolder, it.Size, want.fromFolder, want.size)
		}
	}
}

func TestWalkErrors(t *testing.T) {
	tree(t, "in/x/a", "in/b")
	for _, tt := range []struct {
		name  string
		args  []string
		limit source.Limits
		want  error
		about string
	}{
		{"a missing file wraps the error of the system", []string{"gone"}, source.Limits{}, fs.ErrNotExist, "gone"},
		{"depth", []string{"in"}, source.Limits{MaxDepth: 1}, source.ErrTooDeep, filepath.Join("in", "x")},
		{"number of files", []string{"in"}, source.Limits{MaxFiles: 1}, source.ErrTooMany, "in"},
		{"standard input given twice", []string{"-", "-"}, source.Limits{}, source.ErrStdinTaken, "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var failed []source.Item
			for it := range source.Walk(t.Context(), tt.args, source.Options{Limits: tt.limit}) {
				if it.Err != nil {
					failed = append(failed, it)
				}
			}
			if len(failed) != 1 {
				t.Fatalf("%d items with an error; want 1", len(failed))
			}
			it := failed[0]
			var f *finding.Failure
			if it.Name != tt.about || !errors.Is(it.Err, tt.want) || !errors.As(it.Err, &f) {
				t.Errorf("item %q with error %v (%T); want %q with %v in a Failure", it.Name, it.Err, it.Err, tt.about, tt.want)
			}
			if _, err := it.Open(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("Open returned %v; want the item's error", err)
			}
		})
	}
}

func TestWalkListsOnlyWhatIsAskedFor(t *testing.T) {
	tree(t, "a/1", "b/2")
	for it := range source.Walk(t.Context(), []string{"a", "b"}, source.Options{}) {
		if filepath.ToSlash(it.Name) == "a/1" {
			must(t, os.WriteFile(filepath.Join("b", "3"), nil, 0o644))
			continue
		}
		if got := filepath.ToSlash(it.Name); got != "b/2" {
			t.Fatalf("got %s", got)
		}
		return
	}
}

func TestWalkEndsWhenTheContextIsDone(t *testing.T) {
	var files []string
	for i := range 20 {
		files = append(files, fmt.Sprintf("in/%02d", i))
	}
	tree(t, files...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for range source.Walk(ctx, []string{"in", "in"}, source.Options{}) {
		if n++; n == 3 {
			cancel()
		}
	}
	if n != 3 {
		t.Errorf("the walk delivered %d items; want the 3 before the cancellation", n)
	}
}
