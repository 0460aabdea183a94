package load_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/load"
	"github.com/bandport/bandport/pkg/source"
)

// numbered yields n items that are named by their number, and counts them.
func numbered(n int, asked *atomic.Int64) iter.Seq[source.Item] {
	return func(yield func(source.Item) bool) {
		for i := range n {
			asked.Add(1)
			if !yield(source.Item{Name: fmt.Sprint(i)}) {
				return
			}
		}
	}
}

// leavesNothing fails the test if more goroutines run at its end than now.
// Those of Map are gone when it returns; the runtime may need a moment to
// count them out.
func leavesNothing(t *testing.T) func() {
	t.Helper()
	before := runtime.NumGoroutine()
	return func() {
		t.Helper()
		for range 100 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Errorf("%d goroutines; there were %d", runtime.NumGoroutine(), before)
	}
}

func TestMapDeliversInOrder(t *testing.T) {
	for _, jobs := range []int{0, 1, 2, 7, 64} {
		t.Run(fmt.Sprintf("with %d workers", jobs), func(t *testing.T) {
			defer leavesNothing(t)()
			var asked atomic.Int64
			next := 0
			err := load.Map(t.Context(), numbered(500, &asked), jobs,
				func(_ context.Context, it source.Item) string {
					time.Sleep(rand.N(200 * time.Microsecond))
					return it.Name
				},
				func(name string) error {
					if name != fmt.Sprint(next) {
						t.Errorf("got %s in place of %d", name, next)
					}
					next++
					return nil
				})
			if err != nil || next != 500 {
				t.Errorf("%d results, %v", next, err)
			}
		})
	}
}

func TestMapHoldsFewResults(t *testing.T) {
	for _, jobs := range []int{1, 3} {
		t.Run(fmt.Sprintf("with %d workers", jobs), func(t *testing.T) {
			var asked, working, most atomic.Int64
			var yielded int64
			err := load.Map(t.Context(), numbered(100, &asked), jobs,
				func(context.Context, source.Item) int {
					most.Store(max(most.Load(), working.Add(1)))
					runtime.Gosched()
					working.Add(-1)
					return 0
				},
				func(int) error {
					time.Sleep(time.Millisecond) // long enough to run ahead
					if ahead := asked.Load() - yielded; ahead > int64(2*jobs) {
						t.Errorf("%d items were asked for and not yielded", ahead)
					}
					yielded++
					return nil
				})
			must(t, err)
			if most.Load() > int64(jobs) {
				t.Errorf("%d workers", most.Load())
			}
		})
	}
}

func TestMapWithoutItems(t *testing.T) {
	defer leavesNothing(t)()
	var asked atomic.Int64
	must(t, load.Map(t.Context(), numbered(0, &asked), 4, func(context.Context, source.Item) int { return 0 },
		func(int) error { t.Error("a result"); return nil }))
}

func TestMapEndsAtTheFirstErrorOfYield(t *testing.T) {
	defer leavesNothing(t)()
	full := errors.New("the disk is full")
	var asked atomic.Int64
	yields := 0
	err := load.Map(t.Context(), numbered(1_000_000, &asked), 4,
		func(ctx context.Context, it source.Item) int {
			if it.Name > "3" { // in the order of text; what matters is that some do
				<-ctx.Done() // the end of yield must reach who waits
			}
			return 0
		},
		func(int) error {
			if yields++; yields == 2 {
				return full
			}
			return nil
		})
	if err != full || yields != 2 { //nolint:errorlint // promised as it is
		t.Errorf("%v after %d results", err, yields)
	}
	if n := asked.Load(); n > 12 {
		t.Errorf("%d items were asked for", n)
	}
}

func TestMapEndsWhenTheContextIsDone(t *testing.T) {
	defer leavesNothing(t)()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var asked atomic.Int64
	var got []int
	start := time.Now()
	err := load.Map(ctx, numbered(1_000_000, &asked), 8,
		func(ctx context.Context, it source.Item) int {
			if it.Name == "20" {
				<-ctx.Done()
				return -1
			}
			return 1
		},
		func(v int) error {
			got = append(got, v)
			if len(got) == 20 {
				time.AfterFunc(10*time.Millisecond, cancel)
			}
			return nil
		})
	if err != context.Canceled { //nolint:errorlint // promised as it is
		t.Errorf("got %v", err)
	}
	if len(got) != 20 || slices.Contains(got, -1) {
		t.Errorf("results %v; want the 20 from before", got)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestMapWithAContextThatIsDone(t *testing.T) {
	defer leavesNothing(t)()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var asked atomic.Int64
	err := load.Map(ctx, numbered(10, &asked), 2, func(context.Context, source.Item) int { return 0 },
		func(int) error { t.Error("a result"); return nil })
	if !errors.Is(err, context.Canceled) || asked.Load() != 0 {
		t.Errorf("%v, %d items asked for", err, asked.Load())
	}
}

func TestMapLeavesNothingWhenYieldPanics(t *testing.T) {
	defer leavesNothing(t)()
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	var asked atomic.Int64
	_ = load.Map(t.Context(), numbered(100, &asked), 4, func(context.Context, source.Item) int { return 0 },
		func(int) error { panic("printer on fire") })
}

func TestAll(t *testing.T) {
	defer leavesNothing(t)()
	dir := t.TempDir()
	for name, data := range map[string]string{
		"1": "lines\nrun\n", "2": "", "3": "a note", "4": "panic", "5": string(packed("lines\nride\nswim\n")), "6": "lines\n",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644))
	}
	clumsy := load.Codec{
		Format: "clumsy",
		Sniff:  func(head []byte) bool { return string(head) == "panic" },
		Decode: func(context.Context, io.Reader, load.Options) (activity.File, error) {
			var f activity.File
			f.Activities[0].Name = "the first of none"
			return f, nil
		},
	}
	var got []string
	items := source.Walk(t.Context(), []string{dir, filepath.Join(dir, "gone")}, source.Options{})
	err := load.All(t.Context(), items, load.Registry{lines, clumsy}, load.Options{}, 3, func(l load.Loaded) error {
		line := filepath.Base(l.Item.Name) + fmt.Sprint(activityNames(l.File))
		if l.Err != nil {
			line += " " + string(finding.CodeOf(l.Err))
		}
		if load.Skippable(l.Item, l.Err) {
			line += " skipped"
		}
		got = append(got, line)
		return nil
	})
	must(t, err)
	want := []string{
		"1[run]", "2[] file.empty skipped", "3[] file.unknown skipped", "4[] file.internal", "5[ride swim]", "6[]",
		"gone[] file.notfound",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAllEndsWhileStandardInputIsSilent(t *testing.T) {
	silent, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := load.All(ctx, source.Walk(ctx, []string{"-"}, source.Options{Stdin: silent}), nil, load.Options{}, 1,
		func(load.Loaded) error { t.Error("a result"); return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// The work of a caller can guard itself as File does.
func ExampleRecover() {
	type result struct {
		name string
		err  error
	}
	var asked atomic.Int64
	err := load.Map(context.Background(), numbered(2, &asked), 1,
		func(_ context.Context, it source.Item) (r result) {
			r.name = it.Name
			defer load.Recover(&r.err)
			if it.Name == "0" {
				panic("division of a lap by nothing")
			}
			return r
		},
		func(r result) error {
			fmt.Println(r.name, r.err)
			return nil
		})
	fmt.Println(err)
	// Output:
	// 0 the program stumbled over this file
	// 1 <nil>
	// <nil>
}
