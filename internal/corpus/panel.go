package corpus

import (
	"fmt"
	"slices"
)

// PanelIssue is a predicted issue as a [Gate] sees it.
type PanelIssue struct {
	// Votes is the number of different reviewers in it.
	Votes int
	// Score is that of the member that speaks for it.
	Score float64
}

// Gate says which predicted issues a panel keeps.
type Gate func(PanelIssue) bool

// TwoVotes keeps what two reviewers or more raised.
func TwoVotes(i PanelIssue) bool { return i.Votes >= 2 }

// ScoreAbove keeps what scores above limit.
func ScoreAbove(limit float64) Gate { return func(i PanelIssue) bool { return i.Score > limit } }

// PanelScore is what a panel's kept issues are worth against the human-checked issues.
type PanelScore struct {
	// Issues is the number kept, Goldens the number there are to find.
	Issues, Goldens int
	// Any counts a kept issue as right if any member matched a golden issue, Rep only if the member that speaks
	// for it did. An issue earns at most one golden, and a golden is earned at most once.
	Any, Rep Counts
	// Single is the best of the panel's reviewers on its own, named by Best.
	Single PRF
	Best   string
}

// Panel scores the issues that a panel keeps. The predictions must be made on the findings of the named
// reviewers alone and cover all of them. The first listed prediction of an issue speaks for it. Findings of
// unknown status count neither for nor against; an issue of only such is left out.
func Panel(c *Corpus, predictions []Prediction, reviewers []string, gate Gate) (PanelScore, error) {
	by, err := c.index(predictions, false)
	if err != nil {
		return PanelScore{}, err
	}
	var out PanelScore
	reviewer := map[string]string{}
	single := make([]Counts, len(reviewers))
	for _, change := range c.Changes {
		out.Goldens += len(c.Truth.Golden[change.ID])
		for _, f := range change.Findings {
			at := slices.Index(reviewers, f.Reviewer)
			_, predicted := by[f.ID]
			switch {
			case at < 0 && predicted:
				return PanelScore{}, fmt.Errorf("prediction for %q: reviewer %q is not of the panel: predict the panel's findings alone", f.ID, f.Reviewer)
			case at >= 0 && !predicted:
				return PanelScore{}, fmt.Errorf("finding %q of reviewer %q has no prediction: predict every finding of the panel", f.ID, f.Reviewer)
			case at < 0:
				continue
			}
			reviewer[f.ID] = f.Reviewer
		}
	}
	for i, name := range reviewers {
		single[i] = c.single(name)
		if s := single[i].PRF(); out.Best == "" || s.F1 > out.Single.F1 {
			out.Single, out.Best = s, name
		}
	}

	members := map[issueKey][]Prediction{}
	var order []issueKey
	for _, p := range predictions {
		if members[p.key()] == nil {
			order = append(order, p.key())
		}
		members[p.key()] = append(members[p.key()], p)
	}
	var anyOf, repOf [][]string
	for _, key := range order {
		var votes []string
		var goldens []string
		known := false
		for _, p := range members[key] {
			v := c.Truth.Findings[p.ID]
			known = known || v.Status != Unknown
			goldens = append(goldens, v.Issues...)
			if !slices.Contains(votes, reviewer[p.ID]) {
				votes = append(votes, reviewer[p.ID])
			}
		}
		speaker := members[key][0]
		if !known || !gate(PanelIssue{Votes: len(votes), Score: speaker.Score}) {
			continue
		}
		anyOf = append(anyOf, goldens)
		repOf = append(repOf, c.Truth.Findings[speaker.ID].Issues)
	}
	out.Issues = len(anyOf)
	out.Any = Counts{Both: earned(anyOf), Predicted: len(anyOf), True: out.Goldens}
	out.Rep = Counts{Both: earned(repOf), Predicted: len(repOf), True: out.Goldens}
	return out, nil
}

// single scores one reviewer alone, each of its findings an issue of its own.
func (c *Corpus) single(name string) Counts {
	var wants [][]string
	goldens := 0
	for _, change := range c.Changes {
		goldens += len(c.Truth.Golden[change.ID])
		for _, f := range change.Findings {
			if v := c.Truth.Findings[f.ID]; f.Reviewer == name && v.Status != Unknown {
				wants = append(wants, v.Issues)
			}
		}
	}
	return Counts{Both: earned(wants), Predicted: len(wants), True: goldens}
}

// earned returns how many golden issues the kept issues earn at most when each earns one and none is earned
// twice: a maximum matching, found by augmenting paths.
func earned(wants [][]string) int {
	holder := map[string]int{}
	var try func(i int, seen map[string]bool) bool
	try = func(i int, seen map[string]bool) bool {
		for _, g := range wants[i] {
			if seen[g] {
				continue
			}
			seen[g] = true
			if h, taken := holder[g]; !taken || try(h, seen) {
				holder[g] = i
				return true
			}
		}
		return false
	}
	n := 0
	for i := range wants {
		if try(i, map[string]bool{}) {
			n++
		}
	}
	return n
}
