package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
)

func (a *app) summaryCommand() *cobra.Command {
	var sport, uploaded string
	var explain bool
	var with []string
	cmd := &cobra.Command{
		Use:   "summary PATH...",
		Short: "Show what Strava will make of workouts, beside what the band said",
		Long: `Show what Strava will make of workouts, beside what the band said.

PATH is a file, a folder (with all below it), a zip archive (also one within
another, and one with a password), or - for standard input. Files may be gzipped;
what they are is told by their content. One workout is shown as a card, several as
a table with totals.

Moving time, distance, pace, elevation and calories are recalculated by Strava's
rules. The band's figures are the file's own totals. --explain lists every stretch
that counts as rest, the rule behind each figure and how sure it is, every choice
between two accounts of a figure with what the other would have given, and every
threshold that was used. A figure marked ≈ rests on something that no file holds; ±
tells how near nine in ten of such figures come, where that is more than 1 %.

--with adds what Strava shows besides: splits (kilometres, or miles with --units
imperial), laps, efforts (the best efforts of runs), zones (of heart rate and power,
by --max-heartrate and --ftp or zones of your own), or all. In JSON they are lists;
in CSV, how many there are.

Strava counts calories of runs and walks by body weight where the file has
none, and estimates the power of rides by the weights of rider and bicycle: give
yours with --weight, or once and for all with "bandport config set weight 71.5".
Without it the weight that a FIT file holds of its wearer is taken.

Strava has changed rules over the years and goes by the day of the upload. What
is not said otherwise is taken as uploaded on its own day: before you upload old
workouts, ask with --uploaded today.`,
		Example: `  bandport summary evening-run.tcx
  bandport summary --explain --weight 71.5 evening-run.tcx
  bandport summary --with splits,efforts evening-run.tcx
  bandport summary --with zones --max-heartrate 190 evening-run.tcx
  bandport summary --uploaded today old-workouts/     before you upload what is old
  bandport summary --units imperial workouts/
  bandport summary export.zip
  bandport summary --format jsonl workouts/ | jq .moving_time
  gunzip -c run.tcx.gz | bandport summary -`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			if s.password, err = a.archivePassword(args); err != nil {
				return err
			}
			o := recalc.Options{Policy: s.policy, Athlete: s.athlete, Explain: explain}
			if o.With, err = withFlag(with); err != nil {
				return err
			}
			if o.Sport, err = sportFlag(sport); err != nil {
				return err
			}
			if o.Uploaded, err = uploadDay(uploaded, time.Now()); err != nil {
				return err
			}
			return a.summarise(cmd, &s, o, args)
		},
	}
	a.sharedFlags(cmd, "format", "units", "weight", "bike-weight", "bike-type", "max-heartrate", "ftp", "heartrate-zones", "power-zones", "policy", "tz", "jobs", "max-size", "max-entries", "max-nesting", "max-ratio", "max-total")
	f := cmd.Flags()
	f.StringVar(&sport, "sport", "", "take this `SPORT`, such as Run or TrailRun, instead of the file's")
	f.StringVar(&uploaded, "uploaded", "", "`DAY` of the upload to Strava, as 2016-03-01 or today: decides which of its rules apply (default the day of the workout)")
	f.BoolVar(&explain, "explain", false, "list rests, rules and how sure they are, choices and thresholds")
	f.StringSliceVar(&with, "with", nil, "add these `PARTS`: splits, laps, efforts, zones, or all")
	must(cmd.RegisterFlagCompletionFunc("sport", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, s := range activity.Sports() {
			names = append(names, string(s))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}))
	must(cmd.RegisterFlagCompletionFunc("units", cobra.FixedCompletions([]string{"metric", "imperial"}, cobra.ShellCompDirectiveNoFileComp)))
	must(cmd.RegisterFlagCompletionFunc("bike-type", cobra.FixedCompletions([]string{"road", "mountain"}, cobra.ShellCompDirectiveNoFileComp)))
	must(cmd.RegisterFlagCompletionFunc("policy", cobra.FixedCompletions([]string{"strava", "timer", "elapsed", "speed:0.5,10", "gpxpy"}, cobra.ShellCompDirectiveNoFileComp)))
	must(cmd.RegisterFlagCompletionFunc("with", cobra.FixedCompletions(partNames(), cobra.ShellCompDirectiveNoFileComp)))
	exits(cmd, exitOK, exitFailure, exitUsage, exitPartial, exitInterrupted)
	return cmd
}

