package gpx_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	gpxgo "github.com/tkrajina/gpxgo/gpx"

	"github.com/bandport/bandport/pkg/gpx"
)

// ride returns a made-up ride of about the given size, as the generator of the
// test data writes it.
func ride(tb testing.TB, megabytes string) []byte {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "ride.gpx")
	cmd := exec.CommandContext(tb.Context(), "go", "run", "../../testdata/generate", "-out", name, "-ride", megabytes, "-format", "gpx")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("generating a ride: %v\n%s", err, out)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// The structs that anybody would write who reads GPX with encoding/xml.
type xmlGPX struct {
	Creator string `xml:"creator,attr"`
	Tracks  []struct {
		Name     string `xml:"name"`
		Type     string `xml:"type"`
		Segments []struct {
			Points []struct {
				Lat         *float64 `xml:"lat,attr"`
				Lon         *float64 `xml:"lon,attr"`
				Elevation   *float64 `xml:"ele"`
				Time        string   `xml:"time"`
				HeartRate   *float64 `xml:"extensions>TrackPointExtension>hr"`
				Cadence     *float64 `xml:"extensions>TrackPointExtension>cad"`
				Temperature *float64 `xml:"extensions>TrackPointExtension>atemp"`
			} `xml:"trkpt"`
		} `xml:"trkseg"`
	} `xml:"trk"`
}

// BenchmarkDecode reads a ride of 4 MB with this package, with gpxgo and with
// encoding/xml, in one run, so that the ratios mean something on any machine.
func BenchmarkDecode(b *testing.B) {
	data := ride(b, "4")
	b.Run("reader=bandport", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			f, err := gpx.Decode(context.Background(), bytes.NewReader(data), gpx.Options{})
			if err != nil || len(f.Activities[0].Records) < 9000 {
				b.Fatal(err, len(f.Activities))
			}
		}
	})
	b.Run("reader=gpxgo", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			g, err := gpxgo.ParseBytes(data)
			if err != nil || g.GetTrackPointsNo() < 9000 {
				b.Fatal(err)
			}
		}
	})
	b.Run("reader=encoding-xml-structs", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			var doc xmlGPX
			if err := xml.Unmarshal(data, &doc); err != nil || len(doc.Tracks[0].Segments[0].Points) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("reader=encoding-xml-tokens", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			d := xml.NewDecoder(bytes.NewReader(data))
			for {
				if _, err := d.Token(); err != nil {
					break
				}
			}
		}
	})
}
