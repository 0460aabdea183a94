package report

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
)

// Summary is what `bandport summary` tells of one activity.
type Summary struct {
	File           string  `json:"file"`     // as the user named it
	Activity       int     `json:"activity"` // index in the file, from 0
	Format         string  `json:"format"`
	SportType      *string `json:"sport_type"`
	StartDate      *string `json:"start_date"`       // RFC 3339, UTC
	StartDateLocal *string `json:"start_date_local"` // RFC 3339 with the zone's offset; null where no zone is known
	DeviceName     *string `json:"device_name"`

	ElapsedTime           activity.Value `json:"elapsed_time"`            // s
	MovingTime            activity.Value `json:"moving_time"`             // s
	Distance              activity.Value `json:"distance"`                // m
	AverageSpeed          activity.Value `json:"average_speed"`           // m/s
	AverageElapsedSpeed   activity.Value `json:"average_elapsed_speed"`   // m/s
	AveragePace           activity.Value `json:"average_pace"`            // s/km
	AverageElapsedPace    activity.Value `json:"average_elapsed_pace"`    // s/km
	MaxSpeed              activity.Value `json:"max_speed"`               // m/s
	GradeAdjustedDistance activity.Value `json:"grade_adjusted_distance"` // m
	TotalElevationGain    activity.Value `json:"total_elevation_gain"`    // m
	ElevLow               activity.Value `json:"elev_low"`                // m
	ElevHigh              activity.Value `json:"elev_high"`               // m
	Calories              activity.Value `json:"calories"`                // kcal
	Kilojoules            activity.Value `json:"kilojoules"`              // kJ
	AverageWatts          activity.Value `json:"average_watts"`           // W
	WeightedAverageWatts  activity.Value `json:"weighted_average_watts"`  // W
	DeviceWatts           *bool          `json:"device_watts"`            // true: measured, false: Strava's estimate
	AverageHeartrate      activity.Value `json:"average_heartrate"`       // bpm
	MaxHeartrate          activity.Value `json:"max_heartrate"`           // bpm
	AverageCadence        activity.Value `json:"average_cadence"`         // rpm

	Band         Band                      `json:"band"`
	Provenance   map[string]string         `json:"provenance"`
	Confidence   map[string]string         `json:"confidence"`
	TypicalError map[string]activity.Value `json:"typical_error"` // share that half of the recordings stay below
	Error90      map[string]activity.Value `json:"error_90"`      // share that nine of ten stay below

	// Only where they were asked for; then empty for none.
	SplitsMetric   []Split      `json:"splits_metric,omitzero"`
	SplitsStandard []Split      `json:"splits_standard,omitzero"`
	Laps           []SummaryLap `json:"laps,omitzero"`
	BestEfforts    []BestEffort `json:"best_efforts,omitzero"`
	Zones          []Zone       `json:"zones,omitzero"`
	Rests          []Rest       `json:"rests,omitzero"`
	Choices        []Choice     `json:"choices,omitzero"`
	Thresholds     []Threshold  `json:"thresholds,omitzero"`

	Findings []Finding `json:"findings"`

	explained  bool
	measuredOn string // day on which the confidence was measured, for people
}

// Band is the account that the file gives of itself: what the device or
// service claims, under the names of Strava's figures.
type Band struct {
	ElapsedTime        activity.Value `json:"elapsed_time"`         // s
	TimerTime          activity.Value `json:"timer_time"`           // s
	MovingTime         activity.Value `json:"moving_time"`          // s
	Distance           activity.Value `json:"distance"`             // m
	AverageSpeed       activity.Value `json:"average_speed"`        // m/s; distance over timer time where not claimed itself
	AveragePace        activity.Value `json:"average_pace"`         // s/km; its inverse
	MaxSpeed           activity.Value `json:"max_speed"`            // m/s
	TotalElevationGain activity.Value `json:"total_elevation_gain"` // m
	Calories           activity.Value `json:"calories"`             // kcal
	AverageHeartrate   activity.Value `json:"average_heartrate"`    // bpm
	MaxHeartrate       activity.Value `json:"max_heartrate"`        // bpm
	AverageCadence     activity.Value `json:"average_cadence"`      // rpm
	AverageWatts       activity.Value `json:"average_watts"`        // W
}

// Rest is a stretch that does not count as moving.
type Rest struct {
	Start       string  `json:"start"`        // RFC 3339, UTC
	ElapsedTime float64 `json:"elapsed_time"` // s
	Distance    float64 `json:"distance"`     // m, covered meanwhile
	Rule        string  `json:"rule"`         // why it counts as rest
}

// Finding is a coded observation about the file.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Line     *int   `json:"line"` // from 1
	Byte     *int64 `json:"byte"` // from 0
	Count    int    `json:"count"`
	Message  string `json:"message"`
	Fix      string `json:"fix"`
}

