package markdown

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// grown are texts that a parser may take too long for, as a function of how many times their piece is repeated.
var grown = map[string]func(n int) string{
	"findings": func(n int) string {
		var b strings.Builder
		b.WriteString("## Important\n\n")
		for i := range n {
			fmt.Fprintf(&b, "%d. **A title of some length, number %d** — `a/b.go:%d-%d` (important, gap)\n\n   Some words.\n\n", i+1, i, i+1, i+2)
		}
		return b.String()
	},
	"one heading after another": func(n int) string { return strings.Repeat("# Findings\n## Important\n### `a.go`\n", n) },
	"headings of unknown words": func(n int) string { return "## Findings\n" + strings.Repeat("### I looked here\n", n) },
	"quotations in quotations":  func(n int) string { return "## Findings\n" + strings.Repeat(">", n) + " deep\n" },
	"lists in lists": func(n int) string {
		return "## Findings\n- x\n" + strings.Repeat(" ", n%100_000) + strings.Repeat("- ", n)
	},
	"brackets":                   func(n int) string { return "## Findings\n1. **x** " + strings.Repeat("[", n) + strings.Repeat("](", n) },
	"parentheses":                func(n int) string { return "## Findings\n1. **x** " + strings.Repeat("(", n) + strings.Repeat(")", n) },
	"backticks":                  func(n int) string { return "## Findings\n1. **x** — " + strings.Repeat("` `` ", n) },
	"asterisks":                  func(n int) string { return "## Findings\n" + strings.Repeat("**", n) + strings.Repeat("a ** b", n) },
	"fences that nothing closes": func(n int) string { return "## Findings\n" + strings.Repeat("```go\n~~~\n````md\n", n) },
	"comments that nothing ends": func(n int) string { return "## Findings\n" + strings.Repeat("<!--\n", n) },
	"tags":                       func(n int) string { return "## Findings\n" + strings.Repeat("<details><summary><b>\n", n) },
	"tables": func(n int) string {
		return "| Issue | File | Severity |\n|-|-|-|\n" + strings.Repeat("| a`|` | `a.go:1` | high |\n", n)
	},
	"bars":   func(n int) string { return "| Issue | File | Severity |\n" + strings.Repeat("|`", n) },
	"places": func(n int) string { return "## Findings\n1. **x** — " + strings.Repeat("`a.go:1`, ", n) },
	"lines":  func(n int) string { return "## Findings\n1. **x** — `a.go:1" + strings.Repeat(",2-3", n) + "`" },
	"absolute paths": func(n int) string {
		return "## Findings\n" + strings.Repeat("1. **x** — [y](/a/b/c/d/e/f/g.go#L1)\n", n)
	},
	"one path":                  func(n int) string { return "## Findings\n1. **x** — `" + strings.Repeat("a/", n) + "b.go:1`" },
	"labels":                    func(n int) string { return "## Findings\n1. **x**\n" + strings.Repeat("Fix: a\nImpact: b\n\n", n) },
	"one line":                  func(n int) string { return "## Findings\n- **x** " + strings.Repeat("no issues, a word and ", n) },
	"numbers that do not go on": func(n int) string { return "## Important\n" + strings.Repeat("1. **x**\n3. y\n", n) },
	"one label many times":      func(n int) string { return "## Important\n" + strings.Repeat("I1. **x** — `a.go:1`\n", n) },
	"coverage":                  func(n int) string { return "## Coverage\n" + strings.Repeat("- `a/b.go`: I1, S1, no issues\n", n) },
	"notes":                     func(n int) string { return "## Strengths\n" + strings.Repeat("- **x** y\n\n  z\n", n) },
	"white space":               func(n int) string { return "## Findings\n" + strings.Repeat(" \t\n", n) + strings.Repeat(" ", n) + "x" },
	"bytes that are no text":    func(n int) string { return "## Findings\n" + strings.Repeat("\xff\x00\r", n) },
	"indented":                  func(n int) string { return strings.Repeat("\t    ## Findings\n\t    x\n", n) },
	"setext":                    func(n int) string { return strings.Repeat("Findings\n===\n\n", n) },
	"emphasis in labels":        func(n int) string { return "## Findings\n- x\n" + strings.Repeat("**Fix", n) + "\n" },
	"fields": func(n int) string {
		return "## Findings\n### Finding 1: x\n" + strings.Repeat("**File:** `a.go` | ", n) + "\n"
	},
	"the same short name, varied": func(n int) string { return "## Findings\n" + strings.Repeat("1. **x** — `q/w/a.go:1`\n", n) },
}

// TestTheWorkGrowsWithTheLength counts what is looked at and what is copied: eight times the text takes about eight times as much.
func TestTheWorkGrowsWithTheLength(t *testing.T) {
	for name, text := range grown {
		t.Run(name, func(t *testing.T) {
			work := func(n int) (steps, copied float64) {
				s := text(n)
				p := newParser()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				p.parse(nil, s)
				runtime.ReadMemStats(&after)
				return float64(p.steps), float64(after.TotalAlloc - before.TotalAlloc)
			}
			work(1) // what is made once
			steps, copied := work(60)
			more, moreCopied := work(480)
			for range 2 { // what others allocate meanwhile, and pools that were emptied, only add to it
				_, again := work(480)
				moreCopied = min(moreCopied, again)
			}
			require.Positive(t, steps)
			assert.LessOrEqual(t, more, 9*steps+1000, "bytes looked at")
			assert.LessOrEqual(t, moreCopied, 24*copied+1<<20, "bytes copied: what is quadratic takes 64 times as much")
		})
	}
}

func TestTenMegabytesAreRead(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a second a text")
	}
	for _, name := range []string{"findings", "brackets"} {
		text := grown[name](1000)
		text = grown[name](1000 * (10 << 20) / len(text))
		rev, _ := Parse(nil, text)
		assert.LessOrEqual(t, len(rev.Findings), MaxClaims, name)
		assert.Equal(t, len(strings.ToValidUTF8(text[:min(len(text), MaxText)], "\uFFFD")), len(rev.Transcript), name)
	}
}

func BenchmarkParse(b *testing.B) {
	text := grown["findings"](10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse(nil, text); err != nil {
			b.Fatal(err)
		}
	}
}
