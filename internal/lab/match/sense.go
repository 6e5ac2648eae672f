package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// sense learns a vector for each word from which words keep which company: the right singular vectors of the matrix of
// documents by words (latent semantic analysis, Deerwester et al. 1990), found by subspace iteration.
func sense(sources []*source, skip [2]int, dims, least int) map[string][]float32 {
	type entry struct {
		w int
		x float64
	}
	var docs [][]string
	df := map[string]int{}
	for _, s := range sources {
		for i, ds := range s.tokens {
			if s.skipped(i, skip) {
				continue
			}
			for _, d := range ds {
				// Identifiers and concepts have evidence of their own.
				ts := slices.DeleteFunc(slices.Clone(d), func(t string) bool { return strings.HasPrefix(t, "`") || strings.HasPrefix(t, "~") })
				docs = append(docs, ts)
				for _, t := range ts {
					df[t]++
				}
			}
		}
	}
	var words []string
	for w, n := range df {
		if n >= least {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	at := map[string]int{}
	for i, w := range words {
		at[w] = i
	}
	rows := make([][]entry, len(docs))
	for i, ts := range docs {
		norm := 0.0
		for _, t := range ts {
			j, ok := at[t]
			if !ok {
				continue
			}
			x := math.Log(float64(len(docs)) / float64(df[t]))
			rows[i] = append(rows[i], entry{j, x})
			norm += x * x
		}
		for k := range rows[i] {
			rows[i][k].x /= math.Sqrt(norm)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	v := make([][]float64, len(words)) // words × dims
	for i := range v {
		v[i] = make([]float64, dims)
		for d := range v[i] {
			v[i][d] = rng.NormFloat64()
		}
	}
	orthonormal(v, dims)
	y := make([]float64, dims)
	for range 12 {
		next := make([][]float64, len(words))
		for i := range next {
			next[i] = make([]float64, dims)
		}
		for _, r := range rows {
			clear(y)
			for _, e := range r {
				for d, x := range v[e.w] {
					y[d] += e.x * x
				}
			}
			for _, e := range r {
				for d := range y {
					next[e.w][d] += e.x * y[d]
				}
			}
		}
		v = next
		orthonormal(v, dims)
	}
	out := map[string][]float32{}
	for i, w := range words {
		x := make([]float32, 0, dims)
		for _, c := range v[i] {
			x = append(x, float32(c))
		}
		out[w] = x
	}
	return out
}

// orthonormal makes the columns of v orthonormal by Gram and Schmidt.
func orthonormal(v [][]float64, dims int) {
	for d := range dims {
		for e := range d {
			dot := 0.0
			for i := range v {
				dot += v[i][d] * v[i][e]
			}
			for i := range v {
				v[i][d] -= dot * v[i][e]
			}
		}
		n := 0.0
		for i := range v {
			n += v[i][d] * v[i][d]
		}
		n = math.Sqrt(n)
		for i := range v {
			v[i][d] /= n
		}
	}
}
