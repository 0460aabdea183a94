package repair

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

// numeric are the elements that hold a number, in trackpoints and in laps.
var numeric = words(`ele hr HR heartrate heartRate HeartRate heart_rate bpm cad cadence Cadence RunCadence rpm power Power PowerInWatts
	watts Watts atemp temp temperature Temperature speed Speed distance Distance
	LatitudeDegrees LongitudeDegrees AltitudeMeters DistanceMeters TotalTimeSeconds MaximumSpeed Calories Value AvgSpeed
	MaxBikeCadence MaxRunCadence AvgRunCadence AvgWatts MaxWatts Steps`)

// decimalPoints replaces decimal commas.
func decimalPoints(w *work) change {
	var c change
	w.edit(func(d *document) {
		swap := func(from, to int) {
			v := d.data[from:to]
			if _, note, ok := lexical.Number(v); ok && note&lexical.Comma != 0 {
				d.replace(from, to, strings.Replace(string(v), ",", ".", 1))
				c.count++
			}
		}
		for i := range d.nodes {
			if n := &d.nodes[i]; numeric[n.name] && d.leaf(i) {
				swap(n.open, n.stop)
			}
		}
		for i := range d.points {
			p := &d.points[i]
			swap(p.latFrom, p.latTo)
			swap(p.lonFrom, p.lonTo)
		}
	})
	return c
}

// dropEmpty removes empty numbers.
func dropEmpty(w *work) change {
	var c change
	w.edit(func(d *document) {
		for i := range d.nodes {
			if n := &d.nodes[i]; numeric[n.name] && d.leaf(i) && len(d.text(i)) == 0 {
				d.remove(i)
				c.count++
			}
		}
	})
	return c
}

// dropNumbers removes numbers that are none, and those that cannot be.
func dropNumbers(w *work) change {
	n := 0
	w.edit(func(d *document) {
		for i := range d.nodes {
			el := &d.nodes[i]
			if !numeric[el.name] || !d.leaf(i) || len(d.text(i)) == 0 {
				continue
			}
			v, ok := d.number(i)
			low := strings.ToLower(el.name)
			heart := el.name == "hr" || strings.Contains(low, "heart") || el.name == "Value" || el.name == "bpm"
			switch {
			case ok && !(heart && (v < 0 || v > check.HeartRateNone)) && !(v < 0 && unsigned(low)):
				continue
			case el.name == "Value" && el.parent >= 0:
				d.remove(el.parent)
			default:
				d.remove(i)
			}
			n++
		}
		for i := range d.points { // of GPX: a number that is none makes no position
			p := &d.points[i]
			for _, a := range [][2]int{{p.latFrom, p.latTo}, {p.lonFrom, p.lonTo}} {
				if _, _, ok := lexical.Number(d.data[a[0]:a[1]]); a[1] > 0 && !ok {
					d.remove(p.node)
					n++
					break
				}
			}
		}
		d.each(func(recs []activity.Record, at []int) { n += d.dropPerPoint(recs, at) })
	})
	if n == 0 {
		return change{}
	}
	return change{count: n, lost: counted(n, "number that was none, or the trackpoint that it placed", "numbers that were none, or the trackpoints that they placed")}
}

// unsigned are the kinds of numbers that are never below 0.
func unsigned(low string) bool {
	return strings.Contains(low, "cad") || low == "rpm" || strings.Contains(low, "power") || strings.Contains(low, "watts") || strings.Contains(low, "speed")
}

// dropPerPoint removes the distances of a GPX track that do not count from the
// start: the codec says why and when.
func (d *document) dropPerPoint(recs []activity.Record, at []int) int {
	if d.nodes[d.points[at[0]].node].name != "trkpt" {
		return 0
	}
	last, count, backward := 0.0, 0, 0
	for i := range recs {
		if recs[i].Has&activity.Distance == 0 {
			continue
		}
		if count++; count > 1 && recs[i].Distance < last {
			backward++
		}
		last = recs[i].Distance
	}
	if backward*10 <= count {
		return 0
	}
	for i := range recs {
		if k := d.points[at[i]].distance; k >= 0 {
			d.remove(k)
		}
	}
	return count
}

