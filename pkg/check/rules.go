package check

import (
	"math"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

const (
	// MaxUpload is the largest file in bytes that Strava takes, compressed or not.
	MaxUpload = 25 << 20

	// spikeSpeed, in m/s: a position that is reached and left faster than this is
	// none where the way between its neighbours is slower. Downhill skiers reach
	// 70, and nobody else comes near.
	spikeSpeed = 80.0
	// spikeMetres is how far off such a position is at the least: less is the
	// scatter of the receiver between two samples of one second.
	spikeMetres = 150.0
	// spikeLength is the longest run of samples that counts as a spike, of any
	// kind: whoever stays there is there.
	spikeLength = 3

	// altitudeLeap, in metres, is how far an altitude leaps away from both its
	// neighbours; they lie within half of that of each other.
	altitudeLeap = 100.0

	// HeartRateNone is what a heart rate without a value is in a byte.
	HeartRateNone = 255
	// highestHeartRate, in bpm: nobody's heart beats faster. The highest rates
	// measured in healthy athletes lie near 220.
	highestHeartRate = 235
	// spikeSeconds is within how many seconds the neighbours of a spike stand.
	spikeSeconds = 30.0

	// fastestCadence, in strides a minute of one leg: an average above it counts
	// both. Sprinters reach 135 for some seconds, and runners average 75 to 100.
	fastestCadence = 120.0
	// fastestWalk is the same for walking, where 50 to 65 is usual.
	fastestWalk = 85.0
	// cadenceSamples is how many samples the average needs.
	cadenceSamples = 30

	// futureTolerance is how far a clock may be ahead.
	futureTolerance = 15 * time.Minute

	// rollover is 1,024 weeks, after which the count of weeks of GPS begins anew.
	rollover = 1024 * 7 * 24 * time.Hour
)

// firstBand is when the first receivers were worn that record workouts.
var firstBand = time.Date(2003, time.January, 1, 0, 0, 0, 0, time.UTC)

// firstDate is the first instant that FIT can tell from a time since the device
// was switched on. Earlier dates are not for this rule.
var firstDate = time.Unix(631065600+0x10000000, 0)

// Rollover returns what has to be added to a time that a GPS receiver dated
// 1,024 weeks too early, and whether it can have: the time lies between July
// 1998 and 2003, and with the weeks added not in the future.
func Rollover(at, now time.Time) (time.Duration, bool) {
	if at.Before(firstDate) || !at.Before(firstBand) {
		return 0, false
	}
	return rollover, now.IsZero() || !at.Add(rollover).After(now.Add(futureTolerance))
}

// RolledOver reports whether the date of a workout is 1,024 weeks too early. A
// walk of 2001 with a handheld receiver has such a date, too; but nobody recorded
// the heart beside the track then, or wrote FIT, which is of 2007.
func RolledOver(a *activity.Activity, start, now time.Time) bool {
	if _, ok := Rollover(start, now); !ok {
		return false
	}
	if a.Format == "fit" {
		return true
	}
	for i := range a.Records {
		if a.Records[i].Has&(activity.HeartRate|activity.Cadence|activity.Power) != 0 {
			return true
		}
	}
	return false
}

// Future reports whether a start lies in the future.
func Future(start, now time.Time) bool {
	return !now.IsZero() && start.After(now.Add(futureTolerance))
}

// spikes returns the indices of runs of at most spikeLength samples that differ
// from what stands before and after. Only samples with all of the fields count.
// same says whether two samples agree with each other, off whether the second
// lies impossibly far from the first.
func spikes(recs []activity.Record, fields activity.Fields, same, off func(a, b *activity.Record) bool) []int {
	var out, seen []int
	for i := range recs {
		if recs[i].HasAll(fields | activity.Time) {
			seen = append(seen, i)
		}
	}
	for k := 1; k < len(seen)-1; k++ {
		before := &recs[seen[k-1]]
		if !off(before, &recs[seen[k]]) {
			continue
		}
		for n := 1; n <= spikeLength && k+n < len(seen); n++ {
			after := &recs[seen[k+n]]
			if !off(&recs[seen[k+n-1]], after) || !same(before, after) {
				continue
			}
			out = append(out, seen[k:k+n]...)
			k += n - 1
			break
		}
	}
	return out
}

func seconds(a, b *activity.Record) float64 {
	return math.Max(math.Abs(float64(b.Time-a.Time))/1000, 1)
}

// PositionSpikes returns the indices of positions that lie far off the track
// for a moment: reached and left at more than 80 m/s and over more than 150 m,
// while the positions before and after are near to each other.
func PositionSpikes(recs []activity.Record) []int {
	return spikes(recs, activity.Position,
		func(a, b *activity.Record) bool { return Metres(a, b)/seconds(a, b) < spikeSpeed/2 },
		func(a, b *activity.Record) bool {
			d := Metres(a, b)
			return d > spikeMetres && d/seconds(a, b) > spikeSpeed
		})
}

// AltitudeSpikes returns the indices of altitudes that leap by more than 100 m
// and back within some samples.
func AltitudeSpikes(recs []activity.Record) []int {
	return spikes(recs, activity.Altitude,
		func(a, b *activity.Record) bool {
			return math.Abs(a.Altitude-b.Altitude) < altitudeLeap/2 && seconds(a, b) <= spikeSeconds
		},
		func(a, b *activity.Record) bool { return math.Abs(a.Altitude-b.Altitude) > altitudeLeap })
}

// TooFast reports whether no heart beats as fast, in bpm; 255 stands for none.
func TooFast(bpm float64) bool { return bpm > highestHeartRate && bpm != HeartRateNone }

// HeartRateSpikes returns the indices of heart rates above 235 bpm, without those
// of 255.
func HeartRateSpikes(recs []activity.Record) []int {
	var out []int
	for i := range recs {
		if r := &recs[i]; r.Has&activity.HeartRate != 0 && TooFast(float64(r.HeartRate)) {
			out = append(out, i)
		}
	}
	return out
}

// HeartRateNones returns the indices of heart rates of 255, which stands for none.
func HeartRateNones(recs []activity.Record) []int {
	var out []int
	for i := range recs {
		if r := &recs[i]; r.Has&activity.HeartRate != 0 && r.HeartRate == HeartRateNone {
			out = append(out, i)
		}
	}
	return out
}

// DoubledCadence reports whether the cadence of a run or walk counts the steps
// of both legs, and its average without zeros.
func DoubledCadence(sport activity.Sport, recs []activity.Record) (average float64, doubled bool) {
	limit := fastestCadence
	switch sport.Family() {
	case activity.RunFamily:
	case activity.WalkFamily:
		limit = fastestWalk
	default:
		return 0, false
	}
	sum, n := 0.0, 0
	for i := range recs {
		if r := &recs[i]; r.Has&activity.Cadence != 0 && r.Cadence > 0 {
			sum, n = sum+float64(r.Cadence), n+1
		}
	}
	if n < cadenceSamples {
		return 0, false
	}
	average = sum / float64(n)
	return average, average > limit
}

// withBarometer is the end of a name that Strava documents for devices which it
// does not know.
const withBarometer = "with barometer"

// barometers are names under which devices with a barometer appear in TCX and
// GPX, and which Strava's list does not have. Like the other expressions it is
// compiled when it is first asked for, and not whenever the program starts.
var barometers = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(microsoft band 2|garmin fr ?(935|945|955|965)|polar v650|amazfit (stratos|t-rex (pro|2|ultra)|cheetah)\b.*)$`)
})

// UnknownBarometer reports whether a device of this name has a barometer of
// which Strava does not know. Whether Strava honours the documented suffix
// varies: of 47 files with it, two had their altitudes taken.
func UnknownBarometer(name string) bool {
	name = strings.TrimSpace(name)
	return barometers().MatchString(name) && !strings.HasSuffix(strings.ToLower(name), withBarometer)
}

// earthRadius in metres, the mean one: a few thousandths do not matter here.
const earthRadius = 6371000

// Metres returns the distance between two positions, by the mean radius of the earth.
func Metres(a, b *activity.Record) float64 {
	const rad = math.Pi / 180
	x := math.Sin((b.Lat - a.Lat) * rad / 2)
	y := math.Sin((b.Lon - a.Lon) * rad / 2)
	h := x*x + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*y*y
	return 2 * earthRadius * math.Asin(math.Sqrt(math.Min(h, 1)))
}
