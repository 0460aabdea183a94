package stravaexport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/csvrows"
	"github.com/bandport/bandport/pkg/internal/export"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

// The places of the first columns, the same in every language and year: id, date,
// name, type, description, elapsed time and distance for people.
const (
	idColumn = iota
	dateColumn
	nameColumn
	typeColumn
	descriptionColumn
	elapsedColumn
	distanceColumn
	heartColumn // maximum heart rate; and repeated where the figures follow
)

// Where figures stand behind the second elapsed time.
const (
	movingAfter   = 1
	metresAfter   = 2
	maxSpeedAfter = 3
	speedAfter    = 4
	gainAfter     = 5
	lossAfter     = 6
)

// And around the second maximum heart rate.
const (
	maxCadenceBefore = 2
	cadenceBefore    = 1
	heartAfter       = 1
	maxWattsAfter    = 2
	wattsAfter       = 3
	caloriesAfter    = 4
)

// unitSlack is how far, as a share, distance may be from speed × time.
const unitSlack = 0.02

// Row is one activity of the table.
type Row struct {
	ID       int64             // of the activity on Strava; 0 where the cell is no number
	File     string            // its recording in the archive, such as activities/123.fit.gz; empty for one that was entered by hand
	Line     int               // where the row begins, from 1
	Activity activity.Activity // without records; its totals are what Strava shows
}

// Table is what activities.csv holds.
type Table struct {
	Rows     []Row
	Findings []finding.Finding
}

// places says in which column each figure stands; -1 where it is not there.
type places struct {
	file, elapsed, heart int
}

// leastColumns is how many columns the narrowest table has at the least.
const leastColumns = 13

// Match reports whether a file that begins like this is the table, in whatever
// language.
func Match(head []byte) bool {
	head = export.Head(head)
	line, _, whole := bytes.Cut(head, []byte("\n"))
	if !whole || !utf8.Valid(line) {
		return false
	}
	cells, _, err := csvrows.New(bytes.NewReader(append(slices.Clone(line), '\n'))).Next()
	if err != nil {
		return false
	}
	_, ok := find(cells)
	return ok
}

// find tells the columns of a header.
func find(header []string) (places, bool) {
	p := places{file: -1, elapsed: -1, heart: -1}
	if len(header) < leastColumns {
		return p, false
	}
	name := func(i int) string { return strings.ToLower(strings.TrimSpace(header[i])) }
	for i := elapsedColumn + 1; i+metresAfter < len(header); i++ {
		if name(i) == name(elapsedColumn) && name(i+metresAfter) == name(distanceColumn) {
			p.elapsed = i
			break
		}
	}
	if p.elapsed < 0 || name(elapsedColumn) == "" || name(elapsedColumn) == name(distanceColumn) {
		return p, false
	}
	for i := p.elapsed + lossAfter; i < len(header); i++ {
		if name(i) == name(heartColumn) && name(heartColumn) != "" {
			p.heart = i
			break
		}
	}
	// The file stands before the weights of athlete and bicycle, which are the
	// last before the second block.
	if i := p.elapsed - 3; i > distanceColumn {
		p.file = i
	}
	return p, true
}

// Decode reads the table. A row that cannot be read is a finding with its line.
//
// An error is [finding.CSVHeader] where the columns cannot be told, that of ctx,
// or one that wraps that of r; what was read before it is returned beside it.
func Decode(ctx context.Context, r io.Reader) (Table, error) {
	var t Table
	var found finding.List
	var p places
	err := export.ReadTable(ctx, r, &found, func(header export.Row) error {
		var ok bool
		if p, ok = find(header.Cells); !ok {
			return finding.Fail(finding.CSVHeader, finding.AtLine(header.Line),
				"elapsed time and distance should stand in it twice, in whatever language", nil)
		}
		return nil
	}, func(cells export.Row) string {
		row, why := p.row(cells, &found)
		if why == "" {
			t.Rows = append(t.Rows, row)
		}
		return why
	})
	t.Findings = found.Findings()
	return t, err
}

// row reads one activity; why says what is wrong with one that is none.
func (p places) row(cells export.Row, found *finding.List) (row Row, why string) {
	cell := cells.Cell
	number := func(i int) activity.Value {
		if v, _, ok := lexical.Number([]byte(cell(i))); ok && v >= 0 {
			return activity.Of(v)
		}
		return activity.Value{}
	}
	positive := func(i int) activity.Value { // Strava writes 0 for what it does not know
		return export.Positive(number(i), 1)
	}
	heart := func(offset int) activity.Value {
		if p.heart < 0 {
			return activity.Value{}
		}
		return positive(p.heart + offset)
	}
	start, ok := parseDate(cell(dateColumn))
	if !ok {
		return row, fmt.Sprintf("the date %q is no time", export.Clip(cell(dateColumn)))
	}
	elapsed := number(p.elapsed)
	if !elapsed.Known() {
		return row, fmt.Sprintf("the elapsed time %q is no number", export.Clip(cell(p.elapsed)))
	}
	a := activity.Activity{
		Format: "strava", RawSport: cell(typeColumn), Name: cell(nameColumn), Notes: cell(descriptionColumn), Creator: "Strava", Start: start,
		Totals: activity.Totals{
			ElapsedTime: elapsed, MovingTime: number(p.elapsed + movingAfter), Distance: number(p.elapsed + metresAfter),
			MaxSpeed: positive(p.elapsed + maxSpeedAfter), AverageSpeed: positive(p.elapsed + speedAfter),
			Ascent: number(p.elapsed + gainAfter), Descent: number(p.elapsed + lossAfter),
			MaxHeartRate: heart(0), AverageHeartRate: heart(heartAfter), MaxPower: heart(maxWattsAfter), AveragePower: heart(wattsAfter),
			Calories: heart(caloriesAfter), AverageCadence: heart(-cadenceBefore), MaxCadence: heart(-maxCadenceBefore),
		},
	}
	if a.Sport, ok = sportOf(a.RawSport); !ok {
		found.Add(finding.ExportSport, finding.AtLine(cells.Line), strconv.Quote(export.Clip(a.RawSport)))
	}
	t := &a.Totals
	if v, d, s := t.AverageSpeed.Or(0), t.Distance.Or(0), t.MovingTime.Or(0); v > 0 && d > 0 && s > 0 && math.Abs(v*s/d-1) > unitSlack {
		found.Add(finding.ExportUnits, finding.AtLine(cells.Line), fmt.Sprintf("%.0f m in %.0f s at %.2f m/s", d, s, v))
	}
	row = Row{Line: cells.Line, Activity: a}
	row.ID, _ = strconv.ParseInt(cell(idColumn), 10, 64) // 0 where it is none
	if f := cell(p.file); strings.Contains(f, "/") {
		row.File = f
	}
	return row, ""
}
