package recalc

// Confidence says how far a figure can be trusted.
type Confidence string

// The degrees of confidence.
const (
	// Exact: at least 95 % of the recordings that this was measured on agree
	// within one unit.
	Exact Confidence = "exact"
	// Close: it usually comes near.
	Close Confidence = "close"
	// Unknowable: Strava uses something that no file holds, such as its own
	// elevation model; the figure is our best.
	Unknowable Confidence = "unknowable"
)
