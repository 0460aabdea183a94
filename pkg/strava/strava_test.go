package strava_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/time/rate"

	"github.com/bandport/bandport/pkg/strava"
	"github.com/bandport/bandport/pkg/strava/stravatest"
)

// memory is a store of tokens. Its methods mimic what a store on the disk does.
type memory struct {
	mu    sync.Mutex
	token *oauth2.Token
	fails error // of storing
}

func (m *memory) Token(context.Context) (*oauth2.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.token, nil
}

func (m *memory) Rotate(_ context.Context, renew func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return nil, m.fails
	}
	t, err := renew(m.token)
	if err == nil {
		m.token = t
	}
	return t, err
}

// connect returns a client that is logged in to a server without a network.
func connect(t *testing.T, s *stravatest.Server, scopes ...string) (*strava.Client, *memory) {
	t.Helper()
	access, refresh := s.Login(scopes...)
	store := &memory{token: &oauth2.Token{AccessToken: access, RefreshToken: refresh, Expiry: time.Now().Add(time.Hour)}}
	app := strava.App{ID: "12345", Secret: "app-secret", Auth: s.Auth(), Transport: s.Transport()}
	c, err := strava.New(strava.Config{
		API: s.API(), Transport: s.Transport(), Tokens: strava.NewSession(t.Context(), app, store), Pace: rate.Inf, Pause: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, store
}

const tcx = `<TrainingCenterDatabase><Trackpoint><Time>2016-03-01T18:30:00Z</Time><DistanceMeters>0</DistanceMeters></Trackpoint>
<Trackpoint><Time>2016-03-01T19:00:00Z</Time><DistanceMeters>5000</DistanceMeters></Trackpoint></TrainingCenterDatabase>`

func upload(data string) strava.Upload {
	return strava.Upload{
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(data)), nil }, Size: int64(len(data)),
		DataType: "tcx", ExternalID: "run-1",
	}
}

func TestUploadSendsEveryField(t *testing.T) {
	s := stravatest.New(stravatest.Options{})
	c, _ := connect(t, s)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, tcx)
	_ = z.Close()
	u := upload(packed.String())
	u.DataType, u.SportType, u.Name, u.Description, u.Trainer, u.Commute = "tcx.gz", "TrailRun", "Ümläute & <b>", "line\nline", true, true
	got, err := c.Upload(t.Context(), u)
	if err != nil {
		t.Fatal(err, s.Violations())
	}
	if got.ID < 1<<32 || got.Status != strava.StatusProcessing {
		t.Errorf("%+v", got)
	}
	want := map[string]string{
		"data_type": "tcx.gz", "external_id": "run-1", "sport_type": "TrailRun", "name": "Ümläute & <b>", "description": "line\nline", "trainer": "1", "commute": "1",
	}
	a := s.Accepted()[0]
	for name, v := range want {
		if a.Fields[name] != v {
			t.Errorf("%s is %q, want %q", name, a.Fields[name], v)
		}
	}
	if len(a.Fields) != len(want) {
		t.Errorf("fields %v", a.Fields)
	}
	st, err := c.UploadStatus(t.Context(), got.ID)
	if err != nil || st.ActivityID == nil || st.Problem() != nil || st.Status != strava.StatusReady {
		t.Errorf("%+v, %v", st, err)
	}
	if id := strava.Trim(*st.ExternalID); id != "run-1" {
		t.Errorf("external id %q", id)
	}
	if v := s.Violations(); len(v) > 0 {
		t.Error(v)
	}
}

