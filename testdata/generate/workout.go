package main

import (
	"bytes"
	"fmt"
	"math"
	"time"
)

// leg is a stretch of a workout at one speed. A paused leg leaves no
// trackpoints and starts a new track; a new lap starts with lap.
type leg struct {
	seconds int
	speed   float64 // m/s
	paused  bool
	lap     bool
}

// workout is a made-up recording: somebody on a ring road around an invented
// hill in the South Atlantic.
type workout struct {
	sport, device string
	start         time.Time
	seed          uint32
	legs          []leg
	calories      int     // in all, as the device says
	factor        float64 // device distance over true distance; 0: 1
	watts         bool
	indoor        bool
	every         int  // seconds between trackpoints; 0: 1
	pretty        bool // one element a line, as Garmin writes it
}

const (
	homeLat, homeLon = -38.5, -12.25 // open sea: nobody lives there
	ring             = 900.0         // m, radius of the ring road
	degree           = 111195.0      // m
)

// noise is a small linear congruential generator: the same on every machine
// and in every Go release.
type noise uint32

func (n *noise) next() float64 { // −1 … 1
	*n = *n*1664525 + 1013904223
	return float64(*n>>8)/float64(1<<23) - 1
}

// lap is a lap as the device sums it up.
type lapData struct {
	start    time.Time
	seconds  float64
	metres   float64
	maxSpeed float64
	points   int
	heart    int // their sum
	maxHeart int
	body     bytes.Buffer
	samples  []sample
}

// sample is a trackpoint. Those with another stretch lie beyond a pause.
type sample struct {
	at             time.Time
	lat, lon, alt  float64
	speed, metres  float64
	heart, cadence int
	watts          int
	stretch        int
}

