package deepreview

import (
	"fmt"
	"slices"
)

// Verdict is what a report comes to.
type Verdict struct {
	Kind VerdictKind `json:"kind"`
	// Reason is one line.
	Reason string `json:"reason,omitempty"`
	// Missing lists what was not done, whatever the kind: reviewers that failed, files that nobody read.
	Missing []string `json:"missing,omitempty"`
}

// VerdictKind says whether to merge. Larger stands further from a merge.
type VerdictKind int

// The verdicts, with zero for none.
const (
	VerdictUnset          VerdictKind = 0
	VerdictMerge          VerdictKind = 10
	VerdictMergeWithFixes VerdictKind = 20
	VerdictIncomplete     VerdictKind = 30
	VerdictRework         VerdictKind = 40
)

var verdictWords = []enumWord[VerdictKind]{
	{VerdictMerge, "merge"}, {VerdictMergeWithFixes, "merge with fixes"}, {VerdictIncomplete, "incomplete"}, {VerdictRework, "rework"},
}

// String returns "merge", "merge with fixes", "incomplete", "rework", or "unset".
func (k VerdictKind) String() string { return enumString(k, verdictWords) }

// MarshalText returns the word of k, empty for [VerdictUnset].
func (k VerdictKind) MarshalText() ([]byte, error) { return enumMarshal("verdict", k, verdictWords) }

// UnmarshalText reads the word of a verdict.
func (k *VerdictKind) UnmarshalText(text []byte) error {
	return enumUnmarshal("verdict", k, text, verdictWords)
}

// mechanicalOnly is the reason of a verdict where rules ran over the change and nobody read it.
const mechanicalOnly = "Mechanical checks only; nobody read this change"

// MechanicalOnly reports whether rules ran over the change and nobody read any of it: all that can be said then is what
// the rules found.
func (r *Report) MechanicalOnly() bool {
	looked := false
	for _, rev := range r.Reviews {
		for _, c := range rev.Coverage {
			if c.Read() {
				return false
			}
			looked = looked || c.Looked()
		}
	}
	return looked
}

// Missing lists what the panel did not do, in words: reviewers that did not finish, and files that nobody
// read. That is the default quorum: every reviewer that did not skip finished, and every file was read.
func Missing(r *Report) []string {
	var out []string
	if r.MechanicalOnly() {
		out = append(out, mechanicalOnly)
	}
	ran := false
	for _, rev := range r.Reviews {
		ran = ran || !rev.Skipped()
		if !rev.Skipped() && !rev.Finished() {
			out = append(out, fmt.Sprintf("%s did not finish (%s)", rev.DisplayName(), rev.Failure.Kind))
		}
	}
	if !ran {
		out = append(out, "no reviewer ran")
	}
	var unread []string
	for _, f := range r.Files {
		if !slices.ContainsFunc(r.Reviews, func(rev *Review) bool {
			c, ok := rev.CoverageOf(f.Path)
			return ok && c.Read()
		}) {
			unread = append(unread, f.Path)
		}
	}
	if len(unread) > 0 && !r.MechanicalOnly() {
		out = append(out, fmt.Sprintf("%d of %d %s read by nobody: %s", len(unread), len(r.Files), plural(len(r.Files), "file"), listed(unread, 5)))
	}
	if len(r.Files) == 0 {
		out = append(out, "the change has no files")
	}
	return out
}

// DefaultPolicy is the verdict of a report whose issues, reviews and files are complete. Any critical issue:
// rework. Else, anything in [Missing]: incomplete. Else, any important issue: merge with fixes.
// Else merge. What is missing is always listed. Issues that a verification refuted, or that were resolved in an
// earlier round, do not count.
func DefaultPolicy(r *Report) Verdict {
	missing := Missing(r)
	var open SeverityCount
	for _, is := range r.Issues {
		if is.Open() {
			open.Add(is.Severity)
		}
	}
	v := Verdict{Missing: missing}
	switch {
	case open.Critical > 0:
		v.Kind, v.Reason = VerdictRework, fmt.Sprintf("%d critical %s", open.Critical, plural(open.Critical, "issue"))
	case len(missing) > 0:
		v.Kind, v.Reason = VerdictIncomplete, missing[0]
	case open.Important > 0:
		v.Kind, v.Reason = VerdictMergeWithFixes, fmt.Sprintf("%d important %s", open.Important, plural(open.Important, "issue"))
	case open.Suggestion > 0:
		v.Kind, v.Reason = VerdictMerge, fmt.Sprintf("only %d %s", open.Suggestion, plural(open.Suggestion, "suggestion"))
	default:
		v.Kind, v.Reason = VerdictMerge, "no issue was found"
	}
	return v
}
