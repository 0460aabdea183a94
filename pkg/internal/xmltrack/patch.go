package xmltrack

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
	"github.com/bandport/bandport/pkg/internal/xmlwrite"
)

// Element is an element of a document that is being patched. The extents are of
// the document.
type Element struct {
	Name, Prefix string
	Parent       string          // name of the element around it
	Tag          activity.Extent // the start tag
	Content      activity.Extent // between the tags; empty where it is one tag
	Whole        activity.Extent
	Closed       bool // it is one tag: <a/>
	Children     int
}

// Elements calls visit for every element of a piece of a document at its end: for
// children before what is around them. The piece begins at an offset of the
// document. A damage ends it; everything before was visited.
func Elements(data []byte, offset int, visit func(*Element)) {
	s := xmlscan.New(bytes.NewReader(data), xmlscan.Limits{})
	var stack []Element
	for {
		kind, err := s.Next()
		if err != nil || kind == xmlscan.EOF {
			return
		}
		switch kind {
		case xmlscan.Start:
			at := int(s.Offset())
			e := Element{
				Name: string(s.Name()), Prefix: string(s.Prefix()),
				Tag: activity.Extent{Offset: offset + at, Length: int(s.Behind()) - at},
			}
			if n := len(stack); n > 0 {
				e.Parent = stack[n-1].Name
				stack[n-1].Children++
			}
			e.Closed = data[int(s.Behind())-2] == '/'
			stack = append(stack, e)
		case xmlscan.End:
			e := &stack[len(stack)-1]
			from, end := e.Tag.Offset+e.Tag.Length, offset+int(s.Behind())
			e.Content = activity.Extent{Offset: from}
			if !e.Closed {
				e.Content.Length = offset + int(s.Offset()) - from
			}
			e.Whole = activity.Extent{Offset: e.Tag.Offset, Length: end - e.Tag.Offset}
			visit(e)
			stack = stack[:len(stack)-1]
		}
	}
}

// Attribute returns where the value of an attribute stands in a start tag; ok is
// false where the tag does not have it.
func Attribute(src *activity.Source, tag activity.Extent, name string) (value activity.Extent, ok bool) {
	b := tag.Of(src)
	for at := 1; at < len(b); {
		i := bytes.IndexByte(b[at:], '=')
		if i < 0 {
			return value, false
		}
		word := bytes.TrimRight(b[at:at+i], " \t\r\n")
		word = word[bytes.LastIndexAny(word, " \t\r\n")+1:]
		at += i + 1
		for at < len(b) && (b[at] == ' ' || b[at] == '\t' || b[at] == '\r' || b[at] == '\n') {
			at++
		}
		if at == len(b) {
			return value, false
		}
		end := bytes.IndexByte(b[at+1:], b[at])
		if end < 0 {
			return value, false
		}
		if string(word) == name {
			return activity.Extent{Offset: tag.Offset + at + 1, Length: end}, true
		}
		at += end + 2
	}
	return value, false
}

// SetAttribute returns the edit that gives an attribute another value, or adds it.
func SetAttribute(src *activity.Source, e *Element, name string, value []byte) activity.Edit {
	if at, ok := Attribute(src, e.Tag, name); ok {
		return activity.Edit{Extent: at, With: value}
	}
	behind := e.Tag.Offset + e.Tag.Length - 1
	if e.Closed {
		behind--
	}
	return activity.Edit{Extent: activity.Extent{Offset: behind}, With: fmt.Appendf(nil, ` %s="%s"`, name, value)}
}

// SetContent returns the edit that gives an element another text.
func SetContent(e *Element, text []byte) activity.Edit {
	if !e.Closed {
		return activity.Edit{Extent: e.Content, With: text}
	}
	return activity.Edit{
		Extent: activity.Extent{Offset: e.Tag.Offset + e.Tag.Length - 2, Length: 2},
		With:   fmt.Appendf(nil, ">%s</%s>", text, qualified(e)),
	}
}

func qualified(e *Element) string {
	if e.Prefix != "" {
		return e.Prefix + ":" + e.Name
	}
	return e.Name
}

// Remove returns the edit that takes an extent out, with the blanks before it up
// to the tag that they indent it from.
func Remove(src *activity.Source, at activity.Extent) activity.Edit {
	from := at.Offset
	for from > 0 && bytes.IndexByte([]byte(" \t\r\n"), src.Data[from-1]) >= 0 {
		from--
	}
	if from > 0 && src.Data[from-1] != '>' { // they belong to a text
		from = at.Offset
	}
	return activity.Edit{Extent: activity.Extent{Offset: from, Length: at.Offset + at.Length - from}}
}

