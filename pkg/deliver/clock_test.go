package deliver_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/time/rate"

	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/strava"
	"github.com/bandport/bandport/pkg/strava/stravatest"
)

// jumps are by how much somebody sets the computer's clock.
var jumps = map[string]time.Duration{
	"an hour back": -time.Hour, "a day back": -24 * time.Hour, "a year back": -365 * 24 * time.Hour,
	"a day ahead": 24 * time.Hour, "a year ahead": 365 * 24 * time.Hour,
}

// The clock is set between a request, of which the journal says when it was sent,
// and the run that finds out what became of it: the workout is there once, and
// nobody waits for the clock.
func TestTheClockIsSetBetweenTwoRuns(t *testing.T) {
	const processing = 45 * time.Second
	for name, jump := range jumps {
		for stage, prepare := range map[string]func(w *world, row *journal.Row){
			"nothing was sent":         func(*world, *journal.Row) {},
			"the answer was not read":  func(w *world, row *journal.Row) { w.send(workout(1)) },
			"the answer was written":   func(w *world, row *journal.Row) { w.accept(row.ID, w.send(workout(1))) },
			"it was refused, and open": func(w *world, row *journal.Row) { _ = w.j.Refused(w.t.Context(), row.ID) },
		} {
			t.Run(name+", "+stage, func(t *testing.T) {
				bubble(t, stravatest.Options{AcceptDuplicates: true, Processing: func(int) time.Duration { return processing }}, func(w *world) {
					t := w.t // that of the bubble
					c := workout(1)
					row := journal.Row{
						Account: "7", SHA256: c.SHA256, Fingerprint: c.Fingerprint, ExternalID: deliver.ExternalID(c.SHA256), File: c.File, Format: "tcx",
						Sport: "Run", Start: c.Start, Elapsed: c.Elapsed, State: journal.Intent, SentAt: time.Now().Add(-jump),
					}
					if err := w.j.Record(t.Context(), &row, false); err != nil {
						t.Fatal(err)
					}
					prepare(w, &row)
					began := time.Now()
					sum, err := w.run(c)
					if err != nil || states(sum)[0] != journal.Uploaded {
						t.Fatal(states(sum), err, sum.Results)
					}
					if n := len(w.server.Accepted()); n != 1 {
						t.Errorf("it was accepted %d times", n)
					}
					if took := time.Since(began); took > deliver.DefaultPatience+processing+2*time.Minute {
						t.Errorf("it took %v", took)
					}
				})
			})
		}
	}
}

// shifted is a Strava whose clock differs from ours, as it looks when somebody has
// set ours.
type shifted struct {
	http.RoundTripper
	requests atomic.Int64
	after    int64 // from this request on
	by       time.Duration
}

func (s *shifted) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.RoundTripper.RoundTrip(r)
	if answer != nil && s.requests.Add(1) >= s.after {
		answer.Header.Set("Date", time.Now().Add(s.by).UTC().Format(http.TimeFormat))
	}
	return answer, err
}

// The clock is set in the midst of a batch that waits for the rate limit: nothing
// is lost or sent twice, no limit is run into, and it waits for one window as ever.
func TestTheClockIsSetDuringARun(t *testing.T) {
	for name, jump := range jumps {
		t.Run(name, func(t *testing.T) {
			bubble(t, stravatest.Options{AcceptDuplicates: true, Processing: func(n int) time.Duration { return time.Duration(n%9) * time.Second }}, func(w *world) {
				t := w.t // that of the bubble
				access, _ := w.server.Login(strava.Scopes()...)
				client, err := strava.New(strava.Config{
					API: w.server.API(), Transport: &shifted{RoundTripper: w.server.Transport(), after: 40, by: -jump},
					Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: access}), Pace: rate.Inf, Pause: time.Millisecond,
				})
				if err != nil {
					t.Fatal(err)
				}
				w.b.Client, w.o.Wait = client, true
				began := time.Now()
				sum, err := w.run(workouts(100)...)
				if err != nil {
					t.Fatal(err)
				}
				wantUploaded(t, sum)
				if n := len(w.server.Accepted()); n != 100 {
					t.Errorf("%d were accepted", n)
				}
				for _, line := range w.server.Log() {
					if line == "429" {
						t.Error("it ran into the limit")
					}
				}
				if took := time.Since(began); took > 46*time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
