package reviewtest

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/deepreview-go/deepreview"
)

// consolidatorRows is the contract of a consolidator, and of the report that it makes.
func consolidatorRows() []row[*consolidating] {
	return []row[*consolidating]{
		onCalls(Clause{"never-panics", "Consolidate bears any change and any reviews",
			"treat every list as possibly empty and every text as foreign"}, func(c *consolidation) string {
			if c.panicked == "" {
				return ""
			}
			return "it panicked: " + c.panicked
		}),
		onCalls(Clause{"context-obeyed", "It obeys its context promptly",
			"pass ctx on, and look at ctx.Err() in long loops"}, func(c *consolidation) string {
			if c.stuck {
				return "it went on after its context had ended, and was abandoned"
			}
			return ""
		}),
		{Clause{"context-ended", "It obeys its context: a nil error says that the report is whole",
			"return ctx.Err() before the work begins"}, func(x *consolidating, say saying) {
			if c := x.ended; c != nil && c.panicked == "" && !c.stuck && c.err == nil {
				say(c.sample, "its context had ended, and it returned a nil error")
			}
		}},
		onCalls(Clause{"answers", "It returns a report or an error",
			"return a report where there is nothing to say, too"}, func(c *consolidation) string {
			if c.panicked == "" && !c.stuck && c.err == nil && c.report == nil {
				return "it returned neither"
			}
			return ""
		}),
		{Clause{"reports", "Every panel of distinct reviewers has a report: none, failed and malformed ones, too",
			"mend what cannot be held, and say so in Report.Warnings"}, func(x *consolidating, say saying) {
			for _, h := range x.hearings {
				if c := h.first; c != nil && c.err != nil {
					say(h.name, "it failed: %s", shown(c.err.Error()))
				}
			}
		}},
		{Clause{"change-needed", "Without a change there is nothing to consolidate",
			"return an error for a nil change"}, func(x *consolidating, say saying) {
			if c := x.unchanged; c != nil && c.panicked == "" && !c.stuck && c.err == nil {
				say(c.sample, "it returned a nil error")
			}
		}},
		{Clause{"one-review-a-reviewer", "Several passes of one reviewer are one review: two would be two votes",
			"return an error for two reviews of one name"}, func(x *consolidating, say saying) {
			if c := x.doubled; c != nil && c.panicked == "" && !c.stuck && c.err == nil {
				say(c.sample, "it returned a nil error")
			}
		}},
		onCalls(Clause{"change-unmodified", "The change is shared and read-only",
			"copy what has to be sorted or filled in"}, func(c *consolidation) string {
			if c.changed == "" {
				return ""
			}
			return "after the call " + c.changed
		}),
		onCalls(Clause{"reviews-unmodified", "Nothing rewrites a review or a finding, nor their order",
			"work on copies; put what the panel makes of a claim into issues and the ledger"}, func(c *consolidation) string {
			if c.rewritten == "" {
				return ""
			}
			return "after the call " + c.rewritten
		}),
		onReports(Clause{"ledger-complete", "Every finding of every review ends in exactly one Decision",
			"add a decision for each finding, for those that are dropped, merged or without a place, too"}, func(h *heard, r *deepreview.Report) string {
			return unfated(h, r, (*deepreview.Review).Finished)
		}),
		onReports(Clause{"failed-reviews-count", "Reviews with a failure still count for what they hold",
			"treat a review with a Failure like any other; only the verdict tells that it is partial"}, func(h *heard, r *deepreview.Report) string {
			return unfated(h, r, func(rev *deepreview.Review) bool { return !rev.Finished() })
		}),
		onReports(Clause{"ledger-true", "A decision is about a claim of a review, with a known outcome, a kind of drop if it was dropped and only then, and issues that the report has",
			"use the constants of Outcome and DropKind, and the IDs of issues"}, untrue),
		onReports(Clause{"ledger-agrees", "The ledger and the issues say the same: a claim supports the issues that its decision names",
			"make Decision.Issues and Issue.Sources of one and the same grouping"}, disagreement),
		onIssues(Clause{"issue-sources", "An issue has at least one claim, each a finding of a review, and one of them leads",
			"fill Issue.Sources and Issue.Lead from the claims that the issue was made of"}, func(h *heard, _ *deepreview.Report, is *deepreview.Issue) string {
			if len(is.Sources) == 0 {
				return "it has no sources"
			}
			if !slices.ContainsFunc(is.Sources, func(s deepreview.Source) bool { return s.Ref() == is.Lead }) {
				return fmt.Sprintf("its lead %s is none of its sources", shown(is.Lead.String()))
			}
			for _, s := range is.Sources {
				if !h.malformed && !h.raised(s.Ref()) {
					return fmt.Sprintf("its source %s is no finding of the panel", shown(s.Ref().String()))
				}
			}
			return ""
		}),
		onIssues(Clause{"issue-severity", "An issue has one of the three severities and at least one reason for it",
			"rate every issue, those raised without a severity, too, and fill Issue.Reasons"}, func(_ *heard, _ *deepreview.Report, is *deepreview.Issue) string {
			switch {
			case !slices.Contains(deepreview.Severities(), is.Severity):
				return fmt.Sprintf("its severity is %d", is.Severity)
			case len(is.Reasons) == 0:
				return "no reason is given for its severity"
			}
			return ""
		}),
		onReports(Clause{"issue-ids", "An issue's ID is eight or more hexadecimal digits, unique in the report",
			"make it a digest of the code that the issue is about"}, func(_ *heard, r *deepreview.Report) string {
			seen := map[string]bool{}
			for _, is := range r.Issues {
				if seen[is.ID] || !hexID.MatchString(is.ID) {
					return fmt.Sprintf("the ID %s of %s is given twice or has another form", shown(is.ID), shown(is.Number))
				}
				seen[is.ID] = true
			}
			return ""
		}),
		onReports(Clause{"issue-numbers", "Issues stand in the order of their severity, and are numbered within it: C1, I1, I2, S1",
			"sort first, then number"}, func(_ *heard, r *deepreview.Report) string {
			var n deepreview.SeverityCount
			for i, is := range r.Issues {
				n.Add(is.Severity)
				if want := fmt.Sprintf("%s%d", letter[is.Severity], n.At(is.Severity)); is.Number != want && letter[is.Severity] != "" {
					return fmt.Sprintf("an issue of severity %s has the number %s, and %s is its turn", is.Severity, shown(is.Number), want)
				}
				if i > 0 && r.Issues[i-1].Severity < is.Severity {
					return fmt.Sprintf("%s stands behind a lesser issue", shown(is.Number))
				}
			}
			return ""
		}),
		onIssues(Clause{"counts", "Reported counts the reviewers that raised an issue; it is never above Read, nor Read above the number of reviewers",
			"count reviewers, not claims, and whoever raised an issue among its readers"}, func(h *heard, _ *deepreview.Report, is *deepreview.Issue) string {
			raised := map[string]bool{}
			for _, s := range is.Sources {
				raised[s.Reviewer] = true
			}
			if is.Reported != len(raised) || is.Reported > is.Read || is.Read > len(h.reviews) {
				return fmt.Sprintf("%d reviewers raised it, of %d; it says reported %d, read %d", len(raised), len(h.reviews), is.Reported, is.Read)
			}
			return ""
		}),
		onReports(Clause{"verdict-stated", "A report comes to a verdict, with its reason",
			"set Verdict.Kind and Verdict.Reason; DefaultPolicy does"}, func(_ *heard, r *deepreview.Report) string {
			if _, err := r.Verdict.Kind.MarshalText(); err != nil || r.Verdict.Kind == deepreview.VerdictUnset || r.Verdict.Reason == "" {
				return fmt.Sprintf("the verdict is %s, the reason %s", r.Verdict.Kind, shown(r.Verdict.Reason))
			}
			return ""
		}),
		onReports(Clause{"unread-is-not-clean", "A file that nobody read is never clean: nothing speaks for a merge then, and the verdict lists what is missing",
			"come to VerdictIncomplete or VerdictRework, and fill Verdict.Missing; see deepreview.Missing"}, func(h *heard, r *deepreview.Report) string {
			if k := r.Verdict.Kind; h.unread && (k == deepreview.VerdictMerge || k == deepreview.VerdictMergeWithFixes || len(r.Verdict.Missing) == 0) {
				return fmt.Sprintf("not all of it was read, the verdict is %s and lists %d things as missing", k, len(r.Verdict.Missing))
			}
			return ""
		}),
		onReports(Clause{"declined-stays", "What was declined in an earlier round is not raised again unless its code changed",
			"give issues IDs that hold from round to round, and look for them among the resolutions of Change.Previous"}, func(h *heard, r *deepreview.Report) string {
			for _, old := range h.declined {
				if is := r.Issue(old.ID); is != nil && is.Open() {
					return fmt.Sprintf("%s was declined and is open again", shown(is.Title))
				}
				for _, d := range r.Ledger {
					if supports(d) && slices.ContainsFunc(old.Sources, func(s deepreview.Source) bool { return s.Ref() == d.Claim }) {
						return fmt.Sprintf("%s was declined with its issue, and is %s", shown(d.Claim.String()), d.Outcome)
					}
				}
			}
			return ""
		}),
		onReports(Clause{"report-whole", "The report embeds what it was made of: schema, fingerprint, changed files, and each review as it came",
			"fill Schema, Change, Fingerprint, Files and Reviews; a report is rendered again from its JSON alone"}, unwhole),
		{Clause{"order-free", "Issues and their numbers do not depend on the order of reviews",
			"sort by what is said and by names before anything is grouped, never by position"}, func(x *consolidating, say saying) {
			for _, h := range x.hearings {
				for _, o := range h.orders {
					if h.first == nil || h.first.report == nil || o == nil || o.report == nil {
						continue
					}
					if what := difference(snapshot(h.first.report.Issues), snapshot(o.report.Issues)); what != "" {
						say(h.name, "with the reviews in another order issue %s", what)
					}
				}
			}
		}},
		{Clause{"deterministic", "The same change and reviews give the same report, byte for byte",
			"sort what comes out of maps; leave clock and chance out: only the caller knows the time"}, func(x *consolidating, say saying) {
			for _, h := range x.hearings {
				if h.first == nil || h.again == nil || h.first.json == nil || h.again.json == nil {
					continue
				}
				if what := difference(snapshot(h.first.report), snapshot(h.again.report)); what != "" || string(h.first.json) != string(h.again.json) {
					say(h.name, "two reports differ: %s", what)
				}
			}
		}},
		onCalls(Clause{"survives-json", "A report is read back from its JSON without loss",
			"make foreign text valid UTF-8, use the constants of the enums, and no number that JSON has not"}, func(c *consolidation) string {
			switch {
			case c.jsonErr != nil:
				return c.jsonErr.Error()
			case c.lost != "":
				return "read back " + c.lost
			}
			return ""
		}),
	}
}

