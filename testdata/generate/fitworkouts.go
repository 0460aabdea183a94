package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// fitWriter is a FIT file that is being written: after the description of the
// protocol, and no more of it than these workouts need.
type fitWriter struct {
	data    []byte
	layouts [16]string // what each local type holds
}

// fitField is a field of a message with its value: a byte, uint16, uint32, int32,
// string or bytes. Those of a developer have its number in app, counted from 1.
type fitField struct {
	num   byte
	value any
	app   byte
}

// fitBase returns the base type of a value and how long it is.
func fitBase(v any) (kind, size byte) {
	switch v := v.(type) {
	case byte:
		return 0x02, 1
	case uint16:
		return 0x84, 2
	case uint32:
		return 0x86, 4
	case int32:
		return 0x85, 4
	case string:
		return 0x07, byte(len(v) + 1)
	case []byte:
		return 0x0D, byte(len(v))
	}
	panic(fmt.Sprintf("FIT has no %T", v))
}

// message adds a message of a local type, and its definition where that is not
// the one that the local type has.
func (f *fitWriter) message(local byte, global uint16, fields ...fitField) {
	var plain, developer []byte
	for _, x := range fields {
		kind, size := fitBase(x.value)
		if x.app > 0 {
			developer = append(developer, x.num, size, x.app-1)
		} else {
			plain = append(plain, x.num, size, kind)
		}
	}
	header := 0x40 | local
	if len(developer) > 0 {
		header |= 0x20
	}
	layout := append([]byte{header, 0, 0, byte(global), byte(global >> 8), byte(len(plain) / 3)}, plain...)
	if len(developer) > 0 {
		layout = append(append(layout, byte(len(developer)/3)), developer...)
	}
	if f.layouts[local] != string(layout) {
		f.layouts[local] = string(layout)
		f.data = append(f.data, layout...)
	}
	f.data = append(f.data, local)
	for _, apps := range []bool{false, true} { // developers' fields stand behind
		for _, x := range fields {
			if (x.app > 0) != apps {
				continue
			}
			switch v := x.value.(type) {
			case byte:
				f.data = append(f.data, v)
			case uint16:
				f.data = binary.LittleEndian.AppendUint16(f.data, v)
			case uint32:
				f.data = binary.LittleEndian.AppendUint32(f.data, v)
			case int32:
				f.data = binary.LittleEndian.AppendUint32(f.data, uint32(v))
			case string:
				f.data = append(append(f.data, v...), 0)
			case []byte:
				f.data = append(f.data, v...)
			}
		}
	}
}

// bytes returns the file with header and checksum.
func (f *fitWriter) bytes() []byte {
	b := []byte{14, 0x20, 0x54, 0x08}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.data)))
	b = append(b, ".FIT"...)
	b = binary.LittleEndian.AppendUint16(b, fitSum(b))
	b = append(b, f.data...)
	return binary.LittleEndian.AppendUint16(b, fitSum(b))
}

func fitSum(b []byte) (c uint16) {
	for _, x := range b {
		c ^= uint16(x)
		for range 8 {
			if c&1 != 0 {
				c = c>>1 ^ 0xA001
			} else {
				c >>= 1
			}
		}
	}
	return c
}

func fitTime(t time.Time) uint32      { return uint32(t.Unix() - 631065600) }
func fitDegrees(d float64) int32      { return int32(math.Round(d / 180 * (1 << 31))) }
func fitScaled(v, by float64) uint32  { return uint32(math.Round(v * by)) }
func fitShort(v, by float64) uint16   { return uint16(math.Round(v * by)) }
func fitAt(t time.Time) fitField      { return fitField{253, fitTime(t), 0} }
func fitPlain(n byte, v any) fitField { return fitField{n, v, 0} }

// Message numbers.
const (
	fitFileID, fitSession, fitLap, fitRecord, fitEvent, fitDevice  = 0, 18, 19, 20, 21, 23
	fitActivity, fitLength, fitHeart, fitDescription, fitDeveloper = 34, 101, 132, 206, 207
)

// head adds what stands at the beginning of a file: who wrote it, and its
// sensors.
func (f *fitWriter) head(product uint16, at time.Time) {
	f.message(0, fitFileID, fitPlain(0, byte(4)), fitPlain(1, uint16(1)), fitPlain(2, product), fitPlain(3, uint32(1234567)), fitPlain(4, fitTime(at)))
	sensor := func(index, kind byte, manufacturer, product uint16, serial uint32, version, volts uint16, battery, source byte) {
		f.message(1, fitDevice, fitAt(at), fitPlain(0, index), fitPlain(1, kind), fitPlain(2, manufacturer), fitPlain(4, product), fitPlain(3, serial),
			fitPlain(5, version), fitPlain(10, volts), fitPlain(11, battery), fitPlain(25, source))
	}
	const none, nothing = 0xFF, 0xFFFF
	sensor(0, none, 1, product, 1234567, 950, nothing, none, none)
	sensor(1, 4, 1, product, 0, 950, nothing, none, 5)
	sensor(2, 120, 123, 3, 77, 410, 746, 3, 1)
}

