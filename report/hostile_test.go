package report_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// hostile is what somebody may write who wants a report to do something: run, load, lead astray, hide, or break.
func hostile() []string {
	out := []string{
		// ends of what they stand in
		"\"><script>alert(1)</script>", "' onmouseover='alert(1)", "\" autofocus onfocus=\"alert(1)", "--><script>alert(1)</script>", "</style><script>alert(1)</script>",
		"</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>", "</details></main><script>alert(1)</script>", "</code></pre><script>alert(1)</script>",
		"</summary></details><h1>x</h1>", "</td></tr></table><h1>x</h1>", "<!--", "-->", "<![CDATA[", "]]>", "<?php x ?>", "<!DOCTYPE x>", "<", ">", "&", "\"", "'", "`", "\\", "=",
		"&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;", "&#x3c;img src=x onerror=alert(1)&#x3e;", "&amp;lt;b&amp;gt;", "&#x202e;", "&#27;[31m", "&#0;", "&#x7f;", "&nbsp;&zwnj;&rlm;",
		"<scr<script>ipt>alert(1)</scr</script>ipt>", "<ScRiPt>alert(1)</sCrIpT>", "<script\n>alert(1)</script\n>", "<script/x>alert(1)</script>", "<<script>alert(1)//<</script>", "<script src=//127.0.0.1:1/x.js>",
		"<a href=\"javascript:alert(1)\">x</a>", "<a href=\" &#14; javascript:alert(1)\">x</a>", "<div style=\"background:url(http://127.0.0.1:1)\">", "<p style=width:expression(alert(1))>",
		"<x onclick=alert(1)>", "<b/onmouseover=alert(1)>b", "<svg><animate onbegin=alert(1) attributeName=x>", "<math href=javascript:alert(1)>x", "<svg><style>*{display:none}", "<meta http-equiv=refresh content=0;url=http://127.0.0.1:1>",
		// links
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "data:image/svg+xml;base64,PHN2Zz4=", "vbscript:x", "file:///etc/passwd",
		"blob:http://127.0.0.1:1/x", "//127.0.0.1:1/x", "\\\\127.0.0.1\\x", "http:javascript:alert(1)", "https://user:pw@ok.example", "http://127.0.0.1:1/{commit}\"onclick=x", "https://ok.example/{path}",
		"https://ok.example/\"><script>", "https://ok.example/a b", "https://ok.example/%", "https://ok.example/\x1b[31m", "mailto:x@ok.example", "x@ok.example", "@someone", "#1", "http://\u202eelpmaxe.ko", "https://ok.example/)[x](javascript:x)",
		// Markdown
		"[x](javascript:alert(1))", "[x](<javascript:alert(1)>)", "[x](JAVASCRIPT&colon;alert(1))", "[x](&#106;avascript:alert(1))", "![x](http://127.0.0.1:1/x.png)", "![x][1]\n\n[1]: http://127.0.0.1:1/x.png", "[x]: javascript:alert(1)\n\n[x]",
		"<javascript:alert(1)>", "<https://ok.example/\"onclick=x>", "[a](https://ok.example \"t\" onclick=x)", "[![x](http://127.0.0.1:1)](javascript:x)", "# heading", "x\n===", "x\n---", "- x\n- y", "1. x", "1) x", "> x", "+ x", "~~~\nx", "```\nx",
		"```\n</pre><script>alert(1)</script>\n```", "````\n```\n````", "`` ` ``", "`<script>alert(1)</script>`", "``", "` `", "    <script>alert(1)</script>", "\t<b>", "***", "___", "* * *", "| a | b |\n|---|---|\n| <b onclick=x> | `|` |", "a | b\n--|--\n1 | 2", "|", "||||", "a\\|b",
		"**x", "_x", "~~x", "x**", "*[x*](y)", "[x", "![x", "](x)", "\\<script>", "\\\\<b>", "\\", "x\\\ny", "x  \ny", "[^1]: note", "- [x] done", ":smile:", "$$x$$", "<details open ontoggle=alert(1)>", "</details>", "<summary>", "<br>", "<h1>x</h1>",
		"<div>\n\n# inside\n\n</div>", "<pre>\n```\n</pre>", "<!-- x\n\n-->", "> ```\n> x", "- ```\n  x", "1. > - x\n\n       code", "* a\n\n\n\n* b", "[x](https://ok.example/\n)", "![](x)", "[](x)", "\n\n\n", "   ", "\n# x\n\n---\n\n## y",
		// templates
		"{{.}}", "{{template \"html/page.tmpl\" .}}", "{{range}}", "{{", "}}", "{{/* x */}}", "{{define \"x\"}}{{end}}", "{{call .x}}", "${x}", "#{x}", "<%= x %>", "{% include x %}", "%s%d%!", "%1000000000d", "$(id)", "`id`",
		// terminals
		"\x1b[2J\x1b[31mred", "\x1b]8;;http://127.0.0.1:1\x1b\\x\x1b]8;;\x1b\\", "\x1b]0;title\a", "\x1b]52;c;eA==\a", "\x1bP+q\x1b\\", "\x1b[6n", "\x1bc", "\x1b", "\x1b[", "\x1b]", "\x1b]x", "\x1b(0", "\x1b[?25l", "\u009b31m", "\u009d0;x\u009c", "\x9b31m", "\x07\x08\x00", "\x7f", "a\rb", "a\x08b", "a\vb\fc", "\x0e\x0f",
		"a\x1b\n[31m", "\x1b[38;2;1;2;3mx\x1b[0m", "x\x1b[A\x1b[Ky",
		// direction, and what nobody sees
		"\u202eevil\u202c", "\u202dx", "\u2066x\u2069", "\u2067x", "\u2068x", "\u200e\u200f\u061c", "\u200b", "\u200bx\u200b", "x\u200dy", "\ufeff", "\u2060x", "\u00ad", "\u034f", "\u115f", "\u3164", "\u180e", "\u2028x\u2029", "\ufff9x\ufffb", "\U000e0041\U000e007f", "\U000e0100", "x" + strings.Repeat("\u0301", 200),
		"\u0627\u200c\u0628", "👩\u200d👩\u200d👧", "❤\ufe0f", "עברית", "日本語の長い題名です", "ﷺ", "🇩🇪", "\ufffe\uffff", "\U0010fffe", "\ue000",
		// no characters
		"\xff\xfe", "caf\xe9", "\xc0\xaf", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80", "x\xe2\x80", "\x80", "\xf0\x9f\x92",
		// large
		strings.Repeat("x", 5000), strings.Repeat("y ", 1500), strings.Repeat("日", 1000), strings.Repeat("> ", 300) + "deep", strings.Repeat("- ", 300), strings.Repeat("*", 3000), strings.Repeat("[", 2000), strings.Repeat("![", 1500), strings.Repeat("`", 999),
		strings.Repeat("<", 1200), strings.Repeat("&", 1200), strings.Repeat("a\n", 500), strings.Repeat("_a", 1000), strings.Repeat("|", 500) + "\n" + strings.Repeat("|-", 500) + "|", strings.Repeat("](", 1000), strings.Repeat("|a", 200) + "\n" + strings.Repeat("|-", 200) + "\n" + strings.Repeat("|\n", 2000), strings.Repeat("(", 1000), strings.Repeat("x\n\n> ", 80),
	}
	// Elements that run, load or cover something, alone and where they hide.
	for _, tag := range []string{"script", "img src=x onerror=alert(1)", "svg/onload=alert(1)", "iframe src=http://127.0.0.1:1", "object data=http://127.0.0.1:1", "embed src=http://127.0.0.1:1", "base href=http://127.0.0.1:1",
		"link rel=stylesheet href=http://127.0.0.1:1", "form action=http://127.0.0.1:1", "input autofocus onfocus=alert(1)", "video src=http://127.0.0.1:1 onerror=alert(1)", "audio src onerror=alert(1)",
		"body onload=alert(1)", "marquee onstart=alert(1)", "template", "noscript", "plaintext", "xmp", "frameset onload=alert(1)", "button formaction=javascript:alert(1)", "style"} {
		out = append(out, "<"+tag+">x", "**<"+tag+">**", "```html\n<"+tag+">\n```")
	}
	return out
}

