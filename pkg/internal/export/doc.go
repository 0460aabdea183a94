// Package export holds what the readers of vendors' archives do alike: go
// through a table row by row, noting those that cannot be read; and find the
// workouts in JSON that a cloud answered, whatever is wrapped around them.
//
// # What it never does
//
// It knows no vendor. Which columns there are, what a figure is counted in, and
// which object is a workout is the business of the packages of the vendors.
//
// # Where its rules come from
//
// From the exports themselves: numbers stand in them as numbers or as texts, 0
// stands for what was not measured, and tables were opened and saved again by
// people.
package export
