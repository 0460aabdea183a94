package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/report"
)

func text(s string) *string { return &s }

// deliveries are one with everything and one with nothing.
func deliveries() []report.Delivery {
	return []report.Delivery{
		{
			File: "export.zip!run.fit", Activity: 1, Result: report.Uploaded, Reason: text("because"), Code: text("empty"), Format: text("fit"), SportType: text("Run"),
			StartDate: text("2016-03-01T18:30:00Z"), ElapsedTime: activity.Of(1800), UploadID: report.ID(18_050_722_067), ActivityID: report.ID(18_050_722_068),
			Folder: text("out/001/x.fit"), DuplicateOf: text("other.fit"), Warnings: []string{"odd"},
			Predicted: report.NewShown(activity.Of(1800), activity.Of(5000)), Strava: report.NewShown(activity.Of(1801), activity.Of(5001)),
		},
		{File: "-", Result: report.Pending, Warnings: []string{}},
	}
}

func entries() []report.Entry {
	distance, moving := 5000.0, 1790.0
	full := journal.Row{
		ID: 3, Account: "7", SHA256: strings.Repeat("ab", 32), Fingerprint: "1:" + strings.Repeat("cd", 32), ExternalID: "bandport-abab", File: "run.fit", Activity: 2,
		Format: "fit", Sport: "Run", Start: begin, Elapsed: 1800 * time.Second, Distance: &distance, MovingTime: &moving, Calories: &distance,
		State: journal.Uploaded, UploadID: 18_050_722_067, ActivityID: 18_050_722_068, Folder: "out/001/run.fit", Kind: "empty", Message: "nothing in it",
		Created: begin, SentAt: begin, SettledAt: begin,
	}
	return []report.Entry{report.NewEntry(&full), report.NewEntry(&journal.Row{ID: 1, SHA256: full.SHA256, State: journal.Open})}
}

func journalStates() []string {
	var out []string
	for _, s := range journal.States() {
		out = append(out, string(s))
	}
	return out
}

func TestShown(t *testing.T) {
	s := report.NewShown(activity.Of(1825), activity.Of(5000))
	if got := s.Text(text("Run"), report.Metric); got != "6:05 /km" {
		t.Errorf("%q", got)
	}
	if got := s.Text(text("Ride"), report.Metric); !strings.HasSuffix(got, "km/h") {
		t.Errorf("%q", got)
	}
	nothing := report.NewShown(activity.Value{}, activity.Of(5000))
	if nothing.AveragePace.Known() || nothing.Text(nil, report.Metric) != "" {
		t.Errorf("%+v", nothing)
	}
}

func TestLineOfADelivery(t *testing.T) {
	for want, d := range map[string]report.Delivery{
		"uploaded   a.fit: activity 12":          {File: "a.fit", Result: report.Uploaded, ActivityID: report.ID(12)},
		"staged     a.fit: out/001/b.fit":        {File: "a.fit", Result: report.Staged, Folder: text("out/001/b.fit")},
		`failed     a\x1b.fit: it is \x07 bad`:   {File: "a\x1b.fit", Result: report.FailedTo, Reason: text("it is \x07 bad")},
		"duplicate  a.fit #2: the same as b.fit": {File: "a.fit", Activity: 1, Result: report.Duplicate, Reason: text("the same as b.fit"), ActivityID: report.ID(12)},
	} {
		if got := d.Line(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestEntriesForPeople(t *testing.T) {
	var b strings.Builder
	hostile := entries()[1]
	hostile.Message, hostile.File = text("\x1b[31m"), "evil\u202e.fit"
	if err := report.WriteEntries(&b, []report.Entry{entries()[0], hostile}, report.Metric); err != nil {
		t.Fatal(err)
	}
	golden(t, "history.txt", b.String())
}