// fill sets every field below v that can hold text to what next returns, and makes everything that can be nil: lists of two,
// pointers to one. Numbers become 1, and times a time.
func fill(v reflect.Value, next func() string, depth int) {
	if depth > 12 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(next())
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
		if _, ok := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }); ok {
			v.SetInt(20)
		}
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), next, depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), next, depth+1)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), next, depth+1)
		}
	}
}

// written is a report with text in every field, and one that is whole but for its free text.
func written(text string) []*deepreview.Report {
	all := new(deepreview.Report)
	fill(reflect.ValueOf(all).Elem(), func() string { return text }, 0)
	for i, rev := range all.Reviews {
		rev.Reviewer = fmt.Sprint(rev.Reviewer, i) // two columns
	}
	whole := report.Sample()
	replace(reflect.ValueOf(whole).Elem(), text)
	whole.Change.FileURL, whole.Change.CommitURL = "https://ok.example/{commit}/{path}#L{start}", "https://ok.example/"+text+"/{commit}"
	return []*deepreview.Report{all, whole}
}

// replace sets the free text below v: strings, but for names and paths that others refer to, and words of a type of their own.
func replace(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			replace(v.Elem(), text)
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]string]() && v.Len() > 0 {
			v.Set(reflect.ValueOf(slices.Repeat([]string{text}, v.Len())))
			return
		}
		for i := range v.Len() {
			replace(v.Index(i), text)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[deepreview.Ref]() {
			return
		}
		for i := range v.NumField() {
			switch v.Type().Field(i).Name {
			case "ID", "Reviewer", "Finding", "Path", "Number", "Unique", "Misses", "Issues", "Commit":
				if v.Field(i).Kind() == reflect.String || v.Field(i).Type() == reflect.TypeFor[[]string]() {
					continue
				}
			}
			replace(v.Field(i), text)
		}
	}
}

