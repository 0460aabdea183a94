package fit

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Project returns the workouts as [Decode] will read them from what [Encode]
// writes: what FIT can hold of them. The activities that are passed stay as they
// are, and share nothing with those that are returned.
//
// FIT counts time in whole seconds (a fraction is cut off), distances in
// centimetres, altitudes in fifths of a metre, positions in 2³¹sts of half a
// circle, and has a number for the sport instead of a word. It holds pauses as
// events of the timer, laps, totals, what recorded the workout, the local time, and
// other streams as developer fields; no lengths of a pool, no other devices, no description, and no name of what wrote
// the file beside that of the device. Elapsed time and timer time of workout and
// laps, and a lap where there is none, are added where the workout lacks them:
// an activity file has to have them.
//
// An error is a [finding.Failure]: [finding.ConvertEmpty] where a workout has no
// time that FIT has.
func Project(acts []activity.Activity) ([]activity.Activity, error) {
	parts, err := projectAll(acts)
	if err != nil {
		return nil, err
	}
	out := make([]activity.Activity, 0, len(acts))
	for _, p := range parts {
		out = append(out, p.activities()...)
	}
	return out, nil
}

// projectAll makes the files of a chain: one with a session for each workout
// where that can be, else one for each workout. Several readers look at the first
// file of a chain only.
func projectAll(acts []activity.Activity) ([]*part, error) {
	parts := make([]*part, len(acts))
	for i := range acts {
		var ok bool
		if parts[i], ok = project(&acts[i]); !ok {
			return nil, finding.Fail(finding.ConvertEmpty, finding.Place{}, "FIT wants the time at which the workout began, from 1990 on", nil)
		}
	}
	if len(parts) > 1 {
		if p := together(parts); p != nil {
			return []*part{p}, nil
		}
	}
	return parts, nil
}

// activities returns what a part is read as.
func (p *part) activities() []activity.Activity {
	d := decoder{part: p}
	d.conclude()
	for i := range d.acts {
		d.acts[i].Findings = nil
	}
	return d.acts
}

// together makes one file of several workouts that one device recorded one after
// the other: nil where they would be read as something else than in files of their
// own.
func together(parts []*part) *part {
	all := *parts[0]
	all.records, all.sessions, all.laps, all.events, all.streams = nil, nil, nil, nil, nil
	var apart []activity.Activity
	for _, p := range parts {
		if p.device != all.device || p.manufacturer != all.manufacturer || !sameZone(p.zone, all.zone) {
			return nil
		}
		apart = append(apart, p.activities()...)
		all.addStreams(p.streams)
		if len(p.apps) > 0 {
			all.apps = p.apps
		}
		all.records = append(all.records, p.records...)
		all.sessions, all.laps, all.events = append(all.sessions, p.sessions...), append(all.laps, p.laps...), append(all.events, p.events...)
	}
	if len(all.records) > maxRecords || len(all.streams) > maxStreams || len(all.streams)*len(all.records) > maxStreamValues ||
		len(all.sessions) > maxSessions || len(all.sessions)+len(all.laps)+len(all.events) > maxSummaries {
		return nil
	}
	for i := range all.streams {
		all.streams[i].values = pad(all.streams[i].values, len(all.records))
	}
	read := all // to be concluded
	read.sessions, read.streams = slices.Clone(all.sessions), slices.Clone(all.streams)
	if !reflect.DeepEqual(read.activities(), apart) {
		return nil
	}
	return &all
}

func sameZone(a, b *time.Location) bool {
	if a == nil || b == nil {
		return a == b
	}
	at := time.Unix(0, 0)
	_, x := at.In(a).Zone()
	_, y := at.In(b).Zone()
	return x == y
}

// addStreams adds the streams of a workout behind those that are there.
func (p *part) addStreams(streams []stream) {
	n := len(p.records)
	for _, s := range streams {
		i := slices.IndexFunc(p.streams, func(t stream) bool {
			return t.name == s.name && t.unit == s.unit && t.kind == s.kind && len(t.values) <= n
		})
		if i < 0 {
			i = len(p.streams)
			t := s
			t.num, t.values = i, nil
			p.streams = append(p.streams, t)
		}
		t := &p.streams[i]
		t.values = append(pad(t.values, n), s.values...)
	}
}

