package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The first command of the README prints what stands under it there.
func TestReadmeShowsWhatTheCommandPrints(t *testing.T) {
	t.Chdir("../../../..")
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := strings.ReplaceAll(string(data), "\r\n", "\n")
	example := regexp.MustCompile("(?s)\ngo run ./cmd/bandport ([^\n]+)\n```\n\n```text\n(.*?)```").FindStringSubmatch(readme)
	if example == nil {
		t.Fatal("README.md has no command with its output")
	}
	code, out, errs := runWith(t.Context(), t, append([]string{"--config", emptyConfig(t)}, strings.Fields(example[1])...)...)
	if code != 0 || errs != "" {
		t.Errorf("exit code %d, standard error %q", code, errs)
	}
	if d := cmp.Diff(out, example[2]); d != "" {
		t.Errorf("README.md differs from the output (-want +got):\n%s", d)
	}
}
