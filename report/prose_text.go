package report

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// proseWriter writes foreign Markdown for a terminal.
type proseWriter struct {
	proseTree
	t     terminal
	lines []spans
}

// proseText writes p wrapped, each line after indent.
func (t terminal) proseText(p Prose, indent string) []spans {
	w := &proseWriter{proseTree: parseProse(p), t: t}
	w.blocks(w.root, indent, indent)
	return w.lines
}

// blocks writes the blocks below n: first stands before the first line, rest before the others.
func (w *proseWriter) blocks(n ast.Node, first, rest string) {
	tight := false
	if l, ok := n.Parent().(*ast.List); ok {
		tight = l.IsTight
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c != n.FirstChild() && !tight {
			w.lines = append(w.lines, spans{{text: strings.TrimRight(rest, " ")}})
		}
		w.block(c, first, rest)
		first = rest
	}
}

func (w *proseWriter) block(n ast.Node, first, rest string) {
	switch n := n.(type) {
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		body, _ := w.code(n)
		for line := range strings.SplitSeq(cleanCode(body), "\n") {
			w.lines = append(w.lines, w.t.hard(spans{{expandTabs(line), "code", ""}}, first+"    ", rest+"      ")...)
			first = rest
		}
	case *ast.Blockquote:
		w.blocks(n, first+"│ ", rest+"│ ")
	case *ast.List:
		number := n.Start
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			marker := "• "
			if n.IsOrdered() {
				marker = strconv.Itoa(number) + ". "
				number++
			}
			if c != n.FirstChild() && !n.IsTight {
				w.lines = append(w.lines, spans{{text: strings.TrimRight(rest, " ")}})
			}
			if len(rest) > maxDepth*2 { // no room to go in further
				w.blocks(c, first, rest)
			} else {
				w.blocks(c, first+marker, rest+strings.Repeat(" ", width.StringWidth(marker)))
			}
			first = rest
		}
	case *ast.ThematicBreak:
		w.lines = append(w.lines, spans{{text: first + "───"}})
	case *extast.Table:
		for r := n.FirstChild(); r != nil; r = r.NextSibling() {
			var row spans
			for c := r.FirstChild(); c != nil; c = c.NextSibling() {
				if c != r.FirstChild() {
					row = append(row, span{text: " │ ", style: "dim"})
				}
				row = append(row, w.inline(c, "")...)
			}
			w.lines = append(w.lines, w.t.wrap(row, first, rest+"  ")...)
			first = rest
		}
	case *ast.Paragraph, *ast.TextBlock:
		w.lines = append(w.lines, w.t.wrap(w.inline(n, ""), first, rest)...)
	default:
		w.blocks(n, first, rest)
	}
}

// inline collects what is inside a paragraph, in the given style where a part has none of its own.
func (w *proseWriter) inline(n ast.Node, style string) spans {
	var out spans
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.String:
			out = append(out, span{text: string(c.Value), style: style})
		case *ast.Text:
			if c.SoftLineBreak() || c.HardLineBreak() {
				out = append(out, span{text: " ", style: style})
			}
		case *ast.CodeSpan:
			mark := ""
			if !w.t.color {
				mark = "`"
			}
			out = append(out, span{text: mark + cleanLine(w.codeSpan(c)) + mark, style: "code"})
		case *ast.Emphasis:
			inner := "italic"
			if c.Level > 1 {
				inner = "bold"
			}
			out = append(out, w.inline(c, inner)...)
		case *ast.Link:
			out = append(out, w.link(w.inline(c, "underline"), safeURL(string(c.Destination)))...)
		case *ast.AutoLink:
			label := spans{{text: cleanLine(string(c.Label(w.source))), style: "underline"}}
			out = append(out, w.link(label, safeURL(string(c.URL(w.source))))...)
		default:
			out = append(out, w.inline(c, style)...)
		}
	}
	return out
}

// link makes label lead to url; where the terminal shows no links, the address follows unless it is the label.
func (w *proseWriter) link(label spans, url string) spans {
	if w.t.links {
		for i := range label {
			label[i].url = url
		}
		return label
	}
	if len(label) == 1 && (label[0].text == url || strings.HasSuffix(url, "://"+label[0].text)) {
		return label
	}
	return append(label, span{text: " (" + url + ")"})
}

// expandTabs puts spaces for tabs, to every fourth column.
func expandTabs(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	col := 0
	for _, r := range s {
		if r == '\t' {
			n := 4 - col%4
			b.WriteString("    "[:n])
			col += n
			continue
		}
		b.WriteRune(r)
		col += width.RuneWidth(r)
	}
	return b.String()
}
