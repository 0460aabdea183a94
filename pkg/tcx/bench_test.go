package tcx_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bandport/bandport/pkg/tcx"
)

// ride returns a made-up ride of about the given size, as the generator of the
// test data writes it.
func ride(tb testing.TB, megabytes string) []byte {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "ride.tcx")
	cmd := exec.CommandContext(tb.Context(), "go", "run", "../../testdata/generate", "-out", name, "-ride", megabytes)
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("generating a ride: %v\n%s", err, out)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// The structs that anybody would write who reads TCX with encoding/xml.
type xmlDatabase struct {
	Activities []struct {
		Sport string `xml:"Sport,attr"`
		Laps  []struct {
			StartTime        string  `xml:"StartTime,attr"`
			TotalTimeSeconds float64 `xml:"TotalTimeSeconds"`
			DistanceMeters   float64 `xml:"DistanceMeters"`
			Calories         float64 `xml:"Calories"`
			Points           []struct {
				Time      string   `xml:"Time"`
				Lat       *float64 `xml:"Position>LatitudeDegrees"`
				Lon       *float64 `xml:"Position>LongitudeDegrees"`
				Altitude  *float64 `xml:"AltitudeMeters"`
				Distance  *float64 `xml:"DistanceMeters"`
				HeartRate *float64 `xml:"HeartRateBpm>Value"`
				Cadence   *float64 `xml:"Cadence"`
				Speed     *float64 `xml:"Extensions>TPX>Speed"`
				Watts     *float64 `xml:"Extensions>TPX>Watts"`
			} `xml:"Track>Trackpoint"`
		} `xml:"Lap"`
	} `xml:"Activities>Activity"`
}

// BenchmarkDecode reads a ride of 7.9 MB with this package and with
// encoding/xml, in one run, so that the ratio means something on any machine.
func BenchmarkDecode(b *testing.B) {
	data := ride(b, "7.9")
	b.Run("reader=bandport", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			f, err := tcx.Decode(context.Background(), bytes.NewReader(data), tcx.Options{})
			if err != nil || len(f.Activities[0].Records) < 10000 {
				b.Fatal(err, len(f.Activities))
			}
		}
	})
	b.Run("reader=encoding-xml-structs", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			var doc xmlDatabase
			if err := xml.Unmarshal(data, &doc); err != nil || len(doc.Activities[0].Laps[0].Points) == 0 {
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
