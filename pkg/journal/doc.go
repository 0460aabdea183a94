// Package journal remembers what was delivered: one row a workout, in a SQLite
// database that the user may query.
//
// # What a row lives through
//
// A row is written before a request is sent ([Intent]), gets the number of the
// upload with the answer ([Sent]), and the number of the activity when Strava has
// processed the file ([Uploaded]), or why nothing came of it. So whatever happens
// in between, what may be on its way is known, and nothing is sent twice. Every
// change is on the disk before the method returns.
//
// # Two keys
//
// A workout is known by the SHA-256 of its decompressed bytes and by its
// fingerprint, which the caller computes and which does not change when decoders
// get better. At most one row that counts has a key; the database enforces it, also
// between processes.
//
// # What it never does
//
// It does not talk to Strava and keeps nothing that came from there but numbers
// of uploads and activities and the reason of a failure. It judges no duplicates
// beyond equal keys. A database that is damaged is moved aside, never deleted.
package journal
