package replay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/replay"
)

const patch = `diff --git a/a.go b/a.go
--- a/a.go
+++ b/a.go
@@ -1,2 +1,3 @@
 package a
+var A = 1
 var B = 2
`

func change(t testing.TB, diff string) *deepreview.Change {
	t.Helper()
	c, err := deepreview.ParseDiff(strings.NewReader(diff))
	require.NoError(t, err)
	return c
}

// folder makes a folder of files by name and content.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	return dir
}

// report makes the report of a recording and returns it with its JSON.
func report(t testing.TB, rec *replay.Recording, c *deepreview.Change) (*deepreview.Report, string) {
	t.Helper()
	reviews, err := deepreview.Run(t.Context(), c, rec.Reviewers(), nil)
	require.NoError(t, err)
	r, err := rec.Pipeline().Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, r.WriteJSON(&b))
	return r, b.String()
}

func TestAFolderOfReviewsIsReadInTheOrderOfTheReviewers(t *testing.T) {
	dir := folder(t, map[string]string{
		"1.review.json": `{"reviewer": "zoe"}`,
		"2.review.json": `{"reviewer": "abe", "findings": [{"id": "S1", "title": "A is not used"}]}`,
		"notes.txt":     "not read",
	})
	rec, err := replay.Load(dir)
	require.NoError(t, err)
	require.Len(t, rec.Reviews, 2)
	assert.Equal(t, "abe", rec.Reviews[0].Reviewer)
	assert.Equal(t, "zoe", rec.Reviewers()[1].Name())
	assert.Nil(t, rec.Change)
	assert.Equal(t, &deepreview.Pipeline{}, rec.Pipeline(), "without decisions the pipeline is the plain one")
}

func TestDecisionsAreThoseOfTheLead(t *testing.T) {
	rec, err := replay.Load(folder(t, map[string]string{
		"a.review.json": `{"reviewer": "a", "findings": [{"id": "S1", "title": "A is not used"}]}`,
		"decisions.json": `{"schema": "deepreview.decisions/1", "date": "2026-01-02T03:04:05Z", "elapsed_ns": 5, "roster": ["b", "a"],
			"change": {"title": "T"}, "rulings": [{"claims": ["a/S1"], "outcome": "dropped", "drop": "overscoped"}]}`,
	}))
	require.NoError(t, err)
	assert.Equal(t, "T", rec.Change.Title)
	p := rec.Pipeline()
	assert.Equal(t, []string{"b", "a"}, p.Roster)
	assert.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), p.Date)
	assert.Equal(t, 5*time.Nanosecond, p.Elapsed)
	r, _ := report(t, rec, change(t, patch))
	assert.Empty(t, r.Issues)
	assert.Equal(t, deepreview.DropOverscoped, r.Ledger[0].Drop)
}

func TestWhatCannotBeReplayedIsSaidWithItsPlace(t *testing.T) {
	review := `{"reviewer": "a"}`
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"a folder without reviews":          {map[string]string{"a.json": review}, []string{"no file named *.review.json"}},
		"a review of nobody":                {map[string]string{"a.review.json": `{}`}, []string{"a.review.json", "names no reviewer"}},
		"a review that is null":             {map[string]string{"a.review.json": `null`}, []string{"a.review.json", "names no reviewer"}},
		"a review that is cut":              {map[string]string{"a.review.json": "{\n\"reviewer\": \"a\""}, []string{"a.review.json:2", "ends in the middle"}},
		"an empty file":                     {map[string]string{"a.review.json": ""}, []string{"a.review.json:1", "ends in the middle"}},
		"a review that is no JSON":          {map[string]string{"a.review.json": "{\n\n\"reviewer\": x}"}, []string{"a.review.json:3", "invalid character"}},
		"a misspelt field":                  {map[string]string{"a.review.json": "{\"reviewer\": \"a\",\n\"findngs\": []}"}, []string{"a.review.json:2", "findngs"}},
		"a field of another type":           {map[string]string{"a.review.json": "{\n\"reviewer\": 5}"}, []string{"a.review.json:2", "reviewer"}},
		"something behind the review":       {map[string]string{"a.review.json": review + "\n{}"}, []string{"something stands after the value"}},
		"two reviews by one reviewer":       {map[string]string{"a.review.json": review, "b.review.json": review}, []string{"b.review.json", "a.review.json", "join the passes"}},
		"decisions of another schema":       {map[string]string{"a.review.json": review, "decisions.json": `{"schema": "x/9"}`}, []string{"decisions.json", `"x/9"`}},
		"decisions with a misspelt outcome": {map[string]string{"a.review.json": review, "decisions.json": `{"schema": "deepreview.decisions/1", "rulings": [{"claims": ["nobody"]}]}`}, []string{"decisions.json:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := replay.Load(folder(t, test.files))
			for _, part := range test.want {
				assert.ErrorContains(t, err, part)
			}
		})
	}
	_, err := replay.Load(filepath.Join(t.TempDir(), "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestAReportThatIsBrokenIsRefused(t *testing.T) {
	head := `{"schema": "` + deepreview.Schema + `", "reviews": `
	for name, test := range map[string]struct{ text, want string }{
		"without reviews":          {head + `[]}`, "embeds no reviews"},
		"with a review of nobody":  {head + `[{}]}`, "review 1 names no reviewer"},
		"with one reviewer twice":  {head + `[{"reviewer": "a"}, {"reviewer": "a"}]}`, `two reviews are by "a"`},
		"with a review that is no": {head + `[null]}`, "null"},
		"of another schema":        {`{"schema": "x"}`, deepreview.Schema},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := replay.Load(filepath.Join(folder(t, map[string]string{"r.json": test.text}), "r.json"))
			assert.ErrorContains(t, err, test.want)
			assert.ErrorContains(t, err, "r.json")
		})
	}
}

