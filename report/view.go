package report

// ViewVersion names the form of what a template sees. Within "/1" fields are only added, and none changes its meaning: a
// template written for it goes on working whatever becomes of [deepreview.Report].
const ViewVersion = "deepreview.view/1"

// View is what the templates of all formats see: a report made ready for a reader, in the report's own order. Its strings are
// foreign text of one line, cleaned but not escaped: the template engines escape every value that a template writes, for HTML,
// Markdown or the terminal. A [Prose] is Markdown. Times and numbers are formatted. Words of ours ("important", "clean") are in
// English; the func word translates them.
type View struct {
	Version string
	// Title is the change's, the pull request's or the repository's.
	Title  string
	Change ChangeView
	// Date is "2026-03-25 18:02 UTC" and Elapsed "14 min 40 s"; empty where not known.
	Date, Elapsed string
	Verdict       VerdictView
	// Structure is "0 critical, 1 important, 4 suggestions."
	Structure string
	Counts    []CountView
	Summary   Prose
	Closing   Prose
	// Severities has one entry a level, worst first, without issues too.
	Severities []SeverityView
	// Categories and Statuses are those of the issues, in order, each once.
	Categories, Statuses []string
	// Reviewers are in roster order; every list that has an entry a reviewer keeps it.
	Reviewers []ReviewerView

	Concerns, Strengths           []NoteView
	Tested, Untested              []NoteView
	Documented, DocumentationGaps []NoteView
	Commits                       []CommitView
	CommitNotes                   []NoteView // on the series as a whole, or on a commit that is not listed
	Limitations                   []NoteView
	OtherNotes                    []NoteView // of kinds that this version does not know
	Threads                       []ThreadView
	// Prior are issues of earlier rounds that were not raised again, Settled those that a person settled.
	Prior, Settled []PriorView

	// Files are the changed files with what each reviewer states about them: the coverage map.
	Files []FileView
	// Cited are the files that issues cite, by path.
	Cited []CitedView
	// Agreement draws the issues and Coverage the files against the reviewers, Flow the severities as raised against those in the
	// end; nil where there is nothing to draw.
	Agreement, Coverage *GridView
	Flow                *FlowView
	// Began is when the first review started, "17:48:00 UTC", and Span how long they took together, "6:10": the ends of the time line.
	Began, Span string
	// Table is the summary table, a column a reviewer.
	Table []RowView
	// Raised counts claims as raised, and Final the issues that came of them, one entry a level.
	Raised, Final []CountView
	Ledger        []ClaimView
	Warnings      []string
}

// ChangeView says what was reviewed. Everything may be empty.
type ChangeView struct {
	Repository, Title, Author, Branch, Range string
	Description                              Prose
	// Base and Head are abbreviated; Round is 0 where not known.
	Base, Head  string
	Round       int
	PullRequest *LinkView
	Commits     []CommitView
	Files       int
	Added       int
	Deleted     int
	Excluded    []string
}

// LinkView is a text that may lead somewhere: URL is http, https or a fragment of the page, or empty.
type LinkView struct {
	Text, URL string
}

// CommitView is one commit. Notes are the panel's on it.
type CommitView struct {
	Short, Subject, Author, Date string
	Body                         Prose
	URL                          string
	Notes                        []NoteView
}

// VerdictView is what the report comes to. Kind is "merge", "merge with fixes", "incomplete", "rework" or "unset".
// Missing leaves out what Reason says already; Complete says that nothing is missing.
type VerdictView struct {
	Kind, Label, Reason string
	Missing             []string
	Complete            bool
}

// CountView is a number of issues or claims. Name is "critical", "important", "suggestion" or "unset".
type CountView struct {
	Name  string
	Count int
}

// SeverityView is the issues of one level. Shown are those that are not hidden.
type SeverityView struct {
	Name          string
	Issues        []*IssueView
	Shown, Hidden []*IssueView
}

// IssueView is one issue.
type IssueView struct {
	// ID is stable from round to round; Number is "I1"; Anchor is the fragment that leads here.
	ID, Number, Anchor        string
	Title                     string
	Severity, Category, Topic string
	// Status is how it stands to the rounds before, and StatusReason how that is known.
	Status, StatusReason string
	Hidden               string
	Detail, Impact, Fix  Prose
	// Places are the locations, a file at a time, those inside another left out.
	Places []PlacesView
	// Cited are the places in View.Cited of its files.
	Cited    []int
	Excerpts []*ExcerptView
	// Patch is a unified diff.
	Patch string
	// Panel has an entry a reviewer: what each says about this issue. Raised are those that raised it: the badges.
	Panel, Raised []StanceView
	// Silent read one of the issue's files and did not raise it; Missed are those of them that called it clean.
	Silent []StanceView
	// Reported counts the reviewers that raised it, Read those that read one of its files.
	Reported, Read int
	// Odds are the probabilities of each severity, in percent; empty where not known. Survival is a percentage, 0 where not known.
	Odds         []CountView
	Survival     int
	Reasons      []string
	Merges       []MergeView
	Checks       []CheckView
	Anchoring    []AnchoringView
	Verification *VerificationView
	Resolution   *ResolutionView
}

// PlacesView is the lines cited of one file.
type PlacesView struct {
	Path  string
	Old   bool
	Lines []PlaceView
}