// dropPosition removes what places a trackpoint: in GPX the trackpoint, which
// cannot be without.
func (d *document) dropPosition(p *point) {
	if p.position >= 0 {
		d.remove(p.position)
		return
	}
	d.remove(p.node)
}

// positions removes those for which bad holds.
func positions(bad func(p *point) bool) func(*work) change {
	return func(w *work) change {
		n := 0
		gpx := false
		w.edit(func(d *document) {
			for i := range d.points {
				if p := &d.points[i]; bad(p) {
					gpx = gpx || p.position < 0
					d.dropPosition(p)
					n++
				}
			}
		})
		return lostPositions(n, gpx)
	}
}

func lostPositions(n int, gpx bool) change {
	switch {
	case n == 0:
		return change{}
	case gpx:
		return change{count: n, lost: counted(n, "trackpoint", "trackpoints")}
	}
	return change{count: n, lost: counted(n, "position", "positions")}
}

func atZero(p *point) bool {
	return p.rec.Has&activity.Position != 0 && p.rec.Lat == 0 && p.rec.Lon == 0
}

func offEarth(p *point) bool {
	if p.rec.Has&activity.Position == 0 {
		return p.gpx || p.position >= 0 // a TCX trackpoint may be without any
	}
	return math.Abs(p.rec.Lat) > 90 || math.Abs(p.rec.Lon) > 180
}

// positionSpikes removes the positions that lie far off for a moment.
func positionSpikes(w *work) change {
	n, gpx := 0, false
	w.edit(func(d *document) {
		d.each(func(recs []activity.Record, at []int) {
			timed(recs, func(recs []activity.Record, from []int) {
				for _, i := range check.PositionSpikes(recs) {
					p := &d.points[at[from[i]]]
					gpx = gpx || p.position < 0
					d.dropPosition(p)
					n++
				}
			})
		})
	})
	return lostPositions(n, gpx)
}

// timed hands on the records that have a time, and their indices: others are no
// records for the rules, which look at neighbours.
func timed(recs []activity.Record, do func(recs []activity.Record, from []int)) {
	kept := make([]activity.Record, 0, len(recs))
	var from []int
	for i := range recs {
		if r := recs[i]; r.Has&activity.Time != 0 { // what has no time is no record
			kept, from = append(kept, r), append(from, i)
		}
	}
	do(kept, from)
}

// altitudeRange removes altitudes that cannot be.
func altitudeRange(w *work) change {
	n := 0
	w.edit(func(d *document) {
		for i := range d.points {
			p := &d.points[i]
			if p.rec.Has&activity.Altitude != 0 && (p.rec.Altitude < lowestAltitude || p.rec.Altitude > highestAltitude) {
				d.remove(p.altitude)
				n++
			}
		}
	})
	return lostValues(n, "altitude")
}

// lowestAltitude and highestAltitude, in metres, bound what the codecs take for
// an altitude.
const lowestAltitude, highestAltitude = -1000, 20000

func altitudeSpikes(w *work) change {
	n := 0
	w.edit(func(d *document) {
		d.each(func(recs []activity.Record, at []int) {
			timed(recs, func(recs []activity.Record, from []int) {
				for _, i := range check.AltitudeSpikes(recs) {
					d.remove(d.points[at[from[i]]].altitude)
					n++
				}
			})
		})
	})
	return lostValues(n, "altitude")
}

func lostValues(n int, what string) change {
	if n == 0 {
		return change{}
	}
	return change{count: n, lost: counted(n, what, what+"s")}
}

// hearts removes the heart rates for which bad holds, of trackpoints and laps.
func hearts(bad func(v float64) bool) func(*work) change {
	return func(w *work) change {
		n := 0
		w.edit(func(d *document) {
			is := func(k int) bool {
				v, ok := d.number(k)
				return ok && bad(v)
			}
			for i := range d.nodes {
				switch el := &d.nodes[i]; el.name {
				case "HeartRateBpm", "AverageHeartRateBpm", "MaximumHeartRateBpm":
					k := i
					if !d.leaf(i) {
						k = i + 1
					}
					if is(k) {
						d.remove(i)
						n++
					}
				}
			}
			for i := range d.points {
				p := &d.points[i]
				for _, k := range p.hearts {
					if d.nodes[k].name != "HeartRateBpm" && is(k) {
						d.remove(k)
						n++
					}
				}
			}
		})
		return lostValues(n, "heart rate")
	}
}

