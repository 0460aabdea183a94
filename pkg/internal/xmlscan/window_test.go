package xmlscan

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// everything holds one of each construct.
const everything = "<?xml version='1.0'?><!-- c --><r xmlns='u' xmlns:p=\"v\" a='1>2' b='&lt;&#65;é\xFF'>t1\r\n" +
	"<p:leaf>12.5</p:leaf><p:leaf/>\n      <x>  &amp;&#x20AC;]]&gt; é </x>]<![CDATA[<]]&\r\n]]>" +
	"<?pi data?>t2<!-- - -- > --><deep><er p:k='v' >\x01</er\n></deep>\n</r>\n<?end?><!-- -->\n"

// The window's edge may fall anywhere.
func TestWindowEdge(t *testing.T) {
	const head = "<?xml version='1.0'?>"
	want, err := scan(everything)
	if err != nil {
		t.Fatal(err)
	}
	rest := strings.TrimPrefix(everything, head)
	s := New(nil, Limits{})
	for n := window - len(everything) - 8; n <= window+8; n++ {
		// A comment, blanks and a text of any length before.
		for _, doc := range []string{
			head + "<!--" + strings.Repeat("-", n-len(head)-4) + "-->" + rest,
			head + strings.Repeat("\n", n-len(head)) + rest,
			strings.Repeat("\n", n) + everything,
		} {
			s.Reset(strings.NewReader(doc))
			got, err := tokens(s)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%d bytes before: %v\n%s", n, err, cmp.Diff(want, got))
			}
			before, _, _ := strings.Cut(doc, "\xFF")
			if n := s.Notes().InvalidTextLine; n != 1+strings.Count(before, "\n") {
				t.Fatalf("%d bytes before: line %d", n, n)
			}
		}
		doc := "<d>" + strings.Repeat("é", n/2) + strings.Repeat("x", n%2) + rest + "</d>"
		s.Reset(strings.NewReader(doc))
		got, err := tokens(s)
		if err != nil || !slices.Equal(got[2:len(got)-1], append(slices.Clone(want), "'\n\n")) {
			t.Fatalf("text of %d bytes before: %v", n, err)
		}
	}
}

// Offsets and lines do not depend on the pieces in which the input comes, nor
// on whether anyone asks.
func TestPlaces(t *testing.T) {
	doc := workout(400)
	type place struct {
		offset int64
		line   int
	}
	places := func(r io.Reader, every int) (out []place) {
		s := New(r, Limits{})
		for i := 0; ; i++ {
			k, err := s.Next()
			if err != nil {
				t.Fatal(err)
			}
			if k == EOF {
				return out
			}
			if i%every == 0 {
				p := place{s.Offset(), s.Line()}
				if want := 1 + bytes.Count(doc[:p.offset], []byte("\n")); p.line != want {
					t.Fatalf("byte %d: line %d, want %d", p.offset, p.line, want)
				}
				if k != Text && doc[p.offset] != '<' {
					t.Fatalf("byte %d: no tag", p.offset)
				}
				out = append(out, p)
			}
		}
	}
	whole := places(bytes.NewReader(doc), 1)
	if d := cmp.Diff(whole, places(iotest.OneByteReader(bytes.NewReader(doc)), 1), cmp.AllowUnexported(place{})); d != "" {
		t.Error(d)
	}
	for _, every := range []int{7, 1000, 9000} {
		places(iotest.HalfReader(bytes.NewReader(doc)), every)
	}
	// Leaf and Skip over more than a window leave the place of the start.
	s := New(strings.NewReader("<r>\n\n<v>"+strings.Repeat("<w/>\n", window)+"</v><v/></r>"), Limits{})
	next(t, s, Start)
	next(t, s, Text)
	next(t, s, Start)
	if _, err := s.Leaf(); err != nil || s.Offset() != 5 || s.Line() != 3 {
		t.Errorf("after Leaf: %v, byte %d, line %d", err, s.Offset(), s.Line())
	}
	next(t, s, Start)
	if s.Line() != 3+window {
		t.Errorf("after Leaf: line %d", s.Line())
	}
}

// Truncation anywhere leaves the tokens before it, and a fitting error.
func TestTruncation(t *testing.T) {
	want, err := scan(everything)
	if err != nil {
		t.Fatal(err)
	}
	end := strings.LastIndex(everything, "</r>") + len("</r>")
	for n := range everything {
		got, err := scan(everything[:n])
		if len(got) > len(want) || !slices.Equal(withoutLastText(got), want[:len(withoutLastText(got))]) {
			t.Fatalf("cut at %d: %q", n, got)
		}
		var e *Error
		if errors.As(err, &e) {
			if e.Kind != Truncated || e.Offset != int64(n) {
				t.Errorf("cut at %d: %v", n, err)
			}
		} else if n < end {
			t.Errorf("cut at %d: no error", n)
		}
	}
}

// withoutLastText leaves out a text at the end, of which pieces may be missing.
func withoutLastText(tokens []string) []string {
	if n := len(tokens); n > 0 && tokens[n-1][0] == '\'' {
		return tokens[:n-1]
	}
	return tokens
}

// No token costs an allocation: ten times the document costs no more.
func TestAllocations(t *testing.T) {
	s := New(nil, Limits{})
	r := bytes.NewReader(nil)
	read := func(doc []byte, leaf bool) float64 {
		return testing.AllocsPerRun(3, func() {
			r.Reset(doc)
			s.Reset(r)
			for {
				k, err := s.Next()
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case k == EOF:
					return
				case k == Start:
					s.Namespace()
					s.Line()
					s.Attr("Sport")
					if leaf && string(s.Name()) == "Time" {
						if _, err := s.Leaf(); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		})
	}
	small, large := workout(300), workout(3000)
	// Texts and attributes that have to be decoded, and Leaf over them.
	odd := []byte("<r>" + strings.Repeat("<Time a='&lt;1' b='\xFF'>é&amp;<b/>\r\n<![CDATA[\x01]]></Time><x a='&gt;'>&lt;</x>", 20000) + "</r>")
	for _, leaf := range []bool{false, true} {
		if n := read(small, leaf); n > 0 {
			t.Errorf("small document, leaf %v: %v allocations", leaf, n)
		}
		if n := read(large, leaf); n > 0 {
			t.Errorf("large document, leaf %v: %v allocations", leaf, n)
		}
		if n := read(odd, leaf); n > 0 {
			t.Errorf("odd document, leaf %v: %v allocations", leaf, n)
		}
	}
	if n := testing.AllocsPerRun(3, func() {
		r.Reset(large)
		if _, err := New(r, Limits{}).Next(); err != nil {
			t.Fatal(err)
		}
	}); n > 20 {
		t.Errorf("a new scanner: %v allocations", n)
	}
}
