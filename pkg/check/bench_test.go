package check_test

import (
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
)

// An hour of running at one sample a second: what a check costs beside the
// recalculation that it does.
func BenchmarkChecker(b *testing.B) {
	a := sound()
	a.Records = walk(3600)
	f := activity.File{Activities: []activity.Activity{a}}
	var c check.Checker
	b.ReportAllocs()
	for b.Loop() {
		if vs := c.File(&f, check.Options{Now: now}); len(vs[0].Findings) > 0 {
			b.Fatal(vs[0].Findings)
		}
	}
}
