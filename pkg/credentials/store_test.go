package credentials_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
	"golang.org/x/oauth2"

	"github.com/bandport/bandport/pkg/credentials"
)

// ring is a key ring in memory.
type ring struct {
	mu      sync.Mutex
	secrets map[string]string
	fails   error
	hangs   chan struct{} // calls wait for it
}

func (r *ring) wait() {
	if r.hangs != nil {
		<-r.hangs
	}
}

func (r *ring) Get(service, user string) (string, error) {
	r.wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails != nil {
		return "", r.fails
	}
	s, ok := r.secrets[service+"/"+user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return s, nil
}

func (r *ring) Set(service, user, secret string) error {
	r.wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails == nil {
		if r.secrets == nil {
			r.secrets = map[string]string{}
		}
		r.secrets[service+"/"+user] = secret
	}
	return r.fails
}

func (r *ring) Delete(service, user string) error {
	r.wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.secrets, service+"/"+user)
	return r.fails
}

func login(refresh string) credentials.Login {
	return credentials.Login{
		ClientID: "12345", ClientSecret: "app-secret", AthleteID: 7, Scopes: []string{"read"},
		Token: &oauth2.Token{AccessToken: "access-" + refresh, RefreshToken: refresh, Expiry: time.Now().Add(time.Hour)},
	}
}

func TestWhereALoginIsKept(t *testing.T) {
	broken := errors.New("no bus")
	for name, c := range map[string]struct {
		place credentials.Place
		ring  *ring
		want  credentials.Place // empty: an error
	}{
		"in the key ring":                        {credentials.Auto, &ring{}, credentials.Keyring},
		"in a file where there is none":          {credentials.Auto, &ring{fails: broken}, credentials.File},
		"in a file where it does not answer":     {credentials.Auto, &ring{hangs: make(chan struct{})}, credentials.File},
		"in a file if wanted":                    {credentials.File, &ring{}, credentials.File},
		"nowhere if the key ring is insisted on": {credentials.Keyring, &ring{fails: broken}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &credentials.Store{Dir: filepath.Join(t.TempDir(), "state"), Place: c.place, Ring: c.ring, Limit: 50 * time.Millisecond}
			if _, _, err := s.Load(t.Context()); c.want != "" && !errors.Is(err, credentials.ErrNone) {
				t.Errorf("at first: %v", err)
			}
			place, err := s.Save(t.Context(), login("r1"))
			if c.want == "" {
				if !errors.Is(err, broken) || strings.Contains(err.Error(), "r1") {
					t.Error(err)
				}
				return
			}
			if err != nil || place != c.want {
				t.Fatal(place, err)
			}
			got, where, err := s.Load(t.Context())
			if err != nil || where != c.want || got.Token.RefreshToken != "r1" || got.AthleteID != 7 || !slices.Equal(got.Scopes, []string{"read"}) {
				t.Errorf("%+v in %s, %v", got, where, err)
			}
			if err := s.Delete(t.Context()); err != nil {
				t.Error(err)
			}
			if _, _, err := s.Load(t.Context()); !errors.Is(err, credentials.ErrNone) {
				t.Errorf("after it was deleted: %v", err)
			}
		})
	}
}

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there, the folder of the user does that")
	}
	s := &credentials.Store{Dir: t.TempDir(), Place: credentials.File}
	if _, err := s.Save(t.Context(), login("r1")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Dir, "login.json")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Load(t.Context()); !errors.Is(err, credentials.ErrExposed) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte(`{"token": "app-secret`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Load(t.Context()); err == nil || strings.Contains(err.Error(), "app-secret") {
		t.Error(err)
	}
}

// The key ring takes over from the file, and an old file is not believed then.
func TestTheKeyRingTakesOver(t *testing.T) {
	dir, r := t.TempDir(), &ring{fails: errors.New("locked")}
	s := &credentials.Store{Dir: dir, Ring: r}
	if place, err := s.Save(t.Context(), login("old")); err != nil || place != credentials.File {
		t.Fatal(place, err)
	}
	r.fails = nil
	if place, err := s.Save(t.Context(), login("new")); err != nil || place != credentials.Keyring {
		t.Fatal(place, err)
	}
	if got, _, err := s.Load(t.Context()); err != nil || got.Token.RefreshToken != "new" {
		t.Errorf("%+v, %v", got.Token, err)
	}
}

