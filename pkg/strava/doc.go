// Package strava is a client of Strava's API: logging in, uploading files,
// asking what became of them, and the few calls about activities that an upload
// needs.
//
// # What it does
//
// [App] and [Authorization] carry an athlete through OAuth; [Session] hands out
// access tokens and renews them, storing each rotated refresh token before it is
// used. [Client] makes the calls. It paces itself, keeps count of the rate limits
// from the headers of the answers ([Limits]), and repeats what is safe to
// repeat: reading always, sending a file only where the file cannot have arrived.
// Errors are typed: see [Error], [RateLimitError] and [Unanswered].
//
// # What it never does
//
// It knows no file formats, keeps no journal and stores no secret itself: tokens
// live behind a [TokenStore]. It follows no redirect, sends tokens in the header
// only and to no host but the API's, and puts no secret into an error. What the
// API returns is handed to the caller and kept nowhere, as Strava's API policy
// wants.
//
// # Where its rules come from
//
// Strava's documentation of the API at https://developers.strava.com/docs
// (authentication, uploads, rate limits, reference) and its changelog. Answers that
// are not documented, such as the wording of errors, are those that users of the API
// reported; a text that is not recognised is passed on as it is.
package strava
