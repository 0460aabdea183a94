package activity

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
)

// Fingerprint tells a workout by what was recorded rather than by the bytes of
// the file, so that what was delivered once is known again when the file was
// zipped anew, reformatted, or is read by a better decoder. It returns "1:" and a
// SHA-256 in hexadecimal, for the activities of one file together; "" where they
// hold neither positions nor a start.
//
// This is version 1, and it is frozen: journals hold it for years. It knows
// nothing but, for each activity,
//
//   - the family of its sport, as [Sport.Family] has it for what the file says;
//   - for one with at least two records that have a time and a position: the
//     whole second (rounded down) of each such record and its position in units of
//     1e-5 degrees (rounded half away from zero), in the order of time, the first
//     one of each second;
//   - for any other: the second of its start, the whole seconds from its first to
//     its last record, or else those that the device claims, and its distance in
//     whole metres: between the first and the last distance of its records, or else
//     what the device claims.
func Fingerprint(activities []Activity) string {
	h := sha256.New()
	b := make([]byte, 0, 64)
	known := false
	for i := range activities {
		a := &activities[i]
		b = append(b[:0], familyWords[a.Sport.Family()]...)
		b = append(b, '\n')
		points := a.fixes()
		if len(points) >= 2 {
			known = true
			h.Write(b)
			for _, p := range points {
				b = strconv.AppendInt(b[:0], p.second, 10)
				b = append(b, ' ')
				b = strconv.AppendInt(b, p.lat, 10)
				b = append(b, ' ')
				b = strconv.AppendInt(b, p.lon, 10)
				h.Write(append(b, '\n'))
			}
			continue
		}
		start, elapsed, ok := a.secondsOf()
		known = known || ok
		for _, v := range []int64{start, elapsed, int64(math.Round(a.Metres().Or(0)))} {
			b = append(strconv.AppendInt(b, v, 10), '\n')
		}
		h.Write(b)
	}
	if !known {
		return ""
	}
	return "1:" + hex.EncodeToString(h.Sum(nil))
}

// familyWords are the families as the fingerprint spells them.
var familyWords = map[Family]string{OtherFamily: "other", RunFamily: "run", WalkFamily: "walk", RideFamily: "ride", SwimFamily: "swim"}

// fix is a position at a second.
type fix struct{ second, lat, lon int64 }

func (a *Activity) fixes() []fix {
	const perDegree = 1e5
	out := make([]fix, 0, len(a.Records))
	for i := range a.Records {
		r := &a.Records[i]
		if !r.HasAll(Time | Position) {
			continue
		}
		out = append(out, fix{floorSeconds(r.Time), int64(math.Round(r.Lat * perDegree)), int64(math.Round(r.Lon * perDegree))})
	}
	slices.SortStableFunc(out, func(x, y fix) int { return cmp.Compare(x.second, y.second) })
	return slices.CompactFunc(out, func(x, y fix) bool { return x.second == y.second })
}

func floorSeconds(ms int64) int64 {
	s := ms / 1000
	if ms%1000 < 0 {
		s--
	}
	return s
}

// secondsOf returns the start and the elapsed time in whole seconds.
func (a *Activity) secondsOf() (start, elapsed int64, ok bool) {
	first, last, timed := a.Span()
	switch {
	case !a.Start.IsZero():
		start, ok = a.Start.Unix(), true
	case timed:
		start, ok = first.Unix(), true
	}
	if timed && last.After(first) {
		return start, last.Unix() - first.Unix(), ok
	}
	return start, int64(a.Totals.ElapsedTime.Or(a.Totals.TimerTime.Or(0))), ok
}

// Metres returns the distance by the records' own counter, or else what the
// device claims; absent where neither says.
func (a *Activity) Metres() Value {
	first, last := Value{}, Value{}
	for i := range a.Records {
		if r := &a.Records[i]; r.Has&Distance != 0 {
			if !first.Known() {
				first = Of(r.Distance)
			}
			last = Of(r.Distance)
		}
	}
	if d := last.Or(0) - first.Or(0); d > 0 {
		return Of(d)
	}
	return a.Totals.Distance
}
