package recalc

import (
	"cmp"
	"math"
	"slices"

	"github.com/bandport/bandport/pkg/activity"
)

// earthRadius is the radius in metres with which Strava turns positions into
// distances: that of the Ruby library Geokit. With 6,371 km every distance
// would come out 0.09 % too short.
const earthRadius = 6376772.71

const (
	// distanceShare is the least share of samples that must carry a distance
	// for the file's distances to be used instead of its positions.
	distanceShare = 0.9
	// positionShare is the least share of samples with a position for a file to
	// count as recorded with GPS.
	positionShare = 0.3
	// minPositions is how many different positions a file recorded with GPS has
	// at the least; an indoor file may repeat one.
	minPositions = 5
	// dropoutSpeed, in m/s: a run of samples without position that ends in a
	// jump of distance faster than this is left out.
	dropoutSpeed = 20
	// smallResets, in metres: backward steps of the distance counter that add up
	// to less than this count as 0 each; larger ones freeze the counter until it
	// has caught up.
	smallResets = 50
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
	raw    []float64 // distance as recorded or by positions, m
	x      []float64 // distance as Strava keeps it: never decreasing, in steps of 0.1 m
	row    []int32   // index of the record
	metres float64   // of the whole stream
	source distanceSource
}

func (s *stream) len() int { return len(s.ms) }

// dt returns the seconds between row i-1 and row i.
func (s *stream) dt(i int) float64 { return float64(s.ms[i]-s.ms[i-1]) / 1000 }

// rows lists the records that have a time, in order of time. Records of one
// instant stay in the order of the file: the first one is what Strava keeps.
func rows(dst []int32, recs []activity.Record) []int32 {
	dst = dst[:0]
	sorted := true
	last := int64(math.MinInt64)
	for i := range recs {
		if recs[i].Has&activity.Time == 0 {
			continue
		}
		dst = append(dst, int32(i))
		sorted = sorted && recs[i].Time >= last
		last = recs[i].Time
	}
	if !sorted {
		slices.SortStableFunc(dst, func(a, b int32) int { return cmp.Compare(recs[a].Time, recs[b].Time) })
	}
	return dst
}

// outdoor reports whether the file was recorded with GPS.
func outdoor(recs []activity.Record, rs []int32) bool {
	n := 0
	var seen [minPositions]float64
	different := 0
	for _, r := range rs {
		p := &recs[r]
		if p.Has&activity.Position == 0 {
			continue
		}
		n++
		if different < minPositions && !slices.Contains(seen[:different], p.Lat) {
			seen[different] = p.Lat
			different++
		}
	}
	return n > 0 && float64(n) >= positionShare*float64(len(rs)) && different >= minPositions
}

// haversine returns the distance in metres between two positions on the sphere
// that Strava uses.
func haversine(lat1, lon1, lat2, lon2 float64) float64 {
	const rad = math.Pi / 180
	a := math.Sin((lat2 - lat1) * rad / 2)
	b := math.Sin((lon2 - lon1) * rad / 2)
	h := a*a + math.Cos(lat1*rad)*math.Cos(lat2*rad)*b*b
	return 2 * earthRadius * math.Asin(math.Sqrt(math.Min(h, 1)))
}

// build fills the stream from the rows. Recorded distances are preferred where
// nearly all rows carry one and the counter moves; else positions are used.
// The source is noDistance where neither serves.
func (s *stream) build(recs []activity.Record, rs []int32) {
	s.ms, s.raw, s.x, s.row = s.ms[:0], s.raw[:0], s.x[:0], s.row[:0]
	s.metres, s.source = 0, noDistance
	withDistance, withPosition := 0, 0
	least, most := math.Inf(1), math.Inf(-1)
	for _, r := range rs {
		p := &recs[r]
		if p.Has&activity.Distance != 0 {
			withDistance++
			least, most = math.Min(least, p.Distance), math.Max(most, p.Distance)
		}
		if p.Has&activity.Position != 0 {
			withPosition++
		}
	}
	n := float64(len(rs))
	switch {
	case float64(withDistance) > distanceShare*n && withDistance > 1 && most > least && most > 0:
		s.source = deviceDistance
		s.fromDistance(recs, rs, float64(withPosition) > positionShare*n)
	case withPosition >= 3:
		s.source = positionDistance
		s.fromPosition(recs, rs)
	default:
		return
	}
	s.round()
}

