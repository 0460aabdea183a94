package repair

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/lexical"
	"github.com/bandport/bandport/pkg/internal/xmlscan"
)

// node is an element, by its places in the text: <a …> from start to open, its
// content to end−, and all of it to end.
type node struct {
	name   string
	prefix string // with its colon
	space  string // of the names that matter: heart rates
	parent int    // index of the parent, or −1

	start, open, stop, end int // stop is where the end tag begins; open where there is none
}

func (n *node) empty() bool { return n.open == n.end }

// document is an XML text of which every element is known by its place, so that
// a change touches the bytes that it means and no others.
type document struct {
	data   []byte
	nodes  []node
	points []point
	acts   []int // the elements that hold an activity each
	edits  []edit
}

// point is a trackpoint. Indices are of nodes; −1 is none.
type point struct {
	gpx                         bool
	node, act, track, lap       int
	time, altitude, distance    int
	position, lat, lon, cadence int // position of TCX; lat and lon too
	hearts                      []int
	numbers                     []int // all leaves that should be numbers
	latFrom, latTo              int   // of GPX: the values of its attributes
	lonFrom, lonTo              int
	rec                         activity.Record
}

// edit replaces a range of the text.
type edit struct {
	from, to int
	text     string
}

// index finds the elements of a well-formed text in UTF-8.
func index(data []byte) (*document, error) {
	d := &document{data: data}
	s := xmlscan.New(bytes.NewReader(data), xmlscan.Limits{})
	names := map[string]string{}
	intern := func(b []byte) string {
		if v, ok := names[string(b)]; ok {
			return v
		}
		v := string(b)
		names[v] = v
		return v
	}
	var open []int
	for {
		kind, err := s.Next()
		if err != nil {
			return nil, err
		}
		switch kind {
		case xmlscan.EOF:
			d.find()
			return d, nil
		case xmlscan.Start:
			at := int(s.Offset())
			n := node{name: intern(s.Name()), parent: -1, start: at, open: tagEnd(data, at)}
			if p := s.Prefix(); len(p) > 0 {
				n.prefix = intern(append(append([]byte{}, p...), ':'))
			}
			if heartNames[n.name] {
				n.space = intern(s.Namespace())
			}
			n.stop, n.end = n.open, n.open
			if len(open) > 0 {
				n.parent = open[len(open)-1]
			}
			open = append(open, len(d.nodes))
			d.nodes = append(d.nodes, n)
		case xmlscan.End:
			n := &d.nodes[open[len(open)-1]]
			open = open[:len(open)-1]
			if data[n.open-2] != '/' {
				n.stop = int(s.Offset())
				n.end = n.stop + bytes.IndexByte(data[n.stop:], '>') + 1
			}
		}
	}
}

