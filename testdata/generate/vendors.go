package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// vendorBundle returns archives of vendors: made-up rows, and the given run as
// they would tell of it.
func vendorBundle(run workout) map[string][]byte {
	return map[string][]byte{
		"zepp/SPORT/SPORT_1463255940000.csv":                   []byte(zeppSport),
		"zepp/HEARTRATE_AUTO/HEARTRATE_AUTO_1463255940000.csv": []byte(zeppHeartRates(run)),
		"zepp/HEARTRATE/HEARTRATE_1463255940000.csv":           []byte("\xef\xbb\xbftime,heartRate\n2016-05-12 16:10:00+0000,103\n2016-05-12 16:20:00+0000,117\n"),
		"zepp/ACTIVITY/ACTIVITY_1463255940000.csv":             []byte("\xef\xbb\xbfdate,steps,distance,runDistance,calories\n2016-05-14,9120,7210,5003,401\n"),
		"zepp-cloud/run_summary.json":                          []byte(zeppSummary(run)),
		"zepp-cloud/run_detail.json":                           []byte(zeppDetail(run)),
		"mshealth/activities.csv":                              []byte(healthTable),
		"mshealth/daily.csv":                                   []byte(healthDaily),
		"mshealth/run.json":                                    []byte(healthRun(run)),
		"mshealth/dashboard.json":                              []byte(healthDashboard(run)),
		"strava/activities.csv":                                []byte(stravaTable(englishHeader, "May 14, 2016, 5:31:00 PM", "Run", "5.00", "Aug 22, 2021, 6:15:00 AM", "Ride", "14.23")),
		"strava/activities-de.csv":                             []byte(stravaTable(germanHeader, "14.05.2016, 17:31:00", "Lauf", "5,00", "22.08.2021, 06:15:00", "Radfahrt", "14,23")),
		"strava/activities-it.csv":                             []byte(stravaTable(italianHeader, "14 mag 2016, 17:31:00", "Corsa", "5,00", "22 ago 2021, 06:15:00", "Pedalata", "14,23")),
	}
}

// The evening run is the first row; the walk is of a disputed type; the pace of
// the third row contradicts it, and the fifth is broken.
const zeppSport = "\xef\xbb\xbf" + `type,startTime,sportTime(s),maxPace(/meter),minPace(/meter),distance(m),avgPace(/meter),calories(kcal)
1,2016-05-14 17:31:00+0000,1879,1.25,0.31847134,5003.0,0.37557466,401.0
6,2016-05-12 16:05:30+0000,2410,2.5,0.58823529,3120.0,0.77243590,160.0
1,2016-05-10 05:00:02+0000,1146,1.8395742,0.396,4233.0,0.479,191.0
52,2016-05-09 18:00:00+0000,1800,0.0,0.0,0.0,0.0,210.0
1,2016-05-08 yesterday,1200,1.0,0.3,4000.0,0.3,250.0
`

// zeppHeartRates writes a heart rate a minute, in the local time of Berlin.
func zeppHeartRates(run workout) string {
	var b strings.Builder
	b.WriteString("\xef\xbb\xbfdate,time,heartRate\n")
	from := run.start.Add(-5 * time.Minute).Truncate(time.Minute)
	n := noise(run.seed + 100)
	for i := range 45 {
		at := from.Add(time.Duration(i) * time.Minute)
		heart := 78
		if !at.Before(run.start) && at.Before(run.start.Add(33*time.Minute)) {
			heart = 147 + int(n.next()*8)
		}
		fmt.Fprintf(&b, "%s,%d\n", at.Add(2*time.Hour).Format("2006-01-02,15:04"), heart)
	}
	return b.String()
}

// samples returns the trackpoints of a workout, and its pauses.
func (w workout) samples() (all []sample, pauses []pause) {
	for _, l := range w.laps() {
		all = append(all, l.samples...)
	}
	for i := 1; i < len(all); i++ {
		if all[i].stretch != all[i-1].stretch {
			pauses = append(pauses, pause{all[i-1].at, all[i].at})
		}
	}
	return all, pauses
}

type pause struct{ from, to time.Time }

func (w workout) seconds() (recording, elapsed int) {
	for _, l := range w.legs {
		elapsed += l.seconds
		if !l.paused {
			recording += l.seconds
		}
	}
	return recording, elapsed
}

