package journal_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	_ "modernc.org/sqlite" // the tests look into the database beside the journal

	"github.com/bandport/bandport/pkg/journal"
)

// With this variable set the test binary is a process that writes rows.
const childVariable = "BANDPORT_TEST_WRITES"

func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		if err := writeRows(path, os.Args[1], 30); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func writeRows(path, who string, n int) error {
	ctx := context.Background()
	j, _, err := journal.OpenFile(ctx, path)
	if err != nil {
		return err
	}
	defer j.Close()
	taken := 0
	for i := range n {
		r := row(i)
		r.File = who
		err := j.Record(ctx, &r, false)
		var other *journal.TakenError
		switch {
		case errors.As(err, &other):
			taken++
			continue
		case err != nil:
			return err
		}
		if err := j.Accepted(ctx, r.ID, int64(1000+i)); err != nil {
			return err
		}
		if err := j.Settle(ctx, r.ID, journal.Row{State: journal.Uploaded, ActivityID: int64(2000 + i)}); err != nil {
			return err
		}
	}
	return nil
}

func at(t *testing.T, path string) *journal.Journal {
	t.Helper()
	j, damage, err := journal.OpenFile(t.Context(), path)
	if err != nil || damage != nil {
		t.Fatal(err, damage)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func begin(t *testing.T) *journal.Journal {
	t.Helper()
	return at(t, filepath.Join(t.TempDir(), "state", "journal.db"))
}

// row is the i-th made-up workout.
func row(i int) journal.Row {
	distance, moving := 5000.0+float64(i), 1800.0
	return journal.Row{
		Account: "7", SHA256: fmt.Sprintf("%064x", i), Fingerprint: fmt.Sprintf("1:%064x", i), ExternalID: fmt.Sprintf("bandport-%d", i),
		File: fmt.Sprintf("run-%d.tcx", i), Format: "tcx", Sport: "Run", Start: time.Date(2016, time.March, 1+i, 18, 30, 0, 0, time.UTC),
		Elapsed: 30 * time.Minute, Distance: &distance, MovingTime: &moving, State: journal.Intent, SentAt: time.Date(2026, time.January, 2, 3, 4, 5, 6e6, time.UTC),
	}
}

func only(t *testing.T, j *journal.Journal) journal.Row {
	t.Helper()
	rows, err := j.Rows(t.Context(), journal.Filter{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows[0]
}

// What a row holds comes back after the journal was closed.
func TestARowThroughItsLife(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder % with #odd? names", "journal.db")
	j := at(t, path)
	r := row(1)
	r.Changes = `{"gear_id":"g1"}`
	if err := j.Record(t.Context(), &r, false); err != nil {
		t.Fatal(err)
	}
	same := cmp.Options{cmpopts.IgnoreFields(journal.Row{}, "Created", "SettledAt")}
	if diff := cmp.Diff(r, only(t, j), same); diff != "" {
		t.Error(diff)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = at(t, path)
	const upload, activity = 18_050_722_067, 18_050_722_068 // more than 32 bits
	if err := j.Accepted(t.Context(), r.ID, upload); err != nil {
		t.Fatal(err)
	}
	if got := only(t, j); got.State != journal.Sent || got.UploadID != upload {
		t.Errorf("%+v", got)
	}
	if err := j.Settle(t.Context(), r.ID, journal.Row{State: journal.Uploaded, ActivityID: activity}); err != nil {
		t.Fatal(err)
	}
	got := only(t, j)
	if got.State != journal.Uploaded || got.UploadID != upload || got.ActivityID != activity || got.Changes == "" || got.SettledAt.IsZero() {
		t.Errorf("%+v", got)
	}
	if err := j.Changed(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	if got := only(t, j); got.Changes != "" {
		t.Errorf("%+v", got)
	}
	if err := j.Forget(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	if err := j.Changed(t.Context(), r.ID); !errors.Is(err, journal.ErrGone) {
		t.Error(err)
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
	}
}

// One workout, one row: by either key, unless it is known not to have arrived or
// somebody wants it again.
func TestKeysAreUnique(t *testing.T) {
	for _, state := range journal.States() {
		for name, change := range map[string]func(*journal.Row){
			"the same bytes":       func(r *journal.Row) { r.Fingerprint = "1:other" },
			"the same fingerprint": func(r *journal.Row) { r.SHA256 = "other" },
		} {
			t.Run(string(state)+", "+name, func(t *testing.T) {
				j := begin(t)
				first, second := row(1), row(1)
				first.State = state
				if err := j.Record(t.Context(), &first, false); err != nil {
					t.Fatal(err)
				}
				change(&second)
				err := j.Record(t.Context(), &second, false)
				var taken *journal.TakenError
				if want := state != journal.Open && state != journal.Failed; errors.As(err, &taken) != want {
					t.Errorf("taken: %v", err)
				}
				if taken != nil && taken.Row.ID != first.ID {
					t.Errorf("%+v", taken.Row)
				}
				if err := j.Record(t.Context(), &second, true); err != nil {
					t.Error(err)
				}
				if got := only(t, j); got.ID != second.ID {
					t.Errorf("%+v", got)
				}
			})
		}
	}
	j := begin(t)
	a, b, c := row(1), row(1), row(1)
	b.Account = "8" // somebody else
	c.SHA256, c.Account, c.Fingerprint = "x", "9", ""
	d := c
	d.SHA256 = "y" // no fingerprint is no key
	for _, r := range []*journal.Row{&a, &b, &c, &d} {
		if err := j.Record(t.Context(), r, false); err != nil {
			t.Error(err)
		}
	}
}

func TestFilters(t *testing.T) {
	j := begin(t)
	for i, state := range journal.States() {
		r := row(i)
		r.State = state
		if state == journal.Staged {
			r.Account = ""
		}
		if err := j.Record(t.Context(), &r, false); err != nil {
			t.Fatal(err)
		}
	}
	account, other := "7", "8"
	day := func(d int) time.Time { return time.Date(2016, time.March, d, 0, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		f    journal.Filter
		want int
	}{
		"all":               {journal.Filter{}, 8},
		"an account":        {journal.Filter{Account: &account}, 8},
		"another's, staged": {journal.Filter{Account: &other}, 1},
		"two states":        {journal.Filter{States: []journal.State{journal.Open, journal.Sent}}, 2},
		"days":              {journal.Filter{From: day(2), Before: day(4)}, 2},
		"bytes":             {journal.Filter{SHA256: row(3).SHA256}, 1},
		"fingerprint":       {journal.Filter{Fingerprint: row(3).Fingerprint}, 1},
		"name":              {journal.Filter{ExternalID: "bandport-3"}, 1},
		"changes":           {journal.Filter{Changes: true}, 0},
	} {
		rows, err := j.Rows(t.Context(), c.f)
		if err != nil || len(rows) != c.want {
			t.Errorf("%s: %d rows, %v; want %d", name, len(rows), err, c.want)
		}
	}
}

func TestACopyIsOnItsOwn(t *testing.T) {
	j := begin(t)
	r := row(1)
	if err := j.Record(t.Context(), &r, false); err != nil {
		t.Fatal(err)
	}
	c, err := j.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	mine := only(t, c)
	if err := c.Settle(t.Context(), mine.ID, journal.Row{State: journal.Uploaded}); err != nil {
		t.Fatal(err)
	}
	more := row(2)
	if err := c.Record(t.Context(), &more, false); err != nil {
		t.Fatal(err)
	}
	if got := only(t, j); got.State != journal.Intent {
		t.Errorf("%+v", got)
	}
}

// Several processes write at once: every workout has one row, and nothing is lost.
func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	var all sync.WaitGroup
	for _, who := range []string{"first", "second", "third"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], who)
		cmd.Env = append(os.Environ(), childVariable+"="+path)
		all.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", who, err, out)
			}
		})
	}
	all.Wait()
	rows, err := at(t, path).Rows(t.Context(), journal.Filter{States: []journal.State{journal.Uploaded}})
	if err != nil || len(rows) != 30 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestOneDeliversAtATime(t *testing.T) {
	j := begin(t)
	release, err := j.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := at(t, j.Path()).Acquire(); !errors.Is(err, journal.ErrBusy) {
		t.Error(err)
	}
	release()
	again, err := j.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	again()
}

// A damaged journal is moved aside; what can be read of it is kept.
func TestDamage(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(data []byte) []byte
		rescue bool
	}{
		"no database at all":  {func([]byte) []byte { return []byte(strings.Repeat("hello ", 1000)) }, false},
		"a page in the midst": {func(b []byte) []byte { copy(b[len(b)-3*4096:len(b)-2*4096], make([]byte, 4096)); return b }, true},
		"cut off":             {func(b []byte) []byte { return b[:len(b)-4096-100] }, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			j := at(t, path)
			for i := range 200 {
				r := row(i)
				if err := j.Record(t.Context(), &r, false); err != nil {
					t.Fatal(err)
				}
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.spoil(data), 0o600); err != nil {
				t.Fatal(err)
			}
			j, damage, err := journal.OpenFile(t.Context(), path)
			if err != nil || damage == nil {
				t.Fatal(err, damage)
			}
			defer j.Close()
			if _, err := os.Stat(damage.Aside); err != nil || damage.Cause == nil {
				t.Error(err, damage.Cause)
			}
			rows, err := j.Rows(t.Context(), journal.Filter{})
			if err != nil || len(rows) != damage.Rescued || (damage.Rescued > 0) != c.rescue {
				t.Errorf("%d rows, %d rescued, %v", len(rows), damage.Rescued, err)
			}
			t.Logf("%d of 200 rows rescued", damage.Rescued)
			r := row(1000)
			if err := j.Record(t.Context(), &r, false); err != nil {
				t.Error("the new journal cannot be written:", err)
			}
		})
	}
}

func TestAJournalOfALaterVersion(t *testing.T) {
	j := begin(t)
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(j.Path()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	_ = j.Close()
	if _, _, err := journal.OpenFile(t.Context(), j.Path()); !errors.Is(err, journal.ErrNewer) {
		t.Error(err)
	}
}

func TestWhereNothingCanBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := journal.OpenFile(t.Context(), filepath.Join(file, "journal.db")); err == nil {
		t.Error("a journal below a file")
	}
}
