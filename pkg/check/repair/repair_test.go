package repair_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/check/repair"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/load"
)

// testdata holds made-up workouts.
const testdata = "../../../testdata"

// now is the day of all checks in these tests.
var now = time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC)

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(testdata, filepath.FromSlash(name)))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// mend applies the repairs to bytes, and holds that they are not changed.
func mend(tb testing.TB, data []byte, o repair.Options) repair.Result {
	tb.Helper()
	o.Now = now
	was := bytes.Clone(data)
	r, err := repair.Fix(context.Background(), data, o)
	if err != nil {
		tb.Fatal(err)
	}
	if !bytes.Equal(was, data) {
		tb.Fatal("the source was changed")
	}
	if !r.Changed && !bytes.Equal(r.Data, data) || r.Changed == (len(r.Done) == 0) {
		tb.Fatalf("changed is %v with %d repairs", r.Changed, len(r.Done))
	}
	return r
}

// told lists what has an effect on Strava, each once.
func told(vs []check.Verdict) string {
	var out []string
	for _, v := range vs {
		for _, f := range v.Findings {
			if w := f.Severity.String() + " " + string(f.Code); f.Severity > finding.Info && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return strings.Join(out, ", ")
}

// done lists what was done and lost.
func done(r repair.Result) string {
	var out []string
	for _, d := range r.Done {
		s := fmt.Sprintf("%s ×%d", d.Code, d.Count)
		if d.Lost != "" {
			s += ": " + d.Lost
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// records reads the file and returns the records of its first activity.
func records(tb testing.TB, data []byte) []activity.Record {
	tb.Helper()
	f, err := load.Decode(context.Background(), bytes.NewReader(data), load.Default(), load.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return f.Activities[0].Records
}

// row is a file, what is found in it, what is done about it and what is left.
type row struct{ file, finds, done, left string }

// Each of these has one defect, and comes out without. What could not be kept is
// stated.
func TestDefectsAreMended(t *testing.T) {
	for _, tt := range []row{
		{"altitude-spike.fit", "warning altitude.spike", "altitude.spike ×1: 1 altitude", ""},
		{"altitude-spike.gpx", "warning altitude.spike", "altitude.spike ×1: 1 altitude", ""},
		{"ampersand.gpx", "error xml.malformed", "xml.malformed ×1", ""},
		{"behind-the-end.gpx", "error xml.malformed", "xml.malformed ×1: 30 bytes behind the damage", ""},
		{"both-legs.fit", "warning cadence.doubled", "cadence.doubled ×121", ""},
		{"both-legs.gpx", "warning cadence.doubled", "cadence.doubled ×121", ""},
		{"both-legs.tcx", "warning cadence.doubled", "cadence.doubled ×121", ""},
		{"calories.tcx", "warning tcx.calories.place", "tcx.calories.place ×1", ""},
		{"claims.tcx", "warning totals.distance", "", "warning totals.distance"},
		{"control-character.gpx", "error xml.invalidtext", "xml.invalidtext ×1: 1 character that cannot be seen", ""},
		{"cut.fit", "error fit.truncated, warning fit.session.missing", "fit.truncated ×1: 16 bytes; 110 records are kept; fit.session.missing ×1", ""},
		{"cut.gpx", "error xml.truncated", "xml.truncated ×1: 58 bytes behind the damage", ""},
		{"cut.tcx", "error xml.truncated, warning totals.distance", "xml.truncated ×1: 1 trackpoint that was damaged, 291 bytes behind the damage", "warning totals.distance"},
		{"damaged-point.gpx", "error xml.malformed", "xml.malformed ×1: 1 trackpoint that was damaged", ""},
		{"flipped.fit", "error fit.crc, warning position.spike", "fit.crc ×1; position.spike ×1: 1 position", ""},
		{"foreign-bytes.gpx", "error xml.invalidtext", "xml.invalidtext ×1", ""},
		{"future.tcx", "error time.future", "", "error time.future"},
		{"claims.fit", "warning totals.distance", "", "warning totals.distance"},
		{"course.fit", "error fit.type", "", "error fit.type"},
		{"half-position.fit", "warning fit.position.range", "fit.position.range ×1: 1 position", ""},
		{"no-time.fit", "warning fit.time.missing", "fit.time.missing ×2", ""},
		{"stands-far.fit", "warning fit.time.backward, warning totals.distance", "fit.time.backward ×1", ""},
		{"header-only.fit", "error fit.truncated", "", "error fit.truncated"},
		{"heart-255.gpx", "warning heartrate.invalid", "heartrate.invalid ×1: 1 heart rate", ""},
		{"heart-255.tcx", "warning heartrate.invalid", "heartrate.invalid ×1: 1 heart rate", ""},
		{"heart-fast.fit", "warning heartrate.spike", "heartrate.spike ×1: 1 heart rate", ""},
		{"heart-fast.gpx", "warning heartrate.spike", "heartrate.spike ×1: 1 heart rate", ""},
		{"heart-tag.gpx", "warning gpx.heartrate.tag", "gpx.heartrate.tag ×121", ""},
		{"heart-zero.fit", "warning fit.heartrate.zero", "fit.heartrate.zero ×2: 2 heart rates", ""},
		{"hole.fit", "error fit.malformed, error fit.time.relative, error fit.type, warning fit.time.backward, warning fit.session.missing", "fit.malformed ×1: 66 bytes; 117 records are kept", ""},
		{"in-front.fit", "error fit.leading", "fit.leading ×1: 19 bytes that were no FIT", ""},
		{"no-checksum.fit", "error fit.crc.missing", "fit.crc.missing ×1", ""},
		{"no-session.fit", "warning fit.session.missing", "fit.session.missing ×1", ""},
		{"no-times.gpx", "error gpx.times.missing, warning gpx.time.missing", "", "error gpx.times.missing, warning gpx.time.missing"},
		{"rolled-over.fit", "error time.rollover", "time.rollover ×121", ""},
		{"rolled-over.gpx", "error time.rollover", "time.rollover ×121", ""},
		{"size-huge.fit", "error fit.truncated", "fit.truncated ×1: nothing that was there; 121 records are kept; fit.crc.header ×1", ""},
		{"size-zero.fit", "error fit.size, error fit.crc", "fit.size ×1; fit.crc ×1; fit.crc.header ×1", ""},
		{"spike.fit", "warning position.spike", "position.spike ×1: 1 position", ""},
		{"spike.gpx", "warning position.spike", "position.spike ×1: 1 trackpoint", ""},
		{"standstill.gpx", "error time.standstill", "", "error time.standstill"},
		{"stray-time.gpx", "warning gpx.time.backward", "gpx.time.backward ×1", ""},
		{"swapped.fit", "warning fit.time.backward", "fit.time.backward ×1", ""},
		{"swapped.gpx", "warning gpx.time.backward", "gpx.time.backward ×1", ""},
		{"swapped.tcx", "warning tcx.time.backward", "tcx.time.backward ×1", ""},
		{"switched-on.fit", "error fit.time.relative", "", "error fit.time.relative"},
		{"unreadable-times.gpx", "warning gpx.time.invalid, warning gpx.time.missing", "gpx.time.missing ×2", ""},
		{"zero-position.fit", "warning fit.position.zero", "fit.position.zero ×2: 2 positions", ""},
		{"zero-position.tcx", "warning tcx.position.zero", "tcx.position.zero ×1: 1 position", ""},

		{"../broken/doctype.tcx", "error xml.doctype", "xml.doctype ×1: the entities that it declared", ""},
		{"../broken/mismatched.tcx", "error xml.malformed, error tcx.trackpoints.single", "xml.malformed ×1: 1 trackpoint that was damaged", ""},
		{"../broken/negative-lap-time.tcx", "warning tcx.lap.time", "tcx.lap.time ×1", ""},
		{"../dialects/amazfish.tcx", "warning tcx.calories.place", "tcx.calories.place ×1", ""},
		{"../dialects/decimal-commas.tcx", "error tcx.number.comma", "tcx.number.comma ×246", ""},
		{"../dialects/low-altitude.tcx", "warning tcx.altitude.range", "tcx.altitude.range ×1: 1 altitude", ""},
		{"../dialects/nan.tcx", "warning tcx.number.invalid", "tcx.number.invalid ×1: 1 number that was none, or the trackpoint that it placed", ""},
		{"../dialects/unband.tcx", "warning tcx.heartrate.zero", "tcx.heartrate.zero ×1: 1 heart rate", ""},
		{"../gpx/broken/step-distances.gpx", "warning gpx.number.invalid", "gpx.number.invalid ×31: 31 numbers that were none, or the trackpoints that they placed", ""},
		{"../gpx/dialects/decimal-commas.gpx", "error gpx.number.comma", "gpx.number.comma ×93", ""},
		{"../gpx/dialects/far-north.gpx", "warning gpx.position.range", "gpx.position.range ×1: 1 trackpoint", ""},
		{"../gpx/dialects/nan.gpx", "warning gpx.number.invalid, warning gpx.position.range", "gpx.number.invalid ×1: 1 number that was none, or the trackpoint that it placed", ""},
		{"../gpx/dialects/no-namespace.gpx", "warning gpx.heartrate.tag", "gpx.heartrate.tag ×31", ""},
		{"../gpx/dialects/one-time-missing.gpx", "warning gpx.time.missing", "gpx.time.missing ×1", ""},
		{"../gpx/dialects/unband.gpx", "error gpx.position.zero", "gpx.position.zero ×2: 2 trackpoints", ""},
		{"../gpx/dialects/zepp-exporter.gpx", "warning gpx.altitude.range", "gpx.altitude.range ×31: 31 altitudes", ""},
	} {
		t.Run(tt.file, func(t *testing.T) {
			r := mend(t, read(t, "defects/"+tt.file), repair.Options{})
			got := row{tt.file, told(r.Before), done(r), told(r.After)}
			if diff := cmp.Diff(tt, got, cmp.AllowUnexported(row{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What needs a name or something that only the user knows.
func TestRepairsOnDemand(t *testing.T) {
	begin := time.Date(2024, 5, 4, 9, 30, 0, 0, time.UTC)
	only := func(codes ...finding.Code) []finding.Code { return codes }
	for _, tt := range []struct {
		file string
		o    repair.Options
		done string
		left string
	}{
		{"defects/no-times.gpx", repair.Options{Start: begin, Speed: 2.8}, "gpx.times.missing ×121", ""},
		{"defects/no-times.gpx", repair.Options{Start: begin}, "", "error gpx.times.missing, warning gpx.time.missing"},
		{"defects/standstill.gpx", repair.Options{Start: begin, Speed: 2.8}, "time.standstill ×121", ""},
		{"broken/no-times.tcx", repair.Options{Start: begin, Speed: 2.8}, "tcx.trackpoints.missing ×61", ""},
		{"defects/future.tcx", repair.Options{Start: begin}, "time.future ×121", ""},
		{"defects/future.tcx", repair.Options{Shift: -72 * 365 * 24 * time.Hour}, "time.shift ×121", ""},
		{"defects/switched-on.fit", repair.Options{Start: begin}, "fit.time.relative ×121", ""},
		{"gpx/broken/year-2107.gpx", repair.Options{Start: begin}, "gpx.time.implausible ×31", ""},
		{"defects/sound.gpx", repair.Options{Shift: -2 * time.Hour}, "time.shift ×121", ""},
		{"defects/sound.fit", repair.Options{Shift: 90 * time.Minute}, "time.shift ×121", ""},
		{"defects/behind.fit", repair.Options{}, "", ""},
		{"defects/behind.fit", repair.Options{Only: only(finding.FITTrailing)}, "fit.trailing ×1: 9 bytes that were no FIT", ""},
		{"defects/size-zero.fit", repair.Options{Only: only(finding.FITHeaderCRC)}, "fit.crc.header ×1; fit.size ×1; fit.crc ×1", ""},
		{"defects/claims.tcx", repair.Options{Only: only(finding.TotalsDistance)}, "totals.distance ×1", ""},
		{"defects/cut.tcx", repair.Options{Only: only(finding.XMLTruncated, finding.TotalsDistance)}, "xml.truncated ×1: 1 trackpoint that was damaged, 291 bytes behind the damage; totals.distance ×2", ""},
		{"defects/claims.fit", repair.Options{Only: only(finding.TotalsDistance)}, "totals.distance ×2", ""},
		{"defects/course.fit", repair.Options{Only: only(finding.FITType)}, "fit.type ×1", ""},
		{"defects/double.fit", repair.Options{}, "", ""},
		{"defects/double.fit", repair.Options{Only: only(finding.FITTimeDouble)}, "fit.time.double ×1: 1 record", ""},
		{"defects/sport-missing.fit", repair.Options{Sport: activity.TrailRun}, "fit.sport.missing ×2", ""},
		{"defects/sport-missing.fit", repair.Options{Sport: "Badminton"}, "", ""}, // FIT has no number for it
		{"defects/barometer.tcx", repair.Options{}, "", ""},
		{"defects/barometer.tcx", repair.Options{Only: only(finding.DeviceBarometer)}, "device.barometer ×1", ""},
		{"defects/spike.gpx", repair.Options{Only: only(finding.GPXHeartRateZero)}, "", "warning position.spike"},
		{"dialects/utf16le.tcx", repair.Options{}, "", ""},
		{"dialects/utf16le.tcx", repair.Options{Only: only(finding.XMLEncoding)}, "xml.encoding ×1", ""},
		{"dialects/latin1.tcx", repair.Options{Shift: time.Hour}, "time.shift ×61; xml.encoding ×1", ""},
		{"dialects/leading-blanks.tcx", repair.Options{Only: only(finding.XMLLeading)}, "xml.leading ×1", ""},
		{"dialects/empty-numbers.tcx", repair.Options{Only: only(finding.TCXNumberEmpty)}, "tcx.number.empty ×12", ""},
		{"dialects/lap-start.tcx", repair.Options{Only: only(finding.TCXLapStart)}, "tcx.lap.start ×1", ""},
		{"dialects/double-time.tcx", repair.Options{Only: only(finding.TCXTimeDouble)}, "tcx.time.double ×1: 1 trackpoint", ""},
		{"gpx/dialects/double-time.gpx", repair.Options{Only: only(finding.GPXTimeDouble)}, "gpx.time.double ×1: 1 trackpoint", ""},
		{"dialects/no-zone.tcx", repair.Options{Only: only(finding.TCXTimeZone)}, "tcx.time.zone ×61", ""},
		{"gpx/dialects/no-zone.gpx", repair.Options{Zone: time.FixedZone("", 2*3600)}, "gpx.time.zone ×31", ""},
		{"dialects/sport-missing.tcx", repair.Options{}, "", "warning tcx.sport.missing"},
		{"dialects/sport-missing.tcx", repair.Options{Sport: activity.Run}, "tcx.sport.missing ×1", ""},
		{"dialects/sport-other.tcx", repair.Options{Sport: activity.Hike}, "tcx.sport.unknown ×1", ""},
		{"dialects/sport-other.tcx", repair.Options{Sport: "Yoga"}, "", "warning tcx.sport.unknown"}, // TCX has no word for it
		{"gpx/dialects/sport-unknown.gpx", repair.Options{Sport: activity.TrailRun}, "gpx.sport.unknown ×1", ""},
		{"gpx/dialects/gpx-1.0.gpx", repair.Options{Sport: activity.Ride}, "gpx.sport.missing ×1", ""},
	} {
		t.Run(tt.file, func(t *testing.T) {
			r := mend(t, read(t, tt.file), tt.o)
			if got := done(r); got != tt.done {
				t.Errorf("done %q, want %q", got, tt.done)
			}
			if got := told(r.After); got != tt.left {
				t.Errorf("left %q, want %q", got, tt.left)
			}
		})
	}
}

// The records after a repair are those that are wanted, not merely fewer.
func TestMendedRecords(t *testing.T) {
	at := func(r activity.Record) string { return time.UnixMilli(r.Time).UTC().Format("2006-01-02 15:04:05.000") }
	sound := records(t, read(t, "defects/sound.gpx"))
	t.Run("swapped points are in order again", func(t *testing.T) {
		r := records(t, mend(t, read(t, "defects/swapped.gpx"), repair.Options{}).Data)
		if len(r) != 121 || !slices.IsSortedFunc(r, func(a, b activity.Record) int { return int(a.Time - b.Time) }) || r[30].Lat != sound[31].Lat {
			t.Error("they are not, or their positions did not go with them")
		}
	})
	t.Run("a stray time is that between its neighbours", func(t *testing.T) {
		r := records(t, mend(t, read(t, "defects/stray-time.gpx"), repair.Options{}).Data)
		if r[30].Lat != sound[30].Lat || at(r[30]) != "2019-03-02 09:00:30.000" {
			t.Errorf("it is %s at %v", at(r[30]), r[30].Lat)
		}
	})
	t.Run("in FIT, too", func(t *testing.T) {
		whole := records(t, read(t, "defects/sound.fit"))
		r := records(t, mend(t, read(t, "defects/stands-far.fit"), repair.Options{}).Data)
		if !slices.Equal(r, whole) {
			t.Error("the record with a stray time is not where it was")
		}
		if r := records(t, mend(t, read(t, "defects/no-time.fit"), repair.Options{}).Data); !slices.Equal(r, whole) {
			t.Error("records without a time did not get it back")
		}
	})
	t.Run("one time in the future costs one time", func(t *testing.T) {
		for ext, from := range map[string]string{"gpx": "2019-03-02T09:00:30", "tcx": "2019-03-02T09:00:30"} {
			data := bytes.ReplaceAll(read(t, "defects/sound."+ext), []byte(from), []byte("2091-03-02T09:00:30"))
			r := mend(t, data, repair.Options{})
			if told(r.After) != "" || !strings.Contains(done(r), "time.future ×1") || len(records(t, r.Data)) != 121 {
				t.Errorf("%s: %s, left %s", ext, done(r), told(r.After))
			}
		}
	})
	t.Run("missing times follow the way", func(t *testing.T) {
		r := records(t, mend(t, read(t, "defects/unreadable-times.gpx"), repair.Options{}).Data)
		for k := 30; k <= 31; k++ {
			if off := r[k].Time - sound[k].Time; off < -200 || off > 200 {
				t.Errorf("point %d is %d ms off", k, off)
			}
		}
	})
	t.Run("a pace gives every point its time", func(t *testing.T) {
		o := repair.Options{Start: time.Date(2024, 5, 4, 9, 30, 0, 0, time.UTC), Speed: 2}
		r := records(t, mend(t, read(t, "defects/no-times.gpx"), o).Data)
		metres := 0.0
		for i := 1; i < len(r); i++ {
			metres += check.Metres(&r[i-1], &r[i])
		}
		seconds := float64(r[120].Time-r[0].Time) / 1000
		if at(r[0]) != "2024-05-04 09:30:00.000" || seconds < metres/2-1 || seconds > metres/2+1 {
			t.Errorf("%.0f m from %s on in %.0f s", metres, at(r[0]), seconds)
		}
	})
	t.Run("an offset stays when times move", func(t *testing.T) {
		data := mend(t, read(t, "gpx/dialects/offset.gpx"), repair.Options{Shift: -time.Hour}).Data
		if !bytes.Contains(data, []byte("<time>2019-03-02T10:00:02+02:00</time>")) {
			t.Errorf("%s", data[:1200])
		}
	})
	t.Run("a zone that was said", func(t *testing.T) {
		r := mend(t, read(t, "gpx/dialects/no-zone.gpx"), repair.Options{Zone: time.FixedZone("", 2*3600)})
		if got := at(records(t, r.Data)[0]); got != "2019-03-02 07:00:00.000" {
			t.Errorf("it begins at %s", got)
		}
	})
	t.Run("FIT moves with all its times", func(t *testing.T) {
		data := mend(t, read(t, "defects/sound.fit"), repair.Options{Shift: time.Hour}).Data
		for m := range fit.Messages(&activity.Source{Format: "fit", Data: data}) {
			if at, ok := m.Time(); ok && at.Hour() != 10 {
				t.Errorf("message %d is at %v", m.Global, at)
			}
		}
		f, _ := load.Decode(context.Background(), bytes.NewReader(data), load.Default(), load.Options{})
		if a := f.Activities[0]; a.Start.Hour() != 10 || a.Laps[0].Start.Hour() != 10 {
			t.Errorf("it begins at %v, its lap at %v", a.Start, a.Laps[0].Start)
		}
	})
	t.Run("a session has the sums of its records", func(t *testing.T) {
		f, err := load.Decode(context.Background(), bytes.NewReader(mend(t, read(t, "defects/no-session.fit"), repair.Options{}).Data), load.Default(), load.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a := f.Activities[0]
		d, _ := a.Totals.Distance.Get()
		if e, _ := a.Totals.ElapsedTime.Get(); e != 120 || d < 300 || d > 360 || a.Sport != activity.Run || len(a.Laps) != 1 {
			t.Errorf("%v s, %v m, %s, %d laps", e, d, a.Sport, len(a.Laps))
		}
	})
	t.Run("half a cadence", func(t *testing.T) {
		for _, ext := range []string{"gpx", "tcx", "fit"} {
			doubled, r := records(t, read(t, "defects/both-legs."+ext)), records(t, mend(t, read(t, "defects/both-legs."+ext), repair.Options{}).Data)
			if r[60].Cadence*2 != doubled[60].Cadence {
				t.Errorf("%s: %v of %v", ext, r[60].Cadence, doubled[60].Cadence)
			}
		}
	})
	t.Run("a hole takes what was in it", func(t *testing.T) {
		whole, r := records(t, read(t, "defects/sound.fit")), records(t, mend(t, read(t, "defects/hole.fit"), repair.Options{}).Data)
		kept := 0
		for _, x := range r {
			if slices.Contains(whole, x) {
				kept++
			}
		}
		if kept < 115 {
			t.Errorf("%d of %d records are as they were", kept, len(whole))
		}
	})
}

// What no repair touches stays byte for byte.
func TestTheRestStaysAsItIs(t *testing.T) {
	lines := func(b []byte) []string { return strings.Split(string(b), "\n") }
	for _, tt := range []struct {
		file    string
		removed int // lines
		added   int
	}{
		{"heart-255.gpx", 1, 0},
		{"altitude-spike.gpx", 1, 0},
		{"spike.gpx", 11, 0},
		{"ampersand.gpx", 1, 1},
		{"stray-time.gpx", 1, 1},
		{"zero-position.tcx", 1, 1},
		{"calories.tcx", 2, 1},
	} {
		was := read(t, "defects/"+tt.file)
		is := lines(mend(t, was, repair.Options{}).Data)
		var removed, added int
		rest := map[string]int{}
		for _, l := range is {
			rest[l]++
		}
		for _, l := range lines(was) {
			if rest[l]--; rest[l] < 0 {
				removed++
			}
		}
		for _, n := range rest {
			added += max(n, 0)
		}
		if removed != tt.removed || added != tt.added {
			t.Errorf("%s: %d lines removed and %d added, want %d and %d", tt.file, removed, added, tt.removed, tt.added)
		}
	}

	was, is := read(t, "defects/heart-zero.fit"), mend(t, read(t, "defects/heart-zero.fit"), repair.Options{}).Data
	differ := 0
	for i := range was[:len(was)-2] {
		if was[i] != is[i] {
			differ++
		}
	}
	if len(was) != len(is) || differ != 2 {
		t.Errorf("two heart rates changed %d bytes of FIT", differ)
	}
}

// files are all made-up workouts.
func files(tb testing.TB) []string {
	tb.Helper()
	var out []string
	err := filepath.WalkDir(testdata, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".tcx", ".gpx", ".fit"}, filepath.Ext(path)) {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// laws are what holds of mending whatever the file: mending twice is mending
// once, nothing gets worse, and a file without a finding comes back as it was.
func laws(t *testing.T, data []byte, o repair.Options) {
	t.Helper()
	r := mend(t, data, o)
	if repair.Clean(r.Before) && r.Changed {
		t.Errorf("a clean file was changed: %s", done(r))
	}
	worst := func(vs []check.Verdict) (w finding.Severity) {
		for i := range vs {
			s, _ := vs[i].Worst()
			w = max(w, s)
		}
		return w
	}
	if worst(r.After) > worst(r.Before) {
		t.Errorf("it was %q and is %q", told(r.Before), told(r.After))
	}
	if !r.Changed {
		return
	}
	again := mend(t, r.Data, o)
	if again.Changed {
		t.Errorf("mended again: first %s, then %s", done(r), done(again))
	}
}

func TestLawsOfMending(t *testing.T) {
	for _, path := range files(t) {
		t.Run(strings.TrimPrefix(path, testdata), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			laws(t, data, repair.Options{})
			// By name everything is mended, also what has no effect.
			var all []finding.Code
			for _, r := range repair.Repairs() {
				all = append(all, r.Code)
			}
			o := repair.Options{Only: all, Start: now.AddDate(-1, 0, 0), Speed: 3, Sport: activity.Run}
			r := mend(t, data, o)
			if again := mend(t, r.Data, o); again.Changed {
				t.Errorf("mended again: first %s, then %s", done(r), done(again))
			}
		})
	}
}

func TestAContextThatIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := repair.Fix(ctx, read(t, "defects/spike.gpx"), repair.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestNothingAndNonsense(t *testing.T) {
	for _, data := range [][]byte{nil, {}, []byte("hello"), make([]byte, 5000), []byte("<gpx"), []byte("\x0e\x20\x00\x00\x00\x00\x00\x00.FIT")} {
		if r := mend(t, data, repair.Options{}); r.Changed || len(r.Before) != 1 {
			t.Errorf("%q: %+v", data[:min(len(data), 20)], r)
		}
	}
}

func TestLookup(t *testing.T) {
	if _, ok := repair.Lookup("no.such.code"); ok || repair.Mends("no.such.code") {
		t.Error("a repair of nothing")
	}
	if r, ok := repair.Lookup(finding.FITCRC); !ok || r.Named || !repair.Mends(finding.FITCRC) {
		t.Errorf("%+v", r)
	}
	if repair.Mends(finding.GPXNoTimes) || repair.Mends(finding.FITTrailing) {
		t.Error("what needs a start or a name is not mended by itself")
	}
}

func FuzzFix(f *testing.F) {
	for _, path := range files(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 3_100 { // one of each defect; longer seeds only slow it down
			f.Add(data)
		}
	}
	for _, doc := range []string{
		`<gpx creator="x"><trk><type>running</type><trkseg><trkpt lat="1,5" lon="2"><ele>9</ele><time>2019-03-02T09:00:00Z</time><extensions><hr>99</hr></extensions></trkpt>` +
			`<trkpt lat="0" lon="0"><time>2019-03-02T09:00:09</time></trkpt><trkpt lat="1.6" lon="2"><time>soon</time></trkpt><trkpt lon="3"/>` +
			`<trkpt lat="1.7" lon="2"><time>2019-03-02T09:00:05Z</time></trkpt><trkpt lat="1.8" lon="2"><time>2099-03-02T09:00:05Z</time></trkpt></trkseg></trk></gpx>`,
		`<TrainingCenterDatabase><Activities><Activity Sport=""><Id>7</Id><Lap><TotalTimeSeconds>-1</TotalTimeSeconds><Track>` +
			`<Trackpoint><Time>2019-03-02T09:00:00Z</Time><Position><LatitudeDegrees>NaN</LatitudeDegrees><LongitudeDegrees>1</LongitudeDegrees></Position><HeartRateBpm><Value>0</Value></HeartRateBpm></Trackpoint>` +
			`<Trackpoint><Time>2019-03-02T09:00:02Z</Time><DistanceMeters>5</DistanceMeters><Cadence/></Trackpoint><Trackpoint><AltitudeMeters>-20000</AltitudeMeters></Trackpoint>` +
			`<Trackpoint><Time>2019-03-02T09:00:01Z</Time><HeartRateBpm>255</HeartRateBpm></Trackpoint></Track></Lap><Calories>7</Calories></Activity></Activities></TrainingCenterDatabase>`,
	} {
		f.Add([]byte(doc))
		f.Add([]byte(doc[:len(doc)*2/3]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 10_000 {
			return // what a defect needs is short, and time better spent on others
		}
		defer fuzztest.Decoding.Hold(t)()
		laws(t, data, repair.Options{})
	})
}
