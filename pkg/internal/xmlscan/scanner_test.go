package xmlscan

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// tokens reads a document to its end and returns its tokens in short: "<p:a",
// one "p:k=value" for each attribute, "</p:a", and texts as they are with a
// leading apostrophe. Neighbouring texts are joined.
func tokens(s *Scanner) (out []string, err error) {
	text := false
	for {
		k, err := s.Next()
		switch k {
		case EOF:
			return out, err
		case Text:
			if !text {
				out = append(out, "'")
			}
			out[len(out)-1] += string(s.Text())
		case Start:
			out = append(out, "<"+full(s.Prefix(), s.Name()))
			for i := range s.NumAttr() {
				p, n, v := s.AttrAt(i)
				out = append(out, full(p, n)+"="+string(v))
			}
		case End:
			out = append(out, "</"+full(s.Prefix(), s.Name()))
		}
		text = k == Text
	}
}

func full(prefix, name []byte) string {
	if len(prefix) > 0 {
		return string(prefix) + ":" + string(name)
	}
	return string(name)
}

// scan reads a string to its end.
func scan(doc string) ([]string, error) { return tokens(New(strings.NewReader(doc), Limits{})) }

func TestTokens(t *testing.T) {
	for _, c := range []struct{ what, doc, want string }{
		{"one element", `<a></a>`, `<a|</a`},
		{"an empty element is two tokens", `<a/>`, `<a|</a`},
		{"blanks within tags", "<a \n></a\t>", `<a|</a`},
		{"blank before the slash", `<a />`, `<a|</a`},
		{"text", `<a>1 &lt; 2</a>`, `<a|'1 < 2|</a`},
		{"all blanks are text", "<a> <b/>\n</a>", "<a|' |<b|</b|'\n|</a"},
		{"declaration", `<?xml version="1.0" encoding="UTF-8"?><a/>`, `<a|</a`},
		{"declaration with single quotes", `<?xml version='1.0' encoding='utf-8' standalone='yes'?>` + "\n<a/>", `<a|</a`},
		{"any version", `<?xml version="1.1"?><a/>`, `<a|</a`},
		{"blanks before the declaration", "\n  <?xml version='1.0'?><a/>", `<a|</a`},
		{"misc before and after the root", "<!-- x --><?p?> <a/> <!----><?q r?>\n", `<a|</a`},
		{"prefixes", `<p:a xmlns:p="u"><p:b/></p:a>`, `<p:a|xmlns:p=u|<p:b|</p:b|</p:a`},
		{"a colon at the edge is no prefix", `<a><:b/><c:/></a>`, `<a|<:b|</:b|<c:|</c:|</a`},
		{"attributes", `<a b="1" c='2' p:d = "3"/>`, `<a|b=1|c=2|p:d=3|</a`},
		{"the other quote within quotes", `<a b="it's" c='"'/>`, `<a|b=it's|c="|</a`},
		{"'>' and ']]>' within quotes", `<a b="x>y]]>" c='/>'></a>`, `<a|b=x>y]]>|c=/>|</a`},
		{"references in attributes", `<a b="&quot;&#65;&amp;&#x42;"/>`, `<a|b="A&B|</a`},
		{"line ends in attributes", "<a b='1\r\n2\r3\n4\t5'/>", "<a|b=1\n2\n3\n4\t5|</a"},
		{"the five entities", `<a>&lt;&gt;&amp;&apos;&quot;</a>`, `<a|'<>&'"|</a`},
		{"numeric references", `<a>&#65;&#x41;&#xe9;&#xE9;&#x1F600;&#0000000000000000000065;&#9;</a>`, "<a|'AAéé😀A\t|</a"},
		{"a reference is not resolved twice", `<a>&amp;lt;</a>`, `<a|'&lt;|</a`},
		{"line ends", "<a>1\r\n2\r3\n4\r\r\n</a>", "<a|'1\n2\n3\n4\n\n|</a"},
		{"CDATA", `<a><![CDATA[<b>&amp;]] ]>]]></a>`, `<a|'<b>&amp;]] ]>|</a`},
		{"CDATA joins with text", `<a>1<![CDATA[2]]>3<![CDATA[]]></a>`, `<a|'123|</a`},
		{"brackets in text", `<a>]] ]>]]&gt;]</a>`, `<a|']] ]>]]>]|</a`},
		{"comments and instructions divide text", `<a>1<!-- > -->2<?p >?>3</a>`, `<a|'123|</a`},
		{"-- in a comment", `<a><!-- -- - ---></a>`, `<a|</a`},
		{"a comment that only seems to end", `<a><!--->--></a>`, `<a|</a`},
		{"tags in comments", `<a><!--<b>--></a>`, `<a|</a`},
		{"a declaration in the middle is an instruction", `<a><?xml version="1.0" encoding="no-such"?></a>`, `<a|</a`},
		{"unusual names", `<größe é="1"><_x.y-z1/><a;b!/></größe>`, `<größe|é=1|<_x.y-z1|</_x.y-z1|<a;b!|</a;b!|</größe`},
		{"text beyond ASCII", "<a b='Höhe'>Größe ½ 😀</a>", `<a|b=Höhe|'Größe ½ 😀|</a`},
		{"U+FFFD itself is text", "<a>\uFFFD</a>", "<a|'\uFFFD|</a"},
		{"a byte order mark", "\uFEFF<?xml version='1.0'?><a/>", `<a|</a`},
	} {
		got, err := scan(c.doc)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if d := cmp.Diff(c.want, strings.Join(got, "|")); d != "" {
			t.Errorf("%s: -want +got\n%s", c.what, d)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		doc    string
		tokens string // those delivered before
		kind   ErrorKind
		offset int64
		line   int
		msg    string
	}{
		// The input ends.
		{"", "", Truncated, 0, 1, "no element"},
		{" \n\n ", "", Truncated, 4, 3, "no element"},
		{"<!-- -->\n", "", Truncated, 9, 2, "no element"},
		{"<?xml version='1.0'?>", "", Truncated, 21, 1, "no element"},
		{"<?xml version='1.0'", "", Truncated, 19, 1, "the document ends in a processing instruction"},
		{"<", "", Truncated, 1, 1, "the document ends in a tag"},
		{"<a", "", Truncated, 2, 1, "the document ends in a tag"},
		{"<a\nb", "", Truncated, 4, 2, "the document ends in a tag"},
		{"<a b=", "", Truncated, 5, 1, "the document ends in a tag"},
		{"<a b='1", "", Truncated, 7, 1, "the document ends in a tag"},
		{"<a b='é", "", Truncated, 8, 1, "the document ends in a tag"},
		{"<a b='1'", "", Truncated, 8, 1, "the document ends in a tag"},
		{"<a/", "", Truncated, 3, 1, "the document ends in a tag"},
		{"<a>", "<a", Truncated, 3, 1, "the document ends in the text of an element"},
		{"<a>\n12", "<a", Truncated, 6, 2, "the document ends in the text of an element"},
		{"<a>\n12&am", "<a", Truncated, 9, 2, "the document ends in the text of an element"},
		{"<a>12<", "<a|'12", Truncated, 6, 1, "the document ends in a tag"},
		{"<a>12</", "<a|'12", Truncated, 7, 1, "the document ends in an end tag"},
		{"<a>12</a", "<a|'12", Truncated, 8, 1, "the document ends in an end tag"},
		{"<a>12</a ", "<a|'12", Truncated, 9, 1, "the document ends in an end tag"},
		{"<a><b/>\n", "<a|<b|</b", Truncated, 8, 2, "the document ends in the text of an element"},
		{"<a><!-- \n", "<a", Truncated, 9, 2, "the document ends in a comment"},
		{"<a><!", "<a", Truncated, 5, 1, `the document ends after "<!"`},
		{"<a><!-", "<a", Truncated, 6, 1, `the document ends after "<!"`},
		{"<a><![CDA", "<a", Truncated, 9, 1, `the document ends after "<!"`},
		{"<!DOC", "", Truncated, 5, 1, `the document ends after "<!"`},
		{"<a><![CDATA[x]]", "<a", Truncated, 15, 1, "the document ends in a CDATA section"},
		{"<a/><?", "<a|</a", Truncated, 6, 1, "the document ends in a processing instruction"},
		{"<a/><?p ?", "<a|</a", Truncated, 9, 1, "the document ends in a processing instruction"},

		// Tags.
		{"<a>\n</b>", "<a|'\n", Malformed, 4, 2, `the end tag of "b" where that of "a" was due`},
		{"<p:a></a>", "<p:a", Malformed, 5, 1, `the end tag of "a" where that of "p:a" was due`},
		{"<a></A>", "<a", Malformed, 3, 1, `the end tag of "A" where that of "a" was due`},
		{"<a></ab>", "<a", Malformed, 3, 1, `the end tag of "ab" where that of "a" was due`},
		{"<a></>", "<a", Malformed, 3, 1, `the end tag of "" where that of "a" was due`},
		{"<a></ a>", "<a", Malformed, 3, 1, `the end tag of "" where that of "a" was due`},
		{"<a></a b='1'>", "<a", Malformed, 7, 1, "an end tag holds more than a name"},
		{"</a>", "", Malformed, 0, 1, "an end tag without a start tag"},
		{"< a>", "", Malformed, 0, 1, "'<' begins no tag"},
		{"<a><1/></a>", "<a", Malformed, 3, 1, "'<' begins no tag"},
		{"<a>1 < 2</a>", "<a|'1 ", Malformed, 5, 1, "'<' begins no tag"},
		{"<a <b/>", "", Malformed, 3, 1, "a tag holds what is no attribute"},
		{"<a\x00/>", "", Malformed, 2, 1, "a tag holds what is no attribute"},
		{"<a / >", "", Malformed, 3, 1, "'/' in a tag"},
		{"<a:b:c/>", "", Malformed, 1, 1, "a name with two colons"},

		// Attributes.
		{"<a b>", "", Malformed, 4, 1, "an attribute without a value"},
		{"<a b=1>", "", Malformed, 5, 1, "an attribute without quotes"},
		{"<a b='1'c='2'>", "", Malformed, 8, 1, "no blank between attributes"},
		{"<a\n b='1' b='2'>", "", Malformed, 10, 2, "an attribute is given twice"},
		{"<a b='x<y'>", "", Malformed, 7, 1, "'<' in an attribute"},
		{"<a b='é<y'>", "", Malformed, 8, 1, "'<' in an attribute"},
		{"<a b='x&y'>", "", Malformed, 7, 1, "'&' begins no reference to a character"},
		{"<a b='1>\n</a>", "", Malformed, 9, 2, "'<' in an attribute"},
		{"<a b:c:d='1'/>", "", Malformed, 3, 1, "a name with two colons"},

		// References.
		{"<a>x & y</a>", "<a", Malformed, 5, 1, "'&' begins no reference to a character"},
		{"<a>&nbsp;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&LT;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&lt</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#x;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#X41;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#6a;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#0;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#xD800;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#xFFFE;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#x110000;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>&#99999999999999999999999;</a>", "<a", Malformed, 3, 1, "'&' begins no reference to a character"},
		{"<a>\n]]></a>", "<a", Malformed, 4, 2, `"]]>" in a text`},

		// Beside the root.
		{"x<a/>", "", Malformed, 0, 1, "text before the root element"},
		{"<a/>\n x", "<a|</a", Malformed, 6, 2, "text after the root element"},
		{"<a/>\x00\x00", "<a|</a", Malformed, 4, 1, "text after the root element"},
		{"<a/>\n<b/>", "<a|</a", Malformed, 5, 2, "a second root element"},
		{"<a/></a>", "<a|</a", Malformed, 4, 1, "an end tag without a start tag"},
		{"<a/><![CDATA[x]]>", "<a|</a", Malformed, 4, 1, "text outside the root element"},

		// "<!" and "<?".
		{"\n<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "", Doctype, 1, 2, "a document type declaration is not accepted"},
		{"<!doctype html>", "", Doctype, 0, 1, "a document type declaration is not accepted"},
		{"<!ENTITY b 'c'><a/>", "", Malformed, 0, 1, `"<!" begins neither a comment nor a CDATA section`},
		{"<a><!- x --></a>", "<a", Malformed, 3, 1, `"<!" begins neither a comment nor a CDATA section`},
		{"<a><![cdata[]]></a>", "<a", Malformed, 3, 1, `"<!" begins neither a comment nor a CDATA section`},
		{"<a><? p?></a>", "<a", Malformed, 3, 1, "a processing instruction without a name"},

		// Encodings.
		{"\n<?xml version='1.0' encoding='Shift_JIS'?><a/>", "", Encoding, 1, 2, `the encoding "Shift_JIS" is not supported`},
		{"\xFF\xFE\x00\x00<\x00\x00\x00", "", Encoding, 0, 1, "the encoding UTF-32 is not supported"},
	} {
		s := New(strings.NewReader(c.doc), Limits{})
		got, err := tokens(s)
		if g := strings.Join(got, "|"); g != c.tokens {
			t.Errorf("%q: tokens %q, want %q", c.doc, g, c.tokens)
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: error %v, want %s", c.doc, err, c.msg)
			continue
		}
		if d := cmp.Diff(Error{c.kind, c.offset, c.line, c.msg, nil}, *e); d != "" {
			t.Errorf("%q: -want +got\n%s", c.doc, d)
		}
		if k, again := s.Next(); k != EOF || !errors.Is(again, err) {
			t.Errorf("%q: Next after the error: %v, %v", c.doc, k, again)
		}
		if _, again := s.Leaf(); !errors.Is(again, err) {
			t.Errorf("%q: Leaf after the error: %v", c.doc, again)
		}
		if again := s.Skip(); !errors.Is(again, err) {
			t.Errorf("%q: Skip after the error: %v", c.doc, again)
		}
	}
}

func TestErrorText(t *testing.T) {
	_, err := scan("<a>\n<" + strings.Repeat("b", 60) + "></c\u202e></a>")
	want := `xml: the end tag of "c\u202e" where that of "` + strings.Repeat("b", 40) + `…" was due (line 2, byte 66)`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	for k, want := range map[ErrorKind]string{Truncated: "truncated", Malformed: "malformed", Doctype: "doctype",
		Limit: "limit", Read: "read", Encoding: "encoding", 0: "errorkind(0)"} {
		if k.String() != want {
			t.Errorf("ErrorKind %d is %q, want %q", k, k, want)
		}
	}
	for k, want := range map[Kind]string{EOF: "eof", Start: "start", End: "end", Text: "text"} {
		if k.String() != want {
			t.Errorf("Kind %d is %q, want %q", k, k, want)
		}
	}
}

// The reader's error comes after all that could be read before it.
func TestReaderFails(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct{ doc, tokens string }{
		{"", ""},
		{"<a>\n<b>1</b>2", "<a|'\n|<b|'1|</b"},
		{"<a/>\n ", "<a|</a"},
		{"<a><!-- ", "<a"},
	} {
		got, err := tokens(New(io.MultiReader(strings.NewReader(c.doc), iotest.ErrReader(broken)), Limits{}))
		if g := strings.Join(got, "|"); g != c.tokens {
			t.Errorf("%q: tokens %q, want %q", c.doc, g, c.tokens)
		}
		var e *Error
		if !errors.As(err, &e) || e.Kind != Read || !errors.Is(err, broken) || e.Offset != int64(len(c.doc)) ||
			e.Line != 1+strings.Count(c.doc, "\n") {
			t.Errorf("%q: %+v", c.doc, err)
		}
	}
	_, err := tokens(New(lazy{}, Limits{}))
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that reads nothing: %v", err)
	}
}

type lazy struct{}

func (lazy) Read([]byte) (int, error) { return 0, nil }

func TestLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	attrs := func(format string, n int) (out string) {
		for i := range n {
			out += fmt.Sprintf(format, i)
		}
		return out
	}
	l := Limits{Depth: 3, Token: 100, Attributes: 4}
	for _, c := range []struct {
		what, doc string
		tooMuch   bool
		offset    int64
	}{
		{"depth", "<a><a><a/></a></a>", false, 0},
		{"depth", "<a><a><a><a/></a></a></a>", true, 9},
		{"start tag", "<" + long(98) + "/>", true, 0},
		{"start tag", "<" + long(97) + "/>", false, 0},
		{"start tag without end", "<" + long(500), true, 0},
		{"end tag", "<a></a" + strings.Repeat(" ", 96) + ">", false, 0},
		{"end tag", "<a></a" + strings.Repeat(" ", 98) + ">", true, 3},
		{"text", "<a>" + long(100) + "</a>", false, 0},
		{"text", "<a>" + long(101) + "</a>", true, 3},
		{"text without end", "<a>" + long(200), true, 3},
		{"text with references", "<a>" + strings.Repeat("&lt;", 26) + "</a>", true, 3},
		{"CDATA", "<a><![CDATA[" + long(88) + "]]></a>", false, 0},
		{"CDATA", "<a><![CDATA[" + long(89) + "]]></a>", true, 3},
		{"attribute", "<a b='" + long(98) + "'/>", true, 0},
		{"declaration", "<?xml version='1.0'" + strings.Repeat(" ", 100) + "?><a/>", true, 0},
		{"attributes", "<a" + attrs(" a%d='1'", 4) + "/>", false, 0},
		{"attributes", "<a" + attrs(" a%d='1'", 5) + "/>", true, 0},
		{"namespaces in scope", "<a xmlns='1' xmlns:b='2'><c xmlns='3' xmlns:b='4'/><d xmlns='3' xmlns:b='4'/></a>", false, 0},
		{"namespaces in scope", "<a xmlns='1' xmlns:b='2'><c xmlns='3' xmlns:b='4'><d xmlns='5'/></c></a>", true, 53},
		{"a comment may be long", "<a><!--" + long(300000) + "--></a>", false, 0},
		{"an instruction may be long", "<a><?p" + long(300000) + "?></a>", false, 0},
		{"blanks beside the root may be many", "<a/>" + strings.Repeat(" ", 300000), false, 0},
	} {
		_, err := tokens(New(strings.NewReader(c.doc), l))
		if !c.tooMuch {
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Kind != Limit || e.Offset != c.offset {
			t.Errorf("%s: got %v, want a limit at byte %d", c.what, err, c.offset)
		}
	}

	// The limit is exact whatever the window is.
	for _, limit := range []int{window - 1, window, window + 1, 2 * window, 200000} {
		for _, head := range []string{"<a>", "<a>" + long(window-7) + "<!---->"} {
			s := New(strings.NewReader(head+long(limit)+"</a>"), Limits{Token: limit})
			if _, err := tokens(s); err != nil {
				t.Errorf("a text of %d bytes: %v", limit, err)
			}
			s.Reset(strings.NewReader(head + long(limit+1) + "</a>"))
			var e *Error
			if _, err := tokens(s); !errors.As(err, &e) || e.Kind != Limit || e.Offset != int64(len(head)) {
				t.Errorf("a text of %d bytes: %v", limit+1, err)
			}
		}
	}

	// Leaf adds up what comes in pieces.
	s := New(strings.NewReader("<r>\n<a>"+strings.Repeat("<![CDATA["+long(60)+"]]>\n", 2)+"</a></r>"), l)
	next(t, s, Start)
	next(t, s, Text)
	next(t, s, Start)
	_, err := s.Leaf()
	var e *Error
	if !errors.As(err, &e) || e.Kind != Limit || e.Offset != 4 || e.Line != 2 {
		t.Errorf("Leaf in pieces: %v", err)
	}

	// The window grows to a token, and no further.
	s = New(io.MultiReader(strings.NewReader("<a>"), endless('x')), Limits{})
	if _, err := tokens(s); !errors.As(err, &e) || e.Kind != Limit || e.Offset != 3 {
		t.Errorf("endless text: %v", err)
	}
	if got, most := len(s.buf), DefaultToken+window; got > most {
		t.Errorf("the window grew to %d bytes, more than %d", got, most)
	}
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func next(t *testing.T, s *Scanner, want Kind) {
	t.Helper()
	if k, err := s.Next(); k != want || err != nil {
		t.Fatalf("got %v, %v, want %v", k, err, want)
	}
}

// to goes to the start of an element.
func to(t *testing.T, s *Scanner, name string) {
	t.Helper()
	for {
		k, err := s.Next()
		if k == EOF {
			t.Fatalf("no element %s: %v", name, err)
		}
		if k == Start && string(s.Name()) == name {
			return
		}
	}
}

func TestLeaf(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{"<v>123</v>", "123"},
		{"<v>\n 1 2\t</v>", "1 2"},
		{"<v></v>", ""},
		{"<v/>", ""},
		{"<v a='1' />", ""},
		{"<v xmlns='u'>1</v>", "1"},
		{"<p:v>1</p:v>", "1"},
		{"<v>1</v >", "1"},
		{"<v>1&lt;2</v>", "1<2"},
		{"<v>1]2</v>", "1]2"},
		{"<v>é</v>", "é"},
		{"<v> <![CDATA[ <1> ]]> </v>", "<1>"},
		{"<v>1<!-- 2 -->3<?p 4?>5</v>", "135"},
		{"<v>1<w>2<v>3</v>4</w>5<x/>6</v>", "156"},
		{"<v>\n  <w>2</w>\n</v>", ""},
		{"<v>\xFF</v>", "\uFFFD"},
	} {
		for _, wrap := range []string{"%s", "<r>\n%s<end/></r>"} {
			doc := fmt.Sprintf(wrap, c.doc)
			for _, r := range []io.Reader{strings.NewReader(doc), iotest.OneByteReader(strings.NewReader(doc))} {
				s := New(r, Limits{})
				to(t, s, "v")
				offset, line, depth := s.Offset(), s.Line(), s.Depth()
				got, err := s.Leaf()
				if string(got) != c.want || err != nil {
					t.Errorf("%s: got %q, %v, want %q", doc, got, err, c.want)
				}
				if s.Offset() != offset || s.Line() != line || s.Depth() != depth-1 || string(s.Name()) != "v" {
					t.Errorf("%s: after Leaf: byte %d, line %d, depth %d, name %s", doc, s.Offset(), s.Line(), s.Depth(), s.Name())
				}
				if k, err := s.Next(); depth > 1 && (k != Start || string(s.Name()) != "end") || err != nil {
					t.Errorf("%s: after Leaf: %v %s, %v", doc, k, s.Name(), err)
				}
				if _, err := tokens(s); err != nil {
					t.Errorf("%s: after Leaf: %v", doc, err)
				}
			}
		}
	}
	for _, c := range []struct {
		doc  string
		kind ErrorKind
	}{
		{"<v>123", Truncated},
		{"<v>123</v", Truncated},
		{"<v>123</w>", Malformed},
		{"<v><w>", Truncated},
		{"<v>&x;</v>", Malformed},
	} {
		s := New(strings.NewReader(c.doc), Limits{})
		next(t, s, Start)
		got, err := s.Leaf()
		var e *Error
		if !errors.As(err, &e) || e.Kind != c.kind || got != nil {
			t.Errorf("%s: %q, %v, want %v", c.doc, got, err, c.kind)
		}
	}
}

func TestSkip(t *testing.T) {
	for _, v := range []string{
		"<v/>", "<v></v>", "<v>1</v>", "<v><v/><v><v>2</v></v>&amp;<!-- </v> --></v>", "<v xmlns:p='u'><p:w/></v>",
	} {
		s := New(strings.NewReader("<r>\n"+v+"<p:end/></r>"), Limits{})
		to(t, s, "v")
		if err := s.Skip(); err != nil || s.Depth() != 1 || s.Offset() != 4 || s.Line() != 2 || string(s.Name()) != "v" {
			t.Errorf("%s: %v, depth %d, byte %d, line %d", v, err, s.Depth(), s.Offset(), s.Line())
		}
		next(t, s, Start)
		if string(s.Name()) != "end" || s.Namespace() != nil {
			t.Errorf("%s: goes on with %s in %q", v, s.Name(), s.Namespace())
		}
		if _, err := tokens(s); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	s := New(strings.NewReader("<r><v></r>"), Limits{})
	next(t, s, Start)
	if err := s.Skip(); err == nil {
		t.Error("Skip saw no mistake")
	}
	defer func() {
		if recover() == nil {
			t.Error("Skip before the first token did not panic")
		}
	}()
	_ = New(strings.NewReader("<a/>"), Limits{}).Skip()
}

func TestAttr(t *testing.T) {
	s := New(strings.NewReader(`<r xmlns="u" xmlns:lat="v" p:type="1" type="2" p:only="3" q:only="4" empty=""><x>1</x></r>`), Limits{})
	next(t, s, Start)
	for _, c := range []struct {
		name, want string
		ok         bool
	}{
		{"type", "2", true}, {"only", "3", true}, {"empty", "", true},
		{"lat", "", false}, {"xmlns", "", false}, {"none", "", false}, {"p:type", "", false},
	} {
		if got, ok := s.Attr(c.name); string(got) != c.want || ok != c.ok {
			t.Errorf("%s: got %q, %v", c.name, got, ok)
		}
	}
	if s.NumAttr() != 7 {
		t.Errorf("%d attributes", s.NumAttr())
	}
	next(t, s, Start)
	next(t, s, Text)
	if _, ok := s.Attr("type"); ok || s.NumAttr() != 0 || s.Name() != nil || s.Prefix() != nil || s.Namespace() != nil {
		t.Error("a text has a name or attributes")
	}
	next(t, s, End)
	if _, ok := s.Attr("type"); ok || s.NumAttr() != 0 || s.Text() != nil {
		t.Error("an end has attributes or a text")
	}
}

func TestNamespace(t *testing.T) {
	const doc = `<a><b xmlns="one" xmlns:p="two"><p:c/><d xmlns="" xmlns:p="three"><p:e p:x=""/><f/></d><p:g/><h/></b>` +
		`<p:i/><xml:j xml:lang="en"/><k xmlns:q="u&amp;v" q:z=""><q:l/></k><m xmlns="four"/><n/></a>`
	want := []string{
		"a ", "b one", "c two", "/c two", "d ", "e three", "/e three", "f ", "/f ", "/d ", "g two", "/g two", "h one", "/h one",
		"/b one", "i ", "/i ", "j http://www.w3.org/XML/1998/namespace", "/j http://www.w3.org/XML/1998/namespace",
		"k ", "l u&v", "/l u&v", "/k ", "m four", "/m four", "n ", "/n ", "/a ",
	}
	s := New(strings.NewReader(doc), Limits{})
	var got []string
	for {
		k, err := s.Next()
		if k == EOF {
			if err != nil {
				t.Error(err)
			}
			break
		}
		slash := ""
		if k == End {
			slash = "/"
		}
		got = append(got, slash+string(s.Name())+" "+string(s.Namespace()))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if n := s.Notes(); n.UndeclaredPrefix != 1 || n.UndeclaredPrefixOffset != int64(strings.Index(doc, "p:i")) || n.UndeclaredPrefixLine != 1 {
		t.Errorf("%+v", n)
	}
}

func TestNotes(t *testing.T) {
	for _, c := range []struct {
		doc, tokens string
		want        Notes
	}{
		{"<a>ok ä</a>", "<a|'ok ä|</a", Notes{}},
		{" <a/>", "<a|</a", Notes{}}, // no declaration that should come first
		{"\r\n<?xml version='1.0'?><a/>", "<a|</a", Notes{LeadingSpace: true}},
		{"\uFEFF <?xml version='1.0'?><a/>", "<a|</a", Notes{LeadingSpace: true}},
		{"<a>\n1\xE9\xFF2\x01\x00</a>", "<a|'\n1\uFFFD\uFFFD2\uFFFD\uFFFD|</a", Notes{InvalidText: 4, InvalidTextOffset: 5, InvalidTextLine: 2}},
		{"<a>\n<![CDATA[\x02\xFF]]></a>", "<a|'\n\uFFFD\uFFFD|</a", Notes{InvalidText: 2, InvalidTextOffset: 13, InvalidTextLine: 2}},
		{"<a\nb='\x1F\xFF'/>", "<a|b=\uFFFD\uFFFD|</a", Notes{InvalidText: 2, InvalidTextOffset: 6, InvalidTextLine: 2}},
		{"<a>\uFFFE\uFFFF</a>", "<a|'\uFFFD\uFFFD|</a", Notes{InvalidText: 2, InvalidTextOffset: 3, InvalidTextLine: 1}},
		{"<a>\xED\xA0\x80</a>", "<a|'\uFFFD\uFFFD\uFFFD|</a", Notes{InvalidText: 3, InvalidTextOffset: 3, InvalidTextLine: 1}},
		{"<a>\x7F\u0085</a>", "<a|'\x7F\u0085|</a", Notes{}},
		{"<a><!--\xFF\x01--></a>", "<a|</a", Notes{}},
		{"<a>\n<p:b q:c='' xml:d=''/></a>", "<a|'\n|<p:b|q:c=|xml:d=|</p:b|</a",
			Notes{UndeclaredPrefix: 2, UndeclaredPrefixOffset: 12 - 4, UndeclaredPrefixLine: 2}},
	} {
		s := New(strings.NewReader(c.doc), Limits{})
		got, err := tokens(s)
		if err != nil || strings.Join(got, "|") != c.tokens {
			t.Errorf("%q: %q, %v", c.doc, got, err)
		}
		n := s.Notes()
		if n.UndeclaredPrefix > 0 { // attributes come first
			n.UndeclaredPrefixOffset = c.want.UndeclaredPrefixOffset
		}
		if d := cmp.Diff(c.want, n); d != "" {
			t.Errorf("%q: -want +got\n%s", c.doc, d)
		}
	}
}

func TestReset(t *testing.T) {
	s := New(strings.NewReader("<a xmlns:p='u'><p:b>\xFF"), Limits{Depth: 2})
	if _, err := tokens(s); err == nil {
		t.Error("no error")
	}
	s.Reset(strings.NewReader("<x><p:y>1</p:y></x>"))
	got, err := tokens(s)
	if want := "<x|<p:y|'1|</p:y|</x"; err != nil || strings.Join(got, "|") != want {
		t.Errorf("%q, %v", got, err)
	}
	if n := s.Notes(); n != (Notes{UndeclaredPrefix: 1, UndeclaredPrefixOffset: 4, UndeclaredPrefixLine: 1}) {
		t.Errorf("%+v", n)
	}
	if k, err := s.Next(); k != EOF || err != nil {
		t.Errorf("after the end: %v, %v", k, err)
	}
	s.Reset(strings.NewReader("<a><a><a/></a></a>"))
	if _, err := tokens(s); err == nil {
		t.Error("the limits are gone")
	}
}
