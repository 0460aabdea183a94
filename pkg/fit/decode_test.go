package fit_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

func decode(t *testing.T, data []byte) activity.File {
	t.Helper()
	f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Activities {
		codectest.Sound(t, &f.Activities[i])
	}
	return f
}

func one(t *testing.T, data []byte) *activity.Activity {
	t.Helper()
	f := decode(t, data)
	if len(f.Activities) != 1 {
		t.Fatalf("%d activities", len(f.Activities))
	}
	return &f.Activities[0]
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// Each row is one way in which real files differ from what the protocol says,
// or one that it allows and programs get wrong. All hold a run of four records.
func TestFraming(t *testing.T) {
	plain := whole(4).file()
	changed := func(at int, b byte) []byte {
		out := bytes.Clone(plain)
		out[(at+len(out))%len(out)] = b
		return out
	}
	size := uint32(len(whole(4).data))
	for _, tt := range []struct {
		name    string
		data    []byte
		records int
		want    []finding.Code
	}{
		{"as it should be", plain, 4, nil},
		{"short header", whole(4).framed(12, size, false), 4, nil},
		{"long header", whole(4).framed(20, size, true), 4, nil},
		{"header checksum 0", whole(4).framed(14, size, false), 4, nil},
		{"header checksum wrong", changed(12, plain[12]+1), 4, []finding.Code{finding.FITHeaderCRC, finding.FITCRC}},
		{"checksum wrong", changed(-1, plain[len(plain)-1]+1), 4, []finding.Code{finding.FITCRC}},
		{"checksum missing", plain[:len(plain)-2], 4, []finding.Code{finding.FITCRCMissing}},
		{"half a checksum", plain[:len(plain)-1], 4, []finding.Code{finding.FITCRCMissing}},
		{"size 0", whole(4).framed(14, 0, true), 4, []finding.Code{finding.FITSize}},
		{"size 0 without a checksum", whole(4).framed(14, 0, true)[:len(plain)-2], 4, []finding.Code{finding.FITSize}},
		{"size too large, checksum right", whole(4).framed(14, size+100, true), 4, []finding.Code{finding.FITSize}},
		{"size of 4 GB", whole(4).framed(14, 0xFFFFFFFF, true), 4, []finding.Code{finding.FITSize}},
		{"size too large, checksum wrong", func() []byte {
			b := whole(4).framed(14, size+100, true)
			b[len(b)-1]++
			return b
		}(), 4, []finding.Code{finding.FITTruncated}},
		{"size too small", whole(4).framed(14, size-5, true), 4, []finding.Code{finding.FITMalformed, finding.FITNoSession, finding.FITSportMissing}},
		{"bytes behind", join(plain, []byte("no more than garbage")), 4, []finding.Code{finding.FITTrailing}},
		{"zeros behind", join(plain, make([]byte, 3)), 4, []finding.Code{finding.FITTrailing}},
		{"bytes before", join([]byte("HTTP/1.1 200 OK .FIT\r\n\r\n"), plain), 4, []finding.Code{finding.FITLeading}},
		{"cut within a record", plain[:len(plain)-2-68-4], 3, []finding.Code{finding.FITTruncated, finding.FITNoSession, finding.FITSportMissing}},
		{"undefined message behind", whole(4).raw(7, 1, 2).file(), 4, []finding.Code{finding.FITMalformed}},
		{"chain", join(plain, write().fileID(2).file()), 4, []finding.Code{finding.FITChained}},
		{"chain, settings first", join(write().fileID(2).file(), plain), 4, []finding.Code{finding.FITChained}},
		{"chain without file_id", join(plain, write().define(0, 132, []def{{253, 4, u32}}).message(0, noon).file()), 4, []finding.Code{finding.FITChained}},
		{"chain with garbage between", join(plain, []byte("??"), write().fileID(2).file()), 4, []finding.Code{finding.FITTrailing, finding.FITChained}},
		{"chain, the first is damaged", join(whole(4).raw(7, 1, 2).file(), write().fileID(2).file()), 4, []finding.Code{finding.FITMalformed, finding.FITChained}},
		{"chain, the second is only a header", join(plain, plain[:14]), 4, []finding.Code{finding.FITTruncated, finding.FITChained}},
		{"big-endian", write().big().fileID(4).records(4).session(noon, 4, 1, 3).file(), 4, nil},
		{"both byte orders", write().fileID(4).records(4).big().session(noon, 4, 1, 3).file(), 4, nil},
		{"unknown message", whole(4).define(1, 0xFF00, []def{{0, 2, u16}}).message(1, uint16(1)).file(), 4, []finding.Code{finding.FITUnknownMessage}},
		{"unknown field", write().fileID(4).define(0, 20, append(slices.Clone(recordFields), def{200, 1, u8})).
			record(noon, 0).raw(1).record(noon+1, 1).raw(1).record(noon+2, 2).raw(1).record(noon+3, 3).raw(1).
			session(noon, 4, 1, 3).file(), 4, []finding.Code{finding.FITUnknownField}},
		{"no such base type", whole(4).define(1, 20, []def{{3, 1, 0x5F}}).file(), 4, []finding.Code{finding.FITBaseType}},
		{"odd size", whole(4).define(1, 20, []def{{2, 3, u16}}).file(), 4, []finding.Code{finding.FITFieldSize}},
		{"not an activity", write().fileID(6).records(4).session(noon, 4, 1, 3).file(), 4, []finding.Code{finding.FITType}},
		{"no session", write().fileID(4).records(4).file(), 4, []finding.Code{finding.FITNoSession, finding.FITSportMissing}},
		{"no records", write().fileID(4).session(noon, 4, 1, 3).file(), 0, []finding.Code{finding.FITNoRecords}},
		{"no sport", write().fileID(4).records(4).session(noon, 4, 0xFF, 0xFF).file(), 4, []finding.Code{finding.FITSportMissing}},
		{"a sport that Strava does not have", write().fileID(4).records(4).session(noon, 4, 20, 0).file(), 4, []finding.Code{finding.FITSportUnknown}},
		{"a record without a time", whole(4).define(1, 20, []def{{3, 1, u8}}).message(1, byte(1)).file(), 4, []finding.Code{finding.FITTimeMissing}},
		{"backward and double", whole(4).record(noon, 0).record(noon, 0).file(), 6, []finding.Code{finding.FITTimeBackward, finding.FITTimeDouble}},
		{"no date", write().fileID(4).define(0, 20, recordFields).record(1000, 0).session(1000, 4, 1, 3).file(), 1, []finding.Code{finding.FITTimeRelative}},
		{"another century", write().fileID(4).define(0, 20, recordFields).record(0xFFFFFFFE, 0).session(noon, 4, 1, 3).file(), 1, []finding.Code{finding.FITTimeImplaus}},
		{"0,0", whole(4).message(0, noon+9, int32(0), int32(0), uint16(3000), byte(120), uint32(0), uint16(0)).file(), 5, []finding.Code{finding.FITPositionZero}},
		{"half a position", whole(4).message(0, noon+9, int32(5), int32(0x7FFFFFFF), uint16(3000), byte(120), uint32(0), uint16(0)).file(), 5, []finding.Code{finding.FITPositionRange}},
		{"beyond the pole", whole(4).message(0, noon+9, int32(1<<31-2), int32(5), uint16(3000), byte(120), uint32(0), uint16(0)).file(), 5, []finding.Code{finding.FITPositionRange}},
		{"no heart", whole(4).message(0, noon+9, int32(5), int32(5), uint16(3000), byte(0), uint32(0), uint16(0)).file(), 5, []finding.Code{finding.FITHeartRateZero}},
		{"numbers that cannot be", whole(4).define(1, 20, []def{{253, 4, u32}, {3, 4, sint32}, {5, 4, f32}, {13, 4, f32}, {78, 4, u32}}).
			message(1, noon+9, int32(-5), float32(-3), float32(1e30), uint32(4e9)).file(), 5, []finding.Code{finding.FITAltitudeRange, finding.FITNumber}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := decode(t, tt.data)
			records := 0
			for i := range f.Activities {
				records += len(f.Activities[i].Records)
			}
			if records != tt.records {
				t.Errorf("%d records, want %d", records, tt.records)
			}
			if diff := cmp.Diff(tt.want, codes(f)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			// In pieces it is the same.
			again, err := fit.Decode(context.Background(), iotest.OneByteReader(bytes.NewReader(tt.data)), fit.Options{})
			if err != nil || len(again.Activities) != len(f.Activities) || !slices.Equal(codes(again), codes(f)) {
				t.Errorf("byte by byte: %v, %v", codes(again), err)
			}
		})
	}
}

func TestNothing(t *testing.T) {
	plain := whole(4).file()
	for _, tt := range []struct {
		name string
		data []byte
		want finding.Code
		byte int64 // −1: no place
	}{
		{"empty", nil, finding.FITSignature, -1},
		{"a page of HTML", []byte("<html><body>Log in</body></html>"), finding.FITSignature, -1},
		{"half a header", plain[:13], finding.FITTruncated, 13},
		{"a header", plain[:14], finding.FITTruncated, 14},
		{"settings", write().fileID(2).file(), finding.FITEmpty, -1},
		{"an undefined message at once", write().raw(3).file(), finding.FITMalformed, 14},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := fit.Decode(context.Background(), bytes.NewReader(tt.data), fit.Options{})
			var failure *finding.Failure
			if !errors.As(err, &failure) || failure.Finding.Code != tt.want || len(f.Activities) > 0 {
				t.Fatalf("%v, want %s", err, tt.want)
			}
			if p := failure.Finding.Place; p.HasByte != (tt.byte >= 0) || p.HasByte && p.Byte != tt.byte {
				t.Errorf("at %v, want byte %d", p, tt.byte)
			}
		})
	}
}

