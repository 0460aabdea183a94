package finding_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/bandport/bandport/pkg/finding"
)

// codesInSource reads the package's own source and returns the exported
// constants of type Code: their names, by their values.
func codesInSource(t *testing.T) map[finding.Code]string {
	t.Helper()
	codes := map[finding.Code]string{}
	search := func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
			return true
		}
		for i, name := range spec.Names {
			literal, ok := spec.Values[i].(*ast.BasicLit)
			if !ok {
				t.Fatalf("%s is not written as a literal", name.Name)
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			if other, taken := codes[finding.Code(value)]; taken {
				t.Errorf("%s and %s are the same code %s", other, name.Name, value)
			}
			codes[finding.Code(value)] = name.Name
		}
		return true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, search)
	}
	if len(codes) < 10 {
		t.Fatalf("found only %d codes in the source: the search is broken", len(codes))
	}
	return codes
}

func TestEveryCodeIsInTheCatalogueOnce(t *testing.T) {
	inSource := codesInSource(t)
	seen := map[finding.Code]bool{}
	for _, d := range finding.Catalogue() {
		if seen[d.Code] {
			t.Errorf("%s stands twice in the catalogue", d.Code)
		}
		seen[d.Code] = true
		if inSource[d.Code] == "" {
			t.Errorf("%s stands in the catalogue but has no constant", d.Code)
		}
	}
	for code, name := range inSource {
		if !seen[code] {
			t.Errorf("%s (%s) has no entry in the catalogue: New would panic", name, code)
		}
	}
}

func TestCatalogueIsConsistent(t *testing.T) {
	code := regexp.MustCompile(`^[a-z]+(\.[a-z0-9]+)+$`)
	// Messages may begin with a name that is written with a capital.
	names := []string{"Strava", "TCX", "GPX", "FIT", "XML"}
	// What keeps the program from the bytes never gets to Strava.
	local := []finding.Code{finding.NotFound, finding.Unreadable, finding.NotYet}
	for _, d := range finding.Catalogue() {
		t.Run(string(d.Code), func(t *testing.T) {
			if !code.MatchString(string(d.Code)) {
				t.Errorf("the code does not match %s", code)
			}
			if d.Message == "" || strings.HasSuffix(d.Message, ".") || d.Message != strings.TrimSpace(d.Message) {
				t.Errorf("the message is no sentence without full stop: %q", d.Message)
			}
			first, _, _ := strings.Cut(d.Message, " ")
			if initial, _ := utf8.DecodeRuneInString(d.Message); unicode.IsUpper(initial) && !slices.Contains(names, first) {
				t.Errorf("the message begins with a capital: %q", d.Message)
			}
			if d.Severity > finding.Error {
				t.Errorf("unknown severity %v", d.Severity)
			}
			if d.Severity > finding.Info && d.Strava == "" && !slices.Contains(local, d.Code) {
				t.Errorf("%v without a word on what Strava does", d.Severity)
			}
			for _, text := range []string{d.Strava, d.Fix} {
				if strings.HasSuffix(text, ".") || text != strings.TrimSpace(text) {
					t.Errorf("ends in a full stop or a blank: %q", text)
				}
			}
		})
	}
}

func TestLookup(t *testing.T) {
	for _, d := range finding.Catalogue() {
		if got, ok := finding.Lookup(d.Code); !ok || got != d {
			t.Errorf("Lookup(%s) = %+v, %v", d.Code, got, ok)
		}
	}
	if d, ok := finding.Lookup("no.such.code"); ok || d != (finding.Definition{}) {
		t.Errorf("an unknown code has the entry %+v", d)
	}
}

func TestCatalogueIsACopy(t *testing.T) {
	finding.Catalogue()[0].Message = "overwritten"
	if finding.Catalogue()[0].Message == "overwritten" {
		t.Error("a caller can change the catalogue")
	}
}
