package fit

import "github.com/bandport/bandport/pkg/activity"

// natives are the fields of records that become streams, under the names and
// units of Garmin's profile: what devices measure beyond the fields of
// [activity.Record]. Fields that hold several numbers, or that say only what
// another one says, are not among them. Of two rows of one name the second is
// the finer.
var natives = [...]struct {
	num           uint8
	name, unit    string
	scale, offset float64
	counter       bool
}{
	{9, "grade", "%", 100, 0, false},
	{10, "resistance", "", 1, 0, false},
	{18, "total_cycles", "cycles", 1, 0, true},
	{19, "total_cycles", "cycles", 1, 0, false},
	{28, "accumulated_power", "watts", 1, 0, true},
	{29, "accumulated_power", "watts", 1, 0, false},
	{31, "gps_accuracy", "m", 1, 0, false},
	{32, "vertical_speed", "m/s", 1000, 0, false},
	{33, "calories", "kcal", 1, 0, false},
	{39, "vertical_oscillation", "mm", 10, 0, false},
	{40, "stance_time_percent", "percent", 100, 0, false},
	{41, "stance_time", "ms", 10, 0, false},
	{43, "left_torque_effectiveness", "percent", 2, 0, false},
	{44, "right_torque_effectiveness", "percent", 2, 0, false},
	{45, "left_pedal_smoothness", "percent", 2, 0, false},
	{46, "right_pedal_smoothness", "percent", 2, 0, false},
	{47, "combined_pedal_smoothness", "percent", 2, 0, false},
	{51, "ball_speed", "m/s", 100, 0, false},
	{53, "fractional_cadence", "rpm", 128, 0, false},
	{54, "total_hemoglobin_conc", "g/dL", 100, 0, false},
	{57, "saturated_hemoglobin_percent", "%", 10, 0, false},
	{67, "left_pco", "mm", 1, 0, false},
	{68, "right_pco", "mm", 1, 0, false},
	{81, "battery_soc", "percent", 2, 0, false},
	{82, "motor_power", "watts", 1, 0, false},
	{83, "vertical_ratio", "percent", 100, 0, false},
	{84, "stance_time_balance", "percent", 100, 0, false},
	{85, "step_length", "mm", 10, 0, false},
	{12, "cycle_length", "m", 100, 0, false},
	{87, "cycle_length", "m", 100, 0, false},
	{91, "absolute_pressure", "Pa", 1, 0, false},
	{92, "depth", "m", 1000, 0, false},
	{99, "respiration_rate", "breaths/min", 1, 0, false},
	{108, "respiration_rate", "breaths/min", 100, 0, false},
	{114, "grit", "", 1, 0, false},
	{115, "flow", "", 1, 0, false},
	{116, "current_stress", "", 100, 0, false},
	{117, "ebike_travel_range", "km", 1, 0, false},
	{118, "ebike_battery_level", "percent", 1, 0, false},
	{120, "ebike_assist_level_percent", "percent", 1, 0, false},
	{139, "core_temperature", "C", 100, 0, false},
}

// native takes a field of a record that becomes a stream into a definition. It
// reports false for all others.
func (d *decoder) native(def *definition, num, kind uint8, size int) bool {
	if def.global != messageRecord || kind == kindString || size != kindSize[kind] {
		return false
	}
	for i := range natives {
		n := &natives[i]
		if n.num != num {
			continue
		}
		at := d.nativeStream(num, n.name, n.unit)
		if at < 0 {
			return false
		}
		x := extra{field{num, kind, def.size, size}, at, n.scale, n.offset, n.counter}
		for k := range def.extras {
			if old := &def.extras[k]; old.stream == at {
				if finer(old.num, num) {
					*old = x
				}
				return true
			}
		}
		def.extras = append(def.extras, x)
		return true
	}
	return false
}

// finer reports whether of two fields of the same stream the second counts.
func finer(first, second uint8) bool {
	for i := range natives {
		switch natives[i].num {
		case first:
			return true
		case second:
			return false
		}
	}
	return false
}

// nativeStream returns the stream of a field of the profile, or −1 where there
// are too many.
func (d *decoder) nativeStream(num uint8, name, unit string) int {
	if at := d.natives[num]; at > 0 {
		return int(at) - 1
	}
	for i := range d.streams {
		if s := &d.streams[i]; !s.developer && s.name == name {
			d.natives[num] = uint8(i + 1)
			return i
		}
	}
	if len(d.streams) >= maxStreams {
		return -1
	}
	d.streams = append(d.streams, stream{index: -1, num: -1, name: name, unit: unit})
	d.natives[num] = uint8(len(d.streams))
	return len(d.streams) - 1
}

// count goes on with a counter that runs over at the largest number of its type.
func (s *stream) count(v float64, kind uint8) float64 {
	mask, ticks := uint32(1)<<(8*min(kindSize[kind], 4)&31)-1, uint32(max(v, 0))
	if s.counting {
		s.counter += (ticks - s.ticks) & mask
	} else {
		s.counter, s.counting = ticks, true
	}
	s.ticks = ticks
	return float64(s.counter)
}

// give adds a stream to an activity.
func (p *part) give(a *activity.Activity, stream int, values []activity.Value) {
	s := &p.streams[stream]
	a.Streams = append(a.Streams, activity.Stream{Name: s.name, Unit: s.unit, Values: values})
	if !s.developer {
		return
	}
	known := 0
	for _, v := range values {
		if v.Known() {
			known++
		}
	}
	at := 0 // developerFields has the developers' streams in their order
	for i := range stream {
		if p.streams[i].developer {
			at++
		}
	}
	a.DeveloperFields[at].Records = known
}
