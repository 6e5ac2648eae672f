// Package sarif makes reviewers of what linters and scanners wrote down:
//
//	SARIF 2.1.0 · rdjson, rdjsonl · golangci-lint JSON (v1, v2) · eslint JSON
//	      │  told apart by their content, decoded result by result
//	    runs             what one tool reports: results, files analysed, its own failures
//	      │  Parse: as reported                │  Reviewer: held against the change
//	  []*Review                             *Review   paths of another machine shortened, fixes as
//	                                                  edits of whole lines, the rest counted in notes
//
// Nothing is run and no file but the report is opened; code is read through the change's trees alone. Everything in a report
// is foreign text: bounded, and never obeyed.
//
// # Severity
//
// A result's own word is mapped by [deepreview.ParseSeverity] and kept in Finding.RawSeverity. In SARIF a property
// "security-severity", of the result or else of its rule, is a CVSS score and comes before the level, which then only says how a
// check is configured. The level is the result's, else that of an override for the run, of the rule's configuration, or "warning" (SARIF
// 2.1.0 §3.27.10). A rank orders results and says nothing of how bad one is: it is kept as text. golangci-lint states
// none by default; such findings are unset, never guessed.
//
// # What is no finding
//
// Results that the tool holds suppressed, those that its baseline has too, passed checks, results in files that the change does
// not touch, and those beyond a bound are counted in notes, by rule and with places: nothing is lost without a word.
// A suppression counts only if it was accepted. Fingerprints of results are not used.
package sarif
