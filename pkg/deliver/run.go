package deliver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bandport/bandport/pkg/journal"
)

// Result is what became of one candidate.
type Result struct {
	Index   int // of the candidate in the plan; -1 for a workout of an earlier run
	File    string
	Verdict Verdict
	Outcome Outcome
	// Pending says that the end is not known yet: the next run finds out.
	Pending  bool
	Reason   string // in words; untrusted text may be in it
	Other    string
	Warnings []string
}

// Event tells how a run goes on. Exactly one field is set.
type Event struct {
	Result  *Result
	Waiting *Waiting
}

// Waiting says that nothing happens until a time, and why.
type Waiting struct {
	Until time.Time
	Why   string
}

// Summary counts what a run did.
type Summary struct {
	Results []Result // of the candidates, by their index
	Earlier int      // workouts of earlier runs that were settled, and are no candidates
}

// most tries in one run to send one workout whose answer is lost again and again.
const mostSends = 5

// reachTries is how many workouts in a row may fail to reach the other side
// before the rest is not tried.
const reachTries = 3

// task is one workout on its way through a run.
type task struct {
	index int // of the candidate, or -1
	cand  *Candidate
	row   journal.Row
	phase phase

	sends   int
	lost    time.Time // when the request ended of which no answer came
	looks   int
	nextAt  time.Time // when to ask or to look next
	asked   int
	sentAt  time.Time
	warning []string
}

type phase uint8

const (
	toSend  phase = iota
	unknown       // the answer is lost: look for it
	sent          // it has a number: ask about it
	toAmend       // it is there: change the rest
	done
)

// runner is one run.
type runner struct {
	j       *journal.Journal
	b       Backend
	o       Options
	tell    func(Event)
	started time.Time

	mu          sync.Mutex
	tasks       []*task
	results     []Result
	settled     []bool
	earlier     int
	stop        error         // why the rest is not tried
	unreachable int           // in a row
	ready       time.Duration // how old an upload has to be to be worth asking about
}

// Run carries a plan out. It returns when everything is settled, or when no more
// can be done now. The error is that of ctx; a [Limited], a [Fatal] or one of the
// journal that stopped it; nil otherwise, also where workouts failed: see the
// results. tell is called for each result as soon as it is known, not always in
// the order of the candidates, and never by two goroutines at once; it may be nil.
func Run(ctx context.Context, p *Plan, j *journal.Journal, b Backend, tell func(Event)) (Summary, error) {
	if tell == nil {
		tell = func(Event) {}
	}
	r := &runner{
		j: j, b: b, o: p.options, tell: tell, started: time.Now(),
		results: make([]Result, len(p.Items)), settled: make([]bool, len(p.Items)),
	}
	r.o.FirstLook, r.o.GiveUp = orDefault(r.o.FirstLook, DefaultFirstLook), orDefault(r.o.GiveUp, DefaultGiveUp)
	r.o.Grace, r.o.Jobs = orDefault(r.o.Grace, DefaultGrace), max(1, r.o.Jobs)
	r.ready = r.o.FirstLook
	if err := r.begin(ctx, p); err != nil {
		return r.summary(), err
	}
	err := r.loop(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		err = r.stop
	}
	r.leave()
	return Summary{Results: r.results, Earlier: r.earlier}, err
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

func (r *runner) summary() Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Summary{Results: r.results, Earlier: r.earlier}
}

// begin makes tasks of the plan, and of what earlier runs have left behind.
func (r *runner) begin(ctx context.Context, p *Plan) error {
	mine := map[int64]bool{}
	for i := range p.Items {
		it := &p.Items[i]
		r.results[i] = Result{Index: i, File: it.Candidate.File, Verdict: it.Verdict, Other: it.Other, Warnings: it.Warnings, Reason: it.Reason, Outcome: it.Outcome}
		switch it.Verdict {
		case Send:
			r.tasks = append(r.tasks, &task{index: i, cand: &it.Candidate})
		case Resume:
			t := &task{index: i, cand: &it.Candidate, row: *it.row}
			r.inherit(t)
			mine[it.row.ID] = true
			r.tasks = append(r.tasks, t)
		case Skip:
			if it.found {
				row := r.rowOf(&it.Candidate)
				row.State, row.ActivityID = it.Outcome.State, it.Outcome.ActivityID
				row.SettledAt = time.Now()
				if err := r.j.Record(ctx, &row, true); err != nil {
					return err
				}
			}
			r.finish(i)
		case Refuse:
			r.finish(i)
		}
	}
	account := r.b.Account()
	rows, err := r.j.Rows(ctx, journal.Filter{Account: &account})
	if err != nil {
		return err
	}
	for i := range rows {
		row := &rows[i]
		if mine[row.ID] || row.Account != account || !row.State.Unsettled() && row.Changes == "" {
			continue
		}
		t := &task{index: -1, row: *row}
		r.inherit(t)
		r.tasks = append(r.tasks, t)
	}
	return nil
}

