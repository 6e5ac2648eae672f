package match

// Split is a node of a Tree: below Cut go Less, else Else; a leaf has both 0.
type Split struct {
	Kind       Kind
	Cut        float64
	Less, Else int
	Value      float64
}

// Tree is a decision tree.
type Tree []Split

// Eval returns the value of the leaf.
func (t Tree) Eval(f *Features) float64 {
	at := 0
	for t[at].Less != 0 {
		if f[t[at].Kind] < t[at].Cut {
			at = t[at].Less
		} else {
			at = t[at].Else
		}
	}
	return t[at].Value
}
