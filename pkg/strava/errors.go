package strava

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kind says what an error means for whoever has to decide what to do next.
type Kind uint8

// The kinds of errors.
const (
	Other        Kind = iota
	Unauthorized      // the token is not accepted, and renewing it did not help: log in again
	ScopeMissing      // the athlete has not allowed this: log in again and leave the boxes ticked
	AppInactive       // the API application is switched off: its owner needs a subscription
	AthleteLimit      // the application has as many athletes as it may have
	NotFound
	BadRequest
	ServerFault   // 5xx, or an answer that is none: HTML, half of a JSON text
	Duplicate     // of a file: Strava has this workout already
	Empty         // of a file: nothing usable in it
	Malformed     // of a file: Strava cannot read it
	TimeMissing   // of a file: points without times
	ProcessFailed // of a file: Strava says no more than that
)

// String returns the kind in a word or two, for journals and scripts. The words
// are stable.
func (k Kind) String() string {
	return [...]string{
		"other", "unauthorized", "scope", "inactive", "athletelimit", "notfound", "badrequest", "server",
		"duplicate", "empty", "malformed", "notime", "processing",
	}[k]
}

// Error is an answer of Strava that is no success.
type Error struct {
	Kind   Kind
	Status int    // of HTTP; 0 where the answer was one about an upload
	Call   string // what was asked for, such as "GET /athlete"; never holds a secret
	// Text is what Strava says, without its markup. It comes from the network
	// and must not be printed raw.
	Text string
	// ActivityID is the activity of which a file is a duplicate; 0 where Strava
	// does not say.
	ActivityID int64
}

// Error returns one sentence without a full stop.
func (e *Error) Error() string {
	var b strings.Builder
	switch e.Kind {
	case Unauthorized:
		b.WriteString("Strava does not accept the login")
	case ScopeMissing:
		b.WriteString("the login does not allow this")
	case AppInactive:
		b.WriteString("the API application is inactive")
	case AthleteLimit:
		b.WriteString("the API application has as many athletes as it may have")
	case Duplicate:
		b.WriteString("Strava has this workout already")
		if e.ActivityID != 0 {
			fmt.Fprintf(&b, ": activity %d", e.ActivityID)
		}
		return b.String()
	case Empty:
		return "Strava finds nothing in the file"
	case Malformed:
		return "Strava cannot read the file"
	case TimeMissing:
		return "Strava misses times in the file"
	case ProcessFailed:
		return "Strava failed to process the file"
	case ServerFault:
		b.WriteString("Strava fails")
	case NotFound:
		b.WriteString("Strava does not know it")
	default:
		b.WriteString("Strava refuses")
	}
	if e.Call != "" {
		b.WriteString(" (" + e.Call)
		if e.Status != 0 {
			fmt.Fprintf(&b, ": %d", e.Status)
		}
		b.WriteString(")")
	}
	if e.Text != "" {
		b.WriteString(": " + e.Text)
	}
	return b.String()
}

// KindOf returns the kind of the first Error in the chain, or Other.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Other
}

// RateLimitError says that no request may be sent now. The request that got it
// was not accepted, and most often not even sent.
type RateLimitError struct {
	Resume time.Time // when to go on, by Strava's clock
	Daily  bool      // the limit of the day is reached, not that of the quarter of an hour
	Limits Limits
}

// Error names the limit and the time at which it ends.
func (e *RateLimitError) Error() string {
	window := "quarter of an hour"
	if e.Daily {
		window = "day"
	}
	return fmt.Sprintf("the rate limit of this %s is reached; it resumes at %s", window, e.Resume.UTC().Format("2006-01-02 15:04 MST"))
}

// Unanswered says that a request which changes something went out in full and
// that no answer came back which could be understood: Strava may have accepted
// it, or not. Sending it again could do it twice.
type Unanswered struct{ Err error }

