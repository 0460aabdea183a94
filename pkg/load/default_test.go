package load_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/source"
)

const smallTCX = declaration + tcxRoot + `<Activities><Activity Sport="Running"><Id>2024-05-01T06:00:00Z</Id>` +
	`<Lap StartTime="2024-05-01T06:00:00Z"><TotalTimeSeconds>2</TotalTimeSeconds><Track>` +
	`<Trackpoint><Time>2024-05-01T06:00:00Z</Time></Trackpoint>` +
	`<Trackpoint><Time>2024-05-01T06:00:02Z</Time></Trackpoint>` +
	`</Track></Lap></Activity></Activities></TrainingCenterDatabase>`

func TestDefaultReadsTCX(t *testing.T) {
	for name, data := range map[string][]byte{
		"plain":     []byte(smallTCX),
		"packed":    packed(smallTCX),
		"in UTF-16": append([]byte{0xFF, 0xFE}, utf16le(smallTCX)...),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := load.File(t.Context(), file(t, data, source.Options{}), load.Default(), load.Options{})
			must(t, err)
			if len(f.Activities) != 1 || f.Activities[0].Format != "tcx" || len(f.Activities[0].Records) != 2 {
				t.Errorf("got %+v", f)
			}
		})
	}
}

// The codecs of this module keep to what Codec.Decode says of a reader that
// fails.
func TestDefaultKeepsWhatABrokenReaderGave(t *testing.T) {
	broken := errors.New("the line is dead")
	halves := []string{ // in the order of the registry
		smallTCX[:len(smallTCX)-80],
		`<gpx><trk><trkseg><trkpt lat="-38.5" lon="-12.25"><time>2024-05-01T06:00:00Z</time></trkpt>` + strings.Repeat(" ", 100),
		// Header; definition of records that hold a time; one record.
		"\x0e\x10\x54\x08\xe8\x03\x00\x00.FIT\x00\x00" + "\x40\x00\x00\x14\x00\x01\xfd\x04\x86" + "\x00\x00\xca\x9a\x3b",
		`{"trackid":"1714543200","run_time":"60"}`,
		"type,startTime,sportTime(s),distance(m),calories(kcal)\n1,2024-05-01 06:00:00+0000,60,200,9\n1,2024-",
		`{"EventType":"Running","StartTime":"2024-05-01T06:00:00Z","Duration":60}`,
		"Date,Start_Time,Event_Type,Duration_Seconds\n2024-05-01,06:00:00,Run,60\n2024-",
	}
	for i, codec := range load.Default() {
		if !codec.Sniff([]byte(halves[i])) {
			t.Errorf("%s does not take its own files", codec.Format)
		}
		r := io.MultiReader(strings.NewReader(halves[i]), failing{broken})
		f, err := codec.Decode(context.Background(), r, load.Options{})
		if !errors.Is(err, broken) || len(f.Activities) != 1 {
			t.Errorf("%s: %d activities, %v", codec.Format, len(f.Activities), err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestDefaultKeepsTheStartOfATruncatedFile(t *testing.T) {
	data := packed(smallTCX)
	f, err := load.File(t.Context(), file(t, data[:len(data)-12], source.Options{}), load.Default(), load.Options{})
	must(t, err)
	if len(f.Activities) != 1 || len(f.Findings) == 0 || f.Findings[len(f.Findings)-1].Code != finding.GzipTruncated {
		t.Errorf("%d activities, findings %v", len(f.Activities), f.Findings)
	}
}

// FIT keeps its source where that is asked for, also behind gzip.
func TestDefaultKeepsTheSource(t *testing.T) {
	// Header; definition of records that hold a time; one record; checksum.
	const fit = "\x0e\x10\x54\x08\x0e\x00\x00\x00.FIT\x00\x00" + "\x40\x00\x00\x14\x00\x01\xfd\x04\x86" + "\x00\x00\xca\x9a\x3b" + "\x16\x39"
	for _, keep := range []bool{false, true} {
		f, err := load.File(t.Context(), file(t, packed(fit), source.Options{}), load.Default(), load.Options{KeepSource: keep})
		must(t, err)
		if !keep {
			if f.Source != nil || f.Activities[0].Places != nil {
				t.Errorf("a source that nobody asked for: %+v", f.Source)
			}
			continue
		}
		if f.Source == nil || f.Source.Format != "fit" || string(f.Source.Data) != fit {
			t.Fatalf("source %+v", f.Source)
		}
		if p := f.Activities[0].Places; len(p) != 1 || string(p[0].Of(f.Source)) != fit[23:28] {
			t.Errorf("records at %v", p)
		}
	}
}
