package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
)

// exitDifferent is the exit code of diff beside those of all commands.
const exitDifferent = 7

// diffFlags are the flags of diff alone.
type diffFlags struct {
	sport, uploaded   string
	band, strava      string
	with              []string
	exitCode          bool
	tolerance         string
	bandAcct, ownAcct *compare.Account // parsed: of the band, and Strava's own
	limits            tolerance
}

func (a *app) diffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff FILE...",
		Short: "Explain why the band and Strava disagree, cause by cause",
		Long: `Explain why the band and Strava disagree, cause by cause.

FILE is a workout, a folder or an archive, as for summary. What Strava makes of it
is set against another account of the same workout:

  nothing      the file's own totals, as the device wrote them (TCX, FIT)
  --band       figures read off the screen of the band: GPX holds none
  --strava     figures read off Strava's page
  --with       another file: an export of Zepp, Zepp Life or Mi Fit (its SPORT table,
               the folder, the archive with its password, JSON of the cloud); a table or
               JSON of Microsoft Health; another recording of the workout, of a phone or
               watch; Strava's own archive or the activities.csv in it, in any language.
               It can be given several times.

Workouts are matched by start, duration, distance and sport. Clocks that differ by
whole or half hours are recognised, and said to differ. What has no partner is
listed.

Of each difference the causes are told: pauses of the device, rest that Strava
removes, start and end, the source of the distance, the radius of the earth, the
way to count calories. They are computed from the recording, without looking at the
figure that they explain. What they do not explain is the remainder; it is shown.
A "?" stands where no file tells how much a cause makes. Amounts say by how much
Strava's figure is larger.

--band and --strava take these figures:
  ` + figureWords + `.
Times and paces are written as 31:40, distances with km, mi or m, cadence in rpm of
one leg or in spm of both.`,
		Example: `  bandport diff evening-run.tcx
  bandport diff --band time=31:40,distance=5.2km,calories=412,pace=6:05 run.gpx
  bandport diff --with zepp-export.zip --password-file password.txt workouts/
  bandport diff --with phone.gpx band.tcx
  bandport diff --with strava-export.zip --format csv workouts/ > differences.csv
  bandport diff --exit-code --tolerance time=10s,distance=1% workouts/`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			if err := f.parse(); err != nil {
				return err
			}
			if slices.Contains(args, "-") && slices.Contains(f.with, "-") {
				return &usageError{err: errors.New("standard input cannot be both sides at once")}
			}
			if s.password, err = a.archivePassword(append(slices.Clone(args), f.with...)); err != nil {
				return err
			}
			o := recalc.Options{Policy: s.policy, Athlete: s.athlete, Explain: true}
			if o.Sport, err = sportFlag(f.sport); err != nil {
				return err
			}
			if o.Uploaded, err = uploadDay(f.uploaded, time.Now()); err != nil {
				return err
			}
			return a.diff(cmd.Context(), &s, o, &f, args)
		},
	}
	a.sharedFlags(cmd, "format", "units", "weight", "bike-weight", "bike-type", "policy", "tz", "zepp-types", "jobs", "max-size", "max-entries", "max-nesting", "max-ratio", "max-total",
		"api-url", "auth-url", "login-store", "state-dir")
	flags := cmd.Flags()
	flags.StringVar(&f.band, "band", "", "`FIGURES` off the band's screen, such as time=31:40,distance=5.2km,pace=6:05")
	flags.StringVar(&f.strava, "strava", "", "`FIGURES` off Strava's page, such as time=30:20,distance=5.19km")
	flags.StringArrayVar(&f.with, "with", nil, "compare with this `PATH`: a vendor's archive, another recording, Strava's archive, or strava:ID")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 7 if anything differs by more than the tolerance, or has no partner")
	flags.StringVar(&f.tolerance, "tolerance", "2%", "`LIMIT` for what counts as a difference: a percentage of time, distance and pace, or figures such as time=10s,distance=1%")
	flags.StringVar(&f.sport, "sport", "", "take this `SPORT`, such as Run or TrailRun, instead of the file's")
	flags.StringVar(&f.uploaded, "uploaded", "", "`DAY` of the upload to Strava, as 2016-03-01 or today: decides which of its rules apply (default the day of the workout)")
	exits(cmd, exitOK, exitFailure, exitUsage, exitPartial, exitInterrupted)
	cmd.Annotations["exits"] = strings.Replace(cmd.Annotations["exits"], "  130",
		"  4    strava:ID was asked for without a login\n  5    the same, and the API application is inactive\n  6    the same, and the rate limit is reached\n  7    with --exit-code: something differs by more than the tolerance\n  130", 1)
	return cmd
}

