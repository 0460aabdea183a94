package recalc

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Calculator recalculates activities one after another, reusing its memory.
// The zero value is ready to use. A Calculator is not safe for concurrent use;
// give each worker its own.
type Calculator struct {
	rows      []int32 // of the activity
	stream    stream
	outdoor   bool                  // recorded with GPS
	resting   []bool                // whether each step of the stream is rest
	rowRests  []bool                // whether the step that ends with each row is
	alt       []float64             // one a row of the stream, as are the next five
	judged    []float64             // altitudes by which rest is judged; empty until asked for
	paced     []float64             // averaged altitudes by which distance is adjusted
	steep     []float64             // the altitudes that it was adjusted by
	factor    func(float64) float64 // and the model
	once      []float64             // scratch space
	exact     []float64             // distances that are not rounded
	speeds    []float64             // if smoothed
	watts     []float64
	window    []int32
	intervals []int64
	smoother  smoother
	smoothed  bool     // speeds and window are those of the stream
	moved     []int64  // ms that are not rest up to each row of the stream; only for details
	flags     []bool   // scratch space, one a record
	used      restRule // by which rests were marked; without a name where none was
	timed     bool     // whether the times are the device's
}

// Recalculate computes what Strava will show for an activity. It is
// [Calculator.Recalculate] for a single one.
func Recalculate(a *activity.Activity, o Options) Result {
	var c Calculator
	return c.Recalculate(a, o)
}

// Recalculate computes what Strava will show for an activity. The activity is
// not changed. Figures that the records do not allow are absent.
func (c *Calculator) Recalculate(a *activity.Activity, o Options) Result {
	r := Result{Sport: a.Sport, Start: a.Start, Provenance: map[Field]string{}, Confidence: map[Field]Confidence{}, Errors: map[Field]Error{}}
	if o.Sport != "" {
		r.Sport = o.Sport
	}
	recs := a.Records
	c.rows = rows(c.rows, recs)
	if len(c.rows) == 0 {
		withoutRecords(a, o, &r)
		return r
	}
	first, last := recs[c.rows[0]].Time, recs[c.rows[len(c.rows)-1]].Time
	if r.Start.IsZero() {
		r.Start = time.UnixMilli(first).UTC()
	}
	day := o.Uploaded
	if day.IsZero() {
		day = time.UnixMilli(first).UTC()
	}

	s := &c.stream
	how := reading{phone: measuredByPhone(a, day, o.Uploaded), single: a.Format == "fit"}
	s.build(recs, c.rows, how)
	c.smoothed = false
	c.outdoor = outdoor(recs, c.rows)
	if o.Sport == "" {
		c.guessSport(a, &r)
		c.judgeSport(&r)
	}
	if s.source == positionDistance && r.Sport.Family() == activity.RideFamily {
		how.dropJumps, how.wheels = !stravasOwn(a), true
		s.build(recs, c.rows, how)
		c.smoothed = false
		if s.jumps > 0 {
			f := finding.New(finding.PositionJump, finding.Place{}, "")
			f.Count = s.jumps
			r.Findings = append(r.Findings, f)
		}
	}
	c.resting = slices.Grow(c.resting[:0], s.len())[:s.len()]
	clear(c.resting)
	var hasAltitude bool
	c.alt, hasAltitude = altitudes(c.alt, s, recs)
	c.judged, c.paced, c.factor = c.judged[:0], c.paced[:0], nil
	c.used, c.timed = restRule{}, false

	fromRow, toRow, ends := first, last, "last sample − first sample"
	if stravasWatch(a) && day.Before(watchEndsSince) && c.outdoor && o.Policy.Kind == Strava {
		fromRow, toRow = located(recs, c.rows)
		ends = "last position − first position (Strava's watch app before 17 July 2024)"
		r.past()
	}
	c.times(a, o, &r, day, fromRow, toRow, ends, hasAltitude)
	s.keep()
	c.distances(a, &r, day, hasAltitude)
	if o.Policy.Kind == GPXPy && c.outdoor {
		r.MaxSpeed = gpxpyFastest(a)
		r.note(MaxSpeed, r.MaxSpeed, "policy gpxpy: fastest step but for a twentieth, of those of usual length")
	}
	c.elevation(a, &r, day, recs, hasAltitude)
	c.averages(a, &r, day, recs)
	if !r.AverageWatts.Known() && hasAltitude && estimates(r.Sport) {
		c.estimate(a, o.Athlete, &r)
	}
	device := deviceCalories(a)
	var rule string
	weight, whose := weightOf(a, o.Athlete, r.Start)
	r.Calories, rule = calories(a.Format, device, &r, weight, whose, day)
	r.note(Calories, r.Calories, rule)
	if device.Known() && r.Calories != device {
		r.past()
	}
	if o.Policy.Kind == Strava {
		r.rate(a)
	}
	c.detail(a, o, &r, hasAltitude)
	if o.Explain {
		c.explain(a, o, &r, device, hasAltitude)
	}
	return r
}

