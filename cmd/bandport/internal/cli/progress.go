package cli

import (
	"fmt"
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
	files   int
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

// add counts a file.
func (p *progress) add() {
	p.files++
	if p.bar != nil && time.Since(p.started) > progressAfter {
		// A terminal that fails is no reason to stop.
		p.bar.Describe(fmt.Sprintf("%d files read", p.files))
		_ = p.bar.Add(1)
	}
}

// pause takes the line of the bar off the terminal, so that something else can
// be written; the next file brings it back.
func (p *progress) pause() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// stop ends the counting.
func (p *progress) stop() {
	if p.bar != nil {
		_ = p.bar.Finish()
		_ = p.bar.Clear()
		p.bar = nil
	}
}
