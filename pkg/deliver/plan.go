package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/journal"
)

// Verdict is what is to be done with a candidate.
type Verdict uint8

// The verdicts.
const (
	Send   Verdict = iota // deliver it
	Resume                // a run before this one has begun: find out how it ended
	Skip                  // it is there already
	Refuse                // it cannot be delivered
)

// String returns the verdict in a word.
func (v Verdict) String() string { return [...]string{"send", "resume", "skip", "refuse"}[v] }

// Item is a candidate with its verdict.
type Item struct {
	Candidate Candidate
	Verdict   Verdict
	Reason    string // why, where the verdict is not Send; untrusted text may be in it
	// Other is the other side of a duplicate: the name of a file.
	Other string
	// Outcome is that of a Skip or a Refuse.
	Outcome  Outcome
	Warnings []string

	row   *journal.Row // of Resume
	found bool         // on the other side, and not yet in the journal
}

// Plan is what a run will do.
type Plan struct {
	Items []Item
	// Listed says that the duplicates were also looked for on the other side;
	// Unlisted why not.
	Listed   bool
	Unlisted error
	options  Options
}

// Options is how to deliver.
type Options struct {
	// Force delivers what was delivered before, or seems to be there already.
	Force bool
	// Jobs is how many requests may be under way at once; 0 is one.
	Jobs int
	// Wait says to wait for the limits instead of stopping at them.
	Wait bool
	// FirstLook is how old an upload is when it is asked about first; 0 is
	// [DefaultFirstLook].
	FirstLook time.Duration
	// GiveUp is how long one run asks about one upload; 0 is [DefaultGiveUp].
	GiveUp time.Duration
	// Unlisted says not to look at the other side for duplicates.
	Unlisted bool
	// Grace is how long a request may go on after an interrupt, to bring its
	// answer home; 0 is [DefaultGrace].
	Grace time.Duration
}

// The times that stand where [Options] says nothing. Strava's documentation puts
// the mean time of processing below two seconds, and earlier at eight.
const (
	DefaultFirstLook = 2 * time.Second
	DefaultGiveUp    = 5 * time.Minute
	DefaultGrace     = 5 * time.Second
)

// Prepare gives each candidate a verdict. It changes nothing.
func Prepare(ctx context.Context, j *journal.Journal, b Backend, candidates []Candidate, o Options) (*Plan, error) {
	p := &Plan{Items: make([]Item, len(candidates)), options: o}
	rows, err := relevant(ctx, j, b, candidates)
	if err != nil {
		return nil, err
	}
	for i, c := range candidates {
		p.Items[i] = judge(c, rows, p.Items[:i], o)
	}
	if o.Unlisted {
		return p, nil
	}
	err = p.list(ctx, b)
	return p, err
}

// relevant returns the rows of the journal that could concern the candidates.
func relevant(ctx context.Context, j *journal.Journal, b Backend, candidates []Candidate) ([]journal.Row, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	account := b.Account()
	f := journal.Filter{Account: &account}
	if account == "" { // staged without a login: whoever uploaded it, it was uploaded
		f.Account = nil
	}
	return j.Rows(ctx, f)
}

// judge gives the verdict as far as the journal and the candidates before tell.
func judge(c Candidate, rows []journal.Row, before []Item, o Options) Item {
	it := Item{Candidate: c, Warnings: slices.Clone(c.Warnings)}
	switch {
	case c.Refusal != nil:
		return it.refuse("file", c.Refusal.Error())
	case c.Open != nil && c.Size > MaxSize:
		return it.refuse("size", fmt.Sprintf("the file holds %.1f MB, and Strava takes no more than %d MB", float64(c.Size)/1e6, MaxSize/1_000_000))
	case c.Open != nil && c.Size == 0:
		return it.refuse("empty", "the file is empty")
	}
	for i := range before {
		other := &before[i]
		if other.Verdict == Refuse || other.Verdict == Skip && other.Outcome.State == journal.Duplicate && other.Other != "" {
			continue // that one is not delivered itself, or repeats an earlier one
		}
		oc := &other.Candidate
		if oc.SHA256 == c.SHA256 || oc.Fingerprint != "" && oc.Fingerprint == c.Fingerprint || oc.account().same(c.account()) {
			it.Verdict, it.Other = Skip, oc.File
			it.Outcome = Outcome{State: journal.Duplicate}
			it.Reason = "the same workout as " + oc.File
			return it
		}
		if d, ok := oc.account().shifted(c.account()); ok {
			it.warnShift(d, oc.File)
		}
	}
	var exact, near *journal.Row
	for i := range rows {
		r := &rows[i]
		switch {
		case r.SHA256 == c.SHA256, r.Fingerprint != "" && r.Fingerprint == c.Fingerprint:
			if exact == nil || r.SHA256 == c.SHA256 {
				exact = r
			}
		case r.State != journal.Failed && r.State != journal.Open && r.State != journal.Deleted && rowAccount(r).same(c.account()):
			near = r
		default:
			if d, ok := rowAccount(r).shifted(c.account()); ok && r.State != journal.Failed {
				it.warnShift(d, r.File)
			}
		}
	}
	switch {
	case exact != nil:
		it.byRow(exact, o)
	case near != nil && !o.Force:
		it.Verdict, it.Other = Skip, near.File
		it.Reason = fmt.Sprintf("the same workout as %s (%s)", near.File, rowText(near))
		it.Outcome = Outcome{State: journal.Duplicate, ActivityID: near.ActivityID}
	}
	return it
}

