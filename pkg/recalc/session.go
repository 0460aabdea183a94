package recalc

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// From spring 2019 on Strava believed the summaries of FIT sessions more than it
// did before and after. Moving time, distance, cadence, power and the largest
// heart rate were computed all the same.
var (
	// sessionsSince is when that began: the last computed heart rate is of 27
	// April, but for one of 14 May, the first taken from the session of 28 April.
	sessionsSince = time.Date(2019, time.April, 28, 0, 0, 0, 0, time.UTC)
	// sessionHeartRateUntil is when Strava computed heart rates again. Between
	// the two days 82 of 83 averages of six athletes are whole numbers and those
	// of the session, also where that is off by 25 %; outside of them none is.
	sessionHeartRateUntil = time.Date(2020, time.May, 21, 0, 0, 0, 0, time.UTC)
	// sessionAscentUntil is when Strava looked up climbs in its map again for
	// devices without barometer: 23 of 23 recordings of three athletes since
	// sessionsSince show the ascent of the session, the last of 6 December; the
	// next, of 4 January 2020, does not. What one program writes (Runkeeper) was
	// looked up again from October on.
	sessionAscentUntil = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// believesHeartRate reports whether Strava took the average heart rate of the
// session of a file uploaded on a day.
func believesHeartRate(a *activity.Activity, day time.Time) bool {
	return a.Format == "fit" && !day.Before(sessionsSince) && day.Before(sessionHeartRateUntil)
}

// believesAscent reports whether Strava took the ascent of the session of a file
// uploaded on a day, whatever device it is from.
func believesAscent(a *activity.Activity, day time.Time) bool {
	return a.Format == "fit" && !day.Before(sessionsSince) && day.Before(sessionAscentUntil)
}
