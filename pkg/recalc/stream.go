package recalc

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// earthRadius is the radius in metres with which Strava turns positions into
// distances: that of the Ruby library Geokit. With 6,371 km every distance
// would come out 0.09 % too short.
const earthRadius = 6376772.71

const (
	// distanceShare is the share of samples of which more must carry a distance
	// for the file's distances to be used as they are.
	distanceShare = 0.9
	// sparseShare is the share of which more must carry one for the file's distances
	// to be used instead of its positions, held from one to the next. Strava uses
	// them where 11 % do.
	sparseShare = 0.1
	// positionShare is the least share of samples with a position for a file to
	// count as recorded with GPS.
	positionShare = 0.3
	// minPositions is how many different positions a file recorded with GPS has
	// at the least; an indoor file may repeat one.
	minPositions = 5
	// dropoutSpeed, in m/s: a run of samples without position that ends in a
	// jump of distance faster than this is left out.
	dropoutSpeed = 20
	// jumpSpeed and jumpGain, in m/s: a ride's position that is reached faster than
	// the one, and by the other faster than the position before, is left out. Of
	// the nine rides of a program with jumping positions, eight come within 0.1 %
	// so, none without.
	jumpSpeed, jumpGain = 17, 12
	// mostJumps is how many in a row: whoever stays there is there.
	mostJumps = 3
	// smallResets, in metres: backward steps of the distance counter that add up
	// to less than this count as 0 each; larger ones freeze the counter until it
	// has caught up.
	smallResets = 50
	// longest, in metres, is the largest distance that is taken for one: a
	// counter that says more is broken, and counts as missing there. It is two
	// and a half times round the earth.
	longest = 1e8
)

// The times that are taken for one lie in the years 1 to 9999, as far as
// time.Time can be written; a record with another counts as having none.
var (
	firstInstant = time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastInstant  = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC).UnixMilli()
)

// distanceSource is where the distances of a stream come from.
type distanceSource uint8

const (
	noDistance distanceSource = iota
	deviceDistance
	positionDistance
)

// stream is the workout as Strava looks at it: one row an instant, in order of
// time, each with a distance.
type stream struct {
	ms     []int64   // time, ms since the epoch, strictly increasing
	raw    []float64 // distance, m: never decreasing
	x      []float64 // the same as Strava keeps it: in steps of 0.1 m
	row    []int32   // index of the record
	metres float64   // of the whole stream
	back   float64   // m that the counter went backward
	jumps  int       // positions that were left out
	source distanceSource
	recs   []activity.Record
	steps  []float64 // scratch space of fromPhone
	apart  bool      // x is not raw in steps, but what rest is judged by
	phone  bool      // positions were counted as by Strava's phone app
	single bool      // the recorded distances are in single precision, see precision.go
	held   bool      // most of them were held from one to the next
}

func (s *stream) len() int { return len(s.ms) }

// dt returns the seconds between row i-1 and row i.
func (s *stream) dt(i int) float64 { return float64(s.ms[i]-s.ms[i-1]) / 1000 }

// speed returns the speed in m/s from row i-1 to row i, by the distances that are
// kept.
func (s *stream) speed(i int) float64 { return (s.x[i] - s.x[i-1]) / s.dt(i) }

// metresOf returns the recorded distance of a record and whether it has one.
func metresOf(p *activity.Record) (d float64, ok bool) {
	return p.Distance, p.Has&activity.Distance != 0 && math.Abs(p.Distance) <= longest
}

// rows lists the records that have a time, in order of time. Records of one
// instant stay in the order of the file: the first one is what Strava keeps.
func rows(dst []int32, recs []activity.Record) []int32 {
	dst = dst[:0]
	sorted := true
	last := int64(math.MinInt64)
	for i := range recs {
		t := recs[i].Time
		if recs[i].Has&activity.Time == 0 || t < firstInstant || t > lastInstant {
			continue
		}
		dst = append(dst, int32(i))
		sorted = sorted && t >= last
		last = t
	}
	if !sorted {
		slices.SortStableFunc(dst, func(a, b int32) int { return cmp.Compare(recs[a].Time, recs[b].Time) })
	}
	return dst
}

// outdoor reports whether the file was recorded with GPS.
func outdoor(recs []activity.Record, rs []int32) bool {
	n := 0
	type place struct{ lat, lon float64 }
	var seen [minPositions]place
	different := 0
	for _, r := range rs {
		p := &recs[r]
		if p.Has&activity.Position == 0 {
			continue
		}
		n++
		if different < minPositions && !slices.Contains(seen[:different], place{p.Lat, p.Lon}) {
			seen[different] = place{p.Lat, p.Lon}
			different++
		}
	}
	return n > 0 && float64(n) >= positionShare*float64(len(rs)) && different >= minPositions
}