func TestContent(t *testing.T) {
	a := one(t, write().fileID(4).timer(noon, 0).records(10).timer(noon+4, 4).timer(noon+6, 0).
		session(noon, 9, 1, 3).define(1, 34, []def{{253, 4, u32}, {5, 4, u32}}).message(1, noon+9, noon+9+2*3600).
		define(2, 23, []def{{0, 1, u8}, {2, 2, u16}, {5, 2, u16}}).message(2, byte(0), uint16(1), uint16(950)).
		message(2, byte(1), uint16(1), uint16(300)).
		define(3, 19, []def{{253, 4, u32}, {2, 4, u32}, {7, 4, u32}, {24, 1, enum}, {23, 1, enum}}).
		message(3, noon+5, noon, uint32(5000), byte(1), byte(0)).message(3, noon+9, noon+5, uint32(4000), byte(7), byte(3)).file())
	r := a.Records[3]
	want := activity.Record{
		Time: 1717243203000, Lat: r.Lat, Lon: r.Lon, Altitude: 100, Distance: 6.09, Speed: 2.03, HeartRate: 120,
		Has: activity.Time | activity.Position | activity.Altitude | activity.Distance | activity.Speed | activity.HeartRate,
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if d := max(r.Lat-10, 10-r.Lat, r.Lon-20, 20-r.Lon); d > 1e-7 {
		t.Errorf("at %v, %v", r.Lat, r.Lon)
	}
	if a.Format != "fit" || a.Sport != activity.TrailRun || a.RawSport != "running/trail" {
		t.Errorf("%s, %s, %s", a.Format, a.Sport, a.RawSport)
	}
	if a.Start != time.Unix(1717243200, 0).UTC() || a.Start.In(a.Zone).Hour() != 14 {
		t.Errorf("starts at %v in %v", a.Start, a.Zone)
	}
	device := activity.Device{Name: "fenix3", Manufacturer: "garmin", Product: 2050, Serial: "3901234567", Version: "9.50", Barometric: true}
	if diff := cmp.Diff(device, a.Device); diff != "" {
		t.Error(diff)
	}
	totals := activity.Totals{
		ElapsedTime: activity.Of(9), TimerTime: activity.Of(8.1), Distance: activity.Of(18.27), Ascent: activity.Of(12),
		Calories: activity.Of(77), AverageSpeed: activity.Of(2.03),
	}
	if a.Totals != totals {
		t.Errorf("%+v", a.Totals)
	}
	pause := activity.Pause{From: time.Unix(1717243204, 0).UTC(), To: time.Unix(1717243206, 0).UTC(), Next: 6, Source: activity.PauseTimer}
	if diff := cmp.Diff([]activity.Pause{pause}, a.Pauses); diff != "" || !a.TimerPaused {
		t.Error(diff, a.TimerPaused)
	}
	if diff := cmp.Diff([]activity.Span{{First: 0, End: 6}, {First: 6, End: 10}}, a.Tracks); diff != "" {
		t.Error(diff)
	}
	laps := []activity.Lap{
		{Start: a.Start, Records: activity.Span{First: 0, End: 5}, Totals: activity.Totals{ElapsedTime: activity.Of(5)}, Trigger: "time", Intensity: "active"},
		{Start: a.Start.Add(5 * time.Second), Records: activity.Span{First: 5, End: 10}, Totals: activity.Totals{ElapsedTime: activity.Of(4)}, Trigger: "session_end", Intensity: "cooldown"},
	}
	if len(a.Laps) != 2 || a.Laps[0] != laps[0] || a.Laps[1] != laps[1] {
		t.Errorf("%+v", a.Laps)
	}
}

func TestTimer(t *testing.T) {
	const start, stop, stopAll, stopDisable, stopDisableAll = 0, 1, 4, 8, 9
	for _, tt := range []struct {
		name   string
		events []byte // one every two seconds, from noon
		paused bool
		pauses int
	}{
		{"none", nil, false, 0},
		{"never stopped", []byte{start, stopAll}, false, 0},
		{"stop", []byte{start, stop, start, stopAll}, true, 1},
		{"stop_all", []byte{start, stopAll, start}, true, 1},
		{"stop_disable", []byte{start, stopDisable, start}, true, 1},
		{"stop_disable_all", []byte{start, stopDisableAll, start}, true, 1},
		{"stopped twice", []byte{start, stop, stopAll, start}, true, 1},
		{"started twice", []byte{start, start, stop, start, start}, true, 1},
		{"two pauses", []byte{start, stop, start, stop, start}, true, 2},
		{"a stop first", []byte{stop, start, stop, start}, false, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := whole(20)
			for i, kind := range tt.events {
				w.timer(noon+2*uint32(i), kind)
			}
			a := one(t, w.file())
			if a.TimerPaused != tt.paused || len(a.Pauses) != tt.pauses {
				t.Errorf("%v, %+v", a.TimerPaused, a.Pauses)
			}
		})
	}
	a := one(t, whole(4).timer(noon, start).timer(noon+2, stop).timer(noon+2, start).file())
	if !a.TimerPaused || len(a.Pauses) != 0 {
		t.Errorf("a pause of no time: %v, %v", a.TimerPaused, a.Pauses)
	}
}

