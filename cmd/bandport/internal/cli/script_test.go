package cli_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/yeka/zip"

	"github.com/bandport/bandport/cmd/bandport/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"bandport": func() { os.Exit(cli.Main(os.Args[1:], cli.System(), cli.Build{Version: "0.0.0-test"})) },
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
			for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData", "USERPROFILE"} {
				env.Setenv(name, home)
			}
			return os.MkdirAll(home, 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"archive": archive,
			"cut":     cut,
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
