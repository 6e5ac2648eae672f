package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/golden"
	"github.com/deepreview-go/deepreview/report"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// pr234Change is the change that the recorded report is of.
func pr234Change(t testing.TB) *deepreview.Change {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "testdata", "pr234", "change.patch"))
	require.NoError(t, err)
	defer f.Close()
	c, err := deepreview.ParseDiff(f)
	require.NoError(t, err)
	return c
}

func parse(t testing.TB, diff string) *deepreview.Change {
	t.Helper()
	c, err := deepreview.ParseDiff(strings.NewReader(diff))
	require.NoError(t, err)
	return c
}

// storeDiff has two hunks of one file, a new file and a deleted one.
const storeDiff = `diff --git a/store.go b/store.go
--- a/store.go
+++ b/store.go
@@ -1,5 +1,6 @@
 package store
 
-import "os"
+import "io"
+import "errors"
 
 func one() {}
@@ -20,4 +21,4 @@ func two() {
 	a()
-	b()
+	c()
 	d()
 }
diff --git a/gone.go b/gone.go
deleted file mode 100644
--- a/gone.go
+++ /dev/null
@@ -1,2 +0,0 @@
-package store
-var x = 1
`

func issueAt(id string, l deepreview.Location) *deepreview.Issue {
	return &deepreview.Issue{ID: id, Number: "I1", Title: "Something is wrong", Severity: deepreview.SeverityImportant, Locations: []deepreview.Location{l},
		Sources: []deepreview.Source{{Reviewer: "a", Finding: "1", Severity: deepreview.SeverityImportant}}, Reported: 1, Read: 2}
}

func reportOf(issues ...*deepreview.Issue) *deepreview.Report {
	return &deepreview.Report{Schema: deepreview.Schema, Change: deepreview.Header{Head: strings.Repeat("ab", 20)}, Issues: issues,
		Verdict: deepreview.Verdict{Kind: deepreview.VerdictMergeWithFixes}, Reviews: []*deepreview.Review{{Reviewer: "a", Label: "Alpha"}}}
}

func TestTheReviewOfARecordedReportIsAsItWas(t *testing.T) {
	got := render(t, report.GitHubReview{Change: pr234Change(t)}, recorded(t))
	golden.Check(t, filepath.Join("testdata", "githubreview", "pr234.json"), []byte(got))
}

func TestAReviewHasAFieldOfGitHubForEverything(t *testing.T) {
	is := issueAt("0a1b2c3d", deepreview.Location{Path: "store.go", Start: 3, End: 4})
	is.Detail, is.Impact = "It **fails**.", "Orders are lost."
	is.Fix = &deepreview.Fix{Text: "Import one.", Edits: []deepreview.Edit{{Path: "store.go", Start: 3, End: 4, New: "import \"errors\"\n"}}}
	got := render(t, report.GitHubReview{Change: parse(t, storeDiff), Notes: []string{"The branch moved."}}, reportOf(is))
	golden.Check(t, filepath.Join("testdata", "githubreview", "small.json"), []byte(got))
}

