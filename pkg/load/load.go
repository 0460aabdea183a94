package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/source"
)

// Options is what codecs need beside the bytes.
type Options struct {
	// Zone is for times that have no zone of their own; nil is UTC.
	Zone *time.Location
	// ZeppTypes maps Zepp's numbers for kinds of workout to sports, where its own
	// lists disagree.
	ZeppTypes map[int]activity.Sport
	// KeepSource keeps the source beside the model, for those who write the
	// same format again. It costs memory.
	KeepSource bool
}

// Codec reads one format.
type Codec struct {
	// Format is the name of the format: "tcx", "gpx", "fit", "zepp", "mshealth".
	Format string
	// Sniff reports whether a file is of this format. It gets at most
	// [HeadSize] bytes from the start, must not keep or change them, and is
	// called by several goroutines at once.
	Sniff func(head []byte) bool
	// Decode reads a stream to its end. An error is a [finding.Failure], or
	// that of ctx. Where r fails, Decode returns what it has so far together
	// with an error that wraps that of r. It is called by several goroutines
	// at once.
	Decode func(ctx context.Context, r io.Reader, o Options) (activity.File, error)
}

// Registry is a list of codecs. The first one that accepts a file gets it.
type Registry []Codec

// lookup returns the codec for a file that begins with these bytes.
func (reg Registry) lookup(head []byte) (Codec, bool) {
	i := slices.IndexFunc(reg, func(c Codec) bool { return c.Sniff(head) })
	if i < 0 {
		return Codec{}, false
	}
	return reg[i], true
}

// File opens an item, tells its format and decodes it.
//
// An error is the one of ctx where that is done, and otherwise a
// [finding.Failure], possibly wrapped: that of the item or of opening and
// reading it (see [source.Item.Open]); [finding.EmptyFile] for a file of
// nothing or of blanks; [finding.NotYet] for a format that the registry has no
// codec for; [finding.UnknownFormat] for what is no workout, with a message
// that says what it looks like instead; the codec's own; and
// [finding.Internal] where the codec panicked, with the stack in the cause.
//
// A file whose compressed data is damaged is no error where at least one
// activity was read before the damage: the finding is then among those of the
// file.
func File(ctx context.Context, it source.Item, reg Registry, o Options) (f activity.File, err error) {
	defer Recover(&err)
	r, err := it.Open(ctx)
	if err != nil {
		return activity.File{}, asFailure(err)
	}
	defer r.Close()
	return decode(ctx, r, reg, o)
}

// Decode is [File] for bytes that the caller has at hand. They are not
// decompressed. A read that waits is not interrupted when ctx is done.
func Decode(ctx context.Context, r io.Reader, reg Registry, o Options) (f activity.File, err error) {
	defer Recover(&err)
	return decode(ctx, r, reg, o)
}

func decode(ctx context.Context, r io.Reader, reg Registry, o Options) (activity.File, error) {
	if err := ctx.Err(); err != nil {
		return activity.File{}, err
	}
	// The buffer is as small as it can be: codecs read in larger pieces, which
	// go past it.
	in := &watched{r: r}
	buf := bufio.NewReaderSize(in, HeadSize)
	head, _ := buf.Peek(HeadSize) // an error is in.err

	kind := Sniff(head)
	codec, ok := reg.lookup(head)
	if kind == Empty || !ok {
		return activity.File{}, refuse(head, kind, buf, in)
	}
	f, err := codec.Decode(ctx, buf, o)
	if err == nil {
		// A codec may stop where its document ends, and gzip's checksum is
		// behind that. The error, if any, is in.err.
		_, _ = io.Copy(io.Discard, buf)
	}
	switch damage := (*finding.Failure)(nil); {
	case ctx.Err() != nil && (err != nil || in.err != nil):
		return activity.File{}, ctx.Err()
	case in.err == nil:
		return f, asFailure(err)
	case errors.As(in.err, &damage) && isDamage(damage.Finding.Code) && len(f.Activities) > 0:
		// A codec that says nothing of the error, or makes something else of
		// it, does not change what happened.
		f.Findings = append(f.Findings, damage.Finding)
		return f, nil
	}
	return activity.File{}, asFailure(in.err)
}

