package activity_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
)

var absent activity.Value

func TestZeroIsNotAbsent(t *testing.T) {
	zero := activity.Of(0)
	if v, ok := zero.Get(); v != 0 || !ok || !zero.Known() {
		t.Errorf("0 is %v, %v", v, ok)
	}
	if v, ok := absent.Get(); v != 0 || ok || absent.Known() {
		t.Errorf("nothing is %v, %v", v, ok)
	}
	if zero == absent {
		t.Error("0 is the same as nothing")
	}
	if zero.Or(7) != 0 || absent.Or(7) != 7 {
		t.Error("Or replaces a known 0, or does not replace nothing")
	}
}

func TestOfTakesFiguresOnly(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if activity.Of(v).Known() {
			t.Errorf("%v is taken for a figure", v)
		}
	}
	if !activity.Of(math.MaxFloat64).Known() {
		t.Error("the largest float64 is no figure")
	}
}

func TestPlusAndMax(t *testing.T) {
	two, five, minus := activity.Of(2), activity.Of(5), activity.Of(-3)
	for _, c := range []struct {
		name      string
		a, b      activity.Value
		plus, max activity.Value
	}{
		{"two figures", two, five, activity.Of(7), five},
		{"one negative", two, minus, activity.Of(-1), two},
		{"nothing and a figure", absent, minus, minus, minus}, // nothing is not 0
		{"nothing and nothing", absent, absent, absent, absent},
		{"a sum beyond all figures", activity.Of(math.MaxFloat64), activity.Of(math.MaxFloat64), absent, activity.Of(math.MaxFloat64)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if ab, ba := c.a.Plus(c.b), c.b.Plus(c.a); ab != c.plus || ba != c.plus {
				t.Errorf("sum: %v and %v, want %v", ab, ba, c.plus)
			}
			if ab, ba := c.a.Max(c.b), c.b.Max(c.a); ab != c.max || ba != c.max {
				t.Errorf("maximum: %v and %v, want %v", ab, ba, c.max)
			}
		})
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		in       activity.Value
		decimals int
		want     activity.Value
	}{
		{activity.Of(2.5), 0, activity.Of(3)}, // half away from zero
		{activity.Of(-2.5), 0, activity.Of(-3)},
		{activity.Of(2.449), 1, activity.Of(2.4)},
		{activity.Of(1234), -2, activity.Of(1200)},
		{absent, 1, absent},
		{activity.Of(math.MaxFloat64), 2, activity.Of(math.MaxFloat64)}, // nothing to round there
	} {
		if got := c.in.Round(c.decimals); got != c.want {
			t.Errorf("%v to %d decimals is %v, want %v", c.in, c.decimals, got, c.want)
		}
	}
}

func TestValueAsTextAndJSON(t *testing.T) {
	for _, c := range []struct {
		in         activity.Value
		text, json string
	}{
		{absent, "", "null"},
		{activity.Of(0), "0", "0"},
		{activity.Of(-1.5), "-1.5", "-1.5"},
		{activity.Of(0.1), "0.1", "0.1"}, // the shortest form that reads back
		{activity.Of(1e21), "1000000000000000000000", "1000000000000000000000"},
	} {
		if got := c.in.String(); got != c.text {
			t.Errorf("text %q, want %q", got, c.text)
		}
		got, err := json.Marshal(struct{ V activity.Value }{c.in})
		if want := `{"V":` + c.json + `}`; err != nil || string(got) != want {
			t.Errorf("JSON %s, %v, want %s", got, err, want)
		}
	}
}

func TestEqual(t *testing.T) {
	one, two, none := activity.Of(1), activity.Of(2), activity.Value{}
	if !one.Equal(activity.Of(1)) || one.Equal(two) || one.Equal(none) || !none.Equal(activity.Of(math.NaN())) || activity.Of(0).Equal(none) {
		t.Error("equal is what is the same figure, and 0 is one")
	}
}