// withoutRecords fills what can be known of a workout that has no samples: the
// device's own recording time. Strava rejects such files, so that what it would
// show does not exist.
func withoutRecords(a *activity.Activity, o Options, r *Result) {
	if t, ok := a.Totals.TimerTime.Get(); ok && o.Policy.Kind == Timer {
		r.MovingTime = activity.Of(math.Floor(max(t, 0)))
		r.note(MovingTime, r.MovingTime, timerTotal)
	}
	if o.Policy.Kind == Strava {
		poolWithoutRecords(a, o, r)
	}
}

// timerTotal is the rule where the device's own account is taken.
const timerTotal = "policy timer: the device's total"

// note writes down the rule behind a figure, if the figure is known.
func (r *Result) note(f Field, v activity.Value, rule string) {
	if v.Known() {
		r.Provenance[f] = rule
	}
}

// times fills elapsed and moving time, marks the steps that are rest and lists
// them where asked to.
func (c *Calculator) times(a *activity.Activity, o Options, r *Result, day time.Time, first, last int64, ends string, hasAltitude bool) {
	s := &c.stream
	span := last - first
	r.ElapsedTime = wholeSeconds(span)
	r.note(ElapsedTime, r.ElapsedTime, ends)

	moving, why := span, ""
	switch o.Policy.Kind {
	case Timer:
		moving, why = timer(a, span)
		c.markPauses(a, o, r)
	case Elapsed:
		why = "policy elapsed: everything counts as moving"
	case Speed:
		moving, why = c.rest(speedRest(o.Policy), nil, o, r, span)
		why = "policy " + o.Policy.String() + ": " + why
	case GPXPy:
		moving, why = c.likeGPXPy(a, o, r, span)
	case Strava:
		swum, how, swam := swim(a, o, r)
		rule := stravaRest(r.Sport, day)
		if rule.climbs && s.phone {
			rule = phoneRunRule
		}
		switch {
		case swam:
			moving, why = swum, how
			if len(a.Lengths) == 0 { // averages leave out who stands still all the same
				commonRule.mark(s, nil, c.resting)
			}
		case rule.climbs && c.byTimer(a):
			moving, why = c.timerOfRun(a, o, r, hasAltitude)
		case s.source == noDistance:
			why = "no distances and no positions: everything counts as moving"
		case rule.climbs && !c.outdoor:
			why = "run without GPS: everything counts as moving"
		default:
			alt := c.slopes(&rule, a, hasAltitude)
			moving, why = c.rest(rule, alt, o, r, span)
			if unroundedYears(a, s, day, hasAltitude) {
				moving = c.restUnrounded(rule, alt, o, r, span, moving)
				why += unroundedNote
			}
			if rule.past {
				r.past()
				c.averagesByToday(a, hasAltitude)
			}
		}
	}
	r.MovingTime = wholeSeconds(moving)
	r.note(MovingTime, r.MovingTime, why)
}