// fitOptions say what a file holds beyond the workout.
type fitOptions struct {
	product    uint16
	sport, sub byte
	dynamics   bool // vertical oscillation and stance time
	developer  bool // a field of an app in every record
	zone       time.Duration
}

// fit returns the workout as a watch writes it.
func (w workout) fit(o fitOptions) []byte {
	var f fitWriter
	f.head(o.product, w.start)
	if o.developer {
		f.message(2, fitDeveloper, fitPlain(1, []byte("bandport-example")), fitPlain(3, byte(0)), fitPlain(4, uint32(120)))
		f.message(2, fitDescription, fitPlain(0, byte(0)), fitPlain(1, byte(0)), fitPlain(2, byte(0x84)), fitPlain(3, "Leg Spring"), fitPlain(8, "kN/m"), fitPlain(6, byte(10)))
	}
	timer := func(at time.Time, kind byte) {
		f.message(3, fitEvent, fitAt(at), fitPlain(0, byte(0)), fitPlain(1, kind))
	}
	timer(w.start, 0)
	laps := w.laps()
	stretch, paused, end := 0, 0.0, w.start
	var totals [4]float64 // s, m, sum of heart rates, points
	most := 0
	for i, l := range laps {
		for _, s := range l.samples {
			if s.stretch != stretch {
				timer(end, 4)
				timer(s.at, 0)
				paused += s.at.Sub(end).Seconds()
				stretch = s.stretch
			}
			fields := []fitField{fitAt(s.at)}
			if !w.indoor {
				fields = append(fields, fitPlain(0, fitDegrees(s.lat)), fitPlain(1, fitDegrees(s.lon)), fitPlain(78, fitScaled(s.alt+500, 5)))
			}
			fields = append(fields, fitPlain(3, byte(s.heart)), fitPlain(4, byte(s.cadence)), fitPlain(5, fitScaled(s.metres, 100)), fitPlain(73, fitScaled(s.speed, 1000)))
			if w.watts {
				fields = append(fields, fitPlain(7, uint16(s.watts)))
			}
			if o.dynamics {
				fields = append(fields, fitPlain(39, fitShort(70+4*s.speed, 10)), fitPlain(41, fitShort(300-18*s.speed, 10)))
			}
			if o.developer {
				fields = append(fields, fitField{0, fitShort(9+s.speed/4, 10), 1})
			}
			f.message(4, fitRecord, fields...)
			end = s.at
		}
		f.message(5, fitLap, fitAt(end), fitPlain(2, fitTime(l.start)), fitPlain(7, fitScaled(end.Sub(l.start).Seconds(), 1000)), fitPlain(8, fitScaled(l.seconds, 1000)),
			fitPlain(9, fitScaled(l.metres, 100)), fitPlain(15, byte(l.heart/l.points)), fitPlain(16, byte(l.maxHeart)), fitPlain(24, byte(0)), fitPlain(254, uint16(i)))
		totals[0], totals[1], totals[2], totals[3] = totals[0]+l.seconds, totals[1]+l.metres, totals[2]+float64(l.heart), totals[3]+float64(l.points)
		most = max(most, l.maxHeart)
	}
	timer(end, 9)
	f.message(6, fitSession, fitAt(end), fitPlain(2, fitTime(w.start)), fitPlain(7, fitScaled(totals[0]+paused, 1000)), fitPlain(8, fitScaled(totals[0], 1000)),
		fitPlain(9, fitScaled(totals[1], 100)), fitPlain(11, uint16(w.calories)), fitPlain(22, uint16(31)), fitPlain(5, o.sport), fitPlain(6, o.sub),
		fitPlain(16, byte(totals[2]/totals[3])), fitPlain(17, byte(most)))
	f.message(7, fitActivity, fitAt(end), fitPlain(0, fitScaled(totals[0], 1000)), fitPlain(1, uint16(1)), fitPlain(5, fitTime(end.Add(o.zone))))
	return f.bytes()
}

