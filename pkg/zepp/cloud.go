package zepp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/export"
)

const (
	// mostJSON, in bytes, is the largest answer of the cloud that is read: a day of
	// recording is some five megabytes.
	mostJSON = 64 << 20
	// mostSamples bounds each list of a track: four days by the second.
	mostSamples = 400_000
	// degree: positions are whole numbers of 1e-8 degrees.
	degree = 1e8
	// noAltitude and everything below it, in metres, stands for none.
	noAltitude = -1000
	// lonely, in ms: a sample farther than this from any position gets a record
	// of its own.
	lonely = 10_000
	// distanceSlack is how far the distances of the samples may be from the band's
	// total, as a share, to be taken.
	distanceSlack = 0.01
)

// IsCloud reports whether a file that begins like this is a workout of the cloud,
// or an answer of it with workouts.
func IsCloud(head []byte) bool {
	head = export.Head(head)
	return len(head) > 0 && (head[0] == '{' || head[0] == '[') && bytes.Contains(head, []byte(`"trackid"`))
}

// piece is a summary or a detail, whichever fields it has. Numbers come as
// numbers or as texts.
type piece struct {
	TrackID export.Number `json:"trackid"`

	// The summary.
	Type       export.Number `json:"type"`
	EndTime    export.Number `json:"end_time"`
	RunTime    export.Number `json:"run_time"`
	Distance   export.Number `json:"dis"`
	Calories   export.Number `json:"calorie"`
	AvgPace    export.Number `json:"avg_pace"`
	MaxPace    export.Number `json:"max_pace"`
	MinPace    export.Number `json:"min_pace"`
	AvgHR      export.Number `json:"avg_heart_rate"`
	MaxHR      export.Number `json:"max_heart_rate"`
	AvgSteps   export.Number `json:"avg_frequency"`
	MaxSteps   export.Number `json:"max_frequency"`
	Steps      export.Number `json:"total_step"`
	MaxAlt     export.Number `json:"max_altitude"`
	Ascent     export.Number `json:"altitude_ascend"`
	Descent    export.Number `json:"altitude_descend"`
	PoolLength export.Number `json:"swim_pool_length"`
	App        string        `json:"app_name"`

	// The detail: lists, joined by semicolons.
	Positions string `json:"longitude_latitude"` // latitude first, in spite of the name
	Altitudes string `json:"altitude"`
	Times     string `json:"time"`
	Pauses    string `json:"pause"`
	Beats     string `json:"heart_rate"`
	Gait      string `json:"gait"`
	Metres    string `json:"distance"`
}

func (p *piece) isDetail() bool {
	return p.Positions != "" || p.Times != "" || p.Beats != "" || p.Gait != "" || p.Metres != ""
}

// DecodeCloud reads workouts of the cloud: summaries, details, or both, in the
// order of their first sight.
//
// An error is [finding.JSONMalformed], [finding.TooLarge], that of ctx, or one
// that wraps that of r. What was read before the damage is returned beside it.
func DecodeCloud(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	var pieces []piece
	err := export.Documents(ctx, r, mostJSON, func(document json.RawMessage) { pieces = gather(pieces, document) })
	if ctx.Err() != nil {
		return activity.File{}, err
	}
	f := activity.File{Activities: activities(pieces, o)}
	if err == nil && len(f.Activities) == 0 {
		err = finding.Fail(finding.UnknownFormat, finding.Place{}, "it is JSON without a workout of Zepp", nil)
	}
	return f, err
}

// gather collects the pieces in a document.
func gather(pieces []piece, document json.RawMessage) []piece {
	export.Objects(document, func(object json.RawMessage, _ bool) []json.RawMessage {
		var p piece
		if !export.Unmarshal(object, &p) {
			return nil
		}
		if id, ok := p.TrackID.Get(); ok && id > 0 && id < 1e11 {
			pieces = append(pieces, p)
			return nil
		}
		var around struct{ Data, Summary, Detail, Summaries, Details json.RawMessage }
		if json.Unmarshal(object, &around) != nil {
			return nil
		}
		return []json.RawMessage{around.Data, around.Summary, around.Detail, around.Summaries, around.Details}
	})
	return pieces
}

