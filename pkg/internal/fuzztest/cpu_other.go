//go:build !unix

package fuzztest

import "time"

// processorTime is unknown here: the fuzz targets run on Unix in .ci/full, and
// elsewhere the bound of the processor's time is not held.
func processorTime() time.Duration { return 0 }
