package deepreview

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Reviewer examines a change. Models, command-line agents, analysers and people's own rules all are one;
// package reviewtest checks an implementation clause by clause.
type Reviewer interface {
	// Name identifies the reviewer in reports: non-empty, stable, unique in one [Run].
	Name() string
	// Review examines c, which it must not modify or keep.
	// Nil error: it finished. Non-nil: the Review, if any, is partial and still counts.
	// Only a file in Coverage was looked at; a changed file absent from it is "not stated", never clean.
	// It obeys ctx promptly, is called concurrently, and returns ErrSkip to decline.
	Review(ctx context.Context, c *Change) (*Review, error)
}

// Review is what one reviewer said of a change: its claims as raised, what it looked at, and what that
// took. Several passes of one agent are one Review: repeats in it add no votes. A Review belongs to
// [Run] once returned, and nothing after that rewrites it.
type Review struct {
	// Reviewer is the reviewer's name; Run sets it.
	Reviewer string `json:"reviewer"`
	// Change is the [Change.Fingerprint] of what was reviewed; Run sets it. Empty means not stated.
	Change string `json:"change,omitempty"`
	// Label is the name a reader sees, "Claude Opus 4.6"; empty means Reviewer.
	Label  string `json:"label,omitempty"`
	Vendor string `json:"vendor,omitempty"`
	Model  string `json:"model,omitempty"`
	// Started and Duration are wall clock; Run sets them where they are zero.
	Started  time.Time     `json:"started,omitzero"`
	Duration time.Duration `json:"duration_ns,omitzero"`

	Findings []*Finding `json:"findings,omitempty"`
	Notes    []*Note    `json:"notes,omitempty"`
	// Coverage has at most one entry for each changed file.
	Coverage []Coverage `json:"coverage,omitempty"`
	Usage    Usage      `json:"usage,omitzero"`

	// Summary is what the reviewer says the change does, in Markdown.
	Summary string `json:"summary,omitempty"`
	// Verdict is the reviewer's own, in its own words: "Approve". It decides nothing.
	Verdict string `json:"verdict,omitempty"`
	// Transcript is the review as it came, in Markdown, for the report's appendix. Empty where the
	// fields above are all there is.
	Transcript string `json:"transcript,omitempty"`
	// Passes is how many passes were made; 0 means one.
	Passes int `json:"passes,omitzero"`

	// Repairs lists what Run or Consolidate had to mend to hold the review at all: "finding 3 had no ID".
	Repairs []string `json:"repairs,omitempty"`
	// Failure says why the review is partial; nil if it finished.
	Failure *Failure `json:"failure,omitempty"`
}

// DisplayName returns the label of the review, or the reviewer's name where it has none.
func (r *Review) DisplayName() string { return cmp.Or(r.Label, r.Reviewer) }

// Skipped reports whether the reviewer declined to review.
func (r *Review) Skipped() bool { return r.Failure != nil && r.Failure.Kind == FailureSkipped }

// Finished reports whether the reviewer came to its end. A reviewer that skipped did not.
func (r *Review) Finished() bool { return r.Failure == nil }

// CoverageOf returns what r states about the changed file path, and false where it states nothing.
func (r *Review) CoverageOf(path string) (Coverage, bool) {
	for _, c := range r.Coverage {
		if c.Path == path {
			return c, true
		}
	}
	return Coverage{}, false
}

// Coverage is what a reviewer states about one changed file.
type Coverage struct {
	// Path is the [File.Path] of a changed file.
	Path   string         `json:"path"`
	Status CoverageStatus `json:"status"`
	// Depth says how the file was looked at; see [Coverage.Read].
	Depth Depth `json:"depth,omitzero"`
	// Reason says why the file is unreviewed, or what else there is to know.
	Reason string `json:"reason,omitempty"`
}

