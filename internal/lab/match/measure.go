package main

import (
	"fmt"
	"strconv"

	"github.com/deepreview-go/deepreview/internal/corpus"
	"github.com/deepreview-go/deepreview/internal/match"
)

// figures are the measures of package corpus on all corpora, at one threshold.
type figures struct {
	cut                   float64
	pairs, bcubed         corpus.PRF
	golden, extended      corpus.PRF
	overmerge             float64
	any, rep              float64 // of the first panel
	anyOfAll, repOfAll    float64 // mean over all panels
	goldenOfThree, extOf3 corpus.PRF
}

const heading = "cut    deepreview pairs F1 (P/R)  B³    martian pairs F1 (P/R)  ext F1 (P)   over-merge  any1  rep   " +
	"all panels: any1  rep   pairs  ext"

func (f figures) String() string {
	return fmt.Sprintf("%.3f  %.3f (%.2f/%.2f)          %.3f  %.3f (%.2f/%.2f)       %.3f (%.2f)  %.3f      %.3f %.3f  "+
		"%.3f             %.3f %.3f  %.3f",
		f.cut, f.pairs.F1, f.pairs.Precision, f.pairs.Recall, f.bcubed.F1, f.golden.F1, f.golden.Precision, f.golden.Recall,
		f.extended.F1, f.extended.Precision, f.overmerge, f.any, f.rep, f.anyOfAll, f.repOfAll, f.goldenOfThree.F1, f.extOf3.F1)
}

// numbers gives access to all of f.
func (f *figures) numbers() []*float64 {
	out := []*float64{&f.cut, &f.overmerge, &f.any, &f.rep, &f.anyOfAll, &f.repOfAll}
	for _, p := range []*corpus.PRF{&f.pairs, &f.bcubed, &f.golden, &f.extended, &f.goldenOfThree, &f.extOf3} {
		out = append(out, &p.Precision, &p.Recall, &p.F1)
	}
	return out
}

func (f figures) plus(g figures) figures {
	for i, x := range g.numbers() {
		*f.numbers()[i] += *x
	}
	return f
}

func (f figures) over(n float64) figures {
	for _, x := range f.numbers() {
		*x /= n
	}
	return f
}

// measure clusters every change by the model it is given, at one threshold.
func measure(sources []*source, cut float64, model func(s *source, i int) *match.Model) (figures, error) {
	f := figures{cut: cut}
	for _, s := range sources {
		p := s.predict(s.reviewed, cut, model)
		var err error
		switch {
		case len(s.c.Truth.Golden) > 0:
			var matched, extended corpus.Counts
			if matched, extended, err = corpus.GoldenPairs(s.c, p); err != nil {
				return f, err
			}
			f.golden, f.extended = matched.PRF(), extended.PRF()
			err = f.panels(s, cut, model)
		case len(s.c.Truth.Issues) > 0:
			var pairs corpus.Counts
			if pairs, err = corpus.Pairs(s.c, p); err != nil {
				return f, err
			}
			f.pairs = pairs.PRF()
			f.bcubed, err = corpus.BCubed(s.c, p)
		default:
			var share corpus.Share
			share, err = corpus.OverMerge(s.c, p)
			f.overmerge = share.Value()
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *figures) panels(s *source, cut float64, model func(s *source, i int) *match.Model) error {
	var matched, extended corpus.Counts
	for k, panel := range s.panels {
		p := s.predict(panel.reviewed, cut, model)
		score, err := corpus.Panel(s.c, p, panel.names, corpus.TwoVotes)
		if err != nil {
			return err
		}
		if k == 0 {
			f.any, f.rep = score.Any.PRF().F1, score.Rep.PRF().F1
		}
		f.anyOfAll += score.Any.PRF().F1 / float64(len(s.panels))
		f.repOfAll += score.Rep.PRF().F1 / float64(len(s.panels))
		alone := *s.c
		alone.Changes = panel.changes
		a, b, err := corpus.GoldenPairs(&alone, p)
		if err != nil {
			return err
		}
		for _, x := range []struct {
			sum *corpus.Counts
			of  corpus.Counts
		}{{&matched, a}, {&extended, b}} {
			x.sum.Both += x.of.Both
			x.sum.Predicted += x.of.Predicted
			x.sum.True += x.of.True
		}
	}
	f.goldenOfThree, f.extOf3 = matched.PRF(), extended.PRF()
	return nil
}

// predict clusters each change by the model for it. Of each issue the document that speaks for it comes first.
func (s *source) predict(of reviewed, cut float64, model func(s *source, i int) *match.Model) []corpus.Prediction {
	var out []corpus.Prediction
	for i, read := range of.read {
		fs := of.changes[i].Findings
		if len(fs) == 0 {
			continue
		}
		r := read.Cluster(match.Options{Model: model(s, i), Threshold: cut})
		for g, members := range r.Groups {
			add := func(d int) {
				out = append(out, corpus.Prediction{Change: fs[d].Change, ID: fs[d].ID, Issue: strconv.Itoa(g), Severity: fs[d].Severity})
			}
			add(r.Speakers[g])
			for _, d := range members {
				if d != r.Speakers[g] {
					add(d)
				}
			}
		}
	}
	return out
}
