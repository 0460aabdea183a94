package recalc

import (
	"math"
	"slices"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

func TestFastestKilometre(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *stream
		want float64
		ok   bool
	}{
		{"less than a kilometre", walked(steps(99, 1, 10)), 0, false},
		{"just a kilometre", walked(steps(100, 1, 10)), 100, true},
		{"the fastest of several", walked(steps(400, 1, 5), steps(100, 1, 10), steps(400, 1, 5)), 100, true},
		{"a stretch of 1,200 m counts for its part", walked(steps(3, 120, 1200)), 100, true},
		{"a jump of 2 km is none: it counts 20 m", walked(steps(300, 1, 5), steps(1, 1, 2000), steps(300, 1, 5)), 197, true},
		{"even if there is nothing else", walked(steps(10, 1, 5), steps(1, 1, 2000), steps(10, 1, 5)), 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := fastestKilometre(c.s)
			if ok != c.ok || ok && math.Abs(got-c.want) > 1e-9 {
				t.Errorf("%v s, %v; want %v s, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

// commute is ten minutes of which so many seconds are fast and so many faster.
func commute(fast int, speed float64, faster int, most float64) *stream {
	return walked(steps(300, 1, 4), steps(fast/2, 1, speed), steps(faster, 1, most), steps(fast/2, 1, speed), steps(290-fast, 1, 4))
}

// repeats is the same over and over.
func repeats(n int, parts ...[]step) *stream {
	return walked(slices.Repeat(slices.Concat(parts...), n))
}

// The world record over a kilometre is 2:11.96.
func TestJudgeSport(t *testing.T) {
	for _, c := range []struct {
		name  string
		sport activity.Sport
		s     *stream
		want  activity.Sport
	}{
		{"a run with a kilometre in 2:12 is a run", activity.Run, walked(steps(3, 132, 1000)), activity.Run},
		{"a run with a kilometre in 2:11 is a ride", activity.Run, walked(steps(3, 131, 1000)), activity.Ride},
		{"a trail run as well", activity.TrailRun, walked(steps(3, 131, 1000)), activity.Ride},
		{"a ride is a ride", activity.Ride, walked(steps(3, 131, 1000)), activity.Ride},
		{"a hike stays a hike: only runs are judged", activity.Hike, walked(steps(3, 131, 1000)), activity.Hike},
		{"whoever is faster than 6.5 m/s for an eighth of the time and once than 8 m/s rides", activity.Run, commute(70, 6.7, 10, 8.5), activity.Ride},
		{"not if it is a tenth of the time", activity.Run, commute(50, 6.7, 10, 8.5), activity.Run},
		{"nor if it is less than a minute", activity.Run, walked(steps(100, 1, 3), steps(40, 1, 6.7), steps(10, 1, 8.5)), activity.Run},
		{"ten times 400 m in a minute are a run", activity.Run, repeats(10, steps(90, 1, 2.5), steps(60, 1, 6.67)), activity.Run},
		{"900 m at that speed prove nothing", activity.Run, walked(steps(9, 13, 100)), activity.Run},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Result{Sport: c.sport, Provenance: map[Field]string{}}
			(&Calculator{stream: *c.s}).judgeSport(&r)
			if r.Sport != c.want {
				t.Errorf("it is a %s", r.Sport)
			}
			changed := c.sport != c.want
			if _, told := r.Provenance[SportType]; told != changed {
				t.Errorf("provenance: %v", r.Provenance)
			}
			if found := len(r.Findings) == 1 && r.Findings[0].Code == finding.SportTooFast; found != changed {
				t.Errorf("findings: %v", r.Findings)
			}
		})
	}
}

// onFoot returns a track with positions at a steady speed, of a file that names
// no sport.
func steady(seconds int, speed float64) *activity.Activity {
	a := &activity.Activity{Format: "gpx"}
	for i := range seconds + 1 {
		a.Records = append(a.Records, activity.Record{
			Time: int64(i) * 1000, Lat: 50 + speed*float64(i)/111297, Lon: 10, Has: activity.Time | activity.Position,
		})
	}
	return a
}

func TestSportIsGuessedWhereTheFileNamesNone(t *testing.T) {
	for _, c := range []struct {
		name  string
		speed float64
		want  activity.Sport
	}{
		{"slower than 1.8 m/s is a walk", 1.5, activity.Walk},
		{"from 1.8 m/s on it is a run", 2.2, activity.Run},
		{"a fast run is a run", 5.4, activity.Run},
		{"whoever is faster than 5.5 m/s all the time rides", 5.6, activity.Ride},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Recalculate(steady(600, c.speed), Options{})
			if r.Sport != c.want {
				t.Errorf("guessed %s, want %s", r.Sport, c.want)
			}
			if len(r.Findings) == 0 || r.Findings[0].Code != finding.SportGuessed || r.Provenance[SportType] == "" {
				t.Errorf("the guess is not told: %v, %q", r.Findings, r.Provenance[SportType])
			}
		})
	}
}

func TestSportIsNotGuessedAgainstTheFileOrWithoutGPS(t *testing.T) {
	named := steady(600, 3)
	named.RawSport = "Other"
	if r := Recalculate(named, Options{}); r.Sport != "" {
		t.Errorf("a file that says Other was guessed to be %s", r.Sport)
	}
	if r := Recalculate(steady(600, 3), Options{Sport: activity.Hike}); r.Sport != activity.Hike {
		t.Errorf("%s in spite of the hike that was asked for", r.Sport)
	}
	indoor := steady(600, 3)
	for i := range indoor.Records {
		r := &indoor.Records[i]
		r.Distance, r.Has = float64(3*i), activity.Time|activity.Distance
	}
	if r := Recalculate(indoor, Options{}); r.Sport != "" {
		t.Errorf("an indoor workout was guessed to be %s", r.Sport)
	}
}
