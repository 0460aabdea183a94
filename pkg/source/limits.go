package source

import "strconv"

// The limits that stand where [Limits] says nothing.
const (
	DefaultMaxSize  = 1 << 30   // bytes: 1 GiB, forty times what Strava accepts
	DefaultMaxFiles = 1_000_000 // files
	DefaultMaxDepth = 64        // levels of folders
)

// Limits bounds the work that paths can cause. A field that is zero or
// negative stands for its default.
type Limits struct {
	// MaxSize is the most bytes that one file may hold, after decompression.
	// The reader delivers as many and then fails with [finding.TooLarge].
	MaxSize int64
	// MaxFiles is the most files that are taken from folders, all arguments
	// together. Files that are named do not count. At the limit the walk of the
	// folder ends with an Item whose error wraps [ErrTooMany].
	MaxFiles int
	// MaxDepth is the most levels of folders; the argument is the first. A
	// folder below is an Item whose error wraps [ErrTooDeep].
	MaxDepth int
}

func (l Limits) orDefaults() Limits {
	if l.MaxSize <= 0 {
		l.MaxSize = DefaultMaxSize
	}
	if l.MaxFiles <= 0 {
		l.MaxFiles = DefaultMaxFiles
	}
	if l.MaxDepth <= 0 {
		l.MaxDepth = DefaultMaxDepth
	}
	return l
}

// sizeText writes a number of bytes in the largest unit that divides it, so
// that people see the number which they, or we, once wrote down.
func sizeText(n int64) string {
	for _, u := range []struct {
		bytes int64
		name  string
	}{{1 << 30, " GiB"}, {1 << 20, " MiB"}, {1 << 10, " KiB"}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
