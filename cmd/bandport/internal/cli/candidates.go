package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/convert"
	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
)

// selection is which workouts are to be delivered, and how.
type selection struct {
	since, until      time.Time // days; zero: no bound
	name, description template
	wishes            deliver.Wishes
	manual            bool
	convert           bool // to FIT
}

// collected is what was found.
type collected struct {
	candidates []deliver.Candidate
	failed     int // files that could not be read
	outside    int // workouts before --since or after --until
	spool      string
}

// close removes the copies of what can be read only once.
func (c *collected) close() {
	if c.spool != "" {
		_ = os.RemoveAll(c.spool) // a leftover in the folder for temporary files
	}
}

// hashed reads a file and keeps its checksum, its length, and as many bytes as
// could be delivered.
type hashed struct {
	r    io.Reader
	sum  hash.Hash
	n    int64
	keep *bytes.Buffer // nil: nothing is kept
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.sum.Write(p[:n])
	h.n += int64(n)
	if h.keep != nil && h.n <= deliver.MaxSize {
		h.keep.Write(p[:n])
	}
	return n, err
}

// once reports whether an item might be readable only once: standard input, and
// what had to be copied out of an archive.
func once(it source.Item) bool {
	return it.Name == source.Stdin || strings.HasPrefix(it.Name, source.Stdin+"!") || strings.Contains(it.Name, "!")
}

// collect reads all files and makes candidates of them, in the order of the
// files. Files that cannot be read are told of at once, to programs through
// failed.
func (a *app) collect(ctx context.Context, s *settings, sel *selection, paths []string, failed func(file string, err error) error) (*collected, error) {
	out := &collected{}
	spool, err := os.MkdirTemp("", "bandport-*")
	if err != nil {
		return nil, fmt.Errorf("making a folder for temporary files: %w", err)
	}
	out.spool = spool
	type made struct {
		item       source.Item
		candidates []deliver.Candidate
		err        error
	}
	var readers perWorker[reader]
	found, skipped := 0, 0
	registry := load.Default()
	work := func(ctx context.Context, it source.Item) (m made) {
		m.item = it
		defer load.Recover(&m.err)
		readers.with(func(r *reader) {
			m.candidates, m.err = r.candidates(ctx, it, registry, s.decoding(), s, sel, spool)
		})
		return m
	}
	err = eachFile(ctx, a, s, paths, work, func(m made, bar *progress) error {
		if m.err != nil {
			if load.Skippable(m.item, m.err) {
				skipped++
				return nil
			}
			out.failed++
			bar.pause()
			return failed(m.item.Name, m.err)
		}
		for _, c := range m.candidates {
			found++
			if !sel.includes(&c) {
				out.outside++
				continue
			}
			out.candidates = append(out.candidates, c)
		}
		return nil
	})
	if err != nil {
		out.close()
		return nil, err
	}
	if skipped > 0 && !a.quiet {
		a.note("skipped %d %s in folders and archives that are no workouts", skipped, plural(skipped, "file"))
	}
	if found == 0 && out.failed == 0 {
		out.close()
		return nil, noWorkout()
	}
	return out, nil
}

// reader makes candidates of files.
type reader struct {
	calculator recalc.Calculator
	checker    check.Checker
}

