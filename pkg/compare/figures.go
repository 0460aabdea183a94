package compare

import (
	"fmt"
	"math"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
)

// maxSpeedCauses explains the fastest speed: Strava's is the fastest stretch of
// at least five seconds, a device's often its fastest sample.
func (e *explainer) maxSpeedCauses() []Cause {
	const text = "Strava's is the fastest stretch of five seconds, without jumps of the GPS"
	fastest, ok := e.ours.fastest.Get()
	if !ok || e.other != nil {
		return []Cause{{Kind: SpeedWindow, Text: text}}
	}
	return []Cause{{
		Kind: SpeedWindow, Amount: activity.Of(e.Ours.Result.MaxSpeed.Or(0) - fastest),
		Text: fmt.Sprintf("%s; the device's fastest sample is %s", text, e.units.amount(recalc.MaxSpeed, fastest)),
	}}
}

// gainCauses explains climbing. How a device counts it no file tells.
func (e *explainer) gainCauses() []Cause {
	if e.other == nil && e.ours.by(recalc.TotalElevationGain, ascentRule) {
		return []Cause{{Kind: DeviceKept, Amount: activity.Of(0), Text: "Strava takes the ascent of the device, which has a barometer"}}
	}
	if e.Ours.Result.Confidence[recalc.TotalElevationGain] == recalc.Unknowable {
		return []Cause{{Kind: AltitudeSource, Text: "Strava does not believe the altitudes of devices without a barometer and looks them up in a map of its own"}}
	}
	return []Cause{{Kind: AltitudeSource, Text: "Strava counts climbs of two metres and more after smoothing; the device has its own way"}}
}

// calorieCauses explains calories.
func (e *explainer) calorieCauses() []Cause {
	res := &e.Ours.Result
	kcal := res.Calories.Or(0)
	if e.ours.by(recalc.Calories, caloriesRule) {
		text := "Strava takes the calories that stand in the file"
		if e.other != nil || e.Band != nil && e.Band.Totals != e.Ours.Totals {
			text += "; whoever wrote it counted in another way than this account"
		}
		return []Cause{{Kind: DeviceKept, Amount: activity.Of(0), Text: text}}
	}
	text := "Strava counts by the work of the legs, which it measures or estimates; the band by pulse and movement"
	if kg, ok := e.Weight.Get(); ok && res.Sport.Family() != activity.RideFamily && kg > 0 {
		text = fmt.Sprintf("Strava counts by weight and distance alone: %.0f kcal for %.1f kg, %.1f kcal for each kilogram more; the band by pulse, age and movement", kcal, kg, kcal/kg)
	}
	out := []Cause{{Kind: CalorieModel, Text: text}}
	for _, f := range e.Ours.Findings {
		if f.Code == finding.TCXCaloriesPlace {
			out = append(out, Cause{Kind: DeviceKept, Text: "the file has calories where Strava does not look for them: outside the laps"})
		}
	}
	gad, flat := res.GradeAdjustedDistance.Or(0), res.Distance.Or(0)
	if e.other == nil && res.Sport.Family() == activity.RunFamily && gad > 0 && flat > 0 {
		out = append(out, Cause{
			Kind: GradeModel, Amount: activity.Of(kcal * (1 - flat/gad)),
			Text: fmt.Sprintf("up and down this counts as %s on the flat", e.units.distance(gad)),
		})
	}
	return out
}

// heartCauses explains the mean heart rate: Strava's is over the time in motion,
// each sample weighing as long as it lasted.
func (e *explainer) heartCauses() []Cause {
	if e.other != nil {
		return []Cause{{Kind: OtherSensor, Text: "two devices measured: on the wrist, on the arm or at the chest, by the second or by the minute"}}
	}
	ours, ok := e.Ours.Result.AverageHeartrate.Get()
	if !ok || !e.ours.heart.Known() || !e.ours.heartSamples.Known() {
		return nil
	}
	all, samples := e.ours.heart.Or(0), e.ours.heartSamples.Or(0)
	var out []Cause
	if d := ours - all; math.Abs(d) >= leastBeats {
		out = append(out, Cause{
			Kind: AverageOf, Amount: activity.Of(d),
			Text: fmt.Sprintf("Strava's mean leaves out the rest; over all of the recording it is %.0f bpm", all),
		})
	}
	if d := all - samples; math.Abs(d) >= leastBeats {
		out = append(out, Cause{
			Kind: Weighting, Amount: activity.Of(d),
			Text: fmt.Sprintf("Strava weighs samples by their time; the plain mean of the samples is %.0f bpm", samples),
		})
	}
	return out
}

// leastBeats is the smallest difference that is told of: figures are shown whole.
const leastBeats = 0.05

// cadenceCauses explains the mean cadence.
func (e *explainer) cadenceCauses() []Cause {
	if e.other != nil {
		return []Cause{{Kind: OtherSensor, Text: "two devices measured"}}
	}
	ours, ok := e.Ours.Result.AverageCadence.Get()
	all, known := e.ours.cadence.Get()
	if d := ours - all; ok && known && math.Abs(d) >= leastBeats {
		return []Cause{{
			Kind: AverageOf, Amount: activity.Of(d),
			Text: "Strava's mean is over the time in motion; a device takes the mean of its samples",
		}}
	}
	return nil
}
