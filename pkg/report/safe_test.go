package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/recalc"
)

// hostile are texts that people have hidden things in.
var hostile = []struct{ name, text, printable string }{
	{"plain text stays", "Läufe 2019 – 五月 🏃", "Läufe 2019 – 五月 🏃"},
	{"a colour for the terminal", "\x1b[31mred", `\x1b[31mred`},
	{"a title for the terminal's window", "\x1b]0;owned\x07", `\x1b]0;owned\x07`},
	{"an escape of one byte", "\u009b31m", `\x9b31m`},
	{"a line break that fakes a second row", "a\r\nb", `a\x0d\x0ab`},
	{"a tab", "a\tb", `a\x09b`},
	{"a backspace that hides", "evil\x08\x08\x08\x08good", `evil\x08\x08\x08\x08good`},
	{"NUL and DEL", "\x00\x7f", `\x00\x7f`},
	{"a name that reads backward", "photo\u202egpj.exe", `photo\u202egpj.exe`},
	{"isolated directions", "\u2066a\u2069", `\u2066a\u2069`},
	{"a mark of direction", "a\u200f", `a\u200f`},
	{"blanks of no width", "a\u200b\u2060\ufeffb", `a\u200b\u2060\ufeffb`},
	{"separators of lines and paragraphs", "\u2028\u2029", `\u2028\u2029`},
	{"letters that nobody sees", "a\U000e0041", `a\U000e0041`},
	{"bytes that are no UTF-8", "a\xff\xc3", `a\xff\xc3`},
	{"what others replaced such bytes by", "a\ufffd", `a\ufffd`},
	{"half a surrogate, as bytes", "\xed\xa0\x80", `\xed\xa0\x80`},
	{"nothing", "", ""},
}

func TestPrintable(t *testing.T) {
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			if got := Printable(c.text); got != c.printable {
				t.Errorf("got %q, want %q", got, c.printable)
			}
		})
	}
}

// inert reports the first character of an output, line feeds aside, that does
// something else than be seen. U+FFFD is one to be seen; a bare byte is not.
func inert(s string) (rune, bool) {
	if !utf8.ValidString(s) {
		return utf8.RuneError, false
	}
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)) {
			return r, false
		}
	}
	return 0, true
}

// spoilt puts one text wherever a file can put one.
func spoilt(text string) (Summary, Info, Failed) {
	a := activity.Activity{
		Format: "tcx", RawSport: text, Name: text, Notes: text, Creator: text,
		Device: activity.Device{Name: text, Manufacturer: text, Serial: text, Version: text},
		Laps:   []activity.Lap{{Trigger: text, Intensity: text}},
	}
	r := recalc.Result{Sport: activity.Run, ElevLow: activity.Of(-12.3)}
	s, i := NewSummary(text, 0, &a, &r, nil, nil, true), NewInfo(text, 0, &a, nil, nil)
	i.Findings = []Finding{{Code: "tcx.sport.unknown", Severity: "warning", Count: 1, Message: text, Fix: text}}
	s.Findings = i.Findings
	return s, i, Failed{File: text, Error: Failure{Code: "file.empty", Message: text}}
}

