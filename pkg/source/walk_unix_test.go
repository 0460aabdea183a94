//go:build unix

package source_test

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/ordinary"
	"github.com/bandport/bandport/pkg/source"
)

func TestNamedPipeInAFolderIsLeftOut(t *testing.T) {
	tree(t, "in/a")
	must(t, syscall.Mkfifo("in/pipe", 0o600))
	link(t, "pipe", "in/link")
	if got := names(t, source.Options{}, "in"); !slices.Equal(got, []string{"in/a"}) {
		t.Errorf("got %q", got)
	}
}

func TestNamedPipeAsArgumentIsRead(t *testing.T) {
	tree(t)
	must(t, syscall.Mkfifo("pipe", 0o600))
	go func() {
		w, err := os.OpenFile("pipe", os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer w.Close()
		_, _ = w.Write(packed("through ")) // the reader notices
		_, _ = w.Write(packed("the pipe"))
	}()
	if got, err := content(t, t.Context(), source.Options{}, "pipe"); got != "through the pipe" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestPipeWithoutAWriterEndsWithTheContext(t *testing.T) {
	tree(t)
	must(t, syscall.Mkfifo("pipe", 0o600))
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := content(t, ctx, source.Options{}, "pipe"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v; want the context's error", err)
	}
	// Whoever comes late finds nobody: the other end is closed at once.
	w, err := os.OpenFile("pipe", os.O_WRONLY, 0)
	must(t, err)
	defer w.Close()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines; there were %d", runtime.NumGoroutine(), before)
}

func TestPipeWhoseWriterSleepsEndsWithTheContext(t *testing.T) {
	tree(t)
	must(t, syscall.Mkfifo("pipe", 0o600))
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// Opened for both, so that it neither blocks nor ever ends.
	w, err := os.OpenFile("pipe", os.O_RDWR, 0)
	must(t, err)
	defer w.Close()
	_, err = w.WriteString("some")
	must(t, err)
	r, err := first(t, ctx, source.Options{}, "pipe").Open(ctx)
	must(t, err)
	buf := make([]byte, 4)
	if _, err := io.ReadFull(r, buf); err != nil || string(buf) != "some" {
		t.Errorf("read %q, %v", buf, err)
	}
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := r.Read(buf); !errors.Is(err, context.Canceled) {
		t.Errorf("read after cancellation returned %v", err)
	}
	must(t, r.Close())
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines; there were %d", runtime.NumGoroutine(), before)
}

func TestFolderThatMayNotBeListed(t *testing.T) {
	if !ordinary.User(t) {
		return
	}
	tree(t, "in/a", "in/locked/b", "in/z", "in/secret")
	must(t, os.Chmod("in/locked", 0))
	must(t, os.Chmod("in/secret", 0))
	t.Cleanup(func() { must(t, os.Chmod("in/locked", 0o755)) }) // or nobody can remove it
	want := []string{"in/a", "in/locked: file.unreadable", "in/secret", "in/z"}
	if got := names(t, source.Options{}, "in"); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if _, err := content(t, t.Context(), source.Options{}, "in/secret"); !errors.Is(err, os.ErrPermission) || finding.CodeOf(err) != finding.Unreadable {
		t.Errorf("got %v", err)
	}
}
