package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

func TestMarkdownReviewsAreReadALineAFinding(t *testing.T) {
	dir := t.TempDir()
	review := "## Important\n\n1. **The lock is taken twice** — `a.go:3-4` (important, regression)\n2. **Close does not wait** — `b.go:9`\n"
	lines(t, dir, "raw_reviews.jsonl",
		map[string]any{"change": "c1", "reviewer": "ann", "vendor": "v", "pass": 1, "markdown": review},
		map[string]any{"change": "c1", "reviewer": "bob", "vendor": "v", "pass": 1, "markdown": "It did not start.\n"})
	var out, notes bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"markdown", "--data", dir}, &out, &notes))
	assert.Equal(t, `{"change":"c1","reviewer":"ann","pass":1,"severity":"important","category":"regression","path":"a.go","start":3,"end":4,"title":"The lock is taken twice"}
{"change":"c1","reviewer":"ann","pass":1,"severity":"important","category":"","path":"b.go","start":9,"end":9,"title":"Close does not wait"}
`, out.String())
	assert.Empty(t, notes.String(), "without the truth there is nothing to measure")

	lines(t, dir, "findings.jsonl",
		map[string]any{"change": "c1", "reviewer": "ann", "vendor": "v", "pass": 1, "id": "1", "path": "a.go", "start": 3, "end": 4, "severity": "critical", "title": "The lock is taken twice"},
		map[string]any{"change": "c1", "reviewer": "ann", "vendor": "v", "pass": 1, "id": "2", "path": "b.go", "start": 9, "end": 9, "severity": "important", "title": "Close does not wait"})
	first := out.String()
	out.Reset()
	require.NoError(t, run(t.Context(), []string{"markdown", "--data", dir}, &out, &notes))
	assert.Equal(t, first, out.String(), "what is read does not depend on the truth")
	assert.Contains(t, notes.String(), "| v | 2 | 2 (100.0%) | 1 (50.0%) | 2 (100.0%) | 2 (100.0%) | 0 of 2 (0.0%) |")
	assert.Error(t, run(t.Context(), []string{"markdown", "--data", t.TempDir()}, &out, &notes))
}

// TestRecordedMarkdownReviewsAreUnderstood holds what was measured on the development half of the recorded reviews.
func TestRecordedMarkdownReviewsAreUnderstood(t *testing.T) {
	dir := os.Getenv("DEEPREVIEW_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "deepreview")
	if _, err := os.Stat(filepath.Join(dir, "raw_reviews.jsonl")); err != nil {
		t.Skipf("no recorded reviews: set DEEPREVIEW_DATA to the folder that holds deepreview/raw_reviews.jsonl: %v", err)
	}
	var out, notes bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"markdown", "--data", dir}, &out, &notes))
	t.Logf("\n%s", notes.String())
	var got []corpus.Recovered
	for line := range strings.Lines(out.String()) {
		var f corpus.Recovered
		require.NoError(t, json.Unmarshal([]byte(line), &f))
		got = append(got, f)
	}
	truth, err := corpus.RawFindings(dir)
	require.NoError(t, err)
	by, _ := corpus.Recover(truth, got)
	for vendor, r := range by {
		assert.GreaterOrEqual(t, r.Rated.Value(), .97, "%s: recovered with the right severity", vendor)
		assert.GreaterOrEqual(t, r.Placed.Value(), .95, "%s: recovered with the right file and lines", vendor)
		assert.LessOrEqual(t, r.Invented.Value(), .01, "%s: invented", vendor)
	}
}