// activities puts pieces of one trackid together, in the order of first sight.
// Of two pieces of a kind the first counts.
func activities(pieces []piece, o Options) []activity.Activity {
	type pair struct{ summary, detail *piece }
	var order []*pair
	byID := map[float64]*pair{}
	for i := range pieces {
		p := &pieces[i]
		id := p.TrackID.Or(0)
		if byID[id] == nil {
			byID[id] = &pair{}
			order = append(order, byID[id])
		}
		switch w := byID[id]; {
		case p.isDetail() && w.detail == nil:
			w.detail = p
		case !p.isDetail() && w.summary == nil:
			w.summary = p
		}
	}
	acts := make([]activity.Activity, len(order))
	for i, w := range order {
		acts[i] = workout(w.summary, w.detail, o)
	}
	return acts
}

// workout makes an activity of a summary and a detail, one of which may be nil.
func workout(summary, detail *piece, o Options) activity.Activity {
	a := activity.Activity{Format: "zepp", Creator: "Zepp"}
	var found finding.List
	total := activity.Value{}
	if summary != nil {
		summary.claim(&a, o, &found)
		total = a.Totals.Distance
	} else {
		found.Add(finding.ZeppNoSummary, finding.Place{}, "")
	}
	if detail == nil {
		found.Add(finding.TrackMissing, finding.Place{}, "")
	} else {
		a.Start = detail.start()
		detail.track(&a, total, &found)
	}
	a.Findings = found.Findings()
	return a
}

func (p *piece) start() time.Time {
	return time.UnixMilli(int64(p.TrackID.Or(0) * 1000)).UTC()
}

// claim fills in what the summary says.
func (p *piece) claim(a *activity.Activity, o Options, found *finding.List) {
	a.Start = p.start()
	switch p.App {
	case "com.xiaomi.hm.health":
		a.Creator = "Zepp Life"
	case "com.huami.watch.hmwatchmanager":
		a.Creator = "Zepp"
	}
	if code, ok := p.Type.Get(); ok && code >= 0 && code <= MostType {
		a.RawSport = rawSport(int(code))
		var doubt string
		a.Sport, doubt = sportOf(int(code), o.Types)
		switch {
		case doubt == "":
		case p.PoolLength.In(1).Known():
			a.Sport = activity.Swim
		default:
			found.Add(finding.ZeppType, finding.Place{}, doubt)
		}
	}
	t := &a.Totals
	if end, ok := p.EndTime.Get(); ok && end > p.TrackID.Or(0) {
		t.ElapsedTime = activity.Of(end - p.TrackID.Or(0))
	}
	t.TimerTime, t.Distance, t.Calories = p.RunTime.In(1), p.Distance.In(1), p.Calories.In(1)
	t.AverageSpeed = inverse(p.AvgPace.In(1))
	t.MaxSpeed = inverse(fastest(p.MaxPace.In(1), p.MinPace.In(1)))
	t.AverageHeartRate, t.MaxHeartRate = p.AvgHR.In(1), p.MaxHR.In(1)
	if p.MaxAlt.Or(noAltitude) > noAltitude { // else it had no altitude, and its climbs of 0 say nothing
		t.Ascent, t.Descent = p.Ascent.Value, p.Descent.Value
	}
	if t.Steps = p.Steps.In(1); t.Steps.Known() {
		t.AverageCadence, t.MaxCadence = oneLeg(p.AvgSteps.In(1)), oneLeg(p.MaxSteps.In(1))
	}
}

// fastest returns the smaller of two paces: which of them the "max" is differs
// between versions.
func fastest(a, b activity.Value) activity.Value {
	switch {
	case !a.Known():
		return b
	case !b.Known() || a.Or(0) < b.Or(0):
		return a
	}
	return b
}

// oneLeg turns steps a minute into those of one leg.
func oneLeg(v activity.Value) activity.Value {
	if x, ok := v.Get(); ok {
		return activity.Of(x / 2)
	}
	return v
}

// sample is one entry of a list of pairs: seconds since the start, and a value.
type sample struct{ at, v int64 }

// pairs reads a list of "seconds since the last, value, …" and takes the value
// from one column. An empty time is a second.
func pairs(list string, column int) []sample {
	var out []sample
	var at int64
	for entry := range strings.SplitSeq(list, ";") {
		cells := strings.Split(entry, ",")
		if len(cells) <= column || len(out) == mostSamples {
			continue
		}
		dt, ok := whole(cells[0])
		if cells[0] == "" {
			dt, ok = 1, true
		}
		v, valued := whole(cells[column])
		if !ok || !valued || dt < 0 {
			continue
		}
		at += dt
		out = append(out, sample{at, v})
	}
	return out
}

