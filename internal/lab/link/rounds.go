package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

// step is two consecutive reviews of one pull request.
type step struct {
	pull           string
	earlier, later []corpus.Issue
	// whole are the paths of the pull request by the names that its issues give them: reviewers cite "store.go" in one round
	// and "pkg/store/store.go" in the next.
	whole map[string]string
}

// steps returns every two consecutive reviews of a pull request, the pull requests in the order of the corpus.
func steps(c *corpus.Corpus) []*step {
	var pulls []string
	rounds := map[string][]corpus.Change{}
	for _, change := range c.Changes {
		if p := change.PullRequest; p != "" {
			if rounds[p] == nil {
				pulls = append(pulls, p)
			}
			rounds[p] = append(rounds[p], change)
		}
	}
	var out []*step
	for _, p := range pulls {
		r := rounds[p]
		// The numbers that reviews give themselves start anew and are out of order, the dates are not.
		slices.SortFunc(r, func(a, b corpus.Change) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.ID, b.ID)) })
		var all []corpus.Issue
		for _, change := range r {
			all = append(all, c.Truth.Issues[change.ID]...)
		}
		whole := wholePaths(all)
		for i := range r[1:] {
			out = append(out, &step{p, c.Truth.Issues[r[i].ID], c.Truth.Issues[r[i+1].ID], whole})
		}
	}
	return out
}

// wholePaths returns, for each path that the issues cite, the one longer path that ends in it, or the path itself where there is
// none or more than one.
func wholePaths(issues []corpus.Issue) map[string]string {
	out := map[string]string{}
	for _, is := range issues {
		for _, l := range is.Locations {
			if l.Path != "" {
				out[l.Path] = l.Path
			}
		}
	}
	for short := range out {
		var longer []string
		for p := range out {
			if strings.HasSuffix(p, "/"+short) {
				longer = append(longer, p)
			}
		}
		// "a/b.go" and "x/a/b.go" are one file where the one is the end of the other.
		slices.SortFunc(longer, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
		if len(longer) > 0 && !slices.ContainsFunc(longer[1:], func(p string) bool { return !strings.HasSuffix(longer[0], "/"+p) }) {
			out[short] = longer[0]
		}
	}
	return out
}

// files returns the paths of the step's issues, each once, in order.
func (s *step) files() []string {
	var out []string
	for _, side := range [][]corpus.Issue{s.earlier, s.later} {
		for _, is := range side {
			for _, l := range is.Locations {
				if p := s.whole[l.Path]; p != "" {
					out = append(out, p)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
