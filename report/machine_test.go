package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// The formats that programs read are tried on the same reports.

func machines() map[string]report.Renderer {
	return map[string]report.Renderer{"sarif": report.SARIF{}, "rdjson": report.RDJSON{}, "rdjsonl": report.RDJSONLines{}, "gitlab": report.GitLab{}}
}

// reports are of every kind that a renderer meets.
func reports(t testing.TB) map[string]*deepreview.Report {
	return map[string]*deepreview.Report{"recorded": recorded(t), "sample": report.Sample(), "empty": {}, "large": synthetic(200), "shop": shop(), "hostile": written("\"></script>\x1b[31m\u202e{0}")[0]}
}

// shopFiles are what the report of shop is about, at head: one line of each is new.
var shopFiles = map[string]string{
	"shop/cart.go":   "package shop\n\n// Total adds up.\nfunc Total(prices []int) int {\n\tsum := 0\n\tfor i := 1; i < len(prices); i++ {\n\t\tsum += prices[i]\n\t}\n\treturn sum\n}\n",
	"shop/a b:c%.go": "package shop\n\nvar unused = 1\n",
}

// shopDiff adds both files.
func shopDiff() string {
	var b strings.Builder
	for _, name := range []string{"shop/a b:c%.go", "shop/cart.go"} {
		fmt.Fprintf(&b, "diff --git a/%[1]s b/%[1]s\nnew file mode 100644\n--- /dev/null\n+++ b/%[1]s\n@@ -0,0 +1,%[2]d @@\n", name, strings.Count(shopFiles[name], "\n"))
		for line := range strings.Lines(shopFiles[name]) {
			b.WriteString("+" + line)
		}
	}
	return b.String()
}

