package reviewtest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/patterns"
	"github.com/deepreview-go/deepreview/agents/replay"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// reviewer is one of two funcs, so that each can be broken by itself.
type reviewer struct {
	name   func() string
	review func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error)
}

func (r reviewer) Name() string {
	if r.name != nil {
		return r.name()
	}
	return "todo"
}

func (r reviewer) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	return r.review(ctx, c)
}

// honest keeps every clause: it reports each added line that says TODO, and reads the trees on the way.
func honest(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	r := &deepreview.Review{Label: "Todo"}
	for _, f := range c.Files {
		cov := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthScanned}
		if f.Unreadable != "" || f.Binary {
			r.Coverage = append(r.Coverage, deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageUnreviewed, Reason: "no text " + f.Unreadable})
			continue
		}
		if c.Tree != nil {
			if _, err := fs.Stat(c.Tree, f.Path); err != nil {
				cov.Reason = "not in the tree"
			}
		}
		if c.Blame != nil {
			if _, err := c.Blame(ctx, f.Path, 1, 2); err != nil {
				cov.Reason = "not blamed"
			}
		}
		for _, h := range f.Hunks {
			for l := range h.Lines() {
				if l.Op == deepreview.OpAdd && strings.Contains(l.Text, "TODO") {
					cov.Status = deepreview.CoverageFindings
					r.Findings = append(r.Findings, &deepreview.Finding{
						ID: fmt.Sprintf("todo-%d", len(r.Findings)+1), Title: "work left for later", Severity: deepreview.SeveritySuggestion,
						Locations: []deepreview.Location{{Path: f.Path, Start: l.New}},
					})
				}
			}
		}
		r.Coverage = append(r.Coverage, cov)
	}
	r.Notes = []*deepreview.Note{{ID: "n", Kind: deepreview.NoteStrength, Text: "It is short."}}
	return r, ctx.Err()
}

// spoilt is the honest reviewer with its review spoilt.
func spoilt(spoil func(c *deepreview.Change, r *deepreview.Review)) reviewer {
	return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
		r, err := honest(ctx, c)
		spoil(c, r)
		return r, err
	}}
}

// withFinding spoils the first finding, if there is one.
func withFinding(spoil func(f *deepreview.Finding)) reviewer {
	return spoilt(func(_ *deepreview.Change, r *deepreview.Review) {
		if len(r.Findings) > 0 {
			spoil(r.Findings[0])
		}
	})
}

// withCoverage spoils the entry of one clean file, if there is one.
func withCoverage(spoil func(cov *deepreview.Coverage)) reviewer {
	return spoilt(func(_ *deepreview.Change, r *deepreview.Review) {
		if i := slices.IndexFunc(r.Coverage, func(c deepreview.Coverage) bool { return c.Status == deepreview.CoverageClean }); i >= 0 {
			spoil(&r.Coverage[i])
		}
	})
}

