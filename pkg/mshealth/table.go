package mshealth

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/export"
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

// IsTable reports whether a file that begins like this is one of the service's
// tables: that of activities, or the daily one.
func IsTable(head []byte) bool {
	return isActivities(export.FirstLine(head)) || isDaily(export.FirstLine(head))
}

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
	var columns export.Columns
	daily, days := false, 0
	err := export.ReadTable(ctx, r, &found, func(header export.Row) error {
		columns = export.ColumnsOf(header, func(name string) string { return strings.ToLower(strings.TrimSpace(name)) })
		joined := strings.ToLower(strings.Join(header.Cells, ","))
		if daily = !isActivities(joined); daily && !isDaily(joined) {
			return finding.Fail(finding.CSVHeader, finding.AtLine(header.Line), "there are no columns Start_Time, Event_Type and Duration_Seconds", nil)
		}
		return nil
	}, func(cells export.Row) string {
		if daily {
			days++
			return ""
		}
		row := row{cells, columns}
		sport, raw := sportOf(row.text("event_type"))
		if sport == notAWorkout {
			found.Add(finding.HealthOther, finding.AtLine(row.Line), raw)
			return ""
		}
		a, why := row.workout(sport, raw, o)
		if why != "" {
			return why
		}
		if o.Zone == nil && !found.Seen(finding.HealthZone) {
			found.Add(finding.HealthZone, finding.AtLine(row.Line), "")
		}
		found.Add(finding.TrackMissing, finding.Place{}, "")
		f.Activities = append(f.Activities, a)
		return ""
	})
	if daily && err == nil {
		found.Add(finding.HealthDaily, finding.Place{}, fmt.Sprintf("%d days", days))
	}
	f.Findings = found.Findings()
	return f, err
}

// row is a row of the table, with the places of its columns by name.
type row struct {
	export.Row
	columns export.Columns
}

func (r row) text(column string) string { return r.columns.Cell(r.Row, column) }

// number reads a figure in a unit. An empty cell, and 0, which the service wrote
// for what a band did not measure, are none.
func (r row) number(column string, unit float64) activity.Value {
	v, _, ok := lexical.Number([]byte(r.text(column)))
	if !ok {
		return activity.Value{}
	}
	return export.Positive(activity.Of(v), unit)
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
		return a, fmt.Sprintf("the start %q is no time", export.Clip(r.text("date")+" "+r.text("start_time")))
	}
	seconds, _, ok := lexical.Number([]byte(r.text("duration_seconds")))
	if !ok || seconds < 0 {
		return a, fmt.Sprintf("the duration %q is no number", export.Clip(r.text("duration_seconds")))
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
