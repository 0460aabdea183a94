package tcx

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/xmltrack"
	"github.com/bandport/bandport/pkg/internal/xmlwrite"
)

// EncodeOptions change how a file is written. The zero value keeps to the
// schemas.
type EncodeOptions struct {
	// Strava writes the sports that Strava reads and the schema does not have
	// (Walking, Hiking, Swimming), and leaves out the calories of laps that have
	// none, which the schema demands: Strava then counts them itself.
	Strava bool
}

// Project returns the workouts as [Decode] will read them from what [Encode]
// writes: what TCX can hold of them. The activities that are passed stay as they
// are, and share nothing with those that are returned.
//
// TCX holds laps, whether or not they have trackpoints, and whatever Garmin's
// schemas name of laps and trackpoints: no temperature, no ascent, no title, no
// local time, no other streams, and of sports two and the rest. What it says of
// the whole workout is the sum of its laps. Where the schemas demand a figure of
// a lap that the workout does not have, it is computed from the trackpoints or
// taken from the workout as a whole, else 0.
//
// A pause is a new track within a lap, or time between two laps. Where the lap
// after a pause began before its end, it begins at its first trackpoint.
//
// An error is a [finding.Failure]: [finding.ConvertEmpty] where a workout has no
// time.
func Project(acts []activity.Activity, o EncodeOptions) ([]activity.Activity, error) {
	out := make([]activity.Activity, len(acts))
	for i := range acts {
		var ok bool
		if out[i], ok = project(&acts[i], o); !ok {
			return nil, finding.Fail(finding.ConvertEmpty, finding.Place{}, "TCX wants the time at which the workout began", nil)
		}
		out[i].Creator = out[0].Creator
	}
	return out, nil
}

func project(a *activity.Activity, o EncodeOptions) (activity.Activity, bool) {
	out := activity.Activity{
		Format: "tcx", RawSport: sportWord(a.Sport, o), Notes: xmlwrite.Clean(a.Notes, xmltrack.MaxText),
		Creator: xmlwrite.Clean(a.Creator, xmltrack.MaxText), Device: device(&a.Device),
	}
	out.Sport = sportOf(out.RawSport)

	at := addRecords(&out, a)
	if len(a.Laps) > 0 {
		out.Laps = make([]activity.Lap, len(a.Laps))
		for i := range a.Laps {
			l := &a.Laps[i]
			out.Laps[i] = activity.Lap{Start: l.Start, Totals: l.Totals, Trigger: trigger(l.Trigger), Intensity: intensity(l.Intensity)}
		}
	} else {
		out.Laps = []activity.Lap{{Start: a.Start, Totals: a.Totals, Trigger: trigger(""), Intensity: intensity("")}}
	}
	shareRecords(&out, a, at)
	if out.Laps[0].Start.IsZero() && out.Laps[0].Records.Len() == 0 {
		out.Laps[0].Start = a.Start
	}
	startLaps(&out)
	for i := range out.Laps {
		l := &out.Laps[i]
		if l.Start.IsZero() && i > 0 {
			l.Start = out.Laps[i-1].Start
		}
		if l.Start.IsZero() {
			return out, false
		}
		l.Start = time.UnixMilli(l.Start.UnixMilli()).UTC() // as it is written
	}
	paused := addTracks(&out, a, at)
	delayLaps(&out, paused)
	shareCalories(&out, a, o)
	for i := range out.Laps {
		completeLap(&out, a, i, paused, o)
	}
	out.Start = out.Laps[0].Start
	addLapPauses(&out)
	out.Totals = sumTotals(out.Laps)
	return out, true
}

// addRecords adds what TCX can hold of the records, and returns where each went:
// at[i] is the number of those before record i that were kept.
func addRecords(out, a *activity.Activity) (at []int) {
	at = make([]int, len(a.Records)+1)
	out.Records = make([]activity.Record, 0, len(a.Records))
	for i := range a.Records {
		at[i] = len(out.Records)
		r := a.Records[i]
		if xmltrack.Fit(&r) {
			xmltrack.Clear(&r, ^activity.Temperature)
			out.Records = append(out.Records, r)
		}
	}
	at[len(a.Records)] = len(out.Records)
	if len(out.Records) == 0 {
		out.Records = nil
	}
	return at
}

// shareRecords gives every record to a lap: each lap has those from its first to
// that of the next.
func shareRecords(out, a *activity.Activity, at []int) {
	n := len(out.Laps)
	for i := range out.Laps {
		first := 0
		if i > 0 {
			first = min(max(a.Laps[i].Records.First, 0), len(a.Records))
			first = max(at[first], out.Laps[i-1].Records.First)
			out.Laps[i-1].Records.End = first
		}
		out.Laps[i].Records.First = first
	}
	out.Laps[n-1].Records.End = len(out.Records)
}

