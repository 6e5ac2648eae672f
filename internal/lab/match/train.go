package main

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/deepreview-go/deepreview/internal/match"
)

// settings is all that is chosen by hand. Each was varied with the others fixed; NOTES.md says what came of it.
type settings struct {
	// How words weigh: by where they stand, whole identifiers and concepts more or less than stems, the power of rarity.
	Title, Prose, Code, Block, Fix, Identifier, Concept, Sharpness float64
	// How much rarity among the findings counts, and from how many findings on.
	Local, Shrink float64
	// How much examples weigh: pairs of the lead reviewer's clusters, pairs matched to golden issues, pairs of a matched
	// and an unmatched finding, comments kept apart, and the same pairs again in panels of three.
	Deep, Golden, Extended, Apart, Trio float64
	// The regression's penalty.
	Ridge float64
	// The trees: how many, how deep, how fast, with what penalty and least weight in a leaf; and their share in the mean.
	Rounds, Depth, Rate, Lambda, Leaf, Blend float64
	// The words' vectors: how long, and how many findings a word needs to have one.
	Dims, Least float64
	// What decides: see match.Model.
	SameGroup, Threshold, Second float64

	kinds []match.Kind
}

func shipped() *settings {
	s := &settings{
		Title: 2, Prose: 1, Code: 1.2, Block: .4, Fix: .5, Identifier: 1.5, Concept: .5, Sharpness: 1,
		Local: 1, Shrink: 5,
		Deep: 3, Golden: .5, Extended: .1, Apart: .3, Trio: .4,
		Ridge:  .3,
		Rounds: 100, Depth: 3, Rate: .08, Lambda: 8, Leaf: 5, Blend: .6,
		Dims: 32, Least: 6,
		SameGroup: .9, Threshold: .32, Second: .6,
	}
	for k := range match.Kinds {
		s.kinds = append(s.kinds, k)
	}
	return s
}

// change sets a field by its name.
func (s *settings) change(name, value string) error {
	x, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f := reflect.ValueOf(s).Elem().FieldByName(name)
	if !f.IsValid() || !f.CanSet() {
		return fmt.Errorf("%q is no setting", name)
	}
	f.SetFloat(x)
	return nil
}

// blank is a model that knows words, as they are outside the folds skipped, and no evidence.
func (s *settings) blank(sources []*source, skip [2]int) *match.Model {
	m := &match.Model{
		Field:      [5]float64{s.Title, s.Prose, s.Code, s.Block, s.Fix},
		Identifier: s.Identifier, Concept: s.Concept, Sharpness: s.Sharpness, Local: s.Local, Shrink: s.Shrink,
		SameGroup: s.SameGroup, Threshold: s.Threshold, Second: s.Second,
	}
	m.Elsewhere, m.Changes = background(sources, skip)
	if s.Dims > 0 {
		m.Sense = sense(sources, skip, int(s.Dims), int(s.Least))
	}
	return m
}

// train makes the model of everything outside the fold skipped. The evidence on a pair is taken as a model sees it that
// has not read the pair's own pull request: words look rarer, and vectors fit better, where they were learned.
func train(sources []*source, folds, skip int, set *settings) *match.Model {
	inner := make([]*match.Model, folds)
	for f := range inner {
		if f != skip {
			inner[f] = set.blank(sources, [2]int{skip, f})
		}
	}
	m := set.blank(sources, [2]int{skip, skip})
	// The first guess only ranks a document's partners. What is the same for all of them cannot help it, and these three
	// kinds did not.
	first := slices.DeleteFunc(slices.Clone(set.kinds), func(k match.Kind) bool {
		return k >= match.Bare || slices.Contains([]match.Kind{match.Meaning, match.Phrases, match.Cited}, k)
	})
	m.First, m.FirstBias = regress(examples(sources, inner, skip, set), first, set.Ridge)
	for _, i := range inner {
		if i != nil {
			i.First, i.FirstBias = m.First, m.FirstBias
		}
	}
	ex := examples(sources, inner, skip, set)
	m.Weight, m.Bias = regress(ex, set.kinds, set.Ridge)
	if set.Rounds > 0 {
		m.Trees = boost(ex, set)
		for _, t := range m.Trees {
			for i := range t {
				t[i].Value *= set.Blend
			}
		}
		for k := range m.Weight {
			m.Weight[k] *= 1 - set.Blend
		}
		m.Bias = m.Bias*(1-set.Blend) + start*set.Blend
	}
	return m
}

// crossed trains a model without each fold, and returns the one that has not seen a change.
func crossed(sources []*source, folds int, set *settings) func(s *source, i int) *match.Model {
	models := make([]*match.Model, folds)
	for f := range models {
		models[f] = train(sources, folds, f, set)
	}
	return func(s *source, i int) *match.Model { return models[s.folds[i]] }
}
