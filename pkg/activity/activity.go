package activity

import (
	"time"

	"github.com/bandport/bandport/pkg/finding"
)

// Activity is one workout as a file holds it.
type Activity struct {
	Format   string // "tcx", "gpx" or "fit"; "zepp", "mshealth" or "strava" for vendors' archives
	Sport    Sport  // Strava's sport type; empty where the file does not say
	RawSport string // the file's own word for the sport, untrusted text
	Name     string // title, untrusted text
	Notes    string // description, untrusted text
	Creator  string // what wrote the file: program or device, untrusted text
	Device   Device // what recorded the workout
	Weight   Value  // kg, of the wearer as the device knows it
	// Devices are all devices that the file tells of: what recorded it, its own
	// sensors, those that were connected. In the order of the file.
	Devices []Device

	// Start is the instant at which the workout began by the file's own
	// account, else that of its first record. Zero where nothing tells.
	Start time.Time
	// Zone is the local time of the workout where the file has one (an offset
	// in its times); nil where it does not say. A Z is not a zone.
	Zone *time.Location

	Records []Record // in the order of the file
	Tracks  []Span   // unbroken pieces of recording, as ranges of Records
	Laps    []Lap
	Pauses  []Pause  // in the order of time
	Lengths []Length // of a pool swim, in the order of the file
	// TimerPaused says that the device's timer ran, was stopped and ran again:
	// its events begin with a start and hold a stop that a start follows. Pauses
	// can be empty all the same, where the stop lasted no time. Formats without
	// timer events leave it false.
	TimerPaused bool
	Totals      Totals // what the device or service itself claims for the whole
	Streams     []Stream
	PoolLength  Value // m
	// DeveloperFields are the fields that apps on the device defined.
	DeveloperFields []DeveloperField

	// Places says where each record stands in [File.Source], one a record; nil
	// unless the source was kept.
	Places []Extent

	Findings []finding.Finding
}

// Span is a half-open range of record indices: First, First+1, … End-1.
type Span struct{ First, End int }

// Len returns the number of records in the range.
func (s Span) Len() int { return s.End - s.First }

// Lap is one lap as the device cut it.
type Lap struct {
	Start     time.Time // zero where the file does not say
	Records   Span      // its records; may be empty
	Totals    Totals    // the device's own account of the lap
	Trigger   string    // what ended it, in the file's own word
	Intensity string    // "Active", "Resting", …, in the file's own word
}

// PauseSource says how a file tells that recording was interrupted.
type PauseSource uint8

// The ways in which the formats express a pause.
const (
	PauseTimer   PauseSource = iota // FIT timer events
	PauseTrack                      // a new TCX track within a lap
	PauseLap                        // time between the end of one TCX lap and the start of the next
	PauseSegment                    // a GPX segment break
)

// String returns the source in words that users know.
func (s PauseSource) String() string {
	switch s {
	case PauseTimer:
		return "timer stopped"
	case PauseTrack:
		return "new track"
	case PauseLap:
		return "gap between laps"
	case PauseSegment:
		return "new segment"
	}
	return "unknown"
}

// Pause is an interruption of the recording that the file states itself.
type Pause struct {
	From, To time.Time
	Next     int // index of the first record after the pause
	Source   PauseSource
}

// Duration returns the length of the pause.
func (p Pause) Duration() time.Duration { return p.To.Sub(p.From) }

// Device is what recorded the workout. All of it may be empty. The texts come
// from the file and are not to be printed raw.
type Device struct {
	Name         string
	Manufacturer string
	Product      int // number of the product; 0 where unknown
	Serial       string
	Version      string // firmware
	Kind         string // what it is, such as "heart_rate" or "bike_power", in the file's own word
	Source       string // how it is connected, such as "antplus" or "local", in the file's own word
	// The battery by the last account of the file.
	BatteryStatus  string // "new", "good", "ok", "low", "critical", "charging"
	BatteryVoltage Value  // V
	BatteryLevel   Value  // percent
	// Barometric says that the device is known to measure altitude well enough
	// for Strava to take it as it is.
	Barometric bool
}

// Totals are the figures that a device or service claims, for a workout or a
// lap. None of them is computed from the records.
type Totals struct {
	ElapsedTime      Value // s, from start to end with all pauses
	TimerTime        Value // s, without the pauses of the device's timer
	MovingTime       Value // s, by the device's own rule
	Distance         Value // m
	Ascent           Value // m
	Descent          Value // m
	Calories         Value // kcal
	AverageSpeed     Value // m/s
	MaxSpeed         Value // m/s
	AverageHeartRate Value // bpm
	MaxHeartRate     Value // bpm
	AverageCadence   Value // rpm
	MaxCadence       Value // rpm
	AveragePower     Value // W
	MaxPower         Value // W
	Steps            Value
}

// Length is one length of the pool, or a rest between two.
type Length struct {
	Start   time.Time // zero where the file does not say
	Timer   Value     // s, by the device's timer
	Active  bool      // swum, and not rested
	Strokes Value
	Stroke  string // "freestyle", "drill", …, in the file's own word
}

// DeveloperField is a field of a FIT file that is not the profile's but that of
// an app on the device.
type DeveloperField struct {
	Name, Unit   string // untrusted texts
	App          string // identifier of the app, a UUID; empty where the file does not say
	Manufacturer string // of the app
	Records      int    // how many records carry it as a number: they are in Streams
}

// Stream is a named series beside the records, such as running dynamics or a
// developer's field. Values has one entry a record; absent ones are absent.
type Stream struct {
	Name   string
	Unit   string
	Values []Value
}

// Sensors counts the records that carry each field, by the field's name.
// Fields that no record carries are left out.
func (a *Activity) Sensors() map[string]int {
	var counts [len(fieldNames)]int
	for i := range a.Records {
		has := a.Records[i].Has
		for bit := range fieldNames {
			if has&(1<<bit) != 0 {
				counts[bit]++
			}
		}
	}
	out := map[string]int{}
	for bit, n := range counts {
		if n > 0 {
			out[fieldNames[bit]] = n
		}
	}
	return out
}

// Span returns the first and last instant among the records, whatever their
// order; ok is false where no record has a time.
func (a *Activity) Span() (first, last time.Time, ok bool) {
	var lo, hi int64
	for i := range a.Records {
		r := &a.Records[i]
		if r.Has&Time == 0 {
			continue
		}
		if !ok {
			lo, hi, ok = r.Time, r.Time, true
		}
		lo, hi = min(lo, r.Time), max(hi, r.Time)
	}
	if !ok {
		return time.Time{}, time.Time{}, false
	}
	return time.UnixMilli(lo).UTC(), time.UnixMilli(hi).UTC(), true
}
