package report_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/recalc"
	"github.com/bandport/bandport/pkg/report"
)

const schemaFolder = "../../docs/schema"

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat() // date-time is a promise, not a remark
	s, err := c.Compile(filepath.Join(schemaFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// decoded reads a JSON text as the validator wants it: with numbers as written.
func decoded(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// The schemas describe what the program writes: for workouts with everything,
// with nothing, and for all made-up files of the repository.
func TestOutputIsValid(t *testing.T) {
	summarySchema, infoSchema, failureSchema := compile(t, "summary.schema.json"), compile(t, "info.schema.json"), compile(t, "failure.schema.json")
	check := func(t *testing.T, s *jsonschema.Schema, sample, v any) {
		t.Helper()
		text := encode(t, report.JSONL, sample, v)
		if err := s.Validate(decoded(t, text)); err != nil {
			t.Errorf("%#v\n%s", err, text)
		}
	}
	for _, explain := range []bool{false, true} {
		for _, s := range summaries(explain) {
			check(t, summarySchema, report.Summary{}, s)
		}
	}
	for _, i := range infos() {
		check(t, infoSchema, report.Info{}, i)
	}
	for _, c := range conversions() {
		check(t, compile(t, "convert.schema.json"), report.Conversion{}, c)
	}
	check(t, failureSchema, report.Summary{}, failure())
	for _, c := range checks() {
		check(t, compile(t, "check.schema.json"), report.Check{}, c)
	}
	for _, f := range fixes() {
		check(t, compile(t, "fix.schema.json"), report.Fix{}, f)
	}

	for _, d := range deliveries() {
		check(t, compile(t, "delivery.schema.json"), report.Delivery{}, d)
	}
	for _, e := range entries() {
		check(t, compile(t, "history.schema.json"), report.Entry{}, e)
	}

	files, names := fromFiles(t)
	for _, name := range names {
		t.Run(strings.TrimPrefix(name, "../../"), func(t *testing.T) {
			f := files[name]
			for i := range f.Activities {
				a := &f.Activities[i]
				for _, o := range []recalc.Options{
					{},
					{Explain: true, With: recalc.AllDetails, Athlete: recalc.Athlete{MaxHeartrate: 190, FTP: 200}},
					{Explain: true, Sport: activity.Ride, Athlete: recalc.Athlete{Weights: []recalc.Weight{{Kg: 70}}}},
					{With: recalc.AllDetails, Policy: recalc.Policy{Kind: recalc.GPXPy}},
					{Policy: recalc.Policy{Kind: recalc.Timer}, Explain: true},
				} {
					r := recalc.Recalculate(a, o)
					check(t, summarySchema, report.Summary{}, report.NewSummary(name, i, a, &r, f.Findings, berlin, o.Explain))
				}
				check(t, infoSchema, report.Info{}, report.NewInfo(name, i, a, f.Findings, nil))
			}
		})
	}
}

// A schema that accepts everything proves nothing, so each mistake that could
// creep into the output is made on purpose.
func TestSchemasBite(t *testing.T) {
	type object = map[string]any
	first := func(v any) object { return v.([]any)[0].(object) }
	explained := summaries(true)[0]
	cases := []struct {
		name, schema string
		value        any
		spoil        func(o object)
	}{
		{"a summary with a field that nobody knows", "summary", explained, func(o object) { o["moving_tme"] = 1 }},
		{"a summary without moving time", "summary", explained, func(o object) { delete(o, "moving_time") }},
		{"a moving time with fractions", "summary", explained, func(o object) { o["moving_time"] = json.Number("12.5") }},
		{"a negative moving time", "summary", explained, func(o object) { o["moving_time"] = json.Number("-1") }},
		{"a distance in words", "summary", explained, func(o object) { o["distance"] = "5 km" }},
		{"a start that is not in UTC", "summary", explained, func(o object) { o["start_date"] = "2019-03-02T10:00:00+01:00" }},
		{"a start that is no time", "summary", explained, func(o object) { o["start_date"] = "yesterday, Z" }},
		{"a local start without a zone", "summary", explained, func(o object) { o["start_date_local"] = "2019-03-02T10:00:00" }},
		{"a sport that Strava does not know", "summary", explained, func(o object) { o["sport_type"] = "Quidditch" }},
		{"an unknown device as an empty text", "summary", explained, func(o object) { o["device_name"] = "" }},
		{"findings that are null", "summary", explained, func(o object) { o["findings"] = nil }},
		{"a finding without a code", "summary", explained, func(o object) { delete(first(o["findings"]), "code") }},
		{"a finding with a sentence for a code", "summary", explained, func(o object) { first(o["findings"])["code"] = "No time!" }},
		{"a finding on line 0", "summary", explained, func(o object) { first(o["findings"])["line"] = json.Number("0") }},
		{"a finding of another severity", "summary", explained, func(o object) { first(o["findings"])["severity"] = "fatal" }},
		{"a band with a field that nobody knows", "summary", explained, func(o object) { o["band"].(object)["steps"] = json.Number("1") }},
		{"a band without timer time", "summary", explained, func(o object) { delete(o["band"].(object), "timer_time") }},
		{"a confidence in percent", "summary", explained, func(o object) { o["confidence"].(object)["distance"] = json.Number("95") }},
		{"a confidence of another word", "summary", explained, func(o object) { o["confidence"].(object)["distance"] = "sure" }},
		{"a rule for a figure that does not exist", "summary", explained, func(o object) { o["provenance"].(object)["luck"] = "dice" }},
		{"a rest without a rule", "summary", explained, func(o object) { delete(first(o["rests"]), "rule") }},
		{"an error in words", "summary", explained, func(o object) { o["typical_error"].(object)["distance"] = "1 %" }},
		{"a negative error", "summary", explained, func(o object) { o["error_90"].(object)["distance"] = json.Number("-1") }},
		{"a choice about a figure that does not exist", "summary", explained, func(o object) { first(o["choices"])["field"] = "luck" }},
		{"a threshold without a value", "summary", explained, func(o object) { delete(first(o["thresholds"]), "value") }},
		{"a split number 0", "summary", explained, func(o object) { first(o["splits_metric"])["split"] = json.Number("0") }},
		{"a split with fractions of seconds", "summary", explained, func(o object) { first(o["splits_standard"])["moving_time"] = json.Number("1.5") }},
		{"a lap with another name", "summary", explained, func(o object) { first(o["laps"])["name"] = "" }},
		{"an effort without a time", "summary", explained, func(o object) { first(o["best_efforts"])["elapsed_time"] = nil }},
		{"zones of pace", "summary", explained, func(o object) { first(o["zones"])["type"] = "pace" }},
		{"a bucket below nothing", "summary", explained, func(o object) { first(first(o["zones"])["distribution_buckets"])["min"] = json.Number("-1") }},
		{"an info without points", "info", infos()[0], func(o object) { delete(o, "points") }},
		{"an info with a figure of the summary", "info", infos()[0], func(o object) { o["moving_time"] = json.Number("1") }},
		{"points that are null", "info", infos()[0], func(o object) { o["points"] = nil }},
		{"a sensor that no point carries", "info", infos()[0], func(o object) { o["sensors"].(object)["power"] = json.Number("0") }},
		{"a sensor that nobody knows", "info", infos()[0], func(o object) { o["sensors"].(object)["mood"] = json.Number("3") }},
		{"a lap whose time is a text", "info", infos()[0], func(o object) { first(o["laps"])["timer_time"] = "6:30" }},
		{"a pause of another source", "info", infos()[0], func(o object) { first(o["pauses"])["source"] = "coffee" }},
		{"a gap of less than a minute", "info", infos()[0], func(o object) { first(o["gaps"])["elapsed_time"] = json.Number("59.9") }},
		{"a battery of another word", "info", infos()[3], func(o object) { first(o["devices"])["battery_status"] = "half" }},
		{"a stream without a name", "info", infos()[3], func(o object) { delete(first(o["streams"]), "name") }},
		{"an app that is no UUID", "info", infos()[3], func(o object) { first(o["developer_fields"])["app"] = "Stryd" }},
		{"a length that is neither swum nor rested", "info", infos()[3], func(o object) { first(o["lengths"])["active"] = nil }},
		{"a device without a serial field", "info", infos()[0], func(o object) { delete(o["device"].(object), "serial") }},
		{"a delivery of another result", "delivery", deliveries()[0], func(o object) { o["result"] = "lost" }},
		{"a delivery whose number is a text", "delivery", deliveries()[0], func(o object) { o["activity_id"] = "18050722067" }},
		{"a delivery without warnings", "delivery", deliveries()[0], func(o object) { o["warnings"] = nil }},
		{"a prediction without a distance", "delivery", deliveries()[0], func(o object) { delete(o["predicted"].(object), "distance") }},
		{"a history with another state", "history", entries()[0], func(o object) { o["result"] = "gone" }},
		{"a history with half a checksum", "history", entries()[0], func(o object) { o["sha256"] = "abc" }},
		{"a history without an ID", "history", entries()[0], func(o object) { delete(o, "id") }},
		{"a conversion without a result", "convert", conversions()[0], func(o object) { delete(o, "result") }},
		{"a conversion that went somehow", "convert", conversions()[0], func(o object) { o["result"] = "somehow" }},
		{"a conversion to another format", "convert", conversions()[0], func(o object) { o["to"] = "kml" }},
		{"a check without a result", "check", checks()[0], func(o object) { delete(o, "result") }},
		{"a check of another result", "check", checks()[0], func(o object) { o["result"] = "fine" }},
		{"a check with a figure of the summary", "check", checks()[0], func(o object) { o["moving_time"] = json.Number("1") }},
		{"repairs that are null", "check", checks()[0], func(o object) { o["repairs"] = nil }},
		{"a repair with a sentence for a code", "check", checks()[0], func(o object) { o["repairs"] = []any{"Mend it!"} }},
		{"a fix of another result", "fix", fixes()[0], func(o object) { o["result"] = "perfect" }},
		{"a fix into a file without a name", "fix", fixes()[0], func(o object) { o["output"] = "" }},
		{"a repair that changed nothing", "fix", fixes()[0], func(o object) { first(o["repairs"])["count"] = json.Number("0") }},
		{"a repair that does not say what it costs", "fix", fixes()[0], func(o object) { delete(first(o["repairs"]), "lost") }},
		{"a failure without an error", "failure", failure(), func(o object) { delete(o, "error") }},
		{"a failure without a message", "failure", failure(), func(o object) { o["error"].(object)["message"] = "" }},
		{"a failure with results", "failure", failure(), func(o object) { o["activity"] = json.Number("0") }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := compile(t, c.schema+".schema.json")
			v := decoded(t, encode(t, report.JSONL, report.Summary{}, c.value))
			if err := s.Validate(v); err != nil {
				t.Fatalf("invalid before it was spoilt: %v", err)
			}
			c.spoil(v.(object))
			if s.Validate(v) == nil {
				t.Error("the schema accepts it")
			}
		})
	}
}

// A summary is no info, neither is a failure: the schemas tell them apart.
func TestSchemasTellObjectsApart(t *testing.T) {
	values := map[string]any{
		"delivery": deliveries()[0], "history": entries()[0], "summary": summaries(false)[0], "info": infos()[0],
		"convert": conversions()[0], "check": checks()[0], "fix": fixes()[0], "failure": failure(),
	}
	for name := range values {
		s := compile(t, name+".schema.json")
		for other, v := range values {
			err := s.Validate(decoded(t, encode(t, report.JSONL, report.Summary{}, v)))
			if (err == nil) != (name == other) {
				t.Errorf("the schema of %s on a %s: %v", name, other, err)
			}
		}
	}
}

// document is the part of a schema that the tests look at.
type document struct {
	ID          string               `json:"$id"`
	Schema      string               `json:"$schema"`
	Ref         string               `json:"$ref"`
	Description string               `json:"description"`
	Properties  map[string]*document `json:"properties"`
	Required    []string             `json:"required"`
	Additional  any                  `json:"additionalProperties"`
	Names       *document            `json:"propertyNames"`
	Items       *document            `json:"items"`
	Enum        []any                `json:"enum"`
	Pattern     string               `json:"pattern"`
	Type        any                  `json:"type"`
	Defs        map[string]*document `json:"$defs"`
}

func readSchema(t *testing.T, name string) *document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(schemaFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// schemaTypes are the objects of the output and where their schemas stand.
var schemaTypes = []struct {
	file, def string
	of        any
}{
	{"summary", "", report.Summary{}},
	{"summary", "band", report.Band{}},
	{"summary", "rest", report.Rest{}},
	{"summary", "choice", report.Choice{}},
	{"summary", "threshold", report.Threshold{}},
	{"summary", "split", report.Split{}},
	{"summary", "lap", report.SummaryLap{}},
	{"summary", "effort", report.BestEffort{}},
	{"summary", "zone", report.Zone{}},
	{"summary", "bucket", report.Bucket{}},
	{"summary", "finding", report.Finding{}},
	{"info", "", report.Info{}},
	{"info", "device", report.Device{}},
	{"info", "stream", report.Stream{}},
	{"info", "developer_field", report.DeveloperField{}},
	{"info", "length", report.Length{}},
	{"info", "lap", report.Lap{}},
	{"info", "pause", report.Pause{}},
	{"info", "gap", report.Gap{}},
	{"info", "band", report.Band{}},
	{"info", "finding", report.Finding{}},
	{"delivery", "", report.Delivery{}},
	{"delivery", "shown", report.Shown{}},
	{"history", "", report.Entry{}},
	{"convert", "", report.Conversion{}},
	{"convert", "finding", report.Finding{}},
	{"check", "", report.Check{}},
	{"check", "finding", report.Finding{}},
	{"fix", "", report.Fix{}},
	{"fix", "repair", report.Mended{}},
	{"fix", "finding", report.Finding{}},
	{"diff", "", report.Diff{}},
	{"diff", "side", report.DiffSide{}},
	{"diff", "figures", report.DiffFigures{}},
	{"diff", "figure", report.DiffFigure{}},
	{"diff", "rate", report.DiffRate{}},
	{"diff", "divisor", report.DiffDivisor{}},
	{"diff", "cause", report.DiffCause{}},
	{"diff", "stretch", report.DiffStretch{}},
	{"diff", "finding", report.Finding{}},
	{"failure", "", report.Failed{}},
	{"failure", "error", report.Failure{}},
}

// jsonFields lists the fields of a struct as JSON names them, and those that
// may be missing.
func jsonFields(v any) (names, optional []string) {
	for f := range reflect.TypeOf(v).Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() {
			continue
		}
		names = append(names, name)
		if options != "" {
			optional = append(optional, name)
		}
	}
	return names, optional
}

// Structs and schemas say the same, in both directions: a field that is added
// to one and not to the other fails here.
func TestSchemasAndStructsAgree(t *testing.T) {
	for _, c := range schemaTypes {
		t.Run(c.file+" "+c.def, func(t *testing.T) {
			d := readSchema(t, c.file+".schema.json")
			if d.Schema != "https://json-schema.org/draft/2020-12/schema" || !strings.HasSuffix(d.ID, "/"+c.file+".schema.json") {
				t.Errorf("$schema %q, $id %q", d.Schema, d.ID)
			}
			if c.def != "" {
				d = d.Defs[c.def]
			}
			names, optional := jsonFields(c.of)
			inSchema := slices.Sorted(maps.Keys(d.Properties))
			if diff := cmp.Diff(slices.Sorted(slices.Values(names)), inSchema); diff != "" {
				t.Errorf("fields (-struct +schema):\n%s", diff)
			}
			required := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(optional, n) })
			if diff := cmp.Diff(required, d.Required); diff != "" {
				t.Errorf("required fields, in order (-struct +schema):\n%s", diff)
			}
			if d.Additional != false {
				t.Error("additionalProperties is not false")
			}
			if d.Description == "" {
				t.Error("no description")
			}
			for name, p := range d.Properties {
				checkProperty(t, name, p, c.of)
			}
		})
	}
}

