package convert_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/convert"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/load"
)

var registry = convert.Default()

func encoder(tb testing.TB, format string) convert.Encoder {
	tb.Helper()
	e, err := registry.Lookup(format)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// alike compares workouts in all but what was found in them, and where.
var alike = cmp.Options{
	cmp.AllowUnexported(activity.Value{}),
	cmpopts.IgnoreFields(activity.Activity{}, "Findings", "Places"),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b *time.Location) bool {
		if a == nil || b == nil {
			return a == b
		}
		at := time.Unix(1e9, 0)
		_, x := at.In(a).Zone()
		_, y := at.In(b).Zone()
		return x == y
	}),
}

// difference is cmp.Diff with a short cut: where nothing differs, which is nearly
// always, reflection that does not keep a record is a hundred times as fast.
func difference(a, b []activity.Activity) string {
	bare := func(acts []activity.Activity) []activity.Activity {
		out := make([]activity.Activity, len(acts))
		for i := range acts {
			out[i] = acts[i]
			out[i].Findings, out[i].Places = nil, nil
		}
		return out
	}
	if reflect.DeepEqual(bare(a), bare(b)) {
		return ""
	}
	return cmp.Diff(a, b, alike)
}

// written encodes workouts and reads them again.
func written(t *testing.T, format string, acts []activity.Activity, o convert.Options) ([]byte, []activity.Activity) {
	t.Helper()
	var b bytes.Buffer
	if err := encoder(t, format).Encode(&b, acts, o); err != nil {
		t.Fatalf("writing %s: %v", format, err)
	}
	f, err := load.Decode(t.Context(), bytes.NewReader(b.Bytes()), load.Default(), load.Options{})
	if err != nil {
		t.Fatalf("reading %s that was written: %v\n%.2000s", format, err, b.Bytes())
	}
	return b.Bytes(), f.Activities
}

// holds checks the laws for one file: what is read again is what was projected,
// the losses are the difference, and a second time nothing changes any more.
func holds(t *testing.T, acts []activity.Activity, format string, o convert.Options) {
	t.Helper()
	e := encoder(t, format)
	before := cloned(acts)
	want, err := e.Project(acts, o)
	if diff := difference(before, acts); diff != "" {
		t.Fatalf("projecting changed what it was given:\n%s", diff)
	}
	if err != nil {
		if code := finding.CodeOf(err); code != finding.ConvertEmpty && code != finding.ConvertTogether {
			t.Errorf("projecting onto %s: %v", format, err)
		}
		var b bytes.Buffer
		if again := e.Encode(&b, acts, o); again == nil || b.Len() > 0 {
			t.Errorf("%s cannot be projected (%v), but is written: %d bytes", format, err, b.Len())
		}
		return
	}
	first, got := written(t, format, acts, o)
	if diff := difference(want, got); diff != "" {
		t.Fatalf("decode(encode(a)) is not project(a) for %s (-project +decode):\n%s", format, diff)
	}
	for i := range acts {
		lossesAreTheDifference(t, &acts[i], &want[i])
	}
	again, err := e.Project(got, o)
	if err != nil {
		t.Fatalf("projecting what was read onto %s: %v", format, err)
	}
	if diff := difference(got, again); diff != "" {
		t.Errorf("a second projection onto %s changes something:\n%s", format, diff)
	}
	for i := range got {
		if fs := convert.Lost(&got[i], &again[i]); len(fs) > 0 {
			t.Errorf("a second conversion to %s loses %v", format, fs)
		}
	}
	second, _ := written(t, format, got, o)
	third, _ := written(t, format, again, o)
	if !bytes.Equal(second, third) {
		t.Errorf("writing %s twice gives two files", format)
	}
	_ = first
}

func cloned(acts []activity.Activity) []activity.Activity {
	out := make([]activity.Activity, len(acts))
	for i, a := range acts {
		a.Records = append([]activity.Record(nil), a.Records...)
		a.Laps = append([]activity.Lap(nil), a.Laps...)
		a.Pauses = append([]activity.Pause(nil), a.Pauses...)
		a.Tracks = append([]activity.Span(nil), a.Tracks...)
		out[i] = a
	}
	return out
}

