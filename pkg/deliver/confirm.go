package deliver

import (
	"context"

	"github.com/bandport/bandport/pkg/journal"
)

// Arrived is a workout that an archive of Strava's holds.
type Arrived struct {
	Remote
	SHA256 string // of the decompressed bytes that were uploaded; empty where the archive does not hold them
}

// Confirmation is what an archive says about the journal.
type Confirmation struct {
	Marked  []journal.Row // that were staged or on their way, and are there
	Missing []journal.Row // that were staged, and are not there
	Gone    []journal.Row // that were uploaded, and are not there: deleted, or uploaded after the archive was made
}

// Confirm marks what has arrived according to an archive. Workouts are found by
// their bytes, by the number of the activity, or else by their start and distance.
func Confirm(ctx context.Context, j *journal.Journal, arrived []Arrived) (Confirmation, error) {
	var c Confirmation
	rows, err := j.Rows(ctx, journal.Filter{})
	if err != nil {
		return c, err
	}
	bySum, byID := map[string]*Arrived{}, map[int64]bool{}
	for i := range arrived {
		if s := arrived[i].SHA256; s != "" {
			bySum[s] = &arrived[i]
		}
		byID[arrived[i].ActivityID] = true
	}
	for i := range rows {
		r := &rows[i]
		if r.State == journal.Uploaded || r.State == journal.Duplicate || r.State == journal.Deleted {
			if r.State == journal.Uploaded && !byID[r.ActivityID] {
				c.Gone = append(c.Gone, *r)
			}
			continue
		}
		a := bySum[r.SHA256]
		for k := 0; a == nil && k < len(arrived); k++ {
			if rowAccount(r).same(arrived[k].account()) {
				a = &arrived[k]
			}
		}
		if a == nil {
			if r.State == journal.Staged {
				c.Missing = append(c.Missing, *r)
			}
			continue
		}
		if err := j.Settle(ctx, r.ID, journal.Row{State: journal.Uploaded, ActivityID: a.ActivityID}); err != nil {
			return c, err
		}
		r.State, r.ActivityID = journal.Uploaded, a.ActivityID
		c.Marked = append(c.Marked, *r)
	}
	return c, nil
}
