package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/time/rate"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/strava"
	"github.com/bandport/bandport/pkg/strava/stravatest"
)

// world is a journal, a Strava and a login.
type world struct {
	t      *testing.T
	j      *journal.Journal
	server *stravatest.Server
	b      *deliver.Strava
	o      deliver.Options
}

func newWorld(t *testing.T, o stravatest.Options, scopes ...string) *world {
	t.Helper()
	j, damage, err := journal.OpenFile(t.Context(), filepath.Join(t.TempDir(), "journal.db"))
	if err != nil || damage != nil {
		t.Fatal(err, damage)
	}
	t.Cleanup(func() { _ = j.Close() })
	if o.TokenLife == 0 {
		o.TokenLife = 10_000 * time.Hour
	}
	s := stravatest.New(o)
	if len(scopes) == 0 {
		scopes = strava.Scopes()
	}
	access, _ := s.Login(scopes...)
	client, err := strava.New(strava.Config{
		API: s.API(), Transport: s.Transport(), Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: access}), Pace: rate.Inf, Pause: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, j: j, server: s, b: &deliver.Strava{Client: client, AthleteID: 7, Scopes: scopes}, o: deliver.Options{Jobs: 3}}
}

func (w *world) plan(b deliver.Backend, c ...deliver.Candidate) *deliver.Plan {
	w.t.Helper()
	p, err := deliver.Prepare(w.t.Context(), w.j, b, c, w.o)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) run(c ...deliver.Candidate) (deliver.Summary, error) {
	w.t.Helper()
	return deliver.Run(w.t.Context(), w.plan(w.b, c...), w.j, w.b, nil)
}

func (w *world) rows() []journal.Row {
	w.t.Helper()
	rows, err := w.j.Rows(w.t.Context(), journal.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// bubble runs a test where time passes only when everybody sleeps: minutes take
// no time, and nothing is late.
func bubble(t *testing.T, o stravatest.Options, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, o)
		defer func() { _ = w.j.Close() }() // its goroutines must not outlast the bubble
		test(w)
	})
}

func states(sum deliver.Summary) []journal.State {
	out := make([]journal.State, len(sum.Results))
	for i, r := range sum.Results {
		out[i] = r.Outcome.State
		if r.Pending {
			out[i] = "pending " + out[i]
		}
	}
	return out
}

func wantUploaded(t *testing.T, sum deliver.Summary) {
	t.Helper()
	for i, s := range states(sum) {
		if s != journal.Uploaded {
			t.Errorf("workout %d is %s: %s", i, s, sum.Results[i].Reason)
		}
	}
}

// A hundred workouts cost no more than a hundred uploads and a hundred and fifty
// requests that read; what the window does not hold waits for the next.
func TestBudget(t *testing.T) {
	processing := func(n int) time.Duration { return time.Duration(n%9) * time.Second }
	bubble(t, stravatest.Options{Processing: processing}, func(w *world) {
		t := w.t // that of the bubble
		w.o.Wait = true
		began := time.Now()
		sum, err := w.run(workouts(100)...)
		if err != nil {
			t.Fatal(err)
		}
		wantUploaded(t, sum)
		uploads, reads := w.server.Counts()
		t.Logf("%d uploads, %d requests that read, in %v", uploads, reads, time.Since(began))
		if uploads != 100 || reads > 150 {
			t.Errorf("%d uploads, %d requests that read", uploads, reads)
		}
		if slices.ContainsFunc(w.server.Log(), func(s string) bool { return s == "429" }) || time.Since(began) > 31*time.Minute {
			t.Errorf("it took %v", time.Since(began))
		}
	})
}

