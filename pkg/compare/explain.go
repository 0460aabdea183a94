package compare

import (
	"fmt"
	"math"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// Explain compares the accounts of a workout, figure by figure.
func Explain(s Sides) Comparison {
	e := explainer{Sides: s, ours: s.Ours}
	e.units.imperial = s.Imperial
	if s.Other != nil {
		other := *s.Other
		other.first, other.last = other.first.Add(-s.Shift), other.last.Add(-s.Shift)
		e.other = &other
	}
	e.missing = e.notInTheFile()
	e.times = e.timeCauses()
	e.elapsed = e.elapsedCauses()
	e.metres = e.distanceCauses()
	var c Comparison
	for _, f := range Fields() {
		fig := Figure{Field: f, Recalculated: s.Ours.Result.Get(f)}
		switch {
		case s.Other != nil:
			fig.Band = s.Other.Result.Get(f)
		case s.Band != nil:
			fig.Band = s.Band.figure(f)
		}
		if s.Strava != nil {
			fig.Strava = s.Strava.strava(f)
		}
		if !fig.Band.Known() && !fig.Recalculated.Known() && !fig.Strava.Known() {
			continue
		}
		e.explain(&fig)
		c.Figures = append(c.Figures, fig)
	}
	return c
}

// explainer holds what several figures need.
type explainer struct {
	Sides
	ours  *Track
	other *Track // nil but for another recording
	units units

	missing                float64 // s, of the band's recording, that the file does not hold
	times, elapsed, metres []Cause // of moving time, elapsed time and distance
}

// explain fills in the difference of a figure, its causes and the remainder.
func (e *explainer) explain(f *Figure) {
	e.divisors(f)
	shown := f.Strava
	if !shown.Known() {
		shown = f.Recalculated
	}
	switch {
	case f.Band.Known() && shown.Known():
		f.Difference = less(shown, f.Band)
		if f.Recalculated.Known() {
			f.Causes = e.causes(f)
		}
		f.Causes = append(f.Causes, e.rounding(f)...)
	case f.Strava.Known() && f.Recalculated.Known():
		f.Difference = less(f.Strava, f.Recalculated)
		f.Causes = e.own(f.Field)
	default:
		return
	}
	left := f.Difference.Or(0)
	for _, c := range f.Causes {
		left -= c.Amount.Or(0)
	}
	f.Remainder = activity.Of(left)
	f.Text = e.sentence(f)
}

// causes returns those of the difference between the band, or the other
// recording, and Strava.
func (e *explainer) causes(f *Figure) []Cause {
	if e.missing > 0 {
		switch f.Field {
		case recalc.AveragePace, recalc.AverageElapsedPace, recalc.AverageSpeed, recalc.MaxSpeed, recalc.AverageHeartrate,
			recalc.MaxHeartrate, recalc.AverageCadence:
			return []Cause{e.missed(activity.Value{})}
		}
	}
	switch f.Field {
	case recalc.MovingTime:
		return e.times
	case recalc.ElapsedTime:
		return e.elapsed
	case recalc.Distance:
		return e.metres
	case recalc.AveragePace, recalc.AverageElapsedPace, recalc.AverageSpeed:
		return e.rateCauses(f)
	case recalc.MaxSpeed:
		return e.maxSpeedCauses()
	case recalc.TotalElevationGain:
		return e.gainCauses()
	case recalc.Calories:
		return e.calorieCauses()
	case recalc.AverageHeartrate:
		return e.heartCauses()
	case recalc.MaxHeartrate:
		if e.other != nil {
			return []Cause{{Kind: OtherSensor, Text: "two devices measured"}}
		}
	case recalc.AverageCadence:
		return e.cadenceCauses()
	}
	return nil
}

const (
	// missingShare and missingSeconds are by how much the band's time has to be
	// longer than what the samples last, as a share of it and in seconds, before
	// the file is said to lack a part: clocks are read at different instants.
	missingShare   = 0.05
	missingSeconds = 60
)

// notInTheFile returns the seconds that the band recorded and that the file, which
// was cut or lost samples, does not hold; 0 where nobody can tell.
func (e *explainer) notInTheFile() float64 {
	o := e.ours
	if e.Band == nil || e.other != nil || !o.timed {
		return 0
	}
	claimed := e.Band.Totals.TimerTime
	if !claimed.Known() {
		return 0
	}
	lacks := claimed.Or(0) - (o.span - o.paused)
	if lacks <= missingSeconds || lacks <= missingShare*claimed.Or(0) || claimed.Or(0) > longest {
		return 0
	}
	return lacks
}

// missed is the cause of a figure that is over more than the file holds.
func (e *explainer) missed(amount activity.Value) Cause {
	c := Cause{Kind: Missing, Amount: amount, Text: "the band's figure covers that part, too, which the file does not hold"}
	if amount.Known() {
		c.Text = fmt.Sprintf("the band recorded %s that the file does not hold: it was cut, or samples are missing", clock(e.missing))
	}
	return c
}

// timeCauses explains moving time.
//
// Strava's is the time between first and last sample less the rest that it finds.
// The band's is the same time less its pauses: timers start with the first sample
// and stop with the last, whatever a device says of its start. So the difference
// is pauses − rest.
func (e *explainer) timeCauses() []Cause {
	o := e.ours
	if !o.timed || !o.removed().Known() {
		return nil
	}
	if e.other != nil {
		return e.otherTimes(true)
	}
	if o.by(recalc.MovingTime, timerRule) {
		return []Cause{{
			Kind: DeviceKept, Amount: activity.Of(0), Stretches: o.pauses,
			Text: "Strava takes the time of the device's own timer: " + o.Result.Provenance[recalc.MovingTime],
		}}
	}
	var out []Cause
	if e.missing > 0 {
		out = append(out, e.missed(activity.Of(-e.missing)))
	}
	if o.paused > 0 {
		out = append(out, Cause{
			Kind: DevicePauses, Amount: activity.Of(o.paused), Stretches: o.pauses,
			Text: fmt.Sprintf("the device was paused for %s in %s and left that out; Strava looks for rest by itself", clock(o.paused), places(len(o.pauses))),
		})
	}
	if gone := o.removed().Or(0); gone > 0 {
		rests := o.rests()
		out = append(out, Cause{
			Kind: Rest, Amount: activity.Of(-gone), Stretches: rests,
			Text: fmt.Sprintf("Strava takes out %s of standing in %s", clock(gone), places(len(rests))),
		})
	}
	return out
}

const (
	// leastSeconds is the shortest time that is told of: samples come by the second.
	leastSeconds = 0.5
	// latest is how far, in seconds, the start of an account may be from the first
	// sample to be believed.
	latest = 3600
	// longest bounds, in seconds, what a file can claim to last: a hundred years.
	longest = 100 * 365 * 24 * 3600
)

// start tells of an account that begins before the first sample.
func (e *explainer) start() []Cause {
	o := e.ours
	begin := o.Start
	if e.Band != nil && !e.Band.Start.IsZero() {
		begin = e.Band.Start.Add(-e.Shift)
	}
	if begin.IsZero() {
		return nil
	}
	early := o.first.Sub(begin).Seconds()
	if math.Abs(early) < leastSeconds || math.Abs(early) > latest {
		return nil
	}
	return []Cause{{
		Kind: Start, Amount: activity.Of(-early),
		Text: fmt.Sprintf("the band started %s the first sample, from which Strava counts", apart(early, "before", "behind")),
	}}
}

// elapsedCauses explains elapsed time: Strava counts from sample to sample.
func (e *explainer) elapsedCauses() []Cause {
	o := e.ours
	switch {
	case !o.timed:
		return nil
	case e.other != nil:
		return e.otherTimes(false)
	case o.by(recalc.MovingTime, timerRule):
		return []Cause{{Kind: DeviceKept, Amount: activity.Of(0), Text: "Strava takes the device's own elapsed time"}}
	}
	out := e.start()
	if e.missing > 0 { // so there is a band that claims more
		if claimed, ok := e.Band.Totals.ElapsedTime.Get(); ok && claimed > o.span {
			out = append(out, e.missed(activity.Of(o.span-claimed)))
		}
	}
	return out
}

// otherTimes explains times against another recording: it starts and ends at
// other times, and Strava takes rest out of both.
func (e *explainer) otherTimes(moving bool) []Cause {
	o, other := e.ours, e.other
	if !other.timed {
		return nil
	}
	var out []Cause
	if d := other.first.Sub(o.first).Seconds(); math.Abs(d) >= leastSeconds {
		out = append(out, Cause{Kind: Start, Amount: activity.Of(d), Text: fmt.Sprintf("this recording starts %s the other", apart(d, "before", "behind"))})
	}
	if d := o.last.Sub(other.last).Seconds(); math.Abs(d) >= leastSeconds {
		out = append(out, Cause{Kind: End, Amount: activity.Of(d), Text: fmt.Sprintf("this recording ends %s the other", apart(d, "behind", "before"))})
	}
	if !moving {
		return out
	}
	if gone := o.removed().Or(0); gone > 0 {
		out = append(out, Cause{
			Kind: Rest, Amount: activity.Of(-gone), Stretches: o.rests(),
			Text: fmt.Sprintf("Strava takes %s of rest out of this recording, in %s", clock(gone), places(len(o.rests()))),
		})
	}
	if gone := other.removed().Or(0); gone > 0 {
		rests := other.rests()
		for i := range rests {
			rests[i].From, rests[i].To = rests[i].From.Add(-e.Shift), rests[i].To.Add(-e.Shift)
		}
		out = append(out, Cause{
			Kind: OtherRest, Amount: activity.Of(gone), Stretches: rests,
			Text: fmt.Sprintf("Strava takes %s of rest out of the other, in %s", clock(gone), places(len(rests))),
		})
	}
	return out
}

// distanceCauses explains distance.
//
// Where Strava takes the counter of the file, the band's figure is the counter's
// last: Strava counts from its first sample, and takes backward steps for 0.
// Where it adds up positions it does so on an earth that is 0.09 % larger than
// the one that others use; how the band counts no file tells.
func (e *explainer) distanceCauses() []Cause {
	o := e.ours
	d, ok := o.Result.Distance.Get()
	if !ok {
		return nil
	}
	if e.other != nil {
		return e.otherDistances()
	}
	switch {
	case o.by(recalc.Distance, counterRule):
		out := []Cause{{Kind: DistanceSource, Amount: activity.Of(0), Text: "Strava takes the distance that the device counted and wrote into the file"}}
		first, last := o.counterFirst.Or(0), o.counterLast.Or(0)
		if math.Abs(first) >= leastMetres {
			out = append(out, Cause{
				Kind: FirstSample, Amount: activity.Of(-first),
				Text: fmt.Sprintf("the counter stood at %s at the first sample; Strava counts from there", e.units.length(first)),
			})
		}
		if e.missing > 0 && e.Band.Totals.Distance.Or(0)-last >= leastMetres {
			out = append(out, e.missed(activity.Of(last-e.Band.Totals.Distance.Or(0))))
		}
		if steps := d - (last - first); math.Abs(steps) >= leastMetres {
			out = append(out, Cause{
				Kind: CounterSteps, Amount: activity.Of(steps),
				Text: fmt.Sprintf("the counter ran backward or started anew; Strava adds up its steps forward (%s)", e.units.signed(steps)),
			})
		}
		return out
	case o.by(recalc.Distance, positionsRule):
		out := []Cause{{
			Kind: DistanceSource,
			Text: "the file holds no distance of the device, so Strava adds up the positions; the band counts for itself, by GPS that it has smoothed or by steps",
		}}
		if o.by(recalc.Distance, sphereRule) {
			larger := d * (1 - earthRadius/stravaRadius)
			out = append(out, Cause{
				Kind: EarthRadius, Amount: activity.Of(larger),
				Text: fmt.Sprintf("Strava reckons with a larger earth (6,376.8 km instead of 6,371 km), which makes %s of this distance", e.units.length(larger)),
			})
		}
		return out
	}
	return []Cause{{Kind: DeviceKept, Amount: activity.Of(0), Text: o.Result.Provenance[recalc.Distance]}}
}

// leastMetres is the shortest distance that is told of: Strava keeps 0.1 m.
const leastMetres = 0.05

// otherDistances explains distance against another recording.
func (e *explainer) otherDistances() []Cause {
	o, other := e.ours, e.other
	if !o.timed || !other.timed || !other.Result.Distance.Known() {
		return nil
	}
	var out []Cause
	add := func(k Kind, metres float64, text string) {
		if math.Abs(metres) >= leastMetres {
			out = append(out, Cause{Kind: k, Amount: activity.Of(metres), Text: text})
		}
	}
	before, after := o.metresOutside(other.first, other.last)
	theirsBefore, theirsAfter := other.metresOutside(o.first.Add(e.Shift), o.last.Add(e.Shift))
	add(Start, before-theirsBefore, fmt.Sprintf("%s before the two run together", e.units.signed(before-theirsBefore)))
	add(End, after-theirsAfter, fmt.Sprintf("%s after they do", e.units.signed(after-theirsAfter)))
	name := func(t *Track) string {
		if t.by(recalc.Distance, positionsRule) {
			return "its positions"
		}
		return "what its device counted"
	}
	return append(out, Cause{Kind: DistanceSource, Text: fmt.Sprintf("for this recording Strava takes %s, for the other %s", name(o), name(other))})
}

// divisors says what paces and speeds are reckoned over.
func (e *explainer) divisors(f *Figure) {
	theirs, ours := recalc.MovingTime, recalc.MovingTime
	word := "movement"
	switch f.Field {
	case recalc.AveragePace, recalc.AverageSpeed:
	case recalc.AverageElapsedPace:
		ours, word = recalc.ElapsedTime, "elapsed time"
		if e.other != nil {
			theirs = recalc.ElapsedTime
		}
	default:
		return
	}
	res := &e.Ours.Result
	f.Divisor = &Divisor{Name: word, Seconds: res.Get(ours), Metres: res.Distance}
	if e.Strava != nil && f.Strava.Known() {
		f.Divisor = &Divisor{Name: word, Seconds: e.Strava.strava(ours), Metres: e.Strava.Totals.Distance}
	}
	switch {
	case e.other != nil:
		r := &e.other.Result
		f.BandDivisor = &Divisor{Name: word, Seconds: r.Get(theirs), Metres: r.Distance}
	case e.Band != nil && f.Band.Known():
		seconds, name := e.Band.time()
		if e.Band.Pace.Known() && e.Band.Totals.Distance.Known() {
			// A pace that is said divides by what follows from it.
			implied := e.Band.Pace.Or(0) * e.Band.Totals.Distance.Or(0) / 1000
			if !seconds.Known() || math.Abs(implied-seconds.Or(0)) > paceSlack*implied {
				seconds, name = activity.Of(implied), "a time of its own"
			}
		}
		if seconds.Known() {
			f.BandDivisor = &Divisor{Name: name, Seconds: seconds, Metres: e.Band.Totals.Distance}
		}
	}
}

// paceSlack is how far, as a share, a pace may be from time ÷ distance to count as
// it: paces are shown in whole seconds, distances in hundredths.
const paceSlack = 0.005

// rateCauses turns the causes of time and distance into those of a pace or speed.
//
// With T and D as Strava has them, and T′ and D′ what the causes alone make of
// the band's, T/D − T′/D′ = (T−T′)/D + T′(1/D − 1/D′): the first term is shared by
// the causes of time as they are, the second by those of distance.
func (e *explainer) rateCauses(f *Figure) []Cause {
	times := e.times
	t := e.Ours.Result.MovingTime.Or(0)
	if f.Field == recalc.AverageElapsedPace {
		t = e.Ours.Result.ElapsedTime.Or(0)
		times = e.elapsed
		if e.other == nil {
			// The band's pace leaves its pauses out; the elapsed time does not.
			times = nil
			for _, c := range e.times {
				if c.Kind == DevicePauses || c.Kind == Start || c.Kind == End {
					times = append(times, c)
				}
			}
			if e.ours.by(recalc.MovingTime, timerRule) {
				if gone, ok := e.ours.removed().Get(); ok && gone > 0 {
					times = []Cause{{
						Kind: DevicePauses, Amount: activity.Of(gone), Stretches: e.ours.pauses,
						Text: fmt.Sprintf("the device was paused for %s in %s", clock(gone), places(len(e.ours.pauses))),
					}}
				}
			}
		}
	}
	d := e.Ours.Result.Distance.Or(0)
	sum := func(list []Cause) (s float64) {
		for _, c := range list {
			s += c.Amount.Or(0)
		}
		return s
	}
	t1, d1 := t-sum(times), d-sum(e.metres)
	if t <= 0 || d <= 0 || t1 <= 0 || d1 <= 0 {
		return nil
	}
	var out []Cause
	add := func(list []Cause, share func(amount float64) float64) {
		for _, c := range list {
			v, ok := c.Amount.Get()
			if !ok || v == 0 {
				continue // it stands with the time or the distance
			}
			c.Amount = activity.Of(share(v))
			c.Stretches = nil // they stand with the times
			out = append(out, c)
		}
	}
	inTime, inDistance := 0.0, 0.0 // what a second and a metre make
	if f.Field == recalc.AverageSpeed {
		// D/T − D′/T′ = (D−D′)/T + D′(1/T − 1/T′)
		inDistance = 1 / t
		if t != t1 {
			inTime = d1 * (1/t - 1/t1) / (t - t1)
		}
	} else {
		inTime = 1000 / d
		if d != d1 {
			inDistance = t1 * 1000 * (1/d - 1/d1) / (d - d1)
		}
	}
	add(times, func(v float64) float64 { return v * inTime })
	add(e.metres, func(v float64) float64 { return v * inDistance })
	return out
}

// rounding tells how far a figure can be off that was read off a screen.
func (e *explainer) rounding(f *Figure) []Cause {
	if e.Band == nil || e.other != nil {
		return nil
	}
	half, ok := e.Band.Rounding[f.Field]
	if !ok || half <= 0 {
		return nil
	}
	return []Cause{{Kind: Rounding, Text: fmt.Sprintf("the figure was read off a screen: it can be off by %s", e.units.amount(f.Field, half))}}
}

// own returns what is known of Strava's figures that the recalculation is not
// able to tell.
func (e *explainer) own(f recalc.Field) []Cause {
	if e.Ours.Result.Confidence[f] != recalc.Unknowable {
		return nil
	}
	return []Cause{{Kind: StravasOwn, Text: "Strava takes this from something that no file holds: its map of altitudes, its phone app, the weights that it knows"}}
}
