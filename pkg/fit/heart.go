package fit

import (
	"math"
	"slices"
	"strconv"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Straps that remember the heart rate under water, where radio does not reach,
// hand it over afterwards. It stands in hr messages, often in files of their own
// behind the workout's in a chain: for each beat the time of the strap's clock,
// and the filtered rate. One message says which time of the strap's clock was
// which instant. The heart rate of a record is then the mean since the record
// before, a beat being held until the next one: this is how Garmin's SDK merges
// heart rates (mergeHeartRates, "HR To Record Mesg Plugin"), whose figures are the
// same (see the comparison in the tests). Other than there, a record that has a
// heart rate keeps it.

const (
	// maxBeats bounds what is kept: a million is four days at 170 a minute.
	maxBeats = 1_000_000
	// heartStep, in ms, and heartSteps: between two beats the first one is held
	// in so many steps of this length, 5 s in all.
	heartStep  = 250
	heartSteps = 20
)

// beat is a heart rate that a strap measured.
type beat struct {
	at  int64 // ms since 1970
	bpm float32
}

// anchor relates the clock of the strap to instants.
type anchor struct {
	set   bool
	at    float64 // ms since 1970
	event uint32  // 1/1024 s
	last  uint32  // the last time of an event, which packed ones follow
}

// heart reads an hr message.
func (d *decoder) heart(def *definition, b []byte) error {
	var (
		times  [128]uint32
		rates  []byte
		n      int
		stamp  = -1.0
		part   float64
		packed []byte
	)
	for i := range def.fields {
		f := &def.fields[i]
		raw := b[f.off : f.off+f.size]
		switch f.num {
		case fieldTimestamp:
			if v, ok := number(raw, f.kind, def.order); ok {
				stamp = v
			}
		case 0: // fractional_timestamp
			if v, ok := number(raw, f.kind, def.order); ok {
				part = v / 32768
			}
		case 1: // time256
			if v, ok := number(raw, f.kind, def.order); ok {
				part = v / 256
			}
		case 6: // filtered_bpm
			if kindSize[f.kind] == 1 {
				rates = raw
			}
		case 9: // event_timestamp
			for ; len(raw) >= 4 && kindSize[f.kind] == 4 && n < len(times); raw = raw[4:] { // the field can be there twice
				if t := def.order.Uint32(raw); t != math.MaxUint32 {
					times[n] = t
					n++
				}
			}
		case 10: // event_timestamp_12
			packed = raw
		}
	}
	a := &d.anchor
	if stamp >= 0 && n == 1 {
		*a = anchor{true, float64(instant(stamp)) + part*1000, times[0], times[0]}
	}
	switch {
	case n > 0:
		a.last = times[n-1] //nolint:gosec // n is at most the length of times
	case a.set:
		n = a.unpack(packed, &times)
	}
	if !a.set {
		return nil
	}
	for i := range min(n, len(rates)) {
		if rates[i] == 0 || rates[i] == 0xFF {
			continue
		}
		if len(d.beats) >= maxBeats {
			return &damaged{finding.FITLimit, d.w.offset(), "more than " + strconv.Itoa(maxBeats) + " beats"}
		}
		since := float64(int32(times[i]-a.event)) / 1024 * 1000 // the clock may run over
		d.beats = append(d.beats, beat{int64(math.Round(a.at + since)), float32(rates[i])})
	}
	return nil
}

// unpack reads times of 12 bits, two in three bytes, that count on from the last.
func (a *anchor) unpack(b []byte, times *[128]uint32) (n int) {
	for ; len(b) >= 3 && n+2 <= len(times); b = b[3:] {
		pair := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		for _, t := range [...]uint32{pair & 0xFFF, pair >> 12} {
			a.last += (t - a.last) & 0xFFF
			times[n] = a.last
			n++
		}
	}
	return n
}

// mergeHeart gives records that have no heart rate the one of the straps.
func (d *decoder) mergeHeart() {
	if len(d.beats) == 0 {
		return
	}
	slices.SortStableFunc(d.beats, func(a, b beat) int { return int(min(max(a.at-b.at, -1), 1)) })
	for i := range d.acts {
		a := &d.acts[i]
		if n := addHeart(a.Records, d.beats); n > 0 {
			f := finding.New(finding.FITHeartRateMemory, finding.Place{}, "")
			f.Count = n
			a.Findings = append(a.Findings, f)
		}
	}
}

// addHeart gives records the mean of the heart rate since the record before, and
// returns to how many. Beats are in the order of time. What records that go back
// in time would get cannot be told.
func addHeart(records []activity.Record, beats []beat) (n int) {
	if len(records) == 0 {
		return 0
	}
	h := held{beats: beats}
	start := records[0].Time
	for i := range records {
		r := &records[i]
		if r.Time < start {
			continue
		}
		if r.Time == start { // the first, or one of the same time: the second before it
			start -= 1000
			h.back()
		}
		sum, k := 0.0, 0
		for at, bpm, ok := h.get(); ok && at <= r.Time; at, bpm, ok = h.get() {
			if at > start {
				sum, k = sum+float64(bpm), k+1
			}
			h.next()
		}
		start = r.Time
		if k > 0 && r.Has&activity.HeartRate == 0 {
			r.HeartRate, r.Has = float32(math.Round(sum/float64(k))), r.Has|activity.HeartRate
			n++
		}
	}
	return n
}

// held goes through beats, and between them through steps in which the last one
// is held.
type held struct {
	beats []beat
	i     int // the beat that comes next
	step  int // since the one before it
	prev  struct{ i, step int }
}

// get returns the time and the heart rate of the step.
func (h *held) get() (at int64, bpm float32, ok bool) {
	if h.i >= len(h.beats) {
		return 0, 0, false
	}
	b := h.beats[h.i]
	if h.i > 0 && h.step < heartSteps {
		last := h.beats[h.i-1]
		if held := last.at + int64(h.step+1)*heartStep; held < b.at {
			return held, last.bpm, true
		}
	}
	return b.at, b.bpm, true
}

func (h *held) next() {
	at, _, ok := h.get()
	if !ok {
		return
	}
	h.prev.i, h.prev.step = h.i, h.step
	if h.step++; at == h.beats[h.i].at {
		h.i, h.step = h.i+1, 0
	}
}

// back takes the last next back.
func (h *held) back() { h.i, h.step = h.prev.i, h.prev.step }
