package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/bandport/bandport/pkg/report"
)

// Streams are the program's input, outputs and environment.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	OutTerminal, ErrTerminal bool       // somebody is watching
	Columns                  func() int // of the terminal; nil or 0: unknown
	// AskPassword asks whoever sits at the terminal; nil where nobody does.
	// It returns the error of a context that is done, and leaves the terminal as
	// it was.
	AskPassword func(ctx context.Context, prompt string) ([]byte, error)
	// Ask asks for a line; nil where nobody sits there.
	Ask    func(ctx context.Context, prompt string) (string, error)
	Getenv func(string) string
}

// System returns the streams of the process.
func System() Streams {
	var ask func(context.Context, string) ([]byte, error)
	if in := int(os.Stdin.Fd()); term.IsTerminal(in) && term.IsTerminal(int(os.Stderr.Fd())) {
		ask = func(ctx context.Context, prompt string) ([]byte, error) { return askPassword(ctx, in, prompt) }
	}
	var askLine func(context.Context, string) (string, error)
	if ask != nil {
		askLine = func(ctx context.Context, prompt string) (string, error) {
			fmt.Fprint(os.Stderr, prompt)
			return readLine(ctx, os.Stdin)
		}
	}
	return Streams{
		AskPassword: ask, Ask: askLine,
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Columns: func() int {
			w, _, err := term.GetSize(int(os.Stdout.Fd()))
			if err != nil {
				return 0
			}
			return w
		},
		Getenv: os.Getenv,
	}
}

// color reports whether the table may use terminal escapes: on a terminal that
// knows them, unless NO_COLOR is set (https://no-color.org).
func (s Streams) color() bool {
	return s.OutTerminal && s.Getenv("NO_COLOR") == "" && s.Getenv("TERM") != "dumb"
}

// longestLine bounds, in bytes, what is read of a line that somebody types.
const longestLine = 16 << 10

// readLine reads a line, byte by byte so that nothing behind it is lost. The read
// itself cannot be taken back, so that it is left behind when the context is done.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		var line []byte
		b := make([]byte, 1)
		for len(line) < longestLine {
			n, err := r.Read(b)
			if n > 0 && b[0] == '\n' {
				break
			}
			line = append(line, b[:n]...)
			if err != nil {
				if !errors.Is(err, io.EOF) || len(line) == 0 {
					typed <- answer{"", err}
					return
				}
				break
			}
		}
		typed <- answer{strings.TrimSpace(string(line)), nil}
	}()
	select {
	case a := <-typed:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// askPassword reads a line from a terminal without showing it. The read itself
// cannot be taken back, so that it is left behind when the context is done.
func askPassword(ctx context.Context, terminal int, prompt string) ([]byte, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	type answer struct {
		password []byte
		err      error
	}
	typed := make(chan answer, 1)
	fmt.Fprint(os.Stderr, prompt)
	defer fmt.Fprintln(os.Stderr)
	go func() {
		password, err := term.ReadPassword(terminal)
		typed <- answer{password, err}
	}()
	select {
	case a := <-typed:
		return a.password, a.err
	case <-ctx.Done():
		_ = term.Restore(terminal, before)
		return nil, ctx.Err()
	}
}

// width returns the columns of the terminal that shows the results, or 0 where
// there is none.
func (s Streams) width() int {
	if !s.OutTerminal || s.Columns == nil {
		return 0
	}
	return s.Columns()
}

// say writes a line for people. Text in it that comes from files must have gone
// through report.Printable.
func (s Streams) say(kind, format string, args ...any) {
	// Nobody is left to tell of a standard error that fails.
	_, _ = fmt.Fprintf(s.Err, "bandport: %s: %s\n", kind, fmt.Sprintf(format, args...))
}

// fail shows an error with its hints.
func (s Streams) fail(err error, hints ...string) {
	s.say("error", "%s", sentence(err))
	for _, h := range hints {
		if h != "" {
			s.say("hint", "%s", report.Printable(h))
		}
	}
}

// sentence makes an error's text fit for the terminal.
func sentence(err error) string {
	return report.Printable(strings.Join(strings.Fields(err.Error()), " "))
}
