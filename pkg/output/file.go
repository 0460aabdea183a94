package output

import (
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/bandport/bandport/pkg/finding"
)

// hidden begins the names of files that have none yet. A walk over folders
// leaves out what begins with a point.
const hidden = ".bandport-"

// Options say how a run writes.
type Options struct {
	// Force lets results take the place of files that exist.
	Force bool
	// Gzip compresses, and adds ".gz" to the names.
	Gzip bool
	// Inputs are the paths that the run reads from: files, and folders with all
	// below them. They are never replaced.
	Inputs []string
}

// Run writes the files of one run. Its methods can be called by several
// goroutines at once.
type Run struct {
	o      Options
	inputs []string // resolved

	mu      sync.Mutex
	open    map[*File]struct{} // not yet committed or discarded
	taken   map[string]string  // folded path → path, of what was committed
	folders []string           // that the run made
}

// New begins a run.
func New(o Options) *Run {
	r := &Run{o: o, open: map[*File]struct{}{}, taken: map[string]string{}}
	for _, in := range o.Inputs {
		if in != "-" {
			r.inputs = append(r.inputs, resolve(in))
		}
	}
	return r
}

// resolve makes a path absolute and follows links as far as the path exists.
func resolve(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(resolve(dir), filepath.Base(path))
	}
	return path
}

// File is a result that is being written. It is used by one goroutine at a time.
type File struct {
	run    *Run
	path   string // as wanted, with .gz
	temp   string
	file   *os.File
	packed *gzip.Writer
	closed bool
	bytes  int64
}

// Create begins a file that is to be called path, in a folder that is made
// where it is missing. It fails at once where path could not be given in the
// end.
func (r *Run) Create(path string) (*File, error) {
	if r.o.Gzip {
		path += ".gz"
	}
	if !r.mine(path) {
		if err := r.allowed(path); err != nil {
			return nil, err
		}
	}
	if err := r.makeFolder(filepath.Dir(path)); err != nil {
		return nil, failed("making the folder", path, err)
	}
	f := &File{run: r, path: path}
	for range 100 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		f.temp = filepath.Join(filepath.Dir(path), hidden+hex.EncodeToString(b[:])+".tmp")
		var err error
		f.file, err = os.OpenFile(f.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // the user's umask decides, as for every file
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, failed("writing", path, err)
		}
		break
	}
	if f.file == nil {
		return nil, failed("writing", path, errors.New("no name for a temporary file is free"))
	}
	if r.o.Gzip {
		f.packed = gzip.NewWriter(f.file)
	}
	r.mu.Lock()
	r.open[f] = struct{}{}
	r.mu.Unlock()
	return f, nil
}

// makeFolder makes a folder with all above it, and remembers which it made.
func (r *Run) makeFolder(dir string) error {
	var missing []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || filepath.Dir(d) == d {
			break
		}
		missing = append(missing, d)
	}
	if len(missing) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	r.mu.Lock()
	r.folders = append(r.folders, missing...)
	r.mu.Unlock()
	return nil
}

// mine reports whether this run has written a file of that name.
func (r *Run) mine(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.taken[fold(path)]
	return ok
}

// fold makes one of the names that a file system may take for the same.
func fold(path string) string { return strings.ToLower(resolve(path)) }

// allowed reports whether a file may get the name.
func (r *Run) allowed(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failed("writing", path, err)
	case info.IsDir():
		return finding.Fail(finding.OutputExists, finding.Place{}, path+" is a folder", nil)
	}
	target, err := os.Stat(path)
	if err == nil && !target.Mode().IsRegular() {
		return finding.Fail(finding.OutputExists, finding.Place{}, path+" is no plain file", nil)
	}
	at := resolve(path)
	for _, in := range r.inputs {
		if rel, err := filepath.Rel(in, at); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return finding.Fail(finding.OutputInput, finding.Place{}, path, nil)
		}
		if named, err := os.Stat(in); err == nil && target != nil && os.SameFile(named, target) { // another name of it
			return finding.Fail(finding.OutputInput, finding.Place{}, path, nil)
		}
	}
	if !r.o.Force {
		return finding.Fail(finding.OutputExists, finding.Place{}, path, fs.ErrExist)
	}
	return nil
}

// Write adds bytes, before compression.
func (f *File) Write(p []byte) (int, error) {
	var w io.Writer = f.file
	if f.packed != nil {
		w = f.packed
	}
	n, err := w.Write(p)
	f.bytes += int64(n)
	if err != nil {
		err = failed("writing", f.path, err)
	}
	return n, err
}

// Size returns how many bytes were written, before compression.
func (f *File) Size() int64 { return f.bytes }

// Finish ends the writing. After it the file can be opened.
func (f *File) Finish() error {
	if f.closed {
		return nil
	}
	f.closed = true
	var err error
	if f.packed != nil {
		err = f.packed.Close()
	}
	if closeErr := f.file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return failed("writing", f.path, err)
	}
	return nil
}

