package deepreview

import (
	"fmt"
	"slices"
	"strings"
)

// Issue is one problem of the change as the panel sees it: one or more claims that say the same.
type Issue struct {
	// ID is stable from round to round: it survives shifted lines, renamed files, other words and another reviewer raising
	// it. Eight or more hexadecimal digits, unique in a report.
	ID string `json:"id"`
	// Code identifies the primary file and its cited lines without their white space and numbers, or the title where no code is
	// known. It is the ID of an issue that no earlier round knows, unless another one is about the same code.
	Code string `json:"code,omitempty"`
	// Number is for people and holds in this report only: "I1" is the first important issue.
	Number string `json:"number"`

	Title    string   `json:"title"`
	Detail   string   `json:"detail,omitempty"`
	Impact   string   `json:"impact,omitempty"`
	Severity Severity `json:"severity"`
	Category Category `json:"category,omitempty"`
	Topic    Topic    `json:"topic,omitempty"`
	// Locations are those of all sources, without repeats, the primary one first.
	Locations []Location `json:"locations,omitempty"`
	// Excerpts show the code at the locations, where it is known.
	Excerpts []Excerpt `json:"excerpts,omitempty"`
	// Symbols are the functions or types around the locations: "Store.Put".
	Symbols []string `json:"symbols,omitempty"`
	Fix     *Fix     `json:"fix,omitempty"`
	// Patch is the fix's edits as a unified diff that git apply accepts at the head revision; empty if there is none.
	Patch string `json:"patch,omitempty"`

	// Lead is the claim that speaks for the issue. Sources are all its claims in roster order.
	Lead    Ref      `json:"lead"`
	Sources []Source `json:"sources"`
	// Reported counts the reviewers that raised it, Read those that raised it or read one of its files.
	// Reported is never above Read, nor Read above the number of reviewers.
	Reported int `json:"reported"`
	Read     int `json:"read"`

	// Odds are the probabilities of each severity, and Reasons the chain that led to it, in words.
	Odds    Odds     `json:"odds,omitzero"`
	Reasons []string `json:"reasons,omitempty"`
	// Survival is how likely a careful lead would keep the issue, 0 to 1. It breaks ties and chooses what to
	// verify; it never drops an issue.
	Survival float64 `json:"survival,omitzero"`
	// Merges are the steps by which the claims were taken to say the same, in the order taken.
	Merges []Merge `json:"merges,omitempty"`

	// Checks are what the code itself answered about the claims, and Verification the outcome of a second look by a
	// [Verifier]; nil if there was none.
	Checks       []Check       `json:"checks,omitempty"`
	Verification *Verification `json:"verification,omitempty"`
	// Status says how the issue stands to the rounds before, StatusReason how that is known, and Since which round raised
	// it first; empty and 0 where there was none.
	Status       RoundStatus `json:"status,omitempty"`
	StatusReason string      `json:"status_reason,omitempty"`
	Since        int         `json:"since,omitzero"`
	// Resolution is what was decided about the issue in an earlier round; nil if nothing was.
	Resolution *Resolution `json:"resolution,omitempty"`
	// Hidden says why a renderer folds the issue away: "survival 0.12 is below the asked 0.30". It is still
	// counted, and still one click away.
	Hidden string `json:"hidden,omitempty"`
}

// Names returns the reviewers that raised the issue, each once, in roster order.
func (is *Issue) Names() []string {
	var names []string
	for _, s := range is.Sources {
		if len(names) == 0 || names[len(names)-1] != s.Reviewer {
			names = append(names, s.Reviewer)
		}
	}
	return names
}

// RaisedBy reports whether the named reviewer raised the issue.
func (is *Issue) RaisedBy(reviewer string) bool {
	return slices.ContainsFunc(is.Sources, func(s Source) bool { return s.Reviewer == reviewer })
}

