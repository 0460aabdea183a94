package lexical

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		in   string
		want float64
		note NumberNote
	}{
		{"0", 0, 0}, {"-0", math.Copysign(0, -1), 0}, {"12", 12, 0}, {"+12", 12, 0}, {"-1.5e3", -1500, 0},
		{".5", .5, 0}, {"5.", 5, 0}, {"1E2", 100, 0}, {"1e+2", 100, 0}, {"1e-2", .01, 0},
		{" \t\r\n7 ", 7, 0}, {"007", 7, 0},
		{"48.13713740780950", 48.13713740780950, 0},
		{"-0.000000000000000000000000000000000123", -1.23e-34, 0},
		{"9007199254740991", 1<<53 - 1, 0}, {"9007199254740993", 1 << 53, 0},
		{"123456789012345678901234567890", 123456789012345678901234567890, 0},
		{"1.7976931348623157e308", math.MaxFloat64, 0}, {"4.9e-324", 5e-324, 0}, {"1e-400", 0, 0},
		{"1,5", 1.5, Comma}, {"-1,5e3", -1500, Comma}, {",5", .5, Comma}, {"5,", 5, Comma},
		{"48,137137407809501234567", 48.137137407809501234567, Comma},
		{strings.Repeat("0", 100) + "1,5", 1.5, Comma},
	} {
		v, note, ok := Number([]byte(c.in))
		if !ok || math.Float64bits(v) != math.Float64bits(c.want) || note != c.note {
			t.Errorf("%q: got %v, %v, %v, want %v, %v", c.in, v, note, ok, c.want, c.note)
		}
	}
	for _, in := range []string{
		"", " ", "-", "+", ".", ",", "-.", "e5", ".e5", "1e", "1e+", "1e5.", "1 2", "1.2.3", "1,2,3", "1,234.5", "1.234,5",
		"NaN", "INF", "-INF", "inf", "Infinity", "0x10", "0x1p4", "1_000", "12bpm", "--1", "1e400", "-1e400", "１", "1\x00",
		"1e99999999999999999999",
	} {
		if v, note, ok := Number([]byte(in)); ok || v != 0 || note != 0 {
			t.Errorf("%q: got %v, %v, %v", in, v, note, ok)
		}
	}
}

