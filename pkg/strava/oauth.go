package strava

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/oauth2"
)

// The scopes that the program asks for, and what each is for.
const (
	ScopeWrite   = "activity:write"    // upload, and change what was uploaded
	ScopeRead    = "activity:read"     // list activities that others can see
	ScopeReadAll = "activity:read_all" // list all activities, to find what is there already
)

// Scopes returns what a login asks for.
func Scopes() []string { return []string{"read", ScopeWrite, ScopeReadAll} }

// App is an API application, as its owner registered it with Strava.
type App struct {
	ID, Secret string
	// Auth is the address of the OAuth endpoints without a slash at its end;
	// empty is [DefaultAuth].
	Auth string
	// Transport carries the requests; nil is one with timeouts.
	Transport http.RoundTripper
}

func (a App) base() string {
	if a.Auth == "" {
		return DefaultAuth
	}
	return strings.TrimRight(a.Auth, "/")
}

func (a App) config(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: a.ID, ClientSecret: a.Secret, RedirectURL: redirect,
		Scopes: []string{strings.Join(Scopes(), ",")}, // Strava separates them by commas
		Endpoint: oauth2.Endpoint{
			AuthURL: a.base() + "/authorize", TokenURL: a.base() + "/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// client puts the HTTP client into a context, where oauth2 looks for it.
func (a App) client(ctx context.Context) context.Context {
	transport := a.Transport
	if transport == nil {
		transport = NewTransport()
	}
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport: unmoved{transport}, Timeout: callTimeout, CheckRedirect: noRedirect,
	})
}

// Authorization is a login that has begun.
type Authorization struct {
	// URL is the page on which the athlete allows the access. It holds the
	// number of the application and no secret.
	URL   string
	app   App
	state string
	cfg   *oauth2.Config
}

// Authorize begins a login. Strava sends the browser to redirect in the end.
func (a App) Authorize(redirect string) (*Authorization, error) {
	if err := CheckAddress(a.base()); err != nil {
		return nil, err
	}
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("making up a state for the login: %w", err)
	}
	x := &Authorization{app: a, state: hex.EncodeToString(b), cfg: a.config(redirect)}
	x.URL = x.cfg.AuthCodeURL(x.state, oauth2.SetAuthURLParam("approval_prompt", "auto"))
	return x, nil
}

// Grant is what a login brings.
type Grant struct {
	Token   *oauth2.Token
	Scopes  []string
	Athlete Athlete
}

// Allows reports whether a scope was granted. One that reads all includes the
// one that reads what others see.
func Allows(scopes []string, scope string) bool {
	return slices.Contains(scopes, scope) || scope == ScopeRead && slices.Contains(scopes, ScopeReadAll)
}

// ErrDenied says that the athlete refused the access.
var ErrDenied = errors.New("the access was refused on Strava's page")

// ErrState says that a redirection does not belong to this login.
var ErrState = errors.New("this address does not belong to the login that is under way")

// Mine reports whether a redirection belongs to this login.
func (x *Authorization) Mine(query url.Values) bool {
	return subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(x.state)) == 1
}

// Finish exchanges the code of the redirection for a token. The errors are
// ErrState, ErrDenied, and those of the exchange; none holds the code.
func (x *Authorization) Finish(ctx context.Context, query url.Values) (Grant, error) {
	switch {
	case !x.Mine(query):
		return Grant{}, ErrState
	case query.Get("error") != "":
		if query.Get("error") == "access_denied" {
			return Grant{}, ErrDenied
		}
		return Grant{}, fmt.Errorf("logging in: Strava says %q", plain(query.Get("error"), ""))
	case query.Get("code") == "":
		return Grant{}, errors.New("the address holds no code; it has to be the one to which Strava sent the browser")
	}
	token, err := x.cfg.Exchange(x.app.client(ctx), query.Get("code"))
	if err != nil {
		return Grant{}, tokenError("logging in", err)
	}
	g := Grant{Token: token}
	for s := range strings.FieldsFuncSeq(query.Get("scope"), func(r rune) bool { return r == ',' || r == ' ' }) {
		g.Scopes = append(g.Scopes, s)
	}
	if a, ok := token.Extra("athlete").(map[string]any); ok {
		if id, _ := a["id"].(float64); id > 0 && id <= largestID {
			g.Athlete.ID = int64(id)
		}
		g.Athlete.FirstName, _ = a["firstname"].(string)
		g.Athlete.LastName, _ = a["lastname"].(string)
	}
	return g, nil
}

// largestID is the largest number that is exact where JSON is read into a float.
const largestID = 1 << 53

// tokenError makes an error of the token endpoint fit to be shown: without the
// answer, which could hold a token.
func tokenError(doing string, err error) error {
	var r *oauth2.RetrieveError
	if errors.As(err, &r) && r.Response != nil {
		status := r.Response.StatusCode
		if status == http.StatusForbidden || strings.Contains(string(r.Body), "Application") && status < 500 {
			e := answerError("POST /token", status, r.Response.Header.Get("Content-Type"), r.Body, "")
			e.Text = ""
			if e.Kind == AppInactive || e.Kind == AthleteLimit {
				return fmt.Errorf("%s: %w", doing, e)
			}
		}
		if status == http.StatusTooManyRequests {
			l := limiter{}
			return l.refused(r.Response.Header)
		}
		if status >= 400 && status < 500 {
			return fmt.Errorf("%s: %w: Strava refuses the code, the refresh token or the application (%d)", doing, ErrLoggedOut, status)
		}
		return fmt.Errorf("%s: %w", doing, &Error{Kind: ServerFault, Status: status, Call: "POST /token"})
	}
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s: %w: %w", doing, ErrUnreachable, u.Err)
	}
	// What is left are answers that oauth2 could not read; it quotes them.
	return fmt.Errorf("%s: %w", doing, &Error{Kind: ServerFault, Call: "POST /token", Text: "the answer is no token"})
}

