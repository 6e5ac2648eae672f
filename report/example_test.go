package report_test

import (
	"os"
	"testing/fstest"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// A template of one's own takes the place of the embedded one with its name.
func Example() {
	r := &deepreview.Report{
		Verdict: deepreview.Verdict{Kind: deepreview.VerdictMergeWithFixes, Reason: "1 important issue"},
		Issues:  []*deepreview.Issue{{Number: "I1", Title: "The lock is never released", Severity: deepreview.SeverityImportant}},
	}
	house := fstest.MapFS{"text/report.tmpl": {Data: []byte("{{.Verdict.Label}}: {{.Verdict.Reason}}\n{{range .Severities}}{{range .Issues}}{{.Number}} {{.Title}}\n{{end}}{{end}}")}}
	if err := (report.Text{Templates: house}).Render(os.Stdout, r); err != nil {
		panic(err)
	}
	// Output:
	// Merge with fixes: 1 important issue
	// I1 The lock is never released
}
