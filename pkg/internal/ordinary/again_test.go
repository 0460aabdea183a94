package ordinary_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/bandport/bandport/pkg/internal/ordinary"
)

// Whoever runs the tests, permissions stop what is behind User.
func TestUser(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions of folders are something else there")
	}
	if !ordinary.User(t) {
		return
	}
	folder := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(folder, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadDir(folder); !os.IsPermission(err) {
		t.Errorf("user %d reads a folder that nobody may read: %v", os.Getuid(), err)
	}
}
