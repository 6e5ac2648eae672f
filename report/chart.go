package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// A chart is laid out here and drawn by a template: where everything stands, in pixels, is data of the view; what it looks like is
// the template's. Nothing in a chart is to be had from it alone: each has totals to say in words, and a table of the same.

// GridView is a chart of marks in rows and columns: who says what about an issue, or a file. Few of them are listed with their
// names, a row each; many go side by side in bands, a row a reviewer.
type GridView struct {
	Width, Height int
	Labels        []LabelView
	Marks         []MarkView
	// Shown and Of count the issues, or the files, that are drawn and that there are; Reviewers and OfReviewers the same of reviewers.
	Shown, Of              int
	Reviewers, OfReviewers int
	// Banded says that they stand side by side.
	Banded bool
	// Totals say the whole of it in words, a line a reviewer: how many marks of which kind.
	Totals []TotalView
}

// LabelView is a text in a chart. Kind is "head", "row" (one that ends where the marks begin), "name", or, of an issue's number,
// its severity.
type LabelView struct {
	X, Y int
	Kind string
	// Text is cut to the room there is, Whole is not.
	Text, Whole string
}

// MarkView is one mark; X and Y are its middle. Kind is one of [StanceView] or [CellView], "missed" where that is so, or "end": the
// severity that the issue of a column has. Level is the severity of one that was raised.
type MarkView struct {
	X, Y        int
	Kind, Level string
}

// TotalView is what a reviewer's row comes to.
type TotalView struct {
	Label  string
	Counts []CountView
}

// FlowView is a chart of the claims: as what they were raised, and what they ended as. Both sides count claims.
type FlowView struct {
	Width, Height int
	Claims        int
	Raised, Ended []FlowNodeView
	Links         []FlowLinkView
}

// FlowNodeView is a level on one side; Name is a severity's, or "no issue".
type FlowNodeView struct {
	Name      string
	Count     int
	Y, Height int
	// Middle is where a label stands.
	Middle int
	// Links has, for a level as raised, how many ended as each of Ended.
	Links []int
}

// FlowLinkView goes from a level as raised to one as ended. It is Left high at its left end and Right at its right.
type FlowLinkView struct {
	From, To    string
	Count       int
	FromY, ToY  int
	Left, Right int
}

// Measures of the charts, in pixels, and how much they show at most: what is more is counted, and is in the table.
const (
	listed        = 14  // issues that are listed by name
	listedFiles   = 40  // files that are listed by name
	perBand       = 36  // columns of a band
	maxColumns    = 360 // columns of all bands
	maxCharted    = 12  // reviewers in a chart
	rowHeight     = 20
	bandColumn    = 16
	bandLabel     = 150
	bandGap       = 12
	headHeight    = 22
	numberWidth   = 34
	nameWidth     = 400
	markWidth     = 360 // all columns of a list together, if they fit
	minMarks      = 44
	maxMarkColumn = 106
	flowHeight    = 150
	flowGap       = 10
	flowWidth     = 620
)

// gridRow is what a grid shows: an issue or a file.
type gridRow struct {
	number, name, level string
	marks               []MarkView // one a reviewer, without places
}

// grid lays rows out.
func grid(rows []gridRow, reviewers []ReviewerView, list int) *GridView {
	if len(rows) == 0 || len(reviewers) == 0 {
		return nil
	}
	g := &GridView{Of: len(rows), OfReviewers: len(reviewers)}
	for i, r := range reviewers {
		t := TotalView{Label: r.Label}
		for _, row := range rows {
			m := row.marks[i]
			at := slices.IndexFunc(t.Counts, func(c CountView) bool { return c.Name == m.Kind })
			if at < 0 {
				at = len(t.Counts)
				t.Counts = append(t.Counts, CountView{Name: m.Kind})
			}
			t.Counts[at].Count++
		}
		g.Totals = append(g.Totals, t)
	}
	reviewers = reviewers[:min(len(reviewers), maxCharted)]
	g.Reviewers = len(reviewers)
	if len(rows) <= list {
		g.list(rows, reviewers)
	} else {
		g.bands(rows[:min(len(rows), maxColumns)], reviewers)
	}
	return g
}

