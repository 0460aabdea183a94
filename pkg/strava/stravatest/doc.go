// Package stravatest is a strict stand-in for Strava's API on this computer, for
// tests: logging in with rotating refresh tokens, uploads that take their time,
// activities, rate limits on Strava's own windows, duplicates, and faults on
// demand.
//
// It is strict: a request that Strava would refuse, or that it only puts up with,
// is answered with an error and remembered in [Server.Violations]. It keeps a
// list of what it accepted ([Server.Accepted]), which no fault touches, so that a
// test can tell what really happened.
//
// What it answers is modelled after Strava's documentation and after answers that
// users of the API reported. It is no simulation of how Strava reads files: of a
// TCX or GPX file it takes the first and last time and the last distance.
package stravatest
