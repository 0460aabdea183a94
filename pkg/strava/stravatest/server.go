package stravatest

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	apiPath  = "/api/v3"
	authPath = "/oauth"
)

// Unlimited are rate limits that nobody reaches.
var Unlimited = [4]int{1 << 30, 1 << 30, 1 << 30, 1 << 30}

// Options is how a server behaves. The zero value is a Strava of today.
type Options struct {
	// ClientID and ClientSecret are those of the application; empty are
	// "12345" and "app-secret".
	ClientID, ClientSecret string
	// Grant is what the athlete allows; nil is what was asked for.
	Grant []string
	// AcceptDuplicates switches the detection of duplicates off.
	AcceptDuplicates bool
	// Processing is how long the n-th accepted upload (from 0) takes; nil is no
	// time.
	Processing func(n int) time.Duration
	// Limits are requests a quarter of an hour and a day, and reading ones a
	// quarter of an hour and a day; zero is 200, 2000, 100, 1000.
	Limits [4]int
	// TokenLife is how long an access token lives; 0 is six hours. One that
	// lives for longer than TokenKeep is not replaced; 0 is one hour.
	TokenLife, TokenKeep time.Duration
	// Read tells what a file holds; nil reads TCX and GPX well enough.
	Read func(data []byte, dataType string) (Workout, error)
	// Inactive switches the application off.
	Inactive bool
}

// Workout is what is read of a file.
type Workout struct {
	Start    time.Time
	Elapsed  time.Duration
	Distance float64 // m
	Sport    string
}

// Accepted is an upload, or an activity without a file, that was accepted.
type Accepted struct {
	At         time.Time
	UploadID   int64 // 0: an activity without a file
	ExternalID string
	SHA256     string // of the bytes without gzip, in hexadecimal
	DataType   string
	Fields     map[string]string
}

// Activity is an activity as the server keeps it.
type Activity struct {
	ID         int64
	UploadID   int64
	ExternalID string
	Name       string
	Sport      string
	Workout    Workout
	Manual     bool
	Fields     map[string]any // that were set by PUT
}

type upload struct {
	id       int64
	external string
	ready    time.Time
	stuck    bool
	done     bool
	problem  string
	activity int64
	deleted  bool
	workout  Workout
	err      error
	name     string
	sport    string
}

type token struct {
	ends   time.Time
	scopes []string
}

// Server is the stand-in. Its methods are safe for concurrent use.
type Server struct {
	options Options
	http    *httptest.Server

	mu          sync.Mutex
	script      []*scripted
	random      *mathrand.Rand
	probability float64

	code      string // of the login that is under way
	redirect  string
	asked     []string
	refresh   string
	access    map[string]token
	rotations int

	used           [4]int
	short, day     time.Time
	reads, uploads int

	byID       map[int64]*upload
	order      []*upload
	activities []*Activity
	accepted   []Accepted
	next       int64
	violations []string
	log        []string
}

// New returns a server that does not listen: see [Server.Start] and
// [Server.Transport].
func New(o Options) *Server {
	if o.ClientID == "" {
		o.ClientID, o.ClientSecret = "12345", "app-secret"
	}
	if o.Limits == ([4]int{}) {
		o.Limits = [4]int{200, 2000, 100, 1000}
	}
	if o.TokenLife == 0 {
		o.TokenLife = 6 * time.Hour
	}
	if o.TokenKeep == 0 {
		o.TokenKeep = time.Hour
	}
	if o.Read == nil {
		o.Read = ReadXML
	}
	return &Server{
		options: o, access: map[string]token{}, byID: map[int64]*upload{},
		next: 18_050_722_067, // as large as Strava's are: more than 32 bits
	}
}

// Start listens on this computer until Close.
func (s *Server) Start() *Server {
	s.http = httptest.NewServer(s)
	return s
}

// Close ends the listening.
func (s *Server) Close() { s.http.Close() }

// API and Auth are the addresses of the API and of OAuth.
func (s *Server) API() string { return s.base() + apiPath }

// Auth is the address of OAuth.
func (s *Server) Auth() string { return s.base() + authPath }