// byTimer reports whether Strava takes the times of a run from the device: where
// the runner stopped the timer and started it again, or where no GPS tells who
// stands still.
func (c *Calculator) byTimer(a *activity.Activity) bool {
	timed := a.Format == "fit" && a.Totals.TimerTime.Known() && a.Totals.ElapsedTime.Known()
	return timed && (a.TimerPaused || !c.outdoor)
}

// timerOfRun takes elapsed and moving time from the device: of 160 runs all
// agree to the second, rounded down. What else is averaged over moving time
// still leaves out who stands still.
func (c *Calculator) timerOfRun(a *activity.Activity, o Options, r *Result, hasAltitude bool) (ms int64, why string) {
	c.timed = true
	r.ElapsedTime = activity.Of(math.Floor(max(a.Totals.ElapsedTime.Or(0), 0)))
	r.note(ElapsedTime, r.ElapsedTime, "device's elapsed time")
	if c.outdoor {
		c.used = runRule
		runRule.mark(&c.stream, c.slopes(&runRule, a, hasAltitude), c.resting)
	}
	if o.Explain {
		for _, p := range a.Pauses {
			r.Rests = append(r.Rests, Rest{From: p.From, To: p.To, Rule: p.Source.String()})
		}
	}
	why = "device timer (the runner paused it)"
	if !a.TimerPaused {
		why = "device timer (run without GPS)"
	}
	// A damaged session can claim more than it lasted.
	timer := min(a.Totals.TimerTime.Or(0), a.Totals.ElapsedTime.Or(0), math.MaxInt64/2000)
	return int64(max(timer, 0) * 1000), why
}

// wholeSeconds returns milliseconds as whole seconds, rounded down.
func wholeSeconds(ms int64) activity.Value { return activity.Of(float64(max(ms, 0) / 1000)) }

// averagesByToday marks the rests of an old run once more by the rule of today:
// Strava kept the moving times of the past, but its averages of heart rate and
// cadence follow the newer rule.
func (c *Calculator) averagesByToday(a *activity.Activity, hasAltitude bool) {
	clear(c.resting)
	if c.outdoor {
		runRule.mark(&c.stream, c.slopes(&runRule, a, hasAltitude), c.resting)
	}
}

// slopes returns the altitudes that a rule judges climbs by; nil where it does
// not, or there are none.
func (c *Calculator) slopes(rule *restRule, a *activity.Activity, hasAltitude bool) []float64 {
	if !rule.climbs || !hasAltitude {
		return nil
	}
	return c.judgedAltitudes(a)
}

// past notes that a rule of the past gave a figure.
func (r *Result) past() {
	for _, f := range r.Findings {
		if f.Code == finding.PastRules {
			return
		}
	}
	r.Findings = append(r.Findings, finding.New(finding.PastRules, finding.Place{}, ""))
}

// timer returns the device's own recording time.
func timer(a *activity.Activity, span int64) (int64, string) {
	if t, ok := a.Totals.TimerTime.Get(); ok {
		return int64(min(max(t, 0)*1000, math.MaxInt64/2)), timerTotal // within int64, whatever the file claims
	}
	for _, p := range a.Pauses {
		span -= max(p.Duration().Milliseconds(), 0)
	}
	return span, "policy timer: elapsed less the pauses that the file states"
}

// markPauses marks the steps most of which lie in a pause that the file states,
// so that averages and splits leave them out.
func (c *Calculator) markPauses(a *activity.Activity, o Options, r *Result) {
	s, k := &c.stream, 1
	for _, p := range a.Pauses {
		from, to := p.From.UnixMilli(), p.To.UnixMilli()
		if to <= from {
			continue
		}
		for k < s.len() && s.ms[k] <= from {
			k++
		}
		for i := k; i < s.len() && s.ms[i-1] < to; i++ {
			if within := min(s.ms[i], to) - max(s.ms[i-1], from); 2*within > s.ms[i]-s.ms[i-1] {
				c.resting[i] = true
			}
		}
		if o.Explain {
			r.Rests = append(r.Rests, Rest{From: p.From, To: p.To, Rule: p.Source.String()})
		}
	}
}

