package repair

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

// implausible reports whether a time is of no workout: before 1990 or from 2100 on.
func implausible(ms int64) bool {
	y := time.UnixMilli(ms).UTC().Year()
	return y < 1990 || y >= 2100
}

// stamp writes a time as it stood before: with its offset, and with a fraction
// where it had one or needs one.
func stamp(ms int64, like []byte) string {
	at := time.UnixMilli(ms).UTC()
	was, ok := lexical.Time(like)
	form := "2006-01-02T15:04:05"
	if ms%1000 != 0 || ok && bytes.ContainsAny(like, ".") {
		form += ".000"
	}
	switch {
	case ok && was.Zone == lexical.Offset && was.OffsetSeconds != 0:
		return at.In(time.FixedZone("", was.OffsetSeconds)).Format(form + "-07:00")
	case ok && was.Zone == lexical.None:
		return at.Format(form)
	}
	return at.Format(form) + "Z"
}

// putTime gives a trackpoint a time, in the place where its format has it.
func (d *document) putTime(p *point, ms int64) {
	switch {
	case p.time >= 0:
		d.setText(p.time, stamp(ms, d.text(p.time)))
	case d.nodes[p.node].name == "trkpt" && p.altitude >= 0:
		at := d.nodes[p.altitude].end
		d.replace(at, at, d.element(p.node, "time", stamp(ms, nil)))
	case d.nodes[p.node].name == "trkpt":
		d.insertFirst(p.node, d.element(p.node, "time", stamp(ms, nil)))
	default:
		d.insertFirst(p.node, d.element(p.node, "Time", stamp(ms, nil)))
	}
}

// ways returns how far it is from the first record to each: by the distances of
// the file where all have one, else by the positions, and whether that says
// anything.
func ways(recs []activity.Record) ([]float64, bool) {
	out := make([]float64, len(recs))
	counts := true
	for i := range recs {
		if recs[i].Has&activity.Distance == 0 || i > 0 && recs[i].Distance < recs[i-1].Distance {
			counts = false
		}
	}
	if counts && len(recs) > 0 && recs[len(recs)-1].Distance > recs[0].Distance {
		for i := range recs {
			out[i] = recs[i].Distance - recs[0].Distance
		}
		return out, true
	}
	last := -1
	for i := range recs {
		if i > 0 {
			out[i] = out[i-1]
		}
		if recs[i].Has&activity.Position == 0 {
			continue
		}
		if last >= 0 {
			out[i] += check.Metres(&recs[last], &recs[i])
		}
		last = i
	}
	return out, len(out) > 0 && out[len(out)-1] > 0
}

// fillTimes gives times to trackpoints between others that have one, by the way
// from one to the next, or evenly where there is none. Before the first and
// behind the last nothing is known: such trackpoints go.
func fillTimes(w *work) change {
	var c change
	edges := 0
	w.edit(func(d *document) {
		d.each(func(recs []activity.Record, at []int) {
			usable := func(i int) bool {
				return recs[i].Has&activity.Time != 0
			}
			first, last := slices.IndexFunc(recs, func(r activity.Record) bool { return r.Has&activity.Time != 0 }), -1
			if first < 0 {
				return // nothing to go by: see startTimes
			}
			for i := range recs {
				if usable(i) {
					last = i
				}
			}
			for i := range recs {
				if i < first || i > last {
					d.remove(d.points[at[i]].node)
					edges++
				}
			}
			for i := first; i < last; {
				j := i + 1
				for !usable(j) {
					j++
				}
				way, ok := ways(recs[i : j+1])
				for k := i + 1; k < j; k++ {
					share := float64(k-i) / float64(j-i)
					if ok {
						share = way[k-i] / way[j-i]
					}
					ms := recs[i].Time + int64(math.Round(share*float64(recs[j].Time-recs[i].Time)))
					d.putTime(&d.points[at[k]], ms)
					c.count++
				}
				i = j
			}
		})
	})
	c.count += edges
	if edges > 0 {
		c.lost = counted(edges, "trackpoint without a time at the ends", "trackpoints without a time at the ends")
	}
	return c
}

