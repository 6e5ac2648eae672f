package match

import (
	"cmp"
	"container/heap"
	"slices"
)

// edge is how likely two nodes say the same. Pairs without an edge have 0.
type edge struct {
	pair
	p float64
}

// negligible is the probability below which an edge is left out.
const negligible = .02

// askAll is how many documents a caller's similarity is asked about pair by pair.
const askAll = 1000

func comparePairs(p, q pair) int { return cmp.Or(cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b)) }

// edges weighs all candidate pairs.
func (s *set) edges(m *Model) []edge {
	var out []edge
	s.eachPair(m, func(p pair, f *Features) {
		if e := s.edge(p, f, m); e.p >= negligible {
			out = append(out, e)
		}
	})
	return out
}

// asked weighs pairs by a caller's similarity.
func (s *set) asked(similarity func(i, j int) float64) []edge {
	var pairs []pair
	if len(s.nodes) <= askAll {
		for b := range s.nodes {
			for a := range b {
				pairs = append(pairs, pair{int32(a), int32(b)})
			}
		}
		slices.SortFunc(pairs, comparePairs)
	} else {
		pairs = s.candidates()
	}
	var out []edge
	for _, p := range pairs {
		if v := similarity(s.nodes[p.a].doc, s.nodes[p.b].doc); v > 0 {
			out = append(out, edge{p, v})
		}
	}
	return out
}

// edge weighs a pair. Documents of one group are different claims unless they are nearly identical.
func (s *set) edge(p pair, f *Features, m *Model) edge {
	if s.oneGroup(p) && f[Text] < m.SameGroup {
		return edge{p, 0}
	}
	return edge{p, m.probability(f)}
}

// oneGroup reports whether some group wrote both.
func (s *set) oneGroup(p pair) bool {
	for _, g := range s.nodes[p.a].groups {
		if slices.Contains(s.nodes[p.b].groups, g) {
			return true
		}
	}
	return false
}

// eachPair calls f for every candidate pair with all its evidence, in canonical order.
func (s *set) eachPair(m *Model, f func(p pair, f *Features)) {
	pairs := s.candidates()
	features := make([]Features, len(pairs))
	s.partners = make([]partners, len(s.nodes))
	for i, p := range pairs {
		features[i] = s.own(p)
		l := m.likeness(&features[i])
		s.partners[p.a].see(l, p.b, s.nodes[p.b].groups)
		s.partners[p.b].see(l, p.a, s.nodes[p.a].groups)
	}
	for i, p := range pairs {
		s.relate(&features[i], p, m.likeness(&features[i]))
		f(p, &features[i])
	}
}

// step is one merge of the agglomeration.
type step struct {
	a, b  int32 // the clusters, named by their smallest node
	score float64
	ruled bool
}

// linkage is the state of an agglomeration. Clusters are named by one of their nodes.
type linkage struct {
	size      []int32
	members   [][]int32
	sums      []map[int32]float64  // per cluster: the sum of probabilities across to each neighbour
	apart     []map[int32]struct{} // per cluster: those it must not merge with; nil where none
	queue     queue
	threshold float64
	steps     []step
}

// link merges, always the two clusters that are most alike on average over all pairs across, until none reaches
// the threshold: a document joins by what it has in common with the whole cluster, so that no chain forms.
func (s *set) link(edges []edge, threshold float64, rulings []Ruling) *linkage {
	n := len(s.nodes)
	l := &linkage{
		size:      make([]int32, n),
		members:   make([][]int32, n),
		sums:      make([]map[int32]float64, n),
		apart:     make([]map[int32]struct{}, n),
		threshold: threshold,
	}
	for i := range n {
		l.size[i] = 1
		l.members[i] = []int32{int32(i)}
		l.sums[i] = map[int32]float64{}
	}
	for _, e := range edges {
		l.sums[e.a][e.b] = e.p
		l.sums[e.b][e.a] = e.p
		if e.p >= threshold {
			l.queue = append(l.queue, joint{e.p, e.a, e.b, 1, 1})
		}
	}
	heap.Init(&l.queue)
	l.rule(s, rulings)
	for len(l.queue) > 0 {
		j := heap.Pop(&l.queue).(joint)
		if l.size[j.a] != j.sizeA || l.size[j.b] != j.sizeB {
			continue // one of them has merged since
		}
		if _, forbidden := l.apart[j.a][j.b]; !forbidden {
			l.merge(step{a: j.a, b: j.b, score: j.score})
		}
	}
	return l
}

// rule carries out decisions taken elsewhere: first those that keep apart, so that they win.
func (l *linkage) rule(s *set, rulings []Ruling) {
	if len(rulings) == 0 {
		return
	}
	of := make([]int32, len(s.docs))
	for k := range s.nodes {
		for _, d := range s.nodes[k].docs {
			of[d] = int32(k)
		}
	}
	var same []pair
	for _, r := range rulings {
		a, b := min(of[r.A], of[r.B]), max(of[r.A], of[r.B])
		switch {
		case a == b:
		case r.Same:
			same = append(same, pair{a, b})
		default:
			l.part(a, b)
		}
	}
	slices.SortFunc(same, comparePairs)
	now := make([]int32, len(s.nodes))
	for i := range now {
		now[i] = int32(i)
	}
	for _, p := range same {
		a, b := now[p.a], now[p.b]
		if _, forbidden := l.apart[a][b]; a == b || forbidden {
			continue
		}
		a, b = min(a, b), max(a, b)
		l.merge(step{a: a, b: b, score: 1, ruled: true})
		for _, m := range l.members[a] {
			now[m] = a
		}
	}
}

func (l *linkage) part(a, b int32) {
	for _, p := range []pair{{a, b}, {b, a}} {
		if l.apart[p.a] == nil {
			l.apart[p.a] = map[int32]struct{}{}
		}
		l.apart[p.a][p.b] = struct{}{}
	}
}

// merge makes clusters x.a < x.b one, named x.a.
func (l *linkage) merge(x step) {
	a, b := x.a, x.b
	l.steps = append(l.steps, x)
	into, from := l.sums[a], l.sums[b]
	if len(into) < len(from) {
		into, from = from, into
	}
	delete(into, a)
	delete(into, b)
	for k, sum := range from {
		if k != a && k != b {
			into[k] += sum
		}
	}
	l.sums[a], l.sums[b] = into, nil
	l.members[a] = append(l.members[a], l.members[b]...)
	l.members[b] = nil
	l.size[a] += l.size[b]
	l.size[b] = 0
	for k := range l.apart[b] {
		delete(l.apart[k], b)
		l.part(a, k)
	}
	l.apart[b] = nil
	for k, sum := range into {
		delete(l.sums[k], b)
		l.sums[k][a] = sum
		if score := sum / float64(l.size[a]*l.size[k]); score >= l.threshold {
			first, second := min(a, k), max(a, k)
			heap.Push(&l.queue, joint{score, first, second, l.size[first], l.size[second]})
		}
	}
}

// joint is a merge that could be made.
type joint struct {
	score        float64
	a, b         int32
	sizeA, sizeB int32 // their sizes when it was considered
}

// queue is a heap of joints, the best first, in a total order.
type queue []joint

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[j].score, q[i].score), cmp.Compare(q[i].a, q[j].a), cmp.Compare(q[i].b, q[j].b),
		cmp.Compare(q[i].sizeA, q[j].sizeA), cmp.Compare(q[i].sizeB, q[j].sizeB)) < 0
}
func (q *queue) Push(x any) { *q = append(*q, x.(joint)) }
func (q *queue) Pop() any {
	x := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return x
}
