//go:build !windows

package source

import (
	"os"
	"syscall"
)

// identify tells which folder a path leads to: device and inode. It reports
// false where the file system does not say, as some network ones do.
func identify(path string) (folderID, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return folderID{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Ino == 0 {
		return folderID{}, false
	}
	// The types of the fields differ between systems.
	return folderID{volume: uint64(st.Dev), index: uint64(st.Ino)}, true //nolint:unconvert // see above
}
