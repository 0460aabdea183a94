//go:build unix

package fuzztest

import (
	"syscall"
	"time"
)

// processorTime is what the process has had of the processors, for itself and in
// the kernel.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // no such call fails with valid arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
