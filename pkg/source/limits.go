package source

import (
	"fmt"
	"strconv"

	"github.com/bandport/bandport/pkg/finding"
)

// The limits that stand where [Limits] says nothing.
const (
	DefaultMaxSize  = 1 << 30   // bytes: 1 GiB, forty times what Strava accepts
	DefaultMaxFiles = 1_000_000 // files
	DefaultMaxDepth = 64        // levels of folders

	// An export of twenty years holds some ten thousand workouts, and as many
	// photos.
	DefaultMaxEntries = 100_000
	DefaultMaxNesting = 3 // an export in a backup in a collection
	// An hour of standing still, in a TCX file with every tag on its own line,
	// packs to 1:150, and one point that is repeated for ever to 1:230. What is
	// made to do harm comes near 1:1032, the most that deflate can express.
	DefaultMaxRatio = 500
	// Ten thousand hours of TCX, a point a second, are 10 GiB. This is reached
	// within minutes.
	DefaultMaxTotal = 64 << 30 // bytes: 64 GiB
)

// InMemory is the most bytes that an archive may have to be kept in memory
// where it has to be copied: from standard input, from gzip, from another
// archive. A larger one goes to a temporary file.
const InMemory = 4 << 20

// Limits bounds the work that paths can cause. A field that is zero or
// negative stands for its default.
type Limits struct {
	// MaxSize is the most bytes that one file may hold, after decompression.
	// The reader delivers as many and then fails with [finding.TooLarge]. It
	// holds for members of archives, and for archives that are in gzip or in
	// another archive; not for an archive that is a file of its own or comes
	// from standard input.
	MaxSize int64
	// MaxFiles is the most files that are taken from folders, all arguments
	// together. Files that are named do not count, an archive counts once. At
	// the limit the walk of the folder ends with an Item whose error wraps
	// [ErrTooMany].
	MaxFiles int
	// MaxDepth is the most levels of folders; the argument is the first. A
	// folder below is an Item whose error wraps [ErrTooDeep].
	MaxDepth int

	// The rest is about archives. Beyond each of these limits stands an error
	// with the code [finding.ZipLimit] that names the field.

	// MaxEntries is the most members that an archive may list, those of the
	// archives in it and those that are left out counted. The archive that goes
	// beyond it is refused as a whole.
	MaxEntries int
	// MaxNesting is the most levels of archives; the file is the first.
	MaxNesting int
	// MaxRatio is the most bytes that a byte of a packed member may become. It
	// is measured while reading, and allows for a first MiB.
	MaxRatio int
	// MaxTotal is the most bytes that may be unpacked from an archive, the
	// archives and the gzip files in it counted, and what is read twice counted
	// twice. Members are read at the same time, so that chance decides which of
	// them is the first beyond the limit. It is also the most that is read of an
	// archive from standard input.
	MaxTotal int64
}

func (l Limits) orDefaults() Limits {
	l.MaxSize = orDefault(l.MaxSize, DefaultMaxSize)
	l.MaxFiles = orDefault(l.MaxFiles, DefaultMaxFiles)
	l.MaxDepth = orDefault(l.MaxDepth, DefaultMaxDepth)
	l.MaxEntries = orDefault(l.MaxEntries, DefaultMaxEntries)
	l.MaxNesting = orDefault(l.MaxNesting, DefaultMaxNesting)
	l.MaxRatio = orDefault(l.MaxRatio, DefaultMaxRatio)
	l.MaxTotal = orDefault(l.MaxTotal, DefaultMaxTotal)
	return l
}

func orDefault[T int | int64](v, normal T) T {
	if v <= 0 {
		return normal
	}
	return v
}

// beyond is the error of an archive, or of a member, that exceeds a limit.
func beyond(field string, place finding.Place, format string, args ...any) error {
	return finding.Fail(finding.ZipLimit, place, fmt.Sprintf(format, args...)+" ("+field+")", nil)
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
