package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bandport/bandport/pkg/finding"
	"github.com/bandport/bandport/pkg/internal/csvrows"
)

// Row is one row of a table.
type Row struct {
	Cells []string
	Line  int // in which it begins, from 1
}

// Cell returns the text of a cell without blanks around it; of one that the row
// does not have, nothing.
func (r Row) Cell(i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(r.Cells[i])
}

// Columns says where the columns of a table stand, by name.
type Columns map[string]int

// ColumnsOf returns the columns of a header by the name that fold makes of each.
// Of two with one name the first counts.
func ColumnsOf(header Row, fold func(string) string) Columns {
	c := Columns{}
	for i, name := range header.Cells {
		if _, twice := c[fold(name)]; !twice {
			c[fold(name)] = i
		}
	}
	return c
}

// Cell returns the cell of a row in the column of that name.
func (c Columns) Cell(r Row, name string) string {
	if i, ok := c[name]; ok {
		return r.Cell(i)
	}
	return ""
}

// ReadTable hands the first row to header and the others to each. What each
// answers is what is wrong with the row, or nothing: that, and a row that cannot
// be split, becomes the finding [finding.CSVRow] with its line.
//
// The error is that of header, [finding.CSVHeader] where there is no first row,
// that of ctx, or one that wraps that of r.
func ReadTable(ctx context.Context, r io.Reader, found *finding.List, header func(Row) error, each func(Row) (why string)) error {
	rows := csvrows.New(r)
	cells, line, err := rows.Next()
	var bad *csvrows.RowError
	switch {
	case errors.Is(err, io.EOF):
		return finding.Fail(finding.CSVHeader, finding.Place{}, "the file holds no line", nil)
	case errors.As(err, &bad):
		return finding.Fail(finding.CSVHeader, finding.AtLine(bad.Line), bad.Why, err)
	case err != nil:
		return fmt.Errorf("reading the table: %w", err)
	}
	if err := header(Row{cells, line}); err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		cells, line, err := rows.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			found.Add(finding.CSVRow, finding.AtLine(bad.Line), bad.Why)
			continue
		case err != nil:
			return fmt.Errorf("reading the table: %w", err)
		}
		if why := each(Row{cells, line}); why != "" {
			found.Add(finding.CSVRow, finding.AtLine(line), why)
		}
	}
}

// Head returns the beginning of a file without byte order mark and blanks.
func Head(head []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
}

// FirstLine returns the first line with something in it, in lower case.
func FirstLine(head []byte) string {
	line, _, _ := bytes.Cut(Head(head), []byte("\n"))
	return strings.ToLower(string(line))
}

// Clip shortens a cell for a message.
func Clip(s string) string {
	const most = 40 // characters: as much as a line of a terminal has room for
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
