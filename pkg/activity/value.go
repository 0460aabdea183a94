package activity

import (
	"math"
	"strconv"
)

// Value is a figure that may be absent. The zero Value is absent.
type Value struct {
	v     float64
	known bool
}

// Of returns a known value. NaN and the infinities are no figures: they give
// the absent value.
func Of(v float64) Value {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Value{}
	}
	return Value{v: v, known: true}
}

// Get returns the figure and whether there is one.
func (v Value) Get() (float64, bool) { return v.v, v.known }

// Known reports whether there is a figure.
func (v Value) Known() bool { return v.known }

// Equal reports whether both are the same figure, or both absent.
func (v Value) Equal(w Value) bool { return v == w }

// Or returns the figure, or other where it is absent.
func (v Value) Or(other float64) float64 {
	if v.known {
		return v.v
	}
	return other
}

// Plus returns the sum of two figures. An absent one counts as nothing; the
// sum of two absent ones is absent.
func (v Value) Plus(w Value) Value {
	switch {
	case !v.known:
		return w
	case !w.known:
		return v
	}
	return Of(v.v + w.v)
}

// Max returns the larger of two figures, or the one that is known.
func (v Value) Max(w Value) Value {
	if !v.known || (w.known && w.v > v.v) {
		return w
	}
	return v
}

// Round returns the value rounded to a number of decimals, half away from zero.
// A value so large that it cannot be scaled has none, and is returned as it is.
func (v Value) Round(decimals int) Value {
	p := math.Pow(10, float64(decimals))
	if r := Of(math.Round(v.v*p) / p); r.known && v.known {
		return r
	}
	return v
}

// String returns the figure in the shortest form that reads back, or "" where
// it is absent.
func (v Value) String() string {
	if !v.known {
		return ""
	}
	return strconv.FormatFloat(v.v, 'f', -1, 64)
}

// MarshalJSON writes a number, or null where the figure is absent.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.known {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, v.v, 'f', -1, 64), nil
}
