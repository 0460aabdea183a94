package fit_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

func TestLengths(t *testing.T) {
	fields := []def{{253, 4, u32}, {2, 4, u32}, {3, 4, u32}, {4, 4, u32}, {5, 2, u16}, {7, 1, enum}, {12, 1, enum}}
	w := whole(4).define(1, 101, fields).
		message(1, noon+30, noon, uint32(30500), uint32(30250), uint16(11), byte(0), byte(1)).
		message(1, noon+40, noon+30, uint32(10000), uint32(10000), uint16(0xFFFF), byte(0xFF), byte(0)).
		message(1, noon+70, noon+40, uint32(30000), uint32(0xFFFFFFFF), uint16(12), byte(4), byte(1)).
		define(2, 18, []def{{253, 4, u32}, {2, 4, u32}, {5, 1, enum}, {6, 1, enum}, {44, 2, u16}}).message(2, noon+70, noon, byte(5), byte(17), uint16(2286))
	f := decode(t, w.file())
	start := time.Unix(1717243200, 0).UTC()
	want := []activity.Length{
		{Start: start, Timer: activity.Of(30.25), Active: true, Strokes: activity.Of(11), Stroke: "freestyle"},
		{Start: start.Add(30 * time.Second), Timer: activity.Of(10)},
		{Start: start.Add(40 * time.Second), Timer: activity.Of(30), Active: true, Strokes: activity.Of(12), Stroke: "drill"},
	}
	a := &f.Activities[1] // the session of whole, which began at the same time, is the first
	if diff := cmp.Diff(want, a.Lengths); diff != "" {
		t.Error(diff)
	}
	if a.PoolLength != activity.Of(22.86) || a.Sport != activity.Swim {
		t.Errorf("%s in a pool of %v m", a.Sport, a.PoolLength)
	}
}

func TestDevices(t *testing.T) {
	fields := []def{
		{0, 1, u8}, {1, 1, u8}, {2, 2, u16}, {3, 4, uint32z}, {4, 2, u16}, {5, 2, u16}, {10, 2, u16}, {11, 1, u8}, {25, 1, enum}, {32, 1, u8}, {27, 6, str},
	}
	const none16, none8 = uint16(0xFFFF), byte(0xFF)
	w := whole(4).define(1, 23, fields).
		message(1, byte(0), none8, uint16(1), uint32(3901234567), uint16(2050), uint16(950), none16, none8, none8, byte(80), "\x00\x00\x00\x00\x00\x00").
		message(1, byte(1), byte(4), uint16(1), uint32(0), uint16(2050), uint16(950), none16, none8, byte(5), none8, "\x00\x00\x00\x00\x00\x00").
		message(1, byte(2), byte(120), uint16(123), uint32(77), uint16(3), uint16(410), uint16(746), byte(3), byte(1), none8, "H10\x00\x00\x00").
		message(1, byte(3), byte(2), uint16(95), uint32(8), uint16(5), none16, none16, none8, byte(3), none8, "Stryd\x00").
		// later, of the strap: the battery went down; the number 3 is now another device
		message(1, byte(2), none8, none16, uint32(77), none16, none16, uint16(700), byte(4), none8, none8, "\x00\x00\x00\x00\x00\x00").
		message(1, byte(3), byte(11), uint16(1), uint32(9), uint16(1), none16, none16, none8, none8, none8, "\x00\x00\x00\x00\x00\x00").
		message(1, none8, byte(11), uint16(1), uint32(9), uint16(1), none16, none16, none8, none8, none8, "\x00\x00\x00\x00\x00\x00").
		define(1, 375, []def{{0, 1, u8}, {1, 2, u16}, {2, 1, u8}}).message(1, byte(3), uint16(768), byte(2))
	a := one(t, w.file())
	want := []activity.Device{
		{Name: "fenix3", Manufacturer: "garmin", Product: 2050, Serial: "3901234567", Version: "9.50", Barometric: true, BatteryLevel: activity.Of(80)},
		{Name: "fenix3", Manufacturer: "garmin", Product: 2050, Version: "9.50", Kind: "barometer", Source: "local"},
		{Name: "H10", Manufacturer: "polar_electro", Product: 3, Serial: "77", Version: "4.10", Kind: "heart_rate", Source: "antplus", BatteryStatus: "low", BatteryVoltage: activity.Of(700. / 256)},
		{Name: "Stryd", Manufacturer: "stryd", Product: 5, Serial: "8", Kind: "bike_power", Source: "bluetooth_low_energy"},
		{Name: "hrm1", Manufacturer: "garmin", Product: 1, Serial: "9", Kind: "bike_power", BatteryStatus: "good", BatteryVoltage: activity.Of(3)},
	}
	if diff := cmp.Diff(want, a.Devices); diff != "" {
		t.Error(diff)
	}
	if a.Device != want[0] {
		t.Errorf("recorded by %+v", a.Device)
	}
}

