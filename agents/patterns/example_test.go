package patterns_test

import (
	"context"
	"fmt"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/patterns"
)

// cart is a change to a test and to a module's requirements.
func cart() *deepreview.Change {
	return &deepreview.Change{Files: []*deepreview.File{{
		Path: "cart.test.js", Status: deepreview.FileModified,
		Hunks: []*deepreview.Hunk{{
			OldStart: 12, OldLines: 1, NewStart: 12, NewLines: 1,
			Body: "-it('adds up', () => {\n+it.only('adds up', () => {\n",
		}},
	}, {
		Path: "go.mod", Status: deepreview.FileModified,
		Hunks: []*deepreview.Hunk{{
			OldStart: 7, OldLines: 1, NewStart: 7, NewLines: 1,
			Body: "-\texample.com/money v1.4.0\n+\texample.com/money v1.3.2\n",
		}},
	}}}
}

func Example() {
	review, err := new(patterns.Reviewer).Review(context.Background(), cart())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range review.Findings {
		fmt.Printf("%s %s: %s (%s)\n", f.Severity, f.Locations[0], f.Title, f.Rule)
	}
	// Output:
	// important go.mod:7: Dependency example.com/money goes back from v1.4.0 to v1.3.2 (dependency-pin)
	// important cart.test.js:12: A focused test keeps the others from running (focused-test)
}

// A reviewer may run a few rules only, or all but a few.
func ExampleReviewer() {
	tests := &patterns.Reviewer{Only: []string{"focused-test", "skipped-test", "deleted-test", "weakened-test"}}
	review, err := tests.Review(context.Background(), cart())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range review.Findings {
		fmt.Println(f.Rule)
	}
	// Output: focused-test
}

func ExampleRules() {
	for _, r := range patterns.Rules()[:2] {
		fmt.Printf("%s: %s\n", r.ID, r.Why)
	}
	// Output:
	// conflict-marker: A merge conflict was committed unresolved: the file holds both sides and does not mean either.
	// trojan-source: Characters that do not show make a reader see other code than the machine runs.
}
