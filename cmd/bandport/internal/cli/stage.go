package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/report"
)

func (a *app) stageCommand() *cobra.Command {
	var dir, since, until string
	var force, dryRun bool
	cmd := &cobra.Command{
		Use:   "stage PATH... -o DIR",
		Short: "Put workouts into folders for Strava's upload page; no login needed",
		Long: `Put workouts into folders for Strava's upload page. No login is needed, and no
subscription.

PATH is a file, a folder (with all below it), a zip archive, or - for standard
input. Copies go into numbered folders below DIR, 25 files each, as many as the
page takes at once; none is larger than 25 MB. README.txt there says what to do,
and index.html is a list to tick off. What was staged or uploaded before, or is in
the list twice, is left out.

Later, "bandport history confirm ARCHIVE" reads an archive of your account that
Strava made, and marks what arrived.`,
		Example: `  bandport stage old-workouts/ -o for-strava/
  bandport stage --since 2015-01-01 export.zip -o for-strava/`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			if dir == "" {
				return &usageError{err: errors.New("stage needs a folder to put the workouts into: -o DIR"), hints: []string{`for example: bandport stage old-workouts/ -o for-strava/`}}
			}
			sel := &selection{}
			if sel.since, err = dayFlag("since", since); err != nil {
				return err
			}
			if sel.until, err = dayFlag("until", until); err != nil {
				return err
			}
			if s.password, err = a.archivePassword(args); err != nil {
				return err
			}
			return a.stage(cmd, &s, sel, args, dir, force, dryRun)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&dir, "output", "o", "", "put the numbered folders into `DIR`")
	f.BoolVarP(&dryRun, "dry-run", "n", false, "show what would be staged and write nothing")
	f.BoolVar(&force, "force", false, "stage what was staged or uploaded before, too")
	f.StringVar(&since, "since", "", "only workouts from this `DAY` on, such as 2016-03-01")
	f.StringVar(&until, "until", "", "only workouts up to this `DAY`, itself included")
	a.sharedFlags(cmd, "format", "weight", "tz", "jobs", "state-dir", "max-size", "max-entries", "max-nesting", "max-ratio", "max-total")
	must(cmd.MarkFlagDirname("output"))
	exits(cmd, exitOK, exitFailure, exitUsage, exitPartial, exitInterrupted)
	return cmd
}

func (a *app) stage(cmd *cobra.Command, s *settings, sel *selection, paths []string, dir string, force, dryRun bool) error {
	ctx := cmd.Context()
	v, err := a.newDeliveryView(s)
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return &usageError{err: fmt.Errorf("%s is no folder", report.Printable(dir))}
	}
	kept, err := a.openJournal(ctx, s)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }() // every row is on the disk already
	stage := &deliver.Stage{Dir: dir}
	var b deliver.Backend = stage
	if dryRun {
		b = &deliver.Recorder{Backend: stage}
	}
	j, done, err := deliveryJournal(ctx, kept, dryRun)
	if err != nil {
		return err
	}
	defer done()
	found, err := a.collect(ctx, s, sel, paths, v.failed)
	if err != nil {
		return v.close(err)
	}
	defer found.close()
	plan, err := deliver.Prepare(ctx, j, b, found.candidates, deliver.Options{Force: force, Jobs: 1, Unlisted: true})
	if err != nil {
		return v.close(err)
	}
	send, resume := a.showPlan(plan, found, nil)
	sum, runErr := v.run(ctx, plan, j, b, send+resume)
	if !dryRun && runErr == nil {
		rows, err := j.Rows(ctx, journal.Filter{States: []journal.State{journal.Staged, journal.Uploaded}})
		if err == nil {
			err = stage.Finish(rows)
		}
		runErr = err
	}
	if runErr == nil && !dryRun && !a.quiet && send > 0 {
		a.say("hint", "%s says what to do with the folders", report.Printable(filepath.Join(dir, "README.txt")))
	}
	return v.finish(sum, runErr, found.failed)
}
