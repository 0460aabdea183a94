package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk mounts a file system of some kilobytes, which only root can.
func disk(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no small disk can be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return dir
}

func TestConvertToAFullDisk(t *testing.T) {
	out := disk(t, "64k")
	in := work(t, "evening-run.tcx", "dialects/short.tcx", "power-ride.tcx")
	code, _, errs := runWith(t.Context(), t, "--config", emptyConfig(t), "convert", "--to", "gpx", "-o", filepath.Join(out, "deep"), "-j", "1", in)
	if code != exitPartial || strings.Count(errs, "the result cannot be written: writing") != 2 || !strings.Contains(errs, "no space left on device") {
		t.Errorf("exit code %d:\n%s", code, errs)
	}
	if got := tree(t, out); got != "deep/short.gpx" {
		t.Errorf("results: %s", got)
	}
}

func TestConvertToAReadOnlyDisk(t *testing.T) {
	out := disk(t, "64k")
	if err := syscall.Mount("", out, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("it cannot be made read-only: %v", err)
	}
	code, _, errs := runWith(t.Context(), t, "--config", emptyConfig(t), "convert", "--to", "gpx", "-o", out, work(t, "evening-run.tcx"))
	if code != exitFailure || !strings.Contains(errs, "the result cannot be written") || !strings.Contains(errs, "read-only file system") ||
		!strings.Contains(errs, "hint: check that there is room and that you may write there") {
		t.Errorf("exit code %d:\n%s", code, errs)
	}
}
