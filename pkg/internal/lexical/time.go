package lexical

// Zone says how an instant names its time zone.
type Zone uint8

// The ways to name a zone.
const (
	None   Zone = iota // not at all
	UTC                // Z
	Offset             // hours and minutes from UTC
)

// Instant is a point in time as a file spells it.
type Instant struct {
	// UnixMilli counts milliseconds since 1970-01-01T00:00:00Z. What is left
	// of a millisecond is cut off toward the past, also before 1970, so that
	// instants keep their order and never move into the next second. Without a
	// zone it is computed as if the zone were UTC.
	UnixMilli int64
	// Nanos is the fraction of the second in nanoseconds, 0 to 999,999,999;
	// digits beyond are cut off.
	Nanos int
	Zone  Zone
	// OffsetSeconds is how far local time is ahead of UTC, where Zone is
	// Offset; else 0.
	OffsetSeconds int
}

// Time reads an xsd:dateTime as programs write it:
//
//	2015-03-12T18:47:20Z            the standard
//	2015-03-12T18:47:20.0000000Z    a fraction, of any length; also with a comma
//	2015-03-12t18:47:20z            lower case
//	2015-03-12 18:47:20Z            a blank for the T; also blanks before the zone
//	2015-03-12T18:47:20+02:00       an offset; also +0200 and +02
//	2015-03-12T18:47:20             no zone
//	2015-03-12T18:47Z               no seconds
//	2015-3-2T7:05:01Z               one digit for month, day and hour
//	2015-03-12T24:00:00Z            the end of a day
//	2016-12-31T23:59:60Z            a leap second, taken as the second after it
//
// with blanks around it. Years have four digits, 0001 to 9999; days and times
// have to exist, offsets to be less than a day. A bare date is refused.
func Time(b []byte) (Instant, bool) {
	if t, ok := fixed(b); ok {
		return t, true
	}
	return free(trim(b))
}

// fixed reads the layouts that nearly all files have, with date and time in
// fixed places: YYYY-MM-DDTHH:MM:SS, then a fraction or none, and a zone. What
// it refuses may still be right: leap seconds, for one.
func fixed(b []byte) (Instant, bool) {
	if len(b) < 20 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return Instant{}, false
	}
	year, ok1 := two(b[0], b[1])
	yy, ok2 := two(b[2], b[3])
	month, ok3 := two(b[5], b[6])
	day, ok4 := two(b[8], b[9])
	hour, ok5 := two(b[11], b[12])
	minute, ok6 := two(b[14], b[15])
	second, ok7 := two(b[17], b[18])
	year = year*100 + yy
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7) || year == 0 || hour > 23 || minute > 59 || second > 59 ||
		month-1 > 11 || day-1 >= daysIn(year, month) {
		return Instant{}, false
	}
	seconds := days(year, month, day)*86400 + int64(hour*3600+minute*60+second)
	if b[19] == 'Z' && len(b) == 20 {
		return Instant{UnixMilli: seconds * 1000, Zone: UTC}, true
	}
	if len(b) == 24 && b[19] == '.' && b[23] == 'Z' {
		d0, d1, d2 := int(b[20]-'0'), int(b[21]-'0'), int(b[22]-'0')
		if milli := d0*100 + d1*10 + d2; d0 <= 9 && d1 <= 9 && d2 <= 9 {
			return Instant{UnixMilli: seconds*1000 + int64(milli), Nanos: milli * 1e6, Zone: UTC}, true
		}
		return Instant{}, false
	}
	p := parser{b: b[19:], ok: true}
	return p.rest(seconds)
}

// two reads two digits.
func two(a, b byte) (uint, bool) {
	x, y := uint(a-'0'), uint(b-'0')
	return x*10 + y, x <= 9 && y <= 9
}

