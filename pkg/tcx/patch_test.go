package tcx_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/codectest"
	"github.com/bandport/bandport/pkg/tcx"
)

var patcher = codectest.Patcher{
	Decode: func(ctx context.Context, doc []byte) (activity.File, error) {
		return tcx.Decode(ctx, bytes.NewReader(doc), tcx.Options{KeepSource: true})
	},
	Patch: tcx.Patch,
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
	patcher.ChangesOnly(t, doc, []codectest.Touch{
		{Name: "nothing", Edit: func(*activity.Activity) {}},
		{
			Name: "the device", Edit: func(a *activity.Activity) { a.Device.Name = "Band & more" },
			Old: []string{`>Band<`}, With: []string{`>Band &amp; more<`},
		},
		{
			Name: "the sport", Edit: func(a *activity.Activity) { a.RawSport = "Hiking" },
			Old: []string{`"Running"`}, With: []string{`"Hiking"`},
		},
		{
			Name: "the start of a lap", Edit: func(a *activity.Activity) {
				a.Laps[0].Start = a.Laps[0].Start.Add(-1500 * time.Millisecond)
			},
			Old: []string{`<Lap>`}, With: []string{`<Lap StartTime="2024-03-01T09:59:58.500Z">`},
		},
		{
			Name: "a cadence", Edit: func(a *activity.Activity) { a.Records[0].Cadence = 85 },
			Old: []string{`>170<`}, With: []string{`>85<`},
		},
		{
			Name: "a heart rate that goes", Edit: func(a *activity.Activity) { a.Records[0].Has &^= activity.HeartRate },
			Old: []string{`<HeartRateBpm><Value>140</Value></HeartRateBpm>`}, With: []string{``},
		},
		{
			Name: "a position that goes", Edit: func(a *activity.Activity) { a.Records[0].Has &^= activity.Position },
			Old:  []string{`<Position><LatitudeDegrees>48.10</LatitudeDegrees><LongitudeDegrees>11.5</LongitudeDegrees></Position>`},
			With: []string{``},
		},
		{
			Name: "a position", Edit: func(a *activity.Activity) { a.Records[0].Lat, a.Records[0].Lon = 47.5, -1.25 },
			Old: []string{`>11.5<`, `>48.10<`}, With: []string{`>-1.25<`, `>47.5<`},
		},
		{
			Name: "fields that were not there", Edit: func(a *activity.Activity) {
				r := &a.Records[1]
				r.Altitude, r.HeartRate, r.Cadence, r.Has = 501.5, 150, 85, r.Has|activity.Altitude|activity.HeartRate|activity.Cadence
			},
			Old:  []string{`01Z</Time><DistanceMeters>3</DistanceMeters>`},
			With: []string{`01Z</Time><AltitudeMeters>501.5</AltitudeMeters><DistanceMeters>3</DistanceMeters><HeartRateBpm><Value>150</Value></HeartRateBpm><Cadence>85</Cadence>`},
		},
		{
			Name: "a trackpoint that goes", Edit: func(a *activity.Activity) {
				a.Records, a.Places = slices.Delete(a.Records, 2, 3), slices.Delete(a.Places, 2, 3)
			},
			Old: []string{"\n   <Trackpoint><Time>2024-03-01T10:00:02Z</Time></Trackpoint>"}, With: []string{``},
		},
	})
}

func TestPatchSaysWhatItCannot(t *testing.T) {
	const point = `<TrainingCenterDatabase><Activities><Activity><Lap><Track><Trackpoint><Time>2024-03-01T10:00:00Z</Time></Trackpoint></Track></Lap></Activity></Activities></TrainingCenterDatabase>`
	unkept := patcher.Kept(t, point)
	unkept.Source = nil
	asItIs := func(*activity.Activity) {}
	patcher.Refuses(t, "a source that was not kept", "not kept", unkept, asItIs)
	patcher.Refuses(t, "another encoding", "not be in UTF-8", patcher.Kept(t, `<?xml version="1.0" encoding="ISO-8859-1"?>`+point), asItIs)
	patcher.Refuses(t, "a position that was not there", "cannot be added", patcher.Kept(t, point), func(a *activity.Activity) { a.Records[0].Lat, a.Records[0].Has = 5, a.Records[0].Has|activity.Position })
	patcher.Refuses(t, "a power that was not there", "cannot be added", patcher.Kept(t, point), func(a *activity.Activity) { a.Records[0].Has |= activity.Power })
	patcher.Refuses(t, "trackpoints of another document", "not in the order", patcher.Kept(t, point), func(a *activity.Activity) { a.Places[0].Offset++ })
}

// What is patched reads as what it was patched to be, in all dialects.
func TestPatchReadsAsEdited(t *testing.T) {
	patcher.ReadsAsEdited(t, "../../testdata/dialects/*.tcx", 15)
}
