package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

const columns = `id, account, sha256, fingerprint, external_id, file, activity, format, sport, start, elapsed, distance,
	moving_time, calories, state, upload_id, activity_id, folder, kind, message, changes, created_at, sent_at, settled_at`

type scanner interface{ Scan(dest ...any) error }

func scan(s scanner) (Row, error) {
	var r Row
	var start, upload, act, created, sent, settled sql.NullInt64
	var distance, moving, calories sql.NullFloat64
	var elapsed int64
	err := s.Scan(&r.ID, &r.Account, &r.SHA256, &r.Fingerprint, &r.ExternalID, &r.File, &r.Activity, &r.Format, &r.Sport, &start, &elapsed,
		&distance, &moving, &calories, &r.State, &upload, &act, &r.Folder, &r.Kind, &r.Message, &r.Changes, &created, &sent, &settled)
	if err != nil {
		return r, err
	}
	if start.Valid {
		r.Start = time.Unix(start.Int64, 0).UTC()
	}
	r.Elapsed = time.Duration(elapsed) * time.Second
	r.Distance, r.MovingTime, r.Calories = pointer(distance), pointer(moving), pointer(calories)
	r.UploadID, r.ActivityID = upload.Int64, act.Int64
	r.Created, r.SentAt, r.SettledAt = instant(created), instant(sent), instant(settled)
	return r, nil
}

func pointer(v sql.NullFloat64) *float64 {
	if !v.Valid {
		return nil
	}
	return &v.Float64
}

func instant(v sql.NullInt64) time.Time {
	if !v.Valid {
		return time.Time{}
	}
	return time.UnixMilli(v.Int64).UTC()
}

// orNull are the forms in which unknown values are kept.
func secondsOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

func millisOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func idOrNull(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

func floatOrNull(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (j *Journal) insert(ctx context.Context, to execer, r *Row) (int64, error) {
	if r.Created.IsZero() {
		r.Created = time.Now()
	}
	result, err := to.ExecContext(ctx, `INSERT INTO workouts (`+strings.TrimPrefix(columns, "id, ")+`)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		r.Account, r.SHA256, r.Fingerprint, r.ExternalID, r.File, r.Activity, r.Format, r.Sport, secondsOrNull(r.Start), int64(r.Elapsed.Seconds()),
		floatOrNull(r.Distance), floatOrNull(r.MovingTime), floatOrNull(r.Calories), string(r.State), idOrNull(r.UploadID), idOrNull(r.ActivityID),
		r.Folder, r.Kind, r.Message, r.Changes, r.Created.UnixMilli(), millisOrNull(r.SentAt), millisOrNull(r.SettledAt))
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// Filter selects rows. A zero field does not restrict.
type Filter struct {
	Account      *string // of this account, and what was staged without one
	States       []State
	SHA256       string
	Fingerprint  string
	ExternalID   string
	From, Before time.Time // of the workout's start
	Changes      bool      // only where something is left to change
}

// Rows returns the rows that a filter selects, by the start of the workouts.
func (j *Journal) Rows(ctx context.Context, f Filter) ([]Row, error) {
	where, args := []string{"superseded = 0"}, []any{}
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.Account != nil {
		add("account IN (?, '')", *f.Account)
	}
	if len(f.States) > 0 {
		values := make([]any, len(f.States))
		for i, s := range f.States {
			values[i] = string(s)
		}
		add("state IN (?"+strings.Repeat(",?", len(values)-1)+")", values...)
	}
	if f.SHA256 != "" {
		add("sha256 = ?", f.SHA256)
	}
	if f.Fingerprint != "" {
		add("fingerprint = ?", f.Fingerprint)
	}
	if f.ExternalID != "" {
		add("external_id = ?", f.ExternalID)
	}
	if !f.From.IsZero() {
		add("start >= ?", f.From.Unix())
	}
	if !f.Before.IsZero() {
		add("start < ?", f.Before.Unix())
	}
	if f.Changes {
		add("changes <> ''")
	}
	rows, err := j.db.QueryContext(ctx, "SELECT "+columns+" FROM workouts WHERE "+strings.Join(where, " AND ")+" ORDER BY start, id", args...) //nolint:gosec // the conditions are literals
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	defer rows.Close()
	var out []Row
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return out, nil
}

// TakenError says that a workout is in the journal already.
type TakenError struct{ Row Row }

// Error names the state of the other row.
func (e *TakenError) Error() string {
	return "the journal has this workout already: " + string(e.Row.State)
}

// Record writes a row for a workout in the state that it has, most often
// [Intent], before anything is done. A row with one of the same keys is in the
// way, and a [TakenError], unless again is set, or it is Open or Failed: then it
// stays as history and counts no longer. The row's ID is set.
func (j *Journal) Record(ctx context.Context, r *Row, again bool) error {
	err := j.transact(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT "+columns+` FROM workouts
			WHERE superseded = 0 AND account = ? AND (sha256 = ? OR fingerprint <> '' AND fingerprint = ?)`, r.Account, r.SHA256, r.Fingerprint)
		if err != nil {
			return err
		}
		defer rows.Close()
		var old []int64
		for rows.Next() {
			o, err := scan(rows)
			if err != nil {
				return err
			}
			if !again && o.State != Open && o.State != Failed {
				return &TakenError{Row: o}
			}
			old = append(old, o.ID)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, id := range old {
			if _, err := tx.ExecContext(ctx, "UPDATE workouts SET superseded = 1 WHERE id = ?", id); err != nil {
				return err
			}
		}
		r.ID, err = j.insert(ctx, tx, r)
		return err
	})
	return writing(err)
}

func writing(err error) error {
	var taken *TakenError
	if err == nil || errors.As(err, &taken) {
		return err
	}
	return fmt.Errorf("writing the journal: %w", err)
}

// ErrGone says that a row is no longer there: somebody forgot it meanwhile.
var ErrGone = errors.New("the row is no longer in the journal")

// set changes one row.
func (j *Journal) set(ctx context.Context, id int64, what string, args ...any) error {
	result, err := j.db.ExecContext(ctx, "UPDATE workouts SET "+what+" WHERE id = ?", append(args, id)...) //nolint:gosec // the assignments are literals
	if err != nil {
		return writing(err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return writing(ErrGone)
	}
	return nil
}

// Accepted says that Strava gave a number to the upload.
func (j *Journal) Accepted(ctx context.Context, id, uploadID int64) error {
	return j.set(ctx, id, "state = 'sent', upload_id = ?", uploadID)
}

// Refused says that nothing arrived: the workout can be sent again.
func (j *Journal) Refused(ctx context.Context, id int64) error {
	return j.set(ctx, id, "state = 'open', upload_id = NULL")
}

// Settle says what became of a workout: the state and whichever of ActivityID,
// UploadID, Folder, Kind, Message are set in r.
func (j *Journal) Settle(ctx context.Context, id int64, r Row) error {
	return j.set(ctx, id, `state = ?, activity_id = ?, upload_id = COALESCE(?, upload_id), folder = COALESCE(NULLIF(?, ''), folder), kind = ?, message = ?,
		changes = CASE WHEN ? = 'uploaded' THEN changes ELSE '' END, settled_at = ?`,
		string(r.State), idOrNull(r.ActivityID), idOrNull(r.UploadID), r.Folder, r.Kind, r.Message, string(r.State), time.Now().UnixMilli())
}

// Changed says that nothing is left to change of the activity.
func (j *Journal) Changed(ctx context.Context, id int64) error {
	return j.set(ctx, id, "changes = ''")
}

// Forget deletes rows, so that their workouts count as never seen.
func (j *Journal) Forget(ctx context.Context, ids ...int64) error {
	return writing(j.transact(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "DELETE FROM workouts WHERE id = ?", id); err != nil {
				return err
			}
		}
		return nil
	}))
}
