package fit_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/codectest"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
)

// seeds are the shapes of files that devices write, and those that they do not.
func seeds() [][]byte {
	plain := whole(5).file()
	swim := write().fileID(4).define(0, 20, []def{{253, 4, u32}}).message(0, noon).message(0, noon+1).
		define(1, 101, []def{{2, 4, u32}, {4, 4, u32}, {12, 1, enum}}).message(1, noon, uint32(30000), byte(1)).
		session(noon, 4, 5, 17).hearts(noon, 5000).file()
	paused := write().fileID(4).timer(noon, 0).records(8).timer(noon+2, 4).timer(noon+4, 0).timer(noon+7, 9).session(noon, 8, 1, 0).file()
	out := [][]byte{swim, paused, join([]byte("??"), plain, []byte("??")), whole(4).framed(14, 0, true), whole(4).framed(12, 0xFFFFFFFF, false)}
	for _, data := range shapes() {
		out = append(out, data)
	}
	return out
}

// FuzzDecode holds the laws of the decoder for any bytes: it does not panic;
// what it returns is sound; it does not matter in which pieces the bytes come;
// and of a file that is cut, everything before the cut is read as before. To keep
// the source changes nothing, and what is written from it is sound itself.
func FuzzDecode(f *testing.F) {
	for _, data := range seeds() {
		f.Add(data, uint16(len(data)/2))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		defer fuzztest.Decoding.Hold(t)()
		ctx := context.Background()
		whole, err := fit.Decode(ctx, bytes.NewReader(data), fit.Options{})
		for i := range whole.Activities {
			codectest.Sound(t, &whole.Activities[i])
		}
		pieces, pieceErr := fit.Decode(ctx, iotest.OneByteReader(bytes.NewReader(data)), fit.Options{})
		if (err == nil) != (pieceErr == nil) {
			t.Fatalf("at once: %v; byte by byte: %v", err, pieceErr)
		}
		if !reflect.DeepEqual(whole, pieces) {
			t.Fatalf("at once and byte by byte differ:\n%+v\n%+v", whole, pieces)
		}
		part, _ := fit.Decode(ctx, bytes.NewReader(data[:min(int(cut), len(data))]), fit.Options{})
		within(t, &part, &whole, -1)
		keptAlike(t, data, &whole)
	})
}

// records counts the records of a file. Those whose heart rate may be that of a
// strap's memory, which can stand behind a cut, are told by the rest.
func records(f *activity.File) map[activity.Record]int {
	out := map[activity.Record]int{}
	for i := range f.Activities {
		for _, r := range f.Activities[i].Records {
			r.HeartRate, r.Has = 0, r.Has&^activity.HeartRate
			out[r]++
		}
	}
	return out
}

// within holds that the first n records of a damaged file are records of the
// intact one, all where n is negative. Which of them are whose depends on the
// sessions, which may stand behind.
func within(t *testing.T, damaged, intact *activity.File, n int) {
	t.Helper()
	all := records(intact)
	for i := range damaged.Activities {
		for _, r := range damaged.Activities[i].Records {
			if n == 0 {
				return
			}
			n--
			r.HeartRate, r.Has = 0, r.Has&^activity.HeartRate
			if all[r]--; all[r] < 0 {
				t.Fatalf("a record that is not in the intact file: %+v", r)
			}
		}
	}
}

// keptAlike holds that a file whose source is kept is read as one whose source is
// not, and that it can be written.
func keptAlike(t *testing.T, data []byte, plain *activity.File) {
	t.Helper()
	ctx := context.Background()
	kept, _ := fit.Decode(ctx, bytes.NewReader(data), fit.Options{KeepSource: true})
	if len(kept.Activities) == 0 {
		return
	}
	if !bytes.Equal(kept.Source.Data, data) {
		t.Fatal("the source is not what was read")
	}
	src := kept.Source
	kept.Source = nil
	for i := range kept.Activities {
		codectest.Sound(t, &kept.Activities[i])
		kept.Activities[i].Places = nil
	}
	if !reflect.DeepEqual(kept, *plain) {
		t.Fatalf("with the source and without differ:\n%+v\n%+v", kept, *plain)
	}
	var out bytes.Buffer
	if err := fit.Rewrite(&out, src, nil); err != nil {
		t.Fatal(err)
	}
	again, err := fit.Decode(ctx, bytes.NewReader(out.Bytes()), fit.Options{})
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	edited := bytes.Buffer{}
	if err := fit.Rewrite(&edited, src, clumsy); err == nil && edited.Len() > 0 {
		if _, err := fit.Decode(ctx, bytes.NewReader(edited.Bytes()), fit.Options{}); finding.CodeOf(err) == finding.FITMalformed {
			t.Fatalf("what was written after an edit cannot be read: %v", err)
		}
	}
	if !bytes.Equal(src.Data, data) {
		t.Fatal("the source was changed")
	}
	if a, b := records(plain), records(&again); !reflect.DeepEqual(a, b) {
		t.Fatalf("%d records were written of %d", len(b), len(a))
	}
	for _, x := range again.Findings {
		switch x.Code {
		case finding.FITCRC, finding.FITCRCMissing, finding.FITSize, finding.FITTrailing, finding.FITLeading, finding.FITTruncated, finding.FITMalformed:
			t.Fatalf("what was written is not right: %v", x)
		}
	}
}

