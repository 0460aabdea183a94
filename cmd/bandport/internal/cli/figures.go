package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/recalc"
)

// figureKeys are the figures that --band and --strava take, and other words for
// them.
var figureKeys = map[string]recalc.Field{
	"time": recalc.MovingTime, "moving": recalc.MovingTime, "duration": recalc.MovingTime, "elapsed": recalc.ElapsedTime,
	"distance": recalc.Distance, "pace": recalc.AveragePace, "speed": recalc.AverageSpeed, "maxspeed": recalc.MaxSpeed,
	"gain": recalc.TotalElevationGain, "ascent": recalc.TotalElevationGain, "calories": recalc.Calories, "kcal": recalc.Calories,
	"heartrate": recalc.AverageHeartrate, "hr": recalc.AverageHeartrate, "maxhr": recalc.MaxHeartrate, "cadence": recalc.AverageCadence,
}

// figureWords are the keys that messages name.
const figureWords = "time, elapsed, distance, pace, speed, maxspeed, gain, calories, hr, maxhr, cadence"

// parseFigures reads figures that somebody read off a screen, such as
// "time=31:40,distance=5.2km,pace=6:05". It also returns by how much each can be
// off: half of its last digit.
func parseFigures(text string) (*compare.Account, error) {
	a := compare.Account{Rounding: map[recalc.Field]float64{}}
	t := &a.Totals
	into := map[recalc.Field]*activity.Value{
		recalc.MovingTime: &t.TimerTime, recalc.ElapsedTime: &t.ElapsedTime, recalc.Distance: &t.Distance, recalc.AveragePace: &a.Pace,
		recalc.AverageSpeed: &t.AverageSpeed, recalc.MaxSpeed: &t.MaxSpeed, recalc.TotalElevationGain: &t.Ascent, recalc.Calories: &t.Calories,
		recalc.AverageHeartrate: &t.AverageHeartRate, recalc.MaxHeartrate: &t.MaxHeartRate, recalc.AverageCadence: &t.AverageCadence,
	}
	for _, part := range figureParts(text) {
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		field, known := figureKeys[key]
		switch {
		case !ok:
			return nil, fmt.Errorf("%q: want a figure and its value, such as time=31:40", part)
		case !known:
			return nil, fmt.Errorf("there is no figure %q: want some of %s", key, figureWords)
		case into[field].Known():
			return nil, fmt.Errorf("%s is given twice", key)
		}
		v, half, err := parseFigure(field, value)
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", key, value, err)
		}
		*into[field] = activity.Of(v)
		a.Rounding[field] = half
		if field == recalc.AveragePace {
			a.Rounding[recalc.AverageElapsedPace] = half
		}
	}
	if len(a.Rounding) == 0 {
		return nil, errors.New("no figure is given: want for example time=31:40,distance=5.2km")
	}
	return &a, nil
}

// figureParts splits at the commas between figures, not at that of a decimal:
// behind a comma between figures stands a word.
func figureParts(text string) []string {
	var parts []string
	for i, part := range strings.Split(text, ",") {
		if i > 0 && !strings.Contains(part, "=") {
			parts[len(parts)-1] += "." + strings.TrimSpace(part) // 5,2km
			continue
		}
		parts = append(parts, strings.TrimSpace(part))
	}
	return parts
}

// figureUnits are the units that a figure can have, in that of its field. The
// first is that of a figure without one.
var figureUnits = map[recalc.Field][]struct {
	suffix string
	factor float64
}{
	recalc.Distance:           {{"km", 1000}, {"mi", 1609.344}, {"m", 1}},
	recalc.AverageSpeed:       {{"km/h", 1 / 3.6}, {"kmh", 1 / 3.6}, {"mph", 1609.344 / 3600}, {"m/s", 1}},
	recalc.MaxSpeed:           {{"km/h", 1 / 3.6}, {"kmh", 1 / 3.6}, {"mph", 1609.344 / 3600}, {"m/s", 1}},
	recalc.TotalElevationGain: {{"m", 1}, {"ft", 0.3048}},
	recalc.Calories:           {{"kcal", 1}, {"cal", 1}, {"kj", 1 / 4.184}},
	recalc.AverageHeartrate:   {{"bpm", 1}},
	recalc.MaxHeartrate:       {{"bpm", 1}},
	recalc.AverageCadence:     {{"rpm", 1}, {"spm", 0.5}},
}

// mostFigure bounds what can be typed.
const mostFigure = 1e9

