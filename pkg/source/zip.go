package source

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/bandport/bandport/pkg/finding"
)

// What archives begin with: the header of the first member, or, without any
// member, the end of the directory (APPNOTE 4.3.7 and 4.3.16).
const (
	zipMagic      = "PK\x03\x04"
	zipMagicEmpty = "PK\x05\x06"
)

// archive is a zip archive. Items of its members refer to it.
type archive struct {
	name     string // of its members' names, what is before the "!"
	rel      string // of its members' Rel, the beginning
	level    int    // 1 is a file
	top      *budget
	password []byte

	// One of these: where the bytes are.
	path  string // of a file of its own, which is opened anew for each member
	info  fs.FileInfo
	spool *spool

	// While it is listed: the bytes, and how many.
	r    io.ReaderAt
	size int64
}

// open gives the bytes to a reader of one member.
func (a *archive) open(ctx context.Context, t *ticket) (io.ReaderAt, io.Closer, error) {
	if t != nil {
		return t.open()
	}
	f, err := openFile(ctx, a.path, true)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && (!os.SameFile(info, a.info) || info.Size() != a.size || !info.ModTime().Equal(a.info.ModTime())) {
		err = ErrChanged
	}
	if err != nil {
		_ = f.Close() // the first error is the one that counts
		return nil, nil, err
	}
	return f, f, nil
}

// expand delivers the members of an item that is an archive.
func (w *walk) expand(ctx context.Context, it Item, form form) bool {
	a := &archive{name: it.Name, level: 1}
	if it.FromFolder {
		a.rel = it.rel + "/"
	}
	if it.member != nil {
		a.top, a.level = it.member.home.top, it.member.home.level+1
	} else {
		a.top = &budget{limits: w.limits}
	}
	// What is wrong with the archive is an item in the place of its members.
	refuse := func(err error) bool {
		it.member.release()
		if ctx.Err() != nil {
			return stop
		}
		return w.yield(Item{Name: it.Name, Size: it.Size, FromFolder: it.FromFolder, rel: it.rel, Err: err})
	}
	if a.level > w.limits.MaxNesting {
		return refuse(beyond("MaxNesting", finding.Place{}, "archives nest deeper than %d levels", w.limits.MaxNesting))
	}
	done, err := a.attach(ctx, it, form)
	if err != nil {
		return refuse(err)
	}
	defer done()
	it.member.release()
	members, err := a.list()
	if err != nil {
		return refuse(err)
	}
	return w.members(ctx, a, members)
}

// attach opens the archive to list it: as it is where it is a plain file,
// copied otherwise.
func (a *archive) attach(ctx context.Context, it Item, form form) (done func(), err error) {
	if it.regular && form == isZip {
		f, err := os.Open(it.Name)
		if err != nil {
			return nil, failed("opening", it.Name, err)
		}
		if a.info, err = f.Stat(); err != nil {
			_ = f.Close() // the first error is the one that counts
			return nil, failed("opening", it.Name, err)
		}
		a.path, a.r, a.size = it.Name, f, a.info.Size()
		return func() { _ = f.Close() }, nil // it was only read
	}
	raw := it.member == nil && form == isZip // standard input: nothing is unpacked
	if raw {
		it.limits.MaxSize = it.limits.MaxTotal
	}
	if it.member == nil {
		it.top = a.top
	}
	r, err := it.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if a.spool, err = newSpool(ctx, r, it.Name); err != nil {
		if raw && finding.CodeOf(err) == finding.TooLarge {
			err = beyond("MaxTotal", finding.Place{}, "it is larger than %s", sizeText(it.limits.MaxTotal))
		}
		return nil, err
	}
	a.r, a.size = a.spool.r, a.spool.size
	return a.spool.done, nil
}

// listed is a member that a walk delivers.
type listed struct {
	*zip.File
	name string
}

// list reads the directory and returns what a walk delivers, in its order.
func (a *archive) list() ([]listed, error) {
	left := a.top.limits.MaxEntries - a.top.entries
	guard := &directory{r: a.r, entries: left + tailEntries, bytes: 1<<20 + 512*int64(left), end: -1}
	zr, err := zip.NewReader(guard, a.size)
	if err == nil || errors.Is(err, zip.ErrInsecurePath) {
		a.top.entries += len(zr.File)
	}
	switch disk := (*fs.PathError)(nil); {
	case guard.full || a.top.entries > a.top.limits.MaxEntries:
		return nil, beyond("MaxEntries", finding.Place{}, "its directory is too large for %d members", a.top.limits.MaxEntries)
	case errors.As(err, &disk):
		return nil, failed("reading", a.name, err)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, damaged(finding.Place{}, "its directory is missing or damaged", err)
	}
	members := make([]listed, 0, len(zr.File))
	for _, f := range zr.File {
		name, ok := memberName(f.Name, f.Flags)
		// What was packed from a pipe may be said to be one.
		if ok && f.Mode()&(fs.ModeDir|fs.ModeSymlink) == 0 {
			members = append(members, listed{File: f, name: name})
		}
	}
	slices.SortStableFunc(members, func(a, b listed) int { return cmp.Compare(a.name, b.name) })
	distinct(members)
	return members, nil
}

