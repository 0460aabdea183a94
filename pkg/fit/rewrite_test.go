package fit_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/codectest"
)

// kept reads a file and keeps its source.
func kept(t *testing.T, data []byte) activity.File {
	t.Helper()
	f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{KeepSource: true})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func rewrite(t *testing.T, src *activity.Source, edit func(*fit.Message) fit.Action) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := fit.Rewrite(&out, src, edit); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// shapes are sound files of all kinds.
func shapes() map[string][]byte {
	plain := whole(5).timer(noon+1, 4).timer(noon+2, 0)
	packed := write().fileID(4).define(0, 20, []def{{253, 4, u32}, {3, 1, u8}}).define(1, 20, []def{{3, 1, u8}}).message(0, noon, byte(100))
	for i := range 40 {
		packed.message(0x80|1<<5|byte((noon+uint32(i))&31), byte(100))
	}
	developer := write().fileID(4).define(1, 207, []def{{1, 16, 0x0D}, {3, 1, u8}}).message(1, []byte("0123456789abcdef"), byte(0)).
		define(1, 206, []def{{0, 1, u8}, {1, 1, u8}, {2, 1, u8}, {3, 6, str}, {8, 2, str}}).
		message(1, byte(0), byte(5), byte(0x84), "Power\x00", "W\x00").
		define(0, 20, []def{{253, 4, u32}}, def{5, 2, 0}).message(0, noon, uint16(250)).message(0, noon+1, uint16(260)).session(noon, 4, 1, 0)
	unknown := whole(3).define(7, 0xFF00, []def{{253, 4, u32}, {9, 3, 0x0D}, {10, 5, str}}, def{1, 4, 3}).
		message(7, noon, "\x01\x02\x03", "text\x00", uint32(99))
	size := uint32(len(plain.data))
	return map[string][]byte{
		"plain":           plain.file(),
		"short header":    plain.framed(12, size, false),
		"long header":     plain.framed(20, size, true),
		"no header sum":   plain.framed(14, size, false),
		"compressed":      packed.session(noon, 40, 1, 0).file(),
		"developer":       developer.file(),
		"unknown":         unknown.file(),
		"big-endian":      write().big().fileID(4).records(6).session(noon, 3, 1, 0).session(noon+3, 3, 2, 0).file(),
		"chain":           join(plain.file(), write().fileID(2).file(), unknown.file()),
		"records between": write().fileID(4).records(3).session(noon, 3, 1, 0).records(2).file(),
	}
}

// A file that is as it should be comes out as it was where nobody changes it.
func TestRewriteNothing(t *testing.T) {
	for name, data := range shapes() {
		t.Run(name, func(t *testing.T) {
			f := kept(t, data)
			if got := rewrite(t, f.Source, nil); !bytes.Equal(got, data) {
				t.Errorf("%d bytes in, %d out", len(data), len(got))
			}
			all := 0
			for m := range fit.Messages(f.Source) {
				if !bytes.Equal(m.Bytes(), data[m.Offset:m.Offset+len(m.Bytes())]) {
					t.Errorf("the message at %d is not what stands there", m.Offset)
				}
				all++
			}
			if all == 0 {
				t.Error("no messages")
			}
		})
	}
}

// Each record is where its place says.
func TestPlaces(t *testing.T) {
	for name, data := range shapes() {
		t.Run(name, func(t *testing.T) {
			f := kept(t, data)
			plain := decode(t, data)
			at := map[int]*fit.Message{}
			for m := range fit.Messages(f.Source) {
				c := *m
				at[m.Offset] = &c
			}
			for i := range f.Activities {
				a := &f.Activities[i]
				if len(a.Places) != len(a.Records) {
					t.Fatalf("%d places for %d records", len(a.Places), len(a.Records))
				}
				if plain.Source != nil || plain.Activities[i].Places != nil {
					t.Error("something is kept that was not asked for")
				}
				for k, p := range a.Places {
					m := at[p.Offset]
					if m == nil || m.Global != 20 || !bytes.Equal(p.Of(f.Source), m.Bytes()) {
						t.Fatalf("record %d is not at %+v", k, p)
					}
					if when, ok := m.Time(); !ok || when.UnixMilli() != a.Records[k].Time {
						t.Errorf("record %d at %v, its message at %v", k, a.Records[k].Time, when)
					}
				}
			}
		})
	}
}

