package agents

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// LLM is a model as a reviewer. It gives the model the change, the repository's guidance and tools to read the trees on
// both sides, and makes a review of what it answers. Only Model must be set.
//
// A change that does not fit the model's window is reviewed in parts, side by side, and comes out as one review. What was
// not reviewed, and why, stands in the review's coverage; what could not be kept of an answer, in its Repairs.
type LLM struct {
	// ID is the reviewer's name; empty means the model's vendor. Label is what a reader sees; empty means the model's name.
	ID, Label string
	Model     Model
	Effort    Effort
	// MaxOutput bounds the tokens of one reply; 0 means the model's own bound.
	MaxOutput int
	// Instructions are the user's own, and go to the model as such: never put text of the change here.
	Instructions string
	// Prompts replaces built-in prompts by name; see [Prompts].
	Prompts fs.FS
	// Passes is how often the change is reviewed; what all passes found is one review. 0 means once.
	Passes int
	// Parallel is how many parts are reviewed at once; 0 means 4.
	Parallel int
	// MaxTurns is how many replies one part may take before its answer is due; 0 means 40.
	MaxTurns int
}

// defaultParallel is how many parts of a change one reviewer has reviewed at once; see [LLM.Parallel].
const defaultParallel = 4

// Name returns ID, or the model's vendor.
func (l *LLM) Name() string { return cmp.Or(l.ID, l.Model.Info().Vendor) }

// Review implements [deepreview.Reviewer]. An error of one part leaves the others as they are: the review holds what they
// found, and the coverage says which files were not reviewed.
func (l *LLM) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	if len(c.Files) == 0 {
		return nil, fmt.Errorf("%w: the change has no files", deepreview.ErrSkip)
	}
	f, err := reviewForm()
	if err != nil {
		return nil, err
	}
	box := newToolbox(c)
	p, err := newPrompter(l.Prompts, c.Fingerprint(), box.countMasked)
	if err != nil {
		return nil, err
	}
	info := l.Model.Info()
	s := &session{llm: l, box: box, prompter: p, form: f, info: info, tools: info.Tools && len(box.tools) > 0}
	if err := s.begin(); err != nil {
		return nil, err
	}
	batches := plan(c.Files, s.room())
	passes := max(l.Passes, 1)
	results := make([]part, passes*len(batches))
	slots := make(chan struct{}, cmp.Or(max(l.Parallel, 0), defaultParallel))
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = s.review(ctx, batches[i%len(batches)], i/len(batches), i%len(batches)+1, len(batches))
		})
	}
	all.Wait()
	rev := l.join(box, results, len(batches))
	rev.Label, rev.Vendor, rev.Model = cmp.Or(l.Label, info.Model), info.Vendor, cmp.Or(rev.Model, info.Model)
	if passes > 1 {
		rev.Passes = passes
	}
	var errs []error
	for _, r := range results {
		errs = append(errs, r.err)
	}
	return rev, joinErrors(errs)
}

// joinErrors joins errors of several parts, each sentence once.
func joinErrors(errs []error) error {
	var out []error
	seen := map[string]bool{}
	for _, err := range errs {
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			out = append(out, err)
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return errors.Join(out...)
}

// part is what came of one batch in one pass.
type part struct {
	reading *reading
	usage   deepreview.Usage
	model   string
	err     error
	batch   batch
}

// join makes one review of the parts. The first pass speaks for the change as a whole; findings and notes of all count.
func (l *LLM) join(box *toolbox, parts []part, batches int) *deepreview.Review {
	rev := &deepreview.Review{}
	var summaries []string
	coverage := map[string]deepreview.Coverage{}
	for i, pt := range parts {
		rev.Usage = rev.Usage.Add(pt.usage)
		rev.Model = cmp.Or(rev.Model, pt.model)
		why := "the model did not come to an answer"
		if pt.err != nil {
			why = pt.err.Error()
		}
		if pt.reading != nil {
			got := pt.reading.review
			for _, f := range got.Findings {
				f.ID = fmt.Sprintf("F%d", len(rev.Findings)+1)
				rev.Findings = append(rev.Findings, f)
			}
			for _, n := range got.Notes {
				n.ID = fmt.Sprintf("N%d", len(rev.Notes)+1)
				rev.Notes = append(rev.Notes, n)
			}
			rev.Repairs = append(rev.Repairs, pt.reading.lost...)
			if i < batches {
				if got.Summary != "" {
					summaries = append(summaries, got.Summary)
				}
				rev.Verdict = cmp.Or(rev.Verdict, got.Verdict)
			}
			for _, c := range got.Coverage {
				coverage[c.Path] = better(coverage[c.Path], c)
			}
			why = "the model said nothing of it"
		}
		for _, path := range pt.batch.paths() {
			if coverage[path].Path == "" {
				coverage[path] = deepreview.Coverage{Path: path, Status: deepreview.CoverageUnreviewed, Reason: why}
			}
		}
	}
	rev.Summary = strings.Join(summaries, "\n\n")
	for _, f := range box.change.Files {
		if c, ok := coverage[f.Path]; ok {
			rev.Coverage = append(rev.Coverage, c)
		}
	}
	if n := box.maskedCount(); n > 0 {
		rev.Repairs = append(rev.Repairs, fmt.Sprintf("%d likely secrets were masked in what the model was sent", n))
	}
	return rev
}

// better is the statement of two passes that says more: that a file was looked at, and that something was found.
func better(a, b deepreview.Coverage) deepreview.Coverage {
	rank := func(c deepreview.Coverage) int {
		switch {
		case c.Path == "":
			return 0
		case !c.Looked():
			return 1
		case c.Status != deepreview.CoverageFindings:
			return 2
		}
		return 3
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}
