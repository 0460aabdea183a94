// Package deliver brings workouts to where they are wanted, each exactly once:
// through Strava's API, or into folders for its web page.
//
// # Plan, run, resume
//
// [Prepare] compares candidates with the journal, with each other and with what
// is there already, and gives each a verdict. [Run] carries a plan out over a
// [Backend]. Before each request a row of the journal says what is about to
// happen; after it, what did. A run that ends at any instant leaves rows that the
// next one resumes: it asks about uploads that have a number, looks for those
// whose answer was lost, waits until nothing can be on its way any more, and only
// then sends again.
//
// A dry run is the same code over a [Recorder], which passes on what reads and
// keeps what would be sent, and over a copy of the journal.
//
// # What it never does
//
// It opens no file but through [Candidate.Open], and judges, converts and
// recalculates nothing: whoever makes the candidates does. It does not print.
//
// # Where its rules come from
//
// That uploads are processed later and asked about, that a duplicate is found by
// its start, and how requests are counted, is from Strava's documentation of its
// API. That 60 seconds and 3 % make two recordings one workout, and that whole and
// half hours betray a wrong time zone, is what programs with the same task found
// to work.
package deliver
