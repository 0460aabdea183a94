package recalc

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
)

// at returns a record with a time in seconds and nothing else.
func at(seconds float64) activity.Record {
	return activity.Record{Time: int64(seconds * 1000), Has: activity.Time}
}

// counted returns a record with a time in seconds and a distance in metres.
func counted(seconds, metres float64) activity.Record {
	r := at(seconds)
	r.Distance, r.Has = metres, r.Has|activity.Distance
	return r
}

// north returns the record moved to so many thousandths of a degree north of
// the equator.
func north(r activity.Record, thousandths float64) activity.Record {
	r.Lat, r.Has = thousandths/1000, r.Has|activity.Position
	return r
}

// streamOf builds the stream of some records.
func streamOf(recs ...activity.Record) *stream {
	s := &stream{}
	s.build(recs, rows(nil, recs), reading{})
	return s
}

func TestRows(t *testing.T) {
	for _, c := range []struct {
		name string
		recs []activity.Record
		want []int32
	}{
		{"none", nil, nil},
		{"in order", []activity.Record{at(1), at(2), at(3)}, []int32{0, 1, 2}},
		{"out of order", []activity.Record{at(3), at(1), at(2)}, []int32{1, 2, 0}},
		{"one instant keeps the order of the file", []activity.Record{at(5), at(1), at(5), at(1)}, []int32{1, 3, 0, 2}},
		{"without a time", []activity.Record{{Time: 9, Has: activity.Distance}, at(1)}, []int32{1}},
		{"before 1970", []activity.Record{at(-1), at(-2)}, []int32{1, 0}},
		{
			"the years 1 to 9999, as far as an instant can be written",
			[]activity.Record{at(-62135596800), at(253402300799), at(-62135596801), at(253402300800), {Time: math.MaxInt64, Has: activity.Time}},
			[]int32{0, 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := rows(nil, c.recs); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestMissingDistancesAreHeld(t *testing.T) {
	s := streamOf(at(0), counted(1, 5), counted(2, 10), at(3), counted(4, math.Inf(1)), counted(5, 25), at(6))
	if want := []float64{5, 10, 10, 10, 25, 25}; !slices.Equal(s.x, want) {
		t.Errorf("distances %v, want %v: the last known one stands in for one that is missing", s.x, want)
	}
	if want := []int32{1, 2, 3, 4, 5, 6}; !slices.Equal(s.row, want) {
		t.Errorf("rows %v, want %v", s.row, want)
	}
	if s.metres != 20 {
		t.Errorf("%v m in all, want 20", s.metres)
	}
}

func TestWhereDistancesComeFrom(t *testing.T) {
	// tenth returns ten records, of which so many carry a distance; all carry a
	// position, a thousandth of a degree (111.3 m) apart.
	tenth := func(distances int) (recs []activity.Record) {
		for i := range 10 {
			r := at(float64(i))
			if i < distances {
				r = counted(float64(i), float64(i))
			}
			recs = append(recs, north(r, float64(i)))
		}
		return recs
	}
	for _, c := range []struct {
		name string
		recs []activity.Record
		want distanceSource
	}{
		{"the device's, where all records have one", tenth(10), deviceDistance},
		{"the device's, where two of ten do", tenth(2), deviceDistance},
		{"positions, where only one of ten does", tenth(1), positionDistance},
		{"positions, where the counter stands at 0", []activity.Record{
			north(counted(0, 0), 0), north(counted(1, 0), 1), north(counted(2, 0), 2),
		}, positionDistance},
		{"positions, where the counter never moves", []activity.Record{
			north(counted(0, 7), 0), north(counted(1, 7), 1), north(counted(2, 7), 2),
		}, positionDistance},
		{"nothing, with two positions", []activity.Record{north(at(0), 0), north(at(1), 1)}, noDistance},
		{"nothing, with one distance", []activity.Record{counted(0, 5)}, noDistance},
		{"nothing, with times alone", []activity.Record{at(0), at(1), at(2)}, noDistance},
		{"a counter that says NaN is broken there alone", []activity.Record{counted(0, 0), counted(1, 1), counted(2, math.NaN())}, deviceDistance},
		{"one that says infinity too", []activity.Record{counted(0, 0), counted(1, 1), counted(2, math.Inf(1))}, deviceDistance},
		{"one that goes beyond the moon too", []activity.Record{counted(0, 0), counted(1, 1), counted(2, 1e12)}, deviceDistance},
		{"nothing, with two broken ones of three", []activity.Record{counted(0, 0), counted(1, 1e12), counted(2, 1e12)}, noDistance},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := streamOf(c.recs...).source; got != c.want {
				t.Errorf("source %d, want %d", got, c.want)
			}
		})
	}
}

func TestFirstOfTwoRecordsOfOneInstantCounts(t *testing.T) {
	s := streamOf(counted(0, 0), counted(1, 3), counted(1, 8), counted(2, 9))
	if want := []float64{0, 3, 9}; !slices.Equal(s.x, want) {
		t.Errorf("got %v, want %v", s.x, want)
	}
	if want := []int32{0, 1, 3}; !slices.Equal(s.row, want) {
		t.Errorf("rows %v, want %v", s.row, want)
	}
}

func TestCounterResets(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     []float64
		want   []float64
		metres float64
	}{
		{"none", []float64{0, 5, 10}, []float64{0, 5, 10}, 10},
		{"a counter that does not begin at 0", []float64{100, 105, 110}, []float64{100, 105, 110}, 10},
		{"a small one counts as standing", []float64{0, 10, 7, 12}, []float64{0, 10, 10, 15}, 15},
		{"a treadmill that counts the belt before the start", []float64{7.8, 0, 2, 5}, []float64{7.8, 7.8, 9.8, 12.8}, 5},
		{"several small ones of less than 50 m together", []float64{0, 40, 16, 56, 31}, []float64{0, 40, 40, 80, 80}, 80},
		{"a large one freezes the counter until it has caught up", []float64{0, 100, 40, 90, 130}, []float64{0, 100, 100, 100, 130}, 130},
		{"50 m together are large", []float64{0, 40, 15, 56, 31}, []float64{0, 40, 40, 56, 56}, 56},
	} {
		t.Run(c.name, func(t *testing.T) {
			var recs []activity.Record
			for i, d := range c.in {
				recs = append(recs, counted(float64(i), d))
			}
			s := streamOf(recs...)
			if diff := cmp.Diff(c.want, s.x); diff != "" {
				t.Error(diff)
			}
			if math.Abs(s.metres-c.metres) > 1e-9 {
				t.Errorf("%v m, want %v m", s.metres, c.metres)
			}
		})
	}
}

// The distance is rounded in float64, as Strava's stream is: first to
// centimetres with half to even, then to 0.1 m with half up. A tie falls as
// float64 has it, not as the decimal digits say.
func TestDistancesAreKeptToTenthsOfAMetre(t *testing.T) {
	for _, c := range []struct {
		in, want float64
		why      string
	}{
		{12.34, 12.3, "down"},
		{12.36, 12.4, "up"},
		{12.35, 12.4, "half up"},
		{12.3499, 12.4, "12.3499 is 12.35 in centimetres, and half goes up"},
		{12.3449, 12.3, "12.3449 is 12.34 in centimetres"},
		{0.05, 0.1, "half up, in the first metre"},
		{0.15, 0.2, "half up, though 0.15 is a little less than that in float64"},
		{0.045, 0, "4.5 cm is 4 cm, half to even"},
		{0.055, 0.1, "5.5 cm is 6 cm"},
		{1.005, 1, "100.5 cm is a little less in float64; either way 1.0"},
	} {
		s := stream{raw: []float64{c.in}}
		s.round(s.raw)
		if s.x[0] != c.want {
			t.Errorf("%v is kept as %v, want %v: %s", c.in, s.x[0], c.want, c.why)
		}
	}
}

func TestWholeDistanceIsNotRounded(t *testing.T) {
	if s := streamOf(counted(0, 0.04), counted(1, 1000.17)); math.Abs(s.metres-1000.13) > 1e-9 {
		t.Errorf("%v m, want 1000.13 m", s.metres)
	}
}

// A receiver that lost the satellites counts the way at once when it finds
// them again. What it recorded meanwhile is left out.
func TestDropoutsOfTheReceiver(t *testing.T) {
	// ten returns ten records with positions at 3 m/s; then the records of the
	// dropout, then ten more from the given distance on.
	ten := func(resume float64, dropout ...activity.Record) (recs []activity.Record) {
		for i := range 10 {
			recs = append(recs, north(counted(float64(i), 3*float64(i)), float64(i)))
		}
		recs = append(recs, dropout...)
		for i := range 10 {
			recs = append(recs, north(counted(float64(20+i), resume+3*float64(i)), float64(20+i)))
		}
		return recs
	}
	for _, c := range []struct {
		name string
		recs []activity.Record
		kept int // of three records in the dropout
	}{
		{"is left out where the distance jumps after it", ten(200, counted(12, 27), counted(15, 27), counted(19, 27)), 0},
		{"is left out where the distance jumps in it", ten(200, counted(12, 27), counted(15, 27), counted(16, 150)), 0},
		{"is kept where the distance goes on as before", ten(60, counted(12, 36), counted(15, 45), counted(18, 54)), 3},
		{"is kept where the jump is no faster than 20 m/s", ten(47, counted(12, 27), counted(15, 27), counted(19, 27)), 3},
		{"is kept at the end of the file", ten(60, counted(12, 36), counted(15, 45), counted(18, 54))[:13], 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := streamOf(c.recs...)
			kept := 0
			for _, r := range s.row {
				if c.recs[r].Has&activity.Position == 0 {
					kept++
				}
			}
			if kept != c.kept {
				t.Errorf("%d records without position are kept, want %d", kept, c.kept)
			}
		})
	}
	t.Run("is none in a file without GPS", func(t *testing.T) {
		if s := streamOf(counted(0, 0), counted(1, 100), counted(2, 200)); s.len() != 3 {
			t.Errorf("%d of 3 records are kept", s.len())
		}
	})
}

