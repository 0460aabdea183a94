package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// State is how far a workout is.
type State string

// The states.
const (
	// Intent: a request was about to be sent. It may have arrived or not.
	Intent State = "intent"
	// Open: it is known that nothing arrived; it can be sent.
	Open State = "open"
	// Sent: Strava has accepted the file and given a number, not yet an activity.
	Sent State = "sent"
	// Uploaded: there is an activity.
	Uploaded State = "uploaded"
	// Duplicate: Strava has the workout from somewhere else.
	Duplicate State = "duplicate"
	// Failed: Strava has refused the file for good.
	Failed State = "failed"
	// Staged: the file lies in a folder for the user to upload.
	Staged State = "staged"
	// Deleted: there was an activity, and its owner deleted it.
	Deleted State = "deleted"
)

// States lists all states, in the order of a workout's life.
func States() []State {
	return []State{Open, Intent, Sent, Uploaded, Duplicate, Failed, Staged, Deleted}
}

// Unsettled reports whether it is not known yet what became of the workout.
func (s State) Unsettled() bool { return s == Intent || s == Sent }

// Row is one workout in the journal. Zero values are unknown.
type Row struct {
	ID      int64
	Account string // of Strava, as a number; empty for what was staged without a login

	SHA256      string // of the decompressed bytes, in hexadecimal
	Fingerprint string // see package activity
	ExternalID  string // the name that we gave to the upload

	File     string // as it was named; untrusted text
	Activity int    // index of the first workout in the file
	Format   string
	Sport    string // Strava's sport type
	Start    time.Time
	Elapsed  time.Duration
	Distance *float64 // m
	// What we foretold Strava would show.
	MovingTime *float64 // s
	Calories   *float64 // kcal

	State      State
	UploadID   int64
	ActivityID int64  // of Duplicate: the other one, where known
	Folder     string // of Staged: the path of the copy
	Kind       string // of Failed: the kind of the failure, in a word
	Message    string // of Failed: what Strava said; untrusted text
	// Changes is what has yet to be changed of the activity, as JSON; empty where
	// nothing is left to do.
	Changes string

	Created   time.Time // when the row was written first
	SentAt    time.Time // when the last request was about to be sent
	SettledAt time.Time // when the state became final
}

// Journal is an open journal. It is safe for concurrent use, also by several
// processes.
type Journal struct {
	db   *sql.DB
	path string
}

// Damage tells of a journal that could not be read and was replaced.
type Damage struct {
	Cause   error
	Aside   string // where the damaged file is now
	Rescued int    // rows that could be read and are in the new journal
}

// openLock is how long to wait for another process that is opening the journal.
const openLock = 10 * time.Second

// OpenFile opens the journal in a file, which it creates where there is none. A
// damaged one is moved aside and what can be read of it is copied: the Damage
// tells; it is nil otherwise.
func OpenFile(ctx context.Context, path string) (*Journal, *Damage, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("opening the journal: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	wait, cancel := context.WithTimeout(ctx, openLock)
	defer cancel()
	if ok, err := lock.TryLockContext(wait, 20*time.Millisecond); err != nil || !ok {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, fmt.Errorf("opening the journal: locking %s: %w", path+".lock", err)
	}
	defer func() { _ = lock.Unlock() }() // ends with the process at the latest

	if err := wholeAtLeast(path); err != nil {
		return replace(ctx, path, err)
	}
	// SQLite would create it readable for all.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the journal: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, nil, fmt.Errorf("opening the journal: %w", err)
	}
	j, err := open(ctx, path)
	if err == nil {
		return j, nil, nil
	}
	if !damaged(err) {
		return nil, nil, fmt.Errorf("opening the journal %s: %w", path, err)
	}
	return replace(ctx, path, err)
}

// dsn is the address of a database for the driver.
func dsn(path, more string) string {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" && filepath.VolumeName(path) != "" {
		path = "/" + path
	}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + escaped + "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)" + more
}

