package repair

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
)

// The messages and fields of FIT that repairs touch, by their numbers in
// Garmin's profile.
const (
	messageFileID   = 0
	messageSession  = 18
	messageLap      = 19
	messageRecord   = 20
	messageActivity = 34
	messageSport    = 12
	messageLength   = 101

	recordLat, recordLon     = 0, 1
	recordAltitude           = 2
	recordHeart              = 3
	recordCadence            = 4
	recordDistance           = 5
	recordSpeed              = 6
	recordPower              = 7
	recordTemperature        = 13
	recordCadence256         = 52
	recordFractionalCadence  = 53
	recordEnhancedSpeed      = 73
	recordEnhancedAltitude   = 78
	fileType, activityFile   = 0, 4
	sessionSport, sessionSub = 5, 6
	timestamp                = 253
)

// semicircles is how many of them are 180 degrees.
const semicircles = 1 << 31

// framing are the repairs of what holds the messages of a FIT file.
var framing = slices.Concat(
	both(Repair{Code: finding.FITMalformed, What: "what makes sense before and behind the damage is kept"}, nil, salvage),
	both(Repair{Code: finding.FITTruncated, What: "what is whole is kept, with a new size and checksum"}, nil, salvage),
	both(Repair{Code: finding.FITLeading, What: "the bytes before the header are taken out"}, nil, reframe),
	both(Repair{Code: finding.FITTrailing, What: "the bytes behind the workout are taken out", Named: true}, nil, reframe),
	both(Repair{Code: finding.FITSize, What: "the header tells the size"}, nil, reframe),
	both(Repair{Code: finding.FITCRC, What: "the checksum is computed anew; what was changed stays changed"}, nil, reframe),
	both(Repair{Code: finding.FITCRCMissing, What: "the checksum is added"}, nil, reframe),
	both(Repair{Code: finding.FITHeaderCRC, What: "the checksum of the header is computed anew", Named: true}, nil, reframe),
	both(Repair{Code: finding.FITType, What: "the file is called an activity", Named: true}, nil, fitType),
)

// last is what needs all else to be in order.
var last = both(Repair{Code: finding.FITNoSession, What: "a session is made of the records"}, nil, completeFIT)

// source is the file as package fit wants it.
func (w *work) source() *activity.Source { return &activity.Source{Format: "fit", Data: w.data} }

// rewrite lets edit change the messages, and makes the framing right. It does
// nothing where that is not possible.
func (w *work) rewrite(edit func(*fit.Message) fit.Action) (lost string, ok bool) {
	var out bytes.Buffer
	inside := 0
	err := fit.Rewrite(&out, w.source(), func(m *fit.Message) fit.Action {
		inside += len(m.Bytes())
		if edit == nil {
			return fit.Keep
		}
		return edit(m)
	})
	if err != nil || out.Len() == 0 {
		return "", false
	}
	if n := w.outside(); n > 0 {
		lost = counted(n, "byte that was no FIT", "bytes that were no FIT")
	}
	w.data = out.Bytes()
	return lost, true
}

// outside counts the bytes before the first header and behind the last message
// that a rewriting leaves out.
func (w *work) outside() int {
	var plain bytes.Buffer
	if fit.Rewrite(&plain, w.source(), nil) != nil {
		return 0
	}
	return max(len(w.data)-plain.Len(), 0)
}

// reframe makes the sizes and checksums right.
func reframe(w *work) change {
	before := w.data
	lost, ok := w.rewrite(nil)
	if !ok || bytes.Equal(before, w.data) {
		return change{}
	}
	return change{count: 1, lost: lost}
}

// salvage saves what can be of a damaged file.
func salvage(w *work) change {
	out, s, ok := fit.Salvage(w.data)
	if !ok || bytes.Equal(out, w.data) {
		return change{}
	}
	w.data = out
	lost := counted(s.Bytes, "byte", "bytes")
	if s.Bytes == 0 {
		lost = "nothing that was there"
	}
	return change{count: max(s.Damages, 1), lost: fmt.Sprintf("%s; %s kept", lost, counted(s.Records, "record is", "records are"))}
}