// mostWhole bounds the numbers of lists: no sum of them leaves an int64.
const mostWhole = 1 << 40

func whole(s string) (int64, bool) {
	v, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return v, err == nil && v > -mostWhole && v < mostWhole
}

// summed turns differences into values.
func summed(list []sample) []sample {
	var v int64
	for i := range list {
		v += list[i].v
		list[i].v = v
	}
	return list
}

// track fills in the records and pauses of a detail. total is the distance that
// the band claims.
func (p *piece) track(a *activity.Activity, total activity.Value, found *finding.List) {
	start := a.Start.UnixMilli()
	recs := p.positions(start, found)
	beats, steps, metres := summed(pairs(p.Beats, 1)), pairs(p.Gait, 3), summed(pairs(p.Metres, 1))
	recs = withLonely(recs, start, beats, steps, metres)

	attach(recs, start, beats, func(r *activity.Record, mean float64) {
		r.HeartRate, r.Has = float32(mean), r.Has|activity.HeartRate
	})
	attach(recs, start, steps, func(r *activity.Record, mean float64) {
		r.Cadence, r.Has = float32(mean/2), r.Has|activity.Cadence // of one leg
	})
	a.Records = recs
	if len(metres) > 0 && len(recs) > 0 {
		a.Streams = []activity.Stream{count(recs, start, metres)}
		trust(a, total, found)
	}
	p.pauses(a)
}

// positions returns a record for each position.
func (p *piece) positions(start int64, found *finding.List) []activity.Record {
	var recs []activity.Record
	altitudes, times := strings.Split(p.Altitudes, ";"), strings.Split(p.Times, ";")
	var lat, lon, at int64
	n := 0
	for entry := range strings.SplitSeq(p.Positions, ";") {
		if entry == "" || n == mostSamples {
			continue
		}
		if n >= len(times) {
			found.Add(finding.ZeppList, finding.Place{}, "more positions than times")
			break
		}
		y, x, two := strings.Cut(entry, ",")
		dy, okY := whole(y)
		dx, okX := whole(x)
		dt, timed := whole(times[n])
		if !two || !okY || !okX || !timed || dt < 0 {
			found.Add(finding.ZeppList, finding.Place{}, fmt.Sprintf("position %d cannot be read", n+1))
			break // what follows are differences to it
		}
		lat, lon, at = lat+dy, lon+dx, at+dt
		r := activity.Record{Time: start + at*1000, Has: activity.Time}
		if la, lo := float64(lat)/degree, float64(lon)/degree; math.Abs(la) <= 90 && math.Abs(lo) <= 180 && (lat != 0 || lon != 0) {
			r.Lat, r.Lon, r.Has = la, lo, r.Has|activity.Position
		}
		if n < len(altitudes) {
			if cm, ok := whole(altitudes[n]); ok && float64(cm)/100 > noAltitude {
				r.Altitude, r.Has = float64(cm)/100, r.Has|activity.Altitude
			}
		}
		recs = append(recs, r)
		n++
	}
	return recs
}

// withLonely adds records for samples that no position is near to.
func withLonely(recs []activity.Record, start int64, lists ...[]sample) []activity.Record {
	var extra []int64
	for _, list := range lists {
		k := 0
		for _, s := range list {
			t := start + s.at*1000
			for k < len(recs) && recs[k].Time < t {
				k++
			}
			if (k == len(recs) || recs[k].Time-t > lonely) && (k == 0 || t-recs[k-1].Time > lonely) {
				extra = append(extra, t)
			}
		}
	}
	slices.Sort(extra)
	for _, t := range slices.Compact(extra) {
		recs = append(recs, activity.Record{Time: t, Has: activity.Time})
	}
	slices.SortStableFunc(recs, func(a, b activity.Record) int { return int(min(max(a.Time-b.Time, -1), 1)) })
	return recs
}

// attach hands to each record the samples since the record before, but not older
// than the distance from which they have records of their own. A value of 0 or
// less is none.
func attach(recs []activity.Record, start int64, list []sample, set func(r *activity.Record, mean float64)) {
	k := 0
	for i := range recs {
		sum, n := 0.0, 0.0
		for ; k < len(list) && start+list[k].at*1000 <= recs[i].Time; k++ {
			if s := list[k]; s.v > 0 && recs[i].Time-(start+s.at*1000) <= lonely {
				sum, n = sum+float64(s.v), n+1
			}
		}
		if n > 0 {
			set(&recs[i], sum/n)
		}
	}
}

