package deepreview

import (
	"slices"
	"time"
)

// Scorecard sums one reviewer up. Each number is counted from the reviews and the ledger by the rule in its comment.
type Scorecard struct {
	Reviewer string        `json:"reviewer"`
	Label    string        `json:"label"`
	Duration time.Duration `json:"duration_ns,omitzero"`
	// Raised counts findings at the severity they were raised with.
	Raised SeverityCount `json:"raised"`
	// Observations counts the design observations of the review as it came.
	Observations int `json:"observations"`
	// Kept counts the issues the reviewer has a claim in, at their final severity, each once.
	Kept SeverityCount `json:"kept"`
	// Unique are the IDs of the issues that this reviewer alone raised.
	Unique []string `json:"unique,omitempty"`
	// Downgraded are the findings kept at a lower severity than they were raised with.
	Downgraded []string `json:"downgraded,omitempty"`
	// Dropped counts dropped findings by kind, in the order of the kinds. A false positive is one of them.
	Dropped []DropCount `json:"dropped,omitempty"`
	// FilesReviewed counts the changed files that the reviewer looked at, FilesRead those it read; see [Coverage].
	FilesReviewed int `json:"files_reviewed"`
	FilesRead     int `json:"files_read"`
	// Misses are the IDs of critical and important issues that cite a file which the reviewer read
	// and marked clean or trivial, and which it did not raise.
	Misses []string `json:"misses,omitempty"`
	Usage  Usage    `json:"usage,omitzero"`
	// Failure says why the review is partial; nil if it finished.
	Failure *Failure `json:"failure,omitempty"`
	// Retro are remarks on the reviewer's work, composed from the numbers above.
	Retro []Remark `json:"retro,omitempty"`
}

// DropCount is how many findings were dropped for one kind of reason.
type DropCount struct {
	Kind  DropKind `json:"kind"`
	Count int      `json:"count"`
}

// Remark is one paragraph of the retro.
type Remark struct {
	// Aspect is "unique contributions", "accuracy", "depth", "coverage" or "signal to noise".
	Aspect string `json:"aspect"`
	// Text is Markdown.
	Text string `json:"text"`
}

// DroppedAs returns how many findings were dropped as k.
func (s *Scorecard) DroppedAs(k DropKind) int {
	for _, d := range s.Dropped {
		if d.Kind == k {
			return d.Count
		}
	}
	return 0
}

// dropKinds is the order in which drops are shown.
var dropKinds = []DropKind{DropFalsePositive, DropOverscoped, DropPreExisting, DropDeclined, DropDuplicate, DropOther}

// scorecards counts what the report holds, reviewer by reviewer.
func scorecards(r *Report) []Scorecard {
	changed := map[string]bool{}
	for _, f := range r.Files {
		changed[f.Path] = true
	}
	var out []Scorecard
	for _, rev := range r.Reviews {
		s := Scorecard{
			Reviewer: rev.Reviewer, Label: rev.DisplayName(), Duration: rev.Duration, Usage: rev.Usage, Failure: rev.Failure,
		}
		for _, f := range rev.Findings {
			s.Raised.Add(f.Severity)
		}
		for _, n := range rev.Notes {
			if n.Kind.Observation() {
				s.Observations++
			}
		}
		for _, c := range rev.Coverage {
			if changed[c.Path] && c.Looked() {
				s.FilesReviewed++
				if c.Read() {
					s.FilesRead++
				}
			}
		}
		for _, is := range r.Issues {
			if is.RaisedBy(rev.Reviewer) {
				s.Kept.Add(is.Severity)
				if is.Reported == 1 {
					s.Unique = append(s.Unique, is.ID)
				}
			}
			if missed(is, rev) {
				s.Misses = append(s.Misses, is.ID)
			}
		}
		s.fates(r.Ledger)
		out = append(out, s)
	}
	return out
}

// fates counts what became of the reviewer's findings.
func (s *Scorecard) fates(ledger []Decision) {
	dropped := map[DropKind]int{}
	for _, d := range ledger {
		if d.Claim.Reviewer != s.Reviewer || d.Note {
			continue
		}
		if d.Downgraded() {
			s.Downgraded = append(s.Downgraded, d.Claim.ID)
		}
		if d.Outcome == OutcomeDropped {
			kind := d.Drop
			if !slices.Contains(dropKinds, kind) {
				kind = DropOther
			}
			dropped[kind]++
		}
	}
	for _, k := range dropKinds {
		if dropped[k] > 0 {
			s.Dropped = append(s.Dropped, DropCount{k, dropped[k]})
		}
	}
}

// missed reports whether the reviewer read a file that a critical or important issue cites and saw nothing in it. Whoever
// raised the issue did not miss the files that it cited itself; but one of two reviewers of an issue may well have called
// the other's file clean.
func missed(is *Issue, rev *Review) bool {
	if is.Severity < SeverityImportant {
		return false
	}
	var own []string
	for _, s := range is.Sources {
		if s.Reviewer == rev.Reviewer {
			for _, l := range s.Locations {
				own = append(own, l.Path)
			}
		}
	}
	return slices.ContainsFunc(is.Locations, func(l Location) bool {
		c, ok := rev.CoverageOf(l.Path)
		return ok && c.Read() && (c.Status == CoverageClean || c.Status == CoverageTrivial) && !slices.Contains(own, l.Path)
	})
}