func TestBarometerTold(t *testing.T) {
	const (
		unknown        = 60000 // no product of Garmin's has this number
		ant, own       = 1, 5  // how a sensor is connected: antplus, local
		gps, barometer = 0, 4
	)
	for _, tt := range []struct {
		name                  string
		manufacturer, product int
		source, kind          byte
		want                  bool
	}{
		{"a new Garmin names one among its own sensors", 1, unknown, own, barometer, true},
		{"a new Garmin names a receiver", 1, unknown, own, gps, false},
		{"number 4 of what is connected otherwise is no barometer", 1, unknown, ant, barometer, false},
		{"another maker: unknown whether Strava would care", 255, unknown, own, barometer, false},
		{"a known product need not tell", 1, 2050, own, gps, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := write().define(0, 0, []def{{0, 1, enum}, {1, 2, u16}, {2, 2, u16}}).
				message(0, byte(4), uint16(tt.manufacturer), uint16(tt.product)).
				define(1, 23, []def{{0, 1, u8}, {1, 1, u8}, {2, 2, u16}, {25, 1, enum}}).
				message(1, byte(1), tt.kind, uint16(tt.manufacturer), tt.source).
				define(2, 20, []def{{253, 4, u32}, {2, 2, u16}})
			for i := range 3 {
				w.message(2, noon+uint32(i), uint16(2600+i))
			}
			if a := one(t, w.file()); a.Device.Barometric != tt.want {
				t.Errorf("%+v, of %+v", a.Device, a.Devices)
			}
		})
	}
}

func TestNativeStreams(t *testing.T) {
	fields := []def{{253, 4, u32}, {18, 1, u8}, {28, 2, u16}, {39, 2, u16}, {41, 2, u16}, {108, 2, u16}, {99, 1, u8}, {9, 2, sint16}}
	w := write().fileID(4).define(0, 20, fields)
	for i := range 5 {
		stance := uint16(0xFFFF)
		if i == 2 {
			stance = 2435
		}
		w.message(0, noon+uint32(i), byte(100*i), uint16(40000*i), uint16(85+i), stance, uint16(1550), byte(15), int16(-250))
	}
	a := one(t, w.session(noon, 5, 1, 0).file())
	none := activity.Value{}
	all := func(v ...float64) (out []activity.Value) {
		for i := range 5 {
			out = append(out, activity.Of(v[min(i, len(v)-1)]))
		}
		return out
	}
	want := []activity.Stream{
		{Name: "total_cycles", Unit: "cycles", Values: all(0, 100, 200, 300, 400)}, // eight bits
		{Name: "accumulated_power", Unit: "watts", Values: all(0, 40000, 80000, 120000, 160000)},
		{Name: "vertical_oscillation", Unit: "mm", Values: all(8.5, 8.6, 8.7, 8.8, 8.9)},
		{Name: "stance_time", Unit: "ms", Values: []activity.Value{none, none, activity.Of(243.5), none, none}},
		{Name: "respiration_rate", Unit: "breaths/min", Values: all(15.5)}, // the finer one, wherever it stands
		{Name: "grade", Unit: "%", Values: all(-2.5)},
	}
	if diff := cmp.Diff(want, a.Streams); diff != "" {
		t.Error(diff)
	}
	if len(a.DeveloperFields) != 0 {
		t.Errorf("%v", a.DeveloperFields)
	}
}

