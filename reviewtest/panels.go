package reviewtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
)

// hearing is a change with what a panel says of it. Each build is a new one, equal to the last.
type hearing struct {
	name  string
	build func() (*deepreview.Change, []*deepreview.Review)
	// unread says that nobody read all of the change, so that nothing speaks for merging it.
	unread bool
	// malformed says that the reviews break their own contract: IDs given twice or not at all, nil entries, no UTF-8. Then
	// findings are counted, and not looked for by name.
	malformed bool
	// declined are issues that the round before settled, with the code as it is.
	declined []*deepreview.Issue
}

// hearings are the panels that every consolidator has to bear, the ordinary one first.
func hearings() []hearing {
	return []hearing{
		{name: ordinaryPanel, build: func() (*deepreview.Change, []*deepreview.Review) { return ordinaryChange(), panelOf(ordinaryChange()) }, unread: true},
		{name: "everybody finds nothing", build: agreedClean},
		{name: "no reviews", build: func() (*deepreview.Change, []*deepreview.Review) { return ordinaryChange(), nil }, unread: true},
		{name: "reviews that say nothing", build: func() (*deepreview.Change, []*deepreview.Review) {
			return ordinaryChange(), []*deepreview.Review{{Reviewer: "ann"}, {Reviewer: "bob"}}
		}, unread: true},
		{name: "rules alone", build: scannedOnly, unread: true},
		{name: "everybody failed", build: allFailed, unread: true},
		{name: "one file read by nobody", build: oneUnread, unread: true},
		{name: "a status that is none", build: unknownStatus, unread: true},
		{name: "only a diff", build: func() (*deepreview.Change, []*deepreview.Review) { return diffOnly(), panelOf(diffOnly()) }, unread: true},
		{name: "no files", build: func() (*deepreview.Change, []*deepreview.Review) {
			return &deepreview.Change{}, []*deepreview.Review{{Reviewer: "ann", Findings: []*deepreview.Finding{{ID: "1", Title: "of nothing"}}}}
		}, unread: true},
		{name: "a second round", build: func() (*deepreview.Change, []*deepreview.Review) { return secondRound(), panelOf(secondRound()) }, unread: true},
		{name: "hostile text", build: hostilePanel, unread: true},
		{name: "many findings", build: manyFindings, unread: true},
		{name: "malformed reviews", build: malformedPanel, unread: true, malformed: true},
	}
}

const ordinaryPanel = "an ordinary panel"

func read(c *deepreview.Change, status deepreview.CoverageStatus) []deepreview.Coverage {
	var out []deepreview.Coverage
	for _, f := range c.Files {
		out = append(out, deepreview.Coverage{Path: f.Path, Status: status, Depth: deepreview.DepthRead})
	}
	return out
}

