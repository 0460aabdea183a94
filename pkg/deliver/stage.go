package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/output"
)

// PerFolder is how many files Strava's web page takes at once.
const PerFolder = 25

// Stage puts copies into numbered folders, as many into each as Strava's web page
// takes at once. A run begins a new folder; nothing that is there is changed,
// but for the list and the instructions.
type Stage struct {
	// Dir is the folder that the numbered ones are put into.
	Dir string

	mu    sync.Mutex
	began bool
	last  int // number of the folder that is being filled
	count int // files in it
}

var _ Backend = (*Stage)(nil)

// Name returns "stage".
func (s *Stage) Name() string { return "stage" }

// Account returns "": nobody is logged in.
func (s *Stage) Account() string { return "" }

// Patience returns 0: a copy is there or is not.
func (s *Stage) Patience() time.Duration { return 0 }

// Capacity returns that there is no limit.
func (s *Stage) Capacity() Capacity { return Capacity{Requests: Unlimited, Reads: Unlimited} }

// Listed returns [ErrNoListing]: what Strava has is not known here.
func (s *Stage) Listed(context.Context, time.Time, time.Time) ([]Remote, error) {
	return nil, ErrNoListing
}

// Ask is never needed: a copy is there at once.
func (s *Stage) Ask(context.Context, int64) (Outcome, bool, error) { return Outcome{}, false, nil }

// Changes returns "": a file cannot carry wishes.
func (s *Stage) Changes(*Candidate) string { return "" }

// Change does nothing.
func (s *Stage) Change(context.Context, int64, string) error { return nil }

// Find looks for a copy that was finished before the journal could be told.
func (s *Stage) Find(_ context.Context, rows []journal.Row) (map[int64]Outcome, bool, error) {
	found := map[int64]Outcome{}
	for i := range rows {
		r := &rows[i]
		matches, err := filepath.Glob(filepath.Join(globEscape(s.Dir), "[0-9]*", "*-"+shortSum(r.SHA256)+"."+r.Format))
		if err != nil {
			return nil, false, err
		}
		for _, m := range matches {
			if sum, err := sumOf(m); err == nil && sum == r.SHA256 {
				found[r.ID] = Outcome{State: journal.Staged, Folder: m}
			}
		}
	}
	return found, true, nil
}

// globEscape makes a pattern that matches a path only.
func globEscape(path string) string {
	if os.PathSeparator == '\\' {
		return path // there is no way to escape there
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// shortSum is the part of a checksum that stands in a file's name.
func shortSum(sum string) string { return sum[:min(len(sum), 10)] }

// Send puts a copy into the folder that is being filled.
func (s *Stage) Send(ctx context.Context, c *Candidate, _ string) (Receipt, error) {
	if c.Open == nil {
		return Receipt{}, &Rejected{Outcome{State: journal.Failed, Kind: "nofile", Message: "there is no file to stage: create it by hand on Strava's page, or with upload --manual"}}
	}
	folder, err := s.place()
	if err != nil {
		return Receipt{}, &Fatal{Err: err}
	}
	name := stem(c) + "-" + shortSum(c.SHA256) + "." + c.Format
	path := filepath.Join(folder, name)
	if err := writeCopy(ctx, c, path); err != nil {
		s.giveBack()
		if errors.Is(err, errChanged) {
			return Receipt{}, &Rejected{Outcome{State: journal.Failed, Kind: "file", Message: err.Error()}}
		}
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) && strings.HasPrefix(pathErr.Path, folder) {
			return Receipt{}, &Fatal{Err: err} // the disk is full, or not ours to write on
		}
		return Receipt{}, err
	}
	return Receipt{Outcome: &Outcome{State: journal.Staged, Folder: path}}, nil
}

var errChanged = errors.New("the file has changed since it was read first; run the command again")

// writeCopy writes beside the place and renames, so that a file with the name is
// whole.
func writeCopy(ctx context.Context, c *Candidate, path string) error {
	in, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer in.Close()
	return output.Replace(path, readable, func(w io.Writer) error {
		sum := sha256.New()
		_, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(in, MaxSize+1))
		if err == nil && hex.EncodeToString(sum.Sum(nil)) != c.SHA256 {
			err = errChanged
		}
		return err
	})
}

// readable are the permissions of what is staged: it is for a browser.
const readable = 0o644