// rest marks the steps that are rest by a rule, and returns the ms that are
// left of the span.
func (c *Calculator) rest(rule restRule, alt []float64, o Options, r *Result, span int64) (int64, string) {
	if c.stream.source == noDistance {
		return span, "no distances and no positions: everything counts as moving"
	}
	c.used = rule
	moving := span - rule.mark(&c.stream, alt, c.resting)
	if o.Explain {
		r.Rests = rule.rests(&c.stream, c.resting)
	}
	return moving, rule.name
}

// restUnrounded marks the rests anew by distances that are not rounded. If that
// makes a difference, the figure is one of the past.
func (c *Calculator) restUnrounded(rule restRule, alt []float64, o Options, r *Result, span, today int64) int64 {
	clear(c.resting)
	s := &c.stream
	kept := s.x
	c.exact = s.unrounded(c.exact)
	s.x = c.exact
	moving, _ := c.rest(rule, alt, o, r, span)
	s.x = kept
	if moving != today {
		r.past()
	}
	return moving
}

// judgedAltitudes returns the altitudes by which Strava judges how steep it is
// when it asks who rests: the file's where they are barometric; else its own
// elevation model, for which a long average of the file's stands in.
func (c *Calculator) judgedAltitudes(a *activity.Activity) []float64 {
	if barometric(a) || stravasOwn(a) {
		return c.alt
	}
	if len(c.judged) == 0 {
		c.judged = c.calmTwice(c.judged, restSmoothing)
	}
	return c.judged
}

// pacedAltitudes is the same for adjusting distances by the grade; known says
// whether they are those that Strava took. Runs of the past keep the longer
// average and the present model, which makes good what the average takes away:
// of 42 in TCX, by which Strava computed calories, 30 come within 1 % so and 27
// by the model of their day.
func (c *Calculator) pacedAltitudes(a *activity.Activity, past bool) (alt []float64, source string, known bool) {
	switch {
	case barometric(a) || stravasOwn(a):
		return c.alt, altitudeSource(a), true
	case past:
		return c.judgedAltitudes(a), smoothedSource(restSmoothing), false
	}
	if len(c.paced) == 0 {
		c.paced = c.calmTwice(c.paced, paceSmoothing)
	}
	return c.paced, smoothedSource(paceSmoothing), false
}

func smoothedSource(width int) string {
	return fmt.Sprintf("altitude of the file, %d m average, twice (Strava looks it up in its own map)", width)
}

// calmTwice averages the altitudes over a width in metres, twice.
func (c *Calculator) calmTwice(dst []float64, width int) []float64 {
	c.once = c.smoother.calm(c.once, c.stream.x, c.alt, width)
	return c.smoother.calm(dst, c.stream.x, c.once, width)
}

// distances fills distance, speeds, paces and the grade-adjusted distance.
func (c *Calculator) distances(a *activity.Activity, r *Result, day time.Time, hasAltitude bool) {
	s := &c.stream
	if s.source == noDistance {
		return
	}
	source := "device distance, sum of the forward steps"
	if s.source == positionDistance {
		source = "positions, haversine with R = 6,376,772.71 m"
		if s.phone {
			source = "positions on WGS 84, as Strava's phone app adds them up"
		}
	}
	d := s.metres
	if total, ok := a.Totals.Distance.Get(); ok && stravasWatch(a) {
		d, source = total, "total of Strava's own watch app"
	}
	r.Distance = activity.Of(d)
	r.note(Distance, r.Distance, source)
	r.pace()
	c.smooth()
	// The distance of a pool swim jumps by a length at each turn.
	if v, ok := maxSpeed(s.ms, s.raw, c.speeds, c.window); ok && len(a.Lengths) == 0 {
		r.MaxSpeed = activity.Of(v)
		r.note(MaxSpeed, r.MaxSpeed, maxSpeedRule)
	}
	if f := r.Sport.Family(); hasAltitude && (f == activity.RunFamily || f == activity.WalkFamily) {
		past := day.Before(paceModelSince)
		alt, source, known := c.pacedAltitudes(a, past)
		factor, rule := paceFactor, "each metre by its grade, "
		if past && known {
			r.past()
			factor, rule = pastPaceFactor, "each metre by its grade (Strava's model before October 2017), "
		}
		c.steep, c.factor = alt, factor
		r.GradeAdjustedDistance = activity.Of(gradeAdjustedDistance(s.raw, alt, factor))
		r.note(GradeAdjustedDistance, r.GradeAdjustedDistance, rule+source)
	}
}

