package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/corpus"
)

// What linking by the pipeline has to reach on the recorded rounds: precision and recall.
const (
	floorPrecision = .68
	floorRecall    = .86
)

// toy is two pull requests, the first of three rounds.
func toy() *corpus.Corpus {
	issue := func(change, number, title, path string, start, end int) corpus.Issue {
		return corpus.Issue{
			Change: change, ID: change + "/" + number, Severity: "important", Title: title, Body: title + ". It loses the rows of a batch.",
			Locations: []corpus.Location{{Path: path, Start: start, End: end}},
		}
	}
	return &corpus.Corpus{
		Changes: []corpus.Change{
			{ID: "other1", PullRequest: "r#2", Date: "2026-01-01"},
			{ID: "third", PullRequest: "r#1", Date: "2026-01-03 09:00", Round: "1"},
			{ID: "first", PullRequest: "r#1", Date: "2026-01-01 10:00", Round: "2"},
			{ID: "second", PullRequest: "r#1", Date: "2026-01-02 10:00"},
			{ID: "alone", PullRequest: "r#3", Date: "2026-01-01"},
			{ID: "other2", PullRequest: "r#2", Date: "2026-01-02"},
			{ID: "none", Date: "2026-01-02"},
		},
		Truth: corpus.Truth{Issues: map[string][]corpus.Issue{
			"first": {
				issue("first", "I1", "Flush drops rows when the sink is closed", "store.go", 10, 14),
				issue("first", "I2", "Retry ignores the deadline of its context", "pkg/store/retry.go", 40, 40),
			},
			"second": {
				issue("second", "I1", "Flush drops the rows when the sink was closed", "pkg/store/store.go", 12, 16),
				issue("second", "S1", "No test of the command line flags", "cmd/main_test.go", 0, 0),
			},
			"third": {
				issue("third", "I1", "Flush drops rows when the sink is closed", "pkg/store/store.go", 90, 90),
				issue("third", "I2", "Flush drops rows when the sink is full", "pkg/store/store.go", 190, 190),
			},
			"other1": {issue("other1", "I1", "Cache grows without bound", "cache.go", 1, 1)},
			"other2": {issue("other2", "I1", "Cache grows without bound", "cache.go", 3, 3)},
		}},
	}
}

// answers are labels that call the pairs the same.
func answers(same ...pair) *labels {
	l := &labels{answer: map[pair]deepreview.Answer{}, order: same}
	for _, p := range same {
		l.answer[p] = yes
	}
	return l
}

func TestStepsAreConsecutiveRoundsByDate(t *testing.T) {
	var got [][3]string
	for _, s := range steps(toy()) {
		got = append(got, [3]string{s.pull, s.earlier[0].Change, s.later[0].Change})
	}
	assert.Equal(t, [][3]string{{"r#2", "other1", "other2"}, {"r#1", "first", "second"}, {"r#1", "second", "third"}}, got)
}

func TestAShortPathIsTheOneLongerPathThatEndsInIt(t *testing.T) {
	cite := func(paths ...string) (out []corpus.Issue) {
		for _, p := range paths {
			out = append(out, corpus.Issue{Locations: []corpus.Location{{Path: p}}})
		}
		return out
	}
	for name, test := range map[string]struct {
		paths       []string
		short, want string
	}{
		"a folder is missing":            {[]string{"b.go", "x/a/b.go"}, "b.go", "x/a/b.go"},
		"two of three are short":         {[]string{"b.go", "a/b.go", "x/a/b.go"}, "b.go", "x/a/b.go"},
		"the same name in two folders":   {[]string{"b.go", "a/b.go", "x/b.go"}, "b.go", "b.go"},
		"the end of a name is no path":   {[]string{"b.go", "ab.go"}, "b.go", "b.go"},
		"whole already":                  {[]string{"b.go", "x/a/b.go"}, "x/a/b.go", "x/a/b.go"},
		"an issue that cites no file":    {[]string{""}, "", ""},
		"a path that nobody else cites ": {[]string{"a/b.go"}, "a/b.go", "a/b.go"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, wholePaths(cite(test.paths...))[test.short])
		})
	}
	assert.Equal(t, []string{"cmd/main_test.go", "pkg/store/retry.go", "pkg/store/store.go"}, steps(toy())[1].files())
}