func zeppSummary(w workout) string {
	recording, elapsed := w.seconds()
	all, _ := w.samples()
	metres := all[len(all)-1].metres
	return fmt.Sprintf(`{"trackid":"%d","source":"run.example.huami.com","dis":"%.1f","calorie":"401.0","end_time":"%d","run_time":"%d","avg_pace":"%.7f",
"avg_frequency":"168.0","avg_heart_rate":"146.0","type":1,"max_pace":1.25,"min_pace":0.318,"altitude_ascend":31,"altitude_descend":30,"total_step":5260,
"max_frequency":182,"max_altitude":60,"min_altitude":21,"max_heart_rate":156,"min_heart_rate":96,"swim_pool_length":0,"app_name":"com.xiaomi.hm.health"}
`, w.start.Unix(), metres, w.start.Unix()+int64(elapsed), recording, float64(recording)/metres)
}

// deltas writes a list of differences.
func deltas(n int, entry func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(entry(i))
		b.WriteByte(';')
	}
	return b.String()
}

func zeppDetail(w workout) string {
	all, pauses := w.samples()
	at := func(i int) int64 { return all[i].at.Unix() - w.start.Unix() }
	before := func(i int, v func(i int) int64) int64 {
		if i == 0 {
			return v(0)
		}
		return v(i) - v(i-1)
	}
	unit := func(get func(s sample) float64, scale float64) func(i int) int64 {
		return func(i int) int64 { return int64(math.Round(get(all[i]) * scale)) }
	}
	lat, lon := unit(func(s sample) float64 { return s.lat }, 1e8), unit(func(s sample) float64 { return s.lon }, 1e8)
	heart, metres := unit(func(s sample) float64 { return float64(s.heart) }, 1), unit(func(s sample) float64 { return s.metres }, 1)
	var paused strings.Builder
	for _, p := range pauses {
		fmt.Fprintf(&paused, "%d,%d,-1,-1,3;", p.from.Unix(), int64(p.to.Sub(p.from).Seconds()))
	}
	return fmt.Sprintf(`{"trackid":%d,"source":"run.example.huami.com","longitude_latitude":"%s","altitude":"%s","accuracy":"","time":"%s","gait":"%s","pause":"%s","heart_rate":"%s","version":15,"distance":"%s","lap":""}
`, w.start.Unix(),
		deltas(len(all), func(i int) string { return fmt.Sprintf("%d,%d", before(i, lat), before(i, lon)) }),
		deltas(len(all), func(i int) string {
			if i < 3 {
				return "-2000000" // no fix yet
			}
			return fmt.Sprint(int64(math.Round(all[i].alt * 100)))
		}),
		deltas(len(all), func(i int) string { return fmt.Sprint(before(i, at)) }),
		deltas(len(all), func(i int) string { return fmt.Sprintf("%d,5,95,%d", before(i, at), 2*all[i].cadence) }),
		paused.String(),
		deltas(len(all), func(i int) string {
			if dt := before(i, at); dt != 1 {
				return fmt.Sprintf("%d,%d", dt, before(i, heart))
			}
			return fmt.Sprintf(",%d", before(i, heart)) // a second is left out
		}),
		deltas(len(all), func(i int) string { return fmt.Sprintf("%d,%d", before(i, at), before(i, metres)) }))
}

// The header of the table is the real one; the rows are made up, because no real
// one was found.
const healthTable = "\xef\xbb\xbf" + healthHeader + `
2016-05-14,17:31:00,Run,1879,0,412,280,132,96,156,147,3.109,,2,4,8,12,5,0,138,22,35,86400,,,196.9,68.9,101.7,98.4,,,,,,,,,,,,,,,,,,,,
2016-05-13,23:10:00,Sleep,25200,0,380,,,48,71,55,,,,,,,,,,,,,,,,,,,2016-05-14 06:10:00,1200,24000,9000,15000,2,600,93,Optimal,50,False,,,,,,,,,
2016-05-11,18:02:10,Bike,3605,180,540,300,240,88,171,142,17.4,,1,5,20,25,9,0,120,30,44,172800,17.4,31.2,410.1,95.1,620.4,618.8,,,,,,,,,,,,,,,,,,,,
2016-05-10,07:00:00,Exercise,half an hour,0,200,,,80,150,120,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,
`