// parts are the values of --with.
var parts = []struct {
	name string
	with recalc.Details
}{
	{"splits", recalc.Splits}, {"laps", recalc.Laps}, {"efforts", recalc.BestEfforts}, {"zones", recalc.Zones}, {"all", recalc.AllDetails},
}

func partNames() []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return names
}

// withFlag reads the values of --with.
func withFlag(values []string) (recalc.Details, error) {
	var with recalc.Details
next:
	for _, v := range values {
		for _, p := range parts {
			if strings.TrimSpace(v) == p.name {
				with |= p.with
				continue next
			}
		}
		hint := "parts: " + strings.Join(partNames(), ", ")
		if c := closest(v, partNames()); c != "" {
			hint = fmt.Sprintf("did you mean %s?", c)
		}
		return 0, &usageError{err: fmt.Errorf("--with: there is no part %q", v), hints: []string{hint}}
	}
	return with, nil
}

func (a *app) summarise(cmd *cobra.Command, s *settings, o recalc.Options, paths []string) error {
	var calculators perWorker[recalc.Calculator]
	convert := func(file string, f *activity.File) ([]report.Summary, []finding.Finding) {
		out := make([]report.Summary, len(f.Activities))
		findings := f.Findings
		calculators.with(func(c *recalc.Calculator) {
			for i := range f.Activities {
				act := &f.Activities[i]
				r := c.Recalculate(act, o)
				out[i] = report.NewSummary(file, i, act, &r, f.Findings, s.zone, o.Explain)
				findings = append(append(findings, act.Findings...), r.Findings...)
			}
		})
		return out, findings
	}
	if s.format != report.Table {
		encoder, err := report.NewEncoder(a.Out, s.format, report.Summary{})
		if err != nil {
			return err
		}
		err = readFiles(cmd.Context(), a, s, paths, convert, nil, encoder)
		return closing(err, encoder.Close)
	}
	table := report.NewSummaryTable(a.Out, s.units, a.color(), a.width())
	err := readFiles(cmd.Context(), a, s, paths, convert, table.Add, nil)
	if errors.Is(err, context.Canceled) {
		return closing(err, table.Stop)
	}
	return closing(err, table.Close)
}

// closing ends the output also after a failure, so that what was done is
// complete, and returns the first error.
func closing(err error, end func() error) error {
	if endErr := end(); err == nil && endErr != nil {
		return fmt.Errorf("writing the output: %w", endErr)
	}
	return err
}

func sportFlag(s string) (activity.Sport, error) {
	if s == "" {
		return "", nil
	}
	if sport, ok := activity.ParseSport(s); ok {
		return sport, nil
	}
	var names []string
	for _, k := range activity.Sports() {
		names = append(names, string(k))
	}
	hint := "Strava's sports: " + strings.Join(names, " ")
	if c := closest(s, names); c != "" {
		hint = fmt.Sprintf("did you mean %s?", c)
	}
	return "", &usageError{err: fmt.Errorf("--sport: Strava has no sport %q", s), hints: []string{hint}}
}

// uploadDay reads the value of --uploaded.
func uploadDay(s string, now time.Time) (time.Time, error) {
	switch s {
	case "":
		return time.Time{}, nil
	case "today":
		return now, nil
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, &usageError{err: fmt.Errorf("--uploaded: %q is no day: want today, or a day such as 2016-03-01", s)}
	}
	return day, nil
}
