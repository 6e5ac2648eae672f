package match

import "cmp"

// speaker returns the doc that says best what all members say: the one most like the others on average, the one
// with a place where equal.
func (s *set) speaker(members []int32, near [][]edge) int {
	top, topScore := int32(-1), 0.0
	in := map[int32]bool{}
	for _, k := range members {
		in[k] = true
	}
	for _, k := range members {
		sum := 0.0
		for _, e := range near[k] {
			if in[e.b] {
				sum += e.p
			}
		}
		n := &s.nodes[k]
		if top < 0 || cmp.Or(
			cmp.Compare(sum, topScore),
			cmp.Compare(min(1, len(n.places)), min(1, len(s.nodes[top].places))),
			cmp.Compare(n.norm, s.nodes[top].norm),
		) > 0 {
			top, topScore = k, sum
		}
	}
	docs := s.nodes[top].docs
	first := docs[0]
	for _, d := range docs {
		if s.docs[d].Group < s.docs[first].Group {
			first = d
		}
	}
	return first
}
