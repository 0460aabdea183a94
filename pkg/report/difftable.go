package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/recalc"
)

// DiffTable shows comparisons to people: one as a card with causes and sentences,
// several as a line each, with what was typical at the end.
type DiffTable struct {
	w       io.Writer
	units   Units
	color   bool
	columns int

	diffs   []Diff
	typical compare.Summary
	stopped bool // there was more to come
}

// NewDiffTable returns a table that writes to w. Lines are broken and names cut at
// so many columns; 0 is no limit.
func NewDiffTable(w io.Writer, u Units, color bool, columns int) *DiffTable {
	return &DiffTable{w: w, units: u, color: color, columns: columns}
}

// Add takes a comparison; c is what it was made of, or nil.
func (t *DiffTable) Add(d Diff, c *compare.Comparison) {
	t.diffs = append(t.diffs, d)
	if c != nil {
		t.typical.Add(c)
	}
}

// Stop shows what was added, without what was typical of all: there is more to
// come that did not.
func (t *DiffTable) Stop() error {
	t.stopped = true
	return t.Close()
}

// Close shows what was added.
func (t *DiffTable) Close() error {
	var b strings.Builder
	switch len(t.diffs) {
	case 0:
	case 1:
		t.card(&b, &t.diffs[0])
	default:
		t.list(&b)
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *DiffTable) style(code, s string) string {
	if !t.color || code == usual {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// diffRow is a figure with its name.
type diffRow struct {
	field recalc.Field
	label string
	f     DiffFigure
}

// rows returns the figures that the table shows: of pace and speed the one that
// people use in the sport.
func (d *Diff) rows() []diffRow {
	f := &d.Figures
	foot := d.SportType != nil && activity.Sport(*d.SportType).Foot()
	rows := []diffRow{
		{recalc.MovingTime, "moving time", f.MovingTime},
		{recalc.ElapsedTime, "elapsed time", f.ElapsedTime},
		{recalc.Distance, "distance", f.Distance},
	}
	if foot {
		rows = append(rows, diffRow{recalc.AveragePace, "pace", f.AveragePace.figure()}, diffRow{recalc.AverageElapsedPace, "elapsed pace", f.AverageElapsedPace.figure()})
	} else {
		rows = append(rows, diffRow{recalc.AverageSpeed, "speed", f.AverageSpeed.figure()})
	}
	return append(rows,
		diffRow{recalc.MaxSpeed, "max speed", f.MaxSpeed},
		diffRow{recalc.TotalElevationGain, "elevation gain", f.TotalElevationGain},
		diffRow{recalc.Calories, "calories", f.Calories},
		diffRow{recalc.AverageHeartrate, "heart rate", f.AverageHeartrate},
		diffRow{recalc.MaxHeartrate, "max heart rate", f.MaxHeartrate},
		diffRow{recalc.AverageCadence, "cadence", f.AverageCadence},
	)
}

// show shows a figure.
func (t *DiffTable) show(d *Diff, f recalc.Field, v activity.Value) string {
	switch f {
	case recalc.MovingTime, recalc.ElapsedTime:
		return clock(v)
	case recalc.Distance:
		return t.units.distance(v)
	case recalc.AveragePace, recalc.AverageElapsedPace:
		p, ok := v.Get()
		if !ok || p <= 0 {
			return none
		}
		return t.units.rate(d.SportType, activity.Of(1000/p))
	case recalc.AverageSpeed, recalc.MaxSpeed:
		return t.units.speed(v)
	case recalc.TotalElevationGain:
		return t.units.height(v)
	case recalc.Calories:
		return plain(v, "kcal")
	case recalc.AverageCadence:
		return plain(v, "rpm")
	}
	return plain(v, "bpm")
}

// signed shows a difference or an amount, with its sign. Who swims counts paces by
// a hundred metres.
func (t *DiffTable) signed(sport *string, f recalc.Field, v activity.Value) string {
	x, ok := v.Get()
	if !ok {
		return "?"
	}
	sign := func(text string, zero bool) string {
		switch {
		case zero:
			return strings.TrimPrefix(text, "-")
		case x < 0:
			return "-" + strings.TrimPrefix(text, "-")
		}
		return "+" + text
	}
	a := math.Abs(x)
	switch f {
	case recalc.MovingTime, recalc.ElapsedTime:
		return sign(clockOf(math.Round(a)), math.Round(a) == 0)
	case recalc.Distance:
		if t.units == Imperial {
			return sign(fixed(a/foot, 0)+" ft", math.Round(a/foot) == 0)
		}
		return sign(fixed(a, 0)+" m", math.Round(a) == 0)
	case recalc.AveragePace, recalc.AverageElapsedPace:
		if sport != nil && activity.Sport(*sport).Family() == activity.SwimFamily {
			if t.units == Imperial {
				return sign(fixed(a*yard/10, 0)+" s/100yd", math.Round(a*yard/10) == 0)
			}
			return sign(fixed(a/10, 0)+" s/100m", math.Round(a/10) == 0)
		}
		if t.units == Imperial {
			a *= mile / kilometre
			return sign(fixed(a, 0)+" s/mi", math.Round(a) == 0)
		}
		return sign(fixed(a, 0)+" s/km", math.Round(a) == 0)
	case recalc.AverageSpeed, recalc.MaxSpeed:
		text := t.units.speed(activity.Of(a))
		return sign(text, strings.Trim(strings.Fields(text)[0], "0.") == "")
	case recalc.TotalElevationGain:
		return sign(t.units.height(activity.Of(a)), math.Round(a) == 0)
	}
	return sign(fixed(a, 0), math.Round(a) == 0)
}

// causeWords are the kinds of causes as the table names them.
var causeWords = map[compare.Kind]string{
	compare.DevicePauses: "pauses of the device", compare.Rest: "rest that Strava removes", compare.OtherRest: "rest in the other recording",
	compare.Missing: "not in the file", compare.Start: "start", compare.End: "end", compare.DeviceKept: "the device's value is kept", compare.DistanceSource: "source of the distance",
	compare.FirstSample: "distance at the first sample", compare.CounterSteps: "steps back of the counter", compare.EarthRadius: "radius of the earth",
	compare.Rounding: "read off a screen", compare.CalorieModel: "way to count calories", compare.GradeModel: "climbs as more metres",
	compare.AltitudeSource: "source of the altitudes", compare.AverageOf: "mean over other stretches", compare.Weighting: "weighting of the samples",
	compare.SpeedWindow: "window of the fastest", compare.OtherSensor: "another sensor", compare.StravasOwn: "what only Strava knows",
	compare.Difference: "difference", compare.Remainder: "remainder",
}

// sideWords says against whom a workout is compared.
func (s *DiffSide) words() string {
	switch s.Kind {
	case SideOwn:
		return "the file's own totals"
	case SideFigures:
		return "the figures given"
	}
	if s.File == nil {
		return s.Kind
	}
	name := title(*s.File, 0)
	if s.Activity != nil && *s.Activity > 0 {
		name = title(*s.File, *s.Activity)
	}
	return name
}

// bandWord is what stands above the first column of figures.
func (s *DiffSide) bandWord() string {
	if s.Kind == SideRecording {
		return "other"
	}
	return "band"
}

// mostStretches is how many pauses are listed for one cause.
const mostStretches = 12

// card shows a single comparison.
func (t *DiffTable) card(b *strings.Builder, d *Diff) {
	b.WriteString(t.style(strong, title(d.File, d.Activity)) + "\n")
	facts := []string{sportWord(d.SportType)}
	if d.SportType == nil {
		facts[0] = "sport unknown"
	}
	if d.StartDate != nil {
		if at, err := time.Parse(time.RFC3339, *d.StartDate); err == nil {
			facts = append(facts, at.Format("Mon 2 Jan 2006, 15:04 UTC"))
		}
	}
	if d.Name != nil {
		facts = append(facts, Printable(*d.Name))
	}
	b.WriteString(strings.Join(facts, " · ") + "\n")
	if d.Result == DiffUnmatched {
		b.WriteString("no partner on the other side\n")
		return
	}
	var against []string
	if d.With.Kind != SideNone {
		against = append(against, "against "+d.With.words())
	}
	if d.Strava.Kind != SideNone {
		against = append(against, "with Strava's own figures from "+d.Strava.words())
	}
	if shift, ok := d.With.ClockShift.Get(); ok && shift != 0 {
		against = append(against, "its clock is "+clockOf(math.Abs(shift))+map[bool]string{true: " ahead", false: " behind"}[shift > 0])
	}
	if len(against) > 0 {
		b.WriteString(strings.Join(against, ", ") + "\n")
	}
	if d.Result == DiffUnknown {
		b.WriteString("\nThere is nothing to compare: no figure stands on both sides. GPX holds none of the band's;\ngive those of its screen with --band time=31:40,distance=5.2km\n")
		return
	}
	own := d.Strava.Kind != SideNone
	head := []string{"", d.With.bandWord(), "Strava", "difference"}
	if own {
		head = []string{"", d.With.bandWord(), "recalculated", "Strava", "difference"}
	}
	figures := len(head) - 1
	lines := [][]string{head}
	styles := []string{strong}
	add := func(style string, cells ...string) {
		lines, styles = append(lines, cells), append(styles, style)
	}
	gap := make([]string, figures-1)
	for _, r := range d.rows() {
		if !r.f.Band.Known() && !r.f.Recalculated.Known() && !r.f.Strava.Known() {
			continue
		}
		cells := []string{r.label, t.show(d, r.field, r.f.Band), t.show(d, r.field, r.f.Recalculated)}
		if own {
			cells = append(cells, t.show(d, r.field, r.f.Strava))
		}
		difference := ""
		if r.f.Difference.Known() {
			difference = t.signed(d.SportType, r.field, r.f.Difference)
		}
		add(usual, append(cells, difference)...)
		if !r.f.Difference.Known() {
			continue
		}
		named := 0
		for i := range r.f.Causes {
			c := &r.f.Causes[i]
			amount := t.signed(d.SportType, r.field, c.Amount)
			if c.Amount.Known() && c.Amount.Or(0) == 0 {
				amount = ""
			}
			row := append([]string{"  " + causeWords[compare.Kind(c.Kind)]}, gap...)
			add(faint, append(row, amount, stretches(c.Stretches))...)
			named++
		}
		if named > 0 || r.f.Remainder.Or(0) != 0 {
			row := append([]string{"  remainder"}, gap...)
			add(faint, append(row, t.signed(d.SportType, r.field, r.f.Remainder))...)
		}
	}
	b.WriteString("\n")
	for i, line := range aligned(1, figures, lines) {
		b.WriteString(t.style(styles[i], "  "+line) + "\n")
	}
	t.words(b, d)
}

// stretches lists pauses with their start and length.
func stretches(list []DiffStretch) string {
	var parts []string
	for i, s := range list {
		if i == mostStretches {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		at, err := time.Parse(time.RFC3339, s.Start)
		if err != nil {
			continue
		}
		parts = append(parts, at.Format("15:04:05")+" for "+clockOf(math.Round(s.ElapsedTime)))
	}
	return strings.Join(parts, ", ")
}

// words writes the sentences under the figures.
func (t *DiffTable) words(b *strings.Builder, d *Diff) {
	begun := false
	for _, r := range d.rows() {
		if r.f.Text == nil {
			continue
		}
		if !begun {
			b.WriteString("\n")
			begun = true
		}
		columns := t.columns
		if columns <= 0 || columns > 100 {
			columns = 100
		}
		for i, line := range wrapped(Printable(*r.f.Text), columns-4) {
			if i == 0 {
				b.WriteString("  " + t.style(strong, capitalised(r.label)+".") + " " + line + "\n")
				continue
			}
			b.WriteString("  " + line + "\n")
		}
	}
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// wrapped breaks a text into lines; the first leaves room for a label.
func wrapped(s string, columns int) []string {
	const label = 16
	var lines []string
	line, room := "", columns-label
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case width(line)+1+width(word) > room:
			lines = append(lines, line)
			line, room = word, columns
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// list shows a line a workout, those without a partner, and what was typical.
func (t *DiffTable) list(b *strings.Builder) {
	lines := [][]string{{"FILE", "DATE", "SPORT", "BAND", "STRAVA", "TIME", "DISTANCE", "BAND", "STRAVA", "PACE/SPEED", "CAUSES OF THE TIME"}}
	compared, alone := 0, 0
	for i := range t.diffs {
		d := &t.diffs[i]
		day := none
		if d.StartDate != nil && len(*d.StartDate) >= 16 {
			day = strings.Replace((*d.StartDate)[:16], "T", " ", 1)
		}
		name := t.shortened(title(d.File, d.Activity))
		if d.Result == DiffUnmatched || d.Result == DiffUnknown {
			why := map[string]string{DiffUnmatched: "no partner", DiffUnknown: "nothing to compare"}[d.Result]
			alone++
			lines = append(lines, []string{name, day, sportWord(d.SportType), "", "", "", "", "", "", "", why})
			continue
		}
		compared++
		shown := func(f DiffFigure) activity.Value {
			if f.Strava.Known() {
				return f.Strava
			}
			return f.Recalculated
		}
		rate, field := d.Figures.AverageSpeed.figure(), recalc.AverageSpeed
		if d.SportType != nil && activity.Sport(*d.SportType).Foot() {
			rate, field = d.Figures.AveragePace.figure(), recalc.AveragePace
		}
		difference := func(f recalc.Field, v activity.Value) string {
			if !v.Known() {
				return none
			}
			return t.signed(d.SportType, f, v)
		}
		m := &d.Figures.MovingTime
		var causes []string
		for _, c := range m.Causes {
			if c.Kind == string(compare.DeviceKept) {
				causes = append(causes, causeWords[compare.DeviceKept])
			} else if c.Amount.Known() {
				causes = append(causes, causeWords[compare.Kind(c.Kind)]+" "+t.signed(d.SportType, recalc.MovingTime, c.Amount))
			}
		}
		if r, ok := m.Remainder.Get(); ok && math.Round(r) != 0 {
			causes = append(causes, "remainder "+t.signed(d.SportType, recalc.MovingTime, m.Remainder))
		}
		lines = append(lines, []string{
			name, day, sportWord(d.SportType), clock(m.Band), clock(shown(*m)), difference(recalc.MovingTime, m.Difference),
			difference(recalc.Distance, d.Figures.Distance.Difference),
			t.show(d, field, rate.Band), t.show(d, field, shown(rate)), difference(field, rate.Difference), strings.Join(causes, ", "),
		})
	}
	for i, line := range aligned(3, 7, lines) {
		style := usual
		if i == 0 {
			style = strong
		}
		b.WriteString(t.style(style, line) + "\n")
	}
	if t.stopped {
		return
	}
	fmt.Fprintf(b, "\n%s compared", plural(compared, "workout"))
	if alone > 0 {
		fmt.Fprintf(b, ", %d without a partner or figures", alone)
	}
	b.WriteString(".\n")
	t.summary(b)
}

// summary shows what was typical of many workouts.
func (t *DiffTable) summary(b *strings.Builder) {
	lines := [][]string{{"TYPICAL CAUSES", "WORKOUTS", "MEDIAN"}}
	for _, f := range []struct {
		field recalc.Field
		label string
	}{
		{recalc.MovingTime, "moving time"}, {recalc.ElapsedTime, "elapsed time"}, {recalc.Distance, "distance"}, {recalc.AveragePace, "pace"},
		{recalc.TotalElevationGain, "elevation gain"}, {recalc.Calories, "calories"}, {recalc.AverageHeartrate, "heart rate"},
	} {
		typical := t.typical.Typical(f.field)
		if len(typical) == 0 {
			continue
		}
		for _, k := range typical {
			label := "  " + causeWords[k.Kind]
			if k.Kind == compare.Difference {
				label = f.label
			}
			lines = append(lines, []string{label, fmt.Sprint(k.Count), t.signed(nil, f.field, k.Median)})
		}
	}
	if len(lines) == 1 {
		return
	}
	b.WriteString("\n")
	for i, line := range aligned(1, 2, lines) {
		style := usual
		if i == 0 {
			style = strong
		}
		b.WriteString(t.style(style, line) + "\n")
	}
}

// shortened cuts a name in the middle where the terminal is narrow.
func (t *DiffTable) shortened(name string) string {
	s := SummaryTable{width: t.columns}
	return s.shortened(name)
}
