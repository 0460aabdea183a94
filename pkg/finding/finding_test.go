package finding_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/finding"
)

func TestSeverityIsWrittenAsItsWord(t *testing.T) {
	for word, s := range map[string]finding.Severity{
		"info": finding.Info, "warning": finding.Warning, "error": finding.Error,
	} {
		if s.String() != word {
			t.Errorf("%d is called %q, want %q", s, s, word)
		}
		text, err := json.Marshal(s)
		if err != nil || string(text) != `"`+word+`"` {
			t.Errorf("%v is written as %s, %v", s, text, err)
		}
		var back finding.Severity = 99
		if err := json.Unmarshal(text, &back); err != nil || back != s {
			t.Errorf("%s is read as %v, %v", text, back, err)
		}
	}
}

func TestUnknownSeverity(t *testing.T) {
	if got := finding.Severity(7).String(); got != "severity(7)" {
		t.Errorf("got %q", got)
	}
	s := finding.Warning
	if err := s.UnmarshalText([]byte("fatal")); err == nil || s != finding.Warning {
		t.Errorf("an unknown word is read as %v, %v", s, err)
	}
}

func TestSeveritiesAreOrdered(t *testing.T) {
	if !(finding.Info < finding.Warning && finding.Warning < finding.Error) {
		t.Error("severities do not rise from info to error")
	}
}

func TestPlace(t *testing.T) {
	for _, c := range []struct {
		name  string
		place finding.Place
		want  string
	}{
		{"nothing is known", finding.Place{}, ""},
		{"a line", finding.AtLine(12), "line 12"},
		{"a byte", finding.AtByte(3456), "byte 3456"},
		{"the first byte is byte 0", finding.AtByte(0), "byte 0"},
		{"both", finding.At(12, 3456), "line 12, byte 3456"},
		{"a byte without HasByte means nothing", finding.Place{Byte: 5}, ""},
		{"a file beyond 4 GB", finding.AtByte(5_000_000_000), "byte 5000000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.place.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestNewTakesTheCataloguesWords(t *testing.T) {
	d, _ := finding.Lookup(finding.TCXTimeZone)
	got := finding.New(finding.TCXTimeZone, finding.AtLine(7), "")
	want := finding.Finding{
		Code: "tcx.time.zone", Severity: finding.Info, Place: finding.AtLine(7), Count: 1, Message: d.Message, Fix: d.Fix,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNewAppendsTheDetail(t *testing.T) {
	got := finding.New(finding.TCXTimeInvalid, finding.Place{}, `"yesterday"`).Message
	if want := `a time cannot be read; it was taken as missing: "yesterday"`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNewPanicsOnAnUnknownCode(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a code that is not in the catalogue was accepted")
		}
	}()
	finding.New("no.such.code", finding.Place{}, "")
}

func TestFindingAsText(t *testing.T) {
	for _, c := range []struct {
		name    string
		finding finding.Finding
		want    string
	}{
		{"without a place", finding.Finding{Code: "a.b", Count: 1, Message: "it is so"}, "info a.b: it is so"},
		{
			"seen once",
			finding.Finding{Code: "a.b", Severity: finding.Error, Place: finding.AtLine(3), Count: 1, Message: "it is so"},
			"error a.b (line 3): it is so",
		},
		{
			"seen often",
			finding.Finding{Code: "a.b", Severity: finding.Warning, Place: finding.AtLine(3), Count: 4, Message: "it is so"},
			"warning a.b (first at line 3, 4×): it is so",
		},
		{"often and nowhere", finding.Finding{Code: "a.b", Count: 4, Message: "it is so"}, "info a.b (4×): it is so"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.finding.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestListMergesFindingsOfOneCode(t *testing.T) {
	var l finding.List
	l.Add(finding.TCXNumber, finding.AtLine(10), "first")
	l.Add(finding.TCXTimeZone, finding.AtLine(11), "")
	l.Add(finding.TCXNumber, finding.AtLine(12), "second")
	l.AddN(finding.TCXNumber, finding.AtLine(13), "more", 5)

	want := []finding.Finding{
		finding.New(finding.TCXNumber, finding.AtLine(10), "first"), // the first place and message stay
		finding.New(finding.TCXTimeZone, finding.AtLine(11), ""),
	}
	want[0].Count = 7
	if diff := cmp.Diff(want, l.Findings()); diff != "" {
		t.Error(diff)
	}
}

func TestListAddNCountsWhatIsGiven(t *testing.T) {
	for n, want := range map[int]int{-1: 0, 0: 0, 1: 1, 9: 9} {
		var l finding.List
		l.AddN(finding.TCXNumber, finding.Place{}, "", n)
		count := 0
		for _, f := range l.Findings() {
			count += f.Count
		}
		if count != want {
			t.Errorf("AddN of %d counts %d, want %d", n, count, want)
		}
	}
}

func TestListSeenCountsOnlyWhatIsThere(t *testing.T) {
	var l finding.List
	if l.Seen(finding.TCXNumber) || len(l.Findings()) != 0 {
		t.Error("an empty list has seen something")
	}
	l.Add(finding.TCXNumber, finding.Place{}, "")
	if !l.Seen(finding.TCXNumber) || l.Findings()[0].Count != 2 {
		t.Errorf("got %v", l.Findings())
	}
}

func TestListGivesItsFindingsAway(t *testing.T) {
	var l finding.List
	l.Add(finding.TCXNumber, finding.Place{}, "")
	l.Findings()[0].Count = 99
	if l.Findings()[0].Count != 1 {
		t.Error("a caller can change the list")
	}
}

func TestWorst(t *testing.T) {
	of := func(ss ...finding.Severity) (fs []finding.Finding) {
		for _, s := range ss {
			fs = append(fs, finding.Finding{Severity: s})
		}
		return fs
	}
	for _, c := range []struct {
		name string
		in   []finding.Finding
		want finding.Severity
		ok   bool
	}{
		{"nothing was found", nil, finding.Info, false},
		{"only information", of(finding.Info), finding.Info, true},
		{"the order does not matter", of(finding.Info, finding.Error, finding.Warning), finding.Error, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := finding.Worst(c.in); got != c.want || ok != c.ok {
				t.Errorf("got %v, %v", got, ok)
			}
		})
	}
}
