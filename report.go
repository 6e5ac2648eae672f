package deepreview

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Schema names the form of a report's JSON. The promise: within "/1" fields are only added, none is renamed,
// retyped or removed, and what a field means does not change; a reader ignores fields that it does not
// know. A report of another number is refused by [ReadReport].
const Schema = "deepreview.report/1"

// Report is what a panel found, after consolidation: issues on one scale, and a ledger in which every claim can be
// followed to its fate. It holds the reviews as they came and the code it cites, so it can be rendered
// again from its JSON alone, to the same bytes. It therefore contains source code: share it like the code.
type Report struct {
	Schema string `json:"schema"`
	// Date is when the review began and Elapsed its wall clock; both come from the caller, zero if not given.
	Date    time.Time     `json:"date,omitzero"`
	Elapsed time.Duration `json:"elapsed_ns,omitzero"`

	Change Header `json:"change"`
	// Fingerprint is the [Change.Fingerprint] of what was reviewed.
	Fingerprint string `json:"fingerprint"`
	// Files are the changed files in the order of the diff.
	Files   []FileSummary `json:"files,omitempty"`
	Verdict Verdict       `json:"verdict"`

	// Summary, Closing and each scorecard's Retro are words, composed from the facts below. They are Markdown.
	Summary string `json:"summary,omitempty"`
	Closing string `json:"closing,omitempty"`

	// Issues are in their final order; numbers count within a severity.
	Issues []*Issue `json:"issues,omitempty"`
	// Notes are the panel's, merged, by kind.
	Notes []*PanelNote `json:"notes,omitempty"`
	// Threads are the pull request's open review threads: unresolved feedback.
	Threads []Thread `json:"threads,omitempty"`
	// Prior are the issues of the round before that this round does not raise again, with what became of them.
	Prior []PriorIssue `json:"prior,omitempty"`
	// Ledger has one decision for every claim of every review, in roster order.
	Ledger []Decision `json:"ledger,omitempty"`
	// Scorecards, one a reviewer, are in roster order. So are Reviews, which are as they came.
	Scorecards []Scorecard `json:"scorecards,omitempty"`
	Reviews    []*Review   `json:"reviews,omitempty"`
	// Warnings are what a reader must know about the report itself: something that was cut, mended or not done.
	Warnings []string `json:"warnings,omitempty"`
}

// FileSummary is a changed file without its content.
type FileSummary struct {
	Path       string     `json:"path"`
	OldPath    string     `json:"old_path,omitempty"`
	Status     FileStatus `json:"status"`
	Added      int        `json:"added,omitzero"`
	Deleted    int        `json:"deleted,omitzero"`
	Binary     bool       `json:"binary,omitzero"`
	Unreadable string     `json:"unreadable,omitempty"`
}

// IssuesAt returns the issues of severity s, in order.
func (r *Report) IssuesAt(s Severity) []*Issue {
	var at []*Issue
	for _, is := range r.Issues {
		if is.Severity == s {
			at = append(at, is)
		}
	}
	return at
}

// NotesOf returns the notes of kind k, in order.
func (r *Report) NotesOf(k NoteKind) []*PanelNote {
	var of []*PanelNote
	for _, n := range r.Notes {
		if n.Kind == k {
			of = append(of, n)
		}
	}
	return of
}

// Counts counts the issues at each severity, the hidden ones included.
func (r *Report) Counts() SeverityCount {
	var n SeverityCount
	for _, is := range r.Issues {
		n.Add(is.Severity)
	}
	return n
}

// Structure returns the line that sums a report up: "0 critical, 1 important, 4 suggestions."
func (r *Report) Structure() string { return r.Counts().String() + "." }

// Issue returns the issue with this number or ID, nil if there is none.
func (r *Report) Issue(name string) *Issue {
	for _, is := range r.Issues {
		if is.ID == name || strings.EqualFold(is.Number, name) {
			return is
		}
	}
	return nil
}

// Review returns the review of the named reviewer, nil if there is none.
func (r *Report) Review(name string) *Review {
	for _, rev := range r.Reviews {
		if rev.Reviewer == name {
			return rev
		}
	}
	return nil
}

// Label returns the name of a reviewer that a reader sees.
func (r *Report) Label(name string) string {
	if rev := r.Review(name); rev != nil {
		return rev.DisplayName()
	}
	return name
}

// WriteJSON writes the report as indented JSON that [ReadReport] reads back without loss.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	out := *r
	out.Schema = cmp.Or(out.Schema, Schema)
	return enc.Encode(&out)
}

// ErrSchema is wrapped by the error of [ReadReport] for JSON that is no report, or one of another schema.
var ErrSchema = errors.New("no report of schema " + Schema)

// ReadReport reads what [Report.WriteJSON] wrote. Text that is no JSON, is cut short or goes on after the report
// is an error that says where; another schema is an error that wraps [ErrSchema].
func ReadReport(rd io.Reader) (*Report, error) {
	data, err := io.ReadAll(rd)
	if err != nil {
		return nil, err
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, jsonError(data, err)
	}
	if head.Schema != Schema {
		return nil, fmt.Errorf("%w: it says %q; write it again with this version of deepreview, or read it with the one that wrote it", ErrSchema, head.Schema)
	}
	rep := new(Report)
	if err := json.Unmarshal(data, rep); err != nil {
		return nil, jsonError(data, err)
	}
	if what := rep.hole(); what != "" {
		return nil, fmt.Errorf("the report's %s is null; every entry has to be an object", what)
	}
	return rep, nil
}

// hole names an entry of a list that is nil, which only a broken file has; empty if there is none.
func (r *Report) hole() string {
	for i, is := range r.Issues {
		if is == nil {
			return fmt.Sprintf("issue %d", i+1)
		}
	}
	for i, n := range r.Notes {
		if n == nil {
			return fmt.Sprintf("note %d", i+1)
		}
	}
	for i, p := range r.Prior {
		if p.Issue == nil {
			return fmt.Sprintf("prior issue %d", i+1)
		}
	}
	for i, rev := range r.Reviews {
		if rev == nil {
			return fmt.Sprintf("review %d", i+1)
		}
		for j, f := range rev.Findings {
			if f == nil {
				return fmt.Sprintf("finding %d of %s", j+1, rev.Reviewer)
			}
		}
		for j, n := range rev.Notes {
			if n == nil {
				return fmt.Sprintf("note %d of %s", j+1, rev.Reviewer)
			}
		}
	}
	return ""
}

// jsonError adds the line to an error of package json, which knows only the offset.
func jsonError(data []byte, err error) error {
	var offset int64
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &typ):
		offset = typ.Offset
	default:
		return err
	}
	line := 1 + strings.Count(string(data[:min(offset, int64(len(data)))]), "\n")
	return fmt.Errorf("line %d: %w", line, err)
}