const healthHeader = "Date,Start_Time,Event_Type,Duration_Seconds,Seconds_Paused,Calories_Burned,Calories_Burned_Carbs,Calories_Burned_Fats,HR_Lowest,HR_Peak,HR_Average,Total_Miles_Moved,Cardio_Benefit,Minutes_Under_50%_HR,Minutes_In_HRZ_Very_Light_50%_60%,Minutes_In_HRZ_Light_60%_70%,Minutes_In_HRZ_Moderate_70%_80%,Minutes_In_HRZ_Hard_80%_90%,Minutes_In_HRZ_Very_Hard_90%_Plus,HR_Finish,HR_Recovery_Rate_1_Min,HR_Recovery_Rate_2_Min,Recovery_Time_Seconds,Bike_Average_MPH,Bike_Max_MPH,Elevation_Highest_Feet,Elevation_Lowest_Feet,Elevation_Gain_Feet,Elevation_Loss_Feet,Wake_Up_Time,Seconds_Awake,Seconds_Asleep_Total,Seconds_Asleep_Restful,Seconds_Asleep_Light,Wake_Ups,Seconds_to_Fall_Asleep,Sleep_Efficiency,Sleep_Restoration,Sleep_HR_Resting,Sleep_Auto_Detect,GW_Plan_Name,GW_Reps_Performed,GW_Rounds_Performed,Golf_Course_Name,Golf_Course_Par,Golf_Total_Score,Golf_Par_or_Better,Golf_Pace_of_Play_Minutes,Golf_Longest_Drive_Yards"

const healthDaily = "Date,Steps,Calories,HR_Lowest,HR_Highest,HR_Average,Total_Miles_Moved,Active_Hours,Floors_Climbed,UV_Exposure_Minutes,Total_Seconds_All_Activities,Total_Calories_All_Activities,Sleep_Events,Sleep_Total_Calories,Total_Seconds_Slept,Walk_Events,Walk_Total_Seconds,Total_Miles_Walked,Walk_Total_Calories,Run_Events,Run_Total_Seconds,Total_Miles_Run,Run_Total_Calories,Bike_Events,Bike_Total_Seconds,Total_Miles_Biked,Bike_Total_Calories,Exercise_Events,Exercise_Total_Seconds,Exercise_Total_Calories,Guided_Workout_Events,Guided_Workout_Total_Seconds,Guided_Workout_Total_Calories,Golf_Events,Golf_Total_Seconds,Total_Miles_Golfed,Golf_Total_Calories\n" +
	"2016-05-14,12011,2710,48,156,77,5.1,9,4,31,1879,412,1,380,25200,0,0,0,0,1,1879,3.109,412,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n"

func healthRun(w workout) string {
	all, pauses := w.samples()
	recording, _ := w.seconds()
	var b strings.Builder
	fmt.Fprintf(&b, `{"odata.metadata":"https://example.invalid/$metadata#Events","value":[{"odata.type":"Microsoft.Khronos.Cloud.Ods.Data.Entities.UserRunEventDTO",
"Info":[{"TimeOfDay":"2016-05-14T17:31:00Z","StepsTaken":160,"CaloriesBurned":13,"AverageHeartRate":120,"TotalDistance":"16200"},{"TimeOfDay":"2016-05-14T17:32:00Z","StepsTaken":164,"CaloriesBurned":13,"AverageHeartRate":139,"TotalDistance":"16500"}],
"MapPoints":[`)
	for i, s := range all {
		if i > 0 {
			b.WriteString(",\n")
		}
		stop, resume := false, false
		for _, p := range pauses {
			stop, resume = stop || s.at.Equal(p.from), resume || s.at.Equal(p.to)
		}
		location := fmt.Sprintf(`{"Latitude":%d,"Longitude":%d,"AltitudeFromMSL":%d}`, int64(math.Round(s.lat*1e7)), int64(math.Round(s.lon*1e7)), int64(math.Round(s.alt*100)))
		switch i {
		case 0:
			location = "null" // no fix yet
		case 1:
			location = `{"Latitude":0,"Longitude":0,"AltitudeFromMSL":0}`
		}
		fmt.Fprintf(&b, `{"SecondsSinceStart":%d,"MapPointType":"WayPoint","MapPointOrdinal":%d,"ActualDistance":%d,"TotalDistance":%d,"HeartRate":%d,"Location":%s,"IsPaused":%t,"IsResume":%t}`,
			int64(s.at.Sub(w.start).Seconds()), i, int64(s.metres*100), int64(s.metres*100), s.heart, location, stop, resume)
	}
	fmt.Fprintf(&b, `],"EventId":"2519000000000000001","Duration":%d,"Name":"Evening run","EventType":"Running","StartTime":"2016-05-14T17:31:00.0000000Z","CaloriesBurned":412,"AverageHeartRate":147,"LowestHeartRate":96,"PeakHeartRate":156,"PausedTime":95,"TotalDistance":%d}]}
`, recording, int64(all[len(all)-1].metres*100))
	return b.String()
}

