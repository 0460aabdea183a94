//go:build unix

package ordinary

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is the user and the group that own nothing on any Unix.
const nobody = 65534

// User reports whether the test is run by an ordinary user and should go on. For
// root it runs the test once more in a process of nobody's, fails where that
// fails or does not run, and reports false:
//
//	if !ordinary.User(t) {
//		return
//	}
//
// The other process has an empty working directory and no test data.
func User(t *testing.T) bool {
	t.Helper()
	if os.Getuid() != 0 {
		return true
	}
	out, err := again(t.Context(), t.Name())
	switch {
	case errors.Is(err, syscall.EPERM):
		t.Skipf("this root may not become another user: %v", err)
	case err != nil:
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	case !strings.Contains(out, "--- PASS: "+t.Name()+" "):
		t.Errorf("as an ordinary user it did not run:\n%s", out)
	}
	return false
}

// again runs one test of this binary as nobody, and returns what it printed.
func again(ctx context.Context, name string) (string, error) {
	folder, err := os.MkdirTemp("", "ordinary-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	// The go command builds where only its own user can look.
	home, binary := filepath.Join(folder, "home"), filepath.Join(folder, "test")
	err = os.Chmod(folder, 0o755) //nolint:gosec // nobody has to come in
	err = errors.Join(err, os.Mkdir(home, 0o700), os.Chown(home, nobody, nobody), copyProgram(binary))
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, binary, "-test.run", "^"+name+"$", "-test.v", "-test.count", "1") //nolint:gosec // it is this program
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "TMPDIR="+home, "HOME="+home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// copyProgram copies the running program.
func copyProgram(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	in, err := os.Open(self)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755) //nolint:gosec // nobody has to run it
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
