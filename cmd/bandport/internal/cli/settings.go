package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/credentials"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/source"
	"github.com/bandport/bandport/pkg/strava"
	"github.com/bandport/bandport/pkg/zepp"
)

// setting is a value that can be given by flag, environment variable and
// configuration file under one name.
type setting struct {
	key      string // in the file; the flag is --key, the variable BANDPORT_KEY
	fallback string
	about    string
}

// settings lists them all, in the order in which they are shown.
var settingsTable = []setting{
	{"format", "table", "form of the output: table, json, jsonl or csv"},
	{"units", "metric", "units of the table: metric or imperial"},
	{"tz", "UTC", "time zone of files that name none, such as Europe/Warsaw"},
	{"zepp-types", "", "sports of Zepp's numbers that mean several, such as 6=Walk,9=Ride"},
	{"weight", "", "body weight in kg, or lb with the suffix lb; in the file also by date"},
	{"bike-weight", strconv.Itoa(recalc.DefaultBikeWeight), "weight of the bicycle in kg or lb, for estimated power"},
	{"bike-type", "road", "bicycle for estimated power: road or mountain"},
	{"max-heartrate", "", "highest heart rate of the athlete in bpm, for zones"},
	{"ftp", "", "functional threshold power in W, for zones"},
	{"heartrate-zones", "", "own zones: the highest bpm of each but the last, such as 124,154,169,184"},
	{"power-zones", "", "own zones: the highest W of each but the last"},
	{"policy", "strava", "what counts as moving: strava, timer, elapsed, speed:V,T or gpxpy"},
	{"jobs", "0", "files to read at once; 0: one a processor"},
	{"max-size", "1GiB", "largest file to read, after decompression"},
	{"max-entries", strconv.Itoa(source.DefaultMaxEntries), "most files in an archive"},
	{"max-nesting", strconv.Itoa(source.DefaultMaxNesting), "most levels of archives within archives"},
	{"max-ratio", strconv.Itoa(source.DefaultMaxRatio), "most bytes that a packed byte of an archive may become"},
	{"max-total", "64GiB", "most bytes to unpack from an archive"},
	{"api-url", strava.DefaultAPI, "address of Strava's API"},
	{"auth-url", strava.DefaultAuth, "address of Strava's OAuth"},
	{"login-store", "auto", "where the login is kept: auto, keyring or file"},
	{"state-dir", "", "folder of the journal, and of the login where it is a file"},
}

func settingKeys() []string {
	keys := make([]string, len(settingsTable))
	for i, s := range settingsTable {
		keys[i] = s.key
	}
	return keys
}

func variable(key string) string {
	return "BANDPORT_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// settings is the whole configuration of a run, read once.
type settings struct {
	format report.Format
	units  report.Units
	zone   *time.Location
	// zeppTypes are the sports of Zepp's numbers, as the user maps them.
	zeppTypes map[int]activity.Sport
	athlete   recalc.Athlete
	policy    recalc.Policy
	jobs      int
	limits    source.Limits

	apiURL, authURL string
	loginPlace      credentials.Place
	stateDir        string // empty: the one of the system

	// password tells the password of an archive; nil: nobody does.
	password func(ctx context.Context, archive string) ([]byte, error)

	file   string            // the configuration file that was or would be read
	raw    map[string]string // each setting as given
	origin map[string]string // where each setting comes from: "--units", "BANDPORT_UNITS", "file", "default"
}

// configPath returns the file to read the configuration from, and whether the
// user named it.
func (a *app) configPath() (path string, named bool, err error) {
	if a.configFile != "" {
		return a.configFile, true, nil
	}
	if f := a.Getenv("BANDPORT_CONFIG"); f != "" {
		return f, true, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", false, fmt.Errorf("finding the folder for configuration: %w", err)
	}
	return filepath.Join(dir, "bandport", "config.yaml"), false, nil
}

// load reads the configuration: flags over environment over file over defaults.
func (a *app) load(flags *pflag.FlagSet) (settings, error) {
	s := settings{raw: map[string]string{}, origin: map[string]string{}}
	path, named, err := a.configPath()
	if err != nil && named {
		return s, err
	}
	s.file = path
	v := viper.New()
	if path != "" {
		v.SetConfigFile(path)
		v.SetConfigType("yaml")
		if err := v.ReadInConfig(); err != nil && (named || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)) {
			return s, &usageError{
				err:   fmt.Errorf("configuration file %s: %w", path, err),
				hints: []string{`"bandport config path" tells which file is read`},
			}
		}
	}
	if err := onlyKnown(v, path); err != nil {
		return s, err
	}
	var weights any
	for _, set := range settingsTable {
		value, origin := any(set.fallback), "default"
		if v.InConfig(set.key) {
			value, origin = v.Get(set.key), "file"
		}
		if env := a.Getenv(variable(set.key)); env != "" {
			value, origin = env, variable(set.key)
		}
		if f := flags.Lookup(set.key); f != nil && f.Changed {
			value, origin = f.Value.String(), "--"+set.key
		}
		s.origin[set.key] = origin
		if set.key == "weight" {
			weights = value
		}
		s.raw[set.key] = rawText(value)
	}
	err = s.parse(weights)
	return s, err
}

