package strava

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Activity is what the program uses of an activity. Figures carry Strava's names
// and units; pointers are nil where Strava says nothing.
type Activity struct {
	ID                 int64     `json:"id"`
	ExternalID         *string   `json:"external_id"`
	UploadID           *int64    `json:"upload_id"`
	Name               string    `json:"name"`
	SportType          string    `json:"sport_type"`
	StartDate          time.Time `json:"start_date"`
	Distance           float64   `json:"distance"`     // m
	MovingTime         int       `json:"moving_time"`  // s
	ElapsedTime        int       `json:"elapsed_time"` // s
	AverageSpeed       float64   `json:"average_speed"`
	TotalElevationGain float64   `json:"total_elevation_gain"`
	Calories           *float64  `json:"calories"` // kcal; only of a single activity
	Manual             bool      `json:"manual"`
}

// Athlete is the athlete who is logged in.
type Athlete struct {
	ID        int64  `json:"id"`
	FirstName string `json:"firstname"`
	LastName  string `json:"lastname"`
}

// Athlete asks who is logged in.
func (c *Client) Athlete(ctx context.Context) (Athlete, error) {
	var a Athlete
	err := c.do(ctx, call{method: http.MethodGet, path: "/athlete", reads: true, repeat: true}, &a)
	if err == nil && a.ID <= 0 {
		return a, nameless("GET /athlete", "athlete")
	}
	return a, err
}

// nameless is an answer without the number of what it is about: nothing can be
// asked about it, or be written down.
func nameless(call, what string) *Error {
	return &Error{Kind: ServerFault, Call: call, Text: "the answer names no " + what}
}

// Activity returns one activity of the athlete.
func (c *Client) Activity(ctx context.Context, id int64) (Activity, error) {
	var a Activity
	k := call{method: http.MethodGet, path: "/activities/" + number(id), reads: true, repeat: true}
	err := c.do(ctx, k, &a)
	if err == nil && a.ID <= 0 {
		return a, nameless(k.name(), "activity")
	}
	return a, err
}

// PageSize is how many activities one request lists at most.
const PageSize = 200

// mostPages is how many full pages are asked for: 200,000 activities are more than
// an athlete has, and an answer that never ends is none.
const mostPages = 1000

// page is one page of a list. It is no longer than was asked for, so that a short
// answer of empty objects does not take a hundred times its size.
type page []Activity

// UnmarshalJSON reads a list of at most [PageSize] activities.
func (p *page) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.New("no list")
	}
	*p = (*p)[:0]
	for d.More() {
		if len(*p) == PageSize {
			return errors.New("a list longer than was asked for")
		}
		var a Activity
		if err := d.Decode(&a); err != nil {
			return err
		}
		*p = append(*p, a)
	}
	return nil
}

// Activities lists the athlete's activities that began between two instants, with
// one request for each [PageSize] of them. It ends at the first error.
func (c *Client) Activities(ctx context.Context, from, to time.Time) iter.Seq2[Activity, error] {
	return func(yield func(Activity, error) bool) {
		for n := 1; n <= mostPages; n++ {
			query := url.Values{
				// Both bounds are exclusive.
				"after":    {strconv.FormatInt(max(0, from.Unix()-1), 10)},
				"before":   {strconv.FormatInt(to.Unix()+1, 10)},
				"page":     {strconv.Itoa(n)},
				"per_page": {strconv.Itoa(PageSize)},
			}
			var list page
			err := c.do(ctx, call{method: http.MethodGet, path: "/athlete/activities", query: query, reads: true, repeat: true}, &list)
			if err != nil {
				yield(Activity{}, err)
				return
			}
			for _, a := range list {
				if !yield(a, nil) {
					return
				}
			}
			if len(list) < PageSize {
				return
			}
		}
		yield(Activity{}, &Error{Kind: ServerFault, Call: "GET /athlete/activities", Text: "the list does not end"})
	}
}

// Changes is what can be changed of an activity. Nil leaves a field as it is.
type Changes struct {
	Name         *string `json:"name,omitempty"`
	Description  *string `json:"description,omitempty"`
	SportType    *string `json:"sport_type,omitempty"`
	GearID       *string `json:"gear_id,omitempty"` // "none" takes the gear away
	Commute      *bool   `json:"commute,omitempty"`
	Trainer      *bool   `json:"trainer,omitempty"`
	HideFromHome *bool   `json:"hide_from_home,omitempty"` // not shown in the feeds of others
}

// Change changes an activity. It counts as reading.
func (c *Client) Change(ctx context.Context, id int64, ch Changes) error {
	body, err := jsonBody(ch)
	if err != nil {
		return err
	}
	return c.do(ctx, call{method: http.MethodPut, path: "/activities/" + number(id), body: body, reads: true, repeat: true}, nil)
}

// Manual is an activity without a file.
type Manual struct {
	Name        string
	SportType   string
	StartLocal  time.Time // the wall clock counts, not the zone
	Elapsed     time.Duration
	Distance    float64 // m; 0: none
	Description string
	Trainer     bool
	Commute     bool
}

// Create creates an activity without a file. As with [Client.Upload] an
// [Unanswered] leaves open whether it came into being.
func (c *Client) Create(ctx context.Context, m Manual) (Activity, error) {
	v := url.Values{
		"name": {m.Name}, "sport_type": {m.SportType},
		// Strava's local times carry a Z that means nothing.
		"start_date_local": {m.StartLocal.Format("2006-01-02T15:04:05Z")},
		"elapsed_time":     {strconv.Itoa(int(m.Elapsed.Seconds()))},
	}
	for name, text := range map[string]string{
		"description": m.Description, "trainer": flag(m.Trainer), "commute": flag(m.Commute),
	} {
		if text != "" {
			v.Set(name, text)
		}
	}
	if m.Distance > 0 {
		v.Set("distance", strconv.FormatFloat(m.Distance, 'f', 1, 64))
	}
	var a Activity
	err := c.do(ctx, call{method: http.MethodPost, path: "/activities", body: form(v)}, &a)
	if err == nil && a.ID <= 0 {
		return a, &Unanswered{Err: nameless("POST /activities", "activity")}
	}
	return a, err
}
