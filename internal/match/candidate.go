package match

import (
	"cmp"
	"slices"
)

// The bounds that keep the number of pairs looked at proportional to the number of documents. Up to few documents none
// of them holds: a common review is looked at whole.
const (
	few = 100
	// longestPosting is how many documents may share a word before it proposes no more pairs.
	longestPosting = 100
	// queryTerms is how many of its weightiest words a document looks for partners by.
	queryTerms = 32
	// mostCandidates is how many partners a document proposes.
	mostCandidates = 48
)

const (
	// leastShared is the share of their words' weight below which a pair without a common place is not looked at.
	leastShared = .02
	// placeBucket is how many lines share a key of the index of places.
	placeBucket = 16
)

// pair is two nodes that may say the same, a < b.
type pair struct{ a, b int32 }

// candidates returns the pairs worth a closer look, in canonical order: those that share a weighty word, a
// place or a symbol.
func (s *set) candidates() []pair {
	postings := make([][]int32, len(s.names))
	df := make([]int32, len(s.names))
	for k := range s.nodes {
		for _, t := range s.nodes[k].terms {
			df[t.id]++
		}
	}
	type key struct {
		name string
		line int
	}
	near := map[key][]int32{}

	var out []pair
	score := make([]float64, len(s.nodes))
	var touched []int32
	var query []term
	touch := func(j int32, by float64) {
		if score[j] == 0 {
			touched = append(touched, j)
		}
		score[j] += by
	}
	for k := range s.nodes {
		n := &s.nodes[k]
		query = query[:0]
		for _, t := range n.terms {
			if df[t.id] > 1 && df[t.id] <= longestPosting {
				query = append(query, t)
			}
		}
		if len(query) > queryTerms && len(s.nodes) > few {
			slices.SortFunc(query, func(a, b term) int {
				return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.id, b.id))
			})
			query = query[:queryTerms]
		}
		for _, t := range query {
			for _, j := range postings[t.id] {
				touch(j, t.weight*t.weight/(n.norm*s.nodes[j].norm))
			}
		}
		// A shared place proposes a pair, however little the words agree.
		keys := make([]key, 0, 4)
		for i, p := range n.places {
			if i == mostPlaces {
				break
			}
			keys = append(keys, key{p.base, p.start / placeBucket})
			if p.end/placeBucket > p.start/placeBucket {
				keys = append(keys, key{p.base, p.start/placeBucket + 1})
			}
		}
		for _, symbol := range n.symbol {
			keys = append(keys, key{symbol, -1})
		}
		for _, x := range keys {
			for _, d := range []int{0, -1, 1} {
				if x.line < 0 && d != 0 {
					continue
				}
				posting := near[key{x.name, x.line + d}]
				if len(posting) > longestPosting {
					continue
				}
				for _, j := range posting {
					touch(j, .1)
				}
			}
		}
		if len(touched) > mostCandidates && len(s.nodes) > few {
			slices.SortFunc(touched, func(a, b int32) int {
				return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b))
			})
			for _, j := range touched[mostCandidates:] {
				score[j] = 0
			}
			touched = touched[:mostCandidates]
		}
		for _, j := range touched {
			little := score[j] < leastShared
			score[j] = 0
			if little {
				continue
			}
			out = append(out, pair{j, int32(k)})
		}
		touched = touched[:0]
		for _, t := range n.terms {
			if df[t.id] <= longestPosting {
				postings[t.id] = append(postings[t.id], int32(k))
			}
		}
		for _, x := range keys {
			if p := near[x]; len(p) <= longestPosting {
				near[x] = append(p, int32(k))
			}
		}
	}
	slices.SortFunc(out, comparePairs)
	return out
}
