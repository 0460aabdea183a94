package xmlscan

import (
	"bytes"
	"io"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens.
const (
	EOF   Kind = iota // the document is complete, or broken off by an error
	Start             // a start tag, or the first half of an empty element
	End               // an end tag, or the second half of an empty element
	Text              // character data
)

// String returns the kind in one word.
func (k Kind) String() string {
	switch k {
	case Start:
		return "start"
	case End:
		return "end"
	case Text:
		return "text"
	}
	return "eof"
}

// The limits where Limits gives none. A workout file nests some ten elements;
// its longest token is a text of a few kilobytes, or a track in an attribute.
const (
	DefaultDepth      = 256
	DefaultToken      = 1 << 20
	DefaultAttributes = 256
)

// leastToken is what Limits.Token is at least: room for the marks that tell
// one kind of token from another.
const leastToken = 64

// Limits protect against hostile documents. Zero fields take the defaults.
type Limits struct {
	Depth      int // open elements
	Token      int // bytes of one tag, one run of text, one CDATA section, or one Leaf; at least 64
	Attributes int // attributes of one element, and namespace declarations in scope
}

// Notes is what was tolerated so far.
type Notes struct {
	// Encoding is the name of the encoding that the document was converted
	// from, such as "UTF-16LE" or "windows-1252"; empty for UTF-8.
	Encoding string
	// InvalidText counts the bytes that are no UTF-8 (or not mapped in the
	// encoding) and the characters that XML forbids, in text and attributes.
	// Each was replaced by U+FFFD.
	InvalidText       int
	InvalidTextOffset int64 // of the first
	InvalidTextLine   int   // of the first, from 1
	// UndeclaredPrefix counts the names of elements and attributes whose
	// prefix is bound to no namespace.
	UndeclaredPrefix       int
	UndeclaredPrefixOffset int64 // of the first
	UndeclaredPrefixLine   int   // of the first, from 1
	// LeadingSpace: blanks stood before the XML declaration.
	LeadingSpace bool
}

const (
	window = 64 << 10 // bytes of a fresh window
	guard  = 16       // zero bytes behind the data, which stop every inner loop
)

// after is what the next call has to do first.
type after uint8

const (
	afterNothing after = iota
	afterBegin         // look at the encoding
	afterStart         // put the element on the stack
	afterEmpty         // deliver the End of an empty element
	afterEnd           // drop the namespace bindings of the ended element
	afterEOF           // nothing more
	afterError         // return the error again
)

// element is an open element. Its name lies in Scanner.names.
type element struct {
	name  int // where the name begins
	size  int // length of the name with prefix
	colon int // length of the prefix; 0 without
	bound int // number of bindings outside the element
}

// binding is a namespace declaration. Prefix and URI lie in Scanner.uris, one
// after the other.
type binding struct {
	prefix, uri, end int
}

// attribute is an attribute of the current Start. The indices are of the window.
type attribute struct {
	name, colon, end int // colon is the length of the prefix; 0 without
	from, to         int // the raw value
	plain            bool
	value            []byte // decoded
}

// Scanner reads the tokens of one document. It is not safe for concurrent use.
// Methods that describe the current token return zero values where there is
// nothing to describe.
type Scanner struct {
	// The window: buf[pos:end] is read and not consumed, buf[end:end+guard] is 0.
	buf      []byte
	pos, end int
	base     int64 // offset of buf[0]
	src      io.Reader
	readErr  error // why there is no more to read

	after  after
	kind   Kind
	closed bool // the root element was closed
	depth  int
	limits Limits
	err    *Error
	notes  Notes

	// The current token.
	offset   int64
	line     int // 0: not counted yet
	name     int // of a Start or End: index into the window
	nameEnd  int
	colon    int
	bound    int // of a Start and End: number of bindings outside the element
	text     []byte
	attrs    []attribute
	scratch  []byte // decoded texts of the token
	leafText []byte

	// The open elements.
	stack    []element
	names    []byte
	bindings []binding
	hit      int // the binding that lookup found last; len(bindings) for none
	uris     []byte

	// Lines: lines line feeds lie before mark.
	mark  int64
	lines int
}

// New returns a scanner of the document that r delivers. It reads r in pieces
// of its window and returns the first token when the first window is full.
func New(r io.Reader, l Limits) *Scanner {
	if l.Depth <= 0 {
		l.Depth = DefaultDepth
	}
	if l.Token <= 0 {
		l.Token = DefaultToken
	}
	l.Token = max(l.Token, leastToken)
	if l.Attributes <= 0 {
		l.Attributes = DefaultAttributes
	}
	s := &Scanner{limits: l}
	s.Reset(r)
	return s
}

// Reset begins a new document with the same limits and buffers.
func (s *Scanner) Reset(r io.Reader) {
	buf := s.buf
	if buf == nil {
		buf = make([]byte, window+guard)
	}
	*s = Scanner{
		buf: buf, src: r, limits: s.limits, after: afterBegin,
		attrs: s.attrs[:0], scratch: s.scratch[:0], leafText: s.leafText[:0],
		stack: s.stack[:0], names: s.names[:0], bindings: s.bindings[:0], uris: s.uris[:0],
	}
	s.setEnd(0)
}

// Next goes to the next token. It returns EOF and no error after the root
// element was closed and nothing but blanks, comments and processing
// instructions followed. An error is an *Error and comes again on every call.
func (s *Scanner) Next() (Kind, error) {
	if s.after != afterNothing {
		if done, err := s.settle(); done {
			return s.kind, err
		}
	}
	for {
		s.offset, s.line = s.base+int64(s.pos), 0
		if s.buf[s.pos] != '<' { // or the guard
			if s.depth > 0 {
				return s.charData()
			}
			if done, err := s.outside(); done {
				return EOF, err
			}
			continue
		}
		switch s.buf[s.pos+1] {
		case '/':
			return s.endTag()
		default:
			return s.startTag()
		case '!':
			if done, err := s.declarationOrComment(); done {
				return s.kind, err
			}
		case '?':
			if !s.instruction() {
				return EOF, s.err
			}
		}
	}
}

// Tag is Next that passes over texts: it goes to the next Start or End, or to
// EOF. Whoever reads texts with Leaf needs no others, and most of those are the
// blanks between two tags, which are never looked at so.
func (s *Scanner) Tag() (Kind, error) {
	if s.after != afterNothing {
		if done, err := s.settle(); done {
			return s.kind, err
		}
	}
	if s.depth > 0 {
		i := indentation(s.buf, s.pos)
		for class[s.buf[i]] == blank {
			i++
		}
		if s.buf[i] == '<' && i-s.pos <= s.limits.Token {
			switch c := s.buf[i+1]; {
			case c == '/':
				s.pos, s.offset, s.line = i, s.base+int64(i), 0
				return s.endTag()
			case class[c]&nameStart != 0:
				s.pos, s.offset, s.line = i, s.base+int64(i), 0
				return s.startTag()
			}
		}
	}
	for {
		if kind, err := s.Next(); kind != Text || err != nil {
			return kind, err
		}
	}
}

// settle does what the token before has left to do. It reports whether that
// was all: a token is ready, or there is none any more.
func (s *Scanner) settle() (done bool, err error) {
	switch s.after {
	case afterStart:
		s.stack = append(s.stack, element{len(s.names), s.nameEnd - s.name, s.colon, s.bound})
		s.names = append(s.names, s.buf[s.name:s.nameEnd]...)
	case afterEmpty:
		s.kind = End
		s.attrs = s.attrs[:0]
		s.ended()
		return true, nil
	case afterEnd:
		s.unbind()
	case afterBegin:
		s.after = afterNothing
		s.begin()
		if s.err != nil {
			return true, s.err
		}
	case afterEOF:
		return true, nil
	case afterError:
		return true, s.err
	}
	s.after = afterNothing
	return false, nil
}

// ended closes the current element, which is on the stack no more.
func (s *Scanner) ended() {
	s.depth--
	s.closed = s.depth == 0
	s.after = afterNothing
	if s.bound < len(s.bindings) {
		s.after = afterEnd
	}
}

// unbind drops the bindings of the current element.
func (s *Scanner) unbind() {
	s.uris = s.uris[:s.bindings[s.bound].prefix]
	s.bindings = s.bindings[:s.bound]
}

// startTag scans a start tag.
func (s *Scanner) startTag() (Kind, error) {
again:
	buf, i := s.buf, s.pos+1
	c := class[buf[i]]
	if c&nameStart == 0 {
		if i >= s.end {
			if s.more() {
				return s.Next() // it may be no start tag at all
			}
			return s.cut("in a tag")
		}
		return s.failAt(Malformed, s.pos, "'<' begins no tag")
	}
	seen := c
	for {
		i++
		if c = class[buf[i]]; c&nameByte == 0 {
			break
		}
		seen |= c
	}
	nameEnd := i
	empty := false
	s.attrs = s.attrs[:0]
	for buf[i] != '>' {
		from := i
		for class[buf[i]] == blank {
			i++
		}
		if buf[i] == '>' {
			break
		}
		if buf[i] == '/' && buf[i+1] == '>' {
			empty = true
			i++
			break
		}
		switch {
		case i >= s.end || buf[i] == '/' && i+1 >= s.end:
			i = s.end
		case buf[i] == '/':
			return s.failAt(Malformed, i, "'/' in a tag")
		case class[buf[i]]&nameStart == 0:
			return s.failAt(Malformed, i, "a tag holds what is no attribute")
		case from == i:
			return s.failAt(Malformed, i, "no blank between attributes")
		default:
			if i = s.attribute(i); s.err != nil {
				return EOF, s.err
			}
		}
		if i >= s.end { // the window ended within the tag
			if s.more() {
				goto again
			}
			return s.cut("in a tag")
		}
	}
	if i+1-s.pos > s.limits.Token {
		return s.failAt(Limit, s.pos, "a tag is too long")
	}
	if s.depth == 0 && s.closed {
		return s.failAt(Malformed, s.pos, "a second root element")
	}
	if s.depth == s.limits.Depth {
		return s.failAt(Limit, s.pos, "elements are nested too deeply")
	}
	s.name, s.nameEnd, s.colon = s.pos+1, nameEnd, 0
	s.bound = len(s.bindings)
	if len(s.attrs) > 0 && !s.attributes() {
		return EOF, s.err
	}
	if seen&colon != 0 && !s.prefixed() {
		return EOF, s.err
	}
	s.pos = i + 1
	s.depth++
	s.kind, s.after = Start, afterStart
	if empty {
		s.after = afterEmpty
	}
	return Start, nil
}

// attribute scans the attribute whose name begins at index i of the window and
// returns the index behind it. That is the end of the window where the window
// does not hold all of it.
func (s *Scanner) attribute(i int) int {
	buf := s.buf
	a := attribute{name: i}
	seen := uint8(0)
	for c := class[buf[i]]; c&nameByte != 0; c = class[buf[i]] {
		seen |= c
		i++
	}
	a.end = i
	for class[buf[i]] == blank {
		i++
	}
	if i >= s.end {
		return s.end
	}
	if seen&colon != 0 {
		if a.colon = splitName(buf[a.name:a.end]); a.colon < 0 {
			s.failAt(Malformed, a.name, "a name with two colons")
			return i
		}
	}
	if buf[i] != '=' {
		s.failAt(Malformed, i, "an attribute without a value")
		return i
	}
	i++
	for class[buf[i]] == blank {
		i++
	}
	if i >= s.end {
		return s.end
	}
	q := buf[i]
	if q != '"' && q != '\'' {
		s.failAt(Malformed, i, "an attribute without quotes")
		return i
	}
	i++
	a.from = i
	i = plainValue(buf, i, q)
	a.plain = buf[i] == q
	if !a.plain {
		n := bytes.IndexByte(buf[i:s.end], q)
		to := i + n
		if n < 0 {
			to = s.end
		}
		if lt := bytes.IndexByte(buf[i:to], '<'); lt >= 0 {
			s.failAt(Malformed, i+lt, "'<' in an attribute")
			return i
		}
		i = to
		if n < 0 {
			return s.end
		}
	}
	a.to = i
	if len(s.attrs) == s.limits.Attributes {
		s.failAt(Limit, s.pos, "an element has too many attributes")
		return i
	}
	s.attrs = append(s.attrs, a)
	return i + 1
}

// prefixed finds the prefix in the name of a Start and checks its declaration.
func (s *Scanner) prefixed() bool {
	s.colon = splitName(s.buf[s.name:s.nameEnd])
	if s.colon < 0 {
		s.colon = 0
		s.failAt(Malformed, s.name, "a name with two colons")
		return false
	}
	if s.colon > 0 && s.lookup(s.buf[s.name:s.name+s.colon]) == nil {
		s.undeclared(s.name)
	}
	return true
}

// splitName returns the length of the prefix, 0 where there is none, or −1
// where the name holds more than one colon. A colon at either end separates
// nothing, as in encoding/xml.
func splitName(name []byte) int {
	at := 0
	for i, c := range name { // names are too short for IndexByte to pay
		if c != ':' {
			continue
		}
		if at > 0 || i > 0 && name[0] == ':' {
			return -1
		}
		at = i
	}
	if at == len(name)-1 {
		return 0
	}
	return at
}

// attributes decodes the values, enters namespace declarations, and refuses
// doubles.
func (s *Scanner) attributes() bool {
	s.scratch = s.scratch[:0]
	buf := s.buf
	prefixes := false
	for i := range s.attrs {
		a := &s.attrs[i]
		name := buf[a.name:a.end]
		for j := range s.attrs[:i] {
			if b := &s.attrs[j]; b.end-b.name == len(name) && string(buf[b.name:b.end]) == string(name) {
				s.failAt(Malformed, a.name, "an attribute is given twice")
				return false
			}
		}
		a.value = buf[a.from:a.to]
		if !a.plain {
			if a.value = s.decode(a.from, a.to, references); s.err != nil {
				return false
			}
		}
		if name[0] == 'x' && a.declares(buf) {
			prefix := name[len(name):]
			if a.colon > 0 {
				prefix = name[a.colon+1:]
			}
			// Each prefix is looked up among all bindings.
			if len(s.bindings) == s.limits.Attributes {
				s.failAt(Limit, a.name, "too many namespace declarations")
				return false
			}
			s.bind(prefix, a.value)
		} else if a.colon > 0 {
			prefixes = true
		}
	}
	if prefixes { // only now that all declarations are known
		for i := range s.attrs {
			a := &s.attrs[i]
			if a.colon > 0 && !a.declares(buf) && s.lookup(buf[a.name:a.name+a.colon]) == nil {
				s.undeclared(a.name)
			}
		}
	}
	return true
}

// declares reports whether the attribute is a namespace declaration.
func (a *attribute) declares(buf []byte) bool {
	if a.colon > 0 {
		return string(buf[a.name:a.name+a.colon]) == "xmlns"
	}
	return string(buf[a.name:a.end]) == "xmlns"
}

// bind enters a namespace declaration.
func (s *Scanner) bind(prefix, uri []byte) {
	b := binding{prefix: len(s.uris)}
	s.uris = append(s.uris, prefix...)
	b.uri = len(s.uris)
	s.uris = append(s.uris, uri...)
	b.end = len(s.uris)
	s.bindings = append(s.bindings, b)
	s.hit = len(s.bindings) // a new one may hide what was found
}

// lookup returns the namespace that a prefix is bound to; nil where it is not.
func (s *Scanner) lookup(prefix []byte) []byte {
	// Most names of a document have one prefix.
	if s.hit < len(s.bindings) {
		if b := &s.bindings[s.hit]; b.uri < b.end && string(s.uris[b.prefix:b.uri]) == string(prefix) {
			return s.uris[b.uri:b.end]
		}
	}
	for i := len(s.bindings) - 1; i >= 0; i-- {
		b := &s.bindings[i]
		if b.uri-b.prefix == len(prefix) && string(s.uris[b.prefix:b.uri]) == string(prefix) {
			if b.uri == b.end {
				return nil
			}
			s.hit = i
			return s.uris[b.uri:b.end]
		}
	}
	if string(prefix) == "xml" {
		return xmlNamespace
	}
	return nil
}

var xmlNamespace = []byte("http://www.w3.org/XML/1998/namespace")

func (s *Scanner) undeclared(i int) {
	if s.notes.UndeclaredPrefix == 0 {
		s.notes.UndeclaredPrefixOffset = s.base + int64(i)
		s.notes.UndeclaredPrefixLine = s.lineAt(s.base + int64(i))
	}
	s.notes.UndeclaredPrefix++
}

// endTag scans an end tag.
func (s *Scanner) endTag() (Kind, error) {
	if s.depth == 0 {
		return s.failAt(Malformed, s.pos, "an end tag without a start tag")
	}
	top := s.stack[len(s.stack)-1]
	want := s.names[top.name:]
	for {
		i := s.pos + 2
		n := i + top.size
		if n >= s.end || string(s.buf[i:n]) != string(want) || s.buf[n] != '>' {
			n = i
			for class[s.buf[n]]&nameByte != 0 {
				n++
			}
			name := s.buf[i:n]
			for class[s.buf[n]] == blank {
				n++
			}
			if n >= s.end {
				if s.more() {
					continue
				}
				return s.cut("in an end tag")
			}
			if string(name) != string(want) {
				return s.failAt(Malformed, s.pos, "the end tag of "+quote(name)+" where that of "+quote(want)+" was due")
			}
			if s.buf[n] != '>' {
				return s.failAt(Malformed, n, "an end tag holds more than a name")
			}
		}
		if n+1-s.pos > s.limits.Token {
			return s.failAt(Limit, s.pos, "a tag is too long")
		}
		s.name, s.nameEnd, s.colon, s.bound = i, i+top.size, top.colon, top.bound
		s.pos = n + 1
		s.stack = s.stack[:len(s.stack)-1]
		s.names = s.names[:top.name]
		s.attrs = s.attrs[:0]
		s.kind = End
		s.ended()
		return End, nil
	}
}

// charData scans a run of text within an element.
func (s *Scanner) charData() (Kind, error) {
	for {
		i := plainText(s.buf, indentation(s.buf, s.pos))
		plain := s.buf[i] == '<'
		if !plain {
			n := bytes.IndexByte(s.buf[i:s.end], '<')
			if n < 0 {
				if s.more() {
					continue
				}
				return s.cut("in the text of an element")
			}
			i += n
		}
		if i == s.pos {
			return s.Next() // the window had ended before a tag
		}
		if i-s.pos > s.limits.Token {
			return s.failAt(Limit, s.pos, "a text is too long")
		}
		s.text = s.buf[s.pos:i]
		if !plain {
			s.scratch = s.scratch[:0]
			if s.text = s.decode(s.pos, i, references|brackets); s.err != nil {
				return EOF, s.err
			}
		}
		s.pos = i
		s.kind = Text
		return Text, nil
	}
}

// outside consumes blanks beside the root element. It reports whether the
// input ends here.
func (s *Scanner) outside() (done bool, err error) {
	for {
		for class[s.buf[s.pos]] == blank {
			s.pos++
		}
		if s.pos < s.end {
			if s.buf[s.pos] == '<' {
				return false, nil
			}
			where := "before"
			if s.closed {
				where = "after"
			}
			_, err = s.failAt(Malformed, s.pos, "text "+where+" the root element")
			return true, err
		}
		if s.more() {
			continue
		}
		s.offset, s.line = s.base+int64(s.end), 0
		if s.closed && s.readErr == io.EOF { //nolint:errorlint // a reader ends with io.EOF itself; a wrapped one is a failure
			s.kind, s.after = EOF, afterEOF
			return true, nil
		}
		_, err = s.cut("no element")
		return true, err
	}
}

// declarationOrComment scans what begins with "<!". It reports whether there is
// a token or an error; comments are neither.
func (s *Scanner) declarationOrComment() (done bool, err error) {
	const comment, cdata, doctype = "<!--", "<![CDATA[", "<!DOCTYPE"
	for s.end-s.pos < len(cdata) && s.more() {
	}
	w := s.buf[s.pos:s.end]
	switch {
	case hasPrefix(w, comment):
		s.pos += len(comment)
		if !s.past("-->", "in a comment") {
			return true, s.err
		}
		return false, nil
	case hasPrefix(w, cdata):
		if s.depth == 0 {
			_, err = s.failAt(Malformed, s.pos, "text outside the root element")
			return true, err
		}
		_, err = s.cdata(len(cdata))
		return true, err
	case len(w) >= len(doctype) && bytes.EqualFold(w[:len(doctype)], []byte(doctype)):
		_, err = s.failAt(Doctype, s.pos, "a document type declaration is not accepted")
		return true, err
	case len(w) < len(comment) && hasPrefix([]byte(comment), string(w)),
		len(w) < len(cdata) && hasPrefix([]byte(cdata), string(w)),
		len(w) < len(doctype) && bytes.EqualFold(w, []byte(doctype[:len(w)])):
		_, err = s.cut("after \"<!\"")
		return true, err
	}
	_, err = s.failAt(Malformed, s.pos, "\"<!\" begins neither a comment nor a CDATA section")
	return true, err
}

func hasPrefix(b []byte, p string) bool { return len(b) >= len(p) && string(b[:len(p)]) == p }

// cdata scans a CDATA section whose head has n bytes.
func (s *Scanner) cdata(n int) (Kind, error) {
	for {
		i := bytes.Index(s.buf[s.pos+n:s.end], []byte("]]>"))
		if i < 0 {
			if s.more() {
				continue
			}
			return s.cut("in a CDATA section")
		}
		i += s.pos + n
		if i+3-s.pos > s.limits.Token {
			return s.failAt(Limit, s.pos, "a CDATA section is too long")
		}
		s.scratch = s.scratch[:0]
		s.text = s.decode(s.pos+n, i, 0)
		s.pos = i + 3
		s.kind = Text
		return Text, nil
	}
}

// instruction consumes a processing instruction.
func (s *Scanner) instruction() bool {
	for s.end-s.pos < 3 && s.more() {
	}
	if s.end-s.pos < 3 {
		s.cut("in a processing instruction")
		return false
	}
	if class[s.buf[s.pos+2]]&nameStart == 0 {
		s.failAt(Malformed, s.pos, "a processing instruction without a name")
		return false
	}
	s.pos += 3
	return s.past("?>", "in a processing instruction")
}

// past consumes everything up to and including mark, however long.
func (s *Scanner) past(mark, where string) bool {
	for {
		if i := bytes.Index(s.buf[s.pos:s.end], []byte(mark)); i >= 0 {
			s.pos += i + len(mark)
			return true
		}
		s.pos = max(s.pos, s.end-len(mark)+1)
		if !s.more() {
			s.cut(where)
			return false
		}
	}
}

// Name returns the name of the current Start or End without its prefix.
func (s *Scanner) Name() []byte {
	if s.kind != Start && s.kind != End {
		return nil
	}
	if s.colon > 0 {
		return s.buf[s.name+s.colon+1 : s.nameEnd]
	}
	return s.buf[s.name:s.nameEnd]
}

// Prefix returns the prefix of the current Start or End; empty without one.
func (s *Scanner) Prefix() []byte {
	if s.kind != Start && s.kind != End {
		return nil
	}
	return s.buf[s.name : s.name+s.colon]
}

// Namespace returns the URI that the prefix of the current Start or End is
// bound to, or the default namespace where there is no prefix; nil where
// neither is declared.
func (s *Scanner) Namespace() []byte {
	if s.kind != Start && s.kind != End {
		return nil
	}
	return s.lookup(s.Prefix())
}

// NumAttr returns the number of attributes of the current Start, namespace
// declarations included.
func (s *Scanner) NumAttr() int {
	if s.kind != Start {
		return 0
	}
	return len(s.attrs)
}

// AttrAt returns an attribute of the current Start, from 0, in the order of the
// document. Namespace declarations have the prefix "xmlns", or the name "xmlns"
// without a prefix.
func (s *Scanner) AttrAt(i int) (prefix, name, value []byte) {
	a := &s.attrs[i]
	name = s.buf[a.name:a.end]
	if a.colon > 0 {
		prefix, name = name[:a.colon], name[a.colon+1:]
	}
	return prefix, name, a.value
}

// Attr returns the decoded value of the attribute of the current Start that has
// this name. If there are several it is the one without a prefix, else the
// first. Namespace declarations do not count.
func (s *Scanner) Attr(name string) (value []byte, ok bool) {
	if s.kind != Start {
		return nil, false
	}
	for i := range s.attrs {
		a := &s.attrs[i]
		local := a.name
		if a.colon > 0 {
			local += a.colon + 1
		}
		if a.end-local != len(name) || string(s.buf[local:a.end]) != name || a.declares(s.buf) {
			continue
		}
		if a.colon == 0 {
			return a.value, true
		}
		if !ok {
			value, ok = a.value, true
		}
	}
	return value, ok
}

// Text returns the decoded characters of the current Text. A text may come in
// several tokens: comments, processing instructions and CDATA sections divide
// it.
func (s *Scanner) Text() []byte {
	if s.kind != Text {
		return nil
	}
	return s.text
}

// Depth returns the number of open elements: at a Start it includes the
// element, at its End no more.
func (s *Scanner) Depth() int { return s.depth }

// Offset returns the byte offset at which the current token begins, in the text
// as it is scanned: for documents that are not in UTF-8, after conversion.
// After Leaf and Skip it is still that of the start tag.
func (s *Scanner) Offset() int64 { return s.offset }

// Behind returns the byte offset behind what was consumed: behind the current
// token, or behind the element after Leaf and Skip.
func (s *Scanner) Behind() int64 { return s.base + int64(s.pos) }

// Line returns the line of the current token, from 1. After Leaf and Skip it is
// still that of the start tag.
func (s *Scanner) Line() int {
	if s.line == 0 {
		s.line = s.lineAt(s.offset)
	}
	return s.line
}

// Notes returns what was tolerated so far.
func (s *Scanner) Notes() Notes { return s.notes }

// Leaf reads the text of the element whose Start is the current token, up to
// and including its End, and returns it without the blanks around it. Comments,
// processing instructions, and child elements with all they hold are left out.
// The text is valid until the next call. Leaf panics where the current token is
// no Start.
func (s *Scanner) Leaf() ([]byte, error) {
	if s.after == afterStart {
		// `<a>123</a>` within the window and without anything to decode. The
		// element never gets on the stack.
		buf, from := s.buf, s.pos
		i := plainText(buf, from)
		n := s.nameEnd - s.name
		if j := i + 2; j+n < s.end && buf[i] == '<' && buf[i+1] == '/' && buf[j+n] == '>' &&
			string(buf[j:j+n]) == string(buf[s.name:s.nameEnd]) &&
			i-from <= s.limits.Token && n+3 <= s.limits.Token {
			s.pos = j + n + 1
			s.kind = End
			s.ended()
			return trim(buf[from:i]), nil
		}
	}
	return s.leaf()
}

// leaf is Leaf for everything else.
func (s *Scanner) leaf() ([]byte, error) {
	s.mustStart("Leaf")
	if s.err != nil {
		return nil, s.err
	}
	offset, line, depth := s.offset, s.Line(), s.depth
	s.leafText = s.leafText[:0]
	for {
		k, err := s.Next()
		switch {
		case err != nil:
			return nil, err
		case k == Text && s.depth == depth:
			s.leafText = append(s.leafText, s.text...)
			if len(s.leafText) > s.limits.Token {
				s.offset, s.line = offset, line
				_, err := s.fail(Limit, offset, "a text is too long")
				return nil, err
			}
		case k == End && s.depth < depth:
			s.offset, s.line = offset, line
			return trim(s.leafText), nil
		}
	}
}

// Skip consumes the element whose Start is the current token, up to and
// including its End. It panics where the current token is no Start.
func (s *Scanner) Skip() error {
	s.mustStart("Skip")
	if s.err != nil {
		return s.err
	}
	offset, line, depth := s.offset, s.Line(), s.depth
	for {
		k, err := s.Next()
		if err != nil {
			return err
		}
		if k == End && s.depth < depth {
			s.offset, s.line = offset, line
			return nil
		}
	}
}

func (s *Scanner) mustStart(what string) {
	if s.err == nil && s.kind != Start {
		panic("xmlscan: " + what + " without a Start")
	}
}
