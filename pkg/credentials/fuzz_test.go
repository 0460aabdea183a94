package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/bandport/bandport/pkg/internal/fuzztest"
)

// FuzzLogin holds for whatever lies in the file of the login: no panic, no error
// that repeats a piece of it, reading changes nothing, a login that cannot be read
// is not renewed, and one that can comes back from the disk as it was.
func FuzzLogin(f *testing.F) {
	for _, s := range []string{
		``, `{}`, `null`, `[]`, `{"token":null}`, `{"token":{"expiry":"0001-01-01T00:00:00Z"}}`, "\xEF\xBB\xBF{}",
		`{"client_id":"12345","client_secret":"s","token":{"access_token":"a","token_type":"Bearer","refresh_token":"r","expiry":"2026-03-01T18:30:00Z"},"scopes":["read"],"athlete_id":7,"athlete_name":"A"}`,
		`{"client_id":5}`, `{"token":{"expiry":"soon, and this is a secret text"}}`, `{"athlete_id":1e400}`, `{"token":{"access_token":"a","expires_in":-1}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Decoding.Hold(t)()
		dir := t.TempDir()
		s := &Store{Dir: dir, Place: File}
		path := filepath.Join(dir, "login.json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, _, err := s.Load(t.Context())
		if now, readErr := os.ReadFile(path); readErr != nil || !bytes.Equal(now, data) {
			t.Fatalf("reading changed the file: %v", readErr)
		}
		asked := errors.New("asked")
		_, rotateErr := s.Rotate(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) { return nil, asked })
		if err != nil {
			if errors.Is(rotateErr, asked) {
				t.Fatal("a login that cannot be read was renewed")
			}
			if now, readErr := os.ReadFile(path); readErr != nil || !bytes.Equal(now, data) {
				t.Fatalf("renewing changed a file that cannot be read: %v", readErr)
			}
			// The sentence is always the same, so that nothing of the file is in it.
			if !strings.HasPrefix(err.Error(), "the stored login cannot be read") {
				t.Fatalf("%v", err)
			}
			return
		}
		if l.Token == nil || !errors.Is(rotateErr, asked) {
			t.Fatalf("token %v, renewing: %v", l.Token != nil, rotateErr)
		}
		if _, err := s.Save(t.Context(), l); err != nil {
			t.Fatalf("what was read cannot be stored: %v", err)
		}
		again, place, err := s.Load(t.Context())
		if err != nil || place != File {
			t.Fatal(place, err)
		}
		one, _ := json.Marshal(l)
		two, _ := json.Marshal(again)
		if !bytes.Equal(one, two) {
			t.Fatalf("a login came back as another one")
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 2 { // and the lock
			t.Fatalf("%d files are left, %v", len(left), err)
		}
	})
}
