package report

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/template"

	"github.com/deepreview-go/deepreview"
)

// Text writes a report for a terminal.
type Text struct {
	// Templates overlays the embedded templates file by file; nil leaves them as they are. See [Templates].
	Templates fs.FS
	// Width is the number of columns; 0 means 80, and less than 30 counts as 30.
	Width int
	// Color adds colours, from the sixteen of the reader's palette. Links makes hyperlinks that the terminal opens (OSC 8).
	Color, Links bool
}

// Render implements [Renderer].
func (t Text) Render(w io.Writer, r *deepreview.Report) error {
	s, err := templatesOf("text", t.Templates)
	if err != nil {
		return err
	}
	width := t.Width
	if width == 0 {
		width = 80
	}
	return s.render(w, NewView(r), &run{term: terminal{width: min(max(width, 30), 1000), color: t.Color, links: t.Links}})
}

// ready is text that a func of this file has laid out for the terminal.
type ready string

func textFuncs(t terminal, word func(string) string) template.FuncMap {
	return template.FuncMap{
		"_escape": func(v any) ready { return t.escape(v) },
		// style makes parts look like one of: bold, dim, heading, critical, important, suggestion, red, green …
		"style": func(name string, parts ...any) (spans, error) {
			if _, ok := looks[name]; !ok {
				return nil, fmt.Errorf("there is no style %q", name)
			}
			out := t.collect(parts)
			for i := range out {
				out[i].style = name
			}
			return out, nil
		},
		// link makes parts lead to url, where that is the web.
		"link": func(url string, parts ...any) spans {
			out := t.collect(parts)
			if u := webURL(url); u != "" {
				for i := range out {
					out[i].url = u
				}
			}
			return out
		},
		// para writes parts as one paragraph, wrapped, behind indent spaces; hang puts that many more before all lines but the first.
		"para": func(indent, hang int, parts ...any) ready {
			first := strings.Repeat(" ", min(max(indent, 0), 20))
			return t.lines(t.wrap(t.collect(parts), first, first+strings.Repeat(" ", min(max(hang, 0), 20))))
		},
		// item is para behind a bullet.
		"item": func(indent int, parts ...any) ready {
			pad := strings.Repeat(" ", min(max(indent, 0), 20))
			return t.lines(t.wrap(t.collect(parts), pad+"• ", pad+"  "))
		},
		"prose": func(indent int, p Prose) ready {
			return t.lines(t.proseText(p, strings.Repeat(" ", min(max(indent, 0), 20))))
		},
		"heading": func(parts ...any) ready {
			line := t.wrap(t.collect(parts), "", "")
			n := 0
			for i := range line {
				n = max(n, line[i].width())
				for j := range line[i] {
					line[i][j].style = "bold"
				}
			}
			return t.lines(append(line, spans{{strings.Repeat("─", n), "dim", ""}}))
		},
		"code": func(indent int, e *ExcerptView) ready { return t.code(indent, e) },
		"diff": func(indent int, patch string) ready {
			pad := strings.Repeat(" ", min(max(indent, 0), 20))
			var out []spans
			for _, l := range diffLines(patch) {
				style := map[string]string{"file": "bold", "hunk": "hunk", "add": "add", "delete": "delete"}[l.Kind]
				out = append(out, t.hard(spans{{expandTabs(cleanCode(l.Text)), style, ""}}, pad, pad+"  ")...)
			}
			return t.lines(out)
		},
		// table writes rows of cells below a head, columns aligned; what does not fit is written a row at a time.
		"columns": func(head []string, rows [][]string) ready { return t.table(head, rows) },
		"verbatim": func(indent int, code string) ready {
			pad := strings.Repeat(" ", min(max(indent, 0), 20))
			var out []spans
			for line := range strings.SplitSeq(strings.TrimSuffix(cleanCode(code), "\n"), "\n") {
				out = append(out, t.hard(spans{{expandTabs(line), "code", ""}}, pad, pad+"  ")...)
			}
			return t.lines(out)
		},
		// dots joins the parts that are not empty.
		"dots": func(parts ...any) spans {
			var out spans
			for _, p := range parts {
				s := t.collect([]any{p})
				if s.width() == 0 {
					continue
				}
				if out != nil {
					out = append(out, span{text: " · ", style: "dim"})
				}
				out = append(out, s...)
			}
			return out
		},
		// prefix puts lead before a value that is neither empty nor 0.
		"prefix": func(lead string, v any) spans {
			s := t.collect([]any{v})
			if s.width() == 0 || v == 0 {
				return nil
			}
			return append(spans{{text: lead + " "}}, s...)
		},
		"quote": func(s string) string {
			if s == "" {
				return ""
			}
			return "“" + s + "”"
		},
		// title is a title before a text.
		"title": func(s string) string {
			if s == "" {
				return ""
			}
			return " " + s + ": "
		},
		// change is a severity as raised, and in the end where that differs.
		"change": func(raised, final string) string {
			if raised == "" || final == "" || raised == final {
				return word(cmp.Or(raised, final))
			}
			return word(raised) + " → " + word(final)
		},
		"counted": func(n int, one, many string) string {
			if n == 1 {
				return "1 " + one
			}
			return fmt.Sprint(n, " ", many)
		},
		"badges": func(list []StanceView) spans {
			var out spans
			for i, b := range list {
				text := cleanText(b.Label)
				if b.Differs {
					text += " (" + word("raised as") + " " + word(b.Severity) + ")"
				}
				lead := " — "
				if i > 0 {
					lead = ", "
				}
				out = append(out, span{text: lead, style: "dim"}, span{text: text})
			}
			return out
		},
		"places": func(list []PlaceView) spans {
			var out spans
			for i, p := range list {
				if i > 0 {
					out = append(out, span{text: ", "})
				}
				text := cleanText(word(p.Text))
				if p.Label != "" {
					text += " (" + cleanText(p.Label) + ")"
				}
				out = append(out, span{text: text, url: webURL(p.URL)})
			}
			return out
		},
		"before": func(old bool) string {
			if old {
				return " (" + word("before the change") + ")"
			}
			return ""
		},
		"numbers": func(list []LinkView) string {
			var b strings.Builder
			for _, l := range list {
				b.WriteString(" " + l.Text)
			}
			return b.String()
		},
		"labels": func(first string, list []ReviewerView, last ...string) []string {
			out := []string{first}
			for _, r := range list {
				out = append(out, r.Label)
			}
			return append(out, last...)
		},
		// look is the style of a verdict, or of a risk.
		"look": func(kind string) string {
			switch kind {
			case "merge":
				return "green"
			case "rework", "high":
				return "critical"
			case "merge with fixes", "incomplete", "medium":
				return "important"
			}
			return "bold"
		},
		"tableRows": func(v *View) [][]string {
			var out [][]string
			for _, r := range v.Table {
				out = append(out, append([]string{word(r.Name)}, r.Cells...))
			}
			return out
		},
		"matrixRows":   func(v *View) [][]string { return matrixRows(v, word) },
		"coverageRows": func(v *View) [][]string { return coverageRows(v, word) },
	}
}

