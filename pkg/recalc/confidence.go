package recalc

import (
	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Confidence says how far a figure can be trusted.
type Confidence string

// The degrees of confidence.
const (
	// Exact: at least 95 % of the recordings that this was measured on, at least
	// 20 of at least 2 athletes, agree within one unit, whichever athlete is left
	// out.
	Exact Confidence = "exact"
	// Close: of the recordings that this was measured on half agree within 2 %.
	Close Confidence = "close"
	// Unknowable: Strava uses something that no file holds, such as its own
	// elevation model; the figure is our best.
	Unknowable Confidence = "unknowable"
)

const (
	// exactShare is the least share of hits for Exact.
	exactShare = 0.95
	// exactCount is the least number of recordings for Exact.
	exactCount = 20
	// exactAthletes is the least number of athletes for Exact.
	exactAthletes = 2
	// closeError is the largest median of the relative errors for Close.
	closeError = 0.02
	// measuredCount is the least number of recordings to speak of at all.
	measuredCount = 5
)

// Error is how far figures of one kind were off Strava's, as shares of them:
// 0.01 is 1 %.
type Error struct {
	Median float64 // half of the recordings are nearer
	P90    float64 // nine of ten are nearer
}

// kind is what a figure's confidence depends on: which figure, by which rule, of
// which family of sports, from which format and class of devices.
type kind struct {
	class  string // see classOf
	family activity.Family
	field  Field
	rule   string
}

// measurement is how often figures of a kind agreed with Strava's within a
// unit: a second, a metre, 0.05 m/s, a kilocalorie, a watt, a beat or a
// revolution per minute; the smallest share of hits that is left when one of the
// athletes is left out; and the relative errors that half and nine of ten stay
// below.
type measurement struct {
	hits, of, athletes int
	least              float64
	typical, p90       float64
}

func (m measurement) confidence() (Confidence, bool) {
	switch {
	case m.of < measuredCount:
		return "", false
	case m.of >= exactCount && m.athletes >= exactAthletes && float64(m.hits) >= exactShare*float64(m.of) && m.least >= exactShare:
		return Exact, true
	case m.typical <= closeError:
		return Close, true
	}
	return "", false
}

// onPhone is the class of recordings by Strava's phone app, and withBarometer is
// what the format is followed by where the device has one.
const (
	onPhone       = "gpx-phone"
	withBarometer = "-barometer"
)

// classOf returns the format and the class of device: apart from others are the
// recordings by Strava's phone app, because its pauses and what it left out of the
// distance are in no file, and those of devices whose altitudes Strava believes,
// because it judges by them who climbs and who rests.
func classOf(a *activity.Activity) string {
	for _, f := range a.Findings {
		if f.Code == finding.GPXPhone {
			return onPhone
		}
	}
	if barometric(a) {
		return a.Format + withBarometer
	}
	return a.Format
}

// rate fills Result.Confidence. Speeds and paces are as sure as the less sure of
// the two figures that they are made of.
func (r *Result) rate(a *activity.Activity) {
	r.MeasuredOn = measuredOn
	class, family := classOf(a), r.Sport.Family()
	for _, f := range Fields() {
		rule, known := r.Provenance[f]
		if !known || f == SportType {
			continue
		}
		switch f {
		case TotalElevationGain, GradeAdjustedDistance, ElevLow, ElevHigh:
			if !barometric(a) && !stravasOwn(a) {
				r.Confidence[f] = Unknowable
				continue
			}
		case AverageWatts, Kilojoules:
			if r.PowerEstimated { // of a bicycle and an altitude that Strava knows, not the file
				r.Confidence[f] = Unknowable
				continue
			}
		case Calories:
			if r.PowerEstimated && rule == estimatedWork {
				r.Confidence[f] = Unknowable
				continue
			}
		case AverageSpeed, AveragePace:
			r.rateQuotient(f, MovingTime)
			continue
		case AverageElapsedSpeed, AverageElapsedPace:
			r.rateQuotient(f, ElapsedTime)
			continue
		}
		if class == onPhone && f == MovingTime {
			r.Confidence[f] = Unknowable
			continue
		}
		m := measured()[kind{class, family, f, rule}]
		if c, ok := m.confidence(); ok {
			r.Confidence[f] = c
			r.Errors[f] = Error{m.typical, m.p90}
		}
	}
}

// rateQuotient gives a figure the confidence of the distance over a time. Both
// come before it in Fields.
func (r *Result) rateQuotient(f, over Field) {
	d, t := r.Confidence[Distance], r.Confidence[over]
	switch {
	case d == "" || t == "":
	case d == Unknowable || t == Unknowable:
		r.Confidence[f] = Unknowable
	case d == Exact && t == Exact:
		r.Confidence[f] = Exact
	default:
		r.Confidence[f] = Close
	}
	if c := r.Confidence[f]; c == Exact || c == Close {
		// Both errors can go the same way.
		e, g := r.Errors[Distance], r.Errors[over]
		r.Errors[f] = Error{e.Median + g.Median, e.P90 + g.P90}
	}
}
