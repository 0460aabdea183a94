package compare

import (
	"fmt"
	"math"
	"strings"

	"github.com/bandport/bandport/pkg/recalc"
)

// units are those of the sentences.
type units struct{ imperial bool }

const (
	mile = 1609.344 // m
	foot = 0.3048   // m
)

// absurd is where a figure stops being one that a person could read. A file can
// claim any number.
const absurd = 1e9

func plain(v float64, decimals int) string {
	if math.Abs(v) >= absurd {
		return fmt.Sprintf("%.3g", v)
	}
	if decimals == 0 {
		v = math.Round(v) // half away from zero, as tables do
	}
	s := fmt.Sprintf("%.*f", decimals, v)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// clock shows seconds as 3:07 or 1:02:03, rounded, without a sign.
func clock(seconds float64) string {
	v := math.Round(math.Abs(seconds))
	if v >= absurd {
		return plain(v, 0) + " s"
	}
	s := int64(v)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// places counts stretches.
func places(n int) string {
	if n == 1 {
		return "1 place"
	}
	return fmt.Sprintf("%d places", n)
}

// apart says by how much something lies to one side or the other.
func apart(seconds float64, positive, negative string) string {
	if seconds < 0 {
		positive = negative
	}
	if math.Abs(seconds) < 60 {
		return plain(math.Abs(seconds), 0) + " s " + positive
	}
	return clock(seconds) + " " + positive
}

// length shows metres of a part of the way.
func (u units) length(m float64) string {
	if u.imperial {
		return plain(m/foot, 0) + " ft"
	}
	if math.Abs(m) < 10 {
		return plain(m, 1) + " m"
	}
	return plain(m, 0) + " m"
}

// signed is length with a sign.
func (u units) signed(m float64) string {
	if m > 0 {
		return "+" + u.length(m)
	}
	return u.length(m)
}

// distance shows the metres of a way, cut after two decimals as Strava cuts them.
func (u units) distance(m float64) string {
	unit, name := 1000.0, " km"
	if u.imperial {
		unit, name = mile, " mi"
	}
	return plain(math.Trunc(m/unit*100+1e-9)/100, 2) + name
}

// amount shows a figure, or a difference without its sign.
func (u units) amount(f recalc.Field, v float64) string {
	v = math.Abs(v)
	switch f {
	case recalc.MovingTime, recalc.ElapsedTime:
		return clock(v)
	case recalc.Distance:
		if v < 1000 {
			return u.length(v)
		}
		return u.distance(v)
	case recalc.AveragePace, recalc.AverageElapsedPace:
		name := " /km"
		if u.imperial {
			v, name = v*mile/1000, " /mi"
		}
		if v < 60 {
			return plain(v, 0) + " s" + strings.TrimSpace(name)
		}
		return clock(v) + name
	case recalc.AverageSpeed, recalc.MaxSpeed:
		if u.imperial {
			return plain(v*3600/mile, 1) + " mph"
		}
		return plain(v*3.6, 1) + " km/h"
	case recalc.TotalElevationGain:
		if u.imperial {
			return plain(v/foot, 0) + " ft"
		}
		return plain(v, 0) + " m"
	case recalc.Calories:
		return plain(v, 0) + " kcal"
	case recalc.AverageHeartrate, recalc.MaxHeartrate:
		return plain(v, 0) + " bpm"
	case recalc.AverageCadence:
		return plain(v, 0) + " rpm"
	}
	return plain(v, 2)
}

// least is the smallest difference of a figure that can be seen where it is
// shown: half of its last digit.
func least(f recalc.Field) float64 {
	switch f {
	case recalc.Distance:
		return 5
	case recalc.AverageSpeed, recalc.MaxSpeed:
		return 0.05 / 3.6
	case recalc.AverageHeartrate, recalc.AverageCadence:
		return 0.75 // means of two programs agree to a half only
	}
	return 0.5
}

// matters is the remainder from which a sentence speaks of it: two of what is the
// least that can be seen, and a twentieth of the difference.
func matters(f recalc.Field, remainder, difference float64) bool {
	return math.Abs(remainder) > math.Max(4*least(f), math.Abs(difference)/20)
}

// names returns what the two sides are called at the start of a sentence.
func (e *explainer) names(f *Figure) (theirs, ours string) {
	ours = "Strava"
	switch {
	case e.other != nil:
		return "The other recording", "this one"
	case !f.Band.Known():
		return "The recalculation", "Strava"
	}
	return "The band", ours
}

// sentence tells a difference in words; it is empty where nobody can see one.
func (e *explainer) sentence(f *Figure) string {
	d := f.Difference.Or(0)
	if math.Abs(d) < least(f.Field) {
		return ""
	}
	switch f.Field {
	case recalc.AveragePace, recalc.AverageElapsedPace:
		if s := e.paceSentence(f); s != "" {
			return s
		}
	}
	theirs, ours := e.names(f)
	word := "less"
	if d > 0 {
		word = "more"
	}
	if f.Field == recalc.AveragePace || f.Field == recalc.AverageElapsedPace {
		word = map[string]string{"less": "faster", "more": "slower"}[word]
	}
	was := f.Band
	if !was.Known() {
		was = f.Recalculated
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s says %s, %s %s: %s %s.", theirs, e.units.amount(f.Field, was.Or(0)), ours,
		e.units.amount(f.Field, was.Or(0)+d), e.units.amount(f.Field, d), word)
	for _, c := range f.Causes {
		if v, ok := c.Amount.Get(); ok && math.Abs(v) < least(f.Field)/2 && c.Kind != DeviceKept {
			continue
		}
		b.WriteString(" " + capital(c.Text) + ".")
	}
	e.leftOver(&b, f)
	return b.String()
}

// leftOver tells of a remainder that is worth it.
func (e *explainer) leftOver(b *strings.Builder, f *Figure) {
	r := f.Remainder.Or(0)
	if !matters(f.Field, r, f.Difference.Or(0)) {
		return
	}
	if len(f.Causes) == 1 && f.Causes[0].Kind == Missing {
		return // it says all
	}
	if v := f.Difference.Or(0); math.Abs(r-v) < least(f.Field) {
		b.WriteString(" How much each of these makes no file tells.")
		if len(f.Causes) == 0 {
			b.Reset()
			theirs, ours := e.names(f)
			was := f.Band
			if !was.Known() {
				was = f.Recalculated
			}
			fmt.Fprintf(b, "%s says %s, %s %s; nothing in the file tells why.", theirs, e.units.amount(f.Field, was.Or(0)), ours, e.units.amount(f.Field, was.Or(0)+v))
		}
		return
	}
	fmt.Fprintf(b, " %s are left that nothing here explains.", e.units.amount(f.Field, r))
}

// paceSentence says what both sides divide by; empty where that is not known.
//
// The parts are arithmetic with the figures of both sides: what the times make,
// and what the distances make of the rest.
func (e *explainer) paceSentence(f *Figure) string {
	if f.BandDivisor == nil || f.Divisor == nil || e.missing > 0 {
		return "" // what lacks would stand as hours here, faster by time and slower by distance
	}
	t0, ok0 := f.BandDivisor.Seconds.Get()
	t1, ok1 := f.Divisor.Seconds.Get()
	d0, ok2 := f.BandDivisor.Metres.Get()
	d1, ok3 := f.Divisor.Metres.Get()
	if !ok0 || !ok1 || !ok2 || !ok3 || d0 <= 0 || d1 <= 0 {
		return ""
	}
	theirs, ours := e.names(f)
	whole := f.Difference.Or(0)
	inTime := (t1 - t0) / d1 * 1000
	inDistance := whole - inTime
	var b strings.Builder
	if math.Abs(t1-t0) < 1 {
		fmt.Fprintf(&b, "Both divide by %s.", clock(t1))
	} else {
		fmt.Fprintf(&b, "%s divides by %s of %s, %s by %s of %s", theirs, clock(t0), f.BandDivisor.Name, ours, clock(t1), f.Divisor.Name)
		if why := e.standing(f); why != "" {
			b.WriteString(": " + why)
		}
		b.WriteString(".")
	}
	const second = 1 // s per km: what can be seen
	switch {
	case math.Abs(inDistance) < second:
		fmt.Fprintf(&b, " That is the %s.", e.units.amount(f.Field, whole))
	case math.Abs(inTime) < second:
		fmt.Fprintf(&b, " But %s goes %s and %s %s: that is the %s.", lower(theirs), e.units.distance(d0), ours, e.units.distance(d1), e.units.amount(f.Field, whole))
	default:
		sign := func(v float64) string {
			if v < 0 {
				return "faster"
			}
			return "slower"
		}
		fmt.Fprintf(&b, " That makes %s %s %s; the distances, %s and %s, make it %s %s.", ours, e.units.amount(f.Field, inTime), sign(inTime),
			e.units.distance(d0), e.units.distance(d1), e.units.amount(f.Field, inDistance), sign(inDistance))
	}
	return b.String()
}

// standing tells in short which causes lie between the times of two paces.
func (e *explainer) standing(f *Figure) string {
	list := e.times
	switch {
	case f.Field != recalc.AverageElapsedPace:
	case e.other != nil:
		list = e.elapsed
	default:
		list = f.Causes
	}
	var parts []string
	removed, left := "", "" // by Strava, and by the band
	for _, c := range list {
		v := math.Abs(c.Amount.Or(0))
		n := len(c.Stretches)
		if f.Field == recalc.AverageElapsedPace {
			switch c.Kind {
			case DevicePauses:
				v, n = e.ours.paused, len(e.ours.pauses)
			case Start, End:
				v = math.Abs(e.amountOf(c.Kind))
			}
		}
		if v < 1 {
			continue
		}
		switch c.Kind {
		case Rest:
			removed = fmt.Sprintf("%s of standing in %s", clock(v), places(n))
		case OtherRest:
			left = fmt.Sprintf("%s in the other in %s", clock(v), places(n))
		case DevicePauses:
			left = fmt.Sprintf("%s of pauses in %s, which the band left out", clock(v), places(n))
		case Start:
			parts = append(parts, fmt.Sprintf("%s at the start", clock(v)))
		case End:
			parts = append(parts, fmt.Sprintf("%s at the end", clock(v)))
		}
	}
	switch {
	case removed != "" && left != "":
		parts = append([]string{removed + " against " + left}, parts...)
	case removed+left != "":
		parts = append([]string{removed + left}, parts...)
	}
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// amountOf returns the seconds of a cause of moving or elapsed time.
func (e *explainer) amountOf(k Kind) float64 {
	for _, list := range [][]Cause{e.times, e.elapsed} {
		for _, c := range list {
			if c.Kind == k {
				return c.Amount.Or(0)
			}
		}
	}
	return 0
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lower(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