func TestOutdoor(t *testing.T) {
	// file returns ten records with so many positions on different parallels,
	// which stay where they are after the given number.
	file := func(positions, different int) (recs []activity.Record) {
		for i := range 10 {
			r := at(float64(i))
			if i < positions {
				r = north(r, float64(min(i, different-1)))
			}
			recs = append(recs, r)
		}
		return recs
	}
	for _, c := range []struct {
		name string
		recs []activity.Record
		want bool
	}{
		{"all records have a position", file(10, 10), true},
		{"five positions are enough", file(5, 5), true},
		{"four are not", file(4, 4), false},
		{"a treadmill repeats one", file(10, 1), false},
		{"four different ones are not enough", file(10, 4), false},
		{"no positions", file(0, 0), false},
		{"less than three of ten records", append(file(5, 5), file(0, 0)...), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := outdoor(c.recs, rows(nil, c.recs)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestHaversine(t *testing.T) {
	// A degree of a great circle, from the radius alone.
	const degree = 2 * math.Pi * 6376772.71 / 360 // 111,295.7 m
	for _, c := range []struct {
		name                   string
		lat1, lon1, lat2, lon2 float64
		want                   float64
	}{
		{"nowhere", 52, 13, 52, 13, 0},
		{"a degree north", 10, 20, 11, 20, degree},
		{"a degree along the equator", 0, 20, 0, 21, degree},
		{"a degree along the 60th parallel is half as long", 60, 20, 60, 20.0001, degree / 2 * .0001},
		{"across the date line", 0, 179.5, 0, -179.5, degree},
		{"from pole to pole", 90, 0, -90, 0, 180 * degree},
		{"to the other side of the earth", 12, 34, -12, -146, 180 * degree},
		// 5,570.2 km on a sphere of 6,371 km, by the usual calculators.
		{"London to New York", 51.5074, -0.1278, 40.7128, -74.0060, 5570222 * earthRadius / 6371000},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := haversine(c.lat1, c.lon1, c.lat2, c.lon2)
			back := haversine(c.lat2, c.lon2, c.lat1, c.lon1)
			if math.Abs(got-c.want) > 1e-6*c.want+1e-9 || math.Abs(got-back) > 1e-6 {
				t.Errorf("%.3f m, and %.3f m back; want %.3f m", got, back, c.want)
			}
		})
	}
}

func TestPositionsAddUp(t *testing.T) {
	s := streamOf(north(at(0), 0), at(1), north(at(2), 1), north(at(3), 3))
	if want := []float64{0, 111.3, 333.9}; !slices.Equal(s.x, want) {
		t.Errorf("got %v, want %v", s.x, want)
	}
	if want := []int64{0, 2000, 3000}; !slices.Equal(s.ms, want) {
		t.Errorf("times %v, want %v: a record without position is no part of it", s.ms, want)
	}
}

func TestJumpingPositionsOfRidesAreLeftOut(t *testing.T) {
	ride := func(creator string, sport activity.Sport) float64 {
		a := steady(100, 6)
		a.Sport, a.Creator = sport, creator
		a.Records[50].Lat += 500. / 111297 // half a kilometre in a second, and back
		r := Recalculate(a, Options{})
		return r.Distance.Or(-1)
	}
	if got := ride("Openrider", activity.Ride); math.Abs(got-600) > 1 {
		t.Errorf("%.1f m, want the 600 m without the jump", got)
	}
	if got := ride("Openrider", activity.Run); got < 1500 {
		t.Errorf("%.1f m: Strava counts the jumps of runs", got)
	}
	fast := steady(600, 5)
	fast.Sport = activity.Ride
	for i := 300; i < len(fast.Records); i++ { // from 5 to 18 m/s at once, and on
		fast.Records[i].Lat = fast.Records[299].Lat + 18*float64(i-299)/111297
	}
	if r := Recalculate(fast, Options{}); math.Abs(r.Distance.Or(-1)-(299*5+301*18)) > 20 {
		t.Errorf("%v m, want all of a ride that became fast", r.Distance)
	}
	if got := ride("StravaGPX", activity.Ride); got < 1500 {
		t.Errorf("%.1f m: Strava's own positions do not jump", got)
	}
}
