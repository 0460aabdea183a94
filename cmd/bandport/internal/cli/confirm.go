package cli

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
	"github.com/bandport/bandport/pkg/stravaexport"
)

func (a *app) confirmCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "confirm ARCHIVE",
		Short: "Mark what arrived, by an archive of your account that Strava made",
		Long: `Mark what arrived, by an archive of your account that Strava made: the zip file, or
the folder into which it was unpacked. Strava makes one on request, under
"Download or Delete Your Account"; that deletes nothing.

What was staged or left unclear and is in the archive becomes "uploaded". What was
staged and is not there is listed.`,
		Example: "  bandport history confirm export_1234567.zip",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return &usageError{err: errors.New("history confirm needs one archive"), hints: []string{"for example: bandport history confirm export_1234567.zip"}}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			if s.password, err = a.archivePassword(args); err != nil {
				return err
			}
			return a.confirmArchive(cmd.Context(), &s, args[0])
		},
	}
	a.sharedFlags(cmd, "format", "units", "state-dir", "jobs", "max-size", "max-entries", "max-nesting", "max-ratio", "max-total")
	exits(cmd, exitOK, exitFailure, exitUsage, exitInterrupted)
	return cmd
}

func (a *app) confirmArchive(ctx context.Context, s *settings, archive string) error {
	arrived, err := a.readExport(ctx, s, archive)
	if err != nil {
		return err
	}
	j, done, err := a.holdJournal(ctx, s)
	if err != nil {
		return err
	}
	defer done()
	c, err := deliver.Confirm(ctx, j, arrived)
	if err != nil {
		return err
	}
	if err := a.showEntries(s, append(append([]journal.Row{}, c.Marked...), c.Missing...)); err != nil {
		return err
	}
	if !a.quiet {
		a.say("done", "%d activities in the archive; %s marked as uploaded, %d staged and not there",
			len(arrived), counted(len(c.Marked), "workout"), len(c.Missing))
		if len(c.Gone) > 0 {
			a.note("%d uploaded and not in the archive: they were deleted, or uploaded after it was made", len(c.Gone))
		}
	}
	return nil
}

func (a *app) showEntries(s *settings, rows []journal.Row) error {
	entries := make([]report.Entry, len(rows))
	for i := range rows {
		entries[i] = report.NewEntry(&rows[i])
	}
	if s.format == report.Table {
		if len(entries) == 0 {
			return nil
		}
		return report.WriteEntries(a.Out, entries, s.units)
	}
	encoder, err := report.NewEncoder(a.Out, s.format, report.Entry{})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := encoder.Encode(e); err != nil {
			return fmt.Errorf("writing the output: %w", err)
		}
	}
	return closing(nil, encoder.Close)
}

// readExport reads the list of activities of an archive, and the checksums of the
// files that it holds.
func (a *app) readExport(ctx context.Context, s *settings, archive string) ([]deliver.Arrived, error) {
	type looked struct {
		item  source.Item
		table *stravaexport.Table
		sum   string
		err   error
	}
	var table *stravaexport.Table
	sums := map[string]string{}
	bar := a.startProgress()
	defer bar.stop()
	err := load.Map(ctx, source.Walk(ctx, []string{archive}, source.Options{Stdin: a.In, Limits: s.limits, Password: s.password}), s.jobs,
		func(ctx context.Context, it source.Item) (l looked) {
			l.item = it
			defer load.Recover(&l.err)
			r, err := it.Open(ctx)
			if err != nil {
				l.err = err
				return l
			}
			defer r.Close()
			buf := bufio.NewReaderSize(r, load.HeadSize)
			head, _ := buf.Peek(load.HeadSize) // the error comes again with the next read
			if stravaexport.Match(head) {
				t, err := stravaexport.Decode(ctx, buf)
				l.table, l.err = &t, err
				return l
			}
			h := sha256.New()
			_, l.err = io.Copy(h, buf)
			l.sum = hex.EncodeToString(h.Sum(nil))
			return l
		},
		func(l looked) error {
			bar.add()
			switch {
			case l.err != nil && (l.table != nil || !l.item.FromFolder):
				return &exitError{code: exitFailure, err: fmt.Errorf("%s: %w", l.item.Name, l.err)}
			case l.table != nil:
				table = l.table
			case l.err == nil:
				sums[memberName(l.item.Name)] = l.sum
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	if table == nil {
		return nil, &exitError{
			code: exitFailure, err: fmt.Errorf("%s holds no activities.csv", archive),
			hints: []string{"it has to be the archive that Strava made of your account, or the folder into which it was unpacked"},
		}
	}
	out := make([]deliver.Arrived, 0, len(table.Rows))
	for i := range table.Rows {
		row := &table.Rows[i]
		act := &row.Activity
		x := deliver.Arrived{Remote: deliver.Remote{
			ActivityID: row.ID, Name: act.Name, Sport: act.Sport, Start: act.Start,
			Elapsed:  time.Duration(act.Totals.ElapsedTime.Or(0)) * time.Second,
			Distance: act.Totals.Distance, MovingTime: activity.Value{},
		}}
		if row.File != "" {
			x.SHA256 = sums[memberName(row.File)]
		}
		out = append(out, x)
	}
	return out, nil
}

// memberName is the last part of a name, by which a file of the archive is known.
func memberName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if i := strings.LastIndexByte(name, '!'); i >= 0 {
		name = name[i+1:]
	}
	return path.Base(name)
}
