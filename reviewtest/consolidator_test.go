package reviewtest_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// consolidator is a func as a Consolidator.
type consolidator func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error)

func (k consolidator) Consolidate(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
	return k(ctx, c, reviews)
}

// spoiltReport is the pipeline with its report spoilt.
func spoiltReport(spoil func(reviews []*deepreview.Review, r *deepreview.Report)) consolidator {
	return func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		r, err := new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
		if r != nil {
			spoil(reviews, r)
		}
		return r, err
	}
}

// withIssue spoils the first issue, if there is one.
func withIssue(spoil func(is *deepreview.Issue)) consolidator {
	return spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) {
		if len(r.Issues) > 0 {
			spoil(r.Issues[0])
		}
	})
}

// withDecision spoils the first decision that fits, if there is one.
func withDecision(fits func(d deepreview.Decision) bool, spoil func(d *deepreview.Decision)) consolidator {
	return spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) {
		if i := slices.IndexFunc(r.Ledger, fits); i >= 0 {
			spoil(&r.Ledger[i])
		}
	})
}

func is(o deepreview.Outcome) func(d deepreview.Decision) bool {
	return func(d deepreview.Decision) bool { return d.Outcome == o }
}

// mended hides from the pipeline what the clauses on input are about.
func mended(c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Change, []*deepreview.Review) {
	if c == nil {
		c = &deepreview.Change{}
		reviews = nil
	}
	var out []*deepreview.Review
	seen := map[string]bool{}
	for _, r := range reviews {
		if !seen[r.Reviewer] {
			out = append(out, r)
		}
		seen[r.Reviewer] = true
	}
	return c, out
}

