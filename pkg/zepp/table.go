package zepp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/csvrows"
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

// firstLine returns the first line of a file with something in it, folded like
// the names of columns.
func firstLine(head []byte) string {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return strings.ToLower(string(line))
}

// IsSport reports whether a file that begins like this is a table of workouts.
func IsSport(head []byte) bool {
	line := firstLine(head)
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
	rows := csvrows.New(r)
	cells, line, err := rows.Next()
	if err != nil {
		return f, tableError(err)
	}
	place, err := columns(cells, line)
	if err != nil {
		return f, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		cells, line, err := rows.Next()
		var bad *csvrows.RowError
		switch {
		case errors.Is(err, io.EOF):
			f.Findings = found.Findings()
			return f, nil
		case errors.As(err, &bad):
			found.Add(finding.CSVRow, finding.AtLine(bad.Line), bad.Why)
			continue
		case err != nil:
			f.Findings = found.Findings()
			return f, tableError(err)
		}
		a, why := sportRow(cells, place, line, o, &found)
		if why != "" {
			found.Add(finding.CSVRow, finding.AtLine(line), why)
			continue
		}
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

// columns returns where each of the columns of SPORT stands; the paces may be
// missing.
func columns(header []string, line int) (map[string]int, error) {
	place := map[string]int{}
	for i, name := range header {
		if _, twice := place[columnName(name)]; !twice {
			place[columnName(name)] = i
		}
	}
	for _, name := range sportColumns {
		if _, ok := place[name]; !ok && !strings.HasSuffix(name, "pace") {
			return nil, finding.Fail(finding.CSVHeader, finding.AtLine(line), "there is no column "+name, nil)
		}
	}
	return place, nil
}

// sportRow makes an activity of a row; why says what is wrong with one that is
// none.
func sportRow(cells []string, place map[string]int, line int, o Options, found *finding.List) (a activity.Activity, why string) {
	cell := func(name string) string {
		if i, ok := place[name]; ok && i < len(cells) {
			return strings.TrimSpace(cells[i])
		}
		return ""
	}
	number := func(name string) activity.Value { // what is not positive is not known
		if v, _, ok := lexical.Number([]byte(cell(name))); ok && v > 0 {
			return activity.Of(v)
		}
		return activity.Value{}
	}
	code, err := strconv.Atoi(cell("type"))
	if err != nil || code < 0 || code > MostType {
		return a, fmt.Sprintf("the type %q is no number", clip(cell("type")))
	}
	start, ok := lexical.Time([]byte(cell("starttime")))
	if !ok {
		return a, fmt.Sprintf("the start %q is no time", clip(cell("starttime")))
	}
	for _, name := range []string{"sporttime", "distance"} {
		if v, _, ok := lexical.Number([]byte(cell(name))); !ok || v < 0 {
			return a, fmt.Sprintf("the %s %q is no number", name, clip(cell(name)))
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
		found.Add(finding.ZeppType, finding.AtLine(line), doubt)
	}
	found.Add(finding.TrackMissing, finding.Place{}, "")
	pace, paced := number("avgpace").Get()
	d, t := a.Totals.Distance.Or(0), a.Totals.TimerTime.Or(0)
	if paced && d > 0 && t > 0 && math.Abs(pace*d/t-1) > paceSlack {
		found.Add(finding.ZeppPace, finding.AtLine(line), fmt.Sprintf("%.3f s/m, but %.0f s over %.0f m are %.3f s/m", pace, t, d, t/d))
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

// clip shortens a cell for a message.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
