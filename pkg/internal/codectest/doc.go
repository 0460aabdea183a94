// Package codectest is what the tests of all codecs need: the laws that every
// decoded activity keeps ([Sound]), those of patching ([Patcher]), and the collections of real files with what
// other programs read in them ([Corpus], [Truth]).
//
// Those collections hold real people's tracks, so they are no part of the
// project: they are looked for beside the checkout, and a test that needs them
// is skipped where there are none.
//
// It is imported by tests only.
package codectest
