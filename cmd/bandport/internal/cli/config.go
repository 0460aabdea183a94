package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"github.com/bandport/bandport/pkg/output"
	"github.com/bandport/bandport/pkg/report"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show and change the configuration",
		Long:  configHelp(),
		Example: `  bandport config set weight 71.5
  bandport config set weight.2016-03-01 74     from that day on
  bandport config set tz Europe/Warsaw
  bandport config show`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.configPathCommand(), a.configShowCommand(), a.configSetCommand())
	exits(cmd, exitOK, exitUsage)
	return cmd
}

func configHelp() string {
	var b strings.Builder
	b.WriteString(`Show and change the configuration.

Settings are looked for in this order: flags, environment variables, the
configuration file, defaults. Secrets are never kept in it.

Settings:
`)
	for _, s := range settingsTable {
		b.WriteString(fmt.Sprintf("  %-11s  %-20s  %s\n", s.key, variable(s.key), s.about))
	}
	b.WriteString(`
A weight can change over time: in the file

  weight:
    2016-03-01: 74
    2020-01-01: 71.5

or as a flag or variable 2016-03-01:74,2020-01-01:71.5.`)
	return b.String()
}

func (a *app) configPathCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "path",
		Short:   "Show which file the configuration is read from",
		Example: "  bandport config path",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			path, _, err := a.configPath()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.Out, path)
			return err
		},
	}
	exits(cmd, exitOK, exitFailure, exitUsage)
	return cmd
}

func (a *app) configShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "Show all settings and where each comes from",
		Example: "  bandport config show\n  bandport config show --json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			type shown struct {
				Setting string `json:"setting"`
				Value   string `json:"value"`
				Origin  string `json:"origin"`
			}
			var all []shown
			for _, set := range settingsTable {
				all = append(all, shown{set.key, s.raw[set.key], s.origin[set.key]})
			}
			if asJSON {
				e := json.NewEncoder(a.Out)
				e.SetIndent("", "  ")
				return e.Encode(all)
			}
			w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
			for _, v := range all {
				value := v.Value
				if value == "" {
					value = "(not set)"
				}
				if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", v.Setting, value, v.Origin); err != nil {
					return err
				}
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON array")
	exits(cmd, exitOK, exitUsage)
	return cmd
}

func (a *app) configSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set SETTING VALUE",
		Short: "Write a setting into the configuration file",
		Example: `  bandport config set units imperial
  bandport config set weight.2020-01-01 71.5`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return &usageError{
				err:   errors.New("config set needs a setting and its value"),
				hints: []string{`for example: bandport config set weight 71.5`},
			}
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.setConfig(args[0], args[1]) },
	}
	exits(cmd, exitOK, exitFailure, exitUsage)
	return cmd
}

// setConfig changes one setting in the configuration file and leaves the rest
// of it, comments included, as it is. The result is checked before it replaces
// the file.
func (a *app) setConfig(key, value string) error {
	top, date, dated := strings.Cut(key, ".")
	if !slices.Contains(settingKeys(), top) || dated && top != "weight" {
		hint := "settings: " + strings.Join(settingKeys(), ", ")
		if c := closest(top, settingKeys()); c != "" && c != top {
			hint = fmt.Sprintf("did you mean %q?", c)
		}
		return &usageError{err: fmt.Errorf("there is no setting %q", key), hints: []string{hint}}
	}
	path, _, err := a.configPath()
	if err != nil {
		return err
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(old, &doc); err != nil {
		return &usageError{err: fmt.Errorf("configuration file %s: %w", path, err)}
	}
	if doc.Kind == 0 {
		doc = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	}
	parent := doc.Content[0]
	if parent.Kind != yaml.MappingNode {
		return &usageError{err: fmt.Errorf("configuration file %s is no list of settings", path)}
	}
	here := child(parent, top)
	switch {
	case dated && here.Kind == yaml.MappingNode:
		here = child(here, date)
	case dated:
		// A weight without a day stays that of all days before.
		weights := yaml.Node{Kind: yaml.MappingNode}
		if here.Value != "" {
			child(&weights, firstDay).Value = here.Value
			a.say("note", "the weight of %s, which had no day, now holds for the days before %s", report.Printable(here.Value), report.Printable(date))
		}
		*here = weights
		here = child(here, date)
	case here.Kind == yaml.MappingNode:
		return &usageError{
			err:   fmt.Errorf("%s has weights by day in %s; one without a day would replace them all", top, path),
			hints: []string{fmt.Sprintf("say from which day it holds: bandport config set %s.%s %s", top, time.Now().Format(time.DateOnly), value)},
		}
	}
	here.Kind, here.Tag, here.Style, here.Value, here.Content = yaml.ScalarNode, "", 0, value, nil

	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	if err := checkConfig(path, top, b.Bytes()); err != nil {
		return err
	}
	// A link to the file stays a link.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the folder for the configuration: %w", err)
	}
	return output.ReplaceBytes(path, 0o600, b.Bytes())
}

// firstDay is the day that stands for no day among weights by day.
const firstDay = "1900-01-01"

// child returns the value of a key in a mapping, which it adds where missing.
// Case does not matter, as it does not when the file is read.
func child(m *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if strings.EqualFold(m.Content[i].Value, key) {
			return m.Content[i+1]
		}
	}
	v := &yaml.Node{Kind: yaml.ScalarNode}
	m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
	return v
}

// checkConfig reads settings as a run would, and returns what it would say. A
// mistake in another setting than the one that was set is one of the file.
func checkConfig(path, key string, data []byte) error {
	v := viper.New()
	v.SetConfigType("yaml")
	if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
		return &usageError{err: fmt.Errorf("configuration file %s: %w", path, err)}
	}
	if err := onlyKnown(v, path); err != nil {
		return err
	}
	s := settings{raw: map[string]string{}, origin: map[string]string{}}
	var weights any = ""
	for _, set := range settingsTable {
		s.raw[set.key], s.origin[set.key] = set.fallback, path+", "+set.key
		if set.key == key {
			s.origin[set.key] = set.key
		}
		if v.InConfig(set.key) {
			s.raw[set.key] = rawText(v.Get(set.key))
			if set.key == "weight" {
				weights = v.Get(set.key)
			}
		}
	}
	return s.parse(weights)
}
