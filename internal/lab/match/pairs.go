package main

import (
	"slices"

	"github.com/deepreview-go/deepreview/internal/corpus"
	"github.com/deepreview-go/deepreview/internal/match"
)

// example is a pair of findings by different reviewers with what it is known to be.
type example struct {
	x      match.Features
	y      float64 // 1 the same, 0 not
	weight float64
}

// examples lists the labelled pairs outside the fold skipped; the evidence on those of each fold is as models[fold]
// sees it.
func examples(sources []*source, models []*match.Model, skip int, set *settings) []example {
	var out []example
	for _, s := range sources {
		add := func(of reviewed, by float64) {
			for i, read := range of.read {
				if s.folds[i] == skip {
					continue
				}
				fs := of.changes[i].Findings
				for _, p := range read.Examine(models[s.folds[i]]) {
					if p.OneGroup {
						continue
					}
					y, weight := s.label(fs[p.A].ID, fs[p.B].ID, set)
					if weight > 0 {
						out = append(out, example{p.Features, y, weight * by})
					}
				}
			}
		}
		add(s.reviewed, 1)
		for _, p := range s.panels {
			add(p.reviewed, set.Trio)
		}
	}
	return out
}

// label tells what a pair is known to be and how much it weighs; 0 where nothing is known.
func (s *source) label(a, b string, set *settings) (y, weight float64) {
	x, z := s.c.Truth.Findings[a], s.c.Truth.Findings[b]
	switch {
	case x.Cluster != "":
		if x.Cluster == z.Cluster {
			y = 1
		}
		return y, set.Deep
	case len(s.c.Truth.Golden) == 0:
		return 0, set.Apart
	case len(x.Issues) > 0 && len(z.Issues) > 0:
		if slices.ContainsFunc(x.Issues, func(issue string) bool { return slices.Contains(z.Issues, issue) }) {
			y = 1
		}
		return y, set.Golden
	case len(x.Issues) > 0 && z.Status == corpus.Unmatched, len(z.Issues) > 0 && x.Status == corpus.Unmatched:
		return 0, set.Extended
	}
	return 0, 0
}