// inherit puts a task where the run before left it.
func (r *runner) inherit(t *task) {
	switch t.row.State {
	case journal.Sent:
		t.phase, t.nextAt, t.sentAt = sent, r.started, t.row.SentAt
		if t.sentAt.After(r.started) {
			t.sentAt = r.started // somebody has set the clock back
		}
	case journal.Uploaded:
		t.phase = toAmend
	default:
		// Nobody knows when that run ended; it has by now. When the request began is
		// no help: the clock may have been set since, and the request be seconds old.
		t.phase, t.nextAt, t.lost = unknown, r.started, r.started
	}
}

func (r *runner) rowOf(c *Candidate) journal.Row {
	row := journal.Row{
		Account: r.b.Account(), SHA256: c.SHA256, Fingerprint: c.Fingerprint, ExternalID: ExternalID(c.SHA256),
		File: c.File, Activity: c.Activity, Format: c.Format, Sport: string(c.sport()), Start: c.Start, Elapsed: c.Elapsed,
		Changes: r.b.Changes(c), State: journal.Intent,
	}
	if x, ok := c.Distance.Get(); ok {
		row.Distance = &x
	}
	if x, ok := c.MovingTime.Get(); ok {
		row.MovingTime = &x
	}
	if x, ok := c.Calories.Get(); ok {
		row.Calories = &x
	}
	return row
}

// loop goes round until nothing is left to do.
func (r *runner) loop(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.stopped() {
			return nil
		}
		if err := r.look(ctx); err != nil {
			return err
		}
		r.each(ctx, r.due(sent), r.ask)
		r.each(ctx, r.due(toAmend), r.amend)
		batch, limited := r.batch()
		r.each(ctx, batch, r.send)
		if r.stopped() || ctx.Err() != nil {
			continue
		}
		if len(batch) > 0 {
			continue
		}
		next, pending := r.next()
		switch {
		case !pending && limited == nil:
			return nil
		case pending && (limited == nil || next.Before(limited.Resume)):
			// Something else is under way.
			if err := r.sleep(ctx, next, ""); err != nil {
				return err
			}
		case r.o.Wait:
			if err := r.sleep(ctx, limited.Resume.Add(limitMargin), limitText); err != nil {
				return err
			}
		default:
			return limited
		}
	}
}

func (r *runner) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stop != nil
}

// due returns the tasks in a phase whose time has come. Of those to be asked
// about, the young are left in peace: an upload takes as long as the last ones did.
func (r *runner) due(ph phase) []*task {
	now := time.Now()
	var out []*task
	for _, t := range r.tasks {
		if t.phase == ph && !now.Before(r.when(t)) {
			out = append(out, t)
		}
	}
	return out
}

// when is the time of the next step of a task.
func (r *runner) when(t *task) time.Time {
	if t.phase == sent && t.asked == 0 && !t.sentAt.IsZero() {
		r.mu.Lock()
		at := t.sentAt.Add(r.ready)
		r.mu.Unlock()
		if at.After(t.nextAt) {
			return at
		}
	}
	return t.nextAt
}

// next returns when the next step is due; pending is false where there is none.
func (r *runner) next() (at time.Time, pending bool) {
	for _, t := range r.tasks {
		if t.phase == done || t.phase == toSend {
			continue
		}
		if w := r.when(t); !pending || w.Before(at) {
			at, pending = w, true
		}
	}
	return at, pending
}

