// Package check judges a workout against what Strava does with it.
//
// # What it is for
//
// The codecs note what is odd about a file while they read it: a time that
// cannot be read, a checksum that is wrong. This package adds what only the
// workout as a whole shows: that it begins in the future, that a position lies
// far off the track for a moment, that the cadence counts both legs. Together,
// worst first, that is the answer to "what would Strava reject, ignore or
// change?".
//
// # Severity
//
// As in package finding, severity is what Strava does: an error is a file that
// it rejects or a workout that it mangles, a warning something that it ignores
// or changes, an info something worth knowing.
//
// # What it never does
//
// It reads no file and changes nothing; package repair, below it, does that for
// the defects that can be mended. It does not look for mistakes of the athlete
// (a forgotten stop, a dog that carried the watch).
//
// # Where its rules come from
//
// From Strava's documentation of uploads, from reports of what it rejected, and
// from 1,356 recordings that it accepted: none of those may have an error, and
// the thresholds below are chosen so that recordings of good devices have at
// most one warning. docs/checks.md has the counts.
package check
