package strava

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Loopback is a server on this computer that a browser is sent to at the end of
// a login. Strava allows 127.0.0.1 with any port for every application.
type Loopback struct {
	listener net.Listener
}

// Listen begins to listen on a free port.
func Listen(ctx context.Context) (*Loopback, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the browser: %w", err)
	}
	return &Loopback{listener: l}, nil
}

const callback = "/callback"

// Redirect is the address to send the browser to.
func (l *Loopback) Redirect() string { return "http://" + l.listener.Addr().String() + callback }

// Close ends the listening.
func (l *Loopback) Close() error { return l.listener.Close() }

// Wait waits for the browser and returns the query with which it came. What
// does not belong to the login is refused and not waited for: any web page can
// send a browser here.
func (l *Loopback) Wait(ctx context.Context, x *Authorization) (url.Values, error) {
	got := make(chan url.Values, 1)
	server := &http.Server{
		ReadHeaderTimeout: dialTimeout,
		ReadTimeout:       dialTimeout,
		WriteTimeout:      dialTimeout,
		MaxHeaderBytes:    16 << 10,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Referrer-Policy", "no-referrer")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Connection", "close")
			query := r.URL.Query()
			if r.Method != http.MethodGet || r.URL.Path != callback || !x.Mine(query) {
				http.Error(w, "This is not the login that bandport waits for.", http.StatusBadRequest)
				return
			}
			text := "Done. You can close this page and go back to the terminal.\n"
			if query.Get("error") != "" {
				text = "The access was refused. You can close this page; the terminal tells more.\n"
			}
			_, _ = io.WriteString(w, text) // the browser may be gone
			select {
			case got <- query:
			default: // it came twice
			}
		}),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l.listener) }()
	defer func() {
		// The page gets a moment to reach the browser.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = server.Shutdown(end)
	}()
	select {
	case query := <-got:
		return query, nil
	case err := <-failed:
		return nil, fmt.Errorf("waiting for the browser: %w", err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ParseRedirect reads the address that a user copied from the browser.
func ParseRedirect(text string) (url.Values, error) {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	if err != nil || u.RawQuery == "" {
		// The error of url.Parse would quote the code.
		return nil, errors.New("this is not the address to which Strava sent the browser: it has to hold \"code=\" and \"state=\"")
	}
	return u.Query(), nil
}
