// Package load reads workout files: it tells the format of a stream by its
// first bytes and hands the stream to the codec that a [Registry] has for it.
//
// # Telling formats
//
// [Sniff] looks at the first [HeadSize] bytes and at nothing else, for names
// lie. TCX and GPX are told by the local name of the document's first element,
// in UTF-8 and UTF-16, behind byte order marks, blanks, declarations, comments
// and document types; FIT by the ".FIT" in bytes 8 to 11 of its header (FIT protocol, "File
// Header"), also behind other bytes where those are nothing else; zip archives by their first local header, or the end of an empty one. What is no workout is
// named as well as can be, so that the user sees what went wrong: a login page
// that was saved in place of a download, say.
//
// JSON and tables are workouts where the package of a vendor knows them by the
// names in their first bytes; else they are JSON and CSV, and no workout.
//
// The registry is a plain slice that the caller passes. The first codec whose
// Sniff accepts the bytes gets the file. Nothing registers itself.
//
// # Reading many
//
// [Map] runs work on many files at once and delivers the results in the order
// of the files. It holds at most twice as many results as it has workers, so
// that the work, not the decoded tracks, sets the memory: do everything that
// needs the track in work, and return what is left of it. [All] is Map with
// [File] as its work, for those who want the tracks.
//
// # Damage
//
// A compressed file that ends early, or is damaged, in an archive or outside, gives what could be read
// of it, with the finding among those of the file. It is an error only where
// not one activity was found before the damage. A file beyond the size limit,
// or on a disk that fails, is an error always: there the rest exists, and a
// part would be taken for the whole.
//
// # Errors
//
// Every error about a file is or wraps a [finding.Failure]. Only the end of the
// context keeps its own type.
//
// A codec that panics spoils one file, not the run. Files come from hundreds of
// devices and programs; whoever imports ten years of them overnight is better
// served by one file that is reported and the thousands behind it read. The
// panic becomes a Failure that carries the stack, so it is not hidden. What Go
// cannot recover from (exhausted memory, an overflown stack) still ends the
// program.
//
// # What it never does
//
// It decodes nothing itself, judges no workout, prints nothing and leaves no
// goroutine behind, but for one that waits in a read which the system does not
// let go of (see [source.Item.Open]).
package load
