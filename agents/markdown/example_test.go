package markdown_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/markdown"
)

// A review that an agent wrote as it liked is one reviewer of the panel.
func Example() {
	const patch = `diff --git a/pay/charge.go b/pay/charge.go
--- a/pay/charge.go
+++ b/pay/charge.go
@@ -7,2 +7,3 @@
 	total := sum(items)
+	charge(total)
 	return nil
`
	const review = "## Findings\n\n### Important\n\n" +
		"I1. **The error of `charge` is dropped** — `/home/ann/shop/pay/charge.go:8` (important, regression)\n\n" +
		"```go\n\tcharge(total)\n```\n\nNobody learns that no money came in.\n\nFix: return it.\n\n" +
		"## Testing\n\n- A card that is refused is not tested.\n\n" +
		"## Coverage\n\n- `pay/charge.go`: I1\n"
	change, err := deepreview.ParseDiff(strings.NewReader(patch))
	if err != nil {
		fmt.Println(err)
		return
	}
	ann := &markdown.Reviewer{ID: "ann", Data: []byte(review)}
	reviews, err := deepreview.Run(context.Background(), change, []deepreview.Reviewer{ann}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range reviews[0].Findings {
		fmt.Println(f.ID, f.Severity, f.Category, f.Locations[0], f.Title)
		fmt.Printf("%q %q %q\n", f.Quote, f.Detail, f.Fix.Text)
	}
	for _, n := range reviews[0].Notes {
		fmt.Println(n.Kind, n.Text)
	}
	for _, c := range reviews[0].Coverage {
		fmt.Println(c.Path, c.Status, c.Depth)
	}
	// Output:
	// I1 important regression pay/charge.go:8 The error of `charge` is dropped
	// "\tcharge(total)" "Nobody learns that no money came in." "return it."
	// untested A card that is refused is not tested.
	// pay/charge.go findings read
}
