package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
)

// named returns summaries of workouts of which nothing is known but the file.
func named(files ...string) []any {
	var out []any
	for _, f := range files {
		a := bare()
		out = append(out, report.NewSummary(f, 0, &a, &recalc.Result{}, nil, nil, false))
	}
	return out
}

// filesOf returns the files that objects name, in their order.
func filesOf(t *testing.T, objects []json.RawMessage) []string {
	t.Helper()
	out := []string{}
	for _, o := range objects {
		var v struct{ File string }
		if err := json.Unmarshal(o, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v.File)
	}
	return out
}

// many are the files of a large folder.
func many() []string {
	files := make([]string, 1000)
	for i := range files {
		files[i] = strconv.Itoa(i) + ".tcx"
	}
	return files
}

func TestEncodersKeepNumberAndOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
	}{
		{"no workout", []string{}},
		{"one workout", []string{"a.tcx"}},
		{"the same file twice", []string{"b.tcx", "b.tcx"}},
		{"not in the order of the alphabet", []string{"z.tcx", "a.tcx", "m.tcx"}},
		{"a thousand", many()},
	} {
		t.Run(c.name, func(t *testing.T) {
			var array []json.RawMessage
			text := encode(t, report.JSON, report.Summary{}, named(c.files...)...)
			if err := json.Unmarshal([]byte(text), &array); err != nil {
				t.Fatalf("json: %v in %s", err, text)
			}
			if got := filesOf(t, array); !slices.Equal(got, c.files) {
				t.Errorf("json: %v", got)
			}
			if !strings.HasSuffix(text, "]\n") {
				t.Errorf("json ends with %q", text[max(0, len(text)-5):])
			}

			var lines []json.RawMessage
			text = encode(t, report.JSONL, report.Summary{}, named(c.files...)...)
			for line := range strings.Lines(text) {
				if !strings.HasSuffix(line, "}\n") {
					t.Errorf("jsonl: the line %q is not a whole object", line)
				}
				lines = append(lines, json.RawMessage(line))
			}
			if got := filesOf(t, lines); !slices.Equal(got, c.files) {
				t.Errorf("jsonl: %v", got)
			}

			rows, err := csv.NewReader(strings.NewReader(encode(t, report.CSV, report.Summary{}, named(c.files...)...))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, row := range rows[1:] {
				got = append(got, row[0])
			}
			if !slices.Equal(got, c.files) {
				t.Errorf("csv: %v", got)
			}
		})
	}
}

// An empty array is one that a person would write.
func TestNothingAtAll(t *testing.T) {
	if got := encode(t, report.JSON, report.Info{}); got != "[]\n" {
		t.Errorf("json: %q", got)
	}
	if got := encode(t, report.JSONL, report.Info{}); got != "" {
		t.Errorf("jsonl: %q", got)
	}
	if got := encode(t, report.CSV, report.Info{}); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "file,activity,") {
		t.Errorf("csv: %q is not the line of names alone", got)
	}
}

// Programs that read a pipe see each workout when it is known, not at the end.
func TestEncodersDoNotHoldBack(t *testing.T) {
	for _, f := range []report.Format{report.JSON, report.JSONL, report.CSV} {
		var b bytes.Buffer
		e, err := report.NewEncoder(&b, f, report.Summary{})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Encode(named("first.tcx")[0]); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "first.tcx") {
			t.Errorf("%s holds the first workout back", f)
		}
	}
}

// full is a disk without room after so many bytes.
type full struct{ room int }

var errFull = errors.New("no space left on device")

func (w *full) Write(p []byte) (int, error) {
	if len(p) > w.room {
		n := w.room
		w.room = 0
		return n, errFull
	}
	w.room -= len(p)
	return len(p), nil
}

