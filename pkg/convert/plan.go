package convert

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/gpx"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/tcx"
)

// How says where the bytes of a result come from.
type How string

// The ways to a result.
const (
	Written How = "written" // built from the model
	Copied  How = "copied"  // those of the source, which has the format already
	Patched How = "patched" // those of the source, but for what was changed
)

// Plan is a conversion that was thought through and not yet written.
type Plan struct {
	Format string
	How    How
	// Index says which activities of the file stand in the result, in order. Those
	// that have nothing the format can hold do not: Empty says why of each.
	Index []int
	Empty map[int]error
	// Activities are the workouts as they will be read from the result.
	Activities []activity.Activity
	// Findings are about each of them: what is lost, filled in and rounded, and
	// what was changed for Strava.
	Findings [][]finding.Finding

	file    *activity.File
	changed []activity.Activity // the workouts with what was changed for Strava
	encoder Encoder
	options Options
}

// New plans the conversion of a file. Where the file has the format already, and
// its source was kept, its bytes are used again (see [activity.Source]); a
// document that is damaged is built anew from what could be read.
//
// An error is a [finding.Failure]: that of [Encoder].Project, where no workout can
// be written, or [finding.ConvertStrict].
func New(f *activity.File, e Encoder, o Options) (*Plan, error) {
	p := &Plan{Format: e.Format, file: f, encoder: e, options: o, Findings: make([][]finding.Finding, len(f.Activities))}
	p.changed = slices.Clone(f.Activities)
	for i := range f.Activities {
		p.Index = append(p.Index, i)
	}
	edited := false
	if o.Strava {
		for i := range p.changed {
			var found finding.List
			if forStrava(&p.changed[i], e.Format, o.Barometer, &found) {
				edited = true
			}
			p.Findings[i] = found.Findings()
		}
	}
	p.How = how(f, e.Format, edited || o.Strava && e.Format == "gpx")
	if p.How != Written {
		p.Activities = p.changed
		return p, nil
	}
	filled := slices.Clone(p.changed)
	if e.Format != "gpx" {
		for i := range filled {
			addDistance(&filled[i])
		}
	}
	var err error
	if p.Activities, err = e.Project(filled, o); finding.CodeOf(err) == finding.ConvertEmpty && len(filled) > 1 {
		filled = p.dropEmpty(filled)
		p.Activities, err = e.Project(filled, o)
	}
	if err != nil {
		return nil, err
	}
	for i := range p.changed {
		lost := Lost(&p.changed[i], &p.Activities[i])
		if o.Strict && AnyLost(lost) {
			return nil, finding.Fail(finding.ConvertStrict, finding.Place{}, firstLost(lost), nil)
		}
		p.Findings[i] = append(p.Findings[i], lost...)
	}
	p.changed = filled
	return p, nil
}

// dropEmpty leaves out the workouts that cannot be written, unless that is all of
// them.
func (p *Plan) dropEmpty(filled []activity.Activity) []activity.Activity {
	empty := map[int]error{}
	for i := range filled {
		if _, err := p.encoder.Project(filled[i:i+1], p.options); err != nil {
			empty[i] = err
		}
	}
	if len(empty) == len(filled) {
		return filled
	}
	p.Empty = empty
	var left, changed []activity.Activity
	var found [][]finding.Finding
	p.Index = nil
	for i := range filled {
		if empty[i] == nil {
			left, changed = append(left, filled[i]), append(changed, p.changed[i])
			found, p.Index = append(found, p.Findings[i]), append(p.Index, i)
		}
	}
	p.changed, p.Findings = changed, found
	return left
}

func firstLost(fs []finding.Finding) string {
	for _, f := range fs {
		if AnyLost([]finding.Finding{f}) {
			return fmt.Sprintf("%s, %d×", f.Code, f.Count)
		}
	}
	return ""
}

// how decides where the bytes come from.
func how(f *activity.File, format string, edited bool) How {
	if f.Source == nil || f.Source.Format != format {
		return Written
	}
	if format != "fit" && damaged(f) {
		return Written
	}
	if !edited {
		return Copied
	}
	for i := range f.Activities {
		if len(f.Activities[i].Places) != len(f.Activities[i].Records) {
			return Written
		}
	}
	return Patched
}

// damaged reports whether a part of the document could not be read.
func damaged(f *activity.File) bool {
	return slices.ContainsFunc(f.Findings, func(f finding.Finding) bool { return f.Severity == finding.Error })
}

// addDistance fills in the distance of the whole, which other formats want to
// have, from the recalculation.
func addDistance(a *activity.Activity) {
	if a.Totals.Distance.Known() || len(a.Laps) > 0 {
		return
	}
	r := recalc.Recalculate(a, recalc.Options{})
	a.Totals.Distance = r.Distance.Round(2)
}

// Write writes the result. An error is that of w, or says what of the source
// cannot be patched.
func (p *Plan) Write(w io.Writer) error {
	switch {
	case p.How == Written:
		return p.encoder.Encode(w, p.changed, p.options)
	case p.Format == "fit":
		return fit.Rewrite(w, p.file.Source, p.fitEdit())
	case p.How == Copied:
		_, err := w.Write(p.file.Source.Data)
		return err
	case p.Format == "tcx":
		return tcx.Patch(w, p.file, p.changed)
	}
	return gpx.PatchForStrava(w, p.file, p.changed)
}

// fitEdit returns what changes the records of a FIT for Strava: their cadence.
func (p *Plan) fitEdit() func(*fit.Message) fit.Action {
	if p.How != Patched {
		return nil
	}
	const cadence = 4 // the field of a record
	changed := map[int]float32{}
	for i := range p.changed {
		a, b := &p.file.Activities[i], &p.changed[i]
		for k := range a.Records {
			if a.Records[k].Cadence != b.Records[k].Cadence {
				changed[b.Places[k].Offset] = b.Records[k].Cadence
			}
		}
	}
	return func(m *fit.Message) fit.Action {
		if v, ok := changed[m.Offset]; ok {
			m.Set(cadence, float64(v))
		}
		return fit.Keep
	}
}

// same reports whether a result that was copied is the source, byte for byte.
func (p *Plan) sameBytes(data []byte) bool {
	return p.How == Copied && bytes.Equal(data, p.file.Source.Data)
}