// parse reads what the flags hold.
func (f *diffFlags) parse() error {
	var err error
	if f.band != "" {
		if f.bandAcct, err = parseFigures(f.band); err != nil {
			return &usageError{err: fmt.Errorf("--band: %w", err)}
		}
	}
	if f.strava != "" {
		if f.ownAcct, err = parseFigures(f.strava); err != nil {
			return &usageError{err: fmt.Errorf("--strava: %w", err)}
		}
	}
	if f.limits, err = parseTolerance(f.tolerance); err != nil {
		return &usageError{err: fmt.Errorf("--tolerance: %w", err)}
	}
	return nil
}

// pending is a workout of FILE that waits for its partner.
type pending struct {
	file  string
	index int
	name  string
	track compare.Track
	found []finding.Finding // of the file and the workout
}

// collector is an encoder that keeps what it gets: results wait for their
// partners, and failures for their turn.
type collector struct{ got []any }

func (c *collector) Encode(v any) error { c.got = append(c.got, v); return nil }
func (c *collector) Close() error       { return nil }

func (a *app) diff(ctx context.Context, s *settings, o recalc.Options, f *diffFlags, paths []string) error {
	var others []other
	if len(f.with) > 0 {
		var err error
		if others, err = a.readOther(ctx, s, o, f.with); err != nil {
			return err
		}
	}
	recordings := slices.ContainsFunc(others, func(t other) bool { return t.track != nil })
	var calculators perWorker[recalc.Calculator]
	convert := func(file string, fl *activity.File) ([]pending, []finding.Finding) {
		out := make([]pending, len(fl.Activities))
		told := fl.Findings
		calculators.with(func(c *recalc.Calculator) {
			for i := range fl.Activities {
				act := &fl.Activities[i]
				r := c.Recalculate(act, o)
				out[i] = pending{file: file, index: i, name: act.Name, track: compare.Measure(act, &r, recordings)}
				out[i].found = slices.Concat(fl.Findings, act.Findings, r.Findings)
				told = append(slices.Clip(told), slices.Concat(act.Findings, r.Findings)...)
			}
		})
		return out, told
	}
	out, err := a.diffOutput(s)
	if err != nil {
		return err
	}
	d := differ{app: a, settings: s, flags: f, options: o, out: out}
	if len(others) == 0 {
		// Nothing has to wait: each workout is told when it is read.
		var encoder report.Encoder
		if s.format != report.Table {
			encoder = &streaming{d: &d}
		}
		err = readFiles(ctx, a, s, paths, convert, func(p pending) error { return d.tell(&p, nil, nil, 0) }, encoder)
		return d.close(err)
	}
	var kept collector
	var encoder report.Encoder
	if s.format != report.Table {
		encoder = &kept
	}
	err = readFiles(ctx, a, s, paths, convert, func(p pending) error { return kept.Encode(p) }, encoder)
	if errors.Is(err, context.Canceled) {
		return d.close(err)
	}
	if matchErr := d.match(kept.got, others); matchErr != nil {
		return d.close(matchErr)
	}
	return d.close(err)
}