// candidates makes candidates of one file: one of the file, or one of each
// workout where they have no track.
func (rd *reader) candidates(ctx context.Context, it source.Item, reg load.Registry, o load.Options, s *settings, sel *selection, spool string) ([]deliver.Candidate, error) {
	r, err := it.Open(ctx)
	if err != nil {
		return nil, err
	}
	in := &hashed{r: r, sum: sha256.New()}
	if once(it) {
		in.keep = &bytes.Buffer{}
	}
	f, err := load.Decode(ctx, in, reg, o)
	if closeErr := r.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	sum := hex.EncodeToString(in.sum.Sum(nil))
	verdicts := rd.checker.File(&f, check.Options{Now: time.Now(), Sport: sel.wishes.Sport})
	var all []deliver.Candidate
	timed := false
	for i := range f.Activities {
		act := &f.Activities[i]
		if _, _, ok := act.Span(); ok {
			timed = true
		}
		res := rd.calculator.Recalculate(act, recalc.Options{Policy: s.policy, Athlete: s.athlete, Sport: sel.wishes.Sport, Uploaded: time.Now()})
		c := deliver.Candidate{
			File: it.Name, Activity: i, Format: act.Format, SHA256: sum, Size: in.n,
			Sport: act.Sport, Start: res.Start, Local: orLocation(act.Zone, s.zone),
			Elapsed: seconds(res.ElapsedTime), Distance: res.Distance, MovingTime: res.MovingTime, Calories: res.Calories, Wishes: sel.wishes,
		}
		if c.Start.IsZero() {
			c.Start = act.Start
		}
		for _, x := range verdicts[i].Findings {
			if text := fmt.Sprintf("%s (%s)", x.Message, x.Code); x.Severity == finding.Error && !slices.Contains(c.Warnings, text) {
				c.Warnings = append(c.Warnings, text)
			}
		}
		shown := res.Sport
		if shown == "" {
			shown = activity.Workout
		}
		c.Wishes.Name = sel.name.fill(act, &c, shown)
		c.Wishes.Description = sel.description.fill(act, &c, shown)
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, nil
	}
	if !timed {
		return summaries(f.Activities, all, sum, sel), nil
	}
	c := all[0]
	for _, next := range all[1:] { // legs of one file become one upload
		if end := next.Start.Add(next.Elapsed); end.After(c.Start.Add(c.Elapsed)) {
			c.Elapsed = end.Sub(c.Start)
		}
		c.Warnings = append(c.Warnings, next.Warnings...)
		c.Distance, c.MovingTime, c.Calories = c.Distance.Plus(next.Distance), c.MovingTime.Plus(next.MovingTime), c.Calories.Plus(next.Calories)
	}
	c.Fingerprint = activity.Fingerprint(f.Activities)
	for _, x := range f.Findings {
		if x.Code == finding.GzipTruncated || x.Code == finding.BadGzip || x.Code == finding.ZipCorrupt {
			c.Refusal = fmt.Errorf("the compressed data is damaged, so that the file cannot be delivered whole: %s", x.Message)
		}
	}
	if sel.convert && c.Format != fitFormat && c.Refusal == nil {
		if err := asFIT(&c, &f, spool); err != nil {
			c.Refusal = fmt.Errorf("it cannot be converted to FIT: %w", err)
		}
		return []deliver.Candidate{c}, nil
	}
	if c.Open, err = opener(ctx, it, in, sum, spool); err != nil {
		return nil, err
	}
	return []deliver.Candidate{c}, nil
}

func orLocation(z, otherwise *time.Location) *time.Location {
	if z == nil {
		return otherwise
	}
	return z
}

func seconds(v activity.Value) time.Duration {
	return time.Duration(v.Or(0)) * time.Second
}

// fitFormat is the format that --convert makes.
const fitFormat = "fit"

// asFIT makes of a candidate one of the same workout as a FIT file, which lies
// among the temporary files until it is sent. The fingerprint stays that of the
// source, so that both count as one workout.
func asFIT(c *deliver.Candidate, f *activity.File, spool string) error {
	encoder, err := convert.Default().Lookup(fitFormat)
	if err != nil {
		return err
	}
	plan, err := convert.New(f, encoder, convert.Options{Strava: true})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := plan.Write(&b); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	c.SHA256, c.Format, c.Size = hex.EncodeToString(sum[:]), fitFormat, int64(b.Len())
	path := filepath.Join(spool, c.SHA256)
	c.Open = func(context.Context) (io.ReadCloser, error) { return os.Open(path) }
	return os.WriteFile(path, b.Bytes(), 0o600)
}

// opener returns how to read a file again. What can be read only once was kept,
// and is put aside.
func opener(ctx context.Context, it source.Item, in *hashed, sum, spool string) (func(context.Context) (io.ReadCloser, error), error) {
	if in.keep != nil && in.n <= deliver.MaxSize {
		again, err := it.Open(ctx)
		if err == nil {
			_ = again.Close() // it was only tried
			return it.Open, nil
		}
		path := filepath.Join(spool, sum)
		if err := os.WriteFile(path, in.keep.Bytes(), 0o600); err != nil {
			return nil, fmt.Errorf("keeping a copy of %s: %w", it.Name, err)
		}
		return func(context.Context) (io.ReadCloser, error) { return os.Open(path) }, nil
	}
	return it.Open, nil
}

