package fit

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/bandport/bandport/pkg/activity"
)

const (
	// maxDevices bounds the devices of a file. Real ones tell of a dozen.
	maxDevices = 64
	// maxApps is how many apps the format can tell apart.
	maxApps = 256
)

// device is one that the file tells of, under the number that it has in it.
type device struct {
	index int
	activity.Device
}

// app is a developer of fields.
type app struct {
	index            int
	id, manufacturer string
}

// names of Garmin's profile, by their numbers
var (
	batteries = [...]string{1: "new", "good", "ok", "low", "critical", "charging", "unknown"}
	sources   = [...]string{"ant", "antplus", "bluetooth", "bluetooth_low_energy", "wifi", "local"}
	antKinds  = map[int]string{
		1: "antfs", 11: "bike_power", 12: "environment_sensor_legacy", 15: "multi_sport_speed_distance", 16: "control",
		17: "fitness_equipment", 18: "blood_pressure", 19: "geocache_node", 20: "light_electric_vehicle", 25: "env_sensor",
		26: "racquet", 27: "control_hub", 31: "muscle_oxygen", 34: "shifting", 35: "bike_light_main", 36: "bike_light_shared",
		38: "exd", 40: "bike_radar", 46: "bike_aero", 119: "weight_scale", 120: "heart_rate", 121: "bike_speed_cadence",
		122: "bike_cadence", 123: "bike_speed", 124: "stride_speed_distance",
	}
	bluetoothKinds = [...]string{"connected_gps", "heart_rate", "bike_power", "bike_speed_cadence", "bike_speed", "bike_cadence", "footpod", "bike_trainer"}
	localKinds     = map[int]string{
		0: "gps", 1: "glonass", 2: "gps_glonass", 3: "accelerometer", 4: barometer, 5: "temperature", 10: "whr", 12: "sensor_hub",
	}
)

// of names a number, or is "" for one that has no name.
func of(names []string, number int) string {
	if number < 0 || number >= len(names) {
		return ""
	}
	return names[number]
}

// kindOf says what a device is. The number means something else for each way of
// connecting it; without one it is ANT+.
func kindOf(source, number int) string {
	switch source {
	case 3:
		return of(bluetoothKinds[:], number)
	case 5:
		return localKinds[number]
	case 1, -1:
		return antKinds[number]
	}
	return ""
}

// connected reads a device_info. Devices tell of themselves several times, at
// each start for example: what is told later counts.
func (d *decoder) connected() {
	m := &d.msg
	index, source := m.code(0), m.code(25)
	if index < 0 {
		return
	}
	dev := activity.Device{
		Product: max(m.code(4), 0), Kind: kindOf(source, m.code(1)), Source: of(sources[:], source),
	}
	if v := m.code(2); v >= 0 {
		dev.Manufacturer = nameOr(manufacturers, v)
		dev.Name = product(v, dev.Product)
	}
	if s := m.texts[27]; s != "" && utf8.ValidString(s) {
		dev.Name = s
	}
	if v := m.code(3); v > 0 {
		dev.Serial = strconv.Itoa(v)
	}
	if v := m.code(5); v >= 0 {
		dev.Version = version(v)
	}
	x := d.find(index, &dev)
	if x == nil {
		return
	}
	for _, f := range []struct {
		to   *string
		with string
	}{
		{&x.Manufacturer, dev.Manufacturer},
		{&x.Name, dev.Name},
		{&x.Serial, dev.Serial},
		{&x.Version, dev.Version},
		{&x.Kind, dev.Kind},
		{&x.Source, dev.Source},
	} {
		if f.with != "" {
			*f.to = f.with
		}
	}
	if dev.Product > 0 {
		x.Product = dev.Product
	}
	d.battery(index, m.code(11), m.code(10), m.code(32))
}

// find returns the device of a number; a new one where the number is now that of
// another device. It is nil where there are too many.
func (d *decoder) find(index int, dev *activity.Device) *activity.Device {
	for i := len(d.devices) - 1; i >= 0; i-- {
		x := &d.devices[i]
		if x.index == index && (dev.Serial == "" || x.Serial == "" || dev.Serial == x.Serial) {
			return &x.Device
		}
	}
	if len(d.devices) >= maxDevices {
		return nil
	}
	d.devices = append(d.devices, device{index: index})
	return &d.devices[len(d.devices)-1].Device
}

// battery takes what is said of a device's battery: its status, 1/256 V, percent.
// Each is −1 where it is not known.
func (d *decoder) battery(index, status, volts, level int) {
	for i := len(d.devices) - 1; i >= 0; i-- {
		x := &d.devices[i]
		if x.index != index {
			continue
		}
		if s := of(batteries[:], status); s != "" {
			x.BatteryStatus = s
		}
		if volts >= 0 {
			x.BatteryVoltage = activity.Of(float64(volts) / 256)
		}
		if level >= 0 && level <= 100 {
			x.BatteryLevel = activity.Of(float64(level))
		}
		return
	}
}

// equip returns the devices of the part, and tells the recorder's own battery.
func (p *part) equip() []activity.Device {
	var out []activity.Device
	for i := range p.devices {
		x := &p.devices[i]
		if x.index == 0 {
			p.device.BatteryStatus, p.device.BatteryVoltage, p.device.BatteryLevel = x.BatteryStatus, x.BatteryVoltage, x.BatteryLevel
			x.Barometric = p.device.Barometric
			if x.Name == "" {
				x.Name = p.device.Name
			}
			if x.Serial == "" {
				x.Serial = p.device.Serial
			}
		}
		out = append(out, x.Device)
	}
	return out
}

// app reads a developer_data_id. It replaces one of the same number.
func (d *decoder) app() {
	m := &d.msg
	x := app{index: m.code(3), id: m.uuid}
	if v := m.code(2); v >= 0 {
		x.manufacturer = nameOr(manufacturers, v)
	}
	if x.index < 0 {
		return
	}
	for i := range d.apps {
		if d.apps[i].index == x.index {
			d.apps[i] = x
			return
		}
	}
	if len(d.apps) < maxApps {
		d.apps = append(d.apps, x)
	}
}

// developerFields returns all developer fields that have a description.
func (p *part) developerFields() []activity.DeveloperField {
	var out []activity.DeveloperField
	for i := range p.streams {
		s := &p.streams[i]
		if !s.developer {
			continue
		}
		f := activity.DeveloperField{Name: s.name, Unit: s.unit}
		for k := range p.apps {
			if x := &p.apps[k]; x.index == s.app {
				f.App, f.Manufacturer = x.id, x.manufacturer
			}
		}
		out = append(out, f)
	}
	return out
}

// uuid writes an identifier of 16 bytes in the usual way, and "" for one that is
// absent.
func uuid(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	all := b[0]
	for _, x := range b {
		if x != all {
			return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		}
	}
	return "" // all the same: 0xFF is none, 0 is nobody's
}