// What is set in a message is read again, and nothing else is different.
func TestRewriteFields(t *testing.T) {
	for _, order := range []string{"little", "big"} {
		w := write()
		if order == "big" {
			w.big()
		}
		data := w.fileID(4).records(4).session(noon, 4, 1, 3).file()
		f := kept(t, data)
		second := f.Activities[0].Places[2].Offset
		out := rewrite(t, f.Source, func(m *fit.Message) fit.Action {
			switch {
			case m.Definition:
				if m.Set(3, 1) || m.Clear(3) || m.Raw(m.Fields()[0]) != nil {
					t.Error("a definition has no values")
				}
			case m.Offset == second:
				if v, ok := m.Number(3); !ok || v != 120 {
					t.Errorf("heart rate %v, %v", v, ok)
				}
				if !m.Set(3, 133) || !m.Clear(2) || !m.Clear(0) || !m.Set(5, 1234.4) {
					t.Error("a field that is there cannot be set")
				}
				if m.Set(3, 255) || m.Set(3, 256) || m.Set(3, -1) || m.Set(99, 1) || m.Clear(99) {
					t.Error("a value that cannot be is set")
				}
				if _, ok := m.Number(2); ok {
					t.Error("a cleared field has a number")
				}
			case m.Global == 18:
				if !m.Set(5, 11) || !m.Set(9, 777) {
					t.Error("the session cannot be changed")
				}
			}
			return fit.Keep
		})
		if len(out) != len(data) {
			t.Fatalf("%d bytes, want %d", len(out), len(data))
		}
		if !bytes.Equal(f.Source.Data, data) {
			t.Error("the source was changed")
		}
		a := one(t, out)
		r := a.Records[2]
		if r.HeartRate != 133 || r.Distance != 12.34 || r.HasAll(activity.Altitude) || r.HasAll(activity.Position) {
			t.Errorf("%+v", r)
		}
		if a.Sport != "Walk" && a.RawSport != "walking/trail" || a.Totals.Distance != activity.Of(7.77) {
			t.Errorf("%s, %s, %v", a.Sport, a.RawSport, a.Totals.Distance)
		}
		for i, want := range f.Activities[0].Records {
			if i != 2 && a.Records[i] != want {
				t.Errorf("record %d is %+v, want %+v", i, a.Records[i], want)
			}
		}
		for _, x := range findings(decode(t, out)) {
			if x.Code != finding.FITPositionRange {
				t.Errorf("%v", x)
			}
		}
	}
}

func TestRewriteTexts(t *testing.T) {
	f := kept(t, shapes()["developer"])
	for m := range fit.Messages(f.Source) {
		if m.Global != 206 || m.Definition {
			continue
		}
		if got := m.Text(3) + m.Text(8) + m.Text(0); got != "PowerW" {
			t.Errorf("%q", got)
		}
		if _, ok := m.Number(3); ok || m.Set(3, 1) {
			t.Error("a text is no number")
		}
		if !m.Clear(3) || m.Text(3) != "" {
			t.Error("a text cannot be cleared")
		}
	}
	found := false
	for m := range fit.Messages(f.Source) {
		if m.Global == 20 && !m.Definition {
			fields := m.Fields()
			last := fields[len(fields)-1]
			found = last.Developer && last.Number == 5 && last.Index == 0 && last.Size == 2
			if v := binary.LittleEndian.Uint16(m.Raw(last)); v != 250 {
				t.Errorf("developer field %v", v)
			}
			break
		}
	}
	if !found {
		t.Error("the developer field is not among the fields")
	}
}

func TestRewriteDrops(t *testing.T) {
	for name, data := range shapes() {
		if name == "compressed" {
			continue // see TestRewriteTimes
		}
		t.Run(name, func(t *testing.T) {
			f := kept(t, data)
			drop := map[int]bool{}
			left := 0
			for i := range f.Activities {
				for k, p := range f.Activities[i].Places {
					drop[p.Offset] = k%2 == 1
					left += 1 - k%2
				}
			}
			out := rewrite(t, f.Source, func(m *fit.Message) fit.Action {
				if drop[m.Offset] {
					return fit.Drop
				}
				return fit.Keep
			})
			again := decode(t, out)
			got := 0
			for i := range again.Activities {
				got += len(again.Activities[i].Records)
			}
			if got != left || !slices.Equal(codes(again), codes(f)) {
				t.Errorf("%d records, want %d; %v, want %v", got, left, codes(again), codes(f))
			}
		})
	}
	// A definition goes with its messages.
	f := kept(t, shapes()["unknown"])
	out := rewrite(t, f.Source, func(m *fit.Message) fit.Action {
		if m.Global == 0xFF00 {
			if !m.Definition {
				t.Error("a message is shown whose definition was dropped")
			}
			return fit.Drop
		}
		return fit.Keep
	})
	if want := whole(3).file(); !bytes.Equal(out, want) {
		t.Errorf("%d bytes, want %d", len(out), len(want))
	}
}

