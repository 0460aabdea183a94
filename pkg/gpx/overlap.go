package gpx

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
)

// overlapping makes one workout of tracks whose times overlap: nobody was at two
// places at once. The others stay as they are, in the order of the file.
func overlapping(acts []activity.Activity) []activity.Activity {
	groups := groupByTime(acts)
	out := make([]activity.Activity, 0, len(groups))
	for _, tracks := range groups {
		a := acts[tracks[0]]
		for _, i := range tracks[1:] {
			join(&a, &acts[i])
		}
		if n := len(tracks); n > 1 {
			slices.SortStableFunc(a.Pauses, func(p, q activity.Pause) int { return p.From.Compare(q.From) })
			a.Findings = append(a.Findings, finding.New(finding.GPXInterleaved, finding.Place{}, strconv.Itoa(n)+" tracks"))
		}
		out = append(out, a)
	}
	return out
}

// groupByTime puts the indices of tracks that overlap, directly or through
// others, into one group. Tracks that only touch do not overlap. Groups and
// their members are in the order of the file.
func groupByTime(acts []activity.Activity) [][]int {
	type span struct {
		track       int
		first, last int64
	}
	spans := make([]span, 0, len(acts))
	for i := range acts {
		if first, last, ok := acts[i].Span(); ok {
			spans = append(spans, span{i, first.UnixMilli(), last.UnixMilli()})
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last), a.track-b.track)
	})
	leader := make([]int, len(acts)) // the first track of each one's group
	for i := range leader {
		leader[i] = i
	}
	for i := 0; i < len(spans); {
		last, first, n := spans[i].last, spans[i].track, i+1
		for ; n < len(spans) && spans[n].first < last && spans[i].first < spans[n].last; n++ {
			last, first = max(last, spans[n].last), min(first, spans[n].track)
		}
		for ; i < n; i++ {
			leader[spans[i].track] = first
		}
	}
	members := make([][]int, len(acts))
	for i, l := range leader {
		members[l] = append(members[l], i)
	}
	return slices.DeleteFunc(members, func(m []int) bool { return len(m) == 0 })
}

// join appends a track to a workout.
func join(a, track *activity.Activity) {
	offset := len(a.Records)
	a.Records = append(a.Records, track.Records...)
	a.Places = append(a.Places, track.Places...)
	for _, s := range track.Tracks {
		a.Tracks = append(a.Tracks, activity.Span{First: s.First + offset, End: s.End + offset})
	}
	for _, p := range track.Pauses {
		p.Next += offset
		a.Pauses = append(a.Pauses, p)
	}
	a.Totals = activity.Totals{} // those of a part are not those of the whole
	if track.Start.Before(a.Start) {
		a.Start = track.Start
	}
	if a.Zone == nil {
		a.Zone = track.Zone
	}
	if a.Sport == "" {
		a.Sport, a.RawSport = track.Sport, track.RawSport
	}
	for _, f := range track.Findings {
		if i := slices.IndexFunc(a.Findings, func(g finding.Finding) bool { return g.Code == f.Code }); i >= 0 {
			a.Findings[i].Count += f.Count
		} else {
			a.Findings = append(a.Findings, f)
		}
	}
}