// TokenStore keeps the token of the login.
type TokenStore interface {
	// Token returns the token as it is stored. Its errors are passed on.
	Token(ctx context.Context) (*oauth2.Token, error)
	// Rotate calls renew with the token as it is stored and stores what that
	// returns, before it returns it. No other process reads or rotates the token
	// meanwhile. An error of renew is returned and leaves the store as it is.
	Rotate(ctx context.Context, renew func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error)
}

// renewBefore is how long before its end a token is renewed, so that it does not
// end on the way.
const renewBefore = 5 * time.Minute

// Session is a source of access tokens for one login. A token that ends soon is
// renewed; the refresh token that comes with the new one kills the old one at
// once, which is why it is stored before anything else happens. It is safe for
// concurrent use, and several processes can share a store.
type Session struct {
	ctx   context.Context // oauth2.TokenSource has no parameter for it
	app   App
	store TokenStore

	mu    sync.Mutex
	token *oauth2.Token
	pause time.Duration // between attempts; shortened by tests
}

// NewSession returns a session. ctx ends its requests.
func NewSession(ctx context.Context, app App, store TokenStore) *Session {
	return &Session{ctx: ctx, app: app, store: store, pause: firstPause}
}

var _ oauth2.TokenSource = (*Session)(nil)

func fresh(t *oauth2.Token) bool {
	return t != nil && t.AccessToken != "" && (t.Expiry.IsZero() || time.Until(t.Expiry) > renewBefore)
}

// Token returns an access token that is valid for minutes at least. The error
// wraps [ErrLoggedOut] where only logging in helps.
func (s *Session) Token() (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fresh(s.token) {
		return s.token, nil
	}
	stored, err := s.store.Token(s.ctx)
	if err != nil {
		return nil, err
	}
	if fresh(stored) {
		s.token = stored
		return stored, nil
	}
	return s.rotate(s.ctx, func(t *oauth2.Token) bool { return !fresh(t) })
}

// Renew replaces a token that Strava refused although it should be valid. Where
// another process has replaced it already, that one is returned.
func (s *Session) Renew(ctx context.Context, refused *oauth2.Token) (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != nil && s.token.AccessToken != refused.AccessToken {
		return s.token, nil
	}
	return s.rotate(ctx, func(t *oauth2.Token) bool { return t.AccessToken == refused.AccessToken })
}

func (s *Session) rotate(ctx context.Context, needed func(*oauth2.Token) bool) (*oauth2.Token, error) {
	token, err := s.store.Rotate(ctx, func(stored *oauth2.Token) (*oauth2.Token, error) {
		if !needed(stored) {
			return stored, nil // another process was faster
		}
		if stored.RefreshToken == "" {
			return nil, fmt.Errorf("%w: the access token has ended and there is no refresh token", ErrLoggedOut)
		}
		return s.refresh(ctx, stored)
	})
	if err != nil {
		return nil, err
	}
	s.token = token
	return token, nil
}

// refresh asks for a new token. Once the request is out it is waited for, also
// where ctx is done: the answer holds the only token that is valid then.
func (s *Session) refresh(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	detached := s.app.client(context.WithoutCancel(ctx))
	return backoff.Retry(ctx, func() (*oauth2.Token, error) {
		t, err := s.app.config("").TokenSource(detached, &oauth2.Token{RefreshToken: old.RefreshToken}).Token()
		if err == nil {
			return t, nil
		}
		err = tokenError("renewing the login", err)
		if errors.Is(err, ErrUnreachable) || KindOf(err) == ServerFault {
			return nil, err
		}
		return nil, backoff.Permanent(err)
	}, backoff.WithMaxTries(DefaultAttempts), backoff.WithMaxElapsedTime(0),
		backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: s.pause, MaxInterval: longestPause, Multiplier: 2, RandomizationFactor: 0.3}))
}

// Revoke takes the access back at Strava: both tokens are dead afterwards.
func (a App) Revoke(ctx context.Context, token *oauth2.Token) error {
	if err := CheckAddress(a.base()); err != nil {
		return err
	}
	text := token.RefreshToken
	if text == "" {
		text = token.AccessToken
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base()+"/revoke", strings.NewReader(url.Values{"token": {text}}.Encode()))
	if err != nil {
		return fmt.Errorf("revoking the access: %w", err)
	}
	request.SetBasicAuth(url.QueryEscape(a.ID), url.QueryEscape(a.Secret))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client, ok := a.client(ctx).Value(oauth2.HTTPClient).(*http.Client)
	if !ok {
		return errors.New("revoking the access: no client")
	}
	answer, err := client.Do(request)
	if err != nil {
		return tokenError("revoking the access", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("revoking the access: %w", answerError("POST /revoke", answer.StatusCode, "html", nil, ""))
	}
	return nil
}
