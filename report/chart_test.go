package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// svg returns a chart of a page.
func svg(t testing.TB, page *html.Node, id string) *html.Node {
	t.Helper()
	n := find(page, "svg", id)
	require.NotNil(t, n, id)
	return n
}

// marks counts the marks of a chart by class.
func marks(n *html.Node) map[string]int {
	out := map[string]int{}
	for _, name := range []string{"circle", "path"} {
		for _, m := range all(n, name, "") {
			out[attr(m, "class")]++
		}
	}
	return out
}

func TestEachChartShowsWhatItsTableSays(t *testing.T) {
	page := parseHTML(t, render(t, report.HTML{}, pr234(t)))

	agreement := svg(t, page, "agreement-chart")
	assert.Equal(t, map[string]int{"raised important": 3, "raised suggestion": 4, "silent": 7, "missed": 1}, marks(agreement))
	assert.Equal(t, []string{"Claude Opus 4.6", "Codex GPT 5.4", "Gemini 3.1 Pro", "I1", "Logs are deleted when they cannot be moved away"}, texts(all(agreement, "text", ""))[:5])
	assert.Equal(t, "Claude Opus 4.6: 1 missed, 2 read, not raised, 2 raised. Codex GPT 5.4: 1 raised, 4 read, not raised. Gemini 3.1 Pro: 4 raised, 1 read, not raised.",
		textOf(find(agreement, "desc", "agreement-sum")))

	coverage := svg(t, page, "coverage-chart")
	fromTable := map[string]int{}
	for _, row := range cells(all(page, "table", "coverage")[0])[1:] {
		for _, c := range row[1:4] {
			if strings.HasSuffix(c, "missed") {
				c = "missed"
			}
			fromTable[c]++
		}
	}
	assert.Equal(t, fromTable, marks(coverage))

	flow := svg(t, page, "flow-chart")
	assert.Equal(t, "2 raised as important, in the end important. 1 raised as important, in the end suggestion. 1 raised as important, in the end no issue. "+
		"4 raised as suggestion, in the end suggestion.", textOf(find(flow, "desc", "flow-sum")))
	assert.Equal(t, [][]string{{"Claims as raised", "in the end important", "in the end suggestion", "in the end no issue"},
		{"4 important", "2", "1", "1"}, {"4 suggestion", "0", "4", "0"}}, cells(all(page, "table", "flow")[0]))

	bars := all(find(page, "section", "verdict").Parent, "svg", "bar")
	assert.Len(t, bars, 3, "the time line")
	assert.Equal(t, "started 17:48:00 UTC, 6:10", textOf(bars[0]))
	assert.Contains(t, textOf(find(page, "section", "verdict").Parent), "17:48:00 UTC +6:10")
}

func TestEveryChartHasATextEquivalent(t *testing.T) {
	for name, r := range map[string]*deepreview.Report{"recorded": recorded(t), "sample": report.Sample(), "large": synthetic(200), "empty": {}} {
		for _, n := range all(parseHTML(t, render(t, report.HTML{}, r)), "svg", "") {
			assert.Equal(t, "img", attr(n, "role"), name)
			assert.NotEmpty(t, all(n, "title", ""), name)
			assert.True(t, attr(n, "aria-label") != "" || len(all(n, "desc", "")) == 1 && textOf(all(n, "desc", "")[0]) != "", name)
		}
	}
}

func TestWhatAChartLeavesOutIsSaid(t *testing.T) {
	r := synthetic(1000)
	for i := range 20 {
		r.Reviews = append(r.Reviews, &deepreview.Review{Reviewer: fmt.Sprint("r", i)})
	}
	page := parseHTML(t, render(t, report.HTML{}, r))
	summary := textOf(find(page, "section", "summary"))
	assert.Contains(t, summary, "Drawn are the first 360 of 1000; the table has all.")
	assert.Contains(t, summary, "Drawn are the first 12 of 24 reviewers; the table has all.")
	assert.Equal(t, 360*12+360, len(all(svg(t, page, "agreement-chart"), "circle", ""))+len(all(svg(t, page, "agreement-chart"), "path", "")))
	assert.Len(t, cells(all(page, "table", "matrix")[0]), 1001)
	assert.NotContains(t, textOf(find(parseHTML(t, render(t, report.HTML{}, synthetic(200))), "section", "summary")), "Drawn are")
}

func TestNothingOfAChartStandsOutsideOfIt(t *testing.T) {
	for _, n := range []int{1, 14, 15, 36, 37, 200, 1000} {
		for _, hostileName := range []string{"", "日本語の長い名前です日本語の長い名前です", strings.Repeat("wide ", 50)} {
			r := synthetic(n)
			if hostileName != "" {
				r.Reviews[0].Label, r.Issues[0].Title, r.Files[0].Path = hostileName, hostileName, hostileName
			}
			v := report.NewView(r)
			for _, g := range []*report.GridView{v.Agreement, v.Coverage} {
				for _, m := range g.Marks {
					require.True(t, m.X >= 6 && m.X+6 <= g.Width && m.Y >= 6 && m.Y+6 <= g.Height, "%d: %+v in %d × %d", n, m, g.Width, g.Height)
				}
				for _, l := range g.Labels {
					require.True(t, l.X >= 0 && l.X <= g.Width && l.Y >= 0 && l.Y <= g.Height, "%+v", l)
				}
			}
			for _, nodes := range [][]report.FlowNodeView{v.Flow.Raised, v.Flow.Ended} {
				claims := 0
				for _, node := range nodes {
					claims += node.Count
					assert.LessOrEqual(t, node.Y+node.Height, v.Flow.Height)
				}
				assert.Equal(t, v.Flow.Claims, claims, "each claim is on both sides")
			}
		}
	}
}

func TestAReportWithoutMuchHasNoCharts(t *testing.T) {
	v := report.NewView(new(deepreview.Report))
	assert.Nil(t, v.Agreement)
	assert.Nil(t, v.Coverage)
	assert.Nil(t, v.Flow)
}

func TestWhatIsMissingIsSaidOnce(t *testing.T) {
	c, err := deepreview.ParseDiff(strings.NewReader("diff --git a/a.go b/a.go\n--- a/a.go\n+++ b/a.go\n@@ -1 +1,2 @@\n package a\n+var x = 1\n"))
	require.NoError(t, err)
	r, err := new(deepreview.Pipeline).Consolidate(t.Context(), c, []*deepreview.Review{{Reviewer: "rules",
		Coverage: []deepreview.Coverage{{Path: "a.go", Status: deepreview.CoverageClean, Depth: deepreview.DepthScanned}}}})
	require.NoError(t, err)
	require.True(t, r.MechanicalOnly())
	for name, rd := range map[string]report.Renderer{"html": report.HTML{}, "markdown": report.Markdown{}, "text": report.Text{}} {
		out := render(t, rd, r)
		head, _, _ := strings.Cut(out, "Executive summary</h2>")
		if name != "html" {
			head, _, _ = strings.Cut(out, "Executive summary")
		}
		assert.Equal(t, 1, strings.Count(head, "Mechanical checks only"), name)
		assert.NotContains(t, head, "Nothing is missing", name)
	}
}
