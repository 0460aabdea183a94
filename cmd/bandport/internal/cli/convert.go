package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/convert"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/output"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
)

func (a *app) convertCommand() *cobra.Command {
	var c conversion
	var target, barometer string
	formats := convert.Default().Formats()
	cmd := &cobra.Command{
		Use:   "convert PATH... --to FORMAT [-o FILE|FOLDER]",
		Short: "Convert workouts between FIT, TCX and GPX, and say what is lost",
		Long: `Convert workouts between FIT, TCX and GPX, and say what is lost.

PATH is a file, a folder (with all below it), a zip archive, or - for standard
input. Files may be gzipped; what they are is told by their content.

Results go where -o says: into a folder, in the same tree and under the same
names with the new extension; into one file; or to standard output with -o -.
Without -o they stand beside the files, and the result of standard input goes to
standard output. No input is ever replaced, and nothing else without --force. A
result gets its name when it is complete; whatever happens before, there is no
half of one.

Pauses, laps, sensors and totals are kept as far as the format has a place for
them. What is lost is told, with counts (convert.lost.…, see docs/findings.md);
--strict makes it an error. A file that has the format already is copied byte for
byte, but for the sizes and checksums of a damaged FIT.

--for strava writes what makes Strava come out right: pauses that it sees, the
sports that it knows, names of devices that it trusts, the cadence of one leg, tags
that it reads, one workout a file. docs/for-strava.md tells each choice and why.

--verify has every result read back by a program that is not bandport's own before
it gets its name: gpxgo, tormoder/fit, or encoding/xml. One that reads otherwise
than planned is kept with ".rejected" behind its name.`,
		Example: `  bandport convert evening-run.gpx --to fit --for strava
  bandport convert --to tcx -o evening-run.tcx.gz --gzip evening-run.fit
  bandport convert export.zip --to gpx --verify -o tracks/
  bandport convert --to fit -o converted/ --jobs 2 workouts/
  gunzip -c run.tcx.gz | bandport convert - --to gpx > run.gpx`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			if s.password, err = a.archivePassword(args); err != nil {
				return err
			}
			if err := c.settle(target, barometer, cmd.Flags().Changed("barometer")); err != nil {
				return err
			}
			return a.convert(cmd.Context(), &s, &c, args)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.to, "to", "", "`FORMAT` of the results: "+strings.Join(formats, ", ")+" (default that of the file that -o names)")
	f.StringVarP(&c.out, "output", "o", "", "write to this `FILE` if its name ends as that of a format does, else into this folder; - for standard output")
	f.StringVar(&target, "for", "", "write for this `SERVICE`: strava")
	f.StringVar(&barometer, "barometer", "auto", "whether the name of the device claims a barometer, for Strava: auto, yes or no")
	f.BoolVar(&c.o.Strict, "strict", false, "make it an error if anything would be lost")
	f.BoolVar(&c.verify, "verify", false, "have each result read back by another reader before it gets its name")
	f.BoolVar(&c.split, "split-activities", false, "give each workout of a file its own file")
	f.BoolVar(&c.gzip, "gzip", false, "compress the results")
	f.BoolVar(&c.force, "force", false, "replace files that exist, but never an input")
	a.sharedFlags(cmd, "format", "tz", "jobs", "max-size", "max-entries", "max-nesting", "max-ratio", "max-total")
	must(cmd.RegisterFlagCompletionFunc("to", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)))
	must(cmd.RegisterFlagCompletionFunc("for", cobra.FixedCompletions([]string{"strava"}, cobra.ShellCompDirectiveNoFileComp)))
	must(cmd.RegisterFlagCompletionFunc("barometer", cobra.FixedCompletions([]string{"auto", "yes", "no"}, cobra.ShellCompDirectiveNoFileComp)))
	exits(cmd, exitOK, exitFailure, exitUsage, exitPartial, exitInterrupted)
	return cmd
}

// conversion is what the flags of convert say.
type conversion struct {
	to, out                    string
	o                          convert.Options
	verify, split, gzip, force bool

	encoder convert.Encoder
	stdout  bool // results go to standard output
	folder  bool // out is a folder
}

