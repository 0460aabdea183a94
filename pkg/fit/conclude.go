package fit

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// conclude makes activities of the part that was read: one a session.
func (d *decoder) conclude() {
	p := d.part
	if len(p.records) == 0 && len(p.sessions) == 0 && p.untimed == 0 {
		d.types = append(d.types, p.fileType)
		return
	}
	if p.fileType != 4 && p.fileType >= 0 {
		p.found.Add(finding.FITType, finding.Place{}, nameOr(fileTypes, p.fileType))
	}
	if len(p.sessions) == 0 {
		p.found.Add(finding.FITNoSession, finding.Place{}, "")
		p.sessions = []summary{{sport: p.sport, sub: p.subSport, name: p.sportName}}
	}
	slices.SortStableFunc(p.sessions, func(a, b summary) int { return int(min(max(a.start-b.start, -1), 1)) })

	if name := product(p.manufacturer, p.device.Product); p.device.Name == "" {
		p.device.Name = name
	}
	p.device.Barometric = barometric(p.manufacturer, p.device.Product, p.device.Name) || p.tellsBarometer()
	devices, developer := p.equip(), p.developerFields()
	creator := p.device.Name
	if creator == "" {
		creator = p.device.Manufacturer
	}
	first := len(d.acts)
	for i := range p.sessions {
		s := &p.sessions[i]
		a := activity.Activity{
			Format: "fit", Name: s.name, Creator: creator, Device: p.device, Weight: p.weight, Zone: p.zone, Totals: s.totals,
			Devices: slices.Clone(devices), PoolLength: s.pool, DeveloperFields: slices.Clone(developer),
		}
		if s.start != 0 {
			a.Start = time.UnixMilli(s.start).UTC()
		}
		d.acts = append(d.acts, a)
	}
	if spare := cap(p.records) - len(p.records); spare > 1024 && spare > len(p.records)/4 {
		p.records = slices.Clone(p.records)
	}
	acts := d.acts[first:]
	d.padStreams()
	p.share(acts)
	for i := range acts {
		p.complete(&acts[i], i)
	}
	if len(acts) == 1 {
		acts[0].Findings = append(p.found.Findings(), acts[0].Findings...)
		return
	}
	for _, f := range p.found.Findings() { // they concern the sessions together
		d.file.AddN(f.Code, f.Place, detailOf(f), f.Count)
	}
}

// detailOf returns what a finding says beyond the sentence of the catalogue.
func detailOf(f finding.Finding) string {
	d, _ := finding.Lookup(f.Code)
	if len(f.Message) > len(d.Message)+2 {
		return f.Message[len(d.Message)+2:]
	}
	return ""
}

// owner returns the session that an instant belongs to: the last that had begun.
func (p *part) owner(t int64) int {
	i := sort.Search(len(p.sessions), func(i int) bool { return p.sessions[i].start > t })
	return max(i-1, 0)
}

// padStreams makes all streams as long as the records.
func (d *decoder) padStreams() {
	for i := range d.streams {
		s := &d.streams[i]
		if len(s.values) == 0 {
			continue
		}
		if d.padded += len(d.part.records); d.padded > maxStreamValues {
			s.values = nil
			d.count(finding.FITDeveloper, func() string { return "more than " + strconv.Itoa(maxStreamValues) + " values" })
			continue
		}
		s.values = pad(s.values, len(d.part.records))
	}
}

// share gives every activity its records and their streams.
func (p *part) share(acts []activity.Activity) {
	if len(acts) == 1 {
		acts[0].Records, acts[0].Places = p.records, p.places
		for i := range p.streams {
			if s := &p.streams[i]; len(s.values) > 0 {
				p.give(&acts[0], i, s.values)
			}
		}
		return
	}
	owners := make([]int32, len(p.records))
	counts := make([]int, len(acts))
	for i := range p.records {
		o := p.owner(p.records[i].Time)
		owners[i] = int32(o)
		counts[o]++
	}
	for i := range acts {
		if counts[i] > 0 {
			acts[i].Records = make([]activity.Record, 0, counts[i])
		}
	}
	for i, o := range owners {
		acts[o].Records = append(acts[o].Records, p.records[i])
		if p.places != nil {
			acts[o].Places = append(acts[o].Places, p.places[i])
		}
	}
	for i := range p.streams {
		s := &p.streams[i]
		if len(s.values) == 0 {
			continue
		}
		shares := make([][]activity.Value, len(acts))
		for k, o := range owners {
			shares[o] = append(shares[o], s.values[k])
		}
		for k := range acts {
			if slices.ContainsFunc(shares[k], activity.Value.Known) {
				p.give(&acts[k], i, shares[k])
			}
		}
	}
}

