package finding

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Severity says what Strava does with the defect.
type Severity uint8

// The severities, from harmless to fatal. The zero value is Info.
const (
	Info    Severity = iota // no effect on what Strava shows
	Warning                 // Strava ignores or changes something
	Error                   // Strava rejects the file or mangles the workout
)

// String returns "info", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "severity(" + strconv.Itoa(int(s)) + ")"
}

// MarshalText writes the severity as its word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word that MarshalText wrote.
func (s *Severity) UnmarshalText(b []byte) error {
	for _, v := range []Severity{Info, Warning, Error} {
		if v.String() == string(b) {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("unknown severity %q", b)
}

// Code names a kind of finding, such as "tcx.time.missing". Codes are stable.
type Code string

// Place is where in the file the finding was made first. Line and Byte are
// both optional: Line counts from 1, and 0 means unknown; Byte counts from 0
// and is meaningful only where HasByte is set. Both count in the text as it
// is read: after decompression, and in UTF-8 after transcoding.
type Place struct {
	Line    int
	Byte    int64
	HasByte bool
}

// AtLine returns the place of a line, counted from 1.
func AtLine(line int) Place { return Place{Line: line} }

// AtByte returns the place of a byte, counted from 0.
func AtByte(offset int64) Place { return Place{Byte: offset, HasByte: true} }

// At returns the place of a line (from 1) and a byte (from 0).
func At(line int, offset int64) Place { return Place{Line: line, Byte: offset, HasByte: true} }

// String returns "line 12", "byte 3456", "line 12, byte 3456", or "" where the
// place is unknown.
func (p Place) String() string {
	var parts []string
	if p.Line > 0 {
		parts = append(parts, "line "+strconv.Itoa(p.Line))
	}
	if p.HasByte {
		parts = append(parts, "byte "+strconv.FormatInt(p.Byte, 10))
	}
	return strings.Join(parts, ", ")
}

// Finding is one coded observation about one file. Findings of one kind in one
// file are merged: Count says how often, Place where first.
type Finding struct {
	Code     Code
	Severity Severity
	Place    Place  // where it was seen first; zero where it has no place
	Count    int    // how often; at least 1
	Message  string // one sentence for people, without file name and place
	Fix      string // name of the repair that cures it, or what to do; may be empty
}

// String returns "severity code (place, n×): message".
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Severity.String())
	b.WriteByte(' ')
	b.WriteString(string(f.Code))
	where := f.Place.String()
	if f.Count > 1 {
		if where != "" {
			where = "first at " + where + ", "
		}
		where += strconv.Itoa(f.Count) + "×"
	}
	if where != "" {
		b.WriteString(" (" + where + ")")
	}
	b.WriteString(": " + f.Message)
	return b.String()
}

// New returns a finding with the severity and the fix that the catalogue gives
// for its code. The message is the catalogue's sentence; detail, if any, is
// appended to it after a colon. New panics on a code that the catalogue does
// not hold: that is a mistake in the program, found by its tests.
func New(code Code, place Place, detail string) Finding {
	d, ok := Lookup(code)
	if !ok {
		panic("finding: code not in the catalogue: " + string(code))
	}
	m := d.Message
	if detail != "" {
		m += ": " + detail
	}
	return Finding{Code: code, Severity: d.Severity, Place: place, Count: 1, Message: m, Fix: d.Fix}
}

// List collects findings and merges those of one code. The zero value is an
// empty list, ready to use. A List is not safe for concurrent use.
type List struct {
	found []Finding
}

// Add records a finding. If the code is already in the list only its count
// grows: the first place and the first message stay.
func (l *List) Add(code Code, place Place, detail string) {
	l.AddN(code, place, detail, 1)
}

// AddN records a finding that was made n times; it does nothing for n < 1.
func (l *List) AddN(code Code, place Place, detail string, n int) {
	if n < 1 {
		return
	}
	if i := l.index(code); i >= 0 {
		l.found[i].Count += n
		return
	}
	f := New(code, place, detail)
	f.Count = n
	l.found = append(l.found, f)
}

// Seen is Add without the work of building a detail: it counts a finding that
// is already in the list and reports whether it was.
func (l *List) Seen(code Code) bool {
	i := l.index(code)
	if i >= 0 {
		l.found[i].Count++
	}
	return i >= 0
}

func (l *List) index(code Code) int {
	return slices.IndexFunc(l.found, func(f Finding) bool { return f.Code == code })
}

// Findings returns what was collected, in the order of first sight. The slice
// belongs to the caller.
func (l *List) Findings() []Finding { return slices.Clone(l.found) }

// Worst returns the highest severity among the findings; ok is false where
// there are none.
func Worst(fs []Finding) (worst Severity, ok bool) {
	for _, f := range fs {
		worst, ok = max(worst, f.Severity), true
	}
	return worst, ok
}