func (s *stream) add(r int32, ms int64, d float64) {
	if n := len(s.ms); n > 0 && s.ms[n-1] >= ms {
		return
	}
	s.ms, s.raw, s.row = append(s.ms, ms), append(s.raw, d), append(s.row, r)
}

// fromDistance takes the recorded distances. In a file with GPS, a run of rows
// without position whose distance jumps is left out: there the receiver lost
// the satellites and the counter caught up afterwards.
func (s *stream) fromDistance(recs []activity.Record, rs []int32, gps bool) {
	for i := 0; i < len(rs); {
		p := &recs[rs[i]]
		if !gps || p.Has&activity.Position != 0 {
			if p.Has&activity.Distance != 0 {
				s.add(rs[i], p.Time, p.Distance)
			}
			i++
			continue
		}
		end := i
		for end < len(rs) && recs[rs[end]].Has&activity.Position == 0 {
			end++
		}
		if end == len(rs) || !jumps(recs, rs[max(i-1, 0):min(end+3, len(rs))]) {
			for _, r := range rs[i:end] {
				if recs[r].Has&activity.Distance != 0 {
					s.add(r, recs[r].Time, recs[r].Distance)
				}
			}
		}
		i = end
	}
}

// jumps reports whether the recorded distance moves faster than dropoutSpeed
// anywhere in the given rows.
func jumps(recs []activity.Record, rs []int32) bool {
	prev := -1
	for _, r := range rs {
		p := &recs[r]
		if p.Has&activity.Distance == 0 {
			continue
		}
		if prev >= 0 {
			q := &recs[prev]
			dt := math.Max(float64(p.Time-q.Time)/1000, 1)
			if (p.Distance-q.Distance)/dt > dropoutSpeed {
				return true
			}
		}
		prev = int(r)
	}
	return false
}

func (s *stream) fromPosition(recs []activity.Record, rs []int32) {
	var last *activity.Record
	d := 0.0
	for _, r := range rs {
		p := &recs[r]
		if p.Has&activity.Position == 0 {
			continue
		}
		if last != nil {
			d += haversine(last.Lat, last.Lon, p.Lat, p.Lon)
		}
		s.add(r, p.Time, d)
		last = p
	}
}

// round fills x: the distances without backward steps, kept to 0.1 m, half
// up, in float64, as Strava stores its distance stream. The rounding comes
// before any speed is computed; whether a slow step counts as rest is decided
// by it: 18 recordings become exact by it alone. It also fills metres, the sum
// of the forward steps: Strava's distance counts from the first sample, which
// often is not 0, and takes nothing from the totals of laps.
func (s *stream) round() {
	s.x = append(s.x[:0], s.raw...)
	x := s.x
	back := 0.0
	for i := 1; i < len(x); i++ {
		back += math.Min(x[i]-x[i-1], 0)
	}
	switch {
	case back == 0:
	case back > -smallResets:
		last, sum := x[0], x[0]
		for i := 1; i < len(x); i++ {
			sum += math.Max(x[i]-last, 0)
			last, x[i] = x[i], sum
		}
	default:
		for i := 1; i < len(x); i++ {
			x[i] = math.Max(x[i], x[i-1])
		}
	}
	if len(x) > 0 {
		s.metres = x[len(x)-1] - x[0]
	}
	for i, v := range x {
		x[i] = math.Floor(math.RoundToEven(v*100)/10+0.5) / 10
	}
}