// What an error leaves open decides whether a file may be sent again.
func TestFaultsOfAnUpload(t *testing.T) {
	for name, c := range map[string]struct {
		fault    stravatest.Fault
		lost     bool // it may have arrived
		accepted int
		kind     strava.Kind
	}{
		"the connection breaks before":           {stravatest.Fault{Kind: stravatest.Reset}, true, 0, strava.Other},
		"and after Strava accepted it":           {stravatest.Fault{Kind: stravatest.Reset, After: true}, true, 1, strava.Other},
		"500":                                    {stravatest.Fault{Kind: stravatest.Status, Status: 500}, true, 0, strava.ServerFault},
		"500 after Strava accepted it":           {stravatest.Fault{Kind: stravatest.Status, Status: 500, After: true}, true, 1, strava.ServerFault},
		"502 as a web page":                      {stravatest.Fault{Kind: stravatest.HTML}, true, 0, strava.ServerFault},
		"a web page that claims to be a success": {stravatest.Fault{Kind: stravatest.HTML, Status: 200, After: true}, true, 1, strava.ServerFault},
		"half of the JSON":                       {stravatest.Fault{Kind: stravatest.Truncated, After: true}, true, 1, strava.ServerFault},
		"inactive":                               {stravatest.Fault{Kind: stravatest.Inactive}, false, 0, strava.AppInactive},
		"a redirection":                          {stravatest.Fault{Kind: stravatest.Status, Status: 307}, true, 0, strava.ServerFault},
	} {
		t.Run(name, func(t *testing.T) {
			s := stravatest.New(stravatest.Options{})
			client, _ := connect(t, s)
			s.Script("POST", "/uploads", 1, c.fault)
			_, err := client.Upload(t.Context(), upload(tcx))
			var lost *strava.Unanswered
			if errors.As(err, &lost) != c.lost || err == nil || strava.KindOf(err) != c.kind {
				t.Errorf("%v: may have arrived %v, kind %v", err, errors.As(err, &lost), strava.KindOf(err))
			}
			if n := len(s.Accepted()); n != c.accepted {
				t.Errorf("%d accepted", n)
			}
			if uploads, _ := s.Counts(); uploads > 1 {
				t.Errorf("it was sent %d times", uploads)
			}
		})
	}
}

// A file of which a part has not gone out cannot have arrived, and is sent again.
func TestWhatCannotHaveArrivedIsSentAgain(t *testing.T) {
	s := stravatest.New(stravatest.Options{}).Start()
	defer s.Close()
	access, _ := s.Login()
	c, err := strava.New(strava.Config{
		API: s.API(), Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: access}), Pace: rate.Inf, Pause: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	// Larger than what the system takes off the program's hands at once.
	data := tcx + strings.Repeat("<!-- padding -->", 1<<20)
	s.Script("POST", "/uploads", 2, stravatest.Fault{Kind: stravatest.ResetDuring})
	if _, err := c.Upload(t.Context(), upload(data)); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Accepted()); n != 1 {
		t.Errorf("%d accepted", n)
	}
}

func TestNobodyListens(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	c, err := strava.New(strava.Config{
		API: closed.URL, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "the-token"}), Pace: rate.Inf, Pause: time.Millisecond, Attempts: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Upload(t.Context(), upload(tcx))
	if !errors.Is(err, strava.ErrUnreachable) {
		t.Error(err)
	}
}

func TestReadingIsRepeated(t *testing.T) {
	s := stravatest.New(stravatest.Options{})
	c, _ := connect(t, s)
	for _, f := range []stravatest.Fault{{Kind: stravatest.Status, Status: 503}, {Kind: stravatest.Reset}, {Kind: stravatest.Truncated, After: true}, {Kind: stravatest.HTML}} {
		s.Script("GET", "/athlete", 1, f)
	}
	a, err := c.Athlete(t.Context())
	if err != nil || a.ID != 7 {
		t.Error(a, err)
	}
	s.Script("GET", "/athlete", strava.DefaultAttempts, stravatest.Fault{Kind: stravatest.Status, Status: 503})
	if _, err := c.Athlete(t.Context()); strava.KindOf(err) != strava.ServerFault {
		t.Error(err)
	}
}

