package convert_test

import (
	"bytes"
	"io"
	"math"
	"testing"
	"time"

	gpxgo "github.com/tkrajina/gpxgo/gpx"

	"github.com/bandport/bandport/pkg/activity"
)

// ride is a ride of three hours with all that GPX and TCX hold.
func ride() []activity.Activity {
	const points = 10_800
	start := time.Date(2024, time.May, 4, 8, 0, 0, 0, time.UTC)
	a := activity.Activity{
		Format: "gpx", Name: "Ride", Creator: "bench", Sport: activity.Ride, RawSport: "cycling", Start: start,
		Tracks: []activity.Span{{End: points}}, Laps: []activity.Lap{{Start: start, Records: activity.Span{End: points}}},
	}
	for i := range points {
		f := float64(i)
		a.Records = append(a.Records, activity.Record{
			Time: start.UnixMilli() + int64(i)*1000, Has: 1<<9 - 1,
			Lat: math.Round((-40+f*7e-5)*1e7) / 1e7, Lon: math.Round((-20+math.Sin(f/300)/50)*1e7) / 1e7,
			Altitude: math.Round((100+50*math.Sin(f/500))*10) / 10, Distance: math.Round(f*780) / 100, Speed: float32(math.Round(7800+500*math.Sin(f/40)) / 1000),
			HeartRate: float32(140 + i%30), Cadence: float32(85 + i%10), Power: float32(200 + i%80), Temperature: 18,
		})
	}
	return []activity.Activity{a}
}

// BenchmarkWrite writes three hours at a point a second.
func BenchmarkWrite(b *testing.B) {
	acts := ride()
	for _, e := range registry {
		b.Run(e.Format, func(b *testing.B) {
			var size bytes.Buffer
			if err := e.Encode(&size, acts, convertDefault); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := e.Encode(io.Discard, acts, convertDefault); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	// gpxgo's own writer, of what it read of the same document.
	b.Run("gpxgo", func(b *testing.B) {
		var doc bytes.Buffer
		if err := encoder(b, "gpx").Encode(&doc, acts, convertDefault); err != nil {
			b.Fatal(err)
		}
		g, err := gpxgo.ParseBytes(doc.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(doc.Len()))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := g.ToXml(gpxgo.ToXmlParams{Version: "1.1"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLost compares three hours with what becomes of them.
func BenchmarkLost(b *testing.B) {
	acts := ride()
	to, err := encoder(b, "tcx").Project(acts, convertDefault)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_ = lost(&acts[0], &to[0])
	}
}
