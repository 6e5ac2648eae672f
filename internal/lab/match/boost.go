package main

import (
	"math"
	"slices"

	"github.com/deepreview-go/deepreview/internal/match"
)

// boost fits small trees by second-order gradient boosting over quantile bins.
func boost(ex []example, kinds []match.Kind, skip int, rounds, depth int, rate, lambda, minHess float64, base func(x *match.Features) float64) []match.Tree {
	const bins = 24
	var rows []int
	for i := range ex {
		if ex[i].fold != skip {
			rows = append(rows, i)
		}
	}
	cuts := map[match.Kind][]float64{}
	code := make([][]uint8, len(kinds))
	for c, k := range kinds {
		var v []float64
		for _, i := range rows {
			if ex[i].y == 1 || i%7 == 0 {
				v = append(v, ex[i].x[k])
			}
		}
		slices.Sort(v)
		var cs []float64
		for b := 1; b < bins; b++ {
			x := v[len(v)*b/bins]
			if len(cs) == 0 || x > cs[len(cs)-1] {
				cs = append(cs, x)
			}
		}
		cuts[k] = cs
		code[c] = make([]uint8, len(ex))
		for _, i := range rows {
			n := 0
			for n < len(cs) && ex[i].x[k] >= cs[n] {
				n++
			}
			code[c][i] = uint8(n)
		}
	}
	z := make([]float64, len(ex))
	for _, i := range rows {
		z[i] = base(&ex[i].x)
	}
	var trees []match.Tree
	g := make([]float64, len(ex))
	h := make([]float64, len(ex))
	for range rounds {
		for _, i := range rows {
			p := 1 / (1 + math.Exp(-z[i]))
			g[i] = ex[i].weight * (p - ex[i].y)
			h[i] = ex[i].weight * p * (1 - p)
		}
		var t match.Tree
		var grow func(rows []int, d int) int
		grow = func(rows []int, d int) int {
			var G, H float64
			for _, i := range rows {
				G += g[i]
				H += h[i]
			}
			at := len(t)
			t = append(t, match.Split{Value: -rate * G / (H + lambda)})
			if d == 0 {
				return at
			}
			bestGain, bestC, bestB := 1e-3, -1, 0
			for c, k := range kinds {
				var hg, hh [bins + 1]float64
				for _, i := range rows {
					b := code[c][i]
					hg[b] += g[i]
					hh[b] += h[i]
				}
				var lg, lh float64
				for b := range cuts[k] {
					lg += hg[b]
					lh += hh[b]
					if lh < minHess || H-lh < minHess {
						continue
					}
					gain := lg*lg/(lh+lambda) + (G-lg)*(G-lg)/(H-lh+lambda) - G*G/(H+lambda)
					if gain > bestGain {
						bestGain, bestC, bestB = gain, c, b
					}
				}
			}
			if bestC < 0 {
				return at
			}
			var left, right []int
			for _, i := range rows {
				if int(code[bestC][i]) <= bestB {
					left = append(left, i)
				} else {
					right = append(right, i)
				}
			}
			t[at].Kind, t[at].Cut = kinds[bestC], cuts[kinds[bestC]][bestB]
			l := grow(left, d-1)
			r := grow(right, d-1)
			t[at].Less, t[at].Else = l, r
			return at
		}
		grow(rows, depth)
		trees = append(trees, t)
		for _, i := range rows {
			z[i] += t.Eval(&ex[i].x)
		}
	}
	return trees
}
