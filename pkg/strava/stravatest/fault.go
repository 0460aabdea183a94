package stravatest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
)

// Kind is a way in which a request goes wrong.
type Kind uint8

// The faults. Those that spoil an answer can do so before or after the request
// was acted upon: see [Fault].
const (
	None         Kind = iota
	Reset             // the connection breaks and no answer comes
	ResetDuring       // the connection breaks while the body is being sent; nothing is accepted
	Status            // an answer with the status Fault.Status and a JSON error
	HTML              // an answer with a web page, with status 502 unless Fault.Status says otherwise
	Truncated         // half of the answer's JSON
	Limited           // 429 with the headers about the limits, which are then used up
	LimitedBare       // 429 without them
	Unauthorized      // 401, as if the token had ended
	Inactive          // 403, the application is switched off
	Stuck             // of an upload: it is accepted and never gets ready
)

// Fault is what goes wrong with one request.
type Fault struct {
	Kind   Kind
	Status int
	// After says that the request is acted upon first, and only the answer is
	// spoilt.
	After bool
}

// scripted is a fault that waits for its request.
type scripted struct {
	method, path string
	times        int
	fault        Fault
}

// Script lets the next requests of a method to a path that begins like this go
// wrong, so many times. Faults are used up in the order in which they were
// scripted.
func (s *Server) Script(method, path string, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, &scripted{method, path, times, f})
}

// Chance lets requests to the API go wrong at random, each with this
// probability, and in all the ways that leave the login alone. 0 ends it.
func (s *Server) Chance(seed uint64, probability float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.random, s.probability = rand.New(rand.NewPCG(seed, seed)), probability //nolint:gosec // chance, not secrecy
}

// chances are the random faults.
var chances = []Fault{
	{Kind: Reset},
	{Kind: Reset, After: true},
	{Kind: ResetDuring},
	{Kind: Status, Status: 500},
	{Kind: Status, Status: 500, After: true},
	{Kind: Status, Status: 503},
	{Kind: HTML},
	{Kind: HTML, After: true},
	{Kind: HTML, Status: 200, After: true},
	{Kind: Truncated, After: true},
	{Kind: Unauthorized},
}

// pick returns the fault for a request.
func (s *Server) pick(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, apiPath)
	for _, x := range s.script {
		if x.times > 0 && x.method == r.Method && strings.HasPrefix(path, x.path) {
			x.times--
			return x.fault
		}
	}
	if s.random != nil && s.random.Float64() < s.probability {
		return chances[s.random.IntN(len(chances))]
	}
	return Fault{}
}

// spoiled answers a request in a way that goes wrong.
func (s *Server) spoiled(w http.ResponseWriter, r *http.Request, f Fault) {
	answer := httptest.NewRecorder()
	switch {
	case f.Kind == ResetDuring:
		_, _ = io.CopyN(io.Discard, r.Body, 512)
		panic(http.ErrAbortHandler)
	case f.After || f.Kind == Stuck:
		s.answer(answer, r, f.Kind == Stuck)
	default:
		_, _ = io.Copy(io.Discard, r.Body)
		s.count(answer.Header(), r)
	}
	if f.Kind == Reset {
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.Header() {
		if name != "Content-Type" {
			w.Header()[name] = values
		}
	}
	switch f.Kind {
	case Stuck:
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	case Status:
		fail(w, f.Status, http.StatusText(f.Status))
	case HTML:
		status := f.Status
		if status == 0 {
			status = http.StatusBadGateway
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>")
	case Truncated:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
	case Limited:
		s.mu.Lock()
		s.used[0], s.used[2] = max(s.used[0], s.options.Limits[0]), max(s.used[2], s.options.Limits[2])
		s.limitHeaders(w.Header())
		s.mu.Unlock()
		limited(w)
	case LimitedBare:
		for _, name := range limitHeaders {
			w.Header().Del(name)
		}
		limited(w)
	case Unauthorized:
		unauthorized(w)
	case Inactive:
		inactive(w)
	}
}
