package cli_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/yeka/zip"

	"github.com/bandport/bandport/cmd/bandport/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"bandport": func() { os.Exit(cli.Main(os.Args[1:], cli.System(), cli.Build{Version: "0.0.0-test"})) },
		"browser":  browser,
	})
}

// TestScripts runs the program as a user does. Every script in testdata/script
// is one story; $TESTDATA is the folder of made-up workouts.
func TestScripts(t *testing.T) {
	data, err := filepath.Abs("../../../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       cli.Update(),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("TESTDATA", data)
			for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "AppData", "LocalAppData", "USERPROFILE"} {
				env.Setenv(name, home)
			}
			startStrava(env)
			return os.MkdirAll(home, 0o755)
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"archive": archive,
			"cut":     cut,
			"gz":      gz,
			"hostile": hostile,
			"strava":  inStrava,
			"workout": workout,
			"large":   large,
			"many":    many,
			"holds":   holds,
			"damage":  damage,
			"hold":    hold,
			"release": release,
			"pack":    pack,
		},
	})
}

// archive makes a zip archive of files, with a password where one is given:
//
//	archive export.zip [-p PASSWORD] a.tcx folder/b.tcx
func archive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: archive ARCHIVE [-p PASSWORD] FILE...")
	}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer out.Close()
	w, password, files := zip.NewWriter(out), "", args[1:]
	if files[0] == "-p" {
		password, files = files[1], files[2:]
	}
	for _, name := range files {
		data, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		member := name
		if filepath.IsAbs(name) {
			member = filepath.Base(name)
		}
		var to io.Writer
		if password == "" {
			to, err = w.Create(member)
		} else {
			to, err = w.Encrypt(member, password, zip.AES256Encryption)
		}
		ts.Check(err)
		_, err = to.Write(data)
		ts.Check(err)
	}
	ts.Check(w.Close())
}

// hostile makes a file that is meant to do harm:
//
//	hostile {deep.gpx | bomb.tcx.gz | bomb.zip | nested.zip | climb.zip}
func hostile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hostile NAME")
	}
	const megabytes = 64
	empty := strings.Repeat("<a/>\n", 1<<20/5)
	fill := func(w io.Writer) { // 64 MB of nothing in a workout
		_, err := io.WriteString(w, "<TrainingCenterDatabase><Activities>")
		for range megabytes {
			if err == nil {
				_, err = io.WriteString(w, empty)
			}
		}
		ts.Check(err)
	}
	packed := func(name string, write func(io.Writer)) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create(name)
		ts.Check(err)
		write(w)
		ts.Check(z.Close())
		return b.Bytes()
	}
	var data []byte
	switch args[0] {
	case "deep.gpx":
		data = []byte("<gpx>" + strings.Repeat("<a>", 20_000))
	case "bomb.tcx.gz":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		fill(z)
		ts.Check(z.Close())
		data = b.Bytes()
	case "bomb.zip":
		data = packed("bomb.tcx", fill)
	case "nested.zip":
		for level := range 8 {
			inner := data
			data = packed("level"+strconv.Itoa(level)+".zip", func(w io.Writer) {
				if inner == nil {
					inner = packed("run.tcx", func(w io.Writer) { _, err := io.WriteString(w, "<TrainingCenterDatabase/>"); ts.Check(err) })
				}
				_, err := w.Write(inner)
				ts.Check(err)
			})
		}
	case "climb.zip":
		run, err := os.ReadFile(filepath.Join(ts.Getenv("TESTDATA"), "dialects", "short.tcx"))
		ts.Check(err)
		data = packed("../../../etc/run.tcx", func(w io.Writer) { _, err := w.Write(run); ts.Check(err) })
	default:
		ts.Fatalf("no hostile file %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// gz packs a file:
//
//	gz run.tcx run.tcx.gz
func gz(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: gz FROM TO")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(data)
	ts.Check(err)
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o644))
}

// cut writes the first bytes of a file into another:
//
//	cut export.zip broken.zip 60
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cut FROM TO BYTES")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data[:min(n, len(data))], 0o644))
}

// pack compresses a file with gzip:
//
//	pack FROM TO
func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pack FROM TO")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(data)
	ts.Check(err)
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o644))
}

// exits runs a program and wants exactly this exit code:
//
//	exits 3 bandport summary good.tcx bad.tcx
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
