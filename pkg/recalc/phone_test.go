package recalc

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Lengths of a degree on WGS 84, as tables of geodesy give them.
func TestOnEllipsoid(t *testing.T) {
	for _, c := range []struct {
		name                   string
		lat1, lon1, lat2, lon2 float64
		want                   float64
	}{
		{"a thousandth of the equator", 0, 10, 0, 10.001, 111.3195},
		{"across the date line", 0, 179.9995, 0, -179.9995, 111.3195},
		{"north at the equator", -.0005, 10, .0005, 10, 110.5743},
		{"north at 60°", 59.9995, 10, 60.0005, 10, 111.4123},
		{"east at 60°", 60, 10, 60, 10.001, 55.8000},
		{"nowhere", 45, 7, 45, 7, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := onEllipsoid(c.lat1, c.lon1, c.lat2, c.lon2); math.Abs(got-c.want) > .0001 {
				t.Errorf("%.4f m, want %.4f", got, c.want)
			}
		})
	}
}

// phoned returns a recording of Strava's phone app, to the north from the
// equator: one position for each pair of seconds and metres since the start.
func phoned(sport activity.Sport, day time.Time, points ...[2]float64) *activity.Activity {
	a := &activity.Activity{Format: "gpx", Creator: "StravaGPX", Sport: sport, RawSport: string(sport), Start: day}
	a.Findings = []finding.Finding{finding.New(finding.GPXPhone, finding.Place{}, "")}
	for _, p := range points {
		a.Records = append(a.Records, activity.Record{
			Time: day.UnixMilli() + int64(p[0]*1000), Lat: p[1] / 110574.3, Lon: 100, Has: activity.Time | activity.Position,
		})
	}
	return a
}

// after returns the points, and then one a second at a speed for so long.
func after(speed float64, seconds int, points ...[2]float64) [][2]float64 {
	last := points[len(points)-1]
	for i := 1; i <= seconds; i++ {
		points = append(points, [2]float64{last[0] + float64(i), last[1] + speed*float64(i)})
	}
	return points
}

// thinned returns one point of so many.
func thinned(n int, points [][2]float64) [][2]float64 {
	var left [][2]float64
	for i := 0; i < len(points); i += n {
		left = append(left, points[i])
	}
	return left
}

func TestDistanceOfThePhone(t *testing.T) {
	day := time.Date(2019, time.May, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		sport  activity.Sport
		day    time.Time
		points [][2]float64
		want   float64
	}{
		{"on the ellipsoid", activity.Run, day, after(3, 400, [2]float64{0, 0}), 1200},
		{"before 2016 on a sphere", activity.Run, day.AddDate(-4, 0, 0), after(3, 400, [2]float64{0, 0}), 1207.8},
		{"small steps add up", activity.Walk, day, after(1.2, 500, [2]float64{0, 0}), 600},
		{"trembling on one spot does not", activity.Walk, day, after(1, 600, [2]float64{0, 0}, [2]float64{1, .7}, [2]float64{2, 0}, [2]float64{3, .7}, [2]float64{4, 0}), 600},
		{"of a long first step 4 m count", activity.Run, day, after(3, 400, [2]float64{0, 0}, [2]float64{3, 60}), 1204},
		{"one of 15 m is not long", activity.Run, day, after(3, 400, [2]float64{0, 0}, [2]float64{3, 15}), 1215},
		{"nor one of a minute, without satellites", activity.Run, day, after(3, 400, [2]float64{0, 0}, [2]float64{60, 180}), 1380},
		{"on a ride it does", activity.Ride, day, after(8, 400, [2]float64{0, 0}, [2]float64{3, 60}), 3260},
		{"what lies behind a pause does not count", activity.Run, day, after(3, 200, append(after(3, 200, [2]float64{0, 0}), [2]float64{300, 680})...), 1200},
		{"but what was run without satellites does", activity.Run, day, after(3, 200, append(after(3, 200, [2]float64{0, 0}), [2]float64{300, 900})...), 1500},
		{"nor does what lies behind a pause of the app's own", activity.Run, day, after(3, 200, append(after(3, 200, [2]float64{0, 0}), [2]float64{210, 620})...), 1200},
		{"on a walk it does", activity.Walk, day, after(2, 200, append(after(2, 200, [2]float64{0, 0}), [2]float64{210, 420})...), 820},
		{"and where the app wrote a position now and then", activity.Run, day, thinned(2, after(3, 200, append(after(3, 200, [2]float64{0, 0}), [2]float64{210, 620})...)), 1217},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := phoned(c.sport, c.day, c.points...)
			r := Recalculate(a, Options{})
			if got := r.Distance.Or(0); math.Abs(got-c.want) > .5 {
				t.Errorf("%.2f m by %q, want %v", got, r.Provenance[Distance], c.want)
			}
			if phone := strings.Contains(r.Provenance[Distance], "phone"); phone != (c.day == day) {
				t.Errorf("rule %q", r.Provenance[Distance])
			}
		})
	}
}

