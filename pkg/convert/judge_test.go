package convert_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/convert"
)

// The judges are programs that we did not write: xmllint with the schemas,
// gpsbabel, and Garmin's SDK. Each is skipped where it is not installed. They judge
// what is built of the bundled files and, where there are such, of found ones.

// schemas are those of Topografix and Garmin, which are not ours to give away.
const schemas = "../../../shared/schemas"

// judged is a result for the judges.
type judged struct {
	path, from string
	acts       []activity.Activity // as they are to be read
}

// results builds all files that can be, in one format.
func results(t *testing.T, format string, o convert.Options) (out []judged) {
	t.Helper()
	dir := t.TempDir()
	add := func(name string) {
		f, ok := decoded(t, name)
		if !ok {
			return
		}
		f.Source = nil // to be built anew
		p, err := convert.New(&f, encoder(t, format), o)
		if err != nil {
			return
		}
		path := filepath.Join(dir, fmt.Sprintf("%04d.%s", len(out), format))
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		out = append(out, judged{path, name, p.Activities})
	}
	walk(t, "../../testdata", add)
	found(t, add)
	return out
}

// program finds a judge.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// driver is a schema that holds several, so that what stands in extensions is
// judged too.
func driver(t *testing.T, imports map[string]string) string {
	t.Helper()
	folder, err := filepath.Abs(schemas)
	if err != nil {
		t.Fatal(err)
	}
	text := `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">`
	for namespace, file := range imports {
		location := filepath.Join(folder, file)
		if _, err := os.Stat(location); errors.Is(err, fs.ErrNotExist) {
			t.Skip("no schemas: " + schemas)
		}
		text += fmt.Sprintf(`<xs:import namespace=%q schemaLocation=%q/>`, namespace, location)
	}
	path := filepath.Join(t.TempDir(), "driver.xsd")
	if err := os.WriteFile(path, []byte(text+"</xs:schema>"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lint validates documents in batches.
func lint(t *testing.T, schema string, files []judged) {
	t.Helper()
	xmllint := program(t, "xmllint")
	const batch = 50
	for len(files) > 0 {
		now := files[:min(batch, len(files))]
		files = files[len(now):]
		args := []string{"--noout", "--nonet", "--huge", "--schema", schema}
		names := map[string]string{}
		for _, f := range now {
			args = append(args, f.path)
			names[filepath.Base(f.path)] = f.from
		}
		out, err := exec.CommandContext(t.Context(), xmllint, args...).CombinedOutput()
		if err == nil {
			continue
		}
		told := 0
		for line := range strings.Lines(string(out)) {
			if strings.HasSuffix(strings.TrimSpace(line), " validates") {
				continue
			}
			if told++; told > 5 {
				break
			}
			base, _, _ := strings.Cut(filepath.Base(line), ":")
			t.Errorf("%s: %s", names[base], strings.TrimSpace(line))
		}
	}
}

var (
	schemasOfGPX = map[string]string{
		"http://www.topografix.com/GPX/1/1":                       "gpx11.xsd",
		"http://www.garmin.com/xmlschemas/TrackPointExtension/v1": "TrackPointExtensionv1.xsd",
		"http://www.garmin.com/xmlschemas/TrackPointExtension/v2": "TrackPointExtensionv2.xsd",
		"http://www.garmin.com/xmlschemas/PowerExtension/v1":      "PowerExtensionv1.xsd",
	}
	schemasOfTCX = map[string]string{
		"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2": "TrainingCenterDatabasev2.xsd",
		"http://www.garmin.com/xmlschemas/ActivityExtension/v2":      "ActivityExtensionv2.xsd",
	}
)

func TestSchemasAreKept(t *testing.T) {
	program(t, "xmllint")
	t.Run("gpx", func(t *testing.T) { lint(t, driver(t, schemasOfGPX), results(t, "gpx", convert.Options{})) })
	t.Run("tcx", func(t *testing.T) { lint(t, driver(t, schemasOfTCX), results(t, "tcx", convert.Options{})) })
}

// What is written for Strava keeps to the schemas but for the deviations that
// docs/for-strava.md lists. Those are taken back here.
func TestDeviationsForStravaAreTheDocumentedOnes(t *testing.T) {
	program(t, "xmllint")
	rewrite := func(t *testing.T, files []judged, change func([]byte) []byte) []judged {
		t.Helper()
		for _, f := range files {
			data, err := os.ReadFile(f.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f.path, change(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return files
	}
	t.Run("gpx", func(t *testing.T) {
		plain := regexp.MustCompile(`<(power|distance|speed)>[^<]*</(power|distance|speed)>`)
		lint(t, driver(t, schemasOfGPX), rewrite(t, results(t, "gpx", convert.Options{Strava: true}), func(b []byte) []byte {
			return plain.ReplaceAll(b, nil)
		}))
	})
	t.Run("tcx", func(t *testing.T) {
		sport := regexp.MustCompile(`Sport="(Walking|Hiking|Swimming)"`)
		noCalories := regexp.MustCompile(`(</(?:DistanceMeters|MaximumSpeed)>\n)(        <(?:AverageHeartRateBpm|MaximumHeartRateBpm|Intensity)>)`)
		lint(t, driver(t, schemasOfTCX), rewrite(t, results(t, "tcx", convert.Options{Strava: true}), func(b []byte) []byte {
			return noCalories.ReplaceAll(sport.ReplaceAll(b, []byte(`Sport="Other"`)), []byte("$1<Calories>0</Calories>$2"))
		}))
	})
}

// gpsbabel finds as many points as have a position. Of a chain of FIT files, which is
// what workouts become that are not in the order of time, it reads the first only;
// and of a TCX it passes over points on the equator and on the meridian of Greenwich.
func TestGPSBabelReadsAllPoints(t *testing.T) {
	gpsbabel := program(t, "gpsbabel")
	for format, name := range map[string]string{"gpx": "gpx", "tcx": "gtrnctr", "fit": "garmin_fit"} {
		t.Run(format, func(t *testing.T) {
			count := func(files []judged) (int, string) {
				args := []string{"-t"}
				for _, f := range files {
					args = append(args, "-i", name, "-f", f.path)
				}
				out, err := exec.CommandContext(t.Context(), gpsbabel, append(args, "-o", "gpx", "-F", "-")...).Output()
				if err != nil {
					return -1, err.Error()
				}
				return bytes.Count(out, []byte("<trkpt ")), ""
			}
			files := results(t, format, convert.Options{})
			want := func(files []judged) (n int) {
				for _, f := range files {
					data, err := os.ReadFile(f.path)
					if err != nil {
						t.Fatal(err)
					}
					chained := format == "fit" && bytes.Count(data, []byte(".FIT")) > 1
					for i := range f.acts {
						if i > 0 && chained {
							continue
						}
						for _, r := range f.acts[i].Records {
							if r.HasAll(activity.Position) && (format != "tcx" || r.Lat != 0 && r.Lon != 0) {
								n++
							}
						}
					}
				}
				return n
			}
			const batch = 25
			for len(files) > 0 {
				now := files[:min(batch, len(files))]
				files = files[len(now):]
				if n, _ := count(now); n == want(now) {
					continue
				}
				for i := range now {
					if n, why := count(now[i : i+1]); n != want(now[i:i+1]) {
						t.Errorf("%s: %d points, want %d %s", now[i].from, n, want(now[i:i+1]), why)
					}
				}
			}
		})
	}
}

// sdk is what Garmin's SDK makes of a file.
type sdk struct {
	File      string
	Integrity bool
	Errors    int
	Records   int
	Located   int
	Developer int
	Hearts    float64
	Distances float64
	Sessions  int
	Laps      int
}

const sdkScript = `
import { readFileSync } from 'node:fs';
import { Decoder, Stream } from '@garmin/fitsdk';
for (const file of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
	const data = readFileSync(file);
	const r = { File: file, Integrity: true, Errors: 0, Records: 0, Located: 0, Developer: 0, Hearts: 0, Distances: 0, Sessions: 0, Laps: 0 };
	try {
		const stream = Stream.fromBuffer(data);
		while (stream.position < stream.length) {
			const start = stream.position;
			const decoder = new Decoder(stream);
			r.Integrity = r.Integrity && decoder.isFIT() && decoder.checkIntegrity();
			if (!r.Integrity) break;
			stream.seek?.(start);
			const { messages, errors } = decoder.read();
			r.Errors += errors.length;
			for (const m of messages.recordMesgs ?? []) {
				r.Records++;
				if (m.positionLat !== undefined && m.positionLong !== undefined) r.Located++;
				if (m.heartRate !== undefined) r.Hearts += m.heartRate;
				if (m.distance !== undefined) r.Distances += m.distance;
				r.Developer += Object.keys(m.developerFields ?? {}).length;
			}
			r.Sessions += (messages.sessionMesgs ?? []).length;
			r.Laps += (messages.lapMesgs ?? []).length;
			if (stream.position === start) break;
		}
	} catch (e) {
		r.Errors++;
		r.Message = String(e);
	}
	console.log(JSON.stringify(r));
}
`

// fitSDK returns the folder node_modules in which npm installed Garmin's SDK: the one
// that BANDPORT_TEST_FITSDK is in, else the one of
//
//	npm install --prefix ~/.cache/bandport-ci/fitsdk @garmin/fitsdk
func fitSDK(t *testing.T) string {
	t.Helper()
	folder := filepath.Dir(filepath.Dir(os.Getenv("BANDPORT_TEST_FITSDK")))
	if os.Getenv("BANDPORT_TEST_FITSDK") == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Skip(err)
		}
		folder = filepath.Join(cache, "bandport-ci", "fitsdk", "node_modules")
	}
	if _, err := os.Stat(filepath.Join(folder, "@garmin", "fitsdk")); err != nil {
		t.Skipf("Garmin's SDK is not installed in %s", folder)
	}
	return folder
}

func TestGarminsSDKReadsEveryFIT(t *testing.T) {
	node := program(t, "node")
	modules := fitSDK(t)
	files := results(t, "fit", convert.Options{})
	dir := t.TempDir()
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Skip(err)
	}
	var list strings.Builder
	for _, f := range files {
		list.WriteString(f.path + "\n")
	}
	script, names := filepath.Join(dir, "judge.mjs"), filepath.Join(dir, "files")
	for path, text := range map[string]string{script: sdkScript, names: list.String()} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), node, script, names).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d answers about %d files", len(lines), len(files))
	}
	for i, f := range files {
		var got sdk
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		want := sdk{File: f.path, Integrity: true, Sessions: len(f.acts)}
		for k := range f.acts {
			a := &f.acts[k]
			want.Records += len(a.Records)
			want.Laps += len(a.Laps)
			for n := range a.Records {
				r := &a.Records[n]
				if r.Has&activity.Position != 0 {
					want.Located++
				}
				want.Hearts += float64(r.HeartRate)
				want.Distances += r.Distance
			}
			for _, s := range a.Streams {
				for _, v := range s.Values {
					if v.Known() {
						want.Developer++
					}
				}
			}
		}
		if d := got.Distances - want.Distances; d > 0.01*float64(want.Records) || d < -0.01*float64(want.Records) {
			t.Errorf("%s: the sum of distances is %s", f.from, strconv.FormatFloat(got.Distances, 'f', 2, 64))
		}
		got.Distances, want.Distances = 0, 0
		if got != want {
			t.Errorf("%s: %+v, want %+v: %s", f.from, got, want, lines[i])
		}
	}
	t.Logf("%d files", len(files))
}
