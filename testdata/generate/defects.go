package main

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defects returns the files of testdata/defects: each has one defect that a check
// finds, and that can be mended or not.
func defects() map[string][]byte {
	jog := workout{
		sport: "Running", device: "Forerunner 310XT", seed: 9, calories: 30, start: time.Date(2019, 3, 2, 9, 0, 0, 0, time.UTC),
		legs: []leg{{seconds: 120, speed: 2.8}},
	}
	gpx, tcx := string(jog.gpx(garmin)), string(jog.tcx())
	files := map[string][]byte{"sound.gpx": []byte(gpx), "sound.tcx": []byte(tcx), "sound.fit": fit(jog.fitRecords(), fitParts{})}
	at := func(second int) string { return stamp(jog.start.Add(time.Duration(second) * time.Second)) }
	each := func(s, from, to string, change func(i int, v string) string) string {
		parts := strings.Split(s, from)
		for i := 1; i < len(parts); i++ {
			k := strings.Index(parts[i], to)
			parts[i] = change(i-1, parts[i][:k]) + parts[i][k:]
		}
		return strings.Join(parts, from)
	}
	only := func(n int, v string) func(int, string) string {
		return func(i int, was string) string {
			if i == n {
				return v
			}
			return was
		}
	}
	cadence := func(_ int, v string) string {
		n, err := strconv.Atoi(v)
		if err != nil {
			panic(err) // the workout above has whole cadences
		}
		return strconv.Itoa(2*n + 20)
	}
	for name, s := range map[string]string{
		"ampersand.gpx":         strings.Replace(gpx, "Round the hill", "Up & down", 1),
		"foreign-bytes.gpx":     strings.Replace(gpx, "Round the hill", "Um den H\xfcgel", 1),
		"control-character.gpx": strings.Replace(gpx, "Round the hill", "Round\x01 the hill", 1),
		"behind-the-end.gpx":    gpx + "<html>502 Bad Gateway</html>\n",
		"damaged-point.gpx":     strings.Replace(gpx, "</ele>\n        <time>2019-03-02T09:00:50", "</ele\n        <time>2019-03-02T09:00:50", 1),
		"cut.gpx":               gpx[:len(gpx)*2/3],
		"cut.tcx":               tcx[:len(tcx)*2/3],
		"spike.gpx":             each(gpx, `lat="`, `"`, only(60, "-38.6")),
		"altitude-spike.gpx":    each(gpx, "<ele>", "</ele>", only(60, "846.8")),
		"heart-255.gpx":         each(gpx, "<ns3:hr>", "</ns3:hr>", only(60, "255")),
		"heart-fast.gpx":        each(gpx, "<ns3:hr>", "</ns3:hr>", only(60, "244")),
		"heart-tag.gpx":         strings.NewReplacer("ns3:hr", "ns9:heart_rate", "xmlns:ns3=", `xmlns:ns9="http://example.org/heart" xmlns:ns3=`).Replace(gpx),
		"both-legs.gpx":         each(gpx, "<ns3:cad>", "</ns3:cad>", cadence),
		"rolled-over.gpx":       strings.ReplaceAll(gpx, "2019-03-02", "1999-07-17"),
		"stray-time.gpx":        strings.Replace(gpx, "<time>2019-03-02T09:00:30", "<time>2019-03-02T09:01:50", 1),
		"swapped.gpx":           swapTimes(gpx, "09:00:30.000Z", "09:00:31.000Z"),
		"unreadable-times.gpx":  strings.NewReplacer("<time>2019-03-02T09:00:30.000Z", "<time>soon", "<time>2019-03-02T09:00:31.000Z", "<time>later").Replace(gpx),
		"no-times.gpx":          withoutTimes(gpx),
		"future.tcx":            strings.ReplaceAll(tcx, "2019-03-02", "2091-03-02"),
		"both-legs.tcx":         each(tcx, "<ns3:RunCadence>", "</ns3:RunCadence>", cadence),
		"heart-255.tcx":         each(tcx, "<HeartRateBpm><Value>", "</Value>", only(60, "255")),
		"claims.tcx":            strings.Replace(tcx, "<DistanceMeters>", "<DistanceMeters>9", 1),
		"barometer.tcx":         strings.Replace(tcx, "Forerunner 310XT", "Microsoft Band 2", 1),
		"swapped.tcx":           swapTimes(tcx, at(30), at(31)),
		"calories.tcx":          strings.Replace(strings.Replace(tcx, "        <Calories>30</Calories>\n", "", 1), "      <Creator", "      <Calories>30</Calories>\n      <Creator", 1),
	} {
		files[name] = []byte(s)
	}
	files["standstill.gpx"] = []byte(each(gpx, "</ele>\n        <time>", "</time>", func(int, string) string { return "2019-03-02T09:00:00.000Z" }))
	files["zero-position.tcx"] = []byte(each(each(tcx, "<LatitudeDegrees>", "<", only(0, "0")), "<LongitudeDegrees>", "<", only(0, "0.0")))

	recs := jog.fitRecords()
	change := func(do func(r []rawRecord)) []byte {
		c := slices.Clone(recs)
		do(c)
		return fit(c, fitParts{})
	}
	sound := files["sound.fit"]
	size := func(n uint32) []byte {
		b := slices.Clone(sound)
		binary.LittleEndian.PutUint32(b[4:], n)
		return b
	}
	flipped := slices.Clone(sound)
	flipped[len(flipped)/2] ^= 4
	hole := fit(recs, fitParts{redefine: 40})
	middle := len(hole) / 2
	hole = append(slices.Clone(hole[:middle]), append([]byte("\x0f\x0f~~ an SD card's block of something else ~~"), hole[middle+70:]...)...)
	for name, b := range map[string][]byte{
		"cut.fit":            sound[:len(sound)-400],
		"no-checksum.fit":    sound[:len(sound)-2],
		"flipped.fit":        flipped,
		"size-zero.fit":      size(0),
		"size-huge.fit":      size(4_000_000_000),
		"hole.fit":           hole,
		"in-front.fit":       append([]byte("HTTP/1.1 200 OK\r\n\r\n"), sound...),
		"behind.fit":         append(slices.Clone(sound), "left over"...),
		"header-only.fit":    sound[:14],
		"no-session.fit":     fit(recs, fitParts{noSession: true}),
		"zero-position.fit":  change(func(r []rawRecord) { r[0].lat, r[0].lon, r[1].lat, r[1].lon = 0, 0, 0, 0 }),
		"heart-zero.fit":     change(func(r []rawRecord) { r[7].heart, r[8].heart = 0, 0 }),
		"heart-fast.fit":     change(func(r []rawRecord) { r[7].heart = 250 }),
		"spike.fit":          change(func(r []rawRecord) { r[60].lat += semicircles(.1) }),
		"altitude-spike.fit": change(func(r []rawRecord) { r[60].altitude += 5 * 800 }),
		"swapped.fit":        change(func(r []rawRecord) { r[30], r[31] = r[31], r[30] }),
		"both-legs.fit": change(func(r []rawRecord) {
			for i := range r {
				r[i].cadence = r[i].cadence*2 + 20
			}
		}),
		"rolled-over.fit": change(func(r []rawRecord) {
			for i := range r {
				r[i].time -= 1024 * 7 * 86400
			}
		}),
		"half-position.fit": change(func(r []rawRecord) { r[9].lon = math.MaxInt32 }),
		"no-time.fit":       change(func(r []rawRecord) { r[20].time, r[21].time = math.MaxUint32, math.MaxUint32 }),
		"double.fit":        change(func(r []rawRecord) { r[31].time = r[30].time }),
		"stands-far.fit":    change(func(r []rawRecord) { r[40].time -= 90 }),
		"course.fit":        fit(recs, fitParts{course: true}),
		"claims.fit":        fit(recs, fitParts{claim: 900_000}),
		"sport-missing.fit": fit(recs, fitParts{noSport: true}),
		"switched-on.fit": change(func(r []rawRecord) {
			for i := range r {
				r[i].time = uint32(5000 + i)
			}
		}),
	} {
		files[name] = b
	}
	out := map[string][]byte{}
	for name, b := range files {
		out["defects/"+name] = b
	}
	return out
}

// withoutTimes takes the times of trackpoints out.
func withoutTimes(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, "        <time>") {
			b.WriteString(line)
		}
	}
	return b.String()
}
