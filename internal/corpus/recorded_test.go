package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

// recorded loads a corpus of recorded reviews; the test is skipped where it is absent.
func recorded(t *testing.T, name string) *corpus.Corpus {
	t.Helper()
	dir := os.Getenv("DEEPREVIEW_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, name, "changes.jsonl")); err != nil {
		t.Skipf("no recorded reviews: set DEEPREVIEW_DATA to the folder that holds %s/changes.jsonl: %v", name, err)
	}
	c, err := corpus.Load(filepath.Join(dir, name))
	require.NoError(t, err)
	return c
}

// grouped predicts on every change with a rule that numbers the group of each finding.
func grouped(changes []corpus.Change, rule func(fs []corpus.Finding) []int) []corpus.Prediction {
	var out []corpus.Prediction
	for _, change := range changes {
		for i, g := range rule(change.Findings) {
			f := change.Findings[i]
			out = append(out, corpus.Prediction{Change: f.Change, ID: f.ID, Issue: strconv.Itoa(g), Severity: f.Severity})
		}
	}
	return out
}

// chained groups whatever a chain of like pairs connects.
func chained(like func(a, b *corpus.Finding) bool) func(fs []corpus.Finding) []int {
	return func(fs []corpus.Finding) []int {
		group := make([]int, len(fs))
		for i := range fs {
			group[i] = i
			for j := range i {
				if group[i] != group[j] && like(&fs[i], &fs[j]) {
					from, to := group[i], group[j]
					for k := range i + 1 {
						if group[k] == from {
							group[k] = to
						}
					}
				}
			}
		}
		return group
	}
}

func apart(fs []corpus.Finding) []int {
	out := make([]int, len(fs))
	for i := range out {
		out[i] = i
	}
	return out
}

func near(a, b *corpus.Finding, lines int) bool {
	return a.Path != "" && a.Path == b.Path && a.Start-lines <= max(b.Start, b.End) && b.Start-lines <= max(a.Start, a.End)
}

// The figures that do not hang on anyone's reading of a rule must come out as they were published.
func TestRecordedBaselines(t *testing.T) {
	led := recorded(t, "deepreview")
	alone, err := corpus.BCubed(led, grouped(led.Changes, apart))
	require.NoError(t, err)
	assert.Equal(t, "0.883", fmt.Sprintf("%.3f", alone.F1), "no merging")
	pairs, err := corpus.Pairs(led, grouped(led.Changes, apart))
	require.NoError(t, err)
	assert.Zero(t, pairs.PRF().F1, "no merging")
	raised, err := corpus.Severity(led, grouped(led.Changes, apart))
	require.NoError(t, err)
	assert.Equal(t, "80.9", fmt.Sprintf("%.1f", 100*raised.All.Value()), "severity as raised")

	// Within five lines in one file, category equal: published .402 and .896. How groups are closed under the
	// rule is not, so this holds to a hundredth for pairs and two for B³.
	star := grouped(led.Changes, chained(func(a, b *corpus.Finding) bool { return near(a, b, 5) && a.Category == b.Category }))
	pairs, err = corpus.Pairs(led, star)
	require.NoError(t, err)
	assert.InDelta(t, .402, pairs.PRF().F1, .01)
	b3, err := corpus.BCubed(led, star)
	require.NoError(t, err)
	assert.InDelta(t, .896, b3.F1, .02)

	golden := recorded(t, "martian")
	trio := []string{"claude", "copilot", "gemini"}
	panel, err := corpus.Panel(golden, grouped(golden.Panel(trio), apart), trio, corpus.TwoVotes)
	require.NoError(t, err)
	assert.Equal(t, "0.350", fmt.Sprintf("%.3f", panel.Single.F1), "best single tool")
	assert.Zero(t, panel.Issues, "nothing merged, nothing has two votes")

	over, err := corpus.OverMerge(recorded(t, "aacr"), grouped(recorded(t, "aacr").Changes, chained(func(a, b *corpus.Finding) bool { return near(a, b, 3) })))
	require.NoError(t, err)
	assert.Equal(t, over.Of, over.Hit, "a rule that merges all near pairs merges every one that counts")
}
