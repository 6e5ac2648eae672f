package match

import "math"

// Model is what is learned: see the training program in internal/lab/match.
type Model struct {
	// Field is how much a word weighs by where it stands: title, prose, inline code, blocks, fix.
	Field [fields]float64
	// Identifier is how much more a whole identifier weighs than a stem.
	Identifier float64
	// Concept is the same for what stands for a group of synonyms.
	Concept float64
	// Sharpness is the power of a word's rarity in its weight.
	Sharpness float64
	// Local is how much rarity among the documents at hand counts against rarity elsewhere, where there are many
	// documents; Shrink is how many it takes to count half that.
	Local, Shrink float64
	// Weight and Bias make evidence a probability by a logistic.
	Weight Features
	Bias   float64
	// Trees add to the log-odds what they find.
	Trees []Tree
	// First and FirstBias make a first guess from what lies in the two documents alone, by which a document's
	// partners are compared.
	First     Features
	FirstBias float64
	// SameGroup is the likeness from which two documents of one group are taken for a repetition.
	SameGroup float64
	// Threshold is the mean probability at which two clusters become one.
	Threshold float64
	// Second is the mean probability at which a document supports a second cluster.
	Second float64
	// Elsewhere counts in how many of Changes code changes a word occurs in reviews.
	Elsewhere map[string]int
	Changes   int
	// Sense places words so that those of one meaning lie close.
	Sense map[string][]float32
}

// rarityElsewhere returns 1 for a word never seen, 0 for one in every change.
func (m *Model) rarityElsewhere(token string) float64 {
	if m.Changes == 0 {
		return 1
	}
	return 1 - math.Log1p(float64(m.Elsewhere[token]))/math.Log1p(float64(m.Changes))
}

// likeness is the first guess at how likely a pair is the same, from what lies in the two documents alone.
func (m *Model) likeness(f *Features) float64 {
	z := m.FirstBias
	for k := range Relative {
		z += m.First[k] * f[k]
	}
	return 1 / (1 + math.Exp(-z))
}

// probability returns how likely a pair with the evidence f is the same.
func (m *Model) probability(f *Features) float64 {
	z := m.Bias
	for k, x := range f {
		z += m.Weight[k] * x
	}
	for _, t := range m.Trees {
		z += t.Eval(f)
	}
	return 1 / (1 + math.Exp(-z))
}

// account splits the log-odds of [Model.probability] by kind of evidence: with what is the same for every pair, they
// add up.
func (m *Model) account(f *Features) Features {
	var by Features
	for k, x := range f {
		by[k] = m.Weight[k] * x
	}
	for _, t := range m.Trees {
		t.account(f, &by)
	}
	return by
}