// spot is a position, in degrees, with the cosine of its latitude: the step to it
// needs that, and so does the step from it.
type spot struct{ lat, lon, cos float64 }

const radians = math.Pi / 180 // of a degree

func spotAt(lat, lon float64) spot { return spot{lat, lon, math.Cos(lat * radians)} }

// to returns the distance in metres to another position on the sphere that Strava
// uses, by the haversine.
func (p spot) to(q spot) float64 {
	a := math.Sin((q.lat - p.lat) * radians / 2)
	b := math.Sin((q.lon - p.lon) * radians / 2)
	h := a*a + p.cos*q.cos*b*b
	return 2 * earthRadius * math.Asin(math.Sqrt(math.Min(h, 1)))
}

// haversine is the same for a single pair.
func haversine(lat1, lon1, lat2, lon2 float64) float64 {
	return spotAt(lat1, lon1).to(spotAt(lat2, lon2))
}

// reading says how a stream is to be made of the records.
type reading struct {
	dropJumps bool // positions that cannot be are left out
	phone     bool // positions count as Strava's phone app counts them
	wheels    bool // … on a ride
	runs      bool // … on a run
	single    bool // recorded distances are in single precision
}

// onWheels asks for what is special to rides. The positions that Strava wrote are
// those that its app believed.
func (how *reading) onWheels(a *activity.Activity) {
	how.dropJumps, how.wheels, how.runs = !stravasOwn(a), true, false
}

// build fills the stream from the rows. Recorded distances are preferred where the
// counter moves and more than sparseShare of the rows carry one; else positions are
// used. The source is noDistance where neither serves.
func (s *stream) build(recs []activity.Record, rs []int32, how reading) {
	s.ms, s.raw, s.x, s.row = s.ms[:0], s.raw[:0], s.x[:0], s.row[:0]
	s.metres, s.back, s.jumps, s.source, s.recs = 0, 0, 0, noDistance, recs
	s.phone, s.single, s.held = how.phone, how.single, false
	withDistance, withPosition := 0, 0
	least, most := math.Inf(1), math.Inf(-1)
	for _, r := range rs {
		p := &recs[r]
		if d, ok := metresOf(p); ok {
			withDistance++
			least, most = min(least, d), max(most, d)
		}
		if p.Has&activity.Position != 0 {
			withPosition++
		}
	}
	n := float64(len(rs))
	counted, gps := float64(withDistance), float64(withPosition) > positionShare*n
	if !(most > least && most > 0) {
		counted = 0 // a counter that does not move tells nothing
	}
	switch {
	case counted > distanceShare*n:
		s.source = deviceDistance
		s.fromDistance(recs, rs, gps)
	case counted > sparseShare*n:
		s.source, s.held = deviceDistance, true
		s.hold(recs, rs, gps)
	case withPosition >= 3:
		s.source = positionDistance
		s.fromPosition(recs, rs, how)
	default:
		return
	}
	s.rise()
	s.apart = s.held
	if s.phone && s.source == positionDistance {
		s.apart = true
		s.round(s.steps)
	} else {
		s.round(s.raw)
	}
	if s.held {
		s.slope(recs)
	}
}

// keep fills x from raw where something else was used to judge rest.
func (s *stream) keep() {
	if s.apart {
		s.x = s.x[:0]
		s.round(s.raw)
	}
}

func (s *stream) add(r int32, ms int64, d float64) {
	if n := len(s.ms); n > 0 && s.ms[n-1] >= ms {
		return
	}
	s.ms, s.raw, s.row = append(s.ms, ms), append(s.raw, d), append(s.row, r)
}

// counter reads recorded distances. Where one is missing the last one stands in for
// it, so that a counter that is silent stands still: three rides from TCX and a hike
// from FIT agree with Strava so, or come near, that are 13 to 300 s off with such
// rows left out; the distances of nine recordings of another athlete, in which it is
// missing in two of three rows, show the same.
type counter struct {
	metres float64
	begun  bool // whether there was any
}

// read returns the distance at a record, and whether it is the record's own.
func (c *counter) read(p *activity.Record) (metres float64, own bool) {
	if d, ok := metresOf(p); ok {
		c.metres, c.begun, own = d, true, true
	}
	return c.metres, own
}