var brokenConsolidators = []struct {
	clause string
	consolidator
}{
	{"never-panics", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		if c != nil {
			_ = reviews[0].Reviewer
		}
		return new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
	}},
	{"context-obeyed", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		time.Sleep(30 * time.Minute)
		return new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
	}},
	{"context-ended", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		return new(deepreview.Pipeline).Consolidate(context.WithoutCancel(ctx), c, reviews)
	}},
	{"answers", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		if c != nil && len(reviews) == 0 {
			return nil, nil
		}
		return new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
	}},
	{"reports", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		if len(reviews) == 0 {
			return nil, errors.New("nobody reviewed it")
		}
		return new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
	}},
	{"change-needed", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		if c == nil {
			c, reviews = mended(c, reviews)
		}
		return new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
	}},
	{"one-review-a-reviewer", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		if c != nil {
			c, reviews = mended(c, reviews)
		}
		return new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
	}},
	{"change-unmodified", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		r, err := new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
		if c != nil && len(c.Files) > 0 {
			c.Files[0].Added++
		}
		return r, err
	}},
	{"reviews-unmodified", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		slices.SortFunc(reviews, func(a, b *deepreview.Review) int { return len(a.Reviewer) - len(b.Reviewer) })
		return new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
	}},
	{"reviews-unmodified", spoiltReport(func(reviews []*deepreview.Review, _ *deepreview.Report) {
		for _, r := range reviews {
			if r.Failure != nil {
				r.Failure.Message = ""
			}
		}
	})},
	{"ledger-complete", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		var kept []*deepreview.Review // a finding without a place is dropped without a word
		original := map[string][]*deepreview.Finding{}
		for _, r := range reviews {
			own := *r
			own.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f *deepreview.Finding) bool { return f != nil && f.ID == "whole" })
			kept, original[r.Reviewer] = append(kept, &own), r.Findings
		}
		r, err := new(deepreview.Pipeline).Consolidate(ctx, c, kept)
		if r != nil {
			if rules := r.Review("rules"); rules != nil {
				rules.Findings = original["rules"]
			}
		}
		return r, err
	}},
	{"ledger-complete", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) {
		if len(r.Ledger) > 0 && r.Reviews[0].Failure == nil {
			r.Ledger = append(r.Ledger, r.Ledger[0])
		}
	})},
	{"failed-reviews-count", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		var heard []*deepreview.Review
		for _, r := range reviews {
			if r.Failure != nil {
				own := *r
				own.Findings = nil
				r = &own
			}
			heard = append(heard, r)
		}
		r, err := new(deepreview.Pipeline).Consolidate(ctx, c, heard)
		if r != nil {
			for _, rev := range r.Reviews {
				for _, own := range reviews {
					if own.Reviewer == rev.Reviewer && own.Failure != nil {
						rev.Findings = own.Findings
					}
				}
			}
		}
		return r, err
	}},
	{"ledger-true", withDecision(is(deepreview.OutcomeMerged), func(d *deepreview.Decision) { d.Drop = deepreview.DropOther })},
	{"ledger-true", withDecision(is(deepreview.OutcomeDeclined), func(d *deepreview.Decision) { d.Outcome = "gone" })},
	{"ledger-true", withDecision(is(deepreview.OutcomeDeclined), func(d *deepreview.Decision) { d.Issues = []string{"ffffffff"} })},
	{"ledger-agrees", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) {
		for _, is := range r.Issues {
			if len(is.Sources) > 1 && is.Reported == len(is.Sources) {
				i := slices.IndexFunc(is.Sources, func(s deepreview.Source) bool { return s.Ref() != is.Lead })
				is.Sources = slices.Delete(slices.Clone(is.Sources), i, i+1)
				is.Reported--
			}
		}
	})},
	{"issue-sources", withIssue(func(is *deepreview.Issue) { is.Lead = deepreview.Ref{Reviewer: "lead", ID: "1"} })},
	{"issue-severity", withIssue(func(is *deepreview.Issue) { is.Reasons = nil })},
	{"issue-severity", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) {
		if n := len(r.Issues); n > 0 {
			r.Issues[n-1].Severity = deepreview.SeverityUnset
		}
	})},
	{"issue-ids", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) {
		if r.Review("cyd") == nil {
			return // not where the next round would miss them
		}
		for i, is := range r.Issues {
			for j := range r.Ledger {
				for k, id := range r.Ledger[j].Issues {
					if id == is.ID {
						r.Ledger[j].Issues = slices.Clone(r.Ledger[j].Issues)
						r.Ledger[j].Issues[k] = fmt.Sprint("issue ", i)
					}
				}
			}
			is.ID = fmt.Sprint("issue ", i)
		}
	})},
	{"issue-numbers", withIssue(func(is *deepreview.Issue) { is.Number = "1" })},
	{"counts", withIssue(func(is *deepreview.Issue) { is.Read = is.Reported - 1 })},
	{"counts", withIssue(func(is *deepreview.Issue) { is.Reported += 10; is.Read += 10 })},
	{"verdict-stated", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) { r.Verdict.Reason = "" })},
	{"unread-is-not-clean", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		p := &deepreview.Pipeline{Policy: func(r *deepreview.Report) deepreview.Verdict {
			if n := r.Counts(); n.Critical == 0 && n.Important == 0 {
				return deepreview.Verdict{Kind: deepreview.VerdictMerge, Reason: "nothing was found"}
			}
			return deepreview.DefaultPolicy(r)
		}}
		return p.Consolidate(ctx, c, reviews)
	}},
	{"declined-stays", func(ctx context.Context, c *deepreview.Change, reviews []*deepreview.Review) (*deepreview.Report, error) {
		if c != nil {
			own := *c
			own.Previous = nil
			c = &own
		}
		return new(deepreview.Pipeline).Consolidate(ctx, c, reviews)
	}},
	{"report-whole", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) { r.Reviews = nil })},
	{"report-whole", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) { r.Change.Commits = nil })},
	{"order-free", spoiltReport(func(reviews []*deepreview.Review, r *deepreview.Report) {
		if len(r.Issues) > 0 && len(reviews) > 0 {
			r.Issues[0].Title = "As " + reviews[0].Reviewer + " has it"
		}
	})},
	{"deterministic", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) { r.Elapsed = time.Duration(rand.Int64()) })},
	{"survives-json", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) {
		for i := range r.Scorecards {
			r.Scorecards[i].Usage.Cost = math.Inf(1)
		}
	})},
	{"survives-json", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) { r.Summary = "caf\xe9" })},
	{"survives-json", spoiltReport(func(_ []*deepreview.Review, r *deepreview.Report) { r.Issues = append(r.Issues, nil) })},
}

func TestABrokenConsolidatorIsCaughtByItsOwnClause(t *testing.T) {
	caught := map[string]bool{}
	for i, b := range brokenConsolidators {
		t.Run(fmt.Sprintf("%02d %s", i+1, b.clause), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := reviewtest.CheckConsolidator(t.Context(), b.consolidator, nil)
				time.Sleep(time.Hour) // of the bubble: what was abandoned ends
				requireOnly(t, err, b.clause)
			})
			caught[b.clause] = true
		})
	}
	for _, c := range reviewtest.ConsolidatorClauses() {
		assert.True(t, caught[c.Name], "no implementation breaks %s", c.Name)
	}
}

func TestThePipelinePasses(t *testing.T) {
	require.NoError(t, reviewtest.CheckConsolidator(t.Context(), &deepreview.Pipeline{}, nil))
	require.NoError(t, reviewtest.CheckConsolidator(t.Context(), &deepreview.Pipeline{
		Roster: []string{"zoe", "bob"}, MinScore: 0.5,
		Similarity: func(fs []*deepreview.Finding) func(i, j int) float64 {
			return func(i, j int) float64 { return map[bool]float64{true: 1}[fs[i].Title == fs[j].Title] }
		},
	}, nil))
}

func TestACheckOfAConsolidatorThatIsStoppedSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, reviewtest.CheckConsolidator(ctx, &deepreview.Pipeline{}, nil), context.Canceled)
	assert.ErrorContains(t, reviewtest.CheckConsolidator(t.Context(), nil, nil), "no consolidator")
}