func (w workout) laps() []*lapData {
	factor := w.factor
	if factor == 0 {
		factor = 1
	}
	n := noise(w.seed)
	at, d, hr := w.start, 0.0, 96.0
	stretch := 0
	var laps []*lapData
	var cur *lapData
	begin := func() {
		cur = &lapData{start: at}
		cur.body.WriteString("        <Track>\n")
		laps = append(laps, cur)
	}
	point := func(v float64) {
		angle := d / ring
		lat := homeLat + ring*math.Sin(angle)/degree + n.next()*4e-6
		lon := homeLon + ring*(1-math.Cos(angle))/degree/math.Cos(homeLat*math.Pi/180) + n.next()*4e-6
		alt := 40 + 14*math.Sin(2*angle) + 6*math.Sin(5*angle+1)
		hr += (120+11*v-hr)/40 + n.next()*.8
		heart := int(math.Round(hr))
		cur.points++
		cur.heart += heart
		cur.maxHeart = max(cur.maxHeart, heart)
		cadence := 0
		if v > 0.5 {
			cadence = int(74 + 4*v + n.next()*2)
		}
		power := 0
		if w.watts {
			power = int(math.Max(0, 6*v+1.2*v*v+n.next()*12))
		}
		cur.samples = append(cur.samples, sample{at, lat, lon, alt, v, d * factor, heart, cadence, power, stretch})
		b := new(bytes.Buffer)
		fmt.Fprintf(b, "          <Trackpoint>\n            <Time>%s</Time>\n", stamp(at))
		if !w.indoor {
			fmt.Fprintf(b, "            <Position>\n              <LatitudeDegrees>%.7f</LatitudeDegrees>\n              <LongitudeDegrees>%.7f</LongitudeDegrees>\n            </Position>\n", lat, lon)
			fmt.Fprintf(b, "            <AltitudeMeters>%.1f</AltitudeMeters>\n", alt)
		}
		fmt.Fprintf(b, "            <DistanceMeters>%.2f</DistanceMeters>\n", d*factor)
		fmt.Fprintf(b, "            <HeartRateBpm>\n              <Value>%d</Value>\n            </HeartRateBpm>\n", heart)
		if w.watts {
			fmt.Fprintf(b, "            <Cadence>%d</Cadence>\n", cadence)
			fmt.Fprintf(b, "            <Extensions>\n              <ns3:TPX>\n                <ns3:Speed>%.3f</ns3:Speed>\n                <ns3:Watts>%d</ns3:Watts>\n              </ns3:TPX>\n            </Extensions>\n",
				v, power)
		} else {
			fmt.Fprintf(b, "            <Extensions>\n              <ns3:TPX>\n                <ns3:Speed>%.3f</ns3:Speed>\n                <ns3:RunCadence>%d</ns3:RunCadence>\n              </ns3:TPX>\n            </Extensions>\n", v, cadence)
		}
		b.WriteString("          </Trackpoint>\n")
		if w.pretty {
			cur.body.Write(b.Bytes())
			return
		}
		cur.body.WriteString("          ")
		for line := range bytes.Lines(b.Bytes()) {
			cur.body.Write(bytes.TrimSpace(line))
		}
		cur.body.WriteByte('\n')
	}
	begin()
	point(0)
	for _, l := range w.legs {
		if l.paused {
			at = at.Add(time.Duration(l.seconds) * time.Second)
			stretch++
			cur.body.WriteString("        </Track>\n        <Track>\n")
			point(0)
			continue
		}
		if l.lap {
			cur.body.WriteString("        </Track>\n")
			begin()
		}
		for sec := 1; sec <= l.seconds; sec++ {
			v := l.speed
			if v > 0.5 {
				v += n.next() * .25
			}
			at = at.Add(time.Second)
			d += v
			cur.seconds++
			cur.metres += v * factor
			cur.maxSpeed = math.Max(cur.maxSpeed, v)
			if sec%max(w.every, 1) == 0 || sec == l.seconds {
				point(v)
			}
		}
	}
	cur.body.WriteString("        </Track>\n")
	return laps
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

const header = `<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Activities>
`

// activity returns the Activity element.
func (w workout) activity() []byte {
	laps := w.laps()
	var b bytes.Buffer
	fmt.Fprintf(&b, "    <Activity Sport=%q>\n      <Id>%s</Id>\n", w.sport, stamp(w.start))
	left, total := w.calories, 0.0
	for _, l := range laps {
		total += l.seconds
	}
	for i, l := range laps {
		kcal := int(float64(w.calories) * l.seconds / total)
		if i == len(laps)-1 {
			kcal = left
		}
		left -= kcal
		fmt.Fprintf(&b, "      <Lap StartTime=%q>\n        <TotalTimeSeconds>%.1f</TotalTimeSeconds>\n        <DistanceMeters>%.2f</DistanceMeters>\n        <MaximumSpeed>%.3f</MaximumSpeed>\n        <Calories>%d</Calories>\n",
			stamp(l.start), l.seconds, l.metres, l.maxSpeed, kcal)
		fmt.Fprintf(&b, "        <AverageHeartRateBpm>\n          <Value>%d</Value>\n        </AverageHeartRateBpm>\n        <MaximumHeartRateBpm>\n          <Value>%d</Value>\n        </MaximumHeartRateBpm>\n        <Intensity>Active</Intensity>\n        <TriggerMethod>Manual</TriggerMethod>\n",
			l.heart/l.points, l.maxHeart)
		b.Write(l.body.Bytes())
		b.WriteString("      </Lap>\n")
	}
	fmt.Fprintf(&b, "      <Creator xsi:type=\"Device_t\">\n        <Name>%s</Name>\n        <UnitId>0</UnitId>\n        <ProductID>0</ProductID>\n        <Version>\n          <VersionMajor>3</VersionMajor>\n          <VersionMinor>20</VersionMinor>\n          <BuildMajor>0</BuildMajor>\n          <BuildMinor>0</BuildMinor>\n        </Version>\n      </Creator>\n    </Activity>\n", w.device)
	return b.Bytes()
}

// tcx returns the whole document.
func (w workout) tcx() []byte { return document(w) }

func document(ws ...workout) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	for _, w := range ws {
		b.Write(w.activity())
	}
	b.WriteString("  </Activities>\n</TrainingCenterDatabase>\n")
	return b.Bytes()
}

// longRide returns a ride whose document has about the given size, at so many
// bytes a trackpoint.
func longRide(size, perPoint int) workout {
	w := workout{
		sport: "Biking", device: "Edge 520", watts: true, seed: 7, calories: 1450, pretty: true,
		start: time.Date(2016, 7, 10, 7, 0, 0, 0, time.UTC),
	}
	left := max(size/perPoint, 10)
	for i := 0; left > 0; i++ {
		n := min(left, 600)
		w.legs = append(w.legs, leg{seconds: n, speed: 7.2 + float64(i%5)/2, lap: i > 0})
		left -= n
	}
	return w
}