// numbered matches the names of the folders that a stage makes.
var numbered = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{3,}$`) })

// place returns the folder for the next file.
func (s *Stage) place() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.began {
		entries, err := os.ReadDir(s.Dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		for _, e := range entries {
			if n, err := strconv.Atoi(e.Name()); err == nil && numbered().MatchString(e.Name()) {
				s.last = max(s.last, n)
			}
		}
		s.began, s.count = true, PerFolder
	}
	if s.count == PerFolder {
		s.last, s.count = s.last+1, 0
	}
	folder := filepath.Join(s.Dir, fmt.Sprintf("%03d", s.last))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	s.count++
	return folder, nil
}

// giveBack frees the place of a file that did not come.
func (s *Stage) giveBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count > 0 {
		s.count--
	}
}

// stem is the beginning of a copy's name: when and what, in letters that every
// system takes.
func stem(c *Candidate) string {
	sport := strings.ToLower(string(c.sport()))
	if sport == "" {
		sport = "workout"
	}
	if c.Start.IsZero() {
		return sport
	}
	at := c.Start.UTC()
	if c.Local != nil {
		at = c.Start.In(c.Local)
	}
	return at.Format("2006-01-02-150405") + "-" + sport
}

// UploadPage is where the files are to be dropped.
const UploadPage = "https://www.strava.com/upload/select"

// Finish writes the instructions and the list of all that lies in the folders, by
// the rows of the journal.
func (s *Stage) Finish(rows []journal.Row) error {
	byFolder := map[string][]journal.Row{}
	for i := range rows {
		r := &rows[i]
		folder := filepath.Dir(r.Folder)
		if r.State != journal.Staged && r.State != journal.Uploaded || filepath.Dir(folder) != filepath.Clean(s.Dir) {
			continue
		}
		if _, err := os.Stat(r.Folder); err != nil {
			continue // moved or deleted since
		}
		name := filepath.Base(folder)
		byFolder[name] = append(byFolder[name], *r)
	}
	if len(byFolder) == 0 {
		return nil
	}
	names := make([]string, 0, len(byFolder))
	for n := range byFolder {
		names = append(names, n)
	}
	slices.Sort(names)
	if err := output.ReplaceBytes(filepath.Join(s.Dir, "README.txt"), readable, []byte(readme(names, byFolder))); err != nil {
		return err
	}
	return output.ReplaceBytes(filepath.Join(s.Dir, "index.html"), readable, []byte(checklist(names, byFolder)))
}

func readme(names []string, byFolder map[string][]journal.Row) string {
	var b strings.Builder
	b.WriteString("Workouts for Strava\n===================\n\n")
	b.WriteString("Strava's web page takes " + strconv.Itoa(PerFolder) + " files at a time, so they lie in folders of as many.\n\n")
	b.WriteString("1. Log in to Strava in a browser and open " + UploadPage + "\n")
	b.WriteString("2. Drop all files of one folder on that page, the first folder first.\n")
	b.WriteString("3. Wait until each has been processed, and save.\n")
	b.WriteString("4. Go on with the next folder. index.html is a list to tick off.\n")
	b.WriteString("5. Later, ask Strava for an archive of your account and tell bandport what arrived:\n")
	b.WriteString("   bandport history confirm ARCHIVE.zip\n\n")
	b.WriteString("Strava skips what it has already. Nothing happens if a file is dropped twice.\n\n")
	for _, n := range names {
		fmt.Fprintf(&b, "%s  %d files\n", n, len(byFolder[n]))
		for i := range byFolder[n] {
			fmt.Fprintf(&b, "     %s\n", filepath.Base(byFolder[n][i].Folder))
		}
	}
	return b.String()
}

func checklist(names []string, byFolder map[string][]journal.Row) string {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n<title>Workouts for Strava</title>\n")
	b.WriteString("<style>body{font:16px/1.5 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em}li{list-style:none}" +
		"table{border-collapse:collapse;margin:0 0 1.5em 1.7em}td{padding:.1em 1em .1em 0}summary{cursor:pointer}:checked+b{text-decoration:line-through}</style>\n")
	b.WriteString("<h1>Workouts for Strava</h1>\n<p>Open <a href=\"" + UploadPage + "\">Strava's upload page</a>, drop all files of one folder on it, save, and tick the folder off. " +
		"Your browser may forget the ticks when this page is closed.</p>\n")
	for _, n := range names {
		rows := byFolder[n]
		fmt.Fprintf(&b, "<p><label><input type=\"checkbox\"> <b>Folder <a href=\"%s/\">%s</a></b></label>, %d files</p>\n<details><summary>which</summary><table>\n",
			html.EscapeString(n), html.EscapeString(n), len(rows))
		for i := range rows {
			r := &rows[i]
			distance := ""
			if r.Distance != nil {
				distance = fmt.Sprintf("%.2f km", *r.Distance/1000)
			}
			start := ""
			if !r.Start.IsZero() {
				start = r.Start.Format("2006-01-02 15:04 MST")
			}
			fmt.Fprintf(&b, "<tr><td>%s<td>%s<td>%s<td>%s\n", html.EscapeString(filepath.Base(r.Folder)),
				html.EscapeString(start), html.EscapeString(r.Sport), html.EscapeString(distance))
		}
		b.WriteString("</table></details>\n")
	}
	b.WriteString("</html>\n")
	return b.String()
}

// Metres of a row, for those who show it.
func Metres(r *journal.Row) activity.Value {
	if r.Distance == nil {
		return activity.Value{}
	}
	return activity.Of(*r.Distance)
}
