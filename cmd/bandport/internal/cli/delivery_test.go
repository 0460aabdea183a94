package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/strava"
)

func TestStateFolderOfEachSystem(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths are those of other systems")
	}
	for _, c := range []struct {
		system string
		env    map[string]string
		want   string // empty: an error
	}{
		{"linux", map[string]string{"HOME": "/home/ada"}, "/home/ada/.local/state/bandport"},
		{"linux", map[string]string{"HOME": "/home/ada", "XDG_STATE_HOME": "/state"}, "/state/bandport"},
		{"linux", map[string]string{"HOME": "/home/ada", "XDG_STATE_HOME": "relative"}, "/home/ada/.local/state/bandport"},
		{"linux", nil, ""},
		{"darwin", map[string]string{"HOME": "/Users/ada", "XDG_STATE_HOME": "/state"}, "/Users/ada/Library/Application Support/bandport"},
		{"darwin", nil, ""},
		{"windows", map[string]string{"LocalAppData": "/AppData/Local"}, "/AppData/Local/bandport"},
		{"windows", nil, ""},
	} {
		got, err := systemStateDir(c.system, func(n string) string { return c.env[n] })
		if got != filepath.FromSlash(c.want) || (err == nil) != (c.want != "") {
			t.Errorf("%s with %v: %q, %v", c.system, c.env, got, err)
		}
	}
}

func TestTemplates(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	act := &activity.Activity{Name: "Title\x1b[31m", Creator: "Band"}
	c := &deliver.Candidate{File: "export.zip!runs/1.tcx", Start: time.Date(2016, time.March, 1, 23, 30, 0, 0, time.UTC), Local: warsaw}
	for text, want := range map[string]string{
		"":                          "",
		"Run":                       "Run",
		"{sport} {date} {time}":     "Trail Run 2016-03-02 00:30",
		"{device}: {title}, {file}": `Band: Title\x1b[31m, 1.tcx`,
	} {
		tpl, err := parseTemplate("name", text)
		if err != nil {
			t.Fatal(err)
		}
		if got := tpl.fill(act, c, activity.TrailRun); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"{", "{sprot}", "{sport", "{}", "x {date} {y}"} {
		var usage *usageError
		if _, err := parseTemplate("name", text); !errors.As(err, &usage) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestDaysAreLocal(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	day := func(d int) time.Time { return time.Date(2016, time.March, d, 0, 0, 0, 0, time.UTC) }
	c := &deliver.Candidate{Start: time.Date(2016, time.March, 1, 23, 30, 0, 0, time.UTC), Local: warsaw} // the 2nd there
	for _, x := range []struct {
		since, until time.Time
		want         bool
	}{
		{time.Time{}, time.Time{}, true},
		{day(2), day(2), true},
		{day(3), time.Time{}, false},
		{time.Time{}, day(1), false},
	} {
		sel := &selection{since: x.since, until: x.until}
		if sel.includes(c) != x.want {
			t.Errorf("%v to %v", x.since, x.until)
		}
	}
	if (&selection{since: day(1)}).includes(&deliver.Candidate{}) {
		t.Error("a workout without a start lies on a day")
	}
}

func TestExitCodesOfTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code int
		hint string
	}{
		"logged out":  {&deliver.Fatal{Err: fmt.Errorf("x: %w", strava.ErrLoggedOut)}, exitLogin, "auth login"},
		"token":       {&strava.Error{Kind: strava.Unauthorized}, exitLogin, "auth login"},
		"scope":       {&strava.Error{Kind: strava.ScopeMissing}, exitLogin, "boxes ticked"},
		"inactive":    {&deliver.Fatal{Err: &strava.Error{Kind: strava.AppInactive}}, exitInactive, "bandport stage"},
		"limit":       {&strava.RateLimitError{Resume: time.Now()}, exitLimit, "--wait"},
		"limit, plan": {&deliver.Limited{Resume: time.Now(), Err: errors.New("x")}, exitLimit, "--wait"},
		"network":     {fmt.Errorf("x: %w", strava.ErrUnreachable), exitFailure, "same command"},
		"else":        {errors.New("x"), exitFailure, ""},
	} {
		var exit *exitError
		if err := apiError(c.err); !errors.As(err, &exit) || exit.code != c.code || !strings.Contains(strings.Join(exit.hints, " "), c.hint) {
			t.Errorf("%s: %#v", name, err)
		}
	}
	if err := apiError(context.Canceled); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if apiError(nil) != nil {
		t.Error("an error out of nothing")
	}
}

func TestReadingALine(t *testing.T) {
	in := strings.NewReader("first\r\nsecond")
	for _, want := range []string{"first", "second"} {
		if got, err := readLine(t.Context(), in); err != nil || got != want {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := readLine(t.Context(), in); err == nil {
		t.Error("a line behind the end")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := readLine(ctx, never{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// never is a terminal at which nobody types.
type never struct{}

func (never) Read([]byte) (int, error) { select {} }

// Only yes is a yes.
func TestConfirm(t *testing.T) {
	for answer, want := range map[string]bool{"y": true, "YES": true, "": false, "n": false, "yesterday": false} {
		a, _ := testApp()
		a.Ask = func(context.Context, string) (string, error) { return answer, nil }
		if got, err := a.confirm(t.Context(), "upload?"); err != nil || got != want {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
}
