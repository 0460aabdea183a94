package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/check/repair"
	"github.com/bandport/bandport/pkg/finding"
)

// Fix is what `bandport fix` did with one file.
type Fix struct {
	File     string    `json:"file"`
	Result   string    `json:"result"`
	Output   *string   `json:"output"` // nil where nothing was written
	Repairs  []Mended  `json:"repairs"`
	Findings []Finding `json:"findings"` // what is left, the worst first
}

// Mended is a repair that was applied.
type Mended struct {
	Code    string `json:"code"`
	Count   int    `json:"count"`
	Message string `json:"message"`
	Lost    string `json:"lost"` // empty where nothing was
}

// The results of fixing a file.
const (
	FixDone     = "fixed"    // nothing is left that Strava would reject, ignore or change
	FixPartly   = "partly"   // something was mended, something is left
	FixClean    = "clean"    // there was nothing to mend; nothing was written
	FixCopied   = "copied"   // the same, and the file was copied
	FixUnmended = "unmended" // nothing could be mended; nothing was written
)

// NewFix puts the result of a repair into the form that users see.
func NewFix(file string, r *repair.Result) Fix {
	f := Fix{File: file, Repairs: []Mended{}, Findings: leftOver(r.After)}
	clean := repair.Clean(r.After)
	switch {
	case r.Changed && clean:
		f.Result = FixDone
	case r.Changed:
		f.Result = FixPartly
	case clean:
		f.Result = FixClean
	default:
		f.Result = FixUnmended
	}
	for _, d := range r.Done {
		f.Repairs = append(f.Repairs, Mended{Code: string(d.Code), Count: d.Count, Message: d.What, Lost: d.Lost})
	}
	return f
}

// leftOver lists the findings of all workouts of a file, each kind once.
func leftOver(vs []check.Verdict) []Finding {
	out := []Finding{}
	at := map[finding.Code]int{}
	for _, v := range vs {
		for _, f := range v.Findings {
			if k, ok := at[f.Code]; ok {
				out[k].Count += f.Count
				continue
			}
			at[f.Code] = len(out)
			out = append(out, NewFinding(f))
			out[at[f.Code]].advise(f.Code)
		}
	}
	return out
}

// Broken reports whether something is left that makes Strava reject the file or
// mangle the workout.
func (f *Fix) Broken() bool {
	for k := range f.Findings {
		if f.Findings[k].Severity == finding.Error.String() {
			return true
		}
	}
	return false
}

// FixTable tells people what was done with files, one after another.
type FixTable struct {
	w       io.Writer
	verbose bool
	files   int
	counts  map[string]int
}

// NewFixTable returns a table that writes to w. Findings without effect on Strava
// that are left are shown where verbose is set.
func NewFixTable(w io.Writer, verbose bool) *FixTable {
	return &FixTable{w: w, verbose: verbose, counts: map[string]int{}}
}

// Add shows a file.
func (t *FixTable) Add(f Fix) error {
	t.files++
	t.counts[f.Result]++
	var b strings.Builder
	b.WriteString(left(f.Result, len(FixUnmended)) + "  " + title(f.File, 0))
	if f.Output != nil {
		b.WriteString(" → " + Printable(*f.Output))
	}
	b.WriteByte('\n')
	indent := strings.Repeat(" ", len(FixUnmended)+2)
	for k := range f.Repairs {
		m := &f.Repairs[k]
		line := Printable(m.Message)
		var more []string
		if m.Count > 1 {
			more = append(more, fmt.Sprintf("%d times", m.Count))
		}
		if m.Lost != "" {
			more = append(more, "lost: "+Printable(m.Lost))
		}
		if len(more) > 0 {
			line += " (" + strings.Join(more, "; ") + ")"
		}
		b.WriteString(indent + "mended: " + line + " [" + m.Code + "]\n")
	}
	for k := range f.Findings {
		v := &f.Findings[k]
		if v.Severity == finding.Info.String() && !t.verbose {
			continue
		}
		b.WriteString(indent + "left: " + v.Severity + ": " + v.Text() + "\n")
		if v.Fix != "" {
			b.WriteString(indent + "  → " + Printable(v.Fix) + "\n")
		}
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

// Close shows the totals of several files.
func (t *FixTable) Close() error {
	if t.files < 2 {
		return nil
	}
	var parts []string
	for _, c := range []struct{ result, word string }{
		{FixDone, "fixed"}, {FixPartly, "partly fixed"}, {FixUnmended, "not mended"}, {FixClean, "clean and skipped"}, {FixCopied, "clean and copied"},
	} {
		if n := t.counts[c.result]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c.word))
		}
	}
	_, err := fmt.Fprintf(t.w, "\n%s: %s.\n", plural(t.files, "file"), strings.Join(parts, ", "))
	return err
}
