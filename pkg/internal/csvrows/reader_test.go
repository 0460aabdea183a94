package csvrows_test

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/internal/csvrows"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
)

// row is what a test expects of one call.
type row struct {
	Line  int
	Cells []string
	Error string
}

func all(t *testing.T, text string) []row {
	t.Helper()
	r := csvrows.New(strings.NewReader(text))
	var out []row
	for {
		cells, line, err := r.Next()
		var bad *csvrows.RowError
		switch {
		case errors.Is(err, io.EOF):
			return out
		case errors.As(err, &bad):
			out = append(out, row{Line: bad.Line, Error: bad.Why})
		case err != nil:
			t.Fatal(err)
		default:
			out = append(out, row{Line: line, Cells: cells})
		}
		if len(out) > 1000 {
			t.Fatal("it never ends")
		}
	}
}

func TestRows(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []row
	}{
		{"nothing", "", nil},
		{"blank lines", "\n  \r\n\n", nil},
		{"a byte order mark is no part of the first name", "\ufefftype,start\n1,2\n", []row{{1, []string{"type", "start"}, ""}, {2, []string{"1", "2"}, ""}}},
		{"the last line needs no end", "a,b\r\n1,2", []row{{1, []string{"a", "b"}, ""}, {2, []string{"1", "2"}, ""}}},
		{"semicolons, as spreadsheets save them", "a;b\n1,5;2\n", []row{{1, []string{"a", "b"}, ""}, {2, []string{"1,5", "2"}, ""}}},
		{"tabs", "a\tb\n1\t\n", []row{{1, []string{"a", "b"}, ""}, {2, []string{"1", ""}, ""}}},
		{"quotes", `a,"b ""c"", d",` + "\n", []row{{1, []string{"a", `b "c", d`, ""}, ""}}},
		{"a separator in quotes does not count", "\"a;b;c\",d\n", []row{{1, []string{"a;b;c", "d"}, ""}}},
		{"a cell over lines; the next row knows its line", "a,\"b\nc\n\nd\"\n1,2\n", []row{{1, []string{"a", "b\nc\n\nd"}, ""}, {5, []string{"1", "2"}, ""}}},
		{
			"a quote that is never closed costs its line only", "a,b\n1,\"2\n3,4\n5,6\n",
			[]row{{1, []string{"a", "b"}, ""}, {Line: 2, Error: "a quote is never closed"}, {3, []string{"3", "4"}, ""}, {4, []string{"5", "6"}, ""}},
		},
		{
			"text behind a quote", "a,b\n\"1\"x,2\n3,4\n",
			[]row{{1, []string{"a", "b"}, ""}, {Line: 2, Error: "text stands behind a closing quote"}, {3, []string{"3", "4"}, ""}},
		},
		{
			"a row without end", "a,b\n" + strings.Repeat("x", csvrows.MostBytes+1) + "\n1,2\n",
			[]row{{1, []string{"a", "b"}, ""}, {Line: 2, Error: "the row is longer than 256 KiB"}, {3, []string{"1", "2"}, ""}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, all(t, c.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A quote that goes over many lines is given up before it has eaten the memory.
func TestAnOpenQuoteIsBounded(t *testing.T) {
	line := strings.Repeat("y", 99) + "\n"
	rows := all(t, "a\n\"x\n"+strings.Repeat(line, 900)+line)
	if len(rows) < 900 || rows[1].Error != "a quote is never closed" || rows[2].Line != 3 {
		t.Errorf("%d rows, the second is %+v", len(rows), rows[1])
	}
}

type failing struct{}

var errDisk = errors.New("the disk is gone")

func (failing) Read([]byte) (int, error) { return 0, errDisk }

func TestTheErrorOfTheReaderComesThrough(t *testing.T) {
	r := csvrows.New(io.MultiReader(strings.NewReader("a,b\n"), failing{}))
	if cells, _, err := r.Next(); err != nil || len(cells) != 2 {
		t.Fatalf("%q, %v", cells, err)
	}
	for range 2 {
		if _, _, err := r.Next(); !errors.Is(err, errDisk) {
			t.Fatalf("%v", err)
		}
	}
}

// What the standard library reads without a complaint is read alike.
func FuzzLikeTheStandardLibrary(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a,\"b\nc\"\n", "\"\"\"\",x\n", "a\n\n\nb", "a,\"b\n", "\ufeffa,b\r\n1,2\r\n", "a\"b,c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzztest.Decoding.Hold(t)()
		got := all(t, text)
		std := csv.NewReader(strings.NewReader(text))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil || strings.ContainsAny(text, ";\t\r\ufeff") || len(text) > csvrows.MostBytes {
			return
		}
		var rows [][]string
		for _, r := range got {
			if r.Error != "" {
				t.Fatalf("line %d of %q: %s", r.Line, text, r.Error)
			}
			rows = append(rows, r.Cells)
		}
		var kept [][]string
		for _, r := range want { // a line of blanks is one cell to the library, and nothing here
			if len(r) > 1 || strings.TrimSpace(r[0]) != "" || strings.Contains(text, "\"") {
				kept = append(kept, r)
			}
		}
		if strings.Contains(text, "\"") {
			return // whether a blank cell was quoted cannot be told from the outcome
		}
		if diff := cmp.Diff(kept, rows); diff != "" {
			t.Fatalf("%q (-library +here):\n%s", text, diff)
		}
	})
}
