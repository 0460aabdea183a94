package repair

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/bandport/bandport/pkg/internal/xmlscan"
)

// mostDamages is how many damages of one text are cut out before the rest of it
// is given up.
const mostDamages = 200

// pieces cuts a text into markup and what stands between, however broken it is.
// visit gets each piece; markup is a tag, and raw a comment, a CDATA section, an
// instruction or a document type, which are nobody's to change.
func pieces(data []byte, visit func(piece []byte, markup, raw bool)) {
	for len(data) > 0 {
		i := bytes.IndexByte(data, '<')
		if i != 0 {
			if i < 0 {
				i = len(data)
			}
			visit(data[:i], false, false)
			data = data[i:]
			continue
		}
		n, raw := len(data), true
		upTo := func(mark string) {
			if k := bytes.Index(data, []byte(mark)); k >= 0 {
				n = k + len(mark)
			}
		}
		switch {
		case bytes.HasPrefix(data, []byte("<!--")):
			upTo("-->")
		case bytes.HasPrefix(data, []byte("<![CDATA[")):
			upTo("]]>")
		case bytes.HasPrefix(data, []byte("<?")):
			upTo("?>")
		case bytes.HasPrefix(data, []byte("<!")):
			n = doctypeEnd(data)
		default:
			n, raw = tagEnd(data, 0), false
		}
		visit(data[:n], true, raw)
		data = data[n:]
	}
}

// doctypeEnd returns the length of a <!DOCTYPE …>, with what stands in its
// brackets.
func doctypeEnd(data []byte) int {
	depth, quote := 0, byte(0)
	for i, c := range data {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth <= 0:
			return i + 1
		}
	}
	return len(data)
}

// dropDoctype takes the document type declaration out. What it declares is never
// expanded.
func dropDoctype(w *work) change {
	var out bytes.Buffer
	n := 0
	pieces(w.data, func(p []byte, _, raw bool) {
		if raw && len(p) > 8 && bytes.EqualFold(p[:9], []byte("<!DOCTYPE")) {
			n++
			return
		}
		out.Write(p)
	})
	if n == 0 {
		return change{}
	}
	w.data = out.Bytes()
	return change{count: n, lost: "the entities that it declared"}
}

// cleanText replaces what is no text: characters that XML forbids go, and bytes
// that are no UTF-8 are read as windows-1252, as which they were written.
func cleanText(w *work) change {
	var out bytes.Buffer
	out.Grow(len(w.data))
	characters, foreign := 0, 0
	for b := w.data; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n <= 1:
			foreign++
			out.WriteRune(charmap.Windows1252.DecodeByte(b[0]))
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			characters++
		default:
			out.Write(b[:n])
		}
		b = b[n:]
	}
	if characters+foreign == 0 {
		return change{}
	}
	w.data = out.Bytes()
	c := change{count: characters + foreign}
	if characters > 0 {
		c.lost = counted(characters, "character that cannot be seen", "characters that cannot be seen")
	}
	return c
}

// escape writes & as &amp; where no reference begins.
func escape(w *work) change {
	var out bytes.Buffer
	out.Grow(len(w.data))
	n := 0
	pieces(w.data, func(p []byte, _, raw bool) {
		if raw {
			out.Write(p)
			return
		}
		for {
			i := bytes.IndexByte(p, '&')
			if i < 0 {
				out.Write(p)
				return
			}
			out.Write(p[:i])
			if p = p[i:]; reference(p) {
				out.WriteByte('&')
			} else {
				n++
				out.WriteString("&amp;")
			}
			p = p[1:]
		}
	})
	if n > 0 {
		w.data = out.Bytes()
	}
	return change{count: n}
}

// reference reports whether b begins with one that XML knows.
func reference(b []byte) bool {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 2 {
		return false
	}
	switch name := string(b[1:end]); name {
	case "amp", "lt", "gt", "quot", "apos":
		return true
	default:
		digits, isNumber := strings.CutPrefix(name, "#")
		set := "0123456789"
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			digits, set = hex, "0123456789abcdefABCDEF"
		}
		return isNumber && digits != "" && strings.Trim(digits, set) == ""
	}
}

