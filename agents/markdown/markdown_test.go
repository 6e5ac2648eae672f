package markdown_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/markdown"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// shop is a change of files that the reviews of these tests are about.
func shop(t testing.TB, names ...string) *deepreview.Change {
	t.Helper()
	var b strings.Builder
	for _, name := range names {
		b.WriteString("diff --git a/" + name + " b/" + name + "\nnew file mode 100644\n--- /dev/null\n+++ b/" + name + "\n@@ -0,0 +1,3 @@\n+one\n+two\n+three\n")
	}
	c, err := deepreview.ParseDiff(strings.NewReader(b.String()))
	require.NoError(t, err)
	return c
}

func locations(rev *deepreview.Review) []string {
	var out []string
	for _, f := range rev.Findings {
		for _, l := range f.Locations {
			out = append(out, l.String())
		}
	}
	return out
}

func TestAPathOfAnotherMachineBecomesTheChangedFileThatItEnds(t *testing.T) {
	c := shop(t, "basket/price.go", "basket/tax.go", "web/tax.go")
	c.Tree = fstest.MapFS{"basket/rate.go": {Data: []byte("x")}}
	for written, want := range map[string][]string{
		"/home/someone/shop/basket/price.go:2": {"basket/price.go:2"},
		"/build/basket/rate.go:7":              {"basket/rate.go:7"},
		`C:\src\shop\web\tax.go:1-2`:           {"web/tax.go:1-2"},
		"file:///src/shop/web/tax.go#L3":       {"web/tax.go:3"},
		"shop/basket/tax.go:1":                 {"basket/tax.go:1"},
		"b/basket/tax.go:1":                    {"basket/tax.go:1"},
		"price.go:2":                           {"basket/price.go:2"},
		"tax.go:2":                             {"tax.go:2"}, // two files end so: it stays as it is
		"basket/nowhere.go:2":                  {"basket/nowhere.go:2"},
		"basket/price.go:900000":               {"basket/price.go:900000"},
		"/somewhere/else.go:1":                 {"somewhere/else.go:1"},
		"https://forge.example/o/r/blob/main/web/tax.go#L2-L3": {"web/tax.go:2-3"},
	} {
		rev, err := markdown.Parse(c, "## Important\n\n1. **A title** — `"+written+"`\n\nWords.\n")
		require.NoError(t, err, written)
		assert.Equal(t, want, locations(rev), written)
	}
}

func TestAReviewItselfShowsTheRootOfItsAbsolutePaths(t *testing.T) {
	text := "## Important\n\n1. **A title** — [price.go:2](/home/x/shop/basket/price.go#L2)\n2. **Another** — `/home/x/shop/web/new.go:1`\n\n" +
		"## Coverage\n\n- `basket/price.go`: see 1\n"
	rev, err := markdown.Parse(nil, text)
	require.NoError(t, err)
	assert.Equal(t, []string{"basket/price.go:2", "web/new.go:1"}, locations(rev))
}

func TestCoverageIsOfChangedFilesAlone(t *testing.T) {
	c := shop(t, "a.go", "b.go", "d.go", "gradlew")
	rev, err := markdown.Parse(c, "## Important\nNone.\n\n## Coverage\n\n- `a.go`: clean\n- `c.go`: clean\n- `b.go`: skipped, it is generated\n- `gradlew`: trivial\n")
	require.NoError(t, err)
	require.Len(t, rev.Coverage, 3)
	assert.Equal(t, deepreview.CoverageTrivial, rev.Coverage[2].Status)
	assert.True(t, rev.Coverage[0].Read())
	assert.Equal(t, deepreview.Coverage{Path: "b.go", Status: deepreview.CoverageUnreviewed, Reason: "skipped, it is generated"}, rev.Coverage[1])
	_, stated := rev.CoverageOf("d.go")
	assert.False(t, stated, "of what the review does not name nothing is stated")
	assert.Contains(t, rev.Repairs[0], "not in the change")
}

