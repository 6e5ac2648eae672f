package calibrate

import "math"

// Tally is what became of claims raised at each level: Tally[raised][final], with final Unset for those not kept.
type Tally [levels][levels]float64

// Record is what became of the claims of each reviewer, or family of reviewers, by name.
type Record map[string]*Tally

// all sums over reviewers. Sums of whole numbers come out the same in any order.
func (r Record) all() *Tally {
	var sum Tally
	for _, t := range r {
		for raised := range t {
			for final := range t[raised] {
				sum[raised][final] += t[raised][final]
			}
		}
	}
	return &sum
}

// row returns what became of the claims raised at a level; of all claims where the level is Unset, since no severity
// says nothing.
func (t *Tally) row(raised int) (sum [levels]float64) {
	if t == nil {
		return sum
	}
	for r := range t {
		for final := range t[r] {
			if r == raised || raised == Unset {
				sum[final] += t[r][final]
			}
		}
	}
	return sum
}

func total(row [levels]float64) (sum float64) {
	for _, n := range row {
		sum += n
	}
	return sum
}

// head is one of the three questions that a case is asked.
type Head int

const (
	// Worse: if kept, is it important or worse?
	Worse Head = iota
	// Worst: if important or worse, is it critical?
	Worst
	// Kept: is it kept?
	Kept
	// WorseByWords and WorstByWords ask the first two where nobody stated a severity.
	WorseByWords
	WorstByWords
	heads
)

// share returns how many of a row are a yes to the question, and of how many it is asked.
func (h Head) share(row [levels]float64) (yes, of float64) {
	switch h {
	case Worse, WorseByWords:
		return row[Important] + row[Critical], row[Suggestion] + row[Important] + row[Critical]
	case Worst, WorstByWords:
		return row[Critical], row[Important] + row[Critical]
	}
	return total(row) - row[Unset], total(row)
}

// shrinkage is how many claims a wider population counts for beside a narrower one. Chosen by cross-validation, where 2
// to 8 make no difference beyond the noise.
const shrinkage = 4

// standing is what is known of reviewers, made ready.
type standing struct {
	all      *Tally
	everyone reading
	// shipped goes by family, own by reviewer and family.
	shipped map[string]reading
	own     map[[2]string]reading
}

// reading is how the claims of a reviewer are read.
type reading struct {
	// lifts are for each question and severity raised the log-odds over those of all claims.
	lifts *[heads][levels]float64
	// tally is what they come from, and whose says whose claims it counts.
	tally *Tally
	whose string
}

// newStanding reads claims by own where it has the reviewer, else by shipped, else by all of shipped. Each is drawn toward
// the next wider one in proportion to how little it knows.
func newStanding(shipped, own Record) *standing {
	s := &standing{all: shipped.all(), shipped: map[string]reading{}, own: map[[2]string]reading{}}
	s.everyone = reading{s.lifts(), s.all, "all reviewers on record"}
	for family, t := range shipped {
		s.shipped[family] = reading{s.lifts(t), t, "reviewers of the " + family + " family"}
	}
	for reviewer, t := range own {
		if total(t.row(Unset)) == 0 {
			continue
		}
		s.own[[2]string{reviewer, ""}] = reading{s.lifts(t), t, "this reviewer"}
		for family, wider := range shipped {
			s.own[[2]string{reviewer, family}] = reading{s.lifts(wider, t), t, "this reviewer"}
		}
	}
	return s
}

// of returns how a claim is read.
func (s *standing) of(c *Claim) reading {
	family, known := s.shipped[c.Family]
	name := [2]string{c.Reviewer, ""}
	if known {
		name[1] = c.Family
	}
	if own, ok := s.own[name]; ok {
		return own
	}
	if known {
		return family
	}
	return s.everyone
}

// lifts returns the log-odds of a reviewer of whom the tallies tell, the wider first.
func (s *standing) lifts(tallies ...*Tally) *[heads][levels]float64 {
	var out [heads][levels]float64
	for h := range heads {
		yes, of := h.share(s.all.row(Unset))
		base := (yes + 1) / (of + 2)
		var p, weight [levels]float64
		for raised := range levels {
			p[raised] = base
			for _, t := range append([]*Tally{s.all}, tallies...) {
				yes, of := h.share(t.row(raised))
				p[raised] = (yes + shrinkage*p[raised]) / (of + shrinkage)
				weight[raised] = of + shrinkage
			}
		}
		if h != Kept {
			rising(p[Suggestion:], weight[Suggestion:])
		}
		for raised := range levels {
			out[h][raised] = logit(p[raised]) - logit(base)
		}
	}
	return &out
}

// rising makes p ascend by pooling neighbours that do not: a severity raised higher never speaks for a lower one.
func rising(p, weight []float64) {
	type block struct {
		mean, weight float64
		n            int
	}
	var blocks []block
	for i := range p {
		blocks = append(blocks, block{p[i], weight[i], 1})
		for n := len(blocks); n > 1 && blocks[n-1].mean < blocks[n-2].mean; n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			blocks = append(blocks[:n-2], block{(a.mean*a.weight + b.mean*b.weight) / (a.weight + b.weight), a.weight + b.weight, a.n + b.n})
		}
	}
	i := 0
	for _, b := range blocks {
		for range b.n {
			p[i] = b.mean
			i++
		}
	}
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
