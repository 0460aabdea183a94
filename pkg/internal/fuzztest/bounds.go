package fuzztest

import (
	"flag"
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// Bounds are what one execution of a fuzz target may take.
type Bounds struct {
	// Allocated bounds the bytes of the heap that are asked for, altogether: what
	// was freed again counts, so that the memory in use is never more than this.
	Allocated uint64
	// CPU bounds the processor's time of the whole process. Other work on the
	// machine does not count, but a slow machine does: it is held only while the
	// fuzzer runs, not by a go test that tries the seeds.
	CPU time.Duration
	// Hung is when an execution that has not ended is ended, on the clock: the
	// fuzzer itself waits for ever. It is held only while the fuzzer runs.
	Hung time.Duration
}

// Decoding are the bounds of everything that reads files and answers. An
// execution reads its input several times, so one reading stays well below.
var Decoding = Bounds{Allocated: 256 << 20, CPU: 2 * time.Second, Hung: time.Minute}

// Hold begins an execution and returns what ends it; the end fails the test when
// a bound was not kept:
//
//	defer fuzztest.Decoding.Hold(t)()
func (b Bounds) Hold(tb testing.TB) (end func()) {
	tb.Helper()
	if !fuzzing() {
		before := allocated()
		return func() {
			tb.Helper()
			b.memory(tb, before)
		}
	}
	watchdog := time.AfterFunc(b.Hung, func() { onHang(b.Hung) })
	before, began := allocated(), processorTime()
	return func() {
		tb.Helper()
		watchdog.Stop()
		if took := processorTime() - began; took > b.CPU {
			tb.Errorf("the execution took %v of the processor, more than %v", took, b.CPU)
		}
		b.memory(tb, before)
	}
}

func (b Bounds) memory(tb testing.TB, before uint64) {
	tb.Helper()
	if took := allocated() - before; took > b.Allocated {
		tb.Errorf("the execution allocated %d bytes, more than %d", took, b.Allocated)
	}
}

// allocated is the number of bytes that the process has asked of the heap so far.
// Unlike runtime.ReadMemStats this stops nobody: it takes about a microsecond.
func allocated() uint64 {
	sample := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}

// fuzzing reports whether the fuzzer runs, in whose workers this flag is set, too.
var fuzzing = func() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}

// onHang ends the process, which the fuzzer takes as a failure of its input.
var onHang = func(after time.Duration) {
	debug.SetTraceback("all") // where it hangs is another goroutine
	panic(fmt.Sprintf("the execution has not ended after %v", after))
}