// batch returns what may be sent now: as much as the limits leave when what is
// under way is asked about, too. limited is set where there is more.
func (r *runner) batch() (out []*task, limited *Limited) {
	var waiting []*task
	asking, changing := 0, 0
	for _, t := range r.tasks {
		switch {
		case t.phase == toSend:
			waiting = append(waiting, t)
		case t.phase == sent || t.phase == unknown:
			asking++
			if t.row.Changes != "" {
				changing++
			}
		case t.phase == toAmend:
			changing++
		}
	}
	if len(waiting) == 0 {
		return nil, nil
	}
	c := r.b.Capacity()
	reserved := int(math.Ceil(float64(asking)*readsPerUpload)) + changing
	requests, reads := c.Requests-reserved, c.Reads-reserved
	n, cost := 0, 0.0
	for _, t := range waiting {
		each := readsPerUpload
		if t.cand.Wishes.later() {
			each++
		}
		if n+1+int(math.Ceil(cost+each)) > requests || int(math.Ceil(cost+each)) > reads {
			break
		}
		n, cost = n+1, cost+each
	}
	if n < len(waiting) {
		limited = &Limited{Resume: c.Resume, Daily: c.Daily, Err: fmt.Errorf(
			"the rate limit of Strava is reached; it resumes at %s", c.Resume.Local().Format("2006-01-02 15:04"))}
	}
	return waiting[:n], limited
}

// each does one step for some tasks, several at once.
func (r *runner) each(ctx context.Context, tasks []*task, step func(context.Context, *task) error) {
	var g errgroup.Group
	g.SetLimit(r.o.Jobs)
	for _, t := range tasks {
		g.Go(func() error {
			if ctx.Err() != nil || r.stopped() {
				return nil
			}
			if err := step(ctx, t); err != nil {
				r.mu.Lock()
				defer r.mu.Unlock()
				var limited *Limited
				if errors.As(err, &limited) && r.o.Wait {
					// The capacity is used up, and the loop will see it.
					t.nextAt = limited.Resume.Add(limitMargin)
					return nil
				}
				if r.stop == nil {
					r.stop = err
				}
			}
			return nil
		})
	}
	_ = g.Wait() // errors are in stop
}

// detached returns a context for a request that has begun: after an interrupt it
// may bring its answer home.
func (r *runner) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		grace := time.NewTimer(r.o.Grace)
		defer grace.Stop()
		select {
		case <-grace.C:
			cancel()
		case <-inner.Done():
		}
	})
	return inner, func() { stop(); cancel() }
}

// send sends one workout: the row first, then the request, then the answer.
func (r *runner) send(ctx context.Context, t *task) error {
	writes := context.WithoutCancel(ctx)
	if t.row.ID == 0 || t.row.State != journal.Intent {
		row := r.rowOf(t.cand)
		row.SentAt = time.Now()
		if r.o.Force && t.sends == 0 {
			row.ExternalID += "-" + fmt.Sprintf("%x", row.SentAt.UnixMilli())
		}
		if err := r.j.Record(writes, &row, r.o.Force || t.sends > 0); err != nil {
			var taken *journal.TakenError
			if !errors.As(err, &taken) {
				return err
			}
			o := Outcome{State: journal.Duplicate, ActivityID: taken.Row.ActivityID}
			r.done(t, o, "the same workout as "+taken.Row.File+": "+rowText(&taken.Row))
			return nil
		}
		t.row = row
	}
	t.sends++
	inner, cancel := r.detached(ctx)
	defer cancel()
	receipt, err := r.b.Send(inner, t.cand, t.row.ExternalID)
	var lost *Unknown
	var rejected *Rejected
	switch {
	case err == nil && receipt.Outcome != nil:
		r.reached()
		return r.settle(writes, t, *receipt.Outcome)
	case err == nil:
		r.reached()
		if err := r.j.Accepted(writes, t.row.ID, receipt.UploadID); err != nil {
			return err
		}
		t.row.State, t.row.UploadID = journal.Sent, receipt.UploadID
		t.phase, t.sentAt, t.nextAt = sent, time.Now(), time.Now().Add(r.o.FirstLook)
		return nil
	case errors.As(err, &rejected):
		r.reached()
		return r.settle(writes, t, rejected.Outcome)
	case errors.As(err, &lost):
		t.phase, t.lost, t.looks = unknown, time.Now(), 0
		t.nextAt = t.lost.Add(r.pause(t))
		return nil
	}
	// It has not arrived, and the journal may know.
	if err := r.j.Refused(writes, t.row.ID); err != nil {
		return err
	}
	t.row.State = journal.Open
	return r.failed(ctx, t, err)
}