// settle reads what the flags mean together.
func (c *conversion) settle(target, barometer string, barometerGiven bool) error {
	registry, given := convert.Default(), c.to != ""
	if !given && c.out != "" && c.out != source.Stdin {
		c.to = extension(c.out)
	}
	var err error
	if c.encoder, err = registry.Lookup(strings.ToLower(c.to)); err != nil {
		hint := "say the format with --to: " + strings.Join(registry.Formats(), ", ")
		if !given {
			return &usageError{err: errors.New("which format is wanted?"), hints: []string{hint}}
		}
		return &usageError{err: fmt.Errorf("unknown format %q", c.to), hints: []string{hint}}
	}
	switch target {
	case "":
		if barometerGiven {
			return &usageError{err: errors.New("--barometer is about Strava"), hints: []string{"use it with --for strava"}}
		}
	case "strava":
		c.o.Strava, c.split = true, true
	default:
		return &usageError{err: fmt.Errorf("unknown service %q", target), hints: []string{"the only one is --for strava"}}
	}
	switch barometer {
	case "auto":
	case "yes":
		c.o.Barometer = convert.BarometerYes
	case "no":
		c.o.Barometer = convert.BarometerNo
	default:
		return &usageError{err: fmt.Errorf("unknown value %q of --barometer", barometer), hints: []string{"say auto, yes or no"}}
	}
	return nil
}

