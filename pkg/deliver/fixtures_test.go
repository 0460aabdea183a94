package deliver_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/deliver"
)

// epoch is when the first made-up workout begins. Nobody ran it.
var epoch = time.Date(2016, time.March, 1, 18, 30, 0, 0, time.UTC)

// workout makes the i-th workout: half an hour of running, a day after the one
// before.
func workout(i int) deliver.Candidate {
	start := epoch.AddDate(0, 0, i)
	metres := 5000 + 10*i
	data := fmt.Appendf(nil, `<?xml version="1.0"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities><Activity Sport="Running">
<Id>%[1]s</Id><Lap StartTime="%[1]s"><TotalTimeSeconds>1800</TotalTimeSeconds><DistanceMeters>%[3]d</DistanceMeters><Track>
<Trackpoint><Time>%[1]s</Time><DistanceMeters>0</DistanceMeters></Trackpoint>
<Trackpoint><Time>%[2]s</Time><DistanceMeters>%[3]d</DistanceMeters></Trackpoint>
</Track></Lap></Activity></Activities></TrainingCenterDatabase>
`, start.Format(time.RFC3339), start.Add(30*time.Minute).Format(time.RFC3339), metres)
	sum := sha256.Sum256(data)
	return deliver.Candidate{
		File: fmt.Sprintf("run-%03d.tcx", i), Format: "tcx", SHA256: hex.EncodeToString(sum[:]), Fingerprint: fmt.Sprintf("1:%064d", i),
		Sport: activity.Run, Start: start, Elapsed: 30 * time.Minute, Distance: activity.Of(float64(metres)), Size: int64(len(data)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

func workouts(n int) []deliver.Candidate {
	out := make([]deliver.Candidate, n)
	for i := range out {
		out[i] = workout(i)
	}
	return out
}

func sum256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