// clumsy does everything with a message that one can do.
func clumsy(m *fit.Message) fit.Action {
	for i, f := range m.Fields() {
		_ = m.Raw(f)
		_ = m.Text(f.Number)
		if v, ok := m.Number(f.Number); ok && i%2 == 0 {
			m.Set(f.Number, v+1)
		} else {
			m.Clear(f.Number)
		}
	}
	if at, ok := m.Time(); ok {
		m.SetTime(at.Add(time.Minute))
	}
	if m.Offset%5 == 0 {
		return fit.Drop
	}
	return fit.Keep
}

// Whatever was decoded before the first fault is what the intact file gives: a
// file is cut anywhere, or one bit of it is turned.
func TestDamage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ctx := context.Background()
	for name, data := range shapes() {
		t.Run(name, func(t *testing.T) {
			intact := kept(t, data)
			for cut := range data {
				part, _ := fit.Decode(ctx, bytes.NewReader(data[:cut]), fit.Options{})
				within(t, &part, &intact, -1)
			}
			for range 400 {
				at := random.IntN(len(data))
				damaged := bytes.Clone(data)
				damaged[at] ^= 1 << random.IntN(8)
				part, err := fit.Decode(ctx, bytes.NewReader(damaged), fit.Options{})
				if err != nil || len(intact.Activities) != 1 {
					continue // with several sessions the first records of the file are not those of the first
				}
				before := 0
				for _, p := range intact.Activities[0].Places {
					if p.Offset+p.Length <= at {
						before++
					}
				}
				if at >= 14 { // a header that promises less, or more, is another fault
					within(t, &part, &intact, before)
				}
				for i := range part.Activities {
					codectest.Sound(t, &part.Activities[i])
				}
			}
		})
	}
}

// endless gives n bytes of a pattern after a start.
func endless(start, pattern []byte, n int64) io.Reader {
	return io.MultiReader(bytes.NewReader(start), io.LimitReader(&repeat{pattern: pattern}, n))
}

type repeat struct {
	pattern []byte
	at      int
}

func (r *repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.pattern[r.at]
		r.at = (r.at + 1) % len(r.pattern)
	}
	return len(p), nil
}

// Files of 16 MB that are made to take much memory take less than 256 MB.
func TestMemoryOfHostileFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 160 MB")
	}
	const size = 16 << 20
	head := func(w *writer) []byte { return w.framed(14, 0, true)[:14+len(w.data)] }
	many := make([]def, 255)
	for i := range many {
		many[i] = def{byte(i), 1, u8}
	}
	dynamics := write().fileID(4).define(0, 20, []def{{39, 1, u8}, {40, 1, u8}, {41, 1, u8}, {83, 1, u8}, {84, 1, u8}, {85, 1, u8}})
	dynamics.define(1, 20, []def{{253, 4, u32}}).message(1, noon).define(2, 20, []def{{39, 1, u8}, {40, 1, u8}, {41, 1, u8}, {83, 1, u8}, {84, 1, u8}, {85, 1, u8}})
	session := write().fileID(4).define(0, 18, []def{{5, 1, enum}})
	for name, r := range map[string]io.Reader{
		"records of two bytes": endless(head(write().fileID(4).define(1, 20, []def{{253, 4, u32}}).message(1, noon).define(1, 20, []def{{3, 1, u8}})), []byte{0xA0, 120}, size),
		"records of streams":   endless(head(dynamics), []byte{0xC0, 1, 2, 3, 4, 5, 6}, size),
		"sessions":             endless(head(session), []byte{0, 1}, size),
		"devices":              endless(head(write().fileID(4).define(0, 23, []def{{0, 1, u8}, {3, 4, uint32z}})), []byte{0, 1, 1, 2, 3, 4}, size),
		"beats":                endless(head(write().fileID(4).hearts(noon, 0).records(1)), join([]byte{5}, bytes.Repeat([]byte{100}, 8), make([]byte, 12)), size),
		"definitions":          endless(head(write().fileID(4)), write().define(0, 20, many).data, size),
		"texts":                endless(head(write().fileID(4).define(0, 206, []def{{0, 1, u8}, {1, 1, u8}, {2, 1, u8}, {3, 250, str}})), join([]byte{0, 0, 1, 2}, bytes.Repeat([]byte("x"), 250)), size),
		"headers":              endless(nil, whole(1).file(), size),
		"nothing but zeros":    endless(head(write().fileID(4)), []byte{0}, size),
		"signatures":           endless(nil, []byte("    \x00\x00\x00\x00.FIT"), size),
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			var before, now runtime.MemStats
			runtime.ReadMemStats(&before)
			most := uint64(0)
			watched := &peak{r: r, look: func() {
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapInuse-min(now.HeapInuse, before.HeapInuse))
			}}
			f, _ := fit.Decode(context.Background(), watched, fit.Options{})
			watched.look()
			if t.Logf("%d activities, at most %d MB", len(f.Activities), most>>20); most > 256<<20 {
				t.Errorf("%d MB", most>>20)
			}
			runtime.KeepAlive(f)
		})
	}
}

// peak looks at the memory now and then while it is read.
type peak struct {
	r    io.Reader
	n    int
	look func()
}

func (p *peak) Read(b []byte) (int, error) {
	if p.n++; p.n%64 == 0 {
		p.look()
	}
	return p.r.Read(b)
}
