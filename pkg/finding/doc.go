// Package finding is the vocabulary in which every other package reports what
// it saw in a file that a user, or Strava, would stumble over.
//
// A [Finding] is a coded observation: a [Code] from the one [Catalogue], how
// bad it is, where it is, how often it was seen, and what can be done about it.
// Codes are stable: scripts may match on them. The sentence in Message is for
// people and may be reworded.
//
// # Severity
//
// Severity is what Strava does with the defect, not how ugly it looks:
//
//   - [Error]: Strava rejects the file, or mangles the workout;
//   - [Warning]: Strava ignores or changes something that the file says;
//   - [Info]: worth knowing, without effect on what Strava shows.
//
// # What it never does
//
// The package does no I/O, knows no format and decides nothing: it holds the
// words. It is a leaf; it imports no other package of this module.
package finding
