package recalc_test

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
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/tcx"
)

// hits counts the workouts of which a figure agrees with Strava's.
type hits struct{ hit, of int }

func (h hits) rate() float64 { return float64(h.hit) / float64(max(h.of, 1)) }

// floors are the hits measured on 21 November 2026, by Strava's sport and
// figure. A change of the rules must not fall below them; one that rises above
// them raises them.
var floors = map[string]hits{
	"Run moving_time ±1 s":                       {63, 109},
	"Run distance ≤ 1 %":                         {99, 109},
	"Run calories ≤ 1 kcal or 1 %":               {42, 55},
	"Run average_heartrate ±1":                   {29, 29},
	"Ride moving_time ±1 s":                      {34, 45},
	"Ride moving_time ±1 s, with the true sport": {39, 45},
	"Ride distance ≤ 1 %":                        {43, 45},
	"Ride calories ≤ 1 kcal or 1 %":              {18, 26},
	"Ride average_heartrate ±1":                  {19, 20},
}

// TestTruth recalculates workouts whose figures on Strava are known. The files
// are not part of the repository.
func TestTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some hundred files")
	}
	folder := filepath.Join("..", "..", "..", "shared", "truth")
	table, err := os.Open(filepath.Join(folder, "truth.csv"))
	if err != nil {
		t.Skipf("no workouts with Strava's figures beside the checkout: %v", err)
	}
	defer table.Close()
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}

	got := map[string]hits{}
	var c recalc.Calculator
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, name := range rows[0] {
			row[name] = cells[i]
		}
		sport := row["sport_type"]
		if row["format"] != "tcx" || sport != "Run" && sport != "Ride" {
			continue
		}
		a := decodeTCX(t, filepath.Join(folder, "files", row["file"]))
		var o recalc.Options
		if kg, err := strconv.ParseFloat(row["athlete_weight_kg"], 64); err == nil {
			o.Athlete.Weights = []recalc.Weight{{Kg: kg}}
		}
		r := c.Recalculate(a, o)
		count := func(column string, r *recalc.Result, f recalc.Field, absolute, relative float64) {
			want, err := strconv.ParseFloat(row[string(f)], 64)
			if err != nil || want == 0 {
				return // Strava's figure is not known
			}
			h := got[sport+" "+column]
			h.of++
			if v, ok := r.Get(f).Get(); ok && math.Abs(v-want) <= math.Max(absolute, relative*want)+1e-9 {
				h.hit++
			}
			got[sport+" "+column] = h
		}
		count("moving_time ±1 s", &r, recalc.MovingTime, 1, 0)
		count("distance ≤ 1 %", &r, recalc.Distance, 0, .01)
		count("calories ≤ 1 kcal or 1 %", &r, recalc.Calories, 1, .01)
		count("average_heartrate ±1", &r, recalc.AverageHeartrate, 1, 0)
		if sport == "Ride" {
			o.Sport = activity.Ride
			r := c.Recalculate(a, o)
			count("moving_time ±1 s, with the true sport", &r, recalc.MovingTime, 1, 0)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(floors)) {
		h, floor := got[name], floors[name]
		t.Logf("%-44s %3d of %3d, %5.1f %%", name, h.hit, h.of, 100*h.rate())
		if h.rate() < floor.rate() {
			t.Errorf("%s: %d of %d, which is less than %d of %d", name, h.hit, h.of, floor.hit, floor.of)
		}
	}
}

// decodeTCX reads the first workout of a gzipped TCX file.
func decodeTCX(t *testing.T, name string) *activity.Activity {
	t.Helper()
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	data, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	f, err := tcx.Decode(t.Context(), bytes.NewReader(data), tcx.Options{})
	if err != nil || len(f.Activities) == 0 {
		t.Fatalf("%s: %d workouts, %v", name, len(f.Activities), err)
	}
	return &f.Activities[0]
}
