package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/replay"
	"github.com/deepreview-go/deepreview/internal/golden"
	"github.com/deepreview-go/deepreview/report"
)

// renderers are all of them, with the settings that change what they do.
func renderers() map[string]report.Renderer {
	return map[string]report.Renderer{
		"html": report.HTML{}, "markdown": report.Markdown{}, "text": report.Text{}, "narrow text": report.Text{Width: 40},
		"coloured text": report.Text{Color: true, Links: true, Width: 100}, "json": report.JSON{},
		"sarif": report.SARIF{}, "rdjson": report.RDJSON{}, "rdjsonl": report.RDJSONLines{}, "gitlab": report.GitLab{},
	}
}

func render(t testing.TB, rd report.Renderer, r *deepreview.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, rd.Render(&b, r))
	return b.String()
}

// pr234 consolidates the recorded review of one pull request anew.
func pr234(t testing.TB) *deepreview.Report {
	t.Helper()
	dir := filepath.Join("..", "testdata", "pr234")
	f, err := os.Open(filepath.Join(dir, "change.patch"))
	require.NoError(t, err)
	defer f.Close()
	c, err := deepreview.ParseDiff(f)
	require.NoError(t, err)
	rec, err := replay.Load(dir)
	require.NoError(t, err)
	c.Header = *rec.Change
	reviews, err := deepreview.Run(t.Context(), c, rec.Reviewers(), nil)
	require.NoError(t, err)
	r, err := rec.Pipeline().Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	return r
}

// recorded is the report that the golden files show. It is kept as JSON, so that they change with the renderers alone.
func recorded(t testing.TB) *deepreview.Report {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "pr234.report.json"))
	require.NoError(t, err)
	defer f.Close()
	r, err := deepreview.ReadReport(f)
	require.NoError(t, err)
	return r
}

