package report

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// On GitHub, text does things: "@name" tells that person, "#12" and an address of an issue leave a trace there, a fence named
// "suggestion" is applied with one click, and bots obey lines that begin with a slash. None of these is a reviewer's to do. A
// backslash does not stop the first three, since GitHub looks for them in what Markdown has made of the text; a zero-width space does.

const breaker = "\u200b"

var (
	mention   = regexp.MustCompile(`([@#])([\pL\pN]|$)`)
	reference = regexp.MustCompile(`(?i)(GH-)([0-9]|$)`)
	// pageOf is the address of an issue, a pull request, a discussion or a commit on any forge of GitHub's.
	pageOf = regexp.MustCompile(`(?i)(/(?:issues|pull|pulls|discussions|commit|commits)/)([0-9a-f]|$)`)
)

// inert is s, text outside of code, without what GitHub would make a reference of.
func inert(s string) string {
	s = mention.ReplaceAllString(s, "$1"+breaker+"$2")
	s = reference.ReplaceAllString(s, "$1"+breaker+"$2")
	return pageOf.ReplaceAllString(s, "$1"+breaker+"$2")
}

// command reports whether a line that begins with s reads as an order to a bot.
func command(s string) bool {
	return len(s) > 1 && s[0] == '/' && unicode.IsLetter(rune(s[1]))
}

// GitHubLine writes foreign text as one line of GitHub's Markdown that does nothing but show it: no markup but code between
// backticks, no link, nobody mentioned, no issue referred to.
func GitHubLine(s string) string {
	var b strings.Builder
	for _, p := range parts(cleanLine(s)) {
		if p.Code {
			b.WriteString(codeSpan(p.Text))
			continue
		}
		t := inert(p.Text)
		if b.Len() == 0 && command(t) {
			t = breaker + t
		}
		b.WriteString(escapeInline(t, b.String()))
	}
	return lineStarts(b.String())
}

// githubBlocks writes p as GitHub's Markdown, one string a block, so that a text can be shortened between two of them.
func githubBlocks(p Prose) []string {
	t := parseProse(p)
	disarm(t.source, t.root)
	w := markdownWriter{t}
	var out []string
	for c := t.root.FirstChild(); c != nil; c = c.NextSibling() {
		if s := w.block(c); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// disarm takes away below n what GitHub would act on.
func disarm(source []byte, n ast.Node) {
	fresh := true // at the start of a line
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		switch c := c.(type) {
		case *ast.String:
			v := inert(string(c.Value))
			if fresh && command(v) {
				v = breaker + v
			}
			c.Value = []byte(v)
			fresh = fresh && v == ""
		case *ast.Text:
			if c.SoftLineBreak() || c.HardLineBreak() {
				fresh = true
			}
		case *ast.FencedCodeBlock:
			if language := string(c.Language(source)); drawn(language) {
				plain := ast.NewCodeBlock()
				plain.SetLines(c.Lines())
				n.ReplaceChild(n, c, plain)
			}
		case *ast.CodeSpan, *ast.CodeBlock:
			fresh = false
		case *ast.AutoLink:
			fresh = false
			if to := string(c.URL(source)); refers(to) {
				n.ReplaceChild(n, c, spanNode(to))
			} else {
				link := ast.NewLink()
				link.Destination = []byte(to)
				link.AppendChild(link, literal(inert(string(c.Label(source)))))
				n.ReplaceChild(n, c, link)
			}
		case *ast.Link:
			fresh = false
			disarm(source, c)
			if to := string(c.Destination); refers(to) {
				n.InsertAfter(n, c, spanNode(to))
				n.InsertAfter(n, c, literal(" "))
				for k := c.FirstChild(); k != nil; {
					after := k.NextSibling()
					n.InsertBefore(n, c, k)
					k = after
				}
				n.RemoveChild(n, c)
			}
		default:
			disarm(source, c)
			fresh = false
		}
		c = next
	}
}

// spanNode is a code span that holds s.
func spanNode(s string) ast.Node {
	c := ast.NewCodeSpan()
	c.AppendChild(c, literal(strings.ReplaceAll(s, "\n", " ")))
	return c
}

// refers reports whether a link to this address would leave a trace at what it leads to.
func refers(address string) bool {
	u, err := url.Parse(address)
	return err != nil || pageOf.MatchString(u.Path)
}

// drawn reports whether GitHub shows a code block of this language as something else than code.
func drawn(language string) bool {
	switch strings.ToLower(language) {
	case "suggestion", "mermaid", "math", "geojson", "topojson", "stl":
		return true
	}
	return false
}
