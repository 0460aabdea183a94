package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/bandport/bandport/pkg/finding"
)

// Item is one file that a walk delivers.
type Item struct {
	// Name is the path as given, or the argument joined with the path below
	// it; "-" is standard input. It comes from the user or the disk and may
	// hold anything. What is in an archive is named after it: "a.zip!dir/b.fit".
	// That part of the name is harmless: a relative path with slashes that has
	// no ".." and no control characters, and no member of an archive has the
	// name of another.
	Name string
	// Err says why there is nothing to open: a [finding.Failure] with the code
	// [finding.NotFound] or [finding.Unreadable], which wraps the cause, or one
	// of those about archives. Name is then that of the file, folder or archive
	// which it is about.
	Err error
	// FromFolder says that the file was found, in a folder or an archive, and
	// not named.
	FromFolder bool
	// Size is the number of bytes on the disk or in the archive, compressed
	// where the file is; -1 where nobody knows before the end.
	Size int64

	regular bool // a plain file when it was listed
	stdin   *standardInput
	limits  Limits
	rel     string  // see Rel; it may hold anything
	member  *member // of an archive, or nil
	top     *budget // of an archive in gzip that is being copied
}

// standardInput is what all the items of a walk that are named "-" share.
type standardInput struct {
	r     io.Reader
	taken atomic.Bool

	// The walk looks at the first bytes, to tell archives. They come back here.
	once  sync.Once
	wait  *waiting
	head  bytes.Buffer
	ready form
}

// look returns a reader of the first bytes, which keeps them.
func (s *standardInput) look(ctx context.Context) io.Reader {
	s.wait = &waiting{ctx: ctx, r: s.r}
	return io.TeeReader(s.wait, &s.head)
}

// open returns all bytes from the first on.
func (s *standardInput) open(ctx context.Context) io.Reader {
	if s.wait == nil {
		return &waiting{ctx: ctx, r: s.r}
	}
	s.wait.ctx = ctx
	return &headed{head: s.head.Bytes(), r: s.wait}
}

// ioSize is how much is read at once, in bytes, where this package buffers.
const ioSize = 64 << 10