// Without --wait a batch beyond the window stops at the limit, with what was sent
// settled, and says when it resumes.
func TestTheLimitStopsARun(t *testing.T) {
	bubble(t, stravatest.Options{}, func(w *world) {
		t := w.t // that of the bubble
		sum, err := w.run(workouts(100)...)
		var limited *deliver.Limited
		if !errors.As(err, &limited) || limited.Daily {
			t.Fatal(err)
		}
		if want := time.Now().UTC().Truncate(15 * time.Minute).Add(15 * time.Minute); !limited.Resume.Equal(want) {
			t.Errorf("resumes at %v, want %v", limited.Resume.UTC(), want)
		}
		uploaded, pending := 0, 0
		for _, s := range states(sum) {
			switch s {
			case journal.Uploaded:
				uploaded++
			case "pending ":
				pending++
			default:
				t.Errorf("%s", s)
			}
		}
		if uploaded < 60 || uploaded+pending != 100 {
			t.Errorf("%d uploaded, %d pending", uploaded, pending)
		}
		// The same command later.
		time.Sleep(time.Until(limited.Resume.Add(10 * time.Second)))
		if _, err := w.run(workouts(100)...); err != nil {
			t.Fatal(err)
		}
		if n := len(w.server.Accepted()); n != 100 {
			t.Errorf("%d accepted", n)
		}
	})
}

// The limit of the day, in the midst, waited for.
func TestWaitingForTheNextDay(t *testing.T) {
	bubble(t, stravatest.Options{Limits: [4]int{200, 60, 100, 40}}, func(w *world) {
		t := w.t // that of the bubble
		w.o.Wait = true
		var waits int
		p := w.plan(w.b, workouts(70)...)
		_, err := deliver.Run(t.Context(), p, w.j, w.b, func(e deliver.Event) {
			if e.Waiting != nil {
				waits++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(w.server.Accepted()); n != 70 || waits < 2 {
			t.Errorf("%d accepted, waited %d times", n, waits)
		}
	})
}

// Whatever happens to one request, the workout arrives once.
func TestFaults(t *testing.T) {
	for name, fault := range map[string]stravatest.Fault{
		"reset before": {Kind: stravatest.Reset}, "reset during": {Kind: stravatest.ResetDuring}, "lost answer": {Kind: stravatest.Reset, After: true},
		"500": {Kind: stravatest.Status, Status: 500}, "500 after": {Kind: stravatest.Status, Status: 500, After: true},
		"web page": {Kind: stravatest.HTML}, "web page after": {Kind: stravatest.HTML, After: true, Status: 200}, "half": {Kind: stravatest.Truncated, After: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, stravatest.Options{AcceptDuplicates: true, Processing: func(int) time.Duration { return 20 * time.Second }}, func(w *world) {
				t := w.t // that of the bubble
				w.server.Script("POST", "/uploads", 2, fault)
				sum, err := w.run(workouts(4)...)
				if err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprint(states(sum)); got != "[uploaded uploaded uploaded uploaded]" {
					t.Error(got)
				}
				if n := len(w.server.Accepted()); n != 4 {
					t.Errorf("%d accepted", n)
				}
			})
		})
	}
}

// An upload that never gets ready keeps its number for the next run.
func TestStuckProcessing(t *testing.T) {
	bubble(t, stravatest.Options{}, func(w *world) {
		t := w.t // that of the bubble
		w.server.Script("POST", "/uploads", 1, stravatest.Fault{Kind: stravatest.Stuck})
		sum, err := w.run(workout(1))
		if err != nil || states(sum)[0] != "pending sent" {
			t.Fatal(states(sum), err)
		}
		if _, reads := w.server.Counts(); reads > 20 {
			t.Errorf("%d questions", reads)
		}
		sum, err = w.run(workout(1))
		if err != nil || states(sum)[0] != "pending sent" || len(w.server.Accepted()) != 1 {
			t.Error(states(sum), err)
		}
	})
}

// A run that is killed between any two steps: the next one finishes the job, also
// without the files of what has arrived.
func TestResume(t *testing.T) {
	c := workout(1)
	for name, test := range map[string]struct {
		prepare func(w *world, row *journal.Row) // after the row was written
		again   int                              // how often it has to be accepted in all
	}{
		"nothing was sent":        {func(*world, *journal.Row) {}, 1},
		"the answer was not read": {func(w *world, _ *journal.Row) { w.send(c) }, 1},
		"the answer was written":  {func(w *world, r *journal.Row) { w.accept(r.ID, w.send(c)) }, 1},
		"known not to have arrived": {func(w *world, r *journal.Row) {
			if err := w.j.Refused(w.t.Context(), r.ID); err != nil {
				w.t.Fatal(err)
			}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, stravatest.Options{AcceptDuplicates: true, Processing: func(int) time.Duration { return 30 * time.Second }}, func(w *world) {
				t := w.t // that of the bubble
				row := journal.Row{
					Account: "7", SHA256: c.SHA256, Fingerprint: c.Fingerprint, ExternalID: deliver.ExternalID(c.SHA256), File: c.File, Format: "tcx",
					Sport: "Run", Start: c.Start, Elapsed: c.Elapsed, State: journal.Intent, SentAt: time.Now(),
				}
				if err := w.j.Record(t.Context(), &row, false); err != nil {
					t.Fatal(err)
				}
				test.prepare(w, &row)
				sum, err := w.run(c)
				if err != nil || states(sum)[0] != journal.Uploaded {
					t.Fatal(states(sum), err, sum.Results)
				}
				if n := len(w.server.Accepted()); n != test.again {
					t.Errorf("%d accepted", n)
				}
			})
		})
	}
}

