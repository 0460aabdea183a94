// Package recalc computes for a workout the figures that Strava will show, and
// says by which rule each came about.
//
// # Where the rules come from
//
// Strava publishes no formulas. The rules here were derived by comparing
// original recordings with the figures that Strava shows for them: 1,356
// files of ten athletes, and checked on files of other athletes. Each rule is
// a small function with its evidence in the comment; each constant has a name.
// docs/recalculation.md tells the whole story in words.
//
// # Provenance
//
// [Result.Provenance] names, for every figure, the rule that gave it,
// [Result.Confidence] and [Result.Errors] say how near figures of its kind came to
// Strava's when that was last measured. With [Options.Explain] the result also
// lists every stretch that was taken as rest, every choice between two accounts of
// a figure, and every threshold that was used. A figure that cannot be known is
// absent, never 0.
//
// The confidence is measured by TestTruth, where workouts with Strava's figures
// are at hand; with -update it writes confidence_table.go and the tables of
// docs/recalculation.md anew.
//
// # Details
//
// Splits, laps, best efforts and zones are given where [Options.With] asks for
// them, and cost nothing otherwise.
//
// # Eras
//
// Strava has changed its rules over the years and shows old workouts by the
// rules of the day on which they were uploaded. [Options.Uploaded] says which
// day that is; where it is not given the day of the workout stands in.
//
// # Absurd records
//
// Whatever the records say, figures are finite, and memory is bounded by their
// number and 2 MB. A time outside of the years 1 to 9999 counts as
// missing, and so does a distance of more than 100,000 km.
//
// # What it never does
//
// It reads no file and knows no format beyond its name, changes nothing in the
// activity, never asks Strava, and never looks at the name of a file or a
// person.
package recalc
