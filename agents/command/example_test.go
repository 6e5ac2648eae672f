//go:build unix

package command_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/command"
)

// Any command that speaks the protocol is a reviewer. This one reads its task and finds the same thing each time.
func Example() {
	change, err := deepreview.ParseDiff(strings.NewReader(patch))
	if err != nil {
		fmt.Println(err)
		return
	}
	script := `cat > task.json
		echo '{"findings": [{"title": "main always panics", "severity": "critical", "category": "regression",
			"locations": [{"path": "main.go", "start": 4}]}],
			"coverage": [{"path": "main.go", "status": "findings"}]}'`
	reviewers := []deepreview.Reviewer{
		&command.Reviewer{ID: "script", Profile: command.Exec("/bin/sh", "-c", script)},
		&command.Reviewer{ID: "broken", Profile: command.Exec("/bin/sh", "-c", "echo no model >&2; exit 3")},
	}
	reviews, err := deepreview.Run(context.Background(), change, reviewers, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range reviews {
		for _, f := range r.Findings {
			fmt.Println(r.Reviewer, f.Locations[0], f.Severity, f.Title)
		}
		if r.Failure != nil {
			fmt.Println(r.Reviewer, r.Failure.Kind, r.Failure.Message)
		}
	}
	// Output:
	// script main.go:4 critical main always panics
	// broken cut sh command line: cut: exit status 3: no model; try again
}
