package recalc

import (
	"math"

	"github.com/bandport/bandport/pkg/activity"
)

// ZoneType is what zones divide.
type ZoneType string

// The types of zones.
const (
	HeartrateZones ZoneType = "heartrate"
	PowerZones     ZoneType = "power"
)

// Zone is how long a workout was in each zone of heart rate or power.
type Zone struct {
	Type    ZoneType
	Custom  bool           // the athlete's own limits, not those that follow from Max
	Max     activity.Value // bpm or W: the highest heart rate, or the threshold power, that the limits follow from
	Buckets []Bucket
}

// Bucket is one zone.
type Bucket struct {
	Min, Max int   // bpm or W, both inclusive; Max is -1 for the last, which has no upper end
	Time     int64 // s, without rest
}

// The upper limits of Strava's zones, as shares of the highest heart rate or of
// the threshold power, rounded to whole numbers. They were found in zones that
// its API gives athletes who set none of their own: 65, 81, 89, 97 % in those
// for 190, 190 and 193 bpm; 59, 78, 87.5, 97 % in those for 188 and 196; the
// seven zones of power (Coggan's) in those for 190 and 328 W. Strava writes that the
// zones of rides are lower than those of runs; which of the two an athlete gets is
// taken from that.
var (
	runHeartrateShares  = []float64{.65, .81, .89, .97}
	rideHeartrateShares = []float64{.59, .78, .875, .97}
	powerShares         = []float64{.55, .75, .90, 1.05, 1.20, 1.50}
)

// zones returns the time in the zones of heart rate and of power, as far as the
// athlete has any and the workout has the sensor. Rest does not count, and the power that a
// sample does not tell is 0: in a marathon whose zones on Strava are known, their
// times add up to the moving time of its splits (13,085 s), not to that of
// the device (13,299 s) nor the elapsed time; in another example those of power
// add up to the same as those of heart rate.
func (c *Calculator) zones(recs []activity.Record, athlete Athlete, r *Result) []Zone {
	out := []Zone{}
	if r.MaxHeartrate.Known() {
		shares := runHeartrateShares
		if r.Sport.Family() == activity.RideFamily {
			shares = rideHeartrateShares
		}
		if z, ok := newZone(HeartrateZones, athlete.HeartrateZones, athlete.MaxHeartrate, shares); ok {
			c.fill(&z, recs, activity.HeartRate, heartRate, false)
			out = append(out, z)
		}
	}
	if r.AverageWatts.Known() && !r.PowerEstimated {
		if z, ok := newZone(PowerZones, athlete.PowerZones, athlete.FTP, powerShares); ok {
			c.fill(&z, recs, activity.Power, power, true)
			out = append(out, z)
		}
	}
	return out
}

// newZone makes zones of the athlete's limits, or else of those that follow from
// a highest value; ok is false where there is neither.
func newZone(t ZoneType, custom []int, highest float64, shares []float64) (z Zone, ok bool) {
	z = Zone{Type: t, Custom: len(custom) > 0}
	if highest > 0 && highest < 1e6 {
		z.Max = activity.Of(highest)
	}
	limits := custom
	if !z.Custom {
		if !z.Max.Known() {
			return z, false
		}
		for _, share := range shares {
			limits = append(limits, int(math.Floor(share*highest+.5)))
		}
	}
	low := 0
	for _, limit := range limits {
		z.Buckets = append(z.Buckets, Bucket{Min: low, Max: limit})
		low = limit + 1
	}
	z.Buckets = append(z.Buckets, Bucket{Min: low, Max: -1})
	return z, true
}

// fill counts the seconds in each zone. A value holds for the step that ends
// with it. With missing, a sample without one counts as 0.
func (c *Calculator) fill(z *Zone, recs []activity.Record, field activity.Fields, get func(*activity.Record) float32, missing bool) {
	first := recs[c.rows[0]].Time
	for i, row := range c.rows {
		p := &recs[row]
		if i == 0 || c.rowRests[i] || p.Has&field == 0 && !missing {
			continue
		}
		v := 0.0
		if p.Has&field != 0 {
			v = float64(get(p))
		}
		seconds := (p.Time-first)/1000 - (recs[c.rows[i-1]].Time-first)/1000
		for k := range z.Buckets {
			b := &z.Buckets[k]
			if b.Max < 0 || v < float64(b.Max+1) {
				b.Time += seconds
				break
			}
		}
	}
}
