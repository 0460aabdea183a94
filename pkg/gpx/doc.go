// Package gpx reads GPX, the GPS Exchange Format, which every band's app and
// every service can export.
//
// # What it reads
//
// GPX 1.0 and 1.1 with any creator, version, namespace and prefix, or none:
// tracks, their segments and trackpoints; heart rate, cadence, power,
// temperature, speed and distance from the extensions of Garmin, Cluetrust,
// Apple and others, at whatever depth they stand. Element order does not matter.
// Where a value is given twice, the first counts.
//
// The dialects of real exporters are read as what they mean: Zepp, Zepp Life and
// Amazfit (the app's version for that of GPX), the exporters of the Zepp cloud
// (times without a zone that are UTC, −20,000 m for no altitude, heart rates
// with a fraction), Notify (a name beside the track), unBand and Microsoft Band
// (positions of 0,0, seven decimals of a second), Apple Health (speed without a
// prefix, the time of the export in front), and what a careless program writes:
// decimal commas, NaN, missing coordinates, times that run backward. Each such
// reading that could matter is a finding; nothing is silent.
//
// # Tracks and segments
//
// Each track is a workout, unless the times of two overlap: those are one
// workout. A track without trackpoints counts for nothing. A segment is a piece
// of unbroken recording; between two segments lies an [activity.Pause].
//
// GPX has no totals. Where a program adds Garmin's TrackStatsExtension, what it
// claims there is kept apart as [activity.Totals].
//
// # What it never does
//
// It does not sort, smooth or drop trackpoints, except those without a time, and
// computes nothing that the file does not say. Routes and waypoints are counted
// and left alone. Courses and accuracies of trackpoints are not kept, and times
// are kept to the millisecond. It never fetches a schema.
//
// # Sources
//
// gpx.xsd of GPX 1.0 and 1.1, Garmin's TrackPointExtension v1 and v2,
// PowerExtension v1 and TrackStatsExtension v1, Cluetrust's GPXDATA 1.0 for the
// formats; Strava's documentation of uploads for the extensions that it takes;
// real files for the rest.
package gpx
