// Package convert turns a workout of one format into a file of another, and says
// what that costs.
//
// # What it is for
//
// [New] plans a conversion: what the format can hold ([Encoder].Project), what is
// lost ([Lost], as findings with counts), where the bytes come from. [Plan.Write]
// writes it, and [Plan.Verify] has a reader that is not ours read it back.
//
// What is read from a result is what was projected: decode(encode(a)) is
// project(a), for every format, and a second conversion changes nothing. That is
// tested for workouts as odd as a codec could return.
//
// # The same format
//
// A file that has the format already is not built anew: its bytes are copied, with
// the sizes and checksums of a FIT made right, and with Options.Strava changed in
// the places that matter for that. Documents that are damaged are built from what
// could be read of them.
//
// # For Strava
//
// Options.Strava takes the choices that docs/for-strava.md explains.
//
// # What it never does
//
// It opens no file and names none: see package output. It computes nothing of a
// workout but the distance that other formats want of one that has none, by package
// recalc.
//
// # Sources
//
// The codecs' documentation for what the formats hold; Strava's documentation of
// uploads and elevation for the choices.
package convert
