package deliver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/time/rate"

	"github.com/bandport/bandport/pkg/credentials"
	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/strava"
	"github.com/bandport/bandport/pkg/strava/stravatest"
)

// The test binary plays the program that is killed: with this variable set it
// delivers and ends.
const childVariable = "BANDPORT_TEST_DELIVERS"

// childOrder is what the child has to do.
type childOrder struct {
	Dir, API, Auth string
	Workouts       int
	Patience       time.Duration
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		var o childOrder
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if err := child(o); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child delivers all workouts and returns an error unless everything is settled.
func child(o childOrder) error {
	ctx := context.Background()
	j, damage, err := journal.OpenFile(ctx, filepath.Join(o.Dir, "journal.db"))
	if err != nil {
		return err
	}
	defer j.Close()
	if damage != nil {
		return fmt.Errorf("the journal is damaged: %w", damage.Cause)
	}
	release, err := j.Acquire()
	if err != nil {
		return err
	}
	defer release()
	store := &credentials.Store{Dir: o.Dir, Place: credentials.File}
	login, _, err := store.Load(ctx)
	if err != nil {
		return err
	}
	client, err := strava.New(strava.Config{
		API: o.API, Pace: rate.Inf, Pause: 20 * time.Millisecond,
		Tokens: strava.NewSession(ctx, strava.App{ID: login.ClientID, Secret: login.ClientSecret, Auth: o.Auth}, store),
	})
	if err != nil {
		return err
	}
	b := &deliver.Strava{Client: client, AthleteID: 7, Scopes: login.Scopes, Wait: o.Patience}
	plan, err := deliver.Prepare(ctx, j, b, workouts(o.Workouts), deliver.Options{Jobs: 4, FirstLook: 30 * time.Millisecond})
	if err != nil {
		return err
	}
	sum, err := deliver.Run(ctx, plan, j, b, nil)
	if err != nil {
		return err
	}
	for _, r := range sum.Results {
		if r.Pending || r.Outcome.State == journal.Failed {
			return fmt.Errorf("%s is %s: %s", r.File, r.Outcome.State, r.Reason)
		}
	}
	return nil
}

// guarded keeps the kills out of one moment that no program survives: between
// Strava's replacing the refresh token and our storing of the new one, the old one
// is dead and the new one is nowhere but in the answer. Inside of it the test
// waits until the token is stored.
type guarded struct {
	http.Handler
	tokens sync.Mutex
	life   int           // which program it is, counted; one that was killed asks for nothing any more
	stored func() string // the refresh token on the disk
	server *stravatest.Server
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	life, path, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/life-"), "/")
	if !ok || path != "oauth/token" {
		g.Handler.ServeHTTP(w, r)
		return
	}
	r.URL.Path = "/" + path
	g.tokens.Lock()
	// On a busy machine the request of a program can be read after it was killed.
	if life != strconv.Itoa(g.life) {
		g.tokens.Unlock()
		panic(http.ErrAbortHandler)
	}
	g.Handler.ServeHTTP(w, r)
	go func() {
		defer g.tokens.Unlock()
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if g.stored() == g.server.RefreshToken() {
				return
			}
		}
	}()
}

// chaosSize is how much of it there is: enough to find most mistakes in seconds,
// and with BANDPORT_CHAOS=full what the program has to stand.
func chaosSize(t *testing.T) (workouts, kills int) {
	t.Helper()
	switch {
	case os.Getenv("BANDPORT_CHAOS") == "full":
		return 500, 50
	case testing.Short():
		return 30, 3
	}
	return 60, 6
}

// A program that is killed again and again, over a network that fails at random,
// sends each workout exactly once, whether Strava knows duplicates or not.
func TestChaos(t *testing.T) {
	for name, accept := range map[string]bool{"Strava takes duplicates": true, "Strava finds duplicates": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chaos(t, accept)
		})
	}
}