func TestIsBlank(t *testing.T) {
	for in, want := range map[string]bool{"": true, " \t\r\n": true, "0": false, " x ": false, "\u00a0": false} {
		if got := IsBlank([]byte(in)); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

// Numbers as programs print them: any float64, in its shortest form and with a
// fixed number of digits.
func TestNumberRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200000 {
		want := math.Float64frombits(r.Uint64())
		if r.IntN(2) == 0 {
			want = (r.Float64() - .5) * math.Pow10(r.IntN(12))
		}
		if math.IsNaN(want) || math.IsInf(want, 0) {
			continue
		}
		for _, prec := range []int{-1, 2, 7, 15, 20} {
			s := strconv.FormatFloat(want, "feg"[r.IntN(3)], prec, 64)
			parsed, err := strconv.ParseFloat(s, 64)
			if err != nil {
				continue // rounded up beyond the range
			}
			v, _, ok := Number([]byte(s))
			if !ok || math.Float64bits(v) != math.Float64bits(parsed) {
				t.Fatalf("%s: got %v, %v, want %v", s, v, ok, parsed)
			}
		}
	}
}

// Numbers of 16 to 19 digits, which are divided in whole numbers, among them
// halfway cases: an odd number of 54 bits, and its neighbours.
func TestNumberLong(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 300000 {
		m := 1<<53 + r.Uint64N(1e19-1<<53)
		if i%2 == 0 {
			m = (1<<53|r.Uint64N(1<<53))<<1 | 1 // halfway between two
			m += r.Uint64N(3) - 1
		}
		s := strconv.FormatUint(m, 10)
		point := r.IntN(len(s) + 1)
		s = strings.Repeat("0", r.IntN(2)) + s[:point] + "." + s[point:]
		want, err := strconv.ParseFloat(s, 64)
		if v, _, ok := Number([]byte(s)); !ok || err != nil || v != want {
			t.Fatalf("%s: got %v, %v, want %v", s, v, ok, want)
		}
	}
	for k, p := range wholePowers {
		if float64(p) != powersOfTen[k] || k > 0 && p != 10*wholePowers[k-1] {
			t.Errorf("10^%d is %d and %v", k, p, powersOfTen[k])
		}
	}
}

func TestTime(t *testing.T) {
	base := time.Date(2015, 3, 12, 18, 47, 20, 0, time.UTC).UnixMilli()
	const hour = 3600
	for _, c := range []struct {
		in     string
		milli  int64
		nanos  int
		zone   Zone
		offset int
	}{
		{"2015-03-12T18:47:20Z", base, 0, UTC, 0},
		{"2015-03-12T18:47:20.000Z", base, 0, UTC, 0},
		{"2015-03-12T18:47:20.123Z", base + 123, 123e6, UTC, 0},
		{"2015-03-12T18:47:20.0000000Z", base, 0, UTC, 0},
		{"2015-03-12T18:47:20.5Z", base + 500, 500e6, UTC, 0},
		{"2015-03-12T18:47:20,25Z", base + 250, 250e6, UTC, 0},
		{"2015-03-12T18:47:20.999999999Z", base + 999, 999999999, UTC, 0},
		{"2015-03-12T18:47:20.9999999999999Z", base + 999, 999999999, UTC, 0},
		{"2015-03-12t18:47:20z", base, 0, UTC, 0},
		{"2015-03-12 18:47:20Z", base, 0, UTC, 0},
		{"2015-03-12 18:47:20 Z", base, 0, UTC, 0},
		{" \n2015-03-12T18:47:20Z\t", base, 0, UTC, 0},
		{"2015-03-12T20:47:20+02:00", base, 0, Offset, 2 * hour},
		{"2015-03-12T20:47:20+0200", base, 0, Offset, 2 * hour},
		{"2015-03-12T20:47:20+02", base, 0, Offset, 2 * hour},
		{"2015-03-12 20:47:20 +0200", base, 0, Offset, 2 * hour},
		{"2015-03-12T14:47:20-04:00", base, 0, Offset, -4 * hour},
		{"2015-03-13T00:17:20.5+05:30", base + 500, 500e6, Offset, 5*hour + hour/2},
		{"2015-03-12T18:47:20+00:00", base, 0, Offset, 0},
		{"2015-03-12T18:47:20-00:00", base, 0, Offset, 0},
		{"2015-03-12T18:47:20", base, 0, None, 0},
		{"2015-03-12 18:47:20.250", base + 250, 250e6, None, 0},
		{"2015-03-12T18:47Z", base - 20000, 0, UTC, 0},
		{"2015-03-12T18:47", base - 20000, 0, None, 0},
		{"2015-03-12T18:47+01:00", base - 20000 - hour*1000, 0, Offset, hour},
		{"2015-3-2T7:05:01Z", time.Date(2015, 3, 2, 7, 5, 1, 0, time.UTC).UnixMilli(), 0, UTC, 0},
		{"2015-12-31T24:00:00Z", time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), 0, UTC, 0},
		{"2015-12-31T24:00:00.000Z", time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), 0, UTC, 0},
		{"2016-12-31T23:59:60Z", time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), 0, UTC, 0},
		{"2016-12-31T23:59:60.5Z", time.Date(2017, 1, 1, 0, 0, 0, 5e8, time.UTC).UnixMilli(), 5e8, UTC, 0},
		{"2016-02-29T00:00:00Z", time.Date(2016, 2, 29, 0, 0, 0, 0, time.UTC).UnixMilli(), 0, UTC, 0},
		{"2000-02-29T00:00:00Z", time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC).UnixMilli(), 0, UTC, 0},
		{"1970-01-01T00:00:00Z", 0, 0, UTC, 0},
		{"1969-12-31T23:59:59.9999Z", -1, 999900000, UTC, 0},
		{"1969-12-31T23:59:59.0001Z", -1000, 100000, UTC, 0},
		{"0001-01-01T00:00:00Z", time.Time{}.UnixMilli(), 0, UTC, 0},
		{"9999-12-31T23:59:59.999Z", time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli(), 999e6, UTC, 0},
	} {
		got, ok := Time([]byte(c.in))
		if want := (Instant{c.milli, c.nanos, c.zone, c.offset}); !ok || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", c.in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", " ", "2015-03-12", "2015-03-12T", "2015-03-12T18", "2015-03-12Z", "18:47:20Z", "20150312T184720Z",
		"2015-00-12T18:47:20Z", "2015-13-12T18:47:20Z", "2015-03-00T18:47:20Z", "2015-03-32T18:47:20Z",
		"2015-04-31T18:47:20Z", "2015-02-29T18:47:20Z", "1900-02-29T18:47:20Z", "2016-02-30T18:47:20Z",
		"2015-03-12T25:00:00Z", "2015-03-12T24:00:01Z", "2015-03-12T24:01:00Z", "2015-03-12T24:00:00.1Z",
		"2015-03-12T18:60:20Z", "2015-03-12T18:47:61Z", "2015-03-12T18:7:20Z", "2015-03-12T18:47:2Z",
		"0000-01-01T00:00:00Z", "015-03-12T18:47:20Z", "12015-03-12T18:47:20Z", "-015-03-12T18:47:20Z",
		"2015-03-12T18:47:20.Z", "2015-03-12T18:47:20.x00Z", "2015-03-12T18:47:20:000Z", "2015/03/12T18:47:20Z",
		"2015-03-12T18:47:20+2", "2015-03-12T18:47:20+02:", "2015-03-12T18:47:20+02:0", "2015-03-12T18:47:20+24:00",
		"2015-03-12T18:47:20+02:60", "2015-03-12T18:47:20+02:000", "2015-03-12T18:47:20UTC", "2015-03-12T18:47:20ZZ",
		"2015-03-12T18:47:20Z x", "2015-03-12T18:47:2oZ", "2015-03-12x18:47:20Z", "2015-03-12T 18:47:20", "2015-03-12T18:47:20.12:Z",
	} {
		if got, ok := Time([]byte(in)); ok || got != (Instant{}) {
			t.Errorf("%q: got %+v, %v", in, got, ok)
		}
	}
}

