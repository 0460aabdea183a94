package report

import (
	"math"
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
	AverageHeartrate      activity.Value `json:"average_heartrate"`       // bpm
	MaxHeartrate          activity.Value `json:"max_heartrate"`           // bpm
	AverageCadence        activity.Value `json:"average_cadence"`         // rpm

	Band       Band              `json:"band"`
	Provenance map[string]string `json:"provenance"`
	Confidence map[string]string `json:"confidence"`
	Rests      []Rest            `json:"rests,omitempty"`
	Findings   []Finding         `json:"findings"`

	explained bool
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
	Start       string  `json:"start"` // RFC 3339, UTC
	ElapsedTime float64 `json:"elapsed_time"`
	Distance    float64 `json:"distance"`
	Rule        string  `json:"rule"`
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
		Distance:              r.Distance.Round(2),
		AverageSpeed:          r.AverageSpeed.Round(4),
		AverageElapsedSpeed:   r.AverageElapsedSpeed.Round(4),
		AveragePace:           r.AveragePace.Round(2),
		AverageElapsedPace:    r.AverageElapsedPace.Round(2),
		MaxSpeed:              r.MaxSpeed.Round(3),
		GradeAdjustedDistance: r.GradeAdjustedDistance.Round(1),
		TotalElevationGain:    r.TotalElevationGain.Round(1),
		ElevLow:               r.ElevLow.Round(1),
		ElevHigh:              r.ElevHigh.Round(1),
		Calories:              r.Calories.Round(1),
		Kilojoules:            r.Kilojoules.Round(1),
		AverageWatts:          r.AverageWatts.Round(1),
		WeightedAverageWatts:  r.WeightedAverageWatts.Round(1),
		AverageHeartrate:      r.AverageHeartrate.Round(1),
		MaxHeartrate:          r.MaxHeartrate,
		AverageCadence:        r.AverageCadence.Round(1),
		Band:                  newBand(&a.Totals),
		Provenance:            map[string]string{},
		Confidence:            map[string]string{},
		Findings:              newFindings(fileFindings, a.Findings, r.Findings),
		explained:             explain,
	}
	for f, rule := range r.Provenance {
		s.Provenance[string(f)] = rule
	}
	for f, c := range r.Confidence {
		s.Confidence[string(f)] = string(c)
	}
	for _, rest := range r.Rests {
		s.Rests = append(s.Rests, Rest{
			Start: *instant(rest.From), ElapsedTime: rest.Duration().Seconds(), Distance: rest.Metres, Rule: rest.Rule,
		})
	}
	return s
}

func newBand(t *activity.Totals) Band {
	b := Band{
		ElapsedTime:        t.ElapsedTime.Round(1),
		TimerTime:          t.TimerTime.Round(1),
		MovingTime:         t.MovingTime.Round(1),
		Distance:           t.Distance.Round(2),
		AverageSpeed:       t.AverageSpeed.Round(4),
		MaxSpeed:           t.MaxSpeed.Round(3),
		TotalElevationGain: t.Ascent.Round(1),
		Calories:           t.Calories.Round(1),
		AverageHeartrate:   t.AverageHeartRate.Round(1),
		MaxHeartrate:       t.MaxHeartRate,
		AverageCadence:     t.AverageCadence.Round(1),
		AverageWatts:       t.AveragePower.Round(1),
	}
	d, hasDistance := t.Distance.Get()
	seconds, timed := t.TimerTime.Get()
	if !b.AverageSpeed.Known() && hasDistance && timed && d > 0 && seconds > 0 {
		b.AverageSpeed = activity.Of(d / seconds).Round(4)
	}
	if hasDistance && timed && d > 0 && seconds > 0 {
		b.AveragePace = activity.Of(seconds / d * 1000).Round(2)
	}
	return b
}

// known reports whether the band claims anything at all.
func (b *Band) known() bool {
	for _, v := range []activity.Value{b.ElapsedTime, b.TimerTime, b.MovingTime, b.Distance, b.Calories, b.AverageHeartrate, b.MaxHeartrate} {
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

func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(stampLayout)
	return &s
}

func localInstant(t time.Time, zone *time.Location) *string {
	if t.IsZero() || zone == nil {
		return nil
	}
	s := t.In(zone).Format(stampLayout)
	return &s
}

// seconds returns a duration in whole seconds, for display.
func seconds(v activity.Value) (int, bool) {
	f, ok := v.Get()
	return int(math.Floor(f)), ok
}