// tagHearts adds the heart rates under the plain name that Strava reads.
func tagHearts(w *work) change {
	var c change
	w.edit(func(d *document) {
		for i := range d.points {
			p := &d.points[i]
			if p.rec.Has&activity.HeartRate == 0 || slices.ContainsFunc(p.hearts, func(k int) bool { return d.readByStrava(k) }) {
				continue
			}
			text := "<heartrate>" + strconv.FormatFloat(float64(p.rec.HeartRate), 'f', -1, 32) + "</heartrate>"
			c.count++
			into := -1
			d.inside(p.node, func(k int) {
				if d.nodes[k].name == "extensions" && d.nodes[k].parent == p.node {
					into = k
				}
			})
			if into >= 0 {
				d.insertLast(into, text)
				continue
			}
			d.insertLast(p.node, d.element(p.node, "extensions", text))
		}
	})
	return c
}

// readByStrava reports whether Strava reads a heart rate of GPX, by the same
// rule as the codec.
func (d *document) readByStrava(k int) bool {
	n := &d.nodes[k]
	switch n.name {
	case "heartrate":
		return true
	case "hr":
		if n.space == "" {
			return n.prefix == "gpxtpx:" || n.prefix == "gpxdata:" || n.prefix == "ns3:"
		}
		return strings.Contains(n.space, "TrackPointExtension") || strings.Contains(n.space, "GPXDATA")
	}
	return false
}

// wrapHearts puts bare heart rates into the <Value> that TCX wants.
func wrapHearts(w *work) change {
	var c change
	w.edit(func(d *document) {
		for i := range d.nodes {
			switch el := &d.nodes[i]; el.name {
			case "HeartRateBpm", "AverageHeartRateBpm", "MaximumHeartRateBpm":
				if _, ok := d.number(i); ok && d.leaf(i) {
					d.setText(i, d.element(i, "Value", string(d.text(i))))
					c.count++
				}
			}
		}
	})
	return c
}

// halveCadence makes the cadence that of one leg.
func halveCadence(w *work) change {
	var c change
	w.edit(func(d *document) {
		halve := func(k int) {
			if v, ok := d.number(k); ok && v > 0 {
				d.setText(k, strconv.FormatFloat(math.Round(v/2), 'f', -1, 64))
				c.count++
			}
		}
		for i := range d.nodes {
			switch n := &d.nodes[i]; n.name {
			case "cad", "cadence", "Cadence", "RunCadence", "rpm", "AvgRunCadence", "MaxRunCadence":
				if d.leaf(i) {
					halve(i)
				}
			}
		}
	})
	return c
}

// moveCalories puts the calories of a workout into its first lap, where none has any.
func moveCalories(w *work) change {
	var c change
	w.edit(func(d *document) {
		for i := range d.nodes {
			n := &d.nodes[i]
			if n.name != "Calories" || n.parent < 0 || d.nodes[n.parent].name != "Activity" {
				continue
			}
			first, has, after := -1, false, -1
			d.inside(n.parent, func(k int) {
				switch el := &d.nodes[k]; {
				case el.name == "Lap" && first < 0:
					first = k
				case el.name == "Calories" && d.nodes[el.parent].name == "Lap":
					has = true
				case el.parent == first && (el.name == "TotalTimeSeconds" || el.name == "DistanceMeters" || el.name == "MaximumSpeed"):
					after = el.end
				}
			})
			if first < 0 || has {
				continue // those of the laps are what Strava reads, and somebody meant them
			}
			text := string(d.data[n.start:n.end])
			d.remove(i)
			c.count++
			switch {
			case after > 0:
				d.replace(after, after, text)
			default:
				d.insertFirst(first, text)
			}
		}
	})
	return c
}

// sportTCX are the words for sports that Strava reads from TCX.
func sportTCX(s activity.Sport) string {
	switch s.Family() {
	case activity.RunFamily:
		return "Running"
	case activity.RideFamily:
		return "Biking"
	case activity.SwimFamily:
		return "Swimming"
	}
	switch s {
	case activity.Walk:
		return "Walking"
	case activity.Hike:
		return "Hiking"
	}
	return ""
}

