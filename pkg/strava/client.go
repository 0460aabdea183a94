package strava

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/oauth2"
	"golang.org/x/time/rate"
)

// The hosts of today. Strava has announced to move its API to another host in
// 2027, without the path; OAuth stays where it is.
const (
	DefaultAPI  = "https://www.strava.com/api/v3"
	DefaultAuth = "https://www.strava.com/oauth"
)

// How long things may take.
const (
	dialTimeout   = 10 * time.Second
	answerTimeout = time.Minute     // for an answer to begin after the request is out
	callTimeout   = 2 * time.Minute // for a call in all, without a file
	sendTimeout   = 10 * time.Minute
)

// largestAnswer is the most that is read of an answer, in bytes: a page of 200
// activities with their maps is some hundred kB.
const largestAnswer = 16 << 20

// largestRefusal is the most that is read of an answer that is no success, in
// bytes: the rest is not needed to tell what is wrong.
const largestRefusal = 64 << 10

// Attempts at a call that is safe to repeat, and how they are spread.
const (
	DefaultAttempts = 5
	firstPause      = 500 * time.Millisecond
	longestPause    = 20 * time.Second
)

// DefaultPace is how many requests go out in a second, so that a batch comes as
// a stream and not as a blow.
const DefaultPace = 10

// Config is what a client needs.
type Config struct {
	// API is the address of the API without a slash at its end; empty is
	// [DefaultAPI]. It must be https, unless it is on this computer.
	API string
	// Tokens gives the access token for each request. A [Session] is one. Where
	// it can renew a token that is refused, the call is repeated once.
	Tokens oauth2.TokenSource
	// Transport carries the requests; nil is one with timeouts.
	Transport http.RoundTripper
	// UserAgent names the program.
	UserAgent string
	// Pace is the most requests a second; 0 is [DefaultPace].
	Pace rate.Limit
	// Attempts bounds how often a call is tried that is safe to repeat; 0 is
	// [DefaultAttempts].
	Attempts int
	// Pause is how long to wait before the second attempt; the later ones wait
	// longer. 0 is half a second.
	Pause time.Duration
}

// Client calls the API. It is safe for concurrent use.
type Client struct {
	api      string
	tokens   oauth2.TokenSource
	http     *http.Client
	agent    string
	pace     *rate.Limiter
	attempts int
	pause    time.Duration
	limits   limiter
}

// New returns a client. The error is about the address.
func New(c Config) (*Client, error) {
	if c.API == "" {
		c.API = DefaultAPI
	}
	if err := CheckAddress(c.API); err != nil {
		return nil, err
	}
	if c.Transport == nil {
		c.Transport = NewTransport()
	}
	c.Transport = unmoved{c.Transport}
	if c.Pace == 0 {
		c.Pace = DefaultPace
	}
	if c.Attempts <= 0 {
		c.Attempts = DefaultAttempts
	}
	if c.Pause <= 0 {
		c.Pause = firstPause
	}
	if c.UserAgent == "" {
		c.UserAgent = "bandport"
	}
	return &Client{
		api: strings.TrimRight(c.API, "/"), tokens: c.Tokens, agent: c.UserAgent,
		http:     &http.Client{Transport: c.Transport, CheckRedirect: noRedirect},
		pace:     rate.NewLimiter(c.Pace, max(1, int(min(c.Pace, 1000)))),
		attempts: c.Attempts, pause: c.Pause,
	}, nil
}

// NewTransport returns a transport with timeouts for everything.
func NewTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: answerTimeout,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   8,
		ForceAttemptHTTP2:     true,
	}
}

// noRedirect leaves a redirection as it is: a token, or a file, follows none.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// unmoved takes the address out of a redirection. As none is followed nobody
// needs it, but net/http reads it all the same, and quotes what it cannot read.
type unmoved struct{ http.RoundTripper }

