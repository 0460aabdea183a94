package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Build says which program this is. Empty fields mean a build from source.
type Build struct{ Version, Commit, Date string }

// app is what all commands share.
type app struct {
	Streams
	build      Build
	configFile string // --config
	quiet      bool
	verbose    bool

	passwordFile string // --password-file

	strava stravaAccounts // nil: by the login; tests put one here

	hinted  map[string]bool // advice that was given already
	helpErr error           // help that could not be written
}

const (
	// memoryLimit, in bytes, is where the collector begins to hurry. It is no
	// bound: what is needed beyond it is had.
	memoryLimit = 100 << 20
	// growth, in percent, is by how much the memory may grow over what is in use
	// before the collector runs. Few files are in use at a time, so that with Go's
	// own 100 it would run for every third file. 200 costs some 5 MB; 400 saves no
	// time that can be measured beyond that, and takes up to 59 MB.
	growth = 200
)

// Main runs the command line and returns the exit code.
func Main(args []string, s Streams, build Build) int {
	// Tracks hold no pointers, so that collecting more often costs next to
	// nothing and keeps what a large file takes near to what it needs.
	if s.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if s.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first interrupt ends the work in an orderly way; a second one, at once.
	context.AfterFunc(ctx, stop)
	return run(ctx, args, s, build)
}

func run(ctx context.Context, args []string, s Streams, build Build) int {
	a := &app{Streams: s, build: build}
	root := a.root(args...)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil && a.helpErr != nil {
		err = fmt.Errorf("writing the help: %w", a.helpErr)
	}
	var exit *exitError
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		s.say("error", "interrupted")
		return exitInterrupted
	case errors.As(err, &exit):
		if exit.err != nil {
			s.fail(exit.err, exit.hints...)
		}
		return exit.code
	case errors.As(err, &usage):
		s.fail(usage.err, usage.hints...)
		return exitUsage
	default:
		s.fail(err)
		return exitFailure
	}
}

const rootHelp = `bandport reads workouts that a fitness band or watch exported, shows what Strava
will make of them beside what the band said, explains why the two differ, mends and
converts what needs it, and brings it to Strava, each workout exactly once.

It works without an account and without a network, but for auth, upload and what is
asked of Strava itself.`

// subcommand makes one of the commands below the root.
type subcommand struct {
	name string
	make func() *cobra.Command
}

// subcommands are those of the root, in the order of its help.
func (a *app) subcommands() []subcommand {
	return []subcommand{
		{"summary", a.summaryCommand},
		{"diff", a.diffCommand},
		{"info", a.infoCommand},
		{"convert", a.convertCommand},
		{"check", a.checkCommand},
		{"fix", a.fixCommand},
		{"upload", a.uploadCommand},
		{"stage", a.stageCommand},
		{"history", a.historyCommand},
		{"auth", a.authCommand},
		{"config", a.configCommand},
		{"completion", a.completionCommand},
		{"version", a.versionCommand},
	}
}

// grow puts the commands below the root: the one that the first argument names,
// or else, as for help, completion and what is misspelt, all of them, and the
// version that the root can tell. Who names a command has no use for the others,
// and to make them all, with their two hundred flags, is a seventh of the pages
// that starting up takes.
func (a *app) grow(root *cobra.Command, args []string) {
	all := a.subcommands()
	if len(args) > 0 {
		for _, c := range all {
			if c.name == args[0] {
				root.AddCommand(c.make())
				return
			}
		}
	}
	for _, c := range all {
		root.AddCommand(c.make())
	}
	root.Version = a.versionInfo().Version
	root.SetVersionTemplate("bandport {{.Version}}\n")
}

