package deepreview

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The words of a report are composed from its numbers, and say nothing that these do not hold.

// compose writes the summary, the retro and the closing paragraph of a finished report.
func compose(r *Report) {
	r.Summary = summary(r)
	for i := range r.Scorecards {
		r.Scorecards[i].Retro = retro(r, &r.Scorecards[i])
	}
	r.Closing = closing(r)
}

// listed joins at most n of the words with commas and says how many more there are.
func listed(words []string, n int) string {
	if len(words) <= n {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:n], ", "), len(words)-n)
}

// sortedKeys returns the keys of m in order: no map's order reaches a report.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// counted is "1 file" or "3 files".
func counted(n int, noun string) string { return fmt.Sprintf("%d %s", n, plural(n, noun)) }

func summary(r *Report) string {
	var b strings.Builder
	added, deleted := 0, 0
	for _, f := range r.Files {
		added += f.Added
		deleted += f.Deleted
	}
	fmt.Fprintf(&b, "The change touches %s (%d added, %d deleted %s)", counted(len(r.Files), "file"), added, deleted, plural(deleted, "line"))
	if n := len(r.Change.Commits); n > 0 {
		fmt.Fprintf(&b, " in %s", counted(n, "commit"))
	}
	b.WriteString(".")
	for _, rev := range r.Reviews {
		if rev.Summary != "" {
			fmt.Fprintf(&b, "\n\n%s sums it up: %s", rev.DisplayName(), rev.Summary)
			break
		}
	}
	open := r.openIssues()
	switch {
	case len(open) > 0 && open[0].Severity > SeveritySuggestion:
		fmt.Fprintf(&b, "\n\nThe main concern is %s, %s.", open[0].Number, raisedBy(r, open[0]))
	case len(open) > 0:
		b.WriteString("\n\nNothing critical or important was found.")
	case r.MechanicalOnly():
		b.WriteString("\n\nThe rules found nothing. Nobody read the change, so that does not say much.")
	case len(r.Verdict.Missing) > 0:
		b.WriteString("\n\nNothing was found in what was read; not all of it was.")
	default:
		b.WriteString("\n\nNothing was found.")
	}
	return b.String()
}

func (r *Report) openIssues() []*Issue {
	return slices.DeleteFunc(slices.Clone(r.Issues), func(is *Issue) bool { return !is.Open() })
}

func raisedBy(r *Report, is *Issue) string {
	var labels []string
	for _, n := range is.Names() {
		labels = append(labels, r.Label(n))
	}
	return "raised by " + listed(labels, 4)
}

// numbers turns issue IDs into the numbers a reader sees.
func numbers(r *Report, ids []string) []string {
	var out []string
	for _, id := range ids {
		if is := r.Issue(id); is != nil {
			out = append(out, is.Number)
		}
	}
	return out
}

func retro(r *Report, s *Scorecard) []Remark {
	var out []Remark
	say := func(aspect, format string, args ...any) {
		out = append(out, Remark{aspect, fmt.Sprintf(format, args...)})
	}
	if s.Failure != nil && s.Failure.Kind == FailureSkipped {
		say("coverage", "Did not take part.")
		return out
	}
	raised := s.Raised.Total()

	switch {
	case len(s.Unique) > 0:
		say("unique contributions", "Alone in raising %s.", listed(numbers(r, s.Unique), 8))
	default:
		say("unique contributions", "No issue that nobody else raised.")
	}

	dropped := 0
	var kinds []string
	for _, d := range s.Dropped {
		dropped += d.Count
		kinds = append(kinds, fmt.Sprintf("%d %s", d.Count, d.Kind))
	}
	switch {
	case raised == 0:
		say("accuracy", "It raised no finding to judge.")
	case dropped == 0 && len(s.Downgraded) == 0:
		say("accuracy", "None of its %s was dropped or downgraded.", counted(raised, "finding"))
	default:
		var parts []string
		if len(s.Downgraded) > 0 {
			parts = append(parts, fmt.Sprintf("%d downgraded (%s)", len(s.Downgraded), listed(s.Downgraded, 8)))
		}
		if dropped > 0 {
			parts = append(parts, fmt.Sprintf("%d dropped (%s)", dropped, strings.Join(kinds, ", ")))
		}
		say("accuracy", "Of its %s %s.", counted(raised, "finding"), strings.Join(parts, " and "))
	}

	rev := r.Review(s.Reviewer)
	beyond, cited := 0, 0
	for _, f := range rev.Findings {
		for _, l := range f.Locations {
			cited++
			if !slices.ContainsFunc(r.Files, func(fs FileSummary) bool { return fs.Path == l.Path }) {
				beyond++
			}
		}
	}
	switch {
	case cited == 0:
		say("depth", "It cites no place in the code.")
	case beyond > 0:
		say("depth", "It cites %s, %d of them outside the changed files.", counted(cited, "place"), beyond)
	default:
		say("depth", "It cites %s, all of them in the changed files.", counted(cited, "place"))
	}

	var missed string
	if len(s.Misses) > 0 {
		missed = fmt.Sprintf(" It called a file clean that %s cites.", listed(numbers(r, s.Misses), 8))
	}
	unstated := 0
	for _, f := range r.Files {
		if _, ok := rev.CoverageOf(f.Path); !ok {
			unstated++
		}
	}
	how := fmt.Sprintf("%d of %s reviewed", s.FilesReviewed, counted(len(r.Files), "file"))
	if s.FilesRead < s.FilesReviewed {
		how += fmt.Sprintf(", %d of them read and the others scanned by rules", s.FilesRead)
	}
	if unstated > 0 {
		how += fmt.Sprintf("; nothing is said about %d", unstated)
	}
	if s.Failure != nil {
		how += "; it did not finish"
	}
	say("coverage", "%s.%s", how, missed)

	if raised > 0 {
		serious := s.Kept.Critical + s.Kept.Important
		say("signal to noise", "%s became %s, %d of them critical or important.",
			counted(raised, "finding"), counted(s.Kept.Total(), "issue"), serious)
	}
	return out
}

func closing(r *Report) string {
	claims, shared := 0, 0
	for _, d := range r.Ledger {
		if !d.Note {
			claims++
		}
	}
	if claims == 0 {
		return "No reviewer raised a finding."
	}
	best, bestLabel, tied := 0, "", false
	for _, s := range r.Scorecards {
		switch n := s.Kept.Total(); {
		case n > best:
			best, bestLabel, tied = n, s.Label, false
		case n == best:
			tied = true
		}
	}
	for _, is := range r.Issues {
		if is.Reported > 1 {
			shared++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s became %s", counted(claims, "claim"), counted(len(r.Issues), "issue"))
	if len(r.Scorecards) > 1 && len(r.Issues) > 0 {
		fmt.Fprintf(&b, "; %d raised by more than one reviewer, %d by one alone", shared, len(r.Issues)-shared)
	}
	b.WriteString(".")
	switch {
	case len(r.Scorecards) < 2 || best == 0:
	case best == len(r.Issues) && tied:
		fmt.Fprintf(&b, " More than one reviewer raised every issue.")
	case best == len(r.Issues):
		fmt.Fprintf(&b, " %s raised every one of them; the others confirmed %d.", bestLabel, shared)
	case tied:
		fmt.Fprintf(&b, " No single reviewer raised more than %d of the %d.", best, len(r.Issues))
	default:
		fmt.Fprintf(&b, " No single reviewer raised all of them; %s came closest with %d of %d.", bestLabel, best, len(r.Issues))
	}
	return b.String()
}