// diffSink is where comparisons go.
type diffSink interface {
	add(d report.Diff, c *compare.Comparison) error
	failed(v report.Failed) error
	close() error
	stop() error // close after an interruption
}

// diffOutput returns the sink of a format.
func (a *app) diffOutput(s *settings) (diffSink, error) {
	if s.format == report.Table {
		return &tableSink{report.NewDiffTable(a.Out, s.units, a.color(), a.width())}, nil
	}
	e, err := report.NewEncoder(a.Out, s.format, report.Diff{})
	return &encoderSink{e}, err
}

type tableSink struct{ t *report.DiffTable }

func (s *tableSink) add(d report.Diff, c *compare.Comparison) error { s.t.Add(d, c); return nil }
func (s *tableSink) failed(report.Failed) error                     { return nil }
func (s *tableSink) close() error                                   { return s.t.Close() }
func (s *tableSink) stop() error                                    { return s.t.Stop() }

type encoderSink struct{ e report.Encoder }

func (s *encoderSink) add(d report.Diff, _ *compare.Comparison) error { return s.e.Encode(d) }
func (s *encoderSink) failed(v report.Failed) error                   { return s.e.Encode(v) }
func (s *encoderSink) close() error                                   { return s.e.Close() }
func (s *encoderSink) stop() error                                    { return s.e.Close() }

// streaming is the encoder of workouts that wait for nobody.
type streaming struct{ d *differ }

// Encode tells a workout or a failure at once.
func (s *streaming) Encode(v any) error {
	if p, ok := v.(pending); ok {
		return s.d.tell(&p, nil, nil, 0)
	}
	if failed, ok := v.(report.Failed); ok {
		return s.d.out.failed(failed)
	}
	return nil
}

// Close does nothing: the sink is closed by its owner.
func (s *streaming) Close() error { return nil }

// differ tells comparisons and keeps whether any exceeds the tolerance.
type differ struct {
	app      *app
	settings *settings
	flags    *diffFlags
	options  recalc.Options
	out      diffSink
	beyond   bool
	told     int // workouts so far
}

// errSeveral says that figures were given for one workout, and there are more.
var errSeveral = errors.New("the figures of --band and --strava are those of one workout, and there are several")

// match finds the partners of all workouts and tells them, then what is left of
// the other side.
func (d *differ) match(got []any, others []other) error {
	var mine []compare.Key
	var waiting []*pending
	for _, v := range got {
		if p, ok := v.(pending); ok {
			mine = append(mine, trackKey(&p.track))
			waiting = append(waiting, &p)
		}
	}
	// Strava's own figures and those of others are partners of their own.
	partner := func(strava bool) []struct {
		o     *other
		shift time.Duration
	} {
		var keys []compare.Key
		var of []int
		for i := range others {
			if (others[i].kind == report.SideExport) == strava {
				keys, of = append(keys, others[i].key), append(of, i)
			}
		}
		found := make([]struct {
			o     *other
			shift time.Duration
		}, len(mine))
		for _, p := range compare.Match(mine, keys) {
			found[p.A].o, found[p.A].shift = &others[of[p.B]], p.Shift
			others[of[p.B]].used = true
		}
		return found
	}
	bands, stravas := partner(false), partner(true)
	next := 0
	for _, v := range got {
		var err error
		if failed, ok := v.(report.Failed); ok {
			err = d.out.failed(failed)
		} else {
			shift := bands[next].shift
			if bands[next].o == nil {
				shift = stravas[next].shift
			}
			err = d.tell(waiting[next], bands[next].o, stravas[next].o, shift)
			next++
		}
		if err != nil {
			return err
		}
	}
	for i := range others {
		o := &others[i]
		if o.used {
			continue
		}
		d.beyond = true
		in := report.DiffInput{
			File: o.file, Activity: o.index, Result: report.DiffUnmatched, Format: formatOf(o), Sport: o.key.Sport, Start: o.key.Start, Name: o.name,
		}
		if err := d.out.add(report.NewDiff(in), nil); err != nil {
			return fmt.Errorf("writing the output: %w", err)
		}
	}
	return nil
}

