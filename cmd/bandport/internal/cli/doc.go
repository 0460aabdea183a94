// Package cli is the command line: commands, flags, configuration, exit codes,
// progress and messages. It wires the packages below it together and holds no
// rule about workouts.
//
// # How it speaks
//
// Results go to standard output, everything else to standard error, so that a
// pipe gets nothing but data. Messages to people begin with "bandport: error:",
// "bandport: warning:" or "bandport: hint:", have no capital and no full stop,
// and say what happened, to which file and what to do next. Text that comes from
// files is never printed raw.
//
// # Configuration
//
// Flags win over environment variables (BANDPORT_…), these over the
// configuration file, and that over defaults. All of it is read once, into a
// typed struct. No secret is ever in the configuration file.
package cli
