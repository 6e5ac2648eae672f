// Package markdown understands a review that an agent wrote in Markdown of its own form.
//
//	text, file
//	     │  lines: fences, comments and folded parts told from prose
//	     │  sections: by their headings' words, in ATX, setext, HTML or bold, severities and files inherited downwards
//	     │  findings: the first item of a section shows the form of its items; what is not of it is inside one
//	     │  each item: title, places, severity and category of its head; quote, detail, impact and fix of the rest
//	     │  notes, coverage, verdict: by the section they stand in
//	  *Review      with the text itself as Transcript, and in Repairs what was left out
//
// [Parse] reads a text, and fits command.Reviewer's Fallback; [Reviewer] is a file as a member of the panel. A text in
// which nothing is recognised, such as an agent's last words, is [deepreview.ErrBadAnswer]; a review that says plainly
// that it found nothing is one without findings.
//
// # What is not guessed
//
// A severity is one that [deepreview.ParseSeverity] knows, stated by the finding, its section, or its number where the review's
// numbers are C1, I1, S1. Diffs in prose stay prose, since their line numbers cannot be trusted. Coverage is what the text states of
// a file. A finding in a file that does not exist, or on a line past the end, stays a claim as it was made: the pipeline
// checks it against the code.
//
// # Bounds
//
// Everything is foreign text: the time taken grows with the length of the text, whatever is in it. Of more than 16 MB the rest is
// left out, as are findings and notes beyond 1000 of each; both are said in Repairs.
package markdown