// summaries makes candidates of workouts of which the file holds figures only.
// They can be created by hand; unless the user has asked for that they are
// refused.
func summaries(acts []activity.Activity, all []deliver.Candidate, sum string, sel *selection) []deliver.Candidate {
	for i := range all {
		c := &all[i]
		key := sha256.Sum256(fmt.Appendf(nil, "%s#%d", sum, i))
		c.SHA256, c.Fingerprint = hex.EncodeToString(key[:]), activity.Fingerprint(acts[i:i+1])
		c.Format, c.Size, c.Open = "", 0, nil
		c.Warnings = nil // they are about a track
		if c.Elapsed <= 0 {
			c.Elapsed = seconds(acts[i].Totals.ElapsedTime)
		}
		if c.Elapsed <= 0 {
			c.Elapsed = seconds(acts[i].Totals.TimerTime)
		}
		if !c.Distance.Known() {
			c.Distance = acts[i].Totals.Distance
		}
		if c.Sport == "" {
			c.Sport = activity.Workout
		}
		switch {
		case c.Start.IsZero() || c.Elapsed <= 0:
			c.Refusal = errors.New("it holds no track, and neither start nor duration: there is nothing to create")
		case !sel.manual:
			c.Refusal = errors.New("it holds no track, only figures: --manual creates it as an activity that was entered by hand")
		}
	}
	return all
}

// includes reports whether a workout lies within --since and --until, by its
// local day.
func (sel *selection) includes(c *deliver.Candidate) bool {
	if sel.since.IsZero() && sel.until.IsZero() {
		return true
	}
	if c.Start.IsZero() {
		return false
	}
	local := c.Start.UTC()
	if c.Local != nil {
		local = c.Start.In(c.Local)
	}
	day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	return (sel.since.IsZero() || !day.Before(sel.since)) && (sel.until.IsZero() || !day.After(sel.until))
}

// dayFlag reads a day.
func dayFlag(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, &usageError{err: fmt.Errorf("--%s: %q is no day: want one such as 2016-03-01", flag, text)}
	}
	return day, nil
}

// template is a text with placeholders in braces.
type template string

// placeholders are what stands for the braces of a template.
var placeholders = []string{"sport", "date", "time", "device", "title", "file"}

func parseTemplate(flag, text string) (template, error) {
	rest := text
	for {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return template(text), nil
		}
		word, behind, closed := strings.Cut(after, "}")
		known := false
		for _, p := range placeholders {
			known = known || p == word
		}
		if !closed || !known {
			return "", &usageError{
				err:   fmt.Errorf("--%s: {%s} stands for nothing", flag, word),
				hints: []string{"placeholders: {" + strings.Join(placeholders, "} {") + "}"},
			}
		}
		rest = behind
	}
}

// fill replaces the placeholders. Date and time are local where the zone is known.
func (t template) fill(act *activity.Activity, c *deliver.Candidate, sport activity.Sport) string {
	if t == "" {
		return ""
	}
	local := c.Start.UTC()
	if c.Local != nil {
		local = c.Start.In(c.Local)
	}
	device := act.Device.Name
	if device == "" {
		device = act.Creator
	}
	base := c.File
	if i := strings.LastIndexAny(base, `/\!`); i >= 0 {
		base = base[i+1:]
	}
	text := strings.NewReplacer(
		"{sport}", sportWords(sport), "{date}", local.Format(time.DateOnly), "{time}", local.Format("15:04"),
		"{device}", device, "{title}", act.Name, "{file}", base,
	).Replace(string(t))
	return strings.TrimSpace(report.Printable(text))
}

// sportWords puts blanks between the words of a sport: TrailRun is Trail Run.
func sportWords(s activity.Sport) string {
	var b strings.Builder
	for i, r := range string(s) {
		if i > 1 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
