package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/journal"
)

// The results of a delivery.
const (
	Uploaded  = "uploaded"
	Duplicate = "duplicate"
	Skipped   = "skipped"
	Staged    = "staged"
	FailedTo  = "failed"
	Pending   = "pending"
	Planned   = "planned"
)

// Deliveries lists the results of a delivery.
func Deliveries() []string {
	return []string{Uploaded, Duplicate, Skipped, Staged, FailedTo, Pending, Planned}
}

// Delivery is what became of one workout that was to be uploaded or staged.
type Delivery struct {
	File        string         `json:"file"`
	Activity    int            `json:"activity"`
	Result      string         `json:"result"`
	Reason      *string        `json:"reason"`
	Code        *string        `json:"code"` // kind of the failure
	Format      *string        `json:"format"`
	SportType   *string        `json:"sport_type"`
	StartDate   *string        `json:"start_date"`
	ElapsedTime activity.Value `json:"elapsed_time"` // s
	UploadID    *int64         `json:"upload_id"`
	ActivityID  *int64         `json:"activity_id"`
	Folder      *string        `json:"folder"`       // the staged copy
	DuplicateOf *string        `json:"duplicate_of"` // the file on the other side
	Warnings    []string       `json:"warnings"`
	Predicted   Shown          `json:"predicted"`
	Strava      Shown          `json:"strava"`
}

// Shown are the figures by which a prediction is held against Strava.
type Shown struct {
	MovingTime  activity.Value `json:"moving_time"`  // s
	Distance    activity.Value `json:"distance"`     // m
	AveragePace activity.Value `json:"average_pace"` // s/km
}

// NewShown returns the figures of a moving time in seconds and a distance in
// metres.
func NewShown(moving, distance activity.Value) Shown {
	s := Shown{MovingTime: moving, Distance: rounded(distance, 2)}
	if m, d := moving.Or(0), distance.Or(0); m > 0 && d > 0 {
		s.AveragePace = activity.Of(m / d * 1000).Round(2)
	}
	return s
}

// Text is the rate in words, such as "6:05 /km"; empty where it is not known.
func (s *Shown) Text(sport *string, u Units) string {
	pace, ok := s.AveragePace.Get()
	if !ok {
		return ""
	}
	return u.rate(sport, activity.Of(1000/pace))
}

// Line is the delivery in one line for people.
func (d *Delivery) Line() string {
	var b strings.Builder
	b.WriteString(left(d.Result, len(Duplicate)) + "  " + Printable(title(d.File, d.Activity)))
	if d.ActivityID != nil && d.Result == Uploaded {
		fmt.Fprintf(&b, ": activity %d", *d.ActivityID)
	}
	if d.Folder != nil && d.Result == Staged {
		b.WriteString(": " + Printable(*d.Folder))
	}
	if d.Reason != nil {
		b.WriteString(": " + Printable(*d.Reason))
	}
	return b.String()
}

// Entry is one row of the journal.
type Entry struct {
	File        string         `json:"file"`
	Activity    int            `json:"activity"`
	Result      string         `json:"result"` // the state
	ID          int64          `json:"id"`
	Account     *string        `json:"account"`
	Format      *string        `json:"format"`
	SportType   *string        `json:"sport_type"`
	StartDate   *string        `json:"start_date"`
	ElapsedTime activity.Value `json:"elapsed_time"` // s
	Distance    activity.Value `json:"distance"`     // m
	MovingTime  activity.Value `json:"moving_time"`  // s, as foretold
	Calories    activity.Value `json:"calories"`     // kcal, as foretold
	UploadID    *int64         `json:"upload_id"`
	ActivityID  *int64         `json:"activity_id"`
	Folder      *string        `json:"folder"`
	Code        *string        `json:"code"`
	Message     *string        `json:"message"`
	ExternalID  *string        `json:"external_id"`
	SHA256      string         `json:"sha256"`
	Fingerprint *string        `json:"fingerprint"`
	CreatedAt   *string        `json:"created_at"`
	SentAt      *string        `json:"sent_at"`
	SettledAt   *string        `json:"settled_at"`
}

// ID returns a number of Strava's, or nil where it is unknown.
func ID(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

func valueOf(v *float64) activity.Value {
	if v == nil {
		return activity.Value{}
	}
	return activity.Of(*v)
}

// NewEntry puts a row of the journal into the form that users see.
func NewEntry(r *journal.Row) Entry {
	e := Entry{
		File: r.File, Activity: r.Activity, Result: string(r.State), ID: r.ID, Account: orNull(r.Account), Format: orNull(r.Format),
		SportType: orNull(r.Sport), StartDate: instant(r.Start), Distance: rounded(valueOf(r.Distance), 2),
		MovingTime: valueOf(r.MovingTime), Calories: rounded(valueOf(r.Calories), 1),
		UploadID: ID(r.UploadID), ActivityID: ID(r.ActivityID), Folder: orNull(r.Folder), Code: orNull(r.Kind), Message: orNull(r.Message),
		ExternalID: orNull(r.ExternalID), SHA256: r.SHA256, Fingerprint: orNull(r.Fingerprint),
		CreatedAt: instant(r.Created.Truncate(time.Second)), SentAt: instant(r.SentAt.Truncate(time.Second)), SettledAt: instant(r.SettledAt.Truncate(time.Second)),
	}
	if r.Elapsed > 0 {
		e.ElapsedTime = activity.Of(r.Elapsed.Seconds())
	}
	return e
}

// WriteEntries shows rows of the journal to people.
func WriteEntries(w io.Writer, entries []Entry, u Units) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(t, "id\tstart (UTC)\tsport\tdistance\tresult\tactivity or folder\tfile"); err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		start, where := "", ""
		if at, ok := moment(e.StartDate, time.UTC); ok {
			start = at.Format("2006-01-02 15:04")
		}
		switch {
		case e.ActivityID != nil:
			where = fmt.Sprint(*e.ActivityID)
		case e.Folder != nil:
			where = *e.Folder
		case e.Message != nil:
			where = *e.Message
		}
		if _, err := fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, start, sportWord(e.SportType), u.distance(e.Distance), e.Result,
			Printable(where), Printable(title(e.File, e.Activity))); err != nil {
			return err
		}
	}
	return t.Flush()
}
