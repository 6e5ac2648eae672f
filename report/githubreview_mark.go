package report

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// MarkKind says what a text on GitHub is.
type MarkKind string

// What this package and package github write.
const (
	// MarkReview is the body of the review that sums everything up; there is one a pull request.
	MarkReview MarkKind = "review"
	// MarkMore is the body of a later review, which brings comments and no summary.
	MarkMore MarkKind = "more"
	// MarkIssue is a comment that tells of an issue.
	MarkIssue MarkKind = "issue"
	// MarkFixed and MarkReopened are answers in the thread of an issue.
	MarkFixed    MarkKind = "fixed"
	MarkReopened MarkKind = "reopened"
)

// Mark is the first line of each text for GitHub: an HTML comment that no reader sees, by which the next run knows what the
// last one wrote. A text that quotes somebody has the quotation further down, so no quotation can be a mark; but anybody can write a
// comment that begins with one, so a mark counts only in a comment of one's own.
type Mark struct {
	Kind MarkKind
	// Issue is an [deepreview.Issue.ID], or a digest of one that has other characters than hexadecimal digits. It is empty where
	// the kind has no issue.
	Issue string
	// Head is the object id that was reviewed; empty where not known.
	Head string
}

// markIssue is an issue's ID in a form that fits in a mark.
func markIssue(id string) string {
	if len(id) >= 8 && len(id) <= 64 && hexadecimal(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

func hexadecimal(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

const (
	markStart = "<!-- deepreview:"
	markEnd   = " -->"
)

// String returns the line.
func (m Mark) String() string {
	s := markStart + string(m.Kind)
	if m.Issue != "" {
		s += " issue=" + markIssue(m.Issue)
	}
	if m.Head != "" && hexadecimal(m.Head) {
		s += " head=" + m.Head
	}
	return s + markEnd
}

// Of reports whether m is about the issue with this ID.
func (m Mark) Of(issue string) bool { return m.Issue != "" && m.Issue == markIssue(issue) }

// ReadMark returns the mark that text begins with, and false where it begins with none.
func ReadMark(text string) (Mark, bool) {
	line, _, _ := strings.Cut(text, "\n")
	line = strings.TrimRight(line, "\r")
	line, ok := strings.CutPrefix(line, markStart)
	if !ok {
		return Mark{}, false
	}
	if line, ok = strings.CutSuffix(line, markEnd); !ok {
		return Mark{}, false
	}
	var m Mark
	for i, word := range strings.Split(line, " ") {
		key, value, _ := strings.Cut(word, "=")
		switch {
		case i == 0:
			m.Kind = MarkKind(word)
		case key == "issue" && m.Issue == "" && len(value) <= 64 && value != "" && hexadecimal(value):
			m.Issue = value
		case key == "head" && m.Head == "" && len(value) <= 64 && value != "" && hexadecimal(value):
			m.Head = value
		default:
			return Mark{}, false
		}
	}
	switch m.Kind {
	case MarkReview, MarkMore:
		return m, m.Issue == ""
	case MarkIssue, MarkFixed, MarkReopened:
		return m, m.Issue != ""
	}
	return Mark{}, false
}
