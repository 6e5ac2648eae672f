// Package github makes a [deepreview.Change] of a pull request on GitHub, and posts a [deepreview.Report] as a review of it.
//
//	"owner/name#234"
//	      │  ParseRef
//	    Ref
//	      │  Client.Load: what it says, its commits, its diff (or its files, one by one, where the diff is too large),
//	      │  its open threads; trees, blame and guidance from a local clone that has both commits
//	   *Pull     a *deepreview.Change with what only GitHub knows
//	      │  deepreview.Run, Consolidate
//	*deepreview.Report
//	      │  Client.Post: reads what an earlier run wrote, then writes what is missing
//	   *Posted   comments on lines, one review that sums up, answers in the threads of issues that were fixed
//
// A post can be repeated: each text that is written begins with a mark (see [report.Mark]), the marks in comments of
// the same account say what is there, and only what is not is posted. No state is kept anywhere else.
//
// The token is the caller's: this package reads no environment and no file. It is sent to the host of [Client.BaseURL] and to no other, and
// stands in no error.
//
// All that comes from GitHub, from the title to the file names, is foreign text: whoever opens a pull request wrote it.
package github