// Every day of four centuries, which is the period of the calendar, and the
// edges of the years that are read.
func TestEveryDay(t *testing.T) {
	for _, years := range [][2]int{{1, 5}, {1800, 2200}, {9995, 9999}} {
		end := time.Date(years[1], 12, 31, 0, 0, 0, 0, time.UTC)
		for d := time.Date(years[0], 1, 1, 0, 0, 0, 0, time.UTC); !d.After(end); d = d.AddDate(0, 0, 1) {
			s := d.Format(time.RFC3339)
			if got, ok := Time([]byte(s)); !ok || got.UnixMilli != d.UnixMilli() {
				t.Fatalf("%s: %+v, %v", s, got, ok)
			}
		}
	}
	for month, want := range []uint{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31} {
		if got := daysIn(2015, uint(month+1)); got != want {
			t.Errorf("month %d has %d days", month+1, got)
		}
	}
}

// The fast path is a part of the slow one.
func TestFixedIsFree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const alphabet = "0123456789-:.TZ 9"
	hits := 0
	for range 300000 {
		b := []byte("2015-03-12T18:47:20Z")
		if r.IntN(2) == 0 {
			b = []byte("2015-03-12T18:47:20.123Z")
		}
		for range 1 + r.IntN(3) {
			b[r.IntN(len(b))] = alphabet[r.IntN(len(alphabet))]
		}
		quick, ok := fixed(b)
		if !ok {
			continue
		}
		hits++
		if slow, ok := free(b); !ok || slow != quick {
			t.Fatalf("%s: %+v, %+v, %v", b, quick, slow, ok)
		}
	}
	if hits < 10000 {
		t.Errorf("only %d were read", hits)
	}
}

