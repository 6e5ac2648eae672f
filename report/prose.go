package report

import (
	"bytes"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Prose is foreign Markdown. Each format has its own way to write it: HTML through goldmark and bluemonday, Markdown and text
// from the parsed tree, so that nothing in it reaches beyond itself.
type Prose string

// maxDepth is how deep blocks and emphasis may be nested; a text that goes deeper is shown as it is, in a code block.
const maxDepth = 40

// linkRel is what every link of a foreign text says about itself.
const linkRel = "noopener nofollow"

// The parser and the policy are built once; both are safe for concurrent use from then on.
var (
	markdownParser = sync.OnceValue(func() goldmark.Markdown {
		return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify))
	})
	prosePolicy = sync.OnceValue(func() *bluemonday.Policy {
		p := bluemonday.NewPolicy()
		p.AllowElements("p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li",
			"table", "thead", "tbody", "tr", "th", "td")
		p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
		p.AllowAttrs("href").OnElements("a")
		p.AllowURLSchemes("http", "https", "mailto")
		p.RequireParseableURLs(true)
		p.AllowRelativeURLs(false)
		p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + linkRel + "$")).OnElements("a")
		p.RequireNoFollowOnLinks(false)
		return p
	})
)

// proseTree is parsed Markdown in which only harmless nodes are left: no heading, image, raw HTML or link to anything but
// the web and mail.
type proseTree struct {
	root   ast.Node
	source []byte
}

func parseProse(p Prose) proseTree {
	s := string(p)
	if deep(s) {
		return verbatim(s)
	}
	source := []byte(s)
	root := markdownParser().Parser().Parse(text.NewReader(source))
	t := proseTree{root, source}
	if !t.mend(root, 0) {
		return verbatim(s)
	}
	return t
}

// deep reports whether a text makes more of itself than any does in earnest, which costs time and room: a line that opens very many
// containers, or a table whose rows have far more cells than they write.
func deep(s string) bool {
	rows, columns, size := 0, 0, 0 // of the block that the line is in
	for line := range strings.Lines(s) {
		if strings.Trim(line, "> \t\r\n") == "" {
			rows, columns, size = 0, 0, 0
		} else {
			rows, size = rows+1, size+len(line)
			columns = max(columns, strings.Count(line, "|"))
			if rows*columns > 2*size+200 {
				return true
			}
		}
		n := 0
		for i := range len(line) {
			switch line[i] {
			case '>', '-', '*', '+':
				n++
				continue
			case ' ', '\t':
				continue
			}
			break
		}
		if n > maxDepth && strings.Trim(line, "-*+ \t\r\n") != "" {
			return true
		}
	}
	return strings.Count(s, "[") > 2000 || strings.Count(s, "*")+strings.Count(s, "_") > 8000
}

// verbatim is a tree of one code block.
func verbatim(s string) proseTree {
	source := []byte(s)
	root, block := ast.NewDocument(), ast.NewCodeBlock()
	for i := 0; i < len(source); {
		n := bytes.IndexByte(source[i:], '\n') + 1
		if n == 0 {
			n = len(source) - i
		}
		block.Lines().Append(text.NewSegment(i, i+n))
		i += n
	}
	root.AppendChild(root, block)
	return proseTree{root, source}
}

