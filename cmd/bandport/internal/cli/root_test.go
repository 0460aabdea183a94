package cli

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

// TestOnlyTheNamedCommandIsMade holds that who names a command first gets it, as it
// is among all, and that whatever else may be asked of the root finds all of them.
func TestOnlyTheNamedCommandIsMade(t *testing.T) {
	a, _ := testApp()
	var all []string
	for _, c := range a.subcommands() {
		all = append(all, c.name)
		if got := c.make().Name(); got != c.name {
			t.Errorf("the command %q is listed as %q", got, c.name)
		}
	}
	names := func(root *cobra.Command) (names []string) {
		root.InitDefaultHelpCmd()
		for _, c := range root.Commands() {
			if c.Name() != "help" {
				names = append(names, c.Name())
			}
		}
		return names
	}
	for _, name := range all {
		if got := names(a.root(name, "--help")); !slices.Equal(got, []string{name}) {
			t.Errorf("%s: made are %q", name, got)
		}
	}
	slices.Sort(all) // as cobra does
	for _, args := range [][]string{
		{},
		{"--help"},
		{"--version"},
		{"help", "summary"},
		{"--quiet", "summary"}, // a flag in front
		{"__complete", "sum"},  // what shells ask
		{"infos"},              // to be told what was meant
	} {
		root := a.root(args...)
		if got := names(root); !slices.Equal(got, all) {
			t.Errorf("%q: made are %q, want all", args, got)
		}
		if root.Version == "" {
			t.Errorf("%q: the root does not know its version", args)
		}
	}
}

// TestHelpOfACommandMadeAlone holds that the help does not miss the others.
func TestHelpOfACommandMadeAlone(t *testing.T) {
	for _, c := range new(app).subcommands() {
		_, alone, _ := runWith(t.Context(), t, c.name, "--help")
		_, among, _ := runWith(t.Context(), t, "help", c.name)
		if alone == "" || alone != among {
			t.Errorf("%s: --help says\n%s\nand help says\n%s", c.name, alone, among)
		}
	}
}
