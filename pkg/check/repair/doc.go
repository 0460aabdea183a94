// Package repair mends what package check finds, as far as that can be done
// without making anything up.
//
// # What it is for
//
// A repair has the name of the finding that it cures, does one thing, and tells
// how often it did it and what was lost by it. [Fix] judges a file, applies the
// repairs that are wanted, and judges the result, until nothing more is to be
// done. What no repair touches stays byte for byte: elements, namespaces and
// extensions of XML, messages and developer fields of FIT, whether anybody knows
// them or not.
//
// Only what Strava rejects, mangles, ignores or changes is mended without being
// asked; the rest, and what changes the meaning of a file, when its code is
// named. Mending a file twice gives what mending it once gave, and a file
// without a finding comes back as it was.
//
// # What it never does
//
// It opens no file and writes none. It invents no sample: a time between two
// others is computed from the way between them, and where nothing is known, from
// a start and a pace that somebody gave. It does not convert: a pause that GPX
// cannot say stays lost until the workout is written in another format.
//
// # Where its rules come from
//
// What is a defect, package check and the codecs say. How Strava takes what is
// missing (an element left out, FIT's value for none) is in its documentation of
// uploads.
package repair