func TestACommentStandsOnLinesOfOneHunk(t *testing.T) {
	right, left := "RIGHT", "LEFT"
	for name, c := range map[string]struct {
		at        deepreview.Location
		start     int
		startSide string
		line      int
		side      string
		inBody    bool
	}{
		"one added line":                             {at: deepreview.Location{Path: "store.go", Start: 3}, line: 3, side: right},
		"two added lines":                            {at: deepreview.Location{Path: "store.go", Start: 3, End: 4}, start: 3, startSide: right, line: 4, side: right},
		"a context line":                             {at: deepreview.Location{Path: "store.go", Start: 6}, line: 6, side: right},
		"a range that goes on after the hunk":        {at: deepreview.Location{Path: "store.go", Start: 5, End: 12}, start: 5, startSide: right, line: 6, side: right},
		"a range over both hunks":                    {at: deepreview.Location{Path: "store.go", Start: 6, End: 22}, line: 6, side: right},
		"a range that begins before the hunk":        {at: deepreview.Location{Path: "store.go", Start: 15, End: 22}, start: 21, startSide: right, line: 22, side: right},
		"a deleted line":                             {at: deepreview.Location{Path: "store.go", Start: 3, Old: true}, line: 3, side: left},
		"a line that is on both sides, named before": {at: deepreview.Location{Path: "store.go", Start: 22, Old: true}, line: 23, side: right},
		"from a deleted line to one that stays":      {at: deepreview.Location{Path: "store.go", Start: 21, End: 22, Old: true}, start: 21, startSide: left, line: 23, side: right},
		"a line of a deleted file":                   {at: deepreview.Location{Path: "gone.go", Start: 2, Old: true}, line: 2, side: left},
		"a line between the hunks":                   {at: deepreview.Location{Path: "store.go", Start: 12}, inBody: true},
		"a whole file":                               {at: deepreview.Location{Path: "store.go"}, inBody: true},
		"another file":                               {at: deepreview.Location{Path: "other.go", Start: 3}, inBody: true},
		"no place":                                   {inBody: true},
		"lines that run backwards":                   {at: deepreview.Location{Path: "store.go", Start: 30, End: 3}, inBody: true},
	} {
		t.Run(name, func(t *testing.T) {
			req := report.GitHubReview{Change: parse(t, storeDiff)}.Request(reportOf(issueAt("0a1b2c3d", c.at)))
			if c.inBody {
				assert.Empty(t, req.Comments)
				assert.Contains(t, req.Body, "Something is wrong")
				return
			}
			require.Len(t, req.Comments, 1)
			got := req.Comments[0]
			assert.Equal(t, []any{c.start, c.startSide, c.line, c.side}, []any{got.StartLine, got.StartSide, got.Line, got.Side})
			assert.Contains(t, got.Body, "Something is wrong")
			assert.Equal(t, "0a1b2c3d", got.Issue)
		})
	}
}

func TestAPlaceInTheDiffIsTakenWhereTheFirstIsNot(t *testing.T) {
	is := issueAt("0a1b2c3d", deepreview.Location{Path: "other.go", Start: 3})
	is.Locations = append(is.Locations, deepreview.Location{Path: "store.go", Start: 4})
	req := report.GitHubReview{Change: parse(t, storeDiff)}.Request(reportOf(is))
	require.Len(t, req.Comments, 1)
	assert.Equal(t, 4, req.Comments[0].Line)
	assert.Contains(t, req.Comments[0].Body, "`other.go:3`", "the place that matters most is named")
}

func TestASuggestionReplacesExactlyTheLinesOfItsComment(t *testing.T) {
	head := []string{"package store", "", `import "io"`, `import "errors"`, "", "func one() {}"} // lines 1 to 6
	for name, c := range map[string]struct {
		edits []deepreview.Edit
		want  []string // the first six lines afterwards; nil where there must be no suggestion
	}{
		"one line":                  {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 3, New: "import \"os\"\n"}}, []string{head[0], "", `import "os"`, head[3], "", head[5]}},
		"two lines by one":          {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 4, New: "import \"os\"\n"}}, []string{head[0], "", `import "os"`, "", head[5]}},
		"a line with fences":        {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 3, New: "// ```\n// ````\n"}}, []string{head[0], "", "// ```", "// ````", head[3], "", head[5]}},
		"empty lines at its end":    {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 3, New: "x\n\n\n"}}, []string{head[0], "", "x", "", "", head[3], "", head[5]}},
		"a deletion":                {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 4}}, []string{head[0], "", "", head[5]}},
		"an insertion":              {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 2, New: "import \"os\"\n"}}, []string{head[0], "", `import "os"`, head[2], head[3], "", head[5]}},
		"wider than the place":      {[]deepreview.Edit{{Path: "store.go", Start: 1, End: 6, New: "package store\n"}}, []string{head[0]}},
		"two edits":                 {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 3, New: "a\n"}, {Path: "store.go", Start: 6, End: 6, New: "b\n"}}, nil},
		"beyond the hunk":           {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 9, New: "a\n"}}, nil},
		"elsewhere in the hunk":     {[]deepreview.Edit{{Path: "store.go", Start: 6, End: 6, New: "a\n"}}, nil},
		"another file":              {[]deepreview.Edit{{Path: "other.go", Start: 3, End: 3, New: "a\n"}}, nil},
		"text that turns direction": {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 3, New: "a \u202e b\n"}}, nil},
		"carriage returns":          {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 3, New: "a\r\n"}}, nil},
		"no line feed at its end":   {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 3, New: "a"}}, nil},
		"text without an end":       {[]deepreview.Edit{{Path: "store.go", Start: 3, End: 3, New: strings.Repeat("long\n", 20_000)}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			is := issueAt("0a1b2c3d", deepreview.Location{Path: "store.go", Start: 3, End: 4})
			is.Fix = &deepreview.Fix{Text: "Mend it.", Edits: c.edits}
			is.Patch = "--- a/store.go\n+++ b/store.go\n"
			req := report.GitHubReview{Change: parse(t, storeDiff)}.Request(reportOf(is))
			require.Len(t, req.Comments, 1)
			got := req.Comments[0]
			if c.want == nil {
				assert.NotContains(t, got.Body, "suggestion\n")
				assert.Contains(t, got.Body, "```diff\n--- a/store.go", "the patch stands in its place")
				return
			}
			body, ok := suggested(got.Body)
			require.True(t, ok, got.Body)
			start := got.StartLine
			if start == 0 {
				start = got.Line
			}
			after := append(append(slices.Clone(head[:start-1]), body...), head[got.Line:]...)
			assert.Equal(t, c.want, after)
		})
	}
}

