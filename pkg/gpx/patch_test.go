package gpx_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/gpx"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

var patcher = codectest.Patcher{
	Decode: func(ctx context.Context, doc []byte) (activity.File, error) {
		return gpx.Decode(ctx, bytes.NewReader(doc), gpx.Options{KeepSource: true})
	},
	Patch: gpx.Patch,
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
	patcher.ChangesOnly(t, doc, []codectest.Touch{
		{Name: "nothing", Edit: func(*activity.Activity) {}},
		{
			Name: "the creator", Edit: func(a *activity.Activity) { a.Creator = `Zepp "App" & more` },
			Old: []string{`'Zepp App'`}, With: []string{`'Zepp &quot;App&quot; &amp; more'`},
		},
		{
			Name: "the sport", Edit: func(a *activity.Activity) { a.RawSport = "TrailRun" },
			Old: []string{`<type>running`}, With: []string{`<type>TrailRun`},
		},
		{
			Name: "a title that was not there", Edit: func(a *activity.Activity) { a.Name = "Evening" },
			Old: []string{`<trk>`}, With: []string{`<trk><name>Evening</name>`},
		},
		{
			Name: "a heart rate", Edit: func(a *activity.Activity) { a.Records[0].HeartRate = 70 },
			Old: []string{`<x:hr>140`}, With: []string{`<x:hr>70`},
		},
		{
			Name: "a heart rate that goes", Edit: func(a *activity.Activity) { a.Records[0].Has &^= activity.HeartRate },
			Old: []string{`<x:hr>140</x:hr>`}, With: []string{``},
		},
		{
			Name: "a position", Edit: func(a *activity.Activity) { a.Records[0].Lat, a.Records[0].Lon = 47.5, -1.25 },
			Old: []string{`'11.5'`, `"48.10"`}, With: []string{`'-1.25'`, `"47.5"`},
		},
		{
			Name: "a time", Edit: func(a *activity.Activity) { a.Records[1].Time += 250 },
			Old: []string{`10:00:01Z`}, With: []string{`10:00:01.250Z`},
		},
		{
			Name: "fields that were not there", Edit: func(a *activity.Activity) {
				r := &a.Records[1]
				r.Altitude, r.Power, r.Cadence, r.Has = 501.5, 200, 85, r.Has|activity.Altitude|activity.Power|activity.Cadence
			},
			Old:  []string{`<time>2024-03-01T10:00:01Z</time>`},
			With: []string{`<ele>501.5</ele><time>2024-03-01T10:00:01Z</time><extensions><cadence>85</cadence><power>200</power></extensions>`},
		},
		{
			Name: "a trackpoint that goes", Edit: func(a *activity.Activity) {
				a.Records, a.Places = slices.Delete(a.Records, 1, 2), slices.Delete(a.Places, 1, 2)
			},
			Old: []string{"\n" + `  <trkpt lat="48.11" lon="11.51"><time>2024-03-01T10:00:01Z</time></trkpt>`}, With: []string{``},
		},
	})
}

func TestPatchSaysWhatItCannot(t *testing.T) {
	const point = `<gpx><trk><trkseg><trkpt lat="1" lon="2"><time>2024-03-01T10:00:00Z</time></trkpt></trkseg></trk></gpx>`
	unkept := patcher.Kept(t, point)
	unkept.Source = nil
	asItIs := func(*activity.Activity) {}
	patcher.Refuses(t, "a source that was not kept", "not kept", unkept, asItIs)
	patcher.Refuses(t, "another encoding", "not be in UTF-8", patcher.Kept(t, strings.Replace(point, "<gpx>", `<?xml version="1.0" encoding="ISO-8859-1"?><gpx>`, 1)), asItIs)
	patcher.Refuses(t, "a position that goes", "left out as a whole", patcher.Kept(t, point), func(a *activity.Activity) { a.Records[0].Has &^= activity.Position })
	patcher.Refuses(t, "trackpoints of another document", "not in the order", patcher.Kept(t, point), func(a *activity.Activity) { a.Places[0].Offset++ })
}

// What is patched reads as what it was patched to be, in all dialects.
func TestPatchReadsAsEdited(t *testing.T) {
	patcher.ReadsAsEdited(t, "../../testdata/gpx/*/*.gpx", 20)
}