// extension returns that of a name without that of gzip, such as "fit".
func extension(name string) string {
	return strings.TrimPrefix(filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")), ".")
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// place decides where results go: to standard output, into a file or into a folder.
func (c *conversion) place(a *app, s *settings, paths []string) error {
	if c.out == "" {
		c.stdout = slices.Equal(paths, []string{source.Stdin})
	} else {
		c.stdout = c.out == source.Stdin
	}
	if !c.stdout {
		c.folder = c.out != "" && (!slices.Contains(convert.Default().Formats(), extension(c.out)) || len(paths) > 1 || isFolder(c.out) || isFolder(paths[0]))
		return nil
	}
	switch {
	case s.format != report.Table:
		return &usageError{
			err:   fmt.Errorf("the workout itself goes to standard output, so --format %s cannot", s.format),
			hints: []string{"write it to a file with -o"},
		}
	case len(paths) > 1:
		return &usageError{err: errors.New("standard output takes one workout"), hints: []string{"write several into a folder with -o FOLDER"}}
	case a.OutTerminal && (c.encoder.Format == "fit" || c.gzip):
		return &usageError{err: errors.New("this is nothing to read on a terminal"), hints: []string{"write it to a file with -o, or send it into a pipe"}}
	}
	return nil
}

// result is what a worker made of one file: files that wait for their names, in
// order.
type result struct {
	item    source.Item
	outputs []written
	err     error // the file itself cannot be read
	skip    bool  // it is a result of this run
}

// written is one result, or why there is none.
type written struct {
	file  *output.File // nil on standard output, and after an error
	data  *bytes.Buffer
	rows  []report.Conversion
	found []finding.Finding
	err   error
}

func (a *app) convert(ctx context.Context, s *settings, c *conversion, paths []string) error {
	if runtime.GOOS == "windows" {
		paths = expand(paths)
	}
	if err := c.place(a, s, paths); err != nil {
		return err
	}
	var encoder report.Encoder
	var err error
	end := func() error { return nil }
	if s.format != report.Table {
		if encoder, err = report.NewEncoder(a.Out, s.format, report.Conversion{}); err != nil {
			return err
		}
		end = encoder.Close
	}
	run := output.New(output.Options{Force: c.force, Gzip: c.gzip, Inputs: paths})
	defer run.Close()
	return closing(a.convertFiles(ctx, s, c, paths, run, encoder), end)
}

func (a *app) convertFiles(ctx context.Context, s *settings, c *conversion, paths []string, run *output.Run, encoder report.Encoder) error {
	registry, options := load.Default(), s.decoding()
	options.KeepSource = true
	work := func(ctx context.Context, it source.Item) (r result) {
		r.item = it
		if r.skip = run.Wrote(it.Name); r.skip {
			return r
		}
		defer load.Recover(&r.err)
		f, err := unchanged(it.Name, func() (activity.File, error) { return load.File(ctx, it, registry, options) })
		if err != nil {
			r.err = err
			return r
		}
		r.outputs = c.write(ctx, run, it, &f)
		return r
	}
	var t tally
	err := eachFile(ctx, a, s, paths, work, func(r result, bar *progress) error {
		switch {
		case r.skip:
			return nil
		case r.err != nil:
			return a.missed(&t, r.item, r.err, bar, encoder)
		}
		return a.finishResult(c, r, encoder, bar, &t)
	})
	if t.done+t.failed > 1 && !a.quiet && encoder == nil && err == nil {
		a.say("note", "%d %s converted, %d failed", t.done, plural(t.done, "file"), t.failed)
	}
	return t.end(err, a)
}

// unchanged reads a file, and holds that nothing wrote to it meanwhile.
func unchanged(name string, read func() (activity.File, error)) (activity.File, error) {
	before, beforeErr := os.Stat(name)
	f, err := read()
	after, afterErr := os.Stat(name)
	if beforeErr != nil || !before.Mode().IsRegular() { // a member of an archive, standard input, a pipe
		return f, err
	}
	if afterErr != nil || before.Size() != after.Size() || !before.ModTime().Equal(after.ModTime()) {
		return activity.File{}, finding.Fail(finding.ConvertChanged, finding.Place{}, "", nil)
	}
	return f, err
}

// write makes the results of one file, without their names. It runs in the
// workers.
func (c *conversion) write(ctx context.Context, run *output.Run, it source.Item, f *activity.File) (out []written) {
	if !c.split || len(f.Activities) < 2 {
		return []written{c.writeOne(ctx, run, it, f, 0, false)}
	}
	if c.stdout {
		return []written{{err: onlyOne()}}
	}
	for i := range f.Activities {
		one := activity.File{Activities: f.Activities[i : i+1], Findings: f.Findings}
		out = append(out, c.writeOne(ctx, run, it, &one, i, true))
	}
	return out
}

// writeOne makes one result. first is the index of its first activity in the file,
// and numbered says that the name gets its number.
func (c *conversion) writeOne(ctx context.Context, run *output.Run, it source.Item, f *activity.File, first int, numbered bool) (w written) {
	fail := func(err error) written {
		if w.file != nil {
			w.file.Discard()
		}
		return written{err: err}
	}
	plan, err := convert.New(f, c.encoder, c.o)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fail(err)
	}
	var verified bool
	if c.stdout {
		w.data = &bytes.Buffer{}
		if err := plan.Write(&untilDone{ctx, w.data}); err != nil {
			return fail(err)
		}
		if c.verify {
			if verified, err = plan.Verify(&untilDoneReader{ctx, bytes.NewReader(w.data.Bytes())}); err != nil {
				return fail(err)
			}
		}
	} else {
		path, err := c.path(it, first, numbered)
		if err != nil {
			return fail(err)
		}
		if w.file, err = run.Create(path); err != nil {
			return fail(err)
		}
		if err := plan.Write(&untilDone{ctx, w.file}); err != nil {
			return fail(err)
		}
		if err := w.file.Finish(); err != nil {
			return fail(err)
		}
		if c.verify {
			if verified, err = verify(ctx, plan, w.file); err != nil {
				return fail(err)
			}
		}
	}
	w.found = slices.Clone(f.Findings)
	var unproven []finding.Finding
	if c.verify && !verified {
		unproven = []finding.Finding{finding.New(finding.ConvertUnverified, finding.Place{}, "")}
		w.found = append(w.found, unproven...)
	}
	for i := range plan.Activities {
		act := &f.Activities[plan.Index[i]]
		found := slices.Concat(act.Findings, plan.Findings[i], unproven)
		w.rows = append(w.rows, report.NewConversion(it.Name, first+plan.Index[i], string(plan.How), act.Format, c.encoder.Format,
			len(plan.Activities[i].Records), verified, f.Findings, found))
		w.found = append(w.found, plan.Findings[i]...)
	}
	for i := range f.Activities {
		if err := plan.Empty[i]; err != nil {
			w.rows = append(w.rows, report.NewConversion(it.Name, first+i, report.ResultEmpty, f.Activities[i].Format, c.encoder.Format, 0, false, f.Findings,
				[]finding.Finding{finding.New(finding.ConvertEmpty, finding.Place{}, "")}))
			w.found = append(w.found, finding.New(finding.ConvertEmpty, finding.Place{}, "workout "+strconv.Itoa(first+i+1)+" of the file"))
		}
	}
	return w
}

// untilDone refuses to be written to after Ctrl-C: what is written then is thrown
// away.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u *untilDone) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(p)
}

