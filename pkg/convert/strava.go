package convert

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// The median cadence above which that of a run or a walk counts both legs. One leg
// takes some 70 to 100 strides a minute running and 45 to 70 walking; both take
// twice as many steps.
const runBothLegs, walkBothLegs = 120, 80

// suffix at the end of a device's name makes Strava take the altitudes of a TCX
// or GPX as they are, instead of looking them up on its map. It is in Strava's
// help on elevation.
const suffix = " with barometer"

// forStrava changes a workout into what makes Strava come out right, as far as
// the encoders do not: it reports whether anything was changed. The records are
// copied before they are changed.
func forStrava(a *activity.Activity, format string, b Barometer, found *finding.List) bool {
	changed := halveCadence(a, found)
	if format == "gpx" {
		found.AddN(finding.GPXSegments, finding.Place{}, "choose TCX or FIT to keep the pauses", len(a.Pauses))
	}
	if name := nameFor(a, format); name != nil {
		if format == "gpx" && a.Format != "gpx" && a.Device.Name != "" {
			*name = deviceLabel(&a.Device) // the one name that GPX has is what Strava takes the device from
		}
		if claim(a, name, b) {
			found.Add(finding.ConvertBarometer, finding.Place{}, *name)
			changed = true
		}
	}
	return changed
}

// nameFor returns the name that Strava takes the device from; nil for FIT, where
// that is a number.
func nameFor(a *activity.Activity, format string) *string {
	switch format {
	case "tcx":
		if a.Device.Name == "" && a.Format != "tcx" {
			a.Device.Name = a.Creator
		} else if a.Format == "fit" {
			a.Device.Name = deviceLabel(&a.Device)
		}
		return &a.Device.Name
	case "gpx":
		return &a.Creator
	}
	return nil
}

// deviceLabel returns a name as people write it. Those of Garmin's FIT files are
// names of the profile, such as "edge_810".
func deviceLabel(d *activity.Device) string {
	if d.Manufacturer != "garmin" || strings.ContainsFunc(d.Name, unicode.IsUpper) || d.Name == "" {
		return d.Name
	}
	words := strings.Split(d.Name, "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return "Garmin " + strings.Join(words, " ")
}

// claim makes the name say that there is a barometer, or not. It reports whether
// that changed it.
func claim(a *activity.Activity, name *string, b Barometer) bool {
	n := len(*name) - len(suffix)
	has := n >= 0 && strings.EqualFold((*name)[n:], suffix)
	switch {
	case !has && *name != "" && (b == BarometerYes || b == BarometerAuto && a.Device.Barometric):
		*name += suffix
		return true
	case has && b == BarometerNo:
		*name = (*name)[:n]
		return true
	}
	return false
}

// halveCadence halves the cadence of runs and walks that counts both legs.
func halveCadence(a *activity.Activity, found *finding.List) bool {
	var most float32
	switch a.Sport.Family() {
	case activity.RunFamily:
		most = runBothLegs
	case activity.WalkFamily:
		most = walkBothLegs
	default:
		return false
	}
	var counts []float32
	for i := range a.Records {
		if r := &a.Records[i]; r.Has&activity.Cadence != 0 && r.Cadence > 0 {
			counts = append(counts, r.Cadence)
		}
	}
	if len(counts) == 0 {
		return false
	}
	slices.Sort(counts)
	if counts[len(counts)/2] <= most {
		return false
	}
	a.Records = slices.Clone(a.Records)
	n := 0
	for i := range a.Records {
		if r := &a.Records[i]; r.Has&activity.Cadence != 0 && r.Cadence > 0 {
			r.Cadence = float32(math.Round(float64(r.Cadence) / 2))
			n++
		}
	}
	found.AddN(finding.ConvertCadence, finding.Place{}, "", n)
	return true
}
