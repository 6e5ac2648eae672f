package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/deepreview-go/deepreview/internal/match"
)

// printMistakes prints pairs by different reviewers that the lead reviewer put together and the model did not (missed),
// or the reverse (merged), with the evidence.
func printMistakes(out io.Writer, s *source, model func(s *source, i int) *match.Model, kind string, every int) error {
	if kind != "missed" && kind != "merged" {
		return fmt.Errorf("%q is neither missed nor merged", kind)
	}
	n := 0
	for i, read := range s.read {
		m := model(s, i)
		r := read.Cluster(match.Options{Model: m})
		evidence := map[[2]int]match.Features{}
		for _, e := range read.Examine(m) {
			evidence[[2]int{min(e.A, e.B), max(e.A, e.B)}] = e.Features
		}
		fs := s.changes[i].Findings
		for a := range fs {
			for b := a + 1; b < len(fs); b++ {
				x, y := s.c.Truth.Findings[fs[a].ID], s.c.Truth.Findings[fs[b].ID]
				gold, found := x.Cluster == y.Cluster, r.Of[a] == r.Of[b]
				if fs[a].Reviewer == fs[b].Reviewer || gold == found || gold != (kind == "missed") {
					continue
				}
				if n++; n%max(every, 1) != 0 {
					continue
				}
				f := evidence[[2]int{a, b}]
				var words []string
				for k, v := range f {
					if v != 0 {
						words = append(words, fmt.Sprintf("%s %.2f", match.Kind(k), v))
					}
				}
				fmt.Fprintf(out, "%s %d in %s: groups of %d and %d; %s and %s; %s\n", kind, n, fs[a].Change,
					len(r.Groups[r.Of[a]]), len(r.Groups[r.Of[b]]), x.Cluster, y.Cluster, strings.Join(words, ", "))
				for _, d := range []int{a, b} {
					fmt.Fprintf(out, "  %s %s:%d-%d\n    %s\n    %.600s\n", fs[d].ID, fs[d].Path, fs[d].Start, fs[d].End, fs[d].Title,
						strings.Join(strings.Fields(fs[d].Body), " "))
				}
			}
		}
	}
	fmt.Fprintln(out, n, "pairs", kind)
	return nil
}
