//go:build unix

package cli

import (
	"archive/zip"
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A ride of so many records, about 220 bytes each: a tenth of what .ci/full takes.
const (
	largeRide     = 120_000
	veryLargeRide = 1_200_000
)

// endsWithin is how long work may go on after Ctrl-C. It is measured in the time of
// the processor, so that other work on the machine does not count; who has the
// machine alone waits no longer than that.
const endsWithin = time.Second

// writeRide writes a GPX file of a ride in the open ocean.
func writeRide(t *testing.T, name string, records int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, _ = w.WriteString(`<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="http://www.garmin.com/xmlschemas/TrackPointExtension/v1"><trk><type>cycling</type><trkseg>` + "\n")
	start := time.Date(2020, time.June, 1, 6, 0, 0, 0, time.UTC)
	for i := range records {
		_, _ = fmt.Fprintf(w, `<trkpt lat="%.7f" lon="%.7f"><ele>%.1f</ele><time>%s</time><extensions><x:TrackPointExtension><x:hr>%d</x:hr></x:TrackPointExtension></extensions></trkpt>`+"\n",
			-48.5+0.3*math.Sin(float64(i)/9000), -123.4+0.4*math.Cos(float64(i)/9000), 10+8*math.Sin(float64(i)/70), start.Add(time.Duration(i)*time.Second).Format(time.RFC3339), 120+i/60%40)
	}
	_, _ = w.WriteString("</trkseg></trk></gpx>\n")
	if err := w.Flush(); err != nil { // the first error of all
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// intoZip packs a file.
func intoZip(t *testing.T, name, from string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	w, err := z.Create("ride.gpx")
	if err == nil {
		_, err = io.Copy(w, in)
	}
	if err == nil {
		err = z.Close()
	}
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		t.Fatal(err)
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Ctrl-C ends work on one large file, at whatever it is: reading, unpacking,
// recalculating, judging, converting, mending, writing. Nothing half is left.
func TestInterruptsOfOneLargeFile(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a large file many times")
	}
	records, moments := largeRide, 4
	if os.Getenv("BANDPORT_CHAOS") == "full" {
		records, moments = veryLargeRide, 16
	}
	folder, config := t.TempDir(), emptyConfig(t)
	ride, packed := filepath.Join(folder, "ride.gpx"), filepath.Join(folder, "ride.zip")
	writeRide(t, ride, records)
	intoZip(t, packed, ride)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"summary", []string{"summary", ride}},
		{"summary of an archive", []string{"summary", packed}},
		{"check", []string{"check", ride}},
		{"convert to FIT", []string{"convert", "--to", "fit", ride}},
		{"convert to TCX", []string{"convert", "--to", "tcx", ride}},
		{"fix", []string{"fix", ride}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := func() (args []string, out string) {
				args, out = append([]string{"--config", config}, c.args...), t.TempDir()
				if c.args[0] == "convert" || c.args[0] == "fix" {
					args = append(args, "--output", out)
				}
				return args, out
			}
			began := time.Now()
			whole, _ := args()
			code, _, errs := runWith(context.Background(), t, whole...)
			full := time.Since(began)
			if code != exitOK && code != exitFindings {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			longest, interrupted := time.Duration(0), 0
			for i := range moments {
				ctx, cancel := context.WithCancel(context.Background())
				var at time.Duration
				timer := time.AfterFunc(full*time.Duration(2*i+1)/time.Duration(2*moments), func() { at = processorTime(t); cancel() })
				these, out := args()
				code, _, _ := runWith(ctx, t, these...)
				if timer.Stop() {
					cancel()
					continue // it was faster this time
				}
				<-ctx.Done()
				longest = max(longest, processorTime(t)-at)
				if code == exitInterrupted {
					interrupted++
					if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
						t.Errorf("interrupted after %d/%d it left %v, %v", 2*i+1, 2*moments, left, err)
					}
				}
			}
			t.Logf("%v in all; interrupted %d times; at most %v afterwards", full, interrupted, longest)
			if longest > endsWithin {
				t.Errorf("it went on for %v", longest)
			}
			if interrupted == 0 {
				t.Error("it was never interrupted")
			}
		})
	}
}
