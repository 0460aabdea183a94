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

// progressTick is how often the line is drawn although no file has ended: a large
// one takes seconds, and whoever watches wants to see that something happens.
const progressTick = 250 * time.Millisecond

// progress counts files on a terminal. The zero value shows nothing.
type progress struct {
	bar     *progressbar.ProgressBar
	started time.Time
	ended   chan struct{}

	mu     sync.Mutex // a password is asked for on another goroutine
	files  int
	hidden bool
	paused time.Time // when the line was last taken off
	known  bool      // the bar knows how many there are
}

// startProgress begins to count, if somebody is watching.
func (a *app) startProgress() *progress {
	if !a.ErrTerminal || a.quiet {
		return &progress{}
	}
	return (&progress{
		started: time.Now(),
		bar: progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(a.Err),
			progressbar.OptionSetDescription("reading"),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSpinnerType(14),
			// The bar would draw itself, also where it was hidden.
			progressbar.OptionSetSpinnerChangeInterval(0),
			progressbar.OptionSetElapsedTime(true),
			progressbar.OptionClearOnFinish(),
		),
	}).live()
}

// startDelivery begins to count workouts of which the number is known.
func (a *app) startDelivery(n int) *progress {
	if !a.ErrTerminal || a.quiet || n == 0 {
		return &progress{}
	}
	return (&progress{
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
	}).live()
}

// live draws the line again and again until the counting is stopped.
func (p *progress) live() *progress {
	p.ended = make(chan struct{})
	go func() {
		ticker := time.NewTicker(progressTick)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.draw()
			case <-p.ended:
				return
			}
		}
	}()
	return p
}

// draw draws the line as it is. What is written after a pause gets as long as
// work has to last before there is a line at all.
func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil || p.hidden || time.Since(p.started) <= progressAfter || time.Since(p.paused) <= progressAfter {
		return
	}
	_ = p.bar.RenderBlank() // a terminal that fails is no reason to stop
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
// be written; the next file brings it back, or the time if that takes longer.
func (p *progress) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.paused = time.Now()
		_ = p.bar.Clear()
	}
}

// hide keeps the bar off the terminal until the function that it returns is
// called.
func (p *progress) hide() (show func()) {
	set := func(hidden bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hidden = hidden
	}
	set(true)
	p.pause()
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
		close(p.ended)
	}
}
