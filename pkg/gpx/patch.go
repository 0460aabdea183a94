package gpx

import (
	"errors"
	"fmt"
	"io"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/xmltrack"
	"github.com/bandport/bandport/pkg/internal/xmlwrite"
)

// Patch writes a document that was kept ([Options.KeepSource]) with the changes
// that make of its activities those given, and leaves every other byte as it
// stands: dialects, extensions and routes that the model does not know, blanks
// and comments.
//
// The activities are changed copies of those of the file, one for one. What can be
// changed is Creator, and RawSport and Name of tracks; of records every field, and
// records can be left out, together with their entry in Places. A field that a
// trackpoint does not have is added as a plain tag, which is what Strava reads.
// Other changes are not written.
//
// An error is that of w; or says that the source was not kept, or what cannot be
// changed in it.
func Patch(w io.Writer, f *activity.File, acts []activity.Activity) error {
	if f.Source == nil || f.Source.Format != "gpx" || len(acts) != len(f.Activities) {
		return errors.New("patching GPX: the source was not kept")
	}
	var edits []activity.Edit
	for i := range acts {
		more, err := dialectOfGPX.Patch(f.Source, &f.Activities[i], &acts[i])
		if err != nil {
			return fmt.Errorf("patching GPX: %w", err)
		}
		edits = append(edits, more...)
	}
	edits = append(edits, patchWords(f, acts)...)
	if err := f.Source.Splice(w, edits); err != nil {
		return fmt.Errorf("patching GPX: %w", err)
	}
	return nil
}

// patchWords returns the edits of what stands outside the trackpoints.
func patchWords(f *activity.File, acts []activity.Activity) (edits []activity.Edit) {
	changed := false
	for i := range acts {
		a, b := &f.Activities[i], &acts[i]
		changed = changed || a.Creator != b.Creator || a.RawSport != b.RawSport || a.Name != b.Name
	}
	if !changed {
		return nil
	}
	text := func(s string) []byte { return xmlwrite.AppendText(nil, s) }
	var inner []xmltrack.Element // of the track
	xmltrack.Elements(f.Source.Data, 0, func(e *xmltrack.Element) {
		switch {
		case e.Parent == "trk" && (e.Name == "type" || e.Name == "name"):
			inner = append(inner, *e)
		case e.Name == "gpx" && e.Parent == "" && f.Activities[0].Creator != acts[0].Creator:
			edits = append(edits, xmltrack.SetAttribute(f.Source, e, "creator", text(acts[0].Creator)))
		case e.Name == "trk":
			i := trackOf(f.Activities, e.Whole)
			if i >= 0 {
				edits = append(edits, patchTrack(e, inner, &f.Activities[i], &acts[i])...)
			}
			inner = inner[:0]
		}
	})
	return edits
}

// trackOf returns the activity whose trackpoints stand in a track; −1 for none.
func trackOf(acts []activity.Activity, track activity.Extent) int {
	for i := range acts {
		for _, p := range acts[i].Places {
			if p.Offset >= track.Offset && p.Offset < track.Offset+track.Length {
				return i
			}
		}
	}
	return -1
}

func patchTrack(track *xmltrack.Element, inner []xmltrack.Element, before, after *activity.Activity) (edits []activity.Edit) {
	for _, word := range []struct{ name, from, to string }{
		{"name", before.Name, after.Name}, {"type", before.RawSport, after.RawSport},
	} {
		if word.from == word.to {
			continue
		}
		value, done := xmlwrite.AppendText(nil, word.to), false
		for i := range inner {
			if inner[i].Name == word.name {
				edits, done = append(edits, xmltrack.SetContent(&inner[i], value)), true
			}
		}
		if done || track.Closed {
			continue
		}
		// The schema has the title first, and the sport before extensions and
		// segments.
		at := track.Content.Offset
		for i := range inner {
			if word.name == "type" && inner[i].Name == "name" {
				at = inner[i].Whole.Offset + inner[i].Whole.Length
			}
		}
		edits = append(edits, activity.Edit{
			Extent: activity.Extent{Offset: at}, With: fmt.Appendf(nil, "<%s>%s</%s>", named(track, word.name), value, named(track, word.name)),
		})
	}
	return edits
}

// named gives a name the prefix that the elements around it have.
func named(like *xmltrack.Element, name string) string {
	if like.Prefix != "" {
		return like.Prefix + ":" + name
	}
	return name
}

// plainTags are the names under which a field is added.
var plainTags = map[activity.Fields]string{
	activity.HeartRate: "heartrate", activity.Cadence: "cadence", activity.Power: "power", activity.Temperature: "temp",
	activity.Distance: "distance", activity.Speed: "speed",
}