// free reads every layout that Time accepts, without blanks around it.
func free(b []byte) (Instant, bool) {
	p := parser{b: b, ok: true}
	year := p.digits(4, 4)
	p.one('-')
	month := p.digits(1, 2)
	p.one('-')
	day := p.digits(1, 2)
	if !p.either('T', 't') && p.blanks() == 0 {
		return Instant{}, false
	}
	hour := p.digits(1, 2)
	p.one(':')
	minute := p.digits(2, 2)
	var second uint
	short := !p.either(':', ':')
	if !short {
		second = p.digits(2, 2)
	}
	if !p.ok || year == 0 || month-1 > 11 || day-1 >= daysIn(year, month) ||
		hour > 24 || minute > 59 || second > 60 || hour == 24 && (minute > 0 || second > 0) ||
		short && p.fraction() {
		return Instant{}, false
	}
	t, ok := p.rest(days(year, month, day)*86400 + int64(hour*3600+minute*60+second))
	if hour == 24 && t.Nanos > 0 {
		return Instant{}, false
	}
	return t, ok
}

// fraction reports whether a fraction comes next.
func (p *parser) fraction() bool { return len(p.b) > 0 && (p.b[0] == '.' || p.b[0] == ',') }

// rest consumes what stands behind the seconds: a fraction or none, and a zone
// or none. It takes the seconds since 1970 in local time.
func (p *parser) rest(seconds int64) (Instant, bool) {
	var t Instant
	if p.fraction() {
		n := 1
		for n < len(p.b) && p.b[n]-'0' <= 9 {
			if n <= 9 {
				t.Nanos += int(p.b[n]-'0') * nanos[n]
			}
			n++
		}
		if n == 1 {
			return Instant{}, false
		}
		p.b = p.b[n:]
	}
	p.blanks()
	switch {
	case len(p.b) == 0:
	case p.either('Z', 'z'):
		t.Zone = UTC
	case p.b[0] == '+' || p.b[0] == '-':
		t.Zone = Offset
		negative := p.b[0] == '-'
		p.b = p.b[1:]
		h := p.digits(2, 2)
		var m uint
		if p.either(':', ':') || len(p.b) > 0 {
			m = p.digits(2, 2)
		}
		if h > 23 || m > 59 {
			return Instant{}, false
		}
		t.OffsetSeconds = int(h*3600 + m*60)
		if negative {
			t.OffsetSeconds = -t.OffsetSeconds
		}
	}
	if !p.ok || len(p.b) > 0 {
		return Instant{}, false
	}
	t.UnixMilli = (seconds-int64(t.OffsetSeconds))*1000 + int64(t.Nanos/1e6)
	return t, true
}

// nanos holds the worth of each digit behind the point, from 1.
var nanos = [10]int{0, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1e0}

// parser consumes an instant from the left. After a mistake ok is false.
type parser struct {
	b  []byte
	ok bool
}

// digits consumes a number of at least and at most so many digits.
func (p *parser) digits(least, most int) uint {
	var v uint
	n := 0
	for n < most && n < len(p.b) && p.b[n]-'0' <= 9 {
		v = v*10 + uint(p.b[n]-'0')
		n++
	}
	p.b = p.b[n:]
	p.ok = p.ok && n >= least
	return v
}

// either consumes one of two bytes, if it is next.
func (p *parser) either(a, b byte) bool {
	if len(p.b) == 0 || p.b[0] != a && p.b[0] != b {
		return false
	}
	p.b = p.b[1:]
	return true
}

// one consumes a byte that has to be next.
func (p *parser) one(c byte) { p.ok = p.either(c, c) && p.ok }

// blanks consumes blanks and counts them.
func (p *parser) blanks() int {
	n := 0
	for n < len(p.b) && isBlank(p.b[n]) {
		n++
	}
	p.b = p.b[n:]
	return n
}

// daysIn returns the number of days of a month from 1 to 12.
func daysIn(year, month uint) uint {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month^month>>3)&1
}

// days returns the number of days from 1970-01-01 to a date of the Gregorian
// calendar, which is extended to the years before it was introduced. The year
// begins in March, so that the leap day comes last: see Howard Hinnant,
// "chrono-compatible low-level date algorithms".
func days(year, month, day uint) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yoe := year % 400
	doy := (153*(month-3)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era*146097+doe) - 719468
}
