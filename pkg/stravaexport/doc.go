// Package stravaexport reads activities.csv, the table in the archive that Strava
// gives out on request ("Download your data"): what Strava shows for each
// activity, in the words of the account's language.
//
// # Columns
//
// The header is in the language of the account, some names stand in it twice, and
// its width has changed over the years (78 to 103 columns). So columns are told by
// their place relative to the names that are repeated, which they are in every
// language: the first elapsed time and distance are for people (kilometres or
// miles, local decimals), the second ones are seconds and metres, and the figures
// behind them follow in one order. The second maximum heart rate does the same
// for heart rate, power and calories.
//
// Whether the guess was right is seen from the content: distance has to be speed
// times time. A row that contradicts itself is a finding.
//
// # Dates
//
// Dates are in UTC, in words of the language: "May 9, 2023, 10:09:29 AM",
// "09.05.2023, 10:09:29", "9 mag 2023, 10:09:29". Months are known in eleven
// languages; dates in figures need none.
//
// # What it never does
//
// It does not read the recordings of the archive: they are workouts like others,
// and package load reads them.
//
// # Sources
//
// Headers and rows of real archives as public programs and their tests quote them,
// in English, German, French, Spanish and Dutch; those of other languages are
// told by the same rule.
package stravaexport