// records counts the records for which do changed something.
func (w *work) records(do func(m *fit.Message) bool) (n int, lost string) {
	var ok bool
	before := w.data
	lost, ok = w.rewrite(func(m *fit.Message) fit.Action {
		if !m.Definition && m.Global == messageRecord && do(m) {
			n++
		}
		return fit.Keep
	})
	if !ok || n == 0 {
		w.data = before
		return 0, ""
	}
	return n, lost
}

// gone is the change of a repair that took values out.
func gone(n int, lost, what string) change {
	if n == 0 {
		return change{}
	}
	all := counted(n, what, what+"s")
	if lost != "" {
		all += ", " + lost
	}
	return change{count: n, lost: all}
}

// clearAll takes fields out, and reports whether one was there.
func clearAll(m *fit.Message, fields ...uint8) (some bool) {
	for _, f := range fields {
		if _, ok := m.Number(f); ok {
			some = m.Clear(f) || some
		}
	}
	return some
}

func atZeroFIT(m *fit.Message) bool {
	lat, ok1 := m.Number(recordLat)
	lon, ok2 := m.Number(recordLon)
	return ok1 && ok2 && lat == 0 && lon == 0
}

func offEarthFIT(m *fit.Message) bool {
	lat, ok1 := m.Number(recordLat)
	lon, ok2 := m.Number(recordLon)
	return ok1 != ok2 || ok1 && (math.Abs(lat)/semicircles*180 > 90 || math.Abs(lon)/semicircles*180 > 180)
}

func fitPositions(bad func(m *fit.Message) bool) func(*work) change {
	return func(w *work) change {
		n, lost := w.records(func(m *fit.Message) bool { return bad(m) && clearAll(m, recordLat, recordLon) })
		return gone(n, lost, "position")
	}
}

func fitAltitudes(w *work) change {
	n, lost := w.records(func(m *fit.Message) bool {
		some := false
		for _, f := range []uint8{recordAltitude, recordEnhancedAltitude} {
			if v, ok := m.Number(f); ok && (v/5-500 < lowestAltitude || v/5-500 > highestAltitude) {
				some = m.Clear(f) || some
			}
		}
		return some
	})
	return gone(n, lost, "altitude")
}

func fitHearts(bad func(v float64) bool) func(*work) change {
	return func(w *work) change {
		n, lost := w.records(func(m *fit.Message) bool {
			v, ok := m.Number(recordHeart)
			return ok && bad(v) && m.Clear(recordHeart)
		})
		return gone(n, lost, "heart rate")
	}
}

// fitNumbers takes out numbers that the codec takes for none.
func fitNumbers(w *work) change {
	bounds := []struct {
		field   uint8
		scale   float64
		low, up float64
	}{
		{recordHeart, 1, 0, 255}, {recordCadence, 1, 0, 255}, {recordPower, 1, 0, 65535}, {recordDistance, 100, 0, 1e8},
		{recordTemperature, 1, -128, 127}, {recordSpeed, 1000, 0, 1e7}, {recordEnhancedSpeed, 1000, 0, 1e7},
	}
	n, lost := w.records(func(m *fit.Message) bool {
		some := false
		for _, b := range bounds {
			if v, ok := m.Number(b.field); ok && (v/b.scale < b.low || v/b.scale > b.up) {
				some = m.Clear(b.field) || some
			}
		}
		return some
	})
	return gone(n, lost, "number")
}

// fitCadence makes the cadence that of one leg.
func fitCadence(w *work) change {
	halve := func(m *fit.Message, f uint8) bool {
		v, ok := m.Number(f)
		return ok && v > 0 && m.Set(f, math.Round(v/2))
	}
	count := 0
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		switch {
		case m.Definition:
		case m.Global == messageRecord:
			some := halve(m, recordCadence)
			some = halve(m, recordCadence256) || some
			if some {
				clearAll(m, recordFractionalCadence)
				count++
			}
		case m.Global == messageSession:
			halve(m, 18)
			halve(m, 19)
		case m.Global == messageLap:
			halve(m, 17)
			halve(m, 18)
		}
		return fit.Keep
	})
	if !ok {
		return change{}
	}
	return change{count: count, lost: lost}
}

