package activity

import (
	"fmt"
	"io"
	"slices"

	"github.com/bandport/bandport/pkg/finding"
)

// File is what a codec makes of one file: its activities, and the findings
// that concern the file as a whole.
type File struct {
	Activities []Activity
	Findings   []finding.Finding
	// Source is what was read; nil unless the codec was asked to keep it.
	Source *Source
}

// Source is a file as it was read, beside the model that was made of it. Who
// writes the same format again changes what is to be changed in these bytes and
// leaves the rest as it stands: messages, elements and extensions that the model
// does not know get lost in no other way.
type Source struct {
	Format string // "tcx", "gpx" or "fit"
	// Data is the whole file, decompressed; of one whose reader failed, what came
	// before. Nobody changes it: whoever edits works on a copy.
	Data []byte
}

// Extent is a piece of [Source.Data]: Data[Offset : Offset+Length].
type Extent struct{ Offset, Length int }

// Of returns the piece. It panics where the extent is not one of these data.
func (e Extent) Of(s *Source) []byte { return s.Data[e.Offset : e.Offset+e.Length] }

// Edit is a change of some bytes of a source: With takes the place of the extent,
// which may be empty.
type Edit struct {
	Extent
	With []byte
}

// Splice writes the data with all edits made, and every other byte as it stands.
// The order of the edits does not matter, but for those at one place, which are
// made in the order given. Edits that overlap, or lie outside the data, are an
// error, before anything is written; other errors are those of w.
func (s *Source) Splice(w io.Writer, edits []Edit) error {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.Offset - b.Offset })
	at := 0
	for _, e := range edits {
		if e.Offset < at || e.Length < 0 || e.Offset+e.Length > len(s.Data) {
			return fmt.Errorf("changing byte %d of the source: it was changed already, or is not there", e.Offset)
		}
		at = e.Offset + e.Length
	}
	at = 0
	for _, e := range edits {
		if _, err := w.Write(s.Data[at:e.Offset]); err != nil {
			return err
		}
		if _, err := w.Write(e.With); err != nil {
			return err
		}
		at = e.Offset + e.Length
	}
	_, err := w.Write(s.Data[at:])
	return err
}
