package codectest

import (
	"math"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
)

// Sound checks what everybody may rely on in an activity, whatever it was read
// from: every record has a time, and no figure that is none; laps, tracks,
// pauses, streams and places fit the records; the tracks hold each record once.
func Sound(tb testing.TB, a *activity.Activity) {
	tb.Helper()
	for i := range a.Records {
		record(tb, i, &a.Records[i])
	}
	span := func(what string, s activity.Span) {
		if s.First < 0 || s.End < s.First || s.End > len(a.Records) {
			tb.Fatalf("%s covers records %d to %d of %d", what, s.First, s.End, len(a.Records))
		}
	}
	for _, l := range a.Laps {
		span("a lap", l.Records)
	}
	next := 0
	for _, tr := range a.Tracks {
		span("a track", tr)
		if tr.First != next || tr.Len() == 0 {
			tb.Fatalf("a track covers records %d to %d, after %d", tr.First, tr.End, next)
		}
		next = tr.End
	}
	if next != len(a.Records) {
		tb.Fatalf("tracks hold %d of %d records", next, len(a.Records))
	}
	for _, p := range a.Pauses {
		if !p.To.After(p.From) || p.Next <= 0 || p.Next >= len(a.Records) {
			tb.Fatalf("pause %+v of %d records", p, len(a.Records))
		}
	}
	for i := range a.Streams {
		if s := &a.Streams[i]; len(s.Values) != len(a.Records) {
			tb.Fatalf("stream %q has %d values for %d records", s.Name, len(s.Values), len(a.Records))
		}
	}
	if a.Places != nil && len(a.Places) != len(a.Records) {
		tb.Fatalf("%d places of %d records", len(a.Places), len(a.Records))
	}
	for i := range a.DeveloperFields {
		if n := a.DeveloperFields[i].Records; n < 0 || n > len(a.Records) {
			tb.Fatalf("a developer field stands in %d of %d records", n, len(a.Records))
		}
	}
}

func record(tb testing.TB, i int, r *activity.Record) {
	tb.Helper()
	if r.Has&activity.Time == 0 {
		tb.Fatalf("record %d has no time", i)
	}
	if math.Abs(r.Lat) > 90 || math.Abs(r.Lon) > 180 {
		tb.Fatalf("record %d is at %v, %v", i, r.Lat, r.Lon)
	}
	for _, v := range [...]float64{
		r.Lat, r.Lon, r.Altitude, r.Distance,
		float64(r.Speed), float64(r.HeartRate), float64(r.Cadence), float64(r.Power), float64(r.Temperature),
	} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			tb.Fatalf("record %d holds %v", i, v)
		}
	}
}
