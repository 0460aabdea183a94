package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
)

// batch is how many rows the table keeps back to align them. Output starts
// after so many, and memory stays bounded.
const batch = 50

// SummaryTable shows summaries to people: one workout as a card with Strava's
// figures beside the band's, several as a table with a line of totals.
type SummaryTable struct {
	w     io.Writer
	units Units
	color bool
	width int // columns of the terminal; 0: unlimited

	first  *Summary // kept back: it is shown as a card if it stays alone
	widths [columnsShown]int
	held   []row
	headed bool // the heading stands above the next row
	blocks bool // the rows so far have their explanations under them

	workouts         int
	moving, elapsed  activity.Value
	metres, climbing activity.Value
	kcal             activity.Value
	past             int // workouts shown by Strava's rules of their day
}

const columnsShown = 10

// row is a line of the table and the terminal's style for it.
type row struct {
	cells [columnsShown]string
	style string
}

// Styles, by their number in terminal escapes.
const (
	usual  = ""
	strong = "1"
	faint  = "2"
)

var tableHeader = row{
	[columnsShown]string{"FILE", "DATE", "SPORT", "MOVING", "ELAPSED", "DISTANCE", "PACE/SPEED", "GAIN", "HR", "KCAL"}, strong,
}

// roomy are the widths of a table that does not fit into one batch: they hold
// what later rows and the totals may bring, so that columns stay where they are.
var roomy = [columnsShown]int{0, 16, 4, 9, 9, 11, 10, 9, 3, 6}

// NewSummaryTable returns a table that writes to w. With color, headings and
// the band's figures are set apart by terminal escapes. Names of files are cut
// in the middle where rows would not fit into columns; 0 is no limit.
func NewSummaryTable(w io.Writer, u Units, color bool, columns int) *SummaryTable {
	return &SummaryTable{w: w, units: u, color: color, width: columns}
}

// Add shows a summary, now or with the next batch.
func (t *SummaryTable) Add(s Summary) error {
	t.workouts++
	for _, f := range s.Findings {
		if f.Code == string(finding.PastRules) {
			t.past++
			break
		}
	}
	t.moving = t.moving.Plus(s.MovingTime)
	t.elapsed = t.elapsed.Plus(s.ElapsedTime)
	t.metres = t.metres.Plus(s.Distance)
	t.climbing = t.climbing.Plus(s.TotalElevationGain)
	t.kcal = t.kcal.Plus(s.Calories)
	if t.workouts == 1 {
		t.first = &s
		return nil
	}
	if t.first != nil {
		first := t.first
		t.first = nil
		if err := t.rows(first); err != nil {
			return err
		}
	}
	return t.rows(&s)
}

// Stop shows what was kept back, without totals: there is more to come that did
// not.
func (t *SummaryTable) Stop() error {
	switch {
	case t.first != nil:
		return t.card(t.first)
	case len(t.held) > 0:
		return t.flush()
	}
	return nil
}

// Close shows what was kept back and the totals.
func (t *SummaryTable) Close() error {
	switch {
	case t.workouts == 0:
		return nil
	case t.first != nil:
		if err := t.card(t.first); err != nil {
			return err
		}
	default:
		if err := t.totals(); err != nil {
			return err
		}
	}
	var what string
	switch {
	case t.past == 0:
		return nil
	case t.workouts == 1:
		what = "By Strava's rules of that day"
	case t.past == 1:
		what = "1 workout by Strava's rules of its day"
	default:
		what = plural(t.past, "workout") + " by Strava's rules of their day"
	}
	_, err := fmt.Fprintf(t.w, "\n%s\n", t.dim(what+"; --uploaded today shows what an upload now would give."))
	return err
}

// totals adds the line of sums to what was kept back and shows it.
func (t *SummaryTable) totals() error {
	if t.blocks {
		if err := t.newBlock(); err != nil {
			return err
		}
	}
	t.held = append(t.held, row{[columnsShown]string{
		"total", plural(t.workouts, "workout"), "", clock(t.moving), clock(t.elapsed), t.units.distance(t.metres), "",
		t.units.height(t.climbing), "", plain(t.kcal, ""),
	}, strong})
	return t.flush()
}