func TestSizeAndKindOfAFileAreChecked(t *testing.T) {
	s := stravatest.New(stravatest.Options{})
	c, _ := connect(t, s)
	for name, change := range map[string]func(*strava.Upload){
		"an unknown kind":          func(u *strava.Upload) { u.DataType = "json" },
		"an unknown size":          func(u *strava.Upload) { u.Size = -1 },
		"a file that became short": func(u *strava.Upload) { u.Size++ },
		"a file that grew":         func(u *strava.Upload) { u.Size-- },
		"a file that is gone": func(u *strava.Upload) {
			u.Open = func() (io.ReadCloser, error) { return nil, errors.New("gone") }
		},
	} {
		u := upload(tcx)
		change(&u)
		_, err := c.Upload(t.Context(), u)
		var lost *strava.Unanswered
		if err == nil || errors.As(err, &lost) || len(s.Accepted()) != 0 {
			t.Errorf("%s: %v, %d accepted", name, err, len(s.Accepted()))
		}
	}
}

func TestTextsAboutUploads(t *testing.T) {
	for _, c := range []struct {
		text string
		kind strava.Kind
		id   int64
	}{
		{"run.fit duplicate of activity 18050722067", strava.Duplicate, 18050722067},
		{"run.fit duplicate of <a href='/activities/18050722067' target='_blank'>Morning &amp; Run</a>", strava.Duplicate, 18050722067},
		{"run.fit duplicate of something", strava.Duplicate, 0},
		{`The file is empty, <a href="https://strava.zendesk.com/entries/21823834-Uploading-Empty-Files" target="_blank">More Information</a>.`, strava.Empty, 0},
		{"Time information is missing from file.", strava.TimeMissing, 0},
		{"The upload appears to be malformed and we are unable to process it", strava.Malformed, 0},
		{"Unrecognised file type?", strava.Malformed, 0},
		{"There was an error processing your activity.", strava.ProcessFailed, 0},
		{"", strava.ProcessFailed, 0},
	} {
		e := strava.UploadProblem(c.text)
		if e.Kind != c.kind || e.ActivityID != c.id || strings.Contains(e.Text, "<") {
			t.Errorf("%q: %v, %d, %q", c.text, e.Kind, e.ActivityID, e.Text)
		}
		if e.Error() == "" || strings.HasSuffix(e.Error(), ".") {
			t.Errorf("%q says %q", c.text, e.Error())
		}
	}
	if long := strava.UploadProblem(strings.Repeat("ä", 500)); len(long.Text) > 310 {
		t.Errorf("%d bytes", len(long.Text))
	}
}

func TestErrorsOfTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   strava.Kind
	}{
		"inactive":      {403, `{"message":"Forbidden","errors":[{"resource":"Application","field":"Status","code":"Inactive"}]}`, strava.AppInactive},
		"scope":         {401, `{"message":"Authorization Error","errors":[{"resource":"AccessToken","field":"activity:write_permission","code":"missing"}]}`, strava.ScopeMissing},
		"athletes":      {403, `{"message":"Limit of connected athletes exceeded","errors":[]}`, strava.AthleteLimit},
		"not found":     {404, `{"message":"Record Not Found","errors":[]}`, strava.NotFound},
		"empty file":    {400, `{"message":"Bad Request","errors":[{"resource":"Upload","field":"data","code":"empty"}]}`, strava.Empty},
		"duplicate":     {400, `{"id":0,"error":"x.tcx duplicate of activity 12","status":"There was an error processing your activity."}`, strava.Duplicate},
		"text":          {400, `no <b>good</b>`, strava.BadRequest},
		"empty answer":  {201, ``, strava.ServerFault},
		"no number":     {201, `{}`, strava.ServerFault},
		"other message": {403, `{"message":"Forbidden","errors":[]}`, strava.BadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			client, err := strava.New(strava.Config{API: server.URL, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "the-token"}), Pace: rate.Inf, Pause: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Upload(t.Context(), upload(tcx)); strava.KindOf(err) != c.want {
				t.Errorf("%v is %v, want %v", err, strava.KindOf(err), c.want)
			}
		})
	}
}

