package recalc_test

import (
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
	"github.com/bandport/bandport/pkg/recalc"
)

// bites reads made-up figures from the bytes of the fuzzer. At the end of the
// bytes it gives zeros.
type bites struct{ data []byte }

func (b *bites) byte() byte {
	if len(b.data) == 0 {
		return 0
	}
	v := b.data[0]
	b.data = b.data[1:]
	return v
}

// float returns any float64 but NaN and the infinities.
func (b *bites) float() float64 {
	var buf [8]byte
	b.data = b.data[copy(buf[:], b.data):]
	if v := math.Float64frombits(binary.LittleEndian.Uint64(buf[:])); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return v
	}
	return 0
}

// activity builds an activity: records that go on plausibly for the most part,
// with times that stand still, go back or leap, and figures that are absurd
// now and then.
func (b *bites) activity() *activity.Activity {
	a := &activity.Activity{Sport: sports[int(b.byte())%len(sports)]}
	ms, metres, lat, alt := noon.UnixMilli(), 0.0, 10.0, 100.0
	if b.byte()%8 == 0 {
		ms = -1e12 // 1938
	}
	fields := activity.Fields(b.byte()) | activity.Time
	for len(b.data) > 0 && len(a.Records) < 1000 {
		r := activity.Record{Has: fields, Time: ms, Lat: lat, Lon: 20, Distance: metres, Altitude: alt}
		what := b.byte()
		switch what % 16 {
		case 0: // the same instant again
		case 1:
			ms -= int64(b.byte()) * 1000
		case 2:
			ms += int64(b.byte()) * 60_000
		case 3:
			ms += int64(b.byte())
		case 4:
			r.Time = int64(binary.LittleEndian.Uint64([]byte{b.byte(), b.byte(), b.byte(), b.byte(), b.byte(), b.byte(), b.byte(), b.byte()}))
		case 5:
			r.Distance = b.float()
		case 6:
			r.Altitude = b.float()
		case 7:
			r.Lat, r.Lon = math.Mod(b.float(), 90), math.Mod(b.float(), 180)
		case 8:
			r.HeartRate, r.Cadence, r.Power = finite32(b.float()), finite32(b.float()), finite32(b.float())
		case 9:
			r.Has = activity.Fields(b.byte())
		case 10:
			metres -= float64(b.byte())
		case 11:
			repeat := int(b.byte()) // standing, or going on evenly
			for range repeat {
				ms += 1000
				metres += float64(what>>4) / 10
				a.Records = append(a.Records, activity.Record{Has: fields, Time: ms, Lat: lat, Lon: 20, Distance: metres, Altitude: alt})
			}
		default:
			v := float64(b.byte()) / 16
			ms += 1000
			metres += v
			lat += v / 111_000
			alt += (float64(what>>4) - 7.5) / 4
		}
		if what%16 != 8 {
			r.HeartRate, r.Cadence, r.Power = float32(100+what%50), float32(what%100), float32(what)
		}
		a.Records = append(a.Records, r)
	}
	return a
}

func finite32(v float64) float32 {
	if f := float32(v); !math.IsInf(float64(f), 0) {
		return f
	}
	return 0
}

var sports = []activity.Sport{activity.Run, activity.Ride, activity.Walk, activity.TrailRun, activity.Swim, ""}

// shifted returns the activity, so many hours later.
func shifted(a *activity.Activity, hours int64) *activity.Activity {
	out := *a
	out.Records = slices.Clone(a.Records)
	for i := range out.Records {
		out.Records[i].Time += hours * 3_600_000
	}
	return &out
}

// sameButFor compares two results; the times of the second are those of the
// first plus so much.
func sameButFor(t *testing.T, law string, want, got recalc.Result, by time.Duration) {
	t.Helper()
	if !want.Start.IsZero() {
		want.Start = want.Start.Add(by)
	}
	want.Rests = slices.Clone(want.Rests)
	for i := range want.Rests {
		want.Rests[i].From, want.Rests[i].To = want.Rests[i].From.Add(by), want.Rests[i].To.Add(by)
	}
	want.Laps, want.BestEfforts = slices.Clone(want.Laps), slices.Clone(want.BestEfforts)
	for i := range want.Laps {
		want.Laps[i].Start = want.Laps[i].Start.Add(by)
	}
	for i := range want.BestEfforts {
		want.BestEfforts[i].Start = want.BestEfforts[i].Start.Add(by)
	}
	if !reflect.DeepEqual(want, got) { // much faster than cmp, which tells more
		t.Errorf("%s: %s", law, cmp.Diff(want, got, cmp.AllowUnexported(activity.Value{})))
	}
}