// pace fills speeds and paces, from distance and times.
func (r *Result) pace() {
	d := r.Distance.Or(0)
	if t := r.MovingTime.Or(0); t > 0 {
		r.AverageSpeed = activity.Of(d / t)
		r.note(AverageSpeed, r.AverageSpeed, "distance ÷ moving time")
		if d > 0 {
			r.AveragePace = activity.Of(t / d * 1000)
			r.note(AveragePace, r.AveragePace, "moving time ÷ distance")
		}
	}
	if t := r.ElapsedTime.Or(0); t > 0 {
		r.AverageElapsedSpeed = activity.Of(d / t)
		r.note(AverageElapsedSpeed, r.AverageElapsedSpeed, "distance ÷ elapsed time")
		if d > 0 {
			r.AverageElapsedPace = activity.Of(t / d * 1000)
			r.note(AverageElapsedPace, r.AverageElapsedPace, "elapsed time ÷ distance")
		}
	}
}

// maxSpeedRule is the rule behind the fastest speed.
const maxSpeedRule = "fastest ≥ 5 s, without GPS artefacts"

// smooth fills the smooth speeds of the stream.
func (c *Calculator) smooth() {
	if c.smoothed {
		return
	}
	c.smoothed = true
	n := c.stream.len()
	c.speeds = slices.Grow(c.speeds[:0], n)[:n]
	c.window = slices.Grow(c.window[:0], n)[:n]
	smoothSpeeds(c.stream.ms, c.stream.raw, c.speeds, c.window)
}

func altitudeSource(a *activity.Activity) string {
	if barometric(a) {
		return "barometric altitude of the file"
	}
	if stravasOwn(a) {
		return "Strava's own altitude"
	}
	return "altitude of the file (Strava looks it up in its own map)"
}

// elevation fills gain, lowest and highest altitude.
func (c *Calculator) elevation(a *activity.Activity, r *Result, day time.Time, recs []activity.Record, hasAltitude bool) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range c.rows {
		if p := &recs[row]; p.Has&activity.Altitude != 0 {
			low, high = min(low, p.Altitude), max(high, p.Altitude)
		}
	}
	r.ElevLow, r.ElevHigh = activity.Of(low), activity.Of(high)
	r.note(ElevLow, r.ElevLow, "lowest altitude of the file")
	r.note(ElevHigh, r.ElevHigh, "highest altitude of the file")
	if !hasAltitude {
		return
	}
	if gain, ok := a.Totals.Ascent.Get(); ok && (barometric(a) || believesAscent(a, day)) {
		rule := "device's ascent (barometer)"
		if !barometric(a) {
			r.past()
			rule = "device's ascent (Strava from May to December 2019)"
		}
		r.TotalElevationGain = activity.Of(gain)
		r.note(TotalElevationGain, r.TotalElevationGain, rule)
		return
	}
	alt, rule, threshold := c.alt, "climbs ≥ 2 m, ", climbThreshold
	if !barometric(a) {
		c.once = smoothOver(c.once, c.stream.raw, c.alt, gainSmoothing)
		alt, rule = c.once, "climbs ≥ 2 m after ±30 m smoothing, "
		if a.Format != "fit" && day.Before(climbsSince) {
			r.past()
			threshold = pastClimbThreshold
			rule = pastClimbs + " after ±30 m smoothing, "
		}
	}
	rule += altitudeSource(a)
	r.TotalElevationGain = activity.Of(turningGain(alt, float64(threshold)))
	r.note(TotalElevationGain, r.TotalElevationGain, rule)
}

