package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progressAfter is how long work must last before progress is shown: a few
// files are read before anybody could look.
const progressAfter = 700 * time.Millisecond

// progress counts files on a terminal. The zero value shows nothing.
type progress struct {
	bar     *progressbar.ProgressBar
	started time.Time

	mu     sync.Mutex // a password is asked for on another goroutine
	files  int
	hidden bool
	known  bool // the bar knows how many there are
}

// startProgress begins to count, if somebody is watching.
func (a *app) startProgress() *progress {
	if !a.ErrTerminal || a.quiet {
		return &progress{}
	}
	return &progress{
		started: time.Now(),
		bar: progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(a.Err),
			progressbar.OptionSetDescription("reading"),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSpinnerType(14),
			progressbar.OptionSetElapsedTime(true),
			progressbar.OptionClearOnFinish(),
		),
	}
}

// startDelivery begins to count workouts of which the number is known.
func (a *app) startDelivery(n int) *progress {
	if !a.ErrTerminal || a.quiet || n == 0 {
		return &progress{}
	}
	return &progress{
		started: time.Now(),
		known:   true,
		bar: progressbar.NewOptions(n,
			progressbar.OptionSetWriter(a.Err),
			progressbar.OptionSetDescription("delivering"),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionSetWidth(20),
			progressbar.OptionClearOnFinish(),
		),
	}
}

// add counts a file.
func (p *progress) add() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files++
	if p.bar != nil && !p.hidden && (p.known || time.Since(p.started) > progressAfter) {
		// A terminal that fails is no reason to stop.
		if !p.known {
			p.bar.Describe(fmt.Sprintf("%d files read", p.files))
		}
		_ = p.bar.Add(1)
	}
}

// pause takes the line of the bar off the terminal, so that something else can
// be written; the next file brings it back.
func (p *progress) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// hide keeps the bar off the terminal until the function that it returns is
// called.
func (p *progress) hide() (show func()) {
	p.pause()
	set := func(hidden bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hidden = hidden
	}
	set(true)
	return func() { set(false) }
}

// stop ends the counting.
func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
		_ = p.bar.Clear()
		p.bar = nil
	}
}
