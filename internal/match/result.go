package match

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Result is what [Cluster] found. Docs are named by their index in its argument.
type Result struct {
	// Groups are the docs of each group, ascending; groups are in the order of their first doc. Every doc is in
	// exactly one.
	Groups [][]int
	// Speakers names for each group the doc that says best what all of it says.
	Speakers []int
	// Of is the group of each doc.
	Of []int
	// Also lists further groups that a doc supports, the strongest first for each doc, docs ascending.
	Also []Membership
	// Merges explain the groups, in the order they were made.
	Merges []Merge
	// Doubts are the decisions that were close, the closest first.
	Doubts []Doubt
}

// Membership is a doc's support for a group other than its own: such a doc is an umbrella over several claims.
type Membership struct {
	Doc, Group int
	// Score is the mean similarity to the group's docs.
	Score float64
}

// Merge says why two sets of docs became one.
type Merge struct {
	// A and B are the docs on either side, ascending.
	A, B []int
	// Cause says which rule merged them.
	Cause Cause
	// Score is the mean similarity over all pairs across, Margin by how much it clears the threshold.
	Score, Margin float64
	// Pair is the pair across with the greatest similarity, Evidence what speaks for and against it, the
	// weightiest first, and Shared the most telling words both use. Evidence is nil for other causes than
	// [Alike] and for a caller's similarity.
	Pair     [2]int
	Evidence []Evidence
	Shared   []string
}

// Cause is a reason to merge.
type Cause uint8

const (
	// Alike: the mean similarity reached the threshold.
	Alike Cause = 10
	// Copies: they are equal in everything but their group.
	Copies Cause = 20
	// Ruled: a [Ruling] said so.
	Ruled Cause = 30
)

// Evidence is one kind of evidence on a pair: how much of it there is, and by how much that moves the log-odds of being
// the same, up or down.
type Evidence struct {
	Kind          Kind
	Value, Weight float64
}

// slight is the weight below which evidence is not named.
const slight = .05

// Doubt is a decision near the threshold, for an adjudicator to look at. Its answer goes in as a [Ruling].
type Doubt struct {
	// A and B are the most similar pair across, A < B.
	A, B int
	// Same is what was decided.
	Same bool
	// Score is the mean similarity of the two sides, Margin how far that is from the threshold: negative if apart.
	Score, Margin float64
}

// doubtful is how near the threshold a decision must be to be in doubt.
const doubtful = .2

func (s *set) report(l *linkage, edges []edge, m *Model, explained bool) *Result {
	r := &Result{Of: make([]int, len(s.docs))}
	clusters := s.number(r, l)
	near := make([][]edge, len(s.nodes))
	for _, e := range edges {
		near[e.a] = append(near[e.a], e)
		near[e.b] = append(near[e.b], edge{pair{e.b, e.a}, e.p})
	}
	for _, members := range clusters {
		r.Speakers = append(r.Speakers, s.speaker(members, near))
	}
	s.explain(r, l, near, m, explained)
	s.seconds(r, clusters, near, m)
	s.doubts(r, clusters, l, near)
	return r
}

// number fills r.Groups and r.Of, and returns the nodes of each group.
func (s *set) number(r *Result, l *linkage) [][]int32 {
	type group struct {
		docs  []int
		nodes []int32
	}
	var groups []group
	for _, members := range l.members {
		if len(members) == 0 {
			continue
		}
		g := group{nodes: slices.Sorted(slices.Values(members))}
		for _, k := range members {
			g.docs = append(g.docs, s.nodes[k].docs...)
		}
		slices.Sort(g.docs)
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Compare(a.docs[0], b.docs[0]) })
	var nodes [][]int32
	for g := range groups {
		r.Groups = append(r.Groups, groups[g].docs)
		nodes = append(nodes, groups[g].nodes)
		for _, d := range groups[g].docs {
			r.Of[d] = g
		}
	}
	return nodes
}

// explain fills r.Merges.
func (s *set) explain(r *Result, l *linkage, near [][]edge, m *Model, explained bool) {
	for k := range s.nodes {
		docs := s.nodes[k].docs
		for i := 1; i < len(docs); i++ {
			r.Merges = append(r.Merges, Merge{
				A: sortedInts(docs[:i]), B: docs[i : i+1 : i+1], Cause: Copies,
				Score: 1, Margin: 1 - l.threshold, Pair: ordered(docs[0], docs[i]),
			})
		}
	}
	now := make([]int32, len(s.nodes))
	sides := make([][]int32, len(s.nodes))
	for k := range now {
		now[k] = int32(k)
		sides[k] = []int32{int32(k)}
	}
	for _, x := range l.steps {
		small, large := x.a, x.b
		if len(sides[small]) > len(sides[large]) {
			small, large = large, small
		}
		top := edge{pair{sides[small][0], sides[large][0]}, -1}
		for _, k := range sides[small] {
			for _, e := range near[k] {
				if now[e.b] == large && (e.p > top.p || e.p == top.p && comparePairs(canonical(e.pair), canonical(top.pair)) < 0) {
					top = e
				}
			}
		}
		top.pair = canonical(top.pair)
		merge := Merge{A: s.docsOf(sides[x.a]), B: s.docsOf(sides[x.b]), Cause: Alike, Score: x.score, Margin: x.score - l.threshold,
			Pair: ordered(s.nodes[top.a].doc, s.nodes[top.b].doc)}
		if merge.B[0] < merge.A[0] {
			merge.A, merge.B = merge.B, merge.A
		}
		if x.ruled {
			merge.Cause = Ruled
		} else if explained {
			merge.Evidence, merge.Shared = s.account(top.pair, m)
		}
		r.Merges = append(r.Merges, merge)
		sides[x.a] = append(sides[x.a], sides[x.b]...)
		for _, k := range sides[x.b] {
			now[k] = x.a
		}
		sides[x.b] = nil
	}
}

