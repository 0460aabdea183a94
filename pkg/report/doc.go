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
// and direction character is escaped; in the table and in CSV it is shown as its
// code point; in CSV a text that a spreadsheet would take for a formula gets an
// apostrophe in front.
//
// Figures are not trusted either: a file can claim 1e308 metres. None may end
// the program, break the JSON or fill the screen.
//
// # What it never does
//
// It computes nothing but sums and roundings for display, opens no file, and
// writes only to the writer that it is given.
package report
