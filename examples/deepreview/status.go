package main

import (
	"slices"

	"github.com/deepreview-go/deepreview"
)

// The exit statuses. 64 is EX_USAGE of sysexits.h.
const (
	exitFine     = 0
	exitFindings = 1
	exitFailed   = 2
	exitUsage    = 64
)

// status is the exit status for a report that was written. rulesAlone says that the whole panel was rules, which read
// nothing: then the findings decide, since a verdict by rules is always incomplete.
func status(r *deepreview.Report, failOn deepreview.Severity, rulesAlone bool) int {
	unfinished := slices.ContainsFunc(r.Reviews, func(rev *deepreview.Review) bool { return !rev.Skipped() && !rev.Finished() })
	rulesAlone = (rulesAlone || r.MechanicalOnly()) && !unfinished
	found := failOn != deepreview.SeverityUnset && slices.ContainsFunc(r.Issues, func(is *deepreview.Issue) bool {
		return is.Open() && is.Severity >= failOn
	})
	switch {
	case r.Verdict.Kind == deepreview.VerdictIncomplete && !rulesAlone:
		return exitFailed
	case found:
		return exitFindings
	case len(r.Verdict.Missing) > 0 && !rulesAlone:
		return exitFailed // critical issues, none of which count here, and a panel that is not complete
	}
	return exitFine
}