func (s *Server) base() string {
	if s.http == nil {
		return "http://localhost"
	}
	return s.http.URL
}

// Transport reaches the server without a network, so that tests can run in a
// bubble of [testing/synctest].
func (s *Server) Transport() http.RoundTripper { return inMemory{s} }

type inMemory struct{ s *Server }

func (t inMemory) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler { //nolint:errorlint // it is that value or none
				panic(v)
			}
			answer, err = nil, io.ErrUnexpectedEOF
		}
	}()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	t.s.ServeHTTP(w, r)
	return w.Result(), nil
}

// Login makes a valid login and returns its tokens, as if the athlete had gone
// through the pages.
func (s *Server) Login(scopes ...string) (access, refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(scopes) == 0 {
		scopes = []string{"read", "activity:write", "activity:read_all"}
	}
	return s.issue(scopes)
}

func secret() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func (s *Server) issue(scopes []string) (access, refresh string) {
	access = secret()
	s.access[access] = token{ends: time.Now().Add(s.options.TokenLife), scopes: scopes}
	s.refresh, s.asked = secret(), scopes
	return access, s.refresh
}

// ExpireTokens ends all access tokens. The refresh token stays.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

// RefreshToken is the one refresh token that is valid.
func (s *Server) RefreshToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refresh
}

// Rotations is how often the refresh token was replaced.
func (s *Server) Rotations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rotations
}

// Accepted lists what was accepted, in that order.
func (s *Server) Accepted() []Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.accepted)
}

// Activities lists the activities that exist by now.
func (s *Server) Activities() []Activity {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process()
	out := make([]Activity, len(s.activities))
	for i, a := range s.activities {
		out[i] = *a
	}
	return out
}

// AddActivity adds an activity that did not come from an upload.
func (s *Server) AddActivity(a Activity) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	a.ID = s.next
	s.activities = append(s.activities, &a)
	return a.ID
}

// Delete deletes an activity, as its owner can on Strava's pages.
func (s *Server) Delete(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.activities = slices.DeleteFunc(s.activities, func(a *Activity) bool { return a.ID == id })
	for _, u := range s.order {
		if u.activity == id {
			u.deleted = true
		}
	}
}

// Violations are the requests that a strict server does not take.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Log lists the requests so far, as "METHOD /path".
func (s *Server) Log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Counts are the requests to the API: uploads (and new activities), and those
// that read.
func (s *Server) Counts() (uploads, reads int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads, s.reads
}

