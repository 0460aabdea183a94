package fit_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	tormoder "github.com/tormoder/fit"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

// The other library keeps accumulators in global variables, so that a file is
// read differently after another one. Each gets a process of its own: this test
// program, with these two variables set.
const (
	tormoderReads  = "BANDPORT_TEST_TORMODER_READS"
	tormoderWrites = "BANDPORT_TEST_TORMODER_WRITES"
)

// theirs is what the other library made of a file.
type theirs struct {
	Error   string
	Records []activity.Record
}

// TestTormoderProcess is the other process; by itself it does nothing.
func TestTormoderProcess(t *testing.T) {
	name := os.Getenv(tormoderReads)
	if name == "" {
		t.Skip("it is called by TestLikeTormoder")
	}
	var out theirs
	files, err := tormoder.DecodeChained(bytes.NewReader(codectest.Unpacked(t, name)))
	if err != nil {
		out.Error = err.Error()
	}
	for _, f := range files {
		a, err := f.Activity()
		if err != nil {
			continue // a file of another type
		}
		for _, m := range a.Records {
			if r, ok := tormoderRecord(m); ok {
				out.Records = append(out.Records, r)
			}
		}
	}
	w, err := os.Create(os.Getenv(tormoderWrites))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(gob.NewEncoder(w).Encode(out), w.Close()); err != nil {
		t.Fatal(err)
	}
}

// tormoderRecord translates a record; ok is false for one without a time.
func tormoderRecord(m *tormoder.RecordMsg) (r activity.Record, ok bool) {
	if tormoder.IsBaseTime(m.Timestamp) {
		return r, false
	}
	r.Time, r.Has = m.Timestamp.UnixMilli(), activity.Time
	if lat, lon := m.PositionLat, m.PositionLong; !lat.Invalid() && !lon.Invalid() && (lat.Semicircles() != 0 || lon.Semicircles() != 0) {
		r.Lat, r.Lon = float64(lat.Semicircles())*180/(1<<31), float64(lon.Semicircles())*180/(1<<31)
		r.Has |= activity.Position
	}
	if m.Altitude != 0xFFFF {
		r.Altitude, r.Has = (float64(m.Altitude)-2500)/5, r.Has|activity.Altitude
	}
	if m.EnhancedAltitude != 0xFFFFFFFF {
		r.Altitude, r.Has = (float64(m.EnhancedAltitude)-2500)/5, r.Has|activity.Altitude
	}
	if m.Speed != 0xFFFF {
		r.Speed, r.Has = float32(float64(m.Speed)/1000), r.Has|activity.Speed
	}
	if m.EnhancedSpeed != 0xFFFFFFFF {
		r.Speed, r.Has = float32(float64(m.EnhancedSpeed)/1000), r.Has|activity.Speed
	}
	if m.HeartRate != 0xFF {
		r.HeartRate, r.Has = float32(m.HeartRate), r.Has|activity.HeartRate
	}
	if m.Cadence != 0xFF {
		r.Cadence, r.Has = float32(m.Cadence), r.Has|activity.Cadence
	}
	if m.Distance != 0xFFFFFFFF {
		r.Distance, r.Has = float64(m.Distance)/100, r.Has|activity.Distance
	}
	if m.Power != 0xFFFF {
		r.Power, r.Has = float32(m.Power), r.Has|activity.Power
	}
	if m.Temperature != 0x7F {
		r.Temperature, r.Has = float32(m.Temperature), r.Has|activity.Temperature
	}
	return r, true
}

// byTormoder reads a file with the other library in another process.
func byTormoder(t *testing.T, folder, name string) theirs {
	t.Helper()
	result := filepath.Join(folder, strings.ReplaceAll(filepath.Base(name), string(filepath.Separator), "_")+".gob")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTormoderProcess$")
	cmd.Env = append(os.Environ(), tormoderReads+"="+name, tormoderWrites+"="+result)
	if out, err := cmd.CombinedOutput(); err != nil {
		return theirs{Error: "it crashed: " + firstLine(string(out))}
	}
	r, err := os.Open(result)
	if err != nil {
		t.Error(err)
		return theirs{}
	}
	defer r.Close()
	var got theirs
	if err := gob.NewDecoder(r).Decode(&got); err != nil {
		t.Error(err)
	}
	return got
}

