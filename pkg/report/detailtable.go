package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// details shows under a workout what was asked for beyond its figures.
func (t *SummaryTable) details(s *Summary) error {
	var b strings.Builder
	t.splitsOf(&b, s)
	t.lapsOf(&b, s)
	t.effortsOf(&b, s)
	t.zonesOf(&b, s)
	if _, err := io.WriteString(t.w, b.String()); err != nil || !s.explained {
		return err
	}
	return t.explain(s)
}

// block writes a titled table: the first column to the left or, with numbered, to
// the right, the others to the right, and columns in which no row has anything left
// out. The first row is the heading.
func (t *SummaryTable) block(b *strings.Builder, title string, rows [][]string, empty string) {
	b.WriteString("\n  " + t.bold(title) + "\n")
	if len(rows) < 2 {
		b.WriteString("    " + empty + "\n")
		return
	}
	widths := make([]int, len(rows[0]))
	for i := range widths {
		used := false
		for k, r := range rows {
			used = used || k > 0 && r[i] != none && r[i] != ""
			widths[i] = max(widths[i], width(r[i]))
		}
		if !used {
			widths[i] = 0
		}
	}
	for k, r := range rows {
		var line strings.Builder
		for i, c := range r {
			switch {
			case widths[i] == 0:
			case i == 0:
				line.WriteString(right(c, widths[i]))
			default:
				line.WriteString("  " + right(c, widths[i]))
			}
		}
		text := strings.TrimRight(line.String(), " ")
		if k == 0 {
			text = t.dim(text)
		}
		b.WriteString("    " + text + "\n")
	}
}

// rateWord is what people call a speed in a sport.
func rateWord(sport *string) string {
	if sport != nil && activity.Sport(*sport).Foot() {
		return "pace"
	}
	return "speed"
}

func seconds(n int64) string { return clockOf(float64(n)) }

// sometimes returns a cell that is worth showing only where it differs.
func sometimes(cell, other string) string {
	if cell == other {
		return ""
	}
	return cell
}

func (t *SummaryTable) splitsOf(b *strings.Builder, s *Summary) {
	splits, unit, length := s.SplitsMetric, "km", kilometre
	if t.units == Imperial {
		splits, unit, length = s.SplitsStandard, "mi", mile
	}
	if splits == nil {
		return
	}
	rows := [][]string{{unit, "moving", "elapsed", rateWord(s.SportType), "on the level", "climb", "heart rate"}}
	for i, x := range splits {
		number := strconv.Itoa(x.Split)
		// A last one that is not full says how long it is.
		if i == len(splits)-1 && x.Distance < length*.98 {
			number = fixed(x.Distance/length, 2)
		}
		rows = append(rows, []string{
			number, seconds(x.MovingTime), sometimes(seconds(x.ElapsedTime), seconds(x.MovingTime)), t.units.rate(s.SportType, x.AverageSpeed),
			t.units.rate(s.SportType, x.AverageGradeAdjustedSpeed), t.units.climb(x.ElevationDifference), plain(x.AverageHeartrate, "bpm"),
		})
	}
	t.block(b, "splits", rows, "none: there is no distance")
}

// climb shows a difference in altitude with its sign.
func (u Units) climb(v activity.Value) string {
	text := u.height(v)
	if f, ok := v.Get(); ok && f > 0 && text[0] != '0' {
		return "+" + text
	}
	return text
}

func (t *SummaryTable) lapsOf(b *strings.Builder, s *Summary) {
	if s.Laps == nil {
		return
	}
	rows := [][]string{{"lap", "distance", "moving", "elapsed", rateWord(s.SportType), "fastest", "gain", "heart rate", "max", "power"}}
	known := false // whether anything is known of a lap but that there was one
	for _, l := range s.Laps {
		known = known || l.ElapsedTime.Known() || l.Distance.Known()
		rows = append(rows, []string{
			strconv.Itoa(l.LapIndex), t.units.distance(l.Distance), clock(l.MovingTime), sometimes(clock(l.ElapsedTime), clock(l.MovingTime)),
			t.units.rate(s.SportType, l.AverageSpeed), t.units.rate(s.SportType, l.MaxSpeed), t.units.height(l.TotalElevationGain),
			plain(l.AverageHeartrate, "bpm"), plain(l.MaxHeartrate, "bpm"), plain(l.AverageWatts, "W"),
		})
	}
	if !known {
		rows = rows[:1]
	}
	t.block(b, "laps", rows, "none: no sample with a time and a distance is in a lap")
}