func chaos(t *testing.T, acceptDuplicates bool) {
	t.Helper()
	n, kills := chaosSize(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d workouts, %d kills", seed, n, kills)
	random := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()

	const longestProcessing = 400 * time.Millisecond
	server := stravatest.New(stravatest.Options{
		AcceptDuplicates: acceptDuplicates, Limits: stravatest.Unlimited,
		// A token that lives a second longer than what is renewed, so that it is
		// renewed all the time.
		TokenLife: 5*time.Minute + 700*time.Millisecond, TokenKeep: 5 * time.Minute,
		Processing: func(i int) time.Duration { return time.Duration(i*7919%400) * longestProcessing / 400 },
	})
	store := &credentials.Store{Dir: dir, Place: credentials.File}
	g := &guarded{Handler: server, server: server, stored: func() string {
		l, _, err := store.Load(context.Background())
		if err != nil {
			return ""
		}
		return l.Token.RefreshToken
	}}
	listener := httptest.NewServer(g)
	defer listener.Close()

	access, refresh := server.Login()
	if _, err := store.Save(t.Context(), credentials.Login{
		ClientID: "12345", ClientSecret: "app-secret", AthleteID: 7, Scopes: strava.Scopes(),
		Token: &oauth2.Token{AccessToken: access, RefreshToken: refresh, Expiry: time.Now().Add(5 * time.Minute)},
	}); err != nil {
		t.Fatal(err)
	}
	server.Chance(seed, 0.15)

	start := func() *exec.Cmd {
		g.tokens.Lock()
		g.life++
		auth := fmt.Sprintf("%s/life-%d/oauth", listener.URL, g.life)
		g.tokens.Unlock()
		order, err := json.Marshal(childOrder{Dir: dir, API: listener.URL + "/api/v3", Auth: auth, Workouts: n, Patience: 3 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+string(order))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	killed := 0
	for killed < kills {
		cmd := start()
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-time.After(time.Duration(random.IntN(800)+40) * time.Millisecond):
			g.tokens.Lock()
			_ = cmd.Process.Kill() // it may have ended
			<-ended
			g.life++
			g.tokens.Unlock()
			killed++
		case err := <-ended:
			if err == nil {
				t.Logf("everything was delivered after %d kills", killed)
				kills = killed
			}
		}
	}
	// Whatever was killed last, a few more runs finish the job.
	for run := 0; ; run++ {
		if err := start().Wait(); err == nil {
			break
		} else if run == 10 {
			t.Fatalf("the job is not done after all kills: %v", err)
		}
	}

	accepted := map[string]int{}
	for _, a := range server.Accepted() {
		accepted[a.SHA256]++
	}
	if len(accepted) != n {
		t.Errorf("%d workouts were accepted, want %d", len(accepted), n)
	}
	for sum, times := range accepted {
		if times != 1 {
			t.Errorf("workout %s was accepted %d times", sum, times)
		}
	}
	if got := len(server.Activities()); got != n {
		t.Errorf("%d activities, want %d", got, n)
	}
	if v := server.Violations(); len(v) > 0 {
		t.Errorf("requests that Strava would not take: %q", v)
	}
	if g.stored() != server.RefreshToken() {
		t.Error("the refresh token is lost")
	}
	if server.Rotations() == 0 {
		t.Error("the refresh token was never replaced, so that nothing is shown about it")
	}
	t.Logf("%d requests, %d refresh tokens", len(server.Log()), server.Rotations())

	j, damage, err := journal.OpenFile(t.Context(), filepath.Join(dir, "journal.db"))
	if err != nil || damage != nil {
		t.Fatal(err, damage)
	}
	defer j.Close()
	rows, err := j.Rows(t.Context(), journal.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	activities := map[int64]bool{}
	for _, a := range server.Activities() {
		activities[a.ID] = true
	}
	for _, r := range rows {
		if r.State != journal.Uploaded || !activities[r.ActivityID] {
			t.Errorf("%s is %s with activity %d in the journal", r.File, r.State, r.ActivityID)
		}
		delete(activities, r.ActivityID)
	}
	if len(rows) != n || len(activities) != 0 {
		t.Errorf("%d rows in the journal, %d activities without one", len(rows), len(activities))
	}
}
