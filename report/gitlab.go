package report

import (
	"encoding/json"
	"io"

	"github.com/deepreview-go/deepreview"
)

// GitLab writes a report as GitLab's Code Quality takes it: the artifact of a job, "artifacts:reports:codequality".
//
// An entry is an issue of the report, with its title and who raised it as description, the linter's rule or "deepreview-" and its topic as
// check_name, and its ID as fingerprint; the severity is critical, major or minor for critical, important and suggestion. GitLab takes an
// entry that is gone for fixed. So what a second look refuted, the user's score folds away, or the round before raised and nobody raised
// again is an entry, too, of severity info and with that in its description. Left out are issues that were settled in an earlier round, that
// the code silences, or that are fixed.
//
// GitLab needs a path and a line. An issue about a whole file has line 1, as have lines from before the change and from an earlier round,
// which the description then names. An issue that cites no place, and a last entry "deepreview-incomplete" that says what the review
// did not do, have the path ".". The format has no room for anything else: not for details, fixes, further places or votes.
type GitLab struct{}

type (
	gitLabIssue struct {
		Description string         `json:"description"`
		Check       string         `json:"check_name"`
		Fingerprint string         `json:"fingerprint"`
		Severity    string         `json:"severity"`
		Location    gitLabLocation `json:"location"`
	}
	gitLabLocation struct {
		Path  string      `json:"path"`
		Lines gitLabLines `json:"lines"`
	}
	gitLabLines struct {
		Begin int `json:"begin"`
		End   int `json:"end,omitempty"`
	}
)

// Render implements [Renderer].
func (GitLab) Render(w io.Writer, r *deepreview.Report) error {
	d := digested(r)
	out := []gitLabIssue{}
	for i, id := range d.fingerprints() {
		if e := &d.entries[i]; !e.done {
			out = append(out, d.gitLab(e, id))
		}
	}
	if missing := d.incomplete(); len(missing) > 0 {
		out = append(out, gitLabIssue{unfinished(missing), toolName + "-incomplete", toolName + "-incomplete", "major", gitLabLocation{".", gitLabLines{Begin: 1}}})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func (d *digest) gitLab(e *entry, id string) gitLabIssue {
	out := gitLabIssue{Description: full(e.Title), Check: e.rule.id, Fingerprint: id, Location: gitLabLocation{".", gitLabLines{Begin: 1}}}
	if cleanLine(e.Title) == "" {
		out.Description = "(no title)."
	}
	if len(e.places) > 0 {
		p := e.places[0]
		out.Location.Path = shownPath(p.path)
		if p.elsewhen != "" {
			out.Description += " It is about " + p.elsewhen + "."
		}
		if p.start > 0 {
			out.Location.Lines.Begin = p.start
			if p.end > p.start {
				out.Location.Lines.End = p.end
			}
		}
	}
	if e.why != "" {
		out.Description += " " + e.why
	}
	out.Description = cleanLine(out.Description + " " + d.who(e))
	switch {
	case e.standing != standsOpen, e.Severity < deepreview.SeveritySuggestion:
		out.Severity = "info"
	case e.Severity < deepreview.SeverityImportant:
		out.Severity = "minor"
	case e.Severity < deepreview.SeverityCritical:
		out.Severity = "major"
	default:
		out.Severity = "critical"
	}
	return out
}
