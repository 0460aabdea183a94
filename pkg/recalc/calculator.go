package recalc

import (
	"math"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Calculator recalculates activities one after another, reusing its memory.
// The zero value is ready to use. A Calculator is not safe for concurrent use;
// give each worker its own.
type Calculator struct {
	rows      []int32 // of the activity
	stream    stream
	outdoor   bool                  // recorded with GPS
	resting   []bool                // whether each step of the stream is rest
	rowRests  []bool                // whether the step that ends with each row is
	alt       []float64             // one a row of the stream, as are the next four; empty where none is known
	gained    []float64             // averaged altitudes by which climbs are counted; empty until asked for
	judged    []float64             // the same by which rest is judged
	paced     []float64             // the same by which distance is adjusted
	steep     []float64             // the altitudes that it was adjusted by, averaged or not
	factor    func(float64) float64 // and the model
	once      []float64             // scratch space
	exact     []float64             // distances that are not rounded
	speeds    []float64             // if smoothed
	over      []float64             // the distances that speeds are taken over
	watts     []float64
	window    []int32
	intervals []int64
	smoother  smoother
	smoothed  bool     // speeds and window are those of the stream
	moved     []int64  // ms that are not rest up to each row of the stream; only for details
	flags     []bool   // scratch space, one a record
	used      restRule // by which rests were marked; without a name where none was
	timed     bool     // whether the times are the device's
	rested    int64    // ms of rest by the speeds, where the times are the device's
	climbs    float64  // threshold in metres by which climbs were counted; 0 where they were not
}

// Recalculate computes what Strava will show for an activity. It is
// [Calculator.Recalculate] for a single one.
func Recalculate(a *activity.Activity, o Options) Result {
	var c Calculator
	return c.Recalculate(a, o)
}

// Recalculate computes what Strava will show for an activity. The activity is
// not changed. Figures that the records do not allow are absent.
func (c *Calculator) Recalculate(a *activity.Activity, o Options) Result {
	r := Result{Sport: a.Sport, Start: a.Start, Provenance: map[Field]string{}, Confidence: map[Field]Confidence{}, Errors: map[Field]Error{}}
	if o.Sport != "" {
		r.Sport = o.Sport
	}
	recs := a.Records
	c.rows = rows(c.rows, recs)
	c.judged, c.paced, c.gained, c.factor = c.judged[:0], c.paced[:0], c.gained[:0], nil
	c.used, c.timed, c.climbs = restRule{}, false, 0
	if len(c.rows) == 0 {
		c.stream.build(recs, c.rows, reading{})
		c.alt = c.alt[:0]
		withoutRecords(a, o, &r)
		c.detail(a, o, &r)
		return r
	}
	first := time.UnixMilli(recs[c.rows[0]].Time).UTC()
	if r.Start.IsZero() {
		r.Start = first
	}
	day := o.Uploaded
	if day.IsZero() {
		day = first
	}

	c.measure(a, o, &r, day)
	c.alt, _ = altitudes(c.alt, &c.stream, recs)
	c.times(a, o, &r, day)
	c.stream.keep()
	c.distances(a, &r, day)
	if o.Policy.Kind == GPXPy && c.outdoor {
		r.MaxSpeed = gpxpyFastest(a)
		r.note(MaxSpeed, r.MaxSpeed, "policy gpxpy: fastest step but for a twentieth, of those of usual length")
	}
	c.elevation(a, &r, day, recs)
	c.averages(a, &r, day, recs)
	if !r.AverageWatts.Known() && c.hasAltitude() && estimates(r.Sport) {
		c.estimate(a, o.Athlete, &r)
	}
	device := deviceCalories(a)
	var rule string
	weight, whose := weightOf(a, o.Athlete, r.Start)
	r.Calories, rule = calories(a.Format, device, &r, weight, whose, day)
	r.note(Calories, r.Calories, rule)
	if device.Known() && r.Calories != device {
		r.past()
	}
	if o.Policy.Kind == Strava {
		r.rate(a)
	}
	c.detail(a, o, &r)
	if o.Explain {
		c.explain(a, o, &r, day, device)
	}
	return r
}

// measure makes the stream of the records, and decides on the sport, on which the
// stream of positions depends.
func (c *Calculator) measure(a *activity.Activity, o Options, r *Result, day time.Time) {
	s := &c.stream
	how := reading{phone: measuredByPhone(a, day, o.Uploaded), single: a.Format == "fit", runs: r.Sport.Family() == activity.RunFamily}
	if r.Sport.Family() == activity.RideFamily {
		how.onWheels(a)
	}
	s.build(a.Records, c.rows, how)
	c.smoothed = false
	c.outdoor = outdoor(a.Records, c.rows)
	if o.Sport == "" {
		c.guessSport(a, r)
		c.judgeSport(r)
	}
	if s.source == positionDistance && r.Sport.Family() == activity.RideFamily && !how.wheels {
		how.onWheels(a) // who seemed to run rides
		s.build(a.Records, c.rows, how)
		c.smoothed = false
	}
	if s.jumps > 0 {
		f := finding.New(finding.PositionJump, finding.Place{}, "")
		f.Count = s.jumps
		r.Findings = append(r.Findings, f)
	}
}

// hasAltitude reports whether anything is known of the altitudes of the stream.
func (c *Calculator) hasAltitude() bool { return len(c.alt) > 0 }

// withoutRecords fills what can be known of a workout that has no samples: the
// device's own recording time. Strava rejects such files, so that what it would
// show does not exist.
func withoutRecords(a *activity.Activity, o Options, r *Result) {
	if t, ok := a.Totals.TimerTime.Get(); ok && o.Policy.Kind == Timer {
		r.MovingTime = activity.Of(math.Floor(max(t, 0)))
		r.note(MovingTime, r.MovingTime, timerTotal)
	}
	if o.Policy.Kind == Strava {
		poolWithoutRecords(a, o, r)
	}
}

// note writes down the rule behind a figure, if the figure is known.
func (r *Result) note(f Field, v activity.Value, rule string) {
	if v.Known() {
		r.Provenance[f] = rule
	}
}

// past notes that a rule of the past gave a figure.
func (r *Result) past() {
	for _, f := range r.Findings {
		if f.Code == finding.PastRules {
			return
		}
	}
	r.Findings = append(r.Findings, finding.New(finding.PastRules, finding.Place{}, ""))
}