func open(ctx context.Context, path string) (*Journal, error) {
	db, err := sql.Open("sqlite", dsn(path, "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	j := &Journal{db: db, path: path}
	err = j.check(ctx)
	if err == nil {
		err = j.migrate(ctx)
	}
	if err == nil {
		err = j.readable(ctx)
	}
	if err != nil {
		_ = db.Close() // the first error is the one that counts
		return nil, err
	}
	return j, nil
}

// errCheck says that SQLite finds its file inconsistent.
var errCheck = errors.New("the database is damaged")

func (j *Journal) check(ctx context.Context) error {
	var verdict string
	if err := j.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", errCheck, verdict)
	}
	return nil
}

// wholeAtLeast finds the one damage that SQLite repairs by deleting: of a database
// without a byte it takes the changes that stand beside it for leftovers.
func wholeAtLeast(path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() > 0 {
		return nil //nolint:nilerr // whoever opens it next has the same error
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%w: it is empty, and changes of it are not", errCheck)
	}
	return nil
}

// readable finds what SQLite does not mind: rows that hold something else than
// they should.
func (j *Journal) readable(ctx context.Context) error {
	rows, err := j.db.QueryContext(ctx, "SELECT "+columns+" FROM workouts WHERE superseded IN (0, 1)")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if _, err := scan(rows); err != nil {
			return fmt.Errorf("%w: %w", errCheck, err)
		}
	}
	return rows.Err()
}

// damaged reports whether an error says that a file is no sound database.
func damaged(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) {
		code := e.Code() & 0xff
		return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
	}
	return errors.Is(err, errCheck)
}

// replace moves a damaged journal aside and begins a new one with what can be
// read of the old.
func replace(ctx context.Context, path string, cause error) (*Journal, *Damage, error) {
	aside, err := free(path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000"))
	if err != nil {
		return nil, nil, fmt.Errorf("moving the damaged journal aside: %w", err)
	}
	d := &Damage{Cause: cause, Aside: aside}
	for _, suffix := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+suffix, d.Aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("moving the damaged journal aside: %w", err)
		}
	}
	j, err := open(ctx, path)
	if err != nil {
		return nil, nil, fmt.Errorf("beginning a new journal: %w", err)
	}
	d.Rescued = j.rescue(ctx, d.Aside)
	return j, d, nil
}

// free returns a name that nothing has: one like this, if need be with a number.
// Clocks are set back, and a name can come twice.
func free(name string) (string, error) {
	taken := func(name string) (bool, error) {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if _, err := os.Lstat(name + suffix); !errors.Is(err, fs.ErrNotExist) {
				return true, err
			}
		}
		return false, nil
	}
	for candidate, n := name, 2; ; candidate, n = fmt.Sprintf("%s-%d", name, n), n+1 {
		if is, err := taken(candidate); err != nil || !is {
			return candidate, err
		}
	}
}

// rescueLimit bounds the time that reading a damaged journal may take: pages that
// point at each other can be read for ever.
const rescueLimit = 20 * time.Second

// rescue copies the rows that can be read, from the first on and from the last
// back, until the damage.
func (j *Journal) rescue(ctx context.Context, aside string) int {
	reading, cancel := context.WithTimeout(ctx, rescueLimit)
	defer cancel()
	// With this SQLite opens a file that is shorter than its header says.
	db, err := sql.Open("sqlite", dsn(aside, "&_pragma=writable_schema(1)"))
	if err != nil {
		return 0
	}
	defer db.Close()
	n := 0
	read := func(order string) (found []Row) {
		rows, err := db.QueryContext(reading, "SELECT "+columns+" FROM workouts WHERE superseded = 0 ORDER BY id "+order) //nolint:gosec // both are literals
		if err != nil {
			return nil
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scan(rows)
			if err != nil {
				continue // the others may be whole
			}
			if n := len(found); n > 0 && (order == "ASC") != (r.ID > found[n-1].ID) {
				break // it goes round in a circle
			}
			found = append(found, r)
		}
		_ = rows.Err() // the damage, which is known
		return found
	}
	for _, order := range []string{"ASC", "DESC"} {
		found := read(order)
		for i := range found {
			if _, err := j.insert(ctx, j.db, &found[i]); err == nil {
				n++
			}
		}
	}
	return n
}

// Close closes the journal.
func (j *Journal) Close() error { return j.db.Close() }

// Path is the file of the journal.
func (j *Journal) Path() string { return j.path }

