package stravatest_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/strava/stravatest"
)

// A stand-in that takes everything proves nothing: each mistake of a client is
// made on purpose.
func TestTheServerIsStrict(t *testing.T) {
	multi := func(fields ...[2]string) (string, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for _, f := range fields {
			if f[0] == "file" {
				p, _ := w.CreateFormFile("file", "run.tcx")
				_, _ = p.Write([]byte(f[1]))
				continue
			}
			_ = w.WriteField(f[0], f[1])
		}
		_ = w.Close()
		return b.String(), w.FormDataContentType()
	}
	file, kind, id := [2]string{"file", "<Time>2016-03-01T18:30:00Z</Time>"}, [2]string{"data_type", "tcx"}, [2]string{"external_id", "x"}
	for name, fields := range map[string][][2]string{
		"no kind":                    {file, id},
		"an unknown kind":            {file, id, {"data_type", "json"}},
		"gz that is none":            {file, id, {"data_type", "tcx.gz"}},
		"no name of its own":         {file, kind},
		"a sport in small letters":   {file, kind, id, {"sport_type", "run"}},
		"a field that was abolished": {file, kind, id, {"private", "1"}},
		"a truth in words":           {file, kind, id, {"trainer", "true"}},
		"two files":                  {file, file, kind, id},
	} {
		s := stravatest.New(stravatest.Options{})
		access, _ := s.Login()
		body, contentType := multi(fields...)
		if status := send(t, s, "POST", "/uploads", access, contentType, body); status != http.StatusBadRequest || len(s.Violations()) != 1 || len(s.Accepted()) != 0 {
			t.Errorf("%s: %d, %q, %d accepted", name, status, s.Violations(), len(s.Accepted()))
		}
	}
	s := stravatest.New(stravatest.Options{})
	access, _ := s.Login("activity:read")
	for _, c := range []struct {
		name, method, path, token, contentType, body string
		want                                         int
	}{
		{"no token", "GET", "/athlete", "", "", "", 401},
		{"a token in the address", "GET", "/athlete?access_token=" + access, access, "", "", 400},
		{"pages that are too long", "GET", "/athlete/activities?per_page=500", access, "", "", 400},
		{"a scope that is missing", "POST", "/uploads", access, "multipart/form-data; boundary=x", "", 401},
		{"a call that does not exist", "GET", "/upload", access, "", "", 400},
		{"the list", "GET", "/athlete/activities", access, "", "", 200},
	} {
		if got := send(t, s, c.method, c.path, c.token, c.contentType, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	writer, _ := s.Login("activity:write")
	form := "application/x-www-form-urlencoded"
	good := url.Values{"name": {"n"}, "sport_type": {"Run"}, "start_date_local": {"2016-03-01T18:30:00Z"}, "elapsed_time": {"60"}}
	if got := send(t, s, "POST", "/activities", writer, form, good.Encode()); got != http.StatusCreated {
		t.Errorf("%d, %q", got, s.Violations())
	}
	for field, bad := range map[string]string{"name": "", "sport_type": "Running", "start_date_local": "2016-03-01", "elapsed_time": "1.5"} {
		v := url.Values{}
		for k := range good {
			v.Set(k, good.Get(k))
		}
		v.Set(field, bad)
		if got := send(t, s, "POST", "/activities", writer, form, v.Encode()); got != http.StatusBadRequest {
			t.Errorf("%s %q: %d", field, bad, got)
		}
	}
	if got := send(t, s, "PUT", "/activities/1", writer, "application/json", `{"visibility":"only_me"}`); got != http.StatusBadRequest {
		t.Errorf("visibility: %d", got)
	}
}

func send(t *testing.T, s *stravatest.Server, method, path, token, contentType, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.API()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := s.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
