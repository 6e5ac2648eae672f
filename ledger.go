package deepreview

// Decision is the fate of one claim: every finding has exactly one, and so has every note that was dropped. Together they
// are the report's ledger.
type Decision struct {
	Claim Ref `json:"claim"`
	// Note says that the claim was a note.
	Note bool `json:"note,omitzero"`
	// Title is the claim's, so that the ledger can be read alone.
	Title   string  `json:"title,omitempty"`
	Outcome Outcome `json:"outcome"`
	// Drop is the kind of drop; set when Outcome is OutcomeDropped, and only then.
	Drop DropKind `json:"drop,omitempty"`
	// Issues are the IDs of the issues that the claim supports, the primary one first: usually one,
	// none if it was dropped or demoted.
	Issues []string `json:"issues,omitempty"`
	// Raised is the severity as raised, Final that of the primary issue; unset where there is none.
	Raised Severity `json:"raised,omitzero"`
	Final  Severity `json:"final,omitzero"`
	// Rule says what decided: "match", "alone", "ruling", "resolution".
	Rule string `json:"rule"`
	// Score is how sure the rule was, 0 to 1; 0 where the rule does not weigh.
	Score float64 `json:"score,omitzero"`
	// Reason is for a reader.
	Reason string `json:"reason,omitempty"`
}

// Downgraded reports whether the claim was kept at a lower severity than it was raised with.
func (d Decision) Downgraded() bool {
	return d.Final != SeverityUnset && d.Raised > d.Final
}

// Outcome is what became of a claim.
type Outcome string

// What can become of a claim. Kept and merged claims support an issue.
const (
	// OutcomeKept is the claim that speaks for its issue.
	OutcomeKept Outcome = "kept"
	// OutcomeMerged is any other claim of an issue.
	OutcomeMerged Outcome = "merged"
	// OutcomeDemoted became a note: a documented trade-off, or code that predates the change.
	OutcomeDemoted Outcome = "demoted to note"
	// OutcomeDeclined was declined in an earlier round, and its code has not changed since.
	OutcomeDeclined Outcome = "declined earlier"
	// OutcomeSuppressed fell under a suppression of the user's own.
	OutcomeSuppressed Outcome = "suppressed"
	// OutcomeDropped is no issue, for the reason that its DropKind names.
	OutcomeDropped Outcome = "dropped"
)

// DropKind says why a claim was dropped. Only a person's ruling, or a verifier with evidence, drops a claim:
// no rule of this package does so by itself.
type DropKind string

// The kinds of drop. Only the first says that the claim was wrong.
const (
	DropFalsePositive DropKind = "false positive"
	DropOverscoped    DropKind = "overscoped"
	DropPreExisting   DropKind = "pre-existing"
	DropDeclined      DropKind = "declined"
	DropDuplicate     DropKind = "duplicate of an earlier round"
	DropOther         DropKind = "other"
)

// Ruling is a lead's decision about some claims. A [Pipeline] with rulings follows them where they speak, and its own
// rules elsewhere; the ledger says which decided.
type Ruling struct {
	// Claims are findings that are one issue, or notes that are one note, the one that speaks for them first.
	Claims []Ref `json:"claims"`
	// Outcome is OutcomeKept (also when empty), OutcomeDemoted, OutcomeSuppressed or OutcomeDropped.
	Outcome Outcome  `json:"outcome,omitempty"`
	Drop    DropKind `json:"drop,omitempty"`
	// Note is the kind of note that demoted findings become; empty means [NoteConcern].
	Note NoteKind `json:"note,omitempty"`
	// What follows takes the place of the claims' own where it is not empty.
	Severity  Severity   `json:"severity,omitzero"`
	Category  Category   `json:"category,omitempty"`
	Title     string     `json:"title,omitempty"`
	Detail    string     `json:"detail,omitempty"`
	Impact    string     `json:"impact,omitempty"`
	Locations []Location `json:"locations,omitempty"`
	Fix       *Fix       `json:"fix,omitempty"`
	// Reason is for a reader.
	Reason string `json:"reason,omitempty"`
}
