package recalc

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// Options say for whom and how to recalculate. The zero value asks for
// Strava's rules for an athlete of whom nothing is known.
type Options struct {
	Policy  Policy
	Athlete Athlete
	Sport   activity.Sport // overrides the sport of the file; empty: as in the file

	// Uploaded is the day on which Strava got, or will get, the file. It decides
	// between Strava's rules of today and of the past. Zero: the day of the
	// workout.
	Uploaded time.Time

	Explain bool    // fill Result.Rests, Choices and Thresholds
	With    Details // fill these parts of the result
}

// Athlete is what Strava knows of a person and a file does not hold. The zero
// value is a person of whom nothing is known.
type Athlete struct {
	Weights []Weight // body weight over time, in any order
	Bike    Bike

	MaxHeartrate float64 // bpm, of the athlete; 0: unknown
	FTP          float64 // functional threshold power in W; 0: unknown
	// HeartrateZones and PowerZones are the athlete's own zones: the highest bpm or
	// W of each but the last, ascending. Empty: those that follow from MaxHeartrate
	// and FTP.
	HeartrateZones, PowerZones []int
}

// Weight is a body weight from a day on. A zero From holds for all days before
// the first dated one.
type Weight struct {
	From time.Time
	Kg   float64
}

// WeightAt returns the body weight in kilograms at an instant: that of the
// latest entry not after it, or the earliest entry if all are later, because a
// weight of another year is a better guess than none. Of two entries from one
// day on the later in the list counts; one without a weight does not count.
func (a Athlete) WeightAt(at time.Time) activity.Value {
	var before, after Weight // the latest not after at, and the earliest after it
	for _, w := range a.Weights {
		switch {
		case !(w.Kg > 0) || math.IsInf(w.Kg, 1):
		case w.From.After(at):
			if after.Kg == 0 || !w.From.After(after.From) {
				after = w
			}
		case before.Kg == 0 || !w.From.Before(before.From):
			before = w
		}
	}
	switch {
	case before.Kg > 0:
		return activity.Of(before.Kg)
	case after.Kg > 0:
		return activity.Of(after.Kg)
	}
	return activity.Value{}
}

// PolicyKind is a way to count moving time.
type PolicyKind uint8

// The policies.
const (
	Strava  PolicyKind = iota // as Strava does, by sport and format
	Timer                     // the device's timer: recording time without its pauses
	Elapsed                   // everything from the first to the last sample
	Speed                     // slower than V for at least T is rest
	GPXPy                     // as the Python library gpxpy counts
)

// Policy decides what counts as moving. The zero value is Strava's own.
type Policy struct {
	Kind PolicyKind
	V    float64 // m/s, for Speed: rest is slower than this
	T    float64 // s, for Speed: and lasts at least this long
}

// ParsePolicy reads "strava", "timer", "elapsed", "gpxpy" or "speed:V,T" with V
// in m/s and T in seconds, such as "speed:0.5,10".
func ParsePolicy(s string) (Policy, error) {
	name, args, hasArgs := strings.Cut(s, ":")
	switch {
	case name == "strava" && !hasArgs:
		return Policy{}, nil
	case name == "timer" && !hasArgs:
		return Policy{Kind: Timer}, nil
	case name == "elapsed" && !hasArgs:
		return Policy{Kind: Elapsed}, nil
	case name == "gpxpy" && !hasArgs:
		return Policy{Kind: GPXPy}, nil
	case name == "speed" && hasArgs:
		v, t, ok := strings.Cut(args, ",")
		p := Policy{Kind: Speed}
		var errV, errT error
		p.V, errV = strconv.ParseFloat(v, 64)
		p.T, errT = strconv.ParseFloat(t, 64)
		if ok && errV == nil && errT == nil && p.V >= 0 && p.V < 1000 && p.T >= 0 && p.T < 1e6 {
			return p, nil
		}
		return Policy{}, fmt.Errorf("policy %q: want speed:V,T with V in m/s and T in seconds, such as speed:0.5,10", s)
	}
	return Policy{}, fmt.Errorf("unknown policy %q: want strava, timer, elapsed, gpxpy or speed:V,T", s)
}

// String returns the policy in the form that ParsePolicy reads.
func (p Policy) String() string {
	switch p.Kind {
	case Timer:
		return "timer"
	case Elapsed:
		return "elapsed"
	case GPXPy:
		return "gpxpy"
	case Speed:
		return "speed:" + number(p.V) + "," + number(p.T)
	}
	return "strava"
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
