package repair_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/check/repair"
	"github.com/bandport/bandport/pkg/load"
)

// The corpus is a collection of real and broken files. They hold real people's
// tracks, so they are not part of the project.
const corpusFolder = "../../../../shared/corpus"

// mended are the files of the corpus that are mended without being asked: what is
// found in each, what is done and lost, and what is left.
var mended = []row{
	{"adversarial/fit_bad_file_crc.fit", "error fit.crc", "fit.crc ×1", ""},
	{"adversarial/fit_bitflip_middle.fit", "error fit.crc", "fit.crc ×1", ""},
	{"adversarial/fit_data_size_huge.fit", "error fit.size", "fit.size ×1", ""},
	{"adversarial/fit_huge_definition.fit", "error fit.malformed", "fit.malformed ×1: 785 bytes; 974 records are kept", ""},
	{"adversarial/fit_truncated_no_crc.fit", "error fit.crc.missing", "fit.crc.missing ×1", ""},
	{"adversarial/fit_undefined_local_at_end.fit", "error fit.malformed", "fit.malformed ×1: 6 bytes; 974 records are kept", ""},
	{"adversarial/gpx_ampersand.gpx", "error xml.malformed", "xml.malformed ×1", ""},
	{"adversarial/gpx_comma_decimals.gpx", "error gpx.number.comma", "gpx.number.comma ×20", ""},
	{"adversarial/gpx_control_chars.gpx", "error xml.invalidtext", "xml.invalidtext ×2: 2 characters that cannot be seen", ""},
	{"adversarial/gpx_ele_minus20000.gpx", "warning gpx.altitude.range", "gpx.altitude.range ×241: 241 altitudes", ""},
	{"adversarial/gpx_entity_bomb.gpx", "error xml.doctype", "xml.doctype ×1: the entities that it declared; xml.malformed ×3", "error gpx.trackpoints.single"},
	{"adversarial/gpx_lat_missing.gpx", "warning gpx.position.range", "gpx.position.range ×1: 1 trackpoint", ""},
	{"adversarial/gpx_lat_nan.gpx", "warning gpx.number.invalid, warning gpx.position.range", "gpx.number.invalid ×1: 1 number that was none, or the trackpoint that it placed", ""},
	{"adversarial/gpx_latin1_bytes_but_utf8_declared.gpx", "error xml.invalidtext", "xml.invalidtext ×2", ""},
	{"adversarial/gpx_time_garbage_one.gpx", "warning gpx.time.invalid, warning gpx.time.missing", "gpx.time.missing ×1", ""},
	{"adversarial/gpx_time_leap_second.gpx", "warning gpx.time.backward", "gpx.time.backward ×1", ""},
	{"adversarial/gpx_truncated.gpx", "error xml.truncated", "xml.truncated ×1: 26 bytes behind the damage", ""},
	{"adversarial/gpx_two_points_swapped.gpx", "warning gpx.time.backward", "gpx.time.backward ×1", ""},
	{"adversarial/gz_gpx.gpx.gz", "warning gpx.position.range", "gpx.position.range ×1: 1 trackpoint", ""},
	{"adversarial/tcx_comma_decimals.tcx", "error tcx.number.comma, warning totals.distance, warning totals.time", "tcx.number.comma ×71", "warning totals.distance, warning totals.time"},
	{"adversarial/tcx_negative_time.tcx", "warning tcx.lap.time", "tcx.lap.time ×3", ""},
	{"adversarial/tcx_truncated.tcx", "error xml.truncated, warning totals.distance, warning totals.time", "xml.truncated ×1: 1 trackpoint that was damaged, 201 bytes behind the damage", "warning totals.distance, warning totals.time"},
	{"bands/mifit-exporter-2022-floathr_run_1698569116.gpx", "warning cadence.doubled", "cadence.doubled ×3131", ""},
	{"bands/mifit-exporter-2022-floathr_walk_1542558074.gpx", "warning gpx.number.invalid, warning cadence.doubled", "gpx.number.invalid ×9: 9 numbers that were none, or the trackpoints that they placed; cadence.doubled ×2283", ""},
	{"bands/mifit-exporter_run_1698569116.gpx", "warning cadence.doubled", "cadence.doubled ×3131", ""},
	{"bands/mifit-exporter_walk_1542558074.gpx", "warning gpx.number.invalid, warning cadence.doubled", "gpx.number.invalid ×9: 9 numbers that were none, or the trackpoints that they placed; cadence.doubled ×2283", ""},
	{"bands/recreated_unband_run_zero-zero.gpx", "error gpx.position.zero", "gpx.position.zero ×4: 4 trackpoints", ""},
	{"bipolar/training-sessions-19946380.cluetrust.gpx", "warning gpx.heartrate.zero", "gpx.heartrate.zero ×71: 71 heart rates", ""},
	{"dblock-tcx/swim_activity_1.tcx", "warning tcx.sport.unknown, warning altitude.spike", "altitude.spike ×15: 15 altitudes", "warning tcx.sport.unknown"},
	{"elevate/20190929_ride_4108490848.gpx", "warning altitude.spike", "altitude.spike ×1: 1 altitude", ""},
	{"elevate/flagged-hr.fit", "warning heartrate.spike", "heartrate.spike ×2068: 2068 heart rates", ""},
	{"elevate/flagged-speed.fit", "warning fit.heartrate.zero", "fit.heartrate.zero ×5220: 5220 heart rates", ""},
	{"elevate/noroeste.fit", "warning fit.position.zero", "fit.position.zero ×7: 7 positions", ""},
	{"elevate/zwift-pschit.fit", "warning fit.heartrate.zero", "fit.heartrate.zero ×3: 3 heart rates", ""},
	{"fittrackee-inline/gpx_file_with_duplicated_segments.gpx", "warning gpx.time.backward, warning gpx.segments", "gpx.time.backward ×8: 8 trackpoints that a track before overlaps", "warning gpx.segments"},
	{"fittrackee-inline/gpx_file_with_invalid_elevation.gpx", "warning gpx.altitude.range", "gpx.altitude.range ×1: 1 altitude", ""},
	{"fittrackee-inline/gpx_file_without_time_on_last_point.gpx", "warning gpx.time.missing", "gpx.time.missing ×1: 1 trackpoint without a time at the ends", ""},
	{"fittrackee-inline/invalid_tcx_file.tcx", "error xml.truncated", "xml.truncated ×1: 5 bytes behind the damage", "error tcx.laps.missing, warning tcx.sport.unknown"},
	{"fittrackee-inline/tcx_with_invalid_elevation.tcx", "warning tcx.sport.unknown, warning tcx.altitude.range", "tcx.altitude.range ×4: 4 altitudes", "warning tcx.sport.unknown"},
	{"garmin-fit-js/WithGearChangeData.fit", "warning fit.session.missing, warning altitude.spike", "altitude.spike ×189: 189 altitudes; fit.session.missing ×1", ""},
	{"gpsbabel/fitwrite-track.fit", "error fit.type, error time.rollover, warning fit.session.missing", "time.rollover ×64", "error fit.type, warning fit.session.missing"},
	{"gpsbabel/gtrnctr-lap_s.tcx", "warning heartrate.invalid", "heartrate.invalid ×971: 971 heart rates", ""},
	{"gpsbabel/kalman_complex_zinger_in.gpx", "warning position.spike", "position.spike ×3: 3 trackpoints", ""},
	{"gpsbabel/kalman_prefilter_edge_in.gpx", "warning position.spike", "position.spike ×1: 1 trackpoint", ""},
	{"gpxgo/graphhopper.gpx.gz", "warning gpx.time.missing", "gpx.time.missing ×149", ""},
	{"gpxpy/cerknicko-jezero-without-elevations.gpx", "warning gpx.time.missing", "gpx.time.missing ×1: 1 trackpoint without a time at the ends", ""},
	{"gpxpy/cerknicko-without-times.gpx", "error gpx.times.missing, warning gpx.time.missing", "gpx.time.missing ×16: 16 trackpoints without a time at the ends", "error gpx.times.missing, warning gpx.time.missing"},
	{"gpxpy/first_and_last_elevation.gpx", "warning gpx.time.backward", "gpx.time.backward ×1", ""},
	{"misc-wild/01.gpx", "error xml.malformed, error gpx.times.missing, warning gpx.time.missing", "xml.malformed ×1: 1 trackpoint that was damaged", "error gpx.times.missing, warning gpx.time.missing"},
	{"misc-wild/3884045097.fit", "warning fit.heartrate.zero", "fit.heartrate.zero ×14: 14 heart rates", ""},
	{"muktihari-fit/Activity.fit", "warning fit.position.zero, warning fit.heartrate.zero, warning heartrate.spike", "fit.position.zero ×1: 1 position; fit.heartrate.zero ×108: 108 heart rates; heartrate.spike ×612: 612 heart rates", ""},
	{"muktihari-fit/ActivityDevFields.fit", "warning fit.position.zero, warning fit.heartrate.zero, warning heartrate.spike", "fit.position.zero ×1: 1 position; fit.heartrate.zero ×108: 108 heart rates; heartrate.spike ×612: 612 heart rates", ""},
	{"muktihari-fit/WithGearChangeData.fit", "warning fit.session.missing", "fit.session.missing ×1", ""},
	{"muktihari-fit/activity_developerdata.fit", "warning fit.heartrate.zero, warning heartrate.spike", "fit.heartrate.zero ×108: 108 heart rates; heartrate.spike ×612: 612 heart rates", ""},
	{"muktihari-fit/activity_truncated.fit", "warning fit.session.missing", "fit.session.missing ×1", ""},
	{"muktihari-fit/chained_Activity_activity_poolswim.fit", "warning fit.position.zero, warning fit.heartrate.zero, warning heartrate.spike", "fit.position.zero ×1: 1 position; fit.heartrate.zero ×108: 108 heart rates; heartrate.spike ×612: 612 heart rates", ""},
	{"opentracks/legacy_gpx_pause_resume.gpx", "warning gpx.position.range", "gpx.position.range ×2: 2 trackpoints", ""},
	{"python-fitparse/nick.fit", "error fit.malformed, warning fit.heartrate.zero, warning fit.session.missing", "fit.malformed ×1: 19 bytes; 14391 records are kept; fit.heartrate.zero ×4: 4 heart rates; fit.session.missing ×1", ""},
	{"python-fitparse/null_compressed_speed_dist.fit", "warning fit.heartrate.zero", "fit.heartrate.zero ×1808: 1808 heart rates", ""},
	{"python-fitparse/strava-android-app-201.10-b1218918.fit", "error fit.malformed, error time.future", "fit.malformed ×18: 410 bytes; 5329 records are kept", ""},
	{"runalyze/One-second-jump-to-past.fit", "warning fit.time.backward", "fit.time.backward ×1", ""},
	{"runalyze/Treadmill-doubled-cadence.tcx", "warning cadence.doubled", "cadence.doubled ×261", ""},
	{"runalyze/hr-only-zeros.fit", "warning fit.heartrate.zero", "fit.heartrate.zero ×2713: 2713 heart rates", ""},
	{"runalyze/negative-pause.tcx", "warning tcx.time.backward, warning totals.distance, warning totals.time", "tcx.time.backward ×5: 5 trackpoints that a track before overlaps", "warning totals.distance, warning totals.time"},
	{"runalyze/runkeeper-negative-time-step-at-start.gpx", "warning gpx.time.backward", "gpx.time.backward ×1", ""},
	{"runalyze/standard.gpx", "warning gpx.position.range", "gpx.position.range ×1: 1 trackpoint", ""},
	{"sportstracker/bike-tour-holux-funtrek-130-pro-with-heartrate.gpx", "warning gpx.heartrate.tag", "gpx.heartrate.tag ×179", ""},
	{"togeojson/bad.tcx", "warning tcx.position.zero, warning tcx.number.invalid, warning tcx.position.range, warning tcx.time.backward, warning totals.distance, warning totals.time", "tcx.number.invalid ×3: 3 numbers that were none, or the trackpoints that they placed; tcx.position.zero ×1: 1 position; tcx.position.range ×2: 2 positions; tcx.time.backward ×1: 1 trackpoint that a track before overlaps", "warning totals.distance, warning totals.time"},
	{"tormoder-fit/0134902991.fit", "warning fit.heartrate.zero", "fit.heartrate.zero ×739: 739 heart rates", ""},
	{"tormoder-fit/activity-activity-filecrc.fit", "error fit.crc", "fit.crc ×1", ""},
	{"tormoder-fit/activity-filecrc.fit", "error fit.crc", "fit.crc ×1", ""},
	{"tormoder-fit/activity-large-fenxi2-multisport.fit", "warning fit.time.backward", "fit.time.backward ×2", ""},
	{"tormoder-fit/activity-settings-nodata.fit", "error fit.truncated", "fit.truncated ×1: 3 bytes; 14 records are kept", ""},
	{"tormoder-fit/activity-unexpected-eof.fit", "error fit.truncated", "fit.truncated ×1: 44 bytes; 14 records are kept", ""},
}