// recorded is the review of a pull request with the lead's decisions.
func recorded(t testing.TB) (*replay.Recording, *deepreview.Change) {
	t.Helper()
	dir := filepath.Join("..", "..", "testdata", "pr234")
	rec, err := replay.Load(dir)
	require.NoError(t, err)
	diff, err := os.ReadFile(filepath.Join(dir, "change.patch"))
	require.NoError(t, err)
	c := change(t, string(diff))
	c.Header = *rec.Change
	return rec, c
}

func TestAReportReplaysToItselfRulingsAndAll(t *testing.T) {
	rec, c := recorded(t)
	_, first := report(t, rec, c)
	path := filepath.Join(folder(t, map[string]string{"r.json": first}), "r.json")
	again, err := replay.Load(path)
	require.NoError(t, err)
	require.NoError(t, again.Check(c))
	_, second := report(t, again, c)
	assert.Equal(t, first, second)
}

func TestAReportKeepsWhatWasDemotedAndWhatWasNotRuled(t *testing.T) {
	rec := &replay.Recording{Reviews: []*deepreview.Review{{Reviewer: "a",
		Findings: []*deepreview.Finding{
			{ID: "S1", Title: "A is not used", Severity: deepreview.SeverityImportant, Locations: []deepreview.Location{{Path: "a.go", Start: 2}}},
			{ID: "S2", Title: "B should be a constant", Severity: deepreview.SeveritySuggestion, Locations: []deepreview.Location{{Path: "a.go", Start: 3}}},
			{ID: "S3", Title: "The file has no licence header", Severity: deepreview.SeveritySuggestion},
		},
		Notes: []*deepreview.Note{{ID: "N1", Kind: deepreview.NoteConcern, Text: "A is global state"}},
	}}}
	rec.Rulings = []deepreview.Ruling{
		{Claims: []deepreview.Ref{{Reviewer: "a", ID: "S1"}}, Title: "Nothing uses A"}, // without a severity: that stays derived
		{Claims: []deepreview.Ref{{Reviewer: "a", ID: "S2"}}, Outcome: deepreview.OutcomeDemoted, Reason: "older than the change"},
	}
	c := change(t, patch)
	r, first := report(t, rec, c)
	require.Len(t, r.Issues, 2)
	again, err := replay.Load(filepath.Join(folder(t, map[string]string{"r.json": first}), "r.json"))
	require.NoError(t, err)
	_, second := report(t, again, c)
	assert.Equal(t, first, second)
}

func TestAReviewIsNotPlayedOverAnotherChange(t *testing.T) {
	c := change(t, patch)
	rec := &replay.Recording{Reviews: []*deepreview.Review{{Reviewer: "a", Change: c.Fingerprint()}, {Reviewer: "b"}}}
	require.NoError(t, rec.Check(c))
	other := change(t, strings.Replace(patch, "A = 1", "A = 3", 1))
	assert.ErrorIs(t, rec.Check(other), replay.ErrChange)

	reviews, err := deepreview.Run(t.Context(), other, rec.Reviewers(), nil)
	require.NoError(t, err)
	assert.ErrorContains(t, errors.New(reviews[0].Failure.Message), replay.ErrChange.Error())
	assert.True(t, reviews[1].Finished(), "a review that does not say of what it is can be played")
}

func TestAFailureIsReplayedWithItsKind(t *testing.T) {
	rev := &deepreview.Review{
		Reviewer: "a", Findings: []*deepreview.Finding{{ID: "S1", Title: "half a review"}},
		Failure: &deepreview.Failure{Kind: "rate limit", Message: "try again in an hour"},
	}
	reviews, err := deepreview.Run(t.Context(), change(t, patch), []deepreview.Reviewer{replay.Reviewer{Recorded: rev}}, nil)
	require.NoError(t, err)
	assert.Equal(t, rev.Failure, reviews[0].Failure)
	assert.Len(t, reviews[0].Findings, 1)
}

func TestARecordedReviewIsNotChangedByPlayingIt(t *testing.T) {
	rec, c := recorded(t)
	before, err := json.Marshal(rec.Reviews)
	require.NoError(t, err)
	report(t, rec, c)
	after, err := json.Marshal(rec.Reviews)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestAnEndedContextStopsAReplay(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := replay.Reviewer{Recorded: &deepreview.Review{Reviewer: "a"}}.Review(ctx, change(t, patch))
	assert.ErrorIs(t, err, context.Canceled)
}