// startTimes gives times to tracks without any, or with one and the same, from a
// start and a pace.
func startTimes(w *work) change {
	var c change
	if w.o.Start.IsZero() || !(w.o.Speed > 0) {
		return c
	}
	w.edit(func(d *document) {
		at0 := w.o.Start.UnixMilli()
		d.each(func(recs []activity.Record, at []int) {
			known, same := 0, true
			var t int64
			for i := range recs {
				if recs[i].Has&activity.Time == 0 {
					continue
				}
				if known > 0 && recs[i].Time != t {
					same = false
				}
				t = recs[i].Time
				known++
			}
			way, ok := ways(recs)
			if known > 0 && !same || !ok || len(recs) < 2 {
				return
			}
			for i := range recs {
				d.putTime(&d.points[at[i]], at0+int64(math.Round(way[i]/w.o.Speed*1000)))
			}
			c.count += len(recs)
			// The next track, if there is one, begins where this one ends.
			at0 += int64(math.Round(way[len(way)-1]/w.o.Speed*1000)) + 1000
		})
	})
	return c
}

// allTimes calls visit for every time of the workouts: of trackpoints, laps and
// Ids. visit returns the new one, and whether there is one.
func (d *document) allTimes(visit func(t lexical.Instant, text []byte) (string, bool)) int {
	n := 0
	for i := range d.points {
		p := &d.points[i]
		if p.time < 0 {
			continue
		}
		if t, ok := lexical.Time(d.text(p.time)); ok {
			if s, ok := visit(t, d.text(p.time)); ok {
				d.setText(p.time, s)
				n++
			}
		}
	}
	for i := range d.nodes {
		switch d.nodes[i].name {
		case "Id":
			if t, ok := lexical.Time(d.text(i)); ok {
				if s, ok := visit(t, d.text(i)); ok {
					d.setText(i, s)
				}
			}
		case "Lap":
			from, to := attribute(d.data[:d.nodes[i].open], d.nodes[i].start, "StartTime")
			if t, ok := lexical.Time(d.data[from:to]); ok {
				if s, ok := visit(t, d.data[from:to]); ok {
					d.replace(from, to, s)
				}
			}
		}
	}
	return n
}

// shiftTimes moves all times by as much as was asked for.
func shiftTimes(w *work) change {
	var c change
	if w.o.Shift == 0 {
		return c
	}
	w.edit(func(d *document) {
		c.count = d.allTimes(func(t lexical.Instant, text []byte) (string, bool) {
			return stamp(t.UnixMilli+w.o.Shift.Milliseconds(), text), true
		})
	})
	return c
}

// futureTimes takes single times in the future for missing. Where most are, only a
// start that somebody says helps.
func futureTimes(w *work) change {
	return oddTimes(w, func(ms int64) bool { return check.Future(time.UnixMilli(ms), w.o.Now) })
}

// restart moves all times so that the workout begins when it was said to.
func restart(w *work) change {
	var c change
	if w.o.Start.IsZero() {
		return c
	}
	w.edit(func(d *document) {
		first, ok := d.firstTime()
		delta := w.o.Start.UnixMilli() - first
		if !ok || delta == 0 {
			return
		}
		c.count = d.allTimes(func(t lexical.Instant, text []byte) (string, bool) { return stamp(t.UnixMilli+delta, text), true })
	})
	return c
}

func (d *document) firstTime() (first int64, ok bool) {
	for i := range d.points {
		if r := &d.points[i].rec; r.Has&activity.Time != 0 && (!ok || r.Time < first) {
			first, ok = r.Time, true
		}
	}
	return first, ok
}

