package main

import (
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview/internal/match"
)

func short(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > n {
		s = s[:n]
	}
	return s
}

func printErrors(s *source, model func(i int) *match.Model, kind string, limit int) {
	n := 0
	for i, ds := range s.docs {
		m := model(i)
		r := match.Cluster(ds, match.Options{Model: m})
		fs := s.c.Changes[i].Findings
		ex := map[[2]int]match.Examined{}
		for _, e := range match.Examine(ds, m) {
			ex[[2]int{min(e.A, e.B), max(e.A, e.B)}] = e
		}
		for a := range fs {
			for b := a + 1; b < len(fs); b++ {
				if fs[a].Reviewer == fs[b].Reviewer {
					continue
				}
				ta, tb := s.c.Truth.Findings[fs[a].ID], s.c.Truth.Findings[fs[b].ID]
				gold := ta.Cluster == tb.Cluster
				pred := r.Of[a] == r.Of[b]
				if gold == pred || kind == "fn" != gold {
					continue
				}
				n++
				if n%limit != 0 {
					continue
				}
				e := ex[[2]int{a, b}]
				z := m.Bias
				var ev []string
				for k, x := range e.Features {
					z += x * m.Weight[k]
					if x != 0 {
						ev = append(ev, fmt.Sprintf("%s %.2f", match.Kind(k), x))
					}
				}
				fmt.Printf("---- %s %s z=%.2f sizes %d %d  gold %s %s (%s %s) %s\n", kind, fs[a].Change, z, len(r.Groups[r.Of[a]]), len(r.Groups[r.Of[b]]), ta.Cluster[strings.LastIndex(ta.Cluster, "/"):], tb.Cluster[strings.LastIndex(tb.Cluster, "/"):], ta.Status, tb.Status, strings.Join(ev, ", "))
				for _, x := range []int{a, b} {
					fmt.Printf("  %s [%s] %s:%d-%d %v\n     T %s\n     B %s\n", fs[x].ID[strings.LastIndex(fs[x].ID, "/")+1:], fs[x].Severity, fs[x].Path, fs[x].Start, fs[x].End, len(fs[x].Locations), fs[x].Title, short(fs[x].Body, 600))
				}
			}
		}
	}
	fmt.Println(kind, n)
}