// counted is the name of the stream of distances that the records do not carry.
const counted = "distance"

// count returns for each record the distance that was counted up to it; the last
// one gets all of it.
func count(recs []activity.Record, start int64, metres []sample) activity.Stream {
	s := activity.Stream{Name: counted, Unit: "m", Values: make([]activity.Value, len(recs))}
	k, d := 0, int64(0)
	for i := range recs {
		for k < len(metres) && (start+metres[k].at*1000 <= recs[i].Time || i == len(recs)-1) {
			d = metres[k].v
			k++
		}
		s.Values[i] = activity.Of(float64(d))
	}
	return s
}

// trust moves the counted distances from their stream into the records where
// they count: where there is nothing else, or they add up to the band's total.
func trust(a *activity.Activity, total activity.Value, found *finding.List) {
	i := slices.IndexFunc(a.Streams, func(s activity.Stream) bool { return s.Name == counted })
	if i < 0 {
		return
	}
	values := a.Streams[i].Values
	if slices.ContainsFunc(a.Records, func(r activity.Record) bool { return r.Has&activity.Position != 0 }) {
		claimed, ok := total.Get()
		if !ok {
			return
		}
		if sum := values[len(values)-1].Or(0); math.Abs(sum-claimed) > distanceSlack*claimed {
			found.Add(finding.ZeppDistance, finding.Place{}, fmt.Sprintf("%.0f m of %.0f m", sum, claimed))
			return
		}
	}
	for k := range a.Records {
		a.Records[k].Distance, a.Records[k].Has = values[k].Or(0), a.Records[k].Has|activity.Distance
	}
	a.Streams = slices.Delete(a.Streams, i, i+1)
}

// pauses reads "second of the epoch, length in seconds, …". A pause after the
// last record is left out: nothing follows it.
func (p *piece) pauses(a *activity.Activity) {
	track := 0
	for entry := range strings.SplitSeq(p.Pauses, ";") {
		cells := strings.Split(entry, ",")
		if len(cells) < 2 || len(a.Pauses) == mostSamples {
			continue
		}
		from, ok := whole(cells[0])
		length, timed := whole(cells[1])
		if !ok || !timed || length <= 0 || len(a.Pauses) > 0 && from*1000 < a.Pauses[len(a.Pauses)-1].To.UnixMilli() {
			continue
		}
		next, _ := slices.BinarySearchFunc(a.Records, from*1000+1, func(r activity.Record, t int64) int { return int(min(max(r.Time-t, -1), 1)) })
		if next == 0 || next == len(a.Records) {
			continue
		}
		a.Pauses = append(a.Pauses, activity.Pause{
			From: time.Unix(from, 0).UTC(), To: time.Unix(from+length, 0).UTC(), Next: next, Source: activity.PauseTimer,
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

// Join puts the summary and the track of a workout together where they come from
// different files: both begin in the same second. What is whole, or not of the
// cloud, is returned as it is, in the order of the first sight.
func Join(acts []activity.Activity) []activity.Activity {
	place := map[int64]int{}
	var out []activity.Activity
	for _, a := range acts {
		has := func(code finding.Code) bool {
			return slices.ContainsFunc(a.Findings, func(f finding.Finding) bool { return f.Code == code })
		}
		if a.Format != "zepp" || !has(finding.ZeppNoSummary) && !has(finding.TrackMissing) {
			out = append(out, a)
			continue
		}
		i, ok := place[a.Start.Unix()]
		if !ok || (len(out[i].Records) > 0) == (len(a.Records) > 0) {
			place[a.Start.Unix()] = len(out)
			out = append(out, a)
			continue
		}
		track, summary := a, out[i]
		if len(out[i].Records) > 0 {
			track, summary = out[i], a
		}
		summary.Records, summary.Tracks, summary.Pauses = slices.Clone(track.Records), track.Tracks, track.Pauses
		summary.Streams = slices.Clone(track.Streams)
		var doubt finding.List
		trust(&summary, summary.Totals.Distance, &doubt)
		kept := doubt.Findings()
		for _, f := range append(slices.Clone(track.Findings), summary.Findings...) {
			if f.Code != finding.ZeppNoSummary && f.Code != finding.TrackMissing {
				kept = append(kept, f)
			}
		}
		summary.Findings = kept
		out[i] = summary
		delete(place, a.Start.Unix())
	}
	return out
}