// implausibleTimes takes single impossible times for missing.
func implausibleTimes(w *work) change { return oddTimes(w, implausible) }

// oddTimes takes single times that cannot be for missing, and fills them in. Where
// most cannot be, only a start that somebody says helps.
func oddTimes(w *work, bad func(ms int64) bool) change {
	odd, all := 0, 0
	w.look(func(d *document) {
		for i := range d.points {
			if r := &d.points[i].rec; r.Has&activity.Time != 0 {
				if all++; bad(r.Time) {
					odd++
				}
			}
		}
	})
	if odd*2 > all {
		return restart(w)
	}
	if odd == 0 {
		return change{}
	}
	w.edit(func(d *document) {
		for i := range d.points {
			if p := &d.points[i]; p.rec.Has&activity.Time != 0 && bad(p.rec.Time) {
				d.remove(p.time)
			}
		}
	})
	c := fillTimes(w)
	return change{count: odd, lost: c.lost}
}

// unroll adds 1,024 weeks to the times that need them.
func unroll(w *work) change {
	var c change
	w.edit(func(d *document) {
		c.count = d.allTimes(func(t lexical.Instant, text []byte) (string, bool) {
			add, ok := check.Rollover(time.UnixMilli(t.UnixMilli), w.o.Now)
			return stamp(t.UnixMilli+add.Milliseconds(), text), ok
		})
	})
	return c
}

// zone writes the zone of times that have none: that of --tz, or the Z as which
// Strava reads them.
func zone(w *work) change {
	var c change
	w.edit(func(d *document) {
		c.count = d.allTimes(func(t lexical.Instant, text []byte) (string, bool) {
			if t.Zone != lexical.None {
				return "", false
			}
			if w.o.Zone == nil {
				return stamp(t.UnixMilli, text) + "Z", true
			}
			wall := time.UnixMilli(t.UnixMilli).UTC()
			at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), w.o.Zone)
			form := "2006-01-02T15:04:05Z07:00"
			if bytes.ContainsAny(text, ".") {
				form = "2006-01-02T15:04:05.000Z07:00"
			}
			return at.Format(form), true
		})
	})
	return c
}

// trackEnd returns the end of the run of trackpoints that are in one track.
func (d *document) trackEnd(from int) int {
	to := from
	for to < len(d.points) && d.points[to].track == d.points[from].track && d.points[to].act == d.points[from].act {
		to++
	}
	return to
}

func (d *document) allTimed(from, to int) bool {
	return !slices.ContainsFunc(d.points[from:to], func(p point) bool { return p.rec.Has&activity.Time == 0 })
}

// farOff is by how many places a trackpoint may be out of order to be sorted. One
// alone that is farther off has a wrong time in the right place.
const farOff = 3

// strayTimes gives single trackpoints of a track, whose time is not between those
// of their neighbours and belongs far away, one that is.
func (d *document) strayTimes(points []point) (n int) {
	for i := 1; i+1 < len(points); i++ {
		before, at, after := points[i-1].rec.Time, points[i].rec.Time, points[i+1].rec.Time
		if before > after || at >= before && at <= after {
			continue
		}
		places := 0
		for k := max(i-farOff-1, 0); k <= min(i+farOff+1, len(points)-1); k++ {
			if k > i && points[k].rec.Time < at || k < i && points[k].rec.Time > at {
				places++
			}
		}
		if places > farOff {
			d.putTime(&points[i], before+(after-before)/2)
			points[i].rec.Time = before + (after-before)/2
			n++
		}
	}
	return n
}