// mend replaces what must not be shown as it is, below n. It reports false for a tree that is too deep.
func (t proseTree) mend(n ast.Node, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		switch c := c.(type) {
		case *ast.Heading:
			// A paragraph in bold: the report's own outline stays its own.
			p, strong := ast.NewParagraph(), ast.NewEmphasis(2)
			adopt(strong, c)
			p.AppendChild(p, strong)
			n.ReplaceChild(n, c, p)
			if !t.mend(strong, depth+1) {
				return false
			}
		case *ast.HTMLBlock:
			block := ast.NewCodeBlock()
			lines := c.Lines()
			if c.HasClosure() {
				lines.Append(c.ClosureLine)
			}
			block.SetLines(lines)
			n.ReplaceChild(n, c, block)
		case *ast.RawHTML:
			var b strings.Builder
			for i := range c.Segments.Len() {
				segment := c.Segments.At(i)
				b.Write(segment.Value(t.source))
			}
			n.ReplaceChild(n, c, literal(b.String()))
		case *ast.Image:
			// Not loaded: that would tell somebody that the report was opened. A link to it remains.
			link := ast.NewLink()
			link.Destination = c.Destination
			link.AppendChild(link, literal("image: "))
			adopt(link, c)
			n.ReplaceChild(n, c, link)
			next = link
		case *ast.Link:
			if safeURL(string(c.Destination)) == "" {
				last := ast.Node(literal(" (" + string(c.Destination) + ")"))
				n.ReplaceChild(n, c, last)
				first := last
				for k := c.FirstChild(); k != nil; {
					after := k.NextSibling()
					n.InsertBefore(n, last, k)
					if first == last {
						first = k
					}
					k = after
				}
				next = first
				break
			}
			c.Title = nil
			c.SetAttributeString("rel", []byte(linkRel))
			if !t.mend(c, depth+1) {
				return false
			}
		case *ast.AutoLink:
			if safeURL(string(c.URL(t.source))) == "" {
				n.ReplaceChild(n, c, literal(string(c.Label(t.source))))
				break
			}
			c.SetAttributeString("rel", []byte(linkRel))
		case *ast.Text:
			// Backslashes and entities are resolved here, once for all formats, and what they stood for is cleaned.
			v := string(c.Segment.Value(t.source))
			if !c.IsRaw() {
				v = unescape(v)
			}
			n.InsertBefore(n, c, literal(cleanText(v)))
			c.Segment = text.NewSegment(c.Segment.Stop, c.Segment.Stop) // keeps the line break
		case *ast.CodeSpan:
		case *ast.LinkReferenceDefinition:
			n.RemoveChild(n, c)
		default:
			if !t.mend(c, depth+1) {
				return false
			}
		}
		c = next
	}
	return true
}

// adopt moves the children of from to the end of to.
func adopt(to, from ast.Node) {
	for c := from.FirstChild(); c != nil; {
		next := c.NextSibling()
		to.AppendChild(to, c)
		c = next
	}
}

// literal is text that stands for itself.
func literal(s string) *ast.String {
	n := ast.NewString([]byte(s))
	n.SetRaw(true)
	return n
}

// safeURL returns s in a form that any format can hold if it leads to the web or to mail, else "".
func safeURL(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxLine || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || unseen(r) }) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" || u.User != nil { // a name before the host reads like another host
			return ""
		}
	case "mailto":
		if u.Opaque == "" {
			return ""
		}
	default:
		return ""
	}
	out := string(util.URLEscape([]byte(u.String()), false))
	return strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `"`, "%22", "'", "%27", `\`, "%5C", "`", "%60",
		"|", "%7C", "*", "%2A", " ", "%20").Replace(out)
}

// unescape resolves backslashes and entities, as CommonMark does in text.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			b.WriteByte(s[i])
		case s[i] == '&':
			end := strings.IndexByte(s[i:], ';')
			if end > 1 && end < 40 && !strings.ContainsAny(s[i+1:i+end], " &<>\n") {
				b.WriteString(html.UnescapeString(s[i : i+end+1]))
				i += end
				continue
			}
			b.WriteByte('&')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// code returns the text of a code block, and the language it names.
func (t proseTree) code(n ast.Node) (body, lang string) {
	var b strings.Builder
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		b.Write(segment.Value(t.source))
	}
	if f, ok := n.(*ast.FencedCodeBlock); ok {
		if word := string(f.Language(t.source)); plainWord(word) {
			lang = word
		}
	}
	return strings.TrimRight(b.String(), "\n"), lang
}

// plainWord reports whether s may name a language: nothing in it means anything to Markdown.
func plainWord(s string) bool {
	if s == "" || len(s) > 20 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '+' || r == '#' || r == '-' || r == '.')
	})
}

// codeSpan returns the text of a code span, on one line.
func (t proseTree) codeSpan(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(t.source))
		case *ast.String:
			b.Write(c.Value)
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// proseHTML writes p as HTML that holds nothing but the elements of prosePolicy.
func proseHTML(p Prose) (template.HTML, error) {
	t := parseProse(p)
	var b bytes.Buffer
	if err := markdownParser().Renderer().Render(&b, t.source, t.root); err != nil {
		return "", err
	}
	return template.HTML(prosePolicy().SanitizeBytes(b.Bytes())), nil //nolint:gosec // what bluemonday let through
}

// pathEscape escapes a slash-separated path for a URL.
func pathEscape(p string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}