// Scratch returns a copy in memory, for a run that is to change nothing.
func (j *Journal) Scratch(ctx context.Context) (*Journal, error) {
	db, err := sql.Open("sqlite", "file::memory:?_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("copying the journal: %w", err)
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxLifetime(0)
	c := &Journal{db: db, path: j.path}
	err = c.migrate(ctx)
	var all []Row
	if err == nil {
		all, err = j.Rows(ctx, Filter{})
	}
	for i := range all {
		if err == nil {
			_, err = c.insert(ctx, c.db, &all[i])
		}
	}
	if err != nil {
		_ = db.Close() // the first error is the one that counts
		return nil, fmt.Errorf("copying the journal: %w", err)
	}
	return c, nil
}

// ErrBusy says that another process is delivering.
var ErrBusy = errors.New("another bandport is uploading or staging right now")

// Acquire takes the right to deliver, which one process has at a time. It ends
// with release, or with the process, however that ends.
func (j *Journal) Acquire() (release func(), err error) {
	lock := flock.New(j.path+".busy", flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", j.path+".busy", err)
	}
	if !ok {
		return nil, ErrBusy
	}
	return func() { _ = lock.Unlock() }, nil
}

// migrations brings a database from one version to the next. A step that was
// released is never changed.
var migrations = []string{
	`CREATE TABLE workouts (
		id           INTEGER PRIMARY KEY,
		superseded   INTEGER NOT NULL DEFAULT 0, -- 1: sent again on purpose, or replaced; kept as history
		account      TEXT    NOT NULL DEFAULT '',
		sha256       TEXT    NOT NULL,
		fingerprint  TEXT    NOT NULL DEFAULT '',
		external_id  TEXT    NOT NULL DEFAULT '',
		file         TEXT    NOT NULL DEFAULT '',
		activity     INTEGER NOT NULL DEFAULT 0,
		format       TEXT    NOT NULL DEFAULT '',
		sport        TEXT    NOT NULL DEFAULT '',
		start        INTEGER,                    -- seconds since 1970, UTC
		elapsed      INTEGER NOT NULL DEFAULT 0, -- seconds
		distance     REAL,                       -- metres
		moving_time  REAL,                       -- seconds, as foretold
		calories     REAL,                       -- kcal, as foretold
		state        TEXT    NOT NULL CHECK (state IN ('intent','open','sent','uploaded','duplicate','failed','staged','deleted')),
		upload_id    INTEGER,
		activity_id  INTEGER,
		folder       TEXT    NOT NULL DEFAULT '',
		kind         TEXT    NOT NULL DEFAULT '',
		message      TEXT    NOT NULL DEFAULT '',
		changes      TEXT    NOT NULL DEFAULT '',
		created_at   INTEGER NOT NULL,           -- milliseconds since 1970, UTC, as are the next two
		sent_at      INTEGER,
		settled_at   INTEGER
	);
	CREATE UNIQUE INDEX workouts_sha256 ON workouts (account, sha256) WHERE superseded = 0;
	CREATE UNIQUE INDEX workouts_fingerprint ON workouts (account, fingerprint) WHERE superseded = 0 AND fingerprint <> '';
	CREATE UNIQUE INDEX workouts_upload ON workouts (upload_id) WHERE upload_id IS NOT NULL;
	CREATE INDEX workouts_start ON workouts (start);`,
}

// ErrForeign says that the file is a database of something else.
var ErrForeign = errors.New("this is a database, but no journal of bandport; name another file")

// ErrNewer says that a later version of the program has changed the journal.
var ErrNewer = errors.New("a newer version of bandport has written this journal; use that one")

func (j *Journal) migrate(ctx context.Context) error {
	return j.transact(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if version > len(migrations) {
			return ErrNewer
		}
		var tables, ours int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*), COUNT(*) FILTER (WHERE name = 'workouts') FROM sqlite_schema WHERE type = 'table'").Scan(&tables, &ours); err != nil {
			return err
		}
		switch {
		case ours == 0 && tables > 0:
			return ErrForeign
		case version < 0, (version > 0) != (ours > 0):
			return fmt.Errorf("%w: it says to be of version %d and has %d tables", errCheck, version, tables)
		}
		for ; version < len(migrations); version++ {
			if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
				return fmt.Errorf("bringing the journal to version %d: %w", version+1, err)
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
}

func (j *Journal) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error is the one that counts
		return err
	}
	return tx.Commit()
}