func plural(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "ch"):
		noun += "es"
	default:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func (t *SummaryTable) rows(s *Summary) error {
	if s.explained && t.headed {
		if err := t.newBlock(); err != nil {
			return err
		}
	}
	t.held = append(t.held, row{[columnsShown]string{
		t.shortened(title(s.File, s.Activity)), when(s), sportWord(s.SportType), s.marked(recalc.MovingTime, clock(s.MovingTime)), clock(s.ElapsedTime),
		s.marked(recalc.Distance, t.units.distance(s.Distance)), s.marked(recalc.AverageSpeed, t.units.rate(s.SportType, s.AverageSpeed)),
		s.marked(recalc.TotalElevationGain, t.units.height(s.TotalElevationGain)),
		plain(s.AverageHeartrate, ""), s.marked(recalc.Calories, plain(s.Calories, "")),
	}, usual})
	if b := &s.Band; b.known() {
		t.held = append(t.held, row{[columnsShown]string{
			"  band", "", "", clock(b.time()), clock(b.ElapsedTime), t.units.distance(b.Distance),
			t.units.rate(s.SportType, b.AverageSpeed), t.units.height(b.TotalElevationGain), plain(b.AverageHeartrate, ""), plain(b.Calories, ""),
		}, faint})
	}
	if s.explained {
		// The explanation of a row stands under it.
		t.blocks = true
		if err := t.flush(); err != nil {
			return err
		}
		return t.explain(s)
	}
	if len(t.held) >= batch {
		for i, n := range roomy {
			t.widths[i] = max(t.widths[i], n)
		}
		return t.flush()
	}
	return nil
}

// marked puts the sign of approximation before a figure that rests on something
// which no file holds.
func (s *Summary) marked(f recalc.Field, text string) string {
	if text != none && s.approximate(f) {
		return "≈" + text
	}
	return text
}

// otherColumns is how many columns of the terminal a row takes beside the name.
const otherColumns = 100

// leastName is how many columns a name gets at the least.
const leastName = 20

// shortened cuts a name in the middle where the terminal is narrow: paths differ
// at both ends.
func (t *SummaryTable) shortened(name string) string {
	room := max(t.width-otherColumns, leastName)
	if t.width == 0 || width(name) <= room {
		return name
	}
	runes := []rune(name)
	for head, tail := len(runes)/3, len(runes)/3+1; tail < len(runes); tail++ {
		if cut := string(runes[:head]) + "…" + string(runes[tail:]); width(cut) <= room {
			return cut
		}
		if head > room/3 {
			head--
		}
	}
	return name
}

// reasons tells what of Strava's is behind the figures that are marked.
func (s *Summary) reasons() []string {
	var out []string
	if s.approximate(recalc.Distance) || s.approximate(recalc.MovingTime) {
		out = append(out, "keeps the distance and the pauses of its phone app")
	}
	if s.approximate(recalc.TotalElevationGain) {
		out = append(out, "takes altitudes from a map of its own")
	}
	if s.approximate(recalc.AverageWatts) {
		out = append(out, "reckons with the bicycle that it knows")
	}
	if len(out) == 0 {
		out = append(out, "knows more than the file")
	}
	return out
}

// newBlock sets what follows apart from the explanation above it, under a
// heading of its own: the one at the top is far away by then.
func (t *SummaryTable) newBlock() error {
	t.headed = false
	_, err := io.WriteString(t.w, "\n")
	return err
}

// time is what the band calls the duration of the workout.
func (b *Band) time() activity.Value {
	if b.MovingTime.Known() {
		return b.MovingTime
	}
	return b.TimerTime
}

// title names a workout for people, who count from 1: the second workout of a
// file is #2.
func title(file string, index int) string {
	name := Printable(file)
	if index > 0 {
		name += fmt.Sprintf(" #%d", index+1)
	}
	return name
}

func sportWord(s *string) string {
	if s == nil {
		return "?"
	}
	return Printable(*s)
}

// when shows the start in local time where the zone is known, else in UTC.
func when(s *Summary) string {
	if t, _, ok := s.start(); ok {
		return t.Format("2006-01-02 15:04")
	}
	return none
}

