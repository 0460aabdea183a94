package tcx_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/tcx"
)

func kept(t *testing.T, doc string) activity.File {
	t.Helper()
	f, err := tcx.Decode(t.Context(), strings.NewReader(doc), tcx.Options{KeepSource: true})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// edited returns copies of the activities that can be changed.
func edited(f *activity.File) []activity.Activity {
	acts := slices.Clone(f.Activities)
	for i := range acts {
		acts[i].Records, acts[i].Places = slices.Clone(acts[i].Records), slices.Clone(acts[i].Places)
	}
	return acts
}

func patched(t *testing.T, f *activity.File, acts []activity.Activity) string {
	t.Helper()
	var b bytes.Buffer
	if err := tcx.Patch(&b, f, acts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPatchChangesOnlyWhatIsTouched(t *testing.T) {
	const doc = `<?xml version="1.0"?>
<TrainingCenterDatabase xmlns:n="urn:n"><!-- a comment --><Activities>
 <Activity Sport="Running"><Id>5</Id>
  <Lap><TotalTimeSeconds>3</TotalTimeSeconds><Track>
   <Trackpoint><Time>2024-03-01T10:00:00Z</Time><Position><LatitudeDegrees>48.10</LatitudeDegrees><LongitudeDegrees>11.5</LongitudeDegrees></Position><HeartRateBpm><Value>140</Value></HeartRateBpm><Extensions><n:TPX><n:RunCadence>170</n:RunCadence><n:Mood>good</n:Mood></n:TPX></Extensions></Trackpoint>
   <Trackpoint><Time>2024-03-01T10:00:01Z</Time><DistanceMeters>3</DistanceMeters></Trackpoint>
   <Trackpoint><Time>2024-03-01T10:00:02Z</Time></Trackpoint>
  </Track></Lap>
  <Creator><Name>Band</Name></Creator>
 </Activity></Activities>
</TrainingCenterDatabase>
`
	for _, tt := range []struct {
		name      string
		edit      func(a *activity.Activity)
		old, with []string
	}{
		{name: "nothing", edit: func(*activity.Activity) {}},
		{
			name: "the device", edit: func(a *activity.Activity) { a.Device.Name = "Band & more" },
			old: []string{`>Band<`}, with: []string{`>Band &amp; more<`},
		},
		{
			name: "the sport", edit: func(a *activity.Activity) { a.RawSport = "Hiking" },
			old: []string{`"Running"`}, with: []string{`"Hiking"`},
		},
		{
			name: "the start of a lap", edit: func(a *activity.Activity) {
				a.Laps = slices.Clone(a.Laps)
				a.Laps[0].Start = a.Laps[0].Start.Add(-1500 * time.Millisecond)
			},
			old: []string{`<Lap>`}, with: []string{`<Lap StartTime="2024-03-01T09:59:58.500Z">`},
		},
		{
			name: "a cadence", edit: func(a *activity.Activity) { a.Records[0].Cadence = 85 },
			old: []string{`>170<`}, with: []string{`>85<`},
		},
		{
			name: "a heart rate that goes", edit: func(a *activity.Activity) { a.Records[0].Has &^= activity.HeartRate },
			old: []string{`<HeartRateBpm><Value>140</Value></HeartRateBpm>`}, with: []string{``},
		},
		{
			name: "a position that goes", edit: func(a *activity.Activity) { a.Records[0].Has &^= activity.Position },
			old:  []string{`<Position><LatitudeDegrees>48.10</LatitudeDegrees><LongitudeDegrees>11.5</LongitudeDegrees></Position>`},
			with: []string{``},
		},
		{
			name: "a position", edit: func(a *activity.Activity) { a.Records[0].Lat, a.Records[0].Lon = 47.5, -1.25 },
			old: []string{`>11.5<`, `>48.10<`}, with: []string{`>-1.25<`, `>47.5<`},
		},
		{
			name: "fields that were not there", edit: func(a *activity.Activity) {
				r := &a.Records[1]
				r.Altitude, r.HeartRate, r.Cadence, r.Has = 501.5, 150, 85, r.Has|activity.Altitude|activity.HeartRate|activity.Cadence
			},
			old:  []string{`01Z</Time><DistanceMeters>3</DistanceMeters>`},
			with: []string{`01Z</Time><AltitudeMeters>501.5</AltitudeMeters><DistanceMeters>3</DistanceMeters><HeartRateBpm><Value>150</Value></HeartRateBpm><Cadence>85</Cadence>`},
		},
		{
			name: "a trackpoint that goes", edit: func(a *activity.Activity) {
				a.Records, a.Places = slices.Delete(a.Records, 2, 3), slices.Delete(a.Places, 2, 3)
			},
			old: []string{"\n   <Trackpoint><Time>2024-03-01T10:00:02Z</Time></Trackpoint>"}, with: []string{``},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := kept(t, doc)
			acts := edited(&f)
			tt.edit(&acts[0])
			want := doc
			for i := range tt.old {
				if strings.Count(want, tt.old[i]) != 1 {
					t.Fatalf("%q is not there once", tt.old[i])
				}
				want = strings.Replace(want, tt.old[i], tt.with[i], 1)
			}
			if diff := cmp.Diff(want, patched(t, &f, acts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatchSaysWhatItCannot(t *testing.T) {
	const point = `<TrainingCenterDatabase><Activities><Activity><Lap><Track><Trackpoint><Time>2024-03-01T10:00:00Z</Time></Trackpoint></Track></Lap></Activity></Activities></TrainingCenterDatabase>`
	for _, tt := range []struct {
		name, want string
		file       func() activity.File
		edit       func(a *activity.Activity)
	}{
		{"a source that was not kept", "not kept", func() activity.File { f := kept(t, point); f.Source = nil; return f }, func(*activity.Activity) {}},
		{"another encoding", "not be in UTF-8", func() activity.File {
			return kept(t, `<?xml version="1.0" encoding="ISO-8859-1"?>`+point)
		}, func(*activity.Activity) {}},
		{"a position that was not there", "cannot be added", func() activity.File { return kept(t, point) }, func(a *activity.Activity) { a.Records[0].Lat, a.Records[0].Has = 5, a.Records[0].Has|activity.Position }},
		{"a power that was not there", "cannot be added", func() activity.File { return kept(t, point) }, func(a *activity.Activity) { a.Records[0].Has |= activity.Power }},
		{"trackpoints of another document", "not in the order", func() activity.File { return kept(t, point) }, func(a *activity.Activity) { a.Places[0].Offset++ }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.file()
			acts := edited(&f)
			tt.edit(&acts[0])
			var b bytes.Buffer
			if err := tcx.Patch(&b, &f, acts); err == nil || !strings.Contains(err.Error(), tt.want) || b.Len() > 0 {
				t.Errorf("error %v, want one about %q; %d bytes were written", err, tt.want, b.Len())
			}
		})
	}
}

// What is patched reads as what it was patched to be, in all dialects.
func TestPatchReadsAsEdited(t *testing.T) {
	names, err := filepath.Glob("../../testdata/dialects/*.tcx")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	tried := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := tcx.Decode(t.Context(), bytes.NewReader(data), tcx.Options{KeepSource: true})
		if err != nil || f.Activities[0].Places == nil {
			continue
		}
		if !bytes.Equal(f.Source.Data, data) {
			t.Errorf("%s: the source is not kept as it is", name)
		}
		acts := edited(&f)
		if got := patched(t, &f, acts); got != string(data) {
			t.Errorf("%s: patching nothing changes it", name)
		}
		a := &acts[0]
		for i := range a.Records {
			if r := &a.Records[i]; r.Has&activity.HeartRate != 0 {
				r.HeartRate = float32(60 + i%100)
			}
		}
		if len(a.Records) > 4 {
			a.Records, a.Places = slices.Delete(a.Records, 1, 3), slices.Delete(a.Places, 1, 3)
		}
		again, err := tcx.Decode(t.Context(), strings.NewReader(patched(t, &f, acts)), tcx.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(a.Records, again.Activities[0].Records); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		tried++
	}
	if tried < 15 {
		t.Errorf("only %d files were tried", tried)
	}
}