var dialectOfGPX = xmltrack.Dialect{
	Field: func(e *xmltrack.Element) activity.Fields {
		if e.Children > 0 {
			return 0
		}
		return fieldOf(e.Name)
	},
	Position: func(src *activity.Source, whole *xmltrack.Element, _ []xmltrack.Element, to *activity.Record) ([]activity.Edit, error) {
		if to.Has&activity.Position == 0 {
			return nil, errors.New("a trackpoint without a position is left out as a whole")
		}
		lat := xmltrack.SetAttribute(src, whole, "lat", xmlwrite.AppendFloat(nil, to.Lat))
		lon := xmltrack.SetAttribute(src, whole, "lon", xmlwrite.AppendFloat(nil, to.Lon))
		return []activity.Edit{lat, lon}, nil
	},
	Insert: insert,
	Remove: func(e *xmltrack.Element, _ []xmltrack.Element) *xmltrack.Element { return e },
}

// insert adds fields to a trackpoint: the elevation in front, all others as plain
// tags in its extensions.
func insert(whole *xmltrack.Element, inner []xmltrack.Element, added []xmltrack.Added) (edits []activity.Edit, _ error) {
	var tags []byte
	for _, a := range added {
		if a.Field == activity.Altitude {
			name := named(whole, "ele")
			edits = append(edits, activity.Edit{
				Extent: activity.Extent{Offset: whole.Content.Offset}, With: fmt.Appendf(nil, "<%s>%s</%s>", name, a.Value, name),
			})
			continue
		}
		name := named(whole, plainTags[a.Field])
		tags = fmt.Appendf(tags, "<%s>%s</%s>", name, a.Value, name)
	}
	if len(tags) == 0 {
		return edits, nil
	}
	for i := range inner {
		if e := &inner[i]; e.Name == "extensions" && !e.Closed {
			return append(edits, activity.Edit{Extent: activity.Extent{Offset: e.Content.Offset + e.Content.Length}, With: tags}), nil
		}
	}
	around := named(whole, "extensions")
	return append(edits, activity.Edit{
		Extent: activity.Extent{Offset: whole.Content.Offset + whole.Content.Length},
		With:   fmt.Appendf(nil, "<%s>%s</%s>", around, tags, around),
	}), nil
}

// PatchForStrava is [Patch], and adds a plain tag for the heart rate, the cadence,
// the power and the distance of trackpoints that have them only under names that
// Strava does not read.
func PatchForStrava(w io.Writer, f *activity.File, acts []activity.Activity) error {
	if f.Source == nil || f.Source.Format != "gpx" || len(acts) != len(f.Activities) {
		return errors.New("patching GPX: the source was not kept")
	}
	var edits []activity.Edit
	for i := range acts {
		more, err := dialectOfGPX.Patch(f.Source, &f.Activities[i], &acts[i])
		if err != nil {
			return fmt.Errorf("patching GPX: %w", err)
		}
		edits = append(edits, more...)
		for k := range acts[i].Places {
			edits = append(edits, plainly(f.Source, acts[i].Places[k], &acts[i].Records[k])...)
		}
	}
	edits = append(edits, patchWords(f, acts)...)
	if err := f.Source.Splice(w, edits); err != nil {
		return fmt.Errorf("patching GPX: %w", err)
	}
	return nil
}

// plainly returns the edits that add plain tags to a trackpoint: for fields that
// it has, but under no name that Strava reads. Those are the plain tags, hr and
// cad of TrackPointExtension, and the names of Cluetrust's GPXDATA.
func plainly(src *activity.Source, place activity.Extent, r *activity.Record) []activity.Edit {
	if r.Has&(activity.HeartRate|activity.Cadence|activity.Power|activity.Distance) == 0 {
		return nil
	}
	var have, read activity.Fields
	var inner []xmltrack.Element
	xmltrack.Elements(place.Of(src), place.Offset, func(e *xmltrack.Element) {
		inner = append(inner, *e)
		f := dialectOfGPX.Field(e)
		have |= f
		switch e.Name {
		case "hr", "heartrate", "cad", "cadence", "distance":
			read |= f
		case "power":
			if e.Prefix == "" {
				read |= f
			}
		}
	})
	if len(inner) == 0 {
		return nil
	}
	whole := &inner[len(inner)-1]
	var added []xmltrack.Added
	for _, f := range []activity.Fields{activity.HeartRate, activity.Cadence, activity.Power, activity.Distance} {
		if have&^read&r.Has&f != 0 {
			added = append(added, xmltrack.Added{Field: f, Value: xmltrack.Value(r, f)})
		}
	}
	if len(added) == 0 || whole.Closed {
		return nil
	}
	edits, _ := insert(whole, inner[:len(inner)-1], added) // none of these is refused
	return edits
}
