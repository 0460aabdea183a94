// Package csvrows reads the rows of CSV files that vendors export and people
// have opened and saved again: with or without a byte order mark, with commas,
// semicolons or tabs, with quotes around a cell that go over lines (RFC 4180).
//
// A row that is broken does not spoil those behind it. A quote that never
// closes costs the line that it stands in, not the rest of the file: reading
// goes on at the next line. A row is bounded by [MostBytes], whatever the file
// holds.
//
// # What it never does
//
// It knows no column and no number: what the cells mean is the business of the
// packages of the vendors.
package csvrows
