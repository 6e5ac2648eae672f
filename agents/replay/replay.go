// Package replay makes reviewers of recorded reviews, so that a report can be made again, without asking anybody:
//
//	report.json                     the reviews that a report embeds, and the lead's decisions that show in it
//	folder/*.review.json            one review a file, as deepreview.Review in JSON
//	folder/decisions.json           what a lead decided, and the header of the change; optional
//	      │  Load
//	  *Recording ── Reviewers ──▶ deepreview.Run
//	             ── Pipeline  ──▶ the report as it was
//
// A recording says which change it is of, where that was known; played over another change it fails.
package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
)

// Schema names the form of a decisions.json. Within "/1" fields are only added.
const Schema = "deepreview.decisions/1"

// decisionsFile is the name of the file with a lead's decisions.
const decisionsFile = "decisions.json"

// reviewSuffix ends the name of every file with a review.
const reviewSuffix = ".review.json"

// Decisions is what a decisions.json holds.
type Decisions struct {
	Schema string `json:"schema"`
	// Date and Elapsed are those of the recorded run.
	Date    time.Time     `json:"date,omitzero"`
	Elapsed time.Duration `json:"elapsed_ns,omitzero"`
	// Roster is the order of reviewers in the report.
	Roster []string `json:"roster,omitempty"`
	// Change is the header of the change, for a patch that states none; nil where not recorded.
	Change  *deepreview.Header  `json:"change,omitempty"`
	Rulings []deepreview.Ruling `json:"rulings,omitempty"`
}

// Recording is a panel's reviews as they were recorded.
type Recording struct {
	Decisions
	// Reviews are in the order of their reviewers' names, or of the report they are from.
	Reviews []*deepreview.Review
}

// ErrChange is wrapped by the error of a recorded review that is played over another change.
var ErrChange = errors.New("recorded for another change")

// Load reads a report's JSON, or a folder of reviews; other files in the folder do not matter. In a folder's files a field that
// is not known is an error. The error names the file, the line where it can, and what to do.
//
// A report does not hold the lead's decisions themselves. They are read off its issues and its ledger, so that what was ruled
// stays ruled; only which of its notes a ruling joined, and which the matcher, cannot be told apart.
func Load(path string) (*Recording, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	if info.IsDir() {
		return loadFolder(path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return fromReport(path, data)
}

// fromReport makes a recording of the JSON of a report.
func fromReport(path string, data []byte) (*Recording, error) {
	r, err := deepreview.ReadReport(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", path, err)
	}
	if len(r.Reviews) == 0 {
		return nil, fmt.Errorf("replay %s: the report embeds no reviews", path)
	}
	rec := &Recording{Reviews: r.Reviews}
	rec.Decisions = Decisions{Schema: Schema, Date: r.Date, Elapsed: r.Elapsed, Change: &r.Change, Rulings: rulings(r)}
	for i, rev := range r.Reviews {
		switch {
		case rev.Reviewer == "":
			return nil, fmt.Errorf("replay %s: review %d names no reviewer", path, i+1)
		case slices.Contains(rec.Roster, rev.Reviewer):
			return nil, fmt.Errorf("replay %s: two reviews are by %q; join the passes of one reviewer into one review", path, rev.Reviewer)
		}
		rec.Roster = append(rec.Roster, rev.Reviewer)
	}
	return rec, nil
}

// loadFolder makes a recording of the reviews, and the decisions, that are files of their own.
func loadFolder(dir string) (*Recording, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	rec := &Recording{}
	from := map[string]string{}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		switch {
		case e.Name() == decisionsFile:
			if err := readFile(name, func(data []byte) error { return readDecisions(data, &rec.Decisions) }); err != nil {
				return nil, err
			}
		case strings.HasSuffix(e.Name(), reviewSuffix):
			rev := new(deepreview.Review)
			if err := readFile(name, func(data []byte) error { return readReview(data, rev) }); err != nil {
				return nil, err
			}
			if other, twice := from[rev.Reviewer]; twice {
				return nil, fmt.Errorf("replay %s: %s is by %q as well; join the passes of one reviewer into one review", name, other, rev.Reviewer)
			}
			from[rev.Reviewer] = name
			rec.Reviews = append(rec.Reviews, rev)
		}
	}
	if len(rec.Reviews) == 0 {
		return nil, fmt.Errorf("replay %s: there is no file named *%s in it", dir, reviewSuffix)
	}
	slices.SortFunc(rec.Reviews, func(a, b *deepreview.Review) int { return strings.Compare(a.Reviewer, b.Reviewer) })
	return rec, nil
}

func readFile(name string, read func(data []byte) error) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	var at *lineError
	switch err := read(data); {
	case errors.As(err, &at):
		return fmt.Errorf("replay %s:%d: %w", name, at.line, at.err)
	case err != nil:
		return fmt.Errorf("replay %s: %w", name, err)
	}
	return nil
}

