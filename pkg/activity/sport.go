package activity

import "strings"

// Sport is a sport type in Strava's spelling, such as "TrailRun". The empty
// Sport is unknown.
type Sport string

// The sports that the program itself speaks of. All that Strava knows are in
// [Sports].
const (
	Run              Sport = "Run"
	TrailRun         Sport = "TrailRun"
	VirtualRun       Sport = "VirtualRun"
	Walk             Sport = "Walk"
	Hike             Sport = "Hike"
	Ride             Sport = "Ride"
	MountainBikeRide Sport = "MountainBikeRide"
	GravelRide       Sport = "GravelRide"
	EBikeRide        Sport = "EBikeRide"
	EMountainBike    Sport = "EMountainBikeRide"
	VirtualRide      Sport = "VirtualRide"
	Velomobile       Sport = "Velomobile"
	Handcycle        Sport = "Handcycle"
	Swim             Sport = "Swim"
	Workout          Sport = "Workout"
)

// Sports returns Strava's 56 sport types (SportType in its API description as
// of May 2026), in alphabetical order.
func Sports() []Sport {
	words := strings.Fields(`AlpineSki BackcountrySki Badminton Basketball Canoeing Cricket Crossfit Dance
		EBikeRide Elliptical EMountainBikeRide Golf GravelRide Handcycle HighIntensityIntervalTraining Hike
		IceSkate InlineSkate Kayaking Kitesurf MountainBikeRide NordicSki Padel PhysicalTherapy Pickleball
		Pilates Racquetball Ride RockClimbing RollerSki Rowing Run Sail Skateboard Snowboard Snowshoe Soccer
		Squash StairStepper StandUpPaddling Surfing Swim TableTennis Tennis TrailRun Velomobile VirtualRide
		VirtualRow VirtualRun Volleyball Walk WeightTraining Wheelchair Windsurf Workout Yoga`)
	out := make([]Sport, len(words))
	for i, w := range words {
		out[i] = Sport(w)
	}
	return out
}

// ParseSport reads a sport type. Case, blanks, hyphens and underscores do not
// matter: "trail run" and "TRAIL_RUN" are TrailRun.
func ParseSport(s string) (Sport, bool) {
	want := foldSport(s)
	for _, k := range Sports() {
		if strings.EqualFold(string(k), want) {
			return k, true
		}
	}
	return "", false
}

func foldSport(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '_':
			return -1
		}
		return r
	}, s)
}

// Family groups the sports that Strava recalculates alike.
type Family uint8

// The families of sports.
const (
	OtherFamily Family = iota
	RunFamily          // Run, TrailRun, VirtualRun
	WalkFamily         // Walk, Hike
	RideFamily         // everything on wheels that has a pedal, a motor or a handle
	SwimFamily
)

// Family returns the family of the sport. An unknown sport is OtherFamily.
func (s Sport) Family() Family {
	switch s {
	case Run, TrailRun, VirtualRun:
		return RunFamily
	case Walk, Hike:
		return WalkFamily
	case Ride, MountainBikeRide, GravelRide, EBikeRide, EMountainBike, VirtualRide, Velomobile, Handcycle:
		return RideFamily
	case Swim:
		return SwimFamily
	}
	return OtherFamily
}

// Foot reports whether people speak of pace (time per distance) in this sport
// rather than of speed.
func (s Sport) Foot() bool {
	f := s.Family()
	return f == RunFamily || f == WalkFamily || f == SwimFamily || s == "Snowshoe"
}
