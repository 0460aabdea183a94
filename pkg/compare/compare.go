package compare

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// Kind says what a cause is. Kinds are stable.
type Kind string

// The kinds of causes.
const (
	DevicePauses   Kind = "device_pauses"     // the device stopped its timer, and left that time out
	Rest           Kind = "rest"              // Strava removes time in which nobody moved
	OtherRest      Kind = "other_rest"        // it does so in the other recording, too
	Missing        Kind = "missing"           // the file holds less than the band recorded
	Start          Kind = "start"             // one account begins earlier
	End            Kind = "end"               // one account ends later
	DeviceKept     Kind = "device_kept"       // Strava takes the device's own value
	DistanceSource Kind = "distance_source"   // counted by GPS, by steps, by a wheel
	FirstSample    Kind = "first_sample"      // the distance counter did not begin at 0
	CounterSteps   Kind = "counter_steps"     // it jumped, or ran backward
	EarthRadius    Kind = "earth_radius"      // Strava's earth is larger
	Rounding       Kind = "rounding"          // the figure was read off a screen
	CalorieModel   Kind = "calorie_model"     // Strava counts by weight and distance, or by work
	GradeModel     Kind = "grade_model"       // Strava counts climbs as more metres
	AltitudeSource Kind = "altitude_source"   // Strava looks altitudes up in a map
	AverageOf      Kind = "average_over"      // the mean is taken over other stretches
	Weighting      Kind = "average_weighting" // by time or by samples
	SpeedWindow    Kind = "speed_window"      // the fastest five seconds, or the fastest instant
	OtherSensor    Kind = "other_sensor"      // two devices measured
	StravasOwn     Kind = "stravas_own"       // Strava knows more than the file
)

// Kinds lists the kinds of causes, in the order in which they are told.
func Kinds() []Kind {
	return []Kind{
		DevicePauses, Rest, OtherRest, Missing, Start, End, DeviceKept, DistanceSource, FirstSample, CounterSteps, EarthRadius, Rounding,
		CalorieModel, GradeModel, AltitudeSource, AverageOf, Weighting, SpeedWindow, OtherSensor, StravasOwn,
	}
}

// Stretch is a piece of time that a cause is about.
type Stretch struct {
	From, To time.Time
}

// Duration returns its length.
func (s Stretch) Duration() time.Duration { return s.To.Sub(s.From) }

// Cause is one reason for a difference.
type Cause struct {
	Kind Kind
	// Amount is by how much Strava's figure is larger for this cause, in the unit
	// of the figure; absent where no file tells.
	Amount    activity.Value
	Text      string    // a sentence for runners
	Stretches []Stretch // the pauses or rests, in order of time
}

// Divisor is what a pace or speed is reckoned over.
type Divisor struct {
	Name    string         // "recording", "movement", "elapsed time"
	Seconds activity.Value // s
	Metres  activity.Value // m
}

// Figure is one figure of both accounts.
type Figure struct {
	Field recalc.Field
	// Band is what the other account says; Recalculated what Strava makes of the
	// file by its rules; Strava what it really shows, where that was given.
	Band, Recalculated, Strava activity.Value
	// Difference is Strava's figure, else the recalculated one, less Band; where
	// there is no Band, Strava's less the recalculated one.
	Difference activity.Value
	Causes     []Cause
	Remainder  activity.Value // the difference less the amounts of the causes
	// BandDivisor and Divisor are set for paces and average speeds.
	BandDivisor, Divisor *Divisor
	Text                 string // the difference in a sentence or two; empty where there is none
}

// Comparison is a workout with both accounts.
type Comparison struct {
	Figures []Figure // in the order of [Fields]; a figure that nobody gives is left out
}

// Get returns a figure; nil where nobody gives it.
func (c *Comparison) Get(f recalc.Field) *Figure {
	for i := range c.Figures {
		if c.Figures[i].Field == f {
			return &c.Figures[i]
		}
	}
	return nil
}

// Fields lists the figures that are compared, in their order.
func Fields() []recalc.Field {
	return []recalc.Field{
		recalc.MovingTime, recalc.ElapsedTime, recalc.Distance, recalc.AveragePace, recalc.AverageElapsedPace, recalc.AverageSpeed,
		recalc.MaxSpeed, recalc.TotalElevationGain, recalc.Calories, recalc.AverageHeartrate, recalc.MaxHeartrate, recalc.AverageCadence,
	}
}