// checkProperty wants a description that says what null means, a unit for every
// figure, and null allowed exactly where the struct can be null.
func checkProperty(t *testing.T, name string, p *document, of any) {
	t.Helper()
	if !strings.Contains(p.Description, "Null: ") {
		t.Errorf("%s: the description %q does not say what null means", name, p.Description)
	}
	f, _ := fieldNamed(reflect.TypeOf(of), name)
	isValue := f.Type == reflect.TypeFor[activity.Value]() || f.Type.Kind() == reflect.Float64
	if isValue && !strings.Contains(p.Description, "Unit: ") {
		t.Errorf("%s: the description %q names no unit", name, p.Description)
	}
	if strings.Contains(p.Description, "Null: never") == strings.Contains(jsonText(p.Type), "null") {
		t.Errorf("%s: the type %v and the description %q disagree about null", name, p.Type, p.Description)
	}
	nullable := f.Type == reflect.TypeFor[activity.Value]() || f.Type.Kind() == reflect.Pointer
	if nullable != strings.Contains(jsonText(p.Type), "null") {
		t.Errorf("%s: the type %v in the schema is a %v in Go", name, p.Type, f.Type)
	}
}

func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if n, _, _ := strings.Cut(f.Tag.Get("json"), ","); n == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

func jsonText(v any) string {
	if v == nil {
		return "" // a $ref: the type stands there
	}
	b, _ := json.Marshal(v) //nolint:errchkjson // it was read from JSON
	return string(b)
}