// decoded reads the file with the place of each record.
func (w *work) decoded() (activity.File, bool) {
	f, err := fit.Decode(w.ctx, bytes.NewReader(w.data), fit.Options{KeepSource: true})
	return f, err == nil && len(f.Activities) > 0
}

// fitSpikes takes fields out of the records that a rule names.
func fitSpikes(rule func([]activity.Record) []int, what string, fields ...uint8) func(*work) change {
	return func(w *work) change {
		f, ok := w.decoded()
		if !ok {
			return change{}
		}
		bad := map[int]bool{}
		for i := range f.Activities {
			a := &f.Activities[i]
			for _, k := range rule(a.Records) {
				if k < len(a.Places) {
					bad[a.Places[k].Offset] = true
				}
			}
		}
		n, lost := w.records(func(m *fit.Message) bool { return bad[m.Offset] && clearAll(m, fields...) })
		return gone(n, lost, what)
	}
}

var (
	fitPositionSpikes = fitSpikes(check.PositionSpikes, "position", recordLat, recordLon)
	fitAltitudeSpikes = fitSpikes(check.AltitudeSpikes, "altitude", recordAltitude, recordEnhancedAltitude)
)

// timeFields are the fields beside the timestamp that are instants.
var timeFields = map[uint16][]uint8{
	messageFileID: {4}, messageSession: {2}, messageLap: {2}, messageActivity: {5}, messageLength: {2}, 142: {2},
}

// fitMove adds to every time of the file.
func (w *work) fitMove(by func(t time.Time) (time.Duration, bool)) change {
	n := 0
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		if m.Definition {
			return fit.Keep
		}
		if t, ok := m.Time(); ok {
			if d, ok := by(t); ok && m.SetTime(t.Add(d)) && m.Global == messageRecord {
				n++
			}
		}
		for _, f := range timeFields[m.Global] {
			if v, ok := m.Number(f); ok {
				at := time.Unix(int64(v)+fitEpoch, 0).UTC()
				if d, ok := by(at); ok {
					m.Set(f, v+d.Seconds())
				}
			}
		}
		return fit.Keep
	})
	if !ok {
		return change{}
	}
	return change{count: n, lost: lost}
}

// fitEpoch is where FIT begins to count seconds.
const fitEpoch = 631065600

func fitShift(w *work) change {
	if w.o.Shift == 0 {
		return change{}
	}
	return w.fitMove(func(time.Time) (time.Duration, bool) { return w.o.Shift, true })
}

func fitUnroll(w *work) change {
	return w.fitMove(func(t time.Time) (time.Duration, bool) { return check.Rollover(t, w.o.Now) })
}

// fitRestart moves all times so that the first record has the start that was given.
func fitRestart(w *work) change {
	if w.o.Start.IsZero() {
		return change{}
	}
	var first time.Time
	for m := range fit.Messages(w.source()) {
		if t, ok := m.Time(); ok && m.Global == messageRecord && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	by := w.o.Start.Sub(first)
	if first.IsZero() || by == 0 {
		return change{}
	}
	return w.fitMove(func(time.Time) (time.Duration, bool) { return by, true })
}

// fitFuture drops single records in the future. Where most are, only a start that
// somebody says helps.
func fitFuture(w *work) change {
	odd, all := 0, 0
	for m := range fit.Messages(w.source()) {
		if t, ok := m.Time(); ok && m.Global == messageRecord {
			if all++; check.Future(t, w.o.Now) {
				odd++
			}
		}
	}
	if odd*2 > all {
		return fitRestart(w)
	}
	n := 0
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		if t, ok := m.Time(); ok && m.Global == messageRecord && check.Future(t, w.o.Now) {
			n++
			return fit.Drop
		}
		return fit.Keep
	})
	if !ok || n == 0 {
		return change{}
	}
	return change{count: n, lost: join(counted(n, "record", "records"), lost)}
}

