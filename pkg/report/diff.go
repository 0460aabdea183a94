package report

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
)

// Results of a comparison. They are stable.
const (
	DiffSame      = "same"      // within the tolerance
	DiffDifferent = "different" // beyond it
	DiffUnmatched = "unmatched" // one side does not have this workout
	DiffUnknown   = "unknown"   // no figure stands on both sides
)

// Diff is what `bandport diff` tells of one workout.
type Diff struct {
	File      string  `json:"file"`     // as the user named it; of what has no partner, the other side's
	Activity  int     `json:"activity"` // index in the file, from 0
	Result    string  `json:"result"`
	Format    string  `json:"format"`
	SportType *string `json:"sport_type"`
	StartDate *string `json:"start_date"` // RFC 3339, UTC
	Name      *string `json:"name"`

	With   DiffSide `json:"with"`   // whose figures stand under "band"
	Strava DiffSide `json:"strava"` // where Strava's own figures come from

	Figures  DiffFigures `json:"figures"`
	Findings []Finding   `json:"findings"`
}

// DiffSide says where the figures of a side come from.
type DiffSide struct {
	Kind       string         `json:"kind"`        // own, figures, archive, recording, export; none
	File       *string        `json:"file"`        // null where they were typed, or there are none
	Activity   *int           `json:"activity"`    // index in that file, from 0
	StartDate  *string        `json:"start_date"`  // RFC 3339, UTC
	ClockShift activity.Value `json:"clock_shift"` // s by which its clock is ahead
}

// Kinds of a side.
const (
	SideNone      = "none"      // nobody
	SideOwn       = "own"       // the file's own totals
	SideFigures   = "figures"   // typed on the command line
	SideArchive   = "archive"   // a vendor's archive
	SideRecording = "recording" // another recording of the workout
	SideExport    = "export"    // Strava's own archive, or its API
)

// DiffFigures are the figures that are compared, under the names of the summary.
type DiffFigures struct {
	MovingTime         DiffFigure `json:"moving_time"`          // s
	ElapsedTime        DiffFigure `json:"elapsed_time"`         // s
	Distance           DiffFigure `json:"distance"`             // m
	AveragePace        DiffRate   `json:"average_pace"`         // s/km
	AverageElapsedPace DiffRate   `json:"average_elapsed_pace"` // s/km
	AverageSpeed       DiffRate   `json:"average_speed"`        // m/s
	MaxSpeed           DiffFigure `json:"max_speed"`            // m/s
	TotalElevationGain DiffFigure `json:"total_elevation_gain"` // m
	Calories           DiffFigure `json:"calories"`             // kcal
	AverageHeartrate   DiffFigure `json:"average_heartrate"`    // bpm
	MaxHeartrate       DiffFigure `json:"max_heartrate"`        // bpm
	AverageCadence     DiffFigure `json:"average_cadence"`      // rpm
}

// DiffFigure is one figure of both sides; all of it in the unit of the figure.
type DiffFigure struct {
	Band         activity.Value `json:"band"`
	Recalculated activity.Value `json:"recalculated"`
	Strava       activity.Value `json:"strava"`
	Difference   activity.Value `json:"difference"`
	Causes       []DiffCause    `json:"causes"`
	Remainder    activity.Value `json:"remainder"`
	Text         *string        `json:"text"`
}

// DiffRate is a pace or a speed, with what each side divides by.
type DiffRate struct {
	Band         activity.Value `json:"band"`
	Recalculated activity.Value `json:"recalculated"`
	Strava       activity.Value `json:"strava"`
	Difference   activity.Value `json:"difference"`
	Causes       []DiffCause    `json:"causes"`
	Remainder    activity.Value `json:"remainder"`
	Text         *string        `json:"text"`

	BandDivisor DiffDivisor `json:"band_divisor"`
	Divisor     DiffDivisor `json:"divisor"`
}

// DiffDivisor is what a pace or speed is reckoned over.
type DiffDivisor struct {
	Name   *string        `json:"name"`
	Time   activity.Value `json:"time"`     // s
	Metres activity.Value `json:"distance"` // m
}

// DiffCause is a cause of a difference.
type DiffCause struct {
	Kind      string         `json:"kind"`
	Amount    activity.Value `json:"amount"` // by which Strava's figure is larger for it
	Text      string         `json:"text"`
	Stretches []DiffStretch  `json:"stretches"`
}

// DiffStretch is a pause or a rest.
type DiffStretch struct {
	Start       string  `json:"start"`        // RFC 3339, UTC
	ElapsedTime float64 `json:"elapsed_time"` // s
}

