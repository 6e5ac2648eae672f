package corpus

// Severities is how often the predicted severity of a kept finding is its final one.
type Severities struct {
	All Share
	// Alone are the findings that have their gold cluster to themselves, Company the others.
	Alone, Company Share
}

// Severity scores predicted severities against the final ones of kept findings.
func Severity(c *Corpus, predictions []Prediction) (Severities, error) {
	by, err := c.index(predictions, true)
	if err != nil {
		return Severities{}, err
	}
	size := map[issueKey]int{}
	for _, change := range c.Changes {
		for _, f := range change.Findings {
			size[issueKey{f.Change, c.Truth.Findings[f.ID].Cluster}]++
		}
	}
	var out Severities
	for _, change := range c.Changes {
		for _, f := range change.Findings {
			v := c.Truth.Findings[f.ID]
			if v.Status != Kept {
				continue
			}
			part := &out.Company
			if size[issueKey{f.Change, v.Cluster}] == 1 {
				part = &out.Alone
			}
			hit := by[f.ID].Severity == v.FinalSeverity
			for _, s := range []*Share{&out.All, part} {
				s.Of++
				if hit {
					s.Hit++
				}
			}
		}
	}
	return out, nil
}

// Survival returns the AUC of the predicted score for kept against dropped findings: the probability that a
// kept one scores above a dropped one, ties counting half.
func Survival(c *Corpus, predictions []Prediction) (float64, error) {
	all, err := c.scores(predictions, Kept, Dropped)
	return auc(all), err
}

// Ranking returns AUC and average precision of the predicted score for findings matched to a human-checked
// issue against unmatched ones, pooled over all changes.
func Ranking(c *Corpus, predictions []Prediction) (area, precision float64, err error) {
	all, err := c.scores(predictions, Valid, Unmatched)
	return auc(all), averagePrecision(all), err
}

func (c *Corpus) scores(predictions []Prediction, yes, no Status) ([]scored, error) {
	by, err := c.index(predictions, true)
	if err != nil {
		return nil, err
	}
	var all []scored
	for _, change := range c.Changes {
		for _, f := range change.Findings {
			if s := c.Truth.Findings[f.ID].Status; s == yes || s == no {
				all = append(all, scored{by[f.ID].Score, s == yes})
			}
		}
	}
	return all, nil
}

// Bin is the findings whose score lies in a tenth of the scale.
type Bin struct {
	// Low is the least score of the bin; the next begins at Low+0.1, and the last holds 1.
	Low float64
	// Mean is the mean score, Kept how many were kept.
	Mean float64
	Kept Share
}

// Reliability compares, tenth by tenth, the predicted score with the share of findings that were kept: where scores are
// probabilities the two are equal. Tenths that hold none are left out.
func Reliability(c *Corpus, predictions []Prediction) ([]Bin, error) {
	all, err := c.scores(predictions, Kept, Dropped)
	if err != nil {
		return nil, err
	}
	var bins [10]Bin
	for _, s := range all {
		b := &bins[min(9, max(0, int(s.score*10)))]
		b.Mean += s.score
		b.Kept.Of++
		if s.yes {
			b.Kept.Hit++
		}
	}
	var out []Bin
	for i, b := range bins {
		if b.Kept.Of > 0 {
			b.Low = float64(i) / 10
			b.Mean /= float64(b.Kept.Of)
			out = append(out, b)
		}
	}
	return out, nil
}