// nameSport writes the sport that was said into every workout.
func nameSport(w *work) change {
	var c change
	if w.o.Sport == "" {
		return c
	}
	w.edit(func(d *document) {
		for _, act := range d.acts {
			n := &d.nodes[act]
			if n.name == "Activity" {
				word := sportTCX(w.o.Sport)
				from, to := attribute(d.data[:n.open], n.start, "Sport")
				switch {
				case word == "" || to > 0 && strings.EqualFold(string(d.data[from:to]), word):
				case to > 0:
					d.replace(from, to, word)
					c.count++
				default:
					at := n.start + 1 + len(n.prefix) + len(n.name)
					d.replace(at, at, ` Sport="`+word+`"`)
					c.count++
				}
				continue
			}
			if n.name != "trk" {
				continue
			}
			word, kind, behind := string(w.o.Sport), -1, n.open
			d.inside(act, func(k int) {
				el := &d.nodes[k]
				if el.parent != act {
					return
				}
				switch el.name {
				case "type":
					kind = k
				case "name", "cmt", "desc", "src", "link", "number":
					behind = el.end
				}
			})
			switch {
			case kind >= 0 && string(d.text(kind)) == word:
			case kind >= 0:
				d.setText(kind, word)
				c.count++
			case !n.empty():
				d.replace(behind, behind, d.element(act, "type", word))
				c.count++
			}
		}
	})
	return c
}

// nameBarometer adds to the name of the device what Strava looks for.
func nameBarometer(w *work) change {
	const suffix = " with barometer"
	var c change
	w.edit(func(d *document) {
		for i := range d.nodes {
			n := &d.nodes[i]
			switch {
			case n.name == "gpx":
				from, to := attribute(d.data[:n.open], n.start, "creator")
				src := slices.IndexFunc(d.nodes, func(n node) bool { return n.name == "src" })
				name := string(d.data[from:to])
				if src >= 0 && check.UnknownBarometer(string(d.text(src))) && !strings.HasSuffix(name, suffix) {
					d.setText(src, string(d.text(src))+suffix)
					name = string(d.text(src))
					if to > 0 {
						d.replace(from, to, name+suffix)
					}
					c.count++
				} else if to > 0 && check.UnknownBarometer(name) {
					d.replace(from, to, name+suffix)
					c.count++
				}
			case n.name == "Name" && n.parent >= 0 && d.nodes[n.parent].name == "Creator":
				if name := string(bytes.TrimSpace(d.text(i))); check.UnknownBarometer(name) {
					d.setText(i, name+suffix)
					c.count++
				}
			}
		}
	})
	return c
}

// lapTotals makes the totals of laps those of their trackpoints.
func lapTotals(w *work) change {
	var c change
	w.edit(func(d *document) {
		set := func(k int, v float64, decimals int) {
			text := strconv.FormatFloat(v, 'f', decimals, 64)
			if was, ok := d.number(k); !ok || strconv.FormatFloat(was, 'f', decimals, 64) != text {
				d.setText(k, text)
				c.count++
			}
		}
		for i := range d.nodes {
			if d.nodes[i].name != "Lap" {
				continue
			}
			var recs []activity.Record
			for k := range d.points {
				p := &d.points[k]
				if p.lap == i && p.rec.Has&activity.Time != 0 {
					recs = append(recs, p.rec)
				}
				// The way to the first trackpoint is of this lap, too.
				if p.lap != i && p.act == d.nodes[i].parent && len(recs) == 0 && p.rec.Has&activity.Distance != 0 && k+1 < len(d.points) && d.points[k+1].lap == i {
					recs = append(recs, p.rec)
				}
			}
			if len(recs) < 2 {
				continue
			}
			way, ok := ways(recs)
			d.inside(i, func(k int) {
				if d.nodes[k].parent != i {
					return
				}
				switch d.nodes[k].name {
				case "DistanceMeters":
					if ok {
						set(k, way[len(way)-1], 2)
					}
				case "TotalTimeSeconds":
					elapsed := float64(recs[len(recs)-1].Time-recs[0].Time) / 1000
					if was, known := d.number(k); known && was > elapsed {
						set(k, elapsed, 1)
					}
				}
			})
		}
	})
	return c
}