// send uploads a candidate past the journal.
func (w *world) send(c deliver.Candidate) int64 {
	w.t.Helper()
	r, err := w.b.Send(w.t.Context(), &c, deliver.ExternalID(c.SHA256))
	if err != nil {
		w.t.Fatal(err)
	}
	return r.UploadID
}

func (w *world) accept(row, upload int64) {
	w.t.Helper()
	if err := w.j.Accepted(w.t.Context(), row, upload); err != nil {
		w.t.Fatal(err)
	}
}

// What an earlier run left is settled, although its files are not named now.
func TestEarlierWorkoutsAreSettled(t *testing.T) {
	bubble(t, stravatest.Options{Processing: func(int) time.Duration { return 10 * time.Minute }}, func(w *world) {
		t := w.t // that of the bubble
		if sum, err := w.run(workout(1)); err != nil || states(sum)[0] != "pending sent" {
			t.Fatal(states(sum), err)
		}
		time.Sleep(time.Hour)
		sum, err := w.run(workout(2))
		if err != nil || sum.Earlier != 1 {
			t.Errorf("%d settled, %v", sum.Earlier, err)
		}
	})
}

// Where the login may not list all activities, nobody can know that something did
// not arrive: it is not sent again.
func TestNothingIsSentAgainBlindly(t *testing.T) {
	for _, scopes := range [][]string{{"activity:write"}, {"activity:write", "activity:read"}} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, stravatest.Options{}, scopes...)
			defer func() { _ = w.j.Close() }()
			w.server.Script("POST", "/uploads", 1, stravatest.Fault{Kind: stravatest.Reset})
			for range 2 {
				sum, err := w.run(workout(1))
				if err != nil || states(sum)[0] != "pending intent" || !strings.Contains(sum.Results[0].Reason, "log in again") {
					t.Error(states(sum), err, sum.Results[0].Reason)
				}
			}
			if uploads, _ := w.server.Counts(); uploads != 1 {
				t.Errorf("%d uploads", uploads)
			}
		})
	}
}

func TestFatalErrorsStopTheRun(t *testing.T) {
	for name, c := range map[string]struct {
		fault stravatest.Fault
		kind  strava.Kind
	}{
		"inactive":     {stravatest.Fault{Kind: stravatest.Inactive}, strava.AppInactive},
		"unauthorized": {stravatest.Fault{Kind: stravatest.Unauthorized}, strava.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, stravatest.Options{}, func(w *world) {
				t := w.t // that of the bubble
				w.o.Jobs = 1
				w.server.Script("POST", "/uploads", 1, c.fault)
				sum, err := w.run(workouts(5)...)
				var fatal *deliver.Fatal
				if !errors.As(err, &fatal) || strava.KindOf(err) != c.kind {
					t.Error(err)
				}
				if uploads, _ := w.server.Counts(); uploads != 1 {
					t.Errorf("%d uploads after the first was refused", uploads)
				}
				for _, r := range sum.Results {
					if !r.Pending {
						t.Errorf("%+v", r)
					}
				}
				for _, r := range w.rows() {
					if r.State != journal.Open {
						t.Errorf("%s is %s", r.File, r.State)
					}
				}
			})
		})
	}
}

