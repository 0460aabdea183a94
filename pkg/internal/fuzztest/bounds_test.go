package fuzztest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// told keeps what a test was failed with instead of failing.
type told struct {
	testing.TB
	errors []string
}

func (t *told) Helper() {}

func (t *told) Errorf(format string, args ...any) {
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}

// pretend makes the package believe that the fuzzer runs, or not.
func pretend(t *testing.T, runs bool) {
	t.Helper()
	was := fuzzing
	fuzzing = func() bool { return runs }
	t.Cleanup(func() { fuzzing = was })
}

var sink []byte

// take allocates a number of bytes, little by little, and keeps none of it.
func take(bytes int) {
	for ; bytes > 0; bytes -= 1 << 10 {
		sink = make([]byte, 1<<10)
	}
}

// burn keeps the processor busy for a time of its own, not of the clock.
func burn(d time.Duration) {
	for began := processorTime(); processorTime()-began < d; {
		for i := range 10_000 {
			sink[i%len(sink)]++
		}
	}
}

// The bounds have to be able to fail, and only where they should.
func TestBounds(t *testing.T) {
	take(1)
	hasCPU := processorTime() > 0
	for _, c := range []struct {
		name   string
		fuzzes bool
		bounds Bounds
		work   func()
		want   string // what the failure says, nothing where there is none
	}{
		{"little memory", false, Bounds{Allocated: 8 << 20}, func() { take(1 << 20) }, ""},
		{"much memory", false, Bounds{Allocated: 8 << 20}, func() { take(16 << 20) }, "allocated"},
		{"much memory, all of it freed again, in the fuzzer", true, Bounds{Allocated: 8 << 20, CPU: time.Hour, Hung: time.Hour}, func() { take(16 << 20) }, "allocated"},
		{"little time", true, Bounds{Allocated: 8 << 20, CPU: time.Hour, Hung: time.Hour}, func() { burn(time.Millisecond) }, ""},
		{"much time", true, Bounds{Allocated: 8 << 20, CPU: time.Millisecond, Hung: time.Hour}, func() { burn(5 * time.Millisecond) }, "of the processor"},
		{"much time of a test that does not fuzz", false, Bounds{Allocated: 8 << 20, CPU: time.Millisecond}, func() { burn(5 * time.Millisecond) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.bounds.CPU > 0 && !hasCPU {
				t.Skip("the processor's time is not known on this system")
			}
			pretend(t, c.fuzzes)
			r := &told{TB: t}
			end := c.bounds.Hold(r)
			c.work()
			end()
			switch {
			case c.want == "" && len(r.errors) > 0:
				t.Errorf("failed: %q", r.errors)
			case c.want != "" && (len(r.errors) != 1 || !strings.Contains(r.errors[0], c.want)):
				t.Errorf("failed with %q, want one failure about %q", r.errors, c.want)
			}
		})
	}
}

// An execution that does not end is ended; one that has ended is left alone.
func TestHung(t *testing.T) {
	pretend(t, true)
	hung := make(chan time.Duration, 1)
	was := onHang
	onHang = func(after time.Duration) { hung <- after }
	t.Cleanup(func() { onHang = was })

	b := Decoding
	b.Hung = time.Millisecond
	end := b.Hold(&told{TB: t})
	if after := <-hung; after != time.Millisecond {
		t.Errorf("noticed after %v", after)
	}
	end()

	b.Hung = time.Hour
	b.Hold(&told{TB: t})()
	select {
	case <-hung:
		t.Error("an execution that had ended was called hung")
	default:
	}
}

// Measuring must not be what executions spend their time with.
func BenchmarkHold(b *testing.B) {
	was := fuzzing
	fuzzing = func() bool { return true }
	defer func() { fuzzing = was }()
	for b.Loop() {
		Decoding.Hold(b)()
	}
}
