package xmlscan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/internal/fuzztest"
)

// theirTokens reads a document with encoding/xml, in the notation of tokens, and
// applies the rules that RawToken leaves to its caller: tags match, there is
// one root element, and no text beside it.
func theirTokens(doc []byte) (out []string, err error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	name := func(n xml.Name) string { return full([]byte(n.Space), []byte(n.Local)) }
	var stack []string
	rooted := false
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if len(stack) > 0 || !rooted {
				return out, errors.New("reference: incomplete")
			}
			return out, nil
		}
		if err != nil {
			return out, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if rooted && len(stack) == 0 {
				return out, errors.New("reference: a second root")
			}
			rooted = true
			stack = append(stack, name(token.Name))
			out = append(out, "<"+name(token.Name))
			for _, a := range token.Attr {
				out = append(out, name(a.Name)+"="+a.Value)
			}
		case xml.EndElement:
			if len(stack) == 0 || stack[len(stack)-1] != name(token.Name) {
				return out, errors.New("reference: tags do not match")
			}
			stack = stack[:len(stack)-1]
			out = append(out, "</"+name(token.Name))
		case xml.CharData:
			switch {
			case len(stack) == 0 && len(trim(token)) > 0:
				return out, errors.New("reference: text outside")
			case len(stack) == 0 || len(token) == 0:
			case out[len(out)-1][0] == '\'':
				out[len(out)-1] += string(token)
			default:
				out = append(out, "'"+string(token))
			}
		case xml.Directive:
			return out, errDirective
		}
	}
}

var errDirective = errors.New("reference: a directive")

var (
	surrogate  = regexp.MustCompile(`&#(0*5(529[6-9]|5[3-9]\d\d)|0*5[67]\d\d\d|x0*[dD][89a-fA-F][0-9a-fA-F]{2});`)
	usualNames = regexp.MustCompile(`^(</?[A-Za-z_:][A-Za-z0-9_:.-]*|[A-Za-z_:][A-Za-z0-9_:.-]*=(?s:.*)|'(?s:.*))$`)
)

// stricter tells whether we rightly refuse what encoding/xml accepts.
func stricter(doc []byte, e *Error) bool {
	switch {
	case e.Kind == Encoding: // the reference takes any name for UTF-8
		return true
	case e.Msg == "an attribute is given twice": // the standard's "unique Att Spec"
		return true
	case e.Msg == "no blank between attributes": // the standard's grammar of tags
		return true
	case e.Msg == "text outside the root element": // a CDATA section with nothing but blanks
		return true
	case strings.HasPrefix(e.Msg, "'&'"): // encoding/xml makes U+FFFD of references to surrogates
		return surrogate.Match(doc[e.Offset:min(int(e.Offset)+30, len(doc))]) || bytes.HasPrefix(doc[e.Offset:], []byte("&#0000000"))
	}
	return false
}

// laxer tells whether we knowingly accept what encoding/xml refuses.
func laxer(doc []byte, ours []string, err error) bool {
	msg := err.Error()
	switch {
	case bytes.HasPrefix(doc, []byte("\uFEFF")): // it takes the byte order mark for text
		return true
	case strings.Contains(msg, `invalid sequence "--" not allowed in comments`): // files from the wild have it
		return true
	case strings.Contains(msg, "xml: unsupported version"): // the version changes nothing that we look at
		return true
	case strings.Contains(msg, "XML name"), strings.Contains(msg, "expected"),
		strings.Contains(msg, "attribute name without ="):
		// It examines which characters are letters; we allow most in names,
		// among them those of processing instructions.
		return bytes.Contains(doc, []byte("<?")) ||
			slices.ContainsFunc(ours, func(t string) bool { return !usualNames.MatchString(t) })
	}
	return false
}

// common tells whether a document is in the language that both readers mean to
// read: UTF-8 without a document type and without forbidden characters.
func common(doc []byte) bool {
	if !utf8.Valid(doc) || bytes.Contains(bytes.ToUpper(doc), []byte("<!DOCTYPE")) {
		return false
	}
	for _, r := range string(doc) {
		if !allowed(r) {
			return false
		}
	}
	return true
}

