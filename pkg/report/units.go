package report

import (
	"fmt"
	"math"
	"strconv"

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
)

const none = "–"

// clock shows a duration in whole seconds as 41:05 or 1:02:03.
func clock(v activity.Value) string {
	s, ok := seconds(v)
	if !ok {
		return none
	}
	return clockOf(s)
}

func clockOf(s int) string {
	if s < 0 {
		return "-" + clockOf(-s)
	}
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// distance shows metres as 5.21 km or 3.24 mi, cut after two decimals as Strava
// cuts it: 9.999 km is shown as 9.99.
func (u Units) distance(v activity.Value) string {
	m, ok := v.Get()
	if !ok {
		return none
	}
	unit, name := kilometre, "km"
	if u == Imperial {
		unit, name = mile, "mi"
	}
	return fmt.Sprintf("%.2f %s", math.Floor(m/unit*100+1e-9)/100, name)
}

// speed shows m/s as 25.3 km/h or 15.7 mph.
func (u Units) speed(v activity.Value) string {
	ms, ok := v.Get()
	if !ok {
		return none
	}
	if u == Imperial {
		return fmt.Sprintf("%.1f mph", ms*3600/mile)
	}
	return fmt.Sprintf("%.1f km/h", ms*3600/kilometre)
}

// pace shows m/s as 5:55 /km or 9:31 /mi.
func (u Units) pace(v activity.Value) string {
	ms, ok := v.Get()
	if !ok || ms <= 0 {
		return none
	}
	unit, name := kilometre, "/km"
	if u == Imperial {
		unit, name = mile, "/mi"
	}
	s := int(math.Round(unit / ms))
	if s >= 100*3600 {
		return none
	}
	return clockOf(s) + " " + name
}

// height shows metres as 45 m or 148 ft.
func (u Units) height(v activity.Value) string {
	m, ok := v.Get()
	if !ok {
		return none
	}
	if u == Imperial {
		return fmt.Sprintf("%.0f ft", m/foot)
	}
	return fmt.Sprintf("%.0f m", m)
}

// plain shows a figure rounded to a whole number, with a unit.
func plain(v activity.Value, unit string) string {
	f, ok := v.Get()
	if !ok {
		return none
	}
	s := strconv.FormatFloat(math.Round(f), 'f', 0, 64)
	if unit != "" {
		s += " " + unit
	}
	return s
}