func (it Item) refuse(kind, why string) Item {
	it.Verdict, it.Reason = Refuse, why
	it.Outcome = Outcome{State: journal.Failed, Kind: kind, Message: why}
	return it
}

func (it *Item) warnShift(d time.Duration, other string) {
	it.Warnings = append(it.Warnings, fmt.Sprintf("it looks like %s with another time zone: it begins %s, goes as far and takes as long", other, shiftText(d)))
}

func shiftText(d time.Duration) string {
	word := "later"
	if d < 0 {
		word = "earlier"
	}
	d = d.Abs()
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh %s", d/time.Hour, word)
	}
	return fmt.Sprintf("%dh%02dm %s", d/time.Hour, d%time.Hour/time.Minute, word)
}

// rowText tells how far a workout of the journal is.
func rowText(r *journal.Row) string {
	on := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return " on " + t.Local().Format(time.DateOnly)
	}
	switch r.State {
	case journal.Uploaded:
		return fmt.Sprintf("uploaded%s, activity %d", on(r.SettledAt), r.ActivityID)
	case journal.Duplicate:
		if r.ActivityID != 0 {
			return fmt.Sprintf("Strava had it already, activity %d", r.ActivityID)
		}
		return "Strava had it already"
	case journal.Staged:
		return "staged" + on(r.SettledAt) + " in " + r.Folder
	case journal.Deleted:
		return "uploaded, and then deleted on Strava"
	case journal.Sent, journal.Intent:
		return "on its way"
	case journal.Failed:
		return "refused" + on(r.SettledAt) + ": " + r.Message
	}
	return string(r.State)
}

// byRow gives the verdict for a candidate that the journal knows.
func (it *Item) byRow(r *journal.Row, o Options) {
	mine := r.SHA256 == it.Candidate.SHA256
	switch {
	case r.State.Unsettled() && mine:
		it.Verdict, it.row = Resume, r
		it.Reason = "an earlier run has begun"
	case r.State.Unsettled():
		it.Verdict, it.Other = Skip, r.File
		it.Reason = "the same workout as " + r.File + ", which is on its way"
		it.Outcome = Outcome{State: journal.Duplicate}
	case r.State == journal.Open, o.Force:
		it.Verdict = Send
	case r.State == journal.Failed && !mine:
		it.Verdict = Send // another file of the workout may do better
	case r.State == journal.Failed:
		it.Verdict, it.Reason = Refuse, "Strava has "+rowText(r)
		it.Outcome = Outcome{State: journal.Failed, Kind: r.Kind, Message: r.Message, UploadID: r.UploadID}
	default:
		it.Verdict, it.Reason = Skip, rowText(r)
		if !mine {
			it.Other = r.File
			it.Reason = fmt.Sprintf("the same workout as %s: %s", r.File, it.Reason)
		}
		it.Outcome = Outcome{State: r.State, ActivityID: r.ActivityID, UploadID: r.UploadID, Folder: r.Folder}
	}
}

// mostSpans is how many pieces the time is cut into for listing. Each costs a
// request at least.
const mostSpans = 4

// margin is added to both ends of what is listed, for shifted time zones.
const margin = shiftMost + time.Hour

// spans are the pieces of time that hold all starts, with the longest gaps left
// out.
func spans(starts []time.Time) [][2]time.Time {
	starts = slices.DeleteFunc(slices.Clone(starts), time.Time.IsZero)
	if len(starts) == 0 {
		return nil
	}
	slices.SortFunc(starts, time.Time.Compare)
	type gap struct {
		at  int
		len time.Duration
	}
	var gaps []gap
	for i := 1; i < len(starts); i++ {
		if d := starts[i].Sub(starts[i-1]); d > 2*margin {
			gaps = append(gaps, gap{i, d})
		}
	}
	slices.SortFunc(gaps, func(a, b gap) int { return cmp.Compare(b.len, a.len) })
	gaps = gaps[:min(len(gaps), mostSpans-1)]
	slices.SortFunc(gaps, func(a, b gap) int { return cmp.Compare(a.at, b.at) })
	var out [][2]time.Time
	from := 0
	for _, g := range append(gaps, gap{at: len(starts)}) {
		out = append(out, [2]time.Time{starts[from].Add(-margin), starts[g.at-1].Add(margin)})
		from = g.at
	}
	return out
}