// FuzzRecalculate holds the laws that are true of every workout, however
// absurd: figures are finite, rests and moving time make up the elapsed time,
// and nothing but the workout itself plays a part.
func FuzzRecalculate(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 1, 0xff})
	f.Add([]byte("\x00\x01\xff an even run, with a stop of a hundred seconds in it \x0b\x64 and on it goes for a while"))
	f.Add([]byte{1, 1, 0xff, 0x1c, 80, 0x1c, 80, 2, 200, 0x1c, 80, 1, 30, 0x1c, 80, 0, 0x1c, 80})
	f.Add([]byte{0, 0, 0xff, 5, 0, 0, 0, 0, 0, 0, 0x80, 0x42, 0xec, 50, 0x0c, 50, 0x0b, 200, 0x1b, 200, 0x2b, 200})
	f.Add([]byte{0, 1, 0x07, 7, 1, 2, 3, 4, 5, 6, 50, 64, 1, 2, 3, 4, 5, 6, 50, 192, 0xec, 50, 0x0c, 50, 0xcc, 99, 0xdd, 99})
	f.Add([]byte{0, 1, 0xff, 4, 255, 255, 255, 255, 255, 255, 255, 127, 0xec, 50, 4, 0, 0, 0, 0, 0, 0, 0, 128, 0xec, 50})
	var reused recalc.Calculator
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Decoding.Hold(t)()
		b := bites{data}
		a := b.activity()
		before := shifted(a, 0)
		o := weighing(70)
		o.Uploaded = noon // one era, whatever the times
		o.Explain, o.With = true, recalc.AllDetails
		o.Athlete.MaxHeartrate, o.Athlete.FTP = 190, 200

		r := recalc.Recalculate(a, o)
		if !reflect.DeepEqual(before, a) {
			t.Error("the activity was changed")
		}
		isFinite(t, &r)
		plausible(t, &r)
		addUp(t, &r)

		sameButFor(t, "a Calculator that is used again", r, reused.Recalculate(a, o), 0)

		// A time that is none must not become one, or the other way round.
		if first, last, ok := a.Span(); ok && first.Year() > 1 && last.Year() < 9999 {
			const hours = 1000
			later := recalc.Recalculate(shifted(a, hours), o)
			sameButFor(t, "a workout some weeks later", r, later, hours*time.Hour)
		}

		// Records of one instant keep their order, so that the first one counts;
		// other than that the order of the file does not matter.
		sorted := shifted(a, 0)
		slices.SortStableFunc(sorted.Records, func(x, y activity.Record) int {
			switch {
			case x.Time < y.Time:
				return -1
			case x.Time > y.Time:
				return 1
			}
			return 0
		})
		sameButFor(t, "records in order of time", r, recalc.Recalculate(sorted, o), 0)

		for _, policy := range []recalc.Policy{{Kind: recalc.Elapsed}, {Kind: recalc.Speed, V: 1, T: 5}, {Kind: recalc.Timer}, {Kind: recalc.GPXPy}} {
			o.Policy = policy
			p := recalc.Recalculate(a, o)
			isFinite(t, &p)
			if policy.Kind == recalc.GPXPy { // it keeps to the order of the file, and has a fastest speed of its own
				p.Rests, p.MaxSpeed = nil, r.MaxSpeed
			}
			plausible(t, &p)
			if p.Distance != r.Distance || p.ElapsedTime != r.ElapsedTime || p.MaxSpeed != r.MaxSpeed {
				t.Errorf("policy %v changes more than the moving time", policy)
			}
		}
	})
}

// plausible checks the relations between the figures of a workout without
// pauses.
func plausible(t *testing.T, r *recalc.Result) {
	t.Helper()
	moving, elapsed := r.MovingTime.Or(0), r.ElapsedTime.Or(0)
	if moving < 0 || moving > elapsed || r.MovingTime.Known() != r.ElapsedTime.Known() {
		t.Errorf("moving %v, elapsed %v", r.MovingTime, r.ElapsedTime)
	}
	for _, f := range []recalc.Field{
		recalc.Distance, recalc.AverageSpeed, recalc.AveragePace, recalc.MaxSpeed, recalc.GradeAdjustedDistance, recalc.TotalElevationGain,
	} {
		if v := r.Get(f).Or(0); v < 0 {
			t.Errorf("%s is %v", f, v)
		}
	}
	rest := 0.0 // a time.Duration holds no more than 292 years
	for i, s := range r.Rests {
		rest += float64(s.To.UnixMilli()-s.From.UnixMilli()) / 1000
		if !s.To.After(s.From) || s.Metres < 0 || i > 0 && !s.From.After(r.Rests[i-1].To) {
			t.Errorf("rest %d: %v to %v, %v m", i, s.From, s.To, s.Metres)
		}
	}
	// Both times are in whole seconds.
	if left := elapsed - moving - rest; len(r.Rests) > 0 && (left < -1 || left > 1) {
		t.Errorf("%v s of rest, %v s moving and %v s elapsed", rest, moving, elapsed)
	}
}

// addUp checks that the parts of a workout make up the whole.
func addUp(t *testing.T, r *recalc.Result) {
	t.Helper()
	for name, splits := range map[string][]recalc.Split{"kilometres": r.SplitsMetric, "miles": r.SplitsStandard} {
		var elapsed, moving int64
		for i, s := range splits {
			elapsed, moving = elapsed+s.ElapsedTime, moving+s.MovingTime
			if s.Split != i+1 || s.ElapsedTime < 0 || s.MovingTime < 0 || s.MovingTime > s.ElapsedTime+1 || !(s.Distance >= 0) || s.Distance > 1e12 {
				t.Errorf("%s: split %+v", name, s)
			}
		}
		if float64(elapsed) > r.ElapsedTime.Or(0) || float64(moving) > r.MovingTime.Or(0) {
			t.Errorf("%s: %d s elapsed and %d s moving of %v and %v", name, elapsed, moving, r.ElapsedTime, r.MovingTime)
		}
	}
	last := int64(0)
	for _, e := range r.BestEfforts {
		if e.ElapsedTime < last || e.StartIndex >= e.EndIndex || float64(e.ElapsedTime) > r.ElapsedTime.Or(0) {
			t.Errorf("effort %+v after one of %d s, in %v s", e, last, r.ElapsedTime)
		}
		last = e.ElapsedTime
	}
	for _, z := range r.Zones {
		sum := int64(0)
		for _, b := range z.Buckets {
			sum += b.Time
		}
		if float64(sum) > r.ElapsedTime.Or(0)+1 {
			t.Errorf("zones of %s: %d s of %v", z.Type, sum, r.ElapsedTime)
		}
	}
}