// lossesAreTheDifference counts the losses of the points' fields in another way
// than the program does: by how many points carry each before and after.
func lossesAreTheDifference(t *testing.T, a, b *activity.Activity) {
	t.Helper()
	counts := map[finding.Code]int{}
	for _, f := range convert.Lost(a, b) {
		counts[f.Code] = f.Count
	}
	if got, want := counts[finding.LostPoints], len(a.Records)-len(b.Records); got != want {
		t.Errorf("%d points are missing, and %d are told of", want, got)
	}
	if counts[finding.LostPoints] == 0 {
		before, after := a.Sensors(), b.Sensors()
		for name, code := range map[string]finding.Code{
			"position": finding.LostPosition, "altitude": finding.LostAltitude, "distance": finding.LostDistance,
			"speed": finding.LostSpeed, "heartrate": finding.LostHeartRate, "cadence": finding.LostCadence,
			"power": finding.LostPower, "temperature": finding.LostTemperature,
		} {
			if got, want := counts[code], before[name]-after[name]; got != want {
				t.Errorf("%s: %d values are missing, and %d are told of", name, want, got)
			}
		}
		changed := 0
		for i := range a.Records {
			if a.Records[i].Time != b.Records[i].Time {
				changed++
			}
		}
		if counts[finding.LostTime] != changed {
			t.Errorf("%d times changed, and %d are told of", changed, counts[finding.LostTime])
		}
	}
	if a.Sport != "" && (counts[finding.LostSport] > 0) != (a.Sport != b.Sport) {
		t.Errorf("%s became %s, told %d times", a.Sport, b.Sport, counts[finding.LostSport])
	}
	if len(b.Laps) == 0 && counts[finding.LostLaps] != len(a.Laps) {
		t.Errorf("%d laps are missing, and %d are told of", len(a.Laps), counts[finding.LostLaps])
	}
	if len(b.Streams) == 0 {
		n := 0
		for _, s := range a.Streams {
			for _, v := range s.Values {
				if v.Known() {
					n++
				}
			}
		}
		if counts[finding.LostStreams] != n {
			t.Errorf("%d values of streams are missing, and %d are told of", n, counts[finding.LostStreams])
		}
	}
	if len(b.Pauses) == 0 && len(a.Pauses) > counts[finding.LostPauses] {
		t.Errorf("%d pauses are missing, and %d are told of", len(a.Pauses), counts[finding.LostPauses])
	}
}

