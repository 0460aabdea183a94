package journal

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/internal/fuzztest"
)

// database is a journal as it can lie on a disk: the file, and the changes beside
// it that a process that was killed has left.
type database struct{ main, wal []byte }

func (d database) write(tb testing.TB, path string) {
	tb.Helper()
	for name, data := range map[string][]byte{path: d.main, path + "-wal": d.wal} {
		if data == nil {
			continue
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

// onDisk reads a database with what stands beside it.
func onDisk(tb testing.TB, path string) (d database) {
	tb.Helper()
	var err error
	if d.main, err = os.ReadFile(path); err != nil {
		tb.Fatal(err)
	}
	if wal, err := os.ReadFile(path + "-wal"); err == nil {
		d.wal = wal
	}
	return d
}

// made lets SQLite make a database.
func made(tb testing.TB, do func(db *sql.DB)) database {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "made.db")
	db, err := sql.Open("sqlite", dsn(path, "&_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(0)"))
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer db.Close()
	do(db)
	return onDisk(tb, path) // with the changes beside, as only a process that is killed leaves them
}

// whole is a database in one file.
func whole(tb testing.TB, d database) database {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "whole.db")
	d.write(tb, path)
	db, err := sql.Open("sqlite", dsn(path, ""))
	if err == nil {
		_, err = db.ExecContext(tb.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err != nil {
		tb.Fatal(err)
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return database{main: data}
}

// some are rows of all states, with long and odd texts.
func some(db *sql.DB) error {
	for i, state := range States() {
		_, err := db.ExecContext(context.Background(), `INSERT INTO workouts (superseded, account, sha256, fingerprint, external_id, file, state, start, distance, message, created_at)
			VALUES (?,?,?,?,?,?,?,?,?,?,?)`, i%3/2, "7", fmt.Sprintf("%064x", i), fmt.Sprintf("1:%d", i), "x", "dir/\x1b[31m'; DROP TABLE workouts; --", string(state),
			int64(i)*1e9, 1e300*float64(i), strings.Repeat("é\x00", 200*i), -int64(i)<<40)
		if err != nil {
			return err
		}
	}
	return nil
}

// create makes a journal of a version, in one step as the program does it, and
// puts rows into it.
func create(tb testing.TB, db *sql.DB, version int) {
	tb.Helper()
	_, err := db.ExecContext(context.Background(), fmt.Sprintf("BEGIN; %s; PRAGMA user_version = %d; COMMIT", strings.Join(migrations[:version], ";"), version))
	if err == nil {
		err = some(db)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// versions are intact journals of every version that there ever was, and later
// ones, with rows.
func versions(tb testing.TB) map[string]database {
	tb.Helper()
	out := map[string]database{}
	for v := 1; v <= len(migrations); v++ {
		d := made(tb, func(db *sql.DB) {
			create(tb, db, v)
		})
		out[fmt.Sprintf("version %d, killed", v)] = d
		out[fmt.Sprintf("version %d", v)] = whole(tb, d)
	}
	return out
}

// stamped is a database with another version.
func stamped(d database, version int32) database {
	const userVersion = 60 // its place in the header
	out := database{main: slices.Clone(d.main)}
	binary.BigEndian.PutUint32(out.main[userVersion:], uint32(version))
	return out
}

func foreign(tb testing.TB) database {
	tb.Helper()
	return whole(tb, made(tb, func(db *sql.DB) {
		if _, err := db.ExecContext(context.Background(), "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')"); err != nil {
			tb.Fatal(err)
		}
	}))
}

// contents reads all rows that plain SQLite can read of a copy, whatever they hold,
// by the version that wrote them. It reports false where that takes too long.
func contents(tb testing.TB, d database) (map[string]bool, bool) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "copy.db")
	d.write(tb, path)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	db, err := sql.Open("sqlite", dsn(path, ""))
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	out := map[string]bool{}
	rows, err := db.QueryContext(ctx, "SELECT * FROM workouts")
	if err != nil {
		return out, ctx.Err() == nil
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return out, true
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return out, true
		}
		out[fmt.Sprintf("%#v", values)] = true
	}
	if err := rows.Err(); err != nil {
		return out, ctx.Err() == nil // what stands before the damage counts
	}
	return out, true
}

// holds opens a journal and holds what is promised of that: nothing panics; what
// could be read before can be read after, in the journal or where it was moved;
// what is refused stays where it is; to open twice is as good as once; and what
// was opened can be read and written.
func holds(t *testing.T, d database) (damage *Damage, err error) {
	t.Helper()
	before, ok := contents(t, d)
	if !ok {
		t.Skip("SQLite itself does not come to an end")
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	d.write(t, path)
	kept := func(where string) {
		t.Helper()
		after, _ := contents(t, onDisk(t, where))
		for row := range before {
			if !after[row] {
				t.Fatalf("%s: a row is lost of %d, %d are left (damage %v, error %v): %.200s", filepath.Base(where), len(before), len(after), damage, err, row)
			}
		}
	}
	open := func() (rows []Row) {
		t.Helper()
		var j *Journal
		if j, damage, err = OpenFile(t.Context(), path); err != nil {
			return nil
		}
		defer func() {
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}()
		rows, rowsErr := j.Rows(t.Context(), Filter{})
		if rowsErr != nil {
			t.Fatalf("it was opened and cannot be read: %v", rowsErr)
		}
		return rows
	}
	first := open()
	switch {
	case err != nil:
		kept(path)
		was := err
		if open(); err == nil || damage != nil {
			t.Fatalf("first %v, then %v, %v", was, damage, err)
		}
		return damage, was
	case damage != nil:
		if len(first) != damage.Rescued || damage.Cause == nil {
			t.Fatalf("%d rows, %d rescued, %v", len(first), damage.Rescued, damage.Cause)
		}
		kept(damage.Aside)
	default:
		kept(path)
	}
	was := damage
	second := open()
	if err != nil || damage != nil || len(first) != len(second) {
		t.Fatalf("opened again: %d rows, then %d, %v, %v", len(first), len(second), damage, err)
	}
	damage = was
	if damage != nil {
		kept(damage.Aside)
	} else {
		kept(path)
	}
	j, _, err := OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	row := Row{Account: "other", SHA256: "other", State: Intent}
	if err := j.Record(t.Context(), &row, false); err != nil {
		t.Fatalf("it was opened and cannot be written: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return damage, nil
}

// What is intact is read with every row, whichever version wrote it; what is not a
// journal of ours, or of a later one, stays as it is; damage is moved aside.
func TestOpening(t *testing.T) {
	all := versions(t)
	newest := fmt.Sprintf("version %d", len(migrations))
	last, killed := all[newest], all[newest+", killed"]
	late := stamped(last, int32(len(migrations)+1))
	for name, c := range map[string]struct {
		d      database
		damage bool
		err    error
	}{
		"nothing":                         {database{}, false, nil},
		"an empty file":                   {database{main: []byte{}}, false, nil},
		"a later version":                 {late, false, ErrNewer},
		"the last version there can be":   {stamped(last, 1<<31-1), false, ErrNewer},
		"a version below zero":            {stamped(last, -5), true, nil},
		"no version, but the table":       {stamped(last, 0), true, nil},
		"another program's":               {foreign(t), false, ErrForeign},
		"another program's with versions": {stamped(foreign(t), 1), false, ErrForeign},
		"text":                            {database{main: []byte("hello")}, true, nil},
		"a version without a table":       {stamped(whole(t, made(t, func(db *sql.DB) { _, _ = db.ExecContext(context.Background(), "PRAGMA user_version = 1") })), 1), true, nil},
		"emptied beside its changes":      {database{main: []byte{}, wal: killed.wal}, true, nil},
		"changes that were cut":           {database{main: killed.main, wal: killed.wal[:len(killed.wal)-1000]}, false, nil},
		"cut":                             {database{main: last.main[:len(last.main)/2]}, true, nil},
		"one row that is none": {whole(t, made(t, func(db *sql.DB) {
			create(t, db, len(migrations))
			if _, err := db.ExecContext(context.Background(), "UPDATE workouts SET start = 'soon' WHERE id = 2"); err != nil {
				t.Fatal(err)
			}
		})), true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if c.d.main == nil {
				c.d = database{}
			}
			damage, err := holds(t, c.d)
			if !errors.Is(err, c.err) || (damage != nil) != c.damage {
				t.Errorf("damage %v, error %v", damage, err)
			}
			if name == "one row that is none" && damage != nil && damage.Rescued != 5 {
				t.Errorf("%d rows were rescued of those that count", damage.Rescued) // 8, of which 2 are history and one is none
			}
		})
	}
	for name, d := range all {
		t.Run(name, func(t *testing.T) {
			if damage, err := holds(t, d); damage != nil || err != nil {
				t.Errorf("damage %v, error %v", damage, err)
			}
		})
	}
}

// A second damage at the same moment of the clock, which may have been set back,
// does not overwrite what the first one left.
func TestNamesOfDamagedJournalsAreFree(t *testing.T) {
	name := filepath.Join(t.TempDir(), "journal.db.damaged-20260301T183000.000")
	for _, want := range []string{name, name + "-2", name + "-3"} {
		got, err := free(name)
		if err != nil || got != want {
			t.Fatalf("%s, %v; want %s", got, err, want)
		}
		suffix := map[string]string{name + "-2": "-wal"}[want] // what was left of one can be its changes alone
		if err := os.WriteFile(got+suffix, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzOpen damages journals of every version, and the changes beside them: bytes
// are changed, the ends cut off.
func FuzzOpen(f *testing.F) {
	all := versions(f)
	names := slices.Sorted(maps.Keys(all))
	bases := make([]database, 0, len(all)+2)
	for _, name := range names {
		bases = append(bases, all[name])
	}
	bases = append(bases, foreign(f), database{main: []byte{}})
	for i := range bases {
		f.Add(uint8(i), []byte{}, uint32(0), uint32(0))
		f.Add(uint8(i), []byte{60, 0, 0xFF}, uint32(0), uint32(0))                               // the version
		f.Add(uint8(i), []byte{18, 0, 3, 19, 0, 1, 16, 0, 0}, uint32(0), uint32(0))              // the format, the size of pages
		f.Add(uint8(i), []byte{28, 0, 0xFF, 31, 0, 1, 47, 0, 9, 59, 0, 2}, uint32(0), uint32(0)) // sizes, the schema's format, UTF-16
		f.Add(uint8(i), []byte{100, 0, 2, 103, 0, 0xFF}, uint32(0), uint32(0))                   // the first page
		f.Add(uint8(i), []byte{0, 0x10, 5, 8, 0x10, 0}, uint32(0), uint32(0))                    // the second
		f.Add(uint8(i), []byte{}, uint32(5000), uint32(0))
		f.Add(uint8(i), []byte{}, uint32(0), uint32(5000))
		f.Add(uint8(i), []byte{1, 0x80, 7, 40, 0x80, 1}, uint32(1), uint32(1)) // the changes
	}
	f.Fuzz(func(t *testing.T, base uint8, edits []byte, cut, cutWAL uint32) {
		defer fuzztest.Decoding.Hold(t)()
		if len(edits) > 300 {
			return
		}
		b := bases[int(base)%len(bases)]
		d := database{main: slices.Clone(b.main), wal: slices.Clone(b.wal)}
		d.main = d.main[:len(d.main)-int(cut)%(len(d.main)+1)]
		if len(d.wal) > 0 {
			d.wal = d.wal[:len(d.wal)-int(cutWAL)%(len(d.wal)+1)]
		}
		// An edit is a place and what to write there; places with the highest bit are
		// in the changes.
		for ; len(edits) >= 3; edits = edits[3:] {
			at, into := int(edits[0])|int(edits[1]&0x7F)<<8, d.main
			if edits[1]&0x80 != 0 {
				into = d.wal
			}
			if at < len(into) {
				into[at] = edits[2]
			}
		}
		_, _ = holds(t, d) // whatever becomes of it, the laws hold
	})
}
