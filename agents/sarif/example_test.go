package sarif_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/sarif"
)

// A linter's report is one reviewer of the panel.
func Example() {
	const patch = `diff --git a/pay/charge.go b/pay/charge.go
--- a/pay/charge.go
+++ b/pay/charge.go
@@ -7,2 +7,3 @@
 	total := sum(items)
+	charge(total)
 	return nil
`
	const report = `{"version": "2.1.0", "runs": [{
		"tool": {"driver": {"name": "errorlint", "rules": [
			{"id": "E7", "fullDescription": {"text": "An error that is dropped is never seen."}, "properties": {"security-severity": "4.3"}}]}},
		"results": [
			{"ruleId": "E7", "message": {"text": "the error of charge is dropped"}, "level": "note", "locations": [{"physicalLocation": {
				"artifactLocation": {"uri": "file:///home/ci/shop/pay/charge.go"}, "region": {"startLine": 8}}}]},
			{"ruleId": "E7", "message": {"text": "the error of close is dropped"}, "locations": [{"physicalLocation": {
				"artifactLocation": {"uri": "file:///home/ci/shop/db/conn.go"}, "region": {"startLine": 90}}}]}]}]}`
	change, err := deepreview.ParseDiff(strings.NewReader(patch))
	if err != nil {
		fmt.Println(err)
		return
	}
	linter := &sarif.Reviewer{ID: "errorlint", Data: []byte(report)}
	reviews, err := deepreview.Run(context.Background(), change, []deepreview.Reviewer{linter}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range reviews[0].Findings {
		fmt.Println(f.Locations[0], f.Severity, f.Rule, f.Title)
		fmt.Println(f.RawSeverity)
	}
	for _, n := range reviews[0].Notes {
		fmt.Println(n.Title)
	}
	// Output:
	// pay/charge.go:8 important E7 the error of charge is dropped
	// security-severity 4.3, level note
	// 1 of its results in files that the change does not touch
}
