package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/corpus"
)

// lines writes a file of JSON lines.
func lines(t *testing.T, dir, name string, all ...map[string]any) {
	t.Helper()
	var out bytes.Buffer
	for _, line := range all {
		require.NoError(t, json.NewEncoder(&out).Encode(line))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), out.Bytes(), 0o644))
}

// small makes a corpus of one change on which ann and bob say the same once, and each something else besides. Without
// truth it has what a consolidator may see, and nothing else.
func small(t *testing.T, name string, truth bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.Mkdir(dir, 0o755))
	change := map[string]any{"id": "c1", "repo": "r", "title": "t", "diff": "c1.diff"}
	if truth {
		change["issues"] = []map[string]any{{"id": "g1"}, {"id": "g2"}}
	}
	lines(t, dir, "changes.jsonl", change)
	finding := func(id, reviewer, title, severity string, line int, truths map[string]any) map[string]any {
		f := map[string]any{"change": "c1", "reviewer": reviewer, "vendor": "v", "id": id, "path": "a.go", "start": line, "end": line,
			"severity": severity, "category": "gap", "title": title, "body": title + " when the tenant is deleted.", "fix": ""}
		for k, v := range truths {
			if truth {
				f[k] = v
			}
		}
		return f
	}
	lines(t, dir, "findings.jsonl",
		finding("f1", "ann", "`parseHeader` accepts a negative length", "important", 3,
			map[string]any{"issues": []string{"g1"}, "cluster": "k1", "status": "kept", "final_severity": "important"}),
		finding("f2", "ann", "Typo in the name of the flag", "suggestion", 9,
			map[string]any{"issues": []string{}, "cluster": "k2", "status": "dropped", "final_severity": ""}),
		finding("f3", "bob", "Negative length is accepted by `parseHeader`", "critical", 4,
			map[string]any{"issues": []string{"g1"}, "cluster": "k1", "status": "kept", "final_severity": "important"}),
		finding("f4", "bob", "Connection pool leaks once Dial fails", "important", 7,
			map[string]any{"issues": []string{"g2"}, "cluster": "k3", "status": "kept", "final_severity": "important"}))
	var patch strings.Builder
	patch.WriteString("diff --git a/a.go b/a.go\nnew file mode 100644\n--- /dev/null\n+++ b/a.go\n@@ -0,0 +1,10 @@\n")
	for range 10 {
		patch.WriteString("+x()\n")
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "c1.diff"), []byte(patch.String()), 0o644))
	return dir
}

func output(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), args, &out, io.Discard), args)
	return out.String()
}

func TestPredictionsCoverEveryFindingAndFindTheDuplicate(t *testing.T) {
	out := output(t, "predict", "--data", small(t, "mine", true))
	predictions, err := corpus.ReadPredictions(strings.NewReader(out))
	require.NoError(t, err)
	issue := map[string]string{}
	for _, p := range predictions {
		assert.Equal(t, "c1", p.Change)
		assert.Contains(t, []string{"critical", "important", "suggestion"}, p.Severity)
		assert.Positive(t, p.Score)
		assert.Less(t, p.Score, 1.0)
		issue[p.ID] = p.Issue
	}
	require.Len(t, issue, 4)
	assert.Equal(t, issue["f1"], issue["f3"])
	assert.NotEqual(t, issue["f1"], issue["f2"])
	assert.NotEqual(t, issue["f3"], issue["f4"])
}

func TestPredictionsDoNotDependOnTheTruth(t *testing.T) {
	assert.Equal(t, output(t, "predict", "--data", small(t, "mine", true)), output(t, "predict", "--data", small(t, "mine", false)))
}

func TestPredictionsOfAPanelAreOfItsFindingsAlone(t *testing.T) {
	dir := small(t, "mine", true)
	out := output(t, "predict", "--data", dir, "--reviewers", "bob")
	assert.Equal(t, 2, strings.Count(out, "\n"))
	assert.Contains(t, out, `"f3"`)
	assert.Contains(t, out, `"f4"`)
	err := run(t.Context(), []string{"predict", "--data", dir, "--reviewers", "bob,bop"}, &bytes.Buffer{}, io.Discard)
	assert.ErrorContains(t, err, `"bop"; there are ann, bob`)
}

func predicted(t *testing.T, all ...corpus.Prediction) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "predictions.jsonl")
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, corpus.WritePredictions(f, all))
	require.NoError(t, f.Close())
	return file
}

func TestScoreReadsAnybodysPredictions(t *testing.T) {
	dir := small(t, "mine", true)
	out := output(t, "score", "--data", dir, "--predictions", predicted(t,
		corpus.Prediction{Change: "c1", ID: "f1", Issue: "1", Severity: "important", Score: .9},
		corpus.Prediction{Change: "c1", ID: "f2", Issue: "2", Severity: "suggestion", Score: .2},
		corpus.Prediction{Change: "c1", ID: "f3", Issue: "1", Severity: "important", Score: .9},
		corpus.Prediction{Change: "c1", ID: "f4", Issue: "2", Severity: "critical", Score: .4}))
	for _, want := range []string{
		"pairs F1                         0.667", // one right, f2 with f4 wrong, none missed
		"severity of kept findings        0.667",
		"survival AUC                     1.000",
		"ranking AUC                      0.500", // nothing is unmatched here
		"0.2–0.3          1      0.200  0.000  ········|",
		"0.9–1.0          2      0.900  1.000  " + strings.Repeat("█", 36) + "|███",
	} {
		assert.Contains(t, out, want)
	}
}