// shop is a report with an issue of every standing.
func shop() *deepreview.Report {
	when := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	at := func(path string, start, end int) deepreview.Location {
		return deepreview.Location{Path: path, Start: start, End: end}
	}
	r := &deepreview.Report{
		Schema: deepreview.Schema, Date: when, Elapsed: time.Minute, Fingerprint: strings.Repeat("5", 64),
		Change: deepreview.Header{Repository: "example.com/shop", Title: "A till", Branch: "till", Head: strings.Repeat("b", 40), Base: strings.Repeat("a", 40),
			Round: 2, CommitURL: "https://forge.example/shop/commit/{commit}", Excluded: []string{"vendor/x.go"}},
		Verdict: deepreview.Verdict{Kind: deepreview.VerdictRework, Reason: "1 critical issue", Missing: []string{"Beta did not finish (timeout)", "1 of 2 files read by nobody: shop/a b:c%.go"}},
		Files:   []deepreview.FileSummary{{Path: "shop/a b:c%.go", Status: deepreview.FileAdded, Added: 3}, {Path: "shop/cart.go", Status: deepreview.FileAdded, Added: 10}},
		Reviews: []*deepreview.Review{
			{Reviewer: "alpha", Label: "Alpha 1", Coverage: []deepreview.Coverage{{Path: "shop/cart.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead}}},
			{Reviewer: "beta", Label: "Beta 2", Failure: &deepreview.Failure{Kind: deepreview.FailureTimeout, Message: "timed out after 10 minutes"}},
			{Reviewer: "lint", Label: "Lint", Coverage: []deepreview.Coverage{{Path: "shop/a b:c%.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthScanned}}},
			{Reviewer: "off", Failure: &deepreview.Failure{Kind: deepreview.FailureSkipped, Message: "no key"}},
		},
		Warnings: []string{"something was cut"},
	}
	add := func(number, title string, s deepreview.Severity, l ...deepreview.Location) *deepreview.Issue {
		n := len(r.Issues) + len(r.Prior) + 1
		return &deepreview.Issue{ID: fmt.Sprintf("%012x", n), Code: fmt.Sprintf("%016x", n), Number: number, Title: title, Detail: "Because of `" + title + "`.", Severity: s,
			Category: deepreview.CategoryGap, Topic: deepreview.TopicCorrectness, Locations: l, Lead: deepreview.Ref{Reviewer: "alpha", ID: number},
			Sources: []deepreview.Source{{Reviewer: "alpha", Finding: number, Severity: s, Locations: l}}, Reported: 1, Read: 2, Survival: 0.8125, Status: deepreview.StatusNew}
	}
	issue := func(is *deepreview.Issue) *deepreview.Issue { r.Issues = append(r.Issues, is); return is }
	prior := func(is *deepreview.Issue, status deepreview.RoundStatus, reason string) *deepreview.Issue {
		r.Prior = append(r.Prior, deepreview.PriorIssue{Issue: is, Status: status, Reason: reason})
		return is
	}

	is := issue(add("C1", "The first price is lost", deepreview.SeverityCritical, at("shop/cart.go", 6, 8), at("shop/cart.go", 4, 0)))
	is.Locations[1].Label = "documented here"
	is.Sources = append(is.Sources, deepreview.Source{Reviewer: "beta", Finding: "P1", Severity: deepreview.SeverityImportant, Locations: is.Locations[:1]})
	is.Reported, is.Status = 2, deepreview.StatusPersisting
	is.Fix = &deepreview.Fix{Text: "Begin at the first.", Edits: []deepreview.Edit{
		{Path: "shop/cart.go", Start: 6, End: 6, New: "\tfor _, price := range prices {\n"}, {Path: "shop/cart.go", Start: 7, End: 7, New: "\t\tsum += price\n"},
		{Path: "shop/cart.go", Start: 10, End: 9, New: "\t// the end\n"}, {Path: "shop/cart.go", Start: 3, End: 3}}}
	is = issue(add("I1", "Both files are in need", deepreview.SeverityImportant, at("shop/cart.go", 9, 9)))
	is.Fix = &deepreview.Fix{Edits: []deepreview.Edit{{Path: "shop/cart.go", Start: 9, End: 9, New: "\treturn sum + 0\n"}, {Path: "shop/a b:c%.go", Start: 3, End: 3}}}
	is.Status = deepreview.StatusReopened
	is = issue(add("I2", "Nothing uses this", deepreview.SeverityImportant, at("shop/a b:c%.go", 3, 3)))
	is.Sources = []deepreview.Source{{Reviewer: "lint", Finding: "L1", Severity: deepreview.SeverityImportant, Locations: is.Locations}}
	is.Lead = deepreview.Ref{Reviewer: "lint", ID: "L1"}
	r.Reviews[2].Findings = []*deepreview.Finding{{ID: "L1", Title: "unused", Rule: "U1000", RawSeverity: "warning", Severity: deepreview.SeverityImportant}}
	is = issue(add("S1", "No place is cited", deepreview.SeveritySuggestion))
	is.Topic = "Naming & such"
	is = issue(add("S2", "What was removed is missed", deepreview.SeveritySuggestion, deepreview.Location{Path: "shop/old.go", Start: 3, End: 5, Old: true}))
	is.Topic, is.Category = "", ""
	issue(add("S3", "A place outside", deepreview.SeveritySuggestion, at("../etc/passwd", 1, 1), at("shop/cart.go", 1, 1)))
	issue(add("S4", "Hardly likely", deepreview.SeveritySuggestion, at("shop/cart.go", 5, 5))).Hidden = "survival 0.12 is below the asked 0.30"
	is = issue(add("S5", "Shown to be wrong", deepreview.SeveritySuggestion, at("shop/cart.go", 2, 2)))
	is.Verification = &deepreview.Verification{Status: deepreview.VerificationRefuted, By: "second", Reason: "the line is empty"}

	prior(add("S6", "It was fixed", deepreview.SeverityImportant, at("shop/cart.go", 4, 4)), deepreview.StatusFixed, "its code changed")
	prior(add("S7", "Still so", deepreview.SeveritySuggestion, at("shop/cart.go", 4, 4)), deepreview.StatusPersisting, "not raised again, but its code is unchanged")
	prior(add("S8", "Not looked at", deepreview.SeverityImportant, at("shop/a b:c%.go", 1, 2)), deepreview.StatusNotExamined, "nobody read its file this time")
	is = prior(add("S9", "Declined", deepreview.SeverityCritical, at("shop/cart.go", 10, 10)), deepreview.StatusDeclined, "accepted risk: known")
	is.Status, is.StatusReason = deepreview.StatusDeclined, "accepted risk: known"
	is = prior(add("S10", "Silenced", deepreview.SeverityImportant, at("shop/cart.go", 9, 9)), deepreview.StatusSuppressed, "shop/cart.go:8: on purpose")
	is.Status, is.StatusReason = deepreview.StatusSuppressed, "shop/cart.go:8: on purpose"
	return r
}

func TestMachineFormatsKeepTheClausesOfARenderer(t *testing.T) {
	for name, rd := range machines() {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, reviewtest.CheckRenderer(t.Context(), rd, nil))
		})
	}
}

// harmlessToMachines fails where a string of a report for programs could do harm to whoever shows it.
func harmlessToMachines(t testing.TB, r *deepreview.Report) {
	t.Helper()
	for name, rd := range machines() {
		if name == "rdjsonl" {
			continue // that is rdjson's
		}
		eachString(decoded(t, render(t, rd, r)), func(key, s string) {
			calm(t, strings.ReplaceAll(s, "\t", " "), 1<<30)
			if key == "markdown" || key == "message" {
				harmless(t, asPage(t, s), "")
			}
		})
	}
}

func TestNothingInAReportForMachinesDoesHarm(t *testing.T) {
	for i, text := range hostile() {
		if testing.Short() && i%5 != 0 {
			continue // under the race detector all of them take minutes
		}
		for _, r := range written(text) {
			harmlessToMachines(t, r)
		}
	}
}

func FuzzMachineFormats(f *testing.F) {
	for i, text := range hostile() {
		if len(text) < 100 && i%10 == 0 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return // length is another test's matter
		}
		for _, r := range written(text) {
			harmlessToMachines(t, r)
			for line := range strings.Lines(render(t, report.RDJSONLines{}, r)) {
				require.Less(t, len(line), 64<<10)
			}
		}
	})
}

func TestEachGitLabEntryHasAFingerprintOfItsOwn(t *testing.T) {
	r := &deepreview.Report{Issues: []*deepreview.Issue{{ID: "0a1b2c3d"}, {ID: "0a1b2c3d"}, {ID: "0a1b2c3d"}, {}, {}}}
	seen := map[string]bool{}
	for _, e := range decoded(t, render(t, report.GitLab{}, r)).([]any) {
		print := e.(map[string]any)["fingerprint"].(string)
		assert.NotEmpty(t, print)
		assert.False(t, seen[print], print)
		seen[print] = true
	}
	assert.Len(t, seen, 6, "five issues, and that nobody ran")
	assert.Contains(t, seen, "0a1b2c3d")
}

// eachString calls f with every string below v, and the key it stands under.
func eachString(v any, f func(key, s string)) {
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case string:
			f(key, v)
		case []any:
			for _, e := range v {
				walk(key, e)
			}
		case map[string]any:
			for k, e := range v {
				f("", k)
				walk(k, e)
			}
		}
	}
	walk("", v)
}

func TestNoIssueIsLostByAMachineFormat(t *testing.T) {
	r := shop()
	open := []string{"The first price is lost", "Both files are in need", "Nothing uses this", "No place is cited", "What was removed is missed", "A place outside",
		"Hardly likely", "Shown to be wrong", "Still so", "Not looked at"}
	settled := []string{"It was fixed", "Declined", "Silenced"}
	require.Len(t, append(open, settled...), len(r.Issues)+len(r.Prior))
	for name, rd := range machines() {
		out := render(t, rd, r)
		for _, title := range open {
			assert.Contains(t, out, title, name)
		}
		for _, title := range settled {
			assert.Equal(t, name == "sarif", strings.Contains(out, title), "%s: %s", name, title)
		}
		assert.Contains(t, out, "Beta", name)
	}
}