// SetInactive switches the application off or on.
func (s *Server) SetInactive(off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.Inactive = off
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.log = append(s.log, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	switch {
	case strings.HasPrefix(r.URL.Path, authPath+"/"):
		if f := s.pickAuth(r); f.Kind != None {
			s.spoiledAuth(w, r, f)
			return
		}
		s.auth(w, r)
	case strings.HasPrefix(r.URL.Path, apiPath+"/"):
		if f := s.pick(r); f.Kind != None {
			s.spoiled(w, r, f)
			return
		}
		s.answer(w, r, false)
	default:
		http.NotFound(w, r)
	}
}

// pickAuth returns the scripted fault for a request to OAuth. None is random.
func (s *Server) pickAuth(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.script {
		if x.times > 0 && x.method == r.Method && x.path == r.URL.Path {
			x.times--
			return x.fault
		}
	}
	return Fault{}
}

func (s *Server) spoiledAuth(w http.ResponseWriter, r *http.Request, f Fault) {
	if f.After {
		s.auth(httptest.NewRecorder(), r)
	}
	switch f.Kind {
	case Status:
		fail(w, f.Status, http.StatusText(f.Status))
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html></html>")
	default:
		panic(http.ErrAbortHandler)
	}
}

// violation remembers that a request was not as it should be, and answers 400.
func (s *Server) violation(w http.ResponseWriter, r *http.Request, format string, args ...any) {
	s.mu.Lock()
	s.violations = append(s.violations, r.Method+" "+r.URL.Path+": "+fmt.Sprintf(format, args...))
	s.mu.Unlock()
	fail(w, http.StatusBadRequest, "Bad Request")
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

type problem struct {
	Resource string `json:"resource"`
	Field    string `json:"field"`
	Code     string `json:"code"`
}

func fail(w http.ResponseWriter, status int, message string, problems ...problem) {
	if problems == nil {
		problems = []problem{}
	}
	respond(w, status, map[string]any{"message": message, "errors": problems})
}

func unauthorized(w http.ResponseWriter) {
	fail(w, 401, "Authorization Error", problem{"Athlete", "access_token", "invalid"})
}

func inactive(w http.ResponseWriter) {
	fail(w, 403, "Forbidden", problem{"Application", "Status", "Inactive"})
}

func limited(w http.ResponseWriter) {
	fail(w, 429, "Rate Limit Exceeded", problem{"Application", "rate limit", "exceeded"})
}

// --- OAuth ---

func (s *Server) auth(w http.ResponseWriter, r *http.Request) {
	switch strings.TrimPrefix(r.URL.Path, authPath) {
	case "/authorize":
		s.authorize(w, r)
	case "/token":
		s.token(w, r)
	case "/revoke":
		s.revoke(w, r)
	default:
		http.NotFound(w, r)
	}
}

// authorize is the page on which the athlete allows the access; this athlete
// does so without being asked.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	to, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case r.Method != http.MethodGet, q.Get("response_type") != "code", q.Get("client_id") != s.options.ClientID, q.Get("scope") == "":
		s.violation(w, r, "client_id, response_type or scope is wrong")
		return
	case q.Has("client_secret"):
		s.violation(w, r, "a secret in an address")
		return
	case q.Get("state") == "":
		s.violation(w, r, "no state")
		return
	case err != nil || to.Hostname() != "127.0.0.1" && to.Hostname() != "localhost":
		s.violation(w, r, "redirect_uri %q", q.Get("redirect_uri"))
		return
	}
	s.mu.Lock()
	s.code, s.redirect = secret(), q.Get("redirect_uri")
	s.asked = strings.Split(q.Get("scope"), ",")
	if s.options.Grant != nil {
		s.asked = s.options.Grant
	}
	back := to.Query()
	back.Set("state", q.Get("state"))
	if len(s.asked) == 0 {
		back.Set("error", "access_denied")
	} else {
		back.Set("code", s.code)
		back.Set("scope", strings.Join(s.asked, ","))
	}
	s.mu.Unlock()
	to.RawQuery = back.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound) //nolint:gosec // to this computer, as was made sure of
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.RawQuery != "" {
		s.violation(w, r, "the token endpoint wants a POST without a query")
		return
	}
	if err := r.ParseForm(); err != nil {
		s.violation(w, r, "%v", err)
		return
	}
	f := r.PostForm
	if f.Get("client_id") != s.options.ClientID || f.Get("client_secret") != s.options.ClientSecret {
		fail(w, 401, "Authorization Error", problem{"Application", "", "invalid"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := map[string]any{"token_type": "Bearer"}
	var access, refresh string
	switch f.Get("grant_type") {
	case "authorization_code":
		if s.code == "" || f.Get("code") != s.code {
			fail(w, 400, "Bad Request", problem{"AuthorizationCode", "code", "invalid"})
			return
		}
		s.code = "" // a code can be used once
		access, refresh = s.issue(s.asked)
		answer["athlete"] = map[string]any{"id": 7, "firstname": "Ada", "lastname": "Band"}
	case "refresh_token":
		if s.refresh == "" || f.Get("refresh_token") != s.refresh {
			fail(w, 400, "Bad Request", problem{"RefreshToken", "refresh_token", "invalid"})
			return
		}
		refresh = s.refresh
		for a, t := range s.access {
			if time.Until(t.ends) > s.options.TokenKeep {
				access = a
			}
		}
		if access == "" {
			access, refresh = s.issue(s.asked) // the old refresh token is dead from here on
			s.rotations++
		}
	default:
		fail(w, 400, "Bad Request", problem{"Application", "grant_type", "invalid"})
		return
	}
	ends := s.access[access].ends
	answer["access_token"], answer["refresh_token"] = access, refresh
	answer["expires_at"], answer["expires_in"] = ends.Unix(), int(time.Until(ends).Seconds())
	respond(w, 200, answer)
}

func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	id, key, ok := r.BasicAuth()
	if r.Method != http.MethodPost || !ok || id != s.options.ClientID || key != s.options.ClientSecret || r.PostFormValue("token") == "" {
		s.violation(w, r, "revoke wants a POST with basic authentication and a token")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := r.PostFormValue("token")
	if _, known := s.access[t]; known || t == s.refresh {
		clear(s.access)
		s.refresh = ""
	}
	respond(w, 200, map[string]any{})
}

// --- the API ---

// count counts a request and sets the headers about it. It reports whether a
// limit is exceeded.
func (s *Server) count(h http.Header, r *http.Request) (over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().UTC()
	if w := now.Truncate(15 * time.Minute); !w.Equal(s.short) {
		s.short, s.used[0], s.used[2] = w, 0, 0
	}
	if d := now.Truncate(24 * time.Hour); !d.Equal(s.day) {
		s.day, s.used[1], s.used[3] = d, 0, 0
	}
	// Requests beyond a limit count, too.
	s.used[0]++
	s.used[1]++
	if r.Method == http.MethodPost {
		s.uploads++
	} else {
		s.used[2]++
		s.used[3]++
		s.reads++
	}
	s.limitHeaders(h)
	for i, limit := range s.options.Limits {
		if s.used[i] > limit && (i < 2 || r.Method != http.MethodPost) {
			over = true
		}
	}
	return over
}

var limitHeaders = []string{"X-Ratelimit-Limit", "X-Ratelimit-Usage", "X-Readratelimit-Limit", "X-Readratelimit-Usage"}

func (s *Server) limitHeaders(h http.Header) {
	l, u := s.options.Limits, s.used
	for i, text := range []string{
		fmt.Sprintf("%d,%d", l[0], l[1]), fmt.Sprintf("%d,%d", u[0], u[1]),
		fmt.Sprintf("%d,%d", l[2], l[3]), fmt.Sprintf("%d,%d", u[2], u[3]),
	} {
		h.Set(limitHeaders[i], text)
	}
}

// answer acts upon a request to the API.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, stuck bool) {
	over := s.count(w.Header(), r)
	q := r.URL.Query()
	if q.Has("access_token") || q.Has("client_secret") {
		s.violation(w, r, "a secret in an address")
		return
	}
	s.mu.Lock()
	off := s.options.Inactive
	access, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	t, known := s.access[access]
	s.mu.Unlock()
	switch {
	case over:
		limited(w)
		return
	case !bearer || !known || time.Now().After(t.ends):
		unauthorized(w)
		return
	case off:
		inactive(w)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, apiPath)
	may := func(scopes ...string) bool {
		for _, want := range scopes {
			if slices.Contains(t.scopes, want) {
				return true
			}
		}
		fail(w, 401, "Authorization Error", problem{"AccessToken", scopes[0] + "_permission", "missing"})
		return false
	}
	switch {
	case r.Method == http.MethodPost && path == "/uploads":
		if may("activity:write") {
			s.postUpload(w, r, stuck)
		}
	case r.Method == http.MethodGet && strings.HasPrefix(path, "/uploads/"):
		if may("activity:write") {
			s.getUpload(w, r, strings.TrimPrefix(path, "/uploads/"))
		}
	case r.Method == http.MethodPost && path == "/activities":
		if may("activity:write") {
			s.postActivity(w, r)
		}
	case r.Method == http.MethodGet && path == "/athlete/activities":
		if may("activity:read", "activity:read_all") {
			s.list(w, r)
		}
	case r.Method == http.MethodGet && path == "/athlete":
		respond(w, 200, map[string]any{"id": 7, "firstname": "Ada", "lastname": "Band"})
	case r.Method == http.MethodGet && strings.HasPrefix(path, "/activities/"):
		if may("activity:read", "activity:read_all") {
			s.getActivity(w, r, strings.TrimPrefix(path, "/activities/"))
		}
	case r.Method == http.MethodPut && strings.HasPrefix(path, "/activities/"):
		if may("activity:write") {
			s.putActivity(w, r, strings.TrimPrefix(path, "/activities/"))
		}
	default:
		s.violation(w, r, "there is no such call")
	}
}

// sports are the sport types that the tests need; case matters.
var sports = strings.Fields(`Run TrailRun VirtualRun Walk Hike Ride MountainBikeRide GravelRide EBikeRide
	EMountainBikeRide VirtualRide Velomobile Handcycle Swim Workout WeightTraining Yoga Elliptical Rowing Snowshoe`)

var uploadFields = map[string]func(string) bool{
	"data_type": func(v string) bool {
		return slices.Contains([]string{"fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"}, v)
	},
	"sport_type":  func(v string) bool { return slices.Contains(sports, v) },
	"external_id": func(v string) bool { return v != "" && len(v) <= 255 },
	"name":        func(v string) bool { return v != "" },
	"description": func(v string) bool { return v != "" },
	"trainer":     func(v string) bool { return v == "0" || v == "1" },
	"commute":     func(v string) bool { return v == "0" || v == "1" },
}

const largestFile = 25 << 20

func (s *Server) postUpload(w http.ResponseWriter, r *http.Request, stuck bool) {
	parts, err := r.MultipartReader()
	if err != nil {
		s.violation(w, r, "%v", err)
		return
	}
	fields := map[string]string{}
	var data []byte
	haveFile := false
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			// The connection broke, or the body is not whole: nothing is accepted.
			fail(w, 400, "Bad Request")
			return
		}
		content, err := io.ReadAll(io.LimitReader(p, largestFile+1))
		if err != nil {
			fail(w, 400, "Bad Request")
			return
		}
		if p.FormName() == "file" {
			if haveFile || p.FileName() == "" {
				s.violation(w, r, "two files, or one without a name")
				return
			}
			data, haveFile = content, true
			continue
		}
		valid := uploadFields[p.FormName()]
		if _, twice := fields[p.FormName()]; valid == nil || twice || !valid(string(content)) {
			s.violation(w, r, "field %q is %q", p.FormName(), content)
			return
		}
		fields[p.FormName()] = string(content)
	}
	switch {
	case len(data) == 0:
		fail(w, 400, "Bad Request", problem{"Upload", "data", "empty"})
		return
	case len(data) > largestFile:
		s.violation(w, r, "a file of more than 25 MB")
		return
	case fields["data_type"] == "":
		s.violation(w, r, "no data_type")
		return
	case fields["external_id"] == "":
		s.violation(w, r, "no external_id")
		return
	}
	kind := fields["data_type"]
	if strings.HasSuffix(kind, ".gz") != bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		s.violation(w, r, "data_type is %s and the content is not", kind)
		return
	}
	if strings.HasSuffix(kind, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err == nil {
			data, err = io.ReadAll(z)
		}
		if err != nil {
			s.violation(w, r, "gzip: %v", err)
			return
		}
	}
	workout, readErr := s.options.Read(data, kind)
	sum := sha256.Sum256(data)

	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.next++
	u := &upload{
		id: s.next, external: fields["external_id"] + "." + kind, stuck: stuck, ready: now, workout: workout, err: readErr,
		name: fields["name"], sport: fields["sport_type"],
	}
	if s.options.Processing != nil {
		u.ready = now.Add(s.options.Processing(len(s.order)))
	}
	s.byID[u.id], s.order = u, append(s.order, u)
	s.accepted = append(s.accepted, Accepted{
		At: now, UploadID: u.id, ExternalID: fields["external_id"], SHA256: hex.EncodeToString(sum[:]), DataType: kind, Fields: fields,
	})
	respond(w, 201, map[string]any{
		"id": u.id, "id_str": strconv.FormatInt(u.id, 10), "external_id": u.external, "error": nil,
		"status": "Your activity is still being processed.", "activity_id": nil,
	})
}

