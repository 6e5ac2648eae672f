package replay

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// FuzzRead reads a text as a review, as decisions and as a report, and plays what could be read. It starts no goroutine and
// writes no file: what differs from run to run stops the fuzzer from learning.
func FuzzRead(f *testing.F) {
	f.Add(`{"reviewer": "a", "findings": [null, {"id": "", "locations": [{"path": "../x", "start": -1}]}]}`)
	f.Add(`{"reviewer": "a/b", "failure": {}, "coverage": [{}]}`)
	f.Add(`{"schema": "` + Schema + `", "rulings": [{"claims": ["a/"]}]}`)
	f.Add(`{"schema": "` + deepreview.Schema + `", "reviews": [{"reviewer": "a"}], "ledger": [{"rule": "ruling", "claim": "a/b"}]}`)
	f.Add(`{"schema": "` + deepreview.Schema + `", "issues": [{"id": "x", "sources": [{}]}], "notes": [{"sources": ["a/b", "a/c"]}],
		"ledger": [{"rule": "ruling", "claim": "a/b", "issues": ["x"]}], "reviews": [{"reviewer": "a"}]}`)
	c, err := deepreview.ParseDiff(strings.NewReader("--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b\n"))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		rev := new(deepreview.Review)
		if readReview([]byte(text), rev) == nil {
			assert.NotEmpty(t, rev.Reviewer)
			_, err := Reviewer{rev}.Review(t.Context(), c)
			assert.True(t, err == nil || rev.Failure != nil || rev.Change != "", "it plays, or says why not")
		}
		d := new(Decisions)
		if readDecisions([]byte(text), d) == nil {
			assert.Equal(t, Schema, d.Schema)
		}
		rec, err := fromReport("r.json", []byte(text))
		if err != nil {
			assert.ErrorContains(t, err, "r.json")
			return
		}
		names := map[string]bool{}
		for _, r := range rec.Reviewers() {
			assert.NotEmpty(t, r.Name())
			assert.False(t, names[r.Name()], "a name stands for one review")
			names[r.Name()] = true
		}
		for _, ru := range rec.Pipeline().Rulings {
			assert.NotEmpty(t, ru.Claims)
		}
	})
}
