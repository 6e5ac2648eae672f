package deepreview

import (
	"strings"
	"time"
)

// Round is an earlier review of the same change: what was found, and what people decided about it. It is
// not a [Report]: it holds only what the next round needs.
type Round struct {
	// Number counts from 1.
	Number int       `json:"number"`
	Date   time.Time `json:"date,omitzero"`
	// Base and Head are the object ids that were reviewed.
	Base string `json:"base,omitempty"`
	Head string `json:"head,omitempty"`
	// Issues are those of the round's report, with the statuses they had there.
	Issues []*Issue `json:"issues,omitempty"`
	// Resolutions are from people or their own store, never from the change under review.
	Resolutions []Resolution `json:"resolutions,omitempty"`
}

// RoundStatus says how an issue stands to the round before.
type RoundStatus string

// How an issue can stand to the round before.
const (
	StatusNew        RoundStatus = "new"
	StatusPersisting RoundStatus = "persisting"
	StatusFixed      RoundStatus = "fixed"
	StatusReopened   RoundStatus = "reopened"
	StatusDeclined   RoundStatus = "declined"
	// StatusNotExamined means that nobody looked at its file this time. It is never shown as fixed.
	StatusNotExamined RoundStatus = "not re-examined"
)

// Resolution is what a person decided about an issue.
type Resolution struct {
	// Issue is an [Issue.ID].
	Issue string         `json:"issue"`
	As    ResolutionKind `json:"as"`
	Why   string         `json:"why,omitempty"`
	By    string         `json:"by,omitempty"`
	Date  time.Time      `json:"date,omitzero"`
	// Expires ends the resolution; zero means never.
	Expires time.Time `json:"expires,omitzero"`
}

// ResolutionKind is what was decided.
type ResolutionKind string

// What can be decided about an issue.
const (
	ResolvedFixed         ResolutionKind = "fixed"
	ResolvedDeclined      ResolutionKind = "declined"
	ResolvedAcceptedRisk  ResolutionKind = "accepted risk"
	ResolvedFalsePositive ResolutionKind = "false positive"
)

// PriorIssue is an issue of the round before with what became of it.
type PriorIssue struct {
	Issue  *Issue      `json:"issue"`
	Status RoundStatus `json:"status"`
	// Reason says how the status is known.
	Reason string `json:"reason,omitempty"`
}

// link compares the report with the round before. An issue is the same as an earlier one if its ID is, which holds
// for as long as its file and its cited code do: so what was settled then stays settled until the code changes.
func (b *builder) link(r *Report) {
	prev := b.change.Previous
	if prev == nil {
		return
	}
	b.declined = map[Ref]string{}
	settled := map[string]*Resolution{}
	for i, res := range prev.Resolutions {
		if res.Expires.IsZero() || b.pipeline.Date.Before(res.Expires) {
			settled[res.Issue] = &prev.Resolutions[i]
		}
	}
	before := map[string]*Issue{}
	for _, is := range prev.Issues {
		before[is.ID] = is
	}
	raised := map[string]bool{}
	var open []*Issue
	for _, is := range r.Issues {
		raised[is.ID] = true
		old, res := before[is.ID], settled[is.ID]
		is.Resolution = res
		switch {
		case res != nil && res.As != ResolvedFixed:
			is.Status = StatusDeclined
			reason := "settled earlier as " + string(res.As)
			if res.Why != "" {
				reason += ": " + res.Why
			}
			for _, s := range is.Sources {
				b.declined[s.Ref()] = reason
			}
			r.Prior = append(r.Prior, PriorIssue{Issue: is, Status: StatusDeclined, Reason: reason})
			continue
		case res != nil || (old != nil && old.Status == StatusFixed):
			is.Status = StatusReopened
		case old != nil:
			is.Status = StatusPersisting
		default:
			is.Status = StatusNew
		}
		open = append(open, is)
	}
	r.Issues = open
	for _, old := range prev.Issues {
		if raised[old.ID] || old.Status == StatusFixed {
			continue
		}
		prior := PriorIssue{Issue: old, Status: StatusNotExamined, Reason: "nobody read its file this time"}
		if b.panel.readers(func(string) bool { return false }, old.Locations) > 0 {
			if b.unchanged(old) {
				prior.Status, prior.Reason = StatusPersisting, "not raised again, but its code is unchanged"
			} else {
				prior.Status, prior.Reason = StatusFixed, "its code changed, and those who read it did not raise it again"
			}
		}
		r.Prior = append(r.Prior, prior)
	}
}

// unchanged reports whether the code that an earlier issue cites still stands in its file.
func (b *builder) unchanged(old *Issue) bool {
	if len(old.Locations) == 0 || len(old.Excerpts) == 0 {
		return true // what the issue was about is not known to have changed
	}
	e := old.Excerpts[0]
	var cited []string
	for _, n := range e.Cited {
		if i := n - e.Start; i >= 0 && i < len(e.Lines) {
			cited = append(cited, e.Lines[i])
		}
	}
	want := quoteLines(strings.Join(cited, "\n"))
	return len(want) == 0 || len(b.sources.text(e.Path, e.Old).find(want)) > 0
}
