package codectest

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where the collections are, seen from a codec's package.
const (
	CorpusFolder = "../../../shared/corpus"
	TruthFolder  = "../../../shared/truth"
)

// Entry is a file of the corpus.
type Entry struct {
	File  string // its name there, with slashes
	Kind  string // its format by the manifest
	Notes string // what is special about it, by the manifest

	peers, observed string
}

// Corpus returns the files of a format, in the order of the manifest: those that
// it calls so, and those that are named so. It skips the test where there is no
// corpus beside the checkout.
func Corpus(tb testing.TB, format string) []Entry {
	tb.Helper()
	var out []Entry
	for _, row := range Table(tb, filepath.Join(CorpusFolder, "manifest.csv")) {
		if row[1] == format || strings.Contains(row[0], "."+format) {
			out = append(out, Entry{File: row[0], Kind: row[1], Notes: row[3], peers: row[4], observed: row[5]})
		}
	}
	if len(out) == 0 {
		tb.Fatalf("the corpus has no %s", format)
	}
	return out
}

// Data returns the file, unpacked where it is compressed.
func (e *Entry) Data(tb testing.TB) []byte {
	tb.Helper()
	return Unpacked(tb, filepath.Join(CorpusFolder, filepath.FromSlash(e.File)))
}

// Observed reads what a tolerant reader counted in the file.
func (e *Entry) Observed(tb testing.TB, into any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(e.observed), into); err != nil {
		tb.Fatalf("%s: %v", e.File, err)
	}
}

// Peers reads what other programs say of the file, a list; nothing is read where
// the manifest has none.
func (e *Entry) Peers(tb testing.TB, into any) {
	tb.Helper()
	if e.peers == "" {
		return
	}
	if err := json.Unmarshal([]byte(e.peers), into); err != nil {
		tb.Fatalf("%s: %v", e.File, err)
	}
}

// CorpusFile returns one file of the corpus by its name, unpacked. It skips the
// test where there is no corpus.
func CorpusFile(tb testing.TB, file string) []byte {
	tb.Helper()
	if _, err := os.Stat(CorpusFolder); err != nil {
		tb.Skip("no real files beside the checkout:", err)
	}
	return Unpacked(tb, filepath.Join(CorpusFolder, filepath.FromSlash(file)))
}

// Truth is a workout with the figures that Strava shows for it.
type Truth struct {
	File   string // its name among the originals
	Format string
	Sport  string // Strava's sport type
	Row    []string
}

// Truths returns the workouts of a format. It skips the test where there are
// none.
func Truths(tb testing.TB, format string) []Truth {
	tb.Helper()
	var out []Truth
	for _, row := range Table(tb, filepath.Join(TruthFolder, "truth.csv")) {
		if row[2] == format {
			out = append(out, Truth{File: row[0], Format: row[2], Sport: row[3], Row: row})
		}
	}
	return out
}

// Data returns the original, unpacked.
func (w *Truth) Data(tb testing.TB) []byte {
	tb.Helper()
	return Unpacked(tb, filepath.Join(TruthFolder, "files", w.File))
}

// Table returns the rows of a CSV file, without the first. It skips the test
// where there is no such file.
func Table(tb testing.TB, name string) [][]string {
	tb.Helper()
	f, err := os.Open(name)
	if err != nil {
		tb.Skip("no real files beside the checkout:", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return rows[1:]
}

// Unpacked returns a file, unpacked where it is compressed.
func Unpacked(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	if !bytes.HasPrefix(data, []byte("\x1f\x8b")) {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	if data, err = io.ReadAll(z); err != nil {
		tb.Fatal(err)
	}
	return data
}