func (t *SummaryTable) effortsOf(b *strings.Builder, s *Summary) {
	if s.BestEfforts == nil {
		return
	}
	rows := [][]string{{"distance", "time", rateWord(s.SportType), "began"}}
	for _, e := range s.BestEfforts {
		began := none
		if at, ok := s.localTime(e.StartDate); ok {
			began = at.Format("15:04:05")
		}
		rows = append(rows, []string{e.Name, seconds(e.ElapsedTime), t.units.rate(s.SportType, activity.Of(e.Distance/float64(max(e.ElapsedTime, 1)))), began})
	}
	t.block(b, "best efforts", rows, "none: Strava has them for runs of 400 m and more")
}

// barLength is how many characters stand for the whole time.
const barLength = 30

func (t *SummaryTable) zonesOf(b *strings.Builder, s *Summary) {
	if s.Zones == nil {
		return
	}
	if len(s.Zones) == 0 {
		what := "none: the highest heart rate or the threshold power of the athlete is not known (--max-heartrate, --ftp)"
		if !s.MaxHeartrate.Known() && (s.DeviceWatts == nil || !*s.DeviceWatts) {
			what = "none: there is neither a heart rate nor a power meter"
		}
		b.WriteString("\n  " + t.bold("zones") + "\n    " + what + "\n")
	}
	for _, z := range s.Zones {
		title, unit := "heart rate zones", "bpm"
		if z.Type == string(recalc.PowerZones) {
			title, unit = "power zones", "W"
		}
		total := int64(0)
		for _, x := range z.DistributionBuckets {
			total += x.Time
		}
		var lines [][]string
		for i, x := range z.DistributionBuckets {
			limits := fmt.Sprintf("%d–%d %s", x.Min, x.Max, unit)
			if x.Max < 0 {
				limits = fmt.Sprintf("≥ %d %s", x.Min, unit)
			}
			share := float64(x.Time) / float64(max(total, 1))
			lines = append(lines, []string{
				fmt.Sprintf("Z%d", i+1), limits, seconds(x.Time), fixed(math.Round(100*share), 0) + " %",
				strings.Repeat("█", int(math.Round(share*barLength))),
			})
		}
		b.WriteString("\n  " + t.bold(title) + "\n")
		for _, line := range aligned(1, 3, lines) {
			b.WriteString("    " + line + "\n")
		}
	}
}

// explain lists the stretches of rest, the rule behind each figure, the decisions
// between two accounts, and the numbers that decided.
func (t *SummaryTable) explain(s *Summary) error {
	var b strings.Builder
	t.restsOf(&b, s)
	t.rulesOf(&b, s)
	t.choicesOf(&b, s)
	t.thresholdsOf(&b, s)
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *SummaryTable) restsOf(b *strings.Builder, s *Summary) {
	b.WriteString("\n  " + t.bold("rest") + "\n")
	total, lines := 0.0, [][]string{}
	for _, r := range s.Rests {
		span := "?"
		if at, ok := s.localTime(r.Start); ok {
			end := at.Add(time.Duration(min(r.ElapsedTime, math.MaxInt64/2e9) * float64(time.Second)))
			span = at.Format("15:04:05") + " to " + end.Format("15:04:05")
		}
		lines = append(lines, []string{span, clockOf(r.ElapsedTime), t.units.length(r.Distance), r.Rule})
		total += r.ElapsedTime
	}
	for _, line := range aligned(1, 2, lines) {
		b.WriteString("    " + line + "\n")
	}
	if len(s.Rests) == 0 {
		b.WriteString("    none\n")
	} else {
		fmt.Fprintf(b, "    %s in %s\n", clockOf(total), plural(len(s.Rests), "stretch"))
	}
}

