// Command generate writes the workouts that the tests, the benchmarks and the
// README use. All of them are made up: no person ever ran them. The same flags
// give the same bytes.
//
//	go run ./testdata/generate -out testdata          the bundled files
//	go run ./testdata/generate -out DIR -count 2000   many small workouts
//	go run ./testdata/generate -out FILE -count 5000 -zip   the same, as members of an archive
//	go run ./testdata/generate -out DIR -mixed 2000 -size 2300   workouts in all formats, 2,300 MB together
//	go run ./testdata/generate -out FILE -ride 8      one ride of about 8 MB
//	go run ./testdata/generate -out FILE -ride 4 -format gpx
package main

import (
	"archive/zip"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	out := flag.String("out", "testdata", "folder to write to; with -ride the file")
	count := flag.Int("count", 0, "write this many small workouts instead of the bundled files")
	packed := flag.Bool("zip", false, "with -count: write them into one archive, which -out names")
	mixed := flag.Int("mixed", 0, "write this many workouts in TCX, GPX and FIT instead")
	size := flag.Float64("size", 100, "megabytes that -mixed writes together, about")
	ride := flag.Float64("ride", 0, "write one ride of about this many megabytes instead")
	format := flag.String("format", "tcx", "format of the ride: tcx or gpx")
	flag.Parse()
	var err error
	switch {
	case *mixed > 0:
		err = writeMixed(*out, *mixed, *size)
	case *count > 0 && *packed:
		err = writeArchive(*out, *count)
	default:
		err = run(*out, *count, *ride, *format)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(out string, count int, ride float64, format string) error {
	switch {
	case ride > 0 && format == "gpx":
		return write(out, longRide(int(ride*1e6), 376).gpx(garmin))
	case ride > 0:
		return write(out, longRide(int(ride*1e6), 680).tcx())
	case count > 0:
		return many(count, func(name string, data []byte) error { return write(filepath.Join(out, filepath.FromSlash(name)), data) })
	}
	for name, data := range bundle() {
		if err := write(filepath.Join(out, filepath.FromSlash(name)), data); err != nil {
			return err
		}
	}
	return nil
}

// many makes small workouts, each with the name that it is to have.
func many(count int, put func(name string, data []byte) error) error {
	for i := range count {
		w := workout{
			sport: "Running", device: "Forerunner 310XT", seed: uint32(i + 1), calories: 200 + i%300,
			start: time.Date(2014, 1, 1, 6, 30, 0, 0, time.UTC).Add(time.Duration(i) * 26 * time.Hour),
			legs:  []leg{{seconds: 300 + i%240, speed: 2.4 + float64(i%10)/10}},
		}
		if err := put(fmt.Sprintf("%04d/%s.tcx", w.start.Year(), w.start.Format("2006-01-02-150405")), w.tcx()); err != nil {
			return err
		}
	}
	return nil
}

// writeArchive writes many workouts into one archive.
func writeArchive(name string, count int) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	err = many(count, func(name string, data []byte) error {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	})
	return errors.Join(err, z.Close(), f.Close())
}

func write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}