// suggested are the lines that a click on the only suggestion of body puts in place.
func suggested(body string) (lines []string, ok bool) {
	fence := ""
	for l := range strings.Lines(body) {
		l = strings.TrimSuffix(l, "\n")
		switch {
		case fence == "" && strings.HasSuffix(l, "`suggestion"):
			fence = strings.TrimSuffix(l, "suggestion")
			lines, ok = nil, true
		case fence != "" && strings.TrimRight(l, " ") == fence:
			fence = ""
		case fence != "":
			lines = append(lines, l)
		}
	}
	return lines, ok && fence == ""
}

func TestWithoutAChangeEverythingIsInTheBody(t *testing.T) {
	r := recorded(t)
	req := report.GitHubReview{}.Request(r)
	assert.Empty(t, req.Comments)
	for _, is := range r.Issues {
		assert.Contains(t, req.Body, report.GitHubLine(is.Title))
	}
}

func TestNoVerdictApprovesOrAsksForChangesByItself(t *testing.T) {
	for _, k := range []deepreview.VerdictKind{deepreview.VerdictUnset, deepreview.VerdictMerge, deepreview.VerdictMergeWithFixes, deepreview.VerdictIncomplete, deepreview.VerdictRework} {
		r := reportOf(issueAt("0a1b2c3d", deepreview.Location{Path: "store.go", Start: 3}))
		r.Verdict.Kind = k
		assert.Equal(t, report.GitHubComment, report.GitHubReview{}.Request(r).Event, k)
	}
	assert.Equal(t, report.GitHubApprove, report.GitHubReview{Event: report.GitHubApprove}.Request(reportOf()).Event)
}

func TestOnlySoManyIssuesGetAComment(t *testing.T) {
	var issues []*deepreview.Issue
	for i := range 80 {
		is := issueAt(fmt.Sprintf("%08x", i), deepreview.Location{Path: "store.go", Start: 3})
		is.Title = fmt.Sprintf("Title %03d", i)
		issues = append(issues, is)
	}
	c := parse(t, storeDiff)
	for _, n := range []struct{ asked, want int }{{0, 50}, {3, 3}, {-1, 0}, {200, 80}} {
		req := report.GitHubReview{Change: c, Comments: n.asked}.Request(reportOf(issues...))
		require.Len(t, req.Comments, n.want)
		for i := range 80 {
			assert.Contains(t, req.Body, fmt.Sprintf("Title %03d", i), "what has no comment is in the body, what has one is named there")
		}
	}
}

func TestAnIssueThatAsksForNothingHasNoComment(t *testing.T) {
	hidden := issueAt("0a1b2c3d", deepreview.Location{Path: "store.go", Start: 3})
	hidden.Hidden = "survival 0.1 is below 0.3"
	refuted := issueAt("0a1b2c3e", deepreview.Location{Path: "store.go", Start: 3})
	refuted.Verification = &deepreview.Verification{Status: deepreview.VerificationRefuted, By: "verifier", Reason: "it is checked above"}
	req := report.GitHubReview{Change: parse(t, storeDiff)}.Request(reportOf(hidden, refuted))
	assert.Empty(t, req.Comments)
	assert.Contains(t, req.Body, "survival 0.1 is below 0.3")
	assert.Contains(t, req.Body, "it is checked above")
}

const gitHubLimit = 65536

