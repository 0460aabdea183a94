package repair

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
	"github.com/bandport/bandport/pkg/load"
)

// mostRounds is how often a file is judged and mended before what is left is
// left: one defect can hide another, but not many.
const mostRounds = 6

// Options say what to mend and what only the user knows. The zero value mends
// everything that can be without being asked for.
type Options struct {
	// Only names the repairs to apply; empty: all that need no name.
	Only []finding.Code
	// Start is when the workout began, for files that do not know it.
	Start time.Time
	// Speed in m/s gives times to trackpoints without any, from Start on.
	Speed float64
	// Shift moves all times.
	Shift time.Duration
	// Zone is that of times without one; nil: UTC, as for Strava.
	Zone *time.Location
	// Sport is written into the file.
	Sport activity.Sport
	// Now is the instant of the check; see [check.Options].
	Now time.Time
	// Size is the number of bytes of the file as it would be sent.
	Size int64
}

// Repair describes a repair.
type Repair struct {
	Code  finding.Code
	What  string // what it does, as in "Strava's checksum is computed anew"
	Needs string // the flags without which it cannot work; may be empty
	Named bool   // applied only where its code is in Options.Only
}

// Done is a repair that was applied.
type Done struct {
	Code  finding.Code
	Count int    // how many places it changed
	What  string // what was done
	Lost  string // what the file held before and does not any more; may be empty
}

// Result is what became of a file.
type Result struct {
	Format  string // "tcx", "gpx", "fit", or "" where it is none of them
	Data    []byte // what to write; the bytes that were given where nothing was changed
	Changed bool
	Done    []Done
	// Before and After are the verdicts on the workouts of the file.
	Before, After []check.Verdict
}

// Clean reports whether nothing of what was found has an effect on Strava.
func Clean(vs []check.Verdict) bool {
	return !slices.ContainsFunc(vs, func(v check.Verdict) bool {
		worst, _ := v.Worst()
		return worst > finding.Info
	})
}

// Repairs lists all repairs, in the order in which they are applied.
func Repairs() []Repair {
	var out []Repair
	for i := range repairs {
		out = append(out, repairs[i].Repair)
	}
	return out
}

// Lookup returns the repair of a finding.
func Lookup(code finding.Code) (Repair, bool) {
	i := slices.IndexFunc(repairs, func(r repair) bool { return r.Code == code })
	if i < 0 {
		return Repair{}, false
	}
	return repairs[i].Repair, true
}

// Mends reports whether a finding can be mended without being named and without
// anything that only the user knows.
func Mends(code finding.Code) bool {
	r, ok := Lookup(code)
	return ok && !r.Named && r.Needs == ""
}

// Fix mends the bytes of a file. They are not changed. An error is that of ctx;
// a file that cannot be mended is a result without Done.
func Fix(ctx context.Context, data []byte, o Options) (Result, error) {
	r := Result{Data: data}
	verdicts, format, err := judge(ctx, data, &o)
	if err != nil {
		return r, err
	}
	r.Before, r.After, r.Format = verdicts, verdicts, format
	if r.Format == "" {
		r.Format = formatOf(data)
	}
	w := &work{ctx: ctx, o: &o, format: r.Format, data: data}
	for range mostRounds {
		if !w.round(r.After, &r.Done) {
			break
		}
		r.Changed = true
		if r.After, format, err = judge(ctx, w.data, &o); err != nil {
			return r, err
		}
	}
	if r.Changed && (bytes.Equal(w.data, data) || format == "" || worse(r.Before, r.After)) {
		r.Changed, r.Done, r.After = false, nil, r.Before
	}
	if r.Changed {
		r.Data = w.data
	}
	return r, nil
}

// worse reports whether a mended file is of less use than it was: its times are
// gone, or an error came up where there was none.
func worse(before, after []check.Verdict) bool {
	worst := func(vs []check.Verdict) (w finding.Severity, started bool) {
		for i := range vs {
			s, _ := vs[i].Worst()
			w, started = max(w, s), started || !vs[i].Start.IsZero()
		}
		return w, started
	}
	b, had := worst(before)
	a, has := worst(after)
	return a > b || had && !has
}

