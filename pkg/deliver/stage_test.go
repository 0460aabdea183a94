package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/strava/stravatest"
)

// stage stages candidates into a folder, as the command does.
func (w *world) stage(dir string, c ...deliver.Candidate) (deliver.Summary, error) {
	w.t.Helper()
	b := &deliver.Stage{Dir: dir}
	w.o.Unlisted = true
	sum, err := deliver.Run(w.t.Context(), w.plan(b, c...), w.j, b, nil)
	if err == nil {
		err = b.Finish(w.rows())
	}
	return sum, err
}

func files(t *testing.T, dir string) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out[filepath.Base(filepath.Dir(path))]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStage(t *testing.T) {
	w := newWorld(t, stravatest.Options{})
	dir := filepath.Join(t.TempDir(), "for [strava] *")
	large := workout(99)
	large.Size = 26_000_000
	manual := workout(98)
	manual.Open = nil
	sum, err := w.stage(dir, append(workouts(60), large, manual)...)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range states(sum) {
		if want := map[bool]journal.State{true: journal.Staged, false: journal.Failed}[i < 60]; s != want {
			t.Errorf("%d is %s: %s", i, s, sum.Results[i].Reason)
		}
	}
	got := files(t, dir)
	if got["001"] != 25 || got["002"] != 25 || got["003"] != 10 || len(got) != 4 || got[filepath.Base(dir)] != 2 {
		t.Errorf("%v", got)
	}
	row := w.rows()[0]
	data, err := os.ReadFile(row.Folder)
	if err != nil || sum256(data) != row.SHA256 {
		t.Errorf("%s is not the file: %v", row.Folder, err)
	}
	if name := filepath.Base(row.Folder); !strings.HasPrefix(name, "2016-03-01-183000-run-") || !strings.HasSuffix(name, ".tcx") {
		t.Errorf("%s", name)
	}
	readme, _ := os.ReadFile(filepath.Join(dir, "README.txt"))
	list, _ := os.ReadFile(filepath.Join(dir, "index.html"))
	for _, text := range []string{deliver.UploadPage, "003", filepath.Base(row.Folder)} {
		if !strings.Contains(string(readme), text) || !strings.Contains(string(list), text) {
			t.Errorf("%q is missing", text)
		}
	}
	if strings.Contains(string(list), "<script") || strings.Contains(string(list), "src=") {
		t.Error("the list runs or loads something")
	}

	// Again, into another folder: nothing; and through the API neither.
	if _, err := w.stage(filepath.Join(t.TempDir(), "new"), workouts(60)...); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); got["001"] != 25 || len(got) != 4 {
		t.Errorf("%v", got)
	}
	w.o.Unlisted = false
	if it := w.plan(w.b, workout(1)).Items[0]; it.Verdict != deliver.Skip || !strings.Contains(it.Reason, "staged") {
		t.Errorf("%s: %s", it.Verdict, it.Reason)
	}
	// More: a new folder.
	if _, err := w.stage(dir, workout(70)); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); got["003"] != 10 || got["004"] != 1 {
		t.Errorf("%v", got)
	}
}

// A run that ended before the journal knew of the copy: there is one copy.
func TestStageResumes(t *testing.T) {
	for name, finished := range map[string]bool{"the copy is there": true, "there is none": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, stravatest.Options{})
			dir := t.TempDir()
			c := workout(1)
			row := journal.Row{SHA256: c.SHA256, Fingerprint: c.Fingerprint, File: c.File, Format: "tcx", Start: c.Start, State: journal.Intent, SentAt: time.Now()}
			if err := w.j.Record(t.Context(), &row, false); err != nil {
				t.Fatal(err)
			}
			if finished {
				if _, err := (&deliver.Stage{Dir: dir}).Send(t.Context(), &c, ""); err != nil {
					t.Fatal(err)
				}
			}
			sum, err := w.stage(dir, c)
			if err != nil || states(sum)[0] != journal.Staged {
				t.Fatal(states(sum), err)
			}
			if got := files(t, dir); got["001"] != 1 {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestStageFailures(t *testing.T) {
	w := newWorld(t, stravatest.Options{})
	changed, gone := workout(1), workout(2)
	changed.Open, gone.Open = workout(3).Open, func(context.Context) (io.ReadCloser, error) { return nil, errors.New("gone") }
	dir := t.TempDir()
	sum, err := w.stage(dir, changed, gone, workout(4))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(states(sum)); got != "[failed failed staged]" {
		t.Error(got, sum.Results)
	}
	if got := files(t, dir); got["001"] != 1 {
		t.Errorf("%v", got)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var fatal *deliver.Fatal
	if _, err := w.stage(filepath.Join(file, "below"), workout(5), workout(6)); !errors.As(err, &fatal) {
		t.Error(err)
	}
}

// An archive tells what arrived: by the bytes, or by start and distance.
func TestConfirm(t *testing.T) {
	w := newWorld(t, stravatest.Options{})
	if _, err := w.stage(t.TempDir(), workouts(4)...); err != nil {
		t.Fatal(err)
	}
	w.o.Unlisted = false
	if _, err := w.run(workout(10), workout(11)); err != nil {
		t.Fatal(err)
	}
	uploaded := w.server.Activities()[0]
	one, two := workout(1), workout(2)
	c, err := deliver.Confirm(t.Context(), w.j, []deliver.Arrived{
		{Remote: deliver.Remote{ActivityID: 901}, SHA256: one.SHA256},
		{Remote: deliver.Remote{ActivityID: 902, Sport: activity.Run, Start: two.Start.Add(time.Second), Distance: two.Distance}},
		{Remote: deliver.Remote{ActivityID: uploaded.ID}},
	})
	if err != nil || len(c.Marked) != 2 || len(c.Missing) != 2 || len(c.Gone) != 1 {
		t.Fatalf("%d marked, %d missing, %d gone, %v", len(c.Marked), len(c.Missing), len(c.Gone), err)
	}
	for _, r := range w.rows() {
		if r.File == one.File && (r.State != journal.Uploaded || r.ActivityID != 901 || r.Folder == "") {
			t.Errorf("%+v", r)
		}
	}
	again, err := deliver.Confirm(t.Context(), w.j, nil)
	if err != nil || len(again.Marked) != 0 || len(again.Missing) != 2 {
		t.Errorf("%+v, %v", again, err)
	}
}
