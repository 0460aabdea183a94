package activity

import "github.com/bandport/bandport/pkg/finding"

// File is what a codec makes of one file: its activities, and the findings
// that concern the file as a whole.
type File struct {
	Activities []Activity
	Findings   []finding.Finding
}