// brokenReviewers breaks each clause once.
func brokenReviewers() []brokenReviewer {
	return []brokenReviewer{
		{"named", func() reviewer { return reviewer{name: func() string { return "" }, review: honest} }},
		{"name-stable", func() reviewer {
			var n atomic.Int64
			return reviewer{name: func() string { return fmt.Sprint("todo ", n.Add(1)) }, review: honest}
		}},
		{"something-reviewed", func() reviewer {
			return reviewer{review: func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
				return nil, fmt.Errorf("%w: no key", deepreview.ErrSkip)
			}}
		}},
		{"context-ended", func() reviewer {
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				return honest(context.WithoutCancel(ctx), &deepreview.Change{Files: c.Files})
			}}
		}},
		{"context-obeyed", func() reviewer {
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				r, _ := honest(context.Background(), c) // Blame never learns that it has to end
				return r, ctx.Err()
			}}
		}},
		{"concurrent", func() reviewer {
			var current atomic.Pointer[deepreview.Review] // atomic, so that only the result shows it
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				r, err := honest(ctx, c)
				current.Store(r)
				time.Sleep(time.Millisecond)
				return current.Load(), err
			}}
		}},
		{"change-not-kept", func() reviewer {
			var kept atomic.Pointer[deepreview.Change]
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				kept.Store(c)
				return honest(ctx, c)
			}}
		}},
		{"change-not-kept", func() reviewer {
			var file atomic.Pointer[deepreview.File]
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				if len(c.Files) > 0 {
					file.Store(c.Files[0])
				}
				return honest(ctx, c)
			}}
		}},
		{"change-not-kept", func() reviewer {
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				if tree := c.Tree; tree != nil {
					go func() {
						time.Sleep(2 * time.Millisecond)
						_, _ = fs.Stat(tree, "go.mod")
					}()
				}
				return honest(ctx, c)
			}}
		}},
		{"review-not-rewritten", func() reviewer {
			var last atomic.Pointer[deepreview.Review]
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				r, err := honest(ctx, c)
				if before := last.Swap(r); before != nil && err != nil { // never where calls stand side by side: that would be a race
					before.Notes = nil
				}
				return r, err
			}}
		}},
		{"deterministic", func() reviewer {
			var n atomic.Int64
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) { r.Summary = fmt.Sprint("review ", n.Add(1)) })
		}},
		{"goroutines-end", func() reviewer {
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				go func() { time.Sleep(10 * time.Minute) }()
				return honest(ctx, c)
			}}
		}},
		{"never-panics", func() reviewer {
			return spoilt(func(c *deepreview.Change, _ *deepreview.Review) { _ = c.Files[0] })
		}},
		{"never-panics", func() reviewer {
			return spoilt(func(c *deepreview.Change, _ *deepreview.Review) {
				for _, f := range c.Files {
					_ = f.Hunks[0]
				}
			})
		}},
		{"answers", func() reviewer {
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				if len(c.Files) == 0 {
					return nil, ctx.Err()
				}
				return honest(ctx, c)
			}}
		}},
		{"skip-declines", func() reviewer {
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				if c.Tree == nil {
					return nil, fmt.Errorf("%v: there is no tree", deepreview.ErrSkip)
				}
				return honest(ctx, c)
			}}
		}},
		{"skip-declines", func() reviewer {
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				r, err := honest(ctx, c)
				if c.Tree == nil {
					err = deepreview.ErrSkip
				}
				return r, err
			}}
		}},
		{"change-unmodified", func() reviewer {
			return reviewer{review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
				r, err := honest(ctx, c)
				if err != nil && c.Previous != nil { // never where calls stand side by side: that would be a race
					c.Previous.Issues[1].Sources[0].Locations[0].End++
				}
				return r, err
			}}
		}},
		{"change-unmodified", func() reviewer {
			return spoilt(func(c *deepreview.Change, _ *deepreview.Review) { _ = c.Close() })
		}},
		{"failure-is-an-error", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) {
				r.Failure = &deepreview.Failure{Kind: deepreview.FailureError, Message: "half of it"}
			})
		}},
		{"review-of-this-change", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) { r.Change = strings.Repeat("0", 64) })
		}},
		{"no-nil-entries", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) { r.Findings = append(r.Findings, nil) })
		}},
		{"ids-unique", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) {
				if len(r.Findings) > 0 {
					r.Notes[0].ID = r.Findings[0].ID
				}
			})
		}},
		{"ids-unique", func() reviewer { return withFinding(func(f *deepreview.Finding) { f.ID = "shop/1" }) }},
		{"findings-valid", func() reviewer { return withFinding(func(f *deepreview.Finding) { f.Title = "" }) }},
		{"findings-valid", func() reviewer { return withFinding(func(f *deepreview.Finding) { f.Locations[0].End = -1 }) }},
		{"notes-valid", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) { r.Notes[0].Kind = "" })
		}},
		{"notes-valid", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) {
				r.Notes[0].Locations = []deepreview.Location{{Path: "/etc/passwd"}}
			})
		}},
		{"coverage-of-changed-files", func() reviewer { return withCoverage(func(cov *deepreview.Coverage) { cov.Path = "go.mod" }) }},
		{"coverage-once", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) { r.Coverage = append(r.Coverage, r.Coverage...) })
		}},
		{"coverage-status", func() reviewer { return withCoverage(func(cov *deepreview.Coverage) { cov.Status = "ok" }) }},
		{"coverage-depth", func() reviewer {
			return withCoverage(func(cov *deepreview.Coverage) { cov.Depth = deepreview.DepthUnset })
		}},
		{"coverage-reason", func() reviewer {
			return withCoverage(func(cov *deepreview.Coverage) {
				cov.Status, cov.Depth, cov.Reason = deepreview.CoverageUnreviewed, deepreview.DepthUnset, ""
			})
		}},
		{"unreadable-unreviewed", func() reviewer {
			return spoilt(func(c *deepreview.Change, r *deepreview.Review) {
				for i, f := range c.Files {
					if f.Unreadable != "" {
						r.Coverage[i].Status, r.Coverage[i].Depth = deepreview.CoverageClean, deepreview.DepthRead
					}
				}
			})
		}},
		{"coverage-agrees", func() reviewer {
			return withCoverage(func(cov *deepreview.Coverage) { cov.Status = deepreview.CoverageFindings })
		}},
		{"coverage-agrees", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) {
				for i := range r.Coverage {
					if r.Coverage[i].Status == deepreview.CoverageFindings {
						r.Coverage[i].Status = deepreview.CoverageClean
					}
				}
			})
		}},
		{"text-is-utf-8", func() reviewer { return withFinding(func(f *deepreview.Finding) { f.Detail = "caf\xe9" }) }},
		{"survives-json", func() reviewer {
			return spoilt(func(_ *deepreview.Change, r *deepreview.Review) { r.Usage.Cost = math.Inf(1) })
		}},
	}
}

type brokenReviewer struct {
	clause string
	make   func() reviewer
}