func (u unmoved) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := u.RoundTripper.RoundTrip(r)
	if answer != nil {
		answer.Header.Del("Location")
	}
	return answer, err
}

// CheckAddress refuses an address over which a token must not go: one that is
// neither https nor on this computer, or that holds a user or a query.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("%q is no address of a server", address)
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return errors.New("the address of a server holds no user, no query and no fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()):
		return nil
	}
	return fmt.Errorf("%s is not safe: secrets go over https, or to this computer", address)
}

// Limits returns the state of the rate limits as far as known.
func (c *Client) Limits() Limits { return c.limits.Limits() }

// Allowance returns what may be sent now.
func (c *Client) Allowance() Allowance { return c.limits.allowance() }

// Skew returns how much Strava's clock is ahead of this computer's; 0 where they
// agree within seconds, or where nothing was asked yet.
func (c *Client) Skew() time.Duration {
	c.limits.mu.Lock()
	defer c.limits.mu.Unlock()
	return c.limits.skew()
}

// call is one request and what may be done about it.
type call struct {
	method, path string
	query        url.Values
	body         func() (io.ReadCloser, int64, string, error) // reader, length, content type; nil: none
	reads        bool                                         // counts as reading
	repeat       bool                                         // doing it twice is as good as once
	timeout      time.Duration
}

// name is how errors speak of a call: without the query.
func (k *call) name() string { return k.method + " " + k.path }

// renewer is a source of tokens that can replace one which is refused.
type renewer interface {
	Renew(ctx context.Context, refused *oauth2.Token) (*oauth2.Token, error)
}

// do makes a call and decodes its answer into out, which may be nil.
func (c *Client) do(ctx context.Context, k call, out any) error {
	if k.timeout == 0 {
		k.timeout = callTimeout
	}
	renewed := false
	attempt := func() (struct{}, error) {
		err := c.once(ctx, &k, out, &renewed)
		if err == nil || ctx.Err() != nil {
			return struct{}{}, permanent(err)
		}
		var unanswered *Unanswered
		var unsent *unsentError
		switch {
		case errors.As(err, &unsent):
			return struct{}{}, err
		case k.repeat && (errors.As(err, &unanswered) || KindOf(err) == ServerFault):
			return struct{}{}, err
		}
		return struct{}{}, permanent(err)
	}
	_, err := backoff.Retry(ctx, attempt,
		backoff.WithBackOff(&backoff.ExponentialBackOff{
			InitialInterval: c.pause, MaxInterval: max(c.pause, longestPause), Multiplier: 2, RandomizationFactor: 0.3,
		}),
		backoff.WithMaxTries(uint(c.attempts)), backoff.WithMaxElapsedTime(0))
	var end *backoff.PermanentError
	if errors.As(err, &end) {
		err = end.Unwrap()
	}
	if ctx.Err() != nil && err != nil && !errors.As(err, new(*Unanswered)) {
		return ctx.Err()
	}
	var unsent *unsentError
	if errors.As(err, &unsent) {
		return fmt.Errorf("%w (%s): %w", ErrUnreachable, k.name(), unsent.err)
	}
	return err
}

func permanent(err error) error {
	if err == nil {
		return nil
	}
	return backoff.Permanent(err)
}

// unsentError says that a request cannot have been understood, because it did
// not go out in full.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// once makes one attempt, or two where the token was refused and renewed.
func (c *Client) once(ctx context.Context, k *call, out any, renewed *bool) error {
	token, err := c.tokens.Token()
	if err != nil {
		return err
	}
	err = c.send(ctx, k, token, out)
	if KindOf(err) != Unauthorized || *renewed {
		return err
	}
	r, ok := c.tokens.(renewer)
	if !ok {
		return err
	}
	*renewed = true
	if token, err = r.Renew(ctx, token); err != nil {
		return err
	}
	return c.send(ctx, k, token, out)
}

