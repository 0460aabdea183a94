// Package lexical reads numbers and instants the way workout files spell them.
//
// # What it is for
//
// The XML formats are text: a ten-hour ride holds a quarter of a million
// numbers and instants. The functions here take them as the bytes that the
// scanner hands out, do not allocate, and read the common layouts several times
// faster than strconv and time, with the same result to the last bit.
//
// # Where its rules come from
//
// XML Schema's xsd:double and xsd:dateTime are the standard that TCX and GPX
// refer to. Beyond them stand the spellings that programs have been seen to
// write: decimal commas, lower-case or missing zones, offsets without a colon,
// a blank for the T. Whatever could mean two things is refused instead of
// guessed: a comma that could separate thousands, a bare date, an hour 25.
//
// # What it never does
//
// It does not judge: whether a heart rate of −3 makes sense is for the codecs
// to say. It knows no local time; an instant without a zone is returned as if
// it were UTC, marked with [None], and the caller decides. It returns no
// errors, only ok, for the callers know the place and the name of what failed.
package lexical
