package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
	"github.com/bandport/bandport/pkg/stravaexport"
	"github.com/bandport/bandport/pkg/zepp"
)

// stravaPrefix marks an activity of Strava's API among the paths of --with.
const stravaPrefix = "strava:"

// stravaAccounts gets Strava's own figures of an activity: its start, sport and
// totals.
type stravaAccounts interface {
	Account(ctx context.Context, id int64) (activity.Activity, error)
}

// errNoLogin says that there is nobody to ask for strava:ID.
var errNoLogin = errors.New("strava:ID needs a login")

// other is one workout of the other side.
type other struct {
	kind   string // of report.DiffSide
	file   string
	index  int
	key    compare.Key
	name   string
	format string
	raw    activity.Sport
	acct   *compare.Account // its figures; nil for a recording
	track  *compare.Track   // of a recording
	used   bool
}

// otherRead is what a worker makes of one file of the other side.
type otherRead struct {
	item     source.Item
	table    *stravaexport.Table
	acts     []activity.Activity // of a vendor's archive
	tracks   []compare.Track     // of recordings
	heart    *zepp.HeartRates
	findings []finding.Finding
	skip     bool
	err      error
}

// readOther reads what --with names: archives of vendors, Strava's export, other
// recordings. What cannot be read is told; it is an error where nothing is left.
func (a *app) readOther(ctx context.Context, s *settings, o recalc.Options, paths []string) ([]other, error) {
	var all []other
	var calculators perWorker[recalc.Calculator]
	bar := a.startProgress()
	defer bar.stop()
	failed := 0
	for _, path := range paths {
		if id, ok := strings.CutPrefix(path, stravaPrefix); ok {
			account, err := a.askStrava(ctx, s, id)
			if err != nil {
				return nil, err
			}
			all = append(all, account)
			continue
		}
		var acts []activity.Activity
		var files []string
		var heart zepp.HeartRates
		var recordings []other
		var table atomic.Bool // Strava's table was seen: the recordings beside it are not wanted
		walk := source.Options{Stdin: a.In, Limits: s.limits, Password: s.password}
		err := load.Map(ctx, source.Walk(ctx, []string{path}, walk), s.jobs,
			func(ctx context.Context, it source.Item) (r otherRead) {
				r.item = it
				defer load.Recover(&r.err)
				if table.Load() && it.FromFolder {
					r.skip = true
					return r
				}
				a.readOtherFile(ctx, s, o, it, &calculators, &r)
				if r.table != nil {
					table.Store(true)
				}
				return r
			},
			func(r otherRead) error {
				bar.add()
				name := r.item.Name
				switch {
				case r.skip:
					return nil
				case r.err != nil && (load.Skippable(r.item, r.err) || r.item.FromFolder && table.Load()):
					return nil
				case r.err != nil:
					failed++
					bar.pause()
					return a.showFailure(name, r.err, nil)
				}
				a.showFindings(name, r.findings, bar)
				if r.heart != nil {
					heart.Merge(r.heart)
				}
				for range r.acts {
					files = append(files, name)
				}
				acts = append(acts, r.acts...)
				for i := range r.tracks {
					t := &r.tracks[i]
					recordings = append(recordings, other{
						kind: report.SideRecording, file: name, index: i, track: t, key: trackKey(t),
					})
				}
				if r.table != nil {
					for i := range r.table.Rows {
						row := &r.table.Rows[i]
						all = append(all, ofActivity(report.SideExport, name, i, &row.Activity))
					}
				}
				return nil
			})
		if err != nil {
			return nil, err
		}
		if !table.Load() {
			all = append(all, recordings...)
		}
		heart.Join(acts)
		joined := zepp.Join(acts)
		for i := range joined {
			act := &joined[i]
			file, index := origin(act, acts, files)
			if act.Totals != (activity.Totals{}) || len(act.Records) == 0 {
				all = append(all, ofActivity(report.SideArchive, file, index, act))
				continue
			}
			// A track without its summary says nothing of itself; it is a recording.
			res := recalc.Recalculate(act, o)
			t := compare.Measure(act, &res, true)
			all = append(all, other{kind: report.SideRecording, file: file, index: index, track: &t, key: trackKey(&t)})
		}
	}
	if len(all) == 0 {
		if failed > 0 {
			return nil, &exitError{code: exitFailure}
		}
		return nil, &exitError{code: exitFailure, err: errors.New("--with: there is no workout to compare with in what you named")}
	}
	return all, nil
}