// elements of a page of ours, and of Markdown made a page.
var elements = strings.Fields(`html head meta title style body a header p h1 h2 h3 h4 small code ul ol li b div section table thead tbody tr th td svg rect
	nav details summary main form fieldset legend label input span article figure figcaption pre mark ins del dl dt dd footer strong em br hr blockquote
	select option button desc text circle path script`)

// filterRules is the style that a page has for the reviewers and files in it.
var filterRules = regexp.MustCompile(`^(@media screen \{\n(\.filter:has\(#f[rf]-(\d+|more):checked\) ~ section \.(issue\.)?[rf](\d+|-more) \{ --(by|file): ; \}\n)+\}\n)?$`)

// harmless fails where a page runs, loads or leads to anything but the web and itself.
func harmless(t testing.TB, page, style string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			t.Fatalf("a comment: %q", n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(elements, n.Data) {
			t.Fatalf("<%s>", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), slices.Contains([]string{"src", "srcset", "background", "formaction", "ping", "poster", "action", "style", "target", "cite", "download"}, a.Key):
				t.Fatalf("<%s %s=%q>", n.Data, a.Key, a.Val)
			case a.Key == "href":
				scheme, _, ok := strings.Cut(a.Val, ":")
				if !strings.HasPrefix(a.Val, "#") && (!ok || !slices.Contains([]string{"http", "https", "mailto"}, strings.ToLower(scheme))) {
					t.Fatalf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
			case a.Key == "http-equiv" && a.Val != "Content-Security-Policy":
				t.Fatalf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
		if n.Data == "style" || n.Data == "script" {
			if n.FirstChild == nil {
				t.Fatalf("an empty <%s>", n.Data)
			}
			body := n.FirstChild.Data
			if rest, ok := strings.CutPrefix(body, style); n.Data == "style" && (style == "" || !ok || !filterRules.MatchString(rest)) {
				t.Fatal("a style that is not ours")
			}
			if n.Data == "script" && (style == "" || len(n.Attr) > 0 || body != pageScript && body != "0") {
				t.Fatal("a script that is not ours")
			}
		}
	}
}

// pageScript is the one script of a page.
var pageScript = func() string {
	data, err := fs.ReadFile(report.Templates(), "html/page.js")
	if err != nil {
		panic(err)
	}
	return string(data)
}()

// outline is the headings of a page: foreign text adds none.
func outline(page string) string {
	var out []string
	root, _ := html.Parse(strings.NewReader(page))
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] != 'r' || n.Data == "details") {
			out = append(out, n.Data)
		}
	}
	return strings.Join(out, " ")
}

