package deliver

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/strava"
)

// DefaultPatience is how long an upload can be on its way after its connection
// ended: the request in the network, and the processing, which takes seconds. It
// is long because a mistake makes a second activity; Strava's own search for
// duplicates is a second net.
const DefaultPatience = 2 * time.Minute

// Strava delivers through the API.
type Strava struct {
	Client *strava.Client
	// AthleteID is whose activities these are.
	AthleteID int64
	// Scopes are those of the login.
	Scopes []string
	// Wait is the patience; 0 is [DefaultPatience].
	Wait time.Duration
}

var _ Backend = (*Strava)(nil)

// Name returns "strava".
func (s *Strava) Name() string { return "strava" }

// Account returns the number of the athlete.
func (s *Strava) Account() string { return fmt.Sprint(s.AthleteID) }

// Patience returns how long an upload can be on its way.
func (s *Strava) Patience() time.Duration { return orDefault(s.Wait, DefaultPatience) }

// Capacity returns what the rate limits leave.
func (s *Strava) Capacity() Capacity {
	a := s.Client.Allowance()
	return Capacity{
		Requests: a.Requests, Reads: a.Reads, Daily: a.Daily,
		Resume: a.Resume.Add(-s.Client.Skew()), // of Strava's clock, told by ours
	}
}

// Listed lists the athlete's activities.
func (s *Strava) Listed(ctx context.Context, from, to time.Time) ([]Remote, error) {
	if !strava.Allows(s.Scopes, strava.ScopeRead) {
		return nil, ErrNoListing
	}
	var out []Remote
	for a, err := range s.Client.Activities(ctx, from, to) {
		if err != nil {
			return nil, s.explain(err)
		}
		out = append(out, remote(&a))
	}
	return out, nil
}

func remote(a *strava.Activity) Remote {
	r := Remote{
		ActivityID: a.ID, Name: a.Name, Sport: activity.Sport(a.SportType), Start: a.StartDate,
		Elapsed: time.Duration(a.ElapsedTime) * time.Second, Distance: activity.Of(a.Distance), MovingTime: activity.Of(float64(a.MovingTime)),
	}
	if a.ExternalID != nil {
		r.ExternalID = strava.Trim(*a.ExternalID)
	}
	return r
}

// explain sorts the errors of the client by what they mean for a run.
func (s *Strava) explain(err error) error {
	var limited *strava.RateLimitError
	var lost *strava.Unanswered
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limited):
		return &Limited{Resume: limited.Resume.Add(-s.Client.Skew()), Daily: limited.Daily, Err: err}
	case errors.Is(err, strava.ErrLoggedOut):
		return &Fatal{Err: err}
	case errors.As(err, &lost):
		return &Unknown{Err: err}
	}
	switch strava.KindOf(err) {
	case strava.Unauthorized, strava.ScopeMissing, strava.AppInactive, strava.AthleteLimit:
		return &Fatal{Err: err}
	}
	return err
}

// worthwhile is the part of its size that a file may have after packing, for the
// packing to be worth it.
const worthwhile = 0.9

// Send uploads the file, or creates the activity where there is none.
func (s *Strava) Send(ctx context.Context, c *Candidate, externalID string) (Receipt, error) {
	if c.Open == nil {
		return s.create(ctx, c)
	}
	data, dataType, err := pack(ctx, c)
	if err != nil {
		return Receipt{}, &Rejected{Outcome{State: journal.Failed, Kind: "file", Message: err.Error()}}
	}
	w := c.Wishes
	status, err := s.Client.Upload(ctx, strava.Upload{
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, Size: int64(len(data)),
		DataType: dataType, ExternalID: externalID, SportType: string(w.Sport), Name: w.Name, Description: w.Description,
		Trainer: w.Trainer, Commute: w.Commute,
	})
	if err != nil {
		if o, ok := verdictOf(err); ok {
			return Receipt{}, &Rejected{o}
		}
		return Receipt{}, s.explain(err)
	}
	if o, done := outcome(&status); done {
		return Receipt{Outcome: &o}, nil
	}
	return Receipt{UploadID: status.ID}, nil
}

// pack reads a file, makes sure that it is still the one that was planned, and
// packs it where that saves.
func pack(ctx context.Context, c *Candidate) (data []byte, dataType string, err error) {
	in, err := c.Open(ctx)
	if err != nil {
		return nil, "", err
	}
	defer in.Close()
	var packed bytes.Buffer
	plain := bytes.NewBuffer(make([]byte, 0, min(c.Size, MaxSize)+bytes.MinRead))
	sum := sha256.New()
	z := gzip.NewWriter(&packed)
	n, err := io.Copy(io.MultiWriter(sum, plain, z), io.LimitReader(in, MaxSize+1))
	if err == nil {
		err = z.Close()
	}
	switch {
	case err != nil:
		return nil, "", err
	case n > MaxSize || hex.EncodeToString(sum.Sum(nil)) != c.SHA256:
		return nil, "", errors.New("the file has changed since it was read first; run the command again")
	case float64(packed.Len()) < worthwhile*float64(n):
		return packed.Bytes(), c.Format + ".gz", nil
	}
	return plain.Bytes(), c.Format, nil
}