func TestRewriteTimes(t *testing.T) {
	data := shapes()["compressed"]
	f := kept(t, data)
	// All of them by an hour and a second, compressed ones too.
	out := rewrite(t, f.Source, func(m *fit.Message) fit.Action {
		if when, ok := m.Time(); ok && !m.SetTime(when.Add(time.Hour+time.Second)) {
			t.Errorf("the message at %d cannot get another time", m.Offset)
		}
		return fit.Keep
	})
	a := one(t, out)
	for i, r := range f.Activities[0].Records {
		if a.Records[i].Time != r.Time+3601_000 {
			t.Fatalf("record %d at %d, want %d", i, a.Records[i].Time, r.Time+3601_000)
		}
	}
	// What others count from cannot go, nor get another time alone.
	for name, edit := range map[string]func(*fit.Message) fit.Action{
		"dropped": func(*fit.Message) fit.Action { return fit.Drop },
		"without a time": func(m *fit.Message) fit.Action {
			if !m.Clear(253) {
				t.Error("a timestamp cannot be cleared")
			}
			if _, ok := m.Time(); ok {
				t.Error("a cleared time is one")
			}
			return fit.Keep
		},
		"moved": func(m *fit.Message) fit.Action {
			when, _ := m.Time()
			m.SetTime(when.Add(time.Minute))
			return fit.Keep
		},
	} {
		first := f.Activities[0].Places[0].Offset
		err := fit.Rewrite(io.Discard, f.Source, func(m *fit.Message) fit.Action {
			if m.Offset == first {
				return edit(m)
			}
			return fit.Keep
		})
		if err == nil || !strings.Contains(err.Error(), "compressed timestamp") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for m := range fit.Messages(f.Source) {
		if _, ok := m.Time(); !ok && m.SetTime(time.Now()) || m.SetTime(time.Unix(0, 0)) {
			t.Error("a time that cannot be is set")
		}
	}
}

// A file whose framing is wrong comes out right, without what is no FIT.
func TestRewriteMakesRight(t *testing.T) {
	plain := whole(4).file()
	size := uint32(len(whole(4).data))
	wrong := bytes.Clone(plain)
	wrong[len(wrong)-1]++
	for name, data := range map[string][]byte{
		"checksum":       wrong,
		"no checksum":    plain[:len(plain)-2],
		"size 0":         whole(4).framed(14, 0, true),
		"size too large": whole(4).framed(14, size+100, true),
		"bytes around":   join([]byte("garbage"), plain, []byte("garbage")),
		"damage":         whole(4).raw(7, 1, 2).file(),
	} {
		t.Run(name, func(t *testing.T) {
			if got := rewrite(t, kept(t, data).Source, nil); !bytes.Equal(got, plain) {
				t.Errorf("% x\nwant\n% x", got, plain)
			}
		})
	}
}

func TestRewriteErrors(t *testing.T) {
	full := errors.New("no space")
	f := kept(t, shapes()["chain"])
	if err := fit.Rewrite(failing{full}, f.Source, nil); !errors.Is(err, full) {
		t.Errorf("a full disk: %v", err)
	}
	for name, src := range map[string]*activity.Source{
		"none": nil, "another format": {Format: "gpx", Data: []byte("<gpx/>")}, "no header": {Format: "fit", Data: []byte("<gpx/>")},
	} {
		if err := fit.Rewrite(io.Discard, src, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
		for range fit.Messages(src) {
			t.Errorf("%s: a message", name)
		}
	}
	// A file that its reader could not read to the end keeps what came.
	data := shapes()["plain"]
	f, err := fit.Decode(context.Background(), io.MultiReader(bytes.NewReader(data[:200]), iotest.ErrReader(full)), fit.Options{KeepSource: true})
	if !errors.Is(err, full) || f.Source == nil || !bytes.Equal(f.Source.Data, data[:200]) {
		t.Errorf("%v, %v", f.Source, err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Every file of the corpus that is sound comes out byte for byte.
func TestRewriteCorpus(t *testing.T) {
	same, right := 0, 0
	for _, e := range codectest.Corpus(t, "fit") {
		file, data := e.File, e.Data(t)
		f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{KeepSource: true})
		if err != nil {
			continue
		}
		out := rewrite(t, f.Source, nil)
		if bytes.Equal(out, data) {
			same++
			continue
		}
		right++
		framing := []finding.Code{
			finding.FITLeading, finding.FITTrailing, finding.FITTruncated, finding.FITMalformed, finding.FITSize,
			finding.FITHeaderCRC, finding.FITCRC, finding.FITCRCMissing,
		}
		bad := func(x finding.Finding) bool { return slices.Contains(framing, x.Code) }
		if !slices.ContainsFunc(findings(f), bad) {
			t.Errorf("%s is sound, and %d bytes became %d", file, len(data), len(out))
		}
		if again := decode(t, out); slices.ContainsFunc(findings(again), bad) {
			t.Errorf("%s is not right afterwards: %v", file, codes(again))
		}
	}
	t.Logf("%d files came out as they were, %d were made right", same, right)
}
