package reviewtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
)

// injectedMarkdown tells what of a foreign text became markup in a viewer that lets HTML through, as some do; empty if
// nothing did.
func injectedMarkdown(text []byte) string {
	viewer := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(goldmarkhtml.WithUnsafe()))
	var page bytes.Buffer
	if err := viewer.Convert(text, &page); err != nil {
		return err.Error()
	}
	return injected(page.Bytes())
}

// injected tells what of a foreign text, known by the mark, became markup in a page, read as a browser reads it; empty if
// nothing did.
func injected(page []byte) string {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return err.Error()
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.ElementNode:
			if strings.Contains(n.Data, mark) {
				return fmt.Sprintf("an element %s", shown("<"+n.Data+">"))
			}
			for _, a := range n.Attr {
				if what := injectedAttribute(n, a); what != "" {
					return what
				}
			}
		case html.TextNode:
			if p := n.Parent; p != nil && strings.Contains(n.Data, mark) && (p.Data == "style" || p.Data == "script" && !isData(p)) {
				return fmt.Sprintf("text in <%s>: %s", p.Data, around(n.Data))
			}
		}
	}
	return ""
}

// harmless are attributes that only hold text.
var harmless = []string{"title", "alt", "id", "class", "for", "name", "value", "headers", "label", "placeholder", "summary", "datetime"}

func injectedAttribute(n *html.Node, a html.Attribute) string {
	shows := fmt.Sprintf("<%s %s=%s>", n.Data, shown(a.Key), around(a.Val))
	switch key := strings.ToLower(a.Key); {
	case strings.Contains(key, mark):
		return "an attribute of a foreign name: " + shows
	case !strings.Contains(a.Val, mark), slices.Contains(harmless, key), strings.HasPrefix(key, "aria-"), strings.HasPrefix(key, "data-"):
		return ""
	case (key == "href" && (n.Data == "a" || n.Data == "area") || key == "cite") && safeLink(a.Val):
		return ""
	}
	return "an attribute that acts: " + shows
}

// safeLink reports whether a browser that follows the link runs nothing.
func safeLink(url string) bool {
	url = strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1 // a browser overlooks them in a scheme
		}
		return r
	}, url))
	scheme, _, ok := strings.Cut(url, ":")
	return !ok || strings.ContainsAny(scheme, "/?#") || slices.Contains([]string{"http", "https", "mailto"}, scheme)
}

// isData reports whether a script element only holds data.
func isData(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "type" && strings.HasPrefix(a.Val, "application/") && strings.HasSuffix(a.Val, "json")
	})
}

// around quotes the text near the mark.
func around(text string) string {
	i := max(0, strings.Index(text, mark)-30)
	return shown(text[i:min(len(text), i+70)])
}