var hexID = regexp.MustCompile(`^[0-9a-f]{8,}$`)

var letter = map[deepreview.Severity]string{
	deepreview.SeverityCritical: "C", deepreview.SeverityImportant: "I", deepreview.SeveritySuggestion: "S",
}

// onCalls is a clause that each call shows by itself.
func onCalls(c Clause, found func(c *consolidation) string) row[*consolidating] {
	return row[*consolidating]{c, func(x *consolidating, say saying) {
		for _, call := range x.calls() {
			if what := found(call); what != "" {
				say(call.sample, "%s", what)
			}
		}
	}}
}

// onReports is a clause on the report of each panel.
func onReports(c Clause, found func(h *heard, r *deepreview.Report) string) row[*consolidating] {
	return row[*consolidating]{c, func(x *consolidating, say saying) {
		for _, h := range x.hearings {
			if h.first == nil || h.first.report == nil || slices.Contains(h.first.report.Issues, nil) || slices.Contains(h.first.report.Reviews, nil) {
				continue // nil entries show when the report is read back
			}
			if what := found(h, h.first.report); what != "" {
				say(h.name, "%s", what)
			}
		}
	}}
}

// onIssues is a clause on each issue.
func onIssues(c Clause, found func(h *heard, r *deepreview.Report, is *deepreview.Issue) string) row[*consolidating] {
	return onReports(c, func(h *heard, r *deepreview.Report) string {
		for i, is := range r.Issues {
			if what := found(h, r, is); what != "" {
				return fmt.Sprintf("issue %d (%s): %s", i+1, shown(is.Title), what)
			}
		}
		return ""
	})
}