// healthDashboard has points without times.
func healthDashboard(w workout) string {
	all, _ := w.samples()
	var b, paces strings.Builder
	fmt.Fprintf(&b, `{"Runs":[{"StartDate":"/Date(%d)/","TotalDistance":%d,"CaloriesBurned":412,"MapPoints":[`, w.start.UnixMilli(), int64(all[len(all)-1].metres*100))
	for i, s := range all {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n"+`{"TotalDistance":%d,"HeartRate":%d,"Location":{"Latitude":%d,"Longitude":%d}}`, int64(s.metres*100), s.heart, int64(math.Round(s.lat*1e7)), int64(math.Round(s.lon*1e7)))
		if i%30 == 0 || i == len(all)-1 {
			if paces.Len() > 0 {
				paces.WriteString(",")
			}
			fmt.Fprintf(&paces, `{"ScaledDistance":%d,"ElapsedSeconds":%d}`, int64(s.metres*100), int64(s.at.Sub(w.start).Seconds()))
		}
	}
	fmt.Fprintf(&b, `],"PaceData":[%s]}]}`+"\n", paces.String())
	return b.String()
}

const (
	englishHeader = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Max Heart Rate,Relative Effort,Commute,Activity Private Note,Activity Gear,Filename,Athlete Weight,Bike Weight,Elapsed Time,Moving Time,Distance,Max Speed,Average Speed,Elevation Gain,Elevation Loss,Elevation Low,Elevation High,Max Grade,Average Grade,Average Positive Grade,Average Negative Grade,Max Cadence,Average Cadence,Max Heart Rate,Average Heart Rate,Max Watts,Average Watts,Calories,Media"
	germanHeader  = "Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Aktivitätsbeschreibung,Verstrichene Zeit,Distanz,Max. Herzfrequenz,Relative Leistung,Pendeln,Hinweis zur Privatsphäre für Aktivitäten,Aktivitätsausrüstung,Dateiname,Sportlergewicht,Fahrradgewicht,Verstrichene Zeit,Bewegungszeit,Distanz,Höchstgeschw.,Durchschnittliche Geschwindigkeit,Höhenzunahme,Höhenunterschied,Min. Höhe,Max. Höhe,Max. Steigung,Durchschnittliche Steigung,Durchschnittliche positive Steigung,Durchschnittliche negative Steigung,Max. Tritt-/Schrittfrequenz,Durchschnittliche Trittfrequenz,Max. Herzfrequenz,Durchschnittliche Herzfrequenz,Max. Watt,Durchschnittliche Watt,Kalorien,Medien"
	italianHeader = "ID attività,Data dell'attività,Nome attività,Tipo di attività,Descrizione dell'attività,Tempo trascorso,Distanza,Frequenza cardiaca max,Sforzo relativo,Tragitto casa-lavoro,Nota privata,Attrezzatura,Nome del file,Peso atleta,Peso bici,Tempo trascorso,Tempo in movimento,Distanza,Velocità max,Velocità media,Dislivello positivo,Dislivello negativo,Quota minima,Quota massima,Pendenza max,Pendenza media,Pendenza positiva media,Pendenza negativa media,Cadenza max,Cadenza media,Frequenza cardiaca max,Frequenza cardiaca media,Watt max,Watt medi,Calorie,Contenuti"
)

// stravaTable has the evening run and the power ride as Strava shows them, a run
// that is not among the files, and a row that is broken.
func stravaTable(header, runDate, runWord, runKm, rideDate, rideWord, rideKm string) string {
	return header + "\n" +
		fmt.Sprintf("6000000001,%q,=Evening run,%s,\"two lines,\nand a comma\",1974,%q,156,,false,,,activities/7000000001.tcx.gz,72.0,,1974.0,1818.0,5002.9,3.03,2.7518,48.7,49.1,21.0,60.2,,,,,92.0,84.5,156.0,147.2,,,412.0,\n", runDate, runWord, runKm) +
		fmt.Sprintf("6000000002,%q,Power ride,%s,,1779,%q,161,,false,,,activities/7000000002.tcx.gz,72.0,9.0,1779.0,1732.0,13527.0,9.1,7.8100,101.0,99.0,21.0,60.2,,,,,0,0,161.0,148.0,290.0,131.0,331.0,\n", rideDate, rideWord, rideKm) +
		fmt.Sprintf("6000000003,%q,Without a file,%s,,1200,\"3,00\",0,,false,,,,72.0,,1200.0,1200.0,3000.0,0,2.5,0,0,,,,,,,,,,,,,220.0,\n", strings.Replace(runDate, "14", "15", 1), runWord) +
		"6000000004,some day,Broken,Run,,x,1,,,,,,,,,y,1,1,1,1\n"
}