// parseFigure reads the value of a figure, and half of its last digit.
func parseFigure(f recalc.Field, text string) (v, half float64, err error) {
	switch f {
	case recalc.MovingTime, recalc.ElapsedTime:
		return parseClock(text)
	case recalc.AveragePace:
		per := 1.0
		for _, u := range []struct {
			suffix string
			per    float64
		}{{"/km", 1}, {"/mi", 1.609344}, {"/mile", 1.609344}} {
			if rest, ok := strings.CutSuffix(strings.ToLower(text), u.suffix); ok {
				text, per = strings.TrimSpace(rest), u.per
				break
			}
		}
		v, half, err = parseClock(text)
		return v / per, half / per, err
	}
	lower, factor := strings.ToLower(text), figureUnits[f][0].factor
	for _, u := range figureUnits[f] {
		if rest, ok := strings.CutSuffix(lower, u.suffix); ok {
			lower, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	v, err = strconv.ParseFloat(lower, 64)
	if err != nil || !(v >= 0 && v < mostFigure) {
		units := make([]string, 0, len(figureUnits[f]))
		for _, u := range figureUnits[f] {
			units = append(units, u.suffix)
		}
		return 0, 0, fmt.Errorf("want a number, with or without a unit (%s)", strings.Join(units, ", "))
	}
	digits := 0
	if _, decimals, ok := strings.Cut(lower, "."); ok {
		digits = len(decimals)
	}
	return v * factor, math.Pow(10, -float64(digits)) / 2 * factor, nil
}

// parseClock reads 31:40, 1:02:03, 31:40.5 or seconds as 1900s.
func parseClock(text string) (seconds, half float64, err error) {
	wrong := errors.New("want minutes and seconds such as 31:40, or hours before them such as 1:02:03")
	if rest, ok := strings.CutSuffix(strings.ToLower(text), "s"); ok {
		seconds, err = strconv.ParseFloat(strings.TrimSpace(rest), 64)
		if err != nil || !(seconds >= 0 && seconds < mostFigure) {
			return 0, 0, wrong
		}
		return seconds, 0.5, nil
	}
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, 0, wrong
	}
	for i, p := range parts {
		n, err := strconv.ParseFloat(p, 64)
		if err != nil || !(n >= 0 && n < 1e6) || i > 0 && n >= 60 || i < len(parts)-1 && n != math.Trunc(n) {
			return 0, 0, wrong
		}
		seconds = seconds*60 + n
	}
	return seconds, 0.5, nil
}

// tolerance is by how much figures may differ for --exit-code.
type tolerance map[recalc.Field]limit

// limit is an amount in the unit of the figure, or a share of it.
type limit struct{ amount, share float64 }

// toleranceFields are those that a bare percentage is about.
var toleranceFields = []recalc.Field{recalc.MovingTime, recalc.Distance, recalc.AveragePace}

// parseTolerance reads "2%", or figures with an amount or a share each:
// "time=10s,distance=1%".
func parseTolerance(text string) (tolerance, error) {
	t := tolerance{}
	for _, part := range figureParts(text) {
		key, value, named := strings.Cut(part, "=")
		if !named {
			value = key
		}
		value = strings.TrimSpace(value)
		var l limit
		fields := toleranceFields
		if named {
			field, ok := figureKeys[strings.ToLower(strings.TrimSpace(key))]
			if !ok {
				return nil, fmt.Errorf("there is no figure %q: want some of %s", strings.TrimSpace(key), figureWords)
			}
			fields = []recalc.Field{field}
		}
		percent, isShare := strings.CutSuffix(value, "%")
		switch {
		case isShare:
			p, err := strconv.ParseFloat(strings.TrimSpace(percent), 64)
			if err != nil || !(p >= 0 && p < mostFigure) {
				return nil, fmt.Errorf("%q is no percentage", value)
			}
			l.share = p / 100
		case named:
			v, _, err := parseFigure(fields[0], value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", part, err)
			}
			l.amount = v
		default:
			return nil, fmt.Errorf("%q: want a percentage such as 2%%, or figures such as time=10s,distance=1%%", value)
		}
		for _, f := range fields {
			t[f] = l
		}
	}
	return t, nil
}

// exceeds reports whether a comparison differs by more than the tolerance, and
// whether anything could be compared at all.
func (t tolerance) exceeds(c *compare.Comparison) (beyond, compared bool) {
	for i := range c.Figures {
		f := &c.Figures[i]
		d, ok := f.Difference.Get()
		if !ok {
			continue
		}
		compared = true
		l, ok := t[f.Field]
		base := f.Band
		if !base.Known() {
			base = f.Recalculated
		}
		if ok && math.Abs(d) > max(l.amount, l.share*math.Abs(base.Or(0)))+1e-9 {
			beyond = true
		}
	}
	return beyond, compared
}
