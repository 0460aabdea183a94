package fit_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/internal/fuzztest"
)

func soundFIT(tb testing.TB) []byte {
	tb.Helper()
	b, err := os.ReadFile("../../testdata/defects/sound.fit")
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// messages lists what a file holds, without its definitions.
func messagesOf(data []byte) (all [][]byte) {
	for m := range fit.Messages(&activity.Source{Format: "fit", Data: data}) {
		if !m.Definition {
			all = append(all, bytes.Clone(m.Bytes()))
		}
	}
	return all
}

// frames reports whether nothing is wrong with what holds the messages.
func framed(tb testing.TB, data []byte) bool {
	tb.Helper()
	f, err := fit.Decode(context.Background(), bytes.NewReader(data), fit.Options{})
	if err != nil {
		tb.Errorf("%v", err)
		return false
	}
	for _, x := range f.Findings {
		switch x.Code {
		case finding.FITCRC, finding.FITCRCMissing, finding.FITHeaderCRC, finding.FITSize, finding.FITTruncated, finding.FITMalformed, finding.FITTrailing, finding.FITLeading:
			tb.Errorf("%v", x)
			return false
		}
	}
	return true
}

func TestSalvageOfASoundFileIsTheFile(t *testing.T) {
	data := soundFIT(t)
	out, s, ok := fit.Salvage(data)
	if !ok || !bytes.Equal(out, data) || s.Damages != 0 || s.Bytes != 0 || s.Records != 121 {
		t.Errorf("ok %v, the same %v, %+v", ok, bytes.Equal(out, data), s)
	}
}

// Wherever a file is cut, what is whole before the cut is saved, and nothing else.
func TestSalvageOfACutFile(t *testing.T) {
	data := soundFIT(t)
	whole := messagesOf(data)
	for n := 160; n < len(data); n++ { // behind the first record
		out, s, ok := fit.Salvage(data[:n])
		if !ok {
			t.Fatalf("cut at %d: nothing", n)
		}
		if !framed(t, out) {
			t.Fatalf("cut at %d", n)
		}
		got := messagesOf(out)
		if len(got) != s.Kept || len(got) > len(whole) {
			t.Fatalf("cut at %d: %d messages, told %d", n, len(got), s.Kept)
		}
		for i := range got {
			if !bytes.Equal(got[i], whole[i]) {
				t.Fatalf("cut at %d: message %d is another", n, i)
			}
		}
		// What was lost is less than a message with its definition, and the end.
		if behind := n - 2 - (len(out) - 2); behind > 60 {
			t.Fatalf("cut at %d: %d bytes are lost", n, behind)
		}
	}
	for n := range 50 {
		if _, _, ok := fit.Salvage(data[:n]); ok && n < 49 {
			t.Errorf("messages in the first %d bytes", n)
		}
	}
}

// A block that was overwritten costs the messages in it and few more.
func TestSalvageOfAHole(t *testing.T) {
	data := soundFIT(t)
	whole := map[string]bool{}
	for _, m := range messagesOf(data) {
		whole[string(m)] = true
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	const block, record = 64, 24
	worst, strangers := 0, 0
	for range 300 {
		at := 120 + rnd.IntN(len(data)-700)
		broken := bytes.Clone(data)
		for i := at; i < at+block; i++ {
			broken[i] = byte(rnd.Uint32())
		}
		out, _, ok := fit.Salvage(broken)
		if !ok || !framed(t, out) {
			t.Fatalf("hole at %d", at)
		}
		kept := 0
		for _, m := range messagesOf(out) {
			if whole[string(m)] {
				kept++
			} else {
				strangers++
			}
		}
		worst = max(worst, len(whole)-kept)
	}
	if most := block/record + 8; worst > most {
		t.Errorf("a hole of %d bytes costs up to %d messages, want at most %d", block, worst, most)
	}
	// A message that begins before the hole or ends behind it is whole to look at.
	if strangers > 300*3 {
		t.Errorf("%d messages in 300 files are none of the original", strangers)
	}
}

func TestSalvageOfNothing(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("no FIT"), soundFIT(t)[:14], bytes.Repeat([]byte(".FIT"), 100)} {
		if out, s, ok := fit.Salvage(data); ok || len(out) > 0 || s.Kept > 0 {
			t.Errorf("%d bytes: %+v", len(data), s)
		}
	}
}

// The files of a chain are saved one by one.
func TestSalvageOfAChain(t *testing.T) {
	one := soundFIT(t)
	cut := bytes.Clone(one[:len(one)/2])
	out, s, ok := fit.Salvage(append(append([]byte("junk"), cut...), one...))
	if !ok || !framed(t, out) || s.Records <= 121 || !bytes.HasSuffix(out, one) {
		t.Errorf("ok %v, %+v", ok, s)
	}
}

func TestComplete(t *testing.T) {
	data, err := os.ReadFile("../../testdata/defects/no-session.fit")
	if err != nil {
		t.Fatal(err)
	}
	e := fit.Ending{Start: fit.EpochSeconds(1551517200), End: fit.EpochSeconds(1551517320), Elapsed: 120000, Timer: 100000, Distance: 33400, Sport: 1, Sub: 3}
	out, ok := fit.Complete(data, e)
	if !ok || !framed(t, out) {
		t.Fatal("it is not complete")
	}
	f, err := fit.Decode(context.Background(), bytes.NewReader(out), fit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := f.Activities[0]
	elapsed, _ := a.Totals.ElapsedTime.Get()
	timer, _ := a.Totals.TimerTime.Get()
	distance, _ := a.Totals.Distance.Get()
	if a.Sport != activity.TrailRun || elapsed != 120 || timer != 100 || distance != 334 || len(a.Laps) != 1 || a.Start.Unix() != 1551517200 {
		t.Errorf("%s, %v s, %v s, %v m, %d laps, from %v", a.Sport, elapsed, timer, distance, len(a.Laps), a.Start)
	}
	for _, x := range a.Findings {
		if x.Code == finding.FITNoSession {
			t.Error("the session is missing")
		}
	}
	e.HasLap = true
	if without, ok := fit.Complete(data, e); !ok || len(without) >= len(out) {
		t.Error("a lap too many")
	}
	for name, bad := range map[string][]byte{"nothing": nil, "cut": data[:len(data)-1], "a chain": append(bytes.Clone(data), data...), "text": []byte("hello, this is no FIT at all")} {
		if _, ok := fit.Complete(bad, e); ok {
			t.Errorf("%s was completed", name)
		}
	}
}

// Whatever comes, what is saved has sound frames.
func FuzzSalvage(f *testing.F) {
	f.Add(soundFIT(f))
	for _, name := range []string{"hole", "cut", "size-zero", "behind"} {
		b, err := os.ReadFile("../../testdata/defects/" + name + ".fit")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Decoding.Hold(t)()
		was := bytes.Clone(data)
		out, s, ok := fit.Salvage(data)
		if !bytes.Equal(was, data) {
			t.Fatal("the data was changed")
		}
		if ok != (s.Kept > 0) || len(out) > len(data)+32*(1+bytes.Count(data, []byte(".FIT"))) {
			t.Fatalf("ok %v, %+v, %d bytes of %d", ok, s, len(out), len(data))
		}
		if !ok {
			return
		}
		if _, err := fit.Decode(context.Background(), bytes.NewReader(out), fit.Options{}); err == nil {
			framed(t, out)
		} else if code := finding.CodeOf(err); code != finding.FITEmpty && code != finding.FITLimit {
			t.Fatal(err)
		}
	})
}
