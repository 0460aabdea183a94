package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/report"
)

// historyFlags select rows of the journal.
type historyFlags struct {
	states       []string
	since, until string
	open         bool
}

func (h *historyFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringSliceVar(&h.states, "state", nil, "only `STATES`, such as uploaded or staged,failed")
	f.BoolVar(&h.open, "open", false, "only what is not settled yet")
	f.StringVar(&h.since, "since", "", "only workouts from this `DAY` (UTC) on, such as 2016-03-01")
	f.StringVar(&h.until, "until", "", "only workouts up to this `DAY` (UTC), itself included")
	must(cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(stateWords(), cobra.ShellCompDirectiveNoFileComp)))
}

func stateWords() []string {
	var words []string
	for _, s := range journal.States() {
		words = append(words, string(s))
	}
	return words
}

func (h *historyFlags) filter() (journal.Filter, error) {
	var f journal.Filter
	for _, word := range h.states {
		if !slices.Contains(stateWords(), word) {
			hint := "states: " + strings.Join(stateWords(), ", ")
			if c := closest(word, stateWords()); c != "" {
				hint = fmt.Sprintf("did you mean %s?", c)
			}
			return f, &usageError{err: fmt.Errorf("--state: there is no state %q", word), hints: []string{hint}}
		}
		f.States = append(f.States, journal.State(word))
	}
	if h.open {
		f.States = append(f.States, journal.Open, journal.Intent, journal.Sent)
	}
	var err error
	if f.From, err = dayFlag("since", h.since); err != nil {
		return f, err
	}
	until, err := dayFlag("until", h.until)
	if err == nil && !until.IsZero() {
		f.Before = until.AddDate(0, 0, 1)
	}
	return f, err
}

func (a *app) historyCommand() *cobra.Command {
	var h historyFlags
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what was uploaded and staged, and what is still open",
		Long: `Show the journal: what was uploaded and staged, and what is still open.

  open       nothing of it has arrived; the next upload sends it
  intent     a request was about to be sent; the next upload finds out what became of it
  sent       Strava has the file and has not processed it yet
  uploaded   there is an activity
  duplicate  Strava had the workout already
  failed     Strava refused the file
  staged     a copy lies in a folder for Strava's upload page
  deleted    there was an activity, and it was deleted on Strava

The journal is a SQLite database, journal.db in the state folder (--state-dir). It
holds no track.`,
		Example: `  bandport history
  bandport history --open
  bandport history --state failed --format csv > failed.csv
  bandport history forget 17`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			f, err := h.filter()
			if err != nil {
				return err
			}
			return a.history(cmd.Context(), &s, f)
		},
	}
	h.add(cmd)
	a.settingFlags(cmd, "format", "units", "state-dir")
	cmd.AddCommand(a.forgetCommand(), a.confirmCommand())
	exits(cmd, exitOK, exitFailure, exitUsage, exitInterrupted)
	cmd.Annotations["alone"] = "it does something without a subcommand"
	return cmd
}

func (a *app) history(ctx context.Context, s *settings, f journal.Filter) error {
	j, err := a.openJournal(ctx, s)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }() // read only
	rows, err := j.Rows(ctx, f)
	if err != nil {
		return err
	}
	if s.format == report.Table && len(rows) == 0 {
		a.note("there is nothing in the journal that you ask for")
		return nil
	}
	return a.showEntries(s, rows)
}

func (a *app) forgetCommand() *cobra.Command {
	var h historyFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "forget [ID...]",
		Short: "Forget workouts, so that they count as never uploaded or staged",
		Long: `Forget workouts, so that they count as never uploaded or staged. The IDs are those
that "bandport history" shows; without one the filters select.

Nothing is deleted at Strava: no program can do that. A workout that is there is
found again by Strava's list the next time, unless it was deleted there.`,
		Example: `  bandport history forget 17 18
  bandport history forget --state staged       the folders were thrown away`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			f, err := h.filter()
			if err != nil {
				return err
			}
			if len(args) == 0 && len(f.States) == 0 && f.From.IsZero() && f.Before.IsZero() {
				return &usageError{err: errors.New("history forget needs an ID or a filter"), hints: []string{`"bandport history" shows the IDs`}}
			}
			var ids []int64
			for _, arg := range args {
				id, err := strconv.ParseInt(arg, 10, 64)
				if err != nil {
					return &usageError{err: fmt.Errorf("%q is no ID", arg), hints: []string{`"bandport history" shows the IDs`}}
				}
				ids = append(ids, id)
			}
			return a.forget(cmd.Context(), &s, f, ids, yes)
		},
	}
	h.add(cmd)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask before several are forgotten")
	a.settingFlags(cmd, "state-dir")
	exits(cmd, exitOK, exitFailure, exitUsage, exitInterrupted)
	return cmd
}

func (a *app) forget(ctx context.Context, s *settings, f journal.Filter, ids []int64, yes bool) error {
	j, done, err := a.holdJournal(ctx, s)
	if err != nil {
		return err
	}
	defer done()
	rows, err := j.Rows(ctx, f)
	if err != nil {
		return err
	}
	var chosen []int64
	unsettled := 0
	for i := range rows {
		if len(ids) == 0 || slices.Contains(ids, rows[i].ID) {
			chosen = append(chosen, rows[i].ID)
			if rows[i].State.Unsettled() {
				unsettled++
			}
		}
	}
	if len(chosen) == 0 {
		return &exitError{code: exitFailure, err: errors.New("there is no such workout in the journal"), hints: []string{`"bandport history" shows the IDs`}}
	}
	if unsettled > 0 {
		a.warn("%d of them may be on their way to Strava; forgotten, they could be uploaded twice", unsettled)
	}
	if len(chosen) > 1 && !yes {
		if !a.canAsk() {
			return &usageError{err: fmt.Errorf("nobody is here to be asked whether to forget %s", counted(len(chosen), "workout")), hints: []string{"say --yes"}}
		}
		ok, err := a.confirm(ctx, fmt.Sprintf("forget %s?", counted(len(chosen), "workout")))
		if err != nil || !ok {
			return err
		}
	}
	if err := j.Forget(ctx, chosen...); err != nil {
		return err
	}
	a.note("%s forgotten", counted(len(chosen), "workout"))
	return nil
}
