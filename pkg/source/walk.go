package source

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bandport/bandport/pkg/finding"
)

// Stdin is the path that stands for standard input. A file of that name can be
// given as "./-".
const Stdin = "-"

// Options is what a walk needs beside the paths.
type Options struct {
	// Stdin is what "-" reads. It is read from at most once and never closed.
	// Nil where there is none.
	Stdin io.Reader
	// Limits bounds the walk and what its items deliver.
	Limits Limits
	// Password returns the password of an archive, whose name it gets as it
	// stands in Item.Name. It is called on the goroutine that iterates, at most
	// once for each archive, and only for one that delivers encrypted members.
	// No bytes mean that there is none, and so does an error, which stands in
	// the message. Nil where there are no passwords.
	Password func(ctx context.Context, archive string) ([]byte, error)
}

// Walk returns the files that the paths stand for, in the order that the
// package documentation describes, and the members of archives in their place.
// Nothing is listed before it is asked for. The first bytes of files are read,
// and of standard input, to tell archives; named pipes and devices are left
// alone.
//
// What cannot be found or listed is an Item with an error; the sequence goes
// on behind it. The sequence ends early when ctx is done: ask ctx.Err() to
// tell that from its natural end.
//
// Names are the argument as given, followed for what is found in a folder by
// the path below it, with [filepath.Separator] between, and for what is found
// in an archive by "!" and its name there, with slashes.
//
// The items can be opened while the walk goes on and after it, on any goroutine.
// Of archives that had to be copied see [Item.Release]: whoever does not open
// every item cancels ctx in the end.
func Walk(ctx context.Context, paths []string, o Options) iter.Seq[Item] {
	limits := o.Limits.orDefaults()
	stdin := &standardInput{r: o.Stdin}
	return func(yield func(Item) bool) {
		w := walk{limits: limits, stdin: stdin, password: o.Password, yield: yield}
		for _, path := range paths {
			if ctx.Err() != nil || !w.argument(ctx, path) {
				return
			}
		}
	}
}

// walk is one pass over the paths. Its methods report whether to go on.
type walk struct {
	limits     Limits
	stdin      *standardInput
	stdinGiven bool
	password   func(context.Context, string) ([]byte, error)
	yield      func(Item) bool
	found      int // files found in folders so far, in all arguments

	// The rest is about the current argument. seen holds its folders, and
	// whether the way to them led through a link; full says that the limit of
	// files was reached in it.
	seen map[folderID]bool
	full bool
}

// folderID tells one folder from another, whatever path leads to it.
type folderID struct{ volume, index uint64 }

// What the methods of walk return: whether the caller wants more.
const (
	stop = false
	goOn = true
)

func (w *walk) argument(ctx context.Context, path string) bool {
	if path == Stdin {
		it := Item{Name: Stdin, Size: -1, stdin: w.stdin, limits: w.limits}
		if w.stdinGiven {
			it.Err = failed("reading", "standard input", ErrStdinTaken)
		}
		w.stdinGiven = true
		return w.file(ctx, it)
	}
	info, err := os.Stat(path)
	if err != nil {
		return w.yield(Item{Name: path, Size: -1, Err: failed("looking for", path, err)})
	}
	if !info.IsDir() {
		return w.file(ctx, Item{Name: path, Size: sizeOf(info), regular: info.Mode().IsRegular(), limits: w.limits})
	}
	// A user who names a folder twice gets it twice, as with files: what was
	// seen counts within one argument.
	w.seen, w.full = map[folderID]bool{}, false
	return w.folder(ctx, folder{argument: path, path: path, level: 1})
}

// file delivers a file or standard input, or what is in it where that is an
// archive.
func (w *walk) file(ctx context.Context, it Item) bool {
	form := noZip
	switch {
	case it.Err != nil:
	case it.Name == Stdin && it.stdin != nil:
		// The sequence may be gone through twice, but this input only once.
		it.stdin.once.Do(func() { it.stdin.ready = it.peek(ctx) })
		form = it.stdin.ready
	case it.regular:
		form = it.peek(ctx)
	}
	if ctx.Err() != nil {
		return stop
	}
	if form == noZip {
		return w.yield(it)
	}
	return w.expand(ctx, it, form)
}

// folder is a folder on the way down.
type folder struct {
	argument string
	path     string
	rel      string // the path below the argument, and a slash where there is one
	level    int    // 1 is the argument itself
	linked   bool   // a link is on the way from the argument to here
	isLink   bool   // it is a link itself
}

// refused is the item of a folder, or of an argument, that is not listed.
func (at folder) refused(name string, why error, detail string) Item {
	return Item{Name: name, Size: -1, FromFolder: name != at.argument, Err: finding.Fail(finding.Unreadable,
		finding.Place{}, detail, fmt.Errorf("listing %s: %w", name, why))}
}