// Error returns the cause.
func (e *Unanswered) Error() string { return "no answer from Strava: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Unanswered) Unwrap() error { return e.Err }

// ErrUnreachable says that no connection came about, after several attempts:
// nothing was accepted.
var ErrUnreachable = errors.New("cannot reach Strava")

// ErrLoggedOut says that there is no login, or that its refresh token is no
// longer accepted. Only logging in helps.
var ErrLoggedOut = errors.New("not logged in to Strava")

// fault is the form of Strava's errors.
type fault struct {
	Message string `json:"message"`
	Errors  []struct {
		Resource string `json:"resource"`
		Field    string `json:"field"`
		Code     string `json:"code"`
	} `json:"errors"`
	Error string `json:"error"` // of an upload that is refused at once
}

// answerError makes an error of an answer that is no success.
//
// An answer can repeat the request: the token of it is in no text.
func answerError(call string, status int, contentType string, body []byte, token string) *Error {
	e := &Error{Status: status, Call: call}
	switch {
	case status == 401:
		e.Kind = Unauthorized
	case status == 404:
		e.Kind = NotFound
	case status >= 500:
		e.Kind = ServerFault
	case status >= 400:
		e.Kind = BadRequest
	default:
		e.Kind = ServerFault
	}
	var f fault
	if json.Unmarshal(body, &f) != nil {
		if !strings.Contains(contentType, "html") && !bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
			e.Text = plain(string(body), token)
		}
		return e
	}
	e.Text = plain(f.Message, token)
	for _, x := range f.Errors[:min(len(f.Errors), mostErrors)] {
		e.Text += plain(fmt.Sprintf(" [%s %s %s]", x.Resource, x.Field, x.Code), token)
		switch {
		case e.Kind == ServerFault: // whatever it says, it may have been accepted
		case x.Resource == "Application" && strings.EqualFold(x.Code, "inactive"):
			e.Kind = AppInactive
		case strings.Contains(x.Field, "permission") || strings.EqualFold(x.Code, "missing") && strings.Contains(x.Field, "activity:"):
			e.Kind = ScopeMissing
		case strings.Contains(strings.ToLower(x.Field+x.Code), "athletes exceeded"):
			e.Kind = AthleteLimit
		case status == 400 && x.Resource == "Upload" && x.Code == "empty":
			e.Kind = Empty
		}
	}
	if e.Kind != ServerFault && strings.Contains(strings.ToLower(f.Message), "connected athletes exceeded") {
		e.Kind = AthleteLimit
	}
	if e.Kind != ServerFault && f.Error != "" {
		u := uploadProblem(f.Error, token)
		u.Status, u.Call = status, call
		return u
	}
	return e
}

// They are compiled when an answer is first looked at, and not whenever the
// program starts.
var (
	duplicateLink = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`/activities/(\d+)`) })
	duplicateText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`duplicate of activity (\d+)`) })
	markup        = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`<[^>]*>`) })
)

// UploadProblem tells what the text of an upload's error means. It understands
// both spellings of duplicates, the old "run.fit duplicate of activity 123" and
// the new one with a link.
func UploadProblem(text string) *Error { return uploadProblem(text, "") }

func uploadProblem(text, token string) *Error {
	e := &Error{Kind: ProcessFailed, Text: plain(text, token)}
	lower := strings.ToLower(text)
	switch {
	case strings.Contains(lower, "duplicate of"):
		e.Kind = Duplicate
		m := duplicateLink().FindStringSubmatch(text)
		if m == nil {
			m = duplicateText().FindStringSubmatch(text)
		}
		if m != nil {
			if id, err := strconv.ParseInt(m[1], 10, 64); err == nil {
				e.ActivityID = id
			}
		}
	case strings.Contains(lower, "is empty"):
		e.Kind = Empty
	case strings.Contains(lower, "time information is missing"):
		e.Kind = TimeMissing
	case strings.Contains(lower, "malformed"), strings.Contains(lower, "improperly formatted"), strings.Contains(lower, "unrecognised file type"):
		e.Kind = Malformed
	}
	return e
}

// mostErrors is how many errors of one answer are looked at; Strava sends one.
const mostErrors = 10

// longestText bounds, in bytes, what is kept of a text of the network.
const longestText = 300

// plain takes the markup out of a text, and a token where there is one, and
// bounds it: last, for a part of the token is a secret, too.
func plain(s, token string) string {
	s = strings.Join(strings.Fields(html.UnescapeString(markup().ReplaceAllString(s, ""))), " ")
	if token != "" {
		s = strings.ReplaceAll(s, token, "[token]")
	}
	if len(s) > longestText {
		s = strings.ToValidUTF8(s[:longestText], "") + "…"
	}
	return s
}