func TestDescriptionsOfDeveloperFields(t *testing.T) {
	w := write().fileID(4).
		define(1, 207, []def{{1, 16, 0x0D}, {2, 2, u16}, {3, 1, u8}}).message(1, "\x18\xfb\x2c\xf0\x1a\x4b\x43\x0d\xad\x66\x98\x8c\x84\x74\x21\xf4", uint16(95), byte(1)).
		define(1, 206, []def{{0, 1, u8}, {1, 1, u8}, {2, 1, u8}, {3, 6, str}, {8, 2, str}}).
		message(1, byte(0), byte(0), byte(str), "Mood\x00\x00", "\x00\x00").
		message(1, byte(1), byte(0), byte(u16), "Power\x00", "W\x00").
		define(0, 20, []def{{253, 4, u32}}, def{0, 2, 1}, def{0, 5, 0}).
		message(0, noon, uint16(250), "good\x00").message(0, noon+1, uint16(0xFFFF), "bad\x00\x00").message(0, noon+2, uint16(260), "good\x00").
		session(noon, 4, 1, 0)
	f := decode(t, w.file())
	a := &f.Activities[0]
	want := []activity.DeveloperField{
		{Name: "Mood"},
		{Name: "Power", Unit: "W", App: "18fb2cf0-1a4b-430d-ad66-988c847421f4", Manufacturer: "stryd", Records: 2},
	}
	if diff := cmp.Diff(want, a.DeveloperFields); diff != "" {
		t.Error(diff)
	}
	streams := []activity.Stream{{Name: "Power", Unit: "W", Values: []activity.Value{activity.Of(250), {}, activity.Of(260)}}}
	if diff := cmp.Diff(streams, a.Streams); diff != "" {
		t.Error(diff)
	}
	if got := codes(f); !slices.Equal(got, []finding.Code{finding.FITDeveloper}) {
		t.Errorf("%v, want that the text is passed over", got)
	}
}

// hearts adds hr messages: one that anchors the strap's clock at its time of
// event, and one of eight beats that count on from there, a second apart.
func (w *writer) hearts(at uint32, event uint32) *writer {
	w.define(5, 132, []def{{253, 4, u32}, {0, 2, u16}, {6, 1, u8}, {9, 4, u32}}).message(5, at, uint16(16384), byte(60), event)
	var packed []byte
	last := event
	for range 4 {
		a, b := (last+1024)&0xFFF, (last+2048)&0xFFF
		packed = append(packed, byte(a), byte(a>>8|b<<4), byte(b>>4))
		last += 2048
	}
	return w.define(5, 132, []def{{6, 8, u8}, {10, 12, 0x0D}}).
		message(5, []byte{61, 62, 63, 64, 65, 66, 67, 0xFF}, packed)
}