// The greatest numbers of the base types, without the one that says that there
// is none.
const (
	mostUint8  = math.MaxUint8 - 1
	mostSint8  = math.MaxInt8 - 1
	mostUint16 = math.MaxUint16 - 1
	mostSint32 = math.MaxInt32 - 1
	mostUint32 = math.MaxUint32 - 1
)

// development is the manufacturer of whoever has no number.
const development = 255

// project makes of a workout what the decoder has when it has read one: each
// figure in the steps in which FIT counts. ok is false where it has no time.
func project(a *activity.Activity) (_ *part, ok bool) {
	p := &part{fileType: 4, sport: -1, subSport: -1}
	s := summary{totals: a.Totals, name: plainText(a.Name, 254)}
	s.sport, s.sub = sportNumbers(a)

	p.addRecords(a)
	first, last, timed := (&activity.Activity{Records: p.records}).Span()
	switch start, ok := stamp(a.Start.UnixMilli()); {
	case !a.Start.IsZero() && ok:
		s.start = instant(float64(start))
	case timed:
		s.start = first.UnixMilli()
	default:
		return nil, false
	}
	s.end = s.start
	if timed {
		s.end = max(s.end, last.UnixMilli())
	}
	if elapsed, ok := a.Totals.ElapsedTime.Get(); ok && elapsed > 0 {
		end, ok := stamp(s.start + int64(min(elapsed, mostUint32)*1000))
		if ok {
			s.end = max(s.end, instant(float64(end)))
		}
	}
	p.addEvents(a, s.start, s.end)
	p.projectLaps(a, &s)
	s.totals = p.figures(s.totals, s.start, s.end, s.sport)
	p.sessions = []summary{s}
	p.projectDevice(a)
	if a.Zone != nil {
		_, offset := time.UnixMilli(s.start).In(a.Zone).Zone()
		p.zone = zoneOf(int64(offset))
	}
	return p, true
}

// stamp returns the timestamp of an instant in ms, the fraction cut off; ok is
// false where FIT has none.
func stamp(ms int64) (_ uint32, ok bool) {
	s := ms / 1000
	if ms%1000 < 0 {
		s--
	}
	if s -= epoch; s < 0 || s > mostUint32 {
		return 0, false
	}
	return uint32(s), true
}

// whole rounds a figure to a number of steps; ok is false where those are not
// within the range.
func whole(v, scale, least, most float64) (steps float64, ok bool) {
	steps = math.Round(v * scale)
	return steps, steps >= least && steps <= most
}

// addRecords adds what FIT can hold of the records and streams.
func (p *part) addRecords(a *activity.Activity) {
	kept := make([]int, 0, len(a.Records)) // their indices
	p.records = make([]activity.Record, 0, len(a.Records))
	for i := range a.Records {
		r := &a.Records[i]
		t, ok := stamp(r.Time)
		if r.Has&activity.Time == 0 || !ok || len(p.records) == maxRecords {
			continue
		}
		q := activity.Record{Time: instant(float64(t)), Has: activity.Time}
		projectRecord(&q, r)
		p.records = append(p.records, q)
		kept = append(kept, i)
	}
	values := 0
	for i := range a.Streams {
		s := &a.Streams[i]
		if len(p.streams) == maxStreams || values+len(kept) > maxStreamValues || !slices.ContainsFunc(s.Values, activity.Value.Known) {
			continue
		}
		values += len(kept)
		t := stream{num: len(p.streams), developer: true, name: plainText(s.Name, maxText), unit: plainText(s.Unit, maxText), scale: 1}
		t.values = make([]activity.Value, len(kept))
		for k, at := range kept {
			if at < len(s.Values) {
				t.values[k] = s.Values[at]
			}
		}
		if !slices.ContainsFunc(t.values, activity.Value.Known) {
			continue
		}
		t.kind = smallest(t.values)
		p.streams = append(p.streams, t)
	}
}

