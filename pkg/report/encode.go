package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/recalc"
)

// Format is a form of output.
type Format string

// The formats that every command with results has.
const (
	Table Format = "table" // for people
	JSON  Format = "json"  // one array
	JSONL Format = "jsonl" // one object a line
	CSV   Format = "csv"   // one row an object
)

// Formats lists the formats, the default first.
func Formats() []Format { return []Format{Table, JSON, JSONL, CSV} }

// ParseFormat reads the name of a format.
func ParseFormat(s string) (Format, error) {
	for _, f := range Formats() {
		if string(f) == s {
			return f, nil
		}
	}
	return "", fmt.Errorf("unknown format %q: want table, json, jsonl or csv", s)
}

// Failed stands in the output for a file that could not be read.
type Failed struct {
	File  string  `json:"file"`
	Error Failure `json:"error"`
}

// Failure says why.
type Failure struct {
	Code    string `json:"code"` // a code of the findings
	Message string `json:"message"`
}

// Encoder writes results for programs, one after another. Encode may be given
// the type that the encoder was made for and Failed, nothing else.
type Encoder interface {
	Encode(v any) error
	// Close ends the output; it does not close the writer underneath.
	Close() error
}

// NewEncoder returns an encoder for JSON, JSONL or CSV. The sample is a zero
// value of the type that will be encoded, such as Summary.
func NewEncoder(w io.Writer, f Format, sample any) (Encoder, error) {
	switch f {
	case JSONL:
		return &lines{w: w}, nil
	case JSON:
		return &array{w: w}, nil
	case CSV:
		e := &rows{w: csv.NewWriter(w), columns: columns(reflect.TypeOf(sample), "")}
		e.columns = append(e.columns, "error.code", "error.message")
		// The writer keeps the header, and an error about it, for the first row
		// or the end.
		return e, e.w.Write(e.columns)
	}
	return nil, fmt.Errorf("format %q is not for programs", f)
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return escapeJSON(b.Bytes()), nil
}

type lines struct{ w io.Writer }

func (e *lines) Encode(v any) error {
	b, err := marshal(v)
	if err == nil {
		_, err = e.w.Write(b)
	}
	return err
}

func (e *lines) Close() error { return nil }

type array struct {
	w     io.Writer
	begun bool
}

func (e *array) Encode(v any) error {
	b, err := marshal(v)
	if err != nil {
		return err
	}
	open := "["
	if e.begun {
		open = ","
	}
	e.begun = true
	_, err = fmt.Fprintf(e.w, "%s\n  %s", open, bytes.TrimSpace(b))
	return err
}

func (e *array) Close() error {
	end := "\n]\n"
	if !e.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(e.w, end)
	return err
}

type rows struct {
	w       *csv.Writer
	columns []string
}

func (e *rows) Encode(v any) error {
	cells := map[string]string{}
	flatten(cells, reflect.ValueOf(v), "")
	row := make([]string, len(e.columns))
	for i, c := range e.columns {
		row[i] = cells[c]
	}
	if err := e.w.Write(row); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}

func (e *rows) Close() error {
	e.w.Flush()
	return e.w.Error()
}

var valueType = reflect.TypeFor[activity.Value]()

// mapKeys are the keys under which a map's entries become columns.
func mapKeys(name string) []string {
	if name == "sensors" {
		return activity.FieldNames()
	}
	var keys []string
	for _, f := range recalc.Fields() {
		keys = append(keys, string(f))
	}
	return keys
}

func tag(f reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, f.IsExported() && name != ""
}

// columns lists the columns of a type: its JSON names, nested ones dotted.
func columns(t reflect.Type, prefix string) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, ok := tag(f)
		switch {
		case !ok:
		case f.Type.Kind() == reflect.Struct && f.Type != valueType:
			out = append(out, columns(f.Type, prefix+name+".")...)
		case f.Type.Kind() == reflect.Map:
			for _, k := range mapKeys(name) {
				out = append(out, prefix+name+"."+k)
			}
		default:
			out = append(out, prefix+name)
		}
	}
	return out
}

// flatten fills the cells of a value. Findings and repairs become their codes, joined by
// semicolons; other lists become their length, or nothing where they were not
// asked for. Texts are made safe here, where a text can still be told from a
// number: "-5" is a formula as the name of a device and a number as an altitude.
func flatten(cells map[string]string, v reflect.Value, prefix string) {
	for i := range v.NumField() {
		name, ok := tag(v.Type().Field(i))
		if !ok {
			continue
		}
		key, f := prefix+name, v.Field(i)
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				continue
			}
			f = f.Elem()
		}
		switch x := f.Interface().(type) {
		case activity.Value:
			cells[key] = x.String()
			continue
		case []Finding:
			codes := make([]string, len(x))
			for k := range x {
				codes[k] = x[k].Code
			}
			cells[key] = cell(strings.Join(codes, ";"))
			continue
		case []string:
			cells[key] = cell(strings.Join(x, ";"))
			continue
		case []Mended:
			codes := make([]string, len(x))
			for k := range x {
				codes[k] = x[k].Code
			}
			cells[key] = cell(strings.Join(codes, ";"))
			continue
		case []DiffCause:
			causes := make([]string, len(x))
			for k := range x {
				causes[k] = x[k].Kind
				if x[k].Amount.Known() {
					causes[k] += ":" + x[k].Amount.String()
				}
			}
			cells[key] = cell(strings.Join(causes, ";"))
			continue
		}
		switch f.Kind() {
		case reflect.Struct:
			flatten(cells, f, key+".")
		case reflect.Map:
			for _, k := range f.MapKeys() {
				cells[key+"."+k.String()] = scalar(f.MapIndex(k))
			}
		case reflect.Slice:
			if !f.IsNil() {
				cells[key] = strconv.Itoa(f.Len())
			}
		default:
			cells[key] = scalar(f)
		}
	}
}

func scalar(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return cell(v.String())
	}
	return fmt.Sprint(v.Interface())
}

// cell makes a text fit for a cell.
func cell(s string) string { return spreadsheetSafe(Printable(s)) }