// An output that could not be written in full must never pass for one that was.
func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	for _, f := range []report.Format{report.JSON, report.JSONL, report.CSV} {
		whole := len(encode(t, f, report.Summary{}, append(named("a.tcx", "b.tcx"), failure())...))
		for _, room := range []int{0, 1, whole / 3, whole / 2, whole - 1} {
			e, err := report.NewEncoder(&full{room}, f, report.Summary{})
			for _, v := range append(named("a.tcx", "b.tcx"), failure()) {
				if err == nil {
					err = e.Encode(v)
				}
			}
			if err == nil {
				err = e.Close()
			}
			if !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d of %d bytes: %v", f, room, whole, err)
			}
		}
	}
	for name, write := range map[string]func(w *full) error{
		"card":  func(w *full) error { return fill(w, summaries(false)[:1]) },
		"table": func(w *full) error { return fill(w, summaries(false)) },
		"explained table": func(w *full) error {
			return fill(w, summaries(true))
		},
		"info": func(w *full) error { return report.WriteInfo(w, &infos()[0], report.Metric) },
	} {
		for _, room := range []int{0, 100, 300} {
			if err := write(&full{room}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes: %v", name, room, err)
			}
		}
	}
}

func fill(w *full, list []report.Summary) error {
	table := report.NewSummaryTable(w, report.Metric, false, 0)
	for _, s := range list {
		if err := table.Add(s); err != nil {
			return err
		}
	}
	return table.Close()
}

func TestTheTableIsNoFormatForPrograms(t *testing.T) {
	if _, err := report.NewEncoder(&bytes.Buffer{}, report.Table, report.Summary{}); err == nil {
		t.Error("an encoder for the table")
	}
}

// records reads a CSV output as maps from column to cell.
func records(t *testing.T, text string) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for k, name := range rows[0] {
			if _, twice := m[name]; twice {
				t.Errorf("two columns are called %s", name)
			}
			m[name] = row[k]
		}
		out = append(out, m)
	}
	return out
}

// How nested objects, maps and lists become cells.
func TestFlatteningToCSV(t *testing.T) {
	explained, not := summaries(true), summaries(false)
	rows := records(t, encode(t, report.CSV, report.Summary{}, explained[0], explained[1], not[0], failure()))
	infoRows := records(t, encode(t, report.CSV, report.Info{}, infos()[0], infos()[2], failure()))
	for _, c := range []struct {
		name   string
		row    map[string]string
		column string
		want   string
	}{
		{"a figure", rows[0], "moving_time", "589"},
		{"a figure that rounds to 0 from below", rows[0], "elev_low", "0"},
		{"an unknown figure", rows[0], "average_watts", ""},
		{"an object has a column a field", rows[0], "band.timer_time", "705"},
		{"a map has a column a key", rows[0], "provenance.moving_time", "rest ≤ 0.894 m/s ≥ 3 s"},
		{"a key that the map does not have", rows[0], "provenance.average_watts", ""},
		{"a confidence", rows[0], "confidence.total_elevation_gain", "unknowable"},
		{"findings are their codes", rows[0], "findings", "tcx.time.double;tcx.heartrate.zero;recalc.past"},
		{"other lists are how many there are", rows[0], "rests", "2"},
		{"also where there are none", rows[1], "rests", "0"},
		{"but not where nobody asked for them", rows[2], "rests", ""},
		{"a workout has no error", rows[0], "error.code", ""},
		{"a failure names its file", rows[3], "file", "empty.tcx"},
		{"and its code", rows[3], "error.code", "file.empty"},
		{"and its message", rows[3], "error.message", "the file is empty"},
		{"and no workout", rows[3], "activity", ""},
		{"laps are counted", infoRows[0], "laps", "2"},
		{"pauses are counted", infoRows[0], "pauses", "1"},
		{"gaps are counted", infoRows[0], "gaps", "1"},
		{"sensors have a column each", infoRows[0], "sensors.heartrate", "59"},
		{"a sensor that no point carries", infoRows[0], "sensors.power", ""},
		{"the device has columns", infoRows[0], "device.serial", "A-0001"},
		{"a workout without laps", infoRows[1], "laps", "0"},
		{"a failure of info", infoRows[2], "error.code", "file.empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := c.row[c.column]
			if !ok {
				t.Fatalf("there is no column %s", c.column)
			}
			if got != c.want {
				t.Errorf("%s: got %q, want %q", c.column, got, c.want)
			}
		})
	}
}

