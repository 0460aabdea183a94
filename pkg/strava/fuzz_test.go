package strava

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/time/rate"

	"github.com/bandport/bandport/pkg/internal/fuzztest"
)

// The secrets of the tests. No error may repeat one that the request held; the
// others the other side does not know.
const (
	testAccess, testRefresh, testSecret, testCode = "access-token-of-the-test", "refresh-token-of-the-test", "secret-of-the-test", "code-of-the-test"
)

// answering is the other side: it gives one answer to whatever it is asked.
type answering struct {
	status int
	header http.Header
	body   func() io.Reader

	asked int  // requests
	read  int  // bytes, of the longest answer
	open  int  // answers that were not closed
	login bool // something was asked of the endpoints for logging in
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked++
	a.login = a.login || strings.HasPrefix(r.URL.Path, "/oauth/")
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	a.open++
	return &http.Response{
		StatusCode: a.status, Header: a.header.Clone(), Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Body: &answerBody{a: a, r: a.body()}, ContentLength: -1,
	}, nil
}

type answerBody struct {
	a      *answering
	r      io.Reader
	read   int
	closed bool
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.read += n
	b.a.read = max(b.a.read, b.read)
	return n, err
}

func (b *answerBody) Close() error {
	if !b.closed {
		b.closed = true
		b.a.open--
	}
	return nil
}

// keeping is a store of tokens that keeps them as a file would: as JSON.
type keeping struct{ text []byte }

func keep(t *oauth2.Token) *keeping {
	k := &keeping{}
	k.text, _ = json.Marshal(t)
	return k
}

func (k *keeping) Token(context.Context) (*oauth2.Token, error) {
	t := &oauth2.Token{}
	return t, json.Unmarshal(k.text, t)
}

func (k *keeping) Rotate(ctx context.Context, renew func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	old, err := k.Token(ctx)
	if err != nil {
		return nil, err
	}
	t, err := renew(old)
	if err != nil {
		return nil, err
	}
	k.text, err = json.Marshal(t)
	return t, err
}

// testNow is the time of the tests, where no clock goes on by itself.
var testNow = time.Date(2026, time.March, 1, 18, 31, 0, 0, time.UTC)

func stopped() clock {
	return clock{wall: func() time.Time { return testNow }, steady: func() time.Duration { return 0 }}
}

// asking is a client of an answering side, with a clock that stands still and
// without any waiting.
func asking(t *testing.T, a *answering, attempts int) *Client {
	t.Helper()
	c, err := New(Config{
		API: DefaultAPI, Transport: a, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testAccess}),
		Pace: rate.Inf, Pause: time.Nanosecond, Attempts: attempts,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.limits.clock = stopped()
	return c
}

func testApp(a *answering) App { return App{ID: "12345", Secret: testSecret, Transport: a} }