// made makes a workout that no device would write, but a codec could return: every
// field there or not, times and figures as odd as the model allows.
func made(r *rand.Rand) activity.Activity {
	maybe := func(p float64) bool { return r.Float64() < p }
	tidy := maybe(0.5) // decimals of a device instead of any
	value := func(p, most float64) activity.Value {
		if !maybe(p) {
			return activity.Value{}
		}
		v := r.Float64() * most
		if tidy {
			v = math.Round(v)
		}
		return activity.Of(v)
	}
	words := []string{"", "a", "Tom & <Jerry>", "  blanks \t around ", "ä€😀", "zero\x00 and \x1b[31m", "invalid \xff\xfe", "line\nfeed\r\n", "\uFFFE"}
	word := func() string { return words[r.IntN(len(words))] }
	sports := activity.Sports()
	a := activity.Activity{Name: word(), Notes: word(), Creator: word()}
	switch r.IntN(4) {
	case 0:
		a.RawSport = []string{"cycling/road", "Running", "Biking", "Other", "generic", "walking", "7", "somersault"}[r.IntN(8)]
	case 1:
		a.Sport = sports[r.IntN(len(sports))]
	default:
		a.Sport = sports[r.IntN(len(sports))]
		a.RawSport = []string{"cycling/road", "Running", "running/trail", string(a.Sport)}[r.IntN(4)]
	}
	a.Device = activity.Device{
		Name: word(), Manufacturer: []string{"", "garmin", "9999", "nobody", "zwift"}[r.IntN(5)], Product: []int{0, 1, 1967, 70000}[r.IntN(4)],
		Serial: []string{"", "123", "0", "4294967296", "A-1"}[r.IntN(5)], Version: []string{"", "3.05", "3.5", "7", "x", "0.0"}[r.IntN(6)],
	}
	if maybe(0.3) {
		a.Zone = time.FixedZone("", (r.IntN(100)-48)*900)
	}
	totals := func() activity.Totals {
		return activity.Totals{
			ElapsedTime: value(0.5, 5000), TimerTime: value(0.7, 5000), MovingTime: value(0.3, 5000), Distance: value(0.7, 50000),
			Ascent: value(0.5, 70000), Descent: value(0.5, 900), Calories: value(0.6, 70000), AverageSpeed: value(0.5, 20), MaxSpeed: value(0.5, 80),
			AverageHeartRate: value(0.5, 260), MaxHeartRate: value(0.5, 260), AverageCadence: value(0.5, 260), MaxCadence: value(0.5, 260),
			AveragePower: value(0.5, 70000), MaxPower: value(0.5, 70000), Steps: value(0.5, 70000),
		}
	}
	a.Totals = totals()
	if maybe(0.1) {
		a.PoolLength, a.Lengths = activity.Of(25), make([]activity.Length, r.IntN(5))
	}
	if maybe(0.3) {
		a.Devices = []activity.Device{a.Device, {Name: word(), Kind: "heart_rate", BatteryStatus: "low"}}
		a.Device.BatteryLevel = activity.Of(50)
	}

	at := time.Date(2024, time.March, 1, 10, 0, 0, 0, time.UTC).UnixMilli()
	if maybe(0.05) {
		at = time.Date(1985, time.March, 1, 10, 0, 0, 0, time.UTC).UnixMilli() // before FIT begins to count
	}
	if maybe(0.9) {
		a.Start = time.UnixMilli(at + int64(r.IntN(3)-1)*1500).UTC()
	}
	n := r.IntN(60)
	for range n {
		rec := activity.Record{Time: at, Has: activity.Time}
		have := activity.Fields(r.Uint32()) & (1<<9 - 1) &^ activity.Time
		if tidy {
			have |= activity.Position
		}
		number := func(least, most float64) float64 {
			v := least + r.Float64()*(most-least)
			if tidy {
				v = math.Round(v*10) / 10
			}
			return v
		}
		if have&activity.Position != 0 {
			rec.Lat, rec.Lon = number(-90, 90), number(-180, 180)
			switch r.IntN(20) {
			case 0:
				rec.Lat, rec.Lon = 90, 180
			case 1:
				rec.Lat, rec.Lon = 1e-9, 0
			case 2:
				rec.Lat, rec.Lon = -90, -180
			}
		}
		if have&activity.Altitude != 0 {
			rec.Altitude = number(-1000, 20000)
		}
		if have&activity.Distance != 0 {
			rec.Distance = number(-10, 1e5)
		}
		if have&activity.Speed != 0 {
			rec.Speed = float32(number(0, 100))
		}
		if have&activity.HeartRate != 0 {
			rec.HeartRate = float32(number(0, 255))
		}
		if have&activity.Cadence != 0 {
			rec.Cadence = float32(number(0, 300))
		}
		if have&activity.Power != 0 {
			rec.Power = float32(number(0, 70000))
		}
		if have&activity.Temperature != 0 {
			rec.Temperature = float32(number(-130, 130))
		}
		rec.Has |= have
		a.Records = append(a.Records, rec)
		switch r.IntN(12) {
		case 0: // the same once more
		case 1:
			at += int64(r.IntN(900_000))
		case 2:
			if !tidy {
				at -= int64(r.IntN(5000))
			}
		case 3:
			at += int64(r.IntN(2000))
		default:
			at += 1000
		}
	}
	// Pieces of the recording, and what they are in the file.
	for first := 0; first < n; {
		end := min(n, first+1+r.IntN(20))
		if first > 0 && maybe(0.7) {
			p := activity.Pause{From: time.UnixMilli(a.Records[first-1].Time).UTC(), To: time.UnixMilli(a.Records[first].Time).UTC(), Next: first}
			p.From = p.From.Add(time.Duration(r.IntN(1500)) * time.Millisecond)
			if p.Source = activity.PauseSource(r.IntN(4)); p.To.After(p.From) {
				a.Pauses = append(a.Pauses, p)
			}
		}
		a.Tracks = append(a.Tracks, activity.Span{First: first, End: end})
		first = end
	}
	a.TimerPaused = maybe(0.3)
	if maybe(0.7) {
		start, first := a.Start, 0
		for first < n || len(a.Laps) == 0 {
			end := min(n, first+r.IntN(25))
			l := activity.Lap{Start: start, Records: activity.Span{First: first, End: end}, Totals: totals()}
			l.Trigger = []string{"", "Manual", "Distance", "session_end", "position_lap", "somehow"}[r.IntN(6)]
			l.Intensity = []string{"", "Active", "Resting", "warmup", "rest"}[r.IntN(5)]
			if maybe(0.1) {
				l.Start = time.Time{}
			}
			a.Laps = append(a.Laps, l)
			if first = end; first < n {
				start = time.UnixMilli(a.Records[first].Time).UTC()
			}
			if len(a.Laps) > 20 {
				break
			}
		}
	}
	for range r.IntN(3) {
		s := activity.Stream{Name: word(), Unit: word(), Values: make([]activity.Value, n)}
		whole := maybe(0.5)
		for i := range s.Values {
			if s.Values[i] = value(0.5, 1e6); whole {
				s.Values[i] = s.Values[i].Round(0)
			}
		}
		a.Streams = append(a.Streams, s)
	}
	return a
}

