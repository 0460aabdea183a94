package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/check"
	"github.com/bandport/bandport/pkg/check/repair"
	"github.com/bandport/bandport/pkg/finding"
)

// Check is what `bandport check` says of one workout.
type Check struct {
	File      string    `json:"file"`
	Activity  *int      `json:"activity"` // nil: the file as a whole, which holds none
	Result    string    `json:"result"`   // the worst severity, or "clean"
	Format    *string   `json:"format"`
	SportType *string   `json:"sport_type"`
	StartDate *string   `json:"start_date"`
	Findings  []Finding `json:"findings"` // the worst first
	Repairs   []string  `json:"repairs"`  // codes among them that `bandport fix` mends
}

// Clean is the result of a workout that Strava takes as it is.
const Clean = "clean"

// NewCheck puts a verdict into the form that users see. a is nil where the file
// holds no activity. What `bandport fix` mends by itself says so.
func NewCheck(file string, index int, a *activity.Activity, v *check.Verdict) Check {
	c := Check{
		File: file, Result: Clean, SportType: orNull(string(v.Sport)), StartDate: instant(v.Start),
		Findings: newFindings(v.Findings), Repairs: []string{},
	}
	if a != nil {
		c.Activity, c.Format = &index, orNull(a.Format)
	}
	if worst, _ := v.Worst(); worst > finding.Info {
		c.Result = worst.String()
	}
	for k, f := range v.Findings {
		c.Findings[k].advise(f.Code)
		if repair.Mends(f.Code) && !slices.Contains(c.Repairs, string(f.Code)) {
			c.Repairs = append(c.Repairs, string(f.Code))
		}
	}
	return c
}

// advise tells of the repair of a finding, where there is one and nothing is
// said of it.
func (f *Finding) advise(code finding.Code) {
	if r, ok := repair.Lookup(code); ok && !strings.HasPrefix(f.Fix, "bandport fix") {
		f.Fix = advice(r)
	}
}

// advice says in a few words how to apply a repair.
func advice(r repair.Repair) string {
	text := "bandport fix"
	if r.Named {
		text += " --only " + string(r.Code)
	}
	if r.Needs != "" {
		text += " with " + r.Needs
	}
	return text + ": " + r.What
}

// CheckTable shows people what was found in many workouts, in one table, a line
// for each finding.
type CheckTable struct {
	grid    grid
	verbose bool

	workouts, clean, warned, failed int
	mendable                        int
	codes                           map[string]*codeCount
	advised                         map[string]bool
}

// codeCount counts the workouts in which a code was found.
type codeCount struct {
	code, severity string
	workouts       int
	mends          bool
}

// NewCheckTable returns a table that writes to w. Findings without effect on
// Strava, and workouts without others, are shown where verbose is set. columns is
// the width of the terminal; 0 is no limit.
func NewCheckTable(w io.Writer, verbose, color bool, columns int) *CheckTable {
	return &CheckTable{
		grid:    grid{w: w, color: color, width: columns, header: []string{"RESULT", "FILE", "FINDING", "TIMES", "WHERE", "WHAT"}},
		verbose: verbose, codes: map[string]*codeCount{}, advised: map[string]bool{},
	}
}

// Add shows a workout, now or with the next batch.
func (t *CheckTable) Add(c Check) error {
	t.workouts++
	switch c.Result {
	case Clean:
		t.clean++
	case finding.Warning.String():
		t.warned++
	default:
		t.failed++
	}
	if len(c.Repairs) > 0 {
		t.mendable++
	}
	name := t.grid.shortened(checkTitle(&c))
	shown := false
	for k := range c.Findings {
		f := &c.Findings[k]
		t.count(f, slices.Contains(c.Repairs, f.Code))
		if f.Severity == finding.Info.String() && !t.verbose {
			continue
		}
		shown = true
		if err := t.grid.add([]string{f.Severity, name, f.Code, strconv.Itoa(f.Count), f.where(), Printable(f.Message)}); err != nil {
			return err
		}
		if f.Fix != "" && !t.advised[f.Fix] {
			t.advised[f.Fix] = true // of a thousand files with one defect the first tells what to do
			if err := t.grid.add([]string{"", "", "", "", "", "→ " + Printable(f.Fix)}); err != nil {
				return err
			}
		}
	}
	if !shown && t.verbose {
		return t.grid.add([]string{Clean, name, "", "", "", ""})
	}
	return nil
}