// calls are all that the client asks, by name. What each returns is nil where the
// answer was accepted: then it has to name what it is about.
var calls = []struct {
	name string
	ask  func(t *testing.T, c *Client, a *answering) error
}{
	{"upload", func(t *testing.T, c *Client, a *answering) error {
		t.Helper()
		s, err := c.Upload(t.Context(), Upload{
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("file")), nil }, Size: 4, DataType: "tcx", ExternalID: "x",
		})
		if err == nil && s.ID <= 0 {
			t.Errorf("an accepted upload has the number %d", s.ID)
		}
		mayHaveArrived(t, a, err)
		return err
	}},
	{"status of an upload", func(t *testing.T, c *Client, _ *answering) error {
		t.Helper()
		s, err := c.UploadStatus(t.Context(), 1)
		if s.ActivityID != nil && *s.ActivityID <= 0 {
			t.Errorf("activity %d", *s.ActivityID)
		}
		if p := s.Problem(); p != nil && err == nil {
			return p
		}
		return err
	}},
	{"athlete", func(t *testing.T, c *Client, _ *answering) error {
		t.Helper()
		who, err := c.Athlete(t.Context())
		if err == nil && who.ID <= 0 {
			t.Errorf("athlete %d", who.ID)
		}
		return err
	}},
	{"activity", func(t *testing.T, c *Client, _ *answering) error {
		t.Helper()
		act, err := c.Activity(t.Context(), 1)
		if err == nil && act.ID <= 0 {
			t.Errorf("activity %d", act.ID)
		}
		return err
	}},
	{"activities", func(t *testing.T, c *Client, a *answering) error {
		t.Helper()
		n := 0
		for _, err := range c.Activities(t.Context(), testNow.AddDate(-1, 0, 0), testNow) {
			if err != nil {
				return err
			}
			n++
		}
		if n > PageSize*a.asked {
			t.Errorf("%d activities in %d answers", n, a.asked)
		}
		return nil
	}},
	{"change", func(t *testing.T, c *Client, _ *answering) error {
		t.Helper()
		name := "x"
		return c.Change(t.Context(), 1, Changes{Name: &name})
	}},
	{"create", func(t *testing.T, c *Client, a *answering) error {
		t.Helper()
		act, err := c.Create(t.Context(), Manual{Name: "x", SportType: "Run", StartLocal: testNow, Elapsed: time.Hour})
		if err == nil && act.ID <= 0 {
			t.Errorf("an activity that was created has the number %d", act.ID)
		}
		mayHaveArrived(t, a, err)
		return err
	}},
	{"renew the login", func(t *testing.T, _ *Client, a *answering) error {
		t.Helper()
		store := keep(&oauth2.Token{AccessToken: testAccess, RefreshToken: testRefresh, Expiry: time.Unix(1, 0)})
		was := bytes.Clone(store.text)
		s := NewSession(t.Context(), testApp(a), store)
		s.pause = time.Nanosecond
		token, err := s.Token()
		if err != nil {
			if !bytes.Equal(store.text, was) {
				t.Error("the stored login was changed by an answer that was refused")
			}
			return err
		}
		stored, err := store.Token(t.Context())
		if err != nil || stored.AccessToken != token.AccessToken || stored.RefreshToken != token.RefreshToken || token.AccessToken == "" || token.RefreshToken == "" {
			t.Errorf("the token in use is not the one that is stored (%v)", err)
		}
		return nil
	}},
	{"log in", func(t *testing.T, _ *Client, a *answering) error {
		t.Helper()
		x, err := testApp(a).Authorize("http://127.0.0.1:1/callback")
		if err != nil {
			t.Fatal(err)
		}
		g, err := x.Finish(t.Context(), url.Values{"state": {x.state}, "code": {testCode}, "scope": {"read"}})
		if err == nil && (g.Token.AccessToken == "" || g.Athlete.ID < 0) {
			t.Errorf("a login as athlete %d", g.Athlete.ID)
		}
		if err == nil {
			if _, err := json.Marshal(g.Token); err != nil {
				t.Errorf("a token that cannot be stored: %v", err)
			}
		}
		return err
	}},
	{"revoke", func(t *testing.T, _ *Client, a *answering) error {
		t.Helper()
		return testApp(a).Revoke(t.Context(), &oauth2.Token{AccessToken: testAccess, RefreshToken: testRefresh})
	}},
}

// mayHaveArrived holds that no answer makes the program send a workout again that
// Strava may have: a success that is not understood, and a fault of the server,
// leave open whether it did. It is never sent twice by itself.
func mayHaveArrived(t *testing.T, a *answering, err error) {
	t.Helper()
	if a.asked > 1 {
		t.Errorf("it was sent %d times", a.asked)
	}
	open := a.status >= 200 && a.status <= 399 || a.status >= 500
	if err == nil || !open || a.asked == 0 {
		return
	}
	switch KindOf(err) {
	case Duplicate, Empty, Malformed, TimeMissing, ProcessFailed:
		return // that is an answer
	}
	if lost := (*Unanswered)(nil); !errors.As(err, &lost) {
		t.Errorf("after status %d it is said not to have arrived: %v", a.status, err)
	}
}