// after makes a workout one that the same device recorded later.
func after(first *activity.Activity, a activity.Activity) activity.Activity {
	const later = 10 * 3600 * 1000
	if a.Device, a.Creator, a.Zone, a.Start = first.Device, first.Creator, first.Zone, first.Start; !a.Start.IsZero() {
		a.Start = a.Start.Add(later * time.Millisecond)
	}
	if len(a.Records) == 0 || len(first.Records) == 0 {
		return a
	}
	shift := first.Records[0].Time + later - a.Records[0].Time
	for i := range a.Records {
		a.Records[i].Time += shift
	}
	by := time.Duration(shift) * time.Millisecond
	for i := range a.Pauses {
		a.Pauses[i].From, a.Pauses[i].To = a.Pauses[i].From.Add(by), a.Pauses[i].To.Add(by)
	}
	for i := range a.Laps {
		if !a.Laps[i].Start.IsZero() {
			a.Laps[i].Start = a.Laps[i].Start.Add(by)
		}
	}
	return a
}

// oddWorkouts are those of a seed: one, two, or two that follow each other.
func oddWorkouts(seed uint64) []activity.Activity {
	r := rand.New(rand.NewPCG(seed, 7))
	acts := []activity.Activity{made(r)}
	switch r.IntN(8) {
	case 0:
		acts = append(acts, made(r))
	case 1, 2:
		acts = append(acts, after(&acts[0], made(r)))
	}
	return acts
}

// lawsOf holds for workouts as the model has them what is promised of one format,
// and then, as that format gives them back, of another.
func lawsOf(t *testing.T, acts []activity.Activity, from string, to []string, o convert.Options) {
	t.Helper()
	holds(t, acts, from, o)
	projected, err := encoder(t, from).Project(acts, o)
	if err != nil {
		return
	}
	for _, format := range to {
		holds(t, projected, format, o)
	}
}

var lawOptions = []convert.Options{{}, {Strava: true}}

// In all nine directions, for workouts as odd as can be.
func lawsFor(t *testing.T, seed uint64) {
	t.Helper()
	acts := oddWorkouts(seed)
	for _, o := range lawOptions {
		for _, from := range registry.Formats() {
			lawsOf(t, acts, from, registry.Formats(), o)
		}
	}
}

func TestLaws(t *testing.T) {
	for seed := range uint64(400) {
		lawsFor(t, seed)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// FuzzLaws tries one direction an execution: all of them for one seed take as
// long as many seeds in one.
func FuzzLaws(f *testing.F) {
	for seed := range uint64(18) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, way uint8) {
		defer fuzztest.Decoding.Hold(t)()
		formats := registry.Formats()
		n := int(way)
		from, to := formats[n%len(formats)], formats[n/len(formats)%len(formats)]
		o := lawOptions[n/len(formats)/len(formats)%len(lawOptions)]
		lawsOf(t, oddWorkouts(seed), from, []string{to}, o)
	})
}

var (
	convertDefault = convert.Options{}
	lost           = convert.Lost
)