// An interrupt lets the request that is under way bring its answer home.
func TestInterrupt(t *testing.T) {
	bubble(t, stravatest.Options{Processing: func(int) time.Duration { return time.Hour }}, func(w *world) {
		t := w.t // that of the bubble
		w.o.Jobs = 1
		ctx, cancel := context.WithCancel(t.Context())
		candidates := workouts(5)
		open := candidates[1].Open
		candidates[1].Open = func(ctx context.Context) (io.ReadCloser, error) { cancel(); return open(ctx) }
		p := w.plan(w.b, candidates...)
		sum, err := deliver.Run(ctx, p, w.j, w.b, nil)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if got := fmt.Sprint(states(sum)); got != "[pending sent pending sent pending  pending  pending ]" {
			t.Error(got)
		}
		if n := len(w.server.Accepted()); n != 2 {
			t.Errorf("%d accepted", n)
		}
	})
}

func TestAJournalThatFailsStopsTheRun(t *testing.T) {
	w := newWorld(t, stravatest.Options{})
	p := w.plan(w.b, workouts(5)...)
	if err := w.j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := deliver.Run(t.Context(), p, w.j, w.b, nil); err == nil {
		t.Error("no error")
	}
	if n := len(w.server.Accepted()); n != 0 {
		t.Errorf("%d accepted without a row", n)
	}
}

// A dry run is the real code, and changes nothing.
func TestDryRun(t *testing.T) {
	bubble(t, stravatest.Options{}, func(w *world) {
		t := w.t // that of the bubble
		scratch, err := w.j.Scratch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = scratch.Close() }()
		b := &deliver.Recorder{Backend: w.b}
		c := workouts(3)
		c[0].Wishes.GearID = "g1"
		p, err := deliver.Prepare(t.Context(), scratch, b, append(c, c[0]), w.o)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := deliver.Run(t.Context(), p, scratch, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range sum.Results {
			if r.Outcome.Planned != (i < 3) {
				t.Errorf("%+v", r)
			}
		}
		if len(b.Sent()) != 3 || len(w.rows()) != 0 || len(w.server.Accepted()) != 0 {
			t.Errorf("recorded %q, %d rows, %d accepted", b.Sent(), len(w.rows()), len(w.server.Accepted()))
		}
	})
}

// What the upload cannot say follows, also when the first try fails.
func TestChangesFollow(t *testing.T) {
	bubble(t, stravatest.Options{}, func(w *world) {
		t := w.t // that of the bubble
		c := workout(1)
		c.Wishes = deliver.Wishes{GearID: "g1", HideFromHome: true, Name: "n", Sport: activity.TrailRun}
		w.server.Script("PUT", "/activities/", 1, stravatest.Fault{Kind: stravatest.Status, Status: 500})
		sum, err := w.run(c)
		if err != nil || states(sum)[0] != journal.Uploaded {
			t.Fatal(states(sum), err)
		}
		a := w.server.Activities()[0]
		if a.Fields["gear_id"] != "g1" || a.Fields["hide_from_home"] != true || a.Sport != "TrailRun" || a.Name != "n" || w.rows()[0].Changes != "" {
			t.Errorf("%+v, %+v", a, w.rows()[0])
		}
		// One that is refused is told, and not tried for ever.
		d := workout(2)
		d.Wishes.GearID = "g2"
		w.server.Script("PUT", "/activities/", 1, stravatest.Fault{Kind: stravatest.Status, Status: 404})
		sum, err = w.run(d)
		if err != nil || states(sum)[0] != journal.Uploaded || len(sum.Results[0].Warnings) != 1 {
			t.Error(sum.Results, err)
		}
	})
}

