package recalc_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/recalc"
)

var update = flag.Bool("update", false, "write confidence_table.go and the hit rates in docs/recalculation.md anew from the recordings beside the checkout")

// speedExact, in m/s, is less than the last digit that Strava shows of a speed.
const speedExact = 0.002

// hits counts the workouts of which a figure agrees with Strava's.
type hits struct{ hit, of int }

func (h hits) rate() float64 { return float64(h.hit) / float64(max(h.of, 1)) }

// floors are the hits measured on 25 and 26 November 2026, by Strava's sport and
// figure. A change of the rules must not fall below them; one that rises above
// them raises them.
var floors = map[string]hits{
	"Ride/fit average_heartrate ±1":                        {87, 90},
	"Ride/fit calories ≤ 1 kcal or 1 %":                    {127, 131},
	"Ride/fit distance ≤ 1 %":                              {131, 131},
	"Ride/fit max_speed ±0.002 m/s":                        {126, 131},
	"Ride/fit moving_time ±1 s":                            {111, 131},
	"Ride/fit moving_time ±1 s, with the true sport":       {111, 131},
	"Ride/gpx average_heartrate ±1":                        {1, 1},
	"Ride/gpx calories ≤ 1 kcal or 1 %":                    {8, 80},
	"Ride/gpx distance ≤ 1 %":                              {96, 97},
	"Ride/gpx max_speed ±0.002 m/s":                        {30, 97},
	"Ride/gpx moving_time ±1 s":                            {87, 97},
	"Ride/gpx moving_time ±1 s, with the true sport":       {87, 97},
	"Ride/gpx-phone average_heartrate ±1":                  {22, 26},
	"Ride/gpx-phone calories ≤ 1 kcal or 1 %":              {16, 67},
	"Ride/gpx-phone distance ≤ 1 %":                        {63, 67},
	"Ride/gpx-phone max_speed ±0.002 m/s":                  {52, 67},
	"Ride/gpx-phone moving_time ±1 s":                      {5, 67},
	"Ride/gpx-phone moving_time ±1 s, with the true sport": {5, 67},
	"Ride/tcx average_heartrate ±1":                        {19, 20},
	"Ride/tcx calories ≤ 1 kcal or 1 %":                    {18, 26},
	"Ride/tcx distance ≤ 1 %":                              {44, 45},
	"Ride/tcx max_speed ±0.002 m/s":                        {44, 45},
	"Ride/tcx moving_time ±1 s":                            {40, 45},
	"Ride/tcx moving_time ±1 s, with the true sport":       {40, 45},
	"Run/fit average_heartrate ±1":                         {295, 308},
	"Run/fit calories ≤ 1 kcal or 1 %":                     {381, 396},
	"Run/fit distance ≤ 1 %":                               {441, 441},
	"Run/fit max_speed ±0.002 m/s":                         {415, 441},
	"Run/fit moving_time ±1 s":                             {375, 441},
	"Run/gpx average_heartrate ±1":                         {1, 1},
	"Run/gpx calories ≤ 1 kcal or 1 %":                     {12, 18},
	"Run/gpx distance ≤ 1 %":                               {57, 57},
	"Run/gpx max_speed ±0.002 m/s":                         {47, 57},
	"Run/gpx moving_time ±1 s":                             {51, 57},
	"Run/gpx-phone average_heartrate ±1":                   {4, 4},
	"Run/gpx-phone calories ≤ 1 kcal or 1 %":               {72, 93},
	"Run/gpx-phone distance ≤ 1 %":                         {115, 131},
	"Run/gpx-phone max_speed ±0.002 m/s":                   {88, 131},
	"Run/gpx-phone moving_time ±1 s":                       {90, 131},
	"Run/tcx average_heartrate ±1":                         {29, 29},
	"Run/tcx calories ≤ 1 kcal or 1 %":                     {42, 55},
	"Run/tcx distance ≤ 1 %":                               {99, 109},
	"Run/tcx max_speed ±0.002 m/s":                         {75, 109},
	"Run/tcx moving_time ±1 s":                             {63, 109},
}

// TestTruth recalculates workouts whose figures on Strava are known. The files
// are not part of the repository.
func TestTruth(t *testing.T) {
	got := map[string]hits{}
	confidences, rates, other := tally{}, hitRates{}, ways{}
	var speeds hits
	var c recalc.Calculator
	for _, row := range recalc.TruthRows(t) {
		sport := row["sport_type"]
		a := decode(t, row.File())
		device := recalc.ClassOf(a)
		class, barometric := strings.CutSuffix(device, "-barometer")
		var o recalc.Options
		if kg, err := strconv.ParseFloat(row["athlete_weight_kg"], 64); err == nil {
			o.Athlete.Weights = []recalc.Weight{{Kg: kg}}
		}
		r := c.Recalculate(a, o)
		confidences.add(row, device, &r)
		rates.add(row, class, barometric, &r)
		if class != "gpx-phone" {
			other.add(t, &c, row, a, o)
		}
		count := func(column string, r *recalc.Result, f recalc.Field, absolute, relative float64) {
			want, err := strconv.ParseFloat(row[string(f)], 64)
			if err != nil || want == 0 {
				return // Strava's figure is not known
			}
			name := sport + "/" + class + " " + column
			h := got[name]
			h.of++
			if v, ok := r.Get(f).Get(); ok && math.Abs(v-want) <= math.Max(absolute, relative*want)+1e-9 {
				h.hit++
			}
			got[name] = h
		}
		if want, err := strconv.ParseFloat(row["max_speed"], 64); err == nil && want > 0 {
			if speeds.of++; math.Abs(r.MaxSpeed.Or(0)-want) <= speedExact+1e-9 {
				speeds.hit++
			}
		}
		if sport != "Run" && sport != "Ride" {
			continue
		}
		count("moving_time ±1 s", &r, recalc.MovingTime, 1, 0)
		count("distance ≤ 1 %", &r, recalc.Distance, 0, .01)
		count("calories ≤ 1 kcal or 1 %", &r, recalc.Calories, 1, .01)
		count("average_heartrate ±1", &r, recalc.AverageHeartrate, 1, 0)
		count("max_speed ±0.002 m/s", &r, recalc.MaxSpeed, speedExact, 0)
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
	t.Logf("of all fastest speeds %d of %d agree within %v m/s", speeds.hit, speeds.of, speedExact)
	day := confidences.check(t)
	checkPage(t, ratesBegin, ratesEnd, rates.table(day, confidences.crossValidate(t)))
	checkPage(t, waysBegin, waysEnd, other.table(day))
}

// decode reads the first workout of a gzipped file.
func decode(t *testing.T, name string) *activity.Activity {
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
	f, err := load.Decode(t.Context(), bytes.NewReader(data), load.Default(), load.Options{})
	if err != nil || len(f.Activities) == 0 {
		t.Fatalf("%s: %d workouts, %v", name, len(f.Activities), err)
	}
	return &f.Activities[0]
}
