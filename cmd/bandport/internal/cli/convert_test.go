package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// work copies made-up workouts into a folder.
func work(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(workouts, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tree lists the files of a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

// A file that somebody writes to while it is read gives no result.
func TestConvertNoticesThatAFileChanges(t *testing.T) {
	name := filepath.Join(work(t, "evening-run.tcx"), "evening-run.tcx")
	for _, change := range []struct {
		name string
		do   func() error
		want finding.Code // "" for none
	}{
		{"nothing", func() error { return nil }, ""},
		{"another time", func() error { return os.Chtimes(name, time.Time{}, time.Now().Add(time.Hour)) }, finding.ConvertChanged},
		{"more", func() error {
			f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString(" ")
			return errors.Join(err, f.Close())
		}, finding.ConvertChanged},
		{"gone", func() error { return os.Remove(name) }, finding.ConvertChanged},
		{"not there from the start, as a member of an archive", func() error { return nil }, ""},
	} {
		_, err := unchanged(name, func() (activity.File, error) { return activity.File{}, change.do() })
		if (err != nil) != (change.want != "") || err != nil && finding.CodeOf(err) != change.want {
			t.Errorf("%s: %v, want %q", change.name, err, change.want)
		}
	}
}

// An interrupted run leaves whole results and nothing else.
func TestConvertInterrupted(t *testing.T) {
	names := []string{"evening-run.tcx", "power-ride.tcx", "brick.tcx", "gpx/evening-run.gpx", "dialects/multisport.tcx", "dialects/short.tcx"}
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after+time.Nanosecond)
		ctx, cancelCause := context.WithCancel(ctx)
		out := t.TempDir()
		code, _, errs := runWith(ctx, t, "--config", emptyConfig(t), "convert", "--to", "tcx", "-o", out, "--verify", work(t, names...))
		cancelCause()
		cancel()
		if code != exitOK && code != exitInterrupted && !strings.Contains(errs, "deadline") {
			t.Errorf("exit code %d:\n%s", code, errs)
		}
		for name := range strings.FieldsSeq(tree(t, out)) {
			if strings.Contains(name, ".bandport-") {
				t.Errorf("%s is left", name)
			}
		}
	}
}

// Results in a folder that is read are no inputs, even of the same run.
func TestConvertIntoTheFolderThatIsRead(t *testing.T) {
	dir := work(t, "evening-run.tcx", "power-ride.tcx")
	for range 2 { // the second time the results of the first are inputs, which have the format
		code, _, errs := runWith(t.Context(), t, "--config", emptyConfig(t), "convert", "--to", "fit", "-o", dir, filepath.Join(dir, "evening-run.tcx"), filepath.Join(dir, "power-ride.tcx"), "--force")
		if code != exitOK {
			t.Errorf("exit code %d:\n%s", code, errs)
		}
	}
	code, out, errs := runWith(t.Context(), t, "--config", emptyConfig(t), "convert", "--to", "gpx", "-o", dir, dir, "-j", "1")
	if code != exitOK || strings.Count(out, "→") != 4 {
		t.Errorf("exit code %d:\n%s%s", code, out, errs)
	}
	if got := tree(t, dir); got != "evening-run-2.gpx evening-run.fit evening-run.gpx evening-run.tcx power-ride-2.gpx power-ride.fit power-ride.gpx power-ride.tcx" {
		t.Errorf("results: %s", got)
	}
}