// fromDistance takes the recorded distances, held where one is missing. In a file
// with GPS, a run of rows without position whose distance jumps is left out: there
// the receiver lost the satellites and the counter caught up afterwards.
func (s *stream) fromDistance(recs []activity.Record, rs []int32, gps bool) {
	var c counter
	keep := func(r int32) {
		if d, _ := c.read(&recs[r]); c.begun {
			s.add(r, recs[r].Time, d)
		}
	}
	for i := 0; i < len(rs); {
		if !gps || recs[rs[i]].Has&activity.Position != 0 {
			keep(rs[i])
			i++
			continue
		}
		end := i
		for end < len(rs) && recs[rs[end]].Has&activity.Position == 0 {
			end++
		}
		if end == len(rs) || !jumps(recs, rs[max(i-1, 0):min(end+3, len(rs))]) {
			for _, r := range rs[i:end] {
				keep(r)
			}
		}
		i = end
	}
}

// hold takes the recorded distances of a file whose records carry one only here
// and there; the others keep that of the record before, unless the file has GPS and
// they have no position. Strava's own watch app writes such files: positions every
// second, a distance every two or three. By these stairs the moving time of 29 of 31
// comes within 1 %, by positions that of 23; to the second neither does, because what
// Strava takes for slow between two distances is not known.
func (s *stream) hold(recs []activity.Record, rs []int32, gps bool) {
	var c counter
	for _, r := range rs {
		p := &recs[r]
		if d, own := c.read(p); c.begun && (own || !gps || p.Has&activity.Position != 0) {
			s.add(r, p.Time, d)
		}
	}
}

// slope makes a slope of the stairs of hold in raw, by which speeds and grades
// are judged: the fastest speed of 22 of 31 such files agrees so, by positions
// that of 3.
func (s *stream) slope(recs []activity.Record) {
	prev := 0 // the last row with a distance of its own; the first has one
	for i := 1; i < len(s.raw); i++ {
		if _, ok := metresOf(&recs[s.row[i]]); !ok {
			continue
		}
		rise, span := s.raw[i]-s.raw[prev], float64(s.ms[i]-s.ms[prev])
		for k := prev + 1; k < i; k++ {
			s.raw[k] = s.raw[prev] + rise*float64(s.ms[k]-s.ms[prev])/span
		}
		prev = i
	}
}

// jumps reports whether the recorded distance moves faster than dropoutSpeed
// anywhere in the given rows.
func jumps(recs []activity.Record, rs []int32) bool {
	var prev *activity.Record
	for _, r := range rs {
		p := &recs[r]
		if _, ok := metresOf(p); !ok {
			continue
		}
		if prev != nil {
			dt := max(float64(p.Time-prev.Time)/1000, 1)
			if (p.Distance-prev.Distance)/dt > dropoutSpeed {
				return true
			}
		}
		prev = p
	}
	return false
}

// fromPosition adds up the distances between positions. With how.dropJumps, a
// position that cannot be is left out: one reached faster than jumpSpeed and
// by jumpGain faster than the one before.
func (s *stream) fromPosition(recs []activity.Record, rs []int32, how reading) {
	if how.phone {
		s.fromPhone(recs, rs, how)
		return
	}
	var last *activity.Record
	var there spot                  // where it is
	d, before, left := 0.0, -1.0, 0 // before: speed of the last step, unknown at first
	for _, r := range rs {
		p := &recs[r]
		if p.Has&activity.Position == 0 {
			continue
		}
		here := spotAt(p.Lat, p.Lon)
		if last != nil {
			step := there.to(here)
			if dt := float64(p.Time-last.Time) / 1000; how.dropJumps && dt > 0 {
				v := step / dt
				if before >= 0 && v > jumpSpeed && v-before >= jumpGain && left < mostJumps {
					left++
					s.jumps++
					continue
				}
				before, left = v, 0
			}
			if step > 0 { // and not NaN
				d += step
			}
		}
		s.add(r, p.Time, d)
		last, there = p, here
	}
}

// rise takes the backward steps out of the distances. It also fills metres, the
// sum of the forward steps: Strava's distance counts from the first sample,
// which often is not 0, and takes nothing from the totals of laps.
func (s *stream) rise() {
	d := s.raw
	back := 0.0
	for i := 1; i < len(d); i++ {
		back += min(d[i]-d[i-1], 0)
	}
	s.back = -back
	switch {
	case back == 0:
	case back > -smallResets:
		last, sum := d[0], d[0]
		for i := 1; i < len(d); i++ {
			sum += max(d[i]-last, 0)
			last, d[i] = d[i], sum
		}
	default:
		for i := 1; i < len(d); i++ {
			d[i] = max(d[i], d[i-1])
		}
	}
	if len(d) > 0 {
		s.metres = d[len(d)-1] - d[0]
	}
}
