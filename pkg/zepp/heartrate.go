package zepp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/export"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

// HeartRates are what an export holds of the heart beside the workouts. The zero
// value holds none.
type HeartRates struct {
	beats  []beat
	sorted bool
}

// beat is a heart rate, of a minute or of an instant.
type beat struct {
	ms  int64
	bpm float32
}

// IsHeartRates reports whether a file that begins like this is a table of heart
// rates: HEARTRATE_AUTO or HEARTRATE.
func IsHeartRates(head []byte) bool {
	line := strings.ReplaceAll(export.FirstLine(head), `"`, "")
	cells := strings.FieldsFunc(strings.TrimSpace(line), func(r rune) bool { return r == ',' || r == ';' || r == '\t' })
	return slices.Equal(cells, []string{"date", "time", "heartrate"}) || slices.Equal(cells, []string{"time", "heartrate"})
}

// Read adds a table of heart rates. Those of HEARTRATE_AUTO are by the minute
// and in local time: without a zone none of them is taken, and the finding
// [finding.ZeppZone] says so. The error is that of ctx, or one that wraps that of
// r, or [finding.CSVHeader].
func (h *HeartRates) Read(ctx context.Context, r io.Reader, zone *time.Location) ([]finding.Finding, error) {
	var found finding.List
	local := false
	err := export.ReadTable(ctx, r, &found, func(header export.Row) error {
		if local = len(header.Cells) == 3; local && zone == nil {
			return errNoZone
		}
		h.sorted = false
		return nil
	}, func(row export.Row) string {
		b, ok := readBeat(row, local, zone)
		if !ok {
			return fmt.Sprintf("%q is no heart rate", export.Clip(strings.Join(row.Cells, ",")))
		}
		if b.bpm > 0 {
			h.beats = append(h.beats, b)
		}
		return ""
	})
	if errors.Is(err, errNoZone) {
		found.Add(finding.ZeppZone, finding.Place{}, "")
		err = nil
	}
	return found.Findings(), err
}

// errNoZone ends the reading of a table whose times need a zone that is missing.
var errNoZone = errors.New("no zone")

func readBeat(row export.Row, local bool, zone *time.Location) (beat, bool) {
	value := 1
	if local {
		value = 2
	}
	bpm, _, ok := lexical.Number([]byte(row.Cell(value)))
	if !ok {
		return beat{}, false
	}
	if local {
		t, err := time.ParseInLocation("2006-01-02 15:04", row.Cell(0)+" "+row.Cell(1), zone)
		return beat{t.UnixMilli(), float32(bpm)}, err == nil
	}
	t, ok := lexical.Time([]byte(row.Cell(0)))
	return beat{t.UnixMilli, float32(bpm)}, ok
}

// Merge adds what another table held.
func (h *HeartRates) Merge(other *HeartRates) {
	h.beats, h.sorted = append(h.beats, other.beats...), false
}

// Join gives those activities an average and a maximum heart rate that have
// none, from what was measured during them. The minutes in which a workout
// begins and ends count where the greater part of them belongs to it. It returns
// how many got one.
func (h *HeartRates) Join(acts []activity.Activity) int {
	if !h.sorted {
		slices.SortStableFunc(h.beats, func(a, b beat) int { return int(min(max(a.ms-b.ms, -1), 1)) })
		h.sorted = true
	}
	joined := 0
	for i := range acts {
		t := &acts[i].Totals
		seconds, ok := t.ElapsedTime.Get()
		if !ok {
			seconds, ok = t.TimerTime.Get()
		}
		if !ok || t.AverageHeartRate.Known() || acts[i].Start.IsZero() || len(acts[i].Records) > 0 {
			continue
		}
		const half = 30_000 // ms: of a minute
		from := acts[i].Start.UnixMilli() - half
		to := acts[i].Start.UnixMilli() + int64(min(seconds, 1e9)*1000) - half
		k := sort.Search(len(h.beats), func(k int) bool { return h.beats[k].ms >= from })
		sum, n, most := 0.0, 0, activity.Value{}
		for ; k < len(h.beats) && h.beats[k].ms <= to; k++ {
			sum += float64(h.beats[k].bpm)
			n++
			most = most.Max(activity.Of(float64(h.beats[k].bpm)))
		}
		if n > 0 {
			t.AverageHeartRate, t.MaxHeartRate = activity.Of(sum/float64(n)), most
			joined++
		}
	}
	return joined
}
