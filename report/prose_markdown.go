package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// proseMarkdown writes p again as Markdown that cannot reach beyond itself: no heading, no raw HTML, no link to anything but the
// web and mail, every fence closed and longer than any inside it.
func proseMarkdown(p Prose) string {
	t := parseProse(p)
	return markdownWriter{t}.blocks(t.root)
}

// proseLine writes p on one line of Markdown.
func proseLine(p Prose) string {
	t := parseProse(p)
	return strings.Join(strings.Fields(markdownWriter{t}.flat(t.root)), " ")
}

type markdownWriter struct{ proseTree }

// blocks writes the blocks below n, an empty line between them but in a tight list.
func (m markdownWriter) blocks(n ast.Node) string {
	gap := "\n\n"
	if l, ok := n.Parent().(*ast.List); ok && l.IsTight {
		gap = "\n"
	}
	var out []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if s := m.block(c); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, gap)
}

func (m markdownWriter) block(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		body, lang := m.code(n)
		return fence(body, cmp.Or(lang, "text"))
	case *ast.Blockquote:
		return prefixed(m.blocks(n), "> ", "> ")
	case *ast.List:
		var items []string
		number, bullet, dot := n.Start, "- ", ". "
		if alternate(n) { // or it would go on the list before it
			bullet, dot = "* ", ") "
		}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			marker := bullet
			if n.IsOrdered() {
				marker = strconv.Itoa(number) + dot
				number++
			}
			items = append(items, prefixed(m.blocks(c), marker, strings.Repeat(" ", len(marker))))
		}
		if n.IsTight {
			return strings.Join(items, "\n")
		}
		return strings.Join(items, "\n\n")
	case *ast.ThematicBreak:
		return "***"
	case *extast.Table:
		return m.table(n)
	case *ast.Paragraph, *ast.TextBlock:
		return lineStarts(m.inline(n))
	default:
		return m.blocks(n)
	}
}

// alternate reports whether an odd number of lists stands right before n.
func alternate(n ast.Node) bool {
	odd := false
	for p := n.PreviousSibling(); p != nil && p.Kind() == ast.KindList; p = p.PreviousSibling() {
		odd = !odd
	}
	return odd
}

func (m markdownWriter) table(n *extast.Table) string {
	var rows []string
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		var b strings.Builder
		b.WriteByte('|')
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			fmt.Fprintf(&b, " %s |", tableCell(m.inline(c)))
		}
		rows = append(rows, b.String())
		if len(rows) == 1 {
			var rule strings.Builder
			rule.WriteByte('|')
			for _, a := range n.Alignments {
				rule.WriteString(map[extast.Alignment]string{extast.AlignLeft: " :-- |", extast.AlignRight: " --: |", extast.AlignCenter: " :-: |", extast.AlignNone: " --- |"}[a])
			}
			rows = append(rows, rule.String())
		}
	}
	return strings.Join(rows, "\n")
}

// inline writes what is inside a paragraph.
func (m markdownWriter) inline(n ast.Node) string {
	var b strings.Builder
	run := "" // text that the parser left in pieces
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch s := c.(type) {
		case *ast.String:
			run += string(s.Value)
			continue
		case *ast.Text:
			if !s.HardLineBreak() && !s.SoftLineBreak() {
				continue
			}
		}
		b.WriteString(escapeInline(run, b.String()))
		run = ""
		switch c := c.(type) {
		case *ast.Text:
			if c.HardLineBreak() {
				b.WriteByte('\\')
			}
			b.WriteByte('\n')
		case *ast.CodeSpan:
			b.WriteString(codeSpan(m.codeSpan(c)))
		case *ast.Emphasis:
			mark := strings.Repeat("*", c.Level)
			b.WriteString(mark + m.inline(c) + mark)
		case *extast.Strikethrough:
			b.WriteString("~~" + m.inline(c) + "~~")
		case *ast.Link:
			fmt.Fprintf(&b, "[%s](%s)", m.inline(c), safeURL(string(c.Destination)))
		case *ast.AutoLink:
			fmt.Fprintf(&b, "[%s](%s)", escapeInline(string(c.Label(m.source)), "["), safeURL(string(c.URL(m.source))))
		default:
			b.WriteString(m.inline(c))
		}
	}
	b.WriteString(escapeInline(run, b.String()))
	return b.String()
}