// members delivers the members.
func (w *walk) members(ctx context.Context, a *archive, members []listed) bool {
	asked, locked := false, false
	for i, f := range members {
		if ctx.Err() != nil {
			return stop
		}
		it := Item{Name: a.name + "!" + f.name, Size: -1, FromFolder: true, limits: w.limits, rel: a.rel + f.name}
		m, err := newMember(a, f.File)
		if err != nil {
			it.Err = failed("opening", it.Name, err)
			if !w.yield(it) {
				return stop
			}
			continue
		}
		if m.cipher != nil && !asked {
			asked = true
			if err := w.unlock(ctx, a, members[i:]); err != nil {
				if ctx.Err() != nil {
					return stop
				}
				locked = true
				if !w.yield(Item{Name: a.name, Size: -1, FromFolder: a.rel != "", Err: err}) {
					return stop
				}
			}
		}
		if m.cipher != nil && locked {
			continue
		}
		it.member, it.Size = m, min(m.packed, a.size)
		if !w.member(ctx, it) {
			return stop
		}
	}
	return goOn
}

// member delivers a member, or what is in it.
func (w *walk) member(ctx context.Context, it Item) bool {
	form := it.peek(ctx)
	if ctx.Err() != nil {
		return stop
	}
	if s := it.member.home.spool; s != nil {
		it.member.ticket = s.ticket()
	}
	if form == noZip {
		return w.yield(it)
	}
	return w.expand(ctx, it, form)
}

// unlock asks for the password of an archive and tries it on some of the
// members: on the first, and where one byte is all that speaks for the password
// on a few more.
func (w *walk) unlock(ctx context.Context, a *archive, members []listed) error {
	if w.password == nil {
		return finding.Fail(finding.ZipPassword, finding.Place{}, "", nil)
	}
	password, err := w.password(ctx, a.name)
	switch {
	case err != nil && isContext(err):
		return err
	case err != nil:
		return finding.Fail(finding.ZipPassword, finding.Place{}, err.Error(), err)
	case len(password) == 0:
		return finding.Fail(finding.ZipPassword, finding.Place{}, "", nil)
	}
	a.password = bytes.Clone(password)
	const tries = 8
	tried := 0
	for _, f := range members {
		if f.Flags&encryptedFlag == 0 {
			continue
		}
		m, err := newMember(a, f.File)
		if err != nil {
			continue
		}
		if m.cipher.strength > 0 && tried > 0 {
			continue
		}
		if r, err := m.read(a.r); err == nil {
			r.free()
		} else if finding.CodeOf(err) == finding.ZipWrongPassword {
			return err
		}
		if tried++; tried == tries || m.cipher.strength > 0 {
			break
		}
	}
	return nil
}

// release says that nobody will open the member.
func (m *member) release() {
	if m != nil && m.ticket != nil {
		m.ticket.release()
	}
}

// directory is an archive while archive/zip reads its directory, all of it
// before anybody can count: it ends the reading where there are too many
// members or too many bytes.
type directory struct {
	r       io.ReaderAt
	entries int   // left
	bytes   int64 // left
	end     int64 // of the last piece
	carry   []byte
	full    bool
}

// tailEntries is how many members the last 66 KiB of an archive can list, which
// archive/zip may read twice.
const tailEntries = 66 << 10 / 46

var errFull = errors.New("the directory is too large")

func (d *directory) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.r.ReadAt(p, off)
	if off != d.end {
		d.carry = d.carry[:0]
	}
	// A header may begin in one piece and end in the next.
	const header = "PK\x01\x02"
	d.carry = append(d.carry, p[:min(n, len(header)-1)]...)
	d.entries -= bytes.Count(d.carry, []byte(header)) + bytes.Count(p[:n], []byte(header))
	d.carry = append(d.carry[:0], p[max(0, n-(len(header)-1)):n]...)
	d.end = off + int64(n)
	if d.bytes -= int64(n); d.entries < 0 || d.bytes < 0 {
		d.full = true
		return 0, errFull
	}
	return n, err
}

// form is what a file is, for a walk.
type form uint8

const (
	noZip form = iota
	isZip
	isPackedZip // in gzip
)

// peekSize bounds what is read to tell an archive; only gzip can make it more
// than a few bytes.
const peekSize = 1 << 20

// peek looks at the first bytes of an item. What cannot be read is no archive;
// whoever opens the item hears why.
func (it Item) peek(ctx context.Context) form {
	var raw io.Reader
	switch {
	case it.member != nil:
		r, err := it.member.read(it.member.home.r)
		if err != nil {
			return noZip
		}
		defer r.free()
		raw = r
	case it.Name == Stdin && it.stdin != nil:
		if it.stdin.r == nil {
			return noZip
		}
		raw = it.stdin.look(ctx)
	default:
		f, err := os.Open(it.Name)
		if err != nil {
			return noZip
		}
		defer f.Close()
		raw = f
	}
	s, err := it.stream(ctx, io.LimitReader(raw, peekSize), io.NopCloser(nil))
	if err != nil {
		return noZip
	}
	defer s.Close()
	var head [len(zipMagic)]byte
	if _, err := io.ReadFull(s, head[:]); err != nil {
		return noZip
	}
	switch {
	case string(head[:]) != zipMagic && string(head[:]) != zipMagicEmpty:
		return noZip
	case s.gunzip != nil:
		return isPackedZip
	}
	return isZip
}