func TestAFileThatCannotBeShownIsNeverRead(t *testing.T) {
	c, err := deepreview.ParseDiff(strings.NewReader("diff --git a/x.png b/x.png\nindex 1111111..2222222 100644\nBinary files a/x.png and b/x.png differ\n"))
	require.NoError(t, err)
	rev, err := markdown.Parse(c, "## Coverage\n\n- `x.png`: Reviewed, no issues\n")
	require.NoError(t, err)
	assert.Equal(t, deepreview.CoverageUnreviewed, rev.Coverage[0].Status)
	assert.False(t, rev.Coverage[0].Read())
}

// TestAnItemMayBeginInManyWays reads two findings in each of the ways that people number, rate and place them.
func TestAnItemMayBeginInManyWays(t *testing.T) {
	for name, text := range map[string]string{
		"a tag, and fields below":       "## Findings\n\n1. [High] The error is dropped\n   - File: `a.go:12`\n   - Fix: return it\n2. [Low] A word is spelt wrong\n   - File: b.go:3-4\n",
		"signs in headings":             "## Issues\n\n### 🔴 High — The error is dropped (`a.go:12`)\n\nWords.\n\n### 🟢 Low — A word is spelt wrong (`b.go:3-4`)\n",
		"labels in headings":            "## Review findings\n\n#### I1: The error is dropped\n\n**Location**: `a.go:12`\n\n#### S1: A word is spelt wrong\n\n**Location**: `b.go`, lines 3-4\n",
		"a place in bold":               "## Important\n\n- **`a.go:12`** – The error is dropped. Words.\n\n## Nice to have\n\n- **`b.go:3-4`** – A word is spelt wrong. More.\n",
		"bold paragraphs":               "**Findings**\n\n**High — The error is dropped** (`a.go:12`)\n\nWords.\n\n**Low — A word is spelt wrong** (`b.go:3-4`)\n",
		"a rating before the place":     "## Issues found\n\n1. **Severity: High** — `a.go:12` — The error is dropped\n2. **Severity: Low** — `b.go:3-4` — A word is spelt wrong\n",
		"as compilers print":            "a.go:12: The error is dropped (important)\nb.go:3-4: A word is spelt wrong (nit)\n",
		"stars and words of obligation": "# Code Review\n\n## Should fix\n\n* `a.go:12` — The error is dropped\n\n## Nits\n\n* `b.go:3-4` — A word is spelt wrong\n",
		"a table":                       "### Findings\n\n| Severity | Location | Finding |\n|---|---|---|\n| High | a.go:12 | The error is dropped |\n| Nit | `b.go` L3-L4 | A word is spelt wrong |\n",
		"headings of their own words":   "## P1\n\n### The error is dropped\n`a.go:12`\n\nWords.\n\n## P3\n\n### A word is spelt wrong\n`b.go:3-4`\n",
		"numbered issues in bold":       "**Issue 1: The error is dropped**\n- **Severity:** Major\n- **File:** `a.go`\n- **Line:** 12\n\n**Issue 2: A word is spelt wrong**\n- **Severity:** Minor\n- **File:** `b.go`\n- **Lines:** 3-4\n",
		"a label alone in bold":         "## Findings\n\n**I1** — `a.go:12` — The error is dropped\n\nWords.\n\n**S1** — `b.go:3-4` — A word is spelt wrong\n",
		"words before the place":        "## Findings\n\n- **I1** (important, regression) `a.go:12` — The error is dropped\n- **S1** (suggestion) `b.go:3-4` — A word is spelt wrong\n",
		"the place below":               "### Important Issues\n\n#### I1 — The error is dropped\n\n`a.go:12` (important, gap)\n\nWords.\n\n### Suggestions\n\n#### S1 — A word is spelt wrong\n\n`b.go:3-4`\n",
	} {
		t.Run(name, func(t *testing.T) {
			rev, err := markdown.Parse(nil, text)
			require.NoError(t, err)
			require.Len(t, rev.Findings, 2)
			assert.Equal(t, "The error is dropped", rev.Findings[0].Title)
			assert.Equal(t, "A word is spelt wrong", rev.Findings[1].Title)
			assert.Equal(t, []string{"a.go:12", "b.go:3-4"}, locations(rev))
			assert.Equal(t, deepreview.SeverityImportant, rev.Findings[0].Severity)
			assert.Equal(t, deepreview.SeveritySuggestion, rev.Findings[1].Severity)
		})
	}
}