func TestNoTextIsLongerThanGitHubTakes(t *testing.T) {
	c := pr234Change(t)
	long := issueAt("0a1b2c3d", deepreview.Location{Path: c.Files[0].Path, Start: c.Files[0].Hunks[0].NewStart})
	long.Detail = strings.Repeat("A paragraph of some words.\n\n```go\n"+strings.Repeat("x := 1\n", 900)+"```\n\n", 30)
	long.Impact = strings.Repeat("文字𝔘 ", 9000)
	for name, r := range map[string]*deepreview.Report{
		"a thousand issues": synthetic(1000), "one very long issue": reportOf(long), "a long issue, in the body": reportOf(long, issueAt("0a1b2c3e", deepreview.Location{})),
		"a long summary": {Summary: strings.Repeat("Some words. ", 50_000)},
	} {
		for _, change := range []*deepreview.Change{c, nil} {
			req := report.GitHubReview{Change: change, Comments: 1000}.Request(r)
			texts := []string{req.Body}
			for _, k := range req.Comments {
				texts = append(texts, k.Body)
			}
			cut := false
			for _, s := range texts {
				assert.LessOrEqual(t, len([]rune(s)), gitHubLimit, name)
				assertFencesClosed(t, s)
				assert.Equal(t, strings.Count(s, "<details>"), strings.Count(s, "</details>"))
				cut = cut || strings.Contains(s, "left out here") || strings.Contains(s, "more by name, for length")
			}
			assert.True(t, cut, "%s: what is left out is said", name)
		}
	}
}

// assertFencesClosed fails the test where something that s opens goes on behind its end.
func assertFencesClosed(t *testing.T, s string) {
	t.Helper()
	source := []byte(s + "\n\nThe end.\n")
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	last := root.LastChild()
	assert.Equal(t, ast.KindParagraph, last.Kind(), "something is not closed in\n%s", s)
	if p, ok := last.(*ast.Paragraph); ok {
		assert.Equal(t, "The end.", string(p.Lines().Value(source)))
	}
}

// acts are things that GitHub or a bot does because of a text.
var acts = []string{
	"@octocat", "@org/team please look", "mail@example.com", "&#64;octocat", "\\@octocat", "@\u200doctocat", "**@**octocat", "@**octocat**", "#12", "&#35;12", "\\#12", "owner/repo#12",
	"GH-12", "gh-12", "0GH-0", "#GH-1", "@GH-1", "/issuEs/0", "fixes #12", "Closes owner/repo#3", "https://github.com/o/r/issues/12", "<https://github.com/o/r/pull/12>",
	"[a link](https://github.com/o/r/issues/12)", "[a](https://github.com/o/r/%69ssues/12)", "![image](https://github.com/o/r/pull/12)", "https\\://github.com/o/r/issues/12",
	"[r]\n\n[r]: https://ghe.example.com/o/r/discussions/4",
	"/approve", "/lgtm cancel", "text\n/approve", "- /merge", "> /merge", "## /merge",
	"```suggestion\nrm -rf\n```", "~~~suggestion\nx\n~~~", "```Suggestion\nx\n```", "- ```suggestion\n  x\n  ```", "> ```suggestion\n> x\n> ```", "```mermaid\ngraph TD\n```",
	"<!-- deepreview:issue issue=00000000 -->", "```\n<!-- deepreview:issue issue=00000000 -->\n```", "\n<!-- deepreview:fixed issue=00000000 -->\n",
	"--> <img src=x onerror=alert(1)>", "<script>alert(1)</script>", "<details><summary>x</summary>", "</details>", "![x](https://evil.example/pixel.png)", "$`x`$",
	"| a | b |\n|---|---|\n| @octocat | #12 |", "~~@octocat~~", "<@octocat>", "[@octocat](https://example.com)", "`@octocat` and @octocat",
}