func TestRotation(t *testing.T) {
	for name, s := range map[string]*credentials.Store{
		"file":     {Place: credentials.File},
		"key ring": {Place: credentials.Auto, Ring: &ring{}},
	} {
		t.Run(name, func(t *testing.T) {
			s.Dir = t.TempDir()
			if _, err := s.Save(t.Context(), login("0")); err != nil {
				t.Fatal(err)
			}
			// Several programs at once: each sees what the one before stored.
			var all sync.WaitGroup
			var order []string
			for range 8 {
				other := *s
				all.Go(func() {
					_, err := other.Rotate(t.Context(), func(old *oauth2.Token) (*oauth2.Token, error) {
						order = append(order, old.RefreshToken)
						return &oauth2.Token{RefreshToken: old.RefreshToken + "'"}, nil
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			for i, o := range order {
				if o != "0"+strings.Repeat("'", i) {
					t.Errorf("%q", order)
				}
			}
			failed := errors.New("refused")
			if _, err := s.Rotate(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) { return nil, failed }); !errors.Is(err, failed) {
				t.Error(err)
			}
			if got, _, err := s.Load(t.Context()); err != nil || got.Token.RefreshToken != "0''''''''" || got.ClientSecret != "app-secret" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// A place that cannot be written is found before the old token is dead.
func TestNothingIsRenewedThatCannotBeStored(t *testing.T) {
	r := &ring{}
	s := &credentials.Store{Dir: t.TempDir(), Ring: r, Place: credentials.Keyring}
	if _, err := s.Save(t.Context(), login("1")); err != nil {
		t.Fatal(err)
	}
	locked := &refusing{ring: r}
	s.Ring = locked
	asked := false
	_, err := s.Rotate(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) { asked = true; return &oauth2.Token{}, nil })
	if err == nil || asked {
		t.Errorf("%v, asked: %v", err, asked)
	}
}

// refusing is a key ring that can be read only.
type refusing struct{ *ring }

func (refusing) Set(string, string, string) error { return errors.New("read only") }

func TestLoginFromTheEnvironment(t *testing.T) {
	env := credentials.Environment{ClientID: "1", ClientSecret: "2", RefreshToken: "seed"}
	dir := t.TempDir()
	s := &credentials.Store{Dir: dir, Place: credentials.File, Env: env}
	got, place, err := s.Load(t.Context())
	if err != nil || place != "environment" || got.Token.RefreshToken != "seed" || got.Token.Valid() {
		t.Fatalf("%+v in %s, %v", got.Token, place, err)
	}
	// What Strava replaces is kept, and found by the next run with the same variables.
	if _, err := s.Rotate(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) { return &oauth2.Token{RefreshToken: "grown"}, nil }); err != nil {
		t.Fatal(err)
	}
	if got, place, err := s.Load(t.Context()); err != nil || got.Token.RefreshToken != "grown" || place != credentials.File {
		t.Errorf("%+v in %s, %v", got.Token, place, err)
	}
	// New variables win over what has grown of the old ones.
	s.Env.RefreshToken = "new"
	if got, _, err := s.Load(t.Context()); err != nil || got.Token.RefreshToken != "new" {
		t.Errorf("%+v, %v", got.Token, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "login.json"))
	if err != nil || strings.Contains(string(data), `"seed"`+`:"seed"`) || !json.Valid(data) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestAnInterruptEndsTheWaitForTheKeyRing(t *testing.T) {
	s := &credentials.Store{Dir: t.TempDir(), Ring: &ring{hangs: make(chan struct{})}, Limit: time.Hour}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Load(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestPlaces(t *testing.T) {
	for _, word := range []string{"auto", "keyring", "file"} {
		if p, err := credentials.ParsePlace(word); err != nil || string(p) != word {
			t.Error(p, err)
		}
	}
	if _, err := credentials.ParsePlace("cloud"); err == nil {
		t.Error("accepted")
	}
}
