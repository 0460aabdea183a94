// Package mshealth reads what is left of Microsoft Health, the service behind the
// Microsoft Band, which closed on 31 May 2019: the tables and the JSON that
// people saved before.
//
// # Tables
//
// The table of activities has 49 columns, a row an event; times are those of the
// user's clock, distances miles, heights feet. There is no track: a row becomes an
// activity without records, whose totals are what the band claims. Sleep is left
// out. The daily table holds sums of days and no single workout; it is recognised,
// and said to be what it is.
//
// Whether Duration_Seconds holds the pauses (Seconds_Paused) is not known: no
// table with values was found. It is taken as the recording time, and elapsed
// time is known only of workouts without a pause.
//
// # JSON
//
// Events of the cloud, one or many, with an answer around them or none, hold
// their points with the seconds since the start, positions in 1e-7 degrees,
// distances in centimetres. The dashboard's file (Runs) has points without times;
// those are reckoned from the distances, as its only public converter does. A
// workout without points becomes one without records.
//
// # What it never does
//
// It asks no server: there is none. It keeps the 0,0 of points without a fix out
// of the positions.
//
// # Sources
//
// The header of the table; samples of the cloud's events in public programs that
// read them; the code of converters. No table with values, and no file of the
// dashboard with its positions, was found: what is said of their values follows
// from the names of the columns.
package mshealth
