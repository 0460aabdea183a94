package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/report"
)

func (a *app) infoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "info PATH...",
		Short: "Show what is in workout files: device, laps, pauses, sensors, findings",
		Long: `Show what is in workout files, without any recalculation: device, sport, laps,
pauses, sensors, gaps, the file's own totals, and everything about the file that
Strava or another program could stumble over.

PATH is a file, a folder (with all below it), a zip archive (also one within
another, and one with a password), or - for standard input. Files may be gzipped;
what they are is told by their content.`,
		Example: `  bandport info evening-run.tcx
  bandport info --format json evening-run.tcx
  bandport info --format csv workouts/ > workouts.csv`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			if s.password, err = a.archivePassword(args); err != nil {
				return err
			}
			// The findings are part of the table, so none are told beside it.
			convert := func(file string, f *activity.File) ([]report.Info, []finding.Finding) {
				out := make([]report.Info, len(f.Activities))
				for i := range f.Activities {
					out[i] = report.NewInfo(file, i, &f.Activities[i], f.Findings, s.zone)
				}
				return out, nil
			}
			if s.format != report.Table {
				encoder, err := report.NewEncoder(a.Out, s.format, report.Info{})
				if err != nil {
					return err
				}
				return closing(readFiles(cmd.Context(), a, &s, args, convert, nil, encoder), encoder.Close)
			}
			begun := false
			return readFiles(cmd.Context(), a, &s, args, convert, func(i report.Info) error {
				if begun {
					if _, err := fmt.Fprintln(a.Out); err != nil {
						return err
					}
				}
				begun = true
				return report.WriteInfo(a.Out, &i, s.units)
			}, nil)
		},
	}
	a.sharedFlags(cmd, "format", "units", "tz", "jobs", "max-size", "max-entries", "max-nesting", "max-ratio", "max-total")
	exits(cmd, exitOK, exitFailure, exitUsage, exitPartial, exitInterrupted)
	return cmd
}