// process makes activities of the uploads that are ready by now.
func (s *Server) process() {
	now := time.Now()
	for _, u := range s.order {
		if u.done || u.stuck || now.Before(u.ready) {
			continue
		}
		u.done = true
		if u.err != nil {
			u.problem = u.err.Error()
			continue
		}
		if other := s.same(u.workout); other != nil && !s.options.AcceptDuplicates {
			// Strava has used both spellings.
			u.problem = fmt.Sprintf("%s duplicate of activity %d", u.external, other.ID)
			if u.id%2 == 0 {
				u.problem = fmt.Sprintf("%s duplicate of <a href='/activities/%d' target='_blank'>Run</a>", u.external, other.ID)
			}
			continue
		}
		s.next++
		u.activity = s.next
		a := &Activity{
			ID: u.activity, UploadID: u.id, ExternalID: u.external, Name: u.name, Sport: u.workout.Sport, Workout: u.workout,
			Fields: map[string]any{},
		}
		if u.sport != "" {
			a.Sport = u.sport
		}
		s.activities = append(s.activities, a)
	}
}

// same returns the activity that overlaps a workout.
func (s *Server) same(w Workout) *Activity {
	for _, a := range s.activities {
		if d := a.Workout.Start.Sub(w.Start).Abs(); d < time.Minute {
			return a
		}
	}
	return nil
}

