package codectest_test

import (
	"math"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

// told notes that a test failed instead of failing.
type told struct {
	testing.TB
	failed bool
}

func (t *told) Helper() {}

func (t *told) Fatalf(string, ...any) {
	t.failed = true
	panic(t)
}

// fails reports whether Sound fails for an activity.
func fails(t *testing.T, a *activity.Activity) (failed bool) {
	t.Helper()
	r := &told{TB: t}
	defer func() {
		if v := recover(); v != nil && v != any(r) {
			panic(v)
		}
		failed = r.failed
	}()
	codectest.Sound(r, a)
	return false
}

func sane() *activity.Activity {
	a := &activity.Activity{
		Tracks: []activity.Span{{First: 0, End: 2}, {First: 2, End: 4}}, Laps: []activity.Lap{{Records: activity.Span{First: 0, End: 4}}},
		Pauses:  []activity.Pause{{From: time.Unix(10, 0), To: time.Unix(20, 0), Next: 2}},
		Streams: []activity.Stream{{Values: make([]activity.Value, 4)}}, Places: make([]activity.Extent, 4),
		DeveloperFields: []activity.DeveloperField{{Records: 4}},
	}
	for range 4 {
		a.Records = append(a.Records, activity.Record{Has: activity.Time})
	}
	return a
}

func TestSound(t *testing.T) {
	if fails(t, sane()) || fails(t, &activity.Activity{}) {
		t.Error("a sound activity is refused")
	}
	for name, spoil := range map[string]func(a *activity.Activity){
		"no time":                  func(a *activity.Activity) { a.Records[1].Has = 0 },
		"beyond the pole":          func(a *activity.Activity) { a.Records[1].Lat = 91 },
		"no number":                func(a *activity.Activity) { a.Records[1].Altitude = math.NaN() },
		"infinite power":           func(a *activity.Activity) { a.Records[3].Power = float32(math.Inf(1)) },
		"a lap beyond the end":     func(a *activity.Activity) { a.Laps[0].Records.End = 5 },
		"tracks that overlap":      func(a *activity.Activity) { a.Tracks[1].First = 1 },
		"an empty track":           func(a *activity.Activity) { a.Tracks = append(a.Tracks, activity.Span{First: 4, End: 4}) },
		"a record outside":         func(a *activity.Activity) { a.Tracks = a.Tracks[:1] },
		"a pause of no time":       func(a *activity.Activity) { a.Pauses[0].To = a.Pauses[0].From },
		"a pause before the start": func(a *activity.Activity) { a.Pauses[0].Next = 0 },
		"a short stream":           func(a *activity.Activity) { a.Streams[0].Values = nil },
		"a place too many":         func(a *activity.Activity) { a.Places = make([]activity.Extent, 5) },
		"a field in more than all": func(a *activity.Activity) { a.DeveloperFields[0].Records = 5 },
	} {
		a := sane()
		if spoil(a); !fails(t, a) {
			t.Errorf("%s: accepted", name)
		}
	}
}
