package export

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bandport/bandport/pkg/finding"
)

func code(t *testing.T, err error) finding.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	var failure *finding.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("%v is no failure with a code", err)
	}
	return failure.Finding.Code
}

func TestReadTable(t *testing.T) {
	bad := finding.Fail(finding.CSVHeader, finding.AtLine(1), "other columns", nil)
	tests := map[string]struct {
		table  string
		header error
		want   []string // what each got
		lines  []int    // of findings
		code   finding.Code
	}{
		"rows":                          {table: "a,b\n1,2\n3,4\n", want: []string{"2", "4"}},
		"a byte order mark, semicolons": {table: "\ufeffa;b\r\n1;2\r\n", want: []string{"2"}},
		"a row that each refuses":       {table: "a,b\n1,no\n3,4\n", want: []string{"no", "4"}, lines: []int{2}},
		"a row that cannot be split":    {table: "a,b\n\"1\"x,2\n3,4\n", want: []string{"4"}, lines: []int{2}},
		"a row with too few cells":      {table: "a,b\n1\n", want: []string{""}},
		"a header and nothing else":     {table: "a,b\n"},
		"a header that is refused":      {table: "a,b\n1,2\n", header: bad, code: finding.CSVHeader},
		"a header that cannot be split": {table: "\"a\"x,b\n1,2\n", code: finding.CSVHeader},
		"nothing":                       {table: "\n\n", code: finding.CSVHeader},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var found finding.List
			var got []string
			var columns Columns
			err := ReadTable(t.Context(), strings.NewReader(test.table), &found, func(header Row) error {
				columns = ColumnsOf(header, strings.ToUpper)
				return test.header
			}, func(r Row) string {
				got = append(got, columns.Cell(r, "B"))
				if columns.Cell(r, "B") == "no" {
					return "no is no number"
				}
				return ""
			})
			var lines []int
			for _, f := range found.Findings() {
				lines = append(lines, f.Place.Line)
			}
			if code(t, err) != test.code || !slices.Equal(got, test.want) || !slices.Equal(lines, test.lines) {
				t.Errorf("got %q, findings in lines %v, error %v", got, lines, err)
			}
		})
	}
}

// What was read before reading fails, or is cancelled, has been handed on, and
// the error is the reader's own.
func TestReadTableStops(t *testing.T) {
	rows := 0
	read := func(ctx context.Context, r io.Reader) error {
		rows = 0
		return ReadTable(ctx, r, &finding.List{}, func(Row) error { return nil }, func(Row) string { rows++; return "" })
	}
	torn := errors.New("the disk was taken away")
	if err := read(t.Context(), io.MultiReader(strings.NewReader("a\n1\n"), iotest.ErrReader(torn))); !errors.Is(err, torn) || rows != 1 {
		t.Errorf("%d rows, error %v", rows, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := read(ctx, strings.NewReader("a\n1\n")); !errors.Is(err, context.Canceled) || rows != 0 {
		t.Errorf("cancelled: %d rows, error %v", rows, err)
	}
}

func TestColumnsOfOneName(t *testing.T) {
	c := ColumnsOf(Row{Cells: []string{"Time", "time", "x"}}, strings.ToLower)
	r := Row{Cells: []string{" first ", "second"}}
	if got := c.Cell(r, "time"); got != "first" {
		t.Errorf("of two columns %q counts", got)
	}
	if c.Cell(r, "x") != "" || c.Cell(r, "none") != "" || r.Cell(-1) != "" {
		t.Error("a cell that is not there holds something")
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]float64{`5`: 5, `"5"`: 5, `"5.5"`: 5.5, `"5,5"`: 5.5, `-1`: -1, `0`: 0} {
		var n Number
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if v, ok := n.Get(); !ok || v != want {
			t.Errorf("%s is %v, %v", text, v, ok)
		}
		if got := n.In(2); got.Known() != (want > 0) || got.Or(0) != max(want, 0)*2 {
			t.Errorf("%s in another unit is %v", text, got)
		}
	}
	for _, text := range []string{`null`, `""`, `"x"`, `true`, `[1]`, `{}`} {
		n := Number{}
		if err := json.Unmarshal([]byte(text), &n); err != nil || n.Known() {
			t.Errorf("%s is %v, %v", text, n.Value, err)
		}
	}
}

func TestDocuments(t *testing.T) {
	tests := map[string]struct {
		text string
		most int64
		want int
		code finding.Code
	}{
		"one":                  {text: `{"a":1}`, want: 1},
		"several":              {text: "{}\n[1] 5", want: 3},
		"none":                 {},
		"cut":                  {text: `{} {"a":`, want: 1, code: finding.JSONMalformed},
		"no JSON":              {text: `{} <html>`, want: 1, code: finding.JSONMalformed},
		"longer than the most": {text: `{} {"a":"` + strings.Repeat("x", 100) + `"}`, most: 50, want: 1, code: finding.TooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.most == 0 {
				test.most = 1 << 20
			}
			got := 0
			err := Documents(t.Context(), strings.NewReader(test.text), test.most, func(json.RawMessage) { got++ })
			if code(t, err) != test.code || got != test.want {
				t.Errorf("%d documents, error %v", got, err)
			}
		})
	}
	torn := errors.New("the disk was taken away")
	if err := Documents(t.Context(), iotest.ErrReader(torn), 100, func(json.RawMessage) {}); !errors.Is(err, torn) {
		t.Errorf("a reader that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Documents(ctx, strings.NewReader(`{}`), 100, func(json.RawMessage) { t.Error("was handed on") }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestObjects(t *testing.T) {
	deep := strings.Repeat(`{"in":`, 40) + `{"id":1}` + strings.Repeat(`}`, 40)
	for text, want := range map[string]string{
		`{"id":1}`:            "1",
		`[{"id":1},{"id":2}]`: "1l 2l",
		`{"in":{"id":1}}`:     "1",
		`{"in":[{"id":1},3,null,{"in":[{"id":2}]}]}`: "1l 2l",
		`5`:  "",
		``:   "",
		deep: "",
	} {
		var got []string
		Objects(json.RawMessage(text), func(object json.RawMessage, listed bool) []json.RawMessage {
			var o struct {
				ID json.Number
				In json.RawMessage
			}
			if !Unmarshal(object, &o) {
				t.Errorf("%s cannot be read", object)
			}
			switch {
			case o.ID == "":
				return []json.RawMessage{o.In}
			case listed:
				o.ID += "l"
			}
			got = append(got, o.ID.String())
			return nil
		})
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestUnmarshal(t *testing.T) {
	var v struct{ A, B int }
	if !Unmarshal(json.RawMessage(`{"A":"text","B":2}`), &v) || v.B != 2 {
		t.Errorf("a field of another type: %+v", v)
	}
	if Unmarshal(json.RawMessage(`{"A":`), &v) {
		t.Error("half an object is read")
	}
}

func TestFirstLine(t *testing.T) {
	for text, want := range map[string]string{"\ufeff\r\n A,b\r\nc": "a,b\r", "A": "a", "": ""} {
		if got := FirstLine([]byte(text)); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestClip(t *testing.T) {
	if got := Clip("naïve"); got != "naïve" {
		t.Error(got)
	}
	if got := Clip(strings.Repeat("é", 41)); got != strings.Repeat("é", 40)+"…" {
		t.Error(got)
	}
}