// failed decides what an error means for the rest of the run.
func (r *runner) failed(ctx context.Context, t *task, err error) error {
	var fatal *Fatal
	var limited *Limited
	if errors.As(err, &fatal) || errors.As(err, &limited) || ctx.Err() != nil {
		return err
	}
	r.mu.Lock()
	r.unreachable++
	n := r.unreachable
	r.mu.Unlock()
	if t.phase == toSend {
		r.done(t, Outcome{State: journal.Failed, Kind: "notsent", Message: err.Error()}, err.Error())
	}
	if n >= reachTries {
		return &Fatal{Err: err}
	}
	return nil
}

// reached says that the other side answers.
func (r *runner) reached() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unreachable = 0
}

// ask asks about one upload.
func (r *runner) ask(ctx context.Context, t *task) error {
	if time.Now().Before(r.when(t)) {
		return nil // those before it have taught patience
	}
	inner, cancel := r.detached(ctx)
	defer cancel()
	age := time.Since(t.sentAt)
	o, ready, err := r.b.Ask(inner, t.row.UploadID)
	if err != nil {
		// The number is in the journal; the next run asks again.
		t.nextAt = time.Now().Add(r.backoff(t))
		t.asked++
		return r.failed(ctx, t, err)
	}
	r.reached()
	if ready {
		return r.settle(context.WithoutCancel(ctx), t, o)
	}
	if t.asked == 0 {
		// The others are likely to take as long.
		r.mu.Lock()
		r.ready = max(r.ready, min(2*age, longestWait))
		r.mu.Unlock()
	}
	t.nextAt = time.Now().Add(r.backoff(t))
	t.asked++
	if time.Since(r.started) > r.o.GiveUp && time.Since(t.sentAt) > r.o.GiveUp {
		r.pending(t, "Strava is still processing it; run the same command later")
	}
	return nil
}

// longestWait bounds the time between two questions.
const longestWait = 30 * time.Second

// backoff is how long to wait before an upload is asked about again.
func (r *runner) backoff(t *task) time.Duration {
	return min(r.o.FirstLook<<min(t.asked+1, 10), max(longestWait, r.o.FirstLook))
}

// pause is how long to wait before a workout whose answer was lost is looked for
// again: a few times while something can be on its way, and once when nothing can.
func (r *runner) pause(t *task) time.Duration {
	const looks = 4
	return max(r.b.Patience()>>max(0, looks-t.looks), time.Millisecond)
}

