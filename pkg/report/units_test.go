package report

import (
	"math"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
)

func TestFiguresForPeople(t *testing.T) {
	of := activity.Of
	metric, imperial := Metric, Imperial
	bpm := func(v activity.Value) string { return plain(v, "bpm") }
	for _, c := range []struct {
		name string
		show func(activity.Value) string
		v    activity.Value
		want string
	}{
		{"an unknown duration is a dash", clock, activity.Value{}, "–"},
		{"a duration of 0 is no dash", clock, of(0), "0:00"},
		{"seconds have two digits", clock, of(65), "1:05"},
		{"fractions of a second are cut off", clock, of(59.99), "0:59"},
		{"an hour has minutes of two digits", clock, of(3723), "1:02:03"},
		{"59:59 has no hours yet", clock, of(3599.9), "59:59"},
		{"a day is 24 hours", clock, of(86400), "24:00:00"},
		{"a negative duration has its sign in front", clock, of(-3723), "-1:02:03"},
		{"a small negative duration is 0", clock, of(-0.5), "0:00"},
		{"a duration that no integer holds stays one line", clock, of(1e300), "1e+300 s"},
		{"and a negative one, too", clock, of(-1e300), "-1e+300 s"},

		{"an unknown distance is a dash", metric.distance, activity.Value{}, "–"},
		{"a distance is cut, not rounded", metric.distance, of(9999), "9.99 km"},
		{"a distance that falls on a hundredth keeps it", metric.distance, of(1150), "1.15 km"},
		{"and so does this one", metric.distance, of(2010), "2.01 km"},
		{"a marathon", metric.distance, of(42195), "42.19 km"},
		{"a mile", imperial.distance, of(1609.344), "1.00 mi"},
		{"nearly a mile", imperial.distance, of(1609.3), "0.99 mi"},
		{"a negative distance is cut toward 0", metric.distance, of(-1239), "-1.23 km"},
		{"and 0 has no sign", metric.distance, of(-8), "0.00 km"},
		{"a distance beyond the galaxy stays short", metric.distance, of(1e308), "1e+305 km"},

		{"an unknown pace is a dash", metric.pace, activity.Value{}, "–"},
		{"who stands has no pace", metric.pace, of(0), "–"},
		{"nor has who walks backward", metric.pace, of(-1), "–"},
		{"59.4 s round down", metric.pace, of(1000 / 359.4), "5:59 /km"},
		{"59.6 s carry over to the next minute", metric.pace, of(1000 / 359.6), "6:00 /km"},
		{"59:59.6 carries over to the hour", metric.pace, of(1000 / 3599.6), "1:00:00 /km"},
		{"a pace in miles", imperial.pace, of(2.8), "9:35 /mi"},
		{"a pace of days is none", metric.pace, of(0.001), "–"},
		{"nor is one that no number holds", metric.pace, of(math.SmallestNonzeroFloat64), "–"},
		{"swimmers count by 100 m", metric.swimPace, of(0.8), "2:05 /100m"},
		{"or by 100 yards", imperial.swimPace, of(0.8), "1:54 /100yd"},

		{"an unknown speed is a dash", metric.speed, activity.Value{}, "–"},
		{"a speed", metric.speed, of(7), "25.2 km/h"},
		{"a speed in miles", imperial.speed, of(7), "15.7 mph"},
		{"a speed whose conversion overflows", metric.speed, of(1.7e308), "∞ km/h"},
		{"in either direction", imperial.speed, of(-1.7e308), "-∞ mph"},
		{"a speed of 0 has no sign", metric.speed, of(-0.001), "0.0 km/h"},

		{"an unknown height is a dash", metric.height, activity.Value{}, "–"},
		{"a height", metric.height, of(47.96), "48 m"},
		{"a height in feet", imperial.height, of(48), "157 ft"},
		{"a height below the sea", metric.height, of(-3.6), "-4 m"},
		{"sea level has no sign", metric.height, of(-0.3), "0 m"},

		{"an unknown figure is a dash without a unit", bpm, activity.Value{}, "–"},
		{"a half rounds up", bpm, of(134.5), "135 bpm"},
		{"a figure of 0 is shown", bpm, of(0), "0 bpm"},
		{"a negative figure keeps its sign", bpm, of(-5), "-5 bpm"},
		{"an absurd figure stays short", bpm, of(1e300), "1e+300 bpm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.show(c.v); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	for want, got := range map[string]string{"12.5 m": metric.length(12.46), "41.0 ft": imperial.length(12.5), "0.0 m": metric.length(-0.01)} {
		if got != want {
			t.Errorf("length: got %q, want %q", got, want)
		}
	}
}

// Pace or speed is a matter of the sport, and of what people say in it.
func TestRateBySport(t *testing.T) {
	sport := func(s activity.Sport) *string { w := string(s); return &w }
	for _, c := range []struct {
		sport *string
		want  string
	}{
		{nil, "9.0 km/h"},
		{sport(activity.Ride), "9.0 km/h"},
		{sport(activity.TrailRun), "6:40 /km"},
		{sport(activity.Hike), "6:40 /km"},
		{sport(activity.Swim), "0:40 /100m"},
		{sport("AlpineSki"), "9.0 km/h"},
	} {
		if got := Metric.rate(c.sport, activity.Of(2.5)); got != c.want {
			t.Errorf("%v: got %q, want %q", c.sport, got, c.want)
		}
	}
}

func TestRoundedFiguresForPrograms(t *testing.T) {
	for _, c := range []struct {
		name     string
		v        activity.Value
		decimals int
		want     string
	}{
		{"unknown stays unknown", activity.Value{}, 2, ""},
		{"half away from zero", activity.Of(0.125), 2, "0.13"},
		{"trailing zeros are left out", activity.Of(5.0001), 2, "5"},
		{"what rounds to 0 from below has no sign", activity.Of(-0.04), 1, "0"},
		{"a negative figure", activity.Of(-2.55), 1, "-2.6"},
		{"a figure whose rounding would overflow stays finite", activity.Of(1e300), 4, activity.Of(1e300).String()},
		{"the largest figure, too", activity.Of(math.MaxFloat64), 4, activity.Of(math.MaxFloat64).String()},
	} {
		if got := rounded(c.v, c.decimals).String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFormatsAndUnitsByName(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("%s: %v, %v", f, got, err)
		}
	}
	if Formats()[0] != Table {
		t.Error("the default is not the table")
	}
	for _, u := range []Units{Metric, Imperial} {
		if got, err := ParseUnits(string(u)); got != u || err != nil {
			t.Errorf("%s: %v, %v", u, got, err)
		}
	}
	if _, err := ParseFormat("xml"); err == nil || err.Error() != `unknown format "xml": want table, json, jsonl or csv` {
		t.Error(err)
	}
	if _, err := ParseUnits("nautical"); err == nil || err.Error() != `unknown units "nautical": want metric or imperial` {
		t.Error(err)
	}
}