func matrixRows(v *View, word func(string) string) [][]string {
	var out [][]string
	for _, s := range v.Severities {
		for _, is := range s.Issues {
			row := []string{is.Number}
			for _, p := range is.Panel {
				cell := "–"
				switch p.Kind {
				case "raised":
					cell = "● " + word(p.Severity)
				case "silent":
					cell = "○ " + word("read")
					if p.Missed {
						cell += ", " + word("missed")
					}
				case "scanned":
					cell = "◌ " + word("scanned")
				}
				row = append(row, cell)
			}
			out = append(out, append(row, word(is.Severity)))
		}
	}
	return out
}

func coverageRows(v *View, word func(string) string) [][]string {
	var out [][]string
	for _, f := range v.Files {
		row := []string{f.Path}
		for _, c := range f.Cells {
			cell := word(c.Status)
			if c.Scanned {
				cell += " (" + word("scanned") + ")"
			}
			if c.Missed {
				cell += " (" + word("missed") + ")"
			}
			if c.Reason != "" {
				cell += ": " + c.Reason
			}
			row = append(row, cell)
		}
		out = append(out, row)
	}
	return out
}

// collect makes spans of the parts of a paragraph.
func (t terminal) collect(parts []any) spans {
	var out spans
	for _, p := range parts {
		switch p := p.(type) {
		case spans:
			out = append(out, p...)
		case ready:
			out = append(out, span{text: cleanLine(string(p))})
		case Prose:
			for _, l := range t.proseText(p, "") {
				out = append(append(out, l...), span{text: " "})
			}
		default:
			s := cleanText(fmt.Sprint(p))
			out = append(out, span{text: s})
		}
	}
	return out
}

// escape makes text of any value that a template writes.
func (t terminal) escape(v any) ready {
	switch v := v.(type) {
	case ready:
		return v
	case spans:
		var b strings.Builder
		t.write(&b, v)
		return ready(b.String())
	case Prose:
		return t.lines(t.proseText(v, ""))
	default:
		return ready(cleanText(fmt.Sprint(v)))
	}
}