// Read reports whether the reviewer judged the file. Rules that only ran over a file did not, and do not
// count for quorum, votes and misses.
func (c Coverage) Read() bool { return c.Depth >= DepthRead && c.Looked() }

// Looked reports whether the file was looked at, at any depth. A word that is none of the statuses counts as unreviewed.
func (c Coverage) Looked() bool {
	return c.Status == CoverageClean || c.Status == CoverageTrivial || c.Status == CoverageFindings
}

// CoverageStatus is what a reviewer found in one file.
type CoverageStatus string

// What can be said of a file. Only these are ever compared; an unknown word counts as unreviewed.
const (
	CoverageClean      CoverageStatus = "clean"      // looked at, nothing to report
	CoverageTrivial    CoverageStatus = "trivial"    // looked at, nothing in it that could be wrong
	CoverageFindings   CoverageStatus = "findings"   // looked at, findings raised
	CoverageUnreviewed CoverageStatus = "unreviewed" // not looked at, for the reason given
)

// Depth is how closely a file was looked at. Larger is closer.
type Depth int

const (
	// DepthUnset means not stated: it counts as not read.
	DepthUnset Depth = 0
	// DepthScanned means that rules ran over the file.
	DepthScanned Depth = 10
	// DepthRead means that an agent or a person judged the file.
	DepthRead Depth = 20
)

var depthWords = []enumWord[Depth]{{DepthScanned, "scanned"}, {DepthRead, "read"}}

// String returns "scanned", "read", or "unset".
func (d Depth) String() string { return enumString(d, depthWords) }

// MarshalText returns the word of d, empty for [DepthUnset].
func (d Depth) MarshalText() ([]byte, error) { return enumMarshal("depth", d, depthWords) }

// UnmarshalText reads the word of a depth.
func (d *Depth) UnmarshalText(text []byte) error { return enumUnmarshal("depth", d, text, depthWords) }

// Note is what a reviewer has to say besides its findings.
type Note struct {
	// ID is unique among the findings and notes of one review. [Run] gives one where it is empty.
	ID   string   `json:"id"`
	Kind NoteKind `json:"kind"`
	// Title is the note in a few words; empty where Text is short.
	Title string `json:"title,omitempty"`
	// Text is Markdown.
	Text      string     `json:"text"`
	Locations []Location `json:"locations,omitempty"`
	// Risk ranks untested scenarios; [RiskUnset] where not stated.
	Risk Risk `json:"risk,omitzero"`
	// Commit is the id, perhaps abbreviated, that a note on a commit is about.
	Commit string `json:"commit,omitempty"`
}

// NoteKind says in which section of a report a note belongs.
type NoteKind string

// The kinds of note, one a section or part of a section.
const (
	NoteStrength         NoteKind = "strength"          // design: done well
	NoteConcern          NoteKind = "concern"           // design: doubtful, not a defect
	NoteTested           NoteKind = "tested"            // covered by tests
	NoteUntested         NoteKind = "untested"          // a scenario no test covers, ranked by Risk
	NoteDocumented       NoteKind = "documented"        // documentation that was updated
	NoteDocumentationGap NoteKind = "documentation gap" // documentation that is missing or stale
	NoteCommit           NoteKind = "commit"            // about one commit, or the series where Commit is empty
	NoteLimitation       NoteKind = "limitation"        // a limitation the change itself acknowledges
)

// Observation reports whether notes of kind k are design observations.
func (k NoteKind) Observation() bool { return k == NoteStrength || k == NoteConcern }

// Risk ranks an untested scenario. Larger is worse.
type Risk int

// The risks, with zero for not stated.
const (
	RiskUnset  Risk = 0
	RiskLow    Risk = 10
	RiskMedium Risk = 20
	RiskHigh   Risk = 30
)

var riskWords = []enumWord[Risk]{{RiskLow, "low"}, {RiskMedium, "medium"}, {RiskHigh, "high"}}

// String returns "low", "medium", "high", or "unset".
func (r Risk) String() string { return enumString(r, riskWords) }

