package match

import "cmp"

// speaker returns the doc that says best what all members say: the one most like the others on average; of equals the
// one with a place, then the one with the weightiest words.
func (s *set) speaker(members []int32, near [][]edge) int {
	in := map[int32]bool{}
	for _, k := range members {
		in[k] = true
	}
	top, topScore := int32(-1), 0.0
	for _, k := range members {
		sum := 0.0
		for _, e := range near[k] {
			if in[e.b] {
				sum += e.p
			}
		}
		n := &s.nodes[k]
		// Members are in canonical order: of those equal in all of it the first stays.
		if top < 0 || cmp.Or(
			cmp.Compare(sum, topScore),
			cmp.Compare(min(1, len(n.places)), min(1, len(s.nodes[top].places))),
			cmp.Compare(n.norm, s.nodes[top].norm),
		) > 0 {
			top, topScore = k, sum
		}
	}
	return s.nodes[top].docs[0] // of copies the first author's
}