// lines writes each of lines with a line feed.
func (t terminal) lines(lines []spans) ready {
	var b strings.Builder
	for _, l := range lines {
		t.write(&b, l.trim())
		b.WriteByte('\n')
	}
	return ready(b.String())
}

// trim removes spaces at the end.
func (s spans) trim() spans {
	for len(s) > 0 {
		last := &s[len(s)-1]
		cut := strings.TrimRight(last.text, " ")
		if cut != "" {
			s[len(s)-1].text = cut
			break
		}
		s = s[:len(s)-1]
	}
	return s
}

// code writes an excerpt: numbers, a mark before the cited lines, long lines broken.
func (t terminal) code(indent int, e *ExcerptView) ready {
	digits := 1
	if n := len(e.Lines); n > 0 {
		digits = len(fmt.Sprint(e.Lines[n-1].Number))
	}
	pad := strings.Repeat(" ", min(max(indent, 0), 20))
	var out []spans
	for _, l := range e.Lines {
		mark, style := " ", ""
		if l.Cited {
			mark, style = "▌", "cited"
		}
		first := fmt.Sprintf("%s%s%*d │ ", pad, mark, digits, l.Number)
		rest := fmt.Sprintf("%s%s%*s │ ", pad, mark, digits, "")
		out = append(out, t.hard(spans{{expandTabs(cleanCode(l.Text)), style, ""}}, first, rest)...)
	}
	if e.Cut {
		out = append(out, spans{{text: pad + " …", style: "dim"}})
	}
	return t.lines(out)
}

// hard breaks s where the line is full, spaces and all.
func (t terminal) hard(s spans, first, rest string) []spans {
	var lines []spans
	line := spans{{text: first, style: "dim"}}
	room := max(8, t.width-width.StringWidth(first))
	used := 0
	for _, p := range s {
		for p.text != "" {
			n := fit(p.text, room-used)
			if n == 0 && used > 0 {
				lines = append(lines, line)
				line, used, room = spans{{text: rest, style: "dim"}}, 0, max(8, t.width-width.StringWidth(rest))
				continue
			}
			n = max(n, firstRune(p.text))
			line = append(line, span{p.text[:n], p.style, p.url})
			used += width.StringWidth(p.text[:n])
			p.text = p.text[n:]
		}
	}
	return append(lines, line)
}

// table lays rows out in columns where they fit, the first one wrapped if that helps, and one below the other where they do not.
func (t terminal) table(head []string, rows [][]string) ready {
	var widths []int
	all := append([][]string{head}, rows...)
	for r, row := range all {
		all[r] = lines(row)
		for i, c := range all[r] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width.StringWidth(c))
		}
	}
	total := 0
	for _, w := range widths {
		total += w + 2
	}
	var out []spans
	if over := total - 2 - t.width; over > 0 && len(widths) > 0 {
		if widths[0]-over < minColumn {
			for _, r := range all[1:] {
				if len(r) == 0 {
					continue
				}
				out = append(out, t.wrap(spans{{r[0], "bold", ""}}, "", "  ")...)
				for k := 1; k < len(r); k++ {
					name := ""
					if k < len(all[0]) {
						name = all[0][k] + ": "
					}
					out = append(out, t.wrap(spans{{name, "dim", ""}, {text: r[k]}}, "  ", "    ")...)
				}
			}
			return t.lines(out)
		}
		widths[0] -= over
	}
	for i, r := range all {
		if len(r) == 0 {
			continue
		}
		style := ""
		if i == 0 {
			style = "bold"
		}
		first := terminal{width: widths[0]}.wrapHard(spans{{r[0], style, ""}})
		for n, line := range first {
			line = append(line, span{text: strings.Repeat(" ", max(0, widths[0]-line.width())+2)})
			for k := 1; k < len(r) && n == 0; k++ {
				line = append(line, span{r[k], style, ""}, span{text: strings.Repeat(" ", widths[k]-width.StringWidth(r[k])+2)})
			}
			out = append(out, line)
		}
	}
	return t.lines(out)
}

// minColumn is how narrow the first column of a table may get.
const minColumn = 20

// wrapHard is wrap for a cell of exactly t.width columns: it indents what follows, and has no least width.
func (t terminal) wrapHard(s spans) []spans {
	if s.width() <= t.width {
		return []spans{s}
	}
	return t.wrap(s, "", "  ")
}
