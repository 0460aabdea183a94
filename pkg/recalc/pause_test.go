package recalc

import (
	"testing"

	"github.com/bandport/bandport/pkg/activity"
)

// placed returns the stream with a position at each row: those before a step as
// they are, those from it on so many metres north.
func placed(s *stream, step int, metres float64) *stream {
	s.recs = make([]activity.Record, s.len())
	s.row = nil
	for i := range s.recs {
		s.row = append(s.row, int32(i))
		s.recs[i] = activity.Record{Lat: s.raw[i] / 111297, Lon: 10, Has: activity.Position}
		if i >= step {
			s.recs[i].Lat += metres / 111297
		}
	}
	return s
}

func TestRestBeforeAPause(t *testing.T) {
	ride := func(speed float64) []step { return steps(20, 1, speed) }
	pause := steps(1, 60, 0)
	for _, c := range []struct {
		name string
		s    *stream
		want float64
	}{
		{"a pause alone", walked(ride(5), pause, ride(5)), 60},
		{"two seconds of standing and a pause, then a slow start", walked(ride(5), steps(2, 1, 0), pause, ride(4)), 62},
		{"then a fast one: who stood before the pause did not rest", walked(ride(5), steps(2, 1, 0), pause, ride(4.1)), 60},
		{"unless it was 15 s", walked(ride(5), steps(15, 1, 0), pause, ride(4.1)), 75},
		{"or came from creeping", walked(ride(.6), steps(2, 1, 0), pause, ride(4.1)), 62},
		{"a stop in between does not count either", walked(ride(5), steps(1, 1, 0), steps(1, 4, 0), steps(1, 1, 0), pause, ride(5)), 60},
		{"what is slow after the pause counts", walked(ride(5), steps(2, 1, 0), pause, steps(1, 1, 0), ride(5)), 63},
		{"a step of less than 15 s is no pause", walked(ride(5), steps(2, 1, 0), steps(1, 14, 0), ride(5)), 16},
		{"at the end nothing starts", walked(ride(5), steps(2, 1, 0), pause), 62},
		{"at the start nothing stops", walked(steps(2, 1, 0), pause, ride(5)), 62},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := restOf(t, commonRule, placed(c.s, c.s.len(), 0), nil); got != c.want {
				t.Errorf("%v s of rest, want %v", got, c.want)
			}
		})
	}
	runner := walked(ride(5), steps(3, 1, 0), pause, ride(5))
	if got := restOf(t, runRule, runner, nil); got != 63 {
		t.Errorf("a run: %v s of rest, want 63", got)
	}
}

func TestWhoRidesOnDuringAPauseDoesNotRest(t *testing.T) {
	ride := steps(20, 1, 5)
	for _, c := range []struct {
		name    string
		seconds float64
		metres  float64
		want    float64
	}{
		{"27 s and 50 m", 27, 50, 0},
		{"27 s and 40 m", 27, 40, 27},
		{"28 s and 100 m", 28, 100, 28},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := placed(walked(ride, steps(1, c.seconds, 0), ride), 21, c.metres)
			if got := restOf(t, commonRule, s, nil); got != c.want {
				t.Errorf("%v s of rest, want %v", got, c.want)
			}
		})
	}
	s := placed(walked(ride, steps(1, 20, 0), ride), 21, 100)
	s.recs[20].Has = 0
	if got := restOf(t, commonRule, s, nil); got != 20 {
		t.Errorf("without a position before the pause: %v s of rest, want 20", got)
	}
	s = placed(walked(ride, steps(2, 10, 0), ride), 22, 100)
	if got := restOf(t, commonRule, s, nil); got != 20 {
		t.Errorf("in two steps: %v s of rest, want 20", got)
	}
}
