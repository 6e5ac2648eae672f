package report_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// wholeMarkdown fails where a text is not Markdown by itself: a fence or an element is open at its end.
func wholeMarkdown(t testing.TB, md string) {
	t.Helper()
	fence, depth := "", 0
	for line := range strings.Lines(md) {
		line = strings.TrimRight(line, "\n")
		run := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		if run == "" {
			run = line[:len(line)-len(strings.TrimLeft(line, "~"))]
		}
		switch {
		case fence != "":
			if line == fence || strings.HasPrefix(line, fence) && strings.Trim(line, fence[:1]) == "" {
				fence = ""
			}
		case len(run) >= 3 && !strings.Contains(line[len(run):], "`"):
			fence = run
		case strings.HasPrefix(line, "<details>"):
			depth++
		case line == "</details>":
			depth--
			require.GreaterOrEqual(t, depth, 0, "an element ends that was not begun")
		}
	}
	require.Empty(t, fence, "a fence is open")
	require.Zero(t, depth, "a details element is open")
}

// code returns the lines of all code blocks.
func code(md string) []string {
	var out []string
	source := []byte(md)
	ast.Walk(unsafeMarkdown.Parser().Parse(text.NewReader(source)), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if f, ok := n.(*ast.FencedCodeBlock); ok && in {
			for i := range f.Lines().Len() {
				line := f.Lines().At(i)
				out = append(out, string(line.Value(source)))
			}
		}
		return ast.WalkContinue, nil
	})
	return out
}

func TestAReportThatFitsIsOnePart(t *testing.T) {
	parts, err := report.Markdown{}.Parts(recorded(t), 0)
	require.NoError(t, err)
	assert.Equal(t, []string{render(t, report.Markdown{}, recorded(t))}, parts)
}

func TestPartsAreWholeByThemselvesAndTogether(t *testing.T) {
	for name, r := range map[string]*deepreview.Report{"recorded": recorded(t), "sample": report.Sample(), "large": synthetic(200)} {
		whole := render(t, report.Markdown{}, r)
		for _, limit := range []int{2048, 5000, report.CommentLimit} {
			if name == "large" && limit < 5000 {
				continue
			}
			parts, err := report.Markdown{}.Parts(r, limit)
			require.NoError(t, err)
			if len(whole) > limit {
				require.Greater(t, len(parts), 1)
			}
			var lines []string
			for i, p := range parts {
				assert.LessOrEqual(t, len(p), limit, "%s, %d", name, limit)
				wholeMarkdown(t, p)
				lines = append(lines, code(p)...)
				if len(parts) > 1 {
					first, _, _ := strings.Cut(p, "\n")
					assert.Regexp(t, fmt.Sprintf(`^# .* \(part %d of %d\)$`, i+1, len(parts)), first)
				}
			}
			assert.Equal(t, code(whole), lines, "%s, %d: no line of code is lost", name, limit)
			joined := strings.Join(parts, "")
			for _, is := range r.Issues {
				assert.Equal(t, 1, strings.Count(joined, "### "+is.Number+". "), "%s, %d: %s begins once", name, limit, is.Number)
			}
			for _, d := range r.Ledger {
				assert.Contains(t, joined, "| `"+d.Claim.String()+"` |")
			}
		}
	}
}

func TestAnIssueLongerThanAPartGoesOnInTheNext(t *testing.T) {
	r := recorded(t)
	r.Issues[0].Title = "A long one"
	r.Issues[0].Detail = strings.Repeat("Some words that go on and on.\n\n", 300)
	r.Issues[0].Patch = "--- a/x\n+++ b/x\n@@ -1 +1,500 @@\n" + strings.Repeat("+a line\n", 500)
	parts, err := report.Markdown{}.Parts(r, 4000)
	require.NoError(t, err)
	on, from := 0, 0
	for _, p := range parts {
		wholeMarkdown(t, p)
		if strings.Contains(p, "*This goes on in the next part.*\n") {
			on++
		}
		if strings.Contains(p, "**I1. A long one**: continued from the part before.") {
			from++
		}
	}
	assert.Greater(t, from, 3)
	assert.GreaterOrEqual(t, on, from)
}

func TestAnItemOfAListStaysInOnePart(t *testing.T) {
	r := recorded(t)
	r.Issues[0].Detail = strings.Repeat("- an item\n\n  that goes on in a paragraph of its own, with some more words to it\n\n", 200)
	parts, err := report.Markdown{}.Parts(r, 4000)
	require.NoError(t, err)
	on := 0
	for _, p := range parts {
		if _, rest, ok := strings.Cut(p, "continued from the part before.\n\n"); ok {
			assert.False(t, strings.HasPrefix(rest, " "), "%.80q", rest)
			on++
		}
	}
	assert.Greater(t, on, 3)
}

func TestPartsOfALongTableHaveItsHeadAgain(t *testing.T) {
	parts, err := report.Markdown{}.Parts(synthetic(200), 5000)
	require.NoError(t, err)
	heads := 0
	row := regexp.MustCompile("(?m)^\\| `[a-z]+/F\\d+` \\|")
	for _, p := range parts {
		if at := row.FindStringIndex(p); at != nil {
			assert.Contains(t, p[:at[0]], "| Claim | Title | Severity | Fate | Why |\n| --- | --- | --- | --- | --- |\n")
			heads++
		}
	}
	assert.Greater(t, heads, 3)
}

func TestALimitThatIsTooLowIsAnError(t *testing.T) {
	_, err := report.Markdown{}.Parts(recorded(t), 2047)
	assert.ErrorContains(t, err, "2048")
}

func TestNoHostileTextReachesBeyondItsPart(t *testing.T) {
	for i, s := range hostile() {
		if testing.Short() && i%5 != 0 {
			continue
		}
		parts, err := report.Markdown{}.Parts(written(s)[i%2], 3000) // each in one of the two, which is half the time
		require.NoError(t, err)
		for _, p := range parts {
			require.LessOrEqual(t, len(p), 3000)
			wholeMarkdown(t, p)
			harmless(t, asPage(t, p), "")
		}
	}
}
