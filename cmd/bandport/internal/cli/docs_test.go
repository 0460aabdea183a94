package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bandport/bandport/pkg/check/repair"
	"github.com/bandport/bandport/pkg/finding"
)

const docs = "../../../../docs"

// commands returns all commands below one, itself included.
func commands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			all = append(all, commands(c)...)
		}
	}
	return all
}

func testApp() (*app, *bytes.Buffer) {
	var out bytes.Buffer
	a := &app{Streams: Streams{In: strings.NewReader(""), Out: &out, Err: &out, Getenv: func(string) string { return "" }}}
	return a, &out
}

func TestEveryCommandAndFlagIsDocumented(t *testing.T) {
	a, _ := testApp()
	for _, cmd := range commands(a.root()) {
		name := cmd.CommandPath()
		if cmd.Short == "" {
			t.Errorf("%s has no description", name)
		}
		if cmd.Example == "" && cmd.Name() != "help" {
			t.Errorf("%s has no example", name)
		}
		if cmd.Annotations["exits"] == "" {
			t.Errorf("%s does not tell its exit codes", name)
		}
		for _, line := range strings.Split(cmd.Example, "\n") {
			if line = strings.TrimSpace(line); line != "" && !strings.Contains(line, "bandport") {
				t.Errorf("%s: the example %q does not run the program", name, line)
			}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if strings.TrimSpace(f.Usage) == "" {
				t.Errorf("%s: the flag --%s is not documented", name, f.Name)
			}
		})
	}
}

// TestCommandsPage holds docs/commands.md to the help of the program.
func TestCommandsPage(t *testing.T) {
	a, _ := testApp()
	var page strings.Builder
	page.WriteString("# Commands\n\nThis is what `bandport help COMMAND` says. It is generated: change the help, then run\n`go test ./cmd/bandport/internal/cli -update`.\n")
	for _, cmd := range commands(a.root()) {
		var help bytes.Buffer
		cmd.SetOut(&help)
		cmd.InitDefaultHelpFlag()
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&page, "\n## %s\n\n```text\n%s\n```\n", cmd.CommandPath(), strings.TrimSpace(help.String()))
	}
	golden(t, filepath.Join(docs, "commands.md"), page.String())
}

// TestEveryRepairCuresAFinding holds the repairs to the catalogue.
func TestEveryRepairCuresAFinding(t *testing.T) {
	seen := map[finding.Code]bool{}
	for _, r := range repair.Repairs() {
		if _, ok := finding.Lookup(r.Code); !ok {
			t.Errorf("%s is no finding", r.Code)
		}
		if seen[r.Code] {
			t.Errorf("%s is mended twice", r.Code)
		}
		seen[r.Code] = true
		if r.What == "" || strings.HasSuffix(r.What, ".") {
			t.Errorf("%s: what it does is no sentence without full stop: %q", r.Code, r.What)
		}
	}
	// What the catalogue promises, there is.
	for _, d := range finding.Catalogue() {
		if strings.HasPrefix(d.Fix, "bandport fix") && !seen[d.Code] {
			t.Errorf("%s: %q, but there is no such repair", d.Code, d.Fix)
		}
	}
}

// TestFindingsPage holds docs/findings.md to the catalogue.
func TestFindingsPage(t *testing.T) {
	var page strings.Builder
	page.WriteString(`# Findings

What bandport can say about a file. Codes are stable: scripts may match on them. The page is
generated from the catalogue: change that, then run ` + "`go test ./cmd/bandport/internal/cli -update`" + `.

Severity is what Strava does: **error** – it rejects the file or mangles the workout; **warning** – it ignores or
changes something; **info** – no effect on what Strava shows.

| code | severity | what it says | what Strava does | what to do |
| --- | --- | --- | --- | --- |
`)
	cell := func(s string) string {
		if s == "" {
			return "–"
		}
		return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(s)
	}
	for _, d := range finding.Catalogue() {
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s | %s |\n", d.Code, d.Severity, cell(d.Message), cell(d.Strava), cell(d.Fix))
	}
	page.WriteString(`
# Repairs

What ` + "`bandport fix`" + ` can mend. A repair has the code of the finding that it cures; they are applied in this order. "by
itself": without being named; "when named": with ` + "`--only CODE`" + `. What a repair costs is told for each file.

| code | applied | what it does |
| --- | --- | --- |
`)
	for _, r := range repair.Repairs() {
		when := "by itself"
		switch {
		case r.Named && r.Needs == "":
			when = "when named"
		case r.Needs != "":
			when = "with " + r.Needs
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", r.Code, cell(when), cell(r.What))
	}
	golden(t, filepath.Join(docs, "findings.md"), page.String())
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not current; run the tests with -update", name)
	}
}