func (s *Server) getUpload(w http.ResponseWriter, _ *http.Request, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process()
	id, _ := strconv.ParseInt(text, 10, 64)
	u := s.byID[id]
	if u == nil {
		fail(w, 404, "Record Not Found", problem{"Upload", "id", "not found"})
		return
	}
	answer := map[string]any{
		"id": u.id, "id_str": strconv.FormatInt(u.id, 10), "external_id": u.external, "error": nil,
		"status": "Your activity is still being processed.", "activity_id": nil,
	}
	switch {
	case !u.done:
	case u.deleted:
		answer["status"] = "The created activity has been deleted."
	case u.problem != "":
		answer["status"], answer["error"], answer["external_id"] = "There was an error processing your activity.", u.problem, nil
	default:
		answer["status"], answer["activity_id"] = "Your activity is ready.", u.activity
	}
	respond(w, 200, answer)
}

// oldType is the type that Strava had before there were sport types.
func oldType(sport string) string {
	switch sport {
	case "TrailRun":
		return "Run"
	case "MountainBikeRide", "GravelRide":
		return "Ride"
	case "EMountainBikeRide":
		return "EBikeRide"
	}
	return sport
}

func (a *Activity) shown() map[string]any {
	out := map[string]any{
		"id": a.ID, "name": a.Name, "sport_type": a.Sport, "type": oldType(a.Sport),
		"start_date": a.Workout.Start.UTC().Format(time.RFC3339), "distance": a.Workout.Distance,
		"moving_time": int(a.Workout.Elapsed.Seconds()), "elapsed_time": int(a.Workout.Elapsed.Seconds()),
		"total_elevation_gain": 0.0, "manual": a.Manual, "external_id": nil, "upload_id": nil,
	}
	if s := a.Workout.Elapsed.Seconds(); s > 0 {
		out["average_speed"] = a.Workout.Distance / s
	}
	if a.UploadID != 0 {
		out["external_id"], out["upload_id"] = a.ExternalID, a.UploadID
	}
	return out
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	number := func(name string, otherwise int64) int64 {
		n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
		if err != nil {
			return otherwise
		}
		return n
	}
	page, per := number("page", 1), number("per_page", 30)
	if page < 1 || per < 1 || per > 200 {
		s.violation(w, r, "page %d, per_page %d", page, per)
		return
	}
	after, before := number("after", -1<<62), number("before", 1<<62)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process()
	var found []*Activity
	for _, a := range s.activities {
		if t := a.Workout.Start.Unix(); t > after && t < before {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b *Activity) int { return a.Workout.Start.Compare(b.Workout.Start) })
	out := []map[string]any{}
	for i := (page - 1) * per; i < min(page*per, int64(len(found))); i++ {
		out = append(out, found[i].shown())
	}
	respond(w, 200, out)
}