// Activities without a file: a lost answer does not make a second one.
func TestManual(t *testing.T) {
	bubble(t, stravatest.Options{}, func(w *world) {
		t := w.t // that of the bubble
		c := workout(1)
		c.Open, c.Format, c.Size, c.Wishes.Name = nil, "", 0, "By hand"
		w.server.Script("POST", "/activities", 1, stravatest.Fault{Kind: stravatest.Reset, After: true})
		sum, err := w.run(c)
		if err != nil || states(sum)[0] != journal.Uploaded || len(w.server.Activities()) != 1 {
			t.Fatal(states(sum), err, len(w.server.Activities()))
		}
		if a := w.server.Activities()[0]; !a.Manual || a.Name != "By hand" || a.Workout.Elapsed != 30*time.Minute {
			t.Errorf("%+v", a)
		}
	})
}

// What Strava says about files, and what is forced.
func TestOutcomes(t *testing.T) {
	bubble(t, stravatest.Options{}, func(w *world) {
		t := w.t // that of the bubble
		// A duplicate that only Strava notices: it is in no list, because its start
		// is hidden there.
		w.o.Unlisted = true
		w.server.AddActivity(stravatest.Activity{Sport: "Run", Workout: stravatest.Workout{Start: workout(1).Start}})
		empty := workout(2)
		data := []byte("<TrainingCenterDatabase/>")
		empty.SHA256, empty.Size = sum256(data), int64(len(data))
		empty.Open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
		changed := workout(3)
		changed.Open = empty.Open
		gone := workout(4)
		gone.Open = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("gone") }
		sum, err := w.run(workout(1), empty, changed, gone)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []struct {
			state journal.State
			kind  string
		}{{journal.Duplicate, ""}, {journal.Failed, "empty"}, {journal.Failed, "file"}, {journal.Failed, "file"}} {
			if o := sum.Results[i].Outcome; o.State != want.state || o.Kind != want.kind || o.State == journal.Duplicate && o.ActivityID == 0 {
				t.Errorf("%d: %+v", i, o)
			}
		}
		n := len(w.server.Accepted())
		sum, err = w.run(workout(1), empty)
		if err != nil || sum.Results[0].Verdict != deliver.Skip || sum.Results[1].Verdict != deliver.Refuse || len(w.server.Accepted()) != n {
			t.Error(sum.Results, err)
		}
		w.o.Force = true
		if _, err := w.run(workout(1), empty); err != nil || len(w.server.Accepted()) != n+2 {
			t.Error(err, len(w.server.Accepted())-n)
		}
		// A deletion at Strava is noticed.
		w.o.Force = false
		w.server.Script("GET", "/uploads/", 100, stravatest.Fault{Kind: stravatest.Status, Status: 500})
		if sum, err := w.run(workout(7)); err != nil && states(sum)[0] != "pending sent" {
			t.Error(states(sum), err)
		}
		w.server.Script("GET", "/uploads/", 0, stravatest.Fault{})
	})
}