// complete fills in what can be said only when all of the part is read.
func (p *part) complete(a *activity.Activity, session int) {
	var found finding.List
	if s := &p.sessions[session]; s.sport < 0 {
		found.Add(finding.FITSportMissing, finding.Place{}, "")
	} else {
		a.Sport, a.RawSport = sportOf(s.sport, s.sub), rawSport(s.sport, s.sub)
		if a.Sport == "" {
			found.Add(finding.FITSportUnknown, finding.Place{}, a.RawSport)
		}
	}
	if len(a.Records) == 0 {
		found.Add(finding.FITNoRecords, finding.Place{}, "")
	} else if a.Start.IsZero() {
		a.Start = time.UnixMilli(a.Records[0].Time).UTC()
	}
	p.addLaps(a, session)
	p.addLengths(a, session)
	p.addPauses(a, session)
	a.Findings = found.Findings()
}

// addLaps gives an activity the laps that began in it, each with the records
// from its start to that of the next.
func (p *part) addLaps(a *activity.Activity, session int) {
	var starts []int64
	for i := range p.laps {
		l := &p.laps[i]
		start := l.start
		if start == 0 {
			start = l.end
		}
		if p.owner(start) != session {
			continue
		}
		lap := activity.Lap{Totals: l.totals, Trigger: l.trigger, Intensity: l.intensity}
		if l.start != 0 {
			lap.Start = time.UnixMilli(l.start).UTC()
		}
		a.Laps = append(a.Laps, lap)
		starts = append(starts, start)
	}
	if !slices.IsSorted(starts) || !slices.IsSortedFunc(a.Records, byTime) {
		return // which records are whose cannot be told
	}
	for i := range a.Laps {
		span := activity.Span{First: from(a.Records, starts[i]), End: len(a.Records)}
		if i+1 < len(starts) {
			span.End = from(a.Records, starts[i+1])
		}
		a.Laps[i].Records = span
	}
}

// addLengths gives an activity the lengths that began in it.
func (p *part) addLengths(a *activity.Activity, session int) {
	for _, l := range p.lengths {
		if p.owner(l.at) == session {
			a.Lengths = append(a.Lengths, l.Length)
		}
	}
}

func byTime(a, b activity.Record) int { return int(min(max(a.Time-b.Time, -1), 1)) }

// from returns the first of sorted records at an instant or after it.
func from(records []activity.Record, t int64) int {
	return sort.Search(len(records), func(i int) bool { return records[i].Time >= t })
}

// addPauses makes pauses of the events of the timer, and cuts the tracks there.
func (p *part) addPauses(a *activity.Activity, session int) {
	var (
		some, begun bool // there was an event; the first is a start
		stopped     bool
		since       int64
		next        int
		track       int // first record of the track
	)
	for _, e := range p.events {
		owner := p.owner(e.at)
		if e.stop {
			owner = p.owner(e.at - 1) // it ends a session, where the next begins at once
		}
		if owner != session {
			continue
		}
		if !some {
			some, begun = true, !e.stop
		}
		if e.stop {
			if !stopped {
				stopped, since = true, e.at
			}
			continue
		}
		if !stopped {
			continue
		}
		stopped = false
		a.TimerPaused = begun
		for next < len(a.Records) && a.Records[next].Time < e.at {
			next++
		}
		if e.at <= since || next == 0 || next == len(a.Records) {
			continue
		}
		a.Pauses = append(a.Pauses, activity.Pause{
			From: time.UnixMilli(since).UTC(), To: time.UnixMilli(e.at).UTC(), Next: next, Source: activity.PauseTimer,
		})
		if next > track {
			a.Tracks = append(a.Tracks, activity.Span{First: track, End: next})
			track = next
		}
	}
	if track < len(a.Records) {
		a.Tracks = append(a.Tracks, activity.Span{First: track, End: len(a.Records)})
	}
}
