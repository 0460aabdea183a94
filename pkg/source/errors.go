package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/bandport/bandport/pkg/finding"
)

// Reasons why a walk leaves something out. They are in the chain of an Item's
// error, whose code is [finding.Unreadable].
var (
	// ErrTooMany says that folders hold more files than Limits.MaxFiles.
	ErrTooMany = errors.New("too many files")
	// ErrTooDeep says that a folder lies deeper than Limits.MaxDepth.
	ErrTooDeep = errors.New("too many levels of folders")
	// ErrNoIdentity says that a link to a folder is not followed, because the
	// file system does not tell folders apart.
	ErrNoIdentity = errors.New("the file system gives no number to the folder")
	// ErrStdinTaken says that standard input was asked for a second time.
	ErrStdinTaken = errors.New("standard input can be read only once")
	// ErrNoStdin says that "-" was given where there is no standard input.
	ErrNoStdin = errors.New("there is no standard input here")
	// ErrGone says that the archive of a member had to be copied, and that the
	// copy is gone: its members were read, released, or the context of the walk
	// is done.
	ErrGone = errors.New("the temporary copy of the archive is gone")
	// ErrChanged says that an archive is not the one that was listed.
	ErrChanged = errors.New("the archive was changed while it was read")
)

// failed makes a Failure of what the operating system answered, and leaves
// alone what is one already. The message
// gets the reason alone, because callers put the name in front of it; doing
// and the path are in the cause.
func failed(doing, name string, err error) error {
	if err == nil || isContext(err) {
		return err
	}
	if f := (*finding.Failure)(nil); errors.As(err, &f) {
		return err
	}
	cause := fmt.Errorf("%s %s: %w", doing, name, err)
	// A path such as file.tcx/more does not exist either, but Unix calls that
	// "not a directory".
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return finding.Fail(finding.NotFound, finding.Place{}, "", cause)
	}
	return finding.Fail(finding.Unreadable, finding.Place{}, reason(err), cause)
}

// reason is the message of an error without the path that os puts before it.
func reason(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// isContext reports whether the error is that of a context, which is nobody's
// fault and keeps its type.
func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