// formatOf returns the format of a workout of the other side.
func formatOf(o *other) string {
	if o.track != nil {
		return o.track.Format
	}
	return o.format
}

// tell explains one workout and hands it on.
func (d *differ) tell(p *pending, band, strava *other, shift time.Duration) error {
	if d.told++; d.told > 1 && (d.flags.bandAcct != nil || d.flags.ownAcct != nil) {
		return &usageError{err: errSeveral, hints: []string{"name the one file that they are of"}}
	}
	r := &p.track.Result
	sides := compare.Sides{
		Ours: &p.track, Strava: d.flags.ownAcct, Shift: shift,
		Weight: d.options.Athlete.WeightAt(r.Start), Imperial: d.settings.units == report.Imperial && d.settings.format == report.Table,
	}
	in := report.DiffInput{
		File: p.file, Activity: p.index, Format: p.track.Format, Sport: r.Sport, Start: r.Start, Name: p.name, Findings: p.found,
	}
	if d.flags.ownAcct != nil {
		in.Strava.Kind = report.SideFigures
	}
	if strava != nil {
		sides.Strava = strava.acct
		in.Strava = report.NewDiffSide(report.SideExport, strava.file, strava.index, strava.key.Start, shift)
		if sides.Ours.Result.Sport == "" {
			in.Sport = strava.raw
		}
	}
	switch {
	case d.flags.bandAcct != nil:
		sides.Band, in.With.Kind = d.flags.bandAcct, report.SideFigures
	case band != nil && band.track != nil:
		sides.Other = band.track
		in.With = report.NewDiffSide(report.SideRecording, band.file, band.index, band.key.Start, shift)
	case band != nil:
		sides.Band = band.acct
		in.With = report.NewDiffSide(report.SideArchive, band.file, band.index, band.key.Start, shift)
		if in.Sport == "" {
			in.Sport = band.raw
		}
	default:
		if own := compare.Own(&p.track); own != nil {
			sides.Band, in.With.Kind = own, report.SideOwn
		}
	}
	if shift != 0 {
		f := finding.New(finding.ClocksDiffer, finding.Place{}, shiftText(shift))
		in.Findings = append(slices.Clip(in.Findings), f)
		if d.settings.format == report.Table {
			d.app.showFindings(p.file, []finding.Finding{f}, &progress{})
		}
	}
	c := compare.Explain(sides)
	beyond, compared := d.flags.limits.exceeds(&c)
	switch {
	case len(d.flags.with) > 0 && band == nil && strava == nil:
		in.Result, d.beyond = report.DiffUnmatched, true
		in.With, in.Strava = report.DiffSide{}, report.DiffSide{}
		if err := d.out.add(report.NewDiff(in), nil); err != nil {
			return fmt.Errorf("writing the output: %w", err)
		}
		return nil
	case !compared:
		in.Result = report.DiffUnknown
	case beyond:
		in.Result, d.beyond = report.DiffDifferent, true
	default:
		in.Result = report.DiffSame
	}
	in.Compared = &c
	if err := d.out.add(report.NewDiff(in), &c); err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	return nil
}

// shiftText says how far clocks are apart.
func shiftText(d time.Duration) string {
	hours := fmt.Sprintf("%g h", d.Abs().Hours())
	if d > 0 {
		return "the other is " + hours + " ahead"
	}
	return "the other is " + hours + " behind"
}

// close ends the output and returns what ends the program.
func (d *differ) close(err error) error {
	end := d.out.close
	if errors.Is(err, context.Canceled) {
		end = d.out.stop
	}
	if err := closing(err, end); err != nil {
		return err
	}
	if d.beyond && d.flags.exitCode {
		return &exitError{code: exitDifferent}
	}
	return nil
}