// trimStart takes the blanks before the XML declaration out.
func trimStart(w *work) change {
	trimmed := bytes.TrimLeft(w.data, " \t\r\n")
	if n := len(w.data) - len(trimmed); n > 0 && bytes.HasPrefix(trimmed, []byte("<?xml")) {
		w.data = trimmed
		return change{count: 1}
	}
	return change{}
}

// closeOpen makes a damaged text well-formed: a damaged trackpoint is cut out
// where others follow; else all behind the damage is cut off, and the elements
// that are open there are closed.
func closeOpen(w *work) change {
	var c change
	points, bytesLost := 0, 0
	for range mostDamages {
		if w.ctx.Err() != nil {
			break
		}
		bad, ok := damage(w.data)
		if !ok {
			break
		}
		c.count++
		switch {
		case bad.after: // behind the end of the document
			bytesLost += len(w.data) - bad.from
			w.data = append(slices.Clone(bytes.TrimRight(w.data[:bad.from], " \t\r\n")), '\n')
		case bad.next > 0:
			points++
			w.data = append(slices.Clone(w.data[:bad.from]), w.data[bad.next:]...)
		default:
			if bad.inPoint {
				points++
			}
			bytesLost += len(w.data) - bad.from
			out := slices.Clone(bytes.TrimRight(w.data[:bad.from], " \t\r\n"))
			for i := len(bad.open) - 1; i >= 0; i-- {
				out = append(out, "</"+bad.open[i]+">"...)
			}
			out = append(out, '\n')
			w.data = out
		}
	}
	var lost []string
	if points > 0 {
		lost = append(lost, counted(points, "trackpoint that was damaged", "trackpoints that were damaged"))
	}
	if bytesLost > 0 {
		lost = append(lost, counted(bytesLost, "byte behind the damage", "bytes behind the damage"))
	}
	c.lost = strings.Join(lost, ", ")
	return c
}

// broken is where a text is damaged, and what can be kept.
type broken struct {
	from    int      // what stands before is sound
	next    int      // where what is sound goes on behind the damage; 0 where nothing does
	inPoint bool     // the damage is within a trackpoint
	after   bool     // the document ended before
	open    []string // the elements that are open at from, with their prefixes
}

// damage finds the first mistake of a text.
func damage(data []byte) (broken, bool) {
	s := xmlscan.New(bytes.NewReader(data), xmlscan.Limits{})
	type element struct {
		name  string
		start int
		child int // where its last complete child ends, or its content begins
		point bool
	}
	var open []element
	closed := 0
	for {
		kind, err := s.Next()
		if err != nil {
			var e *xmlscan.Error
			if !errors.As(err, &e) || e.Kind != xmlscan.Malformed && e.Kind != xmlscan.Truncated {
				return broken{}, false
			}
			if len(open) == 0 {
				if closed == 0 {
					return broken{}, false // nothing to keep
				}
				return broken{from: closed, after: true}, true
			}
			return keepable(data, int(e.Offset), func() (b broken) {
				k := len(open) - 1
				for i := range open {
					if open[i].point {
						b.inPoint, b.from, k = true, open[i].start, i-1
						break
					}
				}
				if !b.inPoint {
					b.from = open[k].child
				}
				for i := 0; i <= k; i++ {
					b.open = append(b.open, open[i].name)
				}
				return b
			}()), true
		}
		switch kind {
		case xmlscan.EOF:
			return broken{}, false
		case xmlscan.Start:
			at := int(s.Offset())
			name := string(s.Name())
			full := name
			if p := s.Prefix(); len(p) > 0 {
				full = string(p) + ":" + name
			}
			open = append(open, element{full, at, tagEnd(data, at), name == "trkpt" || name == "Trackpoint"})
		case xmlscan.End:
			e := open[len(open)-1]
			open = open[:len(open)-1]
			end := e.child
			if data[tagEnd(data, e.start)-2] != '/' {
				at := int(s.Offset())
				end = at + bytes.IndexByte(data[at:], '>') + 1
			}
			if len(open) > 0 {
				open[len(open)-1].child = end
			} else {
				closed = end
			}
		}
	}
}

