package stravaexport

import (
	"strings"

	"github.com/bandport/bandport/pkg/activity"
)

// foreign are Strava's words for the common sports in other languages, folded.
var foreign = map[string]activity.Sport{
	// German
	"lauf": activity.Run, "laufen": activity.Run, "traillauf": activity.TrailRun, "virtuellerlauf": activity.VirtualRun, "radfahrt": activity.Ride, "fahrt": activity.Ride,
	"virtuelleradfahrt": activity.VirtualRide, "mountainbikefahrt": activity.MountainBikeRide, "spaziergang": activity.Walk, "wanderung": activity.Hike, "schwimmen": activity.Swim,
	"training": activity.Workout, "krafttraining": "WeightTraining", "langlauf": "NordicSki", "skilanglauf": "NordicSki",
	// French
	"courseàpied": activity.Run, "trail": activity.TrailRun, "vélo": activity.Ride, "sortieàvélo": activity.Ride, "marche": activity.Walk, "randonnée": activity.Hike,
	"natation": activity.Swim, "entraînement": activity.Workout, "vtt": activity.MountainBikeRide, "vélovirtuel": activity.VirtualRide,
	// Italian
	"corsa": activity.Run, "trailrunning": activity.TrailRun, "corsavirtuale": activity.VirtualRun, "pedalata": activity.Ride, "giroinbici": activity.Ride, "ciclismo": activity.Ride,
	"pedalatavirtuale": activity.VirtualRide, "camminata": activity.Walk, "escursione": activity.Hike, "nuoto": activity.Swim, "allenamento": activity.Workout,
	// Spanish and Portuguese
	"carrera": activity.Run, "corrida": activity.Run, "carreradetrail": activity.TrailRun, "bicicleta": activity.Ride, "pedalada": activity.Ride, "caminata": activity.Walk,
	"caminada": activity.Walk, "caminhada": activity.Walk, "senderismo": activity.Hike, "trilha": activity.Hike, "natación": activity.Swim, "natação": activity.Swim,
	"entrenamiento": activity.Workout, "treinamento": activity.Workout, "bicicletavirtual": activity.VirtualRide, "pedaladavirtual": activity.VirtualRide,
	// Dutch
	"hardloopsessie": activity.Run, "hardlopen": activity.Run, "fietsrit": activity.Ride, "rit": activity.Ride, "virtuelefietsrit": activity.VirtualRide, "wandeling": activity.Walk,
	"hiken": activity.Hike, "zwemmen": activity.Swim, "krachttraining": "WeightTraining",
	// Polish
	"bieg": activity.Run, "jazda": activity.Ride, "spacer": activity.Walk, "wędrówka": activity.Hike, "pływanie": activity.Swim,
	// English words that are not those of the API
	"canoe": "Canoeing",
}

// sportOf reads a sport in the language of the account.
func sportOf(word string) (activity.Sport, bool) {
	if s, ok := activity.ParseSport(word); ok {
		return s, true
	}
	fold := strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "", "\u00a0", "").Replace(word))
	s, ok := foreign[fold]
	return s, ok
}
