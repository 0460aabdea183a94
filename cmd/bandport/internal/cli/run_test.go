package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/recalc"
)

var update = flag.Bool("update", false, "write the golden files and generated pages anew")

// Update tells the tests of package cli_test whether -update was given.
func Update() bool { return *update }

const workouts = "../../../../testdata"

func runWith(ctx context.Context, t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(ctx, args, Streams{
		In: strings.NewReader(""), Out: &out, Err: &errs,
		Getenv: func(name string) string {
			if name == "BANDPORT_CONFIG" { // not the developer's own
				return filepath.Join(t.TempDir(), "config.yaml")
			}
			return ""
		},
	}, Build{})
	return code, out.String(), errs.String()
}

func TestInterruptedRunsSaySoAndKeepWhatIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := emptyConfig(t)
	code, out, errs := runWith(ctx, t, "--config", path, "summary", "--format", "json", workouts)
	if code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if errs != "bandport: error: interrupted\n" {
		t.Errorf("standard error %q", errs)
	}
	if !strings.HasSuffix(strings.TrimSpace(out), "]") {
		t.Errorf("the array is not closed: %q", out)
	}
}

func emptyConfig(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNoEscapesWithoutATerminal(t *testing.T) {
	_, out, _ := runWith(context.Background(), t, "--config", emptyConfig(t), "summary", filepath.Join(workouts, "evening-run.tcx"))
	if strings.Contains(out, "\x1b") {
		t.Error("terminal escapes in a pipe")
	}
}

func TestColourNeedsATerminalThatWantsIt(t *testing.T) {
	env := map[string]string{}
	s := Streams{OutTerminal: true, Getenv: func(n string) string { return env[n] }}
	if !s.color() {
		t.Error("no colour on a terminal")
	}
	env["NO_COLOR"] = "1"
	if s.color() {
		t.Error("colour in spite of NO_COLOR")
	}
	env = map[string]string{"TERM": "dumb"}
	if s.color() {
		t.Error("colour on a dumb terminal")
	}
}

func TestProgressIsForTerminalsOnly(t *testing.T) {
	a, _ := testApp()
	if p := a.startProgress(); p.bar != nil {
		t.Error("progress without a terminal")
	}
	a.ErrTerminal = true
	p := a.startProgress()
	if p.bar == nil {
		t.Error("no progress on a terminal")
	}
	p.started = time.Now().Add(-time.Hour)
	p.add()
	p.pause()
	p.stop()
	a.quiet = true
	if p := a.startProgress(); p.bar != nil {
		t.Error("progress in spite of --quiet")
	}
}

func TestClosest(t *testing.T) {
	words := []string{"summary", "info", "format", "explain", "units"}
	tests := []struct{ word, want string }{
		{"summry", "summary"},
		{"fromat", "format"}, // two letters swapped
		{"inf", "info"},
		{"unit", "units"},
		{"upload", ""}, // nothing near
		{"x", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := closest(tt.word, words); got != tt.want {
			t.Errorf("closest to %q is %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "10B": 10, "1kB": 1000, "1KiB": 1024, "25 MB": 25e6, "1.5GiB": 3 << 29, "1TiB": 1 << 40} {
		if got, err := size(text); err != nil || got != want {
			t.Errorf("size %q is %d (%v), want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GB", "-1", "0", "NaN", "1e300GB", "ten"} {
		if got, err := size(text); err == nil {
			t.Errorf("size %q is %d, want an error", text, got)
		}
	}
}

func TestWeights(t *testing.T) {
	march := time.Date(2016, 3, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		in   any
		want []recalc.Weight
	}{
		{"nothing", "", nil},
		{"kilograms", "71.5", []recalc.Weight{{Kg: 71.5}}},
		{"with a unit", "71.5 kg", []recalc.Weight{{Kg: 71.5}}},
		{"a number from the file", 71.5, []recalc.Weight{{Kg: 71.5}}},
		{"dated", "2016-03-01:70", []recalc.Weight{{From: march, Kg: 70}}},
		{"one for before and one dated", "75,2016-03-01:70", []recalc.Weight{{Kg: 75}, {From: march, Kg: 70}}},
		{"a map from the file", map[string]any{"2016-03-01": 70}, []recalc.Weight{{From: march, Kg: 70}}},
		{"a map whose day the YAML library took for a time", map[string]any{"2016-03-01 00:00:00 +0000 utc": 70}, []recalc.Weight{{From: march, Kg: 70}}},
	}
	for _, tt := range tests {
		got, err := parseWeights(tt.in)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v (%v), want %v", tt.name, got, err, tt.want)
		}
	}
	for _, bad := range []any{"heavy", "5", "900", "70,71", "2016-13-01:70", "2016-03-01:", "NaN", map[string]any{"x": 70}} {
		if got, err := parseWeights(bad); err == nil {
			t.Errorf("weight %v is %v, want an error", bad, got)
		}
	}
}

func TestZones(t *testing.T) {
	for _, name := range []string{"Europe/Warsaw", "UTC", "Local", "+02:00", "-09:30"} {
		if _, err := zone(name); err != nil {
			t.Errorf("zone %q: %v", name, err)
		}
	}
	for _, name := range []string{"", "Mars", "+2"} {
		if _, err := zone(name); err == nil {
			t.Errorf("zone %q is accepted", name)
		}
	}
}

func TestExpandDoesWhatShellsOfWindowsDoNot(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.tcx", "a.tcx", "note.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	got := expand([]string{in("*.tcx"), in("none-*.tcx"), "-", in("note.txt")})
	want := []string{in("a.tcx"), in("b.tcx"), in("none-*.tcx"), "-", in("note.txt")}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEverySettingHasAWordForItsValue(t *testing.T) {
	for _, s := range settingsTable {
		if flagWord[s.key] == "" {
			t.Errorf("the help of --%s does not say what follows it", s.key)
		}
	}
}

func TestInterruptedDiffsCloseTheirOutput(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	code, out, errs := runWith(ctx, t, "--config", emptyConfig(t), "diff", "--format", "json", workouts)
	if code != exitInterrupted || errs != "bandport: error: interrupted\n" || strings.TrimSpace(out) != "[]" {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
}
