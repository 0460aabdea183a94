package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/report"
)

// uploadFlags are the flags of upload as they were given.
type uploadFlags struct {
	dryRun, yes, force, wait bool
	manual                   bool
	since, until, convert    string
	name, description, sport string
	gear                     string
	commute, trainer, hide   bool
	patience                 time.Duration
}

func (a *app) uploadCommand() *cobra.Command {
	var u uploadFlags
	cmd := &cobra.Command{
		Use:   "upload PATH...",
		Short: "Upload workouts through Strava's API, each exactly once",
		Long: `Upload workouts through Strava's API, each exactly once.

PATH is a file, a folder (with all below it), a zip archive, or - for standard
input. Workouts that were uploaded before, that are in the list twice, or that
Strava has already, are left out. The plan is shown before anything is sent.

A journal remembers each workout before it is sent, and what became of it. A run
that is interrupted, killed, or stopped by a rate limit goes on with the same
command: it finds out what arrived and sends only what did not.

Strava allows 200 requests in a quarter of an hour, 100 of them reading, which
asking what became of an upload counts as. A larger batch stops at the limit with
exit status 6, or waits with --wait.

--name and --description may hold {sport} {date} {time} {device} {title} {file};
{title} is the name in the file. Gear and --hide-from-home are set after the
upload. Who may see an activity cannot be set by a program: it is what your
settings at Strava say.

It needs "bandport auth login". "bandport stage" needs no login.`,
		Example: `  bandport upload --dry-run old-workouts/      what would be done, and how long it takes
  bandport upload old-workouts/
  bandport upload --yes --wait export.zip      unattended, as long as it takes
  bandport upload --since 2015-01-01 --until 2015-12-31 export.zip
  bandport upload --name "{sport}, {date}" --hide-from-home old-workouts/`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			sel, err := u.selection()
			if err != nil {
				return err
			}
			if s.password, err = a.archivePassword(args); err != nil {
				return err
			}
			return a.upload(cmd.Context(), &s, &u, sel, args)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVarP(&u.dryRun, "dry-run", "n", false, "show the plan and send nothing")
	f.BoolVarP(&u.yes, "yes", "y", false, "do not ask before sending")
	f.BoolVar(&u.wait, "wait", false, "wait for the rate limits instead of stopping at them")
	f.BoolVar(&u.force, "force", false, "upload what was uploaded before or seems to be there already, too")
	f.BoolVar(&u.manual, "manual", false, "create workouts without a track as activities that were entered by hand")
	f.StringVar(&u.since, "since", "", "only workouts from this `DAY` on, such as 2016-03-01")
	f.StringVar(&u.until, "until", "", "only workouts up to this `DAY`, itself included")
	f.StringVar(&u.name, "name", "", "`NAME` of the activities, with placeholders")
	f.StringVar(&u.description, "description", "", "`TEXT` for the activities, with placeholders")
	f.StringVar(&u.sport, "sport", "", "upload as this `SPORT`, such as Run or TrailRun, instead of the file's")
	f.StringVar(&u.convert, "convert", "", "upload as this `FORMAT`; fit is the one: it is small, and keeps pauses, laps and sensors")
	f.StringVar(&u.gear, "gear", "", "`ID` of the gear, such as b12345 or g67890; none takes it away")
	f.BoolVar(&u.commute, "commute", false, "mark as commute")
	f.BoolVar(&u.trainer, "trainer", false, "mark as done on a trainer or treadmill")
	f.BoolVar(&u.hide, "hide-from-home", false, "keep the activities out of the feeds of others")
	f.DurationVar(&u.patience, "settle", deliver.DefaultPatience, "`DURATION` for which an upload whose answer was lost may be on its way, before it counts as never arrived")
	a.sharedFlags(cmd, "format", "units", "weight", "tz", "jobs", "api-url", "auth-url", "login-store", "state-dir",
		"max-size", "max-entries", "max-nesting", "max-ratio", "max-total")
	exits(cmd, exitOK, exitFailure, exitUsage, exitPartial, exitLogin, exitInactive, exitLimit, exitInterrupted)
	return cmd
}

func (u *uploadFlags) selection() (*selection, error) {
	sel := &selection{manual: u.manual}
	var err error
	if sel.since, err = dayFlag("since", u.since); err != nil {
		return nil, err
	}
	if sel.until, err = dayFlag("until", u.until); err != nil {
		return nil, err
	}
	if sel.name, err = parseTemplate("name", u.name); err != nil {
		return nil, err
	}
	if sel.description, err = parseTemplate("description", u.description); err != nil {
		return nil, err
	}
	if sel.wishes.Sport, err = sportFlag(u.sport); err != nil {
		return nil, err
	}
	if u.convert != "" && u.convert != fitFormat {
		return nil, &usageError{err: fmt.Errorf("--convert: %q is not the format fit", u.convert), hints: []string{`"bandport convert" makes the others`}}
	}
	sel.convert = u.convert != ""
	if u.patience <= 0 {
		return nil, &usageError{err: errors.New("--settle: want a duration such as 2m")}
	}
	sel.wishes.GearID, sel.wishes.HideFromHome = u.gear, u.hide
	sel.wishes.Commute, sel.wishes.Trainer = u.commute, u.trainer
	return sel, nil
}

// mostAtOnce bounds the requests that are under way at once, whatever --jobs says.
const mostAtOnce = 4

func (a *app) upload(ctx context.Context, s *settings, u *uploadFlags, sel *selection, paths []string) error {
	if !u.yes && !u.dryRun && !a.canAsk() {
		return &usageError{
			err:   errors.New("nobody is here to be asked whether to upload"),
			hints: []string{"say --yes to upload without a question, or --dry-run to see the plan"},
		}
	}
	v, err := a.newDeliveryView(s)
	if err != nil {
		return err
	}
	kept, err := a.openJournal(ctx, s)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }() // every row is on the disk already
	x, err := a.openSession(ctx, s)
	var missing *exitError
	switch {
	case err == nil:
	case u.dryRun && errors.As(err, &missing) && missing.code == exitLogin:
		a.note("nobody is logged in, so that what Strava has already is not looked for")
		x = nil
	default:
		return err
	}
	o := deliver.Options{Force: u.force, Jobs: min(s.jobs, mostAtOnce), Wait: u.wait}
	var b deliver.Backend
	if x != nil {
		if err := x.identify(ctx); err != nil {
			return err
		}
		if err := a.explainScopes(x.login.Scopes); err != nil {
			return err
		}
		b = &deliver.Strava{Client: x.client, AthleteID: x.login.AthleteID, Scopes: x.login.Scopes, Wait: u.patience}
	} else {
		o.Unlisted = true
		b = &deliver.Recorder{Backend: &deliver.Stage{}}
	}
	if u.dryRun && x != nil {
		b = &deliver.Recorder{Backend: b}
	}
	j, done, err := deliveryJournal(ctx, kept, u.dryRun)
	if err != nil {
		return err
	}
	defer done()

	found, err := a.collect(ctx, s, sel, paths, v.failed)
	if err != nil {
		return v.close(err)
	}
	defer found.close()
	plan, err := deliver.Prepare(ctx, j, b, found.candidates, o)
	if err != nil {
		return v.close(apiError(err))
	}
	if x != nil {
		a.warnSkew(x.client)
	}
	send, resume := a.showPlan(plan, found, x)
	if send+resume > 0 && !u.yes && !u.dryRun {
		ok, err := a.confirm(ctx, fmt.Sprintf("upload %s?", counted(send+resume, "workout")))
		if err != nil {
			return v.close(err)
		}
		if !ok {
			a.note("nothing was sent")
			return v.close(nil)
		}
	}
	sum, runErr := v.run(ctx, plan, j, b, send+resume)
	if x != nil && !u.dryRun && ctx.Err() == nil && runErr == nil {
		v.compare(ctx, b, sum)
	}
	return v.finish(sum, runErr, found.failed)
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// showPlan tells people what will be done and what it costs.
func (a *app) showPlan(p *deliver.Plan, found *collected, x *session) (send, resume int) {
	skip, refuse, odd := 0, 0, 0
	for i := range p.Items {
		it := &p.Items[i]
		switch it.Verdict {
		case deliver.Send:
			send++
		case deliver.Resume:
			resume++
		case deliver.Skip:
			skip++
		case deliver.Refuse:
			refuse++
		}
		if len(it.Candidate.Warnings) > 0 && it.Verdict == deliver.Send {
			odd++
		}
		if it.Verdict == deliver.Skip {
			continue // what is odd about it is no news
		}
		for _, w := range it.Warnings {
			a.warn("%s: %s", report.Printable(it.Candidate.File), report.Printable(w))
		}
	}
	if a.quiet {
		return send, resume
	}
	parts := []string{fmt.Sprintf("%d to send", send)}
	for _, c := range []struct {
		n    int
		text string
	}{
		{resume, "begun by an earlier run"}, {skip, "there already or twice"}, {refuse, "that cannot be delivered"},
		{found.outside, "outside of --since and --until"}, {found.failed, "unreadable"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.text))
		}
	}
	a.say("plan", "%s", strings.Join(parts, ", "))
	if odd > 0 {
		a.warn("in %s is something that Strava would reject or mangle", counted(odd, "file"))
		a.say("hint", `"bandport check" tells more, and "bandport fix" mends what can be mended`)
	}
	if p.Unlisted != nil {
		a.warn("what Strava has already was not looked for: %s", sentence(p.Unlisted))
	}
	if x == nil || send+resume == 0 {
		return send, resume
	}
	l := x.client.Limits()
	al := x.client.Allowance()
	cost := p.Cost(time.Now(), l.Short.Limit, l.ReadShort.Limit, l.Day.Limit, l.ReadDay.Limit,
		deliver.Capacity{Requests: al.Requests, Reads: al.Reads, Resume: al.Resume, Daily: al.Daily})
	text := fmt.Sprintf("%s and about %s that read", counted(cost.Uploads, "upload"), counted(cost.Reads, "request"))
	if cost.Windows > 1 {
		text += fmt.Sprintf("; the rate limits stretch that over %d quarters of an hour, until about %s", cost.Windows, cost.Until.Local().Format("2006-01-02 15:04"))
	}
	a.say("plan", "%s", text)
	return send, resume
}

