package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/report"
)

// show writes summaries as people see them.
func show(t *testing.T, u report.Units, color bool, list ...report.Summary) string {
	t.Helper()
	var b bytes.Buffer
	table := report.NewSummaryTable(&b, u, color, 0)
	for _, s := range list {
		if err := table.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenSummaries(t *testing.T) {
	for _, u := range []report.Units{report.Metric, report.Imperial} {
		for _, explain := range []bool{false, true} {
			list, name := summaries(explain), string(u)
			if explain {
				name += "-explained"
			}
			golden(t, "card-run-"+name+".txt", show(t, u, false, list[0]))
			golden(t, "card-ride-"+name+".txt", show(t, u, false, list[2]))
			golden(t, "table-"+name+".txt", show(t, u, false, list...))
		}
	}
	golden(t, "card-nothing.txt", show(t, report.Metric, false, summaries(true)[3]))
	// The escapes are spelt out, so that the file can be read and reviewed.
	spelt := func(s string) string { return strings.ReplaceAll(s, "\x1b", "␛") }
	golden(t, "card-colour.txt", spelt(show(t, report.Metric, true, summaries(true)[0])))
	golden(t, "table-colour.txt", spelt(show(t, report.Metric, true, summaries(true)...)))
}

func TestGoldenInfos(t *testing.T) {
	for _, u := range []report.Units{report.Metric, report.Imperial} {
		var b bytes.Buffer
		for k, i := range infos() {
			if k > 0 {
				fmt.Fprintln(&b)
			}
			if err := report.WriteInfo(&b, &i, u); err != nil {
				t.Fatal(err)
			}
		}
		golden(t, "info-"+string(u)+".txt", b.String())
	}
}

func TestGoldenFormats(t *testing.T) {
	for _, f := range []report.Format{report.JSON, report.JSONL, report.CSV} {
		golden(t, "summary."+string(f), encode(t, f, report.Summary{}, append(anys(summaries(true)), failure())...))
		golden(t, "info."+string(f), encode(t, f, report.Info{}, append(anys(infos()), failure())...))
	}
}
