package gpx

import (
	"strconv"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/xmltrack"
	"github.com/bandport/bandport/pkg/internal/xmlwrite"
)

// nobody stands for what wrote a workout of which that is not known: GPX wants
// a name.
const nobody = "bandport"

// Project returns the workouts as [Decode] will read them from what [Encode]
// writes: what GPX can hold of them. The activities that are passed stay as they
// are, and share nothing with those that are returned.
//
// GPX holds trackpoints with a position, their segments, the title, the
// description, the sport and the name of the device; of the totals those of
// Garmin's TrackStatsExtension; and one name of what wrote the file, that of the
// first workout. It holds no laps, no times of pauses beyond those of the points
// beside them, no local time, and no other streams.
//
// An error is a [finding.Failure]: [finding.ConvertEmpty] where a workout has no
// trackpoint with a position, [finding.ConvertTogether] where the times of two
// overlap, which GPX cannot tell from one workout.
func Project(acts []activity.Activity) ([]activity.Activity, error) {
	out := make([]activity.Activity, len(acts))
	for i := range acts {
		if out[i] = project(&acts[i]); len(out[i].Records) == 0 {
			return nil, finding.Fail(finding.ConvertEmpty, finding.Place{},
				"GPX holds points with a position, and of "+strconv.Itoa(len(acts[i].Records))+" none has one", nil)
		}
		out[i].Creator = out[0].Creator
	}
	if len(groupByTime(out)) < len(out) {
		return nil, finding.Fail(finding.ConvertTogether, finding.Place{}, "their times overlap", nil)
	}
	return out, nil
}

func project(a *activity.Activity) activity.Activity {
	out := activity.Activity{
		Format: "gpx", Name: xmlwrite.Clean(a.Name, xmltrack.MaxText), Notes: xmlwrite.Clean(a.Notes, xmltrack.MaxText),
		Creator: xmlwrite.Clean(a.Creator, xmltrack.MaxText), Totals: totals(&a.Totals),
		Device: activity.Device{Name: xmlwrite.Clean(a.Device.Name, xmltrack.MaxText)},
	}
	if out.Creator == "" {
		out.Creator = nobody
	}
	out.RawSport = sportWord(a)
	out.Sport, _ = parseSport(out.RawSport)

	cuts := xmltrack.Cuts(a)
	first, k := 0, 0
	var distance float64
	var distances, backward int
	out.Records = make([]activity.Record, 0, len(a.Records))
	var breaks []int
	for i := range a.Records {
		for k < len(cuts) && cuts[k] == i {
			breaks = append(breaks, len(out.Records))
			k++
		}
		r := a.Records[i]
		if !xmltrack.Fit(&r) || r.Has&activity.Position == 0 {
			continue
		}
		if r.Lon == 180 { // the schema has the same meridian from the other side only
			r.Lon = -180
		}
		if r.Has&activity.Distance != 0 {
			if distances++; distances > 1 && r.Distance < distance {
				backward++
			}
			distance = r.Distance
		}
		out.Records = append(out.Records, r)
	}
	if len(out.Records) == 0 {
		return out
	}
	if steps(backward, distances) {
		dropDistances(out.Records)
	}
	for _, cut := range xmltrack.Inside(breaks, len(out.Records)) {
		addSegment(&out, first, cut)
		first = cut
	}
	addSegment(&out, first, len(out.Records))
	out.Start, _, _ = out.Span()
	return out
}

// totals keeps those that TrackStatsExtension has. Heart rate, cadence and
// calories are whole numbers there.
func totals(t *activity.Totals) activity.Totals {
	const most = 1<<32 - 1
	return activity.Totals{
		ElapsedTime: t.ElapsedTime, TimerTime: t.TimerTime, MovingTime: t.MovingTime, Distance: t.Distance,
		Ascent: t.Ascent, Descent: t.Descent, Calories: xmltrack.Whole(t.Calories, 0, most), MaxSpeed: t.MaxSpeed,
		AverageHeartRate: xmltrack.HeartRateOf(t.AverageHeartRate), AverageCadence: xmltrack.CadenceOf(t.AverageCadence),
	}
}

// sportWord returns what is written for the sport: the file's own word where it
// says the same here, else Strava's.
func sportWord(a *activity.Activity) string {
	raw := xmlwrite.Clean(a.RawSport, xmltrack.MaxText)
	if sport, ok := parseSport(raw); ok && sport == a.Sport || a.Sport == "" {
		return raw
	}
	return string(a.Sport)
}