// PlaceView is one range of lines. Text is "77–82", or "whole file"; Full is "path:77-82".
type PlaceView struct {
	Text, Full, Label, URL string
}

// ExcerptView is some code. Range is "74–85".
type ExcerptView struct {
	Anchor, Path, Range, URL string
	Old, Cut                 bool
	Lines                    []LineView
	// First is true for the excerpts that are shown without being asked for.
	First bool
}

// LineView is one line of code.
type LineView struct {
	Number int
	Text   string
	Cited  bool
}

// StanceView is what one reviewer says about one issue.
type StanceView struct {
	Reviewer, Label string
	// Index is the reviewer's in View.Reviewers.
	Index int
	// Kind is "raised", "silent" (it read one of the files), "scanned" (only rules ran over them) or "absent".
	Kind string
	// Severity and Category are as raised. Differs says that the severity is not the issue's.
	Severity, Category string
	Differs            bool
	// Claims are the reviewer's own IDs, "I1".
	Claims []string
	// Marked is what a silent reviewer says about the file: "clean". Missed says that this counts as a coverage miss.
	Marked string
	Missed bool
}

// MergeView is one step by which claims were taken to say the same. Score and Threshold are percentages.
type MergeView struct {
	Claim, With      string
	Score, Threshold int
	Evidence         []EvidenceView
}

// EvidenceView is one part of a score; Weight is signed, "+1.30".
type EvidenceView struct {
	Name, Weight string
}

// CheckView is something the code itself answered about a claim.
type CheckView struct {
	Claim, Name, Detail string
	Holds               bool
	Evidence            []PlaceView
}

// AnchoringView says what was done to a claim's locations.
type AnchoringView struct {
	Claim string
	Steps []string
}

// VerificationView is the outcome of a second look: "confirmed", "unsure" or "refuted".
type VerificationView struct {
	Status, By, Reason string
	Evidence           []PlaceView
}

// ResolutionView is what was decided about an issue in an earlier round.
type ResolutionView struct {
	As, Why, By, Date string
}

// NoteView is a note of the panel.
type NoteView struct {
	Kind, Title, Risk, Commit string
	Text                      Prose
	Places                    []PlacesView
	// Badges are the reviewers that made it, in roster order.
	Badges []StanceView
}

// ThreadView is an open review thread.
type ThreadView struct {
	Place    PlaceView
	Author   string
	URL      string
	Comments []Prose
}

// PriorView is an issue that is not listed as open. Resolution is set where Reason does not tell it.
type PriorView struct {
	Number, ID, Title, Severity, Status, Reason string
	Places                                      []PlacesView
	Resolution                                  *ResolutionView
}

// ReviewerView is one reviewer: its numbers and its review as it came.
type ReviewerView struct {
	Name, Label string
	Index       int
	// Anchor leads to the review in the appendix.
	Anchor string
	// Vendor, Model and Verdict are in the reviewer's own words.
	Vendor, Model, Verdict string
	// Started is "17:48:00 UTC", Duration "6:10"; BarStart and BarWidth are where they lie in the whole, in percent.
	Started, Duration  string
	BarStart, BarWidth int
	// State is "finished", "skipped" or "failed"; Failure says why.
	State, Failure string
	Passes         int
	Retro          []RemarkView
	Summary        Prose
	// Transcript is the review as it came. Where it is empty, Findings and Notes are all there is.
	Transcript Prose
	Findings   []FindingView
	Notes      []NoteView
	Repairs    []string
	Kept       []CountView
}

// RemarkView is one paragraph of the retro.
type RemarkView struct {
	Aspect string
	Text   Prose
}

// FindingView is one claim as it was raised.
type FindingView struct {
	ID, Title, Severity, RawSeverity, Category, Topic, Rule string
	// Confidence is a percentage, 0 where not stated.
	Confidence          int
	Detail, Impact, Fix Prose
	Quote               string
	Edits               []EditView
	Places              []PlacesView
}

// EditView is one edit of a proposed fix. Lines is "12–14", or "before 12".
type EditView struct {
	Path, Lines, New string
}

// FileView is a changed file: a row of the coverage map.
type FileView struct {
	Path, OldPath, Status string
	Added, Deleted        int
	Note                  string // "binary", or why it cannot be read
	// Cells has an entry a reviewer.
	Cells []CellView
	// Issues are those that cite the file.
	Issues []LinkView
}

// CitedView is a file that issues cite.
type CitedView struct {
	Index  int
	Path   string
	Issues int
}

// CellView is what a reviewer states about a file. Status is "clean", "trivial", "findings", "unreviewed" or "not stated".
type CellView struct {
	Status, Reason string
	// Scanned says that only rules ran over it. Missed says that a critical or important issue cites the file all the same.
	Scanned, Missed bool
}

// RowView is a row of the summary table.
type RowView struct {
	Name  string
	Cells []string
}

// ClaimView is an entry of the ledger.
type ClaimView struct {
	Claim, Reviewer, Title string
	Note                   bool
	Outcome, Drop          string
	// Issues are those that the claim supports.
	Issues        []LinkView
	Raised, Final string
	Downgraded    bool
	Rule, Reason  string
	// Score is a percentage, 0 where the rule does not weigh.
	Score int
}
