package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/deepreview-go/deepreview"
)

// maxGitHubText is how many characters GitHub takes in the body of a review or of a comment. They are counted here as UTF-16 does,
// which is never less than what GitHub counts.
const maxGitHubText = 65536

// GitHubEvent is what a review does to a pull request.
type GitHubEvent string

// What a review can do. The last two decide about a merge: nothing here asks for them by itself, whatever the verdict.
const (
	GitHubComment        GitHubEvent = "COMMENT"
	GitHubApprove        GitHubEvent = "APPROVE"
	GitHubRequestChanges GitHubEvent = "REQUEST_CHANGES"
)

// GitHubReview writes a report as the JSON body of GitHub's request "create a review for a pull request": a comment for each issue
// that has lines in the diff, with the fix as a suggestion where it replaces exactly these lines, and everything else in the body
// of the review. No text is longer than GitHub takes; what was left out for that is said, and is never part of a code block.
//
// Every text begins with a [Mark]. What reviewers wrote cannot mention anybody, refer to an issue, offer a suggestion or forge a
// mark: see [GitHubLine].
type GitHubReview struct {
	// Change is what was reviewed. Its hunks say which lines can have a comment; nil, as for a report read back from JSON, which has
	// no hunks, puts every issue in the body.
	Change *deepreview.Change
	// Event is empty for GitHubComment.
	Event GitHubEvent
	// Comments is the number of issues, the first of the report, that may have a comment on a line; 0 means 50. Below zero is none.
	Comments int
	// Notes are sentences for the beginning of the body: "The branch moved while …".
	Notes []string
}

// ReviewRequest is the body of the request, as GitHub's description of its API has it.
type ReviewRequest struct {
	CommitID string          `json:"commit_id,omitempty"`
	Body     string          `json:"body"`
	Event    GitHubEvent     `json:"event"`
	Comments []ReviewComment `json:"comments,omitempty"`
}

// ReviewComment is a comment on some lines. Start is empty for a single line.
type ReviewComment struct {
	Path      string `json:"path"`
	StartLine int    `json:"start_line,omitempty"`
	StartSide string `json:"start_side,omitempty"`
	Line      int    `json:"line"`
	Side      string `json:"side"`
	Body      string `json:"body"`
	// Issue is the ID of the issue that the comment tells of.
	Issue string `json:"-"`
}

// Render implements [Renderer].
func (g GitHubReview) Render(w io.Writer, r *deepreview.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(g.Request(r))
}

// Request makes the request of a report.
func (g GitHubReview) Request(r *deepreview.Report) *ReviewRequest {
	v := NewView(r)
	req := &ReviewRequest{CommitID: r.Change.Head, Event: cmp.Or(g.Event, GitHubComment)}
	if !hexadecimal(req.CommitID) {
		req.CommitID = "" // a report that is not of a commit
	}
	left := cmp.Or(g.Comments, 50)
	b := &githubBody{report: r, view: v, notes: g.Notes}
	for i, is := range r.Issues {
		if is == nil {
			continue
		}
		entry := githubIssue{issue: is, view: b.viewOf(i)}
		switch {
		case is.Hidden != "" || !is.Open():
			b.folded = append(b.folded, entry)
			continue
		case left > 0 && g.Change != nil:
			if c, ok := g.comment(entry, req.CommitID); ok {
				req.Comments = append(req.Comments, c)
				b.commented = append(b.commented, entry)
				left--
				continue
			}
		}
		b.listed = append(b.listed, entry)
	}
	req.Body = b.write(req.CommitID)
	return req
}

// githubIssue is an issue and what templates see of it.
type githubIssue struct {
	issue *deepreview.Issue
	view  *IssueView
}

// comment writes the comment on an issue, and reports false where none of its places is in the diff.
func (g GitHubReview) comment(is githubIssue, head string) (ReviewComment, bool) {
	at := slices.IndexFunc(is.issue.Locations, func(l deepreview.Location) bool {
		_, _, _, ok := place(g.Change, l)
		return ok
	})
	if at < 0 {
		return ReviewComment{}, false
	}
	path, first, last, _ := place(g.Change, is.issue.Locations[at])
	c := ReviewComment{Path: path, Line: last.line, Side: last.side, Issue: is.issue.ID}
	block := ""
	if p, start, end, text, ok := suggestion(g.Change, is.issue.Fix); ok && p == path && first.side == sideRight && last.side == sideRight &&
		start <= last.line && end >= first.line {
		// The suggestion replaces the lines of the comment: so the comment is on the lines that are to be replaced.
		first.line, c.Line, block = start, end, suggestionBlock(text)
	}
	if first != (spot{c.Side, c.Line}) {
		c.StartLine, c.StartSide = first.line, first.side
	}
	c.Body = is.text(Mark{Kind: MarkIssue, Issue: is.issue.ID, Head: head}.String(), block, maxGitHubText)
	return c, true
}

