// Package history keeps reviews on disk: the rounds of a change with what people decided about their issues, and a
// journal from which a run that broke off goes on.
//
//	DIR/history.json               the version of the form
//	DIR/rounds/NAME/0003.round.json     what the next round needs: a [deepreview.Round]
//	DIR/rounds/NAME/0003.report.json    the report, for people and for scorecards
//	DIR/resolutions.json           what people decided, about issues of every series
//	DIR/journal/ab/abcd….json      answers of models and reviewers, by what was asked
//	DIR/runs/NAME.json             the runs that have not ended yet
//
// A change that is reviewed again and again is a [Series]: a branch, a pull request. [Series.Begin] tells a change which round
// this is and what the ones before left, and [Series.Add] keeps the report of it.
//
// Every file is JSON, for its owner alone to read, and appears whole or not at all: it is written beside its place, flushed and
// renamed. Locks are the system's own, so that they end with their process. Whoever can write to DIR can settle issues and
// put answers into reviewers' mouths; it is never taken from the change under review.
package history
