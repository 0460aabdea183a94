package gpx_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/gpx"
)

func kept(t *testing.T, doc string) activity.File {
	t.Helper()
	f, err := gpx.Decode(t.Context(), strings.NewReader(doc), gpx.Options{KeepSource: true})
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
	if err := gpx.Patch(&b, f, acts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPatchChangesOnlyWhatIsTouched(t *testing.T) {
	const doc = `<?xml version='1.0'?>
<gpx version="7.7" creator='Zepp App' xmlns:x="urn:x">
 <!-- a comment --><wpt lat="1" lon="2"/>
 <trk><type>running</type><trkseg>
  <trkpt lon='11.5' lat = "48.10"><ele>500.0</ele><time>2024-03-01T10:00:00Z</time><extensions><x:hr>140</x:hr><x:mood>good</x:mood></extensions></trkpt>
  <trkpt lat="48.11" lon="11.51"><time>2024-03-01T10:00:01Z</time></trkpt>
  <trkpt lat="48.12" lon="11.52"><time>2024-03-01T10:00:02Z</time><extensions/></trkpt>
 </trkseg></trk>
</gpx>
`
	for _, tt := range []struct {
		name      string
		edit      func(a *activity.Activity)
		old, with []string
	}{
		{name: "nothing", edit: func(*activity.Activity) {}},
		{
			name: "the creator", edit: func(a *activity.Activity) { a.Creator = `Zepp "App" & more` },
			old: []string{`'Zepp App'`}, with: []string{`'Zepp &quot;App&quot; &amp; more'`},
		},
		{
			name: "the sport", edit: func(a *activity.Activity) { a.RawSport = "TrailRun" },
			old: []string{`<type>running`}, with: []string{`<type>TrailRun`},
		},
		{
			name: "a title that was not there", edit: func(a *activity.Activity) { a.Name = "Evening" },
			old: []string{`<trk>`}, with: []string{`<trk><name>Evening</name>`},
		},
		{
			name: "a heart rate", edit: func(a *activity.Activity) { a.Records[0].HeartRate = 70 },
			old: []string{`<x:hr>140`}, with: []string{`<x:hr>70`},
		},
		{
			name: "a heart rate that goes", edit: func(a *activity.Activity) { a.Records[0].Has &^= activity.HeartRate },
			old: []string{`<x:hr>140</x:hr>`}, with: []string{``},
		},
		{
			name: "a position", edit: func(a *activity.Activity) { a.Records[0].Lat, a.Records[0].Lon = 47.5, -1.25 },
			old: []string{`'11.5'`, `"48.10"`}, with: []string{`'-1.25'`, `"47.5"`},
		},
		{
			name: "a time", edit: func(a *activity.Activity) { a.Records[1].Time += 250 },
			old: []string{`10:00:01Z`}, with: []string{`10:00:01.250Z`},
		},
		{
			name: "fields that were not there", edit: func(a *activity.Activity) {
				r := &a.Records[1]
				r.Altitude, r.Power, r.Cadence, r.Has = 501.5, 200, 85, r.Has|activity.Altitude|activity.Power|activity.Cadence
			},
			old:  []string{`<time>2024-03-01T10:00:01Z</time>`},
			with: []string{`<ele>501.5</ele><time>2024-03-01T10:00:01Z</time><extensions><cadence>85</cadence><power>200</power></extensions>`},
		},
		{
			name: "a trackpoint that goes", edit: func(a *activity.Activity) {
				a.Records, a.Places = slices.Delete(a.Records, 1, 2), slices.Delete(a.Places, 1, 2)
			},
			old: []string{"\n" + `  <trkpt lat="48.11" lon="11.51"><time>2024-03-01T10:00:01Z</time></trkpt>`}, with: []string{``},
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
	const point = `<gpx><trk><trkseg><trkpt lat="1" lon="2"><time>2024-03-01T10:00:00Z</time></trkpt></trkseg></trk></gpx>`
	for _, tt := range []struct {
		name, want string
		file       func() activity.File
		edit       func(a *activity.Activity)
	}{
		{"a source that was not kept", "not kept", func() activity.File { f := kept(t, point); f.Source = nil; return f }, func(*activity.Activity) {}},
		{"another encoding", "not be in UTF-8", func() activity.File {
			return kept(t, strings.Replace(point, "<gpx>", `<?xml version="1.0" encoding="ISO-8859-1"?><gpx>`, 1))
		}, func(*activity.Activity) {}},
		{"a position that goes", "left out as a whole", func() activity.File { return kept(t, point) }, func(a *activity.Activity) { a.Records[0].Has &^= activity.Position }},
		{"trackpoints of another document", "not in the order", func() activity.File { return kept(t, point) }, func(a *activity.Activity) { a.Places[0].Offset++ }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.file()
			acts := edited(&f)
			tt.edit(&acts[0])
			var b bytes.Buffer
			if err := gpx.Patch(&b, &f, acts); err == nil || !strings.Contains(err.Error(), tt.want) || b.Len() > 0 {
				t.Errorf("error %v, want one about %q; %d bytes were written", err, tt.want, b.Len())
			}
		})
	}
}

// What is patched reads as what it was patched to be, in all dialects.
func TestPatchReadsAsEdited(t *testing.T) {
	names, err := filepath.Glob("../../testdata/gpx/*/*.gpx")
	if err != nil || len(names) < 30 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	tried := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := gpx.Decode(t.Context(), bytes.NewReader(data), gpx.Options{KeepSource: true})
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
		again, err := gpx.Decode(t.Context(), strings.NewReader(patched(t, &f, acts)), gpx.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(a.Records, again.Activities[0].Records); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		tried++
	}
	if tried < 20 {
		t.Errorf("only %d files were tried", tried)
	}
}