func TestOnlyAReviewIsOne(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		ok   bool
	}{
		"nothing":                         {"", false},
		"white space":                     {" \n\t\n", false},
		"an agent's last words":           {"I could not start: no key.\n", false},
		"an error in a block of code":     {"```\nError: 429\n```\n", false},
		"a summary":                       {"## Summary\n\nIt renames things.\n", false},
		"a plan":                          {"Now I will read the files one by one.\n\n1. read `a.go`\n2. read `b.go`\n", false},
		"findings that nobody recognises": {"## Findings\n\nThere is trouble with locks.\n\n## Summary\nx\n", false},
		"a broken run without findings":   {"The agent failed at startup; there are no structured findings.\n", false},
		"a broken run without an answer":  {"Timeout after 20 minutes. The file holds no usable findings.\n", false},
		"findings, and none of a kind":    {"## Findings\n\nThe trouble is with locks everywhere in this change, more than can be told here, and it would take a page to name each of them in turn, so I name none. What I can say is that there are no security issues.\n", false},
		"a section that found nothing":    {"## Findings\n\nI read both files twice and found no issues: the lock is taken in one order, and every error is returned.\n", true},
		"a plain word":                    {"I found no issues.", true},
		"LGTM":                            {"LGTM!", true},
		"none of each":                    {"## Critical Issues\n\nNone.\n\n## Suggestions\n\n*None found.*\n", true},
		"only observations":               {"## Strengths\n\n- Small.\n", true},
		"only coverage":                   {"## Coverage\n\n- `a.go`: clean\n", true},
		"only a verdict":                  {"Verdict: approve\n", true},
		"a finding":                       {"[P1] It panics — a.go:3\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			rev, err := markdown.Parse(nil, test.text)
			require.NotNil(t, rev)
			assert.Equal(t, test.text, rev.Transcript)
			if test.ok {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, deepreview.ErrBadAnswer)
				assert.Equal(t, deepreview.FailureBadAnswer, deepreview.NewFailure(err).Kind)
				assert.Empty(t, rev.Findings)
			}
		})
	}
}

func TestASeverityIsNeverGuessed(t *testing.T) {
	severity := func(text string) deepreview.Severity {
		rev, err := markdown.Parse(nil, text)
		require.NoError(t, err)
		require.NotEmpty(t, rev.Findings)
		return rev.Findings[0].Severity
	}
	assert.Equal(t, deepreview.SeverityUnset, severity("## Findings\n\nC1. **A title** — `a.go:1`\n"), "one letter is a number")
	assert.Equal(t, deepreview.SeverityCritical, severity("## Findings\n\nC1. **A title** — `a.go:1`\nS1. **Another** — `a.go:2`\n"), "C and S are our numbers")
	assert.Equal(t, deepreview.SeverityUnset, severity("## Findings\n\nC1. **A title** — `a.go:1`\nX1. **Another** — `a.go:2`\n"), "X is not")
	assert.Equal(t, deepreview.SeverityUnset, severity("## Findings\n\n1. **A title** — `a.go:1` (grave, gap)\n"))
	assert.Equal(t, deepreview.SeverityCritical, severity("## Findings\n\n- 🔴 **A title** — `a.go:1`\n"), "a sign, where there is no word")
	assert.Equal(t, deepreview.SeverityImportant, severity("## Important\n\n- 🔴 **A title** — `a.go:1`\n"))
	assert.Equal(t, deepreview.SeveritySuggestion, severity("## Findings\n\n- 🔴 **Low: a title** — `a.go:1`\n"))
	assert.Equal(t, deepreview.SeveritySuggestion, severity("## Critical\n\n1. **A title** — `a.go:1` (low)\n"), "its own word comes before its section's")
}

func TestMoreThanIsKeptIsSaid(t *testing.T) {
	var b strings.Builder
	b.WriteString("## Important\n\n")
	for i := range markdown.MaxClaims + 10 {
		b.WriteString("- **Title " + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "** — `f" + strings.Repeat("1", i%5) + ".go:" + strings.Repeat("1", 1+i%3) + "`, `g.go:" + string(rune('1'+i%9)) + "`\n\n")
	}
	rev, err := markdown.Parse(nil, b.String())
	require.NoError(t, err)
	assert.LessOrEqual(t, len(rev.Findings), markdown.MaxClaims)
	long := "## Important\n\n1. **A title** — `a.go:1`\n\n" + strings.Repeat("words ", markdown.MaxText/6)
	rev, err = markdown.Parse(nil, long)
	require.NoError(t, err)
	assert.Len(t, rev.Findings, 1)
	assert.Contains(t, rev.Repairs[0], "left out")
}