// flat writes the inline text of all blocks below n, code as code spans.
func (m markdownWriter) flat(n ast.Node) string {
	var out []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			body, _ := m.code(c)
			out = append(out, codeSpan(strings.Join(strings.Fields(body), " ")))
		case *ast.Paragraph, *ast.TextBlock, *extast.TableCell:
			out = append(out, strings.NewReplacer("\\\n", " ", "\n", " ").Replace(m.inline(c)))
		default:
			out = append(out, m.flat(c))
		}
	}
	return lineStarts(strings.Join(out, " "))
}

// fence puts body between fences that are longer than any run of backticks in it.
func fence(body, lang string) string {
	f := strings.Repeat("`", max(3, longestRun(body, '`')+1))
	return f + lang + "\n" + strings.TrimRight(body, "\n") + "\n" + f
}

// tableCell makes one line of Markdown of s that holds no bar of its own.
func tableCell(s string) string {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "\\\n", " ")), " ")
	if !strings.Contains(s, "|") {
		return s
	}
	var b strings.Builder
	escaped := false
	for i := range len(s) {
		if s[i] == '|' && !escaped {
			b.WriteByte('\\')
		}
		escaped = s[i] == '\\' && !escaped
		b.WriteByte(s[i])
	}
	return b.String()
}

// codeSpan writes s as a code span.
func codeSpan(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	f := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return f + s + f
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] == c {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

// prefixed puts first before the first line of s and rest before the others.
func prefixed(s, first, rest string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		switch {
		case i == 0:
			lines[i] = first + lines[i]
		default:
			lines[i] = strings.TrimRight(rest+lines[i], " ")
		}
	}
	return strings.Join(lines, "\n")
}

// escapeInline escapes what would mean something to Markdown in s; before is the text it is put behind. A name like max_size
// stays readable: an underscore within a word means nothing.
func escapeInline(s, before string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	var b strings.Builder
	b.Grow(len(s) + 8)
	prev, _ := utf8.DecodeLastRuneInString(before)
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for i, r := range s {
		rest := s[i+utf8.RuneLen(r):]
		next, _ := utf8.DecodeRuneInString(rest)
		switch r {
		case '\\', '`', '*', '[', ']', '<', '>', '|', '~':
			b.WriteByte('\\')
		case '_':
			if !word(prev) || !word(next) {
				b.WriteByte('\\')
			}
		case '&': // it may begin an entity
			if next == '#' || word(next) {
				b.WriteByte('\\')
			}
		case '@', ':': // they make links of addresses
			if next == '/' || r == '@' {
				b.WriteByte('\\')
			}
		case '.':
			if strings.HasSuffix(strings.ToLower(s[max(0, i-3):i]), "www") {
				b.WriteByte('\\')
			}
		case '#', '!', '$':
			if r != '#' || word(next) { // "!" may stand before a link of ours, "#1" is an issue and "$" mathematics to some
				b.WriteByte('\\')
			}
		}
		b.WriteRune(r)
		prev = r
	}
	return b.String()
}

// lineStarts escapes what opens a block at the start of a line of s.
func lineStarts(s string) string {
	if s == "" {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		l = strings.TrimLeft(l, " \t")
		if l == "" {
			if i > 0 && i < len(lines)-1 {
				l = `\` // no empty line ends the paragraph
			}
			lines[i] = l
			continue
		}
		switch c := l[0]; {
		case c == '#', c == '+', c == '-', c == '=', c == ':':
			l = `\` + l
		case c >= '0' && c <= '9':
			n := len(l) - len(strings.TrimLeft(l, "0123456789"))
			if n < len(l) && (l[n] == '.' || l[n] == ')') {
				l = l[:n] + `\` + l[n:]
			}
		}
		lines[i] = l
	}
	return strings.Join(lines, "\n")
}