// fitUntimed gives records without a time one between their neighbours', where
// they have a field for it; others are of no use to anybody and go.
func fitUntimed(w *work) change {
	type record struct {
		at    int
		t     time.Time
		timed bool
		field bool
	}
	var recs []record
	for m := range fit.Messages(w.source()) {
		if m.Definition || m.Global != messageRecord {
			continue
		}
		t, ok := m.Time()
		recs = append(recs, record{m.Offset, t, ok, slices.ContainsFunc(m.Fields(), func(f fit.Field) bool { return f.Number == timestamp && !f.Developer })})
	}
	if !slices.ContainsFunc(recs, func(r record) bool { return r.timed }) {
		return change{} // nothing would be left
	}
	set := map[int]float64{}
	drop := map[int]bool{}
	for i := range recs {
		if recs[i].timed {
			continue
		}
		lo, hi := i-1, i+1
		for lo >= 0 && !recs[lo].timed {
			lo--
		}
		for hi < len(recs) && !recs[hi].timed {
			hi++
		}
		if lo < 0 || hi == len(recs) || !recs[i].field {
			drop[recs[i].at] = true
			continue
		}
		span := recs[hi].t.Sub(recs[lo].t)
		t := recs[lo].t.Add(span * time.Duration(i-lo) / time.Duration(hi-lo))
		set[recs[i].at] = float64(t.Unix() - fitEpoch)
	}
	n := 0
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		if m.Definition || m.Global != messageRecord {
			return fit.Keep
		}
		if drop[m.Offset] {
			n++
			return fit.Drop
		}
		if v, ok := set[m.Offset]; ok && m.Set(timestamp, v) {
			n++
		}
		return fit.Keep
	})
	if !ok || n == 0 {
		return change{}
	}
	if len(drop) > 0 {
		lost = join(counted(len(drop), "record without a time", "records without a time"), lost)
	}
	return change{count: n, lost: lost}
}

// slot is the place of a record that has a time.
type slot struct {
	at, part, definition int
	bytes                []byte
	t                    time.Time
	packed               bool // its time is that of a compressed header
}

// slots lists the records that have a time. Those of one definition are alike.
func (w *work) slots() []slot {
	var out []slot
	definition := 0
	for m := range fit.Messages(w.source()) {
		if m.Definition {
			if m.Global == messageRecord {
				definition++
			}
			continue
		}
		if m.Global != messageRecord {
			continue
		}
		if t, ok := m.Time(); ok {
			out = append(out, slot{m.Offset, m.Part, definition, slices.Clone(m.Bytes()), t, m.Bytes()[0]&0x80 != 0})
		}
	}
	return out
}

// fitStrays gives single records whose time is not between those of their
// neighbours, and belongs far away, one that is.
func fitStrays(w *work) int {
	slots := w.slots()
	set := map[int]time.Time{}
	for i := 1; i+1 < len(slots); i++ {
		before, at, after := &slots[i-1], &slots[i], &slots[i+1]
		if before.part != after.part || at.packed || before.t.After(after.t) || !at.t.Before(before.t) && !at.t.After(after.t) {
			continue
		}
		places := 0
		for k := max(i-farOff-1, 0); k <= min(i+farOff+1, len(slots)-1); k++ {
			if k > i && slots[k].t.Before(at.t) || k < i && slots[k].t.After(at.t) {
				places++
			}
		}
		if places > farOff {
			at.t = before.t.Add(after.t.Sub(before.t) / 2).Truncate(time.Second)
			set[at.at] = at.t
		}
	}
	if len(set) == 0 {
		return 0
	}
	n := 0
	if _, ok := w.rewrite(func(m *fit.Message) fit.Action {
		if t, ok := set[m.Offset]; ok && !m.Definition && m.SetTime(t) {
			n++
		}
		return fit.Keep
	}); !ok {
		return 0
	}
	return n
}