// smallest returns the smallest base type that holds all values as they are.
func smallest(values []activity.Value) uint8 {
	integer, single := true, true
	for _, v := range values {
		f, ok := v.Get()
		if !ok {
			continue
		}
		integer = integer && f == math.Trunc(f) && math.Abs(f) <= mostSint32 && !(f == 0 && math.Signbit(f))
		single = single && float64(float32(f)) == f
	}
	switch {
	case integer:
		return kindSint32
	case single:
		return kindFloat32
	}
	return kindFloat64
}

// semicircles is how many of FIT's steps are a degree.
const semicircles = (1 << 31) / 180.0

func projectRecord(q, r *activity.Record) {
	if r.Has&activity.Position != 0 && math.Abs(r.Lat) <= 90 && math.Abs(r.Lon) <= 180 {
		lat, lon := semicircle(r.Lat), semicircle(r.Lon)
		if lat != 0 || lon != 0 {
			q.Lat, q.Lon, q.Has = float64(lat)*180/(1<<31), float64(lon)*180/(1<<31), q.Has|activity.Position
		}
	}
	if v, ok := whole(r.Altitude+500, 5, 0, mostUint32); ok && r.Has&activity.Altitude != 0 && r.Altitude <= 20000 {
		q.Altitude, q.Has = (v-2500)/5, q.Has|activity.Altitude
	}
	if v, ok := whole(r.Distance, 100, 0, mostUint32); ok && r.Has&activity.Distance != 0 {
		q.Distance, q.Has = v/100, q.Has|activity.Distance
	}
	if v, ok := whole(float64(r.Speed), 1000, 0, mostUint32); ok && r.Has&activity.Speed != 0 {
		q.Speed, q.Has = float32(v/1000), q.Has|activity.Speed
	}
	small := func(from float32, to *float32, f activity.Fields, least, most float64) {
		if v, ok := whole(float64(from), 1, least, most); ok && r.Has&f != 0 {
			*to, q.Has = float32(v), q.Has|f
		}
	}
	small(r.HeartRate, &q.HeartRate, activity.HeartRate, 0, mostUint8)
	small(r.Cadence, &q.Cadence, activity.Cadence, 0, mostUint8)
	small(r.Power, &q.Power, activity.Power, 0, mostUint16)
	small(r.Temperature, &q.Temperature, activity.Temperature, -128, mostSint8)
}

// semicircle returns an angle in FIT's steps. The meridian of 180° has a number
// from the west only.
func semicircle(degrees float64) int32 {
	v := math.Round(degrees * semicircles)
	switch {
	case v >= 1<<31:
		return math.MinInt32
	case v > mostSint32:
		return mostSint32
	}
	return int32(v)
}

// addEvents makes events of the timer: its start, and each pause.
func (p *part) addEvents(a *activity.Activity, start, end int64) {
	p.events = append(p.events, event{at: start})
	if a.TimerPaused && len(a.Pauses) == 0 { // the pause lasted no time
		p.events = append(p.events, event{at: start, stop: true}, event{at: start})
	}
	pauses := slices.Clone(a.Pauses)
	slices.SortStableFunc(pauses, func(x, y activity.Pause) int { return x.From.Compare(y.From) })
	last := int64(math.MinInt64)
	for _, q := range pauses {
		from, ok := stamp(q.From.UnixMilli())
		to, alsoOK := stamp(q.To.UnixMilli())
		if !ok || !alsoOK || q.To.Before(q.From) {
			continue
		}
		begins, ends := instant(float64(from)), instant(float64(to))
		if begins < last { // within the one before
			continue
		}
		last = ends
		p.events = append(p.events, event{at: begins, stop: true}, event{at: ends})
	}
	p.events = append(p.events, event{at: max(end, last), stop: true})
}

// stopped returns how long the timer stood still between two instants, in ms.
func (p *part) stopped(from, to int64) (ms int64) {
	for i := 1; i+1 < len(p.events); i++ {
		if e, next := p.events[i], p.events[i+1]; e.stop && !next.stop {
			ms += max(min(next.at, to)-max(e.at, from), 0)
		}
	}
	return ms
}

