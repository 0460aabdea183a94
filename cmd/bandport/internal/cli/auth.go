package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bandport/bandport/pkg/credentials"
	"github.com/bandport/bandport/pkg/report"
	"github.com/bandport/bandport/pkg/strava"
)

func (a *app) authCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "auth",
		Short: "Log in to Strava's API, and out",
		Long: `Log in to Strava's API, and out. Only "upload" needs a login.

Strava's API wants an application of your own, whose owner has a subscription.
docs/upload.md shows how to create one; it takes two minutes. Without one use
"bandport stage".`,
		Example: `  bandport auth login
  bandport auth status`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.loginCommand(), a.statusCommand(), a.logoutCommand())
	exits(cmd, exitOK, exitUsage)
	return cmd
}

// loginWait is how long a login may take.
const loginWait = 10 * time.Minute

func (a *app) loginCommand() *cobra.Command {
	var noBrowser bool
	var clientID string
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in with your own API application",
		Long: `Log in with your own API application.

The application's number and secret are asked for, or come from
BANDPORT_STRAVA_CLIENT_ID and BANDPORT_STRAVA_CLIENT_SECRET. A browser opens on
Strava's page, where you allow the access; leave the boxes ticked: uploading
needs "upload", and reading is what keeps workouts from being uploaded twice.

Where there is no browser (SSH, containers), --no-browser prints the address.
Open it anywhere; the browser ends on a page that cannot be shown. Copy its
address and paste it here.

The login is kept in the key ring of the system, or in a file that only you can
read (see --login-store). It is renewed by itself.`,
		Example: `  bandport auth login
  bandport auth login --no-browser          on a machine without a browser`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			return a.login(cmd.Context(), &s, clientID, noBrowser)
		},
	}
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "print the address instead of opening a browser, and ask for the one that it ends on")
	cmd.Flags().StringVar(&clientID, "client-id", "", "`NUMBER` of the application; its secret is asked for")
	a.settingFlags(cmd, "login-store", "state-dir", "api-url", "auth-url")
	exits(cmd, exitOK, exitFailure, exitUsage, exitLogin, exitInactive, exitInterrupted)
	return cmd
}

// application finds out the application's number and secret: from the flag, the
// environment, an earlier login, or whoever sits there.
func (a *app) application(ctx context.Context, store *credentials.Store, id string) (clientID, secret string, err error) {
	if id == "" {
		id = a.Getenv(clientIDVariable)
	}
	secret = a.Getenv(clientSecretVariable)
	if old, _, err := store.Load(ctx); err == nil && secret == "" && (id == "" || id == old.ClientID) {
		id, secret = old.ClientID, old.ClientSecret
	}
	if id != "" && secret != "" {
		return id, secret, nil
	}
	if a.Ask == nil || a.AskPassword == nil {
		return "", "", &usageError{
			err:   errors.New("the number and the secret of the API application are missing"),
			hints: []string{"set " + clientIDVariable + " and " + clientSecretVariable + ", or run this on a terminal; docs/upload.md shows how to create an application"},
		}
	}
	if id == "" {
		a.note("the application's number and secret stand on https://www.strava.com/settings/api")
		if id, err = a.Ask(ctx, "Client ID: "); err != nil {
			return "", "", err
		}
	}
	typed, err := a.AskPassword(ctx, "Client Secret (not shown): ")
	if err != nil {
		return "", "", err
	}
	secret = strings.TrimSpace(string(typed))
	if id == "" || secret == "" {
		return "", "", &usageError{err: errors.New("without number and secret of an application there is no login")}
	}
	return id, secret, nil
}

func (a *app) login(ctx context.Context, s *settings, clientID string, noBrowser bool) error {
	store, err := a.loginStore(s)
	if err != nil {
		return err
	}
	app := strava.App{Auth: s.authURL}
	if app.ID, app.Secret, err = a.application(ctx, store, clientID); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, loginWait)
	defer cancel()
	grant, err := a.authorize(ctx, app, noBrowser)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &exitError{code: exitLogin, err: fmt.Errorf("nobody allowed the access within %v", loginWait), hints: []string{"try again, or with --no-browser"}}
	case errors.Is(err, strava.ErrDenied), errors.Is(err, strava.ErrState):
		return &exitError{code: exitLogin, err: err}
	case errors.Is(err, strava.ErrLoggedOut):
		return &exitError{code: exitLogin, err: err, hints: []string{"check the application's number and secret on https://www.strava.com/settings/api"}}
	case err != nil:
		return apiError(err)
	}
	login := credentials.Login{
		ClientID: app.ID, ClientSecret: app.Secret, Token: grant.Token, Scopes: grant.Scopes,
		AthleteID: grant.Athlete.ID, AthleteName: strings.TrimSpace(grant.Athlete.FirstName + " " + grant.Athlete.LastName),
	}
	if login.AthleteID == 0 {
		return &exitError{code: exitFailure, err: errors.New("the answer to the login does not say who has logged in")}
	}
	place, err := store.Save(ctx, login)
	if err != nil {
		return &exitError{code: exitFailure, err: err, hints: []string{"nothing is stored; --state-dir names another folder"}}
	}
	a.note("logged in as %s; the login is kept in %s", report.Printable(athleteText(&login)), placeText(place, store))
	return a.explainScopes(grant.Scopes)
}

