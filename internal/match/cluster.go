package match

import (
	"cmp"
	"container/heap"
	"slices"
)

// Edge is how likely two nodes say the same. Pairs without an edge have 0.
type Edge struct {
	pair
	p float64
}

// negligible is the probability below which an edge is left out.
const negligible = .02

// edges weighs all candidate pairs.
func (s *set) edges(m *Model) []Edge {
	var out []Edge
	s.eachPair(m, func(p pair, f *Features) {
		if e := s.edge(p, f, m); e.p >= negligible {
			out = append(out, e)
		}
	})
	return out
}

func (s *set) edge(p pair, f *Features, m *Model) Edge {
	e := Edge{p, m.probability(f)}
	if s.oneGroup(p) && f[Text] < m.SameGroup {
		e.p = 0
	}
	return e
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
	bests := make([]best, len(s.nodes))
	for i, p := range pairs {
		features[i] = s.own(p)
		l := m.likeness(&features[i])
		bests[p.a].see(l, p.b)
		bests[p.b].see(l, p.a)
	}
	for i, p := range pairs {
		features[i].relate(p, m.likeness(&features[i]), bests)
		f(p, &features[i])
	}
}

// step is one merge of the agglomeration.
type step struct {
	a, b  int32 // the clusters, named by their smallest node
	score float64
}

// link merges, always the two clusters that are most alike on average over all pairs across, until none reaches
// the threshold: a document joins by what it has in common with the whole cluster, so that no chain forms.
func (s *set) link(edges []Edge, threshold float64) (cluster []int32, steps []step) {
	n := len(s.nodes)
	cluster = make([]int32, n)
	size := make([]int32, n)
	members := make([][]int32, n)
	sums := make([]map[int32]float64, n)
	for i := range cluster {
		cluster[i] = int32(i)
		size[i] = 1
		members[i] = []int32{int32(i)}
		sums[i] = map[int32]float64{}
	}
	q := make(queue, 0, len(edges))
	for _, e := range edges {
		sums[e.a][e.b] = e.p
		sums[e.b][e.a] = e.p
		if e.p >= threshold {
			q = append(q, joint{e.p, e.a, e.b, 1, 1})
		}
	}
	heap.Init(&q)
	for len(q) > 0 {
		j := heap.Pop(&q).(joint)
		if size[j.a] != j.sizeA || size[j.b] != j.sizeB {
			continue // one of them has merged since
		}
		// The cluster keeps the smaller name; the map of the one with more neighbours is kept.
		a, b := j.a, j.b
		steps = append(steps, step{a, b, j.score})
		into, from := sums[a], sums[b]
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
		sums[a], sums[b] = into, nil
		members[a] = append(members[a], members[b]...)
		members[b] = nil
		size[a] += size[b]
		size[b] = 0
		for k, sum := range into {
			delete(sums[k], b)
			sums[k][a] = sum
			if score := sum / float64(size[a]*size[k]); score >= threshold {
				q.add(joint{score, min(a, k), max(a, k), size[min(a, k)], size[max(a, k)]})
			}
		}
	}
	for a, ms := range members {
		for _, m := range ms {
			cluster[m] = int32(a)
		}
	}
	return cluster, steps
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
func (q *queue) add(j joint) { heap.Push(q, j) }