func TestSessions(t *testing.T) {
	w := write().fileID(4).timer(noon, 0).records(30).
		timer(noon+20, 4).timer(noon+20, 0). // the end of one is the start of the next
		session(noon+20, 10, 1, 0).session(noon, 20, 2, 8).
		define(3, 19, []def{{253, 4, u32}, {2, 4, u32}}).message(3, noon+20, noon).message(3, noon+25, noon+20).message(3, noon+30, noon+25)
	f := decode(t, w.file())
	if len(f.Activities) != 2 {
		t.Fatalf("%d activities", len(f.Activities))
	}
	ride, run := &f.Activities[0], &f.Activities[1]
	if ride.Sport != activity.MountainBikeRide || len(ride.Records) != 20 || len(ride.Laps) != 1 || ride.TimerPaused {
		t.Errorf("%s with %d records and %d laps", ride.Sport, len(ride.Records), len(ride.Laps))
	}
	if run.Sport != activity.Run || len(run.Records) != 10 || len(run.Laps) != 2 || run.TimerPaused {
		t.Errorf("%s with %d records and %d laps", run.Sport, len(run.Records), len(run.Laps))
	}
}

func TestCompressedTimestamps(t *testing.T) {
	w := write().fileID(4).define(0, 20, []def{{253, 4, u32}, {3, 1, u8}}).define(1, 20, []def{{3, 1, u8}})
	w.message(0, noon, byte(100))
	at := []uint32{noon + 1, noon + 1, noon + 31, noon + 40, noon + 71}
	for _, x := range at {
		w.message(0x80|1<<5|byte(x&31), byte(101))
	}
	a := one(t, w.session(noon, 80, 1, 0).file())
	for i, x := range at {
		if got := a.Records[i+1].Time/1000 - 631065600; got != int64(x) {
			t.Errorf("record %d at %d s, want %d", i+1, got-int64(noon), x-noon)
		}
	}
	// They count from the last timestamp, whatever the message: also one that is
	// not read otherwise.
	a = one(t, write().fileID(4).define(0, 0xFF00, []def{{253, 4, u32}, {7, 2, u16}}).message(0, noon+100, uint16(1)).
		define(1, 20, []def{{3, 1, u8}}).message(0x80|1<<5|byte((noon+105)&31), byte(100)).session(noon, 9, 1, 0).file())
	if got := a.Records[0].Time/1000 - 631065600; got != int64(noon+105) {
		t.Errorf("%d s after an unknown message, want 105 s", got-int64(noon))
	}
	// Before the first timestamp they tell nothing.
	a = one(t, write().define(1, 20, []def{{3, 1, u8}}).message(0x80|1<<5|3, byte(100)).session(noon, 9, 1, 0).file())
	if len(a.Records) != 0 {
		t.Errorf("a time out of nothing: %v", a.Records[0].Time)
	}
}

