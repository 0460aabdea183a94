package main

import (
	"encoding/binary"
	"math"
	"time"
)

// fitEpoch is where FIT begins to count seconds.
var fitEpoch = time.Date(1989, 12, 31, 0, 0, 0, 0, time.UTC)

// field is a field of a FIT definition: number, size and base type.
type field struct{ num, size, base byte }

// Base types of FIT.
const (
	fitEnum, fitU8, fitU16, fitS32, fitU32, fitU32z = 0x00, 0x02, 0x84, 0x85, 0x86, 0x8C
)

// fitFile is a FIT file that is being written, without its frame.
type fitFile struct{ data []byte }

func (f *fitFile) define(local byte, global uint16, fields ...field) {
	f.data = append(f.data, 0x40|local, 0, 0)
	f.data = binary.LittleEndian.AppendUint16(f.data, global)
	f.data = append(f.data, byte(len(fields)))
	for _, d := range fields {
		f.data = append(f.data, d.num, d.size, d.base)
	}
}

// message adds a message; the values have the sizes of their types.
func (f *fitFile) message(local byte, values ...any) {
	f.data = append(f.data, local)
	for _, v := range values {
		switch v := v.(type) {
		case byte:
			f.data = append(f.data, v)
		case uint16:
			f.data = binary.LittleEndian.AppendUint16(f.data, v)
		case uint32:
			f.data = binary.LittleEndian.AppendUint32(f.data, v)
		case int32:
			f.data = binary.LittleEndian.AppendUint32(f.data, uint32(v))
		}
	}
}

// framed returns the file with a header of 14 bytes and its checksums.
func (f *fitFile) framed() []byte {
	b := []byte{14, 0x20, 0x54, 0x08}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.data)))
	b = append(b, ".FIT"...)
	b = binary.LittleEndian.AppendUint16(b, fitChecksum(b))
	b = append(b, f.data...)
	return binary.LittleEndian.AppendUint16(b, fitChecksum(b))
}

// fitChecksum is CRC-16/ARC, bit by bit.
func fitChecksum(b []byte) uint16 {
	var c uint16
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

// rawRecord is what a record holds, in the numbers of FIT.
type rawRecord struct {
	time           uint32
	lat, lon       int32
	altitude       uint16
	heart, cadence byte
	distance       uint32
	speed          uint16
}

// fitRecords returns the trackpoints of the workout.
func (w workout) fitRecords() []rawRecord {
	var out []rawRecord
	for _, l := range w.laps() {
		for _, s := range l.samples {
			out = append(out, rawRecord{
				time: fitSeconds(s.at), lat: semicircles(s.lat), lon: semicircles(s.lon), altitude: uint16(math.Round((s.alt + 500) * 5)),
				heart: byte(s.heart), cadence: byte(s.cadence), distance: uint32(math.Round(s.metres * 100)), speed: uint16(math.Round(s.speed * 1000)),
			})
		}
	}
	return out
}

func fitSeconds(t time.Time) uint32 { return uint32(t.Sub(fitEpoch) / time.Second) }
func semicircles(degrees float64) int32 {
	return int32(math.Round(degrees / 180 * (1 << 31)))
}

// fitParts says what a file holds beside its records.
type fitParts struct {
	noSession bool
	redefine  int // records before the definition is repeated; 0: never
	course    bool
	claim     uint32 // cm beside the distance, in lap and session
	noSport   bool
}

// fit returns a run of these records as a watch writes it.
func fit(recs []rawRecord, p fitParts) []byte {
	var f fitFile
	first, last := recs[0], recs[len(recs)-1]
	f.define(0, 0, field{0, 1, fitEnum}, field{1, 2, fitU16}, field{2, 2, fitU16}, field{3, 4, fitU32z}, field{4, 4, fitU32})
	kind, sport := byte(4), byte(1)
	if p.course {
		kind = 6
	}
	if p.noSport {
		sport = 0xFF
	}
	f.message(0, kind, uint16(1), uint16(1967), uint32(1), first.time)
	f.define(1, 12, field{0, 1, fitEnum}, field{1, 1, fitEnum}) // sport: running
	f.message(1, sport, byte(0))
	f.define(2, 21, field{253, 4, fitU32}, field{0, 1, fitEnum}, field{1, 1, fitEnum}) // events of the timer
	f.message(2, first.time, byte(0), byte(0))
	record := func() {
		f.define(3, 20, field{253, 4, fitU32}, field{0, 4, fitS32}, field{1, 4, fitS32}, field{2, 2, fitU16},
			field{3, 1, fitU8}, field{4, 1, fitU8}, field{5, 4, fitU32}, field{6, 2, fitU16})
	}
	record()
	for i, r := range recs {
		if p.redefine > 0 && i > 0 && i%p.redefine == 0 {
			record()
		}
		f.message(3, r.time, r.lat, r.lon, r.altitude, r.heart, r.cadence, r.distance, r.speed)
	}
	f.message(2, last.time, byte(0), byte(4))
	if !p.noSession {
		total := (last.time - first.time) * 1000
		for _, s := range []struct {
			global            uint16
			event, sport, sub byte
		}{{global: 19, event: 9, sport: 25, sub: 39}, {global: 18, event: 8, sport: 5, sub: 6}} {
			f.define(4, s.global, field{253, 4, fitU32}, field{2, 4, fitU32}, field{7, 4, fitU32}, field{8, 4, fitU32}, field{9, 4, fitU32},
				field{0, 1, fitEnum}, field{1, 1, fitEnum}, field{s.sport, 1, fitEnum}, field{s.sub, 1, fitEnum})
			f.message(4, last.time, first.time, total, total, last.distance-first.distance+p.claim, s.event, byte(1), sport, byte(0))
		}
		f.define(5, 34, field{253, 4, fitU32}, field{0, 4, fitU32}, field{1, 2, fitU16}, field{2, 1, fitEnum}, field{3, 1, fitEnum}, field{4, 1, fitEnum})
		f.message(5, last.time, total, uint16(1), byte(0), byte(26), byte(1))
	}
	return f.framed()
}