// FuzzHostileText holds what the package promises of text from files: whatever
// it is, the output is inert, in JSON it is there again after decoding, and in
// CSV every row has all its cells and none that begins a formula.
func FuzzHostileText(f *testing.F) {
	for _, c := range hostile {
		f.Add(c.text)
	}
	for _, s := range []string{"=1+1", "+1", "-1", "-", "@SUM(A1)", "\t=1", "＝1", `=HYPERLINK("http://x")`, `a"b,c`, " ", "'", `\.`, "1e5", "-Inf", "</script>", `\u202e`, `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2_000 {
			return // it stands in forty places, and what is hostile is short
		}
		defer fuzztest.Decoding.Hold(t)()
		s, i, failed := spoilt(text)
		for _, v := range []any{s, i, failed} {
			checkJSON(t, text, v)
		}
		checkCSV(t, text, Summary{}, s, failed)
		checkCSV(t, text, Info{}, i, failed)
		checkTables(t, s, i)
	})
}

func checkJSON(t *testing.T, text string, v any) {
	t.Helper()
	b, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := inert(string(b)); !ok {
		t.Errorf("%U stands raw in %q", r, b)
	}
	if bytes.Count(b, []byte("\n")) != 1 || !bytes.HasSuffix(b, []byte("\n")) {
		t.Errorf("not one line: %q", b)
	}
	var back struct {
		File       string  `json:"file"`
		DeviceName *string `json:"device_name"`
		Error      *Failure
	}
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	want := strings.ToValidUTF8(text, "\ufffd")
	if !utf8.ValidString(text) {
		// encoding/json replaces every byte, ToValidUTF8 every run of them.
		want = string([]rune(text))
	}
	if back.File != want {
		t.Errorf("file: %q came back as %q", want, back.File)
	}
	if back.DeviceName != nil && *back.DeviceName != want {
		t.Errorf("device_name: %q came back as %q", want, *back.DeviceName)
	}
	if back.Error != nil && back.Error.Message != want {
		t.Errorf("message: %q came back as %q", want, back.Error.Message)
	}
}

func checkCSV(t *testing.T, text string, sample any, values ...any) {
	t.Helper()
	var b bytes.Buffer
	e, err := NewEncoder(&b, CSV, sample)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if r, ok := inert(b.String()); !ok {
		t.Errorf("%U stands raw in %q", r, b.String())
	}
	if n := strings.Count(b.String(), "\n"); n != len(values)+1 {
		t.Errorf("%d lines for %d rows in %q", n, len(values)+1, b.String())
	}
	rows, err := csv.NewReader(&b).ReadAll() // which wants as many cells in every row
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(values)+1 {
		t.Fatalf("%d rows, want %d", len(rows), len(values)+1)
	}
	for _, row := range rows[1:] {
		if want := cell(text); row[0] != want {
			t.Errorf("file: %q came back as %q", want, row[0])
		}
		for k, c := range row {
			name := rows[0][k]
			if c != "-" && name != "elev_low" && strings.IndexAny(c, "=+-@\t\r＝＋－＠") == 0 {
				t.Errorf("%s: a spreadsheet takes %q for a formula", name, c)
			}
			if name == "elev_low" && c != "" && c != "-12.3" {
				t.Errorf("the number -12.3 became %q", c)
			}
		}
	}
}

func checkTables(t *testing.T, s Summary, i Info) {
	t.Helper()
	var b bytes.Buffer
	card, table := NewSummaryTable(&b, Metric, false, 0), NewSummaryTable(&b, Metric, false, 0)
	if err := WriteInfo(&b, &i, Metric); err != nil {
		t.Fatal(err)
	}
	for _, do := range []error{card.Add(s), card.Close(), table.Add(s), table.Add(s), table.Close()} {
		if do != nil {
			t.Fatal(do)
		}
	}
	if r, ok := inert(b.String()); !ok {
		t.Errorf("%U stands raw in %q", r, b.String())
	}
}

func TestSpreadsheetCells(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a formula is defused", "=1+1", "'=1+1"},
		{"also with a plus", "+1", "'+1"},
		{"also with an at", "@SUM(A1)", "'@SUM(A1)"},
		{"also with a minus", "-1+1", "'-1+1"},
		{"a text that looks like a number is a text", "-5", "'-5"},
		{"a word that a parser takes for a number is a text", "-inf", "'-inf"},
		{"full-width signs count", "＝1", "'＝1"},
		{"a tab is shown as its code and hides nothing", "\t=1", `\x09=1`},
		{"a line feed, too", "\n=1", `\x0a=1`},
		{"standard input stays", "-", "-"},
		{"a sign in the middle is harmless", "a=b", "a=b"},
		{"a path with a blank in front is not changed", " =1", " =1"},
		{"nothing stays nothing", "", ""},
	} {
		if got := cell(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	for _, c := range []string{"\t1", "\r1", "\n1"} {
		if got := spreadsheetSafe(c); got != "'"+c {
			t.Errorf("%q became %q", c, got)
		}
	}
}

// The table is aligned by what a terminal shows, not by what is in memory.
func TestWidth(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 0},
		{"letters", "run.tcx", 7},
		{"an umlaut of one character", "L\u00e4ufe", 5},
		{"an umlaut as macOS writes it, of two", "La\u0308ufe", 5},
		{"Chinese", "跑步.tcx", 8},
		{"Japanese", "ラン", 4},
		{"Korean", "달리기", 6},
		{"a runner", "🏃", 2},
		{"the dash for what is unknown", none, 1},
	} {
		if got := width(c.text); got != c.want {
			t.Errorf("%s: %d columns, want %d", c.name, got, c.want)
		}
	}
	for _, s := range []string{left("跑步", 6), right("跑步", 6)} {
		if width(s) != 6 {
			t.Errorf("%q does not fill 6 columns", s)
		}
	}
	if left("too long", 3) != "too long" || right("too long", 3) != "too long" {
		t.Error("a text that is too long is cut")
	}
}
