package codectest

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
)

// Patcher is a codec that changes documents in place.
type Patcher struct {
	// Decode reads a document and keeps its source.
	Decode func(context.Context, []byte) (activity.File, error)
	Patch  func(io.Writer, *activity.File, []activity.Activity) error
}

// Kept reads a document that has no fault.
func (p Patcher) Kept(tb testing.TB, doc string) activity.File {
	tb.Helper()
	f, err := p.Decode(tb.Context(), []byte(doc))
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// edited returns copies of the activities that can be changed.
func edited(f *activity.File) []activity.Activity {
	acts := slices.Clone(f.Activities)
	for i := range acts {
		acts[i].Records, acts[i].Places, acts[i].Laps = slices.Clone(acts[i].Records), slices.Clone(acts[i].Places), slices.Clone(acts[i].Laps)
	}
	return acts
}

func (p Patcher) patched(tb testing.TB, f *activity.File, acts []activity.Activity) string {
	tb.Helper()
	var b bytes.Buffer
	if err := p.Patch(&b, f, acts); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// Touch is a change of the first activity, and the pieces of the document that
// become others by it.
type Touch struct {
	Name      string
	Edit      func(*activity.Activity)
	Old, With []string
}

// ChangesOnly holds that of a document nothing changes but what each touch says.
func (p Patcher) ChangesOnly(t *testing.T, doc string, touches []Touch) {
	t.Helper()
	for _, tt := range touches {
		t.Run(tt.Name, func(t *testing.T) {
			f := p.Kept(t, doc)
			acts := edited(&f)
			tt.Edit(&acts[0])
			want := doc
			for i := range tt.Old {
				if strings.Count(want, tt.Old[i]) != 1 {
					t.Fatalf("%q is not there once", tt.Old[i])
				}
				want = strings.Replace(want, tt.Old[i], tt.With[i], 1)
			}
			if diff := cmp.Diff(want, p.patched(t, &f, acts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Refuses holds that a change of the first activity is an error, in which want
// stands, and that nothing is written then.
func (p Patcher) Refuses(t *testing.T, name, want string, f activity.File, edit func(*activity.Activity)) {
	t.Helper()
	acts := edited(&f)
	edit(&acts[0])
	var b bytes.Buffer
	if err := p.Patch(&b, &f, acts); err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
		t.Errorf("%s: error %v, want one about %q; %d bytes were written", name, err, want, b.Len())
	}
}

// ReadsAsEdited patches the files of a pattern, of which at least so many can be:
// patching nothing changes nothing, and what was patched reads as it was to be.
func (p Patcher) ReadsAsEdited(t *testing.T, pattern string, least int) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := p.Decode(t.Context(), data)
		if err != nil || f.Activities[0].Places == nil {
			continue
		}
		if !bytes.Equal(f.Source.Data, data) {
			t.Errorf("%s: the source is not kept as it is", name)
		}
		acts := edited(&f)
		if got := p.patched(t, &f, acts); got != string(data) {
			t.Errorf("%s: patching nothing changes it", name)
		}
		a := &acts[0]
		for i := range a.Records {
			if r := &a.Records[i]; r.Has&activity.HeartRate != 0 {
				r.HeartRate = float32(60 + i%100)
			}
		}
		if len(a.Records) > 4 {
			a.Records, a.Places = slices.Delete(a.Records, 1, 3), slices.Delete(a.Places, 1, 3)
		}
		again, err := p.Decode(t.Context(), []byte(p.patched(t, &f, acts)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(a.Records, again.Activities[0].Records); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		tried++
	}
	if tried < least {
		t.Errorf("only %d of %d files were tried", tried, len(names))
	}
}
