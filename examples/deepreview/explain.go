package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// explain writes the trail of one issue, or of one claim.
func explain(_ context.Context, e *env, s *settings) int {
	r, err := e.readReport(s.args[0])
	if err != nil {
		return e.fail(err)
	}
	text, err := trail(r, s.args[1])
	if err != nil {
		return e.fail(err)
	}
	if _, err := fmt.Fprint(e.stdout, harmless(text)); err != nil {
		return e.fail(fmt.Errorf("standard output: %w", err))
	}
	return exitFine
}

// trail says how the issue called name came about, or what became of the claim called name.
func trail(r *deepreview.Report, name string) (string, error) {
	t := &trailWriter{r: r}
	if is := issueNamed(r, name); is != nil {
		t.issue(is)
		return t.String(), nil
	}
	ref, ok := claimNamed(r, name)
	if !ok {
		return "", usagef("%q is no issue and no claim of this report; %s", name, instead(name, names(r)))
	}
	t.claim(ref)
	return t.String(), nil
}

// issueNamed finds an issue by its number, in any case, or its ID or the beginning of it.
func issueNamed(r *deepreview.Report, name string) *deepreview.Issue {
	if is := r.Issue(strings.ToUpper(name)); is != nil {
		return is
	}
	if is := r.Issue(strings.ToLower(name)); is != nil {
		return is
	}
	var found *deepreview.Issue
	for _, is := range r.Issues {
		if len(name) >= 6 && strings.HasPrefix(is.ID, strings.ToLower(name)) {
			if found != nil {
				return nil
			}
			found = is
		}
	}
	return found
}

// claimNamed finds a finding or a note by "reviewer/id".
func claimNamed(r *deepreview.Report, name string) (deepreview.Ref, bool) {
	for _, rev := range r.Reviews {
		for _, f := range rev.Findings {
			if ref := (deepreview.Ref{Reviewer: rev.Reviewer, ID: f.ID}); strings.EqualFold(ref.String(), name) {
				return ref, true
			}
		}
		for _, n := range rev.Notes {
			if ref := (deepreview.Ref{Reviewer: rev.Reviewer, ID: n.ID}); strings.EqualFold(ref.String(), name) {
				return ref, true
			}
		}
	}
	return deepreview.Ref{}, false
}

// names are what a report has a trail of.
func names(r *deepreview.Report) []string {
	var out []string
	for _, is := range r.Issues {
		out = append(out, is.Number)
	}
	for _, rev := range r.Reviews {
		for _, f := range rev.Findings {
			out = append(out, deepreview.Ref{Reviewer: rev.Reviewer, ID: f.ID}.String())
		}
	}
	return out
}

// trailWriter writes a trail, section by section.
type trailWriter struct {
	r *deepreview.Report
	strings.Builder
}

func (t *trailWriter) line(indent int, format string, args ...any) {
	text := oneLine(fmt.Sprintf(format, args...))
	fmt.Fprintf(t, "%s%s\n", strings.Repeat("  ", indent), text)
}

func (t *trailWriter) section(title string) { fmt.Fprintf(t, "\n%s\n", title) }

func (t *trailWriter) issue(is *deepreview.Issue) {
	t.line(0, "%s  %s", is.Number, is.Title)
	kind := is.Severity.String()
	if is.Category != "" {
		kind += ", " + string(is.Category)
	}
	t.line(1, "%s; raised by %d of the %d that raised it or read its files; id %s", kind, is.Reported, is.Read, is.ID)
	for _, l := range is.Locations {
		t.line(1, "%s", place(l))
	}
	if is.Hidden != "" {
		t.line(1, "folded away: %s", is.Hidden)
	}

	t.section("Claims, and where they were anchored")
	for _, s := range is.Sources {
		lead := ""
		if s.Ref() == is.Lead {
			lead = " (speaks for the issue)"
		}
		t.line(1, "%s  %s%s", s.Ref(), raised(s.Severity, s.Category), lead)
		if f := t.finding(s.Ref()); f != nil {
			t.line(2, "%q", f.Title)
			if f.RawSeverity != "" {
				t.line(2, "in its own words: %s", f.RawSeverity)
			}
			if f.Confidence > 0 {
				t.line(2, "its own confidence: %.2f", f.Confidence)
			}
		}
		for _, l := range s.Locations {
			t.line(2, "%s", place(l))
		}
		if len(s.Anchoring) == 0 && len(s.Locations) > 0 {
			t.line(2, "the places hold as they were given")
		}
		for _, a := range s.Anchoring {
			t.line(2, "%s", a)
		}
	}

	t.section("Why they are one")
	switch {
	case len(is.Sources) == 1:
		t.line(1, "There is only one claim.")
	case len(is.Merges) == 0:
		t.line(1, "Not by a likeness; see the decisions below.")
	}
	for _, m := range is.Merges {
		t.line(1, "%s is like %s: %.2f, and from %.2f on claims are the same", m.Claim, m.With, m.Score, m.Threshold)
		for _, ev := range m.Evidence {
			t.line(2, "%+.2f  %s", ev.Weight, ev.Name)
		}
	}

	t.section("How its severity came about")
	for _, reason := range is.Reasons {
		t.line(1, "%s", reason)
	}
	if o := is.Odds; o != (deepreview.Odds{}) {
		t.line(1, "odds: critical %.0f%%, important %.0f%%, suggestion %.0f%%", 100*o.Critical, 100*o.Important, 100*o.Suggestion)
	}
	if is.Survival > 0 {
		t.line(1, "a careful lead would keep it with a chance of %.0f%%", 100*is.Survival)
	}

	t.section("What the code answered")
	if len(is.Checks) == 0 {
		t.line(1, "Nothing was asked of it.")
	}
	for _, c := range is.Checks {
		holds := "holds"
		if !c.Holds {
			holds = "does not hold"
		}
		t.line(1, "%s: %s %s%s%s", c.Claim, c.Name, holds, colon(c.Detail), places(c.Evidence))
	}

	t.section("The second look")
	if v := is.Verification; v != nil {
		t.line(1, "%s by %s%s%s", v.Status, v.By, colon(v.Reason), places(v.Evidence))
	} else {
		t.line(1, "None was taken.")
	}

	if is.Status != "" || is.Resolution != nil {
		t.section("Earlier rounds")
		if is.Status != "" {
			t.line(1, "%s", is.Status)
		}
		if res := is.Resolution; res != nil {
			t.line(1, "%s%s", res.As, colon(res.Why))
		}
	}

	t.section("Decisions")
	for _, d := range t.r.Ledger {
		if slices.Contains(d.Issues, is.ID) {
			t.decision(d)
		}
	}
}

