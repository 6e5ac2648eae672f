package main

// background counts in how many pull requests outside the folds skipped a word occurs, and how many there are. Words of
// fewer than three are left out: they are as good as never seen, and they are the ones that would name a project.
func background(sources []*source, skip [2]int) (map[string]int, int) {
	seen := map[string]map[string]bool{}
	requests := map[string]bool{}
	for _, s := range sources {
		for i, docs := range s.tokens {
			if s.skipped(i, skip) {
				continue
			}
			request := s.c.Changes[i].Fold()
			requests[request] = true
			for _, tokens := range docs {
				for _, t := range tokens {
					if seen[t] == nil {
						seen[t] = map[string]bool{}
					}
					seen[t][request] = true
				}
			}
		}
	}
	out := map[string]int{}
	for t, in := range seen {
		if len(in) >= 3 {
			out[t] = len(in)
		}
	}
	return out, len(requests)
}

func (s *source) skipped(i int, skip [2]int) bool {
	return s.folds[i] == skip[0] || s.folds[i] == skip[1]
}
