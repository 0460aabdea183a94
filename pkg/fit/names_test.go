package fit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/muktihari/fit/profile/factory"
	"github.com/muktihari/fit/profile/typedef"

	"github.com/bandport/bandport/pkg/activity"
)

// list writes a table of names as the folder names holds it.
func list[T any](values []T, number func(T) int, none ...int) string {
	var b strings.Builder
values:
	for _, v := range values {
		for _, n := range none {
			if number(v) == n {
				continue values
			}
		}
		fmt.Fprintf(&b, "%d %v\n", number(v), v)
	}
	return b.String()
}

// The tables are those of the profile that another library generates from
// Garmin's: nothing is missing, and nothing is made up.
func TestNamesAreThoseOfTheProfile(t *testing.T) {
	for name, tt := range map[string]struct{ got, want string }{
		"manufacturers": {manufacturers, list(typedef.ListManufacturer(), func(v typedef.Manufacturer) int { return int(v) }, 0xFFFF)},
		"products":      {garminProducts, list(typedef.ListGarminProduct(), func(v typedef.GarminProduct) int { return int(v) }, 0xFFFF)},
		"sports":        {sports, list(typedef.ListSport(), func(v typedef.Sport) int { return int(v) }, 254, 255)},
		"sub-sports":    {subSports, list(typedef.ListSubSport(), func(v typedef.SubSport) int { return int(v) }, 254, 255)},
		"file types":    {fileTypes, list(typedef.ListFile(), func(v typedef.File) int { return int(v) }, 255)},
	} {
		if tt.got != tt.want {
			t.Errorf("the %s are not those of the profile; it has:\n%s", name, tt.want)
		}
	}
	var all []uint16
	for _, m := range typedef.ListMesgNum() {
		if m < 0xFF00 {
			all = append(all, uint16(m))
		}
	}
	if bits(all...) != messages {
		t.Errorf("messages %v", all)
	}
	for global, got := range known {
		var want [4]uint64
		for i := range 256 {
			if f := factory.CreateField(typedef.MesgNum(global), byte(i)); f.FieldBase != nil && f.Name != "unknown" {
				want[i/64] |= 1 << (i % 64)
			}
		}
		if got != want {
			t.Errorf("fields of message %d: %#x, want %#x", global, got, want)
		}
	}
	for i, s := range triggers {
		if want := typedef.LapTrigger(i).String(); s != want {
			t.Errorf("trigger %d is %s, not %s", i, want, s)
		}
	}
	for i, s := range intensities {
		if want := typedef.Intensity(i).String(); s != want {
			t.Errorf("intensity %d is %s, not %s", i, want, s)
		}
	}
}

// The small tables of devices, batteries and strokes are those of the profile.
func TestSmallTables(t *testing.T) {
	for what, tt := range map[string]struct {
		got  func(int) string
		want func(int) string
	}{
		"battery": {func(i int) string { return of(batteries[:], i) }, func(i int) string { return typedef.BatteryStatus(i).String() }},
		"source":  {func(i int) string { return of(sources[:], i) }, func(i int) string { return typedef.SourceType(i).String() }},
		"stroke":  {func(i int) string { return of(strokes[:], i) }, func(i int) string { return typedef.SwimStroke(i).String() }},
		"ANT+":    {func(i int) string { return kindOf(1, i) }, func(i int) string { return typedef.AntplusDeviceType(i).String() }},
		"BLE":     {func(i int) string { return kindOf(3, i) }, func(i int) string { return typedef.BleDeviceType(i).String() }},
		"local":   {func(i int) string { return kindOf(5, i) }, func(i int) string { return typedef.LocalDeviceType(i).String() }},
	} {
		for i := range 255 {
			want := tt.want(i)
			if strings.Contains(want, "(") { // a number that has no name
				want = ""
			}
			if got := tt.got(i); got != want {
				t.Errorf("%s %d is %q, want %q", what, i, got, want)
			}
		}
	}
	for _, n := range natives {
		f := factory.CreateField(typedef.MesgNumRecord, n.num)
		name := strings.TrimPrefix(f.Name, "enhanced_")
		switch n.num { // fields that count on in another, and the larger of two sizes
		case 18:
			name = "total_cycles"
		case 28:
			name = "accumulated_power"
		case 87:
			name = "cycle_length"
		}
		if name != n.name || f.Scale != n.scale || f.Offset != n.offset {
			t.Errorf("field %d is %s with %v, %v, want %+v", n.num, f.Name, f.Scale, f.Offset, n)
		}
		if !strings.EqualFold(f.Units, n.unit) && n.num != 99 {
			t.Errorf("field %d is in %s", n.num, f.Units)
		}
	}
}

func TestName(t *testing.T) {
	for number, want := range map[int]string{1: "garmin", 23: "suunto", 265: "strava", -1: "", 60000: "60000"} {
		if got := nameOr(manufacturers, number); got != want {
			t.Errorf("%d is %q, want %q", number, got, want)
		}
	}
	if product(garmin, 2050) != "fenix3" || product(23, 2050) != "" {
		t.Error("only Garmin's products have names")
	}
}

// Every row gives a sport that Strava has, for one that the profile has, and can
// be reached.
func TestSports(t *testing.T) {
	for i, row := range strava {
		if _, ok := activity.ParseSport(string(row.to)); !ok {
			t.Errorf("%s is no sport of Strava", row.to)
		}
		if name(sports, row.sport) == "" || row.sub != anySub && name(subSports, row.sub) == "" {
			t.Errorf("%d/%d is not in the profile", row.sport, row.sub)
		}
		if sub := row.sub; sportOf(row.sport, sub) != row.to {
			t.Errorf("row %d, %d/%d, gives %s", i, row.sport, sub, sportOf(row.sport, sub))
		}
	}
	// Each sport of the profile is decided, once.
	for line := range strings.Lines(sports) {
		var number int
		var word string
		if _, err := fmt.Sscan(line, &number, &word); err != nil {
			t.Fatal(err)
		}
		_, none := unmatched[number]
		if some := sportOf(number, anySub) != ""; some == none {
			t.Errorf("%s (%d): in the table %v, among those that Strava does not have %v", word, number, some, none)
		}
	}
	for number, word := range unmatched {
		if word == "" || name(sports, number) == "" {
			t.Errorf("%d is not in the profile", number)
		}
	}
	if sportOf(20, 0) != "" || sportOf(-1, -1) != "" {
		t.Error("a sport out of nothing")
	}
	if got := rawSport(2, 8); got != "cycling/mountain" {
		t.Error(got)
	}
}

func TestCRC(t *testing.T) {
	b := []byte("123456789")
	for cut := range b {
		if got := crc16(crc16(0, b[:cut]), b[cut:]); got != 0xBB3D {
			t.Errorf("cut at %d: %04X", cut, got)
		}
	}
}
