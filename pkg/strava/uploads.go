package strava

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
)

// DataTypes are the kinds of files that can be uploaded. Content that is gzipped
// must say so.
func DataTypes() []string { return []string{"fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"} }

// Upload is a file to be made an activity of.
type Upload struct {
	// Open returns the bytes to send; it is called for each attempt. Size is how
	// many there are.
	Open func() (io.ReadCloser, error)
	Size int64
	// DataType is one of [DataTypes].
	DataType string
	// ExternalID is our name for the upload. Strava shows it with the data type
	// appended. It should be unique.
	ExternalID string

	// The rest is optional.
	SportType   string // Strava's spelling; empty: as the file says
	Name        string
	Description string
	Trainer     bool // on a machine
	Commute     bool
}

// The texts by which Strava tells how far an upload is.
const (
	StatusProcessing = "Your activity is still being processed."
	StatusReady      = "Your activity is ready."
	StatusDeleted    = "The created activity has been deleted."
	StatusError      = "There was an error processing your activity."
)

// UploadStatus is what Strava says about an upload.
type UploadStatus struct {
	ID         int64   `json:"id"`
	IDText     string  `json:"id_str"`
	ExternalID *string `json:"external_id"`
	Error      *string `json:"error"`
	Status     string  `json:"status"`
	ActivityID *int64  `json:"activity_id"`
}

// Problem returns why no activity came of the file, or nil. A duplicate is a
// problem, too.
func (s *UploadStatus) Problem() *Error {
	switch {
	case s.Error != nil && *s.Error != "":
		return UploadProblem(*s.Error)
	case s.Status == StatusError:
		return UploadProblem(s.Status)
	}
	return nil
}

// Deleted reports whether the activity came into being and is gone again.
func (s *UploadStatus) Deleted() bool { return s.Status == StatusDeleted }

// Upload sends a file. The answer most often says no more than that Strava will
// look at it: ask with [Client.UploadStatus].
//
// A file is sent again by itself only where it cannot have arrived. An error that
// is an [Unanswered] leaves open whether it did. An [Error] of the kinds Duplicate,
// Empty and so on is about the file; any other error means that it was not accepted.
func (c *Client) Upload(ctx context.Context, u Upload) (UploadStatus, error) {
	if !slices.Contains(DataTypes(), u.DataType) {
		return UploadStatus{}, fmt.Errorf("uploading: there is no data type %q", u.DataType)
	}
	if u.Size < 0 {
		return UploadStatus{}, errors.New("uploading: the size of the file is not known")
	}
	before, after, contentType, err := u.frame()
	if err != nil {
		return UploadStatus{}, fmt.Errorf("uploading: %w", err)
	}
	body := func() (io.ReadCloser, int64, string, error) {
		f, err := u.Open()
		if err != nil {
			return nil, 0, "", err
		}
		all := io.MultiReader(bytes.NewReader(before), &exact{r: f, left: u.Size}, bytes.NewReader(after))
		return &framed{Reader: all, file: f}, int64(len(before)) + u.Size + int64(len(after)), contentType, nil
	}
	var s UploadStatus
	err = c.do(ctx, call{method: http.MethodPost, path: "/uploads", body: body, timeout: sendTimeout}, &s)
	if err == nil && s.ID <= 0 {
		if p := s.Problem(); p != nil {
			return s, p
		}
		return s, &Unanswered{Err: nameless("POST /uploads", "upload")}
	}
	return s, err
}

// frame returns what stands before and behind the file in the request.
func (u *Upload) frame() (before, after []byte, contentType string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	fields := [][2]string{
		{"data_type", u.DataType},
		{"external_id", u.ExternalID},
		{"sport_type", u.SportType},
		{"name", u.Name},
		{"description", u.Description},
		{"trainer", flag(u.Trainer)},
		{"commute", flag(u.Commute)},
	}
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		if err := w.WriteField(f[0], f[1]); err != nil {
			return nil, nil, "", err
		}
	}
	name := u.ExternalID
	if name == "" {
		name = "workout"
	}
	if _, err := w.CreateFormFile("file", name+"."+u.DataType); err != nil {
		return nil, nil, "", err
	}
	before = bytes.Clone(b.Bytes())
	b.Reset()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return before, b.Bytes(), w.FormDataContentType(), nil
}

func flag(set bool) string {
	if set {
		return "1"
	}
	return ""
}

// exact is a file of which so many bytes were promised.
type exact struct {
	r    io.Reader
	left int64
}

var errSize = errors.New("the file is not as long as it was")

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		if n, err := e.r.Read(make([]byte, 1)); n > 0 {
			return 0, errSize
		} else if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		return n, errSize
	}
	return n, err
}

// framed closes the file with the request.
type framed struct {
	io.Reader
	file io.Closer
}

func (f *framed) Close() error { return f.file.Close() }

// UploadStatus asks what became of an upload. It counts as reading. A file about
// which Strava complains is no error of the call: see [UploadStatus.Problem].
func (c *Client) UploadStatus(ctx context.Context, id int64) (UploadStatus, error) {
	var s UploadStatus
	err := c.do(ctx, call{method: http.MethodGet, path: "/uploads/" + number(id), reads: true, repeat: true}, &s)
	if s.ActivityID != nil && *s.ActivityID <= 0 {
		s.ActivityID = nil // no activity has such a number
	}
	return s, err
}

// Trim takes from an external identifier what Strava appended to it.
func Trim(externalID string) string {
	for _, t := range []string{".gz", ".fit", ".tcx", ".gpx"} {
		externalID = strings.TrimSuffix(externalID, t)
	}
	return externalID
}
