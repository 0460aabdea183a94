package recalc

import (
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
	outdoor   bool      // recorded with GPS
	resting   []bool    // whether each step of the stream is rest
	rowRests  []bool    // whether the step that ends with each row is
	alt       []float64 // one a row of the stream, as are the next three
	judged    []float64 // altitudes by which steepness is judged; empty until asked for
	once      []float64 // scratch space
	speeds    []float64
	watts     []float64
	window    []int32
	intervals []int64
	smoother  smoother
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
	s.build(recs, c.rows, false)
	c.outdoor = outdoor(recs, c.rows)
	if o.Sport == "" {
		c.guessSport(a, &r)
		judgeSport(&r, s)
	}
	if s.source == positionDistance && r.Sport.Family() == activity.RideFamily && !stravasOwn(a) {
		s.build(recs, c.rows, true)
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
	c.judged = c.judged[:0]
	c.used, c.timed = restRule{}, false

	c.times(a, o, &r, day, first, last, hasAltitude)
	c.distances(a, &r, hasAltitude)
	if o.Policy.Kind == GPXPy && c.outdoor {
		r.MaxSpeed = gpxpyFastest(a)
		r.note(MaxSpeed, r.MaxSpeed, "policy gpxpy: fastest step but for a twentieth, of those of usual length")
	}
	c.elevation(a, &r, recs, hasAltitude)
	c.averages(&r, recs)
	if !r.AverageWatts.Known() && hasAltitude && estimates(r.Sport) {
		c.estimate(o.Athlete, &r)
	}
	device := deviceCalories(a)
	var rule string
	r.Calories, rule = calories(a.Format, device, &r, o.Athlete.WeightAt(r.Start), day)
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
func (c *Calculator) times(a *activity.Activity, o Options, r *Result, day time.Time, first, last int64, hasAltitude bool) {
	s := &c.stream
	span := last - first
	r.ElapsedTime = wholeSeconds(span)
	r.note(ElapsedTime, r.ElapsedTime, "last sample − first sample")

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
		switch rule := stravaRest(r.Sport, day); {
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
			moving, why = c.rest(rule, c.slopes(&rule, a, hasAltitude), o, r, span)
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

// judgedAltitudes returns the altitudes by which Strava judges how steep it is:
// the file's where they are barometric; else its own elevation model, for which
// a long average of the file's stands in.
func (c *Calculator) judgedAltitudes(a *activity.Activity) []float64 {
	if barometric(a) || stravasOwn(a) {
		return c.alt
	}
	if len(c.judged) == 0 {
		c.once = c.smoother.calm(c.once, c.stream.x, c.alt)
		c.judged = c.smoother.calm(c.judged, c.stream.x, c.once)
	}
	return c.judged
}

// stravaMaker is the manufacturer of files that Strava's own watch app wrote:
// their total is what Strava shows, not the sum of their steps.
const stravaMaker = "strava"

// distances fills distance, speeds, paces and the grade-adjusted distance.
func (c *Calculator) distances(a *activity.Activity, r *Result, hasAltitude bool) {
	s := &c.stream
	if s.source == noDistance {
		return
	}
	source := "device distance, sum of the forward steps"
	if s.source == positionDistance {
		source = "positions, haversine with R = 6,376,772.71 m"
	}
	d := s.metres
	if total, ok := a.Totals.Distance.Get(); ok && a.Format == "fit" && a.Device.Manufacturer == stravaMaker {
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
		r.GradeAdjustedDistance = activity.Of(gradeAdjustedDistance(s.raw, c.judgedAltitudes(a)))
		r.note(GradeAdjustedDistance, r.GradeAdjustedDistance, "each metre by its grade, "+judgedSource(a))
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
	n := c.stream.len()
	c.speeds = slices.Grow(c.speeds[:0], n)[:n]
	c.window = slices.Grow(c.window[:0], n)[:n]
	smoothSpeeds(c.stream.ms, c.stream.raw, c.speeds, c.window)
}

func judgedSource(a *activity.Activity) string {
	if barometric(a) {
		return "barometric altitude of the file"
	}
	if stravasOwn(a) {
		return "Strava's own altitude"
	}
	return "altitude of the file, 300 m average, twice (Strava looks it up in its own map)"
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
func (c *Calculator) elevation(a *activity.Activity, r *Result, recs []activity.Record, hasAltitude bool) {
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
	if gain, ok := a.Totals.Ascent.Get(); ok && barometric(a) {
		r.TotalElevationGain = activity.Of(gain)
		r.note(TotalElevationGain, r.TotalElevationGain, "device's ascent (barometer)")
		return
	}
	alt, rule := c.alt, "climbs ≥ 2 m, "+altitudeSource(a)
	if !barometric(a) {
		c.once = smoothOver(c.once, c.stream.x, c.alt, gainSmoothing)
		alt, rule = c.once, "climbs ≥ 2 m after ±30 m smoothing, "+altitudeSource(a)
	}
	r.TotalElevationGain = activity.Of(turningGain(alt))
	r.note(TotalElevationGain, r.TotalElevationGain, rule)
}

// averages fills heart rate, cadence and power.
func (c *Calculator) averages(r *Result, recs []activity.Record) {
	c.spreadRests(recs)
	r.AverageHeartrate = average(recs, c.rows, c.rowRests, activity.HeartRate, heartRate, true)
	r.note(AverageHeartrate, r.AverageHeartrate, "mean over moving time")
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
func (c *Calculator) estimate(athlete Athlete, r *Result) {
	kg, weighed := athlete.WeightAt(r.Start).Get()
	t := r.MovingTime.Or(0)
	if !weighed || t <= 0 || c.stream.source == noDistance {
		return
	}
	bike := athlete.Bike
	if r.Sport == activity.MountainBikeRide {
		bike.Type = MountainBike
	}
	c.watts = estimatedPower(c.watts, &c.stream, c.alt, kg, bike)
	joules := 0.0
	for i := 1; i < c.stream.len(); i++ {
		joules += c.watts[i] * c.stream.dt(i)
	}
	rule := "estimated for a " + bike.Type.String() + " bike: rolling, air, climbing, acceleration"
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
