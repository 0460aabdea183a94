package convert

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Lost compares a workout with what becomes of it in another format, as Project
// says, and returns what is lost, each kind with its count. What was rounded to
// the steps of the format is no loss and has a finding of its own
// ([finding.ConvertRounded]); so has what the format demanded and the workout did
// not have ([finding.ConvertFilled]).
//
// A point that is lost counts as one, whatever it held.
func Lost(from, to *activity.Activity) []finding.Finding {
	l := losses{from: from, to: to}
	l.points()
	l.pauses()
	l.laps()
	l.totals()
	l.streams()
	l.apps()
	l.words()
	l.list.AddN(finding.ConvertRounded, finding.Place{}, "", l.rounded)
	l.list.AddN(finding.ConvertFilled, finding.Place{}, l.filledWith, l.filled)
	return l.list.Findings()
}

// AnyLost reports whether there is a loss among findings.
func AnyLost(fs []finding.Finding) bool {
	for _, f := range fs {
		if strings.HasPrefix(string(f.Code), lostPrefix) {
			return true
		}
	}
	return false
}

const lostPrefix = "convert.lost."

type losses struct {
	from, to   *activity.Activity
	list       finding.List
	rounded    int
	filled     int
	filledWith string // the first
	dropped    bool   // a point was
}

func (l *losses) add(code finding.Code, detail string) { l.list.Add(code, finding.Place{}, detail) }

// fieldCodes are the losses of a record's fields.
var fieldCodes = []struct {
	field activity.Fields
	code  finding.Code
	value func(*activity.Record) float64
}{
	{activity.Altitude, finding.LostAltitude, func(r *activity.Record) float64 { return r.Altitude }},
	{activity.Distance, finding.LostDistance, func(r *activity.Record) float64 { return r.Distance }},
	{activity.Speed, finding.LostSpeed, func(r *activity.Record) float64 { return float64(r.Speed) }},
	{activity.HeartRate, finding.LostHeartRate, func(r *activity.Record) float64 { return float64(r.HeartRate) }},
	{activity.Cadence, finding.LostCadence, func(r *activity.Record) float64 { return float64(r.Cadence) }},
	{activity.Power, finding.LostPower, func(r *activity.Record) float64 { return float64(r.Power) }},
	{activity.Temperature, finding.LostTemperature, func(r *activity.Record) float64 { return float64(r.Temperature) }},
}

// points compares the records in turn. Those that are missing are found by their
// times, and by that a point that was kept for its position has one.
func (l *losses) points() {
	var lost, time, position int
	counts := make([]int, len(fieldCodes))
	k := 0
	for i := range l.from.Records {
		r := &l.from.Records[i]
		if k == len(l.to.Records) || !same(r, &l.to.Records[k]) {
			lost++
			continue
		}
		q := &l.to.Records[k]
		k++
		if r.Time != q.Time {
			time++
		}
		gone := r.Has &^ q.Has
		switch {
		case gone&activity.Position != 0:
			position++
		case r.Lat != q.Lat || r.Lon != q.Lon:
			l.rounded++
		}
		for n := range fieldCodes {
			f := &fieldCodes[n]
			switch {
			case gone&f.field != 0:
				counts[n]++
			case r.Has&f.field != 0 && f.value(r) != f.value(q):
				l.rounded++
			}
		}
	}
	l.dropped = lost > 0
	l.list.AddN(finding.LostPoints, finding.Place{}, "", lost)
	l.list.AddN(finding.LostTime, finding.Place{}, "", time)
	l.list.AddN(finding.LostPosition, finding.Place{}, "", position)
	for n, f := range fieldCodes {
		l.list.AddN(f.code, finding.Place{}, "", counts[n])
	}
}

// same reports whether q can be what became of r.
func same(r, q *activity.Record) bool {
	if r.Has&activity.Time == 0 || q.Has&activity.Position != 0 && r.Has&activity.Position == 0 {
		return false
	}
	return r.Time == q.Time || q.Time%1000 == 0 && r.Time-q.Time > 0 && r.Time-q.Time < 1000
}

// about is how near two times have to be to be called the same: the step in
// which FIT counts.
const about = time.Second

func near(a, b time.Time) bool { d := a.Sub(b); return d > -about && d < about }

func (l *losses) pauses() {
	lost, moved := 0, 0
	used := make([]bool, len(l.to.Pauses))
	for _, p := range l.from.Pauses {
		at := -1
		for i, q := range l.to.Pauses {
			if !used[i] && q.From.Before(p.To) && p.From.Before(q.To) {
				at = i
				break
			}
		}
		if at < 0 {
			lost++
			continue
		}
		used[at] = true
		if q := l.to.Pauses[at]; !near(p.From, q.From) || !near(p.To, q.To) {
			moved++
		}
	}
	if l.from.TimerPaused && len(l.from.Pauses) == 0 && !l.to.TimerPaused {
		lost++ // it lasted no time, but Strava asks whether there was one
	}
	l.list.AddN(finding.LostPauses, finding.Place{}, "", lost)
	l.list.AddN(finding.LostPauseTimes, finding.Place{}, "", moved)
}