// send sends one request and reads its answer.
func (c *Client) send(ctx context.Context, k *call, token *oauth2.Token, out any) error {
	if err := c.pace.Wait(ctx); err != nil {
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()

	address := c.api + k.path
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, k.method, address, nil)
	if err != nil {
		return fmt.Errorf("asking Strava (%s): %w", k.name(), err)
	}
	// Whether a request was accepted can be unknown only if all of it went out.
	out1 := &counted{}
	if k.body != nil {
		body, size, contentType, err := k.body()
		if err != nil {
			return err
		}
		out1.r, out1.left = body, size
		request.Body, request.ContentLength = out1, size
		request.Header.Set("Content-Type", contentType)
	}
	token.SetAuthHeader(request)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.agent)

	if err := c.limits.take(k.reads); err != nil {
		return err
	}
	answer, err := c.http.Do(request)
	if err != nil {
		if out1.err != nil {
			return fmt.Errorf("reading the file: %w", out1.err)
		}
		return c.broken(k, out1, err)
	}
	defer answer.Body.Close()
	success := answer.StatusCode >= 200 && answer.StatusCode <= 299
	most := int64(largestAnswer + 1)
	if !success {
		most = largestRefusal
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, most))
	if answer.StatusCode == http.StatusTooManyRequests {
		return c.limits.refused(answer.Header)
	}
	c.limits.observe(answer.Header)
	if err != nil {
		return c.broken(k, out1, err)
	}
	if len(body) > largestAnswer {
		return c.broken(k, out1, fmt.Errorf("%s: the answer is longer than %d bytes", k.name(), largestAnswer))
	}
	contentType, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	body = withoutToken(body, token.AccessToken)
	if !success {
		e := answerError(k.name(), answer.StatusCode, contentType, body, token.AccessToken)
		if e.Kind == ServerFault {
			return c.broken(k, out1, e)
		}
		return e
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		what := "JSON that breaks off or is wrong"
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
			what = "a web page instead of JSON"
		}
		return c.broken(k, out1, &Error{Kind: ServerFault, Status: answer.StatusCode, Call: k.name(), Text: "the answer is " + what})
	}
	return nil
}

// withoutToken takes the token out of an answer before anybody reads it: an
// answer can repeat the request, and what is made of it is shown and kept.
func withoutToken(body []byte, token string) []byte {
	if token == "" {
		return body
	}
	return bytes.ReplaceAll(body, []byte(token), []byte("[token]"))
}

// broken sorts the failures of the network by what they leave open.
func (c *Client) broken(k *call, out *counted, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // it repeats the address
	}
	err = fmt.Errorf("%s: %w", k.name(), err)
	switch {
	case k.method == http.MethodGet, k.body != nil && out.all():
		return &Unanswered{Err: err}
	}
	return &unsentError{err: err}
}

// counted is the body of a request. It knows how much of it was asked for, and
// it tells an error of the file from one of the network.
type counted struct {
	r io.ReadCloser

	mu   sync.Mutex // the transport reads on a goroutine of its own
	left int64
	err  error
}

func (b *counted) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

func (b *counted) Close() error { return b.r.Close() }

// all reports whether the whole body was asked for.
func (b *counted) all() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left <= 0
}

// form is the body of a request with the fields of a form.
func form(v url.Values) func() (io.ReadCloser, int64, string, error) {
	text := v.Encode()
	return func() (io.ReadCloser, int64, string, error) {
		return io.NopCloser(strings.NewReader(text)), int64(len(text)), "application/x-www-form-urlencoded", nil
	}
}

// jsonBody is the body of a request that is a JSON object.
func jsonBody(v any) (func() (io.ReadCloser, int64, string, error), error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return func() (io.ReadCloser, int64, string, error) {
		return io.NopCloser(bytes.NewReader(text)), int64(len(text)), "application/json", nil
	}, nil
}

func number(id int64) string { return strconv.FormatInt(id, 10) }
