package output

import (
	"path"
	"path/filepath"
	"strings"
)

// extensions are those that a result's own extension takes the place of. Any
// other is a part of the name: "run.2024" becomes "run.2024.fit".
var extensions = []string{".tcx", ".gpx", ".fit", ".xml", ".json", ".csv"}

// Name returns the path of a result below dir. rel is where its input lies
// below what the user named, with slashes (see source.Item.Rel): its folders and
// its name stay, and its extension, also that of gzip, gives way to ext, such as
// ".fit".
func Name(dir, rel, ext string) string {
	folder, base := path.Split(rel)
	return filepath.Join(dir, filepath.FromSlash(folder), Bare(base)+ext)
}

// Bare returns the name of a file without the extension of its format.
func Bare(base string) string {
	if cut, ok := trimFold(base, ".gz"); ok {
		base = cut
	}
	for _, e := range extensions {
		if cut, ok := trimFold(base, e); ok {
			return cut
		}
	}
	return base
}

// trimFold takes an extension off a name, in capitals or not. A name is never
// nothing but an extension.
func trimFold(base, ext string) (string, bool) {
	n := len(base) - len(ext)
	if n <= 0 || !strings.EqualFold(base[n:], ext) {
		return base, false
	}
	return base[:n], true
}
