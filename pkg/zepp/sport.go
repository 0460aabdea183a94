package zepp

import (
	"strconv"

	"github.com/bandport/bandport/pkg/activity"
)

// agreed are the numbers that mean the same in all lists that are known.
var agreed = map[int]activity.Sport{
	1:  activity.Run,
	16: activity.Workout,
	17: "Tennis",
	21: activity.Workout, // skipping rope
	23: "Rowing",
	49: "HighIntensityIntervalTraining",
	52: "WeightTraining",
	60: "Yoga",
	61: "Pilates",
	85: "Basketball",
	92: "Badminton",
}

// disputed says what the lists make of the other numbers that occur.
var disputed = map[int]string{
	2:  "treadmill on the watches",
	3:  "walking on the watches",
	4:  "cycling on the watches",
	5:  "free training on the watches",
	6:  "walking in the app, pool swimming on the watches",
	7:  "open water on the watches",
	8:  "treadmill in the app, indoor cycling on the watches",
	9:  "cycling in the app, elliptical on the watches, walking to others",
	10: "indoor cycling in the app",
	14: "pool swimming in the app",
	15: "hiking on the watches",
}

// MostType bounds the numbers that can be mapped.
const MostType = 100_000

// sportOf returns the sport of a number, and what is to be said where it is not
// known.
func sportOf(code int, types map[int]activity.Sport) (s activity.Sport, doubt string) {
	if s, ok := types[code]; ok {
		return s, ""
	}
	if s, ok := agreed[code]; ok {
		return s, ""
	}
	if d, ok := disputed[code]; ok {
		return "", "type " + strconv.Itoa(code) + ": " + d
	}
	return "", "type " + strconv.Itoa(code)
}

// rawSport is the number as the file's own word.
func rawSport(code int) string { return "type " + strconv.Itoa(code) }
