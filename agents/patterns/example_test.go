package patterns_test

import (
	"context"
	"fmt"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/patterns"
)

func Example() {
	change := &deepreview.Change{Files: []*deepreview.File{{
		Path: "cart.test.js", Status: deepreview.FileModified,
		Hunks: []*deepreview.Hunk{{
			OldStart: 12, OldLines: 1, NewStart: 12, NewLines: 1,
			Body: "-it('adds up', () => {\n+it.only('adds up', () => {\n",
		}},
	}}}
	review, err := new(patterns.Reviewer).Review(context.Background(), change)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range review.Findings {
		fmt.Printf("%s %s: %s\n", f.Severity, f.Locations[0], f.Title)
	}
	// Output: important cart.test.js:12: A focused test keeps the others from running
}
