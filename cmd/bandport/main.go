// Command bandport reads workouts that a fitness band or watch exported, and
// shows what Strava will make of them beside what the band said.
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