// synthetic is a report of n issues, each with code, prose and reasons of its own, by four reviewers.
func synthetic(n int) *deepreview.Report {
	r := &deepreview.Report{Schema: deepreview.Schema, Date: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), Elapsed: 25 * time.Minute,
		Change:  deepreview.Header{Repository: "example.com/large", Title: "A large change", Author: "someone", Branch: "topic", Round: 1},
		Verdict: deepreview.Verdict{Kind: deepreview.VerdictRework, Reason: "critical issues", Missing: []string{"Gamma did not finish: it timed out after 10 minutes"}},
		Summary: "A change of many files, made to see how a long report reads.", Closing: "Four reviewers, many issues."}
	names := []string{"alpha", "beta", "gamma", "delta"}
	for k, name := range names {
		rev := &deepreview.Review{Reviewer: name, Label: strings.ToUpper(name[:1]) + name[1:] + " Model 4.2", Started: r.Date.Add(time.Duration(k*20) * time.Second),
			Duration: time.Duration(5+3*k) * time.Minute}
		if name == "gamma" {
			rev.Failure = &deepreview.Failure{Kind: deepreview.FailureTimeout, Message: "timed out after 10 minutes"}
		}
		r.Reviews = append(r.Reviews, rev)
		r.Scorecards = append(r.Scorecards, deepreview.Scorecard{Reviewer: name, Label: rev.Label, Duration: rev.Duration, Failure: rev.Failure,
			Retro: []deepreview.Remark{{Aspect: "accuracy", Text: "Nothing was dropped."}}})
	}
	files := max(1, n/5)
	for i := range files {
		path := fmt.Sprintf("internal/service%02d/handler_%d.go", i%17, i)
		r.Files = append(r.Files, deepreview.FileSummary{Path: path, Status: deepreview.FileModified, Added: 10 + i%70, Deleted: i % 30})
		for k, rev := range r.Reviews {
			status := deepreview.CoverageFindings
			if (i+k)%3 == 0 {
				status = deepreview.CoverageClean
			}
			rev.Coverage = append(rev.Coverage, deepreview.Coverage{Path: path, Status: status, Depth: deepreview.DepthRead})
		}
	}
	numbers := map[deepreview.Severity]int{}
	for i := range n {
		severity := deepreview.SeveritySuggestion
		switch {
		case i < n/20:
			severity = deepreview.SeverityCritical
		case i < n/4:
			severity = deepreview.SeverityImportant
		}
		numbers[severity]++
		at := deepreview.Location{Path: r.Files[i%files].Path, Start: 20 + i, End: 22 + i}
		is := &deepreview.Issue{ID: fmt.Sprintf("%012x", i+1), Number: strings.ToUpper(severity.String()[:1]) + fmt.Sprint(numbers[severity]),
			Title:     fmt.Sprintf("`Handle%d` returns before the lock of shard %d is released", i, i%64),
			Detail:    fmt.Sprintf("`Handle%d` takes `shard[%d].mu` and returns on the error path without giving it back.\n\n- the next request waits\n- the one after it, too", i, i%64),
			Impact:    "Requests to this shard hang until the process is restarted.",
			Severity:  severity,
			Category:  []deepreview.Category{deepreview.CategoryRegression, deepreview.CategoryGap, deepreview.CategoryEnhancement}[i%3],
			Topic:     deepreview.TopicConcurrency,
			Locations: []deepreview.Location{at}, Lead: deepreview.Ref{Reviewer: names[i%4], ID: fmt.Sprint("F", i)}, Reported: 1 + i%2, Read: 4,
			Excerpts: []deepreview.Excerpt{{Path: at.Path, Start: at.Start - 3, Cited: []int{at.Start, at.Start + 1, at.Start + 2}, Lines: []string{
				fmt.Sprintf("func (s *Server) Handle%d(ctx context.Context, r *Request) error {", i),
				"\t// The lock is per shard: see shard.go.",
				fmt.Sprintf("\ts.shard[%d].mu.Lock()", i%64),
				"\tif err := r.Validate(ctx); err != nil {",
				fmt.Sprintf("\t\treturn fmt.Errorf(\"handle %d: %%w\", err)", i),
				"\t}",
				fmt.Sprintf("\ts.shard[%d].mu.Unlock()", i%64),
				"\treturn nil",
				"}"}}},
			Fix:     &deepreview.Fix{Text: "Defer the unlock."},
			Patch:   fmt.Sprintf("--- a/%[1]s\n+++ b/%[1]s\n@@ -%[2]d,1 +%[2]d,1 @@\n-\ts.shard[%[3]d].mu.Lock()\n+\tdefer s.shard[%[3]d].lock()()\n", at.Path, at.Start, i%64),
			Reasons: []string{"Two reviewers call it so.", "The code cited is new in this change."}, Survival: 0.8,
			Odds: deepreview.Odds{Critical: 0.1, Important: 0.6, Suggestion: 0.3},
		}
		for k := 0; k <= i%2; k++ {
			name := names[(i+k)%4]
			f := &deepreview.Finding{ID: fmt.Sprint("F", i), Title: is.Title, Detail: is.Detail, Severity: severity, Category: is.Category, Locations: is.Locations}
			r.Review(name).Findings = append(r.Review(name).Findings, f)
			is.Sources = append(is.Sources, deepreview.Source{Reviewer: name, Finding: f.ID, Severity: severity, Category: is.Category, Locations: is.Locations})
			d := deepreview.Decision{Claim: is.Sources[k].Ref(), Title: f.Title, Outcome: deepreview.OutcomeKept, Issues: []string{is.ID}, Raised: severity,
				Final: severity, Rule: "alone"}
			if k > 0 {
				d.Outcome, d.Rule, d.Score = deepreview.OutcomeMerged, "match", 0.9
			}
			r.Ledger = append(r.Ledger, d)
		}
		r.Issues = append(r.Issues, is)
	}
	return r
}

func TestTheRecordedReviewLooksAsItShould(t *testing.T) {
	r := recorded(t)
	for file, rd := range map[string]report.Renderer{
		"pr234.html": report.HTML{}, "pr234.md": report.Markdown{}, "pr234.txt": report.Text{}, "pr234.color.txt": report.Text{Color: true, Links: true, Width: 100},
	} {
		golden.Check(t, filepath.Join("testdata", file), []byte(render(t, rd, r)))
	}
}

func TestASampleOfEverythingLooksAsItShould(t *testing.T) {
	for file, rd := range map[string]report.Renderer{"sample.html": report.HTML{}, "sample.md": report.Markdown{}, "sample.txt": report.Text{}} {
		golden.Check(t, filepath.Join("testdata", file), []byte(render(t, rd, report.Sample())))
	}
}

