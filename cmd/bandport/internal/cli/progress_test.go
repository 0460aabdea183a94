package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bandport/bandport/pkg/source"
)

// terminal keeps what was drawn on it.
type terminal struct {
	mu    sync.Mutex
	drawn bytes.Buffer
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.drawn.Write(p)
}

// since returns what was drawn since it was asked last.
func (t *terminal) since() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.drawn.Reset()
	return t.drawn.String()
}

func watched() (*app, *terminal) {
	a, _ := testApp()
	screen := &terminal{}
	a.Err, a.ErrTerminal = screen, true
	return a, screen
}

// While one large file is worked on the line on the terminal goes on, and the time
// in it; what is short shows nothing.
func TestProgressStaysAlive(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		takes time.Duration
		lines []string // what the line says in the end, piece by piece
	}{
		{"a moment", 500 * time.Millisecond, nil},
		{"nine seconds", 9 * time.Second, []string{"reading", "[8s]"}},
		{"an hour", time.Hour, []string{"reading", "[59m59s]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, screen := watched()
				var before, during string
				err := eachFile(t.Context(), a, &settings{jobs: 1}, []string{name},
					func(context.Context, source.Item) int {
						time.Sleep(c.takes / 2)
						before = screen.since()
						time.Sleep(c.takes / 2)
						during = screen.since()
						return 1
					}, func(int, *progress) error { return nil })
				if err != nil {
					t.Fatal(err)
				}
				if len(c.lines) == 0 && before+during != "" {
					t.Errorf("drew %q", before+during)
				}
				for _, text := range c.lines {
					if !strings.Contains(during, text) {
						t.Errorf("%q is not in %q", text, during[max(0, len(during)-200):])
					}
				}
				if len(c.lines) > 0 && (before == "" || !strings.HasSuffix(screen.since(), "\r")) {
					t.Error("the line came late, or is still there at the end")
				}
			})
		})
	}
}

// A question for a password, and what is written between two files, are not drawn
// over.
func TestProgressLeavesTheTerminalToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, screen := watched()
		p := a.startProgress()
		time.Sleep(2 * time.Second)
		show := p.hide()
		screen.since()
		time.Sleep(time.Minute)
		if drawn := screen.since(); drawn != "" {
			t.Errorf("it drew %q over a question", drawn)
		}
		show()
		time.Sleep(time.Second)
		if screen.since() == "" {
			t.Error("it does not come back")
		}
		p.pause()
		screen.since()
		time.Sleep(progressAfter)
		if drawn := screen.since(); drawn != "" {
			t.Errorf("it drew %q over a result", drawn)
		}
		time.Sleep(time.Second)
		if screen.since() == "" {
			t.Error("it does not come back after a result")
		}
		p.stop()
		screen.since()
		time.Sleep(time.Minute)
		if drawn := screen.since(); drawn != "" {
			t.Errorf("it drew %q after its end", drawn)
		}
	})
}
