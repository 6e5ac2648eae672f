package deepreview

import (
	"cmp"
	"slices"
	"time"
)

// Round is an earlier review of the same change: what is known of it by then, and what people decided about it. It is
// not a [Report]: it holds only what the next round needs.
type Round struct {
	// Number counts from 1; 0 means that there was no round yet, and only decisions are known.
	Number int       `json:"number"`
	Date   time.Time `json:"date,omitzero"`
	// Base and Head are the object ids that were reviewed.
	Base string `json:"base,omitempty"`
	Head string `json:"head,omitempty"`
	// Issues are all that were raised in this round or one before it, with the statuses they had at its end.
	Issues []*Issue `json:"issues,omitempty"`
	// Resolutions are from people or their own store, never from the change under review.
	Resolutions []Resolution `json:"resolutions,omitempty"`
}

// Next returns the round that r made after prev, which may be nil: the issues of r, and those of prev with what became of
// them. Resolutions are not carried over, since they are not the round's own.
func (prev *Round) Next(r *Report) *Round {
	next := &Round{Number: 1, Date: r.Date, Base: r.Change.Base, Head: r.Change.Head}
	if prev != nil {
		next.Number = prev.Number + 1
	}
	known := map[string]bool{}
	add := func(is *Issue, status RoundStatus) {
		if known[is.ID] {
			return
		}
		known[is.ID] = true
		kept := remembered(is)
		kept.Status = cmp.Or(status, StatusNew)
		kept.Since = cmp.Or(kept.Since, next.Number)
		next.Issues = append(next.Issues, kept)
	}
	for _, is := range r.Issues {
		add(is, is.Status)
	}
	for _, p := range r.Prior {
		add(p.Issue, p.Status)
	}
	if prev != nil {
		for _, is := range prev.Issues {
			add(is, is.Status)
		}
	}
	slices.SortFunc(next.Issues, func(a, b *Issue) int { return cmp.Compare(a.ID, b.ID) })
	return next
}

// remembered is an issue without what only its own report needs. Its claims are left out, since their names mean others in the next
// report.
func remembered(is *Issue) *Issue {
	return &Issue{
		ID: is.ID, Code: is.Code, Number: is.Number, Title: is.Title, Detail: is.Detail, Impact: is.Impact,
		Severity: is.Severity, Category: is.Category, Topic: is.Topic, Locations: is.Locations, Excerpts: is.Excerpts,
		Symbols: is.Symbols, Lead: is.Lead, Reported: is.Reported, Read: is.Read,
		Verification: is.Verification, Since: is.Since, Resolution: is.Resolution,
	}
}

// RoundStatus says how an issue stands to the round before.
type RoundStatus string

// How an issue can stand to the round before.
const (
	// StatusNew is an issue that no earlier round knows.
	StatusNew RoundStatus = "new"
	// StatusPersisting was raised again, or was not although its code is unchanged.
	StatusPersisting RoundStatus = "persisting"
	// StatusFixed means that the cited code changed and a reviewer that read it did not raise the issue again.
	StatusFixed RoundStatus = "fixed"
	// StatusReopened was fixed, settled or suppressed, and is raised again without being so any more.
	StatusReopened RoundStatus = "reopened"
	// StatusDeclined was settled by a person as no reason to change the code, which has not changed since.
	StatusDeclined RoundStatus = "declined"
	// StatusSuppressed is silenced by a comment in the code that was there before the change:
	//
	//	deepreview:ignore RULE-or-ID [until 2027-01-31] -- reason
	StatusSuppressed RoundStatus = "suppressed"
	// StatusNotExamined means that nobody looked at its file this time. It is never shown as fixed.
	StatusNotExamined RoundStatus = "not re-examined"
)

// PriorIssue is an issue that the report does not list as open: one of an earlier round that was not raised again, or one that
// is settled.
type PriorIssue struct {
	Issue  *Issue      `json:"issue"`
	Status RoundStatus `json:"status"`
	// Reason says how the status is known.
	Reason string `json:"reason,omitempty"`
}
