package credentials

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
	"github.com/zalando/go-keyring"
	"golang.org/x/oauth2"

	"github.com/bandport/bandport/pkg/output"
)

// Login is everything about one login.
type Login struct {
	ClientID     string        `json:"client_id"`
	ClientSecret string        `json:"client_secret"`
	Token        *oauth2.Token `json:"token"`
	Scopes       []string      `json:"scopes"`
	AthleteID    int64         `json:"athlete_id"`
	AthleteName  string        `json:"athlete_name"`
	// Seed is the SHA-256 of the refresh token that came from the environment,
	// of which this login has grown.
	Seed string `json:"seed,omitempty"`
}

// Place is where a login is kept.
type Place string

// The places.
const (
	Auto    Place = "auto" // the key ring where there is one, else the file
	Keyring Place = "keyring"
	File    Place = "file"
)

// ParsePlace reads the name of a place.
func ParsePlace(s string) (Place, error) {
	switch p := Place(s); p {
	case Auto, Keyring, File:
		return p, nil
	}
	return "", fmt.Errorf("unknown place for the login %q: want auto, keyring or file", s)
}

// ErrNone says that there is no login.
var ErrNone = errors.New("there is no login")

// ErrExposed says that others can read the file with the login.
var ErrExposed = errors.New("others can read the file with the login; make it yours alone with chmod 600, and think about whether to log in again")

// Environment is a login that comes from environment variables.
type Environment struct {
	ClientID, ClientSecret, RefreshToken string
}

// complete reports whether the environment holds a whole login.
func (e Environment) complete() bool {
	return e.ClientID != "" && e.ClientSecret != "" && e.RefreshToken != ""
}

// keyringLimit is how long the key ring may take: on a machine without a screen
// it can wait for a question that nobody sees.
const keyringLimit = 3 * time.Second

// The names under which the key ring keeps the login.
const (
	service = "bandport"
	user    = "strava"
)

// Store keeps one login. The zero value is not usable; set Dir at least. It is
// safe for concurrent use, also by several processes.
type Store struct {
	// Dir is the folder of the file and of the lock.
	Dir   string
	Place Place // empty: Auto
	Env   Environment
	// Ring replaces the system's key ring in tests.
	Ring Ring
	// Limit is how long the key ring may take; 0 is three seconds.
	Limit time.Duration
}

// Ring is a key ring.
type Ring interface {
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
}

type system struct{}

func (system) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (system) Set(service, user, secret string) error   { return keyring.Set(service, user, secret) }
func (system) Delete(service, user string) error        { return keyring.Delete(service, user) }

func (s *Store) path() string { return filepath.Join(s.Dir, "login.json") }

// errRing is why the key ring does not serve.
type errRing struct{ err error }

func (e *errRing) Error() string {
	return "the key ring of the system does not serve: " + e.err.Error()
}
func (e *errRing) Unwrap() error { return e.err }

