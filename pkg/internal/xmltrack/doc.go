// Package xmltrack is what the decoders of TCX and GPX have in common: reading
// elements, numbers, times and positions of a document, and making a finding of
// whatever is not as it should be.
//
// # What it is for
//
// The two formats say the same things in other words. What counts as a
// position, how a time without a zone is read, and what is said about a file
// that ends in the middle must not depend on the format. Each decoder embeds a
// [Reader] and gives it the [Codes] of its format.
//
// # What it never does
//
// It knows no element of either format, and not the model: it hands out plain
// numbers. It does not decide what becomes of a trackpoint.
package xmltrack