// Open opens the file and returns its bytes: decompressed, and no more of them
// than the limit. Plain files are not buffered, for readers of formats do that
// themselves.
//
// The errors of Open and of the reader are a [finding.Failure] each, with these
// codes:
//
//   - [finding.NotFound] and [finding.Unreadable], from the operating system;
//   - [finding.GzipTruncated] and [finding.BadGzip], after all the bytes that
//     could be unpacked;
//   - [finding.TooLarge], after Limits.MaxSize bytes;
//   - of members of archives [finding.ZipCorrupt], after all the bytes that
//     could be unpacked, also where the checksum or the signature at the end
//     is wrong; [finding.ZipLimit]; [finding.ZipWrongPassword], where a member
//     has another password than the others.
//
// Once ctx is done the reader, and Open, return ctx.Err(). That holds while
// they wait for somebody to write into a pipe or to type, too. The goroutine
// that waits is then left behind until the system answers it: there is no other
// way to take a read back.
//
// The reader must be closed. It is not safe for concurrent use. Standard input
// can be opened once; so can a member of an archive that had to be copied (see
// [Item.Release]), for the copy may be gone after that.
func (it Item) Open(ctx context.Context) (io.ReadCloser, error) {
	if it.Err != nil {
		return nil, it.Err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	raw, closer, err := it.open(ctx)
	if err != nil {
		return nil, failed("opening", it.Name, err)
	}
	s, err := it.stream(ctx, raw, closer)
	if err != nil {
		_ = closer.Close() // the first error is the one that counts
		return nil, err
	}
	return s, nil
}

// Release says that nobody will open the item. It matters for one kind of item:
// a member of an archive that had to be copied to a temporary file, because it
// came from standard input, in gzip or in another archive. The copy waits for
// the readers of all members that were delivered. It is removed when each of
// them was opened and closed, or released, and in any case, but for readers that
// are open, when the context of the walk is done. So whoever does not open every
// item releases it, or cancels the context in the end.
//
// It does nothing to other items, to those that were opened, and the second
// time. It is safe for concurrent use.
func (it Item) Release() { it.member.release() }

// stream makes of the bytes of the file what Open returns.
func (it Item) stream(ctx context.Context, raw io.Reader, closer io.Closer) (*stream, error) {
	in := &input{ctx: ctx, r: raw, name: it.Name}
	var magic [len(gzipMagic)]byte
	n, err := io.ReadFull(in, magic[:])
	if err != nil && in.err != io.EOF { //nolint:errorlint // input returns it bare
		return nil, in.err
	}
	limit := it.limits.orDefaults().MaxSize
	s := &stream{ctx: ctx, limit: limit, left: limit, closer: closer}
	s.r = &headed{head: magic[:n], r: in}
	if string(magic[:n]) == gzipMagic {
		s.gunzip = newGunzip(s.r)
		if it.member != nil {
			s.gunzip.top = it.member.home.top
		} else {
			s.gunzip.top = it.top
		}
		s.r = s.gunzip
	}
	return s, nil
}

// open returns the bytes as they are.
func (it Item) open(ctx context.Context) (io.Reader, io.Closer, error) {
	if it.member != nil {
		return it.member.open(ctx)
	}
	if it.Name == Stdin {
		switch {
		case it.stdin == nil || it.stdin.r == nil:
			return nil, nil, ErrNoStdin
		case it.stdin.taken.Swap(true):
			return nil, nil, ErrStdinTaken
		}
		return it.stdin.open(ctx), io.NopCloser(nil), nil
	}
	f, err := openFile(ctx, it.Name, it.regular)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err != nil {
		_ = f.Close() // the first error is the one that counts
		return nil, nil, err
	}
	if info.Mode().IsRegular() {
		return f, f, nil
	}
	return &waiting{ctx: ctx, r: f}, f, nil
}

// openFile opens a file for reading. A named pipe opens only when somebody
// opens its other end, which may be never: so whatever is not known to be a
// plain file is opened aside.
func openFile(ctx context.Context, name string, regular bool) (*os.File, error) {
	if regular {
		return os.Open(name)
	}
	type result struct {
		f   *os.File
		err error
	}
	opened := make(chan result)
	go func() {
		f, err := os.Open(name)
		select {
		case opened <- result{f, err}:
		case <-ctx.Done():
			if f != nil {
				_ = f.Close() // nobody is left to hear of it
			}
		}
	}()
	select {
	case r := <-opened:
		return r.f, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// stream is what Open returns: it counts the bytes and heeds the context.
type stream struct {
	ctx   context.Context // Read has no parameter for it
	r     io.Reader
	limit int64
	left  int64
	err   error // what the first failing Read returned; all later ones do too

	gunzip *gunzip // nil where the file is not packed
	closer io.Closer
}

var errClosed = fmt.Errorf("reading: %w", os.ErrClosed)

func (s *stream) Close() error {
	if s.gunzip != nil {
		s.gunzip.free()
	}
	s.gunzip, s.err = nil, errClosed
	return s.closer.Close()
}

func (s *stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if s.left == 0 {
		s.err = s.beyond()
		return 0, s.err
	}
	if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	s.err = err
	return n, err
}

// beyond tells a file that is exactly as large as the limit from a larger one.
func (s *stream) beyond() error {
	var one [1]byte
	for {
		n, err := s.r.Read(one[:])
		if n > 0 {
			return finding.Fail(finding.TooLarge, finding.AtByte(s.limit), sizeText(s.limit), nil)
		}
		if err != nil {
			return err
		}
	}
}

// input is the file as it is on the disk. Its errors are those that Open
// documents.
type input struct {
	ctx  context.Context // Read has no parameter for it
	r    io.Reader
	name string
	err  error
}

func (in *input) Read(p []byte) (int, error) {
	if in.err != nil {
		return 0, in.err
	}
	if in.err = in.ctx.Err(); in.err != nil {
		return 0, in.err
	}
	n, err := in.r.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader wants it bare
		err = failed("reading", in.name, err)
	}
	in.err = err
	return n, err
}

// headed gives back the bytes that were read to look at them.
type headed struct {
	head []byte
	r    io.Reader
}

func (h *headed) Read(p []byte) (int, error) {
	if len(h.head) == 0 {
		return h.r.Read(p)
	}
	n := copy(p, h.head)
	h.head = h.head[n:]
	return n, nil
}

// waiting reads from where reading may take for ever: a terminal, a pipe, a
// reader that the caller made. It reads aside, into a buffer of its own that
// nobody else touches, and so can walk away from it.
type waiting struct {
	ctx  context.Context // Read has no parameter for it
	r    io.Reader
	buf  []byte
	rest []byte // what the last read brought and nobody took yet
	err  error
}

func (w *waiting) Read(p []byte) (int, error) {
	if len(w.rest) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		w.fill()
	}
	n := copy(p, w.rest)
	w.rest = w.rest[n:]
	if len(w.rest) == 0 {
		return n, w.err
	}
	return n, nil
}

func (w *waiting) fill() {
	if w.buf == nil {
		w.buf = make([]byte, ioSize)
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := w.r.Read(w.buf)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		w.rest, w.err = w.buf[:r.n], r.err
	case <-w.ctx.Done():
		w.err = w.ctx.Err()
	}
}
