package match

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// between returns the evidence on two documents of different groups, weighed by plain weights, so that no training moves it.
func between(t *testing.T, a, b Doc) Features {
	t.Helper()
	a.Group, b.Group = 0, 1
	s := newSet([]Doc{a, b}, nil, true)
	require.Len(t, s.nodes, 2)
	s.weigh(plain())
	f := s.own(pair{0, 1})
	back := s.own(pair{1, 0})
	for k := range f {
		assert.InDelta(t, f[k], back[k], 1e-12, "%s does not depend on which comes first", Kind(k))
		assert.GreaterOrEqual(t, f[k], 0.0, Kind(k))
		assert.LessOrEqual(t, f[k], 1+1e-9, Kind(k))
	}
	return f
}

func plain() *Model {
	return &Model{Field: [fields]float64{2, 1, 1, .5, .5}, Identifier: 1.5, Concept: .5, Sharpness: 1, Threshold: .5}
}

func TestEvidenceOfWords(t *testing.T) {
	same := between(t, Doc{Title: "retry loop never ends", Body: "x"}, Doc{Title: "retry loop never ends", Body: "y"})
	assert.InDelta(t, 1, same[Titles], 1e-9)
	assert.InDelta(t, 1, same[Headline], 1e-9)
	other := between(t, Doc{Title: "retry loop"}, Doc{Title: "empty folder"})
	assert.Zero(t, other[Titles]+other[Text]+other[Words]+other[Contained]+other[Headline]+other[Phrases])
	crossed := between(t, Doc{Title: "retry loop", Body: "of the worker"}, Doc{Title: "worker", Body: "has a retry loop"})
	assert.Zero(t, crossed[Titles])
	assert.InDelta(t, 1, crossed[Headline], 1e-9, "each title is in the other's body")
	assert.Positive(t, crossed[Phrases], "two words side by side in both")
	part := between(t, Doc{Title: "retry loop"}, Doc{Title: "retry loop", Body: "with many more words about workers and queues"})
	assert.Greater(t, part[Contained], part[Text], "the shorter one is all in the longer one")
}

func TestEvidenceOfIdentifiers(t *testing.T) {
	f := between(t, Doc{Title: "`Store.putAll` drops errors"}, Doc{Title: "In `Store.putAll` failures vanish"})
	assert.Positive(t, f[Identifiers])
	assert.Positive(t, f[Rare])
	assert.Positive(t, f[HeadNames])
	assert.Positive(t, f[Concepts], "errors and failures are one concept")
	assert.Zero(t, f[Bare])
	assert.Equal(t, 1.0, between(t, Doc{Title: "drops errors"}, Doc{Title: "`putAll` drops errors"})[Bare])
}

func TestEvidenceOfCodeAndFixes(t *testing.T) {
	f := between(t, Doc{Title: "a", Body: "```go\nreturn wrap(err)\n```", Fix: "close the file"}, Doc{Title: "b", Quote: "return wrap(err)", Fix: "Close the file first"})
	assert.InDelta(t, 1, f[Blocks], 1e-9, "a quote is a block")
	assert.Positive(t, f[Fixes])
	again := between(t, Doc{Title: "a", Body: "wrong. close the file", Fix: "close the file"}, Doc{Title: "b", Body: "close the file"})
	assert.Zero(t, again[Prose], "a fix that the body repeats counts as fix alone")
}

func TestEvidenceOfPlaces(t *testing.T) {
	at := func(path string, start, end int) Doc { return Doc{Title: path, Places: []Place{{path, start, end}}} }
	for _, test := range []struct {
		name              string
		a, b              Doc
		near, same, other float64
	}{
		{"overlapping", at("a/b.go", 3, 9), at("a/b.go", 9, 12), 1, 1, 0},
		{"a range given backwards", at("a/b.go", 9, 3), at("a/b.go", 4, 4), 1, 1, 0},
		{"a path given short", at("b.go", 3, 0), at("a/b.go", 3, 3), 1, 1, 0},
		{"with a foreign prefix", at("./a/b.go", 3, 3), at(`a\b.go`, 3, 3), 1, 1, 0},
		{"twelve lines apart", at("a/b.go", 3, 3), at("a/b.go", 15, 15), .3679, 1, 0},
		{"a file without a line", at("a/b.go", 0, 0), at("a/b.go", 15, 15), 0, 1, 0},
		{"two files", at("a/b.go", 3, 3), at("a/c.go", 3, 3), 0, 0, 1},
		{"two files of one name", at("a/b.go", 3, 3), at("x/b.go", 3, 3), 0, 0, 1},
		{"one without a place", at("a/b.go", 3, 3), Doc{Title: "x"}, 0, 0, 0},
	} {
		f := between(t, test.a, test.b)
		assert.InDelta(t, test.near, f[Near], 1e-4, test.name)
		assert.Equal(t, test.same, f[SameFile], test.name)
		assert.Equal(t, test.other, f[OtherFile], test.name)
	}
	second := between(t, Doc{Title: "x", Places: []Place{{"z.go", 1, 1}, {"a/b.go", 3, 3}}}, at("a/b.go", 3, 3))
	assert.InDelta(t, .8, second[Near], 1e-9, "a place given second is context as often as cause")
	cites := between(t, Doc{Title: "x", Body: "see also line 77", Places: []Place{{"a/b.go", 3, 3}}}, at("a/b.go", 75, 80))
	assert.Equal(t, 1.0, cites[Cited])
	assert.Less(t, cites[Near], .01)
	cites = between(t, Doc{Title: "x", Body: "see also c.go:77", Places: []Place{{"a/b.go", 3, 3}}}, at("a/b.go", 75, 80))
	assert.Zero(t, cites[Cited], "the line is of another file")
}