// Dialect is what the patching of trackpoints has to know of a format.
type Dialect struct {
	// Field tells which field of a record an element holds; 0 for none.
	Field func(e *Element) activity.Fields
	// Position returns the edits that change the position; whole is the trackpoint.
	Position func(src *activity.Source, whole *Element, inner []Element, to *activity.Record) ([]activity.Edit, error)
	// Insert returns the edits that add fields.
	Insert func(whole *Element, inner []Element, added []Added) ([]activity.Edit, error)
	// Remove returns the element to take out for one that holds a field: itself, or
	// what is around it.
	Remove func(e *Element, inner []Element) *Element
}

// Added is a field that a trackpoint did not have.
type Added struct {
	Field activity.Fields
	Value []byte // as it is written
}

// fieldsInXML are the fields that are elements with a number.
var fieldsInXML = []activity.Fields{
	activity.Altitude, activity.Distance, activity.Speed, activity.HeartRate, activity.Cadence, activity.Power, activity.Temperature,
}

// Value returns a field of a record as it is written.
func Value(r *activity.Record, f activity.Fields) []byte {
	switch f {
	case activity.Altitude:
		return xmlwrite.AppendFloat(nil, r.Altitude)
	case activity.Distance:
		return xmlwrite.AppendFloat(nil, r.Distance)
	case activity.Speed:
		return xmlwrite.AppendFloat32(nil, r.Speed)
	case activity.HeartRate:
		return xmlwrite.AppendFloat32(nil, r.HeartRate)
	case activity.Cadence:
		return xmlwrite.AppendFloat32(nil, r.Cadence)
	case activity.Power:
		return xmlwrite.AppendFloat32(nil, r.Power)
	}
	return xmlwrite.AppendFloat32(nil, r.Temperature)
}

// differs reports whether a field of two records is not the same.
func differs(a, b *activity.Record, f activity.Fields) bool {
	return (a.Has^b.Has)&f != 0 || a.Has&f != 0 && !bytes.Equal(Value(a, f), Value(b, f))
}

// Patch returns the edits that make of the trackpoints of one workout those of
// another state of it. What identifies a trackpoint is its place: those whose
// place is missing in the new state go.
func (d *Dialect) Patch(src *activity.Source, before, after *activity.Activity) ([]activity.Edit, error) {
	if len(before.Places) != len(before.Records) || len(after.Places) != len(after.Records) {
		return nil, errors.New("where the trackpoints stand is not known; the document may not be in UTF-8")
	}
	var edits []activity.Edit
	k := 0
	for i, place := range before.Places {
		if k == len(after.Places) || after.Places[k] != place {
			edits = append(edits, Remove(src, place))
			continue
		}
		from, to := &before.Records[i], &after.Records[k]
		k++
		if *from == *to {
			continue
		}
		more, err := d.point(src, place, from, to)
		if err != nil {
			return nil, fmt.Errorf("trackpoint at byte %d: %w", place.Offset, err)
		}
		edits = append(edits, more...)
	}
	if k < len(after.Places) {
		return nil, errors.New("the trackpoints are not in the order of the document, or not of it")
	}
	return edits, nil
}

// point returns the edits of one trackpoint.
func (d *Dialect) point(src *activity.Source, place activity.Extent, from, to *activity.Record) (edits []activity.Edit, err error) {
	var inner []Element
	Elements(place.Of(src), place.Offset, func(e *Element) { inner = append(inner, *e) })
	if len(inner) == 0 {
		return nil, errors.New("it is damaged")
	}
	whole := &inner[len(inner)-1]
	inner = inner[:len(inner)-1]
	if from.Time != to.Time {
		for i := range inner {
			if e := &inner[i]; (e.Name == "time" || e.Name == "Time") && e.Children == 0 {
				edits = append(edits, SetContent(e, Instant(to.Time)))
			}
		}
	}
	if (from.Has^to.Has)&activity.Position != 0 || from.Lat != to.Lat || from.Lon != to.Lon {
		more, err := d.Position(src, whole, inner, to)
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	var added []Added
	for _, f := range fieldsInXML {
		if !differs(from, to, f) {
			continue
		}
		value, done := Value(to, f), false
		for i := range inner {
			e := &inner[i]
			if d.Field(e) != f {
				continue
			}
			done = true
			if to.Has&f != 0 {
				edits = append(edits, SetContent(e, value))
			} else {
				edits = append(edits, Remove(src, d.Remove(e, inner).Whole))
			}
		}
		if !done && to.Has&f != 0 {
			added = append(added, Added{f, value})
		}
	}
	if len(added) == 0 {
		return edits, nil
	}
	if whole.Closed {
		return nil, errors.New("a trackpoint that is one tag holds nothing")
	}
	more, err := d.Insert(whole, inner, added)
	return append(edits, more...), err
}

// Instant returns a time as it is written.
func Instant(ms int64) []byte {
	var b bytes.Buffer
	w := xmlwrite.New(&b)
	w.Time(ms)
	_ = w.Close() // a buffer takes everything
	return b.Bytes()
}
