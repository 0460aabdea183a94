package mshealth

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/export"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

const (
	// mostJSON, in bytes, is the largest file that is read.
	mostJSON = 128 << 20
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
	head = export.Head(head)
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return false
	}
	has := func(s string) bool { return bytes.Contains(head, []byte(s)) }
	return has("Microsoft.Khronos") || has(`"MapPoints"`) || has(`"EventType"`) || has(`"Runs"`) && has("/Date(")
}

// pace is an entry of the dashboard's table of paces.
type pace struct{ ScaledDistance, ElapsedSeconds export.Number }

// event is a workout of the cloud or a run of the dashboard.
type event struct {
	Type      string `json:"odata.type"`
	EventType string
	Name      string
	StartTime string // of the cloud
	StartDate string // of the dashboard: /Date(milliseconds)/

	Duration         export.Number
	PausedTime       export.Number
	TotalDistance    export.Number // cm; as a text in some versions
	CaloriesBurned   export.Number
	AverageHeartRate export.Number
	PeakHeartRate    export.Number

	MapPoints []point
	PaceData  []pace
	Info      []struct {
		StepsTaken export.Number
	}
}

type point struct {
	SecondsSinceStart export.Number
	TotalDistance     export.Number
	HeartRate         export.Number
	Location          *struct {
		Latitude, Longitude, AltitudeFromMSL export.Number
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
	var events []event
	err := export.Documents(ctx, r, mostJSON, func(document json.RawMessage) { events = gather(events, document) })
	if ctx.Err() != nil {
		return f, err
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
	if err == nil && len(events) == 0 {
		err = finding.Fail(finding.UnknownFormat, finding.Place{}, "it is JSON without an event of Microsoft Health", nil)
	}
	return f, err
}

// gather collects the events in a document: those of an answer, or the
// dashboard's runs. What is in a list is an event or nothing.
func gather(events []event, document json.RawMessage) []event {
	export.Objects(document, func(object json.RawMessage, listed bool) []json.RawMessage {
		var e event
		if !export.Unmarshal(object, &e) {
			return nil
		}
		if _, ok := e.start(); ok {
			events = append(events, e)
			return nil
		}
		var around struct{ Value, Runs, Events, Data json.RawMessage }
		if listed || json.Unmarshal(object, &around) != nil {
			return nil
		}
		return []json.RawMessage{around.Value, around.Runs, around.Events, around.Data}
	})
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
			TimerTime: e.Duration.In(1), Distance: e.TotalDistance.In(centimetre), Calories: e.CaloriesBurned.In(1),
			AverageHeartRate: e.AverageHeartRate.In(1), MaxHeartRate: e.PeakHeartRate.In(1),
		},
	}
	if e.PausedTime.Value == activity.Of(0) {
		a.Totals.ElapsedTime = a.Totals.TimerTime
	}
	for i := range e.Info {
		a.Totals.Steps = a.Totals.Steps.Plus(e.Info[i].StepsTaken.In(1))
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
		distance := p.TotalDistance.In(centimetre)
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
		if hr := p.HeartRate.In(1); hr.Known() {
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
func (e *event) reckon(distance export.Number) (float64, bool) {
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