// look looks for the workouts whose answers were lost, all that there are in one
// go.
func (r *runner) look(ctx context.Context) error {
	if len(r.due(unknown)) == 0 {
		return nil
	}
	var lost []*task
	var rows []journal.Row
	for _, t := range r.tasks {
		if t.phase == unknown {
			lost, rows = append(lost, t), append(rows, t.row)
		}
	}
	// What is not in the answer was not there when it was asked for.
	asked := time.Now()
	found, conclusive, err := r.b.Find(ctx, rows)
	if err != nil {
		for _, t := range lost {
			t.nextAt = time.Now().Add(r.pause(t))
		}
		var limited *Limited
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &limited) && r.o.Wait:
			return r.sleep(ctx, limited.Resume.Add(limitMargin), limitText)
		}
		return r.failed(ctx, lost[0], err)
	}
	r.reached()
	writes := context.WithoutCancel(ctx)
	for _, t := range lost {
		if o, ok := found[t.row.ID]; ok {
			if err := r.settle(writes, t, o); err != nil {
				return err
			}
			continue
		}
		end := t.lost.Add(r.b.Patience())
		switch {
		case asked.Before(end):
			t.nextAt = earlier(time.Now().Add(r.pause(t)), end)
			t.looks++
		case !conclusive:
			r.pending(t, "nobody knows whether it arrived, and the login does not allow to look: log in again and allow reading all activities")
		default:
			if err := r.j.Refused(writes, t.row.ID); err != nil {
				return err
			}
			t.row.State = journal.Open
			switch {
			case t.cand == nil:
				t.phase = done // another run may bring the file
			case t.sends >= mostSends:
				r.done(t, Outcome{State: journal.Failed, Kind: "notsent", Message: "no answer"}, "Strava gave no answer, several times; nothing arrived")
			default:
				t.phase = toSend
			}
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// settle writes down what became of a workout.
func (r *runner) settle(ctx context.Context, t *task, o Outcome) error {
	row := journal.Row{
		State: o.State, ActivityID: o.ActivityID, UploadID: o.UploadID, Folder: o.Folder, Kind: o.Kind, Message: o.Message,
	}
	if o.UploadID == 0 {
		o.UploadID = t.row.UploadID
	}
	if err := r.j.Settle(ctx, t.row.ID, row); err != nil {
		return err
	}
	t.row.State, t.row.ActivityID = o.State, o.ActivityID
	if o.State == journal.Uploaded && t.row.Changes != "" && !o.Planned {
		t.phase, t.nextAt = toAmend, time.Time{}
		return nil
	}
	r.done(t, o, "")
	return nil
}

// amend changes what the upload could not say.
func (r *runner) amend(ctx context.Context, t *task) error {
	inner, cancel := r.detached(ctx)
	defer cancel()
	err := r.b.Change(inner, t.row.ActivityID, t.row.Changes)
	var rejected *Rejected
	switch {
	case errors.As(err, &rejected):
		t.warning = append(t.warning, "the activity is there, but gear or visibility could not be set: "+rejected.Outcome.Message)
	case err != nil:
		t.nextAt = time.Now().Add(r.backoff(t))
		if t.asked++; t.asked < mostSends {
			return r.failed(ctx, t, err)
		}
		r.pending(t, "the activity is there, but gear or visibility could not be set yet; run the same command later")
		return nil
	}
	r.reached()
	if err := r.j.Changed(context.WithoutCancel(ctx), t.row.ID); err != nil {
		return err
	}
	r.done(t, Outcome{State: journal.Uploaded, ActivityID: t.row.ActivityID, UploadID: t.row.UploadID}, "")
	return nil
}

// done ends a task with what became of it.
func (r *runner) done(t *task, o Outcome, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t.phase = done
	if t.index < 0 {
		r.earlier++
		return
	}
	res := &r.results[t.index]
	res.Outcome, res.Reason = o, reason
	res.Warnings = append(slices.Clone(res.Warnings), t.warning...)
	r.finishLocked(t.index)
}

// pending ends a task for this run; what becomes of it the next one finds out.
func (r *runner) pending(t *task, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t.phase = done
	if t.index < 0 {
		return
	}
	res := &r.results[t.index]
	res.Pending, res.Reason = true, reason
	res.Outcome = Outcome{State: t.row.State, UploadID: t.row.UploadID, ActivityID: t.row.ActivityID}
	r.finishLocked(t.index)
}

func (r *runner) finish(index int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finishLocked(index)
}

func (r *runner) finishLocked(index int) {
	r.settled[index] = true
	r.tell(Event{Result: &r.results[index]})
}

// leave marks what a run that ended early has left.
func (r *runner) leave() {
	for _, t := range r.tasks {
		if t.index < 0 || r.settled[t.index] {
			continue
		}
		res := &r.results[t.index]
		res.Pending = true
		res.Outcome = Outcome{State: t.row.State, UploadID: t.row.UploadID, ActivityID: t.row.ActivityID}
		switch {
		case t.phase == toSend:
			res.Reason = "not sent"
		case t.phase == toAmend:
			res.Reason = "uploaded; gear or visibility is still to be set"
		default:
			res.Reason = "on its way"
		}
	}
}

// limitMargin is waited beyond the end of a limit: clocks differ, and a request
// that comes too early counts, and costs another quarter of an hour.
const limitMargin = 6 * time.Second

const limitText = "the rate limit of Strava"

// sleep waits until a time, or until ctx is done.
func (r *runner) sleep(ctx context.Context, until time.Time, why string) error {
	if why != "" {
		r.mu.Lock()
		r.tell(Event{Waiting: &Waiting{Until: until, Why: why}})
		r.mu.Unlock()
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
