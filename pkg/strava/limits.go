package strava

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The rate limits that an application has unless Strava says otherwise in its
// headers: of all requests, and of those that read (which is all but uploads and
// new activities, so that asking what became of an upload counts as reading).
const (
	DefaultShort     = 200
	DefaultDay       = 2000
	DefaultReadShort = 100
	DefaultReadDay   = 1000
)

// The windows in which requests are counted begin at full quarters of an hour,
// and at midnight UTC.
const (
	shortWindow = 15 * time.Minute
	dayWindow   = 24 * time.Hour
)

// Usage is how much of a limit is used, in requests.
type Usage struct{ Limit, Used int }

// left returns how many requests remain.
func (u Usage) left() int { return max(0, u.Limit-u.Used) }

// Limits is the state of the rate limits as far as known.
type Limits struct {
	Short, Day         Usage // all requests
	ReadShort, ReadDay Usage // requests that read
	// Known says that an answer of the API has told; before that the figures
	// are the defaults, with nothing used.
	Known bool
}

// Allowance is what may be sent now.
type Allowance struct {
	Requests int // of any kind
	Reads    int // of those, how many may read
	// Resume is when more will be allowed than now: the beginning of the next
	// quarter of an hour, or of the next day (UTC) where that limit is reached.
	Resume time.Time
	Daily  bool // the limit of the day is the one that is near
}

// Allowance returns what the limits leave, at a time of Strava's clock.
func (l Limits) Allowance(now time.Time) Allowance {
	a := Allowance{
		Requests: min(l.Short.left(), l.Day.left()),
		Resume:   now.UTC().Truncate(shortWindow).Add(shortWindow),
	}
	a.Reads = min(a.Requests, l.ReadShort.left(), l.ReadDay.left())
	if l.Day.left() == 0 || l.ReadDay.left() == 0 {
		a.Daily, a.Resume = true, now.UTC().Truncate(dayWindow).Add(dayWindow)
	}
	return a
}

// limiter keeps count. It is safe for concurrent use.
type limiter struct {
	mu     sync.Mutex
	limits Limits
	at     time.Time // when limits was true, by Strava's clock
	// told is Strava's clock when the limiter's own stood at toldAt. The time goes
	// on from there by a clock that nobody sets: somebody may set the computer's.
	told   time.Time
	toldAt time.Duration
	clock  clock
	// blocked is when a refused request may be tried again, where the answer
	// gave no figures, or contradicts them; blockedFor is how long that was.
	blocked      time.Time
	blockedFor   time.Duration
	blockedDaily bool
}

// clock is how a limiter tells the time. The zero value is the computer's.
type clock struct {
	born   time.Time
	wall   func() time.Time     // can be set, and so jump
	steady func() time.Duration // since some instant; only ever goes on
}

func (c *clock) wallTime() time.Time {
	if c.wall != nil {
		return c.wall()
	}
	return time.Now()
}

func (c *clock) steadyTime() time.Duration {
	if c.steady != nil {
		return c.steady()
	}
	if c.born.IsZero() {
		c.born = time.Now()
	}
	return time.Since(c.born)
}

// now returns the time by Strava's clock, which is what its windows follow.
func (l *limiter) now() time.Time {
	if l.told.IsZero() {
		l.told, l.toldAt = l.clock.wallTime().UTC().Round(0), l.clock.steadyTime()
	}
	return l.told.Add(l.clock.steadyTime() - l.toldAt)
}

// skew returns Strava's clock minus ours.
func (l *limiter) skew() time.Duration {
	if d := l.now().Sub(l.clock.wallTime()); d.Abs() > skewNoise {
		return d
	}
	return 0
}

// clockJump is how far a clock has to go back to have been set, rather than to
// have been read from answers that were under way for different times.
const clockJump = time.Minute