// sortPoints puts the trackpoints of a track into the order of time. Those that
// still lie before one of an earlier track say a time twice, and go.
func sortPoints(w *work) change {
	var c change
	w.edit(func(d *document) {
		for from := 0; from < len(d.points); {
			to := d.trackEnd(from)
			if d.allTimed(from, to) {
				c.count += d.strayTimes(d.points[from:to])
			}
			from = to
		}
	})
	w.edit(func(d *document) {
		var nodes []string
		for i := range d.points {
			n := &d.nodes[d.points[i].node]
			nodes = append(nodes, string(d.data[n.start:n.end]))
		}
		for from := 0; from < len(d.points); {
			to := d.trackEnd(from)
			order := make([]int, 0, to-from)
			for i := from; i < to; i++ {
				order = append(order, i)
			}
			if d.allTimed(from, to) {
				slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(d.points[a].rec.Time, d.points[b].rec.Time) })
			}
			moves, latest := !slices.IsSorted(order), int64(math.MinInt64)
			for k, i := range order {
				if slot := from + k; slot != i {
					n := &d.nodes[d.points[slot].node]
					d.replace(n.start, n.end, nodes[i])
				}
				if t := d.points[from+k].rec.Time; moves && t < latest {
					c.count++
				} else {
					latest = t
				}
			}
			from = to
		}
	})
	dropped := 0
	w.edit(func(d *document) {
		d.each(func(recs []activity.Record, at []int) {
			last := int64(math.MinInt64)
			for i := range recs {
				if recs[i].Has&activity.Time == 0 {
					continue
				}
				if recs[i].Time < last {
					d.remove(d.points[at[i]].node)
					dropped++
					continue
				}
				last = recs[i].Time
			}
		})
	})
	c.count += dropped
	if dropped > 0 {
		c.lost = counted(dropped, "trackpoint that a track before overlaps", "trackpoints that a track before overlaps")
	}
	return c
}

// dropDoubles removes all but the first trackpoint of an instant.
func dropDoubles(w *work) change {
	n := 0
	w.edit(func(d *document) {
		d.each(func(recs []activity.Record, at []int) {
			last, some := int64(0), false
			for i := range recs {
				if recs[i].Has&activity.Time == 0 {
					continue
				}
				if some && recs[i].Time == last {
					d.remove(d.points[at[i]].node)
					n++
				}
				last, some = recs[i].Time, true
			}
		})
	})
	if n == 0 {
		return change{}
	}
	return change{count: n, lost: counted(n, "trackpoint", "trackpoints")}
}

// lapStarts gives laps without one a start: the time of their first trackpoint.
func lapStarts(w *work) change {
	var c change
	w.edit(func(d *document) {
		seen := map[int]bool{}
		for i := range d.points {
			p := &d.points[i]
			if p.lap < 0 || seen[p.lap] || p.rec.Has&activity.Time == 0 {
				continue
			}
			seen[p.lap] = true
			n := &d.nodes[p.lap]
			if from, to := attribute(d.data[:n.open], n.start, "StartTime"); to > 0 {
				if _, ok := lexical.Time(d.data[from:to]); !ok {
					d.replace(from, to, string(d.text(p.time)))
					c.count++
				}
				continue
			}
			at := n.start + 1 + len(n.prefix) + len(n.name)
			d.replace(at, at, ` StartTime="`+string(d.text(p.time))+`"`)
			c.count++
		}
	})
	return c
}

// lapTimes replaces negative durations of laps by those of their trackpoints.
func lapTimes(w *work) change {
	var c change
	w.edit(func(d *document) {
		for i := range d.nodes {
			n := &d.nodes[i]
			if n.name != "TotalTimeSeconds" || n.parent < 0 || d.nodes[n.parent].name != "Lap" {
				continue
			}
			if v, ok := d.number(i); !ok || v >= 0 {
				continue
			}
			var first, last int64
			some := false
			for k := range d.points {
				if p := &d.points[k]; p.lap == n.parent && p.rec.Has&activity.Time != 0 {
					if !some {
						first, some = p.rec.Time, true
					}
					last = p.rec.Time
				}
			}
			d.setText(i, fmt.Sprintf("%.1f", max(float64(last-first)/1000, 0)))
			c.count++
		}
	})
	return c
}
