// Package zepp reads what Zepp, Zepp Life and Mi Fit give out: the tables of the
// data export, and the JSON of the cloud that the usual exporters fetch.
//
// # Tables
//
// The export is an archive with a password. Its folder SPORT holds one row a
// workout: an instant in UTC, the recording time, distance, calories, and paces
// in seconds per metre, of which the "max" is the slowest. There is no track: a
// row becomes an activity without records, whose totals are what the band
// claims. Heart rates stand in two other tables, by the minute in local time
// (HEARTRATE_AUTO) and measured by hand in UTC (HEARTRATE); [HeartRates] joins
// them to rows.
//
// # Cloud
//
// The cloud keeps a workout in two pieces: a summary with the totals and a detail
// with the track, as lists of differences. A stream may hold one of them, both,
// one after the other, or the answer of the cloud around them; pieces with the
// same trackid, which is the second of the start, become one activity. [Join]
// does the same for pieces from different files.
//
// The lists have clocks of their own. A record stands where there is a position;
// heart rate and cadence of the seconds since the record before are averaged
// into it. Where positions are missing (in a pool, indoors, before the first fix)
// a record stands for each second that has a sample. The distances of the
// samples are taken where they add up to the band's total within one percent,
// and where there are no positions.
//
// # Kinds of workout
//
// Zepp's numbers for sports differ between the list of the app and that of the
// watches: 6 is walking or pool swimming. Where the lists disagree the number is
// kept as RawSport and the sport stays unknown, unless the caller maps it, or the
// workout proves it by the length of a pool.
//
// # What it never does
//
// It asks no server and needs no account. It does not interpolate positions, and
// does not move those of China, which are shifted by some hundred metres in
// everything that the apps give out there.
//
// # Sources
//
// Real tables and answers of the cloud; field names as their exporters document
// them. No complete archive was found: the names of the folders come from
// descriptions.
package zepp