// Account is what somebody says of a workout in figures.
type Account struct {
	Start  time.Time // when it began by this account; zero where it does not say
	Totals activity.Totals
	Pace   activity.Value // s per km, where it is said and not only follows from time and distance
	// Rounding is by how much each figure can be off because it was read off a
	// screen: half of its last digit, in its unit.
	Rounding map[recalc.Field]float64
}

// time returns the duration that the account's pace divides by.
func (a *Account) time() (seconds activity.Value, name string) {
	switch {
	case a.Totals.TimerTime.Known():
		return a.Totals.TimerTime, "recording"
	case a.Totals.MovingTime.Known():
		return a.Totals.MovingTime, "movement"
	}
	return activity.Value{}, ""
}

// figure returns what the account says of a field.
func (a *Account) figure(f recalc.Field) activity.Value {
	t := &a.Totals
	seconds, _ := a.time()
	switch f {
	case recalc.MovingTime:
		return seconds
	case recalc.ElapsedTime:
		return t.ElapsedTime
	case recalc.Distance:
		return t.Distance
	case recalc.AveragePace, recalc.AverageElapsedPace:
		if a.Pace.Known() {
			return a.Pace
		}
		if v := quotient(seconds, t.Distance, 1000); v.Known() {
			return v
		}
		return quotient(activity.Of(1000), t.AverageSpeed, 1)
	case recalc.AverageSpeed:
		if v := quotient(t.Distance, seconds, 1); v.Known() && !t.AverageSpeed.Known() {
			return v
		}
		return t.AverageSpeed
	case recalc.MaxSpeed:
		return t.MaxSpeed
	case recalc.TotalElevationGain:
		return t.Ascent
	case recalc.Calories:
		return t.Calories
	case recalc.AverageHeartrate:
		return t.AverageHeartRate
	case recalc.MaxHeartrate:
		return t.MaxHeartRate
	case recalc.AverageCadence:
		return t.AverageCadence
	}
	return activity.Value{}
}

// strava returns what Strava's own account says of a field.
func (a *Account) strava(f recalc.Field) activity.Value {
	t := &a.Totals
	moving := t.MovingTime
	if !moving.Known() {
		moving = t.TimerTime // a figure read off Strava's page as "time"
	}
	switch f {
	case recalc.MovingTime:
		return moving
	case recalc.AveragePace:
		if a.Pace.Known() {
			return a.Pace
		}
		return quotient(moving, t.Distance, 1000)
	case recalc.AverageElapsedPace:
		return quotient(t.ElapsedTime, t.Distance, 1000)
	case recalc.AverageSpeed:
		if !t.AverageSpeed.Known() {
			return quotient(t.Distance, moving, 1)
		}
	}
	return a.figure(f)
}

// quotient returns a ÷ b × scale, absent where that is no figure.
func quotient(a, b activity.Value, scale float64) activity.Value {
	x, okA := a.Get()
	y, okB := b.Get()
	if !okA || !okB || x <= 0 || y <= 0 {
		return activity.Value{}
	}
	return activity.Of(x / y * scale)
}

// less returns a − b, absent where either is.
func less(a, b activity.Value) activity.Value {
	x, okA := a.Get()
	y, okB := b.Get()
	if !okA || !okB {
		return activity.Value{}
	}
	return activity.Of(x - y)
}

// Sides are the accounts of a workout.
type Sides struct {
	Ours *Track
	// Band is the account that is explained: of a band, its app, its archive. Nil
	// where there is none.
	Band *Account
	// Other is another recording, explained instead of Band where it is set; both
	// must have been measured with their way. Shift is by how much its clock is
	// ahead of ours.
	Other *Track
	Shift time.Duration
	// Strava is what Strava really shows; nil where that is not known.
	Strava *Account
	// Weight is that of the athlete in kg, for the sentence about calories.
	Weight activity.Value
	// Imperial has the sentences speak of miles and feet.
	Imperial bool
}

// Own returns the account that a file gives of itself; nil where it gives none.
func Own(t *Track) *Account {
	if t.Totals == (activity.Totals{}) {
		return nil
	}
	return &Account{Start: t.Start, Totals: t.Totals}
}
