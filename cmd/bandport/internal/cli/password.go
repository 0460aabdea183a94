package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
)

// passwordVariable holds the password of archives. It is no setting: it is
// neither shown nor kept in the configuration file, and no flag takes it,
// because everybody on a machine can read the arguments of a program.
const passwordVariable = "BANDPORT_ARCHIVE_PASSWORD"

// longestPassword bounds, in bytes, what is read of a password file.
const longestPassword = 4096

// archivePassword returns where the password of an archive comes from: the file
// that was named, the environment, or whoever sits at the terminal; nil where it
// comes from nowhere. The file is read at once, so that a wrong path is told
// before the work begins.
func (a *app) archivePassword(paths []string) (func(context.Context, string) ([]byte, error), error) {
	given := func(password []byte) func(context.Context, string) ([]byte, error) {
		return func(context.Context, string) ([]byte, error) { return password, nil }
	}
	switch {
	case a.passwordFile == source.Stdin && slices.Contains(paths, source.Stdin):
		return nil, &usageError{err: errors.New("standard input cannot be a workout and the password of an archive at once")}
	case a.passwordFile != "":
		password, err := a.readPassword()
		if err != nil {
			return nil, &usageError{err: fmt.Errorf("--password-file: %w", err)}
		}
		return given(password), nil
	case a.Getenv(passwordVariable) != "":
		return given([]byte(a.Getenv(passwordVariable))), nil
	case a.AskPassword != nil && !slices.Contains(paths, source.Stdin):
		return func(ctx context.Context, archive string) ([]byte, error) {
			return a.AskPassword(ctx, "password of "+report.Printable(archive)+": ")
		}, nil
	}
	return nil, nil
}

// readPassword reads the first line of the password file.
func (a *app) readPassword() ([]byte, error) {
	in := a.In
	if a.passwordFile != source.Stdin {
		f, err := os.Open(a.passwordFile)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, longestPassword))
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // some editors write a byte order mark
	line, _, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return nil, errors.New("the file holds no password in its first line")
	}
	return line, nil
}
