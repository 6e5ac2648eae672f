// Package patterns is a reviewer that needs no model, no network and no compiler: rules over the changed lines of any
// language, chosen to be right when they speak.
//
//	*Change ──▶ each file, its lines split into code and comment ──▶ the rules that look at one file
//	        ──▶ the whole change, its commits and trees           ──▶ the rules that compare
//	                                                                   │  masked, grouped by file and problem
//	                                                                *Review
//
// [Rules] lists the rules with a reason for each; [Reviewer.Only] and [Reviewer.Skip] choose among them. Where the change's
// trees are known, rules look beyond the diff: whether a name is still used, whether a file that is gone is still named.
//
// That a rule ran over a file does not mean that anybody read it, so coverage never goes beyond [deepreview.DepthScanned].
// Work is linear in the size of the change; what is too long to be looked at is named in the coverage.
//
// NOISE.md, beside this file, tells how often the rules spoke over pairs of published versions, and how often in vain.
package patterns
