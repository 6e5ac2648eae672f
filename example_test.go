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
