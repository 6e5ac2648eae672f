package corpus_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

func TestRecoveryPairsFindingsByTheirWordsAndPlaces(t *testing.T) {
	want := func(reviewer, title, path string, start int) corpus.Finding {
		return corpus.Finding{Change: "c", Reviewer: reviewer, Vendor: "v-" + reviewer, Pass: 1, Title: title, Path: path, Start: start, End: start, Severity: "important"}
	}
	got := func(reviewer, title, path string, start int, severity string) corpus.Recovered {
		return corpus.Recovered{Change: "c", Reviewer: reviewer, Pass: 1, Title: title, Path: path, Start: start, End: start, Severity: severity}
	}
	truth := []corpus.Finding{
		want("ann", "The lock is taken twice in Refresh", "a/b.go", 3),
		want("ann", "Close does not wait for the writer", "a/b.go", 9),
		want("ann", "A title that nobody found", "x.go", 1),
		want("bob", "The lock is taken twice in Refresh", "a/b.go", 3),
	}
	recovered := []corpus.Recovered{
		got("ann", "The lock is taken twice in `Refresh`", "b.go", 3, "important"),           // by the path's end
		got("ann", "Close does not await the writer", "a/b.go", 9, "critical"),               // alike enough in one line, rated wrong
		got("ann", "Something else entirely", "x.go", 1, "important"),                        // invented
		got("bob", "The lock is taken twice in Refresh", "a/b.go", 4, "important"),           // the wrong line
		{Change: "c", Reviewer: "bob", Pass: 2, Title: "The lock is taken twice in Refresh"}, // again, in another pass
	}
	by, pairings := corpus.Recover(truth, recovered)
	assert.Equal(t, corpus.Recovery{
		Found: corpus.Share{Hit: 2, Of: 3}, Rated: corpus.Share{Hit: 1, Of: 3}, Placed: corpus.Share{Hit: 1, Of: 3},
		PlacedByEnd: corpus.Share{Hit: 2, Of: 3}, Invented: corpus.Share{Hit: 1, Of: 3},
	}, by["v-ann"])
	assert.Equal(t, corpus.Recovery{
		Found: corpus.Share{Hit: 1, Of: 1}, Rated: corpus.Share{Hit: 1, Of: 1}, Placed: corpus.Share{Of: 1},
		PlacedByEnd: corpus.Share{Of: 1}, Invented: corpus.Share{Of: 2},
	}, by["v-bob"])
	assert.Equal(t, corpus.Share{Hit: 3, Of: 4}, by[""].Found)
	missed, invented := 0, 0
	for _, p := range pairings {
		if p.Got == nil {
			missed++
			assert.Equal(t, "A title that nobody found", p.True.Title)
		}
		if p.True == nil {
			invented++
			assert.Equal(t, "Something else entirely", p.Got.Title)
		}
	}
	assert.Equal(t, []int{1, 1}, []int{missed, invented})
}

func TestEachFindingIsPairedOnce(t *testing.T) {
	truth := []corpus.Finding{{Change: "c", Reviewer: "r", Vendor: "v", Pass: 1, Title: "One title of some words"}}
	same := corpus.Recovered{Change: "c", Reviewer: "r", Pass: 1, Title: "One title of some words"}
	by, _ := corpus.Recover(truth, []corpus.Recovered{same, same})
	assert.Equal(t, corpus.Share{Hit: 1, Of: 1}, by["v"].Found)
	assert.Equal(t, corpus.Share{Of: 2}, by["v"].Invented, "a repetition is none of ours")
	other := same
	other.Change = "d"
	by, _ = corpus.Recover(truth, []corpus.Recovered{other})
	assert.Equal(t, corpus.Share{Of: 1}, by["v"].Found)
	assert.Equal(t, corpus.Share{Hit: 1, Of: 1}, by["r"].Invented, "one of a reviewer that has no findings counts under its name")
}

func TestRawFilesAreReadAlone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "raw_reviews.jsonl"), []byte(`{"change":"c","reviewer":"r","pass":2,"markdown":"x"}`+"\n"), 0o600))
	reviews, err := corpus.RawReviews(dir)
	require.NoError(t, err)
	assert.Equal(t, []corpus.RawReview{{Change: "c", Reviewer: "r", Pass: 2, Markdown: "x"}}, reviews)
	findings, err := corpus.RawFindings(dir)
	require.NoError(t, err)
	assert.Nil(t, findings, "there is no truth")
	_, err = corpus.RawReviews(t.TempDir())
	assert.ErrorIs(t, err, os.ErrNotExist)
}
