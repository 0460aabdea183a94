package mshealth

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

const (
	// mostJSON, in bytes, is the largest file that is read.
	mostJSON = 128 << 20
	// mostDepth is how deep an event may lie in the answer around it.
	mostDepth = 6
	// degree: positions are whole numbers of 1e-7 degrees.
	degree = 1e7
	// centimetre and so on: distances and altitudes are whole centimetres.
	centimetre = 0.01
	// longest, in seconds, bounds what a point may claim to lie behind the start: a
	// hundred days.
	longest = 100 * 24 * 3600
)

// IsCloud reports whether a file that begins like this holds events of the cloud
// or the dashboard's runs.
func IsCloud(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return false
	}
	has := func(s string) bool { return bytes.Contains(head, []byte(s)) }
	return has("Microsoft.Khronos") || has(`"MapPoints"`) || has(`"EventType"`) || has(`"Runs"`) && has("/Date(")
}

// loose is a number, or a text that is one; absent where it is neither.
type loose struct{ activity.Value }

// UnmarshalJSON reads 5, "5", null and "".
func (l *loose) UnmarshalJSON(b []byte) error {
	l.Value = activity.Value{}
	if v, _, ok := lexical.Number(bytes.Trim(b, `"`)); ok {
		l.Value = activity.Of(v)
	}
	return nil
}

// in returns the number in another unit; what is not positive is not known.
func (l loose) in(unit float64) activity.Value {
	if v, ok := l.Get(); ok && v > 0 {
		return activity.Of(v * unit)
	}
	return activity.Value{}
}

// pace is an entry of the dashboard's table of paces.
type pace struct{ ScaledDistance, ElapsedSeconds loose }

// event is a workout of the cloud or a run of the dashboard.
type event struct {
	Type      string `json:"odata.type"`
	EventType string
	Name      string
	StartTime string // of the cloud
	StartDate string // of the dashboard: /Date(milliseconds)/

	Duration         loose
	PausedTime       loose
	TotalDistance    loose // cm; as a text in some versions
	CaloriesBurned   loose
	AverageHeartRate loose
	PeakHeartRate    loose

	MapPoints []point
	PaceData  []pace
	Info      []struct {
		StepsTaken loose
	}
}

type point struct {
	SecondsSinceStart loose
	TotalDistance     loose
	HeartRate         loose
	Location          *struct {
		Latitude, Longitude, AltitudeFromMSL loose
	}
	IsPaused, IsResume bool
}

// DecodeCloud reads events of the cloud or runs of the dashboard, in their order.
// Sleep is left out, with a finding.
//
// An error is [finding.JSONMalformed], [finding.UnknownFormat] where there is no
// event, [finding.TooLarge], that of ctx, or one that wraps that of r.
func DecodeCloud(ctx context.Context, r io.Reader) (activity.File, error) {
	var f activity.File
	in := &io.LimitedReader{R: r, N: mostJSON}
	d := json.NewDecoder(in)
	var events []event
	var err error
	for err == nil {
		var raw json.RawMessage
		if err = d.Decode(&raw); err == nil {
			events = gather(events, raw, 0, false)
		}
		if ctx.Err() != nil {
			return f, ctx.Err()
		}
	}
	var found finding.List
	for i := range events {
		sport, raw := events[i].sport()
		if sport == notAWorkout {
			found.Add(finding.HealthOther, finding.Place{}, raw)
			continue
		}
		f.Activities = append(f.Activities, events[i].workout(sport, raw))
	}
	f.Findings = found.Findings()
	var syntax *json.SyntaxError
	switch {
	case in.N <= 0:
		return f, finding.Fail(finding.TooLarge, finding.AtByte(mostJSON), "128 MiB of JSON", nil)
	case errors.Is(err, io.EOF):
	case errors.Is(err, io.ErrUnexpectedEOF):
		return f, finding.Fail(finding.JSONMalformed, finding.AtByte(d.InputOffset()), "it ends in the middle", err)
	case errors.As(err, &syntax):
		return f, finding.Fail(finding.JSONMalformed, finding.AtByte(syntax.Offset), "", err)
	default:
		return f, fmt.Errorf("reading the events: %w", err)
	}
	if len(events) == 0 {
		return f, finding.Fail(finding.UnknownFormat, finding.Place{}, "it is JSON without an event of Microsoft Health", nil)
	}
	return f, nil
}

// gather collects the events in a value and in what is around them: an answer's
// value, the dashboard's Runs and its like.
func gather(events []event, raw json.RawMessage, depth int, listed bool) []event {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth > mostDepth {
		return events
	}
	switch raw[0] {
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for _, v := range list {
				events = gather(events, v, depth+1, true)
			}
		}
	case '{':
		var e event
		// Fields of another type than expected are left out, the others are read.
		if err := json.Unmarshal(raw, &e); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
			return events
		}
		if _, ok := e.start(); ok {
			return append(events, e)
		}
		var around struct{ Value, Runs, Events, Data json.RawMessage }
		if !listed && json.Unmarshal(raw, &around) == nil {
			for _, v := range []json.RawMessage{around.Value, around.Runs, around.Events, around.Data} {
				events = gather(events, v, depth+1, false)
			}
		}
	}
	return events
}

func (e *event) start() (time.Time, bool) {
	if t, ok := lexical.Time([]byte(e.StartTime)); ok {
		return time.UnixMilli(t.UnixMilli).UTC(), true
	}
	if text, ok := strings.CutPrefix(e.StartDate, "/Date("); ok {
		text, _, _ = strings.Cut(text, ")")
		if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
			return time.UnixMilli(ms).UTC(), true
		}
	}
	return time.Time{}, false
}