func athleteText(l *credentials.Login) string {
	if l.AthleteName == "" {
		return fmt.Sprintf("athlete %d", l.AthleteID)
	}
	return fmt.Sprintf("%s (athlete %d)", l.AthleteName, l.AthleteID)
}

func placeText(p credentials.Place, s *credentials.Store) string {
	switch p {
	case credentials.Keyring:
		return "the key ring of the system"
	case credentials.File:
		return report.Printable(statePath(s.Dir)) + ", readable by you alone"
	}
	return "environment variables"
}

// explainScopes says what a login does not allow. Without uploading it is of no
// use, which is an error.
func (a *app) explainScopes(scopes []string) error {
	switch {
	case !slices.Contains(scopes, strava.ScopeWrite):
		return &exitError{
			code: exitLogin, err: errors.New("this login does not allow uploading: the box was not ticked"),
			hints: []string{`log in again with "bandport auth login" and leave all boxes ticked`},
		}
	case !strava.Allows(scopes, strava.ScopeRead):
		a.warn("this login does not allow reading activities: bandport cannot see what Strava has already, nor find out about an upload whose answer is lost")
	case !slices.Contains(scopes, strava.ScopeReadAll):
		a.warn("this login does not allow reading activities that only you can see: an upload whose answer is lost may stay unclear")
	}
	return nil
}

// authorize leads the athlete through Strava's page.
func (a *app) authorize(ctx context.Context, app strava.App, noBrowser bool) (strava.Grant, error) {
	if noBrowser {
		// Nobody listens there: the browser only has to show the address.
		x, err := app.Authorize("http://127.0.0.1/callback")
		if err != nil {
			return strava.Grant{}, err
		}
		a.tell("Open this address in any browser and allow the access:\n\n  %s\n\nThe browser ends on a page that cannot be shown. Copy the address of that page and paste it here:\n", x.URL)
		line, err := readLine(ctx, a.In)
		if err != nil {
			return strava.Grant{}, fmt.Errorf("reading the address: %w", err)
		}
		query, err := strava.ParseRedirect(line)
		if err != nil {
			return strava.Grant{}, &usageError{err: err}
		}
		return x.Finish(ctx, query)
	}
	l, err := strava.Listen(ctx)
	if err != nil {
		return strava.Grant{}, err
	}
	defer l.Close()
	x, err := app.Authorize(l.Redirect())
	if err != nil {
		return strava.Grant{}, err
	}
	if err := a.browse(ctx, x.URL); err != nil {
		a.warn("no browser could be opened (%s)", sentence(err))
		a.tell("Open this address in a browser on this computer:\n\n  %s\n\n", x.URL)
		a.say("hint", "on a machine without a browser use --no-browser")
	} else {
		a.note("a browser opens on Strava's page; allow the access there and leave the boxes ticked")
	}
	query, err := l.Wait(ctx, x)
	if err != nil {
		return strava.Grant{}, err
	}
	return x.Finish(ctx, query)
}

// tell writes what is longer than a message.
func (a *app) tell(format string, args ...any) {
	// Nobody is left to tell of a standard error that fails.
	_, _ = fmt.Fprintf(a.Err, format, args...)
}

// browse opens a browser. The address holds no secret.
func (a *app) browse(ctx context.Context, address string) error {
	if _, err := url.Parse(address); err != nil {
		return err
	}
	name, args := "xdg-open", []string{address}
	switch {
	case a.Getenv("BROWSER") != "":
		name = a.Getenv("BROWSER")
	case runtime.GOOS == "darwin":
		name = "open"
	case runtime.GOOS == "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the user's browser, and an address that we made
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // nothing depends on how a browser ends
	return nil
}

// loginStatus is what "auth status" tells.
type loginStatus struct {
	AthleteID   int64         `json:"athlete_id"`
	AthleteName string        `json:"athlete_name"`
	ClientID    string        `json:"client_id"`
	Store       string        `json:"store"`
	Scopes      []string      `json:"scopes"`
	Expires     *time.Time    `json:"expires"`
	Limits      *loginLimits  `json:"limits"`
	Problem     *string       `json:"problem"`
	Skew        time.Duration `json:"-"`
}

type loginLimits struct {
	Short     usage `json:"quarter_hour"`
	Day       usage `json:"day"`
	ReadShort usage `json:"read_quarter_hour"`
	ReadDay   usage `json:"read_day"`
}

type usage struct {
	Used  int `json:"used"`
	Limit int `json:"limit"`
}

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show who is logged in, what for, and what the rate limits leave",
		Long: `Show who is logged in, what for, and what the rate limits leave. It asks Strava,
which costs one request. No secret is shown.`,
		Example: "  bandport auth status\n  bandport auth status --json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			return a.status(cmd.Context(), &s, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON object")
	a.settingFlags(cmd, "login-store", "state-dir", "api-url", "auth-url")
	exits(cmd, exitOK, exitFailure, exitUsage, exitLogin, exitInactive, exitLimit, exitInterrupted)
	return cmd
}