func TestVerdicts(t *testing.T) {
	remote := func(change func(*stravatest.Activity)) func(w *world) {
		return func(w *world) {
			c := workout(1)
			a := stravatest.Activity{Sport: "Run", Workout: stravatest.Workout{Start: c.Start, Elapsed: c.Elapsed, Distance: c.Distance.Or(0)}}
			change(&a)
			w.server.AddActivity(a)
		}
	}
	inJournal := func(change func(*journal.Row)) func(w *world) {
		return func(w *world) {
			c := workout(1)
			d := c.Distance.Or(0)
			r := journal.Row{
				Account: "7", SHA256: c.SHA256, Fingerprint: c.Fingerprint, File: "other.tcx", Sport: "Run", Start: c.Start, Elapsed: c.Elapsed, Distance: &d,
				State: journal.Uploaded, ActivityID: 99, SettledAt: time.Now(),
			}
			change(&r)
			if err := w.j.Record(w.t.Context(), &r, false); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	other := func(r *journal.Row) { r.SHA256, r.Fingerprint = "x", "1:x" }
	for name, c := range map[string]struct {
		prepare  func(*world)
		change   func(*deliver.Candidate)
		want     deliver.Verdict
		reason   string // is in it
		warnings int
	}{
		"new":                       {nil, nil, deliver.Send, "", 0},
		"refused by the caller":     {nil, func(c *deliver.Candidate) { c.Refusal = errors.New("no track") }, deliver.Refuse, "no track", 0},
		"too large":                 {nil, func(c *deliver.Candidate) { c.Size = 26_000_000 }, deliver.Refuse, "26.0 MB", 0},
		"empty":                     {nil, func(c *deliver.Candidate) { c.Size = 0 }, deliver.Refuse, "empty", 0},
		"uploaded":                  {inJournal(func(*journal.Row) {}), nil, deliver.Skip, "activity 99", 0},
		"uploaded by somebody else": {inJournal(func(r *journal.Row) { r.Account = "8" }), nil, deliver.Send, "", 0},
		"staged":                    {inJournal(func(r *journal.Row) { r.State, r.Account, r.Folder = journal.Staged, "", "out/001/x" }), nil, deliver.Skip, "out/001/x", 0},
		"deleted at Strava":         {inJournal(func(r *journal.Row) { r.State = journal.Deleted }), nil, deliver.Skip, "deleted", 0},
		"known not to have arrived": {inJournal(func(r *journal.Row) { r.State = journal.Open }), nil, deliver.Send, "", 0},
		"on its way":                {inJournal(func(r *journal.Row) { r.State, r.UploadID = journal.Sent, 5 }), nil, deliver.Resume, "", 0},
		"refused by Strava":         {inJournal(func(r *journal.Row) { r.State, r.Message = journal.Failed, "malformed" }), nil, deliver.Refuse, "malformed", 0},
		"another file of a failure": {inJournal(func(r *journal.Row) { r.State, r.SHA256 = journal.Failed, "x" }), nil, deliver.Send, "", 0},
		"another file, on its way":  {inJournal(func(r *journal.Row) { r.State, r.SHA256 = journal.Intent, "x" }), nil, deliver.Skip, "other.tcx, which is on its way", 0},
		"the same start":            {inJournal(func(r *journal.Row) { other(r); r.Start = r.Start.Add(59 * time.Second); *r.Distance *= 1.02 }), nil, deliver.Skip, "the same workout as other.tcx", 0},
		"too late":                  {inJournal(func(r *journal.Row) { other(r); r.Start = r.Start.Add(61 * time.Second) }), nil, deliver.Send, "", 0},
		"too far":                   {inJournal(func(r *journal.Row) { other(r); *r.Distance *= 1.04 }), nil, deliver.Send, "", 0},
		"another sport":             {inJournal(func(r *journal.Row) { other(r); r.Sport = "Ride" }), nil, deliver.Send, "", 0},
		"a sport of the family":     {inJournal(func(r *journal.Row) { other(r); r.Sport = "TrailRun" }), nil, deliver.Skip, "", 0},
		"an hour off":               {inJournal(func(r *journal.Row) { other(r); r.Start = r.Start.Add(-time.Hour) }), nil, deliver.Send, "", 1},
		"five and a half hours off": {inJournal(func(r *journal.Row) { other(r); r.Start = r.Start.Add(5*time.Hour + 30*time.Minute) }), nil, deliver.Send, "", 1},
		"twenty minutes off":        {inJournal(func(r *journal.Row) { other(r); r.Start = r.Start.Add(20 * time.Minute) }), nil, deliver.Send, "", 0},
		"at Strava":                 {remote(func(a *stravatest.Activity) { a.Name = "Morning Run" }), nil, deliver.Skip, `"Morning Run"`, 0},
		"at Strava, by our own name": {remote(func(a *stravatest.Activity) {
			a.UploadID, a.ExternalID, a.Workout.Distance = 5, deliver.ExternalID(workout(1).SHA256)+".tcx.gz", 1
		}), nil, deliver.Skip, "uploaded earlier", 0},
		"at Strava, an hour off":  {remote(func(a *stravatest.Activity) { a.Workout.Start = a.Workout.Start.Add(time.Hour) }), nil, deliver.Send, "", 1},
		"no start":                {remote(func(*stravatest.Activity) {}), func(c *deliver.Candidate) { c.Start = time.Time{} }, deliver.Send, "", 0},
		"a distance nobody knows": {remote(func(*stravatest.Activity) {}), func(c *deliver.Candidate) { c.Distance = activity.Value{} }, deliver.Skip, "", 0},
		"a sport nobody knows":    {remote(func(a *stravatest.Activity) { a.Sport = "Ride" }), func(c *deliver.Candidate) { c.Sport = "" }, deliver.Skip, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, stravatest.Options{})
			if c.prepare != nil {
				c.prepare(w)
			}
			cand := workout(1)
			if c.change != nil {
				c.change(&cand)
			}
			it := w.plan(w.b, cand).Items[0]
			if it.Verdict != c.want || !strings.Contains(it.Reason, c.reason) || len(it.Warnings) != c.warnings {
				t.Errorf("%s: %q, %q", it.Verdict, it.Reason, it.Warnings)
			}
			w.o.Force = true
			if forced := w.plan(w.b, cand).Items[0]; it.Verdict == deliver.Skip && forced.Verdict != deliver.Send && !strings.Contains(it.Reason, "on its way") {
				t.Errorf("forced: %s", forced.Verdict)
			}
		})
	}
}