// Open reports whether the issue still asks for something: it was not refuted by a second look that shows its
// evidence, and no earlier round settled it.
func (is *Issue) Open() bool {
	if is.Verification != nil && is.Verification.Status == VerificationRefuted {
		return false
	}
	return is.Status != StatusDeclined && is.Status != StatusFixed && is.Status != StatusSuppressed
}

// HighestRaised returns the highest severity that any of the issue's claims was raised with.
func (is *Issue) HighestRaised() Severity {
	var high Severity
	for _, s := range is.Sources {
		high = max(high, s.Severity)
	}
	return high
}

// Ref names one claim: a finding or a note of one reviewer. Its text form is "reviewer/id".
type Ref struct {
	Reviewer string
	ID       string
}

// String returns "reviewer/id".
func (r Ref) String() string { return r.Reviewer + "/" + r.ID }

// MarshalText returns "reviewer/id".
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "reviewer/id". The reviewer's name ends at the last slash.
func (r *Ref) UnmarshalText(text []byte) error {
	i := strings.LastIndexByte(string(text), '/')
	if i < 1 || i == len(text)-1 {
		return fmt.Errorf("claim %q has not the form reviewer/id", text)
	}
	r.Reviewer, r.ID = string(text[:i]), string(text[i+1:])
	return nil
}

// Source is one claim of an issue.
type Source struct {
	Reviewer string `json:"reviewer"`
	Finding  string `json:"finding"`
	// Severity and Category are as raised.
	Severity Severity `json:"severity,omitzero"`
	Category Category `json:"category,omitempty"`
	// Locations are those that this claim gave, after anchoring.
	Locations []Location `json:"locations,omitempty"`
	// Anchoring says what was done to them: "moved from line 12 to 15, where the quoted code is". Empty if nothing.
	Anchoring []string `json:"anchoring,omitempty"`
}

// Ref returns the claim's name.
func (s Source) Ref() Ref { return Ref{s.Reviewer, s.Finding} }

// mergeOf returns the first step that brought the claim in, and the claim on the other side of it; nil if there is none.
func (is *Issue) mergeOf(ref Ref) (*Merge, Ref) {
	for i := range is.Merges {
		switch m := &is.Merges[i]; ref {
		case m.Claim:
			return m, m.With
		case m.With:
			return m, m.Claim
		}
	}
	return nil, Ref{}
}

// Merge is one step by which the claims of an issue came together.
type Merge struct {
	// Claim joined, on the side of the step that the lead is not on, and With is what it is most like on the other side.
	Claim Ref `json:"claim"`
	With  Ref `json:"with"`
	// Score is their similarity, 0 to 1, and Threshold where claims begin to be the same.
	Score     float64 `json:"score"`
	Threshold float64 `json:"threshold"`
	// Evidence is what the score is made of, the heaviest first.
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Evidence is one part of a score.
type Evidence struct {
	// Name says what was compared: "rare words in both: exdev, rename".
	Name string `json:"name"`
	// Weight is what it adds to the score, on the score's log-odds scale; negative counts against.
	Weight float64 `json:"weight"`
}

// Odds are the probabilities of each severity. They add up to 1, or are all 0 where not known.
type Odds struct {
	Critical   float64 `json:"critical"`
	Important  float64 `json:"important"`
	Suggestion float64 `json:"suggestion"`
}

// Verification is the outcome of a second look at an issue.
type Verification struct {
	Status VerificationStatus `json:"status"`
	// By names who looked: "mechanical", or a verifier's name.
	By string `json:"by"`
	// Reason is one sentence; Evidence are the lines that show it.
	Reason   string     `json:"reason,omitempty"`
	Evidence []Location `json:"evidence,omitempty"`
}

// VerificationStatus is what a second look came to.
type VerificationStatus string

// What a second look can come to. A refuted issue stays in the report, with the evidence.
const (
	VerificationConfirmed VerificationStatus = "confirmed"
	VerificationUnsure    VerificationStatus = "unsure"
	VerificationRefuted   VerificationStatus = "refuted"
)
