package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/history"
)

// finder reads every file and raises a finding at each line that has the word.
func finder(name, word, title string, ran *int) candidate {
	c := candidateOf(name, func(_ context.Context, c *deepreview.Change) (*deepreview.Review, error) {
		*ran++
		rev := new(deepreview.Review)
		for _, f := range c.Files {
			cov := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthRead}
			for _, h := range f.Hunks {
				for l := range h.Lines() {
					if l.Op == deepreview.OpAdd && strings.Contains(l.Text, word) {
						cov.Status = deepreview.CoverageFindings
						rev.Findings = append(rev.Findings, &deepreview.Finding{
							ID: fmt.Sprint("F", len(rev.Findings)+1), Title: title, Severity: deepreview.SeverityImportant, Rule: "unchecked",
							Locations: []deepreview.Location{{Path: f.Path, Start: l.New}},
						})
					}
				}
			}
			rev.Coverage = append(rev.Coverage, cov)
		}
		return rev, nil
	})
	c.settings = func(*settings) string { return "1" }
	return c
}

// onBranch is a repository with a branch whose app.go drops an error.
func onBranch(t *testing.T) (s *scratch, ran *int) {
	s = newRepository(t)
	ran = new(int)
	s.roster = []candidate{finder("ada", "os.Open", "The error of Open is dropped", ran)}
	s.git("checkout", "-q", "-b", "feature")
	s.write("app.go", "package app\n\nfunc Run() {\n\tf, _ := os.Open(name)\n\tf.Close()\n}\n")
	s.commit("Open")
	return s, ran
}

func TestRoundAfterRound(t *testing.T) {
	s, ran := onBranch(t)
	require.Equal(t, exitFindings, s.run("--out", "json=r.json"), s.err.String())
	first := s.report("r.json")
	assert.Equal(t, 1, first.Change.Round)

	require.Equal(t, exitFindings, s.run("--out", "json=r.json"), s.err.String())
	assert.Equal(t, 1, *ran, "nothing changed, and nobody is asked again")
	assert.Equal(t, 1, s.report("r.json").Change.Round)
	assert.Contains(t, s.err.String(), "Not asked again, since nothing had changed: 1 answer")
	require.Equal(t, exitFindings, s.run("--out", "json=r.json", "--no-cache"), s.err.String())
	assert.Equal(t, 2, *ran)

	s.write("app.go", "package app\n\n// Run runs.\nfunc Run() {\n\tf, _ := os.Open(name)\n\tf.Close()\n}\n")
	s.commit("Document")
	require.Equal(t, exitFindings, s.run("--out", "json=r.json", "--out", "text=-"), s.err.String())
	second := s.report("r.json")
	assert.Equal(t, 2, second.Change.Round)
	require.Len(t, second.Issues, 1)
	assert.Equal(t, deepreview.StatusPersisting, second.Issues[0].Status)
	assert.Equal(t, first.Issues[0].ID, second.Issues[0].ID)
	assert.Contains(t, s.out.String(), "persisting")

	require.Equal(t, exitUsage, s.run("resolve", "I1"))
	require.Equal(t, exitUsage, s.run("resolve", "I1", "--as", "declined"))
	assert.Contains(t, s.err.String(), "--why TEXT")
	require.Equal(t, exitFailed, s.run("resolve", "I7", "--as", "declined", "--why", "x"))
	assert.Contains(t, s.err.String(), "deepreview history lists the rounds")
	require.Equal(t, exitFine, s.run("resolve", "I1", "--as", "declined", "--why", "Close reports it", "--by", "ada"), s.err.String())
	assert.Contains(t, s.err.String(), `"The error of Open is dropped", round 2 of branch/feature: declined`)

	s.write("other.go", "package app\n")
	s.commit("More")
	require.Equal(t, exitFine, s.run("--out", "json=r.json", "--out", "text=-"), s.err.String())
	third := s.report("r.json")
	assert.Empty(t, third.Issues)
	require.Len(t, third.Prior, 1)
	assert.Contains(t, third.Prior[0].Reason, "declined by ada on ")
	assert.Contains(t, s.out.String(), "Close reports it")

	require.Equal(t, exitFine, s.run("history"), s.err.String())
	for _, want := range []string{"branch/feature", "  1  ", "  2  ", "  3  ", "merge with fixes"} {
		assert.Contains(t, s.out.String(), want)
	}
	require.Equal(t, exitFine, s.run("history", "branch/feature"), s.err.String())
	assert.Contains(t, s.out.String(), first.Issues[0].ID)
	assert.Contains(t, s.out.String(), "since round 1")
	require.Equal(t, exitFine, s.run("history", "branch/feature", "1"), s.err.String())
	assert.Contains(t, s.out.String(), "The error of Open is dropped")
	require.Equal(t, exitFine, s.run("history", "branch/feature", "2", "--out", "json=old.json"), s.err.String())
	assert.Equal(t, second, s.report("old.json"))
	require.Equal(t, exitFailed, s.run("history", "branch/feature", "9"))
	assert.Contains(t, s.err.String(), "round 9 of branch/feature: not in the history")
	require.Equal(t, exitUsage, s.run("history", "--out", "json=x.json"))
	require.Equal(t, exitUsage, s.run("history", "branch/featur"))
	assert.Contains(t, s.err.String(), "did you mean branch/feature?")
	require.Equal(t, exitFine, s.run("scorecard"), s.err.String())
	assert.Regexp(t, `ada\s+important\s+1\s+`, s.out.String())
	require.Equal(t, exitFine, s.run("history", "--export"), s.err.String())
	assert.Contains(t, s.out.String(), `"schema": "deepreview.history/1"`)

	require.Equal(t, exitFailed, s.run("resolve", "all", "--as", "declined", "--why", "x"))
	assert.Contains(t, s.err.String(), "round 3 of branch/feature has no open issue")
}