func TestNoAllocations(t *testing.T) {
	for _, in := range []string{"12", "48.13713740780950", "48.1371374078095012345", "1,5", "48,1371374078095012345", "1.5e300", "x", ""} {
		b := []byte(in)
		if n := testing.AllocsPerRun(100, func() { Number(b) }); n > 0 {
			t.Errorf("Number of %q: %v allocations", in, n)
		}
	}
	for _, in := range []string{"2015-03-12T18:47:20Z", " 2015-3-12 18:47:20.12345 +0200", "x", ""} {
		b := []byte(in)
		if n := testing.AllocsPerRun(100, func() { Time(b) }); n > 0 {
			t.Errorf("Time of %q: %v allocations", in, n)
		}
	}
}

var decimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"12", "-1.5e3", "1,5", "9007199254740993", "1e23", "0.1e-7", "NaN", "0x1p-2", "1_0", "1e400", " 1 ", "1,2.3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, note, ok := Number([]byte(s))
		plain := strings.Trim(s, " \t\r\n")
		comma := strings.Count(plain, ",") == 1
		if comma && !strings.Contains(plain, ".") {
			plain = strings.Replace(plain, ",", ".", 1)
		}
		want, err := strconv.ParseFloat(plain, 64)
		if wantOK := decimal.MatchString(plain) && err == nil; ok != wantOK {
			t.Fatalf("%q: ok is %v", s, ok)
		}
		if ok && (math.Float64bits(v) != math.Float64bits(want) || (note == Comma) != comma) {
			t.Fatalf("%q: got %v, %v, want %v", s, v, note, want)
		}
	})
}

var rfc3339 = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`)

func FuzzTime(f *testing.F) {
	for _, s := range []string{"2015-03-12T18:47:20Z", "2015-03-12T18:47:20.0000000Z", "2016-02-29T23:59:59.999999999+23:59",
		"0001-01-01T00:00:00-23:59", "1969-12-31T23:59:59.9999Z", "2015-3-2 7:05", "2016-12-31T23:59:60Z", "2015-03-12T24:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := Time([]byte(s))
		if ok && (got.Nanos < 0 || got.Nanos > 999999999 || got.Zone > Offset ||
			got.OffsetSeconds <= -86400 || got.OffsetSeconds >= 86400 || got.OffsetSeconds != 0 && got.Zone != Offset ||
			(got.UnixMilli%1000+1000)%1000 != int64(got.Nanos/1e6)) {
			t.Fatalf("%q: %+v", s, got)
		}
		if !rfc3339.MatchString(s) || strings.HasPrefix(s, "0000") {
			return
		}
		want, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			// A leap second and the end of a day are all that we read beyond.
			if ok && !strings.Contains(s, ":60") && !strings.Contains(s, "T24:00:00") {
				t.Fatalf("%q: only time.Parse refuses: %v", s, err)
			}
			return
		}
		_, offset := want.Zone()
		if !ok && (offset >= 86400 || offset <= -86400 || strings.HasSuffix(s, ":60")) {
			return // time.Parse reads offsets of 24 hours, and of 60 minutes
		}
		if !ok || got.UnixMilli != want.UnixMilli() || got.Nanos != want.Nanosecond() || got.OffsetSeconds != offset {
			t.Fatalf("%q: got %+v, %v, want %v", s, got, ok, want)
		}
	})
}

func BenchmarkNumber(b *testing.B) {
	for _, in := range []string{"142", "8250.25", "48.13713740780950", "48.1371374078095012", "1,5"} {
		p := []byte(in)
		b.Run("lexical/"+in, func(b *testing.B) {
			for b.Loop() {
				Number(p)
			}
		})
		b.Run("strconv/"+in, func(b *testing.B) {
			for b.Loop() {
				_, _ = strconv.ParseFloat(string(p), 64)
			}
		})
	}
}

func BenchmarkTime(b *testing.B) {
	for _, in := range []string{"2015-03-12T18:47:20Z", "2015-03-12T18:47:20.123Z", "2015-03-12T18:47:20.0000000Z", "2015-03-12T20:47:20+02:00"} {
		p := []byte(in)
		b.Run("lexical/"+in, func(b *testing.B) {
			for b.Loop() {
				Time(p)
			}
		})
		b.Run("time.Parse/"+in, func(b *testing.B) {
			for b.Loop() {
				_, _ = time.Parse(time.RFC3339Nano, string(p))
			}
		})
	}
}
