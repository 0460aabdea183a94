package convert

import (
	"fmt"
	"io"
	"slices"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/gpx"
	"github.com/bandport/bandport/pkg/tcx"
)

// Encoder writes one format.
type Encoder struct {
	// Format is its name: "fit", "tcx", "gpx". Files have it as their extension.
	Format string
	// Project returns what the format can hold of workouts: what reading gives
	// that was written by Encode. An error is a finding.Failure.
	Project func([]activity.Activity, Options) ([]activity.Activity, error)
	// Encode writes workouts as one file. An error is one of Project, or that of
	// the writer.
	Encode func(io.Writer, []activity.Activity, Options) error
}

// Registry is a list of encoders.
type Registry []Encoder

// Default returns the encoders of this module. The slice belongs to the caller.
func Default() Registry {
	return Registry{
		{
			Format:  "fit",
			Project: func(acts []activity.Activity, _ Options) ([]activity.Activity, error) { return fit.Project(acts) },
			Encode:  func(w io.Writer, acts []activity.Activity, _ Options) error { return fit.Encode(w, acts) },
		},
		{
			Format: "tcx",
			Project: func(acts []activity.Activity, o Options) ([]activity.Activity, error) {
				return tcx.Project(acts, tcx.EncodeOptions{Strava: o.Strava})
			},
			Encode: func(w io.Writer, acts []activity.Activity, o Options) error {
				return tcx.Encode(w, acts, tcx.EncodeOptions{Strava: o.Strava})
			},
		},
		{
			Format:  "gpx",
			Project: func(acts []activity.Activity, _ Options) ([]activity.Activity, error) { return gpx.Project(acts) },
			Encode: func(w io.Writer, acts []activity.Activity, o Options) error {
				return gpx.Encode(w, acts, gpx.EncodeOptions{Strava: o.Strava})
			},
		},
	}
}

// Formats lists the formats that can be written.
func (reg Registry) Formats() []string {
	var out []string
	for _, e := range reg {
		out = append(out, e.Format)
	}
	return out
}

// Lookup returns the encoder of a format.
func (reg Registry) Lookup(format string) (Encoder, error) {
	i := slices.IndexFunc(reg, func(e Encoder) bool { return e.Format == format })
	if i < 0 {
		return Encoder{}, fmt.Errorf("no encoder for the format %q", format)
	}
	return reg[i], nil
}

// Options say how a file is converted. The zero value keeps to the schemas and
// takes losses with a finding.
type Options struct {
	// Strava writes what makes Strava come out right: see docs/for-strava.md.
	Strava bool
	// Barometer says what the name of the device claims, with Strava.
	Barometer Barometer
	// Strict makes it an error if anything would be lost.
	Strict bool
}

// Barometer says whether the name of the device is to claim a barometer, which
// makes Strava take the altitudes as they are.
type Barometer uint8

// What the name claims.
const (
	BarometerAuto Barometer = iota // what is known of the device
	BarometerYes
	BarometerNo
)