// judge reads and judges a file.
func judge(ctx context.Context, data []byte, o *Options) ([]check.Verdict, string, error) {
	f, err := load.Decode(ctx, bytes.NewReader(data), load.Default(), load.Options{Zone: o.Zone})
	if err != nil {
		var failure *finding.Failure
		if !errors.As(err, &failure) {
			return nil, "", err
		}
		return []check.Verdict{check.Failed(failure)}, "", nil
	}
	var c check.Checker
	return c.File(&f, check.Options{Now: o.Now, Size: o.Size, Sport: ""}), f.Activities[0].Format, nil
}

// formatOf tells the format of a file that no codec could read.
func formatOf(data []byte) string {
	head := data[:min(len(data), load.HeadSize)]
	for _, c := range load.Default() {
		if c.Sniff(head) {
			return c.Format
		}
	}
	return ""
}

// work is a file while it is mended.
type work struct {
	ctx    context.Context //nolint:containedctx // lives for one call of Fix
	o      *Options
	format string
	data   []byte
}

// change is what a repair did.
type change struct {
	count int
	lost  string
}

// repair is one of the table: how it works on XML and on FIT.
type repair struct {
	Repair
	xml, fit func(w *work) change
	// asked reports whether the user's options ask for it, found or not.
	asked func(o *Options) bool
}

// round applies every repair once whose finding is among the verdicts, and
// reports whether one changed something.
func (w *work) round(verdicts []check.Verdict, done *[]Done) (changed bool) {
	found := map[finding.Code]bool{}
	for _, v := range verdicts {
		for _, f := range v.Findings {
			found[f.Code] = true
		}
	}
	xml := w.format == "gpx" || w.format == "tcx"
	for i := range repairs {
		if w.ctx.Err() != nil {
			return true // the judge that follows tells
		}
		r := &repairs[i]
		do := r.fit
		if xml {
			do = r.xml
		}
		asked := r.asked != nil && r.asked(w.o) && !wasDone(*done, r.Code)
		named := slices.Contains(w.o.Only, r.Code)
		switch {
		case do == nil || !found[r.Code] && !asked, ofAnother(r.Code, w.format):
			continue
		case !asked && (len(w.o.Only) > 0 && !named || r.Named && !named):
			continue
		}
		before := w.data
		encoding := ""
		if xml {
			var err error
			if w.data, encoding, err = xmlscan.UTF8(w.data); err != nil {
				w.data = before
				return changed
			}
		}
		c := do(w)
		if c.count == 0 {
			w.data = before
			continue
		}
		changed = true
		note(done, Done{Code: r.Code, Count: c.count, What: r.What, Lost: c.lost})
		if encoding != "" && r.Code != finding.XMLEncoding {
			note(done, Done{Code: finding.XMLEncoding, Count: 1, What: "the text is written in UTF-8"})
		}
	}
	if changed && !xml {
		w.tellFraming(found, done)
	}
	return changed
}

// tellFraming tells what a rewriting of FIT mends by the way.
func (w *work) tellFraming(found map[finding.Code]bool, done *[]Done) {
	for i := range repairs {
		switch r := &repairs[i]; r.Code {
		case finding.FITLeading, finding.FITTrailing, finding.FITSize, finding.FITCRC, finding.FITCRCMissing, finding.FITHeaderCRC:
			if found[r.Code] && !wasDone(*done, r.Code) {
				note(done, Done{Code: r.Code, Count: 1, What: r.What})
			}
		}
	}
}

func wasDone(done []Done, code finding.Code) bool {
	return slices.ContainsFunc(done, func(d Done) bool { return d.Code == code })
}

// inUTF8 is for texts that are to be written in UTF-8 and need nothing else: they
// are by the time it is called.
func inUTF8(*work) change { return change{count: 1} }

// ofAnother reports whether a code is one of another format.
func ofAnother(code finding.Code, format string) bool {
	first, _, _ := strings.Cut(string(code), ".")
	return slices.Contains([]string{"tcx", "gpx", "fit"}, first) && first != format
}

// note adds a repair to those that were done, or to the same of a round before.
func note(done *[]Done, d Done) {
	for i := range *done {
		if was := &(*done)[i]; was.Code == d.Code {
			was.Count += d.Count
			was.Lost = strings.Trim(strings.TrimSpace(was.Lost+", "+d.Lost), ", ")
			return
		}
	}
	*done = append(*done, d)
}

