package report_test

import (
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/report"
)

// conversions are what convert can tell.
func conversions() []report.Conversion {
	lost := []finding.Finding{finding.New(finding.LostTemperature, finding.Place{}, "")}
	done := report.NewConversion("a/run.gpx", 0, "written", "gpx", "tcx", 1234, true, nil, lost)
	output := "out/a/run.tcx"
	done.Output = &output
	plain := report.NewConversion("run.fit", 0, "copied", "fit", "fit", 10, false, nil, nil)
	plain.Output = &output
	return []report.Conversion{done, plain, report.NewConversion("b.fit", 1, report.ResultEmpty, "fit", "gpx", 0, false, lost, nil)}
}

func TestConversionsForPeople(t *testing.T) {
	var b strings.Builder
	for _, c := range conversions() {
		if err := report.WriteConversion(&b, &c); err != nil {
			t.Fatal(err)
		}
	}
	const want = `a/run.gpx → out/a/run.tcx (1234 points, written, verified)
run.fit → out/a/run.tcx (10 points, copied)
b.fit: workout 2 has nothing that gpx can hold
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

func TestConversionsForPrograms(t *testing.T) {
	text := encode(t, report.JSONL, report.Conversion{}, conversions()[0])
	if !strings.HasPrefix(text, `{"file":"a/run.gpx","activity":0,"result":"written","format":"gpx","to":"tcx","output":"out/a/run.tcx",`) {
		t.Error(text)
	}
	row := records(t, encode(t, report.CSV, report.Conversion{}, conversions()[0]))[0]
	if row["findings"] != "convert.lost.temperature" || row["verified"] != "true" {
		t.Errorf("%v", row)
	}
}