func (w *walk) folder(ctx context.Context, at folder) bool {
	if at.level > w.limits.MaxDepth {
		return w.yield(at.refused(at.path, ErrTooDeep,
			fmt.Sprintf("folders nest deeper than %d levels; what lies below is left out", w.limits.MaxDepth)))
	}
	id, known := identify(at.path)
	switch {
	case known:
		// Without a link on either way a folder cannot be met twice. Not to
		// ask then keeps trees whole on file systems that give the number of
		// one folder to another after a while, as those of FUSE may.
		if throughLink, met := w.seen[id]; met && (throughLink || at.linked) {
			return goOn
		}
		w.seen[id] = at.linked
	case at.isLink:
		return w.yield(at.refused(at.path, ErrNoIdentity, "the system does not say where this link leads, and it could run in circles"))
	}

	entries, err := list(ctx, at.path)
	if err != nil {
		if ctx.Err() != nil {
			return stop
		}
		// What could be listed before the error is delivered all the same.
		if !w.yield(Item{Name: at.path, Size: -1, FromFolder: at.level > 1, Err: failed("listing", at.path, err)}) {
			return stop
		}
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return stop
		}
		if !w.entry(ctx, at, e) {
			return stop
		}
		if w.full {
			return goOn
		}
	}
	return goOn
}

func (w *walk) entry(ctx context.Context, at folder, e entry) bool {
	if e.folder {
		return w.folder(ctx, folder{
			argument: at.argument,
			path:     e.path,
			rel:      at.rel + e.Name() + "/",
			level:    at.level + 1,
			linked:   at.linked || e.link,
			isLink:   e.link,
		})
	}
	if w.found >= w.limits.MaxFiles {
		w.full = true
		return w.yield(at.refused(at.argument, ErrTooMany,
			fmt.Sprintf("folders hold more than %d files; the rest is left out", w.limits.MaxFiles)))
	}
	w.found++
	it := e.item(w.limits)
	it.rel = at.rel + e.Name()
	return w.file(ctx, it)
}

// entry is one line of a folder's listing.
type entry struct {
	fs.DirEntry
	path   string
	link   bool
	folder bool
	info   fs.FileInfo // of what a link leads to
	err    error       // why a link cannot be followed
}

// list returns what a folder holds and a walk delivers, in the order in which
// it does.
func list(ctx context.Context, path string) ([]entry, error) {
	listed, err := os.ReadDir(path)
	entries := make([]entry, 0, len(listed))
	for _, d := range listed {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if strings.HasPrefix(d.Name(), ".") {
			continue
		}
		e := entry{DirEntry: d, path: join(path, d.Name()), folder: d.IsDir()}
		mode := d.Type()
		// What is irregular is asked again as if it were a link: on Windows
		// that is how junctions, and files that live in a cloud, are shown.
		if mode&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
			e.link = true
			if e.info, e.err = os.Stat(e.path); e.err == nil {
				mode = e.info.Mode()
				e.folder = mode.IsDir()
			}
		}
		switch {
		case e.folder, e.err != nil:
		case mode&(fs.ModeDevice|fs.ModeCharDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0, isBackup(d.Name()):
			continue
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key(), b.key()) })
	return entries, err
}

// key orders entries so that all the paths below them are in the order of
// their bytes: what comes after a folder's name in them is a slash.
func (e entry) key() string {
	if e.folder {
		return e.Name() + "/"
	}
	return e.Name()
}

func (e entry) item(limits Limits) Item {
	it := Item{Name: e.path, Size: -1, FromFolder: true, limits: limits}
	info, err := e.info, e.err
	if !e.link {
		info, err = e.Info()
	}
	if err != nil {
		it.Err = failed("looking for", e.path, err)
		return it
	}
	it.Size, it.regular = sizeOf(info), info.Mode().IsRegular()
	return it
}

// isBackup tells the copies that editors leave beside a file.
func isBackup(name string) bool {
	return strings.HasSuffix(name, "~") ||
		strings.EqualFold(filepath.Ext(name), ".bak") ||
		(len(name) > 1 && strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#"))
}

// join appends a name to a folder's path and leaves the path as the user typed
// it, where filepath.Join would make "a" of "./a".
func join(folder, name string) string {
	end := len(folder) - 1
	if end < 0 || os.IsPathSeparator(folder[end]) {
		return folder + name
	}
	// "C:" is the current folder of the drive; with a separator it would be
	// the root.
	if len(folder) == 2 && filepath.VolumeName(folder) == folder {
		return folder + name
	}
	return folder + string(filepath.Separator) + name
}

// sizeOf is the size of a file, or -1 where its kind has none.
func sizeOf(info fs.FileInfo) int64 {
	if info.Mode().IsRegular() {
		return info.Size()
	}
	return -1
}