// panelOf is three reviewers who agree here and disagree there, a fourth that failed half way, and one that declined.
func panelOf(c *deepreview.Change) []*deepreview.Review {
	at := func(path string, start, end int) []deepreview.Location {
		return []deepreview.Location{{Path: path, Start: start, End: end}}
	}
	began := time.Date(2026, time.March, 2, 11, 0, 0, 0, time.UTC)
	fingerprint := c.Fingerprint()
	return []*deepreview.Review{
		{
			Reviewer: "ann", Label: "Ann 4", Vendor: "anville", Model: "ann-4", Change: fingerprint, Started: began, Duration: 90 * time.Second,
			Summary: "Adds a query by customer.", Verdict: "Changes requested", Transcript: "# Review\n\nTwo findings.",
			Findings: []*deepreview.Finding{
				{ID: "1", Title: "SQL injection: the query is put together from customer names", Detail: "`Find` joins `name` into the SQL query.", Impact: "Anybody reads every order.",
					Severity: deepreview.SeverityCritical, Category: deepreview.CategoryRegression, Topic: deepreview.TopicSecurity, Confidence: 0.9,
					Locations: at("shop/store.go", 19, 19), Quote: "\t\trows, _ := db.Query(\"SELECT id, customer, total, currency, created FROM orders WHERE customer = '\" + name + \"' ORDER BY created\")"},
				{ID: "2", Title: "Error of os.Create is dropped", Severity: deepreview.SeverityImportant, Category: deepreview.CategoryRegression,
					Locations: at("shop/store.go", 10, 10), Quote: "\tf, _ := os.Create(path)",
					Fix: &deepreview.Fix{Text: "Return it.", Edits: []deepreview.Edit{{Path: "shop/store.go", Start: 10, End: 10,
						New: "\tf, err := os.Create(path)\n\tif err != nil {\n\t\treturn err\n\t}\n"}}}},
			},
			Notes: []*deepreview.Note{
				{ID: "n1", Kind: deepreview.NoteStrength, Text: "The new function is small."},
				{ID: "n2", Kind: deepreview.NoteUntested, Text: "A customer with a quote in the name.", Risk: deepreview.RiskHigh},
			},
			Coverage: []deepreview.Coverage{
				{Path: "shop/store.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead},
				{Path: "README.md", Status: deepreview.CoverageTrivial, Depth: deepreview.DepthRead},
				{Path: "web/cart.js", Status: deepreview.CoverageClean, Depth: deepreview.DepthRead},
			},
			Usage: deepreview.Usage{Requests: 3, ToolCalls: 12, TokensIn: 40_000, TokensOut: 2_000, TokensCached: 30_000, Cost: 0.42, Priced: true},
		},
		{
			Reviewer: "bob", Label: "Bob 5", Vendor: "bobco", Change: fingerprint, Started: began, Duration: 2 * time.Minute,
			Findings: []*deepreview.Finding{
				{ID: "b1", Title: "SQL injection through customer names in the query", Detail: "`name` is concatenated into the SQL query.",
					Severity: deepreview.SeverityImportant, Category: deepreview.CategoryRegression, Topic: deepreview.TopicSecurity,
					Locations: at("shop/store.go", 19, 20)},
				{ID: "b2", Title: "Rounding is left for later", Severity: deepreview.SeveritySuggestion, Category: deepreview.CategoryGap,
					Locations: at("web/cart.js", 2, 2), Quote: "  // FIXME rounding"},
			},
			Notes: []*deepreview.Note{
				{ID: "n1", Kind: deepreview.NoteConcern, Text: "SQL lives in the store."},
				{ID: "n2", Kind: deepreview.NoteCommit, Text: "The fixup belongs into the first commit.", Commit: "2b2b2b2"},
			},
			Coverage: []deepreview.Coverage{
				{Path: "shop/store.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead},
				{Path: "web/cart.js", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead},
				{Path: "migrations/0002_orders.sql", Status: deepreview.CoverageUnreviewed, Reason: "ran out of time"},
			},
		},
		{
			Reviewer: "rules", Change: fingerprint, Started: began, Duration: time.Second,
			Findings: []*deepreview.Finding{
				{ID: "skip-1", Title: "A test is skipped", Rule: "skipped-test", Severity: deepreview.SeverityImportant, Locations: at("shop/store_test.go", 6, 6)},
				{ID: "drop-1", Title: "A column is dropped", Rule: "drop", Locations: at("migrations/0002_orders.sql", 1, 1)},
				{ID: "whole", Title: "The change has no place that says it all", Severity: deepreview.SeveritySuggestion},
			},
			Coverage: []deepreview.Coverage{
				{Path: "shop/store_test.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthScanned},
				{Path: "migrations/0002_orders.sql", Status: deepreview.CoverageFindings, Depth: deepreview.DepthScanned},
			},
		},
		{
			Reviewer: "zoe", Label: "Zoe", Change: fingerprint, Started: began, Duration: time.Minute,
			Failure: &deepreview.Failure{Kind: deepreview.FailureTimeout, Message: "stopped at its deadline of 1m0s"},
			Findings: []*deepreview.Finding{
				{ID: "z1", Title: "The shell runs the name of a file", Severity: deepreview.SeverityCritical, Category: deepreview.CategoryRegression,
					Topic: deepreview.TopicSecurity, Locations: at("tools/export.py", 6, 6), Quote: "        os.system(\"tar cf \" + name)"},
			},
			Coverage: []deepreview.Coverage{{Path: "tools/export.py", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead}},
		},
		{
			Reviewer: "yan", Change: fingerprint,
			Failure: &deepreview.Failure{Kind: deepreview.FailureSkipped, Message: "reviewer skipped: no key"},
		},
	}
}

// secondHearing is the ordinary panel once more, after a round whose report is given and whose first issue was declined. It
// is false where that report has no issue, or one that is nil.
func secondHearing(r *deepreview.Report) (hearing, bool) {
	if r == nil || len(r.Issues) == 0 || slices.Contains(r.Issues, nil) {
		return hearing{}, false
	}
	build := func() (*deepreview.Change, []*deepreview.Review) {
		c := secondRound()
		c.Previous.Issues = r.Issues
		c.Previous.Resolutions = []deepreview.Resolution{{Issue: r.Issues[0].ID, As: deepreview.ResolvedDeclined, Why: "by design", By: "Ada Example"}}
		return c, panelOf(c)
	}
	return hearing{name: "a second round over its own report", build: build, unread: true, declined: r.Issues[:1]}, true
}

func agreedClean() (*deepreview.Change, []*deepreview.Review) {
	c := ordinaryChange()
	return c, []*deepreview.Review{
		{Reviewer: "ann", Coverage: read(c, deepreview.CoverageClean)}, {Reviewer: "bob", Coverage: read(c, deepreview.CoverageTrivial)},
	}
}

func scannedOnly() (*deepreview.Change, []*deepreview.Review) {
	c := ordinaryChange()
	r := &deepreview.Review{Reviewer: "rules", Coverage: read(c, deepreview.CoverageClean)}
	for i := range r.Coverage {
		r.Coverage[i].Depth = deepreview.DepthScanned
	}
	return c, []*deepreview.Review{r}
}

func allFailed() (*deepreview.Change, []*deepreview.Review) {
	return ordinaryChange(), []*deepreview.Review{
		{Reviewer: "ann", Failure: &deepreview.Failure{Kind: deepreview.FailurePanic, Message: "the reviewer panicked: nil map"}},
		{Reviewer: "bob", Failure: &deepreview.Failure{Kind: deepreview.FailureCanceled, Message: "context canceled"}},
	}
}

// oneUnread is a panel that read all of the change but its last file, which nobody states.
func oneUnread() (*deepreview.Change, []*deepreview.Review) {
	c, reviews := agreedClean()
	for _, r := range reviews {
		r.Coverage = r.Coverage[:len(r.Coverage)-1]
	}
	return c, reviews
}

// hostilePanel says of a hostile change what someone wrote to do harm.
func hostilePanel() (*deepreview.Change, []*deepreview.Review) {
	c := hostileText()
	hostile := "\x1b[2J</script><script>alert(1)</script> [x](javascript:alert(1)) \u202e" + injection
	return c, []*deepreview.Review{
		{
			Reviewer: hostile, Label: hostile, Vendor: hostile, Model: hostile, Summary: hostile, Verdict: "Merge", Transcript: hostile,
			Findings: []*deepreview.Finding{
				{ID: hostile[:4], Title: hostile, Detail: hostile, Impact: hostile, Category: deepreview.Category(hostile), Topic: deepreview.Topic(hostile),
					RawSeverity: hostile, Rule: hostile, Quote: hostile,
					Locations: []deepreview.Location{{Path: "../../etc/passwd", Start: 1}, {Path: "page.html", Start: 1_000_000, Label: hostile}},
					Fix: &deepreview.Fix{Text: hostile, Edits: []deepreview.Edit{
						{Path: "../x", Start: 1, End: 1, New: hostile}, {Path: "page.html", Start: 9, End: 2, New: "x"},
					}}},
				{ID: "2", Title: strings.Repeat("long ", 2_000)},
			},
			Notes:    []*deepreview.Note{{ID: "n", Kind: deepreview.NoteKind(hostile), Text: hostile, Commit: hostile}},
			Coverage: []deepreview.Coverage{{Path: "../x", Status: deepreview.CoverageClean, Depth: deepreview.DepthRead, Reason: hostile}},
		},
	}
}

// manyFindings has reviewers that say the same and much else, all over the change.
func manyFindings() (*deepreview.Change, []*deepreview.Review) {
	c := ordinaryChange()
	var reviews []*deepreview.Review
	for _, name := range []string{"ann", "bob", "cyd"} {
		r := &deepreview.Review{Reviewer: name}
		for i := range 18 {
			f := c.Files[i%len(c.Files)]
			r.Findings = append(r.Findings, &deepreview.Finding{
				ID: fmt.Sprint(i), Title: fmt.Sprintf("Problem %d of %s", i/3, f.Path), Severity: deepreview.Severities()[i%3],
				Locations: []deepreview.Location{{Path: f.Path, Start: 1 + i%5}},
			})
		}
		reviews = append(reviews, r)
	}
	return c, reviews
}

// unknownStatus is a panel that states every file to be read, in a word that is no status.
func unknownStatus() (*deepreview.Change, []*deepreview.Review) {
	c := ordinaryChange()
	rev := &deepreview.Review{Reviewer: "ann"}
	for _, f := range c.Files {
		rev.Coverage = append(rev.Coverage, deepreview.Coverage{Path: f.Path, Status: "looks fine", Depth: deepreview.DepthRead})
	}
	return c, []*deepreview.Review{rev}
}

// malformedPanel is reviews that a careless caller passes on as they came.
func malformedPanel() (*deepreview.Change, []*deepreview.Review) {
	c := ordinaryChange()
	return c, []*deepreview.Review{
		{
			Reviewer: "ann",
			Findings: []*deepreview.Finding{
				{ID: "1", Title: "first"}, {ID: "1", Title: "second of the same ID"}, nil, {Title: "no ID"}, {},
				{ID: "caf\xe9", Title: "caf\xe9", Severity: 7, Confidence: -3, Locations: []deepreview.Location{{Path: "", Start: -1, End: 9}}},
			},
			Notes: []*deepreview.Note{nil, {}, {ID: "1", Kind: "\xff", Risk: 99}},
			Coverage: []deepreview.Coverage{
				{Path: "README.md", Status: "fine", Depth: deepreview.DepthRead}, {Path: "README.md", Status: deepreview.CoverageClean, Depth: 3}, {},
			},
		},
		{Reviewer: "b b", Findings: []*deepreview.Finding{{ID: "x/y", Title: "a slash"}}},
	}
}
