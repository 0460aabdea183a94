package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/bandport/bandport/pkg/activity"
)

// Units are the units of the table; programs always get metres and seconds.
type Units string

// The systems of units.
const (
	Metric   Units = "metric"
	Imperial Units = "imperial"
)

// ParseUnits reads the name of a system of units.
func ParseUnits(s string) (Units, error) {
	switch u := Units(s); u {
	case Metric, Imperial:
		return u, nil
	}
	return "", fmt.Errorf("unknown units %q: want metric or imperial", s)
}

// Lengths of the units in metres.
const (
	kilometre = 1000.0
	mile      = 1609.344
	foot      = 0.3048
	yard      = 0.9144
)

const none = "–"

// absurd is where a figure stops being one that a person could read: no workout
// lasts 30,000 years. Files can claim any number, and one that a file made up
// must neither break the table nor fill the screen.
const absurd = 1e12

// fixed shows a number with so many decimals; an absurd one in powers of ten.
// Zero has no sign, also when it is what a small negative number rounds to.
func fixed(f float64, decimals int) string {
	switch {
	case math.IsInf(f, 1): // out of a conversion: no file can claim it
		return "∞"
	case math.IsInf(f, -1):
		return "-∞"
	case math.Abs(f) >= absurd:
		return strconv.FormatFloat(f, 'g', 3, 64)
	}
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// clock shows a duration in whole seconds as 41:05 or 1:02:03. Fractions are
// cut off, as Strava does.
func clock(v activity.Value) string {
	f, ok := v.Get()
	if !ok {
		return none
	}
	return clockOf(f)
}

func clockOf(seconds float64) string {
	if math.Abs(seconds) >= absurd {
		return fixed(seconds, 0) + " s"
	}
	s, sign := int64(seconds), ""
	if s < 0 {
		s, sign = -s, "-"
	}
	if s < 3600 {
		return fmt.Sprintf("%s%d:%02d", sign, s/60, s%60)
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, s/3600, s/60%60, s%60)
}

// distance shows metres as 5.21 km or 3.24 mi, cut after two decimals as Strava
// cuts it: 9,999 m is shown as 9.99 km.
func (u Units) distance(v activity.Value) string {
	m, ok := v.Get()
	if !ok {
		return none
	}
	unit, name := kilometre, "km"
	if u == Imperial {
		unit, name = mile, "mi"
	}
	// 1,150 m is 1.15 km although 1.15 × 100 falls short of 115 in binary.
	hundredths := math.Trunc(m/unit*100 + math.Copysign(1e-9, m))
	return fixed(hundredths/100, 2) + " " + name
}

// length shows metres as 12.5 m or 41.0 ft.
func (u Units) length(m float64) string {
	if u == Imperial {
		return fixed(m/foot, 1) + " ft"
	}
	return fixed(m, 1) + " m"
}

// speed shows m/s as 25.3 km/h or 15.7 mph.
func (u Units) speed(v activity.Value) string {
	ms, ok := v.Get()
	if !ok {
		return none
	}
	if u == Imperial {
		return fixed(ms*3600/mile, 1) + " mph"
	}
	return fixed(ms*3600/kilometre, 1) + " km/h"
}

// pace shows m/s as 5:55 /km or 9:31 /mi, rounded to whole seconds.
func (u Units) pace(v activity.Value) string {
	if u == Imperial {
		return paceOf(v, mile, "/mi")
	}
	return paceOf(v, kilometre, "/km")
}

// swimPace shows m/s as swimmers say it: 2:05 /100m or 1:54 /100yd.
func (u Units) swimPace(v activity.Value) string {
	if u == Imperial {
		return paceOf(v, 100*yard, "/100yd")
	}
	return paceOf(v, 100, "/100m")
}

// slowest is the pace beyond which somebody stands: 100 hours a unit.
const slowest = 100 * 3600

func paceOf(v activity.Value, metres float64, name string) string {
	ms, ok := v.Get()
	if !ok || ms <= 0 || metres/ms >= slowest {
		return none
	}
	return clockOf(math.Round(metres/ms)) + " " + name
}

// rate shows a speed as people say it in a sport: as a pace on foot and in the
// water, else as a speed.
func (u Units) rate(sport *string, v activity.Value) string {
	switch {
	case sport == nil || !activity.Sport(*sport).Foot():
		return u.speed(v)
	case activity.Sport(*sport).Family() == activity.SwimFamily:
		return u.swimPace(v)
	}
	return u.pace(v)
}

// height shows metres as 45 m or 148 ft.
func (u Units) height(v activity.Value) string {
	m, ok := v.Get()
	if !ok {
		return none
	}
	if u == Imperial {
		return fixed(m/foot, 0) + " ft"
	}
	return fixed(m, 0) + " m"
}

// plain shows a figure rounded to a whole number, with a unit.
func plain(v activity.Value, unit string) string {
	f, ok := v.Get()
	if !ok {
		return none
	}
	s := fixed(math.Round(f), 0)
	if unit != "" {
		s += " " + unit
	}
	return s
}

// rounded rounds a figure for programs. It gives no -0, which reads as if it
// meant something, and leaves absurd figures alone: scaling one could overflow,
// and JSON has no infinity.
func rounded(v activity.Value, decimals int) activity.Value {
	f, ok := v.Get()
	if !ok || math.Abs(f) >= absurd {
		return v
	}
	r, _ := v.Round(decimals).Get()
	return activity.Of(r + 0)
}
