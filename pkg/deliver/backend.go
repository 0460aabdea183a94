package deliver

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/journal"
)

// Backend is a way to deliver. Its methods are called by several goroutines at
// once.
type Backend interface {
	// Name is the back-end in a word.
	Name() string
	// Account is whose workouts these are, as the journal keeps it.
	Account() string
	// Listed returns what is there already and began between two instants. The
	// error is [ErrNoListing] where that cannot be known.
	Listed(ctx context.Context, from, to time.Time) ([]Remote, error)
	// Send delivers a candidate under a name that is its own. What an error says
	// about the candidate's fate: an [Unknown] that it may have arrived, anything
	// else that it has not.
	Send(ctx context.Context, c *Candidate, externalID string) (Receipt, error)
	// Ask tells what became of an upload. Done is false while nobody knows yet.
	Ask(ctx context.Context, uploadID int64) (o Outcome, done bool, err error)
	// Find looks for workouts whose answer was lost, by their rows, and returns
	// what it found by the IDs of the rows. Absence is worth something only where
	// conclusive is true.
	Find(ctx context.Context, rows []journal.Row) (found map[int64]Outcome, conclusive bool, err error)
	// Change makes changes that could not be made with Send. What it returns for
	// a candidate by [Backend.Changes] is kept in the journal meanwhile.
	Change(ctx context.Context, activityID int64, changes string) error
	Changes(c *Candidate) string
	// Capacity is what may be sent now.
	Capacity() Capacity
	// Patience is how long something can be on its way after the connection
	// ended, before what is not found counts as never arrived.
	Patience() time.Duration
}

// Remote is a workout that is there already.
type Remote struct {
	ActivityID int64
	ExternalID string // as we gave it; empty: not ours
	Name       string // untrusted text
	Sport      activity.Sport
	Start      time.Time
	Elapsed    time.Duration
	Distance   activity.Value
	MovingTime activity.Value // s
}

// Receipt is what a delivery brings at once: the number of an upload that is to
// be asked about, or the outcome.
type Receipt struct {
	UploadID int64
	Outcome  *Outcome
}

// Outcome is what became of a workout.
type Outcome struct {
	State      journal.State
	ActivityID int64
	UploadID   int64
	Folder     string // where a copy was put
	Kind       string // of a failure, in a word
	Message    string // of a failure; untrusted text
	Planned    bool   // nothing was done: this is a dry run
}

// Unlimited is a capacity that is never used up.
const Unlimited = 1 << 30

// Capacity is how many requests the limits allow now, and when they allow more.
type Capacity struct {
	Requests int // of any kind
	Reads    int // how many of them may read
	Resume   time.Time
	Daily    bool
}

// ErrNoListing says that a back-end cannot tell what is there already.
var ErrNoListing = errors.New("the login does not allow to list activities")

// Unknown says that a workout may have arrived or not.
type Unknown struct{ Err error }

// Error returns the cause.
func (e *Unknown) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Unknown) Unwrap() error { return e.Err }

// Limited says that the limits allow no more for now.
type Limited struct {
	Resume time.Time
	Daily  bool
	Err    error
}

// Error returns the cause.
func (e *Limited) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Limited) Unwrap() error { return e.Err }

// Fatal says that nothing else will go any better: the rest is not tried.
type Fatal struct{ Err error }

// Error returns the cause.
func (e *Fatal) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Fatal) Unwrap() error { return e.Err }

// Rejected says that a candidate was refused for good, and why.
type Rejected struct{ Outcome Outcome }

// Error returns what was said.
func (e *Rejected) Error() string { return e.Outcome.Message }

// Recorder is a back-end for dry runs: it passes on what reads and keeps what
// would be sent. Use it with a scratch copy of the journal.
type Recorder struct {
	Backend
	mu   sync.Mutex
	sent []string
}

// Send notes the candidate and tells that it is planned.
func (r *Recorder) Send(_ context.Context, c *Candidate, _ string) (Receipt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, c.File)
	return Receipt{Outcome: &Outcome{State: journal.Uploaded, Planned: true}}, nil
}

// Change does nothing.
func (r *Recorder) Change(context.Context, int64, string) error { return nil }

// Sent lists the files that would have been sent.
func (r *Recorder) Sent() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.sent...)
}
