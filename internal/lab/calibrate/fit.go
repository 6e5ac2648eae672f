package main

import (
	"math"

	"github.com/deepreview-go/deepreview/internal/calibrate"
)

// row is one claim to learn from.
type row struct {
	x   *calibrate.Vector
	yes bool
	// tool says that it is of the corpus without severities, which has a base rate of its own.
	tool   bool
	weight float64
}

// penalty is the strength of the pull toward a weight's prior, in the units of a row. Between a third and three times of
// these, cross-validation does not tell one from another.
var penalty = [calibrate.Heads]float64{
	calibrate.Worse: 10, calibrate.Worst: 10, calibrate.WorseByWords: 10, calibrate.WorstByWords: 10, calibrate.Kept: 30,
}

const (
	// liftPenalty pulls the weight of the record to 1, where it stands by itself: a naive reader of the record.
	liftPenalty = 30
	// gravePrior and wordPrior are what a word in the title is taken to mean where no severity is stated: see priorOf.
	gravePrior = 1
	wordPrior  = 0.3
	// rounds is far more than needed; the descent ends when nothing moves.
	rounds    = 400
	tolerance = 1e-7
)

// learns says which features a question is answered by.
func learns(h calibrate.Head, f calibrate.Feature) bool {
	switch h {
	case calibrate.Worse, calibrate.Worst:
		return f != calibrate.FiveVotes && f != calibrate.Impact && f != calibrate.Doubt
	case calibrate.WorseByWords, calibrate.WorstByWords:
		return f > calibrate.LiftHigh && f != calibrate.FiveVotes && f != calibrate.Impact && f != calibrate.Doubt
	}
	switch f {
	case calibrate.LiftMean, calibrate.TwoVotes, calibrate.ThreeVotes, calibrate.FiveVotes, calibrate.Doubt, calibrate.Impact:
		return true
	}
	return false
}

// priorOf returns what a weight is pulled to. A record stands for itself. Where no severity is stated, words keep some of
// their plain meaning: the data is of two repositories, which see few attacks and lose little data.
func priorOf(h calibrate.Head, f calibrate.Feature) float64 {
	if f == calibrate.LiftMean {
		return 1
	}
	if h != calibrate.WorseByWords && h != calibrate.WorstByWords {
		return 0
	}
	switch {
	case f.Grave():
		return gravePrior
	case f.Impact():
		return wordPrior
	case f.Doubt():
		return -wordPrior
	}
	return 0
}

// train fits the model to the samples. The record that a claim is read by never counts the claim's own pull request.
func train(samples []*sample) *calibrate.Model {
	m := &calibrate.Model{Record: record(samples, "")}
	without := map[string]*calibrate.Model{}
	vectors := make([][calibrate.Heads]calibrate.Vector, len(samples))
	for i, s := range samples {
		vectors[i] = s.vectors
		if !s.led {
			continue
		}
		if without[s.fold] == nil {
			without[s.fold] = &calibrate.Model{Record: record(samples, s.fold)}
		}
		without[s.fold].Relift(s.c, &vectors[i])
	}
	for h := range calibrate.Head(calibrate.Heads) {
		var rows []row
		for i, s := range samples {
			for _, o := range s.claims {
				if o.earlier {
					continue // the round before decided, which no word of the claim tells
				}
				r := row{x: &vectors[i][h], tool: !s.led, weight: 1}
				asked := true
				switch h {
				case calibrate.Worse, calibrate.WorseByWords:
					r.yes, asked = o.final >= calibrate.Important, o.final > 0
				case calibrate.Worst, calibrate.WorstByWords:
					r.yes, asked = o.final == calibrate.Critical, o.final >= calibrate.Important
				case calibrate.Kept:
					r.yes = o.kept
				}
				if asked {
					rows = append(rows, r)
				}
			}
		}
		m.Bias[h], m.Weights[h] = fit(h, rows)
	}
	return m
}

// record counts what became of the claims of every fold but one.
func record(samples []*sample, except string) calibrate.Record {
	out := calibrate.Record{}
	for _, s := range samples {
		if !s.led || s.fold == except {
			continue
		}
		for _, o := range s.claims {
			if o.earlier {
				continue
			}
			if out[o.family] == nil {
				out[o.family] = &calibrate.Tally{}
			}
			out[o.family][o.raised][o.final]++
		}
	}
	return out
}

// fit minimises the logistic loss with a quadratic pull, by coordinate descent, each weight within its bounds: the problem
// is convex, so where it ends does not depend on where it starts.
func fit(h calibrate.Head, rows []row) (bias float64, w calibrate.Vector) {
	z := make([]float64, len(rows))
	var toolBias float64
	step := func(current, prior, pull, low, high float64, x func(*row) float64) float64 {
		gradient, curvature := pull*(current-prior), pull
		for i := range rows {
			v := x(&rows[i])
			if v == 0 {
				continue
			}
			p := 1 / (1 + math.Exp(-z[i]))
			y := 0.0
			if rows[i].yes {
				y = 1
			}
			gradient += rows[i].weight * (p - y) * v
			curvature += rows[i].weight * p * (1 - p) * v * v
		}
		next := min(max(current-min(max(gradient/curvature, -1), 1), low), high)
		if d := next - current; d != 0 {
			for i := range rows {
				z[i] += d * x(&rows[i])
			}
		}
		return next
	}
	for range rounds {
		moved := 0.0
		move := func(weight *float64, next float64) {
			moved = max(moved, math.Abs(next-*weight))
			*weight = next
		}
		move(&bias, step(bias, 0, 0.01, -100, 100, func(*row) float64 { return 1 }))
		move(&toolBias, step(toolBias, 0, 0.01, -100, 100, func(r *row) float64 {
			if r.tool {
				return 1
			}
			return 0
		}))
		for f := range calibrate.Feature(calibrate.Features) {
			if !learns(h, f) {
				continue
			}
			prior, pull := priorOf(h, f), penalty[h]
			if f == calibrate.LiftMean {
				pull = liftPenalty
			}
			low, high := calibrate.Bounds(h, f)
			move(&w[f], step(w[f], prior, pull, low, high, func(r *row) float64 { return r.x[f] }))
		}
		if moved < tolerance {
			break
		}
	}
	return bias, w
}
