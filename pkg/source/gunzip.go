package source

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"sync"

	"github.com/bandport/bandport/pkg/finding"
)

// gzipMagic is what every member of a gzip file begins with (RFC 1952, 2.3.1).
const gzipMagic = "\x1f\x8b"

// gunzip unpacks the members of a gzip file one by one. The standard library
// would do so by itself, but takes the padding after the last one for a damage.
type gunzip struct {
	src    *bufio.Reader
	member *gzip.Reader
	begun  bool    // the first member is behind, or was
	inside bool    // within a member, or at the end of it
	out    int64   // bytes unpacked so far
	top    *budget // of the archive that it is in, or nil
}

// gunzips keeps what unpacking needs; a folder of small files would make it
// for each of them twice.
var gunzips = sync.Pool{New: func() any {
	return &gunzip{src: bufio.NewReaderSize(nil, ioSize), member: new(gzip.Reader)}
}}

func newGunzip(r io.Reader) *gunzip {
	g := gunzips.Get().(*gunzip) //nolint:errcheck,forcetypeassert // the pool holds nothing else
	g.src.Reset(r)
	*g = gunzip{src: g.src, member: g.member}
	return g
}

// free gives back what unpacking took; g must not be used any more.
func (g *gunzip) free() {
	g.src.Reset(nil)
	g.top = nil
	gunzips.Put(g)
}

func (g *gunzip) Read(p []byte) (int, error) {
	for {
		if !g.inside {
			if err := g.next(); err != nil {
				return 0, g.classify(err)
			}
		}
		n, err := g.member.Read(p)
		g.out += int64(n)
		if g.top != nil {
			if over := g.top.spend(n, finding.AtByte(g.out)); over != nil {
				return n, over
			}
		}
		if err == io.EOF { //nolint:errorlint // the contract of io.Reader
			g.inside, err = false, nil
		}
		if n > 0 || err != nil {
			return n, g.classify(err)
		}
	}
}

// next begins the member that follows, or returns io.EOF where there is none.
func (g *gunzip) next() error {
	if g.begun {
		magic, err := g.src.Peek(len(gzipMagic))
		if err != nil && err != io.EOF {
			return err
		}
		if string(magic) != gzipMagic {
			return io.EOF // the end, or padding
		}
	}
	g.begun = true
	if err := g.member.Reset(g.src); err != nil {
		return err
	}
	g.member.Multistream(false)
	g.inside = true
	return nil
}

// classify gives the code to an error: the file ends early, or is damaged. What
// the disk or the context said passes as it is.
func (g *gunzip) classify(err error) error {
	if err == nil || err == io.EOF || isContext(err) { //nolint:errorlint // a wrapped io.EOF is no end
		return err
	}
	if f := (*finding.Failure)(nil); errors.As(err, &f) {
		return err
	}
	code := finding.BadGzip
	if errors.Is(err, io.ErrUnexpectedEOF) {
		code = finding.GzipTruncated
	}
	return finding.Fail(code, finding.AtByte(g.out), "", err)
}
