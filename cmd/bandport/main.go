// Command bandport reads workouts that a fitness band or watch exported, shows
// what Strava will make of them, and why the band said something else.
package main

import (
	"os"
	_ "time/tzdata" // --tz works where the system has no time zones: Windows, containers

	"github.com/bandport/bandport/cmd/bandport/internal/cli"
)

// Set by the linker in releases.
var version, commit, date string

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.System(), cli.Build{Version: version, Commit: commit, Date: date}))
}