// corpus returns the workout files of the corpus, unpacked.
func corpus(t *testing.T) map[string][]byte {
	t.Helper()
	file, err := os.Open(filepath.Join(corpusFolder, "manifest.csv"))
	if err != nil {
		t.Skipf("there is no corpus beside the checkout: %v", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, r := range rows[1:] {
		if !regexp.MustCompile(`\.(gpx|tcx|fit)(\.gz)?$`).MatchString(r[0]) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(corpusFolder, filepath.FromSlash(r[0])))
		if err != nil {
			t.Fatal(err)
		}
		if z, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			if data, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		out[r[0]] = data
	}
	return out
}

// Every file of the corpus that can be mended without help is in the table, comes
// out as it says, and obeys the laws; every other one comes back as it was.
func TestCorpusIsMended(t *testing.T) {
	rest := map[string]row{}
	for _, r := range mended {
		rest[r.file] = r
	}
	clean, errors := 0, 0
	for name, data := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			laws(t, data, repair.Options{})
			r := mend(t, data, repair.Options{})
			want, ok := rest[name]
			delete(rest, name)
			if !ok {
				want = row{file: name, finds: told(r.Before), left: told(r.Before)}
			}
			got := row{name, told(r.Before), done(r), told(r.After)}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.Changed {
				clean++
				if strings.Contains(got.left, "error") {
					errors++
				}
			}
		})
	}
	for name := range rest {
		t.Errorf("%s is not in the corpus", name)
	}
	t.Logf("%d files are mended, %d of them with an error left", clean, errors)
}

