package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/deepreview-go/deepreview/report"
)

func parseHTML(t testing.TB, page string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	return n
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// all returns the elements below n of a name ("" is any) that have a class ("" is any), in order.
func all(n *html.Node, name, class string) []*html.Node {
	var out []*html.Node
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && (name == "" || c.Data == name) &&
			(class == "" || strings.Contains(" "+attr(c, "class")+" ", " "+class+" ")) {
			out = append(out, c)
		}
	}
	return out
}

// find returns the element with this ID.
func find(n *html.Node, name, id string) *html.Node {
	for _, c := range all(n, name, "") {
		if attr(c, "id") == id {
			return c
		}
	}
	return nil
}

// textOf returns the text below n with single spaces.
func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func texts(nodes []*html.Node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, textOf(n))
	}
	return out
}

// cells returns the texts of a table, row by row.
func cells(table *html.Node) [][]string {
	var out [][]string
	for _, tr := range all(table, "tr", "") {
		var row []string
		for c := tr.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode {
				row = append(row, textOf(c))
			}
		}
		out = append(out, row)
	}
	return out
}

func TestThePageHasEverySectionOfAReportInOrder(t *testing.T) {
	page := parseHTML(t, render(t, report.HTML{}, report.Sample()))
	assert.Equal(t, []string{"Rework", "Reviewers", "About this report", "Executive summary", "Critical issues 1", "Important issues 0", "Suggestions 1",
		"Design observations", "Testing assessment", "Documentation assessment", "Commit structure", "Acknowledged limitations", "Other notes",
		"Unresolved feedback", "Prior rounds", "Agent performance retro", "Summary table", "Reconciliation", "Appendix"}, texts(all(page, "h2", "")))
}

func TestThePageOfTheRecordedReviewHasItsSectionsCellsAndBadges(t *testing.T) {
	page := parseHTML(t, render(t, report.HTML{}, pr234(t)))

	assert.Equal(t, []string{"Preserve serial logs across restarts of a machine"}, texts(all(page, "h1", "")))
	head := textOf(all(page, "header", "top")[0])
	for _, want := range []string{"rancher-sandbox/rancher-desktop-daemon", "round 2", "2026-03-25 18:02 UTC", "#234", "@jandubois", "rotate-serial-logs",
		"2ce15bc Rotate the serial log before each start", "df1d963", "480661b", "Claude Opus 4.6", "Codex GPT 5.4", "Gemini 3.1 Pro",
		"Merge with fixes", "1 important issue", "Wall clock: 14 min 40 s", "0 critical", "1 important", "4 suggestions",
		"This report contains source code of the change."} {
		assert.Contains(t, head, want)
	}
	assert.Contains(t, textOf(find(page, "section", "summary")), "Structure: 0 critical, 1 important, 4 suggestions.")

	type issue struct {
		title  string
		tags   []string
		badges []string
	}
	var issues []issue
	for _, a := range all(page, "article", "issue") {
		issues = append(issues, issue{textOf(all(a, "h3", "")[0]), texts(all(a, "span", "tag"))[:2], texts(all(all(a, "p", "tags")[0], "span", "badge"))})
	}
	assert.Equal(t, []issue{
		{"I1 Logs are deleted when they cannot be moved away", []string{"important", "gap"}, []string{"Codex GPT 5.4", "Gemini 3.1 Pro"}},
		{"S1 Rotate could treat a missing folder as nothing to do", []string{"suggestion", "enhancement"}, []string{"Gemini 3.1 Pro raised as important"}},
		{"S2 A move across filesystems fails", []string{"suggestion", "gap"}, []string{"Claude Opus 4.6", "Gemini 3.1 Pro"}},
		{"S3 A failed first move leaves an empty folder behind", []string{"suggestion", "gap"}, []string{"Gemini 3.1 Pro"}},
		{"S4 New tests ask for a missing file in two ways", []string{"suggestion", "regression"}, []string{"Claude Opus 4.6"}},
	}, issues)

	table := cells(all(find(page, "section", "table"), "table", "summary")[0])
	assert.Equal(t, [][]string{
		{"", "Claude Opus 4.6", "Codex GPT 5.4", "Gemini 3.1 Pro"},
		{"Duration", "6:10", "3:40", "5:39"},
		{"Critical / important / suggestion as raised", "0 / 0 / 2", "0 / 2 / 0", "0 / 2 / 2"},
		{"Design observations", "5", "2", "1"},
		{"False positives", "0", "0", "0"},
		{"Downgraded / dropped", "0 / 0", "0 / 1 overscoped", "1 / 0"},
		{"Unique insights", "1", "0", "2"},
		{"Files reviewed", "10", "10", "10"},
		{"Coverage misses", "1", "0", "1"},
	}, table[:9])

	matrix := cells(all(page, "table", "matrix")[0])
	assert.Equal(t, []string{"I1 Logs are deleted when they cannot be moved away", "○ read, missed", "● important", "● important", "important"}, matrix[1])
	assert.Equal(t, []string{"S1 Rotate could treat a missing folder as nothing to do", "○ read", "○ read", "● important", "suggestion"}, matrix[2])
	assert.Len(t, matrix, 6)

	coverage := cells(all(page, "table", "coverage")[0])
	assert.Len(t, coverage, 11)
	assert.Equal(t, []string{"pkg/controllers/lima/limavm/controllers/limavm_lifecycle.go modified, +37 −1", "clean missed", "findings", "clean missed", "I1"}, coverage[4])

	ledger := cells(all(page, "table", "ledger")[0])
	var claims []string
	fate := map[string]string{}
	for _, row := range ledger[1:] {
		claims = append(claims, row[0])
		fate[row[0]] = row[3]
	}
	assert.Subset(t, claims, []string{"claude/S1", "claude/S2", "codex/I1", "codex/I2", "gemini/I1", "gemini/I2", "gemini/S1", "gemini/S2"})
	assert.Equal(t, "dropped (overscoped)", fate["codex/I2"])
	assert.Equal(t, "merged I1", fate["gemini/I2"])

	for _, r := range []string{"Claude Opus 4.6", "Codex GPT 5.4", "Gemini 3.1 Pro"} {
		assert.Contains(t, texts(all(find(page, "section", "retro"), "h3", "")), r)
		assert.Contains(t, texts(all(find(page, "section", "appendix"), "h3", "")), r)
	}
	for _, aspect := range []string{"unique contributions", "accuracy", "depth", "coverage", "signal to noise"} {
		assert.Len(t, filter(texts(all(find(page, "section", "retro"), "dt", "")), aspect), 3, aspect)
	}
	assert.Equal(t, []string{"Claude Opus 4.6", "Codex GPT 5.4", "Gemini 3.1 Pro"}, texts(all(all(find(page, "section", "design"), "li", "")[0], "span", "badge")))
	assert.Contains(t, textOf(find(page, "section", "testing")), "high risk Deletion with locked log files")
	assert.Contains(t, textOf(find(page, "section", "documentation")), "Stale header of the collecting script Codex GPT 5.4")
	assert.Contains(t, textOf(find(page, "section", "limitations")), "Recycled process numbers")
}

