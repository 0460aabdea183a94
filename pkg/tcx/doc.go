// Package tcx reads Training Center XML, the format that Garmin defined and
// that most services and many bands export.
//
// # What it reads
//
// Version 2 of the schema with ActivityExtension v2: activities, multisport
// sessions, laps, tracks and trackpoints, speed, cadence and power from the
// extensions under any prefix or none; and courses, which Strava reads too.
// Element order, missing attributes and missing namespaces do not matter.
//
// The dialects of real exporters are read as what they mean: Mi Fitness (laps
// without StartTime, heart rates without Value, calories beside the laps),
// unBand (event numbers for Id, totals after the track), Fitbit and Huawei
// (local times with an offset), Polar (blanks before the XML declaration),
// MapMyRide (fractional calories), and what a careless program writes: decimal
// commas, empty numbers, NaN, sports in lower case, times that run backward.
// Each such reading that could matter is a finding; nothing is silent.
//
// # What the laps say
//
// The totals of the laps are the device's own account of the workout, not
// derived from its trackpoints, and are kept apart as [activity.Totals]. Strava
// reads only calories from them.
//
// # Pauses
//
// TCX has no pause element. A device that was paused writes a new Track within
// the lap, or leaves time between the end of one lap and the start of the next.
// Both become an [activity.Pause].
//
// # What it never does
//
// It does not sort, smooth or drop trackpoints, except those without a time,
// and computes nothing that the file does not say. It never fetches a schema.
//
// # Sources
//
// TrainingCenterDatabasev2.xsd and ActivityExtensionv2.xsd for the format;
// Strava's documentation of uploads for the five sports that it takes from a
// TCX; real files for the rest.
package tcx
