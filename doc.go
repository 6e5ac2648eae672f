// Package deepreview has a panel of independent reviewers examine one change and makes one report of what they
// found: which findings are the same, how bad each really is, and who said what.
//
//	git range, patch, pull request
//	      │  git.Load, ParseDiff
//	   *Change      what is reviewed: files, commits, trees; read-only
//	      │  Run: reviewers side by side, isolated from one another
//	  []*Review     claims as raised, what was looked at, what failed
//	      │  Consolidator: anchor, match, calibrate, link, order, decide
//	   *Report      issues on one scale, and a ledger with every claim's fate
//	      │  report.HTML, Markdown, Text, JSON
//	   a page
//
// A [Reviewer] is anything that can examine a [Change]: a model, a coding agent, a linter, thirty lines of your own. It
// returns a [Review] with its [Finding] values, and with its [Coverage]: the files it looked at. A file that nobody
// says to have read is never called clean.
//
// A [Consolidator] turns the reviews into a [Report]; [Pipeline] is the one to start from. No claim is ever
// lost on the way: each ends in exactly one [Decision] of the report's ledger, with the reason.
//
// A change is reviewed again when it was pushed to. [Change.Previous] is what the [Round] before left: an [Issue] keeps its
// ID, its [RoundStatus] says whether it is new, persists, is fixed or was declined, and what a person decided, a
// [Resolution], holds until the code changes. Package history keeps rounds on disk.
//
// Everything that comes from a change or a reviewer is foreign text. It is bounded, escaped and never obeyed.
package deepreview
