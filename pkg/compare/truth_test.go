package compare_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/recalc"
)

// truthFolder holds recordings with the figures that Strava shows for them. They
// are not part of the repository.
var truthFolder = filepath.Join("..", "..", "..", "shared", "truth")

// truthRows reads the table of Strava's figures.
func truthRows(t *testing.T) []map[string]string {
	t.Helper()
	table, err := os.Open(filepath.Join(truthFolder, "truth.csv"))
	if err != nil {
		t.Skipf("no workouts with Strava's figures beside the checkout: %v", err)
	}
	defer table.Close()
	cells, err := csv.NewReader(table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range cells[1:] {
		row := map[string]string{}
		for i, name := range cells[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// recording reads the first workout of a gzipped file.
func recording(t *testing.T, name string) *activity.Activity {
	t.Helper()
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	f, err := load.Decode(t.Context(), bytes.NewReader(data), load.Default(), load.Options{})
	if err != nil || len(f.Activities) == 0 {
		t.Fatalf("%s: %d workouts, %v", name, len(f.Activities), err)
	}
	return &f.Activities[0]
}

func number(s string) activity.Value {
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		return activity.Of(v)
	}
	return activity.Value{}
}

// TestTruthMovingTime explains the moving time that Strava shows against that of
// the device's own account. The causes are computed without either, so what they
// leave says how good they are: they have to account for the difference, to two
// seconds or a twentieth of it, in as many files as the recalculation itself is
// right to the second.
func TestTruthMovingTime(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some hundred files")
	}
	type tally struct{ files, exact, explained, differ, differExplained int }
	got := map[string]*tally{}
	var c recalc.Calculator
	for _, row := range truthRows(t) {
		if row["format"] == "gpx" {
			continue // no totals of its own
		}
		a := recording(t, filepath.Join(truthFolder, "files", row["file"]))
		want, known := number(row["moving_time"]).Get()
		if !known || want == 0 || !a.Totals.TimerTime.Known() {
			continue
		}
		r := c.Recalculate(a, recalc.Options{Explain: true})
		moving, ok := r.MovingTime.Get()
		if !ok {
			continue
		}
		track := compare.Measure(a, &r, false)
		result := compare.Explain(compare.Sides{
			Ours: &track, Band: compare.Own(&track),
			Strava: &compare.Account{Totals: activity.Totals{MovingTime: activity.Of(want)}},
		})
		f := result.Get(recalc.MovingTime)
		var sum float64
		for _, cause := range f.Causes {
			sum += cause.Amount.Or(0)
		}
		if math.Abs(f.Difference.Or(0)-sum-f.Remainder.Or(0)) > 1e-6 {
			t.Errorf("%s: the causes and the remainder are not the difference", row["file"])
		}
		family := strings.ToLower(strings.ReplaceAll(row["sport_type"], " ", ""))
		if family != "run" && family != "ride" {
			family = "other"
		}
		for _, name := range []string{row["format"], row["format"] + " " + family} {
			if got[name] == nil {
				got[name] = &tally{}
			}
			n := got[name]
			n.files++
			d := math.Abs(f.Difference.Or(0))
			if math.Abs(moving-want) <= 1 {
				n.exact++
			}
			good := math.Abs(f.Remainder.Or(0)) <= math.Max(2, d/20)
			if good {
				n.explained++
			}
			if d > 2 {
				n.differ++
				if good {
					n.differExplained++
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		n := got[name]
		t.Logf("%-10s %4d files: recalculated to the second %4d (%.1f %%), explained %4d (%.1f %%); of %d that differ by more than 2 s %d (%.1f %%)",
			name, n.files, n.exact, 100*float64(n.exact)/float64(n.files), n.explained, 100*float64(n.explained)/float64(n.files),
			n.differ, n.differExplained, 100*float64(n.differExplained)/float64(max(n.differ, 1)))
	}
	for _, name := range []string{"fit", "tcx"} {
		if n := got[name]; n != nil && n.explained < n.exact {
			t.Errorf("%s: %d of %d files are explained, and %d recalculated", name, n.explained, n.files, n.exact)
		}
	}
}
