package finding_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/bandport/bandport/pkg/finding"
)

func TestFailureIsFoundThroughWrapping(t *testing.T) {
	cause := fs.ErrNotExist
	err := fmt.Errorf("a.tcx: %w", fmt.Errorf("opening: %w", finding.Fail(finding.NotFound, finding.Place{}, "", cause)))

	var f *finding.Failure
	if !errors.As(err, &f) || f.Finding.Code != finding.NotFound {
		t.Errorf("no failure in %v", err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is lost in %v", err)
	}
}

func TestFailureWithoutCause(t *testing.T) {
	if cause := errors.Unwrap(finding.Fail(finding.EmptyFile, finding.Place{}, "", nil)); cause != nil {
		t.Errorf("a cause from nowhere: %v", cause)
	}
}

func TestFailureSaysWhereAndWhat(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"without a place", finding.Fail(finding.EmptyFile, finding.Place{}, "", nil), "the file is empty"},
		{"with a place", finding.Fail(finding.EmptyFile, finding.AtLine(3), "", nil), "the file is empty (line 3)"},
		{"with a detail", finding.Fail(finding.EmptyFile, finding.Place{}, "only blanks", nil), "the file is empty: only blanks"},
		{"the cause is not repeated", finding.Fail(finding.EmptyFile, finding.Place{}, "", errors.New("cause")), "the file is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.err.Error(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCodeOf(t *testing.T) {
	inner := finding.Fail(finding.XMLTruncated, finding.Place{}, "", nil)
	for _, c := range []struct {
		name string
		err  error
		want finding.Code
	}{
		{"a failure", inner, finding.XMLTruncated},
		{"a wrapped failure", fmt.Errorf("reading: %w", inner), finding.XMLTruncated},
		{"the outer one of two", finding.Fail(finding.BadGzip, finding.Place{}, "", inner), finding.BadGzip},
		{"one of several joined errors", errors.Join(errors.New("other"), inner), finding.XMLTruncated},
		{"an error without a code", fs.ErrPermission, finding.Unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := finding.CodeOf(c.err); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