// addTracks cuts the laps into tracks. It returns before which records the
// recording was paused.
func addTracks(out, a *activity.Activity, at []int) (paused map[int]bool) {
	paused = map[int]bool{}
	for i := range a.Pauses {
		if next := a.Pauses[i].Next; next > 0 && next < len(a.Records) {
			paused[at[next]] = true
		}
	}
	cuts := xmltrack.Cuts(a)
	for i, c := range cuts {
		cuts[i] = at[c]
	}
	cuts = xmltrack.Inside(cuts, len(out.Records))
	for i := range out.Laps {
		lap := out.Laps[i].Records
		first := lap.First
		for len(cuts) > 0 && cuts[0] < lap.End {
			if cuts[0] > first {
				addTrack(out, first, cuts[0], first > lap.First)
				first = cuts[0]
			}
			cuts = cuts[1:]
		}
		if lap.End > first {
			addTrack(out, first, lap.End, first > lap.First)
		}
	}
	return paused
}

// gapBefore returns the pause between a lap and the next, by the trackpoints
// beside it; 0 where there is none.
func gapBefore(out *activity.Activity, next int, paused map[int]bool) time.Duration {
	first := out.Laps[next].Records.First
	if !paused[first] || first == 0 || out.Laps[next].Records.Len() == 0 || out.Laps[next-1].Records.Len() == 0 {
		return 0
	}
	return time.Duration(out.Records[first].Time-out.Records[first-1].Time) * time.Millisecond
}

// within returns the pauses between the tracks of a lap.
func within(out *activity.Activity, lap activity.Span) (d time.Duration) {
	for i := range out.Pauses {
		if p := &out.Pauses[i]; p.Next > lap.First && p.Next < lap.End {
			d += p.Duration()
		}
	}
	return d
}

// delayLaps lets a lap begin at its first trackpoint where a pause lies before
// that and the times of the laps would not show it: devices begin the new lap
// when the button is pressed, which can be long before they go on.
func delayLaps(out *activity.Activity, paused map[int]bool) {
	for i := 1; i < len(out.Laps); i++ {
		lap, next := &out.Laps[i-1], &out.Laps[i]
		gap := gapBefore(out, i, paused)
		if gap < lapGap || !lap.Totals.TimerTime.Known() {
			continue
		}
		end := lap.Start.Add(lapLength(lap) + within(out, lap.Records))
		begins := time.UnixMilli(out.Records[next.Records.First].Time).UTC()
		if next.Start.Sub(end) < lapGap && begins.After(next.Start) {
			next.Start = begins
		}
	}
}

// mostCalories is what the schema's type of them can hold.
const mostCalories = 65535

// shareCalories puts the calories of the workout on its laps, by their length,
// where no lap has any: the laps are where they stand in TCX. For Strava, which
// adds up the laps, the longest lap takes what is missing to those of the workout.
func shareCalories(out, a *activity.Activity, o EncodeOptions) {
	all, ok := a.Totals.Calories.Round(0).Get()
	if !ok || all < 0 {
		return
	}
	var sum, laps float64
	some, longest := false, 0
	for i := range out.Laps {
		kcal := out.Laps[i].Totals.Calories
		some, laps = some || kcal.Known(), laps+kcal.Round(0).Or(0)
		if lapLength(&out.Laps[i]) > lapLength(&out.Laps[longest]) {
			longest = i
		}
		sum += lapLength(&out.Laps[i]).Seconds()
	}
	if some {
		kcal := &out.Laps[longest].Totals.Calories
		if left := kcal.Round(0).Or(0) + all - laps; o.Strava && laps != all && left >= 0 && left <= mostCalories {
			*kcal = activity.Of(left)
		}
		return
	}
	var so, given float64
	for i := range out.Laps {
		share := all - given // of the last
		if i+1 < len(out.Laps) {
			if so += lapLength(&out.Laps[i]).Seconds(); sum > 0 {
				share = math.Round(all*so/sum) - given
			} else {
				share = 0
			}
		}
		given += share
		out.Laps[i].Totals.Calories = activity.Of(share)
	}
}