func (s *Summary) start() (t time.Time, local, ok bool) {
	stamp, local := s.StartDate, false
	if s.StartDateLocal != nil {
		stamp, local = s.StartDateLocal, true
	}
	if stamp == nil {
		return time.Time{}, false, false
	}
	t, err := time.Parse(time.RFC3339, *stamp)
	return t, local, err == nil
}

// zoneName says which time a time is.
func zoneName(t time.Time, local bool) string {
	if local {
		return t.Format("-07:00")
	}
	return "UTC"
}

func (t *SummaryTable) flush() error {
	if !t.headed {
		t.headed = true
		t.held = append([]row{tableHeader}, t.held...)
	}
	for _, r := range t.held {
		for i, c := range r.cells {
			t.widths[i] = max(t.widths[i], width(c))
		}
	}
	var b strings.Builder
	for _, r := range t.held {
		var line strings.Builder
		for i, c := range r.cells {
			if i > 0 {
				line.WriteString("  ")
			}
			if i < 3 { // words to the left, figures to the right
				line.WriteString(left(c, t.widths[i]))
			} else {
				line.WriteString(right(c, t.widths[i]))
			}
		}
		b.WriteString(t.style(r.style, strings.TrimRight(line.String(), " ")) + "\n")
	}
	t.held = t.held[:0]
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *SummaryTable) bold(s string) string { return t.style(strong, s) }
func (t *SummaryTable) dim(s string) string  { return t.style(faint, s) }

