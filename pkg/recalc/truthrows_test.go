package recalc

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
)

// TruthRow is a workout whose figures on Strava are known, by the names of the
// columns.
type TruthRow map[string]string

// File returns the path of the recording.
func (r TruthRow) File() string { return filepath.Join(truthFolder, "files", r["file"]) }

// ClassOf is what figures are told apart by besides the sport.
func ClassOf(a *activity.Activity) string { return classOf(a) }

var truthFolder = filepath.Join("..", "..", "..", "shared", "truth")

// TruthRows returns the workouts whose figures on Strava are known. They are not
// part of the repository; without them the test is skipped.
func TruthRows(t *testing.T) []TruthRow {
	t.Helper()
	if testing.Short() {
		t.Skip("reads some hundred files")
	}
	table, err := os.Open(filepath.Join(truthFolder, "truth.csv"))
	if err != nil {
		t.Skipf("no workouts with Strava's figures beside the checkout: %v", err)
	}
	defer table.Close()
	cells, err := csv.NewReader(table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]TruthRow, len(cells)-1)
	for k, line := range cells[1:] {
		out[k] = TruthRow{}
		for i, name := range cells[0] {
			out[k][name] = line[i]
		}
	}
	return out
}
