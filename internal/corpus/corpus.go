// Package corpus reads folders of recorded reviews and scores predictions made on them.
//
// A folder holds changes.jsonl and findings.jsonl, and where known issues.jsonl (what a lead reviewer made of
// the findings) and raw_reviews.jsonl (each reviewer's words as they came). [Load] splits every line in two:
// what a consolidator may see goes to [Change] and [Finding], what it is measured against to [Truth], so that
// a program handed only changes cannot look at the answers:
//
//	c, err := corpus.Load(dir)
//	for _, change := range c.Changes { predictions = append(predictions, predict(change)...) }
//	result, err := corpus.Pairs(c, predictions)
//
// Every measure takes the corpus and its predictions, checks that the predictions are about it, and returns
// plain counts from which the ratios follow.
package corpus

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Corpus is one folder of recorded reviews.
type Corpus struct {
	// Name is the base name of the folder: "deepreview".
	Name string
	// Dir is the folder.
	Dir string
	// Changes are the reviewed changes with their findings, in the order of changes.jsonl: input only.
	Changes []Change
	// Truth is what predictions are measured against: never an input.
	Truth Truth
}

// Change is one reviewed change: what a consolidator may see of it.
type Change struct {
	ID    string `json:"id"`
	Repo  string `json:"repo"`
	Title string `json:"title"`
	URL   string `json:"url"`
	// Language is the repository's main one; empty where not recorded.
	Language string `json:"language"`
	// Date is when it was reviewed, as recorded; empty where not recorded.
	Date string `json:"date"`
	// PullRequest groups the rounds of one pull request; empty where each change stands alone.
	PullRequest string `json:"pull_request"`
	// Round is as recorded: "2", "2 (of target)"; empty where not recorded.
	Round string `json:"round"`
	// DiffFile is the name of the unified diff relative to the folder, slash-separated; empty where there is none.
	DiffFile string `json:"diff"`
	// Findings are those raised on this change, in the order of findings.jsonl.
	Findings []Finding `json:"-"`
	// Reviews are the reviewers' words as they came, in the order of raw_reviews.jsonl; nil where not recorded.
	Reviews []RawReview `json:"-"`
}

// Fold returns what cross-validation must keep together: the pull request, or the change where it stands alone.
func (c *Change) Fold() string {
	if c.PullRequest != "" {
		return c.PullRequest
	}
	return c.ID
}

// Finding is one raw finding: what a consolidator may see of it.
type Finding struct {
	Change   string `json:"change"`
	Reviewer string `json:"reviewer"`
	// Vendor is the maker of the reviewer's model; empty where not recorded.
	Vendor string `json:"vendor"`
	// Pass counts the reviewer's passes over the change from 1; 0 where not recorded.
	Pass int    `json:"pass"`
	ID   string `json:"id"`
	// Path, Start and End are the primary place: empty and 0 where not given.
	Path  string `json:"path"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	// Locations are all places given, the primary first; nil where the corpus records only one.
	Locations []Location `json:"locations"`
	// Severity and Category are as raised, in the reviewer's own words; empty where not given.
	Severity string `json:"severity"`
	Category string `json:"category"`
	Title    string `json:"title"`
	Body     string `json:"body"`
	Fix      string `json:"fix"`
}

// Places returns all places that f cites: its locations, or its primary place where only that is recorded;
// nil where it cites none.
func (f *Finding) Places() []Location {
	switch {
	case len(f.Locations) > 0:
		return f.Locations
	case f.Path != "":
		return []Location{{Path: f.Path, Start: f.Start, End: f.End}}
	}
	return nil
}

// Location is a place in a file. Lines count from 1 and are inclusive; 0 means not given.
type Location struct {
	Path  string `json:"path"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// RawReview is what one reviewer wrote in one pass.
type RawReview struct {
	Change   string `json:"change"`
	Reviewer string `json:"reviewer"`
	Vendor   string `json:"vendor"`
	Pass     int    `json:"pass"`
	// Duration is as recorded; empty where it was not.
	Duration string `json:"duration"`
	Markdown string `json:"markdown"`
}

// Truth is what is known of a corpus beside its input.
type Truth struct {
	// Findings is keyed by finding ID and has an entry for every finding.
	Findings map[string]Verdict
	// Golden are the human-checked issues of a change, keyed by change ID.
	Golden map[string][]Golden
	// Issues are those the lead reviewer made of the findings, keyed by change ID, in the order of issues.jsonl.
	Issues map[string][]Issue
}

// Verdict is what became of one finding.
type Verdict struct {
	ID string `json:"id"`
	// Issues are the gold issues it belongs to, the primary first.
	Issues []string `json:"issues"`
	// Cluster is its gold cluster, which dropped findings have too; empty in corpora that have none.
	Cluster string `json:"cluster"`
	// Status is kept or dropped; in other corpora valid, invalid, unmatched or unknown.
	Status Status `json:"status"`
	// FinalSeverity is critical, important or suggestion; empty for what was not kept.
	FinalSeverity string `json:"final_severity"`
	// DropReason is empty for what was kept.
	DropReason string `json:"drop_reason"`
	// Confidence of the annotation: certain, likely or ambiguous; empty where not recorded.
	Confidence string `json:"confidence"`
}

// Status is the fate of a finding as a corpus words it.
type Status string

// The statuses in use: the first two where a lead reviewer decided, the others where findings were compared
// with human-checked issues.
const (
	Kept      Status = "kept"
	Dropped   Status = "dropped"
	Valid     Status = "valid"
	Invalid   Status = "invalid"
	Unmatched Status = "unmatched"
	Unknown   Status = "unknown"
)

// Golden is a human-checked issue of a change.
type Golden struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Text     string `json:"text"`
	Audited  bool   `json:"audited"`
}

