package strava_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/time/rate"

	"github.com/bandport/bandport/pkg/strava"
	"github.com/bandport/bandport/pkg/strava/stravatest"
)

// Prism, a program that we did not write, holds our requests against Strava's own
// description of its API, and the answers of the stand-in, too. `.ci/prism` gets
// both and runs this test; without them it is skipped.
func TestAgainstTheDescriptionOfTheAPI(t *testing.T) {
	prism, description := os.Getenv("BANDPORT_PRISM"), os.Getenv("BANDPORT_OPENAPI")
	if prism == "" || description == "" {
		t.Skip("BANDPORT_PRISM and BANDPORT_OPENAPI are not set; .ci/prism sets them")
	}
	description = withContentTypes(t, description)
	s := stravatest.New(stravatest.Options{Limits: stravatest.Unlimited}).Start()
	defer s.Close()
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close() // it is for Prism
	cmd := exec.CommandContext(t.Context(), prism, "proxy", description, s.API(), "--port", port, "--host", "127.0.0.1")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()

	seen := &watching{}
	access, _ := s.Login()
	c, err := strava.New(strava.Config{
		API: "http://127.0.0.1:" + port, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: access}), Pace: rate.Inf, Transport: seen, Attempts: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		if _, err = c.Athlete(t.Context()); err == nil || time.Now().After(end) {
			break
		}
		if !errors.Is(err, strava.ErrUnreachable) && !strings.Contains(err.Error(), "refused") {
			break
		}
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	seen.reset()

	begin := time.Date(2016, time.March, 1, 18, 30, 0, 0, time.UTC)
	u := upload(tcx)
	u.SportType, u.Name, u.Description, u.Trainer, u.Commute = "TrailRun", "name", "description", true, true
	up, err := c.Upload(t.Context(), u)
	check := func(call string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
	check("upload", err)
	st, err := c.UploadStatus(t.Context(), up.ID)
	check("status", err)
	if st.ActivityID != nil {
		gear, yes, name, sport := "g1", true, "n", "Run"
		check("change", c.Change(t.Context(), *st.ActivityID, strava.Changes{
			GearID: &gear, HideFromHome: &yes, Commute: &yes, Trainer: &yes, Name: &name, Description: &name, SportType: &sport,
		}))
		_, err = c.Activity(t.Context(), *st.ActivityID)
		check("activity", err)
	}
	_, err = c.Create(t.Context(), strava.Manual{Name: "n", SportType: "Run", StartLocal: begin, Elapsed: time.Hour, Distance: 10, Description: "d", Trainer: true, Commute: true})
	check("create", err)
	for _, err := range c.Activities(t.Context(), begin.AddDate(0, -1, 0), begin.AddDate(0, 1, 0)) {
		check("list", err)
	}
	if v := append(seen.violations(), s.Violations()...); len(v) > 0 {
		t.Errorf("Prism says: %s", strings.Join(v, "\n"))
	}
	t.Logf("%d requests are as the description wants them", seen.count())
}

// withContentTypes adds to the description what it forgets: in which form two calls
// take what they get. Strava's reference says so in words.
func withContentTypes(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	call := func(path, method string) map[string]any {
		return d["paths"].(map[string]any)[path].(map[string]any)[method].(map[string]any)
	}
	call("/activities", "post")["consumes"] = []string{"application/x-www-form-urlencoded"}
	call("/activities/{id}", "put")["consumes"] = []string{"application/json"}
	out := filepath.Join(t.TempDir(), "openapi.json")
	data, err = json.Marshal(d)
	if err == nil {
		err = os.WriteFile(out, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// watching keeps what Prism says about requests and answers.
type watching struct {
	mu   sync.Mutex
	says []string
	n    int
}

func (w *watching) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
	var all []struct {
		Location []string `json:"location"`
		Message  string   `json:"message"`
	}
	if v := a.Header.Get("Sl-Violations"); v != "" {
		if err := json.Unmarshal([]byte(v), &all); err != nil {
			return nil, err
		}
	}
	for _, v := range all {
		// Strava answers null where its description wants a text or a number, and so
		// does the stand-in.
		if v.Location[0] == "response" && (strings.Contains(v.Message, "must be string") || strings.Contains(v.Message, "must be integer")) {
			continue
		}
		w.says = append(w.says, r.Method+" "+r.URL.Path+": "+strings.Join(v.Location, ".")+": "+v.Message)
	}
	return a, nil
}

func (w *watching) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.says, w.n = nil, 0
}

func (w *watching) violations() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.says...)
}

func (w *watching) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.n
}
