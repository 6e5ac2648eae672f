package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/corpus"
)

func writePredictions(ctx context.Context, w io.Writer, dir string, panel []string) error {
	c, err := corpus.Load(dir)
	if err != nil {
		return err
	}
	if err := known(c, panel); err != nil {
		return err
	}
	predictions, err := predict(ctx, c, panel, new(deepreview.Pipeline))
	if err != nil {
		return err
	}
	return corpus.WritePredictions(w, predictions)
}

// known refuses a panel with a reviewer that raised nothing in all of c: the name is misspelt.
func known(c *corpus.Corpus, panel []string) error {
	raised := map[string]bool{}
	for _, change := range c.Changes {
		for _, f := range change.Findings {
			raised[f.Reviewer] = true
		}
	}
	for _, name := range panel {
		if !raised[name] {
			return fmt.Errorf("no finding of corpus %s is by a reviewer %q; there are %s", c.Name, name,
				strings.Join(slices.Sorted(maps.Keys(raised)), ", "))
		}
	}
	return nil
}

// predict has the pipeline consolidate each change of c by itself: no change sees another's findings, and none of it sees
// c.Truth.
func predict(ctx context.Context, c *corpus.Corpus, panel []string, p *deepreview.Pipeline) ([]corpus.Prediction, error) {
	changes := c.Changes
	if len(panel) > 0 {
		changes = c.Panel(panel)
	}
	var out []corpus.Prediction
	for i := range changes {
		of, err := predictChange(ctx, &changes[i], c.Diff, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", changes[i].ID, err)
		}
		out = append(out, of...)
	}
	return out, nil
}

func predictChange(
	ctx context.Context, recorded *corpus.Change, diffOf func(*corpus.Change) ([]byte, error), p *deepreview.Pipeline,
) ([]corpus.Prediction, error) {
	if len(recorded.Findings) == 0 {
		return nil, nil
	}
	change := &deepreview.Change{}
	diff, err := diffOf(recorded)
	switch {
	case err == nil:
		if change, err = deepreview.ParseDiff(bytes.NewReader(diff)); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	reviews, ids := reviewsOf(recorded)
	r, err := p.Consolidate(ctx, change, reviews)
	if err != nil {
		return nil, err
	}
	return predictionsOf(recorded.ID, r, ids), nil
}

// reviewsOf makes one review a reviewer of the recorded findings, and tells the recorded ID of each claim.
func reviewsOf(recorded *corpus.Change) ([]*deepreview.Review, map[deepreview.Ref]string) {
	byName := map[string]*deepreview.Review{}
	var reviews []*deepreview.Review
	ids := map[deepreview.Ref]string{}
	for i := range recorded.Findings {
		f := &recorded.Findings[i]
		rev := byName[f.Reviewer]
		if rev == nil {
			rev = &deepreview.Review{Reviewer: f.Reviewer, Vendor: f.Vendor}
			byName[f.Reviewer] = rev
			reviews = append(reviews, rev)
		}
		ref := deepreview.Ref{Reviewer: f.Reviewer, ID: strconv.Itoa(len(rev.Findings) + 1)}
		ids[ref] = f.ID
		claim := &deepreview.Finding{
			ID: ref.ID, Title: f.Title, Detail: f.Body,
			Severity: deepreview.ParseSeverity(f.Severity), RawSeverity: f.Severity, Category: deepreview.Category(f.Category),
		}
		if f.Fix != "" {
			claim.Fix = &deepreview.Fix{Text: f.Fix}
		}
		for _, l := range f.Places() {
			claim.Locations = append(claim.Locations, deepreview.Location{Path: l.Path, Start: l.Start, End: l.End})
		}
		rev.Findings = append(rev.Findings, claim)
	}
	return reviews, ids
}

// predictionsOf lists what became of each claim, those that speak for an issue first.
func predictionsOf(change string, r *deepreview.Report, ids map[deepreview.Ref]string) []corpus.Prediction {
	ledger := slices.Clone(r.Ledger)
	slices.SortStableFunc(ledger, func(a, b deepreview.Decision) int {
		leads := func(d deepreview.Decision) int {
			if d.Outcome == deepreview.OutcomeKept {
				return 0
			}
			return 1
		}
		return leads(a) - leads(b)
	})
	var out []corpus.Prediction
	for _, d := range ledger {
		is := r.Issue(d.Issues[0])
		out = append(out, corpus.Prediction{
			Change: change, ID: ids[d.Claim], Issue: is.ID, Severity: is.Severity.String(), Score: is.Survival,
		})
	}
	return out
}
