package activity

import "github.com/bandport/bandport/pkg/finding"

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
