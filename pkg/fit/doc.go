// Package fit reads FIT, the binary format of Garmin that most watches and bike
// computers write.
//
// # What it reads
//
// Activity files and whatever else holds records or sessions, alone or chained
// one after the other: headers of 12 and 14 bytes, either byte order,
// compressed timestamps, compressed speed and distance, developer fields. Each
// session becomes one [activity.Activity]; records, laps and events of the timer
// belong to the last session that had begun by their time.
//
// A message is read by the definition in the file, not by the profile: a field
// may be larger or smaller than the profile has it. Enhanced speed and altitude
// count before the plain ones. Nothing is expanded through floats, so that a
// speed is exact to the millimetre. Numbers that run over within a file (the
// distance of compressed speed and distance, cycles, accumulated power) count on,
// each file of a chain for itself.
//
// Fields of records that the model does not have (running dynamics, respiration,
// pedalling, batteries of bicycles: the table in streams.go) become streams under
// the profile's names. Lengths of pool swims, and all devices that the file tells
// of with their batteries and firmware, are in the model.
//
// # Heart rate out of a strap's memory
//
// Straps for swimming hand their beats over when the swim is done, often in a
// file of their own behind the swim's. Records without a heart rate get it from
// there, as Garmin's SDK does it, with a finding that counts them.
//
// # What it tolerates
//
// Real files are careless, and Garmin's own software reads them. A checksum of
// the header of 0 or one that is wrong, a size of the data of 0 or beyond the
// end, bytes before the header or behind the checksum, a base type without the
// bit for the byte order, a field whose size is no multiple of its type, a
// second file in the chain without file_id: all are read, and each that could
// matter is a finding. The checksum of the file is always computed, over header
// and data; a wrong one is a finding and not a failure.
//
// Where a file is cut, or goes on in a way that cannot be (a message that was
// not defined, one beyond the end of the data), everything before is kept. A
// later file of the chain is found by its signature.
//
// # Pauses
//
// The device says when its timer was stopped and started: each such pair is an
// [activity.Pause]. [activity.Activity.TimerPaused] keeps what a recalculation
// must know even where a pause lasted no time.
//
// # Developer fields
//
// A number of a record that an app on the device defined becomes an
// [activity.Stream] under the name and unit that the app gave it. All others are
// counted; [activity.DeveloperField] lists them all with their apps.
//
// # The same format again
//
// With [Options.KeepSource] the bytes of the file stay beside the model, and each
// record knows its place in them. [Rewrite] writes them once more with changes in
// single messages: all that nobody touched stays byte for byte, known to the
// profile or not. [Messages] only reads them.
//
// # What it never does
//
// It does not sort, smooth or drop records, except those without a time, and
// computes nothing that the file does not say. Unless it is told to keep the
// source, it holds a window of the file and never the whole.
//
// # Sources
//
// Garmin's FIT protocol for the framing. The names in the folder names and the
// numbers of fields are those of Garmin's profile 21.212, by way of
// github.com/muktihari/fit v0.28.3 (BSD). Strava's documentation of uploads for
// what it reads of a file; for its sports see the table in sport.go; real files
// and what Strava made of them for the devices whose altitude it trusts, in the
// table in names.go. Garmin's SDK for JavaScript 21.217 for merging heart rates,
// with which all of the corpus is compared in garmin_test.go.
package fit