// fitSort puts records into the order of time, where all are of one definition,
// so that they can change places. Else those that go backward are dropped.
func fitSort(w *work) change {
	strays := fitStrays(w)
	slots := w.slots()
	n := 0
	data := slices.Clone(w.data)
	for from := 0; from < len(slots); {
		to := from
		packed := false
		for to < len(slots) && slots[to].part == slots[from].part && slots[to].definition == slots[from].definition &&
			len(slots[to].bytes) == len(slots[from].bytes) {
			packed = packed || slots[to].packed
			to++
		}
		if !packed {
			group := slots[from:to]
			places := make([]int, len(group))
			latest := time.Time{}
			for i := range group {
				places[i] = group[i].at
				if group[i].t.Before(latest) {
					n++
				} else {
					latest = group[i].t
				}
			}
			slices.SortStableFunc(group, func(a, b slot) int { return a.t.Compare(b.t) })
			for i := range group {
				if group[i].at != places[i] {
					copy(data[places[i]:], group[i].bytes)
					group[i].at = places[i]
				}
			}
		}
		from = to
	}
	before := w.data
	w.data = data
	dropped := 0
	part, latest := -1, time.Time{}
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		if m.Definition || m.Global != messageRecord {
			return fit.Keep
		}
		if m.Part != part {
			part, latest = m.Part, time.Time{}
		}
		t, ok := m.Time()
		if ok && t.Before(latest) {
			dropped++
			return fit.Drop
		}
		if ok {
			latest = t
		}
		return fit.Keep
	})
	if !ok {
		w.data = before
		return change{count: strays}
	}
	if dropped > 0 {
		lost = join(counted(dropped, "record earlier than one before", "records earlier than one before"), lost)
	}
	return change{count: strays + n + dropped, lost: lost}
}

// fitDoubles drops all but the first record of an instant.
func fitDoubles(w *work) change {
	n := 0
	part, last, some := -1, time.Time{}, false
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		t, timed := m.Time()
		if m.Definition || m.Global != messageRecord || !timed {
			return fit.Keep
		}
		if m.Part == part && some && t.Equal(last) {
			n++
			return fit.Drop
		}
		part, last, some = m.Part, t, true
		return fit.Keep
	})
	if !ok || n == 0 {
		return change{}
	}
	return change{count: n, lost: join(counted(n, "record", "records"), lost)}
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// fitType calls the file an activity.
func fitType(w *work) change {
	n := 0
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		if v, has := m.Number(fileType); has && !m.Definition && m.Global == messageFileID && v != activityFile && m.Set(fileType, activityFile) {
			n++
		}
		return fit.Keep
	})
	if !ok {
		return change{}
	}
	return change{count: n, lost: lost}
}

// sportsFIT are the sports of the profile for those of Strava: sport and sub-sport.
var sportsFIT = map[activity.Sport][2]float64{
	activity.Run: {1, 0}, activity.TrailRun: {1, 3}, activity.VirtualRun: {1, 58}, activity.Ride: {2, 0},
	activity.MountainBikeRide: {2, 8}, activity.GravelRide: {2, 46}, activity.VirtualRide: {2, 58}, activity.EBikeRide: {21, 0},
	activity.Walk: {11, 0}, activity.Hike: {17, 0}, activity.Swim: {5, 0}, activity.Workout: {10, 0}, "Rowing": {15, 0},
	"NordicSki": {12, 0}, "AlpineSki": {13, 0}, "Snowboard": {14, 0}, "Yoga": {10, 43}, "WeightTraining": {10, 20},
}

// fitSport writes the sport that was said into the sessions.
func fitSport(w *work) change {
	want, ok := sportsFIT[w.o.Sport]
	if !ok {
		return change{}
	}
	n := 0
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		if m.Definition {
			return fit.Keep
		}
		sport, sub := uint8(sessionSport), uint8(sessionSub)
		switch m.Global {
		case messageSession:
		case messageSport:
			sport, sub = 0, 1
		default:
			return fit.Keep
		}
		if v, has := m.Number(sport); !has || v != want[0] {
			if m.Set(sport, want[0]) {
				n++
			}
		}
		if v, has := m.Number(sub); has && v != want[1] {
			m.Set(sub, want[1])
		}
		return fit.Keep
	})
	if !ok {
		return change{}
	}
	return change{count: n, lost: lost}
}

