package fit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

// sdkFolder finds Garmin's SDK for JavaScript, which `.ci/full` installs: the
// variable says where. It skips the test where there is none.
func sdkFolder(t *testing.T) (node, folder string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node to run Garmin's SDK with")
	}
	if folder = os.Getenv("BANDPORT_TEST_FITSDK"); folder == "" {
		t.Skip("BANDPORT_TEST_FITSDK does not say where @garmin/fitsdk is; .ci/full installs it")
	}
	if _, err := os.Stat(filepath.Join(folder, "src", "index.js")); err != nil {
		t.Fatal(err)
	}
	return node, folder
}

// tally says of how many records there is a figure, and what they add up to.
type tally struct {
	N   int     `json:"n"`
	Sum float64 `json:"sum"`
}

// sdkResult is what testdata/garmin.mjs prints of a file.
type sdkResult struct {
	Counts    map[uint16]int   `json:"counts"`
	Sums      map[string]tally `json:"sums"`
	Developer map[string]tally `json:"developer"`
	Errors    []string         `json:"errors"`
}

// garminDiffers says what Garmin's SDK reads otherwise, and why.
var garminDiffers = map[string]string{
	"elevate/noroeste.fit":                                 "seven positions are 0,0, which are missing here",
	"muktihari-fit/Activity.fit":                           "one position is 0,0, which is missing here",
	"muktihari-fit/ActivityDevFields.fit":                  "one position is 0,0, which is missing here",
	"muktihari-fit/chained_Activity_activity_poolswim.fit": "one position is 0,0, which is missing here",

	"connectstats/track_cs_1451.fit":          "the strap's memory overwrites heart rates that the watch received; here those stay",
	"fitdecode/garmin-fr935-cr.fit":           "the strap's memory overwrites heart rates that the watch received; here those stay",
	"garmin-fit-js/HrmPluginTestActivity.fit": "the strap's memory overwrites heart rates that the watch received; here those stay",
	"muktihari-fit/HrmPluginTestActivity.fit": "the strap's memory overwrites heart rates that the watch received; here those stay",
	"python-fitparse/event_timestamp.fit":     "two of 4,376 heart rates are 1 bpm lower: beats stand at whole milliseconds here",

	"python-fitparse/sample_mulitple_header.fit": "the strap's memory overwrites heart rates that the watch received; here those stay", //nolint:misspell // the file's name

	"runalyze/FR70-intervals.fit":                "it does not read compressed timestamps",
	"tormoder-fit/antfs-dump.63.fit":             "it does not read compressed timestamps",
	"tormoder-fit/compressed-speed-distance.fit": "it does not read compressed timestamps",
	"muktihari-fit/triathlon_summary_first.fit":  "it fails in itself at an array that the profile does not have",
	"muktihari-fit/triathlon_summary_last.fit":   "it fails in itself at an array that the profile does not have",
}