func TestABrokenReviewerIsCaughtByItsOwnClause(t *testing.T) {
	caught := map[string]bool{}
	for i, b := range brokenReviewers() {
		t.Run(fmt.Sprintf("%02d %s", i+1, b.clause), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := reviewtest.CheckReviewer(t.Context(), b.make(), &reviewtest.ReviewerOptions{Deterministic: true})
				time.Sleep(time.Hour) // of the bubble: what was left behind ends
				requireOnly(t, err, b.clause)
			})
			caught[b.clause] = true
		})
	}
	for _, c := range reviewtest.ReviewerClauses() {
		assert.True(t, caught[c.Name], "no implementation breaks %s", c.Name)
	}
}

// requireOnly requires that err names one clause and no other, with all that a reader needs.
func requireOnly(t *testing.T, err error, clause string) {
	t.Helper()
	var ps reviewtest.Problems
	require.ErrorAs(t, err, &ps)
	var names []string
	for _, p := range ps {
		names = append(names, p.Name)
	}
	require.Equal(t, []string{clause}, names, "%v", err)
	assert.NotEmpty(t, ps[0].Detail)
	assert.Contains(t, err.Error(), clause)
	assert.Contains(t, err.Error(), ps[0].Advice)
	var p reviewtest.Problem
	assert.ErrorAs(t, err, &p)
}

func TestReviewersThatKeepTheContractPass(t *testing.T) {
	deterministic := &reviewtest.ReviewerOptions{Deterministic: true}
	require.NoError(t, reviewtest.CheckReviewer(t.Context(), reviewer{review: honest}, deterministic))
	require.NoError(t, reviewtest.CheckReviewer(t.Context(), &patterns.Reviewer{}, deterministic))
}

func TestAReplayedReviewerPassesOverItsOwnChange(t *testing.T) {
	c, err := deepreview.ParseDiff(strings.NewReader("diff --git a/a.go b/a.go\n--- a/a.go\n+++ b/a.go\n@@ -1 +1,2 @@\n package a\n+// TODO\n"))
	require.NoError(t, err)
	reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{reviewer{review: honest}}, nil)
	require.NoError(t, err)
	require.Empty(t, reviews[0].Repairs)
	recorded := replay.Reviewer{Recorded: reviews[0]}
	require.NoError(t, reviewtest.CheckReviewer(t.Context(), recorded, &reviewtest.ReviewerOptions{
		Changes: []*deepreview.Change{c}, Deterministic: true,
	}))
	requireOnly(t, reviewtest.CheckReviewer(t.Context(), recorded, nil), "something-reviewed")
}

func TestAReviewerWithAPoolOfWorkersLeaksNothing(t *testing.T) {
	jobs := make(chan func())
	defer close(jobs)
	var started atomic.Bool
	pooled := reviewer{review: func(ctx context.Context, c *deepreview.Change) (r *deepreview.Review, err error) {
		if started.CompareAndSwap(false, true) {
			for range 3 { // they outlive the call that starts them, and do not grow with the calls
				go func() {
					for job := range jobs {
						job()
					}
				}()
			}
		}
		done := make(chan struct{})
		jobs <- func() { defer close(done); r, err = honest(ctx, c) }
		<-done
		return r, err
	}}
	require.NoError(t, reviewtest.CheckReviewer(t.Context(), pooled, nil))
}

func TestACheckOfAReviewerThatIsStoppedSaysWhatItHadFound(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var n atomic.Int64
	err := reviewtest.CheckReviewer(ctx, reviewer{
		name: func() string { return "" },
		review: func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
			if n.Add(1) == 3 {
				cancel()
			}
			return nil, errors.Join(errors.New("no"), ctx.Err())
		},
	}, nil)
	require.ErrorIs(t, err, context.Canceled)
	var ps reviewtest.Problems
	require.ErrorAs(t, err, &ps)
	require.Len(t, ps, 1)
	assert.Equal(t, "named", ps[0].Name)
}

func TestNothingToCheckIsAnError(t *testing.T) {
	assert.ErrorContains(t, reviewtest.CheckReviewer(t.Context(), nil, nil), "no reviewer")
	assert.ErrorContains(t, reviewtest.CheckReviewer(t.Context(), reviewer{review: honest},
		&reviewtest.ReviewerOptions{Changes: []*deepreview.Change{nil}}), "change 1")
}

func TestAProblemSaysOnWhichSampleAndHowOften(t *testing.T) {
	err := reviewtest.CheckReviewer(t.Context(), spoilt(func(c *deepreview.Change, _ *deepreview.Review) { _ = c.Files[0] }), nil)
	var p reviewtest.Problem
	require.ErrorAs(t, err, &p)
	assert.Equal(t, "no files", p.Case)
	assert.Contains(t, p.Detail, "index out of range")
	assert.Contains(t, p.Detail, "TestAProblemSaysOnWhichSampleAndHowOften", "the place of the panic")
	assert.Positive(t, p.More)
}
