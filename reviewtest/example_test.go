package reviewtest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// hasty calls every changed file clean, and has read none of them.
type hasty struct{}

func (hasty) Name() string { return "hasty" }

func (hasty) Review(_ context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	r := &deepreview.Review{}
	for _, f := range c.Files {
		r.Coverage = append(r.Coverage, deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean})
	}
	return r, nil
}

func Example() {
	err := reviewtest.CheckReviewer(context.Background(), hasty{}, nil)
	var problems reviewtest.Problems
	errors.As(err, &problems)
	for _, p := range problems {
		fmt.Printf("%s: %s\n", p.Name, p.Says)
	}
	fmt.Println()
	fmt.Println("To do:", problems[0].Advice)
	// Output:
	// coverage-depth: A file that was looked at was scanned or read, and says which
	// unreadable-unreviewed: The coverage of an unreadable file is unreviewed
	// context-ended: It obeys its context, and a nil error says that it finished
	//
	// To do: set Depth to DepthScanned where rules ran over the file, to DepthRead where it was judged; unset counts as not read
}
