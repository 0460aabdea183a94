package xmltrack

import (
	"math"
	"slices"

	"github.com/bandport/bandport/pkg/activity"
)

// The ranges of Garmin's schemas for what stands in whole numbers.
const (
	leastHeartRate = 1
	mostHeartRate  = 255
	mostCadence    = 254
	mostPower      = 65535
)

// Fit makes of a record what TCX and GPX can hold: whole heart rates, cadences
// and powers within the ranges of the schemas, and numbers that are ones. What
// does not fit is missing afterwards. It reports whether anything is left: a
// record without a time is none.
func Fit(r *activity.Record) bool {
	if r.Has&activity.Time == 0 || r.Time < firstYear || r.Time >= lastYear {
		return false
	}
	drop := func(f activity.Fields, no bool) {
		if no {
			r.Has &^= f
		}
	}
	drop(activity.Position, !(math.Abs(r.Lat) <= 90 && math.Abs(r.Lon) <= 180) || r.Lat == 0 && r.Lon == 0)
	drop(activity.Altitude, !(r.Altitude >= lowestAltitude && r.Altitude <= highestAltitude))
	drop(activity.Distance, !finite(r.Distance))
	drop(activity.Speed, !(r.Speed >= 0 && finite(float64(r.Speed))))
	drop(activity.Temperature, !finite(float64(r.Temperature)))
	whole := func(v *float32, f activity.Fields, least, most float32) {
		*v = float32(math.Round(float64(*v)))
		drop(f, !(*v >= least && *v <= most))
	}
	whole(&r.HeartRate, activity.HeartRate, leastHeartRate, mostHeartRate)
	whole(&r.Cadence, activity.Cadence, 0, mostCadence)
	whole(&r.Power, activity.Power, 0, mostPower)
	Clear(r, r.Has)
	return true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Clear keeps the given fields of a record. The others become missing, and 0.
func Clear(r *activity.Record, keep activity.Fields) {
	if r.Has &= keep; r.Has&activity.Position == 0 {
		r.Lat, r.Lon = 0, 0
	}
	if r.Has&activity.Altitude == 0 {
		r.Altitude = 0
	}
	if r.Has&activity.Distance == 0 {
		r.Distance = 0
	}
	if r.Has&activity.Speed == 0 {
		r.Speed = 0
	}
	if r.Has&activity.HeartRate == 0 {
		r.HeartRate = 0
	}
	if r.Has&activity.Cadence == 0 {
		r.Cadence = 0
	}
	if r.Has&activity.Power == 0 {
		r.Power = 0
	}
	if r.Has&activity.Temperature == 0 {
		r.Temperature = 0
	}
}

// Whole returns a figure that a schema holds as a whole number within a range;
// nothing where it is outside.
func Whole(v activity.Value, least, most float64) activity.Value {
	n, ok := v.Round(0).Get()
	if !ok || n < least || n > most {
		return activity.Value{}
	}
	return activity.Of(n)
}

// HeartRateOf is [Whole] for heart rates, CadenceOf and PowerOf for cadences and
// powers.
func HeartRateOf(v activity.Value) activity.Value { return Whole(v, leastHeartRate, mostHeartRate) }

// CadenceOf is [Whole] for cadences.
func CadenceOf(v activity.Value) activity.Value { return Whole(v, 0, mostCadence) }

// PowerOf is [Whole] for powers.
func PowerOf(v activity.Value) activity.Value { return Whole(v, 0, mostPower) }

// Cuts returns where the recording is interrupted: the indices of records before
// which something ends that the file tells, a pause or a track. The start of a
// lap is none, though TCX begins a track there. Indices are sorted, none is
// twice, and none is 0 or behind the last record.
func Cuts(a *activity.Activity) []int {
	laps := make(map[int]bool, len(a.Laps))
	for i := range a.Laps {
		laps[a.Laps[i].Records.First] = true
	}
	var cuts []int
	for i := range a.Pauses {
		cuts = append(cuts, a.Pauses[i].Next)
	}
	for _, t := range a.Tracks {
		if !laps[t.First] {
			cuts = append(cuts, t.First)
		}
	}
	return Inside(cuts, len(a.Records))
}

// Inside sorts indices and keeps those that divide n records.
func Inside(cuts []int, n int) []int {
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	return slices.DeleteFunc(cuts, func(c int) bool { return c <= 0 || c >= n })
}