func (s *Server) find(w http.ResponseWriter, text string) *Activity {
	id, _ := strconv.ParseInt(text, 10, 64)
	s.process()
	for _, a := range s.activities {
		if a.ID == id {
			return a
		}
	}
	fail(w, 404, "Record Not Found", problem{"Activity", "id", "not found"})
	return nil
}

func (s *Server) getActivity(w http.ResponseWriter, _ *http.Request, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.find(w, id); a != nil {
		respond(w, 200, a.shown())
	}
}

var changeable = []string{"commute", "trainer", "hide_from_home", "description", "name", "sport_type", "gear_id"}

func (s *Server) putActivity(w http.ResponseWriter, r *http.Request, id string) {
	if r.Header.Get("Content-Type") != "application/json" {
		s.violation(w, r, "a change is a JSON object")
		return
	}
	var change map[string]any
	if err := json.NewDecoder(r.Body).Decode(&change); err != nil {
		s.violation(w, r, "%v", err)
		return
	}
	for name := range change {
		if !slices.Contains(changeable, name) {
			s.violation(w, r, "%q cannot be changed", name)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(w, id)
	if a == nil {
		return
	}
	for name, v := range change {
		if a.Fields == nil {
			a.Fields = map[string]any{}
		}
		a.Fields[name] = v
	}
	respond(w, 200, a.shown())
}

func (s *Server) postActivity(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.URL.RawQuery != "" {
		s.violation(w, r, "an activity is a form")
		return
	}
	f := r.PostForm
	start, err := time.Parse("2006-01-02T15:04:05Z", f.Get("start_date_local"))
	seconds, err2 := strconv.Atoi(f.Get("elapsed_time"))
	metres, err3 := strconv.ParseFloat(cmpOr(f.Get("distance"), "0"), 64)
	if f.Get("name") == "" || !slices.Contains(sports, f.Get("sport_type")) || err != nil || err2 != nil || err3 != nil || seconds <= 0 {
		s.violation(w, r, "name, sport_type, start_date_local, elapsed_time or distance: %v", f)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	a := &Activity{
		ID: s.next, Name: f.Get("name"), Sport: f.Get("sport_type"), Manual: true, Fields: map[string]any{},
		Workout: Workout{Start: start, Elapsed: time.Duration(seconds) * time.Second, Distance: metres, Sport: f.Get("sport_type")},
	}
	s.activities = append(s.activities, a)
	fields := map[string]string{}
	for name := range f {
		fields[name] = f.Get(name)
	}
	s.accepted = append(s.accepted, Accepted{At: time.Now(), Fields: fields})
	respond(w, 201, a.shown())
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

var (
	xmlTime     = regexp.MustCompile(`(?i)<time>([^<]+)</time>`)
	xmlDistance = regexp.MustCompile(`<DistanceMeters>([0-9.]+)</DistanceMeters>`)
)

// ReadXML reads of TCX and GPX what the server needs.
func ReadXML(data []byte, _ string) (Workout, error) {
	times := xmlTime.FindAllSubmatch(data, -1)
	if len(times) == 0 {
		return Workout{}, errors.New(`The file is empty, <a href="https://strava.zendesk.com/entries/21823834-Uploading-Empty-Files" target="_blank">More Information</a>.`) //nolint:revive,staticcheck // Strava's own words
	}
	first, err1 := time.Parse(time.RFC3339, string(times[0][1]))
	last, err2 := time.Parse(time.RFC3339, string(times[len(times)-1][1]))
	if err1 != nil || err2 != nil {
		return Workout{}, errors.New("Time information is missing from file.") //nolint:revive,staticcheck // Strava's own words
	}
	w := Workout{Start: first, Elapsed: last.Sub(first), Sport: "Run"}
	if d := xmlDistance.FindAllSubmatch(data, -1); len(d) > 0 {
		w.Distance, _ = strconv.ParseFloat(string(d[len(d)-1][1]), 64)
	}
	return w, nil
}

// Use counts so many requests that read, as if another program had made them.
func (s *Server) Use(n int) {
	now := time.Now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.short, s.day = now.Truncate(15*time.Minute), now.Truncate(24*time.Hour)
	for i := range s.used {
		s.used[i] += n
	}
}