// figures are those of a workout or a lap, each with half the step in which the
// coarsest format counts it: what differs by more was not rounded.
var figures = []struct {
	name  string
	half  float64
	value func(*activity.Totals) activity.Value
}{
	{"elapsed_time", 0.0005, func(t *activity.Totals) activity.Value { return t.ElapsedTime }},
	{"timer_time", 0.0005, func(t *activity.Totals) activity.Value { return t.TimerTime }},
	{"moving_time", 0.0005, func(t *activity.Totals) activity.Value { return t.MovingTime }},
	{"distance", 0.005, func(t *activity.Totals) activity.Value { return t.Distance }},
	{"ascent", 0.5, func(t *activity.Totals) activity.Value { return t.Ascent }},
	{"descent", 0.5, func(t *activity.Totals) activity.Value { return t.Descent }},
	{"calories", 0.5, func(t *activity.Totals) activity.Value { return t.Calories }},
	{"average_speed", 0.0005, func(t *activity.Totals) activity.Value { return t.AverageSpeed }},
	{"max_speed", 0.0005, func(t *activity.Totals) activity.Value { return t.MaxSpeed }},
	{"average_heartrate", 0.5, func(t *activity.Totals) activity.Value { return t.AverageHeartRate }},
	{"max_heartrate", 0.5, func(t *activity.Totals) activity.Value { return t.MaxHeartRate }},
	{"average_cadence", 0.5, func(t *activity.Totals) activity.Value { return t.AverageCadence }},
	{"max_cadence", 0.5, func(t *activity.Totals) activity.Value { return t.MaxCadence }},
	{"average_watts", 0.5, func(t *activity.Totals) activity.Value { return t.AveragePower }},
	{"max_watts", 0.5, func(t *activity.Totals) activity.Value { return t.MaxPower }},
	{"steps", 1, func(t *activity.Totals) activity.Value { return t.Steps }},
}

// noise is what a sum of decimals is off by.
const noise = 1e-9

// compare says of each figure whether it was lost, filled in, rounded or kept.
func (l *losses) compare(from, to *activity.Totals, code finding.Code, prefix string) {
	for i := range figures {
		f := &figures[i]
		v, known := f.value(from).Get()
		w, kept := f.value(to).Get()
		switch {
		case known && !kept:
			l.add(code, prefix+f.name)
		case !known && kept:
			l.fill(prefix + f.name)
		case !known || math.Abs(v-w) <= noise*math.Abs(v):
		case math.Abs(v-w) > f.half+noise*math.Abs(v):
			l.add(code, fmt.Sprintf("%s%s %v became %v", prefix, f.name, f.value(from).Round(3), f.value(to).Round(3)))
		default:
			l.rounded++
		}
	}
}

func (l *losses) fill(what string) {
	if l.filled++; l.filledWith == "" {
		l.filledWith = what
	}
}

func (l *losses) totals() {
	l.compare(&l.from.Totals, &l.to.Totals, finding.LostTotals, "")
	if l.from.PoolLength.Known() && l.from.PoolLength != l.to.PoolLength {
		l.add(finding.LostTotals, "pool_length")
	}
	l.list.AddN(finding.LostLengths, finding.Place{}, "", len(l.from.Lengths)-len(l.to.Lengths))
	l.list.AddN(finding.LostDevices, finding.Place{}, "", len(l.from.Devices)-len(l.to.Devices))
}

func (l *losses) laps() {
	from, to := l.from.Laps, l.to.Laps
	if len(to) == 0 {
		l.list.AddN(finding.LostLaps, finding.Place{}, "", len(from))
		return
	}
	if len(from) == 0 {
		l.fill("a lap")
		return
	}
	for i := range from {
		if i >= len(to) {
			l.add(finding.LostLaps, "")
			continue
		}
		a, b := &from[i], &to[i]
		prefix := fmt.Sprintf("lap %d: ", i+1)
		moved := max(apart(a.Records.First, b.Records.First), apart(a.Records.End, b.Records.End))
		switch {
		case l.dropped || moved == 0 || a.Records.Len()+b.Records.Len() == 0:
		case moved <= onTheLine:
			l.rounded++
		default:
			l.add(finding.LostLaps, fmt.Sprintf("%s%d of its points became %d", prefix, a.Records.Len(), b.Records.Len()))
		}
		l.compare(&a.Totals, &b.Totals, finding.LostLapTotals, prefix)
		switch {
		case a.Start.IsZero():
			if !b.Start.IsZero() {
				l.fill(prefix + "start")
			}
		case !near(a.Start, b.Start):
			l.add(finding.LostLapTotals, prefix+"start")
		}
		for _, word := range [][2]string{{a.Trigger, b.Trigger}, {a.Intensity, b.Intensity}} {
			if word[0] != "" && meaning(word[0]) != meaning(word[1]) {
				l.add(finding.LostLapKind, prefix+word[0])
			} else if word[0] == "" && word[1] != "" {
				l.fill(prefix + word[1])
			}
		}
	}
}

