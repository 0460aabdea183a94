package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/lexical"
)

// Number is a number in JSON, or a text that is one; absent where it is neither.
type Number struct{ activity.Value }

// UnmarshalJSON reads 5, "5", "5.0", null and "".
func (n *Number) UnmarshalJSON(b []byte) error {
	n.Value = activity.Value{}
	if v, _, ok := lexical.Number(bytes.Trim(b, `"`)); ok {
		n.Value = activity.Of(v)
	}
	return nil
}

// In returns the number times a unit where it says something: 0 and less stand
// for what is not known.
func (n Number) In(unit float64) activity.Value { return Positive(n.Value, unit) }

// Positive returns a figure times its unit, and nothing where the figure is not
// above 0.
func Positive(v activity.Value, unit float64) activity.Value {
	if f, ok := v.Get(); ok && f > 0 {
		return activity.Of(f * unit)
	}
	return activity.Value{}
}

// Documents hands each JSON value in r, one behind the other, to each.
//
// The error is [finding.JSONMalformed] with the place, [finding.TooLarge] beyond
// most bytes, that of ctx, or one that wraps that of r; each has had what comes
// before.
func Documents(ctx context.Context, r io.Reader, most int64, each func(json.RawMessage)) error {
	in := &io.LimitedReader{R: r, N: most}
	d := json.NewDecoder(in)
	for {
		var raw json.RawMessage
		err := d.Decode(&raw)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			each(raw)
			continue
		}
		var syntax *json.SyntaxError
		switch {
		case in.N <= 0:
			return finding.Fail(finding.TooLarge, finding.AtByte(most), fmt.Sprintf("%d MiB of JSON", most>>20), nil)
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return finding.Fail(finding.JSONMalformed, finding.AtByte(d.InputOffset()), "it ends in the middle", err)
		case errors.As(err, &syntax):
			return finding.Fail(finding.JSONMalformed, finding.AtByte(syntax.Offset), "", err)
		}
		return fmt.Errorf("reading the JSON: %w", err)
	}
}

// mostDepth is how deep a workout may lie in the answer around it.
const mostDepth = 6

// Objects hands the objects in a value to visit, through lists of them. What
// visit returns are values inside of the object in which to look on. listed says
// that an object stands in a list.
func Objects(raw json.RawMessage, visit func(object json.RawMessage, listed bool) (inside []json.RawMessage)) {
	objects(raw, 0, false, visit)
}

func objects(raw json.RawMessage, depth int, listed bool, visit func(json.RawMessage, bool) []json.RawMessage) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth > mostDepth {
		return
	}
	switch raw[0] {
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for _, v := range list {
				objects(v, depth+1, true, visit)
			}
		}
	case '{':
		for _, v := range visit(raw, listed) {
			objects(v, depth+1, false, visit)
		}
	}
}

// Unmarshal reads an object into v. Fields of another type than expected are left
// out, and the others are read.
func Unmarshal(object json.RawMessage, v any) bool {
	err := json.Unmarshal(object, v)
	return err == nil || errors.As(err, new(*json.UnmarshalTypeError))
}