// withoutEmpty leaves out texts of empty CDATA sections.
func withoutEmpty(tokens []string) []string {
	return slices.DeleteFunc(slices.Clone(tokens), func(t string) bool { return t == "'" })
}

func seed(f *testing.F) {
	f.Helper()
	for _, doc := range []string{
		everything, strings.ToValidUTF8(strings.ReplaceAll(everything, "\x01", ""), ""), string(workout(1)),
		`<a/>`, `<a b="1" c='2'>x</a>`, `<a:b xmlns:a="u"><a:c/></a:b>`, "<a>1\r2\r\n3</a>", `<a>&#65;&lt;]]&gt;</a>`,
		`<a><![CDATA[]]]]><![CDATA[>]]></a>`, `<a b=">"/>`, `<a>]]></a>`, `<a b='1'b='2'/>`, `<a b='1' b='2'/>`,
		`<!-- -- --><a/>`, `<a/><![CDATA[ ]]>`, `<a>&#xD800;</a>`, `<a:b:c/>`, `<:a/>`, `<a:/>`, `<a/><a/>`, "\uFEFF<a/>",
		`<?xml version="1.1" encoding="x"?><a/>`, `<?xml encoding='UTF-16'?><a/>`, "<a b!=''/>", "<?xml " + strings.Repeat(" ", 1000) + "?><a/>", "<é/>", "<½/>", "<a½='1'/>", "<?½?><a/>",
		`<a`, `<a b`, `<a>1<`, `<a></`, `<a><!--`, `<a><![CDATA[`, `<?`, `<!`, "<a></a", "<a>&amp", "<!---><!----><a/>",
		"\xFF\xFE<\x00a\x00/\x00>\x00", "\x00<\x00a\x00/\x00>", "<?xml version='1.0' encoding='latin1'?><a>\xE9</a>",
	} {
		f.Add([]byte(doc))
	}
}

// Where encoding/xml accepts a document of the common language, the tokens
// agree; where it refuses one, so do we. The differences are those that
// stricter and laxer list.
func FuzzAgainstEncodingXML(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		defer fuzztest.Decoding.Hold(t)()
		if !common(doc) {
			return
		}
		s := New(bytes.NewReader(doc), Limits{Depth: 1 << 20, Token: 1 << 30, Attributes: 1 << 20})
		ours, ourErr := tokens(s)
		ours = withoutEmpty(ours)
		theirs, theirErr := theirTokens(doc)
		if s.Notes().Encoding != "" || errors.Is(theirErr, errDirective) {
			return
		}
		var e *Error
		errors.As(ourErr, &e)
		switch {
		case ourErr == nil && theirErr == nil:
			if d := cmp.Diff(theirs, ours); d != "" {
				t.Errorf("-encoding/xml +ours\n%s", d)
			}
		case ourErr == nil:
			if !laxer(doc, ours, theirErr) {
				t.Errorf("only encoding/xml refuses: %v", theirErr)
			}
		case theirErr == nil:
			if !stricter(doc, e) {
				t.Errorf("only we refuse: %v", ourErr)
			}
		}
	})
}

// event is one token, not joined with its neighbours.
type event struct {
	kind   Kind
	name   string // of a Start, with attributes
	text   string
	depth  int
	offset int64
	line   int
	space  string
}

func events(s *Scanner, next func() (Kind, error)) (out []event, err error) {
	for {
		k, err := next()
		if k == EOF {
			return out, err
		}
		e := event{k, full(s.Prefix(), s.Name()), string(s.Text()), s.Depth(), s.Offset(), s.Line(), string(s.Namespace())}
		for i := range s.NumAttr() {
			p, n, v := s.AttrAt(i)
			e.name += fmt.Sprintf(" %s=%q", full(p, n), v)
		}
		out = append(out, e)
	}
}

// sameError compares two results of Next.
func sameError(a, b error) bool {
	var x, y *Error
	if errors.As(a, &x) && errors.As(b, &y) {
		return *x == *y
	}
	return errors.Is(a, b)
}