func readReview(data []byte, into *deepreview.Review) error {
	if err := readJSON(data, into); err != nil {
		return err
	}
	if into.Reviewer == "" {
		return errors.New(`it names no reviewer; add "reviewer": "NAME"`)
	}
	return nil
}

func readDecisions(data []byte, into *Decisions) error {
	if err := readJSON(data, into); err != nil {
		return err
	}
	if into.Schema != Schema {
		return fmt.Errorf("its schema is %q, and %q is the one known here", into.Schema, Schema)
	}
	return nil
}

// lineError is an error at a line of a file, counted from 1.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

func (e *lineError) Unwrap() error { return e.err }

// readJSON reads one JSON value; its error is a *lineError. A field that is not known is an error: it is more likely
// misspelt than new.
func readJSON(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	at := dec.InputOffset()
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = errors.New("something stands after the value")
		}
	}
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &typ):
		at = typ.Offset
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		at, err = int64(len(data)), errors.New("it ends in the middle")
	}
	return &lineError{1 + bytes.Count(data[:min(at, int64(len(data)))], []byte("\n")), err}
}

// Reviewers returns a reviewer for each recorded review.
func (r *Recording) Reviewers() []deepreview.Reviewer {
	out := make([]deepreview.Reviewer, len(r.Reviews))
	for i, rev := range r.Reviews {
		out[i] = Reviewer{Recorded: rev}
	}
	return out
}

// Check returns an error that wraps [ErrChange] if one of the reviews is recorded for another change than c.
func (r *Recording) Check(c *deepreview.Change) error {
	for _, rev := range r.Reviews {
		if err := fits(rev, c); err != nil {
			return fmt.Errorf("replay %q: %w", rev.Reviewer, err)
		}
	}
	return nil
}

// fits is nil if rev is of c, or does not say of what.
func fits(rev *deepreview.Review, c *deepreview.Change) error {
	if of := rev.Change; of != "" && of != c.Fingerprint() {
		return fmt.Errorf("%w: it has the fingerprint %.12s…, and this change %.12s…; replay it over the change it is of, or review this one anew",
			ErrChange, of, c.Fingerprint())
	}
	return nil
}

// Pipeline returns the pipeline that makes the recorded report: with its rulings, its order of reviewers and its time.
func (r *Recording) Pipeline() *deepreview.Pipeline {
	return &deepreview.Pipeline{Roster: r.Roster, Rulings: r.Rulings, Date: r.Date, Elapsed: r.Elapsed}
}

// Reviewer returns a recorded review as it was, its failure included.
type Reviewer struct {
	// Recorded is the review; it names its reviewer.
	Recorded *deepreview.Review
}

// Name returns the recorded reviewer's name.
func (r Reviewer) Name() string { return r.Recorded.Reviewer }

// Review returns a copy of the recorded review. It fails with [ErrChange] if c is not what was reviewed.
func (r Reviewer) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := fits(r.Recorded, c); err != nil {
		return nil, err
	}
	rev := *r.Recorded
	if f := rev.Failure; f != nil {
		return &rev, recordedError{f}
	}
	return &rev, nil
}

// recordedError is a failure of the recorded run.
type recordedError struct{ failure *deepreview.Failure }

func (e recordedError) Error() string { return e.failure.Message }

// FailureKind returns the recorded kind.
func (e recordedError) FailureKind() deepreview.FailureKind { return e.failure.Kind }