// MarshalText returns the word of r, empty for [RiskUnset].
func (r Risk) MarshalText() ([]byte, error) { return enumMarshal("risk", r, riskWords) }

// UnmarshalText reads the word of a risk.
func (r *Risk) UnmarshalText(text []byte) error { return enumUnmarshal("risk", r, text, riskWords) }

// Usage is what a review took. Zero means none, or not known; see Priced for the cost.
type Usage struct {
	Requests  int `json:"requests,omitzero"`
	ToolCalls int `json:"tool_calls,omitzero"`
	// TokensIn counts all input tokens, TokensCached those of them that came from the vendor's cache.
	TokensIn     int64 `json:"tokens_in,omitzero"`
	TokensOut    int64 `json:"tokens_out,omitzero"`
	TokensCached int64 `json:"tokens_cached,omitzero"`
	// Cost is in US dollars; it means something only if Priced.
	Cost   float64 `json:"cost_usd,omitzero"`
	Priced bool    `json:"priced,omitzero"`
}

// Add returns the sum of both. It is priced if every one that sent a request is: a sum that leaves out a part would be too low.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		Requests:     u.Requests + v.Requests,
		ToolCalls:    u.ToolCalls + v.ToolCalls,
		TokensIn:     u.TokensIn + v.TokensIn,
		TokensOut:    u.TokensOut + v.TokensOut,
		TokensCached: u.TokensCached + v.TokensCached,
		Cost:         u.Cost + v.Cost,
		Priced:       (u.Priced || u.Requests == 0) && (v.Priced || v.Requests == 0) && (u.Priced || v.Priced),
	}
}

// Failure is what a Review carries of its error, so that it survives JSON.
type Failure struct {
	Kind FailureKind `json:"kind"`
	// Message is for a person: what happened, to what, and what to do next.
	Message string `json:"message"`
}

// FailureKind is what a program can branch on. An adapter may add its own words; see [NewFailure].
type FailureKind string

// The failures that [Run] itself tells apart.
const (
	FailureSkipped   FailureKind = "skipped"    // the reviewer declined: ErrSkip
	FailureError     FailureKind = "error"      // any other error
	FailureTimeout   FailureKind = "timeout"    // its deadline passed
	FailureCanceled  FailureKind = "canceled"   // the run was interrupted
	FailureStuck     FailureKind = "stuck"      // it did not obey ctx: ErrStuck
	FailurePanic     FailureKind = "panic"      // it panicked
	FailureBadAnswer FailureKind = "bad answer" // what it returned is no review: ErrBadAnswer
)

var (
	// ErrSkip is returned by a Reviewer that declines a change: no key, no file of its language. It is no
	// failure and does not count against the quorum.
	ErrSkip = errors.New("reviewer skipped")
	// ErrStuck marks a reviewer that went on after its context ended and was abandoned.
	ErrStuck = errors.New("reviewer did not stop when told to, and was abandoned")
	// ErrBadAnswer marks an answer that is no review.
	ErrBadAnswer = errors.New("answer is no review")
)

// NewFailure describes err, which must not be nil. An error in its tree with a method FailureKind() FailureKind
// chooses its own kind.
func NewFailure(err error) *Failure {
	f := &Failure{Kind: FailureError, Message: err.Error()}
	var own interface{ FailureKind() FailureKind }
	switch {
	case errors.As(err, &own):
		f.Kind = own.FailureKind()
	case errors.Is(err, ErrSkip):
		f.Kind = FailureSkipped
	case errors.Is(err, ErrStuck):
		f.Kind = FailureStuck
	case errors.Is(err, ErrBadAnswer):
		f.Kind = FailureBadAnswer
	case errors.Is(err, context.DeadlineExceeded):
		f.Kind = FailureTimeout
	case errors.Is(err, context.Canceled):
		f.Kind = FailureCanceled
	}
	return f
}