// ours are the sequences that coloured text is made of.
var ours = regexp.MustCompile("\x1b\\[[0-9;]+m|\x1b\\]8;;[!-~]*\x1b\\\\")

// calm fails where text for a terminal holds what could command it, turn its lines around or hide in them.
func calm(t testing.TB, text string, columns int) {
	t.Helper()
	require.True(t, utf8.ValidString(text))
	text = ours.ReplaceAllString(text, "")
	width := runewidth.Condition{StrictEmojiNeutral: true}
	for line := range strings.SplitSeq(text, "\n") {
		prev := rune(0)
		for _, r := range line {
			switch {
			case r == '\u200d' || r == '\u200c':
				require.Greater(t, prev, rune(0x80), "%q", line)
			case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
				t.Fatalf("%U in %q", r, line)
			}
			prev = r
		}
		if w := width.StringWidth(line); w > columns {
			t.Fatalf("%d columns, not %d: %q", w, columns, line)
		}
	}
}

var unsafeMarkdown = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(goldmarkhtml.WithUnsafe()))

// asPage makes a page of Markdown as a forge that lets raw HTML through does.
func asPage(t testing.TB, md string) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, unsafeMarkdown.Convert([]byte(md), &b))
	// goldmark writes the alignment of cells, and the box of a task, in attributes of its own
	return regexp.MustCompile(` style="text-align:[a-z]+"`).ReplaceAllString(b.String(), "")
}

// harm is what a text is checked for.
type harm struct {
	style    string
	outlines [2][2]string // of a harmless text: for each of written's reports, HTML's and Markdown's
}

func newHarm(t testing.TB) harm {
	t.Helper()
	h := harm{style: all(parseHTML(t, render(t, report.HTML{}, nil)), "style", "")[0].FirstChild.Data}
	for i, r := range written("x") {
		h.outlines[i] = [2]string{outline(render(t, report.HTML{}, r)), outline(asPage(t, render(t, report.Markdown{}, r)))}
	}
	return h
}

func (h harm) check(t testing.TB, text string) {
	t.Helper()
	for i, r := range written(text) {
		page := render(t, report.HTML{}, r)
		harmless(t, page, h.style)
		md := render(t, report.Markdown{}, r)
		require.True(t, utf8.ValidString(md))
		mdPage := asPage(t, md)
		harmless(t, mdPage, "")
		if visible(text) {
			// What shows something changes no heading; what shows nothing takes that of an empty part away.
			assert.Equal(t, h.outlines[i], [2]string{outline(page), outline(mdPage)})
		}
		terminals := []report.Text{{Width: 60}, {Width: 100, Color: true, Links: true}}
		calm(t, render(t, terminals[i], r), terminals[i].Width)
	}
}

// visible reports whether text shows anything.
func visible(text string) bool {
	v := report.NewView(&deepreview.Report{Change: deepreview.Header{Repository: text}, Summary: text})
	return v.Change.Repository != "" && v.Summary != ""
}

func TestNothingThatIsWrittenInAReportDoesHarm(t *testing.T) {
	h := newHarm(t)
	texts := hostile()
	require.GreaterOrEqual(t, len(texts), 200)
	for i, text := range texts {
		if testing.Short() && i%5 != 0 {
			continue // under the race detector all of them take minutes
		}
		t.Run(fmt.Sprintf("%d %.20q", i, text), func(t *testing.T) {
			t.Parallel()
			h.check(t, text)
		})
	}
}

func FuzzRender(f *testing.F) {
	h := newHarm(f)
	for i, text := range hostile() {
		if len(text) < 100 && (i%10 == 0 || !testing.Short()) {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return // length is another test's matter
		}
		h.check(t, text)
	})
}
