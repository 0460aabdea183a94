// Package activity is the model of one recorded workout: what every codec
// produces and everything else works on.
//
// # Shape
//
// An [Activity] holds its [Record]s in one slice, in the order of the file.
// Laps, tracks and pauses refer to records by index. A Record is a plain value
// of 64 bytes: a ten-hour ride at one record a second is 2.3 MB and one
// allocation.
//
// # Missing is not zero
//
// A figure that the file does not give is absent, never 0: [Record.Has] says
// which fields of a record are set, and a [Value] knows whether it is known.
//
// # Units
//
// Instants are UTC; records count milliseconds since the Unix epoch. Distances
// and altitudes are metres, speeds metres per second, durations seconds, heart
// rates beats per minute, powers watts, temperatures degrees Celsius, energies
// kilocalories (food calories) unless a name says kilojoules. Cadence is
// revolutions per minute; for runs and walks that is steps of one leg per
// minute, as the devices record it.
//
// # What it never does
//
// No I/O, no judgement, no repair. It does not sort records, drop doubles or
// fill gaps: what looks wrong stays visible, and the packages above decide.
package activity
