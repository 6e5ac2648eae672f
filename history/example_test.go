package history_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/history"
)

// A change is reviewed, its author answers, and it is reviewed again.
func Example() {
	dir, err := os.MkdirTemp("", "history")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := history.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	branch := store.Series("branch/feature")

	review := func(diff string) *deepreview.Report {
		change, err := deepreview.ParseDiff(strings.NewReader(diff))
		if err != nil {
			log.Fatal(err)
		}
		if err := branch.Begin(change); err != nil { // which round is this, and what did the others leave?
			log.Fatal(err)
		}
		reviews, err := deepreview.Run(ctx, change, []deepreview.Reviewer{openChecker{}}, nil)
		if err != nil {
			log.Fatal(err)
		}
		pipeline := &deepreview.Pipeline{Date: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
		report, err := pipeline.Consolidate(ctx, change, reviews)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := branch.Add(ctx, report); err != nil {
			log.Fatal(err)
		}
		return report
	}

	r := review("--- /dev/null\n+++ b/a.go\n@@ -0,0 +1,2 @@\n+f, _ := os.Open(name)\n+g, _ := os.Open(other)\n")
	for _, is := range r.Issues {
		fmt.Println("round", r.Change.Round, is.Number, is.Locations[0])
	}
	found, err := store.Find("S1")
	if err != nil {
		log.Fatal(err)
	}
	err = store.Resolve(ctx, deepreview.Resolution{Issue: found.Issue.ID, As: deepreview.ResolvedDeclined, Why: "it is there", By: "ann"})
	if err != nil {
		log.Fatal(err)
	}

	r = review("--- /dev/null\n+++ b/a.go\n@@ -0,0 +1,3 @@\n+// Both are there.\n+f, _ := os.Open(name)\n+g := must(os.Open(other))\n")
	for _, is := range r.Issues {
		fmt.Println("round", r.Change.Round, is.Number, is.Locations[0], is.Status)
	}
	for _, p := range r.Prior {
		fmt.Println("round", r.Change.Round, p.Status, p.Reason)
	}
	// Output:
	// round 1 S1 a.go:1
	// round 1 S2 a.go:2
	// round 2 declined declined by ann: it is there
	// round 2 fixed its code changed, and those who read it did not raise it again
}

// openChecker raises each error of os.Open that is dropped.
type openChecker struct{}

func (openChecker) Name() string { return "open" }

func (openChecker) Review(_ context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	rev := new(deepreview.Review)
	for _, f := range c.Files {
		rev.Coverage = append(rev.Coverage, deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead})
		for _, h := range f.Hunks {
			for l := range h.Lines() {
				title := map[string]string{"f": "a missing file is not noticed", "g": "`other` may be unreadable"}[l.Text[:min(1, len(l.Text))]]
				if strings.Contains(l.Text, ", _ := os.Open") {
					rev.Findings = append(rev.Findings, &deepreview.Finding{
						Title: title, Severity: deepreview.SeveritySuggestion, Locations: []deepreview.Location{{Path: f.Path, Start: l.New}},
					})
				}
			}
		}
	}
	return rev, nil
}