// Issue is one issue of the lead reviewer's report.
type Issue struct {
	Change    string     `json:"change"`
	ID        string     `json:"id"`
	Severity  string     `json:"severity"`
	Category  string     `json:"category"`
	Title     string     `json:"title"`
	Locations []Location `json:"locations"`
	// Attribution names the reviewers it is credited to.
	Attribution []string `json:"attribution"`
	Body        string   `json:"body"`
}

// Load reads the folder dir. The files changes.jsonl and findings.jsonl must be there; issues.jsonl and
// raw_reviews.jsonl may be. A finding of a change that changes.jsonl does not list, or an ID that occurs
// twice, is an error that names it.
func Load(dir string) (*Corpus, error) {
	c := &Corpus{Name: filepath.Base(filepath.Clean(dir)), Dir: dir, Truth: Truth{
		Findings: map[string]Verdict{},
		Golden:   map[string][]Golden{},
		Issues:   map[string][]Issue{},
	}}
	at := map[string]int{}
	err := readLines(filepath.Join(dir, "changes.jsonl"), func(line []byte) error {
		var change Change
		var truth struct {
			Issues []Golden `json:"issues"`
		}
		if err := errors.Join(json.Unmarshal(line, &change), json.Unmarshal(line, &truth)); err != nil {
			return err
		}
		if _, twice := at[change.ID]; twice {
			return fmt.Errorf("change %q is listed twice", change.ID)
		}
		at[change.ID] = len(c.Changes)
		c.Changes = append(c.Changes, change)
		if len(truth.Issues) > 0 {
			c.Truth.Golden[change.ID] = truth.Issues
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = readLines(filepath.Join(dir, "findings.jsonl"), func(line []byte) error {
		var f Finding
		var v Verdict
		if err := errors.Join(json.Unmarshal(line, &f), json.Unmarshal(line, &v)); err != nil {
			return err
		}
		i, known := at[f.Change]
		if !known {
			return fmt.Errorf("finding %q is of change %q, which changes.jsonl does not list", f.ID, f.Change)
		}
		if _, twice := c.Truth.Findings[f.ID]; twice {
			return fmt.Errorf("finding %q is listed twice", f.ID)
		}
		c.Truth.Findings[f.ID] = v
		c.Changes[i].Findings = append(c.Changes[i].Findings, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = readLines(filepath.Join(dir, "issues.jsonl"), func(line []byte) error {
		var issue Issue
		if err := json.Unmarshal(line, &issue); err != nil {
			return err
		}
		if _, known := at[issue.Change]; !known {
			return fmt.Errorf("issue %q is of change %q, which changes.jsonl does not list", issue.ID, issue.Change)
		}
		c.Truth.Issues[issue.Change] = append(c.Truth.Issues[issue.Change], issue)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err = readLines(filepath.Join(dir, "raw_reviews.jsonl"), func(line []byte) error {
		var r RawReview
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		i, known := at[r.Change]
		if !known {
			return fmt.Errorf("a raw review is of change %q, which changes.jsonl does not list", r.Change)
		}
		c.Changes[i].Reviews = append(c.Changes[i].Reviews, r)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return c, nil
}

// Panel returns the changes with the findings of the named reviewers alone; a change of which none is left
// stays, without findings. c itself is not changed.
func (c *Corpus) Panel(reviewers []string) []Change {
	out := slices.Clone(c.Changes)
	for i := range out {
		out[i].Findings = slices.DeleteFunc(slices.Clone(out[i].Findings), func(f Finding) bool {
			return !slices.Contains(reviewers, f.Reviewer)
		})
	}
	return out
}

// Diff returns the unified diff of change. The error is [fs.ErrNotExist] where the corpus has none.
func (c *Corpus) Diff(change *Change) ([]byte, error) {
	if change.DiffFile == "" {
		return nil, fmt.Errorf("change %q: no diff recorded: %w", change.ID, fs.ErrNotExist)
	}
	if !fs.ValidPath(change.DiffFile) {
		return nil, fmt.Errorf("change %q: %q is no path inside the corpus", change.ID, change.DiffFile)
	}
	return os.ReadFile(filepath.Join(c.Dir, filepath.FromSlash(change.DiffFile)))
}

// readLines calls each for every non-empty line of the named file.
func readLines(name string, each func(line []byte) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return eachLine(f, name, each)
}

func eachLine(r io.Reader, name string, each func(line []byte) error) error {
	in := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s:%d: %w", name, number, err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			if err := each(text); err != nil {
				return fmt.Errorf("%s:%d: %w", name, number, err)
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}
