package recalc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// every returns n distances, the given metres apart.
func every(n int, metres float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i) * metres
	}
	return x
}

func TestGradeOnAnEvenSlope(t *testing.T) {
	for _, metres := range []float64{.1, 1, 2.5, 10, 100} {
		x := every(1000, metres)
		alt := make([]float64, len(x))
		for i := range x {
			alt[i] = 100 + x[i]*.07
		}
		for i := range x {
			if g := gradeAt(x, alt, i); math.Abs(g-7) > 1e-6 {
				t.Fatalf("%v m apart: %v %% at row %d, want 7 %%", metres, g, i)
			}
		}
	}
}

// The window shows in the grade of a single step up of 1 m after row 50: where
// it lies within the window, the grade is 1 m over the window's length.
func TestGradeWindow(t *testing.T) {
	for _, c := range []struct {
		name   string
		metres float64
		reach  [2]int // the rows before and after that the window of a row spans
	}{
		{"two rows to each side where they span 10 m", 2.5, [2]int{2, 2}},
		{"rows far apart", 100, [2]int{2, 2}},
		// Five steps of 2.4 m span 12 m. They are tested from i-3 to i+2, and used
		// from i-2 to i+3.
		{"one row more, and that in front", 2.4, [2]int{2, 3}},
		{"five steps of 2 m are just enough", 2, [2]int{2, 3}},
		{"three rows to each side", 1.7, [2]int{3, 3}},
		{"five rows to each side", 1, [2]int{5, 5}},
		{"fifty rows to each side, in steps of 0.1 m", .1, [2]int{50, 50}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := every(400, c.metres)
			alt := make([]float64, len(x))
			for i := 201; i < len(alt); i++ {
				alt[i] = 1
			}
			first, last := -1, -1
			for i := range x {
				if gradeAt(x, alt, i) > 0 {
					if first < 0 {
						first = i
					}
					last = i
				}
			}
			// The step lies between rows 200 and 201.
			if before, after := last-200, 201-first; before != c.reach[0] || after != c.reach[1] {
				t.Errorf("%d before and %d after, want %v", before, after, c.reach)
			}
		})
	}
}

func TestGradeOfAStandstillIsZero(t *testing.T) {
	x := make([]float64, 1000)
	alt := make([]float64, 1000)
	for i := range alt {
		alt[i] = float64(i)
	}
	for i := range x {
		if g := gradeAt(x, alt, i); g != 0 {
			t.Fatalf("%v %% at row %d", g, i)
		}
	}
}

func TestGradesThatAreTooSteepAreHeld(t *testing.T) {
	// Rows 10 m apart on a slope of 5 %, with a mistake of 100 m at row 10. It
	// touches the windows of rows 8 and 12; at rows 9 to 11 it lies inside.
	x := every(21, 10)
	alt := make([]float64, len(x))
	for i := range x {
		alt[i] = x[i] * .05
	}
	alt[10] += 100
	h := heldGrades{x: x, alt: alt}
	for i := 1; i < len(x); i++ {
		if g := h.at(i); math.Abs(g-5) > 1e-9 {
			t.Errorf("%v %% at row %d, want 5 %%", g, i)
		}
	}
}

func TestHeldGradesAreThoseOfASearchBack(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	x, alt := every(500, 5), make([]float64, 500)
	for i := range alt {
		alt[i] = rnd.Float64() * 20 // many grades are too steep
	}
	h := heldGrades{x: x, alt: alt}
	for i := 1; i < len(x); i += 1 + rnd.IntN(4) { // not every row is asked for
		want := 0.0
		for k := i; k >= 0; k-- {
			if g := gradeAt(x, alt, k); math.Abs(g) < 50 {
				want = g
				break
			}
		}
		if got := h.at(i); got != want {
			t.Fatalf("row %d: %v %%, want %v %%", i, got, want)
		}
		if again := h.at(i); again != want {
			t.Fatalf("row %d asked twice: %v %%, want %v %%", i, again, want)
		}
	}
}

func TestClimbFactor(t *testing.T) {
	for _, c := range []struct{ percent, want float64 }{
		{-20, 1}, {0, 1},
		// 1 + .040614·10 + 9.6406e-4·100 − 9.016e-6·1000 − 6.318e-8·1e4 + 3.2342e-9·1e5
		{10, 1.493222},
		{20, 2.126017},
		{50, 4.929662},
		{60, 4.929662}, // no steeper than Strava believes
	} {
		if got := climbFactor(c.percent); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%v %%: %v, want %v", c.percent, got, c.want)
		}
	}
	for g := 0.0; g < 50; g += .1 {
		if climbFactor(g+.1) <= climbFactor(g) {
			t.Fatalf("the factor falls at %v %%: mostClimb would not be the largest", g)
		}
	}
	if mostClimb != climbFactor(50) {
		t.Errorf("mostClimb is %v", mostClimb)
	}
}

func TestPaceFactor(t *testing.T) {
	if g := paceFactors[levelGrade].grade; g != 0 {
		t.Errorf("levelGrade is the entry of %v %%", g)
	}
	for _, p := range paceFactors {
		if got := paceFactor(p.grade); math.Abs(got-p.factor) > 1e-12 {
			t.Errorf("%v %%: %v, want %v", p.grade, got, p.factor)
		}
	}
	for _, c := range []struct{ percent, want float64 }{
		{-9, (.8755 + .876) / 2}, // linear between the entries
		{.5, 1.0095},
		{7, (1.228 + 1.3366) / 2},
		{-90, 2.096}, // level beyond the ends
		{90, 4.286},
	} {
		if got := paceFactor(c.percent); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v %%: %v, want %v", c.percent, got, c.want)
		}
	}
}

func TestGradeAdjustedDistance(t *testing.T) {
	x := every(101, 10) // 1 km
	slope := func(percent float64) []float64 {
		alt := make([]float64, len(x))
		for i := range x {
			alt[i] = x[i] * percent / 100
		}
		return alt
	}
	for _, c := range []struct{ percent, want float64 }{
		{0, 1000}, {10, 1456.5}, {-10, 875.5}, {49, 4286}, {80, 1000},
	} {
		if got := gradeAdjustedDistance(x, slope(c.percent), paceFactor); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("1 km at %v %% counts as %v m, want %v m", c.percent, got, c.want)
		}
	}
}

// Before October 2017 a metre counted by another curve.
func TestGradeAdjustedDistanceOfThePast(t *testing.T) {
	x := every(201, 5)
	slope := func(percent float64) []float64 {
		alt := make([]float64, len(x))
		for i := range x {
			alt[i] = x[i] * percent / 100
		}
		return alt
	}
	for _, c := range []struct{ percent, want float64 }{
		{0, 1000}, {10, 1493.2}, {-10, 698.3}, {20, 2126.0}, {-20, 625.0},
	} {
		if got := gradeAdjustedDistance(x, slope(c.percent), pastPaceFactor); math.Abs(got-c.want) > .1 {
			t.Errorf("1 km at %v %% counts as %.1f m, want %v m", c.percent, got, c.want)
		}
	}
}