// sport tells the kind of an event; the dashboard's runs name none.
func (e *event) sport() (s activity.Sport, raw string) {
	switch {
	case e.EventType != "":
		return sportOf(e.EventType)
	case e.StartDate != "":
		return activity.Run, "Runs"
	}
	return "", ""
}

// workout makes an activity of an event.
func (e *event) workout(sport activity.Sport, raw string) activity.Activity {
	var found finding.List
	start, _ := e.start()
	a := activity.Activity{
		Format: "mshealth", Sport: sport, RawSport: raw, Name: e.Name, Creator: creator, Start: start,
		Device: activity.Device{Manufacturer: "Microsoft"},
		Totals: activity.Totals{
			TimerTime: e.Duration.in(1), Distance: e.TotalDistance.in(centimetre), Calories: e.CaloriesBurned.in(1),
			AverageHeartRate: e.AverageHeartRate.in(1), MaxHeartRate: e.PeakHeartRate.in(1),
		},
	}
	if e.PausedTime.Value == activity.Of(0) {
		a.Totals.ElapsedTime = a.Totals.TimerTime
	}
	for i := range e.Info {
		a.Totals.Steps = a.Totals.Steps.Plus(e.Info[i].StepsTaken.in(1))
	}
	e.track(&a, &found)
	if len(a.Records) == 0 {
		found.Add(finding.TrackMissing, finding.Place{}, "")
	}
	a.Findings = found.Findings()
	return a
}

// track fills in the records, and the pauses between a point that is paused and
// the next that resumes.
func (e *event) track(a *activity.Activity, found *finding.List) {
	start := a.Start.UnixMilli()
	paused := -1 // the record at which a pause began
	begin := 0   // of the track
	for i := range e.MapPoints {
		p := &e.MapPoints[i]
		seconds, timed := p.SecondsSinceStart.Get()
		distance := p.TotalDistance.in(centimetre)
		if p.TotalDistance.Value == activity.Of(0) {
			distance = activity.Of(0)
		}
		if !timed {
			var ok bool
			if seconds, ok = e.reckon(p.TotalDistance); !ok {
				continue
			}
			found.Add(finding.HealthTimes, finding.Place{}, "")
			distance = activity.Value{} // in which unit the dashboard counts is not known
		}
		if !(seconds >= 0 && seconds < longest) {
			continue
		}
		r := activity.Record{Time: start + int64(seconds*1000), Has: activity.Time}
		if hr := p.HeartRate.in(1); hr.Known() {
			r.HeartRate, r.Has = float32(hr.Or(0)), r.Has|activity.HeartRate
		}
		if d, ok := distance.Get(); ok {
			r.Distance, r.Has = d, r.Has|activity.Distance
		}
		p.place(&r)
		n := len(a.Records)
		if p.IsResume && paused >= 0 && n > paused && r.Time > a.Records[paused].Time {
			a.Pauses = append(a.Pauses, activity.Pause{
				From: time.UnixMilli(a.Records[paused].Time).UTC(), To: time.UnixMilli(r.Time).UTC(), Next: n, Source: activity.PauseTimer,
			})
			a.Tracks = append(a.Tracks, activity.Span{First: begin, End: n})
			begin = n
		}
		switch {
		case p.IsResume:
			paused = -1
		case p.IsPaused && paused < 0:
			paused = n
		}
		a.Records = append(a.Records, r)
	}
	if begin < len(a.Records) {
		a.Tracks = append(a.Tracks, activity.Span{First: begin, End: len(a.Records)})
	}
}

// place sets position and altitude. 0,0 is no position: points without a fix have
// it.
func (p *point) place(r *activity.Record) {
	if p.Location == nil {
		return
	}
	lat, hasLat := p.Location.Latitude.Get()
	lon, hasLon := p.Location.Longitude.Get()
	lat, lon = lat/degree, lon/degree
	if !hasLat || !hasLon || lat == 0 && lon == 0 || math.Abs(lat) > 90 || math.Abs(lon) > 180 {
		return
	}
	r.Lat, r.Lon, r.Has = lat, lon, r.Has|activity.Position
	if alt, ok := p.Location.AltitudeFromMSL.Get(); ok && math.Abs(alt*centimetre) < 10_000 {
		r.Altitude, r.Has = alt*centimetre, r.Has|activity.Altitude
	}
}

// reckon returns the seconds at which a distance was reached, by the table of
// paces; between its entries the pace is even.
func (e *event) reckon(distance loose) (float64, bool) {
	d, ok := distance.Get()
	if !ok || len(e.PaceData) == 0 {
		return 0, false
	}
	m0, s0 := 0.0, 0.0
	i, _ := slices.BinarySearchFunc(e.PaceData, d, func(p pace, d float64) int { return cmp.Compare(p.ScaledDistance.Or(0), d) })
	if i > 0 {
		m0, s0 = e.PaceData[i-1].ScaledDistance.Or(0), e.PaceData[i-1].ElapsedSeconds.Or(0)
	}
	if i == len(e.PaceData) {
		return s0, true
	}
	m1, s1 := e.PaceData[i].ScaledDistance.Or(0), e.PaceData[i].ElapsedSeconds.Or(0)
	if m1 <= m0 {
		return s0, true
	}
	return s0 + (s1-s0)*(d-m0)/(m1-m0), true
}
