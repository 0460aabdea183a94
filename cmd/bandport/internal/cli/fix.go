package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/check/repair"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/output"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
)

// fixFlags are the flags of fix that no setting stands behind.
type fixFlags struct {
	folder             string
	only               []string
	dryRun, copyClean  bool
	force              bool
	start, pace, shift string
	sport              string
}

func (a *app) fixCommand() *cobra.Command {
	var f fixFlags
	cmd := &cobra.Command{
		Use:   "fix PATH... -o DIR",
		Short: "Mend what Strava would trip over, into new files",
		Long: `Mend what Strava would trip over, and write the result into a folder. The files
that you name are never changed.

A repair has the name of the finding that it cures ("bandport check" lists them),
and tells how often it was applied and what was lost by it. Without --only, what
Strava would reject, mangle, ignore or change is mended as far as that needs
nothing that only you know. The rest, and what would change the meaning of a
file, is mended when you name it.

Everything else in the file stays as it is, byte for byte: extensions, messages,
fields that nobody knows. A file in which nothing is to be mended is skipped;
--copy-clean copies it. Damaged FIT files are saved as far as possible: what
makes sense before and behind a damage stays.

Where nothing tells the times of a track, --start and --pace make them from its
length. --shift moves all times, as where a band wrote local time for UTC; it
does so each time that you run it.`,
		Example: `  bandport fix evening-run.tcx -o fixed/
  bandport fix export.zip -o fixed/ --copy-clean     a whole archive, ready to be uploaded
  bandport fix broken.fit -o fixed/ --dry-run        tell what would be done
  bandport fix run.gpx -o fixed/ --only position.spike,gpx.heartrate.zero
  bandport fix plan.gpx -o fixed/ --start 2024-05-04T09:30:00+02:00 --pace 5:30
  bandport fix run.tcx -o fixed/ --shift -2h
  bandport fix run.tcx -o fixed/ --sport Run`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			if s.password, err = a.archivePassword(args); err != nil {
				return err
			}
			o, err := f.options(s.zone)
			if err != nil {
				return err
			}
			o.Now = time.Now()
			if s.format == report.Table {
				table := report.NewFixTable(a.Out, a.verbose)
				return closing(a.fix(cmd.Context(), &s, o, &f, args, table.Add, nil), table.Close)
			}
			encoder, err := report.NewEncoder(a.Out, s.format, report.Fix{})
			if err != nil {
				return err
			}
			show := func(v report.Fix) error { return encoder.Encode(v) }
			return closing(a.fix(cmd.Context(), &s, o, &f, args, show, encoder), encoder.Close)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.folder, "output", "o", "", "write into this `DIR`, in the tree of what you named")
	flags.StringSliceVar(&f.only, "only", nil, "apply only the repairs of these findings, as in `CODE,CODE`")
	flags.BoolVar(&f.dryRun, "dry-run", false, "tell what would be done, and write nothing")
	flags.BoolVar(&f.copyClean, "copy-clean", false, "also write the files in which nothing is to be mended, as they are")
	flags.BoolVar(&f.force, "force", false, "replace files that exist in the folder")
	flags.StringVar(&f.start, "start", "", "the workout began at this `TIME`, as 2024-05-04T09:30:00Z")
	flags.StringVar(&f.pace, "pace", "", "`PACE` for tracks without times, as 5:30 (minutes a km), 8:50/mi or 24km/h; needs --start")
	flags.StringVar(&f.shift, "shift", "", "move all times by this `DURATION`, as -2h or 1h30m")
	flags.StringVar(&f.sport, "sport", "", "write this `SPORT` into files that name none, or a wrong one")
	a.sharedFlags(cmd, "format", "tz", "jobs", "max-size", "max-entries", "max-nesting", "max-ratio", "max-total")
	completeSports(cmd)
	must(cmd.RegisterFlagCompletionFunc("only", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var codes []string
		for _, r := range repair.Repairs() {
			codes = append(codes, string(r.Code))
		}
		return codes, cobra.ShellCompDirectiveNoFileComp
	}))
	exits(cmd, exitOK, exitFailure, exitUsage, exitPartial, exitFindings, exitInterrupted)
	return cmd
}

// options reads the flags. zone is that of times without one.
func (f *fixFlags) options(zone *time.Location) (o repair.Options, err error) {
	o.Zone = zone
	if f.folder == "" && !f.dryRun {
		return o, &usageError{err: errors.New("fix needs a folder to write into"), hints: []string{"give it with -o DIR, or see with --dry-run what would be done"}}
	}
	for _, c := range f.only {
		code := finding.Code(strings.TrimSpace(c))
		if _, ok := repair.Lookup(code); ok {
			o.Only = append(o.Only, code)
			continue
		}
		var codes []string
		for _, r := range repair.Repairs() {
			codes = append(codes, string(r.Code))
		}
		hint := `docs/findings.md lists the repairs`
		if near := closest(string(code), codes); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return o, &usageError{err: fmt.Errorf("--only: there is no repair of %q", code), hints: []string{hint}}
	}
	if o.Start, err = startFlag(f.start, zone); err != nil {
		return o, err
	}
	if o.Speed, err = paceFlag(f.pace); err != nil {
		return o, err
	}
	if f.pace != "" && f.start == "" {
		return o, &usageError{err: errors.New("--pace needs --start"), hints: []string{"say when the workout began"}}
	}
	if f.shift != "" {
		if o.Shift, err = time.ParseDuration(f.shift); err != nil || o.Shift%time.Second != 0 {
			return o, &usageError{err: fmt.Errorf("--shift: %q is no duration in whole seconds: want one such as -2h or 1h30m", f.shift)}
		}
	}
	o.Sport, err = sportFlag(f.sport)
	return o, err
}