func TestAFileIsAReviewer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ann.review.md")
	require.NoError(t, os.WriteFile(file, []byte("## Critical\n\n1. **It panics** — `a.go:3`\n"), 0o600))
	r := &markdown.Reviewer{Path: file, Vendor: "someone"}
	assert.Equal(t, "ann.review", r.Name())
	rev, err := r.Review(t.Context(), shop(t, "a.go"))
	require.NoError(t, err)
	assert.Equal(t, []string{"a.go:3"}, locations(rev))
	assert.Equal(t, "someone", rev.Vendor)

	require.NoError(t, os.WriteFile(file, []byte("no key"), 0o600))
	rev, err = r.Review(t.Context(), shop(t, "a.go"))
	require.ErrorIs(t, err, deepreview.ErrBadAnswer)
	assert.ErrorContains(t, err, file)
	assert.Equal(t, "no key", rev.Transcript)

	_, err = (&markdown.Reviewer{Path: t.TempDir()}).Review(t.Context(), shop(t, "a.go"))
	assert.ErrorContains(t, err, "no regular file")
	_, err = (&markdown.Reviewer{Path: file + ".gone"}).Review(t.Context(), shop(t, "a.go"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = (&markdown.Reviewer{}).Review(t.Context(), shop(t, "a.go"))
	assert.ErrorContains(t, err, "set Path or Data")
	assert.Equal(t, "markdown", (&markdown.Reviewer{}).Name())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Review(ctx, shop(t, "a.go"))
	assert.ErrorIs(t, err, context.Canceled)
}

func TestTheReviewerKeepsTheContract(t *testing.T) {
	r := &markdown.Reviewer{Data: []byte("## Critical\n\n1. **It panics** — `a.go:3`\n\n## Coverage\n\n- `a.go`: 1\n")}
	require.NoError(t, reviewtest.CheckReviewer(t.Context(), r, nil))
}

// FuzzParse reads any text: whatever it is, there is a review that can be held, or an error with the text kept.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.md")
	require.NoError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(text))
	}
	for _, text := range []string{
		"## Important\n1. **x** — `", "[P1] x — [y](z)", "### `a.go`\n**1.", "| Issue | File | Severity |\n|`", "```md\n```go\n", "**I1.** ** — `a:1`",
		"## 重要\n- 第3行 `a.go:第3行`", "<summary><b>\n<!--", "1. (important)\n(", "## Findings\n### Finding 1\n### Finding 2:", "I1. **\\/** — [a](\\/b\\/c.go#L1)",
	} {
		f.Add(text)
	}
	c := shop(f, "a.go", "mail/queue.go", "b/c.go")
	c.Tree = fstest.MapFS{"a.go": {Data: []byte("one\n")}, "x/y.go": {}}
	f.Fuzz(func(t *testing.T, text string) {
		for _, change := range []*deepreview.Change{nil, c} {
			rev, err := markdown.Parse(change, text)
			require.NotNil(t, rev)
			if err != nil {
				require.ErrorIs(t, err, deepreview.ErrBadAnswer)
			}
			ids := map[string]bool{}
			for _, x := range rev.Findings {
				require.NoError(t, x.Validate())
				require.False(t, ids[x.ID], x.ID)
				ids[x.ID] = true
				require.NotContains(t, x.Title, "\n")
			}
			for _, n := range rev.Notes {
				require.NotEmpty(t, n.Text)
				require.False(t, ids[n.ID], n.ID)
				ids[n.ID] = true
				require.NoError(t, (&deepreview.Finding{ID: n.ID, Title: "places", Locations: n.Locations}).Validate())
			}
			for _, cov := range rev.Coverage {
				if change != nil {
					require.NotNil(t, change.File(cov.Path))
				}
			}
		}
	})
}
