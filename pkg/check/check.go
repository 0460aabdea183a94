package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
)

const (
	// contradiction is by which share a claimed total differs from the samples
	// before it is told, and contradictionMetres and contradictionSeconds by how
	// much at the least: rounding and a forgotten lap are no news.
	contradiction        = 0.05
	contradictionMetres  = 100
	contradictionSeconds = 60
)

// Options say how a workout would be sent. The zero value asks for what the
// workout itself shows.
type Options struct {
	// Now is the instant of the check. Zero: nothing is in the future.
	Now time.Time
	// Size is the number of bytes that would be sent, compressed where the file
	// is; 0 or less where it is not known.
	Size int64
	// Sport overrides that of the file, as it would on Strava; empty: as in the
	// file.
	Sport activity.Sport
}

// Verdict is what Strava would make of one workout.
type Verdict struct {
	Sport    activity.Sport // empty where unknown
	Start    time.Time      // UTC; zero where unknown
	Findings []finding.Finding
}

// Worst returns the highest severity; ok is false where nothing was found.
func (v *Verdict) Worst() (worst finding.Severity, ok bool) { return finding.Worst(v.Findings) }

// Checker judges activities one after another, reusing its memory. The zero
// value is ready to use. A Checker is not safe for concurrent use.
type Checker struct{ calculator recalc.Calculator }

// File judges every activity of a file, in their order. What concerns the file
// as a whole stands in each verdict.
func (c *Checker) File(f *activity.File, o Options) []Verdict {
	out := make([]Verdict, len(f.Activities))
	for i := range f.Activities {
		a := &f.Activities[i]
		found := slices.Concat(f.Findings, a.Findings)
		out[i] = c.activity(a, o, found)
	}
	return out
}

// Failed judges a file of which nothing could be read for a reason that has a
// code. What Strava would make of it is that code's severity.
func Failed(f *finding.Failure) Verdict { return Verdict{Findings: []finding.Finding{f.Finding}} }

// OfTheFile reports whether a failure speaks of what the file holds, which is
// for a check to judge, and not of the way to its bytes.
func OfTheFile(code finding.Code) bool {
	switch code {
	case finding.NotFound, finding.Unreadable, finding.TooLarge, finding.NotYet, finding.Internal,
		finding.ZipCorrupt, finding.ZipPassword, finding.ZipWrongPassword, finding.ZipMethod, finding.ZipLimit:
		return false
	}
	return true
}

func (c *Checker) activity(a *activity.Activity, o Options, found []finding.Finding) Verdict {
	r := c.calculator.Recalculate(a, recalc.Options{Sport: o.Sport})
	for _, f := range r.Findings {
		if f.Code != finding.PastRules { // Strava's own past is no defect of the file
			found = append(found, f)
		}
	}
	sport := a.Sport
	if o.Sport != "" {
		sport = o.Sport
		found = slices.DeleteFunc(found, func(f finding.Finding) bool { return aboutSport(f.Code) })
	}
	var l finding.List
	recs := a.Records
	start := a.Start
	if first, _, ok := a.Span(); ok && start.IsZero() {
		start = first
	}
	if o.Size > MaxUpload {
		l.Add(finding.Oversize, finding.Place{}, fmt.Sprintf("%.1f MB", float64(o.Size)/(1<<20)))
	}
	times(&l, a, start, o.Now)
	for _, rule := range []struct {
		code finding.Code
		find func([]activity.Record) []int
	}{
		{finding.PositionSpike, PositionSpikes}, {finding.AltitudeSpike, AltitudeSpikes},
		{finding.HeartRateInvalid, HeartRateNones}, {finding.HeartRateSpike, HeartRateSpikes},
	} {
		which := rule.find(recs)
		l.AddN(rule.code, finding.Place{}, at(recs, which), len(which))
	}
	if average, doubled := DoubledCadence(sport, recs); doubled {
		l.Add(finding.CadenceDoubled, finding.Place{}, fmt.Sprintf("%.0f on average", average))
	}
	totals(&l, a, &r)
	if name := DeviceName(a); a.Format != "fit" && UnknownBarometer(name) && a.Sensors()["altitude"] > 0 {
		l.Add(finding.DeviceBarometer, finding.Place{}, name)
	}
	found = append(found, l.Findings()...)
	slices.SortStableFunc(found, func(a, b finding.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	return Verdict{Sport: sport, Start: start, Findings: found}
}

// DeviceName returns the name by which Strava would look for the device of an
// activity: that of the device, else of what wrote the file.
func DeviceName(a *activity.Activity) string {
	if a.Device.Name != "" {
		return a.Device.Name
	}
	return a.Creator
}

// aboutSport reports whether a finding is settled by saying the sport.
func aboutSport(c finding.Code) bool {
	switch c {
	case finding.TCXSportMissing, finding.TCXSportUnknown, finding.GPXSportMissing, finding.GPXSportUnknown,
		finding.FITSportMissing, finding.FITSportUnknown, finding.SportGuessed, finding.SportTooFast:
		return true
	}
	return false
}

func times(l *finding.List, a *activity.Activity, start, now time.Time) {
	if start.IsZero() {
		return
	}
	first, last, timed := a.Span()
	switch {
	case Future(start, now):
		l.Add(finding.TimeFuture, finding.Place{}, start.UTC().Format(time.RFC3339))
	case timed && Future(last, now):
		l.Add(finding.TimeFuture, finding.Place{}, "it ends at "+last.Format(time.RFC3339))
	}
	if RolledOver(a, start, now) {
		l.Add(finding.TimeRollover, finding.Place{}, start.UTC().Format(time.RFC3339)+" would be "+start.Add(rollover).UTC().Format(time.RFC3339))
	}
	if timed && len(a.Records) > 1 && first.Equal(last) {
		l.Add(finding.TimeStandstill, finding.Place{}, first.Format(time.RFC3339))
	}
}

// at names the instant of the first of some records.
func at(recs []activity.Record, which []int) string {
	if len(which) == 0 || recs[which[0]].Has&activity.Time == 0 {
		return ""
	}
	return "first at " + time.UnixMilli(recs[which[0]].Time).UTC().Format(time.RFC3339)
}

// totals compares what the file claims with its samples.
func totals(l *finding.List, a *activity.Activity, r *recalc.Result) {
	if claimed, ok := a.Totals.Distance.Get(); ok {
		if d, known := r.Distance.Get(); known && differs(claimed, d, contradictionMetres) {
			l.Add(finding.TotalsDistance, finding.Place{}, fmt.Sprintf("%.0f m, and %.0f m by the trackpoints", claimed, d))
		}
	}
	claimed := a.Totals.TimerTime
	if a.Totals.ElapsedTime.Known() {
		claimed = a.Totals.ElapsedTime
	}
	if t, ok := claimed.Get(); ok {
		if elapsed, known := r.ElapsedTime.Get(); known && len(a.Records) > 1 && t > elapsed && differs(t, elapsed, contradictionSeconds) {
			l.Add(finding.TotalsTime, finding.Place{}, fmt.Sprintf("%.0f s, and %.0f s by the trackpoints", t, elapsed))
		}
	}
}

func differs(claimed, measured, least float64) bool {
	return math.Abs(claimed-measured) > max(least, contradiction*max(claimed, measured))
}