// completeLap keeps what the schemas have of a lap's figures and fills in what
// they demand.
func completeLap(out, a *activity.Activity, i int, paused map[int]bool, o EncodeOptions) {
	const most = mostCalories
	l := &out.Laps[i]
	t := l.Totals
	l.Totals = activity.Totals{
		TimerTime: t.TimerTime, Distance: t.Distance, MaxSpeed: t.MaxSpeed, AverageSpeed: t.AverageSpeed,
		Calories: xmltrack.Whole(t.Calories, 0, most), Steps: xmltrack.Whole(t.Steps, 0, most),
		AverageHeartRate: xmltrack.HeartRateOf(t.AverageHeartRate), MaxHeartRate: xmltrack.HeartRateOf(t.MaxHeartRate),
		AverageCadence: xmltrack.CadenceOf(t.AverageCadence), MaxCadence: xmltrack.CadenceOf(t.MaxCadence),
		AveragePower: xmltrack.PowerOf(t.AveragePower), MaxPower: xmltrack.PowerOf(t.MaxPower),
	}
	t = l.Totals
	if v, ok := t.TimerTime.Get(); !ok || v < 0 {
		l.Totals.TimerTime = timer(out, a, i, paused)
	}
	if !t.Distance.Known() {
		l.Totals.Distance = activity.Of(distance(out, i))
	}
	if !t.Calories.Known() && !o.Strava {
		l.Totals.Calories = activity.Of(0)
	}
}

// timer returns for how long a lap was recorded: up to the next, or to the last
// trackpoint, without the pauses.
func timer(out, a *activity.Activity, i int, paused map[int]bool) activity.Value {
	l := &out.Laps[i]
	end := l.Start
	switch {
	case i+1 < len(out.Laps):
		end = out.Laps[i+1].Start.Add(-gapBefore(out, i+1, paused))
	case l.Records.Len() > 0:
		end = time.UnixMilli(out.Records[l.Records.End-1].Time)
	case a.Totals.ElapsedTime.Known() && !a.Start.IsZero():
		end = a.Start.Add(time.Duration(min(a.Totals.ElapsedTime.Or(0), longestLap) * float64(time.Second)))
	}
	return activity.Of(max((end.Sub(l.Start) - within(out, l.Records)).Seconds(), 0))
}

// distance returns what the trackpoints of a lap say of its distance: how far the
// last was from the last before the lap; 0 where they say nothing.
func distance(out *activity.Activity, i int) float64 {
	lap := out.Laps[i].Records
	var from, to activity.Value
	for k := lap.First - 1; k >= 0 && !from.Known(); k-- {
		if r := &out.Records[k]; r.Has&activity.Distance != 0 {
			from = activity.Of(r.Distance)
		}
	}
	for k := lap.First; k < lap.End; k++ {
		if r := &out.Records[k]; r.Has&activity.Distance != 0 {
			if to = activity.Of(r.Distance); !from.Known() {
				from = to
			}
		}
	}
	if !to.Known() {
		return 0
	}
	return max(to.Or(0)-from.Or(0), 0)
}

// sportWord returns the word for a sport. The schema has three.
func sportWord(s activity.Sport, o EncodeOptions) string {
	switch s.Family() {
	case activity.RunFamily:
		return "Running"
	case activity.RideFamily:
		return "Biking"
	case activity.WalkFamily:
		if o.Strava && s == activity.Hike {
			return "Hiking"
		}
		if o.Strava {
			return "Walking"
		}
	case activity.SwimFamily:
		if o.Strava {
			return "Swimming"
		}
	}
	return "Other"
}

// trigger returns the schema's word for what ended a lap.
func trigger(word string) string {
	switch strings.ToLower(word) {
	case "distance":
		return "Distance"
	case "location", "position_start", "position_lap", "position_waypoint", "position_marked":
		return "Location"
	case "time":
		return "Time"
	case "heartrate":
		return "HeartRate"
	}
	return "Manual"
}

// intensity returns the schema's word for how hard a lap was.
func intensity(word string) string {
	switch strings.ToLower(word) {
	case "resting", "rest", "recovery":
		return "Resting"
	}
	return "Active"
}

// device keeps what the schema has of a device. Without a name there is none.
func device(d *activity.Device) activity.Device {
	out := activity.Device{Name: xmlwrite.Clean(d.Name, xmltrack.MaxText)}
	if d.Product > 0 && d.Product <= 65535 {
		out.Product = d.Product
	}
	if n, err := strconv.ParseUint(d.Serial, 10, 32); err == nil && n > 0 {
		out.Serial = strconv.FormatUint(n, 10)
	}
	if major, minor, ok := version(d.Version); ok {
		out.Version = major + "." + minor
	}
	return out
}

// version takes a version apart; ok is false where the schema cannot hold it.
func version(v string) (major, minor string, ok bool) {
	major, minor, _ = strings.Cut(v, ".")
	if minor == "" {
		minor = "0"
	}
	for _, part := range []string{major, minor} {
		if _, err := strconv.ParseUint(part, 10, 16); err != nil {
			return "", "", false
		}
	}
	return major, minor, major+minor != "00"
}