// NewSummary puts an activity and its recalculation into the form that users
// see. fileFindings are those about the file as a whole; zone, which may be
// nil, is the local time of files that name none.
func NewSummary(file string, index int, a *activity.Activity, r *recalc.Result, fileFindings []finding.Finding, zone *time.Location, explain bool) Summary {
	s := Summary{
		File: file, Activity: index, Format: a.Format,
		SportType: orNull(string(r.Sport)), StartDate: instant(r.Start), StartDateLocal: localInstant(r.Start, orZone(a.Zone, zone)),
		DeviceName:            orNull(deviceName(a)),
		ElapsedTime:           r.ElapsedTime,
		MovingTime:            r.MovingTime,
		Distance:              rounded(r.Distance, 2),
		AverageSpeed:          rounded(r.AverageSpeed, 4),
		AverageElapsedSpeed:   rounded(r.AverageElapsedSpeed, 4),
		AveragePace:           rounded(r.AveragePace, 2),
		AverageElapsedPace:    rounded(r.AverageElapsedPace, 2),
		MaxSpeed:              rounded(r.MaxSpeed, 3),
		GradeAdjustedDistance: rounded(r.GradeAdjustedDistance, 1),
		TotalElevationGain:    rounded(r.TotalElevationGain, 1),
		ElevLow:               rounded(r.ElevLow, 1),
		ElevHigh:              rounded(r.ElevHigh, 1),
		Calories:              rounded(r.Calories, 1),
		Kilojoules:            rounded(r.Kilojoules, 1),
		AverageWatts:          rounded(r.AverageWatts, 1),
		WeightedAverageWatts:  rounded(r.WeightedAverageWatts, 1),
		DeviceWatts:           measuredPower(r),
		AverageHeartrate:      rounded(r.AverageHeartrate, 1),
		MaxHeartrate:          rounded(r.MaxHeartrate, 1),
		AverageCadence:        rounded(r.AverageCadence, 1),
		Band:                  newBand(&a.Totals),
		Provenance:            map[string]string{},
		Confidence:            map[string]string{},
		TypicalError:          map[string]activity.Value{},
		Error90:               map[string]activity.Value{},
		Findings:              newFindings(fileFindings, a.Findings, r.Findings),
		explained:             explain,
		measuredOn:            r.MeasuredOn,
	}
	for f, rule := range r.Provenance {
		s.Provenance[string(f)] = rule
	}
	for f, c := range r.Confidence {
		s.Confidence[string(f)] = string(c)
	}
	for f, e := range r.Errors {
		s.TypicalError[string(f)], s.Error90[string(f)] = rounded(activity.Of(e.Median), 4), rounded(activity.Of(e.P90), 4)
	}
	s.addDetails(r)
	if explain {
		s.Rests, s.Choices, s.Thresholds = []Rest{}, []Choice{}, []Threshold{}
		s.addReasons(r)
	}
	for _, rest := range r.Rests {
		s.Rests = append(s.Rests, Rest{
			Start: stamp(rest.From), ElapsedTime: rest.Duration().Seconds(), Distance: rest.Metres, Rule: rest.Rule,
		})
	}
	return s
}

// measuredPower tells whether the power comes from a meter; nil where there is
// none.
func measuredPower(r *recalc.Result) *bool {
	if !r.AverageWatts.Known() {
		return nil
	}
	measured := !r.PowerEstimated
	return &measured
}

// approximate reports whether a figure rests on something that no file holds.
func (s *Summary) approximate(f recalc.Field) bool {
	return s.Confidence[string(f)] == string(recalc.Unknowable)
}

func newBand(t *activity.Totals) Band {
	b := Band{
		ElapsedTime:        rounded(t.ElapsedTime, 1),
		TimerTime:          rounded(t.TimerTime, 1),
		MovingTime:         rounded(t.MovingTime, 1),
		Distance:           rounded(t.Distance, 2),
		AverageSpeed:       rounded(t.AverageSpeed, 4),
		MaxSpeed:           rounded(t.MaxSpeed, 3),
		TotalElevationGain: rounded(t.Ascent, 1),
		Calories:           rounded(t.Calories, 1),
		AverageHeartrate:   rounded(t.AverageHeartRate, 1),
		MaxHeartrate:       rounded(t.MaxHeartRate, 1),
		AverageCadence:     rounded(t.AverageCadence, 1),
		AverageWatts:       rounded(t.AveragePower, 1),
	}
	d, hasDistance := t.Distance.Get()
	seconds, timed := t.TimerTime.Get()
	if !b.AverageSpeed.Known() && hasDistance && timed && d > 0 && seconds > 0 {
		b.AverageSpeed = rounded(activity.Of(d/seconds), 4)
	}
	if hasDistance && timed && d > 0 && seconds > 0 {
		b.AveragePace = rounded(activity.Of(seconds/d*1000), 2)
	}
	return b
}

// known reports whether the band claims anything that the table shows.
func (b *Band) known() bool {
	for _, v := range []activity.Value{
		b.ElapsedTime, b.TimerTime, b.MovingTime, b.Distance, b.AverageSpeed, b.TotalElevationGain, b.Calories,
		b.AverageHeartrate, b.MaxHeartrate,
	} {
		if v.Known() {
			return true
		}
	}
	return false
}

func newFindings(lists ...[]finding.Finding) []Finding {
	out := []Finding{}
	for _, list := range lists {
		for _, f := range list {
			out = append(out, NewFinding(f))
		}
	}
	return out
}

// NewFinding puts a finding into the form that users see.
func NewFinding(f finding.Finding) Finding {
	v := Finding{
		Code: string(f.Code), Severity: f.Severity.String(), Count: f.Count, Message: f.Message, Fix: f.Fix,
	}
	if f.Place.Line > 0 {
		v.Line = &f.Place.Line
	}
	if f.Place.HasByte {
		v.Byte = &f.Place.Byte
	}
	return v
}

// deviceName is the name of the device, or of the program that wrote the file.
func deviceName(a *activity.Activity) string {
	if a.Device.Name != "" {
		return a.Device.Name
	}
	return a.Creator
}

func orZone(z, other *time.Location) *time.Location {
	if z != nil {
		return z
	}
	return other
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

const stampLayout = "2006-01-02T15:04:05.999Z07:00"

// stamp writes an instant that is known, also one in the year 1, which a
// careless file can hold and which time.Time takes for none.
func stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}

func localInstant(t time.Time, zone *time.Location) *string {
	if t.IsZero() || zone == nil {
		return nil
	}
	s := t.In(zone).Format(stampLayout)
	return &s
}
