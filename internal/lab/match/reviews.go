package main

import (
	"hash/fnv"
	"path/filepath"
	"strconv"

	"github.com/deepreview-go/deepreview/internal/corpus"
	"github.com/deepreview-go/deepreview/internal/match"
)

// trios are the panels of three tools that are learned from and measured; the first is the one that counts.
var trios = [][]string{
	{"claude", "copilot", "gemini"}, {"claude", "augment", "bugbot"}, {"gemini", "coderabbit", "qodo"},
	{"copilot", "greptile", "devin"}, {"propel", "qodo-v2", "greptile-v4"}, {"claude", "greptile-v4", "coderabbit"},
	{"gemini", "augment", "devin"}, {"copilot", "qodo-v2", "bugbot"}, {"claude", "qodo", "propel"},
	{"augment", "coderabbit", "copilot"}, {"gemini", "greptile", "qodo-v2"}, {"baz", "bugbot", "greptile-v4"},
}

// source is one corpus with its findings as documents.
type source struct {
	c *corpus.Corpus
	reviewed
	tokens [][][]string // of each change and document
	folds  []int        // of each change
	panels []panel
}

// reviewed is changes with their findings read.
type reviewed struct {
	changes []corpus.Change
	read    []*match.Reading
}

// panel is the changes with the findings of some reviewers alone.
type panel struct {
	names []string
	reviewed
}

// none is the fold that no change is in.
const none = -1

func loadAll(dir string) ([]*source, error) {
	var out []*source
	for _, name := range []string{"deepreview", "martian", "aacr"} {
		c, err := corpus.Load(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		s := &source{c: c, reviewed: read(c.Changes), folds: make([]int, len(c.Changes))}
		for _, change := range c.Changes {
			var tokens [][]string
			for _, d := range docs(change.Findings) {
				tokens = append(tokens, match.Tokens(d))
			}
			s.tokens = append(s.tokens, tokens)
		}
		if len(c.Truth.Golden) > 0 {
			for _, names := range trios {
				s.panels = append(s.panels, panel{names, read(c.Panel(names))})
			}
		}
		out = append(out, s)
	}
	return out, nil
}

func read(changes []corpus.Change) reviewed {
	r := reviewed{changes: changes}
	for _, change := range changes {
		r.read = append(r.read, match.Read(docs(change.Findings)))
	}
	return r
}

// docs are findings as the pipeline gives them to the matcher, without what only the code tells.
func docs(fs []corpus.Finding) []match.Doc {
	groups := map[string]int{}
	out := make([]match.Doc, len(fs))
	for i, f := range fs {
		g, known := groups[f.Reviewer]
		if !known {
			g = len(groups)
			groups[f.Reviewer] = g
		}
		d := match.Doc{
			Group: g, Title: f.Title, Body: f.Body, Fix: f.Fix, Category: f.Category,
			Level: map[string]int{"suggestion": 1, "important": 2, "critical": 3}[f.Severity],
		}
		for _, l := range f.Places() {
			d.Places = append(d.Places, match.Place{Path: l.Path, Start: l.Start, End: l.End})
		}
		out[i] = d
	}
	return out
}

// deal gives each pull request a fold, another one for each seed.
func deal(sources []*source, folds, seed int) {
	for _, s := range sources {
		for i := range s.c.Changes {
			h := fnv.New32a()
			h.Write([]byte(strconv.Itoa(seed) + s.c.Changes[i].Fold()))
			s.folds[i] = int(h.Sum32()>>3) % folds
		}
	}
}
