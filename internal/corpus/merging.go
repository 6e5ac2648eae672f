package corpus

// Pairs scores which findings are held to be the same, over pairs of findings by different reviewers of one
// change, pooled over all changes. Where c has gold clusters, a pair is true when they are equal.
func Pairs(c *Corpus, predictions []Prediction) (Counts, error) {
	by, err := c.index(predictions, true)
	if err != nil {
		return Counts{}, err
	}
	var sum Counts
	c.eachPair(func(a, b *Finding) {
		va, vb := c.Truth.Findings[a.ID], c.Truth.Findings[b.ID]
		sum = sum.plus(count(same(by, a, b), va.Cluster != "" && va.Cluster == vb.Cluster))
	})
	return sum, nil
}

// GoldenPairs scores the same against human-checked issues. In matched, both findings of a pair are matched to
// an issue: true if they share one. Extended adds, as false, the pairs of a matched and an unmatched finding,
// about a quarter of which, among the close ones, are really the same. Findings of unknown status are left out.
func GoldenPairs(c *Corpus, predictions []Prediction) (matched, extended Counts, err error) {
	by, err := c.index(predictions, true)
	if err != nil {
		return matched, extended, err
	}
	c.eachPair(func(a, b *Finding) {
		va, vb := c.Truth.Findings[a.ID], c.Truth.Findings[b.ID]
		ma, mb := len(va.Issues) > 0, len(vb.Issues) > 0
		switch {
		case ma && mb:
			one := count(same(by, a, b), share(va.Issues, vb.Issues))
			matched, extended = matched.plus(one), extended.plus(one)
		case ma && vb.Status == Unmatched, mb && va.Status == Unmatched:
			extended = extended.plus(count(same(by, a, b), false))
		}
	})
	return matched, extended, nil
}

// BCubed scores clusters by the B³ measure (Bagga and Baldwin 1998): for each finding the share of its predicted
// cluster that belongs to its gold cluster and the reverse, averaged over all findings of all changes.
func BCubed(c *Corpus, predictions []Prediction) (PRF, error) {
	by, err := c.index(predictions, true)
	if err != nil {
		return PRF{}, err
	}
	var p, r, n float64
	for _, change := range c.Changes {
		for i := range change.Findings {
			a := &change.Findings[i]
			var both, predicted, gold float64
			for j := range change.Findings {
				b := &change.Findings[j]
				s := same(by, a, b)
				g := i == j || c.Truth.Findings[a.ID].Cluster == c.Truth.Findings[b.ID].Cluster
				if s {
					predicted++
				}
				if g {
					gold++
				}
				if s && g {
					both++
				}
			}
			p += both / predicted
			r += both / gold
			n++
		}
	}
	return prf(ratio(p, n), ratio(r, n)), nil
}

// overMergeReach is how many lines apart two comments of one file may be to count in [OverMerge].
const overMergeReach = 3

// OverMerge returns the share of pairs by different reviewers, in one file and within three lines, that end in
// one issue, in a corpus whose annotators kept all of them apart: every hit is a mistake.
func OverMerge(c *Corpus, predictions []Prediction) (Share, error) {
	by, err := c.index(predictions, true)
	if err != nil {
		return Share{}, err
	}
	var sum Share
	c.eachPair(func(a, b *Finding) {
		if a.Path == "" || a.Path != b.Path || gap(a, b) > overMergeReach {
			return
		}
		sum.Of++
		if same(by, a, b) {
			sum.Hit++
		}
	})
	return sum, nil
}

// eachPair calls f for every pair of findings of one change by different reviewers.
func (c *Corpus) eachPair(f func(a, b *Finding)) {
	for _, change := range c.Changes {
		for i := range change.Findings {
			for j := range i {
				if change.Findings[i].Reviewer != change.Findings[j].Reviewer {
					f(&change.Findings[j], &change.Findings[i])
				}
			}
		}
	}
}

func same(by map[string]Prediction, a, b *Finding) bool { return by[a.ID].key() == by[b.ID].key() }

func count(predicted, gold bool) Counts {
	var c Counts
	if predicted {
		c.Predicted = 1
	}
	if gold {
		c.True = 1
	}
	if predicted && gold {
		c.Both = 1
	}
	return c
}

func share(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// gap returns how many lines lie from one finding's primary place to the other's; 0 where they overlap.
func gap(a, b *Finding) int {
	// Some recorded ranges run backwards.
	a0, a1 := min(a.Start, a.End), max(a.Start, a.End)
	b0, b1 := min(b.Start, b.End), max(b.Start, b.End)
	if a0 == 0 {
		a0 = a1
	}
	if b0 == 0 {
		b0 = b1
	}
	return max(0, a0-b1, b0-a1)
}