func (t *SummaryTable) style(code, s string) string {
	if !t.color || code == usual {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// card shows a single workout.
func (t *SummaryTable) card(s *Summary) error {
	var b strings.Builder
	b.WriteString(t.bold(title(s.File, s.Activity)) + "\n")
	facts := []string{"sport unknown"}
	if s.SportType != nil {
		facts[0] = sportWord(s.SportType)
	}
	if at, local, ok := s.start(); ok {
		facts = append(facts, at.Format("Mon 2 Jan 2006, 15:04 ")+zoneName(at, local))
	}
	if s.DeviceName != nil {
		facts = append(facts, Printable(*s.DeviceName))
	}
	b.WriteString(strings.Join(facts, " · ") + "\n\n")

	u, band := t.units, &s.Band
	rate := func(v activity.Value) string { return u.rate(s.SportType, v) }
	word := "speed"
	if s.SportType != nil && activity.Sport(*s.SportType).Foot() {
		word = "pace"
	}
	rows := [][3]string{
		{"moving time", s.marked(recalc.MovingTime, clock(s.MovingTime)), clock(band.time())},
		{"elapsed time", clock(s.ElapsedTime), clock(band.ElapsedTime)},
		{"distance", s.marked(recalc.Distance, u.distance(s.Distance)), u.distance(band.Distance)},
		{word, s.marked(recalc.AverageSpeed, rate(s.AverageSpeed)), rate(band.AverageSpeed)},
		{"elapsed " + word, s.marked(recalc.AverageElapsedSpeed, rate(s.AverageElapsedSpeed)), none},
		{"fastest " + word, s.marked(recalc.MaxSpeed, rate(s.MaxSpeed)), rate(band.MaxSpeed)},
	}
	// Files count one leg; everybody's screen, both.
	legs := word == "pace" && activity.Sport(*s.SportType).Family() != activity.SwimFamily
	cadence := func(v activity.Value) string {
		if legs {
			return plain(v.Plus(v), "spm")
		}
		return plain(v, "rpm")
	}
	rows = append(rows,
		[3]string{"elevation gain", s.marked(recalc.TotalElevationGain, u.height(s.TotalElevationGain)), u.height(band.TotalElevationGain)},
		[3]string{"heart rate", plain(s.AverageHeartrate, "bpm"), plain(band.AverageHeartrate, "bpm")},
		[3]string{"max heart rate", plain(s.MaxHeartrate, "bpm"), plain(band.MaxHeartrate, "bpm")},
		[3]string{"cadence", cadence(s.AverageCadence), cadence(band.AverageCadence)},
		[3]string{"power", s.marked(recalc.AverageWatts, plain(s.AverageWatts, "W")), plain(band.AverageWatts, "W")},
		[3]string{"weighted power", plain(s.WeightedAverageWatts, "W"), none},
		[3]string{"work", s.marked(recalc.Kilojoules, plain(s.Kilojoules, "kJ")), none},
		[3]string{"calories", s.marked(recalc.Calories, plain(s.Calories, "kcal")), plain(band.Calories, "kcal")},
	)
	shown := rows[:0]
	approximate := false
	for i, r := range rows {
		approximate = approximate || strings.HasPrefix(r[1], "≈")
		if i < 3 || r[1] != none || r[2] != none {
			shown = append(shown, r)
		}
	}
	widths := [3]int{0, len("Strava"), len("band")}
	for _, r := range shown {
		for i, c := range r {
			widths[i] = max(widths[i], width(c))
		}
	}
	line := func(label, strava, band string) {
		fmt.Fprintf(&b, "  %s  %s  %s\n", left(label, widths[0]), strava, t.dim(right(band, widths[2])))
	}
	line("", t.bold(right("Strava", widths[1])), "band")
	for _, r := range shown {
		line(r[0], right(r[1], widths[1]), r[2])
	}
	if approximate {
		b.WriteString("\n" + t.dim("≈ Strava "+strings.Join(s.reasons(), ", ")+".") + "\n")
	}
	if _, err := io.WriteString(t.w, b.String()); err != nil || !s.explained {
		return err
	}
	return t.explain(s)
}

// explain lists the stretches of rest and the rule behind each figure.
func (t *SummaryTable) explain(s *Summary) error {
	var b strings.Builder
	b.WriteString("\n  " + t.bold("rest") + "\n")
	start, local, _ := s.start()
	total, lines := 0.0, [][]string{}
	for _, r := range s.Rests {
		span := "?"
		if at, err := time.Parse(time.RFC3339, r.Start); err == nil {
			if local {
				at = at.In(start.Location())
			}
			end := at.Add(time.Duration(min(r.ElapsedTime, math.MaxInt64/2e9) * float64(time.Second)))
			span = at.Format("15:04:05") + " to " + end.Format("15:04:05")
		}
		lines = append(lines, []string{span, clockOf(r.ElapsedTime), t.units.length(r.Distance), r.Rule})
		total += r.ElapsedTime
	}
	for _, line := range aligned(2, lines) {
		b.WriteString("    " + line + "\n")
	}
	if len(s.Rests) == 0 {
		b.WriteString("    none\n")
	} else {
		fmt.Fprintf(&b, "    %s in %s\n", clockOf(total), plural(len(s.Rests), "stretch"))
	}
	b.WriteString("\n  " + t.bold("rules") + "\n")
	columns := 0
	for _, f := range recalc.Fields() {
		if s.Provenance[string(f)] != "" {
			columns = max(columns, len(f))
		}
	}
	for _, f := range recalc.Fields() {
		if rule := s.Provenance[string(f)]; rule != "" {
			if c := s.Confidence[string(f)]; c != "" {
				rule += " – " + c
			}
			b.WriteString("    " + left(string(f), columns) + "  " + rule + "\n")
		}
	}
	if columns == 0 {
		b.WriteString("    none: nothing could be recalculated\n")
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

// aligned sets rows of cells into lines, with every column as wide as its widest
// cell: the first to the left, so many columns of figures after it to the right,
// and words behind them to the left again. A column without a text in any row
// takes no room.
func aligned(figures int, rows [][]string) []string {
	var widths []int
	for _, r := range rows {
		widths = append(widths, make([]int, max(0, len(r)-len(widths)))...)
		for i, c := range r {
			widths[i] = max(widths[i], width(c))
		}
	}
	lines := make([]string, len(rows))
	for k, r := range rows {
		var b strings.Builder
		for i, c := range r {
			switch {
			case widths[i] == 0:
			case i == 0:
				b.WriteString(left(c, widths[i]))
			case i <= figures:
				b.WriteString("  " + right(c, widths[i]))
			default:
				b.WriteString("  " + left(c, widths[i]))
			}
		}
		lines[k] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
