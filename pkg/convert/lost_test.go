package convert_test

import (
	"strings"
	"testing"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/convert"
	"github.com/bandport/bandport/pkg/finding"
)

// A field of an app that is kept without the app's identifier is told of; one that
// is gone with its values is told of as those.
func TestTheAppOfAFieldIsMissed(t *testing.T) {
	field := func(name, app string) activity.DeveloperField {
		return activity.DeveloperField{Name: name, Unit: "W", App: app}
	}
	for name, tt := range map[string]struct {
		from, to []activity.DeveloperField
		want     string // the field that is told of
	}{
		"kept":                       {[]activity.DeveloperField{field("Power", "a")}, []activity.DeveloperField{field("Power", "a")}, ""},
		"by another":                 {[]activity.DeveloperField{field("Power", "a")}, []activity.DeveloperField{field("Power", "b")}, "Power"},
		"by nobody":                  {[]activity.DeveloperField{field("Power", "a")}, []activity.DeveloperField{field("Power", "")}, "Power"},
		"gone as a whole":            {[]activity.DeveloperField{field("Power", "a")}, nil, ""},
		"never known":                {[]activity.DeveloperField{field("Power", "")}, []activity.DeveloperField{field("Power", "b")}, ""},
		"two apps with one name":     {[]activity.DeveloperField{field("Power", "a"), field("Power", "b")}, []activity.DeveloperField{field("Power", "b"), field("Power", "a")}, ""},
		"of two apps one is told of": {[]activity.DeveloperField{field("Power", "a"), field("Form", "a")}, []activity.DeveloperField{field("Power", "a"), field("Form", "b")}, "Form"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, f := range convert.Lost(&activity.Activity{DeveloperFields: tt.from}, &activity.Activity{DeveloperFields: tt.to}) {
				if f.Code == finding.LostApp {
					_, got, _ = strings.Cut(f.Message, ": ")
				}
			}
			if got != tt.want {
				t.Errorf("told of %q", got)
			}
		})
	}
}
