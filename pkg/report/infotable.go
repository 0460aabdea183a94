package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

const (
	// linesShown is how many laps, pauses and gaps of a workout the table lists.
	linesShown = 40
	labelWidth = len("findings ")
)

// WriteInfo shows to people what is in a file. Times are local where the zone is
// known, else UTC, as the line of the start says.
func WriteInfo(w io.Writer, i *Info, u Units) error {
	var b strings.Builder
	b.WriteString(title(i.File, i.Activity) + "\n")
	line := func(label, text string) {
		if text != "" {
			b.WriteString("  " + left(label, labelWidth) + " " + text + "\n")
		}
	}
	section := func(label string, lines []string) {
		for k, text := range lines[:min(len(lines), linesShown)] {
			if k > 0 {
				label = ""
			}
			b.WriteString("  " + left(label, labelWidth) + " " + text + "\n")
		}
		if n := len(lines) - linesShown; n > 0 {
			line("", fmt.Sprintf("… and %d more, which --format json lists", n))
		}
	}
	zone := time.UTC
	if at, ok := moment(i.StartDateLocal, time.UTC); ok {
		zone = at.Location()
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
	line("points", points(i, zone))
	line("sensors", sensors(i))
	line("streams", streams(i))
	section("devices", devices(i))
	section("app data", developerFields(i))
	line("band", strings.Join(band(&i.Band, u), ", "))
	section("laps", laps(i.Laps, u, zone))
	var rows [][]string
	for k := range i.Pauses {
		p := &i.Pauses[k]
		rows = append(rows, []string{timeOfDay(p.Start, zone), clockOf(p.ElapsedTime), p.Source})
	}
	section("pauses", aligned(1, 1, rows))
	line("lengths", lengths(i, u))
	rows = nil
	for k := range i.Gaps {
		rows = append(rows, []string{timeOfDay(i.Gaps[k].Start, zone), clockOf(i.Gaps[k].ElapsedTime), "without a trackpoint"})
	}
	section("gaps", aligned(1, 1, rows))
	var told []string
	for k := range i.Findings {
		f := &i.Findings[k]
		told = append(told, f.Severity+": "+f.Text())
		if f.Fix != "" {
			told = append(told, "  → "+Printable(f.Fix))
		}
	}
	section("findings", told)
	_, err := io.WriteString(w, b.String())
	return err
}

// device names what recorded the workout. Many a name begins with the
// manufacturer's already.
func device(d *Device) string {
	var words, parts []string
	if d.Manufacturer != nil {
		words = append(words, Printable(*d.Manufacturer))
	}
	switch {
	case d.Name != nil && d.Manufacturer != nil && strings.HasPrefix(strings.ToLower(*d.Name), strings.ToLower(*d.Manufacturer)):
		words = []string{Printable(*d.Name)}
	case d.Name != nil:
		words = append(words, Printable(*d.Name))
	case d.Product != nil:
		words = append(words, fmt.Sprintf("product %d", *d.Product))
	}
	if len(words) > 0 {
		parts = append(parts, strings.Join(words, " "))
	}
	if d.Version != nil {
		parts = append(parts, "firmware "+Printable(*d.Version))
	}
	return strings.Join(parts, ", ")
}

func sport(i *Info) string {
	word, said := "unknown", "the file does not say"
	if i.SportType != nil {
		word = Printable(*i.SportType)
	}
	switch {
	case i.Sport != nil:
		said = `the file says "` + Printable(*i.Sport) + `"`
	case i.SportType != nil:
		return word
	}
	return word + " (" + said + ")"
}

func start(i *Info) string {
	at, ok := moment(i.StartDate, time.UTC)
	if !ok {
		return "unknown"
	}
	const form = "Mon 2 Jan 2006, 15:04:05 "
	if local, ok := moment(i.StartDateLocal, time.UTC); ok {
		return local.Format(form) + zoneName(local, true) + " (" + at.Format("15:04:05") + " UTC)"
	}
	return at.Format(form) + "UTC"
}

func points(i *Info, zone *time.Location) string {
	if i.Points == 0 {
		return "none"
	}
	text := fmt.Sprintf("%d in %s", i.Points, plural(i.Tracks, "track"))
	first, ok := moment(i.FirstTime, zone)
	if !ok {
		return text
	}
	form := time.TimeOnly
	last, _ := moment(i.LastTime, zone)
	switch {
	case first.Equal(last):
		return text + ", at " + first.Format(form)
	case first.Format(time.DateOnly) != last.Format(time.DateOnly):
		form = time.DateTime
	}
	return text + ", from " + first.Format(form) + " to " + last.Format(form)
}

// sensors names what the points carry, and how many of them where not all do.
func sensors(i *Info) string {
	var parts []string
	for _, name := range activity.FieldNames() {
		n := i.Sensors[name]
		if n == 0 || name == "time" {
			continue
		}
		if name == "heartrate" {
			name = "heart rate"
		}
		if n < i.Points {
			name += fmt.Sprintf(" (%d of %d points)", n, i.Points)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ", ")
}

// streams names what the points carry beyond the sensors. The fields of apps
// have lines of their own.
func streams(i *Info) string {
	var parts []string
	for k := range i.Streams {
		s := &i.Streams[k]
		own := func(f DeveloperField) bool { return f.Name == s.Name && f.Points > 0 }
		if slices.ContainsFunc(i.DeveloperFields, own) {
			continue
		}
		name := strings.ReplaceAll(Printable(s.Name), "_", " ")
		if s.Points < i.Points {
			name += fmt.Sprintf(" (%d of %d points)", s.Points, i.Points)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ", ")
}

// devices lists the sensors and what recorded the workout, each with its battery
// where that is known. What has neither a name nor a kind is left to JSON.
func devices(i *Info) []string {
	var lines []string
	for k := range i.Devices {
		d := &i.Devices[k]
		text := device(d)
		if d.Kind != nil {
			kind := strings.ReplaceAll(Printable(*d.Kind), "_", " ")
			if text != "" {
				kind += ": "
			}
			text = kind + text
		}
		if text == "" {
			continue
		}
		if d.Serial != nil {
			text += ", serial " + Printable(*d.Serial)
		}
		if d.Source != nil {
			text += ", " + strings.ReplaceAll(Printable(*d.Source), "_", " ")
		}
		if b := battery(d); b != "" {
			text += ", battery " + b
		}
		lines = append(lines, text)
	}
	return lines
}

func battery(d *Device) string {
	var parts []string
	if d.BatteryStatus != nil {
		parts = append(parts, Printable(*d.BatteryStatus))
	}
	if d.BatteryLevel.Known() {
		parts = append(parts, d.BatteryLevel.String()+" %")
	}
	if d.BatteryVoltage.Known() {
		parts = append(parts, d.BatteryVoltage.String()+" V")
	}
	return strings.Join(parts, " ")
}

// developerFields lists the fields of apps.
func developerFields(i *Info) []string {
	lines := make([]string, len(i.DeveloperFields))
	for k := range i.DeveloperFields {
		f := &i.DeveloperFields[k]
		text := Printable(f.Name)
		if text == "" {
			text = "unnamed"
		}
		if f.Unit != nil {
			text += " in " + Printable(*f.Unit)
		}
		text += ", " + plural(f.Points, "point")
		if f.Manufacturer != nil {
			text += ", by " + Printable(*f.Manufacturer)
		}
		if f.App != nil {
			text += ", app " + Printable(*f.App)
		}
		lines[k] = text
	}
	return lines
}

// lengths counts the lengths of a pool swim.
func lengths(i *Info, u Units) string {
	swum, strokes := 0, activity.Value{}
	for k := range i.Lengths {
		if l := &i.Lengths[k]; l.Active {
			swum++
			strokes = strokes.Plus(l.Strokes)
		}
	}
	if swum == 0 {
		return ""
	}
	text := fmt.Sprintf("%d swum", swum)
	if rests := len(i.Lengths) - swum; rests > 0 {
		text += fmt.Sprintf(", %s", plural(rests, "rest"))
	}
	if strokes.Known() {
		text += ", " + plain(strokes, "strokes")
	}
	if m, ok := i.PoolLength.Get(); ok {
		text += ", in a pool of " + u.length(m)
	}
	return text
}

func band(b *Band, u Units) []string {
	var parts []string
	add := func(v activity.Value, text string) {
		if v.Known() {
			parts = append(parts, text)
		}
	}
	add(b.TimerTime, clock(b.TimerTime)+" timer")
	add(b.MovingTime, clock(b.MovingTime)+" moving")
	add(b.ElapsedTime, clock(b.ElapsedTime)+" elapsed")
	add(b.Distance, u.distance(b.Distance))
	add(b.TotalElevationGain, u.height(b.TotalElevationGain)+" gain")
	add(b.Calories, plain(b.Calories, "kcal"))
	add(b.AverageHeartrate, plain(b.AverageHeartrate, "bpm"))
	add(b.MaxHeartrate, "max "+plain(b.MaxHeartrate, "bpm"))
	add(b.AverageWatts, plain(b.AverageWatts, "W"))
	return parts
}

func laps(list []Lap, u Units, zone *time.Location) []string {
	rows := make([][]string, len(list))
	for k := range list {
		l := &list[k]
		at, intensity := none, ""
		if l.StartDate != nil {
			at = timeOfDay(*l.StartDate, zone)
		}
		if l.Intensity != nil && !strings.EqualFold(*l.Intensity, "active") {
			intensity = Printable(*l.Intensity)
		}
		rows[k] = []string{
			at, clock(l.TimerTime), u.distance(l.Distance), claim(l.Calories, "kcal"), claim(l.AverageHeartrate, "bpm"),
			claim(l.AverageWatts, "W"), plural(l.Points, "point"), intensity,
		}
	}
	return aligned(1, 6, rows)
}

// claim is plain for a column that is left out where no row has a figure.
func claim(v activity.Value, unit string) string {
	if !v.Known() {
		return ""
	}
	return plain(v, unit)
}

// moment reads a time that this package wrote and moves it into a zone; with UTC
// it stays in the zone in which it was written. ok is false where there is none.
func moment(stamp *string, zone *time.Location) (t time.Time, ok bool) {
	if stamp == nil {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, *stamp)
	if err != nil {
		return time.Time{}, false
	}
	if zone != time.UTC {
		t = t.In(zone)
	}
	return t, true
}

func timeOfDay(stamp string, zone *time.Location) string {
	if t, ok := moment(&stamp, zone); ok {
		return t.Format(time.TimeOnly)
	}
	return Printable(stamp)
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