// list puts the marks before the names: on a narrow screen they are what is to be seen.
func (g *GridView) list(rows []gridRow, reviewers []ReviewerView) {
	column := min(max(markWidth/len(reviewers), minMarks), maxMarkColumn)
	first := 0 // where the marks begin
	if rows[0].number != "" {
		first = numberWidth
	}
	names := first + column*len(reviewers) + 10
	g.Shown, g.Width, g.Height = len(rows), names+nameWidth, headHeight+rowHeight*len(rows)
	for i, r := range reviewers {
		g.label("head", first+column*i+column/2, headHeight-8, r.Label, letters(column-4))
	}
	for k, row := range rows {
		y := headHeight + rowHeight*k + rowHeight/2
		for i := range reviewers {
			g.mark(row.marks[i], first+column*i+column/2, y)
		}
		if row.number != "" {
			g.label(row.level, 0, y, row.number, 5)
			g.label("name", names, y, row.name, letters(nameWidth))
		} else {
			g.labelEnd("name", names, y, row.name, letters(nameWidth))
		}
	}
}

// letters is how many letters of a label fit in some pixels, in a wide font.
func letters(pixels int) int { return pixels * 10 / 68 }

func (g *GridView) bands(rows []gridRow, reviewers []ReviewerView) {
	g.Banded, g.Shown = true, len(rows)
	height := headHeight + rowHeight*len(reviewers) + bandGap
	bands := (len(rows) + perBand - 1) / perBand
	g.Width, g.Height = bandLabel+bandColumn*min(len(rows), perBand)+14, height*bands-bandGap
	for b := range bands {
		top := height * b
		for i, r := range reviewers {
			g.label("row", bandLabel-12, top+headHeight+rowHeight*i+rowHeight/2, r.Label, letters(bandLabel-14))
		}
		said := -1 // the column whose number was written last
		for c := range min(perBand, len(rows)-b*perBand) {
			k := b*perBand + c
			row, x := rows[k], bandLabel+bandColumn*c+bandColumn/2
			begins := c > 0 && row.level != rows[k-1].level
			if c == 0 || begins || c-said >= 5 {
				if begins && c-said < 3 {
					g.Labels = g.Labels[:len(g.Labels)-1] // there is no room for both
				}
				said = c
				text, kind := row.number, row.level
				if text == "" {
					text, kind = strconv.Itoa(k+1), "head"
				}
				g.Labels = append(g.Labels, LabelView{X: x - bandColumn/2 + 2, Y: top + 8, Kind: kind, Text: cutWidth(text, 5), Whole: text})
			}
			if row.level != "" {
				g.Marks = append(g.Marks, MarkView{X: x, Y: top + headHeight - 4, Kind: "end", Level: row.level})
			}
			for i := range reviewers {
				g.mark(row.marks[i], x, top+headHeight+rowHeight*i+rowHeight/2)
			}
		}
	}
}

func (g *GridView) mark(m MarkView, x, y int) {
	m.X, m.Y = x, y
	g.Marks = append(g.Marks, m)
}

func (g *GridView) label(kind string, x, y int, text string, room int) {
	g.Labels = append(g.Labels, LabelView{X: x, Y: y, Kind: kind, Text: cutWidth(text, room), Whole: text})
}

// labelEnd is label for a text whose end says more than its beginning: a path.
func (g *GridView) labelEnd(kind string, x, y int, text string, room int) {
	cut := text
	if width.StringWidth(cut) > room {
		cut = runewidth.TruncateLeft(cut, width.StringWidth(cut)-room+1, "…")
	}
	g.Labels = append(g.Labels, LabelView{X: x, Y: y, Kind: kind, Text: cut, Whole: text})
}

