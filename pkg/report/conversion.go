package report

import (
	"fmt"
	"io"

	"github.com/bandport/bandport/pkg/finding"
)

// ResultEmpty is the result of a workout that has nothing the format can hold,
// while others of its file do. The other results are the ways of convert.Plan.
const ResultEmpty = "empty"

// Conversion is what `bandport convert` tells of one activity.
type Conversion struct {
	File     string    `json:"file"`
	Activity int       `json:"activity"`
	Result   string    `json:"result"` // written, copied, patched or empty
	Format   string    `json:"format"` // of the file
	To       string    `json:"to"`     // of the result
	Output   *string   `json:"output"` // the name of the result
	Points   int       `json:"points"` // in the result
	Verified bool      `json:"verified"`
	Findings []Finding `json:"findings"`
}

// NewConversion describes a result that has no name yet.
func NewConversion(file string, index int, result, format, to string, points int, verified bool, fileFindings, findings []finding.Finding) Conversion {
	return Conversion{
		File: file, Activity: index, Result: result, Format: format, To: to, Points: points, Verified: verified,
		Findings: newFindings(fileFindings, findings),
	}
}

// WriteConversion writes a line for people.
func WriteConversion(w io.Writer, c *Conversion) error {
	if c.Output == nil {
		_, err := fmt.Fprintf(w, "%s: workout %d has nothing that %s can hold\n", Printable(c.File), c.Activity+1, c.To)
		return err
	}
	verified := ""
	if c.Verified {
		verified = ", verified"
	}
	_, err := fmt.Fprintf(w, "%s → %s (%d points, %s%s)\n", Printable(c.File), Printable(*c.Output), c.Points, c.Result, verified)
	return err
}
