package gpx

import (
	"strings"

	"github.com/bandport/bandport/pkg/activity"
)

// stravaNumbers are the numbers that Strava's exports held for the sport before
// they held words.
var stravaNumbers = map[string]activity.Sport{
	"1": activity.Ride, "2": "AlpineSki", "3": "BackcountrySki", "4": activity.Hike, "6": "InlineSkate",
	"7": "NordicSki", "9": activity.Run, "10": activity.Walk, "12": "Snowboard", "13": "Snowshoe",
	"16": activity.Swim, "17": activity.VirtualRide, "18": activity.EBikeRide, "21": "Canoeing",
	"23": "Rowing", "53": activity.VirtualRun,
}

// words are what programs write into the type of a track, in lower case and
// without what is no letter. Strava's own names are not among them: they are
// known to activity.ParseSport.
var words = map[string]activity.Sport{
	"running": activity.Run, "jogging": activity.Run, "jog": activity.Run, "roadrunning": activity.Run,
	"streetrunning": activity.Run, "trackrunning": activity.Run, "treadmill": activity.Run,
	"treadmillrunning": activity.Run, "indoorrunning": activity.Run, "outdoorrunning": activity.Run,
	"trailrunning": activity.TrailRun, "virtualrunning": activity.VirtualRun,

	"walking": activity.Walk, "casualwalking": activity.Walk, "speedwalking": activity.Walk,
	"fitnesswalking": activity.Walk, "powerwalking": activity.Walk, "nordicwalking": activity.Walk,
	"indoorwalking": activity.Walk, "outdoorwalking": activity.Walk, "dogwalking": activity.Walk,
	"hiking": activity.Hike, "trekking": activity.Hike, "mountaineering": activity.Hike, "mountainhiking": activity.Hike,

	"cycling": activity.Ride, "biking": activity.Ride, "bicycling": activity.Ride, "bike": activity.Ride,
	"bicycle": activity.Ride, "roadcycling": activity.Ride, "roadbiking": activity.Ride, "roadbike": activity.Ride,
	"outdoorcycling": activity.Ride, "indoorcycling": activity.Ride, "spinning": activity.Ride,
	"cyclingsport": activity.Ride, "cyclingtransport": activity.Ride, "cyclingtransportation": activity.Ride,
	"cyclocross":     activity.Ride,
	"mountainbiking": activity.MountainBikeRide, "mountainbike": activity.MountainBikeRide,
	"mountaincycling": activity.MountainBikeRide, "mtb": activity.MountainBikeRide,
	"gravelcycling": activity.GravelRide, "gravelbiking": activity.GravelRide,
	"virtualcycling": activity.VirtualRide, "ebike": activity.EBikeRide, "ebiking": activity.EBikeRide,
	"ebikemountain": activity.EMountainBike, "ebikefitness": activity.EBikeRide, "handcycling": activity.Handcycle,

	"swimming": activity.Swim, "lapswimming": activity.Swim, "poolswimming": activity.Swim,
	"openwaterswimming": activity.Swim, "swimmingpool": activity.Swim,

	"skiing": "AlpineSki", "alpineskiing": "AlpineSki", "downhillskiing": "AlpineSki", "resortskiing": "AlpineSki",
	"crosscountryskiing": "NordicSki", "nordicskiing": "NordicSki", "xcskiing": "NordicSki",
	"skatecrosscountryskiing": "NordicSki", "backcountryskiing": "BackcountrySki", "skitouring": "BackcountrySki",
	"skimountaineering": "BackcountrySki", "rollerskiing": "RollerSki", "snowboarding": "Snowboard",
	"snowshoeing": "Snowshoe", "iceskating": "IceSkate", "inlineskating": "InlineSkate", "rollerskating": "InlineSkate",
	"skating": "InlineSkate", "skateboarding": "Skateboard",

	"indoorrowing": "Rowing", "kayak": "Kayaking", "canoe": "Canoeing", "sailing": "Sail", "paddleboarding": "StandUpPaddling",
	"standuppaddleboarding": "StandUpPaddling", "sup": "StandUpPaddling", "windsurfing": "Windsurf",
	"kitesurfing": "Kitesurf", "kiteboarding": "Kitesurf",

	"climbing": "RockClimbing", "football": "Soccer", "ellipticaltraining": "Elliptical", "strengthtraining": "WeightTraining",
	"weightlifting": "WeightTraining", "stairclimbing": "StairStepper", "fitnessequipment": activity.Workout,
	"hiit": "HighIntensityIntervalTraining",
}

// parseSport reads the type of a track: a word in whatever spelling, or one of
// Strava's old numbers. Of "cycling:road" and "Running / Trail" the word in
// front counts where the whole is not known.
func parseSport(s string) (activity.Sport, bool) {
	s = strings.TrimSpace(s)
	if sport, ok := stravaNumbers[s]; ok {
		return sport, true
	}
	if sport, ok := parseWord(s); ok {
		return sport, true
	}
	if i := strings.IndexAny(s, ":/,;("); i > 0 {
		return parseWord(s[:i])
	}
	return "", false
}

func parseWord(s string) (activity.Sport, bool) {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		if r > 0x7f {
			return r // a word of another language must not turn into one of English
		}
		return -1
	}, s)
	if sport, ok := words[letters]; ok {
		return sport, true
	}
	return activity.ParseSport(letters)
}