// What holds for any input: the pieces in which it comes do not matter; a cut
// leaves a beginning of the tokens; Tag, Leaf and Skip are what their description
// says in terms of tokens.
func FuzzLaws(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		defer fuzztest.Decoding.Hold(t)()
		if len(doc) > 2000 {
			return
		}
		l := Limits{Depth: 10, Token: 1000, Attributes: 10}
		s := New(bytes.NewReader(doc), l)
		want, wantErr := events(s, s.Next)
		notes := s.Notes()
		exported := cmp.AllowUnexported(event{})

		for _, r := range []io.Reader{
			iotest.OneByteReader(bytes.NewReader(doc)),
			iotest.DataErrReader(bytes.NewReader(doc)),
			iotest.HalfReader(bytes.NewReader(doc)),
		} {
			s.Reset(r)
			got, err := events(s, s.Next)
			if !slices.Equal(want, got) || !sameError(wantErr, err) || notes != s.Notes() {
				t.Fatalf("%T: %v, want %v\n%s%s", r, err, wantErr, cmp.Diff(want, got, exported), cmp.Diff(notes, s.Notes()))
			}
		}

		if wantErr == nil {
			for n := 0; n < len(doc); n += 1 + len(doc)/200 {
				s.Reset(bytes.NewReader(doc[:n]))
				got, err := events(s, s.Next)
				if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
					t.Fatalf("cut at %d:\n%s", n, cmp.Diff(want, got, exported))
				}
				var e *Error
				if errors.As(err, &e) && e.Kind != Truncated && e.Kind != Malformed || err == nil && len(got) < len(want) {
					t.Fatalf("cut at %d: %v", n, err)
				}
			}
		}

		tags := slices.DeleteFunc(slices.Clone(want), func(e event) bool { return e.kind == Text })
		for _, r := range []io.Reader{bytes.NewReader(doc), iotest.OneByteReader(bytes.NewReader(doc))} {
			s.Reset(r)
			got, err := events(s, s.Tag)
			if !slices.Equal(tags, got) || !sameError(wantErr, err) || notes != s.Notes() {
				t.Fatalf("Tag, %T: %v, want %v\n%s%s", r, err, wantErr, cmp.Diff(tags, got, exported), cmp.Diff(notes, s.Notes()))
			}
		}

		starts := 0
		for i, e := range want {
			if e.kind != Start || starts == 12 {
				continue
			}
			starts++
			text, end := "", -1
			for j, inner := range want[i+1:] {
				if inner.kind == Text && inner.depth == e.depth {
					text += inner.text
				}
				if inner.kind == End && inner.depth < e.depth {
					end = i + 1 + j
					break
				}
			}
			for _, leaf := range []bool{true, false} {
				s.Reset(bytes.NewReader(doc))
				for range i + 1 {
					if _, err := s.Next(); err != nil {
						t.Fatal(err)
					}
				}
				var err error
				if leaf {
					var got []byte
					got, err = s.Leaf()
					if end < 0 || len(text) > l.Token {
						var e *Error
						if !errors.As(err, &e) || len(text) <= l.Token && e.Error() != wantErr.Error() {
							t.Fatalf("Leaf of token %d: %v, want %v", i, err, wantErr)
						}
						continue
					}
					if want := string(trim([]byte(text))); err != nil || string(got) != want {
						t.Fatalf("Leaf of token %d: %q, %v, want %q", i, got, err, want)
					}
				} else if err = s.Skip(); end < 0 {
					if err == nil || err.Error() != wantErr.Error() {
						t.Fatalf("Skip of token %d: %v, want %v", i, err, wantErr)
					}
					continue
				}
				if err != nil || s.Offset() != e.offset || s.Line() != e.line {
					t.Fatalf("token %d: %v, byte %d, line %d", i, err, s.Offset(), s.Line())
				}
				rest, err := events(s, s.Next)
				if !slices.Equal(want[end+1:], rest) || !sameError(wantErr, err) {
					t.Fatalf("after token %d: %v, want %v\n%s", i, err, wantErr, cmp.Diff(want[end+1:], rest, exported))
				}
			}
		}
	})
}
