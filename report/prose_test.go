package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProseIsWrittenForEachFormat(t *testing.T) {
	tests := map[string]struct {
		prose                string
		html, markdown, text string
	}{
		"a paragraph": {"Some *words*, **more** and `code`.",
			"<p>Some <em>words</em>, <strong>more</strong> and <code>code</code>.</p>\n", "Some *words*, **more** and `code`.", "Some words, more and `code`."},
		"a heading": {"# Title\n\ntext", "<p><strong>Title</strong></p>\n<p>text</p>\n", "**Title**\n\ntext", "Title\n\ntext"},
		"raw HTML":  {"a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n", `a \<b\>c\</b\>`, "a <b>c</b>"},
		"a block of HTML": {"<div>\nx\n</div>", "<pre><code>&lt;div&gt;\nx\n&lt;/div&gt;</code></pre>\n",
			"```text\n<div>\nx\n</div>\n```", "    <div>\n    x\n    </div>"},
		"a link": {"[a](https://ok.example/x)", "<p><a href=\"https://ok.example/x\" rel=\"noopener nofollow\">a</a></p>\n", "[a](https://ok.example/x)", "a (https://ok.example/x)"},
		"a bare link": {"see https://ok.example/x.", "<p>see <a href=\"https://ok.example/x\" rel=\"noopener nofollow\">https://ok.example/x</a>.</p>\n",
			"see [https\\://ok.example/x](https://ok.example/x).", "see https://ok.example/x."},
		"a link that runs":   {"[a](javascript:x)", "<p>a (javascript:x)</p>\n", "a (javascript:x)", "a (javascript:x)"},
		"an image":           {"![a](https://ok.example/i.png)", "<p><a href=\"https://ok.example/i.png\" rel=\"noopener nofollow\">image: a</a></p>\n", "[image: a](https://ok.example/i.png)", "image: a (https://ok.example/i.png)"},
		"a list":             {"* a\n* b\n\n1. c\n2. d", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol>\n<li>c</li>\n<li>d</li>\n</ol>\n", "- a\n- b\n\n1) c\n2) d", "• a\n• b\n\n1. c\n2. d"},
		"an open fence":      {"```go\nx := 1", "<pre><code>x := 1\n</code></pre>\n", "```go\nx := 1\n```", "    x := 1"},
		"a fence in one":     {"````\n```\n````", "<pre><code>```\n</code></pre>\n", "````text\n```\n````", "    ```"},
		"a quotation":        {"> a\n> b", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n", "> a\n> b", "│ a b"},
		"an entity":          {"&lt;b&gt; &#x202e;x", "<p>&lt;b&gt; x</p>\n", `\<b\> x`, "<b> x"},
		"escaped":            {`\*a\* 1\. b`, "<p>*a* 1. b</p>\n", `\*a\* 1. b`, "*a* 1. b"},
		"a name":             {"max_size and _x", "<p>max_size and _x</p>\n", `max_size and \_x`, "max_size and _x"},
		"a table":            {"| a | b |\n|---|--:|\n| `x|y` | 2 |", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>`x</td>\n<td>y`</td>\n</tr>\n</tbody>\n</table>\n", "| a | b |\n| --- | --: |\n| \\`x | y\\` |", "a │ b\n`x │ y`"},
		"an unsafe autolink": {"<javascript:x>", "<p>javascript:x</p>\n", "javascript:x", "javascript:x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			html, err := proseHTML(Prose(test.prose))
			require.NoError(t, err)
			assert.Equal(t, test.html, string(html))
			assert.Equal(t, test.markdown, proseMarkdown(Prose(test.prose)))
			term := terminal{width: 80}
			assert.Equal(t, test.text, strings.TrimRight(string(term.lines(term.proseText(Prose(test.prose), ""))), "\n"))
		})
	}
}