// projectLaps adds the laps. One without a start has that of its first record, or
// of the session.
func (p *part) projectLaps(a *activity.Activity, s *summary) {
	if len(a.Laps) == 0 {
		lap := summary{start: s.start, end: s.end, trigger: "session_end", totals: a.Totals}
		lap.totals = p.figures(lap.totals, lap.start, lap.end, s.sport)
		p.laps = []summary{lap}
		return
	}
	for i := range a.Laps {
		l := &a.Laps[i]
		lap := summary{start: s.start, totals: l.Totals, trigger: fitTrigger(l.Trigger), intensity: fitIntensity(l.Intensity)}
		at := l.Start.UnixMilli()
		if l.Start.IsZero() && l.Records.Len() > 0 && l.Records.First < len(a.Records) {
			at = a.Records[l.Records.First].Time
		}
		if t, ok := stamp(at); ok && (!l.Start.IsZero() || l.Records.Len() > 0) {
			lap.start = instant(float64(t))
		}
		p.laps = append(p.laps, lap)
	}
	for i := range p.laps {
		lap := &p.laps[i]
		if lap.end = s.end; i+1 < len(p.laps) {
			lap.end = p.laps[i+1].start
		}
		lap.end = max(lap.end, lap.start)
		lap.totals = p.figures(lap.totals, lap.start, lap.end, s.sport)
	}
}

// figures returns totals in the steps of FIT, with elapsed time and timer time
// where they are missing.
func (p *part) figures(t activity.Totals, start, end int64, sport int) activity.Totals {
	if !t.ElapsedTime.Known() {
		t.ElapsedTime = activity.Of(float64(end-start) / 1000)
		if timer, ok := t.TimerTime.Get(); ok {
			t.ElapsedTime = t.ElapsedTime.Max(activity.Of(timer))
		}
	}
	if !t.TimerTime.Known() {
		t.TimerTime = activity.Of(max(t.ElapsedTime.Or(0)-float64(p.stopped(start, end))/1000, 0))
	}
	step := func(v activity.Value, scale, most float64) activity.Value {
		n, ok := whole(v.Or(-1), scale, 0, most)
		if !ok || !v.Known() {
			return activity.Value{}
		}
		return activity.Of(n / scale)
	}
	out := activity.Totals{
		ElapsedTime: step(t.ElapsedTime, 1000, mostUint32), TimerTime: step(t.TimerTime, 1000, mostUint32),
		MovingTime: step(t.MovingTime, 1000, mostUint32), Distance: step(t.Distance, 100, mostUint32),
		Ascent: step(t.Ascent, 1, mostUint16), Descent: step(t.Descent, 1, mostUint16), Calories: step(t.Calories, 1, mostUint16),
		AverageSpeed: step(t.AverageSpeed, 1000, mostUint32), MaxSpeed: step(t.MaxSpeed, 1000, mostUint32),
		AverageHeartRate: step(t.AverageHeartRate, 1, mostUint8), MaxHeartRate: step(t.MaxHeartRate, 1, mostUint8),
		AverageCadence: step(t.AverageCadence, 1, mostUint8), MaxCadence: step(t.MaxCadence, 1, mostUint8),
		AveragePower: step(t.AveragePower, 1, mostUint16), MaxPower: step(t.MaxPower, 1, mostUint16),
	}
	if strides(sport) {
		out.Steps = step(t.Steps, 0.5, mostUint32)
	}
	return out
}

// strides reports whether the cycles of a sport are strides, of two steps each.
func strides(sport int) bool { return sport == 1 || sport == 11 }

// fitTrigger returns the profile's word for what ended a lap.
func fitTrigger(word string) string {
	word = strings.ToLower(word)
	switch word {
	case "", "time", "distance":
		return word
	case "location":
		return "position_lap"
	}
	if slices.Contains(triggers[:], word) {
		return word
	}
	return "manual"
}

// fitIntensity returns the profile's word for how hard a lap was.
func fitIntensity(word string) string {
	word = strings.ToLower(word)
	switch {
	case word == "resting":
		return "rest"
	case word == "" || slices.Contains(intensities[:], word):
		return word
	}
	return "active"
}

