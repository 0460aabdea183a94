package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
)

func (a *app) checkCommand() *cobra.Command {
	var sport string
	cmd := &cobra.Command{
		Use:   "check PATH...",
		Short: "Tell what Strava would reject, ignore or change in workouts",
		Long: `Tell what Strava would reject, ignore or change in workouts, before it does.

PATH is a file, a folder (with all below it), a zip archive (also one within
another, and one with a password), or - for standard input. Files may be gzipped;
what they are is told by their content. All workouts stand in one table, each
finding with its place and how often it was made.

An error is what makes Strava reject the file or mangle the workout, a warning
what it ignores or changes. What has no effect there is shown with --verbose, as
are workouts without a finding. docs/findings.md explains every code; "bandport
fix" mends what can be mended.`,
		Example: `  bandport check evening-run.tcx
  bandport check export.zip                       a whole archive in one table
  bandport check --quiet workouts/ && echo fine   for scripts: exit status 7 where there are errors
  bandport check --format jsonl workouts/ | jq -r 'select(.result == "error").file'`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			if s.password, err = a.archivePassword(args); err != nil {
				return err
			}
			o := check.Options{Now: time.Now()}
			if o.Sport, err = sportFlag(sport); err != nil {
				return err
			}
			if s.format == report.Table {
				table := report.NewCheckTable(a.Out, a.verbose, a.color(), a.width())
				return closing(a.check(cmd.Context(), &s, o, args, table.Add, nil), table.Close)
			}
			encoder, err := report.NewEncoder(a.Out, s.format, report.Check{})
			if err != nil {
				return err
			}
			show := func(c report.Check) error { return encoder.Encode(c) }
			return closing(a.check(cmd.Context(), &s, o, args, show, encoder), encoder.Close)
		},
	}
	a.sharedFlags(cmd, "format", "tz", "jobs", "max-size", "max-entries", "max-nesting", "max-ratio", "max-total")
	cmd.Flags().StringVar(&sport, "sport", "", "judge it as this `SPORT`, which you would tell Strava with the file")
	completeSports(cmd)
	exits(cmd, exitOK, exitFailure, exitUsage, exitPartial, exitFindings, exitInterrupted)
	return cmd
}

func completeSports(cmd *cobra.Command) {
	must(cmd.RegisterFlagCompletionFunc("sport", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, s := range activity.Sports() {
			names = append(names, string(s))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}))
}

// checked is what a worker makes of one file.
type checked struct {
	item    source.Item
	results []report.Check
	err     error
}

// check judges all files on several workers, and shows the results in the order
// of the files. A file in which nothing can be read is a result, too, where that
// is the file's own fault.
func (a *app) check(ctx context.Context, s *settings, o check.Options, paths []string, show func(report.Check) error, encoder report.Encoder) error {
	var checkers perWorker[check.Checker]
	work := func(ctx context.Context, it source.Item) (r checked) {
		r.item = it
		defer load.Recover(&r.err)
		f, err := load.File(ctx, it, load.Default(), s.decoding())
		var failure *finding.Failure
		switch {
		case err == nil:
			checkers.with(func(c *check.Checker) {
				options := o
				options.Size = it.Size
				for i, v := range c.File(&f, options) {
					r.results = append(r.results, report.NewCheck(it.Name, i, &f.Activities[i], &v))
				}
			})
		case errors.As(err, &failure) && check.OfTheFile(failure.Finding.Code) && !load.Skippable(it, err):
			v := check.Failed(failure)
			r.results = []report.Check{report.NewCheck(it.Name, 0, nil, &v)}
		default:
			r.err = err
		}
		return r
	}
	var t tally
	return t.end(eachFile(ctx, a, s, paths, work, func(r checked, bar *progress) error {
		if r.err != nil {
			return a.missed(&t, r.item, r.err, bar, encoder)
		}
		t.done++
		if a.OutTerminal {
			bar.pause()
		}
		for i := range r.results {
			if r.results[i].Result == finding.Error.String() {
				t.errors++
			}
			if encoder == nil && a.quiet && r.results[i].Result != finding.Error.String() {
				continue
			}
			if err := show(r.results[i]); err != nil {
				return fmt.Errorf("writing the output: %w", err)
			}
		}
		return nil
	}), a)
}