// soundError holds what is promised of every error.
func soundError(t *testing.T, a *answering, err error) {
	t.Helper()
	text := err.Error()
	secrets := []string{testAccess}
	if a.login {
		secrets = []string{testAccess, testRefresh, testSecret, testCode}
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("an error repeats a secret: %q", text)
		}
	}
	// Ten errors and a message, each bounded, and what stands around them.
	if len(text) > 12*(longestText+10) {
		t.Errorf("an error of %d bytes", len(text))
	}
	var limited *RateLimitError
	if errors.As(err, &limited) {
		soundLimits(t, limited.Limits)
	}
}

func soundLimits(t *testing.T, l Limits) {
	t.Helper()
	for name, u := range map[string]Usage{"15 minutes": l.Short, "day": l.Day, "15 minutes, reading": l.ReadShort, "day, reading": l.ReadDay} {
		if u.Limit <= 0 || u.Used < 0 || u.left() < 0 || u.left() > u.Limit {
			t.Errorf("%s: %+v", name, u)
		}
	}
}

// soundState holds what is promised of the limits after any answer: numbers that
// are none, and an end of each wait within a day.
func soundState(t *testing.T, c *Client) {
	t.Helper()
	soundLimits(t, c.Limits())
	a := c.Allowance()
	if a.Requests < 0 || a.Reads < 0 || a.Reads > a.Requests {
		t.Errorf("%+v", a)
	}
	now := testNow.Add(c.Skew())
	if wait := a.Resume.Sub(now); wait < -skewNoise || wait > dayWindow+skewNoise {
		t.Errorf("it resumes after %v", wait)
	}
}

