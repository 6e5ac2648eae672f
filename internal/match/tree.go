package match

// Split is a node of a [Tree]: what is below Cut goes on at Less, the rest at Else, indexes into the tree. A leaf has
// neither.
type Split struct {
	Kind       Kind
	Cut        float64
	Less, Else int
	// Value is the tree's answer if it ended here.
	Value float64
}

// Tree is a decision tree, its root first.
type Tree []Split

// Eval returns the value of the leaf that f falls into.
func (t Tree) Eval(f *Features) float64 {
	at := 0
	for t[at].Less != 0 {
		at = t[at].next(f)
	}
	return t[at].Value
}

// account adds to each kind of evidence what its splits on the way to the leaf changed: the changes and the root's
// value add up to the leaf's (Saabas 2014, "Interpreting random forests").
func (t Tree) account(f, by *Features) {
	at := 0
	for t[at].Less != 0 {
		next := t[at].next(f)
		by[t[at].Kind] += t[next].Value - t[at].Value
		at = next
	}
}

func (s *Split) next(f *Features) int {
	if f[s.Kind] < s.Cut {
		return s.Less
	}
	return s.Else
}