// current returns the limits as they are now: what was used in a window that is
// over no longer counts.
func (l *limiter) current() Limits {
	now := l.now()
	if l.at.Sub(now) > clockJump {
		// What was used counts on, in the windows of the clock as it is now. A wait
		// begins anew: it must not last as long as the clock went back.
		l.at = now
		if l.blocked.Sub(now) > l.blockedFor {
			l.blocked = now.Add(l.blockedFor)
		}
	}
	if l.limits.Short.Limit == 0 {
		l.limits = Limits{
			Short: Usage{Limit: DefaultShort}, Day: Usage{Limit: DefaultDay},
			ReadShort: Usage{Limit: DefaultReadShort}, ReadDay: Usage{Limit: DefaultReadDay},
		}
		l.at = now
	}
	if now.UTC().Truncate(shortWindow).After(l.at.UTC().Truncate(shortWindow)) {
		l.limits.Short.Used, l.limits.ReadShort.Used = 0, 0
	}
	if now.UTC().Truncate(dayWindow).After(l.at.UTC().Truncate(dayWindow)) {
		l.limits.Day.Used, l.limits.ReadDay.Used = 0, 0
	}
	if now.After(l.at) {
		l.at = now
	}
	return l.limits
}

// Limits returns the state of the rate limits.
func (l *limiter) Limits() Limits {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current()
}

// allowance returns what may be sent now.
func (l *limiter) allowance() Allowance {
	l.mu.Lock()
	defer l.mu.Unlock()
	current, now := l.current(), l.now()
	a := current.Allowance(now)
	if now.Before(l.blocked) {
		a = Allowance{Resume: l.blocked, Daily: l.blockedDaily}
	}
	return a
}

// take counts a request before it is sent, or refuses it.
func (l *limiter) take(reads bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	current, now := l.current(), l.now()
	a := current.Allowance(now)
	switch {
	case now.Before(l.blocked):
		return &RateLimitError{Resume: l.blocked, Daily: l.blockedDaily, Limits: l.limits}
	case a.Requests == 0 || reads && a.Reads == 0:
		return &RateLimitError{Resume: a.Resume, Daily: a.Daily, Limits: l.limits}
	}
	l.limits.Short.Used++
	l.limits.Day.Used++
	if reads {
		l.limits.ReadShort.Used++
		l.limits.ReadDay.Used++
	}
	return nil
}

// observe learns from the headers of an answer. Answers can overtake each other,
// so within a window the higher count is the newer one.
func (l *limiter) observe(h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if date, err := http.ParseTime(h.Get("Date")); err == nil && date.Sub(l.clock.wallTime()).Abs() <= largestSkew {
		// The header has whole seconds, and the answer was under way: what is
		// less than that is no difference of clocks.
		l.told, l.toldAt = date, l.clock.steadyTime()
		if wall := l.clock.wallTime().UTC().Round(0); date.Sub(wall).Abs() <= skewNoise {
			l.told = wall
		}
	}
	l.current()
	learn := func(name string, short, day *Usage) {
		limits, ok1 := pair(h.Get(name+"-Limit"), 1) // none at all would never end
		used, ok2 := pair(h.Get(name+"-Usage"), 0)
		if !ok1 || !ok2 {
			return
		}
		*short = Usage{Limit: limits[0], Used: max(short.Used, used[0])}
		*day = Usage{Limit: limits[1], Used: max(day.Used, used[1])}
		l.limits.Known = true
	}
	learn("X-RateLimit", &l.limits.Short, &l.limits.Day)
	learn("X-ReadRateLimit", &l.limits.ReadShort, &l.limits.ReadDay)
}

// skewNoise is the difference between two clocks that is not worth a word.
const skewNoise = 5 * time.Second

// largestSkew is the difference beyond which it is the answer that is wrong: a
// computer whose clock has stopped begins in 1970.
const largestSkew = 100 * 365 * dayWindow

// refused learns from an answer with status 429 and returns the error for it.
func (l *limiter) refused(h http.Header) *RateLimitError {
	l.observe(h)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	a := l.limits.Allowance(now)
	l.blocked, l.blockedDaily = a.Resume, a.Daily
	if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil && s >= 0 && s <= int(dayWindow/time.Second) {
		l.blocked, l.blockedDaily = now.Add(time.Duration(s)*time.Second), a.Daily
	}
	l.blockedFor = l.blocked.Sub(now)
	return &RateLimitError{Resume: l.blocked, Daily: l.blockedDaily, Limits: l.limits}
}

// pair reads two counts with a comma between, each at least so many.
func pair(s string, least int) (out [2]int, ok bool) {
	a, b, found := strings.Cut(s, ",")
	if !found {
		return out, false
	}
	var err1, err2 error
	out[0], err1 = strconv.Atoi(strings.TrimSpace(a))
	out[1], err2 = strconv.Atoi(strings.TrimSpace(b))
	return out, err1 == nil && err2 == nil && out[0] >= least && out[1] >= least
}
