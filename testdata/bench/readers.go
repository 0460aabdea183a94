package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/tkrajina/gpxgo/gpx"
	"github.com/tormoder/fit"
)

// total is what a reader found in all files, so that one that leaves something
// out is seen.
type total struct {
	Files  int     `json:"files"`
	Metres float64 `json:"distance"`
}

// addUp reads the totals of a reader, or the objects of a summary.
func addUp(r io.Reader) (total, error) {
	var sum total
	d := json.NewDecoder(r)
	for {
		var line struct {
			Files    *int     `json:"files"`
			Distance *float64 `json:"distance"`
		}
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return sum, nil
		} else if err != nil {
			return sum, err
		}
		if line.Files == nil {
			sum.Files++
		} else {
			sum.Files += *line.Files
		}
		if line.Distance != nil {
			sum.Metres += *line.Distance
		}
	}
}

// readers read one file each and return its metres.
var readers = map[string]func(name string) (float64, error){
	"bytes":     readBytes,
	"pieces":    readPieces,
	"libraries": readWithLibraries,
	"gpsbabel":  readWithGPSBabel,
}

// walk has all files of a folder read, by as many workers as there are
// processors.
func walk(dir string, read func(string) (float64, error)) (total, error) {
	names := make(chan string)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		sum   total
		first error
	)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for name := range names {
				d, err := read(name)
				mu.Lock()
				if err != nil && first == nil {
					first = fmt.Errorf("%s: %w", name, err)
				}
				sum.Files++
				sum.Metres += d
				mu.Unlock()
			}
		})
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names <- path
		}
		return err
	})
	close(names)
	wg.Wait()
	return sum, errors.Join(err, first)
}

// readBytes reads a file as most programs do that parse one: whole.
func readBytes(name string) (float64, error) {
	_, err := os.ReadFile(name)
	return 0, err
}

// readPieces reads a file in pieces and forgets them, which is the least that
// anybody can do.
func readPieces(name string) (float64, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	buf := make([]byte, 64<<10)
	for err == nil {
		_, err = f.Read(buf)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return 0, errors.Join(err, f.Close())
}

func readWithLibraries(name string) (float64, error) {
	switch filepath.Ext(name) {
	case ".gpx":
		g, err := gpx.ParseFile(name)
		if err != nil {
			return 0, err
		}
		return g.Length2D(), nil
	case ".tcx":
		return readTCX(name)
	case ".fit":
		return readFIT(name)
	}
	return 0, fmt.Errorf("no library for %s", filepath.Ext(name))
}

// tcx holds what anybody would declare who reads TCX with encoding/xml.
type tcx struct {
	Activities []struct {
		Sport string `xml:"Sport,attr"`
		Laps  []struct {
			Start  string  `xml:"StartTime,attr"`
			Time   float64 `xml:"TotalTimeSeconds"`
			Metres float64 `xml:"DistanceMeters"`
			Points []struct {
				Time     string  `xml:"Time"`
				Lat      float64 `xml:"Position>LatitudeDegrees"`
				Lon      float64 `xml:"Position>LongitudeDegrees"`
				Altitude float64 `xml:"AltitudeMeters"`
				Metres   float64 `xml:"DistanceMeters"`
				Heart    int     `xml:"HeartRateBpm>Value"`
				Cadence  int     `xml:"Cadence"`
				Speed    float64 `xml:"Extensions>TPX>Speed"`
				Watts    int     `xml:"Extensions>TPX>Watts"`
			} `xml:"Track>Trackpoint"`
		} `xml:"Lap"`
	} `xml:"Activities>Activity"`
}

func readTCX(name string) (float64, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	var doc tcx
	if err := xml.Unmarshal(data, &doc); err != nil {
		return 0, err
	}
	d := 0.0
	for _, a := range doc.Activities {
		for _, l := range a.Laps {
			d += l.Metres
		}
	}
	return d, nil
}

// tormoder is held by whoever decodes FIT.
var tormoder sync.Mutex

func readFIT(name string) (float64, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	tormoder.Lock()
	file, err := fit.Decode(f)
	tormoder.Unlock()
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	a, err := file.Activity()
	if err != nil {
		return 0, err
	}
	d := 0.0
	for _, s := range a.Sessions {
		d += s.GetTotalDistanceScaled()
	}
	return d, nil
}

// readWithGPSBabel has gpsbabel parse a file and write nothing. It counts no
// metres.
func readWithGPSBabel(name string) (float64, error) {
	format := strings.TrimPrefix(filepath.Ext(name), ".")
	switch format {
	case "fit":
		format = "garmin_fit"
	case "tcx":
		format = "gtrnctr"
	}
	out, err := exec.CommandContext(context.Background(), "gpsbabel", "-t", "-i", format, "-f", name).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("gpsbabel: %w: %.200s", err, out)
	}
	return 0, nil
}