// ring does something with the key ring within the limit. What takes longer is
// left behind.
func (s *Store) ring(ctx context.Context, do func(Ring) (string, error)) (string, error) {
	r := s.Ring
	if r == nil {
		r = system{}
	}
	limit := s.Limit
	if limit == 0 {
		limit = keyringLimit
	}
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := do(r)
		done <- result{text, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case x := <-done:
		if x.err != nil && !errors.Is(x.err, keyring.ErrNotFound) {
			return "", &errRing{x.err}
		}
		return x.text, x.err
	case <-timer.C:
		return "", &errRing{fmt.Errorf("no answer within %v", limit)}
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Load returns the login and where it was found. The error is ErrNone where there
// is none.
func (s *Store) Load(ctx context.Context) (Login, Place, error) {
	l, place, err := s.stored(ctx)
	if !s.Env.complete() {
		return l, place, err
	}
	if err == nil && l.Seed == seed(s.Env.RefreshToken) {
		return l, place, nil
	}
	if err != nil && !errors.Is(err, ErrNone) {
		return Login{}, "", err
	}
	return Login{
		ClientID: s.Env.ClientID, ClientSecret: s.Env.ClientSecret,
		Token: &oauth2.Token{TokenType: "Bearer", RefreshToken: s.Env.RefreshToken, Expiry: time.Unix(1, 0)},
		Seed:  seed(s.Env.RefreshToken),
	}, "environment", nil
}

func seed(refresh string) string {
	sum := sha256.Sum256([]byte(refresh))
	return hex.EncodeToString(sum[:])
}

func (s *Store) stored(ctx context.Context) (Login, Place, error) {
	if s.Place != Keyring {
		l, err := s.readFile()
		if err == nil || !errors.Is(err, ErrNone) || s.Place == File {
			return l, File, err
		}
	}
	text, err := s.ring(ctx, func(r Ring) (string, error) { return r.Get(service, user) })
	var broken *errRing
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return Login{}, "", ErrNone
	case errors.As(err, &broken) && s.Place != Keyring:
		return Login{}, "", ErrNone // there is no key ring, and so no login in it
	case err != nil:
		return Login{}, "", err
	}
	l, err := decode([]byte(text))
	return l, Keyring, err
}

func decode(data []byte) (Login, error) {
	var l Login
	if err := json.Unmarshal(data, &l); err != nil {
		// The error could quote what it could not read.
		return Login{}, errors.New("the stored login cannot be read; log in again")
	}
	if l.Token == nil {
		l.Token = &oauth2.Token{}
	}
	return l, nil
}

func (s *Store) readFile() (Login, error) {
	info, err := os.Stat(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return Login{}, ErrNone
	}
	if err != nil {
		return Login{}, fmt.Errorf("reading the login: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return Login{}, fmt.Errorf("%s: %w", s.path(), ErrExposed)
	}
	data, err := os.ReadFile(s.path())
	if err != nil {
		return Login{}, fmt.Errorf("reading the login: %w", err)
	}
	return decode(data)
}

// Save stores a login and returns where.
func (s *Store) Save(ctx context.Context, l Login) (place Place, err error) {
	err = s.locked(ctx, func() error {
		place, err = s.save(ctx, l, s.Place)
		return err
	})
	return place, err
}

func (s *Store) save(ctx context.Context, l Login, place Place) (Place, error) {
	data, err := json.Marshal(l) //nolint:gosec // it is meant to hold the secrets
	if err != nil {
		return "", fmt.Errorf("storing the login: %w", err)
	}
	if place != File {
		_, err := s.ring(ctx, func(r Ring) (string, error) { return "", r.Set(service, user, string(data)) })
		if err == nil {
			// An old file would be found before the key ring.
			if err := os.Remove(s.path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", fmt.Errorf("removing the login that is in a file: %w", err)
			}
			return Keyring, nil
		}
		if place == Keyring || ctx.Err() != nil {
			return "", fmt.Errorf("storing the login: %w", err)
		}
	}
	return File, s.writeFile(data)
}

// writeFile replaces the file, readable by its owner alone from the first byte on.
func (s *Store) writeFile(data []byte) error {
	wrong := func(err error) error { return fmt.Errorf("storing the login: %w", err) }
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return wrong(err)
	}
	if err := output.ReplaceBytes(s.path(), 0o600, data); err != nil {
		return wrong(err)
	}
	return nil
}

// Delete forgets the login, wherever it is.
func (s *Store) Delete(ctx context.Context) error {
	return s.locked(ctx, func() error {
		if err := os.Remove(s.path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("deleting the login: %w", err)
		}
		if s.Place == File {
			return nil
		}
		_, err := s.ring(ctx, func(r Ring) (string, error) { return "", r.Delete(service, user) })
		var broken *errRing
		if errors.Is(err, keyring.ErrNotFound) || errors.As(err, &broken) && s.Place != Keyring {
			return nil
		}
		return err
	})
}

// lockWait is how long to wait for another process that renews the login.
const lockWait = time.Minute

func (s *Store) locked(ctx context.Context, do func() error) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fmt.Errorf("storing the login: %w", err)
	}
	lock := flock.New(filepath.Join(s.Dir, "login.lock"), flock.SetPermissions(0o600))
	wait, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	ok, err := lock.TryLockContext(wait, 20*time.Millisecond)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || !ok {
		return fmt.Errorf("locking the login in %s: %w", s.Dir, err)
	}
	defer func() { _ = lock.Unlock() }() // ends with the process at the latest
	return do()
}

// Token returns the token of the login. It is half of strava.TokenStore.
func (s *Store) Token(ctx context.Context) (*oauth2.Token, error) {
	l, _, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	return l.Token, nil
}

// Rotate lets renew replace the token and stores what it returns, before anybody
// else can look. It is the other half of strava.TokenStore.
//
// A place that cannot be written is found before renew is called: afterwards the
// old token would be dead and the new one lost.
func (s *Store) Rotate(ctx context.Context, renew func(*oauth2.Token) (*oauth2.Token, error)) (token *oauth2.Token, err error) {
	err = s.locked(ctx, func() error {
		l, place, err := s.Load(ctx)
		if err != nil {
			return err
		}
		if place != Keyring && place != File {
			place = File // of the environment: the file keeps what has grown of it
		}
		writes := context.WithoutCancel(ctx)
		if _, err := s.save(writes, l, place); err != nil {
			return err
		}
		if token, err = renew(l.Token); err != nil {
			return err
		}
		if token == l.Token {
			return nil
		}
		l.Token = token
		_, err = s.save(writes, l, place)
		return err
	})
	if err != nil {
		return nil, err
	}
	return token, nil
}
