package recalc

import "github.com/bandport/bandport/pkg/activity"

// A pause is the last step of a stretch of rest if it is long enough to be rest
// by itself: there the device did not record. Two things were seen about it in
// sports other than runs. Neither is explained; both were found on some athletes
// and hold on the others.
const (
	// startSpeed, in m/s: who is so fast in the step after a pause …
	startSpeed = 4.05
	// stopSpeed … and was so fast in the step before the rest, in m/s, rested only
	// while the device was paused; what is slow before the pause does not count. Of
	// 802 stretches with something slow before the pause, of 1 s at the median, in
	// 287 FIT recordings, 28 recordings of four athletes come nearer to Strava so
	// and 19 of them to the second; two get 2 and 3 s worse. Any limit between 3.9 and 4.4 m/s does.
	stopSpeed = 0.7
	// rolledSeconds: a pause that is shorter than this …
	rolledSeconds = 28
	// rolledMetres … and at whose end the device is so far away, in metres, is no
	// rest: somebody stopped the timer and rode on. Six such pauses of three
	// athletes count as moving, with 15 to 27 s and 51 to 118 m; one of 16 s and
	// 38 m and one of 28 s and 60 m count as rest.
	rolledMetres = 45
)

// restBeforePause returns the first step of the rest in a stretch of slow steps
// from one step to before another that is long enough to be rest; end if there is none.
func restBeforePause(s *stream, start, end int) int {
	last := end - 1
	if s.dt(last) < restSeconds {
		return start
	}
	if last == start {
		if s.dt(last) < rolledSeconds && s.moved(last) >= rolledMetres {
			return end
		}
		return start
	}
	slow := float64(s.ms[last-1]-s.ms[start-1]) / 1000
	if slow < restSeconds && start > 1 && end < s.len() && s.speed(start-1) >= stopSpeed && s.speed(end) >= startSpeed {
		return last
	}
	return start
}

// moved returns how far apart in metres the positions at both ends of a step are,
// whatever the device's counter says; 0 where one is missing.
func (s *stream) moved(i int) float64 {
	if s.source != deviceDistance || s.recs == nil {
		return 0
	}
	a, b := &s.recs[s.row[i-1]], &s.recs[s.row[i]]
	if a.Has&b.Has&activity.Position == 0 {
		return 0
	}
	return haversine(a.Lat, a.Lon, b.Lat, b.Lon)
}
