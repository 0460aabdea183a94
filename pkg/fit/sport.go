package fit

import "github.com/bandport/bandport/pkg/activity"

// anySub stands for every sub-sport that has no row of its own.
const anySub = -1

// strava are Strava's sports for those of the profile. Strava publishes no such
// table. Rows of a sport stand together, that for any sub-sport last. Where they
// come from:
//
//   - what Strava shows for 779 real files (TestTruth): running,
//     trail and virtual running, cycling and virtual cycling, mountain biking,
//     swimming, walking, hiking, cross-country, alpine and backcountry skiing,
//     snowboarding. Those who differ chose the sport by hand, or recorded it
//     before Strava had it: trail runs and mountain bike rides of old are plain
//     runs and rides there;
//   - its users' experience: indoor running stays a run, a spinning class a ride;
//   - what other programs that upload to it found (dreeve's FitSportType, for
//     one): fitness equipment, training, e-bikes, everything on water and ice;
//   - the name alone, where Strava has the same sport: the ball games, rackets,
//     dance, wheelchair, canoeing.
//
// All others are in unmatched.
var strava = []struct {
	sport, sub int
	to         activity.Sport
}{
	{1, 3, activity.TrailRun},
	{1, 58, activity.VirtualRun},
	{1, anySub, activity.Run},
	{2, 8, activity.MountainBikeRide},
	{2, 9, activity.MountainBikeRide},
	{2, 11, activity.MountainBikeRide},
	{2, 123, activity.MountainBikeRide},
	{2, 46, activity.GravelRide},
	{2, 12, activity.Handcycle},
	{2, 88, activity.Handcycle},
	{2, 28, activity.EBikeRide},
	{2, 47, activity.EMountainBike},
	{2, 127, activity.EMountainBike},
	{2, 58, activity.VirtualRide},
	{2, anySub, activity.Ride},
	{4, 1, activity.Run},
	{4, 45, activity.Run},
	{4, 5, activity.Ride},
	{4, 6, activity.Ride},
	{4, 14, "Rowing"},
	{4, 15, "Elliptical"},
	{4, 16, "StairStepper"},
	{4, 20, "WeightTraining"},
	{4, 27, activity.Walk},
	{4, 43, "Yoga"},
	{4, 44, "Pilates"},
	{4, 70, "HighIntensityIntervalTraining"},
	{4, anySub, activity.Workout},
	{5, anySub, activity.Swim},
	{6, anySub, "Basketball"},
	{7, anySub, "Soccer"},
	{8, anySub, "Tennis"},
	{10, 20, "WeightTraining"},
	{10, 43, "Yoga"},
	{10, 44, "Pilates"},
	{10, 70, "HighIntensityIntervalTraining"},
	{10, anySub, activity.Workout},
	{11, anySub, activity.Walk},
	{12, 37, "BackcountrySki"},
	{12, anySub, "NordicSki"},
	{13, 37, "BackcountrySki"},
	{13, anySub, "AlpineSki"},
	{14, anySub, "Snowboard"},
	{15, 58, "VirtualRow"},
	{15, anySub, "Rowing"},
	{16, anySub, activity.Hike},
	{17, anySub, activity.Hike},
	{19, anySub, "Canoeing"},
	{21, 47, activity.EMountainBike},
	{21, 127, activity.EMountainBike},
	{21, anySub, activity.EBikeRide},
	{25, anySub, "Golf"},
	{30, anySub, "InlineSkate"},
	{31, anySub, "RockClimbing"},
	{32, anySub, "Sail"},
	{33, anySub, "IceSkate"},
	{35, anySub, "Snowshoe"},
	{37, anySub, "StandUpPaddling"},
	{38, anySub, "Surfing"},
	{41, anySub, "Kayaking"},
	{43, anySub, "Windsurf"},
	{44, anySub, "Kitesurf"},
	{48, anySub, "StairStepper"},
	{62, anySub, "HighIntensityIntervalTraining"},
	{64, 84, "Pickleball"},
	{64, 85, "Padel"},
	{64, 94, "Squash"},
	{64, 95, "Badminton"},
	{64, 96, "Racquetball"},
	{64, 97, "TableTennis"},
	{64, anySub, activity.Workout},
	{65, anySub, "Wheelchair"},
	{66, anySub, "Wheelchair"},
	{71, anySub, "Cricket"},
	{75, anySub, "Volleyball"},
	{83, anySub, "Dance"},
	{88, anySub, "Canoeing"},
}

// unmatched are the sports that Strava has nothing for. It takes the athlete's
// default sport for them, which no file holds, so that they stay unknown here and
// --sport can say what they are.
var unmatched = map[int]string{
	0:  "no sport in particular",
	3:  "the change between two sports of a triathlon",
	9:  "american football", // Soccer is another game
	18: "several sports, each of which has a session of its own",
	20: "flying", 22: "motorcycling", 23: "boating", 24: "driving", 26: "hang gliding", 27: "horseback riding",
	28: "hunting", 29: "fishing", 34: "sky diving", 36: "snowmobiling", 39: "wakeboarding", 40: "water skiing",
	42: "rafting", 45: "tactical", 46: "jumpmaster", 47: "boxing", 49: "baseball", 53: "diving", 56: "shooting",
	58: "winter sport", 59: "grinding", 63: "video gaming", 67: "meditation", 68: "para sport", 69: "disc golf",
	70: "a team sport", 72: "rugby", 73: "hockey", 74: "lacrosse", 76: "water tubing", 77: "wakesurfing",
	78: "water sport", 79: "archery", 80: "mixed martial arts", 81: "motor sports", 82: "snorkeling",
	84: "jump rope", 85: "pool apnea", 86: "mobility", 87: "geocaching",
}

// sportOf returns Strava's sport, or "" where it has none.
func sportOf(sport, sub int) activity.Sport {
	for _, row := range strava {
		if row.sport == sport && (row.sub == sub || row.sub == anySub) {
			return row.to
		}
	}
	return ""
}

// rawSport says a sport in the words of the profile: "running" or
// "cycling/mountain".
func rawSport(sport, sub int) string {
	s := nameOr(sports, sport)
	if sub > 0 {
		s += "/" + nameOr(subSports, sub)
	}
	return s
}
