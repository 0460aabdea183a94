package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
)

// sharedFlags gives a command the flags of all commands that read files.
func (a *app) sharedFlags(cmd *cobra.Command, keys ...string) {
	a.settingFlags(cmd, keys...)
	cmd.Flags().StringVar(&a.passwordFile, "password-file", "", "read the password of archives from this `FILE`, or - for standard input; also BANDPORT_ARCHIVE_PASSWORD")
}

// settingFlags gives a command the flags of settings.
func (a *app) settingFlags(cmd *cobra.Command, keys ...string) {
	f := cmd.Flags()
	f.SortFlags = false
	for _, key := range keys {
		for _, s := range settingsTable {
			if s.key != key {
				continue
			}
			usage := s.about
			if s.fallback != "" {
				usage += fmt.Sprintf(" (default %s)", s.fallback)
			}
			short := map[string]string{"format": "f", "jobs": "j"}[key]
			f.VarP(&textFlag{name: flagWord[key]}, key, short, usage)
		}
	}
	if slices.Contains(keys, "format") {
		must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"table", "json", "jsonl", "csv"}, cobra.ShellCompDirectiveNoFileComp)))
	}
}

// must stops the program at its start on what can only be a mistake in it.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// flagWord is what stands for a flag's value in the help.
var flagWord = map[string]string{
	"format": "FORMAT", "units": "UNITS", "tz": "ZONE", "zepp-types": "TYPES", "weight": "KG", "bike-weight": "KG", "bike-type": "TYPE",
	"max-heartrate": "BPM", "ftp": "W", "heartrate-zones": "LIST", "power-zones": "LIST", "policy": "POLICY", "jobs": "N", "max-size": "SIZE",
	"max-entries": "N", "max-nesting": "N", "max-ratio": "N", "max-total": "SIZE",
	"api-url": "URL", "auth-url": "URL", "login-store": "PLACE", "state-dir": "DIR",
}

// textFlag is a flag whose value is read later, with those of the environment
// and the configuration file.
type textFlag struct{ value, name string }

func (t *textFlag) String() string     { return t.value }
func (t *textFlag) Set(s string) error { t.value = s; return nil }
func (t *textFlag) Type() string       { return t.name }

// read is what a worker makes of one file: results ready to be shown, small
// enough to wait for their turn.
type read[T any] struct {
	item     source.Item
	results  []T
	findings []finding.Finding // to be told beside the table
	err      error
}

// readFiles reads all files on several workers, and shows results, errors and
// findings in the order of the files.
//
// convert runs in the workers: it makes the results of a decoded file, and the
// findings that people are to be told of beside the table. show is called for
// each result in turn; encoder is nil for the table.
func readFiles[T any](
	ctx context.Context, a *app, s *settings, paths []string,
	convert func(file string, f *activity.File) ([]T, []finding.Finding), show func(T) error, encoder report.Encoder,
) error {
	registry := load.Default()
	work := func(ctx context.Context, it source.Item) (r read[T]) {
		r.item = it
		defer load.Recover(&r.err)
		f, err := load.File(ctx, it, registry, s.decoding())
		if err != nil {
			r.err = err
			return r
		}
		r.results, r.findings = convert(it.Name, &f)
		return r
	}
	var t tally
	return t.end(eachFile(ctx, a, s, paths, work, func(r read[T], bar *progress) error {
		if r.err != nil {
			return a.missed(&t, r.item, r.err, bar, encoder)
		}
		if len(r.results) > 0 {
			t.done++
		}
		if a.OutTerminal {
			bar.pause()
		}
		for _, v := range r.results {
			if encoder != nil {
				if err := encoder.Encode(v); err != nil {
					return fmt.Errorf("writing the output: %w", err)
				}
			} else if err := show(v); err != nil {
				return fmt.Errorf("writing the output: %w", err)
			}
		}
		if encoder == nil {
			a.showFindings(r.item.Name, r.findings, bar)
		}
		return nil
	}), a)
}

// expand replaces patterns such as *.tcx by the files that they match, in the
// order of their names. Shells do that elsewhere; those of Windows do not. What
// matches nothing, or exists under that very name, stays as it is.
func expand(paths []string) []string {
	var out []string
	for _, p := range paths {
		if !strings.ContainsAny(p, "*?") {
			out = append(out, p)
			continue
		}
		matches, err := filepath.Glob(p)
		if _, statErr := os.Lstat(p); err != nil || len(matches) == 0 || statErr == nil {
			matches = []string{p}
		}
		out = append(out, matches...)
	}
	return out
}

// showFailure tells of a file that could not be read: to people always, to
// programs in its place among the results.
func (a *app) showFailure(file string, err error, encoder report.Encoder) error {
	a.say("error", "%s: %s", report.Printable(file), sentence(err))
	var f *finding.Failure
	if errors.As(err, &f) {
		a.hint(f.Finding.Fix)
	}
	if encoder == nil {
		return nil
	}
	failed := report.Failed{File: file, Error: report.Failure{Code: string(finding.CodeOf(err)), Message: err.Error()}}
	if err := encoder.Encode(failed); err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	return nil
}

// hint tells what to do, once a run: a folder of a thousand files with one
// defect needs one advice.
func (a *app) hint(text string) {
	if text == "" || a.hinted[text] {
		return
	}
	if a.hinted == nil {
		a.hinted = map[string]bool{}
	}
	a.hinted[text] = true
	a.say("hint", "%s", report.Printable(text))
}

// showFindings tells people what was found in a file. What has no effect on
// Strava is told only when asked for, errors always.
func (a *app) showFindings(file string, fs []finding.Finding, bar *progress) {
	for _, f := range fs {
		if a.quiet && f.Severity < finding.Error || f.Severity == finding.Info && !a.verbose {
			continue
		}
		bar.pause()
		kind := map[finding.Severity]string{finding.Info: "note", finding.Warning: "warning", finding.Error: "error"}[f.Severity]
		v := report.NewFinding(f)
		a.say(kind, "%s: %s", report.Printable(file), v.Text())
		a.hint(f.Fix)
	}
}

// perWorker hands out values that must not be shared, such as a calculator,
// and takes them back for the next file.
type perWorker[T any] struct{ pool sync.Pool }

func (p *perWorker[T]) with(use func(*T)) {
	v, ok := p.pool.Get().(*T)
	if !ok {
		v = new(T)
	}
	use(v)
	p.pool.Put(v)
}
