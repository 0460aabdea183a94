package report

import (
	"fmt"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// Split is a kilometre or a mile.
type Split struct {
	Split                     int            `json:"split"`                        // from 1
	Distance                  float64        `json:"distance"`                     // m
	ElapsedTime               int64          `json:"elapsed_time"`                 // s
	MovingTime                int64          `json:"moving_time"`                  // s
	AverageSpeed              activity.Value `json:"average_speed"`                // m/s
	AverageGradeAdjustedSpeed activity.Value `json:"average_grade_adjusted_speed"` // m/s
	AverageHeartrate          activity.Value `json:"average_heartrate"`            // bpm
	ElevationDifference       activity.Value `json:"elevation_difference"`         // m
}

// SummaryLap is a lap as Strava shows it.
type SummaryLap struct {
	Name               string         `json:"name"`                 // "Lap 1"
	LapIndex           int            `json:"lap_index"`            // from 1
	StartDate          *string        `json:"start_date"`           // RFC 3339, UTC
	ElapsedTime        activity.Value `json:"elapsed_time"`         // s
	MovingTime         activity.Value `json:"moving_time"`          // s
	Distance           activity.Value `json:"distance"`             // m
	AverageSpeed       activity.Value `json:"average_speed"`        // m/s
	MaxSpeed           activity.Value `json:"max_speed"`            // m/s
	TotalElevationGain activity.Value `json:"total_elevation_gain"` // m
	AverageHeartrate   activity.Value `json:"average_heartrate"`    // bpm
	MaxHeartrate       activity.Value `json:"max_heartrate"`        // bpm
	AverageCadence     activity.Value `json:"average_cadence"`      // rpm
	AverageWatts       activity.Value `json:"average_watts"`        // W
	StartIndex         *int           `json:"start_index"`          // of the stream, from 0
	EndIndex           *int           `json:"end_index"`
}

// BestEffort is the shortest time over a distance.
type BestEffort struct {
	Name        string  `json:"name"`         // Strava's, such as "1/2 mile"
	Distance    float64 `json:"distance"`     // m
	ElapsedTime int64   `json:"elapsed_time"` // s
	MovingTime  int64   `json:"moving_time"`  // s
	StartDate   string  `json:"start_date"`   // RFC 3339, UTC
	StartIndex  int     `json:"start_index"`  // of the stream, from 0
	EndIndex    int     `json:"end_index"`
}

// Zone is the time in the zones of heart rate or power.
type Zone struct {
	Type                string         `json:"type"` // heartrate or power
	SensorBased         bool           `json:"sensor_based"`
	CustomZones         bool           `json:"custom_zones"`
	Max                 activity.Value `json:"max"` // bpm or W, from which the limits follow
	DistributionBuckets []Bucket       `json:"distribution_buckets"`
}

// Bucket is one zone.
type Bucket struct {
	Min  int   `json:"min"`  // bpm or W
	Max  int   `json:"max"`  // the same; -1 for no upper end, as Strava has it
	Time int64 `json:"time"` // s
}

// Choice is a decision between two accounts of one figure.
type Choice struct {
	Field       string         `json:"field"`
	Taken       string         `json:"taken"`
	Value       activity.Value `json:"value"`
	Instead     string         `json:"instead"`
	Alternative activity.Value `json:"alternative"`
}

// Threshold is a number that decided something.
type Threshold struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  *string `json:"unit"`
	Field string  `json:"field"`
	About string  `json:"about"`
}

// addDetails takes over what was asked for beyond the figures.
func (s *Summary) addDetails(r *recalc.Result) {
	s.SplitsMetric, s.SplitsStandard = newSplits(r.SplitsMetric), newSplits(r.SplitsStandard)
	if r.Laps != nil {
		s.Laps = []SummaryLap{}
	}
	for i := range r.Laps {
		s.Laps = append(s.Laps, newSummaryLap(&r.Laps[i]))
	}
	if r.BestEfforts != nil {
		s.BestEfforts = []BestEffort{}
	}
	for _, e := range r.BestEfforts {
		s.BestEfforts = append(s.BestEfforts, BestEffort{
			Name: e.Name, Distance: e.Distance, ElapsedTime: e.ElapsedTime, MovingTime: e.MovingTime,
			StartDate: stamp(e.Start), StartIndex: e.StartIndex, EndIndex: e.EndIndex,
		})
	}
	if r.Zones != nil {
		s.Zones = []Zone{}
	}
	for _, z := range r.Zones {
		zone := Zone{Type: string(z.Type), SensorBased: true, CustomZones: z.Custom, Max: z.Max}
		for _, b := range z.Buckets {
			zone.DistributionBuckets = append(zone.DistributionBuckets, Bucket(b))
		}
		s.Zones = append(s.Zones, zone)
	}
}

func newSplits(splits []recalc.Split) []Split {
	if splits == nil {
		return nil
	}
	out := make([]Split, len(splits))
	for i, x := range splits {
		out[i] = Split{
			Split: x.Split, Distance: x.Distance, ElapsedTime: x.ElapsedTime, MovingTime: x.MovingTime,
			AverageSpeed: rounded(x.AverageSpeed, 4), AverageGradeAdjustedSpeed: rounded(x.AverageGradeAdjustedSpeed, 4),
			AverageHeartrate: rounded(x.AverageHeartrate, 1), ElevationDifference: rounded(x.ElevationDifference, 1),
		}
	}
	return out
}

func newSummaryLap(l *recalc.Lap) SummaryLap {
	out := SummaryLap{
		Name: fmt.Sprintf("Lap %d", l.Index), LapIndex: l.Index, StartDate: instant(l.Start),
		ElapsedTime: l.ElapsedTime, MovingTime: l.MovingTime, Distance: rounded(l.Distance, 2), AverageSpeed: rounded(l.AverageSpeed, 4),
		MaxSpeed: rounded(l.MaxSpeed, 3), TotalElevationGain: rounded(l.TotalElevationGain, 1),
		AverageHeartrate: rounded(l.AverageHeartrate, 1), MaxHeartrate: rounded(l.MaxHeartrate, 1),
		AverageCadence: rounded(l.AverageCadence, 1), AverageWatts: rounded(l.AverageWatts, 1),
	}
	if l.StartIndex >= 0 {
		first, last := l.StartIndex, l.EndIndex
		out.StartIndex, out.EndIndex = &first, &last
	}
	return out
}

// addReasons takes over the choices and the thresholds.
func (s *Summary) addReasons(r *recalc.Result) {
	for _, c := range r.Choices {
		s.Choices = append(s.Choices, Choice{string(c.Field), c.Taken, rounded(c.Value, 4), c.Instead, rounded(c.Alternative, 4)})
	}
	for _, t := range r.Thresholds {
		s.Thresholds = append(s.Thresholds, Threshold{t.Name, rounded(activity.Of(t.Value), 6).Or(0), orNull(t.Unit), string(t.Field), t.About})
	}
}

// detailed reports whether more is shown of a workout than its figures.
func (s *Summary) detailed() bool {
	return s.explained || s.SplitsMetric != nil || s.Laps != nil || s.BestEfforts != nil || s.Zones != nil
}

// localTime shows an instant as the time of day, in the zone of the workout.
func (s *Summary) localTime(rfc3339 string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return at, false
	}
	if start, local, _ := s.start(); local {
		at = at.In(start.Location())
	}
	return at, true
}
