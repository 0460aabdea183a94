package recalc

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
)

// powered returns a record with a time in seconds and a power in watts.
func powered(seconds, watts float64) activity.Record {
	r := at(seconds)
	r.Power, r.Has = float32(watts), r.Has|activity.Power
	return r
}

// weighted returns the weighted power of some records.
func weighted(recs []activity.Record) float64 {
	v, _ := weightedPower(recs, rows(nil, recs), nil)
	return v.Or(math.NaN())
}

// constant returns records of one power, the given seconds apart.
func constant(n int, apart, watts float64) (recs []activity.Record) {
	for i := range n {
		recs = append(recs, powered(float64(i)*apart, watts))
	}
	return recs
}

func TestWork(t *testing.T) {
	for _, c := range []struct {
		name    string
		recs    []activity.Record
		resting []bool
		want    float64
	}{
		{"a minute at 100 W", []activity.Record{powered(0, 100), powered(60, 100)}, nil, 6000},
		{"a value holds for the step that ends with it", []activity.Record{powered(0, 900), powered(10, 100), powered(30, 50)}, nil, 2000},
		{"a step without power counts as 0 W", []activity.Record{powered(0, 100), at(10), powered(20, 100)}, nil, 1000},
		{"rest does not count", []activity.Record{powered(0, 100), powered(10, 100), powered(20, 100)}, []bool{false, true, false}, 1000},
		{"the second record of an instant does not count", []activity.Record{powered(0, 100), powered(10, 100), powered(10, 900)}, nil, 1000},
		{"one record is no work", []activity.Record{powered(0, 100)}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.resting == nil {
				c.resting = make([]bool, len(c.recs))
			}
			if got := workOf(c.recs, rows(nil, c.recs), c.resting); got != c.want {
				t.Errorf("%v J, want %v J", got, c.want)
			}
		})
	}
}

func TestWeightedPowerOfConstantPowerIsThatPower(t *testing.T) {
	for _, apart := range []float64{1, 2, 5} {
		// The average starts at 0; after ten hours that is forgotten.
		if got := weighted(constant(int(36000/apart), apart, 200)); math.Abs(got-200) > .1 {
			t.Errorf("a record every %v s: %v W, want 200 W", apart, got)
		}
	}
}

func TestWeightedPowerWeighsBurstsMore(t *testing.T) {
	var recs []activity.Record
	for i := range 7200 {
		recs = append(recs, powered(float64(i), float64(i/60%2*400))) // a minute of 0 W, a minute of 400 W
	}
	if got := weighted(recs); got < 250 || got > 400 {
		t.Errorf("%v W of 200 W on average", got)
	}
}

// In a gap the average decays, and the seconds of the gap count: an hour at
// 200 W, an hour of nothing and an hour at 200 W are less than 200 W. They
// count only until the average is below 0.1 W, 194 s; else it would be much
// less.
func TestWeightedPowerDecaysInGaps(t *testing.T) {
	recs := constant(3600, 1, 200)
	for i := range 3600 {
		recs = append(recs, powered(float64(7200+i), 200))
	}
	hour := weighted(constant(3600, 1, 200))
	got := weighted(recs)
	if want := hour * math.Pow(7200./(7200+194), .25); math.Abs(got-want) > .2 {
		t.Errorf("%v W, want %v W", got, want)
	}
}

func TestWeightedPowerOfNothing(t *testing.T) {
	for name, recs := range map[string][]activity.Record{
		"no records":            nil,
		"one record":            {powered(0, 100)},
		"records of one moment": {powered(0, 100), powered(0, 200)},
	} {
		if got := weighted(recs); !math.IsNaN(got) {
			t.Errorf("%s: %v W", name, got)
		}
	}
}

// xPower is the average as it is published: in seconds, with the time of each
// sample at hand.
func xPower(seconds, watts []float64) float64 {
	var gaps []float64
	for i := 1; i < len(seconds); i++ {
		gaps = append(gaps, seconds[i]-seconds[i-1])
	}
	slices.Sort(gaps)
	interval := max((gaps[(len(gaps)-1)/2]+gaps[len(gaps)/2])/2, 1)
	perWindow := 25 / interval
	attenuation, weight := perWindow/(perWindow+interval), interval/(perWindow+interval)
	w, total, n := 0.0, 0.0, 0.0
	last := seconds[0]
	for i := range seconds {
		for i > 0 && w > .1 && seconds[i] > last+interval+.1 {
			w, last = w*attenuation, last+interval
			total, n = total+math.Pow(w, 4), n+1
		}
		w, last = w*attenuation+weight*watts[i], seconds[i]
		total, n = total+math.Pow(w, 4), n+1
	}
	return math.Pow(total/n, .25)
}

func TestWeightedPowerIsXPower(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		var recs []activity.Record
		var seconds, watts []float64
		now := 0.0
		for range 500 {
			now += 1 + float64(rnd.IntN(20)/17*rnd.IntN(300)) // now and then a gap
			w := float64(rnd.IntN(600))
			recs = append(recs, powered(now, w))
			if rnd.IntN(10) == 0 {
				recs = append(recs, powered(now, 900)) // another record of that moment does not count
			}
			seconds, watts = append(seconds, now), append(watts, w)
		}
		if got, want := weighted(recs), xPower(seconds, watts); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v W, want %v W", got, want)
		}
	}
}