// startFlag reads an instant. One without a zone is in that of --tz, else UTC.
func startFlag(s string, zone *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if zone == nil {
		zone = time.UTC
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, s, zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, &usageError{err: fmt.Errorf("--start: %q is no time: want one such as 2024-05-04T09:30:00+02:00", s)}
}

const mile = 1609.344

// paceFlag reads a pace or a speed, and returns it in m/s.
func paceFlag(s string) (float64, error) {
	if s == "" {
		return 0, nil
	}
	wrong := &usageError{err: fmt.Errorf("--pace: %q is no pace: want one such as 5:30, 8:50/mi or 24km/h", s)}
	text := strings.ReplaceAll(strings.ToLower(s), " ", "")
	if kmh, ok := strings.CutSuffix(text, "km/h"); ok {
		v, err := strconv.ParseFloat(kmh, 64)
		if err != nil || !(v > 0) || v > 1000 {
			return 0, wrong
		}
		return v / 3.6, nil
	}
	per := 1000.0
	if cut, ok := strings.CutSuffix(text, "/mi"); ok {
		text, per = cut, mile
	}
	minutes, seconds, ok := strings.Cut(strings.TrimSuffix(text, "/km"), ":")
	m, err1 := strconv.Atoi(minutes)
	sec, err2 := strconv.Atoi(seconds)
	if !ok || err1 != nil || err2 != nil || m < 0 || sec < 0 || sec > 59 || m*60+sec == 0 || m > math.MaxInt32 {
		return 0, wrong
	}
	return per / float64(m*60+sec), nil
}

// fixed is what a worker makes of one file.
type fixed struct {
	item   source.Item
	view   report.Fix
	data   []byte // to be written; nil where nothing is
	format string
	own    bool // it is a result of this very run
	err    error
}

// fix mends all files on several workers, and writes the results in the order of
// the files.
func (a *app) fix(ctx context.Context, s *settings, o repair.Options, f *fixFlags, paths []string, show func(report.Fix) error, encoder report.Encoder) error {
	run := output.New(output.Options{Force: f.force, Inputs: paths})
	defer run.Close()
	var t tally
	return t.end(eachFile(ctx, a, s, paths,
		func(ctx context.Context, it source.Item) fixed {
			if run.Wrote(it.Name) { // the folder lies within what is being read
				return fixed{item: it, own: true}
			}
			return mend(ctx, it, o, f.copyClean)
		},
		func(r fixed, bar *progress) error {
			if r.own {
				return nil
			}
			if r.err != nil {
				return a.missed(&t, r.item, r.err, bar, encoder)
			}
			if r.data != nil && !f.dryRun {
				path, err := write(run, f.folder, &r)
				if err != nil {
					return a.missed(&t, r.item, err, bar, encoder)
				}
				r.view.Output = &path
			}
			t.done++
			if r.view.Broken() {
				t.errors++
			}
			if a.OutTerminal {
				bar.pause()
			}
			if encoder == nil && a.quiet && !r.view.Broken() {
				return nil
			}
			if err := show(r.view); err != nil {
				return fmt.Errorf("writing the output: %w", err)
			}
			return nil
		}), a)
}

// mend reads one file and mends it.
func mend(ctx context.Context, it source.Item, o repair.Options, copyClean bool) (r fixed) {
	r.item = it
	defer load.Recover(&r.err)
	data, unpacked, err := readAll(ctx, it)
	if err != nil {
		r.err = err
		return r
	}
	o.Size = it.Size
	result, err := repair.Fix(ctx, data, o)
	if err != nil {
		r.err = fmt.Errorf("mending: %w", err)
		return r
	}
	if unpacked != nil && len(result.Before) > 0 && !result.Before[0].Start.IsZero() {
		result.Changed = true
		result.Done = slices.Insert(result.Done, 0, *unpacked)
	}
	if failure := unreadable(&result); failure != nil && load.Skippable(it, failure) {
		r.err = failure
		return r
	}
	r.view, r.format = report.NewFix(it.Name, &result), result.Format
	switch {
	case result.Changed:
		r.data = result.Data
	case r.view.Result == report.FixClean && copyClean:
		r.view.Result, r.data = report.FixCopied, result.Data
	}
	return r
}

// unreadable returns why a file holds no workout, or nil.
func unreadable(r *repair.Result) error {
	if r.Format != "" || len(r.After) != 1 || len(r.After[0].Findings) != 1 {
		return nil
	}
	return &finding.Failure{Finding: r.After[0].Findings[0]}
}

// readAll returns the bytes of a file. Where its compression is damaged, what was
// read before is there, and a repair that says so.
func readAll(ctx context.Context, it source.Item) ([]byte, *repair.Done, error) {
	in, err := it.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err == nil {
		return data, nil, nil
	}
	code := finding.CodeOf(err)
	if len(data) == 0 || code != finding.GzipTruncated && code != finding.BadGzip {
		return nil, nil, err
	}
	return data, &repair.Done{Code: code, Count: 1, What: "what could be unpacked is kept", Lost: "what stood behind the damage"}, nil
}

// write puts a mended file into its place in the folder, and returns its path.
func write(run *output.Run, folder string, r *fixed) (string, error) {
	ext := "." + r.format
	if r.format == "" {
		ext = filepath.Ext(strings.TrimSuffix(r.item.Rel(), ".gz"))
	}
	out, err := run.Create(output.Name(folder, r.item.Rel(), ext))
	if err != nil {
		return "", err
	}
	defer out.Discard()
	if _, err := out.Write(r.data); err != nil {
		return "", err
	}
	if err := out.Finish(); err != nil {
		return "", err
	}
	return out.Commit()
}
