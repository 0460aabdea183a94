package recalc_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/recalc"
)

var byGPXPy = recalc.Options{Policy: recalc.Policy{Kind: recalc.GPXPy}, Explain: true}

func TestGPXPyCountsSteps(t *testing.T) {
	w := newWorkout(activity.Run).move(100, 3).move(2, 0).move(50, .27).move(50, .29).move(100, 3)
	r := recalc.Recalculate(w.a, byGPXPy)
	wants(t, r, recalc.MovingTime, 250)
	wants(t, r, recalc.ElapsedTime, 302)
	if len(r.Rests) != 1 || r.Rests[0].Duration().Seconds() != 52 {
		t.Errorf("rests %+v, want one of 52 s", r.Rests)
	}
	if !strings.Contains(r.Provenance[recalc.MaxSpeed], "gpxpy") {
		t.Errorf("fastest by %q", r.Provenance[recalc.MaxSpeed])
	}
}

func TestGPXPyLeavesOutTheHopBetweenSegments(t *testing.T) {
	w := newWorkout(activity.Run).move(100, 3).step(60, 3).move(100, 3)
	w.a.Tracks = []activity.Span{{First: 0, End: 101}, {First: 101, End: 202}}
	wants(t, recalc.Recalculate(w.a, byGPXPy), recalc.MovingTime, 200)
}

func TestGPXPyWithoutPositions(t *testing.T) {
	w := &workout{a: &activity.Activity{Format: "tcx", Sport: activity.Run, Start: noon}, ms: noon.UnixMilli(), indoor: true}
	w.record().move(100, 3).move(10, .2).move(100, 3)
	wants(t, recalc.Recalculate(w.a, byGPXPy), recalc.MovingTime, 200)
}

// askGPXPy is a program that tells what gpxpy makes of each track of a file.
const askGPXPy = `
import gpxpy, json, sys
out = []
for name in sys.argv[1:]:
    try:
        with open(name, encoding="utf-8") as f:
            tracks = gpxpy.parse(f).tracks
        out.append([[d.moving_time, d.max_speed] for d in (t.get_moving_data() for t in tracks)])
    except Exception:
        out.append(None)
print(json.dumps(out))
`

// TestAsGPXPyCounts asks gpxpy itself.
func TestAsGPXPyCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("asks another program about some hundred files")
	}
	python := "/usr/bin/python3"
	if exec.CommandContext(t.Context(), python, "-c", "import gpxpy").Run() != nil {
		python = "python3"
		if exec.CommandContext(t.Context(), python, "-c", "import gpxpy").Run() != nil {
			t.Skip("gpxpy is not installed")
		}
	}
	var names []string
	for _, pattern := range []string{"../../testdata/dialects/*.gpx", "../../testdata/gpx/*.gpx", "../../../shared/corpus/*/*.gpx"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			// Of files that somebody spoilt on purpose each program reads other parts.
			if info, err := os.Stat(name); err == nil && info.Size() < 5e5 && !strings.Contains(filepath.ToSlash(name), "/adversarial/") {
				names = append(names, name)
			}
		}
	}
	answer, err := exec.CommandContext(t.Context(), python, append([]string{"-c", askGPXPy}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var told [][][2]float64
	if err := json.Unmarshal(answer, &told); err != nil {
		t.Fatal(err)
	}
	compared, tracks := 0, 0
	for k, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := load.Decode(t.Context(), bytes.NewReader(data), load.Default(), load.Options{})
		if err != nil || len(f.Activities) != len(told[k]) {
			continue // one of the two reads what the other does not
		}
		compared++
		for i := range f.Activities {
			a := &f.Activities[i]
			r := recalc.Recalculate(a, byGPXPy)
			if slices.ContainsFunc(a.Findings, func(f finding.Finding) bool { return f.Code == finding.GPXPositionZero }) {
				continue // gpxpy takes a position of 0, 0 for one
			}
			if !r.MovingTime.Known() || a.Sensors()["position"] < 5 || a.Sensors()["time"] < len(a.Records) {
				continue
			}
			tracks++
			moving, fastest := told[k][i][0], told[k][i][1]
			if math.Abs(r.MovingTime.Or(-1)-math.Floor(moving)) > 1 && moving <= r.ElapsedTime.Or(0)+1 {
				t.Errorf("%s, track %d: moving for %v s, gpxpy says %v s", name, i, r.MovingTime, moving)
			}
			if v := r.MaxSpeed.Or(0); math.Abs(v-fastest) > .001*fastest+1e-6 && strings.Contains(r.Provenance[recalc.MaxSpeed], "gpxpy") {
				t.Errorf("%s, track %d: fastest %v m/s, gpxpy says %v", name, i, v, fastest)
			}
		}
	}
	t.Logf("%d files with %d tracks of %d files", compared, tracks, len(names))
}
