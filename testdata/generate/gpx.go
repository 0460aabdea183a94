package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// dialect is how a program writes GPX.
type dialect struct {
	head  string // up to the first segment
	point func(s sample) string
	tail  string // after the last segment
}

// gpx returns the workout as the program of the dialect would export it: a
// segment for each stretch between pauses.
func (w workout) gpx(d dialect) []byte {
	var b bytes.Buffer
	head := d.head
	if w.sport == "Biking" {
		head = strings.Replace(head, "<type>running<", "<type>cycling<", 1)
	}
	b.WriteString(head)
	stretch := -1
	for _, l := range w.laps() {
		for _, s := range l.samples {
			if s.stretch != stretch {
				if stretch >= 0 {
					b.WriteString("    </trkseg>\n")
				}
				b.WriteString("    <trkseg>\n")
				stretch = s.stretch
			}
			b.WriteString(d.point(s))
		}
	}
	b.WriteString("    </trkseg>\n" + d.tail)
	return b.Bytes()
}

const (
	tracksEnd = "  </trk>\n</gpx>\n"
	gpx11     = ` xmlns="http://www.topografix.com/GPX/1/1"`
	garminTPX = `http://www.garmin.com/xmlschemas/TrackPointExtension/v1`
)

func milli(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// garmin is what Garmin Connect exports.
var garmin = dialect{
	head: `<?xml version="1.0" encoding="UTF-8"?>
<gpx creator="Garmin Connect" version="1.1"
  xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/11.xsd"
  xmlns:ns3="` + garminTPX + `"` + gpx11 + `
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns2="http://www.garmin.com/xmlschemas/GpxExtensions/v3">
  <metadata>
    <link href="connect.garmin.com">
      <text>Garmin Connect</text>
    </link>
    <time>2019-03-02T09:00:00.000Z</time>
  </metadata>
  <trk>
    <name>Round the hill</name>
    <type>running</type>
`,
	point: func(s sample) string {
		return fmt.Sprintf("      <trkpt lat=\"%.15f\" lon=\"%.15f\">\n        <ele>%.1f</ele>\n        <time>%s</time>\n        <extensions>\n          <ns3:TrackPointExtension>\n            <ns3:atemp>21.0</ns3:atemp>\n            <ns3:hr>%d</ns3:hr>\n            <ns3:cad>%d</ns3:cad>\n          </ns3:TrackPointExtension>\n        </extensions>\n      </trkpt>\n",
			s.lat, s.lon, s.alt, milli(s.at), s.heart, s.cadence)
	},
	tail: tracksEnd,
}

// The dialects below are written after descriptions of what the programs
// export; none is a copy of anybody's workout.

var zepp = dialect{
	head: "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<gpx xsi:schemaLocation=\"http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd\"" + gpx11 +
		` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns3="` + garminTPX + `" xmlns:ns2="http://www.garmin.com/xmlschemas/GpxExtensions/v3" xmlns:ns1="http://www.cluetrust.com/XML/GPXDATA/1/0" creator="Zepp App" version="7.7.5-play"><trk><name><![CDATA[20190302 mi run]]></name>` + "\n",
	point: func(s sample) string {
		return fmt.Sprintf("<trkpt lat=\"%v\" lon=\"%v\"><ele>%v</ele><time>%s</time><extensions><ns3:TrackPointExtension><ns3:hr>%d</ns3:hr></ns3:TrackPointExtension></extensions></trkpt>\n",
			float64(float32(s.lat)), float64(float32(s.lon)), float64(float32(s.alt)), stamp(s.at), s.heart)
	},
	tail: "</trk></gpx>",
}

// exporter is a well-known program that fetches workouts from the Zepp cloud.
var exporter = dialect{
	head: "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\" ?>\n<gpx" + gpx11 + ` xmlns:gpxdata="http://www.cluetrust.com/XML/GPXDATA/1/0" xmlns:gpxtpx="` + garminTPX + `">
	<metadata><time>2019-03-02T09:00:00</time></metadata>
	<trk>
		<name>2019-03-02T09:00:00</name>
		<type>walking</type>
`,
	point: func(s sample) string {
		return fmt.Sprintf("\t\t\t<trkpt lat=\"%.8f\" lon=\"%.8f\"><ele>-20000.0</ele><time>%s</time><extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>%d</gpxtpx:hr></gpxtpx:TrackPointExtension><gpxdata:hr>%d</gpxdata:hr><gpxdata:cadence>%.1f</gpxdata:cadence></extensions></trkpt>\n",
			s.lat, s.lon, strings.TrimSuffix(stamp(s.at), "Z"), s.heart, s.heart, float64(s.cadence))
	},
	tail: "\t</trk>\n</gpx>",
}

var notify = dialect{
	head: `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Notify for Amazfit"` + gpx11 + ` xmlns:gpxtpx="` + garminTPX + `">
<name>Walking</name>
<trk><number>1</number>
`,
	point: func(s sample) string {
		extension := ""
		if s.at.Second()%3 == 0 {
			extension = fmt.Sprintf("\n    <extensions>\n     <gpxtpx:TrackPointExtension>\n      <gpxtpx:hr>%d</gpxtpx:hr>\n     </gpxtpx:TrackPointExtension>\n    </extensions>", s.heart)
		}
		return fmt.Sprintf("<trkpt lat=\"%v\" lon=\"%v\">\n    <ele>%.0f</ele>\n    <time>%s</time>%s\n   </trkpt>\n", s.lat, s.lon, s.alt, stamp(s.at), extension)
	},
	tail: "</trk>\n </gpx>\n\t",
}

// huami is a file that an Amazfit watch wrote itself.
var huami = dialect{
	head: `<?xml version="1.0" encoding="UTF-8"?>
<gpx creator="Huami Amazfit Sports Watch" version="1.1"` + gpx11 + ` xmlns:ns3="` + garminTPX + `">
  <trk>
    <type>trail running</type>
`,
	point: func(s sample) string {
		return fmt.Sprintf("      <trkpt lat=\"%.8f\" lon=\"%.8f\"><ele>%.1f</ele><time>%s</time><extensions><heartrate>%d</heartrate><cadence>%d</cadence><ns3:TrackPointExtension><ns3:hr>%d</ns3:hr></ns3:TrackPointExtension></extensions></trkpt>\n",
			s.lat, s.lon, s.alt, stamp(s.at), s.heart, s.cadence, s.heart)
	},
	tail: tracksEnd,
}

var unBandGPX = dialect{
	head: "\ufeff" + `<?xml version="1.0" encoding="utf-8"?>
<gpx` + gpx11 + ` xmlns:gpxtpx="` + garminTPX + `" creator="unBand - http://unband.nachmore.com/" version="1.1">
  <metadata>
    <name />
    <description>2519000000000000001</description>
    <time>2019-03-02T09:00:00.0000000Z</time>
  </metadata>
  <trk>
    <src>Microsoft Band</src>
`,
	point: func(s sample) string {
		if s.at.Second()%30 == 0 { // start, end and pauses
			s.lat, s.lon = 0, 0
		}
		return fmt.Sprintf("      <trkpt lat=\"%.8f\" lon=\"%.8f\">\n        <ele>%.16f</ele>\n        <time>%s</time>\n        <geoidheight>%.16f</geoidheight>\n        <extensions>\n          <gpxtpx:TrackPointExtension>\n            <gpxtpx:hr>%d</gpxtpx:hr>\n          </gpxtpx:TrackPointExtension>\n        </extensions>\n      </trkpt>\n",
			s.lat, s.lon, s.alt, s.at.UTC().Format("2006-01-02T15:04:05.0000000Z"), s.alt, s.heart)
	},
	tail: tracksEnd,
}

var apple = dialect{
	head: `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Apple Health Export"` + gpx11 + `>
  <metadata>
    <time>2024-01-05T20:10:11Z</time>
  </metadata>
  <trk>
    <name>Route 2019-03-02 9:00am</name>
`,
	point: func(s sample) string {
		return fmt.Sprintf("      <trkpt lon=\"%.6f\" lat=\"%.6f\"><ele>%.6f</ele><time>%s</time><extensions><speed>%.6f</speed><course>123.75</course><hAcc>3.1</hAcc><vAcc>2.2</vAcc></extensions></trkpt>\n",
			s.lon, s.lat, s.alt, stamp(s.at), s.speed)
	},
	tail: tracksEnd,
}

var gadgetbridge = dialect{
	head: `<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<gpx version="1.1" creator="Gadgetbridge 0.81.0"` + gpx11 + ` xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
  <metadata>
    <name>Outdoor run</name>
    <author><name>somebody</name></author>
    <time>2019-03-02T09:20:00Z</time>
  </metadata>
  <trk>
`,
	point: func(s sample) string {
		return fmt.Sprintf("      <trkpt lon=\"%.7f\" lat=\"%.7f\">\n        <ele>%.1f</ele>\n        <time>%s</time>\n        <extensions>\n          <gpxtpx:TrackPointExtension>\n            <gpxtpx:hr>%d</gpxtpx:hr>\n            <gpxtpx:cad>%d</gpxtpx:cad>\n            <gpxtpx:speed>%.2f</gpxtpx:speed>\n          </gpxtpx:TrackPointExtension>\n        </extensions>\n      </trkpt>\n",
			s.lon, s.lat, s.alt, stamp(s.at), s.heart, s.cadence, s.speed)
	},
	tail: tracksEnd,
}

// strava is what Strava gives back.
var strava = dialect{
	head: `<?xml version="1.0" encoding="UTF-8"?>
<gpx creator="StravaGPX iPhone" version="1.1"` + gpx11 + ` xmlns:gpxtpx="` + garminTPX + `">
 <metadata>
  <time>2019-03-02T09:00:00Z</time>
 </metadata>
 <trk>
  <name>Morning Run</name>
  <type>9</type>
`,
	point: func(s sample) string {
		return fmt.Sprintf("   <trkpt lat=\"%.7f\" lon=\"%.7f\">\n    <ele>%.1f</ele>\n    <time>%s</time>\n    <extensions>\n     <power>%d</power>\n     <gpxtpx:TrackPointExtension>\n      <gpxtpx:hr>%d</gpxtpx:hr>\n      <gpxtpx:cad>%d</gpxtpx:cad>\n     </gpxtpx:TrackPointExtension>\n    </extensions>\n   </trkpt>\n",
			s.lat, s.lon, s.alt, stamp(s.at), 200+s.cadence, s.heart, s.cadence)
	},
	tail: tracksEnd,
}

// old is GPX 1.0: no metadata, and a speed that is no extension.
var old = dialect{
	head: `<?xml version="1.0"?>
<gpx version="1.0" creator="GPS logger" xmlns="http://www.topografix.com/GPX/1/0">
<name>A log</name>
<desc>of a walk</desc>
<author>somebody</author>
<time>2019-03-05T00:00:00Z</time>
<bounds minlat="-39" minlon="-13" maxlat="-38" maxlon="-12"/>
<trk>
`,
	point: func(s sample) string {
		return fmt.Sprintf("<trkpt lat=\"%.6f\" lon=\"%.6f\"><ele>%.2f</ele><time>%s</time><course>90.00</course><speed>%.3f</speed><fix>3d</fix><sat>9</sat></trkpt>\n",
			s.lat, s.lon, s.alt, stamp(s.at), s.speed)
	},
	tail: "</trk>\n</gpx>\n",
}

// gpxBundle returns the GPX files of testdata, by name: a short run in the
// dialects, and one of half an hour with a pause.
func gpxBundle(short, run workout) map[string][]byte {
	short.legs, run.every = []leg{{seconds: 30, speed: 2.8}}, 4
	base := string(short.gpx(garmin))
	later := short
	later.start = short.start.Add(26 * time.Hour)
	beside := short
	beside.start, beside.seed = short.start.Add(10*time.Second), 9
	const empty = "    <trkseg>\n    </trkseg>\n"
	track := func(w workout) string {
		_, s, _ := strings.Cut(string(w.gpx(garmin)), "</metadata>\n")
		return strings.TrimSuffix(s, "</gpx>\n")
	}
	cut := func(s, from, to string) string {
		a := strings.Index(s, from)
		b := a + strings.Index(s[a:], to) + len(to)
		return s[:a] + s[b:]
	}
	texts := map[string]string{
		"evening-run": string(run.gpx(gadgetbridge)),

		"dialects/garmin":           base,
		"dialects/zepp":             string(short.gpx(zepp)),
		"dialects/zepp-life":        strings.NewReplacer(`"Zepp App" version="7.7.5-play"`, `"ZeppLife App" version="6.3.5"`, "<extensions>", "<!--", "</extensions>", "-->").Replace(string(short.gpx(zepp))),
		"dialects/amazfit":          strings.Replace(string(short.gpx(zepp)), `"Zepp App" version="7.7.5-play"`, `"Amazfit App" version="4.3.0"`, 1),
		"dialects/zepp-exporter":    string(short.gpx(exporter)),
		"dialects/notify":           string(short.gpx(notify)),
		"dialects/huami":            string(short.gpx(huami)),
		"dialects/unband":           string(short.gpx(unBandGPX)),
		"dialects/apple":            string(short.gpx(apple)),
		"dialects/gadgetbridge":     string(short.gpx(gadgetbridge)),
		"dialects/strava":           string(short.gpx(strava)),
		"dialects/gpx-1.0":          string(short.gpx(old)),
		"dialects/no-namespace":     strings.NewReplacer(gpx11, "", "ns3:", "", "xmlns:ns3", "xmlns:ns3").Replace(base),
		"dialects/prefixed":         gpxPrefixed(base),
		"dialects/offset":           strings.ReplaceAll(strings.ReplaceAll(base, "T09:0", "T11:0"), ".000Z", "+02:00"),
		"dialects/offset-fraction":  strings.ReplaceAll(strings.ReplaceAll(base, "T09:0", "T11:0"), ".000Z", ".500+02:00"),
		"dialects/lower-case-z":     strings.ReplaceAll(base, ".000Z", "z"),
		"dialects/no-zone":          strings.ReplaceAll(base, ".000Z", ""),
		"dialects/half-seconds":     strings.ReplaceAll(base, ".000Z", ".500Z"),
		"dialects/decimal-commas":   gpxCommas(base),
		"dialects/leading-blanks":   strings.Repeat(" ", 10) + base,
		"dialects/sport-unknown":    strings.Replace(base, ">running<", ">flying<", 1),
		"dialects/zero-position":    replaceFirst(replaceFirst(base, `lat="`, `"`, "0.0"), `lon="`, `"`, "0"),
		"dialects/no-latitude":      cut(base, `lat="`, `" `),
		"dialects/nan":              replaceFirst(base, `lat="`, `"`, "NaN"),
		"dialects/far-north":        replaceFirst(base, `lat="`, `"`, "91.5"),
		"dialects/heart-zero":       replaceFirst(base, "<ns3:hr>", "</ns3:hr>", "0"),
		"dialects/empty-elevation":  replaceFirst(base, "<ele>", "</ele>", ""),
		"dialects/backward":         swapTimes(base, "09:00:20.000Z", "09:00:21.000Z"),
		"dialects/double-time":      strings.Replace(base, "09:00:21.000Z", "09:00:20.000Z", 1),
		"dialects/one-time-missing": cut(base, "        <time>2019-03-02T09:00:20", "</time>\n"),
		"dialects/points-only":      strings.NewReplacer("    <trkseg>\n", "", "    </trkseg>\n", "").Replace(base),
		"dialects/two-tracks":       strings.Replace(base, "</gpx>", track(later)+"</gpx>", 1),
		"dialects/overlap":          strings.Replace(base, "</gpx>", track(beside)+"</gpx>", 1),
		"dialects/empty-track":      strings.Replace(base, "</gpx>", "  <trk>\n    <name>indoors</name>\n"+empty+"  </trk>\n</gpx>", 1),
		"dialects/beside":           strings.Replace(base, "  <trk>\n", "  <wpt lat=\"-38.5\" lon=\"-12.2\"><name>Hut</name></wpt>\n  <wpt lat=\"-38.4\" lon=\"-12.2\"/>\n  <rte><rtept lat=\"-38.5\" lon=\"-12.2\"/></rte>\n  <trk>\n", 1),

		"broken/truncated":      base[:len(base)*2/3],
		"broken/mismatched":     strings.Replace(base, "</ele>", "</ale>", 1),
		"broken/late-mismatch":  base[:len(base)/2] + strings.Replace(base[len(base)/2:], "</ele>", "</ale>", 1),
		"broken/doctype":        strings.Replace(base, "<gpx", "<!DOCTYPE gpx [<!ENTITY a \"aaaa\">]>\n<gpx", 1),
		"broken/no-times":       strings.NewReplacer("<time>", "<tyme>", "</time>", "</tyme>").Replace(base),
		"broken/one-point":      oneTrackpoint(base),
		"broken/empty-track":    exporter.head + empty + exporter.tail,
		"broken/routes":         "<gpx><rte><rtept lat=\"1\" lon=\"2\"><time>2020-01-01T00:00:00Z</time></rtept></rte><wpt lat=\"1\" lon=\"2\"/><wpt lat=\"3\" lon=\"4\"/></gpx>\n",
		"broken/nothing":        "<?xml version=\"1.0\"?>\n<gpx creator=\"StravaGPX\" version=\"1.1\"" + gpx11 + ">\n <metadata>\n  <time>2013-04-24T08:01:32Z</time>\n </metadata>\n</gpx>\n",
		"broken/kml":            "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><Placemark/></Document></kml>\n",
		"broken/not-a-time":     strings.Replace(base, "<time>2019-03-02T09:00:20.000Z", "<time>yesterday", 1),
		"broken/year-2107":      strings.ReplaceAll(base, "2019-03-02", "2107-03-02"),
		"broken/hostile-name":   strings.Replace(base, "Round the hill", "Watch \u202egnp.exe &lt;script&gt;alert(1)&lt;/script&gt; =1+1", 1),
		"broken/empty":          "",
		"broken/step-distances": stepDistances(base),
	}
	texts["dialects/zepp-float"] = strings.NewReplacer("</gpxtpx:hr>", ".0</gpxtpx:hr>", "</gpxdata:hr>", ".0</gpxdata:hr>").Replace(texts["dialects/zepp-exporter"])
	files := map[string][]byte{
		"gpx/dialects/utf16le.gpx": utf16le(strings.Replace(base, "UTF-8", "UTF-16", 1)),
		"gpx/dialects/latin1.gpx":  []byte(strings.NewReplacer("UTF-8", "ISO-8859-1", "Round the hill", "Um den H\xfcgel").Replace(base)),
	}
	for name, s := range texts {
		files["gpx/"+name+".gpx"] = []byte(s)
	}
	return files
}

// gpxPrefixed puts every element of the schema under a prefix.
func gpxPrefixed(s string) string {
	return strings.NewReplacer("<?", "<?", "</ns3:", "</ns3:", "<ns3:", "<ns3:", "</", "</g:", "<", "<g:", gpx11, strings.Replace(gpx11, "xmlns", "xmlns:g", 1)).Replace(s)
}

// gpxCommas writes positions and elevations the German way.
func gpxCommas(s string) string {
	for _, mark := range []string{` lat="`, ` lon="`, "<ele>"} {
		parts := strings.Split(s, mark)
		for i := 1; i < len(parts); i++ {
			parts[i] = strings.Replace(parts[i], ".", ",", 1)
		}
		s = strings.Join(parts, mark)
	}
	return s
}

func oneTrackpoint(s string) string {
	a := strings.Index(s, "</trkpt>") + len("</trkpt>\n")
	b := strings.Index(s, "    </trkseg>")
	return s[:a] + s[b:]
}

// stepDistances adds to each trackpoint how far it is from the one before, where
// the distance from the start should be.
func stepDistances(s string) string {
	parts := strings.Split(s, "<extensions>")
	for i := 1; i < len(parts); i++ {
		parts[i] = fmt.Sprintf("\n          <distance>%.1f</distance>", 2.5+float64(i%2)) + parts[i]
	}
	return strings.Join(parts, "<extensions>")
}