// onTheLine is how many points may be of the lap before or of the next: a device
// writes the one at which the button was pressed into either.
const onTheLine = 1

func apart(a, b int) int { return max(a-b, b-a) }

// meaning makes one of the words that formats have for the same.
func meaning(word string) string {
	switch word = strings.ToLower(word); word {
	case "location":
		return "position_lap"
	case "resting":
		return "rest"
	}
	return word
}

func (l *losses) streams() {
	used := make([]bool, len(l.to.Streams)) // two can have one name
	for i := range l.from.Streams {
		s := &l.from.Streams[i]
		n := count(s.Values)
		for k := range l.to.Streams {
			if t := &l.to.Streams[k]; !used[k] && t.Name == s.Name && t.Unit == s.Unit {
				used[k] = true
				n -= count(t.Values)
				break
			}
		}
		if n > 0 {
			l.list.AddN(finding.LostStreams, finding.Place{}, s.Name, n)
		}
	}
}

// apps compares which app defined the fields that were kept: of the others nothing
// is left to be told.
func (l *losses) apps() {
	for _, f := range l.from.DeveloperFields {
		same := func(g activity.DeveloperField) bool { return g.Name == f.Name && g.Unit == f.Unit }
		i := slices.IndexFunc(l.to.DeveloperFields, same)
		if f.App != "" && i >= 0 && !slices.ContainsFunc(l.to.DeveloperFields[i:], func(g activity.DeveloperField) bool { return same(g) && g.App == f.App }) {
			l.add(finding.LostApp, f.Name)
		}
	}
}

func count(values []activity.Value) (n int) {
	for _, v := range values {
		if v.Known() {
			n++
		}
	}
	return n
}

// words compares what stands for the workout as a whole.
func (l *losses) words() {
	a, b := l.from, l.to
	switch {
	case a.Sport != b.Sport && a.Sport != "":
		to := string(b.Sport)
		if to == "" {
			to = b.RawSport
		}
		l.add(finding.LostSport, string(a.Sport)+" became "+to)
	case a.Sport == "" && a.RawSport != "" && !strings.EqualFold(strings.TrimSpace(a.RawSport), b.RawSport):
		l.add(finding.LostSport, a.RawSport)
	}
	lost := func(s, t string) bool { s = strings.TrimSpace(s); return s != "" && s != strings.TrimSpace(t) }
	if lost(a.Name, b.Name) {
		l.add(finding.LostName, "")
	}
	if lost(a.Notes, b.Notes) {
		l.add(finding.LostNotes, "")
	}
	if lost(a.Creator, b.Creator) && lost(a.Creator, b.Device.Name) {
		l.add(finding.LostCreator, a.Creator)
	}
	for _, part := range []struct {
		name string
		lost bool
	}{
		{"name", lost(a.Device.Name, b.Device.Name)},
		{"manufacturer", lost(a.Device.Manufacturer, b.Device.Manufacturer)},
		{"product", a.Device.Product != 0 && a.Device.Product != b.Device.Product},
		{"serial", lost(a.Device.Serial, b.Device.Serial)},
		{"version", lost(a.Device.Version, b.Device.Version)},
		{"barometer", a.Device.Barometric && !b.Device.Barometric},
		{"battery", a.Device.BatteryStatus != b.Device.BatteryStatus || a.Device.BatteryVoltage != b.Device.BatteryVoltage || a.Device.BatteryLevel != b.Device.BatteryLevel},
	} {
		if part.lost {
			l.add(finding.LostDevice, part.name)
		}
	}
	if z := offset(a.Zone, a.Start); a.Zone != nil && z != 0 && (b.Zone == nil || offset(b.Zone, a.Start) != z) {
		l.add(finding.LostZone, "")
	}
	if !a.Start.IsZero() && !near(a.Start, b.Start) {
		l.add(finding.LostStart, "")
	}
}

func offset(zone *time.Location, at time.Time) int {
	if zone == nil {
		return 0
	}
	_, seconds := at.In(zone).Zone()
	return seconds
}