// The lists of words in the schemas are those of the program.
func TestSchemaVocabularies(t *testing.T) {
	words := func(list []any) []string {
		var out []string
		for _, v := range list {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	var sports, fields []string
	for _, s := range activity.Sports() {
		sports = append(sports, string(s))
	}
	for _, f := range recalc.Fields() {
		fields = append(fields, string(f))
	}
	summary, info := readSchema(t, "summary.schema.json"), readSchema(t, "info.schema.json")
	confidence := summary.Properties["confidence"].Additional.(map[string]any)["enum"].([]any)
	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"sport types of summary", words(summary.Properties["sport_type"].Enum), sports},
		{"sport types of info", words(info.Properties["sport_type"].Enum), sports},
		{"sport types of deliveries", words(readSchema(t, "delivery.schema.json").Properties["sport_type"].Enum), sports},
		{"results of deliveries", words(readSchema(t, "delivery.schema.json").Properties["result"].Enum), report.Deliveries()},
		{"states of the journal", words(readSchema(t, "history.schema.json").Properties["result"].Enum), journalStates()},
		{"figures with a rule", words(summary.Properties["provenance"].Names.Enum), fields},
		{"figures with a confidence", words(summary.Properties["confidence"].Names.Enum), fields},
		{"degrees of confidence", words(confidence), []string{string(recalc.Exact), string(recalc.Close), string(recalc.Unknowable)}},
		{"sensors", words(info.Properties["sensors"].Names.Enum), activity.FieldNames()},
		{"sources of pauses", words(info.Defs["pause"].Properties["source"].Enum), []string{
			activity.PauseTimer.String(), activity.PauseTrack.String(), activity.PauseLap.String(), activity.PauseSegment.String(),
		}},
		{"severities", words(summary.Defs["finding"].Properties["severity"].Enum), []string{
			finding.Info.String(), finding.Warning.String(), finding.Error.String(),
		}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-program +schema):\n%s", c.name, diff)
		}
	}
	for _, d := range []*document{summary.Defs["finding"], info.Defs["finding"], readSchema(t, "check.schema.json").Defs["finding"], readSchema(t, "fix.schema.json").Defs["repair"], readSchema(t, "failure.schema.json").Defs["error"]} {
		pattern := regexp.MustCompile(d.Properties["code"].Pattern)
		for _, def := range finding.Catalogue() {
			if !pattern.MatchString(string(def.Code)) {
				t.Errorf("the code %s does not match the pattern %s", def.Code, pattern)
			}
		}
	}
}

// Times that only a careless program writes are times nevertheless: the year 1
// is what Go takes for no time at all.
func TestTheYearOneIsATime(t *testing.T) {
	a := run()
	shift := a.Records[39].Time - time.Time{}.UnixMilli() // the pause begins at the zero time
	for i := range a.Records {
		a.Records[i].Time -= shift
	}
	a.Pauses[0].From, a.Pauses[0].To = time.Time{}, time.UnixMilli(a.Records[40].Time)
	r := recalc.Result{Rests: []recalc.Rest{{From: time.Time{}, To: time.Time{}.Add(time.Minute), Rule: "rest"}}}
	for name, v := range map[string]any{
		"info":    report.NewInfo("old.tcx", 0, &a, nil, nil),
		"summary": report.NewSummary("old.tcx", 0, &a, &r, nil, nil, true),
	} {
		text := encode(t, report.JSONL, report.Summary{}, v)
		if !strings.Contains(text, `"start":"0001-01-01T00:00:00Z"`) {
			t.Errorf("%s does not show the start in %s", name, text)
		}
		if err := compile(t, name+".schema.json").Validate(decoded(t, text)); err != nil {
			t.Error(err)
		}
	}
}