func (a *app) status(ctx context.Context, s *settings, asJSON bool) error {
	x, err := a.openSession(ctx, s)
	if err != nil {
		return err
	}
	athlete, asked := x.client.Athlete(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if asked == nil {
		x.login.AthleteID, x.login.AthleteName = athlete.ID, strings.TrimSpace(athlete.FirstName+" "+athlete.LastName)
	}
	if l, _, err := x.store.Load(ctx); err == nil {
		x.login.Token = l.Token // it may have been renewed
	}
	st := loginStatus{
		AthleteID: x.login.AthleteID, AthleteName: x.login.AthleteName, ClientID: x.login.ClientID, Store: string(x.place), Scopes: x.login.Scopes,
	}
	if st.Scopes == nil {
		st.Scopes = []string{}
	}
	if t := x.login.Token.Expiry; t.Unix() > 1 {
		at := t.UTC().Truncate(time.Second)
		st.Expires = &at
	}
	if l := x.client.Limits(); l.Known {
		of := func(u strava.Usage) usage { return usage{u.Used, u.Limit} }
		st.Limits = &loginLimits{of(l.Short), of(l.Day), of(l.ReadShort), of(l.ReadDay)}
	}
	if asked != nil {
		text := asked.Error()
		st.Problem = &text
	}
	if asJSON {
		e := json.NewEncoder(a.Out)
		e.SetIndent("", "  ")
		err = e.Encode(st)
	} else {
		err = a.writeStatus(&st, &x.login, x)
	}
	a.warnSkew(x.client)
	if err == nil && asked != nil {
		return apiError(asked)
	}
	return err
}

func (a *app) writeStatus(st *loginStatus, l *credentials.Login, x *session) error {
	var b strings.Builder
	line := func(label, text string) { fmt.Fprintf(&b, "%-12s %s\n", label, text) }
	if st.AthleteID != 0 {
		line("athlete", report.Printable(athleteText(l)))
	}
	line("application", report.Printable(st.ClientID))
	line("kept in", placeText(x.place, x.store))
	if len(st.Scopes) > 0 {
		line("allows", report.Printable(strings.Join(st.Scopes, ", ")))
	}
	if st.Expires != nil {
		line("token", "until "+st.Expires.Local().Format("2006-01-02 15:04")+", renewed by itself")
	}
	if m := st.Limits; m != nil {
		line("requests", fmt.Sprintf("%d of %d in this quarter of an hour, %d of %d today", m.Short.Used, m.Short.Limit, m.Day.Used, m.Day.Limit))
		line("reading", fmt.Sprintf("%d of %d in this quarter of an hour, %d of %d today", m.ReadShort.Used, m.ReadShort.Limit, m.ReadDay.Used, m.ReadDay.Limit))
	}
	_, err := fmt.Fprint(a.Out, b.String())
	return err
}

func (a *app) logoutCommand() *cobra.Command {
	var local bool
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Take the access back at Strava and forget the login",
		Long: `Take the access back at Strava, then delete the login from this computer. The
journal stays.`,
		Example: `  bandport auth logout
  bandport auth logout --local       where Strava cannot be reached`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.load(cmd.Flags())
			if err != nil {
				return err
			}
			store, err := a.loginStore(&s)
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			login, place, err := store.Load(ctx)
			switch {
			case errors.Is(err, credentials.ErrNone):
				a.note("nobody is logged in")
				return nil
			case err != nil && !local:
				return &exitError{code: exitFailure, err: err, hints: []string{"--local deletes the login all the same"}}
			case err == nil && !local:
				app := strava.App{ID: login.ClientID, Secret: login.ClientSecret, Auth: s.authURL}
				if err := app.Revoke(ctx, login.Token); err != nil {
					return &exitError{code: exitFailure, err: err, hints: []string{"the login is still here; --local deletes it without asking Strava, and https://www.strava.com/settings/apps takes the access back"}}
				}
			}
			if err := store.Delete(ctx); err != nil {
				return err
			}
			if place == "environment" {
				a.note("the access is taken back; the environment variables still hold the old refresh token")
				return nil
			}
			a.note("logged out; the journal stays")
			return nil
		},
	}
	cmd.Flags().BoolVar(&local, "local", false, "delete the login from this computer without asking Strava")
	a.settingFlags(cmd, "login-store", "state-dir", "auth-url")
	exits(cmd, exitOK, exitFailure, exitUsage, exitInterrupted)
	return cmd
}