// isDamage reports whether what was read before the error is all that exists.
func isDamage(code finding.Code) bool {
	return code == finding.GzipTruncated || code == finding.BadGzip || code == finding.ZipCorrupt
}

// refuse says why a file has no codec.
func refuse(head []byte, kind Kind, rest io.Reader, in *watched) error {
	if in.err == nil && kind == Empty && len(head) == HeadSize {
		// So many blanks are strange, but the file ends only where it ends.
		if blank, err := allBlank(rest); err == nil && !blank {
			return finding.Fail(finding.UnknownFormat, finding.Place{},
				fmt.Sprintf("it begins with more than %d blanks", HeadSize), nil)
		}
	}
	switch {
	case in.err != nil && !kind.workout():
		return asFailure(in.err) // what the bytes before it look like proves nothing
	case kind == Empty:
		detail := ""
		if len(head) > 0 {
			detail = "it holds blanks only"
		}
		return finding.Fail(finding.EmptyFile, finding.Place{}, detail, nil)
	case kind == Zip:
		// A walk unpacks archives; this one came by another way.
		return finding.Fail(finding.NotYet, finding.Place{}, "zip archive in place of a file; give it as a file, or on standard input with -", nil)
	case kind.workout():
		return finding.Fail(finding.NotYet, finding.Place{}, kind.String(), nil)
	}
	return finding.Fail(finding.UnknownFormat, finding.Place{}, looksLike(head), nil)
}

// allBlank reads to the end, or to the first thing that is not blank. Zeros
// count as blanks here, which they are in UTF-16.
func allBlank(r io.Reader) (bool, error) {
	b := make([]byte, HeadSize)
	for {
		n, err := r.Read(b)
		if len(bytes.Trim(b[:n], blanks+"\x00\xfe\xff")) > 0 {
			return false, nil
		}
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// watched remembers why reading failed, whatever a codec makes of it, and fails
// for good: bufio forgets an error once it has told it.
type watched struct {
	r   io.Reader
	err error // never io.EOF
	end bool
}

func (w *watched) Read(p []byte) (int, error) {
	switch {
	case w.err != nil:
		return 0, w.err
	case w.end:
		return 0, io.EOF
	}
	n, err := w.r.Read(p)
	if err == io.EOF {
		w.end = true
	} else {
		w.err = err
	}
	return n, err
}

// asFailure gives a code to errors that have none. The end of a context is no
// failure of the file.
func asFailure(err error) error {
	if f := (*finding.Failure)(nil); err == nil || errors.As(err, &f) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return finding.Fail(finding.Unreadable, finding.Place{}, err.Error(), err)
}

// Panic is what a codec's panic becomes; it is in the chain of the error that
// [File] returns.
type Panic struct {
	Value any    // what was passed to panic
	Stack []byte // of the goroutine that panicked
}

// Error returns the value and the stack.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n\n%s", p.Value, p.Stack) }

// Unwrap returns the value where it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Recover turns a panic into the error of one file: a [finding.Failure] with
// the code [finding.Internal] that wraps a [Panic]. File and Decode do so for
// codecs; work that is passed to [Map] and computes with what they return can
// do the same:
//
//	defer load.Recover(&result.Err)
//
// The package documentation says why.
func Recover(err *error) {
	v := recover()
	if v == nil {
		return
	}
	*err = finding.Fail(finding.Internal, finding.Place{}, "", &Panic{Value: v, Stack: debug.Stack()})
}

// Skippable reports whether an error is no news: folders and archives hold
// photos, notes and lists beside workouts, and nobody wants to read of each of
// them. So what was found in one and is no workout can be passed over, and
// counted. It is not skippable
//
//   - where the user named it;
//   - where its name promises a workout (.tcx, .gpx, .fit, also .gz behind):
//     the name does not tell the format, but such a file of something else, or
//     of nothing, is an export that went wrong;
//   - where it cannot be read, or not yet.
func Skippable(it source.Item, err error) bool {
	if err == nil || !it.FromFolder {
		return false
	}
	if code := finding.CodeOf(err); code != finding.UnknownFormat && code != finding.EmptyFile {
		return false
	}
	name := strings.TrimSuffix(strings.ToLower(it.Name), ".gz")
	return !slices.Contains([]string{".tcx", ".gpx", ".fit"}, filepath.Ext(name))
}
