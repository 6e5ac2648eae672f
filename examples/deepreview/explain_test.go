package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// recordedReport writes the JSON of the recorded review's report and returns its scratch folder.
func recordedReport(t *testing.T) *scratch {
	t.Helper()
	dir := pr234(t)
	s := newScratch(t)
	s.run("--replay", dir, "--patch", filepath.Join(dir, "change.patch"), "--out", "json=r.json")
	return s
}

func TestTheTrailOfAnIssueHasItsClaimsAndDecisions(t *testing.T) {
	s := recordedReport(t)
	require.Equal(t, exitFine, s.run("explain", "r.json", "I1"), s.err.String())
	first := s.out.String()
	for _, part := range []string{
		"I1 Logs are deleted when they cannot be moved away\n", "raised by 2 of the 3",
		"codex/I1 raised as important, regression (speaks for the issue)", "gemini/I2 raised as important, gap",
		"The lead ruled it important: ", "the places hold as they were given",
		"gemini/I2: merged in I1, by the rule \"ruling\"; raised as important, now important: ",
	} {
		assert.Contains(t, first, part)
	}
	assert.NotContains(t, first, "codex/I2", "a claim of another issue is not in the trail")
	id := s.report("r.json").Issue("I1").ID
	for _, name := range []string{"i1", id, id[:8], strings.ToUpper(id)} {
		require.Equal(t, exitFine, s.run("explain", "r.json", name), s.err.String())
		assert.Equal(t, first, s.out.String(), name)
	}
}

func TestEveryClaimHasATrail(t *testing.T) {
	s := recordedReport(t)
	r := s.report("r.json")
	n := 0
	for _, rev := range r.Reviews {
		for _, f := range rev.Findings {
			require.Equal(t, exitFine, s.run("explain", "r.json", rev.Reviewer+"/"+f.ID), s.err.String())
			assert.Contains(t, s.out.String(), oneLine(f.Title))
			assert.Contains(t, s.out.String(), "by the rule ")
			n++
		}
		for _, note := range rev.Notes {
			require.Equal(t, exitFine, s.run("explain", "r.json", rev.Reviewer+"/"+note.ID), s.err.String())
			assert.Contains(t, s.out.String(), string(note.Kind))
			n++
		}
	}
	assert.Greater(t, n, 20)
	require.Equal(t, exitFine, s.run("explain", "r.json", "CODEX/i2"))
	assert.Contains(t, s.out.String(), "dropped as overscoped")
	require.Equal(t, exitFine, s.run("explain", "r.json", "gemini/I2"))
	assert.Contains(t, s.out.String(), "The issue it supports: I1")
}

func TestANameThatIsNoneIsSaid(t *testing.T) {
	s := recordedReport(t)
	assert.Equal(t, exitUsage, s.run("explain", "r.json", "claud/S1"))
	assert.Contains(t, s.err.String(), "did you mean claude/S1?")
	assert.Equal(t, exitUsage, s.run("explain", "r.json", "nothing like it"))
	assert.Contains(t, s.err.String(), "choose from I1, S1, S2")
	s.write("empty.json", `{"schema": "`+deepreview.Schema+`"}`)
	assert.Equal(t, exitUsage, s.run("explain", "empty.json", "I1"))
	assert.Contains(t, s.err.String(), "there is none")
}

func TestATrailTellsMergesChecksAndEarlierRounds(t *testing.T) {
	a, b := deepreview.Ref{Reviewer: "a", ID: "1"}, deepreview.Ref{Reviewer: "b", ID: "2"}
	at := []deepreview.Location{{Path: "x.go", Start: 3, Old: true, Label: "declared here"}}
	is := &deepreview.Issue{
		ID: "0123456789ab", Number: "C1", Title: "T\x1b[31m\nitle", Severity: deepreview.SeverityCritical, Lead: a,
		Sources:  []deepreview.Source{{Reviewer: "a", Finding: "1", Severity: deepreview.SeverityCritical, Category: "gap"}, {Reviewer: "b", Finding: "2", Locations: at, Anchoring: []string{"moved from line 1 to 3"}}},
		Merges:   []deepreview.Merge{{Claim: b, With: a, Score: 0.83, Threshold: 0.5, Evidence: []deepreview.Evidence{{Name: "rare words in both: exdev", Weight: 1.25}}}},
		Odds:     deepreview.Odds{Critical: 0.7, Important: 0.2, Suggestion: 0.1},
		Reasons:  []string{"Two raised it."},
		Survival: 0.9, Hidden: "survival is low",
		Checks:       []deepreview.Check{{Claim: b, Name: "quote", Detail: "not found", Evidence: at}},
		Verification: &deepreview.Verification{Status: deepreview.VerificationConfirmed, By: "v", Reason: "it does", Evidence: at},
		Status:       deepreview.StatusReopened, Resolution: &deepreview.Resolution{As: deepreview.ResolvedDeclined, Why: "by design"},
	}
	r := &deepreview.Report{
		Issues: []*deepreview.Issue{is},
		Reviews: []*deepreview.Review{
			{Reviewer: "a", Findings: []*deepreview.Finding{{ID: "1", Title: "T", RawSeverity: "P0", Confidence: 0.5, Severity: deepreview.SeverityCritical, Category: "gap"}}},
			{Reviewer: "b", Findings: []*deepreview.Finding{{ID: "2", Title: "U"}}},
		},
		Ledger: []deepreview.Decision{
			{Claim: a, Outcome: deepreview.OutcomeKept, Rule: "match", Issues: []string{is.ID}, Raised: deepreview.SeverityCritical, Final: deepreview.SeverityCritical},
			{Claim: b, Outcome: deepreview.OutcomeMerged, Rule: "match", Score: 0.83, Issues: []string{is.ID}, Reason: "says the same as a/1"},
		},
	}
	text, err := trail(r, "c1")
	require.NoError(t, err)
	for _, part := range []string{
		"raised as critical, gap (speaks for the issue)", "P0", "0.50", "raised without a severity", "moved from line 1 to 3",
		"x.go:3 before the change (declared here)", "b/2 is like a/1: 0.83, and from 0.50 on", "+1.25 rare words in both: exdev",
		"Two raised it.", "critical 70%", "90%", "b/2: quote does not hold: not found [x.go:3", "confirmed by v: it does [x.go:3",
		"reopened", "declined: by design", "b/2: merged in C1, by the rule \"match\" (0.83): says the same as a/1", "folded away: survival is low",
	} {
		assert.Contains(t, text, part)
	}
	assert.NotContains(t, text, "\x1b")
}
