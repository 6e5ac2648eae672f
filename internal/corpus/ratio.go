package corpus

import (
	"cmp"
	"slices"
)

// Share counts how many of a population have a property.
type Share struct {
	Hit int
	Of  int
}

// Value returns Hit divided by Of; 0 where the population is empty.
func (s Share) Value() float64 { return ratio(float64(s.Hit), float64(s.Of)) }

// Counts are the cells of a comparison between predicted and true.
type Counts struct {
	// Both is how many are predicted and true.
	Both int
	// Predicted is how many are predicted.
	Predicted int
	// True is how many are true.
	True int
}

// PRF returns precision, recall and F1; each is 0 where it is not defined.
func (c Counts) PRF() PRF {
	return prf(ratio(float64(c.Both), float64(c.Predicted)), ratio(float64(c.Both), float64(c.True)))
}

func (c Counts) plus(d Counts) Counts {
	return Counts{c.Both + d.Both, c.Predicted + d.Predicted, c.True + d.True}
}

// PRF is precision, recall and their harmonic mean.
type PRF struct{ Precision, Recall, F1 float64 }

func prf(p, r float64) PRF { return PRF{p, r, ratio(2*p*r, p+r)} }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// scored is a score with what it should predict.
type scored struct {
	score float64
	yes   bool
}

// auc returns the probability that a yes scores above a no, ties counting half; 0.5 where one kind
// is absent.
func auc(all []scored) float64 {
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	var wins, below, pos, neg float64
	for i := 0; i < len(all); {
		j := i
		var p, n float64
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].yes {
				p++
			} else {
				n++
			}
		}
		wins += p * (below + n/2)
		below += n
		pos, neg, i = pos+p, neg+n, j
	}
	if pos == 0 || neg == 0 {
		return 0.5
	}
	return wins / (pos * neg)
}

// averagePrecision returns the mean of the precision at each step of recall, those of equal score taken
// together; 0 where none is a yes.
func averagePrecision(all []scored) float64 {
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var sum, pos, seen float64
	for i := 0; i < len(all); {
		j := i
		var p float64
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].yes {
				p++
			}
		}
		pos += p
		seen += float64(j - i)
		sum += p * pos / seen
		i = j
	}
	return ratio(sum, pos)
}