// completeFIT makes a session of the records of a file that has none.
func completeFIT(w *work) change {
	f, ok := w.decoded()
	if !ok || len(f.Activities) != 1 || len(f.Activities[0].Records) < 2 {
		return change{}
	}
	if lost, ok := w.rewrite(nil); !ok || lost != "" {
		return change{}
	}
	a := &f.Activities[0]
	first, lastTime, ok := a.Span()
	if !ok || !lastTime.After(first) {
		return change{}
	}
	elapsed := lastTime.Sub(first)
	timer := elapsed
	for _, p := range a.Pauses {
		timer -= p.Duration()
	}
	e := fit.Ending{
		Start: fit.EpochSeconds(first.Unix()), End: fit.EpochSeconds(lastTime.Unix()),
		Elapsed: uint32(elapsed.Milliseconds()), Timer: uint32(max(timer, 0).Milliseconds()),
		Distance: math.MaxUint32, Sport: 0xFF, Sub: 0xFF, HasLap: len(a.Laps) > 0,
	}
	var d float64
	for i := range a.Records {
		if a.Records[i].Has&activity.Distance != 0 {
			d = max(d, a.Records[i].Distance)
		}
	}
	if d > 0 {
		e.Distance = uint32(d * 100)
	}
	for m := range fit.Messages(w.source()) {
		if v, has := m.Number(fileType); has && !m.Definition && m.Global == messageFileID && v != activityFile {
			return change{} // a course has no session
		}
		if m.Global == messageSession && !m.Definition {
			return change{} // it stood behind a damage
		}
		if !m.Definition && m.Global == messageSport {
			if v, has := m.Number(0); has {
				e.Sport = uint8(v)
			}
			if v, has := m.Number(1); has {
				e.Sub = uint8(v)
			}
		}
	}
	out, ok := fit.Complete(w.data, e)
	if !ok {
		return change{}
	}
	w.data = out
	return change{count: 1}
}

// fitTotals makes the totals of sessions and laps those of their records: of the
// records from the start of each to its end.
func fitTotals(w *work) change {
	type sample struct {
		t        time.Time
		distance float64 // cm
		known    bool
	}
	var recs []sample
	for m := range fit.Messages(w.source()) {
		if m.Definition || m.Global != messageRecord {
			continue
		}
		if t, ok := m.Time(); ok {
			d, known := m.Number(recordDistance)
			recs = append(recs, sample{t, d, known})
		}
	}
	n := 0
	set := func(m *fit.Message, field uint8, v float64) {
		if was, ok := m.Number(field); ok && was != v && m.Set(field, v) {
			n++
		}
	}
	lost, ok := w.rewrite(func(m *fit.Message) fit.Action {
		if m.Definition || m.Global != messageSession && m.Global != messageLap {
			return fit.Keep
		}
		end, ok1 := m.Time()
		from, ok2 := m.Number(2)
		if !ok1 || !ok2 {
			return fit.Keep
		}
		start := time.Unix(int64(from)+fitEpoch, 0)
		var first, last *sample
		var before, behind *sample // with a distance
		for i := range recs {
			r := &recs[i]
			if r.t.Before(start) || r.t.After(end) {
				continue
			}
			if first == nil {
				first = r
			}
			last = r
			if r.known {
				if before == nil {
					before = r
				}
				behind = r
			}
		}
		if first == last {
			return fit.Keep
		}
		elapsed := float64(last.t.Sub(first.t).Milliseconds())
		if was, ok := m.Number(7); ok && was > elapsed {
			set(m, 7, elapsed)
		}
		if was, ok := m.Number(8); ok && was > elapsed {
			set(m, 8, elapsed)
		}
		if before != behind && behind.distance >= before.distance {
			set(m, 9, behind.distance-before.distance)
		}
		return fit.Keep
	})
	if !ok {
		return change{}
	}
	return change{count: n, lost: lost}
}
