package cli

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tests are all tests and fuzz targets, by name, with the folders that have one of
// that name; and all scripts.
func tests(t *testing.T) map[string][]string {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w*)\(`)
	out := map[string][]string{}
	for _, top := range []string{"cmd", "pkg"} {
		err := filepath.WalkDir(top, func(name string, e fs.DirEntry, err error) error {
			switch {
			case err != nil || e.IsDir():
				return err
			case strings.HasSuffix(name, ".txtar"):
				out[e.Name()] = append(out[e.Name()], filepath.ToSlash(filepath.Dir(name)))
			case strings.HasSuffix(name, "_test.go"):
				data, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				for _, m := range function.FindAllSubmatch(data, -1) {
					out[string(m[1])] = append(out[string(m[1])], filepath.ToSlash(filepath.Dir(name)))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// A promise of the documentation is worth as much as the test that it names: each
// has to be there, in the packages that it is said to be of.
func TestPromisesNameTheirTests(t *testing.T) {
	t.Chdir("../../../..")
	all := tests(t)
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w*|[a-z-]+\\.txtar)`")
	of := regexp.MustCompile("`(Fuzz\\w+)`(?: and `(Test\\w+)`)? of ([a-z/]+(?:(?:, | and )[a-z/]+)*)")
	count := 0
	for _, page := range append(pages, "CONTRIBUTING.md", "SECURITY.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "\r\n", "\n")
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if count++; len(all[m[1]]) == 0 {
				t.Errorf("%s: there is no %s", page, m[1])
			}
		}
		for _, m := range of.FindAllStringSubmatch(text, -1) {
			for _, name := range m[1:3] {
				for _, pkg := range regexp.MustCompile(`, | and `).Split(m[3], -1) {
					if name != "" && !in(all[name], pkg) {
						t.Errorf("%s: %s has no %s", page, pkg, name)
					}
				}
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d tests are named: the pages are read wrongly", count)
	}
}

// in reports whether one of the folders is that of a package, by the end of its path.
func in(folders []string, pkg string) bool {
	for _, f := range folders {
		if path.Base(f) == pkg || strings.HasSuffix(f, "/"+pkg) {
			return true
		}
	}
	return false
}