// list compares what is to be sent with what is on the other side.
func (p *Plan) list(ctx context.Context, b Backend) error {
	var starts []time.Time
	for i := range p.Items {
		if p.Items[i].Verdict == Send {
			starts = append(starts, p.Items[i].Candidate.Start)
		}
	}
	for _, s := range spans(starts) {
		remotes, err := b.Listed(ctx, s[0], s[1])
		if errors.Is(err, ErrNoListing) {
			p.Unlisted = err
			return nil
		}
		if err != nil {
			return err
		}
		p.Listed = true
		for i := range p.Items {
			if it := &p.Items[i]; it.Verdict == Send {
				it.against(remotes, p.options.Force)
			}
		}
	}
	return nil
}

// against gives the verdict for a candidate in the face of what is there.
func (it *Item) against(remotes []Remote, force bool) {
	c := it.Candidate.account()
	for i := range remotes {
		r := &remotes[i]
		switch {
		case r.ExternalID != "" && r.ExternalID == ExternalID(it.Candidate.SHA256) && !force:
			// The journal has lost it, or it was sent from another computer.
			it.Verdict, it.found = Skip, true
			it.Outcome = Outcome{State: journal.Uploaded, ActivityID: r.ActivityID}
			it.Reason = fmt.Sprintf("uploaded earlier, activity %d", r.ActivityID)
			return
		case r.account().same(c) && !force:
			it.Verdict, it.found = Skip, true
			it.Outcome = Outcome{State: journal.Duplicate, ActivityID: r.ActivityID}
			it.Reason = fmt.Sprintf("Strava has it already: activity %d", r.ActivityID)
			if r.Name != "" {
				it.Reason += fmt.Sprintf(" %q", r.Name)
			}
			return
		}
		if d, ok := r.account().shifted(c); ok && len(it.Warnings) == len(it.Candidate.Warnings) { // the journal may know it, too
			it.warnShift(d, fmt.Sprintf("activity %d", r.ActivityID))
		}
	}
}

// ExternalID is the name that an upload of these bytes gets, so that it can be
// found again.
func ExternalID(sha256 string) string {
	return "bandport-" + sha256[:min(len(sha256), 32)]
}

// readsPerUpload is how many times an upload has to be asked about on average.
const readsPerUpload = 1.25

// Cost is what a plan takes, as far as that can be said beforehand.
type Cost struct {
	Uploads int // requests that upload or create
	Reads   int // requests that read or change
	Windows int // quarters of an hour (or days) that the limits stretch them over; at least 1
	Until   time.Time
}

// Cost estimates what the plan takes from now on, under limits of so many
// requests and reading ones in a quarter of an hour, and in a day. Zero limits are
// none.
func (p *Plan) Cost(now time.Time, short, readShort, day, readDay int, c Capacity) Cost {
	var cost Cost
	var resumed int
	for i := range p.Items {
		it := &p.Items[i]
		switch it.Verdict {
		case Send:
			cost.Uploads++
			if it.Candidate.Wishes.later() {
				cost.Reads++
			}
		case Resume:
			resumed++
		}
	}
	cost.Reads += int(math.Ceil(float64(cost.Uploads+resumed) * readsPerUpload))
	cost.Windows, cost.Until = 1, now
	if short <= 0 {
		return cost
	}
	// One window after another, as the run will take them.
	all, reads := cost.Uploads+cost.Reads, cost.Reads
	left, leftReads := c.Requests, c.Reads
	dayLeft, dayReads := day, readDay
	at := c.Resume
	const mostWindows = 100_000 // ten thousand workouts at the default limits need a few hundred
	for all > left || reads > leftReads {
		if cost.Windows >= mostWindows {
			break
		}
		share := 1.0
		if all > 0 {
			share = min(share, float64(max(0, left))/float64(all))
		}
		if reads > 0 {
			share = min(share, float64(max(0, leftReads))/float64(reads))
		}
		usedAll, usedReads := int(float64(all)*share), int(float64(reads)*share)
		all, reads = all-usedAll, reads-usedReads
		dayLeft, dayReads = dayLeft-usedAll, dayReads-usedReads
		if dayLeft < 4 || dayReads < 2 {
			at = at.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
			dayLeft, dayReads = day, readDay
		}
		cost.Windows++
		cost.Until = at
		left, leftReads = min(short, dayLeft), min(readShort, dayReads)
		at = at.Add(15 * time.Minute)
	}
	return cost
}
