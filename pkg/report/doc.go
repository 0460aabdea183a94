// Package report gives results a form: a table for people, JSON, JSON Lines and
// CSV for programs.
//
// # The contract
//
// [Summary] and [Info] are the objects that scripts see; their fields carry the
// names and units of Strava's DetailedActivity where it has them. docs/schema
// holds their JSON schemas and a test keeps both in step. Fields are added, not
// renamed or removed. Unknown is null, never 0.
//
// # Text from files is hostile
//
// Names of files, devices and programs are not trusted. In JSON every control
// and direction character is escaped; in the table it is shown as its code
// point; in CSV a cell that a spreadsheet would take for a formula is quoted
// with an apostrophe.
//
// # What it never does
//
// It computes nothing but sums and roundings for display, opens no file, and
// writes only to the writer that it is given.
package report
