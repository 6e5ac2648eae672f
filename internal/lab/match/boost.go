package main

import (
	"math"
	"slices"

	"github.com/deepreview-go/deepreview/internal/match"
)

const (
	// bins is how many values of one kind of evidence the trees tell apart.
	bins = 24
	// start is the log-odds that boosting begins at.
	start = -3
	// leastGain is what a split must gain.
	leastGain = 1e-3
)

// booster grows trees on binned evidence.
type booster struct {
	ex    []example
	set   *settings
	cuts  [][]float64 // of each kind listed in the settings, ascending
	codes [][]uint8   // of each kind and example: how many cuts it reaches
	g, h  []float64   // first and second derivative of the loss at each example
}

// boost fits small trees to the log-odds one after the other, each to what the ones before left: gradient boosting with
// second derivatives (Chen and Guestrin 2016).
func boost(ex []example, set *settings) []match.Tree {
	b := &booster{ex: ex, set: set, g: make([]float64, len(ex)), h: make([]float64, len(ex))}
	for _, k := range set.kinds {
		b.bin(k)
	}
	z := make([]float64, len(ex))
	all := make([]int, len(ex))
	for i := range ex {
		z[i], all[i] = start, i
	}
	var trees []match.Tree
	for range int(set.Rounds) {
		for i := range ex {
			p := 1 / (1 + math.Exp(-z[i]))
			b.g[i] = ex[i].weight * (p - ex[i].y)
			b.h[i] = ex[i].weight * p * (1 - p)
		}
		var t match.Tree
		b.grow(&t, all, int(set.Depth))
		for i := range ex {
			z[i] += t.Eval(&ex[i].x)
		}
		trees = append(trees, t)
	}
	return trees
}

// bin cuts the values of a kind at their quantiles. The pairs that are the same are few: all of them count, of the
// others each seventh.
func (b *booster) bin(k match.Kind) {
	var values []float64
	for i := range b.ex {
		if b.ex[i].y == 1 || i%7 == 0 {
			values = append(values, b.ex[i].x[k])
		}
	}
	slices.Sort(values)
	var cuts []float64
	for q := 1; q < bins && len(values) > 0; q++ {
		if x := values[len(values)*q/bins]; len(cuts) == 0 || x > cuts[len(cuts)-1] {
			cuts = append(cuts, x)
		}
	}
	codes := make([]uint8, len(b.ex))
	for i := range b.ex {
		for codes[i] < uint8(len(cuts)) && b.ex[i].x[k] >= cuts[codes[i]] {
			codes[i]++
		}
	}
	b.cuts, b.codes = append(b.cuts, cuts), append(b.codes, codes)
}

// grow adds to t the subtree over rows, and returns where it begins.
func (b *booster) grow(t *match.Tree, rows []int, depth int) int {
	var g, h float64
	for _, i := range rows {
		g += b.g[i]
		h += b.h[i]
	}
	at := len(*t)
	*t = append(*t, match.Split{Value: -b.set.Rate * g / (h + b.set.Lambda)})
	if depth == 0 {
		return at
	}
	gain, kind, cut := leastGain, -1, 0
	for c := range b.set.kinds {
		var gs, hs [bins + 1]float64
		for _, i := range rows {
			code := b.codes[c][i]
			gs[code] += b.g[i]
			hs[code] += b.h[i]
		}
		var lg, lh float64
		for q := range b.cuts[c] {
			lg += gs[q]
			lh += hs[q]
			if lh < b.set.Leaf || h-lh < b.set.Leaf {
				continue
			}
			l := b.set.Lambda
			if x := lg*lg/(lh+l) + (g-lg)*(g-lg)/(h-lh+l) - g*g/(h+l); x > gain {
				gain, kind, cut = x, c, q
			}
		}
	}
	if kind < 0 {
		return at
	}
	var less, rest []int
	for _, i := range rows {
		if int(b.codes[kind][i]) <= cut {
			less = append(less, i)
		} else {
			rest = append(rest, i)
		}
	}
	(*t)[at].Kind, (*t)[at].Cut = b.set.kinds[kind], b.cuts[kind][cut]
	first := b.grow(t, less, depth-1)
	second := b.grow(t, rest, depth-1)
	(*t)[at].Less, (*t)[at].Else = first, second
	return at
}
