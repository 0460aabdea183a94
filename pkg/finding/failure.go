package finding

import "errors"

// Failure is a finding that left nothing to work with: an error that has a
// code. Codecs and readers return it, so that callers can tell one kind of
// failure from another and users get the code in the JSON output.
type Failure struct {
	Finding Finding
	Err     error // the cause, if another error was it
}

// Fail returns a Failure for a code of the catalogue. The detail may be empty.
func Fail(code Code, place Place, detail string, cause error) *Failure {
	return &Failure{Finding: New(code, place, detail), Err: cause}
}

// Error returns the message, with the place where there is one.
func (f *Failure) Error() string {
	m := f.Finding.Message
	if where := f.Finding.Place.String(); where != "" {
		m += " (" + where + ")"
	}
	return m
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// CodeOf returns the code of the first Failure in the chain of err. An error
// without one is [Unreadable].
func CodeOf(err error) Code {
	var f *Failure
	if errors.As(err, &f) {
		return f.Finding.Code
	}
	return Unreadable
}