// Messages, records and developer fields of every file of the corpus are those
// that Garmin's own SDK reads.
func TestLikeGarmin(t *testing.T) {
	node, folder := sdkFolder(t)
	entries := codectest.Corpus(t, "fit")
	args := []string{filepath.Join("testdata", "garmin.mjs"), folder}
	for i := range entries {
		args = append(args, filepath.Join(codectest.CorpusFolder, filepath.FromSlash(entries[i].File)))
	}
	out, err := exec.CommandContext(t.Context(), node, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(entries) {
		t.Fatalf("%d results of %d files", len(lines), len(entries))
	}
	same, differ, messages := 0, 0, 0
	for i := range entries {
		e := &entries[i]
		var theirs sdkResult
		if err := json.Unmarshal(lines[i], &theirs); err != nil {
			t.Fatal(err)
		}
		f, err := fit.Decode(context.Background(), bytes.NewReader(e.Data(t)), fit.Options{KeepSource: true})
		if err != nil {
			continue // tested elsewhere
		}
		problem := garminDifference(f, &theirs)
		reason, known := garminDiffers[e.File]
		switch {
		case problem == "" && known:
			t.Errorf("%s is read alike, although it should not be: %s", e.File, reason)
		case problem == "":
			same++
			for _, n := range theirs.Counts {
				messages += n
			}
		case !known:
			t.Errorf("%q: %q,", e.File, problem)
		default:
			differ++
		}
	}
	t.Logf("%d files with %d messages are read alike, %d otherwise", same, messages, differ)
}

// garminDifference says in what the two readings differ.
func garminDifference(f activity.File, theirs *sdkResult) string {
	var diffs []string
	counts := map[uint16]int{}
	for m := range fit.Messages(f.Source) {
		if !m.Definition {
			counts[m.Global]++
		}
	}
	if !maps.Equal(counts, theirs.Counts) {
		for _, g := range slices.Sorted(maps.Keys(counts)) {
			if n := theirs.Counts[g]; n != counts[g] {
				diffs = append(diffs, fmt.Sprintf("message %d: %d, here %d", g, n, counts[g]))
			}
		}
		for _, g := range slices.Sorted(maps.Keys(theirs.Counts)) {
			if counts[g] == 0 {
				diffs = append(diffs, fmt.Sprintf("message %d: %d, here none", g, theirs.Counts[g]))
			}
		}
	}
	sums, developer := tallies(f)
	for i, pair := range [][2]map[string]tally{{theirs.Sums, sums}, {theirs.Developer, developer}} {
		what := [...]string{"", "developer field "}[i]
		for _, name := range slices.Compact(slices.Sorted(func(yield func(string) bool) {
			for _, m := range pair {
				for k := range m {
					if !yield(k) {
						return
					}
				}
			}
		})) {
			if a, b := pair[0][name], pair[1][name]; a.N != b.N || math.Abs(a.Sum-b.Sum) > 1e-6*math.Abs(b.Sum) {
				diffs = append(diffs, fmt.Sprintf("%s%s: %d with %v, here %d with %v", what, name, a.N, a.Sum, b.N, b.Sum))
			}
		}
	}
	if len(theirs.Errors) > 0 && len(diffs) > 0 {
		diffs = append([]string{theirs.Errors[0]}, diffs...)
	}
	return strings.Join(diffs, "; ")
}

// tallies adds up the fields of all records in the units of the file, and the
// developer fields.
func tallies(f activity.File) (sums, developer map[string]tally) {
	sums, developer = map[string]tally{}, map[string]tally{}
	add := func(to map[string]tally, name string, v float64) {
		x := to[name]
		to[name] = tally{x.N + 1, x.Sum + v}
	}
	for i := range f.Activities {
		a := &f.Activities[i]
		for k := range a.Records {
			r := &a.Records[k]
			for _, x := range []struct {
				field activity.Fields
				name  string
				v     float64
			}{
				{activity.Position, "position", r.Lat * (1 << 31) / 180},
				{activity.Altitude, "altitude", r.Altitude * 5},
				{activity.Distance, "distance", r.Distance * 100},
				{activity.Speed, "speed", float64(r.Speed) * 1000},
				{activity.HeartRate, "heartrate", float64(r.HeartRate)},
				{activity.Cadence, "cadence", float64(r.Cadence)},
				{activity.Power, "power", float64(r.Power)},
				{activity.Temperature, "temperature", float64(r.Temperature)},
			} {
				if r.Has&x.field != 0 {
					add(sums, x.name, math.Round(x.v))
				}
			}
		}
		app := map[string]bool{}
		for _, d := range a.DeveloperFields {
			app[d.Name] = app[d.Name] || d.Records > 0 // laps can have a field of the same name
		}
		for k := range a.Streams {
			s := &a.Streams[k]
			for _, v := range s.Values {
				if x, ok := v.Get(); ok && app[s.Name] {
					add(developer, s.Name, x)
				}
			}
		}
	}
	return sums, developer
}
