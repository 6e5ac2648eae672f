package deepreview

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// Finding is one reviewer's claim about a change, as it was raised. Nothing downstream rewrites it: what
// the panel makes of it stands in an [Issue] and, claim by claim, in the report's ledger.
type Finding struct {
	// ID is unique among the findings and notes of one review: "S1". [Run] gives one where it is empty.
	ID string `json:"id"`
	// Title is one line of plain text.
	Title string `json:"title"`
	// Detail explains the problem, in Markdown.
	Detail string `json:"detail,omitempty"`
	// Impact says who is hurt and when, in Markdown.
	Impact string `json:"impact,omitempty"`
	// Locations are the places cited, the primary one first. Empty means that the claim cites no place.
	Locations []Location `json:"locations,omitempty"`
	// Quote holds whole lines of code as they stand at the first location. It re-anchors a wrong line number.
	Quote string `json:"quote,omitempty"`
	// Severity is the reviewer's own rating on our scale; [SeverityUnset] where there was none or it
	// could not be mapped. See [ParseSeverity].
	Severity Severity `json:"severity,omitzero"`
	// RawSeverity is the reviewer's own word for the severity where it is not ours: "P1", "warning", "7.5".
	RawSeverity string `json:"raw_severity,omitempty"`
	// Category is as raised; empty where not stated.
	Category Category `json:"category,omitempty"`
	// Topic is as raised; empty where not stated.
	Topic Topic `json:"topic,omitempty"`
	// Rule identifies the rule of a static analyser: "SA4006". Empty for a claim made by judgement.
	Rule string `json:"rule,omitempty"`
	// Confidence is the reviewer's own, above 0 and at most 1; 0 means not stated.
	Confidence float64 `json:"confidence,omitzero"`
	// Fix is the reviewer's proposal; nil where there is none.
	Fix *Fix `json:"fix,omitempty"`
}

// Location is a place in a file of the change or beside it.
type Location struct {
	// Path is slash-separated and relative to the root of the repository; it satisfies [fs.ValidPath].
	Path string `json:"path"`
	// Start and End are lines counted from 1, both inclusive. Both 0 means the whole file; End 0 means Start.
	Start int `json:"start,omitzero"`
	End   int `json:"end,omitzero"`
	// Old says that the lines count in the file before the change.
	Old bool `json:"old,omitzero"`
	// Label says what is to be seen there: "declared here". Empty for the place of the problem itself.
	Label string `json:"label,omitempty"`
}

// Last returns the last line of l: End, or Start where End is not given.
func (l Location) Last() int { return max(l.Start, l.End) }

// String returns "path", "path:12" or "path:12-14".
func (l Location) String() string {
	switch {
	case l.Start <= 0:
		return l.Path
	case l.Last() == l.Start:
		return l.Path + ":" + strconv.Itoa(l.Start)
	}
	return l.Path + ":" + strconv.Itoa(l.Start) + "-" + strconv.Itoa(l.Last())
}

// compareLocations orders by path, side, line, and label.
func compareLocations(a, b Location) int {
	return cmp.Or(
		cmp.Compare(a.Path, b.Path),
		compareBool(a.Old, b.Old),
		cmp.Compare(a.Start, b.Start),
		cmp.Compare(a.Last(), b.Last()),
		cmp.Compare(a.Label, b.Label),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Fix is a proposal to mend a finding.
type Fix struct {
	// Text is prose, in Markdown.
	Text string `json:"text,omitempty"`
	// Edits change the head revision's files. They do not overlap, and all of them make the fix.
	Edits []Edit `json:"edits,omitempty"`
}

// Edit replaces lines of one file at the head revision.
type Edit struct {
	// Path satisfies [fs.ValidPath].
	Path string `json:"path"`
	// Start and End are the lines replaced, counted from 1, inclusive. End = Start-1 inserts before Start.
	Start int `json:"start"`
	End   int `json:"end"`
	// New is the text put there: whole lines, each ending in a newline. Empty deletes.
	New string `json:"new"`
}

// Validate reports everything that is wrong with f as one error, nil if nothing is: an empty ID or title, a
// path that does not satisfy [fs.ValidPath], lines that run backwards, a confidence outside 0 to 1, edits that
// overlap. A finding that is not valid is still consolidated: a claim is never lost for its form.
func (f *Finding) Validate() error {
	var errs []error
	add := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("finding %q: "+format, append([]any{f.ID}, args...)...))
	}
	if f.ID == "" {
		add("no ID")
	}
	if f.Title == "" {
		add("no title")
	}
	if _, err := f.Severity.MarshalText(); err != nil {
		add("%w", err)
	}
	if !(f.Confidence >= 0 && f.Confidence <= 1) {
		add("confidence %v is outside 0 to 1", f.Confidence)
	}
	for i, l := range f.Locations {
		if !fs.ValidPath(l.Path) || l.Path == "." {
			add("location %d: %q is no path inside the repository", i+1, l.Path)
		}
		if l.Start < 0 || l.End < 0 || (l.End > 0 && l.End < l.Start) || (l.Start == 0 && l.End > 0) {
			add("location %d: lines %d to %d are no range", i+1, l.Start, l.End)
		}
	}
	if f.Fix != nil {
		for i, e := range f.Fix.Edits {
			if !fs.ValidPath(e.Path) || e.Path == "." {
				add("edit %d: %q is no path inside the repository", i+1, e.Path)
			}
			if e.Start < 1 || e.End < e.Start-1 {
				add("edit %d: lines %d to %d are no range", i+1, e.Start, e.End)
			}
			for j, o := range f.Fix.Edits[:i] {
				if o.Path == e.Path && o.Start <= e.End && e.Start <= o.End {
					add("edits %d and %d overlap", j+1, i+1)
				}
			}
		}
	}
	return errors.Join(errs...)
}