// onlyKnown refuses settings that there are not.
func onlyKnown(v *viper.Viper, path string) error {
	for _, key := range v.AllKeys() {
		top, _, _ := strings.Cut(key, ".")
		if slices.Contains(settingKeys(), top) {
			continue
		}
		hint := "known settings: " + strings.Join(settingKeys(), ", ")
		if c := closest(top, settingKeys()); c != "" {
			hint = fmt.Sprintf("did you mean %q?", c)
		}
		return &usageError{err: fmt.Errorf("configuration file %s: unknown setting %q", path, top), hints: []string{hint}}
	}
	return nil
}

func rawText(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprint(v)
	}
	parts := make([]string, 0, len(m))
	for k, x := range m {
		parts = append(parts, day(k)+":"+fmt.Sprint(x))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// day undoes what the YAML library does to a key that looks like a day: it makes
// "2016-03-01 00:00:00 +0000 utc" of 2016-03-01.
func day(key string) string {
	d, _, _ := strings.Cut(key, " 00:00:00 ")
	return d
}

func (s *settings) parse(weights any) error {
	var err error
	wrong := func(key string, err error) error {
		from := s.origin[key]
		if from == "file" {
			from = s.file + ", " + key
		}
		return &usageError{err: fmt.Errorf("%s: %w", from, err)}
	}
	if s.format, err = report.ParseFormat(s.raw["format"]); err != nil {
		return wrong("format", err)
	}
	if s.units, err = report.ParseUnits(s.raw["units"]); err != nil {
		return wrong("units", err)
	}
	if s.policy, err = recalc.ParsePolicy(s.raw["policy"]); err != nil {
		return wrong("policy", err)
	}
	if s.origin["tz"] != "default" {
		if s.zone, err = zone(s.raw["tz"]); err != nil {
			return wrong("tz", err)
		}
	}
	if s.zeppTypes, err = parseZeppTypes(s.raw["zepp-types"]); err != nil {
		return wrong("zepp-types", err)
	}
	if s.jobs, err = strconv.Atoi(s.raw["jobs"]); err != nil || s.jobs < 0 || s.jobs > 1024 {
		return wrong("jobs", fmt.Errorf("%q is no number of files from 0 to 1024", s.raw["jobs"]))
	}
	if s.jobs == 0 {
		s.jobs = runtime.GOMAXPROCS(0)
	}
	if s.limits.MaxSize, err = size(s.raw["max-size"]); err != nil {
		return wrong("max-size", err)
	}
	if s.limits.MaxTotal, err = size(s.raw["max-total"]); err != nil {
		return wrong("max-total", err)
	}
	for key, into := range map[string]*int{
		"max-entries": &s.limits.MaxEntries, "max-nesting": &s.limits.MaxNesting, "max-ratio": &s.limits.MaxRatio,
	} {
		if *into, err = strconv.Atoi(s.raw[key]); err != nil || *into < 1 || *into > mostLimit {
			return wrong(key, fmt.Errorf("%q is no number from 1 to %d", s.raw[key], mostLimit))
		}
	}
	for key, into := range map[string]*string{"api-url": &s.apiURL, "auth-url": &s.authURL} {
		if err = strava.CheckAddress(s.raw[key]); err != nil {
			return wrong(key, err)
		}
		*into = s.raw[key]
	}
	if s.loginPlace, err = credentials.ParsePlace(s.raw["login-store"]); err != nil {
		return wrong("login-store", err)
	}
	s.stateDir = s.raw["state-dir"]
	if s.athlete.Bike.Kg, err = kilograms(s.raw["bike-weight"], lightestBike, heaviestBike); err != nil {
		return wrong("bike-weight", err)
	}
	if s.athlete.Bike.Type, err = recalc.ParseBikeType(s.raw["bike-type"]); err != nil {
		return wrong("bike-type", err)
	}
	if s.athlete.MaxHeartrate, err = within(s.raw["max-heartrate"], "bpm", slowestHeart, fastestHeart); err != nil {
		return wrong("max-heartrate", err)
	}
	if s.athlete.FTP, err = within(s.raw["ftp"], "W", 1, strongest); err != nil {
		return wrong("ftp", err)
	}
	if s.athlete.HeartrateZones, err = zoneLimits(s.raw["heartrate-zones"], fastestHeart); err != nil {
		return wrong("heartrate-zones", err)
	}
	if s.athlete.PowerZones, err = zoneLimits(s.raw["power-zones"], strongest); err != nil {
		return wrong("power-zones", err)
	}
	if s.athlete.Weights, err = parseWeights(weights); err != nil {
		return wrong("weight", err)
	}
	return nil
}

// zone reads the name of a time zone, or an offset such as +02:00.
func zone(s string) (*time.Location, error) {
	if z, err := time.LoadLocation(s); err == nil && s != "" {
		return z, nil
	}
	if t, err := time.Parse("-07:00", s); err == nil {
		_, offset := t.Zone()
		return time.FixedZone(s, offset), nil
	}
	return nil, fmt.Errorf("unknown time zone %q: want a name such as Europe/Warsaw, UTC, Local, or an offset such as +02:00", s)
}

// parseZeppTypes reads "6=Walk,9=Ride".
func parseZeppTypes(text string) (map[int]activity.Sport, error) {
	types := map[int]activity.Sport{}
	for _, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		number, word, ok := strings.Cut(part, "=")
		code, err := strconv.Atoi(strings.TrimSpace(number))
		sport, known := activity.ParseSport(strings.TrimSpace(word))
		switch {
		case !ok || err != nil || code < 0 || code > zepp.MostType:
			return nil, fmt.Errorf("%q: want Zepp's number and a sport of Strava, such as 6=Walk", part)
		case !known:
			return nil, fmt.Errorf("%q: Strava has no such sport", part)
		}
		types[code] = sport
	}
	return types, nil
}

