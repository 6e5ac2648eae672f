package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

func TestTheLabelsAreWellFormed(t *testing.T) {
	l, err := readLabels(labelText)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(l.order), 80)
	assert.GreaterOrEqual(t, l.count(yes), 50)
	assert.Greater(t, l.count(no), l.count(yes), "what looks the same and is not is what linking has to tell apart")
	assert.Less(t, l.count(unsure), l.count(yes)/2)
	assert.Equal(t, len(l.order), l.count(yes)+l.count(no)+l.count(unsure))
	later := map[string]string{} // the change after each change
	for _, p := range l.order {
		a, b := filepath.Dir(p.earlier), filepath.Dir(p.later)
		if later[a] == "" {
			later[a] = b
		}
		assert.Equal(t, later[a], b, "%s has two next rounds", a)
	}
}

func TestReadLabels(t *testing.T) {
	l, err := readLabels(`{"earlier": "a/I1", "later": "b/I2", "same": true}

{"same":false,"later":"b/I3","earlier":"a/I1"}
{"earlier": "a/S1", "later": "b/S1", "same": null}
`)
	require.NoError(t, err)
	assert.Equal(t, []pair{{"a/I1", "b/I2"}, {"a/I1", "b/I3"}, {"a/S1", "b/S1"}}, l.order)
	assert.Equal(t, yes, l.of(pair{"a/I1", "b/I2"}))
	assert.Equal(t, no, l.of(pair{"a/I1", "b/I3"}))
	assert.Equal(t, unsure, l.of(pair{"a/S1", "b/S1"}))
	assert.Equal(t, no, l.of(pair{"a/S1", "b/I2"}), "a pair that is not listed is not the same")

	for name, test := range map[string]struct{ text, want string }{
		"a text of the data": {`{"earlier":"a/I1","later":"b/I1","same":true,"title":"Broken"}`, "unknown field"},
		"no answer":          {`{"earlier":"a/I1","later":"b/I1"}`, "want true, false or null"},
		"another answer":     {`{"earlier":"a/I1","later":"b/I1","same":"yes"}`, "want true, false or null"},
		"no ID of an issue":  {`{"earlier":"a","later":"b/I1","same":true}`, "a change, a slash and a number"},
		"no earlier issue":   {`{"later":"b/I1","same":true}`, "a change, a slash and a number"},
		"one round":          {`{"earlier":"a/I1","later":"a/I2","same":true}`, "both issues are of a"},
		"judged a second time": {`{"earlier":"a/I1","later":"b/I1","same":true}` + "\n" + `{"earlier":"a/I1","later":"b/I1","same":null}`,
			"labels.jsonl:2: a/I1 and b/I1 are judged twice"},
		"no JSON": {"a/I1 b/I1 true", "labels.jsonl:1:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readLabels(test.text)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestALabelIsOfConsecutiveRounds(t *testing.T) {
	all := steps(toy())
	for name, test := range map[string]struct {
		pair
		want string
	}{
		"consecutive rounds":                 {pair{"first/I1", "second/I1"}, ""},
		"consecutive, the first of them not": {pair{"second/I1", "third/I1"}, ""},
		"a round is left out":                {pair{"first/I1", "third/I1"}, "not of consecutive rounds"},
		"the wrong way round":                {pair{"second/I1", "first/I1"}, "first/I1 is no issue of a round that has one before"},
		"two pull requests":                  {pair{"first/I1", "other2/I1"}, "not of consecutive rounds"},
		"an issue that is not there":         {pair{"first/I9", "second/I1"}, "first/I9 is no issue"},
	} {
		t.Run(name, func(t *testing.T) {
			err := answers(test.pair).check(all)
			if test.want == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, test.want)
			}
		})
	}
}

// recorded loads the recorded reviews; the test is skipped where they are absent.
func recorded(t *testing.T) *corpus.Corpus {
	t.Helper()
	c, err := corpus.Load(filepath.Join(dataFolder(t), "deepreview"))
	require.NoError(t, err)
	return c
}

func dataFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DEEPREVIEW_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "deepreview", "issues.jsonl")); err != nil {
		t.Skipf("no recorded reviews: set DEEPREVIEW_DATA to the folder that holds deepreview/issues.jsonl: %v", err)
	}
	return dir
}

func TestTheLabelsAreAboutTheRecordedIssues(t *testing.T) {
	l, err := readLabels(labelText)
	require.NoError(t, err)
	assert.NoError(t, l.check(steps(recorded(t))))
}
