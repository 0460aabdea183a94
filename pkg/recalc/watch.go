package recalc

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// stravaMaker is the manufacturer of the FIT files that Strava's own watch app
// writes.
const stravaMaker = "strava"

// stravasWatch reports whether Strava's own watch app wrote the file. The total
// of its session is the distance that Strava shows, not the sum of the steps.
func stravasWatch(a *activity.Activity) bool {
	return a.Format == "fit" && a.Device.Manufacturer == stravaMaker
}

// watchEndsSince is when the records without a position at both ends of such a
// file began to count: all 12 files of March to 16 July 2024 that were not
// paused last from the first to the last position, to the second; of the 7
// after it none does, and 6 last from the first to the last record.
var watchEndsSince = time.Date(2024, time.July, 17, 0, 0, 0, 0, time.UTC)

// located returns the first and the last time of the rows with a position.
func located(recs []activity.Record, rs []int32) (first, last int64) {
	seen := false
	for _, r := range rs {
		if p := &recs[r]; p.Has&activity.Position != 0 {
			if !seen {
				first, seen = p.Time, true
			}
			last = p.Time
		}
	}
	return first, last
}