// FuzzAnswers holds, for whatever comes back for any request: no panic, bounded
// reading and memory, everything closed, no secret in an error, finite limits, and
// nothing accepted without a number.
func FuzzAnswers(f *testing.F) {
	const limits = "X-RateLimit-Limit: 200,2000\nX-RateLimit-Usage: 1,1\nX-ReadRateLimit-Limit: 100,1000\nX-ReadRateLimit-Usage: 1,1\n"
	for i := range calls {
		f.Add(uint8(i), uint16(200), "Content-Type: application/json\n"+limits, []byte(`{"id":7}`))
	}
	for _, s := range []struct {
		call   uint8
		status uint16
		head   string
		body   string
	}{
		{0, 201, limits, `{"id":18050722067,"id_str":"18050722067","external_id":"x.tcx","error":null,"status":"Your activity is still being processed.","activity_id":null}`},
		{0, 201, "", `{"id":0,"error":"x.tcx duplicate of activity 12","status":"There was an error processing your activity."}`},
		{0, 201, "", `{"id":-1}`},
		{0, 500, "Date: Sun, 01 Mar 2026 18:30:00 GMT\n", `{"message":"error","errors":[]}`},
		{1, 200, "", `{"id":1,"error":"run.fit duplicate of <a href='/activities/18050722067' target='_blank'>Morning &amp; Run</a>"}`},
		{1, 200, "", `{"id":1,"status":"Your activity is ready.","activity_id":-5}`},
		{2, 429, "Retry-After: 900\n" + limits, `{"message":"Rate Limit Exceeded"}`},
		{2, 429, "Retry-After: -1\nX-RateLimit-Limit: 0,0\nX-RateLimit-Usage: 5,9223372036854775807\n", ``},
		{2, 429, "Date: Fri, 31 Dec 9999 23:59:59 GMT\nRetry-After: 86401\n", ``},
		{2, 401, "", `{"message":"Authorization Error","errors":[{"resource":"AccessToken","field":"activity:write_permission","code":"missing"}]}`},
		{2, 302, "Location: http://" + testAccess + "%zz\n", `<html>`},
		{3, 404, "Date: Mon, 01 Jan 0001 00:00:00 GMT\n", `{"message":"Record Not Found","errors":[{"resource":"Activity","field":"","code":"invalid"}]}`},
		{3, 200, "", `{"id":1,"start_date":"2016-03-01T18:30:00Z","distance":1e308,"moving_time":5,"upload_id":null,"calories":1.5}`},
		{4, 200, limits, `[{"id":1},{"id":2,"start_date":"0000-00-00T00:00:00Z"}]`},
		{4, 200, "", `[` + strings.Repeat(`{},`, 300) + `{}]`},
		{4, 200, "X-RateLimit-Limit: 900000000,900000000\nX-RateLimit-Usage: 0,0\nX-ReadRateLimit-Limit: 900000000,900000000\nX-ReadRateLimit-Usage: 0,0\n", `[` + strings.Repeat(`{},`, 199) + `{}]`},
		{4, 200, "", `null`},
		{5, 400, "Content-Type: text/html\n", "<html>" + testAccess},
		{5, 400, "", strings.Repeat("x", 290) + testAccess},
		{6, 201, "", `{"id":5}`}, {6, 201, "", `{}`},
		{6, 403, "", `{"message":"` + strings.Repeat("x", 290) + testAccess + `","errors":[{},{},{"code":"` + testAccess + `"}]}`},
		{7, 200, "Content-Type: application/json\n", `{"token_type":"Bearer","access_token":"a","refresh_token":"b","expires_at":1568775134,"expires_in":20566}`},
		{7, 200, "Content-Type: application/json\n", `{"access_token":"a","expires_in":-9223372036854775808,"refresh_token":""}`},
		{7, 400, "Content-Type: application/json\n", `{"message":"Bad Request","errors":[{"resource":"RefreshToken","field":"refresh_token","code":"` + testRefresh + `"}]}`},
		{7, 403, "", `{"errors":[{"resource":"Application","field":"Status","code":"Inactive"}]}`},
		{7, 429, limits, ``}, {7, 200, "Content-Type: application/x-www-form-urlencoded\n", "access_token=a&refresh_token=b&expires_in=99999999999"},
		{8, 200, "Content-Type: application/json\n", `{"access_token":"a","refresh_token":"b","athlete":{"id":1e300,"firstname":"x"}}`},
		{8, 200, "Content-Type: application/json\n", `{"access_token":"a","athlete":{"id":-1}}`},
		{8, 200, "", testCode}, {9, 200, "", ``}, {9, 400, "", testRefresh},
	} {
		f.Add(s.call, s.status, s.head, []byte(s.body))
	}
	f.Fuzz(func(t *testing.T, call uint8, status uint16, head string, body []byte) {
		defer fuzztest.Decoding.Hold(t)()
		// The transport of Go lets no other status through.
		a := &answering{status: 200 + int(status)%400, header: http.Header{}, body: func() io.Reader { return bytes.NewReader(body) }}
		if status >= 200 && status < 600 {
			a.status = int(status)
		}
		for line := range strings.SplitSeq(head, "\n") {
			if name, value, ok := strings.Cut(line, ":"); ok {
				a.header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
			}
		}
		c := asking(t, a, 2)
		k := calls[int(call)%len(calls)]
		if err := k.ask(t, c, a); err != nil {
			soundError(t, a, err)
			var limited *RateLimitError
			if errors.As(err, &limited) && a.asked > 0 && limited.Resume.After(testNow.Add(c.Skew())) && c.limits.blockedFor > 0 {
				before := a.asked
				if _, err := c.Athlete(t.Context()); !errors.As(err, &limited) || a.asked != before {
					t.Errorf("after a refusal the next request is sent at once (%v)", err)
				}
			}
		}
		soundState(t, c)
		if a.open != 0 || a.read > largestAnswer+1 {
			t.Errorf("%s: %d answers are open, %d bytes were read", k.name, a.open, a.read)
		}
	})
}

// endless repeats a text for ever, after a start.
type endless struct {
	start string
	block string // the text, many times
	at    int
}

