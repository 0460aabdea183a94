package source

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/bandport/bandport/pkg/finding"
)

// budget is what an archive may cost, with all that is in it.
type budget struct {
	limits  Limits
	entries int          // listed so far; only the walk counts them
	spent   atomic.Int64 // bytes unpacked so far, by all readers
}

// spend accounts for bytes that were unpacked.
func (b *budget) spend(n int, place finding.Place) error {
	if b.spent.Add(int64(n)) > b.limits.MaxTotal {
		return beyond("MaxTotal", place, "more than %s were unpacked from it", sizeText(b.limits.MaxTotal))
	}
	return nil
}

// member is a file in an archive. It holds what the archive's directory says,
// so that the directory need not stay.
type member struct {
	home   *archive
	at     int64 // of its data, in the archive
	packed int64 // bytes there
	size   uint64
	crc    uint32
	method uint16
	cipher *cipher // nil where it is not encrypted
	ticket *ticket // nil where its archive is a file of its own
}

// newMember takes from a header what reading needs, or says why it cannot be
// read.
func newMember(home *archive, f *zip.File) (*member, error) {
	at, err := f.DataOffset()
	if err != nil {
		return nil, damaged(finding.Place{}, "its header is missing", err)
	}
	if at > home.size || f.CompressedSize64 > uint64(home.size-at) {
		return nil, damaged(finding.Place{}, "it would reach beyond the end of the archive", zip.ErrFormat)
	}
	m := &member{
		home: home, at: at, packed: int64(f.CompressedSize64),
		size: f.UncompressedSize64, crc: f.CRC32, method: f.Method,
	}
	if f.Flags&encryptedFlag != 0 {
		if m.cipher, err = newCipher(m, f); err != nil {
			return nil, err
		}
	}
	if m.method != zip.Store && m.method != zip.Deflate {
		return nil, unknownMethod(methodName(m.method))
	}
	return m, nil
}

func unknownMethod(name string) error {
	return finding.Fail(finding.ZipMethod, finding.Place{}, name, zip.ErrAlgorithm)
}

func damaged(place finding.Place, detail string, cause error) error {
	return finding.Fail(finding.ZipCorrupt, place, detail, cause)
}

// methodName names a way of packing as APPNOTE, section 4.4.5, does.
func methodName(method uint16) string {
	switch method {
	case 1:
		return "Shrink"
	case 2, 3, 4, 5:
		return "Reduce"
	case 6:
		return "Implode"
	case 9:
		return "Deflate64"
	case 12:
		return "BZIP2"
	case 14:
		return "LZMA"
	case 20, 93:
		return "Zstandard"
	case 95:
		return "XZ"
	case 98:
		return "PPMd"
	}
	return "method " + strconv.Itoa(int(method))
}

// open opens the member for whoever has its item.
func (m *member) open(ctx context.Context) (io.Reader, io.Closer, error) {
	from, archive, err := m.home.open(ctx, m.ticket)
	if err != nil {
		return nil, nil, err
	}
	r, err := m.read(from)
	if err != nil {
		_ = archive.Close() // the first error is the one that counts
		return nil, nil, err
	}
	return r, closer(func() error {
		r.free()
		return archive.Close()
	}), nil
}

// read unpacks the member from the bytes of its archive. The reader is to be
// freed.
func (m *member) read(archive io.ReaderAt) (*unzip, error) {
	var data io.Reader = io.NewSectionReader(archive, m.at, m.packed)
	if m.cipher != nil {
		var err error
		if data, err = m.cipher.decrypt(archive, m); err != nil {
			return nil, err
		}
	}
	u := &unzip{m: m, in: &counted{r: data}, work: inflaters.Get().(*inflater)} //nolint:errcheck,forcetypeassert // the pool holds nothing else
	u.work.buf.Reset(u.in)
	u.body = u.work.buf
	if m.method == zip.Deflate {
		if err := u.work.flate.(flate.Resetter).Reset(u.work.buf, nil); err != nil { //nolint:errcheck,forcetypeassert // documented by flate.NewReader
			return nil, err
		}
		u.body = u.work.flate
	}
	return u, nil
}

// inflater is what unpacking needs; it is too large to be made for each of
// thousands of small files.
type inflater struct {
	buf   *bufio.Reader
	flate io.ReadCloser
}

var inflaters = sync.Pool{New: func() any {
	buf := bufio.NewReaderSize(nil, ioSize/2)
	return &inflater{buf: buf, flate: flate.NewReader(buf)}
}}

// unzip reads one member: it unpacks and counts, and verifies size and checksum
// at the end. archive/zip does so too, but tells nobody how many packed bytes
// it took, and knows nothing of encrypted ones.
type unzip struct {
	m    *member
	in   *counted
	work *inflater // nil once it was freed
	body io.Reader
	out  int64
	crc  uint32
	err  error
}

func (u *unzip) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := u.body.Read(p)
	u.out += int64(n)
	u.crc = crc32.Update(u.crc, crc32.IEEETable, p[:n])
	if over := u.within(n); over != nil {
		err = over
	} else if err == io.EOF { //nolint:errorlint // the contract of io.Reader
		err = u.verify()
	} else if err != nil {
		err = u.classify(err)
	}
	u.err = err
	return n, err
}

// freeBytes is how much a member may unpack to before its ratio counts.
const freeBytes = 1 << 20

func (u *unzip) within(n int) error {
	limits := &u.m.home.top.limits
	taken := u.in.n - int64(u.work.buf.Buffered())
	if u.out > freeBytes && u.out/int64(limits.MaxRatio) > taken {
		return beyond("MaxRatio", finding.AtByte(u.out), "it unpacks to more than %d times its size", limits.MaxRatio)
	}
	return u.m.home.top.spend(n, finding.AtByte(u.out))
}

// verify returns io.EOF where the member is whole.
func (u *unzip) verify() error {
	m := u.m
	if m.cipher != nil {
		// The end of the encrypted bytes is where their signature is checked.
		if _, err := io.Copy(io.Discard, u.work.buf); err != nil {
			return u.classify(err)
		}
	}
	switch {
	case uint64(u.out) != m.size:
		return u.damaged(fmt.Sprintf("it holds %d bytes and promises %d", u.out, m.size), zip.ErrFormat)
	case m.cipher != nil && m.cipher.noChecksum:
	case u.crc != m.crc && m.crc != 0: // some programs write none; so archive/zip
		return u.damaged("its checksum is wrong", zip.ErrChecksum)
	}
	return io.EOF
}

// classify tells damage from a disk that fails.
func (u *unzip) classify(err error) error {
	bad := flate.CorruptInputError(0)
	switch {
	case errors.As(err, &bad):
		return u.damaged("", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return u.damaged("it ends too early", err)
	case isForged(err):
		return u.damaged("its signature is wrong", err)
	}
	return err
}

func (u *unzip) damaged(detail string, cause error) error {
	if c := u.m.cipher; c != nil && c.strength == 0 {
		// One byte tells a wrong password from the right one.
		if detail != "" {
			detail += ", "
		}
		detail += "or the password is wrong"
	}
	return damaged(finding.AtByte(u.out), detail, cause)
}

// free gives back what unpacking took. Later reads fail.
func (u *unzip) free() {
	if u.work == nil {
		return
	}
	u.work.buf.Reset(nil)
	inflaters.Put(u.work)
	u.work, u.body, u.err = nil, nil, errClosed
}

// counted counts the bytes that are read through it.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
