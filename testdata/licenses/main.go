// Command licenses writes docs/licenses.md: every module whose code is in the
// program on any system that it is built for, with the licence that it came
// with, word for word. It reads what the go command has downloaded.
//
//	go run ./testdata/licenses > docs/licenses.md
//
// A module without a licence that it knows is an error: then somebody has to
// look.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// program is what the licences are for; systems are what it is built for.
const program = "./cmd/bandport"

var systems = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

// module is what the go command says of one.
type module struct {
	Path, Version, Dir string
	Main               bool
}

func run(ctx context.Context, w io.Writer) error {
	found := map[string]module{}
	for _, system := range systems {
		if err := modules(ctx, system, found); err != nil {
			return err
		}
	}
	// The standard library and the runtime are in every program.
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("asking for GOROOT: %w", err)
	}
	found["Go"] = module{Path: "Go", Dir: strings.TrimSpace(string(root))}

	texts := map[string][]string{} // text → modules
	kinds := map[string]string{}   // module → kinds of licence
	for path, m := range found {
		names, err := licenceFiles(m.Dir)
		if err != nil {
			return err
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			kind := classify(text)
			if kind == "" && !notice(name) {
				return fmt.Errorf("%s: %s is no licence that is known here", path, filepath.Base(name))
			}
			if kind != "" && !strings.Contains(kinds[path], kind) {
				kinds[path] = strings.TrimPrefix(kinds[path]+", "+kind, ", ")
			}
			t := tidy(text)
			texts[t] = append(texts[t], path)
		}
		if kinds[path] == "" {
			return fmt.Errorf("%s comes without a licence", path)
		}
	}
	return write(w, found, kinds, texts)
}

// modules adds the modules that the program needs on a system.
func modules(ctx context.Context, system string, found map[string]module) error {
	goos, goarch, _ := strings.Cut(system, "/")
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module", program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("listing the packages for %s: %w", system, err)
	}
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct{ Module *module }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if m := p.Module; m != nil && !m.Main {
			found[m.Path] = *m
		}
	}
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([-._].*)?$`)

// licenceFiles returns the files at the top of a module that hold its licence.
func licenceFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && licenceName.MatchString(e.Name()) && filepath.Ext(e.Name()) != ".go" {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, nil
}

// notice reports whether a file goes with a licence without being one of the
// code: a notice, what others have a licence for, the picture of a mascot.
func notice(name string) bool {
	name = strings.ToLower(filepath.Base(name))
	return strings.HasPrefix(name, "notice") || strings.Contains(name, "3rd-party") || strings.Contains(name, "logo")
}

// classify names a licence by a sentence that only it has.
func classify(text []byte) string {
	t := strings.Join(strings.Fields(strings.ToLower(string(text))), " ")
	switch {
	case strings.Contains(t, "apache license") && strings.Contains(t, "version 2.0"):
		return "Apache-2.0"
	case strings.Contains(t, "permission to use, copy, modify, and/or distribute"), strings.Contains(t, "permission to use, copy, modify, and distribute"):
		return "ISC"
	case strings.Contains(t, "permission is hereby granted, free of charge"):
		return "MIT"
	case strings.Contains(t, "redistribution and use in source and binary forms") &&
		(strings.Contains(t, "neither the name") || strings.Contains(t, "names of its contributors")):
		return "BSD-3-Clause"
	case strings.Contains(t, "redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	case strings.Contains(t, "mozilla public license") && strings.Contains(t, "2.0"):
		return "MPL-2.0"
	case strings.Contains(t, "this is free and unencumbered software"):
		return "Unlicense"
	case strings.Contains(t, "garmin's flexible and interoperable data transfer"):
		return "FIT protocol"
	case strings.Contains(t, "dedicated to the public domain"), strings.Contains(t, "in place of a legal notice, here is a blessing"):
		return "public domain"
	}
	return ""
}

// tidy makes licences equal that differ by line ends and blanks only.
func tidy(text []byte) string {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

func write(w io.Writer, found map[string]module, kinds map[string]string, texts map[string][]string) error {
	var b strings.Builder
	b.WriteString(`# Licences

bandport itself is under the MIT licence ([LICENSE](../LICENSE)). The program contains code of the modules below, on one system or
another. Why each direct one is there: [dependencies.md](dependencies.md). What is used in tests only is not in the program, and not
here.

Written by ` + "`go run ./testdata/licenses > docs/licenses.md`" + `; a change that brings another module has to run it.

| module | version | licence |
| --- | --- | --- |
`)
	for _, path := range slices.Sorted(maps.Keys(found)) {
		version := found[path].Version
		if version == "" {
			version = "the release that built the program"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", path, version, kinds[path])
	}
	b.WriteString("\n## The texts\n")
	type entry struct{ modules, text string }
	var all []entry
	for text, of := range texts {
		slices.Sort(of)
		all = append(all, entry{strings.Join(slices.Compact(of), ", "), text})
	}
	slices.SortFunc(all, func(x, y entry) int {
		if c := strings.Compare(x.modules, y.modules); c != 0 {
			return c
		}
		return strings.Compare(x.text, y.text)
	})
	for _, e := range all {
		fmt.Fprintf(&b, "\n### %s\n\n~~~text\n%s\n~~~\n", e.modules, e.text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
