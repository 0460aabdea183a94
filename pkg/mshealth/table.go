package mshealth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/csvrows"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

// Options is what a reader needs beside the bytes. The zero value is ready to use.
type Options struct {
	// Zone is that of the times of tables, which name none; nil is UTC.
	Zone *time.Location
}

// Units of the tables, in metres.
const (
	mile = 1609.344
	foot = 0.3048
)

// creator is what the files of the service name, or would.
const creator = "Microsoft Health"

// firstLine returns the first line with something in it, in lower case.
func firstLine(head []byte) string {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return strings.ToLower(string(line))
}

// IsTable reports whether a file that begins like this is one of the service's
// tables: that of activities, or the daily one.
func IsTable(head []byte) bool { return isActivities(firstLine(head)) || isDaily(firstLine(head)) }

func isActivities(header string) bool {
	return strings.Contains(header, "event_type") && strings.Contains(header, "duration_seconds") && strings.Contains(header, "start_time")
}

func isDaily(header string) bool {
	return strings.Contains(header, "total_miles_moved") && strings.Contains(header, "active_hours") && strings.Contains(header, "steps")
}

// DecodeTable reads a table of activities. Each row that is a workout becomes an
// activity without records. A row that cannot be read is a finding with its line.
// The daily table gives no activity and the finding [finding.HealthDaily].
//
// An error is [finding.CSVHeader], that of ctx, or one that wraps that of r; what
// was read before it is returned beside it.
func DecodeTable(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	var f activity.File
	var found finding.List
	rows := csvrows.New(r)
	header, line, err := rows.Next()
	if err != nil {
		return f, tableError(err)
	}
	place := map[string]int{}
	for i, name := range header {
		place[strings.ToLower(strings.TrimSpace(name))] = i
	}
	joined := strings.ToLower(strings.Join(header, ","))
	daily := !isActivities(joined)
	if daily && !isDaily(joined) {
		return f, finding.Fail(finding.CSVHeader, finding.AtLine(line), "there are no columns Start_Time, Event_Type and Duration_Seconds", nil)
	}
	days := 0
	for {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		cells, line, err := rows.Next()
		var bad *csvrows.RowError
		switch {
		case errors.Is(err, io.EOF):
			if daily {
				found.Add(finding.HealthDaily, finding.Place{}, fmt.Sprintf("%d days", days))
			}
			f.Findings = found.Findings()
			return f, nil
		case errors.As(err, &bad):
			found.Add(finding.CSVRow, finding.AtLine(bad.Line), bad.Why)
			continue
		case err != nil:
			f.Findings = found.Findings()
			return f, tableError(err)
		case daily:
			days++
			continue
		}
		row := row{cells, place}
		sport, raw := sportOf(row.text("event_type"))
		if sport == notAWorkout {
			found.Add(finding.HealthOther, finding.AtLine(line), raw)
			continue
		}
		a, why := row.workout(sport, raw, o)
		if why != "" {
			found.Add(finding.CSVRow, finding.AtLine(line), why)
			continue
		}
		if o.Zone == nil && !found.Seen(finding.HealthZone) {
			found.Add(finding.HealthZone, finding.AtLine(line), "")
		}
		found.Add(finding.TrackMissing, finding.Place{}, "")
		f.Activities = append(f.Activities, a)
	}
}

// tableError is what becomes of the first row, or of reading, that fails.
func tableError(err error) error {
	var bad *csvrows.RowError
	switch {
	case errors.Is(err, io.EOF):
		return finding.Fail(finding.CSVHeader, finding.Place{}, "the file holds no line", nil)
	case errors.As(err, &bad):
		return finding.Fail(finding.CSVHeader, finding.AtLine(bad.Line), bad.Why, err)
	}
	return fmt.Errorf("reading the table: %w", err)
}

// row is a row of the table, with the places of its columns by name.
type row struct {
	cells []string
	place map[string]int
}

func (r row) text(column string) string {
	if i, ok := r.place[column]; ok && i < len(r.cells) {
		return strings.TrimSpace(r.cells[i])
	}
	return ""
}

// number reads a figure in a unit. An empty cell, and 0, which the service wrote
// for what a band did not measure, are none.
func (r row) number(column string, unit float64) activity.Value {
	if v, _, ok := lexical.Number([]byte(r.text(column))); ok && v > 0 {
		return activity.Of(v * unit)
	}
	return activity.Value{}
}

// workout makes an activity of a row; why says what is wrong with one that is
// none.
func (r row) workout(sport activity.Sport, raw string, o Options) (a activity.Activity, why string) {
	zone := o.Zone
	if zone == nil {
		zone = time.UTC
	}
	start, ok := parseStart(r.text("date"), r.text("start_time"), zone)
	if !ok {
		return a, fmt.Sprintf("the start %q is no time", clip(r.text("date")+" "+r.text("start_time")))
	}
	seconds, _, ok := lexical.Number([]byte(r.text("duration_seconds")))
	if !ok || seconds < 0 {
		return a, fmt.Sprintf("the duration %q is no number", clip(r.text("duration_seconds")))
	}
	a = activity.Activity{
		Format: "mshealth", Sport: sport, RawSport: raw, Creator: creator, Start: start.UTC(), Zone: o.Zone,
		Device: activity.Device{Manufacturer: "Microsoft"},
		Totals: activity.Totals{
			TimerTime: activity.Of(seconds), Distance: r.number("total_miles_moved", mile), Calories: r.number("calories_burned", 1),
			AverageHeartRate: r.number("hr_average", 1), MaxHeartRate: r.number("hr_peak", 1),
			Ascent: r.number("elevation_gain_feet", foot), Descent: r.number("elevation_loss_feet", foot),
			AverageSpeed: r.number("bike_average_mph", mile/3600), MaxSpeed: r.number("bike_max_mph", mile/3600),
		},
	}
	if paused, _, ok := lexical.Number([]byte(r.text("seconds_paused"))); ok && paused == 0 {
		a.Totals.ElapsedTime = a.Totals.TimerTime
	}
	return a, ""
}

// startLayouts are forms of Start_Time. The table's own is not known.
var startLayouts = []string{
	"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 3:04:05 PM", "2006-01-02 3:04 PM",
	"1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM", "1/2/2006 15:04:05", "1/2/2006 15:04",
}

// parseStart reads a start that is a time of the day beside a date, or both in
// one.
func parseStart(date, clock string, zone *time.Location) (time.Time, bool) {
	if t, ok := lexical.Time([]byte(clock)); ok && t.Zone != lexical.None {
		return time.UnixMilli(t.UnixMilli), true
	}
	for _, text := range []string{clock, date + " " + clock} {
		for _, layout := range startLayouts {
			if t, err := time.ParseInLocation(layout, strings.ToUpper(text), zone); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// notAWorkout marks events such as sleep.
const notAWorkout activity.Sport = "-"

// sportOf reads the kind of an event, of the table or of the cloud.
func sportOf(kind string) (s activity.Sport, raw string) {
	fold := strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(kind))
	switch fold {
	case "run", "running":
		return activity.Run, kind
	case "bike", "biking", "cycling":
		return activity.Ride, kind
	case "walk", "walking":
		return activity.Walk, kind
	case "hike", "hiking":
		return activity.Hike, kind
	case "golf":
		return "Golf", kind
	case "exercise", "workout", "guidedworkout", "guided":
		return activity.Workout, kind
	case "sleep", "sleeping":
		return notAWorkout, kind
	}
	return "", kind
}

// clip shortens a cell for a message.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