// Nothing that JSON says of a workout is lost in CSV but the contents of lists:
// every key of a map has its column.
func TestEveryKeyHasAColumn(t *testing.T) {
	files, names := fromFiles(t)
	for _, name := range names {
		f := files[name]
		for i := range f.Activities {
			r := recalc.Recalculate(&f.Activities[i], recalc.Options{})
			s := report.NewSummary(name, i, &f.Activities[i], &r, f.Findings, nil, false)
			row := records(t, encode(t, report.CSV, report.Summary{}, s))[0]
			for field, rule := range s.Provenance {
				if row["provenance."+field] != rule {
					t.Errorf("%s: the column of provenance %s says %q, not %q", name, field, row["provenance."+field], rule)
				}
			}
			info := report.NewInfo(name, i, &f.Activities[i], f.Findings, nil)
			row = records(t, encode(t, report.CSV, report.Info{}, info))[0]
			for sensor, n := range info.Sensors {
				if row["sensors."+sensor] != strconv.Itoa(n) {
					t.Errorf("%s: the column of sensor %s says %q, not %d", name, sensor, row["sensors."+sensor], n)
				}
			}
		}
	}
}

// Rests are there where they were asked for, and only there: a script can tell
// "none" from "not asked".
func TestRestsOnlyWhereAskedFor(t *testing.T) {
	for _, c := range []struct {
		name    string
		summary report.Summary
		want    string
	}{
		{"asked for", summaries(true)[0], `"rests":[{`},
		{"asked for, and there are none", summaries(true)[1], `"rests":[]`},
		{"not asked for", summaries(false)[0], ""},
	} {
		text := encode(t, report.JSONL, report.Summary{}, c.summary)
		if c.want == "" && strings.Contains(text, "rests") || !strings.Contains(text, c.want) {
			t.Errorf("%s: %s", c.name, text)
		}
	}
}

// The place of a finding is null where it has none, not 0; byte 0 is a place.
func TestPlacesOfFindings(t *testing.T) {
	for _, c := range []struct {
		name  string
		place finding.Place
		want  string
		text  string
	}{
		{"no place", finding.Place{}, `"line":null,"byte":null`, "the data ends too early [gzip.truncated]"},
		{"a line", finding.AtLine(12), `"line":12,"byte":null`, "the data ends too early (line 12) [gzip.truncated]"},
		{"the first byte", finding.AtByte(0), `"line":null,"byte":0`, "the data ends too early (byte 0) [gzip.truncated]"},
		{"both; people are told the line", finding.At(12, 345), `"line":12,"byte":345`, "the data ends too early (line 12) [gzip.truncated]"},
	} {
		f := cutShort
		f.Place = c.place
		v := report.NewFinding(f)
		if b, err := json.Marshal(v); err != nil || !strings.Contains(string(b), c.want) {
			t.Errorf("%s: %s, %v", c.name, b, err)
		}
		if got := v.Text(); got != c.text {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	f := cutShort
	f.Count, f.Place = 3, finding.Place{}
	v := report.NewFinding(f)
	if got := v.Text(); got != "the data ends too early (3 times) [gzip.truncated]" {
		t.Errorf("several without a place: %q", got)
	}
}

// A figure near the end of what a number holds must not end the run: JSON has
// no infinity, and rounding could make one.
func TestAbsurdClaimsDoNotBreakTheOutput(t *testing.T) {
	a := run()
	for _, claim := range []float64{1e300, -1e300, 1.7e308, 5e-324} {
		for i := range a.Laps {
			spoilTotals(&a.Laps[i].Totals, claim)
		}
		spoilTotals(&a.Totals, claim)
		s := report.NewSummary("absurd.tcx", 0, &a, &recalc.Result{}, nil, nil, true)
		i := report.NewInfo("absurd.tcx", 0, &a, nil, nil)
		for schema, v := range map[string]any{"summary": s, "info": i} {
			if err := compile(t, schema+".schema.json").Validate(decoded(t, encode(t, report.JSONL, report.Summary{}, v))); err != nil {
				t.Errorf("%g: %v", claim, err)
			}
		}
		var b bytes.Buffer
		if err := report.WriteInfo(&b, &i, report.Imperial); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String() + show(t, report.Metric, false, s) + show(t, report.Imperial, false, s, s)) {
			if len(line) > 200 || strings.Contains(line, "Inf") {
				t.Errorf("%g fills the line %q", claim, line)
			}
		}
	}
}
