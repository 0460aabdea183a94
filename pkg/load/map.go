package load

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/source"
)

// Loaded is what became of one item.
type Loaded struct {
	Item source.Item
	File activity.File
	Err  error // see [File]
}

// All loads the items on several workers and yields what became of them, in
// their order. See [Map] for jobs, the bounds and the errors, and [File] for
// what happens to each item: a file that fails is a Loaded with an error, and
// the rest goes on.
func All(ctx context.Context, items iter.Seq[source.Item], reg Registry, o Options, jobs int, yield func(Loaded) error) error {
	return Map(ctx, items, jobs, func(ctx context.Context, it source.Item) Loaded {
		f, err := File(ctx, it, reg, o)
		return Loaded{Item: it, File: f, Err: err}
	}, yield)
}

// Map calls work for each item, on as many goroutines as jobs says (zero or
// less: GOMAXPROCS), and yield for each result, in the order of the items and
// on the goroutine of the caller.
//
// At most 2×jobs items are being worked on or wait for their turn; items is not
// asked for more before a result was yielded. The iterator runs on a goroutine
// of its own, one call at a time.
//
// Map ends at the first error of yield and returns it as it is; or when ctx is
// done, and returns ctx.Err(). What was yielded before stays valid: no result
// is yielded that was made after ctx was done. In either case the context that
// work gets is cancelled, and when Map returns, none of its goroutines is left:
// it ends as fast as items and work heed their contexts.
//
// An item is released when work returns, or is not called for it: see
// [source.Item.Release].
//
// A panic in work ends the program, as it would on any goroutine: see
// [Recover].
func Map[T any](ctx context.Context, items iter.Seq[source.Item], jobs int,
	work func(context.Context, source.Item) T, yield func(T) error,
) error {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	type task struct {
		item   source.Item
		result chan T // holds one, so that no worker ever waits
	}
	var (
		inner, cancel = context.WithCancel(ctx)
		places        = make(chan struct{}, 2*jobs) // one is taken from the listing to the yield
		ordered       = make(chan task, 2*jobs)     // never full, nor is tasks: places are as many
		tasks         = make(chan task, 2*jobs)
		running       sync.WaitGroup
	)
	defer running.Wait()
	defer cancel()

	running.Go(func() {
		defer close(ordered)
		defer close(tasks)
		// The place is taken before the item is asked for, not after.
		take := func() bool {
			select {
			case places <- struct{}{}:
				return inner.Err() == nil
			case <-inner.Done():
				return false
			}
		}
		if !take() {
			return
		}
		for it := range items {
			t := task{item: it, result: make(chan T, 1)}
			ordered <- t
			tasks <- t
			if !take() {
				return
			}
		}
	})
	for range jobs {
		running.Go(func() {
			for t := range tasks {
				if inner.Err() == nil {
					t.result <- work(inner, t.item)
				}
				t.item.Release()
			}
		})
	}

	for t := range ordered {
		select {
		case v := <-t.result:
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := yield(v); err != nil {
				return err
			}
			<-places
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}
