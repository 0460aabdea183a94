package tcx

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/xmltrack"
	"github.com/bandport/bandport/pkg/internal/xmlwrite"
)

// Patch writes a document that was kept ([Options.KeepSource]) with the changes
// that make of its activities those given, and leaves every other byte as it
// stands: dialects, extensions and whatever the model does not know, blanks and
// comments.
//
// The activities are changed copies of those of the file, one for one. What can be
// changed is RawSport, the name of a device that has one, and the starts of laps;
// of records every field, and records can be left out, together with their entry
// in Places. Only altitude, distance, heart rate and cadence can be added to a
// trackpoint that does not have them. Other changes are not written.
//
// An error is that of w; or says that the source was not kept, or what cannot be
// changed in it.
func Patch(w io.Writer, f *activity.File, acts []activity.Activity) error {
	if f.Source == nil || f.Source.Format != "tcx" || len(acts) != len(f.Activities) {
		return errors.New("patching TCX: the source was not kept")
	}
	var edits []activity.Edit
	for i := range acts {
		more, err := dialectOfTCX.Patch(f.Source, &f.Activities[i], &acts[i])
		if err != nil {
			return fmt.Errorf("patching TCX: %w", err)
		}
		edits = append(edits, more...)
	}
	edits = append(edits, patchWords(f, acts)...)
	if err := f.Source.Splice(w, edits); err != nil {
		return fmt.Errorf("patching TCX: %w", err)
	}
	return nil
}

// patchWords returns the edits of what stands outside the trackpoints. Activities
// and laps are counted as they end, which is the order in which they begin.
func patchWords(f *activity.File, acts []activity.Activity) (edits []activity.Edit) {
	if !wordsDiffer(f.Activities, acts) {
		return nil
	}
	text := func(s string) []byte { return xmlwrite.AppendText(nil, s) }
	at, lap := 0, 0
	xmltrack.Elements(f.Source.Data, 0, func(e *xmltrack.Element) {
		if at >= len(acts) {
			return
		}
		before, after := &f.Activities[at], &acts[at]
		switch {
		case e.Name == "Lap" && (e.Parent == "Activity" || e.Parent == "Course"):
			if lap < len(after.Laps) && lap < len(before.Laps) && !before.Laps[lap].Start.Equal(after.Laps[lap].Start) {
				edits = append(edits, xmltrack.SetAttribute(f.Source, e, "StartTime", instant(after.Laps[lap].Start)))
			}
			lap++
		case e.Name == "Name" && e.Parent == "Creator" && before.Device.Name != after.Device.Name:
			edits = append(edits, xmltrack.SetContent(e, text(after.Device.Name)))
		case e.Name == "Activity" || e.Name == "Course":
			if before.RawSport != after.RawSport && e.Name == "Activity" {
				edits = append(edits, xmltrack.SetAttribute(f.Source, e, "Sport", text(after.RawSport)))
			}
			at, lap = at+1, 0
		}
	})
	return edits
}

func instant(t time.Time) []byte { return xmltrack.Instant(t.UnixMilli()) }

func wordsDiffer(before, after []activity.Activity) bool {
	for i := range after {
		a, b := &before[i], &after[i]
		if a.RawSport != b.RawSport || a.Device.Name != b.Device.Name {
			return true
		}
		for k := range a.Laps {
			if k < len(b.Laps) && !a.Laps[k].Start.Equal(b.Laps[k].Start) {
				return true
			}
		}
	}
	return false
}

// order is that of the schema for what can be added to a trackpoint.
var order = []struct {
	name  string
	field activity.Fields
}{
	{"Time", 0},
	{"Position", 0},
	{"AltitudeMeters", activity.Altitude},
	{"DistanceMeters", activity.Distance},
	{"HeartRateBpm", activity.HeartRate},
	{"Cadence", activity.Cadence},
}

var dialectOfTCX = xmltrack.Dialect{
	Field:    fieldOf,
	Position: position,
	Insert:   insert,
	Remove: func(e *xmltrack.Element, inner []xmltrack.Element) *xmltrack.Element {
		if e.Name == "Value" {
			for i := range inner {
				if inner[i].Name == "HeartRateBpm" && holds(&inner[i], e) {
					return &inner[i]
				}
			}
		}
		return e
	},
}

func holds(around, e *xmltrack.Element) bool {
	return around.Content.Offset <= e.Whole.Offset && e.Whole.Offset+e.Whole.Length <= around.Content.Offset+around.Content.Length
}

// fieldOf returns the field that an element of a trackpoint holds.
func fieldOf(e *xmltrack.Element) activity.Fields {
	if e.Children > 0 {
		return 0
	}
	switch e.Name {
	case "AltitudeMeters":
		return activity.Altitude
	case "DistanceMeters":
		return activity.Distance
	case "HeartRateBpm":
		return activity.HeartRate
	case "Value":
		if e.Parent == "HeartRateBpm" {
			return activity.HeartRate
		}
	case "Cadence", "RunCadence":
		return activity.Cadence
	case "Speed":
		return activity.Speed
	case "Watts":
		return activity.Power
	case "Temperature", "atemp":
		return activity.Temperature
	}
	return 0
}

// position changes or removes the position. One that is not there cannot be
// added.
func position(src *activity.Source, _ *xmltrack.Element, inner []xmltrack.Element, to *activity.Record) (edits []activity.Edit, _ error) {
	for i := range inner {
		e := &inner[i]
		switch {
		case to.Has&activity.Position == 0:
			if e.Name == "Position" {
				edits = append(edits, xmltrack.Remove(src, e.Whole))
			}
		case e.Name == "LatitudeDegrees":
			edits = append(edits, xmltrack.SetContent(e, xmlwrite.AppendFloat(nil, to.Lat)))
		case e.Name == "LongitudeDegrees":
			edits = append(edits, xmltrack.SetContent(e, xmlwrite.AppendFloat(nil, to.Lon)))
		}
	}
	if to.Has&activity.Position != 0 && len(edits) < 2 {
		return nil, errors.New("a position cannot be added")
	}
	return edits, nil
}

// insert adds fields, each behind what the schema has before it.
func insert(whole *xmltrack.Element, inner []xmltrack.Element, added []xmltrack.Added) (edits []activity.Edit, _ error) {
	named := func(name string) string {
		if whole.Prefix != "" {
			return whole.Prefix + ":" + name
		}
		return name
	}
	done := 0
	at := whole.Content.Offset
	for _, o := range order {
		for i := range inner {
			if e := &inner[i]; e.Name == o.name && e.Parent == whole.Name {
				at = max(at, e.Whole.Offset+e.Whole.Length)
			}
		}
		for _, a := range added {
			if a.Field != o.field || o.field == 0 {
				continue
			}
			done++
			value := string(a.Value)
			if a.Field == activity.HeartRate {
				value = "<" + named("Value") + ">" + value + "</" + named("Value") + ">"
			}
			edits = append(edits, activity.Edit{
				Extent: activity.Extent{Offset: at}, With: fmt.Appendf(nil, "<%s>%s</%s>", named(o.name), value, named(o.name)),
			})
		}
	}
	if done < len(added) {
		return nil, errors.New("speed, power and temperature cannot be added")
	}
	return edits, nil
}
