package fit

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
)

// length is one of a pool, with the instant that says which session it is of.
type length struct {
	at int64
	activity.Length
}

// strokes are the ways of swimming, by their numbers in the profile.
var strokes = [...]string{"freestyle", "backstroke", "breaststroke", "butterfly", "drill", "mixed", "im", "im_by_round", "rimo"}

// length reads a length.
func (d *decoder) length() length {
	m := &d.msg
	l := length{Length: activity.Length{Active: m.code(12) == 1, Stroke: of(strokes[:], m.code(7))}}
	if t := m.code(2); t >= 0 {
		l.at = instant(float64(t))
		l.Start = time.UnixMilli(l.at).UTC()
	} else if t := m.code(fieldTimestamp); t >= 0 {
		l.at = instant(float64(t))
	}
	for _, num := range []uint8{4, 3} { // the timer's time, else the elapsed time: within a length they are the same
		if v, ok := m.get(num); ok && v >= 0 && !l.Timer.Known() {
			l.Timer = activity.Of(v / 1000)
		}
	}
	if v, ok := m.get(5); ok && v >= 0 {
		l.Strokes = activity.Of(v)
	}
	return l
}
