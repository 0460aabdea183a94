package output

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace writes a file of the program's own, such as its configuration, and puts
// it in the place of the one that bears the name. Whatever happens meanwhile,
// also a machine that loses power, the name holds all of the old or all of the new.
// Until then only its owner can read it; then it has the permissions of mode.
//
// It is not for results of a run: it looks at nothing that it replaces. The error
// is that of write, a [*fs.PathError], or an [*os.LinkError].
func Replace(path string, mode fs.FileMode, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), hidden+"*") // has mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // fails, as it should, after the rename
	err = write(tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), mode)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return err
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil { // the rename, too, is to be on the disk
		_ = dir.Sync() // Windows cannot, and needs not
		_ = dir.Close()
	}
	return nil
}

// ReplaceBytes is [Replace] of what is in memory. The error names the file.
func ReplaceBytes(path string, mode fs.FileMode, data []byte) error {
	err := Replace(path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
