package report

import (
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// githubBody writes the body of a review.
type githubBody struct {
	report *deepreview.Report
	view   *View
	notes  []string
	// commented are the issues with a comment on their lines, listed those without, folded those that ask for nothing now.
	commented, listed, folded []githubIssue

	views map[*deepreview.Issue]*IssueView
}

// viewOf returns what templates see of the report's issue at i.
func (b *githubBody) viewOf(i int) *IssueView {
	if b.views == nil {
		b.views = map[*deepreview.Issue]*IssueView{}
		next := map[string]int{}
		for _, is := range b.report.Issues {
			if is == nil {
				continue
			}
			// The view keeps the report's order within a severity.
			name := severity(is.Severity)
			for _, level := range b.view.Severities {
				if level.Name == name && next[name] < len(level.Issues) {
					b.views[is] = level.Issues[next[name]]
				}
			}
			next[name]++
		}
	}
	if v := b.views[b.report.Issues[i]]; v != nil {
		return v
	}
	return &IssueView{Title: cleanLine(b.report.Issues[i].Title), Severity: severity(b.report.Issues[i].Severity)}
}

// maxListed bounds an issue that is told in the body, so that one does not take the room of all.
const maxListed = 12 << 10

func (b *githubBody) write(head string) string {
	v := b.view
	out := &blocks{limit: maxGitHubText}
	out.must(Mark{Kind: MarkReview, Head: head}.String())
	out.must("## deepreview: " + v.Verdict.Label)
	for _, n := range b.notes {
		out.add("> " + GitHubLine(n))
	}
	out.add(GitHubLine(v.Verdict.Reason))
	out.add("**" + v.Structure + "**")
	out.prose("", v.Summary)
	if len(b.view.Reviewers) > 0 {
		var names []string
		for _, r := range v.Reviewers {
			name := GitHubLine(r.Label)
			if r.State != "finished" {
				name += " (" + r.State + ")"
			}
			names = append(names, name)
		}
		out.add("Reviewers: " + strings.Join(names, ", ") + ".")
	}
	b.list(out, "What is missing", len(v.Verdict.Missing), func(i int) string { return GitHubLine(v.Verdict.Missing[i]) })
	b.list(out, "Issues with a comment on their lines", len(b.commented), func(i int) string { return b.commented[i].line() })
	b.issues(out, b.title(), b.listed)
	b.list(out, "Issues of the round before", len(v.Prior), func(i int) string {
		p := v.Prior[i]
		return fmt.Sprintf("**%s**: %s%s", p.Status, GitHubLine(p.Title), colon(GitHubLine(p.Reason)))
	})
	for _, n := range []struct {
		title string
		notes []NoteView
	}{
		{"Concerns", v.Concerns}, {"Not tested", v.Untested}, {"Not documented", v.DocumentationGaps}, {"Limitations stated", v.Limitations},
		{"Strengths", v.Strengths},
	} {
		b.list(out, n.title, len(n.notes), func(i int) string { return noteLine(n.notes[i]) })
	}
	b.folding(out, "Folded away or settled", b.folded)
	b.list(out, "About this report", len(v.Warnings), func(i int) string { return GitHubLine(v.Warnings[i]) })
	return out.String()
}

// title is the heading of the issues that are told in the body.
func (b *githubBody) title() string {
	if len(b.commented) == 0 {
		return "Issues"
	}
	return "Issues without a line in this diff"
}

// list adds a list in one block, as many entries as fit.
func (b *githubBody) list(out *blocks, title string, n int, entry func(i int) string) {
	if n == 0 {
		return
	}
	part := &blocks{limit: out.room() - 100}
	part.must("### " + title)
	var lines []string
	used := part.used
	for i := range n {
		s := "- " + entry(i)
		if used+size(s)+1 > part.limit-80 {
			rest := 0
			for j := i; j < n; j++ {
				rest += size(entry(j))
			}
			if len(lines) == 0 {
				out.cut += rest
				return
			}
			lines = append(lines, fmt.Sprintf("- … and %d more", n-i))
			break
		}
		used += size(s) + 1
		lines = append(lines, s)
	}
	part.put(strings.Join(lines, "\n"))
	out.add(part.String())
}

// room is how many characters may still be added.
func (b *blocks) room() int { return b.limit - b.used - b.held - len(cutNote) - 24 }

// issues adds issues in full, as many as fit, and names the others.
func (b *githubBody) issues(out *blocks, title string, list []githubIssue) {
	if len(list) == 0 {
		return
	}
	out.add("### " + title)
	for i, is := range list {
		// Half of the room is for those that follow, by their names alone.
		text := is.text("#### "+GitHubLine(is.view.Number), "", min(maxListed, out.room()/2))
		if size(text) > out.room()/2 || !out.add(text) {
			b.list(out, fmt.Sprintf("%d more by name, for length", len(list)-i), len(list)-i, func(k int) string { return list[i+k].line() })
			return
		}
	}
}

// folding adds issues by name, behind a click.
func (b *githubBody) folding(out *blocks, title string, list []githubIssue) {
	if len(list) == 0 {
		return
	}
	var lines []string
	used := 200
	for i, is := range list {
		s := "- " + is.line() + colon(GitHubLine(is.why()))
		if used += size(s) + 1; used > out.room() {
			lines = append(lines, fmt.Sprintf("- … and %d more", len(list)-i))
			break
		}
		lines = append(lines, s)
	}
	out.add(fmt.Sprintf("<details><summary>%s (%d)</summary>\n\n%s\n\n</details>", title, len(list), strings.Join(lines, "\n")))
}

// line is an issue on one line.
func (is githubIssue) line() string {
	s := "**" + sentence(is.view.Severity) + "** " + GitHubLine(is.view.Number+" "+is.view.Title)
	if len(is.view.Places) > 0 && len(is.view.Places[0].Lines) > 0 {
		first := is.view.Places[0]
		s += " — " + placesLine([]PlacesView{{Path: first.Path, Old: first.Old, Lines: first.Lines[:1]}})
	}
	return s
}

// why says why nothing is asked for now.
func (is githubIssue) why() string {
	switch {
	case is.view.Hidden != "":
		return is.view.Hidden
	case !is.issue.Open() && is.view.Verification != nil && is.view.Verification.Status == string(deepreview.VerificationRefuted):
		return "a second look refuted it" + colon(is.view.Verification.Reason)
	}
	return is.view.Status
}

// noteLine is a note on one line.
func noteLine(n NoteView) string {
	var b strings.Builder
	if n.Risk != "" {
		b.WriteString("_" + n.Risk + " risk_ ")
	}
	if n.Title != "" {
		b.WriteString("**" + GitHubLine(n.Title) + "** ")
	}
	t := parseProse(n.Text)
	disarm(t.source, t.root)
	b.WriteString(strings.Join(strings.Fields(markdownWriter{t}.flat(t.root)), " "))
	if len(n.Places) > 0 {
		b.WriteString(" — " + placesLine(n.Places))
	}
	return b.String()
}