func TestTwoRenderingsAreTheSameBytes(t *testing.T) {
	for name, rd := range renderers() {
		for _, r := range []*deepreview.Report{recorded(t), report.Sample(), synthetic(30)} {
			assert.Equal(t, render(t, rd, r), render(t, rd, r), name)
		}
	}
}

func TestAReportReadBackFromJSONRendersTheSame(t *testing.T) {
	for _, r := range []*deepreview.Report{pr234(t), report.Sample(), synthetic(30), {}} {
		back, err := deepreview.ReadReport(strings.NewReader(render(t, report.JSON{}, r)))
		require.NoError(t, err)
		for name, rd := range renderers() {
			assert.Equal(t, render(t, rd, r), render(t, rd, back), name)
		}
	}
}

func TestRenderingLeavesTheReportAlone(t *testing.T) {
	for _, r := range []*deepreview.Report{recorded(t), report.Sample()} {
		before := render(t, report.JSON{}, r)
		for name, rd := range renderers() {
			render(t, rd, r)
			assert.Equal(t, before, render(t, report.JSON{}, r), name)
		}
	}
}

func TestAnEmptyReportSaysNoneInEverySection(t *testing.T) {
	page := render(t, report.HTML{}, new(deepreview.Report))
	for _, id := range []string{"critical", "important", "suggestion", "design", "testing", "documentation", "commits", "retro", "table", "ledger", "appendix"} {
		section := find(parseHTML(t, page), "section", id)
		if assert.NotNil(t, section, id) {
			assert.Contains(t, textOf(section), "None.", id)
		}
	}
	for _, rd := range []report.Renderer{report.Markdown{}, report.Text{}} {
		assert.GreaterOrEqual(t, strings.Count(render(t, rd, new(deepreview.Report)), "None."), 11)
	}
}

func TestHolesInAReportAreNoPanic(t *testing.T) {
	r := &deepreview.Report{
		Issues:     []*deepreview.Issue{nil, {}, {Sources: []deepreview.Source{{}}, Verification: &deepreview.Verification{}, Excerpts: []deepreview.Excerpt{{}}}},
		Notes:      []*deepreview.PanelNote{nil, {}, {Sources: []deepreview.Ref{{}}}},
		Prior:      []deepreview.PriorIssue{{}},
		Threads:    []deepreview.Thread{{}},
		Reviews:    []*deepreview.Review{nil, {}, {Findings: []*deepreview.Finding{nil, {}}, Notes: []*deepreview.Note{nil, {}}}},
		Scorecards: []deepreview.Scorecard{{}, {Reviewer: "x"}},
		Ledger:     []deepreview.Decision{{}},
		Files:      []deepreview.FileSummary{{}},
	}
	for name, rd := range renderers() {
		assert.NoError(t, rd.Render(io.Discard, r), name)
	}
}

type brokenWriter struct{ left int }

var errFull = errors.New("disk full")

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestAnErrorOfTheWriterIsReturnedAsItIs(t *testing.T) {
	for name, rd := range renderers() {
		for _, left := range []int{0, 1000} {
			assert.Equal(t, errFull, rd.Render(&brokenWriter{left}, recorded(t)), name)
		}
	}
}

func TestALargeReportStaysBelowFiveMegabytes(t *testing.T) {
	assert.Less(t, len(render(t, report.HTML{}, synthetic(1000))), 5<<20)
}

func BenchmarkHTMLOfAThousandIssues(b *testing.B) { benchmark(b, report.HTML{}) }

func BenchmarkMarkdownOfAThousandIssues(b *testing.B) { benchmark(b, report.Markdown{}) }

func BenchmarkTextOfAThousandIssues(b *testing.B) { benchmark(b, report.Text{}) }

func BenchmarkSARIFOfAThousandIssues(b *testing.B) { benchmark(b, report.SARIF{}) }

func BenchmarkRDJSONOfAThousandIssues(b *testing.B) { benchmark(b, report.RDJSON{}) }

func benchmark(b *testing.B, rd report.Renderer) {
	r := synthetic(1000)
	var size bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		size.Reset()
		if err := rd.Render(&size, r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size.Len())/1e6, "MB/page")
}