// claim writes what became of one claim, and the trail of its issue where it has one.
func (t *trailWriter) claim(ref deepreview.Ref) {
	at := slices.IndexFunc(t.r.Ledger, func(d deepreview.Decision) bool { return d.Claim == ref })
	if f := t.finding(ref); f != nil {
		t.line(0, "%s  %s", ref, f.Title)
		t.line(1, "%s", raised(f.Severity, f.Category))
		for _, l := range f.Locations {
			t.line(1, "%s, as it was given", place(l))
		}
	} else if n := t.note(ref); n != nil {
		title := n.Title
		if title == "" {
			title = n.Text
		}
		t.line(0, "%s  %s", ref, title)
		t.line(1, "a note (%s)", n.Kind)
		for _, l := range n.Locations {
			t.line(1, "%s", place(l))
		}
	}
	t.section("Decision")
	if at < 0 {
		t.line(1, "%s: kept as a note; notes that are kept have no decision of their own", ref)
		return
	}
	d := t.r.Ledger[at]
	t.decision(d)
	for _, id := range d.Issues {
		if is := t.r.Issue(id); is != nil {
			t.section(fmt.Sprintf("The issue it supports: %s", is.Number))
			t.WriteByte('\n')
			t.issue(is)
		}
	}
}

func (t *trailWriter) decision(d deepreview.Decision) {
	as := string(d.Outcome)
	if d.Drop != "" {
		as += " as " + string(d.Drop)
	}
	var of []string
	for _, id := range d.Issues {
		if is := t.r.Issue(id); is != nil {
			of = append(of, is.Number)
		}
	}
	if len(of) > 0 {
		as += " in " + strings.Join(of, ", ")
	}
	by := "by the rule " + fmt.Sprintf("%q", d.Rule)
	if d.Score > 0 {
		by += fmt.Sprintf(" (%.2f)", d.Score)
	}
	if !d.Note && d.Final != deepreview.SeverityUnset {
		by += fmt.Sprintf("; raised as %s, now %s", d.Raised, d.Final)
	}
	t.line(1, "%s: %s, %s%s", d.Claim, as, by, colon(d.Reason))
}

func (t *trailWriter) finding(ref deepreview.Ref) *deepreview.Finding {
	if rev := t.r.Review(ref.Reviewer); rev != nil {
		for _, f := range rev.Findings {
			if f.ID == ref.ID {
				return f
			}
		}
	}
	return nil
}

func (t *trailWriter) note(ref deepreview.Ref) *deepreview.Note {
	if rev := t.r.Review(ref.Reviewer); rev != nil {
		for _, n := range rev.Notes {
			if n.ID == ref.ID {
				return n
			}
		}
	}
	return nil
}

func raised(s deepreview.Severity, c deepreview.Category) string {
	out := "raised without a severity"
	if s != deepreview.SeverityUnset {
		out = "raised as " + s.String()
	}
	if c != "" {
		out += ", " + string(c)
	}
	return out
}

func place(l deepreview.Location) string {
	out := l.String()
	if l.Old {
		out += " before the change"
	}
	if l.Label != "" {
		out += " (" + l.Label + ")"
	}
	return out
}

func places(ls []deepreview.Location) string {
	var out []string
	for _, l := range ls {
		out = append(out, place(l))
	}
	if len(out) == 0 {
		return ""
	}
	return " [" + strings.Join(out, ", ") + "]"
}

// colon puts a colon before text that is there.
func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}
