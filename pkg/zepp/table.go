package zepp

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/export"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

// Options is what a reader needs beside the bytes. The zero value is ready to use.
type Options struct {
	// Types maps Zepp's numbers for kinds of workout, before anything else.
	Types map[int]activity.Sport
}

// sportColumns are the names of the columns of SPORT, without their units.
var sportColumns = []string{"type", "starttime", "sporttime", "maxpace", "minpace", "distance", "avgpace", "calories"}

// paceSlack is how far, as a share, the pace of a row may be from what its time
// and distance give before it is said to contradict them. The paces of 386 of 389
// real rows make the time of the row to 2.1 seconds; the others are off by 2 % to
// 77 %.
const paceSlack = 0.01

// columnName folds the name of a column: without unit, blanks and case.
func columnName(s string) string {
	s, _, _ = strings.Cut(s, "(")
	return strings.ToLower(strings.TrimSpace(strings.TrimPrefix(s, "\ufeff")))
}

// IsSport reports whether a file that begins like this is a table of workouts.
func IsSport(head []byte) bool {
	line := export.FirstLine(head)
	return strings.Contains(line, "starttime") && strings.Contains(line, "sporttime") && strings.Contains(line, "type")
}

// DecodeSport reads a table of workouts, SPORT/SPORT_….csv. Each row becomes an
// activity without records. A row that cannot be read is a finding with its line.
//
// An error is [finding.CSVHeader] where the columns are not those of the table,
// that of ctx, or one that wraps that of r; what was read before it is returned
// beside it.
func DecodeSport(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	var f activity.File
	var found finding.List
	var columns export.Columns
	err := export.ReadTable(ctx, r, &found, func(header export.Row) (err error) {
		columns, err = sportTable(header)
		return err
	}, func(row export.Row) string {
		a, why := sportRow(row, columns, o, &found)
		if why == "" {
			f.Activities = append(f.Activities, a)
		}
		return why
	})
	f.Findings = found.Findings()
	return f, err
}

// sportTable returns where each of the columns of SPORT stands; the paces may be
// missing.
func sportTable(header export.Row) (export.Columns, error) {
	columns := export.ColumnsOf(header, columnName)
	for _, name := range sportColumns {
		if _, ok := columns[name]; !ok && !strings.HasSuffix(name, "pace") {
			return nil, finding.Fail(finding.CSVHeader, finding.AtLine(header.Line), "there is no column "+name, nil)
		}
	}
	return columns, nil
}

// sportRow makes an activity of a row; why says what is wrong with one that is
// none.
func sportRow(row export.Row, columns export.Columns, o Options, found *finding.List) (a activity.Activity, why string) {
	cell := func(name string) string { return columns.Cell(row, name) }
	number := func(name string) activity.Value {
		v, _, ok := lexical.Number([]byte(cell(name)))
		if !ok {
			return activity.Value{}
		}
		return export.Positive(activity.Of(v), 1)
	}
	code, err := strconv.Atoi(cell("type"))
	if err != nil || code < 0 || code > MostType {
		return a, fmt.Sprintf("the type %q is no number", export.Clip(cell("type")))
	}
	start, ok := lexical.Time([]byte(cell("starttime")))
	if !ok {
		return a, fmt.Sprintf("the start %q is no time", export.Clip(cell("starttime")))
	}
	for _, name := range []string{"sporttime", "distance"} {
		if v, _, ok := lexical.Number([]byte(cell(name))); !ok || v < 0 {
			return a, fmt.Sprintf("the %s %q is no number", name, export.Clip(cell(name)))
		}
	}
	a = activity.Activity{
		Format: "zepp", RawSport: rawSport(code), Creator: "Zepp", Start: time.UnixMilli(start.UnixMilli).UTC(),
		Totals: activity.Totals{
			TimerTime: number("sporttime"), Distance: number("distance"), Calories: number("calories"),
			AverageSpeed: inverse(number("avgpace")), MaxSpeed: inverse(number("minpace")),
		},
	}
	var doubt string
	if a.Sport, doubt = sportOf(code, o.Types); doubt != "" {
		found.Add(finding.ZeppType, finding.AtLine(row.Line), doubt)
	}
	found.Add(finding.TrackMissing, finding.Place{}, "")
	pace, paced := number("avgpace").Get()
	d, t := a.Totals.Distance.Or(0), a.Totals.TimerTime.Or(0)
	if paced && d > 0 && t > 0 && math.Abs(pace*d/t-1) > paceSlack {
		found.Add(finding.ZeppPace, finding.AtLine(row.Line), fmt.Sprintf("%.3f s/m, but %.0f s over %.0f m are %.3f s/m", pace, t, d, t/d))
	}
	return a, ""
}

// inverse turns a pace in seconds per metre into a speed.
func inverse(pace activity.Value) activity.Value {
	if p, ok := pace.Get(); ok && p > 0 {
		return activity.Of(1 / p)
	}
	return activity.Value{}
}
