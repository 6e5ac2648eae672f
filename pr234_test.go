package deepreview_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/replay"
)

// pr234 is the recorded review of one pull request: three agents' claims, and what a lead made of them.
func pr234(t testing.TB) (*deepreview.Change, []*deepreview.Review, *replay.Recording) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "pr234", "change.patch"))
	require.NoError(t, err)
	defer f.Close()
	c, err := deepreview.ParseDiff(f)
	require.NoError(t, err)
	rec, err := replay.Load(filepath.Join("testdata", "pr234"))
	require.NoError(t, err)
	c.Header = *rec.Change
	reviews, err := deepreview.Run(t.Context(), c, rec.Reviewers(), nil)
	require.NoError(t, err)
	for _, rev := range reviews {
		require.Nil(t, rev.Failure)
		require.Empty(t, rev.Repairs)
	}
	return c, reviews, rec
}

func TestTheRecordedReviewComesOutAsItWasPublished(t *testing.T) {
	c, reviews, rec := pr234(t)
	r := consolidate(t, rec.Pipeline(), c, reviews...)

	assert.Equal(t, "0 critical, 1 important, 4 suggestions.", r.Structure())
	assert.Equal(t, deepreview.VerdictMergeWithFixes, r.Verdict.Kind)
	assert.Empty(t, r.Verdict.Missing)
	assert.Empty(t, r.Warnings)
	var issues []string
	for _, is := range r.Issues {
		var claims []string
		for _, s := range is.Sources {
			claims = append(claims, s.Ref().String())
		}
		issues = append(issues, fmt.Sprint(is.Number, " ", is.Severity, " ", is.Category, " ", is.Names(), " ", claims))
	}
	assert.Equal(t, []string{
		"I1 important gap [codex gemini] [codex/I1 gemini/I2]",
		"S1 suggestion enhancement [gemini] [gemini/I1]",
		"S2 suggestion gap [claude gemini] [claude/S1 gemini/S1]",
		"S3 suggestion gap [gemini] [gemini/S2]",
		"S4 suggestion regression [claude] [claude/S2]",
	}, issues)

	type row struct {
		name   string
		values [3]any
	}
	var rows []row
	add := func(name string, value func(s deepreview.Scorecard) any) {
		rows = append(rows, row{name, [3]any{value(r.Scorecards[0]), value(r.Scorecards[1]), value(r.Scorecards[2])}})
	}
	add("Reviewer", func(s deepreview.Scorecard) any { return s.Label })
	add("Duration", func(s deepreview.Scorecard) any { return s.Duration.String() })
	add("Critical", func(s deepreview.Scorecard) any { return s.Raised.Critical })
	add("Important", func(s deepreview.Scorecard) any { return s.Raised.Important })
	add("Suggestion", func(s deepreview.Scorecard) any { return s.Raised.Suggestion })
	add("Design observations", func(s deepreview.Scorecard) any { return s.Observations })
	add("Files reviewed", func(s deepreview.Scorecard) any { return s.FilesReviewed })
	add("Coverage misses", func(s deepreview.Scorecard) any { return len(s.Misses) })
	add("Downgraded", func(s deepreview.Scorecard) any { return s.Downgraded })
	add("Overscoped", func(s deepreview.Scorecard) any { return s.DroppedAs(deepreview.DropOverscoped) })
	add("False positives", func(s deepreview.Scorecard) any { return s.DroppedAs(deepreview.DropFalsePositive) })
	add("Unique insights", func(s deepreview.Scorecard) any { return len(s.Unique) })
	none := []string(nil)
	assert.Equal(t, []row{
		{"Reviewer", [3]any{"Claude Opus 4.6", "Codex GPT 5.4", "Gemini 3.1 Pro"}},
		{"Duration", [3]any{"6m10s", "3m40s", "5m39s"}},
		{"Critical", [3]any{0, 0, 0}},
		{"Important", [3]any{0, 2, 2}},
		{"Suggestion", [3]any{2, 0, 2}},
		{"Design observations", [3]any{5, 2, 1}},
		{"Files reviewed", [3]any{10, 10, 10}},
		{"Coverage misses", [3]any{1, 0, 1}},
		{"Downgraded", [3]any{none, none, []string{"I1"}}},
		{"Overscoped", [3]any{0, 1, 0}},
		{"False positives", [3]any{0, 0, 0}},
		{"Unique insights", [3]any{1, 0, 2}},
	}, rows)
	assert.Equal(t, "14m40s", r.Elapsed.String())
	assert.Equal(t, []string{"claude", "codex", "gemini"}, r.NotesOf(deepreview.NoteStrength)[0].Names())
}

func TestEveryPlaceOfTheRecordedReviewStandsInTheDiff(t *testing.T) {
	c, reviews, rec := pr234(t)
	r := consolidate(t, rec.Pipeline(), c, reviews...)
	for _, is := range r.Issues {
		assert.NotEmpty(t, is.Excerpts, is.Number)
		for _, s := range is.Sources {
			assert.Empty(t, s.Anchoring, "%s: its places hold as they were given", s.Ref())
		}
	}
}

func TestWithoutTheRulingsTheRightClaimsMergeAndTheWrongOnesDoNot(t *testing.T) {
	c, reviews, _ := pr234(t)
	r := consolidate(t, new(deepreview.Pipeline), c, reviews...)
	issueOf := map[string]string{}
	for _, d := range r.Ledger {
		issueOf[d.Claim.String()] = d.Issues[0]
	}
	for _, pair := range [][2]string{{"codex/I1", "gemini/I2"}, {"claude/S1", "gemini/S1"}} {
		assert.Equal(t, issueOf[pair[0]], issueOf[pair[1]], "%v say the same", pair)
	}
	for _, pair := range [][2]string{{"codex/I2", "gemini/I2"}, {"gemini/S1", "gemini/S2"}, {"claude/S1", "gemini/S2"}, {"codex/I1", "codex/I2"}} {
		assert.NotEqual(t, issueOf[pair[0]], issueOf[pair[1]], "%v do not say the same", pair)
	}
	for _, is := range r.Issues {
		assert.Equal(t, len(slices.Compact(is.Names())), is.Reported)
	}
}