func (t *SummaryTable) rulesOf(b *strings.Builder, s *Summary) {
	b.WriteString("\n  " + t.bold("rules") + "\n")
	columns, sure := 0, false
	for _, f := range recalc.Fields() {
		if s.Provenance[string(f)] != "" {
			columns = max(columns, len(f))
		}
	}
	for _, f := range recalc.Fields() {
		rule := s.Provenance[string(f)]
		if rule == "" {
			continue
		}
		if c := s.Confidence[string(f)]; c != "" {
			rule += " – " + c
			sure = true
			if e, ok := s.Error90[string(f)].Get(); ok && c == string(recalc.Close) {
				rule += ", nine in ten " + within(e)
			}
		}
		b.WriteString("    " + left(string(f), columns) + "  " + rule + "\n")
	}
	switch {
	case columns == 0:
		b.WriteString("    none: nothing could be recalculated\n")
	case sure && s.measuredOn != "":
		b.WriteString("    " + t.dim("how sure each is was measured on "+s.measuredOn) + "\n")
	}
}

// within says how near something comes.
func within(share float64) string {
	if share < .00005 {
		return "the same"
	}
	return "within " + percent(share)
}

// percent shows a share, with as many decimals as it takes to be more than 0.
func percent(share float64) string {
	switch p := 100 * share; {
	case p < .01:
		return "0.01 %"
	case p < .1:
		return fixed(p, 2) + " %"
	case p < 10:
		return fixed(p, 1) + " %"
	default:
		return fixed(p, 0) + " %"
	}
}

func (t *SummaryTable) choicesOf(b *strings.Builder, s *Summary) {
	if len(s.Choices) == 0 {
		return
	}
	b.WriteString("\n  " + t.bold("choices") + "\n")
	var lines [][]string
	for _, c := range s.Choices {
		f := recalc.Field(c.Field)
		lines = append(lines,
			[]string{c.Field, t.figure(f, s.SportType, c.Value), Printable(c.Taken)},
			[]string{"  not", t.figure(f, s.SportType, c.Alternative), Printable(c.Instead)})
	}
	for i, line := range aligned(1, 1, lines) {
		if i%2 == 1 {
			line = t.dim(line)
		}
		b.WriteString("    " + line + "\n")
	}
}

// figure shows a figure in the unit of its field.
func (t *SummaryTable) figure(f recalc.Field, sport *string, v activity.Value) string {
	switch f {
	case recalc.SportType:
		return ""
	case recalc.ElapsedTime, recalc.MovingTime:
		return clock(v)
	case recalc.Distance, recalc.GradeAdjustedDistance:
		return t.units.distance(v)
	case recalc.AverageSpeed, recalc.AverageElapsedSpeed, recalc.MaxSpeed:
		return t.units.rate(sport, v)
	case recalc.TotalElevationGain, recalc.ElevLow, recalc.ElevHigh:
		return t.units.height(v)
	case recalc.Calories:
		return plain(v, "kcal")
	case recalc.Kilojoules:
		return plain(v, "kJ")
	case recalc.AverageWatts, recalc.WeightedAverageWatts:
		return plain(v, "W")
	case recalc.AverageHeartrate, recalc.MaxHeartrate:
		return plain(v, "bpm")
	case recalc.AverageCadence:
		return plain(v, "rpm")
	}
	return v.String()
}

func (t *SummaryTable) thresholdsOf(b *strings.Builder, s *Summary) {
	if len(s.Thresholds) == 0 {
		return
	}
	b.WriteString("\n  " + t.bold("thresholds") + "\n")
	var lines [][]string
	for _, x := range s.Thresholds {
		value := strconv.FormatFloat(math.Round(x.Value*1000)/1000, 'f', -1, 64)
		if x.Unit != nil {
			value += " " + *x.Unit
		}
		lines = append(lines, []string{x.Name, value, x.About})
	}
	for _, line := range aligned(1, 1, lines) {
		b.WriteString("    " + line + "\n")
	}
}
