package output

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// contents returns the names in a folder with what the files hold.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(data)
	}
	return all
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "own")
	for _, text := range []string{"first", "second, which takes its place"} {
		if err := ReplaceBytes(path, 0o640, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, dir); len(got) != 1 || got["own"] != text {
			t.Errorf("the folder holds %q", got)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
}

// While it is written nobody else can read the new file, and the old one is there.
func TestReplaceWhileItIsWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "own")
	if err := ReplaceBytes(path, 0o644, []byte("old")); err != nil {
		t.Fatal(err)
	}
	torn := errors.New("torn")
	err := Replace(path, 0o644, func(w io.Writer) error {
		if _, err := io.WriteString(w, "half of the n"); err != nil {
			t.Error(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 2 {
			t.Errorf("%v, %v", entries, err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Error(err)
			} else if e.Name() != "own" && runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", e.Name(), info.Mode())
			}
		}
		return torn
	})
	if got := contents(t, dir); !errors.Is(err, torn) || len(got) != 1 || got["own"] != "old" {
		t.Errorf("after a failure: %q, %v", got, err)
	}
}

func TestReplaceWhereNothingCanBeWritten(t *testing.T) {
	for name, path := range map[string]string{
		"a folder that is missing":      filepath.Join(t.TempDir(), "none", "own"),
		"a name that is a folder":       t.TempDir(),
		"a folder that is a plain file": filepath.Join(plainFile(t), "own"),
	} {
		err := ReplaceBytes(path, 0o600, []byte("x"))
		if pathErr, linkErr := (*fs.PathError)(nil), (*os.LinkError)(nil); !errors.As(err, &pathErr) && !errors.As(err, &linkErr) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func plainFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
