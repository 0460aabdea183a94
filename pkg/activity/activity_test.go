package activity_test

import (
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
)

// The size is a promise of the package's documentation: a long workout fits
// into the cache of the processor, and a record into one line of it.
func TestRecordIs64Bytes(t *testing.T) {
	if n := unsafe.Sizeof(activity.Record{}); n != 64 {
		t.Errorf("%d bytes", n)
	}
}

func TestHasAll(t *testing.T) {
	r := activity.Record{Has: activity.Time | activity.Position}
	for _, c := range []struct {
		fields activity.Fields
		want   bool
	}{
		{activity.Time, true},
		{activity.Time | activity.Position, true},
		{activity.Time | activity.Power, false}, // all of them, not any
		{0, true},
	} {
		if got := r.HasAll(c.fields); got != c.want {
			t.Errorf("%b: %v", c.fields, got)
		}
	}
}

func TestFieldNamesFollowTheBits(t *testing.T) {
	want := []string{"time", "position", "altitude", "distance", "speed", "heartrate", "cadence", "power", "temperature"}
	got := activity.FieldNames()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if activity.Temperature != 1<<(len(want)-1) {
		t.Error("there are more bits than names, or fewer")
	}
	got[0] = "overwritten"
	if activity.FieldNames()[0] != "time" {
		t.Error("a caller can change the names")
	}
}

func TestSensorsCountTheRecordsWithEachField(t *testing.T) {
	a := activity.Activity{Records: []activity.Record{
		{Has: activity.Time | activity.HeartRate},
		{Has: activity.Time},
		{Has: activity.Time | activity.Temperature},
	}}
	want := map[string]int{"time": 3, "heartrate": 1, "temperature": 1}
	if diff := cmp.Diff(want, a.Sensors()); diff != "" {
		t.Error(diff)
	}
	if got := (&activity.Activity{}).Sensors(); got == nil || len(got) != 0 {
		t.Errorf("without records: %v", got)
	}
}

func TestSpanOfTheRecords(t *testing.T) {
	at := func(ms int64) activity.Record { return activity.Record{Time: ms, Has: activity.Time} }
	for _, c := range []struct {
		name        string
		records     []activity.Record
		first, last int64
		ok          bool
	}{
		{"no records", nil, 0, 0, false},
		{"no times", []activity.Record{{Time: 5, Has: activity.Power}}, 0, 0, false},
		{"one record", []activity.Record{at(5000)}, 5000, 5000, true},
		{"the order does not matter", []activity.Record{at(5000), at(9000), at(1000)}, 1000, 9000, true},
		{"a record without a time does not count", []activity.Record{{Time: 1}, at(5000)}, 5000, 5000, true},
		{"before 1970", []activity.Record{at(-9000), at(-5000)}, -9000, -5000, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := activity.Activity{Records: c.records}
			first, last, ok := a.Span()
			if ok != c.ok {
				t.Fatalf("ok is %v", ok)
			}
			if !ok {
				if !first.IsZero() || !last.IsZero() {
					t.Errorf("%v to %v out of nothing", first, last)
				}
				return
			}
			if first.UnixMilli() != c.first || last.UnixMilli() != c.last || first.Location() != time.UTC {
				t.Errorf("%v to %v", first, last)
			}
		})
	}
}

func TestSpanOfIndices(t *testing.T) {
	if n := (activity.Span{First: 3, End: 7}).Len(); n != 4 {
		t.Errorf("3, 4, 5 and 6 are %d", n)
	}
	if n := (activity.Span{}).Len(); n != 0 {
		t.Errorf("the empty span has %d", n)
	}
}

func TestPause(t *testing.T) {
	from := time.Date(2024, time.June, 1, 8, 0, 0, 0, time.UTC)
	p := activity.Pause{From: from, To: from.Add(90 * time.Second)}
	if p.Duration() != 90*time.Second {
		t.Errorf("lasts %v", p.Duration())
	}
	for source, want := range map[activity.PauseSource]string{
		activity.PauseTimer: "timer stopped", activity.PauseTrack: "new track", activity.PauseLap: "gap between laps",
		activity.PauseSegment: "new segment", 200: "unknown",
	} {
		if source.String() != want {
			t.Errorf("source %d is called %q, want %q", source, source, want)
		}
	}
}

func TestExtent(t *testing.T) {
	src := &activity.Source{Format: "gpx", Data: []byte("<trk><trkpt/></trk>")}
	e := activity.Extent{Offset: 5, Length: 8}
	if got := string(e.Of(src)); got != "<trkpt/>" {
		t.Errorf("%q", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a piece beyond the end of the data")
		}
	}()
	activity.Extent{Offset: 15, Length: 8}.Of(src)
}
