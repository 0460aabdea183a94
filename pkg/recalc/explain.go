package recalc

import (
	"math"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// Choice is a decision between two accounts of one figure.
type Choice struct {
	Field       Field
	Taken       string         // what was taken
	Value       activity.Value // what that gave, in the unit of the field; absent for a sport
	Instead     string         // what could have been
	Alternative activity.Value // what it would have given; absent for a sport
}

// Threshold is a number that decided something, by name.
type Threshold struct {
	Name  string // such as "run_rest_speed"
	Value float64
	Unit  string // empty for a share or a count
	About string // what it decides
	Field Field  // the figure that it bears on first
}

// explain fills the choices and the thresholds.
func (c *Calculator) explain(a *activity.Activity, o Options, r *Result, day time.Time, device activity.Value) {
	r.Choices, r.Thresholds = []Choice{}, []Threshold{}
	c.chooseSport(a, o, r)
	c.chooseTimes(a, r)
	c.chooseDistance(a, r)
	c.chooseElevation(a, r, day)
	c.chooseEnergy(a, o, r, device)
	c.chooseAverages(a, r)
	c.thresholds(a, o, r)
}

// choose notes a decision where there was one: both accounts are known.
func (r *Result) choose(f Field, taken, instead string, alternative activity.Value) {
	if v := r.Get(f); v.Known() && alternative.Known() {
		r.Choices = append(r.Choices, Choice{f, taken, v, instead, alternative})
	}
}

func (c *Calculator) chooseSport(a *activity.Activity, o Options, r *Result) {
	file := "the file names none"
	if a.Sport != "" {
		file = string(a.Sport) + ", as the file says"
	}
	switch {
	case o.Sport != "" && o.Sport != a.Sport:
		r.Choices = append(r.Choices, Choice{Field: SportType, Taken: string(r.Sport) + ", as asked for", Instead: file})
	case r.Sport != a.Sport:
		r.Choices = append(r.Choices, Choice{Field: SportType, Taken: string(r.Sport) + ", by the speed", Instead: file})
	}
}

// chooseTimes compares the device's timer with what the speeds tell.
func (c *Calculator) chooseTimes(a *activity.Activity, r *Result) {
	if c.timed {
		span := a.Records[c.rows[len(c.rows)-1]].Time - a.Records[c.rows[0]].Time
		r.choose(ElapsedTime, deviceElapsed, firstToLast, wholeSeconds(span))
		if c.outdoor {
			r.choose(MovingTime, r.Provenance[MovingTime], runRule.name, wholeSeconds(span-c.rested))
		}
		return
	}
	r.choose(ElapsedTime, r.Provenance[ElapsedTime], deviceElapsed, wholeClaim(a.Totals.ElapsedTime))
	instead, t := "device timer", wholeClaim(a.Totals.TimerTime)
	if !t.Known() && len(a.Pauses) > 0 {
		left := r.ElapsedTime.Or(0)
		for _, p := range a.Pauses {
			left -= max(p.Duration().Seconds(), 0)
		}
		instead, t = "elapsed less the pauses that the file states", activity.Of(math.Floor(max(left, 0)))
	}
	taken := r.Provenance[MovingTime]
	if taken != swimTimer && taken != timerTotal {
		r.choose(MovingTime, taken, instead, t)
	}
	r.choose(MovingTime, taken, "moving time of the device", wholeClaim(a.Totals.MovingTime))
}

// wholeClaim returns a device's time in whole seconds.
func wholeClaim(v activity.Value) activity.Value {
	if t, ok := v.Get(); ok {
		return activity.Of(math.Floor(max(t, 0)))
	}
	return v
}

// chooseDistance compares the distances that the device counted with those of
// the positions.
func (c *Calculator) chooseDistance(a *activity.Activity, r *Result) {
	taken, s := r.Provenance[Distance], &c.stream
	if taken == watchTotal {
		r.choose(Distance, taken, sumOfSteps, activity.Of(s.metres))
	}
	if s.source == deviceDistance && c.outdoor {
		var other stream
		other.fromPosition(a.Records, c.rows, reading{})
		other.rise()
		r.choose(Distance, taken, onSphere, activity.Of(other.metres))
	}
	if s.source == positionDistance && s.phone {
		r.choose(Distance, taken, onSphere, activity.Of(s.steps[len(s.steps)-1]))
	}
	if total := a.Totals.Distance; total != r.Distance {
		r.choose(Distance, taken, "device's total", total)
	}
	if s.source != noDistance {
		r.choose(MaxSpeed, r.Provenance[MaxSpeed], "device's fastest", a.Totals.MaxSpeed)
	}
}

// chooseElevation compares the device's ascent with the climbs in its altitudes.
func (c *Calculator) chooseElevation(a *activity.Activity, r *Result, day time.Time) {
	if !c.hasAltitude() {
		return
	}
	taken, instead, gain := r.Provenance[TotalElevationGain], "device's ascent", a.Totals.Ascent
	if c.climbs == 0 {
		var counted float64
		counted, _, instead = c.countClimbs(a, day)
		gain = activity.Of(counted)
	}
	r.choose(TotalElevationGain, taken, instead, gain)
}

// chooseEnergy compares the device's calories with the formula, and the bicycle
// with the other kind.
func (c *Calculator) chooseEnergy(a *activity.Activity, o Options, r *Result, device activity.Value) {
	weight, whose := weightOf(a, o.Athlete, r.Start)
	if rule := r.Provenance[Calories]; rule == deviceCaloriesRule {
		computed, formula := computedCalories(r, weight, whose)
		r.choose(Calories, rule, formula, computed)
	} else {
		r.choose(Calories, rule, deviceCaloriesRule, device)
	}
	if !r.PowerEstimated {
		return
	}
	other := o.Athlete.Bike
	other.Type = MountainBike
	if r.Sport == activity.MountainBikeRide || o.Athlete.Bike.Type == MountainBike {
		other.Type = RoadBike
	}
	joules := 0.0
	alt, _, _ := c.pacedAltitudes(a, false)
	watts := estimatedPower(nil, &c.stream, alt, weight.Or(0), other)
	for i := 1; i < c.stream.len(); i++ {
		joules += watts[i] * c.stream.dt(i)
	}
	r.choose(AverageWatts, r.Provenance[AverageWatts], "estimated for a "+other.Type.String()+" bike", quotient(joules, int64(r.MovingTime.Or(0))))
}

// chooseAverages compares the means of the samples with the device's.
func (c *Calculator) chooseAverages(a *activity.Activity, r *Result) {
	if taken := r.Provenance[AverageHeartrate]; taken == deviceHeartrate {
		r.choose(AverageHeartrate, taken, meanOfSamples, average(a.Records, c.rows, c.rowRests, activity.HeartRate, heartRate, true))
	}
	for _, f := range []struct {
		field   Field
		claimed activity.Value
	}{
		{AverageHeartrate, a.Totals.AverageHeartRate}, {MaxHeartrate, a.Totals.MaxHeartRate},
		{AverageCadence, a.Totals.AverageCadence}, {AverageWatts, a.Totals.AveragePower},
	} {
		if f.claimed != r.Get(f.field) {
			r.choose(f.field, r.Provenance[f.field], "device's own figure", f.claimed)
		}
	}
}

// thresholds lists the numbers by which this workout was judged, each once.
func (c *Calculator) thresholds(a *activity.Activity, o Options, r *Result) {
	add := func(f Field, name string, value float64, unit, about string) {
		r.Thresholds = append(r.Thresholds, Threshold{Name: name, Value: value, Unit: unit, About: about, Field: f})
	}
	if o.Sport == "" && r.Sport != a.Sport {
		sportThresholds(a, add)
	}
	c.restThresholds(o, add)
	c.streamThresholds(a, o, r, add)
	c.altitudeThresholds(r, add)
	if r.WeightedAverageWatts.Known() {
		add(WeightedAverageWatts, "power_memory", powerMemory, "s", "time constant of the average")
		add(WeightedAverageWatts, "power_negligible", powerNegligible, "W", "down to this it decays in a gap")
	}
	if r.PowerEstimated {
		add(AverageWatts, "most_power", mostPower, "W", "a larger estimate is replaced by the mean of those before")
		add(AverageWatts, "bike_weight", o.Athlete.Bike.kg(), "kg", "weight of the bicycle")
	}
}

// adder adds a threshold to a list.
type adder func(f Field, name string, value float64, unit, about string)

// sportThresholds lists the numbers by which a sport was guessed or changed.
func sportThresholds(a *activity.Activity, add adder) {
	if a.Sport == "" {
		add(SportType, "racing_speed", racing, "m/s", "faster than this for a share of the time in motion is a ride")
		add(SportType, "racing_share", racingShare, "", "that share")
		add(SportType, "fastest_walk", fastestWalk, "m/s", "slower on average is a walk")
	} else {
		add(SportType, "beyond_runners", beyondRunners, "m/s", "faster than this for a share of the time in motion is no run")
		add(SportType, "beyond_share", beyondShare, "", "that share")
		add(SportType, "beyond_seconds", beyondSeconds, "s", "and at least so long in all")
		add(SportType, "beyond_fastest", beyondFastest, "m/s", "and once as fast as this")
	}
	add(SportType, "standing_speed", standing, "m/s", "slower is not in motion")
	add(SportType, "runners_kilometre", runnersKilometre, "s", "nobody has run a kilometre faster")
}

// restThresholds lists the numbers that decided who rests.
func (c *Calculator) restThresholds(o Options, add adder) {
	if rule := &c.used; rule.name != "" {
		about := "who is not faster rests"
		if rule.strict {
			about = "who is slower rests"
		}
		add(MovingTime, "rest_speed", rule.speed, "m/s", about)
		add(MovingTime, "rest_seconds", rule.seconds, "s", "for at least so long")
		if rule.gaps {
			add(MovingTime, "gap_seconds", gapSeconds, "s", "a single step of this length")
			add(MovingTime, "gap_speed", gapSpeed, "m/s", "and slower than this is rest too")
		}
		if rule.starts {
			add(MovingTime, "start_speed", startSpeed, "m/s", "a step after a pause that is as fast as this")
			add(MovingTime, "stop_speed", stopSpeed, "m/s", "and one before the rest as fast as this: then only the pause is rest")
			add(MovingTime, "rolled_seconds", rolledSeconds, "s", "a shorter pause")
			add(MovingTime, "rolled_metres", rolledMetres, "m", "whose ends are so far apart is no rest")
		}
		if rule.pauses {
			add(MovingTime, "phone_pause_seconds", phonePauseSeconds, "s", "a gap of this length")
			add(MovingTime, "phone_pause_speed", phonePauseSpeed, "m/s", "and slower than this is a pause of the app")
			add(MovingTime, "phone_pause_less", phonePauseLess/1000., "s", "by so much shorter than the gap")
		}
	}
	if o.Policy.Kind == GPXPy {
		add(MovingTime, "gpxpy_stopped", gpxpyStopped, "km/h", "who is not faster in a step stands")
		if c.outdoor {
			add(MaxSpeed, "gpxpy_usual", gpxpyUsual, "", "standard deviations from the mean by which the length of a step may differ")
			add(MaxSpeed, "gpxpy_extremes", gpxpyExtremes, "", "share of the fastest steps that is left out")
		}
	}
}

// altitudeThresholds lists the numbers that decided about climbs and grades.
func (c *Calculator) altitudeThresholds(r *Result, add adder) {
	if c.climbs > 0 {
		add(TotalElevationGain, "climb_threshold", c.climbs, "m", "a climb ends when the altitude has fallen by this much")
		if len(c.gained) > 0 {
			add(TotalElevationGain, "gain_smoothing", gainSmoothing, "m", "altitudes are averaged over so much to each side")
		}
	}
	if climbs := c.used.climbs && c.hasAltitude(); climbs || r.GradeAdjustedDistance.Known() {
		f := GradeAdjustedDistance
		if climbs {
			f = MovingTime
		}
		add(f, "grade_span", gradeSpan, "m", "steepness is taken over at least this distance")
		add(f, "steepest", steepest, "%", "a steeper grade is not believed")
	}
	if len(c.judged) > 0 {
		add(MovingTime, "rest_smoothing", restSmoothing, "m", "altitudes are averaged over so much, twice, to tell who climbs")
	}
	if len(c.paced) > 0 {
		f := GradeAdjustedDistance
		if !r.GradeAdjustedDistance.Known() {
			f = AverageWatts
		}
		add(f, "pace_smoothing", paceSmoothing, "m", "altitudes are averaged over so much, twice, to tell steepness")
	}
}

// streamThresholds lists the numbers that decided which samples and which
// distances count.
func (c *Calculator) streamThresholds(a *activity.Activity, o Options, r *Result, add adder) {
	s := &c.stream
	add(Distance, "position_share", positionShare, "", "least share of samples with a position for a recording with GPS")
	if s.source == noDistance {
		return
	}
	add(Distance, "distance_share", distanceShare, "", "share of samples of which more must carry a distance for the device's to be taken as they are")
	switch s.source {
	case deviceDistance:
		add(Distance, "sparse_share", sparseShare, "", "share of which more must carry one for the device's to be taken at all, held between them")
		if c.outdoor {
			add(Distance, "dropout_speed", dropoutSpeed, "m/s", "samples without position around a faster jump are left out")
		}
		if s.back > 0 {
			add(Distance, "small_resets", smallResets, "m", "a counter that goes back by more in all stands still until it has caught up")
		}
	case positionDistance:
		if s.phone {
			add(Distance, "phone_step", phoneStep, "m", "a movement counts when it has come so far")
			add(Distance, "phone_start", phoneStart, "m", "a longer first step counts, except on rides,")
			add(Distance, "phone_begin", phoneBegin, "m", "as so much")
			if r.Sport.Family() == activity.RunFamily {
				add(Distance, "phone_second", phoneSecond/1000., "s", "where most positions come so often, pauses of the app do not count")
			}
		} else if r.Sport.Family() == activity.RideFamily && !stravasOwn(a) {
			add(Distance, "jump_speed", jumpSpeed, "m/s", "a position that is reached faster than this")
			add(Distance, "jump_gain", jumpGain, "m/s", "and by this much faster than the one before is left out")
			add(Distance, "most_jumps", mostJumps, "", "so many in a row at the most")
		}
	}
	if o.With&(Splits|Laps) != 0 {
		add(Distance, "small_start", smallStart, "m", "splits and laps of a counter that begins with less are counted from 0")
	}
	if r.Provenance[MaxSpeed] == maxSpeedRule {
		add(MaxSpeed, "speed_window", speedWindow/1000, "s", "speeds are taken over at least this time")
		add(MaxSpeed, "fastest_gain", fastestGain, "m/s²", "a speed that has risen faster since the last one that counted is a GPS artefact")
		add(MaxSpeed, "dropout_share", dropoutShare, "", "and one whose window begins slower than this share of it")
	}
}