// Rest is judged by all positions, also those that the distance leaves out.
func TestRestOfThePhoneIsJudgedByAllPositions(t *testing.T) {
	day := time.Date(2019, time.May, 1, 8, 0, 0, 0, time.UTC)
	points := after(3, 300, append(after(3, 300, [2]float64{0, 0}), [2]float64{400, 950})...)
	r := Recalculate(phoned(activity.Run, day, points...), Options{Explain: true})
	if got := r.MovingTime.Or(0); got != 600 {
		t.Errorf("moving for %v s, want 600", got)
	}
	if len(r.Rests) != 1 || math.Abs(r.Rests[0].Metres-50.3) > .2 {
		t.Errorf("rests %+v, want one of 50 m", r.Rests)
	}
}

func TestPausesOfThePhone(t *testing.T) {
	day := time.Date(2019, time.May, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		sport   activity.Sport
		seconds float64 // of the gap
		metres  float64
		want    float64 // of rest
	}{
		{"of 10 s", activity.Run, 10, 15, 9},
		{"shorter", activity.Run, 9, 15, 0},
		{"faster", activity.Run, 10, 25, 0},
		{"standing still, which is rest anyway", activity.Run, 20, 5, 20},
		{"of a minute, which is a gap anyway", activity.Run, 60, 100, 60},
		{"of a minute, but faster than gaps", activity.Run, 60, 132, 59},
		{"on a ride there are none", activity.Ride, 10, 15, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := phoned(c.sport, day, after(3, 200, append(after(3, 200, [2]float64{0, 0}), [2]float64{200 + c.seconds, 600 + c.metres})...)...)
			r := Recalculate(a, Options{Explain: true})
			if got := r.ElapsedTime.Or(0) - r.MovingTime.Or(0); got != c.want {
				t.Errorf("%v s of rest by %q, want %v", got, r.Provenance[MovingTime], c.want)
			}
			if c.want == c.seconds-1 && (len(r.Rests) != 1 || r.Rests[0].Rule != phonePauseRule) {
				t.Errorf("rests %+v", r.Rests)
			}
			if c.seconds == 60 && c.want == 60 && (len(r.Rests) != 1 || r.Rests[0].Rule != gapRule) {
				t.Errorf("rests %+v, want a gap", r.Rests)
			}
		})
	}
}

// Whoever uploads what Strava gave back gets the distance of any GPX.
func TestAnUploadOfAPhonesRecordingIsAnyGPX(t *testing.T) {
	day := time.Date(2019, time.May, 1, 8, 0, 0, 0, time.UTC)
	a := phoned(activity.Run, day, after(3, 400, [2]float64{0, 0})...)
	r := Recalculate(a, Options{Uploaded: day.AddDate(5, 0, 0)})
	if got := r.Distance.Or(0); math.Abs(got-1207.8) > .5 || strings.Contains(r.Provenance[Distance], "phone") {
		t.Errorf("%.1f m by %q", got, r.Provenance[Distance])
	}
}

// Splits are of the distance that is shown, not of the one that rest is judged
// by.
func TestSplitsOfThePhoneAddUp(t *testing.T) {
	day := time.Date(2019, time.May, 1, 8, 0, 0, 0, time.UTC)
	a := phoned(activity.Run, day, after(3, 1000, [2]float64{0, 0}, [2]float64{3, 60})...)
	r := Recalculate(a, Options{With: Splits})
	sum := 0.0
	for _, s := range r.SplitsMetric {
		sum += s.Distance
	}
	if len(r.SplitsMetric) != 4 || math.Abs(sum-r.Distance.Or(0)) > .2 || math.Abs(sum-3004) > 1 {
		t.Errorf("%d splits of %.1f m, of a distance of %v", len(r.SplitsMetric), sum, r.Distance)
	}
}
