package fit_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
)

// paused is a run with a pause, a lap and a stream of its own.
func paused() activity.Activity {
	start := time.Date(2024, time.March, 1, 10, 0, 0, 0, time.UTC)
	a := activity.Activity{
		Name: "Run", Creator: "Zepp App", Sport: activity.TrailRun, Start: start, Zone: time.FixedZone("", 2*3600),
		Totals: activity.Totals{Calories: activity.Of(120), Steps: activity.Of(1000), MaxSpeed: activity.Of(70)},
		Pauses: []activity.Pause{{From: start.Add(1500 * time.Millisecond), To: start.Add(time.Minute), Next: 2}},
		Streams: []activity.Stream{
			{Name: "mood", Unit: "points", Values: []activity.Value{activity.Of(1), {}, activity.Of(3), activity.Of(4)}},
			{Name: "ratio", Values: []activity.Value{activity.Of(0.1), activity.Of(0.5), {}, {}}},
		},
	}
	for i, s := range []int64{0, 1, 60, 61} {
		a.Records = append(a.Records, activity.Record{
			Time: start.UnixMilli() + s*1000, Lat: -40.1, Lon: 180, Altitude: 100.2 + float64(i), HeartRate: 140.4,
			Has: activity.Time | activity.Position | activity.Altitude | activity.HeartRate,
		})
	}
	return a
}

// The messages stand in the order in which devices write them.
func TestEncodeInOrder(t *testing.T) {
	var b bytes.Buffer
	if err := fit.Encode(&b, []activity.Activity{paused()}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for m := range fit.Messages(&activity.Source{Format: "fit", Data: b.Bytes()}) {
		if m.Definition {
			continue
		}
		name := map[uint16]string{
			0: "file_id", 23: "device_info", 207: "developer_data_id", 206: "field_description", 20: "record", 21: "event",
			19: "lap", 18: "session", 34: "activity",
		}[m.Global]
		if m.Global == 21 {
			kind, _ := m.Number(1)
			name = map[float64]string{0: "start", 4: "stop_all"}[kind]
		}
		if at, ok := m.Time(); ok && (m.Global == 21 || m.Global == 20) {
			name += fmt.Sprintf("@%d", at.Unix()-1709287200)
		}
		got = append(got, name)
	}
	const want = "file_id device_info developer_data_id field_description field_description start@0 record@0 record@1 stop_all@1 " +
		"start@60 record@60 record@61 stop_all@61 lap session activity"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestEncodeReadsBack(t *testing.T) {
	var b bytes.Buffer
	if err := fit.Encode(&b, []activity.Activity{paused()}); err != nil {
		t.Fatal(err)
	}
	f := decode(t, b.Bytes())
	if len(f.Findings) > 0 || len(f.Activities[0].Findings) > 0 {
		t.Errorf("findings %v, %v", f.Findings, f.Activities[0].Findings)
	}
	a := f.Activities[0]
	_, ahead := a.Start.In(a.Zone).Zone()
	for _, c := range []struct {
		what string
		ok   bool
	}{
		{"sport", a.Sport == activity.TrailRun && a.RawSport == "running/trail"},
		{"device", a.Device.Name == "Zepp App" && a.Device.Manufacturer == "development"},
		{"title", a.Name == "Run"},
		{"zone", ahead == 2*3600},
		{"pause", len(a.Pauses) == 1 && a.Pauses[0].Duration() == 59*time.Second && a.TimerPaused && len(a.Tracks) == 2},
		{"elapsed time", a.Totals.ElapsedTime == activity.Of(61)},
		{"timer time", a.Totals.TimerTime == activity.Of(2)},
		{"calories", a.Totals.Calories == activity.Of(120)},
		{"steps", a.Totals.Steps == activity.Of(1000)},
		{"a speed beyond the plain field", a.Totals.MaxSpeed == activity.Of(70)},
		{"lap", len(a.Laps) == 1 && a.Laps[0].Records == activity.Span{First: 0, End: 4} && a.Laps[0].Trigger == "session_end"},
		{"meridian", a.Records[0].Lon == -180},
		{"heart rate", a.Records[0].HeartRate == 140},
		{"altitude", a.Records[0].Altitude == 100.2},
		{"streams", len(a.Streams) == 2 && a.Streams[0].Name == "mood" && a.Streams[0].Unit == "points" && !a.Streams[0].Values[1].Known() &&
			a.Streams[0].Values[3] == activity.Of(4) && a.Streams[1].Values[0] == activity.Of(0.1)},
	} {
		if !c.ok {
			t.Errorf("%s: %+v", c.what, a)
		}
	}
}

// Workouts that one device recorded one after the other are sessions of one file;
// others are a chain.
func TestEncodeSeveral(t *testing.T) {
	later := func(a activity.Activity, by time.Duration) activity.Activity {
		a.Start = a.Start.Add(by)
		a.Pauses, a.Streams = nil, nil
		a.Records = append([]activity.Record(nil), a.Records...)
		for i := range a.Records {
			a.Records[i].Time += by.Milliseconds()
		}
		return a
	}
	first := later(paused(), 0)
	other := later(paused(), time.Hour)
	other.Device.Name = "another"
	for _, tt := range []struct {
		name   string
		second activity.Activity
		files  int
	}{
		{"an hour later", later(paused(), time.Hour), 1},
		{"an hour before", later(paused(), -time.Hour), 2},
		{"by another device", other, 2},
		{"at the same time", first, 2},
	} {
		var b bytes.Buffer
		if err := fit.Encode(&b, []activity.Activity{first, tt.second}); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(b.Bytes(), []byte(".FIT")); n != tt.files {
			t.Errorf("%s: %d files, want %d", tt.name, n, tt.files)
		}
		if f := decode(t, b.Bytes()); len(f.Activities) != 2 || len(f.Activities[1].Records) != 4 {
			t.Errorf("%s: %d workouts are read", tt.name, len(f.Activities))
		}
	}
}

func TestWhatCannotBeEncoded(t *testing.T) {
	old := paused()
	old.Start = time.Date(1980, time.May, 1, 0, 0, 0, 0, time.UTC)
	for i := range old.Records {
		old.Records[i].Time = old.Start.UnixMilli()
	}
	for name, acts := range map[string][]activity.Activity{"no time": {{}}, "before FIT began to count": {old}} {
		var b bytes.Buffer
		if err := fit.Encode(&b, acts); finding.CodeOf(err) != finding.ConvertEmpty || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
	full := errors.New("the disk is full")
	if err := fit.Encode(broken{full}, []activity.Activity{paused()}); !errors.Is(err, full) {
		t.Errorf("%v, want the error of the writer", err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
