package source

import (
	"os"
	"syscall"
)

// identify tells which folder a path leads to: the volume's serial number and
// the file index. It reports false where the file system does not say, as some
// network ones do. The real path would not do: since Go 1.23
// filepath.EvalSymlinks does not look through junctions, and those that run in
// circles are a custom of Windows.
func identify(path string) (folderID, bool) {
	f, err := os.Open(path)
	if err != nil {
		return folderID{}, false
	}
	defer f.Close()
	var info syscall.ByHandleFileInformation
	if err := syscall.GetFileInformationByHandle(syscall.Handle(f.Fd()), &info); err != nil {
		return folderID{}, false
	}
	index := uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)
	return folderID{volume: uint64(info.VolumeSerialNumber), index: index}, index != 0
}