// size reads a number of bytes such as 500MB or 1GiB.
func size(s string) (int64, error) {
	units := []struct {
		suffix string
		bytes  float64
	}{
		{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"TIB", 1 << 40},
		{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
	}
	text := strings.ToUpper(strings.TrimSpace(s))
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(n*u.bytes >= 1) || n*u.bytes >= math.MaxInt64 {
			break
		}
		return int64(n * u.bytes), nil
	}
	return 0, fmt.Errorf("%q is no size: want a number with a unit, such as 500MB or %dGiB", s, source.DefaultMaxSize>>30)
}

// mostLimit bounds the limits that are counts.
const mostLimit = 1_000_000_000

// The weights that people and bicycles have, in kg.
const (
	lightest, heaviest         = 10, 500
	lightestBike, heaviestBike = 2, 100
)

// The highest heart rates that people have, in bpm, and more than the power that
// anybody holds, in W.
const (
	slowestHeart, fastestHeart = 60, 250
	strongest                  = 2000
)

// within reads a number with or without its unit; 0 where there is none.
func within(s, unit string, least, most float64) (float64, error) {
	text := strings.TrimSpace(s)
	if text == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, unit)), 64)
	if err != nil || !(v >= least && v <= most) {
		return 0, fmt.Errorf("%q: want %s from %g to %g", text, unit, least, most)
	}
	return v, nil
}

// mostZones is how many limits zones may have.
const mostZones = 20

// zoneLimits reads the upper limits of zones, such as 124,154,169,184. The file
// may also hold a list: it comes as [124 154 169 184].
func zoneLimits(s string, most int) ([]int, error) {
	words := strings.FieldsFunc(strings.Trim(strings.TrimSpace(s), "[]"), func(r rune) bool { return r == ',' || r == ' ' })
	var out []int
	for _, word := range words {
		v, err := strconv.Atoi(word)
		if err != nil || v < 1 || v > most || len(out) > 0 && v <= out[len(out)-1] || len(out) == mostZones {
			return nil, fmt.Errorf("%q: want ascending whole numbers from 1 to %d, such as 124,154,169,184", s, most)
		}
		out = append(out, v)
	}
	return out, nil
}

const kgPerLb = 0.45359237

// parseWeights reads "71.5", "157lb", "2016-03-01:71.5,2020-01-01:69" or a map
// of dates to weights.
func parseWeights(v any) ([]recalc.Weight, error) {
	entries := map[string]string{}
	switch v := v.(type) {
	case map[string]any:
		for date, w := range v {
			entries[day(date)] = fmt.Sprint(w)
		}
	default:
		text := strings.TrimSpace(fmt.Sprint(v))
		if text == "" {
			return nil, nil
		}
		for _, part := range strings.Split(text, ",") {
			date, w, dated := strings.Cut(part, ":")
			if !dated {
				date, w = "", part
			}
			if _, twice := entries[date]; twice {
				return nil, fmt.Errorf("weight %q: the same day twice, or two weights without a day", text)
			}
			entries[strings.TrimSpace(date)] = w
		}
	}
	var out []recalc.Weight
	for date, text := range entries {
		var w recalc.Weight
		var err error
		if date != "" {
			if w.From, err = time.Parse(time.DateOnly, date); err != nil {
				return nil, fmt.Errorf("weight of %q: want the day as 2016-03-01", date)
			}
		}
		if w.Kg, err = kilograms(text, lightest, heaviest); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b recalc.Weight) int { return a.From.Compare(b.From) })
	return out, nil
}

// kilograms reads a weight within bounds, in kilograms or with the suffix lb.
func kilograms(s string, least, most float64) (float64, error) {
	text, factor := strings.ToLower(strings.TrimSpace(s)), 1.0
	if t, ok := strings.CutSuffix(text, "lb"); ok {
		text, factor = t, kgPerLb
	} else if t, ok := strings.CutSuffix(text, "kg"); ok {
		text = t
	}
	w, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(w*factor >= least && w*factor <= most) {
		return 0, fmt.Errorf("weight %q: want kilograms from %g to %g, or pounds with the suffix lb", s, least, most)
	}
	return w * factor, nil
}
