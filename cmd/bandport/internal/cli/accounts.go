package cli

import (
	"context"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/strava"
)

// apiAccounts gets Strava's figures of activities by its API. Nothing of them is
// kept.
type apiAccounts struct{ client *strava.Client }

// Account returns what Strava shows for an activity.
func (x apiAccounts) Account(ctx context.Context, id int64) (activity.Activity, error) {
	a, err := x.client.Activity(ctx, id)
	if err != nil {
		return activity.Activity{}, err
	}
	out := activity.Activity{
		Format: "strava", Name: a.Name, RawSport: a.SportType, Start: a.StartDate.UTC().Truncate(time.Second),
		Totals: activity.Totals{
			ElapsedTime: activity.Of(float64(a.ElapsedTime)), MovingTime: activity.Of(float64(a.MovingTime)), Distance: activity.Of(a.Distance),
			AverageSpeed: activity.Of(a.AverageSpeed), Ascent: activity.Of(a.TotalElevationGain),
		},
	}
	out.Sport, _ = activity.ParseSport(a.SportType)
	if a.Calories != nil {
		out.Totals.Calories = activity.Of(*a.Calories)
	}
	return out, nil
}