// edit finds the elements of the text, lets change note changes, and makes them.
// A text that is not well-formed stays as it is.
func (w *work) edit(change func(d *document)) {
	d, err := index(w.data)
	if err != nil {
		return
	}
	change(d)
	w.data = d.apply()
}

// look is edit for those who only look.
func (w *work) look(at func(d *document)) {
	if d, err := index(w.data); err == nil {
		at(d)
	}
}

// repairs are all that there are, in the order in which they are applied: a text
// has to be well-formed before its elements can be mended, numbers have to be
// numbers before they can be judged, and times come last, because they depend on
// the ways between positions.
var repairs = slices.Concat(
	both(Repair{Code: finding.XMLDoctype, What: "the document type declaration is taken out"}, dropDoctype, nil),
	both(Repair{Code: finding.XMLInvalidText, What: "characters that XML forbids are taken out, foreign bytes are written in UTF-8"}, cleanText, nil),
	both(Repair{Code: finding.XMLEncoding, What: "the text is written in UTF-8", Named: true}, inUTF8, nil),
	both(Repair{Code: finding.XMLLeading, What: "the blanks before the XML declaration are taken out", Named: true}, trimStart, nil),
	both(Repair{Code: finding.XMLMalformed, What: "the text is made well-formed"}, wellFormed, nil),
	both(Repair{Code: finding.XMLTruncated, What: "the elements that are open at the end are closed"}, wellFormed, nil),
	both(Repair{Code: finding.XMLPrefix, What: "the prefixes are declared", Named: true}, declare, nil),

	framing,

	pair(finding.TCXNumberComma, finding.GPXNumberComma, Repair{What: "decimal commas become points"}, decimalPoints),
	both(Repair{Code: finding.FITNumber, What: "the numbers become none"}, nil, fitNumbers),
	pair(finding.TCXNumber, finding.GPXNumber, Repair{What: "what is no number is taken out"}, dropNumbers),
	pair(finding.TCXNumberEmpty, finding.GPXNumberEmpty, Repair{What: "empty numbers are taken out", Named: true}, dropEmpty),
	three(finding.TCXPositionZero, finding.GPXPositionZero, finding.FITPositionZero, Repair{What: "the positions are taken out"}, positions(atZero), fitPositions(atZeroFIT)),
	three(finding.TCXPositionRange, finding.GPXPositionRange, finding.FITPositionRange, Repair{What: "the positions are taken out"}, positions(offEarth), fitPositions(offEarthFIT)),
	three(finding.TCXAltitudeRange, finding.GPXAltitudeRange, finding.FITAltitudeRange, Repair{What: "the altitudes are taken out"}, altitudeRange, fitAltitudes),
	three(finding.TCXHeartRateZero, finding.GPXHeartRateZero, finding.FITHeartRateZero, Repair{What: "the heart rates are taken out"},
		hearts(func(v float64) bool { return v == 0 }), fitHearts(func(v float64) bool { return v == 0 })),
	both(Repair{Code: finding.HeartRateInvalid, What: "the heart rates are taken out"},
		hearts(func(v float64) bool { return v == check.HeartRateNone }), fitHearts(func(v float64) bool { return v == check.HeartRateNone })),
	both(Repair{Code: finding.HeartRateSpike, What: "the heart rates are taken out"}, hearts(check.TooFast), fitHearts(check.TooFast)),
	both(Repair{Code: finding.GPXHeartRateTag, What: "the heart rates are added under a name that Strava reads"}, tagHearts, nil),
	both(Repair{Code: finding.TCXHeartRateBare, What: "the heart rates are put into <Value>", Named: true}, wrapHearts, nil),
	both(Repair{Code: finding.CadenceDoubled, What: "the cadence is halved"}, halveCadence, fitCadence),
	both(Repair{Code: finding.TCXCaloriesPlace, What: "the calories are moved into the first lap"}, moveCalories, nil),
	both(Repair{Code: finding.TCXLapTime, What: "the times of the laps are those of their trackpoints"}, lapTimes, nil),

	three(finding.TCXTimeMissing, finding.GPXTimeMissing, finding.FITTimeMissing, Repair{What: "times are filled in by the way from one to the next"}, fillTimes, fitUntimed),
	pair(finding.TCXTimeInvalid, finding.GPXTimeInvalid, Repair{What: "times are filled in by the way from one to the next"}, fillTimes),
	pair(finding.TCXNoTrackpoints, finding.GPXNoTimes, Repair{What: "times are made from the start and the pace", Needs: "--start and --pace"}, startTimes),
	both(Repair{Code: finding.TimeStandstill, What: "times are made from the start and the pace", Needs: "--start and --pace"}, startTimes, nil),
	three(finding.TCXTimeImplaus, finding.GPXTimeImplaus, finding.FITTimeImplaus, Repair{What: "impossible times are filled in, or all are moved to the start", Needs: "--start, where most are impossible"}, implausibleTimes, fitRestart),
	both(Repair{Code: finding.FITTimeRelative, What: "all times are moved to the start", Needs: "--start"}, nil, fitRestart),
	both(Repair{Code: finding.TimeRollover, What: "1,024 weeks are added to the times"}, unroll, fitUnroll),
	both(Repair{Code: finding.TimeFuture, What: "times in the future are filled in, or all are moved to the start", Needs: "--start or --shift, where most are in the future"}, futureTimes, fitFuture),
	whenAsked(func(o *Options) bool { return o.Zone != nil },
		pair(finding.TCXTimeZone, finding.GPXTimeZone, Repair{What: "the zone is written into the times", Named: true}, zone)),
	three(finding.TCXTimeBackward, finding.GPXTimeBackward, finding.FITTimeBackward, Repair{What: "the trackpoints are put into the order of time"}, sortPoints, fitSort),
	three(finding.TCXTimeDouble, finding.GPXTimeDouble, finding.FITTimeDouble, Repair{What: "all but the first trackpoint of an instant are taken out", Named: true}, dropDoubles, fitDoubles),
	both(Repair{Code: finding.TCXLapStart, What: "the laps get the time of their first trackpoint", Named: true}, lapStarts, nil),

	both(Repair{Code: finding.PositionSpike, What: "the positions are taken out"}, positionSpikes, fitPositionSpikes),
	both(Repair{Code: finding.AltitudeSpike, What: "the altitudes are taken out"}, altitudeSpikes, fitAltitudeSpikes),

	three(finding.TCXSportMissing, finding.GPXSportMissing, finding.FITSportMissing, Repair{What: "the sport is written into the file", Needs: "--sport"}, nameSport, fitSport),
	three(finding.TCXSportUnknown, finding.GPXSportUnknown, finding.FITSportUnknown, Repair{What: "the sport is written into the file", Needs: "--sport"}, nameSport, fitSport),
	both(Repair{Code: finding.SportTooFast, What: "the sport is written into the file", Needs: "--sport"}, nameSport, fitSport),
	both(Repair{Code: finding.TotalsDistance, What: "the totals of laps and sessions are those of their trackpoints", Named: true}, lapTotals, fitTotals),
	both(Repair{Code: finding.TotalsTime, What: "the totals of laps and sessions are those of their trackpoints", Named: true}, lapTotals, fitTotals),
	both(Repair{Code: finding.DeviceBarometer, What: `"with barometer" is added to the name of the device`, Named: true}, nameBarometer, nil),

	[]repair{{
		Repair: Repair{Code: finding.TimeShift, What: "all times are moved by as much as was asked for", Needs: "--shift", Named: true},
		xml:    shiftTimes, fit: fitShift, asked: func(o *Options) bool { return o.Shift != 0 },
	}},
	last,
)

// whenAsked lets options ask for repairs that are applied by name only.
func whenAsked(asked func(o *Options) bool, rs []repair) []repair {
	for i := range rs {
		rs[i].asked = asked
	}
	return rs
}

func both(r Repair, xml, fit func(*work) change) []repair {
	return []repair{{Repair: r, xml: xml, fit: fit}}
}

func pair(tcx, gpx finding.Code, r Repair, xml func(*work) change) []repair {
	out := []repair{{Repair: r, xml: xml}, {Repair: r, xml: xml}}
	out[0].Code, out[1].Code = tcx, gpx
	return out
}

func three(tcx, gpx, fit finding.Code, r Repair, xml, binary func(*work) change) []repair {
	out := append(pair(tcx, gpx, r, xml), repair{Repair: r, fit: binary})
	out[2].Code = fit
	return out
}

// wellFormed escapes what should have been, and cuts out or closes the rest.
func wellFormed(w *work) change {
	c := escape(w)
	more := closeOpen(w)
	return change{count: c.count + more.count, lost: more.lost}
}
