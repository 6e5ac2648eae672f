package main

import (
	"path/filepath"
	"slices"
	"strconv"

	"github.com/deepreview-go/deepreview/internal/calibrate"
	"github.com/deepreview-go/deepreview/internal/corpus"
	"github.com/deepreview-go/deepreview/internal/match"
)

// sample is one problem with what became of its claims.
type sample struct {
	fold, repo string
	// led says that a lead judged it; else it was compared with human-checked issues, and only survival is known.
	led     bool
	c       calibrate.Case
	claims  []outcome
	vectors [calibrate.Heads]calibrate.Vector // without a record
	unrated calibrate.Case                    // without the severities raised
}

// outcome is what became of one claim.
type outcome struct {
	id string
	// family and raised are the claim's; final is 0 where it was not kept or its final severity is not known.
	family        string
	raised, final int
	kept          bool
	// earlier says that it was dropped because the round before had settled it.
	earlier bool
}

var levelOf = map[string]int{"suggestion": calibrate.Suggestion, "important": calibrate.Important, "critical": calibrate.Critical}

// family is whose record a claim is counted in: small open models are recorded under a common vendor.
func family(f *corpus.Finding) string {
	if f.Vendor == "" || f.Vendor == "other" {
		return f.Reviewer
	}
	return f.Vendor
}

// grouping says which findings of a change are one problem.
type grouping func(c *corpus.Corpus, fs []corpus.Finding) []string

func byGold(c *corpus.Corpus, fs []corpus.Finding) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = c.Truth.Findings[f.ID].Cluster
	}
	return out
}

func byMatch(_ *corpus.Corpus, fs []corpus.Finding) []string {
	groups := map[string]int{}
	docs := make([]match.Doc, len(fs))
	for i, f := range fs {
		if _, ok := groups[f.Reviewer]; !ok {
			groups[f.Reviewer] = len(groups)
		}
		d := match.Doc{Group: groups[f.Reviewer], Title: f.Title, Body: f.Body, Fix: f.Fix, Category: f.Category, Level: levelOf[f.Severity]}
		for _, l := range f.Places() {
			d.Places = append(d.Places, match.Place{Path: l.Path, Start: l.Start, End: l.End})
		}
		docs[i] = d
	}
	out := make([]string, len(fs))
	for i, g := range match.Cluster(docs, match.Options{}).Of {
		out[i] = strconv.Itoa(g)
	}
	return out
}

func load(dir, name string, group grouping) ([]*sample, error) {
	c, err := corpus.Load(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	led := len(c.Truth.Issues) > 0
	var out []*sample
	for i := range c.Changes {
		change := &c.Changes[i]
		by := map[string]*sample{}
		for j, g := range group(c, change.Findings) {
			f := &change.Findings[j]
			v := c.Truth.Findings[f.ID]
			s := by[g]
			if s == nil {
				s = &sample{fold: name + " " + change.Fold(), repo: change.Repo, led: led}
				by[g] = s
				out = append(out, s)
			}
			claim := calibrate.Claim{Reviewer: f.Reviewer, Level: levelOf[f.Severity], Title: f.Title, Body: f.Body, Category: f.Category}
			o := outcome{id: f.ID, raised: claim.Level}
			if led {
				claim.Family, o.family, o.final = family(f), family(f), levelOf[v.FinalSeverity]
			}
			for _, l := range f.Places() {
				claim.Paths = append(claim.Paths, l.Path)
			}
			s.c.Claims = append(s.c.Claims, claim)
			if v.Status != corpus.Unknown {
				o.kept = v.Status == corpus.Kept || v.Status == corpus.Valid
				o.earlier = v.DropReason == "declined_or_duplicate_of_prior_round"
				s.claims = append(s.claims, o)
			}
		}
	}
	empty := &calibrate.Model{}
	for _, s := range out {
		s.unrated.Claims = slices.Clone(s.c.Claims)
		for i := range s.unrated.Claims {
			s.unrated.Claims[i].Level = calibrate.Unset
		}
		s.vectors = empty.Examine(s.c)
		unrated := empty.Examine(s.unrated)
		s.vectors[calibrate.WorseByWords], s.vectors[calibrate.WorstByWords] = unrated[calibrate.WorseByWords], unrated[calibrate.WorstByWords]
	}
	return out, nil
}
