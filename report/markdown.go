package report

import (
	"fmt"
	"html"
	"io"
	"io/fs"
	"strings"
	"text/template"

	"github.com/deepreview-go/deepreview"
)

// Markdown writes a report as GitHub flavoured Markdown.
type Markdown struct {
	// Templates overlays the embedded templates file by file; nil leaves them as they are. See [Templates].
	Templates fs.FS
}

// Render implements [Renderer].
func (m Markdown) Render(w io.Writer, r *deepreview.Report) error {
	s, err := templatesOf("markdown", m.Templates)
	if err != nil {
		return err
	}
	return s.render(w, NewView(r), new(run))
}

// markdown is text that is Markdown already: a func of this file made it.
type markdown string

func markdownFuncs() template.FuncMap {
	return template.FuncMap{
		"_escape": escapeMarkdown,
		// prose writes blocks, inline the same text on one line.
		"prose":  func(p Prose) markdown { return markdown(proseMarkdown(p)) },
		"inline": func(p Prose) markdown { return markdown(proseLine(p)) },
		// cell writes a value for a table's row.
		"cell": func(v any) markdown { return markdown(tableCell(string(escapeMarkdown(v)))) },
		// inHTML writes text inside of an HTML element, where Markdown's own escapes mean nothing.
		"inHTML": func(s string) markdown { return markdown(html.EscapeString(cleanLine(s))) },
		// span writes a code span, fenced a block that nothing in it can end.
		"span":   func(s string) markdown { return markdown(codeSpan(strings.Join(strings.Fields(s), " "))) },
		"fenced": func(lang, body string) markdown { return markdown(fence(body, lang)) },
		"code": func(e *ExcerptView) markdown {
			return markdown(fence(numbered(e), "text"))
		},
		"indent": func(n int, v any) markdown {
			pad := strings.Repeat(" ", min(max(n, 0), 16))
			return markdown(strings.TrimPrefix(prefixed(string(escapeMarkdown(v)), "", pad), pad))
		},
		// link writes text that leads to url, where that is the web; else the text alone.
		"link": func(text any, url string) markdown {
			inner := string(escapeMarkdown(text))
			if u := webURL(url); u != "" {
				return markdown("[" + inner + "](" + u + ")")
			}
			return markdown(inner)
		},
	}
}

// escapeMarkdown makes Markdown of any value: that of a [Prose] as it is, and of others what stands for their text, on one line.
func escapeMarkdown(v any) markdown {
	switch v := v.(type) {
	case markdown:
		return v
	case Prose:
		return markdown(proseMarkdown(v))
	case string:
		var b strings.Builder
		for _, p := range parts(cleanLine(v)) {
			if p.Code {
				b.WriteString(codeSpan(p.Text))
			} else {
				b.WriteString(escapeInline(p.Text, b.String()))
			}
		}
		return markdown(lineStarts(b.String()))
	case int:
		return markdown(fmt.Sprint(v))
	default:
		return escapeMarkdown(fmt.Sprint(v))
	}
}

// numbered is the code of e with its line numbers; ">" marks the cited lines.
func numbered(e *ExcerptView) string {
	var b strings.Builder
	digits := 1
	if n := len(e.Lines); n > 0 {
		digits = len(fmt.Sprint(e.Lines[n-1].Number))
	}
	for _, l := range e.Lines {
		mark := " "
		if l.Cited {
			mark = ">"
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%s %*d  %s", mark, digits, l.Number, l.Text), " ") + "\n")
	}
	if e.Cut {
		b.WriteString("  …\n")
	}
	return b.String()
}
