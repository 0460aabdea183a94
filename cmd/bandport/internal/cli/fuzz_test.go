package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// FuzzConfig holds for whatever lies in the configuration file: no panic, nothing
// raw on the terminal, showing changes nothing, a setting that is refused neither,
// and one that is written does not spoil a file that could be read.
func FuzzConfig(f *testing.F) {
	for _, s := range []string{
		"", "units: metric\n", "a: &a [*a]\n", "weight: 70\nweight: 80\n", "weight:\n  2020-01-01: 70\n", "- x\n", "units: \"\x1b[31m\"\n", "\x1b]0;title\a: 1\n",
		"jobs: 1e99\n", "max-size: -1\n", "timezone: ../../etc/passwd\n", "? [a, b]\n: c\n", "units: !!binary x\n", "a: *b\n", "\xff\xfe", "\t", "units: \u202etxet\n",
		"a: &a [x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n", "{", "---\n---\n", "units: [metric]\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "config.yaml")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		ran := func(args ...string) int {
			code, out, errs := runWith(context.Background(), t, append([]string{"--config", path}, args...)...)
			for _, r := range out + errs {
				if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
					t.Fatalf("%U stands raw in the output of %q: %q", r, args, out+errs)
				}
			}
			if code != exitOK && (code != exitUsage || !strings.Contains(errs, "error")) {
				t.Fatalf("%q: exit code %d, %q", args, code, errs)
			}
			return code
		}
		content := func() []byte {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		before := ran("config", "show")
		if !bytes.Equal(content(), data) {
			t.Fatal("showing changed the file")
		}
		set := ran("config", "set", "units", "imperial")
		if set != exitOK && !bytes.Equal(content(), data) {
			t.Fatal("a setting that was refused changed the file")
		}
		if after := ran("config", "show"); before == exitOK && set == exitOK && after != exitOK {
			t.Fatalf("the setting spoilt the file: %q", content())
		}
	})
}
