// Package patterns is a reviewer that needs no model, no network and no compiler: rules over the changed lines of any
// language, chosen to be right when they speak.
//
//	*Change ──▶ each file, its lines split into code and comment ──▶ the rules that look at one file
//	        ──▶ the whole change, its commits and trees           ──▶ the rules that compare
//	                                                                   │  masked, grouped by file and problem
//	                                                                *Review
//
// [Rules] lists the rules with a reason for each; [Reviewer.Skip] leaves some out. That a rule ran over a file does not mean
// that anybody read it, so coverage never goes beyond [deepreview.DepthScanned].
//
// NOISE.md tells how often each rule spoke, and how often in vain, over pairs of published versions.
package patterns
