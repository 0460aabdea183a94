package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// lapsShown is how many laps, pauses and gaps of a workout the table lists.
const lapsShown = 40

// WriteInfo shows to people what is in a file.
func WriteInfo(w io.Writer, i *Info, u Units) error {
	var b strings.Builder
	name := Printable(i.File)
	if i.Activity > 0 {
		name += fmt.Sprintf(" #%d", i.Activity)
	}
	b.WriteString(name + "\n")
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", label, text)
		}
	}
	format := strings.ToUpper(i.Format)
	if i.Creator != nil {
		format += ", written by " + Printable(*i.Creator)
	}
	line("format", format)
	line("device", device(&i.Device))
	line("sport", sport(i))
	if i.Name != nil {
		line("name", Printable(*i.Name))
	}
	line("start", start(i))
	line("points", points(i))
	line("sensors", sensors(i))
	if i.Band.known() {
		line("band", strings.Join(band(&i.Band, u), ", "))
	}
	section(&b, "laps", len(i.Laps), func(k int) string { return lap(&i.Laps[k], u) })
	section(&b, "pauses", len(i.Pauses), func(k int) string {
		p := &i.Pauses[k]
		return fmt.Sprintf("%s  %s  %s", timeOfDay(p.Start), clockOf(int(p.ElapsedTime)), p.Source)
	})
	section(&b, "gaps", len(i.Gaps), func(k int) string {
		return fmt.Sprintf("%s  %s without a trackpoint", timeOfDay(i.Gaps[k].Start), clockOf(int(i.Gaps[k].ElapsedTime)))
	})
	section(&b, "findings", len(i.Findings), func(k int) string { return i.Findings[k].Text() })
	_, err := io.WriteString(w, b.String())
	return err
}

func section(b *strings.Builder, label string, n int, entry func(int) string) {
	for k := range min(n, lapsShown) {
		head := ""
		if k == 0 {
			head = label
		}
		fmt.Fprintf(b, "  %-9s %s\n", head, entry(k))
	}
	if n > lapsShown {
		fmt.Fprintf(b, "  %-9s … and %d more\n", "", n-lapsShown)
	}
}

func device(d *Device) string {
	var parts []string
	for _, s := range []*string{d.Manufacturer, d.Name} {
		if s != nil {
			parts = append(parts, Printable(*s))
		}
	}
	text := strings.Join(parts, " ")
	if d.Version != nil {
		text += ", firmware " + Printable(*d.Version)
	}
	return text
}

func sport(i *Info) string {
	switch {
	case i.SportType != nil && i.Sport != nil:
		return fmt.Sprintf("%s (the file says %q)", *i.SportType, Printable(*i.Sport))
	case i.SportType != nil:
		return *i.SportType
	case i.Sport != nil:
		return fmt.Sprintf("unknown (the file says %q)", Printable(*i.Sport))
	}
	return "unknown (the file does not say)"
}

func start(i *Info) string {
	if i.StartDate == nil {
		return "unknown"
	}
	text := *i.StartDate
	if i.StartDateLocal != nil {
		text += " (local time " + *i.StartDateLocal + ")"
	}
	return text
}

func points(i *Info) string {
	text := fmt.Sprintf("%d in %s", i.Points, plural(i.Tracks, "track"))
	if i.FirstTime != nil && i.LastTime != nil {
		text += ", from " + *i.FirstTime + " to " + *i.LastTime
	}
	return text
}

func sensors(i *Info) string {
	var parts []string
	for _, name := range activity.FieldNames() {
		if n := i.Sensors[name]; n > 0 && name != "time" {
			parts = append(parts, fmt.Sprintf("%s %d", name, n))
		}
	}
	return strings.Join(parts, ", ")
}

func band(b *Band, u Units) []string {
	var parts []string
	add := func(v activity.Value, text string) {
		if v.Known() {
			parts = append(parts, text)
		}
	}
	add(b.TimerTime, clock(b.TimerTime)+" timer")
	add(b.Distance, u.distance(b.Distance))
	add(b.Calories, plain(b.Calories, "kcal"))
	add(b.AverageHeartrate, plain(b.AverageHeartrate, "bpm"))
	add(b.MaxHeartrate, "at most "+plain(b.MaxHeartrate, "bpm"))
	return parts
}

func lap(l *Lap, u Units) string {
	at := "        "
	if l.StartDate != nil {
		at = timeOfDay(*l.StartDate)
	}
	text := fmt.Sprintf("%s  %8s  %9s", at, clock(l.TimerTime), u.distance(l.Distance))
	if l.Calories.Known() {
		text += "  " + plain(l.Calories, "kcal")
	}
	if l.AverageHeartrate.Known() {
		text += "  " + plain(l.AverageHeartrate, "bpm")
	}
	return fmt.Sprintf("%s  %s", text, plural(l.Points, "point"))
}

func timeOfDay(stamp string) string {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return t.Format("15:04:05")
}

// Text shows a finding in one line, without the file's name.
func (f *Finding) Text() string {
	var where []string
	if f.Line != nil {
		where = append(where, fmt.Sprintf("line %d", *f.Line))
	} else if f.Byte != nil {
		where = append(where, fmt.Sprintf("byte %d", *f.Byte))
	}
	if f.Count > 1 {
		if len(where) > 0 {
			where[0] = "first at " + where[0]
		}
		where = append(where, fmt.Sprintf("%d times", f.Count))
	}
	text := Printable(f.Message)
	if len(where) > 0 {
		text += " (" + strings.Join(where, ", ") + ")"
	}
	return text + " [" + f.Code + "]"
}
