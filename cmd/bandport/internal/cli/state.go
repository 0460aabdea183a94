package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/bandport/bandport/pkg/credentials"
	"github.com/bandport/bandport/pkg/deliver"
	"github.com/bandport/bandport/pkg/journal"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/strava"
)

// The variables from which a login can come, for environments in which nobody can
// log in. They are no settings: they are neither shown nor kept in the
// configuration file, and no flag takes them.
const (
	clientIDVariable     = "BANDPORT_STRAVA_CLIENT_ID"
	clientSecretVariable = "BANDPORT_STRAVA_CLIENT_SECRET" //nolint:gosec // the name of a variable
	refreshTokenVariable = "BANDPORT_STRAVA_REFRESH_TOKEN" //nolint:gosec // the name of a variable
)

// stateDir is the folder of what the program remembers.
func (a *app) stateDir(s *settings) (string, error) {
	if s.stateDir != "" {
		return filepath.Abs(s.stateDir)
	}
	return systemStateDir(runtime.GOOS, a.Getenv)
}

// systemStateDir is where a system wants programs to keep what they remember:
// XDG_STATE_HOME, ~/Library/Application Support, or %LocalAppData%.
func systemStateDir(system string, getenv func(string) string) (string, error) {
	var base, name string
	switch system {
	case "windows":
		base, name = getenv("LocalAppData"), "%LocalAppData%"
	case "darwin", "ios":
		if base, name = getenv("HOME"), "$HOME"; base != "" {
			base = filepath.Join(base, "Library", "Application Support")
		}
	default:
		// The standard wants a path that is not absolute to be ignored.
		if base, name = getenv("XDG_STATE_HOME"), "neither $XDG_STATE_HOME nor $HOME"; !filepath.IsAbs(base) {
			if base = getenv("HOME"); base != "" {
				base = filepath.Join(base, ".local", "state")
			}
		}
	}
	if base == "" {
		return "", fmt.Errorf("finding the folder for the journal: %s is not set; name one with --state-dir", name)
	}
	return filepath.Join(base, "bandport"), nil
}

// openJournal opens the journal and tells of damage.
func (a *app) openJournal(ctx context.Context, s *settings) (*journal.Journal, error) {
	dir, err := a.stateDir(s)
	if err != nil {
		return nil, err
	}
	j, damage, err := journal.OpenFile(ctx, filepath.Join(dir, "journal.db"))
	if err != nil {
		hints := []string{"nothing was sent; --state-dir names another folder"}
		if errors.Is(err, journal.ErrNewer) {
			hints = nil
		}
		return nil, &exitError{code: exitFailure, err: err, hints: hints}
	}
	if damage != nil {
		a.warn("the journal was damaged (%s); it is now %s, and %d of its workouts could be read",
			sentence(damage.Cause), report.Printable(damage.Aside), damage.Rescued)
		a.say("hint", "what Strava has already is found again by its list of activities, where the login allows reading it")
	}
	return j, nil
}

// acquire takes the right to deliver.
func acquire(j *journal.Journal) (release func(), err error) {
	release, err = j.Acquire()
	if errors.Is(err, journal.ErrBusy) {
		return nil, &exitError{code: exitFailure, err: err, hints: []string{"wait until it has ended, then run this command again; nothing was done"}}
	}
	return release, err
}

// holdJournal opens the journal and takes the right to deliver; done gives both
// back.
func (a *app) holdJournal(ctx context.Context, s *settings) (j *journal.Journal, done func(), err error) {
	if j, err = a.openJournal(ctx, s); err != nil {
		return nil, nil, err
	}
	release, err := acquire(j)
	if err != nil {
		_ = j.Close() // the first error is the one that counts
		return nil, nil, err
	}
	return j, func() {
		release()
		_ = j.Close() // every row is on the disk already
	}, nil
}

// deliveryJournal returns the journal that a delivery writes: the one that is open,
// with the right to deliver, or for a dry run a copy in memory.
func deliveryJournal(ctx context.Context, open *journal.Journal, dryRun bool) (j *journal.Journal, done func(), err error) {
	if !dryRun {
		done, err = acquire(open)
		return open, done, err
	}
	if j, err = open.Scratch(ctx); err != nil {
		return nil, nil, err
	}
	return j, func() { _ = j.Close() }, nil // it is in memory
}

func (a *app) loginStore(s *settings) (*credentials.Store, error) {
	dir, err := a.stateDir(s)
	if err != nil {
		return nil, err
	}
	return &credentials.Store{
		Dir: dir, Place: s.loginPlace,
		Env: credentials.Environment{
			ClientID: a.Getenv(clientIDVariable), ClientSecret: a.Getenv(clientSecretVariable), RefreshToken: a.Getenv(refreshTokenVariable),
		},
	}, nil
}

