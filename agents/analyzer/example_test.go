package analyzer_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/analyzer"
)

func Example() {
	module := &fstest.MapFile{Data: []byte("module example.com/sum\n\ngo 1.24\n")}
	change := &deepreview.Change{
		Tree: fstest.MapFS{"go.mod": module, "sum.go": {Data: []byte(`package sum

func Sum(list []int) (n int) {
	for _, x := range list {
		n = +x
		x = x
	}
	return Sum(list) + n
}
`)}},
		BaseTree: fstest.MapFS{"go.mod": module},
		Files:    []*deepreview.File{{Path: "sum.go", Status: deepreview.FileAdded}},
	}
	review, err := new(analyzer.Reviewer).Review(context.Background(), change)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range review.Findings {
		fmt.Printf("%s %s: %s (%s)\n", f.Severity, f.Locations[0], f.Title, f.Rule)
	}
	// Output:
	// important sum.go:8: infinite recursive call (SA5007)
	// suggestion sum.go:6: self-assignment of x to x (SA4018)
}
