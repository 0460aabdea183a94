package cli

import (
	"context"
	"errors"
	"runtime"

	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
)

// tally counts what became of the files of a run.
type tally struct {
	done, failed, skipped int
	read                  int // files that could be read, whatever became of them then
	errors                int // files in which something is left that Strava would not take
}

// missed tells of a file that could not be had, or passes over what is no workout.
func (a *app) missed(t *tally, it source.Item, err error, bar *progress, encoder report.Encoder) error {
	if load.Skippable(it, err) {
		t.skipped++
		return nil
	}
	t.failed++
	bar.pause()
	return a.showFailure(it.Name, err, encoder)
}

// end says what was passed over and turns the counts into the exit code.
func (t *tally) end(err error, a *app) error {
	if t.skipped > 0 && !a.quiet {
		a.say("note", "skipped %d %s in folders and archives that are no workouts", t.skipped, plural(t.skipped, "file"))
	}
	switch {
	case err != nil:
		return err
	case t.failed > 0 && t.done > 0:
		return &exitError{code: exitPartial}
	case t.failed > 0:
		return &exitError{code: exitFailure}
	case t.done == 0:
		return noWorkout()
	case t.errors > 0:
		return &exitError{code: exitFindings}
	}
	return nil
}

// noWorkout is the end of a run in which there was nothing to do.
func noWorkout() error {
	return &exitError{code: exitFailure, err: errors.New("there is no workout in what you named"), hints: []string{
		"bandport looks into folders and archives, and reads TCX, GPX and FIT files, also gzipped",
	}}
}

func plural(n int, one string) string {
	if n == 1 {
		return one
	}
	return one + "s"
}

// decoding is how the settings want files to be read.
func (s *settings) decoding() load.Options { return load.Options{Zone: s.zone, ZeppTypes: s.zeppTypes} }

// eachFile works on all files on several workers, and hands on what became of
// them in their order. The progress line is gone when it returns.
func eachFile[T any](
	ctx context.Context, a *app, s *settings, paths []string,
	work func(context.Context, source.Item) T, yield func(T, *progress) error,
) error {
	o := source.Options{Stdin: a.In, Limits: s.limits}
	if runtime.GOOS == "windows" {
		paths = expand(paths)
	}
	bar := a.startProgress()
	defer bar.stop()
	if s.password != nil {
		o.Password = func(ctx context.Context, archive string) ([]byte, error) {
			defer bar.hide()()
			return s.password(ctx, archive)
		}
	}
	return load.Map(ctx, source.Walk(ctx, paths, o), s.jobs, work, func(v T) error {
		bar.add()
		return yield(v, bar)
	})
}
