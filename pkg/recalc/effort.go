package recalc

import (
	"math"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// BestEffort is the shortest time over one of Strava's distances.
type BestEffort struct {
	Name                 string    // Strava's, such as "1/2 mile" or "5K"
	Distance             float64   // m
	ElapsedTime          int64     // s; with all rest
	MovingTime           int64     // s; the same: Strava takes nothing out of an effort
	Start                time.Time // UTC
	StartIndex, EndIndex int       // rows of the stream between which it lies
}

// effortDistances are the distances of Strava's best efforts, by the names and
// lengths that its API gives (10 miles are 16,090 m there).
var effortDistances = [...]struct {
	name   string
	metres float64
}{
	{"400m", 400}, {"1/2 mile", 805}, {"1K", 1000}, {"1 mile", 1609}, {"2 mile", 3219}, {"5K", 5000}, {"10K", 10000},
	{"15K", 15000}, {"10 mile", 16090}, {"20K", 20000}, {"Half-Marathon", 21097}, {"30K", 30000}, {"Marathon", 42195},
	{"50K", 50000}, {"100K", 100000},
}

// bestEfforts returns the best efforts of a run; other sports have none on
// Strava. An effort begins with a sample and ends where the distance is full,
// between two samples; its time is rounded down. So much is seen in a marathon
// whose stream of distances is known: the efforts over 1 km, 1 mile, 2 miles, 5 and
// 10 km span 1000.1, 1609.2, 3219.0, 5000.2 and 10000.6 m in 269, 443, 896, 1392 and
// 2812 s, and show 268, 442, 896, 1391 and 2811 s. That rest counts is seen in all 11
// efforts of another run, which rests for 100 s.
func (c *Calculator) bestEfforts(r *Result) []BestEffort {
	out := []BestEffort{}
	if r.Sport.Family() != activity.RunFamily {
		return out
	}
	for _, d := range effortDistances {
		e, ok := bestEffort(&c.stream, d.metres)
		if !ok {
			break
		}
		e.Name = d.name
		out = append(out, e)
	}
	return out
}

// bestEffort returns the fastest so many metres of the stream, and whether it is
// that long.
func bestEffort(s *stream, metres float64) (BestEffort, bool) {
	best, from, to := math.Inf(1), -1, -1
	i := 0
	for j := 1; j < s.len(); j++ {
		// The last row from which the distance is full at row j, though not yet at
		// the row before.
		for ; s.x[j]-s.x[i] >= metres-smallest; i++ {
			over := s.x[j] - s.x[i] - metres
			ms := float64(s.ms[j] - s.ms[i])
			if step := s.x[j] - s.x[j-1]; over > 0 && step > 0 {
				ms -= float64(s.ms[j]-s.ms[j-1]) * min(over/step, 1)
			}
			if ms < best {
				best, from, to = ms, i, j
			}
		}
	}
	if from < 0 {
		return BestEffort{}, false
	}
	seconds := int64(best / 1000)
	return BestEffort{
		Distance: metres, ElapsedTime: seconds, MovingTime: seconds, Start: time.UnixMilli(s.ms[from]).UTC(), StartIndex: from, EndIndex: to,
	}, true
}

// smallest is less than the step of the stream's distances, and more than what
// their differences are off in binary, in metres.
const smallest = 1e-6