// text writes an issue as a comment of at most limit characters. Lead is its first line; suggested is the block of a suggestion,
// empty where there is none.
func (is githubIssue) text(lead, suggested string, limit int) string {
	v := is.view
	b := blocks{limit: limit}
	b.must(lead)
	b.must("**" + sentence(v.Severity) + "** — **" + GitHubLine(v.Title) + "**")
	foot := is.foot()
	b.reserve(foot)
	for _, note := range []struct{ what, text string }{{"Folded away", v.Hidden}, {"Status", v.Status}} {
		if note.text != "" && note.text != string(deepreview.StatusNew) {
			b.add(what(note.what) + GitHubLine(note.text))
		}
	}
	if w := v.Verification; w != nil {
		b.add(what("A second look") + GitHubLine(w.Status+" ("+w.By+")"+colon(w.Reason)))
	}
	if len(v.Places) > 1 || len(v.Places) == 1 && (suggested == "" || len(v.Places[0].Lines) > 1) {
		b.add(placesLine(v.Places))
	}
	if suggested != "" {
		b.reserve(suggested)
	}
	b.prose("", v.Detail)
	b.prose("Impact", v.Impact)
	b.prose("Fix", v.Fix)
	switch {
	case suggested != "":
		b.must(suggested)
	case v.Patch != "":
		b.add(fence(v.Patch, "diff"))
	}
	b.must(foot)
	return b.String()
}

// foot says who raised the issue.
func (is githubIssue) foot() string {
	var names []string
	for _, s := range is.view.Raised {
		name := GitHubLine(s.Label)
		if s.Differs && s.Severity != "" {
			name += " (as " + s.Severity + ")"
		}
		names = append(names, name)
		if len(names) == 8 && len(is.view.Raised) > 9 {
			names = append(names, fmt.Sprintf("%d more", len(is.view.Raised)-8))
			break
		}
	}
	s := "Raised by " + strings.Join(names, ", ")
	if len(names) == 0 {
		s = "Raised"
	}
	if is.view.Read > 0 {
		s += fmt.Sprintf("; %d of %d who read it", is.view.Reported, is.view.Read)
	}
	return "<sub>" + s + ".</sub>"
}

// what is a word of ours before a text.
func what(s string) string { return "**" + s + ".** " }

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

// placesLine names places on one line.
func placesLine(places []PlacesView) string {
	var out []string
	for _, p := range places {
		for _, l := range p.Lines {
			s := codeSpan(l.Full)
			if u := webURL(l.URL); u != "" && !refers(u) {
				s = "[" + s + "](" + u + ")"
			}
			if p.Old {
				s += " (before the change)"
			}
			if l.Label != "" {
				s += " " + GitHubLine(l.Label)
			}
			if out = append(out, s); len(out) == 20 {
				return strings.Join(append(out, "…"), " · ")
			}
		}
	}
	return strings.Join(out, " · ")
}

// size is the number of characters of s, as UTF-16 counts.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// blocks is a text of blocks with an empty line between them that does not grow beyond a limit. A block is there as a whole or not
// at all; how much is not is said where the text ends.
type blocks struct {
	limit int
	text  strings.Builder
	used  int
	held  int // what must still be added
	cut   int // characters left out
}

const cutNote = "_%s more characters are left out here, for length; the report has them._"

// reserve keeps room for a block.
func (b *blocks) reserve(s string) { b.held += size(s) + 2 }

// must adds a block that room was kept for, or that comes first.
func (b *blocks) must(s string) {
	b.held = max(0, b.held-size(s)-2)
	b.put(s)
}

func (b *blocks) put(s string) {
	if b.text.Len() > 0 {
		b.text.WriteString("\n\n")
		b.used += 2
	}
	b.text.WriteString(s)
	b.used += size(s)
}

// add adds a block if there is room, and reports whether there was.
func (b *blocks) add(s string) bool {
	if s == "" {
		return true
	}
	if b.used+2+size(s)+b.held+len(cutNote)+20 > b.limit {
		b.cut += size(s)
		return false
	}
	b.put(s)
	return true
}

// prose adds a text of a reviewer, as much as there is room for.
func (b *blocks) prose(heading string, p Prose) {
	list := githubBlocks(p)
	for i, s := range list {
		if i == 0 && heading != "" {
			b.add("**" + heading + ".**")
		}
		b.add(s)
	}
}

// String returns the text, with what was left out said at its end.
func (b *blocks) String() string {
	if b.cut > 0 {
		return b.text.String() + "\n\n" + fmt.Sprintf(cutNote, thousands(int64(b.cut)))
	}
	return b.text.String()
}