// tagEnd returns the place behind the tag that begins at i.
func tagEnd(data []byte, i int) int {
	quote := byte(0)
	for ; i < len(data); i++ {
		switch c := data[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(data)
}

var heartNames = words("hr HR heartrate heartRate HeartRate heart_rate bpm")

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// find looks for the trackpoints.
func (d *document) find() {
	var act, track, lap = -1, -1, -1
	for i := range d.nodes {
		switch d.nodes[i].name {
		case "trk", "Activity", "Course":
			act, track, lap = i, -1, -1
			d.acts = append(d.acts, i)
		case "trkseg", "Track":
			track = i
		case "Lap":
			lap = i
		case "trkpt":
			d.points = append(d.points, d.gpxPoint(i, act, track))
		case "Trackpoint":
			d.points = append(d.points, d.tcxPoint(i, act, track, lap))
		}
	}
}

func (d *document) text(i int) []byte {
	n := &d.nodes[i]
	return bytes.TrimSpace(d.data[n.open:n.stop])
}

// leaf reports whether an element holds no other.
func (d *document) leaf(i int) bool {
	return i+1 >= len(d.nodes) || d.nodes[i+1].parent != i
}

func (d *document) number(i int) (float64, bool) {
	v, _, ok := lexical.Number(d.text(i))
	return v, ok
}

func newPoint(i, act, track, lap int) point {
	return point{
		node: i, act: act, track: track, lap: lap, time: -1, altitude: -1, distance: -1, position: -1, lat: -1, lon: -1, cadence: -1,
	}
}

// inside calls visit for the elements within one.
func (d *document) inside(i int, visit func(k int)) {
	end := d.nodes[i].end
	for k := i + 1; k < len(d.nodes) && d.nodes[k].start < end; k++ {
		visit(k)
	}
}

func (d *document) gpxPoint(i, act, track int) point {
	p := newPoint(i, act, track, -1)
	p.gpx = true
	n := &d.nodes[i]
	var latOK, lonOK bool
	var lat, lon float64
	if p.latFrom, p.latTo = attribute(d.data[:n.open], n.start, "lat"); p.latTo > 0 {
		lat, _, latOK = lexical.Number(d.data[p.latFrom:p.latTo])
	}
	if p.lonFrom, p.lonTo = attribute(d.data[:n.open], n.start, "lon"); p.lonTo > 0 {
		lon, _, lonOK = lexical.Number(d.data[p.lonFrom:p.lonTo])
	}
	if latOK && lonOK {
		p.rec.Lat, p.rec.Lon, p.rec.Has = lat, lon, activity.Position
	}
	d.inside(i, func(k int) {
		if !d.leaf(k) {
			return
		}
		switch name := d.nodes[k].name; name {
		case "time":
			d.time(&p, k)
		case "ele":
			d.value(&p, k, activity.Altitude, &p.altitude)
		case "hr", "HR", "heartrate", "heartRate", "HeartRate", "heart_rate", "bpm":
			p.hearts = append(p.hearts, k)
			d.value(&p, k, activity.HeartRate, nil)
		case "cad", "cadence", "Cadence", "RunCadence", "rpm":
			d.value(&p, k, activity.Cadence, &p.cadence)
		case "distance", "Distance":
			d.value(&p, k, activity.Distance, &p.distance)
		case "power", "Power", "PowerInWatts", "watts", "Watts":
			d.value(&p, k, activity.Power, nil)
		case "speed", "Speed":
			d.value(&p, k, activity.Speed, nil)
		case "atemp", "temp", "temperature", "Temperature":
			d.value(&p, k, activity.Temperature, nil)
		}
	})
	return p
}

func (d *document) tcxPoint(i, act, track, lap int) point {
	p := newPoint(i, act, track, lap)
	d.inside(i, func(k int) {
		switch d.nodes[k].name {
		case "Time":
			d.time(&p, k)
		case "Position":
			p.position = k
		case "LatitudeDegrees":
			p.lat = k
		case "LongitudeDegrees":
			p.lon = k
		case "AltitudeMeters":
			d.value(&p, k, activity.Altitude, &p.altitude)
		case "DistanceMeters":
			d.value(&p, k, activity.Distance, &p.distance)
		case "HeartRateBpm":
			p.hearts = append(p.hearts, k)
			if d.leaf(k) {
				d.value(&p, k, activity.HeartRate, nil)
			}
		case "Value":
			if d.nodes[d.nodes[k].parent].name == "HeartRateBpm" {
				d.value(&p, k, activity.HeartRate, nil)
			}
		case "Cadence", "RunCadence":
			d.value(&p, k, activity.Cadence, &p.cadence)
		case "Speed":
			d.value(&p, k, activity.Speed, nil)
		case "Watts":
			d.value(&p, k, activity.Power, nil)
		case "Temperature", "atemp":
			d.value(&p, k, activity.Temperature, nil)
		}
	})
	if p.lat >= 0 && p.lon >= 0 {
		lat, ok1 := d.number(p.lat)
		lon, ok2 := d.number(p.lon)
		if ok1 && ok2 {
			p.rec.Lat, p.rec.Lon, p.rec.Has = lat, lon, p.rec.Has|activity.Position
		}
		p.numbers = append(p.numbers, p.lat, p.lon)
	}
	return p
}

func (d *document) time(p *point, k int) {
	if p.time >= 0 && p.rec.Has&activity.Time != 0 {
		return
	}
	p.time = k
	if t, ok := lexical.Time(d.text(k)); ok {
		p.rec.Time, p.rec.Has = t.UnixMilli, p.rec.Has|activity.Time
	}
}

// value reads a number into the record of a point, unless it has it.
func (d *document) value(p *point, k int, field activity.Fields, place *int) {
	p.numbers = append(p.numbers, k)
	v, ok := d.number(k)
	if !ok || p.rec.Has&field != 0 {
		return
	}
	if place != nil {
		*place = k
	}
	switch field {
	case activity.Altitude:
		p.rec.Altitude = v
	case activity.Distance:
		p.rec.Distance = v
	case activity.HeartRate:
		p.rec.HeartRate = float32(v)
	case activity.Cadence:
		p.rec.Cadence = float32(v)
	}
	p.rec.Has |= field
}

// attribute returns where the value of an attribute stands in the tag that
// begins at from; 0, 0 where there is none.
func attribute(data []byte, from int, name string) (start, end int) {
	for i := from; i < len(data); i++ {
		c := data[i]
		if c != '"' && c != '\'' {
			continue
		}
		n := bytes.IndexByte(data[i+1:], c)
		if n < 0 {
			return 0, 0
		}
		before := bytes.TrimRight(data[from:i], " \t\r\n")
		if b, ok := bytes.CutSuffix(before, []byte("=")); ok {
			b = bytes.TrimRight(b, " \t\r\n")
			if b, ok = bytes.CutSuffix(b, []byte(name)); ok && len(b) > 0 && isBlank(b[len(b)-1]) {
				return i + 1, i + 1 + n
			}
		}
		i += n + 1
	}
	return 0, 0
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// replace, remove and insert note a change; apply makes it.
func (d *document) replace(from, to int, text string) {
	d.edits = append(d.edits, edit{from, to, text})
}

func (d *document) setText(i int, text string) {
	n := &d.nodes[i]
	if n.empty() { // <time/>
		d.replace(n.start, n.end, fmt.Sprintf("<%s%s>%s</%s%s>", n.prefix, n.name, text, n.prefix, n.name))
		return
	}
	d.replace(n.open, n.stop, text)
}

// remove takes an element out, with the blanks before it.
func (d *document) remove(i int) {
	n := &d.nodes[i]
	from := n.start
	for from > 0 && isBlank(d.data[from-1]) {
		from--
	}
	if from > 0 && d.data[from-1] != '>' {
		from = n.start // the blanks belong to a text
	}
	d.replace(from, n.end, "")
}

// insertFirst puts a text in front of what an element holds.
func (d *document) insertFirst(i int, text string) {
	n := &d.nodes[i]
	if n.empty() {
		tag := strings.TrimRight(strings.TrimSuffix(string(d.data[n.start:n.open]), "/>"), " \t\r\n")
		d.replace(n.start, n.end, tag+">"+text+"</"+n.prefix+n.name+">")
		return
	}
	d.replace(n.open, n.open, text)
}

// insertLast puts a text behind what an element holds.
func (d *document) insertLast(i int, text string) {
	n := &d.nodes[i]
	if n.empty() {
		d.insertFirst(i, text)
		return
	}
	at := n.stop
	for at > n.open && isBlank(d.data[at-1]) {
		at--
	}
	d.replace(at, at, text)
}

// element returns <name>text</name> under the prefix of another element.
func (d *document) element(like int, name, text string) string {
	p := d.nodes[like].prefix
	return "<" + p + name + ">" + text + "</" + p + name + ">"
}

// apply makes the changes and returns the new text. What lies within a removed
// range is gone with it.
func (d *document) apply() []byte {
	if len(d.edits) == 0 {
		return d.data
	}
	slices.SortStableFunc(d.edits, func(a, b edit) int {
		if c := cmp.Compare(a.from, b.from); c != 0 {
			return c
		}
		return cmp.Compare(b.to, a.to) // the larger first
	})
	out := make([]byte, 0, len(d.data)+len(d.edits)*16)
	at := 0
	for _, e := range d.edits {
		if e.from < at {
			continue
		}
		out = append(out, d.data[at:e.from]...)
		out = append(out, e.text...)
		at = e.to
	}
	return append(out, d.data[at:]...)
}

// each calls visit for the trackpoints of every activity in turn: as records, and
// as indices of the points.
func (d *document) each(visit func(recs []activity.Record, at []int)) {
	for from := 0; from < len(d.points); {
		to := from
		var recs []activity.Record
		var at []int
		for to < len(d.points) && d.points[to].act == d.points[from].act {
			recs, at = append(recs, d.points[to].rec), append(at, to)
			to++
		}
		visit(recs, at)
		from = to
	}
}
