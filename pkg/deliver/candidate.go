package deliver

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/journal"
)

// MaxSize is the most bytes that a file may hold, unpacked: what Strava's web page
// takes. It is not documented; users report 25 MB.
const MaxSize = 25_000_000

// Candidate is one file, or one workout without a file, to be delivered.
type Candidate struct {
	File     string // as the user named it; untrusted text
	Activity int    // index of the workout in the file
	Format   string // "fit", "tcx", "gpx"; empty where there is no file

	// The two keys: SHA-256 of the decompressed bytes in hexadecimal, and the
	// fingerprint of package activity.
	SHA256, Fingerprint string

	Sport    activity.Sport // empty: unknown
	Start    time.Time      // zero: unknown
	Local    *time.Location // of the workout; nil: unknown
	Elapsed  time.Duration
	Distance activity.Value // m

	// What is foretold that Strava will show.
	MovingTime activity.Value // s
	Calories   activity.Value // kcal

	// Open returns the decompressed bytes. Nil where there is no file: the
	// workout is created from its figures.
	Open func(ctx context.Context) (io.ReadCloser, error)
	Size int64 // of the decompressed bytes

	Wishes Wishes
	// Warnings is what is odd about the file, for people; untrusted text may be in
	// it.
	Warnings []string
	// Refusal is why the candidate is not to be delivered; nil: it may be.
	Refusal error
}

// Wishes is what the user wants of the activity at Strava.
type Wishes struct {
	Name, Description string
	Sport             activity.Sport // instead of the file's
	Commute, Trainer  bool
	GearID            string
	HideFromHome      bool
}

// later reports whether something has to be changed after the upload, because
// the upload cannot say it.
func (w Wishes) later() bool { return w.GearID != "" || w.HideFromHome }

// sport returns the sport that the activity will have.
func (c *Candidate) sport() activity.Sport {
	if c.Wishes.Sport != "" {
		return c.Wishes.Sport
	}
	return c.Sport
}

// account is what is known of a workout, wherever it is kept.
type account struct {
	sport    activity.Sport
	start    time.Time
	elapsed  time.Duration
	distance activity.Value
}

func (c *Candidate) account() account {
	return account{c.Sport, c.Start, c.Elapsed, c.Distance}
}

func rowAccount(r *journal.Row) account {
	a := account{sport: activity.Sport(r.Sport), start: r.Start, elapsed: r.Elapsed}
	if r.Distance != nil {
		a.distance = activity.Of(*r.Distance)
	}
	return a
}

func (r *Remote) account() account {
	return account{r.Sport, r.Start, r.Elapsed, r.Distance}
}

// Two recordings are one workout where they are of one family of sports, begin
// within sameStart of each other and differ by no more than sameDistance of their
// distance, or sameMetres.
const (
	sameStart    = time.Minute
	sameDistance = 0.03
	sameMetres   = 20
)

// same reports whether two accounts are of one workout. An unknown sport agrees
// with any, and so does an unknown distance.
func (a account) same(b account) bool {
	if a.start.IsZero() || b.start.IsZero() || a.start.Sub(b.start).Abs() > sameStart {
		return false
	}
	return a.alike(b)
}

func (a account) alike(b account) bool {
	if a.sport != "" && b.sport != "" && a.sport.Family() != b.sport.Family() {
		return false
	}
	x, ok1 := a.distance.Get()
	y, ok2 := b.distance.Get()
	return !ok1 || !ok2 || math.Abs(x-y) <= max(sameDistance*max(x, y), sameMetres)
}

// The shifts that a wrong time zone makes: by whole and half hours, up to the
// largest offset that there is. Somebody who runs the same round at the same time
// every day is beyond it.
const (
	shiftStep  = 30 * time.Minute
	shiftMost  = 14 * time.Hour
	shiftSlack = 5 * time.Second
)

// shifted returns by how much b seems to be a with another time zone: it begins
// by whole or half hours earlier or later, takes as long and goes as far.
func (a account) shifted(b account) (time.Duration, bool) {
	if a.start.IsZero() || b.start.IsZero() || !a.alike(b) || !a.distance.Known() || !b.distance.Known() {
		return 0, false
	}
	d := b.start.Sub(a.start)
	steps := d.Round(shiftStep)
	if steps == 0 || steps.Abs() > shiftMost || (d-steps).Abs() > shiftSlack {
		return 0, false
	}
	if (a.elapsed - b.elapsed).Abs() > sameStart {
		return 0, false
	}
	return steps, true
}
