package main

import (
	"context"
	"fmt"
	"io"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

// score is how the links of a rule compare with the labels. Undecided pairs count neither way.
type score struct {
	corpus.Counts
	pulls []*pullScore
}

// pullScore is the part of one pull request.
type pullScore struct {
	name  string
	steps int
	corpus.Counts
	// missed are the same and not linked, wrong are linked and not the same, each in the order of the corpus.
	missed, wrong []verdict
}

// verdict is a pair that came out wrong.
type verdict struct {
	pair
	titles [2]string
	// how is what the rule says of a link.
	how string
}

// rule links the issues of a step. The value of a link says how it is known; it may be empty.
type rule func(context.Context, *step) (map[pair]string, error)

// measure links every step by the rule.
func measure(ctx context.Context, steps []*step, l *labels, link rule) (*score, error) {
	out := &score{}
	for _, s := range steps {
		links, err := link(ctx, s)
		if err != nil {
			return nil, err
		}
		if n := len(out.pulls); n == 0 || out.pulls[n-1].name != s.pull {
			out.pulls = append(out.pulls, &pullScore{name: s.pull})
		}
		p := out.pulls[len(out.pulls)-1]
		p.steps++
		for _, a := range s.earlier {
			for _, b := range s.later {
				p.add(l, verdict{pair: pair{a.ID, b.ID}, titles: [2]string{a.Title, b.Title}}, links)
			}
		}
	}
	for _, p := range out.pulls {
		out.Both += p.Both
		out.Predicted += p.Predicted
		out.True += p.True
	}
	return out, nil
}

func (p *pullScore) add(l *labels, v verdict, links map[pair]string) {
	how, linked := links[v.pair]
	v.how = how
	switch answer := l.of(v.pair); {
	case answer == unsure:
	case answer == yes && linked:
		p.True++
		p.Predicted++
		p.Both++
	case answer == yes:
		p.True++
		p.missed = append(p.missed, v)
	case linked:
		p.Predicted++
		p.wrong = append(p.wrong, v)
	}
}

const scoreHeading = "| linked by | links | right | of | precision | recall | F1 |\n|---|---:|---:|---:|---:|---:|---:|"

func (s *score) row(name string) string {
	f := s.PRF()
	return fmt.Sprintf("| %s | %d | %d | %d | %.3f | %.3f | %.3f |", name, s.Predicted, s.Both, s.True, f.Precision, f.Recall, f.F1)
}

const pullHeading = "| pull request | steps | links | right | of |\n|---|---:|---:|---:|---:|"

func (p *pullScore) row() string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d |", p.name, p.steps, p.Predicted, p.Both, p.True)
}

func (s *score) printWrong(out io.Writer) {
	for _, p := range s.pulls {
		for _, kind := range []struct {
			name string
			of   []verdict
		}{{"missed", p.missed}, {"wrong", p.wrong}} {
			for _, v := range kind.of {
				fmt.Fprintf(out, "\n%s %s → %s %s\n  %s\n  %s\n", kind.name, v.earlier, v.later, v.how, v.titles[0], v.titles[1])
			}
		}
	}
}

// oneToOne returns how many of the pairs that are the same a linking can have in which no issue has two partners.
func oneToOne(l *labels) int {
	partners := map[string][]string{}
	var earlier []string
	for _, p := range l.order {
		if l.answer[p] == yes {
			if partners[p.earlier] == nil {
				earlier = append(earlier, p.earlier)
			}
			partners[p.earlier] = append(partners[p.earlier], p.later)
		}
	}
	taken := map[string]string{}
	var place func(id string, tried map[string]bool) bool
	place = func(id string, tried map[string]bool) bool {
		for _, later := range partners[id] {
			if tried[later] {
				continue
			}
			tried[later] = true
			if holder, held := taken[later]; !held || place(holder, tried) {
				taken[later] = id
				return true
			}
		}
		return false
	}
	n := 0
	for _, id := range earlier {
		if place(id, map[string]bool{}) {
			n++
		}
	}
	return n
}