// create creates an activity without a file.
func (s *Strava) create(ctx context.Context, c *Candidate) (Receipt, error) {
	local := c.Start.UTC()
	if c.Local != nil {
		local = c.Start.In(c.Local)
	}
	name := c.Wishes.Name
	if name == "" {
		name = string(c.sport())
	}
	a, err := s.Client.Create(ctx, strava.Manual{
		Name: name, SportType: string(c.sport()), StartLocal: local, Elapsed: c.Elapsed, Distance: c.Distance.Or(0),
		Description: c.Wishes.Description, Trainer: c.Wishes.Trainer, Commute: c.Wishes.Commute,
	})
	if err != nil {
		if o, ok := verdictOf(err); ok {
			return Receipt{}, &Rejected{o}
		}
		return Receipt{}, s.explain(err)
	}
	return Receipt{Outcome: &Outcome{State: journal.Uploaded, ActivityID: a.ID}}, nil
}

// verdictOf returns the outcome of an error that is about the file and final.
func verdictOf(err error) (Outcome, bool) {
	var e *strava.Error
	var lost *strava.Unanswered
	if !errors.As(err, &e) || errors.As(err, &lost) {
		return Outcome{}, false
	}
	o := Outcome{State: journal.Failed, Kind: e.Kind.String(), Message: e.Text}
	if o.Message == "" {
		o.Message = e.Error()
	}
	switch e.Kind {
	case strava.Duplicate:
		return Outcome{State: journal.Duplicate, ActivityID: e.ActivityID, Message: e.Text}, true
	case strava.Empty, strava.Malformed, strava.TimeMissing, strava.ProcessFailed, strava.BadRequest:
		return o, true
	}
	return Outcome{}, false
}

// outcome reads what Strava says about an upload; done is false while it works.
func outcome(u *strava.UploadStatus) (o Outcome, done bool) {
	if p := u.Problem(); p != nil {
		o, _ = verdictOf(p)
		o.UploadID = u.ID
		return o, true
	}
	switch {
	case u.ActivityID != nil && *u.ActivityID != 0:
		return Outcome{State: journal.Uploaded, ActivityID: *u.ActivityID, UploadID: u.ID}, true
	case u.Deleted():
		return Outcome{State: journal.Deleted, UploadID: u.ID}, true
	}
	return Outcome{}, false
}

// Ask asks what became of an upload. One that Strava does not know may be too
// young to be known.
func (s *Strava) Ask(ctx context.Context, uploadID int64) (Outcome, bool, error) {
	u, err := s.Client.UploadStatus(ctx, uploadID)
	switch {
	case strava.KindOf(err) == strava.NotFound:
		return Outcome{}, false, nil
	case err != nil:
		return Outcome{}, false, s.explain(err)
	}
	o, done := outcome(&u)
	return o, done, nil
}

// Find looks for uploads by the names that they were given, and for activities
// without a file by their start. It is conclusive where the login may see all
// activities.
func (s *Strava) Find(ctx context.Context, rows []journal.Row) (map[int64]Outcome, bool, error) {
	if !strava.Allows(s.Scopes, strava.ScopeRead) {
		return nil, false, nil
	}
	starts := make([]time.Time, len(rows))
	conclusive := slices.Contains(s.Scopes, strava.ScopeReadAll)
	for i := range rows {
		if starts[i] = rows[i].Start; starts[i].IsZero() {
			conclusive = false // nobody knows where to look
		}
	}
	found := map[int64]Outcome{}
	for _, span := range spans(starts) {
		list, err := s.Listed(ctx, span[0], span[1])
		if err != nil {
			return nil, false, err
		}
		for i := range rows {
			for k := range list {
				r := &list[k]
				if r.ExternalID != "" && r.ExternalID == rows[i].ExternalID {
					found[rows[i].ID] = Outcome{State: journal.Uploaded, ActivityID: r.ActivityID}
					break
				}
				// An activity without a file has no name of ours, and one whose name is
				// not shown is the workout all the same: a second one is not wanted. One
				// that was forced is to be told from its double by the name alone.
				plain := rows[i].Format == "" || rows[i].ExternalID == ExternalID(rows[i].SHA256)
				if plain && r.ExternalID == "" && rowAccount(&rows[i]).same(r.account()) {
					found[rows[i].ID] = Outcome{State: journal.Uploaded, ActivityID: r.ActivityID}
				}
			}
		}
	}
	return found, conclusive, nil
}

// Changes returns what has to be changed after the upload.
func (s *Strava) Changes(c *Candidate) string {
	if !c.Wishes.later() {
		return ""
	}
	var ch strava.Changes
	if c.Wishes.GearID != "" {
		ch.GearID = &c.Wishes.GearID
	}
	if c.Wishes.HideFromHome {
		ch.HideFromHome = &c.Wishes.HideFromHome
	}
	text, err := json.Marshal(ch)
	if err != nil {
		return "" // texts and booleans are always JSON
	}
	return string(text)
}

// Change changes an activity.
func (s *Strava) Change(ctx context.Context, activityID int64, changes string) error {
	var ch strava.Changes
	if err := json.Unmarshal([]byte(changes), &ch); err != nil {
		return &Rejected{Outcome{Message: "the journal holds changes that cannot be read"}}
	}
	err := s.Client.Change(ctx, activityID, ch)
	var e *strava.Error
	if errors.As(err, &e) && (e.Kind == strava.BadRequest || e.Kind == strava.NotFound || e.Kind == strava.ScopeMissing) {
		return &Rejected{Outcome{Message: e.Error()}}
	}
	return s.explain(err)
}