// projectDevice takes what is known of the device. A file that does not say which
// device it was is named after what wrote it.
func (p *part) projectDevice(a *activity.Activity) {
	dev := &p.device
	dev.Name = plainText(a.Device.Name, 254)
	if dev.Name == "" && a.Creator != a.Device.Manufacturer {
		dev.Name = plainText(a.Creator, 254)
	}
	p.manufacturer = manufacturerOf(&a.Device)
	dev.Manufacturer = nameOr(manufacturers, p.manufacturer)
	if a.Device.Product > 0 && a.Device.Product <= mostUint16 {
		dev.Product = a.Device.Product
	}
	if n, err := strconv.ParseUint(a.Device.Serial, 10, 32); err == nil && n > 0 {
		dev.Serial = strconv.FormatUint(n, 10)
	}
	if v, ok := hundredths(a.Device.Version); ok {
		dev.Version = version(v)
	}
	own := device{Device: *dev}
	if own.Name == "" {
		own.Name = product(p.manufacturer, dev.Product)
	}
	p.devices = []device{own}
	if len(p.streams) > 0 {
		p.apps = []app{{id: uuid([]byte(ownApp))}}
	}
}

// ownApp is the identifier of whoever defines our developer fields: sixteen bytes.
const ownApp = "bandport streams"

// manufacturerOf returns the number of a manufacturer that the profile names or
// that is a number already. Garmin's own TCX files name no manufacturer, but
// their products have the numbers of the profile.
func manufacturerOf(d *activity.Device) int {
	if d.Manufacturer == "" {
		if strings.HasPrefix(d.Name, "Garmin ") && d.Product > 0 {
			return garmin
		}
		return development
	}
	if n, ok := numberOf(manufacturers, d.Manufacturer); ok {
		return n
	}
	if n, err := strconv.Atoi(d.Manufacturer); err == nil && n >= 0 && n <= mostUint16 {
		return n
	}
	return development
}

// numberOf is the inverse of [name].
func numberOf(list, name string) (int, bool) {
	for line := range strings.Lines(list) {
		number, word, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if word == name && name != "" {
			n, err := strconv.Atoi(number)
			return n, err == nil
		}
	}
	return 0, false
}

// hundredths reads a version such as "3.05".
func hundredths(v string) (int, bool) {
	major, minor, ok := strings.Cut(v, ".")
	if !ok {
		minor = "0"
	}
	a, err := strconv.ParseUint(major, 10, 16)
	b, minorErr := strconv.ParseUint(minor, 10, 16)
	n := int(a)*100 + int(b)
	return n, err == nil && minorErr == nil && b < 100 && n <= mostUint16
}

// sportNumbers returns sport and sub-sport of the profile; −1 for none. The
// file's own word counts where it is one of the profile and says the same.
func sportNumbers(a *activity.Activity) (sport, sub int) {
	word, subWord, _ := strings.Cut(a.RawSport, "/")
	if n, ok := numberOf(sports, word); ok {
		m, ok := numberOf(subSports, subWord)
		if !ok {
			m = 0
		}
		if (ok || subWord == "") && sportOf(n, m) == a.Sport {
			return n, m
		}
	}
	if a.Sport == "" {
		if a.RawSport == "" {
			return -1, -1
		}
		return 0, 0 // generic
	}
	best := -1
	for i := range strava {
		row := &strava[i]
		if row.to != a.Sport || sportOf(row.sport, max(row.sub, 0)) != a.Sport {
			continue
		}
		// Fitness equipment is an answer where there is no other.
		if best < 0 || strava[best].sport == 4 && row.sport != 4 || strava[best].sub != anySub && row.sub == anySub && row.sport == strava[best].sport {
			best = i
		}
	}
	if best >= 0 {
		return strava[best].sport, max(strava[best].sub, 0)
	}
	switch a.Sport.Family() {
	case activity.RunFamily:
		return 1, 0
	case activity.RideFamily:
		return 2, 0
	case activity.WalkFamily:
		return 11, 0
	}
	return 0, 0
}

// plainText returns a text that FIT can hold: valid, without zeros, no longer than
// most bytes.
func plainText(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if len(s) > most {
		for most > 0 && !utf8.RuneStart(s[most]) {
			most--
		}
		s = s[:most]
	}
	return s
}
