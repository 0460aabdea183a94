// Command bench measures whole runs over a folder of workouts: the program
// itself, the libraries that one would use without it, gpsbabel, and merely
// reading the bytes. Every reader is a process of its own, so that CPU time and
// peak memory are those of the reader; all of them run in one go, so that the
// ratios mean something on any machine.
//
//	go run ./testdata/generate -out /tmp/mixed -mixed 2000 -size 2300
//	go build -o /tmp/bandport ./cmd/bandport
//	go run ./testdata/bench -bin /tmp/bandport -dir /tmp/mixed
//
// The libraries are gpxgo for GPX, encoding/xml with structs for TCX and
// tormoder/fit for FIT. They only parse and add up the metres, which is the
// least that a summary needs. tormoder/fit keeps state of the process and must
// not be called twice at once.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

func main() {
	bin := flag.String("bin", "./bandport", "the program to measure")
	dir := flag.String("dir", "", "folder of workouts")
	runs := flag.Int("runs", 3, "how often each reader runs; the median counts")
	most := flag.Float64("most", 0, "fail where a reader takes more `MiB` of memory than this; 0: never")
	only := flag.String("only", "", "measure only the readers whose names match this `regexp`")
	child := flag.String("reader", "", "be this reader instead of measuring all")
	flag.Parse()
	if *dir == "" {
		fmt.Fprintln(os.Stderr, "bench: -dir names no folder of workouts")
		os.Exit(2)
	}
	var err error
	if *child != "" {
		err = be(*child, *dir)
	} else {
		err = measure(context.Background(), *bin, *dir, *runs, *only, *most)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// be runs one reader of this process, and prints what it found.
func be(name, dir string) error {
	read, ok := readers[name]
	if !ok {
		return fmt.Errorf("no reader %q", name)
	}
	total, err := walk(dir, read)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(total)
}

// figures are what one run of a reader took.
type figures struct {
	cpu, wall time.Duration
	peak      float64 // MiB; 0 where the system does not say
	total     total
}

func measure(ctx context.Context, bin, dir string, runs int, only string, most float64) error {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	type contestant struct {
		name string
		args []string
	}
	all := []contestant{
		{"reading the bytes, each file whole", []string{self, "-dir", dir, "-reader", "bytes"}},
		{"reading the bytes, 64 KiB at a time", []string{self, "-dir", dir, "-reader", "pieces"}},
		{"bandport summary", []string{bin, "summary", "--format", "jsonl", dir}},
		{"gpxgo + encoding/xml + tormoder/fit", []string{self, "-dir", dir, "-reader", "libraries"}},
	}
	if path, err := exec.LookPath("gpsbabel"); err == nil {
		all = append(all, contestant{"gpsbabel, a process a file", []string{self, "-dir", dir, "-reader", "gpsbabel"}})
		fmt.Printf("%s\n", firstLine(ctx, path, "-V"))
	} else {
		fmt.Println("gpsbabel is not installed: left out")
	}
	fmt.Printf("%s, %d processors, median of %d\n", runtime.Version(), runtime.NumCPU(), runs)
	for _, module := range []string{"github.com/tkrajina/gpxgo", "github.com/tormoder/fit"} {
		fmt.Println(version(module))
	}
	fmt.Println("\n| reader | files | km | CPU s | wall s | peak MiB | CPU against reading |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- |")
	var base time.Duration
	for _, c := range all {
		if !chosen.MatchString(c.name) {
			continue
		}
		var got []figures
		for range runs {
			f, err := run(ctx, c.args)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			got = append(got, f)
		}
		slices.SortFunc(got, func(a, b figures) int { return int(a.cpu - b.cpu) })
		f := got[len(got)/2]
		if most > 0 && f.peak > most {
			return fmt.Errorf("%s: it took %.0f MiB of memory, and at most %.0f were allowed", c.name, f.peak, most)
		}
		if base == 0 {
			base = f.cpu
		}
		fmt.Printf("| %s | %d | %.0f | %.2f | %.2f | %.0f | %.1f× |\n",
			c.name, f.total.Files, f.total.Metres/1000, f.cpu.Seconds(), f.wall.Seconds(), f.peak, float64(f.cpu)/float64(max(base, 1)))
	}
	return nil
}

// run runs a reader to its end.
func run(ctx context.Context, args []string) (figures, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return figures{}, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return figures{}, err
	}
	sum, err := addUp(out)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return figures{}, err
	}
	state := cmd.ProcessState
	return figures{
		cpu: state.UserTime() + state.SystemTime(), wall: time.Since(began), peak: peak(state), total: sum,
	}, nil
}

func firstLine(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return name + ": " + err.Error()
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

// version returns a module of this build with its version.
func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Path + " " + m.Version
			}
		}
	}
	return module
}
