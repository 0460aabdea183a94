package cli

// The exit codes. When several apply the first of 130, 5, 4, 6, 3, 1, 7 wins.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitPartial     = 3
	exitLogin       = 4
	exitInactive    = 5
	exitLimit       = 6
	exitFindings    = 7
	exitInterrupted = 130
)

// usageError is a mistake in what the user typed, or in the configuration.
type usageError struct {
	err   error
	hints []string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// exitError ends the program with a code after its message, if any, was shown.
type exitError struct {
	code  int
	err   error // nil where everything has been said
	hints []string
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}
func (e *exitError) Unwrap() error { return e.err }

// exitHelp returns the section about exit codes of a command's help.
func exitHelp(codes ...int) string {
	text := "Exit status:\n"
	for _, c := range codes {
		text += map[int]string{
			exitOK:          "  0    all done\n",
			exitFailure:     "  1    failure, and the message says why\n",
			exitUsage:       "  2    wrong usage or configuration; nothing was done\n",
			exitPartial:     "  3    some files failed, the rest is done\n",
			exitLogin:       "  4    not logged in, or the login does not allow it\n",
			exitInactive:    "  5    the API application is inactive; its owner needs a subscription\n",
			exitLimit:       "  6    the rate limit is reached; the same command goes on later\n",
			exitFindings:    "  7    all done, and in some files is something that Strava would reject or mangle\n",
			exitInterrupted: "  130  interrupted; what was printed is complete\n",
		}[c]
	}
	return text
}