func TestABaselineSettlesAllThereIs(t *testing.T) {
	s, _ := onBranch(t)
	require.Equal(t, exitFindings, s.run("--out", "json=r.json"), s.err.String())
	require.Equal(t, exitFine, s.run("resolve", "all", "--as", "accepted-risk", "--why", "baseline"), s.err.String())
	require.Equal(t, exitFine, s.run("--out", "json=r.json"), s.err.String())
	assert.Empty(t, s.report("r.json").Issues)
	require.Equal(t, exitFine, s.run("resolve", s.report("r.json").Prior[0].Issue.ID, "--as", "open"), s.err.String())
	require.Equal(t, exitFindings, s.run("--out", "json=r.json"), s.err.String())
}

func TestDecisionsOfTheRepositoryCountAsTheyWereBefore(t *testing.T) {
	s, _ := onBranch(t)
	out := filepath.Join(t.TempDir(), "r.json")
	require.Equal(t, exitFindings, s.run("--out", "json="+out, "--history", "off"), s.err.String())
	id := s.report(out).Issues[0].ID
	s.write(".deepreview/RESOLUTIONS", id+" accepted-risk by ada on 2026-01-01 -- a tool for ourselves\n")
	s.commit("Settle it in the change itself")
	require.Equal(t, exitFindings, s.run("--out", "json="+out, "--history", "off"), s.err.String())

	s.git("reset", "-q", "--hard", "HEAD~1")
	s.git("checkout", "-q", "main")
	s.write(".deepreview/RESOLUTIONS", id+" accepted-risk by ada on 2026-01-01 -- a tool for ourselves\nnonsense\n")
	s.commit("Settle it")
	s.git("checkout", "-q", "feature")
	s.git("rebase", "-q", "main")
	require.Equal(t, exitFine, s.run("--out", "json="+out, "--history", "off"), s.err.String())
	assert.Contains(t, s.report(out).Prior[0].Reason, "accepted risk by ada on 2026-01-01: a tool for ourselves")
	assert.Contains(t, s.err.String(), "line 2: it gives no reason")
}

func TestWhereNoHistoryCanBeKeptTheReviewGoesOn(t *testing.T) {
	s, _ := onBranch(t)
	s.write("file", "")
	require.Equal(t, exitFailed, s.run("--history", "file"))
	assert.Contains(t, s.err.String(), "is a file; name a folder")
	require.Equal(t, exitFailed, s.run("resolve", "I1", "--as", "fixed", "--why", "x"))
	assert.Contains(t, s.err.String(), "there is no round yet")

	s.write("below", "")
	require.Equal(t, exitFailed, s.run("--history", filepath.Join("below", "x")))
	require.NoError(t, os.Remove("below"))

	require.Equal(t, exitFindings, s.run("--out", "json=r.json", "--history", "off"), s.err.String())
	assert.NoDirExists(t, ".git/deepreview")
	require.Equal(t, exitUsage, s.run("scorecard", "--history", "off"))
}

func TestASecondRunOfOneSeriesIsToldToWait(t *testing.T) {
	s, ran := onBranch(t)
	st, err := history.Open(filepath.Join(".git", "deepreview"))
	require.NoError(t, err)
	release, err := st.Series("branch/feature").Lock()
	require.NoError(t, err)
	require.Equal(t, exitFailed, s.run("--out", "json=r.json"))
	assert.Contains(t, s.err.String(), "branch/feature: in use by another process")
	assert.Zero(t, *ran)
	release()
	require.Equal(t, exitFindings, s.run("--out", "json=r.json"), s.err.String())
}

func TestARunThatBrokeOffIsResumedWithItsArguments(t *testing.T) {
	s, ran := onBranch(t)
	require.Equal(t, exitFailed, s.run("--resume"))
	assert.Contains(t, s.err.String(), "there is nothing to resume")
	require.Equal(t, exitUsage, s.run("--resume", "HEAD"))
	require.Equal(t, exitUsage, s.run("--resume", "--quiet", "--fail-on", "never"))

	broken := true
	s.roster = append(s.roster, candidateOf("bob", func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
		if broken {
			<-ctx.Done()
			return nil, errors.New("interrupted")
		}
		return &deepreview.Review{Coverage: []deepreview.Coverage{{Path: "app.go", Status: deepreview.CoverageClean, Depth: deepreview.DepthRead}}}, nil
	}))
	ctx, cancel := context.WithCancel(t.Context())
	inner := s.roster[0].reviewer
	s.roster[0].reviewer = func() deepreview.Reviewer {
		return fake{"ada", func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
			defer cancel()
			return inner().Review(ctx, c)
		}}
	}
	require.Equal(t, exitFailed, s.runContext(ctx, "--out", "json=r.json", "--fail-on", "never"))
	assert.Contains(t, s.err.String(), "or deepreview --resume")
	broken = false
	require.Equal(t, exitFine, s.run("--resume"), s.err.String())
	r := s.report("r.json")
	assert.Equal(t, 1, *ran)
	assert.Nil(t, r.Reviews[1].Failure)
	assert.Equal(t, 1, r.Change.Round)
	require.Equal(t, exitFailed, s.run("--resume"))

	broken = true
	s.write("app.go", "package app\n")
	s.commit("x")
	ctx, cancel2 := context.WithCancel(t.Context())
	cancel = cancel2
	s.runContext(ctx, "--out", "json=r.json")
	s.write("app.go", "package app // y\n")
	s.commit("y")
	require.Equal(t, exitFailed, s.run("--resume"))
	assert.Contains(t, s.err.String(), "the same arguments now mean")
}