// Within one list a workout is delivered once, and the other side is named.
func TestDuplicatesInTheList(t *testing.T) {
	w := newWorld(t, stravatest.Options{})
	copied, near, shifted := workout(1), workout(1), workout(1)
	copied.File, near.File, shifted.File = "copy.tcx", "near.tcx", "shifted.tcx"
	near.SHA256, near.Fingerprint, near.Start = "near", "1:near", near.Start.Add(5*time.Second)
	shifted.SHA256, shifted.Fingerprint, shifted.Start = "shifted", "1:shifted", shifted.Start.Add(2*time.Hour)
	p := w.plan(w.b, workout(1), copied, near, shifted, workout(2))
	for i, want := range []deliver.Verdict{deliver.Send, deliver.Skip, deliver.Skip, deliver.Send, deliver.Send} {
		it := p.Items[i]
		if it.Verdict != want || want == deliver.Skip && it.Other != "run-001.tcx" {
			t.Errorf("%s: %s, %q", it.Candidate.File, it.Verdict, it.Other)
		}
	}
	if len(p.Items[3].Warnings) != 1 {
		t.Errorf("%q", p.Items[3].Warnings)
	}
}

// Listing many years costs few requests.
func TestListingIsCheap(t *testing.T) {
	w := newWorld(t, stravatest.Options{})
	var c []deliver.Candidate
	for i := range 100 {
		c = append(c, workout(i*40))
	}
	if p := w.plan(w.b, c...); !p.Listed {
		t.Error("not listed")
	}
	if _, reads := w.server.Counts(); reads > 4 {
		t.Errorf("%d requests", reads)
	}
	blind := newWorld(t, stravatest.Options{}, "activity:write")
	if p := blind.plan(blind.b, c...); p.Listed || !errors.Is(p.Unlisted, deliver.ErrNoListing) {
		t.Errorf("%v, %v", p.Listed, p.Unlisted)
	}
}

func TestCost(t *testing.T) {
	w := newWorld(t, stravatest.Options{})
	now := time.Date(2026, time.November, 25, 12, 5, 0, 0, time.UTC)
	full := deliver.Capacity{Requests: 200, Reads: 100, Resume: now.Truncate(15 * time.Minute).Add(15 * time.Minute)}
	for _, c := range []struct{ n, windows, uploads, reads int }{{1, 1, 1, 2}, {60, 1, 60, 75}, {100, 2, 100, 125}, {400, 5, 400, 500}} {
		got := w.plan(w.b, workouts(c.n)...).Cost(now, 200, 100, 2000, 1000, full)
		if got.Uploads != c.uploads || got.Reads != c.reads || got.Windows != c.windows {
			t.Errorf("%d workouts: %+v", c.n, got)
		}
	}
	// More than a day holds.
	got := w.plan(w.b, workouts(1500)...).Cost(now, 200, 100, 2000, 1000, full)
	if got.Until.Before(now.Add(12*time.Hour)) || got.Until.After(now.Add(48*time.Hour)) {
		t.Errorf("%+v", got)
	}
}
