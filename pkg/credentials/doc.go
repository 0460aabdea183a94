// Package credentials keeps the login: the application's number and secret, and
// the token with its scopes and the athlete it belongs to.
//
// # Where
//
// In the key ring of the system (Keychain, Credential Manager, Secret Service)
// where there is one that answers within three seconds; else in a file that only
// its owner can read; in environments without either, such as continuous
// integration, the first login comes from environment variables, and what Strava
// replaces is kept in the file.
//
// # Rotation
//
// Strava replaces the refresh token and kills the old one. [Store.Rotate] holds a
// lock across processes, calls for the new token and stores it before anybody uses
// it. A file is replaced atomically: a crash leaves the old or the new one.
//
// # What it never does
//
// It puts no secret into an error, prints nothing, and hands no secret to another
// program's arguments.
package credentials