func TestEvidenceOfSymbolsCategoriesAndLevels(t *testing.T) {
	f := between(t, Doc{Title: "a", Symbols: []string{"Store.Put", "x"}, Category: "Gap", Level: 10}, Doc{Title: "b", Symbols: []string{"store.put"}, Category: "gap", Level: 10})
	assert.Equal(t, []float64{1, 1, 1}, []float64{f[Symbols], f[Categories], f[Levels]})
	f = between(t, Doc{Title: "a"}, Doc{Title: "b"})
	assert.Equal(t, []float64{0, 0, 0}, []float64{f[Symbols], f[Categories], f[Levels]}, "what is not given is no agreement")
}

func TestWordsRareHereAndElsewhereWeighMore(t *testing.T) {
	m := plain()
	m.Elsewhere, m.Changes = map[string]int{"common": 99}, 100
	s := newSet([]Doc{{Title: "common strange"}}, nil, true)
	s.weigh(m)
	by := map[string]float64{}
	for _, term := range s.nodes[0].terms {
		by[s.names[term.id]] = term.weight
	}
	assert.Less(t, by["common"], by["strang"]/10)
}

func TestRelationTellsTheBestPartner(t *testing.T) {
	docs := []Doc{
		{Group: 0, Title: "retry loop of the worker never ends"},
		{Group: 1, Title: "retry loop of the worker never ends indeed"},
		{Group: 1, Title: "worker has a loop"},
	}
	m := plain()
	m.First[Text], m.FirstBias = 6, -3
	got := map[[2]int]Features{}
	for _, e := range Read(docs).Examine(m) {
		got[[2]int{min(e.A, e.B), max(e.A, e.B)}] = e.Features
		assert.Equal(t, docs[e.A].Group == docs[e.B].Group, e.OneGroup)
	}
	best, worse := got[[2]int{0, 1}], got[[2]int{0, 2}]
	assert.Equal(t, []float64{1, 1, 1}, []float64{best[Mutual], best[Chosen], best[Relative]})
	assert.Equal(t, []float64{0, 0}, []float64{worse[Mutual], worse[Chosen]})
	assert.Less(t, worse[Relative], 1.0)
	assert.Positive(t, best[Ahead])
	assert.Negative(t, worse[Ahead])
}

func TestWordsThatKeepTheSameCompanyMeanTheSame(t *testing.T) {
	m := plain()
	m.Sense = map[string][]float32{"folder": {1, 0}, "directory": {.9, .1}, "clock": {0, 1}}
	f := func(a, b string) float64 {
		s := newSet([]Doc{{Group: 0, Title: a}, {Group: 1, Title: b}}, nil, true)
		s.weigh(m)
		return s.own(pair{0, 1})[Meaning]
	}
	assert.Greater(t, f("folder", "clock folder"), .5)
	assert.InDelta(t, 0, f("folder", "clock"), 1e-9)
	assert.Zero(t, f("folder", "unheard"), "a word without a vector says nothing")
}

func TestPairsAreProposedByWordsPlacesAndSymbols(t *testing.T) {
	for _, test := range []struct {
		name string
		a, b Doc
		want int
	}{
		{"a rare word", Doc{Title: "the flusher hangs"}, Doc{Title: "no flusher"}, 1},
		{"a place", Doc{Title: "one", Places: []Place{{"a.go", 30, 30}}}, Doc{Title: "two", Places: []Place{{"a.go", 33, 33}}}, 1},
		{"a symbol", Doc{Title: "one", Symbols: []string{"Put"}}, Doc{Title: "two", Symbols: []string{"put"}}, 1},
		{"nothing", Doc{Title: "one", Places: []Place{{"a.go", 30, 30}}}, Doc{Title: "two", Places: []Place{{"a.go", 130, 130}}}, 0},
	} {
		test.b.Group = 1
		s := newSet([]Doc{test.a, test.b, {Group: 2, Title: "something else entirely"}}, nil, true)
		s.weigh(plain())
		assert.Len(t, s.candidates(), test.want, test.name)
	}
}

func TestWhereClaimsAreManyEachProposesFewPairs(t *testing.T) {
	// Two families of claims that are all alike: without a bound each proposes all that came before it.
	families := func(n, first int) []Doc {
		docs := make([]Doc, n)
		for i := range docs {
			subject := "flusher"
			if i >= first {
				subject = "compactor"
			}
			docs[i] = Doc{Group: i, Title: fmt.Sprintf("%s hangs after word%c%c", subject, 'a'+i/26, 'a'+i%26)}
		}
		return docs
	}
	docs := families(150, 75)
	s := newSet(docs, nil, true)
	s.weigh(plain())
	pairs := s.candidates()
	by := map[int32]int{}
	for _, p := range pairs {
		require.Less(t, p.a, p.b)
		by[p.b]++
		assert.LessOrEqual(t, by[p.b], mostCandidates)
	}
	assert.True(t, slices.IsSortedFunc(pairs, comparePairs))
	assert.Equal(t, len(pairs), len(slices.Compact(pairs)), "no pair twice")
	s = newSet(families(few, 60), nil, true)
	s.weigh(plain())
	assert.Equal(t, few*(few-1)/2, len(s.candidates()), "a common review is looked at whole")
}
