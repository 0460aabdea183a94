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
	// 20 of at least 2 athletes, agree within one unit.
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

// kind is what a figure's confidence depends on: which figure, by which rule,
// of which family of sports, from which format.
type kind struct {
	class  string // see classOf
	family activity.Family
	field  Field
	rule   string
}

// measurement is how often figures of a kind agreed with Strava's within a
// unit: a second, a metre, 0.05 m/s, a kilocalorie, a watt, a beat or a
// revolution per minute; and the median of their relative errors.
type measurement struct {
	hits, of, athletes int
	typical            float64
}

func (m measurement) confidence() (Confidence, bool) {
	switch {
	case m.of < measuredCount:
		return "", false
	case m.of >= exactCount && m.athletes >= exactAthletes && float64(m.hits) >= exactShare*float64(m.of):
		return Exact, true
	case m.typical <= closeError:
		return Close, true
	}
	return "", false
}

// onPhone is the class of recordings by Strava's phone app.
const onPhone = "gpx-phone"

// classOf returns the format, and apart from it the recordings by Strava's phone
// app: its pauses and what it left out of the distance are in no file.
func classOf(a *activity.Activity) string {
	for _, f := range a.Findings {
		if f.Code == finding.GPXPhone {
			return onPhone
		}
	}
	return a.Format
}

// rate fills Result.Confidence. Speeds and paces are as sure as the less sure of
// the two figures that they are made of.
func (r *Result) rate(a *activity.Activity) {
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
		if c, ok := measured[kind{class, family, f, rule}].confidence(); ok {
			r.Confidence[f] = c
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
}