// keepable looks for the next trackpoint behind a damage, or the end of its track.
func keepable(data []byte, at int, b broken) broken {
	if !b.inPoint {
		return b
	}
	prefix := []byte("<trkpt")
	if bytes.Contains(data[b.from:min(len(data), b.from+40)], []byte("Trackpoint")) {
		tag := data[b.from:tagEnd(data, b.from)]
		prefix = bytes.TrimRight(tag[:bytes.Index(tag, []byte("Trackpoint"))+len("Trackpoint")], ">")
	}
	from := max(at, b.from+1)
	if i := bytes.Index(data[from:], prefix); i >= 0 {
		b.next = from + i
	}
	// It may have been the last one of its track.
	if n := len(b.open); n > 0 {
		if i := bytes.Index(data[from:], []byte("</"+b.open[n-1]+">")); i >= 0 && (b.next == 0 || from+i < b.next) {
			b.next = from + i
		}
	}
	return b
}

// wellKnown are the namespaces that programs use and forget to declare.
var wellKnown = map[string]string{
	"gpxtpx": "http://www.garmin.com/xmlschemas/TrackPointExtension/v1", "gpxx": "http://www.garmin.com/xmlschemas/GpxExtensions/v3",
	"gpxdata": "http://www.cluetrust.com/XML/GPXDATA/1/0", "xsi": "http://www.w3.org/2001/XMLSchema-instance",
	"gpxpx": "http://www.garmin.com/xmlschemas/PowerExtension/v1",
	"ns2":   "http://www.garmin.com/xmlschemas/UserProfile/v2", "ns3": "http://www.garmin.com/xmlschemas/ActivityExtension/v2",
	"ns5": "http://www.garmin.com/xmlschemas/ActivityGoals/v1", "ax": "http://www.garmin.com/xmlschemas/ActivityExtension/v2",
}

// declare adds the declarations of prefixes that have none to the root element.
// Programs mean the same by the same prefix; others get a name of their own.
func declare(w *work) change {
	d, err := index(w.data)
	if err != nil || len(d.nodes) == 0 {
		return change{}
	}
	unbound := map[string]bool{}
	s := xmlscan.New(bytes.NewReader(w.data), xmlscan.Limits{})
	note := func(prefix []byte, space []byte) {
		if p := string(prefix); p != "" && p != "xml" && p != "xmlns" && len(space) == 0 {
			unbound[p] = true
		}
	}
	declared := map[string]bool{}
	for {
		kind, err := s.Next()
		if err != nil || kind == xmlscan.EOF {
			break
		}
		if kind != xmlscan.Start {
			continue
		}
		note(s.Prefix(), s.Namespace())
		for i := range s.NumAttr() {
			p, name, _ := s.AttrAt(i)
			if string(p) == "xmlns" {
				declared[string(name)] = true
			} else {
				note(p, nil)
			}
		}
	}
	var names []string
	for p := range unbound {
		if !declared[p] {
			names = append(names, p)
		}
	}
	if len(names) == 0 {
		return change{}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, p := range names {
		uri := wellKnown[p]
		if p == "ns3" && d.nodes[0].name == "gpx" {
			uri = wellKnown["gpxtpx"]
		}
		if uri == "" {
			uri = "urn:undeclared:" + p
		}
		fmt.Fprintf(&b, ` xmlns:%s="%s"`, p, uri)
	}
	root := &d.nodes[0]
	at := root.open - 1
	if root.empty() {
		at--
	}
	d.replace(at, at, b.String())
	w.data = d.apply()
	return change{count: len(names)}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