func TestMarkdownWrittenAgainMeansTheSame(t *testing.T) {
	for _, s := range []string{
		"Some *words*, **more**, `a | b` and `` ` ``.", "- a\n\n  b\n- c\n  - d", "1. a\n   ```go\n   x\n   ```\n2. b", "> - a\n>\n> b", "a  \nb", "- a\n\n* b",
		"| a | b |\n|:--|:-:|\n| `x` | **y** \\| z |", "~~x~~ 2 < 3 & 4 > 3 [x] #1 a_b_c *", "    code\n\ttab", "***", "\\# no heading", "1\\. no list", "a\n\\- b",
		"[a *b*](https://ok.example/a_b)", "https://ok.example/a_b and www.ok.example", "x@ok.example", "![i](https://ok.example/i)", "# h\n\nx\n===", "+ a", "``` `` ```",
	} {
		once := proseMarkdown(Prose(s))
		first, err := proseHTML(Prose(s))
		require.NoError(t, err)
		again, err := proseHTML(Prose(once))
		require.NoError(t, err)
		assert.Equal(t, string(first), string(again), "%q is written %q", s, once)
	}
}

func TestTextIsWrappedAtTheWidthWordsAndWideLettersKept(t *testing.T) {
	term := terminal{width: 20}
	for _, p := range []Prose{"some words that do not fit on one line of twenty", "日本語の長い文章はここで折り返されるはずです", "averyveryverylongwordwithoutanyspaceatall", "> - quoted and in a list, with words"} {
		for _, l := range term.proseText(p, "  ") {
			assert.LessOrEqual(t, l.width(), 20, "%v", l)
		}
	}
	joined := ""
	for _, l := range term.proseText("averyveryverylongwordwithoutanyspaceatall", "") {
		for _, s := range l {
			joined += s.text
		}
	}
	assert.Equal(t, "averyveryverylongwordwithoutanyspaceatall", joined, "nothing is lost")
}

func TestATableOfMoreCellsThanItWritesIsShownAsItIs(t *testing.T) {
	wide := strings.Repeat("|a", 500) + "\n" + strings.Repeat("|-", 500) + "\n" + strings.Repeat("|\n", 20000)
	html, err := proseHTML(Prose(wide))
	require.NoError(t, err)
	assert.Less(t, len(html), 2*len(wide))
	assert.Less(t, len(proseMarkdown(Prose(wide))), 2*len(wide))
	small, err := proseHTML("Some words || more.\nAnd a line.\n\n| a | b | c |\n|---|---|---|\n| 1 |\n| 2 | 3 |\n")
	require.NoError(t, err)
	assert.Contains(t, string(small), "<td>3</td>", "a row may leave cells out")
}

func TestOnlyTheWebAndMailAreLinkedTo(t *testing.T) {
	for in, want := range map[string]string{
		"https://ok.example/a?b=c#d": "https://ok.example/a?b=c#d", "HTTP://ok.example": "http://ok.example", "mailto:x@ok.example": "mailto:x@ok.example",
		"https://ok.example/a b": "https://ok.example/a%20b", "https://ok.example/(x)": "https://ok.example/%28x%29", "https://ok.example/\"x": "https://ok.example/%22x",
		"javascript:x": "", "data:x": "", "//ok.example": "", "/x": "", "x": "", "": "", "https:": "", "https://": "", "ht\ttp://x": "", "http://x\u202e": "", "file:///x": "", "http:x": "", "https://ok.example@evil.example": "", "mailto:": "",
	} {
		assert.Equal(t, want, safeURL(in), in)
	}
}

func FuzzProse(f *testing.F) {
	for _, s := range []string{"# a\n\n- b\n  > c\n\n```\nd", "| a |\n|---|\n| b |", "[a](b) <c> &amp; `d` **e** ~~f~~ https://g.example", "a\n---\n1. b\n\n   c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 {
			return
		}
		p := Prose(cleanProse(s, maxProse))
		if _, err := proseHTML(p); err != nil {
			t.Fatal(err)
		}
		proseMarkdown(p)
		if strings.Contains(proseLine(p), "\n") {
			t.Fatalf("%q is no line", proseLine(p))
		}
		term := terminal{width: 40}
		for _, l := range term.proseText(p, "") {
			if l.width() > 40 && len(l) < 3 {
				t.Fatalf("%d columns: %v", l.width(), l)
			}
		}
	})
}