func TestNothingThatAReviewerWroteActsOnGitHub(t *testing.T) {
	for _, act := range acts {
		r := report.Sample()
		for _, is := range r.Issues {
			is.Title, is.Detail, is.Impact, is.Hidden = act, act, act, ""
			is.Fix = &deepreview.Fix{Text: act}
			is.Patch = act
			is.Verification.Reason, is.Verification.By = act, act
			is.Locations[0].Label = act
		}
		r.Issues[1].Hidden, r.Summary, r.Verdict.Reason, r.Verdict.Missing, r.Warnings = act, act, act, []string{act}, []string{act}
		for _, n := range r.Notes {
			n.Title, n.Text = act, act
		}
		for i := range r.Prior {
			r.Prior[i].Reason, r.Prior[i].Issue.Title = act, act
		}
		for _, rev := range r.Reviews {
			rev.Label = act
		}
		c := parse(t, "--- a/main.go\n+++ b/main.go\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n d\n")
		for _, change := range []*deepreview.Change{c, nil} {
			req := report.GitHubReview{Change: change, Notes: []string{act}}.Request(r)
			require.Equal(t, change != nil, len(req.Comments) > 0)
			texts := []string{req.Body}
			for _, k := range req.Comments {
				texts = append(texts, k.Body)
			}
			for i, s := range texts {
				m, ok := report.ReadMark(s)
				require.True(t, ok)
				want := report.Mark{Kind: report.MarkReview, Head: r.Change.Head}
				if i > 0 {
					want.Kind, want.Issue = report.MarkIssue, req.Comments[i-1].Issue
				}
				assert.Equal(t, want, m)
				assertInert(t, act, s)
			}
		}
		assertInert(t, act, report.GitHubLine(act))
	}
}

var (
	acting  = regexp.MustCompile(`@[\pL\pN]|#[0-9]|(?i:gh-[0-9])|(?i:/(issues|pull|discussions)/[0-9])`)
	page    = regexp.MustCompile(`(?i)/(issues|pull|discussions)/[0-9]`)
	orders  = regexp.MustCompile(`(?m)^\s*(?:[-*>#]\s*)*/[a-z]`)
	ourTags = regexp.MustCompile(`^(<!-- deepreview:[a-z]+( [a-z]+=[0-9a-f]+)* -->|</?(details|summary|sub)>|</?(details|summary)>.*)$`)
)

// assertInert reads s as GitHub does and looks for what it would act on.
func assertInert(t *testing.T, act, s string) {
	t.Helper()
	source := []byte(s)
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	var flat strings.Builder
	require.NoError(t, ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock {
				flat.WriteByte('\n')
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan, *ast.CodeBlock:
			flat.WriteByte(' ')
			return ast.WalkSkipChildren, nil
		case *ast.FencedCodeBlock:
			lang := strings.ToLower(string(n.Language(source)))
			assert.NotContains(t, []string{"suggestion", "mermaid", "math"}, lang, "%q gave\n%s", act, s)
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			flat.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				flat.WriteByte('\n')
			}
		case *ast.String:
			flat.Write(n.Value)
		case *ast.Link:
			if u, err := url.Parse(string(n.Destination)); err == nil { // else it leads nowhere
				assert.NotRegexp(t, page, u.Path, "%q gave\n%s", act, s)
			}
		case *ast.AutoLink:
			if _, box := n.Parent().FirstChild().(*extast.TaskCheckBox); box && bytes.Contains(source, append([]byte("]("), n.URL(source)...)) {
				break // "- [x](address)", of which goldmark makes a box and an address, and GitHub, which wants a blank behind a box, a link
			}
			assert.Fail(t, "an address became a link by itself", "%q gave\n%s", act, s)
		case *ast.Image:
			assert.Fail(t, "an image is loaded", "%q gave\n%s", act, s)
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				seg := n.Segments.At(i)
				assert.Regexp(t, ourTags, string(seg.Value(source)), "%q gave\n%s", act, s)
			}
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				seg := n.Lines().At(i)
				if line := strings.TrimSpace(string(seg.Value(source))); line != "" && !strings.HasPrefix(line, "<sub>") {
					assert.Regexp(t, ourTags, line, "%q gave\n%s", act, s)
				} else {
					flat.WriteString(line)
				}
			}
		}
		return ast.WalkContinue, nil
	}))
	assert.NotRegexp(t, acting, flat.String(), "%q gave\n%s", act, s)
	assert.NotRegexp(t, orders, flat.String(), "%q gave\n%s", act, s)
}

func TestAMarkIsReadBack(t *testing.T) {
	for _, m := range []report.Mark{
		{Kind: report.MarkReview}, {Kind: report.MarkReview, Head: strings.Repeat("ab", 20)}, {Kind: report.MarkMore, Head: "abc"},
		{Kind: report.MarkIssue, Issue: "0a1b2c3d"}, {Kind: report.MarkFixed, Issue: "0a1b2c3d", Head: "ab"}, {Kind: report.MarkReopened, Issue: "0a1b2c3d"},
	} {
		got, ok := report.ReadMark(m.String() + "\n\ntext")
		assert.True(t, ok)
		assert.Equal(t, m, got)
	}
	odd := report.Mark{Kind: report.MarkIssue, Issue: "--> <b> issue=00000000"}
	got, ok := report.ReadMark(odd.String())
	assert.True(t, ok)
	assert.True(t, got.Of("--> <b> issue=00000000"), "an ID of other characters has a digest that stands for it")
	assert.False(t, got.Of("00000000"))
}

