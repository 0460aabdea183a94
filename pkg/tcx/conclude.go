package tcx

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

// lapGap is the least time between the end of a lap and the start of the next
// that is taken for a pause. Starts are whole seconds and lengths are not, so
// that smaller gaps are rounding.
const lapGap = 2500 * time.Millisecond

// longestLap bounds, in seconds, what a lap without a start of its own can move
// the next one by: a hundred years.
const longestLap = 100 * 365 * 24 * 3600

// conclude fills in what can be said only when all laps of the activity are
// read: its start, its totals and the pauses between laps.
func (d *decoder) conclude(id []byte, calories activity.Value, course bool) {
	a := d.act
	startLaps(a)
	a.Start = d.start(id)
	a.Zone = d.Local
	addLapPauses(a)
	a.Totals = sumTotals(a.Laps)
	if calories.Known() {
		d.Note(finding.TCXCaloriesPlace, func() string {
			if a.Totals.Calories.Known() {
				return calories.String() + " kcal in all, " + a.Totals.Calories.String() + " kcal in the laps"
			}
			return calories.String() + " kcal"
		})
		a.Totals.Calories = calories
	}
	switch {
	case len(a.Records) == 1:
		d.Note(finding.TCXOneTrackpoint, nil)
	case len(a.Records) == 0 && len(a.Laps) == 0 && !course:
		d.Note(finding.TCXNoLaps, nil)
	case len(a.Records) == 0:
		d.Note(finding.TCXNoTrackpoints, nil)
	}
	if a.Start.IsZero() {
		d.Note(finding.TCXNoStart, nil)
	}
	a.Findings = d.Found.Findings()
	d.act = nil
}

// startLaps gives laps that have no start that of their first trackpoint, else the
// end of the lap before.
func startLaps(a *activity.Activity) {
	for i := range a.Laps {
		l := &a.Laps[i]
		switch {
		case !l.Start.IsZero():
		case l.Records.Len() > 0:
			l.Start = time.UnixMilli(a.Records[l.Records.First].Time).UTC()
		case i > 0 && !a.Laps[i-1].Start.IsZero() && a.Laps[i-1].Totals.TimerTime.Known():
			l.Start = a.Laps[i-1].Start.Add(lapLength(&a.Laps[i-1]))
		}
	}
}

// lapLength returns how long the timer of a lap ran, as far as a lap can last; 0
// where it does not say.
func lapLength(l *activity.Lap) time.Duration {
	return time.Duration(min(l.Totals.TimerTime.Or(0), longestLap) * float64(time.Second))
}

// start returns the instant at which the workout began: that of the first lap,
// else the Id where it is a time, else that of the first trackpoint.
func (d *decoder) start(id []byte) time.Time {
	a := d.act
	if len(a.Laps) > 0 && !a.Laps[0].Start.IsZero() {
		return a.Laps[0].Start
	}
	if !lexical.IsBlank(id) {
		if _, ok := lexical.Time(id); ok {
			if ms, ok := d.Instant(id); ok {
				return time.UnixMilli(ms).UTC()
			}
		}
	}
	if len(a.Records) > 0 {
		return time.UnixMilli(a.Records[0].Time).UTC()
	}
	return time.Time{}
}

// addLapPauses adds the pauses between laps. A lap's TotalTimeSeconds is the time
// of its timer; what is missing to the start of the next lap, and is not
// explained by the pauses between the tracks of the lap, was a pause. It is
// recorded only where no trackpoint stands in it.
func addLapPauses(a *activity.Activity) {
	var pauses []activity.Pause
	k := 0
	for i := range a.Laps {
		lap := &a.Laps[i]
		var within time.Duration
		for k < len(a.Pauses) && a.Pauses[k].Next < lap.Records.End {
			within += a.Pauses[k].Duration()
			pauses = append(pauses, a.Pauses[k])
			k++
		}
		seconds, timed := lap.Totals.TimerTime.Get()
		if i+1 == len(a.Laps) || !timed || lap.Start.IsZero() || a.Laps[i+1].Start.IsZero() {
			continue
		}
		next := &a.Laps[i+1]
		missing := next.Start.Sub(lap.Start) - time.Duration(seconds*float64(time.Second)) - within
		if missing < lapGap || lap.Records.Len() == 0 || next.Records.Len() == 0 {
			continue
		}
		from := time.UnixMilli(a.Records[lap.Records.End-1].Time).UTC()
		to := time.UnixMilli(a.Records[next.Records.First].Time).UTC()
		if to.Sub(from) < missing-lapGap {
			continue // trackpoints stand in the gap: the pause was elsewhere in the lap
		}
		pauses = append(pauses, activity.Pause{From: from, To: to, Next: next.Records.First, Source: activity.PauseLap})
	}
	a.Pauses = pauses
}

// sumTotals adds up the laps' own accounts. A figure that some lap with a
// duration lacks is still summed: exporters leave out zeros.
func sumTotals(laps []activity.Lap) activity.Totals {
	var t activity.Totals
	var heart, cadence, power weighted
	for i := range laps {
		l := &laps[i].Totals
		t.TimerTime = t.TimerTime.Plus(l.TimerTime)
		t.Distance = t.Distance.Plus(l.Distance)
		t.Calories = t.Calories.Plus(l.Calories)
		t.Steps = t.Steps.Plus(l.Steps)
		t.MaxSpeed = t.MaxSpeed.Max(l.MaxSpeed)
		t.MaxHeartRate = t.MaxHeartRate.Max(l.MaxHeartRate)
		t.MaxCadence = t.MaxCadence.Max(l.MaxCadence)
		t.MaxPower = t.MaxPower.Max(l.MaxPower)
		heart.add(l.AverageHeartRate, l.TimerTime)
		cadence.add(l.AverageCadence, l.TimerTime)
		power.add(l.AveragePower, l.TimerTime)
	}
	t.AverageHeartRate, t.AverageCadence, t.AveragePower = heart.mean(), cadence.mean(), power.mean()
	if len(laps) == 1 {
		t.AverageSpeed = laps[0].Totals.AverageSpeed
	}
	return t
}

// weighted is a mean over laps, weighted by their duration.
type weighted struct{ sum, weight float64 }

func (w *weighted) add(v, duration activity.Value) {
	if x, ok := v.Get(); ok {
		d := duration.Or(1)
		w.sum += x * d
		w.weight += d
	}
}

func (w *weighted) mean() activity.Value {
	if w.weight <= 0 {
		return activity.Value{}
	}
	return activity.Of(w.sum / w.weight)
}