// Whatever goes wrong, no error repeats a secret.
func TestErrorsHoldNoSecret(t *testing.T) {
	const token, secret, refresh = "the-access-token", "the-app-secret", "the-refresh-token"
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) > 200 && r.URL.Path == "/uploads" {
			body = nil
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, r.Header.Get("Authorization")+" "+string(body))
	}))
	defer echo.Close()
	store := &memory{token: &oauth2.Token{AccessToken: token, RefreshToken: refresh, Expiry: time.Now().Add(time.Hour)}}
	app := strava.App{ID: "12345", Secret: secret, Auth: echo.URL}
	client, err := strava.New(strava.Config{API: echo.URL, Tokens: strava.NewSession(t.Context(), app, store), Pace: rate.Inf})
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", name)
			return
		}
		for _, s := range []string{token, secret, refresh, "the-code"} {
			if strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	_, err = client.Upload(t.Context(), upload(tcx))
	check("upload", err)
	_, err = client.Athlete(t.Context())
	check("athlete", err)
	store.token.Expiry = time.Now().Add(-time.Hour)
	_, err = strava.NewSession(t.Context(), app, store).Token()
	check("refresh", err)
	check("revoke", app.Revoke(t.Context(), store.token))
	x, err := app.Authorize("http://127.0.0.1:1/callback")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(x.URL)
	_, err = x.Finish(t.Context(), url.Values{"state": {u.Query().Get("state")}, "code": {"the-code"}})
	check("exchange", err)
	if strings.Contains(x.URL, secret) {
		t.Error("the address of the login holds the secret")
	}
	_, err = strava.ParseRedirect("the-code")
	check("an address that is none", err)
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		strava.DefaultAPI: true, strava.DefaultAuth: true, "https://api-v3.strava.com": true, "http://127.0.0.1:8080/api/v3": true, "http://localhost:1": true, "http://[::1]:1": true,
		"http://www.strava.com/api/v3": false, "ftp://www.strava.com": false, "www.strava.com": false, "": false,
		"https://user:secret@www.strava.com": false, "https://www.strava.com?x=y": false, "http://127.0.0.1.evil.example": false,
	} {
		if err := strava.CheckAddress(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Renewing: before the end, once for all who need it, stored before it is used.
func TestTokensAreRenewedAndStored(t *testing.T) {
	s := stravatest.New(stravatest.Options{})
	c, store := connect(t, s)
	store.token.Expiry = time.Now().Add(time.Minute) // ends soon
	s.ExpireTokens()
	before := store.token.RefreshToken
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := c.Athlete(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s.Rotations() != 1 {
		t.Errorf("%d rotations", s.Rotations())
	}
	if store.token.RefreshToken != s.RefreshToken() || store.token.RefreshToken == before {
		t.Error("the new refresh token is not stored")
	}

	// A token that should be valid and is refused.
	s.ExpireTokens()
	if _, err := c.Athlete(t.Context()); err != nil {
		t.Error(err)
	}
	if s.Rotations() != 2 || store.token.RefreshToken != s.RefreshToken() {
		t.Errorf("%d rotations", s.Rotations())
	}

	// Another process was faster: its token is used.
	access, refresh := s.Login()
	store.token = &oauth2.Token{AccessToken: access, RefreshToken: refresh, Expiry: time.Now().Add(6 * time.Hour)}
	s.Script("GET", "/athlete", 1, stravatest.Fault{Kind: stravatest.Unauthorized})
	if _, err := c.Athlete(t.Context()); err != nil {
		t.Error(err)
	}
	if s.Rotations() != 2 {
		t.Errorf("%d rotations", s.Rotations())
	}

	// The answer to a renewal is lost: only logging in helps, and that is said.
	s.ExpireTokens()
	s.Script("POST", "/oauth/token", 1, stravatest.Fault{Kind: stravatest.Reset, After: true})
	if _, err := c.Athlete(t.Context()); !errors.Is(err, strava.ErrLoggedOut) {
		t.Error(err)
	}
}

func TestATokenThatCannotBeStoredIsNotUsed(t *testing.T) {
	s := stravatest.New(stravatest.Options{})
	c, store := connect(t, s)
	store.token.Expiry, store.fails = time.Now(), errors.New("disk full")
	if _, err := c.Athlete(t.Context()); !errors.Is(err, store.fails) {
		t.Error(err)
	}
	if s.Rotations() != 0 {
		t.Error("the old refresh token is dead, and the new one nowhere")
	}
}

func TestLogin(t *testing.T) {
	s := stravatest.New(stravatest.Options{Grant: []string{"read", "activity:write"}}).Start()
	defer s.Close()
	app := strava.App{ID: "12345", Secret: "app-secret", Auth: s.Auth()}
	l, err := strava.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	x, err := app.Authorize(l.Redirect())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		// A page that wants to bring in its own code is turned away.
		for _, address := range []string{l.Redirect() + "?code=evil&state=guess", strings.Replace(l.Redirect(), "/callback", "/else", 1), x.URL} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			if err != nil {
				t.Error(err)
				return
			}
			r, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			_ = r.Body.Close()
			if want := address == x.URL; (r.StatusCode == http.StatusOK) != want {
				t.Errorf("%s: %d", address, r.StatusCode)
			}
		}
	}()
	query, err := l.Wait(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	g, err := x.Finish(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if g.Athlete.ID != 7 || g.Athlete.FirstName != "Ada" || !slices.Equal(g.Scopes, []string{"read", "activity:write"}) || g.Token.RefreshToken != s.RefreshToken() {
		t.Errorf("%+v", g)
	}
	if _, err := x.Finish(t.Context(), query); !errors.Is(err, strava.ErrLoggedOut) {
		t.Errorf("a code that is used twice: %v", err)
	}
	if _, err := x.Finish(t.Context(), url.Values{"state": {"other"}, "code": {"x"}}); !errors.Is(err, strava.ErrState) {
		t.Error(err)
	}
	if _, err := x.Finish(t.Context(), url.Values{"state": query["state"], "error": {"access_denied"}}); !errors.Is(err, strava.ErrDenied) {
		t.Error(err)
	}
	if v := s.Violations(); len(v) > 0 {
		t.Error(v)
	}
	if err := app.Revoke(t.Context(), g.Token); err != nil {
		t.Error(err)
	}
	if s.RefreshToken() != "" {
		t.Error("the refresh token is alive after it was revoked")
	}
}

// The limits of Strava's windows, in a bubble where a day takes no time.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stravatest.New(stravatest.Options{Limits: [4]int{6, 20, 4, 8}, TokenLife: 1000 * time.Hour})
		c, store := connect(t, s)
		store.token.Expiry = time.Time{}
		read := func() error { _, err := c.Athlete(t.Context()); return err }
		var limited *strava.RateLimitError
		for i := range 4 {
			if err := read(); err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
		}
		if err := read(); !errors.As(err, &limited) || limited.Daily {
			t.Fatal(err)
		}
		if n := len(s.Log()); n != 4 {
			t.Errorf("%d requests: one was sent although it could not be accepted", n)
		}
		if a := c.Allowance(); a.Reads != 0 || a.Requests != 2 || !a.Resume.Equal(time.Now().UTC().Truncate(15*time.Minute).Add(15*time.Minute)) {
			t.Errorf("%+v at %v", a, time.Now().UTC())
		}
		if _, err := c.Upload(t.Context(), upload(tcx)); err != nil {
			t.Errorf("an upload does not count as reading: %v", err)
		}
		time.Sleep(time.Until(limited.Resume))
		for range 4 {
			if err := read(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(15 * time.Minute)
		if err := read(); !errors.As(err, &limited) || !limited.Daily || !limited.Resume.Equal(time.Now().UTC().Truncate(24*time.Hour).Add(24*time.Hour)) {
			t.Fatal(err)
		}
		time.Sleep(time.Until(limited.Resume))
		if err := read(); err != nil {
			t.Error(err)
		}
		// A refusal without figures: until the next quarter of an hour.
		s.Script("GET", "/athlete", 1, stravatest.Fault{Kind: stravatest.LimitedBare})
		if err := read(); !errors.As(err, &limited) {
			t.Fatal(err)
		}
		n := len(s.Log())
		if err := read(); !errors.As(err, &limited) || len(s.Log()) != n {
			t.Error("it is tried again at once")
		}
		time.Sleep(15 * time.Minute)
		if err := read(); err != nil {
			t.Error(err)
		}
	})
}

// A clock that is wrong moves the windows and nothing else.
func TestClockSkew(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(3*time.Hour+7*time.Minute).UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, `{"id":7}`)
	}))
	defer server.Close()
	c, err := strava.New(strava.Config{API: server.URL, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Athlete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := c.Skew() - 3*time.Hour - 7*time.Minute; d.Abs() > 5*time.Second {
		t.Errorf("skew %v", c.Skew())
	}
	want := time.Now().Add(c.Skew()).UTC().Truncate(15 * time.Minute).Add(15 * time.Minute)
	if a := c.Allowance(); !a.Resume.Equal(want) {
		t.Errorf("resumes at %v, want %v", a.Resume, want)
	}
}

func TestActivities(t *testing.T) {
	s := stravatest.New(stravatest.Options{Limits: stravatest.Unlimited})
	c, _ := connect(t, s)
	begin := time.Date(2016, time.March, 1, 6, 0, 0, 0, time.UTC)
	for i := range 450 {
		s.AddActivity(stravatest.Activity{Sport: "Run", Workout: stravatest.Workout{Start: begin.AddDate(0, 0, i), Elapsed: time.Hour, Distance: 10_000}})
	}
	n := 0
	for a, err := range c.Activities(t.Context(), begin, begin.AddDate(0, 0, 448)) {
		if err != nil {
			t.Fatal(err)
		}
		if !a.StartDate.Equal(begin.AddDate(0, 0, n)) || a.Distance != 10_000 || a.ElapsedTime != 3600 {
			t.Fatalf("%+v", a)
		}
		n++
	}
	if _, reads := s.Counts(); n != 449 || reads != 3 {
		t.Errorf("%d activities with %d requests", n, reads)
	}
	m, err := c.Create(t.Context(), strava.Manual{
		Name: "Swim", SportType: "Swim", StartLocal: begin, Elapsed: 1800*time.Second + 500*time.Millisecond, Distance: 1000.04, Description: "d", Commute: true,
	})
	if err != nil {
		t.Fatal(err, s.Violations())
	}
	gear, hide := "g1", true
	if err := c.Change(t.Context(), m.ID, strava.Changes{GearID: &gear, HideFromHome: &hide}); err != nil {
		t.Error(err)
	}
	got, err := c.Activity(t.Context(), m.ID)
	if err != nil || got.Name != "Swim" || !got.Manual {
		t.Errorf("%+v, %v", got, err)
	}
	all := s.Activities()
	if f := all[len(all)-1].Fields; f["gear_id"] != "g1" || f["hide_from_home"] != true || len(f) != 2 {
		t.Errorf("%v", f)
	}
	if err := c.Change(t.Context(), 1, strava.Changes{}); strava.KindOf(err) != strava.NotFound {
		t.Error(err)
	}
}

func TestScopes(t *testing.T) {
	s := stravatest.New(stravatest.Options{})
	c, _ := connect(t, s, "read", "activity:read")
	if _, err := c.Upload(t.Context(), upload(tcx)); strava.KindOf(err) != strava.ScopeMissing {
		t.Error(err)
	}
	if s.Rotations() != 0 {
		t.Error("a new token cannot do more than the old one")
	}
	for _, c := range []struct {
		scopes []string
		scope  string
		want   bool
	}{
		{[]string{"activity:read_all"}, strava.ScopeRead, true},
		{[]string{"activity:read"}, strava.ScopeRead, true},
		{[]string{"activity:read"}, strava.ScopeReadAll, false},
		{nil, strava.ScopeWrite, false},
	} {
		if strava.Allows(c.scopes, c.scope) != c.want {
			t.Errorf("%v allows %s", c.scopes, c.scope)
		}
	}
}

func TestAnInterruptEndsACall(t *testing.T) {
	s := stravatest.New(stravatest.Options{})
	c, _ := connect(t, s)
	s.Script("GET", "/athlete", 100, stravatest.Fault{Kind: stravatest.Status, Status: 503})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Athlete(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
