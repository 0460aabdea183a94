package recalc

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Field is the name of a figure, as in Strava's DetailedActivity where it has
// one.
type Field string

// The figures of a Result, and its sport.
const (
	SportType             Field = "sport_type"
	ElapsedTime           Field = "elapsed_time"
	MovingTime            Field = "moving_time"
	Distance              Field = "distance"
	AverageSpeed          Field = "average_speed"
	AverageElapsedSpeed   Field = "average_elapsed_speed"
	AveragePace           Field = "average_pace"
	AverageElapsedPace    Field = "average_elapsed_pace"
	MaxSpeed              Field = "max_speed"
	GradeAdjustedDistance Field = "grade_adjusted_distance"
	TotalElevationGain    Field = "total_elevation_gain"
	ElevLow               Field = "elev_low"
	ElevHigh              Field = "elev_high"
	Calories              Field = "calories"
	Kilojoules            Field = "kilojoules"
	AverageWatts          Field = "average_watts"
	WeightedAverageWatts  Field = "weighted_average_watts"
	AverageHeartrate      Field = "average_heartrate"
	MaxHeartrate          Field = "max_heartrate"
	AverageCadence        Field = "average_cadence"
)

// Result is what Strava will show for a workout.
type Result struct {
	Sport activity.Sport // as given, or as in the file unless nobody is so fast; empty where unknown
	Start time.Time      // UTC; zero where unknown

	ElapsedTime           activity.Value // s, whole
	MovingTime            activity.Value // s, whole
	Distance              activity.Value // m
	AverageSpeed          activity.Value // m/s, over moving time
	AverageElapsedSpeed   activity.Value // m/s, over elapsed time
	AveragePace           activity.Value // s per km, over moving time
	AverageElapsedPace    activity.Value // s per km, over elapsed time
	MaxSpeed              activity.Value // m/s
	GradeAdjustedDistance activity.Value // m; on foot only
	TotalElevationGain    activity.Value // m
	ElevLow, ElevHigh     activity.Value // m
	Calories              activity.Value // kcal
	Kilojoules            activity.Value // kJ of work
	AverageWatts          activity.Value // W
	WeightedAverageWatts  activity.Value // W
	AverageHeartrate      activity.Value // bpm
	MaxHeartrate          activity.Value // bpm
	AverageCadence        activity.Value // rpm; of one leg on foot

	// Provenance names the rule behind each figure that is known.
	Provenance map[Field]string
	// Findings are what the recalculation noticed.
	Findings []finding.Finding
	// Confidence says how far each figure can be trusted, where that has been
	// measured. It is empty under other policies than Strava's.
	Confidence map[Field]Confidence
	// Errors are how far figures of a kind were off where that has been measured,
	// for those that have a Confidence of Exact or Close.
	Errors map[Field]Error
	// MeasuredOn is the day on which those were measured, as "25 November 2026".
	MeasuredOn string
	// Rests are the stretches that do not count as moving; filled only with
	// Options.Explain.
	Rests []Rest
	// Choices are the decisions between two accounts of one figure; filled only
	// with Options.Explain.
	Choices []Choice
	// Thresholds are the numbers that decided something; filled only with
	// Options.Explain.
	Thresholds []Threshold

	// What Options.With asks for; nil where it was not asked for, empty where there
	// is none.
	SplitsMetric, SplitsStandard []Split // kilometres and miles
	Laps                         []Lap
	BestEfforts                  []BestEffort
	Zones                        []Zone

	// PowerEstimated says that power and work are Strava's estimate, not those of
	// a power meter.
	PowerEstimated bool
}

// Rest is a stretch that does not count as moving time.
type Rest struct {
	From, To time.Time
	Metres   float64 // distance covered meanwhile
	Rule     string  // why it counts as rest
}

// Duration returns the length of the rest.
func (r Rest) Duration() time.Duration { return r.To.Sub(r.From) }

// Get returns the figure of a field; absent for an unknown field.
func (r *Result) Get(f Field) activity.Value {
	switch f {
	case ElapsedTime:
		return r.ElapsedTime
	case MovingTime:
		return r.MovingTime
	case Distance:
		return r.Distance
	case AverageSpeed:
		return r.AverageSpeed
	case AverageElapsedSpeed:
		return r.AverageElapsedSpeed
	case AveragePace:
		return r.AveragePace
	case AverageElapsedPace:
		return r.AverageElapsedPace
	case MaxSpeed:
		return r.MaxSpeed
	case GradeAdjustedDistance:
		return r.GradeAdjustedDistance
	case TotalElevationGain:
		return r.TotalElevationGain
	case ElevLow:
		return r.ElevLow
	case ElevHigh:
		return r.ElevHigh
	case Calories:
		return r.Calories
	case Kilojoules:
		return r.Kilojoules
	case AverageWatts:
		return r.AverageWatts
	case WeightedAverageWatts:
		return r.WeightedAverageWatts
	case AverageHeartrate:
		return r.AverageHeartrate
	case MaxHeartrate:
		return r.MaxHeartrate
	case AverageCadence:
		return r.AverageCadence
	}
	return activity.Value{}
}

// Fields returns all fields, in the order in which they are shown. SportType
// stands among them for its provenance.
func Fields() []Field {
	return []Field{
		SportType,
		ElapsedTime, MovingTime, Distance, AverageSpeed, AverageElapsedSpeed, AveragePace, AverageElapsedPace,
		MaxSpeed, GradeAdjustedDistance, TotalElevationGain, ElevLow, ElevHigh, Calories, Kilojoules,
		AverageWatts, WeightedAverageWatts, AverageHeartrate, MaxHeartrate, AverageCadence,
	}
}