func TestTheRulesLink(t *testing.T) {
	again := pair{"first/I1", "second/I1"}
	for name, test := range map[string]struct {
		rule rule
		want []pair
	}{
		"the pipeline":       {byPipeline, []pair{{"other1/I1", "other2/I1"}, again, {"second/I1", "third/I1"}}},
		"the same title":     {pairwise(sameTitle), []pair{{"other1/I1", "other2/I1"}}},
		"lines that overlap": {pairwise(linesOverlap), []pair{again}},
		"words that are alike": {pairwise(wordsAlike), []pair{
			{"other1/I1", "other2/I1"}, again, {"second/I1", "third/I1"}, {"second/I1", "third/I2"},
		}},
		"the matcher":            {byMatcher(.9), []pair{{"other1/I1", "other2/I1"}, again, {"second/I1", "third/I1"}}},
		"the matcher, too loose": {byMatcher(0), []pair{{"other1/I1", "other2/I1"}, again, {"second/I1", "third/I1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []pair
			for _, s := range steps(toy()) {
				links, err := test.rule(t.Context(), s)
				require.NoError(t, err)
				for p := range links {
					got = append(got, p)
				}
			}
			assert.ElementsMatch(t, test.want, got)
		})
	}
}

func TestUndecidedPairsCountNeitherWay(t *testing.T) {
	link := pairwise(func(_ *step, a, b *corpus.Issue) bool { return b.ID == "second/I1" })
	l := &labels{answer: map[pair]deepreview.Answer{}}
	s, err := measure(t.Context(), steps(toy()), l, link)
	require.NoError(t, err)
	assert.Equal(t, corpus.Counts{Predicted: 2}, s.Counts)

	l.answer[pair{"first/I1", "second/I1"}] = unsure
	s, err = measure(t.Context(), steps(toy()), l, link)
	require.NoError(t, err)
	assert.Equal(t, corpus.Counts{Predicted: 1}, s.Counts)

	l.answer[pair{"first/I2", "second/I1"}] = yes
	l.answer[pair{"second/I1", "third/I1"}] = yes
	s, err = measure(t.Context(), steps(toy()), l, link)
	require.NoError(t, err)
	assert.Equal(t, corpus.Counts{Both: 1, Predicted: 1, True: 2}, s.Counts)
	require.Len(t, s.pulls, 2)
	assert.Equal(t, 2, s.pulls[1].steps)
	assert.Equal(t, s.Counts, s.pulls[1].Counts)
	assert.Equal(t, "| rule | 1 | 1 | 2 | 1.000 | 0.500 | 0.667 |", s.row("rule"))

	l.answer[pair{"first/I2", "second/I1"}] = no
	s, err = measure(t.Context(), steps(toy()), l, link)
	require.NoError(t, err)
	var out bytes.Buffer
	s.printWrong(&out)
	assert.Contains(t, out.String(), "missed second/I1 → third/I1")
	assert.Contains(t, out.String(), "wrong first/I2 → second/I1")
}

func TestOneToOneIsTheMostThatPartnersAllow(t *testing.T) {
	assert.Zero(t, oneToOne(answers()))
	assert.Equal(t, 1, oneToOne(answers(pair{"a/1", "b/1"}, pair{"a/1", "b/2"}, pair{"a/1", "b/3"})))
	// The first come must give way: 1 takes 1, then 2 needs it.
	assert.Equal(t, 2, oneToOne(answers(pair{"a/1", "b/1"}, pair{"a/1", "b/2"}, pair{"a/2", "b/1"})))
}

func TestThePipelineLinksTheRecordedRounds(t *testing.T) {
	all := steps(recorded(t))
	l, err := readLabels(labelText)
	require.NoError(t, err)
	s, err := measure(t.Context(), all, l, byPipeline)
	require.NoError(t, err)
	f := s.PRF()
	t.Logf("%d steps, precision %.3f, recall %.3f, F1 %.3f", len(all), f.Precision, f.Recall, f.F1)
	assert.GreaterOrEqual(t, f.Precision, floorPrecision)
	assert.GreaterOrEqual(t, f.Recall, floorRecall)
	assert.Equal(t, l.count(yes), s.True)
	assert.LessOrEqual(t, s.Both, oneToOne(l), "an ID was given twice")
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	assert.ErrorContains(t, run(t.Context(), nil, &out), "-data")
	require.NoError(t, run(t.Context(), []string{"-data", dataFolder(t), "-v"}, &out))
	assert.Contains(t, out.String(), "| the pipeline |")
	assert.Regexp(t, `50 steps, \d+ pairs that are the same`, out.String())
	assert.Contains(t, out.String(), "\nmissed ")
}