func TestHeartRateOfAStrapsMemory(t *testing.T) {
	bare := func(seconds ...uint32) *writer {
		w := write().fileID(4).define(0, 20, []def{{253, 4, u32}, {3, 1, u8}})
		for _, s := range seconds {
			w.message(0, noon+s, byte(0xFF))
		}
		return w
	}
	heart := func(t *testing.T, data []byte, want ...float32) {
		t.Helper()
		f := decode(t, data)
		a := &f.Activities[0]
		var got []float32
		known := 0
		for _, r := range a.Records {
			if r.Has&activity.HeartRate == 0 {
				got = append(got, 0)
				continue
			}
			got = append(got, r.HeartRate)
			known++
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		told := slices.IndexFunc(a.Findings, func(x finding.Finding) bool { return x.Code == finding.FITHeartRateMemory })
		if (told >= 0) != (known > 0) {
			t.Errorf("%d heart rates, %v", known, a.Findings)
		}
	}
	// Beats are at 0.5 s, 1.5 s, … of 60, 61, … bpm.
	t.Run("in the same file", func(t *testing.T) {
		heart(t, bare(0, 1, 2, 3).session(noon, 4, 5, 17).hearts(noon, 5000).file(), 0, 60, 61, 62)
	})
	t.Run("in a file of its own", func(t *testing.T) {
		heart(t, join(bare(0, 1, 2, 3).session(noon, 4, 5, 17).file(), write().hearts(noon, 5000).file()), 0, 60, 61, 62)
	})
	t.Run("the strap's clock runs over", func(t *testing.T) {
		heart(t, bare(1, 2, 3).session(noon, 4, 5, 17).hearts(noon, math.MaxUint32-500).file(), 60, 61, 62)
	})
	t.Run("the mean where records are further apart", func(t *testing.T) {
		heart(t, bare(0, 3, 6).session(noon, 7, 5, 17).hearts(noon, 0).file(), 0, 61, 64)
	})
	t.Run("nothing after the last beat", func(t *testing.T) {
		heart(t, bare(1, 8, 12, 13).session(noon, 20, 5, 17).hearts(noon, 0).file(), 60, 64, 0, 0)
	})
	t.Run("nothing without an anchor", func(t *testing.T) {
		w := bare(0, 1).session(noon, 4, 5, 17)
		heart(t, w.define(5, 132, []def{{6, 2, u8}, {10, 3, 0x0D}}).message(5, []byte{61, 62}, []byte{1, 2, 3}).file(), 0, 0)
	})
	t.Run("a field with too many beats, twice", func(t *testing.T) {
		w := bare(0, 1).session(noon, 4, 5, 17)
		w.define(5, 132, []def{{6, 255, u8}, {9, 252, u32}, {9, 252, u32}, {9, 252, u32}, {10, 255, 0x0D}}).message(5, make([]byte, 255+3*252+255))
		heart(t, w.file(), 0, 0)
	})
	t.Run("what the watch measured stays", func(t *testing.T) {
		data := whole(3).hearts(noon, 0).file()
		heart2 := decode(t, data)
		for _, r := range heart2.Activities[0].Records {
			if r.HeartRate != 120 {
				t.Errorf("%v bpm", r.HeartRate)
			}
		}
		if slices.Contains(codes(heart2), finding.FITHeartRateMemory) {
			t.Error("nothing was given to any record")
		}
	})
}

// Over the laps that were swum the heart rate of the strap's memory is that which
// the watch gives for the lap. (Of rests it gives the last.)
func TestHeartRateOfRealStraps(t *testing.T) {
	for _, file := range []string{"elevate/spiros-02.fit", "python-fitparse/event_timestamp.fit", "tormoder-fit/activity_poolswim_with_hr.fit"} {
		f := decode(t, codectest.CorpusFile(t, file))
		a := &f.Activities[0]
		near, laps := 0, 0
		for _, l := range a.Laps {
			want, ok := l.Totals.AverageHeartRate.Get()
			sum, n := 0.0, 0
			for _, r := range a.Records[l.Records.First:l.Records.End] {
				if r.Has&activity.HeartRate != 0 {
					sum, n = sum+float64(r.HeartRate), n+1
				}
			}
			if !ok || n < 20 || l.Totals.Distance.Or(0) == 0 {
				continue
			}
			if laps++; math.Abs(sum/float64(n)-want) <= 3 {
				near++
			}
		}
		if t.Logf("%s: %d of %d laps within 3 bpm", file, near, laps); near*10 < laps*9 || laps < 10 {
			t.Error("that is too few")
		}
	}
}

// Of each pool swim of the corpus all lengths are found, and those that were
// swum are as long as the session says.
func TestLengthsOfRealSwims(t *testing.T) {
	swims := 0
	for _, e := range codectest.Corpus(t, "fit") {
		if !strings.Contains(e.Notes, "swim lengths") {
			continue
		}
		f := decode(t, e.Data(t))
		for i := range f.Activities {
			a := &f.Activities[i]
			if len(a.Lengths) == 0 {
				continue
			}
			swims++
			n, seconds := 0, 0.0
			for _, l := range a.Lengths {
				if l.Active {
					n, seconds = n+1, seconds+l.Timer.Or(0)
				}
			}
			if d := float64(n) * a.PoolLength.Or(0); math.Abs(d-a.Totals.Distance.Or(0)) > 0.05 {
				t.Errorf("%s: %d lengths of %v m, and %v m in the session", e.File, n, a.PoolLength, a.Totals.Distance)
			}
			if timer := a.Totals.TimerTime.Or(0); seconds > timer+1 || seconds < timer/2 {
				t.Errorf("%s: %v s in the water, %v s on the timer", e.File, seconds, timer)
			}
		}
	}
	if swims < 9 {
		t.Errorf("%d pool swims", swims)
	}
}