func (a *app) userAgent() string { return "bandport/" + a.versionInfo().Version }

// session is a login that is in use.
type session struct {
	store  *credentials.Store
	login  credentials.Login
	place  credentials.Place
	client *strava.Client
}

// openSession returns the login. The error has the exit code of one that is
// missing.
func (a *app) openSession(ctx context.Context, s *settings) (*session, error) {
	store, err := a.loginStore(s)
	if err != nil {
		return nil, err
	}
	x := &session{store: store}
	x.login, x.place, err = store.Load(ctx)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		if errors.Is(err, credentials.ErrNone) {
			return nil, loginError(strava.ErrLoggedOut)
		}
		return nil, &exitError{code: exitLogin, err: err, hints: []string{`log in with "bandport auth login"`}}
	}
	app := strava.App{ID: x.login.ClientID, Secret: x.login.ClientSecret, Auth: s.authURL}
	x.client, err = strava.New(strava.Config{API: s.apiURL, Tokens: strava.NewSession(ctx, app, store), UserAgent: a.userAgent()})
	return x, err
}

// identify asks who is logged in and what for, where a login does not know: one
// from the environment.
func (x *session) identify(ctx context.Context) error {
	if x.login.AthleteID != 0 {
		return nil
	}
	athlete, err := x.client.Athlete(ctx)
	if err != nil {
		return apiError(err)
	}
	x.login.AthleteID, x.login.AthleteName = athlete.ID, strings.TrimSpace(athlete.FirstName+" "+athlete.LastName)
	if len(x.login.Scopes) == 0 {
		// Strava does not say; what is missing shows when it is needed.
		x.login.Scopes = strava.Scopes()
	}
	return nil
}

const loginHint = `log in with "bandport auth login"; "bandport stage" needs no login`

func loginError(err error) error {
	return &exitError{code: exitLogin, err: err, hints: []string{loginHint}}
}

const inactiveHint = `Strava's API needs a subscription of the application's owner since 30 June 2026: subscribe, or use "bandport stage" and upload the folders by hand`

// apiError gives an error of the API or of a delivery its exit code, and says
// what to do.
func apiError(err error) error {
	var limited *strava.RateLimitError
	var stopped *deliver.Limited
	code, hint := exitFailure, ""
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, new(*usageError)), errors.As(err, new(*exitError)):
		return err
	case errors.As(err, &stopped):
		code, hint = exitLimit, limitHint(stopped.Resume)
	case errors.As(err, &limited):
		code, hint = exitLimit, limitHint(limited.Resume)
	case errors.Is(err, strava.ErrLoggedOut), strava.KindOf(err) == strava.Unauthorized:
		code, hint = exitLogin, loginHint
	case strava.KindOf(err) == strava.ScopeMissing:
		code, hint = exitLogin, `log in again with "bandport auth login" and leave all boxes ticked on Strava's page`
	case strava.KindOf(err) == strava.AppInactive:
		code, hint = exitInactive, inactiveHint
	case strava.KindOf(err) == strava.AthleteLimit:
		code, hint = exitLogin, "the application has too many athletes: its owner can raise the number on Strava's page, or you use an application of your own"
	case errors.Is(err, strava.ErrUnreachable), errors.As(err, new(*strava.Unanswered)):
		hint = "check the network and run the same command again: it goes on where this one stopped"
	}
	return &exitError{code: code, err: err, hints: []string{hint}}
}

func limitHint(resume time.Time) string {
	return fmt.Sprintf("run the same command after %s, or with --wait: it goes on where this one stopped", resume.Local().Format("2006-01-02 15:04"))
}

// warnSkew tells of a clock that is wrong.
func (a *app) warnSkew(c *strava.Client) {
	if d := c.Skew(); d.Abs() > time.Minute {
		a.warn("this computer's clock is %v off from Strava's; bandport takes that into account", d.Abs().Round(time.Second))
	}
}

// warn and note tell people what is no error, unless they want to hear errors only.
func (a *app) warn(format string, args ...any) {
	if !a.quiet {
		a.say("warning", format, args...)
	}
}

func (a *app) note(format string, args ...any) {
	if !a.quiet {
		a.say("note", format, args...)
	}
}

// canAsk reports whether somebody can be asked.
func (a *app) canAsk() bool { return a.Ask != nil }

// confirm asks a question to which only yes is a yes.
func (a *app) confirm(ctx context.Context, question string) (bool, error) {
	text, err := a.Ask(ctx, question+" [y/N] ")
	if err != nil {
		return false, err
	}
	return strings.EqualFold(text, "y") || strings.EqualFold(text, "yes"), nil
}

// statePath shows a path of the state folder to people.
func statePath(path string) string {
	if home, err := os.UserHomeDir(); err == nil {
		if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
			return "~" + string(filepath.Separator) + rest
		}
	}
	return path
}