// The distance of compressed_speed_distance runs over at 256 m. Each file
// begins at its own figure: nothing is left over from the one before.
func TestCompressedSpeedDistance(t *testing.T) {
	w := write().fileID(4).define(0, 20, []def{{253, 4, u32}, {8, 3, 0x0D}})
	for i := range 10 {
		ticks := uint32(i) * 100 * 16 & 0xFFF // 100 m each
		speed := uint32(275)
		packed := speed | ticks<<12
		w.message(0, noon+uint32(i), byte(packed), byte(packed>>8), byte(packed>>16))
	}
	w.message(0, noon+10, byte(0xFF), byte(0xFF), byte(0xFF))
	data := w.session(noon, 10, 1, 0).file()
	for range 2 {
		f := decode(t, join(data, data))
		for i := range f.Activities {
			a := &f.Activities[i]
			for k := range 10 {
				if r := &a.Records[k]; r.Distance != float64(k)*100 || r.Speed != 2.75 {
					t.Errorf("file %d, record %d: %v m at %v m/s", i, k, r.Distance, r.Speed)
				}
			}
			if a.Records[10].Has != activity.Time {
				t.Errorf("nothing gives %+v", a.Records[10])
			}
		}
	}
}

func TestFieldsThatDifferFromTheProfile(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields []def
		values []any
		want   activity.Record
	}{
		{"enhanced", []def{{6, 2, u16}, {73, 4, u32}, {2, 2, u16}, {78, 4, u32}}, []any{uint16(1), uint32(2031), uint16(1), uint32(3001)},
			activity.Record{Speed: 2.031, Altitude: 100.2, Has: activity.Speed | activity.Altitude}},
		{"enhanced first", []def{{73, 4, u32}, {6, 2, u16}, {78, 4, u32}, {2, 2, u16}}, []any{uint32(2031), uint16(1), uint32(3001), uint16(1)},
			activity.Record{Speed: 2.031, Altitude: 100.2, Has: activity.Speed | activity.Altitude}},
		{"enhanced is invalid", []def{{6, 2, u16}, {73, 4, u32}}, []any{uint16(2031), uint32(0xFFFFFFFF)},
			activity.Record{Speed: 2.031, Has: activity.Speed}},
		{"larger", []def{{3, 2, u16}, {7, 4, u32}}, []any{uint16(120), uint32(250)},
			activity.Record{HeartRate: 120, Power: 250, Has: activity.HeartRate | activity.Power}},
		{"smaller", []def{{5, 2, u16}}, []any{uint16(150)}, activity.Record{Distance: 1.5, Has: activity.Distance}},
		{"float", []def{{7, 4, f32}}, []any{float32(250.5)}, activity.Record{Power: 250.5, Has: activity.Power}},
		{"an array", []def{{4, 2, u8}}, []any{byte(90), byte(91)}, activity.Record{Cadence: 90, Has: activity.Cadence}},
		{"below 0", []def{{13, 1, sint8}}, []any{int8(-5)}, activity.Record{Temperature: -5, Has: activity.Temperature}},
		{"all invalid", []def{{0, 4, sint32}, {1, 4, sint32}, {2, 2, u16}, {3, 1, u8}, {4, 1, u8}, {5, 4, u32}, {6, 2, u16}, {7, 2, u16}, {13, 1, sint8}},
			[]any{int32(0x7FFFFFFF), int32(0x7FFFFFFF), uint16(0xFFFF), byte(0xFF), byte(0xFF), uint32(0xFFFFFFFF), uint16(0xFFFF), uint16(0xFFFF), int8(0x7F)},
			activity.Record{}},
		{"without the bit for the order", []def{{5, 4, 6}, {7, 2, 4}, {13, 2, 3}}, []any{uint32(150), uint16(250), int16(-5)},
			activity.Record{Distance: 1.5, Power: 250, Temperature: -5, Has: activity.Distance | activity.Power | activity.Temperature}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, w := range []*writer{write(), write().big()} {
				w.fileID(4).define(0, 20, append([]def{{253, 4, u32}}, tt.fields...)).message(0, append([]any{noon}, tt.values...)...)
				a := one(t, w.session(noon, 1, 1, 0).file())
				want := tt.want
				want.Time, want.Has = 1717243200000, want.Has|activity.Time
				if diff := cmp.Diff(want, a.Records[0]); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestDeveloperFields(t *testing.T) {
	describe := []def{{0, 1, u8}, {1, 1, u8}, {2, 1, u8}, {3, 8, str}, {8, 4, str}}
	w := write().fileID(4).define(1, 206, describe).
		message(1, byte(0), byte(5), byte(0x84), "Power\x00\x00\x00", "W\x00\x00\x00").
		message(1, byte(0), byte(6), byte(0x07), "Word\x00\x00\x00\x00", "\x00\x00\x00\x00").
		define(0, 20, []def{{253, 4, u32}}, def{5, 2, 0}, def{6, 3, 0}, def{9, 1, 0}).
		define(2, 20, []def{{253, 4, u32}}).
		message(0, noon, uint16(250), "abc", byte(1)).
		message(2, noon+1).
		message(0, noon+2, uint16(0xFFFF), "abc", byte(1)).
		message(0, noon+3, uint16(260), "abc", byte(1)).
		message(2, noon+4).session(noon, 4, 1, 0)
	f := decode(t, w.file())
	a := &f.Activities[0]
	want := []activity.Value{activity.Of(250), {}, {}, activity.Of(260), {}}
	if len(a.Streams) != 1 || a.Streams[0].Name != "Power" || a.Streams[0].Unit != "W" || !slices.Equal(a.Streams[0].Values, want) {
		t.Errorf("%+v", a.Streams)
	}
	if f.Findings[0].Code != finding.FITDeveloper || f.Findings[0].Count != 2 {
		t.Errorf("%v", f.Findings)
	}
}

// What fails on the way is told beside what was read.
func TestReaderThatFails(t *testing.T) {
	data := whole(2000).file()
	broken := errors.New("the line is dead")
	f, err := fit.Decode(context.Background(), io.MultiReader(bytes.NewReader(data[:20000]), iotest.ErrReader(broken)), fit.Options{})
	if !errors.Is(err, broken) || len(f.Activities) != 1 || len(f.Activities[0].Records) < 900 {
		t.Errorf("%v, %d activities", err, len(f.Activities))
	}
	if _, err := fit.Decode(context.Background(), iotest.ErrReader(broken), fit.Options{}); !errors.Is(err, broken) {
		t.Error(err)
	}
	idle := readerFunc(func([]byte) (int, error) { return 0, nil })
	if _, err := fit.Decode(context.Background(), idle, fit.Options{}); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f, err := fit.Decode(ctx, bytes.NewReader(whole(20_000).file()), fit.Options{})
	if !errors.Is(err, context.Canceled) || len(f.Activities) != 1 || len(f.Activities[0].Records) == 0 {
		t.Errorf("%v, %d activities", err, len(f.Activities))
	}
}

// A message of 255 fields with 255 bytes each is larger than the window.
func TestLargestMessage(t *testing.T) {
	w := write().fileID(4).records(2)
	fields := make([]def, 255)
	for i := range fields {
		fields[i] = def{byte(i), 255, 0x0D}
	}
	w.define(1, 0xFF01, fields, fields...).message(1, make([]byte, 2*255*255)).session(noon, 2, 1, 0)
	if a := one(t, w.file()); len(a.Records) != 2 || a.Sport != activity.Run {
		t.Errorf("%d records", len(a.Records))
	}
}

func TestChecksumOfTheTest(t *testing.T) {
	if c := checksum([]byte("123456789")); c != 0xBB3D { // of CRC-16/ARC
		t.Errorf("%04X", c)
	}
	data := whole(4).file()
	if binary.LittleEndian.Uint16(data[len(data)-2:]) != checksum(data[:len(data)-2]) || strings.Contains(string(data[:8]), ".FIT") {
		t.Error("the writer is wrong")
	}
}

// A device knows whom it measures.
func TestWeightOfTheWearer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		tenths uint16
		want   activity.Value
	}{
		{"71.5 kg", 715, activity.Of(71.5)},
		{"not set", 0xFFFF, activity.Value{}},
		{"zero", 0, activity.Value{}},
		{"no person's", 60000, activity.Value{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := decode(t, whole(4).define(1, 3, []def{{4, 2, u16}, {1, 1, enum}}).message(1, tt.tenths, byte(1)).file())
			if got := f.Activities[0].Weight; got != tt.want {
				t.Errorf("%v kg, want %v", got, tt.want)
			}
		})
	}
}