// raised reports whether a review of the panel has the finding.
func (h *heard) raised(ref deepreview.Ref) bool {
	for _, rev := range h.reviews {
		if rev.Reviewer == ref.Reviewer && slices.ContainsFunc(rev.Findings, func(f *deepreview.Finding) bool { return f != nil && f.ID == ref.ID }) {
			return true
		}
	}
	return false
}

// unfated names a finding that has not exactly one decision, among the reviews that are chosen.
func unfated(h *heard, r *deepreview.Report, chosen func(*deepreview.Review) bool) string {
	decisions := map[deepreview.Ref]int{}
	total := 0
	for _, d := range r.Ledger {
		if !d.Note {
			decisions[d.Claim]++
			total++
		}
	}
	raised := 0
	for _, rev := range h.reviews {
		for _, f := range rev.Findings {
			if f == nil {
				continue
			}
			raised++
			ref := deepreview.Ref{Reviewer: rev.Reviewer, ID: f.ID}
			if n := decisions[ref]; n != 1 && !h.malformed && chosen(rev) {
				return fmt.Sprintf("finding %s (%s) has %d decisions", shown(ref.String()), shown(f.Title), n)
			}
		}
	}
	if h.malformed && total != raised && chosen(h.reviews[0]) {
		return fmt.Sprintf("%d findings have %d decisions", raised, total)
	}
	return ""
}

