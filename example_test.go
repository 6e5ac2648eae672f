package deepreview_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// todo is a reviewer in a few lines: it reports each added line that says TODO.
type todo struct{}

func (todo) Name() string { return "todo" }

func (todo) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	r := &deepreview.Review{}
	for _, f := range c.Files {
		cov := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthScanned}
		for _, h := range f.Hunks {
			for l := range h.Lines() {
				if l.Op == deepreview.OpAdd && strings.Contains(l.Text, "TODO") {
					cov.Status = deepreview.CoverageFindings
					r.Findings = append(r.Findings, &deepreview.Finding{
						Title:     "work left for later",
						Severity:  deepreview.SeveritySuggestion,
						Locations: []deepreview.Location{{Path: f.Path, Start: l.New}},
						Quote:     l.Text,
					})
				}
			}
		}
		r.Coverage = append(r.Coverage, cov)
	}
	return r, ctx.Err()
}

const patch = `diff --git a/store.go b/store.go
--- a/store.go
+++ b/store.go
@@ -1,3 +1,4 @@
 package store
 
+// TODO: close the file
 func Open() {}
`

func Example() {
	ctx := context.Background()
	change, err := deepreview.ParseDiff(strings.NewReader(patch))
	if err != nil {
		log.Fatal(err)
	}
	reviews, err := deepreview.Run(ctx, change, []deepreview.Reviewer{todo{}}, nil)
	if err != nil {
		log.Fatal(err)
	}
	r, err := new(deepreview.Pipeline).Consolidate(ctx, change, reviews)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Structure())
	for _, is := range r.Issues {
		fmt.Println(is.Number, is.Locations[0], is.Title)
	}
	fmt.Println(r.Verdict.Kind, "-", r.Verdict.Reason)
	// Output:
	// 0 critical, 0 important, 1 suggestion.
	// S1 store.go:3 work left for later
	// incomplete - Mechanical checks only; nobody read this change
}

// A lead's decisions are followed where they speak, and the ledger says so.
func ExampleRuling() {
	change, _ := deepreview.ParseDiff(strings.NewReader(patch))
	reviews, _ := deepreview.Run(context.Background(), change, []deepreview.Reviewer{todo{}}, nil)
	p := &deepreview.Pipeline{Rulings: []deepreview.Ruling{{
		Claims:  []deepreview.Ref{{Reviewer: "todo", ID: "f1"}},
		Outcome: deepreview.OutcomeDropped, Drop: deepreview.DropOverscoped,
		Reason: "the next change closes it",
	}}}
	r, _ := p.Consolidate(context.Background(), change, reviews)
	for _, d := range r.Ledger {
		fmt.Println(d.Claim, d.Outcome, "-", d.Drop, "-", d.Reason)
	}
	// Output:
	// todo/f1 dropped - overscoped - the next change closes it
}

// twoReviews is a panel of two that say much the same of one line.
func twoReviews(c *deepreview.Change) []*deepreview.Review {
	at := []deepreview.Location{{Path: "store.go", Start: 3}}
	read := []deepreview.Coverage{{Path: "store.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead}}
	return []*deepreview.Review{
		{Reviewer: "ann", Coverage: read, Findings: []*deepreview.Finding{
			{ID: "1", Title: "file is never closed", Severity: deepreview.SeverityImportant, Category: "leak", Locations: at},
		}},
		{Reviewer: "bob", Coverage: read, Findings: []*deepreview.Finding{
			{ID: "1", Title: "descriptor leak", Severity: deepreview.SeverityCritical, Category: "leak", Locations: at},
		}},
	}
}

func consolidated(p *deepreview.Pipeline) *deepreview.Report {
	change, _ := deepreview.ParseDiff(strings.NewReader(patch))
	r, err := p.Consolidate(context.Background(), change, twoReviews(change))
	if err != nil {
		log.Fatal(err)
	}
	return r
}

// A rule of your own for what is the same: here, the same category on the same line.
func ExamplePipeline_similarity() {
	r := consolidated(&deepreview.Pipeline{
		Similarity: func(fs []*deepreview.Finding) func(i, j int) float64 {
			return func(i, j int) float64 {
				if fs[i].Category == fs[j].Category && fs[i].Locations[0] == fs[j].Locations[0] {
					return 1
				}
				return 0
			}
		},
	})
	fmt.Println(len(r.Issues), "issue, raised by", r.Issues[0].Names())
	// Output:
	// 1 issue, raised by [ann bob]
}

// A rule of your own for how bad an issue is: here, never above what every reviewer agrees on.
func ExamplePipeline_calibrate() {
	r := consolidated(&deepreview.Pipeline{
		Calibrate: func(k deepreview.Case) deepreview.Calibration {
			lowest := deepreview.SeverityCritical
			for _, claim := range k.Claims {
				lowest = min(lowest, claim.Severity)
			}
			return deepreview.Calibration{Severity: lowest, Reasons: []string{"the lowest severity raised"}}
		},
	})
	for _, is := range r.Issues {
		fmt.Println(is.Number, is.Title, "-", is.Reasons[0])
	}
	// Output:
	// C1 descriptor leak - the lowest severity raised
	// I1 file is never closed - the lowest severity raised
}

// A policy of your own for the verdict: here, two reviewers have to agree before a merge is held up.
func ExamplePipeline_policy() {
	r := consolidated(&deepreview.Pipeline{
		Policy: func(r *deepreview.Report) deepreview.Verdict {
			for _, is := range r.Issues {
				if is.Open() && is.Reported > 1 && is.Severity >= deepreview.SeverityImportant {
					return deepreview.Verdict{Kind: deepreview.VerdictRework, Reason: is.Number, Missing: deepreview.Missing(r)}
				}
			}
			return deepreview.Verdict{Kind: deepreview.VerdictMerge, Reason: "nothing that two agree on", Missing: deepreview.Missing(r)}
		},
	})
	fmt.Println(r.Verdict.Kind, "-", r.Verdict.Reason)
	// Output:
	// merge - nothing that two agree on
}

// union is a whole consolidator of one's own: every claim is an issue.
type union struct{}

func (union) Consolidate(_ context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
	r := &deepreview.Report{Schema: deepreview.Schema, Change: c.Header, Reviews: reviews}
	for _, rev := range reviews {
		for _, f := range rev.Findings {
			ref := deepreview.Ref{Reviewer: rev.Reviewer, ID: f.ID}
			r.Issues = append(r.Issues, &deepreview.Issue{ID: ref.String(), Title: f.Title, Severity: f.Severity, Lead: ref, Reported: 1})
			r.Ledger = append(r.Ledger, deepreview.Decision{Claim: ref, Outcome: deepreview.OutcomeKept, Issues: []string{ref.String()}})
		}
	}
	return r, nil
}

func ExampleConsolidator() {
	change, _ := deepreview.ParseDiff(strings.NewReader(patch))
	var c deepreview.Consolidator = union{}
	r, _ := c.Consolidate(context.Background(), change, twoReviews(change))
	fmt.Println(r.Structure())
	// Output:
	// 1 critical, 1 important, 0 suggestions.
}
