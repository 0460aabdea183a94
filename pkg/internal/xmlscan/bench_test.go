package xmlscan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// workout returns a TCX document of n trackpoints in the layout of Garmin's
// export, about 600 bytes each.
func workout(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase
  xsi:schemaLocation="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2 http://www.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd"
  xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2"
  xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Activities>
    <Activity Sport="Biking">
      <Id>2015-03-12T18:47:20.000Z</Id>
      <Lap StartTime="2015-03-12T18:47:20.000Z">
        <Notes>Über die Höhe &amp; zurück</Notes>
        <Track>
`)
	start := time.Date(2015, 3, 12, 18, 47, 20, 0, time.UTC)
	for i := range n {
		fmt.Fprintf(&b, `          <Trackpoint>
            <Time>%s</Time>
            <Position>
              <LatitudeDegrees>%.14f</LatitudeDegrees>
              <LongitudeDegrees>%.15f</LongitudeDegrees>
            </Position>
            <AltitudeMeters>%.1f</AltitudeMeters>
            <DistanceMeters>%.2f</DistanceMeters>
            <HeartRateBpm>
              <Value>%d</Value>
            </HeartRateBpm>
            <Cadence>%d</Cadence>
            <Extensions>
              <ns3:TPX>
                <ns3:Speed>%.3f</ns3:Speed>
                <ns3:Watts>%d</ns3:Watts>
              </ns3:TPX>
            </Extensions>
          </Trackpoint>
`, start.Add(time.Duration(i)*time.Second).Format("2006-01-02T15:04:05.000Z"),
			48.1+float64(i)*1e-5, 11.5+float64(i)*2e-5, 500+float64(i%700)/10, float64(i)*8.25,
			120+i%60, 80+i%15, 5+float64(i%80)/10, 180+i%200)
	}
	b.WriteString(`        </Track>
      </Lap>
    </Activity>
  </Activities>
</TrainingCenterDatabase>
`)
	return b.Bytes()
}

// bigWorkout is about 8 MB.
var bigWorkout = sync.OnceValue(func() []byte { return workout(10700) })

// BenchmarkTokens reads every token of the same document with each reader.
// "scanner-leaf" is how a codec reads: the content of simple elements at once.
func BenchmarkTokens(b *testing.B) {
	doc := bigWorkout()
	run := func(name string, read func(r io.Reader) error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if err := read(bytes.NewReader(doc)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	s := New(strings.NewReader(""), Limits{})
	run("scanner", func(r io.Reader) error {
		s.Reset(r)
		for {
			k, err := s.Next()
			if k == EOF {
				return err
			}
		}
	})
	run("scanner-leaf", func(r io.Reader) error {
		s.Reset(r)
		for {
			k, err := s.Next()
			if k == EOF {
				return err
			}
			if k != Start {
				continue
			}
			switch string(s.Name()) {
			case "Time", "LatitudeDegrees", "LongitudeDegrees", "AltitudeMeters", "DistanceMeters",
				"Value", "Cadence", "Speed", "Watts":
				if _, err := s.Leaf(); err != nil {
					return err
				}
			}
		}
	})
	run("encoding-xml-Token", func(r io.Reader) error {
		d := xml.NewDecoder(r)
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
	run("encoding-xml-RawToken", func(r io.Reader) error {
		d := xml.NewDecoder(r)
		for {
			if _, err := d.RawToken(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
}
