package compare_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
)

var noon = time.Date(2019, time.March, 2, 12, 0, 0, 0, time.UTC)

// key makes a workout: when it began after noon, how long and how far it went.
func key(after time.Duration, seconds, metres float64, sport activity.Sport) compare.Key {
	k := compare.Key{Start: noon.Add(after), Sport: sport}
	if seconds > 0 {
		k.Duration = activity.Of(seconds)
	}
	if metres > 0 {
		k.Distance = activity.Of(metres)
	}
	return k
}

func TestMatch(t *testing.T) {
	run := key(0, 1800, 5000, activity.Run)
	for _, c := range []struct {
		name string
		a, b []compare.Key
		want []compare.Pair
	}{
		{"nothing", nil, nil, nil},
		{"the same", []compare.Key{run}, []compare.Key{run}, []compare.Pair{{0, 0, 0}}},
		{"a start some seconds off", []compare.Key{run}, []compare.Key{key(40*time.Second, 1700, 5100, activity.Run)}, []compare.Pair{{0, 0, 0}}},
		{"no start, no partner", []compare.Key{run}, []compare.Key{{Duration: activity.Of(1800), Distance: activity.Of(5000)}}, nil},
		{"another day", []compare.Key{run}, []compare.Key{key(24*3*time.Hour, 1800, 5000, activity.Run)}, nil},
		{"an unknown sport fits to any", []compare.Key{run}, []compare.Key{key(0, 1800, 5000, "")}, []compare.Pair{{0, 0, 0}}},
		{"a trail run is a run", []compare.Key{run}, []compare.Key{key(0, 1800, 5000, activity.TrailRun)}, []compare.Pair{{0, 0, 0}}},
		{"a sport that was corrected", []compare.Key{run}, []compare.Key{key(0, 1790, 5005, activity.Walk)}, []compare.Pair{{0, 0, 0}}},
		{"another sport, and nothing else agrees", []compare.Key{run}, []compare.Key{key(0, 3600, 20000, activity.Ride)}, nil},
		{"a watch that was started late", []compare.Key{run}, []compare.Key{key(4*time.Minute, 1500, 4400, activity.Run)}, []compare.Pair{{0, 0, 0}}},
		{"the last ten minutes alone", []compare.Key{run}, []compare.Key{key(20*time.Minute, 600, 1700, activity.Run)}, nil},
		{"a clock that is two hours ahead", []compare.Key{run}, []compare.Key{key(2*time.Hour+5*time.Second, 1800, 5010, activity.Run)}, []compare.Pair{{0, 0, 2 * time.Hour}}},
		{"a clock in India", []compare.Key{run}, []compare.Key{key(-330*time.Minute, 1800, 0, activity.Run)}, []compare.Pair{{0, 0, -330 * time.Minute}}},
		{"20 minutes are no time zone", []compare.Key{run}, []compare.Key{key(50*time.Minute, 1800, 5000, activity.Run)}, nil},
		{"two hours later somebody ran farther", []compare.Key{run}, []compare.Key{key(2*time.Hour, 3000, 9000, activity.Run)}, nil},
		{"two hours later, and nothing to tell by", []compare.Key{key(0, 0, 0, activity.Run)}, []compare.Key{key(2*time.Hour, 0, 0, activity.Run)}, nil},
		{
			"the right time goes before the same hour", []compare.Key{run},
			[]compare.Key{key(time.Hour, 1800, 5000, activity.Run), key(20*time.Second, 1900, 5100, activity.Run)}, []compare.Pair{{0, 1, 0}},
		},
		{
			"each has one partner at the most", []compare.Key{run, run},
			[]compare.Key{key(10*time.Second, 1800, 5000, activity.Run)}, []compare.Pair{{0, 0, 0}},
		},
		{
			"two workouts after each other keep apart, in whatever order",
			[]compare.Key{key(0, 600, 2000, activity.Run), key(12*time.Minute, 3000, 20000, activity.Ride)},
			[]compare.Key{key(12*time.Minute, 3000, 20000, activity.Ride), key(time.Second, 600, 2000, activity.Run)}, []compare.Pair{{0, 1, 0}, {1, 0, 0}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, compare.Match(c.a, c.b)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
