package main

import (
	"math"
	"slices"

	"github.com/deepreview-go/deepreview/internal/match"
)

// regress is logistic regression on some kinds of evidence with a ridge penalty, by Newton's method.
func regress(ex []example, kinds []match.Kind, ridge float64) (match.Features, float64) {
	d := len(kinds) + 1
	beta := make([]float64, d)
	x := make([]float64, d)
	for range 25 {
		g := make([]float64, d)
		h := make([][]float64, d)
		for i := range h {
			h[i] = make([]float64, d)
		}
		for i := range ex {
			e := &ex[i]
			x[0] = 1
			for j, k := range kinds {
				x[j+1] = e.x[k]
			}
			z := 0.0
			for j := range x {
				z += beta[j] * x[j]
			}
			p := 1 / (1 + math.Exp(-z))
			r := e.weight * (p - e.y)
			v := e.weight * p * (1 - p)
			for a := range x {
				if x[a] == 0 {
					continue
				}
				g[a] += r * x[a]
				for b := 0; b <= a; b++ {
					h[a][b] += v * x[a] * x[b]
				}
			}
		}
		for a := range d {
			for b := range a {
				h[b][a] = h[a][b]
			}
			if a > 0 {
				g[a] += ridge * beta[a]
				h[a][a] += ridge
			}
			h[a][a] += 1e-6
		}
		far := 0.0
		for a, step := range solve(h, g) {
			beta[a] -= step
			far = max(far, math.Abs(step))
		}
		if far < 1e-6 {
			break
		}
	}
	var f match.Features
	for j, k := range kinds {
		f[k] = beta[j+1]
	}
	return f, beta[0]
}

// solve returns x of a·x = b, by elimination with pivots; it uses a up.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	b = slices.Clone(b)
	for i := range n {
		p := i
		for r := i + 1; r < n; r++ {
			if math.Abs(a[r][i]) > math.Abs(a[p][i]) {
				p = r
			}
		}
		a[i], a[p] = a[p], a[i]
		b[i], b[p] = b[p], b[i]
		for r := i + 1; r < n; r++ {
			f := a[r][i] / a[i][i]
			for c := i; c < n; c++ {
				a[r][c] -= f * a[i][c]
			}
			b[r] -= f * b[i]
		}
	}
	x := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		sum := b[i]
		for c := i + 1; c < n; c++ {
			sum -= a[i][c] * x[c]
		}
		x[i] = sum / a[i][i]
	}
	return x
}
