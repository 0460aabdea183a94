package report

import (
	"fmt"
	"io"
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
	blocks bool // the rows so far have their details under them

	workouts         int
	moving, elapsed  activity.Value
	metres, climbing activity.Value
	kcal             activity.Value
	past             int // workouts shown by Strava's rules of their day

	unknowable bool // whether a row has the mark
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
		if err := t.legend(); err != nil {
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
	if s.detailed() && t.headed {
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
	for _, f := range []recalc.Field{recalc.MovingTime, recalc.Distance, recalc.AverageSpeed, recalc.TotalElevationGain, recalc.Calories} {
		t.unknowable = t.unknowable || s.approximate(f) && s.knows(f)
	}
	if b := &s.Band; b.known() {
		t.held = append(t.held, row{[columnsShown]string{
			"  band", "", "", clock(b.time()), clock(b.ElapsedTime), t.units.distance(b.Distance),
			t.units.rate(s.SportType, b.AverageSpeed), t.units.height(b.TotalElevationGain), plain(b.AverageHeartrate, ""), plain(b.Calories, ""),
		}, faint})
	}
	if s.detailed() {
		// The details of a row stand under it.
		t.blocks = true
		if err := t.flush(); err != nil {
			return err
		}
		return t.details(s)
	}
	if len(t.held) >= batch {
		for i, n := range roomy {
			t.widths[i] = max(t.widths[i], n)
		}
		return t.flush()
	}
	return nil
}

// unknowableMark stands before a figure for which Strava uses what no file holds.
const unknowableMark = "≈"

// marked puts a mark before a figure that has one.
func (s *Summary) marked(f recalc.Field, text string) string {
	if text != none && s.approximate(f) {
		return unknowableMark + text
	}
	return text
}

// shownError is the share by which a tenth of comparable figures must be off for
// a card to say so: smaller errors would only be seen by who looks for them.
const shownError = .01

// nearness tells how near a figure comes to Strava's in nine of ten cases, where
// it is close but not nearly exact.
func (s *Summary) nearness(f recalc.Field) string {
	if e := s.Error90[string(f)].Or(0); s.Confidence[string(f)] == string(recalc.Close) && e > shownError {
		return "±" + percent(e)
	}
	return ""
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

// knows reports whether a figure of a row is known.
func (s *Summary) knows(f recalc.Field) bool { return s.Provenance[string(f)] != "" }

// legend explains the mark of a table.
func (t *SummaryTable) legend() error {
	if !t.unknowable {
		return nil
	}
	_, err := fmt.Fprintf(t.w, "\n%s\n", t.dim(unknowableMark+" Strava uses what no file holds: its map of altitudes, its phone app's pauses, the bicycle."))
	return err
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
	// Files count one leg; everybody's screen, both.
	legs := word == "pace" && activity.Sport(*s.SportType).Family() != activity.SwimFamily
	cadence := func(v activity.Value) string {
		if legs {
			return plain(v.Plus(v), "spm")
		}
		return plain(v, "rpm")
	}
	rows := []struct {
		label        string
		field        recalc.Field
		strava, band string
	}{
		{"moving time", recalc.MovingTime, clock(s.MovingTime), clock(band.time())},
		{"elapsed time", recalc.ElapsedTime, clock(s.ElapsedTime), clock(band.ElapsedTime)},
		{"distance", recalc.Distance, u.distance(s.Distance), u.distance(band.Distance)},
		{word, recalc.AverageSpeed, rate(s.AverageSpeed), rate(band.AverageSpeed)},
		{"elapsed " + word, recalc.AverageElapsedSpeed, rate(s.AverageElapsedSpeed), none},
		{"fastest " + word, recalc.MaxSpeed, rate(s.MaxSpeed), rate(band.MaxSpeed)},
		{"elevation gain", recalc.TotalElevationGain, u.height(s.TotalElevationGain), u.height(band.TotalElevationGain)},
		{"heart rate", recalc.AverageHeartrate, plain(s.AverageHeartrate, "bpm"), plain(band.AverageHeartrate, "bpm")},
		{"max heart rate", recalc.MaxHeartrate, plain(s.MaxHeartrate, "bpm"), plain(band.MaxHeartrate, "bpm")},
		{"cadence", recalc.AverageCadence, cadence(s.AverageCadence), cadence(band.AverageCadence)},
		{"power", recalc.AverageWatts, plain(s.AverageWatts, "W"), plain(band.AverageWatts, "W")},
		{"weighted power", recalc.WeightedAverageWatts, plain(s.WeightedAverageWatts, "W"), none},
		{"work", recalc.Kilojoules, plain(s.Kilojoules, "kJ"), none},
		{"calories", recalc.Calories, plain(s.Calories, "kcal"), plain(band.Calories, "kcal")},
	}
	shown := [][4]string{{"", "Strava", "band", ""}}
	approximate, near := false, false
	for i, r := range rows {
		if i >= 3 && r.strava == none && r.band == none {
			continue
		}
		line := [4]string{r.label, s.marked(r.field, r.strava), r.band, ""}
		if r.strava != none {
			line[3] = s.nearness(r.field)
		}
		approximate = approximate || line[1] != r.strava
		near = near || line[3] != ""
		shown = append(shown, line)
	}
	var widths [4]int
	for _, r := range shown {
		for i, c := range r {
			widths[i] = max(widths[i], width(c))
		}
	}
	for i, r := range shown {
		strava := right(r[1], widths[1])
		if i == 0 {
			strava = t.bold(strava)
		}
		fmt.Fprintf(&b, "  %s  %s  %s", left(r[0], widths[0]), strava, t.dim(right(r[2], widths[2])))
		if r[3] != "" {
			b.WriteString("  " + t.dim(right(r[3], widths[3])))
		}
		b.WriteString("\n")
	}
	var notes []string
	if approximate {
		notes = append(notes, unknowableMark+" Strava "+strings.Join(s.reasons(), ", ")+".")
	}
	if near {
		notes = append(notes, "± Nine in ten such figures come this near; without it they come within 1 %, or have not been measured.")
	}
	if len(notes) > 0 {
		b.WriteString("\n")
	}
	for _, n := range notes {
		b.WriteString(t.dim(n) + "\n")
	}
	if _, err := io.WriteString(t.w, b.String()); err != nil {
		return err
	}
	return t.details(s)
}

// aligned sets rows of cells into lines, with every column as wide as its widest
// cell: so many columns of words to the left, as many of figures after them to the
// right, and words behind them to the left again. A column without a text in any
// row takes no room.
func aligned(words, figures int, rows [][]string) []string {
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
			if widths[i] == 0 {
				continue
			}
			if i > 0 {
				b.WriteString("  ")
			}
			if i < words || i >= words+figures {
				b.WriteString(left(c, widths[i]))
			} else {
				b.WriteString(right(c, widths[i]))
			}
		}
		lines[k] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