func filter(list []string, want string) []string {
	var out []string
	for _, s := range list {
		if s == want {
			out = append(out, s)
		}
	}
	return out
}

func TestExcerptsHaveTheirRealLineNumbersAndMarkTheCitedLines(t *testing.T) {
	page := parseHTML(t, render(t, report.HTML{}, pr234(t)))
	figure := all(find(page, "article", "issue-S2"), "figure", "code")[0]
	pre := all(figure, "pre", "")[0]
	assert.Equal(t, []string{"51", "52", "53", "54", "55", "56", "57", "58", "59"}, texts(all(pre, "b", "")))
	assert.Equal(t, []string{"54 if err := os.Rename(src, dst); err != nil {", `55 return moved, fmt.Errorf("preserve %s: %w", e.Name(), err)`, "56 }"}, texts(all(pre, "mark", "")))
	assert.NotEmpty(t, all(pre, "span", "k"), "keywords have a class")
}

func TestEveryLinkWithinThePageLeadsSomewhere(t *testing.T) {
	for _, r := range []string{render(t, report.HTML{}, pr234(t)), render(t, report.HTML{}, report.Sample()), render(t, report.HTML{}, synthetic(60))} {
		page := parseHTML(t, r)
		ids := map[string]int{}
		for _, n := range all(page, "", "") {
			if id := attr(n, "id"); id != "" {
				ids[id]++
				assert.Equal(t, 1, ids[id], id)
			}
		}
		for _, a := range all(page, "a", "") {
			if to, ok := strings.CutPrefix(attr(a, "href"), "#"); ok {
				assert.Contains(t, ids, to)
			}
		}
		for _, n := range all(page, "", "") {
			for _, name := range []string{"aria-labelledby", "for"} {
				for _, to := range strings.Fields(attr(n, name)) {
					assert.Contains(t, ids, to)
				}
			}
		}
	}
}

func TestHeadingsSkipNoLevel(t *testing.T) {
	for _, r := range []string{render(t, report.HTML{}, pr234(t)), render(t, report.HTML{}, report.Sample())} {
		last := 0
		for _, n := range all(parseHTML(t, r), "", "") {
			if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
				level := int(n.Data[1] - '0')
				assert.LessOrEqual(t, level, last+1, textOf(n))
				last = level
			}
		}
	}
}

func TestAnIssueSaysWhoReadItAndDidNotRaiseIt(t *testing.T) {
	page := parseHTML(t, render(t, report.HTML{}, pr234(t)))
	assert.Equal(t, "Read it and did not raise it: Claude Opus 4.6 (says “clean”: a coverage miss)", textOf(all(find(page, "article", "issue-I1"), "p", "silent")[0]))
}

func TestAHiddenIssueIsFoldedButThereWithItsReason(t *testing.T) {
	page := parseHTML(t, render(t, report.HTML{}, report.Sample()))
	folded := all(page, "details", "folded")
	require.Len(t, folded, 1)
	assert.NotNil(t, find(folded[0], "article", "issue-S1"))
	assert.Contains(t, textOf(folded[0]), "Folded away: not likely")
	assert.Contains(t, texts(all(page, "h2", "")), "Suggestions 1", "it is counted")
}
