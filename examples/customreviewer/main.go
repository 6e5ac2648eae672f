// Command customreviewer is a reviewer of one's own: it reports each TODO that a patch on standard input adds and nobody owns.
// With -check it asks package reviewtest whether it keeps the contract.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"regexp"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/reviewtest"
)

var unowned = regexp.MustCompile(`\b(TODO|FIXME)\b([^(]|$)`) // TODO(ann) has an owner

type owners struct{}

func (owners) Name() string { return "owners" }

func (owners) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	r := &deepreview.Review{}
	for _, f := range c.Files {
		cov := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthScanned}
		if f.Unreadable != "" || f.Binary { // what was not looked at is not clean
			cov = deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageUnreviewed, Reason: "no text"}
		}
		for _, h := range f.Hunks {
			for l := range h.Lines() {
				if word := unowned.FindStringSubmatch(l.Text); l.Op == deepreview.OpAdd && word != nil {
					cov.Status = deepreview.CoverageFindings
					r.Findings = append(r.Findings, &deepreview.Finding{Title: word[1] + " without an owner", Quote: l.Text,
						Severity: deepreview.SeveritySuggestion, Locations: []deepreview.Location{{Path: f.Path, Start: l.New}}})
				}
			}
		}
		r.Coverage = append(r.Coverage, cov)
	}
	return r, ctx.Err() // a nil error says that it finished
}

func main() {
	ctx := context.Background()
	if len(os.Args) == 2 && os.Args[1] == "-check" {
		if err := reviewtest.CheckReviewer(ctx, owners{}, &reviewtest.ReviewerOptions{Deterministic: true}); err != nil {
			log.Fatal(err)
		}
		return
	}
	c, err := deepreview.ParseDiff(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	r, _ := owners{}.Review(ctx, c)
	for _, f := range r.Findings {
		fmt.Println(f.Locations[0], f.Severity, f.Title)
	}
}