func (t *CheckTable) count(f *Finding, mends bool) {
	n := t.codes[f.Code]
	if n == nil {
		n = &codeCount{code: f.Code, severity: f.Severity, mends: mends}
		t.codes[f.Code] = n
	}
	n.workouts++
}

func checkTitle(c *Check) string {
	if c.Activity == nil {
		return title(c.File, 0)
	}
	return title(c.File, *c.Activity)
}

// where names the place of a finding, or nothing.
func (f *Finding) where() string {
	switch {
	case f.Line != nil:
		return fmt.Sprintf("line %d", *f.Line)
	case f.Byte != nil:
		return fmt.Sprintf("byte %d", *f.Byte)
	}
	return ""
}

// Close shows what was kept back, how often each kind was found where there are
// several workouts, and the totals.
func (t *CheckTable) Close() error {
	if err := t.grid.flush(); err != nil {
		return err
	}
	if t.workouts == 0 {
		return nil
	}
	var b strings.Builder
	if t.grid.begun {
		b.WriteByte('\n')
	}
	if t.workouts > 1 {
		t.byCode(&b)
	}
	parts := []string{fmt.Sprintf("%d clean", t.clean)}
	if t.warned > 0 {
		parts = append(parts, fmt.Sprintf("%d with warnings", t.warned))
	}
	if t.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d with errors", t.failed))
	}
	fmt.Fprintf(&b, "%s: %s.", plural(t.workouts, "workout"), strings.Join(parts, ", "))
	if t.mendable > 0 {
		fmt.Fprintf(&b, ` "bandport fix" can mend something in %d.`, t.mendable)
	}
	b.WriteByte('\n')
	_, err := io.WriteString(t.grid.w, b.String())
	return err
}

func (t *CheckTable) byCode(b *strings.Builder) {
	list := make([]*codeCount, 0, len(t.codes))
	for _, n := range t.codes {
		if n.severity != finding.Info.String() || t.verbose {
			list = append(list, n)
		}
	}
	rank := map[string]int{finding.Error.String(): 0, finding.Warning.String(): 1, finding.Info.String(): 2}
	slices.SortFunc(list, func(x, y *codeCount) int {
		if d := rank[x.severity] - rank[y.severity]; d != 0 {
			return d
		}
		if d := y.workouts - x.workouts; d != 0 {
			return d
		}
		return strings.Compare(x.code, y.code)
	})
	rows := make([][]string, len(list))
	for i, n := range list {
		mends := ""
		if n.mends {
			mends = "can be mended"
		}
		rows[i] = []string{n.severity, n.code, plural(n.workouts, "workout"), mends}
	}
	for _, line := range aligned(1, 0, rows) {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if len(rows) > 0 {
		b.WriteByte('\n')
	}
}

// grid writes rows in columns, the last of which may be as long as it likes.
// Rows are kept back to align them, at most so many as a batch.
type grid struct {
	w      io.Writer
	color  bool
	width  int
	header []string
	begun  bool
	widths []int
	held   [][]string
}

func (g *grid) add(row []string) error {
	g.held = append(g.held, row)
	if len(g.held) >= batch {
		return g.flush()
	}
	return nil
}

func (g *grid) flush() error {
	if len(g.held) == 0 {
		return nil
	}
	rows := g.held
	if !g.begun {
		rows = slices.Concat([][]string{g.header}, g.held)
		g.widths = make([]int, len(g.header))
	}
	for _, r := range rows {
		for i, text := range r[:len(r)-1] {
			g.widths[i] = max(g.widths[i], width(text))
		}
	}
	var b strings.Builder
	for k, r := range rows {
		var line strings.Builder
		for i, text := range r {
			if i == len(r)-1 {
				line.WriteString(text)
				break
			}
			line.WriteString(left(text, g.widths[i]) + "  ")
		}
		text := strings.TrimRight(line.String(), " ")
		if g.color && !g.begun && k == 0 {
			text = "\x1b[" + strong + "m" + text + "\x1b[0m"
		}
		b.WriteString(text + "\n")
	}
	g.begun, g.held = true, g.held[:0]
	_, err := io.WriteString(g.w, b.String())
	return err
}

// shortened cuts the middle out of a name that is too long.
func (g *grid) shortened(name string) string {
	limit := max(g.width/3, leastName)
	r := []rune(name)
	if g.width == 0 || len(r) <= limit {
		return name
	}
	tail := (limit - 1) * 2 / 3
	head := limit - 1 - tail
	return string(r[:head]) + "…" + string(r[len(r)-tail:])
}
