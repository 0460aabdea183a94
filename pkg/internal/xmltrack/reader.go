package xmltrack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
)

// MaxText bounds the bytes kept of a name, a note or a word of the file.
const MaxText = 4096

const (
	// watch is after how many trackpoints the context is looked at.
	watch = 4096
)

// Codes are the findings of one format that a [Reader] makes.
type Codes struct {
	Number, NumberEmpty, NumberComma                                 finding.Code
	TimeInvalid, TimeZone, TimeBackward, TimeDouble, TimeImplausible finding.Code
	PositionZero, PositionRange, AltitudeRange, HeartRateZero        finding.Code
}

// Reader reads one document, and one activity of it at a time. Its methods make
// findings about the activity that is being read.
type Reader struct {
	Scan  *xmlscan.Scanner
	File  finding.List   // about the file as a whole
	Found finding.List   // about the activity being read
	Local *time.Location // of the activity being read, where its times tell; else nil

	ctx   context.Context //nolint:containedctx // lives for one call of Decode
	zone  *time.Location
	codes *Codes

	points int // trackpoints so far, to look at the context now and then
	last   int64
	timed  bool // last is the time of the trackpoint before
}

// New returns a reader of the document that r delivers. Times without a zone
// are taken to be in zone, or in UTC where that is nil.
func New(ctx context.Context, r io.Reader, l xmlscan.Limits, zone *time.Location, codes *Codes) Reader {
	return Reader{Scan: xmlscan.New(r, l), ctx: ctx, zone: zone, codes: codes}
}

// Kept reads all of r for those who keep the source, and returns a reader of it
// that ends as r did.
func Kept(r io.Reader) (data []byte, again io.Reader) {
	data, err := io.ReadAll(r)
	if err == nil {
		return data, bytes.NewReader(data)
	}
	return data, io.MultiReader(bytes.NewReader(data), broken{err})
}

// broken is what is left of a reader that failed.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// Extent returns where the element stands that began at an offset and has just
// ended.
func (r *Reader) Extent(from int64) activity.Extent {
	return activity.Extent{Offset: int(from), Length: int(r.Scan.Behind() - from)}
}

// BeginActivity forgets what was found about the activity before.
func (r *Reader) BeginActivity() {
	r.Found, r.Local, r.timed = finding.List{}, nil, false
}

// BeginPoint counts a trackpoint. Its error says that the context is done.
func (r *Reader) BeginPoint() error {
	if r.points++; r.points%watch == 0 {
		if err := r.ctx.Err(); err != nil {
			return cancelled{err}
		}
	}
	return nil
}

// cancelled ends the reading when the context is done.
type cancelled struct{ cause error }

func (e cancelled) Error() string { return e.cause.Error() }

// TooMany ends the reading at a limit.
func (r *Reader) TooMany(what string, limit int) error {
	return &xmlscan.Error{
		Kind: xmlscan.Limit, Offset: r.Scan.Offset(), Line: r.Scan.Line(), Msg: fmt.Sprintf("more than %d %s", limit, what),
	}
}

// Place returns where the scanner is.
func (r *Reader) Place() finding.Place { return finding.At(r.Scan.Line(), r.Scan.Offset()) }

// Note records a finding about the activity being read. The detail is built
// only for the first of its kind.
func (r *Reader) Note(code finding.Code, detail func() string) {
	if r.Found.Seen(code) {
		return
	}
	text := ""
	if detail != nil {
		text = detail()
	}
	r.Found.Add(code, r.Place(), text)
}

// Children calls visit for each child element of the current one, until its
// end. visit must consume the child up to its end, by reading or skipping it.
func (r *Reader) Children(visit func(name []byte) error) error {
	for {
		kind, err := r.Scan.Tag()
		if err != nil {
			return err
		}
		switch kind {
		case xmlscan.Start:
			if err := visit(r.Scan.Name()); err != nil {
				return err
			}
		case xmlscan.End, xmlscan.EOF:
			return nil
		}
	}
}

// Into reads the content of the current element as a text.
func (r *Reader) Into(s *string) error {
	v, err := r.Scan.Leaf()
	if err == nil {
		*s = Text(v)
	}
	return err
}

// Text keeps a text of the file, up to a few kilobytes of it.
func Text(b []byte) string { return string(b[:min(len(b), MaxText)]) }

// Quoted shows untrusted text of the file in a message.
func Quoted(b []byte) string {
	const most = 40
	if len(b) > most {
		return strconv.Quote(string(b[:most])) + "…"
	}
	return strconv.Quote(string(b))
}

// Conclude judges the error that ended the reading, nil at the end of the
// document, and completes the findings about the file. anything says whether
// what was read holds anything.
//
// With keep, what was read is the result, beside the error if there is one:
// that of the context or of the reader. Without keep there is always an error:
// nothing came before the damage, and it is a [finding.Failure].
func (r *Reader) Conclude(err error, anything bool) (keep bool, _ error) {
	r.scannerNotes()
	if err == nil {
		return true, nil
	}
	var done cancelled
	if errors.As(err, &done) {
		return true, done.cause
	}
	var damage *xmlscan.Error
	if !errors.As(err, &damage) {
		return false, err
	}
	if damage.Kind == xmlscan.Read {
		return true, damage.Err
	}
	place, code := finding.At(damage.Line, damage.Offset), damageCode(damage.Kind)
	if !anything {
		return false, finding.Fail(code, place, damage.Msg, damage.Err)
	}
	r.File.Add(code, place, damage.Msg+"; what comes before is kept")
	return true, nil
}

func damageCode(kind xmlscan.ErrorKind) finding.Code {
	switch kind {
	case xmlscan.Truncated:
		return finding.XMLTruncated
	case xmlscan.Doctype:
		return finding.XMLDoctype
	case xmlscan.Limit:
		return finding.XMLLimit
	case xmlscan.Encoding:
		return finding.XMLEncodingUnknown
	default:
		return finding.XMLMalformed
	}
}

// scannerNotes turns what the scanner tolerated into findings.
func (r *Reader) scannerNotes() {
	n := r.Scan.Notes()
	if n.Encoding != "" {
		r.File.Add(finding.XMLEncoding, finding.Place{}, n.Encoding)
	}
	if n.LeadingSpace {
		r.File.Add(finding.XMLLeading, finding.AtByte(0), "")
	}
	r.File.AddN(finding.XMLInvalidText, finding.At(n.InvalidTextLine, n.InvalidTextOffset), "", n.InvalidText)
	r.File.AddN(finding.XMLPrefix, finding.At(n.UndeclaredPrefixLine, n.UndeclaredPrefixOffset), "", n.UndeclaredPrefix)
}