// Open returns the bytes that were written, after Finish: as they were given to
// Write.
func (f *File) Open() (io.ReadCloser, error) {
	file, err := os.Open(f.temp)
	if err != nil {
		return nil, failed("reading back", f.path, err)
	}
	if f.packed == nil {
		return file, nil
	}
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		_ = file.Close()
		return nil, failed("reading back", f.path, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{unpacked, file}, nil
}

// Commit gives the file its name and returns it. Where another file of the run
// has that name, it is called "run-2.fit", then "run-3.fit": so whoever wants
// the same names in every run commits in the same order.
//
// A file that came into being under the name meanwhile is an error, unless the
// run may replace it. After an error the file is discarded.
func (f *File) Commit() (string, error) {
	if err := f.Finish(); err != nil {
		f.Discard()
		return "", err
	}
	r := f.run
	r.mu.Lock()
	defer r.mu.Unlock()
	path := f.path
	for n := 2; ; n++ {
		if _, ok := r.taken[fold(path)]; !ok {
			break
		}
		path = numbered(f.path, n)
	}
	err := r.allowed(path)
	if err == nil {
		err = f.rename(path)
	}
	if err != nil {
		delete(r.open, f)
		_ = os.Remove(f.temp)
		return "", err
	}
	delete(r.open, f)
	r.taken[fold(path)] = path
	return path, nil
}

// numbered puts a number before the extensions of a name.
func numbered(path string, n int) string {
	dir, base := filepath.Split(path)
	bare := Bare(base)
	return dir + bare + "-" + strconv.Itoa(n) + base[len(bare):]
}

// rename moves the file to its name. Where nothing may be replaced, that is left
// to the file system, for which there is no moment between looking and moving.
func (f *File) rename(path string) error {
	if f.run.o.Force {
		if info, err := os.Stat(path); err == nil {
			_ = os.Chmod(f.temp, info.Mode().Perm()) // as far as the system lets us
		}
		if err := os.Rename(f.temp, path); err != nil {
			return failed("naming", path, err)
		}
		return nil
	}
	err := os.Link(f.temp, path)
	if err == nil {
		_ = os.Remove(f.temp) // it has its name, whatever becomes of the other
		return nil
	}
	if !errors.Is(err, fs.ErrExist) { // a file system without links: take the name first
		var place *os.File
		if place, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); err == nil { //nolint:gosec // the same
			_ = place.Close()
			if err = os.Rename(f.temp, path); err != nil {
				_ = os.Remove(path)
			}
		}
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return finding.Fail(finding.OutputExists, finding.Place{}, path, err)
	case err != nil:
		return failed("naming", path, err)
	}
	return nil
}

// rejected is added to the name of a file that is kept as evidence.
const rejected = ".rejected"

// Reject keeps the file as evidence, under its name with ".rejected" behind,
// and returns that name. An older one of the same name is replaced.
func (f *File) Reject() (string, error) {
	if err := f.Finish(); err != nil {
		f.Discard()
		return "", err
	}
	path := f.path + rejected
	f.run.forget(f)
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		_ = os.Remove(f.temp)
		return "", finding.Fail(finding.OutputExists, finding.Place{}, path+" is no plain file", nil)
	}
	if err := os.Rename(f.temp, path); err != nil {
		_ = os.Remove(f.temp)
		return "", failed("naming", path, err)
	}
	return path, nil
}

// Discard removes what was written. After Commit, Reject or Discard it does
// nothing.
func (f *File) Discard() {
	if !f.run.forget(f) {
		return
	}
	if !f.closed {
		f.closed = true
		_ = f.file.Close()
	}
	_ = os.Remove(f.temp)
}

// forget takes a file off the list of those that are open; it reports whether
// it was there.
func (r *Run) forget(f *File) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.open[f]
	delete(r.open, f)
	return ok
}

// Wrote reports whether a path is a result of this run, or about to be one. A
// walk over a folder that results are written into meets them.
func (r *Run) Wrote(path string) bool {
	if base := filepath.Base(path); strings.HasPrefix(base, hidden) || strings.HasSuffix(base, rejected) {
		return true
	}
	return r.mine(path)
}

// Close removes what was neither committed nor rejected, and the folders that
// the run made and left empty.
func (r *Run) Close() {
	r.mu.Lock()
	var left []*File
	for f := range r.open {
		left = append(left, f)
	}
	folders := r.folders
	r.folders = nil
	r.mu.Unlock()
	for _, f := range left {
		f.Discard()
	}
	for again := true; again; { // an empty folder may have held but an empty folder
		again = false
		for i, dir := range folders {
			if dir != "" && os.Remove(dir) == nil {
				folders[i], again = "", true
			}
		}
	}
}

// failed is the error of a deed that the system refused.
func failed(deed, path string, err error) error {
	var inner *finding.Failure
	if errors.As(err, &inner) {
		return err
	}
	var at *fs.PathError
	if errors.As(err, &at) { // its own path is that of the temporary file
		err = at.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	return finding.Fail(finding.OutputFailed, finding.Place{}, deed+" "+path+": "+err.Error(), err)
}