func TestScoreOfAPanelCountsWhatTwoRaised(t *testing.T) {
	dir := small(t, "mine", true)
	file := predicted(t,
		corpus.Prediction{Change: "c1", ID: "f2", Issue: "1"}, // speaks for the issue, and is matched to nothing
		corpus.Prediction{Change: "c1", ID: "f1", Issue: "1"}, corpus.Prediction{Change: "c1", ID: "f3", Issue: "1"},
		corpus.Prediction{Change: "c1", ID: "f4", Issue: "2"})
	out := output(t, "score", "--data", dir, "--predictions", file, "--reviewers", "ann,bob")
	assert.Contains(t, out, "any member matched (any1)          F1 0.667  precision 1.000  recall 0.500")
	assert.Contains(t, out, "the one that speaks matched (rep)  F1 0.000")
	assert.Contains(t, out, "best alone: bob                    F1 1.000")
	assert.Contains(t, out, "1 issues with two votes or more, 2 golden issues")
}

func TestTheTableHasARowForEveryRule(t *testing.T) {
	dir := small(t, "deepreview", true)
	out := output(t, "table", "--data", filepath.Dir(dir))
	rows := strings.Split(strings.TrimSpace(strings.Split(out, "\n\n")[0]), "\n")
	require.Len(t, rows, 2+len(baselines)+1)
	for _, row := range rows {
		assert.Equal(t, strings.Count(rows[0], "|"), strings.Count(row, "|"), row)
	}
	assert.Contains(t, rows[2], "| no merging | 0.000 |")
	assert.Contains(t, rows[len(rows)-1], "| **deepreview** | 1.000 | 1.000 |")
	assert.Contains(t, out, "apparent")
}

func TestWhatCannotBeDoneIsSaid(t *testing.T) {
	dir := small(t, "mine", true)
	bare := small(t, "bare", false)
	for _, test := range []struct {
		want string
		args []string
	}{
		{"say what to do", nil},
		{"none of predict, score, table", []string{"dance", "--data", dir}},
		{"--data names the folder", []string{"predict"}},
		{"--predictions names the file", []string{"score", "--data", dir}},
		{"holds none of the folders", []string{"table", "--data", t.TempDir()}},
		{`"more" is no option`, []string{"predict", "--data", dir, "more"}},
		{"changes.jsonl", []string{"predict", "--data", t.TempDir()}},
		{"has no golden issues", []string{"score", "--data", bare, "--reviewers", "ann", "--predictions", predicted(t)}},
		{"has no prediction", []string{"score", "--data", dir, "--predictions", predicted(t, corpus.Prediction{Change: "c1", ID: "f1", Issue: "1"})}},
	} {
		assert.ErrorContains(t, run(t.Context(), test.args, &bytes.Buffer{}, io.Discard), test.want)
	}
}

func TestThePublishedRulesDecideAsTheyDoElsewhere(t *testing.T) {
	at := func(path string, line int, category deepreview.Category, title, detail string) *deepreview.Finding {
		return &deepreview.Finding{Title: title, Detail: detail, Category: category, Locations: []deepreview.Location{{Path: path, Start: line}}}
	}
	base := at("a.go", 10, "gap", "the pool leaks", "connections are never closed")
	for _, test := range []struct {
		name string
		with *deepreview.Finding
		want map[string]bool // by the beginning of a rule's name
	}{
		{"five lines on, same category", at("a.go", 15, "gap", "other words", "entirely"),
			map[string]bool{"same file, ±5": true, "the same, cat": true, "file, cat": false, "same file, ov": false, "TF-IDF": false}},
		{"six lines on", at("a.go", 16, "gap", "other words", "entirely"),
			map[string]bool{"same file, ±5": false, "the same, cat": false}},
		{"another category", at("a.go", 10, "regression", "other words", "entirely"),
			map[string]bool{"same file, ±5": false, "the same, cat": true}},
		{"another file", at("b.go", 10, "gap", "the pool leaks", "connections are never closed"),
			map[string]bool{"same file, ±5": false, "the same, cat": false, "file, cat": false, "same file, ov": false, "TF-IDF": true}},
		{"the same words", at("a.go", 10, "gap", "the pool leaks", "connections are never closed"),
			map[string]bool{"no merging": false, "file, cat": true, "same file, ov": true, "TF-IDF": true}},
		{"a third of the words, on the line after", at("a.go", 11, "gap", "the pool leaks", "sockets"),
			map[string]bool{"same file, ov": false}},
		{"half of the words", at("a.go", 10, "gap", "the pool leaks", "connections"),
			map[string]bool{"file, cat": false, "same file, ov": true}},
	} {
		for begin, want := range test.want {
			for _, b := range baselines {
				if strings.HasPrefix(b.name, begin) {
					noise := at("z.go", 1, "gap", "an empty cache", "fills slowly")
					got := b.rule([]*deepreview.Finding{base, test.with, noise})(0, 1) >= .5
					assert.Equal(t, want, got, "%s: %s", test.name, b.name)
				}
			}
		}
	}
}

// TestPredictionsOfRecordedReviewsReadInputAlone is the same promise on real reviews.
func TestPredictionsOfRecordedReviewsReadInputAlone(t *testing.T) {
	dir := os.Getenv("DEEPREVIEW_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	c, err := corpus.Load(filepath.Join(dir, "martian"))
	if err != nil {
		t.Skipf("no recorded reviews: set DEEPREVIEW_DATA to the folder that holds martian/changes.jsonl: %v", err)
	}
	blind := *c
	blind.Changes = c.Changes[:5]
	seeing := blind
	blind.Truth = corpus.Truth{}
	with, err := predict(t.Context(), &seeing, trio, new(deepreview.Pipeline))
	require.NoError(t, err)
	without, err := predict(t.Context(), &blind, trio, new(deepreview.Pipeline))
	require.NoError(t, err)
	assert.NotEmpty(t, with)
	assert.Equal(t, with, without)
}
