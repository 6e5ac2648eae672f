package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/corpus"
	"github.com/deepreview-go/deepreview/internal/match"
)

// baselines are simpler rules than the pipeline's.
var baselines = []struct {
	name string
	rule rule
}{
	{"the same title", pairwise(sameTitle)},
	{"the same file, lines overlap", pairwise(linesOverlap)},
	{"the same file, title words alike (Jaccard .5)", pairwise(wordsAlike)},
	{"the matcher alone, .3 and more", byMatcher(.3)},
	{"the matcher alone, .5 and more", byMatcher(.5)},
	{"the matcher alone, .7 and more", byMatcher(.7)},
	{"the matcher alone, .8 and more", byMatcher(.8)},
	{"the matcher alone, .9 and more", byMatcher(.9)},
}

// pairwise links every pair that is alike, so that an issue may have several partners.
func pairwise(alike func(s *step, a, b *corpus.Issue) bool) rule {
	return func(_ context.Context, s *step) (map[pair]string, error) {
		out := map[pair]string{}
		for i := range s.earlier {
			for j := range s.later {
				if a, b := &s.earlier[i], &s.later[j]; alike(s, a, b) {
					out[pair{a.ID, b.ID}] = ""
				}
			}
		}
		return out, nil
	}
}

func sameTitle(_ *step, a, b *corpus.Issue) bool { return a.Title == b.Title }

func linesOverlap(s *step, a, b *corpus.Issue) bool {
	return somePlace(s, a, b, func(x, y corpus.Location) bool {
		return x.Start > 0 && y.Start > 0 && x.Start <= max(y.Start, y.End) && y.Start <= max(x.Start, x.End)
	})
}

func wordsAlike(s *step, a, b *corpus.Issue) bool {
	return somePlace(s, a, b, func(_, _ corpus.Location) bool { return true }) && jaccard(words(a.Title), words(b.Title)) >= .5
}

// somePlace reports whether both cite one file, at places that meet holds for.
func somePlace(s *step, a, b *corpus.Issue, meet func(x, y corpus.Location) bool) bool {
	for _, x := range a.Locations {
		for _, y := range b.Locations {
			if x.Path != "" && s.whole[x.Path] == s.whole[y.Path] && meet(x, y) {
				return true
			}
		}
	}
	return false
}

// byMatcher links what the matcher takes to say the same with a likelihood of cut or more, wherever it stands: the
// likeliest pairs first, and no issue twice.
func byMatcher(cut float64) rule {
	return func(_ context.Context, s *step) (map[pair]string, error) {
		var docs []match.Doc
		for side, issues := range [][]corpus.Issue{s.earlier, s.later} {
			for _, is := range issues {
				d := match.Doc{
					Group: side, Title: is.Title, Body: is.Body, Category: is.Category,
					Level: int(deepreview.ParseSeverity(is.Severity)),
				}
				for _, l := range is.Locations {
					if l.Path != "" {
						d.Places = append(d.Places, match.Place{Path: s.whole[l.Path], Start: l.Start, End: l.End})
					}
				}
				docs = append(docs, d)
			}
		}
		likely := match.Likelihoods(docs)
		slices.SortFunc(likely, func(x, y match.Likelihood) int {
			return cmp.Or(cmp.Compare(y.P, x.P), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
		})
		out := map[pair]string{}
		used := map[int]bool{}
		for _, l := range likely {
			if l.P >= cut && !used[l.A] && !used[l.B] {
				used[l.A], used[l.B] = true, true
				out[pair{s.earlier[l.A].ID, s.later[l.B-len(s.earlier)].ID}] = ""
			}
		}
		return out, nil
	}
}

// words returns the runs of letters and digits in a text, in small letters, as a set.
func words(text string) map[string]bool {
	out := map[string]bool{}
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), between) {
		out[w] = true
	}
	return out
}

// jaccard returns the share of the words of either that are in both; 0 where neither has any.
func jaccard(a, b map[string]bool) float64 {
	both := 0
	for w := range a {
		if b[w] {
			both++
		}
	}
	return corpus.Share{Hit: both, Of: len(a) + len(b) - both}.Value()
}
