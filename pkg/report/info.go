package report

import (
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// Info is what `bandport info` tells of one activity: what is in the file,
// without any recalculation.
type Info struct {
	File            string           `json:"file"`
	Activity        int              `json:"activity"`
	Format          string           `json:"format"`
	Creator         *string          `json:"creator"` // program or service that wrote the file
	DeviceName      *string          `json:"device_name"`
	Device          Device           `json:"device"`
	SportType       *string          `json:"sport_type"`
	Sport           *string          `json:"sport"` // the file's own word
	Name            *string          `json:"name"`
	StartDate       *string          `json:"start_date"`
	StartDateLocal  *string          `json:"start_date_local"`
	FirstTime       *string          `json:"first_time"` // of the trackpoints
	LastTime        *string          `json:"last_time"`
	Points          int              `json:"points"`
	Laps            []Lap            `json:"laps"`
	Pauses          []Pause          `json:"pauses"`
	Tracks          int              `json:"tracks"`
	Sensors         map[string]int   `json:"sensors"` // name → points that carry it
	Streams         []Stream         `json:"streams"`
	Devices         []Device         `json:"devices"`
	DeveloperFields []DeveloperField `json:"developer_fields"`
	PoolLength      activity.Value   `json:"pool_length"` // m
	Lengths         []Length         `json:"lengths"`
	Gaps            []Gap            `json:"gaps"` // steps of a minute or more between trackpoints
	Band            Band             `json:"band"`
	Findings        []Finding        `json:"findings"`
}

// Device is what recorded the workout, or a sensor of it.
type Device struct {
	Name           *string        `json:"name"`
	Manufacturer   *string        `json:"manufacturer"`
	Product        *int           `json:"product"`
	Serial         *string        `json:"serial"`
	Version        *string        `json:"version"`
	Kind           *string        `json:"kind"`
	Source         *string        `json:"source"`
	BatteryStatus  *string        `json:"battery_status"`
	BatteryVoltage activity.Value `json:"battery_voltage"` // V
	BatteryLevel   activity.Value `json:"battery_level"`   // percent
}

func newDevice(d *activity.Device) Device {
	out := Device{
		Name: orNull(d.Name), Manufacturer: orNull(d.Manufacturer), Serial: orNull(d.Serial), Version: orNull(d.Version),
		Kind: orNull(d.Kind), Source: orNull(d.Source),
		BatteryStatus: orNull(d.BatteryStatus), BatteryVoltage: d.BatteryVoltage.Round(2), BatteryLevel: d.BatteryLevel.Round(0),
	}
	if product := d.Product; product != 0 {
		out.Product = &product // a copy: a pointer into the activity would keep its track in memory
	}
	return out
}

// Stream is a series beside the sensors.
type Stream struct {
	Name   string  `json:"name"`
	Unit   *string `json:"unit"`
	Points int     `json:"points"` // that carry it
}

// DeveloperField is a field that an app on the device defined.
type DeveloperField struct {
	Name         string  `json:"name"`
	Unit         *string `json:"unit"`
	App          *string `json:"app"` // a UUID
	Manufacturer *string `json:"manufacturer"`
	Points       int     `json:"points"` // that carry it as a number
}

// Length is a length of the pool, or a rest between two.
type Length struct {
	StartDate *string        `json:"start_date"`
	TimerTime activity.Value `json:"timer_time"` // s
	Active    bool           `json:"active"`
	Strokes   activity.Value `json:"strokes"`
	Stroke    *string        `json:"stroke"`
}

// Lap is a lap by the device's own account.
type Lap struct {
	StartDate        *string        `json:"start_date"`
	TimerTime        activity.Value `json:"timer_time"`        // s
	Distance         activity.Value `json:"distance"`          // m
	Calories         activity.Value `json:"calories"`          // kcal
	MaxSpeed         activity.Value `json:"max_speed"`         // m/s
	AverageHeartrate activity.Value `json:"average_heartrate"` // bpm
	MaxHeartrate     activity.Value `json:"max_heartrate"`     // bpm
	AverageCadence   activity.Value `json:"average_cadence"`   // rpm
	AverageWatts     activity.Value `json:"average_watts"`     // W
	Points           int            `json:"points"`
	Trigger          *string        `json:"trigger"`
	Intensity        *string        `json:"intensity"`
}

// Pause is an interruption that the file states itself.
type Pause struct {
	Start       string  `json:"start"`
	ElapsedTime float64 `json:"elapsed_time"` // s
	Source      string  `json:"source"`
}

// Gap is a long step between two trackpoints that no pause explains.
type Gap struct {
	Start       string  `json:"start"`
	ElapsedTime float64 `json:"elapsed_time"` // s
}

// gapSeconds is how long a step between two trackpoints must be to be listed.
const gapSeconds = 60

// NewInfo describes an activity as the file holds it. zone, which may be nil, is
// the local time of files that name none.
func NewInfo(file string, index int, a *activity.Activity, fileFindings []finding.Finding, zone *time.Location) Info {
	first, last, timed := a.Span()
	i := Info{
		File: file, Activity: index, Format: a.Format,
		Creator: orNull(a.Creator), DeviceName: orNull(deviceName(a)), Device: newDevice(&a.Device),
		SportType: orNull(string(a.Sport)), Sport: orNull(a.RawSport), Name: orNull(a.Name),
		StartDate: instant(a.Start), StartDateLocal: localInstant(a.Start, orZone(a.Zone, zone)),
		Points: len(a.Records), Laps: []Lap{}, Pauses: []Pause{}, Tracks: len(a.Tracks),
		Sensors: a.Sensors(), Streams: []Stream{}, Devices: []Device{}, DeveloperFields: []DeveloperField{},
		PoolLength: a.PoolLength.Round(2), Lengths: []Length{}, Gaps: gaps(a),
		Band: newBand(&a.Totals), Findings: newFindings(fileFindings, a.Findings),
	}
	for k := range a.Streams {
		s := &a.Streams[k]
		points := 0
		for _, v := range s.Values {
			if v.Known() {
				points++
			}
		}
		i.Streams = append(i.Streams, Stream{Name: s.Name, Unit: orNull(s.Unit), Points: points})
	}
	for k := range a.Devices {
		i.Devices = append(i.Devices, newDevice(&a.Devices[k]))
	}
	for k := range a.DeveloperFields {
		f := &a.DeveloperFields[k]
		i.DeveloperFields = append(i.DeveloperFields, DeveloperField{
			Name: f.Name, Unit: orNull(f.Unit), App: orNull(f.App), Manufacturer: orNull(f.Manufacturer), Points: f.Records,
		})
	}
	for k := range a.Lengths {
		l := &a.Lengths[k]
		i.Lengths = append(i.Lengths, Length{
			StartDate: instant(l.Start), TimerTime: l.Timer.Round(3), Active: l.Active, Strokes: l.Strokes, Stroke: orNull(l.Stroke),
		})
	}
	if timed {
		i.FirstTime, i.LastTime = orNull(stamp(first)), orNull(stamp(last))
	}
	for k := range a.Laps {
		l := &a.Laps[k]
		t := newBand(&l.Totals)
		i.Laps = append(i.Laps, Lap{
			StartDate: instant(l.Start), TimerTime: t.TimerTime, Distance: t.Distance,
			Calories: t.Calories, MaxSpeed: t.MaxSpeed,
			AverageHeartrate: t.AverageHeartrate, MaxHeartrate: t.MaxHeartrate,
			AverageCadence: t.AverageCadence, AverageWatts: t.AverageWatts,
			Points: l.Records.Len(), Trigger: orNull(l.Trigger), Intensity: orNull(l.Intensity),
		})
	}
	for _, p := range a.Pauses {
		i.Pauses = append(i.Pauses, Pause{Start: stamp(p.From), ElapsedTime: p.Duration().Seconds(), Source: p.Source.String()})
	}
	return i
}

// gaps lists the long steps between trackpoints that are not pauses.
func gaps(a *activity.Activity) []Gap {
	out := []Gap{}
	pause := map[int]bool{}
	for _, p := range a.Pauses {
		pause[p.Next] = true
	}
	prev, paused := -1, false
	for k := range a.Records {
		paused = paused || pause[k] // also when the first point after the pause has no time
		r := &a.Records[k]
		if r.Has&activity.Time == 0 {
			continue
		}
		if prev >= 0 && !paused {
			from := a.Records[prev].Time
			if ms := r.Time - from; ms >= gapSeconds*1000 {
				out = append(out, Gap{Start: stamp(time.UnixMilli(from)), ElapsedTime: float64(ms) / 1000})
			}
		}
		prev, paused = k, false
	}
	return out
}
