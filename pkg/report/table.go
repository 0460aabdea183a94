package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

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

	first  *Summary // kept back: it is shown as a card if it stays alone
	alone  bool
	widths [columnsShown]int
	held   [][columnsShown]string
	begun  bool

	workouts         int
	moving, elapsed  activity.Value
	metres, climbing activity.Value
	kcal             activity.Value
	past             int // workouts shown by Strava's rules of their day
}

const columnsShown = 10

var tableHeader = [columnsShown]string{"FILE", "DATE", "SPORT", "MOVING", "ELAPSED", "DISTANCE", "PACE/SPEED", "GAIN", "HR", "KCAL"}

// NewSummaryTable returns a table that writes to w. With color, headings and
// the band's figures are set apart by terminal escapes.
func NewSummaryTable(w io.Writer, u Units, color bool) *SummaryTable {
	return &SummaryTable{w: w, units: u, color: color, alone: true}
}

// Add shows a summary, now or with the next batch.
func (t *SummaryTable) Add(s Summary) error {
	t.workouts++
	for _, f := range s.Findings {
		if f.Code == string(finding.PastRules) {
			t.past++
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
		t.alone = false
		first := t.first
		t.first = nil
		if err := t.rows(first); err != nil {
			return err
		}
	}
	return t.rows(&s)
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
	if t.past == 0 {
		return nil
	}
	what := "By Strava's rules of that day"
	if t.workouts > 1 {
		what = plural(t.past, "workout") + " by Strava's rules of their day"
	}
	_, err := fmt.Fprintf(t.w, "\n%s\n", t.dim(what+"; --uploaded today shows what an upload now would give."))
	return err
}

// totals adds the line of sums to what was kept back and shows it.
func (t *SummaryTable) totals() error {
	t.held = append(t.held, [columnsShown]string{
		"total", plural(t.workouts, "workout"), "", clock(t.moving), clock(t.elapsed), t.units.distance(t.metres), "",
		t.units.height(t.climbing), "", plain(t.kcal, ""),
	})
	return t.flush()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (t *SummaryTable) rows(s *Summary) error {
	t.held = append(t.held, [columnsShown]string{
		title(s), when(s), sportWord(s.SportType), clock(s.MovingTime), clock(s.ElapsedTime),
		t.units.distance(s.Distance), t.rate(s, s.AverageSpeed), t.units.height(s.TotalElevationGain),
		plain(s.AverageHeartrate, ""), plain(s.Calories, ""),
	})
	if b := &s.Band; b.known() {
		t.held = append(t.held, [columnsShown]string{
			"  band", "", "", clock(b.time()), clock(b.ElapsedTime), t.units.distance(b.Distance),
			t.rate(s, b.AverageSpeed), t.units.height(b.TotalElevationGain), plain(b.AverageHeartrate, ""), plain(b.Calories, ""),
		})
	}
	if s.explained {
		// The explanation of a row stands under it, so the rows so far go first.
		if err := t.flush(); err != nil {
			return err
		}
		return t.explain(s, "  ")
	}
	if len(t.held) >= batch {
		return t.flush()
	}
	return nil
}

// time is what the band calls the duration of the workout.
func (b *Band) time() activity.Value {
	if b.MovingTime.Known() {
		return b.MovingTime
	}
	return b.TimerTime
}

func (t *SummaryTable) rate(s *Summary, v activity.Value) string {
	if s.SportType != nil && activity.Sport(*s.SportType).Foot() {
		return t.units.pace(v)
	}
	return t.units.speed(v)
}

func title(s *Summary) string {
	name := Printable(s.File)
	if s.Activity > 0 {
		name += fmt.Sprintf(" #%d", s.Activity)
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

func (t *SummaryTable) flush() error {
	var b strings.Builder
	if !t.begun {
		t.begun = true
		t.held = append([][columnsShown]string{tableHeader}, t.held...)
	}
	for _, row := range t.held {
		for i, c := range row {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(c))
		}
	}
	for _, row := range t.held {
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(c))
			switch {
			case i < 3: // words to the left
				line.WriteString(c + pad)
			default: // figures to the right
				line.WriteString(pad + c)
			}
			if i < columnsShown-1 {
				line.WriteString("  ")
			}
		}
		text := strings.TrimRight(line.String(), " ")
		switch {
		case row == tableHeader || row[0] == "total":
			text = t.bold(text)
		case row[0] == "  band":
			text = t.dim(text)
		}
		b.WriteString(text + "\n")
	}
	t.held = t.held[:0]
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *SummaryTable) bold(s string) string { return t.style("1", s) }
func (t *SummaryTable) dim(s string) string  { return t.style("2", s) }

func (t *SummaryTable) style(code, s string) string {
	if !t.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// card shows a single workout.
func (t *SummaryTable) card(s *Summary) error {
	var b strings.Builder
	b.WriteString(t.bold(title(s)) + "\n")
	facts := []string{sportWord(s.SportType)}
	if s.SportType == nil {
		facts[0] = "sport unknown"
	}
	if at, local, ok := s.start(); ok {
		zone := " UTC"
		if local {
			zone = at.Format(" -07:00")
		}
		facts = append(facts, at.Format("Mon 2 Jan 2006, 15:04")+zone)
	}
	if s.DeviceName != nil {
		facts = append(facts, Printable(*s.DeviceName))
	}
	b.WriteString(strings.Join(facts, " · ") + "\n\n")

	foot := s.SportType != nil && activity.Sport(*s.SportType).Foot()
	u, band := t.units, &s.Band
	rows := [][3]string{
		{"moving time", clock(s.MovingTime), clock(band.time())},
		{"elapsed time", clock(s.ElapsedTime), clock(band.ElapsedTime)},
		{"distance", u.distance(s.Distance), u.distance(band.Distance)},
	}
	if foot {
		rows = append(rows,
			[3]string{"pace", u.pace(s.AverageSpeed), u.pace(band.AverageSpeed)},
			[3]string{"elapsed pace", u.pace(s.AverageElapsedSpeed), none},
			[3]string{"fastest pace", u.pace(s.MaxSpeed), u.pace(band.MaxSpeed)})
	} else {
		rows = append(rows,
			[3]string{"speed", u.speed(s.AverageSpeed), u.speed(band.AverageSpeed)},
			[3]string{"elapsed speed", u.speed(s.AverageElapsedSpeed), none},
			[3]string{"fastest speed", u.speed(s.MaxSpeed), u.speed(band.MaxSpeed)})
	}
	cadence, unit := func(v activity.Value) activity.Value { return v }, "rpm"
	if foot {
		// One leg in the file, both on everybody's screen.
		cadence, unit = func(v activity.Value) activity.Value { return v.Plus(v) }, "spm"
	}
	rows = append(rows,
		[3]string{"elevation gain", u.height(s.TotalElevationGain), u.height(band.TotalElevationGain)},
		[3]string{"heart rate", plain(s.AverageHeartrate, "bpm"), plain(band.AverageHeartrate, "bpm")},
		[3]string{"highest", plain(s.MaxHeartrate, "bpm"), plain(band.MaxHeartrate, "bpm")},
		[3]string{"cadence", plain(cadence(s.AverageCadence), unit), plain(cadence(band.AverageCadence), unit)},
		[3]string{"power", plain(s.AverageWatts, "W"), plain(band.AverageWatts, "W")},
		[3]string{"weighted power", plain(s.WeightedAverageWatts, "W"), none},
		[3]string{"work", plain(s.Kilojoules, "kJ"), none},
		[3]string{"calories", plain(s.Calories, "kcal"), plain(band.Calories, "kcal")},
	)
	shown := rows[:0]
	for i, r := range rows {
		if i < 3 || r[1] != none || r[2] != none {
			shown = append(shown, r)
		}
	}
	widths := [3]int{0, len("Strava"), len("band")}
	for _, r := range shown {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	cell := func(s string, i int) string {
		return strings.Repeat(" ", widths[i]-utf8.RuneCountInString(s)) + s
	}
	fmt.Fprintf(&b, "  %-*s  %s  %s\n", widths[0], "", t.bold(cell("Strava", 1)), t.dim(cell("band", 2)))
	for _, r := range shown {
		fmt.Fprintf(&b, "  %-*s  %s  %s\n", widths[0], r[0], cell(r[1], 1), t.dim(cell(r[2], 2)))
	}
	if _, err := io.WriteString(t.w, b.String()); err != nil || !s.explained {
		return err
	}
	return t.explain(s, "  ")
}

// explain lists the stretches of rest and the rule behind each figure.
func (t *SummaryTable) explain(s *Summary, indent string) error {
	var b strings.Builder
	b.WriteString("\n" + indent + t.bold("rest") + "\n")
	total := 0.0
	for _, r := range s.Rests {
		at, _ := time.Parse(time.RFC3339, r.Start)
		if _, local, ok := s.start(); ok && local {
			start, _, _ := s.start()
			at = at.In(start.Location())
		}
		fmt.Fprintf(&b, "%s  from %s  %7s  %7.1f m\n", indent, at.Format("15:04:05"), clockOf(int(r.ElapsedTime)), r.Distance)
		total += r.ElapsedTime
	}
	if len(s.Rests) == 0 {
		b.WriteString(indent + "  none\n")
	} else {
		fmt.Fprintf(&b, "%s  %s in %s: %s\n", indent, clockOf(int(total)), plural(len(s.Rests), "place"), s.Rests[0].Rule)
	}
	b.WriteString("\n" + indent + t.bold("rules") + "\n")
	width := 0
	for _, f := range recalc.Fields() {
		if s.Provenance[string(f)] != "" {
			width = max(width, len(f))
		}
	}
	for _, f := range recalc.Fields() {
		if rule := s.Provenance[string(f)]; rule != "" {
			fmt.Fprintf(&b, "%s  %-*s  %s\n", indent, width, f, rule)
		}
	}
	b.WriteString("\n")
	_, err := io.WriteString(t.w, b.String())
	return err
}
