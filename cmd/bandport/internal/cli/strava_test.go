package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/oauth2"

	"github.com/bandport/bandport/pkg/credentials"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/strava/stravatest"
)

// startStrava gives a script a Strava of its own, and a place for the login that
// is not the developer's key ring.
func startStrava(env *testscript.Env) {
	server := stravatest.New(stravatest.Options{Limits: [4]int{200, 2000, 100, 1000}, Read: readUpload}).Start()
	env.Defer(server.Close)
	env.Values["strava"] = server
	env.Setenv("BANDPORT_API_URL", server.API())
	env.Setenv("BANDPORT_AUTH_URL", server.Auth())
	env.Setenv("BANDPORT_LOGIN_STORE", "file")
	env.Setenv("STATE", filepath.Join(env.WorkDir, "home", "bandport"))
	env.Setenv("BANDPORT_STATE_DIR", filepath.Join(env.WorkDir, "home", "bandport"))
	env.Setenv("BROWSER", "browser")
}

// readUpload reads what the stand-in cannot read itself: FIT.
func readUpload(data []byte, dataType string) (stravatest.Workout, error) {
	if !strings.HasPrefix(dataType, "fit") {
		return stravatest.ReadXML(data, dataType)
	}
	f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{})
	if err != nil || len(f.Activities) == 0 {
		return stravatest.Workout{}, fmt.Errorf("the upload appears to be malformed: %w", err)
	}
	first, last, _ := f.Activities[0].Span()
	return stravatest.Workout{Start: first, Elapsed: last.Sub(first), Distance: f.Activities[0].Metres().Or(0), Sport: "Run"}, nil
}

// browser plays the athlete: it opens an address and follows where it leads.
func browser() {
	answer, err := http.Get(os.Args[1]) //nolint:noctx // the address is that of the test
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = answer.Body.Close()
}

// inStrava looks at the stand-in for Strava, and arranges things there:
//
//	strava login [SCOPE...]            a login, as if somebody had gone through the pages
//	strava fault METHOD PATH KIND [N]  the next N requests go wrong
//	strava inactive on|off             the application
//	strava expire                      all access tokens
//	strava limit N                     N requests in a quarter of an hour are used already
//	strava accepted N                  so many uploads and activities were accepted
//	strava field NAME VALUE            the last one was accepted with this field
//	strava changed NAME VALUE          the last activity was changed so
//	strava has START METRES            an activity that is there already
//	strava clean                       no request was one that Strava would not take
//	strava secrets FILE...             none of the files holds a secret
func inStrava(ts *testscript.TestScript, neg bool, args []string) {
	s, ok := ts.Value("strava").(*stravatest.Server)
	if !ok || neg || len(args) == 0 {
		ts.Fatalf("usage: strava WORD...")
	}
	store := credentials.Store{Dir: ts.Getenv("STATE"), Place: credentials.File}
	ctx := context.Background()
	switch word, args := args[0], args[1:]; word {
	case "login":
		access, refresh := s.Login(args...)
		if len(args) == 0 {
			args = []string{"read", "activity:write", "activity:read_all"}
		}
		_, err := store.Save(ctx, credentials.Login{
			ClientID: "12345", ClientSecret: "app-secret", AthleteID: 7, AthleteName: "Ada Band", Scopes: args,
			Token: &oauth2.Token{AccessToken: access, RefreshToken: refresh, Expiry: time.Now().Add(time.Hour)},
		})
		ts.Check(err)
	case "fault":
		kinds := map[string]stravatest.Fault{
			"reset": {Kind: stravatest.Reset}, "lost": {Kind: stravatest.Reset, After: true}, "500": {Kind: stravatest.Status, Status: 500},
			"html": {Kind: stravatest.HTML}, "half": {Kind: stravatest.Truncated, After: true}, "429": {Kind: stravatest.Limited},
			"429bare": {Kind: stravatest.LimitedBare}, "401": {Kind: stravatest.Unauthorized}, "403": {Kind: stravatest.Inactive}, "stuck": {Kind: stravatest.Stuck},
		}
		n := 1
		if len(args) > 3 {
			var err error
			n, err = strconv.Atoi(args[3])
			ts.Check(err)
		}
		f, known := kinds[args[2]]
		if !known {
			ts.Fatalf("no fault %q", args[2])
		}
		s.Script(args[0], args[1], n, f)
	case "inactive":
		s.SetInactive(args[0] == "on")
	case "expire":
		s.ExpireTokens()
	case "limit":
		n, err := strconv.Atoi(args[0])
		ts.Check(err)
		s.Use(n)
	case "accepted":
		if got := strconv.Itoa(len(s.Accepted())); got != args[0] {
			ts.Fatalf("%s accepted, want %s", got, args[0])
		}
	case "field":
		all := s.Accepted()
		if got := all[len(all)-1].Fields[args[0]]; got != args[1] {
			ts.Fatalf("field %s is %q, want %q", args[0], got, args[1])
		}
	case "changed":
		all := s.Activities()
		if got := fmt.Sprint(all[len(all)-1].Fields[args[0]]); got != args[1] {
			ts.Fatalf("%s is %q, want %q", args[0], got, args[1])
		}
	case "has":
		start, err := time.Parse(time.RFC3339, args[0])
		ts.Check(err)
		metres, err := strconv.ParseFloat(args[1], 64)
		ts.Check(err)
		s.AddActivity(stravatest.Activity{Name: "Evening Run", Sport: "Run", Workout: stravatest.Workout{Start: start, Distance: metres, Elapsed: 30 * time.Minute}})
	case "clean":
		if v := s.Violations(); len(v) > 0 {
			ts.Fatalf("%q", v)
		}
	case "secrets":
		secrets := []string{"app-secret", s.RefreshToken()}
		if l, _, err := store.Load(ctx); err == nil {
			secrets = append(secrets, l.Token.AccessToken, l.Token.RefreshToken)
		}
		for _, name := range args {
			text := ts.ReadFile(name)
			for _, secret := range slices.Compact(secrets) {
				if secret != "" && strings.Contains(text, secret) {
					ts.Fatalf("%s holds a secret", name)
				}
			}
		}
	default:
		ts.Fatalf("no word %q", word)
	}
}

