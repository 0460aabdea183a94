package cli

import (
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
	AskPassword func(prompt string) ([]byte, error)
	Getenv      func(string) string
}

// System returns the streams of the process.
func System() Streams {
	var ask func(string) ([]byte, error)
	if in := int(os.Stdin.Fd()); term.IsTerminal(in) && term.IsTerminal(int(os.Stderr.Fd())) {
		ask = func(prompt string) ([]byte, error) {
			fmt.Fprint(os.Stderr, prompt)
			defer fmt.Fprintln(os.Stderr)
			return term.ReadPassword(in)
		}
	}
	return Streams{
		AskPassword: ask,
		In:          os.Stdin, Out: os.Stdout, Err: os.Stderr,
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
