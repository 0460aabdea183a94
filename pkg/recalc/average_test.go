package recalc

import (
	"testing"

	"github.com/bandport/bandport/pkg/activity"
)

// beating returns a record with a time in seconds and a heart rate.
func beating(seconds, bpm float64) activity.Record {
	r := at(seconds)
	r.HeartRate, r.Has = float32(bpm), r.Has|activity.HeartRate
	return r
}

func TestAverage(t *testing.T) {
	known := activity.Of
	for _, c := range []struct {
		name    string
		recs    []activity.Record
		resting []bool
		zeros   bool
		want    activity.Value
	}{
		{"nothing is not 0", []activity.Record{at(0), at(1)}, nil, true, activity.Value{}},
		{"one record spans no time", []activity.Record{beating(0, 100)}, nil, true, activity.Value{}},
		{
			"a value holds for the step that ends with it: 10 s of 100, 30 s of 150",
			[]activity.Record{beating(0, 200), beating(10, 100), beating(40, 150)}, nil, true, known(137.5),
		},
		{
			"a record without a value leaves its step out",
			[]activity.Record{beating(0, 200), beating(10, 100), at(40), beating(50, 120)}, nil, true, known(110),
		},
		{
			"rest is left out",
			[]activity.Record{beating(0, 200), beating(10, 100), beating(20, 60), beating(30, 120)},
			[]bool{false, false, true, false}, true, known(110),
		},
		{"nothing but rest", []activity.Record{beating(0, 200), beating(10, 100)}, []bool{false, true}, true, activity.Value{}},
		{"zeros count", []activity.Record{beating(0, 80), beating(10, 80), beating(20, 0)}, nil, true, known(40)},
		{"zeros do not count for a cadence", []activity.Record{beating(0, 80), beating(10, 80), beating(20, 0)}, nil, false, known(80)},
		{"nothing but zeros is no cadence", []activity.Record{beating(0, 0), beating(10, 0)}, nil, false, activity.Value{}},
		{
			"the second record of an instant does not count",
			[]activity.Record{beating(0, 80), beating(10, 100), beating(10, 200), beating(20, 120)}, nil, true, known(110),
		},
		{"times before 1970", []activity.Record{beating(-30, 80), beating(-20, 100), beating(-10, 120)}, nil, true, known(110)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.resting == nil {
				c.resting = make([]bool, len(c.recs))
			}
			if got := average(c.recs, rows(nil, c.recs), c.resting, activity.HeartRate, heartRate, c.zeros); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestLargest(t *testing.T) {
	untimed := beating(0, 220)
	untimed.Has &^= activity.Time
	for _, c := range []struct {
		name string
		recs []activity.Record
		want activity.Value
	}{
		{"nothing is not 0", []activity.Record{at(0)}, activity.Value{}},
		{"the largest of three", []activity.Record{beating(0, 100), beating(1, 180), beating(2, 120)}, activity.Of(180)},
		{"a record without a time does not count", []activity.Record{beating(0, 100), untimed}, activity.Of(100)},
		{"zeros", []activity.Record{beating(0, 0)}, activity.Of(0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := largest(c.recs, rows(nil, c.recs), activity.HeartRate, heartRate); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