// DiffInput is what a Diff is made of.
type DiffInput struct {
	File     string
	Activity int
	Result   string
	Format   string
	Sport    activity.Sport
	Start    time.Time
	Name     string
	With     DiffSide
	Strava   DiffSide
	Compared *compare.Comparison // nil for what has no partner
	Findings []finding.Finding
}

// NewDiff puts a comparison into the form that users see.
func NewDiff(in DiffInput) Diff {
	d := Diff{
		File: in.File, Activity: in.Activity, Result: in.Result, Format: in.Format, SportType: orNull(string(in.Sport)),
		StartDate: instant(in.Start), Name: orNull(in.Name), With: in.With, Strava: in.Strava, Findings: newFindings(in.Findings),
	}
	if d.With.Kind == "" {
		d.With.Kind = SideNone
	}
	if d.Strava.Kind == "" {
		d.Strava.Kind = SideNone
	}
	c := in.Compared
	if c == nil {
		c = &compare.Comparison{}
	}
	f := &d.Figures
	f.MovingTime = newDiffFigure(c.Get(recalc.MovingTime), 1)
	f.ElapsedTime = newDiffFigure(c.Get(recalc.ElapsedTime), 1)
	f.Distance = newDiffFigure(c.Get(recalc.Distance), 2)
	f.AveragePace = newDiffRate(c.Get(recalc.AveragePace), 2)
	f.AverageElapsedPace = newDiffRate(c.Get(recalc.AverageElapsedPace), 2)
	f.AverageSpeed = newDiffRate(c.Get(recalc.AverageSpeed), 4)
	f.MaxSpeed = newDiffFigure(c.Get(recalc.MaxSpeed), 3)
	f.TotalElevationGain = newDiffFigure(c.Get(recalc.TotalElevationGain), 1)
	f.Calories = newDiffFigure(c.Get(recalc.Calories), 1)
	f.AverageHeartrate = newDiffFigure(c.Get(recalc.AverageHeartrate), 2)
	f.MaxHeartrate = newDiffFigure(c.Get(recalc.MaxHeartrate), 1)
	f.AverageCadence = newDiffFigure(c.Get(recalc.AverageCadence), 2)
	return d
}

// NewDiffSide describes a side that is a workout of a file.
func NewDiffSide(kind, file string, index int, start time.Time, shift time.Duration) DiffSide {
	return DiffSide{Kind: kind, File: orNull(file), Activity: &index, StartDate: instant(start), ClockShift: activity.Of(shift.Seconds())}
}

func newDiffFigure(f *compare.Figure, decimals int) DiffFigure {
	if f == nil {
		return DiffFigure{Causes: []DiffCause{}}
	}
	v := DiffFigure{
		Band: rounded(f.Band, decimals), Recalculated: rounded(f.Recalculated, decimals), Strava: rounded(f.Strava, decimals),
		Difference: rounded(f.Difference, decimals), Remainder: rounded(f.Remainder, decimals), Text: orNull(f.Text), Causes: []DiffCause{},
	}
	for _, c := range f.Causes {
		cause := DiffCause{Kind: string(c.Kind), Amount: rounded(c.Amount, decimals), Text: c.Text, Stretches: []DiffStretch{}}
		for _, s := range c.Stretches {
			cause.Stretches = append(cause.Stretches, DiffStretch{Start: stamp(s.From), ElapsedTime: s.Duration().Seconds()})
		}
		v.Causes = append(v.Causes, cause)
	}
	return v
}

func newDiffRate(f *compare.Figure, decimals int) DiffRate {
	v := newDiffFigure(f, decimals)
	r := DiffRate{
		Band: v.Band, Recalculated: v.Recalculated, Strava: v.Strava, Difference: v.Difference, Causes: v.Causes, Remainder: v.Remainder, Text: v.Text,
	}
	if f != nil {
		r.BandDivisor, r.Divisor = newDivisor(f.BandDivisor), newDivisor(f.Divisor)
	}
	return r
}

func newDivisor(d *compare.Divisor) DiffDivisor {
	if d == nil || !d.Seconds.Known() {
		return DiffDivisor{}
	}
	return DiffDivisor{Name: orNull(d.Name), Time: rounded(d.Seconds, 1), Metres: rounded(d.Metres, 2)}
}

// figure returns the figure without its divisors.
func (r *DiffRate) figure() DiffFigure {
	return DiffFigure{
		Band: r.Band, Recalculated: r.Recalculated, Strava: r.Strava, Difference: r.Difference, Causes: r.Causes, Remainder: r.Remainder, Text: r.Text,
	}
}
