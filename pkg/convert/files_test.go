package convert_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/convert"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
)

// corpus is a collection of real and broken files. They hold real people's tracks,
// so they are not part of the project.
const corpus = "../../../shared/corpus"

// decoded reads a file with its source; ok is false where it is no workout.
func decoded(t *testing.T, name string) (f activity.File, ok bool) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return f, false
		}
		if data, err = io.ReadAll(unpacked); err != nil {
			return f, false
		}
	}
	f, err = load.Decode(t.Context(), bytes.NewReader(data), load.Default(), load.Options{KeepSource: true})
	return f, err == nil
}

// converts tries all of it with one file: the laws, a plan with its verification,
// and what the same format gives back. It returns what kept a format from holding
// the workouts.
func converts(t *testing.T, f *activity.File) (refused map[string]finding.Code) {
	t.Helper()
	refused = map[string]finding.Code{}
	for _, o := range []convert.Options{{}, {Strava: true}} {
		for _, format := range registry.Formats() {
			if !o.Strava && points(f) < 20_000 {
				holds(t, f.Activities, format, o)
			}
			p, err := convert.New(f, encoder(t, format), o)
			if err != nil {
				refused[format] = finding.CodeOf(err)
				continue
			}
			var b bytes.Buffer
			if err := p.Write(&b); err != nil {
				t.Errorf("to %s: %v", format, err)
				continue
			}
			if _, err := p.Verify(bytes.NewReader(b.Bytes())); err != nil {
				t.Errorf("to %s (%s), %+v: %v", format, p.How, o, err)
			}
			if p.How == convert.Copied && format != "fit" && !bytes.Equal(b.Bytes(), f.Source.Data) {
				t.Errorf("the copy is not the source")
			}
			again, err := load.Decode(t.Context(), bytes.NewReader(b.Bytes()), load.Default(), load.Options{})
			if err != nil {
				t.Errorf("%s that was %s: %v", format, p.How, err)
				continue
			}
			if p.How == convert.Written || p.How == convert.Copied {
				if diff := difference(p.Activities, again.Activities); diff != "" {
					t.Errorf("%s that was %s (-planned +read):\n%.3000s", format, p.How, diff)
				}
			}
		}
	}
	return refused
}

func points(f *activity.File) (n int) {
	for i := range f.Activities {
		n += len(f.Activities[i].Records)
	}
	return n
}

func TestBundledFiles(t *testing.T) {
	tried := 0
	walk(t, "../../testdata", func(name string) {
		f, ok := decoded(t, name)
		if !ok {
			return
		}
		tried++
		t.Run(strings.TrimPrefix(filepath.ToSlash(name), "../../testdata/"), func(t *testing.T) { converts(t, &f) })
	})
	if tried < 60 {
		t.Errorf("only %d files could be read", tried)
	}
}

func walk(t *testing.T, root string, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".tcx", ".gpx", ".fit", ".gz"}, strings.ToLower(filepath.Ext(name))) {
			visit(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// found calls visit for the files of the corpus: all of them where BANDPORT_CORPUS is
// "all", which takes many minutes, else every twelfth. It reports false where there
// is no corpus.
func found(t *testing.T, visit func(name string)) bool {
	t.Helper()
	if _, err := os.Stat(corpus); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	every, i := 12, 0
	if os.Getenv("BANDPORT_CORPUS") == "all" {
		every = 1
	}
	walk(t, corpus, func(name string) {
		if i++; i%every == 0 {
			visit(name)
		}
	})
	return true
}

// TestCorpus converts found files in all directions.
func TestCorpus(t *testing.T) {
	tried, refused := 0, map[string]map[finding.Code]int{}
	there := found(t, func(name string) {
		f, ok := decoded(t, name)
		if !ok {
			return
		}
		tried++
		t.Run(strings.TrimPrefix(filepath.ToSlash(name), corpus+"/"), func(t *testing.T) {
			for format, code := range converts(t, &f) {
				if refused[format] == nil {
					refused[format] = map[finding.Code]int{}
				}
				refused[format][code]++
			}
		})
	})
	if !there {
		t.Skip("no corpus of found files: " + corpus)
	}
	t.Logf("%d files, refused: %v", tried, refused)
	for format, codes := range refused {
		for code := range codes {
			if code != finding.ConvertEmpty && code != finding.ConvertTogether {
				t.Errorf("%s refuses with %s", format, code)
			}
		}
	}
}
