// Package compare explains why two accounts of one workout differ: what a band,
// its service or another recording says, and what Strava shows or will show.
//
// # Causes
//
// [Explain] takes a difference apart into causes: pauses that the device left
// out, rest that Strava removes, a start before the first sample, the radius of
// the earth, and so on. Each cause is computed from the recording and from
// Strava's rules alone, without looking at the figure that is to be explained.
// What the causes leave of the difference is the remainder. It is shown and never
// shared out among them: a small remainder says that the explanation is right,
// and a large one that something else was at work.
//
// A cause whose size no file tells, such as the way in which a band counts
// calories, is named without an amount.
//
// Amounts have a sign: they say by how much Strava's figure is larger for this
// cause.
//
// # Matching
//
// [Match] finds which workout of one list is which of another, by start,
// duration, distance and sport. Starts that differ by whole or half hours are
// recognised and named: clocks without a zone do that.
//
// # What it never does
//
// It reads no file, recalculates nothing itself, and does not know who is right.
//
// # Sources
//
// Strava's rules as package recalc has them; formulas of the causes stand at the
// functions that compute them.
package compare
