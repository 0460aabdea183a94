package source

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"

	"github.com/bandport/bandport/pkg/finding"
)

// spool is an archive that was copied, because it must be read at any place and
// its source can be read only from the start: in memory, or in a temporary file.
//
// Three kinds of users keep it: the walk, while it goes through the members;
// readers, until they are closed; and items that were delivered and not opened
// yet. The last kind may never come back, and so ends with the context of the
// walk. Without users the file is closed. It has no name by then on systems
// that can remove what is open, so that not even a crash leaves it behind;
// elsewhere (on Windows) it is removed when it is closed.
type spool struct {
	r    io.ReaderAt
	size int64

	mu      sync.Mutex
	file    *os.File // nil in memory
	name    string   // of the file, where it has to be removed yet
	inUse   int      // the walk and readers
	waiting int      // items
	expired bool     // the context of the walk is done: items do not count
	closed  bool
	forget  func() bool
}

// newSpool copies r to its end. The caller is the first user.
func newSpool(ctx context.Context, r io.Reader, name string) (*spool, error) {
	var mem bytes.Buffer
	_, err := io.CopyN(&mem, r, InMemory+1)
	if err == io.EOF { //nolint:errorlint // CopyN returns that of the reader as it is
		b := bytes.Clone(mem.Bytes())
		return &spool{r: bytes.NewReader(b), size: int64(len(b)), inUse: 1}, nil
	}
	if err != nil {
		return nil, failed("copying", name, err)
	}
	f, err := os.CreateTemp("", "bandport-*.zip") // with mode 0600
	if err != nil {
		return nil, noCopy(err)
	}
	s := &spool{r: f, file: f, inUse: 1}
	if os.Remove(f.Name()) != nil {
		s.name = f.Name()
	}
	s.size, err = io.Copy(&writes{w: f}, io.MultiReader(&mem, r))
	if err != nil {
		s.done()
		return nil, failed("copying", name, err)
	}
	s.forget = context.AfterFunc(ctx, s.expire)
	return s, nil
}

// noCopy is the error of a copy that cannot be made, which is no fault of what
// was to be copied.
func noCopy(err error) error {
	return finding.Fail(finding.Unreadable, finding.Place{}, "it has to be copied to a temporary file: "+reason(err), err)
}

// writes tells the errors of a copy from those of its source.
type writes struct{ w io.Writer }

func (w *writes) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		err = noCopy(err)
	}
	return n, err
}

// ticket is the right of a delivered item to find its archive still there.
type ticket struct {
	s    *spool
	used bool // guarded by that of s
}

// ticket counts an item that waits to be opened.
func (s *spool) ticket() *ticket {
	if s.file == nil {
		return &ticket{s: s, used: true} // memory goes by itself
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting++
	return &ticket{s: s}
}

// open makes a user of an item. Its Close is that of the use.
func (t *ticket) open() (io.ReaderAt, io.Closer, error) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if t.s.closed {
		return nil, nil, ErrGone
	}
	t.use()
	t.s.inUse++
	var once sync.Once
	return t.s.r, closer(func() error {
		once.Do(t.s.done)
		return nil
	}), nil
}

// release ends the waiting of an item.
func (t *ticket) release() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.use()
	t.s.settle()
}

func (t *ticket) use() {
	if !t.used {
		t.used = true
		t.s.waiting--
	}
}

// done takes one user away.
func (s *spool) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inUse--
	s.settle()
}

// expire is called when the context of the walk is done.
func (s *spool) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = true
	s.settle()
}

// settle closes what has no users. The caller holds the lock.
func (s *spool) settle() {
	if s.closed || s.file == nil || s.inUse > 0 || s.waiting > 0 && !s.expired {
		return
	}
	s.closed = true
	if s.forget != nil {
		s.forget()
	}
	_ = s.file.Close() // it was only read since it was complete
	if s.name != "" {
		_ = os.Remove(s.name) // nobody is left to hear of it
	}
}

// closer is a function that is an io.Closer.
type closer func() error

func (c closer) Close() error { return c() }