// judged are the mended files on disk, by format, for programs that are not ours.
func judged(t *testing.T, format string) []string {
	t.Helper()
	dir := t.TempDir()
	all := corpus(t)
	var out []string
	write := func(name string, data []byte) {
		r := mend(t, data, repair.Options{})
		if !r.Changed || r.Format != format || strings.Contains(told(r.After), "error") {
			return
		}
		path := filepath.Join(dir, strings.NewReplacer("/", "_", "..", "_").Replace(name)+"."+format)
		if err := os.WriteFile(path, r.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		out = append(out, path)
	}
	for _, r := range mended {
		write(r.file, all[r.file])
	}
	for _, path := range files(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(path, data)
	}
	return out
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// xmllint reads what was mended: it is well-formed by a judge who forgives nothing.
// A prefix that nobody declared is a mistake of the file that was not to be mended.
func TestXMLLintReadsWhatWasMended(t *testing.T) {
	lint := program(t, "xmllint")
	for _, format := range []string{"gpx", "tcx"} {
		n := 0
		for _, path := range judged(t, format) {
			out, err := exec.CommandContext(t.Context(), lint, "--noout", "--huge", path).CombinedOutput()
			text := regexp.MustCompile(`(?m)^.*namespace (error|warning) :[^\n]*\n[^\n]*\n[^\n]*\n`).ReplaceAllString(string(out), "")
			if strings.TrimSpace(text) != "" {
				t.Errorf("%s: %v\n%.400s", filepath.Base(path), err, out)
			}
			n++
		}
		t.Logf("%d %s files are well-formed", n, format)
	}
}

// unreadable are the files that a judge does not read, mended or not, and why.
var unreadable = map[string]string{
	"tormoder-fit_activity-activity-filecrc.fit": "gpsbabel reads the first file of a chain",
}

// gpsbabel finds the trackpoints that were there.
func TestGPSBabelReadsWhatWasMended(t *testing.T) {
	babel := program(t, "gpsbabel")
	for format, reader := range map[string]string{"gpx": "gpx", "tcx": "gtrnctr", "fit": "garmin_fit"} {
		n := 0
		for _, path := range judged(t, format) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := load.Decode(context.Background(), bytes.NewReader(data), load.Default(), load.Options{})
			if err != nil {
				t.Fatal(err)
			}
			places := 0
			for i := range f.Activities {
				places += f.Activities[i].Sensors()["position"]
			}
			if places < 2 {
				continue // it reads nothing else
			}
			var errs bytes.Buffer
			cmd := exec.CommandContext(t.Context(), babel, "-t", "-i", reader, "-f", path, "-o", "unicsv", "-F", "-")
			cmd.Stderr = &errs
			out, err := cmd.Output()
			lines := strings.Count(string(out), "\n") - 1
			name := strings.TrimSuffix(filepath.Base(path), "."+format)
			switch {
			case err == nil && lines >= places*9/10:
				n++
			case unreadable[name] == "":
				t.Errorf("%q: %d of %d trackpoints, %v: %.300s", name, lines, places, err, errs.String())
			}
		}
		t.Logf("%d %s files are read", n, format)
	}
}

// Garmin's own SDK reads the FIT files without a complaint.
func TestGarminReadsWhatWasMended(t *testing.T) {
	node, sdk := program(t, "node"), os.Getenv("BANDPORT_TEST_FITSDK")
	if sdk == "" {
		t.Skip("BANDPORT_TEST_FITSDK does not say where @garmin/fitsdk is; .ci/full installs it")
	}
	paths := judged(t, "fit")
	script := filepath.Join("..", "..", "fit", "testdata", "garmin.mjs")
	out, err := exec.CommandContext(t.Context(), node, slices.Concat([]string{script, sdk}, paths)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(paths) {
		t.Fatalf("%d results of %d files", len(lines), len(paths))
	}
	counts := regexp.MustCompile(`"20":(\d+)`)
	for i, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".fit")
		m := counts.FindStringSubmatch(lines[i])
		records := 0
		if m != nil {
			records, _ = strconv.Atoi(m[1])
		}
		if strings.Contains(lines[i], `"errors":[]`) && records > 0 {
			continue
		}
		if unreadable[name] == "" {
			t.Errorf("%q: %d records, %.400s", name, records, lines[i])
		}
	}
	t.Logf("%d files are read", len(paths))
}