// origin returns the file that a joined workout came from, and its place there:
// those of its summary, else of its track.
func origin(a *activity.Activity, acts []activity.Activity, files []string) (file string, index int) {
	k := slices.IndexFunc(acts, func(b activity.Activity) bool {
		return b.Start.Equal(a.Start) && b.Format == a.Format && b.Totals == a.Totals
	})
	k = max(k, 0)
	for k > index && files[k-index-1] == files[k] {
		index++
	}
	return files[k], index
}

// readOtherFile tells what a file is and reads it.
func (a *app) readOtherFile(ctx context.Context, s *settings, o recalc.Options, it source.Item, calculators *perWorker[recalc.Calculator], r *otherRead) {
	in, err := it.Open(ctx)
	if err != nil {
		r.err = err
		return
	}
	defer in.Close()
	buf := bufio.NewReaderSize(in, load.HeadSize)
	head, _ := buf.Peek(load.HeadSize) // the reader that fails does so again
	switch {
	case stravaexport.Match(head):
		t, err := stravaexport.Decode(ctx, buf)
		r.table, r.findings, r.err = &t, t.Findings, err
		return
	case zepp.IsHeartRates(head):
		r.heart = &zepp.HeartRates{}
		r.findings, r.err = r.heart.Read(ctx, buf, s.zone)
		return
	}
	f, err := load.Decode(ctx, buf, load.Default(), load.Options{Zone: s.zone, ZeppTypes: s.zeppTypes})
	if err != nil {
		r.err = err
		return
	}
	r.findings = f.Findings
	for i := range f.Activities {
		act := &f.Activities[i]
		switch act.Format {
		case "zepp", "mshealth":
			r.acts = append(r.acts, *act)
			continue
		}
		r.findings = append(r.findings, act.Findings...)
		calculators.with(func(c *recalc.Calculator) {
			res := c.Recalculate(act, o)
			r.tracks = append(r.tracks, compare.Measure(act, &res, true))
		})
	}
	_, _ = io.Copy(io.Discard, buf)
}

// ofActivity makes an account of a summary.
func ofActivity(kind, file string, index int, a *activity.Activity) other {
	duration := a.Totals.ElapsedTime
	if !duration.Known() {
		duration = a.Totals.TimerTime
	}
	if !duration.Known() {
		if first, last, ok := a.Span(); ok {
			duration = activity.Of(last.Sub(first).Seconds())
		}
	}
	return other{
		kind: kind, file: file, index: index, name: a.Name, format: a.Format, raw: a.Sport, acct: &compare.Account{Start: a.Start, Totals: a.Totals},
		key: compare.Key{Start: a.Start, Duration: duration, Distance: a.Totals.Distance, Sport: a.Sport},
	}
}

// trackKey is what a recording is matched by.
func trackKey(t *compare.Track) compare.Key {
	k := compare.Key{Start: t.Start, Distance: t.Result.Distance, Sport: t.Result.Sport, Duration: t.Result.ElapsedTime}
	if first, last, ok := t.Span(); ok {
		k.Start = first
		k.Duration = activity.Of(last.Sub(first).Seconds())
	}
	if !k.Duration.Known() {
		k.Duration = t.Totals.TimerTime
	}
	if !k.Distance.Known() {
		k.Distance = t.Totals.Distance
	}
	return k
}

// askStrava gets Strava's own figures by its API.
func (a *app) askStrava(ctx context.Context, s *settings, text string) (other, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return other{}, &usageError{err: fmt.Errorf("--with %s%s: want the number of the activity, as in the address of its page", stravaPrefix, report.Printable(text))}
	}
	accounts := a.strava
	if accounts == nil {
		x, err := a.openSession(ctx, s)
		if err == nil {
			accounts = apiAccounts{x.client}
		} else if missing := (*exitError)(nil); !errors.As(err, &missing) || missing.code != exitLogin {
			return other{}, err
		}
	}
	if accounts == nil {
		return other{}, &exitError{code: exitLogin, err: errNoLogin, hints: []string{
			`log in with "bandport auth login", or give the figures of its page with --strava time=…,distance=…, or Strava's archive (activities.csv) with --with`,
		}}
	}
	act, err := accounts.Account(ctx, id)
	if err != nil {
		return other{}, apiError(fmt.Errorf("asking Strava for activity %d: %w", id, err))
	}
	return ofActivity(report.SideExport, stravaPrefix+text, 0, &act), nil
}