// poolSwim returns a swim of 25-m lengths with rests at the wall. The heart rate
// comes out of the strap's memory, in a file of its own behind the swim.
func poolSwim() []byte {
	var f fitWriter
	at := time.Date(2022, 11, 8, 18, 30, 0, 0, time.UTC)
	start, n := at, noise(11)
	f.head(3907, at)
	f.message(3, fitEvent, fitAt(at), fitPlain(0, byte(0)), fitPlain(1, byte(0)))
	metres, strokes := 0, 0
	for i := range 24 {
		seconds, active, stroke, count := 27+2*n.next(), byte(1), byte(0), uint16(11)
		switch {
		case i%6 == 5: // a rest
			seconds, active, stroke, count = 22+4*n.next(), 0, 0xFF, 0xFFFF
		case i%6 == 4:
			seconds, stroke, count = 34+2*n.next(), 2, 14
		}
		begin := at
		for s := range int(seconds) {
			f.message(4, fitRecord, fitAt(begin.Add(time.Duration(s)*time.Second)), fitPlain(5, uint32(metres*100)))
		}
		at = at.Add(time.Duration(seconds) * time.Second)
		if active == 1 {
			metres += 25
			strokes += int(count)
		}
		f.message(5, fitLength, fitAt(at), fitPlain(2, fitTime(begin)), fitPlain(3, fitScaled(float64(int(seconds)), 1000)), fitPlain(4, fitScaled(float64(int(seconds)), 1000)),
			fitPlain(5, count), fitPlain(7, stroke), fitPlain(12, active), fitPlain(254, uint16(i)))
	}
	f.message(4, fitRecord, fitAt(at), fitPlain(5, uint32(metres*100)))
	f.message(3, fitEvent, fitAt(at), fitPlain(0, byte(0)), fitPlain(1, byte(9)))
	whole := fitScaled(at.Sub(start).Seconds(), 1000)
	f.message(6, fitSession, fitAt(at), fitPlain(2, fitTime(start)), fitPlain(7, whole), fitPlain(8, whole), fitPlain(9, uint32(metres*100)),
		fitPlain(11, uint16(96)), fitPlain(5, byte(5)), fitPlain(6, byte(17)), fitPlain(44, uint16(2500)), fitPlain(10, uint32(strokes)))

	var heart fitWriter
	event := uint32(5000)
	heart.message(0, fitHeart, fitPlain(253, fitTime(start)), fitPlain(0, uint16(8192)), fitPlain(6, byte(104)), fitPlain(9, event))
	for beats := 0; beats < int(at.Sub(start).Seconds()*2); beats += 8 {
		var rates, packed []byte
		for i := 0; i < 8; i += 2 {
			var pair [2]uint32
			for k := range pair {
				bpm := 120 + 18*math.Sin(float64(beats+i+k)/90)
				rates = append(rates, byte(bpm))
				event += uint32(60 / bpm * 1024)
				pair[k] = event & 0xFFF
			}
			packed = append(packed, byte(pair[0]), byte(pair[0]>>8|pair[1]<<4), byte(pair[1]>>4))
		}
		heart.message(0, fitHeart, fitPlain(6, rates), fitPlain(10, packed))
	}
	return append(f.bytes(), heart.bytes()...)
}

// fitBundle returns the FIT files of testdata, by name.
func fitBundle(run, ride workout) map[string][]byte {
	easy := workout{
		sport: "Running", seed: 21, calories: 88, every: 2, start: time.Date(2023, 4, 1, 7, 0, 0, 0, time.UTC),
		legs: []leg{{seconds: 300, speed: 2.9}, {seconds: 20, speed: 0}, {seconds: 240, speed: 3.1, lap: true}},
	}
	whole := easy.fit(fitOptions{product: 3907, sport: 1, sub: 3, dynamics: true, zone: 2 * time.Hour})
	changed := append([]byte{}, whole...)
	changed[len(changed)-1]++
	short := workout{sport: "Running", seed: 22, calories: 14, start: time.Date(2019, 3, 2, 9, 0, 0, 0, time.UTC), legs: []leg{{seconds: 60, speed: 2.8}}}
	settings := fitWriter{}
	settings.message(0, fitFileID, fitPlain(0, byte(2)), fitPlain(1, uint16(1)), fitPlain(2, uint16(3907)))
	small := short.fit(fitOptions{product: 2050, sport: 1})
	return map[string][]byte{
		"fit/easy-run.fit":         whole,
		"fit/evening-run.fit":      run.fit(fitOptions{product: 2050, sport: 1}),
		"fit/power-ride.fit":       ride.fit(fitOptions{product: 2713, sport: 2, sub: 46, developer: true, zone: -3 * time.Hour}),
		"fit/pool-swim.fit":        poolSwim(),
		"fit/chained.fit":          append(settings.bytes(), small...),
		"fit/broken/truncated.fit": whole[:len(whole)*2/3],
		"fit/broken/checksum.fit":  changed,
		"fit/broken/settings.fit":  settings.bytes(),
		"fit/broken/garbage.fit":   append([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"), small...),
	}
}