func forEver(start, text string) *endless {
	return &endless{start: start, block: strings.Repeat(text, 1+(64<<10)/len(text))}
}

func (e *endless) Read(p []byte) (int, error) {
	if e.start != "" {
		n := copy(p, e.start)
		e.start = e.start[n:]
		return n, nil
	}
	n := copy(p, e.block[e.at:])
	e.at = (e.at + n) % len(e.block)
	return n, nil
}

// Answers that never end, or say little at length: what is read and what becomes
// of it in memory is bounded, whatever was asked.
func TestEndlessAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status      int
		start, text string
	}{
		"blanks":                 {200, "", " "},
		"a list of nothing":      {200, "[{}", ",{}"},
		"a list of numbers":      {200, "[0", ",0"},
		"lists in lists":         {200, "", "["},
		"objects in objects":     {200, "", `{"a":`},
		"a long name":            {200, `{"id":1,"name":"`, "x"},
		"errors":                 {400, `{"errors":[{}`, ",{}"},
		"errors of the server":   {500, `{"message":"`, "x"},
		"a text":                 {403, "", "x "},
		"markup":                 {404, "", "<"},
		"a refusal":              {429, "", "x"},
		"a redirection":          {307, "", "x"},
		"fields of a login":      {200, "access_token=a", "&a=b"},
		"an object of a million": {200, `{"a":1`, `,"b":2`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, k := range calls {
				end := fuzztest.Decoding.Hold(t)
				a := &answering{status: c.status, header: http.Header{}, body: func() io.Reader { return forEver(c.start, c.text) }}
				client := asking(t, a, 1)
				if err := k.ask(t, client, a); err != nil {
					soundError(t, a, err)
				} else if c.status != http.StatusOK {
					t.Errorf("%s: accepted", k.name)
				}
				most := largestAnswer + 1
				if c.status != http.StatusOK && a.read > 1<<20 { // that of the token's answers is x/oauth2's
					most = largestRefusal
				}
				if a.open != 0 || a.read > most {
					t.Errorf("%s: %d answers are open, %d bytes were read", k.name, a.open, a.read)
				}
				end()
			}
		})
	}
}

// An answer that ends within the bound can be small and still be much: a list of
// millions of empty objects would take gigabytes.
func TestAListIsNoLongerThanAskedFor(t *testing.T) {
	defer fuzztest.Decoding.Hold(t)()
	body := "[{}" + strings.Repeat(",{}", largestAnswer/3-10) + "]"
	a := &answering{status: 200, header: http.Header{}, body: func() io.Reader { return strings.NewReader(body) }}
	n := 0
	for _, err := range asking(t, a, 1).Activities(t.Context(), testNow, testNow) {
		if n++; err == nil {
			t.Fatal("it was accepted")
		}
	}
	if n != 1 {
		t.Errorf("%d activities", n)
	}
}

// A list whose every page is full ends.
func TestAListThatDoesNotEnd(t *testing.T) {
	body := "[{}" + strings.Repeat(",{}", PageSize-1) + "]"
	a := &answering{status: 200, header: http.Header{
		"X-Ratelimit-Limit": {"1000000,1000000"}, "X-Ratelimit-Usage": {"0,0"}, "X-Readratelimit-Limit": {"1000000,1000000"}, "X-Readratelimit-Usage": {"0,0"},
	}, body: func() io.Reader { return strings.NewReader(body) }}
	var last error
	for _, err := range asking(t, a, 1).Activities(t.Context(), testNow, testNow) {
		last = err
	}
	if KindOf(last) != ServerFault || a.asked != mostPages {
		t.Errorf("after %d pages: %v", a.asked, last)
	}
}

// set is a clock that somebody sets, beside one that goes on.
type set struct {
	wall   time.Time
	steady time.Duration
}

func (s *set) clock() clock {
	return clock{wall: func() time.Time { return s.wall }, steady: func() time.Duration { return s.steady }}
}