// mostShared is how many shared words a merge names.
const mostShared = 6

// account gives the evidence on a pair, and the weightiest words it shares.
func (s *set) account(p pair, m *Model) ([]Evidence, []string) {
	f := s.own(p)
	s.relate(&f, p, m.likeness(&f))
	var out []Evidence
	for k, weight := range m.account(&f) {
		if math.Abs(weight) >= slight {
			out = append(out, Evidence{Kind(k), f[k], weight})
		}
	}
	slices.SortStableFunc(out, func(a, b Evidence) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	a, b := s.nodes[p.a].terms, s.nodes[p.b].terms
	type word struct {
		name   string
		weight float64
	}
	var words []word
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].id < b[j].id:
			i++
		case a[i].id > b[j].id:
			j++
		default:
			if name := s.names[a[i].id]; !strings.HasPrefix(name, conceptPrefix) { // nobody wrote a concept
				words = append(words, word{strings.TrimPrefix(name, identifierPrefix), a[i].weight * b[j].weight})
			}
			i++
			j++
		}
	}
	slices.SortFunc(words, func(a, b word) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), strings.Compare(a.name, b.name))
	})
	var shared []string
	for _, w := range words {
		if len(shared) < mostShared && !slices.Contains(shared, w.name) {
			shared = append(shared, w.name)
		}
	}
	return out, shared
}

// seconds fills r.Also: nodes that are as alike to a second group as it takes to join one.
func (s *set) seconds(r *Result, clusters [][]int32, near [][]edge, m *Model) {
	for k := range s.nodes {
		n := &s.nodes[k]
		own := r.Of[n.doc]
		sums := map[int]float64{}
		for _, e := range near[k] {
			if g := r.Of[s.nodes[e.b].doc]; g != own {
				sums[g] += e.p
			}
		}
		for g, sum := range sums {
			score := sum / float64(len(clusters[g]))
			if score < m.Second {
				continue
			}
			for _, d := range n.docs {
				r.Also = append(r.Also, Membership{d, g, score})
			}
		}
	}
	slices.SortFunc(r.Also, func(a, b Membership) int {
		return cmp.Or(cmp.Compare(a.Doc, b.Doc), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Group, b.Group))
	})
}

// doubts fills r.Doubts: merges that barely were made, and pairs of groups that barely were not.
func (s *set) doubts(r *Result, clusters [][]int32, l *linkage, near [][]edge) {
	for _, x := range r.Merges {
		if x.Cause == Alike && x.Margin < doubtful {
			r.Doubts = append(r.Doubts, Doubt{x.Pair[0], x.Pair[1], true, x.Score, x.Margin})
		}
	}
	type sides struct{ a, b int }
	type across struct {
		sum float64
		top edge
	}
	between := map[sides]across{}
	for k := range near {
		for _, e := range near[k] {
			if e.a > e.b {
				continue
			}
			a, b := r.Of[s.nodes[e.a].doc], r.Of[s.nodes[e.b].doc]
			if a == b {
				continue
			}
			at := sides{min(a, b), max(a, b)}
			x, seen := between[at]
			x.sum += e.p
			if !seen || e.p > x.top.p {
				x.top = e
			}
			between[at] = x
		}
	}
	for at, x := range between {
		score := x.sum / float64(len(clusters[at.a])*len(clusters[at.b]))
		if score < l.threshold && score >= l.threshold-doubtful {
			p := ordered(s.nodes[x.top.a].doc, s.nodes[x.top.b].doc)
			r.Doubts = append(r.Doubts, Doubt{p[0], p[1], false, score, score - l.threshold})
		}
	}
	slices.SortFunc(r.Doubts, func(a, b Doubt) int {
		return cmp.Or(cmp.Compare(math.Abs(a.Margin), math.Abs(b.Margin)), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
}

func (s *set) docsOf(nodes []int32) []int {
	var out []int
	for _, k := range nodes {
		out = append(out, s.nodes[k].docs...)
	}
	slices.Sort(out)
	return out
}

func sortedInts(a []int) []int { return slices.Sorted(slices.Values(a)) }

func ordered(a, b int) [2]int { return [2]int{min(a, b), max(a, b)} }

func canonical(p pair) pair { return pair{min(p.a, p.b), max(p.a, p.b)} }
