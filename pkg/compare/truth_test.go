package compare_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/compare"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/stravaexport"
)

// truthFolder holds recordings with the figures that Strava shows for them. They
// are not part of the repository.
var truthFolder = filepath.Join("..", "..", "..", "shared", "truth")

// truthRows reads the table of Strava's figures.
func truthRows(t *testing.T) []map[string]string {
	t.Helper()
	table, err := os.Open(filepath.Join(truthFolder, "truth.csv"))
	if err != nil {
		t.Skipf("no workouts with Strava's figures beside the checkout: %v", err)
	}
	defer table.Close()
	cells, err := csv.NewReader(table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range cells[1:] {
		row := map[string]string{}
		for i, name := range cells[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// recording reads the first workout of a gzipped file.
func recording(t *testing.T, name string) *activity.Activity {
	t.Helper()
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	f, err := load.Decode(t.Context(), bytes.NewReader(data), load.Default(), load.Options{})
	if err != nil || len(f.Activities) == 0 {
		t.Fatalf("%s: %d workouts, %v", name, len(f.Activities), err)
	}
	return &f.Activities[0]
}

func number(s string) activity.Value {
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		return activity.Of(v)
	}
	return activity.Value{}
}

// TestTruthMovingTime explains the moving time that Strava shows against that of
// the device's own account. The causes are computed without either, so what they
// leave says how good they are: they have to account for the difference, to two
// seconds or a twentieth of it, in as many files as the recalculation itself is
// right to the second.
func TestTruthMovingTime(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some hundred files")
	}
	type tally struct{ files, exact, explained, differ, differExplained, neither int }
	got := map[string]*tally{}
	var c recalc.Calculator
	for _, row := range truthRows(t) {
		if row["format"] == "gpx" {
			continue // no totals of its own
		}
		a := recording(t, filepath.Join(truthFolder, "files", row["file"]))
		want, known := number(row["moving_time"]).Get()
		if !known || want == 0 || !a.Totals.TimerTime.Known() {
			continue
		}
		r := c.Recalculate(a, recalc.Options{Explain: true})
		moving, ok := r.MovingTime.Get()
		if !ok {
			continue
		}
		track := compare.Measure(a, &r, false)
		result := compare.Explain(compare.Sides{
			Ours: &track, Band: compare.Own(&track),
			Strava: &compare.Account{Totals: activity.Totals{MovingTime: activity.Of(want)}},
		})
		f := result.Get(recalc.MovingTime)
		var sum float64
		for _, cause := range f.Causes {
			sum += cause.Amount.Or(0)
		}
		if math.Abs(f.Difference.Or(0)-sum-f.Remainder.Or(0)) > 1e-6 {
			t.Errorf("%s: the causes and the remainder are not the difference", row["file"])
		}
		family := strings.ToLower(strings.ReplaceAll(row["sport_type"], " ", ""))
		if family != "run" && family != "ride" {
			family = "other"
		}
		for _, name := range []string{"fit and tcx", row["format"], row["format"] + " " + family} {
			if got[name] == nil {
				got[name] = &tally{}
			}
			n := got[name]
			n.files++
			d := math.Abs(f.Difference.Or(0))
			if math.Abs(moving-want) <= 1 {
				n.exact++
			}
			good := math.Abs(f.Remainder.Or(0)) <= math.Max(2, d/20)
			if good {
				n.explained++
			} else if math.Abs(moving-want) > 1 {
				n.neither++
			}
			if d > 2 {
				n.differ++
				if good {
					n.differExplained++
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		n := got[name]
		t.Logf("%-11s %4d files: recalculated to the second %4d (%.1f %%), explained %4d (%.1f %%); of %d that differ by more than 2 s %d (%.1f %%); neither %d",
			name, n.files, n.exact, 100*float64(n.exact)/float64(n.files), n.explained, 100*float64(n.explained)/float64(n.files),
			n.differ, n.differExplained, 100*float64(n.differExplained)/float64(max(n.differ, 1)), n.neither)
	}
	all := got["fit and tcx"]
	if all == nil || all.explained < all.exact {
		t.Errorf("%+v: fewer are explained than recalculated", all)
	}
}

// headers are those of Strava's table in three languages, up to the calories.
var headers = map[string]string{
	"English": "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Max Heart Rate,Relative Effort,Commute,Activity Private Note,Activity Gear,Filename,Athlete Weight,Bike Weight,Elapsed Time,Moving Time,Distance,Max Speed,Average Speed,Elevation Gain",
	"German":  "Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Aktivitätsbeschreibung,Verstrichene Zeit,Distanz,Max. Herzfrequenz,Relative Leistung,Pendeln,Hinweis zur Privatsphäre für Aktivitäten,Aktivitätsausrüstung,Dateiname,Sportlergewicht,Fahrradgewicht,Verstrichene Zeit,Bewegungszeit,Distanz,Höchstgeschw.,Durchschnittliche Geschwindigkeit,Höhenzunahme",
	"Italian": "ID attività,Data dell'attività,Nome attività,Tipo di attività,Descrizione dell'attività,Tempo trascorso,Distanza,Frequenza cardiaca max,Sforzo relativo,Tragitto casa-lavoro,Nota privata,Attrezzatura,Nome del file,Peso atleta,Peso bici,Tempo trascorso,Tempo in movimento,Distanza,Velocità max,Velocità media,Dislivello positivo",
}

// layouts are the dates of those languages; sports their words.
var (
	layouts = map[string]string{"English": "Jan 2, 2006, 3:04:05 PM", "German": "02.01.2006, 15:04:05", "Italian": "2 01 2006, 15:04:05"}
	sports  = map[string]map[string]string{
		"German":  {"Run": "Lauf", "Ride": "Radfahrt", "Virtual Ride": "Virtuelle Radfahrt", "Virtual Run": "Virtueller Lauf", "Walk": "Spaziergang", "Hike": "Wanderung"},
		"Italian": {"Run": "Corsa", "Ride": "Pedalata", "Virtual Ride": "Pedalata virtuale", "Walk": "Camminata", "Hike": "Escursione"},
	}
	italianMonths = []string{"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"}
)

// exported writes Strava's figures as its archive would, in a language.
func exported(t *testing.T, rows []map[string]string, language string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\ufeff" + headers[language] + "\n")
	for i, row := range rows {
		start, err := time.Parse(time.RFC3339, row["start_date"])
		if err != nil { // some have no zone; they are in UTC
			start, err = time.Parse("2006-01-02T15:04:05", row["start_date"])
		}
		if err != nil {
			t.Fatal(err)
		}
		date := start.UTC().Format(layouts[language])
		if language == "Italian" {
			date = strings.Replace(date, start.UTC().Format(" 01 "), " "+italianMonths[start.UTC().Month()-1]+" ", 1)
		}
		sport := row["sport_type"]
		if word, ok := sports[language][sport]; ok {
			sport = word
		}
		km := strconv.FormatFloat(number(row["distance"]).Or(0)/1000, 'f', 2, 64)
		if language != "English" {
			km = strings.Replace(km, ".", ",", 1)
		}
		fmt.Fprintf(&b, "%d,%q,x,%s,,%s,%q,,,false,,,activities/%s,%s,,%s,%s,%s,%s,%s,%s\n", i+1, date, sport, row["elapsed_time"], km, row["file"],
			row["athlete_weight_kg"], row["elapsed_time"], row["moving_time"], row["distance"], row["max_speed"], row["average_speed"], row["total_elevation_gain"])
	}
	return b.String()
}

// TestTruthMatching makes Strava's table of the workouts whose figures are known, in
// three languages, and finds the recordings of all its rows again.
func TestTruthMatching(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a thousand files")
	}
	rows := truthRows(t)
	var mine []compare.Key
	var c recalc.Calculator
	for _, row := range rows {
		a := recording(t, filepath.Join(truthFolder, "files", row["file"]))
		r := c.Recalculate(a, recalc.Options{})
		first, last, ok := a.Span()
		k := compare.Key{Start: a.Start, Distance: r.Distance, Sport: r.Sport}
		if ok {
			k.Start, k.Duration = first, activity.Of(last.Sub(first).Seconds())
		}
		mine = append(mine, k)
	}
	for language := range headers {
		table, err := stravaexport.Decode(t.Context(), strings.NewReader(exported(t, rows, language)))
		if err != nil || len(table.Rows) != len(rows) {
			t.Fatalf("%s: %d of %d rows, %v", language, len(table.Rows), len(rows), err)
		}
		var theirs []compare.Key
		for _, row := range table.Rows {
			a := &row.Activity
			theirs = append(theirs, compare.Key{Start: a.Start, Duration: a.Totals.ElapsedTime, Distance: a.Totals.Distance, Sport: a.Sport})
		}
		right, shifted := 0, map[time.Duration]int{}
		for _, p := range compare.Match(mine, theirs) {
			if p.A == p.B {
				right++
			} else {
				t.Errorf("%s: %s is taken for %s", language, rows[p.A]["file"], rows[p.B]["file"])
			}
			if p.Shift != 0 {
				shifted[p.Shift]++
			}
		}
		t.Logf("%s: %d of %d matched; clocks that differ: %v", language, right, len(rows), shifted)
		if right != len(rows) {
			t.Errorf("%s: %d of %d matched", language, right, len(rows))
		}
	}
}
