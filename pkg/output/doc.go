// Package output puts results on the disk: completely, or not at all.
//
// # What it is for
//
// A [Run] writes the files of one run of a command. Each [File] is written
// under a hidden name in the folder where it belongs, can be read back, and gets
// its own name only by [File.Commit]: whoever sees a file under its name sees all
// of it. What was not committed is gone after [Run.Close].
//
// [Name] says where the result of an input belongs: in the same place of the
// same tree, under the same name, with the new extension.
//
// [Replace] writes the program's own files: configuration, login, staged copies.
//
// # What it never does
//
// It never replaces an input of the run, nor anything that lies in a folder that
// is one, whatever the options say; nor a file that exists, unless told to; nor a
// device, a pipe or a folder. It follows no name out of the folder that it was
// given: the names of members of archives are made harmless by package source.
// It knows no format but gzip's frame.
//
// A run does not wait for the disk (fsync): a machine that loses power can lose the
// last results, which can be made again from the inputs. [Replace], for the files
// that the program keeps for itself, does.
//
// # Errors
//
// Each of a run is a [finding.Failure] that wraps its cause: [finding.OutputExists],
// [finding.OutputInput] or [finding.OutputFailed].
package output
