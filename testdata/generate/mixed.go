package main

import (
	"fmt"
	"path/filepath"
	"time"
)

// What a trackpoint takes in each format, in bytes, and how many files of three
// have it. A third of what people have is FIT, but little of the bytes.
const (
	tcxPoint, gpxPoint, fitPoint = 680, 376, 27
	perRound                     = tcxPoint + gpxPoint + fitPoint
)

// writeMixed writes so many rides in turn as TCX, GPX and FIT, of as many
// trackpoints each as make the size together. Lengths differ by up to a half.
func writeMixed(out string, count int, megabytes float64) error {
	points := megabytes * 1e6 / (float64(count) / 3 * perRound)
	for i := range count {
		n := max(int(points*(0.5+float64(i*7%11)/10)), 60)
		w := longRide(n*tcxPoint, tcxPoint)
		w.seed, w.calories = uint32(i+1), 300+i%900
		w.start = time.Date(2014, 1, 1, 6, 30, 0, 0, time.UTC).Add(time.Duration(i) * 31 * time.Hour)
		var ext string
		var data []byte
		switch i % 3 {
		case 0:
			ext, data = "tcx", w.tcx()
		case 1:
			ext, data = "gpx", w.gpx(garmin)
		case 2:
			ext, data = "fit", w.fit(fitOptions{product: 2067, sport: 2})
		}
		name := filepath.Join(out, fmt.Sprintf("%04d", w.start.Year()), w.start.Format("2006-01-02-150405")+"."+ext)
		if err := write(name, data); err != nil {
			return err
		}
	}
	return nil
}