// cutWidth cuts s to room columns.
func cutWidth(s string, room int) string { return width.Truncate(s, max(room, 2), "…") }

// charts fills in the charts of v, whose other parts are there.
func (b *viewBuilder) charts(v *View) {
	var rows []gridRow
	for _, s := range v.Severities {
		for _, is := range s.Issues {
			row := gridRow{number: is.Number, name: unmarked(is.Title), level: is.Severity}
			for _, p := range is.Panel {
				m := MarkView{Kind: p.Kind}
				if p.Kind == "raised" {
					m.Level = p.Severity
				} else if p.Missed {
					m.Kind = "missed"
				}
				row.marks = append(row.marks, m)
			}
			rows = append(rows, row)
		}
	}
	v.Agreement = grid(rows, v.Reviewers, listed)
	rows = nil
	for _, f := range v.Files {
		row := gridRow{name: f.Path}
		for _, c := range f.Cells {
			m := MarkView{Kind: c.Status}
			switch {
			case c.Missed:
				m.Kind = "missed"
			case c.Scanned:
				m.Kind = "scanned"
			}
			row.marks = append(row.marks, m)
		}
		rows = append(rows, row)
	}
	v.Coverage = grid(rows, v.Reviewers, listedFiles)
	v.Flow = flow(v.Ledger)
}

// unmarked is a line without the backticks that mark code in it.
func unmarked(line string) string {
	var b strings.Builder
	for _, p := range parts(line) {
		b.WriteString(p.Text)
	}
	return b.String()
}

// noIssue is what a claim ends as that supports none.
const noIssue = "no issue"

// flow counts what the claims of a ledger were raised as, and what they ended as.
func flow(ledger []ClaimView) *FlowView {
	names := []string{"critical", "important", "suggestion", "unset", noIssue}
	f := &FlowView{Width: flowWidth}
	counts := map[[2]string]int{}
	for _, c := range ledger {
		if c.Note {
			continue
		}
		from, to := c.Raised, c.Final
		if from == "" {
			from = "unset"
		}
		if len(c.Issues) == 0 || to == "" && c.Outcome != "kept" && c.Outcome != "merged" {
			to = noIssue
		} else if to == "" {
			to = "unset"
		}
		counts[[2]string{from, to}]++
		f.Claims++
	}
	if f.Claims == 0 {
		return nil
	}
	side := func(of func(name string) int) []FlowNodeView {
		var nodes []FlowNodeView
		y := 0
		for _, name := range names {
			n := of(name)
			if n == 0 {
				continue
			}
			h := max(12, flowHeight*n/f.Claims)
			nodes = append(nodes, FlowNodeView{Name: name, Count: n, Y: y, Height: h, Middle: y + h/2})
			y += h + flowGap
		}
		f.Height = max(f.Height, y-flowGap)
		return nodes
	}
	f.Raised = side(func(name string) (n int) {
		for _, to := range names {
			n += counts[[2]string{name, to}]
		}
		return n
	})
	f.Ended = side(func(name string) (n int) {
		for _, from := range names {
			n += counts[[2]string{from, name}]
		}
		return n
	})
	used := make([]int, len(f.Ended)) // claims placed at the right
	for i := range f.Raised {
		from, placed := &f.Raised[i], 0
		for j := range f.Ended {
			to := &f.Ended[j]
			n := counts[[2]string{from.Name, to.Name}]
			from.Links = append(from.Links, n)
			if n == 0 {
				continue
			}
			at := func(node *FlowNodeView, placed int) int { return node.Y + node.Height*placed/node.Count }
			l := FlowLinkView{From: from.Name, To: to.Name, Count: n, FromY: at(from, placed), ToY: at(to, used[j])}
			placed, used[j] = placed+n, used[j]+n
			l.Left, l.Right = max(1, at(from, placed)-l.FromY), max(1, at(to, used[j])-l.ToY)
			f.Links = append(f.Links, l)
		}
	}
	return f
}
