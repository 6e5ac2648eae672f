package deepreview_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/corpus"
)

// Your own record of a reviewer weighs more the longer it is.
func ExampleCalibrator() {
	var record deepreview.TrackRecord // kept between reviews, as JSON
	for range 40 {
		record.Add("bob", deepreview.SeverityCritical, deepreview.SeverityImportant)
	}
	p := &deepreview.Pipeline{Calibrate: deepreview.Calibrator(record)}
	is := consolidated(p).Issues[0]
	fmt.Println(is.Number, is.Title)
	for _, reason := range is.Reasons {
		fmt.Println("  ", reason)
	}
	// Output:
	// I1 descriptor leak
	//    Rated important, below the critical raised: critical 0%, important 99%, suggestion 0%.
	//    bob rated it critical; of 40 such claims by this reviewer 0 stayed critical, 40 became important.
	//    Of its words "leak" spoke for more.
	//    Raised by 1 of the 2 that read it.
}

func caseOf(claims ...deepreview.Claim) deepreview.Case {
	return deepreview.Case{Claims: claims, Reported: len(claims), Read: len(claims)}
}

func claimed(reviewer, model string, s deepreview.Severity, title string) deepreview.Claim {
	return deepreview.Claim{Reviewer: reviewer, Model: model, Finding: &deepreview.Finding{ID: "1", Title: title, Severity: s, Category: deepreview.CategoryGap}}
}

func TestTheMakerOfTheModelTellsWhoseRecordCounts(t *testing.T) {
	for _, test := range []struct{ reviewer, vendor, model, want string }{
		{"ann", "Anthropic", "", "the claude family"},
		{"ann", "", "claude-opus-4-6", "the claude family"},
		{"ann", "OpenAI", "gpt-5.4", "the codex family"},
		{"ann", "google", "gemini-3.1-pro", "the gemini family"},
		{"ann", "google", "gemma-3", "the gemma family"},
		{"Codex", "", "", "the codex family"},
		{"gemini", "anthropic", "", "the claude family"},
		{"ann", "unheard of", "of", "all reviewers on record"},
	} {
		c := claimed(test.reviewer, test.model, deepreview.SeverityImportant, "the loop ends early")
		c.Vendor = test.vendor
		assert.Contains(t, strings.Join(deepreview.DefaultCalibrate(caseOf(c)).Reasons, "\n"), test.want, "%+v", test)
	}
}

func TestDefaultCalibrateReadsEveryPartOfACase(t *testing.T) {
	plain := caseOf(claimed("ann", "gemini", deepreview.SeverityImportant, "the loop ends early"))
	rate := func(change func(k *deepreview.Case, f *deepreview.Finding)) deepreview.Calibration {
		f := *plain.Claims[0].Finding
		k := plain
		k.Claims = []deepreview.Claim{{Finding: &f, Reviewer: "ann", Model: "gemini"}}
		change(&k, &f)
		return deepreview.DefaultCalibrate(k)
	}
	before := deepreview.DefaultCalibrate(plain)
	for name, test := range map[string]struct {
		change            func(k *deepreview.Case, f *deepreview.Finding)
		worse, survivaler int // -1, 0, 1
	}{
		"impact":     {func(_ *deepreview.Case, f *deepreview.Finding) { f.Impact = "The daemon hangs forever." }, 1, 1},
		"detail":     {func(_ *deepreview.Case, f *deepreview.Finding) { f.Detail = "It silently fails and leaks." }, 1, 1},
		"doubt":      {func(_ *deepreview.Case, f *deepreview.Finding) { f.Title = "consider whether " + f.Title }, -1, 0},
		"regression": {func(_ *deepreview.Case, f *deepreview.Finding) { f.Category = deepreview.CategoryRegression }, 1, 0},
		"critical":   {func(_ *deepreview.Case, f *deepreview.Finding) { f.Severity = deepreview.SeverityCritical }, 1, -1},
		"suggestion": {func(_ *deepreview.Case, f *deepreview.Finding) { f.Severity = deepreview.SeveritySuggestion }, -1, -1},
		"documents": {func(_ *deepreview.Case, f *deepreview.Finding) {
			f.Locations = []deepreview.Location{{Path: "docs/a.md"}}
		}, -1, 0},
		"rule":         {func(_ *deepreview.Case, f *deepreview.Finding) { f.Rule = "SA1000" }, 1, 1},
		"sure":         {func(_ *deepreview.Case, f *deepreview.Finding) { f.Confidence = 1 }, 0, 1},
		"unsure":       {func(_ *deepreview.Case, f *deepreview.Finding) { f.Confidence = 0.1 }, 0, -1},
		"votes":        {func(k *deepreview.Case, _ *deepreview.Finding) { k.Reported, k.Read = 3, 3 }, 1, 1},
		"silence":      {func(k *deepreview.Case, _ *deepreview.Finding) { k.Read = 3 }, 0, -1},
		"confirmed":    {func(k *deepreview.Case, _ *deepreview.Finding) { k.Verification = deepreview.VerificationConfirmed }, 0, 1},
		"unsure look":  {func(k *deepreview.Case, _ *deepreview.Finding) { k.Verification = deepreview.VerificationUnsure }, 0, 0},
		"refuted":      {func(k *deepreview.Case, _ *deepreview.Finding) { k.Verification = deepreview.VerificationRefuted }, 0, -1},
		"contradicted": {func(k *deepreview.Case, _ *deepreview.Finding) { k.Contradicted = true }, 0, -1},
	} {
		t.Run(name, func(t *testing.T) {
			after := rate(test.change)
			assert.Equal(t, test.worse, sign(before.Odds.Suggestion-after.Odds.Suggestion), "%+v", after)
			assert.Equal(t, test.survivaler, sign(after.Survival-before.Survival), "%+v", after)
		})
	}
	assert.Equal(t, before, deepreview.DefaultCalibrate(plain), "the same case, the same rating")
	assert.NotPanics(t, func() { deepreview.DefaultCalibrate(caseOf(deepreview.Claim{})) }, "a claim without a finding")
}