// root returns the command line for the arguments; without any, all of it.
func (a *app) root(args ...string) *cobra.Command {
	root := &cobra.Command{
		Use:   "bandport",
		Short: "See what Strava will make of the workouts of your band or watch",
		Long:  rootHelp,
		Example: `  bandport summary evening-run.tcx          what Strava will show, beside what the band said
  bandport summary --explain evening-run.tcx  and every stretch that counts as rest
  bandport diff evening-run.tcx             why the band says something else
  bandport info evening-run.tcx             what is in the file
  bandport check evening-run.tcx            what Strava would reject, ignore or change
  bandport fix broken.fit -o fixed/         mend it
  bandport convert run.gpx --to fit --for strava
  bandport upload --dry-run old/            what would be sent to Strava; without it, send it
  bandport stage old/ -o for-strava/        the same for Strava's upload page; no login
  bandport summary --format csv old/ > old.csv`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetHelpTemplate(helpTemplate)
	// cobra only prints the error of a help that cannot be written.
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		out := cmd.OutOrStdout()
		var text bytes.Buffer
		cmd.SetOut(&text)
		help(cmd, args)
		cmd.SetOut(out)
		_, a.helpErr = out.Write(text.Bytes())
	})
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(helpCommand(root))
	f := root.PersistentFlags()
	f.SortFlags = false
	f.StringVar(&a.configFile, "config", "", "read the configuration from this `FILE`; also BANDPORT_CONFIG")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "show errors only: no warnings, no progress")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "show findings that have no effect on Strava, too")
	a.grow(root, args)
	exits(root, exitOK, exitUsage)
	return root
}

// exits gives a command the section of its help about exit codes.
func exits(cmd *cobra.Command, codes ...int) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations["exits"] = exitHelp(codes...)
}

const helpTemplate = `{{with or .Long .Short}}{{. | trimTrailingWhitespaces}}

{{end}}Usage:
{{if index .Annotations "alone"}}  {{.CommandPath}} [COMMAND] [flags]{{else if .HasAvailableSubCommands}}  {{.CommandPath}} COMMAND{{else}}  {{.UseLine}}{{end}}
{{if .HasAvailableSubCommands}}
Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}
{{end}}{{if .HasExample}}
Examples:
{{.Example}}
{{end}}{{if .HasAvailableLocalFlags}}
Flags:
{{.LocalFlags.FlagUsagesWrapped 100 | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableInheritedFlags}}
Flags of all commands:
{{.InheritedFlags.FlagUsagesWrapped 100 | trimTrailingWhitespaces}}
{{end}}{{with index .Annotations "exits"}}
{{. | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableSubCommands}}
"{{.Root.CommandPath}} help{{if .HasParent}} {{.Name}}{{end}} COMMAND" tells more about a command.
{{end}}`

func helpCommand(root *cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Tell more about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, strings.Join(args, " "))
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
	exits(cmd, exitOK, exitUsage)
	return cmd
}

func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := fmt.Sprintf("%q lists the commands", cmd.CommandPath()+" --help")
	if c := closest(word, names); c != "" {
		hint = fmt.Sprintf("did you mean %q?", cmd.CommandPath()+" "+c)
	} else if _, err := os.Stat(word); err == nil {
		hint = fmt.Sprintf("to see what Strava makes of that file: bandport summary %s", word)
	}
	return &usageError{err: fmt.Errorf("unknown command %q", word), hints: []string{hint}}
}

// flagError explains a wrong flag, and names the one that was meant.
func flagError(cmd *cobra.Command, err error) error {
	hint := fmt.Sprintf("%q lists the flags", cmd.CommandPath()+" --help")
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		word := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() == "" {
			err = fmt.Errorf("unknown flag --%s", word)
			if c := closest(word, names); c != "" {
				hint = "did you mean --" + c + "?"
			}
		}
	}
	return &usageError{err: err, hints: []string{hint}}
}

// needPaths is the rule for the arguments of commands that read files.
func needPaths(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return &usageError{
		err:   fmt.Errorf("%s needs a file, a folder, or - for standard input", cmd.CommandPath()),
		hints: []string{fmt.Sprintf("%q shows examples", cmd.CommandPath()+" --help")},
	}
}

// noArguments is the rule for commands that take none.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{err: fmt.Errorf("%s takes no arguments, got %q", cmd.CommandPath(), args[0])}
}