// workout makes a run of half an hour:
//
//	workout run.tcx 2021-05-05T05:05:00Z 5000
func workout(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: workout FILE START METRES")
	}
	start, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	text := fmt.Sprintf(`<?xml version="1.0"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities><Activity Sport="Running">
<Id>%[1]s</Id><Lap StartTime="%[1]s"><TotalTimeSeconds>1800</TotalTimeSeconds><DistanceMeters>%[3]s</DistanceMeters><Track>
<Trackpoint><Time>%[1]s</Time><DistanceMeters>0</DistanceMeters></Trackpoint>
<Trackpoint><Time>%[2]s</Time><DistanceMeters>%[3]s</DistanceMeters></Trackpoint>
</Track></Lap></Activity></Activities></TrainingCenterDatabase>
`, args[1], start.Add(30*time.Minute).Format(time.RFC3339), args[2])
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o755))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// large makes a run that is larger than what Strava takes.
func large(ts *testscript.TestScript, _ bool, args []string) {
	workout(ts, false, []string{args[0], "2021-05-09T05:05:00Z", "4000"})
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	defer f.Close()
	_, err = f.WriteString(strings.Repeat("<!-- a comment -->\n", 26_200_000/19))
	ts.Check(err)
}

// many makes a folder of so many runs.
func many(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for i := range n {
		start := time.Date(2019, time.March, 1+i, 6, 0, 0, 0, time.UTC)
		workout(ts, false, []string{filepath.Join(args[0], strconv.Itoa(i)+".tcx"), start.Format(time.RFC3339), "3000"})
	}
}

// holds wants so many files in a folder.
func holds(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := strconv.Itoa(len(entries)); got != args[1] {
		ts.Fatalf("%s holds %s files, want %s", args[0], got, args[1])
	}
}

// damage overwrites the beginning of a file.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	for _, rest := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + rest) // there may be none
	}
	ts.Check(os.WriteFile(path, []byte(strings.Repeat("this is no database ", 500)), 0o600))
}

// hold plays another bandport that is delivering; release ends it.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	lock := flock.New(ts.MkAbs(args[0]) + ".busy")
	ok, err := lock.TryLock()
	ts.Check(err)
	if !ok {
		ts.Fatalf("%s is held already", args[0])
	}
	held.Store(ts.Getenv("WORK"), lock)
}

var held sync.Map // folder of a script → lock

func release(ts *testscript.TestScript, _ bool, _ []string) {
	lock, ok := held.LoadAndDelete(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("nothing is held")
	}
	ts.Check(lock.(*flock.Flock).Unlock())
}