func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, "panic:") {
			return strings.TrimSpace(line)
		}
	}
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// What the other library reads otherwise, or not at all, and why.
var tormoderDiffers = map[string]string{
	"elevate/noroeste.fit":                       "it refuses a base type that differs from its profile of 2019",
	"garmin-fit-js/HrmPluginTestActivity.fit":    "it refuses a base type that differs from its profile of 2019",
	"elevate/zwift-pschit.fit":                   "it refuses a field that is larger than in its profile",
	"muktihari-fit/triathlon_summary_first.fit":  "it refuses a field that is larger than in its profile",
	"muktihari-fit/triathlon_summary_last.fit":   "it refuses a field that is larger than in its profile",
	"misc-wild/14008096466.fit.gz":               "it refuses a field that is smaller than in its profile",
	"gpsbabel/fitwrite-track.fit":                "it wants file_id to come first",
	"fittrackee/example.fit":                     "a course, of which it gives no records as those of an activity",
	"runalyze/FR70-intervals.fit":                "it takes compressed speed and distance without their scales",
	"tormoder-fit/compressed-speed-distance.fit": "it takes compressed speed and distance without their scales",

	"python-fitparse/coros-pace-2-cycling-misaligned-fields.fit": "it refuses a field that is smaller than in its profile",
}

// Every record of the corpus has the same figures with a second library, where
// that one reads the file.
func TestLikeTormoder(t *testing.T) {
	if testing.Short() {
		t.Skip("one process for each file")
	}
	entries := codectest.Corpus(t, "fit")
	got := make([]theirs, len(entries))
	var wait sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			folder := t.TempDir()
			for i := range next {
				name := filepath.Join(codectest.CorpusFolder, filepath.FromSlash(entries[i].File))
				got[i] = byTormoder(t, folder, name)
			}
		})
	}
	for i := range entries {
		next <- i
	}
	close(next)
	wait.Wait()

	same, differ, records := 0, 0, 0
	for i := range entries {
		e := &entries[i]
		f, err := fit.Decode(context.Background(), bytes.NewReader(e.Data(t)), fit.Options{})
		if err != nil {
			continue // tested elsewhere
		}
		problem := tormoderDifference(f, &got[i])
		reason, known := tormoderDiffers[e.File]
		switch {
		case problem == "" && known:
			t.Errorf("%s is read alike, although it should not be: %s", e.File, reason)
		case problem == "":
			same++
			records += len(got[i].Records)
		case !known:
			t.Errorf("%q: %q,", e.File, problem)
		default:
			differ++
		}
	}
	t.Logf("%d files with %d records are read alike, %d otherwise or here alone", same, records, differ)
}

// tormoderDifference says in what the two readings differ.
func tormoderDifference(f activity.File, their *theirs) string {
	merged := slices.ContainsFunc(findings(f), func(x finding.Finding) bool { return x.Code == finding.FITHeartRateMemory })
	plain := func(r activity.Record) activity.Record {
		if merged { // the other library leaves the strap's memory alone
			r.HeartRate, r.Has = 0, r.Has&^activity.HeartRate
		}
		return r
	}
	all, n := map[activity.Record]int{}, 0
	for i := range f.Activities {
		for _, r := range f.Activities[i].Records {
			all[plain(r)]++
			n++
		}
	}
	if their.Error != "" && len(their.Records) != n {
		return fmt.Sprintf("%s; %d of %d records", their.Error, len(their.Records), n)
	}
	missing, fields := 0, activity.Fields(0)
	times := map[int64]activity.Record{}
	for i := range f.Activities {
		for _, r := range f.Activities[i].Records {
			times[r.Time] = plain(r)
		}
	}
	for _, r := range their.Records {
		if all[plain(r)]--; all[plain(r)] < 0 {
			missing++
			fields |= unlikeFields(plain(r), times[r.Time])
		}
	}
	if missing == 0 && n == len(their.Records) {
		return ""
	}
	var names []string
	for bit, name := range activity.FieldNames() {
		if fields&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return fmt.Sprintf("%d records, here %d; %d differ in %s", len(their.Records), n, missing, strings.Join(names, ", "))
}

// unlikeFields returns the fields in which two records differ.
func unlikeFields(a, b activity.Record) activity.Fields {
	out := a.Has ^ b.Has
	for f, same := range map[activity.Fields]bool{
		activity.Time: a.Time == b.Time, activity.Position: a.Lat == b.Lat && a.Lon == b.Lon, activity.Altitude: a.Altitude == b.Altitude,
		activity.Distance: a.Distance == b.Distance, activity.Speed: a.Speed == b.Speed, activity.HeartRate: a.HeartRate == b.HeartRate,
		activity.Cadence: a.Cadence == b.Cadence, activity.Power: a.Power == b.Power, activity.Temperature: a.Temperature == b.Temperature,
	} {
		if !same {
			out |= f
		}
	}
	return out
}