func (s *set) pass(d time.Duration) { s.wall, s.steady = s.wall.Add(d), s.steady+d }

var clockJumps = map[string]time.Duration{
	"not at all": 0, "an hour back": -time.Hour, "a day back": -24 * time.Hour, "a year back": -365 * 24 * time.Hour,
	"an hour ahead": time.Hour, "a day ahead": 24 * time.Hour, "a year ahead": 365 * 24 * time.Hour,
}

// Whoever sets the computer's clock while the limit is reached neither lengthens
// the wait nor ends it early.
func TestLimitsWhenTheClockIsSet(t *testing.T) {
	for name, jump := range clockJumps {
		t.Run(name, func(t *testing.T) {
			s := &set{wall: testNow, steady: time.Hour}
			l := limiter{clock: s.clock()}
			for range DefaultReadShort {
				if err := l.take(true); err != nil {
					t.Fatal(err)
				}
			}
			s.wall = s.wall.Add(jump)
			var limited *RateLimitError
			if err := l.take(true); !errors.As(err, &limited) || limited.Daily {
				t.Fatalf("the limit is forgotten: %v", err)
			}
			// What is waited on our clock, as package deliver does it.
			if wait := limited.Resume.Add(-l.skew()).Sub(s.wall); wait <= 0 || wait > shortWindow {
				t.Errorf("it waits for %v", wait)
			}
			s.pass(shortWindow)
			if err := l.take(true); err != nil {
				t.Errorf("a quarter of an hour later: %v", err)
			}
		})
	}
}

// The same for Strava's clock, as its answers tell it, and for a refusal.
func TestLimitsWhenStravasClockJumps(t *testing.T) {
	for name, jump := range clockJumps {
		t.Run(name, func(t *testing.T) {
			s := &set{wall: testNow, steady: time.Hour}
			l := limiter{clock: s.clock()}
			l.observe(http.Header{"Date": {testNow.Add(-jump).Format(http.TimeFormat)}})
			if err := l.refused(http.Header{"Retry-After": {"600"}}); !err.Resume.Equal(l.now().Add(10 * time.Minute)) {
				t.Errorf("refused until %v, now %v", err.Resume, l.now())
			}
			l.observe(http.Header{"Date": {testNow.Format(http.TimeFormat)}}) // of another request
			if a := l.allowance(); a.Resume.Sub(l.now()) > shortWindow {
				t.Errorf("it resumes after %v", a.Resume.Sub(l.now()))
			}
			s.pass(shortWindow)
			if err := l.take(true); err != nil {
				t.Errorf("a quarter of an hour later: %v", err)
			}
		})
	}
}

// Where the computer's clock is wrong the login lives on: it is renewed once too
// often at most, and never given up.
func TestTokensWhenTheClockIsSet(t *testing.T) {
	for name, jump := range clockJumps {
		t.Run(name, func(t *testing.T) {
			// Six hours by the clock at the time, which was set meanwhile.
			store := keep(&oauth2.Token{AccessToken: testAccess, RefreshToken: testRefresh, Expiry: time.Now().Add(6*time.Hour - jump)})
			a := &answering{status: 200, header: http.Header{"Content-Type": {"application/json"}}, body: func() io.Reader {
				return strings.NewReader(`{"access_token":"new","refresh_token":"newer","expires_in":21600}`)
			}}
			s := NewSession(t.Context(), testApp(a), store)
			for range 3 {
				if _, err := s.Token(); err != nil {
					t.Fatal(err)
				}
			}
			want := 0
			if jump >= 6*time.Hour {
				want = 1 // it seems to have ended
			}
			if a.asked != want {
				t.Errorf("it was renewed %d times, want %d", a.asked, want)
			}
			// One that seems to live and was refused.
			if token, err := s.Renew(t.Context(), &oauth2.Token{AccessToken: testAccess}); err != nil || token.AccessToken != "new" || a.asked != 1 {
				t.Errorf("%v, renewed %d times", err, a.asked)
			}
		})
	}
}