func sign(x float64) int {
	switch {
	case x > 1e-9:
		return 1
	case x < -1e-9:
		return -1
	}
	return 0
}

func TestATrackRecordSurvivesJSONAndItsOrderDoesNotMatter(t *testing.T) {
	var record deepreview.TrackRecord
	for range 30 {
		record.Add("ann", deepreview.SeverityImportant, deepreview.SeveritySuggestion)
		record.Add("ann", deepreview.SeverityImportant, deepreview.SeverityUnset)
	}
	require.Len(t, record, 2)
	text, err := json.Marshal(record)
	require.NoError(t, err)
	assert.JSONEq(t, `[{"reviewer":"ann","raised":"important","final":"suggestion","claims":30},{"reviewer":"ann","raised":"important","claims":30}]`, string(text))
	var again deepreview.TrackRecord
	require.NoError(t, json.Unmarshal(text, &again))
	assert.Equal(t, record, again)

	k := caseOf(claimed("ann", "claude", deepreview.SeverityImportant, "the loop ends early"))
	want := deepreview.Calibrator(record)(k)
	assert.Equal(t, want, deepreview.Calibrator(deepreview.TrackRecord{record[1], record[0]})(k))
	assert.Less(t, want.Survival, deepreview.DefaultCalibrate(k).Survival, "half of ann's were not kept")
	assert.Equal(t, deepreview.SeveritySuggestion, want.Severity)
	assert.Equal(t, deepreview.DefaultCalibrate(k), deepreview.Calibrator(deepreview.TrackRecord{{Reviewer: "ann", Claims: -5}})(k))
}

// The shipped weights reach on the recorded reviews what the program that derives them reports, on groups made by hand.
func TestShippedWeightsReachWhatIsReported(t *testing.T) {
	dir := os.Getenv("DEEPREVIEW_DATA")
	if dir == "" {
		dir = filepath.Join("..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "deepreview")); err != nil {
		t.Skipf("no recorded reviews: set DEEPREVIEW_DATA to the folder that holds deepreview/findings.jsonl: %v", err)
	}
	c, err := corpus.Load(filepath.Join(dir, "deepreview"))
	require.NoError(t, err)
	var predictions []corpus.Prediction
	for _, change := range c.Changes {
		groups := map[string]*deepreview.Case{}
		for i, f := range change.Findings {
			k := groups[c.Truth.Findings[f.ID].Cluster]
			if k == nil {
				k = &deepreview.Case{}
				groups[c.Truth.Findings[f.ID].Cluster] = k
			}
			finding := &deepreview.Finding{
				ID: strconv.Itoa(i), Title: f.Title, Detail: f.Body, Severity: deepreview.ParseSeverity(f.Severity), Category: deepreview.Category(f.Category),
			}
			for _, l := range f.Places() {
				finding.Locations = append(finding.Locations, deepreview.Location{Path: l.Path, Start: l.Start, End: l.End})
			}
			k.Claims = append(k.Claims, deepreview.Claim{Finding: finding, Reviewer: f.Reviewer, Vendor: f.Vendor})
		}
		for _, f := range change.Findings {
			group := c.Truth.Findings[f.ID].Cluster
			r := deepreview.DefaultCalibrate(*groups[group])
			predictions = append(predictions, corpus.Prediction{Change: change.ID, ID: f.ID, Issue: group, Severity: r.Severity.String(), Score: r.Survival})
		}
	}
	severity, err := corpus.Severity(c, predictions)
	require.NoError(t, err)
	survival, err := corpus.Survival(c, predictions)
	require.NoError(t, err)
	t.Logf("severity %.4f, alone %.4f, company %.4f, survival %.4f", severity.All.Value(), severity.Alone.Value(), severity.Company.Value(), survival)
	assert.InDelta(t, 0.918, severity.All.Value(), 0.02)
	assert.InDelta(t, 0.722, survival, 0.02)
}