// untilDoneReader ends with Ctrl-C.
type untilDoneReader struct {
	ctx context.Context
	r   io.Reader
}

func (u *untilDoneReader) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// verify has a result read back. One that is not as planned is kept as evidence.
func verify(ctx context.Context, plan *convert.Plan, file *output.File) (verified bool, _ error) {
	r, err := file.Open()
	if err != nil {
		return false, err
	}
	verified, err = plan.Verify(&untilDoneReader{ctx, r})
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if finding.CodeOf(err) == finding.ConvertVerify {
		if kept, keepErr := file.Reject(); keepErr == nil {
			return false, finding.Fail(finding.ConvertVerify, finding.Place{}, err.Error()+"; kept as "+kept, err)
		}
	}
	return verified, err
}

// path returns the name that a result is to get.
func (c *conversion) path(it source.Item, index int, numbered bool) (string, error) {
	ext := "." + c.encoder.Format
	if numbered {
		ext = "-" + strconv.Itoa(index+1) + ext
	}
	switch {
	case c.out == "":
		info, err := os.Stat(it.Name)
		if err != nil || !info.Mode().IsRegular() {
			return "", finding.Fail(finding.OutputFailed, finding.Place{}, "say where with -o FOLDER", err)
		}
		return output.Name(filepath.Dir(it.Name), filepath.Base(it.Name), ext), nil
	case c.folder:
		return output.Name(c.out, it.Rel(), ext), nil
	}
	out := c.out
	if c.gzip && strings.HasSuffix(strings.ToLower(out), ".gz") {
		out = out[:len(out)-len(".gz")] // it is added again
	}
	if numbered {
		dir, base := filepath.Split(out)
		bare := output.Bare(base)
		return dir + bare + "-" + strconv.Itoa(index+1) + base[len(bare):], nil
	}
	return out, nil
}

// finishResult gives the results of one file their names, and shows them.
func (a *app) finishResult(c *conversion, r result, encoder report.Encoder, bar *progress, t *tally) error {
	if a.OutTerminal {
		bar.pause()
	}
	failed := false
	t.read++
	for i := range r.outputs {
		w := &r.outputs[i]
		if w.err == nil {
			w.err = a.deliver(c, w, t)
		}
		if w.err != nil {
			failed = true
			bar.pause()
			if err := a.showFailure(r.item.Name, w.err, encoder); err != nil {
				return err
			}
			continue
		}
		for k := range w.rows {
			failed = failed || w.rows[k].Result == report.ResultEmpty
			var err error
			switch {
			case encoder != nil:
				err = encoder.Encode(w.rows[k])
			case !c.stdout:
				err = report.WriteConversion(a.Out, &w.rows[k])
			}
			if err != nil {
				return fmt.Errorf("writing the output: %w", err)
			}
		}
		if encoder == nil {
			a.showFindings(r.item.Name, w.found, bar)
		}
	}
	if failed {
		t.failed++
	} else {
		t.done++
	}
	return nil
}

// deliver gives a result its name, or sends it to standard output.
func (a *app) deliver(c *conversion, w *written, t *tally) error {
	if !c.stdout {
		if c.out != "" && !c.folder && t.read > 1 {
			w.file.Discard()
			return finding.Fail(finding.OutputFailed, finding.Place{}, "one file takes one result; say a folder with -o FOLDER/", nil)
		}
		path, err := w.file.Commit()
		for i := range w.rows {
			if w.rows[i].Result != report.ResultEmpty {
				w.rows[i].Output = &path
			}
		}
		return err
	}
	if t.read > 1 {
		return onlyOne()
	}
	if !c.gzip {
		_, err := w.data.WriteTo(a.Out)
		return wrapOutput(err)
	}
	packed := gzip.NewWriter(a.Out)
	_, err := io.Copy(packed, w.data)
	if closeErr := packed.Close(); err == nil {
		err = closeErr
	}
	return wrapOutput(err)
}

func onlyOne() error {
	return finding.Fail(finding.OutputFailed, finding.Place{}, "standard output takes one result; write them into a folder with -o FOLDER", nil)
}

func wrapOutput(err error) error {
	if err == nil {
		return nil
	}
	return finding.Fail(finding.OutputFailed, finding.Place{}, "standard output: "+err.Error(), err)
}