var outcomes = []deepreview.Outcome{
	deepreview.OutcomeKept, deepreview.OutcomeMerged, deepreview.OutcomeDemoted, deepreview.OutcomeDeclined,
	deepreview.OutcomeSuppressed, deepreview.OutcomeDropped,
}

// supports reports whether a decision makes its finding part of an issue.
func supports(d deepreview.Decision) bool {
	return !d.Note && (d.Outcome == deepreview.OutcomeKept || d.Outcome == deepreview.OutcomeMerged)
}

// untrue names a decision that cannot be.
func untrue(h *heard, r *deepreview.Report) string {
	issues := map[string]bool{}
	for _, is := range r.Issues {
		issues[is.ID] = true
	}
	for _, p := range r.Prior {
		if p.Issue != nil {
			issues[p.Issue.ID] = true
		}
	}
	for _, d := range r.Ledger {
		claim := shown(d.Claim.String())
		switch {
		case !d.Note && !h.malformed && !h.raised(d.Claim):
			return fmt.Sprintf("%s is no finding of the panel", claim)
		case !slices.Contains(outcomes, d.Outcome):
			return fmt.Sprintf("the outcome of %s is %s", claim, shown(string(d.Outcome)))
		case (d.Outcome == deepreview.OutcomeDropped) != (d.Drop != ""):
			return fmt.Sprintf("%s is %s, and its kind of drop %s", claim, d.Outcome, shown(string(d.Drop)))
		case supports(d) && len(d.Issues) == 0:
			return fmt.Sprintf("%s is %s, and supports no issue", claim, d.Outcome)
		}
		for _, id := range d.Issues {
			if !issues[id] {
				return fmt.Sprintf("%s supports %s, which is no issue of the report", claim, shown(id))
			}
		}
	}
	return ""
}

// disagreement names a claim that the ledger and the issues say different things of.
func disagreement(_ *heard, r *deepreview.Report) string {
	named := map[deepreview.Ref][]string{}
	for _, d := range r.Ledger {
		if supports(d) {
			named[d.Claim] = append(named[d.Claim], d.Issues...)
		}
	}
	listed := map[deepreview.Ref][]string{}
	for _, is := range r.Issues {
		for _, s := range is.Sources {
			listed[s.Ref()] = append(listed[s.Ref()], is.ID)
			if !slices.Contains(named[s.Ref()], is.ID) {
				return fmt.Sprintf("%s is a source of %s, and the ledger does not say so", shown(s.Ref().String()), shown(is.Number))
			}
		}
	}
	for _, d := range r.Ledger {
		for _, id := range named[d.Claim] {
			if r.Issue(id) != nil && !slices.Contains(listed[d.Claim], id) {
				return fmt.Sprintf("by the ledger %s supports %s, which does not list it", shown(d.Claim.String()), shown(id))
			}
		}
	}
	return ""
}

// unwhole names what the report lacks of what it was made of.
func unwhole(h *heard, r *deepreview.Report) string {
	switch {
	case r.Schema != deepreview.Schema:
		return fmt.Sprintf("the schema is %s", shown(r.Schema))
	case r.Fingerprint != h.change.Fingerprint():
		return fmt.Sprintf("the fingerprint is %s", shown(r.Fingerprint))
	case len(r.Files) != len(h.change.Files):
		return fmt.Sprintf("the change has %d files, the report %d", len(h.change.Files), len(r.Files))
	}
	if what := difference(snapshot(h.change.Header), snapshot(r.Change)); what != "" {
		return "of the change " + what
	}
	for i, f := range h.change.Files {
		if r.Files[i].Path != f.Path {
			return fmt.Sprintf("file %d is %s, and %s in the report", i+1, shown(f.Path), shown(r.Files[i].Path))
		}
	}
	for _, rev := range h.reviews {
		if h.malformed {
			break // what had to be mended is not as it came
		}
		got := r.Review(rev.Reviewer)
		if got == nil {
			return fmt.Sprintf("there is no review by %s", shown(rev.Reviewer))
		}
		if what := difference(snapshot(rev.Findings), snapshot(got.Findings)); what != "" {
			return fmt.Sprintf("of the findings of %s %s", shown(rev.Reviewer), what)
		}
	}
	return ""
}