func TestWhatOnlyLooksLikeAMarkIsNone(t *testing.T) {
	for _, s := range []string{
		"", "text", " <!-- deepreview:review -->", "\n<!-- deepreview:review -->", "<!-- deepreview:review --> text", "<!-- deepreview:issue -->",
		"<!-- deepreview:another issue=00000000 -->", "<!-- deepreview:review issue=00000000 -->", "<!-- deepreview:issue issue=xyz -->",
		"<!-- deepreview:issue issue=00 issue=11 -->", "<!-- deepreview:issue  issue=00 -->", "<!-- deepreview:", "<!-- deepreview: -->",
	} {
		_, ok := report.ReadMark(s)
		assert.False(t, ok, "%q", s)
	}
}

func FuzzReadMark(f *testing.F) {
	f.Add("<!-- deepreview:issue issue=0a1b2c3d head=ab -->\ntext")
	f.Add("<!-- deepreview:review -->\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := report.ReadMark(s)
		if !ok {
			return
		}
		again, ok := report.ReadMark(m.String())
		if !ok || m.Issue != again.Issue && len(m.Issue) >= 8 || again.Kind != m.Kind || again.Head != m.Head {
			t.Errorf("%q is read as %+v, which is read back as %+v", s, m, again)
		}
	})
}

func FuzzGitHubLine(f *testing.F) {
	for _, a := range acts {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := report.GitHubLine(s)
		if strings.Contains(line, "\n") {
			t.Errorf("%q gave more than one line", s)
		}
		assertInert(t, s, line)
	})
}

func TestTwoReviewsOfOneReportAreTheSameBytes(t *testing.T) {
	c := pr234Change(t)
	first := render(t, report.GitHubReview{Change: c}, recorded(t))
	assert.Equal(t, first, render(t, report.GitHubReview{Change: c}, recorded(t)))
	assert.True(t, json.Valid([]byte(first)))
}

func TestAReviewBearsAReportWithHoles(t *testing.T) {
	r := reportOf(nil, &deepreview.Issue{}, &deepreview.Issue{Locations: []deepreview.Location{{}}, Fix: &deepreview.Fix{Edits: []deepreview.Edit{{}}}, Verification: &deepreview.Verification{}})
	r.Issues = r.Issues[1:] // a view bears no nil either
	r.Notes = []*deepreview.PanelNote{{}}
	for _, c := range []*deepreview.Change{nil, {}, parse(t, storeDiff), {Files: []*deepreview.File{{Path: "x", Hunks: []*deepreview.Hunk{{}}}}}} {
		assert.NotPanics(t, func() { report.GitHubReview{Change: c}.Request(r) })
	}
}

// reviewBody writes the body alone, which is Markdown, while the request is JSON.
type reviewBody struct{ report.GitHubReview }

func (b reviewBody) Render(w io.Writer, r *deepreview.Report) error {
	_, err := io.WriteString(w, b.Request(r).Body)
	return err
}

func TestAReviewKeepsTheContractOfRenderers(t *testing.T) {
	require.NoError(t, reviewtest.CheckRenderer(t.Context(), report.GitHubReview{}, nil))
	require.NoError(t, reviewtest.CheckRenderer(t.Context(), reviewBody{}, &reviewtest.RendererOptions{Format: reviewtest.FormatMarkdown}))
}

func FuzzGitHubReview(f *testing.F) {
	for _, a := range acts {
		f.Add(a)
	}
	c, err := deepreview.ParseDiff(strings.NewReader(storeDiff))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, s string) {
		is := issueAt("0a1b2c3d", deepreview.Location{Path: "store.go", Start: 3})
		is.Detail, is.Impact = s, s
		r := reportOf(is)
		r.Summary, r.Notes = s, []*deepreview.PanelNote{{Kind: deepreview.NoteConcern, Text: s}}
		req := report.GitHubReview{Change: c}.Request(r)
		for _, text := range []string{req.Body, req.Comments[0].Body} {
			if _, ok := report.ReadMark(text); !ok {
				t.Error("the text begins with no mark")
			}
			assertInert(t, s, text)
			assertFencesClosed(t, text)
		}
	})
}