// averages fills heart rate, cadence and power.
func (c *Calculator) averages(a *activity.Activity, r *Result, day time.Time, recs []activity.Record) {
	c.spreadRests(recs)
	r.AverageHeartrate = average(recs, c.rows, c.rowRests, activity.HeartRate, heartRate, true)
	r.note(AverageHeartrate, r.AverageHeartrate, "mean over moving time")
	if hr := a.Totals.AverageHeartRate; hr.Known() && r.AverageHeartrate.Known() && believesHeartRate(a, day) {
		r.past()
		r.AverageHeartrate = hr
		r.note(AverageHeartrate, hr, "device's average (Strava from May 2019 to May 2020)")
	}
	r.MaxHeartrate = largest(recs, c.rows, activity.HeartRate, heartRate)
	r.note(MaxHeartrate, r.MaxHeartrate, "largest sample")
	r.AverageCadence = average(recs, c.rows, c.rowRests, activity.Cadence, cadence, false)
	r.note(AverageCadence, r.AverageCadence, "mean over moving time without zeros")

	if !largest(recs, c.rows, activity.Power, power).Known() {
		return
	}
	if t := r.MovingTime.Or(0); t > 0 {
		work := workOf(recs, c.rows, c.rowRests)
		r.AverageWatts = activity.Of(work / t)
		r.note(AverageWatts, r.AverageWatts, "work ÷ moving time, zeros count")
		r.Kilojoules = activity.Of(work / 1000)
		r.note(Kilojoules, r.Kilojoules, "work over moving time")
	}
	r.WeightedAverageWatts, c.intervals = weightedPower(recs, c.rows, c.intervals)
	r.note(WeightedAverageWatts, r.WeightedAverageWatts, "xPower, 25 s exponential")
}

// estimate fills the power of a ride without a power meter, where the weight of
// the rider is known.
func (c *Calculator) estimate(a *activity.Activity, athlete Athlete, r *Result) {
	weight, whose := weightOf(a, athlete, r.Start)
	kg, weighed := weight.Get()
	t := r.MovingTime.Or(0)
	if !weighed || t <= 0 || c.stream.source == noDistance {
		return
	}
	bike := athlete.Bike
	if r.Sport == activity.MountainBikeRide {
		bike.Type = MountainBike
	}
	// From one sample to the next the noise of a GPS altitude climbs more than
	// the road: of 13 rides of three athletes whose altitudes Strava looked up, 12
	// come out 40 to 190 % too high by the file's own and 11 within 15 % by its
	// average.
	alt, source, known := c.pacedAltitudes(a, false)
	if !known {
		whose += ", " + source
	}
	c.watts = estimatedPower(c.watts, &c.stream, alt, kg, bike)
	joules := 0.0
	for i := 1; i < c.stream.len(); i++ {
		joules += c.watts[i] * c.stream.dt(i)
	}
	rule := "estimated for a " + bike.Type.String() + " bike: rolling, air, climbing, acceleration" + whose
	r.AverageWatts = activity.Of(joules / t)
	r.note(AverageWatts, r.AverageWatts, rule)
	r.Kilojoules = activity.Of(joules / 1000)
	r.note(Kilojoules, r.Kilojoules, rule)
	r.PowerEstimated = true
}

// spreadRests tells for every row whether the step that ends with it is rest.
// Rows that are not in the stream belong to the step around them.
func (c *Calculator) spreadRests(recs []activity.Record) {
	n := len(c.rows)
	c.rowRests = slices.Grow(c.rowRests[:0], n)[:n]
	clear(c.rowRests)
	s := &c.stream
	k := 0
	for i, row := range c.rows {
		t := recs[row].Time
		for k < s.len() && s.ms[k] < t {
			k++
		}
		c.rowRests[i] = k < s.len() && k > 0 && c.resting[k]
	}
}