// deliveryView shows results of a delivery: to people a line each as soon as it is
// known, to programs objects in the order of the files.
type deliveryView struct {
	a       *app
	s       *settings
	encoder report.Encoder // nil: the table
	plan    *deliver.Plan
	bar     *progress
	shown   map[int]report.Shown // what Strava shows, by the index of the candidate
}

func (a *app) newDeliveryView(s *settings) (*deliveryView, error) {
	v := &deliveryView{a: a, s: s, shown: map[int]report.Shown{}, bar: &progress{}}
	if s.format != report.Table {
		var err error
		if v.encoder, err = report.NewEncoder(a.Out, s.format, report.Delivery{}); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// failed tells of a file that could not be read.
func (v *deliveryView) failed(file string, err error) error {
	return v.a.showFailure(file, err, v.encoder)
}

// close ends the output.
func (v *deliveryView) close(err error) error {
	if v.encoder == nil {
		return err
	}
	return closing(err, v.encoder.Close)
}

// run carries the plan out and shows how it goes.
func (v *deliveryView) run(ctx context.Context, p *deliver.Plan, j *journal.Journal, b deliver.Backend, work int) (deliver.Summary, error) {
	v.plan = p
	v.bar = v.a.startDelivery(work)
	defer v.bar.stop()
	var writeErr error
	sum, err := deliver.Run(ctx, p, j, b, func(e deliver.Event) {
		switch {
		case e.Waiting != nil:
			v.bar.pause()
			v.a.note("waiting for %s until %s", e.Waiting.Why, e.Waiting.Until.Local().Format("2006-01-02 15:04:05"))
		case e.Result != nil:
			if e.Result.Verdict == deliver.Send || e.Result.Verdict == deliver.Resume {
				v.bar.add()
			}
			if v.encoder == nil && writeErr == nil {
				v.bar.pause()
				d := v.delivery(e.Result)
				_, writeErr = fmt.Fprintln(v.a.Out, d.Line())
			}
		}
	})
	if err == nil && writeErr != nil {
		err = fmt.Errorf("writing the output: %w", writeErr)
	}
	return sum, err
}

// delivery puts a result into the form that users see.
func (v *deliveryView) delivery(r *deliver.Result) report.Delivery {
	c := &v.plan.Items[r.Index].Candidate
	d := report.Delivery{
		File: c.File, Activity: c.Activity, Result: resultWord(r), Reason: orNil(r.Reason), Code: orNil(r.Outcome.Kind), Format: orNil(c.Format),
		SportType: orNil(string(firstSport(c.Wishes.Sport, c.Sport))), UploadID: report.ID(r.Outcome.UploadID), ActivityID: report.ID(r.Outcome.ActivityID),
		Folder: orNil(r.Outcome.Folder), DuplicateOf: orNil(r.Other), Warnings: append([]string{}, r.Warnings...),
		Predicted: report.NewShown(c.MovingTime, c.Distance), Strava: v.shown[r.Index],
	}
	if !c.Start.IsZero() {
		text := c.Start.UTC().Format(time.RFC3339)
		d.StartDate = &text
	}
	if c.Elapsed > 0 {
		d.ElapsedTime = activity.Of(c.Elapsed.Seconds())
	}
	if d.Reason == nil && r.Outcome.Message != "" {
		d.Reason = orNil(r.Outcome.Message)
	}
	if d.Reason == nil && d.Result == report.Duplicate && r.Outcome.ActivityID != 0 {
		d.Reason = orNil(fmt.Sprintf("Strava has it already: activity %d", r.Outcome.ActivityID))
	}
	return d
}

func firstSport(a, b activity.Sport) activity.Sport {
	if a != "" {
		return a
	}
	return b
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func resultWord(r *deliver.Result) string {
	switch {
	case r.Pending:
		return report.Pending
	case r.Outcome.Planned:
		return report.Planned
	case r.Outcome.State == journal.Duplicate:
		return report.Duplicate
	case r.Outcome.State == journal.Failed:
		return report.FailedTo
	case r.Verdict == deliver.Skip:
		return report.Skipped
	case r.Outcome.State == journal.Staged:
		return report.Staged
	case r.Outcome.State == journal.Deleted:
		return report.Skipped
	}
	return report.Uploaded
}

// mostCompared is how many workouts are compared one by one for people; more are
// compared for programs only.
const mostCompared = 20

// compare asks Strava what it shows for what was uploaded. It is an extra: what
// fails in it is no failure of the delivery.
func (v *deliveryView) compare(ctx context.Context, b deliver.Backend, sum deliver.Summary) {
	var done []int
	var from, to time.Time
	for i := range sum.Results {
		r := &sum.Results[i]
		c := &v.plan.Items[i].Candidate
		if r.Verdict == deliver.Skip || r.Outcome.State != journal.Uploaded || r.Outcome.ActivityID == 0 || c.Start.IsZero() {
			continue
		}
		done = append(done, i)
		if from.IsZero() || c.Start.Before(from) {
			from = c.Start
		}
		if c.Start.After(to) {
			to = c.Start
		}
	}
	const atLeast = 10 // requests that are left for others
	if len(done) == 0 || b.Capacity().Reads < atLeast {
		return
	}
	remotes, err := b.Listed(ctx, from.Add(-time.Hour), to.Add(time.Hour))
	if err != nil {
		return
	}
	byID := map[int64]*deliver.Remote{}
	for i := range remotes {
		byID[remotes[i].ActivityID] = &remotes[i]
	}
	for n, i := range done {
		r := byID[sum.Results[i].Outcome.ActivityID]
		if r == nil {
			continue
		}
		v.shown[i] = report.NewShown(r.MovingTime, r.Distance)
		if v.encoder != nil || n >= mostCompared || v.a.quiet {
			continue
		}
		d := v.delivery(&sum.Results[i])
		mine, theirs := d.Predicted.Text(d.SportType, v.s.units), d.Strava.Text(d.SportType, v.s.units)
		if mine != "" && theirs != "" {
			v.a.note("%s: predicted %s, Strava shows %s", report.Printable(d.File), mine, theirs)
		}
	}
}

// finish shows what is left to show and makes the exit code.
func (v *deliveryView) finish(sum deliver.Summary, runErr error, unread int) error {
	counts := map[string]int{}
	for i := range sum.Results {
		if v.plan == nil {
			break
		}
		d := v.delivery(&sum.Results[i])
		counts[d.Result]++
		if v.encoder != nil {
			if err := v.encoder.Encode(d); err != nil {
				return fmt.Errorf("writing the output: %w", err)
			}
		}
	}
	if v.encoder != nil {
		if err := v.encoder.Close(); err != nil {
			return fmt.Errorf("writing the output: %w", err)
		}
	}
	if !v.a.quiet {
		var parts []string
		for _, word := range report.Deliveries() {
			if counts[word] > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", counts[word], word))
			}
		}
		if sum.Earlier > 0 {
			parts = append(parts, fmt.Sprintf("%d of earlier runs settled", sum.Earlier))
		}
		if unread > 0 {
			parts = append(parts, fmt.Sprintf("%d unreadable", unread))
		}
		if len(parts) > 0 {
			v.a.say("done", "%s", strings.Join(parts, ", "))
		}
	}
	if runErr != nil {
		if errors.Is(runErr, context.Canceled) {
			v.a.say("hint", "the same command goes on where this one was interrupted")
		}
		return apiError(runErr)
	}
	failed := counts[report.FailedTo] + unread
	good := len(sum.Results) - counts[report.FailedTo]
	switch {
	case failed > 0 && good == 0:
		return &exitError{code: exitFailure}
	case failed > 0 || counts[report.Pending] > 0:
		return &exitError{code: exitPartial}
	}
	return nil
}
